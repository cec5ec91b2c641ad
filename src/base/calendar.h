// SPDX-License-Identifier: Apache-2.0
// Working calendars: weekly hours, exceptions (holidays, make-up days, short days) and a fixed offset from UTC. Every agreed answer time
// is counted in the receiver's calendar.
// A calendar borrows its arrays. Pure functions over plain values, thread-safe. A working minute belongs to the half-open interval
// [from, to) of its local day; overlapping intervals of a day count once. An exception replaces all hours of its day.
// Failure: ERR_LIMIT when the calendar never gives that many minutes within CALENDAR_DAYS days.
// Example (local Monday to Friday 09:00-17:30): calendar_add(&cal, received_at, 240, &deadline)
#ifndef ENTENTE_BASE_CALENDAR_H
#define ENTENTE_BASE_CALENDAR_H
#include "base/clock.h"
#include "base/err.h"

enum {
  CALENDAR_DAYS = 3660,        // ten years: longer answer times are mistakes
  CALENDAR_HOURS = 64,         // weekly intervals
  CALENDAR_EXCEPTIONS = 2000,  // twenty years of holidays
};
struct calendar_hours {
  int weekday;   // 1 Monday ... 7 Sunday
  int from, to;  // minutes of the local day, 0 <= from < to <= 1440
};
struct calendar_exception {
  uday on;
  int from, to;  // from == to: closed; several lines for one day add up
};
struct calendar {
  int utc_offset_minutes;  // local = UTC + offset, -1440 .. 1440
  const struct calendar_hours *hours;
  size_t n_hours;
  const struct calendar_exception *exceptions;  // ascending by day
  size_t n_exceptions;
};

extern const struct calendar calendar_default;  // UTC, Monday to Friday 09:00-17:00
bool calendar_valid(const struct calendar *c);
bool calendar_working(const struct calendar *c, utime t);
// The first instant by which `minutes` (>= 0) working minutes have passed since `from`: the end of the last one of them. Zero minutes:
// the first working instant at or after `from`.
MUST_USE enum err calendar_add(const struct calendar *c, utime from, int64_t minutes, utime *ret);
// Whole working minutes between two instants; negative when to < from. Instants further apart than CALENDAR_DAYS are cut off there.
int64_t calendar_between(const struct calendar *c, utime from, utime to);
// Working minutes of one local day.
int calendar_day_minutes(const struct calendar *c, uday local_day);
#endif
