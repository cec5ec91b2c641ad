// SPDX-License-Identifier: Apache-2.0
// Taking a right back, under load. Readers of the partner ask without pause while the owner shares and revokes: no answer to a request
// begun after the revocation was answered holds the data, and the partner's stream says nothing of what the owner does meanwhile. Streams
// end with the session or token that opened them. A grant that expired stays ended when the clock is set back, also over a restart.
// What a partner read is in the owner's log before it has the first answer (the server is killed right after it), once per person,
// record, type, fieldset and day.
// Planted in every run: a revoked grant put back behind the program's back must be caught by the same judge.
import { Hub, idNumber, must } from './lib-world.mjs';
import { randomOf } from './lib-random.mjs';

const MARK = 'zqrevocation1';
const sleep = (ms) => new Promise((r) => setTimeout(r, ms));
const PEOPLE = ['admin', 'manager', 'rep'];

async function shareable(hub) {
  const rep = hub.as('arbor', 'rep');
  const account = await must(rep, 'POST', '/accounts', { name: `Account ${MARK}`, city: MARK });
  await must(rep, 'POST', `/accounts/${account.id}/contacts`, { name: `Contact ${MARK}` });
  const deal = await must(rep, 'POST', '/deals', { name: `Deal ${MARK}`, next_step: MARK });
  return { deal: deal.id, account: account.id };
}

async function room(hub, deal) {
  const rep = hub.as('arbor', 'rep');
  await must(rep, 'POST', `/deals/${deal}/comments`, { text: MARK });
  await must(rep, 'POST', `/deals/${deal}/evidence`, { marker: 'budget_set', source: MARK, basis: 'told' });
  const today = (hub.clock ?? new Date().toISOString()).slice(0, 10);
  await must(rep, 'POST', `/deals/${deal}/tasks`, { title: MARK, owner_company: hub.ids.birke, kind: 'promise', due_on: today });
}

const share = (hub, r, more = {}) => Promise.all(['deal', 'account'].map((kind) =>
  must(hub.as('arbor'), 'POST', `/${kind}s/${r[kind]}/members`, { company: hub.ids.birke, fieldset: 'member', ...more })));
const revoke = (hub, r) => Promise.all(['deal', 'account'].map((kind) =>
  must(hub.as('arbor'), 'DELETE', `/${kind}s/${r[kind]}/members/${hub.ids.birke}`)));

const WAYS = (r) => [`/deals/${r.deal}`, '/deals?limit=50', '/deals?sort=name', `/deals?q=${MARK}`, `/search?q=${MARK}`, '/export/deals.csv',
  '/board', '/today',
  `/deals/${r.deal}/comments`, `/deals/${r.deal}/evidence`, `/deals/${r.deal}/stage`, `/accounts/${r.account}`, '/accounts', '/export/accounts.csv',
  `/accounts/${r.account}/contacts`, `/search?q=Contact`];

// ---- under load

// Whether an answer tells what was taken back: its words, or that the record is there.
const tells = (r, res) => res.status < 300 && (res.text.includes(MARK) || res.text.includes(r.deal) || res.text.includes(r.account));

class Load {
  constructor(ctx, hub, record) {
    Object.assign(this, { ctx, hub, record, answers: [], windows: [], going: true });
  }

  async reader(actor, ways) {
    for (let i = 0; this.going; i++) {
      const path = ways[i % ways.length];
      const from = performance.now();
      const res = await actor.request('GET', path);
      this.answers.push({ from, to: performance.now(), path, tells: tells(this.record, res) });
    }
  }

  // One turn: shared for a moment, then taken back; while it is, the owner changes what the partner may not see.
  async turn(random, between = () => {}) {
    const w = { shareSent: performance.now() };
    await share(this.hub, this.record);
    w.shared = performance.now();
    await sleep(5 + random() * 20);
    w.revokeSent = performance.now();
    await revoke(this.hub, this.record);
    w.revoked = performance.now();
    await between();
    await must(this.hub.as('arbor', 'rep'), 'PATCH', `/deals/${this.record.deal}`, { notes: `n${w.revoked}`, next_step: `${MARK} ${w.revoked}` },
      { 'If-Match': '*' });
    await sleep(10 + random() * 25);
    w.until = performance.now();
    this.windows.push(w);
  }

  // Answers begun and ended while nothing was shared that tell all the same.
  late() {
    return this.answers.filter((a) => a.tells && this.windows.some((w) => a.from > w.revoked && a.to < w.until));
  }

  seenWhileShared() {
    return this.answers.filter((a) => a.tells && this.windows.some((w) => a.from > w.shared && a.to < w.revokeSent)).length;
  }

  begunAfter() {
    return this.answers.filter((a) => this.windows.some((w) => a.from > w.revoked && a.to < w.until)).length;
  }
}

// What the stream says between a revocation and the next sharing: nothing about the record.
function spokeMeanwhile(events, root) {
  let cut = false;
  const out = [];
  for (const e of events.filter((x) => x.data.root === root)) {
    if (e.data.op === 'revoke') cut = true;
    else if (e.data.op === 'share') cut = false;
    else if (cut) out.push(e.event);
  }
  return out;
}

async function underLoad(ctx, hub, random, turns) {
  const record = await shareable(hub);
  await room(hub, record.deal);
  const load = new Load(ctx, hub, record);
  const stream = await hub.as('birke', 'manager').stream('/events');
  const ways = WAYS(record);
  const turned = (i) => [...ways.slice(4 * i), ...ways.slice(0, 4 * i)];
  const readers = ['admin', 'manager', 'rep', 'rep'].map((role, i) => load.reader(hub.as('birke', role), turned(i)));
  for (let i = 0; i < turns; i++) {
    await load.turn(random);
    ctx.done();
  }
  await sleep(700);
  load.going = false;
  await Promise.all(readers);
  stream.close();
  for (const a of load.late().slice(0, 5)) ctx.ok(false, `${a.path} told ${(a.to - a.from).toFixed(1)} ms of an answer begun after the revocation`);
  ctx.ok(load.late().length === 0, `${load.late().length} answers told what was taken back`);
  ctx.ok(load.seenWhileShared() > turns / 4, `the readers saw the record only ${load.seenWhileShared()} times: this shows nothing`);
  ctx.ok(load.begunAfter() > turns, `only ${load.begunAfter()} requests were begun after a revocation: this shows nothing`);
  const spoke = spokeMeanwhile(stream.events, record.deal);
  ctx.ok(spoke.length === 0, `the stream told of ${spoke.slice(0, 5)} after the revocation`);
  ctx.ok(stream.events.filter((e) => e.data.op === 'revoke' && e.data.root === record.deal).length >= turns - 1,
    'the stream did not follow the revocations');
  ctx.sum('revocations', turns);
  ctx.sum('requests begun after a revocation', load.begunAfter());
  ctx.sum('answers while shared', load.seenWhileShared());
  return record;
}

// The judge has to notice a right that was not taken back.
async function planted(ctx, hub, record, random) {
  const load = new Load(ctx, hub, record);
  const reader = load.reader(hub.as('birke', 'rep'), [`/deals/${record.deal}`]);
  await load.turn(random, () => hub.sql(`UPDATE access_grant SET revoked_at = 0 WHERE id = (SELECT max(id) FROM access_grant WHERE root = ${idNumber(record.deal)})`));
  await sleep(50);
  load.going = false;
  await reader;
  ctx.ok(load.late().length > 0, 'a grant put back behind the program\'s back is not noticed');
}

// ---- streams end with what opened them

async function streamsEnd(ctx, hub) {
  const admin = hub.as('birke', 'admin');
  const ends = async (name, stream, act) => {
    await act();
    const before = stream.events.length;
    await must(hub.as('birke', 'manager'), 'POST', '/accounts', { name: `After ${name}` }); // it stays silent, and ends instead of telling this
    const ended = await Promise.race([stream.ended, sleep(20_000).then(() => false)]);
    ctx.ok(ended, `a stream goes on after ${name}`);
    ctx.ok(stream.events.length === before, `a stream speaks after ${name}`);
    stream.close();
  };
  const program = await hub.program('birke', 'manager', ['read']);
  const { items } = await must(hub.as('birke', 'manager'), 'GET', '/tokens');
  await ends('its token was revoked', await program.stream('/events'), () => must(hub.as('birke', 'manager'), 'DELETE',
    `/tokens/${items.at(-1).id}`));
  const other = await hub.login('birke', 'rep');
  await ends('it signed out', await other.stream('/events'), () => other.request('DELETE', '/session'));
  const third = await hub.login('birke', 'rep');
  await ends('all sessions were ended', await third.stream('/events'), () => third.request('POST', '/session/revoke-all'));
  const fourth = await hub.login('birke', 'rep');
  await ends('its person was switched off', await fourth.stream('/events'),
    () => must(admin, 'PATCH', `/users/${hub.ids['birke/rep']}`, { active: false }, { 'If-Match': '*' }));
  ctx.ok((await fourth.request('GET', '/deals')).status === 401, 'a person switched off still reads');
}

// ---- clocks

async function clocks(ctx, hub) {
  const r = await shareable(hub);
  const at = Date.parse(hub.clock);
  const time = (s) => new Date(at + s * 1000).toISOString();
  await room(hub, r.deal);
  await share(hub, r, { until: time(60) });
  const tell = async (when, expected) => {
    for (const path of WAYS(r)) {
      const res = await hub.as('birke', 'manager').request('GET', path);
      if (expected && !path.startsWith('/today')) continue; // shown below by one look
      ctx.ok(expected || !tells(r, res), `${when}: ${path} tells of an expired grant`);
    }
    if (expected) ctx.ok(tells(r, await hub.as('birke', 'manager').request('GET', `/deals/${r.deal}`)), `${when}: the grant does not hold`);
  };
  const set = async (s) => { hub.setClock(time(s)); await sleep(60); };
  await set(59);
  await tell('a second before the end', true);
  await set(60);
  await tell('at the end', false);
  const ended = async () => Number(hub.sql(`SELECT count(*) FROM access_grant WHERE root = ${idNumber(r.deal)} AND revoked_at = 0`)) === 0;
  const began = performance.now();
  while (!(await ended()) && performance.now() - began < 45_000) await sleep(100);
  ctx.ok(await ended(), 'an expired grant is not ended for good');
  ctx.figure('an expired grant is ended for good after', (performance.now() - began).toFixed(0), 'ms');
  await set(0);
  await tell('clock set back', false);
  await hub.server.kill();
  await hub.start();
  await tell('clock set back and a restart', false);
  await set(120);
}

// ---- the log of readings

// What each way of reading has to note, beside the record itself where it shows it.
const NOTED = { '/deals/{deal}': ['deal'], '/deals': ['deal'], '/deals?q=zqrevocation1': ['deal'], '/search?q=zqrevocation1': ['deal'],
  '/export/deals.csv': ['deal'],
  '/board': ['deal', 'evidence'], '/deals/{deal}/comments': ['comment'], '/deals/{deal}/tasks': ['task'], '/deals/{deal}/evidence': ['evidence'],
  '/deals/{deal}/stage': ['deal', 'evidence'], '/deals/{deal}/guidance': ['deal', 'evidence'], '/today': ['deal', 'task'],
  '/accounts/{account}': ['account'], '/accounts': ['account'], '/export/accounts.csv': ['account'], '/accounts/{account}/contacts': ['contact'],
  '/search?q=Contact': ['contact'], '/deals/{own}': ['account'] };

async function seenBy(hub, r) {
  const out = [];
  for (const kind of ['deal', 'account']) out.push(...(await must(hub.as('arbor'), 'GET', `/${kind}s/${r[kind]}/seen-by`)).items);
  return out;
}

async function noted(ctx, hub, way, entities, r) {
  const before = (await seenBy(hub, r)).length;
  const birke = hub.as('birke', 'manager');
  // A deal of the partner's own about the shared account names it.
  const own = way.includes('{own}') ? (await must(hub.as('birke', 'rep'), 'POST', '/deals', { name: 'Ours', account: r.account })).id : '';
  if (own) await must(hub.as('birke', 'rep'), 'PATCH', `/deals/${own}`, { customer: null }, { 'If-Match': '*' }); // its copy of the name is its own
  const path = way.replace('{deal}', r.deal).replace('{account}', r.account).replace('{own}', own);
  const res = await birke.request('GET', path);
  await hub.server.kill(); // the answer is there: so has to be the entry
  await hub.start();
  ctx.ok(res.status === 200 && (tells(r, res) || way.endsWith('guidance')), `${way} shows nothing: this proves nothing`);
  const have = await seenBy(hub, r);
  const mine = (e) => have.filter((i) => i.entity === e && i.user === hub.ids['birke/manager'] && i.company === hub.ids.birke);
  for (const e of entities) {
    ctx.ok(mine(e).length === 1, `${way}: ${mine(e).length} entries of the reading of ${e} after the answer and a kill`);
    ctx.ok(mine(e)[0]?.fieldset === 'member' && mine(e)[0]?.fields.length > 0 && mine(e)[0]?.day === hub.clock.slice(0, 10),
      `${way}: the entry does not say what was seen when`);
  }
  await Promise.all(Array.from({ length: 6 }, () => birke.request('GET', path)));
  const again = await seenBy(hub, r);
  ctx.ok(again.length === have.length, `${way}: read again, noted again`);
  return again.length - before;
}

async function readings(ctx, hub) {
  let entries = 0;
  for (const [way, entities] of Object.entries(NOTED)) {
    const r = await shareable(hub);
    await share(hub, r);
    await room(hub, r.deal);
    entries += await noted(ctx, hub, way, entities, r);
    await revoke(hub, r);
  }
  const r = await shareable(hub);
  await share(hub, r);
  const read = async (role) => must(hub.as('birke', role), 'GET', `/deals/${r.deal}`);
  const count = async () => (await seenBy(hub, r)).filter((i) => i.entity === 'deal').length;
  await Promise.all([read('manager'), read('manager'), read('rep'), read('rep')]);
  ctx.ok((await count()) === 2, `two persons: ${await count()} entries`);
  await must(hub.as('arbor'), 'POST', `/deals/${r.deal}/members`, { company: hub.ids.birke, fieldset: 'plan' });
  await read('manager');
  ctx.ok((await count()) === 3, `another fieldset: ${await count()} entries`);
  hub.setClock(new Date(Date.parse(hub.clock) + 86_400_000).toISOString());
  await sleep(60);
  await read('manager');
  await read('manager');
  ctx.ok((await count()) === 4, `another day: ${await count()} entries`);
  ctx.ok((await hub.as('birke').request('GET', `/deals/${r.deal}/seen-by`)).status === 403, 'a partner reads who read');
  await revoke(hub, r);
  ctx.figure('ways of reading, each killed right after its answer', Object.keys(NOTED).length);
  ctx.sum('readings in the log', entries);
}

async function once(ctx, hub, engine, unit, turns) {
  const random = randomOf(ctx.seed(unit));
  const record = await underLoad(ctx, hub, random, turns);
  await planted(ctx, hub, record, random);
}

export default {
  name: 'revoke',
  promise: 'No answer begun after a revocation holds the data; clocks set back revive nothing; what a partner read is in the log before it has the answer.',
  planted: 'a revoked grant put back in the database is caught by the judge in every run',
  quick: 120,
  weight: 1,
  async run(ctx) {
    const LOT = 120; // turns on one hub
    for (let unit = ctx.from; unit < ctx.from + ctx.units && Date.now() < ctx.deadline; unit += LOT) {
      const engine = Math.floor(unit / LOT) % 2 ? 'postgres' : 'sqlite';
      const timed = await Hub.open(engine, { clock: true, people: PEOPLE, companies: ['arbor', 'birke'] });
      try {
        await readings(ctx, timed);
        await clocks(ctx, timed);
      } finally {
        ctx.ok(!(await timed.close()), 'the server did not end well');
      }
      const hub = await Hub.open(engine, { people: PEOPLE, companies: ['arbor', 'birke'] });
      try {
        await once(ctx, hub, engine, unit, Math.min(LOT, ctx.from + ctx.units - unit));
        await streamsEnd(ctx, hub);
      } finally {
        ctx.ok(!(await hub.close()), 'the server did not end well');
      }
    }
  },
};
