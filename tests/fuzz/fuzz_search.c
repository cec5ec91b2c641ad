// SPDX-License-Identifier: Apache-2.0
// Search tokens and folding: any bytes may come; folding is a fixed point; a text is found by every piece of itself that a person would
// type; tokens are unique. Planted: a query whose last word, where it ends in 0, is another.
#include "base/utf8.h"
#include "fuzz.h"

static bool among(str tokens, str wanted) {
  bool prefix = str_ends(wanted, S("*"));
  str one;
  if (prefix) wanted.n--;
  while (str_next(&tokens, ' ', &one))
    if (prefix ? str_starts(one, wanted) : str_eq(one, wanted)) return true;
  return false;
}

static void check_tokens(str s) {
  AUTO(buf_release) struct buf tokens = BUF(1 << 20), query = BUF(1 << 20);
  utf8_tokens(&tokens, s);
  utf8_query(&query, s);
  HOLDS(!tokens.full && !query.full);
  HOLDS(utf8_valid(buf_str(&tokens)) && utf8_valid(buf_str(&query)));
  HOLDS((tokens.n == 0) == (query.n == 0));
  str rest = buf_str(&tokens), one;
  size_t n = 0;
  while (tokens.n && str_next(&rest, ' ', &one)) {
    HOLDS(one.n > 0 && (n++ > 200 || !among(rest, one)));  // each once
    HOLDS(!memchr(one.p, '*', one.n));
  }
  fuzz_feature(1, (unsigned)(n < 20 ? n : 20));
  rest = buf_str(&query);
  while (query.n && str_next(&rest, ' ', &one)) {
    if (fuzz_planted() && str_ends(one, S("0*"))) one = S("\"");
    HOLDS(among(buf_str(&tokens), one));  // a text answers the query it is
  }
}

static void check_fold(str s) {
  AUTO(buf_release) struct buf once = BUF(1 << 20), twice = BUF(1 << 20), key = BUF(1 << 20);
  utf8_fold(&once, s);
  HOLDS(utf8_valid(buf_str(&once)) && (utf8_valid(s) || once.n == 0));
  utf8_fold(&twice, buf_str(&once));
  HOLDS(str_eq(buf_str(&once), buf_str(&twice)));
  utf8_company_key(&key, s);
  HOLDS(utf8_valid(buf_str(&key)));
  HOLDS(!str_starts(buf_str(&key), S(" ")) && !str_ends(buf_str(&key), S(" ")));
  fuzz_feature(2, (unsigned)(key.n * 4 / (once.n + 1)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size > 4096) return 0;
  str s = {(const char *)data, size};
  ptrdiff_t bad = utf8_bad_offset(s);
  HOLDS((bad < 0) == utf8_valid(s));
  HOLDS(bad < 0 || utf8_valid(str_sub(s, 0, (size_t)bad)) || (size_t)bad < size);
  HOLDS(utf8_has_control(s, false) || !utf8_has_control(s, true));
  if (bad < 0) HOLDS(utf8_count(s) <= s.n);
  check_tokens(s);
  check_fold(s);
  return 0;
}
