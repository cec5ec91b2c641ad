// SPDX-License-Identifier: Apache-2.0
// What the files of the benchmark share. bench.c: the order of things and the table; client.c: children, files, single requests;
// load.c: the load generator. The floor is a program of its own (floor.h).
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
// argv ends with NULL. The program is found as argv[0].
void child_start(struct child *c, const char *const argv[]);
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
  int port;
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
#endif
