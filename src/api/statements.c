// SPDX-License-Identifier: Apache-2.0
// Statements over HTTP: approval by a second person, dispute, payment, reversal; the document both sides recompute.
#include <stdio.h>

#include "api/handlers.h"
#include "base/csv.h"
#include "flows/settlement.h"

struct step {
  id64 id;
  str text;
  uday on;
};

static enum err check_match(struct ctx *x, struct call *c, id64 id) {
  struct rec *r = NULL;
  struct access a = {0};
  TRY(trust_load(x, &entity_statement, id, OP_READ, &r, &a));
  return call_check_match(x, c, r, &a);
}

static enum err approve_write(struct ctx *x, struct call *c, void *arg, struct outcome *out) {
  const struct step *s = arg;
  TRY(check_match(x, c, s->id));
  *out = (struct outcome){&entity_statement, s->id};
  return settlement_approve(x, s->id);
}
static enum err dispute_write(struct ctx *x, struct call *c, void *arg, struct outcome *out) {
  const struct step *s = arg;
  TRY(check_match(x, c, s->id));
  *out = (struct outcome){&entity_statement, s->id};
  return settlement_dispute(x, s->id, s->text);
}
static enum err pay_write(struct ctx *x, struct call *c, void *arg, struct outcome *out) {
  const struct step *s = arg;
  TRY(check_match(x, c, s->id));
  *out = (struct outcome){&entity_statement, s->id};
  return settlement_pay(x, s->id, s->text, s->on);
}
static enum err reverse_write(struct ctx *x, struct call *c, void *arg, struct outcome *out) {
  const struct step *s = arg;
  TRY(check_match(x, c, s->id));
  out->e = &entity_statement;
  return settlement_reverse(x, s->id, s->text, &out->id);
}

enum err statement_post_approve(struct call *c) {
  struct step s = {0};
  TRY(call_id(c, 0, &entity_statement, &s.id));
  TRY(call_only(c, ""));
  return call_write(c, "statement_approve", approve_write, &s);
}

static enum err with_reason(struct call *c, const char *name, write_fn fn) {
  struct step s = {0};
  TRY(call_id(c, 0, &entity_statement, &s.id));
  TRY(call_only(c, "reason"));
  TRY(call_text(c, "reason", true, 500, &s.text));
  return call_write(c, name, fn, &s);
}
enum err statement_post_dispute(struct call *c) { return with_reason(c, "statement_dispute", dispute_write); }
enum err statement_post_reverse(struct call *c) { return with_reason(c, "statement_reverse", reverse_write); }

enum err statement_post_pay(struct call *c) {
  struct step s = {0};
  bool given = false;
  TRY(call_id(c, 0, &entity_statement, &s.id));
  TRY(call_only(c, "reference paid_on"));
  enum err e1 = call_text(c, "reference", true, 120, &s.text), e2 = call_date(c, "paid_on", true, &s.on, &given);
  TRY(e1);
  TRY(e2);
  return call_write(c, "statement_pay", pay_write, &s);
}

static enum err load(struct call *c, struct ctx *x, struct rec **ret) {
  id64 id = 0;
  struct access a = {0};
  TRY(call_id(c, 0, &entity_statement, &id));
  TRY(trust_load(x, &entity_statement, id, OP_READ, ret, &a));
  return a.read & FIELD_BIT(statement_f_document) ? ERR_OK : problem_set0(x->pb, P_NOT_FOUND);
}

static enum err reading(struct call *c, enum err (*fn)(struct call *, struct ctx *)) {
  TRY(db_read_begin(c->w->conn));
  struct ctx x = call_ctx(c);
  enum err e = fn(c, &x);
  db_read_end(c->w->conn);
  return e;
}

static enum err document_reply(struct call *c, struct ctx *x) {
  struct rec *st = NULL;
  TRY(load(c, x, &st));
  c->resp->status = 200;
  c->resp->content_type = "application/json";
  buf_put(&c->resp->body, rec_text(st, statement_f_document));
  snprintf(c->resp->etag, sizeof c->resp->etag, "\"%.*s\"", STR_ARG(rec_text(st, statement_f_document_hash)));
  snprintf(c->resp->filename, sizeof c->resp->filename, "statement-%.*s.json", STR_ARG(rec_text(st, statement_f_number)));
  return ERR_OK;
}

enum err statement_document(struct call *c) { return reading(c, document_reply); }

static enum err csv_reply(struct call *c, struct ctx *x) {
  static const int columns[] = {posting_f_line, posting_f_kind, posting_f_party, posting_f_person,
                                posting_f_role, posting_f_base, posting_f_rate,  posting_f_amount};
  struct rec *st = NULL;
  struct list_item *items = NULL;
  size_t n = 0;
  bool more = false;
  TRY(load(c, x, &st));
  TRY(trust_children(x, &entity_posting, st, 0, LIMIT_CHILDREN, &items, &n, &more));
  struct buf *b = &c->resp->body;
  AUTO(buf_release) struct buf cell = BUF(LIMIT_LONGTEXT * 4);
  for (size_t k = 0; k < ARRAY_LEN(columns); k++)
    csv_cell(b, str_of(entity_posting.fields[columns[k]].label.in[c->lang]), k + 1 == ARRAY_LEN(columns));
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < ARRAY_LEN(columns); k++) {
      buf_clear(&cell);
      if (items[i].access.read & FIELD_BIT(columns[k])) rec_cell(&cell, items[i].r, columns[k]);
      csv_cell(b, buf_str(&cell), k + 1 == ARRAY_LEN(columns));
    }
  c->resp->status = 200;
  c->resp->content_type = "text/csv; charset=utf-8";
  snprintf(c->resp->filename, sizeof c->resp->filename, "statement-%.*s.csv", STR_ARG(rec_text(st, statement_f_number)));
  return ERR_OK;
}

enum err statement_csv(struct call *c) { return reading(c, csv_reply); }
