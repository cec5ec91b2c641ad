// SPDX-License-Identifier: Apache-2.0
// The life of a deal registration (docs/rules/registration.md).
#ifndef ENTENTE_RULES_REGISTRATION_H
#define ENTENTE_RULES_REGISTRATION_H
#include "rules/rule.h"
#define SHAPE_FILE "rules/registration.def"
#include "base/shape_struct.h"
MUST_USE enum err rule_registration(const struct registration_input *in, struct arena *a, struct problem *pb,
                                    struct registration_result *ret);
#endif
