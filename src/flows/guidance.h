// SPDX-License-Identifier: Apache-2.0
// What to do on a deal now (B2): the position follows from the evidence the viewer sees, the rule `action` judges every action in it. What
// the evidence does not tell stays unknown and is judged as if it were against us.
#ifndef ENTENTE_FLOWS_GUIDANCE_H
#define ENTENTE_FLOWS_GUIDANCE_H
#include "flows/flow.h"
#include "rules/action.h"
#include "rules/stage.h"

enum { GUIDANCE_RIGHT = 5, GUIDANCE_WRONG = 4 };  // actions shown of a list
struct advice {
  int action;                    // seller_action
  const struct reason *because;  // of this action
  size_t n_because;
};
struct advice_list {
  struct advice item[GUIDANCE_RIGHT];
  size_t n;
};
struct guidance {
  struct stage_result stage;
  struct action_result all;  // without an action asked about: position, unknowns
  struct advice_list right, early, late, harmful;
  int next_sign;  // exit marker that ends the present stage, not proven yet; -1: none
};
MUST_USE enum err deal_guidance(struct ctx *x, const struct rec *deal, struct guidance *ret);
// The first exit marker of the present stage that is not proven; -1: none.
int stage_next_sign(const struct stage_result *s);
#endif
