// SPDX-License-Identifier: Apache-2.0
// floor serve DATABASE PORT: answers GET /deals, /deals/ID, /search?q= and POST /deals until its standard input ends.
// floor import TARGET SOURCE: copies the rows SOURCE has more than TARGET, and prints the seconds.
// Two HTTP threads suspend a request, eight workers with a connection each answer reads, one writer commits what has gathered: as the server.
#include "floor.h"
#include <microhttpd.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HTTP_THREADS = 2, WORKERS = 8, BATCH = 64 };

struct exchange {
  struct MHD_Connection *mc;
  char path[96], body[4096];
  size_t body_n;
  bool post, ready;
  struct out out;
  int status;
  struct exchange *next;
};

struct write_task {
  struct created w;
  sem_t finished;
  struct write_task *next;
};

static const char *database;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER, write_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER, write_cond = PTHREAD_COND_INITIALIZER;
static struct exchange *head, **tail = &head;
static struct write_task *write_head, **write_tail = &write_head;

// ---- the writer

static _Noreturn void *writer_main(void *arg) {
  struct floor_conn c = {0};
  (void)arg;
  floor_conn_open(&c, database, true);
  for (;;) {
    struct write_task *batch[BATCH];
    struct created *made[BATCH];
    size_t n = 0;
    pthread_mutex_lock(&write_lock);
    while (!write_head) pthread_cond_wait(&write_cond, &write_lock);
    while (write_head && n < BATCH) {
      batch[n++] = write_head;
      write_head = write_head->next;
    }
    if (!write_head) write_tail = &write_head;
    pthread_mutex_unlock(&write_lock);
    run(&c, Q_WRITE_BEGIN);
    for (size_t i = 0; i < n; i++) floor_create(&c, made[i] = &batch[i]->w);
    floor_batch_end(&c, made, n);
    run(&c, Q_COMMIT);
    for (size_t i = 0; i < n; i++) sem_post(&batch[i]->finished);
  }
}

static void write_and_wait(struct created *w) {
  struct write_task t = {.w = *w};
  sem_init(&t.finished, 0, 0);
  pthread_mutex_lock(&write_lock);
  *write_tail = &t;
  write_tail = &t.next;
  pthread_cond_signal(&write_cond);
  pthread_mutex_unlock(&write_lock);
  while (sem_wait(&t.finished)) {}
  sem_destroy(&t.finished);
  *w = t.w;
}

// ---- the workers

static const char *header(struct exchange *x, const char *name) {
  return MHD_lookup_connection_value(x->mc, MHD_HEADER_KIND, name);
}

static int limit_of(struct exchange *x) {
  const char *limit = MHD_lookup_connection_value(x->mc, MHD_GET_ARGUMENT_KIND, "limit");
  return limit ? (int)strtol(limit, NULL, 10) : 50;
}

static void answer(struct floor_conn *c, struct exchange *x) {
  struct caller who;
  x->status = 200;
  if (!floor_caller(c, header(x, "Authorization"), &who)) {
    x->status = 401;
    return;
  }
  if (x->post) {
    const char *key = header(x, "Idempotency-Key");
    struct created w = {.who = who, .body = x->body, .body_n = x->body_n, .key = key ? key : ""};
    write_and_wait(&w);
    floor_deal(c, &who, w.id, &x->out);
    x->status = 201;
  } else if (!strcmp(x->path, "/api/v1/deals")) {
    floor_deals(c, &who, limit_of(x), &x->out);
  } else if (!strncmp(x->path, "/api/v1/deals/", 14)) {
    floor_deal(c, &who, id_read(x->path + 14), &x->out);
  } else {
    const char *q = MHD_lookup_connection_value(x->mc, MHD_GET_ARGUMENT_KIND, "q");
    floor_search(c, &who, q ? q : "", limit_of(x), &x->out);
  }
}

static _Noreturn void *worker_main(void *arg) {
  struct floor_conn c = {0};
  (void)arg;
  floor_conn_open(&c, database, false);
  for (;;) {
    pthread_mutex_lock(&lock);
    while (!head) pthread_cond_wait(&cond, &lock);
    struct exchange *x = head;
    head = x->next;
    if (!head) tail = &head;
    pthread_mutex_unlock(&lock);
    answer(&c, x);
    x->ready = true;
    MHD_resume_connection(x->mc);
  }
}

// ---- HTTP

static enum MHD_Result send_out(struct exchange *x) {
  struct MHD_Response *m = MHD_create_response_from_buffer(x->out.n, x->out.p, MHD_RESPMEM_MUST_FREE);
  if (!m) return MHD_NO;
  x->out.p = NULL;
  enum MHD_Result ok = MHD_add_response_header(m, "Content-Type", "application/json");
  if (ok == MHD_YES) ok = MHD_queue_response(x->mc, (unsigned)x->status, m);
  MHD_destroy_response(m);
  return ok;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *mc, const char *url, const char *method, const char *version,
                                  const char *upload, size_t *upload_n, void **context) {
  struct exchange *x = *context;
  (void)cls, (void)version;
  if (!x) {
    x = *context = calloc(1, sizeof *x);
    if (!x) abort();
    x->mc = mc;
    x->post = !strcmp(method, "POST");
    snprintf(x->path, sizeof x->path, "%s", url);
    return MHD_YES;
  }
  if (x->ready) return send_out(x);
  if (*upload_n) {
    if (x->body_n + *upload_n >= sizeof x->body) return MHD_NO;
    memcpy(x->body + x->body_n, upload, *upload_n);
    x->body_n += *upload_n;
    *upload_n = 0;
    return MHD_YES;
  }
  pthread_mutex_lock(&lock);
  MHD_suspend_connection(mc);
  *tail = x;
  tail = &x->next;
  pthread_cond_signal(&cond);
  pthread_mutex_unlock(&lock);
  return MHD_YES;
}

static void on_completed(void *cls, struct MHD_Connection *mc, void **context, enum MHD_RequestTerminationCode how) {
  struct exchange *x = *context;
  (void)cls, (void)mc, (void)how;
  if (x) free(x->out.p);
  free(x);
  *context = NULL;
}

static int serve(const char *port) {
  pthread_t t;
  signal(SIGPIPE, SIG_IGN);
  for (int i = 0; i <= WORKERS; i++)
    if (pthread_create(&t, NULL, i ? worker_main : writer_main, NULL)) die("thread", NULL);
  struct MHD_Daemon *d = MHD_start_daemon(
    MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_SUSPEND_RESUME, (uint16_t)strtoul(port, NULL, 10), NULL, NULL, on_request, NULL,
    MHD_OPTION_THREAD_POOL_SIZE, (unsigned)HTTP_THREADS, MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_END);
  if (!d) die("HTTP", NULL);
  char b[64];
  while (read(STDIN_FILENO, b, sizeof b) > 0) {}
  _exit(0);  // nothing is left to keep: each answered write is committed
}

int main(int argc, char **argv) {
  if (sodium_init() < 0 || sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0)) return 1;
  if (argc == 4 && !strcmp(argv[1], "serve")) {
    database = argv[2];
    return serve(argv[3]);
  }
  if (argc == 4 && !strcmp(argv[1], "import")) return floor_import(argv[2], argv[3]);
  fprintf(stderr, "usage: floor serve DATABASE PORT | floor import TARGET SOURCE\n");
  return 2;
}
