// SPDX-License-Identifier: Apache-2.0
#include "base/id.h"

#include <assert.h>
#include <pthread.h>

#include "base/clock.h"
#include "base/hash.h"

enum { LOW_BITS = 21, DIGITS = 13 };
#define EPOCH_MS INT64_C(1577836800000)  // 2020-01-01T00:00:00Z
#define MAX_MS ((INT64_C(1) << 42) - 1)  // reached in the year 2159

static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";  // Crockford: no i l o u

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static id64 last;
static uint64_t seed_state;  // 0: low bits are random

// One step of splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
static uint64_t seeded_next(void) {
  uint64_t z = seed_state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

id64 id_new(void) {
  int64_t ms = clock_now() / 1000 - EPOCH_MS;
  ms = ms < 0 ? 0 : ms > MAX_MS ? MAX_MS : ms;
  pthread_mutex_lock(&lock);
  // Within one millisecond, or after the clock was set back, count on; the carry into the time bits is harmless.
  id64 id = last + 1;
  if (ms > last >> LOW_BITS) {
    uint64_t low = (seed_state ? seeded_next() : random_u64()) & ((1 << LOW_BITS) - 1);
    id = (ms << LOW_BITS) | (int64_t)low;
  }
  assert(id > 0);
  last = id;
  pthread_mutex_unlock(&lock);
  return id;
}

void id_seed(uint64_t seed) {
  pthread_mutex_lock(&lock);
  seed_state = seed;
  last = 0;
  pthread_mutex_unlock(&lock);
}

static void digits_of(char out[DIGITS], id64 id) {
  for (int i = DIGITS; i-- > 0; id >>= 5) out[i] = alphabet[id & 31];
}

void id_put(struct buf *b, const char *prefix, id64 id) {
  char digits[DIGITS];
  digits_of(digits, id);
  buf_putz(b, prefix);
  buf_putc(b, '_');
  buf_put(b, (str){digits, DIGITS});
}

const char *id_z(char out[ID_TEXT_MAX], const char *prefix, id64 id) {
  size_t n = strlen(prefix);
  assert(n + 1 + DIGITS + 1 <= ID_TEXT_MAX);
  memcpy(out, prefix, n);
  out[n] = '_';
  digits_of(out + n + 1, id);
  out[n + 1 + DIGITS] = '\0';
  return out;
}

static bool digits_parse(str s, id64 *ret) {
  uint64_t v = 0;
  if (s.p[0] > '7') return false;  // 13 digits hold 65 bits; an id has 63
  for (size_t i = 0; i < s.n; i++) {
    const char *at = s.p[i] ? strchr(alphabet, s.p[i]) : NULL;
    if (!at) return false;
    v = v << 5 | (uint64_t)(at - alphabet);
  }
  if (!v) return false;
  *ret = (id64)v;
  return true;
}

static bool prefix_valid(str s) {
  if (!s.n || s.p[0] < 'a' || s.p[0] > 'z') return false;
  for (size_t i = 1; i < s.n; i++) {
    char c = s.p[i];
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')) return false;
  }
  return true;
}

bool id_parse_any(str text, str *ret_prefix, id64 *ret_id) {
  if (text.n < DIGITS + 2 || text.n >= ID_TEXT_MAX) return false;
  str prefix = str_sub(text, 0, text.n - DIGITS - 1);
  if (text.p[prefix.n] != '_' || !prefix_valid(prefix)) return false;
  if (!digits_parse(str_sub(text, prefix.n + 1, DIGITS), ret_id)) return false;
  *ret_prefix = prefix;
  return true;
}

bool id_parse(str text, const char *prefix, id64 *ret_id) {
  str found;
  id64 id;
  if (!id_parse_any(text, &found, &id) || !str_eqz(found, prefix)) return false;
  *ret_id = id;
  return true;
}
