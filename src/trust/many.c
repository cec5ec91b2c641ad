// SPDX-License-Identifier: Apache-2.0
// The same question about many records, asked once: their grants, their children, and what of them was read today. A page of a partner
// and a board ask it of up to two hundred; one statement each would be most of what they cost. Statements take a fixed number of ids,
// so that few texts are prepared; a list that ends earlier repeats its last id.
#include "trust/internal.h"
#include <assert.h>
#include <stdlib.h>

static int by_id(const void *a, const void *b) {
  id64 x = *(const id64 *)a, y = *(const id64 *)b;
  return x < y ? -1 : x > y;
}

static int by_root(const void *a, const void *b) {
  const struct grant *x = a, *y = b;
  if (x->root != y->root) return x->root < y->root ? -1 : 1;
  return x->id < y->id ? -1 : x->id > y->id;
}

// Ids in order, each once: how the engines walk an index best, and no more ids than there are.
static size_t in_order(id64 *ids, size_t n) {
  size_t kept = 0;
  if (n) qsort(ids, n, sizeof *ids, by_id);
  for (size_t i = 0; i < n; i++)
    if (!kept || ids[kept - 1] != ids[i]) ids[kept++] = ids[i];
  return kept;
}

// ---- grants

// The plus keeps the company out of the choice of an index: SQLite takes a company to have few grants, and would walk all it has.
static sql grants_sql(size_t n, bool of_all) {
  struct sqlb q;
  sqlb_init(&q);
  sqlb_add(&q, "SELECT " GRANT_COLUMNS " FROM access_grant WHERE entity = ");
  sqlb_param(&q);
  if (!of_all) {
    sqlb_add(&q, " AND +grantee = ");
    sqlb_param(&q);
  }
  sqlb_add(&q, " AND ");
  rec_in(&q, "root", n);
  return sqlb_done(&q);
}

static enum err grants_of_some(struct ctx *x, const struct entity *e, id64 grantee, const id64 *ids, size_t n, struct grant **ret,
                               size_t *ret_n) {
  AUTO(db_release) struct db_stmt *s = NULL;
  size_t room = rec_in_room(n);
  int p = 1;
  TRY(db_prepare(x->conn, grants_sql(room, !grantee), &s));
  db_bind_text(s, p++, str_of(e->name));
  if (grantee) db_bind_int(s, p++, grantee);
  rec_in_bind(s, p, ids, n);
  TRY(grants_collect(s, x->arena, REC_IN_MANY * GRANTS_OF_A_ROOT, ret, NULL, ret_n));
  if (*ret_n)
    qsort(*ret, *ret_n, sizeof **ret, by_root);  // cheaper here than in the database, where a sort copies each row twice
  return ERR_OK;
}

// The run of grants of one root; they are in order of root.
static void run_of(struct grant *g, size_t n, id64 root, struct grant **ret, size_t *ret_n) {
  size_t low = 0, high = n;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (g[middle].root < root)
      low = middle + 1;
    else
      high = middle;
  }
  for (high = low; high < n && g[high].root == root; high++) {}
  *ret = low < high ? &g[low] : NULL;
  *ret_n = high - low;
}

enum err grants_of_many(struct ctx *x, const struct entity *e, id64 grantee_or_0, id64 *ids, size_t n, struct root_grants *ret) {
  *ret = (struct root_grants){0};
  n = in_order(ids, n);
  for (size_t i = 0; i < n; i += REC_IN_MANY) {
    struct grant *g = NULL;
    size_t m = 0, part = n - i < REC_IN_MANY ? n - i : REC_IN_MANY;
    TRY(grants_of_some(x, e, grantee_or_0, ids + i, part, &g, &m));
    if (!m) continue;
    struct grant *all = NEW_ARRAY(x->arena, ret->n + m, struct grant);
    if (ret->n) memcpy(all, ret->g, ret->n * sizeof *all);
    memcpy(all + ret->n, g, m * sizeof *all);
    ret->g = all;
    ret->n += m;
  }
  return ERR_OK;
}

void root_grants_of(const struct root_grants *all, id64 root, struct grant **ret, size_t *ret_n) {
  run_of(all->g, all->n, root, ret, ret_n);
}

// ---- judging

// Roots of one type. Whoever owns one is asked for no grants.
enum err items_judge(struct ctx *x, struct list_item *items, size_t n) {
  if (!n) return ERR_OK;
  const struct entity *e = items[0].r->e;
  id64 *foreign = NEW_ARRAY(x->arena, n, id64);
  struct root_facts *facts = NEW_ARRAY(x->arena, n, struct root_facts);
  struct root_grants grants;
  size_t m = 0;
  assert(e->flags & E_ROOT);
  for (size_t i = 0; i < n; i++)
    if (items[i].r->company != x->viewer.company) foreign[m++] = items[i].r->id;
  TRY(grants_of_many(x, e, x->viewer.company, foreign, m, &grants));
  for (size_t i = 0; i < n; i++) {
    struct rec *r = items[i].r;
    facts[i] = (struct root_facts){.e = e, .id = r->id, .owner = r->company};
    if (r->company != x->viewer.company) root_grants_of(&grants, r->id, &facts[i].grants, &facts[i].ngrants);
    struct subject s = subject_of(r, &facts[i]);
    items[i].access = mask(&x->viewer, &s, x->now);
    items[i].facts = &facts[i];
  }
  return ERR_OK;
}

enum err trust_grants_of(struct ctx *x, const struct list_item *items, size_t n, struct root_grants *ret) {
  id64 *own = NEW_ARRAY(x->arena, n + 1, id64);
  size_t m = 0;
  for (size_t i = 0; i < n; i++)
    if (items[i].access.owner) own[m++] = items[i].r->id;
  *ret = (struct root_grants){0};
  return m ? grants_of_many(x, items[0].r->e, 0, own, m, ret) : ERR_OK;
}

// ---- children

static const struct list_item *root_of(const struct list_item *roots, size_t n, id64 id) {
  for (size_t i = 0; i < n; i++)
    if (roots[i].r->id == id) return &roots[i];
  return NULL;
}

// Of one part of the roots, which are few enough to look each row's root up by walking them.
static enum err children_of_some(struct ctx *x, const struct entity *e, const struct list_item *roots, size_t n,
                                 struct list_item **ret, size_t *ret_n) {
  id64 ids[REC_IN_MANY];
  struct rec **kids = NULL;
  size_t got = 0, kept = 0;
  for (size_t i = 0; i < n; i++) ids[i] = roots[i].r->id;
  TRY(rec_db_children_of(x->conn, e, ids, in_order(ids, n), x->arena, &kids, &got));
  struct list_item *items = NEW_ARRAY(x->arena, got + 1, struct list_item);
  for (size_t i = 0; i < got; i++) {
    const struct list_item *root = root_of(roots, n, kids[i]->root);
    assert(root && root->facts);
    struct subject s = subject_of(kids[i], root->facts);
    struct access a = mask(&x->viewer, &s, x->now);
    if (!(a.ops & OP_READ)) continue;
    items[kept] = (struct list_item){.r = kids[i], .access = a, .facts = root->facts};
    TRY(shown_updated_at(x, kids[i], &a, &items[kept++].changed_at));
  }
  *ret = items;
  *ret_n = kept;
  return ERR_OK;
}

enum err trust_children_of(struct ctx *x, const struct entity *e, const struct list_item *roots, size_t n, struct list_item **ret,
                           size_t *ret_n) {
  struct list_item *all = NULL;
  size_t m = 0;
  assert(e->flags & E_CHILD);
  for (size_t i = 0; i < n; i += REC_IN_MANY) {
    struct list_item *some = NULL;
    size_t got = 0, part = n - i < REC_IN_MANY ? n - i : REC_IN_MANY;
    TRY(children_of_some(x, e, roots + i, part, &some, &got));
    struct list_item *grown = NEW_ARRAY(x->arena, m + got + 1, struct list_item);
    if (m) memcpy(grown, all, m * sizeof *grown);
    if (got) memcpy(grown + m, some, got * sizeof *grown);
    all = grown;
    m += got;
  }
  *ret = all;
  *ret_n = m;
  return ERR_OK;
}
