// SPDX-License-Identifier: Apache-2.0
// PostgreSQL: write transactions on the caller's thread, with a connection from a small pool, repeated when the server finds that they
// could not have run one after the other; and the sequencer. Ordering entries inside each transaction would line all writers up, so it
// is done afterwards by whoever holds the advisory lock of the schema, in a transaction of its own. The lock is taken for one run
// and before its transaction begins, so that its snapshot holds all that was committed before.
// A write wakes the loop of its own process directly; one without a loop (a command line) sends NOTIFY entente_work. NOTIFY lines
// commits up in the server, so ordinary writes do without. Notifications carry the schema: several hubs share a database.
#include "base/hash.h"
#include "db/postgres_internal.h"
#include <assert.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum {
  POOL_WAIT_S = 5,
  PENDING_MS = 100,  // another process holds the lock, or a run failed: try again
  IDLE_MS = 1000,    // a run in case a notification was lost
  RECONNECT_MS = 1000,
  BACKOFF_MAX_MS = 64,
};

static struct pg_db *pg_of(struct db *db) { return (struct pg_db *)db; }

static void sleep_ms(int64_t ms) {
  struct timespec t = {ms / 1000, (ms % 1000) * 1000000};
  (void)nanosleep(&t, NULL);
}

// ---- pool

// An idle connection, or the right to open one (*ret NULL).
static enum err pool_take(struct pg_db *pg, struct db_conn **ret) {
  struct timespec until;
  (void)clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += POOL_WAIT_S;
  enum err e = ERR_OK;
  pthread_mutex_lock(&pg->lock);
  while (!pg->nidle && pg->nopen >= DB_POOL_MAX && !e)
    if (pthread_cond_timedwait(&pg->returned, &pg->lock, &until) != 0) e = ERR_BUSY;
  if (!e) {
    *ret = pg->nidle ? pg->idle[--pg->nidle] : NULL;
    pg->nopen += *ret == NULL;
  }
  pthread_mutex_unlock(&pg->lock);
  return e;
}

static void pool_forget(struct pg_db *pg) {
  pthread_mutex_lock(&pg->lock);
  pg->nopen--;
  pthread_cond_signal(&pg->returned);
  pthread_mutex_unlock(&pg->lock);
}

static void pool_return(struct pg_db *pg, struct db_conn *c) {
  pthread_mutex_lock(&pg->lock);
  pg->idle[pg->nidle++] = c;
  pthread_cond_signal(&pg->returned);
  pthread_mutex_unlock(&pg->lock);
}

static enum err pool_get(struct pg_db *pg, const char *name, struct db_conn **ret) {
  struct db_conn *c = NULL;
  enum err e = pool_take(pg, &c);
  if (e) {
    tx_message_set(name, "all connections for writing are in use");
    return e;
  }
  if (!c) {
    AUTO(buf_release) struct buf message = BUF(DB_MESSAGE_MAX);
    e = pg->db.engine->conn_open(&pg->db, CONN_WRITE, &message, &c);
    if (e) {
      pool_forget(pg);
      tx_message_set(name, buf_z(&message));
      return e;
    }
  }
  *ret = c;
  return ERR_OK;
}

void pg_pool_close(struct pg_db *pg) {
  assert(pg->nidle == pg->nopen);  // no write transaction is running
  for (int i = 0; i < pg->nidle; i++) pg->db.engine->conn_close(pg->idle[i]);
}

// ---- transactions

static enum err tx_attempt(struct db_conn *c, const char *begin, db_tx_fn fn, void *arg) {
  const struct db_engine *engine = c->db->engine;
  if (db_fault_hit("begin")) return conn_fail(c, ERR_IO, "injected fault");
  TRY(begin ? engine->exec(c, begin) : engine->begin(c));
  c->in_tx = true;
  enum err e = tx_callback(c, fn, arg);
  if (!e && db_fault_hit("commit")) e = conn_fail(c, ERR_IO, "injected fault");
  if (!e) e = engine->commit(c);
  if (e) engine->rollback(c);
  c->in_tx = false;
  return e;
}

// Waits longer each time, and by chance, so that the same rivals do not meet again.
static void back_off(int attempt) {
  int64_t most = attempt < 6 ? INT64_C(1) << attempt : BACKOFF_MAX_MS;
  sleep_ms(1 + (int64_t)(random_u64() % (uint64_t)most));
}

static enum err tx_repeat(struct db_conn *c, const char *begin, db_tx_fn fn, void *arg) {
  for (int attempt = 0; attempt < DB_RETRIES; attempt++) {
    enum err e = tx_attempt(c, begin, fn, arg);
    if (e != ERR_RETRY) return e;
    back_off(attempt);
  }
  return ERR_BUSY;
}

static void wake_sequencer(struct pg_db *pg, struct db_conn *c) {
  if (atomic_load(&pg->looping)) {
    const uint64_t one = 1;
    ssize_t n = write(pg->wake_fd, &one, sizeof one);
    (void)n;  // full: it is awake
    return;
  }
  char text[128];
  (void)snprintf(text, sizeof text, "NOTIFY entente_work, '%s'", pg->schema);
  enum err e = pg_command(c, text, NULL);
  (void)e;  // the sequencer looks by itself every second
}

enum err pg_tx_run(struct db *db, const char *name, db_tx_fn fn, void *arg) {
  struct pg_db *pg = pg_of(db);
  struct db_conn *c;
  TRY(pool_get(pg, name, &c));
  enum err e = tx_repeat(c, NULL, fn, arg);
  if (e)
    tx_message_set(name, c->message);
  else
    wake_sequencer(pg, c);
  pool_return(pg, c);
  return e;
}

// ---- sequencer

struct sequence_run {
  struct db_hooks hooks;
  const struct pg_db *pg;
  bool wrote;
};

static enum err sequence_callback(struct db_conn *c, void *arg) {
  struct sequence_run *run = arg;
  TRY(run->hooks.before_commit(c, run->hooks.arg));
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(c, SQL("SELECT pg_current_xact_id_if_assigned() IS NOT NULL"), &s));
  bool row;
  TRY(db_step(s, &row));
  run->wrote = row && db_bool(s, 0);
  if (!run->wrote) return ERR_OK;
  char text[128];
  (void)snprintf(text, sizeof text, "NOTIFY entente_log, '%s'", run->pg->schema);
  return db_exec(c, sql_dynamic(text));
}

static enum err lock_sequencer(struct db_conn *c, bool wait, bool *ret_held) {
  const struct pg_db *pg = pg_of(c->db);
  char text[96];
  (void)snprintf(text, sizeof text, wait ? "SELECT pg_advisory_lock(%lld) IS NOT NULL" : "SELECT pg_try_advisory_lock(%lld)",
                 (long long)pg->lock_key);
  PGresult *r;
  TRY(pg_command(c, text, &r));
  *ret_held = PQgetvalue(r, 0, 0)[0] == 't';
  PQclear(r);
  return ERR_OK;
}

static void unlock_sequencer(struct db_conn *c) {
  char text[96];
  (void)snprintf(text, sizeof text, "SELECT pg_advisory_unlock(%lld)", (long long)pg_of(c->db)->lock_key);
  enum err e = pg_command(c, text, NULL);
  (void)e;  // lost with the connection, then the lock is gone too
}

// One run of the hook. *ret_held false: another process has the lock, nothing was done.
static enum err sequence_once(struct db_conn *c, bool wait, bool *ret_held) {
  struct sequence_run run = {.hooks = db_hooks_now(c->db), .pg = pg_of(c->db)};
  *ret_held = true;
  if (!run.hooks.before_commit) return ERR_OK;
  TRY(lock_sequencer(c, wait, ret_held));
  if (!*ret_held) return ERR_OK;
  enum err e = tx_repeat(c, "BEGIN ISOLATION LEVEL REPEATABLE READ", sequence_callback, &run);
  unlock_sequencer(c);
  if (!e && run.wrote && run.hooks.on_commit) run.hooks.on_commit(run.hooks.arg);
  return e;
}

enum err pg_sequence_now(struct db *db) {
  struct pg_db *pg = pg_of(db);
  struct db_conn *c;
  TRY(pool_get(pg, "sequence", &c));
  bool held;
  enum err e = sequence_once(c, true, &held);
  if (pg_lost(c)) {
    e = pg_reconnect(c);
    e = e ? e : sequence_once(c, true, &held);
  }
  if (e) tx_message_set("sequence", c->message);
  pool_return(pg, c);
  return e;
}

static void on_commit(struct pg_db *pg) {
  struct db_hooks hooks = db_hooks_now(&pg->db);
  if (hooks.on_commit) hooks.on_commit(hooks.arg);
}

// Sleeps until a write of this process, a notification or the time limit. Returns whether there may be work to order.
static bool wait_for_work(struct pg_db *pg, struct db_conn *c, int timeout_ms) {
  PGconn *h = ((struct pg_conn *)c)->h;
  struct pollfd fds[2] = {{.fd = PQsocket(h), .events = POLLIN}, {.fd = pg->wake_fd, .events = POLLIN}};
  bool work = poll(fds, 2, timeout_ms) == 0;
  uint64_t n;
  work = read(pg->wake_fd, &n, sizeof n) == (ssize_t)sizeof n || work;
  if (!PQconsumeInput(h)) return work;
  bool ordered = false;
  for (PGnotify *note; (note = PQnotifies(h)) != NULL; PQfreemem(note)) {
    if (strcmp(note->extra, pg->schema) != 0 || note->be_pid == PQbackendPID(h)) continue;
    ordered = ordered || strcmp(note->relname, "entente_log") == 0;
    work = work || strcmp(note->relname, "entente_work") == 0;
  }
  if (ordered) on_commit(pg);
  return work;
}

static enum err listen_both(struct db_conn *c) {
  TRY(pg_command(c, "LISTEN entente_log", NULL));
  return pg_command(c, "LISTEN entente_work", NULL);
}

// Runs until stopped or the connection is lost.
static void listen_and_sequence(struct pg_db *pg, struct db_conn *c) {
  if (listen_both(c)) return;
  bool work = true, pending = false;
  while (!atomic_load(&pg->stop) && !pg_lost(c)) {
    if (work) {
      bool held = false;
      enum err e = sequence_once(c, false, &held);
      pending = e || !held;
    }
    work = wait_for_work(pg, c, pending ? PENDING_MS : IDLE_MS);
  }
}

void pg_sequencer_loop(struct db *db) {
  struct pg_db *pg = pg_of(db);
  atomic_store(&pg->looping, true);
  while (!atomic_load(&pg->stop)) {
    AUTO(buf_release) struct buf message = BUF(DB_MESSAGE_MAX);
    struct db_conn *c;
    if (!db->engine->conn_open(db, CONN_WRITE, &message, &c)) {
      listen_and_sequence(pg, c);
      db->engine->conn_close(c);
    }
    if (!atomic_load(&pg->stop)) {
      struct pollfd wake = {.fd = pg->wake_fd, .events = POLLIN};
      sleep_ms(50);  // a wake that came for work must not turn this into a busy loop
      (void)poll(&wake, 1, RECONNECT_MS);
    }
  }
  atomic_store(&pg->looping, false);
}

void pg_stop(struct db *db) {
  struct pg_db *pg = pg_of(db);
  atomic_store(&pg->stop, true);
  const uint64_t one = 1;
  ssize_t n = write(pg->wake_fd, &one, sizeof one);
  (void)n;  // full: it wakes anyway
}
