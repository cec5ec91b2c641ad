// SPDX-License-Identifier: Apache-2.0
// The permission matrix over HTTP: four companies, every role, tokens and nobody; every record type in every state of a grant; every
// operation of the OpenAPI document; on both engines. What is expected is written in matrix-table.mjs, independent of the program, and
// what the program has and the table has not fails. What is hidden answers byte for byte like what is missing. In the end nothing has
// changed: who was refused changed nothing, who was allowed was stopped by a precondition.
// Planted in every run: a grant row widened behind the program's back must be noticed, a route and a field without a row must be named.
import { ROLES, COMPANIES, Hub, idNumber, missingLike, must } from './lib-world.mjs';
import { FREE, LISTS, TYPES, access, prefixOf, recordRoutes, shown, variants } from './matrix-table.mjs';
import { Specimens } from './matrix-world.mjs';
import { cliOk } from '../lib/server.mjs';
import { randomOf } from './lib-random.mjs';

const PARALLEL = 12;
const SEARCHED = { account: 'name', contact: 'name', deal: 'name', lead: 'need', product: 'name' };

// ---- the table against the program

export function tableGaps(openapi, dump, routes, free = FREE) {
  const rows = new Set([...Object.keys(free), ...Object.keys(LISTS), ...Object.values(routes).flatMap((r) => Object.keys(r))]);
  const has = new Set();
  for (const [path, ops] of Object.entries(openapi.paths)) for (const m of Object.keys(ops)) if (ops[m].operationId) has.add(`${m.toUpperCase()} ${path}`);
  const gaps = [...has].filter((r) => !rows.has(r)).map((r) => `no row for ${r}`);
  gaps.push(...[...rows].filter((r) => !has.has(r)).map((r) => `no route for ${r}`));
  let type = null;
  const seen = new Map();
  for (const line of dump.split('\n')) {
    const head = /^([a-z_]+) \//.exec(line);
    const field = /^ {2}([a-z_]+) /.exec(line);
    const set = /^ {2}fieldset ([a-z_]+) : (.*)$/.exec(line);
    if (head) seen.set((type = head[1]), new Set());
    else if (/^\S/.test(line)) type = null;
    else if (set && type) {
      const want = shown(type, set[1]);
      if (set[2].split(' ').sort().join() !== [...want].sort().join()) gaps.push(`fieldset ${set[1]} of ${type} differs`);
    } else if (field && type) seen.get(type).add(field[1]);
  }
  for (const [name, fields] of seen) {
    const known = new Set(TYPES[name]?.fields);
    for (const f of fields) if (!known.has(f)) gaps.push(`no row for the field ${name}.${f}`);
    for (const f of known) if (!fields.has(f)) gaps.push(`no field ${name}.${f}`);
  }
  for (const name of Object.keys(TYPES)) if (!seen.has(name)) gaps.push(`no type ${name}`);
  return gaps;
}

// ---- answers

const NOT_COMPARED = new Set(['date', 'x-request-id']);
// Everything of an answer but the clock and the number of the request.
function bytesOf(r) {
  const id = r.headers['x-request-id'];
  const headers = Object.entries(r.headers).filter(([k]) => !NOT_COMPARED.has(k) && k !== 'content-length').sort().map(([k, v]) => `${k}: ${v}`);
  return `${r.status}\n${headers.join('\n')}\n\n${r.text.replaceAll(id, 'ID')}\n${Number(r.headers['content-length'] ?? 0) - (r.text.includes(id) ? id.length : 0)}`;
}

// Rows of a CSV file whose every cell is quoted.
const csvRows = (text) => text.split('\n').filter(Boolean).map((l) => [...l.matchAll(/"((?:[^"]|"")*)"/g)].map((m) => m[1].replaceAll('""', '"')));

const COMMON = new Set(['id', 'company', 'root', 'audience', 'created_at', 'created_by', 'updated_at', 'names']);
const fieldsOf = (json, type) => Object.keys(json).filter((k) => !COMMON.has(k) && TYPES[type].fields.includes(k)).sort().join(' ');
// What answers of one record hold beside its fields.
const EXTRA = { import_job: ['entity', 'header', 'mapping', 'preview', 'fields', 'rows', 'read', 'created', 'updated', 'unchanged', 'skipped',
  'failed', 'progress',
  'errors_sample', 'conflicts', 'currency', 'message'] };

class Matrix {
  constructor(ctx, hub, engine) {
    Object.assign(this, { ctx, hub, engine, cells: 0, wrong: [], baseline: new Map(), statuses: new Map() });
    this.routes = recordRoutes(hub.ids.dorn);
    this.others = variants(hub.ids.birke);
  }

  check(condition, text) {
    this.cells += 1;
    if (!condition) this.wrong.push(text);
    return condition;
  }

  async people() {
    this.who = [];
    for (const company of COMPANIES) {
      for (const role of ROLES) this.who.push({ company, role, actor: this.hub.as(company, role), writes: true });
      this.who.push({ company, role: 'manager', actor: await this.hub.program(company, 'manager', ['read']), writes: false, token: true });
      this.who.push({ company, role: 'rep', actor: await this.hub.program(company, 'rep', ['read', 'write']), writes: true, token: true });
    }
    this.nobody = this.hub.nobody();
    this.own = {}; // an account of each company, older than every lead
    this.ownDeal = {};
    for (const company of COMPANIES) {
      const rep = this.hub.as(company, 'rep');
      this.own[company] = (await must(rep, 'POST', '/accounts', { name: `Own of ${company}` })).id;
      this.ownDeal[company] = (await must(rep, 'POST', '/deals', { name: `Deal of ${company}` })).id;
    }
    const { ids } = this.hub;
    this.tokens = {};
    this.invites = {};
    for (const company of ['arbor', 'dorn']) {
      const t = await this.hub.as(company, 'rep').request('POST', '/tokens', { body: JSON.stringify({ name: 'Other', scopes: ['read'] }) });
      const i = await must(this.hub.as(company, 'admin'), 'POST', '/invitations', { email: `new@${company}.example`, name: 'New', role: 'rep' });
      this.tokens[company] = t.json.id;
      this.invites[company] = i.id;
    }
    this.tenantIds = ids;
  }

  // The request of a cell: the full one for whoever is to be refused, one that a precondition stops for whoever may.
  ask(who, route, row, id, allowed) {
    const [method, pattern] = route.split(' ');
    let body = row.body;
    const headers = {};
    if (allowed && row.guard) {
      body = row.guard.body ?? body;
      Object.assign(headers, row.guard.headers);
    }
    if (body?.proof === 'own') body = { ...body, proof: this.own[who.company] ?? missingLike('account') };
    const matched = row.match || ((method === 'PATCH' || method === 'DELETE') && !pattern.includes('members')); // If-Match is required
    if (matched && !allowed) headers['If-Match'] = '*';
    const path = pattern.replace('{id}', id).replace('{version_n}', '1').replace('{company}', this.hub.ids.dorn) + (row.query ?? '');
    return who.actor.request(method, path, { body: body === undefined ? undefined : JSON.stringify(body), headers });
  }

  // The same request for what does not exist, by the same person.
  async missing(who, route, row, type, allowed) {
    const key = `${who.actor.name} ${route}${row.query ?? ''} ${allowed}`;
    if (!this.baseline.has(key)) this.baseline.set(key, this.ask(who, route, row, missingLike(prefixOf(type)), allowed).then(bytesOf));
    return this.baseline.get(key);
  }

  // What the table says of a cell: 401, 'hide', false (403), 'no' (a rule refuses), true.
  expected(who, row, rec, a, method) {
    if (who === null) return 401;
    const hidden = a.fields.size === 0 || (row.needs && !row.needs.every((f) => a.fields.has(f)));
    if (method !== 'GET' && method !== 'HEAD' && !who.writes) return 'scope';
    if (hidden && row.before && a.fields.size > 0 && !row.can(who, rec, a)) return false;
    if (hidden) return 'hide';
    return row.can(who, rec, a);
  }

  async cell(who, rec, route, row) {
    const person = who ?? { company: null, role: null, actor: this.nobody, writes: true };
    const a = who ? access(who.company, who.role, rec) : null;
    const want = this.expected(who, row, rec, a ?? {}, route.split(' ')[0]);
    const r = await this.ask(person, route, row, rec.id, want === true);
    const name = `${this.engine}: ${person.actor.name} ${route} of ${rec.tag ?? ''} ${rec.author} ${rec.type}${rec.early ? ' (early)' : ''}${rec.room === false ? ' (private)' : ''}`;
    if (want === 'scope' && a.fields.size > 0) { this.check(r.status === 403, `${name}: ${r.status}, expected 403 for want of scope`); return; }
    if (want === 'hide' || want === 401 || want === 'scope') {
      const same = bytesOf(r) === (await this.missing(person, route, row, rec.type, false));
      const fit = want === 401 ? r.status === 401 : [404, 403].includes(r.status);
      this.check(fit && same, `${name}: ${r.status}${same ? '' : ', and a missing record answers otherwise'}; expected ${want}`);
      return;
    }
    if (want === false) { this.check(r.status === 403, `${name}: ${r.status}, expected 403`); return; }
    if (want === 'no') { this.check([403, 409, 422].includes(r.status), `${name}: ${r.status}, expected a refusal`); return; }
    if (this.check(row.ok.includes(r.status), `${name}: ${r.status}, expected ${row.ok}`) && r.status === 200 && r.json &&
      !row.other) this.shown(name, route, row, rec, who, a, r.json);
  }

  shown(name, route, row, rec, who, a, json) {
    if (/^GET \/[a-z-]+\/\{id\}$/.test(route)) {
      const want = [...a.fields].sort().join(' ');
      this.check(fieldsOf(json, rec.type) === want, `${name}: shows ${fieldsOf(json, rec.type)}; expected ${want}`);
      const unknown = Object.keys(json).filter((k) => !COMMON.has(k) && !TYPES[rec.type].fields.includes(k) && !EXTRA[rec.type]?.includes(k));
      this.check(unknown.length === 0, `${name}: shows ${unknown}, of which the table knows nothing`);
    }
    if (row.lists) this.list(name, row.lists, json.items, who, this.records.filter((r) => r.type === row.lists && r.root === rec.id));
  }

  // A list holds exactly the records the table lets this person see, each with exactly its fields.
  list(name, type, items, who, all) {
    const have = new Map(items.map((it) => [it.id, it]));
    for (const rec of all) {
      const a = access(who.company, who.role, rec);
      const it = have.get(rec.id);
      this.check(Boolean(it) === a.fields.size > 0, `${name}: ${it ? 'lists' : 'lacks'} ${rec.tag ?? ''} ${rec.author} ${type}`);
      if (it && a.fields.size > 0) this.check(fieldsOf(it, type) === [...a.fields].sort().join(' '),
        `${name}: lists ${rec.tag ?? ''} ${type} with ${fieldsOf(it, type)}`);
      have.delete(rec.id);
    }
    const strange = [...have.values()].filter((it) => it.company !== this.hub.ids[who.company] && TYPES[type].kind !== 'directory');
    this.check(strange.length === 0, `${name}: lists ${strange.length} records of others no specimen is`);
  }

  async pages(who, path) {
    const items = [];
    for (let cursor = ''; cursor !== null;) {
      const r = await who.actor.request('GET',
        `${path}${path.includes('?') ? '&' : '?'}limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
      if (r.status !== 200) return { status: r.status, items };
      items.push(...r.json.items);
      cursor = r.json.next ?? null;
    }
    return { status: 200, items };
  }

  async lists(who) {
    for (const [route, type] of Object.entries(LISTS)) {
      const path = route.split(' ')[1];
      const name = `${this.engine}: ${who.actor.name} ${route}`;
      const { status, items } = type === 'user' || type === 'company' ? await (async () => {
        const r = await who.actor.request('GET', path);
        return { status: r.status, items: r.json?.items ?? [] };
      })() : await this.pages(who, path);
      if (!this.check(status === 200, `${name}: ${status}`)) continue;
      let all = this.records.filter((r) => r.type === type);
      if (path === '/contacts' || path === '/users') all = all.filter((r) => r.author === who.company); // one's own only
      if (path === '/partners') all = all.filter((r) => r.owner !== who.company);
      this.list(name, type, items, who, all);
    }
  }

  async exports(who) {
    for (const [type, { path, kind }] of Object.entries(TYPES)) {
      const r = await who.actor.request('GET', `/export/${path}.csv`);
      const name = `${this.engine}: ${who.actor.name} export of ${path}`;
      if (kind !== 'root') { this.check(r.status === 404, `${name}: ${r.status}`); continue; }
      if (!this.check(r.status === 200, `${name}: ${r.status} ${r.text.slice(0, 200)}`)) continue;
      const [head, ...rows] = csvRows(r.text);
      const have = new Map(rows.map((row) => [row[0], row]));
      for (const rec of this.records.filter((x) => x.type === type)) {
        const { fields } = access(who.company, who.role, rec);
        const row = have.get(rec.id);
        this.check(Boolean(row) === fields.size > 0, `${name}: ${row ? 'holds' : 'lacks'} ${rec.tag}`);
        const more = (row ?? []).filter((text, i) => i > 0 && text !== '' && !fields.has(head[i]));
        this.check(more.length === 0, `${name}: tells ${more} of ${rec.tag}`);
      }
    }
  }

  async searches(who) {
    const r = await who.actor.request('GET', '/search?q=specimen&limit=200');
    const found = new Map(r.json.items.map((i) => [i.id, i]));
    for (const [type, field] of Object.entries(SEARCHED)) {
      for (const rec of this.records.filter((x) => x.type === type && !x.noSearch)) {
        const sees = access(who.company, who.role, rec).fields.has(field);
        this.check(found.has(rec.id) === sees,
          `${this.engine}: ${who.actor.name} search ${sees ? 'misses' : 'finds'} ${rec.tag ?? ''} ${rec.author} ${type}`);
      }
    }
  }

  // Naming a hidden record, in a body or a filter, is answered like naming a missing one.
  async references(who) {
    const account = this.own[who.company];
    const deal = this.ownDeal[who.company];
    const lead = { need: 'Anything', consent: { given_by: 'A', given_at: '2026-11-20T09:00:00Z', channel: 'phone', recipient: this.hub.ids.dorn,
      purpose: 'P', data: 'D' } };
    const asks = {
      account: (id) => [['POST', '/deals', { name: 'Refers', account: id }], ['PATCH', `/deals/${deal}`, { account: id }], ['POST', '/leads',
        { ...lead, account: id }],
        ['GET', `/deals?filter[account]=${id}`]],
      contact: (id) => [['POST', '/leads', { ...lead, account, contact: id }]],
      product: (id) => [['POST', `/accounts/${account}/orders`, { order_no: '1', ordered_on: '2026-11-01', quantity: 1,
        unit_price: { amount: '1.00', currency: 'EUR' },
        product: id }]],
      agreement: (id) => [['GET', `/deals/${deal}/settlement?agreement=${id}`], ['POST', `/deals/${deal}/settle`, { agreement: id }],
        ['GET', `/statements?filter[agreement]=${id}`]],
      deal: (id) => [['GET', `/statements?filter[deal]=${id}`]],
      lead: (id) => [['GET', `/leads?filter[account]=${id}`]],
    };
    const send = ([method, path, body]) => who.actor.request(method, path, { body: body && JSON.stringify(body),
      headers: method === 'PATCH' ? { 'If-Match': '*' } : {} });
    for (const rec of this.records) {
      if (!asks[rec.type] || access(who.company, who.role, rec).fields.size > 0) continue;
      const none = asks[rec.type](missingLike(prefixOf(rec.type)));
      for (const [i, ask] of asks[rec.type](rec.id).entries()) {
        const key = `${who.actor.name} refers ${rec.type} ${i}`;
        if (!this.baseline.has(key)) this.baseline.set(key, send(none[i]).then(bytesOf));
        const r = await send(ask);
        const told = r.status < 400 && ask[0] !== 'GET';
        this.check(!told && bytesOf(r) === (await this.baseline.get(key)),
          `${this.engine}: ${who.actor.name} ${ask[0]} ${ask[1]} naming hidden ${rec.tag ?? ''} ${rec.type}: ${r.status}`);
      }
    }
  }

  // Every id in these answers is one the caller may see: of records, and of nothing else.
  async ids(who, path) {
    const r = await who.actor.request('GET', path);
    this.check(r.status === 200, `${this.engine}: ${who.actor.name} GET ${path}: ${r.status}`);
    for (const [id] of r.text.matchAll(/\b[a-z]+_[0-9a-z]{13}\b/g)) {
      const rec = this.byId.get(id);
      const sees = !rec || access(who.company, who.role, rec).fields.size > 0 || this.pointedAt(who, rec);
      this.check(sees, `${this.engine}: ${who.actor.name} GET ${path} tells of ${rec?.tag ?? ''} ${rec?.type}`);
    }
  }

  // A reference is a field of the record that holds it: who sees that field has the id, though not what it names.
  pointedAt(who, rec) {
    if (rec.type === 'user' || rec.type === 'company') return true;
    return this.records.some((r) => ['deal', 'statement', 'lead'].includes(r.type) &&
      [...access(who.company, who.role, r).fields].some((f) => r.refs?.[f] === rec.id));
  }

  // The log and the stream: only of records the company once saw.
  async log(who) {
    const { items } = await this.pages(who, '/audit/entries');
    const names = new Set(items.flatMap((i) => [i.leaf.id, i.leaf.root]));
    const events = await this.events(who);
    for (const e of events) names.add(e.data.id).add(e.data.root);
    for (const rec of this.records) {
      if (rec.type === 'user' || rec.type === 'company') continue;
      const never = !(rec.owner === who.company || rec.author === who.company || rec.grants[who.company]);
      if (never) this.check(!names.has(rec.id), `${this.engine}: the log of ${who.company} names ${rec.tag ?? ''} ${rec.type}`);
      if (never) {
        const known = await this.ask(who, 'GET /audit/proof', { query: `?record=${rec.id}` }, '', true);
        const key = `${who.actor.name} proof`;
        if (!this.baseline.has(key)) this.baseline.set(key, this.ask(who, 'GET /audit/proof',
          { query: `?record=${missingLike(prefixOf(rec.type))}` }, '', true).then(bytesOf));
        this.check(bytesOf(known) === (await this.baseline.get(key)),
          `${this.engine}: ${who.actor.name} has a proof of ${rec.tag ?? ''} ${rec.type}`);
      }
    }
  }

  async events(who) {
    const s = await who.actor.stream('/events', { lastEventId: 0 });
    await new Promise((r) => setTimeout(r, 400));
    s.close();
    return s.events;
  }

  async free(who) {
    const person = who ?? { company: null, role: 'viewer', actor: this.nobody, writes: true };
    for (const [route, row] of Object.entries(FREE)) {
      if (row.skip) continue;
      const method = route.split(' ')[0];
      const name = `${this.engine}: ${person.actor.name} ${route}`;
      if (row.foreign) { await this.foreign(name, person, route, row.foreign); continue; }
      const path = route.split(' ')[1].replace('{file}', 'deals.csv') + (row.query ?? '');
      const r = await person.actor.request(method, path, row.raw ? { body: row.body, headers: { 'Content-Type': row.raw } }
        : { body: row.body === undefined ? undefined : JSON.stringify(row.body) });
      if (row.public) this.check(row.ok.includes(r.status), `${name}: ${r.status}`);
      else if (!who) this.check(r.status === 401, `${name}: ${r.status}, expected 401`);
      else if (!row.can(who)) this.check(r.status === 403, `${name}: ${r.status}, expected 403`);
      else this.check(row.ok.includes(r.status) || (!who.writes && method !== 'GET' && r.status === 403), `${name}: ${r.status}, expected ${row.ok}`);
    }
  }

  async foreign(name, person, route, kind) {
    if (kind === 'proof') return;
    for (const [company, id] of Object.entries(kind === 'token' ? this.tokens : this.invites)) {
      if (company === person.company) continue;
      const [given, none] = await Promise.all([id, missingLike(kind)].map((x) => this.ask(person, route, {}, x, false)));
      this.check(bytesOf(given) === bytesOf(none) && given.status >= 400,
        `${name}: another's ${kind} answers ${given.status}, a missing one ${none.status}`);
    }
  }

  // What owner and partner see of everything, to show that nothing changed.
  async state() {
    const out = [];
    for (const company of COMPANIES) {
      const who = { actor: this.hub.as(company, 'admin') };
      for (const route of Object.keys(LISTS)) out.push(JSON.stringify((await this.pages(who, route.split(' ')[1])).items ?? []));
      for (const path of ['/tokens', '/invitations']) out.push((await who.actor.request('GET', path)).text);
    }
    for (const rec of this.records.filter((r) => TYPES[r.type].kind !== 'root')) {
      out.push((await this.hub.as(rec.author, 'manager').request('GET', `/${TYPES[rec.type].path}/${rec.id}`)).text);
    }
    return out.join('\n');
  }

  async refs() {
    for (const rec of this.records) {
      const r = await this.hub.as(rec.author, 'manager').request('GET', `/${TYPES[rec.type].path}/${rec.id}`);
      rec.refs = r.json ?? {};
      rec.root = r.json?.root;
    }
    this.byId = new Map(this.records.map((r) => [r.id, r]));
  }

  variants(rec) {
    return [rec.type, `${rec.type} head`].flatMap((key) => Object.entries(this.others[key] ?? {}));
  }

  // part: the share of cells asked of those who see next to nothing.
  async all(random, part) {
    const work = [];
    for (const who of [...this.who, null]) {
      const outside = !who || who.company === 'cedar' || who.company === 'dorn';
      for (const rec of this.records) {
        for (const [route, row] of [...Object.entries(this.routes[rec.type]), ...this.variants(rec)])
          if (!outside || random() < part) work.push(() => this.cell(who, rec, route, row));
      }
      work.push(() => this.free(who));
      if (!who) continue;
      work.push(() => this.lists(who), () => this.exports(who), () => this.searches(who),
        () => this.ids(who, '/today'), () => this.ids(who, '/board'));
      if (who.role === 'viewer') work.push(() => this.log(who));
      if (who.role === 'manager' && who.writes) work.push(() => this.references(who));
    }
    for (let i = work.length - 1; i > 0; i--) { // every order is allowed
      const k = Math.floor(random() * (i + 1));
      [work[i], work[k]] = [work[k], work[i]];
    }
    await Promise.all(Array.from({ length: PARALLEL }, async () => { for (let next = work.pop(); next; next = work.pop()) await next(); }));
  }
}

// The faults this check has to notice, or it is blind.
async function planted(m, ctx, openapi, dump) {
  const { [Object.keys(m.routes.deal)[3]]: gone, ...deal } = m.routes.deal;
  const gaps = tableGaps(openapi, dump, m.routes).length;
  ctx.ok(gone && tableGaps(openapi, dump, { ...m.routes, deal }).length === gaps + 1, 'a route without a row is not noticed');
  ctx.ok(tableGaps(openapi, dump.replace('  domain text', '  secret_plan text(9) : "x"\n  domain text'), m.routes).length === gaps + 1,
    'a field without a row is not noticed');
  const cut = m.records.find((r) => r.type === 'deal' && r.tag === 'revoked');
  const narrow = m.records.find((r) => r.type === 'deal' && r.grants.birke?.fieldset === 'plan');
  m.hub.sql(`UPDATE access_grant SET revoked_at = 0 WHERE root = ${idNumber(cut.id)};` +
    `UPDATE access_grant SET fieldset = 'plan+notes' WHERE root = ${idNumber(narrow.id)}`);
  for (const rec of [cut, narrow]) {
    const probe = new Matrix(ctx, m.hub, m.engine);
    Object.assign(probe, { who: m.who, records: m.records, byId: m.byId, own: m.own, ownDeal: m.ownDeal, nobody: m.nobody });
    const birke = m.who.find((w) => w.actor.name === 'birke/rep');
    await probe.cell(birke, rec, 'GET /deals/{id}', m.routes.deal['GET /deals/{id}']);
    ctx.ok(probe.wrong.length > 0, `a grant widened behind the program's back is not noticed (${rec.tag})`);
  }
}

async function once(ctx, unit, engine) {
  const hub = await Hub.open(engine, { clock: true });
  try {
    const m = new Matrix(ctx, hub, engine);
    await m.people();
    m.records = await new Specimens(hub).build();
    await m.refs();
    const openapi = JSON.parse(await cliOk(['openapi']));
    const dump = await cliOk(['model', 'dump']);
    for (const gap of tableGaps(openapi, dump, m.routes)) m.wrong.push(gap);
    const before = await m.state();
    await m.all(randomOf(ctx.seed(unit)), unit < 2 ? 0.34 : 1);
    m.check(before === (await m.state()), `${engine}: somebody who was refused, or stopped, changed something`);
    for (const text of m.wrong) ctx.ok(false, text);
    ctx.ok(m.cells - m.wrong.length > 10_000, `only ${m.cells} answers were looked at`);
    ctx.sum('answers held against the table', m.cells);
    ctx.figure('records, people', `${m.records.length}, ${m.who.length + 1}`);
    const rows = Object.values(m.routes).flatMap((r) => Object.keys(r)).length;
    ctx.figure('routes in the table', rows + Object.keys(FREE).length + Object.keys(LISTS).length);
    await planted(m, ctx, openapi, dump);
  } finally {
    const wrong = await hub.close();
    ctx.ok(!wrong, wrong);
  }
}

export default {
  name: 'matrix',
  promise: 'Every operation, by everybody, on every record in every state of a grant, answers as the table of permissions says; hidden equals missing.',
  planted: 'a revoked grant put back and a fieldset widened in the database, a route and a field without a row: each is noticed in every run',
  quick: 2,
  program: 'fast',
  weight: 1,
  async run(ctx) {
    for (let i = ctx.from; i < ctx.from + ctx.units && Date.now() < ctx.deadline; i++) {
      await once(ctx, i, i % 2 ? 'postgres' : 'sqlite');
      ctx.done();
    }
  },
};
