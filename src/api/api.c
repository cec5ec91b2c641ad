// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>

#include "api/handlers.h"
#include "base/hash.h"
#include "base/log.h"
#include "flows/clocks.h"

enum err api_open(const struct api_options *o, struct api **ret) {
  struct api *a = calloc(1, sizeof *a);
  if (!a) abort();
  a->db = o->db;
  a->key = o->key;
  a->behind_proxy = o->behind_proxy;
  a->breached = o->breached;
  a->openapi = BUF(8 * 1024 * 1024);
  pthread_mutex_init(&a->password_lock, NULL);
  pthread_cond_init(&a->password_free, NULL);
  routes_setup();
  pthread_mutex_init(&a->openapi_lock, NULL);
  *ret = a;
  return ERR_OK;
}

void api_close(struct api *a) {
  if (!a) return;
  buf_release(&a->openapi);
  pthread_mutex_destroy(&a->password_lock);
  pthread_mutex_destroy(&a->openapi_lock);
  pthread_cond_destroy(&a->password_free);
  free(a);
}

size_t api_body_limit(enum method m, str path) {
  if (m != M_POST && m != M_PUT && m != M_PATCH && m != M_DELETE) return 0;
  return m == M_POST && str_eq(path, S("/api/v1/imports")) ? LIMIT_IMPORT_BODY : LIMIT_BODY;
}

// ---- who calls

const char *session_cookie_name(const struct call *c) {
  return c->req->tls || c->api->behind_proxy ? "__Host-entente" : "entente";
}

static str cookie_value(str cookies, const char *name) {
  str pair;
  while (str_next(&cookies, ';', &pair)) {
    str key, value;
    str_cut(str_trim(pair), '=', &key, &value);
    if (str_eqz(key, name)) return value;
  }
  return STR_NULL;
}

str session_secret(const struct call *c) { return cookie_value(c->req->cookie, session_cookie_name(c)); }

static enum err touch_run(struct db_conn *conn, void *arg) {
  struct call *c = arg;
  struct ctx x = call_ctx(c);
  x.conn = conn;
  return identity_session_touch(&x, session_secret(c));
}

// Beside the request: what was asked for does not fail because this does. The next request tries again.
static void keep_alive(struct call *c) {
  bool marked = db_fault_mark(false);
  if (db_tx_run(c->api->db, "session_touch", touch_run, c)) c->problem = (struct problem){.arena = &c->arena};
  (void)db_fault_mark(marked);
}

static bool unsafe_method(enum method m) { return m != M_GET && m != M_HEAD && m != M_OPTIONS; }

// A page of another site cannot forge these: Sec-Fetch-Site comes from the browser, Origin is compared with Host.
static bool same_site(const struct request *r) {
  if (r->sec_fetch_site.p && !str_eq(r->sec_fetch_site, S("same-origin")) && !str_eq(r->sec_fetch_site, S("none"))) return false;
  if (!r->origin.p) return true;
  str host = r->origin;
  ptrdiff_t i = str_find(host, '/');
  if (i < 0 || (size_t)i + 2 > host.n) return false;
  return str_eq(str_sub(host, (size_t)i + 2, host.n), r->host);
}

static enum err identify(struct call *c) {
  const struct request *r = c->req;
  enum err e = ERR_NOT_FOUND;
  if (r->authorization.p) {
    if (!str_starts(r->authorization, S("Bearer "))) return problem_set0(&c->problem, P_LOGIN_NEEDED);
    e = identity_by_token(c->w->conn, str_trim(str_sub(r->authorization, 7, r->authorization.n)), c->now, &c->who);
  } else {
    str secret = session_secret(c);
    if (secret.n > 0) e = identity_by_session(c->w->conn, secret, c->now, &c->who);
    if (!e && c->now - c->who.last_at >= SESSION_TOUCH) keep_alive(c);
  }
  if (e && e != ERR_NOT_FOUND) return problem_set0(&c->problem, P_STORAGE);
  c->known = e == ERR_OK;
  if (c->known) c->resp->user = c->who.viewer.user;
  bool public = c->route->flags & R_PUBLIC;
  if (!c->known && !public) return problem_set0(&c->problem, P_LOGIN_NEEDED);
  if (unsafe_method(r->method) && !(c->known && c->who.token)) {
    bool token_ok = !c->known || public || secret_eq(r->csrf_token, str_of(c->who.csrf));
    if (!same_site(r) || !token_ok) return problem_set0(&c->problem, P_CSRF);
  }
  if (c->known && !r->accept_language.p) c->lang = c->who.viewer.lang;
  c->who.viewer.lang = c->lang;
  return ERR_OK;
}

static enum err read_body(struct call *c) {
  const struct request *r = c->req;
  if (!(c->route->flags & R_BODY)) return ERR_OK;
  if (!r->body.n) {
    c->body = json_object();
    return ERR_OK;
  }
  if (!str_eq(r->content_type, S("application/json")) && !str_eq(r->content_type, S("application/merge-patch+json")))
    return problem_set1(&c->problem, P_BAD_CONTENT_TYPE, S("application/json"));
  TRY(json_read(r->body, &c->problem, &c->body));
  return json_is_object(c->body) ? ERR_OK : problem_set1(&c->problem, P_BAD_JSON, S("an object is expected"));
}

// ---- failures

static void write_field_errors(struct call *c, struct jw *w) {
  jw_key(w, S("errors"));
  jw_array(w);
  for (const struct problem_field_error *f = c->problem.fields; f; f = f->next) {
    AUTO(buf_release) struct buf text = BUF(8192);
    problem_text(&text, f->code, f->args, c->lang);
    jw_object(w);
    write_text(w, "pointer", f->pointer);
    write_text(w, "code", str_of(problem_name(f->code)));
    write_text(w, "message", buf_str(&text));
    jw_end_object(w);
  }
  jw_end_array(w);
}

static enum problem_code code_of(enum err e) {
  switch (e) {
  case ERR_NOT_FOUND: return P_NOT_FOUND;
  case ERR_DENIED: return P_FORBIDDEN;
  case ERR_BUSY:
  case ERR_RETRY: return P_BUSY;
  case ERR_IO: return P_STORAGE;
  case ERR_LIMIT: return P_OVERFLOW;
  case ERR_CONFLICT: return P_STALE;
  default: return P_INTERNAL;
  }
}

static void reply_problem(struct call *c, enum err e) {
  // A failure of the store wins over what was set before it: the caller must learn that nothing was kept.
  if (c->problem.code == P_NONE || ((e == ERR_IO || e == ERR_BUSY || e == ERR_CORRUPT) && problem_err(c->problem.code) != e))
    c->problem = (struct problem){.arena = &c->arena, .code = code_of(e)};
  struct response *r = c->resp;
  buf_clear(&r->body);
  r->status = problem_status(c->problem.code);
  r->code = problem_name(c->problem.code);
  r->content_type = "application/problem+json";
  r->etag[0] = r->location[0] = r->filename[0] = 0;
  if (c->problem.code == P_THROTTLED) snprintf(r->retry_after, sizeof r->retry_after, "%.*s", STR_ARG(c->problem.args[0]));
  if (r->status == 503 && !r->retry_after[0]) snprintf(r->retry_after, sizeof r->retry_after, "1");
  AUTO(buf_release) struct buf text = BUF(8192), type = BUF(256);
  problem_text(&text, c->problem.code, c->problem.args, c->lang);
  buf_fmt(&type, "/docs/problems#%s", problem_name(c->problem.code));
  struct jw w = JW(&r->body);
  jw_object(&w);
  write_text(&w, "type", buf_str(&type));
  write_text(&w, "title", buf_str(&text));
  write_int(&w, "status", r->status);
  write_text(&w, "detail", buf_str(&text));
  write_text(&w, "code", str_of(problem_name(c->problem.code)));
  write_text(&w, "request_id", str_of(c->req->request_id));
  write_field_errors(c, &w);
  jw_end_object(&w);
}

static enum err run(struct call *c) {
  str path = c->req->path;
  if (!str_starts(path, S("/api/v1/"))) return problem_set0(&c->problem, P_NOT_FOUND);
  enum method m = c->req->method == M_HEAD ? M_GET : c->req->method;
  c->route = route_match(m, str_sub(path, 7, path.n), c->capture, c->resp->allow);
  if (!c->route) {
    return c->resp->allow[0] ? problem_set1(&c->problem, P_METHOD, c->req->method_text) : problem_set0(&c->problem, P_NOT_FOUND);
  }
  TRY(identify(c));
  TRY(call_query_check(c));
  TRY(read_body(c));
  TRY(c->route->fn(c));
  return call_reads_flush(c);
}

void api_handle(struct api_worker *w, const struct request *req, struct response *resp) {
  struct call c = {.w = w, .api = w->api, .req = req, .resp = resp, .now = clock_now()};
  c.problem = (struct problem){.arena = &c.arena};
  c.lang = lang_of(req->accept_language);
  if (!resp->body.max) resp->body = BUF(LIMIT_RESPONSE);
  (void)db_failure(w->conn);
  enum err e = run(&c), store = db_failure(w->conn);
  if (store) e = store;  // a part of the answer was made without what could not be read
  if (!e && resp->body.full) e = problem_set1(&c.problem, P_TOO_MANY_VALUES, S("200"));
  if (e) {
    if (e == ERR_IO || e == ERR_CORRUPT)
      log_event(LOG_ERROR, "store", "request_id", req->request_id, "message", c.why ? c.why : db_message(w->conn), NULL);
    reply_problem(&c, e);
  }
  json_release(&c.body);
  arena_release(&c.arena);
}

// ---- event streams

bool api_stream_next(struct api_worker *w, const struct response *opened, int64_t *after, struct buf *out) {
  AUTO(arena_release) struct arena a = {0};
  bool live = false;
  if (db_read_begin(w->conn)) return true;  // the store is away for a moment: keep the stream, look again
  enum err e = identity_session_live(w->conn, str_of(opened->session_hash), clock_now(), &live);
  struct audit_event *ev = NULL;
  size_t n = 0;
  if (!e && live) e = audit_events(w->conn, opened->stream_company, *after, 500, &a, &ev, &n);
  db_read_end(w->conn);
  if (e) return true;
  for (size_t i = 0; i < n; i++) {
    const struct entity *root = entity_root(ev[i].e);
    struct jw jw = JW(out);
    buf_putz(out, "id: ");
    if (opened->stream_epoch > 1) buf_fmt(out, "%lld.", (long long)opened->stream_epoch);
    buf_fmt(out, "%lld\nevent: %s.%s\ndata: ", (long long)ev[i].seq, ev[i].e->name, ev[i].op);
    jw_object(&jw);
    write_id(&jw, "id", ev[i].e->prefix, ev[i].record);
    write_text(&jw, "entity", str_of(ev[i].e->name));
    if (root) write_id(&jw, "root", root->prefix, ev[i].root);
    write_text(&jw, "op", str_of(ev[i].op));
    write_time(&jw, "at", ev[i].at);
    if (ev[i].by) write_id(&jw, "by", "user", ev[i].by);
    jw_end_object(&jw);
    buf_put(out, S("\n\n"));
    *after = ev[i].seq;
  }
  return live;
}

int api_tick(struct api_worker *w) { return clocks_tick(w->api->db, w->conn); }

bool api_ready(struct api_worker *w, struct buf *why) {
  int64_t args[] = {clock_now() - 10 * UTIME_SECOND}, late = 0;
  bool found = false;
  enum err e = db_read_begin(w->conn);
  if (!e) {
    e = db_one_int(w->conn, SQL("SELECT count(*) FROM (SELECT 1 FROM audit_entry WHERE seq IS NULL AND at < $1 LIMIT 1) x"), args,
                   1, &found, &late);
    db_read_end(w->conn);
  }
  if (e)
    buf_put(why, S("the database does not answer"));
  else if (late)
    buf_put(why, S("the log lags: entries older than ten seconds are not ordered"));
  return !e && !late;
}
