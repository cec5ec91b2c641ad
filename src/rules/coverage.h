// SPDX-License-Identifier: Apache-2.0
// Do we know the right people: coverage of a deal (docs/rules/coverage.md).
#ifndef ENTENTE_RULES_COVERAGE_H
#define ENTENTE_RULES_COVERAGE_H
#include "rules/rule.h"
#define SHAPE_FILE "rules/coverage.def"
#include "base/shape_struct.h"
MUST_USE enum err rule_coverage(const struct coverage_input *in, struct arena *a, struct problem *pb,
                                struct coverage_result *ret);
#endif
