// SPDX-License-Identifier: Apache-2.0
// What the files of the benchmark share. bench.c: the order of things; hub.c: hubs and servers; requests.c: what is asked; work.c: what
// it costs the database; table.c: what is printed; client.c: children, files, single requests; load.c: the load generator. The
// floor (floor.h) and grow.c are programs of their own.
// Threading: one thread. Failure: a sentence on standard error and exit 1; children end with their standard input.
#ifndef ENTENTE_BENCH_BENCH_H
#define ENTENTE_BENCH_BENCH_H
#include "base/buf.h"
#include <jansson.h>
#include <sys/types.h>

_Noreturn void fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
double seconds_now(void);  // monotonic

// ---- client.c

struct child {
  pid_t pid;
  int in, out;  // its standard input and output; -1: none
  int port;
};
// argv ends with NULL. The program is found as argv[0]. Given what is added to the environment: "NAME=VALUE", or NULL.
void child_start(struct child *c, const char *const argv[], const char *given);
void child_read_line(struct child *c, struct buf *line);
void child_read_all(struct child *c, struct buf *text);  // until it closes its output
int child_wait(struct child *c);                         // its exit code
void child_stop(struct child *c);                        // asks it to end, waits
long child_anonymous_kb(const struct child *c);          // RssAnon
double child_cpu(const struct child *c);                 // seconds used so far
int free_port(void);
void wait_for_port(int port);
void copy_hub(const char *from, const char *to);  // database and key; the server is stopped
double file_mb(const char *path);

struct reply {
  int status;
  struct buf body;
  char cookie[256];
};
// One request on a connection of its own. headers: whole lines with CRLF. false: nobody answers.
bool try_request(int port, const char *method, const char *path, const char *headers, str body, struct reply *ret);
json_t *request_json(int port, const char *method, const char *path, const char *headers, str body, int want_status);
void token_of(int port, const char *login, const char *password, char ret[128]);

// ---- load.c

// Writes the nth request of a run.
typedef void (*request_fn)(void *arg, uint64_t n, struct buf *out);
struct load {
  int port, port2;  // 0: one server; else every second connection asks the second
  double seconds;
  double rate;  // requests a second, sent at even times whatever comes back; 0: each connection asks again at once
  request_fn make;
  void *arg;
};
struct load_result {
  uint64_t answered, failed;
  int failed_status;  // of the last that failed
  double seconds;
  double p50_ms, p99_ms;  // from the time a request was due
};
enum { LOAD_CONNECTIONS = 64 };
struct load_result load_run(const struct load *l);

// ---- bench.c

struct options {
  const char *program, *floor, *grow, *dir, *results, *postgres;  // postgres: URL of a cluster's database, NULL: SQLite
  int64_t scale, from, seed;                                      // from: the smaller hub to compare with, 0: none
  double seconds;
  bool work_only;
};

enum { ROUNDS = 7, PAGE = 50, STARTS = 9, SIZES = 2 };

// ---- requests.c

enum viewer { OWNER, MOST, FEW, VIEWERS };  // whose deals they are, who sees nine of ten, who sees two hundred
struct person {
  char login[128], password[128], token[128], company[64];
};
enum { IDS_MAX = 2000, WORDS_MAX = 64 };
struct ids {
  char *at[IDS_MAX];
  size_t n;
};
struct targets {  // what requests name, of the hub that is open
  struct person person[VIEWERS];
  struct ids deals[VIEWERS], accounts, words;
  char agreement[64], hash[80];
  int64_t version;
};
struct request_kind {
  const char *name, *who;
  enum viewer viewer;
  request_fn make;  // arg: struct maker
  double aim;       // of the floor; 0: the floor does not answer it
  bool writes;
};
struct maker {
  const struct request_kind *kind;
  const struct targets *t;
  uint64_t salt;  // keys and names of two runs differ
};
extern const struct request_kind request_kinds[];
extern const size_t request_count, request_first_write;
void authorization(char out[256], const struct person *p);
void targets_collect(struct targets *t, int port);
void targets_release(struct targets *t);

// From a warm lead to money, one request after the other: what the two measured steps took, and what the chain returns for counting work.
struct chain {
  double *handover_ms, *settle_ms;
  size_t n, cap;
};
struct chain_step {
  void (*before)(void *arg);  // around the measured request; NULL: nothing
  void (*after)(void *arg);
  void *arg;
};
// One hand-over and its settlement. port: who hands over; port2: who settles.
void chain_round(const struct targets *t, int port, int port2, struct chain *ret, const struct chain_step *handover,
                 const struct chain_step *settle);

// ---- hub.c

struct hub {
  int64_t scale;
  char url[512];  // path of the database, or a URL
  char key[512];
  struct child server[2];
  int servers;
  struct targets t;
  double made_s, database_mb;
};
// Makes the hub, or takes the one that is there when scale and schema are the same.
void hub_take(const struct options *o, int64_t scale, struct hub *ret);
void hub_drop(const struct options *o, const struct hub *h);
double hub_serve(const struct options *o, struct hub *h, int servers);  // ready; seconds until the first answer
void hub_stop(struct hub *h);

// ---- work.c

struct work_counter;
struct work_counter *work_open(const struct options *o, const struct hub *h);
void work_close(struct work_counter *w);
double work_now(struct work_counter *w);  // steps of SQLite, pages of PostgreSQL, so far
const char *work_unit(const struct options *o);

// ---- table.c

struct side {
  uint64_t answered;
  double seconds, cpu;
  struct load_result half;
};
struct figures {
  struct side server, floor;
  double ratio;  // median of the rounds: what else the machine does falls on one of them, not on all
  double work;   // of one request
};
enum { FIGURES_MAX = 24 };
struct chain_figures {
  size_t n;
  double handover_p50, handover_p99, settle_p50, settle_p99, handover_work, settle_work;
};
struct size_figures {
  int64_t scale;
  struct figures kind[FIGURES_MAX];
  struct chain_figures chain;
  int64_t import_rows;
  double import_server_s, import_floor_s;
  double first_answer_ms, quickest_ms, database_mb, made_s;
  long at_start_kb, after_load_kb;
};
double rate_of(const struct side *s);
// One hub on SQLite beside the floor.
void table_one(struct buf *t, const struct size_figures *f);
// Two sizes side by side.
void table_growth(struct buf *t, const struct size_figures *small, const struct size_figures *large);
// PostgreSQL: by number of servers, of each size.
void table_servers(struct buf *t, const struct size_figures *one, const struct size_figures *two, size_t sizes);
void table_work(struct buf *t, const char *unit, const struct size_figures *small, const struct size_figures *large);
double growth_of_work(const struct figures *small, const struct figures *large);
#endif
