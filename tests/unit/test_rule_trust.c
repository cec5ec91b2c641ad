// SPDX-License-Identifier: Apache-2.0
#include "rules_testing.h"

#include <math.h>

#include "rules/trust.h"

static struct trust_promise promise(struct arena *a, size_t i, int state, uday given, int64_t importance) {
  struct trust_promise p;
  shape_init(&shape_trust_promise, &p);
  p.promise = arena_fmt(a, "p%zu", i);
  p.giver = S("b");
  p.receiver = S("a");
  p.state = state;
  p.given_on = given;
  p.decided_on = given;
  p.importance = importance;
  return p;
}
static struct trust_result judge(const struct trust_promise *list, size_t n, struct arena *a) {
  struct trust_input in;
  struct trust_result r;
  shape_init(&shape_trust_input, &in);
  in.company = S("b");
  in.today = 20000;
  in.promises = list;
  in.n_promises = n;
  assert_int_equal(rule_trust(&in, a, NULL, &r), ERR_OK);
  return r;
}

// Quantiles known in closed form: Beta(1, 1) is uniform; Beta(a, 1) has x^a, so its quantile is p^(1/a).
static void quantiles(void **state) {
  (void)state;
  AUTO(arena_release) struct arena a = {0};
  struct trust_result r = judge(NULL, 0, &a);
  assert_true(fabs(r.low - 0.05) < 1e-9 && fabs(r.high - 0.95) < 1e-9);
  assert_int_equal(r.state, trust_state_unproven);
  assert_true(isnan(r.mean));
  struct trust_promise p = promise(&a, 0, promise_state_kept, 20000, 5);
  r = judge(&p, 1, &a);
  assert_true(fabs(r.low - pow(0.05, 1.0 / 6)) < 1e-9 && fabs(r.high - pow(0.95, 1.0 / 6)) < 1e-9);
  assert_true(fabs(r.mean - 6.0 / 7) < 1e-12);
  assert_int_equal(r.state, trust_state_trusted);
  p.state = promise_state_broken;
  r = judge(&p, 1, &a);
  assert_true(fabs(r.high - (1 - pow(0.05, 1.0 / 11))) < 1e-9);
  assert_int_equal(r.state, trust_state_distrusted);
}

static void each_kind(void **state) {
  (void)state;
  AUTO(arena_release) struct arena a = {0};
  struct trust_promise base[2] = {promise(&a, 0, promise_state_kept, 20000, 5), promise(&a, 1, promise_state_kept, 19000, 2)},
                       list[2];
  double alone = judge(base, 1, &a).low;
  for (int kind = 0; kind < 7; kind++) {
    memcpy(list, base, sizeof list);
    bool raises = false, lowers = false;
    switch (kind) {
    case 0: list[1].state = promise_state_open; break;
    case 1: list[1].state = promise_state_waived; break;
    case 2: list[1].receiver = S("b"); break;
    case 3: list[1].fulfilled_when_given = true; break;
    case 4:
      list[1].state = promise_state_broken;
      list[1].answer_open = true;
      break;
    case 5:
      list[1].state = promise_state_late;
      lowers = true;
      break;
    default:
      list[1].state = promise_state_late;
      list[1].answer_accepted = TRI_YES;
      raises = true;
    }
    double low = judge(list, 2, &a).low;
    if (raises)
      assert_true(low > alone);
    else if (lowers)
      assert_true(low < alone);
    else
      assert_true(fabs(low - alone) < 1e-12);
  }
  // Falls faster than it grows, and fades.
  struct trust_promise broken = promise(&a, 2, promise_state_broken, 20000, 1),
                       late = promise(&a, 2, promise_state_late, 20000, 1);
  list[0] = base[0];
  list[1] = broken;
  double after_broken = judge(list, 2, &a).low;
  list[1] = late;
  assert_true(judge(list, 2, &a).low > after_broken);
  struct trust_promise old = promise(&a, 0, promise_state_kept, 20000 - 365, 4);
  assert_true(fabs(judge(&old, 1, &a).evidence - 2) < 1e-9);
}

static void farming_buys_little(void **state) {
  (void)state;
  AUTO(arena_release) struct arena a = {0};
  struct trust_promise many[200];
  for (size_t i = 0; i < 200; i++) many[i] = promise(&a, i, promise_state_kept, 19980, 1);
  struct trust_result r = judge(many, 200, &a);
  assert_true(r.evidence <= 6);
  bool told = false;
  for (size_t i = 0; i < r.answer.n_because; i++) told = told || r.answer.because[i].def == &reason_defs[R_trust_capped];
  assert_true(told);
  expect_bad("trust", JSON_TEXT({
               "company" : "b",
               "today" : "2026-01-01",
               "promises" : [ {
                 "promise" : "p",
                 "giver" : "b",
                 "receiver" : "a",
                 "given_on" : "2026-01-02",
                 "state" : "kept",
                 "decided_on" : "2026-01-01"
               } ]
             }),
             "/promises/0/decided_on", P_WRONG_TYPE);
}

// One more kept promise never lowers trust, one more broken never raises it; the order is irrelevant; the interval holds its mean.
static void properties(void **state) {
  (void)state;
  rng_seed(121);
  for (int i = 0; i < CASES; i++) {
    AUTO(arena_release) struct arena a = {0};
    struct trust_promise list[13];
    size_t n = (size_t)below(12);
    for (size_t k = 0; k < n; k++) {
      list[k] = promise(&a, k, (int)below(promise_state_COUNT), 19000 + (uday)below(1000), 1 + below(5));
      if (list[k].decided_on < 19990) list[k].decided_on += (uday)below(10);
    }
    struct trust_result r = judge(list, n, &a), mixed;
    if (r.state != trust_state_unproven) assert_true(r.low <= r.mean && r.mean <= r.high);
    assert_true(r.low >= 0 && r.high <= 1 && r.low < r.high);
    shuffle(list, n, sizeof list[0]);
    mixed = judge(list, n, &a);
    assert_true(fabs(mixed.low - r.low) < 1e-9);
    bool kept = chance(50);
    list[n] = promise(&a, n, kept ? promise_state_kept : promise_state_broken, 19000 + (uday)below(1000), 1 + below(5));
    struct trust_result more = judge(list, n + 1, &a);
    if (kept)
      assert_true(more.low >= r.low - 1e-9);
    else
      assert_true(more.low <= r.low + 1e-9 && more.high <= r.high + 1e-9);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(quantiles), cmocka_unit_test(each_kind),
                                     cmocka_unit_test(farming_buys_little), cmocka_unit_test(properties)};
  return cmocka_run_group_tests_name("rule_trust", tests, NULL, NULL);
}
