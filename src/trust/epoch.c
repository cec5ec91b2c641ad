// SPDX-License-Identifier: Apache-2.0
// Epochs of a log. What was acknowledged after a backup is not in the hub restored from it: its logs are forks of what others have
// seen. A fork must not sign a tree size again under the same name, so each log goes on under another origin: NAME/company_X at first,
// then NAME/company_X/2-9f3c01ab ... The digits are random: the same backup restored twice gives two epochs. The first entry of an
// epoch, "restore", stands directly behind what was kept and commits to the signed head of that. Entries before it are part of the new
// tree, so every checkpoint of an earlier epoch up to its last kept entry is proven consistent as if nothing had happened.
#include "trust/internal.h"
#include <stdio.h>

enum { EPOCH_NUMBER_MAX = 100000, TAG_BYTES = 4 };

#define EPOCH_COLUMNS "id, company, number, origin, size, checkpoint, opened_at"

static void put_number(struct jw *w, const char *key, int64_t n) {
  AUTO(buf_release) struct buf b = BUF(64);
  jw_key(w, str_of(key));
  buf_int(&b, n);
  jw_string(w, buf_str(&b));  // exact whatever the row holds
}

static void put_text(struct jw *w, const char *key, str text) {
  jw_key(w, str_of(key));
  jw_string(w, text);
}

static void epoch_canon(struct buf *out, const struct epoch *e) {
  char id[ID_TEXT_MAX];
  struct jw w = JW(out);
  jw_object(&w);
  put_text(&w, "checkpoint", e->checkpoint);
  put_text(&w, "company", str_of(id_z(id, entity_company.prefix, e->log)));
  put_text(&w, "entity", S("epoch"));
  put_text(&w, "id", str_of(id_z(id, "epoch", e->id)));
  put_number(&w, "number", e->number);
  put_number(&w, "opened_at", e->at);
  put_text(&w, "origin", e->origin);
  put_number(&w, "size", e->size);
  jw_end_object(&w);
}

bool epoch_body_read(str body, struct arena *a, struct epoch *ret) {
  AUTO(json_release) json_t *o = NULL;
  if (json_read(body, NULL, &o) || !json_is_object(o)) return false;
  const json_t *origin = json_object_get(o, "origin"), *note = json_object_get(o, "checkpoint"),
               *size = json_object_get(o, "size");
  const json_t *at = json_object_get(o, "opened_at");
  if (!json_is_string(origin) || !json_is_string(note) || !json_is_string(size) || !json_is_string(at)) return false;
  struct epoch e = {.origin = arena_str(a, json_str(origin)), .checkpoint = arena_str(a, json_str(note))};
  if (!str_to_int64(json_str(size), &e.size) || !str_to_int64(json_str(at), &e.at)) return false;
  *ret = e;
  return true;
}

static struct epoch epoch_take(struct db_stmt *s, struct arena *a) {
  return (struct epoch){.id = db_int(s, 0),
                        .log = db_int(s, 1),
                        .number = db_int(s, 2),
                        .origin = arena_str(a, db_text(s, 3)),
                        .size = db_int(s, 4),
                        .checkpoint = arena_str(a, db_text(s, 5)),
                        .at = db_int(s, 6)};
}

enum err epochs_page(struct db_conn *c, id64 after, size_t limit, struct arena *a, struct audited_row **ret, size_t *ret_n) {
  AUTO(db_release) struct db_stmt *s = NULL;
  struct audited_row *rows = NEW_ARRAY(a, limit + 1, struct audited_row);
  size_t n = 0;
  TRY(db_prepare(c, SQL("SELECT " EPOCH_COLUMNS " FROM log_epoch WHERE id > $1 ORDER BY id LIMIT $2"), &s));
  db_bind_int(s, 1, after);
  db_bind_int(s, 2, (int64_t)limit);
  for (bool row;;) {
    TRY(db_step(s, &row));
    if (!row || n == limit) break;
    AUTO(buf_release) struct buf b = BUF(16 * 1024);
    struct epoch e = epoch_take(s, a);
    epoch_canon(&b, &e);
    rows[n++] = (struct audited_row){.id = e.id, .company = e.log, .updated_at = e.at, .canon = arena_str(a, buf_str(&b))};
  }
  *ret = rows;
  *ret_n = n;
  return ERR_OK;
}

// Room for one more.
static struct epoch *epoch_room(struct arena *a, struct epoch *list, size_t n, size_t *cap) {
  if (n < *cap) return list;
  struct epoch *more = NEW_ARRAY(a, *cap * 2, struct epoch);
  memcpy(more, list, n * sizeof *list);
  *cap *= 2;
  return more;
}

enum err epochs_of(struct db_conn *c, id64 log, struct arena *a, struct epoch **ret, size_t *ret_n) {
  AUTO(db_release) struct db_stmt *s = NULL;
  size_t n = 0, cap = 8;
  struct epoch *list = NEW_ARRAY(a, cap, struct epoch);
  TRY(db_prepare(c, SQL("SELECT " EPOCH_COLUMNS " FROM log_epoch WHERE company = $1 ORDER BY number LIMIT $2"), &s));
  db_bind_int(s, 1, log);
  db_bind_int(s, 2, EPOCH_NUMBER_MAX);
  for (bool row;;) {
    TRY(db_step(s, &row));
    if (!row) break;
    list = epoch_room(a, list, n, &cap);
    list[n++] = epoch_take(s, a);
  }
  *ret = list;
  *ret_n = n;
  return ERR_OK;
}

enum err audit_origin(struct db_conn *c, id64 log, const struct audit_key *k, struct buf *out) {
  AUTO(db_release) struct db_stmt *s = NULL;
  bool row;
  TRY(db_prepare(c, SQL("SELECT origin FROM log_epoch WHERE company = $1 ORDER BY number DESC LIMIT 1"), &s));
  db_bind_int(s, 1, log);
  TRY(db_step(s, &row));
  if (row)
    buf_put(out, db_text(s, 0));
  else
    note_origin(out, k, log);
  return ERR_OK;
}

// ---- opening

static enum err epoch_insert(struct db_conn *c, const struct epoch *e) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(c, SQL("INSERT INTO log_epoch (" EPOCH_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7)"), &s));
  db_bind_int(s, 1, e->id);
  db_bind_int(s, 2, e->log);
  db_bind_int(s, 3, e->number);
  db_bind_text(s, 4, e->origin);
  db_bind_int(s, 5, e->size);
  db_bind_text(s, 6, e->checkpoint);
  db_bind_int(s, 7, e->at);
  return db_run(s);
}

// The heads as they are, in the order of their logs.
static enum err heads_load(struct db_conn *c, struct arena *a, struct epoch **ret, size_t *ret_n) {
  AUTO(db_release) struct db_stmt *s = NULL;
  size_t n = 0, cap = 64;
  struct epoch *list = NEW_ARRAY(a, cap, struct epoch);
  TRY(db_prepare(c,
                 SQL("SELECT h.log, h.size, h.checkpoint, (SELECT coalesce(max(e.number), 1) FROM log_epoch e "
                     "WHERE e.company = h.log) FROM audit_head h ORDER BY h.log"),
                 &s));
  for (bool row;;) {
    TRY(db_step(s, &row));
    if (!row) break;
    list = epoch_room(a, list, n, &cap);
    list[n++] = (struct epoch){
      .log = db_int(s, 0), .size = db_int(s, 1), .checkpoint = arena_str(a, db_text(s, 2)), .number = db_int(s, 3) + 1};
  }
  *ret = list;
  *ret_n = n;
  return ERR_OK;
}

static enum err epoch_open(struct ctx *x, const struct audit_key *k, struct epoch *e, str tag) {
  AUTO(buf_release) struct buf origin = BUF(256), body = BUF(16 * 1024);
  note_origin(&origin, k, e->log);
  buf_fmt(&origin, "/%lld-%.*s", (long long)e->number, STR_ARG(tag));
  if (e->number > EPOCH_NUMBER_MAX) return ERR_LIMIT;
  e->id = id_new();
  e->origin = arena_str(x->arena, buf_str(&origin));
  e->at = x->now;
  epoch_canon(&body, e);
  TRY(epoch_insert(x->conn, e));
  struct audit_fact f = {.entity = "epoch",
                         .prefix = "epoch",
                         .record = e->id,
                         .root_prefix = entity_company.prefix,
                         .root = e->log,
                         .body = buf_str(&body),
                         .op = "restore",
                         .at = e->at};
  TRY(audit_put(x, &f, &e->log, 1));
  return sequence_next(x->conn, k, e->log, e->id);
}

enum err audit_epoch_open(struct ctx *x, const struct audit_key *k, size_t *ret_logs) {
  AUTO(buf_release) struct buf tag = BUF(32);
  struct epoch *list;
  size_t n;
  uint8_t raw[TAG_BYTES];
  random_bytes(raw, sizeof raw);
  buf_hex(&tag, raw, sizeof raw);
  TRY(heads_load(x->conn, x->arena, &list, &n));
  for (size_t i = 0; i < n; i++) TRY(epoch_open(x, k, &list[i], buf_str(&tag)));
  *ret_logs = n;
  return audit_sequence(x->conn, (void *)(uintptr_t)k);  // what a snapshot held without a place follows
}

// ---- telling

enum err audit_epoch_end(struct db_conn *c, id64 log, str origin, struct audit_epoch_end *ret) {
  AUTO(arena_release) struct arena a = {0};
  struct epoch *list;
  size_t n;
  TRY(epochs_of(c, log, &a, &list, &n));
  for (size_t i = 0; i < n; i++) {
    struct checkpoint cp;
    if (!checkpoint_parse(list[i].checkpoint, &cp)) return ERR_CORRUPT;
    if (!str_eq(cp.origin, origin)) continue;
    *ret = (struct audit_epoch_end){.number = list[i].number, .size = list[i].size, .at = list[i].at};
    return ERR_OK;
  }
  return ERR_NOT_FOUND;
}

enum err audit_epoch_resume(struct db_conn *c, id64 log, int64_t number, int64_t seq, int64_t *ret_seq, int64_t *ret_now) {
  AUTO(arena_release) struct arena a = {0};
  struct epoch *list;
  size_t n;
  TRY(epochs_of(c, log, &a, &list, &n));
  for (size_t i = 0; i < n; i++)
    if (list[i].number > number && list[i].size < seq) seq = list[i].size;
  *ret_seq = seq;
  *ret_now = n ? list[n - 1].number : 1;
  return ERR_OK;
}
