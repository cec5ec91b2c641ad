// SPDX-License-Identifier: Apache-2.0
#include "base/shape.h"

#include <math.h>

#include "base/utf8.h"

const char *tristate_name(enum tristate t) { return t == TRI_YES ? "yes" : t == TRI_NO ? "no" : "unknown"; }

void reason_text(struct buf *b, const struct reason *r, enum lang l) {
  const char *p = r->def->text.in[l];
  while (*p) {
    if (p[0] != '{' || p[1] < '1' || p[1] > '0' + REASON_ARGS) {
      buf_putc(b, *p++);
      continue;
    }
    int i = p[1] - '1';
    str arg = i < r->n_args ? r->args[i] : S("?");
    const char *end = strchr(p, '}');
    const char *label = NULL;
    if (p[2] == ':') {
      const struct vocab *v = vocab_find((str){p + 3, (size_t)(end - p - 3)});
      if (v) label = vocab_label(v, vocab_index(v, arg), l);
    }
    if (label)
      buf_putz(b, label);
    else
      buf_put(b, arg);
    p = end + 1;
  }
}

// ---- values in a struct ------------------------------------------------------------------------------------------------

static void *at(const struct shape_field *f, void *base) { return (char *)base + f->offset; }

static const void *at_const(const struct shape_field *f, const void *base) { return (const char *)base + f->offset; }

static size_t count_of(const struct shape_field *f, const void *base) {
  size_t n;
  memcpy(&n, (const char *)base + f->count_offset, sizeof n);
  return n;
}

static size_t kind_size(enum shape_kind k) {
  switch (k) {
  case SHAPE_TEXT:
  case SHAPE_ID: return sizeof(str);
  case SHAPE_INT: return sizeof(int64_t);
  case SHAPE_BOOL: return sizeof(bool);
  case SHAPE_TRI: return sizeof(enum tristate);
  case SHAPE_WORD: return sizeof(int);
  case SHAPE_MONEY: return sizeof(money);
  case SHAPE_RATIO: return sizeof(ratio);
  case SHAPE_REAL: return sizeof(double);
  case SHAPE_DATE: return sizeof(uday);
  case SHAPE_TIME: return sizeof(utime);
  case SHAPE_FACT: return sizeof(struct fact);
  default: return sizeof(void *);
  }
}

static void clear(enum shape_kind k, void *p) {
  memset(p, 0, kind_size(k));
  switch (k) {
  case SHAPE_INT: *(int64_t *)p = SHAPE_NO_INT; break;
  case SHAPE_WORD: *(int *)p = -1; break;
  case SHAPE_REAL: *(double *)p = (double)NAN; break;
  case SHAPE_DATE: *(uday *)p = SHAPE_NO_DATE; break;
  case SHAPE_TIME: *(utime *)p = SHAPE_NO_TIME; break;
  case SHAPE_FACT: *(struct fact *)p = (struct fact){.basis = -1, .status = -1, .on = SHAPE_NO_DATE}; break;
  default: break;
  }
}

static str unquoted(const char *json) {
  str s = str_of(json);
  return s.n >= 2 && s.p[0] == '"' ? str_sub(s, 1, s.n - 2) : s;
}

// Defaults are simple values; a wrong one is our own mistake and stays absent, which the unit test of all shapes finds.
static void set_default(const struct shape_field *f, void *p) {
  str s = unquoted(f->dflt);
  switch (f->kind) {
  case SHAPE_INT: (void)str_to_int64(s, p); break;
  case SHAPE_WORD: *(int *)p = vocab_index(f->vocab, s); break;
  case SHAPE_RATIO: (void)ratio_parse(s, p); break;
  case SHAPE_BOOL: *(bool *)p = str_eq(s, S("true")); break;
  case SHAPE_TRI: *(enum tristate *)p = str_eq(s, S("yes")) ? TRI_YES : str_eq(s, S("no")) ? TRI_NO : TRI_UNKNOWN; break;
  case SHAPE_REAL: {
    int64_t whole = 0;
    if (str_to_int64(s, &whole)) *(double *)p = (double)whole;
    break;
  }
  default: break;
  }
}

void shape_init(const struct shape *s, void *ret) {
  memset(ret, 0, s->size);
  for (int i = 0; i < s->n; i++) {
    const struct shape_field *f = &s->fields[i];
    clear(f->kind, at(f, ret));
    if (f->dflt) set_default(f, at(f, ret));
  }
}

// ---- decoding ----------------------------------------------------------------------------------------------------------

// Where we are in the document: a chain on the stack, written out only when something is wrong.
struct path {
  const struct path *up;
  str key;  // STR_NULL: index
  size_t index;
};
struct decoder {
  struct arena *arena;
  struct problem *pb;
};

static void path_put(struct buf *b, const struct path *p) {
  if (!p) return;
  path_put(b, p->up);
  buf_putc(b, '/');
  if (!p->key.p) {
    buf_uint(b, p->index);
    return;
  }
  for (size_t i = 0; i < p->key.n; i++) {
    char c = p->key.p[i];
    if (c == '~')
      buf_putz(b, "~0");
    else if (c == '/')
      buf_putz(b, "~1");
    else
      buf_putc(b, c);
  }
}

static enum err bad(struct decoder *d, const struct path *p, enum problem_code code, str a1, str a2) {
  AUTO(buf_release) struct buf b = BUF(64 * 1024);
  path_put(&b, p);
  return problem_field(d->pb, buf_str(&b), code, a1, a2);
}

static enum err wrong_type(struct decoder *d, const struct path *p, const char *expected) {
  return bad(d, p, P_WRONG_TYPE, str_of(expected), STR_NULL);
}

static enum err bad_word(struct decoder *d, const struct path *p, const struct vocab *v) {
  AUTO(buf_release) struct buf b = BUF(4096);
  for (int i = 0; i < v->n; i++) {
    if (i) buf_putz(&b, ", ");
    buf_putz(&b, v->words[i].name);
  }
  return bad(d, p, P_BAD_WORD, buf_str(&b), STR_NULL);
}

static enum err get_text(struct decoder *d, const struct path *p, const struct shape_field *f, const json_t *t, str *ret) {
  if (!json_is_string(t)) return wrong_type(d, p, "text");
  str s = json_str(t);
  int64_t max = f->max ? f->max : SHAPE_TEXT_MAX;
  if (utf8_has_control(s, true)) return bad(d, p, P_CONTROL_CHARACTER, STR_NULL, STR_NULL);
  if ((int64_t)utf8_count(s) > max) return bad(d, p, P_TOO_LONG, arena_fmt(d->arena, "%lld", (long long)max), STR_NULL);
  *ret = arena_str(d->arena, s);
  return ERR_OK;
}

static enum err get_id(struct decoder *d, const struct path *p, const json_t *t, str *ret) {
  if (!json_is_string(t)) return wrong_type(d, p, "an id (text)");
  str s = json_str(t);
  if (s.n > SHAPE_ID_MAX) return bad(d, p, P_TOO_LONG, S("64"), STR_NULL);
  if (!s.n) return bad(d, p, P_REQUIRED, STR_NULL, STR_NULL);
  for (size_t i = 0; i < s.n; i++)
    if (s.p[i] <= ' ' || s.p[i] > '~') return bad(d, p, P_WRONG_TYPE, S("an id: ASCII without blanks"), STR_NULL);
  *ret = arena_str(d->arena, s);
  return ERR_OK;
}

static enum err out_of_range(struct decoder *d, const struct path *p, int64_t min, int64_t max) {
  return bad(d, p, P_OUT_OF_RANGE, arena_fmt(d->arena, "%lld", (long long)min), arena_fmt(d->arena, "%lld", (long long)max));
}

static void int_range(const struct shape_field *f, int64_t *min, int64_t *max) {
  bool any = f->min == 0 && f->max == 0;
  *min = any ? -SHAPE_INT_MAX : f->min;
  *max = any ? SHAPE_INT_MAX : f->max;
}

static enum err get_int(struct decoder *d, const struct path *p, const struct shape_field *f, const json_t *t, int64_t *ret) {
  if (!json_is_integer(t)) return wrong_type(d, p, "a whole number");
  int64_t v = json_integer_value(t), min, max;
  int_range(f, &min, &max);
  if (v < min || v > max) return out_of_range(d, p, min, max);
  *ret = v;
  return ERR_OK;
}

static enum err get_real(struct decoder *d, const struct path *p, const struct shape_field *f, const json_t *t, double *ret) {
  if (!json_is_number(t)) return wrong_type(d, p, "a number");
  double v = json_number_value(t);
  int64_t min, max;
  int_range(f, &min, &max);
  if (!(v >= (double)min && v <= (double)max)) return out_of_range(d, p, min, max);
  *ret = v;
  return ERR_OK;
}

static enum err get_money(struct decoder *d, const struct path *p, const struct shape_field *f, const json_t *t, money *ret) {
  if (!json_is_object(t)) return wrong_type(d, p, "{\"amount\",\"currency\"}");
  const char *key;
  json_t *value;
  json_object_foreach((json_t *)(uintptr_t)t, key, value) {
    (void)value;
    if (strcmp(key, "amount") != 0 && strcmp(key, "currency") != 0)
      return bad(d, &(struct path){p, str_of(key), 0}, P_UNKNOWN_FIELD, str_of(key), STR_NULL);
  }
  const json_t *amount = json_object_get(t, "amount"), *code = json_object_get(t, "currency");
  struct path at_amount = {p, S("amount"), 0}, at_code = {p, S("currency"), 0};
  if (!json_is_string(amount)) return bad(d, &at_amount, amount ? P_BAD_MONEY : P_REQUIRED, STR_NULL, STR_NULL);
  if (!json_is_string(code)) return bad(d, &at_code, code ? P_WRONG_TYPE : P_REQUIRED, S("text"), STR_NULL);
  currency c;
  if (!currency_parse(json_str(code), &c)) return bad(d, &at_code, P_BAD_CURRENCY, json_str(code), STR_NULL);
  money m;
  enum problem_code e = money_parse(json_str(amount), c, &m);
  if (e == P_MONEY_DECIMALS) return bad(d, &at_amount, e, str_of(c.code), arena_fmt(d->arena, "%d", currency_digits(c)));
  if (e != P_NONE) return bad(d, &at_amount, e, STR_NULL, STR_NULL);
  if (m.minor == INT64_MIN) return bad(d, &at_amount, P_MONEY_RANGE, STR_NULL, STR_NULL);
  if (m.minor < 0 && !(f->flags & SHAPE_SIGNED)) return bad(d, &at_amount, P_OUT_OF_RANGE, S("0"), S("92233720368547758.07"));
  *ret = m;
  return ERR_OK;
}

static enum err get_tri(struct decoder *d, const struct path *p, const json_t *t, enum tristate *ret) {
  str s = json_str(t);
  if (str_eq(s, S("yes")))
    *ret = TRI_YES;
  else if (str_eq(s, S("no")))
    *ret = TRI_NO;
  else if (str_eq(s, S("unknown")))
    *ret = TRI_UNKNOWN;
  else
    return bad(d, p, P_BAD_WORD, S("yes, no, unknown"), STR_NULL);
  return ERR_OK;
}

static enum err get_word(struct decoder *d, const struct path *p, const struct vocab *v, const json_t *t, int *ret) {
  int i = json_is_string(t) ? vocab_index(v, json_str(t)) : -1;
  if (i < 0) return bad_word(d, p, v);
  *ret = i;
  return ERR_OK;
}

static enum err get_fact(struct decoder *d, const struct path *p, const json_t *t, struct fact *ret) {
  if (!json_is_object(t)) return wrong_type(d, p, "{\"value\",\"basis\",\"status\",\"source\",\"on\"}");
  static const struct shape_field source = {.name = "source", .kind = SHAPE_TEXT, .max = 160};
  struct fact v;
  clear(SHAPE_FACT, &v);
  const char *key;
  json_t *value;
  enum err e = ERR_OK;
  json_object_foreach((json_t *)(uintptr_t)t, key, value) {
    struct path here = {p, str_of(key), 0};
    enum err one = ERR_OK;
    bool null = json_is_null(value);
    if (strcmp(key, "value") == 0)
      one = null ? ERR_OK : get_tri(d, &here, value, &v.value);
    else if (strcmp(key, "basis") == 0)
      one = null ? ERR_OK : get_word(d, &here, &vocab_evidence_basis, value, &v.basis);
    else if (strcmp(key, "status") == 0)
      one = null ? ERR_OK : get_word(d, &here, &vocab_evidence_status, value, &v.status);
    else if (strcmp(key, "source") == 0)
      one = null ? ERR_OK : get_text(d, &here, &source, value, &v.source);
    else if (strcmp(key, "on") == 0) {
      if (!null && !(json_is_string(value) && date_parse(json_str(value), &v.on)))
        one = bad(d, &here, P_BAD_DATE, STR_NULL, STR_NULL);
    } else
      one = bad(d, &here, P_UNKNOWN_FIELD, str_of(key), STR_NULL);
    if (one) e = one;
  }
  if (!e) *ret = v;
  return e;
}

static enum err get_object(struct decoder *d, const struct path *p, const struct shape *s, const json_t *t, void *ret);

static size_t list_max(const struct shape_field *f) {
  if (f->flags & SHAPE_ROWS) return 1000 * 1000;
  return f->max && f->kind == SHAPE_LIST ? (size_t)f->max : f->max ? (size_t)f->max : SHAPE_LIST_MAX;
}

static enum err get_element(struct decoder *d, const struct path *p, const struct shape_field *f, const json_t *t, void *ret) {
  static const struct shape_field text = {.name = "", .kind = SHAPE_TEXT, .max = SHAPE_TEXT_MAX};
  if (f->kind == SHAPE_LIST) return get_object(d, p, f->sub, t, ret);
  if (f->kind == SHAPE_WORDS) return get_word(d, p, f->vocab, t, ret);
  return get_text(d, p, &text, t, ret);
}

static enum err get_list(struct decoder *d, const struct path *p, const struct shape_field *f, const json_t *t, void *base) {
  if (!json_is_array(t)) return wrong_type(d, p, "a list");
  size_t n = json_array_size(t), max = list_max(f);
  if (n > max) return bad(d, p, P_OUT_OF_RANGE, S("0"), arena_fmt(d->arena, "%zu elements", max));
  if (!n && (f->flags & SHAPE_NONEMPTY)) return bad(d, p, P_REQUIRED, STR_NULL, STR_NULL);
  if (!n) return ERR_OK;
  size_t size = f->kind == SHAPE_LIST ? f->sub->size : f->kind == SHAPE_WORDS ? sizeof(int) : sizeof(str);
  char *items = arena_array(d->arena, n, size);
  enum err e = ERR_OK;
  for (size_t i = 0; i < n; i++) {
    enum err one = get_element(d, &(struct path){p, STR_NULL, i}, f, json_array_get(t, i), items + i * size);
    if (one) e = one;
    if (e && d->pb && d->pb->nfields >= 50) break;
  }
  if (e) return e;
  *(void **)at(f, base) = items;
  memcpy((char *)base + f->count_offset, &n, sizeof n);
  return ERR_OK;
}

static enum err get_field(struct decoder *d, const struct path *p, const struct shape_field *f, const json_t *t, void *base) {
  void *v = at(f, base);
  switch (f->kind) {
  case SHAPE_TEXT: return get_text(d, p, f, t, v);
  case SHAPE_ID: return get_id(d, p, t, v);
  case SHAPE_INT: return get_int(d, p, f, t, v);
  case SHAPE_REAL: return get_real(d, p, f, t, v);
  case SHAPE_BOOL:
    if (!json_is_boolean(t)) return wrong_type(d, p, "true or false");
    *(bool *)v = json_is_true(t);
    return ERR_OK;
  case SHAPE_TRI: return get_tri(d, p, t, v);
  case SHAPE_WORD: return get_word(d, p, f->vocab, t, v);
  case SHAPE_MONEY: return get_money(d, p, f, t, v);
  case SHAPE_RATIO:
    if (!json_is_string(t) || !ratio_parse(json_str(t), v)) return wrong_type(d, p, "a fraction such as \"7/100\"");
    return ERR_OK;
  case SHAPE_DATE:
    if (!json_is_string(t) || !date_parse(json_str(t), v)) return bad(d, p, P_BAD_DATE, STR_NULL, STR_NULL);
    return ERR_OK;
  case SHAPE_TIME:
    if (!json_is_string(t) || !time_parse(json_str(t), v)) return bad(d, p, P_BAD_TIME, STR_NULL, STR_NULL);
    return ERR_OK;
  case SHAPE_FACT: return get_fact(d, p, t, v);
  case SHAPE_OBJECT: {
    void *sub = arena_alloc(d->arena, f->sub->size);
    TRY(get_object(d, p, f->sub, t, sub));
    *(void **)v = sub;
    return ERR_OK;
  }
  case SHAPE_LIST:
  case SHAPE_TEXTS:
  case SHAPE_WORDS: return get_list(d, p, f, t, base);
  case SHAPE_REASONS: break;
  }
  return bad(d, p, P_READ_ONLY_FIELD, STR_NULL, STR_NULL);
}

static const struct shape_field *field_of(const struct shape *s, const char *name) {
  for (int i = 0; i < s->n; i++)
    if (strcmp(s->fields[i].name, name) == 0) return &s->fields[i];
  return NULL;
}

static enum err get_object(struct decoder *d, const struct path *p, const struct shape *s, const json_t *t, void *ret) {
  shape_init(s, ret);
  if (!json_is_object(t)) return wrong_type(d, p, "an object");
  enum err e = ERR_OK;
  const char *key;
  json_t *value;
  json_object_foreach((json_t *)(uintptr_t)t, key, value) {
    struct path here = {p, str_of(key), 0};
    const struct shape_field *f = field_of(s, key);
    enum err one = ERR_OK;
    if (!f)
      one = bad(d, &here, P_UNKNOWN_FIELD, here.key, STR_NULL);
    else if (!json_is_null(value))
      one = get_field(d, &here, f, value, ret);
    if (one) e = one;
  }
  for (int i = 0; i < s->n; i++) {
    const struct shape_field *f = &s->fields[i];
    if (!(f->flags & SHAPE_REQ)) continue;
    const json_t *v = json_object_get(t, f->name);
    if (!v || json_is_null(v)) e = bad(d, &(struct path){p, str_of(f->name), 0}, P_REQUIRED, STR_NULL, STR_NULL);
  }
  return e;
}

enum err shape_decode(const struct shape *s, const json_t *t, struct arena *a, struct problem *pb, void *ret) {
  struct decoder d = {a, pb};
  return get_object(&d, NULL, s, t, ret);
}

enum err shape_read_tree(str text, struct problem *pb, json_t **ret) {
  return json_read_within(text, (struct json_limits){.bytes = SHAPE_JSON_BYTES, .values = SHAPE_JSON_VALUES}, pb, ret);
}

enum err shape_read(const struct shape *s, str text, struct arena *a, struct problem *pb, void *ret) {
  AUTO(json_release) json_t *t = NULL;
  TRY(shape_read_tree(text, pb, &t));
  return shape_decode(s, t, a, pb, ret);
}

// ---- encoding ----------------------------------------------------------------------------------------------------------

static void put_buf(struct jw *w, struct buf *b) {
  jw_string(w, buf_str(b));
  buf_clear(b);
}

void reasons_write(const struct reason *r, size_t n, struct jw *w, int texts) {
  AUTO(buf_release) struct buf b = BUF(16 * 1024);
  jw_array(w);
  for (size_t i = 0; i < n; i++) {
    jw_object(w);
    jw_key(w, S("code"));
    jw_string(w, str_of(r[i].def->code));
    jw_key(w, S("args"));
    jw_array(w);
    for (int k = 0; k < r[i].n_args; k++) jw_string(w, r[i].args[k].p ? r[i].args[k] : S(""));
    jw_end_array(w);
    jw_key(w, S("weight"));
    jw_int(w, r[i].weight);
    jw_key(w, S("refs"));
    jw_array(w);
    for (size_t k = 0; k < r[i].n_refs; k++) jw_string(w, r[i].refs[k]);
    jw_end_array(w);
    if (texts >= 0) {
      reason_text(&b, &r[i], (enum lang)texts);
      jw_key(w, S("text"));
      put_buf(w, &b);
    }
    jw_end_object(w);
  }
  jw_end_array(w);
}

static bool present(const struct shape_field *f, const void *base) {
  const void *p = at_const(f, base);
  switch (f->kind) {
  case SHAPE_TEXT:
  case SHAPE_ID: return ((const str *)p)->p != NULL;
  case SHAPE_INT: return *(const int64_t *)p != SHAPE_NO_INT;
  case SHAPE_WORD: return *(const int *)p >= 0;
  case SHAPE_MONEY: return ((const money *)p)->cur.code[0] != 0;
  case SHAPE_RATIO: return ((const ratio *)p)->den != 0;
  case SHAPE_REAL: return isfinite(*(const double *)p);
  case SHAPE_DATE: return *(const uday *)p != SHAPE_NO_DATE;
  case SHAPE_TIME: return *(const utime *)p != SHAPE_NO_TIME;
  case SHAPE_OBJECT: return *(void *const *)p != NULL;
  case SHAPE_FACT: {
    const struct fact *v = p;
    return v->value != TRI_UNKNOWN || v->basis >= 0 || v->status >= 0 || v->source.p || v->on != SHAPE_NO_DATE;
  }
  default: return true;
  }
}

static void put_money(struct jw *w, struct buf *b, money m) {
  jw_object(w);
  jw_key(w, S("amount"));
  money_amount_put(b, m);
  put_buf(w, b);
  jw_key(w, S("currency"));
  jw_string(w, str_of(m.cur.code));
  jw_end_object(w);
}

static void put_date(struct jw *w, struct buf *b, uday d) {
  date_put(b, d);
  put_buf(w, b);
}

static void put_fact(struct jw *w, struct buf *b, const struct fact *v) {
  jw_object(w);
  jw_key(w, S("value"));
  jw_string(w, str_of(tristate_name(v->value)));
  if (v->basis >= 0) {
    jw_key(w, S("basis"));
    jw_string(w, str_of(vocab_word(&vocab_evidence_basis, v->basis)));
  }
  if (v->status >= 0) {
    jw_key(w, S("status"));
    jw_string(w, str_of(vocab_word(&vocab_evidence_status, v->status)));
  }
  if (v->source.p) {
    jw_key(w, S("source"));
    jw_string(w, v->source);
  }
  if (v->on != SHAPE_NO_DATE) {
    jw_key(w, S("on"));
    put_date(w, b, v->on);
  }
  jw_end_object(w);
}

static void put_list(struct jw *w, const struct shape_field *f, const void *base, int texts) {
  size_t n = count_of(f, base);
  const char *items = *(const char *const *)at_const(f, base);
  if (f->kind == SHAPE_REASONS) {
    reasons_write((const struct reason *)(const void *)items, n, w, texts);
    return;
  }
  jw_array(w);
  for (size_t i = 0; i < n; i++) {
    if (f->kind == SHAPE_LIST)
      shape_write(f->sub, items + i * f->sub->size, w, texts);
    else if (f->kind == SHAPE_WORDS)
      jw_string(w, str_of(vocab_word(f->vocab, ((const int *)(const void *)items)[i])));
    else
      jw_string(w, ((const str *)(const void *)items)[i]);
  }
  jw_end_array(w);
}

static void put_value(struct jw *w, const struct shape_field *f, const void *base, struct buf *b, int texts) {
  const void *p = at_const(f, base);
  switch (f->kind) {
  case SHAPE_TEXT:
  case SHAPE_ID: jw_string(w, *(const str *)p); return;
  case SHAPE_INT: jw_int(w, *(const int64_t *)p); return;
  case SHAPE_BOOL: jw_bool(w, *(const bool *)p); return;
  case SHAPE_TRI: jw_string(w, str_of(tristate_name(*(const enum tristate *)p))); return;
  case SHAPE_WORD: jw_string(w, str_of(vocab_word(f->vocab, *(const int *)p))); return;
  case SHAPE_MONEY: put_money(w, b, *(const money *)p); return;
  case SHAPE_RATIO:
    ratio_put(b, *(const ratio *)p);
    put_buf(w, b);
    return;
  case SHAPE_REAL: {
    // Adding zero turns -0 into 0, so that a rounded nothing has one spelling.
    double rounded = round(*(const double *)p * 1e4) / 1e4 + 0.0;
    buf_fmt(b, "%.4f", rounded);
    jw_raw(w, buf_str(b));
    buf_clear(b);
    return;
  }
  case SHAPE_DATE: put_date(w, b, *(const uday *)p); return;
  case SHAPE_TIME:
    time_put(b, *(const utime *)p);
    put_buf(w, b);
    return;
  case SHAPE_FACT: put_fact(w, b, p); return;
  case SHAPE_OBJECT: shape_write(f->sub, *(const void *const *)p, w, texts); return;
  case SHAPE_LIST:
  case SHAPE_TEXTS:
  case SHAPE_WORDS:
  case SHAPE_REASONS: put_list(w, f, base, texts); return;
  }
}

void shape_write(const struct shape *s, const void *v, struct jw *w, int texts) {
  AUTO(buf_release) struct buf b = BUF(256);
  jw_object(w);
  for (int i = 0; i < s->n; i++) {
    const struct shape_field *f = &s->fields[i];
    if (!present(f, v)) continue;
    jw_key(w, str_of(f->name));
    put_value(w, f, v, &b, texts);
  }
  jw_end_object(w);
}
