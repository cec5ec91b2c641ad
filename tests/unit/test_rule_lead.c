// SPDX-License-Identifier: Apache-2.0
#include "rules_testing.h"

#include "rules/lead.h"

// An input that satisfies every need, so that only state, event and actor decide.
static struct lead_input ready(int state, int event, int actor) {
  struct lead_input in;
  shape_init(&shape_lead_input, &in);
  in.state = state;
  in.event = event;
  in.actor = actor;
  in.at = 1800000000 * UTIME_SECOND;
  in.sent_at = in.at - 30 * UTIME_DAY;
  in.accepted_at = in.at - 20 * UTIME_DAY;
  in.response_minutes = 240;
  in.consent = in.consent_names_receiver = in.terms_accepted = in.next_partner = TRI_YES;
  in.reason = decline_reason_no_capacity;
  in.talked_on = utime_day(in.at);
  in.proof_at = in.sent_at - UTIME_DAY;
  in.amount = (money){100, {"EUR"}};
  return in;
}

struct row {
  const char *state, *event, *actors, *to;
};
static const struct row rows[] = {
  {"", "send", "s", "pending"},
  {"pending", "receive", "ry", "received"},
  {"pending", "accept", "r", "accepted"},
  {"received", "accept", "r", "accepted"},
  {"pending", "decline", "r", "declined"},
  {"received", "decline", "r", "declined"},
  {"pending", "expire", "y", "expired"},
  {"received", "expire", "y", "expired"},
  {"pending", "duplicate", "r", "duplicate"},
  {"received", "duplicate", "r", "duplicate"},
  {"accepted", "duplicate", "r", "duplicate"},
  {"pending", "withdraw", "s", "withdrawn"},
  {"received", "withdraw", "s", "withdrawn"},
  {"accepted", "reach", "r", "reached"},
  {"reached", "qualify", "r", "qualified"},
  {"qualified", "quote", "r", "quoted"},
  {"reached", "win", "ry", "won"},
  {"qualified", "win", "ry", "won"},
  {"quoted", "win", "ry", "won"},
  {"accepted", "lose", "ry", "lost"},
  {"reached", "lose", "ry", "lost"},
  {"qualified", "lose", "ry", "lost"},
  {"quoted", "lose", "ry", "lost"},
  {"declined", "pass_on", "sy", "pending"},
  {"expired", "pass_on", "sy", "pending"},
};

static const struct row *row_of(int state, int event) {
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    int s = rows[i].state[0] ? vocab_index(&vocab_lead_state, str_of(rows[i].state)) : -1;
    if (s == state && vocab_index(&vocab_lead_event, str_of(rows[i].event)) == event) return &rows[i];
  }
  return NULL;
}

// All states x all events x all actors: what the table lists is allowed, everything else refused and nothing moves.
static void whole_table(void **state_) {
  (void)state_;
  for (int state = -1; state < lead_state_COUNT; state++)
    for (int event = 0; event < lead_event_COUNT; event++)
      for (int actor = 0; actor < lead_actor_COUNT; actor++) {
        AUTO(arena_release) struct arena a = {0};
        struct lead_input in = ready(state, event, actor);
        struct lead_result r;
        assert_int_equal(rule_lead(&in, &a, NULL, &r), ERR_OK);
        const struct row *row = row_of(state, event);
        bool want = row && strchr(row->actors, "sry"[actor]);
        if (r.allowed != want) fail_msg("state %d event %d actor %d: %d", state, event, actor, r.allowed);
        int to = want ? vocab_index(&vocab_lead_state, str_of(row->to)) : state;
        assert_int_equal(r.state, to);
        assert_int_equal(r.closed, lead_closed(to));
      }
}

// Take one need away from an otherwise complete input: refused, and the need is named.
static void each_need(void **state) {
  (void)state;
  static const struct {
    int state, event, actor, need;
  } cases[] = {
    {-1, lead_event_send, lead_actor_sender, lead_need_consent},
    {lead_state_pending, lead_event_accept, lead_actor_receiver, lead_need_consent},
    {lead_state_pending, lead_event_accept, lead_actor_receiver, lead_need_terms},
    {lead_state_received, lead_event_decline, lead_actor_receiver, lead_need_reason},
    {lead_state_received, lead_event_decline, lead_actor_receiver, lead_need_comment},
    {lead_state_accepted, lead_event_reach, lead_actor_receiver, lead_need_talk},
    {lead_state_pending, lead_event_duplicate, lead_actor_receiver, lead_need_proof},
    {lead_state_quoted, lead_event_win, lead_actor_receiver, lead_need_amount},
    {lead_state_pending, lead_event_expire, lead_actor_system, lead_need_time_over},
    {lead_state_expired, lead_event_pass_on, lead_actor_system, lead_need_next_partner},
  };
  for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
    AUTO(arena_release) struct arena a = {0};
    struct lead_input in = ready(cases[i].state, cases[i].event, cases[i].actor);
    struct lead_result r;
    assert_int_equal(rule_lead(&in, &a, NULL, &r), ERR_OK);
    assert_true(r.allowed);
    switch (cases[i].need) {
    case lead_need_consent: in.consent_names_receiver = TRI_UNKNOWN; break;
    case lead_need_terms: in.terms_accepted = TRI_NO; break;
    case lead_need_reason: in.reason = -1; break;
    case lead_need_comment: in.reason = decline_reason_other; break;
    case lead_need_talk: in.talked_on = SHAPE_NO_DATE; break;
    case lead_need_proof: in.proof_at = in.sent_at; break;
    case lead_need_amount: in.amount.minor = 0; break;
    case lead_need_time_over: in.deadline_at = in.at; break;
    default: in.next_partner = TRI_NO;
    }
    assert_int_equal(rule_lead(&in, &a, NULL, &r), ERR_OK);
    assert_false(r.allowed);
    assert_int_equal(r.n_missing, 1);
    assert_int_equal(r.missing[0], cases[i].need);
    assert_int_equal(r.state, cases[i].state);
  }
}

// Silence over National Day: nothing expires while nobody works.
static void clock_of_the_receiver(void **state) {
  (void)state;
#define CHINA                                                                                                                              \
  "\"calendar\":{\"utc_offset_minutes\":480,\"hours\":[{\"weekday\":1,\"from\":540,\"to\":1050},{\"weekday\":2,\"from\":540,\"to\":1050}," \
  "{\"weekday\":3,\"from\":540,\"to\":1050},{\"weekday\":4,\"from\":540,\"to\":1050},{\"weekday\":5,\"from\":540,\"to\":1050}],"           \
  "\"exceptions\":[{\"on\":\"2026-10-07\"},{\"on\":\"2026-10-01\"},{\"on\":\"2026-10-02\"},{\"on\":\"2026-10-05\"},{\"on\":\"2026-10-06\"}]}"
#define EXPIRE(at)                                                                \
  "{\"state\":\"pending\",\"event\":\"expire\",\"actor\":\"system\",\"at\":\"" at \
  "\",\"sent_at\":\"2026-09-30T09:00:00Z\",\"response_minutes\":240," CHINA "}"
  expect("lead", EXPIRE("2026-10-06T12:00:00Z"), "result/allowed", "false", "result/deadline_at", "2026-10-08T04:30:00Z", NULL);
  expect("lead", EXPIRE("2026-10-08T04:30:00Z"), "result/allowed", "false", NULL);
  expect("lead", EXPIRE("2026-10-08T04:30:01Z"), "result/allowed", "true", "result/state", "expired", NULL);
  // The deadline shown to both sides stays, even when a calendar changes later.
  expect(
    "lead",
    "{\"state\":\"pending\",\"event\":\"receive\",\"actor\":\"receiver\",\"at\":\"2026-10-01T00:00:00Z\",\"deadline_at\":\"2026-10-03T00:00:00Z\"}",
    "result/state", "received", "result/deadline_at", "2026-10-03T00:00:00Z", NULL);
  expect("lead", EXPIRE("2026-10-08T04:00:00Z"), "because", "lead_needs", NULL);
}

static void writable_fields(void **state) {
  (void)state;
  assert_true(lead_may_write(lead_state_pending, lead_actor_sender, S("contact_phone")));
  assert_false(lead_may_write(lead_state_accepted, lead_actor_sender, S("contact_phone")));
  assert_false(lead_may_write(lead_state_pending, lead_actor_receiver, S("need_text")));
  assert_true(lead_may_write(lead_state_reached, lead_actor_receiver, S("need_text")));
  for (int s = lead_state_won; s < lead_state_COUNT; s++) assert_false(lead_may_write(s, lead_actor_receiver, S("need_text")));
  assert_false(lead_may_write(lead_state_withdrawn, lead_actor_sender, S("comment")));
}

// No walk through the table ever opens a lead without consent and accepted terms, qualifies a customer nobody has spoken to, or leaves a closed end.
static void walks(void **state_) {
  (void)state_;
  rng_seed(9);
  for (int i = 0; i < CASES; i++) {
    AUTO(arena_release) struct arena a = {0};
    int state = -1;
    bool reached = false;
    for (int k = 0; k < 12; k++) {
      struct lead_input in = ready(state, (int)below(lead_event_COUNT), (int)below(lead_actor_COUNT));
      struct lead_result r;
      in.consent = any_tri();
      in.terms_accepted = any_tri();
      if (chance(30)) in.talked_on = SHAPE_NO_DATE;
      assert_int_equal(rule_lead(&in, &a, NULL, &r), ERR_OK);
      if (r.allowed && in.event == lead_event_accept) assert_true(in.consent == TRI_YES && in.terms_accepted == TRI_YES);
      if (r.allowed && in.event == lead_event_reach) reached = true;
      if (r.allowed && in.event == lead_event_pass_on) reached = false;
      if (r.state == lead_state_qualified || r.state == lead_state_quoted || r.state == lead_state_won) assert_true(reached);
      if (r.allowed && lead_closed(state)) assert_int_equal(in.event, lead_event_pass_on);
      state = r.state;
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(whole_table),     cmocka_unit_test(each_need), cmocka_unit_test(clock_of_the_receiver),
    cmocka_unit_test(writable_fields), cmocka_unit_test(walks),
  };
  return cmocka_run_group_tests_name("rule_lead", tests, NULL, NULL);
}
