// SPDX-License-Identifier: Apache-2.0
// audit_verify, second half: each audited row must be, byte for byte, what the last body of its record says, its updated_at the time
// of that entry; a row without entry was slipped in, an entry without row and without tombstone was made to vanish.
#include "trust/verify_internal.h"

const struct audited_table verify_tables[] = {{"grant", "grant", "access_grant", grants_page},
                                              {"read", "read", "access_read", reads_page},
                                              {"epoch", "epoch", "log_epoch", epochs_page},
                                              {0}};

struct last_body {
  bool found, erased;
  int64_t at;
  str text;
};

// In the log of the company it belongs to, which has every entry of the record; what still waits for its place is newest.
static enum err last_body(struct verify *v, str entity, id64 record, id64 log, struct last_body *ret) {
  static const sql q[] = {
    SQL_INIT("SELECT e.at, b.body, b.erased FROM audit_entry e JOIN audit_body b ON b.id = e.body "
             "WHERE e.entity = $1 AND e.record = $2 AND e.log = $3 AND e.seq IS NULL ORDER BY e.at DESC, e.body DESC LIMIT 1"),
    SQL_INIT("SELECT e.at, b.body, b.erased FROM audit_entry e JOIN audit_body b ON b.id = e.body "
             "WHERE e.entity = $1 AND e.record = $2 AND e.log = $3 AND e.seq IS NOT NULL ORDER BY e.seq DESC LIMIT 1")};
  *ret = (struct last_body){0};
  for (size_t i = v->ordered ? 1 : 0; i < ARRAY_LEN(q) && !ret->found; i++) {
    AUTO(db_release) struct db_stmt *s = NULL;
    TRY(db_prepare(v->conn, q[i], &s));
    db_bind_text(s, 1, entity);
    db_bind_int(s, 2, record);
    db_bind_int(s, 3, log);
    TRY(db_step(s, &ret->found));
    if (ret->found) *ret = (struct last_body){true, db_bool(s, 2), db_int(s, 0), arena_str(&v->arena, db_text(s, 1))};
  }
  return ERR_OK;
}

// Any log that knows the record, when its own company's does not: the company column itself may be what was changed.
static enum err any_log(struct verify *v, str entity, id64 record, id64 *ret) {
  AUTO(db_release) struct db_stmt *s = NULL;
  bool row;
  TRY(db_prepare(v->conn, SQL("SELECT log FROM audit_entry WHERE entity = $1 AND record = $2 ORDER BY log LIMIT 1"), &s));
  db_bind_text(s, 1, entity);
  db_bind_int(s, 2, record);
  TRY(db_step(s, &row));
  *ret = row ? db_int(s, 0) : 0;
  return ERR_OK;
}

// Names of the members in which two canonical objects differ.
static str differing(struct verify *v, str a, str b) {
  AUTO(json_release) json_t *x = NULL, *y = NULL;
  AUTO(buf_release) struct buf out = BUF(512);
  if (json_read(a, NULL, &x) || json_read(b, NULL, &y) || !json_is_object(x) || !json_is_object(y)) return S("bytes");
  const char *key;
  json_t *value;
  json_object_foreach(x, key, value) {
    if (json_equal(value, json_object_get(y, key))) continue;
    if (out.n) buf_putz(&out, ", ");
    buf_putz(&out, key);
  }
  json_object_foreach(y, key, value) {  // an empty field has no member
    if (json_object_get(x, key)) continue;
    if (out.n) buf_putz(&out, ", ");
    buf_putz(&out, key);
  }
  return out.n ? arena_str(&v->arena, buf_str(&out)) : S("bytes");
}

struct row_facts {
  str entity;
  const char *prefix;
  id64 id, company;
  utime updated_at;
  str canon;        // empty: not readable
  const char *odd;  // a column that is not in the form we write; NULL: none
};

static enum err check_row(struct verify *v, const struct row_facts *r) {
  struct last_body last;
  str id = verify_id(v, r->prefix, r->id);
  v->rep.rows++;
  TRY(last_body(v, r->entity, r->id, r->company, &last));
  if (!last.found) {
    id64 log;
    TRY(any_log(v, r->entity, r->id, &log));
    if (log) TRY(last_body(v, r->entity, r->id, log, &last));
  }
  if (!last.found) {
    verify_finding(v, "%.*s %.*s: no entry says that this row exists", STR_ARG(r->entity), STR_ARG(id));
    return ERR_OK;
  }
  if (last.erased)
    verify_finding(v, "%.*s %.*s: its last body is erased", STR_ARG(r->entity), STR_ARG(id));
  else if (!str_eq(last.text, r->canon))
    verify_finding(v, "%.*s %.*s: differs from its last audited body: field %.*s", STR_ARG(r->entity), STR_ARG(id),
                   STR_ARG(differing(v, r->canon, last.text)));
  else if (r->odd)
    verify_finding(v, "%.*s %.*s: differs from its last audited body: field %s", STR_ARG(r->entity), STR_ARG(id), r->odd);
  if (last.at != r->updated_at)
    verify_finding(v, "%.*s %.*s: differs from its last audited body: field updated_at", STR_ARG(r->entity), STR_ARG(id));
  return ERR_OK;
}

// ---- record types

static bool bool_odd(struct verify *v, struct db_stmt *s, int col) {
  return v->sqlite && !db_is_null(s, col) && db_int(s, col) != 0 && db_int(s, col) != 1;  // PostgreSQL has a type for it
}

// A value that reads like the right one but is stored in another form, as a rate that is not in lowest terms. Returns the next column.
static int field_odd(struct verify *v, struct db_stmt *s, int col, const struct rec *r, int f, bool *ret_odd) {
  AUTO(buf_release) struct buf b = BUF(256);
  bool null = db_is_null(s, col);
  switch (r->e->fields[f].kind) {
  case K_MONEY:
    *ret_odd =
      null != db_is_null(s, col + 1) || null == rec_has(r, f) || (!null && !str_eqz(db_text(s, col + 1), r->v[f].m.cur.code));
    return col + 2;
  case K_RATE:
    if (!null && rec_has(r, f)) ratio_put(&b, r->v[f].r);
    *ret_odd = null == rec_has(r, f) || (!null && !str_eq(db_text(s, col), buf_str(&b)));
    return col + 1;
  case K_BOOL: *ret_odd = bool_odd(v, s, col); return col + 1;
  case K_DATE: *ret_odd = !null && db_int(s, col) != (int64_t)(uday)db_int(s, col); return col + 1;
  default: *ret_odd = null == rec_has(r, f); return col + 1;
  }
}

static const char *row_odd(struct verify *v, struct db_stmt *s, const struct rec *r) {
  int col = r->e->flags & E_CHILD ? 3 : 2;  // behind id, company, root
  if (r->e->flags & E_ROOM && bool_odd(v, s, col++)) return "room";
  col += 3;  // created_at, updated_at, created_by
  for (int f = 0; f < r->e->nfields; f++) {
    bool odd = false;
    col = field_odd(v, s, col, r, f, &odd);
    if (odd) return r->e->fields[f].name;
  }
  return NULL;
}

static sql page_sql(const struct entity *e) {
  struct sqlb q;
  sqlb_init(&q);
  sqlb_add(&q, "SELECT ");
  rec_columns(&q, e, "t");
  sqlb_add(&q, " FROM ");
  sqlb_name(&q, e->name);
  sqlb_add(&q, " t WHERE t.id > ");
  sqlb_param(&q);
  sqlb_add(&q, " ORDER BY t.id LIMIT ");
  sqlb_param(&q);
  return sqlb_done(&q);
}

static enum err records_page(struct verify *v, const struct entity *e, id64 *after, size_t *ret_n) {
  AUTO(db_release) struct db_stmt *s = NULL;
  size_t n = 0;
  bool row;
  TRY(db_prepare(v->conn, page_sql(e), &s));
  db_bind_int(s, 1, *after);
  db_bind_int(s, 2, VERIFY_PAGE);
  for (;;) {
    TRY(db_step(s, &row));
    if (!row) break;
    AUTO(buf_release) struct buf canon = BUF(AUDIT_BODY_MAX);
    struct rec *r = rec_read(s, 0, e, &v->arena);
    rec_canon(&canon, r);
    struct row_facts f = {.entity = str_of(e->name),
                          .prefix = e->prefix,
                          .id = r->id,
                          .company = r->company,
                          .updated_at = r->updated_at,
                          .canon = buf_str(&canon),
                          .odd = row_odd(v, s, r)};
    *after = r->id;
    n++;
    TRY(check_row(v, &f));
  }
  *ret_n = n;
  return ERR_OK;
}

static enum err table_page(struct verify *v, const struct audited_table *t, id64 *after, size_t *ret_n) {
  struct audited_row *rows;
  size_t n;
  TRY(t->page(v->conn, *after, VERIFY_PAGE, &v->arena, &rows, &n));
  for (size_t i = 0; i < n; i++) {
    struct row_facts f = {.entity = str_of(t->entity),
                          .prefix = t->prefix,
                          .id = rows[i].id,
                          .company = rows[i].company,
                          .updated_at = rows[i].updated_at,
                          .canon = rows[i].canon};
    *after = rows[i].id;
    TRY(check_row(v, &f));
  }
  *ret_n = n;
  return ERR_OK;
}

// ---- what should be there

static enum err row_exists(struct verify *v, const char *table, id64 id, bool *ret) {
  struct sqlb q;
  int64_t one;
  sqlb_init(&q);
  sqlb_add(&q, "SELECT 1 FROM ");
  sqlb_name(&q, table);
  sqlb_add(&q, " WHERE id = ");
  sqlb_param(&q);
  return db_one_int(v->conn, sqlb_done(&q), &id, 1, ret, &one);
}

// The tombstone has a member that no record has; inside a text its quotes would be escaped.
static enum err tombstone_exists(struct verify *v, str entity, id64 id, bool *ret) {
  AUTO(db_release) struct db_stmt *s = NULL;
  bool row;
  *ret = false;
  TRY(db_prepare(v->conn, SQL("SELECT b.body FROM audit_body b WHERE b.entity = $1 AND b.record = $2 ORDER BY b.id DESC"), &s));
  db_bind_text(s, 1, entity);
  db_bind_int(s, 2, id);
  for (;;) {
    TRY(db_step(s, &row));
    if (!row) return ERR_OK;
    str body = db_text(s, 0);
    if (body.n < 512 && strstr(arena_z(&v->arena, body), ",\"deleted\":true,\"entity\":")) {
      *ret = true;
      return ERR_OK;
    }
  }
}

// The table that has the rows of a type; false: no type of ours, which the check of its entry has said.
static bool table_of(str entity, const char **ret_table, const char **ret_prefix) {
  const struct entity *e = entity_find(entity);
  if (e) {
    *ret_table = e->name;
    *ret_prefix = e->prefix;
    return true;
  }
  for (const struct audited_table *t = verify_tables; t->entity; t++) {
    if (!str_eqz(entity, t->entity)) continue;
    *ret_table = t->table;
    *ret_prefix = t->prefix;
    return true;
  }
  return false;
}

static enum err check_known(struct verify *v, str entity, id64 record) {
  const char *table, *prefix;
  bool there, deleted;
  if (!table_of(entity, &table, &prefix)) return ERR_OK;
  TRY(row_exists(v, table, record, &there));
  if (there) return ERR_OK;
  TRY(tombstone_exists(v, entity, record, &deleted));
  if (!deleted)
    verify_finding(v, "%.*s %.*s: the row is missing, and no entry says that it was deleted", STR_ARG(entity),
                   STR_ARG(verify_id(v, prefix, record)));
  return ERR_OK;
}

static enum err known_page(struct verify *v, id64 *after, size_t *ret_n) {
  AUTO(db_release) struct db_stmt *s = NULL;
  size_t n = 0;
  bool row;
  TRY(db_prepare(v->conn,
                 SQL("SELECT DISTINCT record, entity FROM audit_entry WHERE record > $1 ORDER BY record, entity LIMIT $2"), &s));
  db_bind_int(s, 1, *after);
  db_bind_int(s, 2, VERIFY_PAGE);
  for (;;) {
    TRY(db_step(s, &row));
    if (!row) break;
    *after = db_int(s, 0);
    n++;
    TRY(check_known(v, db_text(s, 1), *after));
  }
  *ret_n = n;
  return ERR_OK;
}

// ---- everything

// Pages of rows of a type or a table, or, with neither, of what the log knows.
static enum err all_pages(struct verify *v, const struct entity *e, const struct audited_table *t) {
  id64 after = INT64_MIN;
  for (size_t n = VERIFY_PAGE; n == VERIFY_PAGE;) {
    TRY(verify_page(v));
    enum err err = e ? records_page(v, e, &after, &n) : t ? table_page(v, t, &after, &n) : known_page(v, &after, &n);
    verify_page_end(v);
    TRY(err);
  }
  return ERR_OK;
}

enum err verify_rows(struct verify *v) {
  for (int i = 0; i < entity_count; i++) TRY(all_pages(v, entity_all[i], NULL));
  for (const struct audited_table *t = verify_tables; t->entity; t++) TRY(all_pages(v, NULL, t));
  return all_pages(v, NULL, NULL);
}
