// SPDX-License-Identifier: Apache-2.0
// Who gets how many hours: the exact optimum over judged response curves (docs/rules/allocate.md).
// ERR_INVALID: a curve that falls, a horizon other than 3, 6, 12, an unknown person, an id twice. Integers only.
// Time grows with candidates x hours^2 for each person, memory with candidates x hours.
#ifndef ENTENTE_RULES_ALLOCATE_H
#define ENTENTE_RULES_ALLOCATE_H
#include "rules/rule.h"
#define SHAPE_FILE "rules/allocate.def"
#include "base/shape_struct.h"
MUST_USE enum err rule_allocate(const struct allocate_input *in, struct arena *a, struct problem *pb,
                                struct allocate_result *ret);
// The judged return of `hours`: straight lines between the five points.
int64_t allocate_value(const struct allocate_candidate *c, int64_t hours);
#endif
