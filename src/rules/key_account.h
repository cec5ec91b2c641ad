// SPDX-License-Identifier: Apache-2.0
// Which accounts are key (docs/rules/key_account.md).
#ifndef ENTENTE_RULES_KEY_ACCOUNT_H
#define ENTENTE_RULES_KEY_ACCOUNT_H
#include "rules/rule.h"
#define SHAPE_FILE "rules/key_account.def"
#include "base/shape_struct.h"
MUST_USE enum err rule_key_account(const struct key_account_input *in, struct arena *a, struct problem *pb,
                                   struct key_account_result *ret);
#endif
