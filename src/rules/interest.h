// SPDX-License-Identifier: Apache-2.0
// What to do about those who lose by our winning (docs/rules/interest.md). ERR_INVALID: the same interest of a person twice.
#ifndef ENTENTE_RULES_INTEREST_H
#define ENTENTE_RULES_INTEREST_H
#include "rules/rule.h"
#define SHAPE_FILE "rules/interest.def"
#include "base/shape_struct.h"
MUST_USE enum err rule_interest(const struct interest_input *in, struct arena *a, struct problem *pb,
                                struct interest_result *ret);
#endif
