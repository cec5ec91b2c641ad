// SPDX-License-Identifier: Apache-2.0
// GET /today and GET /deals/{id}/guidance: what to do next, in the caller's language, with the code of each sentence beside its text.
#include "flows/today.h"
#include "api/handlers.h"
#include "flows/guidance.h"

enum { NAMES_MAX = 256 };

// ---- names of what the answer points to

struct name {
  const struct entity *e;
  id64 id;
};
struct names {
  struct name list[NAMES_MAX];
  size_t n;
};

static void mention(struct names *n, const struct entity *e, id64 id) {
  if (!id || n->n == NAMES_MAX) return;
  for (size_t i = 0; i < n->n; i++)
    if (n->list[i].e == e && n->list[i].id == id) return;
  n->list[n->n++] = (struct name){e, id};
}

static int title_of(const struct entity *e) {
  for (int f = 0; f < e->nfields; f++)
    if (e->fields[f].flags & F_TITLE) return f;
  return -1;
}

// What cannot be seen is left out, like what does not exist.
static enum err write_name(struct call *c, struct ctx *x, struct jw *w, const struct name *n) {
  struct problem before = *x->pb;
  struct rec *r = NULL;
  struct access a = {0};
  int title = title_of(n->e);
  char z[ID_TEXT_MAX];
  enum err e = title < 0 ? ERR_NOT_FOUND : trust_load(x, n->e, n->id, OP_READ, &r, &a);
  if (e == ERR_NOT_FOUND) {
    *x->pb = before;
    return ERR_OK;
  }
  TRY(e);
  if (!(a.read & FIELD_BIT(title))) return ERR_OK;
  jw_key(w, str_of(id_z(z, n->e->prefix, n->id)));
  jw_object(w);
  jw_key(w, S("name"));
  rec_write_value(w, r, title);
  jw_end_object(w);
  return call_note_reads(c, x, &(struct list_item){.r = r, .access = a}, 1);
}

static enum err write_names(struct call *c, struct ctx *x, struct jw *w, const struct names *n) {
  jw_key(w, S("names"));
  jw_object(w);
  for (size_t i = 0; i < n->n; i++) TRY(write_name(c, x, w, &n->list[i]));
  jw_end_object(w);
  return ERR_OK;
}

// ---- sentences

static void write_sentence(struct jw *w, const char *key, const struct reason *r, enum lang l) {
  AUTO(buf_release) struct buf b = BUF(64 * 1024);
  if (r->def) reason_text(&b, r, l);
  write_text(w, key, r->def ? buf_str(&b) : STR_NULL);
}

static void write_args(struct jw *w, const struct reason *r) {
  jw_key(w, S("args"));
  jw_array(w);
  for (int i = 0; i < r->n_args && r->args[i].p; i++) jw_string(w, r->args[i]);
  jw_end_array(w);
}

static void write_ref(struct jw *w, struct names *n, const char *key, const struct entity *e, id64 id) {
  write_id(w, key, e->prefix, id);
  mention(n, e, id);
}

static void write_amount(struct jw *w, const char *key, money m) {
  if (m.cur.code[0])
    write_money(w, key, m);
  else
    write_text(w, key, STR_NULL);
}

// ---- today

static void write_action(struct jw *w, struct names *n, const struct today_action *a, enum lang l) {
  jw_object(w);
  write_text(w, "kind", str_of(today_texts[a->kind].code));
  write_sentence(w, "title", &a->title, l);
  write_args(w, &a->title);
  write_sentence(w, "why", &a->why, l);
  write_ref(w, n, "record", a->record->e, a->record->id);
  write_ref(w, n, "deal", &entity_deal, a->deal);
  write_ref(w, n, "account", &entity_account, a->account);
  write_ref(w, n, "company", &entity_company, a->company);
  write_amount(w, "amount", a->amount);
  if (a->has_due)
    write_date(w, "due", a->due);
  else
    write_text(w, "due", STR_NULL);
  if (a->deadline)
    write_time(w, "deadline_at", a->deadline);
  else
    write_text(w, "deadline_at", STR_NULL);
  write_int(w, "minutes", a->minutes);
  write_int(w, "weight", a->weight);
  jw_end_object(w);
}

static void write_clock(struct jw *w, struct names *n, const struct today_clock *k) {
  jw_object(w);
  write_ref(w, n, "lead", &entity_lead, k->lead->id);
  write_text(w, "title", rec_text(k->lead, lead_f_need));
  write_amount(w, "value", k->value);
  write_ref(w, n, "company", &entity_company, k->lead->company);
  write_time(w, "deadline_at", rec_int(k->lead, lead_f_deadline_at));
  write_int(w, "clock", k->minutes_left);
  AUTO(buf_release) struct buf share = BUF(16);
  buf_fmt(&share, "%d.%03d", k->share_left / 1000, k->share_left % 1000);
  jw_key(w, S("share_left"));
  jw_raw(w, buf_str(&share));
  jw_end_object(w);
}

static void write_promise(struct jw *w, struct names *n, const struct today_promise *p) {
  jw_object(w);
  write_id(w, "task", entity_task.prefix, p->task->id);
  write_ref(w, n, "deal", &entity_deal, p->deal);
  write_text(w, "title", rec_text(p->task, task_f_title));
  write_ref(w, n, "owner_company", &entity_company, rec_ref(p->task, task_f_owner_company));
  write_ref(w, n, "owner", &entity_user, rec_ref(p->task, task_f_owner));
  if (rec_has(p->task, task_f_due_on))
    write_date(w, "due_on", (uday)rec_int(p->task, task_f_due_on));
  else
    write_text(w, "due_on", STR_NULL);
  jw_end_object(w);
}

static void write_quiet(struct jw *w, struct names *n, const struct today_quiet *q) {
  jw_object(w);
  write_ref(w, n, "deal", &entity_deal, q->deal->id);
  write_text(w, "name", rec_text(q->deal, deal_f_name));
  write_ref(w, n, "account", &entity_account, rec_ref(q->deal, deal_f_account));
  write_text(w, "stage", rec_text(q->deal, deal_f_stage));
  write_amount(w, "amount", rec_money(q->deal, deal_f_amount));
  write_int(w, "days", q->days);
  jw_end_object(w);
}

static void write_question(struct jw *w, struct names *n, const struct today *t, enum lang l) {
  jw_key(w, S("question"));
  if (!t->question_deal) {
    jw_null(w);
    return;
  }
  jw_object(w);
  write_text(w, "kind", str_of(t->question.def->code));
  write_sentence(w, "text", &t->question, l);
  write_args(w, &t->question);
  write_sentence(w, "why", &t->question_why, l);
  write_ref(w, n, "record", &entity_deal, t->question_deal->id);
  write_text(w, "marker", word_str(&vocab_marker, t->question_marker));
  jw_end_object(w);
}

static void open_list(struct jw *w, const char *key) {
  jw_key(w, str_of(key));
  jw_array(w);
}

static void write_counts(struct jw *w, const struct today *t) {
  jw_key(w, S("counts"));
  jw_object(w);
  write_int(w, "today", (int64_t)t->n_actions);
  write_int(w, "leads", (int64_t)t->leads_waiting);
  jw_end_object(w);
}

static enum err today_reply(struct call *c, struct ctx *x) {
  struct today *t = NEW(&c->arena, struct today);
  struct names *n = NEW(&c->arena, struct names);
  TRY(today_make(x, t));
  struct jw w = reply_json(c);
  jw_object(&w);
  open_list(&w, "actions");
  for (size_t i = 0; i < t->n_actions; i++) write_action(&w, n, &t->action[i], c->lang);
  jw_end_array(&w);
  open_list(&w, "clocks");
  for (size_t i = 0; i < t->n_clocks; i++) write_clock(&w, n, &t->clock[i]);
  jw_end_array(&w);
  open_list(&w, "promises");
  for (size_t i = 0; i < t->n_promises; i++) write_promise(&w, n, &t->promise[i]);
  jw_end_array(&w);
  open_list(&w, "quiet");
  for (size_t i = 0; i < t->n_quiet; i++) write_quiet(&w, n, &t->quiet[i]);
  jw_end_array(&w);
  write_question(&w, n, t, c->lang);
  write_counts(&w, t);
  TRY(write_names(c, x, &w, n));
  jw_end_object(&w);
  return ERR_OK;
}

enum err today_read(struct call *c) { return call_reading(c, today_reply); }

// ---- guidance

// Reasons after the first say what the action costs or asks for. Alone, the first one is the verdict, which the list already says of what is right.
static void write_why(struct jw *w, const struct advice *a, bool right, enum lang l) {
  AUTO(buf_release) struct buf b = BUF(64 * 1024);
  size_t from = a->n_because > 1 || right ? 1 : 0;
  for (size_t i = from; i < a->n_because; i++) {
    if (b.n) buf_putc(&b, ' ');
    reason_text(&b, &a->because[i], l);
  }
  write_text(w, "why", b.n ? buf_str(&b) : STR_NULL);
}

static void write_advice(struct jw *w, const char *key, const struct advice_list *list, const char *when, enum lang l) {
  bool right = !strcmp(key, "right");
  open_list(w, key);
  for (size_t i = 0; i < list->n; i++) {
    const struct advice *a = &list->item[i];
    jw_object(w);
    write_text(w, "action", word_str(&vocab_seller_action, a->action));
    write_text(w, "text", str_of(vocab_label(&vocab_seller_action, a->action, l)));
    write_why(w, a, right, l);
    write_text(w, "when", str_of(when));
    jw_key(w, S("because"));
    reasons_write(a->because, a->n_because, w, (int)l);
    jw_end_object(w);
  }
  jw_end_array(w);
}

static enum err guidance_reply(struct call *c, struct ctx *x) {
  id64 id = 0;
  struct rec *deal = NULL;
  struct access a = {0};
  struct guidance *g = NEW(&c->arena, struct guidance);
  TRY(call_id(c, 0, &entity_deal, &id));
  TRY(trust_load(x, &entity_deal, id, OP_READ, &deal, &a));
  if (!(a.read & FIELD_BIT(deal_f_stage))) return problem_set0(x->pb, P_NOT_FOUND);
  TRY(deal_guidance(x, deal, g));
  const char *sign = g->next_sign >= 0 ? vocab_label(&vocab_marker, g->next_sign, c->lang) : NULL;
  struct jw w = reply_json(c);
  jw_object(&w);
  jw_key(&w, S("result"));
  jw_object(&w);
  write_text(&w, "stage", word_str(&vocab_buyer_stage, g->stage.proven));
  write_text(&w, "position", word_str(&vocab_deal_position, g->all.position));
  write_text(&w, "next_sign", word_str(&vocab_marker, g->next_sign));
  write_advice(&w, "right", &g->right, NULL, c->lang);
  write_advice(&w, "early", &g->early, sign, c->lang);
  write_advice(&w, "late", &g->late, NULL, c->lang);
  write_advice(&w, "harmful", &g->harmful, NULL, c->lang);
  jw_end_object(&w);
  jw_key(&w, S("because"));
  reasons_write(g->all.answer.because, g->all.answer.n_because, &w, (int)c->lang);
  open_list(&w, "unknown");
  for (size_t i = 0; i < g->all.answer.n_unknown; i++) {
    jw_object(&w);
    write_text(&w, "pointer", g->all.answer.unknown[i].pointer);
    write_text(&w, "could_change_to", g->all.answer.unknown[i].could_change_to);
    jw_end_object(&w);
  }
  jw_end_array(&w);
  jw_end_object(&w);
  struct list_item item = {.r = deal, .access = a};
  TRY(call_note_rows(c, x, &entity_evidence, &item));
  return call_note_reads(c, x, &item, 1);
}

enum err deal_get_guidance(struct call *c) { return call_reading(c, guidance_reply); }
