// SPDX-License-Identifier: Apache-2.0
// The rules of the model itself, said kindly: one line for each thing to correct, naming the file. model_setup refuses to go on when
// one is broken, so everything after it may rely on them. Reads the declarations only, nothing derived.
#include "base/utf8.h"
#include "model/model_internal.h"
#include <stdarg.h>
#include <stdio.h>

struct check {
  const struct entity *const *all;
  const struct entity *e;
  struct buf *out;
  bool ok;
};

__attribute__((format(printf, 2, 3))) static void wrong(struct check *c, const char *fmt, ...);

static void wrong(struct check *c, const char *fmt, ...) {
  char text[512];
  va_list args;
  va_start(args, fmt);
  (void)vsnprintf(text, sizeof text, fmt, args);
  va_end(args);
  buf_fmt(c->out, "entities/%s.def: %s\n", c->e->name, text);
  c->ok = false;
}

static bool is_name(const char *s) {
  if (!s || s[0] < 'a' || s[0] > 'z') return false;
  for (; *s; s++)
    if (!((*s >= 'a' && *s <= 'z') || (*s >= '0' && *s <= '9') || *s == '_')) return false;
  return true;
}

static bool is_path(const char *s) {
  if (!s || s[0] < 'a' || s[0] > 'z') return false;
  for (; *s; s++)
    if (!((*s >= 'a' && *s <= 'z') || (*s >= '0' && *s <= '9') || *s == '-')) return false;
  return true;
}

static void check_text(struct check *c, const char *what, const struct text *t, bool optional) {
  int filled = 0;
  for (int l = 0; l < LANG_COUNT; l++) filled += t->in[l] && t->in[l][0] && utf8_valid(str_of(t->in[l]));
  if (filled == LANG_COUNT || (optional && filled == 0 && !t->in[LANG_EN])) return;
  for (int l = 0; l < LANG_COUNT; l++)
    if (!t->in[l] || !t->in[l][0] || !utf8_valid(str_of(t->in[l]))) wrong(c, "%s has no text in \"%s\"", what, lang_tag(l));
}

// ---- fields

static void check_name(struct check *c, const struct field *f) {
  static const char *const taken[] = {"id",         "company",    "root",   "room",  "created_at",
                                      "updated_at", "created_by", "entity", "names", "audience"};
  enum { NAME_MAX_BYTES = 40 };
  if (!is_name(f->name) || strlen(f->name) > NAME_MAX_BYTES)
    wrong(c, "field \"%s\": a name is lower case letters, digits and _, at most 40", f->name);
  if (ident_reserved(f->name)) wrong(c, "field %s: SQL keeps this word for itself", f->name);
  for (size_t i = 0; i < ARRAY_LEN(taken); i++)
    if (strcmp(taken[i], f->name) == 0) wrong(c, "field %s: every record has a member of this name already", f->name);
  for (const struct field *g = c->e->fields; g < f; g++)
    if (strcmp(g->name, f->name) == 0) wrong(c, "field %s is declared twice", f->name);
}

static void check_kind(struct check *c, const struct field *f) {
  bool text = f->kind == K_TEXT || f->kind == K_LONGTEXT;
  if ((f->kind == K_WORD) != (f->vocab != NULL)) wrong(c, "field %s: .vocab belongs to WORD, and WORD needs one", f->name);
  if ((f->kind == K_REF) != (f->ref != NULL)) wrong(c, "field %s: .ref belongs to REF, and REF needs one", f->name);
  if (f->ref && !entity_in(c->all, str_of(f->ref))) wrong(c, "field %s: there is no entity \"%s\"", f->name, f->ref);
  if (f->min && f->kind != K_INT) wrong(c, "field %s: .min belongs to INT", f->name);
  if (f->max && f->kind != K_INT && !text) wrong(c, "field %s: .max belongs to INT and texts", f->name);
  if (f->kind == K_INT && (f->min > f->max || f->min < -(INT64_C(1) << 53) || f->max > INT64_C(1) << 53))
    wrong(c, "field %s: the range must be ascending and within 2^53, which every JSON reader holds exactly", f->name);
  if (text && (f->max < 0 || f->max > 16 * 1024 * 1024)) wrong(c, "field %s: .max is not from 1 to 16777216", f->name);
}

static void check_flags(struct check *c, const struct field *f) {
  bool text = f->kind == K_TEXT || f->kind == K_LONGTEXT;
  if (f->flags >= F_SUBTITLE << 1) wrong(c, "field %s: unknown flag", f->name);
  if ((f->flags & F_SORT) && !(c->e->flags & E_ROOT))
    wrong(c, "field %s: F_SORT is for roots, whose lists walk NAME_seen", f->name);
  if ((f->flags & F_SORT) && (f->kind == K_LONGTEXT || f->kind == K_RATE))
    wrong(c, "field %s: F_SORT: a %s has no order in an index", f->name, kind_name(f->kind));
  if ((f->flags & F_EMAIL) && f->kind != K_TEXT) wrong(c, "field %s: F_EMAIL is for TEXT", f->name);
  if ((f->flags & F_SEARCH) && !text) wrong(c, "field %s: F_SEARCH is for texts", f->name);
  if ((f->flags & F_SUBTITLE) && f->kind != K_TEXT) wrong(c, "field %s: F_SUBTITLE is for TEXT", f->name);
  if ((f->flags & F_READONLY) && (f->flags & (F_IMPORT | F_IMMUTABLE)))
    wrong(c, "field %s: F_READONLY is never written from outside: no F_IMPORT, no F_IMMUTABLE", f->name);
  if ((f->flags & F_IMPORT) && !(c->e->flags & E_IMPORT)) wrong(c, "field %s: F_IMPORT needs E_IMPORT on the entity", f->name);
  if ((f->flags & F_SECRET) && (f->flags & (F_SORT | F_SEARCH | F_TITLE | F_SUBTITLE | F_IMPORT | F_FILTER)))
    wrong(c, "field %s: F_SECRET never leaves: it cannot be sorted, searched, filtered, imported or a title", f->name);
}

static bool default_fits(const struct field *f, const json_t *json) {
  switch (f->kind) {
  case K_INT: return json_is_integer(json);
  case K_BOOL: return json_is_boolean(json);
  case K_MONEY: return json_is_object(json);
  case K_WORD: return json_is_string(json) && f->vocab && vocab_index(f->vocab, json_str(json)) >= 0;
  case K_TEXT:
  case K_LONGTEXT:
  case K_RATE: return json_is_string(json);
  default: return false;  // a fixed day, instant or record is no default
  }
}

static void check_default(struct check *c, const struct field *f) {
  if (!f->dflt) return;
  AUTO(json_release) json_t *json = NULL;
  if (json_read(str_of(f->dflt), NULL, &json) || !default_fits(f, json))
    wrong(c, "field %s: .dflt %s is not JSON of a %s", f->name, f->dflt, kind_name(f->kind));
}

static void check_fields(struct check *c) {
  const struct entity *e = c->e;
  int titles = 0, subtitles = 0, sorts = 0;
  if (e->nfields < 1 || e->nfields > LIMIT_FIELDS) {
    wrong(c, "%d fields; from 1 to %d fit into a mask", e->nfields, LIMIT_FIELDS);
    return;
  }
  for (int i = 0; i < e->nfields; i++) {
    const struct field *f = &e->fields[i];
    char what[256];
    (void)snprintf(what, sizeof what, "field %s: label", f->name);
    check_text(c, what, &f->label, false);
    (void)snprintf(what, sizeof what, "field %s: help", f->name);
    check_text(c, what, &f->help, true);
    check_name(c, f);
    check_kind(c, f);
    check_flags(c, f);
    check_default(c, f);
    titles += (f->flags & F_TITLE) != 0;
    subtitles += (f->flags & F_SUBTITLE) != 0;
    sorts += (f->flags & F_SORT) != 0;
  }
  if (titles != 1) wrong(c, "%d fields are F_TITLE; exactly one names the record", titles);
  if (subtitles > 1) wrong(c, "%d fields are F_SUBTITLE; a search hit has one second line", subtitles);
  if (sorts > MODEL_SORT_MAX) wrong(c, "%d fields are F_SORT; NAME_seen holds %d", sorts, MODEL_SORT_MAX);
}

// Money takes two columns: NAME_minor and NAME_cur must not meet a field of that name.
static void check_columns(struct check *c) {
  struct column cols[MODEL_COLUMNS_MAX];
  if (c->e->nfields > LIMIT_FIELDS) return;
  int n = entity_columns(c->e, cols);
  for (int i = 0; i < n; i++)
    for (int k = 0; k < i; k++)
      if (strcmp(cols[i].name, cols[k].name) == 0 && cols[i].field >= 0 && cols[k].field >= 0 && cols[i].field != cols[k].field)
        wrong(c, "two fields need the column %s", cols[i].name);
}

// ---- fieldsets

static int field_named(const struct entity *e, str name) {
  for (int i = 0; i < e->nfields; i++)
    if (str_eqz(name, e->fields[i].name)) return i;
  return -1;
}

static void check_fieldset(struct check *c, const struct fieldset *set) {
  if (!is_name(set->name)) wrong(c, "fieldset \"%s\": a name is lower case letters, digits and _", set->name);
  for (const struct fieldset *s = c->e->fieldsets; s < set; s++)
    if (strcmp(s->name, set->name) == 0) wrong(c, "fieldset %s is declared twice", set->name);
  str rest = str_of(set->fields), name;
  while (str_next(&rest, ' ', &name)) {
    int f = field_named(c->e, name);
    if (!name.n || str_eq(name, S("*"))) continue;
    if (f < 0)
      wrong(c, "fieldset %s: there is no field \"%.*s\"", set->name, STR_ARG(name));
    else if (c->e->fields[f].flags & F_SECRET)
      wrong(c, "fieldset %s names %s, which is F_SECRET", set->name, c->e->fields[f].name);
  }
}

static void check_fieldsets(struct check *c) {
  if (c->e->nfieldsets > MODEL_FIELDSETS_MAX) wrong(c, "%d fieldsets; at most %d", c->e->nfieldsets, MODEL_FIELDSETS_MAX);
  for (int i = 0; i < c->e->nfieldsets; i++) check_fieldset(c, &c->e->fieldsets[i]);
}

// ---- the entity

static void check_root(struct check *c) {
  const struct entity *e = c->e;
  if (!(e->flags & E_CHILD)) {
    if (e->root) wrong(c, ".root belongs to E_CHILD");
    if (e->flags & E_ROOM) wrong(c, "E_ROOM is for children");
    return;
  }
  const struct entity *root = e->root ? entity_in(c->all, str_of(e->root)) : NULL;
  if (e->flags & E_ROOT) wrong(c, "E_ROOT and E_CHILD exclude each other");
  if (!root)
    wrong(c, "E_CHILD needs .root, the name of an entity");
  else if (!(root->flags & E_ROOT))
    wrong(c, ".root names %s, which is not E_ROOT", root->name);
}

static void check_unique(struct check *c) {
  for (const struct entity *const *o = c->all; *o && *o != c->e; o++) {
    if (strcmp((*o)->name, c->e->name) == 0) wrong(c, "the name is taken twice");
    if ((*o)->prefix && c->e->prefix && strcmp((*o)->prefix, c->e->prefix) == 0)
      wrong(c, "the id prefix %s is taken by %s", c->e->prefix, (*o)->name);
    if ((*o)->path && c->e->path && strcmp((*o)->path, c->e->path) == 0)
      wrong(c, "the path %s is taken by %s", c->e->path, (*o)->name);
  }
}

static void check_entity(struct check *c) {
  const struct entity *e = c->e;
  enum { NAME_MAX_BYTES = 24, PREFIX_MAX = 12 };
  if (!is_name(e->name) || strlen(e->name) > NAME_MAX_BYTES)
    wrong(c, "a name is lower case letters, digits and _, at most %d", NAME_MAX_BYTES);
  if (!is_name(e->prefix) || strchr(e->prefix, '_') || strlen(e->prefix) > PREFIX_MAX)
    wrong(c, ".prefix: lower case letters and digits, at most %d", PREFIX_MAX);
  if (!is_path(e->path)) wrong(c, ".path: lower case letters, digits and -");
  if (e->flags >= E_DIRECTORY << 1) wrong(c, "unknown flag");
  check_text(c, "label", &e->label, false);
  check_text(c, "plural", &e->plural, false);
  check_root(c);
  check_unique(c);
  check_fields(c);
  check_columns(c);
  check_fieldsets(c);
}

bool model_check_list(const struct entity *const *all, struct buf *out) {
  struct check c = {.all = all, .out = out, .ok = true};
  int n = 0;
  for (; all[n]; n++) {
    c.e = all[n];
    check_entity(&c);
    if (all[n]->index != n) wrong(&c, "its position is %d, its index %d", n, all[n]->index);
  }
  if (n > MODEL_ENTITIES_MAX) {
    buf_fmt(out, "%d entities; at most %d\n", n, MODEL_ENTITIES_MAX);
    return false;
  }
  return c.ok;
}

bool model_selfcheck(struct buf *out) {
  bool words = vocab_selfcheck(out), entities = model_check_list(entity_all, out);
  return words && entities;
}
