// SPDX-License-Identifier: Apache-2.0
// What kind of partner somebody is: gates before points (docs/rules/fit.md).
#ifndef ENTENTE_RULES_FIT_H
#define ENTENTE_RULES_FIT_H
#include "rules/rule.h"
#define SHAPE_FILE "rules/fit.def"
#include "base/shape_struct.h"
MUST_USE enum err rule_fit(const struct fit_input *in, struct arena *a, struct problem *pb, struct fit_result *ret);
#endif
