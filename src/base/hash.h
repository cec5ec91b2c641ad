// SPDX-License-Identifier: Apache-2.0
// Hashes, randomness, signatures, encodings: thin names over libsodium, so that nothing else includes it.
#ifndef ENTENTE_BASE_HASH_H
#define ENTENTE_BASE_HASH_H
#include "base/buf.h"
enum { HASH_LEN = 32, SIGN_PUBLIC_LEN = 32, SIGN_SECRET_LEN = 64, SIGNATURE_LEN = 64 };
typedef struct hash {
  uint8_t b[HASH_LEN];
} hash;
void hash_setup(void);        // once, before threads
hash hash_of(str bytes);      // SHA-256 (FIPS 180-4)
hash hash_of2(str a, str b);  // SHA-256 of a || b
hash hash_of3(str a, str b, str c);
bool hash_eq(const hash *a, const hash *b);  // constant time
str hash_str(const hash *h);                 // the 32 bytes
void hash_put_hex(struct buf *b, const hash *h);
bool hash_parse_hex(str s, hash *ret);  // 64 lower-case digits
void random_bytes(void *out, size_t n);
uint64_t random_u64(void);
void base64_put(struct buf *b, str bytes);     // standard alphabet, padded (RFC 4648 s4)
bool base64_parse(str s, struct buf *out);     // appends; false, nothing written: not canonical, or does not fit
void base64url_put(struct buf *b, str bytes);  // no padding
bool base64url_parse(str s, struct buf *out);
bool secret_eq(str a, str b);  // constant time in the content
void secret_wipe(void *p, size_t n);
void sign_keypair(uint8_t pub[SIGN_PUBLIC_LEN], uint8_t sec[SIGN_SECRET_LEN]);
void sign_seed_keypair(const uint8_t seed[32], uint8_t pub[SIGN_PUBLIC_LEN], uint8_t sec[SIGN_SECRET_LEN]);
void sign_detached(uint8_t sig[SIGNATURE_LEN], str msg, const uint8_t sec[SIGN_SECRET_LEN]);  // Ed25519 (RFC 8032)
bool sign_verify(const uint8_t sig[SIGNATURE_LEN], str msg, const uint8_t pub[SIGN_PUBLIC_LEN]);
bool password_hash(str password, char out[128]);  // argon2id, t=2, 19 MiB (OWASP minimum); false: no memory
bool password_verify(str password, const char *hashed);
bool password_weak(const char *hashed);  // made at another cost than password_hash would now
#endif
