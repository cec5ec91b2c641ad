// SPDX-License-Identifier: Apache-2.0
// Schema changes: migrations/NNNN_name.sql, compiled in, applied in order, each in a transaction of its own. A fresh database runs them
// all: there is no second way to make a schema. The files are portable SQL; the four type words become the engine's types where a
// column is declared, that is behind a name, in CREATE TABLE and ALTER TABLE only. Statements end with ';' at the end of a line; a
// comment runs from `--` to the end of its line. The tables of search differ per engine and come first, as number 0
// and, changed since, as -1.
#include "db/db_internal.h"
#include <assert.h>
#include <ctype.h>
#include <stdlib.h>

const char *const db_type_words[TYPE_WORDS] = {
  [TYPE_INT64] = "int64", [TYPE_TEXT] = "text", [TYPE_BYTES] = "bytes", [TYPE_BOOL] = "bool"};

enum { STATEMENT_MAX = 256 * 1024 };

// ---- text

static bool word_char(char c) { return isalnum((unsigned char)c) || c == '_'; }

static str take_word(str s) {
  size_t n = 0;
  while (n < s.n && word_char(s.p[n])) n++;
  return str_sub(s, 0, n);
}

static bool word_is(str word, const char *lower) {
  size_t n = strlen(lower);
  if (word.n != n) return false;
  for (size_t i = 0; i < n; i++)
    if (tolower((unsigned char)word.p[i]) != lower[i]) return false;
  return true;
}

// Length of the quoted text at the start of s, both quotes included; a doubled quote is two quoted texts side by side.
static size_t quoted_length(str s) {
  size_t n = 1;
  while (n < s.n && s.p[n] != s.p[0]) n++;
  return n < s.n ? n + 1 : n;
}

static void strip_comments(str s, struct buf *out) {
  for (size_t i = 0; i < s.n;) {
    if (s.p[i] == '\'' || s.p[i] == '"') {
      size_t n = quoted_length(str_sub(s, i, s.n));
      buf_put(out, str_sub(s, i, n));
      i += n;
    } else if (s.p[i] == '-' && i + 1 < s.n && s.p[i + 1] == '-') {
      while (i < s.n && s.p[i] != '\n') i++;
    } else {
      buf_putc(out, s.p[i++]);
    }
  }
}

// The next statement without its ';', blanks off both ends; false when only blanks are left.
static bool next_statement(str *text, str *ret) {
  *text = str_trim(*text);
  if (!text->n) return false;
  size_t i = 0;
  while (i < text->n) {
    char c = text->p[i];
    if (c == '\'' || c == '"') {
      i += quoted_length(str_sub(*text, i, text->n));
      continue;
    }
    size_t after = i + 1;
    while (c == ';' && after < text->n && (text->p[after] == ' ' || text->p[after] == '\t' || text->p[after] == '\r')) after++;
    if (c == ';' && (after >= text->n || text->p[after] == '\n')) break;
    i++;
  }
  *ret = str_trim(str_sub(*text, 0, i));
  *text = str_sub(*text, i + 1, text->n);
  return true;
}

static const char *expanded_type(const struct db_engine *engine, str word) {
  for (int t = 0; t < TYPE_WORDS; t++)
    if (str_eqz(word, db_type_words[t])) return engine->types[t];
  return NULL;
}

void migrate_expand(const struct db_engine *engine, str s, struct buf *out) {
  str first = take_word(s), second = take_word(str_trim(str_sub(s, first.n, s.n)));
  bool create = word_is(first, "create") && word_is(second, "table");
  bool types = create || (word_is(first, "alter") && word_is(second, "table"));
  bool behind_name = false;
  for (size_t i = 0; i < s.n;) {
    str rest = str_sub(s, i, s.n), piece = take_word(rest);
    if (piece.n) {
      const char *type = types && behind_name ? expanded_type(engine, piece) : NULL;
      buf_put(out, type ? str_of(type) : piece);
      behind_name = !type && !word_is(piece, "as");
    } else {
      piece = str_sub(rest, 0, *rest.p == '\'' || *rest.p == '"' ? quoted_length(rest) : 1);
      buf_put(out, piece);
      behind_name = *piece.p == '"' || (behind_name && isspace((unsigned char)*piece.p));
    }
    i += piece.n;
  }
  if (create && engine->table_suffix) buf_putz(out, engine->table_suffix);
}

// ---- applying

struct step {
  const struct migration *m;
  const struct migration *list;
  bool skipped;  // another process applied it meanwhile
  char message[DB_MESSAGE_MAX];
};

static enum err exec_text(struct db_conn *c, const char *text) { return db_exec(c, sql_dynamic(text)); }

static enum err run_statements(struct db_conn *c, const char *text) {
  const struct db_engine *engine = c->db->engine;
  AUTO(buf_release) struct buf plain = BUF(4 * STATEMENT_MAX);
  AUTO(buf_release) struct buf one = BUF(STATEMENT_MAX);
  strip_comments(str_of(text), &plain);
  str rest = buf_str(&plain), statement;
  while (next_statement(&rest, &statement)) {
    buf_clear(&one);
    migrate_expand(engine, statement, &one);
    assert(!one.full && !plain.full);  // compiled in: the build's own text is too long
    TRY(exec_text(c, buf_z(&one)));
  }
  return ERR_OK;
}

static enum err record_version(struct db_conn *c, int number, const char *name) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(c, SQL("INSERT INTO schema_version (number, name, applied_at) VALUES ($1, $2, $3)"), &s));
  db_bind_int(s, 1, number);
  db_bind_text(s, 2, str_of(name));
  db_bind_int(s, 3, clock_now());
  return db_run(s);
}

static enum err run_search_ddl(struct db_conn *c, int number) {
  const struct db_engine *engine = c->db->engine;
  for (const char *const *ddl = number ? engine->search_blocks_ddl : engine->search_ddl; ddl && *ddl; ddl++)
    TRY(exec_text(c, *ddl));
  return ERR_OK;
}

static enum err apply_one(struct db_conn *c, void *arg) {
  struct step *step = arg;
  const struct migration *m = step->m;
  step->skipped = false;
  if (c->db->engine->migrate_lock) TRY(exec_text(c, c->db->engine->migrate_lock));
  int64_t number = m->number, n;
  bool found;
  TRY(db_one_int(c, SQL("SELECT number FROM schema_version WHERE number = $1"), &number, 1, &found, &n));
  step->skipped = found;
  if (found) return ERR_OK;
  TRY(m->text ? run_statements(c, m->text) : run_search_ddl(c, m->number));
  return record_version(c, m->number, m->name);
}

static enum err create_version_table(struct db_conn *c, void *arg) {
  (void)arg;
  AUTO(buf_release) struct buf one = BUF(STATEMENT_MAX);
  migrate_expand(c->db->engine,
                 S("CREATE TABLE IF NOT EXISTS schema_version (number int64 NOT NULL PRIMARY KEY, name text NOT NULL, "
                   "applied_at int64 NOT NULL)"),
                 &one);
  return exec_text(c, buf_z(&one));
}

static const struct migration *find(const struct migration *list, int64_t number) {
  for (; list->text; list++)
    if (list->number == number) return list;
  return NULL;
}

// Whatever the database has applied must be known to us, by number and name.
static enum err check_known(struct db_conn *c, void *arg) {
  struct step *step = arg;
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(c, SQL("SELECT number, name FROM schema_version WHERE number > 0 ORDER BY number"), &s));
  for (bool row;;) {
    TRY(db_step(s, &row));
    if (!row) return ERR_OK;
    const struct migration *m = find(step->list, db_int(s, 0));
    str name = db_text(s, 1);
    if (!m)
      return conn_fail(c, ERR_CONFLICT, "the database is newer than this program: it has schema change %d (%.*s), unknown here",
                       (int)db_int(s, 0), STR_ARG(name));
    if (!str_eqz(name, m->name))
      return conn_fail(c, ERR_CONFLICT,
                       "schema change %d of the database is '%.*s', of this program '%s': they are not of one line", m->number,
                       STR_ARG(name), m->name);
  }
}

static enum err explain(struct buf *message, const char *name, enum err e) {
  buf_fmt(message, "schema change %s: %s", name, db_tx_message());
  return e;
}

static enum err apply(struct db *db, const struct migration *m, struct step *step, struct buf *message, int *applied) {
  step->m = m;
  enum err e = db_tx_run(db, "migrate", apply_one, step);
  if (e) return explain(message, m->name, e);
  *applied += !step->skipped;
  return ERR_OK;
}

enum err db_migrate_list(struct db *db, const struct migration *list, struct buf *message, int *ret_applied) {
  struct step step = {.list = list};
  enum err e = db_tx_run(db, "migrate", create_version_table, NULL);
  if (!e) e = db_tx_run(db, "migrate", check_known, &step);
  if (e) {
    buf_putz(message, db_tx_message());
    return e;
  }
  static const struct migration search[] = {{0, "search", NULL}, {-1, "search_blocks", NULL}};
  int applied = 0;
  for (size_t i = 0; i < ARRAY_LEN(search); i++) TRY(apply(db, &search[i], &step, message, &applied));
  for (const struct migration *m = list; m->text; m++) TRY(apply(db, m, &step, message, &applied));
  *ret_applied = applied;
  return ERR_OK;
}

static enum err is_older(struct db_conn *c, bool *ret) {
  AUTO(buf_release) struct buf columns = BUF(4096);
  struct step step = {.list = db_migrations};
  int64_t applied = 0, known = 0;
  bool found;
  TRY(db_describe(c, S("schema_version"), &columns));
  *ret = columns.n == 0;
  if (*ret) return ERR_OK;
  TRY(check_known(c, &step));
  TRY(db_one_int(c, SQL("SELECT count(*) FROM schema_version WHERE number <> 0"), NULL, 0, &found, &applied));
  known++;  // the change of search
  for (const struct migration *m = db_migrations; m->text; m++) known++;
  *ret = applied < known;
  return ERR_OK;
}

enum err db_schema_check(struct db *db, struct buf *message, bool *ret_older) {
  struct db_conn *c;
  enum err e = db_conn_open(db, &c);
  if (e) {
    buf_putz(message, db_tx_message());
    return e;
  }
  e = db_read_begin(c);
  if (!e) e = is_older(c, ret_older);
  if (e) buf_putz(message, db_message(c));
  db_conn_close(c);
  return e;
}

enum err db_migrate(struct db *db, struct buf *message, int *ret_applied) {
  return db_migrate_list(db, db_migrations, message, ret_applied);
}
