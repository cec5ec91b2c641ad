// SPDX-License-Identifier: Apache-2.0
// Holds every answer against the OpenAPI document the server itself gives, and remembers which operations were exercised.
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const METHODS = ['get', 'put', 'post', 'delete', 'patch', 'head', 'options'];
const pointer = (parts) => parts.map((p) => '/' + encodeURIComponent(p.replaceAll('~', '~0').replaceAll('/', '~1'))).join('');

export class Contract {
  constructor(document) {
    this.document = document;
    this.base = new URL(document.servers?.[0]?.url ?? '/api/v1', 'http://localhost').pathname.replace(/\/$/, '');
    this.ajv = new Ajv2020({ strict: false, allErrors: false, validateSchema: false, validateFormats: true, verbose: true });
    addFormats(this.ajv);
    this.ajv.addSchema({ ...document, $id: 'openapi.json', $schema: undefined });
    this.exercised = new Set();
    this.operations = [];
    for (const [path, item] of Object.entries(document.paths)) {
      const full = path.startsWith(this.base) ? path : this.base + path;
      const pattern = full.split(/(\{[^}]+\})/).map((part) => (part.startsWith('{') ? '[^/]+' : part.replace(/[.*+?^$()|[\]\\]/g, '\\$&')));
      for (const method of METHODS) {
        if (!item[method]) continue;
        this.operations.push({ name: `${method.toUpperCase()} ${path}`, method: method.toUpperCase(), path, item: item[method],
          pattern: new RegExp(`^${pattern.join('')}$`), literal: pattern.filter((p) => p !== '[^/]+').join('').length });
      }
    }
    // /audit/proof before /audit/{id}
    this.operations.sort((a, b) => b.literal - a.literal);
  }

  operation(method, path) {
    return this.operations.find((o) => o.method === method && o.pattern.test(path));
  }

  #resolve(value) {
    const parts = [];
    while (value?.$ref) {
      parts.length = 0;
      parts.push(...value.$ref.slice(2).split('/').map((p) => decodeURIComponent(p).replaceAll('~1', '/').replaceAll('~0', '~')));
      value = parts.reduce((v, p) => v?.[p], this.document);
    }
    return { value, at: parts.length ? parts : null };
  }

  #validate(at, value) {
    const ref = `openapi.json#${pointer(at)}`;
    let run = this.ajv.getSchema(ref);
    run ??= this.ajv.compile({ $id: `by-${pointer(at)}`, $ref: ref });
    if (run(value)) return null;
    const e = run.errors[0];
    return `${e.instancePath || '/'} ${e.message} ${JSON.stringify(e.params)} (is ${JSON.stringify(e.data)?.slice(0, 200)})`;
  }

  // What is wrong with this exchange according to the document: a sentence, or null. Paths outside the API are not its matter.
  check(method, path, sent, answer) {
    if (!path.startsWith(this.base + '/')) return null;
    const found = this.operation(method, path);
    if (!found) return answer.status === 404 || answer.status === 405 || method === 'HEAD' || method === 'OPTIONS' ? null : `${method} ${path} answers ${answer.status} and is not in the document`;
    if (answer.status < 300) this.exercised.add(found.name);
    const responses = found.item.responses ?? {};
    const key = [String(answer.status), `${String(answer.status)[0]}XX`, 'default'].find((k) => responses[k]);
    if (!key) return `${found.name} does not document status ${answer.status}`;
    const { value: response, at } = this.#resolve(responses[key]);
    const where = at ?? ['paths', found.path, found.method.toLowerCase(), 'responses', key];
    const content = response?.content ?? {};
    if (answer.text === '') return Object.keys(content).length === 0 || answer.status === 304 || method === 'HEAD' ? null : `${found.name} ${key}: a body is documented, none came`;
    const type = Object.keys(content).find((t) => t === answer.type) ?? Object.keys(content).find((t) => t.split(';')[0] === answer.type);
    if (!type) return `${found.name} ${key}: Content-Type ${answer.type} is not documented (${Object.keys(content).join(', ') || 'no body is'})`;
    if (answer.json !== undefined && content[type].schema) {
      const wrong = this.#validate([...where, 'content', type, 'schema'], answer.json);
      if (wrong) return `${found.name} ${key}: the answer breaks the documented schema: ${wrong}`;
    }
    // A body that was accepted must be one the document allows.
    const request = found.item.requestBody && this.#resolve(found.item.requestBody);
    if (sent !== undefined && answer.status < 300 && request) {
      const media = Object.keys(request.value.content ?? {}).find((t) => /json/.test(t));
      if (media && request.value.content[media].schema) {
        const place = request.at ?? ['paths', found.path, found.method.toLowerCase(), 'requestBody'];
        const wrong = this.#validate([...place, 'content', media, 'schema'], sent);
        if (wrong) return `${found.name}: accepted a body the document forbids: ${wrong}`;
      }
    }
    return null;
  }

  missed() {
    return this.operations.map((o) => o.name).filter((name) => !this.exercised.has(name)).sort();
  }
}
