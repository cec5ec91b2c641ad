// SPDX-License-Identifier: Apache-2.0
// What a shape says about itself: JSON Schema and Markdown.
#include "base/shape.h"

enum { SUBS_MAX = 64 };  // distinct sub-shapes of one document
struct subs {
  const struct shape *s[SUBS_MAX];
  int n;
};

static void collect(const struct shape *s, struct subs *subs) {
  for (int i = 0; i < s->n; i++) {
    const struct shape *sub = s->fields[i].sub;
    bool known = sub == NULL;
    for (int k = 0; k < subs->n && !known; k++) known = subs->s[k] == sub;
    if (known || subs->n == SUBS_MAX) continue;
    subs->s[subs->n++] = sub;
    collect(sub, subs);
  }
}

static bool has_kind(const struct shape *s, enum shape_kind kind, const struct subs *subs) {
  for (int i = 0; i < s->n; i++)
    if (s->fields[i].kind == kind) return true;
  for (int k = 0; subs && k < subs->n; k++)
    if (has_kind(subs->s[k], kind, NULL)) return true;
  return false;
}

static void pair(struct jw *w, const char *key, const char *value) {
  jw_key(w, str_of(key));
  jw_string(w, str_of(value));
}

static void number(struct jw *w, const char *key, int64_t value) {
  jw_key(w, str_of(key));
  jw_int(w, value);
}

// Absent and null mean the same, so an optional field admits both.
static void type(struct jw *w, const char *name, bool null) {
  jw_key(w, S("type"));
  if (!null) {
    jw_string(w, str_of(name));
    return;
  }
  jw_array(w);
  jw_string(w, str_of(name));
  jw_string(w, S("null"));
  jw_end_array(w);
}

static void words(struct jw *w, const struct vocab *v, bool null) {
  jw_key(w, S("enum"));
  jw_array(w);
  for (int i = 0; i < v->n; i++) jw_string(w, str_of(v->words[i].name));
  if (null) jw_null(w);
  jw_end_array(w);
}

static void ref(struct jw *w, const char *name, bool null) {
  AUTO(buf_release) struct buf b = BUF(256);
  buf_fmt(&b, "#/$defs/%s", name);
  if (null) {
    jw_key(w, S("anyOf"));
    jw_array(w);
    jw_object(w);
  }
  jw_key(w, S("$ref"));
  jw_string(w, buf_str(&b));
  if (null) {
    jw_end_object(w);
    jw_object(w);
    pair(w, "type", "null");
    jw_end_object(w);
    jw_end_array(w);
  }
}

static void elements(struct jw *w, const struct shape_field *f) {
  jw_key(w, S("items"));
  jw_object(w);
  if (f->kind == SHAPE_LIST)
    ref(w, f->sub->name, false);
  else if (f->kind == SHAPE_WORDS)
    words(w, f->vocab, false);
  else if (f->kind == SHAPE_REASONS)
    ref(w, "reason", false);
  else
    pair(w, "type", "string");
  jw_end_object(w);
  if (f->flags & SHAPE_NONEMPTY) number(w, "minItems", 1);
  if (f->kind != SHAPE_REASONS) number(w, "maxItems", f->flags & SHAPE_ROWS ? 1000000 : f->max ? f->max : SHAPE_LIST_MAX);
}

static void range(struct jw *w, const struct shape_field *f) {
  if (f->min == 0 && f->max == 0) return;
  number(w, "minimum", f->min);
  number(w, "maximum", f->max);
}

static void field(struct jw *w, const struct shape_field *f) {
  bool null = !(f->flags & SHAPE_REQ);
  switch (f->kind) {
  case SHAPE_TEXT:
    type(w, "string", null);
    number(w, "maxLength", f->max ? f->max : SHAPE_TEXT_MAX);
    break;
  case SHAPE_ID:
    type(w, "string", null);
    pair(w, "pattern", "^[!-~]{1,64}$");
    break;
  case SHAPE_INT:
    type(w, "integer", null);
    range(w, f);
    break;
  case SHAPE_REAL:
    type(w, "number", null);
    range(w, f);
    break;
  case SHAPE_BOOL: type(w, "boolean", null); break;
  case SHAPE_TRI:
    jw_key(w, S("enum"));
    jw_raw(w, null ? S("[\"yes\",\"no\",\"unknown\",null]") : S("[\"yes\",\"no\",\"unknown\"]"));
    break;
  case SHAPE_WORD: words(w, f->vocab, null); break;
  case SHAPE_MONEY: ref(w, f->flags & SHAPE_SIGNED ? "signed_money" : "money", null); break;
  case SHAPE_RATIO:
    type(w, "string", null);
    pair(w, "pattern", "^[0-9]+(/[0-9]+)?$");
    break;
  case SHAPE_DATE:
    type(w, "string", null);
    pair(w, "format", "date");
    break;
  case SHAPE_TIME:
    type(w, "string", null);
    pair(w, "format", "date-time");
    break;
  case SHAPE_FACT: ref(w, "fact", null); break;
  case SHAPE_OBJECT: ref(w, f->sub->name, null); break;
  case SHAPE_LIST:
  case SHAPE_TEXTS:
  case SHAPE_WORDS:
  case SHAPE_REASONS:
    type(w, "array", null);
    elements(w, f);
    break;
  }
  if (f->dflt) {
    jw_key(w, S("default"));
    jw_raw(w, str_of(f->dflt));
  }
  if (f->help) pair(w, "description", f->help);
}

static void object(struct jw *w, const struct shape *s) {
  pair(w, "type", "object");
  if (s->help) pair(w, "description", s->help);
  jw_key(w, S("properties"));
  jw_object(w);
  bool required = false;
  for (int i = 0; i < s->n; i++) {
    jw_key(w, str_of(s->fields[i].name));
    jw_object(w);
    field(w, &s->fields[i]);
    jw_end_object(w);
    required = required || (s->fields[i].flags & SHAPE_REQ);
  }
  jw_end_object(w);
  if (required) {
    jw_key(w, S("required"));
    jw_array(w);
    for (int i = 0; i < s->n; i++)
      if (s->fields[i].flags & SHAPE_REQ) jw_string(w, str_of(s->fields[i].name));
    jw_end_array(w);
  }
  jw_key(w, S("additionalProperties"));
  jw_bool(w, false);
}

static void money_def(struct jw *w, const char *name, const char *pattern) {
  jw_key(w, str_of(name));
  jw_object(w);
  pair(w, "type", "object");
  jw_key(w, S("properties"));
  jw_object(w);
  jw_key(w, S("amount"));
  jw_object(w);
  pair(w, "type", "string");
  pair(w, "pattern", pattern);
  jw_end_object(w);
  jw_key(w, S("currency"));
  jw_raw(w, S("{\"type\":\"string\",\"pattern\":\"^[A-Z]{3}$\"}"));
  jw_end_object(w);
  jw_key(w, S("required"));
  jw_raw(w, S("[\"amount\",\"currency\"]"));
  jw_key(w, S("additionalProperties"));
  jw_bool(w, false);
  jw_end_object(w);
}

static void fact_def(struct jw *w) {
  jw_key(w, S("fact"));
  jw_object(w);
  pair(w, "type", "object");
  jw_key(w, S("properties"));
  jw_object(w);
  jw_key(w, S("value"));
  jw_raw(w, S("{\"enum\":[\"yes\",\"no\",\"unknown\",null]}"));
  jw_key(w, S("basis"));
  jw_object(w);
  words(w, &vocab_evidence_basis, true);
  jw_end_object(w);
  jw_key(w, S("status"));
  jw_object(w);
  words(w, &vocab_evidence_status, true);
  jw_end_object(w);
  jw_key(w, S("source"));
  jw_raw(w, S("{\"type\":[\"string\",\"null\"],\"maxLength\":160}"));
  jw_key(w, S("on"));
  jw_raw(w, S("{\"type\":[\"string\",\"null\"],\"format\":\"date\"}"));
  jw_end_object(w);
  jw_key(w, S("additionalProperties"));
  jw_bool(w, false);
  jw_end_object(w);
}

void shape_schema(const struct shape *s, const char *title, struct jw *w) {
  struct subs subs = {{NULL}, 0};
  collect(s, &subs);
  jw_object(w);
  pair(w, "$schema", "https://json-schema.org/draft/2020-12/schema");
  pair(w, "title", title);
  object(w, s);
  jw_key(w, S("$defs"));
  jw_object(w);
  if (has_kind(s, SHAPE_MONEY, &subs)) {
    money_def(w, "money", "^(0|[1-9][0-9]*)(\\.[0-9]{1,4})?$");
    money_def(w, "signed_money", "^-?(0|[1-9][0-9]*)(\\.[0-9]{1,4})?$");
  }
  if (has_kind(s, SHAPE_FACT, &subs)) fact_def(w);
  if (has_kind(s, SHAPE_REASONS, &subs)) {
    jw_key(w, S("reason"));
    jw_raw(
      w,
      S("{\"type\":\"object\",\"properties\":{\"code\":{\"type\":\"string\"},\"args\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},"
        "\"weight\":{\"type\":\"integer\"},\"refs\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},\"text\":{\"type\":\"string\"}},"
        "\"required\":[\"code\",\"args\",\"weight\",\"refs\"]}"));
  }
  for (int k = 0; k < subs.n; k++) {
    jw_key(w, str_of(subs.s[k]->name));
    jw_object(w);
    object(w, subs.s[k]);
    jw_end_object(w);
  }
  jw_end_object(w);
  jw_end_object(w);
}

// ---- Markdown ----------------------------------------------------------------------------------------------------------

static void vocab_doc(struct buf *b, const struct vocab *v) {
  enum { SHOWN = 12 };
  for (int i = 0; i < v->n && i < SHOWN; i++) buf_fmt(b, "%s%s", i ? ", " : "", v->words[i].name);
  if (v->n > SHOWN) buf_fmt(b, " ... (%d words, `%s`)", v->n, v->name);
}

static void kind_doc(struct buf *b, const struct shape_field *f) {
  static const char *const names[] = {[SHAPE_TEXT] = "text",
                                      [SHAPE_ID] = "id",
                                      [SHAPE_INT] = "whole number",
                                      [SHAPE_BOOL] = "true, false",
                                      [SHAPE_TRI] = "yes, no, unknown",
                                      [SHAPE_MONEY] = "money",
                                      [SHAPE_RATIO] = "fraction",
                                      [SHAPE_REAL] = "number",
                                      [SHAPE_DATE] = "date",
                                      [SHAPE_TIME] = "time",
                                      [SHAPE_FACT] = "fact",
                                      [SHAPE_TEXTS] = "list of text",
                                      [SHAPE_REASONS] = "reasons"};
  switch (f->kind) {
  case SHAPE_WORD: vocab_doc(b, f->vocab); return;
  case SHAPE_WORDS:
    buf_putz(b, "list of: ");
    vocab_doc(b, f->vocab);
    return;
  case SHAPE_OBJECT: buf_fmt(b, "`%s`", f->sub->name); return;
  case SHAPE_LIST: buf_fmt(b, "list of `%s`", f->sub->name); return;
  default: buf_putz(b, names[f->kind]);
  }
  if (f->kind == SHAPE_INT && (f->min || f->max)) buf_fmt(b, " %lld to %lld", (long long)f->min, (long long)f->max);
}

static void table_doc(const struct shape *s, struct buf *b) {
  buf_fmt(b, "\n**`%s`**: %s\n\n| field | value | meaning | from |\n|---|---|---|---|\n", s->name, s->help);
  for (int i = 0; i < s->n; i++) {
    const struct shape_field *f = &s->fields[i];
    buf_fmt(b, "| `%s`%s | ", f->name, f->flags & SHAPE_REQ ? " *" : "");
    kind_doc(b, f);
    if (f->dflt) buf_fmt(b, "; default %s", f->dflt);
    buf_fmt(b, " | %s | %s |\n", f->help ? f->help : "", f->from ? f->from : "");
  }
}

void shape_doc(const struct shape *s, struct buf *b) {
  struct subs subs = {{NULL}, 0};
  collect(s, &subs);
  table_doc(s, b);
  for (int k = 0; k < subs.n; k++) table_doc(subs.s[k], b);
}
