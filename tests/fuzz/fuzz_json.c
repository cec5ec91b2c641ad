// SPDX-License-Identifier: Apache-2.0
// JSON in, out and canonical: what is read is written the same, the canonical form is a fixed point, a refusal leaves all untouched.
// Planted: a canonical form that loses the sign of -1.
#include "base/json.h"
#include "base/utf8.h"
#include "fuzz.h"

static void plant(struct buf *b) {
  for (size_t i = 0; fuzz_planted() && i + 1 < b->n; i++)
    if (b->p[i] == '-' && b->p[i + 1] == '1') b->p[i] = '1';
}

static void check_canon(const json_t *t) {
  AUTO(buf_release) struct buf once = BUF(1 << 20), twice = BUF(1 << 20);
  AUTO(json_release) json_t *again = NULL;
  buf_putz(&once, "before");
  enum err e = json_canon(&once, t);
  fuzz_feature(2, (unsigned)e);
  if (e) {
    HOLDS(str_eq(buf_str(&once), S("before")));
    return;
  }
  plant(&once);
  str text = str_sub(buf_str(&once), 6, once.n);
  HOLDS(utf8_valid(text));
  HOLDS(json_read(text, NULL, &again) == ERR_OK && json_equal(again, t));
  HOLDS(json_canon(&twice, again) == ERR_OK && str_eq(buf_str(&twice), text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  AUTO(arena_release) struct arena a = {0};
  AUTO(json_release) json_t *t = NULL, *again = NULL;
  AUTO(buf_release) struct buf out = BUF(8 << 20);
  struct problem pb = {.arena = &a};
  enum err e = json_read((str){(const char *)data, size}, &pb, &t);
  fuzz_feature(1, (unsigned)pb.code);
  HOLDS((e == ERR_OK) == (t != NULL));
  HOLDS((e == ERR_OK) == (pb.code == P_NONE));
  if (e) return 0;
  HOLDS(utf8_valid((str){(const char *)data, size}));
  struct jw w = JW(&out);
  jw_tree(&w, t);
  HOLDS(!out.full && json_read(buf_str(&out), NULL, &again) == ERR_OK && json_equal(again, t));
  check_canon(t);
  return 0;
}
