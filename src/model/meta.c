// SPDX-License-Identifier: Apache-2.0
// GET /meta: what a client needs to draw lists and forms without knowing any entity. Labels in one language; F_SECRET fields are absent.
#include "model/model_internal.h"

static void put_flags(struct jw *w, unsigned flags, unsigned last, const char *(*name)(unsigned flag)) {
  jw_key(w, S("flags"));
  jw_array(w);
  for (unsigned bit = 1; bit <= last; bit <<= 1)
    if (flags & bit) jw_string(w, str_of(name(bit)));
  jw_end_array(w);
}

static void put_string(struct jw *w, str key, const char *value) {
  jw_key(w, key);
  jw_string(w, str_of(value));
}

static void put_bounds(struct jw *w, const struct field *f) {
  if (f->kind == K_TEXT || f->kind == K_LONGTEXT) {
    jw_key(w, S("max"));
    jw_int(w, (int64_t)field_max_chars(f));
  } else if (f->kind == K_INT) {
    int64_t min, max;
    field_int_range(f, &min, &max);
    jw_key(w, S("min"));
    jw_int(w, min);
    jw_key(w, S("max"));
    jw_int(w, max);
  }
}

static void put_field(struct jw *w, const struct field *f, enum lang l) {
  jw_object(w);
  put_string(w, S("name"), f->name);
  put_string(w, S("label"), f->label.in[l]);
  put_string(w, S("kind"), kind_name(f->kind));
  jw_key(w, S("required"));
  jw_bool(w, f->flags & F_REQUIRED);
  jw_key(w, S("readonly"));
  jw_bool(w, f->flags & F_READONLY);
  put_bounds(w, f);
  if (f->vocab) put_string(w, S("enum"), f->vocab->name);
  if (f->ref) put_string(w, S("ref"), f->ref);
  if (f->dflt) {
    jw_key(w, S("default"));
    jw_raw(w, str_of(f->dflt));
  }
  if (f->help.in[l]) put_string(w, S("help"), f->help.in[l]);
  put_flags(w, f->flags, F_SECRET, field_flag_name);
  jw_end_object(w);
}

static void put_fieldsets(struct jw *w, const struct entity *e) {
  jw_key(w, S("fieldsets"));
  jw_array(w);
  for (int i = 0; i < e->nfieldsets; i++) {
    jw_object(w);
    put_string(w, S("name"), e->fieldsets[i].name);
    jw_key(w, S("fields"));
    jw_array(w);
    for (int f = 0; f < e->nfields; f++)
      if (model_derived(e)->sets[i] & FIELD_BIT(f)) jw_string(w, str_of(e->fields[f].name));
    jw_end_array(w);
    jw_end_object(w);
  }
  jw_end_array(w);
}

static void put_entity(struct jw *w, const struct entity *e, enum lang l) {
  jw_object(w);
  put_string(w, S("name"), e->name);
  put_string(w, S("prefix"), e->prefix);
  put_string(w, S("path"), e->path);
  put_string(w, S("label"), e->label.in[l]);
  put_string(w, S("plural"), e->plural.in[l]);
  put_string(w, S("root"), e->root);
  jw_key(w, S("order"));
  jw_int(w, e->order);
  put_flags(w, e->flags, E_DIRECTORY, entity_flag_name);
  jw_key(w, S("fields"));
  jw_array(w);
  for (int f = 0; f < e->nfields; f++)
    if (!(e->fields[f].flags & F_SECRET)) put_field(w, &e->fields[f], l);
  jw_end_array(w);
  put_fieldsets(w, e);
  jw_end_object(w);
}

static void put_vocab(struct jw *w, const struct vocab *v, enum lang l) {
  jw_key(w, str_of(v->name));
  jw_array(w);
  for (int i = 0; i < v->n; i++) {
    jw_object(w);
    put_string(w, S("name"), v->words[i].name);
    put_string(w, S("label"), v->words[i].label.in[l]);
    jw_end_object(w);
  }
  jw_end_array(w);
}

void model_meta(struct jw *w, enum lang l) {
  jw_key(w, S("entities"));
  jw_array(w);
  for (const struct entity *const *e = model_entities(); *e; e++) put_entity(w, *e, l);
  jw_end_array(w);
  jw_key(w, S("vocab"));
  jw_object(w);
  for (const struct vocab *const *v = vocab_all; *v; v++) put_vocab(w, *v, l);
  jw_end_object(w);
}
