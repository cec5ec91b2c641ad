// SPDX-License-Identifier: Apache-2.0
// How a value leaves: JSON, canonical form, CSV cell. Texts of our own making (money, rates, times, ids) hold nothing to escape and
// are written straight into the buffer.
#include "model/model_internal.h"
#include <assert.h>

// Opens a quoted value that the caller writes into w->b and closes.
static struct buf *open_quoted(struct jw *w) {
  jw_raw(w, S("\""));
  return w->b;
}

static void close_quoted(struct jw *w) { buf_putc(w->b, '"'); }

static void write_id(struct jw *w, const char *prefix, id64 id) {
  char text[ID_TEXT_MAX];
  jw_string(w, str_of(id_z(text, prefix, id)));
}

static void write_money(struct jw *w, money m) {
  jw_object(w);
  jw_key(w, S("amount"));
  money_amount_put(open_quoted(w), m);
  close_quoted(w);
  jw_key(w, S("currency"));
  jw_string(w, str_of(m.cur.code));
  jw_end_object(w);
}

// RATE, DATE and TIME: text of our own.
static void write_plain(struct jw *w, enum kind k, const struct val *v) {
  struct buf *b = open_quoted(w);
  if (k == K_RATE)
    ratio_put(b, v->r);
  else if (k == K_DATE)
    date_put(b, (uday)v->i);
  else
    time_put(b, v->i);
  close_quoted(w);
}

void rec_write_value(struct jw *w, const struct rec *r, int f) {
  assert(f >= 0 && f < r->e->nfields);
  const struct val *v = &r->v[f];
  enum kind k = r->e->fields[f].kind;
  if (!v->set) {
    jw_null(w);
    return;
  }
  switch (k) {
  case K_TEXT:
  case K_LONGTEXT:
  case K_WORD: jw_string(w, v->s); return;
  case K_INT: jw_int(w, v->i); return;
  case K_BOOL: jw_bool(w, v->i); return;
  case K_MONEY: write_money(w, v->m); return;
  case K_RATE:
  case K_DATE:
  case K_TIME: write_plain(w, k, v); return;
  case K_REF: write_id(w, model_derived(r->e)->refs[f]->prefix, v->i); return;
  case K_COUNT: break;
  }
  assert(false && "kind");
}

void rec_write_fields(struct jw *w, const struct rec *r, uint64_t mask) {
  const struct derived *d = model_derived(r->e);
  for (int f = 0; f < r->e->nfields; f++) {
    if (!(mask & FIELD_BIT(f))) continue;
    jw_raw(w, d->keys[f]);
    w->first = true;  // the value behind a key takes no comma
    rec_write_value(w, r, f);
  }
}

static void write_time(struct jw *w, utime t) {
  time_put(open_quoted(w), t);
  close_quoted(w);
}

static void canon_meta(struct jw *w, const struct rec *r, int member) {
  const struct entity *root = entity_root(r->e);
  switch ((enum canon_member)member) {
  case CANON_COMPANY:
    jw_key(w, S("company"));
    write_id(w, entity_company.prefix, r->company);
    return;
  case CANON_CREATED_AT:
    jw_key(w, S("created_at"));
    write_time(w, r->created_at);
    return;
  case CANON_CREATED_BY:
    jw_key(w, S("created_by"));
    if (r->created_by)
      write_id(w, entity_user.prefix, r->created_by);
    else
      jw_null(w);
    return;
  case CANON_ENTITY:
    jw_key(w, S("entity"));
    jw_string(w, str_of(r->e->name));
    return;
  case CANON_ID:
    jw_key(w, S("id"));
    write_id(w, r->e->prefix, r->id);
    return;
  case CANON_ROOM:
    jw_key(w, S("room"));
    if (r->e->flags & E_ROOM)
      jw_bool(w, r->room);
    else
      jw_null(w);
    return;
  case CANON_ROOT:
    jw_key(w, S("root"));
    if (root)
      write_id(w, root->prefix, r->root);
    else
      jw_null(w);
    return;
  }
  assert(false && "member");
}

void rec_canon(struct buf *out, const struct rec *r) {
  const struct derived *d = model_derived(r->e);
  struct jw w = JW(out);
  jw_object(&w);
  for (int i = 0; i < d->ncanon; i++) {
    int member = d->canon[i];
    if (member < 0)
      canon_meta(&w, r, member);
    else if (r->v[member].set)
      rec_write_fields(&w, r, FIELD_BIT(member));
  }
  jw_end_object(&w);
}

void rec_cell(struct buf *b, const struct rec *r, int f) {
  assert(f >= 0 && f < r->e->nfields);
  const struct val *v = &r->v[f];
  if (!v->set) return;
  switch (r->e->fields[f].kind) {
  case K_TEXT:
  case K_LONGTEXT:
  case K_WORD: buf_put(b, v->s); return;
  case K_INT: buf_int(b, v->i); return;
  case K_BOOL: buf_put(b, v->i ? S("true") : S("false")); return;
  case K_MONEY:
    money_amount_put(b, v->m);
    buf_putc(b, ' ');
    buf_putz(b, v->m.cur.code);
    return;
  case K_RATE: ratio_put(b, v->r); return;
  case K_DATE: date_put(b, (uday)v->i); return;
  case K_TIME: time_put(b, v->i); return;
  case K_REF: id_put(b, model_derived(r->e)->refs[f]->prefix, v->i); return;
  case K_COUNT: break;
  }
  assert(false && "kind");
}
