// SPDX-License-Identifier: Apache-2.0
#include "base/utf8.h"
#include "base/words.h"
#include "unit.h"

static void files_keep_their_promises(void **state) {
  (void)state;
  AUTO(buf_release) struct buf b = BUF(10000);
  if (!vocab_selfcheck(&b)) fail_msg("%s", buf_z(&b));
  for (const struct vocab *const *v = vocab_all; *v; v++)
    for (int i = 0; i < (*v)->n; i++)
      for (int l = 0; l < LANG_COUNT; l++) {
        str label = str_of(vocab_label(*v, i, (enum lang)l));
        assert_true(utf8_valid(label) && !utf8_has_control(label, false) && str_eq(label, str_trim(label)));
      }
}

static void words_are_found(void **state) {
  (void)state;
  const struct vocab *v = vocab_find(S("lead_state"));
  assert_ptr_equal(v, &vocab_lead_state);
  assert_int_equal(v->n, lead_state_COUNT);
  assert_int_equal(vocab_index(v, S("won")), lead_state_won);
  assert_int_equal(vocab_index(v, S("Won")), -1);
  assert_int_equal(vocab_index(v, S("")), -1);
  assert_string_equal(vocab_word(v, lead_state_declined), "declined");
  assert_null(vocab_word(v, -1));
  assert_null(vocab_word(v, lead_state_COUNT));
  assert_string_equal(vocab_label(v, lead_state_pending, LANG_RU), "Ожидает");
  assert_null(vocab_label(v, lead_state_COUNT, LANG_EN));
  assert_null(vocab_find(S("no_such")));
  assert_null(vocab_find(STR_NULL));
}

// Code reads a stored language as enum lang: the file must keep its order.
static void languages_match_the_enum(void **state) {
  (void)state;
  assert_int_equal(vocab_lang.n, LANG_COUNT);
  for (int l = 0; l < LANG_COUNT; l++) assert_string_equal(vocab_word(&vocab_lang, l), lang_tag((enum lang)l));
}

static void selfcheck_sees_faults(void **state) {
  (void)state;
  static const struct word twice[] = {{"a", T_INIT("A", "A", "A")}, {"a", T_INIT("A", "A", "A")}};
  static const struct word loud[] = {{"Loud", T_INIT("A", "A", "A")}};
  static const struct word trailing[] = {{"a_", T_INIT("A", "A", "A")}};
  static const struct word doubled[] = {{"a__b", T_INIT("A", "A", "A")}};
  static const struct word mute[] = {{"a", T_INIT("A", "", "A")}};
  static const struct word fine[] = {{"a", T_INIT("A", "A", "A")}, {"b_2", T_INIT("B", "B", "B")}};
  const struct vocab faulty[] = {{"v", twice, 2}, {"v", loud, 1}, {"v", trailing, 1}, {"v", doubled, 1},
                                 {"v", mute, 1},  {"V", fine, 2}, {"v", fine, 0}};
  AUTO(buf_release) struct buf b = BUF(10000);
  const struct vocab good = {"v", fine, 2};
  assert_true(vocab_check(&good, &b));
  assert_buf(&b, "");
  for (size_t i = 0; i < ARRAY_LEN(faulty); i++) {
    buf_clear(&b);
    if (vocab_check(&faulty[i], &b)) fail_msg("fault %zu passed", i);
    assert_true(b.n > 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(files_keep_their_promises),
    cmocka_unit_test(words_are_found),
    cmocka_unit_test(languages_match_the_enum),
    cmocka_unit_test(selfcheck_sees_faults),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
