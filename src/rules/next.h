// SPDX-License-Identifier: Apache-2.0
// What to do today, each with its reason (docs/rules/next.md). Integers only. ERR_INVALID: an item twice.
#ifndef ENTENTE_RULES_NEXT_H
#define ENTENTE_RULES_NEXT_H
#include "rules/rule.h"
#define SHAPE_FILE "rules/next.def"
#include "base/shape_struct.h"
MUST_USE enum err rule_next(const struct next_input *in, struct arena *a, struct problem *pb, struct next_result *ret);
#endif
