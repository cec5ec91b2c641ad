// SPDX-License-Identifier: Apache-2.0
// Plays deals and leads of the story through the flows, each step at its own time and by its own person.
#include "flows/agreement.h"
#include "flows/deal.h"
#include "flows/demo_internal.h"
#include "flows/handover.h"
#include "flows/settlement.h"

static void text(struct rec *r, int f, const char *z) {
  if (z && *z) rec_set_text(r, f, str_of(z));
}

static void word(struct rec *r, int f, const char *z) { rec_set_word(r, f, vocab_index(r->e->fields[f].vocab, str_of(z))); }

// ---- the room of a deal

struct room {
  struct demo *d;
  id64 deal, statement;
  utime at;  // of the event before: time goes forward only
};

static struct rec *child(const struct ctx *x, const struct entity *e, id64 deal) {
  struct rec *r = rec_new(x->arena, e);
  r->root = deal;
  r->room = true;
  return r;
}

static enum err proof(struct room *room, struct ctx *x, const struct demo_event *ev) {
  struct rec *r = child(x, &entity_evidence, room->deal);
  word(r, evidence_f_marker, ev->a);
  word(r, evidence_f_basis, ev->b);
  rec_set_word(r, evidence_f_status, ev->what == EV_PROOF ? evidence_status_confirmed : evidence_status_assumed);
  text(r, evidence_f_source, ev->c);
  text(r, evidence_f_note, ev->d);
  rec_set_int(r, evidence_f_seen_on, utime_day(x->now));
  TRY(trust_insert(x, r));
  return deal_restage(x, room->deal);
}

static enum err activity(struct room *room, struct ctx *x, const struct demo_event *ev) {
  struct rec *r = child(x, &entity_activity, room->deal);
  word(r, activity_f_kind, ev->a);
  text(r, activity_f_summary, ev->b);
  text(r, activity_f_person, ev->c);
  text(r, activity_f_result, ev->d);
  rec_set_int(r, activity_f_at, x->now);
  rec_set_ref(r, activity_f_actor, x->viewer.user);
  if (ev->n) rec_set_int(r, activity_f_minutes, ev->n);
  return trust_insert(x, r);
}

static enum err task(struct room *room, struct ctx *x, const struct demo_event *ev) {
  struct rec *r = child(x, &entity_task, room->deal);
  word(r, task_f_kind, ev->a);
  text(r, task_f_title, ev->b);
  word(r, task_f_state, ev->c);
  rec_set_ref(r, task_f_owner_company, x->viewer.company);
  rec_set_ref(r, task_f_owner, x->viewer.user);
  rec_set_int(r, task_f_due_on, utime_day(room->d->x->now) + ev->n);
  if (rec_word(r, task_f_state) == task_state_done) rec_set_int(r, task_f_done_at, x->now);
  return trust_insert(x, r);
}

static enum err comment(struct room *room, struct ctx *x, const struct demo_event *ev) {
  struct rec *r = child(x, &entity_comment, room->deal);
  text(r, comment_f_text, ev->a);
  return trust_insert(x, r);
}

// The lead company shares; the event names the firm that joins.
static enum err join(struct room *room, const struct demo_event *ev, utime at) {
  struct rec *deal = NULL;
  TRY(trust_load_system(room->d->x, &entity_deal, room->deal, &deal));
  struct ctx x = *room->d->x;
  x.viewer =
    (struct viewer){.company = deal->company, .user = rec_ref(deal, deal_f_owner), .role = user_role_manager, .ops = ~0u};
  x.now = at;
  return deal_share(&x, deal, room->d->company[ev->firm], str_of(ev->a), UTIME_MAX);
}

static enum err win(struct room *room, struct ctx *x, const char *amount) {
  struct rec *deal = NULL;
  TRY(trust_load_system(x, &entity_deal, room->deal, &deal));
  return deal_win(x, room->deal, demo_money(amount, rec_money(deal, deal_f_amount).cur.code), utime_day(x->now));
}

static enum err event(struct room *room, struct ctx *x, const struct demo_event *ev) {
  switch (ev->what) {
  case EV_PROOF:
  case EV_CLAIMED: return proof(room, x, ev);
  case EV_ACT: return activity(room, x, ev);
  case EV_TASK: return task(room, x, ev);
  case EV_SAY: return comment(room, x, ev);
  case EV_SHARE: return join(room, ev, x->now);
  case EV_CLAIM: return deal_claim(x, room->deal, vocab_index(&vocab_buyer_stage, str_of(ev->a)), str_of(ev->b));
  case EV_WON: return win(room, x, ev->a);
  case EV_LOST:
    return deal_lose(x, room->deal, vocab_index(&vocab_deal_outcome, str_of(ev->a)), str_of(ev->b), utime_day(x->now));
  case EV_SETTLE: return settlement_prepare(x, room->deal, 0, &room->statement);
  case EV_APPROVE: return settlement_approve(x, room->statement);
  case EV_PAID: return settlement_pay(x, room->statement, str_of(ev->a), utime_day(x->now));
  case EV_END: break;
  }
  return ERR_OK;
}

static enum err play_events(struct demo *d, id64 deal, utime since, const struct demo_event *events) {
  struct room room = {.d = d, .deal = deal, .at = since};
  for (int i = 0; i < DEMO_EVENTS && events[i].what != EV_END; i++) {
    utime at = demo_day(d, events[i].firm, events[i].ago);
    room.at = at > room.at ? at : room.at + UTIME_SECOND < d->x->now ? room.at + UTIME_SECOND : d->x->now;
    struct ctx x = demo_as(d, events[i].firm, events[i].by, room.at);
    TRY(event(&room, &x, &events[i]));
  }
  return ERR_OK;
}

// ---- deals of a firm's own

static void next_step(struct demo *d, struct rec *r, const char *step, int in) {
  text(r, deal_f_next_step, step);
  if (in != NO_DATE) rec_set_int(r, deal_f_next_step_on, utime_day(d->x->now) + in);
}

static enum err play_deal(struct demo *d, const struct demo_deal *t) {
  struct ctx x = demo_as(d, t->firm, t->owner, demo_day(d, t->firm, t->age));
  struct rec *r = rec_new(x.arena, &entity_deal);
  text(r, deal_f_name, t->name);
  text(r, deal_f_need, t->need);
  text(r, deal_f_customer, demo_customers[t->firm][t->customer].name);
  rec_set_ref(r, deal_f_account, d->account[t->firm][t->customer]);
  rec_set_money(r, deal_f_amount, demo_money(t->amount, t->currency));
  rec_set_ref(r, deal_f_owner, x.viewer.user);
  next_step(d, r, t->next_step, t->next_in);
  if (t->expected_in != NO_DATE) rec_set_int(r, deal_f_expected_on, utime_day(d->x->now) + t->expected_in);
  TRY(trust_insert(&x, r));
  return play_events(d, r->id, x.now, t->events);
}

enum err demo_play_deals(struct demo *d) {
  for (const struct demo_deal *t = demo_deals; t->name; t++) TRY(play_deal(d, t));
  return ERR_OK;
}

// ---- leads

static void set(json_t *o, const char *key, const char *value) {
  if (value && *value) json_object_set_new(o, key, json_string(value));
}

static void set_money(json_t *o, const char *key, const char *amount, const char *currency_code) {
  json_t *m = json_object();
  set(m, "amount", amount);
  set(m, "currency", currency_code);
  json_object_set_new(o, key, m);
}

static json_t *consent_of(struct demo *d, const struct demo_lead *t, utime at) {
  AUTO(buf_release) struct buf when = BUF(64);
  const struct demo_customer *c = &demo_customers[t->from][t->customer];
  json_t *o = json_object();
  time_put(&when, at - 40 * 60 * UTIME_SECOND);
  set(o, "given_by", c->who[0]);
  set(o, "given_at", buf_z(&when));
  set(o, "channel", t->customer % 2 ? "phone" : "meeting");
  set(o, "basis", "consent");
  set(o, "recipient", flow_id(d->x->arena, &entity_company, d->company[t->to]).p);
  set(o, "purpose", t->need);
  set(o, "data", "name, telephone, e-mail");
  set(o, "words", t->words);
  set(o, "lang", demo_firms[t->from].lang);
  if (t->also >= 0) {
    json_t *list = json_array();
    json_array_append_new(list, json_string(flow_id(d->x->arena, &entity_company, d->company[t->also]).p));
    json_object_set_new(o, "also", list);
  }
  return o;
}

static enum err send(struct demo *d, const struct demo_lead *t, utime at, id64 *ret) {
  struct arena *a = d->x->arena;
  json_t *o AUTO(json_release) = json_object();
  set(o, "account", flow_id(a, &entity_account, d->account[t->from][t->customer]).p);
  set(o, "contact", flow_id(a, &entity_contact, d->contact[t->from][t->customer]).p);
  set(o, "receiver", flow_id(a, &entity_company, d->company[t->to]).p);
  set(o, "need", t->need);
  set(o, "need_text", t->text);
  set(o, "interest", t->interest);
  set(o, "warmth", t->warmth);
  set(o, "script", t->script);
  set_money(o, "value_low", t->low, t->currency);
  set_money(o, "value_high", t->high, t->currency);
  json_object_set_new(o, "consent", consent_of(d, t, at));
  struct ctx x = demo_as(d, t->from, t->by, at);
  return handover_send(&x, o, ret);
}

// The moment from which `minutes` working minutes of the calendar have passed until now.
static utime working_minutes_ago(const struct calendar *c, utime now, int64_t minutes) {
  utime at = now;
  while (calendar_between(c, at, now) < minutes && now - at < 60 * UTIME_DAY) at -= 5 * 60 * UTIME_SECOND;
  return at;
}

enum { ANSWER_MINUTES = 480 };  // what all agreements of the story say

static utime sent_at(struct demo *d, const struct demo_lead *t) {
  if (t->ago) return demo_day(d, t->from, t->ago);
  return working_minutes_ago(&d->calendar[t->to], d->x->now, (int64_t)ANSWER_MINUTES * t->used / 100 + 1);
}

// Working minutes after the hand-over at which a step is made.
static int64_t minutes_to(str step) {
  static const struct {
    const char *step;
    int minutes;
  } steps[] = {{"receive", 35}, {"accept", 110}, {"decline", 150}, {"reach", 620}, {"qualify", 1300}, {"quote", 1900}};
  for (size_t i = 0; i < ARRAY_LEN(steps); i++)
    if (str_eqz(step, steps[i].step)) return steps[i].minutes;
  return 0;
}

static enum err answer(struct demo *d, const struct demo_lead *t, id64 lead, str step, int reason, utime at) {
  struct ctx x = demo_as(d, t->to, t->taker, at);
  struct rec *l = NULL;
  TRY(trust_load_system(&x, &entity_lead, lead, &l));
  struct lead_step s = {.event = vocab_index(&vocab_lead_event, step),
                        .reason = reason,
                        .comment = STR_NULL,
                        .proof_at = SHAPE_NO_TIME,
                        .agreement = rec_ref(l, lead_f_agreement),
                        .version = rec_int(l, lead_f_agreement_version),
                        .hash = rec_text(l, lead_f_agreement_hash)};
  if (step.n == 6 && s.event == lead_event_expire) {
    x.now = rec_int(l, lead_f_deadline_at) + 60 * UTIME_SECOND;
    return x.now < d->x->now ? handover_expire(&x, lead) : ERR_OK;
  }
  return handover_step(&x, lead, &s);
}

// "receive accept reach", "decline no_capacity", "expire": each step after its working minutes.
static enum err answers(struct demo *d, const struct demo_lead *t, id64 lead, utime sent, utime *ret_last) {
  str rest = str_of(t->steps), step;
  utime at = sent;
  while (rest.n && str_next(&rest, ' ', &step)) {
    int reason = -1;
    str why;
    if (str_eq(step, S("decline")) && str_next(&rest, ' ', &why)) reason = vocab_index(&vocab_decline_reason, why);
    utime due = sent;
    if (calendar_add(&d->calendar[t->to], sent, minutes_to(step), &due)) return ERR_CORRUPT;
    at = due > d->x->now ? d->x->now : due > at ? due : at;
    TRY(answer(d, t, lead, step, reason, at));
  }
  *ret_last = at;
  return ERR_OK;
}

static enum err plan_deal(struct demo *d, const struct demo_lead *t, id64 deal) {
  struct rec *before = NULL;
  struct ctx x = demo_as(d, t->to, t->taker, d->x->now - UTIME_HOUR);
  TRY(trust_load_system(&x, &entity_deal, deal, &before));
  struct rec *after = rec_copy(before);
  next_step(d, after, t->next_step, t->next_in);
  if (rec_word(after, deal_f_outcome) == deal_outcome_open)
    rec_set_int(after, deal_f_expected_on, utime_day(d->x->now) + (uday)demo_between(d, 25, 90));
  return trust_update(&x, before, after);
}

static enum err play_lead(struct demo *d, const struct demo_lead *t) {
  id64 lead = 0;
  utime sent = sent_at(d, t), last = 0;
  struct rec *l = NULL;
  TRY(send(d, t, sent, &lead));
  TRY(answers(d, t, lead, sent, &last));
  TRY(trust_load_system(d->x, &entity_lead, lead, &l));
  if (!rec_has(l, lead_f_deal)) return ERR_OK;
  TRY(play_events(d, rec_ref(l, lead_f_deal), last, t->events));
  return plan_deal(d, t, rec_ref(l, lead_f_deal));
}

enum err demo_play_leads(struct demo *d) {
  for (const struct demo_lead *t = demo_leads; t->need; t++) TRY(play_lead(d, t));
  return ERR_OK;
}
