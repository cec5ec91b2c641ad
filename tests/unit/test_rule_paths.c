// SPDX-License-Identifier: Apache-2.0
#include "rules_testing.h"

#include <math.h>

#include "rules/paths.h"

#define L(from, to, r, more) "{\"from\":\"" from "\",\"to\":\"" to "\",\"reliability\":" #r more "}"

static void best_first(void **state) {
  (void)state;
  json_t *t =
    run_rule("paths", "{\"ours\":[\"me\"],\"target\":\"t\",\"links\":[" L("me", "a", 900, "") "," L("a", "t", 500, "") "," L(
                        "me", "t", 400, "") "," L("a", "b", 1000, "") "," L("b", "t", 480, "") "]}");
  assert_int_equal(json_array_size(at_path(t, "result/ways")), 3);
  assert_string_equal(text_at(t, "result/ways/0/people/1"), "a");
  assert_true(fabs(json_real_value(at_path(t, "result/ways/0/reliability")) - 0.45) < 1e-9);
  assert_true(fabs(json_real_value(at_path(t, "result/ways/1/reliability")) - 0.432) < 1e-9);
  assert_true(fabs(json_real_value(at_path(t, "result/ways/2/reliability")) - 0.4) < 1e-9);
  assert_int_equal(json_array_size(at_path(t, "result/single_points")), 0);
  json_decref(t);
}

static void permission_and_single_points(void **state) {
  (void)state;
  expect("paths",
         "{\"ours\":[\"me\"],\"target\":\"t\",\"links\":[" L("me", "a", 900, "") "," L("a", "t", 500, "") "," L(
           "me", "t", 900, ",\"company\":\"c\"") "]}",
         "result/single_points/0", "a", "because", "paths_permission", "unknown/0/pointer", "/links/2/permitted", NULL);
  expect("paths",
         "{\"ours\":[\"me\"],\"target\":\"t\",\"links\":[" L("me", "t", 900, ",\"company\":\"c\",\"permitted\":\"yes\"") "]}",
         "result/ways/0/companies/0", "c", NULL);
  expect("paths",
         "{\"ours\":[\"me\"],\"target\":\"t\",\"links\":[" L("me", "t", 900, ",\"company\":\"c\",\"permitted\":\"no\"") "]}",
         "because", "paths_none", NULL);
  expect("paths", "{\"ours\":[\"me\"],\"target\":\"t\",\"links\":[" L("t", "me", 900, ",\"both_ways\":false") "]}", "because",
         "paths_none", NULL);
}

// All loopless ways by trying them.
struct brute {
  int64_t r[6][6];
  double all[4000];
  size_t n;
};
static void walk(struct brute *b, int at, unsigned seen, double value) {
  if (at == 5) {
    b->all[b->n++] = value;
    return;
  }
  for (int v = 0; v < 6; v++)
    if (b->r[at][v] && !(seen & 1u << v)) walk(b, v, seen | 1u << v, value * (double)b->r[at][v] / 1000);
}
static int down(const void *p, const void *q) {
  double x = *(const double *)p, y = *(const double *)q;
  return (x < y) - (x > y);
}

static void against_brute_force(void **state) {
  (void)state;
  rng_seed(121);
  static const char *const ids[] = {"0", "1", "2", "3", "4", "5"};
  for (int k = 0; k < CASES; k++) {
    AUTO(arena_release) struct arena a = {0};
    struct brute b = {{{0}}, {0}, 0};
    struct paths_link l[30];
    size_t n = 0;
    for (int x = 0; x < 6; x++)
      for (int y = 0; y < 6; y++)
        if (x != y && chance(45)) {
          b.r[x][y] = 1 + below(1000);
          l[n++] = (struct paths_link){str_of(ids[x]), str_of(ids[y]), b.r[x][y], false, STR_NULL, TRI_UNKNOWN};
        }
    // Two of ours: a way begins with either, and may pass the other.
    str ours[] = {S("0"), S("1")};
    struct paths_input in = {ours, 2, S("5"), l, n, 20};
    struct paths_result r, again;
    assert_int_equal(rule_paths(&in, &a, NULL, &r), ERR_OK);
    walk(&b, 0, 1, 1);
    walk(&b, 1, 2, 1);
    qsort(b.all, b.n, sizeof b.all[0], down);
    assert_int_equal(r.n_ways, b.n < 20 ? b.n : 20);
    for (size_t i = 0; i < r.n_ways; i++) assert_true(fabs(r.ways[i].reliability - b.all[i]) < 1e-12);
    shuffle(l, n, n ? sizeof l[0] : 1);
    assert_int_equal(rule_paths(&in, &a, NULL, &again), ERR_OK);
    for (size_t i = 0; i < r.n_ways; i++) {
      assert_int_equal(r.ways[i].n_people, again.ways[i].n_people);
      for (size_t p = 0; p < r.ways[i].n_people; p++) assert_true(str_eq(r.ways[i].people[p], again.ways[i].people[p]));
    }
    for (size_t s = 0; s < r.n_single_points; s++)
      for (size_t i = 0; i < r.n_ways; i++) {
        bool in_it = false;
        for (size_t p = 0; p < r.ways[i].n_people; p++) in_it = in_it || str_eq(r.ways[i].people[p], r.single_points[s]);
        assert_true(in_it);
      }
  }
}

static void bad_input(void **state) {
  (void)state;
  expect_bad("paths", "{\"ours\":[\"me\"],\"target\":\"t\",\"links\":[" L("a", "a", 1, "") "]}", "/links/0/to", P_DUPLICATE);
  expect_bad("paths", "{\"ours\":[\"me\"],\"target\":\"t\",\"links\":[" L("a", "b", 0, "") "]}", "/links/0/reliability",
             P_OUT_OF_RANGE);
  expect_bad("paths", "{\"ours\":[],\"target\":\"t\",\"links\":[]}", "/ours", P_REQUIRED);
  expect("paths", "{\"ours\":[\"me\"],\"target\":\"t\",\"links\":[{\"from\":\"me\",\"to\":\"t\"}]}", "unknown/0/pointer",
         "/links/0/reliability", NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(best_first), cmocka_unit_test(permission_and_single_points),
                                     cmocka_unit_test(against_brute_force), cmocka_unit_test(bad_input)};
  return cmocka_run_group_tests_name("rule_paths", tests, NULL, NULL);
}
