// SPDX-License-Identifier: Apache-2.0
// Copies a hub from one engine to the other, every table, from one snapshot, in one transaction: the backup of a PostgreSQL hub into a
// SQLite file, and the way back. It needs no tool of the server's version, and shows that the data is not tied to the server. The
// copy's tables are made by the migrations.
#include "db/db_internal.h"
#include <stdio.h>
#include <unistd.h>

enum {
  COLUMNS_MAX = 128,
  NAME_MAX_BYTES = 64,
  ROWS_MAX = 64,                 // of one INSERT into PostgreSQL, where each statement is a way there and back
  HELD_BYTES_MAX = 1024 * 1024,  // rows larger than that together go one by one
};

struct column {
  char name[NAME_MAX_BYTES];
  char type;  // first letter of the type word's kind: i nt64, t ext, y bytes, b ool
};

struct copy {
  struct db_conn *from;
  bool cursors;  // PostgreSQL hands a result over as a whole: it is asked for in portions
  struct column columns[COLUMNS_MAX];
  int ncolumns;
  struct db_stmt *one, *many;  // INSERT of one row, of `rows` rows
  int rows, held;
  size_t bytes;
  struct db_value cells[DB_PARAMS_MAX];  // of the rows held; their texts are in the arena
  struct arena arena;
};

static enum err add_column(struct copy *copy, str line) {
  str name, rest, type;
  (void)str_cut(line, ' ', &name, &rest);
  (void)str_cut(rest, ' ', &type, &rest);
  if (copy->ncolumns == COLUMNS_MAX || name.n >= NAME_MAX_BYTES) return ERR_LIMIT;
  struct column *c = &copy->columns[copy->ncolumns++];
  *c = (struct column){.type = str_eq(type, S("bytes")) ? 'y' : type.n ? type.p[0] : 0};
  memcpy(c->name, name.p, name.n);
  return ERR_OK;
}

static enum err load_columns(struct copy *copy, str table) {
  AUTO(buf_release) struct buf b = BUF(64 * 1024);
  TRY(db_describe(copy->from, table, &b));
  copy->ncolumns = 0;
  str lines = buf_str(&b);
  for (str line; str_next(&lines, '\n', &line);)
    if (line.n) TRY(add_column(copy, line));
  return copy->ncolumns ? ERR_OK : ERR_CORRUPT;
}

static void put_names(struct buf *b, const struct copy *copy) {
  for (int i = 0; i < copy->ncolumns; i++) buf_fmt(b, "%s\"%s\"", i ? ", " : "", copy->columns[i].name);
}

static void cell_read(struct copy *copy, struct db_stmt *row, int i, struct db_value *ret) {
  char type = copy->columns[i].type;
  if (db_is_null(row, i)) {
    *ret = (struct db_value){.kind = VALUE_NULL};
  } else if (type == 'i' || type == 'b') {
    *ret = (struct db_value){.kind = type == 'i' ? VALUE_INT : VALUE_BOOL, .i = type == 'i' ? db_int(row, i) : db_bool(row, i)};
  } else {
    str s = type == 'y' ? db_bytes(row, i) : db_text(row, i);
    copy->bytes += s.n;
    *ret = (struct db_value){.kind = type == 'y' ? VALUE_BYTES : VALUE_TEXT, .s = arena_str(&copy->arena, s)};
  }
}

static void cell_bind(struct db_stmt *to, int i, const struct db_value *v) {
  switch (v->kind) {
  case VALUE_NULL: db_bind_null(to, i); break;
  case VALUE_INT: db_bind_int(to, i, v->i); break;
  case VALUE_BOOL: db_bind_bool(to, i, v->i != 0); break;
  case VALUE_TEXT: db_bind_text(to, i, v->s); break;
  case VALUE_BYTES: db_bind_bytes(to, i, v->s); break;
  }
}

// Writes the rows held: all in one statement, or, when they are fewer than it takes, one by one.
static enum err rows_write(struct copy *copy) {
  int each = copy->many && copy->held == copy->rows ? copy->rows : 1;
  struct db_stmt *to = each > 1 ? copy->many : copy->one;
  for (int row = 0; row < copy->held; row += each) {
    for (int i = 0; i < each * copy->ncolumns; i++) cell_bind(to, i + 1, &copy->cells[row * copy->ncolumns + i]);
    TRY(db_run(to));
  }
  copy->held = 0;
  copy->bytes = 0;
  arena_release(&copy->arena);
  copy->arena = (struct arena){0};
  return ERR_OK;
}

static enum err copy_fetched(struct copy *copy, struct db_stmt *rows, int64_t *ret_n) {
  int64_t n = 0;
  for (bool row;; n++) {
    TRY(db_step(rows, &row));
    if (!row) break;
    struct db_value *cells = &copy->cells[copy->held * copy->ncolumns];
    for (int i = 0; i < copy->ncolumns; i++) cell_read(copy, rows, i, &cells[i]);
    if (++copy->held == copy->rows || copy->bytes > HELD_BYTES_MAX) TRY(rows_write(copy));
  }
  *ret_n = n;
  return ERR_OK;
}

// In portions, by a cursor: a table may be larger than the memory.
static enum err copy_rows(struct copy *copy, str table) {
  AUTO(buf_release) struct buf b = BUF(64 * 1024);
  if (copy->cursors) buf_putz(&b, "DECLARE backup NO SCROLL CURSOR FOR ");
  buf_putz(&b, "SELECT ");
  put_names(&b, copy);
  buf_fmt(&b, " FROM \"%.*s\"", STR_ARG(table));
  int64_t n;
  if (!copy->cursors) {
    AUTO(db_release) struct db_stmt *rows = NULL;
    TRY(db_prepare(copy->from, sql_dynamic(buf_z(&b)), &rows));
    return copy_fetched(copy, rows, &n);
  }
  TRY(db_exec(copy->from, sql_dynamic(buf_z(&b))));
  for (n = 1; n;) {
    AUTO(db_release) struct db_stmt *rows = NULL;
    TRY(db_prepare(copy->from, sql_dynamic("FETCH 1000 FROM backup"), &rows));
    TRY(copy_fetched(copy, rows, &n));
  }
  return db_exec(copy->from, SQL("CLOSE backup"));
}

// The text stays in b: a statement is prepared when it is first run.
static enum err prepare_insert(struct copy *copy, struct db_conn *to, str table, int rows, struct buf *b, struct db_stmt **ret) {
  buf_fmt(b, "INSERT INTO \"%.*s\" (", STR_ARG(table));
  put_names(b, copy);
  buf_putz(b, ") VALUES ");
  for (int i = 0; i < rows * copy->ncolumns; i++)
    buf_fmt(b, "%s$%d%s", i % copy->ncolumns ? ", " : i ? ", (" : "(", i + 1, (i + 1) % copy->ncolumns ? "" : ")");
  return db_prepare(to, sql_dynamic(buf_z(b)), ret);
}

static enum err copy_table(struct copy *copy, struct db_conn *to, str table) {
  AUTO(buf_release) struct buf one_text = BUF(64 * 1024), many_text = BUF(64 * 1024);
  AUTO(db_release) struct db_stmt *one = NULL;
  AUTO(db_release) struct db_stmt *many = NULL;
  TRY(load_columns(copy, table));
  int fit = DB_PARAMS_MAX / copy->ncolumns;
  copy->rows = db_is_sqlite(to->db) ? 1 : fit < ROWS_MAX ? fit : ROWS_MAX;
  TRY(prepare_insert(copy, to, table, 1, &one_text, &one));
  if (copy->rows > 1) TRY(prepare_insert(copy, to, table, copy->rows, &many_text, &many));
  copy->one = one;
  copy->many = many;
  TRY(copy_rows(copy, table));
  return rows_write(copy);
}

static enum err search_to_sqlite(struct copy *copy, struct db_conn *to) {
  TRY(db_exec(copy->from, SQL("DECLARE backup NO SCROLL CURSOR FOR SELECT entity, record, viewer, tokens FROM search_row")));
  for (bool row = true; row;) {
    AUTO(db_release) struct db_stmt *s = NULL;
    TRY(db_prepare(copy->from, sql_dynamic("FETCH 1000 FROM backup"), &s));
    bool more;
    for (row = false;; row = true) {
      TRY(db_step(s, &more));
      if (!more) break;
      TRY(sqlite_search_write(to, db_text(s, 0), db_int(s, 1), db_int(s, 2), db_text(s, 3)));
    }
  }
  return db_exec(copy->from, SQL("CLOSE backup"));
}

static enum err search_to_postgres(struct copy *copy, struct db_conn *to) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(copy->from, SQL("SELECT entity, record, viewer, tokens FROM search_row ORDER BY id"), &s));
  for (bool row;;) {
    TRY(db_step(s, &row));
    if (!row) return ERR_OK;
    TRY(postgres_search_put(to, db_text(s, 0), db_int(s, 1), db_int(s, 2), db_text(s, 3)));
  }
}

static enum err copy_tables(struct copy *copy, struct db_conn *to, sql names) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(copy->from, names, &s));
  for (bool row;;) {
    TRY(db_step(s, &row));
    if (!row) return ERR_OK;
    TRY(copy_table(copy, to, db_text(s, 0)));
  }
}

static enum err copy_to_sqlite(struct db_conn *to, void *arg) {
  struct copy *copy = arg;
  copy->held = 0;                                         // what an attempt before this one left
  TRY(db_exec(to, SQL("PRAGMA defer_foreign_keys=ON")));  // tables come in the order of their names
  TRY(copy_tables(copy, to,
                  SQL("SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema() "
                      "AND tablename NOT IN ('schema_version', 'search_row') ORDER BY tablename")));
  return search_to_sqlite(copy, to);
}

static enum err copy_to_postgres(struct db_conn *to, void *arg) {
  struct copy *copy = arg;
  copy->held = 0;  // what an attempt before this one left
  int64_t rows = 0;
  bool found;
  TRY(db_exec(to, SQL("SET LOCAL statement_timeout = 0")));  // the commit checks every foreign key
  TRY(db_one_int(to, SQL("SELECT count(*) FROM hub"), NULL, 0, &found, &rows));
  if (rows) return conn_fail(to, ERR_CONFLICT, "there is a hub already");
  TRY(
    copy_tables(copy, to,
                SQL("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'search%' "
                    "AND name <> 'schema_version' ORDER BY name")));
  return search_to_postgres(copy, to);
}

static enum err copy_hub(struct db_conn *from, struct db *to, struct buf *message) {
  struct copy copy = {.from = from, .cursors = !db_is_sqlite(from->db)};
  enum err e = db_read_begin(from);
  if (!e) {
    e = db_tx_run(to, "copy", db_is_sqlite(to) ? copy_to_sqlite : copy_to_postgres, &copy);
    db_read_end(from);
  }
  arena_release(&copy.arena);
  if (e) buf_fmt(message, "%s%s%s", from->message, from->message[0] ? " " : "", db_tx_message());
  return e;
}

enum err db_load(struct db *from, struct db *to, struct buf *message) {
  struct db_conn *c;
  if (!db_is_sqlite(from) || db_is_sqlite(to)) return ERR_INVALID;
  enum err e = db_conn_open(from, &c);
  if (e) {
    buf_putz(message, db_tx_message());
    return e;
  }
  e = copy_hub(c, to, message);
  db_conn_close(c);
  return e;
}

static void remove_lock(const char *path) {
  AUTO(buf_release) struct buf name = BUF(8192);
  buf_putz(&name, path);
  buf_putz(&name, ".lock");
  (void)unlink(buf_z(&name));
}

enum err backup_copy_to_sqlite(struct db *db, const char *path, struct buf *message) {
  if (access(path, F_OK) == 0) {
    buf_fmt(message, "%s: File exists", path);
    return ERR_CONFLICT;
  }
  struct db *to;
  TRY(sqlite_open(path, DB_CREATE, message, &to));
  struct db_conn *from;
  int applied;
  enum err e = db_conn_open(db, &from);
  if (e) {
    buf_putz(message, db_tx_message());
  } else {
    e = db_migrate(to, message, &applied);
    if (!e) e = copy_hub(from, to, message);
    db_conn_close(from);
  }
  db_close(to);  // the last connection moves the log into the file
  remove_lock(path);
  if (!e) e = sqlite_mark(path, true, message);
  if (e) (void)unlink(path);
  return e;
}
