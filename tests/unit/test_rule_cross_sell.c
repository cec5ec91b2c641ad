// SPDX-License-Identifier: Apache-2.0
#include "rules_testing.h"

#include <math.h>
#include <time.h>

#include "rules/cross_sell.h"

#define L(o, p) "{\"o\":\"" o "\",\"p\":\"" p "\"}"
#define ORDERS \
  L("1", "a")  \
  "," L("1", "b") "," L("2", "a") "," L("2", "b") "," L("3", "a") "," L("3", "c") "," L("4", "a") "," L("5", "b") "," L("6", "b")

static void measures(void **state) {
  (void)state;
  json_t *t = run_rule("cross_sell", "{\"support\":2,\"owned\":[\"a\"],\"lines\":[" ORDERS "]}");
  assert_int_equal(json_array_size(at_path(t, "result/offers")), 1);  // c stands with a only once
  assert_string_equal(text_at(t, "result/offers/0/product"), "b");
  assert_true(fabs(json_real_value(at_path(t, "result/offers/0/score")) - 0.5) < 1e-9);
  json_decref(t);
  t = run_rule("cross_sell", "{\"support\":2,\"method\":\"cosine\",\"owned\":[\"a\"],\"lines\":[" ORDERS "," L("7", "b") "]}");
  assert_true(fabs(json_real_value(at_path(t, "result/offers/0/score")) - 0.4472) < 1e-9);
  json_decref(t);
}

static void rules_on_top(void **state) {
  (void)state;
  json_t *t = run_rule(
    "cross_sell",
    "{\"support\":2,\"owned\":[\"a\"],\"lines\":[" ORDERS
    "],\"pairings\":[{\"product\":\"a\",\"pairing\":\"needs\",\"other\":\"z\"},{\"product\":\"a\",\"pairing\":\"excludes\",\"other\":\"b\"}]}");
  assert_int_equal(json_array_size(at_path(t, "result/offers")), 1);
  assert_string_equal(text_at(t, "result/offers/0/product"), "z");
  assert_true(json_is_true(at_path(t, "result/offers/0/needed")));
  assert_true(has_reason(at_path(t, "because"), "cross_sell_excluded"));
  json_decref(t);
}

static void feedback_and_nothing(void **state) {
  (void)state;
  json_t *t = run_rule("cross_sell", "{\"support\":2,\"owned\":[\"a\"],\"lines\":[" ORDERS
                                     "],\"feedback\":[{\"product\":\"b\",\"refused\":2}]}");
  assert_true(fabs(json_real_value(at_path(t, "result/offers/0/score")) - 0.25) < 1e-9);
  assert_true(has_reason(at_path(t, "because"), "cross_sell_feedback"));
  json_decref(t);
  expect("cross_sell", "{\"owned\":[\"a\"],\"lines\":[" ORDERS "]}", "because", "cross_sell_nothing", NULL);
  expect("cross_sell", "{\"lines\":[]}", "unknown/0/pointer", "/owned", NULL);
}

static void bad_input(void **state) {
  (void)state;
  expect_bad("cross_sell", "{\"lines\":[{\"o\":\"1\"}]}", "/lines/0/p", P_REQUIRED);
  expect_bad("cross_sell", "{\"lines\":[],\"support\":1}", "/support", P_OUT_OF_RANGE);
  expect_bad("cross_sell", "{\"lines\":[],\"method\":\"lift\"}", "/method", P_BAD_WORD);
}

// Against counting pair by pair; the order of lines does not matter; owned and excluded products are never offered.
static void properties(void **state) {
  (void)state;
  rng_seed(72);
  static const char *const o[] = {"1", "2", "3", "4", "5", "6"}, *const p[] = {"a", "b", "c", "d"};
  for (int k = 0; k < CASES; k++) {
    AUTO(arena_release) struct arena a = {0};
    struct cross_sell_line lines[24];
    bool has[6][4] = {{false}};
    int n = (int)below(25);
    for (int i = 0; i < n; i++) {
      int64_t x = below(6), y = below(4);
      lines[i] = (struct cross_sell_line){str_of(o[x]), str_of(p[y])};
      has[x][y] = true;
    }
    struct cross_sell_input in;
    shape_init(&shape_cross_sell_input, &in);
    str mine[2] = {str_of(p[below(4)]), str_of(p[below(4)])};
    struct cross_sell_pairing rule = {mine[0], pairing_excludes, str_of(p[below(4)])};
    in.lines = lines;
    in.n_lines = (size_t)n;
    in.owned = mine;
    in.n_owned = 1 + (size_t)below(2);
    in.support = 2;
    in.method = (int)below(2);
    in.pairings = &rule;
    in.n_pairings = (size_t)below(2);
    struct cross_sell_result r, again;
    assert_int_equal(rule_cross_sell(&in, &a, NULL, &r), ERR_OK);
    for (size_t i = 0; i < r.n_offers; i++) {
      int from = r.offers[i].from.p[0] - 'a', to = r.offers[i].product.p[0] - 'a', both = 0, x = 0, y = 0;
      for (int m = 0; m < 6; m++) {
        both += has[m][from] && has[m][to];
        x += has[m][from];
        y += has[m][to];
      }
      assert_int_equal(r.offers[i].together, both);
      assert_true(both >= 2);
      assert_true(fabs(r.offers[i].score - (in.method == cross_method_cosine ? both / sqrt((double)x * y) : (double)both / x)) <
                  1e-12);
      for (size_t m = 0; m < in.n_owned; m++) assert_false(str_eq(mine[m], r.offers[i].product));
      assert_false(in.n_pairings && str_eq(rule.other, r.offers[i].product));
      if (i) assert_true(r.offers[i - 1].score >= r.offers[i].score);
    }
    shuffle(lines, (size_t)n, sizeof lines[0]);
    assert_int_equal(rule_cross_sell(&in, &a, NULL, &again), ERR_OK);
    assert_int_equal(again.n_offers, r.n_offers);
    for (size_t i = 0; i < r.n_offers; i++) assert_true(str_eq(r.offers[i].product, again.offers[i].product));
  }
}

static void a_million_lines(void **state) {
  (void)state;
  rng_seed(73);
  struct cross_counts *c = cross_counts_new();
  clock_t begin = clock();
  for (int i = 0; i < 1000000; i++) {
    char order[24], product[24];
    int no = snprintf(order, sizeof order, "order_%d", i / 8),
        np = snprintf(product, sizeof product, "product_%d", (int)(below(2000) * below(2000) / 2000));
    assert_int_equal(cross_counts_add(c, (str){order, (size_t)no}, (str){product, (size_t)np}), ERR_OK);
  }
  cross_counts_end(c);
  double s = (double)(clock() - begin) / CLOCKS_PER_SEC;
  print_message("one million order lines, 2,000 products, streamed: %.2f s\n", s);
  assert_int_equal(cross_counts_orders(c), 125000);
  assert_true(s < 20);
  // Products beyond the bound are refused, not stored.
  enum err e = ERR_OK;
  for (int i = 0; i < CROSS_PRODUCTS + 1 && !e; i++) {
    char product[24];
    int np = snprintf(product, sizeof product, "other_%d", i), no = i / 100;
    char order[24];
    int len = snprintf(order, sizeof order, "more_%d", no);
    e = cross_counts_add(c, (str){order, (size_t)len}, (str){product, (size_t)np});
  }
  assert_int_equal(e, ERR_LIMIT);
  cross_counts_free(c);
}

// The same million through the JSON entrance.
static void a_million_lines_of_json(void **state) {
  (void)state;
  rng_seed(74);
  AUTO(buf_release) struct buf b = BUF(64 * 1024 * 1024);
  buf_putz(&b, "{\"owned\":[\"p1\"],\"lines\":[");
  for (int i = 0; i < 1000000; i++) buf_fmt(&b, "%s{\"o\":\"o%d\",\"p\":\"p%d\"}", i ? "," : "", i / 8, (int)below(500));
  buf_putz(&b, "]}");
  AUTO(arena_release) struct arena a = {0};
  AUTO(buf_release) struct buf out = BUF(1024 * 1024);
  struct problem pb = {.arena = &a};
  clock_t begin = clock();
  assert_int_equal(rule_answer(rule_find(S("cross_sell")), buf_str(&b), -1, &a, &pb, &out), ERR_OK);
  print_message("one million order lines as JSON: %.2f s\n", (double)(clock() - begin) / CLOCKS_PER_SEC);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(measures),
                                     cmocka_unit_test(rules_on_top),
                                     cmocka_unit_test(feedback_and_nothing),
                                     cmocka_unit_test(bad_input),
                                     cmocka_unit_test(properties),
                                     cmocka_unit_test(a_million_lines),
                                     cmocka_unit_test(a_million_lines_of_json)};
  return cmocka_run_group_tests_name("rule_cross_sell", tests, NULL, NULL);
}
