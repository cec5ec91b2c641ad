// SPDX-License-Identifier: Apache-2.0
#include "model/model_internal.h"
#include <assert.h>

// The value of a field, after checking that the caller means its kind.
static struct val *at(const struct rec *r, int f, unsigned kinds) {
  assert(f >= 0 && f < r->e->nfields);
  assert(kinds & (1U << r->e->fields[f].kind));
  (void)kinds;
  return &r->v[f];
}

enum {
  STRINGS = 1U << K_TEXT | 1U << K_LONGTEXT | 1U << K_WORD,
  INTEGERS = 1U << K_INT | 1U << K_BOOL | 1U << K_DATE | 1U << K_TIME,
  ANY = (1U << K_COUNT) - 1,
};

struct rec *rec_new(struct arena *a, const struct entity *e) {
  const struct derived *d = model_derived(e);
  struct rec *r = NEW(a, struct rec);
  r->e = e;
  r->arena = a;
  r->id = id_new();
  r->root = e->flags & E_ROOT ? r->id : 0;
  r->room = e->flags & E_ROOM;
  r->v = NEW_ARRAY(a, (size_t)e->nfields, struct val);
  memcpy(r->v, d->defaults, (size_t)e->nfields * sizeof *r->v);
  return r;
}

struct rec *rec_copy(const struct rec *r) {
  struct rec *c = NEW(r->arena, struct rec);
  *c = *r;
  c->v = NEW_ARRAY(r->arena, (size_t)r->e->nfields, struct val);
  memcpy(c->v, r->v, (size_t)r->e->nfields * sizeof *r->v);
  return c;
}

bool rec_has(const struct rec *r, int f) { return at(r, f, ANY)->set; }

str rec_text(const struct rec *r, int f) {
  const struct val *v = at(r, f, STRINGS);
  return v->set ? v->s : STR_NULL;
}

int64_t rec_int(const struct rec *r, int f) {
  const struct val *v = at(r, f, INTEGERS);
  return v->set ? v->i : 0;
}

id64 rec_ref(const struct rec *r, int f) {
  const struct val *v = at(r, f, 1U << K_REF);
  return v->set ? v->i : 0;
}

money rec_money(const struct rec *r, int f) {
  const struct val *v = at(r, f, 1U << K_MONEY);
  return v->set ? v->m : (money){0};
}

ratio rec_rate(const struct rec *r, int f) {
  const struct val *v = at(r, f, 1U << K_RATE);
  return v->set ? v->r : (ratio){0, 1};
}

int rec_word(const struct rec *r, int f) {
  const struct val *v = at(r, f, 1U << K_WORD);
  return v->set ? vocab_index(r->e->fields[f].vocab, v->s) : -1;
}

void rec_set_null(struct rec *r, int f) { *at(r, f, ANY) = (struct val){.set = false}; }

void rec_set_text(struct rec *r, int f, str s) {
  struct val *v = at(r, f, STRINGS);
  assert(!s.p || r->e->fields[f].kind != K_WORD || vocab_index(r->e->fields[f].vocab, s) >= 0);
  *v = s.p ? (struct val){.set = true, .s = arena_str(r->arena, s)} : (struct val){.set = false};
}

void rec_set_int(struct rec *r, int f, int64_t i) { *at(r, f, INTEGERS) = (struct val){.set = true, .i = i}; }

void rec_set_ref(struct rec *r, int f, id64 id) {
  assert(id >= 0);
  *at(r, f, 1U << K_REF) = (struct val){.set = id != 0, .i = id};
}

void rec_set_money(struct rec *r, int f, money m) {
  assert(currency_digits(m.cur) >= 0);
  *at(r, f, 1U << K_MONEY) = (struct val){.set = true, .m = m};
}

void rec_set_rate(struct rec *r, int f, ratio x) {
  assert(x.den > 0);
  *at(r, f, 1U << K_RATE) = (struct val){.set = true, .r = x};
}

void rec_set_word(struct rec *r, int f, int word) {
  struct val *v = at(r, f, 1U << K_WORD);
  const struct vocab *vocab = r->e->fields[f].vocab;
  assert(word >= 0 && word < vocab->n);
  *v = (struct val){.set = true, .s = str_of(vocab->words[word].name)};
}

bool val_eq(enum kind k, const struct val *a, const struct val *b) {
  if (a->set != b->set) return false;
  if (!a->set) return true;
  switch (k) {
  case K_TEXT:
  case K_LONGTEXT:
  case K_WORD: return str_eq(a->s, b->s);
  case K_MONEY: return a->m.minor == b->m.minor && currency_eq(a->m.cur, b->m.cur);
  case K_RATE: return a->r.num == b->r.num && a->r.den == b->r.den;
  case K_INT:
  case K_BOOL:
  case K_DATE:
  case K_TIME:
  case K_REF: return a->i == b->i;
  case K_COUNT: break;
  }
  assert(false && "kind");
  return false;
}

uint64_t rec_diff(const struct rec *a, const struct rec *b) {
  assert(a->e == b->e);
  uint64_t mask = 0;
  for (int f = 0; f < a->e->nfields; f++)
    if (!val_eq(a->e->fields[f].kind, &a->v[f], &b->v[f])) mask |= FIELD_BIT(f);
  return mask;
}
