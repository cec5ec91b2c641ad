// SPDX-License-Identifier: Apache-2.0
#include "rules_testing.h"

#include "rules/supporter.h"

static struct fact said(enum tristate v) {
  return (struct fact){v, evidence_basis_told, evidence_status_confirmed, S("Ms. Orlova"), SHAPE_NO_DATE};
}
static struct supporter_result judge(const struct supporter_input *in, struct arena *a) {
  struct supporter_result r;
  assert_int_equal(rule_supporter(in, a, NULL, &r), ERR_OK);
  return r;
}
static bool has_role(const struct supporter_result *r, int role) {
  for (size_t i = 0; i < r->n_roles; i++)
    if (r->roles[i] == role) return true;
  return false;
}

static enum tristate both(enum tristate a, enum tristate b) {
  return a == TRI_NO || b == TRI_NO ? TRI_NO : a == TRI_YES && b == TRI_YES ? TRI_YES : TRI_UNKNOWN;
}

// All 3^7 combinations of E S U P W A T against the three definitions and the table of the coach.
static void every_combination(void **state) {
  (void)state;
  for (int n = 0; n < 2187; n++) {
    AUTO(arena_release) struct arena a = {0};
    enum tristate v[7];
    for (int k = 0, m = n; k < 7; k++, m /= 3) v[k] = (enum tristate)(m % 3);
    struct supporter_input in;
    shape_init(&shape_supporter_input, &in);
    in.sees = said(v[0]);
    in.shares = said(v[1]);
    in.not_public = said(v[2]);
    in.power = said(v[3]);
    in.wants_us = said(v[4]);
    in.ability = said(v[5]);
    in.trusted = said(v[6]);
    struct supporter_result r = judge(&in, &a);
    assert_int_equal(r.insider, both(v[0], v[1]));
    assert_int_equal(r.insider_worth, both(both(v[0], v[1]), v[2]));
    assert_int_equal(r.sponsor, both(v[3], v[4]));
    assert_int_equal(r.coach, both(both(v[5], v[6]), v[4]));
    assert_int_equal(r.n_roles, (r.insider == TRI_YES) + (r.sponsor == TRI_YES) + (r.coach == TRI_YES));
    bool open = v[4] == TRI_UNKNOWN || v[5] == TRI_UNKNOWN || v[6] == TRI_UNKNOWN;
    assert_int_equal(r.question >= 0, open);
    if (open) assert_int_equal(r.coach_state, coach_state_undetermined);
  }
}

#define YES "{\"value\":\"yes\",\"basis\":\"told\",\"on\":\"2026-10-01\"}"
#define NO "{\"value\":\"no\",\"basis\":\"told\"}"
#define ATW(a, t, w, rest) "{\"ability\":" a ",\"trusted\":" t ",\"wants_us\":" w rest "}"

static void coach_table(void **state) {
  (void)state;
  static const struct {
    const char *input, *coach_state, *reason;
  } rows[] = {
    {ATW(YES, YES, YES, ""), "ready", "supporter_ready"},
    {ATW(YES, YES, YES, ",\"plans\":" YES), "at_work", "supporter_at_work"},
    {ATW(NO, YES, YES, ""), "candidate", "supporter_prove_ability"},
    {ATW(YES, NO, YES, ""), "well_wisher", "supporter_no_standing"},
    {ATW(YES, YES, NO, ""), "expert", "supporter_personal_gain"},
    {ATW(NO, NO, YES, ""), "friend", "supporter_friend"},
    {ATW(NO, YES, NO, ""), "unmoved", "supporter_personal_need"},
    {ATW(YES, NO, NO, ""), "admirer", "supporter_admirer"},
    {ATW(NO, NO, NO, ""), "none", "supporter_none"},
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++)
    expect("supporter", rows[i].input, "result/coach_state", rows[i].coach_state, "because", rows[i].reason, NULL);
  expect("supporter", ATW(YES, YES, YES, ""), "result/ask_service", "verifies", NULL);
  expect("supporter", ATW(YES, YES, YES, ",\"verifies\":" YES ",\"reports\":" YES), "result/ask_service", "plans", NULL);
}

static void no_evidence(void **state) {
  (void)state;
  // Last deal's coach: the facts are older than this deal.
  expect("supporter", ATW(YES, YES, YES, ",\"deal_since\":\"2026-10-02\",\"past_coach\":\"yes\""), "result/coach", "unknown",
         "because", "supporter_past_coach", NULL);
  // And may be shown again.
  expect("supporter", ATW(YES, YES, YES, ",\"deal_since\":\"2026-10-01\",\"past_coach\":\"yes\""), "result/coach", "yes", NULL);
  expect("supporter", "{\"friend\":\"yes\"}", "result/coach", "unknown", "because", "supporter_not_by_friendship", NULL);
  expect("supporter", ATW(YES, YES, YES, ",\"public_source\":\"yes\""), "result/coach", "no", "result/coach_state", "ruled_out",
         NULL);
  expect("supporter", ATW(YES, YES, YES, ",\"own_success\":" YES), "result/coach", "unknown", "because",
         "supporter_inside_seller", NULL);
  expect("supporter", ATW(YES, YES, YES, ",\"own_success\":" YES ",\"beyond_own_gain\":\"yes\""), "result/coach", "yes", NULL);
  expect("supporter", ATW("{\"value\":\"yes\",\"basis\":\"inferred\"}", YES, YES, ""), "result/coach", "unknown",
         "result/question", "ability", NULL);
  expect("supporter", ATW("{\"value\":\"yes\",\"status\":\"contradicted\"}", YES, YES, ""), "result/coach", "unknown", NULL);
}

static void stories(void **state) {
  (void)state;
  // The doorman: no power at all, sees who comes and says so.
  expect("supporter", "{\"sees\":" YES ",\"shares\":" YES ",\"not_public\":" YES ",\"power\":" NO "}", "result/roles/0",
         "insider", "result/insider_worth", "yes", "result/sponsor", "no", NULL);
  // The graduate in the project team.
  expect("supporter", "{\"sees\":" YES ",\"shares\":" YES ",\"not_public\":" YES ",\"power\":" NO ",\"wants_us\":" YES "}",
         "result/sponsor", "no", "because", "supporter_well_wisher", NULL);
  // The CIO, wife of the account manager's elder brother, who doubts the product: sponsor, candidate, and a conflict to declare.
  expect("supporter", "{\"power\":" YES ",\"relative\":\"yes\",\"trusted\":" YES ",\"wants_us\":" YES ",\"ability\":" NO "}",
         "result/roles/0", "sponsor", "result/coach_state", "candidate", "result/conflict", "true", "because",
         "supporter_conflict", NULL);
  // The opinion leader without office.
  expect("supporter",
         "{\"power\":{\"value\":\"yes\",\"basis\":\"seen\"},\"wants_us\":" YES ",\"political_status\":\"no_political_weight\"}",
         "result/sponsor", "yes", "because", "supporter_no_weight", NULL);
}

// Taking a condition away never adds a role.
static void removing_never_adds(void **state) {
  (void)state;
  rng_seed(51);
  static const size_t facts[] = {offsetof(struct supporter_input, sees),       offsetof(struct supporter_input, shares),
                                 offsetof(struct supporter_input, not_public), offsetof(struct supporter_input, power),
                                 offsetof(struct supporter_input, wants_us),   offsetof(struct supporter_input, ability),
                                 offsetof(struct supporter_input, trusted),    offsetof(struct supporter_input, verifies)};
  for (int i = 0; i < CASES; i++) {
    AUTO(arena_release) struct arena a = {0};
    struct supporter_input in;
    shape_init(&shape_supporter_input, &in);
    for (size_t k = 0; k < ARRAY_LEN(facts); k++) {
      struct fact f = {chance(70) ? TRI_YES : any_tri(), (int)below(4) - 1, (int)below(4) - 1, S("x"),
                       chance(50) ? SHAPE_NO_DATE : 20000 + (uday)below(100)};
      memcpy((char *)&in + facts[k], &f, sizeof f);
    }
    in.own_success = said(any_tri());
    in.public_source = any_tri();
    in.beyond_own_gain = any_tri();
    if (chance(50)) in.deal_since = 20050;
    struct supporter_result before = judge(&in, &a);
    struct fact *f = (struct fact *)(void *)((char *)&in + facts[below((int64_t)ARRAY_LEN(facts))]);
    if (f->value != TRI_YES) continue;
    f->value = chance(50) ? TRI_NO : TRI_UNKNOWN;
    struct supporter_result after = judge(&in, &a);
    for (int role = 0; role < supporter_COUNT; role++) assert_true(has_role(&before, role) || !has_role(&after, role));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_combination), cmocka_unit_test(coach_table),         cmocka_unit_test(no_evidence),
    cmocka_unit_test(stories),           cmocka_unit_test(removing_never_adds),
  };
  return cmocka_run_group_tests_name("rule_supporter", tests, NULL, NULL);
}
