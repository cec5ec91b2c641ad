// SPDX-License-Identifier: Apache-2.0
// Taking an import back: what it made is deleted, what it changed gets its former values. Whatever somebody changed or built upon since
// is a conflict: its hash is no longer the one noted, or another record points at it. The last rows go first.
#include <stdio.h>

#include "flows/derive.h"
#include "flows/import_internal.h"

struct span {  // rows [from, to) of an import
  id64 import;
  int64_t from, to;
};

struct conflicts {
  struct ctx *x;
  struct smap ids;
  struct import_conflict *list;
  size_t n, limit;
  int64_t all;
};

static const struct entity *const written[] = {&entity_account, &entity_contact, &entity_product, &entity_order_line};

static void add_conflict(struct conflicts *c, const struct entity *e, id64 id, int64_t row, str name) {
  str key = {(const char *)&id, sizeof id};
  if (smap_get(&c->ids, key)) return;
  smap_put(&c->ids, key, c);
  c->all++;
  if (c->n < c->limit) c->list[c->n++] = (struct import_conflict){e, id, row, arena_str(c->x->arena, name)};
}

static bool in_conflict(const struct conflicts *c, id64 id) {
  return smap_get(&c->ids, (str){(const char *)&id, sizeof id}) != NULL;
}

static str title_of(const struct rec *r) {
  for (int f = 0; f < r->e->nfields; f++)
    if (r->e->fields[f].flags & F_TITLE) return rec_text(r, f);
  return STR_NULL;
}

static void bind_span(struct db_stmt *s, const struct span *span) {
  db_bind_int(s, 1, span->import);
  db_bind_int(s, 2, span->from);
  db_bind_int(s, 3, span->to);
}

// ---- changed since

// SELECT i.row, i.action, i.after_hash, the record's columns: of the records of one type that the rows made or changed.
static sql written_sql(const struct entity *e) {
  struct sqlb q;
  sqlb_init(&q);
  sqlb_add(&q, "SELECT i.row, i.action, i.after_hash, ");
  rec_columns(&q, e, "t");
  sqlb_add(&q, " FROM import_row i JOIN ");
  sqlb_name(&q, e->name);
  sqlb_add(&q, " t ON t.id = i.record WHERE i.import = ");
  sqlb_param(&q);
  sqlb_add(&q, " AND i.row >= ");
  sqlb_param(&q);
  sqlb_add(&q, " AND i.row < ");
  sqlb_param(&q);
  sqlb_add(&q, " AND i.entity = ");
  sqlb_param(&q);
  sqlb_add(&q, " AND i.action IN ('created', 'updated')");
  return sqlb_done(&q);
}

static enum err changed_since(struct conflicts *c, const struct span *span, const struct entity *e) {
  AUTO(db_release) struct db_stmt *s = NULL;
  AUTO(buf_release) struct buf canon = BUF(4 * 1024 * 1024);
  TRY(db_prepare(c->x->conn, written_sql(e), &s));
  bind_span(s, span);
  db_bind_text(s, 4, str_of(e->name));
  for (bool row = true;;) {
    TRY(db_step(s, &row));
    if (!row) return ERR_OK;
    AUTO(arena_release) struct arena a = {0};
    struct rec *r = rec_read(s, 3, e, &a);
    buf_clear(&canon);
    rec_canon(&canon, r);
    hash now = hash_of(buf_str(&canon));
    if (str_eq(hash_str(&now), db_bytes(s, 2))) continue;
    bool made = str_eqz(db_text(s, 1), "created");
    add_conflict(c, e, r->id, db_int(s, 0), title_of(r));
    if (made && e == &entity_contact)
      add_conflict(c, &entity_account, r->root, db_int(s, 0), title_of(r));  // its account stays with it
  }
}

// ---- built upon since

// Records of type `by` that point with `column` at something the rows made, and were not made by this import.
static sql built_sql(const struct entity *by, const char *column) {
  struct sqlb q;
  sqlb_init(&q);
  sqlb_add(&q, "SELECT DISTINCT i.row, i.record FROM import_row i JOIN ");
  sqlb_name(&q, by->name);
  sqlb_add(&q, " t ON t.");
  sqlb_name(&q, column);
  sqlb_add(&q, " = i.record WHERE i.import = ");
  sqlb_param(&q);
  sqlb_add(&q, " AND i.row >= ");
  sqlb_param(&q);
  sqlb_add(&q, " AND i.row < ");
  sqlb_param(&q);
  sqlb_add(&q, " AND i.entity = ");
  sqlb_param(&q);
  sqlb_add(
    &q, " AND i.action = 'created' AND NOT EXISTS (SELECT 1 FROM import_row o WHERE o.import = i.import AND o.record = t.id AND "
        "o.action = 'created')");
  return sqlb_done(&q);
}

static enum err name_of(struct ctx *x, const struct entity *e, id64 id, str *ret) {
  struct rec *r = NULL;
  enum err err = rec_db_load(x->conn, e, id, x->arena, &r);
  if (err == ERR_NOT_FOUND) return ERR_OK;
  TRY(err);
  *ret = title_of(r);
  return ERR_OK;
}

static enum err built_upon(struct conflicts *c, const struct span *span, const struct entity *e, const struct entity *by,
                           const char *column) {
  enum { FOUND = IMPORT_CHUNK_ROWS };
  struct arena *a = c->x->arena;
  id64 *ids = NEW_ARRAY(a, FOUND, id64);
  int64_t *rows = NEW_ARRAY(a, FOUND, int64_t);
  size_t n = 0;
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(c->x->conn, built_sql(by, column), &s));
  bind_span(s, span);
  db_bind_text(s, 4, str_of(e->name));
  for (bool row = true; n < FOUND;) {
    TRY(db_step(s, &row));
    if (!row) break;
    rows[n] = db_int(s, 0);
    ids[n++] = db_int(s, 1);
  }
  db_release(&s);
  for (size_t i = 0; i < n; i++) {
    str name = STR_NULL;
    TRY(name_of(c->x, e, ids[i], &name));
    add_conflict(c, e, ids[i], rows[i], name);
  }
  return ERR_OK;
}

// Every reference of the model to the type, and its children.
static enum err built_upon_any(struct conflicts *c, const struct span *span, const struct entity *e) {
  for (int i = 0; i < entity_count; i++) {
    const struct entity *by = entity_all[i];
    if (by->flags & E_CHILD && entity_root(by) == e) TRY(built_upon(c, span, e, by, "root"));
    for (int f = 0; f < by->nfields; f++)
      if (by->fields[f].kind == K_REF && strcmp(by->fields[f].ref, e->name) == 0)
        TRY(built_upon(c, span, e, by, by->fields[f].name));
  }
  return ERR_OK;
}

static enum err span_conflicts(struct conflicts *c, const struct span *span) {
  for (size_t i = 0; i < ARRAY_LEN(written); i++) {
    TRY(changed_since(c, span, written[i]));
    TRY(built_upon_any(c, span, written[i]));
  }
  return ERR_OK;
}

static struct span chunk_span(id64 import, int64_t chunk) {
  return (struct span){import, 2 + chunk * IMPORT_CHUNK_ROWS, 2 + (chunk + 1) * IMPORT_CHUNK_ROWS};  // the header is row 1
}

enum err import_conflicts(struct ctx *x, const struct rec *job, size_t limit, struct import_conflict **ret, size_t *ret_n,
                          int64_t *ret_all) {
  struct import_file f;
  struct conflicts c = {
    .x = x, .ids.a = x->arena, .list = NEW_ARRAY(x->arena, limit + 1, struct import_conflict), .limit = limit};
  TRY(import_file_load(x, job, &f));
  int64_t chunks = f.undo_chunk ? f.undo_chunk : f.next_chunk;
  for (int64_t i = 0; i < chunks; i++) {
    struct span span = chunk_span(job->id, i);
    TRY(span_conflicts(&c, &span));
  }
  *ret = c.list;
  *ret_n = c.n;
  *ret_all = c.all;
  return ERR_OK;
}

enum err import_conflicts_store(struct ctx *x, const struct rec *job, const struct import_conflict *c, size_t n) {
  AUTO(buf_release) struct buf b = BUF(1024 * 1024);
  struct jw w = JW(&b);
  char z[ID_TEXT_MAX];
  jw_array(&w);
  for (size_t i = 0; i < n; i++) {
    jw_object(&w);
    jw_key(&w, S("id"));
    jw_string(&w, str_of(id_z(z, c[i].e->prefix, c[i].id)));
    jw_key(&w, S("name"));
    jw_string(&w, c[i].name);
    jw_key(&w, S("row"));
    jw_int(&w, c[i].row);
    jw_end_object(&w);
  }
  jw_end_array(&w);
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(x->conn, SQL("UPDATE import_file SET conflicts = $2 WHERE import = $1"), &s));
  db_bind_int(s, 1, job->id);
  db_bind_text(s, 2, buf_str(&b));
  return db_run(s);
}

// ---- undoing

enum err import_undo_start(struct ctx *x, const struct rec *job, int64_t held_for) {
  struct import_file f;
  int state = rec_word(job, import_job_f_state);
  TRY(flow_need_role(x, job->created_by == x->viewer.user ? user_role_rep : user_role_manager));
  if (state != import_state_done && state != import_state_failed)
    return problem_set1(x->pb, P_WRONG_STATE, rec_text(job, import_job_f_state));
  TRY(import_file_load(x, job, &f));
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(x->conn, SQL("UPDATE import_file SET conflicts = NULL, undo_chunk = $2 WHERE import = $1"), &s));
  db_bind_int(s, 1, job->id);
  db_bind_int(s, 2, f.undo_chunk ? f.undo_chunk : f.next_chunk);
  TRY(db_run(s));
  TRY(import_task_drop(x, job->id));
  TRY(import_task_put(x, job->id, "import_undo", held_for));
  return import_job_put(x, job, import_state_running, NULL, STR_NULL);
}

struct undo_row {
  int64_t row, part;
  const struct entity *e;
  id64 record;
  bool created;
  str before;
};

static enum err undo_rows(struct ctx *x, const struct span *span, struct undo_row **ret, size_t *ret_n) {
  struct undo_row *list = NEW_ARRAY(x->arena, 2 * IMPORT_CHUNK_ROWS + 1, struct undo_row);
  size_t n = 0;
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(
    x->conn,
    SQL("SELECT row, part, entity, record, action, before FROM import_row WHERE import = $1 AND row >= $2 AND row < $3 AND "
        "action IN ('created', 'updated') ORDER BY row DESC, part DESC"),
    &s));
  bind_span(s, span);
  for (bool row = true; n < 2 * IMPORT_CHUNK_ROWS;) {
    TRY(db_step(s, &row));
    if (!row) break;
    struct undo_row *u = &list[n++];
    *u = (struct undo_row){.row = db_int(s, 0),
                           .part = db_int(s, 1),
                           .e = entity_find(db_text(s, 2)),
                           .record = db_int(s, 3),
                           .created = str_eqz(db_text(s, 4), "created"),
                           .before = arena_str(x->arena, db_text(s, 5))};
    if (!u->e) return ERR_CORRUPT;
  }
  *ret = list;
  *ret_n = n;
  return ERR_OK;
}

static enum err restore(struct ctx *x, const struct rec *now, str before) {
  json_t *fields AUTO(json_release) = NULL;
  struct rec *after = rec_copy(now);
  uint64_t given = 0;
  int field = 0;
  if (json_read(before, NULL, &fields)) return ERR_CORRUPT;
  TRY(rec_decode(after, fields, DECODE_PATCH, entity_mask_all(after->e), "", S(""), x->pb, &given));
  if (after->e == &entity_account) derive_account(after, false, 0);
  if (after->e == &entity_order_line && derive_order_line(after, &field)) return ERR_CORRUPT;
  return trust_update(x, now, after);
}

static enum err undo_one(struct ctx *x, const struct undo_row *u) {
  struct rec *now = NULL;
  enum err e = rec_db_load(x->conn, u->e, u->record, x->arena, &now);
  if (e == ERR_NOT_FOUND) return ERR_OK;  // somebody deleted it already, or it went with its account
  TRY(e);
  return u->created ? trust_delete(x, now) : restore(x, now, u->before);
}

static enum err mark_kept(struct ctx *x, id64 import, const struct undo_row *u) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(x->conn, SQL("UPDATE import_row SET action = 'kept' WHERE import = $1 AND row = $2 AND part = $3"), &s));
  db_bind_int(s, 1, import);
  db_bind_int(s, 2, u->row);
  db_bind_int(s, 3, u->part);
  return db_run(s);
}

static enum err mark_undone(struct ctx *x, const struct span *span) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(x->conn,
                 SQL("UPDATE import_row SET action = 'undone' WHERE import = $1 AND row >= $2 AND row < $3 AND "
                     "action IN ('created', 'updated')"),
                 &s));
  bind_span(s, span);
  return db_run(s);
}

static enum err move_mark(struct ctx *x, const struct import_file *f, bool *ret_mine) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(x->conn, SQL("UPDATE import_file SET undo_chunk = $2 - 1 WHERE import = $1 AND undo_chunk = $2"), &s));
  db_bind_int(s, 1, f->import);
  db_bind_int(s, 2, f->undo_chunk);
  TRY(db_run(s));
  *ret_mine = db_changes(s) == 1;
  return ERR_OK;
}

static enum err finish(struct ctx *x, const struct rec *job) {
  bool found;
  int64_t kept = 0;
  AUTO(buf_release) struct buf text = BUF(1000);
  char n[24];
  TRY(db_one_int(x->conn, SQL("SELECT count(*) FROM import_row WHERE import = $1 AND action = 'kept'"), &job->id, 1, &found,
                 &kept));
  TRY(import_task_drop(x, job->id));
  (void)snprintf(n, sizeof n, "%lld", (long long)kept);
  if (kept) buf_fmt(&text, "%s records were changed while the undo ran; they were kept.", n);
  return import_job_put(x, job, import_state_undone, NULL, kept ? buf_str(&text) : STR_NULL);
}

enum err import_undo_chunk(struct ctx *x, const struct rec *job, const struct import_file *f) {
  struct span span = chunk_span(job->id, f->undo_chunk - 1);
  struct conflicts c = {.x = x, .ids.a = x->arena};
  struct undo_row *rows;
  size_t n;
  bool mine = true;
  if (f->undo_chunk <= 0) return finish(x, job);
  TRY(move_mark(x, f, &mine));
  if (!mine) return ERR_OK;
  TRY(span_conflicts(&c, &span));
  TRY(undo_rows(x, &span, &rows, &n));
  for (size_t i = 0; i < n; i++) {
    bool kept = in_conflict(&c, rows[i].record);
    TRY(kept ? mark_kept(x, job->id, &rows[i]) : undo_one(x, &rows[i]));
  }
  TRY(mark_undone(x, &span));
  if (f->undo_chunk == 1) return finish(x, job);
  return x->now - job->updated_at < UTIME_SECOND
           ? ERR_OK
           : import_job_put(
               x, job, import_state_running, NULL,
               arena_fmt(x->arena, "%lld / %lld", (long long)(f->next_chunk - f->undo_chunk + 1), (long long)f->next_chunk));
}
