// SPDX-License-Identifier: Apache-2.0
// Expands SHAPE_FILE into the const tables of its shapes (see shape.h). Included many times on purpose: no guard.
#define SHAPE_CAT_(a, b) a##b
#define SHAPE_CAT(a, b) SHAPE_CAT_(a, b)
#define SHAPE_AT(f) .name = #f, .offset = offsetof(struct SELF, f)
#define SHAPE_MANY(f) SHAPE_AT(f), .count_offset = offsetof(struct SELF, n_##f)
#define SHAPE(text)                                        \
  static const char SHAPE_CAT(shape_help_, SELF)[] = text; \
  static const struct shape_field SHAPE_CAT(shape_fields_, SELF)[] = {
#define TEXT(f, ...) {SHAPE_AT(f), .kind = SHAPE_TEXT, __VA_ARGS__},
#define ID(f, ...) {SHAPE_AT(f), .kind = SHAPE_ID, __VA_ARGS__},
#define INT(f, ...) {SHAPE_AT(f), .kind = SHAPE_INT, __VA_ARGS__},
#define BOOL(f, ...) {SHAPE_AT(f), .kind = SHAPE_BOOL, __VA_ARGS__},
#define TRI(f, ...) {SHAPE_AT(f), .kind = SHAPE_TRI, __VA_ARGS__},
#define WORD(f, v, ...) {SHAPE_AT(f), .kind = SHAPE_WORD, .vocab = &vocab_##v, __VA_ARGS__},
#define MONEY(f, ...) {SHAPE_AT(f), .kind = SHAPE_MONEY, __VA_ARGS__},
#define RATIO(f, ...) {SHAPE_AT(f), .kind = SHAPE_RATIO, __VA_ARGS__},
#define REAL(f, ...) {SHAPE_AT(f), .kind = SHAPE_REAL, __VA_ARGS__},
#define DATE(f, ...) {SHAPE_AT(f), .kind = SHAPE_DATE, __VA_ARGS__},
#define TIME(f, ...) {SHAPE_AT(f), .kind = SHAPE_TIME, __VA_ARGS__},
#define FACT(f, ...) {SHAPE_AT(f), .kind = SHAPE_FACT, __VA_ARGS__},
#define OBJECT(f, s, ...) {SHAPE_AT(f), .kind = SHAPE_OBJECT, .sub = &shape_##s, __VA_ARGS__},
#define LIST(f, s, ...) {SHAPE_MANY(f), .kind = SHAPE_LIST, .sub = &shape_##s, __VA_ARGS__},
#define TEXTS(f, ...) {SHAPE_MANY(f), .kind = SHAPE_TEXTS, __VA_ARGS__},
#define WORDS(f, v, ...) {SHAPE_MANY(f), .kind = SHAPE_WORDS, .vocab = &vocab_##v, __VA_ARGS__},
#define REASONS(f, ...) {SHAPE_MANY(f), .kind = SHAPE_REASONS, __VA_ARGS__},
#define END                                                                                                          \
  }                                                                                                                  \
  ;                                                                                                                  \
  const struct shape SHAPE_CAT(shape_, SELF) = {SHAPE_NAME(SELF), SHAPE_CAT(shape_help_, SELF), sizeof(struct SELF), \
                                                SHAPE_CAT(shape_fields_, SELF), (int)ARRAY_LEN(SHAPE_CAT(shape_fields_, SELF))};
#define ANSWER
#include SHAPE_FILE
#include "base/shape_undef.h"
