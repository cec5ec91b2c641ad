// SPDX-License-Identifier: Apache-2.0
#include "rules/lead.h"

#include "rules/steps.h"

#define SHAPE_FILE "rules/lead.def"
#include "base/shape_table.h"

enum { SENDER = 1 << lead_actor_sender, RECEIVER = 1 << lead_actor_receiver, SYSTEM = 1 << lead_actor_system };
enum { lead_state_none = -1 };
#define NEED(n) (1u << lead_need_##n)
static const struct step listed[] = {
#define STEP(state, event, actors, to, needs) {lead_state_##state, lead_event_##event, actors, lead_state_##to, needs},
#include "rules/lead_steps.def"
#undef STEP
};
static const struct steps steps = {
  listed, ARRAY_LEN(listed), &vocab_lead_state, &vocab_lead_event, &vocab_lead_actor, &vocab_lead_need, "(not sent)", ""};

// Which side may write which fields while a lead stands in a state. What the customer said travels sealed until acceptance and is the
// sender's to correct until then; afterwards the receiver works the lead and the sender's hand-over stays as it was accepted.
struct writable {
  int state;
  const char *sender, *receiver;
};
static const struct writable writables[] = {
  {lead_state_none, "account need need_text receiver value_low value_high warmth interest script consent credited product", ""},
  {lead_state_pending,
   "need_text value_low value_high warmth interest script account_name contact_name contact_email contact_phone", ""},
  {lead_state_received,
   "need_text value_low value_high warmth interest script account_name contact_name contact_email contact_phone", "comment"},
  {lead_state_accepted, "comment", "owner comment talked_on next_step next_step_on"},
  {lead_state_reached, "comment", "owner comment need_text next_step next_step_on"},
  {lead_state_qualified, "comment", "owner comment need_text value_low value_high next_step next_step_on"},
  {lead_state_quoted, "comment", "owner comment value_low value_high next_step next_step_on"},
  {lead_state_won, "comment", "comment"},
  {lead_state_lost, "comment", "comment"},
  {lead_state_declined, "comment receiver", ""},
  {lead_state_expired, "comment receiver", ""},
  {lead_state_duplicate, "comment", "comment"},
  {lead_state_withdrawn, "", ""},
};

static const struct writable *writable_of(int state) {
  for (size_t i = 0; i < ARRAY_LEN(writables); i++)
    if (writables[i].state == state) return &writables[i];
  return &writables[ARRAY_LEN(writables) - 1];
}

bool lead_closed(int state) { return state >= lead_state_won; }

bool lead_may_write(int state, int actor, str field) {
  const struct writable *w = writable_of(state);
  str list = str_of(actor == lead_actor_sender ? w->sender : actor == lead_actor_receiver ? w->receiver : ""), one;
  while (str_next(&list, ' ', &one))
    if (str_eq(one, field)) return true;
  return false;
}

enum err lead_deadline(const struct calendar *cal, utime start, int64_t minutes, utime *ret) {
  return calendar_add(cal, start, minutes, ret);
}

int64_t lead_minutes_left(const struct calendar *cal, utime now, utime deadline) { return calendar_between(cal, now, deadline); }

// The clock of a state: which answer is awaited, counted from when, for how long.
static bool clock_of(const struct lead_input *in, int state, utime *ret_start, int64_t *ret_minutes) {
  bool answer = state == lead_state_pending || state == lead_state_received;
  *ret_start = answer ? in->sent_at : in->accepted_at;
  *ret_minutes = answer ? in->response_minutes : in->reach_minutes;
  return (answer || state == lead_state_accepted) && *ret_start != SHAPE_NO_TIME && *ret_minutes != SHAPE_NO_INT;
}

static enum err deadline_of(const struct lead_input *in, const struct calendar *cal, int state, struct problem *pb, utime *ret) {
  utime start;
  int64_t minutes;
  if (state == in->state && in->deadline_at != SHAPE_NO_TIME) {
    *ret = in->deadline_at;
    return ERR_OK;
  }
  if (!clock_of(in, state, &start, &minutes)) {
    *ret = SHAPE_NO_TIME;
    return ERR_OK;
  }
  if (calendar_add(cal, start, minutes, ret))
    return problem_field(pb, S("/calendar"), P_WRONG_TYPE, S("a calendar that ever works that long"), STR_NULL);
  return ERR_OK;
}

// ---- what a step needs -------------------------------------------------------------------------------------------------

static bool met(const struct lead_input *in, int need, utime deadline) {
  switch (need) {
  case lead_need_consent: return in->consent == TRI_YES && in->consent_names_receiver == TRI_YES;
  case lead_need_terms: return in->terms_accepted == TRI_YES;
  case lead_need_reason: return in->reason >= 0;
  case lead_need_comment: return in->reason != decline_reason_other || in->comment.n > 0;
  case lead_need_talk: return in->talked_on != SHAPE_NO_DATE && in->talked_on <= utime_day(in->at) + 1;
  case lead_need_proof: return in->proof_at != SHAPE_NO_TIME && in->sent_at != SHAPE_NO_TIME && in->proof_at < in->sent_at;
  case lead_need_amount: return in->amount.cur.code[0] && in->amount.minor > 0;
  case lead_need_time_over: return deadline != SHAPE_NO_TIME && in->at > deadline;
  case lead_need_next_partner: return in->next_partner == TRI_YES;
  default: return false;
  }
}

static void ask(struct lead_result *r, const struct lead_input *in, int need) {
  struct answer *an = &r->answer;
  because(an, R_lead_needs, 1000, word_str(&vocab_lead_need, need), STR_NULL);
  if (need == lead_need_consent && in->consent == TRI_UNKNOWN) unknown_add(an, S("allowed"), "/consent");
  if (need == lead_need_consent && in->consent_names_receiver == TRI_UNKNOWN)
    unknown_add(an, S("allowed"), "/consent_names_receiver");
  if (need == lead_need_terms && in->terms_accepted == TRI_UNKNOWN) unknown_add(an, S("allowed"), "/terms_accepted");
  if (need == lead_need_next_partner && in->next_partner == TRI_UNKNOWN) unknown_add(an, S("allowed"), "/next_partner");
  if (need == lead_need_proof && in->proof_at == SHAPE_NO_TIME) unknown_add(an, S("allowed"), "/proof_at");
  if (need == lead_need_time_over && in->response_minutes == SHAPE_NO_INT) unknown_add(an, S("allowed"), "/response_minutes");
}

static void weigh_step(const struct lead_input *in, const struct step *s, utime deadline, struct arena *a,
                       struct lead_result *r) {
  int *missing = NEW_ARRAY(a, lead_need_COUNT, int);
  bool who = s->actors & 1u << in->actor;
  if (!who)
    because(&r->answer, R_lead_not_yours, 1000, word_str(&vocab_lead_actor, in->actor), word_str(&vocab_lead_event, in->event),
            STR_NULL);
  for (int need = 0; need < lead_need_COUNT; need++) {
    if (!(s->needs & 1u << need) || met(in, need, deadline)) continue;
    missing[r->n_missing++] = need;
    ask(r, in, need);
  }
  r->missing = missing;
  r->allowed = who && !r->n_missing;
}

// ---- the result --------------------------------------------------------------------------------------------------------

static void list_options(struct arena *a, struct lead_result *r) {
  struct lead_option *next = NEW_ARRAY(a, steps.n, struct lead_option);
  for (const struct step *s = listed; s < listed + steps.n; s++) {
    if (s->state != r->state) continue;
    struct lead_option *o = &next[r->n_next++];
    o->event = s->event;
    o->actors = step_words(a, s->actors, steps.actor, &o->n_actors);
    o->needs = step_words(a, s->needs, steps.need, &o->n_needs);
  }
  r->next = next;
}

enum err rule_lead(const struct lead_input *in, struct arena *a, struct problem *pb, struct lead_result *ret) {
  struct calendar cal;
  utime before, after;
  TRY(rule_calendar(in->calendar, "/calendar", a, pb, &cal));
  TRY(deadline_of(in, &cal, in->state, pb, &before));
  shape_init(&shape_lead_result, ret);
  ret->answer.arena = a;
  ret->state = in->state;
  const struct step *s = step_find(&steps, in->state, in->event);
  if (!s) {
    str state = in->state < 0 ? S("-") : word_str(&vocab_lead_state, in->state);
    because(&ret->answer, R_lead_no_such_step, 1000, word_str(&vocab_lead_event, in->event), state, STR_NULL);
  } else {
    weigh_step(in, s, before, a, ret);
  }
  if (ret->allowed) {
    ret->state = s->to;
    because(&ret->answer, R_lead_moves, 1000, word_str(&vocab_lead_state, s->to), STR_NULL);
  }
  ret->closed = lead_closed(ret->state);
  // A new clock starts with this very step; a running one goes on unchanged.
  struct lead_input now = *in;
  if (ret->allowed && (in->event == lead_event_send || in->event == lead_event_pass_on)) now.sent_at = in->at;
  if (ret->allowed && in->event == lead_event_accept) now.accepted_at = in->at;
  if (ret->allowed && in->event == lead_event_receive) now.state = ret->state;
  TRY(deadline_of(&now, &cal, ret->state, pb, &after));
  if (!ret->closed && after != SHAPE_NO_TIME) {
    ret->deadline_at = after;
    ret->minutes_left = calendar_between(&cal, in->at, after);
    because(&ret->answer, R_lead_clock, 0, int_str(a, ret->minutes_left), STR_NULL);
  }
  const struct writable *w = writable_of(ret->state);
  ret->sender_writes = step_fields(a, w->sender, &ret->n_sender_writes);
  ret->receiver_writes = step_fields(a, w->receiver, &ret->n_receiver_writes);
  list_options(a, ret);
  return ERR_OK;
}

static void tables(struct buf *b) {
  steps_table(&steps, b);
  buf_putz(b, "\n### Writable fields\n\n| state | sender | receiver |\n|---|---|---|\n");
  for (size_t i = 0; i < ARRAY_LEN(writables); i++)
    buf_fmt(b, "| %s | %s | %s |\n", writables[i].state < 0 ? "(not sent)" : vocab_word(&vocab_lead_state, writables[i].state),
            writables[i].sender, writables[i].receiver);
}

RULE_INFO(lead, 1, T_INIT("What may happen to a lead", "线索的状态流转", "Что может произойти с лидом"), tables, JSON({
            "state" : "received",
            "event" : "accept",
            "actor" : "receiver",
            "at" : "2026-10-10T01:30:00Z",
            "sent_at" : "2026-09-30T09:00:00Z",
            "response_minutes" : 240,
            "consent" : "yes",
            "consent_names_receiver" : "yes",
            "terms_accepted" : "yes",
            "calendar" : {
              "utc_offset_minutes" : 480,
              "hours" : [
                {"weekday" : 1, "from" : 540, "to" : 1050}, {"weekday" : 2, "from" : 540, "to" : 1050},
                {"weekday" : 3, "from" : 540, "to" : 1050}, {"weekday" : 4, "from" : 540, "to" : 1050},
                {"weekday" : 5, "from" : 540, "to" : 1050}
              ],
              "exceptions" : [
                {"on" : "2026-10-01"}, {"on" : "2026-10-02"}, {"on" : "2026-10-05"}, {"on" : "2026-10-06"}, {"on" : "2026-10-07"},
                {"on" : "2026-10-10", "from" : 540, "to" : 1050}
              ]
            }
          }));
