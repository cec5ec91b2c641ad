// SPDX-License-Identifier: Apache-2.0
#include "rules/pool.h"

#include <math.h>
#include <stdlib.h>

#define SHAPE_FILE "rules/pool.def"
#include "base/shape_table.h"

enum { INFORMANTS_MAX = 200, ROUNDS = 50, QUESTIONS = 5, SAID = 5 };
// A stranger is right six times of ten, as if ten answers had shown it: one map is hardly better than chance. A tie somebody thought
// worth mentioning is there one time in two.
static const double stranger = 0.6, stranger_weight = 10, prior = 0.5;

struct work {
  struct arena *a;
  struct pool_result *ret;
  const struct pool_saying **said;  // sorted by tie, then informant; once each, no unknowns
  size_t n;
  struct pool_tie *ties;
  size_t *first;  // of each tie in `said`; one more at the end
  struct pool_informant *informants;
  int *who;  // informant of each saying
};

static int by_tie(const struct pool_saying *x, const struct pool_saying *y) {
  int c = str_cmp(x->from, y->from);
  if (!c) c = str_cmp(x->to, y->to);
  return c ? c : x->tie - y->tie;
}
static int by_saying(const void *p, const void *q) {
  const struct pool_saying *x = *(const struct pool_saying *const *)p, *y = *(const struct pool_saying *const *)q;
  int c = by_tie(x, y);
  if (!c) c = str_cmp(x->informant, y->informant);
  return c ? c : (x > y) - (x < y);
}
static int by_bytes(const void *p, const void *q) { return str_cmp(*(const str *)p, *(const str *)q); }

static enum err gather(const struct pool_input *in, struct work *w, struct problem *pb) {
  w->said = NEW_ARRAY(w->a, in->n_sayings + 1, const struct pool_saying *);
  for (size_t i = 0; i < in->n_sayings; i++) {
    if (str_eq(in->sayings[i].from, in->sayings[i].to))
      return problem_field(pb, arena_fmt(w->a, "/sayings/%zu/to", i), P_DUPLICATE, in->sayings[i].to, STR_NULL);
    if (in->sayings[i].there != TRI_UNKNOWN) w->said[w->n++] = &in->sayings[i];
  }
  if (w->n) qsort(w->said, w->n, sizeof *w->said, by_saying);
  size_t m = 0;
  for (size_t i = 0; i < w->n; i++) {
    bool again = m && by_tie(w->said[m - 1], w->said[i]) == 0 && str_eq(w->said[m - 1]->informant, w->said[i]->informant);
    if (again && w->said[m - 1]->there != w->said[i]->there)
      return problem_field(pb, arena_fmt(w->a, "/sayings/%zu/there", (size_t)(w->said[i] - in->sayings)), P_WRONG_TYPE,
                           S("the same answer as before from the same informant"), STR_NULL);
    if (!again) w->said[m++] = w->said[i];
  }
  w->n = m;
  return ERR_OK;
}

static enum err index_all(struct work *w, struct problem *pb) {
  str *names = NEW_ARRAY(w->a, w->n + 1, str);
  for (size_t i = 0; i < w->n; i++) names[i] = w->said[i]->informant;
  if (w->n) qsort(names, w->n, sizeof *names, by_bytes);
  w->informants = NEW_ARRAY(w->a, INFORMANTS_MAX, struct pool_informant);
  size_t m = 0;
  for (size_t i = 0; i < w->n; i++) {
    if (!i || !str_eq(names[i], names[i - 1])) {
      if (m == INFORMANTS_MAX) return problem_set0(pb, P_OVERFLOW);
      w->informants[m] = (struct pool_informant){names[i], 0, stranger};
      names[m] = names[i];
      m++;
    }
  }
  w->ties = NEW_ARRAY(w->a, w->n + 1, struct pool_tie);
  w->first = NEW_ARRAY(w->a, w->n + 2, size_t);
  w->who = NEW_ARRAY(w->a, w->n + 1, int);
  size_t t = 0;
  for (size_t i = 0; i < w->n; i++) {
    const struct pool_saying *s = w->said[i];
    if (!i || by_tie(w->said[i - 1], s)) {
      w->first[t] = i;
      w->ties[t++] = (struct pool_tie){.from = s->from, .to = s->to, .tie = s->tie};
    }
    *(s->there == TRI_YES ? &w->ties[t - 1].yes : &w->ties[t - 1].no) += 1;
    w->who[i] = (int)((const str *)bsearch(&s->informant, names, m, sizeof *names, by_bytes) - names);
    w->informants[w->who[i]].sayings++;
  }
  w->first[t] = w->n;
  w->ret->ties = w->ties;
  w->ret->n_ties = t;
  w->ret->informants = w->informants;
  w->ret->n_informants = m;
  return ERR_OK;
}

static double confidence_of(const struct work *w, size_t t) {
  double odds = log(prior / (1 - prior));
  for (size_t i = w->first[t]; i < w->first[t + 1]; i++) {
    double r = w->informants[w->who[i]].reliability, l = log(r / (1 - r));
    odds += w->said[i]->there == TRI_YES ? l : -l;
  }
  return 1 / (1 + exp(-odds));
}

// One coin for each informant, found together with the ties (Dawid, Skene, Applied Statistics 28, 1979), with a prior that holds one
// voice near chance. An informant is judged by what the others say of the tie, never by himself.
static void weigh(struct work *w) {
  double *right = NEW_ARRAY(w->a, INFORMANTS_MAX, double), *n = NEW_ARRAY(w->a, INFORMANTS_MAX, double);
  for (int round = 0; round < ROUNDS; round++) {
    memset(right, 0, INFORMANTS_MAX * sizeof *right);
    memset(n, 0, INFORMANTS_MAX * sizeof *n);
    for (size_t t = 0; t < w->ret->n_ties; t++) {
      if (w->first[t + 1] - w->first[t] < 2) continue;
      double c = confidence_of(w, t), odds = log(c / (1 - c));
      for (size_t i = w->first[t]; i < w->first[t + 1]; i++) {
        double r = w->informants[w->who[i]].reliability, own = log(r / (1 - r)), others;
        others = 1 / (1 + exp(-(odds - (w->said[i]->there == TRI_YES ? own : -own))));
        right[w->who[i]] += w->said[i]->there == TRI_YES ? others : 1 - others;
        n[w->who[i]]++;
      }
    }
    for (size_t k = 0; k < w->ret->n_informants; k++)
      w->informants[k].reliability = fmin(fmax((stranger * stranger_weight + right[k]) / (stranger_weight + n[k]), 0.5), 0.95);
  }
  for (size_t t = 0; t < w->ret->n_ties; t++) {
    struct pool_tie *x = &w->ties[t];
    x->confidence = confidence_of(w, t);
    x->disputed = x->yes && x->no;
    x->firm = x->yes + x->no >= 2 && (x->confidence > 0.8 || x->confidence < 0.2);
  }
}

static double bits(double p) { return p <= 0 || p >= 1 ? 0 : -(p * log2(p) + (1 - p) * log2(1 - p)); }

// What the answer of somebody this reliable is expected to settle.
static double gain_of(double c, double r) {
  double yes = c * r + (1 - c) * (1 - r);
  return bits(c) - yes * bits(c * r / yes) - (1 - yes) * bits(c * (1 - r) / (1 - yes));
}

static bool has_spoken(const struct work *w, size_t t, str who) {
  for (size_t i = w->first[t]; i < w->first[t + 1]; i++)
    if (str_eq(w->said[i]->informant, who)) return true;
  return false;
}

static double reliability_of(const struct work *w, str who, const struct pool_tie *x) {
  double r = stranger;
  for (size_t k = 0; k < w->ret->n_informants; k++)
    if (str_eq(w->informants[k].informant, who)) r = w->informants[k].reliability;
  // Who stands at one end of the tie knows it better than who watches.
  return str_eq(who, x->from) || str_eq(who, x->to) ? fmin(r + 0.1, 0.95) : r;
}

static int by_gain(const void *p, const void *q) {
  const struct pool_question *x = p, *y = q;
  if (x->gain > y->gain || x->gain < y->gain) return x->gain > y->gain ? -1 : 1;
  int c = str_cmp(x->from, y->from);
  if (!c) c = str_cmp(x->to, y->to);
  return c ? c : x->tie - y->tie;
}

static void find_questions(const struct pool_input *in, struct work *w) {
  struct pool_question *list = NEW_ARRAY(w->a, w->ret->n_ties + 1, struct pool_question);
  size_t n = 0, people = in->n_can_be_asked ? in->n_can_be_asked : w->ret->n_informants;
  for (size_t t = 0; t < w->ret->n_ties; t++) {
    const struct pool_tie *x = &w->ties[t];
    struct pool_question best = {.from = x->from, .to = x->to, .tie = x->tie};
    for (size_t k = 0; k < people; k++) {
      str who = in->n_can_be_asked ? in->can_be_asked[k] : w->informants[k].informant;
      if (has_spoken(w, t, who)) continue;
      double gain = gain_of(x->confidence, reliability_of(w, who, x));
      if (gain > best.gain || (best.ask.p && gain >= best.gain && str_cmp(who, best.ask) < 0)) {
        best.gain = gain;
        best.ask = who;
      }
    }
    if (best.ask.p) list[n++] = best;
  }
  if (n) qsort(list, n, sizeof *list, by_gain);
  w->ret->questions = list;
  w->ret->n_questions = n < QUESTIONS ? n : QUESTIONS;
}

static void say(struct work *w) {
  struct answer *an = &w->ret->answer;
  int64_t firm = 0, disputed = 0;
  size_t shown = 0;
  for (size_t t = 0; t < w->ret->n_ties; t++) {
    firm += w->ties[t].firm;
    disputed += w->ties[t].disputed;
  }
  if (!w->n) {
    because(an, R_pool_nobody, 500, STR_NULL);
    unknown_add(an, S("a map"), "/sayings");
    return;
  }
  because(an, R_pool_ties, 500, int_str(w->a, (int64_t)w->ret->n_informants), int_str(w->a, (int64_t)w->ret->n_ties),
          int_str(w->a, firm), int_str(w->a, disputed), STR_NULL);
  if (w->ret->n_informants == 1) because(an, R_pool_one_map, 900, w->informants[0].informant, STR_NULL);
  for (size_t t = 0; t < w->ret->n_ties && shown < SAID; t++) {
    const struct pool_tie *x = &w->ties[t];
    if (!x->disputed) continue;
    because(an, R_pool_disputed, 300, x->from, word_str(&vocab_tie, x->tie), x->to, int_str(w->a, x->yes), int_str(w->a, x->no),
            STR_NULL);
    shown++;
  }
  if (w->ret->n_questions) {
    const struct pool_question *q = &w->ret->questions[0];
    because(an, R_pool_ask, 400, q->ask, q->from, word_str(&vocab_tie, q->tie), q->to, STR_NULL);
  }
}

enum err rule_pool(const struct pool_input *in, struct arena *a, struct problem *pb, struct pool_result *ret) {
  shape_init(&shape_pool_result, ret);
  ret->answer.arena = a;
  struct work w = {.a = a, .ret = ret};
  TRY(gather(in, &w, pb));
  TRY(index_all(&w, pb));
  weigh(&w);
  find_questions(in, &w);
  say(&w);
  return ERR_OK;
}

RULE_INFO(pool, 1, T_INIT("One map from several drawings", "多人绘图合一", "Одна карта из нескольких"), NULL, JSON({
            "sayings" : [
              {"informant" : "user_1", "from" : "contact_1", "to" : "contact_2", "tie" : "trusts", "there" : "yes"},
              {"informant" : "user_2", "from" : "contact_1", "to" : "contact_2", "tie" : "trusts", "there" : "no"},
              {"informant" : "user_1", "from" : "contact_2", "to" : "contact_3", "tie" : "reports_to", "there" : "yes"},
              {"informant" : "user_3", "from" : "contact_2", "to" : "contact_3", "tie" : "reports_to", "there" : "yes"}
            ]
          }));
