// SPDX-License-Identifier: Apache-2.0
// `entente serve`: opens the hub, starts the API and HTTP, waits for a signal, finishes what was accepted.
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "api/api.h"
#include "base/log.h"
#include "cli/cli.h"
#include "http/http.h"

struct serving {
  struct hub hub;
  struct api *api;
  struct http *http;
  atomic_bool stopping;
  pthread_t sequencer, ticker;
  bool has_sequencer, has_ticker;
};

static enum err before_commit(struct db_conn *c, void *arg) {
  struct serving *s = arg;
  return audit_sequence(c, &s->hub.key);
}

static void on_commit(void *arg) {
  struct serving *s = arg;
  if (s->http) http_wake(s->http);
}

static void *sequencer_main(void *arg) {
  struct serving *s = arg;
  db_sequencer_loop(s->hub.db);
  return NULL;
}

static void *ticker_main(void *arg) {
  struct serving *s = arg;
  struct api_worker w = {.api = s->api};
  if (db_conn_open(s->hub.db, &w.conn)) {
    log_event(LOG_ERROR, "clocks", "message", "no connection: clocks do not run", NULL);
    return NULL;
  }
  while (!atomic_load(&s->stopping)) {
    int ms = api_tick(&w);
    struct timespec t = {ms / 1000, (ms % 1000) * 1000000L};
    nanosleep(&t, NULL);
  }
  db_conn_close(w.conn);
  return NULL;
}

static int start(struct serving *s, struct cli_args *a) {
  AUTO(buf_release) struct buf message = BUF(4096);
  const char *listen = cli_value(a, "--listen");
  bool proxy = cli_switch(a, "--behind-proxy");
  const char *workers = cli_value(a, "--workers");
  int64_t n = 0;
  if (workers && (!str_to_int64(str_of(workers), &n) || n < 1 || n > 256))
    return cli_fail(EXIT_USAGE, "--workers takes a number from 1 to 256");
  db_set_hooks(s->hub.db, (struct db_hooks){before_commit, on_commit, s});
  if (api_open(&(struct api_options){s->hub.db, &s->hub.key, proxy}, &s->api))
    return cli_fail(EXIT_FAILED, "the API could not start");
  struct http_options o = {.listen = listen,
                           .behind_proxy = proxy,
                           .workers = (int)n,
                           .tls_cert = cli_value(a, "--tls-cert"),
                           .tls_key = cli_value(a, "--tls-key")};
  if (http_start(s->api, s->hub.db, &o, &message, &s->http)) return cli_fail(EXIT_FAILED, "%.*s", STR_ARG(buf_str(&message)));
  s->has_sequencer = !db_is_sqlite(s->hub.db) && pthread_create(&s->sequencer, NULL, sequencer_main, s) == 0;
  s->has_ticker = pthread_create(&s->ticker, NULL, ticker_main, s) == 0;
  return EXIT_OK;
}

static void stop(struct serving *s) {
  atomic_store(&s->stopping, true);
  if (s->has_ticker) pthread_join(s->ticker, NULL);
  http_stop(s->http);
  if (s->hub.db) db_stop(s->hub.db);
  if (s->has_sequencer) pthread_join(s->sequencer, NULL);
  hub_close(&s->hub);
  api_close(s->api);
}

int cmd_serve(struct cli_args *a) {
  static struct serving s;
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &set, NULL);  // before any thread: they all inherit it, only sigwait sees these
  signal(SIGPIPE, SIG_IGN);
  if (cli_test_clock()) log_event(LOG_WARN, "test_clock", "message", "ENTENTE_TEST_CLOCK is set: time is not real", NULL);
  int e = hub_open(cli_value(a, "--db"), cli_value(a, "--key"), DB_SERVE, &s.hub);
  if (e) return e;
  e = start(&s, a);
  if (!e) {
    const char *host = cli_value(a, "--listen");
    str head, tail;
    str_cut(str_of(host), ':', &head, &tail);
    printf("Entente serves %s\nhttp%s://%.*s:%d/\n", cli_value(a, "--db"), cli_value(a, "--tls-cert") ? "s" : "", STR_ARG(head),
           http_port(s.http));
    fflush(stdout);
    int got = 0;
    sigwait(&set, &got);
    log_event(LOG_INFO, "stopping", NULL);
  }
  stop(&s);
  return e;
}
