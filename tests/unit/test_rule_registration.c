// SPDX-License-Identifier: Apache-2.0
#include "rules_testing.h"

#include "rules/registration.h"

static struct registration_input ready(int state, int event, int actor) {
  struct registration_input in;
  shape_init(&shape_registration_input, &in);
  in.state = state;
  in.event = event;
  in.actor = actor;
  in.at = 1800000000 * UTIME_SECOND;
  in.submitted_at = in.returned_at = in.at - 30 * UTIME_DAY;
  in.answer_minutes = 480;
  in.silence = silence_approve;
  in.protection_days = 90;
  in.approved_until = event == registration_event_expire ? utime_day(in.at) - 1 : utime_day(in.at) + 90;
  in.last_work_on = utime_day(in.at) - 61;
  in.customer_named = in.evidence = in.deal = in.other_open = TRI_YES;
  in.other_protected = TRI_NO;
  in.reason = registration_reason_other;
  in.comment = S("because");
  return in;
}

struct row {
  const char *state, *event, *actors, *to;
};
static const struct row rows[] = {
  {"draft", "submit", "p", "submitted"},          {"draft", "withdraw", "p", "withdrawn"},
  {"submitted", "take_up", "o", "under_review"},  {"submitted", "silence", "y", "approved"},
  {"submitted", "conflict", "oy", "in_conflict"}, {"submitted", "withdraw", "p", "withdrawn"},
  {"under_review", "give_back", "o", "returned"}, {"under_review", "approve", "o", "approved"},
  {"under_review", "reject", "o", "rejected"},    {"under_review", "conflict", "oy", "in_conflict"},
  {"under_review", "silence", "y", "approved"},   {"under_review", "withdraw", "p", "withdrawn"},
  {"returned", "submit", "p", "submitted"},       {"returned", "withdraw", "p", "withdrawn"},
  {"returned", "expire", "y", "expired"},         {"in_conflict", "settle_conflict", "o", "under_review"},
  {"in_conflict", "reject", "o", "rejected"},     {"in_conflict", "withdraw", "p", "withdrawn"},
  {"approved", "convert", "po", "converted"},     {"approved", "expire", "y", "expired"},
  {"approved", "lapse", "oy", "lapsed"},          {"approved", "withdraw", "p", "withdrawn"},
};

static const struct row *row_of(int state, int event) {
  for (size_t i = 0; i < ARRAY_LEN(rows); i++)
    if (vocab_index(&vocab_registration_state, str_of(rows[i].state)) == state &&
        vocab_index(&vocab_registration_event, str_of(rows[i].event)) == event)
      return &rows[i];
  return NULL;
}

// All states x events x actors.
static void whole_table(void **state_) {
  (void)state_;
  for (int state = 0; state < registration_state_COUNT; state++)
    for (int event = 0; event < registration_event_COUNT; event++)
      for (int actor = 0; actor < registration_actor_COUNT; actor++) {
        AUTO(arena_release) struct arena a = {0};
        struct registration_input in = ready(state, event, actor);
        struct registration_result r;
        assert_int_equal(rule_registration(&in, &a, NULL, &r), ERR_OK);
        const struct row *row = row_of(state, event);
        bool want = row && strchr(row->actors, "poy"[actor]);
        if (r.allowed != want) fail_msg("state %d event %d actor %d: %d", state, event, actor, r.allowed);
        assert_int_equal(r.state, want ? vocab_index(&vocab_registration_state, str_of(row->to)) : state);
        assert_int_equal(r.protected, r.state == registration_state_approved);
      }
}

static void needs_and_clocks(void **state) {
  (void)state;
#define REVIEW(rest)                                                                                                                   \
  "{\"state\":\"under_review\",\"at\":\"2026-11-23T10:00:00Z\",\"submitted_at\":\"2026-11-20T16:00:00Z\",\"answer_minutes\":120," rest \
  "}"
  expect("registration", REVIEW("\"event\":\"approve\",\"actor\":\"owner\",\"comment\":\"x\",\"approved_until\":\"2027-01-01\""),
         "result/allowed", "false", "result/missing/0", "alone", "unknown/0/pointer", "/other_protected", NULL);
  expect(
    "registration",
    REVIEW(
      "\"event\":\"approve\",\"actor\":\"owner\",\"comment\":\"x\",\"approved_until\":\"2026-11-22\",\"other_protected\":\"no\""),
    "result/missing/0", "until", NULL);
  expect("registration", REVIEW("\"event\":\"reject\",\"actor\":\"owner\",\"reason\":\"no_work\""), "result/missing/0", "comment",
         NULL);
  // Friday 16:00 plus two working hours is Monday 10:00: silence speaks after it, not at it.
  expect("registration", REVIEW("\"event\":\"silence\",\"actor\":\"system\",\"silence\":\"approve\""), "result/allowed", "false",
         "result/deadline_at", "2026-11-23T10:00:00Z", NULL);
#define SILENT(rest)                                                                                                                                                           \
  "{\"state\":\"submitted\",\"event\":\"silence\",\"actor\":\"system\",\"at\":\"2026-11-24T10:00:00Z\",\"submitted_at\":\"2026-11-20T16:00:00Z\",\"answer_minutes\":120," rest \
  "}"
  expect("registration", SILENT("\"silence\":\"approve\",\"protection_days\":90,\"other_protected\":\"no\""), "result/state",
         "approved", "result/protected_until", "2027-02-22", NULL);
  expect("registration", SILENT("\"silence\":\"approve\",\"protection_days\":90,\"other_protected\":\"yes\""), "result/state",
         "rejected", NULL);
  expect("registration", SILENT("\"silence\":\"refuse\",\"other_protected\":\"no\""), "result/state", "rejected", NULL);
  expect("registration", SILENT("\"protection_days\":90"), "result/state", "rejected", "unknown/0/pointer", "/silence", NULL);
#define WORKED(on)                                                                                                                                            \
  "{\"state\":\"approved\",\"event\":\"lapse\",\"actor\":\"system\",\"at\":\"2026-11-24T10:00:00Z\",\"approved_until\":\"2027-01-01\",\"last_work_on\":\"" on \
  "\"}"
  expect("registration", WORKED("2026-09-25"), "result/allowed", "false", "result/lapses_on", "2026-11-24", NULL);
  expect("registration", WORKED("2026-09-24"), "result/state", "lapsed", NULL);
}

// No walk leaves a closed state, and no approval ever comes while another is protected.
static void walks(void **state_) {
  (void)state_;
  rng_seed(161);
  for (int i = 0; i < CASES; i++) {
    AUTO(arena_release) struct arena a = {0};
    int state = registration_state_draft;
    for (int k = 0; k < 10; k++) {
      struct registration_input in = ready(state, (int)below(registration_event_COUNT), (int)below(registration_actor_COUNT));
      struct registration_result r, before;
      in.other_protected = any_tri();
      in.evidence = any_tri();
      in.silence = (int)below(silence_COUNT + 1) - 1;
      assert_int_equal(rule_registration(&in, &a, NULL, &r), ERR_OK);
      if (r.allowed && r.state == registration_state_approved) assert_int_equal(in.other_protected, TRI_NO);
      if (r.allowed && r.state == registration_state_submitted) assert_int_equal(in.evidence, TRI_YES);
      before = r;
      if (before.closed) assert_int_equal(before.n_next, 0);
      state = r.state;
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(whole_table), cmocka_unit_test(needs_and_clocks), cmocka_unit_test(walks)};
  return cmocka_run_group_tests_name("rule_registration", tests, NULL, NULL);
}
