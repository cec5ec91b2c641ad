// SPDX-License-Identifier: Apache-2.0
#include "model/model_internal.h"
#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define ENTITY_LIST "model/entities_list.inc"
#define ENTITY_TABLE entity_all
#include "model/entities_table.inc"
const int entity_count = entity_all_length;

static const struct entity *const *entities;
static struct derived *derived;
static struct arena derived_arena;  // lives as long as the program: default values

// ---- lookups

const struct entity *entity_in(const struct entity *const *all, str name) {
  for (; *all; all++)
    if (str_eqz(name, (*all)->name)) return *all;
  return NULL;
}

const struct entity *const *model_entities(void) {
  assert(entities);
  return entities;
}

const struct derived *model_derived(const struct entity *e) {
  assert(derived && entities[e->index] == e);
  return &derived[e->index];
}

const struct entity *entity_find(str name) { return entity_in(model_entities(), name); }

const struct entity *entity_by_path(str path) {
  for (const struct entity *const *e = model_entities(); *e; e++)
    if (str_eqz(path, (*e)->path)) return *e;
  return NULL;
}

const struct entity *entity_by_prefix(str prefix) {
  for (const struct entity *const *e = model_entities(); *e; e++)
    if (str_eqz(prefix, (*e)->prefix)) return *e;
  return NULL;
}

const struct entity *entity_root(const struct entity *e) { return model_derived(e)->root; }

const struct entity *field_target(const struct entity *e, int f) { return model_derived(e)->refs[f]; }

int entity_title(const struct entity *e) { return model_derived(e)->title; }

int entity_subtitle(const struct entity *e) { return model_derived(e)->subtitle; }

int field_find(const struct entity *e, str name) {
  for (int f = 0; f < e->nfields; f++)
    if (str_eqz(name, e->fields[f].name)) return f;
  return -1;
}

int entity_sort_fields(const struct entity *e, int ret_fields[MODEL_SORT_MAX]) {
  int n = 0;
  for (int f = 0; f < e->nfields && n < MODEL_SORT_MAX; f++)
    if (e->fields[f].flags & F_SORT) ret_fields[n++] = f;
  return n;
}

// ---- names of kinds and flags, for dumps

const char *kind_name(enum kind k) {
  static const char *const names[K_COUNT] = {"text", "longtext", "int", "bool", "money", "rate", "date", "time", "word", "ref"};
  assert(k >= 0 && k < K_COUNT);
  return names[k];
}

static int bit_of(unsigned flag) {
  assert(flag && !(flag & (flag - 1)));
  return __builtin_ctz(flag);
}

const char *field_flag_name(unsigned flag) {
  static const char *const names[] = {"required",  "sort",     "search", "title", "import", "readonly",
                                      "immutable", "personal", "filter", "email", "secret", "subtitle"};
  size_t i = (size_t)bit_of(flag);
  return i < ARRAY_LEN(names) ? names[i] : NULL;
}

const char *entity_flag_name(unsigned flag) {
  static const char *const names[] = {"root", "child", "room", "system", "import", "directory"};
  size_t i = (size_t)bit_of(flag);
  return i < ARRAY_LEN(names) ? names[i] : NULL;
}

size_t field_max_chars(const struct field *f) {
  assert(f->kind == K_TEXT || f->kind == K_LONGTEXT);
  if (f->max) return (size_t)f->max;
  return f->kind == K_TEXT ? LIMIT_TEXT : LIMIT_LONGTEXT;
}

void field_int_range(const struct field *f, int64_t *ret_min, int64_t *ret_max) {
  enum { EXACT_BITS = 53 };
  bool open = !f->min && !f->max;
  *ret_min = open ? -(INT64_C(1) << EXACT_BITS) + 1 : f->min;
  *ret_max = open ? (INT64_C(1) << EXACT_BITS) - 1 : f->max;
}

// ---- masks

static uint64_t mask_of_n(int n) { return n >= 64 ? UINT64_MAX : FIELD_BIT(n) - 1; }

uint64_t entity_mask_all(const struct entity *e) { return model_derived(e)->all; }

// The mask of a blank-separated list of names; false: a name that is no field.
static bool list_mask(const struct entity *e, str list, uint64_t all, uint64_t *ret_mask) {
  uint64_t mask = 0;
  str name;
  while (str_next(&list, ' ', &name)) {
    if (!name.n) continue;
    int f = field_find(e, name);
    if (str_eq(name, S("*")))
      mask |= all;
    else if (f < 0)
      return false;
    else
      mask |= FIELD_BIT(f);
  }
  *ret_mask = mask;
  return true;
}

static ptrdiff_t next_sign(str s) {
  for (size_t i = 0; i < s.n; i++)
    if (s.p[i] == '+' || s.p[i] == '-') return (ptrdiff_t)i;
  return (ptrdiff_t)s.n;
}

bool entity_fieldset_mask(const struct entity *e, str expr, uint64_t *ret_mask) {
  const struct derived *d = model_derived(e);
  size_t at = (size_t)next_sign(expr);
  str set = str_sub(expr, 0, at);
  int i = 0;
  while (i < e->nfieldsets && !str_eqz(set, e->fieldsets[i].name)) i++;
  if (i == e->nfieldsets) return false;
  uint64_t mask = d->sets[i];
  while (at < expr.n) {
    char sign = expr.p[at];
    str rest = str_sub(expr, at + 1, expr.n);
    size_t n = (size_t)next_sign(rest);
    int f = field_find(e, str_sub(rest, 0, n));
    if (f < 0 || !(d->all & FIELD_BIT(f))) return false;
    mask = sign == '+' ? mask | FIELD_BIT(f) : mask & ~FIELD_BIT(f);
    at += 1 + n;
  }
  *ret_mask = mask;
  return true;
}

// ---- derivation

static const struct {
  const char *name;
  int member;
} canon_members[] = {
  {"company", CANON_COMPANY},
  {"created_at", CANON_CREATED_AT},
  {"created_by", CANON_CREATED_BY},
  {"entity", CANON_ENTITY},
  {"id", CANON_ID},
  {"room", CANON_ROOM},
  {"root", CANON_ROOT},
};

static const char *canon_name(const struct entity *e, int member) {
  if (member >= 0) return e->fields[member].name;
  for (size_t i = 0; i < ARRAY_LEN(canon_members); i++)
    if (canon_members[i].member == member) return canon_members[i].name;
  abort();
}

// Insertion sort by name: once, at start-up.
static void canon_add(const struct entity *e, struct derived *d, int member) {
  const char *name = canon_name(e, member);
  int i = d->ncanon++;
  for (; i > 0 && strcmp(canon_name(e, d->canon[i - 1]), name) > 0; i--) d->canon[i] = d->canon[i - 1];
  d->canon[i] = member;
}

static void derive_default(const struct entity *e, struct derived *d, int f) {
  const char *text = e->fields[f].dflt;
  if (!text) return;
  AUTO(json_release) json_t *json = NULL;
  enum err err = json_read(str_of(text), NULL, &json);
  assert(!err);
  (void)err;
  struct fault fault = value_decode(&derived_arena, e, f, json, NULL, &d->defaults[f]);
  assert(!fault.code);
  (void)fault;
}

static void derive_masks(const struct entity *e, struct derived *d) {
  for (int f = 0; f < e->nfields; f++) {
    if (e->fields[f].flags & F_SECRET) d->secret |= FIELD_BIT(f);
    if (e->fields[f].flags & F_REQUIRED) d->required |= FIELD_BIT(f);
  }
  d->all = mask_of_n(e->nfields) & ~d->secret;
  assert(e->nfieldsets <= MODEL_FIELDSETS_MAX);
  for (int i = 0; i < e->nfieldsets; i++) {
    bool ok = list_mask(e, str_of(e->fieldsets[i].fields), d->all, &d->sets[i]);
    assert(ok);
    (void)ok;
  }
}

static void derive_entity(const struct entity *e, struct derived *d) {
  assert(e->nfields <= LIMIT_FIELDS);
  d->root = e->flags & E_ROOT ? e : e->root ? entity_find(str_of(e->root)) : NULL;
  derive_masks(e, d);
  for (size_t i = 0; i < ARRAY_LEN(canon_members); i++) canon_add(e, d, canon_members[i].member);
  for (int f = 0; f < e->nfields; f++) {
    int n = snprintf(d->key_text[f], sizeof d->key_text[f], "\"%s\":", e->fields[f].name);
    assert(n > 0 && (size_t)n < sizeof d->key_text[f]);
    d->keys[f] = (str){d->key_text[f], (size_t)n};
    canon_add(e, d, f);
    if (e->fields[f].kind == K_REF) d->refs[f] = entity_find(str_of(e->fields[f].ref));
    derive_default(e, d, f);
  }
  record_build_sql(e, d);
}

void model_setup_list(const struct entity *const *all) {
  AUTO(buf_release) struct buf why = BUF(64 * 1024);
  if (!model_check_list(all, &why)) {
    (void)fprintf(stderr, "%s", buf_z(&why));
    abort();  // the program contradicts itself: nothing derived from it can be right
  }
  int n = 0;
  while (all[n]) n++;
  entities = all;
  free(derived);  // of the list before: tests
  derived = calloc((size_t)n + 1, sizeof *derived);
  if (!derived) abort();
  for (int i = 0; i < n; i++) derive_entity(all[i], &derived[i]);
}

static void setup_all(void) { model_setup_list(entity_all); }

void model_setup(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  (void)pthread_once(&once, setup_all);
}

uint64_t entity_mask_writable(const struct entity *e) {
  uint64_t m = 0;
  for (int f = 0; f < e->nfields; f++)
    if (!(e->fields[f].flags & (F_READONLY | F_SECRET))) m |= FIELD_BIT(f);
  return m;
}
