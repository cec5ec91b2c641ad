// SPDX-License-Identifier: Apache-2.0
// Money: integer minor units and an ISO 4217 currency. Rates: exact fractions. No float anywhere: this file and everything that
// includes it for arithmetic compiles with -mgeneral-regs-only on x86-64. Intermediates are 128-bit; overflow is an error.
#ifndef ENTENTE_BASE_MONEY_H
#define ENTENTE_BASE_MONEY_H
#include "base/err.h"
typedef struct currency {
  char code[4];  // "EUR", or "" for none
} currency;
typedef struct money {
  int64_t minor;  // minor units: cents for EUR, yen for JPY, fils (3 decimals) for KWD
  currency cur;
} money;
typedef struct ratio {
  int64_t num, den;  // den > 0, lowest terms
} ratio;
bool currency_parse(str code, currency *ret);  // ISO 4217 active codes
int currency_digits(currency c);               // 0, 2, 3 or 4; -1 unknown
bool currency_eq(currency a, currency b);
// "1234.50" in `c`: optional '-', digits, optional '.', at most currency_digits decimals. No exponent, blanks, '+', leading zeros.
enum problem_code money_parse(str amount, currency c, money *ret);  // P_NONE or P_BAD_MONEY, P_MONEY_DECIMALS,
// P_MONEY_RANGE (INT64_MIN included: every amount has a negative); P_BAD_CURRENCY: `c` is none.
void money_amount_put(struct buf *b, money m);              // "1234.50": always all decimals of the currency
MUST_USE enum err money_add(money a, money b, money *ret);  // ERR_INVALID: other currency; ERR_LIMIT: overflow
bool ratio_make(int64_t num, int64_t den, ratio *ret);      // lowest terms, den > 0; false: den 0 or out of range
bool ratio_parse(str s, ratio *ret);     // "7/100", "1/3", "1", "0"; lowest terms not required on input; no sign
void ratio_put(struct buf *b, ratio r);  // "7/100"; whole numbers without "/1"
int ratio_cmp(ratio a, ratio b);
bool ratio_add(ratio a, ratio b, ratio *ret);  // false on overflow
// round half away from zero of minor * num / den: exact rational, rounded once. ERR_LIMIT on overflow. Negative mirrors positive.
MUST_USE enum err money_times(money m, ratio r, money *ret);
// Largest-remainder split of `total` by weights (ratios that sum to 1): sum exact, remainders to the largest fraction,
// ties to the lower `tie` id; negative totals mirror the positive split. n <= LIMIT_SPLITS * LIMIT_PARTIES.
// ERR_INVALID: no parts or too many, a negative share, another sum than 1. ERR_LIMIT: the sum leaves 64 bits (wild denominators).
MUST_USE enum err money_split(money total, const ratio *shares, const int64_t *ties, size_t n, money *ret_parts);
#endif
