// SPDX-License-Identifier: Apache-2.0
#include "rules/paths.h"

#include <stdlib.h>

#define SHAPE_FILE "rules/paths.def"
#include "base/shape_table.h"

enum { PEOPLE_MAX = 1000, SHOW_MAX = 20, LENGTH_MAX = 32 };  // a chain of more than thirty introductions is no chain

struct edge {
  int from, to;
  int64_t reliability;
  str company;
};
struct way {
  int node[LENGTH_MAX + 1], n;
  double reliability;
};
struct graph {
  const struct paths_input *in;
  struct arena *a;
  str *name;  // by id bytes; index 0 is us, before the names
  int n;
  struct edge *edge;  // by from, then to; the best of each pair
  size_t n_edges;
  size_t *first;  // of each person; one more at the end
  int target;
  // one search
  double *best;
  int *hops, *before;
  bool *done, *banned;
  struct way *found, *waiting;
  size_t n_found, n_waiting;
};

static int by_bytes(const void *p, const void *q) { return str_cmp(*(const str *)p, *(const str *)q); }
static int by_edge(const void *p, const void *q) {
  const struct edge *x = p, *y = q;
  if (x->from != y->from) return x->from < y->from ? -1 : 1;
  if (x->to != y->to) return x->to < y->to ? -1 : 1;
  if (x->reliability != y->reliability) return x->reliability > y->reliability ? -1 : 1;
  return str_cmp(x->company, y->company);
}

static int index_of(const struct graph *g, str id) {
  const str *p = bsearch(&id, g->name + 1, (size_t)g->n - 1, sizeof *g->name, by_bytes);
  return (int)(p - g->name);
}

static enum err index_people(struct graph *g, struct problem *pb) {
  const struct paths_input *in = g->in;
  size_t n = 1;
  g->name = NEW_ARRAY(g->a, 2 + in->n_ours + 2 * in->n_links, str);
  for (size_t i = 0; i < in->n_ours; i++) g->name[n++] = in->ours[i];
  g->name[n++] = in->target;
  for (size_t i = 0; i < in->n_links; i++) {
    if (str_eq(in->links[i].from, in->links[i].to))
      return problem_field(pb, arena_fmt(g->a, "/links/%zu/to", i), P_DUPLICATE, in->links[i].to, STR_NULL);
    g->name[n++] = in->links[i].from;
    g->name[n++] = in->links[i].to;
  }
  qsort(g->name + 1, n - 1, sizeof *g->name, by_bytes);
  size_t m = 1;
  for (size_t i = 1; i < n; i++)
    if (m == 1 || !str_eq(g->name[m - 1], g->name[i])) g->name[m++] = g->name[i];
  if (m - 1 > PEOPLE_MAX) return problem_set0(pb, P_OVERFLOW);
  g->n = (int)m;
  g->target = index_of(g, in->target);
  return ERR_OK;
}

static bool usable(const struct paths_link *l) {
  return l->reliability != SHAPE_NO_INT && (!l->company.p || l->permitted == TRI_YES);
}

static void index_edges(struct graph *g) {
  const struct paths_input *in = g->in;
  size_t n = 0, m = 0;
  g->edge = NEW_ARRAY(g->a, in->n_ours + 2 * in->n_links + 1, struct edge);
  for (size_t i = 0; i < in->n_ours; i++) g->edge[n++] = (struct edge){0, index_of(g, in->ours[i]), 1000, STR_NULL};
  for (size_t i = 0; i < in->n_links; i++) {
    const struct paths_link *l = &in->links[i];
    if (!usable(l)) continue;
    int from = index_of(g, l->from), to = index_of(g, l->to);
    g->edge[n++] = (struct edge){from, to, l->reliability, l->company};
    if (l->both_ways) g->edge[n++] = (struct edge){to, from, l->reliability, l->company};
  }
  qsort(g->edge, n, sizeof *g->edge, by_edge);
  for (size_t i = 0; i < n; i++)
    if (!m || g->edge[m - 1].from != g->edge[i].from || g->edge[m - 1].to != g->edge[i].to) g->edge[m++] = g->edge[i];
  g->n_edges = m;
  g->first = NEW_ARRAY(g->a, (size_t)g->n + 1, size_t);
  for (size_t i = 0, k = 0; i <= (size_t)g->n; i++) {
    while (k < m && g->edge[k].from < (int)i) k++;
    g->first[i] = k;
  }
}

static const struct edge *edge_of(const struct graph *g, int from, int to) {
  for (size_t e = g->first[from]; e < g->first[from + 1]; e++)
    if (g->edge[e].to == to) return &g->edge[e];
  return NULL;
}

// ---- one way: Dijkstra on products ---------------------------------------------------------------------------------------

static bool better(double r, int hops, double than, int than_hops) { return r > than || (!(r < than) && hops < than_hops); }

// Continues `root` (its last person is the start) to the target, avoiding banned people and, as first step, the steps in `not_to`.
static bool search(struct graph *g, struct way *root, const int *not_to, size_t n_not) {
  for (int i = 0; i < g->n; i++) {
    g->best[i] = 0;
    g->done[i] = g->banned[i];
    g->before[i] = -1;
    g->hops[i] = 0;
  }
  int start = root->node[root->n - 1];
  g->best[start] = root->reliability;
  g->done[start] = false;
  for (;;) {
    int u = -1;
    for (int i = 0; i < g->n; i++)
      if (!g->done[i] && g->best[i] > 0 && (u < 0 || better(g->best[i], g->hops[i], g->best[u], g->hops[u]))) u = i;
    if (u < 0) return false;
    if (u == g->target) break;
    g->done[u] = true;
    for (size_t e = g->first[u]; e < g->first[u + 1]; e++) {
      int v = g->edge[e].to;
      bool barred = g->done[v];
      for (size_t k = 0; u == start && k < n_not; k++) barred = barred || not_to[k] == v;
      double r = g->best[u] * (double)g->edge[e].reliability / 1000;
      if (barred || !better(r, g->hops[u] + 1, g->best[v], g->best[v] > 0 ? g->hops[v] : 1 << 20)) continue;
      g->best[v] = r;
      g->hops[v] = g->hops[u] + 1;
      g->before[v] = u;
    }
  }
  int more = g->hops[g->target];
  if (root->n + more > LENGTH_MAX) return false;
  for (int v = g->target, at = root->n + more - 1; v != start; v = g->before[v]) root->node[at--] = v;
  root->n += more;
  root->reliability = g->best[g->target];
  return true;
}

static int compare(const struct way *x, const struct way *y) {
  if (x->reliability > y->reliability || x->reliability < y->reliability) return x->reliability > y->reliability ? -1 : 1;
  if (x->n != y->n) return x->n < y->n ? -1 : 1;
  for (int i = 0; i < x->n; i++)
    if (x->node[i] != y->node[i]) return x->node[i] < y->node[i] ? -1 : 1;
  return 0;
}

// Ways that leave the last found one at person `spur`, with another next step than every way found so far with the same beginning.
static void deviate(struct graph *g, const struct way *last, int spur) {
  struct way root = {.n = spur + 1, .reliability = 1};
  int not_to[SHOW_MAX];
  size_t n_not = 0;
  memset(g->banned, 0, (size_t)g->n * sizeof *g->banned);
  for (int i = 0; i <= spur; i++) {
    root.node[i] = last->node[i];
    if (i) root.reliability = root.reliability * (double)edge_of(g, last->node[i - 1], last->node[i])->reliability / 1000;
    if (i < spur) g->banned[last->node[i]] = true;
  }
  for (size_t f = 0; f < g->n_found; f++)
    if (g->found[f].n > spur + 1 && memcmp(g->found[f].node, root.node, (size_t)root.n * sizeof(int)) == 0)
      not_to[n_not++] = g->found[f].node[spur + 1];
  if (!search(g, &root, not_to, n_not)) return;
  for (size_t w = 0; w < g->n_waiting; w++)
    if (compare(&g->waiting[w], &root) == 0) return;
  g->waiting[g->n_waiting++] = root;
}

// Yen (Management Science 17, 1971): loopless ways, best first.
static void find_ways(struct graph *g) {
  size_t want = (size_t)g->in->show;
  g->best = NEW_ARRAY(g->a, (size_t)g->n, double);
  g->hops = NEW_ARRAY(g->a, (size_t)g->n, int);
  g->before = NEW_ARRAY(g->a, (size_t)g->n, int);
  g->done = NEW_ARRAY(g->a, (size_t)g->n, bool);
  g->banned = NEW_ARRAY(g->a, (size_t)g->n, bool);
  g->found = NEW_ARRAY(g->a, want, struct way);
  g->waiting = NEW_ARRAY(g->a, want * LENGTH_MAX + 1, struct way);
  struct way first = {.node = {0}, .n = 1, .reliability = 1};
  if (!search(g, &first, NULL, 0)) return;
  g->found[g->n_found++] = first;
  while (g->n_found < want) {
    const struct way *last = &g->found[g->n_found - 1];
    for (int spur = 0; spur < last->n - 1; spur++) deviate(g, last, spur);
    if (!g->n_waiting) return;
    size_t best = 0;
    for (size_t w = 1; w < g->n_waiting; w++)
      if (compare(&g->waiting[w], &g->waiting[best]) < 0) best = w;
    g->found[g->n_found++] = g->waiting[best];
    g->waiting[best] = g->waiting[--g->n_waiting];
  }
}

// ---- the answer ----------------------------------------------------------------------------------------------------------

static void put_ways(struct graph *g, struct paths_result *ret) {
  struct paths_way *ways = NEW_ARRAY(g->a, g->n_found + 1, struct paths_way);
  for (size_t f = 0; f < g->n_found; f++) {
    const struct way *w = &g->found[f];
    str *people = NEW_ARRAY(g->a, (size_t)w->n, str), *companies = NEW_ARRAY(g->a, (size_t)w->n, str);
    AUTO(buf_release) struct buf text = BUF(8192);
    for (int i = 1; i < w->n; i++) {
      people[ways[f].n_people++] = g->name[w->node[i]];
      buf_fmt(&text, "%s%.*s", i > 1 ? " - " : "", STR_ARG(g->name[w->node[i]]));
      str company = edge_of(g, w->node[i - 1], w->node[i])->company;
      bool listed = !company.p;
      for (size_t k = 0; k < ways[f].n_companies; k++) listed = listed || str_eq(companies[k], company);
      if (!listed) companies[ways[f].n_companies++] = company;
    }
    ways[f].people = people;
    ways[f].companies = companies;
    ways[f].reliability = w->reliability;
    str shown = arena_str(g->a, buf_str(&text)), chance = arena_fmt(g->a, "%.4f", w->reliability);
    if (f == 0)
      because(&ret->answer, R_paths_best, 600, g->in->target, shown, chance, STR_NULL);
    else
      because(&ret->answer, R_paths_next, 100, shown, chance, STR_NULL);
  }
  ret->ways = ways;
  ret->n_ways = g->n_found;
}

// Without this person, is there any way at all?
static void find_single_points(struct graph *g, struct paths_result *ret) {
  if (!g->n_found) return;
  const struct way *best = &g->found[0];
  str *list = NEW_ARRAY(g->a, (size_t)best->n, str);
  for (int i = 2; i < best->n - 1; i++) {
    struct way again = {.node = {0}, .n = 1, .reliability = 1};
    memset(g->banned, 0, (size_t)g->n * sizeof *g->banned);
    g->banned[best->node[i]] = true;
    if (search(g, &again, NULL, 0)) continue;
    list[ret->n_single_points++] = g->name[best->node[i]];
    because(&ret->answer, R_paths_single, 300, g->name[best->node[i]], STR_NULL);
  }
  ret->single_points = list;
}

enum err rule_paths(const struct paths_input *in, struct arena *a, struct problem *pb, struct paths_result *ret) {
  struct graph g = {.in = in, .a = a};
  TRY(index_people(&g, pb));
  shape_init(&shape_paths_result, ret);
  ret->answer.arena = a;
  index_edges(&g);
  find_ways(&g);
  if (!g.n_found) because(&ret->answer, R_paths_none, 700, in->target, STR_NULL);
  put_ways(&g, ret);
  find_single_points(&g, ret);
  for (size_t i = 0; i < in->n_links; i++) {
    const struct paths_link *l = &in->links[i];
    if (l->reliability == SHAPE_NO_INT) unknown_add(&ret->answer, S("way"), "/links/%zu/reliability", i);
    if (!l->company.p || l->permitted == TRI_YES) continue;
    if (l->permitted == TRI_UNKNOWN) unknown_add(&ret->answer, S("way"), "/links/%zu/permitted", i);
    because(&ret->answer, R_paths_permission, 50, l->from, l->company, STR_NULL);
  }
  return ERR_OK;
}

RULE_INFO(paths, 1, T_INIT("How do we reach somebody?", "如何接触到某人？", "Как выйти на человека?"), NULL, JSON({
            "ours" : [ "user_1", "user_2" ],
            "target" : "contact_9",
            "links" : [
              {"from" : "user_1", "to" : "contact_1", "reliability" : 900},
              {"from" : "contact_1", "to" : "contact_9", "reliability" : 300},
              {"from" : "user_2", "to" : "partner_1", "reliability" : 800},
              {"from" : "partner_1", "to" : "contact_9", "reliability" : 700, "company" : "company_2", "permitted" : "yes"},
              {"from" : "partner_2", "to" : "contact_9", "reliability" : 950, "company" : "company_2"}
            ]
          }));
