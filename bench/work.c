// SPDX-License-Identifier: Apache-2.0
// What the database does for a request, counted from outside: steps of SQLite's virtual machine from /metrics, pages PostgreSQL touched
// from pg_stat_statements. Both grow with what a statement walks, whatever the machine does meanwhile.
#include "bench.h"
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

struct work_counter {
  const struct hub *hub;
  PGconn *pg;
};

struct work_counter *work_open(const struct options *o, const struct hub *h) {
  struct work_counter *w = calloc(1, sizeof *w);
  if (!w) abort();
  w->hub = h;
  if (!o->postgres) return w;
  w->pg = PQconnectdb(h->url);
  if (PQstatus(w->pg) != CONNECTION_OK) fail("%s", PQerrorMessage(w->pg));
  PQclear(PQexec(w->pg, "CREATE EXTENSION IF NOT EXISTS pg_stat_statements"));
  PGresult *r = PQexec(w->pg, "SELECT count(*) FROM pg_stat_statements");
  if (PQresultStatus(r) != PGRES_TUPLES_OK)
    fail("this PostgreSQL does not count: it needs shared_preload_libraries = pg_stat_statements (%s)", PQerrorMessage(w->pg));
  PQclear(r);
  return w;
}

void work_close(struct work_counter *w) {
  if (w && w->pg) PQfinish(w->pg);
  free(w);
}

static double pages(PGconn *pg) {
  PGresult *r = PQexec(pg, "SELECT coalesce(sum(shared_blks_hit + shared_blks_read), 0) FROM pg_stat_statements s "
                           "JOIN pg_database d ON d.oid = s.dbid WHERE d.datname = current_database()");
  double v = PQntuples(r) == 1 ? strtod(PQgetvalue(r, 0, 0), NULL) : 0;
  PQclear(r);
  return v;
}

double work_now(struct work_counter *w) {
  if (w->pg) return pages(w->pg);
  static const char name[] = "\nentente_database_steps_total ";
  struct reply r = {.body = BUF(1 << 20)};
  if (!try_request(w->hub->server[0].port, "GET", "/metrics", "", STR_NULL, &r) || r.status != 200) fail("no /metrics");
  const char *at = strstr(buf_z(&r.body), name);
  if (!at) fail("/metrics has no steps of the database");
  double v = strtod(at + strlen(name), NULL);
  buf_release(&r.body);
  return v;
}

const char *work_unit(const struct options *o) { return o->postgres ? "pages of PostgreSQL" : "steps of SQLite"; }
