// SPDX-License-Identifier: Apache-2.0
#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/id.h"
#include "unit.h"

static void ascends(void **state) {
  (void)state;
  id64 last = 0;
  for (int i = 0; i < 100000; i++) {
    id64 id = id_new();
    assert_true(id > last);
    last = id;
  }
}

static void ascends_when_the_clock_is_set_back(void **state) {
  (void)state;
  utime t;
  assert_true(time_parse(S("2030-01-01T00:00:00Z"), &t));
  clock_set(t);
  id64 a = id_new();
  clock_advance(-UTIME_DAY);
  id64 b = id_new();
  clock_advance(2 * UTIME_DAY);
  id64 c = id_new();
  clock_set(1);  // before the epoch of ids
  id64 d = id_new();
  clock_set(0);
  assert_true(a < b && b < c && c < d);
  assert_true(b == a + 1);
  id_seed(0);
}

static void carries_its_time(void **state) {
  (void)state;
  utime t;
  assert_true(time_parse(S("2026-11-22T09:30:00Z"), &t));
  clock_set(t);
  id_seed(42);
  id64 a = id_new();
  const int64_t epoch_ms = INT64_C(1577836800000);
  assert_true(a >> 21 == t / 1000 - epoch_ms);
  id_seed(42);
  assert_true(id_new() == a);
  id_seed(43);
  assert_true(id_new() != a);
  id_seed(0);
  assert_true(id_new() >> 21 == t / 1000 - epoch_ms);
  clock_set(0);
  id_seed(0);
}

static void *make_many(void *out) {
  id64 *ids = out;
  for (int i = 0; i < 20000; i++) ids[i] = id_new();
  return NULL;
}

static int by_id(const void *a, const void *b) {
  id64 x = *(const id64 *)a, y = *(const id64 *)b;
  return (x > y) - (x < y);
}

static void is_unique_among_threads(void **state) {
  (void)state;
  enum { THREADS = 4, EACH = 20000 };
  id64 *ids = calloc(THREADS * EACH, sizeof *ids);
  pthread_t threads[THREADS];
  for (int i = 0; i < THREADS; i++) assert_int_equal(pthread_create(&threads[i], NULL, make_many, ids + i * EACH), 0);
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  qsort(ids, THREADS * EACH, sizeof *ids, by_id);
  for (int i = 1; i < THREADS * EACH; i++) assert_true(ids[i - 1] < ids[i]);
  free(ids);
}

static void has_one_text(void **state) {
  (void)state;
  char text[ID_TEXT_MAX];
  assert_string_equal(id_z(text, "deal", 1), "deal_0000000000001");
  assert_string_equal(id_z(text, "deal", INT64_MAX), "deal_7zzzzzzzzzzzz");
  assert_string_equal(id_z(text, "seen_row", 32), "seen_row_0000000000010");
  id64 id = 5;
  str prefix;
  assert_true(id_parse_any(S("seen_row_0000000000010"), &prefix, &id) && id == 32);
  assert_str(prefix, "seen_row");
  static const char *const wrong[] = {
    "",
    "deal",
    "deal_",
    "deal_000000000001",
    "deal_00000000000001",
    "deal_0000000000000",
    "deal_8000000000000",
    "deal_000000000000I",
    "deal_000000000000i",
    "deal_000000000000o",
    "deal_000000000000A",
    "deal_000000000000u",
    "lead_0000000000001",
    "Deal_0000000000001",
    "deal-0000000000001",
    "_0000000000001",
    "deal_0000000000001 ",
    " deal_0000000000001",
    "1eal_0000000000001",
    "deal_000000000000-",
  };
  for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
    if (id_parse(str_of(wrong[i]), "deal", &id)) fail_msg("%s", wrong[i]);
  assert_false(id_parse(S("deal_00000000000\0001"), "deal", &id));
  assert_true(id == 32);
}

static void texts_come_back_in_order(void **state) {
  (void)state;
  struct gen g = {9};
  id64 before = 1;
  char before_text[ID_TEXT_MAX];
  id_z(before_text, "x", before);
  for (int round = 0; round < 5000; round++) {
    id64 id = (id64)(gen_u64(&g) >> (1 + gen_below(&g, 62))) | 1, back;
    AUTO(buf_release) struct buf b = BUF(ID_TEXT_MAX);
    id_put(&b, "x", id);
    assert_true(id_parse(buf_str(&b), "x", &back) && back == id);
    assert_true((id > before) == (strcmp(buf_z(&b), before_text) > 0));  // sorted as text as by number
    before = id;
    id_z(before_text, "x", before);
  }
}

int main(void) {
  hash_setup();
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(ascends),          cmocka_unit_test(ascends_when_the_clock_is_set_back),
    cmocka_unit_test(carries_its_time), cmocka_unit_test(is_unique_among_threads),
    cmocka_unit_test(has_one_text),     cmocka_unit_test(texts_come_back_in_order),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
