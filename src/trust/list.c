// SPDX-License-Identifier: Apache-2.0
// Lists: one walk of NAME_seen by (viewer, key, record). Each row is judged again by mask(); filters look at what the viewer sees, so
// a filter on a hidden field matches nothing. Children, search and the note of what other companies read.
#include "base/utf8.h"
#include "trust/internal.h"
#include <assert.h>

enum { SORT_UPDATED = -1, SORT_CREATED = -2, CURSOR_MAX = 1024, SEARCH_FACTOR = 4 };

// ---- cursors: position, and what list they belong to, in a form that is of no use to anybody else

struct position {
  bool set;
  struct seen_key key;  // unused when sorted by creation: ids are in its order
  id64 record;
};

static void cursor_scope(struct buf *b, const struct ctx *x, const struct list_query *q) {
  buf_fmt(b, "1 %s %d %d %lld", q->e->name, q->sort, (int)q->descending, (long long)x->viewer.company);
}

// First bytes of a hash over list and position: a cursor of another list, or one that was edited, does not fit.
static void cursor_check(struct buf *b, const struct ctx *x, const struct list_query *q, str position) {
  AUTO(buf_release) struct buf scope = BUF(512);
  cursor_scope(&scope, x, q);
  hash h = hash_of3(buf_str(&scope), S("\n"), position);
  buf_hex(b, h.b, 8);
}

static str cursor_make(struct ctx *x, const struct list_query *q, const struct position *p) {
  AUTO(buf_release) struct buf pos = BUF(CURSOR_MAX), raw = BUF(CURSOR_MAX), out = BUF(2 * CURSOR_MAX);
  buf_int(&pos, p->record);
  buf_putc(&pos, ' ');
  if (p->key.is_int)
    buf_int(&pos, p->key.i);
  else
    buf_put(&pos, p->key.s);
  cursor_check(&raw, x, q, buf_str(&pos));
  buf_putc(&raw, ' ');
  buf_put(&raw, buf_str(&pos));
  base64url_put(&out, buf_str(&raw));
  return arena_str(x->arena, buf_str(&out));
}

static bool key_is_int(const struct list_query *q) { return q->sort < 0 || seen_key_is_int(q->e->fields[q->sort].kind); }

static enum err cursor_read(struct ctx *x, const struct list_query *q, struct position *ret) {
  AUTO(buf_release) struct buf raw = BUF(CURSOR_MAX), want = BUF(64);
  str check, pos, record, key;
  struct position p = {.set = true, .key.is_int = key_is_int(q)};
  if (q->cursor.n == 0) {
    *ret = (struct position){0};
    return ERR_OK;
  }
  if (q->cursor.n > CURSOR_MAX || !base64url_parse(q->cursor, &raw) || !str_cut(buf_str(&raw), ' ', &check, &pos))
    return problem_set0(x->pb, P_BAD_CURSOR);
  cursor_check(&want, x, q, pos);
  bool ok = str_eq(check, buf_str(&want)) && str_cut(pos, ' ', &record, &key) && str_to_int64(record, &p.record);
  if (ok && p.key.is_int) ok = str_to_int64(key, &p.key.i);
  if (ok && !p.key.is_int) ok = utf8_valid(key) && !memchr(key.p, 0, key.n);
  if (!ok) return problem_set0(x->pb, P_BAD_CURSOR);
  if (!p.key.is_int) p.key.s = arena_str(x->arena, key);
  *ret = p;
  return ERR_OK;
}

// ---- the walk

static const char *key_column(const struct list_query *q) {
  return q->sort == SORT_UPDATED ? "changed_at" : seen_keys[seen_key_of(q->e, q->sort)];
}

// SELECT s.changed_at, s.KEY, t.* ... after the position. Parameters: viewer, [key,] record, limit.
static sql walk_sql(const struct list_query *q, bool after) {
  struct sqlb b;
  bool by_id = q->sort == SORT_CREATED;
  sqlb_init(&b);
  sqlb_add(&b, "SELECT s.changed_at, s.");
  sqlb_name(&b, by_id ? "record" : key_column(q));
  sqlb_add(&b, ", ");
  rec_columns(&b, q->e, "t");
  sqlb_add(&b, " FROM ");
  seen_table(&b, q->e);
  sqlb_add(&b, " s JOIN ");
  sqlb_name(&b, q->e->name);
  sqlb_add(&b, " t ON t.id = s.record WHERE s.viewer = ");
  sqlb_param(&b);
  if (after) {
    sqlb_add(&b, " AND (");
    if (!by_id) {
      sqlb_add(&b, "s.");
      sqlb_name(&b, key_column(q));
      sqlb_add(&b, ", ");
    }
    sqlb_add(&b, "s.record) ");
    if (q->descending)
      sqlb_add(&b, "< (");
    else
      sqlb_add(&b, "> (");
    if (!by_id) {
      sqlb_param(&b);
      sqlb_add(&b, ", ");
    }
    sqlb_param(&b);
    sqlb_add(&b, ")");
  }
  sqlb_add(&b, " ORDER BY ");
  if (!by_id) {
    sqlb_add(&b, "s.");
    sqlb_name(&b, key_column(q));
    if (q->descending)
      sqlb_add(&b, " DESC, ");
    else
      sqlb_add(&b, ", ");
  }
  sqlb_add(&b, "s.record");
  if (q->descending) sqlb_add(&b, " DESC");
  sqlb_add(&b, " LIMIT ");
  sqlb_param(&b);
  return sqlb_done(&b);
}

struct candidate {
  struct rec *r;
  utime changed_at;
  struct position at;
};

static enum err walk(struct ctx *x, const struct list_query *q, const struct position *from, size_t limit, struct candidate *list,
                     size_t *ret_n) {
  AUTO(db_release) struct db_stmt *s = NULL;
  int i = 1;
  size_t n = 0;
  bool row, by_id = q->sort == SORT_CREATED;
  TRY(db_prepare(x->conn, walk_sql(q, from->set), &s));
  db_bind_int(s, i++, x->viewer.company);
  if (from->set && !by_id) {
    if (from->key.is_int)
      db_bind_int(s, i++, from->key.i);
    else
      db_bind_text(s, i++, from->key.s);
  }
  if (from->set) db_bind_int(s, i++, from->record);
  db_bind_int(s, i, (int64_t)limit);
  for (;;) {
    TRY(db_step(s, &row));
    if (!row || n == limit) break;
    struct candidate *c = &list[n++];
    c->changed_at = db_int(s, 0);
    c->at = (struct position){.set = true, .key.is_int = key_is_int(q)};
    if (c->at.key.is_int)
      c->at.key.i = db_int(s, 1);
    else
      c->at.key.s = arena_str(x->arena, db_text(s, 1));
    c->r = rec_read(s, 2, q->e, x->arena);
    c->at.record = c->r->id;
  }
  *ret_n = n;
  return ERR_OK;
}

// ---- filters

static int order(int64_t a, int64_t b) { return a < b ? -1 : a > b; }

// How the record's value stands to the filter's; false: they cannot be compared (another currency), which matches nothing.
static bool compare(const struct field *f, const struct val *a, const struct val *b, int *ret) {
  switch (f->kind) {
  case K_TEXT:
  case K_LONGTEXT: *ret = str_cmp(a->s, b->s); return true;
  case K_WORD: *ret = order(vocab_index(f->vocab, a->s), vocab_index(f->vocab, b->s)); return true;
  case K_MONEY:
    if (!currency_eq(a->m.cur, b->m.cur)) return false;
    *ret = order(a->m.minor, b->m.minor);
    return true;
  case K_RATE: *ret = ratio_cmp(a->r, b->r); return true;
  case K_INT:
  case K_BOOL:
  case K_DATE:
  case K_TIME:
  case K_REF: *ret = order(a->i, b->i); return true;
  case K_COUNT: break;
  }
  return false;
}

static bool holds(const struct filter *f, int c) {
  switch (f->cmp) {
  case FILTER_EQ: return c == 0;
  case FILTER_NE: return c != 0;
  case FILTER_LT: return c < 0;
  case FILTER_LTE: return c <= 0;
  case FILTER_GT: return c > 0;
  case FILTER_GTE: return c >= 0;
  case FILTER_NULL: break;
  }
  return false;
}

// FILTER_NULL with v = true or no value asks for empty fields, with v = false for filled ones.
static bool matches(const struct filter *f, const struct list_item *it) {
  int c;
  if (f->field < 0) return holds(f, order(f->meta_updated ? it->changed_at : it->r->created_at, f->v.i));
  if (!(it->access.read & FIELD_BIT(f->field))) return false;
  const struct val *v = &it->r->v[f->field];
  if (f->cmp == FILTER_NULL) return v->set == (f->v.set && f->v.i == 0);
  if (!v->set || !f->v.set) return f->cmp == FILTER_NE && v->set != f->v.set;
  return compare(&it->r->e->fields[f->field], v, &f->v, &c) && holds(f, c);
}

static bool wanted(const struct ctx *x, const struct list_query *q, const struct list_item *it) {
  if (q->only_company && it->r->company != q->only_company) return false;
  if (q->only_foreign && it->r->company == x->viewer.company) return false;
  for (size_t i = 0; i < q->nfilters; i++)
    if (!matches(&q->filters[i], it)) return false;
  return true;
}

// ---- a page

static enum err query_check(struct ctx *x, const struct list_query *q) {
  assert(q->e->flags & E_ROOT);
  if (q->sort >= 0 && seen_key_of(q->e, q->sort) < 0)
    return problem_set1(x->pb, P_BAD_SORT, str_of(q->sort < q->e->nfields ? q->e->fields[q->sort].name : "?"));
  if (q->sort < SORT_CREATED) return problem_set1(x->pb, P_BAD_SORT, S("?"));
  for (size_t i = 0; i < q->nfilters; i++) {
    const struct filter *f = &q->filters[i];
    if (f->field >= q->e->nfields || (f->field < 0 && (f->cmp == FILTER_NULL || !f->v.set)))
      return problem_set1(x->pb, P_BAD_FILTER, S("?"));
  }
  return ERR_OK;
}

// Fills items up to q->limit. *pos: where the page ends. *more: a further record waits, or the bound was met.
static enum err fill(struct ctx *x, const struct list_query *q, struct list_item *items, size_t *ret_n, struct position *pos,
                     bool *ret_more) {
  bool narrowed = q->nfilters > 0 || q->only_company || q->only_foreign;
  size_t chunk = narrowed ? 4 * LIMIT_LIST : q->limit + 1, examined = 0, n = 0;
  struct candidate *list = NEW_ARRAY(x->arena, chunk, struct candidate);
  struct list_item *judged = NEW_ARRAY(x->arena, chunk, struct list_item);
  for (;;) {
    size_t got;
    size_t ask = LIMIT_CANDIDATES - examined < chunk ? LIMIT_CANDIDATES - examined : chunk;
    TRY(walk(x, q, pos, ask, list, &got));
    for (size_t i = 0; i < got; i++) judged[i] = (struct list_item){.r = list[i].r, .changed_at = list[i].changed_at};
    TRY(items_judge(x, judged, got));
    for (size_t i = 0; i < got; i++) {
      const struct list_item it = judged[i];
      bool fits = (it.access.ops & OP_READ) && wanted(x, q, &it);
      if (fits && n == q->limit) {
        *ret_more = true;
        *ret_n = n;
        return ERR_OK;
      }
      if (fits) items[n++] = it;
      *pos = list[i].at;
    }
    examined += got;
    if (got < ask || examined >= LIMIT_CANDIDATES) {
      *ret_more = got == ask;
      *ret_n = n;
      return ERR_OK;
    }
  }
}

enum err trust_list(struct ctx *x, const struct list_query *q, struct list_item **ret, size_t *ret_n, str *ret_next) {
  struct list_query query = *q;
  struct position pos = {0};
  bool more = false;
  size_t n = 0;
  if (query.limit == 0) query.limit = LIMIT_LIST_DEFAULT;
  if (query.limit > LIMIT_LIST) query.limit = LIMIT_LIST;
  TRY(query_check(x, &query));
  TRY(cursor_read(x, &query, &pos));
  struct list_item *items = NEW_ARRAY(x->arena, query.limit, struct list_item);
  TRY(fill(x, &query, items, &n, &pos, &more));
  *ret = items;
  *ret_n = n;
  *ret_next = more ? cursor_make(x, &query, &pos) : STR_NULL;
  return ERR_OK;
}

// ---- children

// Room for `more` further items: as much as was found, not as much as would be allowed.
static struct list_item *items_grow(struct arena *a, const struct list_item *items, size_t n, size_t more) {
  struct list_item *grown = NEW_ARRAY(a, n + more + 1, struct list_item);
  if (n) memcpy(grown, items, n * sizeof *grown);
  return grown;
}

enum err trust_children(struct ctx *x, const struct entity *e, const struct rec *root, id64 after, size_t limit,
                        struct list_item **ret, size_t *ret_n, bool *ret_more) {
  struct root_facts f;
  struct list_item *items = NULL;
  size_t n = 0;
  assert((e->flags & E_CHILD) && entity_root(e) == root->e);
  if (limit == 0 || limit > LIMIT_CHILDREN) limit = LIMIT_CHILDREN;
  TRY(root_facts_load(x, root, x->viewer.company, &f));
  for (;;) {
    struct rec **kids;
    size_t got, ask = limit + 1;
    TRY(rec_db_children(x->conn, e, root->id, after, ask, x->arena, &kids, &got));
    items = items_grow(x->arena, items, n, got);
    for (size_t i = 0; i < got; i++) {
      struct subject s = subject_of(kids[i], &f);
      struct access a = mask(&x->viewer, &s, x->now);
      after = kids[i]->id;
      if (!(a.ops & OP_READ)) continue;
      if (n == limit) {
        *ret = items;
        *ret_n = n;
        *ret_more = true;
        return ERR_OK;
      }
      items[n] = (struct list_item){.r = kids[i], .access = a};
      TRY(shown_updated_at(x, kids[i], &a, &items[n++].changed_at));
    }
    if (got < ask) break;
  }
  *ret = items;
  *ret_n = n;
  *ret_more = false;
  return ERR_OK;
}

// ---- search

// Whether every token asked for is among those of what the viewer sees: an index row may be older than the end of a grant. Who sees
// all that is searched sees all that was ever indexed.
static bool tokens_match(const struct rec *r, const struct access *a, str query) {
  if (!(search_fields(r->e) & ~a->read)) return true;
  AUTO(buf_release) struct buf have = BUF(4 * 1024 * 1024);
  str token, word;
  search_tokens(&have, r, a->read);
  while (str_next(&query, ' ', &token)) {
    bool prefix = str_ends(token, S("*")), found = false;
    if (prefix) token.n--;
    if (token.n == 0) continue;
    for (str list = buf_str(&have); !found && str_next(&list, ' ', &word);)
      found = prefix ? str_starts(word, token) : str_eq(word, token);
    if (!found) return false;
  }
  return true;
}

// What the viewer may see of one hit; r NULL: nothing. brief: who sees all that is searched needs no more of the row than is shown.
static enum err hit_load(struct ctx *x, const struct db_hit *hit, bool brief, str tokens, struct list_item *ret) {
  const struct entity *e = entity_find(str_of(hit->entity));
  struct list_item it = {0};
  *ret = it;
  if (!e) return ERR_OK;
  enum err err =
    brief ? rec_db_load_hit(x->conn, e, hit->record, x->arena, &it.r) : rec_db_load(x->conn, e, hit->record, x->arena, &it.r);
  if (err == ERR_NOT_FOUND) return ERR_OK;
  TRY(err);
  TRY(item_judge(x, &it));
  if (!(it.access.ops & OP_READ)) return ERR_OK;
  if (brief && (search_fields(e) & ~it.access.read)) TRY(rec_db_load(x->conn, e, hit->record, x->arena, &it.r));
  if (!tokens_match(it.r, &it.access, tokens)) return ERR_OK;
  it.changed_at = it.r->updated_at;
  if (!(e->flags & E_ROOT)) TRY(shown_updated_at(x, it.r, &it.access, &it.changed_at));
  *ret = it;
  return ERR_OK;
}

enum err trust_changed_at(struct ctx *x, struct list_item *items, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (items[i].r->e->flags & E_ROOT) TRY(seen_changed_at(x, items[i].r, &items[i].changed_at));
  return ERR_OK;
}

// Nearly every hit may be seen: as many as are wanted are looked up first, and more only where some fall away.
enum err trust_search(struct ctx *x, str query, const struct entity *e_or_null, bool brief, size_t limit, struct list_item **ret,
                      size_t *ret_n) {
  AUTO(buf_release) struct buf tokens = BUF(64 * 1024);
  struct db_hit *hits = NULL;
  size_t nhits = 0, n = 0;
  if (limit == 0 || limit > LIMIT_LIST) limit = LIMIT_LIST;
  struct list_item *items = NEW_ARRAY(x->arena, limit, struct list_item);
  utf8_query(&tokens, query);
  for (size_t ask = limit; tokens.n > 0; ask = limit * SEARCH_FACTOR) {
    n = 0;
    TRY(db_search(x->conn, x->viewer.company, e_or_null ? str_of(e_or_null->name) : STR_NULL, buf_str(&tokens), ask, x->arena,
                  &hits, &nhits));
    for (size_t i = 0; i < nhits && n < limit; i++) {
      TRY(hit_load(x, &hits[i], brief, buf_str(&tokens), &items[n]));
      n += items[n].r != NULL;
    }
    if (n == limit || nhits < ask || ask > limit) break;
  }
  *ret = items;
  *ret_n = n;
  return ERR_OK;
}
