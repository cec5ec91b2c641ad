// SPDX-License-Identifier: Apache-2.0
// Where the buyer stands, from evidence (docs/rules/stage.md).
#ifndef ENTENTE_RULES_STAGE_H
#define ENTENTE_RULES_STAGE_H
#include "rules/rule.h"
#define SHAPE_FILE "rules/stage.def"
#include "base/shape_struct.h"
MUST_USE enum err rule_stage(const struct stage_input *in, struct arena *a, struct problem *pb, struct stage_result *ret);
#endif
