// SPDX-License-Identifier: Apache-2.0
// A random question, what the program answers to it (through the calls the handlers use) and the same question as SQL over the views
// of oracle.sql.
#include "base/utf8.h"
#include "oracle.h"

// ---- making one

static bool may_filter(const struct field *d) {
  return d->flags & (F_SORT | F_FILTER) || d->kind == K_WORD || d->kind == K_REF || d->kind == K_BOOL;
}

static struct filter some_filter(struct world *w, const struct entity *e) {
  struct filter f = {.cmp = (unsigned)draw(w, FILTER_NULL + 1)};
  do f.field = (int)draw(w, (uint64_t)e->nfields);
  while (!may_filter(&e->fields[f.field]));
  if (f.cmp == FILTER_NULL) {
    f.v = (struct val){.set = chance(w, 50), .i = 0};
    return f;
  }
  struct rec *r = some_record(w, e), *made = rec_new(&w->arena, e);
  while (!rec_has(made, f.field)) fill_field(w, made, f.field);
  f.v = r && rec_has(r, f.field) && chance(w, 80) ? r->v[f.field] : made->v[f.field];
  return f;
}

static int some_sort(struct world *w, const struct entity *e, bool late) {
  int sorts[8] = {-1, -2}, n = 2;
  for (int f = 0; f < e->nfields && !late; f++)  // keys follow what is seen with the next tick only
    if (seen_key_of(e, f) >= 0) sorts[n++] = f;
  return sorts[draw(w, (uint64_t)n)];
}

static const struct entity *one_of(struct world *w, unsigned flags) {
  for (;;) {
    const struct entity *e = entity_all[draw(w, (uint64_t)entity_count)];
    if (e->flags & flags) return e;
  }
}

static void make_list(struct world *w, struct question *q, bool late) {
  q->e = one_of(w, E_ROOT);
  q->limit = chance(w, 20) ? 1 + draw(w, 200) : 1 + draw(w, 8);
  q->page = chance(w, 40) ? (int)draw(w, 4) : 0;
  q->list = (struct list_query){.e = q->e, .sort = some_sort(w, q->e, late), .descending = chance(w, 50), .limit = q->limit};
  if (chance(w, 50))
    for (size_t n = 1 + draw(w, 2); q->list.nfilters < n;) q->filters[q->list.nfilters++] = some_filter(w, q->e);
  size_t direction = draw(w, 6);
  if (direction == 0) q->list.only_company = q->viewer.company;
  if (direction == 1) q->list.only_foreign = true;
}

static id64 some_id(struct world *w, const struct entity *e) {
  struct rec *r = some_record(w, e);
  if (!r || chance(w, 3)) return w->ndeleted ? w->deleted[draw(w, w->ndeleted)] : 1;
  return r->id;
}

struct question question_make(struct world *w, bool late) {
  struct question q = {.viewer = some_viewer(w)};
  size_t kind = draw(w, 100);
  if (kind < 40) {
    q.kind = ASK_LIST;
    make_list(w, &q, late);
  } else if (kind < 65) {
    q.kind = ASK_GET;
    q.e = one_of(w, E_ROOT | E_CHILD | E_DIRECTORY);
    q.id = some_id(w, q.e);
  } else if (kind < 85 || late) {
    q.kind = ASK_CHILDREN;
    q.e = one_of(w, E_CHILD);
    struct rec *child = some_record(w, q.e);
    q.id = child && chance(w, 80) ? child->root : some_id(w, entity_root(q.e));
    q.after = chance(w, 25) ? some_id(w, q.e) : 0;
    q.limit = chance(w, 50) ? 1 + draw(w, 3) : 1000;
  } else {
    q.kind = ASK_SEARCH;
    do q.e = one_of(w, E_ROOT | E_CHILD);
    while (!search_fields(q.e));
    if (chance(w, 40)) q.e = NULL;
    q.limit = LIMIT_LIST;  // all: which hits are left out of a short answer is the engine's affair
    str last = some_word(w, false);
    size_t letters = last.p[0] < 0 ? 2 : 1;  // Cyrillic letters are two bytes
    q.prefix = chance(w, 30) ? str_sub(last, 0, 3 * letters) : last;
    if (chance(w, 30)) q.exact = some_word(w, false);
    if (chance(w, 25)) q.han = some_word(w, true);
  }
  return q;
}

// ---- asking the program

static void put_item(struct buf *out, const struct rec *r, const struct access *a, utime changed_at) {
  struct jw w = JW(out);
  jw_object(&w);
  project(&w, r, a, changed_at);
  jw_end_object(&w);
  buf_putc(out, '\n');
}

static void put_items(struct buf *out, const struct list_item *items, size_t n, bool more) {
  for (size_t i = 0; i < n; i++) put_item(out, items[i].r, &items[i].access, items[i].changed_at);
  if (more) buf_putc(out, '+');
}

static enum err ask_list(struct ctx *x, const struct question *q, struct buf *out) {
  struct list_query list = q->list;
  struct list_item *items = NULL;
  size_t n = 0;
  list.filters = q->filters;
  for (int page = 0; page <= q->page; page++) {
    if (page && !list.cursor.n) return ERR_OK;  // there is no such page
    str next = STR_NULL;
    TRY(trust_list(x, &list, &items, &n, &next));
    list.cursor = next;
  }
  put_items(out, items, n, list.cursor.n > 0);
  return ERR_OK;
}

static enum err ask_children(struct ctx *x, const struct question *q, struct buf *out) {
  struct rec *root;
  struct list_item *items;
  size_t n;
  bool more;
  TRY(trust_load(x, entity_root(q->e), q->id, OP_READ, &root, NULL));
  TRY(trust_children(x, q->e, root, q->after, q->limit, &items, &n, &more));
  put_items(out, items, n, more);
  return ERR_OK;
}

static str search_words(const struct question *q, struct arena *a) {
  return arena_fmt(a, "%.*s %.*s %.*s", STR_ARG(q->han), STR_ARG(q->exact), STR_ARG(q->prefix));
}

static enum err ask_search(struct ctx *x, const struct question *q, struct buf *out) {
  struct list_item *items;
  size_t n;
  TRY(trust_search(x, search_words(q, x->arena), q->e, false, q->limit, &items, &n));
  TRY(trust_changed_at(x, items, n));
  put_items(out, items, n, false);
  return ERR_OK;
}

static enum err ask_get(struct ctx *x, const struct question *q, struct buf *out) {
  struct rec *r;
  struct access a;
  TRY(trust_load(x, q->e, q->id, OP_READ, &r, &a));
  put_item(out, r, &a, r->updated_at);
  return ERR_OK;
}

str question_ask(const struct world *w, int engine, const struct question *q, utime now, struct arena *a) {
  static enum err (*const ask[])(struct ctx * x, const struct question *q, struct buf *out) = {ask_list, ask_get, ask_children,
                                                                                               ask_search};
  AUTO(arena_release) struct arena scratch = {0};
  AUTO(buf_release) struct buf out = BUF(8 * 1024 * 1024);
  struct problem pb = {.arena = &scratch};
  struct ctx x = {.conn = w->c[engine], .arena = &scratch, .pb = &pb, .viewer = q->viewer, .now = now};
  enum err e = ask[q->kind](&x, q, &out);
  if (e && e != ERR_NOT_FOUND) oracle_fail("question: error %d, %s", (int)e, db_message(w->c[engine]));
  return arena_str(a, buf_str(&out));
}

// ---- the same as SQL

static void param(struct statement *s, struct arena *a, str value, const char *type) {
  s->params[s->n++] = arena_z(a, value);
  buf_fmt(&s->text, "$%d::%s", s->n, type);
}

static void param_int(struct statement *s, struct arena *a, int64_t v) {
  param(s, a, arena_fmt(a, "%lld", (long long)v), "bigint");
}

static void filter_value(struct statement *s, struct arena *a, const struct field *f, const struct filter *by) {
  static const char *const ops[] = {"=", "<>", "<", "<=", ">", ">="};
  const char *op = ops[by->cmp];
  if (f->kind == K_MONEY) {  // amounts of one currency only
    buf_fmt(&s->text, "%s_cur = ", f->name);
    param(s, a, str_of(by->v.m.cur.code), "text");
    buf_fmt(&s->text, " AND %s_minor %s ", f->name, op);
    param_int(s, a, by->v.m.minor);
  } else if (f->kind == K_WORD) {
    buf_fmt(&s->text, "oracle.place('%s', %s) %s oracle.place('%s', ", f->vocab->name, f->name, op, f->vocab->name);
    param(s, a, by->v.s, "text");
    buf_putc(&s->text, ')');
  } else if (f->kind == K_TEXT || f->kind == K_LONGTEXT) {
    buf_fmt(&s->text, "%s COLLATE \"C\" %s ", f->name, op);
    param(s, a, by->v.s, "text");
  } else {
    buf_fmt(&s->text, "%s%s %s ", f->name, f->kind == K_BOOL ? "::int" : "", op);
    param_int(s, a, by->v.i);
  }
}

// What is hidden is neither empty nor anything else; what is empty differs from every value.
static void put_filter(struct statement *s, struct arena *a, const struct entity *e, const struct filter *by) {
  const struct field *f = &e->fields[by->field];
  const char *column = f->kind == K_MONEY ? "_cur" : "";
  buf_fmt(&s->text, " AND ('%s' = ANY (shown) OR oracle.dropped('filters')) AND (", f->name);
  if (by->cmp == FILTER_NULL) {
    buf_fmt(&s->text, "%s%s IS %sNULL", f->name, column, by->v.set && by->v.i == 0 ? "NOT " : "");
  } else {
    if (by->cmp == FILTER_NE) buf_fmt(&s->text, "%s%s IS NULL OR ", f->name, column);
    filter_value(s, a, f, by);
  }
  buf_putc(&s->text, ')');
}

static void put_order(struct statement *s, const struct question *q) {
  const struct list_query *l = &q->list;
  const char *way = l->descending ? " DESC" : "";
  const struct field *f = l->sort >= 0 ? &q->e->fields[l->sort] : NULL;
  buf_putz(&s->text, " ORDER BY ");
  if (l->sort == -1) buf_fmt(&s->text, "changed_at%s, ", way);
  if (f && f->kind == K_MONEY)
    buf_fmt(&s->text, "coalesce(%s_cur, '') COLLATE \"C\"%s, %s_minor%s, ", f->name, way, f->name, way);
  else if (f && seen_key_is_int(f->kind))
    buf_fmt(&s->text, "coalesce(%s, -9223372036854775808)%s, ", f->name, way);
  else if (f)
    buf_fmt(&s->text, "oracle.folded(%s)%s, ", f->name, way);
  buf_fmt(&s->text, "id%s", way);
}

static void put_from(struct statement *s, struct arena *a, const struct question *q, const struct entity *e) {
  buf_fmt(&s->text, "SELECT json FROM oracle.%s_view WHERE eyes = ", e->name);
  param_int(s, a, q->eyes);
}

static void sql_list(const struct question *q, struct statement *s, struct arena *a) {
  put_from(s, a, q, q->e);
  if (q->list.only_company) {
    buf_putz(&s->text, " AND company = ");
    param_int(s, a, q->list.only_company);
  }
  if (q->list.only_foreign) buf_putz(&s->text, " AND company <> oracle.me()");
  for (size_t i = 0; i < q->list.nfilters; i++) put_filter(s, a, q->e, &q->filters[i]);
  put_order(s, q);
  buf_putz(&s->text, " LIMIT ");
  param_int(s, a, (int64_t)q->limit + 1);
  buf_putz(&s->text, " OFFSET ");
  param_int(s, a, (int64_t)q->limit * q->page);
}

static void sql_get(const struct question *q, struct statement *s, struct arena *a) {
  put_from(s, a, q, q->e);
  buf_putz(&s->text, " AND id = ");
  param_int(s, a, q->id);
}

static void sql_children(const struct question *q, struct statement *s, struct arena *a) {
  put_from(s, a, q, q->e);
  buf_putz(&s->text, " AND root = ");
  param_int(s, a, q->id);
  buf_putz(&s->text, " AND id > ");
  param_int(s, a, q->after);
  buf_fmt(&s->text, " AND (EXISTS (SELECT FROM oracle.%s_view WHERE eyes = ", entity_root(q->e)->name);
  param_int(s, a, q->eyes);
  buf_putz(&s->text, " AND id = ");
  param_int(s, a, q->id);
  buf_putz(&s->text, ") OR oracle.dropped('root seen')) ORDER BY id LIMIT ");
  param_int(s, a, (int64_t)q->limit + 1);
}

static void sql_like(struct statement *s, struct arena *a, str word, const char *before, const char *after) {
  if (!word.n) return;
  AUTO(buf_release) struct buf folded = BUF(256);
  utf8_fold(&folded, word);
  buf_putz(&s->text, " AND haystack LIKE ");
  param(s, a, arena_fmt(a, "%%%s%.*s%s%%", before, STR_ARG(buf_str(&folded)), after), "text");
}

static void sql_search(const struct question *q, struct statement *s, struct arena *a) {
  const char *between = "";
  buf_putz(&s->text, "SELECT json FROM (");
  for (int i = 0; i < entity_count; i++) {
    if (!search_fields(entity_all[i]) || (q->e && q->e != entity_all[i])) continue;
    buf_fmt(&s->text, "%sSELECT id, json, haystack FROM oracle.%s_view WHERE eyes = ", between, entity_all[i]->name);
    param_int(s, a, q->eyes);
    between = " UNION ALL ";
  }
  buf_putz(&s->text, ") AS found WHERE true");
  sql_like(s, a, q->han, "", "");
  sql_like(s, a, q->exact, " ", " ");
  sql_like(s, a, q->prefix, " ", "");
  buf_putz(&s->text, " ORDER BY id DESC LIMIT ");
  param_int(s, a, (int64_t)q->limit);
}

void question_sql(const struct question *q, struct statement *s, struct arena *a) {
  static void (*const make[])(const struct question *q, struct statement *s, struct arena *a) = {sql_list, sql_get, sql_children,
                                                                                                 sql_search};
  *s = (struct statement){.text = BUF(64 * 1024)};
  make[q->kind](q, s, a);
}

bool question_about(const struct question *q, const struct entity *e) {
  if (q->kind == ASK_SEARCH && !q->e) return search_fields(e) != 0;
  return q->e == e || (q->kind == ASK_CHILDREN && entity_root(q->e) == e);
}

void question_print(const struct question *q, struct buf *out) {
  AUTO(arena_release) struct arena a = {0};
  struct statement s;
  question_sql(q, &s, &a);
  buf_fmt(out, "company %lld role %d: %s", (long long)q->viewer.company, q->viewer.role, buf_z(&s.text));
  for (int i = 0; i < s.n; i++) buf_fmt(out, "%s%s", i ? ", " : " -- ", s.params[i]);
  buf_release(&s.text);
}
