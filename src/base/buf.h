// SPDX-License-Identifier: Apache-2.0
// A growing output buffer with a maximum. The one way text is put together.
// Owns its bytes (malloc) until buf_release. Not thread-safe. A write that would pass `max` is left out whole, and so is all
// that follows: `full` stays true, the writer goes on without checks, the caller checks once at the end. malloc failure aborts.
// Example: AUTO(buf_release) struct buf b = BUF(64 * 1024); buf_put(&b, S("x")); if (b.full) return ERR_TOO_LARGE;
#ifndef ENTENTE_BASE_BUF_H
#define ENTENTE_BASE_BUF_H
#include "base/str.h"

struct buf {
  char *p;
  size_t n, cap, max;
  bool full;
};
#define BUF(maximum) ((struct buf){NULL, 0, 0, (maximum), false})

void buf_release(struct buf *b);  // frees; safe on a zeroed or released buffer
void buf_clear(struct buf *b);    // empties, not full any more, keeps the memory
void buf_put(struct buf *b, str s);
void buf_putz(struct buf *b, const char *z);
void buf_putc(struct buf *b, char c);
void buf_int(struct buf *b, int64_t v);  // decimal
void buf_uint(struct buf *b, uint64_t v);
void buf_hex(struct buf *b, const void *bytes, size_t n);  // lower case
void buf_fmt(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
str buf_str(const struct buf *b);  // what was written; valid until the next write
const char *buf_z(struct buf *b);  // NUL-terminated view (the NUL is not counted)
#endif
