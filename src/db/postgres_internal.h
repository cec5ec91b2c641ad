// SPDX-License-Identifier: Apache-2.0
// What postgres.c (connections, statements) and postgres_tx.c (pool, transactions, sequencer) share.
#ifndef ENTENTE_DB_POSTGRES_INTERNAL_H
#define ENTENTE_DB_POSTGRES_INTERNAL_H
#include "db/db_internal.h"
#include <libpq-fe.h>

struct pg_db {
  struct db db;
  char *conninfo;  // the URL without our own option `schema`
  char schema[64];
  int64_t lock_key;  // advisory lock of this schema's sequencer
  int wake_fd;       // eventfd: a write of this process wakes its sequencer loop
  atomic_bool looping, stop;
  pthread_mutex_t lock;
  pthread_cond_t returned;
  struct db_conn *idle[DB_POOL_MAX];
  int nidle, nopen;
};

struct pg_conn {
  struct db_conn conn;
  PGconn *h;
  uint64_t generation;  // counts connections made: what was prepared on an earlier one is gone
  uint64_t names;
  bool measuring;  // db_work was asked: SELECTs are explained too
};

// Runs text without parameters; ret may be NULL. Errors are mapped and set as the connection's message.
enum err pg_command(struct db_conn *c, const char *text, PGresult **ret);
bool pg_lost(const struct db_conn *c);
enum err pg_reconnect(struct db_conn *c);

// postgres_tx.c
void pg_pool_close(struct pg_db *pg);
enum err pg_tx_run(struct db *db, const char *name, db_tx_fn fn, void *arg);
enum err pg_sequence_now(struct db *db);
void pg_sequencer_loop(struct db *db);
void pg_stop(struct db *db);
#endif
