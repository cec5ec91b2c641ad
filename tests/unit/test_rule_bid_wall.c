// SPDX-License-Identifier: Apache-2.0
#include "rules_testing.h"

#include "rules/bid_wall.h"

#define P(c, bid) "{\"company\":\"" c "\"" bid ",\"preparers\":[\"" c "_user\"]}"
#define BID(b) ",\"bid\":\"" b "\""
#define SEEN(at) \
  ",\"parted_at\":\"2026-11-10T08:00:00Z\",\"seen\":[{\"by\":\"b\",\"of\":\"a\",\"field\":\"quotes\",\"at\":\"" at "\"}]"

static void rows(void **state) {
  (void)state;
  static const struct {
    const char *input, *state, *counsel, *cut;
  } table[] = {
    {"{\"parties\":[" P("a", BID("1")) "," P("b", BID("1")) "]}", "open", "false", "(none)"},
    {"{\"parties\":[" P("a", BID("1")) "," P("b", BID("2")) "]}", "walled", "false", "amounts"},
    {"{\"parties\":[" P("a", BID("1")) "," P("b", "") "]}", "undecided", "false", "amounts"},
    {"{\"parties\":[" P("a", "") "," P("b", "") "]}", "undecided", "false", "amounts"},
    {"{\"parties\":[" P("a", BID("1")) "," P("b", BID("2")) "]" SEEN("2026-11-10T08:00:00Z") "}", "breached", "true", "amounts"},
    {"{\"parties\":[" P("a", BID("1")) "," P("b", BID("2")) "]" SEEN("2026-11-10T07:59:59Z") "}", "walled", "true", "amounts"},
    {"{\"parties\":[" P("a", BID("1")) "," P("b", BID("1")) "]" SEEN("2026-11-11T08:00:00Z") "}", "open", "false", "(none)"},
  };
  for (size_t i = 0; i < ARRAY_LEN(table); i++)
    expect("bid_wall", table[i].input, "result/pairs/0/state", table[i].state, "result/counsel", table[i].counsel,
           "result/pairs/0/cut/0", table[i].cut, NULL);
  expect(
    "bid_wall",
    "{\"public_tender\":\"yes\",\"parties\":[{\"company\":\"a\",\"bid\":\"1\",\"preparers\":[\"u\"]},{\"company\":\"b\",\"bid\":\"2\",\"preparers\":[\"u\"]}]}",
    "result/pairs/0/same_people/0", "u", "result/counsel", "true", "because", "wall_same_person", "because", "wall_public", NULL);
}

// Every pair once; the wall is symmetric; nothing is open unless both name the same bid; order is irrelevant.
static void properties(void **state) {
  (void)state;
  rng_seed(181);
  static const char *const ids[] = {"a", "b", "c", "d"}, *const bids[] = {"1", "2", NULL};
  for (int k = 0; k < CASES; k++) {
    AUTO(arena_release) struct arena a = {0};
    struct bid_wall_party p[4];
    struct bid_wall_seen s[3];
    for (int i = 0; i < 4; i++) {
      const char *bid = bids[below(3)];
      p[i] = (struct bid_wall_party){.company = str_of(ids[i]), .bid = bid ? str_of(bid) : STR_NULL};
    }
    for (int i = 0; i < 3; i++)
      s[i] = (struct bid_wall_seen){str_of(ids[below(4)]), str_of(ids[below(4)]), (int)below(4), 1000 + below(10)};
    struct bid_wall_input in = {p, 4, s, (size_t)below(4), chance(70) ? 1005 : SHAPE_NO_TIME, any_tri()};
    struct bid_wall_result r, again;
    assert_int_equal(rule_bid_wall(&in, &a, NULL, &r), ERR_OK);
    assert_int_equal(r.n_pairs, 6);
    for (size_t i = 0; i < 6; i++) {
      str bid[2] = {STR_NULL, STR_NULL};
      for (int m = 0; m < 4; m++) {
        if (str_eq(p[m].company, r.pairs[i].first)) bid[0] = p[m].bid;
        if (str_eq(p[m].company, r.pairs[i].second)) bid[1] = p[m].bid;
      }
      bool together = bid[0].p && bid[1].p && str_eq(bid[0], bid[1]);
      assert_int_equal(r.pairs[i].state == wall_state_open, together);
      assert_int_equal(r.pairs[i].n_cut, together ? 0 : wall_field_COUNT);
    }
    shuffle(p, 4, sizeof p[0]);
    assert_int_equal(rule_bid_wall(&in, &a, NULL, &again), ERR_OK);
    for (size_t i = 0; i < 6; i++) assert_int_equal(again.pairs[i].state, r.pairs[i].state);
    assert_int_equal(again.counsel, r.counsel);
  }
}

static void bad_input(void **state) {
  (void)state;
  expect_bad("bid_wall", "{\"parties\":[" P("a", "") "," P("a", "") "]}", "/parties/1/company", P_DUPLICATE);
  expect_bad("bid_wall", "{\"parties\":[" P("a", "") "]" SEEN("2026-11-10T08:00:00Z") "}", "/seen/0/by", P_NO_SUCH_RECORD);
  expect_bad("bid_wall", "{\"parties\":[]}", "/parties", P_REQUIRED);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(rows), cmocka_unit_test(properties), cmocka_unit_test(bad_input)};
  return cmocka_run_group_tests_name("rule_bid_wall", tests, NULL, NULL);
}
