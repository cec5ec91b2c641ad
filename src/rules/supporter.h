// SPDX-License-Identifier: Apache-2.0
// Insider, sponsor, coach: which conditions hold for one person in this deal (docs/rules/supporter.md).
#ifndef ENTENTE_RULES_SUPPORTER_H
#define ENTENTE_RULES_SUPPORTER_H
#include "rules/rule.h"
#define SHAPE_FILE "rules/supporter.def"
#include "base/shape_struct.h"
MUST_USE enum err rule_supporter(const struct supporter_input *in, struct arena *a, struct problem *pb,
                                 struct supporter_result *ret);
#endif
