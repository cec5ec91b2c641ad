// SPDX-License-Identifier: Apache-2.0
// What an input of `settle` must not contain, and whom it must not pay.
#include "rules/settle_work.h"

#include <stdarg.h>
#include <stdlib.h>

__attribute__((format(printf, 5, 6))) static enum err bad(struct settling *s, enum problem_code code, str a1, str a2,
                                                          const char *fmt, ...) {
  char pointer[160];
  va_list list;
  va_start(list, fmt);
  (void)vsnprintf(pointer, sizeof pointer, fmt, list);
  va_end(list);
  return problem_field(s->pb, str_of(pointer), code, a1, a2);
}

enum err settle_overflow(struct settling *s) {
  (void)problem_set0(s->pb, P_OVERFLOW);
  return ERR_LIMIT;
}

const struct settle_party *settle_party_of(const struct settle_input *in, str company) {
  for (size_t i = 0; i < in->n_parties; i++)
    if (str_eq(in->parties[i].company, company)) return &in->parties[i];
  return NULL;
}

static bool currency_ok(const struct settling *s, money m) { return !m.cur.code[0] || currency_eq(m.cur, s->cur); }

static enum err wrong_currency(struct settling *s, money m, const char *list, size_t i, const char *field) {
  if (currency_ok(s, m)) return ERR_OK;
  return bad(s, P_WRONG_TYPE, S("an amount in the currency of the calculation"), STR_NULL, "/%s/%zu/%s", list, i, field);
}

static enum err shares_one(struct settling *s, ratio sum, bool fits, str whose, str pointer) {
  if (!fits) return settle_overflow(s);
  if (sum.num == 1 && sum.den == 1) return ERR_OK;
  return problem_field(s->pb, pointer, P_SHARES_SUM, whose, ratio_str(s->a, sum));
}

static enum err check_parties(struct settling *s) {
  const struct settle_input *in = s->in;
  enum err e = ERR_OK;
  for (size_t i = 0; i < in->n_parties; i++) {
    const struct settle_party *p = &in->parties[i];
    if (settle_party_of(in, p->company) != p) e = bad(s, P_DUPLICATE, p->company, STR_NULL, "/parties/%zu/company", i);
    bool taxed = p->tax_mode == tax_mode_added || p->tax_mode == tax_mode_withheld;
    if (taxed && !p->tax_rate.den) e = bad(s, P_REQUIRED, STR_NULL, STR_NULL, "/parties/%zu/tax_rate", i);
    if (wrong_currency(s, p->opening, "parties", i, "opening")) e = ERR_INVALID;
  }
  return e;
}

static enum err check_splits(struct settling *s, const struct settle_clause *c, size_t i) {
  ratio sum = {0, 1};
  bool fits = true;
  enum err e = ERR_OK;
  for (size_t k = 0; k < c->n_splits; k++) {
    fits = fits && ratio_add(sum, c->splits[k].share, &sum);
    for (size_t m = 0; m < k; m++)
      if (str_eq(c->splits[m].company, c->splits[k].company))
        e = bad(s, P_DUPLICATE, c->splits[k].company, STR_NULL, "/clauses/%zu/splits/%zu/company", i, k);
  }
  enum err one = shares_one(s, sum, fits, c->clause, arena_fmt(s->a, "/clauses/%zu/splits", i));
  return one ? one : e;
}

static enum err check_steps(struct settling *s, const struct settle_clause *c, size_t i) {
  enum err e = ERR_OK;
  for (size_t k = 0; k < c->n_tiers; k++) {
    if (!currency_ok(s, c->tiers[k].from))
      e = bad(s, P_WRONG_TYPE, S("an amount in the currency of the calculation"), STR_NULL, "/clauses/%zu/tiers/%zu/from", i, k);
    if (k && c->tiers[k].from.minor <= c->tiers[k - 1].from.minor)
      e = bad(s, P_WRONG_TYPE, S("steps that ascend"), STR_NULL, "/clauses/%zu/tiers/%zu/from", i, k);
  }
  for (size_t k = 0; k < c->n_take_back; k++) {
    if (ratio_cmp(c->take_back[k].share, (ratio){1, 1}) > 0)
      e = bad(s, P_BAD_RATE, STR_NULL, STR_NULL, "/clauses/%zu/take_back/%zu/share", i, k);
    if (k && c->take_back[k].within_days <= c->take_back[k - 1].within_days)
      e = bad(s, P_WRONG_TYPE, S("days that ascend"), STR_NULL, "/clauses/%zu/take_back/%zu/within_days", i, k);
  }
  return e;
}

static enum err check_clause(struct settling *s, size_t i) {
  const struct settle_clause *c = &s->in->clauses[i];
  const struct settle_party *payer = settle_party_of(s->in, c->payer);
  enum err e = ERR_OK;
  for (size_t k = 0; k < i; k++)
    if (str_eq(s->in->clauses[k].clause, c->clause)) e = bad(s, P_DUPLICATE, c->clause, STR_NULL, "/clauses/%zu/clause", i);
  if (!payer || payer->kind != payee_kind_party)
    e = bad(s, P_WRONG_TYPE, S("a company of kind party"), STR_NULL, "/clauses/%zu/payer", i);
  bool fixed = c->fixed.cur.code[0] != 0, rate = c->rate.den != 0 || c->n_tiers;
  if (fixed == rate) e = bad(s, P_WRONG_TYPE, S("either a rate or tiers, or a fixed amount"), STR_NULL, "/clauses/%zu/rate", i);
  if (c->holdback.den && ratio_cmp(c->holdback, (ratio){1, 1}) > 0)
    e = bad(s, P_BAD_RATE, STR_NULL, STR_NULL, "/clauses/%zu/holdback", i);
  bool both = c->cap.cur.code[0] && c->floor.cur.code[0];
  if (both && c->floor.minor > c->cap.minor)
    e = bad(s, P_WRONG_TYPE, S("a floor not above the cap"), STR_NULL, "/clauses/%zu/floor", i);
  if (wrong_currency(s, c->fixed, "clauses", i, "fixed") || wrong_currency(s, c->cap, "clauses", i, "cap") ||
      wrong_currency(s, c->floor, "clauses", i, "floor"))
    e = ERR_INVALID;
  enum err steps = check_steps(s, c, i), splits = check_splits(s, c, i);
  return splits ? splits : steps ? steps : e;
}

static enum err check_people(struct settling *s) {
  const struct settle_input *in = s->in;
  enum err e = ERR_OK;
  for (size_t i = 0; i < in->n_people; i++) {
    const struct settle_person *p = &in->people[i];
    bool first = true, fits = true;
    ratio sum = {0, 1};
    for (size_t k = 0; k < in->n_people; k++) {
      const struct settle_person *q = &in->people[k];
      if (!str_eq(p->company, q->company)) continue;
      fits = fits && ratio_add(sum, q->share, &sum);
      if (k < i) first = false;
      if (k < i && str_eq(p->person, q->person)) e = bad(s, P_DUPLICATE, p->person, STR_NULL, "/people/%zu/person", i);
    }
    enum err one = first ? shares_one(s, sum, fits, p->company, arena_fmt(s->a, "/people/%zu/share", i)) : ERR_OK;
    if (one) e = one;
  }
  return e;
}

static int by_fact_id(const void *p, const void *q) {
  const struct settle_fact *const *x = p, *const *y = q;
  int c = str_cmp((*x)->fact, (*y)->fact);
  return c ? c : (*x > *y) - (*x < *y);
}

static enum err check_facts(struct settling *s) {
  const struct settle_input *in = s->in;
  enum err e = ERR_OK;
  const struct settle_fact **by_id = NEW_ARRAY(s->a, in->n_facts + 1, const struct settle_fact *);
  for (size_t i = 0; i < in->n_facts; i++) by_id[i] = &in->facts[i];
  if (in->n_facts) qsort(by_id, in->n_facts, sizeof(const struct settle_fact *), by_fact_id);
  for (size_t i = 1; i < in->n_facts; i++)
    if (str_eq(by_id[i]->fact, by_id[i - 1]->fact))
      e = bad(s, P_DUPLICATE, by_id[i]->fact, STR_NULL, "/facts/%td/fact", by_id[i] - in->facts);
  for (size_t i = 0; i < in->n_facts; i++) {
    const struct settle_fact *f = &in->facts[i];
    bool amount = f->kind == settle_event_won || f->kind == settle_event_invoiced || f->kind == settle_event_cash;
    if (amount && !f->amount.cur.code[0]) e = bad(s, P_REQUIRED, STR_NULL, STR_NULL, "/facts/%zu/amount", i);
    if ((f->cost.cur.code[0] && !currency_eq(f->cost.cur, f->amount.cur)) ||
        (f->first_year.cur.code[0] && !currency_eq(f->first_year.cur, f->amount.cur)))
      e = bad(s, P_WRONG_TYPE, S("one currency in one fact"), STR_NULL, "/facts/%zu", i);
  }
  return e;
}

static enum err check_agreed(struct settling *s) {
  const struct settle_input *in = s->in;
  enum err e = ERR_OK;
  for (size_t i = 0; i < in->n_agreed; i++) {
    const struct settle_agreed *g = &in->agreed[i];
    const struct settle_party *payer = settle_party_of(in, g->payer);
    bool known = false;
    for (size_t k = 0; k < in->n_clauses && !known; k++) known = str_eq(in->clauses[k].clause, g->clause);
    if (g->kind != posting_kind_buy_out && g->kind != posting_kind_compromise)
      e = bad(s, P_BAD_WORD, S("buy_out, compromise"), STR_NULL, "/agreed/%zu/kind", i);
    if ((g->kind == posting_kind_buy_out || g->clause.p) && !known)
      e = bad(s, P_WRONG_TYPE, S("a clause of this input"), STR_NULL, "/agreed/%zu/clause", i);
    if (!payer || payer->kind != payee_kind_party)
      e = bad(s, P_WRONG_TYPE, S("a company of kind party"), STR_NULL, "/agreed/%zu/payer", i);
    if (wrong_currency(s, g->amount, "agreed", i, "amount")) e = ERR_INVALID;
    for (size_t k = 0; k < i; k++) {
      const struct settle_agreed *o = &in->agreed[k];
      bool same = o->kind == g->kind && str_eq(o->clause, g->clause) && str_eq(o->payee, g->payee);
      if (same) e = bad(s, P_DUPLICATE, g->payee, STR_NULL, "/agreed/%zu", i);
    }
  }
  return e;
}

enum err settle_check(struct settling *s) {
  enum err e = check_parties(s), one;
  for (size_t i = 0; i < s->in->n_clauses; i++)
    if ((one = check_clause(s, i)) != ERR_OK) e = one;
  if ((one = check_people(s)) != ERR_OK) e = one;
  if ((one = check_facts(s)) != ERR_OK) e = one;
  if ((one = check_agreed(s)) != ERR_OK) e = one;
  for (size_t i = 0; i < s->in->n_posted; i++)
    if (wrong_currency(s, s->in->posted[i].amount, "posted", i, "amount")) e = ERR_INVALID;
  for (size_t i = 0; i < s->in->n_payments; i++)
    if (wrong_currency(s, s->in->payments[i].amount, "payments", i, "amount")) e = ERR_INVALID;
  for (size_t i = 0; i < s->in->n_fx; i++)
    if (!s->in->fx[i].rate.num) e = bad(s, P_BAD_RATE, STR_NULL, STR_NULL, "/fx/%zu/rate", i);
  return e;
}

// ---- payee guard -------------------------------------------------------------------------------------------------------

struct guard {
  struct settling *s;
  struct settle_refusal *list;
  size_t n, cap;
};

static void refuse(struct guard *g, str payee, int kind, str pointer, enum reason_code code) {
  if (g->n == g->cap) {
    size_t cap = g->cap ? g->cap * 2 : 8;
    struct settle_refusal *more = NEW_ARRAY(g->s->a, cap, struct settle_refusal);
    if (g->n) memcpy(more, g->list, g->n * sizeof *more);
    g->list = more;
    g->cap = cap;
  }
  struct answer why = {.arena = g->s->a};
  because(&why, code, 1000, payee, word_str(&vocab_payee_kind, kind), STR_NULL);
  g->list[g->n++] = (struct settle_refusal){payee, kind, pointer, why.because, why.n_because};
}

// A label such as a role never enters here: only who somebody is and whose books he stands in.
static void guard_company(struct guard *g, str company, str pointer) {
  const struct settle_party *p = settle_party_of(g->s->in, company);
  if (!p)
    refuse(g, company, payee_kind_outsider, pointer, R_settle_no_party);
  else if (p->kind != payee_kind_party)
    refuse(g, company, p->kind, pointer, R_settle_wrong_side);
}

void settle_guard(struct settling *s) {
  const struct settle_input *in = s->in;
  struct guard g = {s, NULL, 0, 0};
  for (size_t i = 0; i < in->n_clauses; i++)
    for (size_t k = 0; k < in->clauses[i].n_splits; k++)
      guard_company(&g, in->clauses[i].splits[k].company, arena_fmt(s->a, "/clauses/%zu/splits/%zu/company", i, k));
  for (size_t i = 0; i < in->n_agreed; i++) guard_company(&g, in->agreed[i].payee, arena_fmt(s->a, "/agreed/%zu/payee", i));
  for (size_t i = 0; i < in->n_people; i++) {
    const struct settle_person *p = &in->people[i];
    const struct settle_party *c = settle_party_of(in, p->company);
    str pointer = arena_fmt(s->a, "/people/%zu/person", i);
    if (p->kind != payee_kind_party)
      refuse(&g, p->person, p->kind, pointer, R_settle_wrong_side);
    else if (!c || c->kind != payee_kind_party)
      refuse(&g, p->person, c ? c->kind : payee_kind_outsider, pointer, R_settle_company_refused);
    else if (!str_eq(p->employer, p->company))
      refuse(&g, p->person, payee_kind_outsider, pointer, R_settle_not_own_employer);
  }
  s->ret->refused = g.list;
  s->ret->n_refused = g.n;
}
