// SPDX-License-Identifier: Apache-2.0
// Who gains and who loses by our winning (docs/rules/impact.md). ERR_INVALID: a person twice.
#ifndef ENTENTE_RULES_IMPACT_H
#define ENTENTE_RULES_IMPACT_H
#include "rules/rule.h"
#define SHAPE_FILE "rules/impact.def"
#include "base/shape_struct.h"
MUST_USE enum err rule_impact(const struct impact_input *in, struct arena *a, struct problem *pb, struct impact_result *ret);
#endif
