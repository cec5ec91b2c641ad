// SPDX-License-Identifier: Apache-2.0
#include "rules/exact.h"

__extension__ typedef unsigned __int128 u128;
#define I128_MAX ((i128)(~(u128)0 >> 1))

static u128 size_of(i128 v) { return v < 0 ? (u128)-v : (u128)v; }

// Euclid; in 64 bits as soon as both fit, because 128-bit division is a library call.
static u128 gcd(u128 a, u128 b) {
  while (b > UINT64_MAX || (b && a > UINT64_MAX)) {
    u128 rest = a % b;
    a = b;
    b = rest;
  }
  if (!b) return a;
  uint64_t x = (uint64_t)a, y = (uint64_t)b;
  while (y) {
    uint64_t rest = x % y;
    x = y;
    y = rest;
  }
  return x;
}

// The most negative value has no opposite and is kept out everywhere.
static bool times(i128 a, i128 b, i128 *ret) {
  i128 v;
  if (__builtin_mul_overflow(a, b, &v) || v < -I128_MAX) return false;
  *ret = v;
  return true;
}

static bool plus(i128 a, i128 b, i128 *ret) {
  i128 v;
  if (__builtin_add_overflow(a, b, &v) || v < -I128_MAX) return false;
  *ret = v;
  return true;
}

static exact reduced(i128 n, i128 d) {
  i128 g = (i128)gcd(size_of(n), (u128)d);
  return g > 1 ? (exact){n / g, d / g} : (exact){n, d};
}

exact exact_of(int64_t whole) { return (exact){whole, 1}; }

exact exact_ratio(ratio r) { return (exact){r.num, r.den}; }

exact exact_negated(exact a) { return (exact){-a.n, a.d}; }

int exact_sign(exact a) { return (a.n > 0) - (a.n < 0); }

bool exact_plus(exact a, exact b, exact *ret) {
  // Over the least common denominator, so that sums of like fractions stay small.
  i128 g = (i128)gcd((u128)a.d, (u128)b.d), left, right, n, d;
  if (!times(a.n, b.d / g, &left) || !times(b.n, a.d / g, &right) || !plus(left, right, &n) || !times(a.d, b.d / g, &d))
    return false;
  *ret = reduced(n, d);
  return true;
}

bool exact_minus(exact a, exact b, exact *ret) { return exact_plus(a, exact_negated(b), ret); }

bool exact_times(exact a, exact b, exact *ret) {
  exact x = reduced(a.n, b.d), y = reduced(b.n, a.d);  // crosswise: the product is in lowest terms at once
  i128 n, d;
  if (!times(x.n, y.n, &n) || !times(x.d, y.d, &d)) return false;
  *ret = (exact){n, d};
  return true;
}

bool exact_over(exact a, exact b, exact *ret) {
  if (!b.n) return false;
  exact inverse = b.n < 0 ? (exact){-b.d, -b.n} : (exact){b.d, b.n};
  return exact_times(a, inverse, ret);
}

// Whole parts first, then the inverted rests: continued fractions never overflow.
static int cmp_sizes(u128 an, u128 ad, u128 bn, u128 bd) {
  int sign = 1;
  for (;;) {
    u128 aq = an / ad, bq = bn / bd;
    if (aq != bq) return aq > bq ? sign : -sign;
    u128 ar = an % ad, br = bn % bd;
    if (!ar || !br) return ar == br ? 0 : ar ? sign : -sign;
    an = ad;
    ad = ar;
    bn = bd;
    bd = br;
    sign = -sign;
  }
}

int exact_cmp(exact a, exact b) {
  int x = exact_sign(a), y = exact_sign(b);
  if (x != y) return x > y ? 1 : -1;
  int c = cmp_sizes(size_of(a.n), (u128)a.d, size_of(b.n), (u128)b.d);
  return x < 0 ? -c : c;
}

bool exact_round(exact a, int64_t *ret) {
  u128 size = size_of(a.n), d = (u128)a.d, whole = size / d, rest = size % d;
  if (rest >= d - rest) whole++;  // rest / d >= 1/2, without doubling
  if (whole > INT64_MAX) return false;
  *ret = a.n < 0 ? -(int64_t)whole : (int64_t)whole;
  return true;
}

void exact_put(struct buf *b, exact minor, currency c) {
  enum { BEYOND = 6 };
  u128 size = size_of(minor.n), d = (u128)minor.d, whole = size / d, rest = size % d;
  if (whole > INT64_MAX) {
    buf_putz(b, "?");
    return;
  }
  if (minor.n < 0 && !whole) buf_putc(b, '-');
  money_amount_put(b, (money){minor.n < 0 ? -(int64_t)whole : (int64_t)whole, c});
  if (rest && currency_digits(c) == 0) buf_putc(b, '.');
  for (int i = 0; rest && i < BEYOND; i++) {
    if (rest > ~(u128)0 / 10) break;
    rest *= 10;
    buf_putc(b, (char)('0' + (int)(rest / d)));
    rest %= d;
  }
  if (rest) buf_putc(b, '~');
}
