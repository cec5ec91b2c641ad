// SPDX-License-Identifier: Apache-2.0
// The shape mechanism, tried through the shapes of the rules: strict decoding with pointers, defaults, encoding and back, schemas.
#include "rules_testing.h"

#include "rules/settle.h"
#include "rules/stage.h"

static void refuses_what_it_does_not_know(void **state) {
  (void)state;
  expect_bad("stage", JSON_TEXT({"nonsense" : 1}), "/nonsense", P_UNKNOWN_FIELD);
  expect_bad("stage", JSON_TEXT({"evidence" : [ {"marker" : "budget_set", "a/b~c" : 1} ]}), "/evidence/0/a~1b~0c",
             P_UNKNOWN_FIELD);
  expect_bad("stage", JSON_TEXT({"evidence" : [ {"marker" : "budget_set"}, {} ]}), "/evidence/1/marker", P_REQUIRED);
  expect_bad("stage", JSON_TEXT({"evidence" : [ {"marker" : null} ]}), "/evidence/0/marker", P_REQUIRED);
  expect_bad("stage", JSON_TEXT({"evidence" : [ {"marker" : "Budget_set"} ]}), "/evidence/0/marker", P_BAD_WORD);
  expect_bad("stage", JSON_TEXT({"evidence" : {}}), "/evidence", P_WRONG_TYPE);
  expect_bad("stage", JSON_TEXT({"evidence" : [5]}), "/evidence/0", P_WRONG_TYPE);
  expect_bad("stage", JSON_TEXT({"today" : "2026-02-29"}), "/today", P_BAD_DATE);
  expect_bad("stage", JSON_TEXT({"fade_days" : 1.5}), "/fade_days", P_WRONG_TYPE);
  expect_bad("stage", JSON_TEXT({"fade_days" : -1}), "/fade_days", P_OUT_OF_RANGE);
  expect_bad("stage", "{\"evidence\":[{\"marker\":\"budget_set\",\"source\":\"a\\u0007b\"}]}", "/evidence/0/source",
             P_CONTROL_CHARACTER);
  expect_bad("stage", "[]", "", P_WRONG_TYPE);
  expect_bad("settle", JSON_TEXT({"currency" : "EUR", "on" : "2026-01-01", "parties" : [], "clauses" : []}), "/parties",
             P_REQUIRED);
  expect_bad("settle", JSON_TEXT({"parties" : [ {"company" : "a b", "kind" : "party"} ]}), "/parties/0/company", P_WRONG_TYPE);
}

static void money_is_strict(void **state) {
  (void)state;
  static const struct {
    const char *money, *pointer;
    enum problem_code code;
  } rows[] = {
    {"{\"amount\":\"1.234\",\"currency\":\"EUR\"}", "/facts/0/amount/amount", P_MONEY_DECIMALS},
    {"{\"amount\":\"1.2\",\"currency\":\"JPY\"}", "/facts/0/amount/amount", P_MONEY_DECIMALS},
    {"{\"amount\":\"99999999999999999999\",\"currency\":\"EUR\"}", "/facts/0/amount/amount", P_MONEY_RANGE},
    {"{\"amount\":\"1e3\",\"currency\":\"EUR\"}", "/facts/0/amount/amount", P_BAD_MONEY},
    {"{\"amount\":12,\"currency\":\"EUR\"}", "/facts/0/amount/amount", P_BAD_MONEY},
    {"{\"amount\":\"1\",\"currency\":\"XXQ\"}", "/facts/0/amount/currency", P_BAD_CURRENCY},
    {"{\"amount\":\"1\"}", "/facts/0/amount/currency", P_REQUIRED},
    {"{\"amount\":\"1\",\"currency\":\"EUR\",\"x\":1}", "/facts/0/amount/x", P_UNKNOWN_FIELD},
    {"12", "/facts/0/amount", P_WRONG_TYPE},
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    AUTO(buf_release) struct buf b = BUF(4096);
    buf_fmt(&b, "{\"facts\":[{\"fact\":\"f\",\"kind\":\"won\",\"on\":\"2026-01-01\",\"amount\":%s}]}", rows[i].money);
    expect_bad("settle", buf_z(&b), rows[i].pointer, rows[i].code);
  }
  expect_bad("settle", JSON_TEXT({"clauses" : [ {"cap" : {"amount" : "-1.00", "currency" : "EUR"}} ]}), "/clauses/0/cap/amount",
             P_OUT_OF_RANGE);
  expect_bad("settle", JSON_TEXT({"clauses" : [ {"rate" : "7%"} ]}), "/clauses/0/rate", P_WRONG_TYPE);
  expect_bad("settle", JSON_TEXT({"clauses" : [ {"rate" : "1/0"} ]}), "/clauses/0/rate", P_WRONG_TYPE);
}

static void whole_documents(void **state) {
  (void)state;
  AUTO(arena_release) struct arena a = {0};
  struct problem pb;
  assert_null(try_rule("stage", "{\"today\":null,\"today\":null}", &a, &pb));
  assert_int_equal(pb.code, P_DUPLICATE_KEY);
  assert_null(try_rule("stage", "{", &a, &pb));
  assert_int_equal(pb.code, P_BAD_JSON);
  assert_null(try_rule("stage", "", &a, &pb));
  assert_int_equal(pb.code, P_BAD_JSON);
  assert_null(try_rule("stage", "\"\xff\"", &a, &pb));
  assert_int_equal(pb.code, P_BAD_UTF8);
  char deep[200];
  memset(deep, '[', sizeof deep);
  deep[sizeof deep - 1] = '\0';
  assert_null(try_rule("stage", deep, &a, &pb));
  assert_int_equal(pb.code, P_TOO_DEEP);
}

static void at_most_fifty_errors(void **state) {
  (void)state;
  AUTO(arena_release) struct arena a = {0};
  AUTO(buf_release) struct buf b = BUF(1024 * 1024);
  struct problem pb;
  buf_putz(&b, "{\"evidence\":[5");
  for (int i = 0; i < 900; i++) buf_putz(&b, ",5");
  buf_putz(&b, "]}");
  assert_null(try_rule("stage", buf_z(&b), &a, &pb));
  assert_int_equal(pb.nfields, 50);
}

static void defaults_and_absence(void **state) {
  (void)state;
  struct stage_input in;
  shape_init(&shape_stage_input, &in);
  assert_int_equal(in.fade_days, 365);
  assert_int_equal(in.claimed, -1);
  assert_int_equal(in.today, SHAPE_NO_DATE);
  struct stage_evidence e;
  shape_init(&shape_stage_evidence, &e);
  assert_int_equal(e.status, evidence_status_confirmed);
  struct settle_clause c;
  shape_init(&shape_settle_clause, &c);
  assert_int_equal(c.base, reward_base_revenue);
  assert_int_equal(c.rate.den, 0);
  assert_int_equal(c.cap.cur.code[0], 0);
}

// Every default a shape declares is a value its field can take.
static void declared_defaults_are_sound(void **state) {
  (void)state;
  for (size_t r = 0; rule_all[r]; r++) {
    const struct shape *s = rule_all[r]->input;
    void *v = calloc(1, s->size);
    shape_init(s, v);
    for (int i = 0; i < s->n; i++) {
      const struct shape_field *f = &s->fields[i];
      if (f->dflt && f->kind == SHAPE_WORD) assert_true(*(int *)(void *)((char *)v + f->offset) >= 0);
      if (f->dflt && f->kind == SHAPE_INT) assert_true(*(int64_t *)(void *)((char *)v + f->offset) != SHAPE_NO_INT);
    }
    free(v);
  }
}

// What is written can be read again and gives the same bytes.
static void writes_what_it_reads(void **state) {
  (void)state;
  for (size_t r = 0; rule_all[r]; r++) {
    const struct shape *s = rule_all[r]->input;
    AUTO(arena_release) struct arena a = {0};
    struct problem pb = {.arena = &a};
    AUTO(buf_release) struct buf one = BUF(1024 * 1024), two = BUF(1024 * 1024);
    void *v = arena_alloc(&a, s->size), *w = arena_alloc(&a, s->size);
    assert_int_equal(shape_read(s, str_of(rule_all[r]->example), &a, &pb, v), ERR_OK);
    struct jw w1 = JW(&one), w2 = JW(&two);
    shape_write(s, v, &w1, -1);
    assert_int_equal(shape_read(s, buf_str(&one), &a, &pb, w), ERR_OK);
    shape_write(s, w, &w2, -1);
    assert_string_equal(buf_z(&one), buf_z(&two));
  }
}

static void schemas_name_what_they_use(void **state) {
  (void)state;
  for (size_t r = 0; rule_all[r]; r++) {
    AUTO(buf_release) struct buf b = BUF(4 * 1024 * 1024);
    rule_schema(rule_all[r], &b);
    json_t *t = json_loadb(b.p, b.n, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(t);
    assert_string_equal(text_at(t, "input/title"), rule_all[r]->name);
    json_t *defs = at_path(t, "input/$defs"), *both[2] = {defs, at_path(t, "output/$defs")};
    const char *parts[2] = {"\"input\"", "\"output\""};
    for (int k = 0; k < 2; k++) {
      char *text = json_dumps(at_path(t, k ? "output" : "input"), 0);
      for (const char *p = text; (p = strstr(p, "#/$defs/")) != NULL; p++) {
        char name[80] = {0};
        size_t n = strcspn(p + 8, "\"");
        assert_true(n < sizeof name);
        memcpy(name, p + 8, n);
        if (!json_object_get(both[k], name)) fail_msg("%s: %s of %s is not defined", rule_all[r]->name, name, parts[k]);
      }
      free(text);
    }
    json_decref(t);
  }
}

// Anything may stand on standard input: no answer, or a problem, never a crash. The corpus is every example, torn and bent.
static void torn_examples_never_crash(void **state) {
  (void)state;
  rng_seed(11);
  for (int i = 0; i < CASES; i++) {
    size_t count = 0;
    while (rule_all[count]) count++;
    const struct rule *r = rule_all[below((int64_t)count)];
    AUTO(buf_release) struct buf b = BUF(1024 * 1024), out = BUF(4 * 1024 * 1024);
    buf_putz(&b, r->example);
    for (int k = (int)below(6); k >= 0; k--) {
      size_t p = (size_t)below((int64_t)b.n);
      static const char marks[] = "{}[]\",:0-9eE.tfn\\u";
      if (chance(70))
        b.p[p] = marks[below((int64_t)sizeof marks - 1)];
      else
        b.n = p + 1;
    }
    AUTO(arena_release) struct arena a = {0};
    struct problem pb = {.arena = &a};
    enum err e = rule_answer(r, buf_str(&b), -1, &a, &pb, &out);
    if (e) assert_int_not_equal(pb.code, P_NONE);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(refuses_what_it_does_not_know),
    cmocka_unit_test(money_is_strict),
    cmocka_unit_test(whole_documents),
    cmocka_unit_test(at_most_fifty_errors),
    cmocka_unit_test(defaults_and_absence),
    cmocka_unit_test(declared_defaults_are_sound),
    cmocka_unit_test(writes_what_it_reads),
    cmocka_unit_test(schemas_name_what_they_use),
    cmocka_unit_test(torn_examples_never_crash),
  };
  return cmocka_run_group_tests_name("shape", tests, NULL, NULL);
}
