// SPDX-License-Identifier: Apache-2.0
// src/model on entities of its own: lookups, masks, values, canonical form, every decode error, what is
// derived, and what the self-check refuses. Rows are in test_model_rows.c.
#include "model/model_internal.h"
#include "unit.h"
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define ENTITY_LIST "../tests/unit/test_model_entities.inc"  // seen from src/
#define ENTITY_TABLE test_entities
extern const struct entity *const test_entities[];
#include "model/entities_enum.inc"
#include "model/entities_table.inc"

#define W (&entity_widget)
#define G (&entity_gadget)

// ---- lookups and masks

static void lookups_by_every_name(void **state) {
  (void)state;
  assert_ptr_equal(entity_find(S("widget")), W);
  assert_ptr_equal(entity_by_path(S("gadgets")), G);
  assert_ptr_equal(entity_by_prefix(S("gadget")), G);
  assert_null(entity_find(S("widgets")));
  assert_null(entity_by_path(S("")));
  assert_ptr_equal(entity_root(W), W);
  assert_ptr_equal(entity_root(G), W);
  assert_int_equal(field_find(W, S("price")), widget_f_price);
  assert_int_equal(field_find(W, S("pric")), -1);
  assert_int_equal(W->index, 1);
  assert_int_equal(W->nfields, widget_f_COUNT);
}

static void fieldset_expressions(void **state) {
  (void)state;
  const uint64_t lang = FIELD_BIT(widget_f_lang), price = FIELD_BIT(widget_f_price), due = FIELD_BIT(widget_f_due);
  const uint64_t all = entity_mask_all(W);
  assert_false(all & FIELD_BIT(widget_f_secret));
  assert_int_equal(__builtin_popcountll(all), widget_f_COUNT - 1);
  static const struct {
    const char *expr;
    bool ok;
    int set;  // 0 teaser, 1 all
    uint64_t plus, minus;
  } cases[] = {
    {"teaser", true, 0, 0, 0},
    {"member", true, 1, 0, 0},
    {"member-price", true, 1, 0, FIELD_BIT(widget_f_price)},
    {"teaser+due-lang", true, 0, FIELD_BIT(widget_f_due), FIELD_BIT(widget_f_lang)},
    {"teaser-lang+lang", true, 0, 0, 0},
    {"other", false, 0, 0, 0},
    {"", false, 0, 0, 0},
    {"teaser+", false, 0, 0, 0},
    {"teaser+nothing", false, 0, 0, 0},
    {"teaser+secret", false, 0, 0, 0},
    {"+due", false, 0, 0, 0},
  };
  (void)due;
  for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
    uint64_t mask = 7;
    bool ok = entity_fieldset_mask(W, str_of(cases[i].expr), &mask);
    if (ok != cases[i].ok) fail_msg("%s", cases[i].expr);
    uint64_t base = cases[i].set ? all : lang | price;
    assert_true(mask == (ok ? (base | cases[i].plus) & ~cases[i].minus : 7));
  }
}

// ---- values

static void accessors(void **state) {
  (void)state;
  AUTO(arena_release) struct arena a = {0};
  struct rec *r = rec_new(&a, W);
  assert_true(r->id > 0 && r->root == r->id && !r->room);
  assert_int_equal(rec_int(r, widget_f_open), 1);
  assert_str(rec_text(r, widget_f_lang), "en");
  assert_int_equal(rec_word(r, widget_f_lang), 0);
  assert_int_equal(rec_rate(r, widget_f_share).den, 100);
  assert_false(rec_has(r, widget_f_price));
  assert_int_equal(rec_word(r, widget_f_lang), 0);
  assert_null(rec_text(r, widget_f_name).p);
  assert_int_equal(rec_rate(r, widget_f_share).num, 7);
  char name[] = "abc";
  rec_set_text(r, widget_f_name, str_of(name));
  name[0] = 'X';
  assert_str(rec_text(r, widget_f_name), "abc");  // copied
  struct rec *c = rec_copy(r);
  assert_int_equal(rec_diff(r, c), 0);
  rec_set_int(c, widget_f_count, -5);
  rec_set_ref(c, widget_f_parent, 42);
  rec_set_word(c, widget_f_lang, 2);
  rec_set_null(c, widget_f_share);
  assert_true(rec_diff(r, c) ==
              (FIELD_BIT(widget_f_count) | FIELD_BIT(widget_f_parent) | FIELD_BIT(widget_f_lang) | FIELD_BIT(widget_f_share)));
  assert_int_equal(rec_ref(c, widget_f_parent), 42);
  rec_set_ref(c, widget_f_parent, 0);
  rec_set_text(c, widget_f_name, STR_NULL);
  assert_false(rec_has(c, widget_f_parent) || rec_has(c, widget_f_name));
  assert_int_equal(rec_rate(c, widget_f_share).den, 1);
  assert_true(rec_new(&a, G)->room);
}

static void wrong_kind(const struct rec *r) { (void)rec_int(r, widget_f_name); }
static void no_such_field(const struct rec *r) { (void)rec_has(r, widget_f_COUNT); }
static void no_such_word(const struct rec *r) { rec_set_text((struct rec *)(uintptr_t)r, widget_f_lang, S("fr")); }
static void no_currency(const struct rec *r) { rec_set_money((struct rec *)(uintptr_t)r, widget_f_price, (money){0}); }

// A mistake of the program ends it, in release builds too.
static void misuse_aborts(void **state) {
  (void)state;
  static void (*const misuse[])(const struct rec *) = {wrong_kind, no_such_field, no_such_word, no_currency};
  AUTO(arena_release) struct arena a = {0};
  const struct rec *r = rec_new(&a, W);
  for (size_t i = 0; i < ARRAY_LEN(misuse); i++) {
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
      (void)signal(SIGABRT, SIG_DFL);
      if (!freopen("/dev/null", "w", stderr)) _exit(0);
      misuse[i](r);
      _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
  }
}

static struct rec *full_widget(struct arena *a) {
  struct rec *r = rec_new(a, W);
  r->id = r->root = 12345;
  r->company = 7;
  r->created_at = r->updated_at = INT64_C(1795339800000000);  // 2026-11-22T09:30:00Z
  r->created_by = 9;
  money m = {-123450, {"EUR"}};
  rec_set_text(r, widget_f_name, S("Ёлка \"两字\""));
  rec_set_text(r, widget_f_note, S("a\nb\t\\"));
  rec_set_int(r, widget_f_count, -5);
  rec_set_money(r, widget_f_price, m);
  rec_set_int(r, widget_f_due, 20779);
  rec_set_int(r, widget_f_at, r->created_at + 1);
  rec_set_ref(r, widget_f_parent, 1);
  return r;
}

static void canonical_form(void **state) {
  (void)state;
  AUTO(arena_release) struct arena a = {0};
  struct rec *r = full_widget(&a);
  AUTO(buf_release) struct buf b = BUF(10000);
  rec_canon(&b, r);
  char id[ID_TEXT_MAX], parent[ID_TEXT_MAX], company[ID_TEXT_MAX], user[ID_TEXT_MAX];
  AUTO(buf_release) struct buf want = BUF(10000);
  buf_fmt(
    &want,
    "{\"at\":\"2026-11-22T09:30:00.000001Z\",\"company\":\"%s\",\"cost\":{\"amount\":\"0.00\","
    "\"currency\":\"EUR\"},\"count\":-5,\"created_at\":\"2026-11-22T09:30:00Z\",\"created_by\":\"%s\",\"due\":\"2026-11-22\","
    "\"entity\":\"widget\",\"id\":\"%s\",\"lang\":\"en\",\"name\":\"Ёлка \\\"两字\\\"\","
    "\"note\":\"a\\nb\\t\\\\\",\"open\":true,\"parent\":\"%s\",\"price\":{\"amount\":\"-1234.50\",\"currency\":\"EUR\"},"
    "\"room\":null,\"root\":\"%s\",\"share\":\"7/100\"}",
    id_z(company, "company", 7), id_z(user, "user", 9), id_z(id, "widget", 12345), id_z(parent, "widget", 1), id);
  assert_buf(&b, buf_z(&want));
  // It is canonical by the general rule too.
  AUTO(json_release) json_t *t = NULL;
  assert_int_equal(json_read(buf_str(&b), NULL, &t), ERR_OK);
  AUTO(buf_release) struct buf again = BUF(10000);
  assert_int_equal(json_canon(&again, t), ERR_OK);
  assert_buf(&again, buf_z(&b));
  struct rec *g = rec_new(&a, G);
  g->company = 7;
  g->root = 12345;
  buf_clear(&b);
  rec_canon(&b, g);
  assert_true(strstr(buf_z(&b), "\"created_by\":null") && strstr(buf_z(&b), "\"room\":true,\"root\":\"widget_"));
  g->room = false;
  buf_clear(&b);
  rec_canon(&b, g);
  assert_non_null(strstr(buf_z(&b), "\"room\":false"));
}

static void json_members_follow_the_mask(void **state) {
  (void)state;
  AUTO(arena_release) struct arena a = {0};
  struct rec *r = full_widget(&a);
  AUTO(buf_release) struct buf b = BUF(10000);
  struct jw w = JW(&b);
  jw_object(&w);
  rec_write_fields(&w, r,
                   FIELD_BIT(widget_f_price) | FIELD_BIT(widget_f_whole) | FIELD_BIT(widget_f_open) | FIELD_BIT(widget_f_due));
  jw_end_object(&w);
  assert_buf(&b,
             "{\"whole\":null,\"open\":true,\"price\":{\"amount\":\"-1234.50\",\"currency\":\"EUR\"},\"due\":\"2026-11-22\"}");
}

// ---- decoding

struct outcome {
  enum err err;
  uint64_t given;
  struct problem pb;
};

static struct outcome decode(struct arena *a, struct rec *r, const char *text, enum decode_mode mode, uint64_t allowed) {
  struct outcome o = {.pb = {.arena = a}};
  AUTO(json_release) json_t *json = NULL;
  struct problem bad = {.arena = a};
  if (json_read(str_of(text), &bad, &json)) fail_msg("not JSON: %s", text);
  o.err = rec_decode(r, json, mode, allowed, "extra spare", S("/x"), &o.pb, &o.given);
  return o;
}

static struct outcome create(struct arena *a, struct rec *r, const char *text) {
  return decode(a, r, text, DECODE_CREATE, UINT64_MAX);
}

#define LONG21 "123456789012345678901"
static const struct {
  const char *json, *pointer;
  enum problem_code code;
  const char *arg1, *arg2;
} refused[] = {
  {"{\"name\":5}", "/x/name", P_WRONG_TYPE, "text", NULL},
  {"{\"name\":[\"a\"]}", "/x/name", P_WRONG_TYPE, "text", NULL},
  {"{}", "/x/name", P_REQUIRED, NULL, NULL},
  {"{\"name\":null}", "/x/name", P_REQUIRED, NULL, NULL},
  {"{\"name\":\" \\t\"}", "/x/name", P_REQUIRED, NULL, NULL},
  {"{\"name\":\"\\u3000\\u00a0\\u200b\"}", "/x/name", P_REQUIRED, NULL, NULL},
  {"{\"name\":\"" LONG21 "\"}", "/x/name", P_TOO_LONG, "20", NULL},
  {"{\"name\":\"a\\u0007b\"}", "/x/name", P_CONTROL_CHARACTER, NULL, NULL},
  {"{\"name\":\"a\\nb\"}", "/x/name", P_CONTROL_CHARACTER, NULL, NULL},
  {"{\"name\":\"a\\u202eb\"}", "/x/name", P_CONTROL_CHARACTER, NULL, NULL},
  {"{\"name\":\"a\",\"note\":\"a\\u001bb\"}", "/x/note", P_CONTROL_CHARACTER, NULL, NULL},
  {"{\"name\":\"a\",\"email\":\"nobody\"}", "/x/email", P_BAD_EMAIL, NULL, NULL},
  {"{\"name\":\"a\",\"email\":\"a@b\"}", "/x/email", P_BAD_EMAIL, NULL, NULL},
  {"{\"name\":\"a\",\"email\":\"a@@b.cc\"}", "/x/email", P_BAD_EMAIL, NULL, NULL},
  {"{\"name\":\"a\",\"email\":\"@b.cc\"}", "/x/email", P_BAD_EMAIL, NULL, NULL},
  {"{\"name\":\"a\",\"email\":\"a b@b.cc\"}", "/x/email", P_BAD_EMAIL, NULL, NULL},
  {"{\"name\":\"a\",\"email\":\"a@b..cc\"}", "/x/email", P_BAD_EMAIL, NULL, NULL},
  {"{\"name\":\"a\",\"email\":\"a@b.cc.\"}", "/x/email", P_BAD_EMAIL, NULL, NULL},
  {"{\"name\":\"a\",\"count\":\"5\"}", "/x/count", P_WRONG_TYPE, "a whole number", NULL},
  {"{\"name\":\"a\",\"count\":5.0}", "/x/count", P_WRONG_TYPE, "a whole number", NULL},
  {"{\"name\":\"a\",\"count\":true}", "/x/count", P_WRONG_TYPE, "a whole number", NULL},
  {"{\"name\":\"a\",\"count\":-6}", "/x/count", P_OUT_OF_RANGE, "-5", "1000"},
  {"{\"name\":\"a\",\"count\":1001}", "/x/count", P_OUT_OF_RANGE, "-5", "1000"},
  {"{\"name\":\"a\",\"whole\":9007199254740992}", "/x/whole", P_OUT_OF_RANGE, "-9007199254740991", "9007199254740991"},
  {"{\"name\":\"a\",\"open\":1}", "/x/open", P_WRONG_TYPE, "true or false", NULL},
  {"{\"name\":\"a\",\"open\":null}", "/x/open", P_REQUIRED, NULL, NULL},
  {"{\"name\":\"a\",\"price\":\"12.34\"}", "/x/price", P_WRONG_TYPE, "{\"amount\", \"currency\"}", NULL},
  {"{\"name\":\"a\",\"price\":{\"amount\":12,\"currency\":\"EUR\"}}", "/x/price/amount", P_WRONG_TYPE, "text", NULL},
  {"{\"name\":\"a\",\"price\":{\"amount\":\"12\"}}", "/x/price/currency", P_REQUIRED, NULL, NULL},
  {"{\"name\":\"a\",\"price\":{\"currency\":\"EUR\"}}", "/x/price/amount", P_REQUIRED, NULL, NULL},
  {"{\"name\":\"a\",\"price\":{\"amount\":\"12\",\"currency\":\"EUR\",\"a/b~\":1}}", "/x/price/a~1b~0", P_UNKNOWN_FIELD, "a/b~",
   NULL},
  {"{\"name\":\"a\",\"price\":{\"amount\":\"12.345\",\"currency\":\"EUR\"}}", "/x/price/amount", P_MONEY_DECIMALS, "EUR", "2"},
  {"{\"name\":\"a\",\"price\":{\"amount\":\"1.5\",\"currency\":\"JPY\"}}", "/x/price/amount", P_MONEY_DECIMALS, "JPY", "0"},
  {"{\"name\":\"a\",\"price\":{\"amount\":\"92233720368547758.08\",\"currency\":\"EUR\"}}", "/x/price/amount", P_MONEY_RANGE,
   NULL, NULL},
  {"{\"name\":\"a\",\"price\":{\"amount\":\"1e3\",\"currency\":\"EUR\"}}", "/x/price/amount", P_BAD_MONEY, NULL, NULL},
  {"{\"name\":\"a\",\"price\":{\"amount\":\"1\",\"currency\":\"XYZ\"}}", "/x/price/currency", P_BAD_CURRENCY, "XYZ", NULL},
  {"{\"name\":\"a\",\"price\":{\"amount\":\"1\",\"currency\":\"eur\"}}", "/x/price/currency", P_BAD_CURRENCY, "eur", NULL},
  {"{\"name\":\"a\",\"share\":\"7/0\"}", "/x/share", P_BAD_RATE, NULL, NULL},
  {"{\"name\":\"a\",\"share\":\"3/2\"}", "/x/share", P_BAD_RATE, NULL, NULL},
  {"{\"name\":\"a\",\"share\":\"-1/2\"}", "/x/share", P_BAD_RATE, NULL, NULL},
  {"{\"name\":\"a\",\"share\":0.07}", "/x/share", P_WRONG_TYPE, "text", NULL},
  {"{\"name\":\"a\",\"due\":\"2026-02-30\"}", "/x/due", P_BAD_DATE, NULL, NULL},
  {"{\"name\":\"a\",\"due\":\"2026-2-3\"}", "/x/due", P_BAD_DATE, NULL, NULL},
  {"{\"name\":\"a\",\"due\":\"\"}", "/x/due", P_BAD_DATE, NULL, NULL},
  {"{\"name\":\"a\",\"at\":\"2026-11-22\"}", "/x/at", P_BAD_TIME, NULL, NULL},
  {"{\"name\":\"a\",\"at\":\"2026-11-22T25:00:00Z\"}", "/x/at", P_BAD_TIME, NULL, NULL},
  {"{\"name\":\"a\",\"lang\":\"fr\"}", "/x/lang", P_BAD_WORD, "en, zh, ru", NULL},
  {"{\"name\":\"a\",\"lang\":\"EN\"}", "/x/lang", P_BAD_WORD, "en, zh, ru", NULL},
  {"{\"name\":\"a\",\"parent\":\"gadget_0000000000001\"}", "/x/parent", P_BAD_ID, "widget", NULL},
  {"{\"name\":\"a\",\"parent\":\"widget_0000000000000\"}", "/x/parent", P_BAD_ID, "widget", NULL},
  {"{\"name\":\"a\",\"parent\":17}", "/x/parent", P_WRONG_TYPE, "text", NULL},
  {"{\"name\":\"a\",\"state\":\"b\"}", "/x/state", P_READ_ONLY_FIELD, NULL, NULL},
  {"{\"name\":\"a\",\"id\":\"b\"}", "/x/id", P_READ_ONLY_FIELD, NULL, NULL},
  {"{\"name\":\"a\",\"updated_at\":\"b\"}", "/x/updated_at", P_READ_ONLY_FIELD, NULL, NULL},
  {"{\"name\":\"a\",\"secret\":\"b\"}", "/x/secret", P_UNKNOWN_FIELD, "secret", NULL},
  {"{\"name\":\"a\",\"audience\":\"room\"}", "/x/audience", P_UNKNOWN_FIELD, "audience", NULL},
  {"{\"name\":\"a\",\"na/me\":\"b\"}", "/x/na~1me", P_UNKNOWN_FIELD, "na/me", NULL},
  {"[]", "/x", P_WRONG_TYPE, "an object", NULL},
  {"null", "/x", P_WRONG_TYPE, "an object", NULL},
};

static void check_arg(str got, const char *want, const char *json) {
  if (want ? !str_eqz(got, want) : got.n != 0)
    fail_msg("%s: argument \"%.*s\", not \"%s\"", json, STR_ARG(got), want ? want : "");
}

static void each_error_has_pointer_and_arguments(void **state) {
  (void)state;
  for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
    AUTO(arena_release) struct arena a = {0};
    struct rec *r = rec_new(&a, W), *before = rec_copy(r);
    struct outcome o = create(&a, r, refused[i].json);
    const char *json = refused[i].json;
    if (o.err != ERR_INVALID || o.pb.nfields != 1) fail_msg("%s: err %d, %d errors", json, o.err, o.pb.nfields);
    const struct problem_field_error *e = o.pb.fields;
    if (e->code != refused[i].code) fail_msg("%s: %s", json, problem_name(e->code));
    assert_str(e->pointer, refused[i].pointer);
    check_arg(e->args[0], refused[i].arg1, json);
    check_arg(e->args[1], refused[i].arg2, json);
    assert_int_equal(o.pb.code, P_INVALID_FIELDS);
    assert_int_equal(rec_diff(r, before), 0);  // untouched on failure
  }
}

static void all_errors_at_once(void **state) {
  (void)state;
  AUTO(arena_release) struct arena a = {0};
  struct rec *r = rec_new(&a, W);
  struct outcome o = create(&a, r, "{\"due\":\"x\",\"count\":5000,\"what\":1,\"lang\":null}");
  assert_int_equal(o.err, ERR_INVALID);
  assert_int_equal(o.pb.nfields, 5);  // and the name is missing
}

static void creation_takes_every_kind(void **state) {
  (void)state;
  AUTO(arena_release) struct arena a = {0};
  struct rec *r = rec_new(&a, W);
  char parent[ID_TEXT_MAX];
  str body =
    arena_fmt(&a,
              "{\"name\":\"  两字  \",\"email\":\"ан@пример.рф\",\"note\":\"a\\nb \",\"count\":1000,\"whole\":-9007199254740991,"
              "\"open\":false,\"price\":{\"currency\":\"KWD\",\"amount\":\"-0.001\"},\"share\":\"1\",\"due\":\"2024-02-29\","
              "\"at\":\"2026-11-22T12:30:00+03:00\",\"lang\":\"zh\",\"parent\":\"%s\",\"code\":\"c\",\"extra\":1,\"spare\":[]}",
              id_z(parent, "widget", INT64_MAX));
  struct outcome o = create(&a, r, body.p);
  if (o.err) fail_msg("%.*s: %s", STR_ARG(o.pb.fields->pointer), problem_name(o.pb.fields->code));
  assert_str(rec_text(r, widget_f_name), "两字");
  assert_str(rec_text(r, widget_f_note), "a\nb ");
  assert_int_equal(rec_int(r, widget_f_whole), -INT64_C(9007199254740991));
  assert_int_equal(rec_int(r, widget_f_open), 0);
  assert_int_equal(rec_money(r, widget_f_price).minor, -1);
  assert_int_equal(rec_rate(r, widget_f_share).num, 1);
  assert_int_equal(rec_int(r, widget_f_at), INT64_C(1795339800000000));
  assert_int_equal(rec_word(r, widget_f_lang), 1);
  assert_true(rec_ref(r, widget_f_parent) == INT64_MAX);
  assert_true(o.given == (entity_mask_all(W) & ~(FIELD_BIT(widget_f_cost) | FIELD_BIT(widget_f_state))));
  AUTO(buf_release) struct buf b = BUF(100);
  money_amount_put(&b, rec_money(r, widget_f_cost));
  assert_buf(&b, "0.00");
}

static void fields_outside_the_mask_are_refused(void **state) {
  (void)state;
  AUTO(arena_release) struct arena a = {0};
  struct rec *r = rec_new(&a, W);
  uint64_t allowed = FIELD_BIT(widget_f_note) | FIELD_BIT(widget_f_due);
  // The name is required but not this caller's to give: the flow fills it.
  assert_int_equal(decode(&a, r, "{\"note\":\"n\"}", DECODE_CREATE, allowed).err, ERR_OK);
  struct outcome o = decode(&a, r, "{\"note\":\"n\",\"name\":\"a\"}", DECODE_CREATE, allowed);
  assert_int_equal(o.err, ERR_INVALID);
  assert_int_equal(o.pb.fields->code, P_READ_ONLY_FIELD);
  o = decode(&a, rec_new(&a, G), "{\"label\":\"a\",\"audience\":\"room\"}", DECODE_PATCH, UINT64_MAX);
  assert_int_equal(o.pb.fields->code, P_READ_ONLY_FIELD);
}

static void merge_patch(void **state) {
  (void)state;
  AUTO(arena_release) struct arena a = {0};
  struct rec *r = full_widget(&a);
  struct outcome o =
    decode(&a, r, "{\"price\":{\"amount\":\"5\"},\"note\":null,\"due\":null,\"share\":null}", DECODE_PATCH, UINT64_MAX);
  assert_int_equal(o.err, ERR_OK);
  assert_int_equal(rec_money(r, widget_f_price).minor, 500);  // the currency stays (RFC 7396 merges objects)
  assert_str(str_of(rec_money(r, widget_f_price).cur.code), "EUR");
  assert_false(rec_has(r, widget_f_note) || rec_has(r, widget_f_due) || rec_has(r, widget_f_share));
  assert_str(rec_text(r, widget_f_name), "Ёлка \"两字\"");
  assert_int_equal(__builtin_popcountll(o.given), 4);
  o = decode(&a, r, "{\"price\":{\"currency\":\"JPY\"}}", DECODE_PATCH, UINT64_MAX);
  assert_int_equal(o.pb.fields->code, P_MONEY_DECIMALS);  // 5.00 has decimals, yen have none
  o = decode(&a, r, "{\"price\":{\"currency\":null}}", DECODE_PATCH, UINT64_MAX);
  assert_str(o.pb.fields->pointer, "/x/price/currency");
  assert_int_equal(decode(&a, r, "{\"price\":null}", DECODE_PATCH, UINT64_MAX).err, ERR_OK);
  assert_false(rec_has(r, widget_f_price));
  o = decode(&a, r, "{\"price\":{\"amount\":\"5\"}}", DECODE_PATCH, UINT64_MAX);
  assert_int_equal(o.pb.fields->code, P_REQUIRED);
  o = decode(&a, r, "{\"name\":\"\"}", DECODE_PATCH, UINT64_MAX);
  assert_int_equal(o.pb.fields->code, P_REQUIRED);
  o = decode(&a, r, "{\"code\":\"d\"}", DECODE_PATCH, UINT64_MAX);
  assert_int_equal(o.pb.fields->code, P_READ_ONLY_FIELD);
  assert_int_equal(decode(&a, r, "{}", DECODE_PATCH, UINT64_MAX).err, ERR_OK);
}

// A key as long as the body is repeated in part only, never cut inside a character.
static void long_unknown_key(void **state) {
  (void)state;
  AUTO(arena_release) struct arena a = {0};
  AUTO(buf_release) struct buf b = BUF(10000);
  buf_putz(&b, "{\"name\":\"a\",\"k");
  for (int i = 0; i < 1000; i++) buf_putz(&b, "两");
  buf_putz(&b, "\":1}");
  struct rec *r = rec_new(&a, W);
  struct outcome o = create(&a, r, buf_z(&b));
  assert_int_equal(o.pb.fields->code, P_UNKNOWN_FIELD);
  assert_int_equal(o.pb.fields->args[0].n, 1 + 26 * 3);
}

// ---- what is written can be read back

static int64_t within(struct gen *g, int64_t min, int64_t max) {
  return min + (int64_t)gen_below(g, (uint64_t)max - (uint64_t)min + 1);
}

static void gen_valid_text(struct gen *g, struct rec *r, int f) {
  static const char *const parts[] = {"a", "Ж", "两", "\"", "\\", "'", "é", "/", "😀"};
  const struct field *field = &r->e->fields[f];
  AUTO(buf_release) struct buf b = BUF(200);
  buf_putz(&b, field->flags & F_EMAIL ? "a@b." : "x");
  size_t max = field_max_chars(field);
  uint64_t n = gen_below(g, max > 8 ? 8 : max);
  for (uint64_t i = 0; i < n; i++) buf_putz(&b, field->flags & F_EMAIL ? "c" : parts[gen_below(g, ARRAY_LEN(parts))]);
  if (field->flags & F_EMAIL) buf_putz(&b, "d");
  rec_set_text(r, f, buf_str(&b));
}

static void gen_valid(struct gen *g, struct rec *r, int f) {
  static const money sums[] = {{-1, {"EUR"}}, {INT64_MAX, {"JPY"}}, {INT64_MIN + 1, {"KWD"}}, {0, {"CNY"}}, {100, {"RUB"}}};
  const struct field *field = &r->e->fields[f];
  int64_t min, max;
  ratio x;
  switch (field->kind) {
  case K_TEXT:
  case K_LONGTEXT: gen_valid_text(g, r, f); return;
  case K_INT:
    field_int_range(field, &min, &max);
    rec_set_int(r, f, within(g, min, max));
    return;
  case K_BOOL: rec_set_int(r, f, within(g, 0, 1)); return;
  case K_MONEY: rec_set_money(r, f, sums[gen_below(g, ARRAY_LEN(sums))]); return;
  case K_RATE:
    max = within(g, 1, INT64_MAX);
    assert_true(ratio_make(within(g, 0, max), max, &x));
    rec_set_rate(r, f, x);
    return;
  case K_DATE: rec_set_int(r, f, within(g, date_from_civil(1, 1, 1), date_from_civil(9999, 12, 31))); return;
  case K_TIME:
    rec_set_int(r, f, within(g, date_from_civil(1, 1, 1) * UTIME_DAY, date_from_civil(9999, 12, 31) * UTIME_DAY));
    return;
  case K_WORD: rec_set_word(r, f, (int)within(g, 0, field->vocab->n - 1)); return;
  case K_REF: rec_set_ref(r, f, within(g, 1, INT64_MAX)); return;
  case K_COUNT: return;
  }
}

// Fields the product's caller may write at creation.
static uint64_t writable(const struct entity *e) {
  uint64_t m = 0;
  for (int f = 0; f < e->nfields; f++)
    if (!(e->fields[f].flags & (F_READONLY | F_SECRET))) m |= FIELD_BIT(f);
  return m;
}

static void check_read_back(struct gen *g, const struct entity *e, int round) {
  AUTO(arena_release) struct arena a = {0};
  struct rec *r = rec_new(&a, e), *json = rec_new(&a, e), *cells = rec_new(&a, e);
  uint64_t fields = writable(e);
  for (int f = 0; f < e->nfields; f++)
    if ((fields & FIELD_BIT(f)) && ((e->fields[f].flags & F_REQUIRED) || e->fields[f].dflt || gen_below(g, 3)))
      gen_valid(g, r, f);
  AUTO(buf_release) struct buf b = BUF(100000);
  struct jw w = JW(&b);
  jw_object(&w);
  rec_write_fields(&w, r, fields);
  jw_end_object(&w);
  struct outcome o = decode(&a, json, buf_z(&b), DECODE_CREATE, fields);
  if (o.err) fail_msg("round %d: %.*s %s\n%s", round, STR_ARG(o.pb.fields->pointer), problem_name(o.pb.fields->code), buf_z(&b));
  assert_true(o.given == fields);
  if (rec_diff(r, json)) fail_msg("round %d, field %s\n%s", round, e->fields[__builtin_ctzll(rec_diff(r, json))].name, buf_z(&b));
  for (int f = 0; f < e->nfields; f++) {
    if (!(fields & FIELD_BIT(f))) continue;
    buf_clear(&b);
    rec_cell(&b, r, f);
    str args[2];
    if (rec_decode_cell(cells, f, buf_str(&b), (currency){""}, args)) fail_msg("round %d, cell %s", round, buf_z(&b));
  }
  if (rec_diff(r, cells)) fail_msg("round %d, cell of %s", round, e->fields[__builtin_ctzll(rec_diff(r, cells))].name);
}

static void written_is_read_back(void **state) {
  (void)state;
  struct gen g = {6};
  for (int i = 0; i < 400; i++) check_read_back(&g, i % 3 ? W : G, i);
  model_setup_list(entity_all);
  for (int i = 0; i < 40 * entity_count; i++) check_read_back(&g, entity_all[i % entity_count], i);
  model_setup_list(test_entities);
}

// ---- CSV cells

static void cells(void **state) {
  (void)state;
  static const struct {
    int f;
    const char *cell;
    enum problem_code code;
    const char *back;  // as rec_cell writes it
  } cases[] = {
    {widget_f_name, " Ann ", P_NONE, "Ann"},
    {widget_f_name, "  ", P_REQUIRED, NULL},
    {widget_f_name, "a\xff", P_BAD_UTF8, NULL},
    {widget_f_name, LONG21, P_TOO_LONG, NULL},
    {widget_f_email, "x", P_BAD_EMAIL, NULL},
    {widget_f_note, "a\nb", P_NONE, "a\nb"},
    {widget_f_count, "12", P_NONE, "12"},
    {widget_f_count, "1 2", P_WRONG_TYPE, NULL},
    {widget_f_count, "1001", P_OUT_OF_RANGE, NULL},
    {widget_f_open, "нет", P_NONE, "false"},
    {widget_f_open, "YES", P_NONE, "true"},
    {widget_f_open, "", P_NONE, "true"},  // the default
    {widget_f_open, "2", P_WRONG_TYPE, NULL},
    {widget_f_price, "18", P_NONE, "18.00 USD"},
    {widget_f_price, "1234.5 EUR", P_NONE, "1234.50 EUR"},
    {widget_f_price, "JPY 1234", P_NONE, "1234 JPY"},
    {widget_f_price, "1,234.50", P_BAD_MONEY, NULL},
    {widget_f_price, "12 XXQ", P_BAD_CURRENCY, NULL},
    {widget_f_price, "", P_NONE, ""},
    {widget_f_share, "0.15", P_NONE, "3/20"},
    {widget_f_share, "7.5 %", P_NONE, "3/40"},
    {widget_f_share, "1/3", P_NONE, "1/3"},
    {widget_f_share, "", P_NONE, "7/100"},
    {widget_f_share, "1.5", P_BAD_RATE, NULL},
    {widget_f_share, ".", P_BAD_RATE, NULL},
    {widget_f_share, "0.1.5", P_BAD_RATE, NULL},
    {widget_f_due, "1996-07-04", P_NONE, "1996-07-04"},
    {widget_f_due, "04.07.1996", P_BAD_DATE, NULL},
    {widget_f_at, "2026-11-22T09:30:00Z", P_NONE, "2026-11-22T09:30:00Z"},
    {widget_f_lang, "zh", P_NONE, "zh"},
    {widget_f_lang, "РУССКИЙ", P_NONE, "ru"},
    {widget_f_lang, "fr", P_BAD_WORD, NULL},
    {widget_f_state, "x", P_READ_ONLY_FIELD, NULL},
    {widget_f_secret, "x", P_READ_ONLY_FIELD, NULL},
  };
  currency usd = {"USD"};
  for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
    AUTO(arena_release) struct arena a = {0};
    struct rec *r = rec_new(&a, W);
    str args[2] = {STR_NULL, STR_NULL};
    enum problem_code code = rec_decode_cell(r, cases[i].f, str_of(cases[i].cell), usd, args);
    if (code != cases[i].code) fail_msg("%s: %s", cases[i].cell, problem_name(code));
    AUTO(buf_release) struct buf b = BUF(1000);
    rec_cell(&b, r, cases[i].f);
    if (!code && !str_eqz(buf_str(&b), cases[i].back)) fail_msg("%s: %s", cases[i].cell, buf_z(&b));
  }
}

// ---- what is derived

static void seen_table_of_a_root(void **state) {
  (void)state;
  AUTO(buf_release) struct buf b = BUF(10000);
  model_schema(&b);
  assert_non_null(strstr(buf_z(&b),
                         "CREATE TABLE widget_seen (\n  viewer int64 NOT NULL,\n  record int64 NOT NULL,\n"
                         "  fieldset text NOT NULL,\n  valid_from int64 NOT NULL,\n  valid_until int64 NOT NULL,\n"
                         "  changed_at int64 NOT NULL,\n  k1 text NOT NULL,\n  k2 int64 NOT NULL,\n  k3 text NOT NULL,\n"
                         "  PRIMARY KEY (viewer, record)\n);\n"));
  assert_null(strstr(buf_z(&b), "gadget_seen"));
}

static void openapi_schemas(void **state) {
  (void)state;
  AUTO(buf_release) struct buf b = BUF(100000);
  struct jw w = JW(&b);
  jw_object(&w);
  model_openapi_schemas(&w);
  jw_end_object(&w);
  AUTO(json_release) json_t *t = NULL;
  assert_int_equal(json_read(buf_str(&b), NULL, &t), ERR_OK);
  const json_t *read = json_object_get(t, "widget"), *new = json_object_get(t, "widget_create"),
               *patch = json_object_get(t, "widget_patch");
  assert_true(read && new &&patch &&json_object_get(t, "widget_list") && json_object_get(t, "money") &&
              json_object_get(t, "names"));
  const json_t *properties = json_object_get(read, "properties");
  assert_non_null(json_object_get(properties, "state"));
  assert_null(json_object_get(properties, "secret"));
  assert_int_equal(json_array_size(json_object_get(read, "required")), 1);
  assert_true(json_is_false(json_object_get(read, "additionalProperties")));
  properties = json_object_get(new, "properties");
  assert_null(json_object_get(properties, "state"));
  assert_non_null(json_object_get(properties, "code"));
  assert_int_equal(json_array_size(json_object_get(new, "required")), 1);  // the other required ones have defaults
  assert_str(json_str(json_array_get(json_object_get(new, "required"), 0)), "name");
  properties = json_object_get(patch, "properties");
  assert_null(json_object_get(properties, "code"));
  assert_null(json_object_get(patch, "required"));
  assert_str(json_str(json_object_get(json_object_get(properties, "name"), "type")), "string");
  assert_int_equal(json_array_size(json_object_get(json_object_get(properties, "note"), "type")), 2);
  assert_non_null(json_object_get(json_object_get(json_object_get(t, "gadget_create"), "properties"), "audience"));
}

static void form_metadata(void **state) {
  (void)state;
  AUTO(buf_release) struct buf b = BUF(1000000);
  struct jw w = JW(&b);
  jw_object(&w);
  model_meta(&w, LANG_ZH);
  jw_end_object(&w);
  AUTO(json_release) json_t *t = NULL;
  assert_int_equal(json_read(buf_str(&b), NULL, &t), ERR_OK);
  const json_t *widget = json_array_get(json_object_get(t, "entities"), 1);
  assert_str(json_str(json_object_get(widget, "label")), "部件");
  const json_t *fields = json_object_get(widget, "fields");
  assert_int_equal(json_array_size(fields), widget_f_COUNT - 1);
  const json_t *name = json_array_get(fields, widget_f_name);
  assert_int_equal(json_integer_value(json_object_get(name, "max")), 20);
  assert_true(json_is_true(json_object_get(name, "required")));
  assert_null(strstr(buf_z(&b), "secret"));
  assert_non_null(json_object_get(json_object_get(t, "vocab"), "lang"));
}

static void dump_shows_what_a_star_means(void **state) {
  (void)state;
  AUTO(buf_release) struct buf b = BUF(100000);
  model_dump(&b);
  assert_true(str_starts(buf_str(&b), S("gadget /gadgets gadget_ child room of widget : \"Gadget\" \"配件\" \"Деталь\" / ")));
  assert_non_null(strstr(buf_z(&b), "  fieldset member : label text widget\n"));
  assert_non_null(strstr(buf_z(&b), "  count int(-5..1000) sort import : \"Count\" \"数量\" \"Число\"\n"));
  assert_non_null(strstr(buf_z(&b), "  parent ref(widget) filter : "));
}

// ---- self-check

#define LABEL .label = T_INIT("A", "A", "A")
static const struct field title = {.name = "name", .kind = K_TEXT, LABEL, .flags = F_TITLE};
static struct entity broken(const struct field *fields, int n) {
  return (struct entity){.name = "thing",
                         .prefix = "thing",
                         .path = "things",
                         LABEL,
                         .plural = T_INIT("A", "A", "A"),
                         .flags = E_ROOT,
                         .fields = fields,
                         .nfields = n};
}

static void expect_complaint(struct entity *e, const char *complaint) {
  const struct entity *list[] = {e, NULL};
  AUTO(buf_release) struct buf b = BUF(100000);
  bool ok = model_check_list(list, &b);
  if (!complaint) {
    if (!ok) fail_msg("%s", buf_z(&b));
    return;
  }
  if (ok || !strstr(buf_z(&b), complaint)) fail_msg("expected \"%s\", got:\n%s", complaint, buf_z(&b));
  assert_true(str_starts(buf_str(&b), S("entities/thing.def: ")));
}

static void selfcheck_refuses(void **state) {
  (void)state;
  static const struct {
    struct field f;
    const char *complaint;
  } cases[] = {
    {{.name = "a", .kind = K_TEXT, .label = T_INIT("A", "", "A")}, "field a: label has no text in \"zh\""},
    {{.name = "a", .kind = K_TEXT}, "field a: label has no text in \"en\""},
    {{.name = "a", .kind = K_TEXT, LABEL, .help = T_INIT("A", "A", "")}, "field a: help has no text in \"ru\""},
    {{.name = "A", .kind = K_TEXT, LABEL}, "a name is lower case"},
    {{.name = "name", .kind = K_TEXT, LABEL}, "declared twice"},
    {{.name = "company", .kind = K_TEXT, LABEL}, "every record has a member of this name"},
    {{.name = "order", .kind = K_TEXT, LABEL}, "SQL keeps this word"},
    {{.name = "a", .kind = K_WORD, LABEL}, "WORD needs one"},
    {{.name = "a", .kind = K_TEXT, LABEL, .vocab = &vocab_lang}, ".vocab belongs to WORD"},
    {{.name = "a", .kind = K_REF, LABEL, .ref = "nowhere"}, "there is no entity \"nowhere\""},
    {{.name = "a", .kind = K_INT, LABEL, .min = 5, .max = 4}, "range must be ascending"},
    {{.name = "a", .kind = K_DATE, LABEL, .max = 4}, ".max belongs to INT and texts"},
    {{.name = "a", .kind = K_INT, LABEL, .dflt = "\"5\""}, ".dflt \"5\" is not JSON of a int"},
    {{.name = "a", .kind = K_INT, LABEL, .dflt = "five"}, ".dflt five is not JSON"},
    {{.name = "a", .kind = K_WORD, LABEL, .vocab = &vocab_lang, .dflt = "\"fr\""}, ".dflt"},
    {{.name = "a", .kind = K_RATE, LABEL, .flags = F_SORT}, "has no order in an index"},
    {{.name = "a", .kind = K_TEXT, LABEL, .flags = F_TITLE}, "2 fields are F_TITLE"},
    {{.name = "a", .kind = K_TEXT, LABEL, .flags = F_IMPORT}, "needs E_IMPORT"},
    {{.name = "a", .kind = K_TEXT, LABEL, .flags = F_READONLY | F_IMMUTABLE}, "F_READONLY is never written from outside"},
    {{.name = "a", .kind = K_TEXT, LABEL, .flags = F_SECRET | F_SEARCH}, "F_SECRET never leaves"},
    {{.name = "a", .kind = K_INT, LABEL, .flags = F_EMAIL}, "F_EMAIL is for TEXT"},
    {{.name = "a", .kind = K_TEXT, LABEL}, NULL},
  };
  for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
    const struct field fields[] = {title, cases[i].f};
    struct entity e = broken(fields, 2);
    expect_complaint(&e, cases[i].complaint);
  }
}

static void selfcheck_refuses_entities(void **state) {
  (void)state;
  static const struct field secret = {.name = "s", .kind = K_TEXT, LABEL, .flags = F_SECRET};
  const struct field fields[] = {title, secret};
  struct entity e = broken(fields, 2);
  static const struct fieldset unknown[] = {{"member", "name nothing"}}, leak[] = {{"member", "name s"}},
                               good_set[] = {{"member", "*"}};
  e.nfieldsets = 1;
  e.fieldsets = unknown;
  expect_complaint(&e, "fieldset member: there is no field \"nothing\"");
  e.fieldsets = leak;
  expect_complaint(&e, "names s, which is F_SECRET");
  e.fieldsets = good_set;
  expect_complaint(&e, NULL);
  e.flags = E_CHILD;
  expect_complaint(&e, "E_CHILD needs .root");
  e.root = "thing";
  expect_complaint(&e, "which is not E_ROOT");
  e = broken(fields, 2);
  e.path = "Things";
  expect_complaint(&e, ".path");
  e.path = NULL;
  expect_complaint(&e, ".path");
  e = broken(fields, 2);
  e.prefix = "thing_";
  expect_complaint(&e, ".prefix");
}

static void fields_fill_one_mask(void **state) {
  (void)state;
  static struct field fields[LIMIT_FIELDS + 1];
  static char names[LIMIT_FIELDS + 1][16];
  for (int i = 0; i <= LIMIT_FIELDS; i++) {
    (void)snprintf(names[i], sizeof names[i], "f%d", i);
    fields[i] = (struct field){.name = names[i], .kind = K_MONEY, LABEL, .flags = i ? 0 : F_TITLE};
  }
  static struct entity e;
  e = broken(fields, LIMIT_FIELDS + 1);
  expect_complaint(&e, "65 fields; from 1 to 64 fit into a mask");
  e.nfields = 0;
  expect_complaint(&e, "0 fields");
  e.nfields = LIMIT_FIELDS;
  expect_complaint(&e, NULL);
  static const struct entity *list[] = {&e, NULL};
  model_setup_list(list);
  assert_true(entity_mask_all(&e) == UINT64_MAX);
  AUTO(arena_release) struct arena a = {0};
  assert_int_equal(rec_diff(rec_new(&a, &e), rec_new(&a, &e)), 0);
  model_setup_list(test_entities);
}

static void product_model_is_sound(void **state) {
  (void)state;
  AUTO(buf_release) struct buf b = BUF(100000);
  if (!model_selfcheck(&b)) fail_msg("%s", buf_z(&b));
  assert_true(entity_count > 0);
  for (int i = 0; i < entity_count; i++) assert_int_equal(entity_all[i]->index, i);
  assert_null(entity_all[entity_count]);
}

int main(void) {
  model_setup_list(test_entities);
  static const struct CMUnitTest tests[] = {
    cmocka_unit_test(lookups_by_every_name),
    cmocka_unit_test(fieldset_expressions),
    cmocka_unit_test(accessors),
    cmocka_unit_test(misuse_aborts),
    cmocka_unit_test(canonical_form),
    cmocka_unit_test(json_members_follow_the_mask),
    cmocka_unit_test(each_error_has_pointer_and_arguments),
    cmocka_unit_test(all_errors_at_once),
    cmocka_unit_test(creation_takes_every_kind),
    cmocka_unit_test(fields_outside_the_mask_are_refused),
    cmocka_unit_test(merge_patch),
    cmocka_unit_test(long_unknown_key),
    cmocka_unit_test(written_is_read_back),
    cmocka_unit_test(cells),
    cmocka_unit_test(seen_table_of_a_root),
    cmocka_unit_test(openapi_schemas),
    cmocka_unit_test(form_metadata),
    cmocka_unit_test(dump_shows_what_a_star_means),
    cmocka_unit_test(selfcheck_refuses),
    cmocka_unit_test(selfcheck_refuses_entities),
    cmocka_unit_test(fields_fill_one_mask),
    cmocka_unit_test(product_model_is_sound),
  };
  return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
