// SPDX-License-Identifier: Apache-2.0
#include "rules_testing.h"

#include <math.h>

#include "rules/pool.h"

static struct pool_result judge(const struct pool_saying *s, size_t n, struct arena *a) {
  struct pool_input in = {.sayings = s, .n_sayings = n};
  struct pool_result r;
  assert_int_equal(rule_pool(&in, a, NULL, &r), ERR_OK);
  return r;
}

static void one_map_is_hardly_better_than_chance(void **state) {
  (void)state;
  AUTO(arena_release) struct arena a = {0};
  struct pool_saying s[] = {{S("me"), S("a"), S("b"), tie_trusts, TRI_YES}};
  struct pool_result r = judge(s, 1, &a);
  assert_true(fabs(r.ties[0].confidence - 0.6) < 1e-9);
  assert_false(r.ties[0].firm);
  expect("pool", "{\"sayings\":[{\"informant\":\"me\",\"from\":\"a\",\"to\":\"b\",\"tie\":\"trusts\",\"there\":\"yes\"}]}",
         "because", "pool_one_map", NULL);
}

static void agreement_and_dispute(void **state) {
  (void)state;
  AUTO(arena_release) struct arena a = {0};
  struct pool_saying s[8];
  static const char *const who[] = {"i1", "i2", "i3", "i4"};
  for (int i = 0; i < 4; i++) {
    s[i] = (struct pool_saying){str_of(who[i]), S("a"), S("b"), tie_trusts, TRI_YES};
    s[4 + i] = (struct pool_saying){str_of(who[i]), S("c"), S("d"), tie_blocks, i < 2 ? TRI_YES : TRI_NO};
  }
  struct pool_result r = judge(s, 8, &a);
  assert_true(r.ties[0].confidence > 0.8 && r.ties[0].firm && !r.ties[0].disputed);
  assert_true(fabs(r.ties[1].confidence - 0.5) < 1e-9 && r.ties[1].disputed && !r.ties[1].firm);
}

// Who disagrees with everybody weighs less than the others.
static void the_odd_one_out(void **state) {
  (void)state;
  AUTO(arena_release) struct arena a = {0};
  struct pool_saying s[48];
  static const char *const who[] = {"i1", "i2", "i3", "odd"}, *const to[] = {"a", "b", "c", "d", "e", "f",
                                                                             "g", "h", "i", "j", "k", "l"};
  for (int t = 0; t < 12; t++)
    for (int i = 0; i < 4; i++)
      s[t * 4 + i] = (struct pool_saying){str_of(who[i]), S("z"), str_of(to[t]), tie_influences, i < 3 ? TRI_YES : TRI_NO};
  struct pool_result r = judge(s, 48, &a);
  assert_true(r.informants[3].reliability < r.informants[0].reliability && r.informants[3].reliability >= 0.5);
  assert_true(r.ties[0].confidence > 0.85);
}

static void asks_somebody_new(void **state) {
  (void)state;
  json_t *t = run_rule(
    "pool",
    "{\"can_be_asked\":[\"me\",\"a\",\"x\"],\"sayings\":[{\"informant\":\"me\",\"from\":\"a\",\"to\":\"b\",\"tie\":\"trusts\",\"there\":\"yes\"}]}");
  assert_string_equal(text_at(t, "result/questions/0/ask"), "a");  // stands at an end of the tie
  json_decref(t);
}

// Order is irrelevant; one more yes never lowers that tie; nobody is asked again what he said.
static void properties(void **state) {
  (void)state;
  rng_seed(101);
  static const char *const who[] = {"i1", "i2", "i3", "i4", "i5"}, *const people[] = {"a", "b", "c"};
  for (int k = 0; k < CASES; k++) {
    AUTO(arena_release) struct arena a = {0};
    struct pool_saying s[31];
    size_t n = 0;
    for (int i = 0; i < 5; i++)
      for (int x = 0; x < 3; x++)
        for (int y = 0; y < 3; y++)
          if (x != y && chance(40))
            s[n++] = (struct pool_saying){str_of(who[i]), str_of(people[x]), str_of(people[y]), (int)below(2), any_tri()};
    struct pool_result r = judge(s, n, &a);
    for (size_t i = 0; i < r.n_ties; i++) assert_true(r.ties[i].confidence > 0 && r.ties[i].confidence < 1);
    for (size_t i = 0; i < r.n_questions; i++) {
      assert_true(r.questions[i].gain >= 0);
      for (size_t m = 0; m < n; m++)
        assert_false(s[m].there != TRI_UNKNOWN && s[m].tie == r.questions[i].tie && str_eq(s[m].from, r.questions[i].from) &&
                     str_eq(s[m].to, r.questions[i].to) && str_eq(s[m].informant, r.questions[i].ask));
    }
    shuffle(s, n, sizeof s[0]);
    struct pool_result again = judge(s, n, &a);
    assert_int_equal(again.n_ties, r.n_ties);
    for (size_t i = 0; i < r.n_ties; i++) assert_memory_equal(&again.ties[i].confidence, &r.ties[i].confidence, sizeof(double));
    if (!r.n_ties) continue;
    s[n] = (struct pool_saying){S("new"), r.ties[0].from, r.ties[0].to, r.ties[0].tie, TRI_YES};
    again = judge(s, n + 1, &a);
    assert_true(again.ties[0].confidence > r.ties[0].confidence - 1e-9);
  }
}

#define SAY(who, there) "{\"informant\":\"" who "\",\"from\":\"a\",\"to\":\"b\",\"tie\":\"trusts\",\"there\":\"" there "\"}"
static void bad_input(void **state) {
  (void)state;
  expect_bad("pool", "{\"sayings\":[" SAY("i", "yes") "," SAY("i", "no") "]}", "/sayings/1/there", P_WRONG_TYPE);
  expect_bad("pool", "{\"sayings\":[{\"informant\":\"i\",\"from\":\"a\",\"to\":\"a\",\"tie\":\"trusts\",\"there\":\"yes\"}]}",
             "/sayings/0/to", P_DUPLICATE);
  expect_bad("pool", "{\"sayings\":[{\"informant\":\"i\",\"from\":\"a\",\"to\":\"b\",\"tie\":\"likes\",\"there\":\"yes\"}]}",
             "/sayings/0/tie", P_BAD_WORD);
  expect("pool", "{\"sayings\":[]}", "because", "pool_nobody", "unknown/0/pointer", "/sayings", NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(one_map_is_hardly_better_than_chance),
                                     cmocka_unit_test(agreement_and_dispute),
                                     cmocka_unit_test(the_odd_one_out),
                                     cmocka_unit_test(asks_somebody_new),
                                     cmocka_unit_test(properties),
                                     cmocka_unit_test(bad_input)};
  return cmocka_run_group_tests_name("rule_pool", tests, NULL, NULL);
}
