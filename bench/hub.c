// SPDX-License-Identifier: Apache-2.0
// Hubs to measure, and the servers on them. A hub of up to BASE accounts is written by `entente demo` like every other
// (up to BASE_SLOW on PostgreSQL, where each statement is a round trip, and where only work is counted); a larger one is
// such a hub copied until it is large enough (grow.c). It is kept under --dir beside a file that says what it is, and taken again
// when it is asked for with the same program's schema.
#include "bench.h"
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { BASE = 10000, BASE_SLOW = 1000, PARTNERS = 100, FORMAT = 1 };

static void read_file(const char *path, struct buf *out) {
  FILE *f = fopen(path, "re");
  char bytes[65536];
  size_t n;
  while (f && (n = fread(bytes, 1, sizeof bytes, f)) > 0) buf_put(out, (str){bytes, n});
  if (f) fclose(f);
}

static void write_file(const char *path, str text) {
  FILE *f = fopen(path, "we");
  if (!f || fwrite(text.p, 1, text.n, f) != text.n || fclose(f)) fail("cannot write %s", path);
}

static void run_program(const char *const argv[], const char *given, struct buf *out) {
  struct child c = {0};
  child_start(&c, argv, given);
  child_read_all(&c, out);
  if (child_wait(&c)) fail("%s %s failed (BENCH_VERBOSE=1 shows why)", argv[0], argv[1]);
}

// ---- PostgreSQL: a database of its own in the cluster

// URL of database `name` in the cluster that o->postgres leads to.
static void database_url(const char *cluster, const char *name, char ret[512]) {
  const char *host = strstr(cluster, "//"), *slash = host ? strchr(host + 2, '/') : NULL, *query = strchr(cluster, '?');
  if (!slash) fail("%s is no URL of a PostgreSQL database", cluster);
  snprintf(ret, 512, "%.*s/%s%s", (int)(slash - cluster), cluster, name, query ? query : "");
}

static void cluster_run(const char *url, const char *text) {
  PGconn *c = PQconnectdb(url);
  if (PQstatus(c) != CONNECTION_OK) fail("%s", PQerrorMessage(c));
  PGresult *r = PQexec(c, text);
  if (PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_TUPLES_OK) fail("%s: %s", text, PQerrorMessage(c));
  PQclear(r);
  PQfinish(c);
}

static bool database_there(const struct options *o, const char *name) {
  const char *values[] = {name};
  PGconn *c = PQconnectdb(o->postgres);
  if (PQstatus(c) != CONNECTION_OK) fail("%s", PQerrorMessage(c));
  PGresult *r = PQexecParams(c, "SELECT 1 FROM pg_database WHERE datname = $1", 1, NULL, values, NULL, NULL, 0);
  bool there = PQntuples(r) == 1;
  PQclear(r);
  PQfinish(c);
  return there;
}

static double database_mb(const struct options *o, const struct hub *h) {
  if (!o->postgres) return file_mb(h->url);
  PGconn *c = PQconnectdb(h->url);
  PGresult *r = PQexec(c, "SELECT pg_database_size(current_database())");
  double mb = PQntuples(r) == 1 ? strtod(PQgetvalue(r, 0, 0), NULL) / 1e6 : 0;
  PQclear(r);
  PQfinish(c);
  return mb;
}

// ---- the hub

static void names_of(const struct options *o, int64_t scale, struct hub *h, char name[64], char about[512]) {
  *h = (struct hub){.scale = scale};
  snprintf(name, 64, "bench_hub_%lld", (long long)scale);
  snprintf(about, 512, "%s/hub-%s%lld.json", o->dir, o->postgres ? "pg-" : "", (long long)scale);
  if (o->postgres)
    database_url(o->postgres, name, h->url);
  else
    snprintf(h->url, sizeof h->url, "%s/hub-%lld.db", o->dir, (long long)scale);
  snprintf(h->key, sizeof h->key, "%s/hub-%s%lld.db.key", o->dir, o->postgres ? "pg-" : "", (long long)scale);
}

static void person_read(json_t *login, struct person *ret) {
  const char *name = json_string_value(json_object_get(login, "login")),
             *word = json_string_value(json_object_get(login, "password")),
             *company = json_string_value(json_object_get(login, "company_id"));
  if (!name || !word || !company) fail("entente demo printed no logins");
  snprintf(ret->login, sizeof ret->login, "%s", name);
  snprintf(ret->password, sizeof ret->password, "%s", word);
  snprintf(ret->company, sizeof ret->company, "%s", company);
}

// What the file beside a hub says. false: of another schema or format, or not there.
static bool about_read(const char *path, str schema, struct hub *h) {
  AUTO(buf_release) struct buf text = BUF(16 << 20);
  read_file(path, &text);
  json_t *t = json_loadb(text.p ? text.p : "", text.n, 0, NULL), *logins = json_object_get(t, "logins");
  const char *was = json_string_value(json_object_get(t, "schema"));
  bool fits =
    was && str_eqz(schema, was) && json_integer_value(json_object_get(t, "format")) == FORMAT && json_array_size(logins) == 3;
  if (fits) {
    static const enum viewer by_firm[] = {OWNER, FEW, MOST};
    for (size_t i = 0; i < 3; i++) person_read(json_array_get(logins, i), &h->t.person[by_firm[i]]);
    h->made_s = json_number_value(json_object_get(t, "made_s"));
  }
  json_decref(t);
  return fits;
}

static void hex_of(str text, char ret[40]) {
  uint64_t h = UINT64_C(14695981039346656037);  // FNV-1a
  for (size_t i = 0; i < text.n; i++) h = (h ^ (unsigned char)text.p[i]) * UINT64_C(1099511628211);
  snprintf(ret, 40, "%016llx", (unsigned long long)h);
}

static int64_t id_number(const char *text) {
  static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
  int64_t v = 0;
  for (const char *p = strchr(text, '_'), *at; p && *++p && (at = strchr(alphabet, *p)) != NULL;) v = v << 5 | (at - alphabet);
  return v;
}

static void hub_remove(const struct options *o, const struct hub *h, const char *name) {
  static const char *const ends[] = {"", "-wal", "-shm", "-journal", ".lock"};
  char path[1100], text[256];
  unlink(h->key);
  if (o->postgres) {
    snprintf(text, sizeof text, "DROP DATABASE IF EXISTS %s WITH (FORCE)", name);
    cluster_run(o->postgres, text);
    return;
  }
  for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
    snprintf(path, sizeof path, "%s%s", h->url, ends[i]);
    unlink(path);
  }
}

// The clock of the demo stands, so that ids are consecutive (grow.c says what for).
static void demo_make(const struct options *o, const struct hub *h, int64_t base, struct buf *out) {
  char scale[24], seed[24], partners[24], clock[512], given[600], when[40];
  time_t now = time(NULL);
  struct tm tm;
  strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ\n", gmtime_r(&now, &tm));
  snprintf(clock, sizeof clock, "%s/clock", o->dir);
  snprintf(given, sizeof given, "ENTENTE_TEST_CLOCK=%s", clock);
  write_file(clock, str_of(when));
  snprintf(scale, sizeof scale, "%lld", (long long)base);
  snprintf(seed, sizeof seed, "%lld", (long long)o->seed);
  snprintf(partners, sizeof partners, "%d", PARTNERS);
  const char *const argv[] = {o->program, "demo",   "--db", h->url,       "--key",  h->key,   "--scale",
                              scale,      "--seed", seed,   "--partners", partners, "--json", NULL};
  run_program(argv, given, out);
  unlink(clock);
}

static void grow(const struct options *o, struct hub *h, int64_t copies, const json_t *logins) {
  char times[24], few[24], owner[24];
  AUTO(buf_release) struct buf out = BUF(1 << 16);
  snprintf(times, sizeof times, "%lld", (long long)copies);
  snprintf(owner, sizeof owner, "%lld",
           (long long)id_number(json_string_value(json_object_get(json_array_get(logins, 0), "company_id"))));
  snprintf(few, sizeof few, "%lld",
           (long long)id_number(json_string_value(json_object_get(json_array_get(logins, 1), "company_id"))));
  const char *const argv[] = {o->grow, h->url, times, few, owner, NULL};
  run_program(argv, "BENCH_VERBOSE=1", &out);
}

void hub_take(const struct options *o, int64_t scale, struct hub *ret) {
  char name[64], about[512], schema[40], text[256];
  AUTO(buf_release) struct buf out = BUF(16 << 20), described = BUF(16 << 20);
  const char *const argv[] = {o->program, "schema", NULL};
  run_program(argv, NULL, &described);
  hex_of(buf_str(&described), schema);
  names_of(o, scale, ret, name, about);
  struct stat st;
  bool there = o->postgres ? database_there(o, name) : !stat(ret->url, &st);
  if (there && about_read(about, str_of(schema), ret)) {
    fprintf(stderr, "bench: %s is there\n", ret->url);
    ret->database_mb = database_mb(o, ret);
    return;
  }
  int64_t most = o->postgres || o->work_only ? BASE_SLOW : BASE, base = scale < most ? scale : most,
          copies = (scale + base - 1) / base;
  double t0 = seconds_now();
  fprintf(stderr, "bench: making %lld accounts\n", (long long)(copies * base));
  unlink(about);
  hub_remove(o, ret, name);
  if (o->postgres) {
    snprintf(text, sizeof text, "CREATE DATABASE %s", name);
    cluster_run(o->postgres, text);
  }
  demo_make(o, ret, base, &out);
  json_t *t = json_loadb(out.p ? out.p : "", out.n, 0, NULL);
  if (copies > 1) grow(o, ret, copies, json_object_get(t, "logins"));
  json_object_set_new(t, "schema", json_string(schema));
  json_object_set_new(t, "format", json_integer(FORMAT));
  json_object_set_new(t, "made_s", json_real(seconds_now() - t0));
  char *json = json_dumps(t, JSON_INDENT(1));
  write_file(about, str_of(json));
  free(json);
  json_decref(t);
  if (!about_read(about, str_of(schema), ret)) fail("%s says not what it should", about);
  ret->database_mb = database_mb(o, ret);
  fprintf(stderr, "bench: made in %.0f s, %.0f MB\n", ret->made_s, ret->database_mb);
}

void hub_drop(const struct options *o, const struct hub *h) {
  struct hub again;
  char name[64], about[512];
  names_of(o, h->scale, &again, name, about);
  unlink(about);
  hub_remove(o, &again, name);
}

// ---- servers

static double serve_one(const struct options *o, struct hub *h, struct child *c) {
  char listen[32];
  AUTO(buf_release) struct buf line = BUF(4096);
  struct reply r = {.body = BUF(1 << 16)};
  snprintf(listen, sizeof listen, "127.0.0.1:%d", c->port = free_port());
  const char *const argv[] = {o->program, "serve", "--db", h->url, "--key", h->key, "--listen", listen, NULL};
  double t0 = seconds_now();
  child_start(c, argv, NULL);
  child_read_line(c, &line);  // it prints its name when it listens
  if (!try_request(c->port, "GET", "/readyz", "", STR_NULL, &r) || r.status != 200)
    fail("the server does not start on %s", h->url);
  double took = seconds_now() - t0;
  buf_release(&r.body);
  return took;
}

double hub_serve(const struct options *o, struct hub *h, int servers) {
  double took = 0;
  for (h->servers = 0; h->servers < servers; h->servers++) took = serve_one(o, h, &h->server[h->servers]);
  return took;
}

void hub_stop(struct hub *h) {
  for (int i = 0; i < h->servers; i++) child_stop(&h->server[i]);
  h->servers = 0;
}
