// SPDX-License-Identifier: Apache-2.0
// Statements over HTTP: approval by a second person, dispute, withdrawal, payment, reversal; the document both sides recompute.
#include <stdio.h>

#include "api/handlers.h"
#include "base/csv.h"
#include "flows/settlement.h"

struct payment {
  str reference;
  uday on;
};

static enum err do_approve(struct ctx *x, struct call *c, id64 id, void *arg, struct outcome *out) {
  (void)c, (void)arg, (void)out;
  return settlement_approve(x, id);
}
static enum err do_dispute(struct ctx *x, struct call *c, id64 id, void *arg, struct outcome *out) {
  (void)c, (void)out;
  return settlement_dispute(x, id, *(const str *)arg);
}
static enum err do_withdraw(struct ctx *x, struct call *c, id64 id, void *arg, struct outcome *out) {
  (void)c, (void)out;
  return settlement_withdraw(x, id, *(const str *)arg);
}
static enum err do_pay(struct ctx *x, struct call *c, id64 id, void *arg, struct outcome *out) {
  const struct payment *p = arg;
  (void)c, (void)out;
  return settlement_pay(x, id, p->reference, p->on);
}
static enum err do_reverse(struct ctx *x, struct call *c, id64 id, void *arg, struct outcome *out) {
  (void)c;
  return settlement_reverse(x, id, *(const str *)arg, &out->id);
}

enum err statement_post_approve(struct call *c) {
  TRY(call_only(c, ""));
  return call_step(c, &entity_statement, "statement_approve", do_approve, NULL);
}

static enum err with_reason(struct call *c, const char *name, step_fn fn) {
  str reason;
  TRY(call_only(c, "reason"));
  TRY(call_text(c, "reason", true, 500, &reason));
  return call_step(c, &entity_statement, name, fn, &reason);
}
enum err statement_post_dispute(struct call *c) { return with_reason(c, "statement_dispute", do_dispute); }
enum err statement_post_withdraw(struct call *c) { return with_reason(c, "statement_withdraw", do_withdraw); }
enum err statement_post_reverse(struct call *c) { return with_reason(c, "statement_reverse", do_reverse); }

enum err statement_post_pay(struct call *c) {
  struct payment p = {0};
  bool given = false;
  TRY(call_only(c, "reference paid_on"));
  enum err e1 = call_text(c, "reference", true, 120, &p.reference), e2 = call_date(c, "paid_on", true, &p.on, &given);
  TRY(e1);
  TRY(e2);
  return call_step(c, &entity_statement, "statement_pay", do_pay, &p);
}

static enum err load(struct call *c, struct ctx *x, struct rec **ret) {
  id64 id = 0;
  struct access a = {0};
  TRY(call_id(c, 0, &entity_statement, &id));
  TRY(trust_load(x, &entity_statement, id, OP_READ, ret, &a));
  if (!(a.read & FIELD_BIT(statement_f_document))) return problem_set0(x->pb, P_NOT_FOUND);
  return call_note_reads(c, x, &(struct list_item){.r = *ret, .access = a}, 1);
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

enum err statement_document(struct call *c) { return call_reading(c, document_reply); }

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

enum err statement_csv(struct call *c) { return call_reading(c, csv_reply); }
