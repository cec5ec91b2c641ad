// SPDX-License-Identifier: Apache-2.0
// Proofs as files, written; proof_check.c reads them. A partner needs nothing of ours to check one: RFC 6962 hashes, a C2SP checkpoint and the log's public key, which it
// compares with the one it noted when the partnership began.
// inclusion   {"checkpoint","entry","kind":"inclusion","leaf","leaf_hash","leaf_index","path","public_key","tree_size"}
// consistency {"checkpoint","from","from_root","kind":"consistency","path","public_key","to","to_root"}
// epoch       {inclusion of the entry "restore", and "body","salt","from_checkpoint","from_key","from_path"}
#include "trust/internal.h"

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

static void put_path(struct jw *w, const char *key, const hash *path, size_t n) {
  jw_key(w, str_of(key));
  jw_array(w);
  for (size_t i = 0; i < n; i++) put_hash(w, NULL, &path[i]);
  jw_end_array(w);
}

// The hub's key as that of one name: every log, and every epoch of it, is a signer of its own.
static void put_key(struct jw *w, const char *key, const struct audit_key *k, str origin) {
  AUTO(buf_release) struct buf vkey = BUF(512);
  note_verifier(&vkey, origin, k->pub);
  jw_key(w, str_of(key));
  jw_string(w, buf_str(&vkey));
}

static void put_text(struct jw *w, const char *key, str text) {
  jw_key(w, str_of(key));
  jw_string(w, text);
}

struct inclusion {
  struct head head;
  int64_t seq;
  id64 body;
  str leaf, origin;
  hash path[MERKLE_PATH_MAX];
  size_t n;
};

static enum err inclusion_load(struct db_conn *c, id64 log, int64_t seq, const struct audit_key *k, struct arena *a,
                               struct inclusion *ret) {
  AUTO(buf_release) struct buf origin = BUF(256);
  struct inclusion in = {.seq = seq};
  struct tree_ref t = {c, log};
  TRY(head_load(c, log, a, &in.head));
  if (seq < 1 || seq > in.head.size) return ERR_NOT_FOUND;
  TRY(merkle_inclusion_path(seq - 1, in.head.size, node_get, &t, in.path, &in.n));
  TRY(audit_origin(c, log, k, &origin));
  in.origin = arena_str(a, buf_str(&origin));
  AUTO(db_release) struct db_stmt *s = NULL;
  bool row;
  TRY(db_prepare(c, SQL("SELECT leaf, body FROM audit_entry WHERE log = $1 AND seq = $2"), &s));
  db_bind_int(s, 1, log);
  db_bind_int(s, 2, seq);
  TRY(db_step(s, &row));
  if (!row) return ERR_CORRUPT;
  in.leaf = arena_str(a, db_text(s, 0));
  in.body = db_int(s, 1);
  *ret = in;
  return ERR_OK;
}

static void put_entry(struct jw *w, str leaf) {
  jw_key(w, S("entry"));
  jw_raw(w, leaf);  // the same, as JSON, for people
}

static void put_leaf(struct jw *w, const struct inclusion *in) {
  hash leaf_hash = merkle_leaf(in->leaf);
  put_text(w, "leaf", in->leaf);
  put_hash(w, "leaf_hash", &leaf_hash);
  jw_key(w, S("leaf_index"));
  jw_int(w, in->seq - 1);
  put_path(w, "path", in->path, in->n);
}

static void put_size(struct jw *w, int64_t size) {
  jw_key(w, S("tree_size"));
  jw_int(w, size);
}

enum err audit_proof(struct db_conn *c, id64 log, int64_t seq, const struct audit_key *k, struct buf *out) {
  AUTO(arena_release) struct arena a = {0};
  struct inclusion in;
  TRY(inclusion_load(c, log, seq, k, &a, &in));
  struct jw w = JW(out);
  jw_object(&w);
  put_text(&w, "checkpoint", in.head.checkpoint);
  put_entry(&w, in.leaf);
  put_text(&w, "kind", S("inclusion"));
  put_leaf(&w, &in);
  put_key(&w, "public_key", k, in.origin);
  put_size(&w, in.head.size);
  jw_end_object(&w);
  return ERR_OK;
}

static enum err body_load(struct db_conn *c, id64 body, struct arena *a, str *ret_salt, str *ret_text) {
  AUTO(db_release) struct db_stmt *s = NULL;
  bool row;
  TRY(db_prepare(c, SQL("SELECT salt, body FROM audit_body WHERE id = $1"), &s));
  db_bind_int(s, 1, body);
  TRY(db_step(s, &row));
  if (!row) return ERR_CORRUPT;
  *ret_salt = arena_str(a, db_bytes(s, 0));
  *ret_text = arena_str(a, db_text(s, 1));
  return ERR_OK;
}

static enum err epoch_find(struct db_conn *c, id64 log, int64_t number, struct arena *a, struct epoch *ret) {
  struct epoch *list;
  size_t n;
  TRY(epochs_of(c, log, a, &list, &n));
  for (size_t i = 0; i < n; i++) {
    if (list[i].number != number) continue;
    *ret = list[i];
    return ERR_OK;
  }
  return ERR_NOT_FOUND;
}

enum err audit_epoch_proof(struct db_conn *c, id64 log, int64_t number, const struct audit_key *k, struct buf *out) {
  AUTO(arena_release) struct arena a = {0};
  AUTO(buf_release) struct buf base64 = BUF(128);
  struct epoch e;
  struct inclusion in;
  struct checkpoint cp;
  struct tree_ref t = {c, log};
  hash path[MERKLE_PATH_MAX];
  size_t n;
  str salt, body;
  TRY(epoch_find(c, log, number, &a, &e));
  TRY(inclusion_load(c, log, e.size + 1, k, &a, &in));
  TRY(body_load(c, in.body, &a, &salt, &body));
  TRY(merkle_consistency_path(e.size, in.head.size, node_get, &t, path, &n));
  if (!checkpoint_parse(e.checkpoint, &cp)) return ERR_CORRUPT;
  base64_put(&base64, salt);
  struct jw w = JW(out);
  jw_object(&w);
  put_text(&w, "body", body);
  put_text(&w, "checkpoint", in.head.checkpoint);
  put_entry(&w, in.leaf);
  put_text(&w, "from_checkpoint", e.checkpoint);
  put_key(&w, "from_key", k, cp.origin);
  put_path(&w, "from_path", path, n);
  put_text(&w, "kind", S("epoch"));
  put_leaf(&w, &in);
  put_key(&w, "public_key", k, in.origin);
  put_text(&w, "salt", buf_str(&base64));
  put_size(&w, in.head.size);
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
  TRY(audit_origin(c, log, k, &origin));
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
  put_path(&w, "path", path, n);
  put_key(&w, "public_key", k, buf_str(&origin));
  jw_key(&w, S("to"));
  jw_int(&w, to);
  put_hash(&w, "to_root", &to_root);
  jw_end_object(&w);
  return ERR_OK;
}

// ---- a copy against what it was copied from

static enum err compare_log(struct db_conn *now, const struct audit_key *k, id64 log, str was, struct audit_comparison *sum,
                            struct buf *why) {
  AUTO(arena_release) struct arena a = {0};
  AUTO(buf_release) struct buf file = BUF(256 * 1024);
  char name[ID_TEXT_MAX];
  struct checkpoint cp;
  struct head h;
  struct tree_ref t = {now, log};
  hash root;
  (void)id_z(name, entity_company.prefix, log);
  if (!checkpoint_parse(was, &cp)) return ERR_CORRUPT;
  enum err err = head_load(now, log, &a, &h);
  if (err && err != ERR_NOT_FOUND) return err;
  if (err || h.size < cp.size) {
    buf_fmt(why, "log of %s: its %lld entries are not all there\n", name, (long long)cp.size);
    return ERR_OK;
  }
  TRY(merkle_root_at(cp.size, node_get, &t, &root));
  if (!hash_eq(&root, &cp.root)) buf_fmt(why, "log of %s: its first %lld entries have another root\n", name, (long long)cp.size);
  sum->logs++;
  sum->entries += cp.size;
  sum->later += h.size - cp.size;
  if (!k) return ERR_OK;
  struct epoch *list;
  size_t n;
  TRY(epochs_of(now, log, &a, &list, &n));
  if (!n || list[n - 1].size != cp.size || !str_eq(list[n - 1].checkpoint, was)) {
    buf_fmt(why, "log of %s: no epoch goes on from its head\n", name);
    return ERR_OK;
  }
  AUTO(buf_release) struct buf said = BUF(4096);
  TRY(audit_epoch_proof(now, log, list[n - 1].number, k, &file));
  if (!audit_proof_check(buf_str(&file), &said)) buf_fmt(why, "log of %s: %s\n", name, buf_z(&said));
  return ERR_OK;
}

enum err audit_compare(struct db_conn *was, struct db_conn *now, const struct audit_key *restored_or_null,
                       struct audit_comparison *ret, struct buf *why) {
  AUTO(db_release) struct db_stmt *s = NULL;
  struct audit_comparison sum = {0};
  TRY(db_prepare(was, SQL("SELECT log, checkpoint FROM audit_head ORDER BY log"), &s));
  for (bool row;;) {
    TRY(db_step(s, &row));
    if (!row) break;
    TRY(compare_log(now, restored_or_null, db_int(s, 0), db_text(s, 1), &sum, why));
  }
  *ret = sum;
  return ERR_OK;
}
