// SPDX-License-Identifier: Apache-2.0
#include "rules_testing.h"

#include <math.h>

#include "rules/influence.h"

static struct influence_result judge(const struct influence_person *p, size_t n, const struct influence_tie *t, size_t m,
                                     struct arena *a) {
  struct influence_input in = {p, n, t, m, 40, 7};
  struct influence_result r;
  assert_int_equal(rule_influence(&in, a, NULL, &r), ERR_OK);
  return r;
}

// One listens to one: y = k x + (1 - k) x'.
static void by_hand(void **state) {
  (void)state;
  AUTO(arena_release) struct arena a = {0};
  struct influence_person p[] = {{S("boss"), -2, 0, 250, true}, {S("ally"), 4, 0, 1000, false}};
  struct influence_tie t[] = {{S("ally"), S("boss"), 3}};
  struct influence_result r = judge(p, 2, t, 1, &a);
  assert_true(fabs(r.outcome - (0.25 * -2 + 0.75 * 4)) < 1e-12);
  assert_true(fabs(r.people[0].weight - 0.75) < 1e-12 && fabs(r.people[1].weight - 0.25) < 1e-12);
  assert_true(fabs(r.low - r.outcome) < 1e-9 && fabs(r.high - r.outcome) < 1e-9);
}

static void unknown_widens_and_is_asked(void **state) {
  (void)state;
  AUTO(arena_release) struct arena a = {0};
  struct influence_person p[] = {{S("boss"), 0, 0, 500, true}, {S("x"), SHAPE_NO_INT, 1, 1000, false}};
  struct influence_tie t[] = {{S("x"), S("boss"), 2}};
  struct influence_result r = judge(p, 2, t, 1, &a);
  assert_true(r.high - r.low > 3);
  assert_true(str_eqz(r.questions[0].person, "x") && fabs(r.questions[0].moves - 5) < 1e-9);
  assert_int_equal(r.answer.n_unknown, 1);
}

static const char *const ids[] = {"a", "b", "c", "d", "e"};

// Final opinions stay within the first ones; shares sum to one and give the outcome; raising a stance never lowers the outcome; order is irrelevant.
static void properties(void **state) {
  (void)state;
  rng_seed(111);
  for (int k = 0; k < CASES; k++) {
    AUTO(arena_release) struct arena a = {0};
    struct influence_person p[5];
    struct influence_tie t[20];
    size_t n = 1 + (size_t)below(5), m = 0;
    double low = 5, high = -5;
    for (size_t i = 0; i < n; i++) {
      p[i] =
        (struct influence_person){str_of(ids[i]), below(10) - 5, below(3), chance(80) ? below(1001) : SHAPE_NO_INT, chance(40)};
      low = fmin(low, (double)p[i].stance);
      high = fmax(high, (double)p[i].stance);
    }
    for (size_t x = 0; x < n; x++)
      for (size_t y = 0; y < n; y++)
        if (x != y && chance(40))
          t[m++] = (struct influence_tie){str_of(ids[x]), str_of(ids[y]), chance(80) ? below(5) : SHAPE_NO_INT};
    struct influence_result r = judge(p, n, t, m, &a);
    double sum = 0, value = 0;
    for (size_t i = 0; i < n; i++) {
      assert_true(r.people[i].then >= low - 1e-9 && r.people[i].then <= high + 1e-9 && r.people[i].low <= r.people[i].high);
      sum += r.people[i].weight;
      value += r.people[i].weight * r.people[i].now;
    }
    assert_true(fabs(sum - 1) < 1e-9 && fabs(value - r.outcome) < 1e-9);
    size_t which = (size_t)below((int64_t)n);
    p[which].stance++;
    struct influence_result up = judge(p, n, t, m, &a);
    assert_true(up.outcome >= r.outcome - 1e-9);
    p[which].stance--;
    shuffle(p, n, sizeof p[0]);
    if (m) shuffle(t, m, sizeof t[0]);
    struct influence_result again = judge(p, n, t, m, &a);
    assert_memory_equal(&again.outcome, &r.outcome, sizeof(double));
    assert_memory_equal(&again.low, &r.low, sizeof(double));
  }
}

static void bad_input(void **state) {
  (void)state;
  expect_bad("influence", "{\"people\":[{\"person\":\"a\"},{\"person\":\"a\"}]}", "/people/1/person", P_DUPLICATE);
  expect_bad("influence", "{\"people\":[{\"person\":\"a\"}],\"ties\":[{\"from\":\"b\",\"to\":\"a\"}]}", "/ties/0/from",
             P_NO_SUCH_RECORD);
  expect_bad("influence", "{\"people\":[{\"person\":\"a\"}],\"ties\":[{\"from\":\"a\",\"to\":\"a\"}]}", "/ties/0/to",
             P_NO_SUCH_RECORD);
  expect_bad(
    "influence",
    "{\"people\":[{\"person\":\"a\"},{\"person\":\"b\"}],\"ties\":[{\"from\":\"a\",\"to\":\"b\"},{\"from\":\"a\",\"to\":\"b\"}]}",
    "/ties/1", P_DUPLICATE);
  expect_bad("influence", "{\"people\":[]}", "/people", P_REQUIRED);
  expect("influence", "{\"people\":[{\"person\":\"a\"}]}", "because", "influence_decider_unknown", NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(by_hand), cmocka_unit_test(unknown_widens_and_is_asked),
                                     cmocka_unit_test(properties), cmocka_unit_test(bad_input)};
  return cmocka_run_group_tests_name("rule_influence", tests, NULL, NULL);
}
