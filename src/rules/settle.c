// SPDX-License-Identifier: Apache-2.0
// The statement: cumulative targets per clause, company and person, less what was posted before; balances; double entry.
#include "rules/settle.h"

#include <stdlib.h>

#include "base/limits.h"
#include "rules/settle_work.h"

#define SHAPE_FILE "rules/settle.def"
#include "base/shape_table.h"

// ---- lines -------------------------------------------------------------------------------------------------------------

static struct settle_line *new_line(struct settling *s, int kind, str clause, str payer, str payee, int64_t amount) {
  if (s->n_lines == s->cap_lines) {
    size_t cap = s->cap_lines ? s->cap_lines * 2 : 16;
    struct settle_line *more = NEW_ARRAY(s->a, cap, struct settle_line);
    if (s->n_lines) memcpy(more, s->lines, s->n_lines * sizeof *more);
    s->lines = more;
    s->cap_lines = cap;
  }
  struct settle_line *l = &s->lines[s->n_lines++];
  shape_init(&shape_settle_line, l);
  l->kind = kind;
  l->clause = clause;
  l->payer = payer;
  l->payee = payee;
  l->amount = (money){amount, s->cur};
  return l;
}

static void set_because(struct settle_line *l, const struct answer *an) {
  l->because = an->because;
  l->n_because = an->n_because;
}

// A line's own trace: the steps it shares with its clause, then room for its own.
static struct answer trace_of(struct settling *s, const struct answer *shared) {
  struct answer t = {.arena = s->a};
  size_t n = shared ? shared->n_because : 0;
  t.cap_because = n + 4;
  t.because = NEW_ARRAY(s->a, t.cap_because, struct reason);
  if (n) memcpy(t.because, shared->because, n * sizeof *t.because);
  t.n_because = n;
  return t;
}

// ---- what was posted before --------------------------------------------------------------------------------------------

static bool of_kind(int kind, int a, int b) { return kind == a || kind == b; }

static int by_payee(const struct settle_posted *p, str clause, str company, str person) {
  int c = str_cmp(p->clause, clause);
  if (!c) c = str_cmp(p->company, company);
  return c ? c : str_cmp(p->person, person);
}

static int by_posted(const void *p, const void *q) {
  const struct settle_posted *const *x = p, *const *y = q;
  return by_payee(*x, (*y)->clause, (*y)->company, (*y)->person);
}

// Sorted once: a long history is looked up for every line.
static void sort_posted(struct settling *s) {
  s->posted = NEW_ARRAY(s->a, s->in->n_posted + 1, const struct settle_posted *);
  for (size_t i = 0; i < s->in->n_posted; i++) s->posted[i] = &s->in->posted[i];
  if (s->in->n_posted) qsort(s->posted, s->in->n_posted, sizeof(const struct settle_posted *), by_posted);
}

static bool posted_sum(struct settling *s, str clause, str company, str person, int kind_a, int kind_b, int64_t *ret) {
  size_t low = 0, high = s->in->n_posted;
  int64_t sum = 0;
  while (low < high) {
    size_t mid = low + (high - low) / 2;
    if (by_payee(s->posted[mid], clause, company, person) < 0)
      low = mid + 1;
    else
      high = mid;
  }
  for (; low < s->in->n_posted && !by_payee(s->posted[low], clause, company, person); low++) {
    const struct settle_posted *p = s->posted[low];
    if (of_kind(p->kind, kind_a, kind_b) && __builtin_add_overflow(sum, p->amount.minor, &sum)) return false;
  }
  *ret = sum;
  return true;
}

// Target less posted; the kind is `back` when the account moves towards zero.
static bool move(int64_t target, int64_t posted, int forward, int back, int64_t *ret_delta, int *ret_kind) {
  if (__builtin_sub_overflow(target, posted, ret_delta) || *ret_delta == INT64_MIN) return false;
  *ret_kind = posted && (*ret_delta < 0) != (posted < 0) ? back : forward;
  return true;
}

static void say_posted(struct settling *s, struct answer *t, int64_t posted, int64_t delta) {
  if (posted) because(t, R_settle_posted, 0, settle_amount(s, posted), settle_amount(s, delta), STR_NULL);
}

// ---- splitting ---------------------------------------------------------------------------------------------------------

struct cut {
  str id;
  ratio share;
  int64_t part;
  bool extra;  // got one of the units left over
};

// Largest remainder; equal remainders go to the lower id. `cuts` come back in the order of their ids.
static int by_id(const void *p, const void *q) {
  const struct cut *x = p, *y = q;
  return str_cmp(x->id, y->id);
}

static enum err split(struct settling *s, int64_t total, struct cut *cuts, size_t n) {
  qsort(cuts, n, sizeof *cuts, by_id);
  ratio *shares = NEW_ARRAY(s->a, n, ratio);
  int64_t *ties = NEW_ARRAY(s->a, n, int64_t);
  money *parts = NEW_ARRAY(s->a, n, money);
  for (size_t i = 0; i < n; i++) {
    shares[i] = cuts[i].share;
    ties[i] = (int64_t)i;
  }
  enum err e = money_split((money){total, s->cur}, shares, ties, n, parts);
  if (e == ERR_LIMIT) return settle_overflow(s);
  if (e) return problem_field(s->pb, S("/people"), P_OUT_OF_RANGE, S("1"), S("1024"));
  for (size_t i = 0; i < n; i++) {
    i128 product = (i128)total * cuts[i].share.num;
    cuts[i].part = parts[i].minor;
    cuts[i].extra = (i128)parts[i].minor != product / cuts[i].share.den;
  }
  return ERR_OK;
}

// ---- one company's part of one clause ----------------------------------------------------------------------------------

struct share {
  const struct settle_clause *clause;  // NULL: agreed sums beside all clauses
  str name, payer, company;
  const struct earning *earning;
  struct cut cut;
  int64_t payable, agreed;  // cumulative, after the holdback
  size_t first_line;        // its lines begin here
};

static enum err reward_line(struct settling *s, struct share *h) {
  int64_t posted, delta, target = h->cut.part;
  int kind;
  if (!posted_sum(s, h->name, h->company, STR_NULL, posting_kind_reward, posting_kind_reversal, &posted))
    return settle_overflow(s);
  if (h->earning->bought_out) target = posted;
  h->payable = target;
  if (!move(target, posted, posting_kind_reward, posting_kind_reversal, &delta, &kind)) return settle_overflow(s);
  if (!delta) return ERR_OK;
  struct answer t = trace_of(s, &h->earning->trace);
  because(&t, R_settle_split, 1000, ratio_str(s->a, h->cut.share), settle_amount(s, h->earning->earned),
          settle_amount(s, h->cut.part), STR_NULL);
  if (h->cut.extra) because(&t, R_settle_extra_unit, 0, STR_NULL);
  say_posted(s, &t, posted, delta);
  struct settle_line *l = new_line(s, kind, h->name, h->payer, h->company, delta);
  l->base = h->earning->base;
  l->rate = h->earning->rate;
  for (size_t i = 0; i < h->clause->n_splits; i++)
    if (str_eq(h->clause->splits[i].company, h->company)) l->role = h->clause->splits[i].role;
  set_because(l, &t);
  return ERR_OK;
}

static enum err holdback_line(struct settling *s, struct share *h) {
  const struct settle_clause *c = h->clause;
  int64_t posted, delta, held = 0;
  int kind;
  exact v;
  bool running = c->holdback.den && (c->holdback_until == SHAPE_NO_DATE || s->in->on < c->holdback_until);
  if (running && (!exact_times(exact_of(h->payable), exact_ratio(c->holdback), &v) || !exact_round(v, &held)))
    return settle_overflow(s);
  if (!posted_sum(s, h->name, h->company, STR_NULL, posting_kind_holdback, posting_kind_release, &posted))
    return settle_overflow(s);
  if (!move(-held, posted, posting_kind_holdback, posting_kind_release, &delta, &kind)) return settle_overflow(s);
  if (delta) {
    struct answer t = trace_of(s, NULL);
    if (running)
      because(&t, R_settle_held, 1000, ratio_str(s->a, c->holdback), settle_amount(s, h->payable), settle_amount(s, held),
              STR_NULL);
    else
      because(&t, R_settle_released, 1000, settle_amount(s, delta), STR_NULL);
    say_posted(s, &t, posted, delta);
    set_because(new_line(s, kind, h->name, h->payer, h->company, delta), &t);
  }
  h->payable -= held;
  return ERR_OK;
}

static enum err tax_line(struct settling *s, const struct share *h) {
  const struct settle_party *p = settle_party_of(s->in, h->company);
  if (p->tax_mode == tax_mode_none || str_eq(h->payer, h->company)) return ERR_OK;
  if (p->tax_mode == tax_mode_reverse_charge) {
    if (s->n_lines == h->first_line) return ERR_OK;
    struct settle_line *l = &s->lines[s->n_lines - 1];
    struct answer t = trace_of(s, &(struct answer){.because = (struct reason *)(uintptr_t)l->because, .n_because = l->n_because});
    because(&t, R_settle_reverse_charge, 0, STR_NULL);
    set_because(l, &t);
    return ERR_OK;
  }
  bool withheld = p->tax_mode == tax_mode_withheld;
  int kind = withheld ? posting_kind_withholding : posting_kind_tax, moved;
  int64_t net, tax, posted, delta;
  exact v;
  if (__builtin_add_overflow(h->payable, h->agreed, &net) || !exact_times(exact_of(net), exact_ratio(p->tax_rate), &v) ||
      !exact_round(v, &tax))
    return settle_overflow(s);
  if (withheld) tax = -tax;
  if (!posted_sum(s, h->name, h->company, STR_NULL, kind, kind, &posted) || !move(tax, posted, kind, kind, &delta, &moved))
    return settle_overflow(s);
  if (!delta) return ERR_OK;
  struct answer t = trace_of(s, NULL);
  because(&t, withheld ? R_settle_tax_withheld : R_settle_tax_added, 1000, ratio_str(s->a, p->tax_rate), settle_amount(s, net),
          STR_NULL);
  say_posted(s, &t, posted, delta);
  struct settle_line *l = new_line(s, kind, h->name, h->payer, h->company, delta);
  l->base = (money){net, s->cur};
  l->rate = p->tax_rate;
  set_because(l, &t);
  return ERR_OK;
}

static const struct settle_person *person_of(const struct settle_input *in, str company, str person) {
  for (size_t i = 0; i < in->n_people; i++)
    if (str_eq(in->people[i].company, company) && str_eq(in->people[i].person, person)) return &in->people[i];
  return NULL;
}

static enum err person_lines(struct settling *s, const struct share *h) {
  size_t n = 0;
  struct cut *cuts = NEW_ARRAY(s->a, s->in->n_people + 1, struct cut);
  for (size_t i = 0; i < s->in->n_people; i++)
    if (str_eq(s->in->people[i].company, h->company))
      cuts[n++] = (struct cut){s->in->people[i].person, s->in->people[i].share, 0, false};
  if (!n) return ERR_OK;
  TRY(split(s, h->payable, cuts, n));
  for (size_t i = 0; i < n; i++) {
    int64_t posted, delta;
    int kind;
    if (!posted_sum(s, h->name, h->company, cuts[i].id, posting_kind_person, posting_kind_person, &posted) ||
        !move(cuts[i].part, posted, posting_kind_person, posting_kind_person, &delta, &kind))
      return settle_overflow(s);
    if (!delta) continue;
    struct answer t = trace_of(s, NULL);
    because(&t, R_settle_person, 1000, ratio_str(s->a, cuts[i].share), settle_amount(s, h->payable), STR_NULL);
    if (cuts[i].extra) because(&t, R_settle_extra_unit, 0, STR_NULL);
    say_posted(s, &t, posted, delta);
    struct settle_line *l = new_line(s, kind, h->name, h->company, h->company, delta);
    l->person = cuts[i].id;
    l->role = person_of(s->in, h->company, cuts[i].id)->role;
    l->base = (money){h->payable, s->cur};
    l->rate = cuts[i].share;
    set_because(l, &t);
  }
  return ERR_OK;
}

// ---- agreed sums -------------------------------------------------------------------------------------------------------

static bool agreed_by_both(const struct settle_agreed *g) { return g->payer_agreed == TRI_YES && g->payee_agreed == TRI_YES; }

static void say_not_agreed(struct settling *s) {
  for (size_t i = 0; i < s->in->n_agreed; i++) {
    const struct settle_agreed *g = &s->in->agreed[i];
    if (agreed_by_both(g)) continue;
    because_ref(&s->ret->answer, because(&s->ret->answer, R_settle_not_agreed, 500, settle_amount(s, g->amount.minor), STR_NULL),
                g->ref);
    if (g->payer_agreed == TRI_UNKNOWN) unknown_add(&s->ret->answer, S("due"), "/agreed/%zu/payer_agreed", i);
    if (g->payee_agreed == TRI_UNKNOWN) unknown_add(&s->ret->answer, S("due"), "/agreed/%zu/payee_agreed", i);
  }
}

static enum err agreed_lines(struct settling *s, struct share *h) {
  for (size_t i = 0; i < s->in->n_agreed; i++) {
    const struct settle_agreed *g = &s->in->agreed[i];
    int64_t posted, delta;
    int kind;
    if (!agreed_by_both(g) || !str_eq(g->clause, h->name) || !str_eq(g->payee, h->company)) continue;
    if (__builtin_add_overflow(h->agreed, g->amount.minor, &h->agreed)) return settle_overflow(s);
    if (!posted_sum(s, h->name, h->company, STR_NULL, g->kind, g->kind, &posted) ||
        !move(g->amount.minor, posted, g->kind, g->kind, &delta, &kind))
      return settle_overflow(s);
    if (!delta) continue;
    struct answer t = trace_of(s, NULL);
    because_ref(&t, because(&t, R_settle_agreed, 1000, settle_amount(s, g->amount.minor), STR_NULL), g->ref);
    if (g->kind == posting_kind_buy_out) because(&t, R_settle_bought_out, 0, g->clause, STR_NULL);
    say_posted(s, &t, posted, delta);
    set_because(new_line(s, g->kind, h->name, g->payer, h->company, delta), &t);
    h->payer = g->payer;
  }
  return ERR_OK;
}

static bool bought_out(const struct settling *s, str clause) {
  for (size_t i = 0; i < s->in->n_agreed; i++) {
    const struct settle_agreed *g = &s->in->agreed[i];
    if (g->kind == posting_kind_buy_out && agreed_by_both(g) && str_eq(g->clause, clause)) return true;
  }
  return false;
}

// ---- clauses -----------------------------------------------------------------------------------------------------------

// Sums agreed with somebody who has no share of the clause get a share of nothing, so that tax and lines come the same way.
static size_t add_strangers(struct settling *s, str clause, struct cut *cuts, size_t n) {
  for (size_t i = 0; i < s->in->n_agreed; i++) {
    const struct settle_agreed *g = &s->in->agreed[i];
    bool known = !agreed_by_both(g) || !str_eq(g->clause, clause);
    for (size_t k = 0; k < n && !known; k++) known = str_eq(cuts[k].id, g->payee);
    if (!known) cuts[n++] = (struct cut){g->payee, {0, 1}, 0, false};
  }
  return n;
}

static enum err settle_share(struct settling *s, struct share *h) {
  h->first_line = s->n_lines;
  if (h->clause) {
    TRY(reward_line(s, h));
    TRY(holdback_line(s, h));
  }
  TRY(agreed_lines(s, h));
  TRY(tax_line(s, h));
  return h->clause ? person_lines(s, h) : ERR_OK;
}

static enum err settle_clause_lines(struct settling *s, const struct settle_clause *c) {
  struct earning e;
  TRY(settle_earn(s, c, &e));
  if (!e.known) return ERR_OK;
  e.bought_out = bought_out(s, c->clause);
  struct cut *cuts = NEW_ARRAY(s->a, c->n_splits + s->in->n_agreed, struct cut);
  size_t n = c->n_splits;
  for (size_t i = 0; i < n; i++) cuts[i] = (struct cut){c->splits[i].company, c->splits[i].share, 0, false};
  n = add_strangers(s, c->clause, cuts, n);
  TRY(split(s, e.earned, cuts, n));
  size_t before = s->n_lines;
  for (size_t i = 0; i < n; i++) {
    struct share h = {.clause = c, .name = c->clause, .payer = c->payer, .company = cuts[i].id, .earning = &e, .cut = cuts[i]};
    TRY(settle_share(s, &h));
  }
  // A clause that adds no line still says why.
  if (s->n_lines == before)
    for (size_t i = 0; i < e.trace.n_because; i++)
      if (e.trace.because[i].weight) *because(&s->ret->answer, R_settle_nothing, 0, STR_NULL) = e.trace.because[i];
  return ERR_OK;
}

static enum err settle_beside(struct settling *s) {
  struct cut *cuts = NEW_ARRAY(s->a, s->in->n_agreed + 1, struct cut);
  size_t n = add_strangers(s, STR_NULL, cuts, 0);
  qsort(cuts, n, sizeof *cuts, by_id);
  for (size_t i = 0; i < n; i++) {
    struct share h = {.name = STR_NULL, .company = cuts[i].id, .cut = cuts[i]};
    TRY(settle_share(s, &h));
  }
  return ERR_OK;
}

static int by_clause(const void *p, const void *q) {
  const struct settle_clause *const *x = p, *const *y = q;
  return str_cmp((*x)->clause, (*y)->clause);
}

static enum err make_lines(struct settling *s) {
  const struct settle_clause **order = NEW_ARRAY(s->a, s->in->n_clauses + 1, const struct settle_clause *);
  for (size_t i = 0; i < s->in->n_clauses; i++) order[i] = &s->in->clauses[i];
  if (s->in->n_clauses) qsort(order, s->in->n_clauses, sizeof(const struct settle_clause *), by_clause);
  TRY(settle_beside(s));
  for (size_t i = 0; i < s->in->n_clauses; i++) TRY(settle_clause_lines(s, order[i]));
  for (size_t i = 0; i < s->n_lines; i++) s->lines[i].line = (int64_t)i + 1;
  return ERR_OK;
}

// ---- balances and double entry -----------------------------------------------------------------------------------------

struct book {
  str account;
  int64_t sum;
};

static int by_account(const void *p, const void *q) {
  const struct book *x = p, *y = q;
  return str_cmp(x->account, y->account);
}

static void enter(struct settling *s, struct book *books, size_t *n, const char *prefix, str id, int64_t amount) {
  books[(*n)++] = (struct book){arena_fmt(s->a, "%s:%.*s", prefix, STR_ARG(id)), amount};
}

static void enter_line(struct settling *s, struct book *books, size_t *n, const struct settle_line *l) {
  int64_t v = l->amount.minor;
  if (l->kind == posting_kind_person) {
    enter(s, books, n, "company", l->payee, -v);
    enter(s, books, n, "person", l->person, v);
    return;
  }
  // What is withheld is owed to the tax office, what is held back stays owed to the company, on another account.
  const char *other = l->kind == posting_kind_withholding                             ? "tax"
                      : of_kind(l->kind, posting_kind_holdback, posting_kind_release) ? "held"
                                                                                      : "company";
  enter(s, books, n, other, strcmp(other, "held") == 0 ? l->payee : l->payer, -v);
  enter(s, books, n, "company", l->payee, v);
}

static enum err make_entries(struct settling *s) {
  struct book *books = NEW_ARRAY(s->a, 2 * (s->n_lines + s->in->n_payments) + 1, struct book);
  size_t n = 0, m = 0;
  for (size_t i = 0; i < s->n_lines; i++) enter_line(s, books, &n, &s->lines[i]);
  for (size_t i = 0; i < s->in->n_payments; i++) {
    enter(s, books, &n, "company", s->in->payments[i].payee, -s->in->payments[i].amount.minor);
    enter(s, books, &n, "company", s->in->payments[i].payer, s->in->payments[i].amount.minor);
  }
  if (n) qsort(books, n, sizeof *books, by_account);
  struct settle_entry *out = NEW_ARRAY(s->a, n + 1, struct settle_entry);
  i128 zero = 0;
  for (size_t i = 0; i < n; i++) {
    zero += books[i].sum;
    bool same = m && str_eq(out[m - 1].account, books[i].account);
    if (!same) out[m++] = (struct settle_entry){books[i].account, {0, s->cur}};
    if (__builtin_add_overflow(out[m - 1].amount.minor, books[i].sum, &out[m - 1].amount.minor)) return settle_overflow(s);
  }
  if (zero) return settle_overflow(s);
  s->ret->entries = out;
  s->ret->n_entries = m;
  return ERR_OK;
}

static bool balance_of(struct settling *s, const struct settle_party *p, struct settle_balance *b) {
  i128 moved = 0, paid = 0;
  for (size_t i = 0; i < s->n_lines; i++) {
    const struct settle_line *l = &s->lines[i];
    if (l->kind == posting_kind_person) continue;
    // What is held back or withheld moves on the payee's account alone: the payer owes it still, to another.
    bool other_side = !of_kind(l->kind, posting_kind_holdback, posting_kind_release) && l->kind != posting_kind_withholding;
    if (str_eq(l->payee, p->company)) moved += l->amount.minor;
    if (other_side && str_eq(l->payer, p->company)) moved -= l->amount.minor;
  }
  for (size_t i = 0; i < s->in->n_payments; i++) {
    if (str_eq(s->in->payments[i].payee, p->company)) paid += s->in->payments[i].amount.minor;
    if (str_eq(s->in->payments[i].payer, p->company)) paid -= s->in->payments[i].amount.minor;
  }
  int64_t opening = p->opening.cur.code[0] ? p->opening.minor : 0;
  i128 closing = opening + moved - paid;
  if (moved > INT64_MAX || moved < -INT64_MAX || paid > INT64_MAX || paid < -INT64_MAX || closing > INT64_MAX ||
      closing < -INT64_MAX)
    return false;
  *b = (struct settle_balance){
    p->company, {opening, s->cur}, {(int64_t)moved, s->cur}, {(int64_t)paid, s->cur}, {(int64_t)closing, s->cur}};
  return true;
}

static int by_company(const void *p, const void *q) {
  const struct settle_balance *x = p, *y = q;
  return str_cmp(x->company, y->company);
}

static enum err make_balances(struct settling *s) {
  struct settle_balance *out = NEW_ARRAY(s->a, s->in->n_parties, struct settle_balance);
  size_t n = 0;
  for (size_t i = 0; i < s->in->n_parties; i++) {
    if (s->in->parties[i].kind != payee_kind_party) continue;
    if (!balance_of(s, &s->in->parties[i], &out[n++])) return settle_overflow(s);
  }
  if (n) qsort(out, n, sizeof *out, by_company);
  s->ret->balances = out;
  s->ret->n_balances = n;
  return ERR_OK;
}

// ---- the rule ----------------------------------------------------------------------------------------------------------

static enum err close_result(struct settling *s) {
  int64_t total = 0, between = 0;
  for (size_t i = 0; i < s->n_lines; i++) {
    if (s->lines[i].kind == posting_kind_person) continue;
    if (__builtin_add_overflow(total, s->lines[i].amount.minor, &total)) return settle_overflow(s);
    between++;
  }
  s->ret->total = (money){total, s->cur};
  s->ret->lines = s->lines;
  s->ret->n_lines = s->n_lines;
  s->ret->state = s->n_lines ? settle_state_due : settle_state_nothing_due;
  if (s->n_lines)
    because(&s->ret->answer, R_settle_total, 1000, int_str(s->a, between), settle_amount(s, total), STR_NULL);
  else
    because(&s->ret->answer, R_settle_nothing, 1000, STR_NULL);
  TRY(make_entries(s));
  return make_balances(s);
}

enum err rule_settle(const struct settle_input *in, struct arena *a, struct problem *pb, struct settle_result *ret) {
  struct settling s = {.in = in, .a = a, .pb = pb, .ret = ret};
  if (!currency_parse(in->currency, &s.cur)) return problem_field(pb, S("/currency"), P_BAD_CURRENCY, in->currency, STR_NULL);
  shape_init(&shape_settle_result, ret);
  ret->answer.arena = a;
  ret->total = (money){0, s.cur};
  TRY(settle_check(&s));
  settle_guard(&s);
  if (ret->n_refused) {
    ret->state = settle_state_refused;
    because(&ret->answer, R_settle_refused, 1000, int_str(a, (int64_t)ret->n_refused), STR_NULL);
    return ERR_OK;
  }
  TRY(settle_prepare_facts(&s));
  say_not_agreed(&s);
  sort_posted(&s);
  if (!s.unknown) TRY(make_lines(&s));
  if (s.unknown) {
    ret->state = settle_state_unknown;
    return ERR_OK;
  }
  return close_result(&s);
}

RULE_INFO(
  settle, SETTLE_VERSION, T_INIT("What is owed, to the cent", "应付款，精确到分", "Сколько причитается, до цента"), NULL, JSON({
    "deal" : "deal_1",
    "agreement" : "agr_1",
    "agreement_version" : 2,
    "currency" : "EUR",
    "on" : "2026-11-22",
    "parties" : [ {"company" : "company_a", "kind" : "party"}, {"company" : "company_b", "kind" : "party"} ],
    "people" : [
      {"person" : "user_1", "company" : "company_b", "employer" : "company_b", "role" : "sourced", "share" : "1/3"},
      {"person" : "user_2", "company" : "company_b", "employer" : "company_b", "role" : "influenced", "share" : "1/3"},
      {"person" : "user_3", "company" : "company_b", "employer" : "company_b", "role" : "closed", "share" : "1/3"}
    ],
    "clauses" : [ {
      "clause" : "8.1",
      "payer" : "company_a",
      "rate" : "7/100",
      "splits" : [ {"company" : "company_b", "role" : "sourced", "share" : "1"} ]
    } ],
    "facts" :
      [ {"fact" : "deal_1", "kind" : "won", "on" : "2026-11-20", "amount" : {"amount" : "100000.01", "currency" : "EUR"}} ]
  }));
