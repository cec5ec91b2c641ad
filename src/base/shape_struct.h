// SPDX-License-Identifier: Apache-2.0
// Expands SHAPE_FILE into structs and declarations of their shapes (see shape.h). Included many times on purpose: no guard.
#define SHAPE_CAT_(a, b) a##b
#define SHAPE_CAT(a, b) SHAPE_CAT_(a, b)
#define SHAPE(...)                                   \
  extern const struct shape SHAPE_CAT(shape_, SELF); \
  struct SELF {
#define END \
  }         \
  ;
#define TEXT(f, ...) str f;
#define ID(f, ...) str f;
#define INT(f, ...) int64_t f;
#define BOOL(f, ...) bool f;
#define TRI(f, ...) enum tristate f;
#define WORD(f, v, ...) int f;
#define MONEY(f, ...) money f;
#define RATIO(f, ...) ratio f;
#define REAL(f, ...) double f;
#define DATE(f, ...) uday f;
#define TIME(f, ...) utime f;
#define FACT(f, ...) struct fact f;
#define OBJECT(f, s, ...) const struct s *f;
#define LIST(f, s, ...) \
  const struct s *f;    \
  size_t n_##f;
#define TEXTS(f, ...) \
  const str *f;       \
  size_t n_##f;
#define WORDS(f, v, ...) \
  const int *f;          \
  size_t n_##f;
#define REASONS(f, ...)   \
  const struct reason *f; \
  size_t n_##f;
#define ANSWER struct answer answer;
#include SHAPE_FILE
#include "base/shape_undef.h"
