// SPDX-License-Identifier: Apache-2.0
#include "flows/erase.h"
#include "flows/erase_text.h"
#include "flows/flow.h"
#include "flows/handover.h"
#include "rules/lead.h"
#include "trust/audit.h"

enum { CONTACTS_MAX = 1000, FOUND_MAX = 10000, TASK_DAYS = 30 };

// Company and people of the hub are not persons of a customer; what is signed stays as it was signed.
static bool searched(const struct entity *e) {
  if (e->flags & E_DIRECTORY) return false;
  return !(e->flags & E_SYSTEM) || e == &entity_lead || e == &entity_consent || e == &entity_import_job;
}

static bool is_text(const struct field *f) { return f->kind == K_TEXT || f->kind == K_LONGTEXT; }

static void found_add(struct erase *e, const struct entity *type, id64 id) {
  for (size_t i = 0; i < e->nfound; i++)
    if (e->found[i].id == id && e->found[i].e == type) return;
  if (e->nfound == e->cap) {
    size_t cap = e->cap ? e->cap * 2 : 64;
    struct erase_target *list = NEW_ARRAY(e->arena, cap, struct erase_target);
    if (e->nfound) memcpy(list, e->found, e->nfound * sizeof *list);
    e->found = list;
    e->cap = cap;
  }
  e->found[e->nfound++] = (struct erase_target){type, id};
}

// ---- what tells that somebody speaks of him

static bool shared_with_others(const struct erase *e, struct rec *account, struct rec **others, size_t n, str value) {
  if (str_eq(value, rec_text(account, account_f_phone)) || str_eq(value, rec_text(account, account_f_fax))) return true;
  for (size_t i = 0; i < n; i++)
    if (others[i]->id != e->contact &&
        (str_eq(value, rec_text(others[i], contact_f_phone)) || str_eq(value, rec_text(others[i], contact_f_chat)) ||
         str_eq(value, rec_text(others[i], contact_f_email))))
      return true;
  return false;
}

static enum err collect_marks(struct ctx *x, const struct rec *c, struct erase *e) {
  static const int reach[] = {contact_f_email, contact_f_phone, contact_f_chat};  // a switchboard is nobody's own
  struct rec *account = NULL, **others = NULL;
  size_t n = 0;
  TRY(rec_db_load(x->conn, &entity_account, c->root, x->arena, &account));
  TRY(rec_db_children(x->conn, &entity_contact, c->root, 0, CONTACTS_MAX, x->arena, &others, &n));
  str given = rec_text(c, contact_f_given_name), family = rec_text(c, contact_f_family_name);
  erase_mark_add(e, rec_text(c, contact_f_name), true);
  if (given.n && family.n) {
    erase_mark_add(e, arena_fmt(x->arena, "%.*s %.*s", STR_ARG(given), STR_ARG(family)), true);
    erase_mark_add(e, arena_fmt(x->arena, "%.*s %.*s", STR_ARG(family), STR_ARG(given)), true);
    erase_mark_add(e, arena_fmt(x->arena, "%.*s%.*s", STR_ARG(family), STR_ARG(given)), true);
  }
  for (size_t i = 0; i < ARRAY_LEN(reach); i++) {
    str value = rec_text(c, reach[i]);
    if (value.n && !shared_with_others(e, account, others, n, value)) erase_mark_add(e, value, reach[i] == contact_f_email);
  }
  return ERR_OK;
}

// ---- where he is spoken of

static str like_pattern(struct arena *a, str text) {
  AUTO(buf_release) struct buf b = BUF(2 * text.n + 8);
  buf_putc(&b, '%');
  for (size_t i = 0; i < text.n; i++) {
    if (text.p[i] == '%' || text.p[i] == '_' || text.p[i] == '\\') buf_putc(&b, '\\');
    buf_putc(&b, text.p[i]);
  }
  buf_putc(&b, '%');
  return arena_str(a, buf_str(&b));
}

// Fields that say who he is, when one of them says it; texts that name him. Another contact is another person: only its notes.
static uint64_t scrub(const struct erase *e, const struct rec *before, struct rec *after, bool *ret_about) {
  bool contact = before->e == &entity_contact, about = false;
  for (int f = 0; f < before->e->nfields; f++) {
    const struct field *d = &before->e->fields[f];
    about |= !contact && is_text(d) && (d->flags & F_PERSONAL) && erase_is(e, rec_text(before, f));
  }
  for (int f = 0; f < before->e->nfields; f++) {
    const struct field *d = &before->e->fields[f];
    if (!is_text(d) || !rec_has(before, f) || (contact && f != contact_f_notes)) continue;
    str text = rec_text(before, f), without = erase_without(e, text, false, after->arena);
    if (about && (d->flags & F_PERSONAL))
      rec_set_text(after, f, d->flags & F_REQUIRED ? S("\xE2\x80\xA6") : STR_NULL);
    else if (!str_eq(without, text))
      rec_set_text(after, f, without);
  }
  *ret_about |= about;
  return rec_diff(before, after);
}

// Records of the company, and rows in rooms it leads, whose text is like $2. What a partner keeps to itself there is not looked at.
static sql texts_sql(const struct entity *e) {
  struct sqlb q;
  bool first = true;
  sqlb_init(&q);
  sqlb_add(&q, "SELECT ");
  rec_columns(&q, e, "t");
  sqlb_add(&q, " FROM ");
  sqlb_name(&q, e->name);
  sqlb_add(&q, " t WHERE (t.company = $1");
  if (e->flags & E_CHILD) {
    sqlb_add(&q, " OR ");
    if (e->flags & E_ROOM) sqlb_add(&q, "t.room AND ");
    sqlb_add(&q, "EXISTS (SELECT 1 FROM ");
    sqlb_name(&q, entity_root(e)->name);
    sqlb_add(&q, " r WHERE r.id = t.root AND r.company = $1)");
  }
  sqlb_add(&q, ")");
  for (int f = 0; f < e->nfields; f++) {
    if (!is_text(&e->fields[f])) continue;
    if (first)
      sqlb_add(&q, " AND (t.");
    else
      sqlb_add(&q, " OR t.");
    first = false;
    sqlb_name(&q, e->fields[f].name);
    sqlb_add(&q, " LIKE $2 ESCAPE '\\'");
  }
  sqlb_add(&q, ")");
  return sqlb_done(&q);
}

static enum err too_many(struct ctx *x) {
  (void)problem_set1(x->pb, P_TOO_MANY_VALUES, arena_fmt(x->arena, "%d", FOUND_MAX));
  return ERR_INVALID;
}

static enum err find_records(struct ctx *x, const struct entity *type, str pattern, struct erase *e) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(x->conn, texts_sql(type), &s));
  db_bind_int(s, 1, x->viewer.company);
  db_bind_text(s, 2, pattern);
  for (bool row = true;;) {
    AUTO(arena_release) struct arena a = {0};
    bool about = false;
    TRY(db_step(s, &row));
    if (!row) return ERR_OK;
    if (e->nfound > FOUND_MAX) return too_many(x);
    struct rec *r = rec_read(s, 0, type, &a);  // like the mark, which may be part of another word
    if (r->id != e->contact && scrub(e, r, rec_copy(r), &about)) found_add(e, type, r->id);
  }
}

// A member of canonical JSON that holds an id. Inside texts quotes are escaped: the first match is the member.
static str member_text(str body, const char *name, struct arena *a) {
  str key = arena_fmt(a, "\"%s\":\"", name), value, rest;
  const char *at = memmem(body.p, body.n, key.p, key.n);
  if (!at) return STR_NULL;
  size_t from = (size_t)(at - body.p) + key.n;
  return str_cut(str_sub(body, from, body.n), '"', &value, &rest) ? value : STR_NULL;
}

static enum err root_is_ours(struct ctx *x, const struct entity *type, str root, bool *ret) {
  const struct entity *e = entity_root(type);
  id64 id = 0;
  struct rec *r = NULL;
  *ret = false;
  if (!e || !id_parse(root, e->prefix, &id)) return ERR_OK;
  enum err err = rec_db_load(x->conn, e, id, x->arena, &r);
  if (err == ERR_NOT_FOUND) return ERR_OK;
  TRY(err);
  *ret = r->company == x->viewer.company;
  return ERR_OK;
}

// Canonical JSON of a row that its company kept to itself.
static bool kept_inside(str body) {
  static const char member[] = "\"room\":false";
  return memmem(body.p, body.n, member, sizeof member - 1) != NULL;
}

// Another contact of the same name or number says it for itself, in the log too; and a partner has taken its row out of the room.
static enum err name_stays(struct ctx *x, const struct entity *type, id64 id, const struct erase *e, bool *ret) {
  AUTO(arena_release) struct arena a = {0};
  struct rec *r = NULL;
  bool about = false;
  enum err err = rec_db_load(x->conn, type, id, &a, &r);
  *ret = false;
  if (err || id == e->contact) return err == ERR_NOT_FOUND ? ERR_OK : err;
  *ret = r->company != x->viewer.company && (type->flags & E_ROOM) && !r->room;
  struct rec *after = rec_copy(r);
  if (scrub(e, r, after, &about)) return ERR_OK;
  for (int f = 0; f < type->nfields; f++)
    if (is_text(&type->fields[f]) && erase_names(e, rec_text(after, f), false)) *ret = true;
  return ERR_OK;
}

struct old_body {
  const struct entity *e;
  id64 record;
  str company, root;
  bool inside;
};

// What the log remembers: former states, and of records that are gone.
static enum err find_bodies(struct ctx *x, str pattern, struct erase *e) {
  AUTO(db_release) struct db_stmt *s = NULL;
  struct old_body *list = NEW_ARRAY(x->arena, FOUND_MAX + 1, struct old_body);
  size_t n = 0;
  char me[ID_TEXT_MAX];
  (void)id_z(me, entity_company.prefix, x->viewer.company);
  TRY(db_prepare(x->conn, SQL("SELECT entity, record, body FROM audit_body WHERE erased = $1 AND body LIKE $2 ESCAPE '\\'"), &s));
  db_bind_bool(s, 1, false);
  db_bind_text(s, 2, pattern);
  for (bool row = true;;) {
    TRY(db_step(s, &row));
    if (!row) break;
    if (n > FOUND_MAX) return too_many(x);
    const struct entity *type = entity_find(db_text(s, 0));
    str body = db_text(s, 2);
    if (!type || !searched(type) || !erase_names(e, body, true)) continue;
    list[n++] = (struct old_body){type, db_int(s, 1), arena_str(x->arena, member_text(body, "company", x->arena)),
                                  arena_str(x->arena, member_text(body, "root", x->arena)), kept_inside(body)};
  }
  db_release(&s);
  for (size_t i = 0; i < n; i++) {
    bool ours = str_eqz(list[i].company, me), stays = false;
    if (!ours && !list[i].inside) TRY(root_is_ours(x, list[i].e, list[i].root, &ours));
    if (ours) TRY(name_stays(x, list[i].e, list[i].record, e, &stays));
    if (ours && !stays) found_add(e, list[i].e, list[i].record);
  }
  return ERR_OK;
}

static enum err need_manager(struct ctx *x, id64 contact, struct rec **ret) {
  struct access a;
  TRY(trust_load(x, &entity_contact, contact, OP_READ, ret, &a));
  if (!a.owner || (*ret)->company != x->viewer.company) return problem_set0(x->pb, P_FORBIDDEN);
  return flow_need_role(x, user_role_manager);
}

enum err erase_plan(struct ctx *x, id64 contact, struct erase *e) {
  e->nfound = 0;
  if (!e->contact) {
    struct rec *c = NULL;
    TRY(need_manager(x, contact, &c));
    e->contact = contact;
    e->account = c->root;
    TRY(collect_marks(x, c, e));
    found_add(e, &entity_contact, contact);
  }
  for (size_t m = 0; m < e->nmarks; m++) {
    str text = like_pattern(x->arena, e->marks[m].text), json = like_pattern(x->arena, e->marks[m].json);
    for (int i = 0; i < entity_count; i++)
      if (searched(entity_all[i])) TRY(find_records(x, entity_all[i], text, e));
    TRY(find_bodies(x, json, e));
  }
  return ERR_OK;
}

// ---- emptying

static enum err count_bodies(struct ctx *x, const struct entity *type, id64 id, struct erase *e) {
  AUTO(db_release) struct db_stmt *s = NULL;
  bool row;
  TRY(db_prepare(x->conn, SQL("SELECT count(*) FROM audit_body WHERE entity = $1 AND record = $2 AND erased = $3"), &s));
  db_bind_text(s, 1, str_of(type->name));
  db_bind_int(s, 2, id);
  db_bind_bool(s, 3, false);
  TRY(db_step(s, &row));
  if (row) e->bodies += db_int(s, 0);
  return ERR_OK;
}

static enum err forget_past(struct ctx *x, const struct entity *type, id64 id, struct erase *e) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(count_bodies(x, type, id, e));
  TRY(audit_erase(x, type, id));
  // A key of a request was kept with a hash of what was sent.
  TRY(db_prepare(x->conn, SQL("DELETE FROM idempotency WHERE entity = $1 AND record = $2"), &s));
  db_bind_text(s, 1, str_of(type->name));
  db_bind_int(s, 2, id);
  return db_run(s);
}

static enum err empty_record(struct ctx *x, const struct entity *type, id64 id, struct erase *e, bool *ret_about) {
  struct rec *before = NULL;
  enum err err = rec_db_load(x->conn, type, id, x->arena, &before);
  if (err && err != ERR_NOT_FOUND) return err;
  if (!err) {
    struct access a = {0};
    TRY(trust_access(x, before, &a));
    if (!(a.ops & OP_READ)) return ERR_OK;  // its company took it out of the room since
    struct rec *after = rec_copy(before);
    uint64_t diff = scrub(e, before, after, ret_about);
    if (diff) {
      TRY(trust_update(x, before, after));
      e->records++;
    }
  }
  return forget_past(x, type, id, e);
}

// ---- leads that carried him

// The customer's words about a person nobody may know any more are not kept either.
static enum err empty_consents(struct ctx *x, id64 lead, struct erase *e) {
  struct rec **c = NULL;
  size_t n = 0;
  TRY(rec_db_children(x->conn, &entity_consent, lead, 0, LIMIT_PARTIES, x->arena, &c, &n));
  for (size_t i = 0; i < n; i++) {
    struct rec *after = rec_copy(c[i]);
    rec_set_text(after, consent_f_given_by, S("\xE2\x80\xA6"));
    rec_set_null(after, consent_f_words);
    if (rec_diff(c[i], after)) {
      TRY(trust_update(x, c[i], after));
      e->records++;
    }
    TRY(forget_past(x, &entity_consent, c[i]->id, e));
  }
  return ERR_OK;
}

static enum err partner_lang(struct ctx *x, const struct rec *deal, enum lang *ret) {
  struct rec *owner = NULL;
  *ret = x->viewer.lang;
  if (!rec_has(deal, deal_f_owner)) return ERR_OK;
  enum err err = rec_db_load(x->conn, &entity_user, rec_ref(deal, deal_f_owner), x->arena, &owner);
  if (!err) *ret = (enum lang)rec_word(owner, user_f_lang);
  return err == ERR_NOT_FOUND ? ERR_OK : err;
}

// The partner accepted the lead and holds the person under its own agreement: it is asked, in the room both see, to erase and confirm.
static enum err tell_partner(struct ctx *x, const struct rec *lead, struct erase *e) {
  static const struct text title = T_INIT("The person handed over with this deal is erased: erase yours and close this task",
                                          "随此商机转介的联系人已被删除：请删除贵方的记录并关闭此任务",
                                          "Переданный с этой сделкой человек удалён: удалите его у себя и закройте задачу");
  struct rec *deal = NULL;
  enum lang lang;
  enum err err = rec_db_load(x->conn, &entity_deal, rec_ref(lead, lead_f_deal), x->arena, &deal);
  if (err == ERR_NOT_FOUND) return ERR_OK;
  TRY(err);
  if (deal->company == x->viewer.company) return ERR_OK;
  TRY(partner_lang(x, deal, &lang));
  struct ctx s = flow_as_system(x, deal->company);
  struct rec *task = rec_new(x->arena, &entity_task);
  task->root = deal->id;
  task->room = true;
  rec_set_text(task, task_f_title, str_of(title.in[lang]));
  rec_set_ref(task, task_f_owner_company, deal->company);
  rec_set_ref(task, task_f_owner, rec_ref(deal, deal_f_owner));
  rec_set_int(task, task_f_due_on, utime_day(x->now) + TASK_DAYS);
  TRY(trust_insert(&s, task));
  if (e->ntold < ARRAY_LEN(e->told)) e->told[e->ntold++] = deal->company;
  return ERR_OK;
}

static enum err empty_lead(struct ctx *x, id64 id, struct erase *e) {
  struct rec *lead = NULL;
  TRY(rec_db_load(x->conn, &entity_lead, id, x->arena, &lead));
  int state = rec_word(lead, lead_f_state);
  TRY(empty_consents(x, id, e));
  if (rec_has(lead, lead_f_deal)) TRY(tell_partner(x, lead, e));
  if (state != lead_state_pending && state != lead_state_received) return ERR_OK;
  struct lead_step stop = {.event = lead_event_withdraw, .reason = decline_reason_consent_withdrawn, .proof_at = SHAPE_NO_TIME};
  return handover_step(x, id, &stop);
}

// ---- imports: rows of the file, and what records were before

struct import_part {
  id64 import;
  int64_t a, b;
  str text, args;
};

static enum err import_parts(struct ctx *x, sql q, str pattern, struct import_part **ret, size_t *ret_n) {
  AUTO(db_release) struct db_stmt *s = NULL;
  struct import_part *list = NEW_ARRAY(x->arena, FOUND_MAX, struct import_part);
  size_t n = 0;
  TRY(db_prepare(x->conn, q, &s));
  db_bind_int(s, 1, x->viewer.company);
  db_bind_text(s, 2, pattern);
  for (bool row = true;;) {
    TRY(db_step(s, &row));
    if (!row) break;
    if (n == FOUND_MAX) return too_many(x);
    list[n++] = (struct import_part){db_int(s, 0), db_int(s, 1), db_int(s, 2), arena_str(x->arena, db_text(s, 3)),
                                     db_is_null(s, 4) ? STR_NULL : arena_str(x->arena, db_text(s, 4))};
  }
  *ret = list;
  *ret_n = n;
  return ERR_OK;
}

static enum err empty_import_rows(struct ctx *x, const struct str_mark *m, struct erase *e) {
  struct import_part *list = NULL;
  size_t n = 0;
  TRY(import_parts(
    x,
    SQL("SELECT r.import, r.row, r.part, coalesce(r.before, ''), r.args FROM import_row r JOIN import_job j ON j.id = r.import "
        "WHERE j.company = $1 AND (r.before LIKE $2 ESCAPE '\\' OR r.args LIKE $2 ESCAPE '\\')"),
    like_pattern(x->arena, m->json), &list, &n));
  for (size_t i = 0; i < n; i++) {
    AUTO(db_release) struct db_stmt *s = NULL;
    str before = erase_without(e, list[i].text, true, x->arena);
    TRY(
      db_prepare(x->conn, SQL("UPDATE import_row SET before = $1, args = $2 WHERE import = $3 AND row = $4 AND part = $5"), &s));
    db_bind_text(s, 1, before.n ? before : STR_NULL);
    db_bind_text(s, 2, list[i].args.p ? erase_without(e, list[i].args, false, x->arena) : STR_NULL);
    db_bind_int(s, 3, list[i].import);
    db_bind_int(s, 4, list[i].a);
    db_bind_int(s, 5, list[i].b);
    TRY(db_run(s));
    e->imports++;
  }
  return ERR_OK;
}

// What the contact itself was before an import changed it: nothing of it is left to take back.
static enum err empty_own_rows(struct ctx *x, struct erase *e) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(x->conn,
                 SQL("UPDATE import_row SET before = NULL, args = NULL WHERE record = $1 AND entity = $2 AND "
                     "(before IS NOT NULL OR args IS NOT NULL)"),
                 &s));
  db_bind_int(s, 1, e->contact);
  db_bind_text(s, 2, str_of(entity_contact.name));
  TRY(db_run(s));
  e->imports += db_changes(s);
  return ERR_OK;
}

// Bytes are not searched by SQL: the chunks of an import that are kept are few.
static enum err empty_chunks(struct ctx *x, struct erase *e) {
  id64 import = 0;
  int64_t chunk = -1;
  for (;;) {
    AUTO(db_release) struct db_stmt *s = NULL;
    AUTO(arena_release) struct arena a = {0};
    bool row;
    TRY(db_prepare(x->conn,
                   SQL("SELECT c.import, c.chunk, c.body, f.delimiter FROM import_chunk c JOIN import_job j ON j.id = c.import "
                       "JOIN import_file f ON f.import = c.import WHERE j.company = $1 AND (c.import, c.chunk) > ($2, $3) "
                       "ORDER BY c.import, c.chunk LIMIT 1"),
                   &s));
    db_bind_int(s, 1, x->viewer.company);
    db_bind_int(s, 2, import);
    db_bind_int(s, 3, chunk);
    TRY(db_step(s, &row));
    if (!row) return ERR_OK;
    import = db_int(s, 0);
    chunk = db_int(s, 1);
    str body = db_bytes(s, 2), delimiter = db_text(s, 3);
    str without = erase_csv(e, body, delimiter.n ? delimiter.p[0] : ',', &a);
    if (str_eq(body, without)) continue;
    db_release(&s);
    TRY(db_prepare(x->conn, SQL("UPDATE import_chunk SET body = $1 WHERE import = $2 AND chunk = $3"), &s));
    db_bind_bytes(s, 1, without);
    db_bind_int(s, 2, import);
    db_bind_int(s, 3, chunk);
    TRY(db_run(s));
    e->imports++;
  }
}

static enum err empty_previews(struct ctx *x, const struct str_mark *m) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(
    db_prepare(x->conn,
               SQL("UPDATE import_file SET preview = '[]', conflicts = NULL WHERE (preview LIKE $1 ESCAPE '\\' OR conflicts LIKE "
                   "$1 ESCAPE '\\') AND import IN (SELECT id FROM import_job WHERE company = $2)"),
               &s));
  db_bind_text(s, 1, like_pattern(x->arena, m->json));
  db_bind_int(s, 2, x->viewer.company);
  return db_run(s);
}

// ---- all of it

static enum err remove_contact(struct ctx *x, struct erase *e) {
  struct rec *c = NULL;
  struct ctx y = flow_verb(x, "delete");
  enum err err = rec_db_load(x->conn, &entity_contact, e->contact, x->arena, &c);
  if (err == ERR_NOT_FOUND) return ERR_OK;  // an earlier round took it
  TRY(err);
  TRY(trust_delete(&y, c));
  e->records++;
  TRY(forget_past(x, &entity_contact, e->contact, e));
  return empty_own_rows(x, e);
}

enum err erase_run(struct ctx *x, struct erase *e) {
  TRY(flow_need_role(x, user_role_manager));
  e->records = e->bodies = e->imports = 0;
  e->ntold = 0;
  for (size_t i = 0; i < e->nfound; i++) {
    const struct erase_target *t = &e->found[i];
    bool about = false;
    if (t->e == &entity_contact && t->id == e->contact) continue;
    TRY(empty_record(x, t->e, t->id, e, &about));
    if (about && t->e == &entity_lead) TRY(empty_lead(x, t->id, e));
  }
  for (size_t m = 0; m < e->nmarks; m++) {
    TRY(empty_import_rows(x, &e->marks[m], e));
    TRY(empty_previews(x, &e->marks[m]));
  }
  TRY(empty_chunks(x, e));
  return remove_contact(x, e);
}
