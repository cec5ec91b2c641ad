// SPDX-License-Identifier: Apache-2.0
#include "flows/today.h"

#include <stdlib.h>

#include "flows/agreement.h"
#include "flows/deal.h"
#include "flows/guidance.h"
#include "rules/lead.h"

enum {
  LOOKED_AT = LIMIT_LIST,  // latest records of a kind
  TASKS_DUE = 100,
  DEALS_READ = 40,  // deals whose room is read
  ROOM_ROWS = 200,  // rows of a kind in a room
  QUESTIONS_TRIED = 5,
  SOON = 7,  // days
  BACK_DAYS = 14,
};

const struct reason_def today_texts[TODAY_TEXTS] = {
#define X(code, en, zh, ru) [TODAY_##code] = {#code, T_INIT(en, zh, ru)},
#include "flows/today.def"
#undef X
};

struct looking {
  struct ctx *x;
  struct today *t;
  uday day;
  currency cur;        // the company's own
  struct rec **deals;  // seen as the viewer sees them: open, each once
  size_t n_deals;
  struct today_action *all;  // before the best are kept
  size_t n_all, cap_all;
};

// ---- what the viewer sees

static struct rec *seen(const struct list_item *it) {
  struct rec *r = rec_copy(it->r);
  for (int f = 0; f < r->e->nfields; f++)
    if (!(it->access.read & FIELD_BIT(f))) rec_set_null(r, f);
  return r;
}

static enum err latest(struct looking *l, const struct entity *e, int sort, struct rec ***ret, size_t *ret_n) {
  struct list_query q = {.e = e, .sort = sort, .descending = true, .limit = LOOKED_AT};
  struct list_item *items = NULL;
  size_t n = 0;
  str unused = STR_NULL;
  TRY(trust_list(l->x, &q, &items, &n, &unused));
  struct rec **out = NEW_ARRAY(l->x->arena, n + 1, struct rec *);
  for (size_t i = 0; i < n; i++) out[i] = seen(&items[i]);
  *ret = out;
  *ret_n = n;
  return ERR_OK;
}

static bool ours(const struct looking *l, const struct rec *r) { return r->company == l->x->viewer.company; }

static bool mine(const struct looking *l, const struct rec *deal) {
  return ours(l, deal) && rec_ref(deal, deal_f_owner) == l->x->viewer.user;
}

static bool acts(const struct looking *l) { return l->x->viewer.role >= 0 && l->x->viewer.role <= user_role_rep; }

static bool leads_people(const struct looking *l) { return l->x->viewer.role >= 0 && l->x->viewer.role <= user_role_manager; }

// ---- actions

static struct reason say(enum today_text text, str a, str b) {
  return (struct reason){.def = &today_texts[text], .args = {a, b}, .n_args = 2};
}

static int weight_of_money(money m) {
  int bits = 0;
  for (int64_t v = m.minor; v > 0; v >>= 1) bits++;
  return bits;
}

static struct today_action *add(struct looking *l, enum today_text kind, const struct rec *record, int weight, int minutes) {
  if (l->n_all == l->cap_all) {
    size_t cap = l->cap_all ? 2 * l->cap_all : 64;
    struct today_action *grown = NEW_ARRAY(l->x->arena, cap, struct today_action);
    if (l->n_all) memcpy(grown, l->all, l->n_all * sizeof *grown);
    l->all = grown;
    l->cap_all = cap;
  }
  struct today_action *a = &l->all[l->n_all++];
  *a = (struct today_action){.kind = kind, .record = record, .weight = weight, .minutes = minutes};
  return a;
}

static void about_deal(struct today_action *a, const struct rec *deal) {
  a->deal = deal->id;
  a->account = rec_ref(deal, deal_f_account);
  if (rec_has(deal, deal_f_amount)) a->amount = rec_money(deal, deal_f_amount);
  a->weight += weight_of_money(a->amount);
}

static void due_on(struct today_action *a, uday day) {
  a->has_due = true;
  a->due = day;
}

// Late comes before today, today before later.
static int urgency(const struct looking *l, uday due, int late, int today, int soon) {
  int days = due - l->day;
  return days < 0 ? late : days == 0 ? today : soon - days * 10;
}

// ---- leads

static int share_left(const struct rec *lead, int64_t minutes) {
  int64_t all = rec_int(lead, lead_f_response_minutes);
  int64_t permille = all > 0 ? minutes * 1000 / all : 0;
  return permille < 0 ? 0 : permille > 1000 ? 1000 : (int)permille;
}

static void lead_waits(struct looking *l, const struct rec *lead, const struct calendar *cal) {
  int64_t minutes = lead_minutes_left(cal, l->x->now, rec_int(lead, lead_f_deadline_at));
  int left = share_left(lead, minutes);
  money value = rec_money(lead, rec_has(lead, lead_f_value_high) ? lead_f_value_high : lead_f_value_low);
  l->t->leads_waiting++;
  struct today *t = l->t;
  if (t->n_clocks < TODAY_CLOCKS) t->clock[t->n_clocks++] = (struct today_clock){lead, value, minutes, left};
  if (!acts(l)) return;
  struct today_action *a = add(l, TODAY_lead_answer, lead, 900 + (1000 - left) / 12, 10);
  a->title = say(TODAY_lead_answer, rec_text(lead, lead_f_need), STR_NULL);
  a->why = say(TODAY_lead_answer_why, flow_company_name(l->x, lead->company), STR_NULL);
  a->company = lead->company;
  a->amount = value;
  a->deadline = rec_int(lead, lead_f_deadline_at);
}

// Whoever accepted it owns the deal and calls.
static enum err lead_accepted(struct looking *l, const struct rec *lead) {
  struct rec *deal = NULL;
  enum err e = rec_db_load(l->x->conn, &entity_deal, rec_ref(lead, lead_f_deal), l->x->arena, &deal);
  if (e) return e == ERR_NOT_FOUND ? ERR_OK : e;
  if (!mine(l, deal) || !acts(l)) return ERR_OK;
  struct today_action *a = add(l, TODAY_lead_reach, lead, 780, 15);
  a->title = say(TODAY_lead_reach, rec_text(lead, lead_f_account_name), STR_NULL);
  a->why = say(TODAY_lead_reach_why, flow_company_name(l->x, lead->company), STR_NULL);
  a->deal = deal->id;
  a->company = lead->company;
  return ERR_OK;
}

static void lead_came_back(struct looking *l, const struct rec *lead) {
  struct today_action *a = add(l, TODAY_lead_back, lead, 560, 10);
  a->title = say(TODAY_lead_back, rec_text(lead, lead_f_need), STR_NULL);
  a->why = say(TODAY_lead_back_why, flow_company_name(l->x, rec_ref(lead, lead_f_receiver)), rec_text(lead, lead_f_state));
  a->account = rec_ref(lead, lead_f_account);
  a->company = rec_ref(lead, lead_f_receiver);
}

static enum err look_at_leads(struct looking *l, const struct calendar *cal) {
  struct rec **r = NULL;
  size_t n = 0;
  TRY(latest(l, &entity_lead, lead_f_deadline_at, &r, &n));
  for (size_t i = n; i-- > 0;) {  // the nearest clock first
    int state = rec_word(r[i], lead_f_state);
    bool waits = state == lead_state_pending || state == lead_state_received,
         fresh = l->x->now - rec_int(r[i], lead_f_deadline_at) < BACK_DAYS * UTIME_DAY;
    bool back = (state == lead_state_declined || state == lead_state_expired) && !rec_has(r[i], lead_f_next) && fresh;
    if (!ours(l, r[i]) && waits)
      lead_waits(l, r[i], cal);
    else if (!ours(l, r[i]) && state == lead_state_accepted && rec_has(r[i], lead_f_deal))
      TRY(lead_accepted(l, r[i]));
    else if (ours(l, r[i]) && back && rec_ref(r[i], lead_f_credited) == l->x->viewer.user)
      lead_came_back(l, r[i]);
  }
  return ERR_OK;
}

// ---- deals

static bool known(const struct looking *l, id64 deal) {
  for (size_t i = 0; i < l->n_deals; i++)
    if (l->deals[i]->id == deal) return true;
  return false;
}

static enum err collect_deals(struct looking *l) {
  static const int sorts[] = {-1, deal_f_amount};
  l->deals = NEW_ARRAY(l->x->arena, ARRAY_LEN(sorts) * LOOKED_AT, struct rec *);
  for (size_t s = 0; s < ARRAY_LEN(sorts); s++) {
    struct rec **r = NULL;
    size_t n = 0;
    TRY(latest(l, &entity_deal, sorts[s], &r, &n));
    for (size_t i = 0; i < n; i++)
      if (rec_word(r[i], deal_f_outcome) == deal_outcome_open && !known(l, r[i]->id)) l->deals[l->n_deals++] = r[i];
  }
  return ERR_OK;
}

// Own currency first, then the amount, then the older id: what is worth the reading comes first.
static _Thread_local currency home;
static int by_size(const void *p, const void *q) {
  const struct rec *a = *(struct rec *const *)p, *b = *(struct rec *const *)q;
  money m = rec_money(a, deal_f_amount), n = rec_money(b, deal_f_amount);
  bool here = currency_eq(m.cur, home), there = currency_eq(n.cur, home);
  if (here != there) return here ? -1 : 1;
  if (m.minor != n.minor) return m.minor > n.minor ? -1 : 1;
  return a->id < b->id ? -1 : a->id > b->id;
}

static void step_of(struct looking *l, const struct rec *deal) {
  struct today_action *a;
  if (!rec_text(deal, deal_f_next_step).n) {
    a = add(l, TODAY_next_step_missing, deal, 380, 5);
    a->title = say(TODAY_next_step_missing, rec_text(deal, deal_f_name), STR_NULL);
    a->why = say(TODAY_next_step_missing_why, rec_text(deal, deal_f_stage), STR_NULL);
    about_deal(a, deal);
    return;
  }
  uday due = (uday)rec_int(deal, deal_f_next_step_on);
  if (!rec_has(deal, deal_f_next_step_on) || due > l->day + 2) return;
  a = add(l, TODAY_next_step, deal, urgency(l, due, 700, 720, 460), 15);
  a->title = say(TODAY_next_step, rec_text(deal, deal_f_next_step), STR_NULL);
  a->why = say(TODAY_next_step_why, rec_text(deal, deal_f_name), STR_NULL);
  due_on(a, due);
  about_deal(a, deal);
}

static void claim_of(struct looking *l, const struct rec *deal) {
  if (!rec_has(deal, deal_f_claimed_stage)) return;
  struct today_action *a = add(l, TODAY_claim_open, deal, 420, 10);
  a->title = say(TODAY_claim_open, rec_text(deal, deal_f_name), STR_NULL);
  a->why = say(TODAY_claim_open_why, rec_text(deal, deal_f_claimed_stage), rec_text(deal, deal_f_stage));
  about_deal(a, deal);
}

// Day of the last thing the buyer showed or said; a deal without any counts from its beginning.
static enum err last_evidence(struct looking *l, const struct rec *deal, uday *ret) {
  struct list_item *items = NULL;
  size_t n = 0;
  bool more = false;
  TRY(trust_children(l->x, &entity_evidence, deal, 0, ROOM_ROWS, &items, &n, &more));
  *ret = utime_day(deal->created_at);
  for (size_t i = 0; i < n; i++) {
    struct rec *e = seen(&items[i]);
    bool proof =
      rec_word(e, evidence_f_status) == evidence_status_confirmed && rec_word(e, evidence_f_basis) != evidence_basis_inferred;
    uday day = rec_has(e, evidence_f_seen_on) ? (uday)rec_int(e, evidence_f_seen_on) : utime_day(e->created_at);
    if (proof && day > *ret) *ret = day;
  }
  return ERR_OK;
}

static void keep_quiet(struct today *t, const struct rec *deal, int days) {
  size_t at = t->n_quiet < TODAY_QUIET ? t->n_quiet++ : TODAY_QUIET - 1;
  if (at == TODAY_QUIET - 1 && t->quiet[at].deal && t->quiet[at].days >= days) return;
  for (; at > 0 && t->quiet[at - 1].days < days; at--) t->quiet[at] = t->quiet[at - 1];
  t->quiet[at] = (struct today_quiet){deal, days};
}

// ---- promises of the others in our rooms

static int by_due(const void *p, const void *q) {
  const struct today_promise *a = p, *b = q;
  int64_t x = rec_has(a->task, task_f_due_on) ? rec_int(a->task, task_f_due_on) : INT64_MAX,
          y = rec_has(b->task, task_f_due_on) ? rec_int(b->task, task_f_due_on) : INT64_MAX;
  if (x != y) return x < y ? -1 : 1;
  return a->task->id < b->task->id ? -1 : a->task->id > b->task->id;
}

struct promises {
  struct today_promise list[TASKS_DUE + DEALS_READ * 8];
  size_t n;
};

static void add_promise(struct promises *p, const struct rec *task) {
  for (size_t i = 0; i < p->n; i++)
    if (p->list[i].task->id == task->id) return;
  if (p->n < ARRAY_LEN(p->list)) p->list[p->n++] = (struct today_promise){task, task->root};
}

static enum err promises_of(struct looking *l, const struct rec *deal, struct promises *p) {
  struct list_item *items = NULL;
  size_t n = 0;
  bool more = false;
  TRY(trust_children(l->x, &entity_task, deal, 0, ROOM_ROWS, &items, &n, &more));
  for (size_t i = 0; i < n; i++) {
    const struct rec *task = seen(&items[i]);
    if (rec_word(task, task_f_kind) == task_kind_promise && rec_word(task, task_f_state) == task_state_open) add_promise(p, task);
  }
  return ERR_OK;
}

static enum err look_at_deals(struct looking *l, struct promises *p) {
  TRY(collect_deals(l));
  home = l->cur;
  if (l->n_deals) qsort(l->deals, l->n_deals, sizeof *l->deals, by_size);
  for (size_t i = 0; i < l->n_deals; i++)
    if (mine(l, l->deals[i]) && acts(l)) {
      step_of(l, l->deals[i]);
      claim_of(l, l->deals[i]);
    }
  for (size_t i = 0, read = 0; i < l->n_deals && read < DEALS_READ; i++, read++) {
    uday last = 0;
    TRY(promises_of(l, l->deals[i], p));
    if (!ours(l, l->deals[i]) || (!mine(l, l->deals[i]) && !leads_people(l))) continue;
    TRY(last_evidence(l, l->deals[i], &last));
    if (l->day - last > TODAY_QUIET_DAYS) keep_quiet(l->t, l->deals[i], l->day - last);
  }
  return ERR_OK;
}

// ---- the one question

static enum today_text question_of(int marker) {
  switch (marker) {
  case marker_budget_set: return TODAY_ask_budget;
  case marker_project_approved: return TODAY_ask_approval;
  case marker_result_announced: return TODAY_ask_result;
  case marker_preferred_named: return TODAY_ask_preferred;
  case marker_contract_signed: return TODAY_ask_contract;
  case marker_next_phase_decided: return TODAY_ask_next_phase;
  default: return TODAY_ask_review;
  }
}

static enum err ask(struct looking *l) {
  size_t tried = 0;
  for (size_t i = 0; i < l->n_deals && tried < QUESTIONS_TRIED; i++) {
    const struct rec *deal = l->deals[i];
    struct stage_result s;
    if (!ours(l, deal) || (!mine(l, deal) && !leads_people(l))) continue;
    tried++;
    TRY(deal_stage(l->x, deal, &s));
    int marker = stage_next_sign(&s);
    if (marker < 0) continue;
    str who = rec_has(deal, deal_f_customer) ? rec_text(deal, deal_f_customer) : rec_text(deal, deal_f_name);
    l->t->question_deal = deal;
    l->t->question_marker = marker;
    l->t->question = say(question_of(marker), who, STR_NULL);
    l->t->question_why = say(TODAY_ask_why, rec_text(deal, deal_f_name), word_str(&vocab_buyer_stage, s.proven));
    return ERR_OK;
  }
  return ERR_OK;
}

// ---- tasks of our company

static void task_is_due(struct looking *l, const struct rec *task, const struct rec *deal) {
  static const enum today_text titles[] = {
    [task_kind_task] = TODAY_task_due, [task_kind_promise] = TODAY_promise_due, [task_kind_help] = TODAY_help_due};
  static const enum today_text whys[] = {
    [task_kind_task] = TODAY_task_why, [task_kind_promise] = TODAY_promise_why, [task_kind_help] = TODAY_help_why};
  int kind = rec_word(task, task_f_kind), more = kind == task_kind_task ? 0 : 80;
  uday due = (uday)rec_int(task, task_f_due_on);
  struct today_action *a = add(l, titles[kind], task, urgency(l, due, 740, 700, 460) + more, 15);
  a->title = say(titles[kind], rec_text(task, task_f_title), STR_NULL);
  a->why = say(whys[kind], rec_text(deal, deal_f_name), STR_NULL);
  a->company = deal->company;
  due_on(a, due);
  about_deal(a, deal);
}

static enum err due_tasks(struct looking *l, struct rec ***ret, size_t *ret_n) {
  struct sqlb b;
  AUTO(db_release) struct db_stmt *s = NULL;
  struct rec **out = NEW_ARRAY(l->x->arena, TASKS_DUE + 1, struct rec *);
  size_t n = 0;
  sqlb_init(&b);
  sqlb_add(&b, "SELECT ");
  rec_columns(&b, &entity_task, NULL);
  sqlb_add(
    &b,
    " FROM task WHERE owner_company = $1 AND state = 'open' AND due_on IS NOT NULL AND due_on <= $2 AND (company = $1 OR (room AND "
    "EXISTS (SELECT 1 FROM deal_seen s WHERE s.viewer = $1 AND s.record = task.root))) ORDER BY due_on, id LIMIT $3");
  TRY(db_prepare(l->x->conn, sqlb_done(&b), &s));
  db_bind_int(s, 1, l->x->viewer.company);
  db_bind_int(s, 2, l->day + SOON);
  db_bind_int(s, 3, TASKS_DUE);
  for (bool row = true; n < TASKS_DUE;) {
    TRY(db_step(s, &row));
    if (!row) break;
    out[n++] = rec_read(s, 0, &entity_task, l->x->arena);
  }
  *ret = out;
  *ret_n = n;
  return ERR_OK;
}

static enum err look_at_tasks(struct looking *l, struct promises *p) {
  struct rec **tasks = NULL;
  size_t n = 0;
  TRY(due_tasks(l, &tasks, &n));
  for (size_t i = 0; i < n; i++) {
    struct list_item task = {.r = tasks[i]}, deal = {0};
    TRY(trust_access(l->x, tasks[i], &task.access));
    if (!(task.access.ops & OP_READ)) continue;
    TRY(trust_load_system(l->x, &entity_deal, tasks[i]->root, &deal.r));
    TRY(trust_access(l->x, deal.r, &deal.access));
    const struct rec *t = seen(&task), *d = seen(&deal);
    if (rec_word(t, task_f_kind) == task_kind_promise) add_promise(p, t);
    bool for_me = !rec_has(t, task_f_owner) || rec_ref(t, task_f_owner) == l->x->viewer.user;
    if (for_me && acts(l) && rec_word(t, task_f_kind) >= 0) task_is_due(l, t, d);
  }
  return ERR_OK;
}

// ---- papers that wait

// The second person: not who prepared it, nobody it pays, and where the payee prepared it, somebody of the payer.
static enum err may_approve(struct looking *l, const struct rec *st, struct rec **ret_preparer, bool *ret) {
  struct list_item *lines = NULL;
  size_t n = 0;
  bool more = false;
  id64 me = l->x->viewer.user;
  TRY(trust_load_system(l->x, &entity_user, rec_ref(st, statement_f_prepared_by), ret_preparer));
  TRY(trust_children(l->x, &entity_posting, st, 0, ROOM_ROWS, &lines, &n, &more));
  id64 payer = rec_ref(st, statement_f_payer);
  *ret = (*ret_preparer)->id != me && ((*ret_preparer)->company == payer || l->x->viewer.company == payer);
  for (size_t i = 0; i < n; i++) *ret = *ret && rec_ref(lines[i].r, posting_f_person) != me;
  return ERR_OK;
}

static enum err look_at_statements(struct looking *l) {
  struct rec **r = NULL;
  size_t n = 0, drafts = 0;
  if (!leads_people(l)) return ERR_OK;
  TRY(latest(l, &entity_statement, -1, &r, &n));
  for (size_t i = 0; i < n && drafts < TODAY_ACTIONS; i++) {
    struct rec *who = NULL;
    bool may = false;
    if (rec_word(r[i], statement_f_state) != statement_state_draft) continue;
    TRY(may_approve(l, r[i], &who, &may));
    if (!may) continue;
    drafts++;
    struct today_action *a = add(l, TODAY_statement_approve, r[i], 620, 10);
    a->title = say(TODAY_statement_approve, rec_text(r[i], statement_f_number), STR_NULL);
    a->why = say(TODAY_statement_approve_why, rec_text(who, user_f_name), STR_NULL);
    a->amount = rec_money(r[i], statement_f_total);
    a->company = rec_ref(r[i], statement_f_payer) == l->x->viewer.company ? rec_ref(r[i], statement_f_payee)
                                                                          : rec_ref(r[i], statement_f_payer);
    a->weight += weight_of_money(a->amount);
  }
  return ERR_OK;
}

static enum err signed_by_us(struct looking *l, const struct rec *agreement, bool *ret) {
  struct list_item *items = NULL;
  size_t n = 0;
  bool more = false;
  *ret = false;
  TRY(trust_children(l->x, &entity_acceptance, agreement, 0, ROOM_ROWS, &items, &n, &more));
  for (size_t i = 0; i < n; i++)
    *ret |= rec_ref(items[i].r, acceptance_f_party) == l->x->viewer.company &&
            rec_int(items[i].r, acceptance_f_version) == rec_int(agreement, agreement_f_current_version);
  return ERR_OK;
}

static enum err look_at_agreements(struct looking *l) {
  struct rec **r = NULL;
  size_t n = 0;
  if (!leads_people(l)) return ERR_OK;
  TRY(latest(l, &entity_agreement, -1, &r, &n));
  for (size_t i = 0; i < n; i++) {
    int state = rec_word(r[i], agreement_f_state);
    bool open =
      state == agreement_state_proposed ||
      (state == agreement_state_active && rec_int(r[i], agreement_f_current_version) > rec_int(r[i], agreement_f_active_version));
    bool done = false;
    if (!open) continue;
    TRY(signed_by_us(l, r[i], &done));
    if (done) continue;
    id64 partner = agreement_partner(r[i], l->x->viewer.company);
    struct today_action *a = add(l, TODAY_agreement_answer, r[i], 650, 20);
    a->title = say(TODAY_agreement_answer, rec_text(r[i], agreement_f_title), STR_NULL);
    a->why = say(TODAY_agreement_answer_why, flow_company_name(l->x, partner),
                 int_str(l->x->arena, rec_int(r[i], agreement_f_current_version)));
    a->company = partner;
  }
  return ERR_OK;
}

// ---- the page

static int by_weight(const void *p, const void *q) {
  const struct today_action *a = p, *b = q;
  if (a->weight != b->weight) return a->weight > b->weight ? -1 : 1;
  return a->record->id < b->record->id ? -1 : a->record->id > b->record->id;
}

static void keep_best(struct looking *l, struct promises *p) {
  struct today *t = l->t;
  if (l->n_all) qsort(l->all, l->n_all, sizeof *l->all, by_weight);
  for (size_t i = 0; i < l->n_all && t->n_actions < TODAY_ACTIONS; i++) t->action[t->n_actions++] = l->all[i];
  if (p->n) qsort(p->list, p->n, sizeof p->list[0], by_due);
  for (size_t i = 0; i < p->n && t->n_promises < TODAY_PROMISES; i++) t->promise[t->n_promises++] = p->list[i];
}

enum err today_make(struct ctx *x, struct today *ret) {
  struct looking l = {.x = x, .t = ret, .day = utime_day(x->now)};
  struct promises *p = NEW(x->arena, struct promises);
  struct rec *company = NULL;
  struct calendar cal;
  *ret = (struct today){.question_marker = -1};
  TRY(flow_company(x, x->viewer.company, &company));
  TRY(flow_calendar(x, company, &cal));
  if (!currency_parse(rec_text(company, company_f_currency), &l.cur)) l.cur = (currency){"EUR"};
  l.day = utime_day(x->now + cal.utc_offset_minutes * 60 * UTIME_SECOND);  // the company's own calendar day
  TRY(look_at_leads(&l, &cal));
  TRY(look_at_deals(&l, p));
  TRY(look_at_tasks(&l, p));
  TRY(look_at_statements(&l));
  TRY(look_at_agreements(&l));
  TRY(ask(&l));
  keep_best(&l, p);
  return ERR_OK;
}
