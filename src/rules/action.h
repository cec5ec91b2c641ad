// SPDX-License-Identifier: Apache-2.0
// Whether a seller's action is right, early, late or harmful where the deal stands (docs/rules/action.md).
#ifndef ENTENTE_RULES_ACTION_H
#define ENTENTE_RULES_ACTION_H
#include "rules/rule.h"
#define SHAPE_FILE "rules/action.def"
#include "base/shape_struct.h"
MUST_USE enum err rule_action(const struct action_input *in, struct arena *a, struct problem *pb, struct action_result *ret);
#endif
