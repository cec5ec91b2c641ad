// SPDX-License-Identifier: Apache-2.0
// A hub with clients at work, and the comparison of what they were told with what is there: accounts made, changed and deleted, leads
// handed over and accepted, deals won, statements prepared, approved and paid. Every request is kept with its Idempotency-Key. After the
// trouble each is sent again: what was acknowledged must answer the same record, what was not must now happen, and never twice.
import { randomUUID } from 'node:crypto';
import { freshDatabase, serve, sqlBehindItsBack } from './server.mjs';
import { STORY, foundPartners, joinPartners } from './partners.mjs';

export const PEOPLE = ['lena', 'paul', 'kai', 'bea'];
const WRITERS = 8; // of accounts
const STORIES = 4; // of leads and money
const PAUSE_MS = 25; // of a client that was refused
const BUSY_TRIES = 100;

const sleep = (ms) => new Promise((r) => setTimeout(r, ms));

export const table = (hub, name) => (hub.database.engine === 'sqlite' ? name : `entente.${name}`);
const count = (hub, text) => Number(sqlBehindItsBack(hub.database, text));

// What must not exist: two accounts of one name in one company, two deals of one lead, two statements of one deal.
export function doubles(hub) {
  const twice = (name, by, column) => count(hub, `select count(*) from (select ${by} from ${table(hub, name)}
    where ${column} is not null group by ${by} having count(*) > 1) as d`);
  return twice('account', 'company, name', 'name') + twice('deal', 'company, lead', 'lead') + twice('statement', 'deal', 'deal');
}

export async function newHub(engine, database = freshDatabase(engine), options = {}) {
  await foundPartners(database);
  const hub = { database, server: await serve(database, options), kills: 0, refusals: 0 };
  Object.assign(hub, await joinPartners(hub.server));
  return hub;
}

// Sends one request and keeps it with its answer. A lost connection is no answer, nor is an honest 5xx: a commit may have been lost on
// its way. Any other answer but success is a failure.
async function send(hub, by, sent, op) {
  op.by = by;
  sent.push(op);
  const headers = op.method === 'POST' ? { 'Idempotency-Key': op.key } : op.headers;
  const r = await hub[by].request(op.method, op.path, { headers, body: op.body && JSON.stringify(op.body) }).catch(() => null);
  if (r?.status >= 500 && r.type === 'application/problem+json') {
    hub.refusals += 1;
    return null;
  }
  op.answer = r && { status: r.status, json: r.json, etag: r.headers.etag, text: r.text };
  return op.answer;
}

// One account's life. False: refused or not answered.
async function writeAccount(hub, name, life, going, sent) {
  const made = await send(hub, 'paul', sent, { method: 'POST', path: '/accounts', key: randomUUID(), body: { name } });
  if (made?.status !== 201) return false;
  const path = `/accounts/${made.json.id}`;
  if (life === 0 || !going.on) return true;
  const changed = await send(hub, 'paul', sent, { method: 'PATCH', path, headers: { 'If-Match': made.etag }, body: { city: name } });
  if (changed?.status !== 200) return false;
  if (life === 1 || !going.on) return true;
  return Boolean(await send(hub, 'paul', sent, { method: 'DELETE', path, headers: { 'If-Match': changed.etag } }));
}

async function writeAccounts(hub, unit, client, going, sent) {
  for (let n = 0; going.on; n++) {
    const well = await writeAccount(hub, `Account ${unit}-${client}-${n}`, n % 3, going, sent);
    if (!well && going.on) await sleep(PAUSE_MS);
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
    let well = true;
    while (well && going.on && story.next < STORY.length) well = await tell(hub, story, sent);
    if (!well && going.on) await sleep(8 * PAUSE_MS); // each is told to its end later
  }
}

// After the restart every story is told to its end: a kill leaves no work half done for ever.
async function tellToTheEnd(hub, sent) {
  for (const story of new Set(sent.map((o) => o.story).filter(Boolean))) {
    const more = [];
    while (story.next < STORY.length) {
      const well = await patiently(() => tell(hub, story, more), (went) => !went && !more.at(-1).answer);
      if (!well) return `the story "${story.name}" stops: ${more.at(-1)?.answer?.text ?? 'no answer'}`;
    }
  }
  return null;
}

const sameRecord = (a, b) => a.status === b.status && a.json.id === b.json.id;

// A server that says "busy" (writers in each other's way) is asked again, as a client does.
async function patiently(ask, isBusy) {
  for (let n = 0; ; n++) {
    const r = await ask();
    if (!isBusy(r) || n === BUSY_TRIES) return r;
    await sleep(PAUSE_MS);
  }
}

// POST: the same key again.
async function repeatPost(hub, op) {
  const headers = { 'Idempotency-Key': op.key };
  const again = await patiently(() => hub[op.by].request('POST', op.path, { headers, body: JSON.stringify(op.body) }), (r) => r.status === 503);
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
export async function compare(hub, sent) {
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

// Starts the clients: { sent (a list for each), last(): what is under way now is the last, stop(): resolves to `sent` when it is over }.
export function work(hub, name) {
  const going = { on: true };
  const all = [];
  const clients = Array.from({ length: WRITERS + STORIES }, (_, client) => {
    const sent = [];
    all.push(sent);
    return (client < WRITERS ? writeAccounts : writeStories)(hub, name, client, going, sent);
  });
  return { sent: all, last: () => { going.on = false; }, stop: async () => { going.on = false; await Promise.all(clients); return all; } };
}

export const compareAll = async (hub, all) => (await Promise.all(all.map((sent) => compare(hub, sent)))).flat();
