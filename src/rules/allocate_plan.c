// SPDX-License-Identifier: Apache-2.0
// Multiple-choice knapsack by dynamic programming over hours (Kellerer, Pferschy, Pisinger: Knapsack Problems, 2004, ch. 11): each
// candidate takes exactly one number of hours. Candidates of one horizon form a table; the three tables are then joined under the
// floors, which keeps the optimum exact because every candidate has one horizon. "At most t hours" throughout: idle hours are allowed.
#include "rules/allocate_work.h"

static const int64_t impossible = INT64_MIN / 4;

// best[t]: greatest return of the group with at most t hours; choice[k][t]: hours of its k-th candidate there.
struct table {
  int64_t *best;
  int16_t *choice[MINE_MAX];
  int who[MINE_MAX], n;
};

static void add_candidate(struct table *t, const struct plan *p, int which, bool release, int64_t size, struct arena *a) {
  const struct allocate_candidate *c = p->mine[which];
  int64_t *value = NEW_ARRAY(a, (size_t)size, int64_t), *next = NEW_ARRAY(a, (size_t)size, int64_t);
  int16_t *choice = NEW_ARRAY(a, (size_t)size, int16_t);
  for (int64_t h = 0; h < size; h++) value[h] = allocate_value(c, h);
  int64_t low = p->minimum[which];
  for (int64_t k = 0; k < size; k++) {
    int64_t best = impossible;
    int64_t taken = 0;
    // Fewest hours among equals: what earns nothing stays idle. With release, no hours at all is one more choice.
    if ((release || low == 0) && t->best[k] > impossible) best = t->best[k] + value[0];
    for (int64_t h = low > 0 ? low : 1; h <= k; h++) {
      int64_t v = t->best[k - h];
      if (v > impossible && v + value[h] > best) {
        best = v + value[h];
        taken = h;
      }
    }
    next[k] = best;
    choice[k] = (int16_t)taken;
  }
  t->best = next;
  t->who[t->n] = which;
  t->choice[t->n++] = choice;
}

// join[t]: greatest a[t - h] + b[h] with h hours, at least `low`, set aside for b.
static void join(const int64_t *x, const int64_t *y, int64_t low, int64_t size, int64_t *ret, int64_t *ret_taken) {
  for (int64_t t = 0; t < size; t++) {
    ret[t] = impossible;
    ret_taken[t] = 0;
    for (int64_t h = low; h <= t; h++) {
      if (x[t - h] <= impossible || y[h] <= impossible || x[t - h] + y[h] <= ret[t]) continue;
      ret[t] = x[t - h] + y[h];
      ret_taken[t] = h;
    }
  }
}

static int64_t joined(const struct table *g, const int64_t *floor, int64_t hours, int64_t size, struct arena *a,
                      int64_t *ret_hours, int64_t *ret_next) {
  int64_t *two = NEW_ARRAY(a, (size_t)size, int64_t), *two_taken = NEW_ARRAY(a, (size_t)size, int64_t);
  int64_t *all = NEW_ARRAY(a, (size_t)size, int64_t), *all_taken = NEW_ARRAY(a, (size_t)size, int64_t);
  join(g[0].best, g[1].best, floor[1], size, two, two_taken);
  join(two, g[2].best, floor[2], size, all, all_taken);
  if (ret_hours) {
    ret_hours[2] = all_taken[hours];
    ret_hours[1] = two_taken[hours - ret_hours[2]];
    ret_hours[0] = hours - ret_hours[2] - ret_hours[1];
  }
  if (ret_next) *ret_next = all[hours] > impossible ? all[hours + 1] - all[hours] : 0;
  return all[hours];
}

static void walk_back(const struct table *g, int64_t hours, struct planned *ret) {
  for (int k = g->n - 1; k >= 0; k--) {
    int64_t taken = g->choice[k][hours];
    ret->hours[g->who[k]] = taken;
    ret->used += taken;
    hours -= taken;
  }
}

void allocate_solve(const struct plan *p, bool release, struct planned *ret) {
  *ret = (struct planned){0};
  AUTO(arena_release) struct arena scratch = {0};
  int64_t size = p->hours + 2;  // one more than there are: the price of the next hour
  struct table *g = NEW_ARRAY(&scratch, HORIZONS, struct table);
  for (int h = 0; h < HORIZONS; h++) {
    g[h].best = NEW_ARRAY(&scratch, (size_t)size, int64_t);
    for (int i = 0; i < p->n; i++)
      if (p->group[i] == h) add_candidate(&g[h], p, i, release, size, &scratch);
  }
  int64_t each[HORIZONS];
  ret->value = joined(g, p->floor, p->hours, size, &scratch, each, &ret->next_hour);
  ret->feasible = ret->value > impossible;
  if (!ret->feasible) return;
  for (int h = 1; h < HORIZONS; h++) {
    int64_t floor[HORIZONS];
    memcpy(floor, p->floor, sizeof floor);
    floor[h] = 0;
    ret->without_floor[h] = joined(g, floor, p->hours, size, &scratch, NULL, NULL);
  }
  for (int h = 0; h < HORIZONS; h++) walk_back(&g[h], each[h], ret);
}
