// SPDX-License-Identifier: Apache-2.0
// Slices: how text and bytes are read everywhere.
// A `str` borrows: it never owns its bytes, may be empty, may contain NUL, is not terminated. Threading: plain values.
// Example: if (str_eq(key, S("name"))) ...; printf("%.*s", STR_ARG(key));
#ifndef ENTENTE_BASE_STR_H
#define ENTENTE_BASE_STR_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct str {
  const char *p;  // NULL only when n == 0; STR_NULL means "no value" where a column may be NULL
  size_t n;       // bytes
} str;

#define S(lit) ((str){"" lit "", sizeof(lit) - 1})
#define STR_NULL ((str){NULL, 0})
#define STR_ARG(s) (int)(s).n, (s).p ? (s).p : ""

str str_of(const char *z);  // slice of a C string; NULL gives STR_NULL
bool str_eq(str a, str b);  // same bytes
bool str_eqz(str a, const char *z);
int str_cmp(str a, str b);  // byte order, <0 0 >0 (the order of every stable tie-break)
bool str_starts(str s, str prefix);
bool str_ends(str s, str suffix);
str str_trim(str s);                                          // ASCII blanks off both ends
str str_sub(str s, size_t from, size_t n);                    // clamped
ptrdiff_t str_find(str s, char c);                            // index or -1
bool str_cut(str s, char sep, str *ret_head, str *ret_tail);  // false: no separator, head = s, tail empty
bool str_to_int64(str s, int64_t *ret);  // decimal, optional '-', whole slice, no overflow; no '+', no blanks
bool str_to_uint64(str s, uint64_t *ret);

// Takes the next element of a list separated by `sep` off the front of *list; false when *list is used up. "a," has two elements,
// "" has one (empty), STR_NULL none.
bool str_next(str *list, char sep, str *ret_item);

// Runs cleanup(fn) at scope end: AUTO(buf_release) struct buf b = ...;
#define AUTO(fn) __attribute__((cleanup(fn)))
#define MUST_USE __attribute__((warn_unused_result))
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#endif
