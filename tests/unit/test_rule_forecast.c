// SPDX-License-Identifier: Apache-2.0
#include "rules_testing.h"

#include <math.h>

#include "rules/forecast.h"

enum { MANY = 400, K = 10 };
struct set {
  char ids[MANY][12], words[MANY][K][4];
  struct forecast_attribute attributes[MANY][K];
  struct forecast_closed closed[MANY];
  struct forecast_input in;
};

static double uniform(void) { return (double)(rng() >> 11) * 0x1p-53; }

// n deals with K words of four values each; strength: how much the first word says about the outcome.
static void make(struct set *s, int n, double strength) {
  shape_init(&shape_forecast_input, &s->in);
  for (int i = 0; i < n; i++) {
    (void)snprintf(s->ids[i], sizeof s->ids[i], "d%04d", i);
    struct forecast_closed *d = &s->closed[i];
    shape_init(&shape_forecast_closed, d);
    d->deal = str_of(s->ids[i]);
    int64_t first = 0;
    for (int k = 0; k < K; k++) {
      int64_t w = below(4);
      if (k == 0) first = w;
      (void)snprintf(s->words[i][k], 4, "w%d", (int)w);
      shape_init(&shape_forecast_attribute, &s->attributes[i][k]);
      static const char *const names[K] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"};
      s->attributes[i][k].name = str_of(names[k]);
      if (chance(90)) s->attributes[i][k].value = str_of(s->words[i][k]);
    }
    d->outcome = uniform() < 0.5 + strength * (first < 2 ? 1 : -1) ? deal_outcome_won : deal_outcome_lost_rival;
    d->attributes = s->attributes[i];
    d->n_attributes = K;
  }
  s->in.closed = s->closed;
  s->in.n_closed = (size_t)n;
}

static struct forecast_result run(const struct set *s, struct arena *a) {
  struct forecast_result r;
  assert_int_equal(rule_forecast(&s->in, a, NULL, &r), ERR_OK);
  return r;
}

static void finds_what_is_there(void **state) {
  (void)state;
  AUTO(arena_release) struct arena a = {0};
  struct set *s = NEW(&a, struct set);
  rng_seed(81);
  make(s, 300, 0.35);
  struct forecast_attribute good = {.name = S("a"), .value = S("w0"), .number = (double)NAN, .known_on = SHAPE_NO_DATE},
                            bad = good;
  bad.value = S("w3");
  struct forecast_open open[2] = {{S("x"), 100, 40, &good, 1}, {S("y"), 100, 40, &bad, 1}};
  s->in.open = open;
  s->in.n_open = 2;
  struct forecast_result r = run(s, &a);
  assert_int_equal(r.state, forecast_state_predicts);
  assert_true(r.auc > 0.7);
  assert_true(r.predictions[0].chance > 0.65 && r.predictions[1].chance < 0.35);
  assert_int_equal(r.predictions[0].pays, TRI_YES);
  assert_int_equal(r.predictions[1].pays, TRI_NO);
  assert_true(str_eqz(r.predictions[0].effects[0].name, "a") && r.predictions[0].effects[0].effect > 0);
  assert_true(r.answer.n_unknown > 0);
}

static void abstains_on_noise(void **state) {
  (void)state;
  rng_seed(82);
  int spoke = 0;
  for (int i = 0; i < 200; i++) {
    AUTO(arena_release) struct arena a = {0};
    struct set *s = NEW(&a, struct set);
    make(s, 100, 0);
    struct forecast_result r = run(s, &a);
    spoke += r.state == forecast_state_predicts;
    if (r.state != forecast_state_predicts) assert_int_equal(r.state, forecast_state_no_signal);
  }
  assert_true(spoke <= 10);
}

// Every deal of a noisy set three times over, one attribute of ten changed in each: copies must not turn noise into signal.
static void copies_do_not_leak(void **state) {
  (void)state;
  rng_seed(83);
  int spoke = 0;
  for (int round = 0; round < 30; round++) {
    AUTO(arena_release) struct arena a = {0};
    struct set *s = NEW(&a, struct set);
    make(s, 360, 0);
    for (int i = 60; i < 360; i++) {
      int from = i % 60;
      s->closed[i].outcome = s->closed[from].outcome;
      memcpy(s->attributes[i], s->attributes[from], sizeof s->attributes[i]);
      s->attributes[i][i / 60].value = S("other");
    }
    struct forecast_result r = run(s, &a);
    assert_true(r.independent <= 60);
    spoke += r.state == forecast_state_predicts;
  }
  assert_true(spoke <= 3);
}

static void below_the_floor(void **state) {
  (void)state;
  AUTO(arena_release) struct arena a = {0};
  struct set *s = NEW(&a, struct set);
  rng_seed(84);
  make(s, 39, 0.4);
  assert_int_equal(run(s, &a).state, forecast_state_too_few);
  make(s, 100, 0.4);
  for (int i = 0; i < 100; i++) s->closed[i].outcome = i < 9 ? deal_outcome_won : deal_outcome_no_decision;
  assert_int_equal(run(s, &a).state, forecast_state_too_few);
  // One account is one voice.
  make(s, 100, 0.4);
  for (int i = 0; i < 100; i++) s->closed[i].account = S("same");
  assert_int_equal(run(s, &a).state, forecast_state_too_few);
}

static void hindsight_is_left_out(void **state) {
  (void)state;
  AUTO(arena_release) struct arena a = {0};
  struct set *s = NEW(&a, struct set);
  rng_seed(85);
  make(s, 200, 0);
  for (int i = 0; i < 200; i++) {
    s->closed[i].closed_on = 20000;
    s->attributes[i][0].value = s->closed[i].outcome == deal_outcome_won ? S("won") : S("lost");
    s->attributes[i][0].known_on = 20000;
  }
  assert_int_equal(run(s, &a).state, forecast_state_predicts);
  for (int i = 0; i < 200; i++) s->attributes[i][0].known_on = 20001;
  assert_int_equal(run(s, &a).state, forecast_state_no_signal);
}

// Chances lie in (0, 1), every effect is finite, the order of the input is irrelevant to the last digit.
static void properties(void **state) {
  (void)state;
  rng_seed(86);
  for (int i = 0; i < CASES / 100; i++) {
    AUTO(arena_release) struct arena a = {0};
    struct set *s = NEW(&a, struct set);
    make(s, 40 + (int)below(30), 0.4);
    struct forecast_open open[100];
    char ids[100][8];
    for (int k = 0; k < 100; k++) {
      (void)snprintf(ids[k], sizeof ids[k], "o%d", k);
      open[k] =
        (struct forecast_open){str_of(ids[k]), 1 + below(1000), below(1000), s->attributes[below(40)], (size_t)below(K + 1)};
    }
    s->in.open = open;
    s->in.n_open = 100;
    struct forecast_result r = run(s, &a);
    for (size_t k = 0; k < r.n_predictions && r.state == forecast_state_predicts; k++)
      assert_true(r.predictions[k].chance > 0 && r.predictions[k].chance < 1);
    for (size_t k = 0; k < r.n_predictions && r.state != forecast_state_predicts; k++)
      assert_true(isnan(r.predictions[k].chance) && r.predictions[k].pays == TRI_UNKNOWN);
    shuffle(s->closed, s->in.n_closed, sizeof s->closed[0]);
    shuffle(open, 100, sizeof open[0]);
    struct forecast_result again = run(s, &a);
    assert_int_equal(again.state, r.state);
    for (size_t k = 0; k < r.n_predictions && r.state == forecast_state_predicts; k++)
      assert_memory_equal(&again.predictions[k].chance, &r.predictions[k].chance, sizeof(double));
  }
}

static void bad_input(void **state) {
  (void)state;
  expect_bad("forecast", "{\"closed\":[{\"deal\":\"a\",\"outcome\":\"open\"}]}", "/closed/0/outcome", P_WRONG_TYPE);
  expect_bad("forecast", "{\"closed\":[{\"deal\":\"a\",\"outcome\":\"won\"},{\"deal\":\"a\",\"outcome\":\"won\"}]}",
             "/closed/1/deal", P_DUPLICATE);
  expect_bad("forecast", "{\"closed\":[],\"open\":[{\"deal\":\"a\"},{\"deal\":\"a\"}]}", "/open/1/deal", P_DUPLICATE);
  expect_bad(
    "forecast",
    "{\"closed\":[{\"deal\":\"a\",\"outcome\":\"won\",\"attributes\":[{\"name\":\"x\",\"value\":\"1\"},{\"name\":\"x\"}]}]}",
    "/closed/0/attributes/1/name", P_DUPLICATE);
  expect_bad(
    "forecast",
    "{\"closed\":[{\"deal\":\"a\",\"outcome\":\"won\",\"attributes\":[{\"name\":\"x\",\"value\":\"1\"}]}],\"open\":[{\"deal\":\"b\",\"attributes\":[{\"name\":\"x\",\"number\":1}]}]}",
    "/open/0/attributes/0", P_WRONG_TYPE);
  expect("forecast", "{\"closed\":[]}", "result/state", "too_few", "unknown/0/pointer", "/closed", NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(finds_what_is_there),
                                     cmocka_unit_test(abstains_on_noise),
                                     cmocka_unit_test(copies_do_not_leak),
                                     cmocka_unit_test(below_the_floor),
                                     cmocka_unit_test(hindsight_is_left_out),
                                     cmocka_unit_test(properties),
                                     cmocka_unit_test(bad_input)};
  return cmocka_run_group_tests_name("rule_forecast", tests, NULL, NULL);
}
