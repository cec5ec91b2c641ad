// SPDX-License-Identifier: Apache-2.0
// Nothing in the audited tables can be changed behind the log's back. One unit (tamper.c): a random history by the product's own writes
// must verify without an alarm; then 32 random values of audited tables are changed, each of another record, valid and invalid ones,
// and the product's verification must name every row or log. Most units run on SQLite, each from the same file; every eighth on
// PostgreSQL, where the values are put back. Every tenth unit also takes proof files of each kind from the program: verifier.mjs, which
// shares no line with it, must accept them, and refuse them with any one byte changed, as must the program.
// Planted in every run: a change made with the hub's key by the product's own way, which must be reported as missed; a leaf put into
// another file's proof, which the second verifier must refuse.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { cli, cliOk, demo, program } from '../lib/server.mjs';
import { randomOf } from './lib-random.mjs';
import { holds } from './verifier.mjs';

const CHANGES = 32;
const PG_EVERY = 8;
const PROOFS_EVERY = 10;

// The worker on one engine: asked for a unit, it answers { changes, refused, missed, ops, alarms, said }.
class Worker {
  constructor(args) {
    this.child = spawn(join(dirname(program), 'tests/prove/tamper'), args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.said = [];
    this.exited = new Promise((done) => this.child.on('exit', (code, signal) => { this.waiting?.(null); done(signal ?? code); }));
    createInterface({ input: this.child.stdout }).on('line', (line) => {
      if (line.startsWith('#')) { this.said.push(line); return; }
      const [, changes, refused, missed, ops, alarms] = line.split(' ').map(Number);
      this.waiting?.({ changes, refused, missed, ops, alarms, said: this.said.splice(0).join('\n') });
    });
  }

  ask(unit, seed, changes) {
    return new Promise((done) => {
      this.waiting = done;
      this.child.stdin.write(`${unit} ${seed} ${changes}\n`);
    });
  }

  end() {
    this.child.stdin.end();
    return this.exited;
  }
}

// A hub with something of everything, restored once so that its logs have two epochs.
async function makeHub(ctx, dir) {
  const first = { engine: 'sqlite', url: join(dir, 'first.db') };
  await demo(first);
  const file = join(dir, 'backup.db');
  await cliOk(['backup', file, '--db', first.url]);
  const base = join(dir, 'base.db');
  await cliOk(['restore', file, '--db', base]);
  const url = ctx.pg('tamper');
  const key = join(dir, 'pg.key');
  await cliOk(['restore', file, '--db', url, '--key', key, '--scratch', dir]);
  const events = JSON.parse(await cliOk(['audit', 'verify', '--db', base, '--json']));
  ctx.ok(events.clean, 'the hub to begin with is clean');
  ctx.figure('hub that is tampered with', `${events.entries} entries, ${events.rows} rows`);
  return { base, url, key };
}

function companies(base) {
  const digits = '0123456789abcdefghjkmnpqrstvwxyz';
  const out = execFileSync('sqlite3', [base, 'SELECT log, size FROM audit_head'], { encoding: 'utf8' });
  return out.trim().split('\n').map((line) => {
    const [log, size] = line.split('|');
    let text = '';
    for (let i = 0, n = BigInt(log); i < 13; i++, n >>= 5n) text = digits[Number(n & 31n)] + text;
    return { id: `company_${text}`, size: Number(size) };
  });
}

const changed = (text, random) => {
  const bytes = Buffer.from(text);
  bytes[Math.floor(random() * (bytes.length - 1))] ^= 1 << Math.floor(random() * 8);
  return bytes;
};

// One byte of any proof file: neither verifier accepts it.
async function refuse(ctx, unit, text, dir, random) {
  for (let i = 0; i < 40; i++) {
    const bytes = changed(text, random);
    const bad = holds(bytes.toString('utf8'));
    ctx.ok(!bad, `unit ${unit}: the second verifier accepts a changed file: ${bytes}`);
    if (i >= 2) continue;
    const file = join(dir, 'changed.json');
    writeFileSync(file, bytes);
    const r = await cli(['audit', 'check', file]);
    ctx.ok(r.code === 1 && r.stdout.startsWith('DOES NOT HOLD'), `unit ${unit}: the program accepts a changed file: ${bytes}`);
  }
  ctx.sum('proof files with a byte changed, refused', 40);
}

async function proofs(ctx, unit, base, logs, dir, random) {
  const { id, size } = logs[Math.floor(random() * logs.length)];
  const from = 1 + Math.floor(random() * size);
  const to = from + Math.floor(random() * (size - from + 1));
  for (const args of [['--seq', String(from)], ['--from', String(from), '--to', String(to)], ['--epoch', '2']]) {
    const text = (await cliOk(['audit', 'proof', '--db', base, '--company', id, ...args])).trim();
    ctx.ok(holds(text), `unit ${unit}: the second verifier refuses ${args.join(' ')} of ${id}`);
    const file = join(dir, 'proof.json');
    writeFileSync(file, text);
    ctx.ok((await cli(['audit', 'check', file])).code === 0, `unit ${unit}: the program refuses its own ${args.join(' ')}`);
    await refuse(ctx, unit, text, dir, random);
    ctx.sum('proof files accepted by both verifiers', 1);
  }
}

async function plant(ctx, workers, base, logs) {
  for (const [engine, w] of Object.entries(workers)) {
    const r = await w.ask(0, 1, 0);
    ctx.ok(r?.missed === 1, `planted: a change with the key on ${engine} was called found`);
  }
  const two = [];
  for (const seq of ['3', '4']) two.push(JSON.parse(await cliOk(['audit', 'proof', '--db', base, '--company', logs[0].id, '--seq', seq])));
  const [a, b] = two;
  ctx.ok(holds(JSON.stringify(a)) && !holds(JSON.stringify({ ...a, leaf: b.leaf, leaf_hash: b.leaf_hash, entry: b.entry })),
    'planted: the second verifier accepts another entry\'s leaf');
}

async function judge(ctx, unit, engine, r) {
  if (!ctx.ok(r, `unit ${unit} on ${engine}: the worker ended`)) return;
  ctx.ok(r.alarms === 0, `unit ${unit} on ${engine}: alarm without tampering\n${r.said}`);
  ctx.ok(r.missed === 0 && r.changes > CHANGES / 2, `unit ${unit} on ${engine}: ${r.missed} of ${r.changes} changes not named\n${r.said}`);
  ctx.sum(`values changed and named, ${engine}`, r.changes - r.missed);
  ctx.sum('values the database itself refused', r.refused);
  ctx.sum(`clean runs without alarm, ${engine}`, r.alarms === 0 ? 1 : 0);
  ctx.sum('transactions of their histories', r.ops);
}

export default {
  name: 'tamper',
  promise: 'Every value changed behind the log\'s back is found and its row or log named; no alarm without tampering; proof files hold for other people\'s verifiers.',
  planted: 'a change made with the hub\'s key must be reported as missed; another entry\'s leaf and any changed byte of a proof must be refused',
  program: 'fast',
  quick: 160,
  weight: 2,
  async run(ctx) {
    const dir = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : ctx.dir, 'entente-tamper-'));
    const workers = {};
    try {
      const hub = await makeHub(ctx, dir);
      const logs = companies(hub.base);
      workers.sqlite = new Worker([join(dir, 'hub.db'), `${hub.base}.key`, hub.base]);
      workers.postgres = new Worker([hub.url, hub.key]);
      await plant(ctx, workers, hub.base, logs);
      for (let unit = ctx.from; unit < ctx.from + ctx.units && Date.now() < ctx.deadline; unit++) {
        const engine = unit % PG_EVERY === PG_EVERY - 1 ? 'postgres' : 'sqlite';
        await judge(ctx, unit, engine, await workers[engine].ask(unit, ctx.seed(unit), CHANGES));
        if (unit % PROOFS_EVERY === 0) await proofs(ctx, unit, hub.base, logs, dir, randomOf(ctx.seed(unit)));
        ctx.done();
      }
    } finally {
      for (const w of Object.values(workers)) await w.end();
      rmSync(dir, { recursive: true, force: true });
    }
  },
};
