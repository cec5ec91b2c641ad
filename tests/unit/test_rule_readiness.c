// SPDX-License-Identifier: Apache-2.0
#include "rules_testing.h"

#include "rules/readiness.h"

static struct readiness_result judge(const struct readiness_voice *v, size_t n, struct arena *a) {
  struct readiness_input in = {20000, v, n, 365};
  struct readiness_result r;
  assert_int_equal(rule_readiness(&in, a, NULL, &r), ERR_OK);
  return r;
}

// All 3^5 combinations of answers against the table.
static void every_combination(void **state) {
  (void)state;
  for (int n = 0; n < 243; n++) {
    AUTO(arena_release) struct arena a = {0};
    struct readiness_answer x[5];
    int yes = 0, no = 0;
    for (int q = 0, m = n; q < 5; q++, m /= 3) {
      x[q] = (struct readiness_answer){q, (enum tristate)(m % 3), SHAPE_NO_DATE};
      yes += x[q].yes == TRI_YES;
      no += x[q].yes == TRI_NO;
    }
    struct readiness_voice v = {S("c"), true, x, 5, SHAPE_NO_INT, 0};
    struct readiness_result r = judge(&v, 1, &a);
    int want = yes + no == 0                                         ? readiness_level_unknown
               : x[0].yes == TRI_NO || x[1].yes == TRI_NO || no >= 3 ? readiness_level_not_ready
               : yes == 5                                            ? readiness_level_ready
                                                                     : readiness_level_partly;
    assert_int_equal(r.level, want);
    assert_int_equal(r.lines[0].n_missing, 5 - yes - no);
  }
}

static void says_and_does(void **state) {
  (void)state;
  AUTO(arena_release) struct arena a = {0};
  struct readiness_answer x[5];
  for (int q = 0; q < 5; q++) x[q] = (struct readiness_answer){q, TRI_YES, 20000};
  struct readiness_voice v = {S("c"), true, x, 5, 8, 3};
  assert_int_equal(judge(&v, 1, &a).level, readiness_level_partly);
  v.share_lag_days = 7;
  assert_int_equal(judge(&v, 1, &a).level, readiness_level_ready);
  v.share_lag_days = 30;
  v.joint_deals = 2;
  assert_int_equal(judge(&v, 1, &a).level, readiness_level_ready);
  for (int q = 0; q < 5; q++) x[q].on = 20000 - 366;
  assert_int_equal(judge(&v, 1, &a).level, readiness_level_unknown);
}

static void company_and_people(void **state) {
  (void)state;
  expect("readiness", rule_find(S("readiness"))->example, "result/level", "partly", "result/differ/0", "share_customer",
         "result/lines/0/contradicted", "true", "result/lines/1/level", "not_ready", "because", "readiness_says_and_does",
         "because", "readiness_differ", NULL);
  expect("readiness", "{\"today\":\"2026-11-20\",\"voices\":[]}", "result/level", "unknown", "unknown/0/pointer", "/voices",
         NULL);
}

// A yes turned into no or unknown never raises the level; order is irrelevant.
static void properties(void **state) {
  (void)state;
  rng_seed(221);
  static const int rank[] = {
    [readiness_level_ready] = 3, [readiness_level_partly] = 2, [readiness_level_not_ready] = 0, [readiness_level_unknown] = 1};
  static const char *const ids[] = {"c", "p", "q"};
  for (int k = 0; k < CASES; k++) {
    AUTO(arena_release) struct arena a = {0};
    struct readiness_answer x[3][5];
    struct readiness_voice v[3];
    for (int i = 0; i < 3; i++) {
      for (int q = 0; q < 5; q++)
        x[i][q] = (struct readiness_answer){q, chance(60) ? TRI_YES : any_tri(), 20000 - (uday)below(400)};
      v[i] = (struct readiness_voice){str_of(ids[i]), i == 0, x[i], 5, below(20), below(6)};
    }
    struct readiness_result r = judge(v, 3, &a);
    shuffle(v, 3, sizeof v[0]);
    assert_int_equal(judge(v, 3, &a).level, r.level);
    int q = (int)below(5);
    if (x[0][q].yes != TRI_YES || q == readiness_question_share_knowledge) continue;
    x[0][q].yes = TRI_NO;
    assert_true(rank[judge(v, 3, &a).level] <= rank[r.level] || r.level == readiness_level_unknown);
  }
}

static void bad_input(void **state) {
  (void)state;
  expect_bad("readiness", "{\"today\":\"2026-11-20\",\"voices\":[{\"who\":\"a\"},{\"who\":\"a\"}]}", "/voices/1/who",
             P_DUPLICATE);
  expect_bad("readiness",
             "{\"today\":\"2026-11-20\",\"voices\":[{\"who\":\"a\",\"company\":true},{\"who\":\"b\",\"company\":true}]}",
             "/voices/1/company", P_WRONG_TYPE);
  expect_bad(
    "readiness",
    "{\"today\":\"2026-11-20\",\"voices\":[{\"who\":\"a\",\"answers\":[{\"question\":\"second_place\"},{\"question\":\"second_place\"}]}]}",
    "/voices/0/answers/1/question", P_DUPLICATE);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_combination), cmocka_unit_test(says_and_does),
                                     cmocka_unit_test(company_and_people), cmocka_unit_test(properties),
                                     cmocka_unit_test(bad_input)};
  return cmocka_run_group_tests_name("rule_readiness", tests, NULL, NULL);
}
