// SPDX-License-Identifier: Apache-2.0
// The model as JSON Schema (OpenAPI 3.1): for each entity NAME (what is read: every field optional, because hidden ones are absent),
// NAME_create and NAME_patch (merge patch) where something may be written, and NAME_list; the shapes they share: money, money_patch,
// names.
#include "model/model_internal.h"

enum shape { SHAPE_READ, SHAPE_CREATE, SHAPE_PATCH };

static void put_string(struct jw *w, str key, str value) {
  jw_key(w, key);
  jw_string(w, value);
}

static void put_int(struct jw *w, str key, int64_t value) {
  jw_key(w, key);
  jw_int(w, value);
}

static void put_false(struct jw *w, str key) {
  jw_key(w, key);
  jw_bool(w, false);
}

static void put_type(struct jw *w, str type, bool null) {
  jw_key(w, S("type"));
  if (!null) {
    jw_string(w, type);
    return;
  }
  jw_array(w);
  jw_string(w, type);
  jw_string(w, S("null"));
  jw_end_array(w);
}

static void put_id_pattern(struct jw *w, const char *prefix) {
  AUTO(buf_release) struct buf b = BUF(128);
  buf_fmt(&b, "^%s_[0-9a-hjkmnp-tv-z]{13}$", prefix);
  put_string(w, S("pattern"), buf_str(&b));
}

static void put_ref(struct jw *w, const char *name, const char *suffix) {
  AUTO(buf_release) struct buf b = BUF(128);
  buf_fmt(&b, "#/components/schemas/%s%s", name, suffix);
  put_string(w, S("$ref"), buf_str(&b));
}

static void put_money(struct jw *w, enum shape shape, bool null) {
  const char *suffix = shape == SHAPE_PATCH ? "_patch" : "";
  if (!null) {
    put_ref(w, "money", suffix);
    return;
  }
  jw_key(w, S("anyOf"));
  jw_array(w);
  jw_object(w);
  put_ref(w, "money", suffix);
  jw_end_object(w);
  jw_object(w);
  put_string(w, S("type"), S("null"));
  jw_end_object(w);
  jw_end_array(w);
}

static void put_words(struct jw *w, const struct vocab *v, bool null) {
  put_type(w, S("string"), null);
  jw_key(w, S("enum"));
  jw_array(w);
  for (int i = 0; i < v->n; i++) jw_string(w, str_of(v->words[i].name));
  if (null) jw_null(w);
  jw_end_array(w);
}

static void put_range(struct jw *w, const struct field *f) {
  int64_t min, max;
  field_int_range(f, &min, &max);
  put_int(w, S("minimum"), min);
  put_int(w, S("maximum"), max);
}

static void put_kind(struct jw *w, const struct entity *e, int i, enum shape shape, bool null) {
  const struct field *f = &e->fields[i];
  switch (f->kind) {
  case K_TEXT:
  case K_LONGTEXT:
    put_type(w, S("string"), null);
    put_int(w, S("maxLength"), (int64_t)field_max_chars(f));
    if (shape != SHAPE_READ && !null) put_int(w, S("minLength"), 1);
    // The format "email" knows ASCII only; ours is what the decoder asks, roughly.
    if (f->flags & F_EMAIL) put_string(w, S("pattern"), S("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$"));
    return;
  case K_INT:
    put_type(w, S("integer"), null);
    put_range(w, f);
    return;
  case K_BOOL: put_type(w, S("boolean"), null); return;
  case K_MONEY: put_money(w, shape, null); return;
  case K_RATE:
    put_type(w, S("string"), null);
    put_string(w, S("pattern"), S("^[0-9]+(/[0-9]+)?$"));
    return;
  case K_DATE:
    put_type(w, S("string"), null);
    put_string(w, S("format"), S("date"));
    return;
  case K_TIME:
    put_type(w, S("string"), null);
    put_string(w, S("format"), S("date-time"));
    return;
  case K_WORD: put_words(w, f->vocab, null); return;
  case K_REF:
    put_type(w, S("string"), null);
    put_id_pattern(w, model_derived(e)->refs[i]->prefix);
    return;
  case K_COUNT: return;
  }
}

static bool has_field(const struct field *f, enum shape shape) {
  if (f->flags & F_SECRET) return false;
  if (shape == SHAPE_READ) return true;
  return !(f->flags & (shape == SHAPE_PATCH ? F_READONLY | F_IMMUTABLE : F_READONLY));
}

// An entity that only flows write has nothing a caller could send.
static bool has_shape(const struct entity *e, enum shape shape) {
  bool any = false;
  for (int i = 0; i < e->nfields; i++) any |= has_field(&e->fields[i], shape);
  return any;
}

static void put_field(struct jw *w, const struct entity *e, int i, enum shape shape) {
  const struct field *f = &e->fields[i];
  jw_key(w, str_of(f->name));
  jw_object(w);
  put_string(w, S("title"), str_of(f->label.in[LANG_EN]));
  if (f->help.in[LANG_EN]) put_string(w, S("description"), str_of(f->help.in[LANG_EN]));
  put_kind(w, e, i, shape, !(f->flags & F_REQUIRED));
  if (shape == SHAPE_CREATE && f->dflt) {
    jw_key(w, S("default"));
    jw_raw(w, str_of(f->dflt));
  }
  if (shape == SHAPE_READ && (f->flags & F_READONLY)) {
    jw_key(w, S("readOnly"));
    jw_bool(w, true);
  }
  jw_end_object(w);
}

// ---- members every record has

static void put_meta_id(struct jw *w, str key, const char *prefix, bool null) {
  jw_key(w, key);
  jw_object(w);
  put_type(w, S("string"), null);
  put_id_pattern(w, prefix);
  jw_end_object(w);
}

static void put_meta_time(struct jw *w, str key) {
  jw_key(w, key);
  jw_object(w);
  put_type(w, S("string"), false);
  put_string(w, S("format"), S("date-time"));
  jw_end_object(w);
}

static void put_audience(struct jw *w) {
  jw_key(w, S("audience"));
  jw_object(w);
  put_string(w, S("title"), S("Who reads it: the deal's room, or the own company"));
  put_words(w, &vocab_audience, false);
  jw_end_object(w);
}

static void put_meta(struct jw *w, const struct entity *e) {
  put_meta_id(w, S("id"), e->prefix, false);
  put_meta_id(w, S("company"), entity_company.prefix, false);
  if (e->flags & E_CHILD) put_meta_id(w, S("root"), entity_root(e)->prefix, false);
  put_meta_time(w, S("created_at"));
  put_meta_time(w, S("updated_at"));
  put_meta_id(w, S("created_by"), entity_user.prefix, true);
  jw_key(w, S("names"));
  jw_object(w);
  put_ref(w, "names", "");
  jw_end_object(w);
}

static void put_required(struct jw *w, const struct entity *e, enum shape shape) {
  bool any = false;
  for (int i = 0; i < e->nfields; i++) {
    const struct field *f = &e->fields[i];
    if (shape != SHAPE_CREATE || !has_field(f, shape) || !(f->flags & F_REQUIRED) || f->dflt) continue;
    if (!any) {
      jw_key(w, S("required"));
      jw_array(w);
    }
    any = true;
    jw_string(w, str_of(f->name));
  }
  if (any) jw_end_array(w);
  if (shape != SHAPE_READ) return;
  jw_key(w, S("required"));
  jw_raw(w, S("[\"id\"]"));
}

static void put_shape(struct jw *w, const struct entity *e, enum shape shape) {
  static const char *const suffix[] = {"", "_create", "_patch"};
  AUTO(buf_release) struct buf name = BUF(128);
  buf_fmt(&name, "%s%s", e->name, suffix[shape]);
  jw_key(w, buf_str(&name));
  jw_object(w);
  put_string(w, S("title"), str_of(e->label.in[LANG_EN]));
  put_type(w, S("object"), false);
  put_false(w, S("additionalProperties"));
  jw_key(w, S("properties"));
  jw_object(w);
  if (shape == SHAPE_READ) put_meta(w, e);
  if ((e->flags & E_ROOM) && shape != SHAPE_PATCH) put_audience(w);
  for (int i = 0; i < e->nfields; i++)
    if (has_field(&e->fields[i], shape)) put_field(w, e, i, shape);
  jw_end_object(w);
  put_required(w, e, shape);
  jw_end_object(w);
}

static void put_list(struct jw *w, const struct entity *e) {
  AUTO(buf_release) struct buf name = BUF(128);
  buf_fmt(&name, "%s_list", e->name);
  jw_key(w, buf_str(&name));
  jw_object(w);
  put_string(w, S("title"), str_of(e->plural.in[LANG_EN]));
  put_type(w, S("object"), false);
  put_false(w, S("additionalProperties"));
  jw_key(w, S("properties"));
  jw_object(w);
  jw_key(w, S("items"));
  jw_object(w);
  put_type(w, S("array"), false);
  jw_key(w, S("items"));
  jw_object(w);
  put_ref(w, e->name, "");
  jw_end_object(w);
  jw_end_object(w);
  jw_key(w, S("next"));
  jw_object(w);
  put_string(w, S("title"), S("Cursor of the next page; null: this is the last"));
  put_type(w, S("string"), true);
  jw_end_object(w);
  jw_key(w, S("names"));
  jw_object(w);
  put_ref(w, "names", "");
  jw_end_object(w);
  jw_end_object(w);
  jw_key(w, S("required"));
  jw_raw(w, S("[\"items\",\"next\"]"));
  jw_end_object(w);
}

// ---- shared shapes

static void put_money_shape(struct jw *w, str name, bool patch) {
  jw_key(w, name);
  jw_object(w);
  put_string(w, S("title"), patch ? S("Amount of money; what is left out stays") : S("Amount of money, exact"));
  put_type(w, S("object"), false);
  put_false(w, S("additionalProperties"));
  jw_key(w, S("properties"));
  jw_raw(w, S("{\"amount\":{\"type\":\"string\",\"pattern\":\"^-?(0|[1-9][0-9]*)(\\\\.[0-9]+)?$\"},"
              "\"currency\":{\"type\":\"string\",\"pattern\":\"^[A-Z]{3}$\"}}"));
  if (!patch) {
    jw_key(w, S("required"));
    jw_raw(w, S("[\"amount\",\"currency\"]"));
  }
  jw_end_object(w);
}

static void put_names_shape(struct jw *w) {
  jw_key(w, S("names"));
  jw_object(w);
  put_string(w, S("title"), S("Names of the records that ids refer to"));
  put_type(w, S("object"), false);
  jw_key(w, S("additionalProperties"));
  jw_raw(w, S("{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{\"name\":{\"type\":[\"string\",\"null\"]},"
              "\"company\":{\"type\":\"string\"}},\"required\":[\"name\"]}"));
  jw_end_object(w);
}

void model_openapi_schemas(struct jw *w) {
  put_money_shape(w, S("money"), false);
  put_money_shape(w, S("money_patch"), true);
  put_names_shape(w);
  for (const struct entity *const *e = model_entities(); *e; e++) {
    for (enum shape s = SHAPE_READ; s <= SHAPE_PATCH; s++)
      if (has_shape(*e, s)) put_shape(w, *e, s);
    put_list(w, *e);
  }
}
