// SPDX-License-Identifier: Apache-2.0
#include "rules_testing.h"

#include "rules/rival_contact.h"

#define E(how, more) \
  "{\"today\":\"2026-11-20\",\"entries\":[{\"rival\":\"r\",\"met\":\"p\",\"on\":\"2026-11-19\"" how "}]" more "}"
#define OBTAINED(w) ",\"obtained\":\"" w "\""

static void sources(void **state) {
  (void)state;
  static const struct {
    const char *input;
    bool kept;
  } rows[] = {
    {E(OBTAINED("told_freely"), ""), true},   {E(OBTAINED("public"), ""), true},    {E(OBTAINED("observed"), ""), true},
    {E(OBTAINED("confidential"), ""), false}, {E(OBTAINED("unlawful"), ""), false}, {E("", ""), false},
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    json_t *t = run_rule("rival_contact", rows[i].input);
    assert_int_equal(json_array_size(at_path(t, "result/rivals")), rows[i].kept);
    assert_int_equal(json_array_size(at_path(t, "result/refused")), !rows[i].kept);
    json_decref(t);
  }
  expect("rival_contact", E(OBTAINED("confidential"), ""), "because", "rival_refused", NULL);
  expect("rival_contact", E("", ""), "because", "rival_obtained_unknown", "unknown/0/pointer", "/entries/0/obtained", NULL);
}

static void readings(void **state) {
  (void)state;
  expect("rival_contact", E(OBTAINED("observed") ",\"received\":\"well\"", ",\"people\":[{\"person\":\"p\",\"power\":true}]"),
         "result/rivals/0/ahead", "true", "result/rivals/0/well/0", "p", "result/rivals/0/not_met_by_us/0", "p", "because",
         "rival_ahead", NULL);
  expect(
    "rival_contact",
    E(OBTAINED("observed") ",\"received\":\"refused\"", ",\"people\":[{\"person\":\"p\",\"power\":true,\"our_meetings\":1}]"),
    "result/rivals/0/ahead", "false", "result/rivals/0/cold/0", "p", "because", "rival_cold", NULL);
  expect("rival_contact", E(OBTAINED("told_freely") ",\"told_by\":\"x\"", ""), "result/rivals/0/single_teller", "x", "because",
         "rival_single_teller", NULL);
  expect("rival_contact", E(OBTAINED("observed"), ",\"days\":2"), "because", "rival_reaches", NULL);
  expect("rival_contact",
         "{\"today\":\"2026-11-20\",\"entries\":[{\"rival\":\"r\",\"met\":\"p\",\"on\":\"2026-01-01\",\"obtained\":\"public\"}]}",
         "because", "rival_quiet", NULL);
}

// Refused entries change nothing else; order is irrelevant; more meetings of ours never put a rival ahead.
static void properties(void **state) {
  (void)state;
  rng_seed(151);
  static const char *const rivals[] = {"r", "s"}, *const people[] = {"p", "q", "z"};
  for (int k = 0; k < CASES; k++) {
    AUTO(arena_release) struct arena a = {0};
    struct rival_contact_entry e[9];
    struct rival_contact_person p[2] = {{S("p"), chance(50), below(3)}, {S("q"), chance(50), below(3)}};
    for (int i = 0; i < 8; i++)
      e[i] = (struct rival_contact_entry){str_of(rivals[below(2)]),
                                          str_of(people[below(3)]),
                                          (int)below(5) - 1,
                                          chance(50) ? str_of(people[below(3)]) : STR_NULL,
                                          (int)below(3),
                                          20000 - (uday)below(200)};
    struct rival_contact_input in = {e, 8, p, 2, 20000, 90};
    struct rival_contact_result r, again;
    assert_int_equal(rule_rival_contact(&in, &a, NULL, &r), ERR_OK);
    shuffle(e, 8, sizeof e[0]);
    e[8] = (struct rival_contact_entry){S("r"), S("p"), -1, STR_NULL, chance(50) ? claim_source_unlawful : -1, 20000};
    in.n_entries = 9;
    assert_int_equal(rule_rival_contact(&in, &a, NULL, &again), ERR_OK);
    assert_int_equal(again.n_refused, 1);
    assert_int_equal(again.n_rivals, r.n_rivals);
    for (size_t i = 0; i < r.n_rivals; i++) {
      assert_true(str_eq(r.rivals[i].rival, again.rivals[i].rival));
      assert_int_equal(r.rivals[i].meetings, again.rivals[i].meetings);
      assert_int_equal(r.rivals[i].n_not_met_by_us, again.rivals[i].n_not_met_by_us);
      assert_int_equal(r.rivals[i].n_well, again.rivals[i].n_well);
    }
    p[0].our_meetings++;
    p[1].our_meetings++;
    assert_int_equal(rule_rival_contact(&in, &a, NULL, &again), ERR_OK);
    for (size_t i = 0; i < r.n_rivals; i++) assert_true(r.rivals[i].ahead || !again.rivals[i].ahead);
  }
}

static void bad_input(void **state) {
  (void)state;
  expect_bad("rival_contact", "{\"today\":\"2026-11-20\",\"entries\":[{\"rival\":\"r\",\"met\":\"p\",\"on\":\"2026-11-21\"}]}",
             "/entries/0/on", P_WRONG_TYPE);
  expect_bad("rival_contact", "{\"today\":\"2026-11-20\",\"entries\":[],\"people\":[{\"person\":\"p\"},{\"person\":\"p\"}]}",
             "/people/1/person", P_DUPLICATE);
  expect_bad("rival_contact", "{\"entries\":[]}", "/today", P_REQUIRED);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(sources), cmocka_unit_test(readings), cmocka_unit_test(properties),
                                     cmocka_unit_test(bad_input)};
  return cmocka_run_group_tests_name("rule_rival_contact", tests, NULL, NULL);
}
