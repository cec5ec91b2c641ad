// SPDX-License-Identifier: Apache-2.0
#include "rules_testing.h"

#include "rules/impact.h"

static struct fact says(enum tristate v) { return (struct fact){v, -1, -1, STR_NULL, SHAPE_NO_DATE}; }

static struct impact_result judge(const struct impact_person *p, size_t n, struct arena *a) {
  struct impact_input in = {p, n};
  struct impact_result r;
  assert_int_equal(rule_impact(&in, a, NULL, &r), ERR_OK);
  return r;
}

static void table(void **state) {
  (void)state;
  static const struct {
    enum tristate gains, loses;
    int side;
  } rows[] = {
    {TRI_YES, TRI_NO, impact_side_gains},
    {TRI_YES, TRI_YES, impact_side_mixed},
    {TRI_NO, TRI_YES, impact_side_loses},
    {TRI_UNKNOWN, TRI_YES, impact_side_loses},
    {TRI_NO, TRI_NO, impact_side_indifferent},
    {TRI_YES, TRI_UNKNOWN, impact_side_unknown},
    {TRI_NO, TRI_UNKNOWN, impact_side_unknown},
    {TRI_UNKNOWN, TRI_NO, impact_side_unknown},
    {TRI_UNKNOWN, TRI_UNKNOWN, impact_side_unknown},
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++)
    for (int power = 0; power < 3; power++) {
      AUTO(arena_release) struct arena a = {0};
      struct impact_effect e = {S("x"), false, says(rows[i].gains), says(rows[i].loses)};
      struct impact_person p = {S("p"), (enum tristate)power, (enum tristate)power, &e, 1};
      struct impact_result r = judge(&p, 1, &a);
      assert_int_equal(r.lines[0].side, rows[i].side);
      assert_int_equal(r.lines[0].sponsor_candidate, rows[i].side == impact_side_gains && power == TRI_YES);
      assert_int_equal(r.lines[0].see_to, rows[i].loses == TRI_YES && power == TRI_YES);
    }
}

static void advice_that_hurts(void **state) {
  (void)state;
  expect("impact", rule_find(S("impact"))->example, "result/lines/1/by_advice/0", "outsource the night shift", "because",
         "impact_advice", "because", "impact_loser", "result/candidates/0", "contact_1", "result/lines/2/side", "unknown", NULL);
}

// A second effect never turns a loss into none; order is irrelevant; what is contradicted says nothing.
static void properties(void **state) {
  (void)state;
  rng_seed(141);
  static const char *const ids[] = {"a", "b", "c"};
  for (int k = 0; k < CASES; k++) {
    AUTO(arena_release) struct arena a = {0};
    struct impact_effect e[3][3];
    struct impact_person p[3];
    for (int i = 0; i < 3; i++) {
      for (int m = 0; m < 3; m++) {
        e[i][m] = (struct impact_effect){S("x"), chance(30), says(any_tri()), says(any_tri())};
        if (chance(10)) e[i][m].loses.status = evidence_status_contradicted;
      }
      p[i] = (struct impact_person){str_of(ids[i]), any_tri(), any_tri(), e[i], (size_t)below(3)};
    }
    struct impact_result r = judge(p, 3, &a);
    shuffle(p, 3, sizeof p[0]);
    struct impact_result again = judge(p, 3, &a);
    for (int i = 0; i < 3; i++) assert_int_equal(r.lines[i].side, again.lines[i].side);
    for (int i = 0; i < 3; i++) p[i].n_effects++;
    again = judge(p, 3, &a);
    for (int i = 0; i < 3; i++)
      if (r.lines[i].side == impact_side_loses || r.lines[i].side == impact_side_mixed)
        assert_true(again.lines[i].side == impact_side_loses || again.lines[i].side == impact_side_mixed);
  }
}

static void bad_input(void **state) {
  (void)state;
  expect_bad("impact", "{\"people\":[{\"person\":\"p\"},{\"person\":\"p\"}]}", "/people/1/person", P_DUPLICATE);
  expect_bad("impact", "{\"people\":[{\"person\":\"p\",\"effects\":[{}]}]}", "/people/0/effects/0/of", P_REQUIRED);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(table), cmocka_unit_test(advice_that_hurts), cmocka_unit_test(properties),
                                     cmocka_unit_test(bad_input)};
  return cmocka_run_group_tests_name("rule_impact", tests, NULL, NULL);
}
