// SPDX-License-Identifier: Apache-2.0
// What every unit test includes: cmocka in the order it wants, slices compared with a readable message, and a seeded generator
// for property tests. A failing property prints its round, so that it can be run again.
#ifndef ENTENTE_TESTS_UNIT_H
#define ENTENTE_TESTS_UNIT_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/str.h"

static inline void check_str(str actual, str expected, const char *file, int line) {
  if (str_eq(actual, expected)) return;
  print_error("got      \"%.*s\"\nexpected \"%.*s\"\n", STR_ARG(actual), STR_ARG(expected));
  _fail(file, line);
}
#define assert_str(actual, expected) check_str((actual), str_of(expected), __FILE__, __LINE__)
#define assert_buf(b, expected) check_str(buf_str(b), str_of(expected), __FILE__, __LINE__)

// splitmix64: the same numbers on every machine.
struct gen {
  uint64_t state;
};
static inline uint64_t gen_u64(struct gen *g) {
  uint64_t z = g->state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}
// 0 ... n - 1
static inline uint64_t gen_below(struct gen *g, uint64_t n) { return gen_u64(g) % n; }
// Numbers of every size, so that edges are met: a random count of low bits.
static inline int64_t gen_int64(struct gen *g) {
  uint64_t v = gen_u64(g) >> gen_below(g, 64);
  return gen_below(g, 2) ? (int64_t)v : -(int64_t)(v >> 1);
}
#endif
