// SPDX-License-Identifier: Apache-2.0
// Commands of whoever runs the hub: init, user add, migrate.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "flows/identity.h"
#include "model/derive.h"

struct admin_run {
  struct new_company company;
  struct new_user user;
  str hub_name;
  bool make_hub;
  struct arena arena;
  struct problem problem;
};

static enum err find_company(struct ctx *x, str name, id64 *ret) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(x->conn, SQL("SELECT id FROM company WHERE name = $1"), &s));
  db_bind_text(s, 1, name);
  bool row = false;
  TRY(db_step(s, &row));
  *ret = row ? db_int(s, 0) : 0;
  return ERR_OK;
}

static enum err put_hub(struct ctx *x, str name) {
  uint8_t raw[8];
  AUTO(buf_release) struct buf id = BUF(64);
  str there;
  enum err e = hub_get(x->conn, S("id"), x->arena, &there);
  if (e == ERR_OK) return problem_set1(x->pb, P_DUPLICATE, S("hub"));
  if (e != ERR_NOT_FOUND) return e;
  random_bytes(raw, sizeof raw);
  buf_hex(&id, raw, sizeof raw);
  TRY(hub_put(x->conn, S("id"), buf_str(&id)));
  return hub_put(x->conn, S("name"), name);
}

static enum err admin_write(struct db_conn *c, void *arg) {
  struct admin_run *r = arg;
  r->problem = (struct problem){.arena = &r->arena};
  struct ctx x = {.conn = c, .arena = &r->arena, .pb = &r->problem, .now = clock_now()};
  id64 company = 0, user = 0;
  if (r->make_hub) TRY(put_hub(&x, r->hub_name));
  TRY(find_company(&x, r->company.name, &company));
  if (!company) TRY(identity_company_create(&x, &r->company, &company));
  r->user.company = company;
  return identity_user_create(&x, &r->user, &user);
}

static bool read_password(const char *path, struct buf *out) {
  if (!cli_read(path, 4096, out)) return false;
  while (out->n && (out->p[out->n - 1] == '\n' || out->p[out->n - 1] == '\r')) out->n--;
  return true;
}

int cli_breached(const struct cli_args *a, struct breached **ret) {
  AUTO(buf_release) struct buf message = BUF(4096);
  const char *path = cli_value(a, "--breached");
  *ret = NULL;
  if (!path || !breached_open(path, &message, ret)) return EXIT_OK;
  return cli_fail(EXIT_USAGE, "%.*s", STR_ARG(buf_str(&message)));
}

static int check_password(const struct cli_args *a, str password, const struct password_context *around, struct arena *arena) {
  struct breached *list = NULL;
  bool stolen = false;
  int e = cli_breached(a, &list), reads = 0;
  if (e) return e;
  enum problem_code p = password_refusal(password, around);
  enum err failed = list && !p ? breached_has(list, password, &stolen, &reads) : ERR_OK;
  breached_close(list);
  if (failed) return cli_fail(EXIT_FAILED, "the list of breached passwords cannot be read");
  if (stolen) p = P_PASSWORD_BREACHED;
  if (!p) return EXIT_OK;
  struct problem pb = {.arena = arena, .code = p, .args = {S("15"), STR_NULL}};
  return cli_problem(&pb, ERR_INVALID);
}

static int run_admin(struct cli_args *a, struct admin_run *r, enum db_open_mode mode, const char *email_option) {
  const char *company = cli_value(a, "--company"), *email = cli_value(a, email_option), *name = cli_value(a, "--name");
  if (!company || !email || !name)
    return cli_fail(EXIT_USAGE, "%s needs --company, %s and --name; see entente %s --help", a->command->name, email_option,
                    a->command->name);
  if (str_find(str_of(email), '@') < 1) return cli_fail(EXIT_USAGE, "%s is not an e-mail address", email);
  AUTO(buf_release) struct buf password = BUF(4096);
  if (!read_password(cli_value(a, "--password-file"), &password)) return EXIT_USAGE;
  struct password_context around = {str_of(email), str_of(name), str_of(company), str_of(cli_value(a, "--hub"))};
  char hashed[128];
  int refused = check_password(a, buf_str(&password), &around, &r->arena);
  if (refused) return refused;
  if (!password_hash(buf_str(&password), hashed)) return cli_fail(EXIT_FAILED, "not enough memory to hash the password");
  r->company.name = str_of(company);
  r->user.name = str_of(name);
  r->user.email = str_of(email);
  r->user.lang = cli_value(a, "--lang");
  r->user.password_hash = str_of(hashed);
  struct hub h;
  int e = hub_open(cli_value(a, "--db"), cli_value(a, "--key"), mode, &h);
  if (e) return e;
  enum err failed = db_tx_run(h.db, a->command->name, admin_write, r);
  e = failed ? cli_problem(&r->problem, failed) : hub_settle(&h);
  hub_close(&h);
  return e;
}

int cmd_init(struct cli_args *a) {
  struct admin_run r = {.make_hub = true, .hub_name = str_of(cli_value(a, "--hub")), .user.role = "admin"};
  int e = run_admin(a, &r, DB_CREATE, "--admin");
  arena_release(&r.arena);
  if (!e)
    printf("The hub %s is ready in %s. Start it with: entente serve --db %s\n", cli_value(a, "--hub"), cli_value(a, "--db"),
           cli_value(a, "--db"));
  return e;
}

int cmd_user_add(struct cli_args *a) {
  const char *role = cli_value(a, "--role");
  if (vocab_index(&vocab_user_role, str_of(role)) < 0) return cli_fail(EXIT_USAGE, "--role takes admin, manager, rep or viewer");
  struct admin_run r = {.user.role = role};
  int e = run_admin(a, &r, DB_SERVE, "--email");
  arena_release(&r.arena);
  if (!e) printf("%s can sign in as %s.\n", cli_value(a, "--name"), cli_value(a, "--email"));
  return e;
}

// ---- schema

int cmd_migrate(struct cli_args *a) {
  struct hub h;
  int e = hub_open(cli_value(a, "--db"), cli_value(a, "--key"), DB_SERVE, &h);
  if (e) return e;
  hub_close(&h);
  printf("%s has the schema of this version.\n", cli_value(a, "--db"));
  return EXIT_OK;
}

static int with_reader(const char *url, int (*fn)(struct db_conn *c)) {
  AUTO(buf_release) struct buf message = BUF(4096);
  struct db *db = NULL;
  struct db_conn *c = NULL;
  if (db_open(str_of(url), DB_READ_ONLY, &message, &db)) return cli_fail(EXIT_OPEN, "%.*s", STR_ARG(buf_str(&message)));
  int e = EXIT_FAILED;
  if (db_conn_open(db, &c) == ERR_OK) {
    if (db_read_begin(c) == ERR_OK) {
      e = fn(c);
      db_read_end(c);
    }
    db_conn_close(c);
  }
  db_close(db);
  return e;
}

static int draft(struct db_conn *c) {
  AUTO(buf_release) struct buf out = BUF(4 * 1024 * 1024);
  model_migrate_draft(c, &out);
  if (out.n) fwrite(out.p, 1, out.n, stdout);
  return EXIT_OK;
}

int cmd_migrate_draft(struct cli_args *a) { return with_reader(cli_value(a, "--db"), draft); }

static int check_schema(struct db_conn *c) {
  AUTO(buf_release) struct buf out = BUF(1024 * 1024);
  bool ok = model_schema_check(c, &out);
  if (out.n) fwrite(out.p, 1, out.n, stdout);
  return ok ? EXIT_OK : EXIT_NO;
}

int cmd_selfcheck(struct cli_args *a) {
  AUTO(buf_release) struct buf out = BUF(1024 * 1024);
  bool ok = model_selfcheck(&out);
  if (out.n) fwrite(out.p, 1, out.n, stdout);
  const char *url = cli_value(a, "--db");
  int e = ok ? EXIT_OK : EXIT_NO;
  bool there = access(url, F_OK) == 0 || str_starts(str_of(url), S("postgres"));
  if (there && !e) e = with_reader(url, check_schema);
  if (!e) printf("The tables of the program agree%s.\n", there ? ", and the database with them" : "");
  return e;
}
