// SPDX-License-Identifier: Apache-2.0
#include "rules_testing.h"

#include "rules/next.h"

static struct next_result judge(const struct next_item *x, size_t n, int64_t minutes, struct arena *a) {
  struct next_input in = {20000, x, n, minutes, 100};
  struct next_result r;
  assert_int_equal(rule_next(&in, a, NULL, &r), ERR_OK);
  return r;
}
static struct next_item item(const char *id, int kind) {
  struct next_item x;
  shape_init(&shape_next_item, &x);
  x.item = str_of(id);
  x.kind = kind;
  return x;
}

// Every kind has a weight and carries its own reason.
static void kinds(void **state) {
  (void)state;
  static const char *const want[] = {"next_severe_problem",  "next_promise_due",       "next_lead_waiting",
                                     "next_help_waiting",    "next_concern_open",      "next_question",
                                     "next_person_to_know",  "next_develop_supporter", "next_right_action",
                                     "next_executive_visit", "next_contact_due",       "next_next_year"};
  assert_int_equal(ARRAY_LEN(want), next_kind_COUNT);
  for (int k = 0; k < next_kind_COUNT; k++) {
    AUTO(arena_release) struct arena a = {0};
    struct next_item x = item("i", k);
    struct next_result r = judge(&x, 1, SHAPE_NO_INT, &a);
    assert_int_equal(r.n_items, 1);
    assert_true(r.items[0].score >= 200);
    assert_string_equal(r.items[0].why[0].def->code, want[k]);
  }
}

static void order(void **state) {
  (void)state;
  AUTO(arena_release) struct arena a = {0};
  struct next_item x[] = {item("c", next_kind_contact_due), item("s", next_kind_severe_problem), item("p", next_kind_promise_due),
                          item("n", next_kind_next_year), item("d", next_kind_concern_open)};
  struct next_result r = judge(x, 5, SHAPE_NO_INT, &a);
  static const char *const want[] = {"s", "p", "d", "c", "n"};
  for (int i = 0; i < 5; i++) assert_true(str_eqz(r.items[i].item, want[i]));
  x[0].due = 19995;
  x[0].worth = 1000;
  r = judge(x, 5, SHAPE_NO_INT, &a);
  assert_true(str_eqz(r.items[0].item, "c"));
  assert_int_equal(r.items[0].overdue, 5);
}

static void left_out_and_time(void **state) {
  (void)state;
  static const struct {
    int verdict;
    bool in;
  } rows[] = {{action_verdict_right, true},    {action_verdict_early, false},      {action_verdict_late, false},
              {action_verdict_harmful, false}, {action_verdict_indifferent, true}, {-1, true}};
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    AUTO(arena_release) struct arena a = {0};
    struct next_item x = item("i", next_kind_right_action);
    x.verdict = rows[i].verdict;
    struct next_result r = judge(&x, 1, SHAPE_NO_INT, &a);
    assert_int_equal(r.n_items, rows[i].in);
    assert_int_equal(r.left_out, !rows[i].in);
  }
  expect("next", rule_find(S("next"))->example, "result/items/0/item", "promise_1", "result/items/1/item", "task_1",
         "result/question", "ask_1", "because", "next_left_out", NULL);
  expect("next", "{\"today\":\"2026-11-20\",\"items\":[]}", "because", "next_nothing", NULL);
}

// Harmful never appears; sooner never ranks lower; time is kept; order is irrelevant; unknown worth never beats known.
static void properties(void **state) {
  (void)state;
  rng_seed(251);
  static const char *const ids[] = {"a", "b", "c", "d", "e", "f"};
  for (int k = 0; k < CASES; k++) {
    AUTO(arena_release) struct arena a = {0};
    struct next_item x[6];
    for (int i = 0; i < 6; i++) {
      x[i] = item(ids[i], (int)below(next_kind_COUNT));
      x[i].due = chance(60) ? 19990 + (uday)below(25) : SHAPE_NO_DATE;
      x[i].worth = chance(70) ? below(1001) : SHAPE_NO_INT;
      x[i].minutes = chance(70) ? below(120) : SHAPE_NO_INT;
      x[i].changes = chance(70) ? below(1001) : SHAPE_NO_INT;
      x[i].verdict = (int)below(6) - 1;
    }
    int64_t minutes = chance(50) ? below(300) : SHAPE_NO_INT;
    struct next_result r = judge(x, 6, minutes, &a);
    if (minutes != SHAPE_NO_INT) assert_true(r.minutes <= minutes);
    for (size_t i = 0; i < r.n_items; i++) {
      assert_true(r.items[i].n_why > 0 && r.items[i].score >= 0 && r.items[i].score <= 1000);
      if (i) assert_true(r.items[i - 1].score >= r.items[i].score);
      for (int m = 0; m < 6; m++)
        if (str_eq(x[m].item, r.items[i].item))
          assert_true(x[m].verdict != action_verdict_harmful && x[m].verdict != action_verdict_early &&
                      x[m].verdict != action_verdict_late);
    }
    shuffle(x, 6, sizeof x[0]);
    struct next_result again = judge(x, 6, minutes, &a);
    assert_int_equal(again.n_items, r.n_items);
    for (size_t i = 0; i < r.n_items; i++) assert_true(str_eq(again.items[i].item, r.items[i].item));
    struct next_item one = x[0], better = x[0];
    one.verdict = better.verdict = -1;
    better.due = one.due == SHAPE_NO_DATE ? 20003 : one.due - 1;
    better.worth = one.worth == SHAPE_NO_INT ? 1 : one.worth;
    assert_true(judge(&better, 1, SHAPE_NO_INT, &a).items[0].score >= judge(&one, 1, SHAPE_NO_INT, &a).items[0].score);
  }
}

static void bad_input(void **state) {
  (void)state;
  expect_bad(
    "next",
    "{\"today\":\"2026-11-20\",\"items\":[{\"item\":\"a\",\"kind\":\"question\"},{\"item\":\"a\",\"kind\":\"question\"}]}",
    "/items/1/item", P_DUPLICATE);
  expect_bad("next", "{\"today\":\"2026-11-20\",\"items\":[{\"item\":\"a\",\"kind\":\"party\"}]}", "/items/0/kind", P_BAD_WORD);
  expect_bad("next", "{\"items\":[]}", "/today", P_REQUIRED);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(kinds), cmocka_unit_test(order), cmocka_unit_test(left_out_and_time),
                                     cmocka_unit_test(properties), cmocka_unit_test(bad_input)};
  return cmocka_run_group_tests_name("rule_next", tests, NULL, NULL);
}
