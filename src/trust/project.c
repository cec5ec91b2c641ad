// SPDX-License-Identifier: Apache-2.0
// The only way out of a record: what the access lets through, as JSON members; its ETag; the names of what it points to.
#include "trust/internal.h"

static void put_id(struct jw *w, str key, const char *prefix, id64 id) {
  char z[ID_TEXT_MAX];
  jw_key(w, key);
  if (id)
    jw_string(w, str_of(id_z(z, prefix, id)));
  else
    jw_null(w);
}

static void put_time(struct jw *w, str key, utime t) {
  AUTO(buf_release) struct buf b = BUF(64);
  time_put(&b, t);
  jw_key(w, key);
  jw_string(w, buf_str(&b));
}

// Who wrote it is told to the company that owns the record and, in a room, to all who read the row.
static bool author_shown(const struct rec *r, const struct access *a) { return a->owner || (r->e->flags & E_CHILD); }

static void put_common(struct jw *w, const struct rec *r, const struct access *a) {
  put_id(w, S("id"), r->e->prefix, r->id);
  put_id(w, S("company"), entity_company.prefix, r->company);
  if (r->e->flags & E_CHILD) {
    put_id(w, S("root"), entity_root(r->e)->prefix, r->root);
    if (r->e->flags & E_ROOM) {
      jw_key(w, S("audience"));
      jw_string(w, r->room ? S("room") : S("company"));
    }
  }
  put_time(w, S("created_at"), r->created_at);
  if (author_shown(r, a)) put_id(w, S("created_by"), entity_user.prefix, r->created_by);
}

void project(struct jw *w, const struct rec *r, const struct access *a, utime changed_at) {
  if (!(a->ops & OP_READ)) return;
  put_common(w, r, a);
  put_time(w, S("updated_at"), changed_at);
  rec_write_fields(w, r, a->read);
}

void project_etag(struct buf *out, const struct rec *r, const struct access *a) {
  AUTO(buf_release) struct buf b = BUF(AUDIT_BODY_MAX);
  struct jw w = JW(&b);
  jw_object(&w);
  if (a->ops & OP_READ) {
    put_common(&w, r, a);
    rec_write_fields(&w, r, a->read);
  }
  jw_end_object(&w);
  hash h = hash_of(buf_str(&b));
  buf_putc(out, '"');
  buf_hex(out, h.b, 16);
  buf_putc(out, '"');
}

// ---- names

struct name_ref {
  const struct entity *e;
  id64 id;
};

struct name_set {
  struct arena *arena;
  struct name_ref *refs;  // open addressing; power of two
  size_t cap, n;
};

static size_t slot_of(const struct name_set *s, const struct entity *e, id64 id) {
  uint64_t h = ((uint64_t)id ^ ((uint64_t)(unsigned)e->index << 56)) * UINT64_C(0x9E3779B97F4A7C15);
  size_t i = (size_t)(h >> 32) & (s->cap - 1);
  while (s->refs[i].e && (s->refs[i].e != e || s->refs[i].id != id)) i = (i + 1) & (s->cap - 1);
  return i;
}

static void name_add(struct name_set *s, const struct entity *e, id64 id) {
  if (!e || id <= 0) return;
  if ((s->n + 1) * 2 > s->cap) {
    struct name_set bigger = {.arena = s->arena, .cap = s->cap ? s->cap * 2 : 64, .n = s->n};
    bigger.refs = NEW_ARRAY(s->arena, bigger.cap, struct name_ref);
    for (size_t i = 0; i < s->cap; i++)
      if (s->refs[i].e) bigger.refs[slot_of(&bigger, s->refs[i].e, s->refs[i].id)] = s->refs[i];
    *s = bigger;
  }
  struct name_ref *at = &s->refs[slot_of(s, e, id)];
  if (at->e) return;
  *at = (struct name_ref){e, id};
  s->n++;
}

static void names_of(struct name_set *s, const struct list_item *it) {
  const struct entity *e = it->r->e;
  if (!(it->access.ops & OP_READ)) return;
  name_add(s, &entity_company, it->r->company);
  if (author_shown(it->r, &it->access)) name_add(s, &entity_user, it->r->created_by);
  for (int f = 0; f < e->nfields; f++)
    if (e->fields[f].kind == K_REF && (it->access.read & FIELD_BIT(f)) && rec_has(it->r, f))
      name_add(s, field_target(e, f), rec_ref(it->r, f));
}

// The name of a shared record is a field of it: who is told it has read the record.
static void name_read(struct ctx *x, struct rec *r, const struct access *a) {
  if (a->owner || !(r->e->flags & (E_ROOT | E_CHILD))) return;
  if (x->n_named == x->cap_named) {
    size_t cap = x->cap_named ? 2 * x->cap_named : 8;
    struct list_item *grown = NEW_ARRAY(x->arena, cap, struct list_item);
    if (x->n_named) memcpy(grown, x->named, x->n_named * sizeof *grown);
    x->named = grown;
    x->cap_named = cap;
  }
  x->named[x->n_named++] = (struct list_item){.r = r, .access = *a};
}

// One name, when the viewer may know it. What cannot be seen is left out, like what does not exist.
static enum err name_write(struct ctx *x, struct jw *w, const struct name_ref *n) {
  char z[ID_TEXT_MAX];
  struct rec *r;
  struct access a;
  int title = entity_title(n->e);
  if (title < 0) return ERR_OK;
  enum err err = rec_db_load_title(x->conn, n->e, n->id, x->arena, &r);
  if (err == ERR_NOT_FOUND) return ERR_OK;
  TRY(err);
  TRY(trust_access(x, r, &a));
  if (!(a.ops & OP_READ) || !(a.read & FIELD_BIT(title))) return ERR_OK;
  name_read(x, r, &a);
  jw_key(w, str_of(id_z(z, n->e->prefix, n->id)));
  jw_object(w);
  jw_key(w, S("name"));
  rec_write_value(w, r, title);
  if (n->e == &entity_user) put_id(w, S("company"), entity_company.prefix, r->company);
  jw_end_object(w);
  return ERR_OK;
}

enum err project_names(struct ctx *x, struct jw *w, const struct list_item *items, size_t n) {
  struct name_set set = {.arena = x->arena};
  for (size_t i = 0; i < n; i++) names_of(&set, &items[i]);
  jw_key(w, S("names"));
  jw_object(w);
  for (size_t i = 0; i < set.cap; i++)
    if (set.refs[i].e) TRY(name_write(x, w, &set.refs[i]));
  jw_end_object(w);
  return ERR_OK;
}
