// SPDX-License-Identifier: Apache-2.0
// A person erased, from one end to the other. He is a contact whose every field holds a text found nowhere else; rooms, leads, imports,
// another contact's notes and a partner's comment speak of him; texts that spoke of him were changed and deleted since. Then he is
// erased, first by the company that handed him over, then by the partner that took him over, and every table, the bytes of the files,
// the server's log and a backup are searched. Odd units run on SQLite, even ones on PostgreSQL.
// Planted in every run: the same search before must find him in each of the places named below, or it is blind there. Seen to fail
// without the rewriting of the search index, without secure_delete, without the truncated log, and with any step of the flow left out.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { cli, cliOk, freshDatabase, serve } from '../lib/server.mjs';
import { foundPartners, joinPartners } from '../lib/partners.mjs';

const CHURN = 80;
const PLACES = ['account', 'contact', 'deal', 'activity', 'comment', 'task', 'evidence', 'lead', 'consent', 'import_row',
  'import_chunk', 'import_file', 'audit_body', 'search_row'];

// ---- who he is: texts of this unit only

function person(seed) {
  let n = seed;
  const letters = () => Array.from({ length: 9 }, () => { n = (Math.imul(n, 1664525) + 1013904223) >>> 0; return 'bcdfghjklmnpqrstvwxz'[n % 20]; }).join('');
  const digits = () => String(100_000_000 + (Math.imul(++n, 2654435761) >>> 0) % 900_000_000);
  const cyrillic = seed % 3 === 0;
  const family = cyrillic ? [...letters()].map((c) => 'бвгдежзиклмнопрстуфх'['bcdfghjklmnpqrstvwxz'.indexOf(c)]).join('') : letters();
  const p = { given: cyrillic ? 'Иван' : 'Arno', family, mail: letters(), phone: digits(), chat: letters(), title: letters(),
    oldTitle: letters(), notes: letters(), external: letters(), words: letters() };
  p.name = `${p.given} ${p.family}`;
  p.email = `${p.mail}@kunde.example`;
  p.number = `+49 431 ${p.phone}`;
  p.marks = [p.family, p.mail, p.phone, p.chat, p.title, p.oldTitle, p.notes, p.external, p.words];
  return p;
}

// ---- looking for him: text in lower case, and bytes written as hexadecimal digits

const needles = (marks) => marks.flatMap((m) => [m, Buffer.from(m).toString('hex')]);
const foundIn = (text, marks) => needles(marks).filter((m) => text.includes(m));

class Hub {
  constructor(engine) {
    this.database = freshDatabase(engine);
    this.sqlite = engine === 'sqlite';
  }

  sql(text) {
    return this.sqlite
      ? execFileSync('sqlite3', ['-readonly', '-bail', '-cmd', '.mode insert', this.database.url, text], { encoding: 'utf8', maxBuffer: 1 << 28 })
      : execFileSync('psql', ['-X', '-q', '-At', '-v', 'ON_ERROR_STOP=1', '-c', 'SET search_path = entente', '-c', text, this.database.url],
        { encoding: 'utf8', maxBuffer: 1 << 28 });
  }

  tables() {
    const list = this.sqlite ? this.sql("SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'")
      : this.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'entente'");
    return [...list.matchAll(/[a-z_0-9]+(?='\)|$)/gm)].map((m) => m[0]).filter((t) => !t.startsWith('sqlite_'));
  }

  // Lines of each table that have a mark: { table: [line] }.
  rows(marks) {
    const found = {};
    for (const table of this.tables()) {
      const lines = this.sql(`SELECT * FROM "${table}"`).toLowerCase().split('\n').filter((l) => foundIn(l, marks).length);
      if (lines.length) found[table] = lines;
    }
    http.globalAgent.destroy(); // this process stood still meanwhile: the server may have closed what it thinks is open
    return found;
  }

  // Names of files below a folder, or one file, whose bytes have a mark.
  static bytes(paths, marks) {
    return paths.filter((p) => existsSync(p)).filter((p) => {
      const text = readFileSync(p).toString('latin1').toLowerCase();
      return marks.some((m) => text.includes(Buffer.from(m).toString('latin1').toLowerCase()));
    });
  }

  files() {
    if (this.sqlite) return ['', '-wal', '-shm', '.lock'].map((end) => this.database.url + end);
    const oid = this.sql('SELECT oid FROM pg_database WHERE datname = current_database()').trim();
    const base = join(this.sql('SHOW data_directory').trim(), 'base', oid);
    this.sql('CHECKPOINT');
    return readdirSync(base).map((f) => join(base, f));
  }
}

// ---- what is known of him, and where

const post = (hub, by, path, body) => ask(hub, by, 'POST', path, body);
async function ask(hub, by, method, path, body, headers) {
  const r = await hub[by].request(method, path, { headers, body: body === undefined ? undefined : JSON.stringify(body) });
  if (r.status >= 300) throw new Error(`${method} ${path}: ${r.status} ${r.text}`);
  return r.json;
}
async function change(hub, by, path, body) {
  return ask(hub, by, 'PATCH', path, body, { 'If-Match': await hub[by].etag(path) });
}

async function importFile(hub, name, text, run) {
  const r = await hub.paul.request('POST', `/imports?entity=accounts&filename=${name}`, { headers: { 'Content-Type': 'text/csv' }, body: text });
  if (r.status !== 201) throw new Error(`import: ${r.status} ${r.text}`);
  if (!run) return;
  await post(hub, 'paul', `/imports/${r.json.id}/run`, {});
  for (let i = 0; i < 200; i++) {
    const job = await ask(hub, 'paul', 'GET', `/imports/${r.json.id}`);
    if (job.state === 'done' || job.state === 'failed') return;
    await new Promise((go) => setTimeout(go, 50));
  }
  throw new Error('the import does not end');
}

// Pages are split, joined and moved while he is spoken of: copies of rows must not stay behind in gaps.
async function churn(hub, p, deal) {
  const made = [];
  for (let i = 0; i < CHURN; i++) {
    const text = `${i % 2 ? p.name : 'Somebody'} ${'x'.repeat((i * 37) % 900)} ${i}`;
    made.push((await post(hub, 'lena', `/deals/${deal}/comments`, { text })).id);
    if (i % 3 === 0) await change(hub, 'lena', `/comments/${made[i]}`, { text: `again ${text} ${'y'.repeat((i * 53) % 1500)}` });
    if (i % 5 === 0) await ask(hub, 'paul', 'DELETE', `/comments/${made[i]}`, undefined, { 'If-Match': await hub.paul.etag(`/comments/${made[i]}`) });
  }
}

const csv = (p) => 'name,city,contact name,contact email,contact title,employees,notes\n' +
  `Nordwerft ${p.mail},Kiel,${p.name},${p.email},${p.title},20,New\nAndere Werft,Bremen,Bruno Keep,bruno@keep.example,Boss,30,\n` +
  `Kaputt ${p.chat},Kiel,${p.name},${p.email},Boss,not a number,\n`;

async function lead(hub, p, account, contact, by) {
  return (await post(hub, 'paul', '/leads', { account, contact, need: 'IT support', receiver: hub.brandt, consent: { given_by: by,
    given_at: new Date(Date.now() - 3_600_000).toISOString(), channel: 'meeting', recipient: hub.brandt, purpose: 'Offer', data: 'name',
    words: `${p.given} said ${p.words}` } })).id;
}

async function speakOfHim(hub, p) {
  const account = (await post(hub, 'paul', '/accounts', { name: `Nordwerft ${p.mail}`, city: 'Kiel', notes: `Ask ${p.name} first` })).id;
  const contact = (await post(hub, 'paul', `/accounts/${account}/contacts`, { name: p.name, given_name: p.given, family_name: p.family,
    title: p.oldTitle, email: p.email, phone: p.number, chat: p.chat, notes: p.notes, external_id: p.external })).id;
  await change(hub, 'paul', `/accounts/${account}`, { name: 'Nordwerft' });
  await post(hub, 'paul', `/accounts/${account}/contacts`, { name: 'Bruno Keep', email: 'bruno@keep.example', notes: `Works for ${p.name}` });
  const deal = (await post(hub, 'paul', '/deals', { name: 'Crane', account, notes: `${p.name} decides`, next_step: `Call ${p.number}` })).id;
  const room = (by, kind, body) => post(hub, by, `/deals/${deal}/${kind}`, body);
  await room('paul', 'activities', { kind: 'call', summary: `Spoke to ${p.name}`, person: p.name, result: `writes to ${p.email}` });
  await room('paul', 'tasks', { title: `Send ${p.name} the offer`, owner_company: hub.halden });
  await room('paul', 'evidence', { marker: 'problem_stated', source: p.name, note: `${p.name} told us` });
  await room('lena', 'comments', { text: `${p.name} is away`, audience: 'company' });
  const was = (await room('lena', 'comments', { text: `${p.name} was here` })).id;
  await change(hub, 'lena', `/comments/${was}`, { text: 'He was here' });
  const gone = (await room('lena', 'comments', { text: `${p.name} left` })).id;
  await ask(hub, 'paul', 'DELETE', `/comments/${gone}`, undefined, { 'If-Match': await hub.paul.etag(`/comments/${gone}`) });
  await post(hub, 'paul', `/deals/${deal}/members`, { company: hub.brandt, fieldset: 'member' });
  await room('kai', 'comments', { text: `We know ${p.name} too` });
  await room('kai', 'comments', { text: 'Bruno Keep is a good man' });
  await importFile(hub, 'a.csv', csv(p).replaceAll(`Nordwerft ${p.mail}`, 'Nordwerft'), true);
  await importFile(hub, 'b.csv', csv(p), false);
  await change(hub, 'paul', `/contacts/${contact}`, { title: p.title });
  await change(hub, 'paul', `/accounts/${account}`, { notes: `New. ${p.name} is back` });
  await churn(hub, p, deal);
  const opened = await lead(hub, p, account, contact, p.name);
  const taken = await post(hub, 'kai', `/leads/${opened}/accept`, { agreement: hub.agreement.id, version: 1, hash: hub.agreement.hash });
  const sealed = await lead(hub, p, account, contact, 'Bruno Keep');
  await ask(hub, 'paul', 'GET', `/search?q=${encodeURIComponent(p.family)}`);
  await ask(hub, 'paul', 'GET', `/contacts?q=${encodeURIComponent(p.mail)}`);
  return { account, contact, deal, opened, sealed, given: taken.deal };
}

// ---- a unit

async function proofsOf(hub, contact) {
  const r = await hub.paul.request('GET', `/audit/proof?record=${contact}&op=create`);
  if (r.status !== 200) throw new Error(`proof: ${r.status} ${r.text}`);
  return { file: r.text, checkpoint: (await hub.paul.request('GET', '/audit/checkpoint')).text };
}

async function eraseBy(hub, by, contact) {
  return ask(hub, by, 'POST', `/contacts/${contact}/erase`, { confirm: true }, { 'If-Match': await hub[by].etag(`/contacts/${contact}`) });
}

const only = (lines, ids) => lines.every((l) => ids.some((id) => l.includes(id)));

// The number behind an id, as the database holds it.
function idNumber(id) {
  let n = 0n;
  for (const c of id.slice(id.lastIndexOf('_') + 1)) n = n * 32n + BigInt('0123456789abcdefghjkmnpqrstvwxyz'.indexOf(c));
  return String(n);
}

async function checkFirst(ctx, hub, p, told, what) {
  const theirs = (await ask(hub, 'kai', 'GET', '/contacts')).items.map((c) => c.id);
  const left = hub.rows(p.marks);
  const shadows = ['search_index_data', 'search_index_idx'];
  for (const [table, lines] of Object.entries(left)) {
    const fine = ['contact', 'audit_body', 'search_row'].includes(table) && only(lines, theirs.map(idNumber));
    ctx.ok(fine || shadows.includes(table), `${what}: ${table} still has ${lines[0].slice(0, 300)}`);
  }
  ctx.ok(left.contact?.length === theirs.length, `${what}: what the partner holds itself is still there`);
  ctx.ok(told.partners.includes(hub.brandt), `${what}: the partner is named`);
  return theirs;
}

async function checkStory(ctx, hub, s, what) {
  ctx.ok((await hub.paul.request('GET', `/contacts/${s.contact}`)).status === 404, `${what}: the contact is gone`);
  const sealed = await ask(hub, 'paul', 'GET', `/leads/${s.sealed}`);
  ctx.ok(sealed.state === 'withdrawn' && sealed.contact_name === null, `${what}: the waiting lead is withdrawn: ${sealed.state}`);
  const tasks = (await ask(hub, 'kai', 'GET', `/deals/${s.given}/tasks`)).items;
  ctx.ok(tasks.some((t) => t.owner_company === hub.brandt && t.due_on), `${what}: the partner finds a task`);
  const comments = (await ask(hub, 'paul', 'GET', `/deals/${s.deal}/comments`)).items.map((c) => c.text);
  ctx.ok(comments.includes('Bruno Keep is a good man'), `${what}: others are spoken of as before`);
  const others = (await ask(hub, 'paul', 'GET', '/contacts')).items.filter((c) => c.name === 'Bruno Keep');
  ctx.ok(others.length >= 1 && others.some((c) => c.email === 'bruno@keep.example'), `${what}: other persons are still there`);
}

async function checkNothing(ctx, hub, p, proofs, what) {
  const file = (name) => join(hub.database.dir, name);
  for (const [table, lines] of Object.entries(hub.rows(p.marks))) ctx.ok(false, `${what}: at the end ${table} has ${lines[0].slice(0, 300)}`);
  ctx.ok(true, `${what}: tables`);
  await cliOk(['backup', file('after.backup'), '--db', hub.database.url]);
  if (!hub.sqlite) await cliOk(['scrub', '--files', '--db', hub.database.url]);
  const files = hub.files();
  ctx.ok(files.some((f) => existsSync(f)), `${what}: files are there`);
  const bad = Hub.bytes([...files, file('after.backup')], p.marks);
  ctx.ok(bad.length === 0, `${what}: bytes of ${bad.join(' ')}`);
  ctx.ok(foundIn(hub.server.log().toLowerCase(), p.marks).length === 0, `${what}: the server's log`);
  const verify = await cli(['audit', 'verify', '--db', hub.database.url]);
  ctx.ok(verify.code === 0, `${what}: audit verify: ${verify.stdout}${verify.stderr}`);
  writeFileSync(file('proof.json'), proofs.file);
  const held = await cli(['audit', 'check', file('proof.json')]);
  ctx.ok(held.code === 0, `${what}: a proof made before holds: ${held.stdout}${held.stderr}`);
  const size = proofs.checkpoint.split('\n')[1];
  const grown = await hub.paul.request('GET', `/audit/consistency?from=${size}`);
  writeFileSync(file('grown.json'), grown.text);
  const goesOn = await cli(['audit', 'check', file('grown.json')]);
  ctx.ok(goesOn.code === 0, `${what}: the log goes on from the checkpoint kept: ${goesOn.stdout}${goesOn.stderr}`);
}

// The same by the command line, for a person who is known only in one room; with the server stopped, which on SQLite holds the lock.
async function byCommand(ctx, hub, s, number, what) {
  const p = person(ctx.seed(number) ^ 0x5eed);
  const contact = (await post(hub, 'paul', `/accounts/${s.account}/contacts`, { name: p.name, email: p.email })).id;
  await post(hub, 'lena', `/deals/${s.deal}/comments`, { text: `${p.name} called from ${p.email}` });
  const wrong = await hub.server.stop();
  ctx.ok(!wrong, `${what}: ${wrong}`);
  hub.server = null;
  const erase = (...more) => cli(['erase', contact, '--db', hub.database.url, '--as', 'paul@partners.example', ...more]);
  const rep = await cli(['erase', contact, '--db', hub.database.url, '--as', 'lena@partners.example']);
  ctx.ok(rep.code !== 0, `${what}: a salesperson erases nobody from the command line either`);
  const dry = await erase('--dry-run');
  ctx.ok(dry.code === 0 && hub.rows(p.marks).comment, `${what}: a dry run writes nothing: ${dry.stdout}${dry.stderr}`);
  const done = await erase();
  ctx.ok(done.code === 0, `${what}: entente erase: ${done.stdout}${done.stderr}`);
  for (const [table, lines] of Object.entries(hub.rows(p.marks))) ctx.ok(false, `${what}: after entente erase ${table} has ${lines[0].slice(0, 300)}`);
  const verify = await cli(['audit', 'verify', '--db', hub.database.url]);
  ctx.ok(verify.code === 0, `${what}: audit verify: ${verify.stdout}${verify.stderr}`);
}

async function unit(ctx, number) {
  const engine = number % 2 ? 'postgres' : 'sqlite';
  const what = `${engine} ${number}`;
  const hub = new Hub(engine);
  const p = person(ctx.seed(number));
  try {
    await foundPartners(hub.database);
    hub.server = await serve(hub.database);
    Object.assign(hub, await joinPartners(hub.server));
    hub.halden = (await ask(hub, 'paul', 'GET', '/session')).company.id;
    const s = await speakOfHim(hub, p);
    const before = hub.rows(p.marks);
    for (const place of PLACES) ctx.ok(before[place], `${what}: the search is blind in ${place}`);
    ctx.ok(Hub.bytes(hub.files(), p.marks).length, `${what}: the search is blind in files`);
    ctx.sum('rows that spoke of him', Object.values(before).reduce((n, lines) => n + lines.length, 0));
    const proofs = await proofsOf(hub, s.contact);
    const refused = await hub.lena.request('POST', `/contacts/${s.contact}/erase`, { body: '{"confirm":true}',
      headers: { 'If-Match': await hub.lena.etag(`/contacts/${s.contact}`) } });
    ctx.ok(refused.status === 403, `${what}: a salesperson erases nobody: ${refused.status}`);
    const keys = () => hub.sql(`SELECT count(*) FROM idempotency WHERE record = ${idNumber(s.contact)}`).match(/\d+/)[0];
    ctx.ok(keys() === '1', `${what}: the request that made him was kept with a hash of it`);
    const told = await eraseBy(hub, 'paul', s.contact);
    ctx.ok(keys() === '0', `${what}: it is kept no more`);
    ctx.ok(told.files_clean, `${what}: the files are cleaned too`);
    ctx.sum('records emptied', told.records);
    ctx.sum('bodies of the log emptied', told.entries);
    await checkStory(ctx, hub, s, what);
    for (const id of await checkFirst(ctx, hub, p, told, what)) await eraseBy(hub, 'kai', id);
    await checkNothing(ctx, hub, p, proofs, what);
    await byCommand(ctx, hub, s, number, what);
    ctx.ok(!hub.sqlite || Hub.bytes(hub.files(), p.marks).length === 0, `${what}: bytes after the end`);
  } finally {
    await hub.server?.kill();
    hub.database.drop();
  }
}

export default {
  name: 'erase',
  promise: 'a person erased leaves no trace in tables, search index, write-ahead log, files, server log or later backups; the log still verifies and old proofs hold',
  planted: `in every run the same search, made before, must find him in each of ${PLACES.length} tables and in the files`,
  quick: 2,
  weight: 1,
  async run(ctx) {
    for (let i = ctx.from; i < ctx.from + ctx.units && Date.now() < ctx.deadline; i++) {
      await unit(ctx, i);
      ctx.done();
    }
  },
};
