// SPDX-License-Identifier: Apache-2.0
#include "rules_testing.h"

#include "rules/concern.h"

#define DEAL(rest) "{\"stage\":\"resolve_concerns\",\"chosen\":\"yes\"" rest "}"
#define ONE(rest) DEAL(",\"concerns\":[{\"concern\":\"c\",\"whose\":\"Dr. Weiss\",\"personal_risk_known\":\"yes\"" rest "}]")

static void steps(void **state) {
  (void)state;
  static const struct {
    const char *input, *kind, *now, *next;
  } rows[] = {
    {DEAL(",\"concerns\":[{\"concern\":\"c\",\"kind\":\"risk\"}]"), "risk", "open", "name_it"},
    {ONE(",\"kind\":\"risk\""), "risk", "open", "explore"},
    {ONE(",\"kind\":\"risk\",\"origin\":\"suspected\""), "risk", "open", "explore"},
    {ONE(",\"kind\":\"risk\",\"explored\":\"yes\""), "risk", "explored", "joint_plan"},
    {ONE(",\"kind\":\"politics\",\"explored\":\"yes\""), "politics", "explored", "executives"},
    {ONE(",\"kind\":\"supplier\",\"explored\":\"yes\""), "supplier", "explored", "executives"},
    {ONE(",\"kind\":\"change\",\"nature\":\"inherent\",\"explored\":\"yes\""), "change", "explored", "assure"},
    {ONE(",\"kind\":\"risk\",\"explored\":\"yes\",\"plan_agreed\":\"yes\""), "risk", "answered", "buyer_says_so"},
    {ONE(",\"kind\":\"cost\",\"price_demand\":true"), "risk", "open", "explore"},
    {ONE(",\"kind\":\"cost\",\"price_demand\":true,\"explored\":\"yes\""), "cost", "explored", "joint_plan"},
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++)
    expect("concern", rows[i].input, "result/concerns/0/kind", rows[i].kind, "result/concerns/0/state", rows[i].now,
           "result/concerns/0/next", rows[i].next, NULL);
}

// Only the buyer settles: seen or told, by the very person.
static void settled_by_the_person(void **state) {
  (void)state;
#define RESOLVED(rest) ONE(",\"kind\":\"risk\",\"severity\":5,\"resolved\":{\"value\":\"yes\"" rest "}")
  expect("concern", RESOLVED(",\"basis\":\"told\",\"source\":\"Dr. Weiss\""), "result/reading", "settled",
         "result/concerns/0/state", "resolved_by_buyer", "result/concerns/0/blocks", "false", NULL);
  static const char *const not_settled[] = {RESOLVED(",\"basis\":\"told\",\"source\":\"Mr. Chen\""),
                                            RESOLVED(",\"basis\":\"inferred\",\"source\":\"Dr. Weiss\""), RESOLVED(""),
                                            RESOLVED(",\"basis\":\"told\",\"source\":\"Dr. Weiss\",\"status\":\"contradicted\""),
                                            RESOLVED(",\"basis\":\"told\",\"source\":\"Dr. Weiss\",\"status\":\"assumed\"")};
  for (size_t i = 0; i < ARRAY_LEN(not_settled); i++)
    expect("concern", not_settled[i], "result/reading", "good_sign", "result/concerns/0/state", "open",
           "result/concerns/0/blocks", "true", NULL);
}

static void readings(void **state) {
  (void)state;
  expect("concern", DEAL(""), "result/reading", "silence", "result/next", "check_chosen", NULL);
  expect("concern", "{\"stage\":\"evaluate_options\"}", "result/reading", "early", NULL);
  expect("concern", DEAL(",\"silent_working_days\":10"), "result/next", "check_chosen", "because", "concern_silent", NULL);
  expect("concern", ONE(",\"kind\":\"risk\",\"explored\":\"no\""), "result/next", "explore", NULL);
  expect("concern", "{\"stage\":\"resolve_concerns\",\"chosen\":\"no\"}", "result/reading", "not_chosen", "result/next",
         "one_honest_try", NULL);
  expect("concern", "{\"stage\":\"resolve_concerns\",\"chosen\":\"no\",\"honest_try_made\":\"yes\"}", "result/next",
         "thank_and_file", NULL);
}

// A price cut is never right while we may be the chosen one; dismissing a doubt never is; the order of doubts is irrelevant.
static void properties(void **state) {
  (void)state;
  rng_seed(71);
  for (int i = 0; i < CASES; i++) {
    AUTO(arena_release) struct arena a = {0};
    struct concern_item list[6];
    struct concern_input in;
    struct concern_result r, again;
    shape_init(&shape_concern_input, &in);
    in.stage = (int)below(buyer_stage_COUNT);
    in.chosen = any_tri();
    in.concerns = list;
    in.n_concerns = (size_t)below(7);
    for (size_t k = 0; k < in.n_concerns; k++) {
      shape_init(&shape_concern_item, &list[k]);
      list[k].concern = arena_fmt(&a, "c%zu", k);
      list[k].kind = (int)below(concern_kind_COUNT + 1) - 1;
      list[k].severity = 1 + below(5);
      list[k].explored = any_tri();
      list[k].plan_agreed = any_tri();
      list[k].whose = chance(50) ? S("x") : STR_NULL;
      list[k].price_demand = chance(30);
      list[k].resolved = (struct fact){any_tri(), (int)below(4) - 1, (int)below(4) - 1, S("x"), SHAPE_NO_DATE};
    }
    assert_int_equal(rule_concern(&in, &a, NULL, &r), ERR_OK);
    bool pressure = false, dismiss = false;
    for (size_t k = 0; k < r.n_never; k++) {
      pressure = pressure || r.never[k] == seller_action_pressure_close;
      dismiss = dismiss || r.never[k] == seller_action_dismiss_doubt;
    }
    assert_true(dismiss);
    if (in.stage == buyer_stage_resolve_concerns && in.chosen != TRI_NO) assert_true(pressure);
    shuffle(list, in.n_concerns, sizeof list[0]);
    assert_int_equal(rule_concern(&in, &a, NULL, &again), ERR_OK);
    assert_int_equal(r.open, again.open);
    assert_int_equal(r.next, again.next);
    for (size_t k = 0; k < r.n_concerns; k++) assert_true(str_eq(r.concerns[k].concern, again.concerns[k].concern));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(steps), cmocka_unit_test(settled_by_the_person), cmocka_unit_test(readings),
                                     cmocka_unit_test(properties)};
  return cmocka_run_group_tests_name("rule_concern", tests, NULL, NULL);
}
