// SPDX-License-Identifier: Apache-2.0
// Checkpoint and proof files. One hub key has signed exactly one checkpoint and lent its logs to one proof: any other text that passes as
// signed by it is a forgery. Input: a kind byte, then the file; the marks \x01 \x02 \x03 stand for the true note, key and proof.
// Planted: a note is taken for signed when only its signature line is right.
#include "base/json.h"
#include "fuzz.h"
#include "trust/internal.h"

static struct audit_key key;
static char origin[64] = "entente/fuzz/company_0000000000001";
static struct buf note = {.max = 4096}, vkey = {.max = 512}, proof = {.max = 64 * 1024};
static hash root;

// A tree of three leaves and the inclusion of its first one.
static void make_proof(void) {
  static const char leaf[] = "{\"at\":\"2026-11-22T09:30:00Z\",\"op\":\"create\",\"v\":1}";
  hash l[3] = {merkle_leaf(str_of(leaf)), merkle_leaf(S("b")), merkle_leaf(S("c"))}, left = merkle_node(&l[0], &l[1]);
  root = merkle_node(&left, &l[2]);
  note_checkpoint(&note, &key, str_of(origin), 3, &root);
  note_verifier(&vkey, str_of(origin), key.pub);
  struct jw w = JW(&proof);
  jw_object(&w);
  jw_key(&w, S("checkpoint")), jw_string(&w, buf_str(&note));
  jw_key(&w, S("entry")), jw_raw(&w, str_of(leaf));
  jw_key(&w, S("kind")), jw_string(&w, S("inclusion"));
  jw_key(&w, S("leaf")), jw_string(&w, str_of(leaf));
  AUTO(buf_release) struct buf b = BUF(100), c = BUF(100), d = BUF(100);
  base64_put(&b, hash_str(&l[0])), base64_put(&c, hash_str(&l[1])), base64_put(&d, hash_str(&l[2]));
  jw_key(&w, S("leaf_hash")), jw_string(&w, buf_str(&b));
  jw_key(&w, S("leaf_index")), jw_int(&w, 0);
  jw_key(&w, S("path")), jw_array(&w), jw_string(&w, buf_str(&c)), jw_string(&w, buf_str(&d)), jw_end_array(&w);
  jw_key(&w, S("public_key")), jw_string(&w, buf_str(&vkey));
  jw_key(&w, S("tree_size")), jw_int(&w, 3);
  jw_end_object(&w);
}

static void setup(void) {
  static bool ready;
  if (ready) return;
  ready = true;
  uint8_t seed[32] = {4, 2};
  hash_setup();
  sign_seed_keypair(seed, key.pub, key.sec);
  make_proof();
  AUTO(buf_release) struct buf why = BUF(1000);
  HOLDS(audit_proof_check(buf_str(&proof), &why));
}

static str text_of(str signed_note) {
  const char *end = memmem(signed_note.p, signed_note.n, "\n\n", 2);
  return end ? str_sub(signed_note, 0, (size_t)(end - signed_note.p) + 1) : STR_NULL;
}

static void check_note(str s) {
  struct checkpoint cp = {.size = -9};
  bool parsed = checkpoint_parse(s, &cp), good = note_signed_by(s, str_of(origin), key.pub);
  if (fuzz_planted() && s.n > 60 && memmem(s.p, s.n, note.p + note.n - 40, 40)) good = true;
  fuzz_feature(1, (unsigned)parsed * 2 + good);
  HOLDS(parsed || cp.size == -9);
  if (parsed) HOLDS(cp.size >= 0 && cp.origin.n > 0);
  if (good) HOLDS(str_eq(text_of(s), text_of(buf_str(&note))));
  if (good && parsed) HOLDS(cp.size == 3 && hash_eq(&cp.root, &root) && str_eqz(cp.origin, origin));
}

static void check_vkey(str s) {
  str name = S("untouched");
  uint8_t pub[SIGN_PUBLIC_LEN] = {0};
  bool ok = note_verifier_parse(s, &name, pub);
  fuzz_feature(2, ok);
  HOLDS(ok || str_eqz(name, "untouched"));
  if (!ok) return;
  AUTO(buf_release) struct buf b = BUF(70000);
  note_verifier(&b, name, pub);
  HOLDS(str_eq(buf_str(&b), s));
}

// What a good proof under our key says must be what we proved: it is the only tree the key has signed.
static void check_proof(str s) {
  AUTO(buf_release) struct buf why = BUF(2000);
  bool good = audit_proof_check(s, &why);
  HOLDS(why.n > 0);
  AUTO(json_release) json_t *o = NULL;
  if (!good) {
    fuzz_feature(3, (unsigned)(why.p[4] * 64 + why.p[9] + (int)why.n));
    return;
  }
  HOLDS(json_read(s, NULL, &o) == ERR_OK);
  if (!str_eq(json_str(json_object_get(o, "public_key")), buf_str(&vkey))) return;
  fuzz_feature(4, (unsigned)json_integer_value(json_object_get(o, "leaf_index")));
  HOLDS(str_eqz(json_str(json_object_get(o, "kind")), "consistency") ||
        (json_integer_value(json_object_get(o, "tree_size")) == 3 && json_integer_value(json_object_get(o, "leaf_index")) == 0));
}

static void put_marked(struct buf *b, str s) {
  for (size_t i = 0; i < s.n; i++) {
    const struct buf *marks[] = {&note, &vkey, &proof};
    if (s.p[i] >= 1 && s.p[i] <= 3)
      buf_put(b, buf_str(marks[s.p[i] - 1]));
    else
      buf_putc(b, s.p[i]);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static void (*const checks[])(str) = {check_note, check_vkey, check_proof};
  setup();
  if (size < 1 || size > 16 * 1024) return 0;
  AUTO(buf_release) struct buf s = BUF(300 * 1024);
  put_marked(&s, (str){(const char *)data + 1, size - 1});
  checks[data[0] % ARRAY_LEN(checks)](buf_str(&s));
  // The same file with one byte of it changed, which the first two bytes choose.
  if (size > 3 && s.n > 0) {
    s.p[(data[1] * 256u + data[2]) % s.n] ^= (char)(1 << (data[0] >> 5));
    checks[data[0] % ARRAY_LEN(checks)](buf_str(&s));
  }
  return 0;
}
