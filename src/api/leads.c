// SPDX-License-Identifier: Apache-2.0
// Leads over HTTP: propose a partner, hand over, and the receiver's steps.
#include <stdio.h>

#include "api/handlers.h"
#include "flows/agreement.h"
#include "flows/handover.h"

static void write_reasons(struct jw *w, const char *key, const struct reason *r, size_t n, enum lang l) {
  jw_key(w, str_of(key));
  reasons_write(r, n, w, (int)l);
}

// ---- who could take it

static enum err write_terms(struct ctx *x, struct jw *w, id64 agreement, int64_t version) {
  struct rec *v = NULL;
  TRY(agreement_version_load(x, agreement, version, &v));
  jw_key(w, S("terms"));
  jw_object(w);
  static const int shown[] = {agreement_version_f_reward_rate,
                              agreement_version_f_reward_base,
                              agreement_version_f_reward_trigger,
                              agreement_version_f_response_minutes,
                              agreement_version_f_protection_days,
                              agreement_version_f_silence,
                              agreement_version_f_hash};
  for (size_t i = 0; i < ARRAY_LEN(shown); i++) {
    jw_key(w, str_of(v->e->fields[shown[i]].name));
    rec_write_value(w, v, shown[i]);
  }
  jw_end_object(w);
  return ERR_OK;
}

static enum err write_company(struct ctx *x, struct jw *w, str company) {
  jw_key(w, S("company"));
  jw_string(w, company);
  jw_key(w, S("name"));
  jw_string(w, flow_company_name(x, flow_id_of(&entity_company, company)));
  return ERR_OK;
}

// The needs our partners' agreements cover: what can be handed over at all.
static enum err write_needs(struct ctx *x, struct jw *w) {
  struct rec **a = NULL;
  size_t n = 0;
  TRY(agreements_active(x, x->viewer.company, &a, &n));
  str *seen = NEW_ARRAY(x->arena, 200, str);
  size_t nseen = 0;
  jw_key(w, S("needs"));
  jw_array(w);
  for (size_t i = 0; i < n; i++) {
    struct rec *v = NULL, *partner = NULL;
    TRY(agreement_version_load(x, a[i]->id, rec_int(a[i], agreement_f_active_version), &v));
    TRY(flow_company(x, agreement_partner(a[i], x->viewer.company), &partner));
    str list = rec_text(v, agreement_version_f_scope_needs), one;
    if (!list.n) list = rec_text(partner, company_f_needs);
    while (nseen < 200 && str_next(&list, '\n', &one)) {
      bool known = !str_trim(one).n;
      for (size_t k = 0; k < nseen; k++) known |= str_eq(seen[k], str_trim(one));
      if (known) continue;
      seen[nseen++] = str_trim(one);
      jw_string(w, str_trim(one));
    }
  }
  jw_end_array(w);
  return ERR_OK;
}

static enum err handover_reply(struct call *c, struct ctx *x) {
  id64 id = 0;
  struct rec *account = NULL;
  struct access a = {0};
  struct route_result r = {0};
  str need = S("");
  TRY(call_id(c, 0, &entity_account, &id));
  TRY(trust_load(x, &entity_account, id, OP_READ, &account, &a));
  if (!a.owner) return problem_set0(x->pb, P_NOT_FOUND);
  bool chosen = call_query(c, "need", &need) && need.n;
  if (chosen) TRY(handover_route(x, account, need, NULL, 0, &r));
  struct jw w = reply_json(c);
  jw_object(&w);
  TRY(write_needs(x, &w));
  jw_key(&w, S("proposals"));
  jw_array(&w);
  for (size_t i = 0; i < r.n_proposals; i++) {
    const struct route_proposal *p = &r.proposals[i];
    jw_object(&w);
    TRY(write_company(x, &w, p->company));
    write_text(&w, "agreement", p->agreement);
    write_int(&w, "version", p->version);
    write_text(&w, "class", word_str(&vocab_partner_class, p->class));
    write_int(&w, "score", p->score);
    if (p->answer_by != SHAPE_NO_TIME) write_time(&w, "answer_by", p->answer_by);
    write_reasons(&w, "because", p->because, p->n_because, c->lang);
    TRY(write_terms(x, &w, flow_id_of(&entity_agreement, p->agreement), p->version));
    jw_end_object(&w);
  }
  jw_end_array(&w);
  jw_key(&w, S("why_not"));
  jw_array(&w);
  for (size_t i = 0; i < r.n_why_not; i++) {
    jw_object(&w);
    TRY(write_company(x, &w, r.why_not[i].company));
    write_reasons(&w, "because", r.why_not[i].because, r.why_not[i].n_because, c->lang);
    jw_end_object(&w);
  }
  jw_end_array(&w);
  jw_end_object(&w);
  return ERR_OK;
}

enum err account_handover(struct call *c) { return call_reading(c, handover_reply); }

// ---- handing over and answering

static enum err send_write(struct ctx *x, struct call *c, void *arg, struct outcome *out) {
  (void)arg;
  out->e = &entity_lead;
  return handover_send(x, c->body, &out->id);
}

enum err lead_post(struct call *c) { return call_write(c, "lead_send", send_write, NULL); }

static enum err do_step(struct ctx *x, struct call *c, id64 id, void *arg, struct outcome *out) {
  (void)c, (void)out;
  return handover_step(x, id, arg);
}

static enum err run_step(struct call *c, const char *name, struct lead_step s) {
  return call_step(c, &entity_lead, name, do_step, &s);
}

static struct lead_step plain(int event) { return (struct lead_step){.event = event, .reason = -1, .proof_at = SHAPE_NO_TIME}; }

static enum err simple(struct call *c, const char *name, int event) {
  TRY(call_only(c, ""));
  return run_step(c, name, plain(event));
}

enum err lead_receive(struct call *c) { return simple(c, "lead_receive", lead_event_receive); }
enum err lead_reach(struct call *c) { return simple(c, "lead_reach", lead_event_reach); }
enum err lead_qualify(struct call *c) { return simple(c, "lead_qualify", lead_event_qualify); }
enum err lead_quote(struct call *c) { return simple(c, "lead_quote", lead_event_quote); }

enum err lead_accept(struct call *c) {
  struct lead_step s = plain(lead_event_accept);
  TRY(call_only(c, "agreement version hash"));
  enum err e1 = call_ref(c, "agreement", &entity_agreement, true, &s.agreement),
           e2 = call_int(c, "version", true, 1, 100000, &s.version);
  enum err e3 = call_text(c, "hash", true, 64, &s.hash);
  TRY(e1);
  TRY(e2);
  TRY(e3);
  return run_step(c, "lead_accept", s);
}

static enum err with_reason(struct call *c, const char *name, int event) {
  struct lead_step s = plain(event);
  TRY(call_only(c, "reason comment"));
  enum err e1 = call_word(c, "reason", &vocab_decline_reason, event == lead_event_decline, &s.reason),
           e2 = call_text(c, "comment", false, 500, &s.comment);
  TRY(e1);
  TRY(e2);
  return run_step(c, name, s);
}

enum err lead_decline(struct call *c) { return with_reason(c, "lead_decline", lead_event_decline); }
enum err lead_withdraw(struct call *c) { return with_reason(c, "lead_withdraw", lead_event_withdraw); }

struct withdrawal {
  id64 recipient;
  str words;
};

static enum err do_withdraw_consent(struct ctx *x, struct call *c, id64 id, void *arg, struct outcome *out) {
  const struct withdrawal *w = arg;
  (void)c, (void)out;
  return handover_withdraw_consent(x, id, w->recipient, w->words);
}

enum err lead_withdraw_consent(struct call *c) {
  struct withdrawal w = {0};
  TRY(call_only(c, "recipient words"));
  enum err e1 = call_ref(c, "recipient", &entity_company, false, &w.recipient), e2 = call_text(c, "words", false, 2000, &w.words);
  TRY(e1);
  TRY(e2);
  return call_step(c, &entity_lead, "lead_withdraw_consent", do_withdraw_consent, &w);
}

// L8: "we already knew this customer" counts only with a record of the receiver older than the hand-over. Its own log knows the time.
struct prior {
  struct lead_step s;
  id64 account;
};

static enum err do_prior(struct ctx *x, struct call *c, id64 id, void *arg, struct outcome *out) {
  struct prior *p = arg;
  struct rec *own = NULL;
  struct access a = {0};
  (void)c, (void)out;
  enum err e = trust_load(x, &entity_account, p->account, OP_READ, &own, &a);
  if (e == ERR_NOT_FOUND || (!e && !a.owner)) {
    *x->pb = (struct problem){.arena = x->pb->arena};
    return problem_field(x->pb, S("/proof"), P_NO_SUCH_RECORD, STR_NULL, STR_NULL);
  }
  TRY(e);
  p->s.proof_at = own->created_at;
  return handover_step(x, id, &p->s);
}

enum err lead_duplicate(struct call *c) {
  struct prior p = {.s = plain(lead_event_duplicate)};
  TRY(call_only(c, "proof comment"));
  enum err e1 = call_ref(c, "proof", &entity_account, true, &p.account), e2 = call_text(c, "comment", false, 500, &p.s.comment);
  TRY(e1);
  TRY(e2);
  p.s.reason = decline_reason_known_customer;
  return call_step(c, &entity_lead, "lead_duplicate", do_prior, &p);
}

// Why this partner: the stored reasons with texts in the reader's language.
static enum err why_reply(struct call *c, struct ctx *x) {
  id64 id = 0;
  struct rec *l = NULL;
  struct access a = {0};
  TRY(call_id(c, 0, &entity_lead, &id));
  TRY(trust_load(x, &entity_lead, id, OP_READ, &l, &a));
  if (!a.owner) return problem_set0(x->pb, P_NOT_FOUND);
  struct jw w = reply_json(c);
  jw_object(&w);
  write_id(&w, "receiver", "company", rec_ref(l, lead_f_receiver));
  jw_key(&w, S("because"));
  reasons_relabel(rec_text(l, lead_f_why), &w, c->lang);
  jw_key(&w, S("tried"));
  jw_array(&w);
  str list = rec_text(l, lead_f_tried), one;
  while (str_next(&list, ' ', &one))
    if (one.n) {
      jw_object(&w);
      TRY(write_company(x, &w, one));
      jw_end_object(&w);
    }
  jw_end_array(&w);
  jw_end_object(&w);
  return ERR_OK;
}

enum err lead_why(struct call *c) { return call_reading(c, why_reply); }
