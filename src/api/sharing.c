// SPDX-License-Identifier: Apache-2.0
// Who sees a record: grants as "members", added by the lead company, cut off at once.
#include <stdio.h>

#include "api/handlers.h"
#include "flows/deal.h"

// The record type of the path: /api/v1/deals/... speaks of deals.
static const struct entity *shared_entity(struct call *c) {
  str path = str_sub(c->req->path, 8, SIZE_MAX), first = STR_NULL;
  (void)str_next(&path, '/', &first);
  return entity_by_path(first);
}

static void write_fields(struct jw *w, const struct entity *e, str fieldset) {
  uint64_t m = 0;
  jw_key(w, S("fields"));
  jw_array(w);
  if (entity_fieldset_mask(e, fieldset, &m))
    for (int f = 0; f < e->nfields; f++)
      if (m & FIELD_BIT(f)) jw_string(w, str_of(e->fields[f].name));
  jw_end_array(w);
}

static void write_grant(struct jw *w, const struct grant *g) {
  static const struct {
    enum op op;
    const char *name;
  } ops[] = {{OP_READ, "read"}, {OP_COMMENT, "comment"}, {OP_WORK, "work"}, {OP_WRITE, "write"}};
  jw_object(w);
  write_id(w, "grant", "grant", g->id);
  write_id(w, "company", "company", g->grantee);
  write_text(w, "fieldset", g->fieldset);
  write_fields(w, g->e, g->fieldset);
  jw_key(w, S("ops"));
  jw_array(w);
  for (size_t i = 0; i < ARRAY_LEN(ops); i++)
    if (g->ops & ops[i].op) jw_string(w, str_of(ops[i].name));
  jw_end_array(w);
  write_time(w, "from", g->from);
  if (g->until == UTIME_MAX)
    write_text(w, "until", STR_NULL);
  else
    write_time(w, "until", g->until);
  if (g->revoked_at)
    write_time(w, "revoked_at", g->revoked_at);
  else
    write_text(w, "revoked_at", STR_NULL);
  jw_end_object(w);
}

// The owner sees every grant, a member its own and that of the owner: who else takes part is the lead company's to tell.
static enum err members_reply(struct call *c, struct ctx *x) {
  const struct entity *e = shared_entity(c);
  id64 id = 0;
  struct rec *r = NULL;
  struct access a = {0};
  struct grant *g = NULL;
  size_t n = 0;
  TRY(call_id(c, 0, e, &id));
  TRY(trust_load(x, e, id, OP_READ, &r, &a));
  TRY(trust_grants(x, e, id, &g, &n));
  struct jw w = reply_json(c);
  jw_object(&w);
  write_id(&w, "lead_company", "company", r->company);
  jw_key(&w, S("items"));
  jw_array(&w);
  for (size_t i = 0; i < n; i++)
    if (a.owner || g[i].grantee == x->viewer.company) write_grant(&w, &g[i]);
  jw_end_array(&w);
  jw_key(&w, S("fieldsets"));
  jw_array(&w);
  for (int i = 0; a.owner && i < e->nfieldsets; i++) {
    jw_object(&w);
    write_text(&w, "name", str_of(e->fieldsets[i].name));
    write_fields(&w, e, str_of(e->fieldsets[i].name));
    jw_end_object(&w);
  }
  jw_end_array(&w);
  // Who may see it, not what is in it: only the company that leads it is named.
  struct list_item item = {.r = r, .access = {.ops = OP_READ}};
  TRY(project_names(x, &w, &item, 1));
  jw_end_object(&w);
  return ERR_OK;
}

enum err members_list(struct call *c) {
  TRY(db_read_begin(c->w->conn));
  struct ctx x = call_ctx(c);
  enum err e = members_reply(c, &x);
  db_read_end(c->w->conn);
  return e;
}

// Who saw which fields of this record when, from the log of readings; the owner's to know.
static enum err seen_by_reply(struct call *c, struct ctx *x) {
  const struct entity *e = shared_entity(c);
  id64 id = 0;
  struct rec *r = NULL;
  struct access a = {0};
  struct read_note *notes = NULL;
  size_t n = 0;
  TRY(call_id(c, 0, e, &id));
  TRY(trust_load(x, e, id, OP_READ, &r, &a));
  if (!a.owner) return problem_set0(x->pb, P_FORBIDDEN);
  TRY(trust_reads(x, r, &notes, &n));
  struct jw w = reply_json(c);
  struct list_item *people = NEW_ARRAY(&c->arena, n + 1, struct list_item);
  size_t np = 0;
  jw_object(&w);
  jw_key(&w, S("items"));
  jw_array(&w);
  for (size_t i = 0; i < n; i++) {
    jw_object(&w);
    write_id(&w, "company", "company", notes[i].company);
    write_id(&w, "user", "user", notes[i].user);
    write_text(&w, "entity", str_of(notes[i].e->name));
    write_text(&w, "fieldset", notes[i].fieldset);
    write_fields(&w, notes[i].e, notes[i].fieldset);
    write_date(&w, "day", notes[i].day);
    write_time(&w, "at", notes[i].at);
    jw_end_object(&w);
    struct rec *u = NULL;
    if (notes[i].user && trust_load_system(x, &entity_user, notes[i].user, &u) == ERR_OK)
      people[np++] = (struct list_item){.r = u, .access = {.read = FIELD_BIT(user_f_name)}};
  }
  jw_end_array(&w);
  jw_key(&w, S("people"));
  jw_object(&w);
  for (size_t i = 0; i < np; i++) {
    bool first = true;
    for (size_t k = 0; k < i; k++) first &= people[k].r->id != people[i].r->id;
    char z[ID_TEXT_MAX];
    if (!first) continue;
    jw_key(&w, str_of(id_z(z, "user", people[i].r->id)));
    jw_string(&w, rec_text(people[i].r, user_f_name));
  }
  jw_end_object(&w);
  jw_end_object(&w);
  return ERR_OK;
}

enum err seen_by_list(struct call *c) { return call_reading(c, seen_by_reply); }

struct share_step {
  id64 root, company;
  str fieldset;
  utime until;
  const struct entity *e;
};

static enum err share_write(struct ctx *x, struct call *c, void *arg, struct outcome *out) {
  const struct share_step *s = arg;
  struct rec *r = NULL, *company = NULL;
  struct access a = {0};
  uint64_t m = 0;
  (void)c;
  TRY(trust_load(x, s->e, s->root, OP_READ, &r, &a));
  if (!a.owner || !(a.ops & OP_SHARE)) return problem_set0(x->pb, P_FORBIDDEN);
  if (!entity_fieldset_mask(s->e, s->fieldset, &m))
    return problem_field(x->pb, S("/fieldset"), P_UNKNOWN_FIELD, s->fieldset, STR_NULL);
  enum err e = trust_load_system(x, &entity_company, s->company, &company);
  if (e == ERR_NOT_FOUND || s->company == r->company)
    return problem_field(x->pb, S("/company"), P_NO_SUCH_RECORD, STR_NULL, STR_NULL);
  TRY(e);
  TRY(trust_grant_revoke(x, s->e, s->root, s->company));  // one grant a company: a new one replaces what it saw before
  unsigned ops = s->e == &entity_deal ? OP_READ | OP_COMMENT | OP_WORK : OP_READ;
  struct grant g = {.owner = r->company,
                    .grantee = s->company,
                    .e = s->e,
                    .root = s->root,
                    .ops = ops,
                    .fieldset = s->fieldset,
                    .from = x->now,
                    .until = s->until,
                    .accepted_at = x->now,
                    .created_by = x->viewer.user,
                    .created_at = x->now};
  TRY(trust_grant_add(x, &g));
  *out = (struct outcome){s->e, s->root};
  return ERR_OK;
}

enum err member_add(struct call *c) {
  struct share_step s = {.e = shared_entity(c), .until = UTIME_MAX};
  TRY(call_id(c, 0, s.e, &s.root));
  TRY(call_only(c, "company fieldset until"));
  enum err e1 = call_ref(c, "company", &entity_company, true, &s.company), e2 = call_text(c, "fieldset", true, 200, &s.fieldset);
  enum err e3 = call_time(c, "until", false, &s.until);
  TRY(e1);
  TRY(e2);
  TRY(e3);
  if (s.until <= c->now) return problem_field(&c->problem, S("/until"), P_BAD_TIME, STR_NULL, STR_NULL);
  return call_write(c, "share", share_write, &s);
}

static enum err revoke_write(struct ctx *x, struct call *c, void *arg, struct outcome *out) {
  const struct share_step *s = arg;
  struct rec *r = NULL;
  struct access a = {0};
  (void)c;
  (void)out;
  TRY(trust_load(x, s->e, s->root, OP_READ, &r, &a));
  if (!a.owner || !(a.ops & OP_SHARE)) return problem_set0(x->pb, P_FORBIDDEN);
  return trust_grant_revoke(x, s->e, s->root, s->company);
}

enum err member_remove(struct call *c) {
  struct share_step s = {.e = shared_entity(c)};
  TRY(call_id(c, 0, s.e, &s.root));
  TRY(call_id(c, 1, &entity_company, &s.company));
  return call_write(c, "revoke", revoke_write, &s);
}
