// SPDX-License-Identifier: Apache-2.0
// The database behind one small interface: SQLite (a file) or PostgreSQL (a URL). No dialect leaves this folder.
// A `struct db` is a hub. Readers and writers get a `struct db_conn`; statements are prepared once per connection, found by the
// address of their text. SQL is a type made from literals (SQL("...")) or by db/sqlb.h from names of the model; always bound, $1 ...
// Threading: db is shared; a connection belongs to one thread at a time. Write callbacks on SQLite run on the one writer thread
// inside a savepoint of the current batch (group commit); on PostgreSQL on the caller's thread. db_tx_run waits until it is durable.
// Failure: enum err; db_message() tells the operator why, never the caller of the API.
#ifndef ENTENTE_DB_DB_H
#define ENTENTE_DB_DB_H
#include "base/err.h"
#include "base/id.h"

struct db;
struct db_conn;
struct db_stmt;

typedef struct sql {
  const char *text;  // lives for ever (literal) or as long as the arena of the builder
  bool fixed;        // a literal: its statement is kept prepared under its address
} sql;
#define SQL(lit) ((sql){"" lit "", true})
#define SQL_INIT(lit) \
  { "" lit "", true }  // in static tables

enum db_open_mode { DB_SERVE, DB_READ_ONLY, DB_CREATE, DB_RESTORE };
// url: path of a SQLite file, or postgres://...  DB_SERVE takes the owner's lock (SQLite: one process writes); DB_CREATE may create.
// A backup is marked as one: it is opened DB_READ_ONLY, or DB_RESTORE, which writes and opens nothing else.
MUST_USE enum err db_open(str url, enum db_open_mode mode, struct buf *message, struct db **ret_db);
void db_close(struct db *db);                     // waits for the writer; NULL ok
bool db_is_sqlite(const struct db *db);           // for operator messages and tests only
bool db_is_backup(const struct db *db);           // what db_backup wrote, not a hub at work
const char *db_message(const struct db_conn *c);  // last failure of this connection, for the log

// Read connections: one per worker. A read transaction sees one snapshot.
MUST_USE enum err db_conn_open(struct db *db, struct db_conn **ret_conn);
void db_conn_close(struct db_conn *c);
MUST_USE enum err db_read_begin(struct db_conn *c);
void db_read_end(struct db_conn *c);
// The first failure of the store (ERR_IO, ERR_BUSY, ERR_CORRUPT) a read connection met since this was last asked. Who makes one part of
// an answer may look away from a failure; who sends the answer may not.
enum err db_failure(struct db_conn *c);

// Runs `fn` in one write transaction: named for log and metrics, retried on serialization failure (fn must be repeatable: it
// resets what it wrote to memory), committed when it returns ERR_OK, rolled back otherwise. `fn` never writes the response.
// Returns fn's error, or ERR_IO when the commit failed, ERR_BUSY when the queue is full.
typedef enum err (*db_tx_fn)(struct db_conn *c, void *arg);
MUST_USE enum err db_tx_run(struct db *db, const char *name, db_tx_fn fn, void *arg);

// Called inside every batch (SQLite) or transaction's end (PostgreSQL: by the lock holder) after callbacks, before COMMIT: the sequencer.
// `on_commit` is called after a durable commit, from the writer thread, before the callers return: live updates. Keep it short.
struct db_hooks {
  enum err (*before_commit)(struct db_conn *c, void *arg);
  void (*on_commit)(void *arg);
  void *arg;
};
void db_set_hooks(struct db *db, struct db_hooks hooks);
// PostgreSQL: listens on `entente_log`; calls on_commit when another process ordered entries. Runs the sequencer every 100 ms while it
// holds the advisory lock. SQLite: returns at once. Called once by serve on a thread of its own until db_stop.
void db_sequencer_loop(struct db *db);
void db_stop(struct db *db);
// Runs the hook once, under the lock, in a transaction of its own: for programs that write and end. SQLite: an empty batch.
MUST_USE enum err db_sequence_now(struct db *db);
const char *db_tx_message(void);  // why the last db_tx_run or db_conn_open of this thread failed, for the log

// Statements. $n are 1-based. Text and bytes are borrowed until the statement is reset (released).
MUST_USE enum err db_prepare(struct db_conn *c, sql q, struct db_stmt **ret_stmt);
void db_release(struct db_stmt **s);  // for AUTO(): resets it; a fixed one goes back to the cache
void db_bind_int(struct db_stmt *s, int i, int64_t v);
void db_bind_text(struct db_stmt *s, int i, str v);  // STR_NULL binds NULL
void db_bind_bytes(struct db_stmt *s, int i, str v);
void db_bind_bool(struct db_stmt *s, int i, bool v);
void db_bind_null(struct db_stmt *s, int i);
// One row: *ret_row true; end: false. Constraint violation (unique, foreign key, check) is ERR_CONFLICT.
MUST_USE enum err db_step(struct db_stmt *s, bool *ret_row);
MUST_USE enum err db_run(struct db_stmt *s);  // to the end, rows ignored
int64_t db_changes(struct db_stmt *s);        // rows changed by the last run
bool db_is_null(struct db_stmt *s, int col);  // columns are 0-based
int64_t db_int(struct db_stmt *s, int col);
bool db_bool(struct db_stmt *s, int col);
str db_text(struct db_stmt *s, int col);  // valid until the next step or release; NULL gives STR_NULL
str db_bytes(struct db_stmt *s, int col);
MUST_USE enum err db_exec(struct db_conn *c, sql q);  // no parameters, no rows
// Convenience: one value of one row. found=false: no row.
MUST_USE enum err db_one_int(struct db_conn *c, sql q, const int64_t *args, int nargs, bool *ret_found, int64_t *ret_value);

// Migrations: embedded NNNN_name.sql in our own type words (int64 text bytes bool), expanded per engine. Applies what is missing,
// in one transaction each; table schema_version(number, name, applied_at). A database newer than the program is refused.
MUST_USE enum err db_migrate(struct db *db, struct buf *message, int *ret_applied);
// For those who only read: a database newer than the program is refused (ERR_CONFLICT); older: db_migrate has something to apply.
MUST_USE enum err db_schema_check(struct db *db, struct buf *message, bool *ret_older);
// Introspection for selfcheck: a line per column, "NAME int64|text|bytes|bool notnull|null\n", sorted by name; nothing if the table is missing.
MUST_USE enum err db_describe(struct db_conn *c, str table, struct buf *out);
// Online backup to a new SQLite file, of one snapshot and durable when it returns (SQLite: VACUUM INTO on a read-only connection;
// PostgreSQL: pg_dump-free copy of every table). The file is marked as a backup.
MUST_USE enum err db_backup(struct db *db, str path, struct buf *message);
MUST_USE enum err db_backup_place(str path, struct buf *message);  // takes the mark off a closed file: it is a hub
// Copies every row of a hub in SQLite into an empty hub of the same schema, in one transaction. ERR_CONFLICT: it is not empty.
MUST_USE enum err db_load(struct db *from, struct db *to, struct buf *message);

// Full-text search, one implementation per engine, newest records first: rows (entity, record, viewer) -> tokens (utf8_tokens of the projected text).
MUST_USE enum err db_search_put(struct db_conn *c, str entity, id64 record, id64 viewer,
                                str tokens);                                                // replaces; empty tokens delete
MUST_USE enum err db_search_drop(struct db_conn *c, str entity, id64 record, id64 viewer);  // viewer 0: all
struct db_hit {
  char entity[32];
  id64 record;
};
MUST_USE enum err db_search(struct db_conn *c, id64 viewer, str entity_or_null, str query_tokens, size_t limit, struct arena *a,
                            struct db_hit **ret_hits, size_t *ret_n);

// Work counters of this thread's connection since the last call: SQLite VM steps, PostgreSQL shared buffers of EXPLAIN ANALYZE when asked.
int64_t db_work(struct db_conn *c);
// Steps of SQLite's virtual machine since the start, of all transactions of this process that have ended. 0 on PostgreSQL, which counts for itself.
uint64_t db_steps(void);
// Fault injection for tests: fails the nth db call of this process from now (1-based; 0 off) with ERR_IO. src/db/fault.c
void db_fault_set(int64_t nth);
int64_t db_fault_count(void);  // calls since db_fault_set
// Calls of this thread are made for a request, and count for faults injected from outside (builds with sanitizers). Returns what was.
bool db_fault_mark(bool on);
#endif
