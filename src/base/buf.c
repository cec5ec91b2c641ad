// SPDX-License-Identifier: Apache-2.0
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIRST_CAPACITY = 128 };

void buf_release(struct buf *b) {
  if (!b) return;
  free(b->p);
  b->p = NULL;
  b->n = b->cap = 0;
}

void buf_clear(struct buf *b) {
  b->n = 0;
  b->full = false;
}

static bool grow(struct buf *b, size_t n);

// Makes room for `n` bytes and the NUL of buf_z. False and `full` when the maximum does not allow it.
static inline bool reserve(struct buf *b, size_t n) {
  if (b->full || n > b->max - b->n) {
    b->full = true;
    return false;
  }
  return b->n + n + 1 <= b->cap || grow(b, n);
}

static bool grow(struct buf *b, size_t n) {
  size_t need = b->n + n + 1;
  size_t cap = b->cap ? b->cap : FIRST_CAPACITY;
  while (cap < need) cap = cap > SIZE_MAX / 2 ? need : cap * 2;
  char *p = realloc(b->p, cap);
  if (!p) abort();
  b->p = p;
  b->cap = cap;
  return true;
}

void buf_put(struct buf *b, str s) {
  if (!reserve(b, s.n) || !s.n) return;
  memcpy(b->p + b->n, s.p, s.n);
  b->n += s.n;
}

void buf_putz(struct buf *b, const char *z) { buf_put(b, str_of(z)); }

void buf_putc(struct buf *b, char c) {
  if (reserve(b, 1)) b->p[b->n++] = c;
}

void buf_uint(struct buf *b, uint64_t v) {
  char digits[20];
  size_t at = sizeof digits;
  do digits[--at] = (char)('0' + v % 10);
  while (v /= 10);
  buf_put(b, (str){digits + at, sizeof digits - at});
}

void buf_int(struct buf *b, int64_t v) {
  char digits[20];
  size_t at = sizeof digits;
  uint64_t rest = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
  do digits[--at] = (char)('0' + rest % 10);
  while (rest /= 10);
  if (v < 0) digits[--at] = '-';  // 19 digits and the sign fit
  buf_put(b, (str){digits + at, sizeof digits - at});
}

void buf_hex(struct buf *b, const void *bytes, size_t n) {
  static const char digit[] = "0123456789abcdef";
  const unsigned char *p = bytes;
  if (n > SIZE_MAX / 2 || !reserve(b, 2 * n)) {
    b->full = true;
    return;
  }
  for (size_t i = 0; i < n; i++) {
    b->p[b->n++] = digit[p[i] >> 4];
    b->p[b->n++] = digit[p[i] & 15];
  }
}

void buf_fmt(struct buf *b, const char *fmt, ...) {
  if (!fmt) abort();
  va_list ap, again;
  va_start(ap, fmt);
  va_copy(again, ap);
  int n = vsnprintf(NULL, 0, fmt, ap);
  va_end(ap);
  if (n < 0) abort();
  if (reserve(b, (size_t)n)) {
    vsnprintf(b->p + b->n, (size_t)n + 1, fmt, again);
    b->n += (size_t)n;
  }
  va_end(again);
}

str buf_str(const struct buf *b) { return (str){b->p ? b->p : "", b->n}; }

const char *buf_z(struct buf *b) {
  if (!b->p) return "";
  b->p[b->n] = '\0';  // reserve keeps this byte free
  return b->p;
}
