// SPDX-License-Identifier: Apache-2.0
// Memory of one request: allocate freely, release once. Chunks of 16 KiB, larger when asked.
// Not thread-safe; a worker may lend it to the writer thread while it waits. malloc failure aborts: sizes a user
// controls are capped first (limits.h). Memory is zeroed.
#ifndef ENTENTE_BASE_ARENA_H
#define ENTENTE_BASE_ARENA_H
#include "base/str.h"

struct arena {
  struct arena_chunk *head;
  size_t used;  // bytes handed out
};

void arena_release(struct arena *a);
void *arena_alloc(struct arena *a, size_t n);               // zeroed, aligned to 16
void *arena_array(struct arena *a, size_t n, size_t size);  // aborts on overflow
str arena_str(struct arena *a, str s);                      // copy, NUL-terminated behind the slice
char *arena_z(struct arena *a, str s);                      // copy as C string
str arena_fmt(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
#define NEW(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define NEW_ARRAY(a, n, type) ((type *)arena_array((a), (n), sizeof(type)))
#endif
