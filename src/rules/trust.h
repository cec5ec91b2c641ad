// SPDX-License-Identifier: Apache-2.0
// How far a company's promises can be relied on: beta reputation with decay (docs/rules/trust.md).
#ifndef ENTENTE_RULES_TRUST_H
#define ENTENTE_RULES_TRUST_H
#include "rules/rule.h"
#define SHAPE_FILE "rules/trust.def"
#include "base/shape_struct.h"
MUST_USE enum err rule_trust(const struct trust_input *in, struct arena *a, struct problem *pb, struct trust_result *ret);
#endif
