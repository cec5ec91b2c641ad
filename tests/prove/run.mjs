// SPDX-License-Identifier: Apache-2.0
// Proves the promises of docs/proofs.md and docs/security.md that need many tries: power cuts, kills, worlds, mutants. Each check is
// a file NAME.check.mjs beside this one and runs in a process of its own.
//   node tests/prove/run.mjs [NAME...]              each its short run (or --units N of them, beginning with unit --from I)
//   node tests/prove/run.mjs --minutes M [NAME...]  shares M minutes by weight and goes on where the last such run stopped, also
//                                                   after it was interrupted: the ledger is build/prove/ledger.json
// Options: --build DIR (sanitized build, default build-asan), --fast DIR (optimised build, default build), --seed N (default 1).
// A unit depends on the seed and its number only: a failure in unit I comes again with NAME --from I --units 1.
import { createHash } from 'node:crypto';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../..');
const proofs = join(root, 'build/prove');
const ledgerFile = join(proofs, 'ledger.json');
const OPTIONS = { minutes: 0, units: 0, from: -1, seed: 1, build: join(root, 'build-asan'), fast: join(root, 'build') };

function parse(args) {
  const given = { ...OPTIONS, names: [] };
  for (let i = 0; i < args.length; i++) {
    if (!args[i].startsWith('--')) { given.names.push(args[i]); continue; }
    const name = args[i].slice(2);
    if (!(name in OPTIONS) || i + 1 === args.length) throw new Error(`unknown option ${args[i]}`);
    const value = args[++i];
    given[name] = typeof OPTIONS[name] === 'number' ? Number(value) : resolve(value);
    if (Number.isNaN(given[name])) throw new Error(`${args[i - 1]} asks for a number`);
  }
  return given;
}

const all = () => readdirSync(here).filter((f) => f.endsWith('.check.mjs')).map((f) => f.slice(0, -'.check.mjs'.length)).sort();
const load = async (name) => (await import(pathToFileURL(join(here, `${name}.check.mjs`)))).default;

function readLedger() {
  try {
    return JSON.parse(readFileSync(ledgerFile, 'utf8'));
  } catch (e) {
    if (e.code === 'ENOENT') return {};
    throw e;
  }
}
function writeLedger(ledger) {
  writeFileSync(`${ledgerFile}.new`, JSON.stringify(ledger, null, 1));
  renameSync(`${ledgerFile}.new`, ledgerFile);
}

// In the child: runs one check and reports to the parent as it goes, so that nothing counted is lost when it is cut off.
async function runOne(name, { from, units, deadline, seed, build, fast }) {
  const check = await load(name);
  const dir = join(proofs, name);
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  const report = { units: 0, passed: 0, failed: 0, figures: {}, sums: {} };
  const send = () => process.send?.(report);
  const timer = setInterval(send, 1000);
  const databases = [];
  const pg = (...args) => execFileSync(join(root, 'scripts/pg.sh'), args, { encoding: 'utf8' }).trim();
  const ctx = {
    from, units, deadline, build, fast, dir, root,
    seed: (unit) => createHash('sha256').update(`${name}/${seed}/${unit}`).digest().readUInt32LE(0),
    pg: (short) => {
      const database = `prove_${process.pid}_${short}`;
      databases.push(database);
      return pg('fresh', database);
    },
    ok: (condition, text) => {
      if (condition) report.passed += 1;
      else {
        report.failed += 1;
        if (report.failed <= 20) console.log(`not ok - ${name}: ${text}`);
      }
      return Boolean(condition);
    },
    figure: (title, value, unit = '') => { report.figures[title] = { value, unit }; },
    done: (units = 1) => { report.units += units; },
    sum: (title, value) => { report.sums[title] = (report.sums[title] ?? 0) + value; },
    log: (text) => console.log(`   ${text}`),
  };
  try {
    await check.run(ctx);
  } catch (e) {
    ctx.ok(false, `ended early: ${e.stack ?? e}`);
  } finally {
    clearInterval(timer);
    for (const database of databases) pg('drop', database);
  }
  if (report.failed === 0) rmSync(dir, { recursive: true, force: true });
  if (process.send) process.send(report, () => process.exit(0));
}

function child(name, work, heard) {
  return new Promise((done) => {
    const report = { units: 0, passed: 0, failed: 0, figures: {}, sums: {} };
    load(name).then((check) => {
      const program = join(check.program === 'fast' ? work.fast : work.build, 'entente');
      const run = spawn(process.execPath, [fileURLToPath(import.meta.url), '--child', name, JSON.stringify(work)],
        { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], env: { ...process.env, ENTENTE: program } });
      run.on('message', (m) => { Object.assign(report, m); heard(report); });
      run.on('exit', (code, signal) => {
        if (code !== 0) {
          report.failed += 1;
          console.log(`not ok - ${name}: ended with ${signal ?? code}`);
        }
        done(report);
      });
    });
  });
}

function show(name, check, report, seconds) {
  console.log(`${report.failed ? 'not ok' : 'ok'} - ${name}: ${report.units} units, ${report.passed} held, ${report.failed} broken,` +
    ` ${seconds.toFixed(0)} s`);
  console.log(`   ${check.promise}`);
  console.log(`   can fail: ${check.planted}`);
  for (const [title, value] of Object.entries(report.sums)) console.log(`   ${title}: ${value.toLocaleString('en')}`);
  for (const [title, { value, unit }] of Object.entries(report.figures)) console.log(`   ${title}: ${value} ${unit}`.trimEnd());
}

// What earlier runs and this one did together.
function added(before, report, from) {
  const sums = { ...before.sums };
  for (const [title, value] of Object.entries(report.sums)) sums[title] = (sums[title] ?? 0) + value;
  return { units: from + report.units, passed: before.passed + report.passed, failed: before.failed + report.failed, sums,
    figures: { ...before.figures, ...report.figures } };
}

async function proveOne(name, check, given, minutes) {
  const work = { seed: given.seed, build: given.build, fast: given.fast, units: given.units || check.quick,
    from: Math.max(given.from, 0), deadline: null };
  const began = Date.now();
  if (!minutes) {
    const report = await child(name, work, () => {});
    show(name, check, report, (Date.now() - began) / 1000);
    return report;
  }
  const ledger = readLedger();
  const before = ledger[name] ?? { units: 0, passed: 0, failed: 0, sums: {}, figures: {} };
  Object.assign(work, { from: before.units, units: null, deadline: began + minutes * 60_000 });
  const keep = (report) => {
    ledger[name] = added(before, report, work.from);
    writeLedger(ledger);
  };
  const report = await child(name, work, keep);
  keep(report);
  show(name, check, ledger[name], (Date.now() - began) / 1000);
  return report;
}

async function main() {
  const given = parse(process.argv.slice(2));
  const known = all();
  for (const name of given.names) if (!known.includes(name)) throw new Error(`no check ${name}; there are ${known.join(', ')}`);
  const names = given.names.length ? given.names : known;
  const checks = new Map();
  for (const name of names) checks.set(name, await load(name));
  mkdirSync(proofs, { recursive: true });
  const weights = names.reduce((sum, name) => sum + checks.get(name).weight, 0);
  let passed = 0;
  let failed = 0;
  for (const [name, check] of checks) {
    const report = await proveOne(name, check, given, (given.minutes * check.weight) / weights);
    passed += report.passed;
    failed += report.failed;
  }
  console.log(`prove: ${passed} passed, ${failed} failed`);
  process.exitCode = failed ? 1 : 0;
}

if (process.argv[2] === '--child') {
  const work = JSON.parse(process.argv[4]);
  await runOne(process.argv[3], { ...work, units: work.units ?? Infinity, deadline: work.deadline ?? Infinity });
} else {
  await main().catch((e) => { console.error(`prove: ${e.message}`); process.exitCode = 2; });
}
