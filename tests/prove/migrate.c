// SPDX-License-Identifier: Apache-2.0
// Works for migrate.check.mjs on one database:
//   migrate URL make K            a database with the schema of the first K migrations, as a program of that time made it
//   migrate URL fill SEED ROWS    rows in every table that was in use, valid for its schema
//   migrate URL apply NTH         all migrations; the NTH call of the database fails (0: none); prints the number of calls, exit 1 when it failed
#include "base/hash.h"
#include "db/db_internal.h"
#include "model/model.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { MIGRATIONS_MAX = 1000, COLUMNS = 128, TABLES = 200, NAME_MAX_BYTES = 64, ROOTS = 64 };

static uint64_t state;

// splitmix64 (Steele, Lea, Flood 2014).
static uint64_t next(void) {
  uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

__attribute__((noreturn)) static void die(const char *what, const char *why) {
  fprintf(stderr, "migrate: %s: %s\n", what, why);
  exit(2);
}

// ---- rows

struct column {
  char name[NAME_MAX_BYTES];
  char type;  // first letter of the type word; 'y': bytes
  bool null;
};
struct table {
  char name[NAME_MAX_BYTES];
  struct column columns[COLUMNS];
  int n;
};
struct fill {
  struct db_conn *reader;
  int64_t rows;
};

static enum err describe(struct db_conn *c, struct table *t) {
  AUTO(buf_release) struct buf b = BUF(64 * 1024);
  TRY(db_describe(c, str_of(t->name), &b));
  str lines = buf_str(&b), line, name, rest, type;
  t->n = 0;
  while (str_next(&lines, '\n', &line)) {
    if (!line.n || !str_cut(line, ' ', &name, &rest)) continue;
    (void)str_cut(rest, ' ', &type, &rest);
    struct column *col = &t->columns[t->n++];
    snprintf(col->name, sizeof col->name, "%.*s", STR_ARG(name));
    col->type = str_eq(type, S("bytes")) ? 'y' : type.p[0];
    col->null = str_eq(rest, S("null"));
  }
  return ERR_OK;
}

static void text_bind(struct db_stmt *s, int i, struct buf *b) {
  static const char *const words[] = {"",         "Ёлка", "两字", "O'Hara \"quoted\"", "a,b;c", "line\nbreak",
                                      " blanks ", "NULL", "--",   "\xf0\x9f\x94\xa7",  "7/100", "\\N \\x00",
                                      "%_",       "0"};
  buf_clear(b);
  buf_fmt(b, "%s %" PRIx64, words[next() % ARRAY_LEN(words)], next() >> 20);
  db_bind_text(s, i, buf_str(b));
}

static enum err root_of(struct db_conn *c, const char *table, int64_t *ret) {
  const struct entity *e = entity_find(str_of(table));
  AUTO(buf_release) struct buf q = BUF(512);
  bool found = false;
  *ret = (int64_t)(next() >> 2);
  if (!e || !(e->flags & E_CHILD)) return ERR_OK;
  buf_fmt(&q, "SELECT id FROM \"%s\" ORDER BY id LIMIT 1 OFFSET %" PRIu64, e->root, next() % 3);
  return db_one_int(c, sql_dynamic(buf_z(&q)), NULL, 0, &found, ret);
}

static enum err row_insert(struct db_conn *c, struct db_stmt *s, const struct table *t) {
  struct buf texts[COLUMNS];
  int64_t root;
  TRY(root_of(c, t->name, &root));
  for (int i = 0; i < t->n; i++) {
    const struct column *col = &t->columns[i];
    texts[i] = BUF(256);
    if (col->null && next() % 3 == 0)
      db_bind_null(s, i + 1);
    else if (col->type == 'i')
      db_bind_int(s, i + 1, !strcmp(col->name, "root") ? root : (int64_t)(next() >> 2));
    else if (col->type == 'b')
      db_bind_bool(s, i + 1, next() % 2);
    else if (col->type == 'y')
      buf_fmt(&texts[i], "%" PRIx64 "\x01\xff", next()), db_bind_bytes(s, i + 1, buf_str(&texts[i]));
    else
      text_bind(s, i + 1, &texts[i]);
  }
  enum err e = db_run(s);
  for (int i = 0; i < t->n; i++) buf_release(&texts[i]);
  return e;
}

static enum err table_fill(struct db_conn *c, struct table *t, int64_t rows) {
  AUTO(buf_release) struct buf q = BUF(64 * 1024);
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(describe(c, t));
  buf_fmt(&q, "INSERT INTO \"%s\" (", t->name);
  for (int i = 0; i < t->n; i++) buf_fmt(&q, "%s\"%s\"", i ? ", " : "", t->columns[i].name);
  buf_putz(&q, ") VALUES (");
  for (int i = 0; i < t->n; i++) buf_fmt(&q, "%s$%d", i ? ", " : "", i + 1);
  buf_putc(&q, ')');
  TRY(db_prepare(c, sql_dynamic(buf_z(&q)), &s));
  for (int64_t i = 0; i < rows; i++) TRY(row_insert(c, s, t));
  return ERR_OK;
}

// What 0001 foresaw for imports was replaced by 0005 before anything wrote it.
static bool never_used(struct db_conn *c, const char *table) {
  AUTO(buf_release) struct buf b = BUF(64 * 1024);
  if (!str_starts(str_of(table), S("import_"))) return false;
  return db_describe(c, S("import_chunk"), &b) == ERR_OK && b.n == 0 && strcmp(table, "import_job") != 0 &&
         strcmp(table, "import_job_seen") != 0;
}

static size_t list_tables(struct db_conn *c, struct table *list) {
  AUTO(db_release) struct db_stmt *s = NULL;
  size_t n = 0;
  bool row;
  sql q = db_is_sqlite(c->db)
            ? SQL("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'search%' "
                  "AND name <> 'schema_version' ORDER BY name")
            : SQL("SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema() "
                  "AND tablename NOT IN ('schema_version', 'search_row') ORDER BY tablename");
  if (db_prepare(c, q, &s)) die("tables", db_message(c));
  for (;;) {
    if (db_step(s, &row)) die("tables", db_message(c));
    if (!row || n == TABLES) return n;
    snprintf(list[n++].name, NAME_MAX_BYTES, "%.*s", STR_ARG(db_text(s, 0)));
  }
}

static enum err fill_fn(struct db_conn *c, void *arg) {
  static struct table list[TABLES];
  const struct fill *f = arg;
  size_t n = list_tables(c, list);
  for (int children = 0; children < 2; children++)
    for (size_t i = 0; i < n; i++) {
      const struct entity *e = entity_find(str_of(list[i].name));
      bool child = e && (e->flags & E_CHILD);
      if (child == (children == 1) && !never_used(c, list[i].name)) TRY(table_fill(c, &list[i], f->rows));
    }
  for (int64_t i = 0; i < f->rows; i++) TRY(db_search_put(c, S("deal"), (int64_t)(next() >> 2), 12, S("red green")));
  return ERR_OK;
}

// ---- commands

static struct db *open_db(const char *url, enum db_open_mode mode) {
  AUTO(buf_release) struct buf message = BUF(4096);
  struct db *db;
  if (db_open(str_of(url), mode, &message, &db)) die(url, buf_z(&message));
  return db;
}

static int make(const char *url, int64_t k) {
  static struct migration list[MIGRATIONS_MAX];
  AUTO(buf_release) struct buf message = BUF(4096);
  size_t n = 0;
  int applied;
  for (const struct migration *m = db_migrations; m->text && m->number <= k && n + 1 < MIGRATIONS_MAX; m++) list[n++] = *m;
  list[n] = (struct migration){0, "", NULL};
  struct db *db = open_db(url, DB_CREATE);
  if (db_migrate_list(db, list, &message, &applied)) die(url, buf_z(&message));
  db_close(db);
  return 0;
}

static int fill(const char *url, uint64_t seed, int64_t rows) {
  struct db *db = open_db(url, DB_SERVE);
  struct fill f = {.rows = rows};
  state = seed;
  if (db_tx_run(db, "fill", fill_fn, &f)) die("fill", db_tx_message());
  db_close(db);
  return 0;
}

static int apply(const char *url, int64_t nth) {
  AUTO(buf_release) struct buf message = BUF(4096);
  struct db *db = open_db(url, DB_SERVE);
  int applied = 0;
  db_fault_set(nth ? nth : INT64_MAX);
  enum err e = db_migrate(db, &message, &applied);
  int64_t calls = db_fault_count();
  db_fault_set(0);
  db_close(db);
  printf("%" PRId64 " %s\n", calls, e ? buf_z(&message) : "applied");
  return e ? 1 : 0;
}

int main(int argc, char **argv) {
  int64_t a = 0, b = 0;
  hash_setup();
  model_setup();
  if (argc < 4 || !str_to_int64(str_of(argv[3]), &a) || (argc > 4 && !str_to_int64(str_of(argv[4]), &b)))
    die("usage", "migrate URL make K | fill SEED ROWS | apply NTH");
  if (!strcmp(argv[2], "make")) return make(argv[1], a);
  if (!strcmp(argv[2], "fill")) return fill(argv[1], (uint64_t)a, b);
  if (!strcmp(argv[2], "apply")) return apply(argv[1], a);
  die("no such command", argv[2]);
}
