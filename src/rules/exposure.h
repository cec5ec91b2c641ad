// SPDX-License-Identifier: Apache-2.0
// How far to go with a partner, from the lower bound of trust (docs/rules/exposure.md). Integers only.
// ERR_INVALID: two currencies. ERR_LIMIT: the limit leaves the range of money.
#ifndef ENTENTE_RULES_EXPOSURE_H
#define ENTENTE_RULES_EXPOSURE_H
#include "rules/rule.h"
#define SHAPE_FILE "rules/exposure.def"
#include "base/shape_struct.h"
MUST_USE enum err rule_exposure(const struct exposure_input *in, struct arena *a, struct problem *pb,
                                struct exposure_result *ret);
#endif
