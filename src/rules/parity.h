// SPDX-License-Identifier: Apache-2.0
// Whether leads flow both ways (docs/rules/parity.md).
#ifndef ENTENTE_RULES_PARITY_H
#define ENTENTE_RULES_PARITY_H
#include "rules/rule.h"
#define SHAPE_FILE "rules/parity.def"
#include "base/shape_struct.h"
MUST_USE enum err rule_parity(const struct parity_input *in, struct arena *a, struct problem *pb, struct parity_result *ret);
#endif
