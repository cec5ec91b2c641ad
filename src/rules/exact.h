// SPDX-License-Identifier: Apache-2.0
// Exact fractions of 128 bits: what a reward is until it is rounded, once, to minor units. Lowest terms, positive denominator.
// Every operation says false when its result leaves 128 bits; nothing wraps. Plain values, thread-safe.
// Example: exact r; if (!exact_times(exact_of(base), exact_ratio(rate), &r) || !exact_round(r, &minor)) return overflow;
#ifndef ENTENTE_RULES_EXACT_H
#define ENTENTE_RULES_EXACT_H
#include "base/money.h"
__extension__ typedef __int128 i128;
typedef struct exact {
  i128 n, d;
} exact;
exact exact_of(int64_t whole);
exact exact_ratio(ratio r);
bool exact_plus(exact a, exact b, exact *ret);
bool exact_minus(exact a, exact b, exact *ret);
bool exact_times(exact a, exact b, exact *ret);
bool exact_over(exact a, exact b, exact *ret);  // false also when b is zero
int exact_cmp(exact a, exact b);                // exact for all values
int exact_sign(exact a);
exact exact_negated(exact a);
bool exact_round(exact a, int64_t *ret);  // half away from zero
// Minor units as an amount: all decimals of the currency, then what goes beyond them, up to six digits; "~" when more would follow.
void exact_put(struct buf *b, exact minor, currency c);
#endif
