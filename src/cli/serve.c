// SPDX-License-Identifier: Apache-2.0
// `entente serve`: opens the hub, starts the API and HTTP, waits for a signal, finishes what was accepted.
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/api.h"
#include "base/log.h"
#include "cli/cli.h"
#include "flows/identity.h"
#include "http/http.h"
#include "http/sandbox.h"

struct serving {
  struct hub hub;
  struct api *api;
  struct breached *breached;
  struct http *_Atomic http;  // on_commit runs on other threads while it comes and goes
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
  struct http *h = atomic_load(&s->http);
  if (h) http_wake(h);
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
  if (api_open(&(struct api_options){s->hub.db, &s->hub.key, proxy, s->breached}, &s->api))
    return cli_fail(EXIT_FAILED, "the API could not start");
  struct http_options o = {.listen = listen,
                           .behind_proxy = proxy,
                           .workers = (int)n,
                           .tls_cert = cli_value(a, "--tls-cert"),
                           .tls_key = cli_value(a, "--tls-key")};
  struct http *h = NULL;
  if (http_start(s->api, s->hub.db, &o, &message, &h)) return cli_fail(EXIT_FAILED, "%.*s", STR_ARG(buf_str(&message)));
  atomic_store(&s->http, h);
  s->has_sequencer = !db_is_sqlite(s->hub.db) && pthread_create(&s->sequencer, NULL, sequencer_main, s) == 0;
  s->has_ticker = pthread_create(&s->ticker, NULL, ticker_main, s) == 0;
  return EXIT_OK;
}

static void stop(struct serving *s) {
  atomic_store(&s->stopping, true);
  if (s->has_ticker) pthread_join(s->ticker, NULL);
  // PostgreSQL: the sequencer calls on_commit at any time, so it ends before http does. SQLite: only writes call it, and they end with http.
  if (s->has_sequencer) {
    db_stop(s->hub.db);
    pthread_join(s->sequencer, NULL);
  }
  http_stop(atomic_load(&s->http));
  atomic_store(&s->http, NULL);
  if (s->has_sequencer && db_sequence_now(s->hub.db))
    log_event(LOG_WARN, "stopping", "message", "the last entries wait for the next server to order them", NULL);
  hub_close(&s->hub);
  api_close(s->api);
  breached_close(s->breached);
}

// A sanitized build looks for leaks at its end and needs rights the sandbox takes; tests of the plain build run inside it.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
static const bool sanitized = true;
#else
static const bool sanitized = false;
#endif

// Before any file of the hub is opened, so that every thread started later is covered.
static void narrow_rights(struct cli_args *a) {
  const char *url = cli_value(a, "--db"), *home = getenv("HOME"), *key = cli_value(a, "--key");
  static char folder[4096], key_path[4096], pgpass[4096], certificates[4096];
  struct http_sandbox o = {.readable = {cli_value(a, "--tls-cert"), cli_value(a, "--tls-key"), getenv("ENTENTE_TEST_CLOCK"),
                                        key_path, pgpass, certificates}};
  snprintf(folder, sizeof folder, "%s", url);
  char *slash = strrchr(folder, '/');
  if (slash)
    slash[slash == folder ? 1 : 0] = 0;
  else
    snprintf(folder, sizeof folder, ".");
  if (!str_starts(str_of(url), S("postgres"))) o.writable[0] = folder;
  if (key)
    snprintf(key_path, sizeof key_path, "%s", key);
  else
    hub_key_path(url, key_path, sizeof key_path);
  snprintf(pgpass, sizeof pgpass, "%s/.pgpass", home ? home : "");
  snprintf(certificates, sizeof certificates, "%s/.postgresql", home ? home : "");
  http_sandbox(&o);
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
  int e = cli_breached(a, &s.breached);  // opened before the rights are narrowed: the list may lie anywhere
  if (e) return e;
  if (!s.breached)
    log_event(LOG_WARN, "passwords", "message", "no list of breached passwords (--breached): only guessable ones are refused",
              NULL);
  if (!cli_switch(a, "--no-sandbox") && !sanitized) narrow_rights(a);
  e = hub_open(cli_value(a, "--db"), cli_value(a, "--key"), DB_SERVE, &s.hub);
  if (e) return e;
  e = start(&s, a);
  if (!e) {
    const char *host = cli_value(a, "--listen"), *colon = strrchr(host, ':');  // the last one: [::1]:8080
    printf("Entente serves %s\nhttp%s://%.*s:%d/\n", cli_value(a, "--db"), cli_value(a, "--tls-cert") ? "s" : "",
           (int)(colon ? colon - host : (ptrdiff_t)strlen(host)), host, http_port(atomic_load(&s.http)));
    fflush(stdout);
    int got = 0;
    sigwait(&set, &got);
    log_event(LOG_INFO, "stopping", NULL);
  }
  stop(&s);
  return e;
}
