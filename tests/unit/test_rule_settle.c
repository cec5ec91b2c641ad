// SPDX-License-Identifier: Apache-2.0
// What the random comparison with the second implementation (tests/rules/settle_oracle.mjs) does not show: named cases, refusals, the document.
#include "rules_testing.h"

#include "rules/exact.h"
#include "rules/settle.h"

#define PARTIES \
  "\"currency\":\"EUR\",\"on\":\"2026-11-22\",\"parties\":[{\"company\":\"a\",\"kind\":\"party\"},{\"company\":\"b\",\"kind\":\"party\"}]"
#define EUR(x) "{\"amount\":\"" x "\",\"currency\":\"EUR\"}"
#define WON(x) "{\"fact\":\"w\",\"kind\":\"won\",\"on\":\"2026-06-01\",\"amount\":" EUR(x) "}"
#define TO_B "\"splits\":[{\"company\":\"b\",\"share\":\"1\"}]"
#define CASE(clause, facts, more) \
  "{" PARTIES ",\"clauses\":[{\"clause\":\"1\",\"payer\":\"a\"," TO_B "," clause "}],\"facts\":[" facts "]" more "}"
#define THIRDS                                                                                                                                                          \
  ",\"people\":[{\"person\":\"u3\",\"company\":\"b\",\"employer\":\"b\",\"share\":\"1/3\"},{\"person\":\"u1\",\"company\":\"b\",\"employer\":\"b\",\"share\":\"1/3\"}," \
  "{\"person\":\"u2\",\"company\":\"b\",\"employer\":\"b\",\"share\":\"1/3\"}]"

// 100,000.01 EUR, 7 % to the partner, three people in equal parts: the extra cent goes to the lowest id; a reversal mirrors it exactly.
static void worked_example(void **state) {
  (void)state;
  expect("settle", CASE("\"rate\":\"7/100\"", WON("100000.01"), THIRDS), "result/state", "due", "result/total/amount", "7000.00",
         "result/lines/0/amount/amount", "7000.00", "result/lines/1/person", "u1", "result/lines/1/amount/amount", "2333.34",
         "result/lines/2/person", "u2", "result/lines/2/amount/amount", "2333.33", "result/lines/3/person", "u3",
         "result/lines/3/amount/amount", "2333.33", NULL);
#define BEFORE                                                                                                                        \
  ",\"posted\":[{\"clause\":\"1\",\"company\":\"b\",\"kind\":\"reward\",\"amount\":" EUR(                                             \
    "7000.00") "},"                                                                                                                   \
               "{\"clause\":\"1\",\"company\":\"b\",\"person\":\"u1\",\"kind\":\"person\",\"amount\":" EUR(                           \
                 "2333.34") "},"                                                                                                      \
                            "{\"clause\":\"1\",\"company\":\"b\",\"person\":\"u2\",\"kind\":\"person\",\"amount\":" EUR(              \
                              "2333.33") "},"                                                                                         \
                                         "{\"clause\":\"1\",\"company\":\"b\",\"person\":\"u3\",\"kind\":\"person\",\"amount\":" EUR( \
                                           "2333.33") "}]"
#define CANCEL ",{\"fact\":\"x\",\"kind\":\"cancelled\",\"on\":\"2026-08-01\"}"
  expect("settle", CASE("\"rate\":\"7/100\"", WON("100000.01") CANCEL, THIRDS BEFORE), "result/lines/0/kind", "reversal",
         "result/lines/0/amount/amount", "-7000.00", "result/lines/1/amount/amount", "-2333.34", "result/lines/2/amount/amount",
         "-2333.33", "result/lines/3/amount/amount", "-2333.33", NULL);
  // Settled again with nothing new: nothing is added.
  expect("settle", CASE("\"rate\":\"7/100\"", WON("100000.01"), THIRDS BEFORE), "result/state", "nothing_due", NULL);
}

static void terms(void **state) {
  (void)state;
#define TIERS(mode)                          \
  "\"rate\":\"1/100\",\"tier_mode\":\"" mode \
  "\",\"tiers\":[{\"from\":" EUR("100.00") ",\"rate\":\"5/100\"},{\"from\":" EUR("200.00") ",\"rate\":\"10/100\"}]"
  static const struct {
    const char *input, *total;
  } rows[] = {
    {CASE(TIERS("marginal"), WON("99.99"), ""), "1.00"},
    {CASE(TIERS("marginal"), WON("150.00"), ""), "3.50"},
    {CASE(TIERS("marginal"), WON("300.00"), ""), "16.00"},
    {CASE(TIERS("whole"), WON("99.99"), ""), "1.00"},
    {CASE(TIERS("whole"), WON("100.00"), ""), "5.00"},
    {CASE(TIERS("whole"), WON("200.00"), ""), "20.00"},
    {CASE("\"rate\":\"1/2\",\"cap\":" EUR("10.00"), WON("100.00"), ""), "10.00"},
    {CASE("\"rate\":\"1/2\",\"floor\":" EUR("80.00"), WON("100.00"), ""), "80.00"},
    {CASE("\"fixed\":" EUR("12.34"), WON("100.00"), ""), "12.34"},
    {CASE("\"rate\":\"1/8\"", WON("0.20"), ""), "0.03"},    // 2.5 cents: half away from zero
    {CASE("\"rate\":\"1/8\"", WON("-0.20"), ""), "-0.03"},  // and its mirror
    {CASE("\"rate\":\"1/10\",\"from\":\"2026-06-02\"", WON("100.00"), ""), "0.00"},
    {CASE("\"rate\":\"1/10\",\"until\":\"2026-06-01\"", WON("100.00"), ""), "10.00"},
    {CASE("\"rate\":\"1/10\",\"trigger\":\"cash\"", WON("100.00"), ""), "0.00"},
    {CASE("\"rate\":\"1/10\",\"trigger\":\"cash\"",
          WON("90.00") ",{\"fact\":\"c\",\"kind\":\"cash\",\"on\":\"2026-07-01\",\"amount\":" EUR("30.00") "}", ""),
     "3.00"},
    {CASE("\"rate\":\"1/10\",\"trigger\":\"cash\"",
          WON("90.00") ",{\"fact\":\"c\",\"kind\":\"cash\",\"on\":\"2026-07-01\",\"amount\":" EUR("500.00") "}", ""),
     "9.00"},
    {CASE("\"rate\":\"1/10\",\"trigger\":\"invoiced\"",
          WON("90.00") ",{\"fact\":\"c\",\"kind\":\"invoiced\",\"on\":\"2026-07-01\",\"amount\":" EUR("45.00") "}", ""),
     "4.50"},
    {CASE("\"rate\":\"1/10\",\"base\":\"cash\"",
          WON("90.00") ",{\"fact\":\"c\",\"kind\":\"cash\",\"on\":\"2026-07-01\",\"amount\":" EUR("30.00") "}", ""),
     "3.00"},
    {CASE("\"rate\":\"1/10\",\"holdback\":\"1/4\"", WON("100.00"), ""), "7.50"},
    {CASE("\"rate\":\"1/10\",\"holdback\":\"1/4\",\"holdback_until\":\"2026-11-22\"", WON("100.00"), ""), "10.00"},
    {CASE("\"rate\":\"1/10\",\"holdback\":\"1/4\",\"holdback_until\":\"2026-11-23\"", WON("100.00"), ""), "7.50"},
    // Cancelled 61 days after the win: the schedule takes back half, then nothing.
    {CASE("\"rate\":\"1/10\",\"take_back\":[{\"within_days\":60,\"share\":\"1\"},{\"within_days\":61,\"share\":\"1/2\"}]",
          WON("100.00") CANCEL, ""),
     "5.00"},
    {CASE("\"rate\":\"1/10\",\"take_back\":[{\"within_days\":60,\"share\":\"1\"}]", WON("100.00") CANCEL, ""), "10.00"},
    {CASE("\"rate\":\"1/10\"", WON("100.00") CANCEL, ""), "0.00"},
    {CASE("\"rate\":\"1/10\"",
          "{\"fact\":\"w\",\"kind\":\"won\",\"on\":\"2026-06-01\",\"tax_included\":\"22/100\",\"amount\":" EUR("122.00") "}", ""),
     "10.00"},
    {CASE("\"rate\":\"1/10\"",
          "{\"fact\":\"w\",\"kind\":\"won\",\"on\":\"2026-06-01\",\"amount\":{\"amount\":\"1000\",\"currency\":\"JPY\"}}",
          ",\"fx\":[{\"from\":\"JPY\",\"on\":\"2026-06-01\",\"rate\":\"6/1000\"}]"),
     "0.60"},
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) expect("settle", rows[i].input, "result/total/amount", rows[i].total, NULL);
}

static void nobody_is_paid_for_a_lost_deal(void **state) {
  (void)state;
#define LOST "{\"fact\":\"l\",\"kind\":\"lost\",\"on\":\"2026-07-01\"}"
  expect("settle", CASE("\"rate\":\"1/10\"", LOST, ""), "result/state", "nothing_due", "because", "settle_lost", NULL);
  expect("settle", CASE("\"rate\":\"1/10\"", LOST "," WON("5.00"), ""), "result/state", "nothing_due", NULL);
}

static void missing_figures(void **state) {
  (void)state;
  expect("settle", CASE("\"rate\":\"1/10\",\"base\":\"margin\"", WON("5.00"), ""), "result/state", "unknown", "unknown/0/pointer",
         "/facts/0/cost", NULL);
  expect("settle", CASE("\"rate\":\"1/10\",\"base\":\"first_year\"", WON("5.00"), ""), "result/state", "unknown",
         "unknown/0/pointer", "/facts/0/first_year", NULL);
  expect("settle",
         CASE("\"rate\":\"1/10\"",
              "{\"fact\":\"w\",\"kind\":\"won\",\"on\":\"2026-06-01\",\"amount\":{\"amount\":\"1\",\"currency\":\"USD\"}}", ""),
         "result/state", "unknown", "unknown/0/pointer", "/fx", NULL);
}

static void tax(void **state) {
  (void)state;
#define TAXED(mode)                                                                                  \
  "{\"currency\":\"EUR\",\"on\":\"2026-11-22\",\"parties\":[{\"company\":\"a\",\"kind\":\"party\"}," \
  "{\"company\":\"b\",\"kind\":\"party\",\"tax_mode\":\"" mode "\",\"tax_rate\":\"22/100\"}],"       \
  "\"clauses\":[{\"clause\":\"1\",\"payer\":\"a\"," TO_B ",\"rate\":\"1/10\"}],\"facts\":[" WON("100.00") "]}"
  expect("settle", TAXED("added"), "result/lines/1/kind", "tax", "result/lines/1/amount/amount", "2.20", "result/total/amount",
         "12.20", NULL);
  expect("settle", TAXED("withheld"), "result/lines/1/kind", "withholding", "result/lines/1/amount/amount", "-2.20",
         "result/total/amount", "7.80", NULL);
  json_t *t = run_rule("settle", TAXED("reverse_charge"));
  assert_int_equal(json_array_size(at_path(t, "result/lines")), 1);
  assert_true(has_reason(at_path(t, "result/lines/0/because"), "settle_reverse_charge"));
  json_decref(t);
}

static void agreed_sums(void **state) {
  (void)state;
#define AGREED(kind, yes)                                                                                 \
  ",\"agreed\":[{\"kind\":\"" kind "\",\"clause\":\"1\",\"payer\":\"a\",\"payee\":\"b\",\"amount\":" EUR( \
    "3.00") ",\"payer_agreed\":\"yes\",\"payee_agreed\":\"" yes "\"}]"
  expect("settle", CASE("\"rate\":\"1/10\"", WON("100.00"), AGREED("buy_out", "yes")), "result/lines/0/kind", "buy_out",
         "result/total/amount", "3.00", NULL);
  expect("settle", CASE("\"rate\":\"1/10\"", WON("100.00"), AGREED("compromise", "yes")), "result/total/amount", "13.00", NULL);
  expect("settle", CASE("\"rate\":\"1/10\"", WON("100.00"), AGREED("buy_out", "unknown")), "result/total/amount", "10.00",
         "because", "settle_not_agreed", "unknown/0/pointer", "/agreed/0/payee_agreed", NULL);
}

static void balances(void **state) {
  (void)state;
  expect("settle",
         "{\"currency\":\"EUR\",\"on\":\"2026-11-22\",\"parties\":[{\"company\":\"b\",\"kind\":\"party\",\"opening\":" EUR(
           "5.00") "},"
                   "{\"company\":\"a\",\"kind\":\"party\",\"opening\":" EUR(
                     "-5.00") "}],\"clauses\":[{\"clause\":\"1\",\"payer\":\"a\"," TO_B ",\"rate\":\"1/10\"}],"
                              "\"facts\":[" WON("100.00") "],\"payments\":[{\"payer\":\"a\",\"payee\":\"b\",\"amount\":" EUR(
                                "4.00") "}]}",
         "result/balances/0/closing/amount", "-11.00", "result/balances/1/company", "b", "result/balances/1/movements/amount",
         "10.00", "result/balances/1/paid/amount", "4.00", "result/balances/1/closing/amount", "11.00", NULL);
}

// ---- payee guard -------------------------------------------------------------------------------------------------------

// Every kind that is refused stays refused, whatever the role says.
static void refused_under_any_role(void **state) {
  (void)state;
  static const char *const roles[] = {"sourced", "influenced", "closed", "delivered", "consultant", "marketing fund", ""};
  for (int kind = 1; kind < payee_kind_COUNT; kind++)
    for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
      AUTO(buf_release) struct buf b = BUF(8192);
      const char *word = vocab_word(&vocab_payee_kind, kind);
      buf_fmt(
        &b,
        "{" PARTIES ",\"clauses\":[{\"clause\":\"1\",\"payer\":\"a\"," TO_B ",\"rate\":\"1/10\"}],\"facts\":[" WON(
          "9.00") "],"
                  "\"people\":[{\"person\":\"u\",\"company\":\"b\",\"employer\":\"b\",\"share\":\"1\",\"role\":\"%s\",\"kind\":\"%s\"}]}",
        roles[i], word);
      expect("settle", buf_z(&b), "result/state", "refused", "result/refused/0/payee", "u", "result/refused/0/kind", word,
             "result/lines/0", "(none)", NULL);
      buf_clear(&b);
      buf_fmt(
        &b,
        "{\"currency\":\"EUR\",\"on\":\"2026-11-22\",\"parties\":[{\"company\":\"a\",\"kind\":\"party\"},{\"company\":\"b\",\"kind\":\"%s\"}],"
        "\"clauses\":[{\"clause\":\"1\",\"payer\":\"a\",\"splits\":[{\"company\":\"b\",\"share\":\"1\",\"role\":\"%s\"}],\"rate\":\"1/10\"}],\"facts\":[" WON(
          "9.00") "]}",
        word, roles[i]);
      expect("settle", buf_z(&b), "result/state", "refused", "result/refused/0/pointer", "/clauses/0/splits/0/company", NULL);
    }
  // A person of another company, and one whose company nobody names.
  expect("settle",
         CASE("\"rate\":\"1/10\"", WON("9.00"),
              ",\"people\":[{\"person\":\"u\",\"company\":\"b\",\"employer\":\"a\",\"share\":\"1\"}]"),
         "result/state", "refused", NULL);
  expect("settle",
         CASE("\"rate\":\"1/10\"", WON("9.00"),
              ",\"people\":[{\"person\":\"u\",\"company\":\"z\",\"employer\":\"z\",\"share\":\"1\"}]"),
         "result/state", "refused", NULL);
  expect("settle",
         CASE("\"rate\":\"1/10\"", WON("9.00"),
              ",\"agreed\":[{\"kind\":\"compromise\",\"payer\":\"a\",\"payee\":\"z\",\"amount\":" EUR("1.00") "}]"),
         "result/state", "refused", "result/refused/0/pointer", "/agreed/0/payee", NULL);
}

static void contradictions(void **state) {
  (void)state;
  expect_bad("settle", CASE("\"rate\":\"1/10\",\"fixed\":" EUR("1.00"), "", ""), "/clauses/0/rate", P_WRONG_TYPE);
  expect_bad("settle", CASE("\"base\":\"revenue\"", "", ""), "/clauses/0/rate", P_WRONG_TYPE);
  expect_bad("settle", CASE("\"rate\":\"1/10\",\"cap\":{\"amount\":\"1\",\"currency\":\"USD\"}", "", ""), "/clauses/0/cap",
             P_WRONG_TYPE);
  expect_bad("settle", CASE("\"rate\":\"1/10\",\"holdback\":\"11/10\"", "", ""), "/clauses/0/holdback", P_BAD_RATE);
  expect_bad("settle", CASE("\"rate\":\"1/10\",\"cap\":" EUR("1.00") ",\"floor\":" EUR("2.00"), "", ""), "/clauses/0/floor",
             P_WRONG_TYPE);
  expect_bad("settle", CASE("\"rate\":\"1/10\"", WON("1.00") "," WON("1.00"), ""), "/facts/1/fact", P_DUPLICATE);
  expect_bad("settle",
             CASE("\"rate\":\"1/10\"",
                  WON("1.00") ",{\"fact\":\"x\",\"kind\":\"cancelled\",\"on\":\"2026-07-01\",\"amount\":" EUR("1.01") "}", ""),
             "/facts/1/amount", P_OUT_OF_RANGE);
  expect_bad("settle", CASE("\"rate\":\"1/10\"", "{\"fact\":\"x\",\"kind\":\"cash\",\"on\":\"2026-07-01\"}", ""),
             "/facts/0/amount", P_REQUIRED);
  expect_bad(
    "settle",
    "{" PARTIES
    ",\"clauses\":[{\"clause\":\"1\",\"payer\":\"a\",\"rate\":\"1\",\"splits\":[{\"company\":\"b\",\"share\":\"1/2\"},{\"company\":\"a\",\"share\":\"1/3\"}]}]}",
    "/clauses/0/splits", P_SHARES_SUM);
  expect_bad(
    "settle",
    CASE("\"rate\":\"1/10\"", "", ",\"people\":[{\"person\":\"u\",\"company\":\"b\",\"employer\":\"b\",\"share\":\"1/2\"}]"),
    "/people/0/share", P_SHARES_SUM);
  expect_bad("settle", "{" PARTIES ",\"clauses\":[{\"clause\":\"1\",\"payer\":\"zz\",\"rate\":\"1\"," TO_B "}]}",
             "/clauses/0/payer", P_WRONG_TYPE);
  expect_bad("settle",
             "{\"currency\":\"ZZZ\",\"on\":\"2026-11-22\",\"parties\":[{\"company\":\"a\",\"kind\":\"party\"}],\"clauses\":[]}",
             "/currency", P_BAD_CURRENCY);
}

static void overflow_is_an_error(void **state) {
  (void)state;
  AUTO(arena_release) struct arena a = {0};
  struct problem pb;
  assert_null(try_rule("settle", CASE("\"rate\":\"9\"", WON("92233720368547758.07"), ""), &a, &pb));
  assert_int_equal(pb.code, P_OVERFLOW);
  assert_null(try_rule(
    "settle",
    CASE("\"rate\":\"1\"",
         WON("92233720368547758.07") ",{\"fact\":\"v\",\"kind\":\"won\",\"on\":\"2026-06-02\",\"amount\":" EUR("0.01") "}", ""),
    &a, &pb));
  assert_int_equal(pb.code, P_OVERFLOW);
  expect("settle", CASE("\"rate\":\"1\"", WON("92233720368547758.07"), ""), "result/total/amount", "92233720368547758.07", NULL);
}

// ---- the document ------------------------------------------------------------------------------------------------------

static void document_can_be_recomputed(void **state) {
  (void)state;
  AUTO(arena_release) struct arena a = {0};
  struct problem pb = {.arena = &a};
  struct settle_input in;
  struct settle_result r;
  AUTO(buf_release) struct buf doc = BUF(1024 * 1024);
  assert_int_equal(shape_read(&shape_settle_input, S(CASE("\"rate\":\"7/100\"", WON("100000.01"), THIRDS)), &a, &pb, &in),
                   ERR_OK);
  assert_int_equal(rule_settle(&in, &a, &pb, &r), ERR_OK);
  assert_int_equal(settle_document(&in, &r, &a, &doc), ERR_OK);
  bool same = false;
  size_t at = 0;
  assert_int_equal(settle_verify(buf_str(&doc), &a, &pb, &same, &at), ERR_OK);
  assert_true(same);
  // Any changed byte is found, or makes the document unreadable: none passes.
  for (size_t i = 0; i < doc.n; i++) {
    AUTO(arena_release) struct arena b = {0};
    struct problem p = {.arena = &b};
    char was = doc.p[i];
    doc.p[i] = was == '1' ? '2' : '1';
    bool good = false;
    if (settle_verify(buf_str(&doc), &b, &p, &good, &at) == ERR_OK) assert_false(good);
    doc.p[i] = was;
  }
}

// Negated facts, posted lines and sums give the negated statement.
static void negative_mirrors_positive(void **state) {
  (void)state;
  rng_seed(17);
  for (int i = 0; i < CASES; i++) {
    AUTO(arena_release) struct arena a = {0};
    struct settle_party parties[2];
    struct settle_person people[3];
    struct settle_split splits[2];
    struct settle_fact facts[2];
    struct settle_clause clause;
    struct settle_input in;
    currency eur = {"EUR"};
    for (int k = 0; k < 2; k++) {
      shape_init(&shape_settle_party, &parties[k]);
      parties[k].company = k ? S("b") : S("a");
      parties[k].kind = payee_kind_party;
      shape_init(&shape_settle_split, &splits[k]);
      splits[k].company = parties[k].company;
      shape_init(&shape_settle_fact, &facts[k]);
      facts[k].fact = k ? S("f1") : S("f0");
      facts[k].kind = settle_event_won;
      facts[k].on = 20000 + k;
      facts[k].amount = (money){below(INT64_C(1000000000)), eur};
    }
    int64_t den = 2 + below(99), num = 1 + below(den - 1);
    splits[0].share = (ratio){num, den};
    splits[1].share = (ratio){den - num, den};
    for (int k = 0; k < 3; k++) {
      shape_init(&shape_settle_person, &people[k]);
      people[k].person = k == 0 ? S("x") : k == 1 ? S("y") : S("z");
      people[k].company = people[k].employer = S("b");
      people[k].share = (ratio){1, 3};
    }
    shape_init(&shape_settle_clause, &clause);
    clause.clause = S("1");
    clause.payer = S("a");
    clause.rate = (ratio){1 + below(50), 51 + below(50)};
    clause.splits = splits;
    clause.n_splits = 2;
    if (chance(50)) clause.cap = (money){below(100000), eur};
    if (chance(50)) clause.holdback = (ratio){1, 7};
    shape_init(&shape_settle_input, &in);
    in.currency = S("EUR");
    in.on = 20100;
    in.parties = parties;
    in.n_parties = 2;
    in.people = people;
    in.n_people = 3;
    in.clauses = &clause;
    in.n_clauses = 1;
    in.facts = facts;
    in.n_facts = 2;
    struct settle_result plus, minus, mixed;
    assert_int_equal(rule_settle(&in, &a, NULL, &plus), ERR_OK);
    shuffle(parties, 2, sizeof parties[0]);
    shuffle(splits, 2, sizeof splits[0]);
    shuffle(people, 3, sizeof people[0]);
    shuffle(facts, 2, sizeof facts[0]);
    assert_int_equal(rule_settle(&in, &a, NULL, &mixed), ERR_OK);
    for (int k = 0; k < 2; k++) facts[k].amount.minor = -facts[k].amount.minor;
    assert_int_equal(rule_settle(&in, &a, NULL, &minus), ERR_OK);
    assert_int_equal(plus.n_lines, minus.n_lines);
    assert_int_equal(plus.n_lines, mixed.n_lines);
    int64_t sum = 0, company_b = 0, persons = 0;
    for (size_t k = 0; k < plus.n_lines; k++) {
      assert_int_equal(plus.lines[k].amount.minor, -minus.lines[k].amount.minor);
      assert_int_equal(plus.lines[k].amount.minor, mixed.lines[k].amount.minor);
      assert_int_equal(plus.lines[k].kind, minus.lines[k].kind);
      bool person = plus.lines[k].kind == posting_kind_person;
      if (person)
        persons += plus.lines[k].amount.minor;
      else if (str_eq(plus.lines[k].payee, S("b")))
        company_b += plus.lines[k].amount.minor;
    }
    assert_int_equal(persons, company_b);
    for (size_t k = 0; k < plus.n_entries; k++) sum += plus.entries[k].amount.minor;
    assert_int_equal(sum, 0);
  }
}

// ---- exact -------------------------------------------------------------------------------------------------------------

static void exact_arithmetic(void **state) {
  (void)state;
  int64_t v;
  assert_true(exact_round((exact){5, 2}, &v) && v == 3);
  assert_true(exact_round((exact){-5, 2}, &v) && v == -3);
  assert_true(exact_round((exact){7, 3}, &v) && v == 2);
  exact big = {(i128)INT64_MAX * INT64_MAX, 1}, r;
  assert_false(exact_times(big, exact_of(4), &r));
  assert_true(exact_times(big, exact_of(2), &r));
  assert_false(exact_plus(r, r, &r));
  assert_false(exact_over(exact_of(1), exact_of(0), &r));
  assert_false(exact_round(big, &v));
  assert_int_equal(exact_cmp((exact){(i128)INT64_MAX * 3, 7}, (exact){(i128)INT64_MAX * 3 + 1, 7}), -1);
  assert_int_equal(exact_cmp((exact){-1, 3}, (exact){-1, 4}), -1);
  rng_seed(23);
  for (int i = 0; i < CASES; i++) {
    int64_t a = below(2000001) - 1000000, b = 1 + below(1000), c = below(2000001) - 1000000, d = 1 + below(1000);
    exact x = {a, b}, y = {c, d}, sum, back;
    assert_int_equal(exact_cmp(x, y), a * d > c * b ? 1 : a * d < c * b ? -1 : 0);
    assert_true(exact_plus(x, y, &sum));
    assert_true(exact_minus(sum, y, &back));
    assert_int_equal(exact_cmp(back, x), 0);
    if (!c) continue;
    assert_true(exact_times(x, y, &sum));
    assert_true(exact_over(sum, y, &back));
    assert_int_equal(exact_cmp(back, x), 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(worked_example),
    cmocka_unit_test(terms),
    cmocka_unit_test(nobody_is_paid_for_a_lost_deal),
    cmocka_unit_test(missing_figures),
    cmocka_unit_test(tax),
    cmocka_unit_test(agreed_sums),
    cmocka_unit_test(balances),
    cmocka_unit_test(refused_under_any_role),
    cmocka_unit_test(contradictions),
    cmocka_unit_test(overflow_is_an_error),
    cmocka_unit_test(document_can_be_recomputed),
    cmocka_unit_test(negative_mirrors_positive),
    cmocka_unit_test(exact_arithmetic),
  };
  return cmocka_run_group_tests_name("rule_settle", tests, NULL, NULL);
}
