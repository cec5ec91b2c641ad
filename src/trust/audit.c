// SPDX-License-Identifier: Apache-2.0
// Writing entries, reading them back, erasing bodies. Ordering is the sequencer's.
#include "trust/internal.h"
#include <assert.h>

enum { SALT_LEN = 32, LEAF_MAX = 4096 };

hash audit_commit(str salt, str body) { return hash_of2(salt, body); }

static void put_id_or_null(struct jw *w, str key, const char *prefix, id64 id) {
  char z[ID_TEXT_MAX];
  jw_key(w, key);
  if (id)
    jw_string(w, str_of(id_z(z, prefix, id)));
  else
    jw_null(w);
}

// Canonical by construction: keys in order, no blanks, strings and small integers only.
static void leaf_put(struct buf *out, const struct ctx *x, const struct audit_fact *f, const hash *commitment) {
  AUTO(buf_release) struct buf t = BUF(128);
  struct jw w = JW(out);
  jw_object(&w);
  jw_key(&w, S("at"));
  time_put(&t, f->at);
  jw_string(&w, buf_str(&t));
  put_id_or_null(&w, S("by"), entity_user.prefix, x->viewer.user);
  put_id_or_null(&w, S("by_company"), entity_company.prefix, x->viewer.company);
  jw_key(&w, S("commitment"));
  buf_clear(&t);
  hash_put_hex(&t, commitment);
  jw_string(&w, buf_str(&t));
  jw_key(&w, S("entity"));
  jw_string(&w, str_of(f->entity));
  put_id_or_null(&w, S("id"), f->prefix, f->record);
  jw_key(&w, S("op"));
  jw_string(&w, str_of(f->op));
  put_id_or_null(&w, S("root"), f->root_prefix, f->root);
  jw_key(&w, S("v"));
  jw_int(&w, 1);
  jw_end_object(&w);
}

static enum err body_insert(struct ctx *x, id64 id, str salt, const struct audit_fact *f, const hash *commitment) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(
    x->conn,
    SQL("INSERT INTO audit_body (id, salt, body, commitment, entity, record, erased) VALUES ($1, $2, $3, $4, $5, $6, $7)"), &s));
  db_bind_int(s, 1, id);
  db_bind_bytes(s, 2, salt);
  db_bind_text(s, 3, f->body);
  db_bind_bytes(s, 4, hash_str(commitment));
  db_bind_text(s, 5, str_of(f->entity));
  db_bind_int(s, 6, f->record);
  db_bind_bool(s, 7, false);
  return db_run(s);
}

static enum err entry_insert(struct ctx *x, id64 log, id64 body, str leaf, const struct audit_fact *f) {
  AUTO(db_release) struct db_stmt *s = NULL;
  hash h = merkle_leaf(leaf);
  TRY(db_prepare(x->conn,
                 SQL("INSERT INTO audit_entry (body, log, seq, leaf, leaf_hash, entity, record, op, at) "
                     "VALUES ($1, $2, NULL, $3, $4, $5, $6, $7, $8)"),
                 &s));
  db_bind_int(s, 1, body);
  db_bind_int(s, 2, log);
  db_bind_text(s, 3, leaf);
  db_bind_bytes(s, 4, hash_str(&h));
  db_bind_text(s, 5, str_of(f->entity));
  db_bind_int(s, 6, f->record);
  db_bind_text(s, 7, str_of(f->op));
  db_bind_int(s, 8, f->at);
  return db_run(s);
}

enum err audit_put(struct ctx *x, const struct audit_fact *f, const id64 *logs, size_t nlogs) {
  AUTO(buf_release) struct buf leaf = BUF(LEAF_MAX);
  char salt[SALT_LEN];
  assert(nlogs > 0);  // a change that nobody's log holds is none of ours
  random_bytes(salt, sizeof salt);
  hash commitment = audit_commit((str){salt, sizeof salt}, f->body);
  leaf_put(&leaf, x, f, &commitment);
  if (leaf.full) return ERR_LIMIT;
  id64 body = id_new();
  TRY(body_insert(x, body, (str){salt, sizeof salt}, f, &commitment));
  for (size_t i = 0; i < nlogs; i++) TRY(entry_insert(x, logs[i], body, buf_str(&leaf), f));
  return ERR_OK;
}

void audit_tombstone(struct buf *out, const char *entity, const char *prefix, id64 id, id64 company) {
  struct jw w = JW(out);
  jw_object(&w);
  put_id_or_null(&w, S("company"), entity_company.prefix, company);
  jw_key(&w, S("deleted"));
  jw_bool(&w, true);
  jw_key(&w, S("entity"));
  jw_string(&w, str_of(entity));
  put_id_or_null(&w, S("id"), prefix, id);
  jw_end_object(&w);
}

enum err audit_write(struct ctx *x, const struct rec *before, const struct rec *after, const char *op, const id64 *logs,
                     size_t nlogs) {
  AUTO(buf_release) struct buf body = BUF(AUDIT_BODY_MAX);
  const struct rec *r = after ? after : before;
  const struct entity *root = entity_root(r->e);
  bool is_child = (r->e->flags & E_CHILD) != 0;
  if (after)
    rec_canon(&body, after);
  else
    audit_tombstone(&body, r->e->name, r->e->prefix, r->id, r->company);
  if (body.full) return ERR_LIMIT;
  utime at = after ? after->updated_at : before->updated_at > x->now ? before->updated_at : x->now;
  struct audit_fact f = {.entity = r->e->name,
                         .prefix = r->e->prefix,
                         .record = r->id,
                         .root_prefix = is_child ? root->prefix : r->e->prefix,
                         .root = is_child ? r->root : r->id,
                         .body = buf_str(&body),
                         .op = op,
                         .at = at};
  return audit_put(x, &f, logs, nlogs);
}

// ---- reading

// A text member; null and missing give STR_NULL.
static str member(json_t *o, const char *key, struct arena *a) {
  json_t *v = json_object_get(o, key);
  return json_is_string(v) ? arena_str(a, json_str(v)) : STR_NULL;
}

enum err audit_leaf_read(str leaf, struct arena *a, struct audit_leaf *ret) {
  AUTO(json_release) json_t *o = NULL;
  if (json_read(leaf, NULL, &o) || !json_is_object(o)) return ERR_CORRUPT;
  struct audit_leaf l = {.entity = member(o, "entity", a),
                         .op = member(o, "op", a),
                         .at = member(o, "at", a),
                         .by = member(o, "by", a),
                         .by_company = member(o, "by_company", a),
                         .id = member(o, "id", a),
                         .root = member(o, "root", a),
                         .commitment = member(o, "commitment", a)};
  str prefix;
  if (!l.entity.n || !l.op.n || !time_parse(l.at, &l.time) || !id_parse_any(l.id, &prefix, &l.record)) return ERR_CORRUPT;
  if (!id_parse_any(l.root, &prefix, &l.root_id)) return ERR_CORRUPT;
  l.root_e = entity_by_prefix(prefix);
  if (l.by.n && !id_parse(l.by, entity_user.prefix, &l.by_id)) return ERR_CORRUPT;
  *ret = l;
  return ERR_OK;
}

static enum err event_of(str leaf, int64_t seq, struct arena *a, struct audit_event *ret) {
  struct audit_leaf l;
  TRY(audit_leaf_read(leaf, a, &l));
  const struct entity *e = entity_find(l.entity);
  struct audit_event ev = {
    .seq = seq, .e = e ? e : l.root_e, .record = e ? l.record : l.root_id, .root = l.root_id, .by = l.by_id, .at = l.time};
  if (!ev.e) return ERR_CORRUPT;
  size_t n = l.op.n < sizeof ev.op - 1 ? l.op.n : sizeof ev.op - 1;
  memcpy(ev.op, l.op.p, n);
  *ret = ev;
  return ERR_OK;
}

enum err audit_events(struct db_conn *c, id64 log, int64_t after_seq, size_t limit, struct arena *a, struct audit_event **ret,
                      size_t *ret_n) {
  AUTO(db_release) struct db_stmt *s = NULL;
  struct audit_event *list = NEW_ARRAY(a, limit + 1, struct audit_event);
  size_t n = 0;
  bool row;
  TRY(db_prepare(c, SQL("SELECT seq, leaf FROM audit_entry WHERE log = $1 AND seq > $2 ORDER BY seq LIMIT $3"), &s));
  db_bind_int(s, 1, log);
  db_bind_int(s, 2, after_seq);
  db_bind_int(s, 3, (int64_t)limit);
  for (;;) {
    TRY(db_step(s, &row));
    if (!row || n == limit) break;
    TRY(event_of(db_text(s, 1), db_int(s, 0), a, &list[n]));
    n++;
  }
  *ret = list;
  *ret_n = n;
  return ERR_OK;
}

enum err audit_size(struct db_conn *c, id64 log, int64_t *ret_size) {
  bool found;
  int64_t size = 0;
  TRY(db_one_int(c, SQL("SELECT size FROM audit_head WHERE log = $1"), &log, 1, &found, &size));
  *ret_size = found ? size : 0;
  return ERR_OK;
}

// ---- erasing

static enum err logs_of(struct ctx *x, const struct entity *e, id64 id, id64 **ret, size_t *ret_n) {
  AUTO(db_release) struct db_stmt *s = NULL;
  enum { LOGS_MAX = 4096 };
  id64 *list = NEW_ARRAY(x->arena, LOGS_MAX, id64);
  size_t n = 0;
  bool row;
  TRY(db_prepare(x->conn, SQL("SELECT DISTINCT log FROM audit_entry WHERE entity = $1 AND record = $2 ORDER BY log"), &s));
  db_bind_text(s, 1, str_of(e->name));
  db_bind_int(s, 2, id);
  for (;;) {
    TRY(db_step(s, &row));
    if (!row) break;
    if (n == LOGS_MAX) return ERR_LIMIT;
    list[n++] = db_int(s, 0);
  }
  *ret = list;
  *ret_n = n;
  return ERR_OK;
}

static enum err bodies_empty(struct ctx *x, const struct entity *e, id64 id) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(x->conn, SQL("UPDATE audit_body SET salt = $1, body = '', erased = $2 WHERE entity = $3 AND record = $4"), &s));
  db_bind_bytes(s, 1, S(""));
  db_bind_bool(s, 2, true);
  db_bind_text(s, 3, str_of(e->name));
  db_bind_int(s, 4, id);
  return db_run(s);
}

// The owner's lists tell when a record changed last as the record itself does; nobody else sees anything change.
static enum err owner_is_shown_the_time(struct ctx *x, const struct rec *r) {
  struct root_facts f;
  if (!(r->e->flags & E_ROOT)) return ERR_OK;
  TRY(root_facts_load(x, r, r->company, &f));
  return seen_put(x, r, &f, r->company, false);
}

enum err audit_erase(struct ctx *x, const struct entity *e, id64 id) {
  struct rec *r = NULL;
  id64 *logs;
  size_t n;
  enum err err = rec_db_load(x->conn, e, id, x->arena, &r);
  if (err && err != ERR_NOT_FOUND) return err;
  TRY(logs_of(x, e, id, &logs, &n));
  if (n == 0) return problem_set0(x->pb, P_NOT_FOUND);
  TRY(bodies_empty(x, e, id));
  if (r) {
    r->updated_at = x->now > r->updated_at ? x->now : r->updated_at;
    TRY(rec_db_update(x->conn, r));
    TRY(owner_is_shown_the_time(x, r));
    return audit_write(x, NULL, r, "erase", logs, n);
  }
  struct rec gone = {
    .e = e, .id = id, .root = id, .company = logs[0], .updated_at = x->now};  // whose it was went with the bodies
  return audit_write(x, &gone, NULL, "erase", logs, n);
}
