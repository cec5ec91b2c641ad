// SPDX-License-Identifier: Apache-2.0
// Time: microseconds UTC since 1970 (`utime`), days since 1970 (`uday`). All time of the program comes from clock_now(); tests set it.
// Text: RFC 3339 UTC with six decimals only when not zero ("2026-11-22T09:30:00Z"), dates YYYY-MM-DD, years 1 to 9999; instants
// outside them are written as the first or the last of them. Thread-safe.
#ifndef ENTENTE_BASE_CLOCK_H
#define ENTENTE_BASE_CLOCK_H
#include "base/buf.h"
typedef int64_t utime;
typedef int32_t uday;
#define UTIME_SECOND INT64_C(1000000)
#define UTIME_HOUR (3600 * UTIME_SECOND)
#define UTIME_DAY (86400 * UTIME_SECOND)
#define UTIME_MAX INT64_MAX  // "for ever": until of an open grant
utime clock_now(void);       // wall clock, never goes back within the process (a set-back clock is held until it catches up)
int64_t clock_mono(void);    // microseconds, monotonic: deadlines, durations
void clock_set(utime now);   // tests: freezes clock_now at `now`; 0 releases
void clock_advance(int64_t micros);  // tests: moves a frozen clock; a running one stays as it is
void time_put(struct buf *b, utime t);
void date_put(struct buf *b, uday d);
bool time_parse(str s, utime *ret);  // RFC 3339, any offset; parts finer than 1 us are cut off. false: other text, a day that
                                     // does not exist, a leap second (23:59:60), outside years 1 to 9999 UTC
bool date_parse(str s, uday *ret);   // strict YYYY-MM-DD that exists
void date_civil(uday d, int *y, int *m, int *day);
uday date_from_civil(int y, int m, int d);
int date_weekday(uday d);  // 1 Monday ... 7 Sunday (ISO 8601)
uday utime_day(utime t);   // floor, UTC
#endif
