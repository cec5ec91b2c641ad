// SPDX-License-Identifier: Apache-2.0
// A fresh database for one test of src/db: a SQLite file in a directory of its own, or a schema of its own in the PostgreSQL that
// ENTENTE_TEST_PG names. Each test runs once per engine; *state is a struct fixture. Helpers fail the test by themselves.
#ifndef ENTENTE_TESTS_DB_FIXTURE_H
#define ENTENTE_TESTS_DB_FIXTURE_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>  // needs the four above

#include "db/db_internal.h"

struct fixture {
  bool pg;
  char url[1024];
  char dir[64];  // SQLite: its directory; PostgreSQL: for the files of backups
  char schema[64];
  struct db *db;
  struct db_conn *c;  // a read connection
};

extern const struct migration fixture_schema[];  // tables thing, part, lazy

struct fixture *fixture_new(bool pg, const struct migration *schema);  // schema NULL: an empty database
void fixture_free(struct fixture *f);
void fixture_open(struct fixture *f, enum db_open_mode mode);
void fixture_close(struct fixture *f);
int64_t count(struct db_conn *c, const char *table);
int64_t one(struct db_conn *c, const char *text);   // one value of one row
enum err run_sql(struct db *db, const char *text);  // one statement in a write transaction
enum err add_thing(struct db_conn *c, int64_t id, const char *name);
enum err put_thing(struct db *db, int64_t id, const char *name);  // the same in a transaction of its own
void path_in(const struct fixture *f, const char *name, char out[128]);
#endif
