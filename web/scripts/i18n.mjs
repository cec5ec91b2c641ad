// SPDX-License-Identifier: Apache-2.0
// The three dictionaries must say the same things: same keys, same {placeholders}, the right number of plural forms,
// and every key the sources ask for exists. Anything else fails the build and is named.
import { build } from 'esbuild';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const FORMS = { en: 2, zh: 1, ru: 3 };

async function dictionary(lang) {
  const out = await build({
    absWorkingDir: root,
    entryPoints: [`src/i18n/${lang}.ts`],
    bundle: true,
    format: 'esm',
    write: false,
    logLevel: 'error',
  });
  const url = 'data:text/javascript;base64,' + Buffer.from(out.outputFiles[0].text).toString('base64');
  return (await import(url)).default;
}

function sources(dir) {
  return readdirSync(dir).flatMap((name) => {
    const path = join(dir, name);
    if (statSync(path).isDirectory()) return sources(path);
    return /\.tsx?$/.test(name) && !(name.slice(0, -3) in FORMS) ? [readFileSync(path, 'utf8')] : [];
  });
}

const faults = [];
const dicts = {};
for (const lang of Object.keys(FORMS)) dicts[lang] = await dictionary(lang);
const marks = (s) => [...new Set(s.match(/\{[a-z_]+\}/g) ?? [])].sort().join(' ');
for (const [key, en] of Object.entries(dicts.en)) {
  for (const lang of ['zh', 'ru']) {
    const text = dicts[lang][key];
    if (text === undefined) {
      faults.push(`${lang}: ${key} is missing`);
      continue;
    }
    if (text.trim() === '') faults.push(`${lang}: ${key} is empty`);
    if (en.includes('|')) {
      const n = text.split('|').length;
      if (n !== FORMS[lang]) faults.push(`${lang}: ${key} has ${n} plural forms, ${FORMS[lang]} wanted`);
    } else if (marks(en) !== marks(text)) faults.push(`${lang}: ${key} has ${marks(text) || 'no marks'}, English has ${marks(en) || 'none'}`);
  }
}
for (const lang of ['zh', 'ru'])
  for (const key of Object.keys(dicts[lang])) if (!(key in dicts.en)) faults.push(`${lang}: ${key} is not in English`);
const text = sources(join(root, 'src')).join('\n');
const used = new Set([...text.matchAll(/\b(?:t|tn)\(\s*'([a-z0-9_.]+)'/g)].map((m) => m[1]));
for (const key of used) if (!(key in dicts.en)) faults.push(`asked for and not there: ${key}`);
const unused = Object.keys(dicts.en).filter((k) => !text.includes(`'${k}'`) && !/^(op)\./.test(k));
for (const key of unused) faults.push(`not used any more: ${key}`);
if (faults.length) {
  console.error(faults.join('\n'));
  console.error(`${faults.length} faults in the dictionaries`);
  process.exit(1);
}
console.log(`i18n: ${Object.keys(dicts.en).length} keys in ${Object.keys(FORMS).length} languages`);
