// SPDX-License-Identifier: Apache-2.0
// Every story of tests/api told to a database that fails: see fault-scenario.mjs. A unit is one story on one engine with every 24th
// call of each request failing, beginning with another one each time the stories come round: 24 rounds on each engine are all calls.
// Planted in every run: a failed request that leaves a row behind, and a failure that is hidden by a good answer; both must be noticed.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { FaultScenario } from './fault-scenario.mjs';

const STRIDE = 24;
const WIDTH = 2;
const PLANTED_IN = 'tests/api/13-three-companies.http';

// Failing calls after which the request may succeed all the same, and why.
const HARMLESS = [];

export const stories = (root) => readdirSync(join(root, 'tests/api')).filter((f) => f.endsWith('.http')).sort().map((f) => `tests/api/${f}`);

function planOf(ctx, unit, files) {
  const round = Math.floor(unit / files.length);
  const engine = (unit + round) % 2 ? 'postgres' : 'sqlite';
  return { file: files[unit % files.length], engine, first: 1 + ((Math.floor(round / 2) * 7 + (unit % files.length)) % STRIDE) };
}

async function tell(ctx, contracts, unit, files) {
  const { file, engine, first } = planOf(ctx, unit, files);
  const tally = { requests: 0, faults: 0, harmless: {}, kept: {}, wrong: [] };
  const harmless = (what, s) => HARMLESS.find((h) => h.call.test(what) && (!h.step || h.step.test(`${s.method} ${s.path}`)))?.name;
  const shared = contracts[engine] ??= { engine, contract: null };
  const scenario = new FaultScenario(file, shared, { first, stride: STRIDE, deadline: ctx.deadline, harmless, tally });
  const halted = await scenario.run().catch((e) => e.stack);
  for (const text of [...tally.wrong, halted, scenario.problem]) if (text) ctx.ok(false, `unit ${unit}: ${text}`);
  ctx.ok(tally.faults > 0 || halted, `unit ${unit}: no call failed in ${file} on ${engine}: this check is blind`);
  ctx.pass(tally.faults - tally.wrong.length);
  ctx.sum('requests', tally.requests);
  ctx.sum('calls failed', tally.faults);
  for (const [name, n] of Object.entries(tally.harmless)) ctx.sum(`harmless: ${name}`, n);
}

// A server that hides a failure, and one that leaves something behind, must be caught.
async function plant(ctx, kind) {
  const tally = { requests: 0, faults: 0, harmless: {}, kept: {}, wrong: [] };
  const scenario = new FaultScenario(PLANTED_IN, { engine: 'sqlite', contract: null },
    { first: 3, stride: 5, deadline: Infinity, harmless: () => null, tally, plant: kind });
  const halted = await scenario.run().catch((e) => e.stack);
  ctx.ok(/planted, and noticed/.test(halted ?? ''), `planted "${kind}" is not noticed: ${halted}`);
}

export default {
  name: 'fail-nth',
  promise: 'Whichever call to the database fails, the request is answered 5xx, nothing of it is kept, and the next one is fine.',
  planted: 'in every run a row left behind by a failed request and a failure hidden by a good answer must both be noticed',
  quick: 12,
  weight: 3,
  async run(ctx) {
    process.chdir(ctx.root);
    ctx.pass = (n) => { for (let i = 0; i < n; i++) ctx.ok(true); };
    const files = stories(ctx.root);
    const contracts = {};
    await Promise.all(['trace', 'deaf'].map((kind) => plant(ctx, kind)));
    let unit = ctx.from;
    await Promise.all(Array.from({ length: WIDTH }, async () => {
      while (unit < ctx.from + ctx.units && Date.now() < ctx.deadline) {
        await tell(ctx, contracts, unit++, files);
        ctx.done();
      }
    }));
  },
};
