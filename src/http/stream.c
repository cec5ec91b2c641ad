// SPDX-License-Identifier: Apache-2.0
// Server-sent events. A listener is a suspended connection and a small buffer; a few threads look for news of all of them when a
// commit woke them and every 15 s, fill the buffers and resume the connections that have something to read.
// A listener that does not read is not given more, and its socket is shut when it left bytes unread for 30 s.
// Ownership: a stream has two holders, the library (until its free callback) and the list of its shard; the last one frees it.
// Locks: the shard's for its list, then the stream's for what both threads touch. http_wake takes only the shard's, for an instant.
#include "http/http_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { STREAM_BATCH = 1024 * 1024, STREAM_MORE = 16 * 1024 };

struct stream {
  struct shard *shard;
  struct MHD_Connection *mc;
  struct peer *peer;
  struct response opened;  // what api_handle answered: company, user, session
  int64_t after;           // shard thread only
  struct stream *next;     // written under the shard's lock before the shard thread can see it, later by that thread only
  atomic_int holders;
  pthread_mutex_t lock;  // everything below
  struct buf pending;
  size_t taken;                          // bytes of pending the library has
  bool suspended, ending, closed, held;  // held: news was left in the database because the reader is behind
};

static void drop(struct stream *s) {
  if (atomic_fetch_sub(&s->holders, 1) != 1) return;
  buf_release(&s->pending);
  pthread_mutex_destroy(&s->lock);
  free(s);
}

static void shard_wake(struct shard *sh) {
  pthread_mutex_lock(&sh->lock);
  sh->woken = true;
  pthread_cond_signal(&sh->cond);
  pthread_mutex_unlock(&sh->lock);
}

void http_wake(struct http *h) {
  if (!h) return;
  for (int i = 0; i < HTTP_STREAM_THREADS; i++) shard_wake(&h->shards[i]);
}

// The library asks for bytes. Nothing to give: the connection sleeps until resume().
static ssize_t reader(void *cls, uint64_t pos, char *out, size_t max) {
  (void)pos;
  struct stream *s = cls;
  ssize_t given = 0;
  bool wake = false;
  pthread_mutex_lock(&s->lock);
  size_t left = s->pending.n - s->taken;
  if (left) {
    size_t n = left < max ? left : max;
    memcpy(out, s->pending.p + s->taken, n);
    s->taken += n;
    given = (ssize_t)n;
  } else {
    buf_release(&s->pending);  // thousands of listeners idle most of the time
    s->taken = 0;
    wake = s->held;
    s->held = false;
    if (s->ending) {
      given = MHD_CONTENT_READER_END_OF_STREAM;
    } else {
      s->suspended = true;
      MHD_suspend_connection(s->mc);
      http_peer_state(s->peer, PEER_STREAM, HTTP_NEVER);
    }
  }
  pthread_mutex_unlock(&s->lock);
  if (wake) shard_wake(s->shard);
  return given;
}

static void reader_free(void *cls) {
  struct stream *s = cls;
  pthread_mutex_lock(&s->lock);
  s->closed = true;
  pthread_mutex_unlock(&s->lock);
  atomic_fetch_sub(&s->shard->h->metrics.streams, 1);
  drop(s);
}

// A stream lives for hours: it keeps the two texts of its log line, not a whole arena.
static void shrink(struct exchange *x) {
  snprintf(x->kept_path, sizeof x->kept_path, "%.*s", STR_ARG(x->req.path));
  snprintf(x->kept_remote, sizeof x->kept_remote, "%.*s", STR_ARG(x->req.remote));
  x->req.path = str_of(x->kept_path);
  x->req.remote = str_of(x->kept_remote);
  x->req.query = x->req.content_type = x->target = x->refusal_arg = STR_NULL;
  arena_release(&x->arena);
}

struct MHD_Response *http_stream_open(struct exchange *x) {
  struct http *h = x->h;
  if (atomic_fetch_add(&h->metrics.streams, 1) >= LIMIT_SSE_CLIENTS) {
    atomic_fetch_sub(&h->metrics.streams, 1);
    return NULL;
  }
  struct stream *s = calloc(1, sizeof *s);
  if (!s) abort();
  s->shard = &h->shards[atomic_fetch_add(&h->next_shard, 1) % HTTP_STREAM_THREADS];
  s->mc = x->mc;
  s->peer = x->peer;
  s->opened = x->resp;
  s->opened.body = BUF(0);
  s->after = x->resp.stream_after;
  s->pending = BUF(HTTP_STREAM_PENDING + STREAM_BATCH + 64);
  buf_putz(&s->pending, "retry: 2000\n\n");  // sent at once, so that the client knows it is connected
  pthread_mutex_init(&s->lock, NULL);
  atomic_store(&s->holders, 2);
  x->resp.content_type = "text/event-stream";
  struct MHD_Response *m = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 1024, reader, s, reader_free);
  pthread_mutex_lock(&s->shard->lock);
  bool open = m && !s->shard->stop;
  if (open) {
    s->next = s->shard->streams;
    s->shard->streams = s;
    s->shard->woken = true;  // what happened since Last-Event-ID
    pthread_cond_signal(&s->shard->cond);
  }
  pthread_mutex_unlock(&s->shard->lock);
  if (open) {
    shrink(x);
    return m;
  }
  if (m)
    MHD_destroy_response(m);  // its free callback gives back one holder and the count
  else
    atomic_fetch_sub(&h->metrics.streams, 1), drop(s);
  drop(s);
  return NULL;
}

// With the stream's lock held.
static void resume(struct stream *s) {
  if (!s->suspended) return;
  s->suspended = false;
  http_peer_state(s->peer, PEER_STREAM, http_transfer_deadline(s->shard->h, 0));
  MHD_resume_connection(s->mc);
}

// Adds what the application has for this listener. True: there is likely more to fetch at once.
static bool feed(struct stream *s, bool ping) {
  pthread_mutex_lock(&s->lock);
  bool skip = s->closed || s->ending;
  if (!skip && s->pending.n - s->taken > HTTP_STREAM_PENDING) skip = s->held = true;
  pthread_mutex_unlock(&s->lock);
  if (skip) return false;

  AUTO(buf_release) struct buf out = BUF(STREAM_BATCH);
  bool alive = api_stream_next(&s->shard->worker, &s->opened, &s->after, &out) && !out.full;
  if (ping && !out.n) buf_putz(&out, ": ping\n\n");
  if (!out.n && alive) return false;
  pthread_mutex_lock(&s->lock);
  if (!s->closed) {
    if (!out.full) {
      if (!s->pending.max) s->pending = BUF(HTTP_STREAM_PENDING + STREAM_BATCH + 64);
      buf_put(&s->pending, buf_str(&out));
    }
    if (!alive) s->ending = true;  // never back to false: a stop may have ended it meanwhile
    resume(s);
  }
  pthread_mutex_unlock(&s->lock);
  atomic_fetch_add(&s->shard->h->metrics.events, 1);
  return alive && out.n > STREAM_MORE;
}

static void sweep(struct shard *sh) {
  pthread_mutex_lock(&sh->lock);
  for (struct stream **at = &sh->streams; *at;) {
    struct stream *s = *at;
    pthread_mutex_lock(&s->lock);
    bool closed = s->closed;
    pthread_mutex_unlock(&s->lock);
    if (closed) {
      *at = s->next;
      drop(s);
    } else {
      at = &s->next;
    }
  }
  pthread_mutex_unlock(&sh->lock);
}

// Waits for a wake or the next ping; false: stop. New streams enter at the head, so the rest of the list may be walked unlocked.
static bool wait_for_news(struct shard *sh, int64_t next_ping, struct stream **ret_first) {
  pthread_mutex_lock(&sh->lock);
  while (!sh->woken && !sh->stop && clock_mono() < next_ping) {
    struct timespec until = {.tv_sec = (time_t)(next_ping / UTIME_SECOND), .tv_nsec = (long)(next_ping % UTIME_SECOND) * 1000};
    (void)pthread_cond_timedwait(&sh->cond, &sh->lock, &until);
  }
  sh->woken = false;
  bool go = !sh->stop;
  *ret_first = sh->streams;
  pthread_mutex_unlock(&sh->lock);
  return go;
}

static void *shard_main(void *arg) {
  struct shard *sh = arg;
  int64_t next_ping = clock_mono() + HTTP_PING_SECONDS * UTIME_SECOND;
  struct stream *s;
  while (wait_for_news(sh, next_ping, &s)) {
    int64_t begun = clock_mono();
    bool ping = begun >= next_ping, more = false;
    if (ping) next_ping = begun + HTTP_PING_SECONDS * UTIME_SECOND;
    for (; s; s = s->next) more |= feed(s, ping);
    sweep(sh);
    if (more) shard_wake(sh);
    // At most half of a core, however fast commits come: a look lasts as long as the pause behind it.
    int64_t pause = clock_mono() - begun;
    if (pause < HTTP_STREAM_GAP_MS * 1000) pause = HTTP_STREAM_GAP_MS * 1000;
    if (pause > UTIME_SECOND / 2) pause = UTIME_SECOND / 2;
    struct timespec gap = {0, (long)pause * 1000};
    (void)nanosleep(&gap, NULL);
  }
  return NULL;
}

enum err http_streams_start(struct http *h, struct buf *message) {
  for (int i = 0; i < HTTP_STREAM_THREADS; i++) {
    struct shard *sh = &h->shards[i];
    sh->worker.api = h->api;
    if (db_conn_open(h->db, &sh->worker.conn)) {
      buf_putz(message, "The database gave no connection for live updates. Allow more connections there.");
      return ERR_IO;
    }
    if (pthread_create(&sh->thread, NULL, shard_main, sh)) {
      db_conn_close(sh->worker.conn);
      buf_putz(message, "The system gave no thread for live updates: raise the limit of processes (ulimit -u).");
      return ERR_IO;
    }
    sh->running = true;
  }
  return ERR_OK;
}

void http_streams_end(struct http *h) {
  for (int i = 0; i < HTTP_STREAM_THREADS; i++) {
    struct shard *sh = &h->shards[i];
    pthread_mutex_lock(&sh->lock);
    sh->stop = true;  // http_stream_open refuses from here
    pthread_cond_signal(&sh->cond);
    for (struct stream *s = sh->streams; s; s = s->next) {
      pthread_mutex_lock(&s->lock);
      s->ending = true;
      if (!s->closed) resume(s);
      pthread_mutex_unlock(&s->lock);
    }
    pthread_mutex_unlock(&sh->lock);
  }
}

void http_streams_join(struct http *h) {
  for (int i = 0; i < HTTP_STREAM_THREADS; i++) {
    struct shard *sh = &h->shards[i];
    if (!sh->running) continue;
    pthread_join(sh->thread, NULL);
    db_conn_close(sh->worker.conn);
    sh->running = false;
  }
}

void http_streams_free(struct http *h) {
  for (int i = 0; i < HTTP_STREAM_THREADS; i++) sweep(&h->shards[i]);
}
