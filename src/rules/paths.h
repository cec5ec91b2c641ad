// SPDX-License-Identifier: Apache-2.0
// The k most reliable chains of people to somebody (docs/rules/paths.md). Floating point products, deterministic.
// ERR_INVALID: a link from somebody to himself. ERR_LIMIT: more than 1,000 people. Time: show x length x (people^2 + links).
#ifndef ENTENTE_RULES_PATHS_H
#define ENTENTE_RULES_PATHS_H
#include "rules/rule.h"
#define SHAPE_FILE "rules/paths.def"
#include "base/shape_struct.h"
MUST_USE enum err rule_paths(const struct paths_input *in, struct arena *a, struct problem *pb, struct paths_result *ret);
#endif
