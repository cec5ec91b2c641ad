// SPDX-License-Identifier: Apache-2.0
// Reads a scenario file (README.md in this folder describes the format) into a list of statements, each with its line.

const REQUEST = /^([a-z_][\w-]*): (GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|TRACE) (\S.*)$/;
const PATH = String.raw`\$(?:\.[A-Za-z_][\w-]*|\["[^"]*"\]|\[-?\d+\]|\[\*\]|\[\?[^\]]*\])*`;
const ASSERT = new RegExp(`^(${PATH}|header [\\w-]+|body|status|stdout|stderr|sha256) ` +
  '(==|!=|<=|>=|<|>|contains|lacks|matches|length|is|exists|missing)(?: (.*))?$');
const CAPTURE = /^([a-z_]\w*) = (\$.*|header [\w-]+|body|sha256|stdout|stderr)$/;
const SIMPLE = /^(include|hub|company|user|actor|set|setting|logged|unlogged|clock|wait|sql|restart|stream|event|quiet|close)\b ?(.*)$/;

export class ScenarioError extends Error {}

export function parse(text, file) {
  const lines = text.split(/\r?\n/);
  const statements = [];
  let i = 0;
  const bad = (message) => { throw new ScenarioError(`${file}:${i + 1}: ${message}: ${lines[i] ?? 'end of file'}`); };

  // After `=>`: tests and captures up to an empty line.
  function expectations(s) {
    for (; i < lines.length && lines[i].trim() !== ''; i++) {
      const line = lines[i].trim();
      if (line.startsWith('#')) continue;
      let m;
      if ((m = CAPTURE.exec(line))) s.checks.push({ line: i + 1, capture: m[1], from: m[2] });
      else if ((m = /^save (\S+)$/.exec(line))) s.checks.push({ line: i + 1, save: m[1] });
      else if ((m = ASSERT.exec(line))) s.checks.push({ line: i + 1, from: m[1], operator: m[2], wanted: m[3] });
      else bad('not a test, a capture or "save FILE"');
    }
  }

  function response(s) {
    const m = /^=> (\S+)(?: within (\d+)(ms|s))?$/.exec(lines[i]?.trim() ?? '');
    if (!m) bad('expected "=> STATUS"');
    s.status = m[1].split('|').map(Number);
    s.within = m[2] ? Number(m[2]) * (m[3] === 's' ? 1000 : 1) : 0;
    i++;
    expectations(s);
  }

  function body(s) {
    const first = lines[i]?.trim() ?? '';
    if (first === '"""') {
      const raw = [];
      for (i++; i < lines.length && lines[i].trim() !== '"""'; i++) raw.push(lines[i]);
      if (i === lines.length) bad('the text block is not closed by """');
      i++;
      s.body = { text: raw.join('\n') };
    } else if (first.startsWith('file ')) {
      s.body = { file: first.slice(5).trim() };
      i++;
    } else if (/^[[{]/.test(first)) {
      const json = [];
      for (; i < lines.length && lines[i].trim() !== '' && !lines[i].startsWith('=>'); i++) json.push(lines[i]);
      s.body = { json: json.join('\n') };
    }
  }

  while (i < lines.length) {
    const line = lines[i].trimEnd();
    const s = { line: i + 1, file, checks: [] };
    let m;
    if (line.trim() === '' || line.startsWith('#')) {
      i++;
      continue;
    }
    if ((m = REQUEST.exec(line))) {
      Object.assign(s, { kind: 'request', actor: m[1], method: m[2], path: m[3].trim(), headers: {} });
      for (i++; i < lines.length; i++) {
        const h = /^([A-Za-z][\w-]*): (.*)$/.exec(lines[i]);
        if (!h) break;
        s.headers[h[1]] = h[2].trim();
      }
      body(s);
      response(s);
    } else if ((m = /^run (.+)$/.exec(line))) {
      Object.assign(s, { kind: 'run', command: m[1] });
      i++;
      body(s);
      response(s);
    } else if ((m = SIMPLE.exec(line))) {
      Object.assign(s, { kind: m[1], rest: m[2].trim() });
      i++;
      if (s.kind === 'event') expectations(s);
    } else bad('not a statement');
    statements.push(s);
  }
  return statements;
}

// Splits "a b 'c d' \"e f\"" into words.
export function words(text) {
  return [...text.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map((m) => m[1] ?? m[2] ?? m[3]);
}
