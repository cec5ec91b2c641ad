// SPDX-License-Identifier: Apache-2.0
// Generic collections: everything that is plain data, interpreted from the model.
#include <stdio.h>

#include "api/call.h"
#include "base/utf8.h"

// What a reference names must exist and be visible to the writer: hidden and missing answer alike.
static enum err check_refs(struct ctx *x, const struct rec *r, uint64_t given) {
  enum err result = ERR_OK;
  for (int f = 0; f < r->e->nfields; f++) {
    const struct field *d = &r->e->fields[f];
    if (d->kind != K_REF || !(given & FIELD_BIT(f)) || !rec_ref(r, f)) continue;
    struct rec *target = NULL;
    struct access a = {0};
    AUTO(arena_release) struct arena scratch = {0};
    struct problem ignored = {.arena = &scratch};
    struct ctx look = *x;
    look.arena = &scratch;
    look.pb = &ignored;
    enum err e = trust_load(&look, entity_find(str_of(d->ref)), rec_ref(r, f), OP_READ, &target, &a);
    if (e == ERR_NOT_FOUND)
      result = problem_field(x->pb, arena_fmt(x->arena, "/%s", d->name), P_NO_SUCH_RECORD, STR_NULL, STR_NULL);
    else if (e)
      return e;
  }
  return result;
}

static enum err decode_audience(struct call *c, struct rec *r) {
  if (!(r->e->flags & E_ROOM)) return ERR_OK;
  int word = -1;
  TRY(call_word(c, "audience", &vocab_audience, false, &word));
  if (word >= 0) r->room = str_eqz(S("room"), vocab_audience.words[word].name);
  return ERR_OK;
}

static enum err run_hook(struct ctx *x, const struct rec *before, struct rec *after) {
  entity_hook hook = crud_hook(after->e);
  return hook ? hook(x, before, after) : ERR_OK;
}

// ---- create

static enum err create(struct ctx *x, struct call *c, void *arg, struct outcome *out) {
  const struct entity *e = c->route->entity;
  const id64 *root = arg;
  struct rec *r = rec_new(x->arena, e);
  r->company = x->viewer.company;
  r->root = root ? *root : r->id;
  r->created_by = x->viewer.user;
  uint64_t given = 0;
  enum err decoded =
    rec_decode(r, c->body, DECODE_CREATE, entity_mask_writable(e), e->flags & E_ROOM ? "audience" : "", S(""), x->pb, &given);
  TRY(decode_audience(c, r));
  TRY(decoded);
  TRY(check_refs(x, r, given));
  TRY(run_hook(x, NULL, r));
  TRY(trust_insert(x, r));
  TRY(crud_after(x, r));
  *out = (struct outcome){e, r->id};
  return ERR_OK;
}

enum err crud_create(struct call *c) {
  TRY(call_need_role(c, user_role_rep));
  return call_write(c, c->route->op, create, NULL);
}

enum err crud_child_create(struct call *c) {
  TRY(call_need_role(c, user_role_rep));
  id64 root = 0;
  TRY(call_id(c, 0, entity_root(c->route->entity), &root));
  return call_write(c, c->route->op, create, &root);
}

// ---- read

enum err crud_read(struct call *c) {
  id64 id = 0;
  TRY(call_id(c, 0, c->route->entity, &id));
  return reply_record(c, c->route->entity, id, 200);
}

enum err crud_children(struct call *c) {
  const struct entity *e = c->route->entity, *root_entity = entity_root(e);
  id64 root = 0, after = 0;
  TRY(call_id(c, 0, root_entity, &root));
  size_t limit = 0, n = 0;
  TRY(call_query_limit(c, &limit));
  str cursor;
  if (call_query(c, "cursor", &cursor) && cursor.n && !id_parse(cursor, e->prefix, &after))
    return problem_set0(&c->problem, P_BAD_CURSOR);
  TRY(db_read_begin(c->w->conn));
  struct ctx x = call_ctx(c);
  struct rec *r = NULL;
  struct access a = {0};
  struct list_item *items = NULL;
  bool more = false;
  enum err err = trust_load(&x, root_entity, root, OP_READ, &r, &a);
  if (!err) err = trust_children(&x, e, r, after, limit, &items, &n, &more);
  char z[ID_TEXT_MAX];
  if (!err) err = reply_list(c, &x, items, n, more && n ? str_of(id_z(z, e->prefix, items[n - 1].r->id)) : STR_NULL);
  db_read_end(c->w->conn);
  return err;
}

// ---- lists

static enum err filter_value(struct call *c, const struct entity *e, int field, str text, struct val *ret, str pointer) {
  struct rec *r = rec_new(&c->arena, e);
  const struct field *d = &e->fields[field];
  str args[2] = {STR_NULL, STR_NULL};
  if (d->kind == K_REF) {
    id64 id = 0;
    if (!id_parse(text, entity_find(str_of(d->ref))->prefix, &id))
      return problem_field(&c->problem, pointer, P_BAD_ID, str_of(d->ref), STR_NULL);
    rec_set_ref(r, field, id);
  } else {
    currency cur = {"EUR"};
    str code;
    if (call_query(c, "currency", &code) && !currency_parse(code, &cur))
      return problem_field(&c->problem, S("?currency"), P_BAD_CURRENCY, code, STR_NULL);
    enum problem_code p = rec_decode_text(r, field, text, cur, args);
    if (p) return problem_field(&c->problem, pointer, p, args[0], args[1]);
  }
  *ret = r->v[field];
  return ERR_OK;
}

static bool may_filter(const struct field *d) {
  return d->flags & (F_SORT | F_FILTER) || d->kind == K_WORD || d->kind == K_REF || d->kind == K_BOOL;
}

// "filter[amount][gte]" -> field "amount", operator "gte".
static bool filter_key(str key, str *ret_field, str *ret_op) {
  if (!str_starts(key, S("filter[")) || !str_ends(key, S("]"))) return false;
  str inner = str_sub(key, 7, key.n - 8), rest;
  *ret_op = S("eq");
  if (!str_cut(inner, ']', ret_field, &rest)) return true;
  if (!str_starts(rest, S("["))) return false;
  *ret_op = str_sub(rest, 1, rest.n);
  return true;
}

static int filter_cmp(str op) {
  static const char *const names[] = {"eq", "ne", "lt", "lte", "gt", "gte", "null"};
  for (int i = 0; i < (int)ARRAY_LEN(names); i++)
    if (str_eqz(op, names[i])) return i;
  return -1;
}

// "true" or nothing asks for empty fields, "false" for filled ones.
static enum err null_value(struct call *c, str text, struct val *ret, str pointer) {
  *ret = (struct val){.set = str_eq(text, S("false"))};
  if (ret->set || !text.n || str_eq(text, S("true"))) return ERR_OK;
  return problem_field(&c->problem, pointer, P_BAD_WORD, S("true, false"), STR_NULL);
}

static enum err one_filter(struct call *c, const struct entity *e, str key, str value, struct filter *out, struct list_query *q,
                           bool *ret_used) {
  str field, op;
  *ret_used = false;
  str pointer = arena_fmt(&c->arena, "?%.*s", STR_ARG(key));
  if (!filter_key(key, &field, &op)) return problem_field(&c->problem, pointer, P_BAD_FILTER, key, STR_NULL);
  if (str_eq(field, S("direction")) && str_eq(op, S("eq"))) {
    if (str_eq(value, S("given")))
      q->only_company = c->who.viewer.company;
    else if (str_eq(value, S("received")))
      q->only_foreign = true;
    else
      return problem_field(&c->problem, pointer, P_BAD_WORD, S("given, received"), STR_NULL);
    return ERR_OK;
  }
  int cmp = filter_cmp(op);
  int f = field_find(e, field);
  if (f < 0) return problem_field(&c->problem, pointer, P_UNKNOWN_FIELD, field, STR_NULL);
  if (cmp < 0 || !may_filter(&e->fields[f])) return problem_field(&c->problem, pointer, P_BAD_FILTER, field, STR_NULL);
  *out = (struct filter){.field = f, .cmp = cmp};
  *ret_used = true;
  if (cmp == FILTER_NULL) return null_value(c, value, &out->v, pointer);
  return filter_value(c, e, f, value, &out->v, pointer);
}

static enum err list_sort(struct call *c, const struct entity *e, struct list_query *q) {
  str sort;
  q->sort = -1;
  q->descending = true;
  if (!call_query(c, "sort", &sort) || !sort.n) return ERR_OK;
  q->descending = sort.p[0] == '-';
  str name = q->descending ? str_sub(sort, 1, sort.n) : sort;
  if (str_eq(name, S("updated_at"))) return ERR_OK;
  if (str_eq(name, S("created_at"))) {
    q->sort = -2;
    return ERR_OK;
  }
  q->sort = field_find(e, name);
  if (q->sort < 0 || !(e->fields[q->sort].flags & F_SORT))
    return problem_field(&c->problem, S("?sort"), P_BAD_SORT, name, STR_NULL);
  return ERR_OK;
}

enum { FILTERS_MAX = 16 };

static str unescape_brackets(struct arena *a, str raw) {
  AUTO(buf_release) struct buf b = BUF(LIMIT_URL);
  for (size_t i = 0; i < raw.n; i++) {
    if (i + 2 < raw.n && raw.p[i] == '%' && raw.p[i + 1] == '5' && (raw.p[i + 2] | 32) == 'b')
      buf_putc(&b, '['), i += 2;
    else if (i + 2 < raw.n && raw.p[i] == '%' && raw.p[i + 1] == '5' && (raw.p[i + 2] | 32) == 'd')
      buf_putc(&b, ']'), i += 2;
    else
      buf_putc(&b, raw.p[i]);
  }
  return arena_str(a, buf_str(&b));
}

static enum err list_query_read(struct call *c, const struct entity *e, struct list_query *q, str *ret_words) {
  static const char *const known[] = {"limit", "cursor", "sort", "q", "currency", "fields"};
  struct filter *filters = NEW_ARRAY(&c->arena, FILTERS_MAX, struct filter);
  *q = (struct list_query){.e = e, .filters = filters};
  TRY(call_query_limit(c, &q->limit));
  TRY(list_sort(c, e, q));
  call_query(c, "cursor", &q->cursor);
  *ret_words = STR_NULL;
  call_query(c, "q", ret_words);
  str rest = c->req->query, pair;
  while (str_next(&rest, '&', &pair)) {
    str raw_key, raw;
    if (!pair.n) continue;
    str_cut(pair, '=', &raw_key, &raw);
    str key = unescape_brackets(&c->arena, raw_key), value = STR_NULL;
    if (str_starts(key, S("filter["))) {
      if (q->nfilters == FILTERS_MAX)
        return problem_field(&c->problem, arena_fmt(&c->arena, "?%.*s", STR_ARG(key)), P_TOO_MANY_VALUES, S("16"), STR_NULL);
      bool used = false;
      call_query(c, arena_z(&c->arena, key), &value);
      TRY(one_filter(c, e, key, value, &filters[q->nfilters], q, &used));
      q->nfilters += used;
      continue;
    }
    bool ok = false;
    for (size_t i = 0; i < ARRAY_LEN(known); i++) ok |= str_eqz(key, known[i]);
    if (!ok) return problem_field(&c->problem, arena_fmt(&c->arena, "?%.*s", STR_ARG(key)), P_UNKNOWN_FIELD, key, STR_NULL);
  }
  return ERR_OK;
}

enum err crud_list(struct call *c) {
  const struct entity *e = c->route->entity;
  struct list_query q;
  str words;
  TRY(list_query_read(c, e, &q, &words));
  TRY(db_read_begin(c->w->conn));
  struct ctx x = call_ctx(c);
  struct list_item *items = NULL;
  size_t n = 0;
  str next = STR_NULL;
  enum err err = words.n ? trust_search(&x, words, e, false, q.limit, &items, &n) : trust_list(&x, &q, &items, &n, &next);
  if (!err && words.n) err = trust_changed_at(&x, items, n);
  if (!err) err = reply_list(c, &x, items, n, next);
  db_read_end(c->w->conn);
  return err;
}

// ---- change and delete

// Who wrote a row in a room changes it. Whose task it is says that it is done, what came of it and who of his company does it.
static uint64_t may_change(const struct ctx *x, const struct rec *r, const struct access *a) {
  if (a->write || r->e != &entity_task || !(a->ops & OP_WORK)) return a->write;
  if (rec_ref(r, task_f_owner_company) != x->viewer.company) return 0;
  return FIELD_BIT(task_f_state) | FIELD_BIT(task_f_result) | FIELD_BIT(task_f_owner);
}

static enum err patch(struct ctx *x, struct call *c, void *arg, struct outcome *out) {
  const id64 *id = arg;
  const struct entity *e = c->route->entity;
  struct rec *before = NULL;
  struct access a = {0};
  TRY(trust_load(x, e, *id, OP_READ, &before, &a));
  uint64_t write = may_change(x, before, &a);
  if (!write) return problem_set0(x->pb, P_FORBIDDEN);
  TRY(call_check_match(x, c, before, &a));
  struct rec *after = rec_copy(before);
  uint64_t given = 0;
  bool author = a.write != 0;
  enum err decoded = rec_decode(after, c->body, DECODE_PATCH, write & entity_mask_writable(e),
                                author && e->flags & E_ROOM ? "audience" : "", S(""), x->pb, &given);
  if (author) TRY(decode_audience(c, after));
  TRY(decoded);
  TRY(check_refs(x, after, given));
  TRY(run_hook(x, before, after));
  TRY(trust_update(x, before, after));
  TRY(crud_after(x, after));
  *out = (struct outcome){e, after->id};
  return ERR_OK;
}

enum err crud_patch(struct call *c) {
  id64 id = 0;
  TRY(call_id(c, 0, c->route->entity, &id));
  return call_write(c, c->route->op, patch, &id);
}

static enum err delete_record(struct ctx *x, struct call *c, void *arg, struct outcome *out) {
  const id64 *id = arg;
  (void)out;
  struct rec *r = NULL;
  struct access a = {0};
  TRY(trust_load(x, c->route->entity, *id, OP_READ, &r, &a));
  if (!(a.ops & OP_DELETE)) return problem_set0(x->pb, P_FORBIDDEN);
  TRY(call_check_match(x, c, r, &a));
  TRY(crud_may_delete(x, r));
  TRY(trust_delete(x, r));
  return crud_after(x, r);
}

enum err crud_delete(struct call *c) {
  id64 id = 0;
  TRY(call_id(c, 0, c->route->entity, &id));
  return call_write(c, c->route->op, delete_record, &id);
}
