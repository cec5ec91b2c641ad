// SPDX-License-Identifier: Apache-2.0
// What has to be confirmed before which buyer's budget closes (docs/rules/budget.md). ERR_INVALID: a deal twice.
#ifndef ENTENTE_RULES_BUDGET_H
#define ENTENTE_RULES_BUDGET_H
#include "rules/rule.h"
#define SHAPE_FILE "rules/budget.def"
#include "base/shape_struct.h"
MUST_USE enum err rule_budget(const struct budget_input *in, struct arena *a, struct problem *pb, struct budget_result *ret);
#endif
