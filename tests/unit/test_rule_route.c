// SPDX-License-Identifier: Apache-2.0
#include "rules_testing.h"

#include "rules/route.h"

#define ONE(rest)                                                                                                                 \
  "{\"need\":\"fitting\",\"product\":\"Sash\",\"region\":\"Tver\",\"industry\":\"construction\",\"at\":\"2026-11-23T09:00:00Z\"," \
  "\"candidates\":[{\"company\":\"company_b\",\"agreement\":\"agr_1\"" rest "}]}"

static void gates(void **state) {
  (void)state;
  static const struct {
    const char *input, *reason;  // NULL: proposed
  } rows[] = {
    {ONE(",\"active\":\"yes\""), NULL},
    {ONE(",\"active\":\"no\""), "route_not_active"},
    {ONE(""), "route_not_known_active"},
    {ONE(",\"active\":\"yes\",\"active_from\":\"2026-11-24\""), "route_not_yet"},
    {ONE(",\"active\":\"yes\",\"active_from\":\"2026-11-23\",\"active_until\":\"2026-11-23\""), NULL},
    {ONE(",\"active\":\"yes\",\"active_until\":\"2026-11-22\""), "route_ended"},
    {ONE(",\"active\":\"yes\",\"customer_blocked\":\"yes\""), "route_customer_blocked"},
    {ONE(",\"active\":\"yes\",\"rival_here\":\"yes\""), "route_rival_here"},
    {ONE(",\"active\":\"yes\",\"open_leads\":3,\"capacity\":3"), "route_full"},
    {ONE(",\"active\":\"yes\",\"open_leads\":0,\"capacity\":0"), "route_full"},
    {ONE(",\"active\":\"yes\",\"open_leads\":2,\"capacity\":3"), NULL},
    {ONE(",\"active\":\"yes\",\"met\":\"no\",\"answers\":\"no\",\"manager_named\":\"no\",\"gave_first\":\"no\""),
     "route_unwilling"},
    {ONE(",\"active\":\"yes\",\"met\":\"no\",\"answers\":\"no\",\"manager_named\":\"no\""), NULL},
    {ONE(",\"active\":\"yes\",\"needs\":[\"glazing\"]"), "route_need_outside"},
    {ONE(",\"active\":\"yes\",\"needs\":[\"glazing\",\" Fitting \"]"), NULL},
    {ONE(",\"active\":\"yes\",\"products\":[\"Door\"]"), "route_product_outside"},
    {ONE(",\"active\":\"yes\",\"regions\":[\"Omsk\"]"), "route_region_outside"},
    {ONE(",\"active\":\"yes\",\"industries\":[\"retail\"]"), "route_industry_outside"},
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    json_t *t = run_rule("route", rows[i].input);
    size_t proposals = json_array_size(at_path(t, "result/proposals"));
    if (proposals != (rows[i].reason ? 0 : 1)) fail_msg("%s: %zu proposals", rows[i].input, proposals);
    if (rows[i].reason && !has_reason(at_path(t, "result/why_not/0/because"), rows[i].reason))
      fail_msg("%s: no %s", rows[i].input, rows[i].reason);
    json_decref(t);
  }
}

static void willingness_is_a_gate_not_points(void **state) {
  (void)state;
  // Every figure speaks for c, but nobody has seen it willing; b has one sign of it.
  expect(
    "route",
    "{\"need\":\"x\",\"at\":\"2026-11-23T09:00:00Z\",\"candidates\":["
    "{\"company\":\"c\",\"agreement\":\"2\",\"active\":\"yes\",\"needs\":[\"x\"],\"open_leads\":0,\"capacity\":100,\"answered_in_time\":50,\"answer_chances\":50,\"given\":9},"
    "{\"company\":\"b\",\"agreement\":\"1\",\"active\":\"yes\",\"met\":\"yes\",\"open_leads\":9,\"capacity\":10}]}",
    "result/next", "b", "result/proposals/1/class", "unproven", NULL);
}

static void next_after_decline(void **state) {
  (void)state;
#define THREE(tried)                                                                                                                                       \
  "{\"need\":\"x\",\"at\":\"2026-11-23T09:00:00Z\",\"tried\":[" tried "],\"candidates\":["                                                                 \
  "{\"company\":\"c\",\"agreement\":\"3\",\"active\":\"yes\",\"met\":\"yes\"},{\"company\":\"a\",\"agreement\":\"1\",\"active\":\"yes\",\"met\":\"yes\"}," \
  "{\"company\":\"b\",\"agreement\":\"2\",\"active\":\"yes\",\"met\":\"yes\"}]}"
  expect("route", THREE(""), "result/next", "a", "because", "route_tie", NULL);
  expect("route", THREE("\"a\""), "result/next", "b", "because", "route_next_after", NULL);
  expect("route", THREE("\"a\",\"b\""), "result/next", "c", NULL);
  expect("route", THREE("\"a\",\"b\",\"c\""), "result/next", "(none)", "because", "route_nobody", "result/why_not/2/company", "c",
         NULL);
}

static void a_company_once(void **state) {
  (void)state;
  json_t *t = run_rule(
    "route",
    "{\"need\":\"x\",\"at\":\"2026-11-23T09:00:00Z\",\"candidates\":["
    "{\"company\":\"b\",\"agreement\":\"1\",\"active\":\"no\"},{\"company\":\"b\",\"agreement\":\"2\",\"active\":\"yes\",\"needs\":[\"x\"]},"
    "{\"company\":\"b\",\"agreement\":\"3\",\"active\":\"yes\"}]}");
  assert_int_equal(json_array_size(at_path(t, "result/proposals")), 1);
  assert_int_equal(json_array_size(at_path(t, "result/why_not")), 0);
  assert_string_equal(text_at(t, "result/proposals/0/agreement"), "2");
  json_decref(t);
}

static struct route_candidate any_candidate(size_t i, struct arena *a) {
  struct route_candidate c;
  shape_init(&shape_route_candidate, &c);
  c.company = arena_fmt(a, "company_%zu", i);
  c.agreement = arena_fmt(a, "agr_%zu", i);
  c.active = chance(80) ? TRI_YES : any_tri();
  c.met = any_tri();
  c.answers = any_tri();
  c.customer_blocked = chance(10) ? TRI_YES : TRI_NO;
  if (chance(70)) c.capacity = below(10);
  if (chance(70)) c.open_leads = below(10);
  c.answer_chances = below(20);
  c.answered_in_time = below(c.answer_chances + 1);
  c.given = below(10);
  c.received = below(10);
  return c;
}

// Same answer in any order; a better figure never ranks lower; a blocked company never appears.
static void properties(void **state) {
  (void)state;
  rng_seed(21);
  for (int i = 0; i < CASES; i++) {
    AUTO(arena_release) struct arena a = {0};
    struct route_candidate list[8];
    struct route_input in;
    struct route_result r, again, better;
    shape_init(&shape_route_input, &in);
    in.need = S("x");
    in.candidates = list;
    in.n_candidates = 1 + (size_t)below(8);
    for (size_t k = 0; k < in.n_candidates; k++) list[k] = any_candidate(k, &a);
    assert_int_equal(rule_route(&in, &a, NULL, &r), ERR_OK);
    assert_int_equal(r.n_proposals + r.n_why_not, in.n_candidates);
    shuffle(list, in.n_candidates, sizeof list[0]);
    assert_int_equal(rule_route(&in, &a, NULL, &again), ERR_OK);
    assert_int_equal(again.n_proposals, r.n_proposals);
    for (size_t k = 0; k < r.n_proposals; k++) {
      assert_true(str_eq(r.proposals[k].company, again.proposals[k].company));
      for (size_t m = 0; m < in.n_candidates; m++)
        if (str_eq(list[m].company, r.proposals[k].company))
          assert_true(list[m].customer_blocked != TRI_YES && list[m].active == TRI_YES);
    }
    if (!r.n_proposals) continue;
    // The first choice answers one more lead in time: it stays first.
    for (size_t m = 0; m < in.n_candidates; m++)
      if (str_eq(list[m].company, r.next)) {
        list[m].answered_in_time++;
        list[m].answer_chances++;
        list[m].given++;
      }
    assert_int_equal(rule_route(&in, &a, NULL, &better), ERR_OK);
    assert_true(str_eq(better.next, r.next));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(gates),
    cmocka_unit_test(willingness_is_a_gate_not_points),
    cmocka_unit_test(next_after_decline),
    cmocka_unit_test(a_company_once),
    cmocka_unit_test(properties),
  };
  return cmocka_run_group_tests_name("rule_route", tests, NULL, NULL);
}
