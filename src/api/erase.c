// SPDX-License-Identifier: Apache-2.0
// Erasing a person over HTTP: find him in a snapshot, erase in one transaction, look again, then clean the files.
#include "flows/erase.h"
#include "api/handlers.h"
#include "db/scrub.h"

enum { ROUNDS_MAX = 5 };  // somebody may write of him between looking and erasing

static enum err plan(struct call *c, id64 id, struct erase *e, bool first) {
  TRY(db_read_begin(c->w->conn));
  struct ctx x = call_ctx(c);
  enum err err = ERR_OK;
  if (first) {
    struct rec *r = NULL;
    struct access a = {0};
    err = trust_load(&x, &entity_contact, id, OP_READ, &r, &a);
    if (!err && !a.owner) err = problem_set0(&c->problem, P_FORBIDDEN);
    if (!err) err = call_check_match(&x, c, r, &a);
  }
  if (!err) err = erase_plan(&x, id, e);
  return call_read_end(c, err);
}

// After a round has erased: what is left of him.
static enum err look_again(struct call *c, id64 id, struct erase *e) {
  enum err err;
  do err = plan(c, id, e, false);
  while (call_again(c, err));
  return err;
}

static enum err erase_write(struct ctx *x, struct call *c, void *arg, struct outcome *out) {
  (void)c;
  *out = (struct outcome){0};
  return erase_run(x, arg);
}

struct again {
  struct call *c;
  struct erase *e;
};
static enum err erase_again(struct db_conn *conn, void *arg) {
  struct again *g = arg;
  struct ctx x = call_ctx(g->c);
  x.conn = conn;
  return erase_run(&x, g->e);
}

// The first round is the request's own write; a further one must not be taken for its repetition.
static enum err run(struct call *c, struct erase *e, bool first) {
  struct outcome out;
  if (first) return call_write_quiet(c, "contact_erase", erase_write, e, &out);
  enum err err;
  do err = db_tx_run(c->api->db, "contact_erase", erase_again, &(struct again){c, e});
  while (call_again(c, err));
  return err;
}

enum err contact_erase(struct call *c) {
  id64 id = 0;
  bool sure = false;
  int64_t records = 0, bodies = 0, imports = 0;
  struct erase e = {.arena = &c->arena}, first = {0};
  TRY(call_need_role(c, user_role_manager));
  TRY(call_id(c, 0, &entity_contact, &id));
  TRY(call_bool(c, "confirm", false, &sure));
  if (!sure) return problem_field(&c->problem, S("/confirm"), P_REQUIRED, STR_NULL, STR_NULL);
  TRY(plan(c, id, &e, true));
  for (int round = 0; e.nfound && round < ROUNDS_MAX; round++) {
    TRY(run(c, &e, round == 0));
    if (round == 0) first = e;
    records += e.records;
    bodies += e.bodies;
    imports += e.imports;
    TRY(look_again(c, id, &e));
  }
  bool clean = db_scrub(c->api->db, false) == ERR_OK;
  struct jw w = reply_json(c);
  jw_object(&w);
  write_int(&w, "records", records);
  write_int(&w, "entries", bodies);
  write_int(&w, "imports", imports);
  jw_key(&w, S("partners"));
  jw_array(&w);
  char z[ID_TEXT_MAX];
  for (size_t i = 0; i < first.ntold; i++) jw_string(&w, str_of(id_z(z, entity_company.prefix, first.told[i])));
  jw_end_array(&w);
  write_bool(&w, "files_clean", clean);
  jw_end_object(&w);
  return ERR_OK;
}
