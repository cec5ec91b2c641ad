// SPDX-License-Identifier: Apache-2.0
// Lints an OpenAPI document: node tests/openapi-lint.mjs FILE. The specification's own structure, by Redocly's linter, and what we
// promise beside it: every operation says what it is, how it fails, and who may call it.
import { readFileSync } from 'node:fs';
import { BaseResolver, createConfig, lintDocument, makeDocumentFromString } from '@redocly/openapi-core';

const file = process.argv[2];
const text = readFileSync(file, 'utf8');
const rules = {
  struct: 'error', 'no-unresolved-refs': 'error', 'no-identical-paths': 'error', 'no-ambiguous-paths': 'off',
  'path-parameters-defined': 'error', 'path-declaration-must-exist': 'error', 'no-path-trailing-slash': 'error',
  'path-not-include-query': 'error', 'operation-operationId-unique': 'error', 'operation-operationId': 'error',
  'operation-operationId-url-safe': 'error', 'operation-parameters-unique': 'error', 'operation-summary': 'error',
  'operation-2xx-response': 'error', 'operation-4xx-response': 'error', 'operation-tag-defined': 'error', 'no-enum-type-mismatch': 'error',
  'no-example-value-and-externalValue': 'error', 'no-invalid-media-type-examples': 'error', 'no-invalid-schema-examples': 'error',
  'no-unused-components': 'error', 'no-undefined-server-variable': 'error', 'security-defined': 'error', 'tags-alphabetical': 'off',
  'no-required-schema-properties-undefined': 'error', 'no-schema-type-mismatch': 'error', 'spec-components-invalid-map-name': 'error',
};

let passed = 0;
let failed = 0;
const fail = (where, message) => {
  failed += 1;
  console.log(`not ok - ${where}: ${message}`);
};

const config = await createConfig({ rules });
const source = makeDocumentFromString(text, file);
const problems = await lintDocument({ document: source, config: config.styleguide, externalRefResolver: new BaseResolver() });
for (const p of problems) fail(p.location?.[0]?.pointer ?? '', `${p.message} (${p.ruleId})`);
if (problems.length === 0) passed += Object.keys(rules).length;

const document = JSON.parse(text);
for (const [path, item] of Object.entries(document.paths)) {
  for (const method of ['get', 'put', 'post', 'delete', 'patch']) {
    const o = item[method];
    if (!o) continue;
    const where = `${method.toUpperCase()} ${path}`;
    const before = failed;
    const answers = Object.entries(o.responses ?? {});
    const wrong = answers.filter(([code]) => /^[45d]/.test(code));
    if (!wrong.length) fail(where, 'says nothing of failure');
    for (const [code, r] of wrong) {
      const answer = r.$ref ? r.$ref.slice(2).split('/').reduce((v, p) => v?.[p], document) : r;
      if (!answer?.content?.['application/problem+json']) fail(where, `${code} is not application/problem+json`);
    }
    for (const p of o.parameters ?? []) {
      const q = p.$ref ? p.$ref.slice(2).split('/').reduce((v, s) => v?.[s], document) : p;
      if (!q?.schema) fail(where, `parameter ${q?.name} has no schema`);
    }
    if (failed === before) passed += 1;
  }
}
console.log(`openapi: ${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
