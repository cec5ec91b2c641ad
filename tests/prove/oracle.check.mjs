// SPDX-License-Identifier: Apache-2.0
// The access rules written a second time as row-level security (oracle.sql) against the program, on SQLite and on PostgreSQL with the
// same data. A unit is a world of its own with 5,000 questions; the work is done by tests/prove/oracle.c.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { join } from 'node:path';

const QUESTIONS = 5000;

// One program for the whole run, given a line for each unit. answer(line) is called for each line it prints.
function start(ctx, answer) {
  const run = spawn(join(ctx.fast, 'tests/prove/oracle'), [ctx.dir, ctx.pg('oracle'), join(ctx.root, 'tests/prove/oracle.sql')],
    { stdio: ['pipe', 'pipe', 'inherit'] });
  createInterface({ input: run.stdout }).on('line', answer);
  const ended = new Promise((done) => run.on('close', (code, signal) => done(signal ?? code)));
  return { ended, send: (line) => run.stdin.write(`${line}\n`), end: () => run.stdin.end() };
}

export default {
  name: 'oracle',
  promise: 'rows, their order and the fields of each are those of the access rules written a second time as row-level security, on both engines',
  planted: 'in every run each of the 21 conditions of the second writing is left out in turn, and the comparison must notice',
  program: 'fast',
  quick: 5,
  weight: 3,
  async run(ctx) {
    const conditions = new Map();
    let unitDone = () => {};
    const program = start(ctx, (line) => {
      const [, name] = line.match(/^condition (.*)/) ?? [];
      const [, found] = line.match(/^found (.*)/) ?? [];
      const unit = line.match(/^unit (\d+) asked (\d+) agreed (\d+) with rows (\d+)/);
      if (name) conditions.set(name, false);
      else if (found) conditions.set(found, true);
      else if (unit) unitDone(unit.slice(1).map(Number));
      else ctx.log(line.slice(0, 1500));
    });
    program.ended.then(() => unitDone(null));
    let units = 0;
    for (let i = ctx.from; i < ctx.from + ctx.units && Date.now() < ctx.deadline; i++) {
      const answered = new Promise((done) => { unitDone = done; });
      program.send(`${i} ${ctx.seed(i)} ${QUESTIONS}`);
      const counts = await answered;
      if (!ctx.ok(counts, `world ${i}: the program ended`)) break;
      const [, asked, agreed, rows] = counts;
      ctx.ok(asked === QUESTIONS && agreed === asked, `world ${i}: ${asked - agreed} of ${asked} answers differ`);
      ctx.ok(rows > QUESTIONS / 5, `world ${i}: only ${rows} answers hold anything`);
      ctx.sum('triples of world, viewer and question', asked);
      ctx.sum('of them with rows', rows);
      ctx.done();
      units += 1;
    }
    program.end();
    ctx.ok((await program.ended) === 0, 'the program ends well');
    // A condition matters in some worlds only: several are needed to miss each.
    if (units >= 4) for (const [name, found] of conditions) ctx.ok(found, `nothing noticed that "${name}" was left out`);
    ctx.figure('conditions whose absence was noticed', `${[...conditions.values()].filter(Boolean).length} of ${conditions.size}`);
  },
};
