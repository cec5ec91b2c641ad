// SPDX-License-Identifier: Apache-2.0
// src/db on both engines: values, transactions, batches, migrations, search, backup, faults, lost connections.
// Without ENTENTE_TEST_PG (a URL) only SQLite runs, and says so; with it, a server that does not answer fails.
#include "db_fixture.h"
#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIXTURE struct fixture *f = *state

// ---- values

static enum err insert_extremes(struct db_conn *c, void *arg) {
  (void)arg;
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(c, SQL("INSERT INTO thing (id, name, note, body, flag, amount) VALUES ($6, $5, $4, $3, $2, $1)"), &s));
  db_bind_int(s, 1, INT64_MIN);
  db_bind_bool(s, 2, true);
  db_bind_bytes(s, 3, S("a\0b\xff"));
  db_bind_text(s, 4, S(""));
  db_bind_text(s, 5, S("Ёлка 两字"));
  db_bind_int(s, 6, INT64_MAX);
  TRY(db_run(s));
  assert_int_equal(db_changes(s), 1);
  db_bind_int(s, 1, 7);  // a statement that ended may be run again; values not bound anew stay
  db_bind_bool(s, 2, false);
  db_bind_bytes(s, 3, S(""));
  db_bind_text(s, 4, STR_NULL);
  db_bind_text(s, 5, S("b"));
  db_bind_int(s, 6, 8);
  TRY(db_run(s));
  db_bind_null(s, 1);
  db_bind_bytes(s, 3, STR_NULL);
  db_bind_text(s, 5, S("c"));
  db_bind_int(s, 6, 9);
  return db_run(s);
}

static void types_round_trip(void **state) {
  FIXTURE;
  assert_int_equal(db_tx_run(f->db, "t", insert_extremes, NULL), ERR_OK);
  AUTO(db_release) struct db_stmt *s = NULL;
  assert_int_equal(
    db_prepare(f->c, SQL("SELECT id, name, note, body, flag, amount FROM thing WHERE id > 1 ORDER BY id DESC"), &s), ERR_OK);
  bool row;
  assert_int_equal(db_step(s, &row), ERR_OK);
  assert_true(row && db_int(s, 0) == INT64_MAX && db_int(s, 5) == INT64_MIN && db_bool(s, 4));
  assert_true(str_eq(db_text(s, 1), S("Ёлка 两字")));
  assert_true(!db_is_null(s, 2) && db_text(s, 2).p && db_text(s, 2).n == 0);
  assert_true(str_eq(db_bytes(s, 3), S("a\0b\xff")));
  assert_int_equal(db_step(s, &row), ERR_OK);
  assert_true(row && db_int(s, 0) == 9 && db_is_null(s, 5) && db_is_null(s, 3) && !db_bytes(s, 3).p && db_int(s, 5) == 0);
  assert_int_equal(db_step(s, &row), ERR_OK);
  assert_true(row && db_int(s, 0) == 8 && !db_bool(s, 4) && db_is_null(s, 2) && !db_text(s, 2).p);
  assert_true(!db_is_null(s, 3) && db_bytes(s, 3).p && db_bytes(s, 3).n == 0 && db_int(s, 5) == 7);
  assert_int_equal(db_step(s, &row), ERR_OK);
  assert_false(row);
  assert_int_equal(db_step(s, &row), ERR_OK);  // the end stays the end
  assert_false(row);
}

// The engines agree where their habits differ: 64-bit parameters, sums, LIKE, quotes.
static void one_dialect(void **state) {
  FIXTURE;
  bool found;
  int64_t v, args[] = {INT64_C(1) << 40, 2};
  assert_int_equal(db_one_int(f->c, SQL("SELECT $1 + 1"), args, 1, &found, &v), ERR_OK);
  assert_true(found && v == args[0] + 1);
  assert_int_equal(db_one_int(f->c, SQL("SELECT $2 - $1 + $2"), args, 2, &found, &v), ERR_OK);
  assert_true(v == 4 - args[0]);
  assert_int_equal(run_sql(f->db, "UPDATE thing SET amount = -9000000000000000000"), ERR_OK);
  assert_true(one(f->c, "SELECT sum(amount) FROM thing") == INT64_C(-9000000000000000000));
  assert_int_equal(one(f->c, "SELECT count(*) FROM thing WHERE name LIKE 'ONE%'"), 0);
  assert_int_equal(one(f->c, "SELECT count(*) FROM thing WHERE name LIKE 'one%' AND flag = false AND NOT flag"), 1);
  struct db_stmt *s = NULL;
  enum err e = db_prepare(f->c, sql_dynamic("SELECT count(*) FROM thing WHERE name = \"one\""), &s);
  bool row;
  if (!e) e = db_step(s, &row);
  db_release(&s);
  assert_int_equal(e, ERR_IO);
  assert_true(strlen(db_message(f->c)) > 0);
}

static enum err text_with_nul(struct db_conn *c, void *arg) {
  (void)arg;
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(c, SQL("UPDATE thing SET note = $1"), &s));
  db_bind_text(s, 1, S("a\0b"));
  return db_run(s);
}

static void constraints_conflict(void **state) {
  FIXTURE;
  assert_int_equal(put_thing(f->db, 2, "two"), ERR_OK);
  assert_int_equal(put_thing(f->db, 2, "other"), ERR_CONFLICT);
  assert_int_equal(put_thing(f->db, 3, "two"), ERR_CONFLICT);
  assert_non_null(strstr(db_tx_message(), "put_thing"));
  assert_int_equal(run_sql(f->db, "INSERT INTO part (id, thing, n) VALUES (1, 99, 0)"), ERR_CONFLICT);
  assert_int_equal(run_sql(f->db, "INSERT INTO part (id, thing, n) VALUES (1, 2, -1)"), ERR_CONFLICT);
  assert_int_equal(run_sql(f->db, "INSERT INTO thing (id) VALUES (4)"), ERR_CONFLICT);
  assert_int_equal(run_sql(f->db, "INSERT INTO lazy (id, thing) VALUES (1, 99)"), ERR_CONFLICT);
  assert_int_equal(run_sql(f->db, "INSERT INTO lazy (id, thing) VALUES (1, 2)"), ERR_OK);
  assert_int_equal(run_sql(f->db, "DELETE FROM thing WHERE id = 2"), ERR_CONFLICT);
  assert_int_equal(db_tx_run(f->db, "t", text_with_nul, NULL), ERR_INVALID);
  assert_int_equal(count(f->c, "thing"), 2);
}

// ---- transactions

static enum err add_then_fail(struct db_conn *c, void *arg) {
  TRY(add_thing(c, 50, "fifty"));
  TRY(db_search_put(c, S("thing"), 50, 1, S("fifty")));
  return *(enum err *)arg;
}

static enum err look_away(struct db_conn *c, void *arg) {
  (void)arg;
  TRY(add_thing(c, 60, "sixty"));
  enum err e = add_thing(c, 60, "again");
  assert_int_equal(e, ERR_CONFLICT);
  assert_int_equal(add_thing(c, 61, "more"), ERR_CONFLICT);  // nothing works any more
  return ERR_OK;
}

static void failed_callback_leaves_nothing(void **state) {
  FIXTURE;
  enum err with = ERR_DENIED;
  assert_int_equal(db_tx_run(f->db, "t", add_then_fail, &with), ERR_DENIED);
  assert_int_equal(db_tx_run(f->db, "t", look_away, NULL), ERR_CONFLICT);
  assert_int_equal(count(f->c, "thing"), 1);
  assert_int_equal(count(f->c, "search_row"), 0);
  assert_int_equal(put_thing(f->db, 50, "fifty"), ERR_OK);
}

struct counts {
  atomic_int before, after;
  atomic_bool fail;
};

static enum err count_before(struct db_conn *c, void *arg) {
  (void)c;
  struct counts *n = arg;
  atomic_fetch_add(&n->before, 1);
  return atomic_load(&n->fail) ? ERR_IO : ERR_OK;
}

static void count_after(void *arg) { atomic_fetch_add(&((struct counts *)arg)->after, 1); }

struct writer_thread {
  struct fixture *f;
  pthread_t thread;
  int64_t id;
  int n;
  enum err err, with;
  sem_t *gate, *entered;
};

static enum err wait_at_gate(struct db_conn *c, void *arg) {
  struct writer_thread *w = arg;
  (void)c;
  (void)sem_post(w->entered);
  (void)sem_wait(w->gate);
  return ERR_OK;
}

static void *gate_main(void *arg) {
  struct writer_thread *w = arg;
  w->err = db_tx_run(w->f->db, "gate", wait_at_gate, w);
  return NULL;
}

static enum err add_and_return(struct db_conn *c, void *arg) {
  struct writer_thread *w = arg;
  char name[32];
  (void)snprintf(name, sizeof name, "t%lld", (long long)w->id);
  TRY(add_thing(c, w->id, name));
  return w->with;
}

static atomic_int refused;  // writers told ERR_BUSY

static void *add_main(void *arg) {
  struct writer_thread *w = arg;
  for (int i = 0; i < w->n && !w->err; i++) {
    w->err = db_tx_run(w->f->db, "add", add_and_return, w);
    w->id++;
  }
  if (w->err == ERR_BUSY) atomic_fetch_add(&refused, 1);
  return NULL;
}

static void start(struct writer_thread *w, void *(*fn)(void *)) {
  pthread_attr_t attr;
  assert_int_equal(pthread_attr_init(&attr), 0);
  assert_int_equal(pthread_attr_setstacksize(&attr, 256 * 1024), 0);
  assert_int_equal(pthread_create(&w->thread, &attr, fn, w), 0);
  (void)pthread_attr_destroy(&attr);
}

struct gate {
  sem_t open, entered;
  struct writer_thread holder;
};

// Holds SQLite's writer thread inside a callback, so that what is queued meanwhile becomes one batch.
static void gate_close(struct gate *g, struct fixture *f) {
  assert_int_equal(sem_init(&g->open, 0, 0), 0);
  assert_int_equal(sem_init(&g->entered, 0, 0), 0);
  g->holder = (struct writer_thread){.f = f, .gate = &g->open, .entered = &g->entered};
  start(&g->holder, gate_main);
  (void)sem_wait(&g->entered);
}

static void gate_open(struct gate *g) {
  (void)sem_post(&g->open);
  assert_int_equal(pthread_join(g->holder.thread, NULL), 0);
  assert_int_equal(g->holder.err, ERR_OK);
  (void)sem_destroy(&g->open);
  (void)sem_destroy(&g->entered);
}

static void pause_ms(long ms) {
  struct timespec t = {ms / 1000, ms % 1000 * 1000000};
  (void)nanosleep(&t, NULL);
}

static void batch_siblings(void **state) {
  FIXTURE;
  struct counts n = {0};
  db_set_hooks(f->db, (struct db_hooks){count_before, count_after, &n});
  struct gate g;
  gate_close(&g, f);
  struct writer_thread w[5];
  for (int i = 0; i < 5; i++) {
    w[i] = (struct writer_thread){.f = f, .id = 100 + i, .n = 1, .with = i == 2 ? ERR_DENIED : ERR_OK};
    start(&w[i], add_main);
  }
  pause_ms(200);
  gate_open(&g);
  for (int i = 0; i < 5; i++) {
    assert_int_equal(pthread_join(w[i].thread, NULL), 0);
    assert_int_equal(w[i].err, i == 2 ? ERR_DENIED : ERR_OK);
  }
  assert_int_equal(one(f->c, "SELECT count(*) FROM thing WHERE id >= 100"), 4);
  assert_int_equal(one(f->c, "SELECT count(*) FROM thing WHERE id = 102"), 0);
  db_set_hooks(f->db, (struct db_hooks){0});
  if (!f->pg) assert_int_equal(atomic_load(&n.before), 2);  // the gate's batch and one for the five
}

static void hook_failure_fails_the_batch(void **state) {
  FIXTURE;
  if (f->pg) return;  // there the hook runs in a transaction of its own: sequencer_* below
  struct counts n = {.fail = true};
  db_set_hooks(f->db, (struct db_hooks){count_before, count_after, &n});
  assert_int_equal(put_thing(f->db, 5, "five"), ERR_IO);
  assert_int_equal(atomic_load(&n.after), 0);
  assert_int_equal(count(f->c, "thing"), 1);
  atomic_store(&n.fail, false);
  assert_int_equal(put_thing(f->db, 5, "five"), ERR_OK);
  assert_int_equal(db_sequence_now(f->db), ERR_OK);
  db_set_hooks(f->db, (struct db_hooks){0});
  assert_int_equal(put_thing(f->db, 6, "six"), ERR_OK);
  assert_int_equal(atomic_load(&n.before), 3);
  assert_int_equal(atomic_load(&n.after), 2);
}

enum { THREADS = 32, PER_THREAD = 25 };

static void group_commit_is_durable(void **state) {
  FIXTURE;
  struct counts n = {0};
  db_set_hooks(f->db, (struct db_hooks){count_before, count_after, &n});
  static struct writer_thread w[THREADS];
  for (int i = 0; i < THREADS; i++) {
    w[i] = (struct writer_thread){.f = f, .id = 1000 + i * 1000, .n = PER_THREAD};
    start(&w[i], add_main);
  }
  for (int i = 0; i < THREADS; i++) {
    assert_int_equal(pthread_join(w[i].thread, NULL), 0);
    assert_int_equal(w[i].err, ERR_OK);
  }
  db_set_hooks(f->db, (struct db_hooks){0});
  fixture_close(f);
  fixture_open(f, DB_SERVE);
  assert_int_equal(one(f->c, "SELECT count(*) FROM thing WHERE id >= 1000"), THREADS * PER_THREAD);
  if (!f->pg) assert_in_range(atomic_load(&n.before), 1, THREADS * PER_THREAD / 2);  // commits were shared
}

static void full_queue_is_busy(void **state) {
  FIXTURE;
  if (f->pg) return;  // no queue: callers wait for a connection of the pool
  enum { EXTRA = 8 };
  struct gate g;
  gate_close(&g, f);
  atomic_store(&refused, 0);
  struct writer_thread *w = calloc(DB_QUEUE_MAX + EXTRA, sizeof *w);
  assert_non_null(w);
  for (int i = 0; i < DB_QUEUE_MAX + EXTRA; i++) {
    w[i] = (struct writer_thread){.f = f, .id = 100 + i, .n = 1};
    start(&w[i], add_main);
  }
  // The gate is shut: only those the queue has no room for come back.
  for (int ms = 0; atomic_load(&refused) < EXTRA && ms < 60000; ms += 10) pause_ms(10);
  gate_open(&g);
  int busy = 0;
  for (int i = 0; i < DB_QUEUE_MAX + EXTRA; i++) {
    assert_int_equal(pthread_join(w[i].thread, NULL), 0);
    assert_true(w[i].err == ERR_OK || w[i].err == ERR_BUSY);
    busy += w[i].err == ERR_BUSY;
  }
  free(w);
  assert_int_equal(busy, EXTRA);
  assert_int_equal(one(f->c, "SELECT count(*) FROM thing WHERE id >= 100"), DB_QUEUE_MAX);
}

static enum err read_then_write(struct db_conn *c, void *arg) {
  (void)arg;
  bool found;
  int64_t v;
  TRY(db_one_int(c, SQL("SELECT amount FROM thing WHERE id = 1"), NULL, 0, &found, &v));
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(c, SQL("UPDATE thing SET amount = $1 WHERE id = 1"), &s));
  db_bind_int(s, 1, v + 1);
  return db_run(s);
}

static void *increment_main(void *arg) {
  struct writer_thread *w = arg;
  for (int i = 0; i < w->n; i++)
    while ((w->err = db_tx_run(w->f->db, "increment", read_then_write, NULL)) == ERR_BUSY) pause_ms(1);
  return NULL;
}

// What one transaction read cannot have changed when it writes: no increment is lost on either engine.
static void transactions_are_serial(void **state) {
  FIXTURE;
  assert_int_equal(run_sql(f->db, "UPDATE thing SET amount = 0"), ERR_OK);
  struct writer_thread w[4];
  for (int i = 0; i < 4; i++) {
    w[i] = (struct writer_thread){.f = f, .n = 20};
    start(&w[i], increment_main);
  }
  for (int i = 0; i < 4; i++) {
    assert_int_equal(pthread_join(w[i].thread, NULL), 0);
    assert_int_equal(w[i].err, ERR_OK);
  }
  assert_int_equal(one(f->c, "SELECT amount FROM thing WHERE id = 1"), 80);
}

static void read_sees_one_snapshot(void **state) {
  FIXTURE;
  assert_int_equal(db_read_begin(f->c), ERR_OK);
  assert_int_equal(count(f->c, "thing"), 1);
  assert_int_equal(put_thing(f->db, 2, "two"), ERR_OK);
  assert_int_equal(count(f->c, "thing"), 1);
  db_read_end(f->c);
  assert_int_equal(count(f->c, "thing"), 2);
  db_read_end(f->c);  // harmless
}

// ---- statements

static enum err sum_nested(struct db_conn *c, int depth, int64_t *ret) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(c, SQL("SELECT id FROM thing ORDER BY id"), &s));
  for (bool row;;) {
    TRY(db_step(s, &row));
    if (!row) return ERR_OK;
    *ret += db_int(s, 0);
    if (depth) TRY(sum_nested(c, depth - 1, ret));
  }
}

static void statements_are_kept(void **state) {
  FIXTURE;
  assert_int_equal(put_thing(f->db, 2, "two"), ERR_OK);
  int64_t sum = 0;
  assert_int_equal(sum_nested(f->c, 1, &sum), ERR_OK);  // the same text open twice at once
  assert_int_equal(sum, 9);
  int before = f->c->ncached;
  for (int i = 0; i < 100; i++) assert_int_equal(sum_nested(f->c, 0, &sum), ERR_OK);
  assert_int_equal(f->c->ncached, before);
  static char texts[DB_STMTS_KEPT + 100][40];
  for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
    (void)snprintf(texts[i], sizeof texts[i], "SELECT %zu", i);
    bool found;
    int64_t v;
    assert_int_equal(db_one_int(f->c, (sql){texts[i], true}, NULL, 0, &found, &v), ERR_OK);
    assert_int_equal(v, (int64_t)i);
  }
  assert_int_equal(f->c->ncached, DB_STMTS_KEPT);
  if (f->pg) assert_int_equal(one(f->c, "SELECT count(*) FROM pg_prepared_statements"), DB_STMTS_KEPT);
}

static void work_is_counted(void **state) {
  FIXTURE;
  assert_int_equal(run_sql(f->db,
                           "INSERT INTO part (id, thing, n) WITH RECURSIVE r (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r "
                           "WHERE i < 3000) SELECT i, 1, i FROM r"),
                   ERR_OK);
  (void)db_work(f->c);
  (void)one(f->c, "SELECT n FROM part WHERE id = 5");
  int64_t small = db_work(f->c);
  (void)one(f->c, "SELECT count(*) FROM part WHERE n > 5");
  int64_t large = db_work(f->c);
  assert_true(small > 0 && large > 2 * small);
}

// ---- the schema

static void migrations_apply_once(void **state) {
  FIXTURE;
  AUTO(buf_release) struct buf m = BUF(1024);
  int applied = -1;
  assert_int_equal(db_migrate_list(f->db, fixture_schema, &m, &applied), ERR_OK);
  assert_int_equal(applied, 0);
  assert_int_equal(count(f->c, "schema_version"), 4);
  assert_int_equal(one(f->c, "SELECT count(*) FROM thing WHERE note = 'it''s' AND name LIKE '%lines;%int64 text'"), 1);
}

static void strange_databases_are_refused(void **state) {
  FIXTURE;
  AUTO(buf_release) struct buf m = BUF(1024);
  int applied = -1;
  const struct migration older[] = {fixture_schema[0], {0, "", NULL}};
  assert_int_equal(db_migrate_list(f->db, older, &m, &applied), ERR_CONFLICT);
  assert_non_null(strstr(buf_z(&m), "newer than this program"));
  buf_clear(&m);
  const struct migration fork[] = {fixture_schema[0], {2, "mine", "CREATE TABLE x (id int64);\n"}, {0, "", NULL}};
  assert_int_equal(db_migrate_list(f->db, fork, &m, &applied), ERR_CONFLICT);
  assert_non_null(strstr(buf_z(&m), "not of one line"));
  buf_clear(&m);
  const struct migration broken[] = {
    fixture_schema[0], fixture_schema[1], {3, "broken", "CREATE TABLE half (id int64);\nCREATE TABL\n"}, {0, "", NULL}};
  assert_int_equal(db_migrate_list(f->db, broken, &m, &applied), ERR_IO);
  assert_non_null(strstr(buf_z(&m), "broken"));
  assert_int_equal(applied, -1);
  AUTO(buf_release) struct buf d = BUF(1024);
  assert_int_equal(db_describe(f->c, S("half"), &d), ERR_OK);
  assert_int_equal(d.n, 0);
}

static void describe_is_equal(void **state) {
  FIXTURE;
  AUTO(buf_release) struct buf d = BUF(4096);
  assert_int_equal(db_describe(f->c, S("thing"), &d), ERR_OK);
  assert_string_equal(buf_z(&d), "amount int64 null\nbody bytes null\nextra text null\nflag bool notnull\nid int64 notnull\n"
                                 "name text notnull\nnote text null\n");
}

// The program's own migrations make a database on both engines, and a second run changes nothing.
static void own_migrations_apply(void **state) {
  FIXTURE;
  struct fixture *g = fixture_new(f->pg, NULL);
  AUTO(buf_release) struct buf m = BUF(1024);
  int applied = 0;
  if (db_migrate(g->db, &m, &applied)) fail_msg("%s", buf_z(&m));
  assert_true(applied > 1);
  assert_int_equal(db_migrate(g->db, &m, &applied), ERR_OK);
  assert_int_equal(applied, 0);
  fixture_free(g);
}

// ---- opening

static void one_process_writes(void **state) {
  FIXTURE;
  if (f->pg) return;  // the server serves many
  AUTO(buf_release) struct buf m = BUF(1024);
  struct db *second = NULL;
  assert_int_equal(db_open(str_of(f->url), DB_SERVE, &m, &second), ERR_BUSY);
  assert_non_null(strstr(buf_z(&m), "open for writing in another process (pid"));
  assert_null(second);
  fixture_close(f);
  pid_t child = fork();
  if (child == 0) {  // a process that dies with the lock leaves it free
    struct db *held;
    _exit(db_open(str_of(f->url), DB_SERVE, &m, &held) ? 1 : 0);
  }
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  fixture_open(f, DB_SERVE);
}

static void read_only_refuses_writes(void **state) {
  FIXTURE;
  AUTO(buf_release) struct buf m = BUF(1024);
  struct db *reader;
  assert_int_equal(db_open(str_of(f->url), DB_READ_ONLY, &m, &reader), ERR_OK);  // beside the writer
  assert_int_equal(put_thing(f->db, 2, "two"), ERR_OK);
  struct db_conn *c;
  assert_int_equal(db_conn_open(reader, &c), ERR_OK);
  assert_int_equal(count(c, "thing"), 2);
  assert_int_equal(db_exec(c, SQL("DELETE FROM part")), ERR_IO);
  db_conn_close(c);
  assert_int_equal(put_thing(reader, 3, "three"), ERR_DENIED);
  assert_non_null(strstr(db_tx_message(), "reading only"));
  db_close(reader);
}

static enum err open_error(const char *url, enum db_open_mode mode, const char *expect) {
  AUTO(buf_release) struct buf m = BUF(1024);
  struct db *db;
  enum err e = db_open(str_of(url), mode, &m, &db);
  if (!e)
    db_close(db);
  else if (!strstr(buf_z(&m), expect))
    fail_msg("'%s' lacks '%s'", buf_z(&m), expect);
  return e;
}

static void wrong_places_are_refused(void **state) {
  FIXTURE;
  char path[128];
  if (f->pg) {
    char url[1100];
    (void)snprintf(url, sizeof url, "%s_absent", f->url);
    assert_int_equal(open_error(url, DB_SERVE, "no schema"), ERR_NOT_FOUND);
    (void)snprintf(url, sizeof url, "%s\"; DROP", f->url);
    assert_int_equal(open_error(url, DB_SERVE, "schema in the database's URL"), ERR_INVALID);
    assert_int_equal(open_error("postgres://nobody@127.0.0.1:1/none", DB_SERVE, "127.0.0.1"), ERR_IO);
    static const char *const bare[] = {"postgres://nobody@192.0.2.1:1/none", "postgres://nobody@[2001:db8::1]:1/none",
                                       "postgres://nobody@db.example.invalid/none", "postgres:///none?host=db.example.invalid",
                                       "postgres://nobody@localhost/none?hostaddr=192.0.2.1"};
    for (size_t i = 0; i < ARRAY_LEN(bare); i++)
      assert_int_equal(open_error(bare[i], DB_SERVE, "sslmode=verify-full"), ERR_INVALID);
    assert_int_equal(open_error("postgres://nobody@db.example.invalid/none?sslmode=verify-full", DB_SERVE, "db.example.invalid"),
                     ERR_IO);
    return;
  }
  path_in(f, "absent.db", path);
  assert_int_equal(open_error(path, DB_SERVE, "does not exist"), ERR_NOT_FOUND);
  path_in(f, "text.db", path);
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  for (int i = 0; i < 100; i++) (void)fputs("certainly not a database\n", file);
  (void)fclose(file);
  assert_int_equal(open_error(path, DB_SERVE, "not a database"), ERR_CORRUPT);
  path_in(f, "missing/hub.db", path);
  assert_int_equal(open_error(path, DB_CREATE, "No such file"), ERR_IO);
  assert_int_equal(open_error("", DB_CREATE, "empty"), ERR_INVALID);
}

static void files_are_private(void **state) {
  FIXTURE;
  if (f->pg) return;
  static const char *const names[] = {"hub.db", "hub.db-wal", "hub.db-shm", "hub.db.lock"};
  for (size_t i = 0; i < ARRAY_LEN(names); i++) {
    char path[128];
    struct stat st;
    path_in(f, names[i], path);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 077, 0);
  }
}

// ---- every test once per engine

static int setup_sqlite(void **state) {
  *state = fixture_new(false, fixture_schema);
  return 0;
}

static int setup_postgres(void **state) {
  *state = fixture_new(true, fixture_schema);
  return 0;
}

static int teardown(void **state) {
  fixture_free(*state);
  return 0;
}

#define TESTS(T)                    \
  T(types_round_trip)               \
  T(one_dialect)                    \
  T(constraints_conflict)           \
  T(failed_callback_leaves_nothing) \
  T(batch_siblings)                 \
  T(hook_failure_fails_the_batch)   \
  T(group_commit_is_durable)        \
  T(full_queue_is_busy)             \
  T(transactions_are_serial)        \
  T(read_sees_one_snapshot)         \
  T(statements_are_kept)            \
  T(work_is_counted)                \
  T(migrations_apply_once)          \
  T(strange_databases_are_refused)  \
  T(describe_is_equal)              \
  T(own_migrations_apply)           \
  T(one_process_writes)             \
  T(read_only_refuses_writes)       \
  T(wrong_places_are_refused)       \
  T(files_are_private)

int main(void) {
#define ON_SQLITE(t) {"sqlite: " #t, t, setup_sqlite, teardown, NULL},
#define ON_POSTGRES(t) {"postgres: " #t, t, setup_postgres, teardown, NULL},
  const struct CMUnitTest tests[] = {TESTS(ON_SQLITE) TESTS(ON_POSTGRES)};
  bool pg = getenv("ENTENTE_TEST_PG") != NULL;
  if (!pg) printf("# ENTENTE_TEST_PG is not set: PostgreSQL is not tested\n");
  return _cmocka_run_group_tests("db", tests, ARRAY_LEN(tests) / (pg ? 1 : 2), NULL, NULL);
}
