// SPDX-License-Identifier: Apache-2.0
// bench --program entente --floor floor --grow grow --dir DIR [--scale N] [--from N] [--seed S] [--seconds S] [--results FILE]
//       [--postgres URL] [--work-only 1]
// Makes a hub of N accounts, or takes the one that is there, runs each kind of request against the server and against the floor in turns,
// prints the table. --from: the same in a smaller hub first, and how everything grew. --postgres: a database in the cluster the URL
// leads to, with one server and with two. --work-only: counts the work of each request in both hubs and does no more.
#include "bench.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

enum { WORK_REQUESTS = 24, CHAIN_ROUNDS = 100, CHAIN_WORK_ROUNDS = 12, IMPORT_MOST = 100000 };

static struct options o;
static struct hub h;
static struct child floor_program;
static struct work_counter *counter;
static bool has_floor;

static int by_value(const void *a, const void *c) {
  double x = *(const double *)a, y = *(const double *)c;
  return x < y ? -1 : x > y;
}

static double median(double *v, size_t n) {
  qsort(v, n, sizeof *v, by_value);
  return n ? v[n / 2] : 0;
}

static void pause_seconds(int n) { (void)nanosleep(&(struct timespec){n, 0}, NULL); }

static void start_floor(const char *db) {
  char port[16];
  snprintf(port, sizeof port, "%d", floor_program.port = free_port());
  const char *const argv[] = {o.floor, "serve", db, port, NULL};
  child_start(&floor_program, argv, NULL);
  wait_for_port(floor_program.port);
}

// The floor first: the server, the last to close, then brings its whole log into the file, which is copied.
static void stop_all(void) {
  child_stop(&floor_program);
  hub_stop(&h);
}

// ---- one kind of request

static uint64_t salt(void) {
  static uint64_t runs;
  return (uint64_t)(seconds_now() * 1e6) + ++runs;
}

static struct load_result load_side(const struct request_kind *k, bool floor, double seconds, double rate) {
  struct maker m = {k, &h.t, salt()};
  struct load l = {.port = floor ? floor_program.port : h.server[0].port,
                   .port2 = !floor && h.servers > 1 ? h.server[1].port : 0,
                   .seconds = seconds,
                   .rate = rate,
                   .make = k->make,
                   .arg = &m};
  struct load_result r = load_run(&l);
  if (r.failed)
    fail("%s: %s answered %llu of %llu requests with %d", k->name, floor ? "the floor" : "the server",
         (unsigned long long)r.failed, (unsigned long long)r.answered, r.failed_status);
  return r;
}

static double cpu_of(bool floor) {
  double cpu = floor ? child_cpu(&floor_program) : 0;
  for (int i = 0; !floor && i < h.servers; i++) cpu += child_cpu(&h.server[i]);
  return cpu;
}

// Returns requests a second.
static double saturate(const struct request_kind *k, struct side *side, bool floor) {
  double cpu = cpu_of(floor);
  struct load_result r = load_side(k, floor, o.seconds / ROUNDS, 0);
  side->answered += r.answered;
  side->seconds += r.seconds;
  side->cpu += cpu_of(floor) - cpu;
  return (double)r.answered / r.seconds;
}

// One request of the kind by itself; its path for a GET.
static void ask_once(const struct request_kind *k, uint64_t n, uint64_t run) {
  struct maker m = {k, &h.t, run};
  AUTO(buf_release) struct buf request = BUF(8192);
  struct reply r = {.body = BUF(64 << 20)};
  char path[512], headers[768];
  k->make(&m, n, &request);
  str all = buf_str(&request), line, rest, head, body = STR_NULL;
  str_cut(all, '\r', &line, &rest);
  size_t verb = k->writes ? 5 : 4;
  str url = str_sub(line, verb, line.n - verb - strlen(" HTTP/1.1"));
  snprintf(path, sizeof path, "%.*s", STR_ARG(url));
  const char *end = strstr(buf_z(&request), "\r\n\r\n");
  if (k->writes) body = str_sub(all, (size_t)(end + 4 - all.p), all.n);
  authorization(headers, &h.t.person[k->viewer]);
  size_t at = strlen(headers);
  if (k->writes)
    snprintf(headers + at, sizeof headers - at, "Idempotency-Key: once-%llx-%llx\r\n", (unsigned long long)run,
             (unsigned long long)n);
  (void)head;
  int want = k->writes ? 201 : 200;
  if (!try_request(h.server[0].port, k->writes ? "POST" : "GET", path, headers, body, &r) || r.status != want)
    fail("%s %s answers %d: %.*s", k->name, path, r.status, STR_ARG(buf_str(&r.body)));
  buf_release(&r.body);
}

// Asked once before it is counted: statements are prepared, a day's readings noted.
static double work_of(const struct request_kind *k) {
  uint64_t run = salt();
  for (uint64_t n = 0; n < WORK_REQUESTS; n++) ask_once(k, n, run);
  if (k->writes) run = salt();
  double before = work_now(counter);
  for (uint64_t n = 0; n < WORK_REQUESTS; n++) ask_once(k, n, run);
  return (work_now(counter) - before) / WORK_REQUESTS;
}

// Both must answer the same, else the comparison is none. The cursor differs.
static void compare_answers(const struct request_kind *k) {
  json_t *t[2];
  size_t bytes[2];
  struct maker m = {k, &h.t, salt()};
  AUTO(buf_release) struct buf request = BUF(8192);
  k->make(&m, 1, &request);
  str line, rest;
  str_cut(buf_str(&request), '\r', &line, &rest);
  char path[512], headers[256];
  str url = str_sub(line, 4, line.n - 4 - strlen(" HTTP/1.1"));
  snprintf(path, sizeof path, "%.*s", STR_ARG(url));
  authorization(headers, &h.t.person[k->viewer]);
  int ports[2] = {h.server[0].port, floor_program.port};
  for (int i = 0; i < 2; i++) {
    t[i] = request_json(ports[i], "GET", path, headers, STR_NULL, 200);
    json_object_del(t[i], "next");
    char *text = json_dumps(t[i], JSON_COMPACT);
    bytes[i] = text ? strlen(text) : 0;
    free(text);
  }
  if (!json_equal(t[0], t[1]))
    fprintf(stderr,
            "bench: %s, %s: the floor's answer is not the server's (%zu and %zu bytes); bench/floor_reads.c needs an update\n",
            k->name, k->who, bytes[1], bytes[0]);
  json_decref(t[0]);
  json_decref(t[1]);
}

static void measure(const struct request_kind *k, struct figures *f) {
  bool floor = has_floor && k->aim > 0;
  fprintf(stderr, "bench: %s, %s\n", k->name, k->who);
  if (floor && !k->writes) compare_answers(k);
  if (!o.work_only) (void)load_side(k, false, 0.3, 0);  // caches warm, a day's readings noted
  if (floor) (void)load_side(k, true, 0.3, 0);
  if (counter) f->work = work_of(k);
  if (o.work_only) return;
  double ratios[ROUNDS];
  for (int i = 0; i < ROUNDS; i++) {
    double server = saturate(k, &f->server, false);
    ratios[i] = floor ? server / saturate(k, &f->floor, true) : 0;
  }
  f->ratio = median(ratios, ROUNDS);
  f->server.half = load_side(k, false, o.seconds, rate_of(&f->server) / 2);
  if (floor) f->floor.half = load_side(k, true, o.seconds, rate_of(&f->floor) / 2);
}

// ---- hand-over and settlement

struct counting {
  double before, sum;
};

static void count_before(void *arg) { ((struct counting *)arg)->before = work_now(counter); }

static void count_after(void *arg) {
  struct counting *c = arg;
  c->sum += work_now(counter) - c->before;
}

static void measure_chain(struct chain_figures *f) {
  struct chain c = {0}, warm = {0};
  int port = h.server[0].port, port2 = h.server[h.servers - 1].port;
  int rounds = o.work_only ? 0 : CHAIN_ROUNDS;
  fprintf(stderr, "bench: hand over, settle\n");
  for (int i = 0; i < 3; i++) chain_round(&h.t, port, port, &warm, NULL, NULL);
  for (int i = 0; i < rounds; i++) chain_round(&h.t, port, port2, &c, NULL, NULL);
  f->n = c.n;
  f->handover_p50 = median(c.handover_ms, c.n);
  f->settle_p50 = median(c.settle_ms, c.n);
  f->handover_p99 = c.n ? c.handover_ms[c.n * 99 / 100] : 0;
  f->settle_p99 = c.n ? c.settle_ms[c.n * 99 / 100] : 0;
  if (counter) {
    struct counting handover = {0}, settle = {0};
    struct chain_step first = {count_before, count_after, &handover}, second = {count_before, count_after, &settle};
    for (int i = 0; i < CHAIN_WORK_ROUNDS; i++) chain_round(&h.t, port, port, &warm, &first, &second);
    f->handover_work = handover.sum / CHAIN_WORK_ROUNDS;
    f->settle_work = settle.sum / CHAIN_WORK_ROUNDS;
  }
  free(c.handover_ms);
  free(c.settle_ms);
  free(warm.handover_ms);
  free(warm.settle_ms);
}

// ---- import

static uint64_t mixed(uint64_t n) {
  n = (n + UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xbf58476d1ce4e5b9);
  return n ^ (n >> 31);
}

static void csv_write(const char *path, int64_t rows) {
  FILE *f = fopen(path, "we");
  if (!f) fail("cannot write %s: %s", path, strerror(errno));
  fputs("id,company,domain,country,city,postal code,phone,contact name,email\n", f);
  uint64_t run = salt() % 1000000;  // a hub that is used again has the rows of the run before
  for (int64_t i = 0; i < rows; i++) {
    unsigned long long n = (unsigned long long)i, k = mixed((uint64_t)i), u = run;
    fprintf(
      f,
      "X%llu-%llu,Import %llu-%llu %s,i%llu-%llu.example,Germany,%s,%05llu,+49 40 %07llu,Anna Ahlers %llu,anna%llu@i%llu-%llu.example\n",
      u, n, u, n, k & 1 ? "Lager" : "云海超市", u, n, k & 2 ? "Hamburg" : "Bremen", k % 90000 + 10000, k % 9000000 + 1000000, n,
      n, u, n);
  }
  if (fclose(f)) fail("cannot write %s", path);
}

static void remove_copy(const char *path) {
  static const char *const ends[] = {"", "-wal", "-shm", ".key"};
  char name[700];
  for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
    snprintf(name, sizeof name, "%s%s", path, ends[i]);
    unlink(name);
  }
}

static void measure_import(struct size_figures *f) {
  char csv[600], before[600];
  AUTO(buf_release) struct buf out = BUF(1 << 20);
  f->import_rows = f->scale < IMPORT_MOST ? f->scale : IMPORT_MOST;
  fprintf(stderr, "bench: import %lld rows\n", (long long)f->import_rows);
  snprintf(csv, sizeof csv, "%s/import.csv", o.dir);
  snprintf(before, sizeof before, "%s/before.db", o.dir);
  csv_write(csv, f->import_rows);
  remove_copy(before);  // a log of an earlier copy would be played into this one
  copy_hub(h.url, before);
  const char *const argv[] = {o.program, "import", "accounts", csv, "--db", h.url, "--as", h.t.person[OWNER].login,
                              "--json",  NULL};
  struct child c = {0};
  double t0 = seconds_now();
  child_start(&c, argv, NULL);
  child_read_all(&c, &out);
  int code = child_wait(&c);
  f->import_server_s = seconds_now() - t0;
  if (code) fail("entente import ends with %d: %.*s", code, STR_ARG(buf_str(&out)));
  const char *const floor_argv[] = {o.floor, "import", before, h.url, NULL};
  buf_clear(&out);
  child_start(&c, floor_argv, NULL);
  child_read_all(&c, &out);
  if (child_wait(&c)) fail("the floor's import failed (BENCH_VERBOSE=1 shows why)");
  f->import_floor_s = strtod(buf_z(&out), NULL);
  remove_copy(before);
  unlink(csv);
}

// ---- one hub

static void measure_starts(struct size_figures *f) {
  double took[STARTS];
  int n = o.work_only ? 1 : STARTS;
  for (int i = 0; i < n; i++) {
    hub_stop(&h);
    took[i] = hub_serve(&o, &h, 1);
  }
  f->first_answer_ms = median(took, (size_t)n) * 1e3;
  f->quickest_ms = took[0] * 1e3;  // in order now
}

static void note_memory(struct size_figures *f) {
  if (o.work_only) return;
  pause_seconds(2);
  for (int i = 0; i < h.servers; i++) {
    long kb = child_anonymous_kb(&h.server[i]);
    if (kb > f->after_load_kb) f->after_load_kb = kb;
  }
}

static bool room_for_copy(void) {
  struct statvfs s;
  return !statvfs(o.dir, &s) && (double)s.f_bavail * (double)s.f_frsize / 1e6 > 2 * h.database_mb + 4000;
}

// What a create writes the floor writes into a copy: the log of the original stays whole.
static void run_writes(struct size_figures *f) {
  char copy[600];
  snprintf(copy, sizeof copy, "%s/floor.db", o.dir);
  has_floor = !o.postgres && !o.work_only && room_for_copy();
  if (has_floor) {
    stop_all();
    remove_copy(copy);
    copy_hub(h.url, copy);
    (void)hub_serve(&o, &h, 1);
    start_floor(copy);
  }
  for (size_t i = request_first_write; i < request_count; i++) measure(&request_kinds[i], &f->kind[i]);
  measure_chain(&f->chain);
  note_memory(f);
  stop_all();
  if (has_floor) remove_copy(copy);
}

static void measure_hub(int64_t scale, int servers, struct size_figures *f) {
  *f = (struct size_figures){.scale = scale};
  hub_take(&o, scale, &h);
  f->database_mb = h.database_mb;
  f->made_s = h.made_s;
  measure_starts(f);
  if (servers > 1) {
    hub_stop(&h);
    (void)hub_serve(&o, &h, servers);
  }
  pause_seconds(1);
  f->at_start_kb = child_anonymous_kb(&h.server[0]);
  targets_collect(&h.t, h.server[0].port);
  counter = servers == 1 ? work_open(&o, &h) : NULL;
  has_floor = !o.postgres && !o.work_only;
  if (has_floor) start_floor(h.url);  // reading the same file: what one has in the page cache the other has
  for (size_t i = 0; i < request_first_write; i++) measure(&request_kinds[i], &f->kind[i]);
  note_memory(f);
  run_writes(f);
  work_close(counter);
  counter = NULL;
  if (!o.postgres && !o.work_only && !o.from) measure_import(f);  // a table of its own
  targets_release(&h.t);
}

// ---- the whole

static void options_read(int argc, char **argv) {
  o = (struct options){.scale = 100000, .seed = 1, .seconds = 4};
  for (int i = 1; i + 1 < argc; i += 2) {
    const char *name = argv[i], *v = argv[i + 1];
    if (!strcmp(name, "--program")) o.program = v;
    if (!strcmp(name, "--floor")) o.floor = v;
    if (!strcmp(name, "--grow")) o.grow = v;
    if (!strcmp(name, "--dir")) o.dir = v;
    if (!strcmp(name, "--results") && *v) o.results = v;
    if (!strcmp(name, "--postgres") && *v) o.postgres = v;
    if (!strcmp(name, "--scale")) o.scale = strtoll(v, NULL, 10);
    if (!strcmp(name, "--from")) o.from = strtoll(v, NULL, 10);
    if (!strcmp(name, "--seed")) o.seed = strtoll(v, NULL, 10);
    if (!strcmp(name, "--seconds")) o.seconds = strtod(v, NULL);
    if (!strcmp(name, "--work-only")) o.work_only = !strcmp(v, "1");
  }
  if (!o.program || !o.grow || !o.dir || o.scale < 100 || (o.from && o.from < 100) || !(o.seconds > 0.1) ||
      (!o.floor && !o.postgres && !o.work_only))
    fail(
      "usage: bench --program ENTENTE --floor FLOOR --grow GROW --dir DIR [--scale N >= 100] [--from N] [--seed S] [--seconds S] "
      "[--results FILE] [--postgres URL] [--work-only 1]");
}

int main(int argc, char **argv) {
  static struct size_figures one[SIZES], two[SIZES];
  AUTO(buf_release) struct buf t = BUF(1 << 20);
  size_t n = 0;
  options_read(argc, argv);
  (void)mkdir(o.dir, 0700);
  if (o.from) measure_hub(o.from, 1, &one[n++]);
  measure_hub(o.scale, 1, &one[n++]);
  for (size_t i = 0; o.postgres && !o.work_only && i < n; i++) measure_hub(one[i].scale, 2, &two[i]);
  if (o.work_only)
    table_work(&t, work_unit(&o), &one[0], &one[n - 1]);
  else if (o.postgres)
    table_servers(&t, one, two, n);
  else if (n > 1)
    table_growth(&t, &one[0], &one[1]);
  else
    table_one(&t, &one[0]);
  printf("%s", buf_z(&t));
  FILE *f = o.results ? fopen(o.results, "we") : NULL;
  if (o.results && (!f || fputs(buf_z(&t), f) < 0 || fclose(f))) fail("cannot write %s", o.results);
  return 0;
}
