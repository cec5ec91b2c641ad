// SPDX-License-Identifier: Apache-2.0
// Write transactions. SQLite: one thread takes what is queued, runs each callback in a savepoint of one transaction, and commits once:
// the flush to disk, which is nearly all of a commit's time, is shared by up to DB_BATCH_MAX callers. The callers sleep until it is durable.
// A callback that fails takes only its own savepoint back; a COMMIT or hook that fails takes everyone's.
// (PostgreSQL runs callbacks on the caller's thread and groups commits by itself: postgres_tx.c.)
#include "db/db_internal.h"
#include <assert.h>
#include <errno.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>

struct task {
  const char *name;
  db_tx_fn fn;
  void *arg;
  enum err err;
  char message[DB_MESSAGE_MAX];
  sem_t done;
  bool for_request;
  struct task *next;
};

struct writer {
  struct db *db;
  struct db_conn *conn;
  pthread_t thread;
  pthread_mutex_t lock;
  pthread_cond_t wake;
  struct task *head, **tail;
  int queued;
  bool stop;
};

static _Thread_local char tx_message[DB_MESSAGE_MAX];
static _Thread_local bool in_callback;

const char *db_tx_message(void) { return tx_message; }

void tx_message_set(const char *name, const char *message) {
  (void)snprintf(tx_message, sizeof tx_message, "%s: %s", name, message);
}

// A failure inside stays, even if the callback looked away: PostgreSQL would commit nothing, so neither engine does. One of the store
// is not renamed either: what could not be read is not "not found".
enum err tx_callback(struct db_conn *c, db_tx_fn fn, void *arg) {
  c->tx_error = ERR_OK;
  c->message[0] = 0;
  in_callback = true;
  enum err e = fn(c, arg);
  in_callback = false;
  assert(c->in_use == 0);  // every statement is released before the transaction ends
  bool store = c->tx_error == ERR_RETRY || c->tx_error == ERR_IO || c->tx_error == ERR_BUSY || c->tx_error == ERR_CORRUPT;
  if (store || !e) e = c->tx_error;
  c->tx_error = ERR_OK;
  return e;
}

static void task_fail(struct task *t, enum err e, const char *message) {
  t->err = e;
  (void)snprintf(t->message, sizeof t->message, "%s", message);
}

// ERR_OK unless the whole transaction is gone; the callback's own result is in the task.
static enum err task_run(struct db_conn *c, struct task *t) {
  size_t mark = search_queue_mark(c->search);
  enum err e = db_fault_hit("begin") ? conn_fail(c, ERR_IO, "injected fault") : sqlite_savepoint(c);
  if (e) {
    task_fail(t, e, c->message);
    return sqlite_tx_lost(c) ? e : ERR_OK;
  }
  e = tx_callback(c, t->fn, t->arg);
  if (!e) e = sqlite_savepoint_release(c);
  if (!e) return ERR_OK;
  task_fail(t, e, c->message);
  search_queue_cut(c->search, mark);
  return sqlite_tx_lost(c) ? ERR_IO : sqlite_savepoint_rollback(c);
}

// What belongs to the batch as a whole, after the callbacks: search rows, the sequencer, the commit.
static enum err batch_finish(struct writer *w, const struct db_hooks *hooks) {
  struct db_conn *c = w->conn;
  c->tx_error = ERR_OK;
  enum err e = search_queue_apply(c->search, c);
  if (!e && hooks->before_commit) {
    e = hooks->before_commit(c, hooks->arg);
    assert(c->in_use == 0);
  }
  if (!e) e = c->tx_error;
  if (!e && db_fault_hit("commit")) e = conn_fail(c, ERR_IO, "injected fault");
  return e ? e : c->db->engine->commit(c);
}

static enum err batch_try(struct writer *w, struct task *first, const struct db_hooks *hooks, bool *ret_durable) {
  struct db_conn *c = w->conn;
  TRY(c->db->engine->begin(c));
  c->in_tx = true;
  enum err e = ERR_OK;
  bool any = false, for_request = false;
  for (struct task *t = first; t && !e; t = t->next) {
    for_request = for_request || t->for_request;
    (void)db_fault_mark(t->for_request);
    e = task_run(c, t);
    any = any || !t->err;
  }
  (void)db_fault_mark(for_request);
  if (!e && any) e = batch_finish(w, hooks);
  if (e || !any) c->db->engine->rollback(c);
  search_queue_cut(c->search, 0);
  c->in_tx = false;
  c->tx_error = ERR_OK;
  *ret_durable = !e && any;
  return e;
}

static void batch_run(struct writer *w, struct task *first) {
  struct db_hooks hooks = db_hooks_now(w->db);
  bool durable = false;
  enum err e = batch_try(w, first, &hooks, &durable);
  if (durable && hooks.on_commit) hooks.on_commit(hooks.arg);  // first: once the callers are back, no hook of theirs runs
  for (struct task *t = first, *next; t; t = next) {
    next = t->next;  // the task belongs to its caller again after the post
    if (e && !t->err) task_fail(t, ERR_IO, w->conn->message);
    (void)sem_post(&t->done);
  }
}

// Takes up to DB_BATCH_MAX tasks off the queue; NULL: stopped and nothing left.
static struct task *batch_take(struct writer *w) {
  pthread_mutex_lock(&w->lock);
  while (!w->head && !w->stop) pthread_cond_wait(&w->wake, &w->lock);
  struct task *first = w->head, **end = &w->head;
  int n = 0;
  while (*end && n < DB_BATCH_MAX) {
    end = &(*end)->next;
    n++;
  }
  struct task *rest = *end;
  *end = NULL;
  w->head = rest;
  if (!rest) w->tail = &w->head;
  w->queued -= n;
  pthread_mutex_unlock(&w->lock);
  return first;
}

static void *writer_main(void *arg) {
  struct writer *w = arg;
  for (struct task *first; (first = batch_take(w)) != NULL;) batch_run(w, first);
  return NULL;
}

enum err writer_start(struct db *db, struct db_conn *conn, struct writer **ret) {
  struct writer *w = calloc(1, sizeof *w);
  if (!w || pthread_mutex_init(&w->lock, NULL) != 0 || pthread_cond_init(&w->wake, NULL) != 0) abort();
  w->db = db;
  w->conn = conn;
  w->tail = &w->head;
  if (pthread_create(&w->thread, NULL, writer_main, w) != 0) {
    free(w);
    return ERR_IO;
  }
  *ret = w;
  return ERR_OK;
}

void writer_stop(struct writer *w) {
  pthread_mutex_lock(&w->lock);
  w->stop = true;
  pthread_cond_signal(&w->wake);
  pthread_mutex_unlock(&w->lock);
  pthread_join(w->thread, NULL);
  pthread_cond_destroy(&w->wake);
  pthread_mutex_destroy(&w->lock);
  free(w);
}

enum err writer_run(struct writer *w, const char *name, db_tx_fn fn, void *arg) {
  assert(!in_callback);  // the writer thread would wait for itself
  struct task t = {.name = name, .fn = fn, .arg = arg, .for_request = db_fault_marked()};
  pthread_mutex_lock(&w->lock);
  bool full = w->queued >= DB_QUEUE_MAX || w->stop;
  if (!full) {
    if (sem_init(&t.done, 0, 0) != 0) abort();
    *w->tail = &t;
    w->tail = &t.next;
    w->queued++;
    pthread_cond_signal(&w->wake);
  }
  pthread_mutex_unlock(&w->lock);
  if (full) {
    tx_message_set(name, "too many writes are waiting");
    return ERR_BUSY;
  }
  while (sem_wait(&t.done) != 0) assert(errno == EINTR);
  (void)sem_destroy(&t.done);
  if (t.err) tx_message_set(name, t.message);
  return t.err;
}
