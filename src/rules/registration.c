// SPDX-License-Identifier: Apache-2.0
#include "rules/registration.h"

#include "rules/steps.h"

#define SHAPE_FILE "rules/registration.def"
#include "base/shape_table.h"

enum {
  PARTNER = 1 << registration_actor_partner,
  OWNER = 1 << registration_actor_owner,
  SYSTEM = 1 << registration_actor_system
};
enum { registration_state_by_agreement = registration_state_COUNT };
#define NEED(n) (1u << registration_need_##n)
static const struct step listed[] = {
#define STEP(state, event, actors, to, needs) \
  {registration_state_##state, registration_event_##event, actors, registration_state_##to, needs},
#include "rules/registration_steps.def"
#undef STEP
};
static const struct steps steps = {listed,
                                   ARRAY_LEN(listed),
                                   &vocab_registration_state,
                                   &vocab_registration_event,
                                   &vocab_registration_actor,
                                   &vocab_registration_need,
                                   "",
                                   "(as the agreement says)"};
struct writable {
  const char *partner, *owner;
};
static const struct writable writables[registration_state_COUNT] = {
  [registration_state_draft] = {"customer need value expected_on evidence comment", ""},
  [registration_state_submitted] = {"comment", "comment"},
  [registration_state_under_review] = {"comment", "comment reason"},
  [registration_state_returned] = {"customer need value expected_on evidence comment", "comment"},
  [registration_state_approved] = {"value expected_on evidence comment", "comment"},
  [registration_state_in_conflict] = {"evidence comment", "comment reason"},
  [registration_state_converted] = {"", ""},
  [registration_state_expired] = {"", ""},
  [registration_state_lapsed] = {"", ""},
  [registration_state_rejected] = {"", ""},
  [registration_state_withdrawn] = {"", ""},
};

static bool closed(int state) {
  return state == registration_state_converted || state == registration_state_expired || state == registration_state_lapsed ||
         state == registration_state_rejected || state == registration_state_withdrawn;
}

// Who must answer by when: the owner while it is submitted or under review, the partner while it is returned.
static enum err deadline_of(const struct registration_input *in, const struct calendar *cal, int state, struct problem *pb,
                            utime *ret) {
  bool owner = state == registration_state_submitted || state == registration_state_under_review;
  utime start = owner ? in->submitted_at : state == registration_state_returned ? in->returned_at : SHAPE_NO_TIME;
  *ret = SHAPE_NO_TIME;
  if (start == SHAPE_NO_TIME || in->answer_minutes == SHAPE_NO_INT) return ERR_OK;
  if (calendar_add(cal, start, in->answer_minutes, ret))
    return problem_field(pb, S("/calendar"), P_WRONG_TYPE, S("a calendar that ever works that long"), STR_NULL);
  return ERR_OK;
}

static uday lapse_day(const struct registration_input *in) {
  return in->last_work_on == SHAPE_NO_DATE ? SHAPE_NO_DATE : in->last_work_on + (uday)in->lapse_days;
}

static bool time_over(const struct registration_input *in, utime deadline) {
  uday today = utime_day(in->at);
  if (in->event == registration_event_lapse) return lapse_day(in) != SHAPE_NO_DATE && today > lapse_day(in);
  if (in->event == registration_event_expire && in->state == registration_state_approved)
    return in->approved_until != SHAPE_NO_DATE && today > in->approved_until;
  return deadline != SHAPE_NO_TIME && in->at > deadline;
}

static bool met(const struct registration_input *in, int need, utime deadline) {
  switch (need) {
  case registration_need_customer: return in->customer_named == TRI_YES;
  case registration_need_evidence: return in->evidence == TRI_YES;
  case registration_need_reason: return in->reason >= 0;
  case registration_need_comment: return in->comment.n > 0;
  case registration_need_until: return in->approved_until != SHAPE_NO_DATE && in->approved_until >= utime_day(in->at);
  case registration_need_alone: return in->other_protected == TRI_NO;
  case registration_need_rival_claim: return in->other_open == TRI_YES || in->other_protected == TRI_YES;
  case registration_need_time_over: return time_over(in, deadline);
  case registration_need_deal: return in->deal == TRI_YES;
  default: return false;
  }
}

static void ask(const struct registration_input *in, struct registration_result *r, int need) {
  struct answer *an = &r->answer;
  because(an, R_registration_needs, 1000, word_str(&vocab_registration_need, need), STR_NULL);
  if (need == registration_need_customer && in->customer_named == TRI_UNKNOWN) unknown_add(an, S("allowed"), "/customer_named");
  if (need == registration_need_evidence && in->evidence == TRI_UNKNOWN) unknown_add(an, S("allowed"), "/evidence");
  if (need == registration_need_alone && in->other_protected == TRI_UNKNOWN) unknown_add(an, S("allowed"), "/other_protected");
  if (need == registration_need_time_over && in->event == registration_event_lapse && in->last_work_on == SHAPE_NO_DATE)
    unknown_add(an, S("allowed"), "/last_work_on");
}

// Silence approves only what may be approved: a protected rival turns it into a refusal.
static int after_silence(const struct registration_input *in, struct answer *an) {
  bool yes = in->silence == silence_approve && in->other_protected == TRI_NO && in->protection_days != SHAPE_NO_INT;
  because(an, yes ? R_registration_silence_approves : R_registration_silence_refuses, 800, STR_NULL);
  if (in->silence < 0) unknown_add(an, S("approved"), "/silence");
  if (in->silence == silence_approve && in->other_protected == TRI_UNKNOWN) unknown_add(an, S("approved"), "/other_protected");
  return yes ? registration_state_approved : registration_state_rejected;
}

static void take_step(const struct registration_input *in, const struct step *s, utime deadline, struct arena *a,
                      struct registration_result *r) {
  int *missing = NEW_ARRAY(a, registration_need_COUNT, int);
  bool who = s->actors & 1u << in->actor;
  if (!who)
    because(&r->answer, R_registration_not_yours, 1000, word_str(&vocab_registration_actor, in->actor),
            word_str(&vocab_registration_event, in->event), STR_NULL);
  for (int need = 0; need < registration_need_COUNT; need++)
    if (s->needs & 1u << need && !met(in, need, deadline)) {
      missing[r->n_missing++] = need;
      ask(in, r, need);
    }
  r->missing = missing;
  r->allowed = who && !r->n_missing;
  if (!r->allowed) return;
  r->state = s->to == registration_state_by_agreement ? after_silence(in, &r->answer) : s->to;
  because(&r->answer, R_registration_moves, 1000, word_str(&vocab_registration_state, r->state), STR_NULL);
}

// ---- the result --------------------------------------------------------------------------------------------------------

static void list_options(struct arena *a, struct registration_result *r) {
  struct registration_option *next = NEW_ARRAY(a, steps.n, struct registration_option);
  for (const struct step *s = listed; s < listed + steps.n; s++) {
    if (s->state != r->state) continue;
    struct registration_option *o = &next[r->n_next++];
    o->event = s->event;
    o->actors = step_words(a, s->actors, steps.actor, &o->n_actors);
    o->needs = step_words(a, s->needs, steps.need, &o->n_needs);
  }
  r->next = next;
}

enum err rule_registration(const struct registration_input *in, struct arena *a, struct problem *pb,
                           struct registration_result *ret) {
  struct calendar cal;
  utime before, after;
  TRY(rule_calendar(in->calendar, "/calendar", a, pb, &cal));
  TRY(deadline_of(in, &cal, in->state, pb, &before));
  shape_init(&shape_registration_result, ret);
  ret->answer.arena = a;
  ret->state = in->state;
  const struct step *s = step_find(&steps, in->state, in->event);
  if (s)
    take_step(in, s, before, a, ret);
  else
    because(&ret->answer, R_registration_no_such_step, 1000, word_str(&vocab_registration_event, in->event),
            word_str(&vocab_registration_state, in->state), STR_NULL);
  struct registration_input now = *in;
  if (ret->allowed && in->event == registration_event_submit) now.submitted_at = in->at;
  if (ret->allowed && in->event == registration_event_give_back) now.returned_at = in->at;
  if (ret->allowed && ret->state == registration_state_approved && in->event == registration_event_silence)
    now.approved_until = utime_day(in->at) + (uday)in->protection_days;
  TRY(deadline_of(&now, &cal, ret->state, pb, &after));
  ret->closed = closed(ret->state);
  ret->deadline_at = after;
  ret->protected = ret->state == registration_state_approved;
  if (ret->protected) {
    ret->protected_until = now.approved_until;
    ret->lapses_on = lapse_day(in);
  }
  ret->partner_writes = step_fields(a, writables[ret->state].partner, &ret->n_partner_writes);
  ret->owner_writes = step_fields(a, writables[ret->state].owner, &ret->n_owner_writes);
  list_options(a, ret);
  return ERR_OK;
}

static void tables(struct buf *b) {
  steps_table(&steps, b);
  buf_putz(b, "\n### Writable fields\n\n| state | partner | owner |\n|---|---|---|\n");
  for (int s = 0; s < registration_state_COUNT; s++)
    buf_fmt(b, "| %s | %s | %s |\n", vocab_word(&vocab_registration_state, s), writables[s].partner, writables[s].owner);
}

RULE_INFO(registration, 1, T_INIT("The life of a deal registration", "报备的状态流转", "Жизнь регистрации сделки"), tables, JSON({
            "state" : "under_review",
            "event" : "approve",
            "actor" : "owner",
            "at" : "2026-11-22T09:00:00Z",
            "other_protected" : "no",
            "approved_until" : "2027-02-20",
            "last_work_on" : "2026-11-20",
            "comment" : "first to work on it"
          }));
