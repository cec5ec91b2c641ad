// SPDX-License-Identifier: Apache-2.0
// Where rivals are at a customer, from lawful sources only (docs/rules/rival_contact.md). ERR_INVALID: a person twice, an entry in the future.
#ifndef ENTENTE_RULES_RIVAL_CONTACT_H
#define ENTENTE_RULES_RIVAL_CONTACT_H
#include "rules/rule.h"
#define SHAPE_FILE "rules/rival_contact.def"
#include "base/shape_struct.h"
MUST_USE enum err rule_rival_contact(const struct rival_contact_input *in, struct arena *a, struct problem *pb,
                                     struct rival_contact_result *ret);
#endif
