// SPDX-License-Identifier: Apache-2.0
// The search index on both engines, with the tokens of base/utf8, and the builder of statements.
#include "base/utf8.h"
#include "db/sqlb.h"
#include "db_fixture.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIXTURE struct fixture *f = *state

struct entry {
  const char *entity;
  id64 record, viewer;
  const char *text;
  bool raw;  // tokens as they are, past utf8_tokens
};

static enum err put_entry(struct db_conn *c, void *arg) {
  const struct entry *e = arg;
  AUTO(buf_release) struct buf b = BUF(1 << 20);
  if (e->raw)
    buf_putz(&b, e->text);
  else
    utf8_tokens(&b, str_of(e->text));
  return db_search_put(c, str_of(e->entity), e->record, e->viewer, buf_str(&b));
}

static void put(struct fixture *f, struct entry e) {
  if (db_tx_run(f->db, "put", put_entry, &e)) fail_msg("%s", db_tx_message());
}

static size_t find_tokens(struct fixture *f, id64 viewer, const char *entity, str tokens, size_t limit, id64 ret[16]) {
  struct arena a = {0};
  struct db_hit *hits;
  size_t n = 0;
  if (db_search(f->c, viewer, str_of(entity), tokens, limit, &a, &hits, &n)) fail_msg("%s", db_message(f->c));
  for (size_t i = 0; i < n && ret && i < 16; i++) ret[i] = hits[i].record;
  arena_release(&a);
  return n;
}

static size_t find(struct fixture *f, id64 viewer, const char *entity, const char *asked) {
  AUTO(buf_release) struct buf b = BUF(4096);
  utf8_query(&b, str_of(asked));
  return find_tokens(f, viewer, entity, buf_str(&b), 50, NULL);
}

static void any_two_characters(void **state) {
  FIXTURE;
  static const char *const name[] = {"深", "圳", "市", "晨", "光", "精", "密", "机", "械", "有", "限", "公", "司"};
  char whole[128] = "";
  for (size_t i = 0; i < ARRAY_LEN(name); i++) (void)snprintf(whole + strlen(whole), sizeof whole - strlen(whole), "%s", name[i]);
  put(f, (struct entry){.entity = "account", .record = 5, .viewer = 12, .text = whole});
  for (size_t i = 0; i + 1 < ARRAY_LEN(name); i++) {
    char two[16];
    (void)snprintf(two, sizeof two, "%s%s", name[i], name[i + 1]);
    assert_int_equal(find(f, 12, "account", two), 1);
    (void)snprintf(two, sizeof two, "%s%s", name[i + 1], name[i]);
    assert_int_equal(find(f, 12, "account", two), 0);
  }
  assert_int_equal(find(f, 12, NULL, "精密机械"), 1);
}

static void prefix_of_the_last_word(void **state) {
  FIXTURE;
  put(f, (struct entry){.entity = "contact", .record = 5, .viewer = 12, .text = "Алёна Петрова, Orion Machines"});
  assert_int_equal(find(f, 12, NULL, "алена пет"), 1);
  assert_int_equal(find(f, 12, NULL, "ORI"), 1);
  assert_int_equal(find(f, 12, NULL, "rion"), 0);
  assert_int_equal(find(f, 12, NULL, "ori petrova"), 0);
  assert_int_equal(find(f, 12, NULL, ""), 0);
  assert_int_equal(find(f, 12, NULL, "   "), 0);
}

static void only_for_the_viewer(void **state) {
  FIXTURE;
  put(f, (struct entry){.entity = "deal", .record = 5, .viewer = 12, .text = "secret harbour crane"});
  put(f, (struct entry){.entity = "deal", .record = 5, .viewer = 1, .text = "harbour"});
  put(f, (struct entry){.entity = "lead", .record = 6, .viewer = 12, .text = "harbour"});
  assert_int_equal(find(f, 12, NULL, "harbour"), 2);
  assert_int_equal(find(f, 12, "deal", "harbour"), 1);
  assert_int_equal(find(f, 12, "account", "harbour"), 0);
  assert_int_equal(find(f, 1, NULL, "harbour"), 1);
  assert_int_equal(find(f, 1, NULL, "secret"), 0);
  assert_int_equal(find(f, 2, NULL, "harbour"), 0);
  // Text that looks like our own terms reaches nobody else's index, and query syntax is only text.
  put(f, (struct entry){.entity = "deal", .record = 9, .viewer = 2, .text = "12:forged 12:/deal forged\" 12:x", .raw = true});
  assert_int_equal(find_tokens(f, 12, NULL, S("forged"), 50, NULL), 0);
  assert_int_equal(find_tokens(f, 2, NULL, S("12:forged"), 50, NULL), 1);
  static const char *const nasty[] = {"\"",  "'",     "*",       "a*b", "\\",       "12:harbour", "2:harbour", "harbour'&'x",
                                      "AND", "OR x*", "NEAR(a)", "-a",  "tokens:a", "{a b}",      "^a",        "%"};
  for (size_t i = 0; i < ARRAY_LEN(nasty); i++) assert_int_equal(find_tokens(f, 1, NULL, str_of(nasty[i]), 50, NULL), 0);
}

static enum err drop_deal(struct db_conn *c, void *arg) { return db_search_drop(c, S("deal"), 5, *(id64 *)arg); }

static void rows_follow_changes(void **state) {
  FIXTURE;
  for (id64 viewer = 1; viewer <= 3; viewer++)
    put(f, (struct entry){.entity = "deal", .record = 5, .viewer = viewer, .text = "old words"});
  put(f, (struct entry){.entity = "deal", .record = 5, .viewer = 1, .text = "new words"});
  put(f, (struct entry){.entity = "deal", .record = 5, .viewer = 1, .text = "new words"});
  assert_int_equal(find(f, 1, NULL, "old"), 0);
  assert_int_equal(find(f, 1, NULL, "new"), 1);
  assert_int_equal(find(f, 2, NULL, "old"), 1);
  put(f, (struct entry){.entity = "deal", .record = 5, .viewer = 1, .text = ""});
  assert_int_equal(find(f, 1, NULL, "words"), 0);
  id64 viewer = 2;
  assert_int_equal(db_tx_run(f->db, "drop", drop_deal, &viewer), ERR_OK);
  assert_int_equal(find(f, 2, NULL, "words"), 0);
  assert_int_equal(find(f, 3, NULL, "words"), 1);
  viewer = 0;
  assert_int_equal(db_tx_run(f->db, "drop", drop_deal, &viewer), ERR_OK);
  assert_int_equal(find(f, 3, NULL, "words"), 0);
  assert_int_equal(count(f->c, "search_row"), 0);
}

static void newest_first_and_bounded(void **state) {
  FIXTURE;
  for (id64 i = 1; i <= 9; i++) put(f, (struct entry){.entity = "deal", .record = i * 10, .viewer = 4, .text = "same"});
  id64 got[16];
  assert_int_equal(find_tokens(f, 4, NULL, S("same"), 3, got), 3);
  assert_true(got[0] == 90 && got[1] == 80 && got[2] == 70);
  assert_int_equal(find_tokens(f, 4, NULL, S("same"), 0, got), 0);
}

static void long_words_are_cut_alike(void **state) {
  FIXTURE;
  char word[3001];
  memset(word, 'a', sizeof word - 1);
  word[sizeof word - 1] = 0;
  memcpy(word + 118, "Ж", 2);  // the cut falls behind it
  memcpy(word + 120, "Ж", 2);
  put(f, (struct entry){.entity = "deal", .record = 1, .viewer = 4, .text = word, .raw = true});
  assert_int_equal(find_tokens(f, 4, NULL, str_of(word), 5, NULL), 1);
  word[60] = 'b';
  assert_int_equal(find_tokens(f, 4, NULL, str_of(word), 5, NULL), 0);
}

// ---- the builder

static sql build(const char *table, int nparams) {
  struct sqlb q;
  sqlb_init(&q);
  sqlb_add(&q, "SELECT id FROM ");
  sqlb_name(&q, table);
  for (int i = 0; i < nparams; i++) {
    if (i)
      sqlb_add(&q, " OR id = ");
    else
      sqlb_add(&q, " WHERE id = ");
    assert_int_equal(sqlb_param(&q), i + 1);
  }
  return sqlb_done(&q);
}

static void builder_interns(void **state) {
  (void)state;
  sql a = build("thing", 2), b = build("thing", 2), c = build("part", 2);
  assert_string_equal(a.text, "SELECT id FROM \"thing\" WHERE id = $1 OR id = $2");
  assert_true(a.fixed && a.text == b.text && a.text != c.text);
}

static void builder_refuses_other_names(void **state) {
  (void)state;
  static const char *const bad[] = {"", "Thing", "a b", "a;b", "a\"", "1a", "_a", "é"};
  for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
    pid_t child = fork();
    if (child == 0) {
      (void)signal(SIGABRT, SIG_DFL);
      (void)close(2);
      (void)build(bad[i], 0);
      _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
  }
}

// Filters may be combined without end: past the bound texts are lent, not kept, and still correct.
static void builder_is_bounded(void **state) {
  (void)state;
  bool lent = false;
  for (int i = 0; i < 5000; i++) {
    char name[32];
    (void)snprintf(name, sizeof name, "t%d", i);
    sql q = build(name, 1);
    lent = lent || !q.fixed;
    assert_int_equal(strncmp(q.text + strlen("SELECT id FROM \""), name, strlen(name)), 0);
  }
  assert_true(lent);
}

static int setup_sqlite(void **state) {
  *state = fixture_new(false, fixture_schema);
  return 0;
}

static int setup_postgres(void **state) {
  *state = fixture_new(true, fixture_schema);
  return 0;
}

static int teardown(void **state) {
  fixture_free(*state);
  return 0;
}

#define TESTS(T)              \
  T(any_two_characters)       \
  T(prefix_of_the_last_word)  \
  T(only_for_the_viewer)      \
  T(rows_follow_changes)      \
  T(newest_first_and_bounded) \
  T(long_words_are_cut_alike)

int main(void) {
#define ON_SQLITE(t) {"sqlite: " #t, t, setup_sqlite, teardown, NULL},
#define ON_POSTGRES(t) {"postgres: " #t, t, setup_postgres, teardown, NULL},
  const struct CMUnitTest tests[] = {cmocka_unit_test(builder_interns), cmocka_unit_test(builder_refuses_other_names),
                                     cmocka_unit_test(builder_is_bounded), TESTS(ON_SQLITE) TESTS(ON_POSTGRES)};
  size_t builders = 3, searches = ARRAY_LEN(tests) - builders;
  bool pg = getenv("ENTENTE_TEST_PG") != NULL;
  if (!pg) printf("# ENTENTE_TEST_PG is not set: PostgreSQL is not tested\n");
  return _cmocka_run_group_tests("db_search", tests, builders + searches / (pg ? 1 : 2), NULL, NULL);
}
