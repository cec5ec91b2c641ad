// SPDX-License-Identifier: Apache-2.0
#include "rules/trust.h"

#include <math.h>
#include <stdlib.h>

#define SHAPE_FILE "rules/trust.def"
#include "base/shape_table.h"

enum { MONTH = 30 };
static const double tail = 0.05;         // each side of the 90 % interval
static const double least_evidence = 3;  // below it a partner is unproven, not "50 %"
static const double trusted_from = 0.6, distrusted_below = 0.5;
static const double broken_weight = 2;  // falls fast, grows slowly

// ---- the beta distribution ---------------------------------------------------------------------------------------------

// Continued fraction of the incomplete beta function by Lentz's method (Thompson and Barnett, J. Comput. Phys. 64, 1986).
static double beta_fraction(double a, double b, double x) {
  const double tiny = 1e-300;
  double c = 1, d = 1 - (a + b) * x / (a + 1);
  d = 1 / (fabs(d) < tiny ? tiny : d);
  double h = d;
  for (int m = 1; m <= 400; m++) {
    for (int odd = 0; odd < 2; odd++) {
      double n =
        odd ? -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)) : m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
      d = 1 + n * d;
      d = 1 / (fabs(d) < tiny ? tiny : d);
      c = 1 + n / c;
      if (fabs(c) < tiny) c = tiny;
      h *= d * c;
      if (odd && fabs(d * c - 1) < 1e-14) return h;
    }
  }
  return h;
}

// P(X <= x) for Beta(a, b).
static double beta_below(double a, double b, double x) {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  int sign;  // lgamma() keeps it in a global; the _r form does not
  double front = exp(lgamma_r(a + b, &sign) - lgamma_r(a, &sign) - lgamma_r(b, &sign) + a * log(x) + b * log(1 - x));
  return x < (a + 1) / (a + b + 2) ? front * beta_fraction(a, b, x) / a : 1 - front * beta_fraction(b, a, 1 - x) / b;
}

static double beta_quantile(double a, double b, double p) {
  double low = 0, high = 1;
  for (int i = 0; i < 60; i++) {
    double mid = (low + high) / 2;
    if (beta_below(a, b, mid) < p)
      low = mid;
    else
      high = mid;
  }
  return (low + high) / 2;
}

// ---- promises ----------------------------------------------------------------------------------------------------------

static uday decided(const struct trust_promise *p) { return p->decided_on != SHAPE_NO_DATE ? p->decided_on : p->given_on; }

static int64_t month_of(uday given) { return (int64_t)(given >= 0 ? given : given - (MONTH - 1)) / MONTH; }

// By month, in it the youngest first: the cap is used by what counts most, so that one more kept promise never takes anything away.
static int by_month(const void *p, const void *q) {
  const struct trust_promise *const *x = p, *const *y = q;
  int64_t a = month_of((*x)->given_on), b = month_of((*y)->given_on);
  if (a != b) return a < b ? -1 : 1;
  if (decided(*x) != decided(*y)) return decided(*x) > decided(*y) ? -1 : 1;
  if ((*x)->importance != (*y)->importance) return (*x)->importance > (*y)->importance ? -1 : 1;
  return str_cmp((*x)->promise, (*y)->promise);
}

static bool skipped(const struct trust_input *in, const struct trust_promise *p, struct answer *an) {
  if (!str_eq(p->giver, in->company) || p->state == promise_state_open || p->state == promise_state_waived) return true;
  enum reason_code code = REASON_COUNT;
  if (str_eq(p->giver, p->receiver))
    code = R_trust_to_oneself;
  else if (p->fulfilled_when_given)
    code = R_trust_fulfilled_before;
  else if (p->answer_open && p->state != promise_state_kept)
    code = R_trust_answer_open;
  if (code == REASON_COUNT) return false;
  because_ref(an, because(an, code, 0, STR_NULL), p->promise);
  return true;
}

struct evidence {
  double kept, broken, weight;
  int64_t counted, capped;
};

static double faded(const struct trust_input *in, const struct trust_promise *p) {
  uday when = decided(p);
  double age = when < in->today ? (double)((int64_t)in->today - when) : 0;
  return exp2(-age / (double)in->half_life_days);
}

// Kept promises count up to a cap for each thirty days in which they were given, so that many small ones buy nothing; broken ones always do.
static struct evidence weigh(const struct trust_input *in, struct arena *a, struct answer *an) {
  const struct trust_promise **list = NEW_ARRAY(a, in->n_promises + 1, const struct trust_promise *);
  struct evidence e = {0, 0, 0, 0, 0};
  size_t n = 0;
  for (size_t i = 0; i < in->n_promises; i++) list[n++] = &in->promises[i];
  if (n) qsort(list, n, sizeof(const struct trust_promise *), by_month);
  int64_t month = INT64_MIN, used = 0;
  for (size_t i = 0; i < n; i++) {
    const struct trust_promise *p = list[i];
    if (skipped(in, p, an)) continue;
    int64_t now = month_of(p->given_on), importance = p->importance;
    if (now != month) {
      month = now;
      used = 0;
    }
    double fade = faded(in, p);
    e.counted++;
    bool good = p->state == promise_state_kept, half_good = p->state == promise_state_late || p->answer_accepted == TRI_YES;
    if (good && used + importance > in->cap_per_month) {
      importance = in->cap_per_month > used ? in->cap_per_month - used : 0;
      e.capped++;
    }
    if (good) used += importance;
    double w = (double)importance * fade;
    if (good)
      e.kept += w;
    else if (half_good && p->answer_accepted == TRI_YES)
      e.kept += w / 2;
    else if (half_good)
      e.broken += w;
    else
      e.broken += broken_weight * w;
    e.weight += w;
  }
  return e;
}

enum err rule_trust(const struct trust_input *in, struct arena *a, struct problem *pb, struct trust_result *ret) {
  shape_init(&shape_trust_result, ret);
  ret->answer.arena = a;
  for (size_t i = 0; i < in->n_promises; i++) {
    const struct trust_promise *p = &in->promises[i];
    bool over = p->state != promise_state_open && p->state != promise_state_waived;
    if (over && p->decided_on != SHAPE_NO_DATE && p->decided_on < p->given_on)
      return problem_field(pb, arena_fmt(a, "/promises/%zu/decided_on", i), P_WRONG_TYPE, S("a day not before given_on"),
                           STR_NULL);
  }
  struct evidence e = weigh(in, a, &ret->answer);
  double alpha = 1 + e.kept, beta = 1 + e.broken;
  ret->low = beta_quantile(alpha, beta, tail);
  ret->high = beta_quantile(alpha, beta, 1 - tail);
  ret->evidence = e.weight;
  ret->counted = e.counted;
  (void)ratio_make((int64_t)floor(ret->low * 1000), 1000, &ret->low_exact);
  if (e.weight < least_evidence) {
    ret->state = trust_state_unproven;
    ret->mean = (double)NAN;
    because(&ret->answer, R_trust_unproven, 1000, arena_fmt(a, "%.1f", e.weight), STR_NULL);
    unknown_add(&ret->answer, S("trusted"), "/promises/-");
  } else {
    ret->mean = alpha / (alpha + beta);
    ret->state = ret->low >= trusted_from       ? trust_state_trusted
                 : ret->high < distrusted_below ? trust_state_distrusted
                                                : trust_state_mixed;
    because(&ret->answer, R_trust_interval, 1000, arena_fmt(a, "%.0f", ret->low * 100), arena_fmt(a, "%.0f", ret->high * 100),
            arena_fmt(a, "%.0f", ret->mean * 100), STR_NULL);
    because(&ret->answer, R_trust_state, 500, word_str(&vocab_trust_state, ret->state), STR_NULL);
  }
  if (e.capped) because(&ret->answer, R_trust_capped, 200, int_str(a, e.capped), STR_NULL);
  return ERR_OK;
}

RULE_INFO(trust, 1, T_INIT("Can its promises be relied on?", "其承诺可靠吗？", "Можно ли верить обещаниям?"), NULL, JSON({
            "company" : "company_b",
            "today" : "2026-11-22",
            "promises" : [
              {
                "promise" : "p1",
                "giver" : "company_b",
                "receiver" : "company_a",
                "importance" : 3,
                "given_on" : "2026-06-01",
                "state" : "kept",
                "decided_on" : "2026-06-20"
              },
              {
                "promise" : "p2",
                "giver" : "company_b",
                "receiver" : "company_a",
                "importance" : 2,
                "given_on" : "2026-08-01",
                "state" : "kept",
                "decided_on" : "2026-08-20"
              },
              {
                "promise" : "p3",
                "giver" : "company_b",
                "receiver" : "company_a",
                "given_on" : "2026-09-01",
                "state" : "late",
                "decided_on" : "2026-10-20"
              }
            ]
          }));
