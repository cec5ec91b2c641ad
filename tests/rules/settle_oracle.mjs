// SPDX-License-Identifier: Apache-2.0
// An independent second opinion on `settle`: the same terms computed with BigInt fractions, written from docs/rules/settle.md and not from
// the C code. Makes seeded random cases, runs them through `entente rules settle --lines`, and compares every line.
//   node tests/rules/settle_oracle.mjs PROGRAM [CASES [SEED]]      (PROGRAM "entente" or a program that takes the same arguments)
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const [program, casesArg = '100000', seedArg = '1', ...prefix] = process.argv.slice(2);
if (!program) { console.error('usage: settle_oracle.mjs PROGRAM [CASES [SEED [ARGS...]]]'); process.exit(2); }
const CASES = Number(casesArg);

// ---- fractions ----
const abs = (x) => (x < 0n ? -x : x);
const gcd = (a, b) => { a = abs(a); b = abs(b); while (b) [a, b] = [b, a % b]; return a; };
let widest = 0;  // bits of the widest intermediate of this case, before it is reduced
const width = (v) => { const bits = abs(v).toString(2).length; if (bits > widest) widest = bits; };
const Q = (n, d = 1n) => { width(n); width(d); if (d < 0n) { n = -n; d = -d; } const g = gcd(n, d) || 1n; return { n: n / g, d: d / g }; };
const add = (a, b) => Q(a.n * b.d + b.n * a.d, a.d * b.d);
const sub = (a, b) => Q(a.n * b.d - b.n * a.d, a.d * b.d);
const mul = (a, b) => Q(a.n * b.n, a.d * b.d);
const div = (a, b) => Q(a.n * b.d, a.d * b.n);
const cmp = (a, b) => { const l = a.n * b.d, r = b.n * a.d; return l < r ? -1 : l > r ? 1 : 0; };
const round = (q) => { const s = q.n < 0n ? -1n : 1n, v = abs(q.n); return s * ((2n * v + q.d) / (2n * q.d)); };
const frac = (text) => { const [n, d = '1'] = text.split('/'); return Q(BigInt(n), BigInt(d)); };
const DIGITS = { EUR: 2, USD: 2, CNY: 2, RUB: 2, JPY: 0, KWD: 3 };
const minor = (m) => { const [w, f = ''] = m.amount.replace('-', '').split('.'); const v = BigInt(w + f.padEnd(DIGITS[m.currency], '0')); return m.amount[0] === '-' ? -v : v; };
const text = (v, cur) => {
  const d = DIGITS[cur], s = abs(v).toString().padStart(d + 1, '0');
  return (v < 0n ? '-' : '') + (d ? s.slice(0, -d) + '.' + s.slice(-d) : s);
};
const byBytes = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b));

// Largest remainder, ties to the lower id, negative mirrors positive.
function split(total, parts) {
  const sign = total < 0n ? -1n : 1n, size = abs(total);
  const rows = parts.map(({ id, share }) => { const q = mul(Q(size), share); return { id, floor: q.n / q.d, rest: sub(q, Q(q.n / q.d)) }; });
  let left = size - rows.reduce((s, r) => s + r.floor, 0n);
  const order = [...rows].sort((a, b) => cmp(b.rest, a.rest) || byBytes(a.id, b.id));
  for (const r of order) { if (!left) break; r.floor += 1n; left -= 1n; }
  return new Map(rows.map((r) => [r.id, sign * r.floor]));
}

const day = (s) => Date.parse(s + 'T00:00:00Z') / 86400000;
const PARTY = 'party';

function settle(x) {
  const party = new Map(x.parties.map((p) => [p.company, p]));
  const refused = [];
  for (const c of x.clauses) for (const s of c.splits) if (party.get(s.company)?.kind !== PARTY) refused.push(s.company);
  for (const g of x.agreed ?? []) if (party.get(g.payee)?.kind !== PARTY) refused.push(g.payee);
  for (const p of x.people ?? []) if ((p.kind ?? PARTY) !== PARTY || party.get(p.company)?.kind !== PARTY || p.employer !== p.company) refused.push(p.person);
  if (refused.length) return { state: 'refused', refused: refused.sort(byBytes) };
  const facts = x.facts.map((f) => {
    const conv = (m) => {
      if (!m) return null;
      let v = minor(m);
      if (f.tax_included) v = round(div(Q(v), add(Q(1n), frac(f.tax_included))));
      if (m.currency !== x.currency) {
        const fx = x.fx.find((r) => r.from === m.currency && r.on === f.on);
        const scale = Q(10n ** BigInt(DIGITS[x.currency]), 10n ** BigInt(DIGITS[m.currency]));
        v = round(mul(mul(Q(v), frac(fx.rate)), scale));
      }
      return v;
    };
    return { kind: f.kind, on: f.on, id: f.fact, amount: conv(f.amount), cost: conv(f.cost), first: conv(f.first_year) };
  }).sort((a, b) => (a.on < b.on ? -1 : a.on > b.on ? 1 : byBytes(a.id, b.id)));
  const posted = (clause, company, person, ...kinds) => (x.posted ?? [])
    .filter((p) => kinds.includes(p.kind) && p.clause === clause && p.company === company && p.person === person)
    .reduce((s, p) => s + minor(p.amount), 0n);
  const lines = [];
  const emit = (clause, payee, kind, amount, person) => { if (amount) lines.push({ clause, payee, kind, amount, person }); };
  const moved = (target, before, forward, back) => (before !== 0n && (target - before < 0n) !== (before < 0n) ? back : forward);
  for (const c of x.clauses) {
    let earned = 0n;
    const wins = facts.filter((f) => f.kind === 'won' && (!c.from || f.on >= c.from) && (!c.until || f.on <= c.until));
    const lost = facts.filter((f) => f.kind === 'lost').at(-1);
    const lastWin = wins.at(-1)?.on;
    if (wins.length && !(lost && lost.on >= lastWin)) {
      const W = wins.reduce((s, f) => s + f.amount, 0n);
      let gone = 0n, kept = Q(W);
      for (const f of facts.filter((f) => f.kind === 'cancelled')) {
        const v = f.amount ?? W - gone, left = W - gone;
        if ((v < 0n && left >= 0n) || (v > 0n && left <= 0n) || (left >= 0n ? v > left : v < left)) return { state: 'bad' };
        gone += v;
        const days = day(f.on) - day(lastWin);
        const step = (c.take_back ?? []).find((t) => days <= t.within_days);
        const share = !c.take_back?.length ? Q(1n) : step ? frac(step.share) : Q(0n);
        kept = sub(kept, mul(Q(v), share));
      }
      const total = (kind) => facts.filter((f) => f.kind === kind).reduce((s, f) => s + f.amount, 0n);
      const base = c.base ?? 'revenue', trigger = c.trigger ?? 'won';
      const keptPart = W ? div(kept, Q(W)) : Q(0n);
      let B = kept;
      if (base === 'cash') B = Q(total('cash'));
      if (base === 'margin' && W) { const m = W - wins.reduce((s, f) => s + f.cost, 0n); B = (m < 0n) !== (W < 0n) ? Q(0n) : mul(Q(m), keptPart); }
      if (base === 'first_year' && W) B = mul(Q(wins.reduce((s, f) => s + f.first, 0n)), keptPart);
      let negative = B.n < 0n;
      const size = Q(abs(B.n), B.d);
      let R = Q(0n), any = size.n > 0n;
      const tiers = (c.tiers ?? []).map((t) => ({ from: Q(minor(t.from)), rate: frac(t.rate) }));
      if (c.fixed) { R = W ? mul(Q(minor(c.fixed)), keptPart) : Q(0n); negative = W < 0n; any = R.n > 0n; }
      else if (tiers.length && (c.tier_mode ?? 'marginal') === 'marginal') {
        const steps = [{ from: Q(0n), rate: c.rate ? frac(c.rate) : Q(0n) }, ...tiers];
        steps.forEach((s, i) => {
          const to = steps[i + 1]?.from;
          const top = to && cmp(to, size) < 0 ? to : size;
          if (cmp(top, s.from) > 0) R = add(R, mul(sub(top, s.from), s.rate));
        });
      } else {
        let rate = c.rate ? frac(c.rate) : Q(0n);
        for (const t of tiers) if (cmp(size, t.from) >= 0) rate = t.rate;
        R = mul(size, rate);
      }
      if (c.cap && cmp(R, Q(minor(c.cap))) > 0) R = Q(minor(c.cap));
      if (c.floor && any && cmp(R, Q(minor(c.floor))) < 0) R = Q(minor(c.floor));
      let due = Q(1n);
      if (trigger !== 'won' && base !== 'cash') {
        const left = W - gone || W;
        if (left) { due = div(Q(total(trigger)), Q(left)); if (due.n < 0n) due = Q(0n); if (cmp(due, Q(1n)) > 0) due = Q(1n); }
      }
      earned = round(mul(R, due));
      if (negative) earned = -earned;
    }
    const bought = (x.agreed ?? []).some((g) => g.kind === 'buy_out' && g.clause === c.clause && g.payer_agreed === 'yes' && g.payee_agreed === 'yes');
    const shares = split(earned, c.splits.map((s) => ({ id: s.company, share: frac(s.share) })));
    const companies = new Set([...shares.keys()]);
    const deals = (x.agreed ?? []).filter((g) => g.clause === c.clause && g.payer_agreed === 'yes' && g.payee_agreed === 'yes');
    for (const g of deals) companies.add(g.payee);
    for (const company of companies) {
      const before = posted(c.clause, company, undefined, 'reward', 'reversal');
      const target = bought ? before : shares.get(company) ?? 0n;
      emit(c.clause, company, moved(target, before, 'reward', 'reversal'), target - before);
      const running = c.holdback && (!c.holdback_until || x.on < c.holdback_until);
      const held = running ? round(mul(Q(target), frac(c.holdback))) : 0n;
      const heldBefore = posted(c.clause, company, undefined, 'holdback', 'release');
      emit(c.clause, company, moved(-held, heldBefore, 'holdback', 'release'), -held - heldBefore);
      const payable = target - held;
      let agreed = 0n, payer = c.payer;
      for (const g of deals.filter((g) => g.payee === company)) {
        agreed += minor(g.amount);
        payer = g.payer;
        emit(c.clause, company, g.kind, minor(g.amount) - posted(c.clause, company, undefined, g.kind));
      }
      const p = party.get(company), mode = p.tax_mode ?? 'none';
      if ((mode === 'added' || mode === 'withheld') && payer !== company) {
        const kind = mode === 'added' ? 'tax' : 'withholding';
        let tax = round(mul(Q(payable + agreed), frac(p.tax_rate)));
        if (mode === 'withheld') tax = -tax;
        emit(c.clause, company, kind, tax - posted(c.clause, company, undefined, kind));
      }
      const people = (x.people ?? []).filter((q) => q.company === company);
      if (people.length)
        for (const [id, part] of split(payable, people.map((q) => ({ id: q.person, share: frac(q.share) }))))
          emit(c.clause, company, 'person', part - posted(c.clause, company, id, 'person'), id);
    }
  }
  return { state: lines.length ? 'due' : 'nothing_due', lines };
}

// ---- cases ----
let state = BigInt(seedArg);
const rand = (n) => { state = (state * 6364136223846793005n + 1442695040888963407n) & ((1n << 64n) - 1n); return Number((state >> 33n) % BigInt(n)); };
const chance = (percent) => rand(100) < percent;
const pick = (list) => list[rand(list.length)];
const date = (from, span) => new Date(Date.UTC(2026, 0, 1) + (from + rand(span)) * 86400000).toISOString().slice(0, 10);
const ids = (prefix, n) => { const set = new Set(); while (set.size < n) set.add(prefix + rand(1000).toString(36)); return [...set]; };
function shares(n) {
  if (chance(40)) return Array(n).fill(`1/${n}`);
  const w = Array.from({ length: n }, () => 1 + rand(50)), sum = w.reduce((a, b) => a + b, 0);
  return w.map((v) => `${v}/${sum}`);
}
const money = (v, cur) => ({ amount: text(BigInt(v), cur), currency: cur });
const sized = () => [rand(100), rand(100000), rand(100000000), rand(2000000000) * 1000 + rand(1000)][rand(4)];

function makeCase() {
  const cur = pick(['EUR', 'EUR', 'USD', 'CNY', 'JPY', 'KWD']), sign = chance(15) ? -1 : 1;
  const companies = ids('company_', 1 + rand(4) + 1), on = date(300, 60);
  const x = {
    currency: cur, on,
    parties: companies.map((company) => {
      const p = { company, kind: chance(1) ? pick(['customer', 'customer_relative', 'public_official', 'outsider']) : 'party' };
      if (chance(40)) { p.tax_mode = pick(['none', 'added', 'withheld', 'reverse_charge']); p.tax_rate = pick(['22/100', '6/100', '1/3', '19/100']); }
      return p;
    }),
    people: [], clauses: [], facts: [], fx: [], posted: [], agreed: [],
  };
  x.parties[0].kind = 'party';
  for (const company of companies) if (chance(50)) {
    const people = ids('user_', 1 + rand(5)), s = shares(people.length);
    people.forEach((person, i) => x.people.push({ person, company, employer: chance(0.5) ? 'company_zz' : company, share: s[i], role: pick(['sourced', 'closed']) }));
  }
  for (const clause of ids('c', 1 + rand(3))) {
    const payees = companies.filter(() => chance(60));
    if (!payees.length) payees.push(companies.at(-1));
    const s = shares(payees.length);
    const c = { clause, payer: companies[0], splits: payees.map((company, i) => ({ company, share: s[i] })), base: pick(['revenue', 'margin', 'first_year', 'cash']), trigger: pick(['won', 'invoiced', 'cash']) };
    if (chance(15)) c.fixed = money(sized(), cur);
    else {
      if (chance(80)) c.rate = pick(['7/100', '1/3', '125/1000', '1/7', '1', '0']);
      if (!c.rate || chance(30)) {
        let from = c.rate ? sized() : 0;
        c.tiers = Array.from({ length: 1 + rand(3) }, () => { const t = { from: money(from, cur), rate: pick(['5/100', '1/9', '10/100', '15/100']) }; from += 1 + sized(); return t; });
        c.tier_mode = pick(['marginal', 'whole']);
      }
    }
    if (chance(25)) c.cap = money(sized(), cur);
    if (chance(15)) { const floor = rand(1000); if (!c.cap || minor(c.cap) >= BigInt(floor)) c.floor = money(floor, cur); }
    if (chance(25)) { c.holdback = pick(['1/10', '1/3', '1']); if (chance(70)) c.holdback_until = date(280, 90); }
    if (chance(35)) { let d = rand(30); c.take_back = Array.from({ length: 1 + rand(3) }, () => { d += 1 + rand(60); return { within_days: d, share: pick(['1', '1/2', '1/3', '0']) }; }); }
    if (chance(15)) c.from = date(0, 120);
    if (chance(15)) c.until = date(60, 240);
    x.clauses.push(c);
  }
  const fact = (kind, v, on2, extra = {}) => {
    const fcur = chance(20) ? pick(Object.keys(DIGITS)) : cur;
    const f = { fact: 'f' + x.facts.length.toString(36) + rand(99), kind, on: on2, amount: money(v * sign, fcur) };
    for (const [k, w] of Object.entries(extra)) f[k] = money(w * sign, fcur);
    if (chance(20)) f.tax_included = pick(['22/100', '1/5', '6/100']);
    if (fcur !== cur && !x.fx.some((r) => r.from === fcur && r.on === on2)) x.fx.push({ from: fcur, on: on2, rate: `${1 + rand(90000)}/${1 + rand(9000)}` });
    x.facts.push(f);
  };
  for (let i = rand(3) + (chance(90) ? 1 : 0); i > 0; i--) { const v = sized(); fact('won', v, date(0, 200), { cost: Math.floor(v * (rand(130) / 100)), first_year: Math.floor(v / 2) }); }
  for (let i = rand(3); i > 0; i--) fact('invoiced', sized(), date(50, 200));
  for (let i = rand(4); i > 0; i--) fact('cash', sized() * (chance(15) ? -1 : 1), date(50, 200));
  for (let i = chance(25) ? 1 + rand(2) : 0; i > 0; i--) fact('cancelled', sized(), date(100, 200));
  if (chance(25)) x.facts.push({ fact: 'cancel', kind: 'cancelled', on: date(100, 200) });
  if (chance(4)) x.facts.push({ fact: 'lost', kind: 'lost', on: date(0, 250) });
  for (const c of x.clauses) {
    for (const s of c.splits) {
      if (chance(25)) x.posted.push({ clause: c.clause, company: s.company, kind: 'reward', amount: money(sized() * sign, cur) });
      if (chance(10)) x.posted.push({ clause: c.clause, company: s.company, kind: 'holdback', amount: money(-rand(1000) * sign, cur) });
      if (chance(10)) x.posted.push({ clause: c.clause, company: s.company, kind: 'tax', amount: money(rand(1000) * sign, cur) });
      const one = x.people.find((p) => p.company === s.company);
      if (one && chance(15)) x.posted.push({ clause: c.clause, company: s.company, person: one.person, kind: 'person', amount: money(rand(1000) * sign, cur) });
    }
    if (chance(6)) x.agreed.push({ kind: pick(['buy_out', 'compromise']), clause: c.clause, payer: companies[0], payee: pick(companies), amount: money(rand(100000), cur), payer_agreed: pick(['yes', 'yes', 'no']), payee_agreed: 'yes' });
  }
  return x;
}

// ---- comparison ----
const key = (l) => `${l.clause}|${l.payee}|${l.kind}|${l.person ?? ''}`;
function compare(x, got) {
  widest = 0;
  const want = settle(x);
  // 128 bits are the promise: beyond them the answer is an error, never a wrong sum.
  if (got.code === 'overflow') return widest > 127 ? null : 'overflow where 128 bits suffice';
  if (want.state === 'bad') return got.errors?.some((e) => e.pointer.endsWith('/amount') && e.code === 'out_of_range') ? null : 'a cancellation beyond the sale was accepted';
  if (got.errors) return `refused as bad input: ${JSON.stringify(got)}`;
  if (got.result.state !== want.state) return `state ${got.result.state}, expected ${want.state}`;
  if (want.state === 'refused') {
    const g = got.result.refused.map((r) => r.payee).sort(byBytes);
    return JSON.stringify(g) === JSON.stringify(want.refused) ? null : `refused ${g}, expected ${want.refused}`;
  }
  const a = got.result.lines.map((l) => `${key(l)}=${l.amount.amount}`).sort(), b = want.lines.map((l) => `${key(l)}=${text(l.amount, x.currency)}`).sort();
  if (JSON.stringify(a) !== JSON.stringify(b)) return `lines\n  got      ${a.join('\n           ')}\n  expected ${b.join('\n           ')}`;
  const sum = got.result.entries.reduce((s, e) => s + minor(e.amount), 0n);
  return sum ? `double entry sums to ${sum}` : null;
}

const child = spawn(program, [...prefix, 'rules', 'settle', '--lines'], { stdio: ['pipe', 'pipe', 'inherit'] });
const queue = [];
let waiting = false, made = 0, checked = 0, lines = 0, wrong = 0;
const counts = {};
const feed = () => {
  if (waiting) return;
  while (made < CASES && queue.length < 2000) {
    const x = makeCase();
    queue.push(x);
    made++;
    if (!child.stdin.write(JSON.stringify(x) + '\n')) {
      waiting = true;
      child.stdin.once('drain', () => { waiting = false; feed(); });
      return;
    }
  }
  if (made === CASES && !child.stdin.writableEnded) child.stdin.end();
};
createInterface({ input: child.stdout }).on('line', (line) => {
  const x = queue.shift(), got = JSON.parse(line), bad = compare(x, got);
  checked++;
  lines += got.result?.lines?.length ?? 0;
  counts[got.result?.state ?? 'bad'] = (counts[got.result?.state ?? 'bad'] ?? 0) + 1;
  if (bad && ++wrong <= 3) console.error(`case ${checked}: ${bad}\n${JSON.stringify(x)}`);
  if (queue.length < 1000) feed();
});
child.on('close', () => {
  console.log(`${checked} cases, ${lines} lines, ${wrong} differ; ${JSON.stringify(counts)}`);
  process.exit(wrong || checked !== CASES ? 1 : 0);
});
feed();
