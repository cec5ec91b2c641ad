// SPDX-License-Identifier: Apache-2.0
#include "rules_testing.h"

#include "rules/interest.h"

#define H(what, more) "{\"holders\":[{\"person\":\"p\",\"interest\":\"" what "\"" more "}]}"
#define OPEN ",\"can_be_eased\":\"yes\",\"time_left\":\"yes\",\"ally\":\"yes\",\"veto\":\"yes\""
#define SHUT ",\"can_be_eased\":\"no\",\"ally\":\"no\",\"veto\":\"yes\",\"other_path\":\"no\""

static void rows(void **state) {
  (void)state;
  static const struct {
    const char *input, *first, *second, *third;
  } table[] = {
    {H("benefit_from_present_supplier", OPEN), "open_criteria", "work_with_gainers", "wait"},
    {H("job", OPEN), "time", "expert_role", "ally"},
    {H("control", OPEN), "present_through_him", "nobodys_way", "executive_visit"},
    {H("workload", OPEN), "relief_plan", "time", "ally"},
    {H("past_decision", OPEN), "credit_earlier_step", "visible_role", "ally"},
    {H("status", OPEN), "visible_role", "expert_role", "ally"},
    {H("budget", OPEN), "phased_budget", "visible_role", "ally"},
    {H("ally", OPEN), "nobodys_way", "ally", "time"},
    {H("job", SHUT), "wait", "(none)", "(none)"},
    {H("budget", OPEN ",\"advice_threatens\":\"yes\""), "present_through_him", "phased_budget", "visible_role"},
  };
  for (size_t i = 0; i < ARRAY_LEN(table); i++)
    expect("interest", table[i].input, "result/lines/0/tactics/0", table[i].first, "result/lines/0/tactics/1", table[i].second,
           "result/lines/0/tactics/2", table[i].third, NULL);
}

static void never_done(void **state) {
  (void)state;
  expect("interest", H("benefit_from_present_supplier", ""), "result/lines/0/never/0", "match_benefit", "result/lines/0/never/1",
         "write_as_fact", "result/lines/0/never/2", "share_it", "result/lines/0/private", "true", "because", "interest_private",
         NULL);
  expect("interest", H("job", ""), "result/lines/0/never/0", "prove_superfluous", "result/lines/0/private", "false", NULL);
  expect("interest", H("control", ""), "result/lines/0/never/0", "outshine", NULL);
}

static void choices(void **state) {
  (void)state;
  static const struct {
    const char *input, *choice, *alarm;
  } table[] = {
    {H("job", OPEN), "time", "false"},
    {H("job", ",\"can_be_eased\":\"no\",\"ally\":\"yes\""), "ally", "false"},
    {H("job", ",\"can_be_eased\":\"yes\",\"time_left\":\"no\",\"ally\":\"yes\""), "ally", "false"},
    {H("job", ",\"can_be_eased\":\"no\",\"ally\":\"no\",\"veto\":\"no\",\"other_path\":\"yes\""), "round", "false"},
    {H("job", SHUT), "wait", "true"},
    {H("job", ",\"can_be_eased\":\"no\",\"ally\":\"no\",\"veto\":\"no\",\"other_path\":\"no\""), "wait", "false"},
    {H("job", ""), "ask", "false"},
    {H("job", ",\"can_be_eased\":\"no\",\"ally\":\"no\",\"veto\":\"unknown\",\"other_path\":\"yes\""), "ask", "false"},
  };
  for (size_t i = 0; i < ARRAY_LEN(table); i++)
    expect("interest", table[i].input, "result/lines/0/choice", table[i].choice, "result/lines/0/alarm", table[i].alarm, NULL);
  expect("interest", "{\"holders\":[]}", "because", "interest_none", NULL);
}

// Waiting is always the last; who has a veto is never gone round; a kickback is never matched; order is irrelevant.
static void properties(void **state) {
  (void)state;
  rng_seed(131);
  static const char *const ids[] = {"a", "b", "c"};
  for (int k = 0; k < CASES; k++) {
    AUTO(arena_release) struct arena a = {0};
    struct interest_holder h[3];
    for (int i = 0; i < 3; i++)
      h[i] = (struct interest_holder){
        str_of(ids[i]), (int)below(threatened_interest_COUNT), any_tri(), any_tri(), any_tri(), any_tri(), any_tri(), any_tri()};
    struct interest_input in = {h, 3};
    struct interest_result r, again;
    assert_int_equal(rule_interest(&in, &a, NULL, &r), ERR_OK);
    for (size_t i = 0; i < 3; i++) {
      const struct interest_line *l = &r.lines[i];
      assert_int_equal(l->tactics[l->n_tactics - 1], interest_tactic_wait);
      const struct interest_holder *own = NULL;
      for (int m = 0; m < 3; m++)
        if (str_eq(h[m].person, l->person)) own = &h[m];
      for (size_t m = 0; m < l->n_tactics; m++) {
        assert_true(m == l->n_tactics - 1 || l->tactics[m] != interest_tactic_wait);
        if (l->tactics[m] == interest_tactic_go_round) assert_int_equal(own->veto, TRI_NO);
      }
      if (l->choice == interest_choice_round) assert_int_equal(own->veto, TRI_NO);
      if (l->private) assert_int_equal(l->never[0], interest_never_match_benefit);
    }
    shuffle(h, 3, sizeof h[0]);
    assert_int_equal(rule_interest(&in, &a, NULL, &again), ERR_OK);
    for (size_t i = 0; i < 3; i++)
      assert_true(str_eq(again.lines[i].person, r.lines[i].person) && again.lines[i].choice == r.lines[i].choice);
  }
}

static void bad_input(void **state) {
  (void)state;
  expect_bad("interest", "{\"holders\":[{\"person\":\"p\",\"interest\":\"job\"},{\"person\":\"p\",\"interest\":\"job\"}]}",
             "/holders/1/interest", P_DUPLICATE);
  expect_bad("interest", "{\"holders\":[{\"person\":\"p\",\"interest\":\"side_income\"}]}", "/holders/0/interest", P_BAD_WORD);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(rows), cmocka_unit_test(never_done), cmocka_unit_test(choices),
                                     cmocka_unit_test(properties), cmocka_unit_test(bad_input)};
  return cmocka_run_group_tests_name("rule_interest", tests, NULL, NULL);
}
