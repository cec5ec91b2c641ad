// SPDX-License-Identifier: Apache-2.0
#include "rules_testing.h"

#include "rules/key_account.h"

#define EUR(x) "{\"amount\":\"" x "\",\"currency\":\"EUR\"}"
#define PERIOD(r, c) "{\"revenue\":" EUR(r) ",\"cost\":" EUR(c) "}"
#define FLOORS "\"revenue_floor\":" EUR("50.00") ",\"total_potential\":" EUR("300.00")
#define PAYS "\"credit_sound\":\"yes\",\"payments\":10,\"payments_late\":1"
#define OPEN "\"tells_goals\":\"yes\",\"takes_ideas\":\"yes\""

static void rows(void **state) {
  (void)state;
  static const struct {
    const char *input, *verdict, *tier;
  } cases[] = {
    {"{\"periods\":[" PERIOD("90.00", "70.00") "," PERIOD("100.00", "70.00") "]," FLOORS "," PAYS "," OPEN "}", "key", "a"},
    // Below the floor but with potential: B.
    {"{\"periods\":[" PERIOD("9.00", "7.00") "," PERIOD("10.00", "7.00") "]," FLOORS "," PAYS "," OPEN "}", "key", "b"},
    // The big buyer below cost who pays late.
    {"{\"periods\":[" PERIOD("900.00", "901.00") "," PERIOD("1000.00", "1000.00") "]," FLOORS "," PAYS "," OPEN "}", "not_key",
     "c"},
    {"{\"periods\":[" PERIOD("90.00", "70.00") "," PERIOD(
       "100.00", "70.00") "]," FLOORS ",\"credit_sound\":\"yes\",\"payments\":10,\"payments_late\":5," OPEN "}",
     "not_key", "c"},
    // No cost and no payments, as in the shared trading data: not yet known.
    {"{\"periods\":[{\"revenue\":" EUR("90.00") "},{\"revenue\":" EUR("100.00") "}]," FLOORS "," OPEN "}", "unknown", "c"},
    {"{\"periods\":[" PERIOD("90.00", "70.00") "," PERIOD("100.00", "70.00") "]," FLOORS ",\"credit_sound\":\"yes\"," OPEN "}",
     "unknown", "c"},
    // Not enough can come any more.
    {"{\"periods\":[" PERIOD("9.00", "8.00") "," PERIOD("8.00", "8.00") "]," FLOORS
                                                                        ",\"credit_sound\":\"no\",\"tells_goals\":\"no\"}",
     "not_key", "c"},
    {"{}", "unknown", "c"},
  };
  for (size_t i = 0; i < ARRAY_LEN(cases); i++)
    expect("key_account", cases[i].input, "result/verdict", cases[i].verdict, "result/tier", cases[i].tier, NULL);
  expect("key_account", cases[0].input, "result/purpose", "grow", NULL);
  expect("key_account", cases[2].input, "because", "key_below_cost", NULL);
  expect("key_account", cases[3].input, "because", "key_pays_late", NULL);
}

static void grow_or_protect(void **state) {
  (void)state;
#define WALLET(total)                                                                                 \
  "{\"periods\":[" PERIOD("90.00", "50.00") "," PERIOD("110.00", "50.00") "],\"revenue_floor\":" EUR( \
    "50.00") ",\"total_potential\":" EUR(total) "," PAYS "," OPEN "}"
  expect("key_account", WALLET("120.00"), "result/purpose", "protect", "result/share_of_wallet", "5/6", "result/checks/3/met",
         "no", NULL);
  expect("key_account", WALLET("1000.00"), "result/purpose", "grow", "result/checks/3/met", "yes", NULL);
  expect("key_account", WALLET("50.00"), "result/share_of_wallet", "1", NULL);
}

static void contradictions(void **state) {
  (void)state;
  expect_bad("key_account", "{\"periods\":[" PERIOD("1.00", "1.00") ",{\"revenue\":{\"amount\":\"1\",\"currency\":\"JPY\"}}]}",
             "/periods/1", P_WRONG_TYPE);
  expect_bad("key_account",
             "{\"periods\":[" PERIOD("1.00", "1.00") "],\"revenue_floor\":{\"amount\":\"1\",\"currency\":\"JPY\"}}",
             "/revenue_floor", P_WRONG_TYPE);
  expect_bad("key_account", "{\"payments\":1,\"payments_late\":2}", "/payments_late", P_OUT_OF_RANGE);
}

static struct key_account_input any_account(struct key_period *periods) {
  currency eur = {"EUR"};
  struct key_account_input in;
  shape_init(&shape_key_account_input, &in);
  in.periods = periods;
  in.n_periods = (size_t)below(5);
  for (size_t i = 0; i < in.n_periods; i++) {
    shape_init(&shape_key_period, &periods[i]);
    periods[i].revenue = (money){1 + below(100000), eur};
    if (chance(90)) periods[i].cost = (money){below(90000), eur};
  }
  if (chance(80)) in.revenue_floor = (money){below(50000), eur};
  if (chance(80)) in.total_potential = (money){below(300000), eur};
  in.credit_sound = any_tri();
  if (chance(80)) {
    in.payments = 1 + below(20);
    in.payments_late = below(in.payments + 1);
  }
  in.tells_goals = any_tri();
  in.takes_ideas = any_tri();
  return in;
}

// Neither below cost nor late is ever key, whatever else holds; hiding a judgement never makes an account key.
static void properties(void **state) {
  (void)state;
  rng_seed(91);
  for (int i = 0; i < CASES; i++) {
    AUTO(arena_release) struct arena a = {0};
    struct key_period periods[5];
    struct key_account_input in = any_account(periods);
    struct key_account_result r, blind;
    assert_int_equal(rule_key_account(&in, &a, NULL, &r), ERR_OK);
    int64_t revenue = 0, cost = 0;
    bool known = in.n_periods > 0;
    for (size_t k = 0; k < in.n_periods; k++) {
      revenue += periods[k].revenue.minor;
      cost += periods[k].cost.minor;
      known = known && periods[k].cost.cur.code[0];
    }
    bool late = in.payments != SHAPE_NO_INT && in.payments_late * 2 >= in.payments;
    if ((known && cost > revenue) || late) assert_int_equal(r.verdict, key_verdict_not_key);
    if (!known || in.payments == SHAPE_NO_INT) assert_int_not_equal(r.verdict, key_verdict_key);
    switch (below(4)) {
    case 0: in.tells_goals = TRI_UNKNOWN; break;
    case 1: in.takes_ideas = TRI_UNKNOWN; break;
    case 2: in.credit_sound = TRI_UNKNOWN; break;
    default: in.payments = SHAPE_NO_INT;
    }
    assert_int_equal(rule_key_account(&in, &a, NULL, &blind), ERR_OK);
    assert_true(blind.met <= r.met);
    if (blind.verdict == key_verdict_key) assert_int_equal(r.verdict, key_verdict_key);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(rows), cmocka_unit_test(grow_or_protect), cmocka_unit_test(contradictions),
                                     cmocka_unit_test(properties)};
  return cmocka_run_group_tests_name("rule_key_account", tests, NULL, NULL);
}
