// SPDX-License-Identifier: Apache-2.0
// The hub's companies: directory, own profile, working calendar, partners with what stands between us.
#include <stdio.h>

#include "api/handlers.h"
#include "flows/agreement.h"
#include "flows/flow.h"
#include "rules/lead.h"

enum { COMPANIES_MAX = 1000 };

static enum err all_companies(struct ctx *x, id64 **ret, size_t *ret_n) {
  id64 *out = NEW_ARRAY(x->arena, COMPANIES_MAX, id64);
  size_t n = 0;
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(x->conn, SQL("SELECT id FROM company ORDER BY id LIMIT 1000"), &s));
  for (bool row = true;;) {
    TRY(db_step(s, &row));
    if (!row) break;
    out[n++] = db_int(s, 0);
  }
  *ret = out;
  *ret_n = n;
  return ERR_OK;
}

static enum err companies_reply(struct call *c, struct ctx *x) {
  id64 *ids = NULL;
  size_t n = 0;
  TRY(all_companies(x, &ids, &n));
  struct list_item *items = NEW_ARRAY(&c->arena, n + 1, struct list_item);
  for (size_t i = 0; i < n; i++) {
    TRY(trust_load(x, &entity_company, ids[i], OP_READ, &items[i].r, &items[i].access));
    items[i].changed_at = items[i].r->updated_at;
  }
  return reply_list(c, x, items, n, STR_NULL);
}

enum err companies_list(struct call *c) { return call_reading(c, companies_reply); }

static enum err check_hours(struct ctx *x, const struct rec *after) {
  struct calendar_hours *h = NULL;
  struct calendar_exception *e = NULL;
  size_t n = 0;
  str bad = STR_NULL;
  if (!hours_parse(rec_text(after, company_f_work_week), x->arena, &h, &n, &bad))
    return problem_field(x->pb, S("/work_week"), P_WRONG_TYPE, S("1-5 09:00-17:00; 6 10:00-14:00"), STR_NULL);
  if (!exceptions_parse(rec_text(after, company_f_work_exceptions), x->arena, &e, &n, &bad))
    return problem_field(x->pb, S("/work_exceptions"), P_WRONG_TYPE, S("2026-10-01 closed"), STR_NULL);
  return ERR_OK;
}

static enum err company_write(struct ctx *x, struct call *c, id64 id, json_t *body) {
  struct rec *before = NULL;
  struct access a = {0};
  uint64_t given = 0;
  TRY(trust_load(x, &entity_company, id, OP_READ, &before, &a));
  if (!a.owner || x->viewer.role != user_role_admin) return problem_set0(x->pb, P_FORBIDDEN);
  TRY(call_check_match(x, c, before, &a));
  struct rec *after = rec_copy(before);
  TRY(rec_decode(after, body, DECODE_PATCH, entity_mask_all(&entity_company), "", S(""), x->pb, &given));
  TRY(check_hours(x, after));
  currency cur;
  if (rec_has(after, company_f_currency) && !currency_parse(rec_text(after, company_f_currency), &cur))
    return problem_field(x->pb, S("/currency"), P_BAD_CURRENCY, rec_text(after, company_f_currency), STR_NULL);
  return trust_update(x, before, after);
}

static enum err company_patch_write(struct ctx *x, struct call *c, void *arg, struct outcome *out) {
  const id64 *id = arg;
  TRY(company_write(x, c, *id, c->body));
  *out = (struct outcome){&entity_company, *id};
  return ERR_OK;
}

enum err company_patch(struct call *c) {
  id64 id = 0;
  TRY(call_id(c, 0, &entity_company, &id));
  return call_write(c, "company_patch", company_patch_write, &id);
}

// ---- working calendar: the two text fields as structured values

static str hhmm(struct call *c, int minutes) { return arena_fmt(&c->arena, "%02d:%02d", minutes / 60, minutes % 60); }

static enum err calendar_reply(struct call *c, struct ctx *x) {
  id64 id = 0;
  struct rec *r = NULL;
  struct access a = {0};
  struct calendar cal;
  TRY(call_id(c, 0, &entity_company, &id));
  TRY(trust_load(x, &entity_company, id, OP_READ, &r, &a));
  if (!a.owner) return problem_set0(x->pb, P_NOT_FOUND);
  TRY(flow_calendar(x, r, &cal));
  struct jw w = reply_json(c);
  jw_object(&w);
  write_int(&w, "utc_offset_minutes", cal.utc_offset_minutes);
  jw_key(&w, S("week"));
  jw_array(&w);
  for (size_t i = 0; i < cal.n_hours; i++) {
    jw_object(&w);
    write_int(&w, "day", cal.hours[i].weekday);
    write_text(&w, "from", hhmm(c, cal.hours[i].from));
    write_text(&w, "to", hhmm(c, cal.hours[i].to));
    jw_end_object(&w);
  }
  jw_end_array(&w);
  jw_key(&w, S("exceptions"));
  jw_array(&w);
  for (size_t i = 0; i < cal.n_exceptions; i++) {
    bool closed = cal.exceptions[i].from == cal.exceptions[i].to;
    jw_object(&w);
    write_date(&w, "on", cal.exceptions[i].on);
    write_bool(&w, "closed", closed);
    if (!closed) {
      write_text(&w, "from", hhmm(c, cal.exceptions[i].from));
      write_text(&w, "to", hhmm(c, cal.exceptions[i].to));
    }
    jw_end_object(&w);
  }
  jw_end_array(&w);
  jw_end_object(&w);
  return ERR_OK;
}

enum err calendar_read(struct call *c) { return call_reading(c, calendar_reply); }

static str member(json_t *o, const char *key) {
  json_t *v = json_object_get(o, key);
  return json_is_string(v) ? json_str(v) : S("");
}

// Puts the structured calendar back into the company's fields; check_hours refuses what cannot be read.
static json_t *calendar_fields(struct call *c) {
  AUTO(buf_release) struct buf week = BUF(LIMIT_LONGTEXT), except = BUF(LIMIT_LONGTEXT * 2);
  json_t *list = json_object_get(c->body, "week"), *e = json_object_get(c->body, "exceptions"), *out = json_object();
  for (size_t i = 0; i < json_array_size(list); i++) {
    json_t *h = json_array_get(list, i);
    buf_fmt(&week, "%s%lld %.*s-%.*s", i ? "; " : "", (long long)json_integer_value(json_object_get(h, "day")),
            STR_ARG(member(h, "from")), STR_ARG(member(h, "to")));
  }
  for (size_t i = 0; i < json_array_size(e); i++) {
    json_t *d = json_array_get(e, i);
    str on = member(d, "on");
    if (json_is_true(json_object_get(d, "closed")))
      buf_fmt(&except, "%.*s closed\n", STR_ARG(on));
    else
      buf_fmt(&except, "%.*s %.*s-%.*s\n", STR_ARG(on), STR_ARG(member(d, "from")), STR_ARG(member(d, "to")));
  }
  json_object_set_new(out, "work_week", json_string(buf_z(&week)));
  json_object_set_new(out, "work_exceptions", json_string(buf_z(&except)));
  json_t *offset = json_object_get(c->body, "utc_offset_minutes");
  if (offset) json_object_set(out, "utc_offset_minutes", offset);
  return out;
}

static enum err calendar_put(struct ctx *x, struct call *c, void *arg, struct outcome *out) {
  const id64 *id = arg;
  json_t *fields AUTO(json_release) = calendar_fields(c);
  TRY(company_write(x, c, *id, fields));
  *out = (struct outcome){&entity_company, *id};
  return ERR_OK;
}

enum err calendar_write(struct call *c) {
  id64 id = 0;
  struct outcome out;
  TRY(call_id(c, 0, &entity_company, &id));
  TRY(call_only(c, "utc_offset_minutes week exceptions"));
  TRY(call_write_quiet(c, "calendar", calendar_put, &id, &out));
  return call_reading(c, calendar_reply);
}

// ---- partners

struct partner {
  id64 id, agreement;
  int64_t given, received, won, open;
};

static struct partner *partner_of(struct partner *list, size_t n, id64 id) {
  for (size_t i = 0; i < n; i++)
    if (list[i].id == id) return &list[i];
  return NULL;
}

// Leads we gave to each company or got from it, counted where they lie: by other side and state, however many there are.
static enum err count_leads(struct ctx *x, bool given, struct partner *list, size_t n) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(x->conn,
                 given
                   ? SQL("SELECT receiver, state, count(*) FROM lead WHERE company = $1 AND receiver IS NOT NULL GROUP BY 1, 2")
                   : SQL("SELECT company, state, count(*) FROM lead WHERE receiver = $1 GROUP BY 1, 2"),
                 &s));
  db_bind_int(s, 1, x->viewer.company);
  for (bool row = true;;) {
    TRY(db_step(s, &row));
    if (!row) return ERR_OK;
    struct partner *p = partner_of(list, n, db_int(s, 0));
    int state = vocab_index(&vocab_lead_state, db_text(s, 1));
    int64_t count = db_int(s, 2);
    if (!p) continue;
    *(given ? &p->given : &p->received) += count;
    if (state == lead_state_won) p->won += count;
    if (!lead_closed(state)) p->open += count;
  }
}

static enum err partners_reply(struct call *c, struct ctx *x) {
  id64 *ids = NULL, own = c->who.viewer.company;
  size_t n = 0, na = 0;
  struct rec **agreements = NULL;
  TRY(all_companies(x, &ids, &n));
  TRY(agreements_active(x, own, &agreements, &na));
  struct partner *list = NEW_ARRAY(x->arena, n + 1, struct partner);
  for (size_t i = 0; i < n; i++) list[i].id = ids[i];
  TRY(count_leads(x, true, list, n));
  TRY(count_leads(x, false, list, n));
  struct jw w = reply_json(c);
  jw_object(&w);
  jw_key(&w, S("items"));
  jw_array(&w);
  for (size_t i = 0; i < n; i++) {
    struct partner p = list[i];
    struct rec *r = NULL;
    struct access a = {0};
    if (ids[i] == own) continue;
    TRY(trust_load(x, &entity_company, ids[i], OP_READ, &r, &a));
    for (size_t k = 0; k < na; k++)
      if (agreement_partner(agreements[k], own) == p.id) p.agreement = agreements[k]->id;
    jw_object(&w);
    project(&w, r, &a, r->updated_at);
    write_id(&w, "agreement", "agreement", p.agreement);
    write_int(&w, "given", p.given);
    write_int(&w, "received", p.received);
    write_int(&w, "won", p.won);
    write_int(&w, "open", p.open);
    jw_end_object(&w);
  }
  jw_end_array(&w);
  jw_end_object(&w);
  return ERR_OK;
}

enum err partners_list(struct call *c) { return call_reading(c, partners_reply); }
