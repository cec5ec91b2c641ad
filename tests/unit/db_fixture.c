// SPDX-License-Identifier: Apache-2.0
#include "db_fixture.h"
#include "base/hash.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const struct migration fixture_schema[] = {
  {1, "things",
   "-- a comment; with a semicolon;\n"
   "CREATE TABLE thing (\n"
   "  id int64 NOT NULL PRIMARY KEY,\n"
   "  name text NOT NULL,\n"
   "  note text,\n"
   "  body bytes,\n"
   "  flag bool NOT NULL DEFAULT false,  -- trailing;\n"
   "  amount int64\n"
   ");\n"
   "CREATE UNIQUE INDEX thing_name ON thing (name);\n"
   "CREATE TABLE part (\"id\" int64 NOT NULL PRIMARY KEY, thing int64 NOT NULL REFERENCES thing (id), n int64 NOT NULL CHECK (n >= 0));\n"
   "CREATE TABLE lazy (id int64 NOT NULL PRIMARY KEY,\n"
   "  thing int64 NOT NULL REFERENCES thing (id) DEFERRABLE INITIALLY DEFERRED);\n"},
  {2, "more",
   "ALTER TABLE thing ADD COLUMN extra text;\n"
   "INSERT INTO thing (id, name, note) VALUES (1, 'one; of\n"
   "two lines;\n"
   "and int64 text', 'it''s');\n"},
  {0, "", NULL},
};

static int nfixtures;

static void setup_schema(struct fixture *f) {
  (void)snprintf(f->schema, sizeof f->schema, "test_%ld_%d", (long)getpid(), nfixtures);
  const char *base = getenv("ENTENTE_TEST_PG");
  assert_non_null(base);
  (void)snprintf(f->url, sizeof f->url, "%s%sschema=%s", base, strchr(base, '?') ? "&" : "?", f->schema);
}

struct fixture *fixture_new(bool pg, const struct migration *schema) {
  hash_setup();
  struct fixture *f = calloc(1, sizeof *f);
  assert_non_null(f);
  f->pg = pg;
  nfixtures++;
  (void)snprintf(f->dir, sizeof f->dir, "/tmp/entente-test-db-XXXXXX");
  assert_non_null(mkdtemp(f->dir));
  if (pg)
    setup_schema(f);
  else
    (void)snprintf(f->url, sizeof f->url, "%s/hub.db", f->dir);
  fixture_open(f, DB_CREATE);
  AUTO(buf_release) struct buf message = BUF(1024);
  int applied = 0;
  if (schema && db_migrate_list(f->db, schema, &message, &applied)) fail_msg("%s", buf_z(&message));
  return f;
}

void fixture_open(struct fixture *f, enum db_open_mode mode) {
  AUTO(buf_release) struct buf message = BUF(1024);
  if (db_open(str_of(f->url), mode, &message, &f->db)) fail_msg("%s", buf_z(&message));
  assert_int_equal(db_conn_open(f->db, &f->c), ERR_OK);
}

void fixture_close(struct fixture *f) {
  db_conn_close(f->c);
  f->c = NULL;
  db_close(f->db);
  f->db = NULL;
}

static void remove_dir(const char *dir) {
  DIR *d = opendir(dir);
  assert_non_null(d);
  for (struct dirent *e; (e = readdir(d)) != NULL;) {
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
    (void)unlink(path);
  }
  closedir(d);
  (void)rmdir(dir);
}

void fixture_free(struct fixture *f) {
  db_fault_set(0);
  if (f->pg && f->db) {
    char text[128];
    (void)snprintf(text, sizeof text, "DROP SCHEMA %s CASCADE", f->schema);
    assert_int_equal(run_sql(f->db, text), ERR_OK);
  }
  if (f->db) fixture_close(f);
  remove_dir(f->dir);
  free(f);
}

int64_t one(struct db_conn *c, const char *text) {
  bool found = false;
  int64_t v = 0;
  if (db_one_int(c, sql_dynamic(text), NULL, 0, &found, &v)) fail_msg("%s", db_message(c));
  assert_true(found);
  return v;
}

int64_t count(struct db_conn *c, const char *table) {
  char text[128];
  (void)snprintf(text, sizeof text, "SELECT count(*) FROM %s", table);
  return one(c, text);
}

static enum err exec_callback(struct db_conn *c, void *arg) { return db_exec(c, sql_dynamic(arg)); }

enum err run_sql(struct db *db, const char *text) { return db_tx_run(db, "test", exec_callback, (void *)(uintptr_t)text); }

enum err add_thing(struct db_conn *c, int64_t id, const char *name) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(c, SQL("INSERT INTO thing (id, name) VALUES ($1, $2)"), &s));
  db_bind_int(s, 1, id);
  db_bind_text(s, 2, str_of(name));
  return db_run(s);
}

struct thing {
  int64_t id;
  const char *name;
};

static enum err put_callback(struct db_conn *c, void *arg) {
  const struct thing *t = arg;
  return add_thing(c, t->id, t->name);
}

enum err put_thing(struct db *db, int64_t id, const char *name) {
  struct thing t = {id, name};
  return db_tx_run(db, "put_thing", put_callback, &t);
}

void path_in(const struct fixture *f, const char *name, char out[128]) { (void)snprintf(out, 128, "%s/%s", f->dir, name); }
