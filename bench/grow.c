// SPDX-License-Identifier: Apache-2.0
// grow DATABASE COPIES FEW OWNER: makes a hub of `entente demo --scale N --partners P` as large as COPIES of it. The rows of its accounts, deals,
// rooms, grants, lists, search and log are written once more under other ids, table by table in SQL, with the indexes built afterwards; what
// company FEW sees stays as it was, so that it is the viewer of few among many. Prints its progress, and at the end the seconds.
// The demo is made with its clock standing still (ENTENTE_TEST_CLOCK), which makes its ids consecutive: copy n is `n` ranges further on,
// so that every table and index grows at its end. Entries of the log are copied for deals in the owner's log, with places below
// the first: of true size where a request looks, but such a hub is for measuring, not for `audit verify`.
// The bench and the check of the work a request does both use it. It knows tables by the names of their columns only.
#include <libpq-fe.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SQL_MAX = 16384, COLUMNS_MAX = 64, INDEXES_MAX = 64, NAME_MAX_BYTES = 128 };

static struct {
  const char *url;
  sqlite3 *lite;
  PGconn *pg;
  long long copies, few, owner;
  long long low, high, away, log_size;  // ids of the original; distance of two copies; entries in the owner's log
  long long copy;                       // the one being written
} g;

static _Noreturn void die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void die(const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  fputs("grow: ", stderr);
  vfprintf(stderr, fmt, ap);
  fputs("\n", stderr);
  va_end(ap);
  exit(1);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

// ---- both engines: run a text; each row's columns as text to a function

typedef void (*row_fn)(void *arg, int n, char **values);

struct lite_rows {
  row_fn fn;
  void *arg;
};

static int lite_row(void *arg, int n, char **values, char **names) {
  struct lite_rows *r = arg;
  (void)names;
  if (r->fn) r->fn(r->arg, n, values);
  return 0;
}

static void run(const char *text, row_fn fn, void *arg) {
  if (g.lite) {
    struct lite_rows r = {fn, arg};
    char *message = NULL;
    if (sqlite3_exec(g.lite, text, lite_row, &r, &message)) die("%s: %.300s", message, text);
    return;
  }
  PGresult *r = PQexec(g.pg, text);
  ExecStatusType st = PQresultStatus(r);
  if (st != PGRES_COMMAND_OK && st != PGRES_TUPLES_OK) die("%s: %.300s", PQerrorMessage(g.pg), text);
  for (int i = 0; fn && i < PQntuples(r); i++) {
    char *values[COLUMNS_MAX];
    int n = PQnfields(r) < COLUMNS_MAX ? PQnfields(r) : COLUMNS_MAX;
    for (int k = 0; k < n; k++) values[k] = PQgetisnull(r, i, k) ? NULL : PQgetvalue(r, i, k);
    fn(arg, n, values);
  }
  PQclear(r);
}

static void take_int(void *arg, int n, char **values) {
  if (n && values[0]) *(long long *)arg = strtoll(values[0], NULL, 10);
}

static long long one(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static long long one(const char *fmt, ...) {
  char text[SQL_MAX];
  long long v = 0;
  va_list ap;
  va_start(ap, fmt);
  vsnprintf(text, sizeof text, fmt, ap);
  va_end(ap);
  run(text, take_int, &v);
  return v;
}

// ---- what is copied

#define SHIFT " + :away"
#define LATER " + :copy"
#define NAMED " || ' :copy'"
#define TERMS "viewer || ':' || replace(tokens" NAMED ", ' ', ' ' || viewer || ':')"

struct column {
  const char *name, *value;  // value begins with a blank: added behind the column's own
};
static const struct table {
  const char *name, *where;
  struct column other[10];  // columns that are not as in the original; value NULL: left out
} tables[] = {
  {"account",
   "id BETWEEN :low AND :high",
   {{"id", SHIFT},
    {"created_at", LATER},
    {"updated_at", LATER},
    {"name", NAMED},
    {"domain", "':copy.' || domain"},
    {"match_key", NAMED}}},
  {"account_seen", "record BETWEEN :low AND :high", {{"record", SHIFT}, {"changed_at", LATER}, {"k1", NAMED}}},
  {"contact",
   "root BETWEEN :low AND :high",
   {{"id", SHIFT}, {"root", SHIFT}, {"created_at", LATER}, {"updated_at", LATER}, {"email", "':copy.' || email"}}},
  {"deal",
   "id BETWEEN :low AND :high",
   {{"id", SHIFT}, {"account", SHIFT}, {"created_at", LATER}, {"updated_at", LATER}, {"name", NAMED}, {"customer", NAMED}}},
  {"deal_seen", "record BETWEEN :low AND :high AND viewer <> :few", {{"record", SHIFT}, {"changed_at", LATER}, {"k1", NAMED}}},
  {"activity", "root BETWEEN :low AND :high", {{"id", SHIFT}, {"root", SHIFT}, {"created_at", LATER}, {"updated_at", LATER}}},
  {"evidence", "root BETWEEN :low AND :high", {{"id", SHIFT}, {"root", SHIFT}, {"created_at", LATER}, {"updated_at", LATER}}},
  {"access_grant",
   "root BETWEEN :low AND :high AND grantee <> :few",
   {{"id", SHIFT}, {"root", SHIFT}, {"created_at", LATER}, {"updated_at", LATER}}},
  {"audit_body", "record BETWEEN :low AND :high AND entity = 'deal'", {{"id", SHIFT}, {"record", SHIFT}}},
  {"audit_entry",
   "record BETWEEN :low AND :high AND entity = 'deal' AND log = :owner",
   {{"body", SHIFT}, {"record", SHIFT}, {"seq", "seq - :copy * :size"}, {"at", LATER}}},
  {"search_row",
   "record BETWEEN :low AND :high AND viewer <> :few",
   {{"id", NULL},
    {"record", SHIFT},
    {"tokens", NAMED},
    {"terms",  // before seq, which takes the same number; blocks as in src/db/search.c
     "(SELECT array_to_tsvector(a || ARRAY(SELECT 's' || (n >> 12) || ':' || t FROM unnest(a) AS t) || "
     "ARRAY(SELECT 'l' || (n >> 18) || ':' || t FROM unnest(a) AS t)) FROM (SELECT string_to_array(" TERMS
     ", ' ') AS a, nextval('search_row_seq_seq') AS n) AS q)"},
    {"seq", "currval('search_row_seq_seq')"}}},
};
enum { TABLES = sizeof tables / sizeof tables[0] };

struct columns {
  const struct table *t;
  char names[SQL_MAX / 4], values[SQL_MAX / 2];
};

static void add(char *to, size_t max, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static void add(char *to, size_t max, const char *fmt, ...) {
  size_t n = strlen(to);
  va_list ap;
  va_start(ap, fmt);
  int m = vsnprintf(to + n, max - n, fmt, ap);
  va_end(ap);
  if (m < 0 || (size_t)m >= max - n) die("a statement is too long");
}

static void take_column(void *arg, int n, char **values) {
  struct columns *c = arg;
  const char *name = n ? values[0] : "", *value = NULL, *comma = c->names[0] ? ", " : "";
  bool other = false;
  for (const struct column *o = c->t->other; o->name && !other; o++) {
    other = !strcmp(o->name, name);
    if (other) value = o->value;
  }
  if (other && !value) return;
  add(c->names, sizeof c->names, "%s\"%s\"", comma, name);
  if (!other)
    add(c->values, sizeof c->values, "%s\"%s\"", comma, name);
  else if (value[0] == ' ')
    add(c->values, sizeof c->values, "%s\"%s\"%s", comma, name, value);
  else
    add(c->values, sizeof c->values, "%s%s", comma, value);
}

static void put_number(char *to, size_t max, const char **at) {
  static const struct {
    const char *name;
    const long long *value;
  } names[] = {{":away", &g.away}, {":copy", &g.copy},   {":low", &g.low},      {":high", &g.high},
               {":few", &g.few},   {":owner", &g.owner}, {":size", &g.log_size}};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    size_t n = strlen(names[i].name);
    if (strncmp(*at, names[i].name, n) != 0) continue;
    bool distance = names[i].value == &g.away;
    add(to, max, "%lld", distance ? g.away * g.copy : *names[i].value);
    *at += n;
    return;
  }
  add(to, max, "%c", *(*at)++);
}

static void run_filled(const char *text) {
  char filled[SQL_MAX] = "";
  for (const char *at = text; *at;) put_number(filled, sizeof filled, &at);
  run(filled, NULL, NULL);
}

static char statements[TABLES][SQL_MAX];

static void prepare_texts(void) {
  for (int i = 0; i < TABLES; i++) {
    static struct columns c;
    char text[512];
    c = (struct columns){.t = &tables[i]};
    snprintf(
      text, sizeof text,
      g.lite
        ? "SELECT name FROM pragma_table_info('%s')"
        : "SELECT attname FROM pg_attribute WHERE attrelid = '%s'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
      tables[i].name);
    run(text, take_column, &c);
    if (!c.names[0]) die("there is no table %s", tables[i].name);
    add(statements[i], SQL_MAX, "INSERT INTO %s (%s) SELECT %s FROM %s WHERE %s", tables[i].name, c.names, c.values,
        tables[i].name, tables[i].where);
  }
}

// ---- indexes: dropped, and built at the end

struct indexes {
  int n;
  char *drop[INDEXES_MAX], *make[INDEXES_MAX];
};

static void take_index(void *arg, int n, char **values) {
  struct indexes *x = arg;
  char drop[NAME_MAX_BYTES + 16];
  if (n < 2 || !values[0] || !values[1]) return;
  if (x->n == INDEXES_MAX) die("more indexes than expected");
  snprintf(drop, sizeof drop, "DROP INDEX %.*s", NAME_MAX_BYTES, values[0]);
  x->drop[x->n] = strdup(drop);
  x->make[x->n++] = strdup(values[1]);
}

// The originals are found by these: they stay.
static bool finds_originals(const char *make) {
  static const char *const kept[] = {" contact_root ",      " activity_root ",      " evidence_root ",
                                     " access_grant_root ", " audit_entry_record ", " audit_body_record "};
  for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
    if (strstr(make, kept[i])) return true;
  return false;
}

static void indexes_drop(struct indexes *x) {
  for (int i = 0; i < TABLES; i++) {
    char text[512];
    snprintf(text, sizeof text,
             g.lite
               ? "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = '%s' AND sql IS NOT NULL"
               : "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = '%s'::regclass "
                 "AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)",
             tables[i].name);
    run(text, take_index, x);
  }
  int kept = 0;
  for (int i = 0; i < x->n; i++) {
    if (finds_originals(x->make[i])) continue;
    run(x->drop[i], NULL, NULL);
    x->make[kept++] = x->make[i];
  }
  x->n = kept;
}

// ---- the work

static void open_database(void) {
  if (!strstr(g.url, "://")) {
    if (sqlite3_open_v2(g.url, &g.lite, SQLITE_OPEN_READWRITE, NULL)) die("%s: %s", g.url, sqlite3_errmsg(g.lite));
    // The journal goes before the lock is taken for good: an emptied one that stayed would be played back by the next who opens it.
    run("PRAGMA journal_mode=DELETE", NULL, NULL);
    run("PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-400000; "
        "PRAGMA temp_store=FILE; PRAGMA case_sensitive_like=ON",
        NULL, NULL);
    return;
  }
  g.pg = PQconnectdb(g.url);
  if (PQstatus(g.pg) != CONNECTION_OK) die("%s", PQerrorMessage(g.pg));
  run("SET search_path = entente; SET synchronous_commit = off; SET session_replication_role = replica; SET work_mem = '128MB'; "
      "SET maintenance_work_mem = '512MB'; SET max_parallel_maintenance_workers = 0",
      NULL, NULL);
}

static void measure_original(void) {
  g.low = one("SELECT min(id) FROM account WHERE domain = 'c0.example'");
  if (!g.low) die("%s holds no accounts of `entente demo --scale`", g.url);
  static const char *const numbered[] = {"account", "contact", "deal", "activity", "evidence", "access_grant", "audit_body"};
  for (size_t i = 0; i < sizeof numbered / sizeof numbered[0]; i++) {
    long long high = one("SELECT max(id) FROM %s", numbered[i]);
    if (high > g.high) g.high = high;
  }
  g.away = g.high - g.low + 1;
  if (g.away > (1LL << 40) / (g.copies > 0 ? g.copies : 1))
    die("the ids of this hub are not consecutive: was its clock standing?");
  g.log_size = one("SELECT coalesce(max(seq), 0) + 1 FROM audit_entry WHERE log = %lld", g.owner);
}

static void index_search(long long after) {
  char text[512];
  snprintf(text, sizeof text,
           "INSERT INTO search_index (rowid, tokens) SELECT id, viewer || ':/' || entity || ' ' || viewer || ':' || "
           "replace(tokens, ' ', ' ' || viewer || ':') FROM search_row WHERE id > %lld",
           after);
  run(text, NULL, NULL);
}

static void copy_all(double began) {
  for (g.copy = 1; g.copy < g.copies; g.copy++) {
    long long rows = g.lite ? one("SELECT max(id) FROM search_row") : 0;
    run("BEGIN", NULL, NULL);
    for (int i = 0; i < TABLES; i++) run_filled(statements[i]);
    if (g.lite) index_search(rows);
    run("COMMIT", NULL, NULL);
    fprintf(stderr, "\rgrow: copy %lld of %lld, %.0f s ", g.copy, g.copies - 1, now() - began);
  }
  fputc('\n', stderr);
}

int main(int argc, char **argv) {
  struct indexes x = {0};
  if (argc != 5) {
    fprintf(stderr, "usage: grow DATABASE COPIES FEW OWNER\n");
    return 2;
  }
  g.url = argv[1];
  g.copies = strtoll(argv[2], NULL, 10);
  g.few = strtoll(argv[3], NULL, 10);
  g.owner = strtoll(argv[4], NULL, 10);
  double began = now();
  open_database();
  measure_original();
  prepare_texts();
  indexes_drop(&x);
  if (g.lite) run("INSERT INTO search_index (search_index, rank) VALUES ('hashsize', 33554432)", NULL, NULL);
  copy_all(began);
  if (g.lite) run("INSERT INTO search_index (search_index, rank) VALUES ('hashsize', 1048576)", NULL, NULL);
  for (int i = 0; i < x.n; i++) {
    run(x.make[i], NULL, NULL);
    fprintf(stderr, "\rgrow: index %d of %d, %.0f s ", i + 1, x.n, now() - began);
  }
  fputc('\n', stderr);
  run(g.lite ? "PRAGMA journal_mode=WAL" : "VACUUM ANALYZE", NULL, NULL);
  if (g.lite) sqlite3_close(g.lite);
  if (g.pg) PQfinish(g.pg);
  printf("%.1f\n", now() - began);
  return 0;
}
