// SPDX-License-Identifier: Apache-2.0
// Whether a partner reward moves nobody, is fine, or drains own sales (docs/rules/incentive.md).
#ifndef ENTENTE_RULES_INCENTIVE_H
#define ENTENTE_RULES_INCENTIVE_H
#include "rules/rule.h"
#define SHAPE_FILE "rules/incentive.def"
#include "base/shape_struct.h"
MUST_USE enum err rule_incentive(const struct incentive_input *in, struct arena *a, struct problem *pb,
                                 struct incentive_result *ret);
#endif
