// SPDX-License-Identifier: Apache-2.0
// What a request costs the database does not grow with the hub: list, board, one record, search, Today, create, hand-over and settlement, for
// the company whose deals they are, for one that sees nine of ten and for one that sees two hundred. Counted in steps of SQLite and pages of
// PostgreSQL by the bench itself (bench/work.c), never in time. In every run the index of the newest deals is taken away once, and must be missed.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const SMALL = 1000;
const LARGE = 20_000;
const PLANTED = 3000; // large enough to be noticed; without its index a list sorts all of it
const MOST = 1.3;
// A partner of few meets the same rows in both hubs, close together in the small one; in the large one each of its probes goes through one level
// more of an index. With three or four pages a probe that is a third more and above, once, whatever comes after.
const LEVEL_MORE = { 'postgres: list 50 deals, partner of few': 1.6, 'postgres: board, 200 cards, partner of few': 1.9 };
// PostgreSQL keeps a page here and there for itself: below this many pages a difference is none.
const SLACK = { sqlite: 60, postgres: 40 };

function bench(ctx, engine, args = []) {
  const program = (name) => join(ctx.fast, 'bench', name);
  if (!existsSync(program('bench'))) execFileSync('ninja', ['-C', ctx.fast, 'benchmarks'], { stdio: ['ignore', 'ignore', 'inherit'] });
  const where = engine === 'postgres' ? ['--postgres', ctx.pg('bench')] : [];
  const run = spawnSync(program('bench'), ['--program', process.env.ENTENTE, '--grow', program('grow'), '--dir', ctx.dir,
    '--seconds', '0.3', '--work-only', '1', ...where, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  if (run.status !== 0) throw new Error(`bench ends with ${run.status ?? run.signal}: ${run.stderr.trim().split('\n').slice(-2).join(' ')}`);
  return run.stdout.split('\n').filter((l) => l.startsWith('work |')).map((l) => {
    const [, name, small, large] = l.split(' | ');
    return { name, small: Number(small), large: Number(large) };
  });
}

const grows = (row, engine) => {
  const most = LEVEL_MORE[`${engine}: ${row.name}`] ?? MOST;
  return row.large > Math.max(row.small * most, row.small + SLACK[engine]);
};

export default {
  name: 'work',
  promise: `A request does at most ${MOST} times the work in a hub of ${LARGE.toLocaleString('en')} accounts that it does in one of ` +
    `${SMALL.toLocaleString('en')}, on both engines, whoever asks.`,
  planted: 'the index of lists by their newest change is dropped from the large hub: each run must see the lists grow',
  quick: 3,
  program: 'fast',
  weight: 1,
  async run(ctx) {
    const last = Math.min(ctx.from + ctx.units, ctx.from + 3);
    for (let unit = ctx.from; unit < last && Date.now() < ctx.deadline; unit++) {
      const engine = ['sqlite', 'postgres', 'sqlite'][unit % 3];
      const planted = unit % 3 === 2;
      const scales = ['--scale', String(planted ? PLANTED : LARGE), '--from', String(SMALL)];
      if (planted) {
        bench(ctx, engine, scales);
        execFileSync('sqlite3', [join(ctx.dir, `hub-${PLANTED}.db`), 'DROP INDEX deal_seen_changed']);
      }
      const rows = bench(ctx, engine, scales);
      if (planted) ctx.ok(rows.some((r) => r.name.startsWith('list') && grows(r, engine)), 'a list without its index is not noticed');
      else {
        ctx.ok(rows.length >= 19, `only ${rows.length} requests were counted`);
        for (const r of rows) {
          ctx.ok(r.small > 0 && !grows(r, engine), `${engine}: ${r.name}: ${r.small} in the small hub, ${r.large} in the large one`);
          if (/list|Today|create|settle/.test(r.name)) ctx.figure(`${engine}: ${r.name}`, `${r.small} -> ${r.large}`, engine === 'sqlite' ? 'steps' : 'pages');
        }
      }
      ctx.done();
    }
  },
};
