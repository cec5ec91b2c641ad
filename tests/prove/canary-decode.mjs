// SPDX-License-Identifier: Apache-2.0
// Finds markers in bytes whatever they were put into: as they are, in capitals, backwards, in JSON, URL, HTML and quoted-printable escapes,
// in hexadecimal and in base64 at each alignment, also inside a longer run. A marker is "zq" and ten letters or digits; numbers, amounts
// and dates are found as they are written, also with separators between their digits.

export const SHAPE = /zq[0-9a-z]{10}/g;
const BACKWARDS = /[0-9a-z]{10}qz/g;
const turned = (s) => [...s].reverse().join('');
const code = (text, base) => {
  const n = parseInt(text, base);
  return n > 0 && n <= 0x10ffff ? String.fromCodePoint(n) : ' ';
};

const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };
const DECODERS = [
  [/\\u[0-9a-f]{4}|\\x[0-9a-f]{2}/i, (s) => s.replace(/\\u([0-9a-f]{4})|\\x([0-9a-f]{2})/gi, (_, u, x) => code(u ?? x, 16))],
  [/%[0-9a-f]{2}/i, (s) => s.replace(/%([0-9a-f]{2})/gi, (_, x) => code(x, 16))],
  [/=[0-9a-f]{2}/i, (s) => s.replace(/=([0-9a-f]{2})/gi, (_, x) => code(x, 16))],
  [/&(#|\w+;)/, (s) => s.replace(/&#x([0-9a-f]+);?|&#([0-9]+);?|&(\w+);/gi, (all, x, d, name) => (x ? code(x, 16) : d ? code(d,
    10) : ENTITIES[name] ?? all))],
];

function hexRuns(s) {
  const out = [];
  for (const [run] of s.matchAll(/[0-9a-f]{24,}/gi)) for (const at of [0, 1]) out.push(Buffer.from(run.slice(at), 'hex').toString('latin1'));
  return out;
}

// Base64 of twelve bytes is at least fifteen letters, wherever in a longer text it begins: four alignments of the run.
function base64Runs(s) {
  const out = [];
  for (const [run] of s.matchAll(/[A-Za-z0-9+/_-]{15,}/g)) for (let at = 0; at < 4; at++) out.push(Buffer.from(run.slice(at),
    'base64').toString('latin1'));
  return out;
}

// Everything the bytes may stand for, each once. Escapes inside base64 and base64 inside escapes are both looked at.
function* readings(text) {
  const first = [text];
  for (const [test, decode] of DECODERS) if (test.test(text)) first.push(decode(text));
  for (const s of first) {
    yield s;
    yield* hexRuns(s);
    for (const inner of base64Runs(s)) {
      yield inner;
      if (/\\u[0-9a-f]{4}|%[0-9a-f]{2}/i.test(inner)) for (const [, decode] of DECODERS) yield decode(inner);
    }
  }
}

const bare = (n) => n.replace(/[^0-9]/g, '');

// known: { texts: Map(marker -> what), numbers: Map(number as written -> what) }. Calls found(what, marker) for each that is there.
export function find(text, known, found) {
  for (const reading of readings(text)) {
    const s = reading.toLowerCase();
    if (s.includes('zq')) for (const [m] of s.matchAll(SHAPE)) if (known.texts.has(m)) found(known.texts.get(m), m);
    if (s.includes('qz')) for (const [m] of s.matchAll(BACKWARDS)) if (known.texts.has(turned(m))) found(known.texts.get(turned(m)), turned(m));
  }
  for (const [n] of text.matchAll(/(?<![0-9a-z])[0-9](?:[0-9.,/' -]*[0-9])?(?![0-9a-z])/gi)) {
    if (known.numbers.has(n)) found(known.numbers.get(n), n);
    const digits = bare(n);
    if (digits.length >= 7 && known.digits.has(digits)) found(known.digits.get(digits), n);
    for (const part of n.split(/[, ']/)) if (part !== n && known.numbers.has(part)) found(known.numbers.get(part), part);
  }
}

// The forms a marker is shown to be found in, for the check of the check.
export function forms(m) {
  const escaped = (f) => [...m].map(f).join('');
  const hex = Buffer.from(m).toString('hex');
  const out = { plain: m, capitals: m.toUpperCase(), backwards: turned(m),
    json: escaped((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`),
    url: escaped((c) => `%${c.charCodeAt(0).toString(16)}`), html: escaped((c) => `&#${c.charCodeAt(0)};`),
      htmlHex: escaped((c) => `&#x${c.charCodeAt(0).toString(16)};`),
    printable: escaped((c) => `=${c.charCodeAt(0).toString(16).toUpperCase()}`), hex, hexOdd: `a${hex}`, hexCapitals: hex.toUpperCase() };
  for (const lead of ['', 'x', 'xy', 'xyz']) out[`base64 after ${lead.length}`] = Buffer.from(`${lead}${m} and more`).toString('base64');
  out['base64url'] = Buffer.from(`??>${m}`).toString('base64url');
  out['base64 in a run'] = `abc${Buffer.from(`{"name":"${m}"}`).toString('base64')}`;
  out['base64 of escapes'] = Buffer.from(out.json).toString('base64');
  out['backwards in base64'] = Buffer.from(turned(m)).toString('base64');
  return out;
}
