// SPDX-License-Identifier: Apache-2.0
// Who predicts how well: Brier scores and calibration (docs/rules/score.md). Never fails; n log n in the predictions.
#ifndef ENTENTE_RULES_SCORE_H
#define ENTENTE_RULES_SCORE_H
#include "rules/rule.h"
#define SHAPE_FILE "rules/score.def"
#include "base/shape_struct.h"
MUST_USE enum err rule_score(const struct score_input *in, struct arena *a, struct problem *pb, struct score_result *ret);
#endif
