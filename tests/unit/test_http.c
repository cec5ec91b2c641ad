// SPDX-License-Identifier: Apache-2.0
// The HTTP layer on raw sockets: what is refused, what arrives, what an answer looks like, how large a body may be.
// Shown to fail: with a refuse() in check.c that does nothing, the malformed rows reach the application; without the check of the raw
// header block twelve of them do (folding, NUL, bare LF, a header without a name).
#include "http_fixture.h"

// --- well formed or not

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
  ROW("chunk size with a sign", "POST /api/ HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n"),
  ROW("chunk size in 0x", "POST /api/ HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n"),
  ROW("chunk size missing", "POST /api/ HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n\r\nhello\r\n0\r\n\r\n"),
  ROW("chunk size behind a blank", "POST /api/ HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n 5\r\nhello\r\n0\r\n\r\n"),
  ROW("chunk size beyond 64 bits",
      "POST /api/ HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n10000000000000005\r\nhello\r\n0\r\n\r\n"),
  ROW("chunk longer than its size", "POST /api/ HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n4\r\nhello\r\n0\r\n\r\n"),
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

// A hundred at once, and behind them a refused one: what follows a refusal is never read as a request.
static void test_nothing_behind_a_refusal_is_read(void **state) {
  (void)state;
  enum { MANY = 100 };
  AUTO(buf_release) struct buf b = BUF(64 * 1024);
  for (int i = 0; i < MANY; i++) buf_fmt(&b, "GET /api/n%d HTTP/1.1\r\n" H "\r\n", i);
  buf_putz(&b,
           "POST /api/ HTTP/1.1\r\n" H "Content-Length: 0\r\nContent-Length: 0\r\n\r\nGET /api/smuggled HTTP/1.1\r\n" H "\r\n");
  int fd = dial();
  assert_true(say(fd, buf_str(&b)));
  for (int i = 0; i < MANY; i++) {
    char line[40];
    snprintf(line, sizeof line, "path=/api/n%d\n", i);
    struct answer a = hear(fd, false);
    assert_int_equal(a.status, 200);
    assert_line(&a, line);
  }
  struct answer a = hear(fd, false);
  assert_int_equal(a.status, 400);
  assert_true(a.closed);
  close(fd);
  assert_int_equal(atomic_load(&handled), MANY);
}

static void test_expected_body_is_asked_for(void **state) {
  (void)state;
  int fd = dial();
  assert_true(say(fd, S("POST /api/p HTTP/1.1\r\n" H "Expect: 100-Continue\r\nContent-Length: 5\r\n\r\n")));
  char interim[26] = "";
  assert_int_equal(recv(fd, interim, 25, MSG_WAITALL), 25);
  assert_string_equal(interim, "HTTP/1.1 100 Continue\r\n\r\n");
  assert_true(say(fd, S("hello")));
  struct answer a = hear(fd, false);
  assert_int_equal(a.status, 200);
  assert_line(&a, "body=hello\n");
  close(fd);
}

// Half a request and no more to come: nothing of it reaches the application, and at its deadline the connection goes.
static void test_half_a_request_is_none(void **state) {
  (void)state;
  static const char *const halves[] = {"GET /api/ HT", "GET /api/ HTTP/1.1\r\nHost: x\r\n",
                                       "POST /api/p HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nhel"};
  for (size_t i = 0; i < ARRAY_LEN(halves); i++) {
    int fd = dial();
    assert_true(say(fd, str_of(halves[i])));
    shutdown(fd, SHUT_WR);
    struct answer a = hear(fd, false);
    if (a.status && a.status < 400) fail_msg("%s: %d", halves[i], a.status);
    close(fd);
  }
  assert_int_equal(atomic_load(&handled), 0);
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
  if (proxied) assert_header(&a, "Strict-Transport-Security", "max-age=31536000; includeSubDomains");
  a = ask("GET /api/ HTTP/1.1\r\n" H "X-Forwarded-For: nonsense\r\n\r\n");
  assert_line(&a, "remote=127.0.0.1\n");
}

static int start_proxied(void **state) {
  (void)state;
  start_with((struct http_options){.workers = 2, .behind_proxy = true});
  return 0;
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

// --- pieces

static void test_raw_headers(void **state) {
  (void)state;
#define RAW(text, count) http_raw_headers_valid(text, &(text)[sizeof(text) - 1], count)
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
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_raw_headers),
    WITH(start, test_malformed_is_refused_and_closed),
    WITH(start_hasty, test_limits_of_header_and_target),
    WITH(start, test_well_formed_arrives),
    WITH(start, test_chunked_body_is_read_and_its_connection_closed),
    WITH(start, test_pipelined_requests_are_answered_in_order),
    WITH(start, test_nothing_behind_a_refusal_is_read),
    WITH(start, test_expected_body_is_asked_for),
    WITH(start_hasty, test_half_a_request_is_none),
    WITH(start, test_half_closed_client_gets_its_answer),
    WITH(start, test_every_answer_carries_the_security_headers),
    WITH(start, test_answer_headers),
    WITH(start, test_forwarded_headers_count_only_behind_a_proxy),
    WITH(start_proxied_state, test_forwarded_headers_count_only_behind_a_proxy),
    WITH(start, test_operator_paths),
    WITH(start_proxied, test_metrics_are_not_for_strangers),
    WITH(start, test_large_bodies),
    WITH(start, test_import_needs_a_credential_and_may_be_large),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
