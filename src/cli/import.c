// SPDX-License-Identifier: Apache-2.0
// entente import: the same import as over HTTP, straight on the database. The server may take it up where an interrupted one stopped.
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "flows/identity.h"
#include "flows/import.h"

enum { HOLD_MICROS = 5 * 1000 * 1000, BAR = 30 };

struct importing {
  struct hub hub;
  struct db_conn *read;
  struct arena arena;
  struct problem problem;
  struct viewer viewer;
  struct import_upload *upload;
  struct buf map;  // the file of --map
  id64 import;
  bool dry;
  struct import_verdict verdict;
  struct import_counts counts;
  int64_t total;
};

static struct ctx context(struct importing *m, struct db_conn *c) {
  m->problem = (struct problem){.arena = &m->arena};
  return (struct ctx){.conn = c, .arena = &m->arena, .pb = &m->problem, .viewer = m->viewer, .now = clock_now()};
}

static enum err reading(struct importing *m, enum err (*fn)(struct ctx *x, struct importing *m)) {
  TRY(db_read_begin(m->read));
  struct ctx x = context(m, m->read);
  enum err e = fn(&x, m);
  db_read_end(m->read);
  return e;
}

static enum err find_viewer(struct ctx *x, struct importing *m, str login) {
  id64 user = 0;
  str ignored;
  struct rec *u = NULL;
  TRY(identity_credential(x->conn, login, x->arena, &user, &ignored));
  if (!user) return problem_set0(x->pb, P_LOGIN_FAILED);
  TRY(trust_load_system(x, &entity_user, user, &u));
  if (!rec_int(u, user_f_active)) return problem_set0(x->pb, P_FORBIDDEN);
  m->viewer =
    (struct viewer){.company = u->company, .user = user, .role = rec_word(u, user_f_role), .ops = ~0u, .lang = cli_lang()};
  return ERR_OK;
}

// ---- steps

static enum err load_job(struct ctx *x, struct importing *m, struct rec **ret) {
  return trust_load(x, &entity_import_job, m->import, OP_READ, ret, NULL);
}

static enum err apply_map(struct ctx *x, struct importing *m) {
  json_t *mapping AUTO(json_release) = NULL;
  struct rec *job = NULL;
  TRY(json_read(buf_str(&m->map), x->pb, &mapping));
  TRY(load_job(x, m, &job));
  return import_map(x, job, mapping);
}

// One transaction: the file is stored and queued. A dry run looks and leaves nothing behind.
static enum err begin(struct db_conn *c, void *arg) {
  struct importing *m = arg;
  struct ctx x = context(m, c);
  struct rec *job = NULL;
  TRY(import_create(&x, m->upload, &m->import));
  if (m->map.n) TRY(apply_map(&x, m));
  TRY(load_job(&x, m, &job));
  if (!m->dry) return import_start(&x, job, HOLD_MICROS);
  TRY(import_check(&x, job, &m->verdict));
  m->counts = m->verdict.counts;
  m->total = m->counts.read;
  return ERR_CONFLICT;  // takes everything back
}

static enum err begin_undo(struct db_conn *c, void *arg) {
  struct importing *m = arg;
  struct ctx x = context(m, c);
  struct rec *job = NULL;
  TRY(load_job(&x, m, &job));
  return import_undo_start(&x, job, HOLD_MICROS);
}

static enum err look(struct ctx *x, struct importing *m) {
  struct rec *job = NULL;
  TRY(load_job(x, m, &job));
  return import_counts_now(x, job, &m->counts, &m->total);
}

static void bar(int64_t done, int64_t total) {
  int full = total ? (int)(done * BAR / total) : BAR;
  fputs("\r[", stderr);
  for (int i = 0; i < BAR; i++) fputc(i < full ? '#' : '.', stderr);
  fprintf(stderr, "] %lld / %lld", (long long)done, (long long)total);
}

static enum err work(struct importing *m) {
  struct import_work *w = NULL;
  bool more = true, shown = cli_is_terminal();
  TRY(import_work_open(m->hub.db, m->read, m->import, &w));
  enum err e = ERR_OK;
  while (more && !e) {
    e = import_work_step(w, &more);
    if (shown && !e && !reading(m, look)) bar(m->counts.read, m->total);
  }
  import_work_close(w);
  if (shown) fputc('\n', stderr);
  return e ? e : reading(m, look);
}

// ---- answers

static enum err print_json(struct ctx *x, struct importing *m) {
  AUTO(buf_release) struct buf b = BUF(8 * 1024 * 1024);
  struct rec *job = NULL;
  struct jw w = JW(&b);
  TRY(load_job(x, m, &job));
  jw_object(&w);
  jw_key(&w, S("id"));
  char z[ID_TEXT_MAX];
  jw_string(&w, str_of(id_z(z, entity_import_job.prefix, m->import)));
  jw_key(&w, S("state"));
  jw_string(&w, rec_text(job, import_job_f_state));
  TRY(import_write(x, job, &w));
  jw_end_object(&w);
  printf("%s\n", buf_z(&b));
  return ERR_OK;
}

static enum err print_errors(struct ctx *x, struct importing *m) {
  AUTO(buf_release) struct buf b = BUF(LIMIT_IMPORT_BODY * 2);
  struct rec *job = NULL;
  TRY(load_job(x, m, &job));
  TRY(import_errors_csv(x, job, &b));
  str text = str_sub(buf_str(&b), 3, b.n);  // a terminal needs no byte order mark
  fwrite(text.p, 1, text.n, stderr);
  return ERR_OK;
}

static void print_counts(const struct importing *m, const char *kind) {
  const struct import_counts *c = &m->counts;
  printf("%s%s: %lld read, %lld created, %lld updated, %lld unchanged, %lld skipped, %lld failed\n", m->dry ? "dry run, " : "",
         kind, (long long)c->read, (long long)c->created, (long long)c->updated, (long long)c->unchanged, (long long)c->skipped,
         (long long)c->failed);
}

static void print_dry_failures(const struct importing *m) {
  for (size_t i = 0; i < m->verdict.n_failures; i++) {
    const struct import_failure *f = &m->verdict.failures[i];
    AUTO(buf_release) struct buf b = BUF(64 * 1024);
    problem_text(&b, f->code, f->args, cli_lang());
    fprintf(stderr, "row %lld, %.*s: %s\n", (long long)f->row, STR_ARG(f->column), buf_z(&b));
  }
}

static void print_dry_json(const struct importing *m) {
  const struct import_counts *c = &m->counts;
  printf(
    "{\"dry_run\":true,\"read\":%lld,\"created\":%lld,\"updated\":%lld,\"unchanged\":%lld,\"skipped\":%lld,\"failed\":%lld}\n",
    (long long)c->read, (long long)c->created, (long long)c->updated, (long long)c->unchanged, (long long)c->skipped,
    (long long)c->failed);
}

static int report(struct importing *m, const char *kind, bool json) {
  char z[ID_TEXT_MAX];
  if (m->dry) {
    if (json)
      print_dry_json(m);
    else
      print_counts(m, kind);
    print_dry_failures(m);
  } else if (json) {
    if (reading(m, print_json)) return cli_fail(EXIT_FAILED, "the import is done, but its report cannot be read");
  } else {
    print_counts(m, kind);
    printf("Take it back with: entente import --undo %s\n", id_z(z, entity_import_job.prefix, m->import));
    if (m->counts.failed && reading(m, print_errors)) return EXIT_FAILED;
  }
  return m->counts.failed ? EXIT_NO : EXIT_OK;
}

// ---- commands

static int run_import(struct importing *m, struct cli_args *a, str text) {
  const char *kind = a->word[0], *slash = strrchr(a->word[1], '/');
  m->problem = (struct problem){.arena = &m->arena};
  enum err e = import_read(str_of(kind), str_of(slash ? slash + 1 : a->word[1]), text, &m->arena, &m->problem, &m->upload);
  if (!e) e = db_tx_run(m->hub.db, "import", begin, m);
  if (m->dry && e == ERR_CONFLICT && m->verdict.failures && !m->problem.code) return report(m, kind, cli_switch(a, "--json"));
  if (!e) e = work(m);
  if (e) return cli_problem(&m->problem, e);
  int code = report(m, kind, cli_switch(a, "--json"));
  return code == EXIT_OK || code == EXIT_NO ? (hub_settle(&m->hub) ? EXIT_FAILED : code) : code;
}

static enum err conflicts(struct ctx *x, struct importing *m) {
  struct rec *job = NULL;
  struct import_conflict *list = NULL;
  size_t n = 0;
  int64_t all = 0;
  char z[ID_TEXT_MAX];
  TRY(load_job(x, m, &job));
  TRY(import_conflicts(x, job, IMPORT_CONFLICTS, &list, &n, &all));
  for (size_t i = 0; i < n; i++)
    fprintf(stderr, "row %lld: %s %.*s\n", (long long)list[i].row, id_z(z, list[i].e->prefix, list[i].id), STR_ARG(list[i].name));
  if (all > (int64_t)n) fprintf(stderr, "... and %lld more\n", (long long)(all - (int64_t)n));
  return all ? problem_set1(x->pb, P_CHANGED_SINCE, arena_fmt(x->arena, "%lld", (long long)all)) : ERR_OK;
}

static int run_undo(struct importing *m, const char *id, bool json) {
  if (!id_parse(str_of(id), entity_import_job.prefix, &m->import))
    return cli_fail(EXIT_USAGE, "%s is not the id of an import", id);
  enum err e = reading(m, conflicts);
  if (!e) e = db_tx_run(m->hub.db, "import_undo", begin_undo, m);
  if (!e) e = work(m);
  if (e)
    return e == ERR_CONFLICT && m->problem.code == P_CHANGED_SINCE ? (cli_problem(&m->problem, e), EXIT_NO)
                                                                   : cli_problem(&m->problem, e);
  if (json && reading(m, print_json)) return EXIT_FAILED;
  if (!json) printf("%s is undone.\n", id);
  return hub_settle(&m->hub) ? EXIT_FAILED : EXIT_OK;
}

static int check_use(struct cli_args *a) {
  const char *undo = cli_value(a, "--undo");
  if (!cli_value(a, "--as")) return cli_fail(EXIT_USAGE, "import needs --as LOGIN: whose import it is");
  if (undo && a->nwords) return cli_fail(EXIT_USAGE, "--undo takes no file");
  if (!undo && a->nwords != 2)
    return cli_fail(EXIT_USAGE, "import needs accounts, products or orders, and a FILE; see entente import --help");
  return EXIT_OK;
}

static int opened(struct importing *m, struct cli_args *a, str text) {
  if (db_conn_open(m->hub.db, &m->read)) return cli_fail(EXIT_OPEN, "the database cannot be read");
  int code = EXIT_FAILED;
  enum err e = db_read_begin(m->read);
  if (!e) {
    struct ctx x = context(m, m->read);
    e = find_viewer(&x, m, str_of(cli_value(a, "--as")));
    db_read_end(m->read);
  }
  if (e)
    code = m->problem.code == P_LOGIN_FAILED ? cli_fail(EXIT_USAGE, "nobody signs in as %s", cli_value(a, "--as"))
                                             : cli_problem(&m->problem, e);
  else if (cli_value(a, "--undo"))
    code = run_undo(m, cli_value(a, "--undo"), cli_switch(a, "--json"));
  else
    code = run_import(m, a, text);
  db_conn_close(m->read);
  return code;
}

int cmd_import(struct cli_args *a) {
  struct importing m = {.dry = cli_switch(a, "--dry-run")};
  AUTO(buf_release) struct buf text = BUF(0);
  const char *map = cli_value(a, "--map");
  int code = check_use(a);
  if (code) return code;
  if (!cli_value(a, "--undo") && !cli_read(a->word[1], LIMIT_IMPORT_BODY, &text)) return EXIT_USAGE;
  if (map && !cli_read(map, LIMIT_BODY, &m.map)) return EXIT_USAGE;
  code = hub_open(cli_value(a, "--db"), cli_value(a, "--key"), DB_SERVE, &m.hub);
  if (!code) {
    code = opened(&m, a, buf_str(&text));
    hub_close(&m.hub);
  }
  buf_release(&m.map);
  arena_release(&m.arena);
  return code;
}
