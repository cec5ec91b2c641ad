// SPDX-License-Identifier: Apache-2.0
#include "rules/forecast.h"

#include <math.h>
#include <stdlib.h>

#include "rules/forecast_work.h"

#define SHAPE_FILE "rules/forecast.def"
#include "base/shape_table.h"

enum { FLOOR_DEALS = 40, FLOOR_SIDE = 10, SHOWN = 5 };
static const double ridge = 4, sure = 1.645;  // prior spread of a weight: 0.5; one-sided 95 %

struct model {
  double *weights, *mean;  // of all closed deals; mean row
  double slope, shift;     // of the calibration
};

static str real_str(struct arena *a, double v) { return arena_fmt(a, "%.4f", v); }

// ---- evidence out of fold ------------------------------------------------------------------------------------------------

static void predict_unseen(const struct table *t, struct arena *a, double *ret_z, double *ret_base) {
  double *w = NEW_ARRAY(a, (size_t)t->n_columns, double);
  for (size_t f = 0; f < FOLDS; f++) {
    double won = 0, n = 0;
    for (size_t i = 0; i < t->n; i++)
      if (t->fold[i] != f) {
        won += t->y[i];
        n++;
      }
    logistic_fit(t->x, t->y, t->fold, f, t->n, t->n_columns, ridge, a, w);
    for (size_t i = 0; i < t->n; i++) {
      if (t->fold[i] != f) continue;
      ret_z[i] = logistic_dot(t->x + i * (size_t)t->n_columns, w, t->n_columns);
      ret_base[i] = (won + 0.5) / (n + 1);
    }
  }
}

static double log_loss(double p, double y) {
  p = fmin(fmax(p, 1e-12), 1 - 1e-12);
  return -(y * log(p) + (1 - y) * log(1 - p));
}

// Loss saved per deal and its error; deals of one group are one observation.
static void measure_signal(const struct table *t, struct arena *a, const double *z, const double *base,
                           struct forecast_result *r) {
  double *by_group = NEW_ARRAY(a, t->n_groups + 1, double), sum = 0, square = 0, g = (double)t->n_groups, n = (double)t->n;
  double *count = NEW_ARRAY(a, t->n_groups + 1, double);
  for (size_t i = 0; i < t->n; i++) {
    double saved = log_loss(base[i], t->y[i]) - log_loss(logistic(z[i]), t->y[i]);
    by_group[t->group[i]] += saved;
    count[t->group[i]]++;
    sum += saved;
  }
  double mean = sum / n;
  for (size_t i = 0; i < t->n_groups; i++) square += (by_group[i] - mean * count[i]) * (by_group[i] - mean * count[i]);
  r->improvement = mean;
  r->improvement_error = sqrt(square * g / (g - 1)) / n;
}

// Two numbers on the unseen log-odds (Platt: Probabilistic outputs for support vector machines, 1999).
static void calibrate(const struct table *t, struct arena *a, const double *z, struct model *m, struct forecast_result *r) {
  double *x = NEW_ARRAY(a, t->n * 2, double), w[2] = {0, 1};
  size_t *none = NEW_ARRAY(a, t->n, size_t);
  for (size_t i = 0; i < t->n; i++) {
    x[i * 2] = 1;
    x[i * 2 + 1] = z[i];
  }
  logistic_fit(x, t->y, none, FOLDS, t->n, 2, 0.01, a, w);
  m->shift = w[0];
  m->slope = w[1];
  double brier = 0;
  for (size_t i = 0; i < t->n; i++) {
    double d = logistic(m->shift + m->slope * z[i]) - t->y[i];
    brier += d * d;
  }
  r->brier = brier / (double)t->n;
}

struct scored {
  double z, y;
};
static int by_z(const void *p, const void *q) {
  const struct scored *x = p, *y = q;
  return (x->z > y->z) - (x->z < y->z);
}

// Mann-Whitney with halves for ties; fractions of a win count as such.
static double area(const struct table *t, struct arena *a, const double *z) {
  struct scored *s = NEW_ARRAY(a, t->n + 1, struct scored);
  double won = 0, lost = 0, below = 0, sum = 0;
  for (size_t i = 0; i < t->n; i++) {
    s[i] = (struct scored){z[i], t->y[i]};
    won += t->y[i];
    lost += 1 - t->y[i];
  }
  qsort(s, t->n, sizeof *s, by_z);
  for (size_t i = 0, k; i < t->n; i = k) {
    double wins = 0, losses = 0;
    for (k = i; k < t->n && !(s[k].z > s[i].z); k++) {
      wins += s[k].y;
      losses += 1 - s[k].y;
    }
    sum += wins * (below + losses / 2);
    below += losses;
  }
  return won > 0 && lost > 0 ? sum / (won * lost) : 0.5;
}

// ---- the answer ----------------------------------------------------------------------------------------------------------

static int by_open(const void *p, const void *q) {
  return str_cmp((*(const struct forecast_open *const *)p)->deal, (*(const struct forecast_open *const *)q)->deal);
}
static int by_effect(const void *p, const void *q) {
  const struct forecast_effect *x = p, *y = q;
  if (fabs(x->effect) > fabs(y->effect) || fabs(x->effect) < fabs(y->effect)) return fabs(x->effect) > fabs(y->effect) ? -1 : 1;
  return str_cmp(x->name, y->name);
}

static void explain(const struct table *t, const struct model *m, const struct forecast_open *o, const double *row,
                    struct forecast_prediction *p) {
  struct forecast_effect *list = NEW_ARRAY(t->a, (size_t)t->n_attributes + 1, struct forecast_effect);
  for (int k = 0; k < t->n_attributes; k++) {
    const struct attribute *x = &t->attribute[k];
    double effect = 0;
    for (int c = x->first; c < x->first + x->n_columns; c++) effect += m->weights[c] * (row[c] - m->mean[c]);
    const struct forecast_attribute *v = table_find(o->attributes, o->n_attributes, x->name);
    str value = v && v->value.p ? v->value : v && isfinite(v->number) ? real_str(t->a, v->number) : S("unknown");
    list[p->n_effects++] = (struct forecast_effect){x->name, value, effect * m->slope};
  }
  qsort(list, p->n_effects, sizeof *list, by_effect);
  p->effects = list;
}

// The unknown attribute whose answers lie furthest apart.
static void ask(const struct table *t, const struct model *m, const struct forecast_input *in, const struct forecast_open *o,
                struct answer *an) {
  int best = -1;
  double widest = 0;
  for (int k = 0; k < t->n_attributes; k++) {
    const struct attribute *x = &t->attribute[k];
    const struct forecast_attribute *v = table_find(o->attributes, o->n_attributes, x->name);
    if (v && (v->value.p || isfinite(v->number))) continue;
    double low = 0, high = 0;
    for (int c = 0; c < x->n_columns - 1; c++) {
      double w = x->numeric ? fabs(m->weights[x->first]) : m->weights[x->first + c];
      low = fmin(low, x->numeric ? -w : w);
      high = fmax(high, w);
    }
    if (high - low > widest) {
      widest = high - low;
      best = k;
    }
  }
  if (best >= 0)
    unknown_add(an, S("chance"), "/open/%zu/attributes/%.*s", (size_t)(o - in->open), STR_ARG(t->attribute[best].name));
}

static void predict(const struct table *t, const struct model *m, const struct forecast_input *in, struct forecast_result *r) {
  const struct forecast_open **open = NEW_ARRAY(t->a, in->n_open + 1, const struct forecast_open *);
  struct forecast_prediction *list = NEW_ARRAY(t->a, in->n_open + 1, struct forecast_prediction);
  for (size_t i = 0; i < in->n_open; i++) open[i] = &in->open[i];
  if (in->n_open) qsort(open, in->n_open, sizeof *open, by_open);
  for (size_t i = 0; i < in->n_open; i++) {
    struct forecast_prediction *p = &list[r->n_predictions++];
    shape_init(&shape_forecast_prediction, p);
    p->deal = open[i]->deal;
    if (open[i]->gain != SHAPE_NO_INT && open[i]->cost != SHAPE_NO_INT)
      p->threshold = (double)open[i]->cost / (double)open[i]->gain;
    if (r->state != forecast_state_predicts) continue;
    double *row = NEW_ARRAY(t->a, (size_t)t->n_columns, double);
    int64_t ignored = 0;
    table_row(t, open[i]->attributes, open[i]->n_attributes, SHAPE_NO_DATE, row, &ignored);
    p->chance = logistic(m->shift + m->slope * logistic_dot(row, m->weights, t->n_columns));
    if (isfinite(p->threshold)) p->pays = p->chance >= p->threshold ? TRI_YES : TRI_NO;
    explain(t, m, open[i], row, p);
    ask(t, m, in, open[i], &r->answer);
    for (size_t k = 0; i == 0 && k < p->n_effects && k < SHOWN; k++)
      if (fabs(p->effects[k].effect) >= 0.00005)
        because(&r->answer, p->effects[k].effect > 0 ? R_forecast_raises : R_forecast_lowers, 100, p->effects[k].name,
                p->effects[k].value, STR_NULL);
  }
  r->predictions = list;
}

static void say_outcomes(const struct table *t, struct forecast_result *r, double *ret_won) {
  int64_t by[deal_outcome_COUNT] = {0};
  *ret_won = 0;
  for (size_t i = 0; i < t->n; i++) {
    by[t->closed[i]->outcome]++;
    *ret_won += t->y[i];
  }
  because(&r->answer, R_forecast_base, 0, int_str(t->a, (int64_t)t->n),
          int_str(t->a, by[deal_outcome_won] + by[deal_outcome_won_part]), int_str(t->a, by[deal_outcome_lost_rival]),
          int_str(t->a, by[deal_outcome_no_decision]), int_str(t->a, by[deal_outcome_withdrew]), STR_NULL);
  if (t->copies) because(&r->answer, R_forecast_copies, 50, int_str(t->a, t->copies), STR_NULL);
  if (t->hindsight) because(&r->answer, R_forecast_hindsight, 50, int_str(t->a, t->hindsight), STR_NULL);
}

static void learn(const struct table *t, struct model *m, struct forecast_result *r) {
  double *z = NEW_ARRAY(t->a, t->n, double), *base = NEW_ARRAY(t->a, t->n, double);
  predict_unseen(t, t->a, z, base);
  measure_signal(t, t->a, z, base, r);
  calibrate(t, t->a, z, m, r);
  r->auc = area(t, t->a, z);
  bool signal = r->improvement > sure * r->improvement_error && m->slope > 0;
  r->state = signal ? forecast_state_predicts : forecast_state_no_signal;
  because(&r->answer, signal ? R_forecast_signal : R_forecast_no_signal, 800, real_str(t->a, r->improvement),
          real_str(t->a, r->improvement_error), STR_NULL);
  if (!signal) return;
  m->weights = NEW_ARRAY(t->a, (size_t)t->n_columns, double);
  m->mean = NEW_ARRAY(t->a, (size_t)t->n_columns, double);
  logistic_fit(t->x, t->y, t->fold, FOLDS, t->n, t->n_columns, ridge, t->a, m->weights);
  for (size_t i = 0; i < t->n; i++)
    for (int c = 0; c < t->n_columns; c++) m->mean[c] += t->x[i * (size_t)t->n_columns + (size_t)c] / (double)t->n;
}

enum err rule_forecast(const struct forecast_input *in, struct arena *a, struct problem *pb, struct forecast_result *ret) {
  for (size_t i = 0; i < in->n_open; i++)
    for (size_t k = 0; k < i; k++)
      if (str_eq(in->open[i].deal, in->open[k].deal))
        return problem_field(pb, arena_fmt(a, "/open/%zu/deal", i), P_DUPLICATE, in->open[i].deal, STR_NULL);
  struct table *t = NEW(a, struct table);
  TRY(table_build(in, a, pb, t));
  shape_init(&shape_forecast_result, ret);
  ret->answer.arena = a;
  ret->closed = (int64_t)t->n;
  ret->independent = (int64_t)t->n_groups;
  double won;
  say_outcomes(t, ret, &won);
  if (t->n) ret->base_rate = won / (double)t->n;
  struct model m = {0};
  if (t->n_groups < FLOOR_DEALS || won < FLOOR_SIDE || (double)t->n - won < FLOOR_SIDE) {
    ret->state = forecast_state_too_few;
    because(&ret->answer, R_forecast_too_few, 900, int_str(a, ret->closed), real_str(a, won), int_str(a, ret->independent),
            int_str(a, FLOOR_DEALS), int_str(a, FLOOR_SIDE), STR_NULL);
    unknown_add(&ret->answer, S("predicts"), "/closed");
  } else {
    learn(t, &m, ret);
  }
  predict(t, &m, in, ret);
  return ERR_OK;
}

RULE_INFO(forecast, 1, T_INIT("What are the chances?", "赢率多大？", "Каковы шансы?"), NULL, JSON({
            "closed" : [
              {
                "deal" : "deal_1",
                "account" : "account_1",
                "outcome" : "won",
                "closed_on" : "2026-03-01",
                "attributes" : [ {"name" : "coach", "value" : "yes"}, {"name" : "stage_proven", "number" : 3} ]
              },
              {
                "deal" : "deal_2",
                "account" : "account_2",
                "outcome" : "lost_rival",
                "attributes" : [ {"name" : "coach", "value" : "no"}, {"name" : "stage_proven"} ]
              }
            ],
            "open" :
              [ {"deal" : "deal_9", "gain" : 100000, "cost" : 8000, "attributes" : [ {"name" : "coach", "value" : "yes"} ]} ]
          }));
