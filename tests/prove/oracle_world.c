// SPDX-License-Identifier: Apache-2.0
// A random world: companies and their people, every record type of the model, grants in all states, changes in between. Each step is
// done in both engines, which must answer alike. Only src/trust writes, so rows, index and search are as the server leaves them.
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "oracle.h"

enum { STEP_COUNT = 800, START = 1764000000 };

void oracle_fail(const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  (void)fputs("oracle: ", stderr);
  (void)vfprintf(stderr, fmt, ap);
  (void)fputc('\n', stderr);
  va_end(ap);
  exit(2);
}

// ---- chance: splitmix64

uint64_t draw(struct world *w, uint64_t n) {
  uint64_t z = (w->rng += UINT64_C(0x9E3779B97F4A7C15));
  z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
  return (z ^ (z >> 31)) % n;
}

bool chance(struct world *w, unsigned percent) { return draw(w, 100) < percent; }

struct rec *some_record(struct world *w, const struct entity *e) {
  struct pool *p = &w->pools[e->index];
  return p->n ? p->list[draw(w, p->n)] : NULL;
}

struct viewer some_viewer(struct world *w) {
  size_t company = draw(w, WORLD_COMPANIES), role = draw(w, WORLD_ROLES + 1);
  if (role == WORLD_ROLES) return (struct viewer){.company = w->company[company], .role = -1, .ops = OPS_EVERY};
  return (struct viewer){.company = w->company[company],
                         .user = w->user[company][role],
                         .role = (int)role,
                         .ops = chance(w, 20) ? (unsigned)OP_READ : (unsigned)OPS_EVERY};
}

// ---- values

str some_word(struct world *w, bool han) {
  static const char *const words[] = {"Halden",  "brockhaus", "Sever",   "Lindqvist", "scanner", "WINDOW", "fitter", "hospital",
                                      "Harbour", "northern",  "Medical", "data",      "Kontor",  "ёлка",   "Орёл",   "склад"};
  static const char *const signs[] = {"扫描", "医院", "门窗", "工厂", "数据"};
  return han ? str_of(signs[draw(w, ARRAY_LEN(signs))]) : str_of(words[draw(w, ARRAY_LEN(words))]);
}

str some_words(struct world *w) {
  AUTO(buf_release) struct buf b = BUF(1024);
  for (size_t i = 0, n = 1 + draw(w, 3); i < n; i++) {
    if (i) buf_putc(&b, ' ');
    if (chance(w, 15))
      buf_uint(&b, draw(w, 1000));
    else
      buf_put(&b, some_word(w, chance(w, 20)));
  }
  return arena_str(&w->arena, buf_str(&b));
}

static money some_money(struct world *w) {
  static const char *const codes[] = {"EUR", "CNY", "JPY"};
  money m = {.minor = (int64_t)draw(w, 2000000) - 200000};
  if (!currency_parse(str_of(codes[draw(w, 3)]), &m.cur)) oracle_fail("currency");
  return m;
}

void fill_field(struct world *w, struct rec *r, int f) {
  const struct field *d = &r->e->fields[f];
  if (!(d->flags & F_REQUIRED) && chance(w, 25)) {
    rec_set_null(r, f);
    return;
  }
  switch (d->kind) {
  case K_TEXT:
  case K_LONGTEXT: rec_set_text(r, f, some_words(w)); return;
  case K_INT: rec_set_int(r, f, (int64_t)draw(w, 1000)); return;
  case K_BOOL: rec_set_int(r, f, (int64_t)draw(w, 2)); return;
  case K_MONEY: rec_set_money(r, f, some_money(w)); return;
  case K_RATE: {
    ratio x;
    if (!ratio_make((int64_t)draw(w, 9), 1 + (int64_t)draw(w, 9), &x)) oracle_fail("rate");
    rec_set_rate(r, f, x);
    return;
  }
  case K_DATE: rec_set_int(r, f, 20300 + (int64_t)draw(w, 300)); return;
  case K_TIME: rec_set_int(r, f, ((int64_t)START + (int64_t)draw(w, 100000)) * UTIME_SECOND); return;
  case K_WORD: rec_set_word(r, f, (int)draw(w, (uint64_t)d->vocab->n)); return;
  case K_REF: {
    struct rec *target = some_record(w, field_target(r->e, f));
    rec_set_ref(r, f, target ? target->id : r->id);
    return;
  }
  case K_COUNT: break;
  }
  oracle_fail("kind of %s.%s", r->e->name, d->name);
}

// ---- steps: each in both engines

typedef enum err (*step_fn)(struct ctx *x, void *arg, int engine);

static bool step(struct world *w, struct viewer v, step_fn fn, void *arg, const char *what) {
  enum err e[ENGINES];
  for (int i = 0; i < ENGINES; i++) {
    AUTO(arena_release) struct arena scratch = {0};
    struct problem pb = {.arena = &scratch};
    struct ctx x = {.conn = w->c[i], .arena = &scratch, .pb = &pb, .viewer = v, .now = clock_now()};
    e[i] = fn(&x, arg, i);
    if (e[i] == ERR_IO || e[i] == ERR_CORRUPT || e[i] == ERR_LIMIT || e[i] == ERR_BUSY)
      oracle_fail("%s: %s", what, db_message(w->c[i]));
  }
  if (e[0] != e[1]) oracle_fail("%s: SQLite answers %d, PostgreSQL %d", what, (int)e[0], (int)e[1]);
  return e[0] == ERR_OK;
}

static void keep(struct world *w, struct rec *r) {
  struct pool *p = &w->pools[r->e->index];
  if (p->n < WORLD_RECORDS) p->list[p->n++] = r;
}

static void forget(struct world *w, const struct rec *r) {
  struct pool *p = &w->pools[r->e->index];
  for (size_t i = 0; i < p->n; i++)
    if (p->list[i] == r) p->list[i--] = p->list[--p->n];
  if (w->ndeleted < ARRAY_LEN(w->deleted)) w->deleted[w->ndeleted++] = r->id;
}

static enum err insert_fn(struct ctx *x, void *arg, int engine) {
  (void)engine;
  return trust_insert(x, arg);
}

static struct viewer writer(struct world *w, id64 company) {
  for (size_t i = 0; i < WORLD_COMPANIES; i++)
    if (w->company[i] == company)
      return (struct viewer){
        .company = company, .user = w->user[i][user_role_manager], .role = user_role_manager, .ops = OPS_EVERY};
  oracle_fail("no such company");
}

struct cut {
  const struct rec *root;
  id64 grantee;
};
static enum err cut_fn(struct ctx *x, void *arg, int engine) {
  (void)engine;
  struct cut *c = arg;
  return trust_grant_revoke(x, c->root->e, c->root->id, c->grantee);
}

static void add_record(struct world *w, const struct entity *e) {
  struct rec *r = rec_new(&w->arena, e);
  const struct rec *root = e->flags & E_CHILD ? some_record(w, entity_root(e)) : NULL;
  id64 company = w->company[draw(w, WORLD_COMPANIES)];
  if (e->flags & E_CHILD) {
    if (!root) return;
    r->root = root->id;
    if (e->flags & E_ROOM) r->room = chance(w, 75);
    if (chance(w, 50)) company = root->company;
  }
  for (int f = 0; f < e->nfields; f++) fill_field(w, r, f);
  if (!step(w, writer(w, company), insert_fn, r, "insert")) return;
  keep(w, r);
  // Somebody who wrote in a room, and is then cut off.
  if (root && root->company != company && chance(w, 20))
    (void)step(w, writer(w, root->company), cut_fn, &(struct cut){root, company}, "cut off");
}

struct change {
  const struct rec *before;
  struct rec *after;
};

static enum err update_fn(struct ctx *x, void *arg, int engine) {
  (void)engine;
  struct change *c = arg;
  return trust_update(x, c->before, c->after);
}

static void note_change(struct world *w, const struct change *c) {
  uint64_t diff = rec_diff(c->before, c->after);
  for (int f = 0; f < c->before->e->nfields; f++) {
    if (!(diff & FIELD_BIT(f))) continue;
    buf_fmt(&w->history, "%s(%lld,%lld,'%s')", w->history.n ? "," : "", (long long)c->before->id, (long long)clock_now(),
            c->before->e->fields[f].name);
  }
}

static void change_record(struct world *w, const struct entity *e) {
  struct rec *r = some_record(w, e);
  if (!r) return;
  struct change c = {r, rec_copy(r)};
  for (size_t i = 0, n = 1 + draw(w, 3); i < n; i++) fill_field(w, c.after, (int)draw(w, (uint64_t)e->nfields));
  if ((e->flags & E_ROOM) && chance(w, 30)) c.after->room = !r->room;
  if (!step(w, writer(w, r->company), update_fn, &c, "update")) return;
  note_change(w, &c);
  struct pool *p = &w->pools[e->index];
  for (size_t i = 0; i < p->n; i++)
    if (p->list[i] == r) p->list[i] = c.after;
}

static enum err delete_fn(struct ctx *x, void *arg, int engine) {
  (void)engine;
  return trust_delete(x, arg);
}

static void delete_record(struct world *w, const struct entity *e) {
  struct rec *r = some_record(w, e);
  if (!r || !step(w, writer(w, r->company), delete_fn, r, "delete")) return;
  forget(w, r);
  if (!(e->flags & E_ROOT)) return;
  for (int i = 0; i < entity_count; i++)
    if ((entity_all[i]->flags & E_CHILD) && entity_root(entity_all[i]) == e)
      for (size_t k = w->pools[i].n; k-- > 0;)
        if (w->pools[i].list[k]->root == r->id) forget(w, w->pools[i].list[k]);
}

// ---- grants

static str some_fieldset(struct world *w, const struct entity *e) {
  AUTO(buf_release) struct buf b = BUF(1024);
  buf_putz(&b, e->fieldsets[draw(w, (uint64_t)e->nfieldsets)].name);
  for (size_t i = 0, n = draw(w, 6); i + 1 < n; i++) {
    const struct field *f = &e->fields[draw(w, (uint64_t)e->nfields)];
    if (!(f->flags & F_SECRET)) buf_fmt(&b, "%c%s", chance(w, 50) ? '+' : '-', f->name);
  }
  return arena_str(&w->arena, buf_str(&b));
}

static enum err grant_fn(struct ctx *x, void *arg, int engine) {
  struct grant *g = arg;
  return trust_grant_add(x, &g[engine]);
}

static void add_grant(struct world *w, const struct rec *root) {
  if (!root || !root->e->nfieldsets) return;  // imports are never shared
  static const unsigned ops[] = {OP_READ, OP_READ | OP_COMMENT, OP_READ | OP_COMMENT | OP_WORK, OP_READ | OP_WORK | OP_WRITE};
  const utime minute = 60 * UTIME_SECOND, now = clock_now();
  struct grant g = {.e = root->e, .root = root->id, .grantee = w->company[draw(w, WORLD_COMPANIES)]};
  g.fieldset = some_fieldset(w, root->e);
  g.ops = ops[draw(w, ARRAY_LEN(ops))];
  size_t state = draw(w, 10), begins = draw(w, 8);
  g.accepted_at = state < 7 ? now : state < 8 ? now + 1000 * UTIME_DAY : 0;
  if (begins == 0) g.from = now + (utime)draw(w, 600) * minute;
  if (begins == 1) g.from = now - (utime)draw(w, 600) * minute;
  if (chance(w, 25)) g.until = now + (utime)(1 + draw(w, 600)) * minute;
  struct grant both[ENGINES] = {g, g};
  if (!step(w, writer(w, root->company), grant_fn, both, "share")) return;
  if (w->ngrants < ARRAY_LEN(w->grants))
    w->grants[w->ngrants++] = (struct made_grant){{both[0].id, both[1].id}, root->company, g.grantee};
}

static enum err accept_fn(struct ctx *x, void *arg, int engine) {
  return trust_grant_accept(x, ((struct made_grant *)arg)->id[engine]);
}
static enum err end_fn(struct ctx *x, void *arg, int engine) {
  return trust_grant_end(x, ((struct made_grant *)arg)->id[engine]);
}

static void change_grant(struct world *w) {
  if (!w->ngrants) return;
  struct made_grant *g = &w->grants[draw(w, w->ngrants)];
  if (chance(w, 50))
    (void)step(w, writer(w, g->grantee), accept_fn, g, "accept");
  else
    (void)step(w, writer(w, g->owner), end_fn, g, "revoke");
}

static enum err tick_fn(struct ctx *x, void *arg, int engine) {
  (void)engine;
  size_t *done = arg;
  return trust_grant_tick(x, 1000, done);
}

// As the server does each minute.
static void tick(struct world *w) {
  size_t done = 1;
  while (done)
    if (!step(w, (struct viewer){.role = -1, .ops = OPS_EVERY}, tick_fn, &done, "tick")) oracle_fail("tick");
}

// ---- all of it

static void add_companies(struct world *w) {
  for (size_t i = 0; i < WORLD_COMPANIES; i++) {
    struct rec *c = rec_new(&w->arena, &entity_company);
    for (int f = 0; f < entity_company.nfields; f++) fill_field(w, c, f);
    if (!step(w, (struct viewer){.role = -1, .ops = OPS_EVERY}, insert_fn, c, "company")) oracle_fail("company");
    w->company[i] = c->id;
    keep(w, c);
    for (int role = 0; role < WORLD_ROLES; role++) {
      struct rec *u = rec_new(&w->arena, &entity_user);
      for (int f = 0; f < entity_user.nfields; f++) fill_field(w, u, f);
      rec_set_word(u, user_f_role, role);
      struct viewer system = {.company = c->id, .role = -1, .ops = OPS_EVERY};
      if (!step(w, system, insert_fn, u, "user")) oracle_fail("user");
      w->user[i][role] = u->id;
      keep(w, u);
    }
  }
}

static const struct entity *some_entity(struct world *w, unsigned flags) {
  for (;;) {
    const struct entity *e = entity_all[draw(w, (uint64_t)entity_count)];
    if (e->flags & flags) return e;
  }
}

static void one_step(struct world *w) {
  size_t what = draw(w, 100);
  const struct rec *root = some_record(w, some_entity(w, E_ROOT));
  if (what < 12)
    add_record(w, some_entity(w, E_ROOT));
  else if (what < 45)
    add_record(w, some_entity(w, E_CHILD));
  else if (what < 63)
    change_record(w, some_entity(w, E_ROOT | E_CHILD));
  else if (what < 64)
    delete_record(w, some_entity(w, E_ROOT | E_CHILD));
  else if (what < 88)
    add_grant(w, root);
  else if (what < 97)
    change_grant(w);
  else if (root)
    (void)step(w, writer(w, root->company), cut_fn, &(struct cut){root, w->company[draw(w, WORLD_COMPANIES)]}, "cut off");
}

void world_build(struct world *w) {
  w->pools = calloc((size_t)entity_count, sizeof *w->pools);
  if (!w->pools) abort();
  w->history = BUF(4 * 1024 * 1024);
  clock_set((utime)START * UTIME_SECOND);
  add_companies(w);
  for (int i = 0; i < entity_count; i++)
    for (int k = 0; (entity_all[i]->flags & E_ROOT) && k < 8; k++) {
      clock_advance((int64_t)(1 + draw(w, 60)) * UTIME_SECOND + (int64_t)draw(w, 3));
      add_record(w, entity_all[i]);
      for (int g = 0; g < 2; g++) add_grant(w, some_record(w, entity_all[i]));
    }
  for (int i = 0; i < STEP_COUNT; i++) {
    clock_advance((int64_t)(1 + draw(w, 240)) * UTIME_SECOND + (int64_t)draw(w, 3));
    one_step(w);
    tick(w);
  }
}

void world_release(struct world *w) {
  free(w->pools);
  buf_release(&w->history);
  arena_release(&w->arena);
  *w = (struct world){0};
}
