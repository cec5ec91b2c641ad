// SPDX-License-Identifier: Apache-2.0
// Backup and restore under write load. One round: people write, a backup is taken meanwhile (in some rounds it is killed first, and so
// is the restore), the server is killed with what came after the backup, the backup is restored elsewhere, on this engine or the other.
// Then: everything acknowledged before the backup began is there, nothing is there by half, each log has the backup's roots and goes on
// in an epoch that names its head, statements are the same bytes, and whoever kept a later checkpoint is told what was lost. Proofs are
// checked twice: by the program and by verifier.mjs. A damaged backup of each kind is refused in one sentence and leaves nothing.
// Planted in every run: a hub put back by copying files, which goes on under the old name; the same look at kept checkpoints that finds
// no fork after a restore must find this one. And a record taken out of the restored hub must be missed.
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, copyFileSync, existsSync, readFileSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Actor } from '../lib/client.mjs';
import { cli, cliOk, demo, program, serve, sqlBehindItsBack } from '../lib/server.mjs';
import { randomOf } from './lib-random.mjs';
import { forked, holds, openCheckpoint } from './verifier.mjs';

const WRITERS = 6;
const ENGINES = ['sqlite', 'postgres'];
const sleep = (ms) => new Promise((r) => setTimeout(r, ms));
const sha = (bytes) => createHash('sha256').update(bytes).digest('hex');
const rows = (database, text) => sqlBehindItsBack(database, text).split('\n').filter(Boolean);
const oneSentence = (r) => /^entente: [^\n]+\n$/.test(r.stderr);

// A hub with people who write, kept for the rounds of one run on one engine.
class Source {
  static async make(ctx, engine) {
    const s = new Source();
    Object.assign(s, { ctx, engine, acknowledged: [], serial: 0, server: null });
    s.database = { engine, url: engine === 'sqlite' ? join(ctx.dir, 'source.db') : ctx.pg('source') };
    s.people = (await demo(s.database)).slice(0, 3);
    await s.start();
    const held = [];
    for (const a of s.actors) {
      const list = (await a.request('GET', '/statements?limit=50')).json?.items ?? [];
      for (const { id } of list) held.push({ a, id, sha: sha((await a.request('GET', `/statements/${id}/document`)).bytes) });
    }
    s.statements = held.filter((h, i) => held.findIndex((o) => o.id === h.id) === i);
    return s;
  }

  async start() {
    this.server = await serve(this.database);
    this.actors = [];
    for (const p of this.people) {
      const a = new Actor(this.server);
      const session = await a.login(p.login, p.password);
      a.company = session.json.company.id;
      this.actors.push(a);
    }
  }

  // What a writer sends: a customer, or an agreement, which is several records of one transaction.
  async send(actor, name) {
    const other = this.actors.find((a) => a !== actor).company;
    return name.startsWith('Pact') ? actor.request('POST', '/agreements', { body: JSON.stringify({ other, title: name, kind: 'deal',
      terms: { purpose: 'One tender', labour: 'Both', reward_rate: '1/50' }, splits: [{ party: actor.company, role: 'sourced', share: '1' }] }) })
      : actor.request('POST', '/accounts', { body: JSON.stringify({ name, city: 'Ulm' }) });
  }

  async write(going, random) {
    while (going.on) {
      const name = `${random() < 0.3 ? 'Pact' : 'Firm'} ${this.engine} ${++this.serial}`;
      try {
        const r = await this.send(this.actors[this.serial % this.actors.length], name);
        if (r.status === 201) this.acknowledged.push(name);
        else if (going.on && r.status !== 503 && r.status !== 429) throw new Error(`write: ${r.status} ${r.text}`);
      } catch (e) {
        if (e.message.startsWith('write')) throw e;
        return; // the connection went with the server
      }
    }
  }
}

// ---- looking at what came back

const names = (database) => new Set(rows(database, "SELECT name FROM account WHERE name LIKE 'Firm %' UNION ALL SELECT title FROM agreement WHERE title LIKE 'Pact %'"));

// Rows that a transaction wrote together and of which some are missing.
const halves = (database) => rows(database, `SELECT 'account', a.id FROM account a WHERE a.name LIKE 'Firm %' AND
    (NOT EXISTS (SELECT 1 FROM account_seen s WHERE s.record = a.id) OR NOT EXISTS (SELECT 1 FROM search_row r WHERE r.entity = 'account' AND r.record = a.id)
     OR NOT EXISTS (SELECT 1 FROM audit_entry e WHERE e.entity = 'account' AND e.record = a.id AND e.seq IS NOT NULL))
  UNION ALL SELECT 'agreement', a.id FROM agreement a WHERE a.title LIKE 'Pact %' AND
    (NOT EXISTS (SELECT 1 FROM agreement_version v WHERE v.root = a.id) OR NOT EXISTS (SELECT 1 FROM split_line l WHERE l.root = a.id)
     OR NOT EXISTS (SELECT 1 FROM agreement_seen s WHERE s.record = a.id))
  UNION ALL SELECT 'entry', e.record FROM audit_entry e WHERE e.entity = 'account' AND NOT EXISTS (SELECT 1 FROM account a WHERE a.id = e.record)
    AND NOT EXISTS (SELECT 1 FROM audit_entry d WHERE d.entity = 'account' AND d.record = e.record AND d.op = 'delete')`);

const lost = (database, before) => { const there = names(database); return before.filter((n) => !there.has(n)); };

async function head(database, company) {
  const text = await cliOk(['audit', 'proof', '--db', database.url, '--company', company]);
  const file = JSON.parse(text);
  return { note: file.checkpoint, key: file.public_key, ...openCheckpoint(file.checkpoint, file.public_key) };
}

// ---- interrupted

async function killed(args, ms) {
  const child = spawn(program, args, { stdio: 'ignore' });
  const exited = new Promise((done) => child.on('exit', (code, signal) => done(signal ? 'killed' : code)));
  await sleep(ms);
  child.kill('SIGKILL');
  return exited;
}

// Whole or nothing: what stands under the name is complete, or nothing stands there.
async function interruptBackup(ctx, source, file, random) {
  const end = await killed(['backup', file, '--db', source.database.url], 30 + random() * 700);
  if (!existsSync(file)) return;
  ctx.sum('interrupted backups that were whole', 1);
  const drill = await cli(['restore', '--drill', file, '--scratch', ctx.dir]);
  ctx.ok(drill.code === 0, `an interrupted backup (${end}) left something: ${drill.stderr}`);
  for (const ending of ['', '.key', '.note']) rmSync(file + ending, { force: true });
}

// Its copy of the hub must not outlive the next one.
async function interruptDrill(ctx, file, random) {
  await killed(['restore', '--drill', file, '--scratch', ctx.dir], 20 + random() * 200);
  if (readdirSync(ctx.dir).some((f) => f.startsWith('entente-'))) ctx.sum('copies that a killed drill left and the next run removed', 1);
}

async function interruptRestore(ctx, file, target, random) {
  const end = await killed(['restore', file, '--db', target.url, '--scratch', ctx.dir], 50 + random() * 600);
  if (target.engine === 'sqlite') {
    if (!existsSync(target.url)) return false;
  } else if (rows(target, "SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'hub'").length === 0 ||
    rows(target, 'SELECT 1 FROM hub').length === 0) return false;
  ctx.sum('interrupted restores that were whole', 1);
  const verify = await cli(['audit', 'verify', '--db', target.url]);
  ctx.ok(verify.code === 0, `an interrupted restore (${end}) left something: ${verify.stdout}${verify.stderr}`);
  return true;
}

// ---- damaged

const flip = (file, at) => { const b = readFileSync(file); b[at] ^= 1 << (at % 8); writeFileSync(file, b); };
const DAMAGE = {
  'cut off': (f, random) => truncateSync(f, Math.floor(random() * statSync(f).size)),
  'emptied': (f) => truncateSync(f, 0),
  'one bit': (f, random) => flip(f, Math.floor(random() * statSync(f).size)),
  'longer': (f) => appendFileSync(f, 'x'),
  'note changed': (f, random) => flip(`${f}.note`, Math.floor(random() * statSync(`${f}.note`).size)),
  'note missing': (f) => rmSync(`${f}.note`),
  'key missing': (f) => rmSync(`${f}.key`),
  'key damaged': (f) => flip(`${f}.key`, 40),
  'not a backup': (f) => writeFileSync(f, 'SQLite format 3\0'.padEnd(4096, 'x')),
};

async function refuseDamage(ctx, file, kind, random) {
  const dir = join(ctx.dir, 'damaged');
  rmSync(dir, { recursive: true, force: true });
  execFileSync('mkdir', ['-p', dir]);
  const copy = join(dir, 'b.db');
  for (const ending of ['', '.key', '.note']) copyFileSync(file + ending, copy + ending);
  DAMAGE[kind](copy, random);
  const before = readdirSync(dir).sort().join();
  for (const args of [['--db', join(dir, 'restored.db')], ['--drill', '--scratch', dir]]) {
    const r = await cli(['restore', copy, ...args]);
    ctx.ok(r.code !== 0 && oneSentence(r), `${kind}: exit ${r.code}, said: ${r.stdout}${r.stderr}`);
    ctx.ok(readdirSync(dir).sort().join() === before, `${kind}: left ${readdirSync(dir)}`);
  }
}

// ---- one round

async function compareLogs(ctx, unit, source, target, heads) {
  for (const { company, backup, later } of heads) {
    const now = await head(target, company);
    ctx.ok(now.origin !== backup.origin && now.origin.startsWith(backup.origin.replace(/\/\d+-[0-9a-f]{8}$/, '')), `round ${unit}: ${now.origin} after ${backup.origin}`);
    const number = /\/(\d+)-[0-9a-f]{8}$/.exec(now.origin)?.[1];
    const file = await cliOk(['audit', 'proof', '--db', target.url, '--company', company, '--epoch', number ?? '0']);
    const epoch = holds(file);
    ctx.ok(epoch && epoch.before.size === backup.size && epoch.before.root.equals(backup.root), `round ${unit}: the epoch does not go on from the backup's head`);
    const same = holds(await cliOk(['audit', 'proof', '--db', source.database.url, '--company', company, '--from', String(backup.size)]));
    ctx.ok(same && same.fromRoot.equals(backup.root), `round ${unit}: at ${backup.size} entries the hub had another root`);
    const again = holds(await cliOk(['audit', 'proof', '--db', target.url, '--company', company, '--from', String(backup.size)]));
    ctx.ok(again && again.fromRoot.equals(backup.root), `round ${unit}: at ${backup.size} entries the restored hub has another root`);
    ctx.ok(!forked(later, now), `round ${unit}: the restored log is a fork under one name`);
    const [proof, kept] = [join(ctx.dir, 'epoch.json'), join(ctx.dir, 'kept.txt')];
    writeFileSync(proof, file);
    writeFileSync(kept, later.note);
    const told = await cli(['audit', 'check', proof, '--kept', kept]);
    ctx.ok(told.code === 0 && told.stdout.includes(later.size > backup.size ? 'are lost' : 'all of them kept'), `round ${unit}: told of a kept checkpoint: ${told.stdout}`);
    ctx.sum('logs compared', 1);
  }
}

async function useRestored(ctx, unit, source, target, heads) {
  const server = await serve(target);
  try {
    for (const [i, p] of source.people.entries()) {
      const stale = source.actors[i];
      stale.server = server;
      ctx.ok((await stale.request('GET', '/session')).status === 401, `round ${unit}: a session came back`);
      const a = new Actor(server);
      const me = await a.login(p.login, p.password);
      const { backup, later } = heads.find((h) => h.company === me.json.company.id);
      const q = encodeURIComponent(backup.origin);
      ctx.ok((await a.request('GET', `/audit/consistency?from=${backup.size}&origin=${q}`)).status === 200, `round ${unit}: consistency across the epoch`);
      const r = await a.request('GET', `/audit/consistency?from=${later.size}&origin=${q}`);
      ctx.ok(later.size === backup.size ? r.status === 200 : r.status === 409 && r.json.code === 'epoch_ended', `round ${unit}: a lost checkpoint: ${r.status} ${r.text}`);
      ctx.ok((await source.send(a, `After ${unit}`).catch(() => ({}))).status === 201, `round ${unit}: the restored hub takes no writes`);
      const stream = await a.stream('/events', { lastEventId: later.epoch > 1 ? `${later.epoch}.${later.size}` : later.size });
      const first = await stream.next(() => true, 5000);
      stream.close();
      ctx.ok(first?.event === 'company.restore' && first.id === `${later.epoch + 1}.${backup.size + 1}`, `round ${unit}: a listener of the lost epoch goes on at ${JSON.stringify(first)}`);
      for (const s of source.statements.filter((h) => h.a.company === me.json.company.id)) {
        const d = await a.request('GET', `/statements/${s.id}/document`);
        ctx.ok(sha(d.bytes) === s.sha, `round ${unit}: ${s.id} has other bytes`);
        ctx.sum('statements compared', 1);
      }
    }
    ctx.ok((await server.stop()) === null, `round ${unit}: the restored server ends badly`);
  } finally {
    await server.kill();
  }
}

// What finds that records are missing, and that a log was forked, is tried on a hub where that is so.
async function plant(ctx, source, file, before, heads) {
  const naive = { engine: 'sqlite', url: join(ctx.dir, 'naive.db') };
  copyFileSync(file, naive.url);
  copyFileSync(`${file}.key`, `${naive.url}.key`);
  sqlBehindItsBack(naive, 'PRAGMA application_id=1162761300');
  const gone = before.at(-1);
  sqlBehindItsBack(naive, `DELETE FROM ${gone.startsWith('Pact') ? 'split_line; DELETE FROM agreement_version; DELETE FROM acceptance; DELETE FROM agreement WHERE title' : 'account WHERE name'} = '${gone}'`);
  ctx.ok(lost(naive, before).includes(gone), 'planted: a record taken out was not missed');
  const server = await serve(naive);
  const a = new Actor(server);
  const me = await a.login(source.people[0].login, source.people[0].password);
  const { later } = heads.find((h) => h.company === me.json.company.id);
  for (let size = 0; size < later.size;) {
    await a.request('POST', '/accounts', { body: JSON.stringify({ name: 'Another past' }) });
    size = Number((await a.request('GET', '/audit/checkpoint')).text.split('\n')[1]);
  }
  await server.kill();
  const proof = JSON.parse(await cliOk(['audit', 'proof', '--db', naive.url, '--company', me.json.company.id, '--from', '1', '--to', String(later.size)]));
  const fork = openCheckpoint(proof.checkpoint, proof.public_key);
  ctx.ok(forked(later, fork), 'planted: a log that went on under its old name was not found');
  for (const f of readdirSync(ctx.dir)) if (f.startsWith('naive.db')) rmSync(join(ctx.dir, f));
}

async function round(ctx, unit, source, planted) {
  const random = randomOf(ctx.seed(unit));
  const file = join(ctx.dir, `backup-${unit}.db`);
  const other = random() < 0.5;
  const engine = ENGINES[(ENGINES.indexOf(source.engine) + (other ? 1 : 0)) % 2];
  const target = { engine, url: engine === 'sqlite' ? join(ctx.dir, `restored-${unit}.db`) : ctx.pg(`r${unit}`) };
  const going = { on: true };
  const load = Array.from({ length: WRITERS }, () => source.write(going, random));
  await sleep(200 + random() * 300);
  if (random() < 0.5) await interruptBackup(ctx, source, file, random);
  const before = [...source.acknowledged];
  const began = performance.now();
  await cliOk(['backup', file, '--db', source.database.url]);
  ctx.figure(`backup under load, ${source.engine}`, ((performance.now() - began) / 1000).toFixed(2), 's');
  await sleep(100 + random() * 200);
  const heads = [];
  for (const a of source.actors) heads.push({ company: a.company, note: (await a.request('GET', '/audit/checkpoint')).text });
  await source.server.kill();
  going.on = false;
  await Promise.all(load);
  for (const h of heads) {
    h.backup = await head({ url: file }, h.company);
    h.later = { note: h.note, ...openCheckpoint(h.note, h.backup.key) };
    h.later.epoch = Number(/\/(\d+)-[0-9a-f]{8}$/.exec(h.later.origin)?.[1] ?? 1);
    ctx.sum('entries lost with the hub, and told', h.later.size - h.backup.size);
  }
  await interruptDrill(ctx, file, random);
  if (target.engine === 'sqlite') await cliOk(['restore', '--drill', file, '--scratch', ctx.dir]); // a SQLite restore needs no scratch folder
  if (random() < 0.5 && await interruptRestore(ctx, file, target, random)) ctx.log(`round ${unit}: the restore was quicker than its killer`);
  else {
    const r = await cli(['restore', file, '--db', target.url, '--scratch', ctx.dir]);
    ctx.ok(r.code === 0, `round ${unit}: restore: ${r.code} ${r.stderr}`);
    if (r.code !== 0) return;
  }
  const left = readdirSync(ctx.dir).filter((f) => f.startsWith('entente-') || f.includes(`restored-${unit}.db.part`));
  ctx.ok(left.length === 0, `round ${unit}: a restore, or one that was killed before it, left ${left}`);
  const missing = lost(target, before);
  ctx.ok(before.length > 0 && missing.length === 0, `round ${unit}: ${missing.length} of ${before.length} acknowledged before the backup are not in it`);
  ctx.sum('records acknowledged before a backup, all there', before.length);
  const half = halves(target);
  ctx.ok(half.length === 0, `round ${unit}: by half: ${half.slice(0, 5)}`);
  const verify = await cli(['audit', 'verify', '--db', target.url]);
  ctx.ok(verify.code === 0, `round ${unit}: audit verify: ${verify.stdout}${verify.stderr}`);
  await compareLogs(ctx, unit, source, target, heads);
  const drill = await cli(['restore', '--drill', file, '--against', source.database.url, '--scratch', ctx.dir]);
  ctx.ok(drill.code === 0 && drill.stdout.includes('can be restored'), `round ${unit}: drill: ${drill.code} ${drill.stdout}${drill.stderr}`);
  for (const kind of Object.keys(DAMAGE)) await refuseDamage(ctx, file, kind, random);
  if (planted) await plant(ctx, source, file, before, heads);
  await useRestored(ctx, unit, source, target, heads);
  const after = await cli(['audit', 'verify', '--db', target.url]);
  ctx.ok(after.code === 0, `round ${unit}: after new writes: ${after.stdout}${after.stderr}`);
  for (const f of readdirSync(ctx.dir)) if (f.startsWith(`backup-${unit}.`) || f.startsWith(`restored-${unit}.`)) rmSync(join(ctx.dir, f));
  await source.start();
}

export default {
  name: 'backup',
  promise: 'A backup under write load restores elsewhere, on either engine: same roots, same statements, whole transactions, a new epoch of each log that names the old head.',
  planted: 'a hub put back by copying files goes on under the old name and is found by the checkpoints kept; a record taken out is missed; nine kinds of damage are refused',
  program: 'fast',
  quick: 2,
  weight: 2,
  async run(ctx) {
    const sources = {};
    let planted = false;
    try {
      for (let unit = ctx.from; unit < ctx.from + ctx.units && Date.now() < ctx.deadline; unit++) {
        const engine = ENGINES[unit % 2];
        sources[engine] ??= await Source.make(ctx, engine);
        await round(ctx, unit, sources[engine], !planted);
        planted = true;
        ctx.done();
      }
    } finally {
      for (const s of Object.values(sources)) await s.server?.kill();
    }
  },
};
