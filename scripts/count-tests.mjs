// SPDX-License-Identifier: Apache-2.0
// Counts the test cases in the JUnit file meson writes: `node count-tests.mjs FILE`. A program that died counts as a failure.
import { readFileSync } from 'node:fs';

const xml = readFileSync(process.argv[2], 'utf8');
let passed = 0;
let failed = 0;
for (const [, attributes, body] of xml.matchAll(/<testcase\b([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g)) {
  if (/<(failure|error)\b/.test(body ?? '')) {
    failed += 1;
    console.log(`not ok - ${/\bname="([^"]*)"/.exec(attributes)?.[1]}`);
  } else if (!/<skipped\b/.test(body ?? '')) passed += 1;
}
// meson counts a crash after the last case on the suite only.
for (const [, attributes] of xml.matchAll(/<testsuite\b([^>]*)>/g)) {
  const of = (name) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(attributes)?.[1] ?? 0);
  if (of('errors') > 0 && of('failures') === 0) failed += of('errors');
}
// meson shows the error stream only; what a failed program printed says which assertion it was.
for (const [, suite] of xml.matchAll(/<testsuite\b[^>]*>([\s\S]*?)<\/testsuite>/g)) {
  if (!/<(failure|error)\b/.test(suite)) continue;
  const said = /<system-out>([\s\S]*?)<\/system-out>/.exec(suite)?.[1] ?? '';
  console.log(said.split('\n').filter((line) => /^(#|not ok)/.test(line)).join('\n'));
}
console.log(`unit: ${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
