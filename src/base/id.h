// SPDX-License-Identifier: Apache-2.0
// Record ids: 63-bit, time-ordered, made by the server. Layout: 42 bits milliseconds since 2020-01-01 UTC, 21 bits counter/random.
// Text form: PREFIX "_" 13 Crockford base32 digits, lower case ("deal_00h8x2k4m7q1z"). Reading is strict: canonical form only.
// A prefix is lower_snake, at most 25 bytes.
#ifndef ENTENTE_BASE_ID_H
#define ENTENTE_BASE_ID_H
#include "base/buf.h"
typedef int64_t id64;  // > 0; 0 means none
// Unique in this process, ascending; thread-safe. Another process on the same database starts from random low bits.
id64 id_new(void);
// Tests and the demo: deterministic ids from now on (time from clock.h, low bits from the seed); 0: random again.
void id_seed(uint64_t seed);
void id_put(struct buf *b, const char *prefix, id64 id);
enum { ID_TEXT_MAX = 40 };
const char *id_z(char out[ID_TEXT_MAX], const char *prefix, id64 id);
bool id_parse(str text, const char *prefix, id64 *ret_id);  // false: another prefix, wrong digits, zero or overflow
bool id_parse_any(str text, str *ret_prefix, id64 *ret_id);
#endif
