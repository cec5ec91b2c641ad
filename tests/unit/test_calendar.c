// SPDX-License-Identifier: Apache-2.0
#include "rules_testing.h"

#include "base/calendar.h"

static utime t(const char *text) {
  utime v;
  if (!time_parse(str_of(text), &v)) fail_msg("bad time %s", text);
  return v;
}
static uday d(const char *text) {
  uday v;
  if (!date_parse(str_of(text), &v)) fail_msg("bad date %s", text);
  return v;
}

static void office_hours(void **state) {
  (void)state;
  utime end;
  // Friday 16:00 plus two working hours is Monday 10:00.
  assert_int_equal(calendar_add(&calendar_default, t("2026-11-20T16:00:00Z"), 120, &end), ERR_OK);
  assert_int_equal(end, t("2026-11-23T10:00:00Z"));
  // Exactly to the end of the day stays on the day.
  assert_int_equal(calendar_add(&calendar_default, t("2026-11-20T16:00:00Z"), 60, &end), ERR_OK);
  assert_int_equal(end, t("2026-11-20T17:00:00Z"));
  // Zero minutes: the next working instant.
  assert_int_equal(calendar_add(&calendar_default, t("2026-11-21T12:00:00Z"), 0, &end), ERR_OK);
  assert_int_equal(end, t("2026-11-23T09:00:00Z"));
  assert_int_equal(calendar_between(&calendar_default, t("2026-11-20T16:00:00Z"), t("2026-11-23T10:00:00Z")), 120);
  assert_int_equal(calendar_between(&calendar_default, t("2026-11-23T10:00:00Z"), t("2026-11-20T16:00:00Z")), -120);
  assert_true(calendar_working(&calendar_default, t("2026-11-20T16:59:59Z")));
  assert_false(calendar_working(&calendar_default, t("2026-11-20T17:00:00Z")));
}

// China's National Day 2026: 1 to 7 October off, Saturday 10 October worked; UTC+8.
static void make_up_days(void **state) {
  (void)state;
  static const struct calendar_hours hours[] = {{1, 540, 1050}, {2, 540, 1050}, {3, 540, 1050}, {4, 540, 1050}, {5, 540, 1050}};
  struct calendar_exception days[8];
  for (int i = 0; i < 7; i++) days[i] = (struct calendar_exception){d("2026-10-01") + i, 0, 0};
  days[7] = (struct calendar_exception){d("2026-10-10"), 540, 1050};
  struct calendar c = {480, hours, ARRAY_LEN(hours), days, ARRAY_LEN(days)};
  assert_true(calendar_valid(&c));
  utime end;
  // Sent on 30 September 17:00 local with four working hours: half an hour that day, the rest on 8 October.
  assert_int_equal(calendar_add(&c, t("2026-09-30T09:00:00Z"), 240, &end), ERR_OK);
  assert_int_equal(end, t("2026-10-08T04:30:00Z"));
  assert_int_equal(calendar_day_minutes(&c, d("2026-10-05")), 0);
  assert_int_equal(calendar_day_minutes(&c, d("2026-10-10")), 510);
  assert_int_equal(calendar_day_minutes(&c, d("2026-10-17")), 0);
}

static void contradictions(void **state) {
  (void)state;
  static const struct calendar_hours backwards[] = {{1, 600, 540}}, eighth[] = {{8, 0, 60}}, fine[] = {{1, 0, 1440}};
  static const struct calendar_exception unsorted[] = {{10, 0, 0}, {9, 0, 0}};
  assert_false(calendar_valid(&(struct calendar){0, backwards, 1, NULL, 0}));
  assert_false(calendar_valid(&(struct calendar){0, eighth, 1, NULL, 0}));
  assert_false(calendar_valid(&(struct calendar){0, NULL, 0, NULL, 0}));
  assert_false(calendar_valid(&(struct calendar){1441, fine, 1, NULL, 0}));
  assert_false(calendar_valid(&(struct calendar){0, fine, 1, unsorted, 2}));
  assert_true(calendar_valid(&(struct calendar){0, fine, 1, NULL, 0}));
  // Overlapping hours count once.
  static const struct calendar_hours twice[] = {{1, 540, 720}, {1, 600, 780}, {1, 780, 800}};
  assert_int_equal(calendar_day_minutes(&(struct calendar){0, twice, 3, NULL, 0}, d("2026-11-23")), 260);
  // A calendar closed for ever gives an error, not an endless loop.
  struct calendar_exception closed[1] = {{0, 0, 0}};
  static const struct calendar_hours monday[] = {{1, 540, 541}};
  utime end;
  assert_int_equal(calendar_add(&(struct calendar){0, monday, 1, closed, 1}, 0, 1000, &end), ERR_LIMIT);
}

// Adding what lies between two working instants leads from one to the other; a minute-by-minute walk agrees.
static void adding_and_counting_agree(void **state) {
  (void)state;
  rng_seed(5);
  for (int i = 0; i < CASES; i++) {
    struct calendar_hours hours[6];
    struct calendar_exception days[5];
    size_t n = 1 + (size_t)below(6), m = (size_t)below(5);
    for (size_t k = 0; k < n; k++) {
      int from = (int)below(1400);
      hours[k] = (struct calendar_hours){1 + (int)below(7), from, from + 1 + (int)below(1440 - from)};
    }
    uday first = d("2026-11-16");
    for (size_t k = 0; k < m; k++) {
      int from = (int)below(1440);
      first += (uday)below(4);
      days[k] = (struct calendar_exception){first, from, from + (int)below(1440 - from)};
    }
    struct calendar c = {(int)below(2881) - 1440, hours, n, days, m};
    assert_true(calendar_valid(&c));
    utime from = t("2026-11-15T00:00:00Z") + below(20 * 1440) * 60 * UTIME_SECOND, end;
    int64_t minutes = 1 + below(2000);
    if (calendar_add(&c, from, minutes, &end)) continue;
    assert_int_equal(calendar_between(&c, from, end), minutes);
    assert_int_equal(calendar_between(&c, from, end - UTIME_SECOND * 60), minutes - 1);
    assert_int_equal(calendar_between(&c, end, from), -minutes);
    // Associative: in two steps it takes as long as in one.
    utime half, again;
    assert_int_equal(calendar_add(&c, from, minutes / 2, &half), ERR_OK);
    assert_int_equal(calendar_add(&c, half, minutes - minutes / 2, &again), ERR_OK);
    assert_int_equal(again, end);
    if (i % 100) continue;
    int64_t walked = 0;
    for (utime x = from; x < end; x += 60 * UTIME_SECOND) walked += calendar_working(&c, x);
    assert_int_equal(walked, minutes);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(office_hours),
    cmocka_unit_test(make_up_days),
    cmocka_unit_test(contradictions),
    cmocka_unit_test(adding_and_counting_agree),
  };
  return cmocka_run_group_tests_name("calendar", tests, NULL, NULL);
}
