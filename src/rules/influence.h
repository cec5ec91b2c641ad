// SPDX-License-Identifier: Apache-2.0
// Where the opinion of those who decide will end (docs/rules/influence.md). Floating point, deterministic for a seed.
// ERR_INVALID: an id or a tie twice, an unknown person, a tie to oneself. ERR_LIMIT: people^3 x samples beyond 7e8.
#ifndef ENTENTE_RULES_INFLUENCE_H
#define ENTENTE_RULES_INFLUENCE_H
#include "rules/rule.h"
#define SHAPE_FILE "rules/influence.def"
#include "base/shape_struct.h"
MUST_USE enum err rule_influence(const struct influence_input *in, struct arena *a, struct problem *pb,
                                 struct influence_result *ret);
#endif
