// SPDX-License-Identifier: Apache-2.0
// What the files of the rule `criteria` pass to one another. Nobody else includes this.
#ifndef ENTENTE_RULES_CRITERIA_WORK_H
#define ENTENTE_RULES_CRITERIA_WORK_H
#include "rules/criteria.h"

enum { CRITERIA_MAX = 50, VENDORS_MAX = 20, SCORE_FULL = 1000 };
struct sheet {
  const struct criteria_input *in;
  struct arena *a;
  struct criteria_result *ret;
  int n, m;  // criteria, vendors
  double weight[CRITERIA_MAX], weight_low[CRITERIA_MAX], weight_high[CRITERIA_MAX];
  bool all_unknown;  // no weight is known at all
  double raw_low[VENDORS_MAX][CRITERIA_MAX], raw_high[VENDORS_MAX][CRITERIA_MAX];
  double score[VENDORS_MAX][CRITERIA_MAX];  // at the middle, normalised
  bool out[VENDORS_MAX];
  int ours, winner;  // -1: nobody
  double value[VENDORS_MAX];
};
double criteria_total(const double *weight, int n);
void criteria_sample(struct sheet *s, struct criteria_rank *ranks);  // ranks by vendor index
void criteria_moves(struct sheet *s);
// Weighted values from raw scores; vendors marked out are skipped. Returns the winner or -1.
int criteria_evaluate(const struct sheet *s, const double *weight, double (*raw)[CRITERIA_MAX], const bool *out,
                      double *ret_value);
#endif
