// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"

#include <assert.h>
#include <stdlib.h>

#include "base/limits.h"

// Counts nesting and values before anything is built. It trusts nothing: on broken input it may count wrongly, but never
// too little for what the parser would build, because every value past the first follows '[', '{', ',' or ':'.
static enum err exceeded(struct problem *pb, enum problem_code code, size_t limit) {
  AUTO(buf_release) struct buf b = BUF(32);
  buf_fmt(&b, "%zu", limit);
  return problem_set1(pb, code, buf_str(&b));
}

static enum err scan(str text, struct json_limits limits, struct problem *pb) {
  int depth = 0;
  size_t values = 1;
  bool quoted = false;
  if (text.n > limits.bytes) return exceeded(pb, P_BODY_TOO_LARGE, limits.bytes);
  // The parser takes a NUL byte behind a value for the end of the text.
  if (str_find(text, '\0') >= 0) return problem_set1(pb, P_BAD_JSON, S("NUL is not allowed"));
  for (size_t i = 0; i < text.n; i++) {
    char c = text.p[i];
    if (quoted) {
      if (c == '\\')
        i++;
      else if (c == '"')
        quoted = false;
      continue;
    }
    if (c == '"') quoted = true;
    if (c == '[' || c == '{') depth++;
    if (c == ']' || c == '}') depth--;
    if (c == '[' || c == '{' || c == ',') values++;
    if (depth > LIMIT_JSON_DEPTH) return exceeded(pb, P_TOO_DEEP, LIMIT_JSON_DEPTH);
    if (values > limits.values) return exceeded(pb, P_TOO_MANY_VALUES, limits.values);
  }
  return ERR_OK;
}

static str reason(enum json_error_code code) {
  switch (code) {
  case json_error_premature_end_of_input: return S("it ends too early");
  case json_error_end_of_input_expected: return S("something follows its end");
  case json_error_null_character:
  case json_error_null_byte_in_key: return S("NUL is not allowed");
  case json_error_numeric_overflow: return S("a number is too large");
  default: return S("syntax");
  }
}

// The parser stopped just behind the second key: its token is read again to name it without escapes.
static enum err duplicate(str text, size_t end, struct problem *pb) {
  if (end < 2 || end > text.n) return problem_set1(pb, P_DUPLICATE_KEY, STR_NULL);
  size_t start = end - 1;
  for (bool opening = false; start && !opening;) {
    size_t slashes = 0;
    start--;
    while (slashes < start && text.p[start - 1 - slashes] == '\\') slashes++;
    opening = text.p[start] == '"' && slashes % 2 == 0;
  }
  AUTO(json_release) json_t *key = json_loadb(text.p + start, end - start, JSON_DECODE_ANY, NULL);
  return problem_set1(pb, P_DUPLICATE_KEY, key ? json_str(key) : STR_NULL);
}

enum err json_read(str text, struct problem *pb, json_t **ret) {
  return json_read_within(text, (struct json_limits){.bytes = SIZE_MAX, .values = LIMIT_JSON_VALUES}, pb, ret);
}

enum err json_read_within(str text, struct json_limits limits, struct problem *pb, json_t **ret) {
  TRY(scan(text, limits, pb));
  json_error_t at;
  json_t *t = json_loadb(text.p ? text.p : "", text.n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &at);
  if (t) {
    *ret = t;
    return ERR_OK;
  }
  enum json_error_code code = json_error_code(&at);
  if (code == json_error_out_of_memory) abort();
  if (code == json_error_invalid_utf8) return problem_set0(pb, P_BAD_UTF8);
  if (code == json_error_duplicate_key) return duplicate(text, (size_t)at.position, pb);
  AUTO(buf_release) struct buf b = BUF(128);
  buf_put(&b, reason(code));
  buf_fmt(&b, " (%d:%d)", at.line, at.column);
  return problem_set1(pb, P_BAD_JSON, buf_str(&b));
}

str json_str(const json_t *string) {
  if (!json_is_string(string)) return STR_NULL;
  return (str){json_string_value(string), json_string_length(string)};
}

void json_release(json_t **t) {
  if (!t) return;
  json_decref(*t);
  *t = NULL;
}

static bool needs_escape(unsigned char c) { return c < 0x20 || c == '"' || c == '\\'; }

// Whether one of eight bytes may need an escape: a byte that is zero, or below a bound (Warren, Hacker's Delight, 6-1).
static bool eight_need_escape(const char *p) {
  const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
  uint64_t w;
  memcpy(&w, p, sizeof w);
  uint64_t quote = w ^ (ones * '"'), slash = w ^ (ones * '\\');
  return (((quote - ones) & ~quote) | ((slash - ones) & ~slash) | ((w - ones * 0x20) & ~w)) & high;
}

// Index of the next byte to escape, from `i` on; s.n: none. Nearly all text passes eight bytes at a time.
static size_t plain_end(str s, size_t i) {
  while (i < s.n) {
    if (s.n - i >= 8 && !eight_need_escape(s.p + i))
      i += 8;
    else if (!needs_escape((unsigned char)s.p[i]))
      i++;
    else
      break;
  }
  return i;
}

// RFC 8785 s3.2.2.2: the two-character escapes where they exist, \u00xx for the other controls, everything else as it is.
static void put_quoted(struct buf *b, str s) {
  buf_putc(b, '"');
  size_t from = 0;
  for (size_t i; (i = plain_end(s, from)) < s.n; from = i + 1) {
    unsigned char c = (unsigned char)s.p[i];
    buf_put(b, str_sub(s, from, i - from));
    static const char with[] = "\"\\\b\f\n\r\t", letter[] = "\"\\bfnrt";
    const char *pair = c ? strchr(with, c) : NULL;
    if (pair) {
      buf_putc(b, '\\');
      buf_putc(b, letter[pair - with]);
    } else {
      buf_putz(b, "\\u00");
      buf_hex(b, &c, 1);
    }
  }
  buf_put(b, str_sub(s, from, s.n));
  buf_putc(b, '"');
}

// A comma between elements; after a key the level counts as fresh, so that its value takes none.
static void begin_value(struct jw *w) {
  if (!w->first) buf_putc(w->b, ',');
  w->first = false;
}

static void open_level(struct jw *w, char c) {
  begin_value(w);
  buf_putc(w->b, c);
  assert(w->depth < UINT8_MAX);
  w->depth++;
  w->first = true;
}

static void close_level(struct jw *w, char c) {
  assert(w->depth > 0);
  w->depth--;
  buf_putc(w->b, c);
  w->first = false;
}

void jw_object(struct jw *w) { open_level(w, '{'); }

void jw_end_object(struct jw *w) { close_level(w, '}'); }

void jw_array(struct jw *w) { open_level(w, '['); }

void jw_end_array(struct jw *w) { close_level(w, ']'); }

void jw_key(struct jw *w, str key) {
  begin_value(w);
  put_quoted(w->b, key);
  buf_putc(w->b, ':');
  w->first = true;
}

void jw_string(struct jw *w, str s) {
  if (!s.p) {
    jw_null(w);
    return;
  }
  begin_value(w);
  put_quoted(w->b, s);
}

void jw_int(struct jw *w, int64_t v) {
  begin_value(w);
  buf_int(w->b, v);
}

void jw_bool(struct jw *w, bool v) {
  begin_value(w);
  buf_put(w->b, v ? S("true") : S("false"));
}

void jw_null(struct jw *w) {
  begin_value(w);
  buf_put(w->b, S("null"));
}

void jw_raw(struct jw *w, str json) {
  begin_value(w);
  buf_put(w->b, json);
}

static void put_real(struct jw *w, const json_t *t) {
  char *text = json_dumps(t, JSON_ENCODE_ANY | JSON_REAL_PRECISION(17));
  if (!text) abort();
  jw_raw(w, str_of(text));
  free(text);
}

// A key as a slice. Keys hold no NUL: the parser refuses them.
static str key_of(void *iter) { return str_of(json_object_iter_key(iter)); }

void jw_tree(struct jw *w, const json_t *t) {
  switch (t ? json_typeof(t) : JSON_NULL) {
  case JSON_OBJECT: {
    json_t *object = (json_t *)(uintptr_t)t;  // the iterator of the library wants a non-const object
    jw_object(w);
    for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i)) {
      jw_key(w, key_of(i));
      jw_tree(w, json_object_iter_value(i));
    }
    jw_end_object(w);
    break;
  }
  case JSON_ARRAY:
    jw_array(w);
    for (size_t i = 0; i < json_array_size(t); i++) jw_tree(w, json_array_get(t, i));
    jw_end_array(w);
    break;
  case JSON_STRING: jw_string(w, json_str(t)); break;
  case JSON_INTEGER: jw_int(w, json_integer_value(t)); break;
  case JSON_REAL: put_real(w, t); break;
  case JSON_TRUE: jw_bool(w, true); break;
  case JSON_FALSE: jw_bool(w, false); break;
  case JSON_NULL: jw_null(w); break;
  }
}

// Orders UTF-8 as its UTF-16 code units would be: as bytes, except that characters past U+FFFF (surrogates, D800-DFFF)
// come before U+E000-U+FFFF.
static int utf16_cmp(const void *left, const void *right) {
  str a = *(const str *)left, b = *(const str *)right;
  size_t n = a.n < b.n ? a.n : b.n;
  for (size_t i = 0; i < n; i++) {
    unsigned char x = (unsigned char)a.p[i], y = (unsigned char)b.p[i];
    if (x == y) continue;
    if (x >= 0xf0 && (y == 0xee || y == 0xef)) return -1;
    if (y >= 0xf0 && (x == 0xee || x == 0xef)) return 1;
    return x < y ? -1 : 1;
  }
  return (a.n > b.n) - (a.n < b.n);
}

static enum err canon(struct jw *w, const json_t *t);

static enum err canon_object(struct jw *w, const json_t *t) {
  json_t *object = (json_t *)(uintptr_t)t;
  size_t n = json_object_size(object), k = 0;
  str *keys = calloc(n + 1, sizeof *keys);
  if (!keys) abort();
  for (void *i = json_object_iter(object); i && k < n; i = json_object_iter_next(object, i)) keys[k++] = key_of(i);
  qsort(keys, k, sizeof *keys, utf16_cmp);
  enum err e = ERR_OK;
  jw_object(w);
  for (size_t i = 0; i < k && !e; i++) {
    jw_key(w, keys[i]);
    e = canon(w, json_object_get(t, keys[i].p));
  }
  jw_end_object(w);
  free(keys);
  return e;
}

static enum err canon_array(struct jw *w, const json_t *t) {
  enum err e = ERR_OK;
  jw_array(w);
  for (size_t i = 0; i < json_array_size(t) && !e; i++) e = canon(w, json_array_get(t, i));
  jw_end_array(w);
  return e;
}

static enum err canon(struct jw *w, const json_t *t) {
  const int64_t max = INT64_C(1) << 53;
  if (w->depth > 2 * LIMIT_JSON_DEPTH) return ERR_INVALID;
  switch (json_typeof(t)) {
  case JSON_OBJECT: return canon_object(w, t);
  case JSON_ARRAY: return canon_array(w, t);
  case JSON_REAL: return ERR_INVALID;
  case JSON_INTEGER:
    if (json_integer_value(t) > max || json_integer_value(t) < -max) return ERR_INVALID;
    break;
  default: break;
  }
  jw_tree(w, t);
  return ERR_OK;
}

enum err json_canon(struct buf *out, const json_t *t) {
  size_t start = out->n;
  struct jw w = JW(out);
  enum err e = t ? canon(&w, t) : ERR_INVALID;
  if (!e && out->full) e = ERR_LIMIT;  // half a text must not be hashed
  if (e) out->n = start;
  return e;
}
