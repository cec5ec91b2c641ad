// SPDX-License-Identifier: Apache-2.0
// Text of answers, written by hand; opening and stepping.
#include "floor.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void die(const char *what, sqlite3 *db) {
  fprintf(stderr, "floor: %s: %s\n", what, db ? sqlite3_errmsg(db) : "failed");
  exit(1);
}

void out_put(struct out *o, const void *bytes, size_t n) {
  if (o->n + n > o->cap) {
    while (o->n + n > o->cap) o->cap = o->cap ? 2 * o->cap : 65536;
    o->p = realloc(o->p, o->cap);
    if (!o->p) abort();
  }
  memcpy(o->p + o->n, bytes, n);
  o->n += n;
}

void out_z(struct out *o, const char *z) { out_put(o, z, strlen(z)); }

void out_int(struct out *o, int64_t v) {
  char digits[24];
  int at = sizeof digits;
  uint64_t rest = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
  do digits[--at] = (char)('0' + rest % 10);
  while (rest /= 10);
  if (v < 0) digits[--at] = '-';
  out_put(o, digits + at, sizeof digits - (size_t)at);
}

void out_json(struct out *o, const char *text, size_t n) {
  out_lit(o, "\"");
  size_t from = 0;
  for (size_t i = 0; i < n; i++) {
    unsigned char ch = (unsigned char)text[i];
    if (ch >= 0x20 && ch != '"' && ch != '\\') continue;
    char escape[8];
    int m = ch < 0x20 ? snprintf(escape, sizeof escape, "\\u%04x", ch) : snprintf(escape, sizeof escape, "\\%c", ch);
    out_put(o, text + from, i - from);
    out_put(o, escape, (size_t)m);
    from = i + 1;
  }
  out_put(o, text + from, n - from);
  out_lit(o, "\"");
}

static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";

void out_id(struct out *o, const char *prefix, int64_t id) {
  char digits[13];
  if (!id) {
    out_lit(o, "null");
    return;
  }
  for (int i = 13; i-- > 0; id >>= 5) digits[i] = alphabet[id & 31];
  out_lit(o, "\"");
  out_z(o, prefix);
  out_lit(o, "_");
  out_put(o, digits, sizeof digits);
  out_lit(o, "\"");
}

int64_t id_read(const char *text) {
  const char *p = strrchr(text, '_'), *at;
  int64_t id = 0;
  for (p = p ? p + 1 : text; *p && (at = strchr(alphabet, *p)); p++) id = id << 5 | (at - alphabet);
  return id;
}

static void digits_put(char *to, int width, int64_t v) {
  for (int i = width; i-- > 0; v /= 10) to[i] = (char)('0' + v % 10);
}

// Civil date of a day count, years from 1 March (days from 1970-01-01, not negative here).
static void date_text(char to[10], int64_t days) {
  int64_t z = days + 719468, era = z / 146097, doe = z - era * 146097;
  int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365, doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  int64_t mp = (5 * doy + 2) / 153, m = mp < 10 ? mp + 3 : mp - 9;
  digits_put(to, 4, yoe + era * 400 + (m <= 2));
  to[4] = to[7] = '-';
  digits_put(to + 5, 2, m);
  digits_put(to + 8, 2, doy - (153 * mp + 2) / 5 + 1);
}

void out_date(struct out *o, int64_t days) {
  char t[12] = "\"          \"";
  date_text(t + 1, days);
  out_put(o, t, sizeof t);
}

// The fraction only where there is one.
void out_time(struct out *o, int64_t micros) {
  char t[29] = "\"          T  :  :  .      Z\"";
  int64_t us = micros % 86400000000;
  date_text(t + 1, micros / 86400000000);
  digits_put(t + 12, 2, us / 3600000000);
  digits_put(t + 15, 2, us / 60000000 % 60);
  digits_put(t + 18, 2, us / 1000000 % 60);
  digits_put(t + 21, 6, us % 1000000);
  if (us % 1000000 == 0) memcpy(t + 20, "Z\"", 2);
  out_put(o, t, us % 1000000 ? sizeof t : 22);
}

int64_t micros_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

// Above every id there is, rising: as dense as the server's.
int64_t id_make(void) {
  static int64_t last;
  int64_t base = (micros_now() / 1000 - 1577836800000) << 21, seen = __atomic_load_n(&last, __ATOMIC_SEQ_CST), next;
  do next = base > seen ? base : seen + 1;
  while (!__atomic_compare_exchange_n(&last, &seen, next, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
  return next;
}

// ---- statements

bool row(struct floor_conn *c, enum floor_stmt q) {
  int rc = sqlite3_step(c->q[q]);
  if (rc != SQLITE_ROW && rc != SQLITE_DONE) die(sqlite3_sql(c->q[q]), c->db);
  return rc == SQLITE_ROW;
}

void done(struct floor_conn *c, enum floor_stmt q) { sqlite3_reset(c->q[q]); }

void run(struct floor_conn *c, enum floor_stmt q) {
  while (row(c, q)) {}
  done(c, q);
}

void bind_int(struct floor_conn *c, enum floor_stmt q, int i, int64_t v) {
  if (sqlite3_bind_int64(c->q[q], i, v)) die("bind", c->db);
}

void bind_text(struct floor_conn *c, enum floor_stmt q, int i, const char *text, size_t n) {
  if (sqlite3_bind_text64(c->q[q], i, text, n, SQLITE_STATIC, SQLITE_UTF8)) die("bind", c->db);
}
