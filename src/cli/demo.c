// SPDX-License-Identifier: Apache-2.0
// entente demo: a hub with a fictional alliance, and on request a large one for benchmarks.
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/cli.h"
#include "flows/demo.h"
#include "flows/identity.h"

#define PASSPHRASE "cold rooms keep warm promises"  // shared by all people of the demo, and printed
enum { ACCOUNTS_A_PART = 2000, SCALE_MAX = 10000000 };

struct demo_run {
  struct demo_result result;
  struct arena arena;
  struct problem problem;
  uint64_t seed;
  char hashed[128];
  struct demo_part part;
  int partners;
};

static enum err write_alliance(struct db_conn *c, void *arg) {
  struct demo_run *r = arg;
  arena_release(&r->arena);
  r->problem = (struct problem){.arena = &r->arena};
  struct ctx x = {.conn = c, .arena = &r->arena, .pb = &r->problem, .now = clock_now()};
  return demo_alliance(&x, r->seed, str_of(r->hashed), &r->result);
}

static enum err write_part(struct db_conn *c, void *arg) {
  struct demo_run *r = arg;
  r->problem = (struct problem){.arena = &r->arena};
  struct ctx x = {.conn = c, .arena = &r->arena, .pb = &r->problem, .now = clock_now()};
  return demo_scale(&x, &r->part);
}

static enum err write_partners(struct db_conn *c, void *arg) {
  struct demo_run *r = arg;
  AUTO(arena_release) struct arena a = {0};
  r->problem = (struct problem){.arena = &r->arena};
  struct ctx x = {.conn = c, .arena = &a, .pb = &r->problem, .now = clock_now()};
  return demo_partners(&x, r->partners, str_of(r->hashed), &r->part);
}

static void progress(int64_t done, int64_t total, bool over) {
  enum { WIDTH = 40 };
  if (!cli_is_terminal()) return;
  int full = (int)(done * WIDTH / total);
  fprintf(stderr, "\r[%.*s%.*s] %lld of %lld accounts%s", full, "########################################", WIDTH - full,
          "........................................", (long long)done, (long long)total, over ? "\n" : "");
}

static int write_scale(struct hub *h, struct demo_run *r, int64_t total) {
  r->part = (struct demo_part){.seed = r->seed, .total = total, .alliance = &r->result};
  enum err failed = db_tx_run(h->db, "demo_partners", write_partners, r);
  if (failed) return cli_problem(&r->problem, failed);
  for (int64_t from = 0; from < total; from += ACCOUNTS_A_PART) {
    progress(from, total, false);
    r->part.from = from;
    r->part.to = from + ACCOUNTS_A_PART < total ? from + ACCOUNTS_A_PART : total;
    enum err e = db_tx_run(h->db, "demo_scale", write_part, r);
    if (e) return cli_problem(&r->problem, e);
  }
  progress(total, total, true);
  return EXIT_OK;
}

// A hub that is there is left alone, whatever is in it.
static bool hub_there(const char *url) {
  AUTO(buf_release) struct buf message = BUF(4096);
  AUTO(arena_release) struct arena a = {0};
  struct stat st;
  struct db *db = NULL;
  struct db_conn *c = NULL;
  str id;
  bool is_file = !strstr(url, "://");
  if (is_file && (stat(url, &st) || st.st_size == 0)) return false;
  if (db_open(str_of(url), DB_READ_ONLY, &message, &db)) return false;  // opening it for writing says why
  bool there = false;
  if (db_conn_open(db, &c) == ERR_OK) {
    there = db_read_begin(c) == ERR_OK && hub_get(c, S("id"), &a, &id) == ERR_OK;
    db_read_end(c);
    db_conn_close(c);
  }
  db_close(db);
  return there;
}

static void write_person(struct jw *w, const struct demo_login *p) {
  const char *const members[][2] = {{"company", p->company},  {"name", p->name}, {"login", p->login},
                                    {"password", PASSPHRASE}, {"role", p->role}, {"lang", p->lang}};
  char z[ID_TEXT_MAX];
  jw_object(w);
  for (size_t i = 0; i < ARRAY_LEN(members); i++) {
    jw_key(w, str_of(members[i][0]));
    jw_string(w, str_of(members[i][1]));
  }
  jw_key(w, S("company_id"));
  jw_string(w, str_of(id_z(z, "company", p->company_id)));
  jw_key(w, S("user_id"));
  jw_string(w, str_of(id_z(z, "user", p->user_id)));
  jw_end_object(w);
}

static void print_json(const struct demo_run *r, const char *url, int64_t total) {
  AUTO(buf_release) struct buf b = BUF(1024 * 1024);
  struct jw w = JW(&b);
  jw_object(&w);
  jw_key(&w, S("db"));
  jw_string(&w, str_of(url));
  jw_key(&w, S("logins"));
  jw_array(&w);
  for (int i = 0; i < DEMO_FIRMS; i++) write_person(&w, &r->result.people[i * DEMO_PEOPLE]);
  jw_end_array(&w);
  jw_key(&w, S("people"));
  jw_array(&w);
  for (int i = 0; i < DEMO_FIRMS * DEMO_PEOPLE; i++) write_person(&w, &r->result.people[i]);
  jw_end_array(&w);
  jw_key(&w, S("accounts"));
  jw_int(&w, total);
  jw_end_object(&w);
  printf("%s\n", buf_z(&b));
}

static void print_text(const struct demo_run *r, const char *url, int64_t total) {
  printf("The demo alliance is in %s. Its companies and people are fictional.\n\n", url);
  for (int i = 0; i < DEMO_FIRMS; i++) {
    const struct demo_login *p = &r->result.people[i * DEMO_PEOPLE];
    printf("  %-34s %s (%s, %s)\n", p->login, p->name, p->company, p->lang);
  }
  printf("\nThe password of all of them: %s\n", PASSPHRASE);
  printf("Colleagues sign in with it too, as the second person for money: %s, %s, %s.\n", r->result.people[1].login,
         r->result.people[DEMO_PEOPLE + 1].login, r->result.people[2 * DEMO_PEOPLE + 1].login);
  if (total)
    printf("%lld accounts with contacts, deals and activities were added to %s.\n", (long long)total,
           r->result.people[0].company);
}

static int make(struct cli_args *a, struct demo_run *r, int64_t total) {
  struct hub h;
  const char *url = cli_value(a, "--db");
  if (hub_there(url))
    return cli_fail(EXIT_USAGE, "%s holds a hub already; the demo makes a new one: name another file with --db", url);
  if (!password_hash(S(PASSPHRASE), r->hashed)) return cli_fail(EXIT_FAILED, "not enough memory to hash the password");
  int e = hub_open(url, cli_value(a, "--key"), DB_CREATE, &h);
  if (e) return e;
  enum err failed = db_tx_run(h.db, "demo", write_alliance, r);
  e = failed ? cli_problem(&r->problem, failed) : total ? write_scale(&h, r, total) : EXIT_OK;
  int settled = e ? e : hub_settle(&h);
  hub_close(&h);
  return settled;
}

int cmd_demo(struct cli_args *a) {
  int64_t total = 0;
  struct demo_run r = {.seed = 1};
  int64_t partners = 0;
  const char *scale = cli_value(a, "--scale"), *seed = cli_value(a, "--seed"), *more = cli_value(a, "--partners");
  if (scale && (!str_to_int64(str_of(scale), &total) || total < 1 || total > SCALE_MAX))
    return cli_fail(EXIT_USAGE, "--scale takes a number of accounts from 1 to %d", SCALE_MAX);
  if (more && (!str_to_int64(str_of(more), &partners) || partners < 0 || partners > DEMO_PARTNERS_MAX))
    return cli_fail(EXIT_USAGE, "--partners takes a number of companies from 0 to %d", DEMO_PARTNERS_MAX);
  r.partners = (int)partners;
  if (seed && !str_to_uint64(str_of(seed), &r.seed)) return cli_fail(EXIT_USAGE, "--seed takes a whole number");
  int e = make(a, &r, total);
  if (!e && cli_switch(a, "--json"))
    print_json(&r, cli_value(a, "--db"), total);
  else if (!e)
    print_text(&r, cli_value(a, "--db"), total);
  arena_release(&r.arena);
  return e;
}
