// SPDX-License-Identifier: Apache-2.0
// JSON. In: jansson behind strict limits (depth, values, duplicate keys, UTF-8, no NUL in strings). Out: written straight into a buf.
// Reading: json_read gives a tree owned by the caller (json_decref). Only base/json.c, rules decoders, model/validate and api touch json_t.
// Writing: struct jw keeps commas; the caller keeps the structure.
// Example: struct jw w = JW(&out); jw_object(&w); jw_key(&w, S("id")); jw_string(&w, id); jw_end_object(&w);
#ifndef ENTENTE_BASE_JSON_H
#define ENTENTE_BASE_JSON_H
#include "base/err.h"
#include <jansson.h>
// Any JSON value. ERR_INVALID with P_BAD_JSON {reason (line:column)}, P_BAD_UTF8, P_DUPLICATE_KEY {key}, P_TOO_DEEP {32} or
// P_TOO_MANY_VALUES {10000}. Depth and number are counted before anything is built. Integers beyond 64 bits, reals beyond
// double and \u0000 are refused.
MUST_USE enum err json_read(str text, struct problem *pb, json_t **ret);
// The same within other limits, for a document instead of a request: P_BODY_TOO_LARGE {bytes} too.
struct json_limits {
  size_t bytes, values;
};
MUST_USE enum err json_read_within(str text, struct json_limits limits, struct problem *pb, json_t **ret);
str json_str(const json_t *string);  // slice of a string value
void json_release(json_t **t);       // for AUTO()
struct jw {
  struct buf *b;
  uint8_t depth;
  bool first;  // nothing written yet at this level
};
#define JW(buffer) ((struct jw){(buffer), 0, true})
void jw_object(struct jw *w);
void jw_end_object(struct jw *w);
void jw_array(struct jw *w);
void jw_end_array(struct jw *w);
void jw_key(struct jw *w, str key);   // key then value; keys are ours, still escaped
void jw_string(struct jw *w, str s);  // escapes " \ and C0; output is valid UTF-8 if the input is. STR_NULL writes null
void jw_int(struct jw *w, int64_t v);
void jw_bool(struct jw *w, bool v);
void jw_null(struct jw *w);
void jw_raw(struct jw *w, str json);          // an already serialised value
void jw_tree(struct jw *w, const json_t *t);  // a parsed value, keys in document order
// Canonical form (RFC 8785): keys sorted by UTF-16 code units, no blanks, integers only within +-2^53, decimals are strings.
// ERR_INVALID: a real number, an integer beyond 2^53, nested deeper than 64. ERR_LIMIT: `out` is full. `out` is then as before,
// but for `full`.
MUST_USE enum err json_canon(struct buf *out, const json_t *t);
#endif
