// SPDX-License-Identifier: Apache-2.0
// From deals to columns, groups of copies, and folds.
#include <math.h>
#include <stdlib.h>

#include "rules/forecast_work.h"

enum { LEVEL_SUPPORT = 3 };  // rarer words share one column

static int by_deal(const void *p, const void *q) {
  return str_cmp((*(const struct forecast_closed *const *)p)->deal, (*(const struct forecast_closed *const *)q)->deal);
}
static int by_name(const void *p, const void *q) {
  return str_cmp(((const struct attribute *)p)->name, ((const struct attribute *)q)->name);
}

const struct forecast_attribute *table_find(const struct forecast_attribute *attributes, size_t n, str name) {
  for (size_t i = 0; i < n; i++)
    if (str_eq(attributes[i].name, name)) return &attributes[i];
  return NULL;
}

static bool late(const struct forecast_attribute *v, uday until) {
  return until != SHAPE_NO_DATE && v->known_on != SHAPE_NO_DATE && v->known_on > until;
}

// ---- attributes --------------------------------------------------------------------------------------------------------

static enum err meet(struct table *t, const struct forecast_attribute *list, size_t n, const char *where, size_t row,
                     struct problem *pb) {
  for (size_t i = 0; i < n; i++) {
    for (size_t k = 0; k < i; k++)
      if (str_eq(list[i].name, list[k].name))
        return problem_field(pb, arena_fmt(t->a, "/%s/%zu/attributes/%zu/name", where, row, i), P_DUPLICATE, list[i].name,
                             STR_NULL);
    bool word = list[i].value.p != NULL, number = isfinite(list[i].number);
    int at = 0;
    while (at < t->n_attributes && !str_eq(t->attribute[at].name, list[i].name)) at++;
    if (at == ATTRIBUTES_MAX) return problem_set0(pb, P_OVERFLOW);
    if (at == t->n_attributes) t->attribute[t->n_attributes++] = (struct attribute){.name = list[i].name, .n_columns = -1};
    struct attribute *x = &t->attribute[at];
    // n_columns -1: neither word nor number met yet.
    if (!word && !number) continue;
    if ((word && number) || (x->n_columns == 0 && x->numeric != number))
      return problem_field(pb, arena_fmt(t->a, "/%s/%zu/attributes/%zu", where, row, i), P_WRONG_TYPE,
                           S("a word or a number, the same in all deals"), STR_NULL);
    x->numeric = number;
    x->n_columns = 0;
  }
  return ERR_OK;
}

static void learn_number(struct table *t, struct attribute *x) {
  double sum = 0, square = 0, n = 0;
  for (size_t i = 0; i < t->n; i++) {
    const struct forecast_attribute *v = table_find(t->closed[i]->attributes, t->closed[i]->n_attributes, x->name);
    if (!v || !isfinite(v->number) || late(v, t->closed[i]->closed_on)) continue;
    sum += v->number;
    n++;
  }
  x->mean = n > 0 ? sum / n : 0;
  for (size_t i = 0; i < t->n; i++) {
    const struct forecast_attribute *v = table_find(t->closed[i]->attributes, t->closed[i]->n_attributes, x->name);
    if (v && isfinite(v->number) && !late(v, t->closed[i]->closed_on)) square += (v->number - x->mean) * (v->number - x->mean);
  }
  x->spread = n > 1 && square > 0 ? sqrt(square / (n - 1)) : 1;
  x->n_columns = 2;
}

struct level {
  str word;
  int64_t n;
};
static int by_word(const void *p, const void *q) { return str_cmp(*(const str *)p, *(const str *)q); }
static int by_count(const void *p, const void *q) {
  const struct level *x = p, *y = q;
  return x->n != y->n ? (x->n > y->n ? -1 : 1) : str_cmp(x->word, y->word);
}

static void learn_words(struct table *t, struct attribute *x) {
  str *words = NEW_ARRAY(t->a, t->n + 1, str);
  struct level *levels = NEW_ARRAY(t->a, t->n + 1, struct level);
  size_t n = 0, m = 0;
  for (size_t i = 0; i < t->n; i++) {
    const struct forecast_attribute *v = table_find(t->closed[i]->attributes, t->closed[i]->n_attributes, x->name);
    if (v && v->value.p && !late(v, t->closed[i]->closed_on)) words[n++] = v->value;
  }
  if (n) qsort(words, n, sizeof *words, by_word);
  for (size_t i = 0; i < n; i++) {
    if (!m || !str_eq(levels[m - 1].word, words[i])) levels[m++] = (struct level){words[i], 0};
    levels[m - 1].n++;
  }
  if (m) qsort(levels, m, sizeof *levels, by_count);
  for (size_t i = 0; i < m && i < LEVELS_MAX && levels[i].n >= LEVEL_SUPPORT; i++) x->level[x->n_levels++] = levels[i].word;
  x->n_columns = x->n_levels + 2;
}

static int level_of(const struct attribute *x, const struct forecast_attribute *v) {
  if (!v || !v->value.p) return LEVEL_UNKNOWN;
  for (int i = 0; i < x->n_levels; i++)
    if (str_eq(x->level[i], v->value)) return i;
  return LEVEL_RARE;
}

void table_row(const struct table *t, const struct forecast_attribute *attributes, size_t n, uday until, double *ret_row,
               int64_t *hindsight) {
  ret_row[0] = 1;
  for (int k = 0; k < t->n_attributes; k++) {
    const struct attribute *x = &t->attribute[k];
    const struct forecast_attribute *v = table_find(attributes, n, x->name);
    if (v && late(v, until)) {
      (*hindsight)++;
      v = NULL;
    }
    double *c = ret_row + x->first;
    if (x->numeric) {
      bool known = v && isfinite(v->number);
      c[0] = known ? (v->number - x->mean) / x->spread : 0;
      c[1] = !known;
      continue;
    }
    int level = level_of(x, v);
    c[level == LEVEL_UNKNOWN ? x->n_levels + 1 : level == LEVEL_RARE ? x->n_levels : level] = 1;
  }
}

// ---- copies ------------------------------------------------------------------------------------------------------------

static size_t root_of(size_t *parent, size_t i) {
  while (parent[i] != i) i = parent[i] = parent[parent[i]];
  return i;
}
static void unite(size_t *parent, size_t i, size_t k) {
  i = root_of(parent, i);
  k = root_of(parent, k);
  if (i < k)
    parent[k] = i;
  else
    parent[i] = k;
}

// Each value as a small number, the same for the same value, with the share of deals that have it.
struct values {
  int *id;        // [deal][attribute]; 0: unknown
  double *share;  // [attribute][id], as logarithm
};
struct seen {
  str word;
  double number;
  size_t row;
};
static int by_seen(const void *p, const void *q) {
  const struct seen *x = p, *y = q;
  if (x->word.p || y->word.p) return str_cmp(x->word, y->word);
  return (x->number > y->number) - (x->number < y->number);
}

static struct values number_values(struct table *t) {
  size_t m = (size_t)t->n_attributes;
  struct values v = {NEW_ARRAY(t->a, t->n * m + 1, int), NEW_ARRAY(t->a, m * (t->n + 1) + 1, double)};
  struct seen *list = NEW_ARRAY(t->a, t->n + 1, struct seen);
  for (size_t k = 0; k < m; k++) {
    size_t n = 0;
    for (size_t i = 0; i < t->n; i++) {
      const struct forecast_attribute *f = table_find(t->closed[i]->attributes, t->closed[i]->n_attributes, t->attribute[k].name);
      if (f && (f->value.p || isfinite(f->number)) && !late(f, t->closed[i]->closed_on))
        list[n++] = (struct seen){f->value, f->number, i};
    }
    if (n) qsort(list, n, sizeof *list, by_seen);
    int id = 0;
    size_t from = 0;
    for (size_t i = 0; i <= n; i++) {
      if (i < n && i && by_seen(&list[i], &list[i - 1]) == 0) {
        v.id[list[i].row * m + k] = id;
        continue;
      }
      if (i) v.share[k * (t->n + 1) + (size_t)id] = log((double)(i - from) / (double)t->n);
      from = i;
      if (i < n) v.id[list[i].row * m + k] = ++id;
    }
    v.share[k * (t->n + 1)] = log((double)(t->n - n + 1) / (double)(t->n + 1));
  }
  return v;
}

// Alike in all but one attribute of ten, and too rare to be alike by accident: the shares of the values they have in common,
// multiplied, would give less than one such pair in twenty for each deal.
static bool copies(const struct table *t, const struct values *v, size_t i, size_t k) {
  size_t m = (size_t)t->n_attributes, differ = 0;
  double chance = log((double)t->n);
  for (size_t c = 0; c < m; c++) {
    int x = v->id[i * m + c], y = v->id[k * m + c];
    if (x == y)
      chance += v->share[c * (t->n + 1) + (size_t)x];
    else if (++differ > m / 10)
      return false;
  }
  return chance < log(0.05);
}

static void group_and_fold(struct table *t) {
  size_t *parent = NEW_ARRAY(t->a, t->n + 1, size_t), *size = NEW_ARRAY(t->a, t->n + 1, size_t),
         *first = NEW_ARRAY(t->a, t->n + 1, size_t);
  struct values v = number_values(t);
  for (size_t i = 0; i < t->n; i++) parent[i] = i;
  for (size_t i = 0; i < t->n; i++)
    for (size_t k = 0; k < i; k++) {
      bool same = t->closed[i]->account.p && str_eq(t->closed[i]->account, t->closed[k]->account),
           copy = t->n_attributes && copies(t, &v, i, k);
      if (copy && root_of(parent, i) != root_of(parent, k)) t->copies++;
      if (copy || same) unite(parent, i, k);
    }
  t->group = NEW_ARRAY(t->a, t->n + 1, size_t);
  t->fold = NEW_ARRAY(t->a, t->n + 1, size_t);
  for (size_t i = 0; i < t->n; i++) {
    size_t r = root_of(parent, i);
    t->group[i] = r == i ? t->n_groups++ : t->group[r];
    if (r == i) first[t->group[i]] = i;
    size[t->group[i]]++;
  }
  // Each group goes whole to the fold that has least, the large groups first.
  size_t held[FOLDS] = {0}, *fold = NEW_ARRAY(t->a, t->n_groups + 1, size_t);
  for (size_t want = t->n; want > 0; want--)
    for (size_t g = 0; g < t->n_groups; g++) {
      if (size[g] != want) continue;
      size_t best = 0;
      for (size_t f = 1; f < FOLDS; f++)
        if (held[f] < held[best]) best = f;
      fold[g] = best;
      held[best] += want;
    }
  for (size_t i = 0; i < t->n; i++) t->fold[i] = fold[t->group[i]];
}

static double outcome_of(const struct forecast_closed *d) {
  return d->outcome == deal_outcome_won ? 1 : d->outcome == deal_outcome_won_part ? (double)d->share_won / 1000 : 0;
}

enum err table_build(const struct forecast_input *in, struct arena *a, struct problem *pb, struct table *ret) {
  struct table *t = ret;
  *t = (struct table){.a = a, .n = in->n_closed, .closed = NEW_ARRAY(a, in->n_closed + 1, const struct forecast_closed *)};
  for (size_t i = 0; i < t->n; i++) {
    t->closed[i] = &in->closed[i];
    if (in->closed[i].outcome == deal_outcome_open)
      return problem_field(pb, arena_fmt(a, "/closed/%zu/outcome", i), P_WRONG_TYPE, S("how the deal ended"), STR_NULL);
    TRY(meet(t, in->closed[i].attributes, in->closed[i].n_attributes, "closed", i, pb));
  }
  for (size_t i = 0; i < in->n_open; i++) TRY(meet(t, in->open[i].attributes, in->open[i].n_attributes, "open", i, pb));
  if (t->n) qsort(t->closed, t->n, sizeof *t->closed, by_deal);
  for (size_t i = 1; i < t->n; i++)
    if (str_eq(t->closed[i]->deal, t->closed[i - 1]->deal)) {
      const struct forecast_closed *later = t->closed[i] > t->closed[i - 1] ? t->closed[i] : t->closed[i - 1];
      return problem_field(pb, arena_fmt(a, "/closed/%zu/deal", (size_t)(later - in->closed)), P_DUPLICATE, later->deal,
                           STR_NULL);
    }
  qsort(t->attribute, (size_t)t->n_attributes, sizeof t->attribute[0], by_name);
  t->n_columns = 1;
  for (int k = 0; k < t->n_attributes; k++) {
    if (t->attribute[k].numeric)
      learn_number(t, &t->attribute[k]);
    else
      learn_words(t, &t->attribute[k]);
    t->attribute[k].first = t->n_columns;
    t->n_columns += t->attribute[k].n_columns;
  }
  size_t c = (size_t)t->n_columns;
  t->x = NEW_ARRAY(a, t->n * c + 1, double);
  t->y = NEW_ARRAY(a, t->n + 1, double);
  for (size_t i = 0; i < t->n; i++) {
    table_row(t, t->closed[i]->attributes, t->closed[i]->n_attributes, t->closed[i]->closed_on, t->x + i * c, &t->hindsight);
    t->y[i] = outcome_of(t->closed[i]);
  }
  group_and_fold(t);
  return ERR_OK;
}
