// SPDX-License-Identifier: Apache-2.0
// Runs the browser tests: node tests/browser/run.mjs [FILE...], and counts them for scripts/test.sh.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const named = process.argv.slice(2);
const files = named.length ? named : readdirSync(here).filter((f) => f.endsWith('.test.mjs')).sort().map((f) => join(here, f));
let passed = 0;
let failed = 0;
// One file after the other: each has a server and a browser of its own, and two cores are enough for one pair.
for (const file of files) {
  const code = await new Promise((done) => {
    const child = spawn(process.execPath, ['--test-reporter=tap', file], { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.on('data', (part) => { text += part; process.stdout.write(part); });
    child.on('exit', (c) => {
      passed += Number(/^# pass (\d+)/m.exec(text)?.[1] ?? 0);
      const bad = Number(/^# fail (\d+)/m.exec(text)?.[1] ?? 0) + Number(/^# cancelled (\d+)/m.exec(text)?.[1] ?? 0);
      failed += bad;
      done(c !== 0 && bad === 0 ? 1 : 0);
    });
  });
  failed += code;
}
console.log(`browser: ${passed} passed, ${failed} failed`);
process.exitCode = failed || !passed ? 1 : 0;
