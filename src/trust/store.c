// SPDX-License-Identifier: Apache-2.0
// Loading for a viewer and the one way records are written: row, audit entries, seen rows and search rows, together.
#include "trust/internal.h"
#include <assert.h>

// ---- loading

static enum err access_of(struct ctx *x, const struct rec *r, struct access *ret) {
  struct root_facts f;
  TRY(root_facts_load(x, r, x->viewer.company, &f));
  struct subject s = subject_of(r, &f);
  *ret = mask(&x->viewer, &s, x->now);
  return ERR_OK;
}

enum err item_judge(struct ctx *x, struct list_item *it) {
  struct root_facts *f = NEW(x->arena, struct root_facts);
  TRY(root_facts_load(x, it->r, x->viewer.company, f));
  struct subject s = subject_of(it->r, f);
  it->access = mask(&x->viewer, &s, x->now);
  it->facts = f;
  return ERR_OK;
}

enum err trust_access(struct ctx *x, const struct rec *r, struct access *ret) { return access_of(x, r, ret); }

enum err trust_load_system(struct ctx *x, const struct entity *e, id64 id, struct rec **ret) {
  enum err err = rec_db_load(x->conn, e, id, x->arena, ret);
  return err == ERR_NOT_FOUND ? problem_set0(x->pb, P_NOT_FOUND) : err;
}

enum err shown_updated_at(struct ctx *x, const struct rec *r, const struct access *a, utime *ret) {
  *ret = r->updated_at;
  if (a->owner) return ERR_OK;
  if (r->e->flags & E_ROOT) return seen_changed_at(x, r, ret);
  if (a->read != entity_mask_all(r->e)) *ret = r->created_at;  // when the rest changed is not theirs to know
  return ERR_OK;
}

enum err trust_load(struct ctx *x, const struct entity *e, id64 id, unsigned need_ops, struct rec **ret,
                    struct access *ret_access) {
  struct rec *r;
  struct access a;
  TRY(trust_load_system(x, e, id, &r));
  TRY(access_of(x, r, &a));
  if (!(a.ops & OP_READ)) return problem_set0(x->pb, P_NOT_FOUND);
  if (need_ops & ~a.ops) return problem_set0(x->pb, P_FORBIDDEN);
  TRY(shown_updated_at(x, r, &a, &r->updated_at));
  *ret = r;
  if (ret_access) *ret_access = a;
  return ERR_OK;
}

// ---- who is told

static const char *take_verb(struct ctx *x, const char *usual) {
  const char *op = x->verb ? x->verb : usual;
  x->verb = NULL;
  return op;
}

// Companies whose view of `r` has one of `fields` in it: their logs, index and search rows follow the change.
static void seeing(struct ctx *x, const struct rec *r, const struct root_facts *f, uint64_t fields, id64 **ret, size_t *ret_n) {
  id64 *all;
  size_t n, kept = 0;
  facts_companies(x, r, f, &all, &n);
  for (size_t i = 0; i < n; i++)
    if (company_access(x, r, f, all[i]).read & fields) all[kept++] = all[i];
  *ret = all;
  *ret_n = kept;
}

// The log that always has the change: of the company the row belongs to. It comes first.
static void with_company(id64 company, id64 *list, size_t *n) {
  for (size_t i = 0; i < *n; i++)
    if (list[i] == company) return;
  list[(*n)++] = company;  // facts_companies leaves room for owner and author
}

static enum err search_all(struct ctx *x, const struct rec *r, const struct root_facts *f, const id64 *companies, size_t n) {
  if (!search_fields(r->e)) return ERR_OK;
  for (size_t i = 0; i < n; i++) {
    struct access a = company_access(x, r, f, companies[i]);
    TRY(search_put(x, r, &a, companies[i]));
  }
  return ERR_OK;
}

static enum err seen_all(struct ctx *x, const struct rec *r, const struct root_facts *f, const id64 *companies, size_t n,
                         bool fresh) {
  if (!(r->e->flags & E_ROOT)) return ERR_OK;
  for (size_t i = 0; i < n; i++) TRY(seen_put(x, r, f, companies[i], fresh));
  return ERR_OK;
}

// ---- writing

static unsigned person_ops(const struct viewer *v) {
  struct subject own = {.e = &entity_company, .owner = v->company, .author = v->company, .room = true};
  return mask(v, &own, 0).ops;
}

static enum err may_add_child(struct ctx *x, const struct rec *r, const struct root_facts *f) {
  struct rec root = {.e = f->e, .id = f->id, .root = f->id, .company = f->owner};
  struct subject s = subject_of(&root, f);
  struct access a = mask(&x->viewer, &s, x->now);
  if (!(a.ops & OP_READ)) return problem_set0(x->pb, P_NOT_FOUND);
  if (a.owner || (r->e->flags & E_SYSTEM)) return ERR_OK;  // flows decide who may sign or settle
  unsigned need = str_eqz(S("comment"), r->e->name) ? OP_COMMENT : OP_WORK;
  return a.ops & need ? ERR_OK : problem_set0(x->pb, P_FORBIDDEN);
}

enum err trust_insert(struct ctx *x, struct rec *r) {
  struct root_facts f;
  id64 *logs;
  size_t n;
  r->company = r->e == &entity_company ? r->id : x->viewer.company;
  if (!(r->e->flags & E_CHILD)) r->root = r->id;
  r->created_by = x->viewer.user;
  r->created_at = r->updated_at = x->now;
  if (r->company <= 0) return problem_set0(x->pb, P_FORBIDDEN);
  if (r->e != &entity_company && !(person_ops(&x->viewer) & OP_WRITE)) return problem_set0(x->pb, P_FORBIDDEN);
  if (r->e->flags & E_CHILD) {
    enum err err = root_facts_load(x, r, 0, &f);
    if (err == ERR_NOT_FOUND) return problem_set0(x->pb, P_NOT_FOUND);
    TRY(err);
    TRY(may_add_child(x, r, &f));
  } else {
    f = (struct root_facts){.e = entity_root(r->e), .id = r->id, .owner = r->company};  // nobody has a grant yet
  }
  TRY(rec_db_insert(x->conn, r));
  seeing(x, r, &f, UINT64_MAX, &logs, &n);
  with_company(r->company, logs, &n);
  TRY(audit_write(x, NULL, r, take_verb(x, "create"), logs, n));
  TRY(seen_all(x, r, &f, logs, n, true));
  return search_all(x, r, &f, logs, n);
}

enum err trust_update(struct ctx *x, const struct rec *before, struct rec *after) {
  struct root_facts f;
  id64 *logs;
  size_t n;
  assert(before->e == after->e && before->id == after->id);
  after->company = before->company;
  after->root = before->root;
  after->created_at = before->created_at;
  after->created_by = before->created_by;
  const char *op = take_verb(x, "update");
  uint64_t diff = rec_diff(before, after);
  bool moved = before->room != after->room;  // into or out of the room: everything about it appears or goes
  if (diff == 0 && !moved) {
    after->updated_at = before->updated_at;
    return ERR_OK;
  }
  TRY(root_facts_load(x, before, 0, &f));
  struct subject s = subject_of(before, &f);
  if (!(mask(&x->viewer, &s, x->now).ops & OP_READ)) return problem_set0(x->pb, P_NOT_FOUND);
  if (!(person_ops(&x->viewer) & OP_WRITE)) return problem_set0(x->pb, P_FORBIDDEN);
  struct rec *stored;
  TRY(trust_load_system(x, before->e, before->id, &stored));
  if (rec_diff(stored, before) != 0 || stored->room != before->room) return problem_set0(x->pb, P_STALE);
  after->updated_at = x->now > stored->updated_at ? x->now : stored->updated_at;
  TRY(rec_db_update(x->conn, after));
  const struct rec *widest = moved && before->room ? before : after;
  seeing(x, widest, &f, moved ? UINT64_MAX : diff, &logs, &n);
  with_company(after->company, logs, &n);
  TRY(audit_write(x, before, after, op, logs, n));
  TRY(seen_all(x, after, &f, logs, n, false));
  return moved || (diff & search_fields(after->e)) ? search_all(x, after, &f, logs, n) : ERR_OK;
}

// Row, index and search rows of one record go; its tombstone stays in the logs of all who saw it.
static enum err remove_one(struct ctx *x, const struct rec *r, const struct root_facts *f, const char *op) {
  id64 *logs;
  size_t n;
  seeing(x, r, f, UINT64_MAX, &logs, &n);
  with_company(r->company, logs, &n);
  TRY(audit_write(x, r, NULL, op, logs, n));
  TRY(rec_db_delete(x->conn, r->e, r->id));
  if (search_fields(r->e)) TRY(db_search_drop(x->conn, str_of(r->e->name), r->id, 0));
  if (!(r->e->flags & E_ROOT)) return ERR_OK;
  for (size_t i = 0; i < f->ngrants; i++) TRY(seen_drop(x, r->e, r->id, f->grants[i].grantee));  // whoever ever had a row
  return seen_drop(x, r->e, r->id, f->owner);
}

static enum err remove_children(struct ctx *x, const struct rec *root, const struct root_facts *f) {
  for (int i = 0; i < entity_count; i++) {
    const struct entity *e = entity_all[i];
    if (!(e->flags & E_CHILD) || entity_root(e) != root->e) continue;
    for (;;) {
      struct rec **kids;
      size_t n;
      TRY(rec_db_children(x->conn, e, root->id, 0, LIMIT_LIST, x->arena, &kids, &n));
      for (size_t k = 0; k < n; k++) TRY(remove_one(x, kids[k], f, "delete"));
      if (n < LIMIT_LIST) break;
    }
  }
  return ERR_OK;
}

enum err trust_delete(struct ctx *x, const struct rec *r) {
  struct root_facts f;
  TRY(root_facts_load(x, r, 0, &f));
  struct subject s = subject_of(r, &f);
  struct access a = mask(&x->viewer, &s, x->now);
  if (!(a.ops & OP_READ)) return problem_set0(x->pb, P_NOT_FOUND);
  if (!(a.ops & OP_DELETE)) return problem_set0(x->pb, P_FORBIDDEN);
  const char *op = take_verb(x, "delete");
  if (r->e->flags & E_ROOT) {
    TRY(remove_children(x, r, &f));
    TRY(grants_drop_root(x, r->e, r->id));
  }
  return remove_one(x, r, &f, op);
}
