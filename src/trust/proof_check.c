// SPDX-License-Identifier: Apache-2.0
// Proof files, checked: no network, no database, nothing but the file and, where one was kept, an earlier checkpoint. What the files
// hold is in docs/proofs.md. Every failure is one sentence that says what does not fit.
#include "trust/internal.h"
#include <stdarg.h>
#include <stdio.h>

enum { PROOF_FILE_MAX = 256 * 1024 };

__attribute__((format(printf, 2, 3))) static void say(struct buf *why, const char *fmt, ...) {
  char text[512];
  va_list ap;
  va_start(ap, fmt);
  int n = vsnprintf(text, sizeof text, fmt, ap);
  va_end(ap);
  if (n > 0) buf_put(why, (str){text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1});
}
#define no(why, ...) (say((why), __VA_ARGS__), false)
#define yes(why, ...) (say((why), __VA_ARGS__), true)

static bool get_text(const json_t *o, const char *key, str *ret, struct buf *why) {
  const json_t *v = json_object_get(o, key);
  if (!json_is_string(v)) return no(why, "The file has no text \"%s\": it is not a proof, or part of it is missing.", key);
  *ret = json_str(v);
  return true;
}

static bool get_int(const json_t *o, const char *key, int64_t *ret, struct buf *why) {
  const json_t *v = json_object_get(o, key);
  if (!json_is_integer(v) || json_integer_value(v) < 0)
    return no(why, "The file has no number \"%s\": it is not a proof, or part of it is missing.", key);
  *ret = json_integer_value(v);
  return true;
}

static bool hash_of_text(str text, hash *ret) {
  AUTO(buf_release) struct buf raw = BUF(64);
  if (!base64_parse(text, &raw) || raw.n != HASH_LEN) return false;
  memcpy(ret->b, raw.p, HASH_LEN);
  return true;
}

static bool get_hash(const json_t *o, const char *key, hash *ret, struct buf *why) {
  str text;
  if (!get_text(o, key, &text, why)) return false;
  return hash_of_text(text, ret) || no(why, "\"%s\" is not a SHA-256 hash in base64.", key);
}

static bool get_path(const json_t *o, const char *key, hash path[MERKLE_PATH_MAX], size_t *ret_n, struct buf *why) {
  const json_t *list = json_object_get(o, key);
  size_t n = json_array_size(list);
  if (!json_is_array(list) || n > MERKLE_PATH_MAX) return no(why, "The file has no list of hashes \"%s\".", key);
  for (size_t i = 0; i < n; i++) {
    const json_t *v = json_array_get(list, i);
    if (!json_is_string(v) || !hash_of_text(json_str(v), &path[i]))
      return no(why, "Hash %zu of \"%s\" is not a SHA-256 hash in base64.", i + 1, key);
  }
  *ret_n = n;
  return true;
}

// A checkpoint with a good signature of the key beside it in the file.
static bool get_note(const json_t *o, const char *note_key, const char *vkey_key, struct checkpoint *ret,
                     uint8_t pub[SIGN_PUBLIC_LEN], struct buf *why) {
  str note, vkey, name;
  if (!get_text(o, note_key, &note, why) || !get_text(o, vkey_key, &vkey, why)) return false;
  if (!checkpoint_parse(note, ret))
    return no(why, "The checkpoint is not written as a checkpoint (three lines, a blank line, signatures).");
  if (!note_verifier_parse(vkey, &name, pub)) return no(why, "The public key is damaged: its id does not fit its bytes.");
  if (!str_eq(name, ret->origin))
    return no(why, "The public key is that of \"%.*s\", the checkpoint that of \"%.*s\".", STR_ARG(name), STR_ARG(ret->origin));
  return note_signed_by(note, name, pub) || no(why, "The signature of the checkpoint does not fit its text and the public key.");
}

static bool get_checkpoint(const json_t *o, struct checkpoint *ret, struct buf *why) {
  uint8_t pub[SIGN_PUBLIC_LEN];
  return get_note(o, "checkpoint", "public_key", ret, pub, why);
}

// The entry in the file, and that it is in the tree of the checkpoint.
static bool entry_holds(const json_t *o, const struct checkpoint *cp, str *ret_leaf, int64_t *ret_index, struct buf *why) {
  str leaf;
  hash leaf_hash, path[MERKLE_PATH_MAX];
  int64_t index, size;
  size_t n;
  if (!get_text(o, "leaf", &leaf, why) || !get_hash(o, "leaf_hash", &leaf_hash, why) || !get_int(o, "leaf_index", &index, why) ||
      !get_int(o, "tree_size", &size, why) || !get_path(o, "path", path, &n, why))
    return false;
  hash want = merkle_leaf(leaf);
  if (!hash_eq(&want, &leaf_hash)) return no(why, "The entry was changed: its text does not have the hash given.");
  AUTO(json_release) json_t *parsed = NULL;
  const json_t *entry = json_object_get(o, "entry");
  if (json_read(leaf, NULL, &parsed) || !json_equal(parsed, entry))
    return no(why, "The entry shown is not the entry that is proven.");
  if (size != cp->size)
    return no(why, "The proof is for a tree of %lld entries, the checkpoint for one of %lld.", (long long)size,
              (long long)cp->size);
  if (!merkle_inclusion_check(leaf_hash, index, size, path, n, cp->root))
    return no(why, "The path does not lead from entry %lld to the root of the checkpoint.", (long long)index);
  *ret_leaf = leaf;
  *ret_index = index;
  return true;
}

static bool check_inclusion(const json_t *o, struct buf *why) {
  struct checkpoint cp;
  str leaf;
  int64_t index;
  if (!get_checkpoint(o, &cp, why) || !entry_holds(o, &cp, &leaf, &index, why)) return false;
  return yes(why, "Entry %lld is in the log %.*s of %lld entries.", (long long)index, STR_ARG(cp.origin), (long long)cp.size);
}

static bool check_consistency(const json_t *o, struct buf *why) {
  struct checkpoint cp;
  hash from_root, to_root, path[MERKLE_PATH_MAX];
  int64_t from, to;
  size_t n;
  if (!get_checkpoint(o, &cp, why) || !get_int(o, "from", &from, why) || !get_int(o, "to", &to, why) ||
      !get_hash(o, "from_root", &from_root, why) || !get_hash(o, "to_root", &to_root, why) || !get_path(o, "path", path, &n, why))
    return false;
  if (to != cp.size || !hash_eq(&to_root, &cp.root)) return no(why, "\"to\" and \"to_root\" are not those of the checkpoint.");
  if (!merkle_consistency_check(from, from_root, to, to_root, path, n))
    return no(why, "The log of %lld entries does not extend the log of %lld entries: its past was changed.", (long long)to,
              (long long)from);
  return yes(why, "The log %.*s of %lld entries extends that of %lld.", STR_ARG(cp.origin), (long long)to, (long long)from);
}

// What the entry "restore" commits to: it must be a restore, of this body, that goes on from this checkpoint.
static bool restore_holds(const json_t *o, str leaf, const struct checkpoint *from, struct arena *a, struct epoch *ret,
                          struct buf *why) {
  AUTO(buf_release) struct buf salt = BUF(256), hex = BUF(80);
  struct audit_leaf l;
  str body, salt_text, note;
  struct checkpoint cp;
  if (!get_text(o, "body", &body, why) || !get_text(o, "salt", &salt_text, why) || !get_text(o, "from_checkpoint", &note, why))
    return false;
  if (audit_leaf_read(leaf, a, &l) || !str_eq(l.entity, S("epoch")) || !str_eq(l.op, S("restore")))
    return no(why, "The entry is not that of a restore.");
  if (!base64_parse(salt_text, &salt)) return no(why, "\"salt\" is not base64.");
  hash h = audit_commit(buf_str(&salt), body);
  hash_put_hex(&hex, &h);
  if (!str_eq(buf_str(&hex), l.commitment)) return no(why, "The body is not the one the entry commits to.");
  if (!epoch_body_read(body, a, ret) || !str_eq(ret->checkpoint, note) || !checkpoint_parse(note, &cp) || cp.size != from->size)
    return no(why, "The restore goes on from another checkpoint than the one shown.");
  return true;
}

static bool check_epoch(const json_t *o, struct buf *why) {
  AUTO(arena_release) struct arena a = {0};
  AUTO(buf_release) struct buf at = BUF(64);
  uint8_t pub[SIGN_PUBLIC_LEN], from_pub[SIGN_PUBLIC_LEN];
  struct checkpoint cp, from;
  struct epoch e;
  hash path[MERKLE_PATH_MAX];
  size_t n;
  str leaf;
  int64_t index;
  if (!get_note(o, "checkpoint", "public_key", &cp, pub, why) ||
      !get_note(o, "from_checkpoint", "from_key", &from, from_pub, why))
    return false;
  if (memcmp(pub, from_pub, sizeof pub) != 0) return no(why, "The two epochs are signed by different keys.");
  if (!entry_holds(o, &cp, &leaf, &index, why) || !restore_holds(o, leaf, &from, &a, &e, why)) return false;
  if (index != from.size) return no(why, "The restore does not stand directly behind the entries it kept.");
  if (!get_path(o, "from_path", path, &n, why)) return false;
  if (!merkle_consistency_check(from.size, from.root, cp.size, cp.root, path, n))
    return no(why, "The log of %lld entries does not extend the log of %lld entries: its past was changed.", (long long)cp.size,
              (long long)from.size);
  time_put(&at, e.at);
  return yes(
    why,
    "The hub was restored from a backup at %s: the log %.*s goes on as %.*s behind its entry %lld; what it had after that "
    "is not part of it.",
    buf_z(&at), STR_ARG(from.origin), STR_ARG(e.origin), (long long)from.size);
}

static bool check_any(const json_t *o, struct buf *why) {
  str kind;
  if (!get_text(o, "kind", &kind, why)) return false;
  if (str_eq(kind, S("inclusion"))) return check_inclusion(o, why);
  if (str_eq(kind, S("consistency"))) return check_consistency(o, why);
  if (str_eq(kind, S("epoch"))) return check_epoch(o, why);
  return no(why, "This kind of proof is not known.");
}

static bool file_read(str file, json_t **ret, struct buf *why) {
  if (file.n > PROOF_FILE_MAX) return no(why, "The file is too large to be a proof.");
  if (json_read(file, NULL, ret) || !json_is_object(*ret)) return no(why, "The file is not valid JSON.");
  return true;
}

bool audit_proof_check(str file, struct buf *why) {
  AUTO(json_release) json_t *o = NULL;
  return file_read(file, &o, why) && check_any(o, why);
}

// ---- against a checkpoint kept from earlier

static bool kept_consistency(const json_t *o, const struct checkpoint *kept, struct buf *why) {
  int64_t from;
  hash from_root;
  if (!get_int(o, "from", &from, why) || !get_hash(o, "from_root", &from_root, why)) return false;
  if (from != kept->size)
    return no(why, " It begins at %lld entries, the checkpoint kept has %lld: ask for the consistency from there.",
              (long long)from, (long long)kept->size);
  if (!hash_eq(&from_root, &kept->root))
    return no(why, " But the checkpoint kept, of %lld entries, has another root: this is not the log it was of.",
              (long long)from);
  return yes(why, " It begins with all that the checkpoint kept from %.*s counts.", STR_ARG(kept->origin));
}

static bool kept_epoch(const json_t *o, const struct checkpoint *kept, struct buf *why) {
  struct checkpoint from;
  uint8_t pub[SIGN_PUBLIC_LEN];
  if (!get_note(o, "from_checkpoint", "from_key", &from, pub, why)) return false;
  if (!str_eq(kept->origin, from.origin))
    return no(why, " The checkpoint kept is of %.*s, this is the end of %.*s.", STR_ARG(kept->origin), STR_ARG(from.origin));
  if (kept->size > from.size)
    return yes(why, " The checkpoint kept has %lld entries: those from %lld on were acknowledged after the backup and are lost.",
               (long long)kept->size, (long long)from.size + 1);
  if (kept->size == from.size && !hash_eq(&kept->root, &from.root))
    return no(why, " But the checkpoint kept, of %lld entries, has another root: this is not the log it was of.",
              (long long)kept->size);
  return yes(why, " The checkpoint kept has %lld entries, all of them kept: the consistency from there proves it.",
             (long long)kept->size);
}

bool audit_kept_check(str file, str kept, struct buf *why) {
  AUTO(json_release) json_t *o = NULL;
  struct checkpoint cp, head;
  str vkey, kind, name;
  uint8_t pub[SIGN_PUBLIC_LEN];
  if (!file_read(file, &o, why) || !check_any(o, why)) return false;
  if (!checkpoint_parse(kept, &cp)) return no(why, " What was kept is not written as a checkpoint.");
  if (!get_text(o, "public_key", &vkey, why) || !get_text(o, "kind", &kind, why) || !note_verifier_parse(vkey, &name, pub))
    return false;
  if (!note_signed_by(kept, cp.origin, pub)) return no(why, " But the checkpoint kept is not signed by the key in the file.");
  if (str_eq(kind, S("consistency"))) return kept_consistency(o, &cp, why);
  if (str_eq(kind, S("epoch"))) return kept_epoch(o, &cp, why);
  if (!get_checkpoint(o, &head, why)) return false;
  if (!str_eq(head.origin, cp.origin) || head.size != cp.size || !hash_eq(&head.root, &cp.root))
    return no(why, " The checkpoint kept is another one: ask for the consistency of both.");
  return yes(why, " Its checkpoint is the one kept.");
}
