// SPDX-License-Identifier: Apache-2.0
// Counts the cases in the log of `meson test` (meson-logs/testlog.json): node count-tests.mjs FILE. The programs print TAP, one
// plan for each engine they run on; a program that ends badly without a failed case counts as one failure.
import { readFileSync } from 'node:fs';

let passed = 0;
let failed = 0;
for (const line of readFileSync(process.argv[2], 'utf8').split('\n').filter(Boolean)) {
  const test = JSON.parse(line);
  const cases = (test.stdout ?? '').split('\n').filter((l) => /^(not )?ok\b/.test(l) && !/# SKIP\b/i.test(l));
  const wrong = cases.filter((l) => l.startsWith('not ok'));
  passed += cases.length - wrong.length;
  failed += wrong.length;
  if (test.returncode !== 0 || !['OK', 'EXPECTEDFAIL'].includes(test.result)) {
    if (!wrong.length) failed += 1;
    console.log(`not ok - ${test.name}: ${test.result}, exit code ${test.returncode}`);
    console.log((test.stdout ?? '').split('\n').filter((l) => /^(#|not ok)/.test(l)).slice(-40).join('\n'));
  } else if (!cases.length) passed += 1;
}
console.log(`unit: ${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
