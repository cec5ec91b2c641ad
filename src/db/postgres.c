// SPDX-License-Identifier: Apache-2.0
// PostgreSQL: connections and statements. A hub is a schema, named by ?schema= in the URL, and search_path is the only session state.
// Parameters go in binary, typed by how they were bound (int8, text, bytea, bool), so that `$1 + 1` is 64-bit here as it is in SQLite.
// Statements are prepared when first run, under a name kept with the statement; after a reconnect they are prepared again.
// A lost connection is replaced where nothing is at stake: outside a transaction, or before its first statement.
#include "db/postgres_internal.h"
#include "db/scrub.h"
#include <assert.h>
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

// pg_type.dat: the few types we meet.
enum { OID_BOOL = 16, OID_BYTEA = 17, OID_INT8 = 20, OID_INT2 = 21, OID_INT4 = 23, OID_NUMERIC = 1700 };
enum { OID_TEXT = 25 };
enum { SERVER_VERSION_MIN = 130000 };

struct pg_stmt {
  struct db_stmt stmt;
  char name[24];
  uint64_t prepared;  // generation of the connection it is prepared on; 0: not
  PGresult *result;
  int row;
  bool stale;  // the table changed under the kept plan
  int nparams;
  Oid *types;  // as prepared
  struct db_value *bound;
  int64_t *wire;  // integers and booleans in network order
  const char **values;
  int *lengths, *formats;
};

static struct pg_conn *pg_of(const struct db_conn *c) { return (struct pg_conn *)c; }

static PGconn *handle(const struct db_conn *c) { return pg_of(c)->h; }

// ---- errors

static enum err err_of(const struct db_conn *c, const char *state) {
  static const struct {
    const char *prefix;
    enum err err;
  } table[] = {
    {"40001", ERR_RETRY},   {"40P01", ERR_RETRY},                         // serialization failure, deadlock
    {"23", ERR_CONFLICT},                                                 // constraint
    {"22", ERR_INVALID},                                                  // data the type cannot hold
    {"55P03", ERR_BUSY},    {"57014", ERR_BUSY},    {"53300", ERR_BUSY},  // lock or statement timeout, too many connections
    {"XX001", ERR_CORRUPT}, {"XX002", ERR_CORRUPT},
  };
  for (size_t i = 0; state && i < ARRAY_LEN(table); i++)
    if (str_starts(str_of(state), str_of(table[i].prefix)))
      return table[i].err == ERR_RETRY && c->kind == CONN_READ ? ERR_BUSY : table[i].err;
  return ERR_IO;
}

bool pg_lost(const struct db_conn *c) { return PQstatus(handle(c)) == CONNECTION_BAD; }

// Before COMMIT a lost connection has changed nothing: a write transaction runs again.
static enum err fail(struct db_conn *c, const PGresult *r, const char *what) {
  const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
  const char *text = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
  enum err e = pg_lost(c) ? (c->kind == CONN_WRITE ? ERR_RETRY : ERR_IO) : err_of(c, state);
  return conn_fail(c, e, "%.250s (%s): %.200s", text ? text : PQerrorMessage(handle(c)), state ? state : "connection", what);
}

static enum err check(struct db_conn *c, PGresult *r, const char *what) {
  ExecStatusType st = PQresultStatus(r);
  return st == PGRES_COMMAND_OK || st == PGRES_TUPLES_OK ? ERR_OK : fail(c, r, what);
}

enum err pg_command(struct db_conn *c, const char *text, PGresult **ret) {
  PGresult *r = PQexec(handle(c), text);
  enum err e = check(c, r, text);
  if (!e && ret)
    *ret = r;
  else
    PQclear(r);
  return e;
}

// Outside a transaction a lost connection is replaced and the command sent again.
static enum err command_again(struct db_conn *c, const char *text) {
  enum err e = pg_command(c, text, NULL);
  if (e && !c->in_tx && pg_lost(c)) {
    TRY(pg_reconnect(c));
    e = pg_command(c, text, NULL);
  }
  return e;
}

static enum err pg_exec(struct db_conn *c, const char *text) { return command_again(c, text); }

// ---- connections

static void ignore_notice(void *arg, const PGresult *r) { (void)arg, (void)r; }

static enum err setup(struct db_conn *c) {
  const struct pg_db *pg = (const struct pg_db *)c->db;
  PGconn *h = handle(c);
  (void)PQsetNoticeReceiver(h, ignore_notice, NULL);
  if (PQserverVersion(h) < SERVER_VERSION_MIN) return conn_fail(c, ERR_INVALID, "PostgreSQL 13 or newer is needed");
  const char *encoding = PQparameterStatus(h, "server_encoding");
  if (!encoding || strcmp(encoding, "UTF8") != 0) return conn_fail(c, ERR_INVALID, "the database must be encoded in UTF8");
  AUTO(buf_release) struct buf b = BUF(1024);
  // Every query of ours has its index. A statement prepared while its table was empty would otherwise keep walking the whole table until
  // statistics come, which during a large import is too late. Where a table must be walked after all, its price is then so high that the
  // server would compile the query, which takes longer than running it.
  buf_fmt(&b,
          "SET enable_seqscan = off; SET jit = off; "
          "SET search_path = %s; SET client_encoding = 'UTF8'; SET statement_timeout = '30s'; SET lock_timeout = '10s'; "
          "SET idle_in_transaction_session_timeout = '120s'; SET default_transaction_read_only = %s",
          pg->schema, c->kind == CONN_READ ? "on" : "off");
  return pg_command(c, buf_z(&b), NULL);
}

static enum err connected(struct db_conn *c) {
  pg_of(c)->generation++;
  if (pg_lost(c)) return conn_fail(c, ERR_IO, "%.400s", PQerrorMessage(handle(c)));
  return setup(c);
}

enum err pg_reconnect(struct db_conn *c) {
  PQreset(handle(c));
  return connected(c);
}

static void pg_conn_close(struct db_conn *c) {
  pg_of(c)->generation++;  // the server forgets the statements with the connection
  conn_cache_free(c);
  PQfinish(handle(c));
  free(pg_of(c));
}

static enum err pg_conn_open(struct db *db, enum conn_kind kind, struct buf *message, struct db_conn **ret) {
  const struct pg_db *pg = (const struct pg_db *)db;
  struct pg_conn *pc = calloc(1, sizeof *pc);
  if (!pc) abort();
  pc->conn.db = db;
  pc->conn.kind = kind;
  const char *keys[] = {"connect_timeout", "fallback_application_name", "dbname", NULL};
  const char *values[] = {"10", "entente", pg->conninfo, NULL};
  pc->h = PQconnectdbParams(keys, values, 1);
  enum err e = connected(&pc->conn);
  if (e) {
    buf_put(message, str_trim(str_of(pc->conn.message)));
    pg_conn_close(&pc->conn);
    return e;
  }
  *ret = &pc->conn;
  return ERR_OK;
}

// ---- statements

static struct pg_stmt *stmt_of(struct db_stmt *s) { return (struct pg_stmt *)s; }

// The highest $n outside quotes.
static int count_params(const char *text) {
  int highest = 0;
  char quote = 0;
  for (const char *p = text; *p; p++) {
    if (quote)
      quote = *p == quote ? 0 : quote;
    else if (*p == '\'' || *p == '"')
      quote = *p;
    else if (*p == '$') {
      int n = 0;
      while (p[1] >= '0' && p[1] <= '9' && n <= DB_PARAMS_MAX) n = n * 10 + (*++p - '0');
      highest = n > highest ? n : highest;
    }
  }
  return highest;
}

static void *array(size_t n, size_t size) {
  void *p = calloc(n ? n : 1, size);
  if (!p) abort();
  return p;
}

static enum err pg_stmt_new(struct db_conn *c, const char *text, struct db_stmt **ret) {
  int n = count_params(text);
  if (n > DB_PARAMS_MAX) return conn_fail(c, ERR_IO, "a parameter that is not $1 to $%d: %.200s", DB_PARAMS_MAX, text);
  struct pg_stmt *s = array(1, sizeof *s);
  size_t k = (size_t)n;
  s->nparams = n;
  s->types = array(k, sizeof *s->types);
  s->bound = array(k, sizeof *s->bound);
  s->wire = array(k, sizeof *s->wire);
  s->values = array(k, sizeof *s->values);
  s->lengths = array(k, sizeof *s->lengths);
  s->formats = array(k, sizeof *s->formats);
  (void)snprintf(s->name, sizeof s->name, "s%llu", (unsigned long long)++pg_of(c)->names);
  *ret = &s->stmt;
  return ERR_OK;
}

static void pg_stmt_reset(struct db_stmt *base) {
  struct pg_stmt *s = stmt_of(base);
  PQclear(s->result);
  s->result = NULL;
}

static void pg_stmt_free(struct db_stmt *base) {
  struct pg_stmt *s = stmt_of(base);
  struct db_conn *c = base->conn;
  pg_stmt_reset(base);
  if (s->prepared == pg_of(c)->generation && !pg_lost(c)) {
    char text[48];
    (void)snprintf(text, sizeof text, "DEALLOCATE %s", s->name);
    PQclear(PQexec(handle(c), text));  // refused in a failed transaction: the server forgets it with the connection
  }
  free(s->types);
  free(s->bound);
  free(s->wire);
  free(s->values);
  free(s->lengths);
  free(s->formats);
  free(s);
}

static enum err pg_bind(struct db_stmt *base, int i, const struct db_value *v) {
  struct pg_stmt *s = stmt_of(base);
  if (i == 0) {
    memset(s->bound, 0, (size_t)s->nparams * sizeof *s->bound);
    return ERR_OK;
  }
  if (i > s->nparams) return conn_fail(base->conn, ERR_IO, "no parameter $%d in %.200s", i, base->q.text);
  s->bound[i - 1] = *v;
  return ERR_OK;
}

static Oid type_of(enum value_kind kind) {
  switch (kind) {
  case VALUE_INT: return OID_INT8;
  case VALUE_BOOL: return OID_BOOL;
  case VALUE_TEXT: return OID_TEXT;
  case VALUE_BYTES: return OID_BYTEA;
  case VALUE_NULL: break;
  }
  return 0;
}

static void encode(struct pg_stmt *s, int i) {
  const struct db_value *v = &s->bound[i];
  s->formats[i] = 1;
  s->values[i] = NULL;
  s->lengths[i] = 0;
  if (v->kind == VALUE_INT) {
    s->wire[i] = (int64_t)htobe64((uint64_t)v->i);
    s->values[i] = (const char *)&s->wire[i];
    s->lengths[i] = 8;
  } else if (v->kind == VALUE_BOOL) {
    memset(&s->wire[i], v->i != 0, 1);
    s->values[i] = (const char *)&s->wire[i];
    s->lengths[i] = 1;
  } else if (v->kind != VALUE_NULL) {
    s->values[i] = v->s.p;
    s->lengths[i] = (int)v->s.n;
  }
}

// Encodes the values; true when a type differs from what the statement was prepared with (NULL fits any).
static bool encode_all(struct pg_stmt *s) {
  bool other = false;
  for (int i = 0; i < s->nparams; i++) {
    encode(s, i);
    Oid t = type_of(s->bound[i].kind);
    if (t && t != s->types[i]) {
      s->types[i] = t;
      other = true;
    }
  }
  return other;
}

static enum err prepare_if_needed(struct pg_stmt *s, bool other_types) {
  struct db_conn *c = s->stmt.conn;
  bool here = s->prepared == pg_of(c)->generation;
  if (here && !other_types && !s->stale) return ERR_OK;
  if (here) {
    char text[48];
    (void)snprintf(text, sizeof text, "DEALLOCATE %s", s->name);
    TRY(pg_command(c, text, NULL));
  }
  s->prepared = 0;
  s->stale = false;
  PGresult *r = PQprepare(handle(c), s->name, s->stmt.q.text, s->nparams, s->types);
  enum err e = check(c, r, s->stmt.q.text);
  PQclear(r);
  if (!e) s->prepared = pg_of(c)->generation;
  return e;
}

static PGresult *execute_unnamed(struct pg_stmt *s, const char *text, int result_format) {
  return PQexecParams(handle(s->stmt.conn), text, s->nparams, s->types, s->values, s->lengths, s->formats, result_format);
}

// Pages touched, from EXPLAIN: the first figures of the document are those of the topmost node, which include all below.
static int64_t json_figure(const char *json, const char *key) {
  const char *at = strstr(json, key);
  return at ? strtoll(at + strlen(key), NULL, 10) : 0;
}

static void measure(struct pg_stmt *s) {
  str text = str_of(s->stmt.q.text);
  if (!str_starts(text, S("SELECT")) && !str_starts(text, S("WITH"))) return;
  AUTO(buf_release) struct buf b = BUF(128 * 1024);
  buf_putz(&b, "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) ");
  buf_put(&b, text);
  PGresult *r = execute_unnamed(s, buf_z(&b), 0);
  if (PQresultStatus(r) == PGRES_TUPLES_OK && PQntuples(r) == 1) {
    const char *json = PQgetvalue(r, 0, 0);
    s->stmt.conn->work += json_figure(json, "\"Shared Hit Blocks\":") + json_figure(json, "\"Shared Read Blocks\":");
  }
  PQclear(r);
}

static enum err execute(struct pg_stmt *s) {
  struct db_conn *c = s->stmt.conn;
  bool other_types = encode_all(s);
  if (s->stmt.cached) TRY(prepare_if_needed(s, other_types));
  if (pg_of(c)->measuring && c->kind == CONN_READ) measure(s);
  PGresult *r = s->stmt.cached ? PQexecPrepared(handle(c), s->name, s->nparams, s->values, s->lengths, s->formats, 1)
                               : execute_unnamed(s, s->stmt.q.text, 1);
  enum err e = check(c, r, s->stmt.q.text);
  if (e) {
    // 0A000, "cached plan must not change result type": the next run prepares it anew.
    const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
    s->stale = state && strcmp(state, "0A000") == 0;
    PQclear(r);
    return e;
  }
  s->result = r;
  s->row = -1;
  return ERR_OK;
}

static enum err pg_step(struct db_stmt *base, bool *ret_row) {
  struct pg_stmt *s = stmt_of(base);
  if (!s->result) {
    enum err e = execute(s);
    if (e && !base->conn->in_tx && pg_lost(base->conn)) {
      TRY(pg_reconnect(base->conn));
      e = execute(s);
    }
    TRY(e);
  }
  if (s->row + 1 < PQntuples(s->result)) {
    s->row++;
    *ret_row = true;
    return ERR_OK;
  }
  int64_t n = 0;
  bool select = str_starts(str_of(PQcmdStatus(s->result)), S("SELECT"));
  base->changes = !select && str_to_int64(str_of(PQcmdTuples(s->result)), &n) ? n : 0;
  *ret_row = false;
  return ERR_OK;
}

// ---- values out, binary

static bool pg_is_null(struct db_stmt *base, int col) {
  struct pg_stmt *s = stmt_of(base);
  assert(s->result && col >= 0 && col < PQnfields(s->result));
  return PQgetisnull(s->result, s->row, col) != 0;
}

static uint64_t big_endian(const unsigned char *p, int n) {
  uint64_t v = 0;
  for (int i = 0; i < n; i++) v = v << 8 | p[i];
  return v;
}

// numeric_send: ndigits, weight, sign, scale, then digits of base 10000. sum() of 64-bit integers is numeric; ours are whole.
static int64_t numeric_int(const unsigned char *p) {
  int ndigits = (int)big_endian(p, 2), weight = (int16_t)big_endian(p + 2, 2);
  bool negative = big_endian(p + 4, 2) == 0x4000;
  int64_t v = 0;  // negative on the way, as the range below zero is larger
  bool over = false;
  for (int i = 0; i <= weight; i++) {
    int digit = i < ndigits ? (int)big_endian(p + 8 + 2 * i, 2) : 0;
    over = __builtin_mul_overflow(v, 10000, &v) || __builtin_sub_overflow(v, digit, &v) || over;
  }
  over = (!negative && v == INT64_MIN) || over;
  assert(!over);  // sums of ours fit: SQLite would fail the statement
  return negative ? v : -v;
}

static int64_t pg_get_int(struct db_stmt *base, int col) {
  if (pg_is_null(base, col)) return 0;
  struct pg_stmt *s = stmt_of(base);
  const unsigned char *p = (const unsigned char *)PQgetvalue(s->result, s->row, col);
  switch (PQftype(s->result, col)) {
  case OID_INT8: return (int64_t)big_endian(p, 8);
  case OID_INT4: return (int32_t)big_endian(p, 4);
  case OID_INT2: return (int16_t)big_endian(p, 2);
  case OID_BOOL: return *p;
  case OID_NUMERIC: return numeric_int(p);
  default: break;
  }
  assert(false);  // not an integer column: a mistake in the statement
  return 0;
}

static str pg_get_bytes(struct db_stmt *base, int col) {
  if (pg_is_null(base, col)) return STR_NULL;
  struct pg_stmt *s = stmt_of(base);
  Oid t = PQftype(s->result, col);
  assert(t != OID_INT8 && t != OID_INT4 && t != OID_INT2 && t != OID_BOOL && t != OID_NUMERIC);
  return (str){PQgetvalue(s->result, s->row, col), (size_t)PQgetlength(s->result, s->row, col)};
}

static int64_t pg_work(struct db_conn *c) {
  int64_t w = c->work;
  pg_of(c)->measuring = true;
  c->work = 0;
  return w;
}

// ---- transactions

static enum err pg_begin(struct db_conn *c) {
  // Serializable, so that a callback may check and then write as if alone: what SQLite's single writer gives.
  return command_again(c, c->kind == CONN_READ ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
                                               : "BEGIN ISOLATION LEVEL SERIALIZABLE");
}

static enum err pg_commit(struct db_conn *c) {
  PGresult *r = PQexec(handle(c), "COMMIT");
  enum err e = check(c, r, "COMMIT");
  if (e && pg_lost(c))
    e = conn_fail(c, ERR_IO, "the connection was lost during COMMIT");  // it may have happened: not to be repeated
  else if (!e && strcmp(PQcmdStatus(r), "COMMIT") != 0)
    e = conn_fail(c, ERR_IO, "the server rolled back instead of committing");
  PQclear(r);
  return e;
}

static void pg_rollback(struct db_conn *c) {
  if (!pg_lost(c) && PQtransactionStatus(handle(c)) != PQTRANS_IDLE) PQclear(PQexec(handle(c), "ROLLBACK"));
}

static enum err pg_describe(struct db_conn *c, str table, struct buf *out) {
  static const char text[] =
    "SELECT a.attname, CASE a.atttypid WHEN 20 THEN 'int64' WHEN 25 THEN 'text' WHEN 17 THEN 'bytes' WHEN 16 THEN 'bool' "
    "ELSE 'other' END, CASE WHEN a.attnotnull THEN 'notnull' ELSE 'null' END FROM pg_attribute a JOIN pg_class t ON t.oid = a.attrelid "
    "WHERE t.relnamespace = current_schema()::regnamespace AND t.relkind = 'r' AND t.relname = $1 AND a.attnum > 0 "
    "AND NOT a.attisdropped ORDER BY a.attname COLLATE \"C\"";
  const Oid type = OID_TEXT;
  const char *value = table.p;
  const int length = (int)table.n, format = 1;
  PGresult *r = PQexecParams(handle(c), text, 1, &type, &value, &length, &format, 0);
  enum err e = check(c, r, text);
  for (int i = 0; !e && i < PQntuples(r); i++)
    buf_fmt(out, "%s %s %s\n", PQgetvalue(r, i, 0), PQgetvalue(r, i, 1), PQgetvalue(r, i, 2));
  PQclear(r);
  return e;
}

static enum err pg_backup(struct db *db, const char *path, struct buf *message) {
  return backup_copy_to_sqlite(db, path, message);
}

// ---- opening

static bool schema_name_ok(str s) {
  if (!s.n || s.n > 62 || s.p[0] < 'a' || s.p[0] > 'z' || str_starts(s, S("pg_"))) return false;
  for (size_t i = 0; i < s.n; i++)
    if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '_')) return false;
  return true;
}

// Takes `schema=NAME` out of the URL's query: libpq refuses options it does not know.
static bool split_url(str url, struct buf *conninfo, str *ret_schema) {
  str head, query;
  *ret_schema = S("entente");
  bool has_query = str_cut(url, '?', &head, &query);
  buf_put(conninfo, head);
  char sep = '?';
  for (str item; has_query && str_next(&query, '&', &item);) {
    if (str_starts(item, S("schema="))) {
      *ret_schema = str_sub(item, 7, item.n);
      continue;
    }
    buf_putc(conninfo, sep);
    buf_put(conninfo, item);
    sep = '&';
  }
  return schema_name_ok(*ret_schema) && !conninfo->full;
}

static int64_t lock_key_of(const char *schema) {
  uint64_t h = UINT64_C(14695981039346656037);  // FNV-1a
  for (const char *p = schema; *p; p++) h = (h ^ (unsigned char)*p) * UINT64_C(1099511628211);
  return (int64_t)(h >> 1);
}

// With DB_CREATE the schema is made; otherwise it must be there.
static enum err check_schema(struct pg_db *pg, struct buf *message) {
  struct db_conn *c;
  TRY(pg_conn_open(&pg->db, CONN_WRITE, message, &c));
  AUTO(buf_release) struct buf b = BUF(256);
  enum err e = ERR_OK;
  PGresult *r = NULL;
  if (pg->db.mode == DB_CREATE) {
    buf_fmt(&b, "CREATE SCHEMA IF NOT EXISTS %s", pg->schema);
    e = pg_command(c, buf_z(&b), NULL);
  }
  if (!e) e = pg_command(c, "SELECT current_schema()", &r);
  if (e)
    buf_put(message, str_of(c->message));
  else if (PQgetisnull(r, 0, 0)) {
    buf_fmt(message, "the database has no schema '%s'", pg->schema);
    e = ERR_NOT_FOUND;
  }
  PQclear(r);
  pg_conn_close(c);
  return e;
}

// VACUUM takes no transaction; each table in one of its own, so that none waits for the largest.
static enum err scrub_tables(struct db_conn *c, bool files) {
  PGresult *r = NULL;
  TRY(pg_command(c, "SET statement_timeout = 0", NULL));
  TRY(pg_command(c, "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = current_schema()", &r));
  enum err e = ERR_OK;
  for (int i = 0; !e && i < PQntuples(r); i++) {
    AUTO(buf_release) struct buf b = BUF(256);
    buf_fmt(&b, "VACUUM %s%s", files ? "(FULL) " : "", PQgetvalue(r, i, 0));
    e = pg_command(c, buf_z(&b), NULL);
  }
  PQclear(r);
  return e;
}

enum err postgres_scrub(struct db *db, bool files) {
  AUTO(buf_release) struct buf message = BUF(1024);
  struct db_conn *c = NULL;
  enum err e = pg_conn_open(db, CONN_WRITE, &message, &c);
  if (e) return e;
  e = scrub_tables(c, files);
  if (e) tx_message_set("scrub", c->message);
  pg_conn_close(c);
  return e;
}

static void pg_close(struct db *db) {
  struct pg_db *pg = (struct pg_db *)db;
  pg_pool_close(pg);
  if (pg->wake_fd >= 0) close(pg->wake_fd);
  pthread_cond_destroy(&pg->returned);
  pthread_mutex_destroy(&pg->lock);
  free(pg->conninfo);
  db_release_common(db);
  free(pg);
}

static const char *setting(const PQconninfoOption *all, const char *keyword, const char *variable) {
  while (all->keyword && strcmp(all->keyword, keyword) != 0) all++;
  const char *value = all->keyword && all->val && *all->val ? all->val : getenv(variable);
  return value && *value ? value : NULL;
}

// Left alone, the library falls back to plain text over a network. Who wants that says so.
static bool encryption_is_open(const char *conninfo) {
  PQconninfoOption *all = PQconninfoParse(conninfo, NULL);
  if (!all) return false;  // the connection says what is wrong
  const char *host = setting(all, "hostaddr", "PGHOSTADDR");
  if (!host) host = setting(all, "host", "PGHOST");
  str h = str_of(host);
  bool here = !h.n || h.p[0] == '/' || h.p[0] == '@' || str_eqz(h, "localhost") || str_starts(h, S("127.")) || str_eqz(h, "::1");
  bool open = !here && !setting(all, "sslmode", "PGSSLMODE");
  PQconninfoFree(all);
  return open;
}

enum err postgres_open(const char *url, enum db_open_mode mode, struct buf *message, struct db **ret) {
  AUTO(buf_release) struct buf conninfo = BUF(4096);
  str schema;
  if (!split_url(str_of(url), &conninfo, &schema)) {
    buf_putz(message,
             "the schema in the database's URL must be 1 to 62 of a-z, 0-9 and _, beginning with a letter, not with pg_");
    return ERR_INVALID;
  }
  if (encryption_is_open(buf_z(&conninfo))) {
    buf_putz(message, "the database is on another machine and its URL does not say how the way there is protected: add "
                      "sslmode=verify-full, or another sslmode if you know why");
    return ERR_INVALID;
  }
  struct pg_db *pg = array(1, sizeof *pg);
  db_init_common(&pg->db, &db_postgres_engine, url, mode);
  pg->conninfo = strdup(buf_z(&conninfo));
  memcpy(pg->schema, schema.p, schema.n);
  pg->lock_key = lock_key_of(pg->schema);
  pg->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (!pg->conninfo || pthread_mutex_init(&pg->lock, NULL) != 0 || pthread_cond_init(&pg->returned, NULL) != 0) abort();
  enum err e = ERR_IO;
  if (pg->wake_fd < 0)
    buf_putz(message, "no file descriptor left");
  else
    e = check_schema(pg, message);
  if (e) {
    pg_close(&pg->db);
    return e;
  }
  *ret = &pg->db;
  return ERR_OK;
}

const struct db_engine db_postgres_engine = {
  .name = "postgres",
  .types = {[TYPE_INT64] = "bigint", [TYPE_TEXT] = "text COLLATE \"C\"", [TYPE_BYTES] = "bytea", [TYPE_BOOL] = "boolean"},
  .migrate_lock = "SET LOCAL statement_timeout = 0; LOCK TABLE schema_version IN EXCLUSIVE MODE",
  .search_ddl = postgres_search_ddl,
  .search_blocks_ddl = postgres_search_blocks_ddl,
  .close = pg_close,
  .conn_open = pg_conn_open,
  .conn_close = pg_conn_close,
  .exec = pg_exec,
  .begin = pg_begin,
  .commit = pg_commit,
  .rollback = pg_rollback,
  .stmt_new = pg_stmt_new,
  .stmt_reset = pg_stmt_reset,
  .stmt_free = pg_stmt_free,
  .bind = pg_bind,
  .step = pg_step,
  .is_null = pg_is_null,
  .get_int = pg_get_int,
  .get_bytes = pg_get_bytes,
  .work = pg_work,
  .describe = pg_describe,
  .backup = pg_backup,
  .search_put = postgres_search_put,
  .search_drop = postgres_search_drop,
  .search_newest = postgres_search_newest,
  .tx_run = pg_tx_run,
  .sequence_now = pg_sequence_now,
  .sequencer_loop = pg_sequencer_loop,
  .stop = pg_stop,
};
