// SPDX-License-Identifier: Apache-2.0
#include "rules_testing.h"

#include "rules/relation.h"

static struct relation_input fine(void) {
  struct relation_input in;
  shape_init(&shape_relation_input, &in);
  in.today = 20000;
  in.last_contact = in.last_step = in.last_lead = 19990;
  in.leads_given = 12;
  in.leads_got = 9;
  in.answers = in.promises = 20;
  in.answers_late = in.promises_broken = in.overdue_payments = in.disputed_payments = in.oldest_incident_days =
    in.customers_mistreated = in.share_lag_days = 0;
  return in;
}
static struct relation_result judge(const struct relation_input *in, struct arena *a) {
  struct relation_result r;
  assert_int_equal(rule_relation(in, a, NULL, &r), ERR_OK);
  return r;
}

static void rows(void **state) {
  (void)state;
  AUTO(arena_release) struct arena a = {0};
  struct relation_input in = fine();
  assert_int_equal(judge(&in, &a).health, relation_health_healthy);
#define ROW(field, value, sign_, weight_)                  \
  do {                                                     \
    in = fine();                                           \
    in.field = value;                                      \
    struct relation_result r = judge(&in, &a);             \
    assert_int_equal(r.n_signs, weight_ ? 1 : 0);          \
    assert_int_equal(r.points, weight_);                   \
    if (weight_) assert_int_equal(r.signs[0].sign, sign_); \
  } while (0)
  ROW(customers_mistreated, 1, relation_sign_customer_mistreated, 3);
  ROW(promises_broken, 4, relation_sign_promises_broken, 0);
  ROW(promises_broken, 5, relation_sign_promises_broken, 3);
  ROW(disputed_payments, 1, relation_sign_money_disputed, 2);
  ROW(overdue_payments, 1, relation_sign_money_overdue, 2);
  ROW(oldest_incident_days, 30, relation_sign_incident_old, 0);
  ROW(oldest_incident_days, 31, relation_sign_incident_old, 2);
  ROW(last_contact, 19970, relation_sign_rhythm_missed, 0);
  ROW(last_contact, 19969, relation_sign_rhythm_missed, 1);
  ROW(last_contact, 19939, relation_sign_rhythm_missed, 2);
  ROW(answers_late, 5, relation_sign_answers_late, 0);
  ROW(answers_late, 6, relation_sign_answers_late, 1);
  ROW(leads_given, 45, relation_sign_one_sided, 0);
  ROW(leads_given, 46, relation_sign_one_sided, 1);
  ROW(share_lag_days, 7, relation_sign_hoarding, 0);
  ROW(share_lag_days, 8, relation_sign_hoarding, 1);
  in = fine();
  in.customers_mistreated = in.overdue_payments = 1;
  assert_int_equal(judge(&in, &a).health, relation_health_strained);
  in = fine();
  in.last_contact = in.last_step = in.last_lead = 19909;
  assert_int_equal(judge(&in, &a).health, relation_health_title_only);
  in.last_lead = 19910;
  assert_int_not_equal(judge(&in, &a).health, relation_health_title_only);
  expect("relation", "{\"today\":\"2026-11-20\"}", "result/health", "unproven", "because", "relation_not_enough", NULL);
}

// Forgetting a figure never makes a partnership healthy; a worse figure never makes it better.
static void properties(void **state) {
  (void)state;
  rng_seed(211);
  for (int k = 0; k < CASES; k++) {
    AUTO(arena_release) struct arena a = {0};
    struct relation_input in = fine();
    in.last_contact = 20000 - (uday)below(120);
    in.last_step = in.last_lead = 20000 - (uday)below(120);
    in.leads_given = below(40);
    in.leads_got = below(40);
    in.answers_late = below(20);
    in.promises_broken = below(10);
    in.overdue_payments = below(2);
    in.disputed_payments = below(2);
    in.customers_mistreated = below(2);
    in.oldest_incident_days = below(60);
    in.share_lag_days = below(15);
    struct relation_result r = judge(&in, &a);
    struct relation_input worse = in, less = in;
    int64_t *figures[] = {&worse.answers_late,      &worse.promises_broken,      &worse.overdue_payments,
                          &worse.disputed_payments, &worse.customers_mistreated, &worse.oldest_incident_days,
                          &worse.share_lag_days};
    size_t which = (size_t)below(7);
    if (which != 0 || in.answers_late < 20) (*figures[which])++;
    assert_true(judge(&worse, &a).points >= r.points);
    int64_t *forgotten[] = {&less.answers,
                            &less.promises,
                            &less.overdue_payments,
                            &less.disputed_payments,
                            &less.customers_mistreated,
                            &less.oldest_incident_days,
                            &less.share_lag_days,
                            &less.leads_got};
    for (int i = 0; i < 8; i++)
      if (chance(70)) *forgotten[i] = SHAPE_NO_INT;
    struct relation_result known_less = judge(&less, &a);
    assert_true(known_less.points <= r.points);
    if (r.points) assert_true(known_less.health != relation_health_healthy || known_less.points == 0);
    assert_int_equal(judge(&in, &a).points, r.points);
  }
}

static void bad_input(void **state) {
  (void)state;
  expect_bad("relation", "{}", "/today", P_REQUIRED);
  expect_bad("relation", "{\"today\":\"2026-11-20\",\"answers\":1,\"answers_late\":2}", "/answers_late", P_WRONG_TYPE);
  expect_bad("relation", "{\"today\":\"2026-11-20\",\"promises\":1,\"promises_broken\":2}", "/promises_broken", P_WRONG_TYPE);
  expect_bad("relation", "{\"today\":\"2026-11-20\",\"last_contact\":\"2026-11-21\"}", "/last_contact", P_WRONG_TYPE);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(rows), cmocka_unit_test(properties), cmocka_unit_test(bad_input)};
  return cmocka_run_group_tests_name("rule_relation", tests, NULL, NULL);
}
