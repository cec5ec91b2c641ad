// SPDX-License-Identifier: Apache-2.0
// Where leads are lost between sending and the person's pay (docs/rules/chain.md).
#ifndef ENTENTE_RULES_CHAIN_H
#define ENTENTE_RULES_CHAIN_H
#include "rules/rule.h"
#define SHAPE_FILE "rules/chain.def"
#include "base/shape_struct.h"
MUST_USE enum err rule_chain(const struct chain_input *in, struct arena *a, struct problem *pb, struct chain_result *ret);
#endif
