// SPDX-License-Identifier: Apache-2.0
// Is a company ready to sell with others: answers compared with behaviour (docs/rules/readiness.md).
// ERR_INVALID: a voice or a question twice, two companies.
#ifndef ENTENTE_RULES_READINESS_H
#define ENTENTE_RULES_READINESS_H
#include "rules/rule.h"
#define SHAPE_FILE "rules/readiness.def"
#include "base/shape_struct.h"
MUST_USE enum err rule_readiness(const struct readiness_input *in, struct arena *a, struct problem *pb,
                                 struct readiness_result *ret);
#endif
