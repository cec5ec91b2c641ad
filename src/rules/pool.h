// SPDX-License-Identifier: Apache-2.0
// One map from the drawings of several informants (docs/rules/pool.md). Floating point, deterministic. ERR_INVALID: an informant
// contradicts himself, a person tied to himself. ERR_LIMIT: more than 200 informants. Time: sayings x 50.
#ifndef ENTENTE_RULES_POOL_H
#define ENTENTE_RULES_POOL_H
#include "rules/rule.h"
#define SHAPE_FILE "rules/pool.def"
#include "base/shape_struct.h"
MUST_USE enum err rule_pool(const struct pool_input *in, struct arena *a, struct problem *pb, struct pool_result *ret);
#endif
