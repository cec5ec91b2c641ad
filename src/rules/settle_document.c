// SPDX-License-Identifier: Apache-2.0
// The statement as bytes anybody can make again from the inputs it carries.
#include <jansson.h>

#include "base/hash.h"
#include "rules/settle_work.h"

static const char format[] = "entente-statement-1";

static void write_unknown(struct jw *w, const struct answer *an) {
  jw_array(w);
  for (size_t i = 0; i < an->n_unknown; i++) {
    jw_object(w);
    jw_key(w, S("pointer"));
    jw_string(w, an->unknown[i].pointer);
    jw_key(w, S("could_change_to"));
    jw_string(w, an->unknown[i].could_change_to);
    jw_end_object(w);
  }
  jw_end_array(w);
}

// A changed input that happens to give the same result would else go unnoticed.
static enum err add_input_hash(json_t *t, size_t max) {
  AUTO(buf_release) struct buf input = BUF(max), hex = BUF(2 * HASH_LEN);
  TRY(json_canon(&input, json_object_get(t, "input")));
  if (input.full) return ERR_LIMIT;
  hash h = hash_of(buf_str(&input));
  hash_put_hex(&hex, &h);
  return json_object_set_new(t, "input_sha256", json_stringn(hex.p, hex.n)) ? ERR_LIMIT : ERR_OK;
}

enum err settle_document(const struct settle_input *in, const struct settle_result *r, struct arena *a, struct buf *out) {
  (void)a;
  AUTO(buf_release) struct buf plain = BUF(out->max);
  struct jw w = JW(&plain);
  jw_object(&w);
  jw_key(&w, S("format"));
  jw_string(&w, str_of(format));
  jw_key(&w, S("rule"));
  jw_string(&w, S("settle"));
  jw_key(&w, S("version"));
  jw_int(&w, SETTLE_VERSION);
  jw_key(&w, S("input"));
  shape_write(&shape_settle_input, in, &w, -1);
  jw_key(&w, S("result"));
  shape_write(&shape_settle_result, r, &w, -1);
  jw_key(&w, S("because"));
  reasons_write(r->answer.because, r->answer.n_because, &w, -1);
  jw_key(&w, S("unknown"));
  write_unknown(&w, &r->answer);
  jw_end_object(&w);
  if (plain.full) return ERR_LIMIT;
  AUTO(json_release) json_t *t = json_loadb(plain.p, plain.n, JSON_REJECT_DUPLICATES, NULL);
  if (!t) return ERR_CORRUPT;
  TRY(add_input_hash(t, out->max));
  TRY(json_canon(out, t));
  return out->full ? ERR_LIMIT : ERR_OK;
}

enum err settle_verify(str document, struct arena *a, struct problem *pb, bool *ret_same, size_t *ret_at) {
  AUTO(json_release) json_t *t = NULL;
  TRY(shape_read_tree(document, pb, &t));
  if (!str_eqz(json_str(json_object_get(t, "format")), format))
    return problem_field(pb, S("/format"), P_BAD_WORD, str_of(format), STR_NULL);
  const json_t *version = json_object_get(t, "version");
  if (!json_is_integer(version) || json_integer_value(version) != SETTLE_VERSION)
    return problem_field(pb, S("/version"), P_OUT_OF_RANGE, S("1"), int_str(a, SETTLE_VERSION));
  struct settle_input in;
  struct settle_result r;
  TRY(shape_decode(&shape_settle_input, json_object_get(t, "input"), a, pb, &in));
  TRY(rule_settle(&in, a, pb, &r));
  AUTO(buf_release) struct buf again = BUF(SHAPE_JSON_BYTES);
  enum err e = settle_document(&in, &r, a, &again);
  if (e) return problem_set0(pb, P_OVERFLOW), e;
  size_t at = 0;
  while (at < again.n && at < document.n && again.p[at] == document.p[at]) at++;
  *ret_same = at == again.n && at == document.n;
  *ret_at = at;
  return ERR_OK;
}
