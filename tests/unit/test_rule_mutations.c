// SPDX-License-Identifier: Apache-2.0
// Every rule's JSON entrance under mutation: seeded changes of its example. Whatever comes in, the answer is JSON or a problem that names
// a pointer or a code; the same input gives the same bytes.
#include "rules_testing.h"

enum { MUTANTS = 400, MOST = 16 * 1024 };

static const char *const pieces[] = {"null",    "true", "-1", "0",           "9007199254740991", "1e308",
                                     "\"\"",    "[]",   "{}", "\"unknown\"", "\"9999-12-31\"",   "\"0001-01-01\"",
                                     "\"1/0\"", ",",    ":",  "\"a\":1,",    "\\u0000",          "\xff"};

static size_t mutate(char *text, size_t n) {
  int times = 1 + (int)below(3);
  for (int k = 0; k < times && n > 1; k++) {
    size_t at = (size_t)below((int64_t)n), len = (size_t)below(12);
    if (len > n - at) len = n - at;
    const char *piece = pieces[below((int64_t)ARRAY_LEN(pieces))];
    size_t more = strlen(piece);
    switch (below(4)) {
    case 0: text[at] = (char)(32 + below(95)); break;
    case 1:
      memmove(text + at, text + at + len, n - at - len);
      n -= len;
      break;
    case 2:
      if (n + more >= MOST) break;
      memmove(text + at + more, text + at, n - at);
      memcpy(text + at, piece, more);
      n += more;
      break;
    default:
      // A number in place of a number keeps the document whole and reaches the rule itself.
      while (at < n && (text[at] < '0' || text[at] > '9')) at++;
      if (at < n) text[at] = (char)('0' + below(10));
    }
  }
  return n;
}

static void answer_twice(const struct rule *r, str input) {
  AUTO(arena_release) struct arena a = {0};
  AUTO(buf_release) struct buf one = BUF(8 * 1024 * 1024), two = BUF(8 * 1024 * 1024);
  struct problem pb = {.arena = &a};
  enum err e = rule_answer(r, input, LANG_ZH, &a, &pb, &one);
  if (e) {
    assert_true(pb.fields || pb.code != P_NONE);
    return;
  }
  json_error_t where;
  json_t *t = json_loadb(one.p, one.n, JSON_REJECT_DUPLICATES, &where);
  if (!t) fail_msg("%s answers what is not JSON: %s", r->name, where.text);
  json_decref(t);
  assert_int_equal(rule_answer(r, input, LANG_ZH, &a, &pb, &two), ERR_OK);
  assert_int_equal(one.n, two.n);
  assert_memory_equal(one.p, two.p, one.n);
}

static void every_entrance(void **state) {
  (void)state;
  rng_seed(4711);
  for (size_t i = 0; rule_all[i]; i++) {
    size_t n = strlen(rule_all[i]->example);
    assert_true(n < MOST);
    for (int k = 0; k < MUTANTS; k++) {
      char text[MOST];
      memcpy(text, rule_all[i]->example, n);
      size_t m = mutate(text, n);
      answer_twice(rule_all[i], (str){text, m});
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_entrance)};
  return cmocka_run_group_tests_name("rule_mutations", tests, NULL, NULL);
}
