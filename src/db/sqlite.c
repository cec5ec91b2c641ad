// SPDX-License-Identifier: Apache-2.0
// SQLite. WAL with synchronous=FULL: a commit is on disk when it returns. One writer connection, owned by the writer thread of tx.c,
// does every write and every checkpoint: up to 3.51.2 a checkpoint of one connection beside a commit of another can corrupt the log.
// Readers are opened read-only and never checkpoint. One process owns the file for writing: an flock on FILE.lock, kept until close
// (a file beside, because closing any descriptor of the database file would drop SQLite's own locks).
#include "base/file.h"
#include "db/db_internal.h"
#include "db/scrub.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
  APPLICATION_ID = 0x454E5454,  // "ENTT" in the file's header: another program's file is refused
  BACKUP_ID = 0x454E5442,       // "ENTB": a backup, which nobody may serve by mistake: its log would fork under the same name
  BUSY_MS = 5000,               // waiting for a visitor (a shell, a recovering reader) before "locked"
  SCRUB_TRIES = 5,
};

struct sqlite_db {
  struct db db;
  int lock_fd;
  struct db_conn *write_conn;
  struct writer *writer;
};

struct sqlite_conn {
  struct db_conn conn;
  sqlite3 *h;
  sqlite3_stmt *begin, *commit, *rollback, *savepoint, *release, *rollback_to;
  uint64_t steps;  // not yet among those of all connections
  bool scrub, scrub_files;
  atomic_bool scrubbed;  // the last wish to scrub came true
};

struct sqlite_stmt {
  struct db_stmt stmt;
  sqlite3_stmt *h;
  int nparams;
  int index[];  // our $n -> SQLite's number of the parameter; 0: not in the text
};

static sqlite3 *handle(const struct db_conn *c) { return ((const struct sqlite_conn *)c)->h; }

static sqlite3_stmt *raw(const struct db_stmt *s) { return ((const struct sqlite_stmt *)s)->h; }

// ---- errors

static enum err err_of(int rc) {
  switch (rc & 0xff) {
  case SQLITE_OK:
  case SQLITE_ROW:
  case SQLITE_DONE: return ERR_OK;
  case SQLITE_CONSTRAINT: return rc == SQLITE_CONSTRAINT_DATATYPE ? ERR_IO : ERR_CONFLICT;  // a wrong type is our own mistake
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB: return ERR_CORRUPT;
  case SQLITE_TOOBIG: return ERR_LIMIT;
  default: return ERR_IO;
  }
}

static enum err fail(struct db_conn *c, int rc, const char *what) {
  return conn_fail(c, err_of(rc), "%s (%s): %.200s", sqlite3_errmsg(handle(c)), sqlite3_errstr(rc), what);
}

static enum err sqlite_exec(struct db_conn *c, const char *text) {
  int rc = sqlite3_exec(handle(c), text, NULL, NULL, NULL);
  return rc ? fail(c, rc, text) : ERR_OK;
}

// ---- statements

// SQLite numbers `$2 ... $1` by appearance; the digits of the name say which of ours it is.
static int param_number(sqlite3_stmt *h, int i) {
  const char *name = sqlite3_bind_parameter_name(h, i);
  int64_t n;
  if (!name || name[0] != '$' || !str_to_int64(str_of(name + 1), &n) || n < 1 || n > DB_PARAMS_MAX) return 0;
  return (int)n;
}

static enum err sqlite_stmt_new(struct db_conn *c, const char *text, struct db_stmt **ret) {
  sqlite3_stmt *h = NULL;
  const char *tail = NULL;
  int rc = sqlite3_prepare_v3(handle(c), text, -1, SQLITE_PREPARE_PERSISTENT, &h, &tail);
  if (rc) return fail(c, rc, text);
  if (!h || str_trim(str_of(tail)).n) {
    sqlite3_finalize(h);
    return conn_fail(c, ERR_IO, "not exactly one statement: %.200s", text);
  }
  int n = sqlite3_bind_parameter_count(h), highest = 0;
  for (int i = 1; i <= n; i++) {
    int number = param_number(h, i);
    if (!number) {
      sqlite3_finalize(h);
      return conn_fail(c, ERR_IO, "a parameter that is not $1 to $%d: %.200s", DB_PARAMS_MAX, text);
    }
    highest = number > highest ? number : highest;
  }
  struct sqlite_stmt *s = calloc(1, sizeof *s + (size_t)(highest + 1) * sizeof s->index[0]);
  if (!s) abort();
  for (int i = 1; i <= n; i++) s->index[param_number(h, i)] = i;
  s->h = h;
  s->nparams = highest;
  *ret = &s->stmt;
  return ERR_OK;
}

static atomic_uint_least64_t steps_of_all;

uint64_t db_steps(void) { return atomic_load(&steps_of_all); }

static void sqlite_stmt_reset(struct db_stmt *s) {
  int steps = sqlite3_stmt_status(raw(s), SQLITE_STMTSTATUS_VM_STEP, 1);
  s->conn->work += steps;
  ((struct sqlite_conn *)s->conn)->steps += (uint64_t)steps;
  (void)sqlite3_reset(raw(s));  // repeats the error of the last step, which was reported
}

static void sqlite_stmt_free(struct db_stmt *s) {
  (void)sqlite3_finalize(raw(s));
  free(s);
}

static enum err sqlite_bind(struct db_stmt *base, int i, const struct db_value *v) {
  struct sqlite_stmt *s = (struct sqlite_stmt *)base;
  if (i == 0) {
    (void)sqlite3_clear_bindings(s->h);
    return ERR_OK;
  }
  int at = i <= s->nparams ? s->index[i] : 0;
  if (!at) return conn_fail(base->conn, ERR_IO, "no parameter $%d in %.200s", i, base->q.text);
  int rc = SQLITE_OK;
  switch (v->kind) {
  case VALUE_NULL: rc = sqlite3_bind_null(s->h, at); break;
  case VALUE_INT:
  case VALUE_BOOL: rc = sqlite3_bind_int64(s->h, at, v->i); break;
  case VALUE_TEXT: rc = sqlite3_bind_text64(s->h, at, v->s.p, v->s.n, SQLITE_STATIC, SQLITE_UTF8); break;
  case VALUE_BYTES: rc = sqlite3_bind_blob64(s->h, at, v->s.p, v->s.n, SQLITE_STATIC); break;
  }
  return rc ? fail(base->conn, rc, base->q.text) : ERR_OK;
}

static enum err sqlite_step(struct db_stmt *s, bool *ret_row) {
  int rc = sqlite3_step(raw(s));
  if (rc != SQLITE_ROW && rc != SQLITE_DONE) return fail(s->conn, rc, s->q.text);
  if (rc == SQLITE_DONE) s->changes = sqlite3_stmt_readonly(raw(s)) ? 0 : sqlite3_changes64(handle(s->conn));
  *ret_row = rc == SQLITE_ROW;
  return ERR_OK;
}

static bool sqlite_is_null(struct db_stmt *s, int col) {
  assert(col >= 0 && col < sqlite3_column_count(raw(s)));
  return sqlite3_column_type(raw(s), col) == SQLITE_NULL;
}

static int64_t sqlite_get_int(struct db_stmt *s, int col) {
  sqlite3_stmt *h = raw(s);
  assert(col >= 0 && col < sqlite3_column_count(h));
  int type = sqlite3_column_type(h, col);  // asked once: a page of records reads thousands of columns
  assert(type == SQLITE_INTEGER || type == SQLITE_NULL);
  return type == SQLITE_INTEGER ? sqlite3_column_int64(h, col) : 0;
}

static str sqlite_get_bytes(struct db_stmt *s, int col) {
  sqlite3_stmt *h = raw(s);
  assert(col >= 0 && col < sqlite3_column_count(h));
  int type = sqlite3_column_type(h, col);
  if (type == SQLITE_NULL) return STR_NULL;
  assert(type == SQLITE_TEXT || type == SQLITE_BLOB);
  const void *p = sqlite3_column_blob(h, col);  // NULL for an empty value
  return (str){p ? p : "", p ? (size_t)sqlite3_column_bytes(h, col) : 0};
}

static int64_t sqlite_work(struct db_conn *c) {
  int64_t w = c->work;
  c->work = 0;
  return w;
}

// ---- transactions

static enum err run_fixed(struct db_conn *c, sqlite3_stmt *h) {
  int rc = sqlite3_step(h);
  enum err e = rc == SQLITE_DONE ? ERR_OK : fail(c, rc, sqlite3_sql(h));
  (void)sqlite3_reset(h);
  return e;
}

static enum err sqlite_begin(struct db_conn *c) { return run_fixed(c, ((struct sqlite_conn *)c)->begin); }

// Once a transaction: a counter that all threads share is not touched for each statement.
static void count_steps(struct db_conn *c) {
  struct sqlite_conn *sc = (struct sqlite_conn *)c;
  atomic_fetch_add(&steps_of_all, sc->steps);
  sc->steps = 0;
}

static void sqlite_rollback(struct db_conn *c) {
  count_steps(c);
  if (!sqlite3_get_autocommit(handle(c))) (void)run_fixed(c, ((struct sqlite_conn *)c)->rollback);
}

// What must wait for the end of the transaction that asked for it. The commit stands whatever comes of it.
static void scrub_now(struct sqlite_conn *sc) {
  sc->scrub = false;
  int rc = sc->scrub_files ? sqlite3_exec(sc->h, "VACUUM", NULL, NULL, NULL) : SQLITE_OK;
  if (!rc) rc = sqlite3_wal_checkpoint_v2(sc->h, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
  atomic_store(&sc->scrubbed, rc == SQLITE_OK);
}

static enum err sqlite_commit(struct db_conn *c) {
  struct sqlite_conn *sc = (struct sqlite_conn *)c;
  count_steps(c);
  enum err e = run_fixed(c, sc->commit);
  if (e)
    sqlite_rollback(c);
  else if (sc->scrub)
    scrub_now(sc);
  return e;
}

static enum err scrub_callback(struct db_conn *c, void *arg) {
  struct sqlite_conn *sc = (struct sqlite_conn *)c;
  TRY(sqlite_exec(c, "INSERT INTO search_index (search_index) VALUES ('optimize')"));
  sc->scrub = true;
  sc->scrub_files = *(const bool *)arg;
  return ERR_OK;
}

enum err sqlite_scrub(struct db *db, bool files) {
  struct sqlite_conn *sc = (struct sqlite_conn *)((struct sqlite_db *)db)->write_conn;
  for (int i = 0; i < SCRUB_TRIES; i++) {
    TRY(db_tx_run(db, "scrub", scrub_callback, &files));
    if (atomic_load(&sc->scrubbed)) return ERR_OK;
  }
  return ERR_BUSY;
}

enum err sqlite_savepoint(struct db_conn *c) { return run_fixed(c, ((struct sqlite_conn *)c)->savepoint); }

// A deferred foreign key would fail the COMMIT of the whole batch: it is found here, where it concerns its own callback only.
enum err sqlite_savepoint_release(struct db_conn *c) {
  int violated = 0, high = 0;
  (void)sqlite3_db_status(handle(c), SQLITE_DBSTATUS_DEFERRED_FKS, &violated, &high, 0);
  if (violated) return conn_fail(c, ERR_CONFLICT, "a deferred foreign key is violated");
  return run_fixed(c, ((struct sqlite_conn *)c)->release);
}

enum err sqlite_savepoint_rollback(struct db_conn *c) {
  TRY(run_fixed(c, ((struct sqlite_conn *)c)->rollback_to));
  return run_fixed(c, ((struct sqlite_conn *)c)->release);
}

bool sqlite_tx_lost(struct db_conn *c) { return sqlite3_get_autocommit(handle(c)) != 0; }

// ---- connections

static void sqlite_conn_close(struct db_conn *c) {
  struct sqlite_conn *sc = (struct sqlite_conn *)c;
  conn_cache_free(c);
  search_queue_free(c->search);
  sqlite3_stmt *own[] = {sc->begin, sc->commit, sc->rollback, sc->savepoint, sc->release, sc->rollback_to};
  for (size_t i = 0; i < ARRAY_LEN(own); i++) (void)sqlite3_finalize(own[i]);
  (void)sqlite3_close(sc->h);
  free(sc);
}

static int prepare_own(struct sqlite_conn *sc) {
  bool write = sc->conn.kind == CONN_WRITE;
  const struct {
    const char *text;
    sqlite3_stmt **to;
  } own[] = {{write ? "BEGIN IMMEDIATE" : "BEGIN", &sc->begin},
             {"COMMIT", &sc->commit},
             {"ROLLBACK", &sc->rollback},
             {"SAVEPOINT callback", &sc->savepoint},
             {"RELEASE callback", &sc->release},
             {"ROLLBACK TO callback", &sc->rollback_to}};
  for (size_t i = 0; i < ARRAY_LEN(own); i++) {
    int rc = sqlite3_prepare_v3(sc->h, own[i].text, -1, SQLITE_PREPARE_PERSISTENT, own[i].to, NULL);
    if (rc) return rc;
  }
  return SQLITE_OK;
}

// What makes the two engines agree: LIKE minds case, "x" is a name and never a string.
static int settings(struct sqlite_conn *sc) {
  sqlite3 *h = sc->h;
  (void)sqlite3_extended_result_codes(h, 1);
  (void)sqlite3_busy_timeout(h, BUSY_MS);
  (void)sqlite3_db_config(h, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
  (void)sqlite3_db_config(h, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
  (void)sqlite3_db_config(h, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  (void)sqlite3_db_config(h, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  // The file is mapped as far as the library allows (2 GB): pages come from the system's cache, which all connections share. A cache
  // of one's own holds what is in the log or behind that mark; a reader needs little, and there are many readers.
  int rc =
    sqlite3_exec(h,
                 "PRAGMA mmap_size=2147418112; PRAGMA cache_size=-16384; PRAGMA temp_store=MEMORY; PRAGMA foreign_keys=ON; "
                 "PRAGMA case_sensitive_like=ON",
                 NULL, NULL, NULL);
  if (rc) return rc;
  if (sc->conn.kind == CONN_READ)
    return sqlite3_exec(h, "PRAGMA cache_size=-5120; PRAGMA wal_autocheckpoint=0; PRAGMA query_only=ON", NULL, NULL, NULL);
  return sqlite3_exec(
    h,
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=2000; PRAGMA journal_size_limit=67108864; "
    "PRAGMA secure_delete=ON",
    NULL, NULL, NULL);
}

static enum err refuse(struct buf *message, enum err e, const char *path, const char *why) {
  buf_fmt(message, "%s: %s", path, why);
  return e;
}

static enum err pragma_int(struct db_conn *c, const char *text, int64_t *ret) {
  sqlite3_stmt *h = NULL;
  int rc = sqlite3_prepare_v2(handle(c), text, -1, &h, NULL);
  if (!rc) rc = sqlite3_step(h);
  if (rc == SQLITE_ROW) *ret = sqlite3_column_int64(h, 0);
  (void)sqlite3_finalize(h);
  return rc == SQLITE_ROW ? ERR_OK : fail(c, rc, text);
}

// Before anything is written, if only the kind of its journal: a backup stays as it was signed.
static enum err check_mark(struct db_conn *c, struct buf *message) {
  int64_t id = 0;
  enum err e = pragma_int(c, "PRAGMA application_id", &id);
  if (e) return refuse(message, e, c->db->url, c->message);
  c->db->backup = id == BACKUP_ID;
  if (c->db->backup && (c->db->mode == DB_SERVE || c->db->mode == DB_CREATE))
    return refuse(message, ERR_DENIED, c->db->url, "is a backup; `entente restore` makes a hub of it");
  if (c->db->mode == DB_RESTORE && !c->db->backup) return refuse(message, ERR_INVALID, c->db->url, "is not a backup");
  return ERR_OK;
}

static enum err sqlite_conn_open(struct db *db, enum conn_kind kind, struct buf *message, struct db_conn **ret) {
  struct sqlite_conn *sc = calloc(1, sizeof *sc);
  if (!sc) abort();
  sc->conn.db = db;
  sc->conn.kind = kind;
  int flags = SQLITE_OPEN_NOMUTEX | (kind == CONN_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
  int rc = sqlite3_open_v2(db->url, &sc->h, flags, NULL);
  enum err e = !rc && kind == CONN_WRITE ? check_mark(&sc->conn, message) : ERR_OK;
  if (!e && !rc) rc = settings(sc);
  if (!e && !rc) rc = prepare_own(sc);
  if (rc) e = refuse(message, err_of(rc), db->url, sc->h ? sqlite3_errmsg(sc->h) : sqlite3_errstr(rc));
  if (e) {
    sqlite_conn_close(&sc->conn);
    return e;
  }
  if (kind == CONN_WRITE) sc->conn.search = search_queue_new();
  *ret = &sc->conn;
  return ERR_OK;
}

// ---- the file

static enum err lock_file(const char *path, struct buf *message, int *ret_fd) {
  AUTO(buf_release) struct buf name = BUF(8192);
  buf_putz(&name, path);
  buf_putz(&name, ".lock");
  int fd = open(buf_z(&name), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return refuse(message, ERR_IO, buf_z(&name), strerror(errno));
  char pid[32] = "";
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    ssize_t n = read(fd, pid, sizeof pid - 1);
    pid[n > 0 ? n : 0] = 0;
    close(fd);
    buf_fmt(message,
            "%s is open for writing in another process (%s); one process at a time may write. Stop it, or go through its API.",
            path, pid[0] ? pid : "unknown");
    return ERR_BUSY;
  }
  int n = snprintf(pid, sizeof pid, "pid %ld", (long)getpid());
  if (ftruncate(fd, 0) != 0 || pwrite(fd, pid, (size_t)n, 0) != n) {
    close(fd);
    return refuse(message, ERR_IO, buf_z(&name), strerror(errno));
  }
  *ret_fd = fd;
  return ERR_OK;
}

// Personal data: only the owner may read. SQLite gives -wal and -shm the same mode.
static enum err create_private(const char *path, struct buf *message) {
  int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return errno == EEXIST ? ERR_OK : refuse(message, ERR_IO, path, strerror(errno));
  close(fd);
  return ERR_OK;
}

// An empty file becomes ours; any other must carry our number.
static enum err check_owner(struct db_conn *c, bool may_mark, struct buf *message) {
  int64_t id = 0, tables = 0;
  enum err e = pragma_int(c, "PRAGMA application_id", &id);
  if (!e) e = pragma_int(c, "SELECT count(*) FROM sqlite_schema", &tables);
  if (!e && id == 0 && tables == 0 && may_mark) {
    id = APPLICATION_ID;
    e = sqlite_exec(c, "PRAGMA application_id=1162761300");
  }
  if (e) return refuse(message, e, c->db->url, c->message);
  c->db->backup = id == BACKUP_ID;
  if (id != APPLICATION_ID && id != BACKUP_ID)
    return refuse(message, ERR_INVALID, c->db->url, "is not a database of this program");
  return ERR_OK;
}
_Static_assert(APPLICATION_ID == 1162761300 && BACKUP_ID == 1162761282, "the pragmas write the same numbers");

// Some network file systems cannot share memory, and SQLite then keeps another journal without an error.
static enum err check_wal(struct db_conn *c, struct buf *message) {
  sqlite3_stmt *h = NULL;
  bool wal = !sqlite3_prepare_v2(handle(c), "PRAGMA journal_mode", -1, &h, NULL) && sqlite3_step(h) == SQLITE_ROW &&
             str_eqz(S("wal"), (const char *)sqlite3_column_text(h, 0));
  (void)sqlite3_finalize(h);
  return wal ? ERR_OK : refuse(message, ERR_IO, c->db->url, "no write-ahead log here: use a local disk");
}

static enum err open_writer(struct sqlite_db *sd, struct buf *message) {
  TRY(lock_file(sd->db.url, message, &sd->lock_fd));
  if (sd->db.mode == DB_CREATE) TRY(create_private(sd->db.url, message));
  TRY(sqlite_conn_open(&sd->db, CONN_WRITE, message, &sd->write_conn));
  TRY(check_wal(sd->write_conn, message));
  TRY(check_owner(sd->write_conn, sd->db.mode == DB_CREATE, message));
  enum err e = writer_start(&sd->db, sd->write_conn, &sd->writer);
  return e ? refuse(message, e, sd->db.url, "the writer thread does not start") : ERR_OK;
}

static enum err open_reader(struct sqlite_db *sd, struct buf *message) {
  struct db_conn *c;
  TRY(sqlite_conn_open(&sd->db, CONN_READ, message, &c));
  enum err e = check_owner(c, false, message);
  sqlite_conn_close(c);
  return e;
}

static void sqlite_close(struct db *db) {
  struct sqlite_db *sd = (struct sqlite_db *)db;
  if (sd->writer) writer_stop(sd->writer);
  if (sd->write_conn) sqlite_conn_close(sd->write_conn);
  if (sd->lock_fd >= 0) close(sd->lock_fd);
  db_release_common(db);
  free(sd);
}

// The library would count every allocation under one lock that all threads share. Refused when it is already at work: no harm.
static void library_setup(void) { (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }

enum err sqlite_open(const char *path, enum db_open_mode mode, struct buf *message, struct db **ret) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  (void)pthread_once(&once, library_setup);
  if (!sqlite3_threadsafe()) return refuse(message, ERR_IO, path, "libsqlite3 is built without threads");
  struct stat st;
  if (mode != DB_CREATE && stat(path, &st) != 0)
    return refuse(message, ERR_NOT_FOUND, path, errno == ENOENT ? "does not exist" : strerror(errno));
  struct sqlite_db *sd = calloc(1, sizeof *sd);
  if (!sd) abort();
  sd->lock_fd = -1;
  db_init_common(&sd->db, &db_sqlite_engine, path, mode);
  enum err e = mode == DB_READ_ONLY ? open_reader(sd, message) : open_writer(sd, message);
  if (e) {
    sqlite_close(&sd->db);
    return e;
  }
  *ret = &sd->db;
  return ERR_OK;
}

static enum err sqlite_tx_run(struct db *db, const char *name, db_tx_fn fn, void *arg) {
  return writer_run(((struct sqlite_db *)db)->writer, name, fn, arg);
}

static enum err nothing(struct db_conn *c, void *arg) {
  (void)c, (void)arg;
  return ERR_OK;
}

// Every batch runs the hook: an empty one does what is left to do.
static enum err sqlite_sequence_now(struct db *db) { return sqlite_tx_run(db, "sequence", nothing, NULL); }

static void sqlite_sequencer_loop(struct db *db) { (void)db; }

static void sqlite_stop(struct db *db) { (void)db; }

// ---- introspection and backup

static const char *type_word(str declared) {
  if (str_eq(declared, S("INTEGER"))) return "int64";
  if (str_eq(declared, S("INT"))) return "bool";
  if (str_eq(declared, S("TEXT"))) return "text";
  return str_eq(declared, S("BLOB")) ? "bytes" : "other";
}

static enum err sqlite_describe(struct db_conn *c, str table, struct buf *out) {
  sqlite3_stmt *h = NULL;
  const char *text = "SELECT name, type, \"notnull\" OR pk > 0 FROM pragma_table_info(?1) ORDER BY name";
  int rc = sqlite3_prepare_v2(handle(c), text, -1, &h, NULL);
  if (!rc) rc = sqlite3_bind_text64(h, 1, table.p, table.n, SQLITE_STATIC, SQLITE_UTF8);
  while (!rc && (rc = sqlite3_step(h)) == SQLITE_ROW) {
    buf_fmt(out, "%s %s %s\n", (const char *)sqlite3_column_text(h, 0),
            type_word(str_of((const char *)sqlite3_column_text(h, 1))), sqlite3_column_int(h, 2) ? "notnull" : "null");
    rc = SQLITE_OK;
  }
  enum err e = rc == SQLITE_DONE ? ERR_OK : fail(c, rc, text);
  (void)sqlite3_finalize(h);
  return e;
}

static enum err sync_file(const char *path, struct buf *message) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0 || fsync(fd) != 0) {
    enum err e = refuse(message, ERR_IO, path, strerror(errno));
    if (fd >= 0) close(fd);
    return e;
  }
  close(fd);
  return file_name_sync(path) ? refuse(message, ERR_IO, path, strerror(EIO)) : ERR_OK;
}

static enum err vacuum_into(struct db *db, const char *path, struct buf *message) {
  struct db_conn *c;
  TRY(sqlite_conn_open(db, CONN_READ, message, &c));
  (void)sqlite3_exec(handle(c), "PRAGMA query_only=OFF", NULL, NULL, NULL);  // still opened read-only: the source cannot change
  sqlite3_stmt *h = NULL;
  int rc = sqlite3_prepare_v2(handle(c), "VACUUM INTO ?1", -1, &h, NULL);
  if (!rc) rc = sqlite3_bind_text(h, 1, path, -1, SQLITE_STATIC);
  if (!rc) rc = sqlite3_step(h);
  enum err e = rc == SQLITE_DONE ? ERR_OK : fail(c, rc, "VACUUM INTO");
  (void)sqlite3_finalize(h);
  if (e) (void)refuse(message, e, path, c->message);
  sqlite_conn_close(c);
  return e;
}

enum err sqlite_mark(const char *path, bool backup, struct buf *message) {
  sqlite3 *h = NULL;
  int rc = sqlite3_open_v2(path, &h, SQLITE_OPEN_READWRITE, NULL);
  const char *text = backup ? "PRAGMA journal_mode=DELETE; PRAGMA application_id=1162761282"
                            : "PRAGMA journal_mode=DELETE; PRAGMA application_id=1162761300";
  if (!rc) rc = sqlite3_exec(h, text, NULL, NULL, NULL);
  enum err e = rc ? refuse(message, err_of(rc), path, h ? sqlite3_errmsg(h) : sqlite3_errstr(rc)) : ERR_OK;
  (void)sqlite3_close(h);
  return e ? e : sync_file(path, message);
}

static enum err sqlite_backup(struct db *db, const char *path, struct buf *message) {
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return refuse(message, errno == EEXIST ? ERR_CONFLICT : ERR_IO, path, strerror(errno));
  close(fd);
  enum err e = vacuum_into(db, path, message);
  if (!e) e = sqlite_mark(path, true, message);
  if (e) (void)unlink(path);
  return e;
}

const struct db_engine db_sqlite_engine = {
  .name = "sqlite",
  .types = {[TYPE_INT64] = "INTEGER", [TYPE_TEXT] = "TEXT", [TYPE_BYTES] = "BLOB", [TYPE_BOOL] = "INT"},
  .table_suffix = " STRICT",
  .search_ddl = sqlite_search_ddl,
  .close = sqlite_close,
  .conn_open = sqlite_conn_open,
  .conn_close = sqlite_conn_close,
  .exec = sqlite_exec,
  .begin = sqlite_begin,
  .commit = sqlite_commit,
  .rollback = sqlite_rollback,
  .stmt_new = sqlite_stmt_new,
  .stmt_reset = sqlite_stmt_reset,
  .stmt_free = sqlite_stmt_free,
  .bind = sqlite_bind,
  .step = sqlite_step,
  .is_null = sqlite_is_null,
  .get_int = sqlite_get_int,
  .get_bytes = sqlite_get_bytes,
  .work = sqlite_work,
  .describe = sqlite_describe,
  .backup = sqlite_backup,
  .search_put = sqlite_search_put,
  .search_drop = sqlite_search_drop,
  .search_match = sqlite_search_match,
  .search_select = SQL_INIT("SELECT r.entity, r.record FROM search_index($1) AS x JOIN search_row AS r ON r.id = x.rowid "
                            "WHERE $3 = '' OR r.entity = $3 ORDER BY x.rowid DESC LIMIT $2"),
  .tx_run = sqlite_tx_run,
  .sequence_now = sqlite_sequence_now,
  .sequencer_loop = sqlite_sequencer_loop,
  .stop = sqlite_stop,
};
