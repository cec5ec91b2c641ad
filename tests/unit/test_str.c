// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

static void compares(void **state) {
  (void)state;
  assert_true(str_eq(S(""), STR_NULL));
  assert_true(str_eq(S("a\0b"), (str){"a\0b", 3}));
  assert_false(str_eq(S("a\0b"), S("a\0c")));
  assert_false(str_eq(S("ab"), S("a")));
  assert_true(str_eqz(S("ab"), "ab"));
  assert_true(str_eqz(STR_NULL, NULL));
  assert_true(str_cmp(S("a"), S("ab")) < 0);
  assert_true(str_cmp(S("\xff"), S("a")) > 0);
  assert_int_equal(str_cmp(S("a"), S("a")), 0);
  assert_int_equal(str_cmp(STR_NULL, S("")), 0);
  assert_null(str_of(NULL).p);
  assert_int_equal(str_of("abc").n, 3);
}

static void takes_parts(void **state) {
  (void)state;
  assert_true(str_starts(S("deal_1"), S("deal_")));
  assert_false(str_starts(S("de"), S("deal")));
  assert_true(str_starts(S("x"), S("")));
  assert_true(str_ends(S("a.csv"), S(".csv")));
  assert_false(str_ends(S("csv"), S(".csv")));
  assert_str(str_trim(S(" \t\r\n a b \v\f")), "a b");
  assert_str(str_trim(S("  ")), "");
  assert_str(str_sub(S("hello"), 1, 3), "ell");
  assert_str(str_sub(S("hello"), 3, SIZE_MAX), "lo");
  assert_str(str_sub(S("hello"), 9, 1), "");
  assert_null(str_sub(STR_NULL, 1, 1).p);
  assert_int_equal(str_find(S("a=b=c"), '='), 1);
  assert_int_equal(str_find(S("abc"), '='), -1);
  assert_int_equal(str_find(STR_NULL, '='), -1);
}

static void cuts(void **state) {
  (void)state;
  str head, tail;
  assert_true(str_cut(S("k=v=w"), '=', &head, &tail));
  assert_str(head, "k");
  assert_str(tail, "v=w");
  assert_true(str_cut(S("k="), '=', &head, &tail));
  assert_str(tail, "");
  assert_false(str_cut(S("key"), '=', &head, &tail));
  assert_str(head, "key");
  assert_str(tail, "");
  assert_false(str_cut(STR_NULL, '=', &head, &tail));
}

static void walks_lists(void **state) {
  (void)state;
  static const struct {
    const char *list, *items;
  } cases[] = {
    {"a,b,c", "[a][b][c]"}, {"a", "[a]"}, {"a,", "[a][]"}, {",a", "[][a]"}, {",", "[][]"}, {"", "[]"}, {NULL, ""},
  };
  for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
    AUTO(buf_release) struct buf b = BUF(100);
    str list = str_of(cases[i].list), item;
    while (str_next(&list, ',', &item)) buf_fmt(&b, "[%.*s]", STR_ARG(item));
    assert_buf(&b, cases[i].items);
  }
}

static void reads_numbers(void **state) {
  (void)state;
  int64_t i = 7;
  uint64_t u = 7;
  static const char *const wrong[] = {
    "", "-", "+1", " 1", "1 ", "1a", "0x1", "--1", "9223372036854775808", "-9223372036854775809"};
  for (size_t k = 0; k < ARRAY_LEN(wrong); k++) assert_false(str_to_int64(str_of(wrong[k]), &i));
  assert_int_equal(i, 7);
  assert_true(str_to_int64(S("9223372036854775807"), &i) && i == INT64_MAX);
  assert_true(str_to_int64(S("-9223372036854775808"), &i) && i == INT64_MIN);
  assert_true(str_to_int64(S("-0"), &i) && i == 0);
  assert_true(str_to_int64(S("007"), &i) && i == 7);
  assert_true(str_to_uint64(S("18446744073709551615"), &u) && u == UINT64_MAX);
  assert_false(str_to_uint64(S("18446744073709551616"), &u));
  assert_false(str_to_uint64(S("-1"), &u));
  assert_false(str_to_int64(STR_NULL, &i));
}

static void numbers_come_back(void **state) {
  (void)state;
  struct gen g = {1};
  for (int round = 0; round < 2000; round++) {
    AUTO(buf_release) struct buf b = BUF(40);
    int64_t v = gen_int64(&g), back;
    buf_int(&b, v);
    assert_true(str_to_int64(buf_str(&b), &back));
    assert_true(back == v);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(compares),    cmocka_unit_test(takes_parts),   cmocka_unit_test(cuts),
    cmocka_unit_test(walks_lists), cmocka_unit_test(reads_numbers), cmocka_unit_test(numbers_come_back),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
