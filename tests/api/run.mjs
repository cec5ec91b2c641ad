// SPDX-License-Identifier: Apache-2.0
// Runs the API scenarios: node tests/api/run.mjs [--db sqlite|postgres] [--servers N] [--jobs N] [FILE...]
// --servers: so many processes on one database (PostgreSQL), each request to the next of them.
// Without FILE all *.http of this folder run, and an operation of the OpenAPI document that none of them exercised is a failure.
import { readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { availableParallelism, cpus } from 'node:os';
import { root } from '../lib/server.mjs';
import { Scenario } from './scenario.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const args = process.argv.slice(2);
const option = (name, otherwise) => {
  const at = args.indexOf(name);
  return at < 0 ? otherwise : args.splice(at, 2)[1];
};
const shared = { engine: option('--db', 'sqlite'), servers: Number(option('--servers', 1)), contract: null };
const jobs = Number(option('--jobs', availableParallelism?.() ?? cpus().length));
const every = args.length === 0;
const files = (every ? readdirSync(here).filter((f) => f.endsWith('.http')).sort().map((f) => join(here, f)) : args.map((f) => resolve(f)))
  .map((f) => relative(root, f));
process.chdir(root);

let passed = 0;
let failed = 0;
const queue = [...files];
async function worker() {
  for (let file = queue.shift(); file; file = queue.shift()) {
    const began = Date.now();
    const scenario = new Scenario(file, shared);
    const wrong = await scenario.run().catch((e) => e.stack);
    passed += scenario.passed;
    if (wrong || scenario.problem) failed += 1;
    const took = `${scenario.passed} steps, ${((Date.now() - began) / 1000).toFixed(1)} s`;
    console.log(`${wrong || scenario.problem ? 'not ok' : 'ok'} - ${file} on ${shared.engine} (${took})`);
    for (const text of [wrong, scenario.problem]) if (text) console.log(text.replace(/^/gm, '    '));
  }
}
await Promise.all(Array.from({ length: Math.max(1, Math.min(jobs, files.length)) }, worker));

if (every && shared.contract) {
  const contract = await shared.contract.catch(() => null);
  const missed = contract?.missed() ?? [];
  for (const name of missed) console.log(`not ok - no scenario exercises ${name}`);
  failed += missed.length;
  passed += contract?.exercised.size ?? 0;
}
console.log(`api on ${shared.engine}${shared.servers > 1 ? `, ${shared.servers} servers` : ''}: ${passed} passed, ${failed} failed`);
process.exitCode = failed || !passed ? 1 : 0;
