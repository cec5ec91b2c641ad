// SPDX-License-Identifier: Apache-2.0
// The demo alliance, what Today and guidance make of it, and the large hub, on both engines. The clock stands on a Monday morning.
#include "base/hash.h"
#include "db_fixture.h"
#include "flows/demo.h"
#include "flows/guidance.h"
#include "flows/today.h"
#include "trust/audit.h"
#include "unit.h"

struct scene {
  struct fixture *f;
  struct audit_key key;
  struct arena arena;
  struct problem pb;
  struct demo_result demo;
  struct demo_part part;
  uint64_t seed;
};

static const utime monday = INT64_C(1795428000) * UTIME_SECOND;  // 2026-11-23T10:00:00Z

static enum err make(struct db_conn *c, void *arg) {
  struct scene *s = arg;
  s->pb = (struct problem){.arena = &s->arena};
  struct ctx x = {.conn = c, .arena = &s->arena, .pb = &s->pb, .now = clock_now()};
  return demo_alliance(&x, s->seed, S("$argon2id$none"), &s->demo);
}

static enum err make_part(struct db_conn *c, void *arg) {
  struct scene *s = arg;
  s->pb = (struct problem){.arena = &s->arena};
  struct ctx x = {.conn = c, .arena = &s->arena, .pb = &s->pb, .now = clock_now()};
  return demo_scale(&x, &s->part);
}

static struct scene *scene_new(bool pg, uint64_t seed) {
  static bool ready;
  if (!ready) model_setup();
  ready = true;
  struct scene *s = calloc(1, sizeof *s);
  assert_non_null(s);
  s->f = fixture_new(pg, db_migrations);
  s->seed = seed;
  clock_set(monday);
  uint8_t raw[32] = {7};
  sign_seed_keypair(raw, s->key.pub, s->key.sec);
  memcpy(s->key.name, "entente/test", 13);
  db_set_hooks(s->f->db, (struct db_hooks){.before_commit = audit_sequence, .arg = &s->key});
  enum err e = db_tx_run(s->f->db, "demo", make, s);
  if (e) {
    AUTO(buf_release) struct buf b = BUF(10000);
    problem_text(&b, s->pb.code, s->pb.args, LANG_EN);
    for (struct problem_field_error *f = s->pb.fields; f; f = f->next) buf_fmt(&b, " %.*s", STR_ARG(f->pointer));
    fail_msg("%d %s %s", (int)e, buf_z(&b), db_tx_message());
  }
  if (pg) assert_int_equal(db_sequence_now(s->f->db), ERR_OK);
  return s;
}

static void scene_free(struct scene *s) {
  db_read_end(s->f->c);
  fixture_free(s->f);
  arena_release(&s->arena);
  clock_set(0);
  free(s);
}

// One alliance for all tests of an engine: only the last one adds to it.
static struct scene *shared[2];
static int setup(void **state, bool pg) {
  if (!shared[pg]) shared[pg] = scene_new(pg, 1);
  clock_set(monday);
  *state = shared[pg];
  return 0;
}
static int setup_sqlite(void **state) { return setup(state, false); }
static int setup_pg(void **state) { return setup(state, true); }
static int leave(void **state) {
  db_read_end(((struct scene *)*state)->f->c);
  return 0;
}
static int end(void **state) {
  (void)state;
  for (size_t i = 0; i < ARRAY_LEN(shared); i++)
    if (shared[i]) scene_free(shared[i]);
  return 0;
}

// A reading context of person p of firm f.
static struct ctx as(struct scene *s, int f, int p) {
  const struct demo_login *who = &s->demo.people[f * DEMO_PEOPLE + p];
  db_read_end(s->f->c);
  assert_int_equal(db_read_begin(s->f->c), ERR_OK);
  s->pb = (struct problem){.arena = &s->arena};
  return (struct ctx){.conn = s->f->c,
                      .arena = &s->arena,
                      .pb = &s->pb,
                      .now = clock_now(),
                      .viewer = {who->company_id, who->user_id, vocab_index(&vocab_user_role, str_of(who->role)), ~0u, LANG_EN}};
}

static int64_t in_state(struct scene *s, const char *table, const char *column, const char *word) {
  char text[200];
  (void)snprintf(text, sizeof text, "SELECT count(*) FROM %s WHERE %s = '%s'", table, column, word);
  return one(s->f->c, text);
}

static void the_alliance_shows_every_state(void **state) {
  struct scene *s = *state;
  static const char *const leads[] = {"pending", "received", "accepted", "reached",  "qualified",
                                      "quoted",  "won",      "lost",     "declined", "expired"};
  static const char *const stages[] = {"confirm_need", "evaluate_options", "resolve_concerns", "implement"};
  static const char *const statements[] = {"draft", "locked", "paid"};
  (void)as(s, 0, 0);
  for (size_t i = 0; i < ARRAY_LEN(leads); i++)
    if (!in_state(s, "lead", "state", leads[i])) fail_msg("no lead is %s", leads[i]);
  for (size_t i = 0; i < ARRAY_LEN(stages); i++)
    if (in_state(s, "deal", "stage", stages[i]) < 3) fail_msg("too few deals at %s", stages[i]);
  for (size_t i = 0; i < ARRAY_LEN(statements); i++) assert_int_equal(in_state(s, "statement", "state", statements[i]), 1);
  assert_int_equal(in_state(s, "agreement", "state", "active"), 2);
  assert_int_equal(in_state(s, "agreement", "state", "proposed"), 2);
  assert_int_equal(one(s->f->c, "SELECT count(*) FROM agreement WHERE active_version = 2"), 1);
  assert_int_equal(one(s->f->c, "SELECT count(*) FROM lead WHERE previous IS NOT NULL AND state = 'pending'"), 1);
  assert_int_equal(one(s->f->c, "SELECT count(*) FROM (SELECT company FROM account GROUP BY company HAVING count(*) >= 16) x"),
                   DEMO_FIRMS);
  assert_true(count(s->f->c, "order_line") > 300);
  assert_true(one(s->f->c, "SELECT max(ordered_on) - min(ordered_on) FROM order_line") > 600);
}

static void nothing_happens_in_the_future(void **state) {
  struct scene *s = *state;
  static const char *const tables[] = {"account",  "deal",     "lead", "agreement", "statement",
                                       "evidence", "activity", "task", "comment",   "acceptance"};
  (void)as(s, 0, 0);
  for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
    char text[200];
    (void)snprintf(text, sizeof text, "SELECT count(*) FROM %s WHERE created_at > %lld OR updated_at > %lld", tables[i],
                   (long long)monday, (long long)monday);
    assert_int_equal(one(s->f->c, text), 0);
  }
  assert_int_equal(one(s->f->c, "SELECT count(*) FROM lead WHERE state IN ('pending', 'received') AND deadline_at <= sent_at"),
                   0);
}

static void the_worked_example_is_paid_to_the_cent(void **state) {
  struct scene *s = *state;
  (void)as(s, 0, 0);
  assert_int_equal(one(s->f->c, "SELECT won_amount_minor FROM deal WHERE won_amount_minor = 10000001"), 10000001);
  assert_int_equal(one(s->f->c, "SELECT total_minor FROM statement WHERE state = 'locked'"), 700000);
  assert_int_equal(
    one(s->f->c,
        "SELECT count(*) FROM posting p JOIN statement t ON t.id = p.root WHERE t.state = 'locked' AND p.kind = 'person' "
        "AND p.amount_minor = 233333"),
    2);
  assert_int_equal(
    one(s->f->c,
        "SELECT count(*) FROM posting p JOIN statement t ON t.id = p.root WHERE t.state = 'locked' AND p.kind = 'person' "
        "AND p.amount_minor = 233334"),
    1);
}

static void verify_clean(struct scene *s) {
  AUTO(buf_release) struct buf findings = BUF(1024 * 1024);
  struct audit_report r;
  db_read_end(s->f->c);
  assert_int_equal(audit_verify(s->f->db, &s->key, &findings, &r), ERR_OK);
  if (r.findings) fail_msg("%s", buf_z(&findings));
  assert_int_equal(r.logs, DEMO_FIRMS);
}

static void the_log_verifies(void **state) { verify_clean(*state); }

static void a_second_alliance_is_refused(void **state) {
  struct scene *s = *state;
  db_read_end(s->f->c);
  assert_int_equal(db_tx_run(s->f->db, "demo", make, s), ERR_CONFLICT);
  assert_int_equal(s->pb.code, P_DUPLICATE);
}

// ---- today

static struct today *today_of(struct scene *s, int firm, int person) {
  struct ctx x = as(s, firm, person);
  struct today *t = NEW(&s->arena, struct today);
  assert_int_equal(today_make(&x, t), ERR_OK);
  return t;
}

static size_t of_kind(const struct today *t, enum today_text kind) {
  size_t n = 0;
  for (size_t i = 0; i < t->n_actions; i++) n += t->action[i].kind == kind;
  return n;
}

static void today_shows_what_waits(void **state) {
  struct scene *s = *state;
  struct today *t = today_of(s, 0, 0);
  assert_int_equal(of_kind(t, TODAY_lead_answer), 2);
  assert_int_equal(t->leads_waiting, 2);
  assert_int_equal(of_kind(t, TODAY_statement_approve), 1);
  assert_int_equal(of_kind(t, TODAY_agreement_answer), 1);
  assert_true(of_kind(t, TODAY_next_step) >= 3);
  assert_int_equal(of_kind(t, TODAY_task_due), 1);
  assert_int_equal(of_kind(t, TODAY_promise_due), 0);  // others promised; hers is Aisha's
  for (size_t i = 1; i < t->n_actions; i++) assert_true(t->action[i - 1].weight >= t->action[i].weight);
  for (size_t i = 1; i < t->n_quiet; i++) assert_true(t->quiet[i - 1].days >= t->quiet[i].days);
  for (size_t i = 0; i < t->n_quiet; i++) assert_true(t->quiet[i].days > TODAY_QUIET_DAYS);
  assert_true(t->n_quiet >= 3);
  assert_int_equal(t->n_promises, 3);
  assert_non_null(t->question_deal);
  assert_str(rec_text(t->question_deal, deal_f_name), "Patient menus, six sites");
  assert_int_equal(t->question_marker, marker_result_announced);
  for (size_t i = 0; i < t->n_clocks; i++) {
    assert_true(t->clock[i].minutes_left > 0 && t->clock[i].share_left <= 1000);
    assert_false(rec_has(t->clock[i].lead, lead_f_account_name));  // sealed
  }
}

static void today_is_somebodys_own(void **state) {
  struct scene *s = *state;
  assert_int_equal(of_kind(today_of(s, 0, 2), TODAY_promise_due), 1);
  assert_int_equal(of_kind(today_of(s, 1, 3), TODAY_promise_due), 2);        // two promises of Sun Jiayi in rooms of Northwind
  assert_int_equal(of_kind(today_of(s, 0, 3), TODAY_statement_approve), 0);  // prepared it, and no manager
  assert_int_equal(of_kind(today_of(s, 1, 1), TODAY_statement_approve), 0);  // is paid by it
  assert_int_equal(of_kind(today_of(s, 1, 0), TODAY_lead_reach), 0);         // accepted by Zhao Yiming
  assert_int_equal(today_of(s, 0, 4)->n_actions, 0);                         // only reads
  assert_int_equal(of_kind(today_of(s, 2, 0), TODAY_agreement_answer), 1);
}

static void guidance_follows_the_evidence(void **state) {
  struct scene *s = *state;
  struct today *t = today_of(s, 0, 0);
  struct ctx x = as(s, 0, 0);
  struct guidance g;
  assert_int_equal(deal_guidance(&x, t->question_deal, &g), ERR_OK);
  assert_int_equal(g.stage.proven, buyer_stage_evaluate_options);
  assert_int_equal(g.all.position, deal_position_criteria_open);
  assert_int_equal(g.next_sign, marker_result_announced);
  assert_true(g.right.n > 0 && g.right.n <= GUIDANCE_RIGHT && g.harmful.n > 0);
  bool quote_early = false;
  for (size_t i = 0; i < g.early.n; i++)
    quote_early |= g.early.item[i].action == seller_action_quote && g.early.item[i].n_because > 1;
  assert_true(quote_early);
}

// ---- the large hub

static void add_parts(struct scene *s, int64_t total, int64_t step) {
  s->part = (struct demo_part){.seed = 5, .total = total, .alliance = &s->demo};
  db_read_end(s->f->c);
  for (int64_t from = 0; from < total; from += step) {
    s->part.from = from;
    s->part.to = from + step < total ? from + step : total;
    assert_int_equal(db_tx_run(s->f->db, "part", make_part, s), ERR_OK);
  }
  if (s->f->pg) assert_int_equal(db_sequence_now(s->f->db), ERR_OK);
}

static void scale_adds_what_it_says(void **state) {
  struct scene *s = *state;
  (void)as(s, 0, 0);
  int64_t accounts = count(s->f->c, "account"), deals = count(s->f->c, "deal"), contacts = count(s->f->c, "contact"),
          acts = count(s->f->c, "activity");
  add_parts(s, 120, 50);
  (void)as(s, 0, 0);
  assert_int_equal(count(s->f->c, "account") - accounts, 120);
  assert_int_equal(count(s->f->c, "contact") - contacts, 120);
  assert_int_equal(count(s->f->c, "deal") - deals, 360);
  assert_int_equal(count(s->f->c, "activity") - acts, 360);
  char text[200];
  (void)snprintf(text, sizeof text, "SELECT count(*) FROM deal_seen WHERE viewer = %lld",
                 (long long)s->demo.people[2 * DEMO_PEOPLE].company_id);
  assert_true(one(s->f->c, text) > 300 && one(s->f->c, text) < 370);
  verify_clean(s);
}

// Today looks at as much in a large hub as in a small one.
static void today_is_bounded(void **state) {
  struct scene *s = *state;
  (void)today_of(s, 0, 1);
  (void)db_work(s->f->c);
  (void)today_of(s, 0, 1);
  int64_t small = db_work(s->f->c);
  add_parts(s, 300, 100);
  (void)today_of(s, 0, 1);
  (void)db_work(s->f->c);
  (void)today_of(s, 0, 1);
  int64_t large = db_work(s->f->c);
  print_message("# steps of today: %lld, with 900 more deals %lld\n", (long long)small, (long long)large);
  assert_true(small > 0 && large <= small + small * 3 / 10);
}

static str names_of(struct scene *s) {
  AUTO(buf_release) struct buf b = BUF(1024 * 1024);
  AUTO(db_release) struct db_stmt *q = NULL;
  bool row = true;
  (void)as(s, 0, 0);
  assert_int_equal(db_prepare(s->f->c, SQL("SELECT name FROM account ORDER BY name, id"), &q), ERR_OK);
  while (db_step(q, &row) == ERR_OK && row) {
    buf_put(&b, db_text(q, 0));
    buf_putc(&b, '\n');
  }
  return arena_str(&s->arena, buf_str(&b));
}

static void the_seed_decides_the_content(void **state) {
  struct scene *s = scene_new(false, 1), *t = scene_new(false, 1), *other = scene_new(false, 2);
  (void)state;
  add_parts(s, 30, 30);
  add_parts(t, 30, 7);
  str a = names_of(s), b = names_of(t);
  assert_true(a.n > 500);
  assert_true(str_eq(a, b));
  static const char sum[] = "SELECT sum(total_minor) FROM order_line";
  assert_int_equal(one(s->f->c, sum), one(t->f->c, sum));
  (void)as(other, 0, 0);
  assert_int_not_equal(one(s->f->c, sum), one(other->f->c, sum));
  scene_free(s);
  scene_free(t);
  scene_free(other);
  clock_set(monday);
}

#define EACH(f) cmocka_unit_test_setup_teardown(f, setup_sqlite, leave)
#define EACH_PG(f) \
  { "pg_" #f, f, setup_pg, leave, NULL }
#define TESTS(X)                                                                                                  \
  X(the_alliance_shows_every_state), X(nothing_happens_in_the_future), X(the_worked_example_is_paid_to_the_cent), \
    X(the_log_verifies), X(a_second_alliance_is_refused), X(today_shows_what_waits), X(today_is_somebodys_own),   \
    X(guidance_follows_the_evidence), X(scale_adds_what_it_says)

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(the_seed_decides_the_content), TESTS(EACH), EACH(today_is_bounded),
                                     TESTS(EACH_PG)};
  bool pg = getenv("ENTENTE_TEST_PG") != NULL;
  if (!pg) print_message("# ENTENTE_TEST_PG is not set: PostgreSQL is not tested\n");
  return _cmocka_run_group_tests("demo", tests, pg ? ARRAY_LEN(tests) : ARRAY_LEN(tests) / 2 + 1, NULL, end);
}
