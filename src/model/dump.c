// SPDX-License-Identifier: Apache-2.0
// `entente model dump`: everything the model says, one line a field, so that a review shows what one line of a .def changes. Fieldsets
// are written out, because "*" grows with every new field.
#include "model/model_internal.h"

static void put_labels(struct buf *out, const struct text *t) {
  for (int l = 0; l < LANG_COUNT; l++) buf_fmt(out, "%s\"%s\"", l ? " " : "", t->in[l]);
}

static void put_kind(struct buf *out, const struct entity *e, const struct field *f) {
  buf_putz(out, kind_name(f->kind));
  int64_t min, max;
  switch (f->kind) {
  case K_TEXT:
  case K_LONGTEXT: buf_fmt(out, "(%zu)", field_max_chars(f)); break;
  case K_INT:
    field_int_range(f, &min, &max);
    if (f->min || f->max) buf_fmt(out, "(%lld..%lld)", (long long)min, (long long)max);
    break;
  case K_WORD: buf_fmt(out, "(%s)", f->vocab->name); break;
  case K_REF: buf_fmt(out, "(%s)", model_derived(e)->refs[f - e->fields]->name); break;
  default: break;
  }
}

static void put_field(struct buf *out, const struct entity *e, const struct field *f) {
  buf_fmt(out, "  %s ", f->name);
  put_kind(out, e, f);
  for (unsigned bit = F_REQUIRED; bit <= F_SUBTITLE; bit <<= 1)
    if (f->flags & bit) buf_fmt(out, " %s", field_flag_name(bit));
  if (f->dflt) buf_fmt(out, " default %s", f->dflt);
  buf_putz(out, " : ");
  put_labels(out, &f->label);
  buf_putc(out, '\n');
}

static void put_fieldset(struct buf *out, const struct entity *e, int i) {
  buf_fmt(out, "  fieldset %s :", e->fieldsets[i].name);
  for (int f = 0; f < e->nfields; f++)
    if (model_derived(e)->sets[i] & FIELD_BIT(f)) buf_fmt(out, " %s", e->fields[f].name);
  buf_putc(out, '\n');
}

static void put_entity(struct buf *out, const struct entity *e) {
  buf_fmt(out, "%s /%s %s_", e->name, e->path, e->prefix);
  for (unsigned bit = E_ROOT; bit <= E_DIRECTORY; bit <<= 1)
    if (e->flags & bit) buf_fmt(out, " %s", entity_flag_name(bit));
  if (e->root) buf_fmt(out, " of %s", e->root);
  buf_putz(out, " : ");
  put_labels(out, &e->label);
  buf_putz(out, " / ");
  put_labels(out, &e->plural);
  buf_putc(out, '\n');
  for (int f = 0; f < e->nfields; f++) put_field(out, e, &e->fields[f]);
  for (int i = 0; i < e->nfieldsets; i++) put_fieldset(out, e, i);
}

void model_dump(struct buf *out) {
  for (const struct entity *const *e = model_entities(); *e; e++) put_entity(out, *e);
  for (const struct vocab *const *v = vocab_all; *v; v++) {
    buf_fmt(out, "words %s :", (*v)->name);
    for (int i = 0; i < (*v)->n; i++) buf_fmt(out, " %s", (*v)->words[i].name);
    buf_putc(out, '\n');
  }
}
