// SPDX-License-Identifier: Apache-2.0
// Deals over HTTP: the preview as a partner, the buyer's stage, claims, win and loss, the settlement as it would be now.
#include <stdio.h>

#include "api/handlers.h"
#include "flows/deal.h"
#include "flows/settlement.h"

// ---- one deal; "?as=company" shows the owner exactly what that company would get

static enum err preview_reply(struct call *c, struct ctx *x) {
  id64 id = 0, as = 0;
  str text = S("");
  struct rec *r = NULL;
  struct access a = {0};
  TRY(call_id(c, 0, &entity_deal, &id));
  call_query(c, "as", &text);
  if (!id_parse(text, "company", &as)) return problem_field(x->pb, S("?as"), P_BAD_ID, S("company"), STR_NULL);
  TRY(trust_load(x, &entity_deal, id, OP_READ, &r, &a));
  if (!a.owner) return problem_set0(x->pb, P_FORBIDDEN);
  struct ctx other = *x;
  other.viewer = (struct viewer){.company = as, .user = 0, .role = -1, .ops = OP_READ, .lang = x->viewer.lang};
  TRY(trust_load(&other, &entity_deal, id, OP_READ, &r, &a));
  struct list_item item = {.r = r, .access = a, .changed_at = r->updated_at};
  struct jw w = reply_json(c);
  jw_object(&w);
  project(&w, r, &a, r->updated_at);
  TRY(project_names(&other, &w, &item, 1));
  jw_end_object(&w);
  return ERR_OK;
}

enum err deal_read(struct call *c) {
  str as;
  id64 id = 0;
  if (call_query(c, "as", &as)) return call_reading(c, preview_reply);
  TRY(call_id(c, 0, &entity_deal, &id));
  return reply_record(c, &entity_deal, id, 200);
}

// ---- the buyer's stage

static enum err stage_reply(struct call *c, struct ctx *x) {
  id64 id = 0;
  struct rec *r = NULL;
  struct access a = {0};
  struct stage_result s;
  TRY(call_id(c, 0, &entity_deal, &id));
  TRY(trust_load(x, &entity_deal, id, OP_READ, &r, &a));
  if (!(a.read & FIELD_BIT(deal_f_stage))) return problem_set0(x->pb, P_NOT_FOUND);
  TRY(deal_stage(x, r, &s));
  struct jw w = reply_json(c);
  jw_object(&w);
  jw_key(&w, S("result"));
  shape_write(&shape_stage_result, &s, &w, (int)c->lang);
  jw_key(&w, S("because"));
  reasons_write(s.answer.because, s.answer.n_because, &w, (int)c->lang);
  jw_end_object(&w);
  struct list_item deal = {.r = r, .access = a};
  TRY(call_note_rows(c, x, &entity_evidence, &deal));
  return call_note_reads(c, x, &deal, 1);
}

enum err deal_get_stage(struct call *c) { return call_reading(c, stage_reply); }

struct move {
  int word;
  str text;
  money amount;
  uday on;
};

static enum err do_claim(struct ctx *x, struct call *c, id64 id, void *arg, struct outcome *out) {
  const struct move *m = arg;
  (void)c, (void)out;
  return deal_claim(x, id, m->word, m->text);
}

enum err deal_post_claim(struct call *c) {
  struct move m = {0};
  TRY(call_only(c, "stage why"));
  enum err e1 = call_word(c, "stage", &vocab_buyer_stage, false, &m.word), e2 = call_text(c, "why", m.word >= 0, 300, &m.text);
  TRY(e1);
  TRY(e2);
  return call_step(c, &entity_deal, "deal_claim", do_claim, &m);
}

static enum err do_win(struct ctx *x, struct call *c, id64 id, void *arg, struct outcome *out) {
  const struct move *m = arg;
  (void)c, (void)out;
  return deal_win(x, id, m->amount, m->on);
}

static enum err closing_date(struct call *c, uday *ret) {
  bool given = false;
  *ret = utime_day(c->now);
  TRY(call_date(c, "closed_on", false, ret, &given));
  if (*ret > utime_day(c->now) + 1) return problem_field(&c->problem, S("/closed_on"), P_BAD_DATE, STR_NULL, STR_NULL);
  return ERR_OK;
}

enum err deal_post_win(struct call *c) {
  struct move m = {0};
  TRY(call_only(c, "amount closed_on"));
  enum err e1 = call_money(c, "amount", true, &m.amount), e2 = closing_date(c, &m.on);
  TRY(e1);
  TRY(e2);
  if (m.amount.minor <= 0) return problem_field(&c->problem, S("/amount"), P_OUT_OF_RANGE, S("0.01"), S("92233720368547758.07"));
  return call_step(c, &entity_deal, "deal_win", do_win, &m);
}

static enum err do_lose(struct ctx *x, struct call *c, id64 id, void *arg, struct outcome *out) {
  const struct move *m = arg;
  (void)c, (void)out;
  return deal_lose(x, id, m->word, m->text, m->on);
}

enum err deal_post_lose(struct call *c) {
  struct move m = {0};
  TRY(call_only(c, "outcome reason closed_on"));
  enum err e1 = call_word(c, "outcome", &vocab_deal_outcome, true, &m.word), e2 = call_text(c, "reason", true, 500, &m.text);
  enum err e3 = closing_date(c, &m.on);
  TRY(e1);
  TRY(e2);
  TRY(e3);
  if (m.word == deal_outcome_open || m.word == deal_outcome_won || m.word == deal_outcome_won_part)
    return problem_field(&c->problem, S("/outcome"), P_BAD_WORD, S("lost_rival, no_decision, withdrew"), STR_NULL);
  return call_step(c, &entity_deal, "deal_lose", do_lose, &m);
}

static enum err do_reopen(struct ctx *x, struct call *c, id64 id, void *arg, struct outcome *out) {
  (void)c, (void)out;
  return deal_reopen(x, id, *(const str *)arg);
}

enum err deal_post_reopen(struct call *c) {
  str reason;
  TRY(call_only(c, "reason"));
  TRY(call_text(c, "reason", true, 500, &reason));
  return call_step(c, &entity_deal, "deal_reopen", do_reopen, &reason);
}

// ---- money

static enum err settlement_reply(struct call *c, struct ctx *x) {
  id64 id = 0;
  struct settle_input in;
  struct settle_result r;
  struct list_item deal = {0};
  TRY(call_id(c, 0, &entity_deal, &id));
  str under;
  id64 agreement = 0;
  if (call_query(c, "agreement", &under) && !id_parse(under, "agreement", &agreement))
    return problem_field(x->pb, S("?agreement"), P_BAD_ID, S("agreement"), STR_NULL);
  TRY(settlement_estimate(x, id, agreement, &in, &r));
  TRY(trust_load(x, &entity_deal, id, OP_READ, &deal.r, &deal.access));
  TRY(call_note_reads(c, x, &deal, 1));
  struct jw w = reply_json(c);
  jw_object(&w);
  write_text(&w, "agreement", in.agreement);
  write_int(&w, "agreement_version", in.agreement_version);
  jw_key(&w, S("result"));
  shape_write(&shape_settle_result, &r, &w, (int)c->lang);
  jw_key(&w, S("because"));
  reasons_write(r.answer.because, r.answer.n_because, &w, (int)c->lang);
  jw_end_object(&w);
  return ERR_OK;
}

enum err deal_get_settlement(struct call *c) { return call_reading(c, settlement_reply); }

static enum err do_settle(struct ctx *x, struct call *c, id64 id, void *arg, struct outcome *out) {
  (void)c;
  out->e = &entity_statement;
  return settlement_prepare(x, id, *(const id64 *)arg, &out->id);
}

enum err deal_post_settle(struct call *c) {
  id64 agreement = 0;
  TRY(call_only(c, "agreement"));
  TRY(call_ref(c, "agreement", &entity_agreement, false, &agreement));
  return call_step(c, &entity_deal, "deal_settle", do_settle, &agreement);
}

static enum err do_cosign(struct ctx *x, struct call *c, id64 id, void *arg, struct outcome *out) {
  (void)c, (void)arg, (void)out;
  return deal_cosign(x, id);
}

enum err contribution_cosign(struct call *c) {
  TRY(call_only(c, ""));
  return call_step(c, &entity_contribution, "contribution_cosign", do_cosign, NULL);
}

// ---- orders of an account by quarter, for the chart

enum { QUARTERS = 12 };
struct quarter {
  int index;  // year * 4 + quarter
  money total;
  int64_t orders;
};

static int quarter_index(uday d) {
  int y, m, day;
  date_civil(d, &y, &m, &day);
  return y * 4 + (m - 1) / 3;
}

static enum err sum_quarters(struct ctx *x, id64 account, struct quarter q[QUARTERS], int *ret_n, currency *ret_cur) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(
    x->conn,
    SQL("SELECT ordered_on, order_no, total_minor, total_cur FROM order_line WHERE root = $1 AND total_minor IS NOT NULL "
        "ORDER BY ordered_on DESC, order_no"),
    &s));
  db_bind_int(s, 1, account);
  int n = 0;
  str last = STR_NULL;
  for (bool row = true;;) {
    TRY(db_step(s, &row));
    if (!row) break;
    int index = quarter_index((uday)db_int(s, 0));
    currency cur = {""};
    if (!currency_parse(db_text(s, 3), &cur)) return ERR_CORRUPT;
    if (!n || q[n - 1].index != index) {
      if (n == QUARTERS) break;
      q[n++] = (struct quarter){index, {0, cur}, 0};
    }
    if (!ret_cur->code[0]) *ret_cur = cur;
    if (currency_eq(cur, q[n - 1].total.cur))  // another currency is left out rather than added up wrongly
      TRY(money_add(q[n - 1].total, (money){db_int(s, 2), cur}, &q[n - 1].total));
    if (!last.p || !str_eq(last, db_text(s, 1))) {
      q[n - 1].orders++;
      last = arena_str(x->arena, db_text(s, 1));
    }
  }
  *ret_n = n;
  return ERR_OK;
}

static enum err quarters_reply(struct call *c, struct ctx *x) {
  id64 id = 0;
  struct rec *r = NULL;
  struct access a = {0};
  struct quarter q[QUARTERS];
  int n = 0;
  currency cur = {""};
  TRY(call_id(c, 0, &entity_account, &id));
  TRY(trust_load(x, &entity_account, id, OP_READ, &r, &a));
  if (!a.owner) return problem_set0(x->pb, P_NOT_FOUND);  // prices are the owner's
  TRY(sum_quarters(x, id, q, &n, &cur));
  money year = {0, cur};
  struct jw w = reply_json(c);
  jw_object(&w);
  write_text(&w, "currency", cur.code[0] ? str_of(cur.code) : STR_NULL);
  jw_key(&w, S("quarters"));
  jw_array(&w);
  for (int i = n - 1; i >= 0; i--) {
    jw_object(&w);
    write_text(&w, "quarter", arena_fmt(&c->arena, "%04d-Q%d", q[i].index / 4, q[i].index % 4 + 1));
    write_money(&w, "total", q[i].total);
    write_int(&w, "orders", q[i].orders);
    jw_end_object(&w);
    if (i < 4 && currency_eq(cur, q[i].total.cur)) TRY(money_add(year, q[i].total, &year));
  }
  jw_end_array(&w);
  if (n)
    write_money(&w, "last_four_quarters", year);
  else
    write_text(&w, "last_four_quarters", STR_NULL);
  jw_end_object(&w);
  return ERR_OK;
}

enum err account_orders_by_quarter(struct call *c) { return call_reading(c, quarters_reply); }
