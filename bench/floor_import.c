// SPDX-License-Identifier: Apache-2.0
// The rows an import wrote, written again by bound statements into the same tables with their indexes: SOURCE is a hub after an
// import, TARGET the same hub before it. Commits as often as an import does.
#include "floor.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { COMMIT_ROWS = 4000 };  // of all tables: about 400 lines of a file

static const char *const tables[] = {"account",     "contact",    "account_seen", "audit_body",
                                     "audit_entry", "audit_node", "import_row",   "search_row"};

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql) {
  sqlite3_stmt *s = NULL;
  if (sqlite3_prepare_v2(db, sql, -1, &s, NULL)) die(sql, db);
  return s;
}

static void exec(sqlite3 *db, const char *sql) {
  if (sqlite3_exec(db, sql, NULL, NULL, NULL)) die(sql, db);
}

static void step_done(sqlite3 *db, sqlite3_stmt *s) {
  if (sqlite3_step(s) != SQLITE_DONE) die(sqlite3_sql(s), db);
  sqlite3_reset(s);
}

struct copy {
  sqlite3_stmt *from, *to;
  int columns;
  bool search, over;
};

static void copy_open(sqlite3 *db, const char *table, struct copy *ret) {
  char sql[512];
  struct copy c = {.search = !strcmp(table, "search_row")};
  snprintf(sql, sizeof sql, "SELECT * FROM source.%s WHERE rowid > (SELECT coalesce(max(rowid), 0) FROM main.%s) ORDER BY rowid",
           table, table);
  c.from = prepare(db, sql);
  c.columns = sqlite3_column_count(c.from);
  int n = snprintf(sql, sizeof sql, "INSERT INTO main.%s VALUES (", table);
  for (int i = 0; i < c.columns; i++) n += snprintf(sql + n, sizeof sql - (size_t)n, i ? ",?" : "?");
  snprintf(sql + n, sizeof sql - (size_t)n, ")");
  c.to = prepare(db, sql);
  *ret = c;
}

// "12:/account 12:word 12:word": what the index is told of a row (id, entity, record, viewer, tokens).
static void index_row(sqlite3 *db, sqlite3_stmt *insert, sqlite3_stmt *row, struct out *terms) {
  char viewer[32], *save = NULL;
  const char *tokens = (const char *)sqlite3_column_text(row, 4);
  char *copy = strdup(tokens ? tokens : "");
  snprintf(viewer, sizeof viewer, "%lld:", (long long)sqlite3_column_int64(row, 3));
  terms->n = 0;
  out_z(terms, viewer);
  out_lit(terms, "/");
  out_z(terms, (const char *)sqlite3_column_text(row, 1));
  for (char *t = strtok_r(copy, " ", &save); t; t = strtok_r(NULL, " ", &save)) {
    out_lit(terms, " ");
    out_z(terms, viewer);
    out_z(terms, t);
  }
  free(copy);
  sqlite3_bind_int64(insert, 1, sqlite3_column_int64(row, 0));
  sqlite3_bind_text64(insert, 2, terms->p, terms->n, SQLITE_STATIC, SQLITE_UTF8);
  step_done(db, insert);
}

static bool copy_row(sqlite3 *db, struct copy *c, sqlite3_stmt *index, struct out *terms) {
  int rc = sqlite3_step(c->from);
  if (rc == SQLITE_DONE) return false;
  if (rc != SQLITE_ROW) die(sqlite3_sql(c->from), db);
  for (int i = 0; i < c->columns; i++) sqlite3_bind_value(c->to, i + 1, sqlite3_column_value(c->from, i));
  step_done(db, c->to);
  if (c->search) index_row(db, index, c->from, terms);
  return true;
}

int floor_import(const char *target, const char *source) {
  enum { N = sizeof tables / sizeof tables[0] };
  struct floor_conn conn = {0};
  struct copy copies[N];
  struct out terms = {0};
  struct timespec t0, t1;
  floor_conn_open(&conn, target, true);
  sqlite3 *db = conn.db;
  sqlite3_stmt *attach = prepare(db, "ATTACH ?1 AS source");
  sqlite3_bind_text(attach, 1, source, -1, SQLITE_STATIC);
  step_done(db, attach);
  sqlite3_finalize(attach);
  exec(db, "PRAGMA source.mmap_size=2147418112");
  sqlite3_stmt *index = prepare(db, "INSERT INTO search_index (rowid, tokens) VALUES (?1, ?2)");
  for (int i = 0; i < N; i++) copy_open(db, tables[i], &copies[i]);
  clock_gettime(CLOCK_MONOTONIC, &t0);
  exec(db, "BEGIN IMMEDIATE");
  long rows = 0, left = N;
  while (left)  // row by row around the tables, as an import writes them
    for (int i = 0; i < N; i++) {
      if (copies[i].over) continue;
      if (!copy_row(db, &copies[i], index, &terms)) {
        copies[i].over = true;
        left--;
      } else if (++rows % COMMIT_ROWS == 0) {
        exec(db, "COMMIT");  // readers keep their place in the source
        exec(db, "BEGIN IMMEDIATE");
      }
    }
  exec(db, "COMMIT");
  clock_gettime(CLOCK_MONOTONIC, &t1);
  printf("%.6f %ld\n", (double)(t1.tv_sec - t0.tv_sec) + (double)(t1.tv_nsec - t0.tv_nsec) / 1e9, rows);
  return 0;
}
