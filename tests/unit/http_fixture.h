// SPDX-License-Identifier: Apache-2.0
// An application of a few lines behind the HTTP layer, and a client of a few lines before it: no database, no record.
// Definitions, not declarations: the application is that of the one program that includes this.
#ifndef ENTENTE_TESTS_HTTP_FIXTURE_H
#define ENTENTE_TESTS_HTTP_FIXTURE_H
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "http/http_internal.h"

#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

// --- the application behind the door

static atomic_int handled, events, stream_alive = 1, app_ready = 1, gate, slow_news;
static const char asset_bytes[] = "embedded bytes";

static void moment(long milliseconds) {
  struct timespec t = {0, milliseconds * 1000000};
  nanosleep(&t, NULL);
}

static void put_line(struct buf *b, const char *name, str v) { buf_fmt(b, "%s=%.*s\n", name, STR_ARG(v)); }

static void show_request(const struct request *q, struct response *r) {
  put_line(&r->body, "method", q->method_text);
  put_line(&r->body, "path", q->path);
  put_line(&r->body, "query", q->query);
  put_line(&r->body, "type", q->content_type);
  put_line(&r->body, "remote", q->remote);
  put_line(&r->body, "cookie", q->cookie);
  put_line(&r->body, "body", q->body.n <= 200 ? q->body : S("(long)"));
  buf_fmt(&r->body, "length=%zu\ntls=%d\n", q->body.n, q->tls);
}

void api_handle(struct api_worker *w, const struct request *q, struct response *r) {
  assert_non_null(w->conn);
  atomic_fetch_add(&handled, 1);
  r->status = 200;
  r->content_type = "text/plain";
  if (str_eqz(q->path, "/api/hold")) {
    while (!atomic_load(&gate)) moment(1);
  } else if (str_eqz(q->path, "/api/big")) {
    for (int i = 0; i < 16 << 20; i += 16) buf_put(&r->body, S("0123456789abcdef"));
  } else if (str_eqz(q->path, "/api/asset")) {
    r->asset = (str){asset_bytes, sizeof asset_bytes - 1};
    r->cache_control = "public, max-age=31536000, immutable";
  } else if (str_eqz(q->path, "/api/none")) {
    r->status = 204;
  } else if (str_eqz(q->path, "/api/all")) {
    r->status = 405;
    snprintf(r->etag, sizeof r->etag, "\"abc\"");
    snprintf(r->set_cookie, sizeof r->set_cookie, "a=b; HttpOnly");
    snprintf(r->location, sizeof r->location, "/there");
    snprintf(r->retry_after, sizeof r->retry_after, "7");
    snprintf(r->filename, sizeof r->filename, "счёт \"1\".csv");
    snprintf(r->allow, sizeof r->allow, "GET, POST");
  } else if (str_eqz(q->path, "/api/events")) {
    r->stream = true;
    r->content_type = "text/event-stream";
    if (!str_to_int64(q->last_event_id, &r->stream_after)) r->stream_after = 0;
  } else {
    show_request(q, r);
  }
}

size_t api_body_limit(enum method m, str path) {
  if (m == M_GET || m == M_HEAD) return 0;
  return str_starts(path, S("/api/import")) ? LIMIT_IMPORT_BODY : LIMIT_BODY;
}

bool api_stream_next(struct api_worker *w, const struct response *opened, int64_t *after, struct buf *out) {
  (void)w, (void)opened;
  if (atomic_load(&slow_news)) moment(20);
  while (*after < atomic_load(&events)) buf_fmt(out, "id: %lld\nevent: x\ndata: {}\n\n", (long long)++*after);
  return atomic_load(&stream_alive);
}

bool api_ready(struct api_worker *w, struct buf *why) {
  (void)w;
  if (!atomic_load(&app_ready)) buf_putz(why, "the database does not answer");
  return atomic_load(&app_ready);
}

static char connection_of_database;
enum err db_conn_open(struct db *db, struct db_conn **ret) {
  (void)db;
  *ret = (struct db_conn *)(void *)&connection_of_database;
  return ERR_OK;
}
void db_conn_close(struct db_conn *c) { (void)c; }
uint64_t db_steps(void) { return 0; }

// --- a client of a few lines

static struct http *server;
static int port;

static void start_with(struct http_options o) {
  AUTO(buf_release) struct buf message = BUF(1000);
  if (!o.listen) o.listen = "127.0.0.1:0";
  enum err e = http_start(NULL, NULL, &o, &message, &server);
  if (e) fail_msg("%s", buf_z(&message));
  port = http_port(server);
  atomic_store(&handled, 0);
  atomic_store(&events, 0);
  atomic_store(&gate, 0);
}

static int start(void **state) {
  (void)state;
  start_with((struct http_options){.workers = 4});
  return 0;
}

static int start_hasty(void **state) {
  (void)state;
  start_with((struct http_options){.workers = 4, .header_seconds = 2, .transfer_seconds = 2});
  return 0;
}

static int stop(void **state) {
  (void)state;
  http_stop(server);
  server = NULL;
  return 0;
}

static int dial(void) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons((in_port_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  assert_true(fd >= 0);
  if (connect(fd, (struct sockaddr *)&sa, sizeof sa)) fail_msg("connect: errno %d", errno);
  struct timeval patience = {15, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  return fd;
}

// False: the server closed. Partial sends are part of the game.
static bool say(int fd, str text) {
  while (text.n) {
    ssize_t n = send(fd, text.p, text.n, MSG_NOSIGNAL);
    if (n <= 0) return false;
    text = str_sub(text, (size_t)n, text.n);
  }
  return true;
}

struct answer {
  int status;   // 0: closed without one
  bool closed;  // the server ended the connection behind it
  size_t length;
  char head[4096], body[4096];
};

static const char *header(const struct answer *a, const char *name) {
  static char value[600];
  char pattern[100];
  snprintf(pattern, sizeof pattern, "\r\n%s: ", name);
  const char *at = strcasestr(a->head, pattern);
  if (!at) return NULL;
  at += strlen(pattern);
  snprintf(value, sizeof value, "%.*s", (int)strcspn(at, "\r"), at);
  return value;
}

static bool next_byte(int fd, char *c) {
  ssize_t n = recv(fd, c, 1, 0);
  if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) fail_msg("no answer in time");
  return n == 1;
}

// One answer with Content-Length (or none, for HEAD and 204).
static struct answer hear(int fd, bool head_only) {
  struct answer a = {0};
  size_t n = 0;
  char c;
  while (n < sizeof a.head - 1 && next_byte(fd, &c)) {
    a.head[n++] = c;
    if (n >= 4 && memcmp(a.head + n - 4, "\r\n\r\n", 4) == 0) break;
  }
  if (n < 12) return (struct answer){.closed = true};
  int64_t status = 0, length = 0;
  assert_true(str_to_int64((str){a.head + 9, 3}, &status));
  a.status = (int)status;
  const char *value = header(&a, "Content-Length");
  if (value && !head_only) assert_true(str_to_int64(str_of(value), &length));
  while (a.length < (size_t)length) {
    char chunk[65536];
    size_t want = (size_t)length - a.length < sizeof chunk ? (size_t)length - a.length : sizeof chunk;
    ssize_t got = recv(fd, chunk, want, 0);
    if (got <= 0) break;
    for (ssize_t i = 0; i < got; i++)
      if (a.length + (size_t)i < sizeof a.body - 1) a.body[a.length + (size_t)i] = chunk[i];
    a.length += (size_t)got;
  }
  if (a.status == 100) return hear(fd, head_only);
  value = header(&a, "Connection");
  a.closed = value && strcasecmp(value, "close") == 0 && recv(fd, &c, 1, 0) <= 0;
  return a;
}

static struct answer ask_n(str text) {
  int fd = dial();
  (void)say(fd, text);
  struct answer a = hear(fd, str_starts(text, S("HEAD ")));
  if (!a.closed && a.status >= 400) {  // the library's own refusals close without saying so
    struct timeval moment = {0, 300000};
    char rest[1000];
    ssize_t n;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &moment, sizeof moment);
    while ((n = recv(fd, rest, sizeof rest, 0)) > 0) {}
    a.closed = n == 0 || (n < 0 && errno == ECONNRESET);
  }
  close(fd);
  return a;
}

static struct answer ask(const char *text) { return ask_n(str_of(text)); }

static struct answer get(const char *path) {
  char text[9000];
  snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path);
  return ask(text);
}

#define H "Host: x\r\n"

static void assert_line(const struct answer *a, const char *line) {
  if (!strstr(a->body, line)) fail_msg("no \"%s\" in: %s", line, a->body);
}

static void assert_header(const struct answer *a, const char *name, const char *value) {
  const char *got = header(a, name);
  if (!got || (value && strcmp(got, value) != 0)) fail_msg("%s: %s", name, got ? got : "(missing)");
}

#define WITH(setup, test) cmocka_unit_test_setup_teardown(test, setup, stop)
#endif
