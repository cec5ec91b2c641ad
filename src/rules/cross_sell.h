// SPDX-License-Identifier: Apache-2.0
// What to offer next, from what is bought together (docs/rules/cross_sell.md).
//
// The counting is a stream of bounded memory: feed lines grouped by order, then ask. An order that comes back later counts as another.
//   struct cross_counts *c = cross_counts_new(); TRY(cross_counts_add(c, order, product)) ...; rule_cross_sell does this for its JSON.
// Bounds: CROSS_PRODUCTS different products (67 MB of pair counts at most, grown by need), CROSS_BASKET different products in one order;
// beyond either ERR_LIMIT. Not thread-safe. Time is linear in lines plus pairs within orders.
#ifndef ENTENTE_RULES_CROSS_SELL_H
#define ENTENTE_RULES_CROSS_SELL_H
#include "rules/rule.h"
#define SHAPE_FILE "rules/cross_sell.def"
#include "base/shape_struct.h"
enum { CROSS_PRODUCTS = 4096, CROSS_BASKET = 256 };
struct cross_counts;
struct cross_counts *cross_counts_new(void);
void cross_counts_free(struct cross_counts *c);
MUST_USE enum err cross_counts_add(struct cross_counts *c, str order, str product);
void cross_counts_end(struct cross_counts *c);  // closes the last order
int64_t cross_counts_lines(const struct cross_counts *c);
int64_t cross_counts_orders(const struct cross_counts *c);
int cross_counts_products(const struct cross_counts *c);
int cross_counts_find(const struct cross_counts *c, str product);  // -1: never seen
str cross_counts_name(const struct cross_counts *c, int product);
int64_t cross_counts_of(const struct cross_counts *c, int x);           // orders with x
int64_t cross_counts_both(const struct cross_counts *c, int x, int y);  // orders with x and y
MUST_USE enum err rule_cross_sell(const struct cross_sell_input *in, struct arena *a, struct problem *pb,
                                  struct cross_sell_result *ret);
#endif
