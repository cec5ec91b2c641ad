// SPDX-License-Identifier: Apache-2.0
#include "rules_testing.h"

#include "rules/budget.h"

#define D(today, more) "{\"today\":\"" today "\",\"deals\":[{\"deal\":\"d\"" more "}]}"

static void rows(void **state) {
  (void)state;
  static const struct {
    const char *input, *state, *closes;
  } table[] = {
    {D("2026-06-01", ",\"year_starts\":1"), "in_time", "2026-11-02"},
    {D("2026-10-03", ",\"year_starts\":1"), "closing", "2026-11-02"},
    {D("2026-10-02", ",\"year_starts\":1"), "in_time", "2026-11-02"},
    {D("2026-11-02", ",\"year_starts\":1"), "closing", "2026-11-02"},
    {D("2026-11-03", ",\"year_starts\":1"), "next_year", "2027-11-02"},
    {D("2026-06-01", ",\"year_starts\":1,\"work_days\":140"), "closing", "2026-11-02"},
    {D("2026-06-01", ",\"year_starts\":1,\"work_days\":155"), "next_year", "2027-11-02"},
    {D("2026-11-20", ",\"year_starts\":4"), "in_time", "2027-01-31"},
    {D("2026-11-20", ",\"year_starts\":4,\"closes_before\":0"), "in_time", "2027-04-01"},
    {D("2026-11-20", ",\"year_starts\":1,\"budget_set\":true"), "set", "2026-11-02"},
    {D("2026-11-20", ""), "unknown", "(none)"},
    {D("2026-11-20", ",\"budget_set\":true"), "set", "(none)"},
  };
  for (size_t i = 0; i < ARRAY_LEN(table); i++)
    expect("budget", table[i].input, "result/lines/0/state", table[i].state, "result/lines/0/closes_on", table[i].closes, NULL);
  expect("budget", D("2026-11-20", ""), "unknown/0/pointer", "/deals/0/year_starts", NULL);
  expect("budget", D("2026-11-20", ",\"year_starts\":1,\"budget_set\":true,\"hours_this_quarter\":5"), "because",
         "budget_no_next", NULL);
}

// A date that closes is never past unless the budget is set; more work never brings the budget nearer; order is irrelevant.
static void properties(void **state) {
  (void)state;
  rng_seed(201);
  static const char *const ids[] = {"a", "b", "c"};
  for (int k = 0; k < CASES; k++) {
    AUTO(arena_release) struct arena a = {0};
    struct budget_deal d[3];
    for (int i = 0; i < 3; i++)
      d[i] = (struct budget_deal){str_of(ids[i]), chance(80) ? 1 + below(12) : SHAPE_NO_INT, below(366),
                                  chance(20),     chance(60) ? below(500) : SHAPE_NO_INT,    SHAPE_NO_INT,
                                  below(100)};
    struct budget_input in = {20000 + (uday)below(2000), d, 3};
    struct budget_result r, again;
    assert_int_equal(rule_budget(&in, &a, NULL, &r), ERR_OK);
    assert_true(r.hours_next_year <= r.hours);
    for (size_t i = 0; i < 3; i++) {
      const struct budget_line *l = &r.lines[i];
      if (l->state == budget_state_set || l->state == budget_state_unknown) continue;
      assert_true(l->days_left >= 0 && l->closes_on == in.today + l->days_left);
    }
    shuffle(d, 3, sizeof d[0]);
    assert_int_equal(rule_budget(&in, &a, NULL, &again), ERR_OK);
    for (size_t i = 0; i < 3; i++)
      assert_true(str_eq(again.lines[i].deal, r.lines[i].deal) && again.lines[i].state == r.lines[i].state);
    for (int i = 0; i < 3; i++) d[i].work_days = (d[i].work_days == SHAPE_NO_INT ? 0 : d[i].work_days) + 100;
    assert_int_equal(rule_budget(&in, &a, NULL, &again), ERR_OK);
    for (size_t i = 0; i < 3; i++)
      for (size_t m = 0; m < 3; m++)
        if (str_eq(r.lines[i].deal, again.lines[m].deal)) assert_true(again.lines[m].closes_on >= r.lines[i].closes_on);
  }
}

static void bad_input(void **state) {
  (void)state;
  expect_bad("budget", "{\"deals\":[]}", "/today", P_REQUIRED);
  expect_bad("budget", D("9999-01-01", ""), "/today", P_WRONG_TYPE);
  expect_bad("budget", "{\"today\":\"2026-11-20\",\"deals\":[{\"deal\":\"d\"},{\"deal\":\"d\"}]}", "/deals/1/deal", P_DUPLICATE);
  expect_bad("budget", D("2026-11-20", ",\"year_starts\":13"), "/deals/0/year_starts", P_OUT_OF_RANGE);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(rows), cmocka_unit_test(properties), cmocka_unit_test(bad_input)};
  return cmocka_run_group_tests_name("rule_budget", tests, NULL, NULL);
}
