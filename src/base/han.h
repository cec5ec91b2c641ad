// SPDX-License-Identifier: Apache-2.0
// Traditional Chinese characters to simplified ones, for folding only: search and matching treat both spellings as the same.
// The table holds about 1,700 common characters and is not complete: a rare character keeps its form, so a text is found by its
// own spelling at worst. Where usage distinguishes what the table joins (乾 and 干, 著 and 着), both sides of a comparison are
// folded alike, so nothing is lost but a distinction. Threading: constants.
#ifndef ENTENTE_BASE_HAN_H
#define ENTENTE_BASE_HAN_H
#include <stddef.h>
#include <stdint.h>
uint32_t han_simplified(uint32_t c);  // c itself when it has no pair
size_t han_pair_count(void);
void han_pair(size_t i, uint32_t *ret_from, uint32_t *ret_to);  // i < han_pair_count(); ascending by `from`
#endif
