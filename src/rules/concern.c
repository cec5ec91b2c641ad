// SPDX-License-Identifier: Apache-2.0
#include "rules/concern.h"

#include <stdlib.h>

#define SHAPE_FILE "rules/concern.def"
#include "base/shape_table.h"

enum { SILENT_DAYS = 10, SEVERE = 4 };

// Only the person himself settles his doubt, by what he says or does.
static bool resolved(const struct concern_item *c, size_t i, struct answer *an) {
  if (c->resolved.value != TRI_YES || c->resolved.status == evidence_status_contradicted) return false;
  bool known = c->resolved.basis == evidence_basis_seen || c->resolved.basis == evidence_basis_told;
  bool himself = c->whose.n && str_eq(c->resolved.source, c->whose);
  if (known && himself && c->resolved.status != evidence_status_assumed) return true;
  because_ref(an, because(an, R_concern_not_by_buyer, 400, STR_NULL), c->concern);
  if (!c->whose.n)
    unknown_add(an, S("resolved_by_buyer"), "/concerns/%zu/whose", i);
  else if (!c->resolved.source.n)
    unknown_add(an, S("resolved_by_buyer"), "/concerns/%zu/resolved/source", i);
  return false;
}

static int step_of(const struct concern_item *c, int state) {
  if (state == concern_state_resolved_by_buyer) return concern_step_buyer_says_so;
  if (c->origin == concern_origin_suspected && c->explored != TRI_YES) return concern_step_explore;
  if (!c->whose.n || c->personal_risk_known != TRI_YES) return concern_step_name_it;
  if (c->explored != TRI_YES) return concern_step_explore;
  if (c->plan_agreed == TRI_YES) return concern_step_buyer_says_so;
  // A risk wants a plan; politics and the supplier's standing want executives; what is inherent wants an assurance.
  if (c->nature == concern_nature_inherent) return concern_step_assure;
  if (c->kind == concern_kind_politics || c->kind == concern_kind_supplier) return concern_step_executives;
  return concern_step_joint_plan;
}

static void judge_item(const struct concern_item *c, size_t i, struct concern_judged *j, struct answer *an) {
  j->concern = c->concern;
  j->kind = c->kind;
  if (c->price_demand && c->explored != TRI_YES && c->kind != concern_kind_risk) {
    j->kind = concern_kind_risk;
    because_ref(an, because(an, R_concern_price_is_risk, 600, STR_NULL), c->concern);
  }
  j->state = resolved(c, i, an)          ? concern_state_resolved_by_buyer
             : c->plan_agreed == TRI_YES ? concern_state_answered
             : c->explored == TRI_YES    ? concern_state_explored
                                         : concern_state_open;
  j->next = step_of(c, j->state);
  j->blocks = j->state != concern_state_resolved_by_buyer && c->severity >= SEVERE;
  if (c->nature == concern_nature_discussed && j->state != concern_state_resolved_by_buyer)
    because_ref(an, because(an, R_concern_discussed_again, 300, STR_NULL), c->concern);
}

struct ordered {
  struct concern_judged j;
  int64_t severity;
};

static int by_gravity(const void *p, const void *q) {
  const struct ordered *x = p, *y = q;
  bool dx = x->j.state == concern_state_resolved_by_buyer, dy = y->j.state == concern_state_resolved_by_buyer;
  if (dx != dy) return dx ? 1 : -1;
  if (x->severity != y->severity) return x->severity > y->severity ? -1 : 1;
  return str_cmp(x->j.concern, y->j.concern);
}

static void list_items(const struct concern_input *in, struct arena *a, struct concern_result *r) {
  struct ordered *list = NEW_ARRAY(a, in->n_concerns + 1, struct ordered);
  struct concern_judged *out = NEW_ARRAY(a, in->n_concerns + 1, struct concern_judged);
  r->open = 0;
  for (size_t i = 0; i < in->n_concerns; i++) {
    shape_init(&shape_concern_judged, &list[i].j);
    judge_item(&in->concerns[i], i, &list[i].j, &r->answer);
    list[i].severity = in->concerns[i].severity;
    r->open += list[i].j.state != concern_state_resolved_by_buyer;
  }
  if (in->n_concerns) qsort(list, in->n_concerns, sizeof *list, by_gravity);
  for (size_t i = 0; i < in->n_concerns; i++) out[i] = list[i].j;
  r->concerns = out;
  r->n_concerns = in->n_concerns;
}

static void read_register(const struct concern_input *in, struct concern_result *r) {
  struct answer *an = &r->answer;
  bool silent = in->silent_working_days != SHAPE_NO_INT && in->silent_working_days >= SILENT_DAYS;
  if (in->stage == buyer_stage_resolve_concerns && in->chosen == TRI_NO) {
    r->reading = concern_reading_not_chosen;
    r->next = in->honest_try_made == TRI_YES ? concern_step_thank_and_file : concern_step_one_honest_try;
    because(an, R_concern_not_chosen, 1000, STR_NULL);
  } else if (r->open > 0) {
    r->reading = concern_reading_good_sign;
    r->next = r->concerns[0].next;
    because(an, R_concern_open, 1000, int_str(an->arena, r->open), STR_NULL);
  } else if (in->stage < buyer_stage_resolve_concerns) {
    r->reading = concern_reading_early;
    because(an, R_concern_early, 500, STR_NULL);
  } else if (in->n_concerns) {
    r->reading = concern_reading_settled;
    r->next = concern_step_buyer_says_so;
    because(an, R_concern_settled, 1000, STR_NULL);
  } else {
    r->reading = concern_reading_silence;
    r->next = concern_step_check_chosen;
    because(an, R_concern_none, 1000, STR_NULL);
  }
  if (silent && in->chosen != TRI_NO && in->stage == buyer_stage_resolve_concerns) {
    r->next = concern_step_check_chosen;
    because(an, R_concern_silent, 900, int_str(an->arena, in->silent_working_days), STR_NULL);
  }
  if (in->stage == buyer_stage_resolve_concerns && in->chosen == TRI_UNKNOWN) unknown_add(an, S("not_chosen"), "/chosen");
}

static void forbid(const struct concern_input *in, struct arena *a, struct concern_result *r) {
  int *never = NEW_ARRAY(a, 4, int);
  never[r->n_never++] = seller_action_dismiss_doubt;
  if (in->stage == buyer_stage_resolve_concerns && in->chosen != TRI_NO) never[r->n_never++] = seller_action_pressure_close;
  never[r->n_never++] = seller_action_disparage;
  r->never = never;
}

enum err rule_concern(const struct concern_input *in, struct arena *a, struct problem *pb, struct concern_result *ret) {
  (void)pb;
  shape_init(&shape_concern_result, ret);
  ret->answer.arena = a;
  list_items(in, a, ret);
  read_register(in, ret);
  forbid(in, a, ret);
  return ERR_OK;
}

RULE_INFO(concern, 1, T_INIT("What the buyer's doubts mean", "客户的顾虑意味着什么", "Что значат сомнения покупателя"), NULL,
          JSON({
            "stage" : "resolve_concerns",
            "chosen" : "yes",
            "silent_working_days" : 3,
            "concerns" : [ {"concern" : "c1", "whose" : "Dr. Weiss", "kind" : "cost", "price_demand" : true, "severity" : 4} ]
          }));
