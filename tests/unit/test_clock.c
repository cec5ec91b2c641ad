// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"
#include "unit.h"

static void freezes(void **state) {
  (void)state;
  utime t;
  assert_true(time_parse(S("2026-11-22T09:30:00Z"), &t));
  clock_set(t);
  assert_true(clock_now() == t);
  clock_advance(UTIME_HOUR);
  assert_true(clock_now() == t + UTIME_HOUR);
  clock_set(0);
  utime a = clock_now(), b = clock_now();
  assert_true(b >= a && a != t);
  clock_advance(UTIME_DAY);  // moves nothing while the clock runs
  assert_true(clock_now() < a + UTIME_HOUR);
  assert_true(clock_mono() <= clock_mono());
}

static void writes_and_reads_times(void **state) {
  (void)state;
  static const struct {
    const char *in, *out;  // out NULL: refused
  } cases[] = {
    {"2026-11-22T09:30:00Z", "2026-11-22T09:30:00Z"},
    {"2026-11-22t09:30:00z", "2026-11-22T09:30:00Z"},
    {"1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"},
    {"1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"},
    {"2026-11-22T09:30:00.5Z", "2026-11-22T09:30:00.500000Z"},
    {"2026-11-22T09:30:00.000000Z", "2026-11-22T09:30:00Z"},
    {"2026-11-22T09:30:00.1234567899Z", "2026-11-22T09:30:00.123456Z"},
    {"2026-11-22T09:30:00+08:00", "2026-11-22T01:30:00Z"},
    {"2026-01-01T00:15:00+05:45", "2025-12-31T18:30:00Z"},
    {"2026-12-31T23:30:00-00:30", "2027-01-01T00:00:00Z"},
    {"2026-11-22T09:30:00-00:00", "2026-11-22T09:30:00Z"},
    {"2000-02-29T00:00:00Z", "2000-02-29T00:00:00Z"},
    {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"},
    {"9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"},
    {"0001-01-01T00:00:00+00:01", NULL},
    {"9999-12-31T23:59:00-00:01", NULL},
    {"0000-01-01T00:00:00Z", NULL},
    {"1900-02-29T00:00:00Z", NULL},
    {"2026-02-29T00:00:00Z", NULL},
    {"2026-13-01T00:00:00Z", NULL},
    {"2026-00-01T00:00:00Z", NULL},
    {"2026-11-00T00:00:00Z", NULL},
    {"2026-11-31T00:00:00Z", NULL},
    {"2026-11-22T24:00:00Z", NULL},
    {"2026-11-22T09:60:00Z", NULL},
    {"2016-12-31T23:59:60Z", NULL},
    {"2026-11-22T09:30:00", NULL},
    {"2026-11-22 09:30:00Z", NULL},
    {"2026-11-22T09:30Z", NULL},
    {"2026-11-22T09:30:00.Z", NULL},
    {"2026-11-22T09:30:00,5Z", NULL},
    {"2026-11-22T09:30:00+24:00", NULL},
    {"2026-11-22T09:30:00+0800", NULL},
    {"2026-11-22T09:30:00+8:00", NULL},
    {"2026-11-22T09:30:00ZZ", NULL},
    {" 2026-11-22T09:30:00Z", NULL},
    {"26-11-22T09:30:00Z", NULL},
    {"+2026-11-22T09:30:00Z", NULL},
    {"", NULL},
  };
  for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
    utime t = 77;
    bool good = time_parse(str_of(cases[i].in), &t);
    if (good != (cases[i].out != NULL)) fail_msg("%s", cases[i].in);
    AUTO(buf_release) struct buf b = BUF(40);
    time_put(&b, t);
    if (good)
      assert_buf(&b, cases[i].out);
    else
      assert_true(t == 77);
  }
}

static void dates(void **state) {
  (void)state;
  uday d = 5;
  assert_true(date_parse(S("1970-01-01"), &d) && d == 0);
  assert_true(date_parse(S("2026-11-22"), &d) && d == 20779);
  static const char *const wrong[] = {"",           "2026-11-2",   "2026-1-22", "2026/11/22", "2026-11-22 ",
                                      "2026-02-30", "2026-11-22T", "-026-11-22"};
  for (size_t i = 0; i < ARRAY_LEN(wrong); i++) assert_false(date_parse(str_of(wrong[i]), &d));
  assert_int_equal(d, 20779);
  assert_int_equal(date_weekday(d), 7);  // a Sunday
  assert_int_equal(date_weekday(0), 4);  // a Thursday
  assert_int_equal(date_weekday(date_from_civil(1900, 1, 1)), 1);
  assert_int_equal(utime_day(-1), -1);
  assert_int_equal(utime_day(0), 0);
  assert_int_equal(utime_day(UTIME_DAY), 1);
}

// Walks every day of the calendar beside a counter that knows only month lengths.
static void every_day_follows_the_one_before(void **state) {
  (void)state;
  int y = 1, m = 1, d = 1, weekday = 1;  // 0001-01-01 was a Monday
  uday first = date_from_civil(1, 1, 1), last = date_from_civil(9999, 12, 31);
  for (uday day = first; day <= last; day++) {
    int cy, cm, cd;
    date_civil(day, &cy, &cm, &cd);
    if (cy != y || cm != m || cd != d || date_from_civil(y, m, d) != day || date_weekday(day) != weekday)
      fail_msg("%04d-%02d-%02d", y, m, d);
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    weekday = weekday % 7 + 1;
    if (++d <= lengths[m - 1] + (m == 2 && leap)) continue;
    d = 1;
    if (++m <= 12) continue;
    m = 1;
    y++;
  }
  assert_int_equal(y, 10000);
}

static void text_stays_within_its_years(void **state) {
  (void)state;
  AUTO(buf_release) struct buf b = BUF(200);
  time_put(&b, UTIME_MAX);
  buf_putc(&b, ' ');
  time_put(&b, INT64_MIN);
  buf_putc(&b, ' ');
  date_put(&b, INT32_MAX);
  buf_putc(&b, ' ');
  date_put(&b, INT32_MIN);
  assert_buf(&b, "9999-12-31T23:59:59.999999Z 0001-01-01T00:00:00Z 9999-12-31 0001-01-01");
}

static void times_come_back(void **state) {
  (void)state;
  struct gen g = {6};
  const utime first = date_from_civil(1, 1, 1) * UTIME_DAY, last = (date_from_civil(9999, 12, 31) + 1) * UTIME_DAY;
  for (int round = 0; round < 5000; round++) {
    utime t = first + (utime)gen_below(&g, (uint64_t)(last - first)), back;
    AUTO(buf_release) struct buf b = BUF(40);
    time_put(&b, t);
    assert_true(time_parse(buf_str(&b), &back) && back == t);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(freezes),
    cmocka_unit_test(writes_and_reads_times),
    cmocka_unit_test(dates),
    cmocka_unit_test(every_day_follows_the_one_before),
    cmocka_unit_test(text_stays_within_its_years),
    cmocka_unit_test(times_come_back),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
