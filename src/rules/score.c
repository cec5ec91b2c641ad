// SPDX-License-Identifier: Apache-2.0
#include "rules/score.h"

#include <math.h>
#include <stdlib.h>

#define SHAPE_FILE "rules/score.def"
#include "base/shape_table.h"

enum { BINS = 5, BIN = 1000 / BINS };
static const double sure = 1.96;

// One predictor's chance of one deal: sums stay whole until the last division, so the order of the input cannot matter.
struct said {
  str predictor, deal;
  int64_t sum, n;
  bool happened;
};

static int by_predictor(const void *p, const void *q) {
  const struct said *x = p, *y = q;
  int c = str_cmp(x->predictor, y->predictor);
  return c ? c : str_cmp(x->deal, y->deal);
}

static double chance_of(const struct said *s) { return (double)s->sum / (double)(s->n * 1000); }

// How far apart what was said and what happened may be by accident, were every stated chance right.
static int calibration_of(double said, double happened, double variance, double n, int64_t floor) {
  if (n < (double)floor) return calibration_too_few;
  double error = sqrt(variance) / n;
  return said - happened > sure * error   ? calibration_too_high
         : happened - said > sure * error ? calibration_too_low
                                          : calibration_calibrated;
}

static void measure(const struct said *s, size_t n, int64_t floor, struct arena *a, struct score_line *r) {
  struct score_bin *bins = NEW_ARRAY(a, BINS, struct score_bin);
  double squares = 0, said = 0, happened = 0, variance = 0;
  for (size_t i = 0; i < n; i++) {
    double c = chance_of(&s[i]), y = s[i].happened ? 1 : 0;
    squares += (c - y) * (c - y);
    said += c;
    happened += y;
    variance += c * (1 - c);
    int64_t k = s[i].sum / s[i].n / BIN;
    struct score_bin *b = &bins[k < BINS ? k : BINS - 1];
    b->n++;
    b->said += c;
    b->happened += y;
  }
  double d = (double)n, share = happened / d;
  r->n = (int64_t)n;
  r->brier = squares / d;
  r->said = said / d;
  r->happened = share;
  r->base = share * (1 - share);
  if (r->base > 0) r->skill = 1 - r->brier / r->base;
  r->calibration = calibration_of(r->said, share, variance, d, floor);
  for (int k = 0; k < BINS; k++) {
    if (!bins[k].n) continue;
    struct score_bin b = bins[k];
    bins[r->n_bins++] = (struct score_bin){k * BIN, (k + 1) * BIN, b.n, b.said / (double)b.n, b.happened / (double)b.n};
  }
  r->bins = bins;
}

static void say(struct arena *a, struct answer *an, const struct score_line *l, str who, int64_t floor) {
  because(an, R_score_brier, 400, who, arena_fmt(a, "%.4f", l->brier), int_str(a, l->n), arena_fmt(a, "%.4f", l->base), STR_NULL);
  if (l->calibration == calibration_too_few)
    because(an, R_score_too_few, 100, who, int_str(a, l->n), int_str(a, floor), STR_NULL);
  else
    because(an, R_score_calibration, 300, who, arena_fmt(a, "%.4f", l->said), arena_fmt(a, "%.4f", l->happened),
            word_str(&vocab_calibration, l->calibration), STR_NULL);
}

// Several statements on one deal become one; a deal that is over for one statement is over for all of them.
static size_t gather(const struct score_input *in, struct said *s) {
  size_t n = 0, m = 0;
  for (size_t i = 0; i < in->n_predictions; i++) {
    const struct score_prediction *p = &in->predictions[i];
    if (p->happened != TRI_UNKNOWN) s[n++] = (struct said){p->predictor, p->deal, p->chance, 1, p->happened == TRI_YES};
  }
  if (n) qsort(s, n, sizeof *s, by_predictor);
  for (size_t i = 0; i < n; i++) {
    if (m && by_predictor(&s[m - 1], &s[i]) == 0) {
      s[m - 1].sum += s[i].sum;
      s[m - 1].n++;
      s[m - 1].happened = s[m - 1].happened || s[i].happened;
    } else {
      s[m++] = s[i];
    }
  }
  return m;
}

enum err rule_score(const struct score_input *in, struct arena *a, struct problem *pb, struct score_result *ret) {
  (void)pb;
  shape_init(&shape_score_result, ret);
  ret->answer.arena = a;
  struct said *s = NEW_ARRAY(a, in->n_predictions + 1, struct said);
  size_t n = gather(in, s);
  if (!n) {
    because(&ret->answer, R_score_nothing, 500, STR_NULL);
    unknown_add(&ret->answer, S("scores"), "/predictions");
    return ERR_OK;
  }
  struct score_line *lines = NEW_ARRAY(a, n + 1, struct score_line), *all = NEW(a, struct score_line);
  size_t people = 0;
  for (size_t from = 0, to; from < n; from = to) {
    for (to = from; to < n && str_eq(s[to].predictor, s[from].predictor); to++) {}
    struct score_line *l = &lines[people++];
    shape_init(&shape_score_line, l);
    l->predictor = s[from].predictor;
    measure(s + from, to - from, in->floor, a, l);
  }
  shape_init(&shape_score_line, all);
  measure(s, n, in->floor, a, all);
  bool together = in->together > 0;
  if (!together) {
    ret->lines = lines;
    ret->n_lines = people;
    for (size_t i = 0; i < people; i++) say(a, &ret->answer, &lines[i], lines[i].predictor, in->floor);
  }
  if (together) because(&ret->answer, R_score_together, 100, int_str(a, in->together), STR_NULL);
  if (together && (int64_t)people < in->together) return ERR_OK;
  ret->all = all;
  say(a, &ret->answer, all, S("*"), in->floor);
  return ERR_OK;
}

RULE_INFO(score, 1, T_INIT("Who predicts how well?", "谁预测得准？", "Кто как прогнозирует?"), NULL, JSON({
            "floor" : 2,
            "predictions" : [
              {"predictor" : "user_1", "deal" : "deal_1", "chance" : 800, "happened" : "yes"},
              {"predictor" : "user_1", "deal" : "deal_2", "chance" : 300, "happened" : "no"},
              {"predictor" : "user_2", "deal" : "deal_1", "chance" : 950, "happened" : "yes"},
              {"predictor" : "user_2", "deal" : "deal_2", "chance" : 900, "happened" : "no"}
            ]
          }));
