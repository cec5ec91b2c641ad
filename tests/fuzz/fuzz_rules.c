// SPDX-License-Identifier: Apache-2.0
// Every JSON entrance of the rules: the first line names the rule, the rest is its input. Whatever is refused says why, what is
// answered is JSON, and the same input is answered with the same bytes. The examples of all rules, torn and bent, run as a plain
// test in tests/unit/test_shape.c. Planted: an input with 99 in it is answered differently the second time.
#include "base/json.h"
#include "fuzz.h"
#include "rules/rule.h"

static enum err answer(const struct rule *r, str input, enum lang lang, struct buf *out, unsigned *ret_code) {
  AUTO(arena_release) struct arena a = {0};
  struct problem pb = {.arena = &a};
  enum err e = rule_answer(r, input, (int)lang, &a, &pb, out);
  HOLDS((e == ERR_OK) == (pb.code == P_NONE) || e == ERR_LIMIT);
  *ret_code = (unsigned)pb.code;
  for (const struct problem_field_error *f = pb.fields; f; f = f->next) fuzz_feature(2, (unsigned)f->code);
  return e;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size > 64 * 1024) return 0;
  AUTO(buf_release) struct buf once = BUF(16 << 20), twice = BUF(16 << 20);
  str name, input, all = {(const char *)data, size};
  if (!str_cut(all, '\n', &name, &input)) return 0;
  const struct rule *r = rule_find(name);
  if (!r) return 0;
  unsigned code = 0, again = 0;
  enum lang lang = (enum lang)(size % LANG_COUNT);
  enum err e = answer(r, input, lang, &once, &code);
  fuzz_feature(1, (unsigned)(name.p[0] * 31 + (int)name.n) * 256 + code);
  HOLDS(e || code == P_NONE);
  HOLDS(answer(r, input, lang, &twice, &again) == e && again == code);
  if (fuzz_planted() && !e && memmem(input.p, input.n, "99", 2)) buf_putc(&twice, ' ');
  if (e) return 0;
  HOLDS(str_eq(buf_str(&once), buf_str(&twice)));
  // Not json_read: an answer may hold more values than a request may.
  json_t *t = json_loadb(once.p, once.n, JSON_REJECT_DUPLICATES, NULL);
  HOLDS(json_is_object(t) && json_object_get(t, "result"));
  json_decref(t);
  return 0;
}
