// SPDX-License-Identifier: Apache-2.0
#include "rules_testing.h"

#include "rules/qualify.h"

#define WORTH "\"revenue\":\"yes\",\"effort_fair\":\"yes\",\"hours_free\":\"yes\""
#define NOT_WORTH "\"revenue\":\"yes\",\"effort_fair\":\"no\""
#define STRONG "\"unique_value\":\"yes\",\"criteria_fit\":\"yes\",\"supporter\":\"yes\""
#define WEAK "\"unique_value\":\"no\",\"ahead\":\"no\",\"strong_on_part\":\"no\""
#define PART "\"unique_value\":\"no\",\"ahead\":\"no\",\"strong_on_part\":\"yes\""

static void every_row(void **state) {
  (void)state;
  static const struct {
    const char *input, *verdict, *extent, *effort;
  } rows[] = {
    {"{\"real\":\"no\",\"denied_for_now\":\"no\"," WORTH "," STRONG "}", "drop", "nothing", "none"},
    {"{\"real\":\"no\",\"denied_for_now\":\"yes\"}", "wait", "nothing", "none"},
    {"{\"real\":\"no\"}", "drop", "nothing", "none"},
    {"{" WORTH "," STRONG "}", "hold", "nothing", "none"},
    {"{\"real\":\"yes\"," WORTH "," STRONG "}", "pursue", "whole", "must_win"},
    {"{\"real\":\"yes\"," WORTH "," PART "}", "pursue_part", "slice", "must_win"},
    {"{\"real\":\"yes\"," WORTH "," WEAK ",\"something_after\":\"yes\"}", "limited", "whole", "for_form"},
    {"{\"real\":\"yes\"," WORTH "," WEAK ",\"something_after\":\"no\"}", "drop", "nothing", "none"},
    {"{\"real\":\"yes\"," WORTH "," WEAK "}", "hold", "nothing", "none"},
    {"{\"real\":\"yes\"," NOT_WORTH "," STRONG ",\"nearly_free\":\"yes\"}", "limited", "whole", "for_form"},
    {"{\"real\":\"yes\"," NOT_WORTH "," STRONG ",\"nearly_free\":\"no\"}", "drop", "nothing", "none"},
    {"{\"real\":\"yes\"," NOT_WORTH "," WEAK "}", "drop", "nothing", "none"},
    {"{\"real\":\"yes\"," STRONG "}", "hold", "nothing", "none"},
    {"{\"real\":\"yes\"," WORTH "}", "hold", "nothing", "none"},
    {"{}", "hold", "nothing", "none"},
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++)
    expect("qualify", rows[i].input, "result/verdict", rows[i].verdict, "result/extent", rows[i].extent, "result/effort",
           rows[i].effort, NULL);
}

static void knock_outs(void **state) {
  (void)state;
#define GOOD "{\"real\":\"yes\"," WORTH "," STRONG
  expect("qualify", GOOD ",\"below_cost\":\"yes\"}", "result/verdict", "drop", "because", "qualify_below_cost", NULL);
  expect("qualify", GOOD ",\"below_cost\":\"yes\",\"below_cost_reason\":\"yes\"}", "result/verdict", "pursue", NULL);
  expect("qualify", GOOD ",\"must_have_unmet\":\"yes\"}", "result/verdict", "drop", NULL);
  expect("qualify", GOOD ",\"unlawful\":\"yes\"}", "result/verdict", "drop", NULL);
  // The CIO: the elder brother's wife, a friend of the house, doubts the product.
  expect("qualify", GOOD ",\"core_rejected\":\"yes\",\"core_curable\":\"no\"}", "result/verdict", "drop", "because",
         "qualify_core_rejected", NULL);
  expect("qualify", GOOD ",\"core_rejected\":\"yes\"}", "result/verdict", "pursue", "unknown/0/pointer", "/core_curable", NULL);
}

static void next_best_question(void **state) {
  (void)state;
  // Everything hangs on one answer.
  expect("qualify", "{\"real\":\"yes\"," WORTH "," WEAK "}", "result/question", "something_after", "unknown/0/could_change_to",
         "limited", NULL);
  expect("qualify", "{" WORTH "," STRONG ",\"denied_for_now\":\"no\"}", "result/question", "real", NULL);
}

static int worth_of_verdict(int v) {
  static const int order[verdict_COUNT] = {[verdict_pursue] = 5, [verdict_pursue_part] = 4, [verdict_limited] = 3,
                                           [verdict_hold] = 2,   [verdict_wait] = 1,        [verdict_drop] = 0};
  return order[v];
}

// Hiding an answer never gives a better verdict than the better of the two answers; the question named is an open one.
static void unknown_is_never_better(void **state) {
  (void)state;
  rng_seed(41);
  const struct shape *s = &shape_qualify_input;
  for (int i = 0; i < CASES; i++) {
    AUTO(arena_release) struct arena a = {0};
    struct qualify_input in;
    struct qualify_result r, yes, no;
    shape_init(s, &in);
    for (int k = 0; k < s->n; k++)
      if (s->fields[k].kind == SHAPE_TRI)
        *(enum tristate *)(void *)((char *)&in + s->fields[k].offset) = (enum tristate)(chance(75) ? 1 + below(2) : 0);
    int f = (int)below(14);
    enum tristate *t = (enum tristate *)(void *)((char *)&in + s->fields[f].offset);
    *t = TRI_UNKNOWN;
    assert_int_equal(rule_qualify(&in, &a, NULL, &r), ERR_OK);
    *t = TRI_YES;
    assert_int_equal(rule_qualify(&in, &a, NULL, &yes), ERR_OK);
    *t = TRI_NO;
    assert_int_equal(rule_qualify(&in, &a, NULL, &no), ERR_OK);
    int better = worth_of_verdict(yes.verdict) > worth_of_verdict(no.verdict) ? yes.verdict : no.verdict;
    assert_true(worth_of_verdict(r.verdict) <= worth_of_verdict(better));
    if (yes.verdict == no.verdict && yes.verdict != verdict_hold) assert_int_equal(r.verdict, yes.verdict);
    if (r.verdict == verdict_hold) assert_true(r.question.n > 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_row),
    cmocka_unit_test(knock_outs),
    cmocka_unit_test(next_best_question),
    cmocka_unit_test(unknown_is_never_better),
  };
  return cmocka_run_group_tests_name("rule_qualify", tests, NULL, NULL);
}
