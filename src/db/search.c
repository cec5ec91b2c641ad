// SPDX-License-Identifier: Apache-2.0
// Full-text search. The unit of the index is (entity, record, viewer), and every term carries its viewer in front: "12:word".
// So a search walks only terms of its viewer, costs the same whoever else sees how much, and a text can forge no other viewer's term:
// the prefix is written by us in front of each token, and no viewer's digits can follow another's colon.
// A second term "12:/deal" narrows to one entity. (PostgreSQL filters the rows instead: reading that long list costs
// more than it saves.) SQLite: contentless FTS5, rows written at the end of the batch, because every
// savepoint would make FTS5 flush its pending terms. PostgreSQL: tsvector with GIN, lexemes given as an array, never parsed.
// FTS5 walks the rows of a term from the newest. GIN knows no order: it finds all rows of a term before the first can be told, which a word
// found everywhere makes millions. So rows are numbered as they come, and each term stands there three times: by itself, and with the number
// of the row's block of 4,096 and of 262,144 rows in front ("s12:7:word", "l0:7:word"; a viewer's digits never begin with a letter).
// The newest eight small blocks are asked first, then the newest eight large ones, then all: a frequent word is found among the newest rows,
// and a rare one has few.
#include "db/db_internal.h"
#include <assert.h>
#include <stdlib.h>

enum {
  TOKEN_MAX = 120,                     // bytes of a token in the index; longer words are cut, in the query too
  TOKENS_MAX = 512 * 1024,             // bytes of one row: a tsvector holds 1 MB
  SEARCH_TEXT_MAX = 16 * 1024 * 1024,  // the same with up to 21 bytes of viewer in front of each token
  SEARCH_QUEUE_MAX = 64 * 1024 * 1024,
};

// A token as the index knows it: cut at a character, quotes and backslashes replaced, for they mean something in query languages.
static void token_put(struct buf *out, str token) {
  if (token.n > TOKEN_MAX) {
    token.n = TOKEN_MAX;
    while (token.n && ((unsigned char)token.p[token.n] & 0xC0) == 0x80) token.n--;
  }
  for (size_t i = 0; i < token.n; i++) {
    unsigned char ch = (unsigned char)token.p[i];
    bool plain = ch >= 0x80 || (ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z');
    buf_putc(out, plain || ch == '+' || ch == '#' ? (char)ch : '_');
  }
}

static void viewer_put(struct buf *out, id64 viewer) {
  buf_int(out, viewer);
  buf_putc(out, ':');
}

static bool next_token(str *list, str *ret) {
  while (str_next(list, ' ', ret))
    if (ret->n) return true;
  return false;
}

void search_text(struct buf *out, id64 viewer, str entity, str tokens) {
  if (entity.p) {
    viewer_put(out, viewer);
    buf_putc(out, '/');
    buf_put(out, entity);
  }
  for (str token; next_token(&tokens, &token);) {
    if (out->n) buf_putc(out, ' ');
    viewer_put(out, viewer);
    token_put(out, token);
  }
}

// One term of a query in quotes; the trailing '*' of a prefix goes behind the quotes as `prefix_mark`.
static void term_put(struct buf *out, char quote, str block, id64 viewer, str token, const char *prefix_mark) {
  bool prefix = token.n > 1 && token.p[token.n - 1] == '*';
  if (prefix) token.n--;
  buf_putc(out, quote);
  buf_put(out, block);
  viewer_put(out, viewer);
  token_put(out, token);
  buf_putc(out, quote);
  if (prefix) buf_putz(out, prefix_mark);
}

// No token at all gives an empty text: it finds nothing.
static void match_put(struct buf *out, char quote, const char *prefix_mark, const char *and, str block, id64 viewer, str entity,
                      str query) {
  bool any = false;
  for (str token; next_token(&query, &token); any = true) {
    if (any) buf_putz(out, and);
    term_put(out, quote, block, viewer, token, prefix_mark);
  }
  if (!any || !entity.p) return;
  buf_putz(out, and);
  buf_putc(out, quote);
  viewer_put(out, viewer);
  buf_putc(out, '/');
  buf_put(out, entity);
  buf_putc(out, quote);
}

// ---- SQLite: the queue of a batch

struct search_item {
  bool drop;
  char entity[32];
  id64 record, viewer;
  char *tokens;
  size_t n;
};

struct search_queue {
  struct search_item *items;
  size_t n, cap, bytes;
};

struct search_queue *search_queue_new(void) {
  struct search_queue *q = calloc(1, sizeof *q);
  if (!q) abort();
  return q;
}

size_t search_queue_mark(const struct search_queue *q) { return q->n; }

void search_queue_cut(struct search_queue *q, size_t mark) {
  while (q->n > mark) {
    struct search_item *it = &q->items[--q->n];
    q->bytes -= it->n;
    free(it->tokens);
  }
}

void search_queue_free(struct search_queue *q) {
  if (!q) return;
  search_queue_cut(q, 0);
  free(q->items);
  free(q);
}

enum err search_queue_add(struct search_queue *q, str entity, id64 record, id64 viewer, str tokens, bool drop) {
  if (tokens.n > TOKENS_MAX || q->bytes + tokens.n > SEARCH_QUEUE_MAX) return ERR_LIMIT;
  if (q->n == q->cap) {
    q->cap = q->cap ? q->cap * 2 : 64;
    q->items = reallocarray(q->items, q->cap, sizeof *q->items);
    if (!q->items) abort();
  }
  struct search_item it = {.drop = drop, .record = record, .viewer = viewer, .n = tokens.n};
  memcpy(it.entity, entity.p, entity.n);
  it.tokens = malloc(tokens.n + 1);
  if (!it.tokens) abort();
  if (tokens.n) memcpy(it.tokens, tokens.p, tokens.n);
  q->bytes += tokens.n;
  q->items[q->n++] = it;
  return ERR_OK;
}

enum err search_queue_apply(struct search_queue *q, struct db_conn *c) {
  for (size_t i = 0; i < q->n; i++) {
    const struct search_item *it = &q->items[i];
    str entity = str_of(it->entity);
    if (it->drop)
      TRY(sqlite_search_erase(c, entity, it->record, it->viewer));
    else
      TRY(sqlite_search_write(c, entity, it->record, it->viewer, (str){it->tokens, it->n}));
  }
  search_queue_cut(q, 0);
  return ERR_OK;
}

enum err sqlite_search_put(struct db_conn *c, str entity, id64 record, id64 viewer, str tokens) {
  return search_queue_add(c->search, entity, record, viewer, tokens, false);
}

enum err sqlite_search_drop(struct db_conn *c, str entity, id64 record, id64 viewer) {
  return search_queue_add(c->search, entity, record, viewer, S(""), true);
}

// ---- SQLite: the index. FTS5 without content forgets a row only when given the text it indexed, which search_row keeps.
// The tokenizer `ascii` splits at ASCII characters other than letters, digits and those named here; all others belong to a token.

const char *const sqlite_search_ddl[] = {
  "CREATE TABLE search_row (id INTEGER PRIMARY KEY, entity TEXT NOT NULL, record INTEGER NOT NULL, viewer INTEGER NOT NULL, "
  "tokens TEXT NOT NULL, UNIQUE (entity, record, viewer)) STRICT",
  "CREATE VIRTUAL TABLE search_index USING fts5(tokens, content='', detail=none, columnsize=0, "
  "tokenize=\"ascii tokenchars ':/_+#'\")",
  NULL,
};

static enum err fts_forget(struct db_conn *c, id64 row, id64 viewer, str entity, str tokens) {
  AUTO(buf_release) struct buf text = BUF(SEARCH_TEXT_MAX);
  search_text(&text, viewer, entity, tokens);
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(c, SQL("INSERT INTO search_index (search_index, rowid, tokens) VALUES ('delete', $1, $2)"), &s));
  db_bind_int(s, 1, row);
  db_bind_text(s, 2, buf_str(&text));
  return db_run(s);
}

static enum err fts_learn(struct db_conn *c, id64 row, id64 viewer, str entity, str tokens) {
  AUTO(buf_release) struct buf text = BUF(SEARCH_TEXT_MAX);
  search_text(&text, viewer, entity, tokens);
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(c, SQL("INSERT INTO search_index (rowid, tokens) VALUES ($1, $2)"), &s));
  db_bind_int(s, 1, row);
  db_bind_text(s, 2, buf_str(&text));
  return db_run(s);
}

enum err sqlite_search_write(struct db_conn *c, str entity, id64 record, id64 viewer, str tokens) {
  AUTO(db_release) struct db_stmt *old = NULL;
  TRY(db_prepare(c, SQL("SELECT id, tokens FROM search_row WHERE entity = $1 AND record = $2 AND viewer = $3"), &old));
  db_bind_text(old, 1, entity);
  db_bind_int(old, 2, record);
  db_bind_int(old, 3, viewer);
  bool row;
  TRY(db_step(old, &row));
  if (row) {
    if (str_eq(db_text(old, 1), tokens)) return ERR_OK;
    id64 id = db_int(old, 0);
    TRY(fts_forget(c, id, viewer, entity, db_text(old, 1)));
    TRY(fts_learn(c, id, viewer, entity, tokens));
    AUTO(db_release) struct db_stmt *s = NULL;
    TRY(db_prepare(c, SQL("UPDATE search_row SET tokens = $2 WHERE id = $1"), &s));
    db_bind_int(s, 1, id);
    db_bind_text(s, 2, tokens);
    return db_run(s);
  }
  // Without RETURNING, which needs a savepoint inside the statement: FTS5 would flush its terms for each row.
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(c, SQL("INSERT INTO search_row (entity, record, viewer, tokens) VALUES ($1, $2, $3, $4)"), &s));
  db_bind_text(s, 1, entity);
  db_bind_int(s, 2, record);
  db_bind_int(s, 3, viewer);
  db_bind_text(s, 4, tokens);
  TRY(db_run(s));
  int64_t id = 0;
  TRY(db_one_int(c, SQL("SELECT last_insert_rowid()"), NULL, 0, &row, &id));
  return fts_learn(c, id, viewer, entity, tokens);
}

enum err sqlite_search_erase(struct db_conn *c, str entity, id64 record, id64 viewer) {
  AUTO(db_release) struct db_stmt *s = NULL;
  if (viewer)
    TRY(db_prepare(
      c, SQL("DELETE FROM search_row WHERE entity = $1 AND record = $2 AND viewer = $3 RETURNING id, viewer, tokens"), &s));
  else
    TRY(db_prepare(c, SQL("DELETE FROM search_row WHERE entity = $1 AND record = $2 RETURNING id, viewer, tokens"), &s));
  db_bind_text(s, 1, entity);
  db_bind_int(s, 2, record);
  if (viewer) db_bind_int(s, 3, viewer);
  for (bool row;;) {
    TRY(db_step(s, &row));
    if (!row) return ERR_OK;
    TRY(fts_forget(c, db_int(s, 0), db_int(s, 1), entity, db_text(s, 2)));
  }
}

enum err sqlite_search_match(struct buf *out, id64 viewer, str entity, str query) {
  match_put(out, '"', " *", " AND ", S(""), viewer, entity, query);
  return ERR_OK;
}

// ---- PostgreSQL

const char *const postgres_search_ddl[] = {
  "CREATE TABLE search_row (entity text COLLATE \"C\" NOT NULL, record bigint NOT NULL, viewer bigint NOT NULL, "
  "tokens text COLLATE \"C\" NOT NULL, terms tsvector NOT NULL, PRIMARY KEY (entity, record, viewer))",
  "CREATE INDEX search_row_terms ON search_row USING gin (terms) WITH (fastupdate = off)",
  NULL,
};

#define SMALL_BITS "12"
#define LARGE_BITS "18"
enum { SMALL_BLOCK = 12, LARGE_BLOCK = 18, BLOCKS = 8 };

// A row whose words change gets a new number. Its old one is not looked up: reading where all writers insert would make them fail each other.
const char *const postgres_search_blocks_ddl[] = {
  "ALTER TABLE search_row ADD COLUMN seq bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY",
  "UPDATE search_row SET terms = terms || array_to_tsvector(ARRAY(SELECT 's' || (seq >> " SMALL_BITS ") || ':' || t "
  "FROM unnest(tsvector_to_array(terms)) AS t)) || array_to_tsvector(ARRAY(SELECT 'l' || (seq >> " LARGE_BITS ") || ':' || t "
  "FROM unnest(tsvector_to_array(terms)) AS t))",
  NULL,
};

enum err postgres_search_put(struct db_conn *c, str entity, id64 record, id64 viewer, str tokens) {
  if (tokens.n > TOKENS_MAX) return ERR_LIMIT;
  AUTO(buf_release) struct buf text = BUF(SEARCH_TEXT_MAX);
  search_text(&text, viewer, STR_NULL, tokens);
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(
    c,
    SQL("INSERT INTO search_row (entity, record, viewer, tokens, seq, terms) "
        "SELECT $1, $2, $3, $4, n.seq, array_to_tsvector(w.a || "
        "ARRAY(SELECT 's' || (n.seq >> " SMALL_BITS ") || ':' || t FROM unnest(w.a) AS t) || "
        "ARRAY(SELECT 'l' || (n.seq >> " LARGE_BITS ") || ':' || t FROM unnest(w.a) AS t)) "
        "FROM (SELECT nextval('search_row_seq_seq') AS seq) AS n, (SELECT string_to_array($5, ' ') AS a) AS w "
        "ON CONFLICT (entity, record, viewer) DO UPDATE SET tokens = excluded.tokens, terms = excluded.terms, seq = excluded.seq "
        "WHERE search_row.tokens <> excluded.tokens"),
    &s));
  db_bind_text(s, 1, entity);
  db_bind_int(s, 2, record);
  db_bind_int(s, 3, viewer);
  db_bind_text(s, 4, tokens);
  db_bind_text(s, 5, buf_str(&text));
  return db_run(s);
}

enum err postgres_search_drop(struct db_conn *c, str entity, id64 record, id64 viewer) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(c, SQL("DELETE FROM search_row WHERE entity = $1 AND record = $2 AND ($3 = 0 OR viewer = $3)"), &s));
  db_bind_text(s, 1, entity);
  db_bind_int(s, 2, record);
  db_bind_int(s, 3, viewer);
  return db_run(s);
}

struct pg_search {
  id64 viewer;
  str entity, query;
  size_t limit;
  struct db_hit *hits;
  size_t n;
};

static enum err hits_take(struct db_stmt *s, struct pg_search *f) {
  bool row;
  for (f->n = 0;; f->n++) {
    TRY(db_step(s, &row));
    if (!row || f->n == f->limit) return ERR_OK;
    search_hit_take(s, &f->hits[f->n]);
  }
}

// A word found everywhere is not sorted whole: the bound keeps it quick.
#define FOUND "(SELECT entity, record, seq FROM search_row WHERE terms @@ "
#define NEWEST "::tsquery AND ($10 = '' OR entity = $10) LIMIT 5000) AS f ORDER BY seq DESC LIMIT $9"
#define BLOCK(n) "(SELECT entity, record FROM " FOUND "$" #n NEWEST ")"

// The newest eight blocks, newest first: the server goes on to the next one only while hits are wanted.
static enum err blocks_ask(struct db_conn *c, struct pg_search *f, const char *kind, int64_t newest) {
  AUTO(db_release) struct db_stmt *s = NULL;
  struct buf match[BLOCKS];
  bool full = false;
  TRY(db_prepare(
    c,
    SQL("SELECT entity, record FROM (" BLOCK(1) " UNION ALL " BLOCK(2) " UNION ALL " BLOCK(3) " UNION ALL " BLOCK(
      4) " UNION ALL " BLOCK(5) " UNION ALL " BLOCK(6) " UNION ALL " BLOCK(7) " UNION ALL " BLOCK(8) ") AS g LIMIT $9"),
    &s));
  for (int i = 0; i < BLOCKS; i++) {
    match[i] = BUF(64 * 1024);
    AUTO(buf_release) struct buf block = BUF(64);
    buf_fmt(&block, "%s%lld:", kind, (long long)(newest - i));
    if (newest >= i)
      match_put(&match[i], '\'', ":*", " & ", buf_str(&block), f->viewer, STR_NULL, f->query);
    else
      buf_putz(&match[i], "'-'");  // no such block: a word no row has
    full = full || match[i].full;
    db_bind_text(s, i + 1, buf_str(&match[i]));
  }
  db_bind_int(s, 9, (int64_t)f->limit);
  db_bind_text(s, 10, f->entity);
  enum err e = full ? ERR_LIMIT : hits_take(s, f);
  for (int i = 0; i < BLOCKS; i++) buf_release(&match[i]);
  return e;
}

static enum err all_ask(struct db_conn *c, struct pg_search *f) {
  AUTO(db_release) struct db_stmt *s = NULL;
  AUTO(buf_release) struct buf match = BUF(64 * 1024);
  match_put(&match, '\'', ":*", " & ", S(""), f->viewer, STR_NULL, f->query);
  if (match.full) return ERR_LIMIT;
  TRY(db_prepare(c,
                 SQL("SELECT entity, record FROM " FOUND "$1::tsquery AND ($3 = '' OR entity = $3) LIMIT 5000) AS f "
                     "ORDER BY seq DESC LIMIT $2"),
                 &s));
  db_bind_text(s, 1, buf_str(&match));
  db_bind_int(s, 2, (int64_t)f->limit);
  db_bind_text(s, 3, f->entity);
  return hits_take(s, f);
}

enum err postgres_search_newest(struct db_conn *c, id64 viewer, str entity, str query, size_t limit, struct db_hit *hits,
                                size_t *ret_n) {
  struct pg_search f = {viewer, entity.p ? entity : S(""), query, limit, hits, 0};
  int64_t last = 0;
  bool found;
  *ret_n = 0;
  str rest = query, token;
  if (!next_token(&rest, &token)) return ERR_OK;
  TRY(db_one_int(c, SQL("SELECT last_value FROM search_row_seq_seq"), NULL, 0, &found, &last));
  TRY(blocks_ask(c, &f, "s", last >> SMALL_BLOCK));
  if (f.n < limit && last >> SMALL_BLOCK >= BLOCKS) TRY(blocks_ask(c, &f, "l", last >> LARGE_BLOCK));
  if (f.n < limit && last >> LARGE_BLOCK >= BLOCKS) TRY(all_ask(c, &f));
  *ret_n = f.n;
  return ERR_OK;
}
