// SPDX-License-Identifier: Apache-2.0
#include "rules_testing.h"

#include "rules/stage.h"

#define TOLD(m) "{\"marker\":\"" m "\",\"basis\":\"told\",\"source\":\"Dr. Weiss\",\"on\":\"2026-05-01\"}"
#define TOLD_ON(m, on) "{\"marker\":\"" m "\",\"basis\":\"told\",\"source\":\"Dr. Weiss\",\"on\":\"" on "\"}"
#define IN(list) "{\"evidence\":[" list "],\"today\":\"2026-06-01\"}"

// Every exit sign of decision table 4a, alone and together.
static void exit_signs(void **state) {
  (void)state;
  static const struct {
    const char *input, *stage;
  } rows[] = {
    {IN(""), "confirm_need"},
    {IN(TOLD("budget_set")), "confirm_need"},
    {IN(TOLD("project_approved")), "confirm_need"},
    {IN(TOLD("budget_set") "," TOLD("project_approved")), "evaluate_options"},
    {IN(TOLD("result_announced")), "resolve_concerns"},
    {IN(TOLD("preferred_named")), "resolve_concerns"},
    {IN(TOLD("contract_signed")), "implement"},
    {IN(TOLD("expectation_reviewed")), "change_over_time"},
    {IN(TOLD("next_phase_decided")), "change_over_time"},
    {IN(TOLD("tender_issued")), "evaluate_options"},
    {IN(TOLD("shortlist_announced")), "evaluate_options"},
    {IN(TOLD("problem_stated") "," TOLD("cost_of_problem") "," TOLD("timing_known") "," TOLD("who_feels_it")), "confirm_need"},
    {IN(TOLD("criteria_discussed") "," TOLD("criteria_set") "," TOLD("visits_arranged")), "confirm_need"},
    {IN(TOLD("doubts_voiced") "," TOLD("hard_terms_asked")), "confirm_need"},
    {IN(TOLD("delivered") "," TOLD("in_use") "," TOLD("first_result") "," TOLD("complaint")), "confirm_need"},
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) expect("stage", rows[i].input, "result/proven", rows[i].stage, NULL);
}

// The CT scanner: "this year, and the budget is there" ends the need, though we know nothing of the problem.
static void ct_scanner(void **state) {
  (void)state;
  json_t *t = run_rule("stage", IN(TOLD("timing_known") "," TOLD("budget_set")));
  assert_string_equal(text_at(t, "result/proven"), "evaluate_options");
  assert_true(has_text(at_path(t, "result/blind_spots"), "problem_stated"));
  assert_true(has_text(at_path(t, "result/blind_spots"), "cost_of_problem"));
  assert_true(has_text(at_path(t, "result/blind_spots"), "project_approved"));
  assert_true(has_reason(at_path(t, "because"), "stage_approved_by_timing"));
  json_decref(t);
}

static void steps_back(void **state) {
  (void)state;
#define CHOSEN \
  TOLD_ON("budget_set", "2026-01-01") "," TOLD_ON("project_approved", "2026-01-01") "," TOLD_ON("preferred_named", "2026-03-01")
#define SIGNED CHOSEN "," TOLD_ON("contract_signed", "2026-04-01")
  static const struct {
    const char *input, *stage;
  } rows[] = {
    {IN(CHOSEN "," TOLD_ON("budget_cut", "2026-03-05")), "confirm_need"},
    {IN(CHOSEN "," TOLD_ON("project_stopped", "2026-03-05")), "confirm_need"},
    {IN(CHOSEN "," TOLD_ON("losers_recalled", "2026-03-05")), "evaluate_options"},
    {IN(CHOSEN "," TOLD_ON("criteria_reopened", "2026-03-05")), "evaluate_options"},
    {IN(SIGNED "," TOLD_ON("contract_cancelled", "2026-05-01")), "evaluate_options"},
    {IN(SIGNED "," TOLD_ON("project_dropped", "2026-05-01")), "confirm_need"},
    {IN(SIGNED "," TOLD_ON("budget_cut", "2026-05-01")), "implement"},
    {IN(SIGNED "," TOLD_ON("losers_recalled", "2026-03-05")), "implement"},
    // A step back before the support does not undo it; on the same day or undated it does.
    {IN(CHOSEN "," TOLD_ON("losers_recalled", "2026-02-01")), "resolve_concerns"},
    {IN(CHOSEN "," TOLD_ON("losers_recalled", "2026-03-01")), "evaluate_options"},
    {IN(CHOSEN ",{\"marker\":\"losers_recalled\",\"basis\":\"told\",\"source\":\"Dr. Weiss\"}"), "evaluate_options"},
    // A step back needs evidence too.
    {IN(CHOSEN ",{\"marker\":\"losers_recalled\",\"basis\":\"inferred\",\"source\":\"Dr. Weiss\"}"), "resolve_concerns"},
    {IN(CHOSEN ",{\"marker\":\"losers_recalled\",\"basis\":\"told\"}"), "resolve_concerns"},
    // And the buyer may come forward again.
    {IN(CHOSEN "," TOLD_ON("losers_recalled", "2026-03-05") "," TOLD_ON("preferred_named", "2026-04-09")), "resolve_concerns"},
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) expect("stage", rows[i].input, "result/proven", rows[i].stage, NULL);
  expect("stage", rows[2].input, "result/fell_back", "true", "because", "stage_fell_back", NULL);
}

static void what_proves(void **state) {
  (void)state;
#define SIGN_BY(rest) IN("{\"marker\":\"contract_signed\"," rest "}")
  static const struct {
    const char *input, *proven, *claimed;
  } rows[] = {
    {SIGN_BY("\"basis\":\"seen\",\"source\":\"Dr. Weiss\""), "implement", "implement"},
    {SIGN_BY("\"basis\":\"inferred\",\"source\":\"Dr. Weiss\""), "confirm_need", "implement"},
    {SIGN_BY("\"source\":\"Dr. Weiss\""), "confirm_need", "implement"},
    {SIGN_BY("\"basis\":\"told\""), "confirm_need", "implement"},
    {SIGN_BY("\"basis\":\"told\",\"source\":\"Dr. Weiss\",\"status\":\"assumed\""), "confirm_need", "implement"},
    {SIGN_BY("\"basis\":\"told\",\"source\":\"Dr. Weiss\",\"claimed\":true"), "confirm_need", "implement"},
    {SIGN_BY("\"basis\":\"told\",\"source\":\"Dr. Weiss\",\"status\":\"contradicted\""), "confirm_need", "confirm_need"},
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++)
    expect("stage", rows[i].input, "result/proven", rows[i].proven, "result/claimed", rows[i].claimed, NULL);
  // A dragged card is claimed, never proven.
  expect("stage", "{\"claimed\":\"implement\"}", "result/proven", "confirm_need", "result/claimed", "implement", "because",
         "stage_claim_ahead", NULL);
  // A card dragged back below the evidence stays what the evidence says.
  expect("stage", "{\"claimed\":\"confirm_need\",\"evidence\":[" TOLD("contract_signed") "]}", "result/claimed", "implement",
         NULL);
}

static void one_friendly_voice(void **state) {
  (void)state;
#define FRIEND(who) "{\"marker\":\"result_announced\",\"basis\":\"told\",\"friendly\":true,\"source\":\"" who "\"}"
  expect("stage", IN(FRIEND("Mr. Chen")), "result/proven", "resolve_concerns", "because", "stage_one_friendly_voice", NULL);
  json_t *t = run_rule("stage", IN(FRIEND("Mr. Chen") "," FRIEND("Ms. Orlova")));
  assert_false(has_reason(at_path(t, "because"), "stage_one_friendly_voice"));
  json_decref(t);
}

static void statements_fade_and_events_do_not(void **state) {
  (void)state;
  json_t *t = run_rule("stage", "{\"today\":\"2026-06-01\",\"evidence\":[" TOLD_ON("problem_stated", "2024-01-01") "," TOLD_ON(
                                  "contract_signed", "2024-01-01") "]}");
  assert_string_equal(text_at(t, "result/stages/0/markers/0/state"), "faded");
  assert_string_equal(text_at(t, "result/proven"), "implement");
  json_decref(t);
  t = run_rule("stage", "{\"today\":\"2026-06-01\",\"fade_days\":0,\"evidence\":[" TOLD_ON("problem_stated", "2024-01-01") "]}");
  assert_string_equal(text_at(t, "result/stages/0/markers/0/state"), "proven");
  json_decref(t);
}

static void contradiction(void **state) {
  (void)state;
#define NOT_SO(on) \
  "{\"marker\":\"contract_signed\",\"basis\":\"told\",\"source\":\"Lawyer Novak\",\"status\":\"contradicted\",\"on\":\"" on "\"}"
  expect("stage", IN(TOLD("contract_signed") "," NOT_SO("2026-05-20")), "result/proven", "confirm_need", "because",
         "stage_contradicted", NULL);
  expect("stage", IN(TOLD("contract_signed") "," NOT_SO("2026-04-20")), "result/proven", "implement", NULL);
}

// ---- properties --------------------------------------------------------------------------------------------------------

static struct stage_evidence any_evidence(void) {
  static const char *const people[] = {"Dr. Weiss", "Mr. Chen", "Ms. Orlova", NULL};
  struct stage_evidence e;
  shape_init(&shape_stage_evidence, &e);
  e.marker = (int)below(marker_COUNT);
  e.basis = (int)below(4) - 1;
  e.status = chance(80) ? evidence_status_confirmed : (int)below(evidence_status_COUNT);
  e.source = str_of(people[below(4)]);
  e.friendly = chance(30);
  e.claimed = chance(10);
  if (chance(80)) e.on = 20000 + (uday)below(900);
  return e;
}

static bool supports(const struct stage_evidence *e) {
  return e->status != evidence_status_contradicted && !(e->marker >= marker_budget_cut && e->marker <= marker_project_dropped);
}

static void more_support_never_lowers(void **state) {
  (void)state;
  rng_seed(3);
  for (int i = 0; i < CASES; i++) {
    AUTO(arena_release) struct arena a = {0};
    struct stage_evidence list[13];
    struct stage_input in;
    struct stage_result before, after, mixed;
    shape_init(&shape_stage_input, &in);
    in.evidence = list;
    in.n_evidence = (size_t)below(12);
    in.today = 20900;
    for (size_t k = 0; k < in.n_evidence; k++) list[k] = any_evidence();
    assert_int_equal(rule_stage(&in, &a, NULL, &before), ERR_OK);
    shuffle(list, in.n_evidence, sizeof list[0]);
    assert_int_equal(rule_stage(&in, &a, NULL, &mixed), ERR_OK);
    assert_int_equal(before.proven, mixed.proven);
    assert_int_equal(before.claimed, mixed.claimed);
    assert_int_equal(before.answer.n_because, mixed.answer.n_because);
    do list[in.n_evidence] = any_evidence();
    while (!supports(&list[in.n_evidence]));
    in.n_evidence++;
    assert_int_equal(rule_stage(&in, &a, NULL, &after), ERR_OK);
    assert_true(after.proven >= before.proven);
    assert_true(after.claimed >= after.proven);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(exit_signs),         cmocka_unit_test(ct_scanner),
    cmocka_unit_test(steps_back),         cmocka_unit_test(what_proves),
    cmocka_unit_test(one_friendly_voice), cmocka_unit_test(statements_fade_and_events_do_not),
    cmocka_unit_test(contradiction),      cmocka_unit_test(more_support_never_lowers),
  };
  return cmocka_run_group_tests_name("rule_stage", tests, NULL, NULL);
}
