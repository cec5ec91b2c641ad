// SPDX-License-Identifier: Apache-2.0
#include "rules/criteria.h"

#include <math.h>
#include <stdlib.h>

#include "rules/criteria_work.h"

#define SHAPE_FILE "rules/criteria.def"
#include "base/shape_table.h"

// ---- input -------------------------------------------------------------------------------------------------------------

static enum err check(const struct criteria_input *in, struct arena *a, struct problem *pb) {
  enum err e = ERR_OK;
  int ours = 0;
  for (size_t i = 0; i < in->n_criteria; i++) {
    const struct criteria_item *c = &in->criteria[i];
    bool low = c->weight_low != SHAPE_NO_INT, high = c->weight_high != SHAPE_NO_INT, exact = c->weight != SHAPE_NO_INT;
    if (low != high || (low && c->weight_low > c->weight_high) || (exact && low))
      e = problem_field(pb, arena_fmt(a, "/criteria/%zu/weight", i), P_WRONG_TYPE, S("one weight, or a range that ascends"),
                        STR_NULL);
    if (c->must_have && c->threshold == SHAPE_NO_INT)
      e = problem_field(pb, arena_fmt(a, "/criteria/%zu/threshold", i), P_REQUIRED, STR_NULL, STR_NULL);
    for (size_t k = 0; k < i; k++)
      if (str_eq(in->criteria[k].criterion, c->criterion))
        e = problem_field(pb, arena_fmt(a, "/criteria/%zu/criterion", i), P_DUPLICATE, c->criterion, STR_NULL);
  }
  for (size_t v = 0; v < in->n_vendors; v++) {
    ours += in->vendors[v].ours;
    for (size_t k = 0; k < v; k++)
      if (str_eq(in->vendors[k].vendor, in->vendors[v].vendor))
        e = problem_field(pb, arena_fmt(a, "/vendors/%zu/vendor", v), P_DUPLICATE, in->vendors[v].vendor, STR_NULL);
    if (ours > 1 && in->vendors[v].ours)
      e = problem_field(pb, arena_fmt(a, "/vendors/%zu/ours", v), P_DUPLICATE, S("ours"), STR_NULL);
    for (size_t k = 0; k < in->vendors[v].n_scores; k++) {
      const struct criteria_score *sc = &in->vendors[v].scores[k];
      bool known = false;
      for (size_t i = 0; i < in->n_criteria; i++) known = known || str_eq(in->criteria[i].criterion, sc->criterion);
      if (!known)
        e = problem_field(pb, arena_fmt(a, "/vendors/%zu/scores/%zu/criterion", v, k), P_NO_SUCH_RECORD, STR_NULL, STR_NULL);
      if (sc->high != SHAPE_NO_INT && sc->high < sc->low)
        e = problem_field(pb, arena_fmt(a, "/vendors/%zu/scores/%zu/high", v, k), P_OUT_OF_RANGE, int_str(a, sc->low),
                          S("1000000"));
    }
  }
  return e;
}

static void read_weights(struct sheet *s) {
  double most = 0;
  s->all_unknown = true;
  for (int i = 0; i < s->n; i++) {
    const struct criteria_item *c = &s->in->criteria[i];
    int64_t top = c->weight != SHAPE_NO_INT ? c->weight : c->weight_high;
    if (top == SHAPE_NO_INT) continue;
    s->all_unknown = false;
    if ((double)top > most) most = (double)top;
  }
  if (most <= 0) most = 100;
  for (int i = 0; i < s->n; i++) {
    const struct criteria_item *c = &s->in->criteria[i];
    bool exact = c->weight != SHAPE_NO_INT, range = c->weight_low != SHAPE_NO_INT;
    s->weight_low[i] = exact ? (double)c->weight : range ? (double)c->weight_low : 0;
    s->weight_high[i] = exact ? (double)c->weight : range ? (double)c->weight_high : most;
    s->weight[i] = (s->weight_low[i] + s->weight_high[i]) / 2;
    if (!exact && !range) unknown_add(&s->ret->answer, S("winner"), "/criteria/%d/weight", i);
  }
}

static const struct criteria_score *score_of(const struct criteria_vendor *v, str criterion) {
  for (size_t i = 0; i < v->n_scores; i++)
    if (str_eq(v->scores[i].criterion, criterion)) return &v->scores[i];
  return NULL;
}

// A missing score is judged against us: unknown is never neutral.
static void read_scores(struct sheet *s) {
  for (int v = 0; v < s->m; v++)
    for (int i = 0; i < s->n; i++) {
      const struct criteria_vendor *vendor = &s->in->vendors[v];
      const struct criteria_item *c = &s->in->criteria[i];
      const struct criteria_score *sc = score_of(vendor, c->criterion);
      bool worst_is_high = c->relative, against = vendor->ours;
      double missing = against != worst_is_high ? 0 : c->relative ? 1000000 : SCORE_FULL;
      if (c->relative && !against) missing = 1;
      s->raw_low[v][i] = sc ? (double)sc->low : missing;
      s->raw_high[v][i] = sc ? (double)(sc->high == SHAPE_NO_INT ? sc->low : sc->high) : missing;
      if (!sc) unknown_add(&s->ret->answer, S("winner"), "/vendors/%d/scores", v);
    }
}

// ---- values ------------------------------------------------------------------------------------------------------------

double criteria_total(const double *weight, int n) {
  double sum = 0;
  for (int i = 0; i < n; i++) sum += weight[i];
  return sum;
}

// Normalised score of a vendor: relative criteria against the lowest figure of those still in.
static double normalised(const struct sheet *s, double (*raw)[CRITERIA_MAX], const bool *out, int v, int i) {
  double own = raw[v][i], best = INFINITY;
  if (!s->in->criteria[i].relative) return own > SCORE_FULL ? SCORE_FULL : own;
  for (int k = 0; k < s->m; k++)
    if (!out[k] && raw[k][i] < best) best = raw[k][i];
  if (own <= 0) return SCORE_FULL;
  return best / own * SCORE_FULL;
}

int criteria_evaluate(const struct sheet *s, const double *weight, double (*raw)[CRITERIA_MAX], const bool *out,
                      double *ret_value) {
  double total = criteria_total(weight, s->n);
  int winner = -1;
  for (int v = 0; v < s->m; v++) {
    double sum = 0;
    ret_value[v] = 0;
    if (out[v]) continue;
    for (int i = 0; i < s->n; i++) sum += weight[i] * normalised(s, raw, out, v, i);
    ret_value[v] = total > 0 ? sum / total : 0;
    bool ahead = winner < 0 || ret_value[v] > ret_value[winner];
    bool even = winner >= 0 && fabs(ret_value[v] - ret_value[winner]) <= 1e-9;
    // Even: a rival before us, then the lower id.
    if (even) ahead = s->ours == winner || (s->ours != v && str_cmp(s->in->vendors[v].vendor, s->in->vendors[winner].vendor) < 0);
    if (ahead) winner = v;
  }
  return winner;
}

static void middle(const struct sheet *s, double (*ret)[CRITERIA_MAX]) {
  for (int v = 0; v < s->m; v++)
    for (int i = 0; i < s->n; i++) ret[v][i] = (s->raw_low[v][i] + s->raw_high[v][i]) / 2;
}

// Out: even the best the vendor may have fails the must-have.
static void knock_out(struct sheet *s, struct criteria_rank *ranks) {
  for (int v = 0; v < s->m; v++)
    for (int i = 0; i < s->n; i++) {
      const struct criteria_item *c = &s->in->criteria[i];
      if (!c->must_have || s->out[v]) continue;
      bool fails = c->relative ? s->raw_low[v][i] > (double)c->threshold : s->raw_high[v][i] < (double)c->threshold;
      bool may = c->relative ? s->raw_high[v][i] > (double)c->threshold : s->raw_low[v][i] < (double)c->threshold;
      if (fails) {
        s->out[v] = true;
        ranks[v].out_by = c->criterion;
        because(&s->ret->answer, R_criteria_out, 800, s->in->vendors[v].vendor, c->criterion, STR_NULL);
      } else if (may) {
        unknown_add(&s->ret->answer, S("out"), "/vendors/%d/scores", v);
      }
    }
}

// ---- robustness --------------------------------------------------------------------------------------------------------

static void weigh_intervals(struct sheet *s) {
  struct criteria_interval *list = NEW_ARRAY(s->a, s->n, struct criteria_interval);
  double total = criteria_total(s->weight, s->n);
  for (int k = 0; k < s->n; k++) {
    double low = 0, high = 1, rest = total - s->weight[k];
    for (int v = 0; v < s->m; v++) {
      if (v == s->winner || s->out[v]) continue;
      double own = s->score[s->winner][k] - s->score[v][k], others = 0;
      for (int i = 0; i < s->n; i++)
        if (i != k) others += s->weight[i] * (s->score[s->winner][i] - s->score[v][i]);
      if (rest > 0) others /= rest;
      // t * own + (1 - t) * others >= 0
      double slope = own - others;
      if (fabs(slope) < 1e-12) continue;
      double cross = -others / slope;
      if (slope > 0 && cross > low) low = cross;
      if (slope < 0 && cross < high) high = cross;
    }
    list[k] = (struct criteria_interval){s->in->criteria[k].criterion, total > 0 ? s->weight[k] / total : 0, low, high};
  }
  s->ret->intervals = list;
  s->ret->n_intervals = (size_t)s->n;
}

// Does the winner depend on a vendor who himself cannot win? Only relative scoring lets that happen.
static void find_reversals(struct sheet *s, double (*raw)[CRITERIA_MAX]) {
  str *list = NEW_ARRAY(s->a, s->m, str);
  for (int v = 0; v < s->m; v++) {
    if (s->out[v] || v == s->winner) continue;
    bool out[VENDORS_MAX];
    double value[VENDORS_MAX];
    memcpy(out, s->out, sizeof out);
    out[v] = true;
    if (criteria_evaluate(s, s->weight, raw, out, value) != s->winner) list[s->ret->n_reversals++] = s->in->vendors[v].vendor;
  }
  s->ret->reversals = list;
  for (size_t i = 0; i < s->ret->n_reversals; i++) because(&s->ret->answer, R_criteria_reversal, 300, list[i], STR_NULL);
}

static int by_place(const void *p, const void *q) {
  const struct criteria_rank *x = p, *y = q;
  if ((x->out_by.p != NULL) != (y->out_by.p != NULL)) return x->out_by.p ? 1 : -1;
  if (fabs(x->value - y->value) > 1e-9) return x->value > y->value ? -1 : 1;
  return str_cmp(x->vendor, y->vendor);
}

static void bounds(struct sheet *s, struct criteria_rank *ranks) {
  double total = criteria_total(s->weight, s->n);
  for (int v = 0; v < s->m; v++) {
    double low = 0, high = 0;
    for (int i = 0; i < s->n; i++) {
      bool relative = s->in->criteria[i].relative;
      low += s->weight[i] * (relative ? s->score[v][i] : fmin(s->raw_low[v][i], SCORE_FULL));
      high += s->weight[i] * (relative ? s->score[v][i] : fmin(s->raw_high[v][i], SCORE_FULL));
    }
    ranks[v].low = total > 0 ? low / total : 0;
    ranks[v].high = total > 0 ? high / total : 0;
  }
}

static str points(struct arena *a, double v) { return arena_fmt(a, "%.1f", v); }

static void explain(struct sheet *s, const struct criteria_rank *ranks) {
  struct criteria_result *r = s->ret;
  if (s->winner < 0) {
    because(&r->answer, R_criteria_nobody, 1000, STR_NULL);
    return;
  }
  const struct criteria_rank *first = NULL, *second = NULL;
  for (size_t i = 0; i < r->n_ranking; i++) {
    if (str_eq(ranks[i].vendor, r->winner))
      first = &ranks[i];
    else if (!second && !ranks[i].out_by.p)
      second = &ranks[i];
  }
  r->lead = second ? first->value - second->value : first->value;
  r->in_noise = second && first->low < second->high;
  because(&r->answer, R_criteria_winner, 1000, r->winner, points(s->a, first->value), points(s->a, r->lead), STR_NULL);
  because(&r->answer, R_criteria_share, 500, r->winner, points(s->a, first->wins * 100), points(s->a, first->wins_error * 100),
          STR_NULL);
  if (r->in_noise) because(&r->answer, R_criteria_noise, 500, second->vendor, STR_NULL);
  if (!r->ours && r->n_moves)
    because(&r->answer, R_criteria_cheapest, 600, word_str(&vocab_criteria_move, r->moves[0].move),
            r->moves[0].criterion.p ? r->moves[0].criterion : S("-"), STR_NULL);
  if (!r->ours && s->ours >= 0 && !r->n_moves) because(&r->answer, R_criteria_no_move, 600, STR_NULL);
}

enum err rule_criteria(const struct criteria_input *in, struct arena *a, struct problem *pb, struct criteria_result *ret) {
  TRY(check(in, a, pb));
  shape_init(&shape_criteria_result, ret);
  ret->answer.arena = a;
  struct sheet *s = NEW(a, struct sheet);
  *s = (struct sheet){.in = in, .a = a, .ret = ret, .n = (int)in->n_criteria, .m = (int)in->n_vendors, .ours = -1};
  for (int v = 0; v < s->m; v++)
    if (in->vendors[v].ours) s->ours = v;
  read_weights(s);
  read_scores(s);
  struct criteria_rank *ranks = NEW_ARRAY(a, s->m, struct criteria_rank);
  for (int v = 0; v < s->m; v++) {
    shape_init(&shape_criteria_rank, &ranks[v]);
    ranks[v].vendor = in->vendors[v].vendor;
  }
  knock_out(s, ranks);
  double raw[VENDORS_MAX][CRITERIA_MAX];
  middle(s, raw);
  s->winner = criteria_evaluate(s, s->weight, raw, s->out, s->value);
  for (int v = 0; v < s->m; v++) {
    ranks[v].value = s->value[v];
    for (int i = 0; i < s->n; i++) s->score[v][i] = normalised(s, raw, s->out, v, i);
  }
  bounds(s, ranks);
  criteria_sample(s, ranks);
  ret->ours = s->winner >= 0 && s->winner == s->ours;
  if (s->winner >= 0) {
    ret->winner = in->vendors[s->winner].vendor;
    weigh_intervals(s);
    find_reversals(s, raw);
    if (s->ours >= 0 && !ret->ours && !s->out[s->ours]) criteria_moves(s);
  }
  qsort(ranks, (size_t)s->m, sizeof *ranks, by_place);
  ret->ranking = ranks;
  ret->n_ranking = (size_t)s->m;
  explain(s, ranks);
  return ERR_OK;
}

RULE_INFO(
  criteria, 1, T_INIT("Who wins by the buyer's criteria?", "按客户标准谁会赢？", "Кто выигрывает по критериям?"), NULL, JSON({
    "criteria" : [
      {"criterion" : "network", "weight" : 20}, {"criterion" : "capital", "weight" : 20}, {"criterion" : "name", "weight" : 15},
      {"criterion" : "service", "weight" : 25, "need" : "problems solved the same day"},
      {"criterion" : "flexibility", "weight" : 20}
    ],
    "vendors" : [
      {
        "vendor" : "small_bank",
        "ours" : true,
        "scores" : [
          {"criterion" : "network", "low" : 600}, {"criterion" : "capital", "low" : 600}, {"criterion" : "name", "low" : 600},
          {"criterion" : "service", "low" : 853}, {"criterion" : "flexibility", "low" : 853}
        ]
      },
      {
        "vendor" : "big_bank",
        "scores" : [
          {"criterion" : "network", "low" : 720}, {"criterion" : "capital", "low" : 720}, {"criterion" : "name", "low" : 720},
          {"criterion" : "service", "low" : 800}, {"criterion" : "flexibility", "low" : 800}
        ]
      }
    ]
  }));
