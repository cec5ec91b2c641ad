// SPDX-License-Identifier: Apache-2.0
// How an account likes to buy, whether that changes, and what follows (docs/rules/habit.md). Integers only. ERR_INVALID: a date to come.
#ifndef ENTENTE_RULES_HABIT_H
#define ENTENTE_RULES_HABIT_H
#include "rules/rule.h"
#define SHAPE_FILE "rules/habit.def"
#include "base/shape_struct.h"
MUST_USE enum err rule_habit(const struct habit_input *in, struct arena *a, struct problem *pb, struct habit_result *ret);
#endif
