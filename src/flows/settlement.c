// SPDX-License-Identifier: Apache-2.0
#include "flows/settlement.h"

#include "base/hash.h"
#include "base/utf8.h"
#include "flows/agreement.h"
#include "flows/deal.h"

enum { STATEMENTS_OF_DEAL = 200, POSTED_MAX = 10000, DOCUMENT_MAX = 4000000 };

struct settling {
  struct rec *deal, *agreement, *version;
  id64 payer, payee;
};

static bool counts(const struct rec *contribution, id64 party);

// A further company is paid from the same deal under its own agreement with the one that leads it, for work the record shows.
static enum err check_contribution(struct ctx *x, const struct settling *s) {
  struct rec **c = NULL;
  size_t n = 0;
  TRY(deal_contributions(x, s->deal->id, &c, &n));
  for (size_t i = 0; i < n; i++)
    if (rec_ref(c[i], contribution_f_party) == s->payee && counts(c[i], s->payee)) return ERR_OK;
  return problem_set1(x->pb, P_NO_CONTRIBUTION, flow_company_name(x, s->payee));
}

// Who owes whom: the company that leads the deal owes the one that handed the lead over, or, under `agreement` (0: the lead's), another that
// contributed. `version` 0: the one the deal was taken under, else the one in force. Only the two parties of the agreement compute it, and
// only where they are shown what the deal was won for: the reward would tell it, and the terms are nobody else's.
static enum err settling_load(struct ctx *x, id64 deal, id64 agreement, int64_t version, struct settling *s) {
  struct access a = {0};
  uint64_t needed = FIELD_BIT(deal_f_won_amount) | FIELD_BIT(deal_f_outcome) | FIELD_BIT(deal_f_agreement);
  TRY(trust_load(x, &entity_deal, deal, OP_READ, &s->deal, &a));
  if ((a.read & needed) != needed) return problem_set0(x->pb, P_NOT_FOUND);
  id64 taken_under = rec_ref(s->deal, deal_f_agreement);
  if (!agreement) agreement = taken_under;
  if (!agreement) return problem_set0(x->pb, P_NO_AGREEMENT);
  // The one the deal was taken under is named in the deal; another counts only where the caller sees it.
  enum err e = agreement == taken_under ? trust_load_system(x, &entity_agreement, agreement, &s->agreement)
                                        : trust_load(x, &entity_agreement, agreement, OP_READ, &s->agreement, NULL);
  if (e == ERR_NOT_FOUND && agreement != taken_under) {
    *x->pb = (struct problem){.arena = x->pb->arena};
    return problem_set0(x->pb, P_NO_AGREEMENT);
  }
  TRY(e);
  if (!agreement_partner(s->agreement, x->viewer.company))
    return problem_set0(x->pb, agreement == taken_under ? P_FORBIDDEN : P_NO_AGREEMENT);
  s->payer = s->deal->company;
  s->payee = agreement_partner(s->agreement, s->payer);
  if (!s->payee) return problem_set0(x->pb, P_NO_AGREEMENT);
  if (agreement != taken_under) {
    if (!version && rec_word(s->agreement, agreement_f_state) != agreement_state_active)
      return problem_set0(x->pb, P_NO_AGREEMENT);
    TRY(check_contribution(x, s));
  }
  if (!version)
    version =
      agreement == taken_under ? rec_int(s->deal, deal_f_agreement_version) : rec_int(s->agreement, agreement_f_active_version);
  return agreement_version_load(x, agreement, version, &s->version);
}

// Payee guard (F1): a party that is itself the customer of this deal is never paid. Compared by tax number, then by matching name.
static enum err party_kind(struct ctx *x, const struct settling *s, const struct rec *company, int *ret_kind) {
  struct rec *account = NULL;
  *ret_kind = payee_kind_party;
  if (!rec_has(s->deal, deal_f_account)) return ERR_OK;
  enum err e = trust_load_system(x, &entity_account, rec_ref(s->deal, deal_f_account), &account);
  if (e) return e == ERR_NOT_FOUND ? ERR_OK : e;
  str tax = rec_text(company, company_f_tax_number);
  AUTO(buf_release) struct buf key = BUF(4000);
  utf8_company_key(&key, rec_text(company, company_f_name));
  bool same = (tax.n && str_eq(tax, rec_text(account, account_f_tax_number))) ||
              rec_ref(account, account_f_own_company) == company->id ||
              str_eq(buf_str(&key), rec_text(account, account_f_match_key));
  if (same) *ret_kind = payee_kind_customer;
  return ERR_OK;
}

static enum err fill_parties(struct ctx *x, const struct settling *s, struct settle_input *in) {
  struct settle_party *p = NEW_ARRAY(x->arena, 2, struct settle_party);
  id64 ids[] = {s->payer, s->payee};
  for (size_t i = 0; i < 2; i++) {
    struct rec *company = NULL;
    TRY(flow_company(x, ids[i], &company));
    shape_init(&shape_settle_party, &p[i]);
    p[i].company = flow_id(x->arena, &entity_company, ids[i]);
    TRY(party_kind(x, s, company, &p[i].kind));
  }
  in->parties = p;
  in->n_parties = 2;
  return ERR_OK;
}

// What is paid from: rows of the room, signed by the other side; what a party did itself after the start may stand on its own word (M2).
static bool counts(const struct rec *contribution, id64 party) {
  int role = rec_word(contribution, contribution_f_role);
  bool needs_signature = role == contribution_role_sourced || role == contribution_role_influenced;
  return contribution->room &&
         (rec_has(contribution, contribution_f_cosigned_by) || (contribution->company == party && !needs_signature));
}

// A share without a named person goes to whoever holds that role in the record; without one it stays with the company.
static id64 person_of(const struct rec *split, struct rec **contributions, size_t n) {
  if (rec_has(split, split_line_f_person)) return rec_ref(split, split_line_f_person);
  for (size_t i = 0; i < n; i++)
    if (rec_ref(contributions[i], contribution_f_party) == rec_ref(split, split_line_f_party) &&
        rec_word(contributions[i], contribution_f_role) == rec_word(split, split_line_f_role) &&
        rec_has(contributions[i], contribution_f_person) && counts(contributions[i], rec_ref(split, split_line_f_party)))
      return rec_ref(contributions[i], contribution_f_person);
  return 0;
}

static str folded(struct arena *a, str text) {
  AUTO(buf_release) struct buf b = BUF(4096);
  utf8_fold(&b, str_trim(text));
  return arena_str(a, buf_str(&b));
}

// Payee guard (F1) for people: who is also a contact of the customer, by the same address, is on the customer's side.
static int person_kind(struct ctx *x, const struct rec *user, struct rec **contacts, size_t n) {
  str email = folded(x->arena, rec_text(user, user_f_email));
  for (size_t i = 0; i < n; i++)
    if (email.n && str_eq(email, folded(x->arena, rec_text(contacts[i], contact_f_email)))) return payee_kind_customer;
  return payee_kind_party;
}

static enum err fill_people(struct ctx *x, const struct settling *s, struct settle_input *in) {
  struct rec **splits = NULL, **c = NULL, **contacts = NULL;
  size_t n = 0, nc = 0, used = 0, n_contacts = 0;
  if (rec_has(s->deal, deal_f_account))
    TRY(rec_db_children(x->conn, &entity_contact, rec_ref(s->deal, deal_f_account), 0, LIMIT_CHILDREN, x->arena, &contacts,
                        &n_contacts));
  TRY(agreement_splits(x, s->agreement->id, rec_int(s->version, agreement_version_f_version), &splits, &n));
  TRY(deal_contributions(x, s->deal->id, &c, &nc));
  struct settle_person *p = NEW_ARRAY(x->arena, n + 1, struct settle_person);
  for (size_t i = 0; i < n; i++) {
    if (rec_ref(splits[i], split_line_f_party) != s->payee) continue;
    id64 person = person_of(splits[i], c, nc);
    struct rec *u = NULL;
    shape_init(&shape_settle_person, &p[used]);
    p[used].company = p[used].employer = flow_id(x->arena, &entity_company, s->payee);
    p[used].person = p[used].company;
    if (person) {
      TRY(trust_load_system(x, &entity_user, person, &u));
      p[used].person = flow_id(x->arena, &entity_user, person);
      p[used].employer = flow_id(x->arena, &entity_company, u->company);
      p[used].kind = person_kind(x, u, contacts, n_contacts);
    }
    p[used].role = rec_text(splits[i], split_line_f_role);
    p[used++].share = rec_rate(splits[i], split_line_f_share);
  }
  in->people = p;
  in->n_people = used;
  return ERR_OK;
}

static void fill_clause(struct ctx *x, const struct settling *s, struct settle_input *in) {
  struct settle_clause *c = NEW(x->arena, struct settle_clause);
  struct settle_split *whole = NEW(x->arena, struct settle_split);
  shape_init(&shape_settle_split, whole);
  whole->company = flow_id(x->arena, &entity_company, s->payee);
  whole->role = S("sourced");
  whole->share = (ratio){1, 1};
  shape_init(&shape_settle_clause, c);
  c->clause = S("reward");
  c->payer = flow_id(x->arena, &entity_company, s->payer);
  c->rate = rec_rate(s->version, agreement_version_f_reward_rate);
  c->base = rec_word(s->version, agreement_version_f_reward_base);
  c->trigger = rec_word(s->version, agreement_version_f_reward_trigger);
  if (rec_has(s->version, agreement_version_f_reward_cap)) c->cap = rec_money(s->version, agreement_version_f_reward_cap);
  c->splits = whole;
  c->n_splits = 1;
  in->clauses = c;
  in->n_clauses = 1;
}

static void fill_facts(struct ctx *x, const struct settling *s, bool cancelled, struct settle_input *in) {
  struct settle_fact *f = NEW_ARRAY(x->arena, 2, struct settle_fact);
  size_t n = 0;
  int outcome = rec_word(s->deal, deal_f_outcome);
  if (outcome != deal_outcome_open) {
    bool won = outcome == deal_outcome_won || outcome == deal_outcome_won_part;
    shape_init(&shape_settle_fact, &f[n]);
    f[n].fact = flow_id(x->arena, &entity_deal, s->deal->id);
    f[n].kind = won ? settle_event_won : settle_event_lost;
    f[n].on = (uday)rec_int(s->deal, deal_f_closed_on);
    if (won) f[n].amount = rec_money(s->deal, deal_f_won_amount);
    n++;
  }
  if (cancelled) {
    shape_init(&shape_settle_fact, &f[n]);
    f[n].fact = arena_fmt(x->arena, "%.*s/cancelled", STR_ARG(flow_id(x->arena, &entity_deal, s->deal->id)));
    f[n].kind = settle_event_cancelled;
    f[n++].on = utime_day(x->now);
  }
  in->facts = f;
  in->n_facts = n;
}

static bool stands(const struct rec *st, int state) { return rec_word(st, statement_f_state) == state; }

// The statements of a deal under one agreement that count: those taken back do not.
static enum err statements_of(struct ctx *x, id64 deal, id64 agreement, struct rec ***ret, size_t *ret_n) {
  struct rec **all = NULL;
  size_t n = 0, used = 0;
  TRY(rec_db_where(x->conn, &entity_statement, 0, statement_f_deal, &(struct val){.set = true, .i = deal}, STATEMENTS_OF_DEAL,
                   x->arena, &all, &n));
  if (n == STATEMENTS_OF_DEAL) return problem_set1(x->pb, P_TOO_MANY_VALUES, S("199"));  // a line left out would be paid twice
  for (size_t i = 0; i < n; i++)
    if (rec_ref(all[i], statement_f_agreement) == agreement && !stands(all[i], statement_state_withdrawn)) all[used++] = all[i];
  *ret = all;
  *ret_n = used;
  return ERR_OK;
}

static enum err fill_posted(struct ctx *x, const struct settling *s, struct settle_input *in) {
  struct rec **st = NULL;
  size_t n = 0, used = 0;
  TRY(statements_of(x, s->deal->id, s->agreement->id, &st, &n));
  struct settle_posted *p = NEW_ARRAY(x->arena, POSTED_MAX, struct settle_posted);
  for (size_t i = 0; i < n; i++) {
    struct rec **lines = NULL;
    size_t m = 0;
    TRY(rec_db_children(x->conn, &entity_posting, st[i]->id, 0, LIMIT_CHILDREN, x->arena, &lines, &m));
    for (size_t k = 0; k < m && used < POSTED_MAX; k++, used++) {
      shape_init(&shape_settle_posted, &p[used]);
      p[used].clause = S("reward");
      p[used].company = flow_id(x->arena, &entity_company, rec_ref(lines[k], posting_f_party));
      if (rec_word(lines[k], posting_f_kind) == posting_kind_person)
        p[used].person = rec_has(lines[k], posting_f_person)
                           ? flow_id(x->arena, &entity_user, rec_ref(lines[k], posting_f_person))
                           : p[used].company;
      p[used].kind = rec_word(lines[k], posting_f_kind);
      p[used].amount = rec_money(lines[k], posting_f_amount);
    }
  }
  in->posted = p;
  in->n_posted = used;
  return ERR_OK;
}

static enum err settling_input(struct ctx *x, const struct settling *s, bool cancelled, struct settle_input *in) {
  shape_init(&shape_settle_input, in);
  in->deal = flow_id(x->arena, &entity_deal, s->deal->id);
  in->agreement = flow_id(x->arena, &entity_agreement, s->agreement->id);
  in->agreement_version = rec_int(s->version, agreement_version_f_version);
  in->agreement_hash = rec_text(s->version, agreement_version_f_hash);
  struct rec *payer = NULL;
  TRY(flow_company(x, s->payer, &payer));
  str cur = rec_has(s->deal, deal_f_won_amount) ? str_of(rec_money(s->deal, deal_f_won_amount).cur.code)
                                                : rec_text(payer, company_f_currency);
  in->currency = arena_str(x->arena, cur);
  in->on = utime_day(x->now);
  TRY(fill_parties(x, s, in));
  TRY(fill_people(x, s, in));
  fill_clause(x, s, in);
  fill_facts(x, s, cancelled, in);
  return fill_posted(x, s, in);
}

enum err settlement_estimate(struct ctx *x, id64 deal, id64 agreement, struct settle_input *ret_in, struct settle_result *ret) {
  struct settling s;
  TRY(settling_load(x, deal, agreement, 0, &s));
  TRY(settling_input(x, &s, false, ret_in));
  return rule_settle(ret_in, x->arena, x->pb, ret);
}

// ---- statements

// Numbers ascend within a company and year; the counter is a row of the hub, written in the same transaction.
static enum err next_number(struct ctx *x, id64 company, str *ret) {
  int y, m, d;
  date_civil(utime_day(x->now), &y, &m, &d);
  str key = arena_fmt(x->arena, "statement_number/%lld/%d", (long long)company, y), value;
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(x->conn, SQL("SELECT value FROM hub WHERE key = $1"), &s));
  db_bind_text(s, 1, key);
  bool row = false;
  TRY(db_step(s, &row));
  int64_t n = 0;
  value = row ? db_text(s, 0) : S("0");
  if (!str_to_int64(value, &n)) return ERR_CORRUPT;
  db_release(&s);
  TRY(db_prepare(x->conn,
                 SQL("INSERT INTO hub (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value"), &s));
  db_bind_text(s, 1, key);
  db_bind_text(s, 2, arena_fmt(x->arena, "%lld", (long long)(n + 1)));
  TRY(db_run(s));
  *ret = arena_fmt(x->arena, "%d-%03lld", y, (long long)(n + 1));
  return ERR_OK;
}

static enum err store_line(struct ctx *x, const struct rec *st, const struct settle_line *line) {
  struct rec *p = rec_new(x->arena, &entity_posting);
  p->company = x->viewer.company;
  p->root = st->id;
  p->room = true;
  p->created_by = x->viewer.user;
  rec_set_int(p, posting_f_line, line->line);
  rec_set_word(p, posting_f_kind, line->kind);
  rec_set_ref(p, posting_f_party, flow_id_of(&entity_company, line->payee));
  rec_set_ref(p, posting_f_person, flow_id_of(&entity_user, line->person));
  int role = vocab_index(&vocab_contribution_role, line->role);
  if (role >= 0) rec_set_word(p, posting_f_role, role);
  rec_set_money(p, posting_f_amount, line->amount);
  if (line->rate.den) rec_set_rate(p, posting_f_rate, line->rate);
  if (line->base.cur.code[0]) rec_set_money(p, posting_f_base, line->base);
  rec_set_text(p, posting_f_because, flow_reasons(x->arena, line->because, line->n_because));
  return trust_insert(x, p);
}

static enum err refused(struct ctx *x, const struct settle_result *r) {
  const struct settle_refusal *f = &r->refused[0];
  id64 company = flow_id_of(&entity_company, f->payee);
  AUTO(buf_release) struct buf why = BUF(2000);
  if (f->n_because) reason_text(&why, &f->because[0], x->viewer.lang);
  return problem_set(x->pb, P_PAYEE_REFUSED, company ? flow_company_name(x, company) : f->payee,
                     arena_str(x->arena, buf_str(&why)));
}

static enum err store_statement(struct ctx *x, const struct settling *s, const struct settle_input *in,
                                const struct settle_result *r, id64 reverses, str reason, id64 *ret_statement) {
  AUTO(buf_release) struct buf doc = BUF(DOCUMENT_MAX), hex = BUF(128);
  TRY(settle_document(in, r, x->arena, &doc));
  hash h = hash_of(buf_str(&doc));
  hash_put_hex(&hex, &h);
  struct rec *st = rec_new(x->arena, &entity_statement);
  str number = STR_NULL;
  st->company = x->viewer.company;
  st->created_by = x->viewer.user;
  TRY(next_number(x, x->viewer.company, &number));
  rec_set_text(st, statement_f_number, number);
  rec_set_ref(st, statement_f_deal, s->deal->id);
  rec_set_text(st, statement_f_deal_name, rec_text(s->deal, deal_f_name));
  rec_set_ref(st, statement_f_agreement, s->agreement->id);
  rec_set_int(st, statement_f_agreement_version, in->agreement_version);
  rec_set_text(st, statement_f_agreement_hash, in->agreement_hash);
  rec_set_ref(st, statement_f_payer, s->payer);
  rec_set_ref(st, statement_f_payee, s->payee);
  rec_set_money(st, statement_f_total, r->total);
  rec_set_ref(st, statement_f_prepared_by, x->viewer.user);
  rec_set_ref(st, statement_f_reverses, reverses);
  rec_set_text(st, statement_f_reason, reason);
  rec_set_text(st, statement_f_document, buf_str(&doc));
  rec_set_text(st, statement_f_document_hash, buf_str(&hex));
  struct ctx y = flow_verb(x, reverses ? "reverse" : "prepare");
  TRY(trust_insert(&y, st));
  for (size_t i = 0; i < r->n_lines; i++) TRY(store_line(x, st, &r->lines[i]));
  id64 other = x->viewer.company == s->payer ? s->payee : s->payer;
  struct grant g = {.owner = st->company,
                    .grantee = other,
                    .e = st->e,
                    .root = st->id,
                    .ops = OP_READ | OP_WRITE,
                    .fieldset = S("party"),
                    .from = 0,
                    .until = UTIME_MAX,
                    .accepted_at = x->now,
                    .created_by = x->viewer.user,
                    .created_at = x->now};
  struct ctx sys = flow_as_system(x, st->company);
  TRY(trust_grant_add(&sys, &g));
  *ret_statement = st->id;
  return ERR_OK;
}

static enum err computed(struct ctx *x, const struct settle_result *r) {
  if (r->state == settle_state_refused) return refused(x, r);
  if (r->state == settle_state_due) return ERR_OK;
  AUTO(buf_release) struct buf why = BUF(2000);
  if (r->answer.n_because) reason_text(&why, &r->answer.because[0], x->viewer.lang);
  return problem_set1(x->pb, P_NOTHING_DUE, arena_str(x->arena, buf_str(&why)));
}

enum err settlement_prepare(struct ctx *x, id64 deal, id64 agreement, id64 *ret_statement) {
  struct settling s;
  struct settle_input in;
  struct settle_result r;
  TRY(flow_need_role(x, user_role_rep));
  TRY(settling_load(x, deal, agreement, 0, &s));
  TRY(settling_input(x, &s, false, &in));
  TRY(rule_settle(&in, x->arena, x->pb, &r));
  TRY(computed(x, &r));
  return store_statement(x, &s, &in, &r, 0, STR_NULL, ret_statement);
}

static enum err load_statement(struct ctx *x, id64 id, struct rec **ret) {
  struct access a = {0};
  TRY(trust_load(x, &entity_statement, id, OP_READ, ret, &a));
  return flow_need_role(x, user_role_manager);
}

// The second person: not who prepared it, nobody it pays, and where the payee prepared it, somebody of the payer.
static enum err check_second_person(struct ctx *x, const struct rec *st) {
  struct rec **lines = NULL, *preparer = NULL;
  size_t n = 0;
  if (rec_ref(st, statement_f_prepared_by) == x->viewer.user) return problem_set0(x->pb, P_OWN_APPROVAL);
  TRY(rec_db_children(x->conn, &entity_posting, st->id, 0, LIMIT_CHILDREN, x->arena, &lines, &n));
  for (size_t i = 0; i < n; i++)
    if (rec_ref(lines[i], posting_f_person) == x->viewer.user) return problem_set0(x->pb, P_OWN_APPROVAL);
  TRY(trust_load_system(x, &entity_user, rec_ref(st, statement_f_prepared_by), &preparer));
  // What one side disputed the other cannot lock over its head.
  if (stands(st, statement_state_disputed) && preparer->company == x->viewer.company) return problem_set0(x->pb, P_OWN_APPROVAL);
  bool payer_took_part =
    preparer->company == rec_ref(st, statement_f_payer) || x->viewer.company == rec_ref(st, statement_f_payer);
  return payer_took_part ? ERR_OK : problem_set0(x->pb, P_OWN_APPROVAL);
}

enum err settlement_approve(struct ctx *x, id64 id) {
  struct rec *st = NULL;
  TRY(load_statement(x, id, &st));
  if (!stands(st, statement_state_draft) && !stands(st, statement_state_disputed))
    return problem_set1(x->pb, P_WRONG_STATE, rec_text(st, statement_f_state));
  TRY(check_second_person(x, st));
  bool same = false;
  size_t at = 0;
  TRY(settle_verify(rec_text(st, statement_f_document), x->arena, x->pb, &same, &at));
  if (!same) return ERR_CORRUPT;
  struct rec *after = rec_copy(st);
  rec_set_word(after, statement_f_state, statement_state_locked);
  rec_set_ref(after, statement_f_approved_by, x->viewer.user);
  rec_set_int(after, statement_f_approved_at, x->now);
  rec_set_int(after, statement_f_locked_at, x->now);
  rec_set_null(after, statement_f_dispute);
  struct ctx y = flow_verb(x, "approve");
  return trust_update(&y, st, after);
}

enum err settlement_dispute(struct ctx *x, id64 id, str reason) {
  struct rec *st = NULL, *preparer = NULL;
  TRY(load_statement(x, id, &st));
  if (!stands(st, statement_state_draft)) return problem_set1(x->pb, P_WRONG_STATE, rec_text(st, statement_f_state));
  TRY(trust_load_system(x, &entity_user, rec_ref(st, statement_f_prepared_by), &preparer));
  if (preparer->company == x->viewer.company)
    return problem_set0(x->pb, P_FORBIDDEN);  // one disputes what the other side prepared
  struct rec *after = rec_copy(st);
  rec_set_word(after, statement_f_state, statement_state_disputed);
  rec_set_text(after, statement_f_dispute, reason);
  struct ctx y = flow_verb(x, "dispute");
  return trust_update(&y, st, after);
}

enum err settlement_withdraw(struct ctx *x, id64 id, str reason) {
  struct rec *st = NULL, **others = NULL;
  struct access a = {0};
  size_t n = 0;
  TRY(trust_load(x, &entity_statement, id, OP_READ, &st, &a));
  if (rec_ref(st, statement_f_prepared_by) != x->viewer.user) TRY(flow_need_role(x, user_role_manager));
  TRY(flow_need_role(x, user_role_rep));
  if (st->company != x->viewer.company) return problem_set0(x->pb, P_FORBIDDEN);  // the other side disputes
  if (!stands(st, statement_state_draft) && !stands(st, statement_state_disputed))
    return problem_set1(x->pb, P_WRONG_STATE, rec_text(st, statement_f_state));
  TRY(statements_of(x, rec_ref(st, statement_f_deal), rec_ref(st, statement_f_agreement), &others, &n));
  for (size_t i = 0; i < n; i++)
    if (others[i]->id != id && others[i]->created_at >= st->created_at) return problem_set0(x->pb, P_IN_USE);
  struct rec *after = rec_copy(st);
  rec_set_word(after, statement_f_state, statement_state_withdrawn);
  rec_set_text(after, statement_f_reason, reason);
  struct ctx y = flow_verb(x, "withdraw");
  return trust_update(&y, st, after);
}

enum err settlement_pay(struct ctx *x, id64 id, str reference, uday on) {
  struct rec *st = NULL;
  TRY(load_statement(x, id, &st));
  if (!stands(st, statement_state_locked)) return problem_set1(x->pb, P_WRONG_STATE, rec_text(st, statement_f_state));
  if (x->viewer.company != rec_ref(st, statement_f_payer)) return problem_set0(x->pb, P_FORBIDDEN);
  struct rec *after = rec_copy(st);
  rec_set_word(after, statement_f_state, statement_state_paid);
  rec_set_text(after, statement_f_payment_reference, reference);
  rec_set_int(after, statement_f_paid_on, on);
  struct ctx y = flow_verb(x, "pay");
  return trust_update(&y, st, after);
}

enum err settlement_reverse(struct ctx *x, id64 id, str reason, id64 *ret_statement) {
  struct rec *st = NULL, **others = NULL;
  struct settling s;
  struct settle_input in;
  struct settle_result r;
  size_t n = 0;
  TRY(load_statement(x, id, &st));
  if (!stands(st, statement_state_locked) && !stands(st, statement_state_paid))
    return problem_set1(x->pb, P_WRONG_STATE, rec_text(st, statement_f_state));
  TRY(statements_of(x, rec_ref(st, statement_f_deal), rec_ref(st, statement_f_agreement), &others, &n));
  for (size_t i = 0; i < n; i++)
    if (rec_ref(others[i], statement_f_reverses) == id)
      return problem_set1(x->pb, P_DUPLICATE, rec_text(others[i], statement_f_number));
  TRY(settling_load(x, rec_ref(st, statement_f_deal), rec_ref(st, statement_f_agreement),
                    rec_int(st, statement_f_agreement_version), &s));
  TRY(settling_input(x, &s, true, &in));
  TRY(rule_settle(&in, x->arena, x->pb, &r));
  TRY(computed(x, &r));
  return store_statement(x, &s, &in, &r, id, reason, ret_statement);
}
