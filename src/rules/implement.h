// SPDX-License-Identifier: Apache-2.0
// Which step of putting a solution to work, and whether to speak of new business (docs/rules/implement.md). ERR_INVALID: an id twice.
#ifndef ENTENTE_RULES_IMPLEMENT_H
#define ENTENTE_RULES_IMPLEMENT_H
#include "rules/rule.h"
#define SHAPE_FILE "rules/implement.def"
#include "base/shape_struct.h"
MUST_USE enum err rule_implement(const struct implement_input *in, struct arena *a, struct problem *pb,
                                 struct implement_result *ret);
#endif
