// SPDX-License-Identifier: Apache-2.0
// The chance of winning, learned from closed deals, or why nothing is said (docs/rules/forecast.md). Floating point, deterministic.
// ERR_INVALID: an id twice, an attribute twice in a deal or both word and number, a closed deal that is open. ERR_LIMIT: more than 30 attributes.
// Time grows with deals^2 (finding copies) and deals x columns^2 x 6 (fitting); 5,000 closed deals with 30 attributes are the bound.
#ifndef ENTENTE_RULES_FORECAST_H
#define ENTENTE_RULES_FORECAST_H
#include "rules/rule.h"
#define SHAPE_FILE "rules/forecast.def"
#include "base/shape_struct.h"
MUST_USE enum err rule_forecast(const struct forecast_input *in, struct arena *a, struct problem *pb,
                                struct forecast_result *ret);
#endif
