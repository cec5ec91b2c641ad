// SPDX-License-Identifier: Apache-2.0
#include "rules_testing.h"

#include "rules/implement.h"

#define FIRST \
  "\"started\":\"yes\",\"visible_agreed\":\"yes\",\"dip_announced\":\"yes\",\"learners_named\":\"yes\",\"first_result\":\"yes\""
#define SECOND FIRST ",\"reported\":\"yes\""

static void steps(void **state) {
  (void)state;
  static const struct {
    const char *input, *step, *pitch, *task;
  } rows[] = {
    {"{}", "manage_expectations", "early", "report"},
    {"{\"visible_agreed\":\"yes\",\"reported\":\"yes\"}", "manage_expectations", "early", "announce_dip"},
    {"{" FIRST "}", "solve_and_show", "early", "report"},
    {"{" SECOND ",\"problems\":[{\"problem\":\"x\"}]}", "solve_and_show", "early", "mend"},
    {"{" SECOND ",\"problems\":[{\"problem\":\"x\",\"severe\":true}]}", "solve_and_show", "harmful", "mend"},
    {"{" SECOND ",\"problems\":[{\"problem\":\"x\",\"severe\":true,\"solved\":true}]}", "harvest", "right", "review"},
    {"{" SECOND ",\"problems\":[{\"problem\":\"x\",\"solved\":true,\"blamed\":\"p\"}]}", "solve_and_show", "early",
     "restore_standing"},
    {"{" SECOND ",\"problems\":[{\"problem\":\"x\",\"solved\":true,\"blamed\":\"p\",\"standing_restored\":\"yes\"}]}", "harvest",
     "right", "review"},
    {"{\"problems\":[{\"problem\":\"x\",\"severe\":true}]}", "manage_expectations", "harmful", "mend"},
    {"{" SECOND "}", "harvest", "right", "review"},
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++)
    expect("implement", rows[i].input, "result/step", rows[i].step, "result/pitch", rows[i].pitch, "result/tasks/0", rows[i].task,
           NULL);
}

static void reference_and_friendship(void **state) {
  (void)state;
  expect("implement", "{" SECOND ",\"reviewed\":\"yes\",\"needs\":[{\"need\":\"n\",\"met\":\"yes\"}]}", "result/reference",
         "true", NULL);
  expect("implement", "{" SECOND ",\"reviewed\":\"yes\",\"needs\":[{\"need\":\"n\"}]}", "result/reference", "false",
         "result/unproven/0", "n", "because", "implement_need_unproven", NULL);
  expect("implement", "{" SECOND ",\"reviewed\":\"no\",\"needs\":[{\"need\":\"n\",\"met\":\"yes\"}]}", "result/reference",
         "false", "result/tasks/1", "record_value", NULL);
  expect("implement", "{" SECOND ",\"next_company_need\":\"no\",\"next_personal_aim\":\"no\"}", "result/friendship_only", "true",
         "because", "implement_friendship", NULL);
}

// The article's bad installation: the supporter is attacked; settle that first, and ask for nothing.
static void bad_installation(void **state) {
  (void)state;
  expect("implement", rule_find(S("implement"))->example, "result/tasks/0", "restore_standing", "result/tasks/1", "mend",
         "result/pitch", "harmful", "because", "implement_standing", "because", "implement_problem", NULL);
}

// An open severe problem is always harmful to pitch on; knowing less never makes a pitch right or a reference allowed.
static void properties(void **state) {
  (void)state;
  rng_seed(171);
  for (int k = 0; k < CASES; k++) {
    AUTO(arena_release) struct arena a = {0};
    struct implement_problem p[2] = {{.problem = S("x"),
                                      .severe = chance(50),
                                      .solved = chance(70),
                                      .due = SHAPE_NO_DATE,
                                      .blamed = chance(30) ? S("b") : STR_NULL,
                                      .standing_restored = any_tri()},
                                     {.problem = S("y"), .severe = chance(20), .solved = chance(90), .due = SHAPE_NO_DATE}};
    struct implement_need n = {S("n"), any_tri(), chance(50)};
    struct implement_input in = {any_tri(),        any_tri(), any_tri(),        any_tri(), any_tri(), any_tri(), p,
                                 (size_t)below(3), &n,        (size_t)below(2), any_tri(), any_tri(), any_tri()};
    if (chance(60)) in.visible_agreed = in.dip_announced = in.learners_named = in.first_result = in.reported = TRI_YES;
    struct implement_result r, less;
    assert_int_equal(rule_implement(&in, &a, NULL, &r), ERR_OK);
    bool severe = false;
    for (size_t i = 0; i < in.n_problems; i++) severe = severe || (p[i].severe && !p[i].solved);
    assert_int_equal(r.pitch == action_verdict_harmful, severe);
    if (r.reference) assert_int_equal(r.pitch, action_verdict_right);
    enum tristate *fields[] = {
      &in.visible_agreed, &in.dip_announced, &in.learners_named, &in.first_result, &in.reported, &in.reviewed, &n.met};
    *fields[below(7)] = TRI_UNKNOWN;
    assert_int_equal(rule_implement(&in, &a, NULL, &less), ERR_OK);
    assert_true(r.pitch == action_verdict_right || less.pitch != action_verdict_right);
    assert_true(r.reference || !less.reference);
    assert_true(less.step <= r.step);
  }
}

static void bad_input(void **state) {
  (void)state;
  expect_bad("implement", "{\"problems\":[{\"problem\":\"x\"},{\"problem\":\"x\"}]}", "/problems/1/problem", P_DUPLICATE);
  expect_bad("implement", "{\"needs\":[{\"need\":\"x\"},{\"need\":\"x\"}]}", "/needs/1/need", P_DUPLICATE);
  expect_bad("implement", "{\"reviewed\":\"maybe\"}", "/reviewed", P_BAD_WORD);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(steps), cmocka_unit_test(reference_and_friendship),
                                     cmocka_unit_test(bad_installation), cmocka_unit_test(properties),
                                     cmocka_unit_test(bad_input)};
  return cmocka_run_group_tests_name("rule_implement", tests, NULL, NULL);
}
