// SPDX-License-Identifier: Apache-2.0
#include "rules/influence.h"

#include <math.h>
#include <stdlib.h>

#define SHAPE_FILE "rules/influence.def"
#include "base/shape_table.h"

enum { QUESTIONS = 5, STUBBORN_MID = 500 };
static const double work_max = 7e8;

struct net {
  const struct influence_input *in;
  struct arena *a;
  const struct influence_person **people;  // by id
  const struct influence_tie **ties;       // by ids
  int *from, *to;                          // of each tie
  size_t n, n_ties;
  double *stance, *keep, *weight;  // one world: of people, people, ties
  double *m, *x;                   // scratch: n x n, n
  bool anybody_decides;
};

static int by_person(const void *p, const void *q) {
  return str_cmp((*(const struct influence_person *const *)p)->person, (*(const struct influence_person *const *)q)->person);
}
static int by_tie(const void *p, const void *q) {
  const struct influence_tie *x = *(const struct influence_tie *const *)p, *y = *(const struct influence_tie *const *)q;
  int c = str_cmp(x->to, y->to);
  return c ? c : str_cmp(x->from, y->from);
}

static int index_of(const struct net *w, str id) {
  struct influence_person key = {.person = id}, *pointer = &key;
  const struct influence_person *const *p = (const void *)bsearch(&pointer, w->people, w->n, sizeof *w->people, by_person);
  return p ? (int)(p - w->people) : -1;
}

static enum err index_all(struct net *w, struct problem *pb) {
  const struct influence_input *in = w->in;
  w->n = in->n_people;
  w->n_ties = in->n_ties;
  w->people = NEW_ARRAY(w->a, w->n, const struct influence_person *);
  w->ties = NEW_ARRAY(w->a, w->n_ties + 1, const struct influence_tie *);
  for (size_t i = 0; i < w->n; i++) {
    w->people[i] = &in->people[i];
    w->anybody_decides = w->anybody_decides || in->people[i].decides;
    for (size_t k = 0; k < i; k++)
      if (str_eq(in->people[i].person, in->people[k].person))
        return problem_field(pb, arena_fmt(w->a, "/people/%zu/person", i), P_DUPLICATE, in->people[i].person, STR_NULL);
  }
  qsort(w->people, w->n, sizeof *w->people, by_person);
  for (size_t i = 0; i < w->n_ties; i++) {
    const struct influence_tie *t = w->ties[i] = &in->ties[i];
    if (index_of(w, t->from) < 0)
      return problem_field(pb, arena_fmt(w->a, "/ties/%zu/from", i), P_NO_SUCH_RECORD, STR_NULL, STR_NULL);
    if (index_of(w, t->to) < 0 || str_eq(t->from, t->to))
      return problem_field(pb, arena_fmt(w->a, "/ties/%zu/to", i), P_NO_SUCH_RECORD, STR_NULL, STR_NULL);
  }
  if (w->n_ties) qsort(w->ties, w->n_ties, sizeof *w->ties, by_tie);
  w->from = NEW_ARRAY(w->a, w->n_ties + 1, int);
  w->to = NEW_ARRAY(w->a, w->n_ties + 1, int);
  for (size_t i = 0; i < w->n_ties; i++) {
    if (i && by_tie(&w->ties[i - 1], &w->ties[i]) == 0)
      return problem_field(
        pb, arena_fmt(w->a, "/ties/%zu", (size_t)((w->ties[i] > w->ties[i - 1] ? w->ties[i] : w->ties[i - 1]) - in->ties)),
        P_DUPLICATE, w->ties[i]->from, STR_NULL);
    w->from[i] = index_of(w, w->ties[i]->from);
    w->to[i] = index_of(w, w->ties[i]->to);
  }
  return ERR_OK;
}

// Friedkin and Johnsen (Journal of Mathematical Sociology 15, 1990): y = (1 - k) W y + k x. Solved by elimination with pivots; a person to
// whom nobody's word counts keeps his opinion. Transposed, the same system gives whose first opinion ends in the deciders' last.
static void solve(struct net *w, const double *right, bool transposed, double *ret) {
  size_t n = w->n;
  double *m = w->m;
  memset(m, 0, n * n * sizeof *m);
  memset(w->x, 0, n * sizeof *w->x);
  for (size_t t = 0; t < w->n_ties; t++) w->x[w->to[t]] += w->weight[t];
  for (size_t i = 0; i < n; i++) m[i * n + i] = 1;
  for (size_t t = 0; t < w->n_ties; t++) {
    size_t r = (size_t)w->to[t], c = (size_t)w->from[t];
    if (w->x[r] > 0) m[transposed ? c * n + r : r * n + c] -= (1 - w->keep[r]) * w->weight[t] / w->x[r];
  }
  memcpy(ret, right, n * sizeof *ret);
  for (size_t c = 0; c < n; c++) {
    size_t best = c;
    for (size_t r = c + 1; r < n; r++)
      if (fabs(m[r * n + c]) > fabs(m[best * n + c])) best = r;
    for (size_t k = c; k < n && best != c; k++) {
      double s = m[c * n + k];
      m[c * n + k] = m[best * n + k];
      m[best * n + k] = s;
    }
    double s = ret[c];
    ret[c] = ret[best];
    ret[best] = s;
    for (size_t r = c + 1; r < n; r++) {
      double f = m[r * n + c] / m[c * n + c];
      if (f == 0) continue;
      for (size_t k = c; k < n; k++) m[r * n + k] -= f * m[c * n + k];
      ret[r] -= f * ret[c];
    }
  }
  for (size_t c = n; c-- > 0;) {
    for (size_t k = c + 1; k < n; k++) ret[c] -= m[c * n + k] * ret[k];
    ret[c] /= m[c * n + c];
  }
}

static bool heard(const struct net *w, size_t i) {
  for (size_t t = 0; t < w->n_ties; t++)
    if ((size_t)w->to[t] == i && w->weight[t] > 0) return true;
  return false;
}

// Final opinions of the present world; what one keeps is never nothing, so that the system has one solution.
static void settle(struct net *w, double *ret) {
  double *right = NEW_ARRAY(w->a, w->n, double);
  for (size_t i = 0; i < w->n; i++) right[i] = (heard(w, i) ? w->keep[i] : 1) * w->stance[i];
  solve(w, right, false, ret);
}

static double deciders(const struct net *w, const double *y) {
  double sum = 0, n = 0;
  for (size_t i = 0; i < w->n; i++) {
    if (w->anybody_decides && !w->people[i]->decides) continue;
    sum += y[i];
    n++;
  }
  return sum / n;
}

static void middle(struct net *w) {
  for (size_t i = 0; i < w->n; i++) {
    const struct influence_person *p = w->people[i];
    w->stance[i] = p->stance == SHAPE_NO_INT ? 0 : (double)p->stance;
    w->keep[i] = fmax((double)(p->stubborn == SHAPE_NO_INT ? STUBBORN_MID : p->stubborn) / 1000, 0.01);
  }
  for (size_t t = 0; t < w->n_ties; t++) w->weight[t] = w->ties[t]->weight == SHAPE_NO_INT ? 2 : (double)w->ties[t]->weight;
}

// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
static double uniform(uint64_t *state) {
  uint64_t z = (*state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

static double between(uint64_t *state, double low, double high) { return low + uniform(state) * (high - low); }

static void sample(struct net *w, uint64_t *state) {
  for (size_t i = 0; i < w->n; i++) {
    const struct influence_person *p = w->people[i];
    bool known = p->stance != SHAPE_NO_INT;
    double error = (double)p->stance_error;
    w->stance[i] =
      fmin(fmax(known ? between(state, (double)p->stance - error, (double)p->stance + error) : between(state, -5, 5), -5), 5);
    w->keep[i] = fmax(p->stubborn == SHAPE_NO_INT ? uniform(state) : (double)p->stubborn / 1000, 0.01);
  }
  for (size_t t = 0; t < w->n_ties; t++) {
    double v = (double)w->ties[t]->weight;
    w->weight[t] = w->ties[t]->weight == SHAPE_NO_INT ? between(state, 0, 4) : v > 0 ? between(state, v - 0.5, v + 0.5) : 0;
  }
}

static int by_value(const void *p, const void *q) {
  double x = *(const double *)p, y = *(const double *)q;
  return (x > y) - (x < y);
}

static void intervals(struct net *w, struct influence_line *lines, struct influence_result *ret) {
  size_t s = (size_t)w->in->samples, low = s / 20, high = s - 1 - s / 20;
  double *all = NEW_ARRAY(w->a, (w->n + 1) * s, double), *y = NEW_ARRAY(w->a, w->n, double);
  uint64_t state = (uint64_t)w->in->seed;
  for (size_t k = 0; k < s; k++) {
    sample(w, &state);
    settle(w, y);
    for (size_t i = 0; i < w->n; i++) all[i * s + k] = y[i];
    all[w->n * s + k] = deciders(w, y);
  }
  for (size_t i = 0; i <= w->n; i++) qsort(all + i * s, s, sizeof *all, by_value);
  for (size_t i = 0; i < w->n; i++) {
    lines[i].low = all[i * s + low];
    lines[i].high = all[i * s + high];
  }
  ret->low = all[w->n * s + low];
  ret->high = all[w->n * s + high];
}

static void weights(struct net *w, struct influence_line *lines) {
  double *right = NEW_ARRAY(w->a, w->n, double), *y = NEW_ARRAY(w->a, w->n, double), n = 0;
  for (size_t i = 0; i < w->n; i++) n += !w->anybody_decides || w->people[i]->decides;
  for (size_t i = 0; i < w->n; i++) right[i] = !w->anybody_decides || w->people[i]->decides ? 1 / n : 0;
  solve(w, right, true, y);
  for (size_t i = 0; i < w->n; i++) lines[i].weight = y[i] * (heard(w, i) ? w->keep[i] : 1);
}

static int by_moves(const void *p, const void *q) {
  const struct influence_question *x = p, *y = q;
  if (x->moves > y->moves || x->moves < y->moves) return x->moves > y->moves ? -1 : 1;
  int c = str_cmp(x->person, y->person);
  return c ? c : str_cmp(x->to, y->to);
}

// What is unknown or loose, and how far the deciders would move between its two ends, all else at the middle.
static void questions(struct net *w, const struct influence_line *lines, struct influence_result *ret) {
  struct influence_question *list = NEW_ARRAY(w->a, w->n + w->n_ties + 1, struct influence_question);
  double *y = NEW_ARRAY(w->a, w->n, double);
  size_t n = 0, asked = 0;
  for (size_t i = 0; i < w->n; i++) {
    const struct influence_person *p = w->people[i];
    double range = p->stance == SHAPE_NO_INT ? 10 : 2 * (double)p->stance_error;
    if (range > 0 && lines[i].weight > 1e-9)
      list[n++] = (struct influence_question){p->person, STR_NULL, range * lines[i].weight};
    if (p->stance == SHAPE_NO_INT) unknown_add(&ret->answer, S("outcome"), "/people/%zu/stance", (size_t)(p - w->in->people));
  }
  for (size_t t = 0; t < w->n_ties; t++) {
    if (w->ties[t]->weight != SHAPE_NO_INT) continue;
    unknown_add(&ret->answer, S("outcome"), "/ties/%zu/weight", (size_t)(w->ties[t] - w->in->ties));
    // Each costs two solutions; a hundred are enough to find the best five.
    if (asked++ >= 100) continue;
    double end[2];
    for (int e = 0; e < 2; e++) {
      w->weight[t] = e * 4;
      settle(w, y);
      end[e] = deciders(w, y);
    }
    w->weight[t] = 2;
    list[n++] = (struct influence_question){w->ties[t]->from, w->ties[t]->to, fabs(end[1] - end[0])};
  }
  if (n) qsort(list, n, sizeof *list, by_moves);
  ret->questions = list;
  ret->n_questions = n < QUESTIONS ? n : QUESTIONS;
}

static str points(struct arena *a, double v) { return arena_fmt(a, "%.2f", v + 0.0); }

static void say(struct net *w, const struct influence_line *lines, struct influence_result *ret) {
  struct answer *an = &ret->answer;
  if (!w->anybody_decides) because(an, R_influence_decider_unknown, 300, STR_NULL);
  size_t best = 0;
  for (size_t i = 0; i < w->n; i++) {
    if (w->people[i]->decides)
      because(an, R_influence_decider, 600, lines[i].person, points(w->a, lines[i].now), points(w->a, lines[i].then),
              points(w->a, lines[i].low), points(w->a, lines[i].high), STR_NULL);
    if (lines[i].weight > lines[best].weight) best = i;
  }
  because(an, R_influence_weight, 400, lines[best].person, points(w->a, lines[best].weight), STR_NULL);
  if (ret->low < 0 && ret->high > 0) because(an, R_influence_open, 300, STR_NULL);
  if (ret->n_questions) {
    const struct influence_question *q = &ret->questions[0];
    because(an, R_influence_question, 500,
            q->to.p ? arena_fmt(w->a, "%.*s -> %.*s", STR_ARG(q->person), STR_ARG(q->to)) : q->person, points(w->a, q->moves),
            STR_NULL);
  }
}

enum err rule_influence(const struct influence_input *in, struct arena *a, struct problem *pb, struct influence_result *ret) {
  AUTO(arena_release) struct arena scratch = {0};
  struct net w = {.in = in, .a = a};
  TRY(index_all(&w, pb));
  double n = (double)w.n;
  if (n * n * n * (double)in->samples > work_max) return problem_set0(pb, P_OVERFLOW);
  shape_init(&shape_influence_result, ret);
  ret->answer.arena = a;
  w.stance = NEW_ARRAY(a, w.n, double);
  w.keep = NEW_ARRAY(a, w.n, double);
  w.weight = NEW_ARRAY(a, w.n_ties + 1, double);
  w.m = NEW_ARRAY(a, w.n * w.n, double);
  w.x = NEW_ARRAY(a, w.n, double);
  struct influence_line *lines = NEW_ARRAY(a, w.n, struct influence_line);
  double *y = NEW_ARRAY(a, w.n, double);
  w.a = &scratch;
  intervals(&w, lines, ret);
  w.a = a;
  middle(&w);
  settle(&w, y);
  weights(&w, lines);
  ret->outcome = deciders(&w, y);
  for (size_t i = 0; i < w.n; i++) {
    lines[i].person = w.people[i]->person;
    lines[i].now = w.stance[i];
    lines[i].then = y[i];
  }
  questions(&w, lines, ret);
  ret->people = lines;
  ret->n_people = w.n;
  say(&w, lines, ret);
  return ERR_OK;
}

RULE_INFO(influence, 1, T_INIT("Who moves the one who decides?", "谁能影响决策者？", "Кто влияет на решающего?"), NULL, JSON({
            "people" : [
              {"person" : "contact_1", "stance" : 0, "stubborn" : 200, "decides" : true}, {"person" : "contact_2", "stance" : 4},
              {"person" : "contact_3", "stance" : -2, "stubborn" : 900}, {"person" : "contact_4"}
            ],
            "ties" : [
              {"from" : "contact_2", "to" : "contact_1", "weight" : 3}, {"from" : "contact_3", "to" : "contact_1"},
              {"from" : "contact_4", "to" : "contact_2", "weight" : 1}
            ]
          }));
