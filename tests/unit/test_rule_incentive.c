// SPDX-License-Identifier: Apache-2.0
#include "rules_testing.h"

#include "rules/incentive.h"

#define EUR(x) "{\"amount\":\"" x "\",\"currency\":\"EUR\"}"
#define PAY(reward)                                                                  \
  "{\"reward\":" EUR(reward) ",\"success\":\"1/2\",\"minutes\":30,\"own_pay\":" EUR( \
    "100.00") ",\"own_success\":\"1/2\",\"own_minutes\":60}"

static void levels(void **state) {
  (void)state;
  expect("incentive", PAY("9.99"), "result/level", "will_not_move", "result/fine_from/amount", "10.00", "result/fine_to/amount",
         "50.00", NULL);
  expect("incentive", PAY("10.00"), "result/level", "fine", NULL);
  expect("incentive", PAY("50.00"), "result/level", "fine", NULL);
  expect("incentive", PAY("50.01"), "result/level", "will_drain", NULL);
  expect("incentive", "{\"reward\":" EUR("1.00") "}", "result/level", "unknown", "unknown/0/pointer", "/success", NULL);
  expect("incentive",
         "{\"reward\":" EUR("1.00") ",\"success\":\"1/2\",\"minutes\":30,\"own_pay\":" EUR(
           "0.00") ",\"own_success\":\"1/2\",\"own_minutes\":60}",
         "result/level", "unknown", "because", "incentive_nothing_to_compare", NULL);
  expect_bad("incentive", "{\"reward\":" EUR("1.00") ",\"own_pay\":{\"amount\":\"1\",\"currency\":\"JPY\"}}", "/own_pay",
             P_WRONG_TYPE);
}

// The range it names is exactly the fine one, and a higher reward never moves less.
static void range_is_exact(void **state) {
  (void)state;
  rng_seed(151);
  for (int i = 0; i < CASES; i++) {
    AUTO(arena_release) struct arena a = {0};
    struct incentive_input in;
    struct incentive_result r, edge;
    currency eur = {"EUR"};
    shape_init(&shape_incentive_input, &in);
    in.reward = (money){below(100000), eur};
    in.success = (ratio){1 + below(99), 100};
    in.minutes = 1 + below(500);
    in.own_pay = (money){1 + below(100000), eur};
    in.own_success = (ratio){1 + below(99), 100};
    in.own_minutes = 1 + below(500);
    assert_int_equal(rule_incentive(&in, &a, NULL, &r), ERR_OK);
    bool inside = in.reward.minor >= r.fine_from.minor && in.reward.minor <= r.fine_to.minor;
    assert_int_equal(inside, r.level == incentive_level_fine);
    in.reward.minor += below(1000);
    assert_int_equal(rule_incentive(&in, &a, NULL, &edge), ERR_OK);
    assert_true(edge.level >= r.level);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(levels), cmocka_unit_test(range_is_exact)};
  return cmocka_run_group_tests_name("rule_incentive", tests, NULL, NULL);
}
