// SPDX-License-Identifier: Apache-2.0
#include "rules_testing.h"

#include "rules/action.h"

// The ten positions, as inputs.
static struct action_input position(int p) {
  struct action_input in;
  shape_init(&shape_action_input, &in);
  in.stage = p <= deal_position_need_felt    ? buyer_stage_confirm_need
             : p <= deal_position_shut_out   ? buyer_stage_evaluate_options
             : p <= deal_position_not_chosen ? buyer_stage_resolve_concerns
                                             : buyer_stage_implement;
  in.need_felt = p == deal_position_need_felt ? TRI_YES : TRI_NO;
  in.criteria_state = p == deal_position_criteria_open ? criteria_state_forming : criteria_state_set;
  in.leaning = p == deal_position_criteria_ours ? leaning_us : leaning_rival;
  in.meeting_refused = p == deal_position_shut_out ? TRI_YES : TRI_NO;
  in.chosen = p == deal_position_chosen ? TRI_YES : TRI_NO;
  in.health = p == deal_position_running_well ? delivery_health_well : delivery_health_trouble;
  in.reason_given = TRI_YES;
  return in;
}

static const char letters[] = "RELH.";  // in the order of vocab action_verdict
static char verdict(struct action_input in, int action) {
  AUTO(arena_release) struct arena a = {0};
  struct action_result r;
  in.action = action;
  assert_int_equal(rule_action(&in, &a, NULL, &r), ERR_OK);
  return letters[r.verdict];
}

// The whole of decision table 4a, copied here without notes and harms: 35 actions in 10 positions. Options count as right.
static void every_cell(void **state) {
  (void)state;
  static const char *const table[seller_action_COUNT] = {
    "RRRRRL.RRE", "RRR.R.LR.H", "ERLLLLLL..", "ERRRR...RH", "EERREELL.E", "EEERELLLEE", "EERRE.RLRE", "EEEREL.LEH", "HHHHHHHHHH",
    "ERRRLLLLRE", "..R.RLH...", ".RRRRRRRRR", "ERRRRL....", "...HERHE..", "EEEHERHE..", "...HERHRHH", "....ER....", "EEEE..H.HH",
    "HHHHHHH.HH", ".RRRR.RRRR", "...R..R.RR", "ERRRRLRRRR", "RRRRRRRRRR", ".......R..", "HHHHHHHHHH", "........RR", "......R.RR",
    "........RR", "........RR", "........RR", "........HH", "......H.HH", "........RE", "EEEEEEEEEH", "ELLLL....H",
  };
  for (int action = 0; action < seller_action_COUNT; action++)
    for (int p = 0; p < deal_position_COUNT; p++) {
      char want = table[action][p], got = verdict(position(p), action);
      if (got != want)
        fail_msg("%s at %s: %c, expected %c", vocab_word(&vocab_seller_action, action), vocab_word(&vocab_deal_position, p), got,
                 want);
    }
}

static void notes(void **state) {
  (void)state;
  struct action_input in = position(deal_position_need_felt);
  in.problem_stated = in.people_mapped = TRI_YES;
  assert_int_equal(verdict(in, seller_action_demonstrate), 'R');
  in.people_mapped = TRI_UNKNOWN;
  assert_int_equal(verdict(in, seller_action_demonstrate), 'E');
  in = position(deal_position_shut_out);
  in.as_option = TRI_YES;
  assert_int_equal(verdict(in, seller_action_full_proposal), 'R');
  assert_int_equal(verdict(in, seller_action_quote), 'R');
  in = position(deal_position_criteria_rival);
  in.formally_asked = TRI_YES;
  assert_int_equal(verdict(in, seller_action_quote), 'R');
  in = position(deal_position_need_not_felt);
  in.honest_tries = 1;
  assert_int_equal(verdict(in, seller_action_wait_trigger), 'R');
  in = position(deal_position_chosen);
  in.reason_given = TRI_NO;
  assert_int_equal(verdict(in, seller_action_executives_visit), 'E');
}

// The articles' stories. The net cafe: machines shown before the owner felt the loss of customers. The chosen supplier under questions.
static void stories(void **state) {
  (void)state;
  expect("action", JSON_TEXT({"stage" : "confirm_need", "need_felt" : "no", "action" : "demonstrate"}), "result/verdict", "early",
         "result/harms/1", "leak", NULL);
  expect("action", JSON_TEXT({"stage" : "resolve_concerns", "chosen" : "yes", "action" : "pressure_close"}), "result/verdict",
         "harmful", "result/instead/0", "explore_doubt", NULL);
  expect("action", JSON_TEXT({"stage" : "implement", "health" : "trouble", "action" : "pass_problem"}), "result/verdict",
         "harmful", NULL);
  // The tender by Friday: ask for a meeting first.
  expect("action",
         JSON_TEXT(
           {"stage" : "evaluate_options", "criteria_state" : "set", "first_heard_by_tender" : "yes", "meeting_refused" : "no"}),
         "result/position", "criteria_rival", "result/instead/0", "ask_meeting", "because", "action_tender_letter", NULL);
}

// Never better while something is unknown than with the better answer; a price cut once we are chosen is never right.
static void unknown_is_never_neutral(void **state) {
  (void)state;
  static const int order[] = {4, 2, 1, 0, 3};
  rng_seed(31);
  for (int i = 0; i < CASES; i++) {
    AUTO(arena_release) struct arena a = {0};
    struct action_input in = position((int)below(deal_position_COUNT)), blind;
    struct action_result known, unknown;
    in.action = (int)below(seller_action_COUNT);
    in.formally_asked = any_tri();
    in.as_option = any_tri();
    in.problem_stated = any_tri();
    in.people_mapped = any_tri();
    blind = in;
    if (chance(50)) blind.need_felt = blind.chosen = TRI_UNKNOWN;
    if (chance(50)) blind.leaning = -1;
    if (chance(50)) blind.meeting_refused = TRI_UNKNOWN;
    if (chance(50)) blind.criteria_state = -1;
    if (chance(50)) blind.health = -1;
    if (chance(50)) blind.formally_asked = TRI_UNKNOWN;
    assert_int_equal(rule_action(&in, &a, NULL, &known), ERR_OK);
    assert_int_equal(rule_action(&blind, &a, NULL, &unknown), ERR_OK);
    assert_true(order[unknown.verdict] <= order[known.verdict]);
    assert_int_equal(known.n_right + known.n_early + known.n_late + known.n_harmful <= seller_action_COUNT, 1);
    if (in.stage == buyer_stage_resolve_concerns && in.chosen == TRI_YES)
      for (size_t k = 0; k < known.n_right; k++) assert_true(known.right[k].action != seller_action_pressure_close);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_cell),
    cmocka_unit_test(notes),
    cmocka_unit_test(stories),
    cmocka_unit_test(unknown_is_never_neutral),
  };
  return cmocka_run_group_tests_name("rule_action", tests, NULL, NULL);
}
