// SPDX-License-Identifier: Apache-2.0
// Every call of the client that writes, held against the OpenAPI document without pressing anything: the path and the method exist, no
// member is sent that the operation does not know, none is left out that it requires. The types of web/src say what a body holds.
// A planted fault: `act(`/leads/${l.id}/withdraw`)` without a body; this test finds one of its own in every run.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { program, root } from '../lib/server.mjs';

const ts = createRequire(join(root, 'web/package.json'))('typescript');
const api = JSON.parse(execFileSync(program, ['openapi'], { maxBuffer: 1 << 26 }));
const METHODS = { act: 'post', post: 'post', put: 'put', patch: 'patch', remove: 'delete' };
const BODY_AT = { act: 1, post: 1, put: 1, patch: 2 };
const ANY = '\u0000'; // what is only known when the client runs

const sources = (dir) => readdirSync(dir).flatMap((name) => {
  const path = join(dir, name);
  return statSync(path).isDirectory() ? sources(path) : /\.tsx?$/.test(name) ? [path] : [];
});

function openWorld(files, extra = {}) {
  const options = { ...ts.parseJsonConfigFileContent(ts.readConfigFile(join(root, 'web/tsconfig.json'), ts.sys.readFile).config, ts.sys, join(root, 'web')).options, noEmit: true };
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, ...rest) => (name in extra ? ts.createSourceFile(name, extra[name], rest[0], true, ts.ScriptKind.TSX) : read(name, ...rest));
  const there = host.fileExists.bind(host);
  host.fileExists = (name) => name in extra || there(name);
  return ts.createProgram([...files, ...Object.keys(extra)], options, host);
}

// All texts an expression may be; ANY stands for a part that is not known.
function texts(node, checker) {
  const type = checker.getTypeAtLocation(node);
  const of = (t) => (t.isUnion() ? t.types.flatMap(of) : t.isStringLiteral() ? [t.value]
    : t.flags & ts.TypeFlags.TemplateLiteral ? [t.texts.map((x, i) => (i ? ANY : '') + x).join('')] : [ANY]);
  if (ts.isConditionalExpression(node)) return [...texts(node.whenTrue, checker), ...texts(node.whenFalse, checker)];
  if (!ts.isTemplateExpression(node)) return of(type);
  let out = [node.head.text];
  for (const span of node.templateSpans) {
    const parts = texts(span.expression, checker);
    out = out.flatMap((o) => parts.map((p) => o + p + span.literal.text));
  }
  return out;
}

// Operations a path may mean: a part that is not known stands for a parameter.
function operations(path, method) {
  const have = path.split('?')[0].split('/');
  return Object.entries(api.paths).filter(([template, methods]) => {
    const want = template.replace(/^\/api\/v1/, '').split('/');
    return methods[method] && want.length === have.length && want.every((w, i) => (w.startsWith('{') ? have[i] !== '' : w === have[i]));
  }).map(([template, methods]) => ({ template, op: methods[method] }));
}

const schemaOf = (op) => {
  const s = Object.values(op.requestBody?.content ?? {})[0]?.schema;
  return s?.$ref ? api.components.schemas[s.$ref.split('/').pop()] : s;
};

function judge(call, checker, faults, judged, open) {
  const name = call.expression.getText();
  const raw = name === 'request';
  const method = raw ? texts(call.arguments[0], checker)[0].toLowerCase() : METHODS[name];
  if (!method || method === 'get') return;
  const where = `${call.getSourceFile().fileName.split('web/src/')[1] ?? 'planted'}: ${call.getText().slice(0, 110).replace(/\s+/g, ' ')}`;
  for (const path of new Set(texts(call.arguments[raw ? 1 : 0], checker))) {
    if (path === ANY || path.startsWith(ANY) || path.startsWith(`/${ANY}`)) { open.push(where); continue; } // a general helper: its callers are judged
    const found = operations(path, method);
    if (found.length === 0) { faults.push(`no such operation ${method} ${path.replaceAll(ANY, '*')}: ${where}`); continue; }
    judged.push(path);
    let body = call.arguments[BODY_AT[name]];
    if (raw) body = call.arguments[2]?.properties?.find((p) => p.name?.getText() === 'body')?.initializer;
    if (raw && call.arguments[2]?.getText().includes('raw:')) continue;
    const schema = schemaOf(found[0].op);
    const type = body && checker.getTypeAtLocation(body);
    if (type && (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown) || checker.getIndexInfosOfType(type).length)) continue; // a form of named fields
    const sent = new Map((type ? checker.getPropertiesOfType(type) : []).map((p) => {
      const t = checker.getTypeOfSymbolAtLocation(p, body);
      const missing = p.flags & ts.SymbolFlags.Optional || (t.isUnion() && t.types.some((x) => x.flags & ts.TypeFlags.Undefined));
      return [p.name, !missing];
    }));
    for (const r of schema?.required ?? []) if (!sent.get(r)) faults.push(`${method} ${path.replaceAll(ANY, '*')} wants ${r}: ${where}`);
    for (const s of sent.keys()) if (schema?.additionalProperties === false && !(s in (schema.properties ?? {}))) faults.push(`${method} ${path.replaceAll(ANY, '*')} knows no ${s}: ${where}`);
  }
}

function look(program_, files) {
  const checker = program_.getTypeChecker();
  const faults = [];
  const judged = [];
  const open = [];
  const walk = (node) => {
    if (ts.isCallExpression(node) && ['act', 'post', 'put', 'patch', 'remove', 'request'].includes(node.expression.getText()) && node.arguments.length) judge(node, checker, faults, judged, open);
    ts.forEachChild(node, walk);
  };
  for (const f of files) walk(program_.getSourceFile(f));
  return { faults, judged, open };
}

test('every call that writes is one the API knows, with the members it wants', () => {
  const files = sources(join(root, 'web/src')).filter((f) => !f.endsWith('/api.ts'));
  const planted = join(root, 'web/src/planted.tsx');
  const text = "import { act } from './api';\nexport const a = (id: string) => act(`/leads/${id}/withdraw`);\nexport const b = (id: string) => act(`/leads/${id}/repent`, { reason: 'x' });\nexport const c = (id: string) => act(`/deals/${id}/win`, { amount: null, sum: 1 });\n";
  const world = openWorld(files, { [planted]: text });
  assert.equal(look(world, [planted]).faults.length, 3, 'three planted faults are found');
  const { faults, judged, open } = look(world, files);
  console.log(`${judged.length} calls judged, ${open.length} general helpers`);
  assert.ok(judged.length > 60, 'the calls were found');
  assert.deepEqual(faults, []);
});
