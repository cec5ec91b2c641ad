// SPDX-License-Identifier: Apache-2.0
#include "rules_testing.h"

#include "rules/fit.h"

#define BOTH \
  "\"contributions\":[{\"what\":\"customer_value\",\"to\":\"us\",\"valued\":\"yes\"},{\"what\":\"new_customers\",\"to\":\"them\",\"valued\":\"yes\"}]"
#define GATES "\"met\":\"yes\",\"treats_customer\":\"yes\"," BOTH
#define PARTNER \
  GATES         \
  ",\"own_business\":\"yes\",\"own_product\":\"yes\",\"in_process\":\"yes\",\"sells_ours_mainly\":\"no\",\"our_share_of_sales\":\"1/10\""

static void classes(void **state) {
  (void)state;
  static const struct {
    const char *input, *class, *reason;
  } rows[] = {
    // Windows and the fitter.
    {"{" PARTNER ",\"sales_examined\":100,\"asked\":60,\"lost\":5}", "lasting_programme", "fit_helps_sell_ours"},
    {"{" PARTNER ",\"sales_examined\":100,\"asked\":10,\"lost\":1}", "lasting_programme", "fit_helps_sell_ours"},
    {"{" PARTNER ",\"sales_examined\":100,\"asked\":9,\"lost\":9}", "deal_by_deal", "fit_not_asked_for"},
    {"{" PARTNER ",\"sales_examined\":100,\"asked\":60,\"lost\":0}", "deal_by_deal", "fit_not_asked_for"},
    {"{" PARTNER "}", "deal_by_deal", "fit_demand_unknown"},
    // The trained phrase, "do you do fitting?": the unknown demand of the row above becomes a measured one.
    {"{" PARTNER ",\"sales_examined\":40,\"asked\":22,\"lost\":6}", "lasting_programme", "fit_helps_sell_ours"},
    // Windows and doors: the same audience only.
    {"{" PARTNER ",\"same_audience_only\":\"yes\",\"sales_examined\":100,\"asked\":60,\"lost\":5}", "referral",
     "fit_same_audience"},
    // Two owners of neighbouring stalls.
    {"{" PARTNER ",\"same_audience_only\":\"yes\",\"owners_next_door\":\"yes\"}", "lasting_programme", "fit_neighbours"},
    {"{" GATES ",\"own_product\":\"no\"}", "referral", "fit_referrer"},
    {"{" GATES ",\"sells_ours_mainly\":\"yes\"}", "agent", "fit_agent"},
    {"{" GATES ",\"our_share_of_sales\":\"51/100\"}", "agent", "fit_agent"},
    {"{\"treats_customer\":\"yes\"," BOTH "}", "able_unproven", "fit_willingness_unseen"},
    {"{\"met\":\"yes\"," BOTH "}", "able_unproven", "fit_treatment_unknown"},
    {"{\"met\":\"yes\",\"treats_customer\":\"yes\"}", "able_unproven", "fit_value_unknown"},
    {"{\"met\":\"no\",\"answers\":\"no\",\"manager_named\":\"no\",\"gave_first\":\"no\",\"treats_customer\":\"yes\"," BOTH "}",
     "no", "fit_unwilling"},
    {"{\"met\":\"yes\",\"treats_customer\":\"no\"," BOTH "}", "no", "fit_customer_treated_badly"},
    {"{" GATES ",\"customers_asked\":10,\"customers_unhappy\":2}", "no", "fit_customer_treated_badly"},
    {"{\"met\":\"yes\",\"treats_customer\":\"yes\",\"contributions\":[{\"what\":\"customer_value\",\"to\":\"us\",\"valued\":\"yes\"},{\"what\":\"innovation\",\"to\":\"them\",\"valued\":\"no\"}]}",
     "no", "fit_one_sided"},
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++)
    expect("fit", rows[i].input, "result/class", rows[i].class, "because", rows[i].reason, NULL);
  // Exactly half is not more than half.
  expect(
    "fit",
    "{" GATES
    ",\"own_business\":\"yes\",\"own_product\":\"yes\",\"in_process\":\"yes\",\"sells_ours_mainly\":\"no\",\"our_share_of_sales\":\"1/2\",\"sales_examined\":10,\"asked\":5,\"lost\":1}",
    "result/class", "lasting_programme", NULL);
}

static void flags(void **state) {
  (void)state;
#define EUR(x) "{\"amount\":\"" x "\",\"currency\":\"EUR\"}"
  expect("fit", "{\"our_sales\":" EUR("10.00") ",\"their_sales\":" EUR("100.00") "}", "result/unlike_size", "true", NULL);
  expect("fit", "{\"our_sales\":" EUR("10.00") ",\"their_sales\":" EUR("99.99") "}", "result/unlike_size", "false", NULL);
  // Ten leads against a hundred.
  expect("fit", JSON_TEXT({"our_leads" : 100, "their_leads" : 10}), "result/unlike_volume", "true", NULL);
  expect("fit", JSON_TEXT({"our_answer_hours" : 2, "their_answer_hours" : 20}), "result/unlike_pace", "true", NULL);
  expect_bad("fit", JSON_TEXT({"sales_examined" : 1, "asked" : 2}), "/asked", P_OUT_OF_RANGE);
  expect_bad("fit", JSON_TEXT({"asked" : 1, "lost" : 2}), "/lost", P_OUT_OF_RANGE);
}

// No points compensate a gate; a contribution the receiver does not value changes nothing; hiding a sign never lifts the class.
static void properties(void **state) {
  (void)state;
  static const int order[fit_class_COUNT] = {[fit_class_lasting_programme] = 5, [fit_class_deal_by_deal] = 4,
                                             [fit_class_referral] = 3,          [fit_class_agent] = 3,
                                             [fit_class_able_unproven] = 2,     [fit_class_no] = 0};
  rng_seed(111);
  for (int i = 0; i < CASES; i++) {
    AUTO(arena_release) struct arena a = {0};
    struct fit_input in;
    struct fit_result r, more, blind;
    struct fit_contribution list[9];
    shape_init(&shape_fit_input, &in);
    enum tristate *signs[] = {&in.met,          &in.answers,     &in.manager_named, &in.gave_first, &in.treats_customer,
                              &in.own_business, &in.own_product, &in.in_process};
    for (size_t k = 0; k < ARRAY_LEN(signs); k++) *signs[k] = any_tri();
    in.contributions = list;
    in.n_contributions = (size_t)below(8);
    for (size_t k = 0; k < in.n_contributions; k++)
      list[k] = (struct fit_contribution){(int)below(complement_COUNT), (int)below(2), any_tri()};
    in.trust_low = (ratio){below(100), 100};
    assert_int_equal(rule_fit(&in, &a, NULL, &r), ERR_OK);
    if (r.willing != TRI_YES || r.treats_customer != TRI_YES || r.both_gain != TRI_YES)
      assert_true(r.class == fit_class_no || r.class == fit_class_agent || r.class == fit_class_able_unproven);
    list[in.n_contributions] = (struct fit_contribution){(int)below(complement_COUNT), (int)below(2), TRI_NO};
    in.n_contributions++;
    assert_int_equal(rule_fit(&in, &a, NULL, &more), ERR_OK);
    assert_int_equal(more.score, r.score);
    in.n_contributions--;
    enum tristate *t = signs[below(5)];
    if (*t != TRI_YES) continue;
    *t = TRI_UNKNOWN;
    assert_int_equal(rule_fit(&in, &a, NULL, &blind), ERR_OK);
    assert_true(order[blind.class] <= order[r.class]);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(classes), cmocka_unit_test(flags), cmocka_unit_test(properties)};
  return cmocka_run_group_tests_name("rule_fit", tests, NULL, NULL);
}
