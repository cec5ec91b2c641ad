// SPDX-License-Identifier: Apache-2.0
// Merkle trees against the reference data of RFC 6962's authors (the eight leaves used by the Certificate Transparency code), and against
// a tree computed from the definition. Signed notes against the published example of the format (https://c2sp.org/signed-note).
// Planted faults that were seen to fail here: the leaf's prefix, paths not reversed, `fn == sn` left out.
#include "trust/internal.h"
#include "unit.h"

static const struct {
  const char *bytes;
  size_t n;
} leaves[] = {{"", 0},
              {"\x00", 1},
              {"\x10", 1},
              {"\x20\x21", 2},
              {"\x30\x31", 2},
              {"\x40\x41\x42\x43", 4},
              {"\x50\x51\x52\x53\x54\x55\x56\x57", 8},
              {"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16}};

static const char *const roots[] = {"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                                    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                                    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                                    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                                    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                                    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                                    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                                    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                                    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

enum { LEAVES_MAX = 300 };
static hash leaf_hashes[LEAVES_MAX];

static hash reference_leaf(size_t i) { return merkle_leaf((str){leaves[i].bytes, leaves[i].n}); }

// MTH of RFC 6962 section 2.1, word for word.
static hash mth(const hash *d, size_t n) {
  if (n == 0) return hash_of(S(""));
  if (n == 1) return d[0];
  size_t k = 1;
  while (k * 2 < n) k *= 2;
  hash l = mth(d, k), r = mth(d + k, n - k);
  return merkle_node(&l, &r);
}

static enum err get(void *arg, int level, int64_t pos, hash *ret) {
  const hash *d = arg;
  size_t n = (size_t)1 << level;
  assert_true(((size_t)pos + 1) * n <= LEAVES_MAX);
  *ret = mth(d + (size_t)pos * n, n);
  return ERR_OK;
}

static void check_hex(const hash *h, const char *hex) {
  AUTO(buf_release) struct buf b = BUF(80);
  hash_put_hex(&b, h);
  assert_buf(&b, hex);
}

static void test_reference_roots(void **state) {
  (void)state;
  struct merkle_stack s = {0};
  for (size_t n = 0; n <= 8; n++) {
    hash root = merkle_stack_root(&s);
    check_hex(&root, roots[n]);
    if (n == 8) break;
    hash leaf = reference_leaf(n);
    assert_int_equal(merkle_append(&s, &leaf, NULL, NULL), ERR_OK);
  }
}

static void check_path(const hash *path, size_t n, const char *const *want, size_t nwant) {
  assert_int_equal(n, nwant);
  for (size_t i = 0; i < n; i++) check_hex(&path[i], want[i]);
}

static void test_reference_paths(void **state) {
  (void)state;
  hash d[8], path[MERKLE_PATH_MAX];
  size_t n;
  for (size_t i = 0; i < 8; i++) d[i] = reference_leaf(i);
  static const char *const first[] = {"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                                      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                                      "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"};
  assert_int_equal(merkle_inclusion_path(0, 8, get, d, path, &n), ERR_OK);
  check_path(path, n, first, 3);
  assert_int_equal(merkle_consistency_path(1, 8, get, d, path, &n), ERR_OK);
  check_path(path, n, first, 3);
  static const char *const six[] = {"0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                                    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                                    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"};
  assert_int_equal(merkle_consistency_path(6, 8, get, d, path, &n), ERR_OK);
  check_path(path, n, six, 3);
  static const char *const two[] = {"5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                                    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"};
  assert_int_equal(merkle_consistency_path(2, 5, get, d, path, &n), ERR_OK);
  check_path(path, n, two, 2);
}

static void make_leaves(void) {
  for (int i = 0; i < LEAVES_MAX; i++) {
    char text[16];
    int n = snprintf(text, sizeof text, "leaf %d", i);
    leaf_hashes[i] = merkle_leaf((str){text, (size_t)n});
  }
}

struct emitted {
  int64_t n;
};
static enum err emit(void *arg, int level, int64_t pos, const hash *h) {
  struct emitted *e = arg;
  hash want;
  assert_true(level >= 1);
  assert_int_equal(get(leaf_hashes, level, pos, &want), ERR_OK);
  assert_true(hash_eq(h, &want));
  e->n++;
  return ERR_OK;
}

static void test_append_equals_definition(void **state) {
  (void)state;
  struct merkle_stack s = {0};
  struct emitted e = {0};
  make_leaves();
  for (size_t i = 0; i < LEAVES_MAX; i++) {
    assert_int_equal(merkle_append(&s, &leaf_hashes[i], emit, &e), ERR_OK);
    hash want = mth(leaf_hashes, i + 1), got = merkle_stack_root(&s), at;
    assert_true(hash_eq(&want, &got));
    assert_int_equal(merkle_root_at((int64_t)i + 1, get, leaf_hashes, &at), ERR_OK);
    assert_true(hash_eq(&want, &at));
  }
  assert_int_equal(e.n, 150 + 75 + 37 + 18 + 9 + 4 + 2 + 1);
}

static void test_every_inclusion(void **state) {
  (void)state;
  hash path[MERKLE_PATH_MAX];
  size_t n;
  make_leaves();
  for (int64_t size = 1; size <= 70; size++) {
    hash root = mth(leaf_hashes, (size_t)size);
    for (int64_t i = 0; i < size; i++) {
      assert_int_equal(merkle_inclusion_path(i, size, get, leaf_hashes, path, &n), ERR_OK);
      assert_true(merkle_inclusion_check(leaf_hashes[i], i, size, path, n, root));
      assert_false(merkle_inclusion_check(leaf_hashes[i + 1], i, size, path, n, root));
      assert_false(merkle_inclusion_check(leaf_hashes[i], i, size, path, n, leaf_hashes[size]));
      if (size > 1) assert_false(merkle_inclusion_check(leaf_hashes[i], (i + 1) % size, size, path, n, root));
      if (n > 0) {
        assert_false(merkle_inclusion_check(leaf_hashes[i], i, size, path, n - 1, root));
        path[n - 1].b[3] ^= 1;
        assert_false(merkle_inclusion_check(leaf_hashes[i], i, size, path, n, root));
        path[n - 1].b[3] ^= 1;
      }
      path[n] = root;
      assert_false(merkle_inclusion_check(leaf_hashes[i], i, size, path, n + 1, root));
    }
    assert_int_equal(merkle_inclusion_path(size, size, get, leaf_hashes, path, &n), ERR_INVALID);
    assert_false(merkle_inclusion_check(leaf_hashes[0], size, size, path, 0, root));
    assert_false(merkle_inclusion_check(leaf_hashes[0], -1, size, path, 0, root));
  }
}

static void test_every_consistency(void **state) {
  (void)state;
  hash path[MERKLE_PATH_MAX];
  size_t n;
  make_leaves();
  for (int64_t to = 1; to <= 70; to++) {
    hash to_root = mth(leaf_hashes, (size_t)to);
    for (int64_t from = 1; from <= to; from++) {
      hash from_root = mth(leaf_hashes, (size_t)from);
      assert_int_equal(merkle_consistency_path(from, to, get, leaf_hashes, path, &n), ERR_OK);
      assert_true(merkle_consistency_check(from, from_root, to, to_root, path, n));
      assert_false(merkle_consistency_check(from, leaf_hashes[99], to, to_root, path, n));
      assert_false(merkle_consistency_check(from, from_root, to, leaf_hashes[99], path, n));
      path[n] = to_root;
      assert_false(merkle_consistency_check(from, from_root, to, to_root, path, n + 1));
      for (size_t i = 0; i < n; i++) {
        path[i].b[31] ^= 0x80;
        assert_false(merkle_consistency_check(from, from_root, to, to_root, path, n));
        path[i].b[31] ^= 0x80;
      }
      if (n > 0) assert_false(merkle_consistency_check(from, from_root, to, to_root, path, n - 1));
    }
    assert_int_equal(merkle_consistency_path(0, to, get, leaf_hashes, path, &n), ERR_INVALID);
    assert_int_equal(merkle_consistency_path(to + 1, to, get, leaf_hashes, path, &n), ERR_INVALID);
    assert_false(merkle_consistency_check(0, hash_of(S("")), to, to_root, path, 0));
    assert_false(merkle_consistency_check(to + 1, to_root, to, to_root, path, 0));
  }
}

static void test_published_note(void **state) {
  (void)state;
  static const char note[] =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n\n"
    "\xe2\x80\x94 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
  str name;
  uint8_t pub[SIGN_PUBLIC_LEN];
  AUTO(buf_release) struct buf again = BUF(256);
  assert_true(note_verifier_parse(S("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"), &name, pub));
  assert_str(name, "PeterNeumann");
  note_verifier(&again, name, pub);
  assert_buf(&again, "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
  assert_true(note_signed_by(str_of(note), name, pub));
  assert_false(note_signed_by(str_of(note), S("PeterNeuman"), pub));
  AUTO(buf_release) struct buf b = BUF(1024);
  size_t refused = 0;
  for (size_t i = 0; i < sizeof note - 1; i++) {
    buf_clear(&b);
    buf_put(&b, str_of(note));
    b.p[i] ^= 1;
    refused += !note_signed_by(buf_str(&b), name, pub);
  }
  assert_int_equal(refused, sizeof note - 1);
  assert_false(note_verifier_parse(S("PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"), &name, pub));
  assert_false(note_verifier_parse(S("PeterNeumann+c74f20a3"), &name, pub));
}

static void test_checkpoint_forms(void **state) {
  (void)state;
  struct audit_key k = {.name = "entente/test"};
  struct checkpoint cp;
  uint8_t seed[32] = {1};
  hash root = hash_of(S("x"));
  AUTO(buf_release) struct buf note = BUF(2048), origin = BUF(256);
  sign_seed_keypair(seed, k.pub, k.sec);
  note_origin(&origin, &k, 12345);
  note_checkpoint(&note, &k, buf_str(&origin), 77, &root);
  assert_true(checkpoint_parse(buf_str(&note), &cp));
  assert_int_equal(cp.size, 77);
  assert_true(hash_eq(&cp.root, &root));
  assert_true(str_eq(cp.origin, buf_str(&origin)));
  assert_true(note_signed_by(buf_str(&note), cp.origin, k.pub));
  k.pub[0] ^= 1;
  assert_false(note_signed_by(buf_str(&note), cp.origin, k.pub));
  static const char *const bad[] = {"",
                                    "\n",
                                    "\n\n",
                                    "a\n1\n\n",
                                    "a\n01\nx\n\n",
                                    "a\n-1\nLXEWQrcmsEQBYnyp9XjnqYDgM9Kv7AehkVVObO5hqYE=\n\n- x\n",
                                    "a\n1\nLXEWQrcmsEQBYnyp\n\n\xe2\x80\x94 a b\n",
                                    "\n1\nLXEWQrcmsEQBYnyp9XjnqYDgM9Kv7AehkVVObO5hqYE=\n\n\xe2\x80\x94 a b\n"};
  for (size_t i = 0; i < ARRAY_LEN(bad); i++) assert_false(checkpoint_parse(str_of(bad[i]), &cp));
}

int main(void) {
  hash_setup();
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_reference_roots),          cmocka_unit_test(test_reference_paths),
    cmocka_unit_test(test_append_equals_definition), cmocka_unit_test(test_every_inclusion),
    cmocka_unit_test(test_every_consistency),        cmocka_unit_test(test_published_note),
    cmocka_unit_test(test_checkpoint_forms),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
