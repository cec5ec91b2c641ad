// SPDX-License-Identifier: Apache-2.0
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { CHUNK = 16 * 1024, ALIGN = 16 };

struct arena_chunk {
  struct arena_chunk *next;
  size_t used, cap;  // of bytes[]
  alignas(ALIGN) char bytes[];
};

void arena_release(struct arena *a) {
  if (!a) return;
  for (struct arena_chunk *c = a->head, *next; c; c = next) {
    next = c->next;
    free(c);
  }
  *a = (struct arena){0};
}

static struct arena_chunk *chunk_new(size_t cap) {
  // calloc of fresh pages costs nothing extra and keeps the promise of zeroed memory.
  struct arena_chunk *c = calloc(1, sizeof *c + cap);
  if (!c) abort();
  c->cap = cap;
  return c;
}

void *arena_alloc(struct arena *a, size_t n) {
  if (n > SIZE_MAX / 2) abort();
  size_t need = (n + ALIGN - 1) / ALIGN * ALIGN;
  if (!need) need = ALIGN;  // distinct, dereferenceable pointers for empty things too
  struct arena_chunk *c = a->head;
  if (!c || c->cap - c->used < need) {
    size_t usual = CHUNK - sizeof *c;
    c = chunk_new(need > usual ? need : usual);
    if (a->head && need > usual) {
      // A large block goes behind the head: the head may still have room for small ones.
      c->next = a->head->next;
      a->head->next = c;
    } else {
      c->next = a->head;
      a->head = c;
    }
  }
  void *p = c->bytes + c->used;
  c->used += need;
  a->used += n;
  return p;
}

void *arena_array(struct arena *a, size_t n, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(n, size, &bytes)) abort();
  return arena_alloc(a, bytes);
}

str arena_str(struct arena *a, str s) {
  if (!s.p) return STR_NULL;
  return (str){arena_z(a, s), s.n};
}

char *arena_z(struct arena *a, str s) {
  char *p = arena_alloc(a, s.n + 1);
  if (s.n) memcpy(p, s.p, s.n);
  return p;
}

str arena_fmt(struct arena *a, const char *fmt, ...) {
  if (!fmt) abort();
  va_list ap, again;
  va_start(ap, fmt);
  va_copy(again, ap);
  int n = vsnprintf(NULL, 0, fmt, ap);
  va_end(ap);
  if (n < 0) abort();
  char *p = arena_alloc(a, (size_t)n + 1);
  vsnprintf(p, (size_t)n + 1, fmt, again);
  va_end(again);
  return (str){p, (size_t)n};
}
