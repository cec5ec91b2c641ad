// SPDX-License-Identifier: Apache-2.0
// Records as rows. The statements of each entity are put together once, at model_setup, from the names of the model.
#include "model/model_internal.h"
#include <assert.h>

// ---- columns

static struct column *column_add(struct column *cols, int *n, const char *name, const char *suffix, const char *type) {
  assert(*n < MODEL_COLUMNS_MAX);
  struct column *c = &cols[(*n)++];
  size_t name_n = strlen(name), suffix_n = strlen(suffix);
  assert(name_n + suffix_n < sizeof c->name);
  memcpy(c->name, name, name_n);
  memcpy(c->name + name_n, suffix, suffix_n + 1);
  c->type = type;
  c->field = -1;
  return c;
}

static const char *column_type(enum kind k) {
  switch (k) {
  case K_TEXT:
  case K_LONGTEXT:
  case K_WORD:
  case K_RATE: return "text";
  case K_BOOL: return "bool";
  case K_INT:
  case K_DATE:
  case K_TIME:
  case K_REF: return "int64";
  case K_MONEY:
  case K_COUNT: break;
  }
  assert(false && "kind");
  return NULL;
}

int entity_columns(const struct entity *e, struct column ret[MODEL_COLUMNS_MAX]) {
  int n = 0;
  column_add(ret, &n, "id", "", "int64")->not_null = true;
  column_add(ret, &n, "company", "", "int64")->not_null = true;
  if (e->flags & E_CHILD) column_add(ret, &n, "root", "", "int64")->not_null = true;
  if (e->flags & E_ROOM) column_add(ret, &n, "room", "", "bool")->not_null = true;
  column_add(ret, &n, "created_at", "", "int64")->not_null = true;
  column_add(ret, &n, "updated_at", "", "int64")->not_null = true;
  column_add(ret, &n, "created_by", "", "int64")->not_null = true;
  for (int f = 0; f < e->nfields; f++) {
    const struct field *field = &e->fields[f];
    int first = n;
    if (field->kind == K_MONEY) {
      column_add(ret, &n, field->name, "_minor", "int64");
      column_add(ret, &n, field->name, "_cur", "text");
    } else {
      column_add(ret, &n, field->name, "", column_type(field->kind));
    }
    for (int i = first; i < n; i++) {
      ret[i].field = f;
      ret[i].not_null = field->flags & F_REQUIRED;
    }
  }
  return n;
}

int seen_columns(const struct entity *e, struct column ret[MODEL_COLUMNS_MAX]) {
  static const char *const keys[MODEL_SORT_MAX] = {"k1", "k2", "k3"};
  int n = 0, fields[MODEL_SORT_MAX], nfields = entity_sort_fields(e, fields);
  column_add(ret, &n, "viewer", "", "int64");
  column_add(ret, &n, "record", "", "int64");
  column_add(ret, &n, "fieldset", "", "text");
  column_add(ret, &n, "valid_from", "", "int64");
  column_add(ret, &n, "valid_until", "", "int64");
  column_add(ret, &n, "changed_at", "", "int64");
  for (int i = 0; i < nfields; i++) {
    enum kind k = e->fields[fields[i]].kind;
    // Money sorts within a currency: code, then the amount as twenty digits.
    column_add(ret, &n, keys[i], "", k == K_MONEY ? "text" : column_type(k))->field = fields[i];
  }
  for (int i = 0; i < n; i++) ret[i].not_null = true;
  return n;
}

// ---- statements

// sqlb_name quotes: an entity may be called `user`.
static void add_name(struct sqlb *q, const char *alias, const char *name) {
  if (alias) {
    sqlb_name(q, alias);
    sqlb_add(q, ".");
  }
  sqlb_name(q, name);
}

void rec_columns(struct sqlb *q, const struct entity *e, const char *alias) {
  struct column cols[MODEL_COLUMNS_MAX];
  int n = entity_columns(e, cols);
  for (int i = 0; i < n; i++) {
    if (i) sqlb_add(q, ", ");
    add_name(q, alias, cols[i].name);
  }
}

static struct sqlb select_from(const struct entity *e) {
  struct sqlb q;
  sqlb_init(&q);
  sqlb_add(&q, "SELECT ");
  rec_columns(&q, e, NULL);
  sqlb_add(&q, " FROM ");
  add_name(&q, NULL, e->name);
  sqlb_add(&q, " WHERE ");
  return q;
}

static void add_condition(struct sqlb *q, const char *column) {
  add_name(q, NULL, column);
  sqlb_add(q, " = ");
  sqlb_param(q);
}

static sql build_load(const struct entity *e) {
  struct sqlb q = select_from(e);
  add_condition(&q, "id");
  return sqlb_done(&q);
}

static int flagged(const struct entity *e, unsigned flag) {
  int f = 0;
  while (f < e->nfields && !(e->fields[f].flags & flag)) f++;
  return f < e->nfields ? f : -1;
}

// What is known of every record, and the fields with one of the flags.
static sql build_load_some(const struct entity *e, unsigned flags) {
  struct column cols[MODEL_COLUMNS_MAX];
  int n = entity_columns(e, cols);
  struct sqlb q;
  sqlb_init(&q);
  sqlb_add(&q, "SELECT ");
  for (int i = 0; i < n; i++) {
    if (cols[i].field >= 0 && !(e->fields[cols[i].field].flags & flags)) continue;
    if (i) sqlb_add(&q, ", ");
    add_name(&q, NULL, cols[i].name);
  }
  sqlb_add(&q, " FROM ");
  add_name(&q, NULL, e->name);
  sqlb_add(&q, " WHERE ");
  add_condition(&q, "id");
  return sqlb_done(&q);
}

static sql build_children(const struct entity *e) {
  struct sqlb q = select_from(e);
  add_condition(&q, "root");
  sqlb_add(&q, " AND id > ");
  sqlb_param(&q);
  sqlb_add(&q, " ORDER BY id LIMIT ");
  sqlb_param(&q);
  return sqlb_done(&q);
}

size_t rec_in_room(size_t n) {
  assert(n >= 1 && n <= REC_IN_MANY);
  return n <= REC_IN_FEW ? REC_IN_FEW : REC_IN_MANY;
}

void rec_in_(struct sqlb *q, const char *column, size_t room) {
  add_name(q, NULL, column);
  sqlb_add(q, " IN (");
  for (size_t i = 0; i < room; i++) {
    if (i) sqlb_add(q, ", ");
    sqlb_param(q);
  }
  sqlb_add(q, ")");
}

void rec_in_bind(struct db_stmt *s, int first, const id64 *ids, size_t n) {
  for (size_t i = 0; i < rec_in_room(n); i++) db_bind_int(s, first + (int)i, ids[i < n ? i : n - 1]);
}

static sql build_children_of(const struct entity *e, size_t room) {
  struct sqlb q = select_from(e);
  rec_in(&q, "root", room);
  sqlb_add(&q, " ORDER BY root, id");
  return sqlb_done(&q);
}

static sql build_where(const struct entity *e, int f, bool of_company) {
  struct sqlb q = select_from(e);
  add_condition(&q, e->fields[f].name);
  if (of_company) {
    sqlb_add(&q, " AND ");
    add_condition(&q, "company");
  }
  sqlb_add(&q, " ORDER BY id LIMIT ");
  sqlb_param(&q);
  return sqlb_done(&q);
}

static sql build_insert(const struct entity *e) {
  struct column cols[MODEL_COLUMNS_MAX];
  int n = entity_columns(e, cols);
  struct sqlb q;
  sqlb_init(&q);
  sqlb_add(&q, "INSERT INTO ");
  add_name(&q, NULL, e->name);
  sqlb_add(&q, " (");
  rec_columns(&q, e, NULL);
  sqlb_add(&q, ") VALUES (");
  for (int i = 0; i < n; i++) {
    if (i) sqlb_add(&q, ", ");
    sqlb_param(&q);
  }
  sqlb_add(&q, ")");
  return sqlb_done(&q);
}

// What never changes: who made the record, when, under which root.
static bool is_fixed(const struct column *c) {
  return c->field < 0 && strcmp(c->name, "updated_at") != 0 && strcmp(c->name, "room") != 0;
}

static sql build_update(const struct entity *e) {
  struct column cols[MODEL_COLUMNS_MAX];
  int n = entity_columns(e, cols);
  struct sqlb q;
  sqlb_init(&q);
  sqlb_add(&q, "UPDATE ");
  add_name(&q, NULL, e->name);
  sqlb_add(&q, " SET ");
  for (int i = 0; i < n; i++) {
    if (is_fixed(&cols[i])) continue;
    if (q.nparams) sqlb_add(&q, ", ");
    add_condition(&q, cols[i].name);
  }
  sqlb_add(&q, " WHERE id = ");
  sqlb_param(&q);
  return sqlb_done(&q);
}

static sql build_delete(const struct entity *e) {
  struct sqlb q;
  sqlb_init(&q);
  sqlb_add(&q, "DELETE FROM ");
  add_name(&q, NULL, e->name);
  sqlb_add(&q, " WHERE id = ");
  sqlb_param(&q);
  return sqlb_done(&q);
}

void record_build_sql(const struct entity *e, struct derived *d) {
  d->load = build_load(e);
  d->title = flagged(e, F_TITLE);
  d->subtitle = flagged(e, F_SUBTITLE);
  d->load_title = build_load_some(e, F_TITLE);
  d->load_hit = build_load_some(e, F_TITLE | F_SUBTITLE);
  d->insert = build_insert(e);
  d->update = build_update(e);
  d->remove = build_delete(e);
  if (e->flags & E_CHILD) {
    d->children = build_children(e);
    d->children_of[0] = build_children_of(e, REC_IN_FEW);
    d->children_of[1] = build_children_of(e, REC_IN_MANY);
  }
  for (int f = 0; f < e->nfields; f++) {
    if (e->fields[f].kind == K_MONEY) continue;
    d->where[f][false] = build_where(e, f, false);
    d->where[f][true] = build_where(e, f, true);
  }
}

// ---- values to and from columns

// Binds from parameter `p` on; returns the next one. Bound text is borrowed: what is written here lives in `a`.
static int bind_val(struct db_stmt *s, int p, const struct field *field, const struct val *v, struct arena *a) {
  enum kind k = field->kind;
  if (!v->set) {
    db_bind_null(s, p++);
    if (k == K_MONEY) db_bind_null(s, p++);
    return p;
  }
  if (k == K_MONEY) {
    db_bind_int(s, p++, v->m.minor);
    db_bind_text(s, p++, str_of(v->m.cur.code));
  } else if (k == K_RATE) {
    AUTO(buf_release) struct buf b = BUF(64);
    ratio_put(&b, v->r);
    db_bind_text(s, p++, arena_str(a, buf_str(&b)));
  } else if (k == K_BOOL) {
    db_bind_bool(s, p++, v->i);
  } else if (k == K_TEXT || k == K_LONGTEXT || k == K_WORD) {
    db_bind_text(s, p++, v->s);
  } else {
    db_bind_int(s, p++, v->i);
  }
  return p;
}

static bool read_money(struct db_stmt *s, int col, money *ret) {
  str code = db_text(s, col + 1);
  if (db_is_null(s, col) || !code.p || code.n >= sizeof ret->cur.code) return false;
  *ret = (money){.minor = db_int(s, col)};
  memcpy(ret->cur.code, code.p, code.n);
  return true;
}

// Reads from column `col` on; returns the next one.
static int read_val(struct db_stmt *s, int col, const struct field *field, struct arena *a, struct val *v) {
  switch (field->kind) {
  case K_MONEY: *v = (struct val){.set = false}, v->set = read_money(s, col, &v->m); return col + 2;
  case K_TEXT:
  case K_LONGTEXT:
  case K_WORD: {
    str text = db_text(s, col);  // STR_NULL for null
    *v = text.p ? (struct val){.set = true, .s = arena_str(a, text)} : (struct val){.set = false};
    return col + 1;
  }
  default: break;
  }
  *v = (struct val){.set = !db_is_null(s, col)};
  if (!v->set) return col + 1;
  if (field->kind == K_RATE)
    v->set = ratio_parse(db_text(s, col), &v->r);
  else
    v->i = field->kind == K_BOOL ? db_bool(s, col) : db_int(s, col);
  return col + 1;
}

// The columns every table has, from *col on, which moves behind them.
static struct rec *read_head(struct db_stmt *s, int *ret_col, const struct entity *e, struct arena *a) {
  struct rec *r = NEW(a, struct rec);
  int col = *ret_col;
  r->e = e;
  r->arena = a;
  r->id = db_int(s, col++);
  r->company = db_int(s, col++);
  r->root = e->flags & E_CHILD ? db_int(s, col++) : e->flags & E_ROOT ? r->id : 0;
  r->room = e->flags & E_ROOM ? db_bool(s, col++) : false;
  r->created_at = db_int(s, col++);
  r->updated_at = db_int(s, col++);
  r->created_by = db_int(s, col++);
  r->v = NEW_ARRAY(a, (size_t)e->nfields, struct val);
  *ret_col = col;
  return r;
}

struct rec *rec_read(struct db_stmt *s, int col, const struct entity *e, struct arena *a) {
  struct rec *r = read_head(s, &col, e, a);
  for (int f = 0; f < e->nfields; f++) col = read_val(s, col, &e->fields[f], a, &r->v[f]);
  return r;
}

// ---- the functions

enum err rec_db_load(struct db_conn *c, const struct entity *e, id64 id, struct arena *a, struct rec **ret) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(c, model_derived(e)->load, &s));
  db_bind_int(s, 1, id);
  bool row;
  TRY(db_step(s, &row));
  if (!row) return ERR_NOT_FOUND;
  *ret = rec_read(s, 0, e, a);
  return ERR_OK;
}

// The fields with one of the flags; the others are left empty.
static enum err load_some(struct db_conn *c, sql q, unsigned flags, const struct entity *e, id64 id, struct arena *a,
                          struct rec **ret) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(c, q, &s));
  db_bind_int(s, 1, id);
  bool row;
  TRY(db_step(s, &row));
  if (!row) return ERR_NOT_FOUND;
  int col = 0;
  struct rec *r = read_head(s, &col, e, a);
  for (int f = 0; f < e->nfields; f++)
    if (e->fields[f].flags & flags) col = read_val(s, col, &e->fields[f], a, &r->v[f]);
  *ret = r;
  return ERR_OK;
}

enum err rec_db_load_title(struct db_conn *c, const struct entity *e, id64 id, struct arena *a, struct rec **ret) {
  return load_some(c, model_derived(e)->load_title, F_TITLE, e, id, a, ret);
}

enum err rec_db_load_hit(struct db_conn *c, const struct entity *e, id64 id, struct arena *a, struct rec **ret) {
  return load_some(c, model_derived(e)->load_hit, F_TITLE | F_SUBTITLE, e, id, a, ret);
}

enum err rec_db_insert(struct db_conn *c, const struct rec *r) {
  assert(r->id > 0 && r->company > 0);
  assert(!(r->e->flags & E_CHILD) || r->root > 0);
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(c, model_derived(r->e)->insert, &s));
  int p = 1;
  db_bind_int(s, p++, r->id);
  db_bind_int(s, p++, r->company);
  if (r->e->flags & E_CHILD) db_bind_int(s, p++, r->root);
  if (r->e->flags & E_ROOM) db_bind_bool(s, p++, r->room);
  db_bind_int(s, p++, r->created_at);
  db_bind_int(s, p++, r->updated_at);
  db_bind_int(s, p++, r->created_by);
  for (int f = 0; f < r->e->nfields; f++) p = bind_val(s, p, &r->e->fields[f], &r->v[f], r->arena);
  return db_run(s);
}

enum err rec_db_update(struct db_conn *c, const struct rec *r) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(c, model_derived(r->e)->update, &s));
  int p = 1;
  if (r->e->flags & E_ROOM) db_bind_bool(s, p++, r->room);
  db_bind_int(s, p++, r->updated_at);
  for (int f = 0; f < r->e->nfields; f++) p = bind_val(s, p, &r->e->fields[f], &r->v[f], r->arena);
  db_bind_int(s, p, r->id);
  TRY(db_run(s));
  return db_changes(s) ? ERR_OK : ERR_NOT_FOUND;
}

enum err rec_db_delete(struct db_conn *c, const struct entity *e, id64 id) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(c, model_derived(e)->remove, &s));
  db_bind_int(s, 1, id);
  TRY(db_run(s));
  return db_changes(s) ? ERR_OK : ERR_NOT_FOUND;
}

// All rows of a bound statement. The array grows in the arena by doubling: what is given up is at most as much again.
static enum err read_all(struct db_stmt *s, const struct entity *e, struct arena *a, struct rec ***ret, size_t *ret_n) {
  struct rec **list = NULL;
  size_t n = 0, cap = 0;
  for (;;) {
    bool row;
    TRY(db_step(s, &row));
    if (!row) break;
    if (n == cap) {
      cap = cap ? 2 * cap : 16;
      struct rec **grown = NEW_ARRAY(a, cap, struct rec *);
      if (n) memcpy(grown, list, n * sizeof(struct rec *));
      list = grown;
    }
    list[n++] = rec_read(s, 0, e, a);
  }
  *ret = list;
  *ret_n = n;
  return ERR_OK;
}

enum err rec_db_children(struct db_conn *c, const struct entity *e, id64 root, id64 after, size_t limit, struct arena *a,
                         struct rec ***ret, size_t *ret_n) {
  assert(e->flags & E_CHILD);
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(c, model_derived(e)->children, &s));
  db_bind_int(s, 1, root);
  db_bind_int(s, 2, after);
  db_bind_int(s, 3, (int64_t)limit);
  return read_all(s, e, a, ret, ret_n);
}

enum err rec_db_children_of(struct db_conn *c, const struct entity *e, const id64 *roots, size_t n, struct arena *a,
                            struct rec ***ret, size_t *ret_n) {
  assert(e->flags & E_CHILD);
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(c, model_derived(e)->children_of[rec_in_room(n) == REC_IN_MANY], &s));
  rec_in_bind(s, 1, roots, n);
  return read_all(s, e, a, ret, ret_n);
}

enum err rec_db_where(struct db_conn *c, const struct entity *e, id64 company_or_0, int field, const struct val *v, size_t limit,
                      struct arena *a, struct rec ***ret, size_t *ret_n) {
  assert(field >= 0 && field < e->nfields && v->set);
  assert(e->fields[field].kind != K_MONEY);  // two columns: no such question is asked
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(c, model_derived(e)->where[field][company_or_0 != 0], &s));
  int p = bind_val(s, 1, &e->fields[field], v, a);
  if (company_or_0) db_bind_int(s, p++, company_or_0);
  db_bind_int(s, p, (int64_t)limit);
  return read_all(s, e, a, ret, ret_n);
}
