// SPDX-License-Identifier: Apache-2.0
#include "rules/cross_sell.h"

#include <math.h>
#include <stdlib.h>

#define SHAPE_FILE "rules/cross_sell.def"
#include "base/shape_table.h"

static void counts_free(struct cross_counts **c) { cross_counts_free(*c); }

struct work {
  const struct cross_sell_input *in;
  struct arena *a;
  struct cross_sell_result *ret;
  const struct cross_counts *c;
  struct cross_sell_offer *offers;
  size_t n;
};

static int by_order(const void *p, const void *q) {
  const struct cross_sell_line *x = *(const struct cross_sell_line *const *)p, *y = *(const struct cross_sell_line *const *)q;
  int c = str_cmp(x->o, y->o);
  return c ? c : (x > y) - (x < y);
}

static enum err count(const struct cross_sell_input *in, struct problem *pb, struct cross_counts *c) {
  AUTO(arena_release) struct arena scratch = {0};
  const struct cross_sell_line **order = NEW_ARRAY(&scratch, in->n_lines, const struct cross_sell_line *);
  bool grouped = true;
  for (size_t i = 0; i < in->n_lines; i++) {
    order[i] = &in->lines[i];
    if (i && str_cmp(in->lines[i - 1].o, in->lines[i].o) > 0) grouped = false;
  }
  if (!grouped) qsort(order, in->n_lines, sizeof *order, by_order);
  for (size_t i = 0; i < in->n_lines; i++)
    if (cross_counts_add(c, order[i]->o, order[i]->p)) return problem_set0(pb, P_OVERFLOW);
  cross_counts_end(c);
  return ERR_OK;
}

static bool owned(const struct cross_sell_input *in, str product) {
  for (size_t i = 0; i < in->n_owned; i++)
    if (str_eq(in->owned[i], product)) return true;
  return false;
}

// The rule on top that speaks about `product` given what is owned; NULL: none.
static const struct cross_sell_pairing *pairing_of(const struct cross_sell_input *in, str product, int pairing) {
  for (size_t i = 0; i < in->n_pairings; i++)
    if (in->pairings[i].pairing == pairing && str_eq(in->pairings[i].other, product) && owned(in, in->pairings[i].product))
      return &in->pairings[i];
  return NULL;
}

// Refusals lower a score, acceptance restores it, and neither raises it above what the orders say: (taken + 2) / (taken + refused + 2).
static double after_feedback(struct work *w, str product, double score, bool say) {
  for (size_t i = 0; i < w->in->n_feedback; i++) {
    const struct cross_sell_feedback *f = &w->in->feedback[i];
    if (!str_eq(f->product, product)) continue;
    if (say && f->taken + f->refused)
      because(&w->ret->answer, R_cross_sell_feedback, 100, product, int_str(w->a, f->taken), int_str(w->a, f->refused), STR_NULL);
    score *= (double)(f->taken + 2) / (double)(f->taken + f->refused + 2);
  }
  return score;
}

static double likeness(const struct work *w, int from, int to) {
  double both = (double)cross_counts_both(w->c, from, to), x = (double)cross_counts_of(w->c, from),
         y = (double)cross_counts_of(w->c, to);
  return w->in->method == cross_method_cosine ? both / sqrt(x * y) : both / x;
}

static void offer_of(struct work *w, int product) {
  str name = cross_counts_name(w->c, product);
  if (owned(w->in, name) || pairing_of(w->in, name, pairing_excludes) || pairing_of(w->in, name, pairing_needs)) return;
  struct cross_sell_offer best = {.product = name, .score = -1};
  for (size_t i = 0; i < w->in->n_owned; i++) {
    int from = cross_counts_find(w->c, w->in->owned[i]);
    if (from < 0 || cross_counts_both(w->c, from, product) < w->in->support) continue;
    double s = likeness(w, from, product);
    if (s < best.score || (s <= best.score && str_cmp(w->in->owned[i], best.from) > 0)) continue;
    best.score = s;
    best.from = w->in->owned[i];
    best.together = cross_counts_both(w->c, from, product);
    best.with = cross_counts_of(w->c, from);
  }
  if (best.score < 0) return;
  best.score = after_feedback(w, name, best.score, false);
  w->offers[w->n++] = best;
}

// What a rule on top needs, whether or not it was ever bought.
static void needed(struct work *w) {
  for (size_t i = 0; i < w->in->n_pairings; i++) {
    const struct cross_sell_pairing *p = &w->in->pairings[i];
    if (p->pairing != pairing_needs || !owned(w->in, p->product) || owned(w->in, p->other) ||
        pairing_of(w->in, p->other, pairing_excludes))
      continue;
    bool there = false;
    for (size_t k = 0; k < w->n; k++) there = there || str_eq(w->offers[k].product, p->other);
    if (there) continue;
    int x = cross_counts_find(w->c, p->product), y = cross_counts_find(w->c, p->other);
    w->offers[w->n++] = (struct cross_sell_offer){
      p->other, 1, p->product, x >= 0 && y >= 0 ? cross_counts_both(w->c, x, y) : 0, x >= 0 ? cross_counts_of(w->c, x) : 0, true};
  }
}

static int by_score(const void *p, const void *q) {
  const struct cross_sell_offer *x = p, *y = q;
  if (x->needed != y->needed) return x->needed ? -1 : 1;
  if (x->score > y->score || x->score < y->score) return x->score > y->score ? -1 : 1;
  return str_cmp(x->product, y->product);
}

static void say(struct work *w) {
  struct answer *an = &w->ret->answer;
  because(an, R_cross_sell_seen, 0, int_str(w->a, cross_counts_lines(w->c)), int_str(w->a, w->ret->orders),
          int_str(w->a, w->ret->products), STR_NULL);
  if (!w->n) because(an, R_cross_sell_nothing, 500, int_str(w->a, w->in->support), STR_NULL);
  for (size_t i = 0; i < w->ret->n_offers; i++) {
    const struct cross_sell_offer *o = &w->ret->offers[i];
    if (o->needed)
      because(an, R_cross_sell_needed, 600, o->product, o->from, STR_NULL);
    else
      because(an, R_cross_sell_with, 400, int_str(w->a, o->with), o->from, int_str(w->a, o->together), o->product, STR_NULL);
    if (!o->needed) (void)after_feedback(w, o->product, 1, true);
  }
  for (size_t i = 0; i < w->in->n_pairings; i++) {
    const struct cross_sell_pairing *p = &w->in->pairings[i];
    if (p->pairing == pairing_excludes && owned(w->in, p->product) && !owned(w->in, p->other))
      because(an, R_cross_sell_excluded, 300, p->other, p->product, STR_NULL);
  }
  if (!w->in->n_owned) unknown_add(an, S("offers"), "/owned");
}

enum err rule_cross_sell(const struct cross_sell_input *in, struct arena *a, struct problem *pb, struct cross_sell_result *ret) {
  AUTO(counts_free) struct cross_counts *c = cross_counts_new();
  TRY(count(in, pb, c));
  shape_init(&shape_cross_sell_result, ret);
  ret->answer.arena = a;
  struct work w = {in, a, ret, c, NEW_ARRAY(a, (size_t)cross_counts_products(c) + in->n_pairings + 1, struct cross_sell_offer),
                   0};
  needed(&w);
  for (int p = 0; p < cross_counts_products(c); p++) offer_of(&w, p);
  qsort(w.offers, w.n, sizeof *w.offers, by_score);
  // Names of offers outlive the counts.
  ret->n_offers = w.n < (size_t)in->show ? w.n : (size_t)in->show;
  for (size_t i = 0; i < ret->n_offers; i++) w.offers[i].product = arena_str(a, w.offers[i].product);
  ret->offers = w.offers;
  ret->orders = cross_counts_orders(c);
  ret->products = cross_counts_products(c);
  say(&w);
  return ERR_OK;
}

RULE_INFO(cross_sell, 1, T_INIT("What to offer next?", "接下来推荐什么？", "Что предложить дальше?"), NULL, JSON({
            "support" : 2,
            "owned" : ["window"],
            "pairings" : [ {"product" : "window", "pairing" : "needs", "other" : "fitting"} ],
            "lines" : [
              {"o" : "1", "p" : "window"}, {"o" : "1", "p" : "door"}, {"o" : "2", "p" : "window"}, {"o" : "2", "p" : "door"},
              {"o" : "3", "p" : "window"}
            ]
          }));
