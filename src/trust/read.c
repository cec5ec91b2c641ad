// SPDX-License-Identifier: Apache-2.0
// What another company read of a shared record: once per person, root record, type, fieldset and day, in a table and in the owner's log.
#include "trust/internal.h"

enum { READS_MAX = 1000 };  // shown to the owner at once

struct reading {
  id64 root, owner;
  const struct entity *e, *root_e;
  str fieldset;
};

// The reading an item stands for; false: the viewer's own record, or the directory.
static enum err reading_of(struct ctx *x, const struct list_item *it, struct reading *ret, bool *ret_foreign) {
  struct root_facts f;
  struct reading r = {.e = it->r->e, .fieldset = S("")};
  *ret_foreign = false;
  if (it->access.owner || !(it->access.ops & OP_READ) || !(it->r->e->flags & (E_ROOT | E_CHILD))) return ERR_OK;
  if (it->facts)
    f = *it->facts;
  else
    TRY(root_facts_load(x, it->r, x->viewer.company, &f));
  if (f.owner == x->viewer.company) return ERR_OK;
  for (size_t i = 0; i < f.ngrants; i++) {
    const struct grant *g = &f.grants[i];
    if (!grant_live(g, x->now)) continue;
    r.fieldset = r.fieldset.n ? arena_fmt(x->arena, "%.*s | %.*s", STR_ARG(r.fieldset), STR_ARG(g->fieldset)) : g->fieldset;
  }
  r.root = f.id;
  r.root_e = f.e;
  r.owner = f.owner;
  *ret = r;
  *ret_foreign = true;
  return ERR_OK;
}

static enum err noted(struct ctx *x, const struct reading *r, bool *ret) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(
    x->conn,
    SQL("SELECT id FROM access_read WHERE record = $1 AND viewer_user = $2 AND day = $3 AND entity = $4 AND viewer_company = $5 "
        "AND fieldset = $6"),
    &s));
  db_bind_int(s, 1, r->root);
  db_bind_int(s, 2, x->viewer.user);
  db_bind_int(s, 3, utime_day(x->now));
  db_bind_text(s, 4, str_of(r->e->name));
  db_bind_int(s, 5, x->viewer.company);
  db_bind_text(s, 6, r->fieldset);
  return db_step(s, ret);
}

static sql noted_sql(size_t room) {
  struct sqlb q;
  sqlb_init(&q);
  sqlb_add(&q, "SELECT record, fieldset FROM access_read WHERE viewer_user = ");
  sqlb_param(&q);
  sqlb_add(&q, " AND day = ");
  sqlb_param(&q);
  sqlb_add(&q, " AND entity = ");
  sqlb_param(&q);
  sqlb_add(&q, " AND viewer_company = ");
  sqlb_param(&q);
  sqlb_add(&q, " AND ");
  rec_in(&q, "record", room);
  return sqlb_done(&q);
}

// Readings of one type, asked for at once.
struct readings {
  struct reading of[REC_IN_MANY];
  bool noted[REC_IN_MANY];
  size_t n;
};

static void mark(struct readings *p, id64 root, str fieldset) {
  for (size_t i = 0; i < p->n; i++)
    if (p->of[i].root == root && str_eq(p->of[i].fieldset, fieldset)) p->noted[i] = true;
}

// *ret_missing is set when one of them is not noted. Empties p.
static enum err readings_look(struct ctx *x, struct readings *p, bool *ret_missing) {
  AUTO(db_release) struct db_stmt *s = NULL;
  id64 ids[REC_IN_MANY];
  if (!p->n) return ERR_OK;
  for (size_t i = 0; i < p->n; i++) ids[i] = p->of[i].root;
  TRY(db_prepare(x->conn, noted_sql(rec_in_room(p->n)), &s));
  db_bind_int(s, 1, x->viewer.user);
  db_bind_int(s, 2, utime_day(x->now));
  db_bind_text(s, 3, str_of(p->of[0].e->name));
  db_bind_int(s, 4, x->viewer.company);
  rec_in_bind(s, 5, ids, p->n);
  for (bool row;;) {
    TRY(db_step(s, &row));
    if (!row) break;
    mark(p, db_int(s, 0), db_text(s, 1));
  }
  for (size_t i = 0; i < p->n; i++) *ret_missing |= !p->noted[i];
  *p = (struct readings){0};
  return ERR_OK;
}

static bool same_reading(const struct reading *a, const struct reading *b) {
  return a->root == b->root && a->e == b->e && str_eq(a->fieldset, b->fieldset);
}

enum err trust_reads_missing(struct ctx *x, const struct list_item *items, size_t n, bool *ret_missing) {
  struct readings p = {0};
  bool missing = false;
  for (size_t i = 0; i < n && !missing; i++) {
    struct reading r;
    bool foreign;
    TRY(reading_of(x, &items[i], &r, &foreign));
    if (!foreign || (p.n && same_reading(&p.of[p.n - 1], &r))) continue;
    if (p.n == REC_IN_MANY || (p.n && p.of[0].e != r.e)) TRY(readings_look(x, &p, &missing));
    p.of[p.n++] = r;
  }
  if (!missing) TRY(readings_look(x, &p, &missing));
  *ret_missing = missing;
  return ERR_OK;
}

// ---- rows and their entries

struct read_row {
  id64 id, company, user, record, owner;
  str entity, fieldset;
  int64_t day;
  utime at;
};

static void read_canon(struct buf *out, const struct read_row *r) {
  char z[ID_TEXT_MAX];
  AUTO(buf_release) struct buf t = BUF(64);
  const struct entity *e = entity_find(r->entity), *root = e ? entity_root(e) : NULL;
  struct jw w = JW(out);
  jw_object(&w);
  jw_key(&w, S("at"));
  buf_int(&t, r->at);  // exact whatever the row holds
  jw_string(&w, buf_str(&t));
  jw_key(&w, S("company"));
  jw_string(&w, str_of(id_z(z, entity_company.prefix, r->company)));
  jw_key(&w, S("day"));
  buf_clear(&t);
  buf_int(&t, r->day);
  jw_string(&w, buf_str(&t));
  jw_key(&w, S("entity"));
  jw_string(&w, S("read"));
  jw_key(&w, S("fieldset"));
  jw_string(&w, r->fieldset);
  jw_key(&w, S("id"));
  jw_string(&w, str_of(id_z(z, "read", r->id)));
  jw_key(&w, S("on"));
  jw_string(&w, r->entity);
  jw_key(&w, S("owner"));
  jw_string(&w, str_of(id_z(z, entity_company.prefix, r->owner)));
  jw_key(&w, S("root"));
  jw_string(&w, str_of(id_z(z, root ? root->prefix : "record", r->record)));
  jw_key(&w, S("user"));
  if (r->user)
    jw_string(&w, str_of(id_z(z, entity_user.prefix, r->user)));
  else
    jw_null(&w);
  jw_end_object(&w);
}

#define READ_COLUMNS "id, viewer_company, viewer_user, entity, record, fieldset, day, owner, updated_at"

static struct read_row read_row_take(struct db_stmt *s, struct arena *a) {
  return (struct read_row){.id = db_int(s, 0),
                           .company = db_int(s, 1),
                           .user = db_int(s, 2),
                           .entity = arena_str(a, db_text(s, 3)),
                           .record = db_int(s, 4),
                           .fieldset = arena_str(a, db_text(s, 5)),
                           .day = db_int(s, 6),
                           .owner = db_int(s, 7),
                           .at = db_int(s, 8)};
}

enum err reads_page(struct db_conn *c, id64 after, size_t limit, struct arena *a, struct audited_row **ret, size_t *ret_n) {
  AUTO(db_release) struct db_stmt *s = NULL;
  struct audited_row *rows = NEW_ARRAY(a, limit + 1, struct audited_row);
  size_t n = 0;
  bool row;
  TRY(db_prepare(c, SQL("SELECT " READ_COLUMNS " FROM access_read WHERE id > $1 ORDER BY id LIMIT $2"), &s));
  db_bind_int(s, 1, after);
  db_bind_int(s, 2, (int64_t)limit);
  for (;;) {
    TRY(db_step(s, &row));
    if (!row || n == limit) break;
    AUTO(buf_release) struct buf b = BUF(4096);
    struct read_row r = read_row_take(s, a);
    read_canon(&b, &r);
    rows[n++] = (struct audited_row){.id = r.id, .company = r.owner, .updated_at = r.at, .canon = arena_str(a, buf_str(&b))};
  }
  *ret = rows;
  *ret_n = n;
  return ERR_OK;
}

static enum err read_store(struct ctx *x, const struct read_row *r) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(x->conn, SQL("INSERT INTO access_read (" READ_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"), &s));
  db_bind_int(s, 1, r->id);
  db_bind_int(s, 2, r->company);
  db_bind_int(s, 3, r->user);
  db_bind_text(s, 4, r->entity);
  db_bind_int(s, 5, r->record);
  db_bind_text(s, 6, r->fieldset);
  db_bind_int(s, 7, r->day);
  db_bind_int(s, 8, r->owner);
  db_bind_int(s, 9, r->at);
  return db_run(s);
}

enum err trust_reads_note(struct ctx *x, const struct list_item *items, size_t n) {
  for (size_t i = 0; i < n; i++) {
    struct reading g;
    bool foreign, known;
    TRY(reading_of(x, &items[i], &g, &foreign));
    if (!foreign) continue;
    TRY(noted(x, &g, &known));
    if (known) continue;
    struct read_row r = {.id = id_new(),
                         .company = x->viewer.company,
                         .user = x->viewer.user,
                         .entity = str_of(g.e->name),
                         .record = g.root,
                         .fieldset = g.fieldset,
                         .day = utime_day(x->now),
                         .owner = g.owner,
                         .at = x->now};
    AUTO(buf_release) struct buf body = BUF(4096);
    TRY(read_store(x, &r));
    read_canon(&body, &r);
    struct audit_fact f = {.entity = "read",
                           .prefix = "read",
                           .record = r.id,
                           .root_prefix = g.root_e->prefix,
                           .root = g.root,
                           .body = buf_str(&body),
                           .op = "read",
                           .at = x->now};
    TRY(audit_put(x, &f, &g.owner, 1));
  }
  return ERR_OK;
}

enum err trust_reads(struct ctx *x, const struct rec *root, struct read_note **ret, size_t *ret_n) {
  AUTO(db_release) struct db_stmt *s = NULL;
  struct read_note *list = NEW_ARRAY(x->arena, READS_MAX, struct read_note);
  size_t n = 0;
  bool row;
  if (root->company != x->viewer.company) return problem_set0(x->pb, P_NOT_FOUND);
  TRY(db_prepare(x->conn, SQL("SELECT " READ_COLUMNS " FROM access_read WHERE record = $1 ORDER BY id DESC LIMIT $2"), &s));
  db_bind_int(s, 1, root->id);
  db_bind_int(s, 2, READS_MAX);
  for (;;) {
    TRY(db_step(s, &row));
    if (!row || n == READS_MAX) break;
    struct read_row r = read_row_take(s, x->arena);
    const struct entity *e = entity_find(r.entity);
    if (!e || entity_root(e) != root->e) continue;
    list[n++] =
      (struct read_note){.company = r.company, .user = r.user, .e = e, .fieldset = r.fieldset, .day = (uday)r.day, .at = r.at};
  }
  *ret = list;
  *ret_n = n;
  return ERR_OK;
}
