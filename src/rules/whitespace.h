// SPDX-License-Identifier: Apache-2.0
// Where customers buy less than those like them (docs/rules/whitespace.md). Integers only.
// ERR_INVALID: an unknown customer, an id twice. ERR_LIMIT: more than 1,000 product groups, or sums beyond 2^53.
#ifndef ENTENTE_RULES_WHITESPACE_H
#define ENTENTE_RULES_WHITESPACE_H
#include "rules/rule.h"
#define SHAPE_FILE "rules/whitespace.def"
#include "base/shape_struct.h"
MUST_USE enum err rule_whitespace(const struct whitespace_input *in, struct arena *a, struct problem *pb,
                                  struct whitespace_result *ret);
#endif
