// SPDX-License-Identifier: Apache-2.0
// Bodies of every record type: creation and merge patch (RFC 7396). Fields that are not given stay, nothing outside `allowed` is written,
// what was accepted is a fixed point, and its canonical form is canonical. Input: type, mode, JSON.
// Planted: a patch that empties one field too many when the text holds a 7.
#include "base/json.h"
#include "fuzz.h"
#include "model/record.h"

static void check_canon(const struct rec *r) {
  AUTO(buf_release) struct buf once = BUF(4 << 20), twice = BUF(4 << 20);
  rec_canon(&once, r);
  json_t *t = json_loadb(once.p, once.n, JSON_REJECT_DUPLICATES, NULL);
  HOLDS(t && json_canon(&twice, t) == ERR_OK && str_eq(buf_str(&once), buf_str(&twice)));
  json_decref(t);
}

// What the record shows of the given fields, decoded into it again, changes nothing.
static void check_fixed_point(const struct rec *r, uint64_t given, struct arena *a) {
  AUTO(buf_release) struct buf b = BUF(4 << 20);
  AUTO(json_release) json_t *t = NULL;
  struct jw w = JW(&b);
  jw_object(&w);
  rec_write_fields(&w, r, given);
  jw_end_object(&w);
  struct rec *again = rec_copy(r);
  struct problem pb = {.arena = a};
  uint64_t same = 0;
  HOLDS(json_read(buf_str(&b), &pb, &t) == ERR_OK);
  HOLDS(rec_decode(again, t, DECODE_PATCH, given, "", S(""), &pb, &same) == ERR_OK);
  HOLDS(rec_diff(again, r) == 0 && (same & ~given) == 0);
}

static void check(const struct entity *e, enum decode_mode mode, str text) {
  AUTO(arena_release) struct arena a = {0};
  AUTO(json_release) json_t *t = NULL;
  struct problem pb = {.arena = &a};
  if (json_read(text, &pb, &t) || !json_is_object(t)) return;
  struct rec *before = rec_new(&a, e);
  uint64_t allowed = entity_mask_writable(e), given = 0;
  struct rec *after = rec_copy(before);
  enum err err = rec_decode(after, t, mode, allowed, "", S(""), &pb, &given);
  fuzz_feature(1, (unsigned)e->index * 64 + (unsigned)err);
  for (const struct problem_field_error *f = pb.fields; f; f = f->next) fuzz_feature(2, (unsigned)e->index * 256 + f->code);
  HOLDS((err == ERR_OK) == (pb.code == P_NONE));
  if (err) return;
  if (fuzz_planted() && str_find(text, '7') >= 0 && e->nfields > 3) after->v[0].set = !after->v[0].set;
  HOLDS((given & ~allowed) == 0);
  if (mode == DECODE_PATCH) HOLDS((rec_diff(before, after) & ~given) == 0);
  HOLDS((rec_diff(before, after) & ~allowed) == 0);
  check_canon(after);
  if (mode == DECODE_PATCH) {
    uint64_t mutable = given;
    for (int f = 0; f < e->nfields; f++)
      if (e->fields[f].flags & F_IMMUTABLE) mutable &= ~FIELD_BIT(f);
    check_fixed_point(after, mutable, &a);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static bool ready;
  if (!ready) model_setup();
  ready = true;
  str name, rest, all = {(const char *)data, size};
  if (size > 64 * 1024 || !str_cut(all, '\n', &name, &rest) || name.n < 2) return 0;
  const struct entity *e = entity_find(str_sub(name, 1, name.n));
  if (e) check(e, name.p[0] == '+' ? DECODE_CREATE : DECODE_PATCH, rest);
  return 0;
}
