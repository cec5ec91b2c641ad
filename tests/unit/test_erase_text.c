// SPDX-License-Identifier: Apache-2.0
// What of a text goes with a person: marks as people write them, inside JSON and in rows of CSV.
// Planted faults that were seen to fail here: short names within words, the first mark instead of the longest, JSON marks unescaped,
// line ends within quotes taken for the end of a row.
#include "flows/erase_text.h"
#include "unit.h"

static struct arena arena;

static struct erase of(const char *const *marks, size_t n) {
  struct erase e = {.arena = &arena};
  for (size_t i = 0; i < n; i++) erase_mark_add(&e, str_of(marks[i]), i == 0);
  return e;
}
#define OF(...) of((const char *const[]){__VA_ARGS__}, ARRAY_LEN(((const char *const[]){__VA_ARGS__})))

static void is(str got, const char *want) {
  if (!str_eqz(got, want)) fail_msg("got  %.*s\nwant %s", STR_ARG(got), want);
}

static void test_marks(void **state) {
  (void)state;
  struct erase e = OF("  Arno Holm ", "Arno Holm", "x", "", "arno@holm.example");
  assert_int_equal(e.nmarks, 2);  // trimmed, once, none too short
  assert_true(erase_is(&e, S("Arno Holm ")));
  assert_false(erase_is(&e, S("Arno Holm junior")));
  assert_false(erase_is(&e, S("arno@holm.example")));  // the second was given as no identity
  for (int i = 0; i < 3 * ERASE_MARKS; i++) erase_mark_add(&e, arena_fmt(&arena, "mark %d", i), false);
  assert_int_equal(e.nmarks, ERASE_MARKS);
}

static void test_texts(void **state) {
  (void)state;
  struct erase e = OF("Ann Li", "Ann", "王小红", "Иван Орлов", "Ann Lindqvist-Berg");
  is(erase_without(&e, S("Ann and Anna, for Ann's annex"), false, &arena), "… and Anna, for …'s annex");
  is(erase_without(&e, S("Ann Lindqvist-Berg, Ann Li."), false, &arena), "…, ….");
  is(erase_without(&e, S("请联系王小红经理"), false, &arena), "请联系…经理");
  is(erase_without(&e, S("передал Иван Орлову"), false, &arena), "передал …у");
  str same = S("Joanna Lindner");
  assert_ptr_equal(erase_without(&e, same, false, &arena).p, same.p);
  assert_true(erase_names(&e, S("call Ann"), false));
  assert_false(erase_names(&e, S("Joanna, Annika"), false));
}

static void test_json(void **state) {
  (void)state;
  struct erase e = OF("Anna \"Anya\" Kern", "back\\slash");
  is(erase_without(&e, S("{\"t\":\"told Anna \\\"Anya\\\" Kern\"}"), true, &arena), "{\"t\":\"told …\"}");
  is(erase_without(&e, S("[\"back\\\\slash\"]"), true, &arena), "[\"…\"]");
  assert_true(erase_names(&e, S("\"Anna \\\"Anya\\\" Kern\""), true));
  assert_false(erase_names(&e, S("\"Anna \\\"Anya\\\" Kern\""), false));
}

static void test_csv(void **state) {
  (void)state;
  struct erase e = OF("Arno Holm");
  is(erase_csv(&e, S("a;b;c\nx;Arno Holm;\"y; \"\"z\"\"\nmore\"\r\nBruno;Keep;1\n"), ';', &arena), "a;b;c\n;;\r\nBruno;Keep;1\n");
  is(erase_csv(&e, S("Arno Holm,1"), ',', &arena), ",");
  is(erase_csv(&e, S("nobody,1\n"), ',', &arena), "nobody,1\n");
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_marks), cmocka_unit_test(test_texts), cmocka_unit_test(test_json),
                                     cmocka_unit_test(test_csv)};
  int failed = cmocka_run_group_tests_name("erase_text", tests, NULL, NULL);
  arena_release(&arena);
  return failed;
}
