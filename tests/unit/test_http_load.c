// SPDX-License-Identifier: Apache-2.0
// The HTTP layer under many clients: a full queue, kept connections, slow and silent ones, event streams, a graceful stop, TLS.
// Shown to fail: without shutdown() in the reaper the slow live on.
#include "http_fixture.h"

#include <curl/curl.h>
#include <spawn.h>
#include <sys/wait.h>

static int start_narrow(void **state) {
  (void)state;
  start_with((struct http_options){.workers = 1, .queue = 2});
  return 0;
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
  if (!make_certificate()) fail_msg("openssl makes no certificate");
  start_with((struct http_options){.workers = 2, .tls_cert = certificate, .tls_key = private_key, .header_seconds = 2});
  AUTO(buf_release) struct buf b = BUF(1 << 20);
  long status = 0;
  assert_int_equal(fetch("/api/secret", CURL_SSLVERSION_MAX_DEFAULT, &b, &status), CURLE_OK);
  assert_int_equal(status, 200);
  assert_non_null(strstr(buf_z(&b), "Strict-Transport-Security: max-age=31536000; includeSubDomains"));
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

int main(void) {
  struct rlimit files = {8192, 8192};
  (void)setrlimit(RLIMIT_NOFILE, &files);
  log_set_level(LOG_ERROR + 1);
  const struct CMUnitTest tests[] = {
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
