// SPDX-License-Identifier: Apache-2.0
// Makes requests out of an OpenAPI document and what answers have shown so far (ids, ETags, cursors), and spoils some of them.
// Everything follows from the random numbers it is given.

// A small generator of random numbers (splitmix32): next() below 2^32.
export class Chance {
  constructor(seed) { this.state = seed >>> 0; }
  next() {
    this.state = (this.state + 0x9e3779b9) >>> 0;
    let z = this.state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  }
  below(n) { return n > 0 ? this.next() % n : 0; }
  one(list) { return list[this.below(list.length)]; }
  in(percent) { return this.below(100) < percent; }
}

const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz';
const WORDS = ['Brockhaus', '扫描仪', 'Ёлка и K°', 'CT scanner', "O'Neil", '=1+1', '<b>x</b>', 'e\u0301', '한국어', '👩‍🔧', 'a', 'Robert"); DROP TABLE deal;--'];
const ODD_TEXT = ['', ' ', '\u0000', 'a\u0000b', '\u202e', '\ufeff', '\ud800', '\udfff', '\u2028', '\r\n', '\u007f', '\u0085', 'x'.repeat(501), '字'.repeat(20001), 'null',
  '../..', '%00', "' OR 1=1 --", '\\', '\u0301'.repeat(300), '٣', '０', '-0', '1e5', '0x10'];
const ODD_NUMBERS = [0, -1, 1, 2, 2 ** 31, -(2 ** 31) - 1, 2 ** 53, 9007199254740993, 1e300, -1e300, 0.5, 1e-7, 4294967296];
const ODD_AMOUNTS = ['0', '-0', '-1.00', '0.001', '92233720368547758.07', '92233720368547758.08', '-92233720368547758.08', '1e5', '1.', '.5', '01', '+1', '1 000', ''];
const ODD_TIMES = ['0000-00-00', '9999-12-31', '0001-01-01', '10000-01-01', '2024-02-30', '2026-11-22T23:59:60Z', '9999-12-31T23:59:59Z', '0001-01-01T00:00:00+23:59', 'today', ''];

export class Requests {
  constructor(document) {
    this.document = document;
    this.operations = [];
    this.known = { id: new Map(), etag: new Map(), cursor: [] };
    for (const [path, item] of Object.entries(document.paths)) {
      for (const [method, operation] of Object.entries(item)) {
        if (operation.operationId === undefined || path === '/events') continue; // never ends; its own test
        this.operations.push({ method: method.toUpperCase(), path, operation });
      }
    }
  }

  // Learns from an answer: every id in it, its ETag, its cursor. Ids are shared by all persons: others try them too.
  learn(path, answer) {
    if (answer.headers.etag) this.known.etag.set(path, answer.headers.etag);
    if (typeof answer.json?.next === 'string') this.#keep(this.known.cursor, answer.json.next);
    for (const m of (answer.text ?? '').slice(0, 20_000).matchAll(/"([a-z]{3,12})_([0-9a-hjkmnp-tv-z]{13})"/g)) {
      if (!this.known.id.has(m[1])) this.known.id.set(m[1], []);
      this.#keep(this.known.id.get(m[1]), `${m[1]}_${m[2]}`);
    }
  }
  #keep(list, value) {
    if (list.includes(value)) return;
    if (list.length < 300) list.push(value);
    else list[value.charCodeAt(value.length - 1) * 7 % 300] = value;
  }

  #resolve(schema) {
    let s = schema ?? {};
    while (s.$ref) s = s.$ref.slice(2).split('/').reduce((v, p) => v?.[p.replaceAll('~1', '/').replaceAll('~0', '~')], this.document);
    return s;
  }

  #id(chance, prefix) {
    const list = this.known.id.get(prefix);
    if (list?.length && chance.in(92)) return chance.one(list);
    const digits = Array.from({ length: 13 }, (_, i) => DIGITS[chance.below(i === 0 ? 8 : 32)]).join('');
    return `${prefix}_${digits}`;
  }

  // A value the schema allows, most of the time.
  value(chance, schema, depth = 0) {
    const s = this.#resolve(schema);
    if (s.enum) return chance.one(s.enum);
    if (s.const !== undefined) return s.const;
    const choice = s.anyOf ?? s.oneOf;
    if (choice) return this.value(chance, chance.one(choice), depth + 1);
    const types = [s.type ?? 'object'].flat();
    const type = types.length > 1 && types.includes('null') && chance.in(80) ? types.find((t) => t !== 'null') : chance.one(types);
    switch (type) {
      case 'null': return null;
      case 'boolean': return chance.in(50);
      case 'integer': return this.#integer(chance, s);
      case 'number': return chance.below(1000) / 8;
      case 'array': return depth > 5 ? [] : Array.from({ length: chance.below(4) }, () => this.value(chance, s.items, depth + 1));
      case 'string': return this.#text(chance, s);
      default: return this.#object(chance, s, depth);
    }
  }
  #integer(chance, s) {
    const [min, max] = [s.minimum ?? 0, s.maximum ?? 1000];
    return chance.in(20) ? chance.one([min, max]) : min + chance.below(Math.min(max - min + 1, 2 ** 31));
  }
  #text(chance, s) {
    const id = /^\^([a-z]+)_\[0-9a-hjkmnp/.exec(s.pattern ?? '');
    if (id) return this.#id(chance, id[1]);
    if (s.pattern === '^[A-Z]{3}$') return chance.one(['EUR', 'USD', 'CNY', 'JPY', 'KWD']);
    if (s.pattern?.includes('@')) return `p${chance.below(1000)}@fuzz.example`;
    if (s.pattern?.includes('/[0-9]+')) return chance.one(['7/100', '1/3', '0', '1', '1/1', '22/7']);
    if (s.pattern?.startsWith('^-?')) return chance.one(['1234.50', '0.01', '99', '-5.00', '1000000.00']);
    if (s.format === 'date') return `20${20 + chance.below(20)}-0${1 + chance.below(9)}-1${chance.below(9)}`;
    if (s.format === 'date-time') return `20${20 + chance.below(20)}-0${1 + chance.below(9)}-1${chance.below(9)}T0${chance.below(9)}:30:00Z`;
    return chance.one(WORDS).slice(0, s.maxLength ?? 100);
  }
  #object(chance, s, depth) {
    const out = {};
    for (const [name, member] of Object.entries(s.properties ?? {})) {
      if ((s.required ?? []).includes(name) || (depth < 6 && chance.in(55))) out[name] = this.value(chance, member, depth + 1);
    }
    if (s.additionalProperties && typeof s.additionalProperties === 'object' && depth < 6)
      for (let n = chance.below(3); n > 0; n--) out[chance.one(WORDS)] = this.value(chance, s.additionalProperties, depth + 1);
    return out;
  }

  // ---- spoiling

  #odd(chance, was) {
    if (typeof was === 'string' && chance.in(60)) {
      if (/^[a-z]{3,12}_[0-9a-z]{13}$/.test(was)) return this.#oddId(chance, was);
      if (/^-?\d+(\.\d+)?$/.test(was)) return chance.one(ODD_AMOUNTS);
      if (/^\d{4}-\d\d/.test(was)) return chance.one(ODD_TIMES);
      return chance.one(ODD_TEXT);
    }
    if (typeof was === 'number' && chance.in(70)) return chance.one(ODD_NUMBERS);
    return chance.one([null, true, false, 0, -1, '', 'x', [], {}, [[]], { a: null }, chance.one(ODD_NUMBERS), chance.one(ODD_TEXT)]);
  }
  #oddId(chance, was) {
    const [prefix, digits] = was.split('_');
    return chance.one([was.toUpperCase(), `${prefix}_${digits}0`, `${prefix}_${'0'.repeat(13)}`, `${prefix}_${'z'.repeat(13)}`, digits, `_${digits}`,
      `${prefix}-${digits}`, `deal_${digits}`, `${prefix}_${digits.slice(1)}u`, this.#id(chance, chance.one([...this.known.id.keys(), 'deal'])), was + '\u0000', '0', '']);
  }
  // Changes one place of a tree.
  #spoil(chance, tree) {
    if (tree === null || typeof tree !== 'object' || chance.in(15)) return this.#odd(chance, tree);
    const copy = Array.isArray(tree) ? [...tree] : { ...tree };
    const names = Object.keys(copy);
    const name = chance.one(names.length ? names : ['x']);
    switch (chance.below(6)) {
      case 0:
        if (Array.isArray(copy)) copy.splice(chance.below(copy.length), 1);
        else delete copy[name];
        break;
      case 1:
        if (Array.isArray(copy)) copy.push(...Array.from({ length: chance.one([1, 20, 200]) }, () => this.#odd(chance, 'x')));
        else copy[chance.one(['id', 'company', 'created_at', 'owner', '__proto__x', 'room', '', 'a'.repeat(300), 'é', 'fieldset', 'root'])] = this.#odd(chance, 'x');
        break;
      default: copy[name] = chance.in(50) && copy[name] !== null && typeof copy[name] === 'object' ? this.#spoil(chance, copy[name]) : this.#odd(chance, copy[name]);
    }
    return copy;
  }
  // What cannot be said in a tree: bytes of the body itself.
  #spoilBytes(chance, text) {
    const at = chance.below(text.length + 1);
    switch (chance.below(9)) {
      case 0: return text.slice(0, at);
      case 1: return text.replace('{', '{"name":1,"name":2,');
      case 2: return `${'['.repeat(40)}${text}`;
      case 3: return Buffer.concat([Buffer.from(text.slice(0, at)), Buffer.from([0xff, 0xc3, 0x28]), Buffer.from(text.slice(at))]);
      case 4: return `\ufeff${text}`;
      case 5: return `${text}${text}`;
      case 6: return chance.one(['null', '[]', '1', '"x"', '{}', '', ' ', '{"a":1e999}', '{"a":NaN}']);
      case 7: return `{"a":[${Array.from({ length: 10_100 }, () => 1).join(',')}]}`;
      default: return text.slice(0, at) + chance.one(['\u0000', '"', '}', '\\', ',', ':']) + text.slice(at);
    }
  }

  #parameter(chance, p) {
    if (p.name === 'cursor') return this.known.cursor.length && chance.in(50) ? chance.one(this.known.cursor) : chance.one([...ODD_TEXT, this.#id(chance, 'contact')]);
    if (p.name === 'limit') return chance.one(['1', '2', '50', '200', '0', '201', '-1', '', '1e2', '99999999999999999999']);
    if (p.name === 'sort') return chance.one(['updated_at', '-updated_at', 'created_at', 'name', '-amount', 'nonsense', '-', '']);
    if (p.name === 'record') return this.#id(chance, chance.one([...this.known.id.keys(), 'deal']));
    if (p.name === 'lang') return chance.one(['en', 'zh', 'ru', 'xx', '']);
    if (p.name === 'entity') return chance.one(['accounts', 'products', 'orders', 'deals', '']);
    if (['from', 'to', 'seq', 'before'].includes(p.name)) return chance.one(['1', '2', '3', '0', '-1', '99999999', '9223372036854775808', 'x']);
    if (['agreement', 'as'].includes(p.name)) return this.#id(chance, p.name === 'as' ? 'company' : 'agreement');
    return chance.one([...WORDS, ...ODD_TEXT]);
  }
  #query(chance, operation, spoiled) {
    const pairs = [];
    for (const p of operation.parameters ?? []) if (p.in === 'query' && (p.required || chance.in(50))) pairs.push([p.name, this.#parameter(chance, p)]);
    const list = (operation.parameters ?? []).some((p) => p.name === 'sort');
    if (list && chance.in(40)) {
      const field = chance.one(['amount', 'name', 'stage', 'state', 'owner', 'account', 'city', 'country', 'direction', 'kind', 'nonsense', '']);
      const op = chance.one(['', '[gte]', '[lt]', '[ne]', '[null]', '[eq]', '[x]', ']', '[']);
      pairs.push([`filter[${field}]${op}`, chance.one(['1', '100.00', 'EUR', 'x', '', 'received', 'given', '2026-01-01', this.#id(chance, 'user'), ...ODD_TEXT])]);
    }
    if (spoiled && chance.in(30)) pairs.push([chance.one(['x', 'limit', 'filter[]', '', 'q', 'fields']), chance.one(ODD_TEXT)]);
    return pairs.map(([k, v]) => `${encodeURIComponent(k.toWellFormed())}=${encodeURIComponent(v.slice(0, 2000).toWellFormed())}`).join('&')
      + (spoiled && chance.in(10) ? chance.one(['&%ff=1', '&q=%c3%28', '&a=%', '&&&', '&=', '&q=%00', '&filter%5Bname%5D=%ff']) : '');
  }

  // The next request: { name, method, path, query, headers, body, json (what was sent, when it is JSON as made) }.
  next(chance) {
    const { method, path, operation } = chance.one(this.operations);
    const spoiled = chance.in(65);
    const at = path.replace(/\{(\w+)\}/g, (_, name) => {
      const schema = operation.parameters?.find((p) => p.in === 'path' && p.name === name)?.schema ?? {};
      if (name === 'file') return chance.one(['accounts.csv', 'deals.csv', 'leads.csv', 'nothing.csv', 'accounts', '.csv']);
      if (name.endsWith('_n')) return chance.one(['1', '2', '0', '-1', '99', 'x', '1.5', '99999999999999999999']);
      const good = schema.pattern ? this.value(chance, schema) : this.#id(chance, name === 'company' ? 'company' : this.#prefix(path));
      return encodeURIComponent((spoiled && chance.in(15) ? this.#oddId(chance, good) : good).toWellFormed()) || 'x';
    });
    const out = { name: `${method} ${path}`, method, path: at, query: this.#query(chance, operation, spoiled), headers: {}, body: undefined, json: undefined };
    this.#body(chance, operation, spoiled, out);
    this.#headers(chance, spoiled, out);
    return out;
  }
  #prefix(path) {
    const names = { users: 'user', companies: 'company', agreements: 'agreement', accounts: 'account', deals: 'deal', leads: 'lead', statements: 'statement',
      imports: 'import', contributions: 'contrib', tokens: 'token', invitations: 'invite', orders: 'oline', acceptances: 'accept', activities: 'activity',
      'agreement-versions': 'agrver', comments: 'comment', consents: 'consent', contacts: 'contact', evidence: 'evidence', postings: 'posting',
      products: 'product', 'split-lines': 'split', tasks: 'task' };
    return names[path.split('/')[1]] ?? 'deal';
  }
  #body(chance, operation, spoiled, out) {
    const content = operation.requestBody?.content;
    if (!content) {
      if (spoiled && chance.in(5)) out.body = '{"x":1}';
      return;
    }
    const [type] = Object.keys(content);
    if (type === 'text/csv') {
      out.body = chance.one(['Name,City\nA,B\n', 'Company name;Stadt\n"x";y\n', '', '"', 'Name\n\u0000', 'a\n'.repeat(3), 'Order,Customer,Date,Qty\n1,B,03/04/2026,2\n']);
      out.headers['Content-Type'] = 'text/csv';
      return;
    }
    let tree = this.value(chance, content[type].schema);
    if (spoiled && chance.in(70)) for (let n = 1 + chance.below(2); n > 0; n--) tree = this.#spoil(chance, tree);
    out.body = JSON.stringify(tree);
    if (spoiled && chance.in(12)) out.body = this.#spoilBytes(chance, out.body);
    else out.json = JSON.parse(out.body);
  }
  #headers(chance, spoiled, out) {
    const etag = this.known.etag.get(out.path);
    if (['PATCH', 'DELETE'].includes(out.method) && chance.in(85)) out.headers['If-Match'] = etag && chance.in(80) ? etag : chance.one(['*', '"x"', '""', 'W/"x"']);
    if (!spoiled || chance.in(70)) return;
    switch (chance.below(8)) {
      case 0: out.headers['Content-Type'] = chance.one(['text/plain', 'application/xml', 'application/json; charset=utf-16', 'nonsense', 'multipart/form-data', 'none']); break;
      case 1: out.headers['Idempotency-Key'] = chance.one(['none', '', 'x', 'k'.repeat(201), 'same', 'ключ'.normalize() && '\u00e9']); break;
      case 2: out.headers['If-Match'] = chance.one(['none', '"a", "b"', 'x', '"'.repeat(90)]); break;
      case 3: out.headers['X-CSRF-Token'] = chance.one(['none', '', 'x', 'A'.repeat(400)]); break;
      case 4: out.headers.Origin = chance.one(['null', 'https://evil.example', '//', 'x', 'none']); break;
      case 5: out.headers.Authorization = chance.one(['Bearer x', 'Basic eDp5', 'Bearer ', 'bearer']); break;
      case 6: out.headers['Accept-Language'] = chance.one(['zh-CN,ru;q=0.5', '*', ',', 'x'.repeat(300)]); break;
      default: out.headers['If-None-Match'] = etag ?? '*';
    }
  }
}
