// SPDX-License-Identifier: Apache-2.0
// Proofs as files. A partner needs nothing of ours to check one: RFC 6962 hashes, a C2SP checkpoint and the log's public key, which it
// compares with the one it noted when the partnership began.
// inclusion   {"checkpoint","entry","kind":"inclusion","leaf","leaf_hash","leaf_index","path","public_key","tree_size"}
// consistency {"checkpoint","from","from_root","kind":"consistency","path","public_key","to","to_root"}
#include "trust/internal.h"
#include <stdarg.h>
#include <stdio.h>

enum { PROOF_FILE_MAX = 256 * 1024 };

struct tree_ref {
  struct db_conn *conn;
  id64 log;
};

static enum err node_get(void *arg, int level, int64_t pos, hash *ret) {
  const struct tree_ref *t = arg;
  AUTO(db_release) struct db_stmt *s = NULL;
  bool row;
  if (level == 0) {
    TRY(db_prepare(t->conn, SQL("SELECT leaf_hash FROM audit_entry WHERE log = $1 AND seq = $2"), &s));
    db_bind_int(s, 2, pos + 1);
  } else {
    TRY(db_prepare(t->conn, SQL("SELECT hash FROM audit_node WHERE log = $1 AND level = $2 AND pos = $3"), &s));
    db_bind_int(s, 2, level);
    db_bind_int(s, 3, pos);
  }
  db_bind_int(s, 1, t->log);
  TRY(db_step(s, &row));
  if (!row || db_bytes(s, 0).n != HASH_LEN) return ERR_CORRUPT;
  memcpy(ret->b, db_bytes(s, 0).p, HASH_LEN);
  return ERR_OK;
}

struct head {
  int64_t size;
  str checkpoint;
};

static enum err head_load(struct db_conn *c, id64 log, struct arena *a, struct head *ret) {
  AUTO(db_release) struct db_stmt *s = NULL;
  bool row;
  TRY(db_prepare(c, SQL("SELECT size, checkpoint FROM audit_head WHERE log = $1"), &s));
  db_bind_int(s, 1, log);
  TRY(db_step(s, &row));
  if (!row) return ERR_NOT_FOUND;
  ret->size = db_int(s, 0);
  ret->checkpoint = arena_str(a, db_text(s, 1));
  return ERR_OK;
}

enum err audit_checkpoint(struct db_conn *c, id64 log, struct buf *out) {
  AUTO(arena_release) struct arena a = {0};
  struct head h;
  TRY(head_load(c, log, &a, &h));
  buf_put(out, h.checkpoint);
  return ERR_OK;
}

// ---- writing

static void put_hash(struct jw *w, const char *key, const hash *h) {
  AUTO(buf_release) struct buf b = BUF(80);
  base64_put(&b, hash_str(h));
  if (key) jw_key(w, str_of(key));
  jw_string(w, buf_str(&b));
}

static void put_path(struct jw *w, const hash *path, size_t n) {
  jw_key(w, S("path"));
  jw_array(w);
  for (size_t i = 0; i < n; i++) put_hash(w, NULL, &path[i]);
  jw_end_array(w);
}

static void put_key(struct jw *w, const struct audit_key *k, id64 log) {
  AUTO(buf_release) struct buf origin = BUF(256), vkey = BUF(512);
  note_origin(&origin, k, log);
  note_verifier(&vkey, buf_str(&origin), k->pub);
  jw_key(w, S("public_key"));
  jw_string(w, buf_str(&vkey));
}

enum err audit_proof(struct db_conn *c, id64 log, int64_t seq, const struct audit_key *k, struct buf *out) {
  AUTO(arena_release) struct arena a = {0};
  struct head h;
  hash path[MERKLE_PATH_MAX];
  size_t n;
  struct tree_ref t = {c, log};
  TRY(head_load(c, log, &a, &h));
  if (seq < 1 || seq > h.size) return ERR_NOT_FOUND;
  TRY(merkle_inclusion_path(seq - 1, h.size, node_get, &t, path, &n));
  AUTO(db_release) struct db_stmt *s = NULL;
  bool row;
  TRY(db_prepare(c, SQL("SELECT leaf FROM audit_entry WHERE log = $1 AND seq = $2"), &s));
  db_bind_int(s, 1, log);
  db_bind_int(s, 2, seq);
  TRY(db_step(s, &row));
  if (!row) return ERR_CORRUPT;
  str leaf = arena_str(&a, db_text(s, 0));
  hash leaf_hash = merkle_leaf(leaf);
  struct jw w = JW(out);
  jw_object(&w);
  jw_key(&w, S("checkpoint"));
  jw_string(&w, h.checkpoint);
  jw_key(&w, S("entry"));
  jw_raw(&w, leaf);  // the same, as JSON, for people
  jw_key(&w, S("kind"));
  jw_string(&w, S("inclusion"));
  jw_key(&w, S("leaf"));
  jw_string(&w, leaf);
  put_hash(&w, "leaf_hash", &leaf_hash);
  jw_key(&w, S("leaf_index"));
  jw_int(&w, seq - 1);
  put_path(&w, path, n);
  put_key(&w, k, log);
  jw_key(&w, S("tree_size"));
  jw_int(&w, h.size);
  jw_end_object(&w);
  return ERR_OK;
}

enum err audit_consistency(struct db_conn *c, id64 log, int64_t from, int64_t to, const struct audit_key *k, struct buf *out) {
  AUTO(arena_release) struct arena a = {0};
  AUTO(buf_release) struct buf note = BUF(2048), origin = BUF(256);
  struct head h;
  hash path[MERKLE_PATH_MAX], from_root, to_root;
  size_t n;
  struct tree_ref t = {c, log};
  TRY(head_load(c, log, &a, &h));
  if (to == 0) to = h.size;
  if (from < 1 || from > to || to > h.size) return ERR_NOT_FOUND;
  TRY(merkle_consistency_path(from, to, node_get, &t, path, &n));
  TRY(merkle_root_at(from, node_get, &t, &from_root));
  TRY(merkle_root_at(to, node_get, &t, &to_root));
  note_origin(&origin, k, log);
  if (to == h.size)
    buf_put(&note, h.checkpoint);
  else
    note_checkpoint(&note, k, buf_str(&origin), to, &to_root);  // an earlier head, signed again: the same text
  struct jw w = JW(out);
  jw_object(&w);
  jw_key(&w, S("checkpoint"));
  jw_string(&w, buf_str(&note));
  jw_key(&w, S("from"));
  jw_int(&w, from);
  put_hash(&w, "from_root", &from_root);
  jw_key(&w, S("kind"));
  jw_string(&w, S("consistency"));
  put_path(&w, path, n);
  put_key(&w, k, log);
  jw_key(&w, S("to"));
  jw_int(&w, to);
  put_hash(&w, "to_root", &to_root);
  jw_end_object(&w);
  return ERR_OK;
}

// ---- checking, without a database

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

static bool get_path(const json_t *o, hash path[MERKLE_PATH_MAX], size_t *ret_n, struct buf *why) {
  const json_t *list = json_object_get(o, "path");
  size_t n = json_array_size(list);
  if (!json_is_array(list) || n > MERKLE_PATH_MAX) return no(why, "The file has no list of hashes \"path\".");
  for (size_t i = 0; i < n; i++) {
    const json_t *v = json_array_get(list, i);
    if (!json_is_string(v) || !hash_of_text(json_str(v), &path[i]))
      return no(why, "Hash %zu of \"path\" is not a SHA-256 hash in base64.", i + 1);
  }
  *ret_n = n;
  return true;
}

// The checkpoint with a good signature of the key in the file.
static bool get_checkpoint(const json_t *o, struct checkpoint *ret, struct buf *why) {
  str note, vkey, name;
  uint8_t pub[SIGN_PUBLIC_LEN];
  if (!get_text(o, "checkpoint", &note, why) || !get_text(o, "public_key", &vkey, why)) return false;
  if (!checkpoint_parse(note, ret))
    return no(why, "The checkpoint is not written as a checkpoint (three lines, a blank line, signatures).");
  if (!note_verifier_parse(vkey, &name, pub)) return no(why, "The public key is damaged: its id does not fit its bytes.");
  if (!str_eq(name, ret->origin))
    return no(why, "The public key is that of \"%.*s\", the checkpoint that of \"%.*s\".", STR_ARG(name), STR_ARG(ret->origin));
  return note_signed_by(note, name, pub) || no(why, "The signature of the checkpoint does not fit its text and the public key.");
}

static bool check_inclusion(const json_t *o, struct buf *why) {
  struct checkpoint cp;
  str leaf;
  hash leaf_hash, path[MERKLE_PATH_MAX];
  int64_t index, size;
  size_t n;
  if (!get_checkpoint(o, &cp, why) || !get_text(o, "leaf", &leaf, why) || !get_hash(o, "leaf_hash", &leaf_hash, why) ||
      !get_int(o, "leaf_index", &index, why) || !get_int(o, "tree_size", &size, why) || !get_path(o, path, &n, why))
    return false;
  hash want = merkle_leaf(leaf);
  if (!hash_eq(&want, &leaf_hash)) return no(why, "The entry was changed: its text does not have the hash given.");
  AUTO(json_release) json_t *parsed = NULL;
  const json_t *entry = json_object_get(o, "entry");
  if (json_read(leaf, NULL, &parsed) || !json_equal(parsed, entry))
    return no(why, "The entry shown is not the entry that is proven.");
  if (size != cp.size)
    return no(why, "The proof is for a tree of %lld entries, the checkpoint for one of %lld.", (long long)size,
              (long long)cp.size);
  if (!merkle_inclusion_check(leaf_hash, index, size, path, n, cp.root))
    return no(why, "The path does not lead from entry %lld to the root of the checkpoint.", (long long)index);
  return yes(why, "Entry %lld is in the log %.*s of %lld entries.", (long long)index, STR_ARG(cp.origin), (long long)size);
}

static bool check_consistency(const json_t *o, struct buf *why) {
  struct checkpoint cp;
  hash from_root, to_root, path[MERKLE_PATH_MAX];
  int64_t from, to;
  size_t n;
  if (!get_checkpoint(o, &cp, why) || !get_int(o, "from", &from, why) || !get_int(o, "to", &to, why) ||
      !get_hash(o, "from_root", &from_root, why) || !get_hash(o, "to_root", &to_root, why) || !get_path(o, path, &n, why))
    return false;
  if (to != cp.size || !hash_eq(&to_root, &cp.root)) return no(why, "\"to\" and \"to_root\" are not those of the checkpoint.");
  if (!merkle_consistency_check(from, from_root, to, to_root, path, n))
    return no(why, "The log of %lld entries does not extend the log of %lld entries: its past was changed.", (long long)to,
              (long long)from);
  return yes(why, "The log %.*s of %lld entries extends that of %lld.", STR_ARG(cp.origin), (long long)to, (long long)from);
}

bool audit_proof_check(str file, struct buf *why) {
  AUTO(json_release) json_t *o = NULL;
  str kind;
  if (file.n > PROOF_FILE_MAX) return no(why, "The file is too large to be a proof.");
  if (json_read(file, NULL, &o) || !json_is_object(o)) return no(why, "The file is not valid JSON.");
  if (!get_text(o, "kind", &kind, why)) return false;
  if (str_eq(kind, S("inclusion"))) return check_inclusion(o, why);
  if (str_eq(kind, S("consistency"))) return check_consistency(o, why);
  return no(why, "This kind of proof is not known.");
}
