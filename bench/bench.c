// SPDX-License-Identifier: Apache-2.0
// bench --program entente --floor floor [--scale N] [--seed S] [--seconds S] [--dir DIR] [--results FILE]
// Makes a hub of N accounts, runs each kind of request against the server and against the floor in turns, prints the table.
#include "bench.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { IDS_MAX = 2000, WORDS_MAX = 64, ROUNDS = 7, PAGE = 50, STARTS = 9 };

struct options {
  const char *program, *floor, *dir, *results;
  int64_t scale, seed;
  double seconds;
};

struct ids {
  char *at[IDS_MAX];
  size_t n;
};

struct person {
  char login[128], password[128], token[128];
};

static struct bench {
  struct options o;
  char hub[256], copy[256];  // the server's database, and the floor's where it writes
  struct child server, floor;
  struct person owner, partner;  // sees nearly all deals, and few
  struct ids deals, accounts, words;
  struct buf table;
} b;

// ---- programs

static double start_server(void) {
  char listen[32];
  AUTO(buf_release) struct buf line = BUF(4096);
  struct reply r = {.body = BUF(1 << 16)};
  snprintf(listen, sizeof listen, "127.0.0.1:%d", b.server.port = free_port());
  const char *const argv[] = {b.o.program, "serve", "--db", b.hub, "--listen", listen, NULL};
  double t0 = seconds_now();
  child_start(&b.server, argv);
  child_read_line(&b.server, &line);  // it prints its name when it listens
  if (!try_request(b.server.port, "GET", "/readyz", "", STR_NULL, &r) || r.status != 200)
    fail("the server does not start on %s", b.hub);
  double took = seconds_now() - t0;
  buf_release(&r.body);
  return took;
}

static void start_floor(const char *db) {
  char port[16];
  snprintf(port, sizeof port, "%d", b.floor.port = free_port());
  const char *const argv[] = {b.o.floor, "serve", db, port, NULL};
  child_start(&b.floor, argv);
  wait_for_port(b.floor.port);
}

// The floor first: the server, the last to close, then brings its whole log into the file, which is copied.
static void stop_both(void) {
  child_stop(&b.floor);
  child_stop(&b.server);
}

// ---- the hub

static const char *text_of(json_t *o, const char *key) {
  const char *s = json_string_value(json_object_get(o, key));
  if (!s) fail("no \"%s\" in an answer", key);
  return s;
}

static void person_read(json_t *login, struct person *ret) {
  snprintf(ret->login, sizeof ret->login, "%s", text_of(login, "login"));
  snprintf(ret->password, sizeof ret->password, "%s", text_of(login, "password"));
}

// The first firm of the demo owns all deals, the second is partner of about two hundred.
static void make_hub(void) {
  char scale[24], seed[24];
  AUTO(buf_release) struct buf out = BUF(16 << 20);
  struct child demo = {0};
  snprintf(scale, sizeof scale, "%lld", (long long)b.o.scale);
  snprintf(seed, sizeof seed, "%lld", (long long)b.o.seed);
  const char *const argv[] = {b.o.program, "demo", "--db", b.hub, "--scale", scale, "--seed", seed, "--json", NULL};
  double t0 = seconds_now();
  child_start(&demo, argv);
  child_read_all(&demo, &out);
  if (child_wait(&demo)) fail("entente demo failed (BENCH_VERBOSE=1 shows why)");
  json_t *t = json_loadb(out.p ? out.p : "", out.n, 0, NULL);
  json_t *logins = json_object_get(t, "logins");
  if (json_array_size(logins) < 2) fail("entente demo printed no logins");
  person_read(json_array_get(logins, 0), &b.owner);
  person_read(json_array_get(logins, 1), &b.partner);
  json_decref(t);
  fprintf(stderr, "bench: %lld accounts made in %.0f s\n", (long long)b.o.scale, seconds_now() - t0);
}

static void authorization(char out[256], const struct person *p) { snprintf(out, 256, "Authorization: Bearer %s\r\n", p->token); }

// Two Chinese characters at the start of a name, each pair once.
static void word_keep(const char *name) {
  const unsigned char *u = (const unsigned char *)name;
  if (strlen(name) < 6 || u[0] < 0xE4 || u[0] > 0xE9 || u[3] < 0xE4 || u[3] > 0xE9 || b.words.n == WORDS_MAX) return;
  for (size_t i = 0; i < b.words.n; i++)
    if (!strncmp(b.words.at[i], name, 6)) return;
  b.words.at[b.words.n++] = strndup(name, 6);
}

static void collect(const char *kind, struct ids *ids, bool words) {
  char headers[256], path[1024], cursor[800] = "";
  authorization(headers, &b.owner);
  for (int page = 0; page < IDS_MAX / 200; page++) {
    snprintf(path, sizeof path, "/api/v1/%s?limit=200%s%s", kind, *cursor ? "&cursor=" : "", cursor);
    json_t *t = request_json(b.server.port, "GET", path, headers, STR_NULL, 200), *items = json_object_get(t, "items");
    for (size_t i = 0; i < json_array_size(items) && ids->n < IDS_MAX; i++) {
      json_t *item = json_array_get(items, i);
      ids->at[ids->n++] = strdup(text_of(item, "id"));
      if (words) word_keep(text_of(item, "name"));
    }
    const char *next = json_string_value(json_object_get(t, "next"));
    snprintf(cursor, sizeof cursor, "%s", next ? next : "");
    json_decref(t);
    if (!next) break;
  }
  if (!ids->n) fail("no %s in the hub", kind);
}

// ---- requests

struct scenario {
  const char *name;
  const struct person *who;
  request_fn make;
  double aim;
  struct side {
    uint64_t answered;
    double seconds, cpu;
    struct load_result half;
    size_t bytes;
  } server, floor;
  double ratio;  // median of the rounds: what else the machine does falls on one of them, not on all
};

struct maker {
  const struct scenario *s;
  uint64_t salt;  // keys and names of two runs differ
};

static void head_put(struct buf *out, const struct maker *m, const char *method, const char *path) {
  buf_fmt(out, "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\n", method, path, m->s->who->token);
}

static uint64_t mixed(uint64_t n) {
  n = (n + UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xbf58476d1ce4e5b9);
  return n ^ (n >> 31);
}

static void make_list(void *arg, uint64_t n, struct buf *out) {
  (void)n;
  head_put(out, arg, "GET", "/api/v1/deals?limit=50");
  buf_putz(out, "\r\n");
}

static void make_get(void *arg, uint64_t n, struct buf *out) {
  char path[64];
  snprintf(path, sizeof path, "/api/v1/deals/%s", b.deals.at[mixed(n) % b.deals.n]);
  head_put(out, arg, "GET", path);
  buf_putz(out, "\r\n");
}

static void make_search(void *arg, uint64_t n, struct buf *out) {
  char path[128] = "/api/v1/search?limit=50&q=";
  size_t at = strlen(path);
  for (const char *p = b.words.at[mixed(n) % b.words.n]; *p; p++)
    at += (size_t)snprintf(path + at, sizeof path - at, "%%%02X", (unsigned char)*p);
  head_put(out, arg, "GET", path);
  buf_putz(out, "\r\n");
}

static void make_create(void *arg, uint64_t n, struct buf *out) {
  const struct maker *m = arg;
  AUTO(buf_release) struct buf body = BUF(4096);
  buf_fmt(&body,
          "{\"name\":\"Cold room %llu\",\"account\":\"%s\",\"amount\":{\"amount\":\"%llu.00\",\"currency\":\"EUR\"},"
          "\"next_step\":\"Send the plan\",\"expected_on\":\"2027-03-01\"}",
          (unsigned long long)n, b.accounts.at[mixed(n) % b.accounts.n], (unsigned long long)(mixed(n) % 90000 + 1000));
  head_put(out, m, "POST", "/api/v1/deals");
  buf_fmt(out, "Idempotency-Key: bench-%llx-%llx\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
          (unsigned long long)m->salt, (unsigned long long)n, body.n);
  buf_put(out, buf_str(&body));
}

static struct scenario scenarios[] = {
  {.name = "list 50 deals, owner of nearly all", .who = &b.owner, .make = make_list, .aim = 0.6},
  {.name = "list 50 deals, partner of few", .who = &b.partner, .make = make_list, .aim = 0.6},
  {.name = "get one deal", .who = &b.owner, .make = make_get, .aim = 0.6},
  {.name = "search two Chinese characters", .who = &b.owner, .make = make_search, .aim = 0.6},
  {.name = "create a deal, durable", .who = &b.owner, .make = make_create, .aim = 0.5},
};
enum { CREATE = 4 };

// ---- measuring

static struct load_result load_side(struct scenario *s, const struct child *c, double seconds, double rate) {
  static uint64_t runs;
  struct maker m = {s, (uint64_t)(seconds_now() * 1e6) + ++runs};
  struct load l = {.port = c->port, .seconds = seconds, .rate = rate, .make = s->make, .arg = &m};
  struct load_result r = load_run(&l);
  if (r.failed)
    fail("%s: %s answered %llu of %llu requests with %d", s->name, c == &b.server ? "the server" : "the floor",
         (unsigned long long)r.failed, (unsigned long long)r.answered, r.failed_status);
  return r;
}

// Returns requests a second.
static double saturate(struct scenario *s, struct side *side, const struct child *c) {
  double cpu = child_cpu(c);
  struct load_result r = load_side(s, c, b.o.seconds / ROUNDS, 0);
  side->answered += r.answered;
  side->seconds += r.seconds;
  side->cpu += child_cpu(c) - cpu;
  return (double)r.answered / r.seconds;
}

static int by_value(const void *a, const void *c) {
  double x = *(const double *)a, y = *(const double *)c;
  return x < y ? -1 : x > y;
}

static double median(double *v, size_t n) {
  qsort(v, n, sizeof *v, by_value);
  return v[n / 2];
}

static double rate_of(const struct side *s) { return (double)s->answered / s->seconds; }

// Both must answer the same, else the comparison is none. Ids, times and the cursor of what a create made differ.
static void compare_answers(struct scenario *s) {
  json_t *t[2];
  struct maker m = {s, (uint64_t)(seconds_now() * 1e6)};
  AUTO(buf_release) struct buf request = BUF(8192);
  s->make(&m, 1, &request);
  if (s->make == make_create) return;
  str line = buf_str(&request), head, rest;
  str_cut(line, '\r', &head, &rest);
  char path[512], headers[256];
  str url = str_sub(head, 4, head.n - 4 - strlen(" HTTP/1.1"));
  snprintf(path, sizeof path, "%.*s", STR_ARG(url));
  authorization(headers, s->who);
  struct side *sides[2] = {&s->server, &s->floor};
  int ports[2] = {b.server.port, b.floor.port};
  for (int i = 0; i < 2; i++) {
    t[i] = request_json(ports[i], "GET", path, headers, STR_NULL, 200);
    json_object_del(t[i], "next");
    char *text = json_dumps(t[i], JSON_COMPACT);
    sides[i]->bytes = text ? strlen(text) : 0;
    free(text);
  }
  if (!json_equal(t[0], t[1]))
    fprintf(stderr,
            "bench: %s: the floor's answer is not the server's (%zu and %zu bytes); bench/floor_reads.c needs an update\n",
            s->name, s->floor.bytes, s->server.bytes);
  json_decref(t[0]);
  json_decref(t[1]);
}

static void measure(struct scenario *s) {
  fprintf(stderr, "bench: %s\n", s->name);
  compare_answers(s);
  (void)load_side(s, &b.server, 0.3, 0);  // caches warm, a day's readings noted
  (void)load_side(s, &b.floor, 0.3, 0);
  double ratios[ROUNDS];
  for (int i = 0; i < ROUNDS; i++) {
    double server = saturate(s, &s->server, &b.server), floor = saturate(s, &s->floor, &b.floor);
    ratios[i] = server / floor;
  }
  s->ratio = median(ratios, ROUNDS);
  s->server.half = load_side(s, &b.server, b.o.seconds, rate_of(&s->server) / 2);
  s->floor.half = load_side(s, &b.floor, b.o.seconds, rate_of(&s->floor) / 2);
}

// ---- import

static void csv_write(const char *path, int64_t rows) {
  FILE *f = fopen(path, "we");
  if (!f) fail("cannot write %s: %s", path, strerror(errno));
  fputs("id,company,domain,country,city,postal code,phone,contact name,email\n", f);
  for (int64_t i = 0; i < rows; i++) {
    unsigned long long n = (unsigned long long)i, k = mixed((uint64_t)i);
    fprintf(f, "X%llu,Import %llu %s,i%llu.example,Germany,%s,%05llu,+49 40 %07llu,Anna Ahlers %llu,anna%llu@i%llu.example\n", n,
            n, k & 1 ? "Lager" : "云海超市", n, k & 2 ? "Hamburg" : "Bremen", k % 90000 + 10000, k % 9000000 + 1000000, n, n, n);
  }
  if (fclose(f)) fail("cannot write %s", path);
}

static struct {
  int64_t rows;
  double server, floor;
} import_result;

static void measure_import(void) {
  char csv[300], before[300];
  AUTO(buf_release) struct buf out = BUF(1 << 20);
  int64_t rows = b.o.scale < 100000 ? b.o.scale : 100000;
  fprintf(stderr, "bench: import %lld rows\n", (long long)rows);
  snprintf(csv, sizeof csv, "%s/import.csv", b.o.dir);
  snprintf(before, sizeof before, "%s/before.db", b.o.dir);
  csv_write(csv, rows);
  copy_hub(b.hub, before);
  const char *const argv[] = {b.o.program, "import", "accounts", csv, "--db", b.hub, "--as", b.owner.login, "--json", NULL};
  struct child c = {0};
  double t0 = seconds_now();
  child_start(&c, argv);
  child_read_all(&c, &out);
  int code = child_wait(&c);
  import_result.server = seconds_now() - t0;
  if (code) fail("entente import ends with %d: %.*s", code, STR_ARG(buf_str(&out)));
  const char *const floor_argv[] = {b.o.floor, "import", before, b.hub, NULL};
  buf_clear(&out);
  child_start(&c, floor_argv);
  child_read_all(&c, &out);
  if (child_wait(&c)) fail("the floor's import failed (BENCH_VERBOSE=1 shows why)");
  import_result.floor = strtod(buf_z(&out), NULL);
  import_result.rows = rows;
  unlink(before);
}

// ---- the table

static void thousands(struct buf *out, double v) {
  char digits[32];
  int n = snprintf(digits, sizeof digits, "%.0f", v);
  for (int i = 0; i < n; i++) {
    if (i && (n - i) % 3 == 0) buf_putc(out, ',');
    buf_putc(out, digits[i]);
  }
}

static void ratio_put(struct buf *out, double ratio, double aim) {
  buf_fmt(out, " %.0f %% | %.0f %%%s |", ratio * 100, aim * 100, ratio < aim ? ", missed" : "");
}

static void scenario_row(struct buf *t, const struct scenario *s) {
  const struct side *sides[2] = {&s->server, &s->floor};
  buf_fmt(t, "| %s |", s->name);
  for (int i = 0; i < 2; i++) {
    buf_putc(t, ' ');
    thousands(t, rate_of(sides[i]));
    buf_fmt(t, " | %.2f | %.2f | %.0f |", sides[i]->half.p50_ms, sides[i]->half.p99_ms,
            sides[i]->cpu / (double)sides[i]->answered * 1e6);
  }
  ratio_put(t, s->ratio, s->aim);
  buf_putc(t, '\n');
}

static void import_row(struct buf *t) {
  if (!import_result.rows) return;
  double server = (double)import_result.rows / import_result.server, floor = (double)import_result.rows / import_result.floor;
  buf_putz(t, "| import ");
  thousands(t, (double)import_result.rows);
  buf_putz(t, " rows (rows/s) | ");
  thousands(t, server);
  buf_putz(t, " | | | | ");
  thousands(t, floor);
  buf_putz(t, " | | | |");
  ratio_put(t, server / floor, 0.5);
  buf_putc(t, '\n');
}

struct rest {
  double first_answer_ms, quickest_ms, database_mb;
  long at_start_kb, after_load_kb;
};

static void table_write(struct buf *t, const struct rest *r) {
  char date[16];
  time_t now = time(NULL);
  struct tm tm;
  strftime(date, sizeof date, "%Y-%m-%d", gmtime_r(&now, &tm));
  buf_fmt(t, "Measured on %s with SQLite, %ld cores shared by server, floor and load; ", date, sysconf(_SC_NPROCESSORS_ONLN));
  thousands(t, (double)b.o.scale);
  buf_putz(t, " accounts with contacts, ");
  thousands(t, 3 * (double)b.o.scale);
  buf_fmt(
    t, " deals with activities and grants. Requests a second at saturation; latency at half of it, in ms; CPU a request, in us. "
       "Ratio: median of seven rounds in turns.\n\n");
  buf_putz(t, "| | server /s | p50 | p99 | CPU | floor /s | p50 | p99 | CPU | ratio | aim |\n"
              "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n");
  for (size_t i = 0; i < ARRAY_LEN(scenarios); i++) scenario_row(t, &scenarios[i]);
  import_row(t);
  buf_fmt(t, "\n| | | aim |\n|---|--:|--:|\n| start to first answer, median (quickest) of nine | %.0f (%.0f) ms | 50 ms |\n",
          r->first_answer_ms, r->quickest_ms);
  buf_fmt(t, "| anonymous memory, started | %.1f MB | 40 MB |\n| anonymous memory, at rest after the load | %.1f MB | 40 MB |\n",
          (double)r->at_start_kb / 1024, (double)r->after_load_kb / 1024);
  buf_putz(t, "| database | ");
  thousands(t, r->database_mb);
  buf_putz(t, " MB | |\n");
}

static void measure_starts(struct rest *r) {
  double took[STARTS];
  for (int i = 0; i < STARTS; i++) {
    child_stop(&b.server);
    took[i] = start_server();
  }
  r->first_answer_ms = median(took, STARTS) * 1e3;
  r->quickest_ms = took[0] * 1e3;  // in order now
}

static void pause_seconds(int n) { (void)nanosleep(&(struct timespec){n, 0}, NULL); }

static void options_read(int argc, char **argv) {
  b.o = (struct options){.scale = 100000, .seed = 1, .seconds = 4};
  for (int i = 1; i + 1 < argc; i += 2) {
    const char *name = argv[i], *v = argv[i + 1];
    if (!strcmp(name, "--program")) b.o.program = v;
    if (!strcmp(name, "--floor")) b.o.floor = v;
    if (!strcmp(name, "--dir")) b.o.dir = v;
    if (!strcmp(name, "--results")) b.o.results = v;
    if (!strcmp(name, "--scale")) b.o.scale = strtoll(v, NULL, 10);
    if (!strcmp(name, "--seed")) b.o.seed = strtoll(v, NULL, 10);
    if (!strcmp(name, "--seconds")) b.o.seconds = strtod(v, NULL);
  }
  if (!b.o.program || !b.o.floor || !b.o.dir || b.o.scale < 100 || !(b.o.seconds > 0.1))
    fail("usage: bench --program ENTENTE --floor FLOOR --dir DIR [--scale N >= 100] [--seed S] [--seconds S] [--results FILE]");
}

static void clean(void) {
  static const char *const names[] = {"hub.db",        "hub.db-wal",    "hub.db-shm",    "hub.db.key",   "hub.db.lock",
                                      "floor.db",      "floor.db-wal",  "floor.db-shm",  "floor.db.key", "before.db",
                                      "before.db-wal", "before.db-shm", "before.db.key", "import.csv"};
  char path[512];
  for (size_t i = 0; i < ARRAY_LEN(names); i++) {
    snprintf(path, sizeof path, "%s/%s", b.o.dir, names[i]);
    unlink(path);
  }
}

static void note_memory(struct rest *r) {
  pause_seconds(2);
  long kb = child_anonymous_kb(&b.server);
  if (kb > r->after_load_kb) r->after_load_kb = kb;
}

static void run_reads(struct rest *r) {
  measure_starts(r);
  pause_seconds(1);
  r->at_start_kb = child_anonymous_kb(&b.server);
  token_of(b.server.port, b.owner.login, b.owner.password, b.owner.token);
  token_of(b.server.port, b.partner.login, b.partner.password, b.partner.token);
  collect("deals", &b.deals, false);
  collect("accounts", &b.accounts, true);
  if (!b.words.n) fail("no Chinese name in the hub");
  start_floor(b.hub);  // reading the same file: what one has in the page cache the other has
  for (size_t i = 0; i < CREATE; i++) measure(&scenarios[i]);
  note_memory(r);
  stop_both();
}

int main(int argc, char **argv) {
  struct rest r = {0};
  options_read(argc, argv);
  (void)mkdir(b.o.dir, 0700);
  snprintf(b.hub, sizeof b.hub, "%s/hub.db", b.o.dir);
  snprintf(b.copy, sizeof b.copy, "%s/floor.db", b.o.dir);
  clean();
  make_hub();
  r.database_mb = file_mb(b.hub);
  run_reads(&r);
  copy_hub(b.hub, b.copy);
  (void)start_server();
  start_floor(b.copy);
  measure(&scenarios[CREATE]);
  note_memory(&r);
  stop_both();
  measure_import();
  clean();
  AUTO(buf_release) struct buf t = BUF(1 << 20);
  table_write(&t, &r);
  printf("%s", buf_z(&t));
  FILE *f = b.o.results ? fopen(b.o.results, "we") : NULL;
  if (b.o.results && (!f || fputs(buf_z(&t), f) < 0 || fclose(f))) fail("cannot write %s", b.o.results);
  return 0;
}
