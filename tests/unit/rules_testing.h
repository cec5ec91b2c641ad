// SPDX-License-Identifier: Apache-2.0
// What the tests of rules share: running a rule on JSON text, reading the answer, a seeded generator. Header-only: each test is one program.
#ifndef ENTENTE_TESTS_RULES_TESTING_H
#define ENTENTE_TESTS_RULES_TESTING_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "rules/rule.h"

#define UNUSED __attribute__((unused))
#define JSON_TEXT(...) #__VA_ARGS__
enum { CASES = 10000 };

// SplitMix64 (Steele, Lea, Flood 2014): the same seed gives the same cases on every machine.
static uint64_t rng_state = 1;
static UNUSED void rng_seed(uint64_t seed) { rng_state = seed; }
static UNUSED uint64_t rng(void) {
  uint64_t z = (rng_state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}
static UNUSED int64_t below(int64_t n) { return (int64_t)(rng() % (uint64_t)n); }
static UNUSED bool chance(int percent) { return below(100) < percent; }
static UNUSED enum tristate any_tri(void) { return (enum tristate)below(3); }
static UNUSED void shuffle(void *items, size_t n, size_t size) {
  char tmp[512];
  assert_true(size <= sizeof tmp);
  for (size_t i = n; i > 1; i--) {
    size_t k = (size_t)below((int64_t)i);
    char *a = (char *)items + (i - 1) * size, *b = (char *)items + k * size;
    memcpy(tmp, a, size);
    memcpy(a, b, size);
    memcpy(b, tmp, size);
  }
}

// The whole answer as a tree (json_decref), or NULL with the problem filled.
static UNUSED json_t *try_rule(const char *rule, const char *input, struct arena *a, struct problem *pb) {
  const struct rule *r = rule_find(str_of(rule));
  assert_non_null(r);
  AUTO(buf_release) struct buf out = BUF(64 * 1024 * 1024);
  *pb = (struct problem){.arena = a};
  if (rule_answer(r, str_of(input), LANG_EN, a, pb, &out)) return NULL;
  json_error_t where;
  json_t *t = json_loadb(out.p, out.n, JSON_REJECT_DUPLICATES, &where);
  if (!t) fail_msg("the answer is not JSON: %s", where.text);
  return t;
}
static UNUSED json_t *run_rule(const char *rule, const char *input) {
  AUTO(arena_release) struct arena a = {0};
  struct problem pb;
  json_t *t = try_rule(rule, input, &a, &pb);
  if (!t)
    fail_msg("%s refused the input: %s %.*s", rule, problem_name(pb.code), STR_ARG(pb.fields ? pb.fields->pointer : STR_NULL));
  return t;
}
// The input is refused, with a field error at `pointer` of this code.
static UNUSED void expect_bad(const char *rule, const char *input, const char *pointer, enum problem_code code) {
  AUTO(arena_release) struct arena a = {0};
  struct problem pb;
  json_t *t = try_rule(rule, input, &a, &pb);
  assert_null(t);
  for (const struct problem_field_error *f = pb.fields; f; f = f->next)
    if (str_eqz(f->pointer, pointer) && f->code == code) return;
  fail_msg("no error %s at %s, but %s at %.*s", problem_name(code), pointer,
           pb.fields ? problem_name(pb.fields->code) : problem_name(pb.code), STR_ARG(pb.fields ? pb.fields->pointer : STR_NULL));
}

// Path of keys and indexes: at(t, "result/lines/0/kind").
static UNUSED json_t *at_path(json_t *t, const char *path) {
  str rest = str_of(path), one;
  while (t && str_next(&rest, '/', &one)) {
    char key[128];
    assert_true(one.n < sizeof key);
    memcpy(key, one.p, one.n);
    key[one.n] = '\0';
    int64_t i;
    t = json_is_array(t) && str_to_int64(one, &i) ? json_array_get(t, (size_t)i) : json_object_get(t, key);
    if (!rest.n) break;
  }
  return t;
}
static UNUSED const char *text_at(json_t *t, const char *path) {
  const char *s = json_string_value(at_path(t, path));
  return s ? s : "(none)";
}
static UNUSED bool has_reason(json_t *list, const char *code) {
  size_t i;
  json_t *r;
  json_array_foreach(list, i, r) if (strcmp(text_at(r, "code"), code) == 0) return true;
  return false;
}
static UNUSED bool has_text(json_t *list, const char *text) {
  size_t i;
  json_t *r;
  json_array_foreach(list, i, r) if (json_is_string(r) && strcmp(json_string_value(r), text) == 0) return true;
  return false;
}
// One case of a table: input, then path = text pairs until NULL.
static UNUSED void expect(const char *rule, const char *input, ...) {
  json_t *t = run_rule(rule, input);
  va_list list;
  va_start(list, input);
  for (const char *path; (path = va_arg(list, const char *)) != NULL;) {
    const char *want = va_arg(list, const char *), *got = text_at(t, path);
    json_t *v = at_path(t, path);
    if (json_is_boolean(v)) got = json_is_true(v) ? "true" : "false";
    if (strcmp(path, "because") == 0) {
      if (!has_reason(v, want)) fail_msg("%s: no reason %s", input, want);
    } else if (strcmp(got, want) != 0) {
      fail_msg("%s: %s is %s, expected %s", input, path, got, want);
    }
  }
  va_end(list);
  json_decref(t);
}
#endif
