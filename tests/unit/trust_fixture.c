// SPDX-License-Identifier: Apache-2.0
#include "trust_fixture.h"

static const char *const company_names[HUB_COMPANIES] = {"Halden Trading", "Brockhaus Medical", "Sever Logistics",
                                                         "Lindqvist Data"};
static const utime epoch = INT64_C(1764000000) * UTIME_SECOND;

struct work {
  struct hub *h;
  struct viewer v;
  enum err (*fn)(struct ctx *x, void *arg);
  void *arg;
  const char *verb;
};

static struct ctx context(struct hub *h, struct db_conn *c, struct viewer v) {
  h->pb = (struct problem){.arena = &h->arena};
  return (struct ctx){.conn = c, .arena = &h->arena, .pb = &h->pb, .viewer = v, .now = clock_now()};
}

static enum err work_run(struct db_conn *c, void *arg) {
  struct work *w = arg;
  struct ctx x = context(w->h, c, w->v);
  x.verb = w->verb;
  return w->fn(&x, w->arg);
}

static enum err run(struct hub *h, struct viewer v, const char *verb, enum err (*fn)(struct ctx *x, void *arg), void *arg) {
  struct work w = {h, v, fn, arg, verb};
  hub_read_end(h);
  enum err e = db_tx_run(h->f->db, "test", work_run, &w);
  if (!e) sequence(h);
  if (e == ERR_IO || e == ERR_CORRUPT) print_error("%s\n", db_tx_message());
  return e;
}

enum err hub_run(struct hub *h, struct viewer v, enum err (*fn)(struct ctx *x, void *arg), void *arg) {
  return run(h, v, NULL, fn, arg);
}

void sequence(struct hub *h) {
  if (h->f->pg) assert_int_equal(db_sequence_now(h->f->db), ERR_OK);
}

void hub_tick(int64_t micros) { clock_advance(micros); }

struct viewer as(const struct hub *h, int company, int role) {
  return (struct viewer){.company = h->company[company], .user = h->user[company][role], .role = role, .ops = ~0u};
}

struct viewer as_system(const struct hub *h, int company) {
  return (struct viewer){.company = h->company[company], .user = 0, .role = -1, .ops = ~0u};
}

struct ctx hub_read(struct hub *h, struct viewer v) {
  hub_read_end(h);
  assert_int_equal(db_read_begin(h->f->c), ERR_OK);
  return context(h, h->f->c, v);
}

void hub_read_end(struct hub *h) { db_read_end(h->f->c); }

// ---- calls in transactions

static enum err insert_fn(struct ctx *x, void *arg) { return trust_insert(x, arg); }
enum err hub_insert(struct hub *h, struct viewer v, struct rec *r) { return run(h, v, NULL, insert_fn, r); }

struct pair {
  const struct rec *before;
  struct rec *after;
};
static enum err update_fn(struct ctx *x, void *arg) {
  struct pair *p = arg;
  return trust_update(x, p->before, p->after);
}
enum err hub_update(struct hub *h, struct viewer v, const struct rec *before, struct rec *after, const char *verb) {
  struct pair p = {before, after};
  return run(h, v, verb, update_fn, &p);
}

static enum err delete_fn(struct ctx *x, void *arg) { return trust_delete(x, *(const struct rec **)arg); }
enum err hub_delete(struct hub *h, struct viewer v, const struct rec *r) { return run(h, v, NULL, delete_fn, &r); }

static enum err grant_fn(struct ctx *x, void *arg) { return trust_grant_add(x, arg); }
enum err hub_grant(struct hub *h, struct viewer v, struct grant *g) { return run(h, v, NULL, grant_fn, g); }

struct cut {
  const struct rec *root;
  id64 grantee;
};
static enum err revoke_fn(struct ctx *x, void *arg) {
  struct cut *c = arg;
  return trust_grant_revoke(x, c->root->e, c->root->id, c->grantee);
}
enum err hub_revoke(struct hub *h, struct viewer v, const struct rec *root, id64 grantee) {
  struct cut c = {root, grantee};
  return run(h, v, NULL, revoke_fn, &c);
}

// ---- scenes

struct rec *make_account(struct hub *h, int company, const char *name, const char *city) {
  struct rec *r = rec_new(&h->arena, &entity_account);
  rec_set_text(r, account_f_name, str_of(name));
  rec_set_text(r, account_f_city, str_of(city));
  assert_int_equal(hub_insert(h, as(h, company, user_role_rep), r), ERR_OK);
  return r;
}

struct rec *make_deal(struct hub *h, int company, const char *name, const char *amount) {
  struct rec *r = rec_new(&h->arena, &entity_deal);
  currency eur;
  money m;
  assert_true(currency_parse(S("EUR"), &eur));
  assert_int_equal(money_parse(str_of(amount), eur, &m), P_NONE);
  rec_set_text(r, deal_f_name, str_of(name));
  rec_set_money(r, deal_f_amount, m);
  assert_int_equal(hub_insert(h, as(h, company, user_role_rep), r), ERR_OK);
  return r;
}

struct rec *make_child(struct hub *h, int company, const struct entity *e, const struct rec *root, int field, const char *text,
                       bool room) {
  struct rec *r = rec_new(&h->arena, e);
  r->root = root->id;
  r->room = room;
  rec_set_text(r, field, str_of(text));
  assert_int_equal(hub_insert(h, as(h, company, user_role_rep), r), ERR_OK);
  return r;
}

void set_text(struct hub *h, int company, struct rec **r, int field, const char *text) {
  struct rec *after = rec_copy(*r);
  rec_set_text(after, field, str_of(text));
  assert_int_equal(hub_update(h, as(h, company, user_role_rep), *r, after, NULL), ERR_OK);
  *r = after;
}

id64 share(struct hub *h, const struct rec *root, int grantee, const char *fieldset, unsigned ops) {
  int owner = 0;
  while (h->company[owner] != root->company) owner++;
  struct grant g = {.grantee = h->company[grantee],
                    .e = root->e,
                    .root = root->id,
                    .ops = ops,
                    .fieldset = str_of(fieldset),
                    .accepted_at = clock_now()};
  assert_int_equal(hub_grant(h, as(h, owner, user_role_manager), &g), ERR_OK);
  return g.id;
}

// ---- the hub

static void add_company(struct hub *h, int i) {
  struct rec *c = rec_new(&h->arena, &entity_company);
  struct viewer nobody = {.role = -1, .ops = ~0u};
  rec_set_text(c, company_f_name, str_of(company_names[i]));
  rec_set_text(c, company_f_short, str_sub(str_of(company_names[i]), 0, 3));
  assert_int_equal(hub_insert(h, nobody, c), ERR_OK);
  h->company[i] = c->id;
  for (int role = 0; role < HUB_ROLES; role++) {
    struct rec *u = rec_new(&h->arena, &entity_user);
    rec_set_text(u, user_f_name, arena_fmt(&h->arena, "Person %d of %s", role, company_names[i]));
    rec_set_text(u, user_f_email, arena_fmt(&h->arena, "person%d@company%d.example", role, i));
    rec_set_word(u, user_f_role, role);
    assert_int_equal(hub_insert(h, as_system(h, i), u), ERR_OK);
    h->user[i][role] = u->id;
  }
}

struct hub *hub_new(bool pg) {
  static bool ready;
  if (!ready) model_setup();
  ready = true;
  struct hub *h = calloc(1, sizeof *h);
  assert_non_null(h);
  h->f = fixture_new(pg, db_migrations);
  clock_set(epoch);
  uint8_t seed[32] = {7};
  sign_seed_keypair(seed, h->key.pub, h->key.sec);
  memcpy(h->key.name, "entente/test", 13);
  db_set_hooks(h->f->db, (struct db_hooks){.before_commit = audit_sequence, .arg = &h->key});
  for (int i = 0; i < HUB_COMPANIES; i++) add_company(h, i);
  hub_tick(UTIME_SECOND);
  return h;
}

void hub_free(struct hub *h) {
  hub_read_end(h);
  fixture_free(h->f);
  arena_release(&h->arena);
  clock_set(0);
  free(h);
}
