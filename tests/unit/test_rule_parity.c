// SPDX-License-Identifier: Apache-2.0
#include "rules_testing.h"

#include "rules/parity.h"

#define SIDES(us, them) "{\"us\":{\"company\":\"a\"," us "},\"them\":{\"company\":\"b\"," them "}}"

static void states(void **state) {
  (void)state;
  expect("parity", SIDES("\"warmed\":10", "\"warmed\":10"), "result/state", "balanced", "result/owes", "(none)", NULL);
  expect("parity", SIDES("\"warmed\":30", "\"warmed\":10"), "result/state", "lopsided", "result/owes", "b", NULL);
  expect("parity", SIDES("\"warmed\":29", "\"warmed\":10"), "result/state", "balanced", "result/owes", "b", NULL);
  expect("parity", SIDES("\"warmed\":5", "\"warmed\":0"), "result/state", "lopsided", NULL);
  expect("parity", SIDES("\"warmed\":2", "\"warmed\":2"), "result/state", "too_few", NULL);
  // Outcomes weigh more than numbers.
  expect("parity", SIDES("\"warmed\":20", "\"warmed\":6,\"reached\":6,\"qualified\":6,\"won\":3"), "result/state", "balanced",
         "result/owes", "a", NULL);
  // Names nobody warmed do not count.
  expect("parity", SIDES("\"warmed\":5,\"cold\":500", "\"warmed\":5"), "result/state", "balanced", "because", "parity_cold",
         NULL);
  // Ten against a hundred: overload, no reproach.
  expect("parity", SIDES("\"warmed\":100", "\"warmed\":10,\"capacity\":30"), "result/state", "overload", "result/overloaded", "b",
         "because", "parity_overload", NULL);
  expect("parity", SIDES("\"warmed\":100", "\"warmed\":10"), "unknown/1/pointer", "/them/capacity", NULL);
  expect_bad("parity", SIDES("\"warmed\":1,\"reached\":2", "\"warmed\":1"), "/us/reached", P_OUT_OF_RANGE);
  expect_bad("parity", SIDES("\"warmed\":3,\"reached\":2,\"qualified\":1,\"won\":2", "\"warmed\":1"), "/us/won", P_OUT_OF_RANGE);
}

// Seen from the other side it is the same; cold names change nothing.
static void symmetric(void **state) {
  (void)state;
  rng_seed(131);
  for (int i = 0; i < CASES; i++) {
    AUTO(arena_release) struct arena a = {0};
    struct parity_side s[2];
    struct parity_result r, mirror;
    for (int k = 0; k < 2; k++) {
      shape_init(&shape_parity_side, &s[k]);
      s[k].company = k ? S("b") : S("a");
      s[k].warmed = below(100);
      s[k].reached = below(s[k].warmed + 1);
      s[k].qualified = below(s[k].reached + 1);
      s[k].won = below(s[k].qualified + 1);
      if (chance(50)) s[k].capacity = below(100);
    }
    struct parity_input in = {&s[0], &s[1]}, other = {&s[1], &s[0]};
    assert_int_equal(rule_parity(&in, &a, NULL, &r), ERR_OK);
    s[0].cold += below(50);
    assert_int_equal(rule_parity(&other, &a, NULL, &mirror), ERR_OK);
    assert_int_equal(r.state, mirror.state);
    assert_int_equal(r.weight_us, mirror.weight_them);
    assert_int_equal(r.overflow, mirror.overflow);
    assert_true(str_eq(r.owes, mirror.owes));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(states), cmocka_unit_test(symmetric)};
  return cmocka_run_group_tests_name("rule_parity", tests, NULL, NULL);
}
