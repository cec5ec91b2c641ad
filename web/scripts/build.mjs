// SPDX-License-Identifier: Apache-2.0
// Bundles the client into dist/: index.html and assets/NAME.<hash>.ext. The page has no inline script or style (strict CSP) and
// names no other host. Fails when the first load is heavier than the budget.
import { build, context } from 'esbuild';
import { gzipSync } from 'node:zlib';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
const BUDGET = 100 * 1024;

const options = {
  absWorkingDir: root,
  entryPoints: { app: 'src/main.tsx', style: 'src/css/app.css' },
  outdir: 'dist/assets',
  entryNames: '[name].[hash]',
  chunkNames: '[name].[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  metafile: true,
  legalComments: 'none',
  charset: 'utf8',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  logLevel: 'warning',
};

function asset(from, name) {
  const bytes = readFileSync(join(root, from));
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 8).toUpperCase();
  const [stem, ext] = name.split('.');
  const file = `${stem}.${hash}.${ext}`;
  copyFileSync(join(root, from), join(dist, 'assets', file));
  return file;
}

// The style sheet is app.<hash>.css beside app.<hash>.js; esbuild names entries by key, so the css entry is renamed here.
function finish(meta) {
  const outputs = Object.entries(meta.outputs);
  const js = outputs.find(([, o]) => o.entryPoint === 'src/main.tsx')[0];
  const css = outputs.find(([, o]) => o.entryPoint === 'src/css/app.css')[0];
  const cssName = basename(css).replace(/^style\./, 'app.');
  copyFileSync(join(root, css), join(dist, 'assets', cssName));
  rmSync(join(root, css));
  mkdirSync(join(dist, 'assets'), { recursive: true });
  const html = readFileSync(join(root, 'src/index.html'), 'utf8')
    .replace('{{css}}', `/assets/${cssName}`)
    .replace('{{js}}', `/assets/${basename(js)}`)
    .replace('{{icon}}', `/assets/${asset('src/icon.svg', 'icon.svg')}`);
  writeFileSync(join(dist, 'index.html'), html);
  // What the first page loads: the entry and the chunks it imports statically.
  const first = new Set();
  const walk = (name) => {
    if (first.has(name)) return;
    first.add(name);
    for (const i of meta.outputs[name].imports) if (i.kind === 'import-statement') walk(i.path);
  };
  walk(js);
  let size = 0;
  for (const name of first) size += gzipSync(readFileSync(join(root, name)), { level: 9 }).length;
  console.log(`first load: ${(size / 1024).toFixed(1)} kB of JavaScript (gzip), budget ${BUDGET / 1024} kB`);
  if (size > BUDGET) {
    console.error('The first load is over the budget: split a page off or drop something.');
    process.exit(1);
  }
}

const watch = process.argv.includes('--watch');
if (!watch) {
  rmSync(dist, { recursive: true, force: true });
  const result = await build(options);
  finish(result.metafile);
} else {
  mkdirSync(join(dist, 'assets'), { recursive: true });
  const again = {
    name: 'again',
    setup(b) {
      b.onStart(() => rmSync(join(dist, 'assets'), { recursive: true, force: true }));
      b.onEnd((r) => r.errors.length === 0 && finish(r.metafile));
    },
  };
  const ctx = await context({ ...options, plugins: [again] });
  await ctx.watch();
}
