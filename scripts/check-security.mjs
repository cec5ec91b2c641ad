// SPDX-License-Identifier: Apache-2.0
// docs/security.md holds what it says: every test it cites exists, every requirement of OWASP ASVS 5.0.0 of levels 1 and 2 stands in it
// once with an answer, and what it says of the sources as a whole (no process started, no HTML built from text) is so.
// Shown to fail in every run: a wrong test name, a wrong title, a row too few, one too many, an answer without a test, and for each rule
// about the sources a line that breaks it must be found, or the check itself fails.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const read = (file) => readFileSync(join(root, file), 'utf8');

// Levels of the requirements of each section, in order: facts of the published list, 345 in all.
const SECTIONS = {
  '1.1': '22', '1.2': '1111122223', '1.3': '112222222223', '1.4': '222', '1.5': '123',
  '2.1': '122', '2.2': '112', '2.3': '12223', '2.4': '23',
  '3.1': '3', '3.2': '113', '3.3': '12223', '3.4': '11222233', '3.5': '11122333', '3.6': '3', '3.7': '22333',
  '4.1': '12233', '4.2': '23333', '4.3': '22', '4.4': '1222',
  '5.1': '2', '5.2': '112333', '5.3': '113', '5.4': '222',
  '6.1': '122', '6.2': '111111112222', '6.3': '11223333', '6.4': '112233', '6.5': '22222333', '6.6': '2223', '6.7': '33', '6.8': '2222',
  '7.1': '222', '7.2': '1111', '7.3': '22', '7.4': '11222', '7.5': '223', '7.6': '22',
  '8.1': '1233', '8.2': '1123', '8.3': '133', '8.4': '23',
  '9.1': '111', '9.2': '1222',
  '10.1': '22', '10.2': '223', '10.3': '22223', '10.4': '1111122222233333', '10.5': '22222', '10.6': '22', '10.7': '222',
  '11.1': '2233', '11.2': '22233', '11.3': '11233', '11.4': '1222', '11.5': '23', '11.6': '23', '11.7': '33',
  '12.1': '12233', '12.2': '11', '12.3': '22223',
  '13.1': '2333', '13.2': '222223', '13.3': '2233', '13.4': '1222233',
  '14.1': '22', '14.2': '12223333', '14.3': '122',
  '15.1': '12233', '15.2': '12233', '15.3': '1222222', '15.4': '3333',
  '16.1': '2', '16.2': '22222', '16.3': '2222', '16.4': '222', '16.5': '2223',
  '17.1': '23', '17.2': '22223333', '17.3': '22',
};
const levels = new Map(Object.entries(SECTIONS).flatMap(([section, all]) => [...all].map((level, i) => [`v${section}.${i + 1}`, level])));
const ANSWER = /^(shown|written|shown and written|in part|n\/a|NOT MET): \S/;

// What is said of all sources at once. `planted` is a line that must be found.
const RULES = [
  { name: 'the client makes no HTML of text', files: /^web\/src\/.*\.tsx?$/, planted: 'el.innerHTML = name',
    bad: /\b(innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|srcdoc)\b|document\.write/ },
  { name: 'the client runs no text', files: /^web\/src\/.*\.tsx?$/, planted: "setTimeout('go()', 1)",
    bad: /\beval\(|\bnew Function\b|\bset(Timeout|Interval)\(\s*['"`]/ },
  { name: 'the client speaks to its own server', files: /^web\/src\/.*\.(tsx?|html|css)$/, planted: "fetch('https://tracker.example/x')",
    bad: /(https?:)?\/\/[a-z0-9-]+\.[a-z](?!3\.org)|['"(]\/\/[a-z]/ },
  { name: 'no window talks to another', files: /^web\/src\/.*\.tsx?$/, planted: "window.addEventListener('message', f)",
    bad: /\bpostMessage\b|\bwindow\.open\b|\bopener\b|addEventListener\(\s*['"]message['"]|target="_blank"/ },
  { name: 'a password field is masked and takes what is pasted', files: /^web\/src\/.*\.tsx$/, planted: '<Text auto="new-password" />',
    bad: /\bonPaste\b|^(?=.*auto="(current|new)-password")(?!.*type="password")/ },
  { name: 'a password field lets password managers work', files: /^web\/src\/.*\.tsx$/, planted: '<Text type="password" value={v} />',
    bad: /^(?=.*type="password")(?!.*auto="(current|new)-password")/ },
  { name: 'the client stores no session', files: /^web\/src\/.*\.tsx?$/, planted: "localStorage.setItem('entente.csrf', csrf)",
    bad: /\b(sessionStorage|indexedDB|document\.cookie)\b|(localStorage|setItem).*\b(csrf|token|password|session)\b/i },
  { name: 'the program starts no process', files: /^src\/(?!banned).*\.[ch]$/, planted: '  return system(command);',
    bad: /(^|[^_\w.>])(system|popen|fork|vfork|posix_spawnp?|exec[lv]p?e?|execvpe)\(/ },
  { name: 'the program connects to nobody but its database', files: /^src\/.*\.[ch]$/, planted: '  connect(fd, &address, size);',
    bad: /\bcurl_\w+\(|(^|[^_\w.>])connect\(/ },
  { name: 'the program has no regular expressions, XML, LDAP or templates', files: /^src\/.*\.[ch]$/, planted: '#include <regex.h>',
    bad: /#\s*include\s*<(regex|pcre2?|libxml|expat|ldap|lua|python)/i },
  { name: 'no answer sends the browser elsewhere', files: /^src\/(api|http)\/.*\.[ch]$/, planted: '  r->status = 302;', bad: /\bstatus = 30[12378]\b/ },
  { name: 'no private key or password is in the tree', files: /^(src|web|packaging|scripts|migrations)\//, planted: '-----BEGIN PRIVATE KEY-----', // planted
    bad: /-----BEGIN [A-Z ]*PRIVATE KEY-----(?!'.*planted)/ },
  { name: 'SQL is a literal or built of literals', files: /^src\/(api|flows|trust|model|cli)\/.*\.c$/, planted: '  db_prepare(c, (sql){text, false}, &s);',
    bad: /\(sql\)\s*\{/ },
  { name: 'no MD5, SHA-1 or other weak primitive but the list of stolen passwords', files: /^src\/(?!flows\/identity_breached\.c|banned).*\.[ch]$/,
    planted: '  md5_init(&x);', bad: /\b(md5|md4|sha1|rc4|des)_\w+\(|\b(rand|srand|random|drand48)\(/i },
  { name: 'TLS is 1.2 and 1.3', files: /^src\/http\/server\.c$/, planted: '"NORMAL:+VERS-TLS1.0"', bad: /VERS-(SSL3|TLS1\.[01])|"NORMAL/,
    must: /-VERS-ALL:\+VERS-TLS1\.3:\+VERS-TLS1\.2/ },
];

// ---- what can be cited

const heading = (text) => text.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '').trim().replace(/ /g, '-');
const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

// null: it is there. Otherwise what is wrong.
function wrongTest(cite) {
  const http = /^(\S+\.http): (.+)$/.exec(cite);
  if (http) {
    if (!existsSync(join(root, 'tests/api', http[1]))) return `there is no tests/api/${http[1]}`;
    return read(`tests/api/${http[1]}`).split('\n').some((l) => l.replace(/^# (---- )?/, '') === http[2] && l.startsWith('# ')) ? null
      : `${http[1]} has no part "${http[2]}"`;
  }
  const unit = /^(test_\w+)\.c (\w+)$/.exec(cite);
  if (unit) {
    const file = `tests/unit/${unit[1]}.c`;
    if (!existsSync(join(root, file))) return `there is no ${file}`;
    return new RegExp(`^static void ${unit[2]}\\(`, 'm').test(read(file)) ? null : `${file} has no case ${unit[2]}`;
  }
  const prove = /^prove\/([\w-]+)$/.exec(cite);
  if (prove) return existsSync(join(root, `tests/prove/${prove[1]}.check.mjs`)) ? null : `there is no tests/prove/${prove[1]}.check.mjs`;
  const browser = /^(\w+\.test\.mjs): (.+)$/.exec(cite);
  if (browser) {
    if (!existsSync(join(root, 'tests/browser', browser[1]))) return `there is no tests/browser/${browser[1]}`;
    return new RegExp(`test\\(['"\`]${escaped(browser[2])}`).test(read(`tests/browser/${browser[1]}`)) ? null : `${browser[1]} has no test "${browser[2]}"`;
  }
  const rule = /^sources: (.+)$/.exec(cite);
  if (rule) return RULES.some((r) => r.name === rule[1]) ? null : `check-security.mjs has no rule "${rule[1]}"`;
  const script = /^scripts\/([\w.-]+)$/.exec(cite);
  if (script) return existsSync(join(root, cite)) && read('scripts/test.sh').includes(script[1].replace('.mjs', '.sh')) ? null : `scripts/test.sh runs no ${cite}`;
  const fuzz = /^fuzz_\w+\.c$/.exec(cite);
  if (fuzz) return existsSync(join(root, 'tests/fuzz', cite)) ? null : `there is no tests/fuzz/${cite}`;
  return undefined; // no test: a word of the trade
}

function wrongLink(target) {
  if (/^https?:/.test(target)) return null;
  const [file, anchor] = target.split('#');
  const path = file === '' ? 'docs/security.md' : join('docs', file);
  if (!existsSync(join(root, path))) return `there is no ${path}`;
  if (!anchor) return null;
  return read(path).split('\n').some((l) => /^#+ /.test(l) && heading(l.replace(/^#+ /, '')) === anchor) ? null : `${path} has no heading #${anchor}`;
}

const cites = (text) => [...text.matchAll(/`([^`]+)`/g)].map((m) => m[1]);
const links = (text) => [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((m) => m[1]);

function judge(page) {
  const wrong = [];
  const seen = new Map();
  page.split('\n').forEach((line, i) => {
    const at = `docs/security.md:${i + 1}: `;
    let tests = 0;
    for (const cite of cites(line)) {
      const w = wrongTest(cite);
      if (w) wrong.push(at + w);
      if (w === null) tests++;
    }
    for (const target of links(line)) {
      const w = wrongLink(target);
      if (w) wrong.push(at + w);
    }
    const row = /^\| (v\d+\.\d+\.\d+) \| (\d) \| ([^|]+) \| (.+) \|$/.exec(line);
    if (/^\| v\d/.test(line) && !row) wrong.push(`${at}not a row`);
    if (!row) return;
    const [, id, level, , answer] = row;
    if (levels.get(id) !== level) wrong.push(`${at}${id} is of level ${levels.get(id) ?? 'none: no such requirement'}`);
    if (seen.has(id)) wrong.push(`${at}${id} stands in line ${seen.get(id)} too`);
    seen.set(id, i + 1);
    const kind = ANSWER.exec(answer)?.[1];
    if (!kind) wrong.push(`${at}${id} has no answer`);
    if (/shown/.test(kind ?? '') && !tests) wrong.push(`${at}${id} is shown by no test`);
    if (/written/.test(kind ?? '') && !links(answer).length) wrong.push(`${at}${id} is written nowhere`);
    if (kind === 'in part' && !/missing/i.test(answer)) wrong.push(`${at}${id}: what is missing?`);
  });
  for (const [id, level] of levels) if (level < 3 && !seen.has(id)) wrong.push(`${id} (level ${level}) is missing`);
  return { wrong, seen };
}

function broken(rule, files, textOf) {
  const out = [];
  let lines = 0;
  let must = !rule.must;
  for (const f of files.filter((f) => rule.files.test(f))) {
    const text = textOf(f);
    must ||= rule.must?.test(text);
    text.split('\n').forEach((l, i) => {
      lines++;
      if (rule.bad.test(l) && !/^\s*(\/\/|\*)/.test(l)) out.push(`${f}:${i + 1}: ${l.trim().slice(0, 120)}`);
    });
  }
  if (!lines) out.push('no file is looked at');
  if (!must) out.push('what must stand there does not');
  return out;
}

// ---- run

let passed = 0;
let failed = 0;
const note = (ok, text) => {
  ok ? passed++ : failed++;
  if (!ok) console.log(`not ok - ${text}`);
};

const page = read('docs/security.md');
const { wrong, seen } = judge(page);
for (const w of wrong) note(false, w);
passed += Math.max(0, seen.size - wrong.length);
note(levels.size === 345 && [...levels.values()].filter((l) => l === '1').length === 70 && [...levels.values()].filter((l) => l === '2').length === 183,
  `the list of requirements has ${levels.size}`);

const files = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).split('\n').filter((f) => f && existsSync(join(root, f)));
for (const rule of RULES) {
  const found = broken(rule, files, read);
  note(!found.length, `${rule.name}\n  ${found.slice(0, 10).join('\n  ')}`);
  note(rule.bad.test(rule.planted), `the rule "${rule.name}" does not find ${rule.planted}`);
}

// The check can fail: each of these spoils the page in one way, and more must be wrong than before.
const first = /^\| (v1\.1\.1) .*$/m.exec(page)?.[0] ?? '';
const planted = {
  'a test that is not there': page.replace(/`test_(\w+)\.c (\w+)`/, '`test_$1.c $2_gone`'),
  'a file that is not there': page.replace(/`prove\/(\w+)`/, '`prove/$1-gone`'),
  'a title that is not there': page.replace(/`(15-security\.http): ([^`]+)`/, '`$1: $2 gone`'),
  'a rule that is not there': page.replace(/`sources: ([^`]+)`/, '`sources: $1 gone`'),
  'a link that leads nowhere': page.replace(/\]\(#([\w-]+)\)/, '](#$1-gone)'),
  'a row too few': page.replace(`${first}\n`, ''),
  'a row too many': page.replace(first, `${first}\n${first}`),
  'an invented requirement': page.replace(first, `${first}\n${first.replace('v1.1.1', 'v1.1.9')}`),
  'a wrong level': page.replace(first, first.replace('| 2 |', '| 1 |')),
  'an answer without a test': page.replace(first, '| v1.1.1 | 2 | x | shown: believe it |'),
  'no answer': page.replace(first, '| v1.1.1 | 2 | x | fine |'),
};
for (const [what, spoiled] of Object.entries(planted)) note(spoiled !== page && judge(spoiled).wrong.length > wrong.length, `${what} is not noticed`);

const kinds = {};
for (const m of page.matchAll(/^\| v[\d.]+ \| \d \| [^|]+ \| (shown and written|shown|written|in part|n\/a|NOT MET):/gm)) kinds[m[1]] = (kinds[m[1]] ?? 0) + 1;
console.log(`requirements: ${Object.entries(kinds).map(([k, n]) => `${n} ${k}`).join(', ')}`);
console.log(`security: ${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
