// SPDX-License-Identifier: Apache-2.0
#include "rules_testing.h"

#include <math.h>

#include "rules/chain.h"

static void every_link(void **state) {
  (void)state;
  static const struct {
    const char *input, *link, *alarm;
    int index;
  } rows[] = {
    {JSON_TEXT({"sent" : 100, "opened" : 94}), "went", "yes", 0},
    {JSON_TEXT({"sent" : 100, "opened" : 95}), "went", "no", 0},
    {JSON_TEXT({"sent" : 100, "opened" : 100, "reached" : 69}), "arrived", "yes", 1},
    {JSON_TEXT({"sent" : 100, "opened" : 100, "reached" : 70}), "arrived", "no", 1},
    {JSON_TEXT({"sent" : 1, "reached" : 10, "bought" : 2, "own_rate" : "21/100"}), "bought", "yes", 2},
    {JSON_TEXT({"sent" : 1, "reached" : 10, "bought" : 2, "own_rate" : "1/5"}), "bought", "no", 2},
    {JSON_TEXT({"sent" : 1, "reached" : 10, "bought" : 2}), "bought", "unknown", 2},
    {JSON_TEXT({"sent" : 1, "due" : 4, "paid" : 3, "overdue" : 0}), "company_paid", "no", 3},
    {JSON_TEXT({"sent" : 1, "due" : 4, "paid" : 3, "overdue" : 1}), "company_paid", "yes", 3},
    {JSON_TEXT({"sent" : 1, "person_due" : 4, "person_paid" : 3}), "person_got_it", "yes", 4},
    {JSON_TEXT({"sent" : 1, "person_due" : 4, "person_paid" : 4}), "person_got_it", "no", 4},
    {JSON_TEXT({"sent" : 1, "worth" : "19/100"}), "worth_it", "yes", 5},
    {JSON_TEXT({"sent" : 1, "worth" : "1/5"}), "worth_it", "no", 5},
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    char link[40], alarm[40];
    (void)snprintf(link, sizeof link, "result/links/%d/link", rows[i].index);
    (void)snprintf(alarm, sizeof alarm, "result/links/%d/alarm", rows[i].index);
    expect("chain", rows[i].input, link, rows[i].link, alarm, rows[i].alarm, NULL);
  }
  expect_bad("chain", JSON_TEXT({"sent" : 1, "opened" : 2}), "/opened", P_OUT_OF_RANGE);
  expect("chain", JSON_TEXT({"sent" : 0}), "because", "chain_nothing", NULL);
}

// The weakest link is no stronger, against its floor, than any other; reach is the product of the rates.
static void weakest(void **state) {
  (void)state;
  rng_seed(141);
  for (int i = 0; i < CASES; i++) {
    AUTO(arena_release) struct arena a = {0};
    struct chain_input in;
    struct chain_result r;
    shape_init(&shape_chain_input, &in);
    in.sent = 1 + below(1000);
    in.opened = below(in.sent + 1);
    in.reached = below(in.opened + 1);
    in.bought = below(in.reached + 1);
    in.own_rate = (ratio){1 + below(99), 100};
    in.due = below(100);
    in.paid = below(in.due + 1);
    if (chance(50)) in.worth = (ratio){below(200), 100};
    assert_int_equal(rule_chain(&in, &a, NULL, &r), ERR_OK);
    double reach = 1, least = INFINITY, found = INFINITY;
    for (size_t k = 0; k < r.n_links; k++) {
      if (!r.links[k].rate.den) continue;
      double rate = (double)r.links[k].rate.num / (double)r.links[k].rate.den,
             part = rate / ((double)r.links[k].floor.num / (double)r.links[k].floor.den);
      if (r.links[k].link != lead_link_worth_it) reach *= rate;
      if (part < least) least = part;
      if (r.links[k].link == r.weakest) found = part;
    }
    assert_true(found <= least + 1e-9);
    assert_true(fabs(reach - r.reach) < 1e-9);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_link), cmocka_unit_test(weakest)};
  return cmocka_run_group_tests_name("rule_chain", tests, NULL, NULL);
}
