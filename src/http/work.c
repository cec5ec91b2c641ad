// SPDX-License-Identifier: Apache-2.0
// The bounded queue between the HTTP threads, which never wait, and the workers, which wait for the database.
#include "http/http_internal.h"

#include <stdlib.h>
#include <unistd.h>

bool http_enqueue(struct exchange *x) {
  struct http *h = x->h;
  pthread_mutex_lock(&h->queue_lock);
  bool room = !h->queue_closed && h->queued < h->queue_max;
  if (room) {
    // Suspended before a worker can see it: otherwise it could be resumed before it sleeps.
    MHD_suspend_connection(x->mc);
    x->next = NULL;
    *h->queue_tail = x;
    h->queue_tail = &x->next;
    h->queued++;
    pthread_cond_signal(&h->queue_cond);
  }
  pthread_mutex_unlock(&h->queue_lock);
  return room;
}

static struct exchange *take(struct http *h) {
  pthread_mutex_lock(&h->queue_lock);
  while (!h->queue_head && !h->queue_closed) pthread_cond_wait(&h->queue_cond, &h->queue_lock);
  struct exchange *x = h->queue_head;
  if (x) {
    h->queue_head = x->next;
    if (!h->queue_head) h->queue_tail = &h->queue_head;
    h->queued--;
  }
  pthread_mutex_unlock(&h->queue_lock);
  return x;
}

static void handle(struct api_worker *w, struct exchange *x) {
  if (!x->readiness) {
    api_handle(w, &x->req, &x->resp);
    return;
  }
  AUTO(buf_release) struct buf why = BUF(500);
  if (api_ready(w, &why))
    http_plain(x, 200, "text/plain; charset=utf-8", S("ready\n"));
  else
    http_problem(x, P_NOT_READY, buf_str(&why));
}

static void *worker_main(void *arg) {
  struct http *h = arg;
  struct api_worker *w = &h->workers[atomic_fetch_add(&h->next_worker, 1)];
  struct exchange *x;
  (void)db_fault_mark(true);
  while ((x = take(h))) {
    if (atomic_load(&h->queue_closed))
      http_problem(x, P_BUSY, STR_NULL);
    else
      handle(w, x);
    x->phase = X_ANSWER;
    MHD_resume_connection(x->mc);  // from here the exchange is the HTTP thread's again
  }
  return NULL;
}

static int default_workers(void) {
  long cores = sysconf(_SC_NPROCESSORS_ONLN);
  return cores < 2 ? 8 : cores > 16 ? 64 : (int)cores * 4;
}

enum err http_workers_start(struct http *h, struct buf *message) {
  int wanted = h->options.workers > 0 ? h->options.workers : default_workers();
  h->threads = calloc((size_t)wanted, sizeof *h->threads);
  h->workers = calloc((size_t)wanted, sizeof *h->workers);
  if (!h->threads || !h->workers) abort();
  for (int i = 0; i < wanted; i++) {
    h->workers[i].api = h->api;
    if (db_conn_open(h->db, &h->workers[i].conn)) {
      buf_fmt(message, "The database gave no connection for worker %d of %d. Lower --workers, or allow more connections there.",
              i + 1, wanted);
      return ERR_IO;
    }
    if (pthread_create(&h->threads[i], NULL, worker_main, h)) {
      db_conn_close(h->workers[i].conn);
      buf_putz(message, "The system gave no thread for a worker: raise the limit of processes (ulimit -u).");
      return ERR_IO;
    }
    h->nthreads++;
  }
  return ERR_OK;
}

void http_workers_stop(struct http *h) {
  pthread_mutex_lock(&h->queue_lock);
  atomic_store(&h->queue_closed, true);
  pthread_cond_broadcast(&h->queue_cond);
  pthread_mutex_unlock(&h->queue_lock);
  for (int i = 0; i < h->nthreads; i++) {
    pthread_join(h->threads[i], NULL);
    db_conn_close(h->workers[i].conn);
  }
  h->nthreads = 0;
  free(h->threads);
  free(h->workers);
  h->threads = NULL;
  h->workers = NULL;
}
