// SPDX-License-Identifier: Apache-2.0
// What the rules `coverage` and `without` share. Nobody else includes this.
#ifndef ENTENTE_RULES_COVERAGE_WORK_H
#define ENTENTE_RULES_COVERAGE_WORK_H
#include "rules/coverage.h"

struct covered {
  int level;
  int right_met;
  unsigned met;  // conditions that hold, as bits; without no_single_point
};
// `leaver`: index of somebody whose chair is taken by a successor nobody knows; -1 nobody.
struct covered coverage_of(const struct coverage_person *people, size_t n, ptrdiff_t leaver);
bool coverage_has_role(const struct coverage_person *p, int role);
bool coverage_met(const struct coverage_person *p);
#endif
