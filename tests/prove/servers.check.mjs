// SPDX-License-Identifier: Apache-2.0
// Several server processes on one PostgreSQL database are one server to whoever asks: the stories of tests/api are told to two of them, each
// request to the other one than before. Sessions, kept keys, throttles, clocks, the order of the log and live events (NOTIFY) must
// not depend on which process a request meets. Shown to fail: versions of an agreement listed by their ids, which two processes make in
// no order within a millisecond, fail 01-seven-steps.
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

// Stories that look into the log of one process, restart it, or count what one process counts; and one that tells the order of two grants made
// in one millisecond, for its clock stands.
const ALONE = /^(08-cli|09-leaks|12-import-cli|15-security)/;

function story(ctx, file, servers) {
  const args = [join(ctx.root, 'tests/api/run.mjs'), '--db', 'postgres', '--servers', String(servers), '--jobs', '1', file];
  return new Promise((done) => {
    execFile(process.execPath, args, { timeout: 240_000, maxBuffer: 64 << 20 }, (error, out) => {
      const steps = /(\d+) passed/.exec(out ?? '');
      done({ ok: !error, steps: steps ? Number(steps[1]) : 0, why: (out ?? '').split('\n').slice(0, 3).join(' | ').slice(0, 400) });
    });
  });
}

const files = (root) => readdirSync(join(root, 'tests/api')).filter((f) => f.endsWith('.http') && !ALONE.test(f)).sort();

export default {
  name: 'servers',
  promise: 'two server processes on one PostgreSQL database tell every story of tests/api as one does',
  planted: 'versions of an agreement in the order of their ids instead of their numbers: 01-seven-steps fails with two servers',
  quick: 6,
  program: 'fast',
  weight: 1,
  async run(ctx) {
    const all = files(ctx.root);
    const last = Math.min(ctx.from + ctx.units, ctx.from + all.length);
    for (let unit = ctx.from; unit < last && Date.now() < ctx.deadline; unit++) {
      const file = all[unit % all.length];
      const told = await story(ctx, join(ctx.root, 'tests/api', file), 2);
      ctx.ok(told.ok && told.steps > 0, `${file}: ${told.why}`);
      ctx.sum('steps told to two servers', told.steps);
      ctx.done();
    }
  },
};
