// SPDX-License-Identifier: Apache-2.0
// audit_verify, first half: each log is recomputed from its leaves. Order, hashes, subtrees, head, checkpoint and signature must come
// out as stored; each entry must say what its columns say; each body must have the commitment its entry carries.
#include "trust/verify_internal.h"
#include <stdarg.h>
#include <stdio.h>

enum { WAIT_MAX_SECONDS = 10, FINDINGS_WRITTEN = 1000 };

void verify_finding(struct verify *v, const char *fmt, ...) {
  char text[1024];
  va_list ap;
  va_start(ap, fmt);
  int n = vsnprintf(text, sizeof text, fmt, ap);
  va_end(ap);
  if (v->rep.findings++ >= FINDINGS_WRITTEN || n < 0) return;
  buf_put(v->out, (str){text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1});
  buf_putc(v->out, '\n');
}

enum err verify_page(struct verify *v) {
  arena_release(&v->arena);
  v->arena = (struct arena){0};
  return db_read_begin(v->conn);
}

void verify_page_end(struct verify *v) { db_read_end(v->conn); }

str verify_id(struct verify *v, const char *prefix, id64 id) {
  char z[ID_TEXT_MAX];
  return arena_str(&v->arena, str_of(id_z(z, prefix, id)));
}

static str log_name(struct verify *v, id64 log) { return verify_id(v, entity_company.prefix, log); }

// ---- one log

struct log_check {
  struct verify *v;
  id64 log;
  bool has_head;
  int64_t size, last_seq;
  struct merkle_stack stack;
  int64_t nodes;  // complete subtrees recomputed
  str origin;     // of the epoch at hand, in `kept`; empty: the first
  struct arena kept;
};

static enum err count_of(struct verify *v, sql q, id64 arg, int64_t *ret) {
  bool found;
  *ret = 0;
  return db_one_int(v->conn, q, &arg, 1, &found, ret);
}

static int64_t nodes_of(int64_t size) {
  int64_t n = 0;
  while (size > 1) n += size >>= 1;
  return n;
}

static void check_note(struct log_check *l, str note, const hash *root) {
  struct verify *v = l->v;
  str name = log_name(v, l->log);
  struct checkpoint cp;
  if (note.n == 0 && !v->key) return;
  if (!checkpoint_parse(note, &cp)) {
    verify_finding(v, "log of %.*s: its checkpoint is not written as a checkpoint", STR_ARG(name));
    return;
  }
  if (cp.size != l->size || !hash_eq(&cp.root, root))
    verify_finding(v, "log of %.*s: its checkpoint is of another tree (%lld entries)", STR_ARG(name), (long long)cp.size);
  AUTO(buf_release) struct buf origin = BUF(256), tail = BUF(128);
  buf_putc(&tail, '/');
  buf_put(&tail, name);
  if (l->origin.n)
    buf_put(&origin, l->origin);
  else if (v->key)
    note_origin(&origin, v->key, l->log);
  if (origin.n ? !str_eq(cp.origin, buf_str(&origin)) : !str_ends(cp.origin, buf_str(&tail)))
    verify_finding(v, "log of %.*s: its checkpoint names another log: %.*s", STR_ARG(name), STR_ARG(cp.origin));
  else if (v->key && !note_signed_by(note, cp.origin, v->key->pub))
    verify_finding(v, "log of %.*s: the signature of its checkpoint is not by the key of this hub", STR_ARG(name));
}

// Head, counts and what lies beyond the head, in one snapshot.
struct head_row {
  bool found;
  int64_t size;
  str root, frontier, note;
};

static enum err head_read(struct verify *v, id64 log, struct head_row *ret) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(v->conn, SQL("SELECT size, root, frontier, checkpoint FROM audit_head WHERE log = $1"), &s));
  db_bind_int(s, 1, log);
  TRY(db_step(s, &ret->found));
  if (!ret->found) return ERR_OK;
  ret->size = db_int(s, 0);
  ret->root = arena_str(&v->arena, db_bytes(s, 1));
  ret->frontier = arena_str(&v->arena, db_bytes(s, 2));
  ret->note = arena_str(&v->arena, db_text(s, 3));
  return ERR_OK;
}

static enum err check_extent(struct log_check *l, const struct head_row *h) {
  struct verify *v = l->v;
  str name = log_name(v, l->log);
  int64_t max_seq, below, nodes;
  TRY(count_of(v, SQL("SELECT count(*) FROM audit_entry WHERE log = $1 AND seq < 1"), l->log, &below));
  if (below) verify_finding(v, "log of %.*s: %lld entries lie before its first", STR_ARG(name), (long long)below);
  TRY(count_of(v, SQL("SELECT coalesce(max(seq), 0) FROM audit_entry WHERE log = $1"), l->log, &max_seq));
  TRY(count_of(v, SQL("SELECT count(*) FROM audit_node WHERE log = $1"), l->log, &nodes));
  if (!h->found) {
    if (max_seq > 0 || nodes > 0) verify_finding(v, "log of %.*s: its head is missing", STR_ARG(name));
    l->size = max_seq;
    return ERR_OK;
  }
  l->size = h->size;
  if (h->size < 1) verify_finding(v, "log of %.*s: its head says %lld entries", STR_ARG(name), (long long)h->size);
  if (max_seq > h->size)
    verify_finding(v, "log of %.*s: entries up to %lld lie beyond its head of %lld", STR_ARG(name), (long long)max_seq,
                   (long long)h->size);
  if (max_seq < h->size)
    verify_finding(v, "log of %.*s: it ends at entry %lld, its head says %lld", STR_ARG(name), (long long)max_seq,
                   (long long)h->size);
  if (nodes != nodes_of(h->size))
    verify_finding(v, "log of %.*s: it has %lld subtrees where %lld belong", STR_ARG(name), (long long)nodes,
                   (long long)nodes_of(h->size));
  return ERR_OK;
}

static enum err node_check(void *arg, int level, int64_t pos, const hash *h) {
  struct log_check *l = arg;
  AUTO(db_release) struct db_stmt *s = NULL;
  bool row;
  TRY(db_prepare(l->v->conn, SQL("SELECT hash FROM audit_node WHERE log = $1 AND level = $2 AND pos = $3"), &s));
  db_bind_int(s, 1, l->log);
  db_bind_int(s, 2, level);
  db_bind_int(s, 3, pos);
  TRY(db_step(s, &row));
  if (!row || !str_eq(db_bytes(s, 0), hash_str(h)))
    verify_finding(l->v, "log of %.*s: subtree %lld of level %d is %s", STR_ARG(log_name(l->v, l->log)), (long long)pos, level,
                   row ? "not what its entries give" : "missing");
  return ERR_OK;
}

// ---- one entry

struct entry {
  int64_t seq, at;
  id64 body, record;
  str leaf, leaf_hash, entity, op;
  bool has_body, erased, odd;  // odd: a truth that is neither 0 nor 1
  str salt, text, commitment, body_entity;
  id64 body_record;
};

static void entry_take(const struct verify *v, struct db_stmt *s, struct entry *e) {
  *e = (struct entry){.seq = db_int(s, 0),
                      .body = db_int(s, 1),
                      .leaf = db_text(s, 2),
                      .leaf_hash = db_bytes(s, 3),
                      .entity = db_text(s, 4),
                      .record = db_int(s, 5),
                      .op = db_text(s, 6),
                      .at = db_int(s, 7),
                      .has_body = !db_is_null(s, 8)};
  if (!e->has_body) return;
  e->salt = db_bytes(s, 8);
  e->text = db_text(s, 9);
  e->commitment = db_bytes(s, 10);
  e->body_entity = db_text(s, 11);
  e->body_record = db_int(s, 12);
  e->erased = db_bool(s, 13);
  e->odd = v->sqlite && db_int(s, 13) != e->erased;  // PostgreSQL has a type for it
}

static enum err erased_by_entry(struct log_check *l, const struct entry *e, bool *ret) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(
    l->v->conn,
    SQL("SELECT 1 FROM audit_entry WHERE entity = $1 AND record = $2 AND log = $3 AND seq > $4 AND op = 'erase' LIMIT 1"), &s));
  db_bind_text(s, 1, e->entity);
  db_bind_int(s, 2, e->record);
  db_bind_int(s, 3, l->log);
  db_bind_int(s, 4, e->seq);
  return db_step(s, ret);
}

static const char *prefix_of(str entity) {
  const struct entity *e = entity_find(entity);
  if (e) return e->prefix;
  for (const struct audited_table *t = verify_tables; t->entity; t++)
    if (str_eqz(entity, t->entity)) return t->prefix;
  return NULL;
}

static enum err check_body(struct log_check *l, const struct entry *e, const struct audit_leaf *leaf, str who) {
  struct verify *v = l->v;
  AUTO(buf_release) struct buf hex = BUF(80);
  if (!e->has_body) {
    verify_finding(v, "%.*s: the body of entry %lld of the log of %.*s is missing", STR_ARG(who), (long long)e->seq,
                   STR_ARG(log_name(v, l->log)));
    return ERR_OK;
  }
  buf_hex(&hex, e->commitment.p, e->commitment.n);
  if (!str_eq(buf_str(&hex), leaf->commitment))
    verify_finding(v, "%.*s: body %lld has another commitment than its entry", STR_ARG(who), (long long)e->body);
  if (!str_eq(e->body_entity, e->entity) || e->body_record != e->record)
    verify_finding(v, "%.*s: body %lld is filed under another record", STR_ARG(who), (long long)e->body);
  if (e->erased) {
    bool said = false;
    if (e->text.n == 0 && e->salt.n == 0 && !e->odd) TRY(erased_by_entry(l, e, &said));
    if (!said) verify_finding(v, "%.*s: body %lld was erased without an entry that says so", STR_ARG(who), (long long)e->body);
    return ERR_OK;
  }
  hash h = audit_commit(e->salt, e->text);
  if (!str_eq(hash_str(&h), e->commitment))
    verify_finding(v, "%.*s: body or salt %lld was changed", STR_ARG(who), (long long)e->body);
  return ERR_OK;
}

// The first entry of an epoch: what it says it goes on from must be what the entries before it give.
static void check_epoch(struct log_check *l, const struct entry *e) {
  struct verify *v = l->v;
  struct epoch ep;
  struct checkpoint cp;
  if (!epoch_body_read(e->text, &l->kept, &ep)) return;  // not what its commitment says either
  hash root = merkle_stack_root(&l->stack);
  bool good = checkpoint_parse(ep.checkpoint, &cp) && cp.size == l->stack.size && ep.size == cp.size && hash_eq(&cp.root, &root);
  if (good && v->key) {
    AUTO(buf_release) struct buf origin = BUF(256);
    note_origin(&origin, v->key, l->log);
    good = str_eq(cp.origin, l->origin.n ? l->origin : buf_str(&origin)) && note_signed_by(ep.checkpoint, cp.origin, v->key->pub);
  }
  if (!good)
    verify_finding(v, "log of %.*s: its restore, entry %lld, goes on from another past than its entries",
                   STR_ARG(log_name(v, l->log)), (long long)e->seq);
  l->origin = ep.origin;
}

static enum err check_entry(struct log_check *l, const struct entry *e) {
  struct verify *v = l->v;
  struct audit_leaf leaf;
  str name = log_name(v, l->log);
  const char *prefix = prefix_of(e->entity);
  str who = prefix ? arena_fmt(&v->arena, "%.*s %.*s", STR_ARG(e->entity), STR_ARG(verify_id(v, prefix, e->record)))
                   : S("unknown record");
  hash h = merkle_leaf(e->leaf);
  v->rep.entries++;
  if (e->seq != l->last_seq + 1)
    verify_finding(v, "log of %.*s: entry %lld is missing", STR_ARG(name), (long long)(l->last_seq + 1));
  l->last_seq = e->seq;
  if (!str_eq(hash_str(&h), e->leaf_hash))
    verify_finding(v, "%.*s: entry %lld of the log of %.*s does not have its hash", STR_ARG(who), (long long)e->seq,
                   STR_ARG(name));
  if (str_eq(e->entity, S("epoch"))) check_epoch(l, e);
  TRY(merkle_append(&l->stack, &h, node_check, l));
  if (audit_leaf_read(e->leaf, &v->arena, &leaf)) {
    verify_finding(v, "%.*s: entry %lld of the log of %.*s cannot be read", STR_ARG(who), (long long)e->seq, STR_ARG(name));
    return ERR_OK;
  }
  if (!prefix || !str_eq(leaf.entity, e->entity) || leaf.record != e->record || !str_eq(leaf.op, e->op) || leaf.time != e->at)
    verify_finding(v, "%.*s %.*s: entry %lld of the log of %.*s is filed under other words than it says", STR_ARG(leaf.entity),
                   STR_ARG(leaf.id), (long long)e->seq, STR_ARG(name));
  return check_body(l, e, &leaf, who);
}

static enum err entries_page(struct log_check *l, size_t *ret_n) {
  AUTO(db_release) struct db_stmt *s = NULL;
  size_t n = 0;
  bool row;
  TRY(db_prepare(
    l->v->conn,
    SQL("SELECT e.seq, e.body, e.leaf, e.leaf_hash, e.entity, e.record, e.op, e.at, b.salt, b.body, b.commitment, b.entity, "
        "b.record, b.erased FROM audit_entry e LEFT JOIN audit_body b ON b.id = e.body "
        "WHERE e.log = $1 AND e.seq > $2 AND e.seq <= $3 ORDER BY e.seq LIMIT $4"),
    &s));
  db_bind_int(s, 1, l->log);
  db_bind_int(s, 2, l->last_seq);
  db_bind_int(s, 3, l->size);
  db_bind_int(s, 4, VERIFY_PAGE);
  for (;;) {
    struct entry e;
    TRY(db_step(s, &row));
    if (!row) break;
    entry_take(l->v, s, &e);
    TRY(check_entry(l, &e));
    n++;
  }
  *ret_n = n;
  return ERR_OK;
}

static void check_root(struct log_check *l, const struct head_row *h, str root_bytes, str frontier) {
  struct verify *v = l->v;
  hash root = merkle_stack_root(&l->stack);
  str name = log_name(v, l->log);
  if (!h->found) return;
  if (!str_eq(root_bytes, hash_str(&root)))
    verify_finding(v, "log of %.*s: its root is not what its entries give", STR_ARG(name));
  if (!str_eq(frontier, (str){(const char *)l->stack.h, (size_t)l->stack.n * HASH_LEN}))
    verify_finding(v, "log of %.*s: the frontier of its head is not what its entries give", STR_ARG(name));
  check_note(l, h->note, &root);
}

static enum err check_all_of(struct log_check *l) {
  struct verify *v = l->v;
  struct head_row h = {0};
  TRY(verify_page(v));
  enum err err = head_read(v, l->log, &h);
  if (!err) err = check_extent(l, &h);
  h.root = arena_str(&l->kept, h.root);
  h.frontier = arena_str(&l->kept, h.frontier);
  h.note = arena_str(&l->kept, h.note);
  verify_page_end(v);
  TRY(err);
  v->rep.logs++;
  for (size_t n = VERIFY_PAGE; n == VERIFY_PAGE;) {
    TRY(verify_page(v));
    err = entries_page(l, &n);
    verify_page_end(v);
    TRY(err);
  }
  check_root(l, &h, h.root, h.frontier);
  return ERR_OK;
}

static enum err check_log(struct verify *v, id64 log) {
  struct log_check l = {.v = v, .log = log};
  enum err err = check_all_of(&l);
  arena_release(&l.kept);
  return err;
}

// The next log after `log` in any of the tables; 0: none.
static enum err next_log(struct verify *v, id64 log, id64 *ret) {
  static const sql q[] = {SQL_INIT("SELECT coalesce(min(log), 0) FROM audit_entry WHERE log > $1"),
                          SQL_INIT("SELECT coalesce(min(log), 0) FROM audit_head WHERE log > $1"),
                          SQL_INIT("SELECT coalesce(min(log), 0) FROM audit_node WHERE log > $1")};
  id64 best = 0;
  for (size_t i = 0; i < ARRAY_LEN(q); i++) {
    int64_t next;
    TRY(count_of(v, q[i], log, &next));
    if (next && (!best || next < best)) best = next;
  }
  *ret = best;
  return ERR_OK;
}

// ---- what belongs to no log

static enum err check_waiting(struct verify *v) {
  int64_t n;
  utime old = v->ordered ? INT64_MAX : clock_now() - WAIT_MAX_SECONDS * UTIME_SECOND;
  TRY(count_of(v, SQL("SELECT count(*) FROM audit_entry WHERE seq IS NULL AND at <= $1"), old, &n));
  if (n) verify_finding(v, "%lld entries were never given their place in a log", (long long)n);
  return ERR_OK;
}

static enum err bodies_page(struct verify *v, id64 *after, size_t *ret_n) {
  AUTO(db_release) struct db_stmt *s = NULL;
  bool row;
  size_t n = 0;
  TRY(
    db_prepare(v->conn,
               SQL("SELECT b.id, b.entity, b.record, EXISTS (SELECT 1 FROM audit_entry e WHERE e.body = b.id) FROM audit_body b "
                   "WHERE b.id > $1 ORDER BY b.id LIMIT $2"),
               &s));
  db_bind_int(s, 1, *after);
  db_bind_int(s, 2, VERIFY_PAGE);
  for (;;) {
    TRY(db_step(s, &row));
    if (!row) break;
    n++;
    *after = db_int(s, 0);
    if (db_bool(s, 3)) continue;
    str entity = db_text(s, 1);
    const char *prefix = prefix_of(entity);
    verify_finding(v, "%.*s %.*s: body %lld has no entry in any log", STR_ARG(entity),
                   STR_ARG(verify_id(v, prefix ? prefix : "record", db_int(s, 2))), (long long)*after);
  }
  *ret_n = n;
  return ERR_OK;
}

static enum err check_bodies(struct verify *v) {
  id64 after = INT64_MIN;
  for (size_t n = VERIFY_PAGE; n == VERIFY_PAGE;) {
    TRY(verify_page(v));
    enum err err = bodies_page(v, &after, &n);
    verify_page_end(v);
    TRY(err);
  }
  return ERR_OK;
}

static enum err check_logs(struct verify *v) {
  for (id64 log = INT64_MIN;;) {
    TRY(verify_page(v));
    enum err err = next_log(v, log, &log);
    verify_page_end(v);
    TRY(err);
    if (!log) return ERR_OK;
    TRY(check_log(v, log));
  }
}

static enum err run(struct verify *v) {
  TRY(check_logs(v));
  TRY(verify_page(v));
  enum err err = check_waiting(v);
  verify_page_end(v);
  TRY(err);
  TRY(check_bodies(v));
  return verify_rows(v);
}

enum err audit_verify(struct db *db, const struct audit_key *key_or_null, struct buf *findings, struct audit_report *ret) {
  struct verify v = {
    .key = key_or_null, .sqlite = db_is_sqlite(db), .ordered = db_is_sqlite(db) && !db_is_backup(db), .out = findings};
  TRY(db_conn_open(db, &v.conn));
  enum err err = run(&v);
  arena_release(&v.arena);
  db_conn_close(v.conn);
  if (!err) *ret = v.rep;
  return err;
}
