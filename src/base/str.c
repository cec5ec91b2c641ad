// SPDX-License-Identifier: Apache-2.0
#include "base/str.h"

str str_of(const char *z) { return z ? (str){z, strlen(z)} : STR_NULL; }

bool str_eq(str a, str b) { return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0); }

bool str_eqz(str a, const char *z) { return str_eq(a, str_of(z)); }

int str_cmp(str a, str b) {
  size_t n = a.n < b.n ? a.n : b.n;
  int c = n ? memcmp(a.p, b.p, n) : 0;
  if (c) return c;
  return (a.n > b.n) - (a.n < b.n);
}

bool str_starts(str s, str prefix) { return s.n >= prefix.n && str_eq((str){s.p, prefix.n}, prefix); }

bool str_ends(str s, str suffix) { return s.n >= suffix.n && str_eq(str_sub(s, s.n - suffix.n, suffix.n), suffix); }

static bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

str str_trim(str s) {
  while (s.n && is_blank(s.p[0])) s = str_sub(s, 1, s.n - 1);
  while (s.n && is_blank(s.p[s.n - 1])) s.n--;
  return s;
}

str str_sub(str s, size_t from, size_t n) {
  if (!s.p) return s;
  if (from > s.n) from = s.n;
  if (n > s.n - from) n = s.n - from;
  return (str){s.p + from, n};
}

ptrdiff_t str_find(str s, char c) {
  if (!s.n) return -1;
  const char *at = memchr(s.p, c, s.n);
  return at ? at - s.p : -1;
}

bool str_cut(str s, char sep, str *ret_head, str *ret_tail) {
  ptrdiff_t at = str_find(s, sep);
  if (at < 0) {
    *ret_head = s;
    *ret_tail = str_sub(s, s.n, 0);
    return false;
  }
  *ret_head = str_sub(s, 0, (size_t)at);
  *ret_tail = str_sub(s, (size_t)at + 1, s.n);
  return true;
}

bool str_to_uint64(str s, uint64_t *ret) {
  if (!s.n) return false;
  uint64_t v = 0;
  for (size_t i = 0; i < s.n; i++) {
    if (s.p[i] < '0' || s.p[i] > '9') return false;
    if (__builtin_mul_overflow(v, (uint64_t)10, &v)) return false;
    if (__builtin_add_overflow(v, (uint64_t)(s.p[i] - '0'), &v)) return false;
  }
  *ret = v;
  return true;
}

bool str_to_int64(str s, int64_t *ret) {
  bool negative = s.n && s.p[0] == '-';
  uint64_t v;
  if (!str_to_uint64(negative ? str_sub(s, 1, s.n) : s, &v)) return false;
  if (v > (uint64_t)INT64_MAX + (negative ? 1 : 0)) return false;
  // Unsigned negation first: -INT64_MIN does not exist.
  *ret = negative ? (int64_t)(0 - v) : (int64_t)v;
  return true;
}

bool str_next(str *list, char sep, str *ret_item) {
  if (!list->p) return false;
  // The end is marked by STR_NULL, so that "a," still yields its empty last element.
  str head, tail;
  bool more = str_cut(*list, sep, &head, &tail);
  *ret_item = head;
  *list = more ? tail : STR_NULL;
  return true;
}
