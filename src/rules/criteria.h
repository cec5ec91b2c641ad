// SPDX-License-Identifier: Apache-2.0
// Who wins by the buyer's criteria, how robustly, and what would change it (docs/rules/criteria.md).
#ifndef ENTENTE_RULES_CRITERIA_H
#define ENTENTE_RULES_CRITERIA_H
#include "rules/rule.h"
#define SHAPE_FILE "rules/criteria.def"
#include "base/shape_struct.h"
MUST_USE enum err rule_criteria(const struct criteria_input *in, struct arena *a, struct problem *pb,
                                struct criteria_result *ret);
#endif
