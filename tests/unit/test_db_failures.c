// SPDX-License-Identifier: Apache-2.0
// src/db when things go wrong or several processes meet: the nth call fails, the disk is full, the server drops connections;
// the sequencer of PostgreSQL with two programs; backups while writing.
#include "db_fixture.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIXTURE struct fixture *f = *state

static void pause_ms(long ms) {
  struct timespec t = {ms / 1000, ms % 1000 * 1000000};
  (void)nanosleep(&t, NULL);
}

// ---- the nth call fails

static enum err write_some(struct db_conn *c, void *arg) {
  int64_t id = *(int64_t *)arg;
  char name[32];
  (void)snprintf(name, sizeof name, "n%lld", (long long)id);
  TRY(add_thing(c, id, name));
  bool found;
  int64_t v;
  TRY(db_one_int(c, SQL("SELECT count(*) FROM thing WHERE id = $1"), &id, 1, &found, &v));
  TRY(db_search_put(c, S("thing"), id, 7, S("word")));
  return db_exec(c, SQL("UPDATE thing SET flag = true WHERE id = 1"));
}

static enum err read_some(struct db_conn *c, struct arena *a) {
  TRY(db_read_begin(c));
  struct db_hit *hits;
  size_t n;
  enum err e = db_search(c, 7, S("thing"), S("word"), 10, a, &hits, &n);
  db_read_end(c);
  return e;
}

static enum err open_and_close(struct db *db) {
  struct db_conn *c;
  TRY(db_conn_open(db, &c));
  db_conn_close(c);
  return ERR_OK;
}

static enum err scenario(struct fixture *f, int64_t id, bool *ret_written) {
  TRY(db_tx_run(f->db, "scenario", write_some, &id));
  *ret_written = true;
  struct arena a = {0};
  enum err e = read_some(f->c, &a);
  arena_release(&a);
  TRY(e);
  return open_and_close(f->db);
}

static void every_call_may_fail(void **state) {
  FIXTURE;
  int64_t failed = 0, written = 0, id = 100;
  for (bool done = false; !done; id++) {
    bool wrote = false;
    db_fault_set(id - 99);
    enum err e = scenario(f, id, &wrote);
    done = db_fault_count() < id - 99;
    db_fault_set(0);
    assert_int_equal(e, done ? ERR_OK : ERR_IO);
    failed += e != ERR_OK;
    written += wrote;
    assert_int_equal(count(f->c, "thing"), 1 + written);  // all or nothing, and the connections work
    assert_int_equal(count(f->c, "search_row"), written);
  }
  assert_in_range(failed, 12, 60);
  assert_in_range(written, 4, failed);
}

static enum err misnames(struct db_conn *c, void *arg) {
  (void)arg;
  return add_thing(c, 80, "eighty") ? ERR_NOT_FOUND : ERR_OK;
}

static void failure_keeps_its_name(void **state) {
  FIXTURE;
  db_fault_set(2);  // 1: the transaction itself
  enum err e = db_tx_run(f->db, "misnames", misnames, NULL);
  db_fault_set(0);
  assert_int_equal(e, ERR_IO);
  assert_int_equal(put_thing(f->db, 80, "eighty"), ERR_OK);
}

static void reader_remembers(void **state) {
  FIXTURE;
  bool found;
  int64_t v;
  assert_int_equal(db_failure(f->c), ERR_OK);
  db_fault_set(1);
  assert_int_equal(db_one_int(f->c, SQL("SELECT 1"), NULL, 0, &found, &v), ERR_IO);
  db_fault_set(0);
  assert_int_equal(db_one_int(f->c, SQL("SELECT 1"), NULL, 0, &found, &v), ERR_OK);
  assert_int_equal(db_failure(f->c), ERR_IO);
  assert_int_equal(db_failure(f->c), ERR_OK);
}

// ---- SQLite: no space

static enum err fill(struct db_conn *c, void *arg) {
  (void)arg;
  TRY(db_exec(c, SQL("PRAGMA max_page_count=1")));  // no page more than now
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(c, SQL("INSERT INTO thing (id, name, body) VALUES (5, 'large', $1)"), &s));
  static char large[1024 * 1024];
  db_bind_bytes(s, 1, (str){large, sizeof large});
  return db_run(s);
}

static void full_disk(void **state) {
  FIXTURE;
  if (f->pg) return;
  assert_int_equal(db_tx_run(f->db, "fill", fill, NULL), ERR_IO);
  assert_non_null(strstr(db_tx_message(), "full"));
  assert_int_equal(count(f->c, "thing"), 1);
  assert_int_equal(run_sql(f->db, "PRAGMA max_page_count=1000000"), ERR_OK);
  assert_int_equal(put_thing(f->db, 5, "five"), ERR_OK);
}

// ---- PostgreSQL: the server ends connections

static enum err terminate(struct db *db, int64_t pid) {
  char text[96];
  (void)snprintf(text, sizeof text, "SELECT pg_terminate_backend(%lld)", (long long)pid);
  enum err e = run_sql(db, text);
  pause_ms(50);
  return e;
}

static void reader_reconnects(void **state) {
  FIXTURE;
  if (!f->pg) return;
  int64_t pid = one(f->c, "SELECT pg_backend_pid()");
  assert_int_equal(count(f->c, "thing"), 1);
  assert_int_equal(terminate(f->db, pid), ERR_OK);
  assert_int_equal(count(f->c, "thing"), 1);  // a new connection, statements prepared again, search_path set
  pid = one(f->c, "SELECT pg_backend_pid()");
  assert_int_equal(terminate(f->db, pid), ERR_OK);
  assert_int_equal(db_read_begin(f->c), ERR_OK);
  pid = one(f->c, "SELECT pg_backend_pid()");
  assert_int_equal(terminate(f->db, pid), ERR_OK);
  bool found;
  int64_t v;
  assert_int_equal(db_one_int(f->c, SQL("SELECT 1"), NULL, 0, &found, &v), ERR_IO);  // the snapshot is gone
  db_read_end(f->c);
  assert_int_equal(count(f->c, "thing"), 1);
}

struct interrupted {
  struct fixture *f;
  int attempts;
};

static enum err killed_once(struct db_conn *c, void *arg) {
  struct interrupted *i = arg;
  TRY(add_thing(c, 70, "seventy"));
  if (i->attempts++ == 0) {
    int64_t pid = one(c, "SELECT pg_backend_pid()");
    char text[96];
    (void)snprintf(text, sizeof text, "SELECT CASE WHEN pg_terminate_backend(%lld) THEN 1 END", (long long)pid);
    assert_int_equal(one(i->f->c, text), 1);
    pause_ms(50);
  }
  return add_thing(c, 71, "seventy-one");
}

static void writer_runs_again(void **state) {
  FIXTURE;
  if (!f->pg) return;
  struct interrupted i = {.f = f};
  assert_int_equal(db_tx_run(f->db, "interrupted", killed_once, &i), ERR_OK);
  assert_int_equal(i.attempts, 2);
  assert_int_equal(one(f->c, "SELECT count(*) FROM thing WHERE id IN (70, 71)"), 2);
}

// ---- PostgreSQL: the sequencer. "Ordered" is here: amount is no longer NULL.

static enum err order_things(struct db_conn *c, void *arg) {
  (void)arg;
  return db_exec(c, SQL("UPDATE thing SET amount = 1 WHERE amount IS NULL"));
}

static void note_commit(void *arg) { atomic_fetch_add((atomic_int *)arg, 1); }

static void *loop_main(void *arg) {
  db_sequencer_loop(arg);
  return NULL;
}

static bool ordered_within(struct fixture *f, int ms) {
  for (int i = 0; i < ms; i += 5, pause_ms(5))
    if (one(f->c, "SELECT count(*) FROM thing WHERE amount IS NULL") == 0) return true;
  return false;
}

static bool reaches_within(atomic_int *n, int at_least, int ms) {
  for (int i = 0; i < ms; i += 5, pause_ms(5))
    if (atomic_load(n) >= at_least) return true;
  return false;
}

static struct db *open_again(const struct fixture *f) {
  AUTO(buf_release) struct buf m = BUF(1024);
  struct db *db;
  if (db_open(str_of(f->url), DB_SERVE, &m, &db)) fail_msg("%s", buf_z(&m));
  return db;
}

static void sequencer_serves_two_programs(void **state) {
  FIXTURE;
  if (!f->pg) {
    db_sequencer_loop(f->db);  // returns at once
    return;
  }
  atomic_int here = 0, there = 0;
  struct db *other = open_again(f);
  db_set_hooks(f->db, (struct db_hooks){order_things, note_commit, &here});
  db_set_hooks(other, (struct db_hooks){order_things, note_commit, &there});
  pthread_t loop;
  assert_int_equal(pthread_create(&loop, NULL, loop_main, f->db), 0);
  assert_true(ordered_within(f, 3000));  // what it finds when it begins
  assert_true(reaches_within(&here, 1, 1000));
  assert_int_equal(put_thing(f->db, 2, "two"), ERR_OK);
  assert_true(ordered_within(f, 500));  // woken by a write of its own program: well before the second it sleeps otherwise
  assert_int_equal(put_thing(other, 3, "three"), ERR_OK);
  assert_true(ordered_within(f, 500));  // by a program without a loop
  int before = atomic_load(&here);
  assert_int_equal(run_sql(other, "INSERT INTO thing (id, name, amount) VALUES (4, 'four', NULL)"), ERR_OK);
  assert_int_equal(db_sequence_now(other), ERR_OK);
  assert_int_equal(one(f->c, "SELECT count(*) FROM thing WHERE amount IS NULL"), 0);
  assert_true(reaches_within(&here, before + 1, 2000));  // told of what the other one ordered, or ordered it itself
  db_stop(f->db);
  assert_int_equal(pthread_join(loop, NULL), 0);
  int there_before = atomic_load(&there);
  assert_int_equal(put_thing(other, 5, "five"), ERR_OK);
  assert_int_equal(one(f->c, "SELECT count(*) FROM thing WHERE amount IS NULL"), 1);  // nobody orders
  assert_int_equal(db_sequence_now(other), ERR_OK);
  assert_int_equal(one(f->c, "SELECT count(*) FROM thing WHERE amount IS NULL"), 0);
  assert_int_equal(atomic_load(&there), there_before + 1);
  assert_int_equal(db_sequence_now(other), ERR_OK);  // nothing to do tells nobody
  assert_int_equal(atomic_load(&there), there_before + 1);
  db_close(other);
  db_set_hooks(f->db, (struct db_hooks){0});
}

// ---- backup, with the program's own schema

static enum err fill_hub(struct db_conn *c, void *arg) {
  (void)arg;
  TRY(db_exec(c, SQL("INSERT INTO hub (key, value) VALUES ('a', 'Ёлка 两字'), ('b', '')")));
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(c, SQL("INSERT INTO import_chunk (import, chunk, first_row, rows, body) VALUES ($1, 1, 1, 1, $2)"), &s));
  for (int64_t i = 0; i < 2500; i++) {  // more than one portion of the copy
    db_bind_int(s, 1, INT64_MAX - i);
    db_bind_bytes(s, 2, S("\0\1\xff"));
    TRY(db_run(s));
  }
  return db_search_put(c, S("deal"), 5, 12, S("red green"));
}

static void check_copy(const char *path) {
  AUTO(buf_release) struct buf m = BUF(1024);
  struct db *db;
  assert_int_equal(db_open(str_of(path), DB_SERVE, &m, &db), ERR_DENIED);  // it is marked as a backup
  buf_clear(&m);
  if (db_backup_place(str_of(path), &m)) fail_msg("%s", buf_z(&m));
  assert_int_equal(db_open(str_of(path), DB_RESTORE, &m, &db), ERR_INVALID);  // a hub is not restored onto
  if (db_open(str_of(path), DB_SERVE, &m, &db)) fail_msg("%s", buf_z(&m));
  int applied = -1;
  assert_int_equal(db_migrate(db, &m, &applied), ERR_OK);
  assert_int_equal(applied, 0);
  struct db_conn *c;
  assert_int_equal(db_conn_open(db, &c), ERR_OK);
  assert_int_equal(one(c, "SELECT count(*) FROM hub WHERE (key = 'a' AND value = 'Ёлка 两字') OR (key = 'b' AND value = '')"), 2);
  assert_int_equal(one(c, "SELECT count(*) FROM import_chunk WHERE body = x'0001ff' AND import > 9223372036854773307"), 2500);
  struct arena a = {0};
  struct db_hit *hits;
  size_t n;
  assert_int_equal(db_search(c, 12, S("deal"), S("red gre*"), 5, &a, &hits, &n), ERR_OK);
  assert_int_equal(n, 1);
  arena_release(&a);
  db_conn_close(c);
  db_close(db);
}

static void *write_meanwhile(void *arg) {
  struct fixture *f = arg;
  for (int i = 0; i < 50; i++) {
    char text[96];
    (void)snprintf(text, sizeof text, "INSERT INTO hub (key, value) VALUES ('w%d', 'x')", i);
    if (run_sql(f->db, text)) return arg;
  }
  return NULL;
}

static void backup_is_a_hub(void **state) {
  FIXTURE;
  struct fixture *g = fixture_new(f->pg, NULL);
  AUTO(buf_release) struct buf m = BUF(1024);
  int applied;
  if (db_migrate(g->db, &m, &applied)) fail_msg("%s", buf_z(&m));
  assert_int_equal(db_tx_run(g->db, "fill", fill_hub, NULL), ERR_OK);
  char path[128];
  path_in(g, "copy.db", path);
  pthread_t writer;
  assert_int_equal(pthread_create(&writer, NULL, write_meanwhile, g), 0);
  if (db_backup(g->db, str_of(path), &m)) fail_msg("%s", buf_z(&m));
  void *failed;
  assert_int_equal(pthread_join(writer, &failed), 0);
  assert_null(failed);
  struct stat st;
  assert_int_equal(stat(path, &st), 0);
  assert_int_equal(st.st_mode & 077, 0);
  check_copy(path);
  assert_int_equal(db_backup(g->db, str_of(path), &m), ERR_CONFLICT);
  path_in(g, "missing/copy.db", path);
  assert_int_equal(db_backup(g->db, str_of(path), &m), ERR_IO);
  fixture_free(g);
}

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

#define TESTS(T)                   \
  T(every_call_may_fail)           \
  T(failure_keeps_its_name)        \
  T(reader_remembers)              \
  T(full_disk)                     \
  T(reader_reconnects)             \
  T(writer_runs_again)             \
  T(sequencer_serves_two_programs) \
  T(backup_is_a_hub)

int main(void) {
#define ON_SQLITE(t) {"sqlite: " #t, t, setup_sqlite, teardown, NULL},
#define ON_POSTGRES(t) {"postgres: " #t, t, setup_postgres, teardown, NULL},
  const struct CMUnitTest tests[] = {TESTS(ON_SQLITE) TESTS(ON_POSTGRES)};
  bool pg = getenv("ENTENTE_TEST_PG") != NULL;
  if (!pg) printf("# ENTENTE_TEST_PG is not set: PostgreSQL is not tested\n");
  return _cmocka_run_group_tests("db_failures", tests, ARRAY_LEN(tests) / (pg ? 1 : 2), NULL, NULL);
}
