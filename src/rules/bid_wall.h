// SPDX-License-Identifier: Apache-2.0
// Who must be cut off from what when parties bid apart (docs/rules/bid_wall.md). ERR_INVALID: a company twice, an unknown company in the log.
#ifndef ENTENTE_RULES_BID_WALL_H
#define ENTENTE_RULES_BID_WALL_H
#include "rules/rule.h"
#define SHAPE_FILE "rules/bid_wall.def"
#include "base/shape_struct.h"
MUST_USE enum err rule_bid_wall(const struct bid_wall_input *in, struct arena *a, struct problem *pb,
                                struct bid_wall_result *ret);
#endif
