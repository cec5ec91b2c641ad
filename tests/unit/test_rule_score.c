// SPDX-License-Identifier: Apache-2.0
#include "rules_testing.h"

#include <math.h>

#include "rules/score.h"

static double real_at(json_t *t, const char *path) { return json_real_value(at_path(t, path)); }

static void by_hand(void **state) {
  (void)state;
  json_t *t = run_rule("score", rule_find(S("score"))->example);
  assert_true(fabs(real_at(t, "result/lines/0/brier") - 0.065) < 1e-9);   // (0.04 + 0.09) / 2
  assert_true(fabs(real_at(t, "result/lines/1/brier") - 0.4063) < 1e-9);  // (0.0025 + 0.81) / 2 = 0.40625
  assert_true(fabs(real_at(t, "result/lines/0/base") - 0.25) < 1e-9);
  assert_true(fabs(real_at(t, "result/lines/0/skill") - 0.74) < 1e-9);
  assert_int_equal(json_integer_value(at_path(t, "result/all/n")), 4);
  json_decref(t);
}

static struct score_result judge(struct score_prediction *p, size_t n, int64_t floor, int64_t together, struct arena *a) {
  struct score_input in = {p, n, floor, together};
  struct score_result r;
  assert_int_equal(rule_score(&in, a, NULL, &r), ERR_OK);
  return r;
}

static char deals[100][8];
static void calibrations(void **state) {
  (void)state;
  static const struct {
    int64_t chance;
    int happened, n, want;
  } rows[] = {
    {500, 10, 20, calibration_calibrated}, {900, 10, 20, calibration_too_high}, {100, 10, 20, calibration_too_low},
    {900, 1, 9, calibration_too_few},      {0, 0, 20, calibration_calibrated},  {0, 1, 20, calibration_too_low},
  };
  for (size_t k = 0; k < ARRAY_LEN(rows); k++) {
    AUTO(arena_release) struct arena a = {0};
    struct score_prediction p[20];
    for (int i = 0; i < rows[k].n; i++)
      p[i] = (struct score_prediction){S("me"), str_of(deals[i]), rows[k].chance, i < rows[k].happened ? TRI_YES : TRI_NO};
    struct score_result r = judge(p, (size_t)rows[k].n, 10, 0, &a);
    assert_int_equal(r.lines[0].calibration, rows[k].want);
  }
}

static void repeated_and_open(void **state) {
  (void)state;
  AUTO(arena_release) struct arena a = {0};
  struct score_prediction p[] = {
    {S("me"), S("d"), 200, TRI_YES}, {S("me"), S("d"), 800, TRI_YES}, {S("me"), S("e"), 900, TRI_UNKNOWN}};
  struct score_result r = judge(p, 3, 2, 0, &a);
  assert_int_equal(r.lines[0].n, 1);
  assert_true(fabs(r.lines[0].brier - 0.25) < 1e-12);
  r = judge(p + 2, 1, 2, 0, &a);
  assert_null(r.all);
  assert_int_equal(r.n_lines, 0);
}

static void together_only(void **state) {
  (void)state;
  AUTO(arena_release) struct arena a = {0};
  static const char *const who[] = {"a", "b", "c", "d", "e"};
  struct score_prediction p[5];
  for (int i = 0; i < 5; i++) p[i] = (struct score_prediction){str_of(who[i]), S("d"), 500, TRI_YES};
  struct score_result r = judge(p, 4, 2, 5, &a);
  assert_true(r.n_lines == 0 && !r.all);
  r = judge(p, 5, 2, 5, &a);
  assert_true(r.n_lines == 0 && r.all && r.all->n == 5);
}

// Scores lie in 0..1, bins hold everything, order is irrelevant, and moving one chance towards what happened never worsens the score.
static void properties(void **state) {
  (void)state;
  rng_seed(91);
  static const char *const who[] = {"a", "b", "c"};
  for (int k = 0; k < CASES; k++) {
    AUTO(arena_release) struct arena a = {0};
    struct score_prediction p[30];
    size_t n = 1 + (size_t)below(30);
    for (size_t i = 0; i < n; i++)
      p[i] = (struct score_prediction){str_of(who[below(3)]), str_of(deals[i]), below(1001), any_tri()};
    struct score_result r = judge(p, n, 5, 0, &a);
    for (size_t i = 0; i < r.n_lines; i++) {
      assert_true(r.lines[i].brier >= 0 && r.lines[i].brier <= 1);
      int64_t sum = 0;
      for (size_t b = 0; b < r.lines[i].n_bins; b++) sum += r.lines[i].bins[b].n;
      assert_int_equal(sum, r.lines[i].n);
    }
    shuffle(p, n, sizeof p[0]);
    struct score_result again = judge(p, n, 5, 0, &a);
    assert_int_equal(again.n_lines, r.n_lines);
    for (size_t i = 0; i < r.n_lines; i++) assert_memory_equal(&again.lines[i].brier, &r.lines[i].brier, sizeof(double));
    if (!r.all) continue;
    for (size_t i = 0; i < n; i++) {
      if (p[i].happened == TRI_UNKNOWN) continue;
      p[i].chance = p[i].happened == TRI_YES ? 1000 : 0;
      break;
    }
    again = judge(p, n, 5, 0, &a);
    assert_true(again.all->brier <= r.all->brier + 1e-12);
  }
}

static void bad_input(void **state) {
  (void)state;
  expect_bad("score", "{\"predictions\":[{\"predictor\":\"a\",\"deal\":\"d\",\"chance\":1001}]}", "/predictions/0/chance",
             P_OUT_OF_RANGE);
  expect_bad("score", "{\"predictions\":[{\"predictor\":\"a\",\"deal\":\"d\"}]}", "/predictions/0/chance", P_REQUIRED);
  expect("score", "{\"predictions\":[]}", "because", "score_nothing", NULL);
}

int main(void) {
  for (int i = 0; i < 100; i++) (void)snprintf(deals[i], sizeof deals[i], "d%d", i);
  const struct CMUnitTest tests[] = {cmocka_unit_test(by_hand),           cmocka_unit_test(calibrations),
                                     cmocka_unit_test(repeated_and_open), cmocka_unit_test(together_only),
                                     cmocka_unit_test(properties),        cmocka_unit_test(bad_input)};
  return cmocka_run_group_tests_name("rule_score", tests, NULL, NULL);
}
