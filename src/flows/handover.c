// SPDX-License-Identifier: Apache-2.0
#include "flows/handover.h"

#include "base/utf8.h"
#include "flows/agreement.h"
#include "flows/deal.h"

enum { TRIED_MAX = 64 };

// ---- who could take it

struct record_of_leads {
  int64_t open, in_time, chances, given, received;
};

// What our own leads say of a company: open with it now, answered in time, exchanged with us. What it has from others is between it and
// them: the reasons tell these numbers.
static enum err count_leads(struct ctx *x, id64 company, struct record_of_leads *ret) {
  *ret = (struct record_of_leads){0};
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(x->conn,
                 SQL("SELECT company, state, CASE WHEN accepted_at IS NULL THEN 0 ELSE 1 END, count(*) FROM lead "
                     "WHERE (company = $1 AND receiver = $2) OR (company = $2 AND receiver = $1) GROUP BY 1, 2, 3"),
                 &s));
  db_bind_int(s, 1, x->viewer.company);
  db_bind_int(s, 2, company);
  for (bool row = true;;) {
    TRY(db_step(s, &row));
    if (!row) return ERR_OK;
    int state = vocab_index(&vocab_lead_state, db_text(s, 1));
    bool accepted = db_int(s, 2) != 0, late = state == lead_state_expired;
    int64_t n = db_int(s, 3);
    if (db_int(s, 0) == company) {
      ret->given += n;
      continue;
    }
    ret->received += n;
    if (!lead_closed(state)) ret->open += n;
    if (accepted || late || state == lead_state_declined) ret->chances += n;
    if (accepted || state == lead_state_declined) ret->in_time += n;
  }
}

static const str *lines_of(struct arena *a, str text, char sep, size_t *ret_n) {
  str *out = NEW_ARRAY(a, 200, str);
  size_t n = 0;
  str one;
  while (n < 200 && str_next(&text, sep, &one))
    if (str_trim(one).n) out[n++] = str_trim(one);
  *ret_n = n;
  return out;
}

static enum err candidate_fill(struct ctx *x, const struct rec *agreement, struct route_candidate *c) {
  id64 partner = agreement_partner(agreement, x->viewer.company);
  struct rec *company = NULL, *v = NULL;
  TRY(flow_company(x, partner, &company));
  TRY(agreement_version_load(x, agreement->id, rec_int(agreement, agreement_f_active_version), &v));
  struct record_of_leads log;
  struct calendar cal;
  TRY(count_leads(x, partner, &log));
  TRY(flow_calendar(x, company, &cal));
  c->company = flow_id(x->arena, &entity_company, partner);
  c->agreement = flow_id(x->arena, &entity_agreement, agreement->id);
  c->version = rec_int(v, agreement_version_f_version);
  c->active = TRI_YES;
  c->needs = lines_of(x->arena, rec_text(v, agreement_version_f_scope_needs), '\n', &c->n_needs);
  c->industries = lines_of(x->arena, rec_text(v, agreement_version_f_scope_industries), ',', &c->n_industries);
  c->regions = lines_of(x->arena, rec_text(v, agreement_version_f_scope_regions), ',', &c->n_regions);
  c->manager_named = rec_text(v, agreement_version_f_people).n ? TRI_YES : TRI_UNKNOWN;
  c->met = TRI_YES;  // an accepted standing agreement is the record of the meeting
  c->gave_first = log.given ? TRI_YES : TRI_UNKNOWN;
  c->answers = log.chances ? (log.in_time * 2 >= log.chances ? TRI_YES : TRI_NO) : TRI_UNKNOWN;
  c->open_leads = log.open;
  // How many leads a partner takes at a time is its own to know: the reasons tell these numbers. That it takes no more is told.
  if (log.open >= rec_int(company, company_f_open_lead_limit)) c->capacity = log.open;
  c->answered_in_time = log.in_time;
  c->answer_chances = log.chances;
  c->response_minutes = rec_int(v, agreement_version_f_response_minutes);
  c->given = log.given;
  c->received = log.received;
  c->calendar = flow_calendar_in(x->arena, &cal);
  return ERR_OK;
}

static enum err route_for(struct ctx *x, str need, str region, str industry, const id64 *tried, size_t ntried,
                          struct route_result *ret) {
  struct rec **agreements = NULL;
  size_t n = 0;
  TRY(agreements_active(x, x->viewer.company, &agreements, &n));
  struct route_candidate *c = NEW_ARRAY(x->arena, n + 1, struct route_candidate);
  for (size_t i = 0; i < n; i++) {
    shape_init(&shape_route_candidate, &c[i]);
    TRY(candidate_fill(x, agreements[i], &c[i]));
  }
  str *asked = NEW_ARRAY(x->arena, ntried + 1, str);
  for (size_t i = 0; i < ntried; i++) asked[i] = flow_id(x->arena, &entity_company, tried[i]);
  struct route_input in;
  shape_init(&shape_route_input, &in);
  in.need = need;
  in.region = region;
  in.industry = industry;
  in.at = x->now;
  in.candidates = c;
  in.n_candidates = n;
  in.tried = asked;
  in.n_tried = ntried;
  return rule_route(&in, x->arena, x->pb, ret);
}

enum err handover_route(struct ctx *x, const struct rec *account, str need, const id64 *tried, size_t ntried,
                        struct route_result *ret) {
  return route_for(x, need, rec_text(account, account_f_region), rec_text(account, account_f_industry), tried, ntried, ret);
}

// ---- sending

// The named partner is none of the proposals: the first reason of the rule says why.
static enum err unfit(struct ctx *x, const struct route_result *r, id64 receiver) {
  for (size_t i = 0; i < r->n_why_not; i++) {
    const struct route_refusal *no = &r->why_not[i];
    if (flow_id_of(&entity_company, no->company) != receiver || !no->n_because) continue;
    AUTO(buf_release) struct buf why = BUF(2000);
    reason_text(&why, &no->because[0], x->viewer.lang);
    return problem_set(x->pb, P_PARTNER_UNFIT, flow_company_name(x, receiver), buf_str(&why));
  }
  return problem_set0(x->pb, P_NO_AGREEMENT);
}

static enum err proposal_for(struct ctx *x, const struct rec *l, id64 receiver, const id64 *tried, size_t ntried,
                             const struct route_proposal **ret) {
  struct route_result *r = NEW(x->arena, struct route_result);
  TRY(route_for(x, rec_text(l, lead_f_need), rec_text(l, lead_f_region), rec_text(l, lead_f_industry), tried, ntried, r));
  for (size_t i = 0; i < r->n_proposals; i++)
    if (!receiver || flow_id_of(&entity_company, r->proposals[i].company) == receiver) {
      *ret = &r->proposals[i];
      return ERR_OK;
    }
  return receiver ? unfit(x, r, receiver) : problem_set0(x->pb, P_NO_PARTNER);
}

static bool consent_names(struct rec **consents, size_t n, id64 company) {
  for (size_t i = 0; i < n; i++)
    if (rec_ref(consents[i], consent_f_recipient) == company && !rec_has(consents[i], consent_f_withdrawn_at)) return true;
  return false;
}

// Terms of the accepted version are frozen into the lead: decisions store the version they used (P3).
static enum err apply_terms(struct ctx *x, struct rec *l, const struct route_proposal *p) {
  struct rec *v = NULL, *company = NULL;
  id64 receiver = flow_id_of(&entity_company, p->company), agreement = flow_id_of(&entity_agreement, p->agreement);
  TRY(agreement_version_load(x, agreement, p->version, &v));
  TRY(flow_company(x, receiver, &company));
  struct calendar cal;
  utime deadline;
  TRY(flow_calendar(x, company, &cal));
  if (lead_deadline(&cal, x->now, rec_int(v, agreement_version_f_response_minutes), &deadline))
    return problem_field(x->pb, S("/receiver"), P_OUT_OF_RANGE, S("1"), S("working minutes its calendar has"));
  rec_set_ref(l, lead_f_receiver, receiver);
  rec_set_ref(l, lead_f_agreement, agreement);
  rec_set_int(l, lead_f_agreement_version, p->version);
  rec_set_text(l, lead_f_agreement_hash, rec_text(v, agreement_version_f_hash));
  rec_set_rate(l, lead_f_reward_rate, rec_rate(v, agreement_version_f_reward_rate));
  rec_set_int(l, lead_f_response_minutes, rec_int(v, agreement_version_f_response_minutes));
  rec_set_int(l, lead_f_sent_at, x->now);
  rec_set_int(l, lead_f_deadline_at, deadline);
  rec_set_text(l, lead_f_why, flow_reasons(x->arena, p->because, p->n_because));
  rec_set_word(l, lead_f_state, lead_state_pending);
  return ERR_OK;
}

static enum err grant_lead(struct ctx *x, const struct rec *l, str fieldset) {
  struct ctx s = flow_as_system(x, l->company);
  struct grant g = {.owner = l->company,
                    .grantee = rec_ref(l, lead_f_receiver),
                    .e = l->e,
                    .root = l->id,
                    .ops = OP_READ | OP_WRITE,
                    .fieldset = fieldset,
                    .from = 0,
                    .until = UTIME_MAX,
                    .accepted_at = x->now,
                    .created_by = x->viewer.user,
                    .created_at = x->now};
  return trust_grant_add(&s, &g);
}

static enum err store_lead(struct ctx *x, struct rec *l, struct rec **consents, size_t n) {
  struct ctx y = flow_verb(x, "send");
  TRY(trust_insert(&y, l));
  for (size_t i = 0; i < n; i++) {
    consents[i]->root = l->id;
    TRY(trust_insert(x, consents[i]));
  }
  return grant_lead(x, l, S("teaser"));
}

static enum err read_consents(struct ctx *x, json_t *body, struct rec **out, size_t *ret_n) {
  json_t *c = json_object_get(body, "consent");
  if (!c || json_is_null(c)) return problem_set0(x->pb, P_CONSENT_NEEDED);
  if (!json_is_object(c)) return problem_field(x->pb, S("/consent"), P_WRONG_TYPE, S("an object"), STR_NULL);
  struct rec *r = rec_new(x->arena, &entity_consent);
  r->company = x->viewer.company;
  r->created_by = x->viewer.user;
  uint64_t given = 0;
  TRY(rec_decode(r, c, DECODE_CREATE, entity_mask_writable(r->e), "also", S("/consent"), x->pb, &given));
  if (rec_int(r, consent_f_given_at) > x->now + UTIME_HOUR)
    return problem_field(x->pb, S("/consent/given_at"), P_BAD_TIME, STR_NULL, STR_NULL);
  size_t n = 0;
  out[n++] = r;
  json_t *also = json_object_get(c, "also");
  for (size_t i = 0; i < json_array_size(also) && n < LIMIT_PARTIES; i++) {
    id64 company =
      flow_id_of(&entity_company, json_is_string(json_array_get(also, i)) ? json_str(json_array_get(also, i)) : S(""));
    if (!company) return problem_field(x->pb, arena_fmt(x->arena, "/consent/also/%zu", i), P_BAD_ID, S("company"), STR_NULL);
    struct rec *k = rec_copy(r);
    k->id = id_new();
    rec_set_ref(k, consent_f_recipient, company);
    out[n++] = k;
  }
  *ret_n = n;
  return ERR_OK;
}

static void text_default(struct rec *l, int f, str v) {
  if (!rec_has(l, f) && v.n) rec_set_text(l, f, v);
}

// What the lead takes from the account and the person: the sealed part.
static enum err fill_from_account(struct ctx *x, struct rec *l, const struct rec *account, id64 contact) {
  rec_set_ref(l, lead_f_account, account->id);
  rec_set_text(l, lead_f_account_name, rec_text(account, account_f_name));
  text_default(l, lead_f_region, rec_text(account, account_f_region));
  text_default(l, lead_f_industry, rec_text(account, account_f_industry));
  if (!rec_has(l, lead_f_size) && rec_has(account, account_f_size)) rec_set_int(l, lead_f_size, rec_int(account, account_f_size));
  AUTO(buf_release) struct buf address = BUF(2000);
  static const int parts[] = {account_f_address, account_f_postal_code, account_f_city, account_f_country};
  for (size_t i = 0; i < ARRAY_LEN(parts); i++)
    if (rec_text(account, parts[i]).n) buf_fmt(&address, "%s%.*s", address.n ? ", " : "", STR_ARG(rec_text(account, parts[i])));
  rec_set_text(l, lead_f_account_address, buf_str(&address));
  if (!contact) return ERR_OK;
  struct rec *p = NULL;
  struct access a = {0};
  enum err e = trust_load(x, &entity_contact, contact, OP_READ, &p, &a);
  if (e == ERR_NOT_FOUND || (!e && p->root != account->id)) {
    *x->pb = (struct problem){.arena = x->pb->arena};
    return problem_field(x->pb, S("/contact"), P_NO_SUCH_RECORD, STR_NULL, STR_NULL);
  }
  TRY(e);
  rec_set_text(l, lead_f_contact_name, rec_text(p, contact_f_name));
  rec_set_text(l, lead_f_contact_title, rec_text(p, contact_f_title));
  rec_set_text(l, lead_f_contact_phone, rec_text(p, contact_f_phone));
  rec_set_text(l, lead_f_contact_email, rec_text(p, contact_f_email));
  return ERR_OK;
}

static enum err member_id(struct ctx *x, json_t *body, const char *key, const struct entity *e, bool required, id64 *ret) {
  json_t *v = json_object_get(body, key);
  str pointer = arena_fmt(x->arena, "/%s", key);
  *ret = 0;
  if (!v || json_is_null(v)) return required ? problem_field(x->pb, pointer, P_REQUIRED, STR_NULL, STR_NULL) : ERR_OK;
  if (!json_is_string(v) || !id_parse(json_str(v), e->prefix, ret))
    return problem_field(x->pb, pointer, P_BAD_ID, str_of(e->prefix), STR_NULL);
  return ERR_OK;
}

enum err handover_send(struct ctx *x, json_t *body, id64 *ret_lead) {
  TRY(flow_need_role(x, user_role_rep));
  id64 account_id = 0, contact = 0, receiver = 0;
  struct rec *l = rec_new(x->arena, &entity_lead), *account = NULL;
  l->company = x->viewer.company;
  l->created_by = x->viewer.user;
  uint64_t given = 0;
  enum err e1 =
    rec_decode(l, body, DECODE_CREATE, entity_mask_writable(l->e), "account contact receiver consent", S(""), x->pb, &given);
  enum err e2 = member_id(x, body, "account", &entity_account, true, &account_id);
  enum err e3 = member_id(x, body, "contact", &entity_contact, false, &contact);
  enum err e4 = member_id(x, body, "receiver", &entity_company, false, &receiver);
  TRY(e1);
  TRY(e2);
  TRY(e3);
  TRY(e4);
  struct access a = {0};
  enum err e5 = trust_load(x, &entity_account, account_id, OP_READ, &account, &a);
  if (e5 == ERR_NOT_FOUND || (!e5 && !a.owner)) {
    *x->pb = (struct problem){.arena = x->pb->arena};
    return problem_field(x->pb, S("/account"), P_NO_SUCH_RECORD, STR_NULL, STR_NULL);
  }
  TRY(e5);
  TRY(fill_from_account(x, l, account, contact));
  rec_set_ref(l, lead_f_credited, x->viewer.user);
  struct rec *consents[LIMIT_PARTIES];
  size_t n = 0;
  TRY(read_consents(x, body, consents, &n));
  const struct route_proposal *p = NULL;
  TRY(proposal_for(x, l, receiver, NULL, 0, &p));
  if (!consent_names(consents, n, flow_id_of(&entity_company, p->company))) return problem_set0(x->pb, P_CONSENT_NEEDED);
  TRY(apply_terms(x, l, p));
  TRY(store_lead(x, l, consents, n));
  *ret_lead = l->id;
  return ERR_OK;
}

// ---- passing on

static size_t tried_of(const struct rec *l, id64 *out) {
  size_t n = 0;
  str list = rec_text(l, lead_f_tried), one;
  while (n < TRIED_MAX - 1 && str_next(&list, ' ', &one))
    if (flow_id_of(&entity_company, one)) out[n++] = flow_id_of(&entity_company, one);
  out[n++] = rec_ref(l, lead_f_receiver);
  return n;
}

// Declined or silent: a new lead to the next partner by rule, if the customer's consent names it. The sender sees either way.
static enum err pass_on(struct ctx *x, struct rec *l) {
  struct ctx s = flow_as_system(x, l->company);
  struct arena *a = x->arena;
  struct problem quiet = {.arena = a};
  s.pb = &quiet;
  id64 tried[TRIED_MAX];
  size_t n = tried_of(l, tried);
  struct rec **consents = NULL;
  size_t nc = 0;
  TRY(rec_db_children(x->conn, &entity_consent, l->id, 0, LIMIT_PARTIES, a, &consents, &nc));
  struct route_result r;
  TRY(route_for(&s, rec_text(l, lead_f_need), rec_text(l, lead_f_region), rec_text(l, lead_f_industry), tried, n, &r));
  struct rec *next = rec_copy(l);
  enum err terms = ERR_NOT_FOUND;
  for (size_t i = 0; i < r.n_proposals && terms; i++) {  // one whose calendar cannot answer in time is passed over
    if (!consent_names(consents, nc, flow_id_of(&entity_company, r.proposals[i].company))) continue;
    terms = apply_terms(&s, next, &r.proposals[i]);
    if (terms && terms != ERR_INVALID) return terms;
  }
  if (terms) return ERR_OK;
  next->id = next->root = id_new();
  next->created_at = x->now;
  static const int cleared[] = {lead_f_reason,          lead_f_comment, lead_f_accepted_at,
                                lead_f_protected_until, lead_f_deal,    lead_f_next};
  for (size_t i = 0; i < ARRAY_LEN(cleared); i++) rec_set_null(next, cleared[i]);
  AUTO(buf_release) struct buf list = BUF(4000);
  for (size_t i = 0; i < n; i++) buf_fmt(&list, "%s%.*s", i ? " " : "", STR_ARG(flow_id(a, &entity_company, tried[i])));
  rec_set_text(next, lead_f_tried, buf_str(&list));
  rec_set_ref(next, lead_f_previous, l->id);
  struct rec *kept[LIMIT_PARTIES];
  for (size_t i = 0; i < nc; i++) {
    kept[i] = rec_copy(consents[i]);
    kept[i]->id = id_new();
  }
  TRY(store_lead(&s, next, kept, nc));
  struct rec *before = NULL;
  TRY(trust_load_system(&s, &entity_lead, l->id, &before));
  struct rec *after = rec_copy(before);
  rec_set_ref(after, lead_f_next, next->id);
  struct ctx y = flow_verb(&s, "pass_on");
  return trust_update(&y, before, after);
}

// ---- accepting

static enum err receiver_account(struct ctx *x, const struct rec *l, id64 *ret) {
  AUTO(buf_release) struct buf key = BUF(4000);
  utf8_company_key(&key, rec_text(l, lead_f_account_name));
  struct rec **known = NULL;
  size_t n = 0;
  TRY(rec_db_where(x->conn, &entity_account, x->viewer.company, account_f_match_key,
                   &(struct val){.set = true, .s = buf_str(&key)}, 1, x->arena, &known, &n));
  if (n) {
    *ret = known[0]->id;
    return ERR_OK;
  }
  struct rec *source = NULL, *a = rec_new(x->arena, &entity_account);
  // The parts of the address that the open lead shows as one line; everything else comes from the lead itself.
  static const int address[] = {account_f_address, account_f_postal_code, account_f_city, account_f_country};
  enum err e = rec_db_load(x->conn, &entity_account, rec_ref(l, lead_f_account), x->arena, &source);
  if (e && e != ERR_NOT_FOUND) return e;
  for (size_t i = 0; !e && i < ARRAY_LEN(address); i++) a->v[address[i]] = source->v[address[i]];
  a->v[account_f_name] = l->v[lead_f_account_name];
  a->v[account_f_industry] = l->v[lead_f_industry];
  a->v[account_f_region] = l->v[lead_f_region];
  a->v[account_f_size] = l->v[lead_f_size];
  a->company = x->viewer.company;
  a->created_by = x->viewer.user;
  rec_set_text(a, account_f_match_key, buf_str(&key));
  rec_set_ref(a, account_f_owner, x->viewer.user);
  TRY(trust_insert(x, a));
  *ret = a->id;
  if (!rec_has(l, lead_f_contact_name)) return ERR_OK;
  struct rec *p = rec_new(x->arena, &entity_contact);
  p->company = x->viewer.company;
  p->root = a->id;
  p->created_by = x->viewer.user;
  rec_set_text(p, contact_f_name, rec_text(l, lead_f_contact_name));
  rec_set_text(p, contact_f_title, rec_text(l, lead_f_contact_title));
  rec_set_text(p, contact_f_phone, rec_text(l, lead_f_contact_phone));
  rec_set_text(p, contact_f_email, rec_text(l, lead_f_contact_email));
  return trust_insert(x, p);
}

static enum err open_deal(struct ctx *x, const struct rec *l, id64 account, id64 *ret_deal) {
  struct rec *d = rec_new(x->arena, &entity_deal);
  d->company = x->viewer.company;
  d->created_by = x->viewer.user;
  rec_set_text(d, deal_f_name, rec_text(l, lead_f_need));
  rec_set_ref(d, deal_f_account, account);
  rec_set_text(d, deal_f_customer, rec_text(l, lead_f_account_name));
  rec_set_text(d, deal_f_need, rec_text(l, lead_f_need));
  if (rec_has(l, lead_f_value_high))
    rec_set_money(d, deal_f_amount, rec_money(l, lead_f_value_high));
  else if (rec_has(l, lead_f_value_low))
    rec_set_money(d, deal_f_amount, rec_money(l, lead_f_value_low));
  rec_set_ref(d, deal_f_owner, x->viewer.user);
  rec_set_ref(d, deal_f_lead, l->id);
  rec_set_ref(d, deal_f_agreement, rec_ref(l, lead_f_agreement));
  rec_set_int(d, deal_f_agreement_version, rec_int(l, lead_f_agreement_version));
  rec_set_text(d, deal_f_agreement_hash, rec_text(l, lead_f_agreement_hash));
  TRY(trust_insert(x, d));
  TRY(deal_share(x, d, l->company, S("member"), UTIME_MAX));
  *ret_deal = d->id;
  // Accepting the lead is the receiver's signature under "sourced by the sender".
  return deal_contribution(x, d, l->company, rec_ref(l, lead_f_credited), contribution_role_sourced, rec_text(l, lead_f_need),
                           flow_id(x->arena, &entity_lead, l->id), true);
}

// The customer named others too: that is between him and the sender. With the lead open, only the consent that names the receiver stays.
static enum err keep_own_consent(struct ctx *x, const struct rec *l) {
  struct ctx s = flow_as_system(x, l->company);
  struct rec **c = NULL;
  size_t n = 0;
  TRY(rec_db_children(x->conn, &entity_consent, l->id, 0, LIMIT_PARTIES, x->arena, &c, &n));
  for (size_t i = 0; i < n; i++)
    if (rec_ref(c[i], consent_f_recipient) != rec_ref(l, lead_f_receiver)) TRY(trust_delete(&s, c[i]));
  return ERR_OK;
}

static enum err accept(struct ctx *x, const struct rec *l, struct rec *after) {
  id64 account = 0, deal = 0;
  struct rec *v = NULL;
  TRY(keep_own_consent(x, l));
  TRY(agreement_version_load(x, rec_ref(l, lead_f_agreement), rec_int(l, lead_f_agreement_version), &v));
  TRY(grant_lead(x, l, S("opened")));
  TRY(receiver_account(x, l, &account));
  TRY(open_deal(x, l, account, &deal));
  rec_set_int(after, lead_f_accepted_at, x->now);
  rec_set_ref(after, lead_f_deal, deal);
  rec_set_int(after, lead_f_protected_until, utime_day(x->now) + rec_int(v, agreement_version_f_protection_days));
  return ERR_OK;
}

// ---- steps

// Consent as it stands now: withdrawn since, nothing opens.
static enum err consent_facts(struct ctx *x, const struct rec *l, struct lead_input *in) {
  struct rec **c = NULL;
  size_t n = 0;
  in->consent = TRI_NO;
  TRY(rec_db_children(x->conn, &entity_consent, l->id, 0, LIMIT_PARTIES, x->arena, &c, &n));
  for (size_t i = 0; i < n; i++)
    if (!rec_has(c[i], consent_f_withdrawn_at)) in->consent = TRI_YES;
  in->consent_names_receiver = consent_names(c, n, rec_ref(l, lead_f_receiver)) ? TRI_YES : TRI_NO;
  return ERR_OK;
}

static enum err rule_input(struct ctx *x, const struct rec *l, const struct lead_step *s, int actor, struct lead_input *in) {
  struct rec *receiver = NULL;
  struct calendar cal;
  TRY(flow_company(x, rec_ref(l, lead_f_receiver), &receiver));
  TRY(flow_calendar(x, receiver, &cal));
  shape_init(&shape_lead_input, in);
  in->state = rec_word(l, lead_f_state);
  in->event = s->event;
  in->actor = actor;
  in->at = x->now;
  in->sent_at = rec_int(l, lead_f_sent_at);
  in->deadline_at = rec_int(l, lead_f_deadline_at);
  if (rec_has(l, lead_f_accepted_at)) in->accepted_at = rec_int(l, lead_f_accepted_at);
  in->response_minutes = rec_int(l, lead_f_response_minutes);
  in->calendar = flow_calendar_in(x->arena, &cal);
  TRY(consent_facts(x, l, in));
  in->reason = s->reason;
  in->comment = s->comment;
  in->proof_at = s->proof_at;
  in->talked_on = s->event == lead_event_reach ? utime_day(x->now) : SHAPE_NO_DATE;
  bool same = s->agreement == rec_ref(l, lead_f_agreement) && s->version == rec_int(l, lead_f_agreement_version) &&
              str_eq(s->hash, rec_text(l, lead_f_agreement_hash));
  in->terms_accepted = s->event == lead_event_accept ? (same ? TRI_YES : TRI_NO) : TRI_UNKNOWN;
  return ERR_OK;
}

static enum err refusal(struct ctx *x, const struct rec *l, const struct lead_result *r, int actor_of_receiver) {
  (void)actor_of_receiver;
  for (size_t i = 0; i < r->n_missing; i++) {
    switch (r->missing[i]) {
    case lead_need_terms: return problem_set0(x->pb, P_HASH_DIFFERS);
    case lead_need_consent: return problem_set0(x->pb, P_CONSENT_NEEDED);
    case lead_need_reason: return problem_field(x->pb, S("/reason"), P_REQUIRED, STR_NULL, STR_NULL);
    case lead_need_comment: return problem_field(x->pb, S("/comment"), P_REQUIRED, STR_NULL, STR_NULL);
    case lead_need_proof: return problem_field(x->pb, S("/proof"), P_REQUIRED, STR_NULL, STR_NULL);
    default: break;
    }
  }
  return problem_set1(x->pb, P_WRONG_STATE, rec_text(l, lead_f_state));
}

// What the accepted version says of silence; a refusal always goes on.
static enum err goes_on(struct ctx *x, const struct rec *l, int event, bool *ret) {
  struct rec *v = NULL;
  *ret = event == lead_event_decline;
  if (event != lead_event_expire) return ERR_OK;
  TRY(agreement_version_load(x, rec_ref(l, lead_f_agreement), rec_int(l, lead_f_agreement_version), &v));
  *ret = rec_word(v, agreement_version_f_silence) == silence_next_partner;
  return ERR_OK;
}

static enum err apply(struct ctx *x, const struct rec *l, const struct lead_step *s, const struct lead_result *r) {
  struct rec *after = rec_copy(l);
  bool on = false;
  TRY(goes_on(x, l, s->event, &on));
  if (s->event == lead_event_accept) TRY(accept(x, l, after));
  rec_set_word(after, lead_f_state, r->state);
  if (s->reason >= 0) rec_set_word(after, lead_f_reason, s->reason);
  if (s->comment.n) rec_set_text(after, lead_f_comment, s->comment);
  struct ctx y = flow_verb(x, vocab_word(&vocab_lead_event, s->event));
  TRY(trust_update(&y, l, after));
  return on ? pass_on(x, after) : ERR_OK;
}

enum err handover_step(struct ctx *x, id64 lead, const struct lead_step *s) {
  struct rec *l = NULL;
  struct access a = {0};
  struct lead_input in;
  struct lead_result r;
  TRY(trust_load(x, &entity_lead, lead, OP_READ, &l, &a));
  TRY(flow_need_role(x, user_role_rep));
  int actor = a.owner ? lead_actor_sender : lead_actor_receiver;
  TRY(rule_input(x, l, s, actor, &in));
  TRY(rule_lead(&in, x->arena, x->pb, &r));
  if (!r.allowed) return refusal(x, l, &r, actor);
  return apply(x, l, s, &r);
}

static enum err mark_withdrawn(struct ctx *x, const struct rec *l, id64 recipient, str words, size_t *ret_marked) {
  struct rec **c = NULL;
  size_t n = 0;
  struct ctx y = flow_verb(x, "withdraw_consent");
  TRY(rec_db_children(x->conn, &entity_consent, l->id, 0, LIMIT_PARTIES, x->arena, &c, &n));
  *ret_marked = 0;
  for (size_t i = 0; i < n; i++) {
    if (rec_has(c[i], consent_f_withdrawn_at) || (recipient && rec_ref(c[i], consent_f_recipient) != recipient)) continue;
    struct rec *after = rec_copy(c[i]);
    rec_set_int(after, consent_f_withdrawn_at, x->now);
    rec_set_text(after, consent_f_withdrawn_words, words);
    TRY(trust_update(&y, c[i], after));
    ++*ret_marked;
  }
  return ERR_OK;
}

enum err handover_withdraw_consent(struct ctx *x, id64 lead, id64 recipient, str words) {
  struct rec *l = NULL;
  struct access a = {0};
  size_t marked = 0;
  TRY(trust_load(x, &entity_lead, lead, OP_READ, &l, &a));
  TRY(flow_need_role(x, user_role_rep));
  int state = rec_word(l, lead_f_state);
  bool waits = state == lead_state_pending || state == lead_state_received;
  if (!a.owner && !rec_has(l, lead_f_accepted_at)) return problem_set0(x->pb, P_FORBIDDEN);  // he does not know the customer
  TRY(mark_withdrawn(x, l, recipient, words, &marked));
  if (!marked) return problem_set1(x->pb, P_WRONG_STATE, S("no consent stands"));
  if (!waits || (recipient && recipient != rec_ref(l, lead_f_receiver))) return ERR_OK;
  return handover_step(x, lead,
                       &(struct lead_step){.event = lead_event_withdraw,
                                           .reason = decline_reason_consent_withdrawn,
                                           .comment = S(""),
                                           .hash = S(""),
                                           .proof_at = SHAPE_NO_TIME});
}

enum err handover_expire(struct ctx *x, id64 lead) {
  struct rec *l = NULL;
  struct lead_input in;
  struct lead_result r;
  struct lead_step s = {.event = lead_event_expire, .reason = decline_reason_silence, .proof_at = SHAPE_NO_TIME};
  TRY(trust_load_system(x, &entity_lead, lead, &l));
  struct ctx y = flow_as_system(x, l->company);
  TRY(rule_input(&y, l, &s, lead_actor_system, &in));
  TRY(rule_lead(&in, y.arena, y.pb, &r));
  return r.allowed ? apply(&y, l, &s, &r) : ERR_OK;
}

enum err handover_close(struct ctx *x, id64 lead, bool won, money amount) {
  struct rec *l = NULL;
  TRY(trust_load_system(x, &entity_lead, lead, &l));
  if (lead_closed(rec_word(l, lead_f_state))) return ERR_OK;
  (void)amount;
  struct rec *after = rec_copy(l);
  rec_set_word(after, lead_f_state, won ? lead_state_won : lead_state_lost);
  struct ctx y = flow_verb(x, won ? "win" : "lose");
  return trust_update(&y, l, after);
}

enum err handover_reopen(struct ctx *x, id64 lead) {
  struct rec *l = NULL;
  TRY(trust_load_system(x, &entity_lead, lead, &l));
  if (rec_word(l, lead_f_state) != lead_state_won && rec_word(l, lead_f_state) != lead_state_lost) return ERR_OK;
  struct rec *after = rec_copy(l);
  rec_set_word(after, lead_f_state, lead_state_quoted);  // whatever came before: the deal is past all of it
  struct ctx y = flow_verb(x, "reopen");
  return trust_update(&y, l, after);
}

enum err handover_due(struct db_conn *c, utime now, size_t limit, struct arena *a, id64 **ret_leads, size_t *ret_n) {
  id64 *out = NEW_ARRAY(a, limit + 1, id64);
  size_t n = 0;
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(
    c, SQL("SELECT id FROM lead WHERE state IN ('pending', 'received') AND deadline_at <= $1 ORDER BY deadline_at LIMIT 200"),
    &s));
  db_bind_int(s, 1, now);
  for (bool row = true; n < limit;) {
    TRY(db_step(s, &row));
    if (!row) break;
    out[n++] = db_int(s, 0);
  }
  *ret_leads = out;
  *ret_n = n;
  return ERR_OK;
}
