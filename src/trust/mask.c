// SPDX-License-Identifier: Apache-2.0
// Who may see and do what: pure, no I/O, no clock. Everything starts hidden; each rule adds.
// The test compiles this file once per condition with -DMASK_FAULT=n, which drops the nth one, and shows that it notices each.
#include "trust/trust.h"

#ifdef MASK_FAULT
#define FAULT(n) (MASK_FAULT == (n))
#else
#define FAULT(n) false
#endif
#define HOLDS(n, c) (FAULT(n) || (c))

enum {
  OPS_ROOM = OP_READ | OP_COMMENT | OP_WORK,
  OPS_GRANTABLE = OPS_ROOM | OP_WRITE,
  OPS_ALL = OPS_GRANTABLE | OP_SHARE | OP_DELETE | OP_APPROVE,
};

static unsigned role_ops(const struct viewer *v) {
  if (v->role == -1) return HOLDS(1, v->user == 0) ? OPS_ALL : 0;  // a person whose role is unknown is not the system
  switch (v->role) {
  case user_role_admin:
  case user_role_manager: return OPS_ALL;
  case user_role_rep: return OPS_GRANTABLE;
  case user_role_viewer: return OP_READ;
  default: return 0;
  }
}

static bool grant_holds(const struct grant *g, const struct viewer *v, const struct subject *s, utime now) {
  return HOLDS(2, g->grantee == v->company) && HOLDS(3, g->owner == s->owner) && HOLDS(4, g->e == entity_root(s->e)) &&
         HOLDS(5, g->accepted_at > 0) && HOLDS(6, g->accepted_at <= now) && HOLDS(7, g->revoked_at == 0) &&
         HOLDS(8, g->from <= now) && HOLDS(9, now < g->until) && HOLDS(10, (g->ops & OP_READ) != 0);
}

// What the grant's fieldset shows of this type. A child knows the name only: "+field" and "-field" speak of the root.
static uint64_t grant_fields(const struct grant *g, const struct entity *e) {
  str expr = g->fieldset;
  for (size_t i = 0; (e->flags & E_CHILD) && i < expr.n; i++)
    if (expr.p[i] == '+' || expr.p[i] == '-') expr.n = i;
  uint64_t fields = 0;
  if (!entity_fieldset_mask(e, expr, &fields)) return FAULT(11) ? entity_mask_all(e) : 0;
  return fields & entity_mask_all(e);
}

static struct access whole(const struct entity *e, unsigned ops) {
  uint64_t all = entity_mask_all(e);
  return (struct access){.read = all, .write = HOLDS(12, (ops & OP_WRITE) != 0) ? all : 0, .ops = ops, .owner = true};
}

// The union of what the grants that hold show.
static struct access granted(const struct viewer *v, const struct subject *s, unsigned may, utime now) {
  struct access a = {0};
  bool in_room = (s->e->flags & E_ROOM) != 0;
  bool dated = in_room && !(s->e->flags & E_SYSTEM);
  for (size_t i = 0; i < s->ngrants; i++) {
    const struct grant *g = &s->grants[i];
    if (!grant_holds(g, v, s, now)) continue;
    if (!HOLDS(13, !dated || s->written == 0 || s->written >= g->from)) continue;
    uint64_t fields = grant_fields(g, s->e);
    if (fields == 0) continue;
    unsigned ops = g->ops & may & (FAULT(14) ? OPS_ALL : OPS_GRANTABLE);
    if (in_room && !FAULT(15)) ops &= OPS_ROOM;
    a.ops |= ops;
    a.read |= fields;
    if (HOLDS(16, (ops & OP_WRITE) != 0)) a.write |= fields;
  }
  return a;
}

// Rows below a root: whole to the company that wrote them, and, outside rooms, to the owner of the root.
static struct access child(const struct viewer *v, const struct subject *s, unsigned may, utime now) {
  bool author = v->company == s->author, owner = v->company == s->owner;
  bool in_room = (s->e->flags & E_ROOM) != 0;
  unsigned own = may & OP_WRITE ? may | OP_DELETE : may;
  if (!HOLDS(17, s->room || author)) return (struct access){0};
  if (author && (owner || !s->room)) return whole(s->e, own);
  if (owner)
    return in_room && !FAULT(18) ? (struct access){.read = entity_mask_all(s->e), .ops = may & OPS_ROOM} : whole(s->e, own);
  if (!author) return granted(v, s, may, now);
  struct subject always = *s;  // whether the author is still a member does not depend on when the row was written
  always.written = 0;
  return whole(s->e, HOLDS(19, granted(v, &always, may, now).ops != 0) ? own : may & OP_READ);
}

struct access mask(const struct viewer *v, const struct subject *s, utime now) {
  unsigned may = FAULT(20) ? v->ops : FAULT(21) ? role_ops(v) : role_ops(v) & v->ops;
  if (!HOLDS(22, (may & OP_READ) != 0)) return (struct access){0};
  if (v->company <= 0 || s->owner <= 0) return (struct access){0};
  if (s->e->flags & E_CHILD) return child(v, s, may, now);
  if (HOLDS(23, v->company == s->owner)) return whole(s->e, may);
  if (s->e->flags & E_ROOT) return granted(v, s, may, now);
  uint64_t directory = 0;
  if (!HOLDS(24, (s->e->flags & E_DIRECTORY) != 0)) return (struct access){0};
  if (!entity_fieldset_mask(s->e, S("directory"), &directory)) return (struct access){0};
  return (struct access){.read = directory & entity_mask_all(s->e), .ops = OP_READ};
}
