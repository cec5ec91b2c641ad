// SPDX-License-Identifier: Apache-2.0
// What the files of the rule `forecast` pass to one another. Nobody else includes this.
#ifndef ENTENTE_RULES_FORECAST_WORK_H
#define ENTENTE_RULES_FORECAST_WORK_H
#include "rules/forecast.h"

enum { ATTRIBUTES_MAX = 30, LEVELS_MAX = 8, FOLDS = 5 };
enum { LEVEL_UNKNOWN = -1, LEVEL_RARE = LEVELS_MAX };

// One attribute and the columns it takes: number + unknown, or levels + rare + unknown.
struct attribute {
  str name;
  bool numeric;
  double mean, spread;
  str level[LEVELS_MAX];
  int n_levels, first, n_columns;
};
struct table {
  struct arena *a;
  const struct forecast_closed **closed;  // by id
  size_t n;
  struct attribute attribute[ATTRIBUTES_MAX];
  int n_attributes, n_columns;  // column 0: the intercept
  double *x, *y;                // n rows of n_columns; outcome 0..1
  size_t *group, *fold;         // of each row
  size_t n_groups;
  int64_t hindsight, copies;
};
MUST_USE enum err table_build(const struct forecast_input *in, struct arena *a, struct problem *pb, struct table *ret);
// The row of one deal; attributes known after `until` are left out and counted.
void table_row(const struct table *t, const struct forecast_attribute *attributes, size_t n, uday until, double *ret_row,
               int64_t *hindsight);
const struct forecast_attribute *table_find(const struct forecast_attribute *attributes, size_t n, str name);

// Ridge logistic regression on the rows whose fold is not `skip`; the intercept is not punished. ret_w: n_columns weights.
void logistic_fit(const double *x, const double *y, const size_t *fold, size_t skip, size_t n, int k, double ridge,
                  struct arena *a, double *ret_w);
double logistic_dot(const double *row, const double *w, int k);
double logistic(double z);
#endif
