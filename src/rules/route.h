// SPDX-License-Identifier: Apache-2.0
// Which partner a lead goes to, and why (docs/rules/route.md).
#ifndef ENTENTE_RULES_ROUTE_H
#define ENTENTE_RULES_ROUTE_H
#include "rules/rule.h"
#define SHAPE_FILE "rules/route.def"
#include "base/shape_struct.h"
MUST_USE enum err rule_route(const struct route_input *in, struct arena *a, struct problem *pb, struct route_result *ret);
#endif
