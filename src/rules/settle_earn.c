// SPDX-License-Identifier: Apache-2.0
// From facts to what a clause has earned so far: net amounts, frozen rates, tiers, cap, floor, the part that is due, rounded once.
#include <stdlib.h>

#include "rules/settle_work.h"

str settle_amount(struct settling *s, int64_t minor) { return money_str(s->a, (money){minor, s->cur}); }

static str exact_str(struct settling *s, exact v) {
  AUTO(buf_release) struct buf b = BUF(128);
  exact_put(&b, v, s->cur);
  buf_putc(&b, ' ');
  buf_putz(&b, s->cur.code);
  return arena_str(s->a, buf_str(&b));
}

static str day_str(struct settling *s, uday d) {
  AUTO(buf_release) struct buf b = BUF(16);
  date_put(&b, d);
  return arena_str(s->a, buf_str(&b));
}

// ---- facts -------------------------------------------------------------------------------------------------------------

static bool net_of(money m, ratio tax_included, int64_t *ret) {
  if (!tax_included.den || !tax_included.num) {
    *ret = m.minor;
    return true;
  }
  exact part, net;
  if (!exact_plus(exact_of(1), exact_ratio(tax_included), &part)) return false;
  return exact_over(exact_of(m.minor), part, &net) && exact_round(net, ret);
}

static const struct settle_fx *fx_of(const struct settle_input *in, currency from, uday on) {
  for (size_t i = 0; i < in->n_fx; i++)
    if (str_eqz(in->fx[i].from, from.code) && in->fx[i].on == on) return &in->fx[i];
  return NULL;
}

static bool converted(struct settling *s, int64_t minor, currency from, ratio rate, int64_t *ret) {
  exact v = exact_of(minor), r = exact_ratio(rate);
  int up = currency_digits(s->cur) - currency_digits(from);
  exact ten = exact_of(10);
  if (!exact_times(v, r, &v)) return false;
  for (; up > 0; up--)
    if (!exact_times(v, ten, &v)) return false;
  for (; up < 0; up++)
    if (!exact_over(v, ten, &v)) return false;
  return exact_round(v, ret);
}

static enum err convert_fact(struct settling *s, struct settled_fact *f) {
  currency from = f->fact->amount.cur;
  if (!from.code[0] || currency_eq(from, s->cur)) return ERR_OK;
  const struct settle_fx *fx = fx_of(s->in, from, f->fact->on);
  if (!fx) {
    because_ref(
      &s->ret->answer,
      because(&s->ret->answer, R_settle_fx_missing, 1000, arena_str(s->a, str_of(from.code)), day_str(s, f->fact->on), STR_NULL),
      f->fact->fact);
    unknown_add(&s->ret->answer, S("due"), "/fx");
    s->unknown = true;
    return ERR_OK;
  }
  money before = {f->net, from};
  if (!converted(s, f->net, from, fx->rate, &f->net) || !converted(s, f->cost, from, fx->rate, &f->cost) ||
      !converted(s, f->first_year, from, fx->rate, &f->first_year))
    return settle_overflow(s);
  because_ref(&s->ret->answer,
              because(&s->ret->answer, R_settle_converted, 0, money_str(s->a, before), ratio_str(s->a, fx->rate),
                      settle_amount(s, f->net), STR_NULL),
              f->fact->fact);
  return ERR_OK;
}

static int by_day(const void *p, const void *q) {
  const struct settled_fact *x = p, *y = q;
  if (x->fact->on != y->fact->on) return x->fact->on < y->fact->on ? -1 : 1;
  return str_cmp(x->fact->fact, y->fact->fact);
}

enum err settle_prepare_facts(struct settling *s) {
  const struct settle_input *in = s->in;
  s->facts = NEW_ARRAY(s->a, in->n_facts + 1, struct settled_fact);
  s->n_facts = in->n_facts;
  for (size_t i = 0; i < in->n_facts; i++) {
    const struct settle_fact *f = &in->facts[i];
    struct settled_fact *w = &s->facts[i];
    *w = (struct settled_fact){
      .fact = f, .index = i, .has_cost = f->cost.cur.code[0] != 0, .has_first_year = f->first_year.cur.code[0] != 0};
    if (!net_of(f->amount, f->tax_included, &w->net) || !net_of(f->cost, f->tax_included, &w->cost) ||
        !net_of(f->first_year, f->tax_included, &w->first_year))
      return settle_overflow(s);
  }
  // Sorted before anything is said, so that the order of the input shows nowhere.
  if (s->n_facts) qsort(s->facts, s->n_facts, sizeof *s->facts, by_day);
  for (size_t i = 0; i < s->n_facts; i++) TRY(convert_fact(s, &s->facts[i]));
  return ERR_OK;
}

// ---- sums of a clause --------------------------------------------------------------------------------------------------

struct sums {
  int64_t won, cost, first_year, cancelled, invoiced, cash;
  size_t n_won;
  uday last_won, lost;
  bool costs_known, first_years_known;
  exact kept;  // won less what cancellations take back
};

static bool add(int64_t *sum, int64_t v) { return !__builtin_add_overflow(*sum, v, sum) && *sum > INT64_MIN; }

static bool in_window(const struct settle_clause *c, uday on) {
  return (c->from == SHAPE_NO_DATE || on >= c->from) && (c->until == SHAPE_NO_DATE || on <= c->until);
}

static void say_fact(struct settling *s, struct earning *e, const struct settled_fact *f, enum reason_code code) {
  because_ref(&e->trace, because(&e->trace, code, 0, settle_amount(s, f->net), day_str(s, f->fact->on), STR_NULL), f->fact->fact);
}

static bool sum_won(struct settling *s, const struct settle_clause *c, struct earning *e, struct sums *m) {
  m->costs_known = m->first_years_known = true;
  m->last_won = m->lost = SHAPE_NO_DATE;
  for (size_t i = 0; i < s->n_facts; i++) {
    const struct settled_fact *f = &s->facts[i];
    if (f->fact->kind == settle_event_lost) m->lost = f->fact->on;
    if (f->fact->kind != settle_event_won) continue;
    if (!in_window(c, f->fact->on)) {
      say_fact(s, e, f, R_settle_outside_term);
      continue;
    }
    say_fact(s, e, f, R_settle_won);
    m->n_won++;
    m->last_won = f->fact->on;
    m->costs_known = m->costs_known && f->has_cost;
    m->first_years_known = m->first_years_known && f->has_first_year;
    if (!add(&m->won, f->net) || !add(&m->cost, f->cost) || !add(&m->first_year, f->first_year)) return false;
  }
  return true;
}

static bool sum_money(struct settling *s, const struct settle_clause *c, struct earning *e, struct sums *m) {
  bool invoices = c->trigger == reward_trigger_invoiced && c->base != reward_base_cash;
  bool cash = c->trigger == reward_trigger_cash || c->base == reward_base_cash;
  for (size_t i = 0; i < s->n_facts; i++) {
    const struct settled_fact *f = &s->facts[i];
    if (invoices && f->fact->kind == settle_event_invoiced) {
      say_fact(s, e, f, R_settle_invoiced);
      if (!add(&m->invoiced, f->net)) return false;
    }
    if (cash && f->fact->kind == settle_event_cash) {
      say_fact(s, e, f, R_settle_cash);
      if (!add(&m->cash, f->net)) return false;
    }
  }
  return true;
}

// The part of a cancelled amount that counts, by the days since the deal was won. No schedule: all of it.
static ratio taken_back(const struct settle_clause *c, int64_t days) {
  if (!c->n_take_back) return (ratio){1, 1};
  for (size_t i = 0; i < c->n_take_back; i++)
    if (days <= c->take_back[i].within_days) return c->take_back[i].share;
  return (ratio){0, 1};
}

static enum err sum_cancelled(struct settling *s, const struct settle_clause *c, struct earning *e, struct sums *m) {
  m->kept = exact_of(m->won);
  for (size_t i = 0; i < s->n_facts; i++) {
    const struct settled_fact *f = &s->facts[i];
    if (f->fact->kind != settle_event_cancelled) continue;
    int64_t left = m->won - m->cancelled, v = f->fact->amount.cur.code[0] ? f->net : left;
    bool against = (v < 0 && left >= 0) || (v > 0 && left <= 0), beyond = left >= 0 ? v > left : v < left;
    if (against || beyond)
      return problem_field(s->pb, arena_fmt(s->a, "/facts/%zu/amount", f->index), P_OUT_OF_RANGE, S("0"), settle_amount(s, left));
    ratio share = taken_back(c, (int64_t)f->fact->on - m->last_won);
    exact part;
    if (!add(&m->cancelled, v) || !exact_times(exact_of(v), exact_ratio(share), &part) || !exact_minus(m->kept, part, &m->kept))
      return settle_overflow(s);
    because_ref(
      &e->trace,
      because(&e->trace, R_settle_cancelled, 0, settle_amount(s, v), day_str(s, f->fact->on), ratio_str(s->a, share), STR_NULL),
      f->fact->fact);
  }
  return ERR_OK;
}

// ---- base, rate, due part ----------------------------------------------------------------------------------------------

static bool missing(struct settling *s, struct earning *e, const char *field, enum reason_code code) {
  because(&s->ret->answer, code, 1000, STR_NULL);
  for (size_t i = 0; i < s->n_facts; i++) {
    const struct settled_fact *f = &s->facts[i];
    bool has = code == R_settle_cost_missing ? f->has_cost : f->has_first_year;
    if (f->fact->kind == settle_event_won && !has) unknown_add(&s->ret->answer, S("due"), "/facts/%zu/%s", f->index, field);
  }
  e->known = false;
  s->unknown = true;
  return true;
}

// false: overflow. A margin below zero earns nothing; it is not owed back.
static bool base_of(struct settling *s, const struct settle_clause *c, const struct sums *m, struct earning *e, exact *ret) {
  exact whole = exact_of(m->won), kept_part;
  if (c->base == reward_base_cash) {
    *ret = exact_of(m->cash);
    return true;
  }
  if (c->base == reward_base_revenue || !m->won) {
    *ret = m->kept;
    return true;
  }
  if (c->base == reward_base_margin) {
    if (!m->costs_known) return missing(s, e, "cost", R_settle_cost_missing);
    int64_t margin;
    if (__builtin_sub_overflow(m->won, m->cost, &margin)) return false;
    if ((margin < 0) != (m->won < 0)) {
      because(&e->trace, R_settle_no_margin, 0, settle_amount(s, margin), STR_NULL);
      margin = 0;
    }
    whole = exact_of(margin);
  } else {
    if (!m->first_years_known) return missing(s, e, "first_year", R_settle_first_year_missing);
    whole = exact_of(m->first_year);
  }
  return exact_over(m->kept, exact_of(m->won), &kept_part) && exact_times(whole, kept_part, ret);
}

static bool slice(struct settling *s, struct earning *e, exact size, exact from, exact to, bool open, ratio rate, exact *sum) {
  exact top = open || exact_cmp(size, to) < 0 ? size : to, part, earned;
  if (exact_cmp(size, from) <= 0 || !rate.den) return true;
  if (!exact_minus(top, from, &part) || !exact_times(part, exact_ratio(rate), &earned) || !exact_plus(*sum, earned, sum))
    return false;
  because(&e->trace, R_settle_slice, 0, exact_str(s, part), ratio_str(s->a, rate), exact_str(s, earned), STR_NULL);
  return true;
}

// Marginal tiers of |base|.
static bool marginal(struct settling *s, const struct settle_clause *c, struct earning *e, exact size, exact *ret) {
  exact sum = exact_of(0);
  if (!slice(s, e, size, exact_of(0), exact_of(c->tiers[0].from.minor), false, c->rate, &sum)) return false;
  for (size_t i = 0; i < c->n_tiers; i++) {
    bool last = i + 1 == c->n_tiers;
    exact to = last ? exact_of(0) : exact_of(c->tiers[i + 1].from.minor);
    if (!slice(s, e, size, exact_of(c->tiers[i].from.minor), to, last, c->tiers[i].rate, &sum)) return false;
  }
  *ret = sum;
  return true;
}

static ratio whole_rate(const struct settle_clause *c, exact size) {
  ratio rate = c->rate;
  for (size_t i = 0; i < c->n_tiers; i++)
    if (exact_cmp(size, exact_of(c->tiers[i].from.minor)) >= 0) rate = c->tiers[i].rate;
  return rate;
}

static bool rated(struct settling *s, const struct settle_clause *c, struct earning *e, exact size, exact *ret) {
  if (c->n_tiers && c->tier_mode == reward_tiers_marginal) return marginal(s, c, e, size, ret);
  e->rate = whole_rate(c, size);
  if (!e->rate.den) {
    *ret = exact_of(0);
    return true;
  }
  if (!exact_times(size, exact_ratio(e->rate), ret)) return false;
  because(&e->trace, R_settle_rate, 0, exact_str(s, size), ratio_str(s->a, e->rate), exact_str(s, *ret), STR_NULL);
  return true;
}

// The whole reward of the clause once everything is due; computed on the size, the sign put back at the end: negative mirrors positive.
static bool reward_of(struct settling *s, const struct settle_clause *c, const struct sums *m, struct earning *e, exact base,
                      exact *ret) {
  exact size = exact_sign(base) < 0 ? exact_negated(base) : base, r;
  if (c->fixed.cur.code[0]) {
    exact kept;
    if (!m->won)
      r = exact_of(0);
    else if (!exact_over(m->kept, exact_of(m->won), &kept) || !exact_times(exact_of(c->fixed.minor), kept, &r))
      return false;
    because(&e->trace, R_settle_fixed, 0, settle_amount(s, c->fixed.minor), exact_str(s, r), STR_NULL);
    if (m->won < 0)
      size = base = exact_of(-1);
    else
      base = exact_of(1);
  } else if (!rated(s, c, e, size, &r)) {
    return false;
  }
  if (c->cap.cur.code[0] && exact_cmp(r, exact_of(c->cap.minor)) > 0) {
    r = exact_of(c->cap.minor);
    because(&e->trace, R_settle_cap, 0, settle_amount(s, c->cap.minor), STR_NULL);
  }
  bool something = c->fixed.cur.code[0] ? exact_sign(r) > 0 : exact_sign(size) > 0;
  if (c->floor.cur.code[0] && something && exact_cmp(r, exact_of(c->floor.minor)) < 0) {
    r = exact_of(c->floor.minor);
    because(&e->trace, R_settle_floor, 0, settle_amount(s, c->floor.minor), STR_NULL);
  }
  *ret = exact_sign(base) < 0 ? exact_negated(r) : r;
  return true;
}

// Which part of the reward is due: what was invoiced or received against what is left of the contract, from 0 to 1.
static bool due_part(struct settling *s, const struct settle_clause *c, const struct sums *m, struct earning *e, exact *ret) {
  *ret = exact_of(1);
  if (c->trigger == reward_trigger_won || c->base == reward_base_cash) return true;
  int64_t left = m->won - m->cancelled, got = c->trigger == reward_trigger_cash ? m->cash : m->invoiced;
  if (!left) left = m->won;
  if (!left) return true;
  if (!exact_over(exact_of(got), exact_of(left), ret)) return false;
  if (exact_sign(*ret) < 0) *ret = exact_of(0);
  if (exact_cmp(*ret, exact_of(1)) > 0) *ret = exact_of(1);
  because(&e->trace, R_settle_due_part, 0, settle_amount(s, got), settle_amount(s, left), STR_NULL);
  return true;
}

static enum err earn(struct settling *s, const struct settle_clause *c, const struct sums *m, struct earning *e) {
  exact base, reward, part;
  int64_t shown;
  if (!base_of(s, c, m, e, &base)) return settle_overflow(s);
  if (!e->known) return ERR_OK;
  because(&e->trace, R_settle_base, 0, word_str(&vocab_reward_base, c->base), exact_str(s, base), STR_NULL);
  if (!exact_round(base, &shown) || !reward_of(s, c, m, e, base, &reward) || !due_part(s, c, m, e, &part) ||
      !exact_times(reward, part, &reward) || !exact_round(reward, &e->earned))
    return settle_overflow(s);
  e->base.minor = shown;
  because(&e->trace, R_settle_rounded, 0, exact_str(s, reward), settle_amount(s, e->earned), STR_NULL);
  return ERR_OK;
}

enum err settle_earn(struct settling *s, const struct settle_clause *c, struct earning *ret) {
  struct sums m = {0};
  *ret = (struct earning){.known = true, .base = {0, s->cur}, .trace = {.arena = s->a}};
  if (!sum_won(s, c, ret, &m)) return settle_overflow(s);
  if (m.lost != SHAPE_NO_DATE && (!m.n_won || m.lost >= m.last_won)) {
    because(&ret->trace, R_settle_lost, 1000, day_str(s, m.lost), STR_NULL);
    return ERR_OK;
  }
  if (!m.n_won) {
    because(&ret->trace, R_settle_not_won, 1000, c->clause, STR_NULL);
    return ERR_OK;
  }
  if (!sum_money(s, c, ret, &m)) return settle_overflow(s);
  TRY(sum_cancelled(s, c, ret, &m));
  return earn(s, c, &m, ret);
}
