// SPDX-License-Identifier: Apache-2.0
#include "rules_testing.h"

#include "rules/exposure.h"

static struct exposure_input base(void) {
  struct exposure_input in;
  shape_init(&shape_exposure_input, &in);
  in.usual_deal = (money){100000, {"EUR"}};
  return in;
}
static struct exposure_result judge(const struct exposure_input *in, struct arena *a) {
  struct exposure_result r;
  assert_int_equal(rule_exposure(in, a, NULL, &r), ERR_OK);
  return r;
}

static void rungs(void **state) {
  (void)state;
  static const struct {
    int64_t trust, deals;
    int rung, step;
    int64_t value, customers;
  } rows[] = {
    {SHAPE_NO_INT, 0, 0, exposure_step_first_deals, 25000, 1},
    {SHAPE_NO_INT, 50, 0, exposure_step_first_deals, 25000, 1},
    {950, 0, 0, exposure_step_first_deals, 25000, 1},
    {299, 9, 0, exposure_step_first_deals, 25000, 1},
    {300, 1, 1, exposure_step_first_deals, 50000, 2},
    {500, 2, 2, exposure_step_growing, 100000, 5},
    {650, 4, 3, exposure_step_growing, 200000, 10},
    {800, 8, 4, exposure_step_open, 500000, 25},
    {900, 16, 5, exposure_step_open, 1000000, 100},
    {149, 1, 0, exposure_step_stop, 0, 0},
    {149, 0, 0, exposure_step_first_deals, 25000, 1},
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    AUTO(arena_release) struct arena a = {0};
    struct exposure_input in = base();
    in.trust_low = rows[i].trust;
    in.deals_done = rows[i].deals;
    struct exposure_result r = judge(&in, &a);
    assert_int_equal(r.rung, rows[i].rung);
    assert_int_equal(r.step, rows[i].step);
    assert_int_equal(r.value.minor, rows[i].value);
    assert_int_equal(r.customers, rows[i].customers);
  }
}

static void warnings(void **state) {
  (void)state;
  AUTO(arena_release) struct arena a = {0};
  struct exposure_input in = base();
  in.open = 3;
  assert_false(judge(&in, &a).overpromised);
  in.open = 4;
  assert_true(judge(&in, &a).overpromised);
  in.kept = 4;
  assert_false(judge(&in, &a).overpromised);
  in.shared_value = (money){25001, {"EUR"}};
  assert_true(judge(&in, &a).beyond);
  in.customer_treated_badly = TRI_YES;
  assert_int_equal(judge(&in, &a).step, exposure_step_stop);
  expect("exposure", "{\"usual_deal\":{\"amount\":\"1.00\",\"currency\":\"EUR\"}}", "because", "exposure_unknown",
         "unknown/0/pointer", "/trust_low", NULL);
}

// More trust, or more deals done, never lowers a limit; unknown trust never stands above a known one.
static void properties(void **state) {
  (void)state;
  rng_seed(191);
  for (int k = 0; k < CASES; k++) {
    AUTO(arena_release) struct arena a = {0};
    struct exposure_input in = base();
    in.trust_low = 150 + below(851);
    in.deals_done = below(20);
    in.customer_treated_badly = any_tri();
    in.shared_customers = below(200);
    struct exposure_result r = judge(&in, &a);
    struct exposure_input more = in, unknown = in;
    more.trust_low += below(1001 - more.trust_low);
    more.deals_done += below(5);
    struct exposure_result better = judge(&more, &a);
    assert_true(better.value.minor >= r.value.minor && better.customers >= r.customers && better.fields >= r.fields);
    assert_true(r.beyond || !better.beyond);
    unknown.trust_low = SHAPE_NO_INT;
    assert_true(judge(&unknown, &a).value.minor <= r.value.minor);
  }
}

static void bad_input(void **state) {
  (void)state;
  expect_bad("exposure", "{}", "/usual_deal", P_REQUIRED);
  expect_bad(
    "exposure",
    "{\"usual_deal\":{\"amount\":\"1.00\",\"currency\":\"EUR\"},\"shared_value\":{\"amount\":\"1.00\",\"currency\":\"CNY\"}}",
    "/shared_value/currency", P_WRONG_TYPE);
  expect_bad("exposure",
             "{\"usual_deal\":{\"amount\":\"92233720368547758.00\",\"currency\":\"EUR\"},\"trust_low\":1000,\"deals_done\":20}",
             "/usual_deal", P_MONEY_RANGE);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(rungs), cmocka_unit_test(warnings), cmocka_unit_test(properties),
                                     cmocka_unit_test(bad_input)};
  return cmocka_run_group_tests_name("rule_exposure", tests, NULL, NULL);
}
