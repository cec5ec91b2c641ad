// SPDX-License-Identifier: Apache-2.0
// A page of a list costs the same in a hub of any size and for every viewer: one walk of one index. Counted in steps of the database
// (SQLite) or pages it touched (PostgreSQL), never in time. That the count would notice is shown by taking an index away.
#include "trust/internal.h"
#include "trust_fixture.h"

enum { OWNER, PARTNER, FEW, VIEWERS, FEW_DEALS = 60, PAGE = 50, PART = 500 };

static int setup_sqlite(void **state) {
  *state = hub_new(false);
  return 0;
}
static int setup_pg(void **state) {
  *state = hub_new(true);
  return 0;
}
static int teardown(void **state) {
  hub_free(*state);
  return 0;
}

struct part {
  struct hub *h;
  int from, to;
};

static struct rec *deal_no(struct ctx *x, int i) {
  struct rec *r = rec_new(x->arena, &entity_deal);
  currency eur;
  assert_true(currency_parse(S("EUR"), &eur));
  rec_set_text(r, deal_f_name, arena_fmt(x->arena, "Deal %06d", i));
  rec_set_money(r, deal_f_amount, (money){.minor = i * 100, .cur = eur});
  rec_set_int(r, deal_f_expected_on, 20000 + i % 365);
  return r;
}

// The owner's deals; PARTNER sees all but every hundredth, FEW sees the very first ones.
static enum err add_part(struct ctx *x, void *arg) {
  const struct part *p = arg;
  for (int i = p->from; i < p->to; i++) {
    struct rec *r = deal_no(x, i);
    TRY(trust_insert(x, r));
    for (int company = PARTNER; company <= FEW; company++) {
      if (company == PARTNER ? i % 100 == 99 : i >= FEW_DEALS) continue;
      struct grant g = {.grantee = p->h->company[company],
                        .e = &entity_deal,
                        .root = r->id,
                        .ops = OP_READ,
                        .fieldset = S("member"),
                        .accepted_at = x->now};
      TRY(trust_grant_add(x, &g));
    }
  }
  return ERR_OK;
}

static void add_deals(struct hub *h, int from, int to) {
  for (int i = from; i < to; i += PART) {
    struct part p = {h, i, i + PART < to ? i + PART : to};
    hub_tick(UTIME_SECOND);
    assert_int_equal(hub_run(h, as(h, OWNER, user_role_manager), add_part, &p), ERR_OK);
    arena_release(&h->arena);
  }
}

// The rows the owner and PARTNER have, once more under other ids: what matters to a reader, much faster than writing them.
static void multiply(struct hub *h, int from, int to) {
  hub_read_end(h);
  long long original = one(h->f->c, "SELECT max(id) FROM deal WHERE id < (SELECT min(id) + 1000000 FROM deal)");
  long long few = h->company[FEW];
  for (int n = from; n < to; n++) {
    AUTO(buf_release) struct buf b = BUF(8192);
    long long away = n * 1000000LL;
    buf_fmt(
      &b,
      "INSERT INTO deal (id, company, created_at, updated_at, created_by, name, amount_minor, amount_cur, outcome) "
      "SELECT id + %lld, company, created_at, updated_at, created_by, name, amount_minor, amount_cur, outcome FROM deal WHERE id <= %lld",
      away, original);
    assert_int_equal(run_sql(h->f->db, buf_z(&b)), ERR_OK);
    buf_clear(&b);
    buf_fmt(
      &b,
      "INSERT INTO deal_seen (viewer, record, fieldset, valid_from, valid_until, changed_at, k1, k2, k3) SELECT viewer, "
      "record + %lld, fieldset, valid_from, valid_until, changed_at, k1, k2, k3 FROM deal_seen WHERE record <= %lld AND viewer <> %lld",
      away, original, few);
    assert_int_equal(run_sql(h->f->db, buf_z(&b)), ERR_OK);
    buf_clear(&b);
    buf_fmt(
      &b,
      "INSERT INTO access_grant (id, owner, grantee, entity, root, ops, fieldset, valid_from, valid_until, accepted_at, "
      "revoked_at, created_by, created_at, updated_at) SELECT id + %lld, owner, grantee, entity, root + %lld, ops, fieldset, "
      "valid_from, valid_until, accepted_at, revoked_at, created_by, created_at, updated_at FROM access_grant "
      "WHERE root <= %lld AND grantee <> %lld",
      away, away, original, few);
    assert_int_equal(run_sql(h->f->db, buf_z(&b)), ERR_OK);
  }
  for (size_t i = 0; i < 3; i++)  // as a server does by itself: the planner must know the sizes
    assert_int_equal(run_sql(h->f->db, i == 0 ? "ANALYZE deal" : i == 1 ? "ANALYZE deal_seen" : "ANALYZE access_grant"), ERR_OK);
}

struct order {
  int field;
  bool descending;
};
static const struct order orders[] = {{-1, true},
                                      {-1, false},
                                      {-2, true},
                                      {deal_f_name, false},
                                      {deal_f_name, true},
                                      {deal_f_amount, true},
                                      {deal_f_expected_on, false}};
enum { ORDERS = sizeof orders / sizeof orders[0] };

static int64_t floor_of_work;  // less than this is no difference

struct works {
  int64_t first[VIEWERS][ORDERS], second[VIEWERS][ORDERS];
};

// Work of one page; *cursor goes on to the next.
static int64_t page_work(struct hub *h, int company, const struct order *o, size_t expected, str *cursor) {
  struct list_query q = {.e = &entity_deal, .sort = o->field, .descending = o->descending, .limit = PAGE, .cursor = *cursor};
  struct list_item *items;
  size_t n;
  struct ctx x = hub_read(h, as(h, company, user_role_rep));
  (void)db_work(h->f->c);
  assert_int_equal(trust_list(&x, &q, &items, &n, cursor), ERR_OK);
  int64_t work = db_work(h->f->c);
  assert_int_equal(n, expected);
  return work;
}

static void all_works(struct hub *h, struct works *ret) {
  for (int v = 0; v < VIEWERS; v++)
    for (int o = 0; o < ORDERS; o++) {
      str cursor = S("");
      ret->first[v][o] = page_work(h, v, &orders[o], PAGE, &cursor);
      ret->second[v][o] = page_work(h, v, &orders[o], v == FEW ? FEW_DEALS - PAGE : PAGE, &cursor);
    }
}

static void no_more_than(int64_t large, int64_t small, int v, int o, const char *page) {
  assert_true(small > 0);
  if (small < floor_of_work) small = floor_of_work;
  if (large * 10 > small * 13)
    fail_msg("%s page, viewer %d, order %d: %lld steps in the large hub, %lld in the small one", page, v, o, (long long)large,
             (long long)small);
}

static void flat(struct hub *h, const struct works *small) {
  struct works large;
  all_works(h, &large);
  for (int v = 0; v < VIEWERS; v++)
    for (int o = 0; o < ORDERS; o++) {
      no_more_than(large.first[v][o], small->first[v][o], v, o, "first");
      no_more_than(large.second[v][o], small->second[v][o], v, o, "second");
    }
  // Nor does it matter how much a viewer sees: a partner's page also asks for the grants of its fifty deals, a constant more.
  for (int o = 0; o < ORDERS; o++) no_more_than(large.first[FEW][o], large.first[PARTNER][o], FEW, o, "first");
}

static void test_flat_sqlite(void **state) {
  struct works small;
  add_deals(*state, 0, 1000);
  all_works(*state, &small);
  add_deals(*state, 1000, 20000);
  flat(*state, &small);
}

// The planner may find a shorter way through a smaller hub. What a walk may take: eight pages a row, for the deal, its grants and their
// indexes. Reading and sorting the rows of this hub takes twice as much and more.
static void test_flat_pg(void **state) {
  struct works small;
  floor_of_work = 8 * PAGE * 10 / 13;
  add_deals(*state, 0, 500);
  multiply(*state, 1, 20);
  all_works(*state, &small);
  multiply(*state, 20, 60);
  flat(*state, &small);
}

// Without the index by change the page must be sorted out of all rows: the measure sees it.
static void test_measure_sees_a_missing_index(void **state) {
  struct hub *h = *state;
  str none = S("");
  add_deals(h, 0, 200);
  hub_read_end(h);
  assert_int_equal(run_sql(h->f->db, "DROP INDEX deal_seen_changed"), ERR_OK);
  int64_t small = page_work(h, OWNER, &orders[0], PAGE, &none);
  add_deals(h, 200, 1000);
  none = S("");
  int64_t large = page_work(h, OWNER, &orders[0], PAGE, &none);
  assert_true(large * 10 > small * 13);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(test_flat_sqlite, setup_sqlite, teardown),
    cmocka_unit_test_setup_teardown(test_measure_sees_a_missing_index, setup_sqlite, teardown),
    cmocka_unit_test_setup_teardown(test_flat_pg, setup_pg, teardown),
  };
  size_t n = getenv("ENTENTE_TEST_PG") ? ARRAY_LEN(tests) : ARRAY_LEN(tests) - 1;
  return _cmocka_run_group_tests("list_work", tests, n, NULL, NULL);
}
