// SPDX-License-Identifier: Apache-2.0
// Which needs are strong, what is missing, what to speak of with whom (docs/rules/needs.md). Integers only.
// ERR_INVALID: an id twice, a person who is not in the deal.
#ifndef ENTENTE_RULES_NEEDS_H
#define ENTENTE_RULES_NEEDS_H
#include "rules/rule.h"
#define SHAPE_FILE "rules/needs.def"
#include "base/shape_struct.h"
MUST_USE enum err rule_needs(const struct needs_input *in, struct arena *a, struct problem *pb, struct needs_result *ret);
#endif
