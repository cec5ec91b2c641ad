// SPDX-License-Identifier: Apache-2.0
// What a buyer's doubts mean and what to do about them (docs/rules/concern.md).
#ifndef ENTENTE_RULES_CONCERN_H
#define ENTENTE_RULES_CONCERN_H
#include "rules/rule.h"
#define SHAPE_FILE "rules/concern.def"
#include "base/shape_struct.h"
MUST_USE enum err rule_concern(const struct concern_input *in, struct arena *a, struct problem *pb, struct concern_result *ret);
#endif
