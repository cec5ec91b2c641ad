// SPDX-License-Identifier: Apache-2.0
// Seeded sampling of weights and scores: how often each vendor wins.
#include <math.h>

#include "rules/criteria_work.h"

// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
static uint64_t next(uint64_t *state) {
  uint64_t z = (*state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

static double uniform(uint64_t *state) { return (double)(next(state) >> 11) * 0x1p-53; }

void criteria_sample(struct sheet *s, struct criteria_rank *ranks) {
  uint64_t state = (uint64_t)s->in->seed;
  int64_t wins[VENDORS_MAX] = {0}, n = s->in->samples;
  double weight[CRITERIA_MAX], raw[VENDORS_MAX][CRITERIA_MAX], value[VENDORS_MAX];
  for (int64_t k = 0; k < n; k++) {
    bool out[VENDORS_MAX];
    memcpy(out, s->out, sizeof out);
    for (int i = 0; i < s->n; i++) {
      double u = uniform(&state);
      // Nothing known of any weight: exponential parts are uniform over all weightings that sum to one.
      weight[i] = s->all_unknown ? -log(1 - u) : s->weight_low[i] + u * (s->weight_high[i] - s->weight_low[i]);
      const struct criteria_item *c = &s->in->criteria[i];
      for (int v = 0; v < s->m; v++) {
        raw[v][i] = s->raw_low[v][i] + uniform(&state) * (s->raw_high[v][i] - s->raw_low[v][i]);
        if (c->must_have && (c->relative ? raw[v][i] > (double)c->threshold : raw[v][i] < (double)c->threshold)) out[v] = true;
      }
    }
    int winner = criteria_evaluate(s, weight, raw, out, value);
    if (winner >= 0) wins[winner]++;
  }
  for (int v = 0; v < s->m; v++) {
    double p = (double)wins[v] / (double)n;
    ranks[v].wins = p;
    ranks[v].wins_error = sqrt(p * (1 - p) / (double)n);
  }
}
