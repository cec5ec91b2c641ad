// SPDX-License-Identifier: Apache-2.0
// Power cuts, by tests/prove/power_cut.c on the disk of tests/prove/disk.c: the program's own database code, settings and writing path,
// with the power going at a random moment. Planted in every run: the same hub with synchronous=NORMAL, which has to lose acknowledged
// writes (and still may not break), and a disk whose syncs do nothing, which has to break the database.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { askAll } from '../lib/asked.mjs';

const RELAXED = 40;
const LYING = 20;
const WIDTH = 2;

function judge(ctx, answer, line) {
  const [kind] = line.split(' ');
  if (kind === 'full') {
    ctx.ok(answer.ok, `${line}: ${answer.why || JSON.stringify(answer)}`);
    ctx.sum('acknowledged writes before a cut', answer.acknowledged);
    ctx.sum('cuts', answer.cuts);
    ctx.sum(`cut in: ${answer.place}${answer.closing ? ', closing' : ''}`, 1);
    if (answer.recovering) ctx.sum('cut again while recovering', 1);
    ctx.done();
  } else if (kind === 'relaxed') {
    ctx.ok(!answer.corrupt && !answer.shut && !answer.torn && !answer.stranger && !answer.findings,
      `${line}: synchronous=NORMAL may lose the newest writes, and this broke: ${answer.why}`);
    ctx.lost += answer.lost;
  } else ctx.broken += answer.ok ? 0 : 1;
}

export default {
  name: 'power-cut',
  promise: 'Whenever the power goes, every acknowledged write is there exactly once, the database is whole and the log verifies (SQLite).',
  planted: 'synchronous=NORMAL must lose acknowledged writes, and a disk that lies about syncs must break the database, in every run',
  quick: 1000,
  weight: 3,
  async run(ctx) {
    const lines = [
      ...Array.from({ length: RELAXED }, (_, i) => `relaxed ${ctx.seed(`relaxed ${ctx.from} ${i}`)}`),
      ...Array.from({ length: LYING }, (_, i) => `lying ${ctx.seed(`lying ${ctx.from} ${i}`)}`)];
    let unit = ctx.from;
    const next = () => {
      if (lines.length) return lines.shift();
      if (unit >= ctx.from + ctx.units || Date.now() >= ctx.deadline) return null;
      return `full ${ctx.seed(unit++)}`;
    };
    Object.assign(ctx, { lost: 0, broken: 0 });
    const folder = (i) => {
      const dir = join(ctx.dir, String(i));
      mkdirSync(dir, { recursive: true });
      return [dir];
    };
    const wrong = await askAll(join(ctx.build, 'tests/prove/power_cut'), folder, WIDTH, next, (answer, line) => judge(ctx, answer, line));
    for (const text of wrong) ctx.ok(false, text);
    ctx.ok(ctx.lost > 0, `synchronous=NORMAL lost nothing in ${RELAXED} cuts: this check is blind`);
    ctx.ok(ctx.broken > LYING / 3, `a disk that lies broke only ${ctx.broken} of ${LYING} hubs: this check is blind`);
    ctx.figure('lost with synchronous=NORMAL', ctx.lost, `deals in ${RELAXED} cuts`);
    ctx.figure('broken by a disk that lies', ctx.broken, `of ${LYING} hubs`);
  },
};
