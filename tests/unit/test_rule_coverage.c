// SPDX-License-Identifier: Apache-2.0
#include "rules_testing.h"

#include "rules/coverage.h"
#include "rules/without.h"

#define FRIEND(n) "{\"person\":\"f" n "\",\"contact\":\"deep\",\"stance\":\"supporter\",\"authority\":\"none\",\"influence\":1}"
#define BOSS "{\"person\":\"boss\",\"role\":\"final_approver\",\"authority\":\"final_yes\",\"influence\":4,\"contact\":\"brief\"}"
#define SPONSOR "{\"person\":\"spon\",\"authority\":\"can_veto\",\"contact\":\"several\",\"supports\":[\"sponsor\"]}"
#define COACH(n) "{\"person\":\"coach" n "\",\"contact\":\"deep\",\"supports\":[\"coach\",\"sponsor\"],\"influence\":3}"
#define PEOPLE(list) "{\"people\":[" list "]}"

static void levels(void **state) {
  (void)state;
  static const struct {
    const char *input, *level, *next;
  } rows[] = {
    {PEOPLE(""), "red", "find_insider"},
    {PEOPLE(FRIEND("1") "," FRIEND("2") "," FRIEND("3") "," FRIEND("4") "," FRIEND("5")), "red", "find_insider"},
    {PEOPLE(BOSS "," SPONSOR), "red", "grow_coach"},
    {PEOPLE(BOSS "," SPONSOR "," FRIEND("1")), "red", "grow_coach"},
    {PEOPLE(BOSS "," SPONSOR "," COACH("1")), "amber", "keep"},  // each of the three is a single point
    {PEOPLE(BOSS "," SPONSOR "," COACH("1") "," COACH("2")), "green", "keep"},
    {PEOPLE(BOSS "," SPONSOR
                 "," COACH("1") "," COACH("2") ",{\"person\":\"grey\",\"influence\":4,\"political_status\":\"inner_circle\"}"),
     "amber", "keep"},
    {PEOPLE(BOSS "," SPONSOR
                 "," COACH("1") "," COACH("2") ",{\"person\":\"foe\",\"authority\":\"can_veto\",\"stance\":\"opponent\"}"),
     "amber", "keep"},
    {PEOPLE(BOSS "," SPONSOR "," COACH("1") "," COACH(
       "2") ",{\"person\":\"foe\",\"authority\":\"can_veto\",\"stance\":\"opponent\",\"handled\":\"yes\"}"),
     "green", "keep"},
    {PEOPLE("{\"person\":\"door\",\"contact\":\"deep\",\"supports\":[\"insider\"]}"), "red", "win_sponsor"},
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++)
    expect("coverage", rows[i].input, "result/level", rows[i].level, "result/next", rows[i].next, NULL);
  expect("coverage", rows[1].input, "because", "coverage_friends", NULL);
  expect("coverage", rows[4].input, "result/single_points/2", "spon", NULL);
  expect_bad("coverage", PEOPLE(BOSS "," BOSS), "/people/1/person", P_DUPLICATE);
}

static void leavers(void **state) {
  (void)state;
  expect("without", PEOPLE(BOSS "," SPONSOR "," COACH("1") "," COACH("2")), "result/level", "green", "result/leavers/0/person",
         "boss", "result/leavers/0/level", "amber", "because", "without_falls", NULL);
  expect("without", PEOPLE(FRIEND("1")), "because", "without_nobody", NULL);
}

static struct coverage_person any_person(struct arena *a, size_t i) {
  static const int roles[] = {supporter_insider, supporter_sponsor, supporter_coach};
  struct coverage_person p;
  shape_init(&shape_coverage_person, &p);
  p.person = arena_fmt(a, "p%zu", i);
  p.authority = (int)below(authority_COUNT + 1) - 1;
  p.influence = chance(30) ? SHAPE_NO_INT : below(5);
  p.political_status = (int)below(political_status_COUNT + 1) - 1;
  p.stance = (int)below(stance_COUNT + 1) - 1;
  p.contact = (int)below(contact_coverage_COUNT + 1) - 1;
  p.supports = &roles[below(3)];
  p.n_supports = chance(40) ? 1 : 0;
  if (p.n_supports) p.contact = contact_coverage_deep;
  p.handled = any_tri();
  return p;
}

// No leaver who supports us improves anything, with or without a successor; the order of people is irrelevant.
static void removing_a_supporter_never_improves(void **state) {
  (void)state;
  rng_seed(61);
  for (int i = 0; i < CASES; i++) {
    AUTO(arena_release) struct arena a = {0};
    struct coverage_person list[9];
    struct coverage_input in = {.people = list, .n_people = 1 + (size_t)below(9)};
    struct without_input win = {.people = list, .n_people = in.n_people};
    struct coverage_result now, mixed, less;
    struct without_result w;
    for (size_t k = 0; k < in.n_people; k++) {
      list[k] = any_person(&a, k);
      // Who supports us and opposes us is two statements about one person; losing the opponent in him is no loss.
      if (list[k].n_supports && (list[k].stance == stance_opponent || list[k].stance == stance_non_supporter))
        list[k].stance = stance_neutral;
    }
    assert_int_equal(rule_coverage(&in, &a, NULL, &now), ERR_OK);
    assert_int_equal(rule_without(&win, &a, NULL, &w), ERR_OK);
    for (size_t k = 0; k < w.n_leavers; k++)
      for (size_t m = 0; m < in.n_people; m++)
        if (str_eq(list[m].person, w.leavers[k].person) && list[m].n_supports) assert_true(w.leavers[k].level <= w.level);
    shuffle(list, in.n_people, sizeof list[0]);
    assert_int_equal(rule_coverage(&in, &a, NULL, &mixed), ERR_OK);
    assert_int_equal(now.level, mixed.level);
    if (!list[in.n_people - 1].n_supports) continue;
    in.n_people--;
    assert_int_equal(rule_coverage(&in, &a, NULL, &less), ERR_OK);
    assert_true(less.right_met <= now.right_met);
    if (now.level == coverage_level_red) assert_int_equal(less.level, coverage_level_red);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(levels), cmocka_unit_test(leavers),
                                     cmocka_unit_test(removing_a_supporter_never_improves)};
  return cmocka_run_group_tests_name("rule_coverage", tests, NULL, NULL);
}
