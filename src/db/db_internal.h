// SPDX-License-Identifier: Apache-2.0
// What the files of src/db share: the table of operations an engine provides, and the common part of connections and statements.
// Reading order: db.c (the public functions, statement cache) -> sqlite.c, postgres.c (the engines) -> tx.c (writes) -> migrate.c
// -> search.c -> backup.c. An engine embeds struct db, db_conn and db_stmt as the first member of its own structs.
// Inside an engine nothing counts faults or keeps the failed state of a transaction: db.c does, once, for both.
#ifndef ENTENTE_DB_DB_INTERNAL_H
#define ENTENTE_DB_DB_INTERNAL_H
#include "base/clock.h"
#include "db/db.h"
#include <pthread.h>
#include <stdatomic.h>

enum {
  DB_PARAMS_MAX = 512,   // parameters of one statement: a multi-row insert of 16 rows of 32 columns
  DB_STMTS_KEPT = 512,   // prepared statements kept by a connection; past it the one unused for longest goes
  DB_STMT_SLOTS = 1024,  // power of two, at least twice DB_STMTS_KEPT
  DB_MESSAGE_MAX = 512,
  DB_QUEUE_MAX = 1024,  // write transactions that may wait on SQLite: about 50 ms of work; more answers ERR_BUSY
  DB_BATCH_MAX = 64,    // callbacks that share one COMMIT: measured to saturate the disk's flush
  DB_RETRIES = 20,      // attempts of a transaction on PostgreSQL before ERR_BUSY
  DB_POOL_MAX = 32,     // write connections of a process to PostgreSQL
};

enum conn_kind { CONN_READ, CONN_WRITE };

enum value_kind { VALUE_NULL, VALUE_INT, VALUE_BOOL, VALUE_TEXT, VALUE_BYTES };
struct db_value {
  enum value_kind kind;
  int64_t i;
  str s;
};

struct db_stmt {
  struct db_conn *conn;
  sql q;
  bool cached;          // belongs to the connection's cache; otherwise freed when released
  bool in_use;          // handed out by db_prepare
  bool started, ended;  // since the last reset
  enum err bind_error;
  int64_t changes;
  uint64_t last_used;
};

struct db_conn {
  struct db *db;
  enum conn_kind kind;
  bool in_tx;
  enum err tx_error;  // first failure inside a write transaction: it stays, as PostgreSQL does it, on both engines
  enum err failed;    // readers: first failure of the store since db_failure was asked
  int in_use;         // statements handed out
  int64_t work;
  uint64_t tick;  // ages the cached statements
  int ncached;
  struct db_stmt *cache[DB_STMT_SLOTS];
  struct search_queue *search;  // SQLite writer: rows for the index, written at the end of the batch
  char message[DB_MESSAGE_MAX];
};

// The type words of migrations, in the order of `types` below.
enum type_word { TYPE_INT64, TYPE_TEXT, TYPE_BYTES, TYPE_BOOL, TYPE_WORDS };
extern const char *const db_type_words[TYPE_WORDS];

struct db_engine {
  const char *name;
  const char *types[TYPE_WORDS];         // what a type word becomes in DDL
  const char *table_suffix;              // behind the closing parenthesis of CREATE TABLE
  const char *migrate_lock;              // first statement of a migration's transaction; NULL: none needed
  const char *const *search_ddl;         // NULL-terminated statements
  const char *const *search_blocks_ddl;  // a later change of them; NULL: none

  void (*close)(struct db *db);
  enum err (*conn_open)(struct db *db, enum conn_kind kind, struct buf *message, struct db_conn **ret);
  void (*conn_close)(struct db_conn *c);
  enum err (*exec)(struct db_conn *c, const char *text);
  enum err (*begin)(struct db_conn *c);   // read or write transaction, by the connection's kind
  enum err (*commit)(struct db_conn *c);  // a failed commit leaves no transaction open
  void (*rollback)(struct db_conn *c);
  enum err (*stmt_new)(struct db_conn *c, const char *text, struct db_stmt **ret);
  void (*stmt_reset)(struct db_stmt *s);  // keeps the values bound
  void (*stmt_free)(struct db_stmt *s);
  enum err (*bind)(struct db_stmt *s, int i, const struct db_value *v);
  enum err (*step)(struct db_stmt *s, bool *ret_row);  // sets s->changes at the end
  bool (*is_null)(struct db_stmt *s, int col);
  int64_t (*get_int)(struct db_stmt *s, int col);
  str (*get_bytes)(struct db_stmt *s, int col);  // text and bytes alike
  int64_t (*work)(struct db_conn *c);
  enum err (*describe)(struct db_conn *c, str table, struct buf *out);
  enum err (*backup)(struct db *db, const char *path, struct buf *message);
  enum err (*search_put)(struct db_conn *c, str entity, id64 record, id64 viewer, str tokens);
  enum err (*search_drop)(struct db_conn *c, str entity, id64 record, id64 viewer);
  // Either the engine's own query text and a statement: $1 match text, $2 limit, $3 entity or '' -> entity, record; or the whole.
  enum err (*search_match)(struct buf *out, id64 viewer, str entity, str query);
  sql search_select;
  enum err (*search_newest)(struct db_conn *c, id64 viewer, str entity, str query, size_t limit, struct db_hit *hits,
                            size_t *ret_n);
  enum err (*tx_run)(struct db *db, const char *name, db_tx_fn fn, void *arg);
  enum err (*sequence_now)(struct db *db);
  void (*sequencer_loop)(struct db *db);
  void (*stop)(struct db *db);
};

struct db {
  const struct db_engine *engine;
  enum db_open_mode mode;
  char *url;          // path or URL, NUL-terminated
  bool backup;        // a file marked as one
  atomic_int nconns;  // read connections handed out
  pthread_mutex_t lock;
  struct db_hooks hooks;
};

// sqlite.c, postgres.c
extern const struct db_engine db_sqlite_engine, db_postgres_engine;
enum err sqlite_open(const char *path, enum db_open_mode mode, struct buf *message, struct db **ret);
enum err postgres_open(const char *url, enum db_open_mode mode, struct buf *message, struct db **ret);

// db.c
void db_init_common(struct db *db, const struct db_engine *engine, const char *url, enum db_open_mode mode);
void db_release_common(struct db *db);
struct db_hooks db_hooks_now(struct db *db);
void conn_cache_free(struct db_conn *c);  // every cached statement, before the engine closes
void conn_cache_each(struct db_conn *c, void (*fn)(struct db_stmt *s));
enum err conn_fail(struct db_conn *c, enum err e, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
sql sql_dynamic(const char *text);  // text of this folder's own making, not kept prepared

// SQLite only: the batch is opened once, each callback in its savepoint (sqlite.c).
enum err sqlite_mark(const char *path, bool backup,
                     struct buf *message);  // of a closed file: one file, no log beside it, durable
enum err sqlite_savepoint(struct db_conn *c);
enum err sqlite_savepoint_release(struct db_conn *c);  // ERR_CONFLICT: a deferred foreign key is violated
enum err sqlite_savepoint_rollback(struct db_conn *c);
bool sqlite_tx_lost(struct db_conn *c);  // the engine rolled the whole transaction back by itself

// tx.c
struct writer;
enum err writer_start(struct db *db, struct db_conn *conn, struct writer **ret);
void writer_stop(struct writer *w);  // runs what is queued, joins; the connection stays the caller's
enum err writer_run(struct writer *w, const char *name, db_tx_fn fn, void *arg);
void tx_message_set(const char *name, const char *message);
enum err tx_callback(struct db_conn *c, db_tx_fn fn, void *arg);  // runs fn, returns what the transaction must do

// search.c
struct search_queue;
struct search_queue *search_queue_new(void);
void search_queue_free(struct search_queue *q);
size_t search_queue_mark(const struct search_queue *q);
void search_queue_cut(struct search_queue *q, size_t mark);  // forgets what was added after the mark
enum err search_queue_add(struct search_queue *q, str entity, id64 record, id64 viewer, str tokens, bool drop);
enum err search_queue_apply(struct search_queue *q, struct db_conn *c);
void search_text(struct buf *out, id64 viewer, str entity, str tokens);  // what is indexed, blank-separated
extern const char *const sqlite_search_ddl[], *const postgres_search_ddl[], *const postgres_search_blocks_ddl[];
enum err sqlite_search_put(struct db_conn *c, str entity, id64 record, id64 viewer, str tokens);
enum err sqlite_search_drop(struct db_conn *c, str entity, id64 record, id64 viewer);
enum err sqlite_search_match(struct buf *out, id64 viewer, str entity, str query);
enum err sqlite_search_write(struct db_conn *c, str entity, id64 record, id64 viewer, str tokens);
enum err sqlite_search_erase(struct db_conn *c, str entity, id64 record, id64 viewer);
enum err postgres_search_put(struct db_conn *c, str entity, id64 record, id64 viewer, str tokens);
enum err postgres_search_drop(struct db_conn *c, str entity, id64 record, id64 viewer);
enum err postgres_search_newest(struct db_conn *c, id64 viewer, str entity, str query, size_t limit, struct db_hit *hits,
                                size_t *ret_n);
void search_hit_take(struct db_stmt *s, struct db_hit *ret);  // of a row (entity, record)

// migrate.c: the list is a parameter so that tests bring their own.
struct migration {
  int number;
  const char *name, *text;
};
extern const struct migration db_migrations[];  // generated from migrations/*.sql, ends with text NULL
enum err db_migrate_list(struct db *db, const struct migration *list, struct buf *message, int *ret_applied);
void migrate_expand(const struct db_engine *engine, str statement, struct buf *out);

// backup.c
enum err backup_copy_to_sqlite(struct db *db, const char *path, struct buf *message);

// fault.c: counts a call; true when it is the one to fail.
bool db_fault_hit(const char *what);  // what: for the test that asks which call failed
bool db_fault_marked(void);
#endif
