// SPDX-License-Identifier: Apache-2.0
// mask() against an oracle that was written from the rules on paper, one question at a time (may this field be read? may it be written?
// may this be done?), over every combination of the facts: nearly five million cells. Then mask.c is compiled in once more with each
// of its conditions dropped in turn (MASK_FAULT): every one must be noticed, or the table has a hole.
#include "base/hash.h"
#include "model/model_internal.h"
#include "trust/trust.h"
#include "unit.h"

struct access mask_planted(const struct viewer *v, const struct subject *s, utime now);
static int planted;
#define MASK_FAULT planted
#define mask mask_planted
#include "trust/mask.c"
#undef mask
enum { FAULTS = 24 };

// ---- the oracle: slow and plain

enum { US = 100, PARTNER = 200, OTHER = 300, NOW = 1000, EVERY = 127 };

static bool word_in(const char *list, const char *word) {
  size_t n = strlen(word);
  for (const char *p = strstr(list, word); p; p = strstr(p + 1, word))
    if ((p == list || p[-1] == ' ') && (p[n] == ' ' || p[n] == '\0')) return true;
  return false;
}

// Whether the expression shows the field: "set", "set+field", "set-field". A child goes by the set alone.
static bool shows(const struct entity *e, str expr, int f) {
  char set[64] = {0}, change[64] = {0};
  char sign = 0;
  size_t at = 0;
  for (size_t i = 0; i < expr.n; i++) {
    if (expr.p[i] == '+' || expr.p[i] == '-') {
      sign = expr.p[i];
      at = 0;
    } else {
      (sign ? change : set)[at++] = expr.p[i];
    }
  }
  if (e->fields[f].flags & F_SECRET) return false;
  if (sign && !(e->flags & E_CHILD) && strcmp(change, e->fields[f].name) == 0) return sign == '+';
  for (int i = 0; i < e->nfieldsets; i++)
    if (strcmp(e->fieldsets[i].name, set) == 0)
      return strcmp(e->fieldsets[i].fields, "*") == 0 || word_in(e->fieldsets[i].fields, e->fields[f].name);
  return false;
}

static bool shows_any(const struct entity *e, str expr) {
  for (int f = 0; f < e->nfields; f++)
    if (shows(e, expr, f)) return true;
  return false;
}

static bool person_can(const struct viewer *v, unsigned op) {
  static const char *const rights[] = {"viewer: read", "rep: read comment work write", "manager: all", "admin: all",
                                       "system: all"};
  const char *r = NULL;
  if (v->role == user_role_viewer) r = rights[0];
  if (v->role == user_role_rep) r = rights[1];
  if (v->role == user_role_manager) r = rights[2];
  if (v->role == user_role_admin) r = rights[3];
  if (v->role == -1 && v->user == 0) r = rights[4];
  if (!r || !(v->ops & op)) return false;
  if (strstr(r, "all")) return true;
  return op == OP_READ      ? strstr(r, "read") != NULL
         : op == OP_COMMENT ? strstr(r, "comment") != NULL
         : op == OP_WORK    ? strstr(r, "work") != NULL
         : op == OP_WRITE   ? strstr(r, "write") != NULL
                            : false;
}

static bool alive(const struct grant *g, const struct viewer *v, const struct subject *s) {
  bool for_us = g->grantee == v->company && g->owner == s->owner && g->e == &entity_deal;
  if (s->e == &entity_contact) for_us = g->grantee == v->company && g->owner == s->owner && g->e == &entity_account;
  if (s->e == &entity_posting) for_us = g->grantee == v->company && g->owner == s->owner && g->e == &entity_statement;
  bool in_time = g->from <= NOW && NOW < g->until;
  bool agreed = g->accepted_at != 0 && g->accepted_at <= NOW && g->revoked_at == 0;
  return for_us && in_time && agreed && (g->ops & OP_READ);
}

static bool is_child(const struct entity *e) { return (e->flags & E_CHILD) != 0; }
static bool is_room(const struct entity *e) { return (e->flags & E_ROOM) != 0; }
static bool opened(const struct grant *g, const struct subject *s) {
  return !is_room(s->e) || (s->e->flags & E_SYSTEM) || s->written == 0 || s->written >= g->from;
}

static bool hidden_row(const struct viewer *v, const struct subject *s) {
  return is_child(s->e) && !s->room && v->company != s->author;
}

static bool member(const struct viewer *v, const struct subject *s) {
  for (size_t i = 0; i < s->ngrants; i++)
    if (alive(&s->grants[i], v, s) && shows_any(s->e, s->grants[i].fieldset)) return true;
  return false;
}

// Rows that are wholly the viewer's company's own.
static bool ours(const struct viewer *v, const struct subject *s) {
  if (!is_child(s->e)) return v->company == s->owner;
  if (v->company == s->author && (s->owner == s->author || !s->room)) return true;
  return v->company == s->owner && !is_room(s->e) && s->room;
}
static bool our_words_elsewhere(const struct viewer *v, const struct subject *s) {
  return is_child(s->e) && v->company == s->author && v->company != s->owner && s->room;
}
static bool their_words_here(const struct viewer *v, const struct subject *s) {
  return is_child(s->e) && is_room(s->e) && s->room && v->company == s->owner && v->company != s->author;
}

static bool can_read(const struct viewer *v, const struct subject *s, int f) {
  if (!person_can(v, OP_READ) || hidden_row(v, s) || (s->e->fields[f].flags & F_SECRET)) return false;
  if (ours(v, s) || our_words_elsewhere(v, s) || their_words_here(v, s)) return true;
  if (!(s->e->flags & (E_ROOT | E_CHILD))) return (s->e->flags & E_DIRECTORY) && shows(s->e, S("directory"), f);
  for (size_t i = 0; i < s->ngrants; i++)
    if (alive(&s->grants[i], v, s) && opened(&s->grants[i], s) && shows(s->e, s->grants[i].fieldset, f)) return true;
  return false;
}

static bool can_write(const struct viewer *v, const struct subject *s, int f) {
  if (!can_read(v, s, f) || !person_can(v, OP_WRITE)) return false;
  if (ours(v, s)) return true;
  if (our_words_elsewhere(v, s)) return member(v, s);
  if (their_words_here(v, s) || is_room(s->e) || !(s->e->flags & (E_ROOT | E_CHILD))) return false;
  for (size_t i = 0; i < s->ngrants; i++)
    if (alive(&s->grants[i], v, s) && (s->grants[i].ops & OP_WRITE) && shows(s->e, s->grants[i].fieldset, f)) return true;
  return false;
}

static bool can_do(const struct viewer *v, const struct subject *s, unsigned op) {
  if (!person_can(v, OP_READ) || hidden_row(v, s)) return false;
  bool own_row =
    op == OP_DELETE && is_child(s->e) && person_can(v, OP_WRITE);  // who may change a row of its own may take it back
  if (ours(v, s)) return person_can(v, op) || own_row;
  if (our_words_elsewhere(v, s)) return op == OP_READ || (member(v, s) && (person_can(v, op) || own_row));
  if (their_words_here(v, s)) return op <= OP_WORK && person_can(v, op);
  if (!(s->e->flags & (E_ROOT | E_CHILD))) return op == OP_READ && (s->e->flags & E_DIRECTORY);
  if (op > OP_WRITE || (op == OP_WRITE && is_room(s->e))) return false;
  for (size_t i = 0; i < s->ngrants; i++)
    if (alive(&s->grants[i], v, s) && opened(&s->grants[i], s) && shows_any(s->e, s->grants[i].fieldset) &&
        (s->grants[i].ops & op))
      return person_can(v, op);
  return false;
}

static struct access oracle(const struct viewer *v, const struct subject *s) {
  struct access a = {0};
  for (int f = 0; f < s->e->nfields; f++) {
    if (can_read(v, s, f)) a.read |= FIELD_BIT(f);
    if (can_write(v, s, f)) a.write |= FIELD_BIT(f);
  }
  for (unsigned op = OP_READ; op <= OP_APPROVE; op <<= 1)
    if (can_do(v, s, op)) a.ops |= op;
  return a;
}

// ---- the cells

static struct entity plain;  // neither root nor child nor directory: a company's own
static const struct entity *const types[] = {&entity_deal,    &entity_comment, &entity_contact, &entity_posting,
                                             &entity_company, &entity_user,    &plain};
static const id64 companies[] = {US, PARTNER, OTHER};
static const struct {
  int role;
  id64 user;
} persons[] = {{-1, 0},
               {-1, 5},
               {user_role_admin, 5},
               {user_role_manager, 5},
               {user_role_rep, 5},
               {user_role_viewer, 5},
               {user_role_COUNT, 5}};
static const unsigned tokens[] = {EVERY, OP_READ, EVERY & ~OP_READ, OP_READ | OP_WRITE};
static const char *const sets[] = {"member", "plan", "stage_only+amount"};
static const unsigned grant_ops[] = {OP_READ, OP_READ | OP_WORK, OP_READ | OP_WRITE, EVERY & ~OP_READ, EVERY};
static const utime windows[][2] = {{500, UTIME_MAX}, {NOW, NOW + 1}, {NOW + 1, UTIME_MAX}, {500, NOW}, {500, 900}};
static const utime accepted[] = {0, NOW, NOW + 1};
static const utime revoked[] = {0, 700};
static const utime written[] = {0, 400, NOW};

enum { RIGHT, WRONG_OWNER, WRONG_TYPE, MATCHES };

typedef struct access (*mask_fn)(const struct viewer *v, const struct subject *s, utime now);
struct sweep {
  mask_fn fn;
  int64_t cells, read, hidden;
  bool stop, differs;  // stop at the first cell that differs
};

static void cell(struct sweep *w, const struct viewer *v, const struct subject *s) {
  struct access want = oracle(v, s), got = w->fn(v, s, NOW);
  w->cells++;
  if (want.read)
    w->read++;
  else
    w->hidden++;
  if (want.read == got.read && want.write == got.write && want.ops == got.ops) return;
  w->differs = true;
  if (w->stop) return;
  const struct grant *g = s->grants;
  fail_msg(
    "%s: viewer %lld role %d ops %u, owner %lld author %lld room %d written %lld, grant to %lld by %lld on %s ops %u set %.*s "
    "[%lld, %lld) accepted %lld revoked %lld: read %llx write %llx ops %u, must be %llx %llx %u",
    s->e->name, (long long)v->company, v->role, v->ops, (long long)s->owner, (long long)s->author, s->room, (long long)s->written,
    (long long)g->grantee, (long long)g->owner, g->e->name, g->ops, STR_ARG(g->fieldset), (long long)g->from, (long long)g->until,
    (long long)g->accepted_at, (long long)g->revoked_at, (unsigned long long)got.read, (unsigned long long)got.write, got.ops,
    (unsigned long long)want.read, (unsigned long long)want.write, want.ops);
}

static void each_viewer(struct sweep *w, const struct subject *s) {
  for (size_t c = 0; c < ARRAY_LEN(companies); c++)
    for (size_t p = 0; p < ARRAY_LEN(persons); p++)
      for (size_t t = 0; t < ARRAY_LEN(tokens) && !(w->stop && w->differs); t++) {
        struct viewer v = {.company = companies[c], .user = persons[p].user, .role = persons[p].role, .ops = tokens[t]};
        cell(w, &v, s);
      }
}

static void each_row(struct sweep *w, const struct entity *e, const struct grant *g) {
  bool room_type = is_room(e);
  for (size_t a = 0; a < ARRAY_LEN(companies); a++)
    for (int room = 0; room < 2; room++)
      for (size_t at = 0; at < (room_type ? ARRAY_LEN(written) : 1); at++) {
        if (w->stop && w->differs) return;
        struct subject s = {.e = e,
                            .owner = US,
                            .author = is_child(e) ? companies[a] : US,
                            .room = room_type ? room : true,
                            .written = written[at],
                            .grants = g,
                            .ngrants = 1};
        each_viewer(w, &s);
        if (!is_child(e)) return;  // roots have no author of their own
        if (!room_type) room = 2;  // nor an audience
      }
}

static void each_grant(struct sweep *w, const struct entity *e) {
  const struct entity *root = entity_root(e) ? entity_root(e) : &entity_deal;
  for (size_t i = 0;
       i < ARRAY_LEN(sets) * ARRAY_LEN(grant_ops) * ARRAY_LEN(windows) * ARRAY_LEN(accepted) * ARRAY_LEN(revoked) * MATCHES;
       i++) {
    size_t n = i;
    if (w->stop && w->differs) return;
    struct grant g = {.id = 1, .grantee = PARTNER, .root = 9, .ops = grant_ops[n % ARRAY_LEN(grant_ops)]};
    n /= ARRAY_LEN(grant_ops);
    g.fieldset = str_of(sets[n % ARRAY_LEN(sets)]);
    if (e == &entity_posting && n % ARRAY_LEN(sets) == 0) g.fieldset = S("party");
    n /= ARRAY_LEN(sets);
    g.from = windows[n % ARRAY_LEN(windows)][0];
    g.until = windows[n % ARRAY_LEN(windows)][1];
    n /= ARRAY_LEN(windows);
    g.accepted_at = accepted[n % ARRAY_LEN(accepted)];
    n /= ARRAY_LEN(accepted);
    g.revoked_at = revoked[n % ARRAY_LEN(revoked)];
    n /= ARRAY_LEN(revoked);
    g.owner = n == WRONG_OWNER ? OTHER : US;
    g.e = n == WRONG_TYPE ? &entity_lead : root;
    each_row(w, e, &g);
  }
}

static struct sweep sweep_all(mask_fn fn, bool stop) {
  struct sweep w = {.fn = fn, .stop = stop};
  for (size_t i = 0; i < ARRAY_LEN(types) && !(stop && w.differs); i++) each_grant(&w, types[i]);
  return w;
}

static void test_every_cell(void **state) {
  (void)state;
  struct sweep w = sweep_all(mask, false);
  print_message("# %lld cells: %lld show something, %lld are hidden\n", (long long)w.cells, (long long)w.read,
                (long long)w.hidden);
  assert_true(w.cells >= 1000000);
  assert_true(w.read > 100000 && w.hidden > 100000);
  planted = 0;
  struct sweep same = {.fn = mask_planted, .stop = true};
  each_grant(&same, &entity_deal);
  assert_false(same.differs);  // the copy for planting is the same function while nothing is planted
}

static void test_every_condition_matters(void **state) {
  (void)state;
  for (planted = 1; planted <= FAULTS; planted++)
    if (!sweep_all(mask_planted, true).differs) fail_msg("condition %d of mask.c can be dropped and no cell notices", planted);
  planted = 0;
}

// Several grants at once: the union, whatever their order.
static void test_unions(void **state) {
  (void)state;
  struct gen gen = {20261122};
  struct sweep w = {.fn = mask};
  for (int round = 0; round < 300000; round++) {
    struct grant g[4];
    const struct entity *e = types[gen_below(&gen, ARRAY_LEN(types))];
    const struct entity *root = entity_root(e) ? entity_root(e) : &entity_deal;
    for (size_t i = 0; i < ARRAY_LEN(g); i++) {
      const utime *t = windows[gen_below(&gen, 3) ? 0 : gen_below(&gen, ARRAY_LEN(windows))];
      g[i] = (struct grant){.owner = gen_below(&gen, 9) ? US : OTHER,
                            .grantee = gen_below(&gen, 4) ? PARTNER : OTHER,
                            .e = root,
                            .ops = grant_ops[gen_below(&gen, ARRAY_LEN(grant_ops))],
                            .from = t[0],
                            .until = t[1],
                            .fieldset = str_of(sets[gen_below(&gen, ARRAY_LEN(sets))]),
                            .accepted_at = gen_below(&gen, 5) ? NOW : 0,
                            .revoked_at = gen_below(&gen, 4) ? 0 : 700};
    }
    struct subject s = {.e = e,
                        .owner = US,
                        .author = companies[gen_below(&gen, 3)],
                        .room = is_room(e) ? gen_below(&gen, 3) > 0 : true,
                        .written = written[gen_below(&gen, 3)],
                        .grants = g,
                        .ngrants = gen_below(&gen, 5)};
    size_t p = gen_below(&gen, ARRAY_LEN(persons));
    struct viewer v = {.company = companies[gen_below(&gen, 3)],
                       .user = persons[p].user,
                       .role = persons[p].role,
                       .ops = tokens[gen_below(&gen, 4)]};
    if (!is_child(e)) s.author = s.owner;
    cell(&w, &v, &s);
  }
}

static void test_nobody(void **state) {
  (void)state;
  struct subject s = {.e = &entity_deal, .owner = 0, .author = 0, .room = true};
  struct viewer v = {.company = 0, .role = -1, .ops = EVERY};
  assert_int_equal(mask(&v, &s, NOW).ops, 0);  // no company is nobody, even where no company owns
  v.company = US;
  assert_int_equal(mask(&v, &s, NOW).ops, 0);
}

int main(void) {
  static const struct entity *all[MODEL_ENTITIES_MAX];
  hash_setup();
  for (int i = 0; i < entity_count; i++) all[i] = entity_all[i];
  plain = entity_company;
  plain.name = plain.prefix = plain.path = "plain";
  plain.flags = 0;
  plain.index = entity_count;
  all[entity_count] = &plain;
  model_setup_list(all);
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_cell), cmocka_unit_test(test_every_condition_matters),
                                     cmocka_unit_test(test_unions), cmocka_unit_test(test_nobody)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
