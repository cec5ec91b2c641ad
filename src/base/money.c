// SPDX-License-Identifier: Apache-2.0
#include "base/money.h"

#include "base/limits.h"

__extension__ typedef __int128 i128;
__extension__ typedef unsigned __int128 u128;

// ISO 4217 active codes by the decimals of their minor unit, each followed by a blank. Funds codes without payments of
// their own, metals and test codes are left out. BGN stays: contracts from before Bulgaria's euro are still being settled.
static const struct {
  int digits;
  const char *codes;
} currencies[] = {
  {2, "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY "
      "COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR "
      "IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN "
      "NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC "
      "SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG "},
  {0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF "},
  {3, "BHD IQD JOD KWD LYD OMR TND "},
  {4, "CLF UYW "},
};

static int digits_of(const char *code) {
  if (strlen(code) != 3) return -1;
  for (size_t i = 0; i < ARRAY_LEN(currencies); i++)
    for (const char *p = currencies[i].codes; *p; p += 4)
      if (memcmp(p, code, 3) == 0) return currencies[i].digits;
  return -1;
}

bool currency_parse(str code, currency *ret) {
  currency c = {""};
  if (code.n != 3) return false;
  memcpy(c.code, code.p, 3);
  if (digits_of(c.code) < 0) return false;
  *ret = c;
  return true;
}

int currency_digits(currency c) { return memchr(c.code, '\0', sizeof c.code) ? digits_of(c.code) : -1; }

bool currency_eq(currency a, currency b) { return memcmp(a.code, b.code, sizeof a.code) == 0; }

static bool all_digits(str s) {
  for (size_t i = 0; i < s.n; i++)
    if (s.p[i] < '0' || s.p[i] > '9') return false;
  return s.n > 0;
}

enum problem_code money_parse(str amount, currency c, money *ret) {
  int digits = currency_digits(c);
  if (digits < 0) return P_BAD_CURRENCY;
  bool negative = str_starts(amount, S("-"));
  str whole, part;
  bool point = str_cut(negative ? str_sub(amount, 1, amount.n) : amount, '.', &whole, &part);
  if (!all_digits(whole) || (point && !all_digits(part)) || (whole.n > 1 && whole.p[0] == '0')) return P_BAD_MONEY;
  if (part.n > (size_t)digits) return P_MONEY_DECIMALS;
  int64_t v = 0;
  for (size_t i = 0; i < whole.n + (size_t)digits; i++) {
    size_t j = i - whole.n;
    int digit = i < whole.n ? whole.p[i] - '0' : j < part.n ? part.p[j] - '0' : 0;
    if (__builtin_mul_overflow(v, INT64_C(10), &v) || __builtin_add_overflow(v, (int64_t)digit, &v)) return P_MONEY_RANGE;
  }
  *ret = (money){negative ? -v : v, c};
  return P_NONE;
}

void money_amount_put(struct buf *b, money m) {
  int digits = currency_digits(m.cur);
  uint64_t v = m.minor < 0 ? 0 - (uint64_t)m.minor : (uint64_t)m.minor;
  char text[24];
  size_t at = sizeof text;
  for (int i = 0; i < digits; i++, v /= 10) text[--at] = (char)('0' + v % 10);
  if (digits > 0) text[--at] = '.';
  if (m.minor < 0) buf_putc(b, '-');
  buf_uint(b, v);
  buf_put(b, (str){text + at, sizeof text - at});
}

// INT64_MIN is kept out, so that every amount has a negative.
static bool fits(i128 v) { return v >= -(i128)INT64_MAX && v <= INT64_MAX; }

enum err money_add(money a, money b, money *ret) {
  if (!currency_eq(a.cur, b.cur)) return ERR_INVALID;
  i128 sum = (i128)a.minor + b.minor;
  if (!fits(sum)) return ERR_LIMIT;
  ret->minor = (int64_t)sum;
  ret->cur = a.cur;
  return ERR_OK;
}

static i128 gcd(i128 a, i128 b) {
  if (a < 0) a = -a;
  while (b) {
    i128 rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

// num and den may be as large as a product of two 64-bit numbers; den > 0.
static bool reduce(i128 num, i128 den, ratio *ret) {
  i128 g = gcd(num, den);
  num /= g;
  den /= g;
  if (!fits(num) || !fits(den)) return false;
  *ret = (ratio){(int64_t)num, (int64_t)den};
  return true;
}

bool ratio_make(int64_t num, int64_t den, ratio *ret) {
  if (!den) return false;
  return den < 0 ? reduce(-(i128)num, -(i128)den, ret) : reduce(num, den, ret);
}

bool ratio_parse(str s, ratio *ret) {
  str num, den;
  bool fraction = str_cut(s, '/', &num, &den);
  int64_t n, d = 1;
  if (!all_digits(num) || !str_to_int64(num, &n)) return false;
  if (fraction && (!all_digits(den) || !str_to_int64(den, &d))) return false;
  return ratio_make(n, d, ret);
}

void ratio_put(struct buf *b, ratio r) {
  buf_int(b, r.num);
  if (r.den == 1) return;
  buf_putc(b, '/');
  buf_int(b, r.den);
}

int ratio_cmp(ratio a, ratio b) {
  i128 left = (i128)a.num * b.den, right = (i128)b.num * a.den;
  return (left > right) - (left < right);
}

bool ratio_add(ratio a, ratio b, ratio *ret) {
  return reduce((i128)a.num * b.den + (i128)b.num * a.den, (i128)a.den * b.den, ret);
}

enum err money_times(money m, ratio r, money *ret) {
  i128 product = (i128)m.minor * r.num;
  u128 size = product < 0 ? (u128)-product : (u128)product;
  u128 den = (u128)r.den;
  u128 rounded = (2 * size + den) / (2 * den);  // below 2^127 + 2^63: no overflow
  if (rounded > INT64_MAX) return ERR_LIMIT;
  ret->minor = product < 0 ? -(int64_t)rounded : (int64_t)rounded;
  ret->cur = m.cur;
  return ERR_OK;
}

struct part {
  int64_t floor;      // whole minor units, sign off
  int64_t rest, den;  // what the floor lost: rest / den of a minor unit, below 1
  int64_t tie;
  size_t index;
};

// Whether `a` is served before `b` when minor units are left over.
static bool before(const struct part *a, const struct part *b) {
  i128 left = (i128)a->rest * b->den, right = (i128)b->rest * a->den;
  if (left != right) return left > right;
  if (a->tie != b->tie) return a->tie < b->tie;
  return a->index < b->index;
}

static bool sums_to_one(const ratio *shares, size_t n, enum err *ret_err) {
  ratio sum = {0, 1};
  *ret_err = ERR_INVALID;
  for (size_t i = 0; i < n; i++) {
    if (shares[i].num < 0 || shares[i].den <= 0) return false;
    if (!ratio_add(sum, shares[i], &sum)) {
      *ret_err = ERR_LIMIT;
      return false;
    }
  }
  return sum.num == 1 && sum.den == 1;
}

// Sorts into the order of service. Insertion: splits are short, and equal parts arrive sorted.
static void sort_parts(struct part *parts, size_t n) {
  for (size_t i = 1; i < n; i++) {
    struct part p = parts[i];
    size_t at = i;
    for (; at && before(&p, &parts[at - 1]); at--) parts[at] = parts[at - 1];
    parts[at] = p;
  }
}

enum err money_split(money total, const ratio *shares, const int64_t *ties, size_t n, money *ret_parts) {
  struct part parts[LIMIT_SPLITS * LIMIT_PARTIES];
  enum err e;
  if (!n || n > ARRAY_LEN(parts)) return ERR_INVALID;
  if (!sums_to_one(shares, n, &e)) return e;
  i128 size = total.minor < 0 ? -(i128)total.minor : total.minor;
  if (!fits(size)) return ERR_LIMIT;
  i128 left = size;
  for (size_t i = 0; i < n; i++) {
    i128 product = size * shares[i].num;
    parts[i] = (struct part){(int64_t)(product / shares[i].den), (int64_t)(product % shares[i].den), shares[i].den, ties[i], i};
    left -= parts[i].floor;
  }
  sort_parts(parts, n);
  for (size_t i = 0; i < n; i++) {
    // The lost fractions sum to `left`, each is below 1: at most n - 1 units are left, and only parts with a fraction get one.
    int64_t minor = parts[i].floor + ((i128)i < left ? 1 : 0);
    ret_parts[parts[i].index] = (money){total.minor < 0 ? -minor : minor, total.cur};
  }
  return ERR_OK;
}
