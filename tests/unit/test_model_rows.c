// SPDX-License-Identifier: Apache-2.0
// src/model and a database, on both engines: records as rows, the expected schema against what is there; the product's own entities
// against its migrations.
#include "db_fixture.h"
#include "model/model_internal.h"
#include "unit.h"

#define ENTITY_LIST "../tests/unit/test_model_entities.inc"  // seen from src/
#define ENTITY_TABLE test_entities
extern const struct entity *const test_entities[];
#include "model/entities_enum.inc"
#include "model/entities_table.inc"

#define W (&entity_widget)
#define G (&entity_gadget)

// ---- rows

static struct fixture *model_fixture(bool pg) {
  struct fixture *f = fixture_new(pg, NULL);
  static char text[64 * 1024];
  AUTO(buf_release) struct buf b = BUF(sizeof text - 1);
  model_migrate_draft(f->c, &b);
  memcpy(text, buf_z(&b), b.n + 1);
  static const struct migration list[] = {{1, "draft", text}, {0, "", NULL}};
  AUTO(buf_release) struct buf message = BUF(1024);
  int applied;
  if (db_migrate_list(f->db, list, &message, &applied)) fail_msg("%s\n%s", buf_z(&message), text);
  return f;
}

static int on_sqlite(void **state) {
  *state = model_fixture(false);
  return 0;
}

static int on_postgres(void **state) {
  *state = model_fixture(true);
  return 0;
}

static int close_fixture(void **state) {
  fixture_free(*state);
  return 0;
}

static str gen_text(struct gen *g, struct arena *a) {
  static const char *const parts[] = {"", "a", "Ж", "两", "\"", "\\", "'", " ", "é", "$1", "😀", "%", "\t"};
  AUTO(buf_release) struct buf b = BUF(200);
  for (uint64_t n = gen_below(g, 8); n > 0; n--) buf_putz(&b, parts[gen_below(g, ARRAY_LEN(parts))]);
  return arena_str(a, b.n ? buf_str(&b) : S(""));
}

static void gen_val(struct gen *g, struct rec *r, int f) {
  static const char *const currencies[] = {"EUR", "JPY", "KWD", "CNY"};
  const struct field *field = &r->e->fields[f];
  rec_set_null(r, f);
  if (!(field->flags & F_REQUIRED) && gen_below(g, 4) == 0) return;
  ratio x;
  money m = {gen_int64(g), {"EUR"}};
  switch (field->kind) {
  case K_TEXT:
  case K_LONGTEXT: rec_set_text(r, f, gen_text(g, r->arena)); return;
  case K_INT:
  case K_TIME: rec_set_int(r, f, gen_int64(g)); return;
  case K_DATE: rec_set_int(r, f, (int32_t)gen_int64(g)); return;
  case K_BOOL: rec_set_int(r, f, (int64_t)gen_below(g, 2)); return;
  case K_MONEY:
    (void)snprintf(m.cur.code, sizeof m.cur.code, "%s", currencies[gen_below(g, ARRAY_LEN(currencies))]);
    rec_set_money(r, f, m);
    return;
  case K_RATE:
    assert_true(ratio_make((int64_t)gen_below(g, 1000), (int64_t)gen_below(g, 1000) + 1, &x));
    rec_set_rate(r, f, x);
    return;
  case K_WORD: rec_set_word(r, f, (int)gen_below(g, (uint64_t)field->vocab->n)); return;
  case K_REF: rec_set_ref(r, f, (int64_t)(gen_u64(g) >> 1)); return;
  case K_COUNT: return;
  }
}

static struct rec *gen_rec(struct gen *g, struct arena *a, const struct entity *e, id64 root) {
  struct rec *r = rec_new(a, e);
  r->company = (id64)(gen_below(g, 3) + 1);
  r->root = root ? root : r->id;
  r->room = e->flags & E_ROOM ? gen_below(g, 2) : false;
  r->created_at = (utime)gen_below(g, INT64_MAX);
  r->updated_at = (utime)gen_below(g, INT64_MAX);
  r->created_by = (id64)gen_below(g, 2);
  for (int f = 0; f < e->nfields; f++) gen_val(g, r, f);
  return r;
}

enum { ROUNDS = 60 };
struct batch {
  struct rec *recs[ROUNDS];
  enum err (*fn)(struct db_conn *c, const struct rec *r);
};

static enum err each_of(struct db_conn *c, void *arg) {
  struct batch *b = arg;
  for (int i = 0; i < ROUNDS; i++) TRY(b->fn(c, b->recs[i]));
  return ERR_OK;
}

static enum err delete_rec(struct db_conn *c, const struct rec *r) { return rec_db_delete(c, r->e, r->id); }

static void assert_same(const struct rec *a, const struct rec *b) {
  assert_true(a->e == b->e && a->id == b->id && a->company == b->company && a->root == b->root && a->room == b->room);
  assert_true(a->created_at == b->created_at && a->updated_at == b->updated_at && a->created_by == b->created_by);
  uint64_t diff = rec_diff(a, b);
  if (diff) fail_msg("field %s differs", a->e->fields[__builtin_ctzll(diff)].name);
}

static void assert_stored(struct fixture *f, struct arena *a, const struct batch *b) {
  assert_int_equal(db_read_begin(f->c), ERR_OK);
  for (int i = 0; i < ROUNDS; i++) {
    struct rec *got = NULL;
    assert_int_equal(rec_db_load(f->c, b->recs[i]->e, b->recs[i]->id, a, &got), ERR_OK);
    assert_same(b->recs[i], got);
  }
  db_read_end(f->c);
}

static void rows_round_trip(void **state) {
  struct fixture *f = *state;
  AUTO(arena_release) struct arena a = {0};
  struct gen g = {1};
  struct batch b = {.fn = rec_db_insert};
  for (int i = 0; i < ROUNDS; i++) b.recs[i] = i % 2 ? gen_rec(&g, &a, G, b.recs[i - 1]->id) : gen_rec(&g, &a, W, 0);
  assert_int_equal(db_tx_run(f->db, "insert", each_of, &b), ERR_OK);
  assert_stored(f, &a, &b);
  for (int i = 0; i < ROUNDS; i++) {
    struct rec *r = b.recs[i];
    struct rec *next = gen_rec(&g, &a, r->e, r->e == G ? r->root : 0);
    next->id = r->id;
    next->company = r->company;
    next->root = r->root;
    next->created_at = r->created_at;
    next->created_by = r->created_by;
    b.recs[i] = next;
  }
  b.fn = rec_db_update;
  assert_int_equal(db_tx_run(f->db, "update", each_of, &b), ERR_OK);
  assert_stored(f, &a, &b);
  b.fn = delete_rec;
  assert_int_equal(db_tx_run(f->db, "delete", each_of, &b), ERR_OK);
  struct rec *gone = NULL;
  assert_int_equal(rec_db_load(f->c, W, b.recs[0]->id, &a, &gone), ERR_NOT_FOUND);
  assert_null(gone);
  assert_int_equal(db_tx_run(f->db, "delete", each_of, &b), ERR_NOT_FOUND);
  b.fn = rec_db_update;
  assert_int_equal(db_tx_run(f->db, "update", each_of, &b), ERR_NOT_FOUND);
}

static void children_in_pages(void **state) {
  struct fixture *f = *state;
  AUTO(arena_release) struct arena a = {0};
  struct gen g = {2};
  struct batch b = {.fn = rec_db_insert};
  for (int i = 0; i < ROUNDS; i++) b.recs[i] = i ? gen_rec(&g, &a, G, b.recs[0]->id) : gen_rec(&g, &a, W, 0);
  assert_int_equal(db_tx_run(f->db, "insert", each_of, &b), ERR_OK);
  id64 after = 0;
  int seen = 1;
  for (;;) {
    struct rec **list;
    size_t n;
    assert_int_equal(rec_db_children(f->c, G, b.recs[0]->id, after, 25, &a, &list, &n), ERR_OK);
    for (size_t i = 0; i < n; i++) assert_same(b.recs[seen++], list[i]);
    if (n < 25) break;
    after = list[n - 1]->id;
  }
  assert_int_equal(seen, ROUNDS);
  struct rec **none;
  size_t n = 9;
  assert_int_equal(rec_db_children(f->c, G, 1, 0, 25, &a, &none, &n), ERR_OK);
  assert_int_equal(n, 0);
}

static void rows_by_value(void **state) {
  struct fixture *f = *state;
  AUTO(arena_release) struct arena a = {0};
  struct gen g = {3};
  struct batch b = {.fn = rec_db_insert};
  size_t expected = 0, of_first = 0;
  for (int i = 0; i < ROUNDS; i++) {
    b.recs[i] = gen_rec(&g, &a, W, 0);
    rec_set_int(b.recs[i], widget_f_due, i % 3);
    expected += i % 3 == 1;
    of_first += i % 3 == 1 && b.recs[i]->company == 1;
  }
  assert_int_equal(db_tx_run(f->db, "insert", each_of, &b), ERR_OK);
  struct val day = {.set = true, .i = 1};
  struct rec **list;
  size_t n;
  assert_int_equal(rec_db_where(f->c, W, 0, widget_f_due, &day, 1000, &a, &list, &n), ERR_OK);
  assert_int_equal(n, expected);
  for (size_t i = 1; i < n; i++) assert_true(list[i - 1]->id < list[i]->id);
  assert_int_equal(rec_db_where(f->c, W, 1, widget_f_due, &day, 1000, &a, &list, &n), ERR_OK);
  assert_int_equal(n, of_first);
  assert_int_equal(rec_db_where(f->c, W, 0, widget_f_due, &day, 2, &a, &list, &n), ERR_OK);
  assert_int_equal(n, 2);
  struct val open = {.set = true, .i = true};
  assert_int_equal(rec_db_where(f->c, W, 0, widget_f_open, &open, 1000, &a, &list, &n), ERR_OK);
  for (size_t i = 0; i < n; i++) assert_true(rec_int(list[i], widget_f_open));
}

// The root must exist, at the latest when the transaction ends.
static void no_child_without_root(void **state) {
  struct fixture *f = *state;
  AUTO(arena_release) struct arena a = {0};
  struct gen g = {4};
  struct batch b = {.fn = rec_db_insert};
  for (int i = 0; i < ROUNDS; i++) b.recs[i] = gen_rec(&g, &a, G, 77);
  assert_true(db_tx_run(f->db, "insert", each_of, &b) != ERR_OK);
  assert_int_equal(count(f->c, "gadget"), 0);
}

// ---- the expected schema

static void schema_differences_are_named(void **state) {
  struct fixture *f = *state;
  AUTO(buf_release) struct buf b = BUF(10000);
  if (!model_schema_check(f->c, &b)) fail_msg("%s", buf_z(&b));
  assert_int_equal(b.n, 0);
  model_migrate_draft(f->c, &b);
  assert_int_equal(b.n, 0);
  assert_int_equal(run_sql(f->db, "ALTER TABLE widget DROP COLUMN note"), ERR_OK);
  assert_int_equal(run_sql(f->db, "ALTER TABLE widget DROP COLUMN lang"), ERR_OK);
  assert_int_equal(
    run_sql(f->db, f->pg ? "ALTER TABLE widget ADD COLUMN old bigint" : "ALTER TABLE widget ADD COLUMN old INTEGER"), ERR_OK);
  assert_int_equal(run_sql(f->db, "DROP TABLE gadget"), ERR_OK);
  db_conn_close(f->c);
  assert_int_equal(db_conn_open(f->db, &f->c), ERR_OK);
  assert_false(model_schema_check(f->c, &b));
  assert_buf(&b, "table widget: column note (text) is missing\n"
                 "table widget: column lang (text NOT NULL) is missing\n"
                 "table widget: column old is not in the model\n"
                 "table gadget is missing\n");
  buf_clear(&b);
  model_migrate_draft(f->c, &b);
  assert_buf(&b,
             "ALTER TABLE widget ADD COLUMN note text;\n"
             "ALTER TABLE widget ADD COLUMN lang text NOT NULL DEFAULT 'en';\n"
             "-- widget.old is not in the model. To lose its data: ALTER TABLE widget DROP COLUMN old;\n"
             "CREATE TABLE gadget (\n  id int64 NOT NULL PRIMARY KEY,\n  company int64 NOT NULL,\n"
             "  root int64 NOT NULL REFERENCES widget (id) DEFERRABLE INITIALLY DEFERRED,\n  room bool NOT NULL,\n"
             "  created_at int64 NOT NULL,\n  updated_at int64 NOT NULL,\n  created_by int64 NOT NULL,\n  label text NOT NULL,\n"
             "  text text,\n  widget int64\n);\nCREATE INDEX gadget_root ON gadget (root, id);\n");
}

// ---- the product's own entities and migrations

static int migrated(void **state, bool pg) {
  model_setup_list(entity_all);
  struct fixture *f = fixture_new(pg, db_migrations);
  *state = f;
  return 0;
}

static int migrated_sqlite(void **state) { return migrated(state, false); }

static int migrated_postgres(void **state) { return migrated(state, true); }

static int close_migrated(void **state) {
  model_setup_list(test_entities);
  return close_fixture(state);
}

static void migrations_make_the_model(void **state) {
  struct fixture *f = *state;
  AUTO(buf_release) struct buf b = BUF(100000);
  if (!model_schema_check(f->c, &b)) fail_msg("%s", buf_z(&b));
}

struct pair {
  struct rec *root, *r;
};

static enum err insert_pair(struct db_conn *c, void *arg) {
  const struct pair *p = arg;
  if (p->root != p->r) TRY(rec_db_insert(c, p->root));
  return rec_db_insert(c, p->r);
}

static void product_records_round_trip(void **state) {
  struct fixture *f = *state;
  struct gen g = {5};
  for (int i = 0; i < 4 * entity_count; i++) {
    AUTO(arena_release) struct arena a = {0};
    const struct entity *e = entity_all[i % entity_count];
    struct pair p = {.root = e->flags & E_CHILD ? gen_rec(&g, &a, entity_root(e), 0) : NULL};
    p.r = gen_rec(&g, &a, e, p.root ? p.root->id : 0);
    if (!p.root) p.root = p.r;
    if (!entity_root(e)) p.r->root = 0;
    assert_int_equal(db_tx_run(f->db, "insert", insert_pair, &p), ERR_OK);
    struct rec *got = NULL;
    assert_int_equal(rec_db_load(f->c, e, p.r->id, &a, &got), ERR_OK);
    assert_same(p.r, got);
    AUTO(buf_release) struct buf canon = BUF(100000);
    rec_canon(&canon, got);
    AUTO(json_release) json_t *t = NULL;
    assert_int_equal(json_read(buf_str(&canon), NULL, &t), ERR_OK);
    size_t held = 0;  // empty fields have no member
    for (int k = 0; k < e->nfields; k++) held += rec_has(got, k);
    assert_int_equal(json_object_size(t), held + 7);
  }
}

// Each runs on both engines; PostgreSQL comes last, so that it can be left out.
#define ROWS(T) T(rows_round_trip) T(children_in_pages) T(rows_by_value) T(no_child_without_root) T(schema_differences_are_named)
#define PRODUCT(T) T(migrations_make_the_model) T(product_records_round_trip)
#define ON_SQLITE(t) {"sqlite: " #t, t, on_sqlite, close_fixture, NULL},
#define ON_POSTGRES(t) {"postgres: " #t, t, on_postgres, close_fixture, NULL},
#define OF_SQLITE(t) {"sqlite: " #t, t, migrated_sqlite, close_migrated, NULL},
#define OF_POSTGRES(t) {"postgres: " #t, t, migrated_postgres, close_migrated, NULL},

int main(void) {
  model_setup_list(test_entities);
  const struct CMUnitTest tests[] = {ROWS(ON_SQLITE) PRODUCT(OF_SQLITE) ROWS(ON_POSTGRES) PRODUCT(OF_POSTGRES)};
  bool pg = getenv("ENTENTE_TEST_PG") != NULL;
  if (!pg) printf("# ENTENTE_TEST_PG is not set: PostgreSQL is not tested\n");
  return _cmocka_run_group_tests("model_rows", tests, ARRAY_LEN(tests) / (pg ? 1 : 2), NULL, NULL);
}
