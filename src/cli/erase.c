// SPDX-License-Identifier: Apache-2.0
// Erasing a person from the command line, and making deleted content leave the files.
#include <stdio.h>

#include "cli/cli.h"
#include "db/scrub.h"
#include "flows/erase.h"
#include "flows/identity.h"

enum { ROUNDS_MAX = 5 };  // somebody may write of him meanwhile

struct erasing {
  struct hub hub;
  struct db_conn *read;
  struct arena arena;
  struct problem problem;
  struct viewer viewer;
  id64 contact;
  struct erase e;
  int64_t records, bodies, imports;
};

static struct ctx context(struct erasing *g, struct db_conn *c) {
  g->problem = (struct problem){.arena = &g->arena};
  return (struct ctx){.conn = c, .arena = &g->arena, .pb = &g->problem, .viewer = g->viewer, .now = clock_now()};
}

static enum err find_viewer(struct ctx *x, struct erasing *g, const char *login) {
  str unused;
  id64 user = 0;
  struct rec *u = NULL;
  TRY(identity_credential(x->conn, str_of(login), x->arena, &user, &unused));
  if (!user) return problem_set0(x->pb, P_LOGIN_FAILED);
  TRY(trust_load_system(x, &entity_user, user, &u));
  g->viewer = (struct viewer){u->company, user, rec_word(u, user_f_role), ~0u, cli_lang()};
  return ERR_OK;
}

static enum err plan(struct erasing *g, const char *login) {
  TRY(db_read_begin(g->read));
  struct ctx x = context(g, g->read);
  enum err e = login ? find_viewer(&x, g, login) : ERR_OK;
  x.viewer = g->viewer;
  if (!e) e = erase_plan(&x, g->contact, &g->e);
  db_read_end(g->read);
  return e;
}

static enum err write_all(struct db_conn *c, void *arg) {
  struct erasing *g = arg;
  struct ctx x = context(g, c);
  return erase_run(&x, &g->e);
}

static enum err erase(struct erasing *g) {
  for (int round = 0; g->e.nfound && round < ROUNDS_MAX; round++) {
    TRY(db_tx_run(g->hub.db, "erase", write_all, g));
    g->records += g->e.records;
    g->bodies += g->e.bodies;
    g->imports += g->e.imports;
    TRY(plan(g, NULL));
  }
  return ERR_OK;
}

static int opened(struct erasing *g, const struct cli_args *a) {
  if (db_conn_open(g->hub.db, &g->read)) return cli_fail(EXIT_OPEN, "the database cannot be read");
  g->e.arena = &g->arena;
  bool dry = cli_switch(a, "--dry-run");
  enum err e = plan(g, cli_value(a, "--as"));
  if (!e && dry) {
    printf("%zu records would be emptied or removed. Nothing was written.\n", g->e.nfound);
    return EXIT_OK;
  }
  if (!e) e = erase(g);
  if (e && g->problem.code == P_LOGIN_FAILED) return cli_fail(EXIT_USAGE, "nobody signs in as %s", cli_value(a, "--as"));
  if (e) return cli_problem(&g->problem, e);
  if (hub_settle(&g->hub)) return EXIT_FAILED;
  printf("Erased: %lld records emptied or removed, %lld former states out of the log, %lld parts of imports.\n",
         (long long)g->records, (long long)g->bodies, (long long)g->imports);
  if (!db_scrub(g->hub.db, false)) return EXIT_OK;
  return cli_fail(EXIT_FAILED, "the person is erased, but the files are not clean yet: run entente scrub");
}

int cmd_erase(struct cli_args *a) {
  struct erasing g = {0};
  if (a->nwords != 1 || !cli_value(a, "--as"))
    return cli_fail(EXIT_USAGE, "erase needs a CONTACT and --as LOGIN; see entente erase --help");
  if (!id_parse(str_of(a->word[0]), entity_contact.prefix, &g.contact))
    return cli_fail(EXIT_USAGE, "%s is not the id of a contact", a->word[0]);
  int code = hub_open(cli_value(a, "--db"), cli_value(a, "--key"), DB_SERVE, &g.hub);
  if (!code) {
    code = opened(&g, a);
    db_conn_close(g.read);
    hub_close(&g.hub);
  }
  arena_release(&g.arena);
  return code;
}

int cmd_scrub(struct cli_args *a) {
  struct hub h;
  int code = hub_open(cli_value(a, "--db"), cli_value(a, "--key"), DB_SERVE, &h);
  if (code) return code;
  enum err e = db_scrub(h.db, cli_switch(a, "--files"));
  if (e)
    code = cli_fail(EXIT_FAILED, "%s", e == ERR_BUSY ? "somebody reads the database all the time: try again" : db_tx_message());
  hub_close(&h);
  return code;
}
