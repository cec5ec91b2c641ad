// SPDX-License-Identifier: Apache-2.0
// Compares three answers to each question: of the program on SQLite, of the program on PostgreSQL holding the same data, and of the
// access rules written a second time in tests/prove/oracle.sql. Rows, their order, the fields of each row, byte for byte.
//   oracle SQLITE_DIR POSTGRES_URL RULES.sql   reads lines "UNIT SEED QUESTIONS" and answers each with "unit ..." when it is done
// Each unit is a world of its own. In each, every condition of the rules is left out once (entente.drop); "found NAME" says that the
// comparison noticed.
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "oracle.h"

enum { BATCH = 64, PLANTED_BATCH = 16, PLANTED_QUESTIONS = 2000, SHOWN_MAX = 400, STATEMENTS_MAX = 20000 };

static const char *const conditions[] = {"grantee",
                                         "accepted",
                                         "accepted by now",
                                         "revoked",
                                         "begun",
                                         "not over",
                                         "own",
                                         "root",
                                         "audience",
                                         "from",
                                         "undated",
                                         "some field",
                                         "fieldset",
                                         "nulled",
                                         "directory",
                                         "plus and minus",
                                         "root seen",
                                         "children by set",
                                         "time of change",
                                         "searched",
                                         "filters"};

enum { COMPANIES_MAX = 8 };
struct eyes {
  int64_t of[COMPANIES_MAX];
  size_t n;
};
struct oracle {
  const char *dir, *url, *rules;
  PGconn *admin, *eyes;  // eyes: under SET ROLE
  struct db *db[ENGINES];
  struct db_conn *c[ENGINES];
  char *texts[STATEMENTS_MAX];  // prepared under the name of their place
  size_t slots[STATEMENTS_MAX * 2], ntexts;
  struct eyes *views;  // by entity index: whose view of it is there
  utime now;
  int64_t round;  // a view is of one world, one time and one set of rules
  int64_t asked, agreed, shown;
};
struct answered {
  struct question q;
  str sqlite, postgres;
};

// ---- libpq

static void admin_run(struct oracle *o, const char *text) {
  PGresult *r = PQexec(o->admin, text);
  if (PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_TUPLES_OK)
    oracle_fail("%.300s: %s", text, PQerrorMessage(o->admin));
  PQclear(r);
}

static PGconn *connect_to(const char *url) {
  PGconn *c = PQconnectdb(url);
  if (PQstatus(c) != CONNECTION_OK) oracle_fail("%s", PQerrorMessage(c));
  return c;
}

static size_t statement_slot(struct oracle *o, str text) {
  hash h = hash_of(text);
  size_t i;
  memcpy(&i, h.b, sizeof i);
  for (i %= ARRAY_LEN(o->slots);; i = (i + 1) % ARRAY_LEN(o->slots))
    if (!o->slots[i] || str_eqz(text, o->texts[o->slots[i] - 1])) return i;
}

// Sends a statement, prepared when it is met first.
static void eyes_send(struct oracle *o, str text, const char *const *params, int n) {
  char name[32];
  size_t slot = statement_slot(o, text);
  bool fresh = !o->slots[slot];
  if (fresh) {
    if (o->ntexts == STATEMENTS_MAX) oracle_fail("too many statements");
    o->texts[o->ntexts] = strndup(text.p, text.n);
    o->slots[slot] = ++o->ntexts;
  }
  (void)snprintf(name, sizeof name, "q%zu", o->slots[slot]);
  if ((fresh && !PQsendPrepare(o->eyes, name, o->texts[o->slots[slot] - 1], 0, NULL)) ||
      !PQsendQueryPrepared(o->eyes, name, n, params, NULL, NULL, 0))
    oracle_fail("%s", PQerrorMessage(o->eyes));
}

// The rows of the next statement that gives rows; preparations and settings are passed over.
static PGresult *eyes_rows(struct oracle *o) {
  for (;;) {
    PGresult *r = PQgetResult(o->eyes);
    if (!r) continue;
    ExecStatusType s = PQresultStatus(r);
    if (s == PGRES_TUPLES_OK && !(PQnfields(r) == 1 && strcmp(PQfname(r, 0), "setting") == 0)) return r;
    if (s != PGRES_COMMAND_OK && s != PGRES_TUPLES_OK) oracle_fail("%s", PQresultErrorMessage(r));
    PQclear(r);
  }
}

static void eyes_sync(struct oracle *o) {
  for (;;) {
    PGresult *r = PQgetResult(o->eyes);
    if (!r) continue;
    bool end = PQresultStatus(r) == PGRES_PIPELINE_SYNC;
    if (!end && PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_TUPLES_OK)
      oracle_fail("%s", PQresultErrorMessage(r));
    PQclear(r);
    if (end) return;
  }
}

static void eyes_set(struct oracle *o, const char *name, const char *value) {
  eyes_send(o, S("SELECT set_config($1, $2, false) AS setting"), (const char *const[]){name, value}, 2);
}

static void eyes_set_int(struct oracle *o, const char *name, int64_t value) {
  char text[32];
  (void)snprintf(text, sizeof text, "%lld", (long long)value);
  eyes_set(o, name, text);
}

// ---- comparing

// Has what the viewer sees of the type put together, once.
static void send_view(struct oracle *o, const struct question *q, const struct entity *e) {
  struct eyes *v = &o->views[e->index];
  char text[256], eyes[32];
  for (size_t i = 0; i < v->n; i++)
    if (v->of[i] == q->eyes) return;
  if (v->n == COMPANIES_MAX) oracle_fail("too many companies");
  v->of[v->n++] = q->eyes;
  (void)snprintf(eyes, sizeof eyes, "%lld", (long long)q->eyes);
  (void)snprintf(text, sizeof text, "INSERT INTO oracle.%s_view SELECT $1::bigint, v.* FROM oracle.%s v", e->name, e->name);
  eyes_set_int(o, "entente.company", q->viewer.company);
  eyes_send(o, str_of(text), (const char *const[]){eyes}, 1);
}

static void send_question(struct oracle *o, struct question *q) {
  AUTO(arena_release) struct arena a = {0};
  struct statement s;
  q->eyes = q->viewer.company + o->round;
  for (int i = 0; i < entity_count; i++)
    if (question_about(q, entity_all[i])) send_view(o, q, entity_all[i]);
  eyes_set_int(o, "entente.company", q->viewer.company);
  question_sql(q, &s, &a);
  eyes_send(o, buf_str(&s.text), s.params, s.n);
  buf_release(&s.text);
}

// Rules, clock or world are others from now on.
static void new_round(struct oracle *o) {
  o->round += INT64_C(1) << 40;
  memset(o->views, 0, (size_t)entity_count * sizeof *o->views);
}

// The oracle's JSON with its "@deal:123" written as the API does.
static void put_ids(struct buf *out, str json) {
  char z[ID_TEXT_MAX];
  for (;;) {
    str head, id, prefix, digits;
    int64_t value;
    const char *at = json.n ? memmem(json.p, json.n, "\"@", 2) : NULL;
    if (!at) break;
    head = (str){json.p, (size_t)(at - json.p) + 1};
    json = str_sub(json, head.n + 1, json.n);
    buf_put(out, head);
    if (!str_cut(json, '"', &id, &json) || !str_cut(id, ':', &prefix, &digits) || !str_to_int64(digits, &value))
      oracle_fail("not an id: %.*s", STR_ARG(json));
    AUTO(arena_release) struct arena a = {0};
    buf_putz(out, id_z(z, arena_z(&a, prefix), value));
    buf_putc(out, '"');
  }
  buf_put(out, json);
}

static void take_answer(struct oracle *o, const struct question *q, struct buf *out) {
  PGresult *r = eyes_rows(o);
  int n = PQntuples(r);
  bool more = q->kind != ASK_GET && q->kind != ASK_SEARCH && (size_t)n > q->limit;
  buf_clear(out);
  for (int i = 0; i < n - more; i++) {
    put_ids(out, (str){PQgetvalue(r, i, 0), (size_t)PQgetlength(r, i, 0)});
    buf_putc(out, '\n');
  }
  if (more) buf_putc(out, '+');
  PQclear(r);
}

static void report(const struct question *q, const char *who, str a, str b) {
  AUTO(buf_release) struct buf text = BUF(64 * 1024);
  question_print(q, &text);
  size_t first = 0;  // the row that differs
  for (size_t i = 0; i < a.n && i < b.n && a.p[i] == b.p[i]; i++)
    if (a.p[i] == '\n') first = i + 1;
  printf("not ok %s: %s\n  one:   %.*s\n  other: %.*s\n", who, buf_z(&text), STR_ARG(str_sub(a, first, SHOWN_MAX)),
         STR_ARG(str_sub(b, first, SHOWN_MAX)));
}

// The oracle works on a batch while the program does.
static void compare_batch(struct oracle *o, struct world *w, struct answered *list, size_t n) {
  AUTO(buf_release) struct buf out = BUF(8 * 1024 * 1024);
  for (size_t i = 0; i < n; i++) send_question(o, &list[i].q);
  if (!PQpipelineSync(o->eyes) || PQflush(o->eyes) < 0) oracle_fail("%s", PQerrorMessage(o->eyes));
  for (size_t i = 0; i < n; i++) {
    list[i].sqlite = question_ask(w, 0, &list[i].q, o->now, &w->arena);
    list[i].postgres = question_ask(w, 1, &list[i].q, o->now, &w->arena);
  }
  for (size_t i = 0; i < n; i++) {
    take_answer(o, &list[i].q, &out);
    bool engines = str_eq(list[i].sqlite, list[i].postgres), rules = str_eq(list[i].sqlite, buf_str(&out));
    if (!engines) report(&list[i].q, "SQLite and PostgreSQL differ", list[i].sqlite, list[i].postgres);
    if (!rules) report(&list[i].q, "the program and the rules differ", list[i].sqlite, buf_str(&out));
    o->asked++;
    o->agreed += engines && rules;
    o->shown += out.n > 0;
  }
  eyes_sync(o);
}

// Whether the comparison notices that a condition is gone.
static bool notices(struct oracle *o, const char *condition, struct answered *list, size_t n) {
  AUTO(buf_release) struct buf out = BUF(8 * 1024 * 1024);
  bool found = false;
  eyes_set(o, "entente.drop", condition);
  new_round(o);
  for (size_t at = 0; at < n && !found; at += PLANTED_BATCH) {
    size_t m = n - at < PLANTED_BATCH ? n - at : PLANTED_BATCH;
    for (size_t i = 0; i < m; i++) send_question(o, &list[at + i].q);
    if (!PQpipelineSync(o->eyes)) oracle_fail("%s", PQerrorMessage(o->eyes));
    for (size_t i = 0; i < m; i++) {
      take_answer(o, &list[at + i].q, &out);
      found |= !str_eq(list[at + i].sqlite, buf_str(&out));
    }
    eyes_sync(o);
  }
  eyes_set(o, "entente.drop", "");
  new_round(o);
  return found;
}

// Each condition whose absence has not been noticed in this run.
static void drop_each(struct oracle *o, struct answered *list, size_t n) {
  static bool found[ARRAY_LEN(conditions)];
  for (size_t i = 0; i < ARRAY_LEN(conditions); i++) {
    if (found[i] || !notices(o, conditions[i], list, n < PLANTED_QUESTIONS ? n : PLANTED_QUESTIONS)) continue;
    found[i] = true;
    printf("found %s\n", conditions[i]);
  }
}

// ---- the model as facts for the rules

static void put_quoted(struct buf *b, const char *text) {
  if (!text) {
    buf_putz(b, "NULL");
    return;
  }
  buf_putc(b, '\'');
  buf_putz(b, text);  // names of the model: no quotes in them
  buf_putc(b, '\'');
}

static void put_row(struct buf *b, const char *table, const char *const *texts, int n) {
  buf_fmt(b, "INSERT INTO oracle.%s VALUES (", table);
  for (int i = 0; i < n; i++) {
    if (i) buf_putc(b, ',');
    put_quoted(b, texts[i]);
  }
  buf_putz(b, ");\n");
}

static const char *yes(bool b) { return b ? "t" : "f"; }

static void put_fields(struct buf *b, const struct entity *e) {
  static const char *const kinds[K_COUNT] = {"text", "longtext", "int", "bool", "money", "rate", "date", "time", "word", "ref"};
  for (int f = 0; f < e->nfields; f++) {
    const struct field *d = &e->fields[f];
    char pos[16];
    (void)snprintf(pos, sizeof pos, "%d", f);
    const char *target = d->kind == K_REF ? field_target(e, f)->prefix : NULL;
    const char *vocab = d->vocab ? d->vocab->name : NULL;
    if (!(d->flags & F_SECRET))
      put_row(b, "field", (const char *const[]){e->name, pos, d->name, kinds[d->kind], vocab, target, yes(d->flags & F_SEARCH)},
              7);
  }
  for (int i = 0; i < e->nfieldsets; i++) {
    str list = str_of(e->fieldsets[i].fields), name;
    bool all = str_eqz(list, "*");
    for (int f = 0; all && f < e->nfields; f++)
      if (!(e->fields[f].flags & F_SECRET))
        put_row(b, "fieldset", (const char *const[]){e->name, e->fieldsets[i].name, e->fields[f].name}, 3);
    while (!all && str_next(&list, ' ', &name)) {
      char z[64];
      (void)snprintf(z, sizeof z, "%.*s", STR_ARG(name));
      put_row(b, "fieldset", (const char *const[]){e->name, e->fieldsets[i].name, z}, 3);
    }
  }
}

static void put_model(struct buf *b) {
  for (int i = 0; i < entity_count; i++) {
    const struct entity *e = entity_all[i];
    const char *root = e->flags & E_CHILD ? e->root : NULL;
    put_row(b, "entity",
            (const char *const[]){e->name, e->prefix, root, yes(e->flags & E_ROOM), yes(e->flags & E_SYSTEM),
                                  yes(e->flags & E_DIRECTORY), yes(e->flags & E_ROOT)},
            7);
    put_fields(b, e);
  }
  for (const struct vocab *const *v = vocab_all; *v; v++)
    for (int k = 0; k < (*v)->n; k++) {
      char pos[16];
      (void)snprintf(pos, sizeof pos, "%d", k);
      put_row(b, "word", (const char *const[]){(*v)->name, (*v)->words[k].name, pos}, 3);
    }
}

// ---- a unit

static void read_file(const char *path, struct buf *out) {
  FILE *f = fopen(path, "rb");
  char part[4096];
  if (!f) oracle_fail("cannot read %s", path);
  for (size_t n; (n = fread(part, 1, sizeof part, f)) > 0;) buf_put(out, (str){part, n});
  (void)fclose(f);
}

static void open_engine(struct oracle *o, int engine, str url, bool migrate) {
  AUTO(buf_release) struct buf message = BUF(4096);
  int applied;
  if (db_open(url, DB_CREATE, &message, &o->db[engine])) oracle_fail("%s", buf_z(&message));
  if (migrate && db_migrate(o->db[engine], &message, &applied)) oracle_fail("%s", buf_z(&message));
  if (db_conn_open(o->db[engine], &o->c[engine])) oracle_fail("%s", db_tx_message());
}

static void close_engine(struct oracle *o, int engine) {
  db_conn_close(o->c[engine]);
  db_close(o->db[engine]);
}

static void setup(struct oracle *o) {
  AUTO(buf_release) struct buf text = BUF(4 * 1024 * 1024);
  open_engine(o, 1, str_of(o->url), true);
  o->admin = connect_to(o->url);
  o->eyes = connect_to(o->url);
  admin_run(o, "SET client_min_messages = warning; SET search_path = entente");
  read_file(o->rules, &text);
  admin_run(o, buf_z(&text));
  buf_clear(&text);
  put_model(&text);
  buf_putz(&text, "SELECT oracle.write_rules();");
  admin_run(o, buf_z(&text));
  PQclear(PQexec(o->eyes,
                 "SET ROLE entente_oracle; SET plan_cache_mode = force_generic_plan; SET jit = off; SET search_path = entente"));
  if (!PQenterPipelineMode(o->eyes)) oracle_fail("%s", PQerrorMessage(o->eyes));
}

static const char empty_tables[] =
  "DO $$ DECLARE names text; BEGIN SELECT string_agg(format('%I.%I', schemaname, tablename), ', ') INTO names FROM pg_tables "
  "WHERE (schemaname = 'entente' AND tablename <> 'schema_version') OR (schemaname = 'oracle' AND tablename NOT IN ('entity', 'field', 'fieldset', 'word')); "
  "EXECUTE 'TRUNCATE ' || names; END $$";

static enum err build_postgres(struct db_conn *c, void *arg) {
  struct world *w = arg;
  w->c[1] = c;
  world_build(w);
  return ERR_OK;
}

struct building {
  struct oracle *o;
  struct world *w;
};
static enum err build_sqlite(struct db_conn *c, void *arg) {
  struct building *b = arg;
  b->w->c[0] = c;
  return db_tx_run(b->o->db[1], "world", build_postgres, b->w);
}

static void begin_reading(struct oracle *o, struct world *w) {
  for (int i = 0; i < ENGINES; i++) {
    w->c[i] = o->c[i];
    if (db_read_begin(o->c[i])) oracle_fail("%s", db_message(o->c[i]));
  }
  o->now = clock_now();
  new_round(o);
  eyes_set_int(o, "entente.now", o->now);
}

static void ask(struct oracle *o, struct world *w, size_t n, bool late, struct answered *list) {
  for (size_t at = 0; at < n; at += BATCH) {
    size_t m = n - at < BATCH ? n - at : BATCH;
    for (size_t i = 0; i < m; i++) list[at + i].q = question_make(w, late);
    compare_batch(o, w, &list[at], m);
  }
}

static void world_make(struct oracle *o, struct world *w) {
  struct building b = {o, w};
  admin_run(o, empty_tables);
  if (db_tx_run(o->db[0], "world", build_sqlite, &b)) oracle_fail("%s", db_tx_message());
  AUTO(buf_release) struct buf text = BUF(5 * 1024 * 1024);
  buf_fmt(&text, "INSERT INTO oracle.history VALUES ");
  buf_put(&text, buf_str(&w->history));
  admin_run(o, buf_z(&text));
  admin_run(o, "ANALYZE access_grant, oracle.history, oracle.shown");
}

static void unit(struct oracle *o, long number, uint64_t seed, size_t questions) {
  struct world *w = calloc(1, sizeof *w);
  struct answered *list = calloc(questions, sizeof *list);
  if (!w || !list) abort();
  char path[512];
  (void)snprintf(path, sizeof path, "%s/oracle-%ld.db", o->dir, number);
  open_engine(o, 0, str_of(path), true);
  w->rng = seed;
  id_seed(seed + 1);
  o->asked = o->agreed = o->shown = 0;
  world_make(o, w);
  begin_reading(o, w);
  size_t late = questions / 4, n = questions - late;
  ask(o, w, n, false, list);
  drop_each(o, list, n);
  // Later: grants have begun and ended, and nobody has looked at the clock yet but those who ask.
  clock_advance((int64_t)(1 + draw(w, 300)) * 60 * UTIME_SECOND);
  for (int i = 0; i < ENGINES; i++) db_read_end(o->c[i]);
  begin_reading(o, w);
  ask(o, w, late, true, list);
  drop_each(o, list, late);
  for (int i = 0; i < ENGINES; i++) db_read_end(o->c[i]);
  close_engine(o, 0);
  (void)unlink(path);
  printf("unit %ld asked %lld agreed %lld with rows %lld\n", number, (long long)o->asked, (long long)o->agreed,
         (long long)o->shown);
  (void)fflush(stdout);
  world_release(w);
  free(list);
  free(w);
}

int main(int argc, char **argv) {
  static struct oracle o;
  char line[128];
  if (argc != 4) oracle_fail("oracle SQLITE_DIR POSTGRES_URL RULES.sql");
  o = (struct oracle){.dir = argv[1], .url = argv[2], .rules = argv[3]};
  hash_setup();
  model_setup();
  o.views = calloc((size_t)entity_count, sizeof *o.views);
  if (!o.views) abort();
  setup(&o);
  for (size_t i = 0; i < ARRAY_LEN(conditions); i++) printf("condition %s\n", conditions[i]);
  while (fgets(line, sizeof line, stdin)) {
    str rest = str_trim(str_of(line)), number, seed;
    int64_t n, s, questions;
    if (!str_next(&rest, ' ', &number) || !str_next(&rest, ' ', &seed) || !str_to_int64(number, &n) || !str_to_int64(seed, &s) ||
        !str_to_int64(rest, &questions))
      oracle_fail("not a unit: %s", line);
    unit(&o, (long)n, (uint64_t)s, (size_t)questions);
  }
  close_engine(&o, 1);
  PQfinish(o.eyes);
  PQfinish(o.admin);
  for (size_t i = 0; i < o.ntexts; i++) free(o.texts[i]);
  free(o.views);
  return 0;
}
