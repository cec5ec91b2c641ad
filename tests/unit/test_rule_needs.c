// SPDX-License-Identifier: Apache-2.0
#include "rules_testing.h"

#include "rules/needs.h"

#define YES "{\"value\":\"yes\",\"basis\":\"told\"}"
#define NO "{\"value\":\"no\",\"basis\":\"told\"}"
#define GUESS "{\"value\":\"yes\",\"basis\":\"inferred\"}"
#define BOSS "{\"person\":\"boss\",\"authority\":\"final_yes\"}"
#define TECH "{\"person\":\"tech\",\"authority\":\"none\",\"influence\":1}"
#define ONE(problem) "{\"people\":[" BOSS "," TECH "],\"problems\":[{\"problem\":\"x\"" problem "}]}"
#define WHO(p, feels, personal) ",\"people\":[{\"person\":\"" p "\",\"feels\":" feels ",\"personal\":" personal "}]"

static void rows(void **state) {
  (void)state;
  static const struct {
    const char *input, *strength;
  } table[] = {
    {ONE(",\"stated\":" NO WHO("boss", YES, YES)), "denied"},
    {ONE(",\"stated\":" YES WHO("boss", YES, YES)), "strong"},
    {ONE(WHO("boss", NO, YES)), "strong"},
    {ONE(",\"stated\":" YES WHO("tech", YES, YES)), "personal"},
    {ONE(",\"stated\":" YES ",\"company_need\":\"yes\""), "company_only"},
    {ONE(",\"stated\":" YES WHO("tech", YES, NO)), "company_only"},
    {ONE(",\"company_need\":\"yes\""), "implicit"},
    {ONE(",\"stated\":" YES), "implicit"},
    {ONE(",\"stated\":" YES ",\"company_need\":\"yes\"" WHO("boss", YES, GUESS)), "company_only"},
    {ONE(",\"stated\":" GUESS ",\"company_need\":\"yes\""), "implicit"},
  };
  for (size_t i = 0; i < ARRAY_LEN(table); i++)
    expect("needs", table[i].input, "result/problems/0/strength", table[i].strength, NULL);
}

static void the_approver_is_the_first_gap(void **state) {
  (void)state;
  expect("needs", ONE(",\"stated\":" YES WHO("tech", YES, YES)), "result/gaps/0/gap", "approver_personal", "result/gaps/0/person",
         "boss", "because", "needs_approver_first", NULL);
  expect("needs", ONE(WHO("boss", YES, YES)), "result/gaps/0/gap", "cost", "result/gaps/1/gap", "stated", "result/gaps/2/gap",
         "timing", NULL);
  expect("needs", "{\"people\":[],\"problems\":[]}", "because", "needs_none", NULL);
}

// The net cafe: the owner feels lost customers, the technician feels machines that run hot.
static void net_cafe(void **state) {
  (void)state;
  expect("needs",
         "{\"people\":[" BOSS "," TECH "],\"problems\":[{\"problem\":\"heat\",\"stated\":" YES WHO(
           "tech", YES, YES) "},{\"problem\":\"customers\",\"stated\":" YES WHO("boss", YES, YES) "}]}",
         "result/problems/0/problem", "customers", "result/talks/0/problem", "customers", "result/talks/0/person", "boss",
         "result/talks/1/person", "tech", NULL);
}

// Unknown never raises a need; company needs alone are never strong; order is irrelevant.
static void properties(void **state) {
  (void)state;
  rng_seed(161);
  static const char *const ids[] = {"a", "b", "c"};
  for (int k = 0; k < CASES; k++) {
    AUTO(arena_release) struct arena a = {0};
    struct needs_person people[3];
    struct needs_problem problems[3];
    struct needs_personal each[3][3];
    for (int i = 0; i < 3; i++) {
      people[i] = (struct needs_person){str_of(ids[i]), (int)below(5) - 1, chance(50) ? SHAPE_NO_INT : below(5)};
      shape_init(&shape_needs_problem, &problems[i]);
      problems[i].problem = str_of(ids[i]);
      problems[i].stated = (struct fact){any_tri(), (int)below(4) - 1, (int)below(4) - 1, STR_NULL, SHAPE_NO_DATE};
      problems[i].company_need = any_tri();
      for (int m = 0; m < 3; m++)
        each[i][m] = (struct needs_personal){str_of(ids[m]),
                                             {any_tri(), (int)below(4) - 1, -1, STR_NULL, SHAPE_NO_DATE},
                                             {any_tri(), (int)below(4) - 1, -1, STR_NULL, SHAPE_NO_DATE}};
      problems[i].people = each[i];
      problems[i].n_people = 3;
    }
    struct needs_input in = {problems, 3, people, 3};
    struct needs_result r, again;
    assert_int_equal(rule_needs(&in, &a, NULL, &r), ERR_OK);
    for (size_t i = 0; i < 3; i++)
      assert_int_equal(r.problems[i].strength == need_strength_strong,
                       r.problems[i].n_carried_by > 0 && r.problems[i].strength != need_strength_denied);
    shuffle(problems, 3, sizeof problems[0]);
    shuffle(people, 3, sizeof people[0]);
    assert_int_equal(rule_needs(&in, &a, NULL, &again), ERR_OK);
    for (size_t i = 0; i < 3; i++)
      assert_true(str_eq(again.problems[i].problem, r.problems[i].problem) && again.problems[i].score == r.problems[i].score);
    // Forget one personal need.
    int x = (int)below(3), m = (int)below(3);
    str which = problems[x].problem;
    ((struct needs_personal *)(uintptr_t)&problems[x].people[m])->personal.value = TRI_UNKNOWN;
    assert_int_equal(rule_needs(&in, &a, NULL, &again), ERR_OK);
    int64_t before = 0, after = 0;
    for (size_t i = 0; i < 3; i++) {
      if (str_eq(r.problems[i].problem, which)) before = r.problems[i].score;
      if (str_eq(again.problems[i].problem, which)) after = again.problems[i].score;
    }
    assert_true(after <= before);
  }
}

static void bad_input(void **state) {
  (void)state;
  expect_bad("needs", "{\"people\":[],\"problems\":[{\"problem\":\"x\",\"people\":[{\"person\":\"p\"}]}]}",
             "/problems/0/people/0/person", P_NO_SUCH_RECORD);
  expect_bad("needs", "{\"people\":[],\"problems\":[{\"problem\":\"x\"},{\"problem\":\"x\"}]}", "/problems/1/problem",
             P_DUPLICATE);
  expect_bad("needs", "{\"people\":[" BOSS "," BOSS "],\"problems\":[]}", "/people/1/person", P_DUPLICATE);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(rows), cmocka_unit_test(the_approver_is_the_first_gap),
                                     cmocka_unit_test(net_cafe), cmocka_unit_test(properties), cmocka_unit_test(bad_input)};
  return cmocka_run_group_tests_name("rule_needs", tests, NULL, NULL);
}
