// SPDX-License-Identifier: Apache-2.0
// Is a deal real, worth it, winnable: verdict, resources and the next best question (docs/rules/qualify.md).
#ifndef ENTENTE_RULES_QUALIFY_H
#define ENTENTE_RULES_QUALIFY_H
#include "rules/rule.h"
#define SHAPE_FILE "rules/qualify.def"
#include "base/shape_struct.h"
MUST_USE enum err rule_qualify(const struct qualify_input *in, struct arena *a, struct problem *pb, struct qualify_result *ret);
#endif
