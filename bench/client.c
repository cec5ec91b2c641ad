// SPDX-License-Identifier: Apache-2.0
// Children, files, and requests one at a time.
#include "bench.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void fail(const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  fputs("bench: ", stderr);
  vfprintf(stderr, fmt, ap);
  fputs("\n", stderr);
  va_end(ap);
  exit(1);
}

double seconds_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

// ---- children

void child_start(struct child *c, const char *const argv[], const char *given) {
  int in[2], out[2];
  if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC)) fail("no pipes: %s", strerror(errno));
  pid_t parent = getpid();
  c->pid = fork();
  if (c->pid < 0) fail("no process: %s", strerror(errno));
  if (c->pid == 0) {
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);  // a benchmark that is stopped leaves nothing running
    int quiet = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (getppid() != parent || dup2(in[0], 0) < 0 || dup2(out[1], 1) < 0) _exit(127);
    if (given && putenv(strdup(given))) _exit(127);
    if (!getenv("BENCH_VERBOSE") && quiet >= 0) (void)dup2(quiet, 2);
    execv(argv[0], (char *const *)(uintptr_t)argv);
    _exit(127);
  }
  close(in[0]);
  close(out[1]);
  c->in = in[1];
  c->out = out[0];
}

void child_read_line(struct child *c, struct buf *line) {
  char ch;
  buf_clear(line);
  while (read(c->out, &ch, 1) == 1 && ch != '\n') buf_putc(line, ch);
}

void child_read_all(struct child *c, struct buf *text) {
  char bytes[65536];
  ssize_t n;
  while ((n = read(c->out, bytes, sizeof bytes)) > 0) buf_put(text, (str){bytes, (size_t)n});
}

int child_wait(struct child *c) {
  int status = 0;
  if (c->in >= 0) close(c->in);
  if (c->out >= 0) close(c->out);
  c->in = c->out = -1;
  while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR) {}
  c->pid = 0;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

void child_stop(struct child *c) {
  if (c->pid <= 0) return;
  kill(c->pid, SIGTERM);
  (void)child_wait(c);
}

long child_anonymous_kb(const struct child *c) {
  char path[64], line[256];
  long kb = -1;
  snprintf(path, sizeof path, "/proc/%ld/status", (long)c->pid);
  FILE *f = fopen(path, "re");
  while (f && fgets(line, sizeof line, f))
    if (!strncmp(line, "RssAnon:", 8)) kb = strtol(line + 8, NULL, 10);
  if (f) fclose(f);
  return kb;
}

double child_cpu(const struct child *c) {
  char path[64], text[1024];
  snprintf(path, sizeof path, "/proc/%ld/stat", (long)c->pid);
  FILE *f = fopen(path, "re");
  size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
  if (f) fclose(f);
  text[n] = 0;
  char *at = strrchr(text, ')');
  for (int i = 0; at && i < 12; i++) at = strchr(at + 1, ' ');  // fields 14 and 15: user and system
  if (!at) return 0;
  double user = (double)strtoul(at, &at, 10), kernel = (double)strtoul(at, NULL, 10);
  return (user + kernel) / (double)sysconf(_SC_CLK_TCK);
}

// ---- files

static void copy_file(const char *from, const char *to) {
  int in = open(from, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  struct stat st;
  if (in < 0 || out < 0 || fstat(in, &st)) fail("cannot copy %s to %s: %s", from, to, strerror(errno));
  for (off_t at = 0; at < st.st_size;)
    if (sendfile(out, in, &at, (size_t)(st.st_size - at)) <= 0) fail("cannot copy to %s: %s", to, strerror(errno));
  if (fsync(out)) fail("cannot write %s: %s", to, strerror(errno));
  close(in);
  close(out);
}

void copy_hub(const char *from, const char *to) {
  char a[512], b[512];
  copy_file(from, to);
  snprintf(a, sizeof a, "%s.key", from);
  snprintf(b, sizeof b, "%s.key", to);
  copy_file(a, b);
}

double file_mb(const char *path) {
  struct stat st;
  return stat(path, &st) ? 0 : (double)st.st_size / 1e6;
}

// ---- requests

static int connect_to(int port) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd >= 0 && !connect(fd, (struct sockaddr *)&to, sizeof to)) return fd;
  if (fd >= 0) close(fd);
  return -1;
}

int free_port(void) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t n = sizeof at;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || bind(fd, (struct sockaddr *)&at, n) || getsockname(fd, (struct sockaddr *)&at, &n))
    fail("no port: %s", strerror(errno));
  close(fd);
  return ntohs(at.sin_port);
}

void wait_for_port(int port) {
  for (double end = seconds_now() + 20; seconds_now() < end;) {
    int fd = connect_to(port);
    if (fd >= 0) {
      close(fd);
      return;
    }
    (void)nanosleep(&(struct timespec){0, 2000000}, NULL);
  }
  fail("nothing listens on port %d", port);
}

static void cookie_keep(const char *head, char out[256]) {
  const char *at = strcasestr(head, "\r\nSet-Cookie: ");
  size_t n = at ? strcspn(at + 14, ";\r") : 0;
  snprintf(out, 256, "%.*s", (int)(n < 255 ? n : 255), at ? at + 14 : "");
}

bool try_request(int port, const char *method, const char *path, const char *headers, str body, struct reply *ret) {
  AUTO(buf_release) struct buf out = BUF(1 << 20), in = BUF(64 << 20);
  int fd = connect_to(port);
  if (fd < 0) return false;
  buf_fmt(&out, "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n%s", method, path, port, headers);
  if (body.p) buf_fmt(&out, "Content-Type: application/json\r\nContent-Length: %zu\r\n", body.n);
  buf_putz(&out, "\r\n");
  buf_put(&out, body);
  char bytes[65536];
  ssize_t n = send(fd, out.p, out.n, MSG_NOSIGNAL);
  while (n > 0 && (n = recv(fd, bytes, sizeof bytes, 0)) > 0) buf_put(&in, (str){bytes, (size_t)n});
  close(fd);
  const char *text = buf_z(&in), *end = strstr(text, "\r\n\r\n");
  if (!end || strlen(text) < 12) return false;
  ret->status = (int)strtol(text + 9, NULL, 10);
  cookie_keep(text, ret->cookie);
  buf_clear(&ret->body);
  buf_put(&ret->body, str_sub(buf_str(&in), (size_t)(end + 4 - text), in.n));
  return true;
}

static json_t *parsed(const struct reply *r, const char *method, const char *path, int want_status) {
  if (r->status != want_status) fail("%s %s answers %d: %.*s", method, path, r->status, STR_ARG(buf_str(&r->body)));
  json_t *t = json_loadb(r->body.p, r->body.n, 0, NULL);
  if (!t) fail("%s %s answers no JSON", method, path);
  return t;
}

json_t *request_json(int port, const char *method, const char *path, const char *headers, str body, int want_status) {
  struct reply r = {.body = BUF(64 << 20)};
  if (!try_request(port, method, path, headers, body, &r)) fail("%s %s: no answer", method, path);
  json_t *t = parsed(&r, method, path, want_status);
  buf_release(&r.body);
  return t;
}

void token_of(int port, const char *login, const char *password, char ret[128]) {
  char body[512], headers[512];
  struct reply r = {.body = BUF(1 << 20)};
  int n = snprintf(body, sizeof body, "{\"login\":\"%s\",\"password\":\"%s\"}", login, password);
  if (!try_request(port, "POST", "/api/v1/session", "", (str){body, (size_t)n}, &r)) fail("no answer to a login");
  json_t *session = parsed(&r, "POST", "/session", 200);
  snprintf(headers, sizeof headers, "Cookie: %s\r\nX-CSRF-Token: %s\r\nIdempotency-Key: %.0f\r\n", r.cookie,
           json_string_value(json_object_get(session, "csrf")), seconds_now() * 1e9);
  char until[32];
  time_t later = time(NULL) + 7 * 86400;
  struct tm t;
  strftime(until, sizeof until, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&later, &t));
  n = snprintf(body, sizeof body, "{\"name\":\"bench\",\"scopes\":[\"read\",\"write\"],\"expires_at\":\"%s\"}", until);
  json_t *token = request_json(port, "POST", "/api/v1/tokens", headers, (str){body, (size_t)n}, 201);
  snprintf(ret, 128, "%s", json_string_value(json_object_get(token, "token")));
  json_decref(token);
  json_decref(session);
  buf_release(&r.body);
}
