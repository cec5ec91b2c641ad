// SPDX-License-Identifier: Apache-2.0
// The knapsack of one person, without words. Used by allocate.c only.
#ifndef ENTENTE_RULES_ALLOCATE_WORK_H
#define ENTENTE_RULES_ALLOCATE_WORK_H
#include "rules/allocate.h"

enum { HORIZONS = 3, MINE_MAX = 200 };
struct plan {
  int64_t hours;            // to give
  int64_t floor[HORIZONS];  // protected hours of each horizon
  const struct allocate_candidate *mine[MINE_MAX];
  int group[MINE_MAX];  // horizon of each
  int64_t minimum[MINE_MAX];
  int n;
};
struct planned {
  bool feasible;
  int64_t value, next_hour, used;
  int64_t without_floor[HORIZONS];  // return when that horizon's floor is dropped
  int64_t hours[MINE_MAX];
};
// Exact optimum. release: a candidate may also get no hours at all, below its minimum. Feasible always when `release`.
void allocate_solve(const struct plan *p, bool release, struct planned *ret);
#endif
