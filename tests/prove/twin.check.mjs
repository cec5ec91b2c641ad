// SPDX-License-Identifier: Apache-2.0
// Twin worlds. A pair is one hub before and after others changed what viewer V may not see: fields that are not shown to it, records of
// its partners and of strangers, rows kept inside a company, agreements, leads and money between others, drafts, grants, readings. V's
// whole session (lists in every order with all their cursors, records with ETags, rooms, search, board, Today, log, proofs, exports,
// refusals) is the same bytes in both; only the date and the number of the request are left out. The clock is ahead while the others
// write and set back while V reads, so that a time which moved is seen. What is hidden is decided by the table of permissions.
// Planted in every run: a change V does see, a time of the index moved behind the program's back, and a row of the log: each is noticed.
import { COMPANIES, Hub, agree, handOver, idNumber, money, must, upload } from './lib-world.mjs';
import { TYPES, access, recordRoutes } from './matrix-table.mjs';
import { CanaryWorld, Marks } from './canary-world.mjs';
import { randomOf } from './lib-random.mjs';

const PAIRS_A_HUB = 100;
const PARALLEL = 6;
const NOW = '2026-11-23T09:30:00Z'; // V reads at this time, always
const SORTS = { account: ['name', 'city', 'updated_at', 'created_at'], product: ['name', 'sku', 'updated_at'], deal: ['name', 'amount',
  'expected_on', 'updated_at', 'created_at'],
  lead: ['deadline_at', 'updated_at'], agreement: ['title', 'updated_at'], statement: ['number', 'total'], import_job: ['created_at'] };
const ALONE = ['/today', '/board', '/partners', '/companies', '/users', '/contacts?limit=3', '/contacts?q=zq', '/invitations', '/tokens',
  '/audit/checkpoint',
  '/audit/entries?limit=200', '/audit/consistency?from=1', '/audit/proof?seq=3', '/search?q=zq&limit=50', '/search?q=zqa', '/search?q=a',
    '/deals?filter[outcome]=open',
  '/deals?filter[direction]=received', '/accounts?filter[city][gte]=m', '/leads?filter[state]=pending', '/deals?q=zq&limit=5', '/nothing',
    '/deals?sort=notes'];
// Fields a rule or a flow follows are not changed here: what follows may be V's to see.
const CHANGED = { account: ['notes', 'tax_number', 'fax', 'register_number', 'domain', 'phone', 'full_name', 'city', 'name'], product: ['name',
  'sku', 'category', 'unit_price'],
  deal: ['notes', 'next_step', 'need', 'amount', 'name'], contact: ['notes', 'email', 'name', 'phone'], order_line: ['quantity', 'product_name'],
  activity: ['summary', 'result'], task: ['title', 'result', 'due_on'], comment: ['text'], evidence: ['note', 'source'], contribution: ['note'],
    user: ['title'],
  company: ['tax_number', 'open_lead_limit'] };

const pick = (random, list) => list[Math.floor(random() * list.length)];

class Twin {
  constructor(ctx, hub, world, viewer, random) {
    Object.assign(this, { ctx, hub, world, viewer, random, n: 0, made: [], times: [] });
    this.others = COMPANIES.filter((c) => c !== viewer);
    this.routes = recordRoutes(hub.ids.dorn);
    this.hidden = world.records.filter((r) => this.sees(r).fields.size === 0).slice(0, 40);
    this.shown = world.records.filter((r) => this.sees(r).fields.size > 0);
  }

  sees(rec) { return access(this.viewer, 'admin', rec); }
  word() { return `zqtwin${(this.n += 1)}w${Math.floor(this.random() * 1e6).toString(36)}`; }

  // ---- V's session: a map from what was asked to every byte of the answer

  async ask(out, path, { method = 'GET', body, headers } = {}) {
    const from = performance.now();
    const r = await this.hub.as(this.viewer, 'admin').request(method, path, { body: body === undefined ? undefined : JSON.stringify(body), headers });
    this.times.push(performance.now() - from);
    const id = r.headers['x-request-id'];
    const head = Object.entries(r.headers).filter(([k]) => k !== 'date' && k !== 'x-request-id').map(([k, v]) => `${k}: ${v}`);
    out.set(`${method} ${path}`, `${r.status}\n${head.join('\n')}\n\n${r.text.replaceAll(id, 'ID')}`);
    return r;
  }

  async pages(out, path) {
    for (let cursor = '', i = 0; i < 60; i++) {
      const r = await this.ask(out, `${path}&limit=4${cursor && `&cursor=${cursor}`}`);
      if (r.status !== 200 || !r.json.next) return;
      cursor = r.json.next;
    }
  }

  async session({ stream = false } = {}) {
    const out = new Map();
    const work = ALONE.map((path) => () => this.ask(out, path));
    for (const [type, sorts] of Object.entries(SORTS)) {
      const path = `/${TYPES[type].path}`;
      for (const sort of sorts) work.push(() => this.pages(out, `${path}?sort=${sort}`), () => this.pages(out, `${path}?sort=-${sort}`));
      work.push(() => this.ask(out, `/export/${TYPES[type].path}.csv`));
    }
    for (const rec of this.shown) {
      if (rec.type === 'user' || rec.type === 'company') continue;
      for (const [route, row] of Object.entries(this.routes[rec.type])) {
        const [method, pattern] = route.split(' ');
        if (method === 'GET') work.push(() => this.ask(out, pattern.replace('{id}', rec.id).replace('{version_n}', '1') + (row.query ?? '')));
      }
      work.push(() => this.ask(out, `/audit/proof?record=${rec.id}`));
    }
    for (const rec of this.hidden) {
      const { path } = TYPES[rec.type];
      work.push(() => this.ask(out, `/${path}/${rec.id}`), () => this.ask(out, `/${path}/${rec.id}`, { method: 'PATCH', body: {},
        headers: { 'If-Match': '*' } }));
    }
    await Promise.all(Array.from({ length: PARALLEL }, async () => { for (let next = work.pop(); next; next = work.pop()) await next(); }));
    if (stream) {
      const s = await this.hub.as(this.viewer, 'admin').stream('/events', { lastEventId: 0 });
      await new Promise((r) => setTimeout(r, 600));
      s.close();
      out.set('GET /events', JSON.stringify(s.events));
    }
    return out;
  }

  // ---- what others do

  // The server's clock stands at `time` when this resolves: asked of a record of a company that is not V.
  async clock(time) {
    this.hub.setClock(time);
    for (let i = 0; i < 400; i++) {
      const r = await must(this.hub.as(this.others[0], 'rep'), 'POST', '/products', { name: this.word() });
      if (r.created_at === time) return;
      await new Promise((done) => setTimeout(done, 5));
    }
    throw new Error('the clock of the server does not follow');
  }

  // A field V is not shown, of a record somebody else wrote.
  async field() {
    for (let tries = 0; tries < 200; tries++) {
      const rec = pick(this.random, this.world.records);
      if (rec.author === this.viewer || !CHANGED[rec.type]) continue;
      const field = pick(this.random, CHANGED[rec.type]);
      if (this.sees(rec).fields.has(field)) continue;
      const { path, kind } = TYPES[rec.type];
      const value = { unit_price: money('17.00'), amount: money(`${1 + Math.floor(this.random() * 1e6)}.00`), quantity: 3 + this.n,
        open_lead_limit: 50 + (this.n % 500),
        due_on: `2026-12-${String(1 + (this.n % 28)).padStart(2, '0')}`, email: `${this.word()}@x.example` }[field] ?? this.word();
      const r = await this.hub.as(rec.author, 'admin').request('PATCH', `/${path}/${rec.id}`, { body: JSON.stringify({ [field]: value }),
        headers: { 'If-Match': '*' } });
      if (r.status === 200) return `${rec.author} changes ${rec.type}.${field}`;
      if (kind !== 'room' || ![403, 404, 409].includes(r.status)) throw new Error(`PATCH ${path}: ${r.status} ${r.text}`);
    }
    return 'nothing';
  }

  async create() {
    const company = pick(this.random, this.others);
    const rep = this.hub.as(company, 'rep');
    const account = await must(rep, 'POST', '/accounts', { name: this.word(), city: this.word() });
    await must(rep, 'POST', `/accounts/${account.id}/contacts`, { name: this.word() });
    const deal = await must(rep, 'POST', '/deals', { name: this.word(), account: account.id, amount: money('9.00') });
    await must(rep, 'POST', `/deals/${deal.id}/evidence`, { marker: 'budget_set', basis: 'seen' });
    this.made.push({ company, path: `/deals/${deal.id}` });
    return `${company} makes an account and a deal`;
  }

  async remove() {
    const gone = this.made.pop();
    if (!gone) return this.create();
    await must(this.hub.as(gone.company), 'DELETE', gone.path, undefined, { 'If-Match': '*' });
    return `${gone.company} deletes a deal`;
  }

  // Rows one company keeps inside, in rooms V is in or not, with V named in them.
  async inside() {
    const deals = this.world.records.filter((r) => r.type === 'deal' && r.owner !== this.viewer);
    const deal = pick(this.random, deals);
    const rep = this.hub.as(deal.owner, 'rep');
    await must(rep, 'POST', `/deals/${deal.id}/tasks`, { title: this.word(), owner_company: this.hub.ids[this.viewer], kind: 'promise',
      due_on: '2026-11-22', audience: 'company' });
    await must(rep, 'POST', `/deals/${deal.id}/evidence`, { marker: 'contract_signed', basis: 'seen', audience: 'company' });
    await must(rep, 'POST', `/deals/${deal.id}/comments`, { text: this.word(), audience: 'company' });
    return `${deal.owner} writes inside a room`;
  }

  async many() {
    const deal = await must(this.hub.as(this.others[0], 'rep'), 'POST', '/deals', { name: this.word() });
    for (let i = 0; i < 120; i++) {
      await must(this.hub.as(this.others[0], 'rep'), 'POST', `/deals/${deal.id}/tasks`, { title: this.word(),
        owner_company: this.hub.ids[this.viewer], kind: 'promise',
        due_on: '2026-11-01' });
    }
    return `${this.others[0]} writes 120 tasks that name V`;
  }

  // Members V is not told of: of a deal V may be in as well.
  async members() {
    const deal = pick(this.random, this.world.records.filter((r) => r.type === 'deal' && r.owner !== this.viewer));
    const to = pick(this.random, this.others.filter((c) => c !== deal.owner));
    if (!to || deal.grants[to]) return this.inside();
    const manager = this.hub.as(deal.owner);
    await must(manager, 'POST', `/deals/${deal.id}/members`, { company: this.hub.ids[to], fieldset: 'member' });
    await must(this.hub.as(to), 'GET', `/deals/${deal.id}`);
    await must(manager, 'DELETE', `/deals/${deal.id}/members/${this.hub.ids[to]}`);
    return `${deal.owner} shares a deal with ${to} and takes it back`;
  }

  async business() {
    const [one, other] = this.random() < 0.5 ? [this.others[0], this.others[1]] : [this.others[2], this.others[0]];
    const need = this.word();
    const a = await agree(this.hub, one, other, () => this.word(), { terms: { scope_needs: need }, draft: this.random() < 0.2 });
    if (!a.hash) return `${one} drafts an agreement with ${other}`;
    const account = await must(this.hub.as(one, 'rep'), 'POST', '/accounts', { name: this.word() });
    const lead = await handOver(this.hub, one, other, { account: account.id, need });
    if (this.random() < 0.4) return `${one} sends ${other} a lead`;
    const { deal } = await must(this.hub.as(other, 'rep'), 'POST', `/leads/${lead.id}/accept`, { agreement: a.id, version: 1, hash: a.hash });
    await must(this.hub.as(other, 'rep'), 'POST', `/deals/${deal}/win`, { amount: money('500.00') });
    await must(this.hub.as(other, 'rep'), 'POST', `/deals/${deal}/settle`, {});
    return `${one} and ${other} hand over, win and settle`;
  }

  async draft() {
    await agree(this.hub, this.others[0], this.viewer, () => this.word(), { draft: true });
    return `${this.others[0]} drafts an agreement with V`;
  }

  // What others read of V's own records is V's to see, in its log: all of it is read once before the first pair.
  async look(company = pick(this.random, this.others)) {
    const other = this.hub.as(company, 'rep');
    for (const path of ['/deals?limit=50', '/search?q=zq', '/export/accounts.csv', '/today', '/board']) await must(other, 'GET', path);
    return 'others read';
  }

  // A stage claimed where V is shown the proven one only.
  async claim() {
    const deal = pick(this.random, this.world.records.filter((r) => r.type === 'deal' && r.owner !== this.viewer &&
      !this.sees(r).fields.has('claimed_stage')));
    const r = await this.hub.as(deal.owner, 'rep').request('POST', `/deals/${deal.id}/claim`,
      { body: JSON.stringify({ stage: pick(this.random, ['evaluate_options', 'resolve_concerns', 'implement']), why: this.word() }) });
    if (![200, 409].includes(r.status)) throw new Error(`claim: ${r.status} ${r.text}`);
    return `${deal.owner} claims a stage`;
  }

  async file() {
    const company = pick(this.random, this.others);
    await upload(this.hub.as(company, 'rep'), 'accounts', 'x.csv', [['Name'], [this.word()]]);
    return `${company} uploads a file`;
  }

  change(unit) {
    if (unit % PAIRS_A_HUB === 1) return this.many();
    const kinds = ['field', 'field', 'field', 'field', 'create', 'remove', 'inside', 'members', 'business', 'draft', 'look', 'file', 'claim'];
    return this[pick(this.random, kinds)]();
  }
}

function differences(a, b) {
  const out = [];
  for (const key of new Set([...a.keys(), ...b.keys()])) if (a.get(key) !== b.get(key)) out.push(key);
  return out;
}

const at = (one = '', other = '') => {
  let i = 0;
  while (i < one.length && one[i] === other[i]) i += 1;
  return `...${one.slice(Math.max(0, i - 60), i + 60)}... and ...${other.slice(Math.max(0, i - 60), i + 60)}...`;
};

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0;

// The changes this check has to notice, or it is blind.
async function planted(ctx, t) {
  const { hub } = t;
  const shared = t.shown.find((r) => r.type === 'deal' && r.owner !== t.viewer && t.sees(r).fields.has('name'));
  const before = await t.session();
  if (shared) {
    await must(hub.as(shared.owner, 'rep'), 'PATCH', `/deals/${shared.id}`, { name: t.word() }, { 'If-Match': '*' });
    ctx.ok(differences(before, await t.session()).length > 2, 'a change of a field V sees is not noticed');
    const seen = await t.session();
    hub.sql(`UPDATE deal_seen SET changed_at = changed_at + 1000000 WHERE viewer = ${idNumber(hub.ids[t.viewer])} AND record = ${idNumber(shared.id)}`);
    ctx.ok(differences(seen, await t.session()).length > 2, 'a time of the index that moved is not noticed');
  }
  const whole = await t.session();
  await must(hub.as(t.viewer, 'rep'), 'POST', '/tokens', { name: 'Another', scopes: ['read'] });
  await must(hub.as(t.viewer, 'rep'), 'POST', '/products', { name: t.word() });
  ctx.ok(differences(whole, await t.session()).some((k) => k.includes('/audit/')), 'an entry of the log is not noticed');
}

async function onOneHub(ctx, engine, from, to) {
  const random = randomOf(ctx.seed(from));
  const hub = await Hub.open(engine, { clock: true });
  try {
    const world = new CanaryWorld(hub, new Marks(random));
    await world.build();
    await world.handOvers();
    const viewer = ['birke', 'cedar', 'dorn', 'arbor'][Math.floor(from / PAIRS_A_HUB) % 4];
    const t = new Twin(ctx, hub, world, viewer, random);
    await t.clock(NOW);
    const deal = t.shown.find((r) => r.type === 'deal' && r.owner === viewer);
    for (const kind of ['promise', 'task']) // so that Today has something that others could push off the page
      await must(hub.as(viewer, 'rep'), 'POST', `/deals/${deal.id}/tasks`, { title: t.word(), owner_company: hub.ids[viewer], kind,
        due_on: NOW.slice(0, 10) });
    for (const company of t.others) await t.look(company);
    let before = await t.session({ stream: true }); // the first reading is noted in the logs of others
    let quick = [];
    let slow = [];
    for (let unit = from; unit < to && Date.now() < ctx.deadline; unit++) {
      const stream = unit % 20 === 0;
      if (stream) before = await t.session({ stream });
      t.times = [];
      const later = new Date(Date.parse(NOW) + 1000 * (1 + Math.floor(random() * 1200))).toISOString().replace('.000', '');
      await t.clock(later);
      const what = await t.change(unit);
      await t.clock(NOW);
      const after = await t.session({ stream });
      const wrong = differences(before, after).filter((k) => stream || k !== 'GET /events');
      ctx.ok(wrong.length === 0, `pair ${unit} on ${engine} for ${viewer}: ${what}: differs in ${wrong.slice(0, 4)}: ${at(before.get(wrong[0]), after.get(wrong[0]))}`);
      (unit % 2 ? quick : slow).push(...t.times);
      before = after;
      ctx.done();
    }
    ctx.sum('answers compared', before.size * (to - from));
    ctx.figure('answers in a session', before.size);
    ctx.figure('median time of an answer in even and in odd worlds', `${median(slow).toFixed(2)}, ${median(quick).toFixed(2)}`, 'ms');
    quick = slow = null;
    await planted(ctx, t);
  } finally {
    const wrong = await hub.close();
    ctx.ok(!wrong, wrong);
  }
}

export default {
  name: 'twin',
  promise: 'What a viewer may not see changes no byte of its session: order, cursors, ETags, counts, search, Today, log, exports, refusals.',
  planted: 'a visible field changed, a time of the index moved, an entry of the log more: each is noticed in every run',
  quick: 100,
  program: 'fast',
  weight: 2,
  async run(ctx) {
    for (let unit = ctx.from; unit < ctx.from + ctx.units && Date.now() < ctx.deadline;) {
      const end = Math.min(ctx.from + ctx.units, unit - (unit % PAIRS_A_HUB) + PAIRS_A_HUB);
      const lot = Math.floor(unit / PAIRS_A_HUB); // four viewers, each on both engines
      await onOneHub(ctx, (lot + Math.floor(lot / 4)) % 2 ? 'postgres' : 'sqlite', unit, end);
      unit = end;
    }
  },
};
