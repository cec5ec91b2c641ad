// SPDX-License-Identifier: Apache-2.0
// The HTTP layer on raw sockets, with an application of a few lines behind it: no database, no record.
// Shown to fail: with a refuse() in check.c that does nothing, the malformed rows reach the application; without the check of the raw
// header block twelve of them do (folding, NUL, bare LF, a header without a name); without shutdown() in the reaper the slow live on.
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "http/http_internal.h"

#include <curl/curl.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
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

static int start_narrow(void **state) {
  (void)state;
  start_with((struct http_options){.workers = 1, .queue = 2});
  return 0;
}

static int start_proxied(void **state) {
  (void)state;
  start_with((struct http_options){.workers = 2, .behind_proxy = true});
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

// --- well formed or not

#define H "Host: x\r\n"
static const struct {
  const char *what;
  const char *text;
  size_t n;
} malformed[] = {
#define ROW(what, text) \
  { what, text, sizeof(text) - 1 }
  ROW("two lengths", "POST /api/ HTTP/1.1\r\n" H "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"),
  ROW("two lengths that differ", "POST /api/ HTTP/1.1\r\n" H "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello"),
  ROW("list of lengths", "POST /api/ HTTP/1.1\r\n" H "Content-Length: 5, 5\r\n\r\nhello"),
  ROW("length and coding", "POST /api/ HTTP/1.1\r\n" H "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
  ROW("+5", "POST /api/ HTTP/1.1\r\n" H "Content-Length: +5\r\n\r\nhello"),
  ROW("-5", "POST /api/ HTTP/1.1\r\n" H "Content-Length: -5\r\n\r\nhello"),
  ROW("0x5", "POST /api/ HTTP/1.1\r\n" H "Content-Length: 0x5\r\n\r\nhello"),
  ROW("5 5", "POST /api/ HTTP/1.1\r\n" H "Content-Length: 5 5\r\n\r\nhello"),
  ROW("empty length", "POST /api/ HTTP/1.1\r\n" H "Content-Length:\r\n\r\nhello"),
  ROW("huge length", "POST /api/ HTTP/1.1\r\n" H "Content-Length: 99999999999999999999999\r\n\r\nhello"),
  ROW("unknown coding", "POST /api/ HTTP/1.1\r\n" H "Transfer-Encoding: rot13\r\n\r\nhello"),
  ROW("two codings", "POST /api/ HTTP/1.1\r\n" H "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
  ROW("identity", "POST /api/ HTTP/1.1\r\n" H "Transfer-Encoding: identity\r\n\r\n"),
  ROW("coding twice", "POST /api/ HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
  ROW("coding with a vertical tab", "POST /api/ HTTP/1.1\r\n" H "Transfer-Encoding: \x0b"
                                    "chunked\r\n\r\n0\r\n\r\n"),
  ROW("coding in 1.0", "POST /api/ HTTP/1.0\r\n" H "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
  ROW("no host", "GET /api/ HTTP/1.1\r\n\r\n"),
  ROW("empty host", "GET /api/ HTTP/1.1\r\nHost:\r\n\r\n"),
  ROW("two hosts", "GET /api/ HTTP/1.1\r\n" H "Host: y\r\n\r\n"),
  ROW("host with a path", "GET /api/ HTTP/1.1\r\nHost: x/y\r\n\r\n"),
  ROW("host with a user", "GET /api/ HTTP/1.1\r\nHost: a@x\r\n\r\n"),
  ROW("host with a blank", "GET /api/ HTTP/1.1\r\nHost: x y\r\n\r\n"),
  ROW("blank before colon", "GET /api/ HTTP/1.1\r\nHost : x\r\n\r\n"),
  ROW("tab before colon", "GET /api/ HTTP/1.1\r\n" H "A\t: x\r\n\r\n"),
  ROW("length with blank before colon", "POST /api/ HTTP/1.1\r\n" H "Content-Length : 5\r\n\r\nhello"),
  ROW("no name", "GET /api/ HTTP/1.1\r\n" H ": x\r\n\r\n"),
  ROW("no colon", "GET /api/ HTTP/1.1\r\n" H "Nonsense\r\n\r\n"),
  ROW("name with brackets", "GET /api/ HTTP/1.1\r\n" H "A(b): x\r\n\r\n"),
  ROW("folded line", "GET /api/ HTTP/1.1\r\n" H "A: x\r\n y\r\n\r\n"),
  ROW("folded line with a tab", "GET /api/ HTTP/1.1\r\n" H "A: x\r\n\ty\r\n\r\n"),
  ROW("folded first line", "GET /api/ HTTP/1.1\r\n A: b\r\n" H "\r\n"),
  ROW("folded coding", "POST /api/ HTTP/1.1\r\n" H "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"),
  ROW("NUL in a value", "GET /api/ HTTP/1.1\r\n" H "A: x\0y\r\n\r\n"),
  ROW("two NUL in a value", "GET /api/ HTTP/1.1\r\n" H "A: x\0\0B: y\r\n\r\n"),
  ROW("lines made of NUL", "GET /api/ HTTP/1.1\r\n" H "A: x\0\0B\0y\r\n\r\n"),
  ROW("NUL in a name", "GET /api/ HTTP/1.1\r\n" H "A\0: x\r\n\r\n"),
  ROW("NUL in the target", "GET /api/a\0b HTTP/1.1\r\n" H "\r\n"),
  ROW("NUL in the method", "GE\0T /api/ HTTP/1.1\r\n" H "\r\n"),
  ROW("control in a value", "GET /api/ HTTP/1.1\r\n" H "A: x\x01y\r\n\r\n"),
  ROW("delete in a value", "GET /api/ HTTP/1.1\r\n" H "A: x\x7f\r\n\r\n"),
  ROW("bare LF", "GET /api/ HTTP/1.1\nHost: x\n\n"),
  ROW("one bare LF", "GET /api/ HTTP/1.1\r\nHost: x\nA: b\r\n\r\n"),
  ROW("bare LF at the end", "GET /api/ HTTP/1.1\r\nHost: x\r\n\n"),
  ROW("bare CR", "GET /api/ HTTP/1.1\r\nHost: x\rA: b\r\n\r\n"),
  ROW("two blanks behind the method", "GET  / HTTP/1.1\r\n" H "\r\n"),
  ROW("blank in the target", "GET /api/a b HTTP/1.1\r\n" H "\r\n"),
  ROW("blank at the end", "GET /api/ HTTP/1.1 \r\n" H "\r\n"),
  ROW("no version", "GET /api/\r\n" H "\r\n"),
  ROW("odd version", "GET /api/ HTTP/1.x\r\n" H "\r\n"),
  ROW("lower case version", "GET /api/ http/1.1\r\n" H "\r\n"),
  ROW("HTTP/0.9", "GET /api/ HTTP/0.9\r\n" H "\r\n"),
  ROW("HTTP/2.0", "GET /api/ HTTP/2.0\r\n" H "\r\n"),
  ROW("TLS hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"),
  ROW("method with a bracket", "G(T / HTTP/1.1\r\n" H "\r\n"),
  ROW("target without slash", "GET a HTTP/1.1\r\n" H "\r\n"),
  ROW("asterisk", "OPTIONS * HTTP/1.1\r\n" H "\r\n"),
  ROW("authority", "CONNECT x:80 HTTP/1.1\r\n" H "\r\n"),
  ROW("another host in the target", "GET http://y/api/ HTTP/1.1\r\n" H "\r\n"),
  ROW("another scheme", "GET ftp://x/api/ HTTP/1.1\r\n" H "\r\n"),
  ROW("fragment", "GET /api/a#b HTTP/1.1\r\n" H "\r\n"),
  ROW("bytes above ASCII", "GET /api/\xc3\xa4 HTTP/1.1\r\n" H "\r\n"),
  ROW("half an escape", "GET /api/a%2 HTTP/1.1\r\n" H "\r\n"),
  ROW("no escape", "GET /api/a%zz HTTP/1.1\r\n" H "\r\n"),
  ROW("percent at the end", "GET /api/a% HTTP/1.1\r\n" H "\r\n"),
  ROW("coded slash", "GET /api/a%2fb HTTP/1.1\r\n" H "\r\n"),
  ROW("coded backslash", "GET /api/a%5cb HTTP/1.1\r\n" H "\r\n"),
  ROW("backslash", "GET /api/a\\b HTTP/1.1\r\n" H "\r\n"),
  ROW("coded NUL", "GET /api/a%00b HTTP/1.1\r\n" H "\r\n"),
  ROW("coded line break", "GET /api/a%0d%0ab HTTP/1.1\r\n" H "\r\n"),
  ROW("not UTF-8", "GET /api/a%ff HTTP/1.1\r\n" H "\r\n"),
  ROW("coded surrogate", "GET /api/a%ed%a0%80 HTTP/1.1\r\n" H "\r\n"),
  ROW("dot segment", "GET /api/a/../b HTTP/1.1\r\n" H "\r\n"),
  ROW("coded dot segment", "GET /api/a/%2e%2e/b HTTP/1.1\r\n" H "\r\n"),
  ROW("dot segment at the end", "GET /api/a/. HTTP/1.1\r\n" H "\r\n"),
  ROW("body on GET", "GET /api/ HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nhello"),
  ROW("unknown expectation", "POST /api/ HTTP/1.1\r\n" H "Expect: wonders\r\nContent-Length: 5\r\n\r\nhello"),
  ROW("two authorizations", "GET /api/ HTTP/1.1\r\n" H "Authorization: a\r\nAuthorization: b\r\n\r\n"),
  ROW("bad chunk size", "POST /api/ HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n+5\r\nhello\r\n0\r\n\r\n"),
  ROW("chunk size in words", "POST /api/ HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\nfive\r\nhello\r\n0\r\n\r\n"),
  ROW("huge chunk size",
      "POST /api/ HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nhello\r\n0\r\n\r\n"),
  ROW("chunk without end",
      "POST /api/ HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n5\r\nhelloGET /api/ HTTP/1.1\r\n" H "\r\n"),
};

static void test_malformed_is_refused_and_closed(void **state) {
  (void)state;
  for (size_t i = 0; i < ARRAY_LEN(malformed); i++) {
    int before = atomic_load(&handled);
    struct answer a = ask_n((str){malformed[i].text, malformed[i].n});
    bool refused = (a.status >= 400 && a.status < 500) || a.status == 505 || a.status == 0;
    if (!refused || !a.closed) fail_msg("%s: status %d, %s", malformed[i].what, a.status, a.closed ? "closed" : "kept");
    if (atomic_load(&handled) != before) fail_msg("%s: reached the application", malformed[i].what);
  }
}

static void test_limits_of_header_and_target(void **state) {
  (void)state;
  AUTO(buf_release) struct buf b = BUF(1 << 20);
  buf_putz(&b, "GET /api/");
  for (int i = 0; i < LIMIT_URL; i++) buf_putc(&b, 'a');
  buf_putz(&b, " HTTP/1.1\r\n" H "\r\n");
  struct answer a = ask_n(buf_str(&b));
  assert_int_equal(a.status, 414);
  assert_true(a.closed);
  for (int kilobytes = 17; kilobytes <= 64; kilobytes += 47) {
    buf_clear(&b);
    buf_putz(&b, "GET /api/ HTTP/1.1\r\n" H "A: ");
    for (int i = 0; i < kilobytes * 1024; i++) buf_putc(&b, 'a');
    buf_putz(&b, "\r\n\r\n");
    a = ask_n(buf_str(&b));
    assert_int_equal(a.status, 431);
    assert_true(a.closed);
  }
  buf_clear(&b);
  buf_putz(&b, "GET /api/ HTTP/1.1\r\n" H);
  for (int i = 0; i < HTTP_HEADERS; i++) buf_fmt(&b, "A%d: b\r\n", i);
  buf_putz(&b, "\r\n");
  assert_int_equal(ask_n(buf_str(&b)).status, 431);
  buf_clear(&b);
  buf_putz(&b, "GET /api/?");
  for (int i = 0; i < 4000; i++) buf_putz(&b, "&a");
  buf_putz(&b, " HTTP/1.1\r\n" H "\r\n");
  int status = ask_n(buf_str(&b)).status;
  assert_true(status == 0 || status == 414 || status == 431);  // 0: the library runs out of its memory, the deadline closes
  assert_int_equal(atomic_load(&handled), 0);
}

static void assert_line(const struct answer *a, const char *line) {
  if (!strstr(a->body, line)) fail_msg("no \"%s\" in: %s", line, a->body);
}

static void test_well_formed_arrives(void **state) {
  (void)state;
  struct answer a = get("/api/a%20b/%D1%8F%25?q=%2f&x=1?2");
  assert_int_equal(a.status, 200);
  assert_false(a.closed);
  assert_line(&a, "path=/api/a b/я%\n");
  assert_line(&a, "query=q=%2f&x=1?2\n");
  assert_line(&a, "remote=127.0.0.1\n");
  a = ask("\r\nGET /api/ HTTP/1.1\r\n" H "Cookie:  a=b; c=d \t\r\nX-A: \x80\xff\r\n\r\n");
  assert_line(&a, "cookie=a=b; c=d\n");
  a = ask("GET http://x:80/api/abs?q HTTP/1.1\r\nHost: x:80\r\n\r\n");
  assert_line(&a, "path=/api/abs\n");
  a = ask("GET HTTP://X/api/ HTTP/1.1\r\n" H "\r\n");
  assert_line(&a, "path=/api/\n");
  a = ask("GET /api/ HTTP/1.0\r\n\r\n");
  assert_int_equal(a.status, 200);
  assert_true(a.closed);
  a = ask("GET /api/ HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n");
  assert_int_equal(a.status, 200);
  a = ask("DELETE /api/x HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n");
  assert_line(&a, "method=DELETE\n");
  a = ask("POST /api/p HTTP/1.1\r\n" H "Content-Type: Text/CSV; charset=utf-8\r\nContent-Length: 5\r\n\r\nhello");
  assert_line(&a, "type=text/csv\n");
  assert_line(&a, "body=hello\n");
  a = ask("POST /api/p HTTP/1.1\r\n" H "Content-Type: nonsense\r\nContent-Length: 1\r\n\r\nx");
  assert_line(&a, "type=\n");
  a = ask("BREW /api/ HTTP/1.1\r\n" H "\r\n");
  assert_line(&a, "method=BREW\n");
}

static void test_chunked_body_is_read_and_its_connection_closed(void **state) {
  (void)state;
  struct answer a =
    ask("POST /api/p HTTP/1.1\r\n" H "Transfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nA: b\r\n\r\n"
        "GET /api/smuggled HTTP/1.1\r\n" H "\r\n");
  assert_int_equal(a.status, 200);
  assert_line(&a, "body=hello world\n");
  assert_true(a.closed);
  assert_int_equal(atomic_load(&handled), 1);
}

static void test_pipelined_requests_are_answered_in_order(void **state) {
  (void)state;
  int fd = dial();
  assert_true(say(fd, S("GET /api/one HTTP/1.1\r\n" H "\r\nPOST /api/two HTTP/1.1\r\n" H
                        "Content-Length: 2\r\n\r\nhiGET /api/three HTTP/1.1\r\n" H "\r\n")));
  static const char *const paths[] = {"path=/api/one\n", "path=/api/two\n", "path=/api/three\n"};
  for (int i = 0; i < 3; i++) {
    struct answer a = hear(fd, false);
    assert_int_equal(a.status, 200);
    assert_line(&a, paths[i]);
  }
  close(fd);
}

static void test_half_closed_client_gets_its_answer(void **state) {
  (void)state;
  int fd = dial();
  assert_true(say(fd, S("GET /api/half HTTP/1.1\r\n" H "\r\n")));
  shutdown(fd, SHUT_WR);
  struct answer a = hear(fd, false);
  close(fd);
  assert_int_equal(a.status, 200);
  assert_line(&a, "path=/api/half\n");
}

// --- answers

static void assert_header(const struct answer *a, const char *name, const char *value) {
  const char *got = header(a, name);
  if (!got || (value && strcmp(got, value) != 0)) fail_msg("%s: %s", name, got ? got : "(missing)");
}

static void assert_common_headers(const struct answer *a) {
  assert_header(a, "Content-Security-Policy",
                "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'");
  assert_header(a, "X-Content-Type-Options", "nosniff");
  assert_header(a, "Referrer-Policy", "same-origin");
  assert_header(a, "Cross-Origin-Opener-Policy", "same-origin");
  assert_header(a, "Cross-Origin-Resource-Policy", "same-origin");
  assert_header(a, "Permissions-Policy", NULL);
  assert_header(a, "X-Request-Id", NULL);
  assert_null(header(a, "Strict-Transport-Security"));
}

static void test_every_answer_carries_the_security_headers(void **state) {
  (void)state;
  static const char *const paths[] = {"/api/",    "/api/asset", "/api/none", "/api/all",
                                      "/healthz", "/readyz",    "/metrics",  "/api/a%00"};
  for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
    struct answer a = get(paths[i]);
    assert_common_headers(&a);
    assert_header(&a, "Cache-Control", i == 1 ? "public, max-age=31536000, immutable" : "no-store");
  }
}

static void test_answer_headers(void **state) {
  (void)state;
  struct answer a = get("/api/all");
  assert_int_equal(a.status, 405);
  assert_header(&a, "ETag", "\"abc\"");
  assert_header(&a, "Set-Cookie", "a=b; HttpOnly");
  assert_header(&a, "Location", "/there");
  assert_header(&a, "Retry-After", "7");
  assert_header(&a, "Allow", "GET, POST");
  assert_header(&a, "Content-Disposition",
                "attachment; filename=\"________ _1_.csv\"; filename*=UTF-8''%D1%81%D1%87%D1%91%D1%82%20%221%22.csv");
  a = get("/api/none");
  assert_int_equal(a.status, 204);
  a = get("/api/asset");
  assert_string_equal(a.body, asset_bytes);
  a = ask("HEAD /api/asset HTTP/1.1\r\n" H "\r\n");
  assert_int_equal(a.status, 200);
  assert_header(&a, "Content-Length", "14");
  a = ask("GET /api/a%00 HTTP/1.1\r\n" H "Accept-Language: ru-RU, en;q=0.5\r\n\r\n");
  assert_int_equal(a.status, 400);
  assert_header(&a, "Content-Type", "application/problem+json");
  assert_non_null(strstr(a.body, "\"code\":\"bad_request\""));
  assert_non_null(strstr(a.body, "Неправильно"));
  assert_non_null(strstr(a.body, header(&a, "X-Request-Id")));
}

static void test_forwarded_headers_count_only_behind_a_proxy(void **state) {
  bool proxied = *state != NULL;
  struct answer a = ask("GET /api/ HTTP/1.1\r\n" H "X-Forwarded-For: 6.6.6.6, 192.0.2.7\r\nX-Forwarded-Proto: https\r\n\r\n");
  assert_line(&a, proxied ? "remote=192.0.2.7\n" : "remote=127.0.0.1\n");
  assert_line(&a, proxied ? "tls=1\n" : "tls=0\n");
  if (proxied) assert_header(&a, "Strict-Transport-Security", "max-age=31536000");
  a = ask("GET /api/ HTTP/1.1\r\n" H "X-Forwarded-For: nonsense\r\n\r\n");
  assert_line(&a, "remote=127.0.0.1\n");
}

static int start_proxied_state(void **state) {
  *state = &port;
  return start_proxied(state);
}

static void test_operator_paths(void **state) {
  (void)state;
  struct answer a = get("/healthz");
  assert_int_equal(a.status, 200);
  assert_string_equal(a.body, "ok\n");
  assert_int_equal(get("/readyz").status, 200);
  atomic_store(&app_ready, 0);
  a = get("/readyz");
  atomic_store(&app_ready, 1);
  assert_int_equal(a.status, 503);
  assert_non_null(strstr(a.body, "the database does not answer"));
  a = ask("POST /healthz HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n");
  assert_int_equal(a.status, 405);
  assert_header(&a, "Allow", "GET, HEAD");
  a = get("/metrics");
  assert_int_equal(a.status, 200);
  assert_header(&a, "Content-Type", "application/openmetrics-text; version=1.0.0; charset=utf-8");
  assert_non_null(strstr(a.body, "entente_requests_total{class=\"2xx\"} "));
  assert_int_equal(atomic_load(&handled), 0);
}

static void test_metrics_are_not_for_strangers(void **state) {
  (void)state;
  struct answer a = ask("GET /metrics HTTP/1.1\r\n" H "X-Forwarded-For: 192.0.2.7\r\n\r\n");
  assert_int_equal(a.status, 404);
  assert_int_equal(get("/metrics").status, 200);
}

// --- bodies

static void test_large_bodies(void **state) {
  (void)state;
  AUTO(buf_release) struct buf b = BUF(80 << 20);
  buf_fmt(&b, "POST /api/p HTTP/1.1\r\n" H "Content-Length: %d\r\n\r\n", LIMIT_BODY + 1);
  for (int i = 0; i <= LIMIT_BODY; i++) buf_putc(&b, 'x');
  struct answer a = ask_n(buf_str(&b));
  assert_int_equal(a.status, 413);
  assert_true(a.closed);
  a = ask("POST /api/p HTTP/1.1\r\n" H "Content-Length: 100000000\r\n\r\n");
  assert_int_equal(a.status, 413);
  assert_true(a.closed);
  a = ask("POST /api/p HTTP/1.1\r\n" H "Expect: 100-continue\r\nContent-Length: 2000000\r\n\r\n");
  assert_int_equal(a.status, 413);
  buf_clear(&b);
  buf_putz(&b, "POST /api/p HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n");
  for (int k = 0; k < 17; k++) {
    buf_putz(&b, "10000\r\n");
    for (int i = 0; i < 65536; i++) buf_putc(&b, 'x');
    buf_putz(&b, "\r\n");
  }
  buf_putz(&b, "0\r\n\r\n");
  assert_int_equal(ask_n(buf_str(&b)).status, 413);
  assert_int_equal(atomic_load(&handled), 0);
}

static void test_import_needs_a_credential_and_may_be_large(void **state) {
  (void)state;
  struct answer refused = ask("POST /api/imports HTTP/1.1\r\n" H "Expect: 100-continue\r\nContent-Length: 2000000\r\n\r\n");
  assert_int_equal(refused.status, 413);
  AUTO(buf_release) struct buf b = BUF(80 << 20);
  buf_fmt(&b, "POST /api/imports HTTP/1.1\r\n" H "Authorization: Bearer x\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n",
          20 << 20);
  for (int i = 0; i < 20 << 20; i++) buf_putc(&b, 'x');
  struct answer a = ask_n(buf_str(&b));
  assert_int_equal(a.status, 200);
  assert_line(&a, "length=20971520\n");
  http_stop(server);  // after the last request is done with
  server = NULL;
}

// --- load

static void test_queue_full_answers_503(void **state) {
  (void)state;
  enum { CLIENTS = 12 };
  int fd[CLIENTS], ok = 0, busy = 0;
  for (int i = 0; i < CLIENTS; i++) {
    fd[i] = dial();
    assert_true(say(fd[i], S("GET /api/hold HTTP/1.1\r\n" H "\r\n")));
    while (!atomic_load(&handled)) moment(1);  // the first is in work, two wait, the rest is too much
  }
  while (atomic_load(&server->metrics.refused_busy) < CLIENTS - 3) moment(1);
  atomic_store(&gate, 1);
  for (int i = 0; i < CLIENTS; i++) {
    struct answer a = hear(fd[i], false);
    ok += a.status == 200;
    busy += a.status == 503;
    if (a.status == 503) assert_header(&a, "Retry-After", "1");
    close(fd[i]);
  }
  assert_int_equal(ok, 3);
  assert_int_equal(busy, CLIENTS - 3);
  assert_int_equal(get("/api/").status, 200);
}

static void test_kept_connections(void **state) {
  (void)state;
  enum { CLIENTS = 512, ROUNDS = 10 };
  int fd[CLIENTS];
  for (int i = 0; i < CLIENTS; i++) fd[i] = dial();
  for (int round = 0; round < ROUNDS; round++) {
    for (int i = 0; i < CLIENTS; i++) {
      char text[200];
      snprintf(text, sizeof text, "POST /api/c%d-%d HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\nabc", i, round);
      assert_true(say(fd[i], str_of(text)));
    }
    for (int i = 0; i < CLIENTS; i++) {
      char line[40];
      snprintf(line, sizeof line, "path=/api/c%d-%d\n", i, round);
      struct answer a = hear(fd[i], false);
      assert_int_equal(a.status, 200);
      assert_line(&a, line);
    }
  }
  for (int i = 0; i < CLIENTS; i++) close(fd[i]);
  assert_int_equal(atomic_load(&handled), CLIENTS * ROUNDS);
}

// 600 clients that drip one byte after another; none may live past the deadline, nobody else may notice them.
static void test_slow_headers_and_bodies_hurt_nobody(void **state) {
  (void)state;
  enum { CLIENTS = 600 };
  static int fd[CLIENTS];
  for (int i = 0; i < CLIENTS; i++) {
    fd[i] = dial();
    str opening =
      i % 2 ? S("GET /api/ HTTP/1.1\r\nHost: x\r\nA: ") : S("POST /api/ HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n");
    assert_true(say(fd[i], opening));
  }
  int64_t end = clock_mono() + 8 * UTIME_SECOND;
  int alive = CLIENTS, good = 0;
  while (alive && clock_mono() < end) {
    alive = 0;
    for (int i = 0; i < CLIENTS; i++) {
      if (fd[i] < 0) continue;
      char c;
      bool open = say(fd[i], S("x")) && !(recv(fd[i], &c, 1, MSG_DONTWAIT) == 0);
      if (open)
        alive++;
      else
        close(fd[i]), fd[i] = -1;
      if (i % 100 == 0) {
        assert_int_equal(get("/api/good").status, 200);
        good++;
      }
    }
    moment(100);
  }
  assert_int_equal(alive, 0);
  assert_int_equal(atomic_load(&handled), good);
  assert_true(atomic_load(&server->metrics.reaped) >= CLIENTS);
}

// An answer larger than the kernel's buffers, and nobody reads it. Its deadline grows with its size; the test moves it here.
static void test_slow_reader_is_cut_off(void **state) {
  (void)state;
  int fd = dial(), small = 4096;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  int64_t begun = clock_mono(), end = begun + 10 * UTIME_SECOND, deadline = 0;
  assert_true(say(fd, S("GET /api/big HTTP/1.1\r\n" H "\r\n")));
  while (!deadline && clock_mono() < end) {
    pthread_mutex_lock(&server->peers_lock);
    struct peer *p = server->peers;
    if (p && atomic_load(&p->state) == PEER_SEND) {
      deadline = atomic_load(&p->deadline);
      atomic_store(&p->deadline, clock_mono());  // as if it had passed
    }
    pthread_mutex_unlock(&server->peers_lock);
  }
  assert_true(deadline > begun + 100 * UTIME_SECOND && deadline < begun + 400 * UTIME_SECOND);
  while (atomic_load(&server->metrics.connections) && clock_mono() < end) moment(1);
  assert_int_equal(atomic_load(&server->metrics.connections), 0);
  assert_int_equal(atomic_load(&server->metrics.by_class[0]), 1);
  close(fd);
}

// --- event streams

static int open_stream(const char *extra) {
  char text[300];
  int fd = dial();
  snprintf(text, sizeof text, "GET /api/events HTTP/1.1\r\n" H "%s\r\n", extra);
  assert_true(say(fd, str_of(text)));
  return fd;
}

static void read_until(int fd, const char *needle) {
  char text[65536];
  size_t n = 0;
  while (n < sizeof text - 1) {
    ssize_t got = recv(fd, text + n, sizeof text - 1 - n, 0);
    if (got <= 0) fail_msg("stream ended before \"%s\": %.*s", needle, (int)n, text);
    n += (size_t)got;
    text[n] = '\0';
    if (strstr(text, needle)) return;
  }
  fail_msg("no \"%s\"", needle);
}

static void test_listeners_hear_a_wake(void **state) {
  (void)state;
  enum { CLIENTS = 500 };
  int fd[CLIENTS];
  for (int i = 0; i < CLIENTS; i++) fd[i] = open_stream("");
  for (int i = 0; i < CLIENTS; i++) read_until(fd[i], "retry: 2000\n\n");
  for (int round = 1; round <= 3; round++) {
    char id[30];
    snprintf(id, sizeof id, "id: %d\nevent: x\n", round);
    atomic_fetch_add(&events, 1);
    int64_t begun = clock_mono();
    http_wake(server);
    for (int i = 0; i < CLIENTS; i++) read_until(fd[i], id);
    assert_true(clock_mono() - begun < 10 * UTIME_SECOND);
  }
  assert_int_equal(atomic_load(&server->metrics.streams), CLIENTS);
  for (int i = 0; i < CLIENTS; i++) close(fd[i]);
  // Closed clients are noticed when something is sent to them.
  int64_t end = clock_mono() + 10 * UTIME_SECOND;
  while (atomic_load(&server->metrics.streams) && clock_mono() < end) {
    atomic_fetch_add(&events, 1);
    http_wake(server);
    moment(100);
  }
  assert_int_equal(atomic_load(&server->metrics.streams), 0);
}

static void test_stream_resumes_and_ends(void **state) {
  (void)state;
  atomic_store(&events, 5);
  int fd = open_stream("Last-Event-ID: 3\r\n");
  char text[4096];
  size_t n = 0;
  while (n < sizeof text - 1) {
    ssize_t got = recv(fd, text + n, sizeof text - 1 - n, 0);
    if (got <= 0) break;
    n += (size_t)got;
    text[n] = '\0';
    if (strstr(text, "id: 5\n")) break;
  }
  assert_non_null(strstr(text, "id: 4\n"));
  assert_null(strstr(text, "id: 3\n"));
  assert_non_null(strstr(text, "text/event-stream"));
  atomic_store(&stream_alive, 0);  // as when the session ended
  http_wake(server);
  while (recv(fd, text, sizeof text, 0) > 0 && !memmem(text, sizeof text, "0\r\n\r\n", 5)) {}
  atomic_store(&stream_alive, 1);
  close(fd);
  struct answer a = ask("HEAD /api/events HTTP/1.1\r\n" H "\r\n");
  assert_int_equal(a.status, 200);
}

static void test_listener_that_does_not_read_is_dropped(void **state) {
  (void)state;
  int fd = open_stream(""), small = 2048;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  int64_t end = clock_mono() + 20 * UTIME_SECOND;
  while (!atomic_load(&server->metrics.streams)) moment(1);
  while (atomic_load(&server->metrics.streams) && clock_mono() < end) {
    atomic_fetch_add(&events, 5000);
    http_wake(server);
    moment(60);
  }
  assert_int_equal(atomic_load(&server->metrics.streams), 0);
  close(fd);
}

// --- stopping and starting

static void *stop_thread(void *arg) {
  http_stop(arg);
  return NULL;
}

static void test_stop_finishes_what_was_accepted(void **state) {
  (void)state;
  enum { CLIENTS = 40 };
  int fd[CLIENTS], kept = dial(), listener = open_stream("");
  read_until(listener, "retry");
  assert_true(say(kept, S("GET /api/ HTTP/1.1\r\n" H "\r\n")));
  assert_int_equal(hear(kept, false).status, 200);
  for (int i = 0; i < CLIENTS; i++) {
    fd[i] = dial();
    assert_true(say(fd[i], S("GET /api/hold HTTP/1.1\r\n" H "\r\n")));
  }
  while (atomic_load(&server->metrics.in_flight) < CLIENTS + 1) moment(1);
  pthread_t t;
  int64_t begun = clock_mono();
  assert_int_equal(pthread_create(&t, NULL, stop_thread, server), 0);
  while (!atomic_load(&server->draining)) moment(1);
  moment(100);
  atomic_store(&gate, 1);
  for (int i = 0; i < CLIENTS; i++) {
    struct answer a = hear(fd[i], false);
    assert_int_equal(a.status, 200);
    assert_true(a.closed);
    close(fd[i]);
  }
  char c;
  assert_true(recv(kept, &c, 1, 0) <= 0);
  while (recv(listener, &c, 1, 0) > 0) {}
  pthread_join(t, NULL);
  server = NULL;
  assert_true(clock_mono() - begun < 9 * UTIME_SECOND);
  close(kept);
  close(listener);
  int again = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons((in_port_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  assert_int_not_equal(connect(again, (struct sockaddr *)&sa, sizeof sa), 0);
  close(again);
}

static void assert_refused(struct http_options o, const char *because) {
  AUTO(buf_release) struct buf message = BUF(1000);
  struct http *h = NULL;
  assert_int_not_equal(http_start(NULL, NULL, &o, &message, &h), ERR_OK);
  assert_null(h);
  if (!strstr(buf_z(&message), because)) fail_msg("not \"%s\": %s", because, buf_z(&message));
}

// The end of a stream comes while its thread asks the application for news: the end must win.
static void test_stop_while_news_is_fetched(void **state) {
  (void)state;
  enum { CLIENTS = 40 };
  int fd[CLIENTS];
  for (int i = 0; i < CLIENTS; i++) fd[i] = open_stream("");
  for (int i = 0; i < CLIENTS; i++) read_until(fd[i], "retry: 2000\n\n");
  atomic_store(&slow_news, 1);
  atomic_fetch_add(&events, 1);
  http_wake(server);
  moment(60);
  int64_t begun = clock_mono();
  http_stop(server);
  server = NULL;
  atomic_store(&slow_news, 0);
  assert_true(clock_mono() - begun < 5 * UTIME_SECOND);
  char c;
  for (int i = 0; i < CLIENTS; i++) {
    while (recv(fd[i], &c, 1, 0) > 0) {}
    close(fd[i]);
  }
}

static void test_start_says_what_is_wrong(void **state) {
  (void)state;
  assert_refused((struct http_options){.listen = "0.0.0.0:0"}, "passwords in the clear");
  assert_refused((struct http_options){.listen = ":0"}, "passwords in the clear");
  assert_refused((struct http_options){.listen = "8080"}, "HOST:PORT");
  assert_refused((struct http_options){.listen = "127.0.0.1:70000"}, "HOST:PORT");
  assert_refused((struct http_options){.listen = "::1:80"}, "HOST:PORT");
  assert_refused((struct http_options){.listen = "192.0.2.1:0", .behind_proxy = true}, "This machine has no address");
  assert_refused((struct http_options){.tls_cert = "/x"}, "belong together");
  assert_refused((struct http_options){.tls_cert = "/nowhere/x", .tls_key = "/nowhere/y"}, "/nowhere/x, cannot be read");
  char listen[40];
  snprintf(listen, sizeof listen, "127.0.0.1:%d", port);
  assert_refused((struct http_options){.listen = listen}, "is taken by another program");
}

// --- TLS

static char pem_folder[] = "/tmp/entente-tls-XXXXXX", certificate[64], private_key[64];

// A certificate for 127.0.0.1 of this run only. False: this machine has no openssl.
static bool make_certificate(void) {
  if (access("/usr/bin/openssl", X_OK) || !mkdtemp(pem_folder)) return false;
  snprintf(certificate, sizeof certificate, "%s/cert.pem", pem_folder);
  snprintf(private_key, sizeof private_key, "%s/key.pem", pem_folder);
  char line[] = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost "
                "-addext subjectAltName=IP:127.0.0.1 -keyout";
  char *argv[24], *save = NULL;
  int n = 0;
  for (char *word = strtok_r(line, " ", &save); word; word = strtok_r(NULL, " ", &save)) argv[n++] = word;
  argv[n++] = private_key;
  argv[n++] = (char[]){"-out"};
  argv[n++] = certificate;
  argv[n] = NULL;
  pid_t p;
  int status = 1;
  posix_spawn_file_actions_t quiet;
  posix_spawn_file_actions_init(&quiet);
  posix_spawn_file_actions_addopen(&quiet, STDERR_FILENO, "/dev/null", 1, 0);
  bool ok =
    posix_spawn(&p, "/usr/bin/openssl", &quiet, NULL, argv, (char *[]){NULL}) == 0 && waitpid(p, &status, 0) == p && status == 0;
  posix_spawn_file_actions_destroy(&quiet);
  return ok;
}

static size_t keep_bytes(char *bytes, size_t size, size_t n, void *arg) {
  buf_put(arg, (str){bytes, size * n});
  return size * n;
}

static CURLcode fetch(const char *path, long tls_max, struct buf *out, long *ret_status) {
  char url[200];
  snprintf(url, sizeof url, "https://127.0.0.1:%d%s", port, path);
  CURL *c = curl_easy_init();
  assert_non_null(c);
  buf_clear(out);
  curl_easy_setopt(c, CURLOPT_URL, url);
  curl_easy_setopt(c, CURLOPT_CAINFO, certificate);
  curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, keep_bytes);
  curl_easy_setopt(c, CURLOPT_HEADERDATA, out);
  curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, keep_bytes);
  curl_easy_setopt(c, CURLOPT_WRITEDATA, out);
  curl_easy_setopt(c, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_0 | tls_max);
  curl_easy_setopt(c, CURLOPT_TIMEOUT, 20L);
  CURLcode e = curl_easy_perform(c);
  curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, ret_status);
  curl_easy_cleanup(c);
  return e;
}

static void test_tls(void **state) {
  (void)state;
  if (!make_certificate()) skip();
  start_with((struct http_options){.workers = 2, .tls_cert = certificate, .tls_key = private_key, .header_seconds = 2});
  AUTO(buf_release) struct buf b = BUF(1 << 20);
  long status = 0;
  assert_int_equal(fetch("/api/secret", CURL_SSLVERSION_MAX_DEFAULT, &b, &status), CURLE_OK);
  assert_int_equal(status, 200);
  assert_non_null(strstr(buf_z(&b), "Strict-Transport-Security: max-age=31536000"));
  assert_non_null(strstr(buf_z(&b), "tls=1\n"));
  assert_int_not_equal(fetch("/api/old", CURL_SSLVERSION_MAX_TLSv1_1, &b, &status), CURLE_OK);
  assert_int_equal(ask("GET /api/plain HTTP/1.1\r\n" H "\r\n").status, 0);
  int fd = dial(), before = atomic_load(&handled);  // a handshake that never ends is cut off like slow headers
  assert_true(say(fd, S("\x16\x03\x01")));
  char c;
  assert_int_equal(recv(fd, &c, 1, 0), 0);
  close(fd);
  assert_int_equal(before, 1);
  http_stop(server);
  server = NULL;
  assert_refused((struct http_options){.listen = "127.0.0.1:0", .tls_cert = private_key, .tls_key = certificate},
                 "TLS cannot start");
  unlink(certificate);
  unlink(private_key);
  rmdir(pem_folder);
}

// --- pieces

static void test_raw_headers(void **state) {
  (void)state;
#define RAW(text, count) http_raw_headers_valid("" text "", text + sizeof(text) - 1, count)
  assert_true(RAW("Host\0 x\0\0A\0\0\0\0\0", 2));
  assert_false(RAW("Host\0 x\0\0A\0\0\0\0\0", 1));
  assert_false(RAW("Host\0 x\0\0A\0\0\0\0\0", 3));
  assert_false(RAW("Host\0 x\0A\0 b\0\0\0\0", 2));
  assert_false(RAW("Host\0 x\0\0\0", 1));
  assert_false(RAW("Host\0 x", 1));
  assert_false(RAW("Ho st\0 x\0\0\0\0", 1));
  assert_true(RAW("\0\0", 0));
  assert_false(RAW("\0", 0));
  assert_false(RAW("", 0));
}

int main(void) {
  struct rlimit files = {8192, 8192};
  (void)setrlimit(RLIMIT_NOFILE, &files);
  log_set_level(LOG_ERROR + 1);
#define WITH(setup, test) cmocka_unit_test_setup_teardown(test, setup, stop)
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_raw_headers),
    WITH(start, test_malformed_is_refused_and_closed),
    WITH(start_hasty, test_limits_of_header_and_target),
    WITH(start, test_well_formed_arrives),
    WITH(start, test_chunked_body_is_read_and_its_connection_closed),
    WITH(start, test_pipelined_requests_are_answered_in_order),
    WITH(start, test_half_closed_client_gets_its_answer),
    WITH(start, test_every_answer_carries_the_security_headers),
    WITH(start, test_answer_headers),
    WITH(start, test_forwarded_headers_count_only_behind_a_proxy),
    WITH(start_proxied_state, test_forwarded_headers_count_only_behind_a_proxy),
    WITH(start, test_operator_paths),
    WITH(start_proxied, test_metrics_are_not_for_strangers),
    WITH(start, test_large_bodies),
    WITH(start, test_import_needs_a_credential_and_may_be_large),
    WITH(start_narrow, test_queue_full_answers_503),
    WITH(start, test_kept_connections),
    WITH(start_hasty, test_slow_headers_and_bodies_hurt_nobody),
    WITH(start, test_slow_reader_is_cut_off),
    WITH(start, test_listeners_hear_a_wake),
    WITH(start, test_stream_resumes_and_ends),
    WITH(start_hasty, test_listener_that_does_not_read_is_dropped),
    WITH(start, test_stop_finishes_what_was_accepted),
    WITH(start, test_stop_while_news_is_fetched),
    WITH(start, test_start_says_what_is_wrong),
    cmocka_unit_test_teardown(test_tls, stop),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
