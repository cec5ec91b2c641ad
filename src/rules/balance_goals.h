// SPDX-License-Identifier: Apache-2.0
// Short goal kept, second front for the long one (docs/rules/balance_goals.md). ERR_INVALID: a goal twice.
#ifndef ENTENTE_RULES_BALANCE_GOALS_H
#define ENTENTE_RULES_BALANCE_GOALS_H
#include "rules/rule.h"
#define SHAPE_FILE "rules/balance_goals.def"
#include "base/shape_struct.h"
MUST_USE enum err rule_balance_goals(const struct balance_goals_input *in, struct arena *a, struct problem *pb,
                                     struct balance_goals_result *ret);
#endif
