// SPDX-License-Identifier: Apache-2.0
#include "rules_testing.h"

#include <math.h>

#include "rules/criteria.h"

static double real(json_t *t, const char *path) { return json_number_value(at_path(t, path)); }

// Small bank against big bank: no single weight helps cheaply, the joint move does, below 30.64 %.
static void two_banks(void **state) {
  (void)state;
  json_t *t = run_rule("criteria", rule_find(S("criteria"))->example);
  assert_string_equal(text_at(t, "result/winner"), "big_bank");
  size_t i;
  json_t *m;
  bool found = false;
  json_array_foreach(at_path(t, "result/moves"), i, m) {
    if (strcmp(text_at(m, "move"), "joint_reweigh") != 0) continue;
    found = true;
    assert_true(fabs(real(m, "from") - 0.55) < 1e-9);
    assert_true(fabs(real(m, "to") - 0.3064) < 1e-9);
    assert_true(has_text(at_path(m, "criteria"), "network"));
  }
  assert_true(found);
  // Today's share of each weight lies in its interval.
  json_array_foreach(at_path(t, "result/intervals"), i, m)
    assert_true(real(m, "share") >= real(m, "from") && real(m, "share") <= real(m, "to"));
  json_decref(t);
}

#define V(id, ours, a, b) \
  "{\"vendor\":\"" id "\",\"ours\":" ours ",\"scores\":[{\"criterion\":\"a\"," a "},{\"criterion\":\"b\"," b "}]}"
static void must_haves_and_unknowns(void **state) {
  (void)state;
#define SHEET(a, vendors) \
  "{\"criteria\":[{\"criterion\":\"a\"," a "},{\"criterion\":\"b\",\"weight\":50}],\"vendors\":[" vendors "]}"
  expect("criteria",
         SHEET("\"weight\":50,\"must_have\":true,\"threshold\":600",
               V("us", "true", "\"low\":700", "\"low\":100") "," V("them", "false", "\"low\":500", "\"low\":1000")),
         "result/winner", "us", "result/ranking/1/out_by", "a", "because", "criteria_out", NULL);
  expect("criteria", SHEET("\"weight\":50,\"must_have\":true,\"threshold\":600", V("us", "true", "\"low\":500", "\"low\":100")),
         "result/winner", "(none)", "because", "criteria_nobody", NULL);
  // A rival's missing score counts as full, ours as nothing.
  expect(
    "criteria",
    "{\"criteria\":[{\"criterion\":\"a\",\"weight\":1}],\"vendors\":[{\"vendor\":\"us\",\"ours\":true,\"scores\":[{\"criterion\":\"a\",\"low\":990}]},{\"vendor\":\"them\"}]}",
    "result/winner", "them", "unknown/0/pointer", "/vendors/1/scores", NULL);
  // Even: a rival before us.
  expect("criteria",
         SHEET("\"weight\":50", V("us", "true", "\"low\":5", "\"low\":5") "," V("zz", "false", "\"low\":5", "\"low\":5")),
         "result/winner", "zz", NULL);
  expect("criteria",
         SHEET("\"weight\":50",
               V("us", "true", "\"low\":600,\"high\":900", "\"low\":5") "," V("zz", "false", "\"low\":700", "\"low\":5")),
         "result/winner", "us", "result/in_noise", "true", NULL);
  expect_bad("criteria", SHEET("\"weight\":5,\"weight_low\":1,\"weight_high\":2", V("us", "true", "\"low\":5", "\"low\":5")),
             "/criteria/0/weight", P_WRONG_TYPE);
  expect_bad("criteria", SHEET("\"must_have\":true", V("us", "true", "\"low\":5", "\"low\":5")), "/criteria/0/threshold",
             P_REQUIRED);
  expect_bad("criteria",
             SHEET("\"weight\":5", V("us", "true", "\"low\":5", "\"low\":5") "," V("us", "false", "\"low\":5", "\"low\":5")),
             "/vendors/1/vendor", P_DUPLICATE);
  expect_bad("criteria", SHEET("\"weight\":5", "{\"vendor\":\"us\",\"scores\":[{\"criterion\":\"zz\",\"low\":1}]}"),
             "/vendors/0/scores/0/criterion", P_NO_SUCH_RECORD);
}

// Relative prices: a cheap vendor who cannot win decides between the others.
static void rank_reversal(void **state) {
  (void)state;
#define P(id, ours, price, quality)                                                              \
  "{\"vendor\":\"" id "\",\"ours\":" ours ",\"scores\":[{\"criterion\":\"price\",\"low\":" price \
  "},{\"criterion\":\"quality\",\"low\":" quality "}]}"
  expect(
    "criteria",
    "{\"criteria\":[{\"criterion\":\"price\",\"weight\":50,\"relative\":true},{\"criterion\":\"quality\",\"weight\":50}],\"vendors\":[" P(
      "us", "true", "100", "600") "," P("them", "false", "150", "850") "," P("cheap", "false", "40", "0") "]}",
    "result/winner", "them", "result/reversals/0", "cheap", "because", "criteria_reversal", NULL);
}

struct lab {
  struct criteria_item items[5];
  struct criteria_score scores[4][5];
  struct criteria_vendor vendors[4];
  struct criteria_input in;
};
static const char *const names[] = {"a", "b", "c", "d", "e"};
static const char *const people[] = {"us", "v1", "v2", "v3"};

static void make(struct lab *l) {
  shape_init(&shape_criteria_input, &l->in);
  l->in.criteria = l->items;
  l->in.vendors = l->vendors;
  l->in.n_criteria = 2 + (size_t)below(4);
  l->in.n_vendors = 2 + (size_t)below(3);
  l->in.samples = 100;
  for (size_t i = 0; i < l->in.n_criteria; i++) {
    shape_init(&shape_criteria_item, &l->items[i]);
    l->items[i].criterion = str_of(names[i]);
    l->items[i].weight = 1 + below(100);
  }
  for (size_t v = 0; v < l->in.n_vendors; v++) {
    shape_init(&shape_criteria_vendor, &l->vendors[v]);
    l->vendors[v].vendor = str_of(people[v]);
    l->vendors[v].ours = v == 0;
    l->vendors[v].scores = l->scores[v];
    l->vendors[v].n_scores = l->in.n_criteria;
    for (size_t i = 0; i < l->in.n_criteria; i++)
      l->scores[v][i] = (struct criteria_score){str_of(names[i]), below(1001), SHAPE_NO_INT};
  }
}

// Values with the weight shares given; the index of the winner, us only when strictly ahead.
static size_t winner_with(const struct lab *l, const double *weight) {
  size_t best = 0;
  double top = -1;
  for (size_t v = l->in.n_vendors; v-- > 0;) {
    double sum = 0;
    for (size_t i = 0; i < l->in.n_criteria; i++) sum += weight[i] * (double)l->scores[v][i].low;
    if (sum > top + (v == 0 ? 1e-7 : 0)) {
      top = sum;
      best = v;
    }
  }
  return best;
}

static double base_weights(const struct lab *l, double *w) {
  double total = 0;
  for (size_t i = 0; i < l->in.n_criteria; i++) total += w[i] = (double)l->items[i].weight;
  return total;
}

static void try_move(struct lab *l, const struct criteria_proposal *p) {
  double w[5], total = base_weights(l, w), beyond = p->to > p->from ? 1e-6 : -1e-6;
  size_t k = 0;
  while (k < l->in.n_criteria && !str_eqz(p->criterion, names[k])) k++;
  if (p->move == criteria_move_raise_score) {
    int64_t was = l->scores[0][k].low;
    l->scores[0][k].low = (int64_t)p->to;
    assert_int_equal(winner_with(l, w), 0);
    l->scores[0][k].low = (int64_t)p->to - 1;
    double w1[5];
    (void)base_weights(l, w1);
    // One point less does not win clearly: at most even.
    assert_true(winner_with(l, w1) != 0 || was > (int64_t)p->to - 1);
    l->scores[0][k].low = was;
  } else if (p->move == criteria_move_remove) {
    w[k] = 0;
    assert_int_equal(winner_with(l, w), 0);
  } else if (p->move == criteria_move_reweigh) {
    double share = p->to + beyond, rest = total - w[k];
    if (share <= 0 || share >= 1) return;
    w[k] = rest * share / (1 - share);
    assert_int_equal(winner_with(l, w), 0);
  } else if (p->move == criteria_move_joint_reweigh) {
    double strong = 0, share = p->to - 1e-6;
    bool in_set[5] = {false};
    for (size_t i = 0; i < l->in.n_criteria; i++)
      for (size_t n = 0; n < p->n_criteria; n++)
        if (str_eqz(p->criteria[n], names[i])) {
          in_set[i] = true;
          strong += w[i];
        }
    if (share <= 0) return;
    for (size_t i = 0; i < l->in.n_criteria; i++) w[i] *= in_set[i] ? share / strong : (1 - share) / (total - strong);
    assert_int_equal(winner_with(l, w), 0);
  }
}

// Every proposed move really wins; within an interval the winner stays, beyond it he does not; the ranking is complete; shares sum to one.
static void moves_and_intervals_hold(void **state) {
  (void)state;
  rng_seed(101);
  for (int i = 0; i < CASES; i++) {
    AUTO(arena_release) struct arena a = {0};
    struct lab l;
    struct criteria_result r;
    make(&l);
    assert_int_equal(rule_criteria(&l.in, &a, NULL, &r), ERR_OK);
    assert_int_equal(r.n_ranking, l.in.n_vendors);
    double sum = 0;
    for (size_t k = 0; k < r.n_ranking; k++) sum += r.ranking[k].wins;
    assert_true(fabs(sum - 1) < 1e-9);
    for (size_t k = 0; k < r.n_moves; k++) {
      try_move(&l, &r.moves[k]);
      if (k) assert_true(r.moves[k].effort >= r.moves[k - 1].effort - 1e-8);
    }
    for (size_t k = 0; k < r.n_intervals; k++) {
      double w[5], share = r.intervals[k].from + (r.intervals[k].to - r.intervals[k].from) * 0.5;
      double total = base_weights(&l, w), rest = total - w[k];
      if (r.intervals[k].to - r.intervals[k].from < 1e-4 || share >= 1) continue;
      w[k] = rest * share / (1 - share);
      assert_true(str_eqz(r.winner, people[winner_with(&l, w)]));
      if (r.intervals[k].to > 1 - 1e-6) continue;
      share = r.intervals[k].to + 1e-6;
      w[k] = rest * share / (1 - share);
      assert_false(str_eqz(r.winner, people[winner_with(&l, w)]) && !r.ours);
    }
  }
}

static void same_seed_same_answer(void **state) {
  (void)state;
#define RANGES(seed)                                                                                                \
  "{\"seed\":" seed ",\"samples\":2000,\"criteria\":[{\"criterion\":\"a\"},{\"criterion\":\"b\"}],\"vendors\":[" V( \
    "us", "true", "\"low\":300,\"high\":900", "\"low\":500") "," V("them", "false", "\"low\":600",                  \
                                                                   "\"low\":400,\"high\":700") "]}"
  json_t *one = run_rule("criteria", RANGES("7")), *two = run_rule("criteria", RANGES("7")),
         *other = run_rule("criteria", RANGES("8"));
  assert_true(json_equal(one, two));
  assert_false(json_equal(one, other));
  double difference = fabs(real(one, "result/ranking/0/wins") - real(other, "result/ranking/0/wins"));
  assert_true(difference < 6 * real(one, "result/ranking/0/wins_error"));
  json_decref(one);
  json_decref(two);
  json_decref(other);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(two_banks),
    cmocka_unit_test(must_haves_and_unknowns),
    cmocka_unit_test(rank_reversal),
    cmocka_unit_test(moves_and_intervals_hold),
    cmocka_unit_test(same_seed_same_answer),
  };
  return cmocka_run_group_tests_name("rule_criteria", tests, NULL, NULL);
}
