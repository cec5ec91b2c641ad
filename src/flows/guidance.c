// SPDX-License-Identifier: Apache-2.0
#include "flows/guidance.h"

#include "flows/deal.h"

static const struct stage_marker_result *sign_of(const struct stage_result *s, int marker) {
  for (size_t i = 0; i < s->n_stages; i++)
    for (size_t k = 0; k < s->stages[i].n_markers; k++)
      if (s->stages[i].markers[k].marker == marker) return &s->stages[i].markers[k];
  return NULL;
}

static bool proven(const struct stage_result *s, int marker) {
  const struct stage_marker_result *m = sign_of(s, marker);
  return m && m->state == marker_state_proven;
}

int stage_next_sign(const struct stage_result *s) {
  for (size_t i = 0; i < s->n_missing; i++) {
    const struct stage_marker_result *m = sign_of(s, s->missing[i]);
    if (m && m->exit) return s->missing[i];
  }
  return -1;
}

static void position(const struct stage_result *s, struct action_input *in) {
  shape_init(&shape_action_input, in);
  in->stage = s->proven;
  in->action = -1;
  bool stated = proven(s, marker_problem_stated), tender = proven(s, marker_tender_issued);
  in->problem_stated = stated ? TRI_YES : TRI_UNKNOWN;
  in->need_felt = stated ? TRI_YES : TRI_UNKNOWN;
  in->formally_asked = tender ? TRI_YES : TRI_UNKNOWN;
  if (tender || proven(s, marker_criteria_set))
    in->criteria_state = criteria_state_set;
  else if (proven(s, marker_criteria_discussed))
    in->criteria_state = criteria_state_forming;
  if (proven(s, marker_complaint))
    in->health = delivery_health_trouble;
  else if (proven(s, marker_first_result) || proven(s, marker_expectation_reviewed))
    in->health = delivery_health_well;
  if (proven(s, marker_contract_signed)) in->chosen = TRI_YES;
}

// Each action again by itself: its own reasons.
static enum err explain(struct ctx *x, const struct action_input *in, const struct action_judged *list, size_t n, size_t most,
                        struct advice_list *ret) {
  for (size_t i = 0; i < n && i < most; i++) {
    struct action_input one = *in;
    struct action_result r;
    one.action = list[i].action;
    TRY(rule_action(&one, x->arena, x->pb, &r));
    ret->item[ret->n++] = (struct advice){list[i].action, r.answer.because, r.answer.n_because};
  }
  return ERR_OK;
}

enum err deal_guidance(struct ctx *x, const struct rec *deal, struct guidance *ret) {
  struct action_input in;
  *ret = (struct guidance){.next_sign = -1};
  TRY(deal_stage(x, deal, &ret->stage));
  position(&ret->stage, &in);
  TRY(rule_action(&in, x->arena, x->pb, &ret->all));
  ret->next_sign = stage_next_sign(&ret->stage);
  const struct action_result *a = &ret->all;
  TRY(explain(x, &in, a->right, a->n_right, GUIDANCE_RIGHT, &ret->right));
  TRY(explain(x, &in, a->early, a->n_early, GUIDANCE_WRONG, &ret->early));
  TRY(explain(x, &in, a->late, a->n_late, GUIDANCE_WRONG, &ret->late));
  return explain(x, &in, a->harmful, a->n_harmful, GUIDANCE_WRONG, &ret->harmful);
}
