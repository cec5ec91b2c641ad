// SPDX-License-Identifier: Apache-2.0
#include "rules_testing.h"

#include "rules/whitespace.h"

#define CUST(id) "{\"customer\":\"" id "\",\"like\":\"x\"}"
#define BUY(c, g, n) "{\"customer\":\"" c "\",\"group\":\"" g "\",\"spend\":" #n "}"

static void expects_from_peers(void **state) {
  (void)state;
  // Others without the greatest: c meets a's 100 of drives against its own 50, a meets c's 10 of service.
  json_t *t = run_rule(
    "whitespace", "{\"peers\":2,\"customers\":[" CUST("a") "," CUST("b") "," CUST("c") "],\"purchases\":[" BUY(
                    "a", "f", 100) "," BUY("b", "f", 200) "," BUY("b", "g", 40) "," BUY("c", "f", 50) "," BUY("c", "g", 10) "]}");
  assert_int_equal(json_array_size(at_path(t, "result/cells")), 2);
  assert_string_equal(text_at(t, "result/cells/0/customer"), "c");
  assert_string_equal(text_at(t, "result/cells/0/state"), "ours");
  assert_int_equal(json_integer_value(at_path(t, "result/cells/0/gap")), 50);
  assert_string_equal(text_at(t, "result/cells/1/customer"), "a");
  assert_string_equal(text_at(t, "result/cells/1/group"), "g");
  assert_string_equal(text_at(t, "result/cells/1/state"), "potential");
  assert_int_equal(json_integer_value(at_path(t, "result/cells/1/expected")), 10);
  assert_int_equal(json_integer_value(at_path(t, "result/cells/1/peers")), 2);
  assert_int_equal(json_integer_value(at_path(t, "result/total")), 60);
  json_decref(t);
}

static void says_nothing_without_peers(void **state) {
  (void)state;
  json_t *t = run_rule("whitespace", "{\"customers\":[" CUST("a") "," CUST("b") ",{\"customer\":\"c\"}],\"purchases\":[" BUY(
                                       "a", "f", 100) "," BUY("b", "g", 200) "]}");
  assert_int_equal(json_array_size(at_path(t, "result/cells")), 0);
  assert_true(has_reason(at_path(t, "because"), "whitespace_few_peers"));
  assert_true(has_reason(at_path(t, "because"), "whitespace_none"));
  assert_string_equal(text_at(t, "unknown/0/pointer"), "/customers/2/like");
  json_decref(t);
}

static void judged_cells(void **state) {
  (void)state;
  static const struct {
    const char *word;
    int cells;
  } rows[] = {{"na", 0}, {"in_house", 0}, {"rival", 1}, {"open", 1}, {"potential", 1}, {"pursued", 1}, {"ours", 1}};
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    char text[2000];
    (void)snprintf(
      text, sizeof text,
      "{\"peers\":2,\"customers\":[%s,%s,%s],\"purchases\":[%s,%s,%s],\"known\":[{\"customer\":\"a\",\"group\":\"g\",\"state\":\"%s\"}]}",
      CUST("a"), CUST("b"), CUST("c"), BUY("a", "f", 100), BUY("b", "f", 100) "," BUY("b", "g", 100),
      BUY("c", "f", 100) "," BUY("c", "g", 100), rows[i].word);
    json_t *t = run_rule("whitespace", text);
    assert_int_equal(json_array_size(at_path(t, "result/cells")), rows[i].cells);
    if (rows[i].cells) assert_string_equal(text_at(t, "result/cells/0/state"), rows[i].word);
    assert_int_equal(has_reason(at_path(t, "because"), "whitespace_taken"), strcmp(rows[i].word, "rival") == 0);
    json_decref(t);
  }
}

static void bad_input(void **state) {
  (void)state;
  expect_bad("whitespace", "{\"customers\":[" CUST("a") "," CUST("a") "],\"purchases\":[]}", "/customers/1/customer",
             P_DUPLICATE);
  expect_bad("whitespace", "{\"customers\":[" CUST("a") "],\"purchases\":[" BUY("b", "g", 1) "]}", "/purchases/0/customer",
             P_NO_SUCH_RECORD);
  expect_bad("whitespace",
             "{\"customers\":[" CUST("a") "],\"purchases\":[],\"known\":[{\"customer\":\"z\",\"group\":\"g\",\"state\":\"na\"}]}",
             "/known/0/customer", P_NO_SUCH_RECORD);
  expect_bad("whitespace", "{\"customers\":[" CUST("a") "],\"purchases\":[" BUY("a", "g", -1) "]}", "/purchases/0/spend",
             P_OUT_OF_RANGE);
}

static const char *const ids[] = {"a", "b", "c", "d", "e", "f"}, *const groups[] = {"g", "h", "i"};

// Order does not matter; no cell is below zero; buying more of a group never widens its gap; a customer's own purchases do not set its measure.
static void properties(void **state) {
  (void)state;
  rng_seed(71);
  for (int k = 0; k < CASES; k++) {
    AUTO(arena_release) struct arena a = {0};
    struct whitespace_customer c[6];
    struct whitespace_purchase p[13];
    for (int i = 0; i < 6; i++)
      c[i] = (struct whitespace_customer){str_of(ids[i]), chance(80) ? S("x") : chance(50) ? S("y") : STR_NULL};
    for (int i = 0; i < 12; i++)
      p[i] = (struct whitespace_purchase){str_of(ids[below(6)]), str_of(groups[below(3)]), below(1000)};
    struct whitespace_input in = {.customers = c, .n_customers = 6, .purchases = p, .n_purchases = 12, .peers = 2, .show = 100};
    struct whitespace_result r, again;
    assert_int_equal(rule_whitespace(&in, &a, NULL, &r), ERR_OK);
    shuffle(c, 6, sizeof c[0]);
    shuffle(p, 12, sizeof p[0]);
    assert_int_equal(rule_whitespace(&in, &a, NULL, &again), ERR_OK);
    assert_int_equal(r.n_cells, again.n_cells);
    int64_t sum = 0;
    for (size_t i = 0; i < r.n_cells; i++) {
      assert_true(str_eq(r.cells[i].customer, again.cells[i].customer) && str_eq(r.cells[i].group, again.cells[i].group));
      assert_true(r.cells[i].gap > 0 && r.cells[i].expected == r.cells[i].actual + r.cells[i].gap &&
                  r.cells[i].gap == again.cells[i].gap);
      sum += r.cells[i].gap;
    }
    assert_int_equal(sum, r.total);
    if (!r.n_cells) continue;
    p[12] = (struct whitespace_purchase){r.cells[0].customer, r.cells[0].group, 1 + below(500)};
    in.n_purchases = 13;
    assert_int_equal(rule_whitespace(&in, &a, NULL, &again), ERR_OK);
    for (size_t i = 0; i < again.n_cells; i++)
      if (str_eq(again.cells[i].customer, p[12].customer) && str_eq(again.cells[i].group, p[12].group)) {
        assert_int_equal(again.cells[i].expected, r.cells[0].expected);
        assert_int_equal(again.cells[i].gap, r.cells[0].gap - p[12].spend);
      }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(expects_from_peers), cmocka_unit_test(says_nothing_without_peers),
                                     cmocka_unit_test(judged_cells), cmocka_unit_test(bad_input), cmocka_unit_test(properties)};
  return cmocka_run_group_tests_name("rule_whitespace", tests, NULL, NULL);
}
