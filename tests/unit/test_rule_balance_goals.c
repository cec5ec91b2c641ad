// SPDX-License-Identifier: Apache-2.0
#include "rules_testing.h"

#include "rules/balance_goals.h"

#define G(id, months, served, more) \
  "{\"goal\":\"" id "\",\"months\":" #months ",\"real\":{\"value\":\"yes\",\"basis\":\"told\"},\"served\":\"" served "\"" more "}"
#define OWN ",\"owner\":\"brand office\""

static void rows(void **state) {
  (void)state;
  static const struct {
    const char *input, *balance;
  } table[] = {
    {"{\"goals\":[]}", "unknown"},
    {"{\"goals\":[],\"price_pressure\":\"yes\",\"hires\":\"yes\",\"new_market\":\"yes\"}", "hidden_long"},
    {"{\"goals\":[],\"price_pressure\":\"yes\",\"hires\":\"yes\"}", "unknown"},
    {"{\"goals\":[" G("s", 12, "yes", "") "],\"invests_in_brand\":\"yes\",\"departments_differ\":\"yes\"}", "hidden_long"},
    {"{\"goals\":[" G("s", 12, "yes", "") "],\"invests_in_brand\":\"yes\"}", "short_only"},
    {"{\"goals\":[" G("s", 3, "yes", "") "," G("l", 13, "yes", "") "]}", "balanced"},
    {"{\"goals\":[" G("s", 3, "yes", "") "," G("l", 13, "no", "") "]}", "short_only"},
    {"{\"goals\":[" G("s", 3, "no", "") "," G("l", 13, "yes", "") "]}", "long_only"},
    {"{\"goals\":[" G("s", 3, "no", "") "," G("l", 13, "no", "") "]}", "unserved"},
    {"{\"goals\":[" G("s", 3, "unknown", "") "," G("l", 13, "no", "") "]}", "unknown"},
    {"{\"goals\":[{\"goal\":\"l\",\"months\":36,\"real\":{\"value\":\"yes\",\"basis\":\"inferred\"}}]}", "unknown"},
  };
  for (size_t i = 0; i < ARRAY_LEN(table); i++) expect("balance_goals", table[i].input, "result/balance", table[i].balance, NULL);
}

static void second_front(void **state) {
  (void)state;
  expect("balance_goals", "{\"goals\":[" G("s", 3, "yes", "") "," G("l", 24, "no", OWN) "]}", "result/keep/0", "s",
         "result/fronts/0/owner", "brand office", "because", "balance_second_front", NULL);
  // Never through purchasing.
  expect("balance_goals", "{\"goals\":[" G("l", 24, "no", OWN ",\"owner_is_purchasing\":true") "]}", "result/fronts/0/owner",
         "(none)", NULL);
  expect("balance_goals", "{\"goals\":[" G("l", 24, "no", "") "]}", "because", "balance_unowned", "unknown/0/pointer",
         "/goals/0/owner", NULL);
  expect("balance_goals", rule_find(S("balance_goals"))->example, "result/balance", "hidden_long", "because",
         "balance_find_owner", "because", "balance_swing", NULL);
}

// The furniture maker that presses the hinge seller on price while it invests in its brand and design and its other departments speak of a
// dearer market: the price is served on, the goal behind it is looked for outside purchasing.
static void furniture_maker_and_hinges(void **state) {
  (void)state;
  expect(
    "balance_goals",
    "{\"goals\":[" G(
      "price", 6, "yes",
      ",\"owner\":\"purchasing\",\"owner_is_purchasing\":true") "],\"price_pressure\":\"yes\","
                                                                "\"invests_in_brand\":\"yes\",\"invests_in_design\":\"yes\",\"new_market\":\"yes\",\"departments_differ\":\"yes\"}",
    "result/balance", "hidden_long", "result/keep/0", "price", "because", "balance_find_owner", NULL);
  // Its design office owns the long goal: a second front there, the short one kept.
  expect("balance_goals",
         "{\"goals\":[" G("price", 6, "yes", ",\"owner_is_purchasing\":true") "," G(
           "market", 36, "no", ",\"owner\":\"design office\"") "],"
                                                               "\"price_pressure\":\"yes\",\"departments_differ\":\"yes\"}",
         "result/keep/0", "price", "result/fronts/0/owner", "design office", NULL);
}

// The short goal is always kept; purchasing never gets a second front; order is irrelevant; a sign never hides a known long goal.
static void properties(void **state) {
  (void)state;
  rng_seed(231);
  static const char *const ids[] = {"a", "b", "c", "d"};
  for (int k = 0; k < CASES; k++) {
    AUTO(arena_release) struct arena a = {0};
    struct balance_goals_goal g[4];
    bool far = false;
    for (int i = 0; i < 4; i++) {
      g[i] = (struct balance_goals_goal){str_of(ids[i]),
                                         below(30),
                                         chance(70) ? S("x") : STR_NULL,
                                         chance(30),
                                         {any_tri(), (int)below(4) - 1, (int)below(4) - 1, STR_NULL, SHAPE_NO_DATE},
                                         any_tri()};
      far = far || (g[i].months > 12 && g[i].real.value == TRI_YES && g[i].real.basis != evidence_basis_inferred &&
                    g[i].real.status != evidence_status_contradicted);
    }
    struct balance_goals_input in = {.goals = g,
                                     .n_goals = 4,
                                     .price_pressure = any_tri(),
                                     .invests_in_brand = any_tri(),
                                     .invests_in_design = any_tri(),
                                     .new_market = any_tri(),
                                     .hires = any_tri(),
                                     .departments_differ = any_tri()};
    struct balance_goals_result r, again;
    assert_int_equal(rule_balance_goals(&in, &a, NULL, &r), ERR_OK);
    if (far) assert_int_not_equal(r.balance, goal_balance_hidden_long);
    for (size_t i = 0; i < r.n_fronts; i++)
      for (int m = 0; m < 4; m++)
        if (str_eq(g[m].goal, r.fronts[i].goal)) assert_true(!g[m].owner_is_purchasing && g[m].months > 12);
    shuffle(g, 4, sizeof g[0]);
    assert_int_equal(rule_balance_goals(&in, &a, NULL, &again), ERR_OK);
    assert_int_equal(again.balance, r.balance);
    assert_int_equal(again.n_fronts, r.n_fronts);
  }
}

static void bad_input(void **state) {
  (void)state;
  expect_bad("balance_goals", "{\"goals\":[" G("a", 1, "no", "") "," G("a", 1, "no", "") "]}", "/goals/1/goal", P_DUPLICATE);
  expect_bad("balance_goals", "{\"goals\":[" G("a", 241, "no", "") "]}", "/goals/0/months", P_OUT_OF_RANGE);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(rows), cmocka_unit_test(second_front),
                                     cmocka_unit_test(furniture_maker_and_hinges), cmocka_unit_test(properties),
                                     cmocka_unit_test(bad_input)};
  return cmocka_run_group_tests_name("rule_balance_goals", tests, NULL, NULL);
}
