// SPDX-License-Identifier: Apache-2.0
// Trouble below the program while clients are at work: a disk whose calls fail or that is full (SQLite, tests/prove/disk_errors.c, and
// the whole server on a small file system where mounting is allowed), PostgreSQL killed and restarted in mid-request, its connections
// cut. Clients see success or an honest 5xx, /readyz says what is so, and afterwards everything acknowledged is there, once.
// Planted in every run: a disk that says yes to syncs that failed must lose acknowledged writes; a row deleted behind the program's
// back must be missed by the comparison and by `audit verify`.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { Asked } from '../lib/asked.mjs';
import { Actor } from '../lib/client.mjs';
import { cli, sqlBehindItsBack } from '../lib/server.mjs';
import { compareAll, doubles, newHub, work } from '../lib/busy.mjs';
import { Cluster } from './cluster.mjs';

const KINDS = ['killed', 'disk', 'cut', 'disk', 'full', 'disk'];
const DISKS = 20; // seeds of a unit of kind "disk"
const LYING = 12;
const CUTS = 5;
const DOWN_MS = 400;
const SETTLE_MS = 20_000; // of the check: the machine may be busy
const SMALL_FILES = '16m';
const LEFT_BYTES = 300_000;

const sleep = (ms) => new Promise((r) => setTimeout(r, ms));
const ready = async (hub) => (await new Actor(hub.server).request('GET', '^/readyz').catch(() => ({ status: 0 }))).status;

async function becomes(test, ms = SETTLE_MS) {
  const began = Date.now();
  while (Date.now() - began < ms) {
    if (await test()) return Date.now() - began;
    await sleep(10);
  }
  return -1;
}

async function verify(ctx, hub, clean = true) {
  const r = await cli(['audit', 'verify', '--db', hub.database.url]);
  ctx.ok((r.code === 0) === clean, `audit verify on ${hub.database.engine}: exit code ${r.code}\n${r.stdout}${r.stderr}`);
}

// What holds after every trouble.
async function settle(ctx, hub, unit, all, refusals) {
  const wrong = await compareAll(hub, all);
  const told = all.flat().filter((o) => o.answer);
  ctx.ok(told.length > 0 && wrong.length === 0, `unit ${unit}: ${told.length} answers: ${wrong.slice(0, 5).join('\n')}`);
  const twice = doubles(hub);
  ctx.ok(twice === 0, `unit ${unit}: ${twice} things exist twice`);
  ctx.sum('acknowledged', told.length);
  ctx.sum('refused with 5xx, sent again', hub.refusals - refusals);
}

async function onPostgres(ctx, unit, kind) {
  ctx.cluster ??= new Cluster();
  if (!ctx.hub) {
    ctx.cluster.sql('create database hub');
    const dir = mkdtempSync(join(tmpdir(), 'entente-test-'));
    ctx.hub = await newHub('postgres', { engine: 'postgres', dir, url: ctx.cluster.url('hub'), drop: () => rmSync(dir, { recursive: true }) });
  }
  const { hub, cluster } = ctx;
  const refusals = hub.refusals;
  const load = work(hub, `T${unit}`);
  await sleep(200 + (ctx.seed(unit) % 200));
  if (kind === 'killed') {
    if (ctx.seed(unit) % 2) cluster.kill();
    else cluster.immediate();
    ctx.ok((await becomes(async () => (await ready(hub)) === 503)) >= 0, `unit ${unit}: /readyz stays well without a database`);
    await sleep(DOWN_MS);
    ctx.ok((await ready(hub)) === 503, `unit ${unit}: /readyz is well without a database`);
    cluster.start();
    const took = await becomes(async () => (await ready(hub)) === 200);
    ctx.ok(took >= 0, `unit ${unit}: /readyz stays unwell though the database is back`);
    ctx.backs.push(took);
  } else {
    for (let i = 0; i < CUTS; i++) {
      cluster.sql("select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = 'hub' and pid <> pg_backend_pid()");
      await sleep(60);
    }
    ctx.ok((await becomes(async () => (await ready(hub)) === 200)) >= 0, `unit ${unit}: /readyz stays unwell after connections were cut`);
  }
  await sleep(150);
  await settle(ctx, hub, unit, await load.stop(), refusals);
  await verify(ctx, hub);
}

// The whole server on a file system that fills up, and has room again.
async function onFullDisk(ctx, unit) {
  const dir = join(ctx.dir, `full-${unit}`);
  mkdirSync(dir, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SMALL_FILES}`, 'tmpfs', dir], { stdio: 'pipe' });
  } catch {
    ctx.sum('full file systems left out: mounting is not allowed', 1);
    return;
  }
  let hub;
  try {
    hub = await newHub('sqlite', { engine: 'sqlite', dir, url: join(dir, 'entente.db'), drop: () => {} });
    const files = statfsSync(dir);
    writeFileSync(join(dir, 'filler'), Buffer.alloc(files.bavail * files.bsize - LEFT_BYTES));
    const load = work(hub, `F${unit}`);
    ctx.ok((await becomes(() => hub.refusals > 5)) >= 0, `unit ${unit}: the disk never was full`);
    const read = await hub.lena.request('GET', '/accounts');
    ctx.ok(read.status === 200, `unit ${unit}: reading on a full disk: ${read.status}`);
    rmSync(join(dir, 'filler'));
    const before = load.sent.flat().filter((o) => o.answer).length;
    const goesOn = await becomes(() => load.sent.flat().filter((o) => o.answer).length > before + 5);
    ctx.ok(goesOn >= 0, `unit ${unit}: nothing is written though there is room again`);
    await settle(ctx, hub, unit, await load.stop(), 0);
    await verify(ctx, hub);
    const how = await hub.server.stop();
    ctx.ok(how === null, how);
  } finally {
    await hub?.server.kill();
    execFileSync('umount', ['-l', dir]);
  }
}

async function onBadDisk(ctx, unit) {
  for (let i = 0; i < DISKS; i++) {
    const seed = ctx.seed(`${unit} ${i}`);
    const answer = await ctx.asked.ask(`errors ${seed}`);
    ctx.ok(answer.ok, `unit ${unit}: errors ${seed}: ${answer.when}: ${answer.why}`);
    ctx.sum('failed calls of the disk', answer.failed);
    ctx.sum('acknowledged on a bad disk', answer.acknowledged);
    ctx.sum('refused on a bad disk', answer.refused);
  }
}

async function plant(ctx) {
  let broken = 0;
  for (let i = 0; i < LYING; i++) broken += (await ctx.asked.ask(`lying ${ctx.seed(`lying ${ctx.from} ${i}`)}`)).ok ? 0 : 1;
  ctx.ok(broken > LYING / 3, `a disk that lies broke only ${broken} of ${LYING} hubs: this check is blind`);
  if (!ctx.hub) return;
  const load = work(ctx.hub, 'planted');
  const find = (all) => all.flat().find((o) => o.path === '/accounts' && o.answer && o.body.name.endsWith('-0'));
  await becomes(() => find(load.sent));
  const all = await load.stop();
  const victim = find(all);
  if (!ctx.ok(victim, 'planted: nothing was acknowledged')) return;
  sqlBehindItsBack(ctx.hub.database, `delete from entente.account where name = '${victim.body.name}'`);
  ctx.ok((await compareAll(ctx.hub, all)).length > 0, 'planted: a lost write is not noticed');
  await verify(ctx, ctx.hub, false);
}

async function unitOf(ctx, unit) {
  const kind = KINDS[unit % KINDS.length];
  if (kind === 'disk') await onBadDisk(ctx, unit);
  else if (kind === 'full') await onFullDisk(ctx, unit);
  else await onPostgres(ctx, unit, kind);
  ctx.sum(`units: ${kind}`, 1);
}

export default {
  name: 'trouble',
  promise: 'Failing and full disks, a killed database and cut connections give honest 5xx answers; nothing acknowledged is lost, and work goes on after.',
  planted: 'in every run a disk that lies about failed syncs must lose, and a row deleted behind its back must be missed',
  quick: 12,
  program: 'fast',
  weight: 2,
  async run(ctx) {
    Object.assign(ctx, { backs: [], asked: new Asked(join(ctx.build, 'tests/prove/disk_errors'), [ctx.dir]) });
    try {
      for (let unit = ctx.from; unit < ctx.from + ctx.units && Date.now() < ctx.deadline; unit++) {
        await unitOf(ctx, unit);
        ctx.done();
      }
      await plant(ctx);
      if (ctx.hub) {
        const how = await ctx.hub.server.stop();
        ctx.ok(how === null, how);
      }
      const how = await ctx.asked.end();
      ctx.ok(how === null, how);
    } finally {
      await ctx.hub?.server.kill();
      ctx.hub?.database.drop();
      ctx.cluster?.drop();
    }
    if (ctx.backs.length) ctx.figure('ready again after PostgreSQL is back, longest', Math.max(...ctx.backs), 'ms');
  },
};
