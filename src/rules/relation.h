// SPDX-License-Identifier: Apache-2.0
// How a partnership does, from what happened in it (docs/rules/relation.md). ERR_INVALID: a part greater than its whole, a date to come.
#ifndef ENTENTE_RULES_RELATION_H
#define ENTENTE_RULES_RELATION_H
#include "rules/rule.h"
#define SHAPE_FILE "rules/relation.def"
#include "base/shape_struct.h"
MUST_USE enum err rule_relation(const struct relation_input *in, struct arena *a, struct problem *pb,
                                struct relation_result *ret);
#endif
