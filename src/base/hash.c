// SPDX-License-Identifier: Apache-2.0
#include "base/hash.h"

#include <sodium.h>
#include <stdlib.h>

_Static_assert(HASH_LEN == crypto_hash_sha256_BYTES, "SHA-256");
_Static_assert(SIGN_PUBLIC_LEN == crypto_sign_PUBLICKEYBYTES, "Ed25519 public key");
_Static_assert(SIGN_SECRET_LEN == crypto_sign_SECRETKEYBYTES, "Ed25519 secret key");
_Static_assert(SIGNATURE_LEN == crypto_sign_BYTES, "Ed25519 signature");
_Static_assert(crypto_pwhash_STRBYTES == 128, "size of a stored password hash");

// OWASP password storage: argon2id with 19 MiB and two passes (about 25 ms).
enum { PASSWORD_OPS = 2, PASSWORD_MEMORY = 19 * 1024 * 1024 };

void hash_setup(void) {
  if (sodium_init() < 0) abort();  // no entropy: nothing this program does would be safe
}

static const unsigned char *bytes_of(str s) { return (const unsigned char *)(s.p ? s.p : ""); }

hash hash_of3(str a, str b, str c) {
  crypto_hash_sha256_state state;
  hash h;
  crypto_hash_sha256_init(&state);
  crypto_hash_sha256_update(&state, bytes_of(a), a.n);
  crypto_hash_sha256_update(&state, bytes_of(b), b.n);
  crypto_hash_sha256_update(&state, bytes_of(c), c.n);
  crypto_hash_sha256_final(&state, h.b);
  return h;
}

hash hash_of2(str a, str b) { return hash_of3(a, b, STR_NULL); }

hash hash_of(str bytes) { return hash_of3(bytes, STR_NULL, STR_NULL); }

bool hash_eq(const hash *a, const hash *b) { return sodium_memcmp(a->b, b->b, HASH_LEN) == 0; }

str hash_str(const hash *h) { return (str){(const char *)h->b, HASH_LEN}; }

void hash_put_hex(struct buf *b, const hash *h) { buf_hex(b, h->b, HASH_LEN); }

static int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

bool hash_parse_hex(str s, hash *ret) {
  if (s.n != 2 * HASH_LEN) return false;
  hash h;
  for (size_t i = 0; i < HASH_LEN; i++) {
    int high = hex_digit(s.p[2 * i]), low = hex_digit(s.p[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    h.b[i] = (uint8_t)(high * 16 + low);
  }
  *ret = h;
  return true;
}

void random_bytes(void *out, size_t n) { randombytes_buf(out, n); }

uint64_t random_u64(void) {
  uint64_t v;
  randombytes_buf(&v, sizeof v);
  return v;
}

static void encode(struct buf *b, str bytes, int variant) {
  enum { GROUPS = 192 };  // encoded piece by piece through the stack; whole groups of three need no padding in between
  char text[GROUPS / 3 * 4 + 1];
  while (bytes.n) {
    size_t n = bytes.n < GROUPS ? bytes.n : GROUPS;
    sodium_bin2base64(text, sizeof text, bytes_of(bytes), n, variant);
    buf_putz(b, text);
    bytes = str_sub(bytes, n, bytes.n);
  }
}

static bool ascii(str s) {
  for (size_t i = 0; i < s.n; i++)
    if ((unsigned char)s.p[i] >= 0x80) return false;
  return true;
}

static bool decode(str s, struct buf *out, int variant) {
  if (!ascii(s)) return false;  // libsodium 1.0.18 takes some bytes above it for letters of the alphabet
  size_t max = s.n / 4 * 3 + 3, n;
  unsigned char *bytes = malloc(max);
  if (!bytes) abort();
  const char *end = NULL;
  int failed = sodium_base642bin(bytes, max, s.p ? s.p : "", s.n, NULL, &n, &end, variant);
  bool good = !failed && end == (s.p ? s.p : "") + s.n;
  if (good) buf_put(out, (str){(const char *)bytes, n});
  sodium_memzero(bytes, max);  // tokens and keys come this way
  free(bytes);
  return good && !out->full;
}

void base64_put(struct buf *b, str bytes) { encode(b, bytes, sodium_base64_VARIANT_ORIGINAL); }

bool base64_parse(str s, struct buf *out) { return decode(s, out, sodium_base64_VARIANT_ORIGINAL); }

void base64url_put(struct buf *b, str bytes) { encode(b, bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING); }

bool base64url_parse(str s, struct buf *out) { return decode(s, out, sodium_base64_VARIANT_URLSAFE_NO_PADDING); }

bool secret_eq(str a, str b) { return a.n == b.n && sodium_memcmp(bytes_of(a), bytes_of(b), a.n) == 0; }

void secret_wipe(void *p, size_t n) { sodium_memzero(p, n); }

void sign_keypair(uint8_t pub[SIGN_PUBLIC_LEN], uint8_t sec[SIGN_SECRET_LEN]) { crypto_sign_keypair(pub, sec); }

void sign_seed_keypair(const uint8_t seed[32], uint8_t pub[SIGN_PUBLIC_LEN], uint8_t sec[SIGN_SECRET_LEN]) {
  crypto_sign_seed_keypair(pub, sec, seed);
}

void sign_detached(uint8_t sig[SIGNATURE_LEN], str msg, const uint8_t sec[SIGN_SECRET_LEN]) {
  crypto_sign_detached(sig, NULL, bytes_of(msg), msg.n, sec);
}

bool sign_verify(const uint8_t sig[SIGNATURE_LEN], str msg, const uint8_t pub[SIGN_PUBLIC_LEN]) {
  return crypto_sign_verify_detached(sig, bytes_of(msg), msg.n, pub) == 0;
}

bool password_hash(str password, char out[128]) {
  return crypto_pwhash_str_alg(out, password.p ? password.p : "", password.n, PASSWORD_OPS, PASSWORD_MEMORY,
                               crypto_pwhash_ALG_ARGON2ID13) == 0;
}

bool password_verify(str password, const char *hashed) {
  return crypto_pwhash_str_verify(hashed, password.p ? password.p : "", password.n) == 0;
}

bool password_weak(const char *hashed) { return crypto_pwhash_str_needs_rehash(hashed, PASSWORD_OPS, PASSWORD_MEMORY) != 0; }
