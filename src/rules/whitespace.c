// SPDX-License-Identifier: Apache-2.0
#include "rules/whitespace.h"

#include <stdlib.h>

#define SHAPE_FILE "rules/whitespace.def"
#include "base/shape_table.h"

enum { GROUPS_MAX = 1000, SAID = 5 };

// Customers and groups by id, a table of spend between them, and sums for each kind of customer.
struct table {
  const struct whitespace_input *in;
  struct arena *a;
  struct whitespace_result *ret;
  const struct whitespace_customer **customers;
  str *groups, *likes;
  size_t n, n_groups, n_likes;
  int64_t *spend;            // [customer][group]
  int *state;                // [customer][group], -1 not judged
  int64_t *total;            // [customer]
  size_t *like;              // [customer]; n_likes: not known
  int64_t *like_spend;       // [like][group]
  int64_t *first, *second;   // [like][group] the two greatest
  int64_t *buyers, *active;  // [like][group] customers that bought the group; [like] that bought anything
};

static int by_customer(const void *p, const void *q) {
  return str_cmp((*(const struct whitespace_customer *const *)p)->customer,
                 (*(const struct whitespace_customer *const *)q)->customer);
}
static int by_bytes(const void *p, const void *q) { return str_cmp(*(const str *)p, *(const str *)q); }

static size_t find(const str *list, size_t n, str s) {
  const str *p = n ? bsearch(&s, list, n, sizeof *list, by_bytes) : NULL;
  return p ? (size_t)(p - list) : n;
}

static size_t sort_unique(str *list, size_t n) {
  if (!n) return 0;
  qsort(list, n, sizeof *list, by_bytes);
  size_t m = 1;
  for (size_t i = 1; i < n; i++)
    if (!str_eq(list[i], list[m - 1])) list[m++] = list[i];
  return m;
}

static size_t customer_of(const struct table *t, str id) {
  struct whitespace_customer key = {.customer = id}, *pointer = &key;
  const struct whitespace_customer *const *p =
    (const void *)bsearch(&pointer, t->customers, t->n, sizeof *t->customers, by_customer);
  return p ? (size_t)(p - t->customers) : t->n;
}

static enum err index_names(struct table *t, struct problem *pb) {
  const struct whitespace_input *in = t->in;
  t->n = in->n_customers;
  t->customers = NEW_ARRAY(t->a, t->n, const struct whitespace_customer *);
  t->likes = NEW_ARRAY(t->a, t->n, str);
  for (size_t i = 0; i < t->n; i++) {
    t->customers[i] = &in->customers[i];
    if (in->customers[i].like.p) t->likes[t->n_likes++] = in->customers[i].like;
  }
  qsort(t->customers, t->n, sizeof *t->customers, by_customer);
  for (size_t i = 1; i < t->n; i++)
    if (str_eq(t->customers[i]->customer, t->customers[i - 1]->customer)) {
      const struct whitespace_customer *later = t->customers[i] > t->customers[i - 1] ? t->customers[i] : t->customers[i - 1];
      return problem_field(pb, arena_fmt(t->a, "/customers/%zu/customer", (size_t)(later - in->customers)), P_DUPLICATE,
                           later->customer, STR_NULL);
    }
  t->n_likes = sort_unique(t->likes, t->n_likes);
  t->groups = NEW_ARRAY(t->a, in->n_purchases + 1, str);
  for (size_t i = 0; i < in->n_purchases; i++) t->groups[i] = in->purchases[i].group;
  t->n_groups = sort_unique(t->groups, in->n_purchases);
  if (t->n_groups > GROUPS_MAX) return problem_set0(pb, P_OVERFLOW);
  return ERR_OK;
}

static enum err fill(struct table *t, struct problem *pb) {
  const struct whitespace_input *in = t->in;
  size_t g = t->n_groups ? t->n_groups : 1;
  t->spend = NEW_ARRAY(t->a, t->n * g, int64_t);
  t->state = NEW_ARRAY(t->a, t->n * g, int);
  t->total = NEW_ARRAY(t->a, t->n, int64_t);
  for (size_t i = 0; i < t->n * g; i++) t->state[i] = -1;
  int64_t all = 0;
  for (size_t i = 0; i < in->n_purchases; i++) {
    const struct whitespace_purchase *p = &in->purchases[i];
    size_t c = customer_of(t, p->customer);
    if (c == t->n) return problem_field(pb, arena_fmt(t->a, "/purchases/%zu/customer", i), P_NO_SUCH_RECORD, STR_NULL, STR_NULL);
    if ((all += p->spend) > SHAPE_INT_MAX) return problem_set0(pb, P_OVERFLOW);
    t->spend[c * t->n_groups + find(t->groups, t->n_groups, p->group)] += p->spend;
    t->total[c] += p->spend;
  }
  for (size_t i = 0; i < in->n_known; i++) {
    size_t c = customer_of(t, in->known[i].customer), k = find(t->groups, t->n_groups, in->known[i].group);
    if (c == t->n) return problem_field(pb, arena_fmt(t->a, "/known/%zu/customer", i), P_NO_SUCH_RECORD, STR_NULL, STR_NULL);
    if (k < t->n_groups) t->state[c * t->n_groups + k] = in->known[i].state;
  }
  return ERR_OK;
}

static void sum_likes(struct table *t) {
  size_t m = t->n_likes ? t->n_likes : 1, g = t->n_groups ? t->n_groups : 1;
  t->like = NEW_ARRAY(t->a, t->n, size_t);
  t->like_spend = NEW_ARRAY(t->a, m * g, int64_t);
  t->buyers = NEW_ARRAY(t->a, m * g, int64_t);
  t->first = NEW_ARRAY(t->a, m * g, int64_t);
  t->second = NEW_ARRAY(t->a, m * g, int64_t);
  t->active = NEW_ARRAY(t->a, m, int64_t);
  for (size_t c = 0; c < t->n; c++) {
    size_t l = t->like[c] = t->customers[c]->like.p ? find(t->likes, t->n_likes, t->customers[c]->like) : t->n_likes;
    if (l == t->n_likes) continue;
    t->active[l] += t->total[c] > 0;
    for (size_t k = 0; k < t->n_groups; k++) {
      size_t at = l * t->n_groups + k;
      int64_t spend = t->spend[c * t->n_groups + k];
      t->like_spend[at] += spend;
      t->buyers[at] += spend > 0;
      if (spend > t->first[at]) {
        t->second[at] = t->first[at];
        t->first[at] = spend;
      } else if (spend > t->second[at]) {
        t->second[at] = spend;
      }
    }
  }
}

static int by_gap(const void *p, const void *q) {
  const struct whitespace_cell *x = p, *y = q;
  if (x->gap != y->gap) return x->gap > y->gap ? -1 : 1;
  int c = str_cmp(x->customer, y->customer);
  return c ? c : str_cmp(x->group, y->group);
}

// Mean of the others like it, without the greatest of them: no single large buyer sets the measure, nor does the customer itself.
static int64_t expected_of(const struct table *t, size_t c, size_t k) {
  size_t l = t->like[c], at = l * t->n_groups + k;
  int64_t own = t->spend[c * t->n_groups + k], greatest = own == t->first[at] ? t->second[at] : t->first[at];
  return (t->like_spend[at] - own - greatest) / (t->active[l] - 2);
}

static bool off_the_map(int state) { return state == white_space_na || state == white_space_in_house; }

// Keeps the greatest `show` of them in order, so memory does not grow with the table.
static void keep(struct table *t, struct whitespace_cell *cells, struct whitespace_cell c) {
  struct whitespace_result *r = t->ret;
  size_t at = r->n_cells, most = (size_t)t->in->show;
  if (at == most && by_gap(&c, &cells[at - 1]) >= 0) return;
  if (at < most)
    r->n_cells++;
  else
    at--;
  for (; at > 0 && by_gap(&c, &cells[at - 1]) < 0; at--) cells[at] = cells[at - 1];
  cells[at] = c;
}

static void find_cells(struct table *t, struct whitespace_cell *cells) {
  t->ret->total = t->ret->gaps = 0;
  for (size_t c = 0; c < t->n; c++) {
    size_t l = t->like[c];
    if (l == t->n_likes || t->total[c] == 0 || t->active[l] - 1 < t->in->peers) continue;
    for (size_t k = 0; k < t->n_groups; k++) {
      int64_t actual = t->spend[c * t->n_groups + k], expected = expected_of(t, c, k),
              peers = t->buyers[l * t->n_groups + k] - (actual > 0);
      int state = t->state[c * t->n_groups + k];
      if (expected <= actual || off_the_map(state)) continue;
      keep(t, cells,
           (struct whitespace_cell){t->customers[c]->customer, t->groups[k], actual, expected, expected - actual, peers,
                                    state >= 0 ? state
                                    : actual   ? white_space_ours
                                               : white_space_potential});
      t->ret->gaps++;
      t->ret->total += expected - actual;
    }
  }
}

static void say(struct table *t) {
  struct answer *an = &t->ret->answer;
  struct whitespace_result *r = t->ret;
  if (!r->gaps)
    because(an, R_whitespace_none, 500, STR_NULL);
  else
    because(an, R_whitespace_total, 500, int_str(t->a, r->gaps), int_str(t->a, r->total), STR_NULL);
  for (size_t i = 0; i < r->n_cells && i < SAID; i++) {
    const struct whitespace_cell *c = &r->cells[i];
    because(an, R_whitespace_gap, 300, c->customer, int_str(t->a, c->actual), c->group, int_str(t->a, c->peers),
            int_str(t->a, c->expected), STR_NULL);
    if (c->state == white_space_rival)
      because(an, R_whitespace_taken, 100, c->customer, c->group, word_str(&vocab_white_space, c->state), STR_NULL);
  }
  for (size_t c = 0; c < t->n; c++) {
    size_t at = (size_t)(t->customers[c] - t->in->customers), l = t->like[c];
    if (l == t->n_likes)
      unknown_add(an, S("expected spending"), "/customers/%zu/like", at);
    else if (t->total[c] && t->active[l] - 1 < t->in->peers)
      because(an, R_whitespace_few_peers, 50, t->customers[c]->customer, int_str(t->a, t->active[l] - 1),
              int_str(t->a, t->in->peers), STR_NULL);
  }
}

enum err rule_whitespace(const struct whitespace_input *in, struct arena *a, struct problem *pb, struct whitespace_result *ret) {
  struct table t = {.in = in, .a = a, .ret = ret};
  TRY(index_names(&t, pb));
  TRY(fill(&t, pb));
  shape_init(&shape_whitespace_result, ret);
  ret->answer.arena = a;
  sum_likes(&t);
  struct whitespace_cell *cells = NEW_ARRAY(a, (size_t)in->show, struct whitespace_cell);
  ret->cells = cells;
  find_cells(&t, cells);
  say(&t);
  return ERR_OK;
}

RULE_INFO(whitespace, 1, T_INIT("Where could a customer buy more?", "客户还可多买什么？", "Что ещё мог бы купить заказчик?"),
          NULL, JSON({
            "peers" : 2,
            "customers" : [
              {"customer" : "account_1", "like" : "machinery, 50-250"}, {"customer" : "account_2", "like" : "machinery, 50-250"},
              {"customer" : "account_3", "like" : "machinery, 50-250"}
            ],
            "purchases" : [
              {"customer" : "account_1", "group" : "drives", "spend" : 100000},
              {"customer" : "account_2", "group" : "drives", "spend" : 200000},
              {"customer" : "account_2", "group" : "service", "spend" : 40000},
              {"customer" : "account_3", "group" : "drives", "spend" : 50000},
              {"customer" : "account_3", "group" : "service", "spend" : 10000}
            ]
          }));
