// SPDX-License-Identifier: Apache-2.0
#include "rules_testing.h"

#include <time.h>

#include "rules/allocate.h"

static struct allocate_candidate curve(const char *id, const char *person, int64_t horizon) {
  struct allocate_candidate c;
  shape_init(&shape_allocate_candidate, &c);
  c.candidate = str_of(id);
  c.person = str_of(person);
  c.horizon = horizon;
  c.reference_hours = 1 + below(5);
  int64_t v = below(5);
  c.at_none = v;
  c.at_half = v += below(20);
  c.at_reference = v += below(20);
  c.at_more = v += below(20);
  c.at_unlimited = v + below(20);
  return c;
}

// Straight lines between the five points.
static void points_of_the_curve(void **state) {
  (void)state;
  struct allocate_candidate c = {
    .reference_hours = 4, .at_none = 10, .at_half = 20, .at_reference = 60, .at_more = 80, .at_unlimited = 110};
  static const int64_t want[] = {10, 15, 20, 40, 60, 70, 80, 85, 90, 95, 100, 105, 110, 110, 110};
  for (int64_t h = 0; h < (int64_t)ARRAY_LEN(want); h++) assert_int_equal(allocate_value(&c, h), want[h]);
}

// Everything feasible, by trying it: hours per candidate, minimums, protected hours set aside.
struct brute {
  const struct allocate_candidate *c;
  int n;
  int64_t hours, floor6, floor12, best;
  bool release;
};
static void try_all(struct brute *b, int i, int64_t t3, int64_t t6, int64_t t12, int64_t value) {
  int64_t six = t6 > b->floor6 ? t6 : b->floor6, twelve = t12 > b->floor12 ? t12 : b->floor12;
  if (t3 + six + twelve > b->hours) return;
  if (i == b->n) {
    if (value > b->best) b->best = value;
    return;
  }
  const struct allocate_candidate *c = &b->c[i];
  for (int64_t h = 0; h <= b->hours; h++) {
    if (h < c->minimum_hours && !(b->release && h == 0)) continue;
    try_all(b, i + 1, t3 + (c->horizon == 3) * h, t6 + (c->horizon == 6) * h, t12 + (c->horizon == 12) * h,
            value + allocate_value(c, h));
  }
}

static void never_below_a_feasible_plan(void **state) {
  (void)state;
  rng_seed(61);
  static const char *const ids[] = {"a", "b", "c", "d"};
  static const int64_t months[] = {3, 6, 12};
  int overloaded = 0;
  for (int k = 0; k < CASES; k++) {
    AUTO(arena_release) struct arena a = {0};
    struct allocate_candidate c[4];
    int n = 1 + (int)below(4);
    bool six = false, twelve = false;
    for (int i = 0; i < n; i++) {
      c[i] = curve(ids[i], "p", months[below(3)]);
      if (chance(40)) c[i].minimum_hours = below(4);
      six = six || c[i].horizon == 6;
      twelve = twelve || c[i].horizon == 12;
    }
    struct allocate_person who = {S("p"), below(9), below(4) * 100, below(4) * 100};
    struct allocate_input in = {.people = &who, .n_people = 1, .candidates = c, .n_candidates = (size_t)n};
    struct brute b = {c,  n,    who.hours, six ? who.hours * who.floor_6 / 1000 : 0, twelve ? who.hours * who.floor_12 / 1000 : 0,
                      -1, false};
    try_all(&b, 0, 0, 0, 0, 0);
    bool over = b.best < 0;
    b.release = over;
    if (over) try_all(&b, 0, 0, 0, 0, 0);
    overloaded += over;
    struct allocate_result r;
    assert_int_equal(rule_allocate(&in, &a, NULL, &r), ERR_OK);
    assert_int_equal(r.value, b.best);
    assert_int_equal(r.people[0].overloaded, over);
    // The lines are that plan, and keep its promises.
    int64_t value = 0, used = 0;
    for (size_t i = 0; i < r.n_lines; i++) {
      value += r.lines[i].value;
      used += r.lines[i].hours;
      for (int m = 0; m < n; m++)
        if (str_eq(c[m].candidate, r.lines[i].candidate) && !over) assert_true(r.lines[i].hours >= c[m].minimum_hours);
    }
    assert_int_equal(value, r.value);
    assert_int_equal(used, r.people[0].used);
    assert_true(used <= who.hours);
    assert_true(r.people[0].next_hour >= 0);
    for (size_t i = 0; i < r.people[0].n_floors; i++) assert_true(r.people[0].floors[i].price >= 0);
    // The present plan, where it is feasible, is never better.
    shuffle(c, (size_t)n, sizeof c[0]);
    struct allocate_result again;
    assert_int_equal(rule_allocate(&in, &a, NULL, &again), ERR_OK);
    assert_int_equal(again.value, r.value);
    for (size_t i = 0; i < r.n_lines; i++) assert_int_equal(again.lines[i].hours, r.lines[i].hours);
  }
  assert_true(overloaded > 100);
}

#define C(id, person, months, ref, more)                                                                  \
  "{\"candidate\":\"" id "\",\"person\":\"" person "\",\"horizon\":" #months ",\"reference_hours\":" #ref \
  ",\"at_none\":0,\"at_half\":10,\"at_reference\":20,\"at_more\":25,\"at_unlimited\":30" more "}"

static void floors_and_their_price(void **state) {
  (void)state;
  // The one who pays in a year earns little now, and still keeps his hours; the price is shown.
  json_t *t = run_rule(
    "allocate",
    "{\"people\":[{\"person\":\"p\",\"hours\":10,\"floor_6\":0,\"floor_12\":400}],\"candidates\":[" C(
      "now", "p", 3, 10,
      "") ",{\"candidate\":\"later\",\"person\":\"p\",\"horizon\":12,\"reference_hours\":10,\"at_none\":0,\"at_half\":1,\"at_reference\":2,\"at_more\":2,\"at_unlimited\":2}]}");
  assert_int_equal(json_integer_value(at_path(t, "result/people/0/floors/0/hours")), 4);
  assert_int_equal(json_integer_value(at_path(t, "result/people/0/floors/0/price")), 20 - 12);
  assert_true(has_reason(at_path(t, "because"), "allocate_floor"));
  json_decref(t);
}

static void overload_names_the_cheapest_relief(void **state) {
  (void)state;
  json_t *t = run_rule(
    "allocate",
    "{\"people\":[{\"person\":\"p\",\"hours\":10,\"floor_6\":0,\"floor_12\":0},{\"person\":\"q\",\"hours\":10}],\"candidates\":[" C(
      "dear", "p", 3, 4, ",\"minimum_hours\":8") "," C("poor", "p", 3, 400, ",\"minimum_hours\":6") "]}");
  assert_true(json_is_true(at_path(t, "result/people/0/overloaded")));
  assert_int_equal(json_integer_value(at_path(t, "result/people/0/short_by")), 4);
  assert_string_equal(text_at(t, "result/people/0/relief/0/candidate"), "poor");
  assert_string_equal(text_at(t, "result/people/0/relief/0/move_to"), "q");
  assert_true(has_reason(at_path(t, "because"), "allocate_overload"));
  json_decref(t);
}

static void cheapest_adequate_way(void **state) {
  (void)state;
  json_t *t = run_rule(
    "allocate",
    "{\"people\":[{\"person\":\"p\",\"hours\":2}],\"candidates\":[" C(
      "a", "p", 3, 4,
      ",\"minimum_hours\":9,\"ways\":[{\"mode\":\"visit\",\"hours\":9,\"adequate\":\"yes\"},{\"mode\":\"call\",\"hours\":2,\"adequate\":\"yes\"},{\"mode\":\"self_service\",\"hours\":0}]") "]}");
  assert_string_equal(text_at(t, "result/lines/0/mode"), "call");
  assert_false(json_is_true(at_path(t, "result/people/0/overloaded")));
  assert_string_equal(text_at(t, "unknown/0/pointer"), "/candidates/0/ways/2/adequate");
  json_decref(t);
}

static void partners_compete_for_hours(void **state) {
  (void)state;
  json_t *t = run_rule(
    "allocate", "{\"people\":[{\"person\":\"p\",\"hours\":8}],\"candidates\":[" C("a", "p", 3, 4, ",\"logged_hours\":8") "," C(
                  "b", "p", 3, 4, ",\"kind\":\"partner\",\"logged_hours\":0") "]}");
  assert_int_equal(json_integer_value(at_path(t, "result/partner_hours")), 4);
  assert_int_equal(json_integer_value(at_path(t, "result/account_hours")), 4);
  assert_int_equal(json_integer_value(at_path(t, "result/people/0/logged_value")), 26);
  assert_int_equal(json_integer_value(at_path(t, "result/people/0/logged_regret")), 14);
  assert_int_equal(json_integer_value(at_path(t, "result/people/0/regret")), 0);
  json_decref(t);
}

static void bad_input(void **state) {
  (void)state;
  expect_bad("allocate", "{\"people\":[{\"person\":\"p\",\"hours\":8}],\"candidates\":[" C("a", "q", 3, 4, "") "]}",
             "/candidates/0/person", P_NO_SUCH_RECORD);
  expect_bad("allocate", "{\"people\":[{\"person\":\"p\",\"hours\":8}],\"candidates\":[" C("a", "p", 4, 4, "") "]}",
             "/candidates/0/horizon", P_WRONG_TYPE);
  expect_bad("allocate",
             "{\"people\":[{\"person\":\"p\",\"hours\":8}],\"candidates\":[" C("a", "p", 3, 4, "") "," C("a", "p", 3, 4, "") "]}",
             "/candidates/1/candidate", P_DUPLICATE);
  expect_bad(
    "allocate",
    "{\"people\":[{\"person\":\"p\",\"hours\":8},{\"person\":\"p\",\"hours\":8}],\"candidates\":[" C("a", "p", 3, 4, "") "]}",
    "/people/1/person", P_DUPLICATE);
  expect_bad(
    "allocate",
    "{\"people\":[{\"person\":\"p\",\"hours\":8}],\"candidates\":[{\"candidate\":\"a\",\"person\":\"p\",\"horizon\":3,\"reference_hours\":4,\"at_none\":5,\"at_half\":4,\"at_reference\":9,\"at_more\":9,\"at_unlimited\":9}]}",
    "/candidates/0/at_half", P_WRONG_TYPE);
}

// 100 candidates x 400 steps. The bound is loose enough for instrumented builds; the figure is printed.
static void a_full_diary(void **state) {
  (void)state;
  AUTO(arena_release) struct arena a = {0};
  rng_seed(62);
  struct allocate_candidate c[100];
  char ids[100][16];
  static const int64_t months[] = {3, 6, 12};
  for (int i = 0; i < 100; i++) {
    (void)snprintf(ids[i], sizeof ids[i], "c%d", i);
    c[i] = curve(ids[i], "p", months[i % 3]);
    c[i].reference_hours = 4 + below(8);
  }
  struct allocate_person who = {S("p"), 400, 100, 100};
  struct allocate_input in = {.people = &who, .n_people = 1, .candidates = c, .n_candidates = 100};
  struct allocate_result r;
  clock_t begin = clock();
  assert_int_equal(rule_allocate(&in, &a, NULL, &r), ERR_OK);
  double ms = (double)(clock() - begin) * 1000 / CLOCKS_PER_SEC;
  print_message("100 candidates x 400 hours: %.1f ms\n", ms);
  assert_true(ms < 2000);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(points_of_the_curve),
    cmocka_unit_test(never_below_a_feasible_plan),
    cmocka_unit_test(floors_and_their_price),
    cmocka_unit_test(overload_names_the_cheapest_relief),
    cmocka_unit_test(cheapest_adequate_way),
    cmocka_unit_test(partners_compete_for_hours),
    cmocka_unit_test(bad_input),
    cmocka_unit_test(a_full_diary),
  };
  return cmocka_run_group_tests_name("rule_allocate", tests, NULL, NULL);
}
