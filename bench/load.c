// SPDX-License-Identifier: Apache-2.0
// Load over loopback: one thread, epoll, 64 kept connections. Closed: each connection asks again when it is answered, which finds the
// most a server does. Open: requests fall due at even times; one that finds no free connection waits, and its waiting counts, so that
// a server that stalls is not asked less often for it (no coordinated omission).
#include "bench.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HEAD_MAX = 8192, READ_MAX = 256 * 1024 };
#define DRAIN_SECONDS 5.0  // for what is under way at the end

struct connection {
  int fd;
  bool busy, in_body;
  struct buf out;
  char head[HEAD_MAX];
  size_t head_n;
  uint64_t left;  // bytes of the body still to come
  int status;
  double due;
};

struct run {
  const struct load *l;
  struct connection c[LOAD_CONNECTIONS];
  struct connection *idle[LOAD_CONNECTIONS];
  int nidle, epoll;
  uint64_t made;
  double start, end, next;  // next: when the next request of an open run is due
  float *latency;           // milliseconds
  size_t n, cap;
  uint64_t failed;
  int failed_status;
};

static void connect_one(struct run *r, struct connection *c) {
  bool second = r->l->port2 && (c - r->c) % 2;
  struct sockaddr_in to = {.sin_family = AF_INET,
                           .sin_port = htons((uint16_t)(second ? r->l->port2 : r->l->port)),
                           .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int on = 1;
  c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&to, sizeof to))
    fail("no connection to port %d: %s", r->l->port, strerror(errno));
  (void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  struct epoll_event ev = {.events = EPOLLIN, .data.ptr = c};
  if (epoll_ctl(r->epoll, EPOLL_CTL_ADD, c->fd, &ev)) fail("epoll: %s", strerror(errno));
}

// Requests are small: the socket takes them whole.
static void ask(struct run *r, struct connection *c, double due) {
  buf_clear(&c->out);
  r->l->make(r->l->arg, r->made++, &c->out);
  c->busy = true;
  c->in_body = false;
  c->head_n = 0;
  c->due = due;
  for (size_t sent = 0; sent < c->out.n;) {
    ssize_t n = send(c->fd, c->out.p + sent, c->out.n - sent, MSG_NOSIGNAL);
    if (n < 0 && errno != EINTR) fail("the server closed a connection: %s", strerror(errno));
    sent += n > 0 ? (size_t)n : 0;
  }
}

static void note(struct run *r, double ms) {
  if (r->n == r->cap) {
    r->cap = r->cap ? 2 * r->cap : 65536;
    r->latency = realloc(r->latency, r->cap * sizeof *r->latency);
    if (!r->latency) abort();
  }
  r->latency[r->n++] = (float)ms;
}

static void answered(struct run *r, struct connection *c, double now) {
  c->busy = false;
  if (c->status < 200 || c->status > 299) {
    r->failed++;
    r->failed_status = c->status;
  }
  if (r->l->rate > 0 || now <= r->end) note(r, (now - c->due) * 1e3);
  if (r->l->rate > 0)
    r->idle[r->nidle++] = c;
  else if (now < r->end)
    ask(r, c, now);
}

static uint64_t content_length(const char *head) {
  const char *at = strcasestr(head, "\r\nContent-Length:");
  return at ? strtoull(at + 17, NULL, 10) : 0;
}

// Takes `n` bytes just read; true: the answer is whole.
static bool take(struct connection *c, const char *bytes, size_t n) {
  if (!c->in_body) {
    size_t room = HEAD_MAX - 1 - c->head_n, m = n < room ? n : room;
    memcpy(c->head + c->head_n, bytes, m);
    c->head[c->head_n + m] = 0;
    char *end = strstr(c->head, "\r\n\r\n");
    if (!end && room <= n) fail("an answer with endless headers");
    if (!end) {
      c->head_n += m;
      return false;
    }
    size_t used = (size_t)(end + 4 - c->head) - c->head_n;
    end[2] = 0;
    c->status = (int)strtol(c->head + 9, NULL, 10);
    c->left = content_length(c->head);
    c->in_body = true;
    n -= used;
  }
  c->left -= n < c->left ? n : c->left;
  return c->left == 0;
}

static void readable(struct run *r, struct connection *c) {
  static char bytes[READ_MAX];
  ssize_t n = recv(c->fd, bytes, sizeof bytes, MSG_DONTWAIT);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n <= 0) fail("the server closed a connection");
  if (c->busy && take(c, bytes, (size_t)n)) answered(r, c, seconds_now());
}

static void send_due(struct run *r, double now) {
  double step = 1 / r->l->rate;
  while (r->nidle && r->next <= now && r->next < r->end) {
    ask(r, r->idle[--r->nidle], r->next);
    r->next += step;
  }
}

static bool under_way(const struct run *r) {
  for (int i = 0; i < LOAD_CONNECTIONS; i++)
    if (r->c[i].busy) return true;
  return false;
}

// Until when to sleep, in seconds from now.
static double patience(const struct run *r, double now) {
  double until = now < r->end ? r->end : now + 0.05;
  if (r->l->rate > 0 && r->nidle && r->next < r->end) until = r->next;
  return until > now ? until - now : 0;
}

static void loop(struct run *r) {
  struct epoll_event ev[LOAD_CONNECTIONS];
  bool open = r->l->rate > 0;
  for (;;) {
    double now = seconds_now();
    if (open) send_due(r, now);
    bool more_due = open && r->next < r->end;
    if (now >= r->end && !more_due && !under_way(r)) return;
    if (now > r->end + DRAIN_SECONDS) {
      r->failed += (uint64_t)under_way(r);
      return;
    }
    double wait = patience(r, now);
    struct timespec t = {(time_t)wait, (long)((wait - (double)(time_t)wait) * 1e9)};
    int n = epoll_pwait2(r->epoll, ev, LOAD_CONNECTIONS, &t, NULL);
    for (int i = 0; i < n; i++) readable(r, ev[i].data.ptr);
  }
}

static int by_value(const void *a, const void *b) {
  float x = *(const float *)a, y = *(const float *)b;
  return x < y ? -1 : x > y;
}

static double percentile(const struct run *r, double share) {
  if (!r->n) return 0;
  size_t i = (size_t)(share * (double)r->n);
  return (double)r->latency[i < r->n ? i : r->n - 1];
}

struct load_result load_run(const struct load *l) {
  static struct run r;
  (void)prctl(PR_SET_TIMERSLACK, 1000UL);  // due times are microseconds apart
  r = (struct run){.l = l, .epoll = epoll_create1(EPOLL_CLOEXEC)};
  for (int i = 0; i < LOAD_CONNECTIONS; i++) {
    r.c[i].out = BUF(64 * 1024);
    connect_one(&r, &r.c[i]);
    r.idle[r.nidle++] = &r.c[i];
  }
  r.start = r.next = seconds_now();
  r.end = r.start + l->seconds;
  if (!(l->rate > 0))
    for (int i = 0; i < LOAD_CONNECTIONS; i++) ask(&r, &r.c[i], r.start);
  loop(&r);
  for (int i = 0; i < LOAD_CONNECTIONS; i++) {
    close(r.c[i].fd);
    buf_release(&r.c[i].out);
  }
  close(r.epoll);
  qsort(r.latency, r.n, sizeof *r.latency, by_value);
  struct load_result out = {.answered = r.n,
                            .failed = r.failed,
                            .failed_status = r.failed_status,
                            .seconds = l->seconds,
                            .p50_ms = percentile(&r, 0.50),
                            .p99_ms = percentile(&r, 0.99)};
  free(r.latency);
  return out;
}
