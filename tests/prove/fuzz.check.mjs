// SPDX-License-Identifier: Apache-2.0
// Mutated inputs for everything that reads text: tests/fuzz, one target for each parser and each entrance. A unit is one block of tries
// for one target; a unit of `make prove` is the plain driver and depends on its number only. In `make prove-long`, where clang is there,
// libFuzzer takes its place, starts from the committed corpus and from what earlier runs found (build/prove/found/NAME) and keeps what
// it finds. A failing input stays in build/prove/fuzz; put it into tests/fuzz/corpus once its defect is mended.
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

// Tries a block: about a second of the sanitized build each.
const TRIES = { csv: 15000, headers: 4000, import: 4000, json: 40000, patch: 30000, proof: 12000, query: 2500, rules: 12000, search: 20000,
  target: 30000, values: 60000 };
const NAMES = Object.keys(TRIES);
const PLANT_TRIES = 200_000;
const SECONDS = 20; // of libFuzzer, a unit

function run(program, args, env = {}) {
  return new Promise((done) => {
    execFile(program, args, { maxBuffer: 64 << 20, env: { ...process.env, ...env } }, (error, stdout, stderr) =>
      done({ code: error ? (error.code ?? error.signal ?? 1) : 0, text: stdout + stderr }));
  });
}

// The input that was being tried when the program died.
function last(file) {
  const bytes = readFileSync(file);
  return bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE(0))).toString('base64');
}

// A build of the targets with libFuzzer beside the others, made when first asked for. null: no clang here.
function withLibFuzzer(root) {
  const dir = process.env.ENTENTE_FUZZER ?? join(root, 'build-fuzzer');
  try {
    execFileSync('clang', ['--version'], { stdio: 'ignore' });
  } catch {
    return null;
  }
  const options = ['-Dfuzzer=true', '-Dweb=false', '-Db_sanitize=address,undefined', '-Db_lundef=false', '-Doptimization=1'];
  if (!existsSync(join(dir, 'build.ninja'))) {
    execFileSync('meson', ['setup', dir, ...options], { cwd: root, env: { ...process.env, CC: 'clang' }, stdio: 'ignore' });
  }
  execFileSync('ninja', ['-C', dir, ...NAMES.map((n) => `tests/fuzz/fuzz_${n}`)], { stdio: 'ignore' });
  return dir;
}

export default {
  name: 'fuzz',
  promise: 'no input of any parser, rule or list breaks it, and each keeps its properties: what is read is written the same, a refusal changes nothing, a forged cursor or signature is refused',
  planted: `every target spoils one rare answer under ENTENTE_FUZZ_PLANT=1 and must notice within ${PLANT_TRIES.toLocaleString('en')} tries, in every run`,
  quick: 22,
  weight: 3,
  async run(ctx) {
    const corpus = (name) => join(ctx.root, 'tests/fuzz/corpus', name);
    const program = (name) => join(ctx.build, 'tests/fuzz', `fuzz_${name}`);
    const env = { LSAN_OPTIONS: `suppressions=${join(ctx.root, 'tests/lsan.supp')}:print_suppressions=0`,
      UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1' };
    const plain = (name, tries, seed, more = {}) => run(program(name), ['--tries', String(tries), '--seed', String(seed), '--dict', `${corpus(name)}.dict`,
      '--last', join(ctx.dir, `${name}.last`), corpus(name)], { ...env, ...more });
    for (const name of NAMES) {
      const whole = await run(program(name), [corpus(name)], env);
      ctx.ok(whole.code === 0, `${name}: its corpus: ${whole.text.slice(-2000)}`);
      const blind = await plain(name, PLANT_TRIES, ctx.seed(0), { ENTENTE_FUZZ_PLANT: '1' });
      ctx.ok(blind.code !== 0 && /does not hold/.test(blind.text), `${name}: does not see its planted fault`);
    }
    const fuzzer = ctx.units === Infinity ? withLibFuzzer(ctx.root) : null;
    for (let unit = ctx.from; unit < ctx.from + ctx.units && Date.now() < ctx.deadline; unit++) {
      const name = NAMES[unit % NAMES.length];
      if (fuzzer) await this.long(ctx, fuzzer, name, unit, env, corpus(name));
      else {
        const r = await plain(name, TRIES[name], ctx.seed(unit));
        ctx.ok(r.code === 0, `${name}, unit ${unit}: ${r.text.slice(-3000)}\ninput (base64): ${r.code === 0 ? '' : last(join(ctx.dir, `${name}.last`))}`);
        ctx.sum('inputs tried', TRIES[name]);
      }
      ctx.done();
    }
    ctx.figure('targets', NAMES.length);
    ctx.figure('driven by', fuzzer ? 'libFuzzer' : 'tests/fuzz/driver.c');
  },
  async long(ctx, fuzzer, name, unit, env, corpus) {
    const found = join(ctx.root, 'build/prove/found', name);
    mkdirSync(found, { recursive: true });
    const left = Math.max(1, Math.min(SECONDS, Math.floor((ctx.deadline - Date.now()) / 1000)));
    const r = await run(join(fuzzer, 'tests/fuzz', `fuzz_${name}`), [`-max_total_time=${left}`, `-seed=${ctx.seed(unit)}`, '-max_len=8192', '-timeout=120',
      `-dict=${corpus}.dict`, `-artifact_prefix=${ctx.dir}/${name}-`, '-print_final_stats=1', found, corpus], env);
    ctx.ok(r.code === 0, `${name}, unit ${unit}: ${r.text.slice(-4000)}`);
    ctx.sum('inputs tried', Number(/stat::number_of_executed_units:\s*(\d+)/.exec(r.text)?.[1] ?? 0));
    ctx.figure(`${name}: inputs kept`, readdirSync(found).length);
  },
};
