// SPDX-License-Identifier: Apache-2.0
#include "rules_testing.h"

#include "rules/wired.h"

// Every number of strong, weak and counter-signals.
static void every_count(void **state) {
  (void)state;
  for (int strong = 0; strong <= 4; strong++)
    for (int weak = 0; weak <= 4; weak++)
      for (int counter = 0; counter <= 4; counter++) {
        AUTO(arena_release) struct arena a = {0};
        struct wired_input in;
        struct wired_result r;
        shape_init(&shape_wired_input, &in);
        enum tristate *all[] = {&in.heard_by_invitation, &in.answer_in_days, &in.meeting_refused,    &in.criteria_peculiar,
                                &in.narrow_questions,    &in.agenda_fixed,   &in.paper_only,         &in.price_before_talk,
                                &in.open_talk,           &in.vague_idea,     &in.our_people_invited, &in.decider_gives_time};
        for (int i = 0; i < 4; i++) {
          *all[i] = i < strong ? TRI_YES : TRI_NO;
          *all[4 + i] = i < weak ? TRI_YES : TRI_NO;
          *all[8 + i] = i < counter ? TRI_YES : TRI_NO;
        }
        assert_int_equal(rule_wired(&in, &a, NULL, &r), ERR_OK);
        int any = strong + weak;
        int want = strong >= 2 || any >= 4   ? wired_level_likely
                   : strong == 1 || any >= 2 ? wired_level_possible
                   : counter >= 2            ? wired_level_open
                                             : wired_level_unknown;
        assert_int_equal(r.level, want);
        assert_null(r.question.p);
      }
}

static void advice(void **state) {
  (void)state;
  expect("wired", JSON_TEXT({"heard_by_invitation" : "yes", "answer_in_days" : "yes"}), "result/level", "likely",
         "result/advice/0", "ask_meeting", "result/advice/1", "argue_criteria", NULL);
  expect("wired", JSON_TEXT({"meeting_refused" : "yes", "criteria_peculiar" : "yes", "peculiar_to" : "rival"}), "result/leans_to",
         "rival", "result/advice/0", "disrupt_scheme", "result/advice/1", "disrupt_price", "result/advice/3", "take_part", NULL);
  expect("wired", JSON_TEXT({"meeting_refused" : "yes", "below_cost_needed" : "yes"}), "result/advice/1", "withdraw", "because",
         "wired_below_cost", NULL);
  expect("wired", JSON_TEXT({"criteria_author" : "with_us"}), "result/leans_to", "us", "result/advice/0", "arm_supporter", NULL);
  expect("wired", JSON_TEXT({"criteria_author" : "themselves"}), "result/leans_to", "own", NULL);
  expect("wired", JSON_TEXT({"public_tender" : "yes", "published" : "yes"}), "result/advice/0", "ask_meeting", "result/advice/1",
         "(none)", "because", "wired_published", NULL);
  expect("wired", JSON_TEXT({"rival_is_partner" : "yes"}), "because", "wired_rival_is_partner", NULL);
  // The tender by Friday: what could change it most is asked.
  expect("wired", JSON_TEXT({"answer_in_days" : "yes"}), "result/level", "possible", "result/question", "meeting_refused",
         "unknown/1/could_change_to", "likely", NULL);
  expect("wired", "{}", "result/level", "unknown", "result/question", "meeting_refused", NULL);
}

// Good relations never lower suspicion, an unknown signal never counts as absent or present, and one more signal never lowers the level.
static void properties(void **state) {
  (void)state;
  static const int order[] = {
    [wired_level_open] = 0, [wired_level_unknown] = 1, [wired_level_possible] = 2, [wired_level_likely] = 3};
  rng_seed(81);
  for (int i = 0; i < CASES; i++) {
    AUTO(arena_release) struct arena a = {0};
    struct wired_input in;
    struct wired_result r, friends, more;
    bool refused;
    shape_init(&shape_wired_input, &in);
    for (int k = 0; k < 12; k++) *(enum tristate *)(void *)((char *)&in + shape_wired_input.fields[k].offset) = any_tri();
    assert_int_equal(rule_wired(&in, &a, NULL, &r), ERR_OK);
    refused = in.meeting_refused == TRI_YES;
    in.good_relations = TRI_YES;
    assert_int_equal(rule_wired(&in, &a, NULL, &friends), ERR_OK);
    assert_int_equal(r.level, friends.level);
    assert_int_equal(r.n_advice, friends.n_advice);
    *(enum tristate *)(void *)((char *)&in + shape_wired_input.fields[below(8)].offset) = TRI_YES;
    assert_int_equal(rule_wired(&in, &a, NULL, &more), ERR_OK);
    assert_true(order[more.level] >= order[r.level]);
    bool options = false;
    for (size_t k = 0; k < r.n_advice; k++) options = options || r.advice[k] == seller_action_withdraw;
    assert_int_equal(options, refused);  // the three options appear only when the meeting was refused
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_count), cmocka_unit_test(advice), cmocka_unit_test(properties)};
  return cmocka_run_group_tests_name("rule_wired", tests, NULL, NULL);
}
