// SPDX-License-Identifier: Apache-2.0
// The model for clients, the OpenAPI document, search over everything, contacts over all accounts, export.
#include <stdio.h>

#include "api/handlers.h"
#include "api/openapi.h"
#include "base/csv.h"
#include "model/derive.h"
#include "rules/rule.h"

enum { EXPORT_PAGES = 5000 };

// Reasons kept with postings come as code and arguments: their texts, to be filled in the reader's own way of writing sums.
static void write_settle_reasons(struct jw *w, enum lang l) {
  jw_key(w, S("reasons"));
  jw_object(w);
  for (int i = 0; i < REASON_COUNT; i++)
    if (!strncmp(reason_defs[i].code, "settle_", 7)) write_text(w, reason_defs[i].code, str_of(reason_defs[i].text.in[l]));
  jw_end_object(w);
}

enum err meta_read(struct call *c) {
  str lang;
  enum lang l = call_query(c, "lang", &lang) ? lang_of(lang) : c->lang;
  struct jw w = reply_json(c);
  jw_object(&w);
  model_meta(&w, l);
  write_settle_reasons(&w, l);
  jw_end_object(&w);
  c->resp->cache_control = "private, max-age=300";
  return ERR_OK;
}

enum err openapi_read(struct call *c) {
  c->resp->status = 200;
  c->resp->content_type = "application/json";
  pthread_mutex_lock(&c->api->openapi_lock);
  if (!c->api->openapi.n) openapi_write(&c->api->openapi);
  pthread_mutex_unlock(&c->api->openapi_lock);
  buf_put(&c->resp->body, buf_str(&c->api->openapi));
  return ERR_OK;
}

// One field of a hit where the caller may read it: its title, or the second line.
static str line_of(const struct list_item *item, int field) {
  return field >= 0 && item->access.read & FIELD_BIT(field) ? rec_text(item->r, field) : STR_NULL;
}

// Hits name their company and nothing else that is a reference: the names of the rest are not looked up.
static struct list_item *companies_of(struct call *c, const struct list_item *items, size_t n) {
  struct list_item *bare = NEW_ARRAY(&c->arena, n + 1, struct list_item);
  for (size_t i = 0; i < n; i++) bare[i] = (struct list_item){.r = items[i].r, .access = {.ops = items[i].access.ops & OP_READ}};
  return bare;
}

static enum err search_reply(struct call *c, struct ctx *x) {
  str q = S("");
  size_t limit = 0, n = 0;
  struct list_item *items = NULL;
  TRY(call_query_limit(c, &limit));
  if (!call_query(c, "q", &q) || !q.n) return problem_field(x->pb, S("?q"), P_REQUIRED, STR_NULL, STR_NULL);
  TRY(trust_search(x, q, NULL, true, limit, &items, &n));
  struct jw w = reply_json(c);
  jw_object(&w);
  jw_key(&w, S("items"));
  jw_array(&w);
  for (size_t i = 0; i < n; i++) {
    const struct rec *r = items[i].r;
    const struct entity *root = entity_root(r->e);
    jw_object(&w);
    write_text(&w, "entity", str_of(r->e->name));
    write_id(&w, "id", r->e->prefix, r->id);
    write_id(&w, "root", root->prefix, r->root);
    write_text(&w, "title", line_of(&items[i], entity_title(r->e)));
    write_text(&w, "subtitle", line_of(&items[i], entity_subtitle(r->e)));
    write_id(&w, "company", "company", r->company);
    jw_end_object(&w);
  }
  jw_end_array(&w);
  TRY(project_names(x, &w, companies_of(c, items, n), n));
  jw_end_object(&w);
  return call_note_reads(c, x, items, n);
}

enum err search_all(struct call *c) { return call_reading(c, search_reply); }

// ---- export: every record of one kind the caller may see, as CSV with the fields it may see

static void export_head(struct buf *b, const struct entity *e) {
  csv_cell(b, S("id"), false);
  for (int f = 0; f < e->nfields; f++) csv_cell(b, str_of(e->fields[f].name), f + 1 == e->nfields);
}

static void export_row(struct buf *b, const struct list_item *item, struct buf *cell) {
  const struct entity *e = item->r->e;
  char z[ID_TEXT_MAX];
  csv_cell(b, str_of(id_z(z, e->prefix, item->r->id)), false);
  for (int f = 0; f < e->nfields; f++) {
    buf_clear(cell);
    if (item->access.read & FIELD_BIT(f)) rec_cell(cell, item->r, f);
    csv_cell(b, buf_str(cell), f + 1 == e->nfields);
  }
}

// A reading needs what the record is, not what it says: the copy that waits for the note carries no values.
static enum err note_page(struct call *c, struct ctx *x, const struct list_item *items, size_t n) {
  struct list_item *foreign = NEW_ARRAY(&c->arena, n + 1, struct list_item);
  size_t k = 0;
  for (size_t i = 0; i < n; i++) {
    if (items[i].access.owner) continue;
    struct rec *r = rec_new(&c->arena, items[i].r->e);
    r->id = items[i].r->id;
    r->root = items[i].r->root;
    r->company = items[i].r->company;
    r->created_at = items[i].r->created_at;
    foreign[k++] = (struct list_item){.r = r, .access = items[i].access};
  }
  struct ctx y = *x;
  y.arena = &c->arena;
  return k ? call_note_reads(c, &y, foreign, k) : ERR_OK;
}

// c: the request whose reading is noted; NULL on the command line, beside the database itself.
static enum err export_write(struct call *c, struct ctx *x, str name, struct buf *out) {
  const struct entity *e = entity_by_path(name);
  if (!e || !(e->flags & E_ROOT)) return problem_set0(x->pb, P_NOT_FOUND);
  AUTO(buf_release) struct buf cell = BUF(LIMIT_LONGTEXT * 4);
  struct list_query q = {.e = e, .sort = -2, .limit = LIMIT_LIST};
  export_head(out, e);
  for (int page = 0; page < EXPORT_PAGES && !out->full; page++) {
    AUTO(arena_release) struct arena a = {0};
    struct ctx y = *x;
    y.arena = &a;
    struct list_item *items = NULL;
    size_t n = 0;
    str next = STR_NULL;
    TRY(trust_list(&y, &q, &items, &n, &next));
    for (size_t i = 0; i < n; i++) export_row(out, &items[i], &cell);
    if (c) TRY(note_page(c, x, items, n));
    if (!next.n) break;
    q.cursor = arena_str(x->arena, next);
  }
  return ERR_OK;
}

static enum err export_reply(struct call *c, struct ctx *x) {
  str name = c->capture[0];
  if (str_ends(name, S(".csv"))) name.n -= 4;
  TRY(export_write(c, x, name, &c->resp->body));
  c->resp->status = 200;
  c->resp->content_type = "text/csv; charset=utf-8";
  snprintf(c->resp->filename, sizeof c->resp->filename, "%.*s.csv", STR_ARG(name));
  return ERR_OK;
}

enum err api_export(struct db_conn *c, str login, str path, struct arena *a, struct problem *pb, struct buf *out) {
  struct ctx x = {.conn = c, .arena = a, .pb = pb, .now = clock_now()};
  struct rec *u = NULL;
  id64 user = 0;
  str unused;
  TRY(db_read_begin(c));
  enum err e = identity_credential(c, login, a, &user, &unused);
  if (!e) e = user ? trust_load_system(&x, &entity_user, user, &u) : problem_set0(pb, P_NOT_FOUND);
  if (!e) {
    x.viewer = (struct viewer){u->company, user, rec_word(u, user_f_role), OP_READ, LANG_EN};
    e = export_write(NULL, &x, path, out);
  }
  db_read_end(c);
  return e;
}

enum err export_csv(struct call *c) { return call_reading(c, export_reply); }

// ---- contacts of all accounts the caller's company owns, newest first

static enum err contacts_reply(struct call *c, struct ctx *x) {
  size_t limit = 0, n = 0;
  str q, cursor;
  id64 before = INT64_MAX;
  struct list_item *items = NULL;
  TRY(call_query_limit(c, &limit));
  if (call_query(c, "q", &q) && q.n) {
    TRY(trust_search(x, q, &entity_contact, false, limit, &items, &n));
    return reply_list(c, x, items, n, STR_NULL);
  }
  if (call_query(c, "cursor", &cursor) && cursor.n && !id_parse(cursor, "contact", &before))
    return problem_set0(x->pb, P_BAD_CURSOR);
  items = NEW_ARRAY(&c->arena, limit + 1, struct list_item);
  struct sqlb b;
  sqlb_init(&b);
  sqlb_add(&b, "SELECT ");
  rec_columns(&b, &entity_contact, NULL);
  sqlb_add(&b, " FROM contact WHERE company = $1 AND id < $2 ORDER BY id DESC LIMIT $3");
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(x->conn, sqlb_done(&b), &s));
  db_bind_int(s, 1, x->viewer.company);
  db_bind_int(s, 2, before);
  db_bind_int(s, 3, (int64_t)limit);
  for (bool row = true; n < limit;) {
    TRY(db_step(s, &row));
    if (!row) break;
    items[n++].r = rec_read(s, 0, &entity_contact, &c->arena);
  }
  db_release(&s);
  for (size_t i = 0; i < n; i++) {
    items[i].changed_at = items[i].r->updated_at;
    TRY(trust_access(x, items[i].r, &items[i].access));
  }
  char z[ID_TEXT_MAX];
  return reply_list(c, x, items, n, n == limit ? str_of(id_z(z, "contact", items[n - 1].r->id)) : STR_NULL);
}

enum err contacts_all(struct call *c) { return call_reading(c, contacts_reply); }
