// SPDX-License-Identifier: Apache-2.0
// Who must not leave: coverage recomputed without each person (docs/rules/without.md).
#ifndef ENTENTE_RULES_WITHOUT_H
#define ENTENTE_RULES_WITHOUT_H
#include "rules/coverage.h"
#define SHAPE_FILE "rules/without.def"
#include "base/shape_struct.h"
MUST_USE enum err rule_without(const struct without_input *in, struct arena *a, struct problem *pb, struct without_result *ret);
#endif
