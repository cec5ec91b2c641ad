// SPDX-License-Identifier: Apache-2.0
// Imports over HTTP: upload, mapping, dry run, run, undo, what went wrong.
#include <stdio.h>

#include "api/handlers.h"
#include "flows/import.h"

// ---- answers

static enum err write_import(struct call *c, struct ctx *x, id64 id, int status) {
  // The counts of the record follow by the second; those of the moment are written beside it.
  static const int own[] = {import_job_f_mapping,   import_job_f_read,    import_job_f_created, import_job_f_updated,
                            import_job_f_unchanged, import_job_f_skipped, import_job_f_failed};
  struct rec *job = NULL;
  struct access a = {0};
  char z[ID_TEXT_MAX];
  AUTO(buf_release) struct buf etag = BUF(sizeof c->resp->etag);
  TRY(trust_load(x, &entity_import_job, id, OP_READ, &job, &a));
  project_etag(&etag, job, &a);
  snprintf(c->resp->etag, sizeof c->resp->etag, "%s", buf_z(&etag));
  struct list_item item = {.r = job, .access = a, .changed_at = job->updated_at};
  for (size_t i = 0; i < ARRAY_LEN(own); i++) a.read &= ~FIELD_BIT(own[i]);
  struct jw w = reply_json(c);
  c->resp->status = status;
  jw_object(&w);
  project(&w, job, &a, job->updated_at);
  TRY(import_write(x, job, &w));
  TRY(project_names(x, &w, &item, 1));
  jw_end_object(&w);
  if (status == 201)
    snprintf(c->resp->location, sizeof c->resp->location, "/api/v1/imports/%s", id_z(z, entity_import_job.prefix, id));
  return ERR_OK;
}

static enum err import_once(struct call *c, id64 id, int status) {
  TRY(db_read_begin(c->w->conn));
  buf_clear(&c->resp->body);
  struct ctx x = call_ctx(c);
  enum err e = write_import(c, &x, id, status);
  return call_read_end(c, e);
}

static enum err reply_import(struct call *c, id64 id, int status) {
  enum err e;
  do e = import_once(c, id, status);
  while (call_again(c, e));
  return e;
}

enum err import_read_one(struct call *c) {
  id64 id = 0;
  TRY(call_id(c, 0, &entity_import_job, &id));
  return reply_import(c, id, 200);
}

static enum err reading(struct call *c, enum err (*fn)(struct call *, struct ctx *, const struct rec *)) {
  id64 id = 0;
  struct rec *job = NULL;
  TRY(call_id(c, 0, &entity_import_job, &id));
  TRY(db_read_begin(c->w->conn));
  struct ctx x = call_ctx(c);
  enum err e = trust_load(&x, &entity_import_job, id, OP_READ, &job, NULL);
  if (!e) e = fn(c, &x, job);
  db_read_end(c->w->conn);
  return e;
}

static enum err errors_reply(struct call *c, struct ctx *x, const struct rec *job) {
  TRY(import_errors_csv(x, job, &c->resp->body));
  c->resp->status = 200;
  c->resp->content_type = "text/csv; charset=utf-8";
  snprintf(c->resp->filename, sizeof c->resp->filename, "%.*s-errors.csv", STR_ARG(rec_text(job, import_job_f_target)));
  return ERR_OK;
}

enum err import_errors(struct call *c) { return reading(c, errors_reply); }

static enum err conflicts_reply(struct call *c, struct ctx *x, const struct rec *job) {
  struct import_conflict *list = NULL;
  size_t n = 0;
  int64_t all = 0;
  TRY(import_conflicts(x, job, LIMIT_LIST, &list, &n, &all));
  struct jw w = reply_json(c);
  jw_object(&w);
  jw_key(&w, S("items"));
  jw_array(&w);
  for (size_t i = 0; i < n; i++) {
    jw_object(&w);
    write_id(&w, "id", list[i].e->prefix, list[i].id);
    write_text(&w, "entity", str_of(list[i].e->name));
    write_text(&w, "name", list[i].name);
    write_int(&w, "row", list[i].row);
    jw_end_object(&w);
  }
  jw_end_array(&w);
  write_int(&w, "all", all);
  jw_end_object(&w);
  return ERR_OK;
}

enum err import_conflicts_list(struct call *c) { return reading(c, conflicts_reply); }

// ---- writes

static enum err create_write(struct ctx *x, struct call *c, void *arg, struct outcome *out) {
  (void)c;
  out->e = &entity_import_job;
  return import_create(x, arg, &out->id);
}

enum err import_create_one(struct call *c) {
  static const char *const types[] = {
    "text/csv", "text/plain", "application/csv", "application/octet-stream", "application/vnd.ms-excel", ""};
  str kind = S(""), filename = S("");
  struct import_upload *u = NULL;
  struct outcome out = {0};
  bool known = false;
  TRY(call_need_role(c, user_role_rep));
  for (size_t i = 0; i < ARRAY_LEN(types); i++) known |= str_eqz(c->req->content_type, types[i]);
  if (!known) return problem_set1(&c->problem, P_BAD_CONTENT_TYPE, S("text/csv"));
  call_query(c, "entity", &kind);
  if (call_query(c, "filename", &filename)) filename = str_trim(filename);
  TRY(import_read(kind, filename, c->req->body, &c->arena, &c->problem, &u));
  TRY(call_write_quiet(c, "import_upload", create_write, u, &out));
  return reply_import(c, out.id, 201);
}

struct step {
  id64 id;
  enum err (*fn)(struct ctx *x, struct call *c, const struct rec *job, void *arg);
  void *arg;
};

static enum err step_write(struct ctx *x, struct call *c, void *arg, struct outcome *out) {
  const struct step *s = arg;
  struct rec *job = NULL;
  struct access a = {0};
  TRY(trust_load(x, &entity_import_job, s->id, OP_READ, &job, &a));
  TRY(call_check_match(x, c, job, &a));
  *out = (struct outcome){&entity_import_job, s->id};
  return s->fn(x, c, job, s->arg);
}

static enum err step_run(struct call *c, const char *name,
                         enum err (*fn)(struct ctx *, struct call *, const struct rec *, void *), void *arg) {
  struct step s = {.fn = fn, .arg = arg};
  struct outcome out = {0};
  TRY(call_id(c, 0, &entity_import_job, &s.id));
  TRY(call_write_quiet(c, name, step_write, &s, &out));
  return reply_import(c, s.id, 200);
}

static enum err map_step(struct ctx *x, struct call *c, const struct rec *job, void *arg) {
  (void)arg;
  json_t *mapping = json_object_get(c->body, "mapping");
  return mapping ? import_map(x, job, mapping) : problem_field(x->pb, S("/mapping"), P_REQUIRED, STR_NULL, STR_NULL);
}

enum err import_patch(struct call *c) {
  TRY(call_only(c, "mapping"));
  return step_run(c, "import_map", map_step, NULL);
}

static enum err check_step(struct ctx *x, struct call *c, const struct rec *job, void *arg) {
  (void)c;
  return import_check_store(x, job, arg);
}

// The look over the whole file runs on the reader; the writer only gets the result.
enum err import_post_check(struct call *c) {
  struct import_verdict v;
  struct rec *job = NULL;
  id64 id = 0;
  TRY(call_only(c, ""));
  TRY(call_id(c, 0, &entity_import_job, &id));
  TRY(db_read_begin(c->w->conn));
  struct ctx x = call_ctx(c);
  enum err e = trust_load(&x, &entity_import_job, id, OP_READ, &job, NULL);
  if (!e) e = import_check(&x, job, &v);
  db_read_end(c->w->conn);
  TRY(e);
  return step_run(c, "import_check", check_step, &v);
}

static enum err run_step(struct ctx *x, struct call *c, const struct rec *job, void *arg) {
  (void)c;
  (void)arg;
  return import_start(x, job, 0);
}

enum err import_post_run(struct call *c) {
  TRY(call_only(c, ""));
  return step_run(c, "import_run", run_step, NULL);
}

struct refusal {
  struct import_conflict *list;
  size_t n;
};

static enum err store_conflicts(struct ctx *x, struct call *c, const struct rec *job, void *arg) {
  const struct refusal *r = arg;
  (void)c;
  return import_conflicts_store(x, job, r->list, r->n);
}

static enum err undo_step(struct ctx *x, struct call *c, const struct rec *job, void *arg) {
  (void)c;
  (void)arg;
  return import_undo_start(x, job, 0);
}

static enum err find_conflicts(struct call *c, id64 id, struct refusal *ret, int64_t *ret_all) {
  struct rec *job = NULL;
  TRY(db_read_begin(c->w->conn));
  struct ctx x = call_ctx(c);
  enum err e = trust_load(&x, &entity_import_job, id, OP_READ, &job, NULL);
  int state = e ? -1 : rec_word(job, import_job_f_state);
  if (!e && (state == import_state_done || state == import_state_failed))
    e = import_conflicts(&x, job, IMPORT_CONFLICTS, &ret->list, &ret->n, ret_all);
  db_read_end(c->w->conn);
  return e;
}

static enum err keep_conflicts(struct call *c, const struct refusal *r) {
  struct step s = {.fn = store_conflicts, .arg = (void *)(uintptr_t)r};
  struct outcome out = {0};
  TRY(call_id(c, 0, &entity_import_job, &s.id));
  const struct request *sent = c->req;
  struct request keyless = *sent;  // a refused call keeps no answer under its key
  keyless.idempotency_key = STR_NULL;
  c->req = &keyless;
  enum err e = call_write_quiet(c, "import_conflicts", step_write, &s, &out);
  c->req = sent;
  return e;
}

enum err import_post_undo(struct call *c) {
  struct refusal r = {0};
  int64_t all = 0;
  id64 id = 0;
  TRY(call_need_role(c, user_role_rep));
  TRY(call_only(c, ""));
  TRY(call_id(c, 0, &entity_import_job, &id));
  TRY(find_conflicts(c, id, &r, &all));
  if (all) {
    TRY(keep_conflicts(c, &r));
    return problem_set1(&c->problem, P_CHANGED_SINCE, arena_fmt(&c->arena, "%lld", (long long)all));
  }
  return step_run(c, "import_undo", undo_step, NULL);
}
