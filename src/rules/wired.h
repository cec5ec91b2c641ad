// SPDX-License-Identifier: Apache-2.0
// Is the purchase wired, and for whom (docs/rules/wired.md).
#ifndef ENTENTE_RULES_WIRED_H
#define ENTENTE_RULES_WIRED_H
#include "rules/rule.h"
#define SHAPE_FILE "rules/wired.def"
#include "base/shape_struct.h"
MUST_USE enum err rule_wired(const struct wired_input *in, struct arena *a, struct problem *pb, struct wired_result *ret);
#endif
