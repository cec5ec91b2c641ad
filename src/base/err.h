// SPDX-License-Identifier: Apache-2.0
// Errors: a small enum travels up, the text is set once at the source in a `problem` (RFC 9457).
// Fallible functions return enum err, are MUST_USE, put outputs last (ret_*) and leave them untouched on failure.
// The table of codes (src/base/problems.def: code, HTTP status, three languages) is the only place with texts.
// Example: return problem_field(pb, "/amount", P_MONEY_DECIMALS, S("EUR"), S("2"));
#ifndef ENTENTE_BASE_ERR_H
#define ENTENTE_BASE_ERR_H
#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

enum err {
  ERR_OK = 0,
  ERR_INVALID,    // 400 / 422: the input; problem has field errors
  ERR_DENIED,     // 401 / 403
  ERR_NOT_FOUND,  // 404: missing or hidden, the same bytes
  ERR_CONFLICT,   // 409 / 412: state, stale version, idempotency in flight
  ERR_LIMIT,      // 413 / 429
  ERR_BUSY,       // 503: try again
  ERR_IO,         // 500 / 503: disk, network
  ERR_CORRUPT,    // 500: stored data contradicts itself
  ERR_RETRY,      // inside db only: serialization failure, run the transaction again
};

enum lang { LANG_EN, LANG_ZH, LANG_RU, LANG_COUNT };
enum lang lang_of(str tag);         // "zh-CN" -> LANG_ZH; unknown -> LANG_EN
const char *lang_tag(enum lang l);  // "en", "zh", "ru"

// A text in the three languages; T() makes a missing one a compile error.
struct text {
  const char *in[LANG_COUNT];
};
#define T(en, zh, ru) ((struct text){{"" en "", "" zh "", "" ru ""}})
// clang-format off
#define T_INIT(en, zh, ru) {{"" en "", "" zh "", "" ru ""}}
// clang-format on

// Problem codes: X(NAME, http_status, err, "en", "zh", "ru"). Texts may hold {1} {2}, the arguments in order, and {=1} {=2},
// the same said in the reader's language where they are words of ours (phrases.def).
enum problem_code {
  P_NONE,
#define X(name, status, err, en, zh, ru) P_##name,
#include "base/problems.def"
#undef X
  P_COUNT
};

struct problem_field_error {
  str pointer;  // JSON pointer (RFC 6901) into the body, or "?name" for a query parameter
  enum problem_code code;
  str args[2];
  struct problem_field_error *next;
};

// One per request, zeroed but for the arena at the start. The first code set stays; field errors add up (at most 50). Arguments
// are copied into the arena; without one only codes are kept.
struct problem {
  struct arena *arena;
  enum problem_code code;
  str args[2];
  struct problem_field_error *fields, **tail;
  int nfields;
};

const char *problem_name(enum problem_code c);  // "money_decimals": lower_snake of NAME, the API's `code`
int problem_status(enum problem_code c);        // HTTP status
enum err problem_err(enum problem_code c);
void problem_text(struct buf *b, enum problem_code c, const str args[2], enum lang l);

// Sets the problem (if none is set yet) and returns its err. pb may be NULL (then only the err is returned).
enum err problem_set(struct problem *pb, enum problem_code c, str a1, str a2);
#define problem_set0(pb, c) problem_set((pb), (c), STR_NULL, STR_NULL)
#define problem_set1(pb, c, a) problem_set((pb), (c), (a), STR_NULL)
// Adds a field error; the problem itself becomes P_INVALID_FIELDS. pointer and args are copied. Returns ERR_INVALID.
enum err problem_field(struct problem *pb, str pointer, enum problem_code c, str a1, str a2);

// Internal failures: logs nothing, keeps a reason for the structured log only (never for the caller).
#define TRY(expr)                  \
  do {                             \
    enum err try_err_ = (expr);    \
    if (try_err_) return try_err_; \
  } while (0)
#endif
