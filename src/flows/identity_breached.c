// SPDX-License-Identifier: Apache-2.0
// Passwords that were stolen elsewhere: a file of SHA-1 hashes in order, one a line as HASH:COUNT, as it can be downloaded (tens of
// gigabytes). It is searched where it lies: each step reads one line in the middle, so that memory stays the same whatever its size.
// SHA-1 (FIPS 180-4) is here because the file is made with it; it protects nothing, and nothing else may use it.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "flows/identity.h"

enum { SHA1_LEN = 20, DIGITS = SHA1_LEN * 2, LINE_MAX_BYTES = 128 };

struct breached {
  int fd;
  int64_t size;
};

// ---- SHA-1

static uint32_t rotate(uint32_t x, int n) { return x << n | x >> (32 - n); }

static void sha1_block(uint32_t h[5], const uint8_t *p) {
  uint32_t w[80], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
  for (int i = 0; i < 16; i++)
    w[i] = (uint32_t)p[4 * i] << 24 | (uint32_t)p[4 * i + 1] << 16 | (uint32_t)p[4 * i + 2] << 8 | p[4 * i + 3];
  for (int i = 16; i < 80; i++) w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
  for (int i = 0; i < 80; i++) {
    uint32_t f = i < 20 ? (b & c) | (~b & d) : i < 40 || i >= 60 ? b ^ c ^ d : (b & c) | (b & d) | (c & d);
    uint32_t k = i < 20 ? 0x5a827999 : i < 40 ? 0x6ed9eba1 : i < 60 ? 0x8f1bbcdc : 0xca62c1d6;
    uint32_t next = rotate(a, 5) + f + e + k + w[i];
    e = d;
    d = c;
    c = rotate(b, 30);
    b = a;
    a = next;
  }
  h[0] += a;
  h[1] += b;
  h[2] += c;
  h[3] += d;
  h[4] += e;
  secret_wipe(w, sizeof w);
}

static void sha1_hex(str s, char out[DIGITS + 1]) {
  uint32_t h[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  size_t whole = s.n / 64 * 64, left = s.n - whole, tail = left < 56 ? 64 : 128;
  uint8_t last[128] = {0};
  for (size_t i = 0; i < whole; i += 64) sha1_block(h, (const uint8_t *)s.p + i);
  if (left) memcpy(last, s.p + whole, left);
  last[left] = 0x80;
  for (int i = 0; i < 8; i++) last[tail - 1 - (size_t)i] = (uint8_t)((uint64_t)s.n * 8 >> (8 * i));
  for (size_t i = 0; i < tail; i += 64) sha1_block(h, last + i);
  secret_wipe(last, sizeof last);
  for (int i = 0; i < 5; i++) snprintf(out + 8 * i, 9, "%08X", h[i]);
}

// ---- the file

// Bytes from `at`, fewer at the end of the file. -1: the file cannot be read.
static ssize_t read_at(const struct breached *b, int64_t at, char *out, size_t max) {
  size_t n = 0;
  while (n < max) {
    ssize_t got = pread(b->fd, out + n, max - n, at + (int64_t)n);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -1;
    if (got == 0) break;
    n += (size_t)got;
  }
  return (ssize_t)n;
}

static bool is_hash(const char *p) {
  for (int i = 0; i < DIGITS; i++)
    if (!((p[i] >= '0' && p[i] <= '9') || (p[i] >= 'A' && p[i] <= 'F'))) return false;
  return true;
}

// The first line that begins at or after `at`. *ret_next: where the one after it begins; *ret_at -1: there is none.
static enum err line_from(const struct breached *b, int64_t at, char digits[DIGITS + 1], int64_t *ret_at, int64_t *ret_next) {
  char chunk[2 * LINE_MAX_BYTES];
  int64_t from = at ? at - 1 : 0;  // the byte before tells whether a line begins here
  ssize_t n = read_at(b, from, chunk, sizeof chunk);
  if (n < 0) return ERR_IO;
  str rest = {chunk, (size_t)n};
  if (at) {
    ptrdiff_t end = str_find(rest, '\n');
    if (end < 0 && (size_t)n == sizeof chunk) return ERR_CORRUPT;
    rest = end < 0 ? STR_NULL : str_sub(rest, (size_t)end + 1, SIZE_MAX);
  }
  *ret_at = -1;
  if (!rest.n) return ERR_OK;
  if (rest.n < DIGITS + 1 || !is_hash(rest.p) || (rest.p[DIGITS] != ':' && rest.p[DIGITS] != '\r' && rest.p[DIGITS] != '\n'))
    return ERR_CORRUPT;
  memcpy(digits, rest.p, DIGITS);
  digits[DIGITS] = 0;
  *ret_at = from + (rest.p - chunk);
  ptrdiff_t end = str_find(rest, '\n');
  if (end < 0 && (size_t)n == sizeof chunk) return ERR_CORRUPT;
  *ret_next = end < 0 ? b->size : *ret_at + end + 1;
  return ERR_OK;
}

enum err breached_has(const struct breached *b, str password, bool *ret_found, int *ret_reads) {
  char wanted[DIGITS + 1], digits[DIGITS + 1];
  sha1_hex(password, wanted);
  int64_t low = 0, high = b->size;  // the line, if any, begins in [low, high)
  bool found = false;
  *ret_reads = 0;
  while (!found && low < high) {
    int64_t middle = low + (high - low) / 2, at = 0, next = 0;
    ++*ret_reads;
    TRY(line_from(b, middle, digits, &at, &next));
    int order = at < 0 || at >= high ? -1 : strcmp(wanted, digits);
    if (order == 0) found = true;
    if (order < 0) high = middle;
    if (order > 0) low = next;
  }
  secret_wipe(wanted, sizeof wanted);
  *ret_found = found;
  return ERR_OK;
}

// Some lines over the whole file: a list in another order or another form would find nothing, and nobody would know.
static bool plausible(const struct breached *b) {
  char before[DIGITS + 1] = "", digits[DIGITS + 1];
  enum { PROBES = 64 };
  int lines = 0;
  for (int64_t i = 0, last = -1; i <= PROBES; i++) {
    int64_t at = 0, next = 0;
    if (line_from(b, b->size / PROBES * i, digits, &at, &next)) return false;
    if (at < 0 || at == last) continue;
    if (strcmp(before, digits) >= 0) return false;
    memcpy(before, digits, sizeof before);
    last = at;
    lines++;
  }
  return lines > 0;
}

enum err breached_open(const char *path, struct buf *message, struct breached **ret) {
  struct breached b = {.fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)};
  struct stat st;
  if (b.fd < 0 || fstat(b.fd, &st) || !S_ISREG(st.st_mode)) {
    buf_fmt(message, "cannot read the list of breached passwords %s: %s", path, b.fd < 0 ? strerrordesc_np(errno) : "not a file");
    if (b.fd >= 0) close(b.fd);
    return ERR_IO;
  }
  b.size = st.st_size;
  if (!plausible(&b)) {
    buf_fmt(message, "%s is no list of breached passwords: lines HASH:COUNT are expected, SHA-1 in capital digits, in order",
            path);
    close(b.fd);
    return ERR_INVALID;
  }
  struct breached *kept = malloc(sizeof *kept);
  if (!kept) abort();
  *kept = b;
  *ret = kept;
  return ERR_OK;
}

void breached_close(struct breached *b) {
  if (!b) return;
  close(b->fd);
  free(b);
}
