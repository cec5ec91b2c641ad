// SPDX-License-Identifier: Apache-2.0
#include "base/calendar.h"

static const struct calendar_hours office_hours[] = {
  {1, 540, 1020}, {2, 540, 1020}, {3, 540, 1020}, {4, 540, 1020}, {5, 540, 1020}};
const struct calendar calendar_default = {0, office_hours, ARRAY_LEN(office_hours), NULL, 0};

enum { MINUTE = 60 };
#define UTIME_MINUTE (MINUTE * UTIME_SECOND)

bool calendar_valid(const struct calendar *c) {
  if (c->utc_offset_minutes < -1440 || c->utc_offset_minutes > 1440) return false;
  if (!c->n_hours || c->n_hours > CALENDAR_HOURS || c->n_exceptions > CALENDAR_EXCEPTIONS) return false;
  for (size_t i = 0; i < c->n_hours; i++) {
    const struct calendar_hours *h = &c->hours[i];
    if (h->weekday < 1 || h->weekday > 7 || h->from < 0 || h->from >= h->to || h->to > 1440) return false;
  }
  for (size_t i = 0; i < c->n_exceptions; i++) {
    const struct calendar_exception *e = &c->exceptions[i];
    if (e->from < 0 || e->from > e->to || e->to > 1440) return false;
    if (i && e->on < c->exceptions[i - 1].on) return false;
  }
  return true;
}

// The working intervals of a day, ascending and disjoint.
struct day {
  int from[CALENDAR_HOURS], to[CALENDAR_HOURS];
  int n;
};

static void day_add(struct day *d, int from, int to) {
  if (from >= to || d->n == CALENDAR_HOURS) return;
  int i = d->n++;
  for (; i > 0 && d->from[i - 1] > from; i--) {
    d->from[i] = d->from[i - 1];
    d->to[i] = d->to[i - 1];
  }
  d->from[i] = from;
  d->to[i] = to;
}

static void day_join(struct day *d) {
  int n = 0;
  for (int i = 0; i < d->n; i++) {
    if (n && d->from[i] <= d->to[n - 1]) {
      if (d->to[i] > d->to[n - 1]) d->to[n - 1] = d->to[i];
      continue;
    }
    d->from[n] = d->from[i];
    d->to[n++] = d->to[i];
  }
  d->n = n;
}

static size_t first_exception(const struct calendar *c, uday on) {
  size_t low = 0, high = c->n_exceptions;
  while (low < high) {
    size_t mid = low + (high - low) / 2;
    if (c->exceptions[mid].on < on)
      low = mid + 1;
    else
      high = mid;
  }
  return low;
}

static void day_of(const struct calendar *c, uday on, struct day *ret) {
  ret->n = 0;
  size_t i = first_exception(c, on);
  if (i < c->n_exceptions && c->exceptions[i].on == on) {
    for (; i < c->n_exceptions && c->exceptions[i].on == on; i++) day_add(ret, c->exceptions[i].from, c->exceptions[i].to);
  } else {
    int weekday = date_weekday(on);
    for (size_t k = 0; k < c->n_hours; k++)
      if (c->hours[k].weekday == weekday) day_add(ret, c->hours[k].from, c->hours[k].to);
  }
  day_join(ret);
}

// Local time as a day and microseconds into it.
static void local(const struct calendar *c, utime t, uday *day, int64_t *into) {
  utime l = t + c->utc_offset_minutes * UTIME_MINUTE;
  *day = utime_day(l);
  *into = l - *day * UTIME_DAY;
}

static utime instant(const struct calendar *c, uday day, int minute) {
  return day * UTIME_DAY + (minute - c->utc_offset_minutes) * UTIME_MINUTE;
}

bool calendar_working(const struct calendar *c, utime t) {
  uday day;
  int64_t into;
  struct day d;
  local(c, t, &day, &into);
  day_of(c, day, &d);
  for (int i = 0; i < d.n; i++)
    if (into >= d.from[i] * UTIME_MINUTE && into < d.to[i] * UTIME_MINUTE) return true;
  return false;
}

enum err calendar_add(const struct calendar *c, utime from, int64_t minutes, utime *ret) {
  uday day;
  int64_t into;
  if (minutes < 0) return ERR_INVALID;
  if (minutes > (int64_t)CALENDAR_DAYS * 1440) return ERR_LIMIT;
  local(c, from, &day, &into);
  int64_t left = minutes * UTIME_MINUTE;
  for (int k = 0; k < CALENDAR_DAYS; k++, day++, into = 0) {
    struct day d;
    day_of(c, day, &d);
    for (int i = 0; i < d.n; i++) {
      int64_t start = d.from[i] * UTIME_MINUTE, end = d.to[i] * UTIME_MINUTE;
      if (end <= into) continue;
      if (start < into) start = into;
      if (left <= end - start) {
        *ret = instant(c, day, 0) + start + left;
        return ERR_OK;
      }
      left -= end - start;
    }
  }
  return ERR_LIMIT;
}

int64_t calendar_between(const struct calendar *c, utime from, utime to) {
  if (to < from) return -calendar_between(c, to, from);
  uday day, last;
  int64_t into, end_into, sum = 0;
  local(c, from, &day, &into);
  local(c, to, &last, &end_into);
  if (last - day > CALENDAR_DAYS) {
    last = day + CALENDAR_DAYS;
    end_into = into;
  }
  for (; day <= last; day++, into = 0) {
    struct day d;
    day_of(c, day, &d);
    int64_t until = day == last ? end_into : UTIME_DAY;
    for (int i = 0; i < d.n; i++) {
      int64_t start = d.from[i] * UTIME_MINUTE, end = d.to[i] * UTIME_MINUTE;
      if (start < into) start = into;
      if (end > until) end = until;
      if (start < end) sum += end - start;
    }
  }
  return sum / UTIME_MINUTE;
}

int calendar_day_minutes(const struct calendar *c, uday local_day) {
  struct day d;
  int sum = 0;
  day_of(c, local_day, &d);
  for (int i = 0; i < d.n; i++) sum += d.to[i] - d.from[i];
  return sum;
}
