// SPDX-License-Identifier: Apache-2.0
#include "base/limits.h"
#include "base/money.h"
#include "unit.h"

static currency cur(const char *code) {
  currency c;
  assert_true(currency_parse(str_of(code), &c));
  return c;
}

static money eur(int64_t minor) { return (money){minor, cur("EUR")}; }

static void knows_currencies(void **state) {
  (void)state;
  assert_int_equal(currency_digits(cur("EUR")), 2);
  assert_int_equal(currency_digits(cur("CNY")), 2);
  assert_int_equal(currency_digits(cur("RUB")), 2);
  assert_int_equal(currency_digits(cur("JPY")), 0);
  assert_int_equal(currency_digits(cur("KWD")), 3);
  assert_int_equal(currency_digits(cur("CLF")), 4);
  currency c = cur("EUR");
  static const char *const wrong[] = {"", "EU", "EURO", "eur", "XYZ", "EU ", "UR ", "R U", "XXX"};
  for (size_t i = 0; i < ARRAY_LEN(wrong); i++) assert_false(currency_parse(str_of(wrong[i]), &c));
  assert_true(currency_eq(c, cur("EUR")));
  assert_false(currency_eq(c, cur("USD")));
  assert_int_equal(currency_digits((currency){""}), -1);
  assert_int_equal(currency_digits((currency){{'E', 'U', 'R', 'X'}}), -1);
}

static void reads_amounts(void **state) {
  (void)state;
  static const struct {
    const char *code, *text;
    enum problem_code problem;
    int64_t minor;
  } cases[] = {
    {"EUR", "1234.50", P_NONE, 123450},
    {"EUR", "1234.5", P_NONE, 123450},
    {"EUR", "1234", P_NONE, 123400},
    {"EUR", "-0.01", P_NONE, -1},
    {"EUR", "0", P_NONE, 0},
    {"EUR", "-0.00", P_NONE, 0},
    {"JPY", "1200", P_NONE, 1200},
    {"KWD", "1.234", P_NONE, 1234},
    {"CLF", "0.0001", P_NONE, 1},
    {"EUR", "92233720368547758.07", P_NONE, INT64_MAX},
    {"EUR", "-92233720368547758.07", P_NONE, -INT64_MAX},
    {"EUR", "92233720368547758.08", P_MONEY_RANGE, 0},
    {"EUR", "-92233720368547758.08", P_MONEY_RANGE, 0},
    {"EUR", "99999999999999999999999999", P_MONEY_RANGE, 0},
    {"EUR", "1.234", P_MONEY_DECIMALS, 0},
    {"EUR", "1.000", P_MONEY_DECIMALS, 0},
    {"JPY", "1.5", P_MONEY_DECIMALS, 0},
    {"EUR", "", P_BAD_MONEY, 0},
    {"EUR", "-", P_BAD_MONEY, 0},
    {"EUR", ".5", P_BAD_MONEY, 0},
    {"EUR", "5.", P_BAD_MONEY, 0},
    {"EUR", "01", P_BAD_MONEY, 0},
    {"EUR", "+1", P_BAD_MONEY, 0},
    {"EUR", "1e3", P_BAD_MONEY, 0},
    {"EUR", "1,5", P_BAD_MONEY, 0},
    {"EUR", " 1", P_BAD_MONEY, 0},
    {"EUR", "1 000", P_BAD_MONEY, 0},
    {"EUR", "--1", P_BAD_MONEY, 0},
    {"EUR", "1.2.3", P_BAD_MONEY, 0},
    {"EUR", "1.-2", P_BAD_MONEY, 0},
    {"EUR", "１", P_BAD_MONEY, 0},
  };
  for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
    money m = {42, {"USD"}};
    enum problem_code got = money_parse(str_of(cases[i].text), cur(cases[i].code), &m);
    if (got != cases[i].problem) fail_msg("%s: %s", cases[i].text, problem_name(got));
    if (got != P_NONE)
      assert_true(m.minor == 42 && currency_eq(m.cur, cur("USD")));
    else
      assert_true(m.minor == cases[i].minor);
  }
  money m;
  assert_int_equal(money_parse(S("1"), (currency){""}, &m), P_BAD_CURRENCY);
}

static void amounts_come_back(void **state) {
  (void)state;
  static const char *const codes[] = {"EUR", "JPY", "KWD", "UYW"};
  struct gen g = {1};
  for (int round = 0; round < 4000; round++) {
    money m = {gen_int64(&g), cur(codes[gen_below(&g, 4)])}, back;
    AUTO(buf_release) struct buf b = BUF(40);
    money_amount_put(&b, m);
    assert_int_equal(money_parse(buf_str(&b), m.cur, &back), P_NONE);
    assert_true(back.minor == m.minor);
  }
  AUTO(buf_release) struct buf b = BUF(100);
  money_amount_put(&b, eur(5));
  buf_putc(&b, ' ');
  money_amount_put(&b, eur(-123456));
  buf_putc(&b, ' ');
  money_amount_put(&b, (money){7, cur("JPY")});
  buf_putc(&b, ' ');
  money_amount_put(&b, (money){INT64_MIN, cur("EUR")});
  assert_buf(&b, "0.05 -1234.56 7 -92233720368547758.08");
}

static void adds(void **state) {
  (void)state;
  money sum = eur(1);
  assert_int_equal(money_add(eur(2), eur(-5), &sum), ERR_OK);
  assert_true(sum.minor == -3);
  assert_int_equal(money_add(eur(1), (money){1, cur("USD")}, &sum), ERR_INVALID);
  assert_int_equal(money_add(eur(INT64_MAX), eur(1), &sum), ERR_LIMIT);
  assert_int_equal(money_add(eur(-INT64_MAX), eur(-1), &sum), ERR_LIMIT);  // every amount has a negative
  assert_true(sum.minor == -3);
}

static void reads_ratios(void **state) {
  (void)state;
  static const struct {
    const char *text, *back;
  } good[] = {{"7/100", "7/100"},
              {"14/200", "7/100"},
              {"1", "1"},
              {"0", "0"},
              {"0/5", "0"},
              {"3/3", "1"},
              {"9223372036854775807", "9223372036854775807"}};
  for (size_t i = 0; i < ARRAY_LEN(good); i++) {
    ratio r;
    AUTO(buf_release) struct buf b = BUF(60);
    assert_true(ratio_parse(str_of(good[i].text), &r));
    ratio_put(&b, r);
    assert_buf(&b, good[i].back);
  }
  static const char *const wrong[] = {
    "", "/", "1/", "/2", "1/0", "-1/2", "1/-2", "+1", "0.07", "7%", "1/2/3", " 1/2", "9223372036854775808"};
  ratio r = {1, 9};
  for (size_t i = 0; i < ARRAY_LEN(wrong); i++) assert_false(ratio_parse(str_of(wrong[i]), &r));
  assert_true(r.den == 9);
  assert_true(ratio_make(6, -4, &r) && r.num == -3 && r.den == 2);
  assert_true(ratio_make(INT64_MIN, 2, &r) && r.num == INT64_MIN / 2 && r.den == 1);
  assert_false(ratio_make(INT64_MIN, 1, &r));
  assert_false(ratio_make(1, 0, &r));
}

static void ratios_compute(void **state) {
  (void)state;
  ratio r;
  assert_true(ratio_cmp((ratio){INT64_MAX - 1, INT64_MAX}, (ratio){INT64_MAX - 2, INT64_MAX - 1}) > 0);
  assert_int_equal(ratio_cmp((ratio){1, 2}, (ratio){1, 2}), 0);
  assert_true(ratio_cmp((ratio){-1, 2}, (ratio){1, 2}) < 0);
  assert_true(ratio_add((ratio){1, 6}, (ratio){1, 3}, &r) && r.num == 1 && r.den == 2);
  assert_true(ratio_add((ratio){INT64_MAX - 1, INT64_MAX}, (ratio){1, INT64_MAX}, &r) && r.num == 1 && r.den == 1);
  assert_false(ratio_add((ratio){1, INT64_MAX}, (ratio){1, INT64_MAX - 1}, &r));
  assert_false(ratio_add((ratio){INT64_MAX, 1}, (ratio){1, 1}, &r));
}

static void rounds_half_away_from_zero(void **state) {
  (void)state;
  static const struct {
    int64_t minor, num, den, result;
  } cases[] = {{1, 1, 2, 1},
               {-1, 1, 2, -1},
               {3, 1, 2, 2},
               {1, 1, 3, 0},
               {2, 1, 3, 1},
               {-2, 1, 3, -1},
               {5, -1, 2, -3},
               {0, 7, 9, 0},
               {INT64_MAX, 1, 1, INT64_MAX},
               {1, 499, 1000, 0},
               {INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX}};
  for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
    money m;
    assert_int_equal(money_times(eur(cases[i].minor), (ratio){cases[i].num, cases[i].den}, &m), ERR_OK);
    if (m.minor != cases[i].result) fail_msg("case %zu: %lld", i, (long long)m.minor);
  }
  money m = eur(5);
  assert_int_equal(money_times(eur(INT64_MAX), (ratio){2, 1}, &m), ERR_LIMIT);
  assert_true(m.minor == 5);
}

// Twice the distance between result and exact product is at most the denominator, and the negative mirrors.
static void products_are_nearest(void **state) {
  (void)state;
  struct gen g = {4};
  for (int round = 0; round < 4000; round++) {
    int64_t minor = (int64_t)gen_below(&g, INT64_C(1) << 40), num = (int64_t)gen_below(&g, 100000),
            den = 1 + (int64_t)gen_below(&g, 100000);
    money plus, minus;
    assert_int_equal(money_times(eur(minor), (ratio){num, den}, &plus), ERR_OK);
    assert_int_equal(money_times(eur(-minor), (ratio){num, den}, &minus), ERR_OK);
    assert_true(minus.minor == -plus.minor);
    int64_t off = plus.minor * den - minor * num;
    assert_true(2 * (off < 0 ? -off : off) <= den);
    assert_true(2 * off != -den);  // a half went up
  }
}

// The example of the guide: 7 % of 100,000.01 EUR among three.
static void worked_example(void **state) {
  (void)state;
  money base, reward, parts[3];
  ratio rate, third = {1, 3};
  assert_int_equal(money_parse(S("100000.01"), cur("EUR"), &base), P_NONE);
  assert_true(ratio_parse(S("7/100"), &rate));
  assert_int_equal(money_times(base, rate, &reward), ERR_OK);
  AUTO(buf_release) struct buf b = BUF(200);
  money_amount_put(&b, reward);
  const ratio shares[] = {third, third, third};
  const int64_t ties[] = {30, 10, 20};
  assert_int_equal(money_split(reward, shares, ties, 3, parts), ERR_OK);
  for (int i = 0; i < 3; i++) buf_putc(&b, ' '), money_amount_put(&b, parts[i]);
  assert_int_equal(money_split(eur(-reward.minor), shares, ties, 3, parts), ERR_OK);
  for (int i = 0; i < 3; i++) buf_putc(&b, ' '), money_amount_put(&b, parts[i]);
  assert_buf(&b, "7000.00 2333.33 2333.34 2333.33 -2333.33 -2333.34 -2333.33");
}

static void splits_by_largest_remainder(void **state) {
  (void)state;
  // 100 cents by 1/2, 1/3, 1/6: 50, 33.33, 16.67; the cent goes to the largest fraction.
  const ratio shares[] = {{1, 2}, {1, 3}, {1, 6}};
  const int64_t ties[] = {3, 2, 1};
  money parts[3];
  assert_int_equal(money_split(eur(100), shares, ties, 3, parts), ERR_OK);
  assert_true(parts[0].minor == 50 && parts[1].minor == 33 && parts[2].minor == 17);
  // A share of nothing gets nothing, whatever its id.
  const ratio with_zero[] = {{0, 1}, {1, 2}, {1, 2}};
  assert_int_equal(money_split(eur(1), with_zero, ties, 3, parts), ERR_OK);
  assert_true(parts[0].minor == 0 && parts[1].minor == 0 && parts[2].minor == 1);
}

static void refuses_wrong_splits(void **state) {
  (void)state;
  money parts[2] = {eur(9), eur(9)};
  const int64_t ties[] = {1, 2};
  const ratio less[] = {{1, 2}, {1, 3}}, negative[] = {{3, 2}, {-1, 2}}, huge[] = {{1, INT64_MAX}, {1, INT64_MAX - 1}},
              one[] = {{1, 1}, {0, 1}};
  assert_int_equal(money_split(eur(5), less, ties, 2, parts), ERR_INVALID);
  assert_int_equal(money_split(eur(5), negative, ties, 2, parts), ERR_INVALID);
  assert_int_equal(money_split(eur(5), huge, ties, 2, parts), ERR_LIMIT);
  assert_int_equal(money_split(eur(5), one, ties, 0, parts), ERR_INVALID);
  assert_int_equal(money_split(eur(5), one, ties, LIMIT_SPLITS * LIMIT_PARTIES + 1, parts), ERR_INVALID);
  assert_int_equal(money_split(eur(INT64_MIN), one, ties, 2, parts), ERR_LIMIT);
  assert_true(parts[0].minor == 9 && parts[1].minor == 9);
  assert_int_equal(money_split(eur(-INT64_MAX), one, ties, 2, parts), ERR_OK);
  assert_true(parts[0].minor == -INT64_MAX);
}

// For any weights: the sum is exact, each part is within one minor unit of its exact share, order of the input does not
// matter, and the negative total mirrors.
static void splits_are_fair(void **state) {
  (void)state;
  struct gen g = {5};
  for (int round = 0; round < 1500; round++) {
    enum { MOST = 9 };
    size_t n = 1 + gen_below(&g, MOST);
    int64_t weights[MOST], ties[MOST], turned_ties[MOST], all = 0, total = (int64_t)gen_below(&g, 1000000), sum = 0;
    for (size_t i = 0; i < n; i++) all += weights[i] = 1 + (int64_t)gen_below(&g, 50);
    ratio shares[MOST], turned[MOST];
    for (size_t i = 0; i < n; i++) {
      shares[i] = (ratio){weights[i], all};
      ties[i] = (int64_t)((i * 7 + 3) % 10);
      turned[n - 1 - i] = shares[i];
      turned_ties[n - 1 - i] = ties[i];
    }
    money parts[MOST], mirrored[MOST], back[MOST];
    assert_int_equal(money_split(eur(total), shares, ties, n, parts), ERR_OK);
    assert_int_equal(money_split(eur(-total), shares, ties, n, mirrored), ERR_OK);
    assert_int_equal(money_split(eur(total), turned, turned_ties, n, back), ERR_OK);
    for (size_t i = 0; i < n; i++) {
      sum += parts[i].minor;
      int64_t off = parts[i].minor * all - total * weights[i];
      assert_true(off > -all && off < all);
      assert_true(mirrored[i].minor == -parts[i].minor);
      assert_true(back[n - 1 - i].minor == parts[i].minor);
    }
    assert_true(sum == total);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(knows_currencies),
    cmocka_unit_test(reads_amounts),
    cmocka_unit_test(amounts_come_back),
    cmocka_unit_test(adds),
    cmocka_unit_test(reads_ratios),
    cmocka_unit_test(ratios_compute),
    cmocka_unit_test(rounds_half_away_from_zero),
    cmocka_unit_test(products_are_nearest),
    cmocka_unit_test(worked_example),
    cmocka_unit_test(splits_by_largest_remainder),
    cmocka_unit_test(refuses_wrong_splits),
    cmocka_unit_test(splits_are_fair),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
