// SPDX-License-Identifier: Apache-2.0
// How often two products stand in one order. Pair counts are a triangle that grows with the products; names sit in a hash table.
#include <stdlib.h>

#include "rules/cross_sell.h"

enum { SLOTS = 2 * CROSS_PRODUCTS };  // a power of two, never more than half full

struct cross_counts {
  struct arena names;
  str name[CROSS_PRODUCTS];
  int slot[SLOTS];  // product + 1, 0 free
  int n;
  int64_t single[CROSS_PRODUCTS];
  uint32_t *pair;  // x > y: pair[x (x - 1) / 2 + y]
  size_t n_pairs;
  char order[SHAPE_ID_MAX];
  size_t n_order;
  bool open;
  int basket[CROSS_BASKET];
  int n_basket;
  uint64_t in_basket[CROSS_PRODUCTS / 64];
  int64_t lines, orders;
};

struct cross_counts *cross_counts_new(void) {
  struct cross_counts *c = calloc(1, sizeof *c);
  if (!c) abort();
  return c;
}

void cross_counts_free(struct cross_counts *c) {
  if (!c) return;
  arena_release(&c->names);
  free(c->pair);
  free(c);
}

// FNV-1a (Fowler, Noll, Vo), 64 bit. The table is bounded and private, so a chosen collision costs its sender a slow answer, no more.
static size_t slot_of(const struct cross_counts *c, str s) {
  uint64_t h = 0xcbf29ce484222325u;
  for (size_t i = 0; i < s.n; i++) h = (h ^ (unsigned char)s.p[i]) * 0x100000001b3u;
  size_t k = (size_t)(h ^ (h >> 32)) & (SLOTS - 1);
  while (c->slot[k] && !str_eq(c->name[c->slot[k] - 1], s)) k = (k + 1) & (SLOTS - 1);
  return k;
}

int cross_counts_find(const struct cross_counts *c, str product) { return c->slot[slot_of(c, product)] - 1; }

static size_t pair_at(int x, int y) {
  size_t hi = (size_t)(x > y ? x : y), lo = (size_t)(x > y ? y : x);
  return hi * (hi - 1) / 2 + lo;
}

static int product_of(struct cross_counts *c, str product) {
  size_t k = slot_of(c, product);
  if (c->slot[k]) return c->slot[k] - 1;
  if (c->n == CROSS_PRODUCTS) return -1;
  c->name[c->n] = arena_str(&c->names, product);
  c->slot[k] = ++c->n;
  size_t need = (size_t)c->n * (size_t)(c->n - 1) / 2;
  if (need > c->n_pairs) {
    size_t more = need * 2 + 64;
    uint32_t *grown = realloc(c->pair, more * sizeof *grown);
    if (!grown) abort();
    memset(grown + c->n_pairs, 0, (more - c->n_pairs) * sizeof *grown);
    c->pair = grown;
    c->n_pairs = more;
  }
  return c->n - 1;
}

void cross_counts_end(struct cross_counts *c) {
  for (int i = 0; i < c->n_basket; i++) {
    c->single[c->basket[i]]++;
    c->in_basket[c->basket[i] / 64] = 0;
    for (int k = 0; k < i; k++) c->pair[pair_at(c->basket[i], c->basket[k])]++;
  }
  c->orders += c->open;
  c->open = false;
  c->n_basket = 0;
}

enum err cross_counts_add(struct cross_counts *c, str order, str product) {
  if (order.n > sizeof c->order) return ERR_LIMIT;
  if (c->open && !str_eq(order, (str){c->order, c->n_order})) cross_counts_end(c);
  if (!c->open) {
    memcpy(c->order, order.p, order.n);
    c->n_order = order.n;
    c->open = true;
  }
  int x = product_of(c, product);
  if (x < 0) return ERR_LIMIT;
  c->lines++;
  uint64_t bit = UINT64_C(1) << (x % 64);
  if (c->in_basket[x / 64] & bit) return ERR_OK;
  if (c->n_basket == CROSS_BASKET) return ERR_LIMIT;
  c->in_basket[x / 64] |= bit;
  c->basket[c->n_basket++] = x;
  return ERR_OK;
}

int64_t cross_counts_lines(const struct cross_counts *c) { return c->lines; }
int64_t cross_counts_orders(const struct cross_counts *c) { return c->orders; }
int cross_counts_products(const struct cross_counts *c) { return c->n; }
str cross_counts_name(const struct cross_counts *c, int product) { return c->name[product]; }
int64_t cross_counts_of(const struct cross_counts *c, int x) { return c->single[x]; }
int64_t cross_counts_both(const struct cross_counts *c, int x, int y) { return x == y ? c->single[x] : c->pair[pair_at(x, y)]; }
