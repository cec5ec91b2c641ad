// SPDX-License-Identifier: Apache-2.0
// What a record type computes or refuses beside its field checks. One function a type, in one table.
#include <stdio.h>

#include "api/call.h"
#include "base/utf8.h"
#include "flows/deal.h"
#include "flows/derive.h"
#include "flows/flow.h"

static enum err account_hook(struct ctx *x, const struct rec *before, struct rec *after) {
  derive_account(after, !before, x->viewer.user);
  return ERR_OK;
}

static enum err order_hook(struct ctx *x, const struct rec *before, struct rec *after) {
  (void)before;
  int field = 0;
  enum problem_code p = derive_order_line(after, &field);
  return p ? problem_field(x->pb, arena_fmt(x->arena, "/%s", after->e->fields[field].name), p, STR_NULL, STR_NULL) : ERR_OK;
}

static enum err deal_hook(struct ctx *x, const struct rec *before, struct rec *after) {
  if (!before && !rec_has(after, deal_f_owner) && x->viewer.user) rec_set_ref(after, deal_f_owner, x->viewer.user);
  struct rec *account = NULL;
  struct access a = {0};
  if (!rec_has(after, deal_f_account) || (before && rec_ref(before, deal_f_account) == rec_ref(after, deal_f_account)))
    return ERR_OK;
  TRY(trust_load(x, &entity_account, rec_ref(after, deal_f_account), OP_READ, &account, &a));
  if (a.read & FIELD_BIT(account_f_name)) rec_set_text(after, deal_f_customer, rec_text(account, account_f_name));
  return ERR_OK;
}

static enum err task_hook(struct ctx *x, const struct rec *before, struct rec *after) {
  bool done = rec_word(after, task_f_state) == task_state_done;
  if (!done)
    rec_set_null(after, task_f_done_at);
  else if (!before || rec_word(before, task_f_state) != task_state_done)
    rec_set_int(after, task_f_done_at, x->now);
  return ERR_OK;
}

static enum err activity_hook(struct ctx *x, const struct rec *before, struct rec *after) {
  if (before) return ERR_OK;
  if (!rec_has(after, activity_f_at)) rec_set_int(after, activity_f_at, x->now);
  if (!rec_has(after, activity_f_actor) && x->viewer.user) rec_set_ref(after, activity_f_actor, x->viewer.user);
  return ERR_OK;
}

// A person contributes for his own employer only.
static enum err contribution_hook(struct ctx *x, const struct rec *before, struct rec *after) {
  struct rec *u = NULL;
  if (before && rec_has(before, contribution_f_cosigned_by)) return problem_set1(x->pb, P_WRONG_STATE, S("cosigned"));
  if (before || !rec_has(after, contribution_f_person)) return ERR_OK;
  TRY(trust_load_system(x, &entity_user, rec_ref(after, contribution_f_person), &u));
  return u->company == rec_ref(after, contribution_f_party)
           ? ERR_OK
           : problem_field(x->pb, S("/person"), P_PAYEE_REFUSED, rec_text(u, user_f_name), S("works for another company"));
}

entity_hook crud_hook(const struct entity *e) {
  static const struct {
    const struct entity *e;
    entity_hook hook;
  } hooks[] = {{&entity_account, account_hook}, {&entity_order_line, order_hook},  {&entity_deal, deal_hook},
               {&entity_task, task_hook},       {&entity_activity, activity_hook}, {&entity_contribution, contribution_hook}};
  for (size_t i = 0; i < ARRAY_LEN(hooks); i++)
    if (hooks[i].e == e) return hooks[i].hook;
  return NULL;
}

// What is relied on stays: a signed contribution, a deal that was handed over or decided, a customer that own deals or leads are about.
// company 0: of any. What another company has of its own about a record is not told, so it does not hold the record either.
static enum err refers(struct ctx *x, const struct entity *e, id64 company, int field, id64 id, bool *ret) {
  struct rec **r = NULL;
  size_t n = 0;
  TRY(rec_db_where(x->conn, e, company, field, &(struct val){.set = true, .i = id}, 1, x->arena, &r, &n));
  *ret |= n > 0;
  return ERR_OK;
}

enum err crud_may_delete(struct ctx *x, const struct rec *r) {
  bool used = false;
  if (r->e == &entity_contribution) used = rec_has(r, contribution_f_cosigned_by);
  if (r->e == &entity_deal) {
    used = rec_has(r, deal_f_lead) || rec_word(r, deal_f_outcome) != deal_outcome_open;
    TRY(refers(x, &entity_statement, 0, statement_f_deal, r->id, &used));
  }
  if (r->e == &entity_account) {
    TRY(refers(x, &entity_lead, r->company, lead_f_account, r->id, &used));
    TRY(refers(x, &entity_deal, r->company, deal_f_account, r->id, &used));
  }
  return used ? problem_set0(x->pb, P_IN_USE) : ERR_OK;
}

enum err crud_after(struct ctx *x, const struct rec *r) { return r->e == &entity_evidence ? deal_restage(x, r->root) : ERR_OK; }
