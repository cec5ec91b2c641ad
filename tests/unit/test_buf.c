// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "unit.h"

static void writes(void **state) {
  (void)state;
  AUTO(buf_release) struct buf b = BUF(1000);
  assert_string_equal(buf_z(&b), "");
  buf_put(&b, S("a"));
  buf_putz(&b, "bc");
  buf_putz(&b, NULL);
  buf_putc(&b, ' ');
  buf_int(&b, INT64_MIN);
  buf_putc(&b, ' ');
  buf_uint(&b, UINT64_MAX);
  buf_putc(&b, ' ');
  buf_int(&b, 0);
  buf_putc(&b, ' ');
  buf_hex(&b, "\x00\xff\x5a", 3);
  buf_fmt(&b, " %s-%d", "x", 42);
  assert_buf(&b, "abc -9223372036854775808 18446744073709551615 0 00ff5a x-42");
  assert_string_equal(buf_z(&b), "abc -9223372036854775808 18446744073709551615 0 00ff5a x-42");
  assert_false(b.full);
  buf_clear(&b);
  assert_buf(&b, "");
  assert_string_equal(buf_z(&b), "");
}

static void keeps_its_maximum(void **state) {
  (void)state;
  AUTO(buf_release) struct buf b = BUF(5);
  buf_putz(&b, "abc");
  buf_putz(&b, "def");  // does not fit: nothing of it is written
  assert_true(b.full);
  buf_putc(&b, 'x');  // and nothing after it, though it would fit
  buf_fmt(&b, "%d", 1);
  buf_hex(&b, "a", 1);
  assert_buf(&b, "abc");
  buf_clear(&b);
  assert_false(b.full);
  buf_putz(&b, "12345");
  assert_false(b.full);
  assert_string_equal(buf_z(&b), "12345");
  buf_put(&b, STR_NULL);
  assert_false(b.full);
  buf_putc(&b, '6');
  assert_true(b.full);
}

static void zeroed_is_valid(void **state) {
  (void)state;
  struct buf b = {0};
  buf_release(&b);
  buf_release(&b);
  buf_release(NULL);
  buf_putc(&b, 'a');
  assert_true(b.full);
  buf_release(&b);
}

// Whatever is put, the result is the prefix of whole puts that fit.
static void grows_faithfully(void **state) {
  (void)state;
  struct gen g = {2};
  for (int round = 0; round < 200; round++) {
    char model[600];
    size_t n = 0, max = gen_below(&g, 500);
    bool full = false;
    AUTO(buf_release) struct buf b = BUF(max);
    for (int k = 0; k < 30; k++) {
      char piece[40];
      size_t len = gen_below(&g, sizeof piece);
      for (size_t i = 0; i < len; i++) piece[i] = (char)gen_u64(&g);
      buf_put(&b, (str){piece, len});
      full = full || n + len > max;
      if (full) continue;
      memcpy(model + n, piece, len);
      n += len;
    }
    assert_int_equal(b.full, full);
    assert_true(str_eq(buf_str(&b), (str){model, n}));
  }
}

static void arena_hands_out_zeroed_memory(void **state) {
  (void)state;
  struct gen g = {3};
  AUTO(arena_release) struct arena a = {0};
  size_t sum = 0;
  for (int i = 0; i < 500; i++) {
    size_t n = gen_below(&g, i % 50 ? 300 : 60000);
    unsigned char *p = arena_alloc(&a, n);
    assert_true((uintptr_t)p % 16 == 0);
    for (size_t k = 0; k < n; k++) assert_int_equal(p[k], 0);
    memset(p, 0xaa, n);  // would show in a later block that overlaps
    sum += n;
  }
  assert_int_equal(a.used, sum);
  int *numbers = NEW_ARRAY(&a, 3, int);
  assert_int_equal(numbers[2], 0);
}

static void arena_copies_text(void **state) {
  (void)state;
  AUTO(arena_release) struct arena a = {0};
  char text[] = "hello";
  str copy = arena_str(&a, (str){text, 5});
  text[0] = 'j';
  assert_str(copy, "hello");
  assert_int_equal(copy.p[5], 0);
  assert_null(arena_str(&a, STR_NULL).p);
  assert_non_null(arena_str(&a, S("")).p);
  assert_string_equal(arena_z(&a, STR_NULL), "");
  assert_str(arena_fmt(&a, "%d/%s", 7, "x"), "7/x");
  arena_release(&a);
  arena_release(&a);
  arena_release(NULL);
}

static void problem_says_what_is_wrong(void **state) {
  (void)state;
  AUTO(arena_release) struct arena a = {0};
  struct problem pb = {.arena = &a};
  char currency[] = "EUR";
  assert_int_equal(problem_field(&pb, S("/amount"), P_MONEY_DECIMALS, str_of(currency), S("2")), ERR_INVALID);
  memset(currency, 'X', 3);
  assert_int_equal(pb.code, P_INVALID_FIELDS);
  assert_int_equal(problem_set0(&pb, P_NOT_FOUND), ERR_NOT_FOUND);
  assert_int_equal(pb.code, P_INVALID_FIELDS);  // the first stays
  AUTO(buf_release) struct buf b = BUF(1000);
  problem_text(&b, pb.fields->code, pb.fields->args, LANG_EN);
  assert_buf(&b, "EUR has at most 2 decimals.");
  buf_clear(&b);
  problem_text(&b, P_MONEY_DECIMALS, pb.fields->args, LANG_ZH);
  assert_buf(&b, "EUR 最多 2 位小数。");
  for (int i = 0; i < 100; i++) (void)!problem_field(&pb, S("/x"), P_REQUIRED, STR_NULL, STR_NULL);
  assert_int_equal(pb.nfields, 50);
  assert_int_equal(problem_set0(NULL, P_BUSY), ERR_BUSY);
  struct problem bare = {0};  // no arena: the code alone
  assert_int_equal(problem_set1(&bare, P_BAD_JSON, S("x")), ERR_INVALID);
  assert_null(bare.args[0].p);
  assert_int_equal(problem_field(&bare, S("/x"), P_REQUIRED, STR_NULL, STR_NULL), ERR_INVALID);
}

// Words of ours in an argument are said in the reader's language, the caller's own are repeated.
static void problem_translates_its_own_words(void **state) {
  (void)state;
  static const struct {
    enum problem_code code;
    str args[2];
    enum lang lang;
    const char *want;
  } cases[] = {
    {P_WRONG_TYPE, {{"a list", sizeof "a list" - 1}}, LANG_RU, "Ожидается список."},
    {P_WRONG_TYPE, {{"a list", sizeof "a list" - 1}}, LANG_ZH, "应为列表。"},
    {P_WRONG_TYPE, {{"2026-10-01 closed", sizeof "2026-10-01 closed" - 1}}, LANG_RU, "Ожидается 2026-10-01 closed."},
    {P_WRONG_STATE, {{"won_part", sizeof "won_part" - 1}}, LANG_EN, "Not possible in the state \"Won in part\"."},
    {P_WRONG_STATE, {{"proposed", sizeof "proposed" - 1}}, LANG_ZH, "当前状态为“已提议”，无法执行。"},
    {P_PAYEE_REFUSED,
     {{"a list", sizeof "a list" - 1}, {"works for another company", sizeof "works for another company" - 1}},
     LANG_ZH,
     "不能向 a list 付款：受雇于另一家公司。"},
    {P_DUPLICATE, {{"proposed", sizeof "proposed" - 1}}, LANG_RU, "Уже существует: proposed."},
  };
  AUTO(buf_release) struct buf b = BUF(1000);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    buf_clear(&b);
    problem_text(&b, cases[i].code, cases[i].args, cases[i].lang);
    assert_buf(&b, cases[i].want);
  }
}

static void problem_table_is_whole(void **state) {
  (void)state;
  assert_string_equal(problem_name(P_MONEY_DECIMALS), "money_decimals");
  assert_int_equal(problem_status(P_NOT_FOUND), 404);
  assert_string_equal(problem_name((enum problem_code)9999), "internal");
  for (int c = P_NONE + 1; c < P_COUNT; c++) {
    assert_in_range(problem_status((enum problem_code)c), 400, 599);
    assert_int_not_equal(problem_err((enum problem_code)c), ERR_OK);
    for (int l = 0; l < LANG_COUNT; l++) {
      AUTO(buf_release) struct buf b = BUF(1000);
      problem_text(&b, (enum problem_code)c, NULL, (enum lang)l);
      assert_true(b.n > 3 && !b.full);
    }
  }
}

static void languages_are_found(void **state) {
  (void)state;
  static const struct {
    const char *tag;
    enum lang lang;
  } cases[] = {{"zh-CN", LANG_ZH}, {"ZH", LANG_ZH}, {"zh_Hans", LANG_ZH}, {"ru-RU", LANG_RU},
               {"en", LANG_EN},    {"", LANG_EN},   {"rus", LANG_EN},     {"zha", LANG_EN}};
  for (size_t i = 0; i < ARRAY_LEN(cases); i++) assert_int_equal(lang_of(str_of(cases[i].tag)), cases[i].lang);
  assert_string_equal(lang_tag(LANG_RU), "ru");
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(writes),
    cmocka_unit_test(keeps_its_maximum),
    cmocka_unit_test(zeroed_is_valid),
    cmocka_unit_test(grows_faithfully),
    cmocka_unit_test(arena_hands_out_zeroed_memory),
    cmocka_unit_test(arena_copies_text),
    cmocka_unit_test(problem_says_what_is_wrong),
    cmocka_unit_test(problem_translates_its_own_words),
    cmocka_unit_test(problem_table_is_whole),
    cmocka_unit_test(languages_are_found),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
