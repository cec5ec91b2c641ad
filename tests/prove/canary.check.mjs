// SPDX-License-Identifier: Apache-2.0
// Every field of every company holds a marker that occurs nowhere else. Everybody asks for everything, before sharing, while shared and
// after it was taken back, and every byte that arrives is searched for markers of others: bodies, headers, errors, CSV, proof files,
// statements, events, metrics, in every disguise of canary-decode.mjs. The server's log holds no marker of anybody, and no secret.
// What may be read by whom is the table of permissions (matrix-table.mjs) and the copies flows make, said in canary-world.mjs.
// Planted in every run: one field granted beyond the table must be found, and a marker in each disguise.
import { Hub, COMPANIES, missingLike, must, upload } from './lib-world.mjs';
import { TYPES, access, recordRoutes } from './matrix-table.mjs';
import { CanaryWorld, Marks } from './canary-world.mjs';
import { find, forms } from './canary-decode.mjs';
import { randomOf } from './lib-random.mjs';

const PARALLEL = 8;
const SORTS = { account: ['name', 'city', 'updated_at', 'created_at'], product: ['name', 'sku'], deal: ['name', 'amount', 'expected_on',
  '-updated_at'],
  lead: ['deadline_at'], agreement: ['title'], statement: ['number', 'total'], import_job: ['-created_at'] };
const FILTERED = { account: ['domain', 'country', 'tax_number', 'external_id'], product: ['sku'], deal: ['amount'] };
const SEARCHED = { account: ['name', 'full_name', 'city'], contact: ['name'], deal: ['name', 'customer'], lead: ['account_name', 'contact_name'],
  product: ['name'] };
const ALONE = ['/today', '/board', '/partners', '/companies', '/users', '/contacts', '/invitations', '/tokens', '/session', '/meta?lang=zh',
  '/audit/checkpoint', '/audit/entries?limit=200', '/audit/consistency?from=1', '^/healthz', '^/readyz', '^/metrics', '/nothing/here'];

export class Sweep {
  constructor(ctx, hub, world) {
    Object.assign(this, { ctx, hub, world, foreign: new Map(), seen: new Set(), answers: 0, bytes: 0, read: new Set() });
    this.routes = recordRoutes(hub.ids.dorn);
  }

  // Whether the company may read the marker now.
  may(company, what) {
    return what.homes.some(({ rec, field }) => {
      const a = access(company, 'admin', rec);
      return a.fields.has(field) || (rec.owner === company && a.mine && !TYPES[rec.type].fields.includes(field));
    });
  }

  // Searches what somebody received. asked: what the request itself said.
  look(company, where, text, asked = '') {
    this.answers += 1;
    this.bytes += text.length;
    const key = `${company}\n${text}`;
    if (this.seen.has(key)) return;
    this.seen.add(key);
    find(text, this.world.marks, (what, marker) => {
      if (company && this.may(company, what)) { this.read.add(what); return; }
      if (asked.includes(marker) || (!company && what.small)) return; // five digits are also how long a request took
      const home = what.homes[0];
      this.foreign.set(`${company ?? 'the log'}: ${where}: ${home?.rec.owner ?? '?'}'s ${home?.rec.type ?? ''}.${home?.field ?? ''}`, marker);
    });
    for (const secret of this.world.secrets)
      if (text.includes(secret)) this.foreign.set(`${company ?? 'the log'}: ${where}: a secret`, secret.slice(0, 4));
  }

  async get(company, path, { method = 'GET', body, headers, asked } = {}) {
    const actor = this.hub.as(company, 'admin');
    const r = await actor.request(method, path, { body: body === undefined ? undefined : JSON.stringify(body), headers });
    const head = Object.entries(r.headers).filter(([k]) => k !== 'date').map(([k, v]) => `${k}: ${v}`).join('\n');
    this.look(company, `${method} ${path.replace(/_[0-9a-z]{13}/g, '_')}`, `${head}\n\n${r.text}`, asked);
    return r;
  }

  // Pages of two, so that cursors are made and searched too.
  async pages(company, path, most = 40) {
    let cursor = '';
    for (let i = 0; i < most; i++) {
      const r = await this.get(company, `${path}${path.includes('?') ? '&' : '?'}limit=2${cursor && `&cursor=${cursor}`}`);
      if (r.status !== 200 || !r.json.next) return;
      cursor = r.json.next;
    }
  }

  async record(company, rec) {
    for (const [route, row] of Object.entries(this.routes[rec.type])) {
      const [method, pattern] = route.split(' ');
      if (pattern.includes('members') && method !== 'GET') continue;
      const path = pattern.replace('{id}', rec.id).replace('{version_n}', '1') + (row.query ?? '');
      let body = row.guard?.body ?? row.body;
      if (body?.proof) body = { ...body, proof: missingLike('account') };
      await this.get(company, path, { method, body, headers: method === 'GET' ? {} : { 'If-Match': '"stale"' } });
    }
    await this.get(company, `/audit/entries?record=${rec.id}`);
    await this.get(company, `/audit/proof?record=${rec.id}`);
    if (rec.type === 'deal') await this.get(company, `/deals/${rec.id}?as=${this.hub.ids[company === 'birke' ? 'cedar' : 'birke']}`);
  }

  // Nobody finds a record by a word he may not read; a marker asked for is not counted where the answer says it back.
  async hunt(company, what) {
    const { rec, field } = what.homes[0];
    if (SEARCHED[rec.type]?.includes(field)) {
      const words = what.marker.slice(0, -2);
      for (const path of [`/search?q=${words}`, `/${TYPES[rec.type].path}?q=${words}`]) {
        const r = await this.get(company, path);
        this.ctx.ok(r.status === 404 || r.json.items.length === 0, `${company}: ${path} finds ${rec.owner}'s ${rec.type}.${field}`);
      }
    }
    if (FILTERED[rec.type]?.includes(field)) {
      const r = await this.get(company, `/${TYPES[rec.type].path}?filter[${field}]=${what.value.amount ?? what.value}`, { asked: what.marker });
      this.ctx.ok(r.json.items.length === 0, `${company}: a filter finds ${rec.owner}'s ${rec.type}.${field}`);
    }
  }

  // A file of what others know: nothing of theirs is matched, so every row is new, and nothing about it is told.
  async file(company) {
    const of = (type, field) => [...this.world.marks.texts.values()].filter((w) => w.homes[0]?.rec.type === type && w.homes[0].field === field &&
      w.homes[0].rec.owner !== company && !w.homes.some((h) => h.rec.owner === company)).slice(0, 8);
    const columns = ['name', 'domain', 'tax_number', 'external_id'].map((field) => of('account', field).map((w) => w.value));
    const rows = [['Name', 'Domain', 'Tax', 'Id'], ...columns[0].map((name, i) => [name, columns[1][i], columns[2][i], columns[3][i]])];
    const actor = this.hub.as(company, 'admin');
    const job = await upload(actor, 'accounts', 'theirs.csv', rows);
    await must(actor, 'PATCH', `/imports/${job.id}`, { mapping: { Name: 'name', Domain: 'domain', Tax: 'tax_number', Id: 'external_id' } });
    const seen = await must(actor, 'POST', `/imports/${job.id}/check`, {});
    this.ctx.ok(seen.created === rows.length - 1 && !seen.updated && !seen.unchanged && !seen.skipped && !seen.failed,
      `${company}: a file of others' customers meets ${seen.updated} of them, ${seen.failed} fail`);
  }

  async stream(company) {
    const s = await this.hub.as(company, 'admin').stream('/events', { lastEventId: 0 });
    await new Promise((r) => setTimeout(r, 500));
    s.close();
    for (const e of s.events) this.look(company, 'GET /events', JSON.stringify(e));
  }

  async company(company) {
    const work = ALONE.map((path) => () => this.get(company, path));
    for (const [type, sorts] of Object.entries(SORTS))
      for (const sort of sorts) work.push(() => this.pages(company, `/${TYPES[type].path}?sort=${sort}`));
    for (const { path } of Object.values(TYPES)) work.push(() => this.get(company, `/export/${path}.csv`));
    for (const rec of this.world.records) {
      work.push(() => this.record(company, rec));
      if (rec.type === 'account' && rec.owner === company) {
        for (const a of Object.values(this.world.links.pairs)) work.push(() => this.get(company,
          `/accounts/${rec.id}/handover?need=${a.need.value}`, { asked: a.need.value }));
      }
    }
    for (const what of [...this.world.marks.texts.values(), ...this.world.marks.numbers.values()])
      if (what.homes.length && !this.may(company, what)) work.push(() => this.hunt(company, what));
    work.push(() => this.stream(company), () => this.file(company));
    await Promise.all(Array.from({ length: PARALLEL }, async () => { for (let next = work.pop(); next; next = work.pop()) await next(); }));
    this.look(null, 'the log', this.hub.server.log());
  }

  async everybody(phase) {
    const before = this.foreign.size;
    for (const company of COMPANIES) await this.company(company);
    for (const [where, marker] of [...this.foreign].slice(before)) this.ctx.ok(false, `${phase}: ${where} (${marker})`);
    this.ctx.ok(this.foreign.size === before, `${phase}: ${this.foreign.size - before} foreign markers`);
  }
}

// The faults this check has to notice, or it is blind.
async function planted(ctx, hub, world) {
  for (const [form, text] of Object.entries(forms('zq7k3v9w2x1d'))) {
    let n = 0;
    find(`{"a":"${text}","b":[1]}`, { texts: new Map([['zq7k3v9w2x1d', {}]]), numbers: new Map(), digits: new Map() }, () => { n += 1; });
    ctx.ok(n > 0, `a marker is not found as ${form}`);
  }
  const [deal] = world.links.shared;
  await must(hub.as('arbor'), 'POST', `/deals/${deal.id}/members`, { company: hub.ids.birke, fieldset: 'member+notes' });
  deal.grants.birke = { state: 'active', fieldset: 'member', works: true }; // the table is not told of the notes
  const sweep = new Sweep(ctx, hub, world);
  await sweep.get('birke', `/deals/${deal.id}`);
  ctx.ok([...sweep.foreign.keys()].some((k) => k.includes("arbor's deal.notes")), 'a field granted beyond the table is not found');
}

async function once(ctx, unit, engine) {
  const hub = await Hub.open(engine, { clock: true });
  try {
    const marks = new Marks(randomOf(ctx.seed(unit)));
    const world = new CanaryWorld(hub, marks);
    const sweep = new Sweep(ctx, hub, world);
    await world.build();
    await sweep.everybody('before sharing');
    await world.handOvers();
    await sweep.everybody('while shared');
    const { shared, own } = world.links;
    await world.narrow(shared[0], 'birke', 'stage_only');
    await world.narrow(own.arbor[0], 'birke', 'directory-name');
    await sweep.everybody('narrowed');
    for (const [rec, from] of [[shared[0], 'birke'], [shared[1], 'birke'], [shared[2], 'cedar'], [own.arbor[0], 'birke'], [own.arbor[0], 'cedar']])
      await world.unshare(rec, from);
    await sweep.everybody('taken back');
    const all = [...marks.texts.values(), ...marks.numbers.values()].filter((w) => w.homes.length);
    const never = all.filter((w) => !sweep.read.has(w)).map((w) => `${w.homes[0].rec.type}.${w.homes[0].field}`);
    ctx.ok(never.length === 0, `markers nobody was ever shown, not even their owner: ${[...new Set(never)].slice(0, 20).join(', ')}`);
    await planted(ctx, hub, world);
    ctx.sum('answers searched', sweep.answers);
    ctx.sum('bytes searched', sweep.bytes);
    ctx.figure('markers', all.length);
  } finally {
    const wrong = await hub.close();
    ctx.ok(!wrong, wrong);
  }
}

export default {
  name: 'canary',
  promise: 'No byte anybody receives holds, in any disguise, what another company did not show to it; the log holds nothing of anybody.',
  planted: 'one field granted beyond the table, and a marker in each of 19 disguises: each is found in every run',
  quick: 1,
  weight: 1,
  async run(ctx) {
    for (let i = ctx.from; i < ctx.from + ctx.units && Date.now() < ctx.deadline; i++) {
      await once(ctx, i, i % 2 ? 'postgres' : 'sqlite');
      ctx.done();
    }
  },
};
