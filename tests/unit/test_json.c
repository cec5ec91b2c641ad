// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "unit.h"

static void check_refused(const char *name, str text, enum problem_code code, const char *arg) {
  AUTO(arena_release) struct arena a = {0};
  struct problem pb = {.arena = &a};
  json_t *t = NULL;
  if (json_read(text, &pb, &t) != ERR_INVALID || t) fail_msg("accepted: %s", name);
  if (pb.code != code) fail_msg("%s: %s", name, problem_name(pb.code));
  if (arg) assert_str(pb.args[0], arg);
  assert_true(utf8_valid(pb.args[0]));
}

static void refuses(void **state) {
  (void)state;
  static const struct {
    const char *text;
    enum problem_code code;
    const char *arg;
  } cases[] = {
    {"", P_BAD_JSON, NULL},
    {" ", P_BAD_JSON, NULL},
    {"{", P_BAD_JSON, "it ends too early (1:1)"},
    {"[1] x", P_BAD_JSON, "something follows its end (1:5)"},
    {"{} {}", P_BAD_JSON, NULL},
    {"[1,]", P_BAD_JSON, NULL},
    {"{\"a\":1,}", P_BAD_JSON, NULL},
    {"{a:1}", P_BAD_JSON, NULL},
    {"'a'", P_BAD_JSON, NULL},
    {"\xef\xbb\xbf{}", P_BAD_JSON, NULL},
    {"nul", P_BAD_JSON, NULL},
    {"NaN", P_BAD_JSON, NULL},
    {"01", P_BAD_JSON, NULL},
    {"+1", P_BAD_JSON, NULL},
    {".5", P_BAD_JSON, NULL},
    {"1e999", P_BAD_JSON, "a number is too large (1:5)"},
    {"9223372036854775808", P_BAD_JSON, "a number is too large (1:19)"},
    {"-9223372036854775809", P_BAD_JSON, NULL},
    {"\"\\u0000\"", P_BAD_JSON, NULL},
    {"{\"a\\u0000b\":1}", P_BAD_JSON, NULL},
    {"\"\\ud800\"", P_BAD_JSON, NULL},
    {"\"\\udc00\"", P_BAD_JSON, NULL},
    {"\"\\ud800\\u0041\"", P_BAD_JSON, NULL},
    {"\"\\x\"", P_BAD_JSON, NULL},
    {"\"a\nb\"", P_BAD_JSON, NULL},
    {"\"a", P_BAD_JSON, NULL},
    {"// c\n1", P_BAD_JSON, NULL},
    {"\"\xff\"", P_BAD_UTF8, NULL},
    {"\"\xc0\x80\"", P_BAD_UTF8, NULL},
    {"\"\xed\xa0\x80\"", P_BAD_UTF8, NULL},
    {"{\"a\":1,\"a\":2}", P_DUPLICATE_KEY, "a"},
    {"[{\"x\":{\"名\":1, \"名\" :2}}]", P_DUPLICATE_KEY, "名"},
    {"{\"a\\\"\\\\\":1,\"b\":0,\"a\\u0022\\u005c\":2}", P_DUPLICATE_KEY, "a\"\\"},
    {"{\"\":1,\"\":2}", P_DUPLICATE_KEY, ""},
  };
  for (size_t i = 0; i < ARRAY_LEN(cases); i++) check_refused(cases[i].text, str_of(cases[i].text), cases[i].code, cases[i].arg);
  check_refused("NUL byte", S("\"a\0b\""), P_BAD_JSON, NULL);
  check_refused("NUL behind", S("1\0"), P_BAD_JSON, NULL);
  check_refused("NUL and more", S("{} \0 {}"), P_BAD_JSON, NULL);
  json_t *t = NULL;
  assert_int_equal(json_read(S("["), NULL, &t), ERR_INVALID);  // nobody needs to want the reason
  assert_int_equal(json_read(STR_NULL, NULL, &t), ERR_INVALID);
}

static void nest(struct buf *b, int depth, char open, const char *key, char close) {
  for (int i = 0; i < depth; i++) buf_putc(b, open), buf_putz(b, i + 1 < depth ? key : "");
  for (int i = 0; i < depth; i++) buf_putc(b, close);
}

static void bounds_depth_and_values(void **state) {
  (void)state;
  AUTO(buf_release) struct buf b = BUF(4 * LIMIT_JSON_VALUES);
  json_t *t;
  for (int k = 0; k < 2; k++) {
    buf_clear(&b);
    nest(&b, LIMIT_JSON_DEPTH, k ? '{' : '[', k ? "\"a\":" : "", k ? '}' : ']');
    assert_int_equal(json_read(buf_str(&b), NULL, &t), ERR_OK);
    json_decref(t);
    buf_clear(&b);
    nest(&b, LIMIT_JSON_DEPTH + 1, k ? '{' : '[', k ? "\"a\":" : "", k ? '}' : ']');
    check_refused("deep", buf_str(&b), P_TOO_DEEP, "32");
  }
  // An array of n elements is n + 1 values.
  for (int n = LIMIT_JSON_VALUES - 1; n <= LIMIT_JSON_VALUES; n++) {
    buf_clear(&b);
    for (int i = 0; i < n; i++) buf_putz(&b, i ? ",1" : "[1");
    buf_putc(&b, ']');
    if (n == LIMIT_JSON_VALUES) {
      check_refused("many", buf_str(&b), P_TOO_MANY_VALUES, "10000");
      continue;
    }
    assert_int_equal(json_read(buf_str(&b), NULL, &t), ERR_OK);
    json_decref(t);
  }
  // Brackets and commas inside strings are not structure, nor is an escaped quote the end of one.
  buf_clear(&b);
  buf_putz(&b, "\"\\\"");
  for (int i = 0; i < 2 * LIMIT_JSON_VALUES; i++) buf_putc(&b, "[,"[i % 2]);
  buf_putc(&b, '"');
  assert_int_equal(json_read(buf_str(&b), NULL, &t), ERR_OK);
  json_decref(t);
}

static void writes(void **state) {
  (void)state;
  AUTO(buf_release) struct buf b = BUF(1000);
  struct jw w = JW(&b);
  jw_object(&w);
  jw_key(&w, S("a\""));
  jw_array(&w);
  jw_int(&w, INT64_MIN);
  jw_bool(&w, true);
  jw_bool(&w, false);
  jw_null(&w);
  jw_array(&w);
  jw_end_array(&w);
  jw_object(&w);
  jw_end_object(&w);
  jw_raw(&w, S("{\"x\":1}"));
  jw_end_array(&w);
  jw_key(&w, S("s"));
  jw_string(&w, S("\"\\/\b\f\n\r\t\x01\x1f\x7f\0é中"));
  jw_key(&w, S("e"));
  jw_string(&w, S(""));
  jw_key(&w, S("n"));
  jw_string(&w, STR_NULL);
  jw_end_object(&w);
  assert_buf(&b, "{\"a\\\"\":[-9223372036854775808,true,false,null,[],{},{\"x\":1}],"
                 "\"s\":\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\\u0000é中\",\"e\":\"\",\"n\":null}");
  assert_int_equal(w.depth, 0);
}

static void tree_keeps_document_order(void **state) {
  (void)state;
  const char *text = "{\"z\":1,\"a\":[true,null,\"ü\\n\",{\"y\":-5,\"b\":{}}],\"\":1.5}";
  json_t *t;
  assert_int_equal(json_read(str_of(text), NULL, &t), ERR_OK);
  AUTO(buf_release) struct buf b = BUF(1000);
  struct jw w = JW(&b);
  jw_tree(&w, t);
  assert_buf(&b, text);
  json_release(&t);
  assert_null(t);
  json_release(&t);
}

static void check_canon(const char *text, const char *expected) {
  AUTO(json_release) json_t *t = NULL;
  AUTO(buf_release) struct buf b = BUF(10000);
  buf_putz(&b, "before");
  assert_int_equal(json_read(str_of(text), NULL, &t), ERR_OK);
  enum err e = json_canon(&b, t);
  if (!expected) {
    assert_int_equal(e, ERR_INVALID);
    assert_buf(&b, "before");
    return;
  }
  assert_int_equal(e, ERR_OK);
  assert_str(str_sub(buf_str(&b), 6, b.n), expected);
}

// Samples of RFC 8785, sections 3.2.2 to 3.2.3 and appendix B, as far as integers go.
static void canonical_form(void **state) {
  (void)state;
  check_canon("{\"string\": \"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\",\n \"literals\": [null, true, false]}",
              "{\"literals\":[null,true,false],\"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
  check_canon("{\"\\u20ac\": \"Euro Sign\", \"\\r\": \"Carriage Return\", \"\\ufb33\": \"Hebrew Letter Dalet With Dagesh\","
              "\"1\": \"One\", \"\\ud83d\\ude00\": \"Emoji: Grinning Face\", \"\\u0080\": \"Control\","
              "\"\\u00f6\": \"Latin Small Letter O With Diaeresis\"}",
              "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\xc2\x80\":\"Control\",\"ö\":\"Latin Small Letter O With Diaeresis\","
              "\"€\":\"Euro Sign\",\"😀\":\"Emoji: Grinning Face\",\"\ufb33\":\"Hebrew Letter Dalet With Dagesh\"}");
  check_canon("{\"b\":1,\"a\":{\"d\":[],\"c\":{}},\"aa\":0,\"A\":-0}", "{\"A\":0,\"a\":{\"c\":{},\"d\":[]},\"aa\":0,\"b\":1}");
  check_canon("[9007199254740992,-9007199254740992]", "[9007199254740992,-9007199254740992]");
  check_canon("9007199254740993", NULL);
  check_canon("[-9007199254740993]", NULL);
  check_canon("{\"a\":[1.0]}", NULL);
  check_canon("1e2", NULL);
  check_canon("\"\\u007f\\u2028\"", "\"\x7f\u2028\"");
}

static void canonical_form_is_never_half(void **state) {
  (void)state;
  AUTO(json_release) json_t *t = NULL;
  assert_int_equal(json_read(S("{\"a\":\"0123456789\"}"), NULL, &t), ERR_OK);
  AUTO(buf_release) struct buf b = BUF(12);
  assert_int_equal(json_canon(&b, t), ERR_LIMIT);
  assert_buf(&b, "");
  AUTO(buf_release) struct buf c = BUF(10);
  assert_int_equal(json_canon(&c, NULL), ERR_INVALID);
}

static void random_text(struct gen *g, struct buf *b) {
  static const char *const pieces[] = {"a", "Z", "é", "中", "😀", "\\u0001", "\\n", "\\\"", "\\\\", "/", "\ue000", "\u2028", "0"};
  buf_putc(b, '"');
  for (uint64_t n = gen_below(g, 5); n; n--) buf_putz(b, pieces[gen_below(g, ARRAY_LEN(pieces))]);
  buf_putc(b, '"');
}

// Random JSON text with blanks in odd places; the members of each object get distinct keys by a counter.
static void random_json(struct gen *g, struct buf *b, int depth) {
  uint64_t kind = gen_below(g, depth ? 7 : 5), n = gen_below(g, 4);
  switch (kind) {
  case 0: buf_putz(b, "null"); break;
  case 1: buf_putz(b, gen_below(g, 2) ? "true" : "false"); break;
  case 2: buf_int(b, gen_int64(g) >> 11); break;
  case 3:
  case 4: random_text(g, b); break;
  default:
    buf_putz(b, kind == 5 ? "[ " : "{\n");
    for (uint64_t i = 0; i < n; i++) {
      if (i) buf_putz(b, " ,");
      if (kind == 6) {
        size_t at = b->n;
        random_text(g, b);
        b->n--;
        buf_fmt(b, "%d\" : ", (int)(at % 1000));
      }
      random_json(g, b, depth - 1);
    }
    buf_putz(b, kind == 5 ? "]" : "\t}");
  }
}

// Reading, writing canonically and reading again changes nothing, and the writer's text is read as the same value.
static void canon_is_stable(void **state) {
  (void)state;
  struct gen g = {7};
  int compared = 0;
  for (int round = 0; round < 2000; round++) {
    AUTO(buf_release) struct buf text = BUF(100000), once = BUF(100000), twice = BUF(100000), plain = BUF(100000);
    AUTO(json_release) json_t *t = NULL, *u = NULL, *v = NULL;
    random_json(&g, &text, 4);
    if (json_read(buf_str(&text), NULL, &t)) continue;  // two keys happened to be equal
    compared++;
    assert_int_equal(json_canon(&once, t), ERR_OK);
    assert_int_equal(json_read(buf_str(&once), NULL, &u), ERR_OK);
    assert_int_equal(json_canon(&twice, u), ERR_OK);
    assert_true(str_eq(buf_str(&once), buf_str(&twice)));
    struct jw w = JW(&plain);
    jw_tree(&w, t);
    assert_int_equal(json_read(buf_str(&plain), NULL, &v), ERR_OK);
    assert_true(json_equal(t, v) && json_equal(t, u));
  }
  assert_true(compared > 1900);
}

// Any bytes: an answer, never a crash; a refusal has a code and a valid argument.
static void survives_noise(void **state) {
  (void)state;
  struct gen g = {8};
  static const char seed[] = "{\"a\":[1,-2.5e3,\"x\\u00e9\\ud83d\\ude00\",true,null],\"a\\\"\":{\"b\":[]},\"c\":\"\\\\\"}";
  for (int round = 0; round < 5000; round++) {
    char text[sizeof seed];
    size_t n = sizeof seed - 1 - gen_below(&g, 10) * gen_below(&g, 2);
    memcpy(text, seed, sizeof seed);
    for (uint64_t k = gen_below(&g, 4); k; k--) {
      char structure = "\"\\{}[],:ua1"[gen_below(&g, 11)];
      text[gen_below(&g, n)] = gen_below(&g, 2) ? (char)gen_u64(&g) : structure;
    }
    AUTO(arena_release) struct arena a = {0};
    struct problem pb = {.arena = &a};
    AUTO(json_release) json_t *t = NULL;
    if (json_read((str){text, n}, &pb, &t))
      assert_true(pb.code != P_NONE && utf8_valid(pb.args[0]));
    else
      assert_non_null(t);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(refuses),         cmocka_unit_test(bounds_depth_and_values),
    cmocka_unit_test(writes),          cmocka_unit_test(tree_keeps_document_order),
    cmocka_unit_test(canonical_form),  cmocka_unit_test(canonical_form_is_never_half),
    cmocka_unit_test(canon_is_stable), cmocka_unit_test(survives_noise),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
