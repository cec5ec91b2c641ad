// SPDX-License-Identifier: Apache-2.0
// The caller's company log over HTTP: checkpoint, entries, proofs a partner checks offline; the live event stream.
#include <stdio.h>

#include "api/handlers.h"
#include "base/hash.h"

static enum err text_reply(struct call *c, enum err (*fn)(struct call *, struct buf *), const char *type) {
  TRY(db_read_begin(c->w->conn));
  enum err e = fn(c, &c->resp->body);
  db_read_end(c->w->conn);
  if (e == ERR_NOT_FOUND) return problem_set0(&c->problem, P_NOT_FOUND);
  TRY(e);
  c->resp->status = 200;
  c->resp->content_type = type;
  return ERR_OK;
}

static enum err checkpoint(struct call *c, struct buf *out) { return audit_checkpoint(c->w->conn, c->who.viewer.company, out); }

enum err log_checkpoint(struct call *c) { return text_reply(c, checkpoint, "text/plain; charset=utf-8"); }

static enum err number(struct call *c, const char *name, int64_t dflt, int64_t *ret) {
  str text;
  char pointer[32];
  *ret = dflt;
  snprintf(pointer, sizeof pointer, "?%s", name);
  if (call_query(c, name, &text) && (!str_to_int64(text, ret) || *ret < 0))
    return problem_field(&c->problem, str_of(pointer), P_WRONG_TYPE, S("a whole number"), STR_NULL);
  return ERR_OK;
}

// The last entry about a record, or the one with the wanted verb: "when was this lead accepted".
static enum err find_entry(struct call *c, int64_t *ret_seq) {
  str record, op = S("");
  id64 id = 0;
  str prefix;
  if (!call_query(c, "record", &record)) return number(c, "seq", 0, ret_seq);
  if (!id_parse_any(record, &prefix, &id)) return problem_field(&c->problem, S("?record"), P_BAD_ID, S("record"), STR_NULL);
  call_query(c, "op", &op);
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(
    c->w->conn,
    SQL(
      "SELECT seq FROM audit_entry WHERE log = $1 AND record = $2 AND seq > 0 AND ($3 = '' OR op = $3) ORDER BY seq DESC LIMIT 1"),
    &s));
  db_bind_int(s, 1, c->who.viewer.company);
  db_bind_int(s, 2, id);
  db_bind_text(s, 3, op);
  bool row = false;
  TRY(db_step(s, &row));
  if (!row) return ERR_NOT_FOUND;
  *ret_seq = db_int(s, 0);
  return ERR_OK;
}

static enum err proof(struct call *c, struct buf *out) {
  int64_t seq = 0, epoch = 0;
  TRY(number(c, "epoch", 0, &epoch));
  if (epoch) return audit_epoch_proof(c->w->conn, c->who.viewer.company, epoch, c->api->key, out);
  TRY(find_entry(c, &seq));
  return audit_proof(c->w->conn, c->who.viewer.company, seq, c->api->key, out);
}

enum err log_proof(struct call *c) { return text_reply(c, proof, "application/json"); }

// Whoever kept a checkpoint says which log it names: the present one, or an epoch of it that a restore ended.
static enum err check_origin(struct call *c, int64_t from) {
  AUTO(buf_release) struct buf now = BUF(256), last = BUF(32);
  str origin;
  struct audit_epoch_end end = {0};
  if (!call_query(c, "origin", &origin)) return ERR_OK;
  TRY(audit_origin(c->w->conn, c->who.viewer.company, c->api->key, &now));
  if (str_eq(origin, buf_str(&now))) return ERR_OK;
  TRY(audit_epoch_end(c->w->conn, c->who.viewer.company, origin, &end));  // another company's log is not found either
  if (from <= end.size) return ERR_OK;
  buf_int(&last, end.size);
  return problem_set(&c->problem, P_EPOCH_ENDED, origin, buf_str(&last));
}

static enum err consistency(struct call *c, struct buf *out) {
  int64_t from = 0, to = 0, size = 0;
  TRY(audit_size(c->w->conn, c->who.viewer.company, &size));
  TRY(number(c, "from", 0, &from));
  TRY(number(c, "to", size, &to));
  TRY(check_origin(c, from));
  return audit_consistency(c->w->conn, c->who.viewer.company, from, to, c->api->key, out);
}

enum err log_consistency(struct call *c) { return text_reply(c, consistency, "application/json"); }

static enum err entries(struct call *c, struct jw *w) {
  str record, prefix;
  id64 id = 0;
  int64_t before = 0;
  size_t limit = 0;
  TRY(call_query_limit(c, &limit));
  TRY(number(c, "before", INT64_MAX, &before));
  if (call_query(c, "record", &record) && !id_parse_any(record, &prefix, &id))
    return problem_field(&c->problem, S("?record"), P_BAD_ID, S("record"), STR_NULL);
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(c->w->conn,
                 SQL("SELECT seq, leaf FROM audit_entry WHERE log = $1 AND seq > 0 AND seq < $2 AND ($3 = 0 OR record = $3) "
                     "ORDER BY seq DESC LIMIT $4"),
                 &s));
  db_bind_int(s, 1, c->who.viewer.company);
  db_bind_int(s, 2, before);
  db_bind_int(s, 3, id);
  db_bind_int(s, 4, (int64_t)limit);
  jw_key(w, S("items"));
  jw_array(w);
  for (bool row = true;;) {
    TRY(db_step(s, &row));
    if (!row) break;
    jw_object(w);
    write_int(w, "seq", db_int(s, 0));
    jw_key(w, S("leaf"));
    jw_raw(w, db_text(s, 1));
    jw_end_object(w);
  }
  jw_end_array(w);
  return ERR_OK;
}

enum err log_entries(struct call *c) {
  TRY(db_read_begin(c->w->conn));
  struct jw w = reply_json(c);
  jw_object(&w);
  enum err e = entries(c, &w);
  jw_end_object(&w);
  db_read_end(c->w->conn);
  return e;
}

// ---- live updates

// An id is the place of the entry in the log, behind the number of its epoch unless that is the first: "57", "2.57". Without a good one
// the stream begins now.
static enum err stream_from(struct call *c, struct response *r) {
  int64_t size = 0, number = 1, seq = 0;
  str id = c->req->last_event_id, head, tail;
  TRY(audit_size(c->w->conn, c->who.viewer.company, &size));
  bool dotted = str_cut(id, '.', &head, &tail);
  bool given =
    id.n && str_to_int64(dotted ? tail : id, &seq) && seq >= 0 && (!dotted || (str_to_int64(head, &number) && number >= 1));
  if (!given) seq = size;
  TRY(audit_epoch_resume(c->w->conn, c->who.viewer.company, given ? number : INT64_MAX, seq, &seq, &r->stream_epoch));
  r->stream_after = seq > size ? size : seq;
  return ERR_OK;
}

enum err events_stream(struct call *c) {
  struct response *r = c->resp;
  TRY(stream_from(c, r));
  r->status = 200;
  r->stream = true;
  r->content_type = "text/event-stream";
  r->stream_company = c->who.viewer.company;
  r->stream_user = c->who.viewer.user;
  char hashed[SECRET_TEXT_MAX * 2];
  str secret = c->req->authorization;
  secret = secret.p ? str_trim(str_sub(secret, 7, secret.n)) : session_secret(c);
  secret_hash(secret, hashed);
  snprintf(r->session_hash, sizeof r->session_hash, "%.71s", hashed);
  return ERR_OK;
}
