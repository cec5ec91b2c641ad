// SPDX-License-Identifier: Apache-2.0
// Moves that would make us win: computed against every vendor still in, the cheapest first.
#include <math.h>
#include <stdlib.h>

#include "rules/criteria_work.h"

static const double hair = 1e-9;
enum { MOVES_MAX = 4 * CRITERIA_MAX + 1 };
struct moves {
  struct sheet *s;
  struct criteria_proposal *list;
  size_t n;
  double total;
};

static bool rival(const struct sheet *s, int v) { return v != s->ours && !s->out[v]; }

// Our weighted lead over v (negative: behind), not divided by the total.
static double lead(const struct sheet *s, int v) {
  double sum = 0;
  for (int i = 0; i < s->n; i++) sum += s->weight[i] * (s->score[s->ours][i] - s->score[v][i]);
  return sum;
}

static struct criteria_proposal *propose(struct moves *m, int move, const struct criteria_item *c, double from, double to,
                                         double effort) {
  struct criteria_proposal *p = &m->list[m->n++];
  shape_init(&shape_criteria_proposal, p);
  p->move = move;
  p->from = from;
  p->to = to;
  p->effort = effort;
  if (!c) return p;
  p->criterion = c->criterion;
  p->need = c->need;
  p->argued_by = c->argued_by;
  return p;
}

// Relative scores move everybody's score when ours moves; only plain ones are raised.
static void raise_score(struct moves *m, int k) {
  const struct sheet *s = m->s;
  const struct criteria_item *c = &s->in->criteria[k];
  double needed = s->score[s->ours][k];
  if (c->relative || s->weight[k] <= 0) return;
  for (int v = 0; v < s->m; v++) {
    if (!rival(s, v)) continue;
    double to = s->score[s->ours][k] - lead(s, v) / s->weight[k];
    if (to > needed) needed = to;
  }
  double whole = floor(needed + hair) + 1;
  if (whole > SCORE_FULL) return;
  (void)propose(m, criteria_move_raise_score, c, s->score[s->ours][k], whole, (whole - s->score[s->ours][k]) / SCORE_FULL);
}

// One weight changed, the others as they are.
static void reweigh(struct moves *m, int k) {
  const struct sheet *s = m->s;
  double low = 0, high = INFINITY;
  for (int v = 0; v < s->m; v++) {
    if (!rival(s, v)) continue;
    double own = s->score[s->ours][k] - s->score[v][k], rest = lead(s, v) - s->weight[k] * own;
    if (fabs(own) < hair) {
      if (rest <= hair) return;
      continue;
    }
    double cross = -rest / own;
    if (own > 0 && cross > low) low = cross;
    if (own < 0 && cross < high) high = cross;
  }
  if (low >= high - hair || high <= hair) return;
  double now = s->weight[k], to = now < low + hair ? low : now > high - hair ? high : now;
  double rest = m->total - now, from_share = now / m->total, to_share = rest + to > 0 ? to / (rest + to) : 0;
  // Cutting a weight to nothing is removing the criterion, which is a move of its own.
  if (to <= hair || rest <= hair || to_share > 1 - hair) return;
  (void)propose(m, criteria_move_reweigh, &s->in->criteria[k], from_share, to_share, fabs(to_share - from_share));
}

static void remove_one(struct moves *m, int k) {
  const struct sheet *s = m->s;
  for (int v = 0; v < s->m; v++)
    if (rival(s, v) && lead(s, v) - s->weight[k] * (s->score[s->ours][k] - s->score[v][k]) <= hair) return;
  if (s->in->criteria[k].must_have) return;
  (void)propose(m, criteria_move_remove, &s->in->criteria[k], s->weight[k] / m->total, 0, s->weight[k] / m->total);
}

// The winner's strengths cut together: their share below which the rest, in its own proportions, decides for us.
static void joint(struct moves *m) {
  const struct sheet *s = m->s;
  double strong = 0, share = 1;
  str *names = NEW_ARRAY(s->a, s->n, str);
  size_t n = 0;
  bool in_set[CRITERIA_MAX] = {false};
  for (int i = 0; i < s->n; i++) {
    if (s->score[s->ours][i] >= s->score[s->winner][i]) continue;
    in_set[i] = true;
    names[n++] = s->in->criteria[i].criterion;
    strong += s->weight[i];
  }
  double rest = m->total - strong;
  if (n < 2 || strong <= hair || rest <= hair) return;
  for (int v = 0; v < s->m; v++) {
    if (!rival(s, v)) continue;
    double inside = 0, outside = 0;
    for (int i = 0; i < s->n; i++) *(in_set[i] ? &inside : &outside) += s->weight[i] * (s->score[s->ours][i] - s->score[v][i]);
    inside /= strong;
    outside /= rest;
    // x * inside + (1 - x) * outside > 0
    if (outside <= hair) return;
    if (inside < outside - hair && outside / (outside - inside) < share) share = outside / (outside - inside);
  }
  double from = strong / m->total;
  if (share >= from) return;
  struct criteria_proposal *p = propose(m, criteria_move_joint_reweigh, NULL, from, share, from - share);
  p->criteria = names;
  p->n_criteria = n;
}

static double new_score(const struct sheet *s, const struct criteria_candidate *c, int v) {
  for (size_t i = 0; i < c->n_scores; i++)
    if (str_eq(c->scores[i].vendor, s->in->vendors[v].vendor)) return (double)c->scores[i].score;
  return v == s->ours ? 0 : SCORE_FULL;
}

static void add_one(struct moves *m, const struct criteria_candidate *c) {
  const struct sheet *s = m->s;
  double needed = 0;
  for (int v = 0; v < s->m; v++) {
    if (!rival(s, v)) continue;
    double own = new_score(s, c, s->ours) - new_score(s, c, v), behind = -lead(s, v);
    if (behind < -hair && own >= 0) continue;
    if (own <= hair) return;
    if (behind / own > needed) needed = behind / own;
  }
  double share = needed / (m->total + needed);
  struct criteria_proposal *p = propose(m, criteria_move_add, NULL, 0, share, share);
  p->criterion = c->criterion;
  p->need = c->need;
  p->argued_by = c->argued_by;
}

static int by_effort(const void *p, const void *q) {
  const struct criteria_proposal *x = p, *y = q;
  if (fabs(x->effort - y->effort) > hair) return x->effort < y->effort ? -1 : 1;
  if (x->move != y->move) return x->move < y->move ? -1 : 1;
  return str_cmp(x->criterion, y->criterion);
}

void criteria_moves(struct sheet *s) {
  struct moves m = {s, NEW_ARRAY(s->a, MOVES_MAX, struct criteria_proposal), 0, criteria_total(s->weight, s->n)};
  if (m.total <= 0) return;
  for (int k = 0; k < s->n; k++) {
    raise_score(&m, k);
    reweigh(&m, k);
    remove_one(&m, k);
  }
  joint(&m);
  for (size_t i = 0; i < s->in->n_candidates; i++) add_one(&m, &s->in->candidates[i]);
  if (m.n) qsort(m.list, m.n, sizeof *m.list, by_effort);
  s->ret->moves = m.list;
  s->ret->n_moves = m.n;
}
