// SPDX-License-Identifier: Apache-2.0
#include "api/call.h"

#include <stdio.h>

#include "base/utf8.h"

// ---- what was sent

enum err call_id(struct call *c, int capture, const struct entity *e, id64 *ret) {
  return id_parse(c->capture[capture], e->prefix, ret) ? ERR_OK : problem_set0(&c->problem, P_NOT_FOUND);
}

static int hex_digit(char c) {
  return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static str query_decode(struct arena *a, str raw) {
  char *out = arena_alloc(a, raw.n + 1);
  size_t n = 0;
  for (size_t i = 0; i < raw.n; i++) {
    if (raw.p[i] == '+') {
      out[n++] = ' ';
    } else if (raw.p[i] == '%' && i + 2 < raw.n && hex_digit(raw.p[i + 1]) >= 0 && hex_digit(raw.p[i + 2]) >= 0) {
      out[n++] = (char)(hex_digit(raw.p[i + 1]) * 16 + hex_digit(raw.p[i + 2]));
      i += 2;
    } else {
      out[n++] = raw.p[i];
    }
  }
  return (str){out, n};
}

static bool plain_text(str s) { return utf8_valid(s) && !utf8_has_control(s, false); }

enum err call_query_check(struct call *c) {
  str rest = c->req->query, pair, key, value;
  while (str_next(&rest, '&', &pair)) {
    str_cut(pair, '=', &key, &value);
    if (!plain_text(query_decode(&c->arena, key)) || !plain_text(query_decode(&c->arena, value)))
      return problem_set1(&c->problem, P_BAD_REQUEST, S("query"));
  }
  return ERR_OK;
}

bool call_query(struct call *c, const char *name, str *ret_value) {
  str rest = c->req->query, pair, key, value;
  while (str_next(&rest, '&', &pair)) {
    str_cut(pair, '=', &key, &value);
    if (!str_eqz(query_decode(&c->arena, key), name)) continue;
    *ret_value = query_decode(&c->arena, value);
    return true;
  }
  return false;
}

enum err call_query_limit(struct call *c, size_t *ret_limit) {
  str text;
  int64_t n = LIMIT_LIST_DEFAULT;
  if (call_query(c, "limit", &text) && (!str_to_int64(text, &n) || n < 1 || n > LIMIT_LIST))
    return problem_field(&c->problem, S("?limit"), P_OUT_OF_RANGE, S("1"), S("200"));
  *ret_limit = (size_t)n;
  return ERR_OK;
}

static str pointer_of(struct call *c, const char *key) { return arena_fmt(&c->arena, "/%s", key); }

static enum err member(struct call *c, const char *key, bool required, json_type type, const char *expected, json_t **ret) {
  json_t *v = json_object_get(c->body, key);
  *ret = NULL;
  if (!v || json_is_null(v))
    return required ? problem_field(&c->problem, pointer_of(c, key), P_REQUIRED, STR_NULL, STR_NULL) : ERR_OK;
  if (json_typeof(v) != type) return problem_field(&c->problem, pointer_of(c, key), P_WRONG_TYPE, str_of(expected), STR_NULL);
  *ret = v;
  return ERR_OK;
}

enum err call_text(struct call *c, const char *key, bool required, size_t max, str *ret) {
  json_t *v = NULL;
  TRY(member(c, key, required, JSON_STRING, "text", &v));
  *ret = STR_NULL;
  if (!v) return ERR_OK;
  str s = str_trim(json_str(v));
  if (required && !s.n) return problem_field(&c->problem, pointer_of(c, key), P_REQUIRED, STR_NULL, STR_NULL);
  if (utf8_count(s) > max)
    return problem_field(&c->problem, pointer_of(c, key), P_TOO_LONG, arena_fmt(&c->arena, "%zu", max), STR_NULL);
  if (utf8_has_control(s, true)) return problem_field(&c->problem, pointer_of(c, key), P_CONTROL_CHARACTER, STR_NULL, STR_NULL);
  *ret = s;
  return ERR_OK;
}

enum err call_bool(struct call *c, const char *key, bool dflt, bool *ret) {
  json_t *v = json_object_get(c->body, key);
  if (v && !json_is_null(v) && !json_is_boolean(v))
    return problem_field(&c->problem, pointer_of(c, key), P_WRONG_TYPE, S("true or false"), STR_NULL);
  *ret = v && !json_is_null(v) ? json_is_true(v) : dflt;
  return ERR_OK;
}

enum err call_int(struct call *c, const char *key, bool required, int64_t min, int64_t max, int64_t *ret) {
  json_t *v = NULL;
  TRY(member(c, key, required, JSON_INTEGER, "a whole number", &v));
  if (!v) return ERR_OK;
  int64_t n = json_integer_value(v);
  if (n < min || n > max)
    return problem_field(&c->problem, pointer_of(c, key), P_OUT_OF_RANGE, arena_fmt(&c->arena, "%lld", (long long)min),
                         arena_fmt(&c->arena, "%lld", (long long)max));
  *ret = n;
  return ERR_OK;
}

enum err call_ref(struct call *c, const char *key, const struct entity *e, bool required, id64 *ret) {
  json_t *v = NULL;
  TRY(member(c, key, required, JSON_STRING, "an id", &v));
  *ret = 0;
  if (v && !id_parse(json_str(v), e->prefix, ret))
    return problem_field(&c->problem, pointer_of(c, key), P_BAD_ID, str_of(e->prefix), STR_NULL);
  return ERR_OK;
}

enum err call_word(struct call *c, const char *key, const struct vocab *v, bool required, int *ret) {
  json_t *j = NULL;
  TRY(member(c, key, required, JSON_STRING, "a word", &j));
  *ret = -1;
  if (!j) return ERR_OK;
  *ret = vocab_index(v, json_str(j));
  if (*ret >= 0) return ERR_OK;
  AUTO(buf_release) struct buf words = BUF(4096);
  for (int i = 0; i < v->n; i++) buf_fmt(&words, "%s%s", i ? ", " : "", v->words[i].name);
  return problem_field(&c->problem, pointer_of(c, key), P_BAD_WORD, buf_str(&words), STR_NULL);
}

enum err call_money(struct call *c, const char *key, bool required, money *ret) {
  json_t *v = NULL;
  TRY(member(c, key, required, JSON_OBJECT, "an amount and a currency", &v));
  *ret = (money){0};
  if (!v) return ERR_OK;
  json_t *amount = json_object_get(v, "amount"), *code = json_object_get(v, "currency");
  if (!json_is_string(amount) || !json_is_string(code) || json_object_size(v) != 2)
    return problem_field(&c->problem, pointer_of(c, key), P_WRONG_TYPE, S("{\"amount\": \"1234.50\", \"currency\": \"EUR\"}"),
                         STR_NULL);
  currency cur;
  if (!currency_parse(json_str(code), &cur))
    return problem_field(&c->problem, arena_fmt(&c->arena, "/%s/currency", key), P_BAD_CURRENCY, json_str(code), STR_NULL);
  enum problem_code p = money_parse(json_str(amount), cur, ret);
  if (p)
    return problem_field(&c->problem, arena_fmt(&c->arena, "/%s/amount", key), p, str_of(cur.code),
                         arena_fmt(&c->arena, "%d", currency_digits(cur)));
  return ERR_OK;
}

enum err call_date(struct call *c, const char *key, bool required, uday *ret, bool *ret_given) {
  json_t *v = NULL;
  TRY(member(c, key, required, JSON_STRING, "a date", &v));
  *ret_given = v != NULL;
  if (v && !date_parse(json_str(v), ret)) return problem_field(&c->problem, pointer_of(c, key), P_BAD_DATE, STR_NULL, STR_NULL);
  return ERR_OK;
}

enum err call_time(struct call *c, const char *key, bool required, utime *ret) {
  json_t *v = NULL;
  TRY(member(c, key, required, JSON_STRING, "a time", &v));
  if (v && !time_parse(json_str(v), ret)) return problem_field(&c->problem, pointer_of(c, key), P_BAD_TIME, STR_NULL, STR_NULL);
  return ERR_OK;
}

enum err call_only(struct call *c, const char *keys) {
  const char *key;
  json_t *v;
  enum err e = ERR_OK;
  json_object_foreach(c->body, key, v) {
    str list = str_of(keys), one;
    bool found = false;
    while (!found && str_next(&list, ' ', &one)) found = str_eqz(one, key);
    if (!found) e = problem_field(&c->problem, pointer_of(c, key), P_UNKNOWN_FIELD, str_of(key), STR_NULL);
  }
  return e;
}

struct ctx call_ctx(struct call *c) {
  return (struct ctx){.conn = c->w->conn, .arena = &c->arena, .pb = &c->problem, .viewer = c->who.viewer, .now = c->now};
}

enum err call_need_role(struct call *c, int least) {
  return c->who.viewer.role >= 0 && c->who.viewer.role <= least ? ERR_OK : problem_set0(&c->problem, P_FORBIDDEN);
}

// ---- writes

struct write_run {
  struct call *c;
  write_fn fn;
  void *arg;
  struct outcome out;
  bool replayed;
  char fingerprint[HASH_LEN * 2 + 1];
};

static void fingerprint(struct call *c, char out[HASH_LEN * 2 + 1]) {
  AUTO(buf_release) struct buf b = BUF(LIMIT_URL * 2), hex = BUF(HASH_LEN * 2 + 1);
  buf_put(&b, c->req->method_text);
  buf_putc(&b, ' ');
  buf_put(&b, c->req->path);
  buf_putc(&b, '?');
  buf_put(&b, c->req->query);
  buf_putc(&b, '\n');
  hash h = hash_of2(buf_str(&b), c->req->body);
  hash_put_hex(&hex, &h);
  snprintf(out, HASH_LEN * 2 + 1, "%s", buf_z(&hex));
}

// Finds the former answer of this key. ERR_OK with replayed set, or not found and free to run.
static enum err idempotency_find(struct ctx *x, struct write_run *r) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(x->conn, SQL("SELECT fingerprint, entity, record FROM idempotency WHERE user_id = $1 AND key = $2"), &s));
  db_bind_int(s, 1, x->viewer.user);
  db_bind_text(s, 2, r->c->req->idempotency_key);
  bool row = false;
  TRY(db_step(s, &row));
  if (!row) return ERR_OK;
  if (!str_eqz(db_text(s, 0), r->fingerprint)) return problem_set0(x->pb, P_IDEMPOTENCY_REUSED);
  r->replayed = true;
  r->out = (struct outcome){db_text(s, 1).n ? entity_find(db_text(s, 1)) : NULL, db_int(s, 2)};
  return ERR_OK;
}

static enum err idempotency_keep(struct ctx *x, struct write_run *r) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(x->conn,
                 SQL("INSERT INTO idempotency (user_id, key, fingerprint, status, entity, record, created_at) "
                     "VALUES ($1, $2, $3, $4, $5, $6, $7)"),
                 &s));
  db_bind_int(s, 1, x->viewer.user);
  db_bind_text(s, 2, r->c->req->idempotency_key);
  db_bind_text(s, 3, str_of(r->fingerprint));
  db_bind_int(s, 4, r->c->route->status);
  db_bind_text(s, 5, r->out.e ? str_of(r->out.e->name) : S(""));
  db_bind_int(s, 6, r->out.id);
  db_bind_int(s, 7, x->now);
  return db_run(s);
}

static enum err write_run(struct db_conn *conn, void *arg) {
  struct write_run *r = arg;
  struct call *c = r->c;
  c->problem = (struct problem){.arena = &c->arena};
  r->out = (struct outcome){0};
  r->replayed = false;
  struct ctx x = call_ctx(c);
  x.conn = conn;
  x.now = clock_now();
  bool keyed = c->known && !(c->route->flags & R_PUBLIC) && c->req->idempotency_key.p && c->route->method == M_POST;
  if (keyed) TRY(idempotency_find(&x, r));
  if (r->replayed) return ERR_OK;
  TRY(r->fn(&x, c, r->arg, &r->out));
  return keyed ? idempotency_keep(&x, r) : ERR_OK;
}

enum err call_write_quiet(struct call *c, const char *name, write_fn fn, void *arg, struct outcome *ret) {
  if (c->known && !(c->who.viewer.ops & OP_WRITE)) return problem_set1(&c->problem, P_SCOPE, S("write"));
  if (c->route->flags & R_IDEMPOTENT && !c->req->idempotency_key.n) return problem_set0(&c->problem, P_IDEMPOTENCY_NEEDED);
  if (c->req->idempotency_key.n > 200) return problem_set0(&c->problem, P_IDEMPOTENCY_NEEDED);
  if (!plain_text(c->req->idempotency_key)) return problem_set1(&c->problem, P_BAD_REQUEST, S("Idempotency-Key"));
  struct write_run r = {.c = c, .fn = fn, .arg = arg};
  fingerprint(c, r.fingerprint);
  TRY(db_failure(c->w->conn));  // what led to this write was read whole
  enum err e = db_tx_run(c->api->db, name, write_run, &r);
  if (e) c->why = db_tx_message();
  TRY(e);
  c->stored = true;
  c->now = clock_now();  // the answer shows what holds after the write, grants made by it included
  *ret = r.out;
  return ERR_OK;
}

enum err call_write(struct call *c, const char *name, write_fn fn, void *arg) {
  struct outcome out = {0};
  TRY(call_write_quiet(c, name, fn, arg, &out));
  if (!out.e) {
    reply_empty(c);
    return ERR_OK;
  }
  return reply_record(c, out.e, out.id, c->route->status);
}

enum err call_check_match(struct ctx *x, struct call *c, const struct rec *r, const struct access *a) {
  if (!c->req->if_match.p) return c->route->flags & R_IF_MATCH ? problem_set0(x->pb, P_IF_MATCH_NEEDED) : ERR_OK;
  if (str_eq(c->req->if_match, S("*"))) return ERR_OK;
  AUTO(buf_release) struct buf etag = BUF(128);
  project_etag(&etag, r, a);
  return str_eq(buf_str(&etag), c->req->if_match) ? ERR_OK : problem_set0(x->pb, P_STALE);
}

struct step_run {
  const struct entity *e;
  id64 id;
  step_fn fn;
  void *arg;
};

static enum err step_write(struct ctx *x, struct call *c, void *arg, struct outcome *out) {
  const struct step_run *s = arg;
  struct rec *r = NULL;
  struct access a = {0};
  TRY(trust_load(x, s->e, s->id, OP_READ, &r, &a));
  TRY(call_check_match(x, c, r, &a));
  *out = (struct outcome){s->e, s->id};
  return s->fn(x, c, s->id, s->arg, out);
}

enum err call_step(struct call *c, const struct entity *e, const char *name, step_fn fn, void *arg) {
  struct step_run s = {e, 0, fn, arg};
  TRY(call_id(c, 0, e, &s.id));
  return call_write(c, name, step_write, &s);
}

static enum err read_once(struct call *c, reading_fn fn) {
  TRY(db_read_begin(c->w->conn));
  buf_clear(&c->resp->body);
  struct ctx x = call_ctx(c);
  enum err e = fn(c, &x);
  return call_read_end(c, e);
}

enum err call_reading(struct call *c, reading_fn fn) {
  enum err e;
  do e = read_once(c, fn);
  while (call_again(c, e));
  return e;
}

enum err call_read_end(struct call *c, enum err e) {
  db_read_end(c->w->conn);
  enum err store = db_failure(c->w->conn);
  return store ? store : e;
}

bool call_again(struct call *c, enum err e) {
  enum { TIMES = 3 };
  if (!c->stored || (e != ERR_IO && e != ERR_BUSY) || c->again == TIMES) return false;
  (void)db_failure(c->w->conn);
  c->again++;
  c->problem = (struct problem){.arena = &c->arena};
  return true;
}

// ---- what was read

static enum err note_items(struct call *c, struct ctx *x, const struct list_item *items, size_t n) {
  bool missing = false;
  TRY(trust_reads_missing(x, items, n, &missing));
  if (!missing) return ERR_OK;
  struct list_item *all = NEW_ARRAY(&c->arena, c->n_unnoted + n, struct list_item);
  if (c->n_unnoted) memcpy(all, c->unnoted, c->n_unnoted * sizeof *all);
  memcpy(all + c->n_unnoted, items, n * sizeof *all);
  c->unnoted = all;
  c->n_unnoted += n;
  return ERR_OK;
}

enum err call_note_reads(struct call *c, struct ctx *x, const struct list_item *items, size_t n) {
  TRY(note_items(c, x, items, n));
  const struct list_item *named = x->named;
  size_t n_named = x->n_named;
  x->named = NULL;
  x->n_named = x->cap_named = 0;
  return n_named ? note_items(c, x, named, n_named) : ERR_OK;
}

enum err call_note_rows(struct call *c, struct ctx *x, const struct entity *e, const struct list_item *root) {
  struct list_item *rows = NULL;
  size_t n = 0;
  bool more = false;
  if (root->access.owner) return ERR_OK;
  TRY(trust_children(x, e, root->r, 0, 1, &rows, &n, &more));
  return call_note_reads(c, x, rows, n);
}

static enum err note_run(struct db_conn *conn, void *arg) {
  struct call *c = arg;
  struct ctx x = call_ctx(c);
  x.conn = conn;
  return trust_reads_note(&x, c->unnoted, c->n_unnoted);
}

enum err call_reads_flush(struct call *c) {
  enum err e = ERR_OK;
  if (!c->n_unnoted) return ERR_OK;
  do e = db_tx_run(c->api->db, "note_reads", note_run, c);
  while (call_again(c, e));
  if (e) c->why = db_tx_message();
  return e;
}

// ---- answers

struct jw reply_json(struct call *c) {
  c->resp->status = c->route->status ? c->route->status : 200;
  c->resp->content_type = "application/json";
  return JW(&c->resp->body);
}

void reply_empty(struct call *c) { c->resp->status = 204; }

static enum err record_once(struct call *c, const struct entity *e, id64 id, int status) {
  TRY(db_read_begin(c->w->conn));
  buf_clear(&c->resp->body);
  struct ctx x = call_ctx(c);
  struct rec *r = NULL;
  struct access a = {0};
  enum err err = trust_load(&x, e, id, OP_READ, &r, &a);
  if (!err) {
    struct jw w = JW(&c->resp->body);
    struct list_item item = {.r = r, .access = a, .changed_at = r->updated_at};
    jw_object(&w);
    project(&w, r, &a, r->updated_at);
    err = project_names(&x, &w, &item, 1);
    if (!err) err = call_note_reads(c, &x, &item, 1);
    jw_end_object(&w);
    AUTO(buf_release) struct buf etag = BUF(sizeof c->resp->etag);
    project_etag(&etag, r, &a);
    snprintf(c->resp->etag, sizeof c->resp->etag, "%s", buf_z(&etag));
    if (status == 201) {
      char z[ID_TEXT_MAX];
      snprintf(c->resp->location, sizeof c->resp->location, "/api/v1/%s/%s", e->path, id_z(z, e->prefix, id));
    }
    c->resp->status = status;
    c->resp->content_type = "application/json";
    if (c->route->method == M_GET && str_eqz(c->req->if_none_match, c->resp->etag)) {
      buf_clear(&c->resp->body);
      c->resp->status = 304;
    }
  }
  return call_read_end(c, err);
}

enum err reply_record(struct call *c, const struct entity *e, id64 id, int status) {
  enum err err;
  do err = record_once(c, e, id, status);
  while (call_again(c, err));
  return err;
}

enum err reply_list(struct call *c, struct ctx *x, const struct list_item *items, size_t n, str next) {
  struct jw w = reply_json(c);
  jw_object(&w);
  jw_key(&w, S("items"));
  jw_array(&w);
  for (size_t i = 0; i < n; i++) {
    jw_object(&w);
    project(&w, items[i].r, &items[i].access, items[i].changed_at);
    jw_end_object(&w);
  }
  jw_end_array(&w);
  write_text(&w, "next", next.n ? next : STR_NULL);
  TRY(project_names(x, &w, items, n));
  jw_end_object(&w);
  return call_note_reads(c, x, items, n);
}

void write_text(struct jw *w, const char *key, str v) {
  jw_key(w, str_of(key));
  jw_string(w, v);
}
void write_int(struct jw *w, const char *key, int64_t v) {
  jw_key(w, str_of(key));
  jw_int(w, v);
}
void write_bool(struct jw *w, const char *key, bool v) {
  jw_key(w, str_of(key));
  jw_bool(w, v);
}
void write_id(struct jw *w, const char *key, const char *prefix, id64 id) {
  char z[ID_TEXT_MAX];
  write_text(w, key, id ? str_of(id_z(z, prefix, id)) : STR_NULL);
}
void write_time(struct jw *w, const char *key, utime t) {
  AUTO(buf_release) struct buf b = BUF(64);
  time_put(&b, t);
  write_text(w, key, buf_str(&b));
}
void write_date(struct jw *w, const char *key, uday d) {
  AUTO(buf_release) struct buf b = BUF(64);
  date_put(&b, d);
  write_text(w, key, buf_str(&b));
}
void write_hash(struct jw *w, const char *key, const hash *h) {
  AUTO(buf_release) struct buf b = BUF(HASH_LEN * 2 + 1);
  hash_put_hex(&b, h);
  write_text(w, key, buf_str(&b));
}
void write_money(struct jw *w, const char *key, money m) {
  AUTO(buf_release) struct buf b = BUF(64);
  money_amount_put(&b, m);
  jw_key(w, str_of(key));
  jw_object(w);
  write_text(w, "amount", buf_str(&b));
  write_text(w, "currency", str_of(m.cur.code));
  jw_end_object(w);
}
