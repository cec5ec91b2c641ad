// SPDX-License-Identifier: Apache-2.0
// Grants: one company lets another see (and do) something with one root. Each change is an audited row and an entry in both logs.
// A grant acts at once: seen and search rows of the grantee are rewritten in the same transaction, and mask() decides anew at each
// reading from the rows of access_grant, never from what an index once held.
#include "trust/internal.h"

bool grant_live(const struct grant *g, utime now) {
  return g->accepted_at > 0 && g->accepted_at <= now && g->revoked_at == 0 && g->from <= now && now < g->until;
}

static enum err grant_read(struct db_stmt *s, struct arena *a, struct grant *g, utime *ret_updated_at) {
  const struct entity *e = entity_find(db_text(s, 3));
  if (!e || !(e->flags & E_ROOT)) return ERR_CORRUPT;
  *g = (struct grant){.id = db_int(s, 0),
                      .owner = db_int(s, 1),
                      .grantee = db_int(s, 2),
                      .e = e,
                      .root = db_int(s, 4),
                      .ops = (unsigned)db_int(s, 5),
                      .fieldset = arena_str(a, db_text(s, 6)),
                      .from = db_int(s, 7),
                      .until = db_int(s, 8),
                      .accepted_at = db_int(s, 9),
                      .revoked_at = db_int(s, 10),
                      .created_by = db_int(s, 11),
                      .created_at = db_int(s, 12)};
  *ret_updated_at = db_int(s, 13);
  return ERR_OK;
}

enum err grants_collect(struct db_stmt *s, struct arena *a, size_t max, struct grant **ret, utime **ret_updated, size_t *ret_n) {
  struct grant *g = NULL;
  utime *u = NULL;
  size_t n = 0, cap = 0;
  bool row;
  for (;;) {
    TRY(db_step(s, &row));
    if (!row) break;
    if (n == max) return ERR_LIMIT;
    if (n == cap) {
      size_t more = cap ? cap * 2 : 4;
      struct grant *g2 = NEW_ARRAY(a, more, struct grant);
      utime *u2 = NEW_ARRAY(a, more, utime);
      if (n) {
        memcpy(g2, g, n * sizeof *g);
        memcpy(u2, u, n * sizeof *u);
      }
      g = g2;
      u = u2;
      cap = more;
    }
    TRY(grant_read(s, a, &g[n], &u[n]));
    n++;
  }
  *ret = g;
  if (ret_updated) *ret_updated = u;
  *ret_n = n;
  return ERR_OK;
}

static enum err grants_of_root(struct ctx *x, const struct entity *e, id64 root, id64 grantee, struct grant **ret, utime **ret_u,
                               size_t *ret_n) {
  AUTO(db_release) struct db_stmt *s = NULL;
  if (grantee) {
    TRY(db_prepare(x->conn,
                   SQL("SELECT " GRANT_COLUMNS " FROM access_grant WHERE root = $1 AND entity = $2 AND grantee = $3 ORDER BY id"),
                   &s));
    db_bind_int(s, 3, grantee);
  } else {
    TRY(db_prepare(x->conn, SQL("SELECT " GRANT_COLUMNS " FROM access_grant WHERE root = $1 AND entity = $2 ORDER BY id"), &s));
  }
  db_bind_int(s, 1, root);
  db_bind_text(s, 2, str_of(e->name));
  return grants_collect(s, x->arena, GRANTS_OF_A_ROOT, ret, ret_u, ret_n);
}

// Company of a root: children are judged by it.
static enum err root_owner(struct ctx *x, const struct entity *e, id64 id, id64 *ret) {
  struct sqlb q;
  sqlb_init(&q);
  sqlb_add(&q, "SELECT company FROM ");
  sqlb_name(&q, e->name);
  sqlb_add(&q, " WHERE id = ");
  sqlb_param(&q);
  bool found;
  TRY(db_one_int(x->conn, sqlb_done(&q), &id, 1, &found, ret));
  return found ? ERR_OK : ERR_NOT_FOUND;
}

enum err root_facts_load(struct ctx *x, const struct rec *r, id64 grantee_or_0, struct root_facts *ret) {
  const struct entity *e = entity_root(r->e);
  struct root_facts f = {.e = e, .id = r->e->flags & E_CHILD ? r->root : r->id, .owner = r->company};
  if (e && r->e->flags & E_CHILD) TRY(root_owner(x, e, f.id, &f.owner));
  if (e && (grantee_or_0 == 0 || grantee_or_0 != f.owner))
    TRY(grants_of_root(x, e, f.id, grantee_or_0, &f.grants, NULL, &f.ngrants));
  *ret = f;
  return ERR_OK;
}

struct subject subject_of(const struct rec *r, const struct root_facts *f) {
  bool is_child = (r->e->flags & E_CHILD) != 0;
  return (struct subject){.e = r->e,
                          .owner = f->owner,
                          .author = is_child ? r->company : f->owner,
                          .room = r->e->flags & E_ROOM ? r->room : true,
                          .written = is_child ? r->created_at : 0,
                          .grants = f->grants,
                          .ngrants = f->ngrants};
}

struct access company_access(struct ctx *x, const struct rec *r, const struct root_facts *f, id64 company) {
  struct viewer v = {.company = company, .role = -1, .ops = OPS_EVERY};
  struct subject s = subject_of(r, f);
  return mask(&v, &s, x->now);
}

static void add_company(id64 *list, size_t *n, id64 company) {
  for (size_t i = 0; i < *n; i++)
    if (list[i] == company) return;
  list[(*n)++] = company;
}

void facts_companies(struct ctx *x, const struct rec *r, const struct root_facts *f, id64 **ret, size_t *ret_n) {
  id64 *list = NEW_ARRAY(x->arena, f->ngrants + 2, id64);
  size_t n = 0;
  add_company(list, &n, f->owner);
  add_company(list, &n, r->company);
  for (size_t i = 0; i < f->ngrants; i++)
    if (grant_live(&f->grants[i], x->now)) add_company(list, &n, f->grants[i].grantee);
  *ret = list;
  *ret_n = n;
}

// ---- the log

// Microseconds as text: exact whatever the row holds, where a date would be cut to the years that have a name.
static void put_time(struct jw *w, str key, utime t) {
  AUTO(buf_release) struct buf b = BUF(64);
  jw_key(w, key);
  buf_int(&b, t);
  jw_string(w, buf_str(&b));
}

static void put_id(struct jw *w, str key, const char *prefix, id64 id) {
  char z[ID_TEXT_MAX];
  jw_key(w, key);
  if (id)
    jw_string(w, str_of(id_z(z, prefix, id)));
  else
    jw_null(w);
}

void grant_canon(struct buf *out, const struct grant *g, utime updated_at) {
  struct jw w = JW(out);
  jw_object(&w);
  put_time(&w, S("accepted_at"), g->accepted_at);
  put_time(&w, S("created_at"), g->created_at);
  put_id(&w, S("created_by"), entity_user.prefix, g->created_by);
  jw_key(&w, S("entity"));
  jw_string(&w, S("grant"));
  jw_key(&w, S("fieldset"));
  jw_string(&w, g->fieldset);
  put_time(&w, S("from"), g->from);
  put_id(&w, S("grantee"), entity_company.prefix, g->grantee);
  put_id(&w, S("id"), "grant", g->id);
  jw_key(&w, S("on"));
  jw_string(&w, str_of(g->e->name));
  jw_key(&w, S("ops"));
  jw_int(&w, g->ops);
  put_id(&w, S("owner"), entity_company.prefix, g->owner);
  put_time(&w, S("revoked_at"), g->revoked_at);
  put_id(&w, S("root"), g->e->prefix, g->root);
  put_time(&w, S("until"), g->until);
  put_time(&w, S("updated_at"), updated_at);
  jw_end_object(&w);
}

enum err grants_page(struct db_conn *c, id64 after, size_t limit, struct arena *a, struct audited_row **ret, size_t *ret_n) {
  AUTO(db_release) struct db_stmt *s = NULL;
  struct audited_row *rows = NEW_ARRAY(a, limit + 1, struct audited_row);
  size_t n = 0;
  bool row;
  TRY(db_prepare(c, SQL("SELECT " GRANT_COLUMNS " FROM access_grant WHERE id > $1 ORDER BY id LIMIT $2"), &s));
  db_bind_int(s, 1, after);
  db_bind_int(s, 2, (int64_t)limit);
  for (;;) {
    TRY(db_step(s, &row));
    if (!row || n == limit) break;
    AUTO(buf_release) struct buf b = BUF(8192);
    struct grant g = {0};
    utime updated_at = db_int(s, 13);
    enum err err = grant_read(s, a, &g, &updated_at);
    if (!err && db_int(s, 5) == (int64_t)g.ops) grant_canon(&b, &g, updated_at);  // otherwise an empty form, which no body has
    rows[n++] = (struct audited_row){
      .id = db_int(s, 0), .company = db_int(s, 1), .updated_at = updated_at, .canon = arena_str(a, buf_str(&b))};
  }
  *ret = rows;
  *ret_n = n;
  return ERR_OK;
}

static enum err grant_log(struct ctx *x, const struct grant *g, const char *op, utime at, bool gone) {
  AUTO(buf_release) struct buf body = BUF(8192);
  if (gone)
    audit_tombstone(&body, "grant", "grant", g->id, g->owner);
  else
    grant_canon(&body, g, at);
  id64 logs[2] = {g->owner, g->grantee};
  struct audit_fact f = {.entity = "grant",
                         .prefix = "grant",
                         .record = g->id,
                         .root_prefix = g->e->prefix,
                         .root = g->root,
                         .body = buf_str(&body),
                         .op = op,
                         .at = at};
  return audit_put(x, &f, logs, 2);
}

// ---- changes

static enum err grant_store(struct ctx *x, const struct grant *g, utime at) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(
    x->conn,
    SQL("INSERT INTO access_grant (id, owner, grantee, entity, root, ops, fieldset, valid_from, valid_until, accepted_at, "
        "revoked_at, created_by, created_at, updated_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11, $12, $13)"),
    &s));
  db_bind_int(s, 1, g->id);
  db_bind_int(s, 2, g->owner);
  db_bind_int(s, 3, g->grantee);
  db_bind_text(s, 4, str_of(g->e->name));
  db_bind_int(s, 5, g->root);
  db_bind_int(s, 6, (int64_t)g->ops);
  db_bind_text(s, 7, g->fieldset);
  db_bind_int(s, 8, g->from);
  db_bind_int(s, 9, g->until);
  db_bind_int(s, 10, g->accepted_at);
  db_bind_int(s, 11, g->created_by);
  db_bind_int(s, 12, g->created_at);
  db_bind_int(s, 13, at);
  return db_run(s);
}

// What the change of a grant means for the grantee's index and search rows of the root and of what is below it.
static enum err grantee_refresh(struct ctx *x, const struct entity *e, id64 root, id64 grantee) {
  struct rec *r;
  struct root_facts f;
  TRY(rec_db_load(x->conn, e, root, x->arena, &r));
  TRY(root_facts_load(x, r, grantee, &f));
  struct access a = company_access(x, r, &f, grantee);
  TRY(seen_put(x, r, &f, grantee, false));
  TRY(search_put(x, r, &a, grantee));
  return search_put_children(x, r, &f, grantee);
}

static bool may_write(const struct viewer *v) {
  struct subject own = {.e = &entity_company, .owner = v->company, .author = v->company, .room = true};
  return (mask(v, &own, 0).ops & OP_WRITE) != 0;
}

enum err trust_grant_add(struct ctx *x, struct grant *g) {
  struct rec *root;
  uint64_t fields;
  if (!g->e || !(g->e->flags & E_ROOT)) return problem_set0(x->pb, P_NOT_FOUND);
  TRY(trust_load(x, g->e, g->root, OP_READ, &root, NULL));
  if (root->company != x->viewer.company || !may_write(&x->viewer)) return problem_set0(x->pb, P_FORBIDDEN);
  if (g->grantee == root->company || g->grantee <= 0)
    return problem_field(x->pb, S("/company"), P_NO_SUCH_RECORD, STR_NULL, STR_NULL);
  if (!entity_fieldset_mask(g->e, g->fieldset, &fields) || fields == 0)
    return problem_field(x->pb, S("/fieldset"), P_UNKNOWN_FIELD, g->fieldset, STR_NULL);
  if (!(g->ops & OP_READ) || g->ops & ~(unsigned)(OP_READ | OP_COMMENT | OP_WORK | OP_WRITE))
    return problem_field(x->pb, S("/ops"), P_OUT_OF_RANGE, STR_NULL, STR_NULL);
  struct rec *company;
  enum err e = rec_db_load(x->conn, &entity_company, g->grantee, x->arena, &company);
  if (e == ERR_NOT_FOUND) return problem_field(x->pb, S("/company"), P_NO_SUCH_RECORD, STR_NULL, STR_NULL);
  TRY(e);
  g->id = id_new();
  g->owner = root->company;
  g->created_by = x->viewer.user;
  g->created_at = x->now;
  if (g->from == 0) g->from = x->now;
  if (g->until == 0) g->until = UTIME_MAX;
  g->revoked_at = 0;
  TRY(grant_store(x, g, x->now));
  TRY(grant_log(x, g, "share", x->now, false));
  return grantee_refresh(x, g->e, g->root, g->grantee);
}

// Writes the two times of a grant that may change, with its entry.
static enum err grant_change(struct ctx *x, struct grant *g, utime updated_at, const char *op) {
  AUTO(db_release) struct db_stmt *s = NULL;
  utime at = x->now > updated_at ? x->now : updated_at;
  TRY(db_prepare(x->conn, SQL("UPDATE access_grant SET accepted_at = $1, revoked_at = $2, updated_at = $3 WHERE id = $4"), &s));
  db_bind_int(s, 1, g->accepted_at);
  db_bind_int(s, 2, g->revoked_at);
  db_bind_int(s, 3, at);
  db_bind_int(s, 4, g->id);
  TRY(db_run(s));
  return grant_log(x, g, op, at, false);
}

static enum err grant_find(struct ctx *x, id64 id, struct grant *ret, utime *ret_updated_at) {
  AUTO(db_release) struct db_stmt *s = NULL;
  bool row;
  TRY(db_prepare(x->conn, SQL("SELECT " GRANT_COLUMNS " FROM access_grant WHERE id = $1"), &s));
  db_bind_int(s, 1, id);
  TRY(db_step(s, &row));
  if (!row) return problem_set0(x->pb, P_NOT_FOUND);
  struct grant g;
  TRY(grant_read(s, x->arena, &g, ret_updated_at));
  if (g.owner != x->viewer.company && g.grantee != x->viewer.company) return problem_set0(x->pb, P_NOT_FOUND);
  *ret = g;
  return ERR_OK;
}

enum err trust_grant_load(struct ctx *x, id64 id, struct grant *ret) {
  utime u;
  return grant_find(x, id, ret, &u);
}

enum err trust_grant_accept(struct ctx *x, id64 id) {
  struct grant g;
  utime u;
  TRY(grant_find(x, id, &g, &u));
  if (g.grantee != x->viewer.company || !may_write(&x->viewer)) return problem_set0(x->pb, P_FORBIDDEN);
  if (g.revoked_at) return problem_set0(x->pb, P_NOT_FOUND);
  if (g.accepted_at) return ERR_OK;
  g.accepted_at = x->now;
  TRY(grant_change(x, &g, u, "accept"));
  return grantee_refresh(x, g.e, g.root, g.grantee);
}

enum err trust_grant_end(struct ctx *x, id64 id) {
  struct grant g;
  utime u;
  TRY(grant_find(x, id, &g, &u));
  if (g.owner != x->viewer.company || !may_write(&x->viewer)) return problem_set0(x->pb, P_FORBIDDEN);
  if (g.revoked_at) return ERR_OK;
  g.revoked_at = x->now;
  TRY(grant_change(x, &g, u, "revoke"));
  return grantee_refresh(x, g.e, g.root, g.grantee);
}

enum err trust_grant_revoke(struct ctx *x, const struct entity *e, id64 root, id64 grantee) {
  struct rec *r;
  struct grant *g;
  utime *u;
  size_t n;
  bool any = false;
  TRY(trust_load(x, e, root, OP_READ, &r, NULL));
  if (r->company != x->viewer.company || !may_write(&x->viewer)) return problem_set0(x->pb, P_FORBIDDEN);
  TRY(grants_of_root(x, e, root, grantee, &g, &u, &n));
  for (size_t i = 0; i < n; i++) {
    if (g[i].revoked_at) continue;
    g[i].revoked_at = x->now;
    TRY(grant_change(x, &g[i], u[i], "revoke"));
    any = true;
  }
  return any ? grantee_refresh(x, e, root, grantee) : ERR_OK;
}

enum err trust_grants(struct ctx *x, const struct entity *e, id64 root, struct grant **ret, size_t *ret_n) {
  struct rec *r;
  TRY(trust_load(x, e, root, OP_READ, &r, NULL));
  return grants_of_root(x, e, root, r->company == x->viewer.company ? 0 : x->viewer.company, ret, NULL,
                        ret_n);  // a member sees its own
}

enum err grants_drop_root(struct ctx *x, const struct entity *e, id64 root) {
  AUTO(db_release) struct db_stmt *s = NULL;
  struct grant *g;
  utime *u;
  size_t n;
  TRY(grants_of_root(x, e, root, 0, &g, &u, &n));
  for (size_t i = 0; i < n; i++) TRY(grant_log(x, &g[i], "revoke", x->now > u[i] ? x->now : u[i], true));
  TRY(db_prepare(x->conn, SQL("DELETE FROM access_grant WHERE root = $1 AND entity = $2"), &s));
  db_bind_int(s, 1, root);
  db_bind_text(s, 2, str_of(e->name));
  return db_run(s);
}

// Grants due by one condition, as a page.
static enum err due(struct ctx *x, sql q, size_t limit, struct grant **ret, utime **ret_u, size_t *ret_n) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(x->conn, q, &s));
  db_bind_int(s, 1, x->now);
  db_bind_int(s, 2, (int64_t)limit);
  return grants_collect(s, x->arena, GRANTS_OF_A_ROOT, ret, ret_u, ret_n);
}

enum err trust_grant_due(struct db_conn *c, utime now, bool *ret) {
  int64_t one;
  TRY(db_one_int(c, SQL("SELECT 1 FROM access_grant WHERE revoked_at = 0 AND valid_until <= $1 LIMIT 1"), &now, 1, ret, &one));
  if (*ret) return ERR_OK;
  return db_one_int(c,
                    SQL("SELECT 1 FROM access_grant WHERE updated_at < valid_from AND revoked_at = 0 AND accepted_at > 0 "
                        "AND valid_from <= $1 LIMIT 1"),
                    &now, 1, ret, &one);
}

enum err trust_grant_tick(struct ctx *x, size_t limit, size_t *ret_done) {
  struct grant *ends, *opens;
  utime *ends_u, *opens_u;
  size_t n, m;
  if (limit > GRANTS_OF_A_ROOT) limit = GRANTS_OF_A_ROOT;
  TRY(due(
    x, SQL("SELECT " GRANT_COLUMNS " FROM access_grant WHERE revoked_at = 0 AND valid_until <= $1 ORDER BY valid_until LIMIT $2"),
    limit, &ends, &ends_u, &n));
  for (size_t i = 0; i < n; i++) {
    ends[i].revoked_at = ends[i].until;
    TRY(grant_change(x, &ends[i], ends_u[i], "expire"));
    TRY(grantee_refresh(x, ends[i].e, ends[i].root, ends[i].grantee));
  }
  TRY(due(x,
          SQL("SELECT " GRANT_COLUMNS " FROM access_grant WHERE updated_at < valid_from AND revoked_at = 0 AND accepted_at > 0 "
              "AND valid_from <= $1 ORDER BY valid_from LIMIT $2"),
          limit - n, &opens, &opens_u, &m));
  for (size_t i = 0; i < m; i++) {
    TRY(grant_change(x, &opens[i], opens_u[i], "open"));
    TRY(grantee_refresh(x, opens[i].e, opens[i].root, opens[i].grantee));
  }
  *ret_done = n + m;
  return ERR_OK;
}
