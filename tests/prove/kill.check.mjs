// SPDX-License-Identifier: Apache-2.0
// The server killed (-9) in the middle of its work (tests/lib/busy.mjs), again and again on the same data; after each start what its
// clients were told is compared with what is there. Odd units run on SQLite, even ones on PostgreSQL, side by side.
// Planted in every run: a record deleted behind its back after a kill must be missed, by this comparison and by `audit verify`; a
// request repeated under another key must be counted as a double.
import { cli, serve, sqlBehindItsBack } from '../lib/server.mjs';
import { PEOPLE, compareAll, doubles, newHub, table, work } from '../lib/busy.mjs';

const READY_MS = 2000;
const READY_LIMIT_MS = 10_000; // of the check; the machine may be busy
const VERIFY_EVERY = 20;
const RENEW_AFTER = 200; // kills of one hub: verifying it takes longer and longer

const sleep = (ms) => new Promise((r) => setTimeout(r, ms));

// Resolves to what each client sent until the kill, which comes after `wait(load)`.
async function killOnce(hub, unit, wait) {
  const load = work(hub, unit);
  await wait(load);
  load.last();
  await hub.server.kill();
  hub.server = null;
  return load.stop();
}

async function startAgain(ctx, hub) {
  hub.server = await serve(hub.database);
  for (const name of PEOPLE) hub[name].server = hub.server;
  ctx.readies.push(hub.server.readyMs);
  ctx.ok(hub.server.readyMs < READY_LIMIT_MS, `ready after ${Math.round(hub.server.readyMs)} ms`);
}

async function verify(ctx, hub, clean) {
  const r = await cli(['audit', 'verify', '--db', hub.database.url]);
  ctx.ok((r.code === 0) === clean, `audit verify on ${hub.database.engine}: exit code ${r.code}\n${r.stdout}${r.stderr}`);
}

async function unitOf(ctx, hub, unit) {
  const all = await killOnce(hub, unit, () => sleep(80 + (ctx.seed(unit) % 220)));
  await startAgain(ctx, hub);
  const wrong = await compareAll(hub, all);
  const told = all.flat().filter((o) => o.answer);
  ctx.told += told.length;
  ctx.ok(wrong.length === 0, `kill ${unit} on ${hub.database.engine}, ${told.length} answers: ${wrong.join('\n')}`);
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

async function retire(ctx, hub) {
  await verify(ctx, hub, true);
  const how = await hub.server.stop();
  ctx.ok(how === null, how);
  hub.server = null;
}

// The planted faults: this check must see a lost write and a double.
async function plant(ctx, hub) {
  const victims = (all) => all.flat().filter((o) => o.path === '/accounts' && o.answer?.status === 201 && o.body.name.endsWith('-0'));
  const all = await killOnce(hub, 'planted', async (load) => {
    for (let n = 0; n < 1000 && !victims(load.sent).length; n++) await sleep(20);
  });
  const [victim] = victims(all);
  await startAgain(ctx, hub);
  if (!ctx.ok(victim, 'planted: nothing was acknowledged')) return;
  await hub.paul.request('POST', '/accounts', { body: JSON.stringify(victim.body) }); // the client's own new key
  ctx.ok(doubles(hub) === 1, 'planted: a double is not noticed');
  sqlBehindItsBack(hub.database, `delete from ${table(hub, 'account')} where name = '${victim.body.name}'`);
  const wrong = await compareAll(hub, all);
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
    ctx.told = 0;
    try {
      await Promise.all(['postgres', 'sqlite'].map(async (engine, odd) => {
        for (let unit = ctx.from + ((ctx.from + odd) % 2); unit < ctx.from + ctx.units && Date.now() < ctx.deadline; unit += 2) {
          if (hubs[engine]?.kills === RENEW_AFTER) {
            await retire(ctx, hubs[engine]);
            hubs[engine].database.drop();
            delete hubs[engine];
          }
          hubs[engine] ??= await newHub(engine);
          await unitOf(ctx, hubs[engine], unit);
          ctx.done();
        }
      }));
      for (const hub of Object.values(hubs)) await retire(ctx, hub);
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
