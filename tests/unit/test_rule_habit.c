// SPDX-License-Identifier: Apache-2.0
#include "rules_testing.h"

#include "rules/habit.h"

static struct habit_result judge(const struct habit_seen *s, size_t n, struct arena *a) {
  struct habit_input in = {20000, s, n};
  struct habit_result r;
  assert_int_equal(rule_habit(&in, a, NULL, &r), ERR_OK);
  return r;
}

static void trends(void **state) {
  (void)state;
  static const struct {
    const char *shown;
    int trend;
    bool holds;
    int days;
  } rows[] = {
    {"yyyy", trend_steady, true, 180},      {"nnyy", trend_growing, true, 90},  {"yynn", trend_fading, false, 90},
    {"yyy", trend_unknown, true, 30},       {"nnnn", trend_steady, false, 180}, {"ynyn", trend_steady, false, 180},
    {"nnnnnnny", trend_growing, false, 90}, {"y", trend_unknown, true, 30},     {"nyyyy", trend_growing, true, 90},
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    AUTO(arena_release) struct arena a = {0};
    struct habit_seen s[8];
    size_t n = strlen(rows[i].shown);
    for (size_t k = 0; k < n; k++)
      s[k] = (struct habit_seen){19000 + (uday)k, habit_kind_committee, rows[i].shown[k] == 'y' ? TRI_YES : TRI_NO};
    struct habit_result r = judge(s, n, &a);
    assert_int_equal(r.habits[0].trend, rows[i].trend);
    assert_int_equal(r.habits[0].holds, rows[i].holds);
    assert_int_equal(r.habits[0].check_on, 20000 + rows[i].days);
  }
}

static void consequences(void **state) {
  (void)state;
  static const char *const words[] = {"same_industry", "tender_only", "tries_first", "trains_first",
                                      "committee",     "price_first", "stays",       "one_person"};
  for (size_t i = 0; i < ARRAY_LEN(words); i++) {
    char input[200], reason[64];
    (void)snprintf(input, sizeof input,
                   "{\"today\":\"2026-11-20\",\"seen\":[{\"on\":\"2026-01-01\",\"habit\":\"%s\",\"shown\":\"yes\"}]}", words[i]);
    (void)snprintf(reason, sizeof reason, "habit_%s", words[i]);
    expect("habit", input, "because", reason, "result/habits/0/habit", words[i], NULL);
  }
  expect("habit", "{\"today\":\"2026-11-20\",\"seen\":[]}", "because", "habit_none", NULL);
  expect("habit", "{\"today\":\"2026-11-20\",\"seen\":[{\"on\":\"2026-01-01\",\"habit\":\"stays\"}]}", "because", "habit_none",
         "unknown/0/pointer", "/seen/0/shown", NULL);
}

// Order is irrelevant; one more showing today never weakens a habit; counts are right.
static void properties(void **state) {
  (void)state;
  rng_seed(241);
  for (int k = 0; k < CASES; k++) {
    AUTO(arena_release) struct arena a = {0};
    struct habit_seen s[21];
    int64_t shown = 0, of = 0;
    for (int i = 0; i < 20; i++) {
      s[i] = (struct habit_seen){19000 + (uday)below(1000), (int)below(3), any_tri()};
      shown += s[i].habit == 0 && s[i].shown == TRI_YES;
      of += s[i].habit == 0 && s[i].shown != TRI_UNKNOWN;
    }
    struct habit_result r = judge(s, 20, &a);
    for (size_t i = 0; i < r.n_habits; i++)
      if (r.habits[i].habit == 0) assert_true(r.habits[i].shown == shown && r.habits[i].of == of);
    shuffle(s, 20, sizeof s[0]);
    struct habit_result again = judge(s, 20, &a);
    assert_int_equal(again.n_habits, r.n_habits);
    for (size_t i = 0; i < r.n_habits; i++)
      assert_true(again.habits[i].habit == r.habits[i].habit && again.habits[i].trend == r.habits[i].trend &&
                  again.habits[i].holds == r.habits[i].holds);
    for (int i = 0; i < 20; i++)
      if (s[i].habit == 0 && s[i].on > 19990 && s[i].shown == TRI_NO) s[i].shown = TRI_YES;
    again = judge(s, 20, &a);
    for (size_t i = 0; i < r.n_habits; i++)
      for (size_t m = 0; m < again.n_habits; m++)
        if (r.habits[i].habit == again.habits[m].habit) assert_true(!r.habits[i].holds || again.habits[m].holds);
  }
}

static void bad_input(void **state) {
  (void)state;
  expect_bad("habit", "{\"today\":\"2026-11-20\",\"seen\":[{\"on\":\"2026-11-21\",\"habit\":\"stays\"}]}", "/seen/0/on",
             P_WRONG_TYPE);
  expect_bad("habit", "{\"today\":\"2026-11-20\",\"seen\":[{\"on\":\"2026-11-20\",\"habit\":\"sings\"}]}", "/seen/0/habit",
             P_BAD_WORD);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(trends), cmocka_unit_test(consequences), cmocka_unit_test(properties),
                                     cmocka_unit_test(bad_input)};
  return cmocka_run_group_tests_name("rule_habit", tests, NULL, NULL);
}
