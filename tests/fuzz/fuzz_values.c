// SPDX-License-Identifier: Apache-2.0
// Ids, money, rates, dates, times, whole numbers, hashes and base64 as text: what is accepted is written back the same where only one
// form is allowed, and reads back as the same value everywhere; a refusal leaves its output untouched. Input: kind byte, then the text.
// Planted: amounts below minus ten thousand lose a minor unit when written.
#include "base/clock.h"
#include "base/hash.h"
#include "base/id.h"
#include "base/money.h"
#include "fuzz.h"

static void check_id(str s) {
  AUTO(buf_release) struct buf b = BUF(200);
  str prefix = S("untouched");
  id64 id = -7, other = -7;
  bool ok = id_parse_any(s, &prefix, &id);
  fuzz_feature(1, ok);
  HOLDS(ok ? id > 0 : id == -7);
  HOLDS(id_parse(s, "deal", &other) == (ok && str_eqz(prefix, "deal")));
  if (!ok) return;
  AUTO(arena_release) struct arena a = {0};
  id_put(&b, arena_z(&a, prefix), id);
  HOLDS(str_eq(buf_str(&b), s));
}

static void check_money(str s) {
  static const char *const codes[] = {"EUR", "JPY", "KWD", "CLF", "USD"};
  for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
    AUTO(buf_release) struct buf b = BUF(200);
    currency cur;
    money m = {77, {""}}, again;
    HOLDS(currency_parse(str_of(codes[i]), &cur));
    enum problem_code p = money_parse(s, cur, &m);
    fuzz_feature(2, (unsigned)p);
    if (p) {
      HOLDS(m.minor == 77);
      continue;
    }
    HOLDS(m.minor != INT64_MIN && currency_eq(m.cur, cur));
    money_amount_put(&b, (money){m.minor + (fuzz_planted() && m.minor < -10000), m.cur});
    HOLDS(money_parse(buf_str(&b), cur, &again) == P_NONE && again.minor == m.minor);
    if (m.minor != 0) HOLDS(b.n >= s.n && memcmp(b.p, s.p, str_find(s, '.') < 0 ? s.n : (size_t)str_find(s, '.')) == 0);
  }
}

static void check_rate(str s) {
  AUTO(buf_release) struct buf b = BUF(200);
  ratio r = {3, 5}, again, sum;
  bool ok = ratio_parse(s, &r);
  fuzz_feature(3, ok);
  if (!ok) {
    HOLDS(r.num == 3 && r.den == 5);
    return;
  }
  HOLDS(r.den > 0 && r.num >= 0);
  ratio_put(&b, r);
  HOLDS(ratio_parse(buf_str(&b), &again) && again.num == r.num && again.den == r.den && ratio_cmp(r, again) == 0);
  if (ratio_add(r, (ratio){0, 1}, &sum)) HOLDS(ratio_cmp(sum, r) == 0);
  money part;
  currency eur;
  HOLDS(currency_parse(S("EUR"), &eur));
  // Half away from zero mirrors.
  enum err up = money_times((money){12345, eur}, r, &part);
  money down;
  HOLDS(money_times((money){-12345, eur}, r, &down) == up);
  if (!up) HOLDS(down.minor == -part.minor);
}

static void check_date(str s) {
  AUTO(buf_release) struct buf b = BUF(100);
  uday d = 99;
  bool ok = date_parse(s, &d);
  fuzz_feature(4, ok);
  if (!ok) {
    HOLDS(d == 99);
    return;
  }
  int y, m, day;
  date_put(&b, d);
  date_civil(d, &y, &m, &day);
  HOLDS(str_eq(buf_str(&b), s) && date_from_civil(y, m, day) == d);
  HOLDS(date_weekday(d + 1) == date_weekday(d) % 7 + 1);
}

static void check_time(str s) {
  AUTO(buf_release) struct buf b = BUF(100);
  utime t = 99, again;
  bool ok = time_parse(s, &t);
  fuzz_feature(5, ok);
  if (!ok) {
    HOLDS(t == 99);
    return;
  }
  time_put(&b, t);
  HOLDS(time_parse(buf_str(&b), &again) && again == t);
}

static void check_number(str s) {
  AUTO(buf_release) struct buf b = BUF(100), u = BUF(100);
  int64_t v = 99;
  uint64_t w = 99;
  bool ok = str_to_int64(s, &v), positive = str_to_uint64(s, &w);
  fuzz_feature(6, (unsigned)ok * 2 + positive);
  buf_int(&b, v);
  buf_uint(&u, w);
  HOLDS(ok || v == 99);
  HOLDS(positive || w == 99);
  int64_t again;
  uint64_t same;
  HOLDS(str_to_int64(buf_str(&b), &again) && again == v && str_to_uint64(buf_str(&u), &same) && same == w);
  if (ok && v >= 0 && s.p[0] != '-') HOLDS(positive && (uint64_t)v == w);
}

static void check_encodings(str s) {
  AUTO(buf_release) struct buf coded = BUF(256 * 1024), back = BUF(256 * 1024), raw = BUF(256 * 1024);
  base64_put(&coded, s);
  HOLDS(base64_parse(buf_str(&coded), &back) && str_eq(buf_str(&back), s));
  buf_clear(&coded), buf_clear(&back);
  base64url_put(&coded, s);
  HOLDS(base64url_parse(buf_str(&coded), &back) && str_eq(buf_str(&back), s));
  buf_clear(&coded), buf_clear(&back);
  bool ok = base64url_parse(s, &raw);
  HOLDS(ok || raw.n == 0);
  if (ok) base64url_put(&coded, buf_str(&raw));
  HOLDS(!ok || str_eq(buf_str(&coded), s));  // canonical: one text for each value
  buf_clear(&raw), buf_clear(&coded);
  bool std = base64_parse(s, &raw);
  HOLDS(std || raw.n == 0);
  if (std) base64_put(&coded, buf_str(&raw));
  HOLDS(!std || str_eq(buf_str(&coded), s));
  hash h, got = {{9}};
  bool hex = hash_parse_hex(s, &h);
  fuzz_feature(7, (unsigned)ok * 4 + (unsigned)std * 2 + hex);
  buf_clear(&coded);
  if (hex) hash_put_hex(&coded, &h);
  HOLDS(hex ? str_eq(buf_str(&coded), s) : got.b[0] == 9);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static void (*const checks[])(str) = {check_id, check_money, check_rate, check_date, check_time, check_number, check_encodings};
  hash_setup();
  if (size < 1 || size > 4096) return 0;
  checks[data[0] % ARRAY_LEN(checks)]((str){(const char *)data + 1, size - 1});
  return 0;
}
