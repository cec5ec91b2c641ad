// SPDX-License-Identifier: Apache-2.0
// The sequencer gives waiting entries their place: at the end of each group commit on SQLite, in the one process that holds the
// advisory lock on PostgreSQL. One log after the other; within a log by time and id of the body, so that two changes of one record keep their order.
#include "trust/internal.h"

enum { SEQUENCE_CHUNK = 512 };

struct waiting {
  id64 body, log;
  hash leaf;
};

struct tree {
  struct db_conn *conn;
  id64 log;
  struct merkle_stack stack;
  bool fresh;  // no head yet
};

static enum err hash_take(str bytes, hash *ret) {
  if (bytes.n != HASH_LEN) return ERR_CORRUPT;
  memcpy(ret->b, bytes.p, HASH_LEN);
  return ERR_OK;
}

static enum err waiting_load(struct db_conn *c, struct waiting list[SEQUENCE_CHUNK], size_t *ret_n) {
  AUTO(db_release) struct db_stmt *s = NULL;
  size_t n = 0;
  bool row;
  TRY(db_prepare(c, SQL("SELECT body, log, leaf_hash FROM audit_entry WHERE seq IS NULL ORDER BY log, at, body LIMIT $1"), &s));
  db_bind_int(s, 1, SEQUENCE_CHUNK);
  for (;;) {
    TRY(db_step(s, &row));
    if (!row || n == SEQUENCE_CHUNK) break;
    list[n].body = db_int(s, 0);
    list[n].log = db_int(s, 1);
    TRY(hash_take(db_bytes(s, 2), &list[n].leaf));
    n++;
  }
  *ret_n = n;
  return ERR_OK;
}

static enum err tree_load(struct db_conn *c, id64 log, struct tree *t) {
  AUTO(db_release) struct db_stmt *s = NULL;
  bool row;
  *t = (struct tree){.conn = c, .log = log};
  TRY(db_prepare(c, SQL("SELECT size, frontier FROM audit_head WHERE log = $1"), &s));
  db_bind_int(s, 1, log);
  TRY(db_step(s, &row));
  t->fresh = !row;
  if (!row) return ERR_OK;
  t->stack.size = db_int(s, 0);
  str f = db_bytes(s, 1);
  t->stack.n = __builtin_popcountll((unsigned long long)t->stack.size);
  if (t->stack.size < 0 || f.n != (size_t)t->stack.n * HASH_LEN) return ERR_CORRUPT;
  for (int i = 0; i < t->stack.n; i++) memcpy(t->stack.h[i].b, f.p + (size_t)i * HASH_LEN, HASH_LEN);
  return ERR_OK;
}

static enum err node_insert(void *arg, int level, int64_t pos, const hash *h) {
  struct tree *t = arg;
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(t->conn, SQL("INSERT INTO audit_node (log, level, pos, hash) VALUES ($1, $2, $3, $4)"), &s));
  db_bind_int(s, 1, t->log);
  db_bind_int(s, 2, level);
  db_bind_int(s, 3, pos);
  db_bind_bytes(s, 4, hash_str(h));
  return db_run(s);
}

static enum err entry_place(struct tree *t, const struct waiting *w) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(merkle_append(&t->stack, &w->leaf, node_insert, t));
  TRY(db_prepare(t->conn, SQL("UPDATE audit_entry SET seq = $1 WHERE body = $2 AND log = $3"), &s));
  db_bind_int(s, 1, t->stack.size);
  db_bind_int(s, 2, w->body);
  db_bind_int(s, 3, w->log);
  return db_run(s);
}

static enum err head_store(struct tree *t, const struct audit_key *k) {
  AUTO(db_release) struct db_stmt *s = NULL;
  AUTO(buf_release) struct buf note = BUF(2048), origin = BUF(256);
  hash root = merkle_stack_root(&t->stack);
  if (k) {
    TRY(audit_origin(t->conn, t->log, k, &origin));
    note_checkpoint(&note, k, buf_str(&origin), t->stack.size, &root);
  }
  if (t->fresh) {
    TRY(
      db_prepare(t->conn, SQL("INSERT INTO audit_head (size, root, frontier, checkpoint, log) VALUES ($1, $2, $3, $4, $5)"), &s));
  } else {
    TRY(
      db_prepare(t->conn, SQL("UPDATE audit_head SET size = $1, root = $2, frontier = $3, checkpoint = $4 WHERE log = $5"), &s));
  }
  db_bind_int(s, 1, t->stack.size);
  db_bind_bytes(s, 2, hash_str(&root));
  db_bind_bytes(s, 3, (str){(const char *)t->stack.h, (size_t)t->stack.n * HASH_LEN});
  db_bind_text(s, 4, note.p ? buf_str(&note) : S(""));
  db_bind_int(s, 5, t->log);
  return db_run(s);
}

enum err audit_sequence(struct db_conn *c, void *key) {
  struct waiting list[SEQUENCE_CHUNK];
  for (;;) {
    size_t n;
    TRY(waiting_load(c, list, &n));
    for (size_t i = 0; i < n;) {
      struct tree t;
      id64 log = list[i].log;
      TRY(tree_load(c, log, &t));
      for (; i < n && list[i].log == log; i++) TRY(entry_place(&t, &list[i]));
      TRY(head_store(&t, key));
    }
    if (n < SEQUENCE_CHUNK) return ERR_OK;
  }
}

enum err sequence_next(struct db_conn *c, const struct audit_key *k, id64 log, id64 record) {
  AUTO(db_release) struct db_stmt *s = NULL;
  struct waiting w = {.log = log};
  struct tree t;
  bool row;
  TRY(db_prepare(c, SQL("SELECT body, leaf_hash FROM audit_entry WHERE log = $1 AND record = $2 AND seq IS NULL"), &s));
  db_bind_int(s, 1, log);
  db_bind_int(s, 2, record);
  TRY(db_step(s, &row));
  if (!row) return ERR_NOT_FOUND;
  w.body = db_int(s, 0);
  TRY(hash_take(db_bytes(s, 1), &w.leaf));
  db_release(&s);
  TRY(tree_load(c, log, &t));
  TRY(entry_place(&t, &w));
  return head_store(&t, k);
}
