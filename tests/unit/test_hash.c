// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "base/hash.h"
#include "unit.h"

static void assert_hex(hash h, const char *expected) {
  AUTO(buf_release) struct buf b = BUF(64);
  hash_put_hex(&b, &h);
  assert_buf(&b, expected);
}

// FIPS 180-4 examples.
static void sha256(void **state) {
  (void)state;
  const char *abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  assert_hex(hash_of(S("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  assert_hex(hash_of(STR_NULL), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  assert_hex(hash_of(S("abc")), abc);
  assert_hex(hash_of2(S("a"), S("bc")), abc);
  assert_hex(hash_of3(S("a"), S(""), S("bc")), abc);
  assert_hex(hash_of(S("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
             "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  hash h, a = hash_of(S("abc")), b = hash_of(S("abd"));
  assert_true(hash_parse_hex(str_of(abc), &h) && hash_eq(&h, &a) && !hash_eq(&a, &b));
  assert_true(str_eq(hash_str(&h), (str){(char *)a.b, 32}));
  char upper[65];
  memcpy(upper, abc, 65);
  upper[0] = 'B';
  assert_false(hash_parse_hex(str_of(upper), &h));
  assert_false(hash_parse_hex(str_sub(str_of(abc), 0, 63), &h));
  assert_false(hash_parse_hex(S(""), &h));
  assert_true(hash_eq(&h, &a));
}

// RFC 4648 section 10, and what a strict reader refuses.
static void base64(void **state) {
  (void)state;
  static const struct {
    const char *plain, *text;
  } cases[] = {{"", ""},
               {"f", "Zg=="},
               {"fo", "Zm8="},
               {"foo", "Zm9v"},
               {"foob", "Zm9vYg=="},
               {"fooba", "Zm9vYmE="},
               {"foobar", "Zm9vYmFy"},
               {"\xfb\xff", "+/8="}};
  for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
    AUTO(buf_release) struct buf b = BUF(100), back = BUF(100);
    base64_put(&b, str_of(cases[i].plain));
    assert_buf(&b, cases[i].text);
    assert_true(base64_parse(buf_str(&b), &back));
    assert_buf(&back, cases[i].plain);
  }
  AUTO(buf_release) struct buf out = BUF(100);
  static const char *const wrong[] = {"Z", "Zg", "Zg=", "Zh==", "Zg===", "Zm9v\n", " Zm9v", "Zm-v", "Zm9vZg==Zm9v", "=", "Zm9*"};
  for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
    if (base64_parse(str_of(wrong[i]), &out)) fail_msg("%s", wrong[i]);
  assert_buf(&out, "");
  base64url_put(&out, S("\xfb\xff"));
  assert_buf(&out, "-_8");
  AUTO(buf_release) struct buf back = BUF(2), small = BUF(1);
  assert_true(base64url_parse(S("-_8"), &back));
  assert_buf(&back, "\xfb\xff");
  assert_false(base64url_parse(S("-_8="), &back));
  assert_false(base64url_parse(S("+/8"), &back));
  assert_false(base64url_parse(S("-_8"), &small));
}

// A decoder that computes with signed characters takes some bytes above ASCII for letters: two texts for one value.
static void base64_takes_no_byte_beside_its_letters(void **state) {
  (void)state;
  static const char url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  for (int c = 0; c < 256; c++) {
    char text[] = {'A', (char)c, 'A', 'A'};
    AUTO(buf_release) struct buf a = BUF(100), b = BUF(100);
    bool letter = c && strchr(url, c), standard = c && (strchr("+/", c) || (letter && c != '-' && c != '_'));
    if (base64url_parse((str){text, 4}, &a) != letter || base64_parse((str){text, 4}, &b) != standard) fail_msg("byte %d", c);
  }
}

static void base64_of_any_length_comes_back(void **state) {
  (void)state;
  struct gen g = {10};
  for (int round = 0; round < 500; round++) {
    char bytes[700];
    size_t n = gen_below(&g, sizeof bytes);
    for (size_t i = 0; i < n; i++) bytes[i] = (char)gen_u64(&g);
    AUTO(buf_release) struct buf a = BUF(2000), b = BUF(2000), back = BUF(2000);
    base64_put(&a, (str){bytes, n});
    base64url_put(&b, (str){bytes, n});
    assert_int_equal(a.n, (n + 2) / 3 * 4);
    assert_true(base64_parse(buf_str(&a), &back));
    assert_true(base64url_parse(buf_str(&b), &back));
    assert_int_equal(back.n, 2 * n);
    assert_true(str_eq(str_sub(buf_str(&back), 0, n), (str){bytes, n}));
    assert_true(str_eq(str_sub(buf_str(&back), n, n), (str){bytes, n}));
  }
}

// RFC 8032 section 7.1, test 2.
static void ed25519(void **state) {
  (void)state;
  hash seed, expected;
  assert_true(hash_parse_hex(S("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"), &seed));
  assert_true(hash_parse_hex(S("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"), &expected));
  uint8_t pub[SIGN_PUBLIC_LEN], sec[SIGN_SECRET_LEN], sig[SIGNATURE_LEN];
  sign_seed_keypair(seed.b, pub, sec);
  assert_memory_equal(pub, expected.b, SIGN_PUBLIC_LEN);
  sign_detached(sig, S("\x72"), sec);
  AUTO(buf_release) struct buf b = BUF(200);
  buf_hex(&b, sig, sizeof sig);
  assert_buf(
    &b,
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
  assert_true(sign_verify(sig, S("\x72"), pub));
  assert_false(sign_verify(sig, S("\x73"), pub));
  sig[5] ^= 1;
  assert_false(sign_verify(sig, S("\x72"), pub));
  sign_keypair(pub, sec);
  sign_detached(sig, STR_NULL, sec);
  assert_true(sign_verify(sig, S(""), pub));
}

static void passwords(void **state) {
  (void)state;
  char one[128], two[128];
  assert_true(password_hash(S("correct horse battery"), one));
  assert_true(password_hash(S("correct horse battery"), two));
  assert_string_not_equal(one, two);
  assert_true(str_starts(str_of(one), S("$argon2id$v=19$m=19456,t=2,p=1$")));
  assert_true(password_verify(S("correct horse battery"), one));
  assert_false(password_verify(S("correct horse batter"), one));
  assert_false(password_verify(STR_NULL, one));
  assert_false(password_verify(S("x"), ""));
  assert_false(password_verify(S("x"), "$argon2id$nonsense"));
  assert_false(password_weak(one));
  assert_true(password_weak("$argon2id$v=19$m=64,t=1,p=1$5SlMREf04mQEZgaYLgrPdA$KwCgMuJmZc2T4dZZ9Qcnzd4Wl+BTLWuo1QS6GymYhHY"));
}

static void secrets_and_chance(void **state) {
  (void)state;
  assert_true(secret_eq(S("abc"), S("abc")));
  assert_false(secret_eq(S("abc"), S("abd")));
  assert_false(secret_eq(S("abc"), S("ab")));
  assert_false(secret_eq(S("ab"), S("abc")));
  assert_true(secret_eq(STR_NULL, S("")));
  char buf[8] = "secret";
  secret_wipe(buf, sizeof buf);
  assert_memory_equal(buf, "\0\0\0\0\0\0\0", 8);
  assert_true(random_u64() != random_u64());
  uint8_t a[32], b[32];
  random_bytes(a, sizeof a);
  random_bytes(b, sizeof b);
  assert_memory_not_equal(a, b, sizeof a);
}

int main(void) {
  hash_setup();
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(sha256),
    cmocka_unit_test(base64),
    cmocka_unit_test(base64_of_any_length_comes_back),
    cmocka_unit_test(base64_takes_no_byte_beside_its_letters),
    cmocka_unit_test(ed25519),
    cmocka_unit_test(passwords),
    cmocka_unit_test(secrets_and_chance),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
