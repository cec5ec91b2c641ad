// SPDX-License-Identifier: Apache-2.0
// Paths into a JSON answer and the tests made on what they find. $.a.b  $["a b"]  $[0]  $[-1]  $.items[*].id
// $.items[?name == "Halden"].id   (the first element whose member equals the JSON value)

// Finds the value of a path; undefined when there is nothing. [*] gives an array of what it found.
export function find(root, path) {
  if (!path.startsWith('$')) throw new Error(`a path starts with $: ${path}`);
  const steps = [];
  const step = /\.([A-Za-z_][\w-]*)|\["((?:[^"\\]|\\.)*)"\]|\[(-?\d+)\]|\[(\*)\]|\[\?\s*([\w.]+)\s*==\s*((?:"(?:[^"\\]|\\.)*")|[^\]]+)\]/y;
  step.lastIndex = 1;
  while (step.lastIndex < path.length) {
    const at = step.lastIndex;
    const m = step.exec(path);
    if (!m) throw new Error(`cannot read the path ${path} from ${path.slice(at)}`);
    if (m[1] !== undefined) steps.push({ name: m[1] });
    else if (m[2] !== undefined) steps.push({ name: JSON.parse(`"${m[2]}"`) });
    else if (m[3] !== undefined) steps.push({ index: Number(m[3]) });
    else if (m[4]) steps.push({ all: true });
    else steps.push({ where: m[5], value: JSON.parse(m[6]) });
  }
  return walk(root, steps, 0);
}

function walk(value, steps, i) {
  if (i === steps.length || value === undefined) return value;
  const s = steps[i];
  if (s.all) return Array.isArray(value) ? value.map((v) => walk(v, steps, i + 1)).filter((v) => v !== undefined) : undefined;
  if (s.where !== undefined) {
    if (!Array.isArray(value)) return undefined;
    return walk(value.find((v) => same(find(v, `$.${s.where}`), s.value)), steps, i + 1);
  }
  if (s.index !== undefined) return Array.isArray(value) ? walk(value.at(s.index), steps, i + 1) : undefined;
  if (value === null || typeof value !== 'object' || !Object.hasOwn(value, s.name)) return undefined;
  return walk(value[s.name], steps, i + 1);
}

export function same(a, b) {
  if (a === b) return true;
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((n) => Object.hasOwn(b, n) && same(a[n], b[n]));
}

// Text that holds numbers compares as numbers, otherwise as text (times and dates are written so that this is right).
function order(a, b) {
  const [x, y] = [Number(a), Number(b)];
  if (!Number.isNaN(x) && !Number.isNaN(y)) return x - y;
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
}

const TESTS = {
  '==': (v, w) => same(v, w),
  '!=': (v, w) => v !== undefined && !same(v, w),
  '<': (v, w) => v !== undefined && order(v, w) < 0,
  '<=': (v, w) => v !== undefined && order(v, w) <= 0,
  '>': (v, w) => v !== undefined && order(v, w) > 0,
  '>=': (v, w) => v !== undefined && order(v, w) >= 0,
  contains: (v, w) => (Array.isArray(v) ? v.some((e) => same(e, w)) : typeof v === 'string' && v.includes(String(w))),
  lacks: (v, w) => v !== undefined && !(Array.isArray(v) ? v.some((e) => same(e, w)) : String(v).includes(String(w))),
  matches: (v, w) => v !== undefined && new RegExp(w, 'u').test(typeof v === 'string' ? v : JSON.stringify(v)),
  length: (v, w) => (Array.isArray(v) || typeof v === 'string' ? v.length === w : Object.keys(v ?? {}).length === w),
  is: (v, w) => (v === null ? 'null' : Array.isArray(v) ? 'array' : typeof v) === String(w),
  exists: (v) => v !== undefined,
  missing: (v) => v === undefined,
};
export const operators = Object.keys(TESTS);

// null when the value passes, otherwise a sentence.
export function check(what, value, operator, wanted) {
  if (TESTS[operator](value, wanted)) return null;
  const shown = value === undefined ? 'nothing' : JSON.stringify(value);
  return `${what} ${operator}${wanted === undefined ? '' : ` ${JSON.stringify(wanted)}`}: found ${shown.slice(0, 600)}`;
}
