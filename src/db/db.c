// SPDX-License-Identifier: Apache-2.0
// The public functions: choose the engine, keep statements prepared, count faults, and keep a write transaction failed once it failed.
#include "db/db_internal.h"
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void db_init_common(struct db *db, const struct db_engine *engine, const char *url, enum db_open_mode mode) {
  db->engine = engine;
  db->mode = mode;
  db->url = strdup(url);
  if (!db->url || pthread_mutex_init(&db->lock, NULL) != 0) abort();
  atomic_init(&db->nconns, 0);
}

void db_release_common(struct db *db) {
  pthread_mutex_destroy(&db->lock);
  free(db->url);
}

enum err db_open(str url, enum db_open_mode mode, struct buf *message, struct db **ret_db) {
  AUTO(buf_release) struct buf z = BUF(4096);
  buf_put(&z, url);
  if (z.full || !url.n || memchr(url.p, 0, url.n)) {
    buf_putz(message, "the name of the database is empty or too long");
    return ERR_INVALID;
  }
  if (str_starts(url, S("postgres://")) || str_starts(url, S("postgresql://")))
    return postgres_open(buf_z(&z), mode, message, ret_db);
  return sqlite_open(buf_z(&z), mode, message, ret_db);
}

void db_close(struct db *db) {
  if (!db) return;
  assert(atomic_load(&db->nconns) == 0);  // read connections are closed by those who opened them, before
  db->engine->close(db);
}

bool db_is_sqlite(const struct db *db) { return db->engine == &db_sqlite_engine; }

bool db_is_backup(const struct db *db) { return db->backup; }

const char *db_message(const struct db_conn *c) { return c->message; }

void db_set_hooks(struct db *db, struct db_hooks hooks) {
  pthread_mutex_lock(&db->lock);
  db->hooks = hooks;
  pthread_mutex_unlock(&db->lock);
}

struct db_hooks db_hooks_now(struct db *db) {
  pthread_mutex_lock(&db->lock);
  struct db_hooks h = db->hooks;
  pthread_mutex_unlock(&db->lock);
  return h;
}

void db_sequencer_loop(struct db *db) { db->engine->sequencer_loop(db); }

enum err db_sequence_now(struct db *db) { return db->engine->sequence_now(db); }

void db_stop(struct db *db) { db->engine->stop(db); }

enum err db_tx_run(struct db *db, const char *name, db_tx_fn fn, void *arg) {
  if (db->mode == DB_READ_ONLY) {
    tx_message_set(name, "the database is opened for reading only");
    return ERR_DENIED;
  }
  return db->engine->tx_run(db, name, fn, arg);
}

static enum err backup_name(str path, struct buf *z, struct buf *message) {
  buf_put(z, path);
  if (!z->full && path.n && !memchr(path.p, 0, path.n)) return ERR_OK;
  buf_putz(message, "the name of the backup is empty or too long");
  return ERR_INVALID;
}

enum err db_backup(struct db *db, str path, struct buf *message) {
  AUTO(buf_release) struct buf z = BUF(4096);
  TRY(backup_name(path, &z, message));
  return db->engine->backup(db, buf_z(&z), message);
}

enum err db_backup_place(str path, struct buf *message) {
  AUTO(buf_release) struct buf z = BUF(4096);
  TRY(backup_name(path, &z, message));
  return sqlite_mark(buf_z(&z), false, message);
}

// ---- connections

enum err conn_fail(struct db_conn *c, enum err e, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  (void)vsnprintf(c->message, sizeof c->message, fmt, ap);
  va_end(ap);
  return e;
}

// The last step of every call: a failure inside a write transaction stays with it, one of a reader until it is asked for.
static enum err conn_result(struct db_conn *c, enum err e) {
  bool store = e == ERR_IO || e == ERR_BUSY || e == ERR_CORRUPT;
  if (e && c->kind == CONN_WRITE && c->in_tx && !c->tx_error) c->tx_error = e;
  if (store && c->kind == CONN_READ && !c->failed) c->failed = e;
  return e;
}

enum err db_failure(struct db_conn *c) {
  enum err e = c->failed;
  c->failed = ERR_OK;
  return e;
}

static enum err conn_check(struct db_conn *c, const char *what) {
  if (c->tx_error) return c->tx_error;
  if (db_fault_hit(what)) return conn_result(c, conn_fail(c, ERR_IO, "injected fault"));
  return ERR_OK;
}

enum err db_conn_open(struct db *db, struct db_conn **ret_conn) {
  if (db_fault_hit("open a connection")) return ERR_IO;
  AUTO(buf_release) struct buf message = BUF(DB_MESSAGE_MAX);
  struct db_conn *c;
  enum err e = db->engine->conn_open(db, CONN_READ, &message, &c);
  if (e) {
    tx_message_set("open a connection", buf_z(&message));
    return e;
  }
  atomic_fetch_add(&db->nconns, 1);
  *ret_conn = c;
  return ERR_OK;
}

void db_conn_close(struct db_conn *c) {
  if (!c) return;
  assert(c->kind == CONN_READ && c->in_use == 0);
  db_read_end(c);
  atomic_fetch_sub(&c->db->nconns, 1);
  c->db->engine->conn_close(c);
}

enum err db_read_begin(struct db_conn *c) {
  assert(c->kind == CONN_READ && !c->in_tx);
  TRY(conn_check(c, "begin a snapshot"));
  TRY(conn_result(c, c->db->engine->begin(c)));
  c->in_tx = true;
  return ERR_OK;
}

void db_read_end(struct db_conn *c) {
  if (!c->in_tx) return;
  assert(c->in_use == 0);
  c->db->engine->rollback(c);  // nothing was written
  c->in_tx = false;
}

enum err db_exec(struct db_conn *c, sql q) {
  TRY(conn_check(c, q.text));
  return conn_result(c, c->db->engine->exec(c, q.text));
}

int64_t db_work(struct db_conn *c) { return c->db->engine->work(c); }

enum err db_describe(struct db_conn *c, str table, struct buf *out) {
  TRY(conn_check(c, "describe"));
  return conn_result(c, c->db->engine->describe(c, table, out));
}

// ---- statement cache: open addressing by the address of the text; a removed entry is re-inserted around

static size_t cache_slot(const char *text) {
  uint64_t h = (uint64_t)(uintptr_t)text * UINT64_C(0x9E3779B97F4A7C15);
  return (size_t)(h >> 40) & (DB_STMT_SLOTS - 1);
}

static size_t cache_find(const struct db_conn *c, const char *text) {
  size_t i = cache_slot(text);
  while (c->cache[i] && c->cache[i]->q.text != text) i = (i + 1) & (DB_STMT_SLOTS - 1);
  return i;
}

static void cache_remove(struct db_conn *c, size_t i) {
  c->cache[i] = NULL;
  c->ncached--;
  for (i = (i + 1) & (DB_STMT_SLOTS - 1); c->cache[i]; i = (i + 1) & (DB_STMT_SLOTS - 1)) {
    struct db_stmt *moved = c->cache[i];
    c->cache[i] = NULL;
    c->cache[cache_find(c, moved->q.text)] = moved;
  }
}

static void cache_evict_oldest(struct db_conn *c) {
  size_t oldest = DB_STMT_SLOTS;
  for (size_t i = 0; i < DB_STMT_SLOTS; i++) {
    const struct db_stmt *s = c->cache[i];
    if (s && !s->in_use && (oldest == DB_STMT_SLOTS || s->last_used < c->cache[oldest]->last_used)) oldest = i;
  }
  if (oldest == DB_STMT_SLOTS) return;
  struct db_stmt *s = c->cache[oldest];
  cache_remove(c, oldest);
  c->db->engine->stmt_free(s);
}

void conn_cache_free(struct db_conn *c) {
  for (size_t i = 0; i < DB_STMT_SLOTS; i++) {
    if (c->cache[i]) c->db->engine->stmt_free(c->cache[i]);
    c->cache[i] = NULL;
  }
  c->ncached = 0;
}

void conn_cache_each(struct db_conn *c, void (*fn)(struct db_stmt *s)) {
  for (size_t i = 0; i < DB_STMT_SLOTS; i++)
    if (c->cache[i]) fn(c->cache[i]);
}

sql sql_dynamic(const char *text) { return (sql){text, false}; }

static struct db_stmt *stmt_take(struct db_conn *c, struct db_stmt *s) {
  s->in_use = true;
  s->started = s->ended = false;
  s->bind_error = ERR_OK;
  s->changes = 0;
  s->last_used = ++c->tick;
  c->in_use++;
  return s;
}

enum err db_prepare(struct db_conn *c, sql q, struct db_stmt **ret_stmt) {
  TRY(conn_check(c, q.text));
  size_t slot = q.fixed ? cache_find(c, q.text) : 0;
  if (q.fixed && c->cache[slot] && !c->cache[slot]->in_use) {
    *ret_stmt = stmt_take(c, c->cache[slot]);
    return ERR_OK;
  }
  bool keep = q.fixed && !c->cache[slot];  // the same text twice at once: the second one is temporary
  struct db_stmt *s;
  enum err e = c->db->engine->stmt_new(c, q.text, &s);
  if (e) return conn_result(c, e);
  s->conn = c;
  s->q = q;
  s->cached = keep;
  if (keep) {
    if (c->ncached >= DB_STMTS_KEPT) {
      cache_evict_oldest(c);
      slot = cache_find(c, q.text);
    }
    c->cache[slot] = s;
    c->ncached++;
  }
  *ret_stmt = stmt_take(c, s);
  return ERR_OK;
}

void db_release(struct db_stmt **sp) {
  struct db_stmt *s = *sp;
  *sp = NULL;
  if (!s) return;
  assert(s->in_use);
  const struct db_engine *engine = s->conn->db->engine;
  s->in_use = false;
  s->conn->in_use--;
  engine->stmt_reset(s);
  (void)engine->bind(s, 0,
                     &(struct db_value){.kind = VALUE_NULL});  // 0: forgets every value, so that none leaks into the next use
  if (!s->cached) engine->stmt_free(s);
}

// ---- values

static void stmt_bind(struct db_stmt *s, int i, struct db_value v) {
  assert(i >= 1 && i <= DB_PARAMS_MAX);
  const struct db_engine *engine = s->conn->db->engine;
  if (s->started) {
    engine->stmt_reset(s);
    s->started = s->ended = false;
  }
  enum err e = engine->bind(s, i, &v);
  if (e && !s->bind_error) s->bind_error = e;
}

void db_bind_int(struct db_stmt *s, int i, int64_t v) { stmt_bind(s, i, (struct db_value){VALUE_INT, v, STR_NULL}); }

// PostgreSQL cannot store U+0000 in text, so neither engine does.
void db_bind_text(struct db_stmt *s, int i, str v) {
  if (v.n && memchr(v.p, 0, v.n)) {
    s->bind_error = conn_fail(s->conn, ERR_INVALID, "parameter %d: text with a NUL byte", i);
    return;
  }
  stmt_bind(s, i, (struct db_value){v.p ? VALUE_TEXT : VALUE_NULL, 0, v});
}

void db_bind_bytes(struct db_stmt *s, int i, str v) { stmt_bind(s, i, (struct db_value){v.p ? VALUE_BYTES : VALUE_NULL, 0, v}); }

void db_bind_bool(struct db_stmt *s, int i, bool v) { stmt_bind(s, i, (struct db_value){VALUE_BOOL, v, STR_NULL}); }

void db_bind_null(struct db_stmt *s, int i) { stmt_bind(s, i, (struct db_value){VALUE_NULL, 0, STR_NULL}); }

enum err db_step(struct db_stmt *s, bool *ret_row) {
  struct db_conn *c = s->conn;
  TRY(conn_check(c, s->q.text));
  if (s->bind_error) return conn_result(c, s->bind_error);
  if (s->ended) {
    *ret_row = false;
    return ERR_OK;
  }
  s->started = true;
  bool row;
  enum err e = c->db->engine->step(s, &row);
  if (e) {
    s->ended = true;
    return conn_result(c, e);
  }
  s->ended = !row;
  *ret_row = row;
  return ERR_OK;
}

enum err db_run(struct db_stmt *s) {
  bool row = true;
  while (row) TRY(db_step(s, &row));
  return ERR_OK;
}

int64_t db_changes(struct db_stmt *s) { return s->changes; }

bool db_is_null(struct db_stmt *s, int col) { return s->conn->db->engine->is_null(s, col); }

int64_t db_int(struct db_stmt *s, int col) { return s->conn->db->engine->get_int(s, col); }

bool db_bool(struct db_stmt *s, int col) { return db_int(s, col) != 0; }

str db_text(struct db_stmt *s, int col) { return s->conn->db->engine->get_bytes(s, col); }

str db_bytes(struct db_stmt *s, int col) { return s->conn->db->engine->get_bytes(s, col); }

enum err db_one_int(struct db_conn *c, sql q, const int64_t *args, int nargs, bool *ret_found, int64_t *ret_value) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(c, q, &s));
  for (int i = 0; i < nargs; i++) db_bind_int(s, i + 1, args[i]);
  bool row;
  TRY(db_step(s, &row));
  if (row) *ret_value = db_int(s, 0);
  *ret_found = row;
  return ERR_OK;
}

// ---- search

enum err db_search_put(struct db_conn *c, str entity, id64 record, id64 viewer, str tokens) {
  assert(c->kind == CONN_WRITE && viewer > 0 && entity.n && entity.n < sizeof(((struct db_hit *)0)->entity));
  TRY(conn_check(c, "search_put"));
  const struct db_engine *engine = c->db->engine;
  if (!str_trim(tokens).n) return conn_result(c, engine->search_drop(c, entity, record, viewer));
  return conn_result(c, engine->search_put(c, entity, record, viewer, tokens));
}

enum err db_search_drop(struct db_conn *c, str entity, id64 record, id64 viewer) {
  assert(c->kind == CONN_WRITE);
  TRY(conn_check(c, "search_drop"));
  return conn_result(c, c->db->engine->search_drop(c, entity, record, viewer));
}

static int hit_newest_first(const void *a, const void *b) {
  const struct db_hit *x = a, *y = b;
  if (x->record != y->record) return x->record < y->record ? 1 : -1;
  return strcmp(x->entity, y->entity);
}

void search_hit_take(struct db_stmt *s, struct db_hit *ret) {
  str entity = db_text(s, 0);
  assert(entity.n < sizeof ret->entity);
  memcpy(ret->entity, entity.p, entity.n);
  ret->entity[entity.n] = 0;
  ret->record = db_int(s, 1);
}

enum err db_search(struct db_conn *c, id64 viewer, str entity_or_null, str query_tokens, size_t limit, struct arena *a,
                   struct db_hit **ret_hits, size_t *ret_n) {
  const struct db_engine *engine = c->db->engine;
  AUTO(buf_release) struct buf match = BUF(64 * 1024);
  size_t n = 0;
  struct db_hit *hits = NEW_ARRAY(a, limit ? limit : 1, struct db_hit);
  if (engine->search_newest) {
    if (limit) TRY(engine->search_newest(c, viewer, entity_or_null, query_tokens, limit, hits, &n));
    if (n) qsort(hits, n, sizeof *hits, hit_newest_first);
    *ret_hits = hits;
    *ret_n = n;
    return ERR_OK;
  }
  TRY(engine->search_match(&match, viewer, entity_or_null, query_tokens));
  if (match.full) return ERR_LIMIT;
  if (match.n && limit) {
    AUTO(db_release) struct db_stmt *s = NULL;
    TRY(db_prepare(c, engine->search_select, &s));
    db_bind_text(s, 1, buf_str(&match));
    db_bind_int(s, 2, (int64_t)limit);
    db_bind_text(s, 3, entity_or_null.p ? entity_or_null : S(""));
    bool row;
    for (;;) {
      TRY(db_step(s, &row));
      if (!row || n == limit) break;
      search_hit_take(s, &hits[n++]);
    }
    qsort(hits, n, sizeof *hits, hit_newest_first);
  }
  *ret_hits = hits;
  *ret_n = n;
  return ERR_OK;
}
