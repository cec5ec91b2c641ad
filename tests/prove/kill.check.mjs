// SPDX-License-Identifier: Apache-2.0
// The server killed (-9) in the middle of its work, again and again on the same data: accounts made, changed and deleted, leads handed
// over and accepted, deals won, statements prepared, approved and paid. After each kill every request of the last moments is sent again
// under its Idempotency-Key: what was acknowledged must answer the same record, what was not must now happen, and never twice.
// Odd units run on SQLite, even ones on PostgreSQL, side by side. Planted in every run: a record deleted behind its back after a kill must be missed,
// by this comparison and by `audit verify`; a request repeated under another key must be counted as a double.
import { randomUUID } from 'node:crypto';
import { cli, freshDatabase, serve, sqlBehindItsBack } from '../lib/server.mjs';
import { STORY, foundPartners, joinPartners } from '../lib/partners.mjs';

const WRITERS = 8; // of accounts
const STORIES = 4; // of leads and money
const READY_MS = 2000;
const READY_LIMIT_MS = 10_000; // of the check; the machine may be busy
const VERIFY_EVERY = 20;

const sleep = (ms) => new Promise((r) => setTimeout(r, ms));
const table = (hub, name) => (hub.database.engine === 'sqlite' ? name : `entente.${name}`);
const count = (hub, text) => Number(sqlBehindItsBack(hub.database, text));

// What must not exist: two accounts of one name in one company, two deals of one lead, two statements of one deal.
function doubles(hub) {
  const twice = (name, by, column) => count(hub, `select count(*) from (select ${by} from ${table(hub, name)}
    where ${column} is not null group by ${by} having count(*) > 1) as d`);
  return twice('account', 'company, name', 'name') + twice('deal', 'company, lead', 'lead') + twice('statement', 'deal', 'deal');
}

async function newHub(engine) {
  const database = freshDatabase(engine);
  await foundPartners(database);
  const hub = { database, server: await serve(database), serial: 0, kills: 0 };
  Object.assign(hub, await joinPartners(hub.server));
  return hub;
}

// Sends one request and keeps it with its answer. A lost connection is no answer; any answer but success and "busy" is a failure.
async function send(hub, by, sent, op) {
  op.by = by;
  sent.push(op);
  const headers = op.method === 'POST' ? { 'Idempotency-Key': op.key } : op.headers;
  const r = await hub[by].request(op.method, op.path, { headers, body: op.body && JSON.stringify(op.body) }).catch(() => null);
  if (r && (r.status === 503 || r.status === 429)) {
    sent.pop();
    return null;
  }
  op.answer = r && { status: r.status, json: r.json, etag: r.headers.etag, text: r.text };
  return op.answer;
}

async function writeAccounts(hub, unit, client, going, sent) {
  for (let n = 0; going.on; n++) {
    const name = `Kill ${unit}-${client}-${n}`;
    const made = await send(hub, 'paul', sent, { method: 'POST', path: '/accounts', key: randomUUID(), body: { name } });
    if (!made || made.status !== 201 || !going.on) return;
    const path = `/accounts/${made.json.id}`;
    if (n % 3 === 0) continue;
    const changed = await send(hub, 'paul', sent, { method: 'PATCH', path, headers: { 'If-Match': made.etag }, body: { city: name } });
    if (!changed || changed.status !== 200 || !going.on) return;
    if (n % 3 === 2) await send(hub, 'paul', sent, { method: 'DELETE', path, headers: { 'If-Match': changed.etag } });
  }
}

// One step of a story; resolves to whether it went on.
async function tell(hub, story, sent) {
  const step = STORY[story.next];
  const op = { method: 'POST', path: step.path(story), key: randomUUID(), body: step.body(hub, story), story };
  const r = await send(hub, step.by, sent, op);
  if (!r || r.status >= 300) return false;
  step.keep(story, r.json);
  story.next += 1;
  return true;
}

async function writeStories(hub, unit, client, going, sent) {
  for (let n = 0; going.on; n++) {
    const story = { name: `Story ${unit}-${client}-${n}`, next: 0 };
    while (going.on && story.next < STORY.length) if (!(await tell(hub, story, sent))) return;
  }
}

// After the restart every story is told to its end: a kill leaves no work half done for ever.
async function tellToTheEnd(hub, sent) {
  for (const story of new Set(sent.map((o) => o.story).filter(Boolean))) {
    const more = [];
    while (story.next < STORY.length) {
      if (!(await tell(hub, story, more))) return `the story "${story.name}" stops: ${more.at(-1)?.answer?.text ?? 'no answer'}`;
    }
  }
  return null;
}

const sameRecord = (a, b) => a.status === b.status && a.json.id === b.json.id;

// POST: the same key again.
async function repeatPost(hub, op) {
  const again = await hub[op.by].request('POST', op.path, { headers: { 'Idempotency-Key': op.key }, body: JSON.stringify(op.body) });
  if (!op.answer) {
    if (again.status >= 300) return `was not answered and is refused now: ${again.status} ${again.text}`;
    if (op.story) STORY[op.story.next++].keep(op.story, again.json);
    return null;
  }
  return sameRecord(op.answer, again) ? null : `answered ${op.answer.status} ${op.answer.json?.id}, now ${again.status} ${again.text}`;
}

// What an account must be like after its changes and deletion; an unanswered one may or may not have happened.
async function lookAt(hub, path, ops) {
  const now = await hub.paul.request('GET', path);
  const [changed] = ops.filter((o) => o.method === 'PATCH');
  const [deleted] = ops.filter((o) => o.method === 'DELETE');
  if (now.status === 404) return deleted ? null : 'is gone';
  if (now.status !== 200) return `answers ${now.status} ${now.text}`;
  if (deleted?.answer) return 'is there though its deletion was acknowledged';
  if (changed?.answer && now.json.city !== changed.body.city) return 'has lost its acknowledged change';
  return now.json.city && now.json.city !== changed?.body.city ? 'holds what nobody wrote' : null;
}

// Everything wrong with what one client was told.
async function compare(hub, sent) {
  const wrong = [];
  const paths = new Map();
  const deleted = new Set(sent.filter((o) => o.method === 'DELETE').map((o) => o.path));
  for (const op of sent) {
    if (op.answer?.status >= 300) wrong.push(`${op.method} ${op.path}: ${op.answer.status} ${op.answer.text}`);
    else if (op.method !== 'POST') paths.set(op.path, [...(paths.get(op.path) ?? []), op]);
    else if (!deleted.has(`/accounts/${op.answer?.json.id}`)) {
      const why = await repeatPost(hub, op);
      if (why) wrong.push(`POST ${op.path} ${why}`);
    }
  }
  for (const [path, ops] of paths) {
    const why = await lookAt(hub, path, ops);
    if (why) wrong.push(`${path} ${why}`);
  }
  const halted = wrong.length ? null : await tellToTheEnd(hub, sent);
  return halted ? [halted] : wrong;
}

// Load, kill, start; resolves to what each client sent.
async function killOnce(hub, unit, seed) {
  const going = { on: true };
  const all = [];
  const clients = Array.from({ length: WRITERS + STORIES }, (_, client) => {
    const sent = [];
    all.push(sent);
    return (client < WRITERS ? writeAccounts : writeStories)(hub, unit, client, going, sent);
  });
  await sleep(80 + (seed % 220));
  await hub.server.kill();
  going.on = false;
  await Promise.all(clients);
  hub.server = null;
  return all;
}

async function startAgain(ctx, hub) {
  hub.server = await serve(hub.database);
  for (const name of ['lena', 'paul', 'kai', 'bea']) hub[name].server = hub.server;
  ctx.readies.push(hub.server.readyMs);
  ctx.ok(hub.server.readyMs < READY_LIMIT_MS, `ready after ${Math.round(hub.server.readyMs)} ms`);
}

async function verify(ctx, hub, clean) {
  const r = await cli(['audit', 'verify', '--db', hub.database.url]);
  ctx.ok((r.code === 0) === clean, `audit verify on ${hub.database.engine}: exit code ${r.code}\n${r.stdout}${r.stderr}`);
}

async function unitOf(ctx, hub, unit) {
  const all = await killOnce(hub, unit, ctx.seed(unit));
  await startAgain(ctx, hub);
  const wrong = (await Promise.all(all.map((sent) => compare(hub, sent)))).flat();
  const told = all.flat().filter((o) => o.answer);
  ctx.ok(told.length > 0 && wrong.length === 0, `kill ${unit} on ${hub.database.engine}, ${told.length} answers: ${wrong.join('\n')}`);
  const twice = doubles(hub);
  ctx.ok(twice === 0, `kill ${unit} on ${hub.database.engine}: ${twice} things exist twice`);
  const session = await hub.lena.request('GET', '/session');
  ctx.ok(session.status === 200, `kill ${unit}: the session is gone: ${session.status}`);
  ctx.sum(`kills on ${hub.database.engine}`, 1);
  ctx.sum('acknowledged', told.length);
  ctx.sum('acknowledged steps of leads and money', told.filter((o) => !o.path.startsWith('/accounts')).length);
  ctx.sum('not answered, sent again', all.flat().length - told.length);
  if (++hub.kills % VERIFY_EVERY === 0) await verify(ctx, hub, true);
}

// The planted faults: this check must see a lost write and a double.
async function plant(ctx, hub) {
  const all = await killOnce(hub, 'planted', 150);
  const [victim] = all.flat().filter((o) => o.path === '/accounts' && o.answer?.status === 201 && o.body.name.endsWith('-0'));
  await startAgain(ctx, hub);
  if (!ctx.ok(victim, 'planted: nothing was acknowledged')) return;
  await hub.paul.request('POST', '/accounts', { body: JSON.stringify(victim.body) }); // the client's own new key
  ctx.ok(doubles(hub) === 1, 'planted: a double is not noticed');
  sqlBehindItsBack(hub.database, `delete from ${table(hub, 'account')} where name = '${victim.body.name}'`);
  const wrong = (await Promise.all(all.map((sent) => compare(hub, sent)))).flat();
  ctx.ok(wrong.length > 0, 'planted: a lost write is not noticed');
  await verify(ctx, hub, false);
}

const rank = (list, share) => Math.round([...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * share))] ?? 0);

export default {
  name: 'kill',
  promise: 'Killed at any moment, the server is soon back with everything it acknowledged, once; a request repeated under its key answers the same.',
  planted: 'in every run a write deleted behind its back and a request repeated under another key must both be noticed',
  quick: 100,
  program: 'fast',
  weight: 2,
  async run(ctx) {
    const hubs = {};
    ctx.readies = [];
    try {
      await Promise.all(['postgres', 'sqlite'].map(async (engine, odd) => {
        for (let unit = ctx.from + ((ctx.from + odd) % 2); unit < ctx.from + ctx.units && Date.now() < ctx.deadline; unit += 2) {
          hubs[engine] ??= await newHub(engine);
          await unitOf(ctx, hubs[engine], unit);
          ctx.done();
        }
      }));
      for (const hub of Object.values(hubs)) {
        await verify(ctx, hub, true);
        const how = await hub.server.stop();
        ctx.ok(how === null, how);
        hub.server = null;
      }
      hubs.planted = await newHub('sqlite');
      await plant(ctx, hubs.planted);
    } finally {
      for (const hub of Object.values(hubs)) {
        await hub.server?.kill();
        hub.database.drop();
      }
    }
    ctx.figure('ready again, p50', rank(ctx.readies, 0.5), 'ms');
    ctx.figure('ready again, longest', rank(ctx.readies, 1), 'ms');
    ctx.figure(`later than ${READY_MS} ms`, ctx.readies.filter((ms) => ms > READY_MS).length, `of ${ctx.readies.length}`);
  },
};
