// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <assert.h>
#include <stdatomic.h>
#include <time.h>

static _Atomic(utime) frozen;  // 0: not frozen
static _Atomic(utime) latest;  // highest wall clock handed out

enum { FIRST_DAY = -719162, LAST_DAY = 2932896 };  // 0001-01-01 and 9999-12-31

static utime read_clock(clockid_t which) {
  struct timespec ts;
  int failed = clock_gettime(which, &ts);
  assert(!failed);
  (void)failed;
  return (utime)ts.tv_sec * UTIME_SECOND + ts.tv_nsec / 1000;
}

utime clock_now(void) {
  utime fixed = atomic_load(&frozen);
  if (fixed) return fixed;
  utime now = read_clock(CLOCK_REALTIME);
  utime seen = atomic_load(&latest);
  while (seen < now && !atomic_compare_exchange_weak(&latest, &seen, now)) {}
  return seen < now ? now : seen;
}

int64_t clock_mono(void) { return read_clock(CLOCK_MONOTONIC); }

void clock_set(utime now) { atomic_store(&frozen, now); }

void clock_advance(int64_t micros) {
  if (atomic_load(&frozen)) atomic_fetch_add(&frozen, micros);
}

static int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0); }

uday utime_day(utime t) { return (uday)floor_div(t, UTIME_DAY); }

// Days to civil date in the proleptic Gregorian calendar. The year is counted from 1 March, so that the leap day is its
// last day and the month lengths follow (153 m + 2) / 5; 400 years are exactly 146,097 days.
void date_civil(uday d, int *y, int *m, int *day) {
  int64_t z = (int64_t)d + 719468;
  int64_t era = floor_div(z, 146097);
  int64_t doe = z - era * 146097;                                       // 0 ... 146096
  int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;  // 0 ... 399
  int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);                // 0 ... 365
  int64_t mp = (5 * doy + 2) / 153;                                     // 0 March ... 11 February
  *day = (int)(doy - (153 * mp + 2) / 5 + 1);
  *m = (int)(mp < 10 ? mp + 3 : mp - 9);
  *y = (int)(yoe + era * 400 + (*m <= 2));
}

uday date_from_civil(int y, int m, int d) {
  int64_t yy = (int64_t)y - (m <= 2);
  int64_t era = floor_div(yy, 400);
  int64_t yoe = yy - era * 400;
  int64_t doy = (153 * (int64_t)(m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
  int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
  return (uday)(era * 146097 + doe - 719468);
}

int date_weekday(uday d) {
  int64_t since_monday = (int64_t)d + 3;  // 1970-01-01 was a Thursday
  return (int)(since_monday - floor_div(since_monday, 7) * 7) + 1;
}

static void put_padded(struct buf *b, int v, int width) {
  char digits[10];
  for (int i = width; i-- > 0; v /= 10) digits[i] = (char)('0' + v % 10);
  buf_put(b, (str){digits, (size_t)width});
}

void date_put(struct buf *b, uday d) {
  int y, m, day;
  date_civil(d < FIRST_DAY ? FIRST_DAY : d > LAST_DAY ? LAST_DAY : d, &y, &m, &day);
  put_padded(b, y, 4);
  buf_putc(b, '-');
  put_padded(b, m, 2);
  buf_putc(b, '-');
  put_padded(b, day, 2);
}

void time_put(struct buf *b, utime t) {
  utime first = FIRST_DAY * UTIME_DAY, last = (LAST_DAY + 1) * UTIME_DAY - 1;
  t = t < first ? first : t > last ? last : t;
  uday d = utime_day(t);
  int64_t us = t - d * UTIME_DAY;
  int seconds = (int)(us / UTIME_SECOND), micros = (int)(us % UTIME_SECOND);
  date_put(b, d);
  buf_putc(b, 'T');
  put_padded(b, seconds / 3600, 2);
  buf_putc(b, ':');
  put_padded(b, seconds / 60 % 60, 2);
  buf_putc(b, ':');
  put_padded(b, seconds % 60, 2);
  if (micros) {
    buf_putc(b, '.');
    put_padded(b, micros, 6);
  }
  buf_putc(b, 'Z');
}

// Takes exactly `n` digits off the front.
static bool take_digits(str *s, size_t n, int *ret) {
  if (s->n < n) return false;
  int v = 0;
  for (size_t i = 0; i < n; i++) {
    if (s->p[i] < '0' || s->p[i] > '9') return false;
    v = v * 10 + (s->p[i] - '0');
  }
  *s = str_sub(*s, n, s->n);
  *ret = v;
  return true;
}

static bool take_char(str *s, char c) {
  if (!s->n || s->p[0] != c) return false;
  *s = str_sub(*s, 1, s->n);
  return true;
}

static int month_days(int y, int m) {
  static const int8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool leap = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
  return days[m - 1] + (m == 2 && leap);
}

static bool take_date(str *s, uday *ret) {
  int y, m, d;
  if (!take_digits(s, 4, &y) || !take_char(s, '-') || !take_digits(s, 2, &m) || !take_char(s, '-') || !take_digits(s, 2, &d))
    return false;
  if (y < 1 || m < 1 || m > 12 || d < 1 || d > month_days(y, m)) return false;
  *ret = date_from_civil(y, m, d);
  return true;
}

bool date_parse(str s, uday *ret) {
  uday d;
  if (!take_date(&s, &d) || s.n) return false;
  *ret = d;
  return true;
}

static bool take_fraction(str *s, int64_t *ret_micros) {
  int64_t micros = 0, unit = UTIME_SECOND;
  int digit;
  if (!take_digits(s, 1, &digit)) return false;
  do {
    unit /= 10;  // 0 past the sixth digit: finer parts are cut off
    micros += digit * unit;
  } while (take_digits(s, 1, &digit));
  *ret_micros = micros;
  return true;
}

static bool take_offset(str *s, int64_t *ret_seconds) {
  if (take_char(s, 'Z') || take_char(s, 'z')) {
    *ret_seconds = 0;
    return true;
  }
  bool west = take_char(s, '-');
  int h, m;
  if (!west && !take_char(s, '+')) return false;
  if (!take_digits(s, 2, &h) || !take_char(s, ':') || !take_digits(s, 2, &m) || h > 23 || m > 59) return false;
  *ret_seconds = (west ? -60 : 60) * (h * 60 + m);
  return true;
}

bool time_parse(str s, utime *ret) {
  uday d;
  int h, m, sec;
  int64_t micros = 0, offset;
  if (!take_date(&s, &d) || !(take_char(&s, 'T') || take_char(&s, 't'))) return false;
  if (!take_digits(&s, 2, &h) || !take_char(&s, ':') || !take_digits(&s, 2, &m) || !take_char(&s, ':') ||
      !take_digits(&s, 2, &sec))
    return false;
  if (h > 23 || m > 59 || sec > 59) return false;  // a leap second has no place on this time line
  if (take_char(&s, '.') && !take_fraction(&s, &micros)) return false;
  if (!take_offset(&s, &offset) || s.n) return false;
  utime t = d * UTIME_DAY + (h * 3600 + m * 60 + sec - offset) * UTIME_SECOND + micros;
  if (utime_day(t) < FIRST_DAY || utime_day(t) > LAST_DAY) return false;
  *ret = t;
  return true;
}
