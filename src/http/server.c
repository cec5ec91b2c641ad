// SPDX-License-Identifier: Apache-2.0
// Listening, the callbacks of libmicrohttpd, and the order in which everything starts and stops.
#include "base/hash.h"
#include "http/http_internal.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

// --- a request's way through the HTTP thread

// Random rather than counted: a number would tell everybody how much the others ask.
static void set_request_id(struct exchange *x) {
  snprintf(x->req.request_id, sizeof x->req.request_id, "%016llx", (unsigned long long)random_u64());
}

// The request line is complete. The target is copied before the library cuts it into path and arguments.
static void *on_target(void *cls, const char *target, struct MHD_Connection *mc) {
  struct http *h = cls;
  const union MHD_ConnectionInfo *info = MHD_get_connection_info(mc, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  if (!info || !info->socket_context || !target) return NULL;
  struct exchange *x = calloc(1, sizeof *x);
  if (!x) abort();
  x->h = h;
  x->mc = mc;
  x->peer = info->socket_context;
  x->raw_target = target;
  x->target = arena_str(&x->arena, str_of(target));
  x->started = clock_mono();
  x->resp.body = BUF(LIMIT_RESPONSE);
  set_request_id(x);
  if (atomic_load(&x->peer->state) == PEER_IDLE) http_peer_state(x->peer, PEER_HEADER, http_deadline(h->header_seconds));
  return x;
}

// The library decodes nothing: http_target_read does, strictly.
static size_t on_unescape(void *cls, struct MHD_Connection *mc, char *s) {
  (void)cls, (void)mc;
  return strlen(s);
}

static enum MHD_Result answer_problem(struct exchange *x, enum problem_code c, str arg) {
  http_problem(x, c, arg);
  return http_answer(x);
}

static enum MHD_Result answer_busy(struct exchange *x) {
  atomic_fetch_add(&x->h->metrics.refused_busy, 1);
  return answer_problem(x, P_BUSY, STR_NULL);
}

static bool is_local(str address) {
  return str_starts(address, S("127.")) || str_eqz(address, "::1") || str_starts(address, S("10.")) ||
         str_starts(address, S("192.168.")) || str_starts(address, S("fd"));
}

// Paths of the operator, answered here: they must work when everything else does not.
static bool operator_path(struct exchange *x) {
  static const char *const paths[] = {"/healthz", "/readyz", "/metrics"};
  for (size_t i = 0; i < ARRAY_LEN(paths); i++)
    if (str_eqz(x->req.path, paths[i])) return true;
  return false;
}

static enum MHD_Result answer_operator(struct exchange *x) {
  if (x->req.method != M_GET && x->req.method != M_HEAD) {
    snprintf(x->resp.allow, sizeof x->resp.allow, "GET, HEAD");
    return answer_problem(x, P_METHOD, x->req.method_text);
  }
  if (str_eqz(x->req.path, "/healthz")) {
    http_plain(x, 200, "text/plain; charset=utf-8", S("ok\n"));
    return http_answer(x);
  }
  if (str_eqz(x->req.path, "/readyz")) {
    if (atomic_load(&x->h->draining)) return answer_problem(x, P_NOT_READY, S("stopping"));
    x->readiness = true;
    return http_enqueue(x) ? MHD_YES : answer_busy(x);
  }
  if (!is_local(x->req.remote)) return answer_problem(x, P_NOT_FOUND, STR_NULL);
  http_plain(x, 200, "application/openmetrics-text; version=1.0.0; charset=utf-8", STR_NULL);
  http_metrics_write(x->h, &x->resp.body);
  return http_answer(x);
}

static enum MHD_Result submit(struct exchange *x) {
  x->req.body = buf_str(&x->body);
  http_peer_state(x->peer, PEER_WORK, HTTP_NEVER);
  x->phase = X_WORK;
  if (operator_path(x)) return answer_operator(x);
  if (http_static_path(x->req.path)) {
    http_static(x);
    return http_answer(x);
  }
  return http_enqueue(x) ? MHD_YES : answer_busy(x);
}

// A refused body of moderate size is read and thrown away: closing on a sender loses the answer in a reset.
static bool may_drain(const struct exchange *x) {
  return x->refusal == P_BODY_TOO_LARGE && x->declared <= HTTP_REFUSED_DRAIN &&
         !MHD_lookup_connection_value(x->mc, MHD_HEADER_KIND, "Expect");
}

static enum MHD_Result on_headers(struct exchange *x, const char *method, const char *version) {
  http_check(x, method, version);
  x->accepted = true;
  atomic_fetch_add(&x->h->metrics.in_flight, 1);
  uint64_t expected = x->chunked ? x->body_limit : x->declared;
  http_peer_state(x->peer, PEER_BODY, http_transfer_deadline(x->h, expected));
  if (x->refusal && !may_drain(x)) {
    atomic_fetch_add(&x->h->metrics.malformed, 1);
    return answer_problem(x, x->refusal, x->refusal_arg);
  }
  x->phase = x->refusal ? X_DRAIN : X_BODY;
  x->body = BUF(x->body_limit);
  return MHD_YES;
}

// Takes a piece of the body. Only bytes that arrived are counted and held, so that announcing much costs us nothing.
static void take_body(struct exchange *x, str piece) {
  struct http *h = x->h;
  atomic_fetch_add(&h->metrics.bytes_in, piece.n);
  if (x->phase == X_BODY) {
    size_t held = atomic_fetch_add(&h->bodies, piece.n) + piece.n;
    bool room = piece.n <= x->body.max - x->body.n;
    if (room && held <= HTTP_BODIES_MAX) {
      buf_put(&x->body, piece);
      return;
    }
    atomic_fetch_sub(&h->bodies, piece.n);
    char limit[24];
    snprintf(limit, sizeof limit, "%zu", x->body_limit);
    x->refusal = room ? P_BUSY : P_BODY_TOO_LARGE;
    x->refusal_arg = arena_str(&x->arena, str_of(limit));
    x->close = true;
    x->phase = X_DRAIN;
    atomic_fetch_sub(&h->bodies, x->body.n);
    buf_release(&x->body);
  }
  x->drained += piece.n;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *mc, const char *url, const char *method, const char *version,
                                  const char *upload, size_t *upload_n, void **context) {
  (void)cls, (void)mc, (void)url;
  struct exchange *x = *context;
  if (!x) return MHD_NO;
  if (x->phase == X_NEW) return on_headers(x, method, version);
  if (x->phase == X_ANSWER) return http_answer(x);
  if (*upload_n) {
    take_body(x, (str){upload, *upload_n});
    *upload_n = 0;
    return x->drained > HTTP_REFUSED_DRAIN ? MHD_NO : MHD_YES;
  }
  if (x->phase == X_DRAIN) return answer_problem(x, x->refusal, x->refusal_arg);
  return x->phase == X_BODY ? submit(x) : MHD_YES;
}

static void on_completed(void *cls, struct MHD_Connection *mc, void **context, enum MHD_RequestTerminationCode how) {
  (void)cls, (void)mc;
  struct exchange *x = *context;
  if (!x) return;
  struct http *h = x->h;
  http_peer_state(x->peer, PEER_IDLE, http_deadline(HTTP_IDLE_SECONDS));
  http_exchange_done(x, how == MHD_REQUEST_TERMINATED_COMPLETED_OK);
  atomic_fetch_sub(&h->bodies, x->body.n);
  if (x->accepted) atomic_fetch_sub(&h->metrics.in_flight, 1);
  buf_release(&x->body);
  buf_release(&x->resp.body);
  arena_release(&x->arena);
  free(x);
  *context = NULL;
}

// --- listening

static bool is_loopback(const struct sockaddr *sa) {
  if (sa->sa_family == AF_INET) {
    const struct sockaddr_in *four = (const void *)sa;
    return (ntohl(four->sin_addr.s_addr) >> 24) == 127;
  }
  const struct sockaddr_in6 *six = (const void *)sa;
  return sa->sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&six->sin6_addr);
}

// HOST:PORT; HOST may be empty or * (all addresses), IPv6 in brackets.
static bool split_listen(const char *listen, char host[256], char port[8]) {
  const char *colon = strrchr(listen, ':');
  if (!colon || strlen(colon + 1) < 1 || strlen(colon + 1) > 5) return false;
  uint64_t number;
  if (!str_to_uint64(str_of(colon + 1), &number) || number > 65535) return false;
  str name = {listen, (size_t)(colon - listen)};
  if (name.n > 2 && name.p[0] == '[' && name.p[name.n - 1] == ']')
    name = str_sub(name, 1, name.n - 2);
  else if (str_find(name, ':') >= 0)
    return false;
  if (name.n > 255) return false;
  if (str_eqz(name, "*")) name = STR_NULL;
  memcpy(host, name.p ? name.p : "", name.n);
  host[name.n] = '\0';
  snprintf(port, 8, "%s", colon + 1);
  return true;
}

static void explain_bind(struct buf *message, const char *host, const char *port, int error) {
  const char *where = *host ? host : "any address";
  if (error == EADDRINUSE)
    buf_fmt(message, "Port %s on %s is taken by another program. Stop that one, or choose another port with --listen HOST:PORT.",
            port, where);
  else if (error == EACCES)
    buf_fmt(message,
            "Port %s needs privileges (below 1024). Choose a higher one with --listen HOST:PORT, or put a proxy in front.", port);
  else if (error == EADDRNOTAVAIL)
    buf_fmt(message, "This machine has no address %s. Give one it has with --listen HOST:PORT.", where);
  else
    buf_fmt(message, "Cannot listen on %s, port %s: %s.", where, port, strerrordesc_np(error));
}

static int open_socket(struct http *h, const struct addrinfo *ai) {
  int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -1;
  int on = 1, off = 0;
  (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (ai->ai_family == AF_INET6) (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  struct sockaddr_storage bound;
  socklen_t n = sizeof bound;
  if (bind(fd, ai->ai_addr, ai->ai_addrlen) || listen(fd, 4096) || getsockname(fd, (struct sockaddr *)&bound, &n)) {
    int error = errno;
    close(fd);
    errno = error;
    return -1;
  }
  in_port_t port =
    bound.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&bound)->sin6_port : ((struct sockaddr_in *)&bound)->sin_port;
  h->port = ntohs(port);
  return fd;
}

static enum err listen_on(struct http *h, const char *listen, struct buf *message, int *ret_fd) {
  char host[256], port[8];
  if (!split_listen(listen, host, port)) {
    buf_fmt(message, "--listen takes HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080, not \"%.300s\".", listen);
    return ERR_INVALID;
  }
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV}, *list = NULL;
  int failed = getaddrinfo(*host ? host : NULL, port, &hints, &list);
  if (failed || !list) {
    buf_fmt(message, "The address \"%s\" to listen on is not known: %s.", host, gai_strerror(failed));
    return ERR_INVALID;
  }
  enum err e = ERR_OK;
  int fd = -1;
  if (!is_loopback(list->ai_addr) && !h->tls && !h->options.behind_proxy) {
    buf_fmt(
      message,
      "Listening on %s without TLS would send passwords in the clear. Give --tls-cert and --tls-key, or --behind-proxy if a proxy in front "
      "does TLS, or listen on 127.0.0.1.",
      *host ? host : "all addresses");
    e = ERR_INVALID;
  } else if ((fd = open_socket(h, list)) < 0) {
    explain_bind(message, host, port, errno);
    e = ERR_IO;
  }
  freeaddrinfo(list);
  if (!e) *ret_fd = fd;
  return e;
}

// --- TLS

static enum err read_pem(const char *what, const char *path, struct buf *message, char **ret) {
  FILE *f = fopen(path, "re");
  char *text = calloc(1, 1 << 20);
  if (!text) abort();
  size_t n = f ? fread(text, 1, (1 << 20) - 1, f) : 0;
  int error = errno;
  if (f) fclose(f);
  if (!n) {
    buf_fmt(message, "The file of the %s, %s, cannot be read: %s.", what, path, f ? "it is empty" : strerrordesc_np(error));
    free(text);
    return ERR_IO;
  }
  *ret = text;
  return ERR_OK;
}

static enum err load_tls(struct http *h, struct buf *message) {
  const struct http_options *o = &h->options;
  if (!o->tls_cert && !o->tls_key) return ERR_OK;
  if (!o->tls_cert || !o->tls_key) {
    buf_putz(message, "--tls-cert and --tls-key belong together: give both.");
    return ERR_INVALID;
  }
  if (MHD_is_feature_supported(MHD_FEATURE_TLS) != MHD_YES) {
    buf_putz(message, "The HTTP library of this system was built without TLS: put a proxy in front and give --behind-proxy.");
    return ERR_INVALID;
  }
  TRY(read_pem("certificate", o->tls_cert, message, &h->cert));
  TRY(read_pem("private key", o->tls_key, message, &h->key));
  h->tls = true;
  return ERR_OK;
}

static void forget_tls(struct http *h) {
  if (h->key) secret_wipe(h->key, 1 << 20);
  free(h->key);
  free(h->cert);
  h->key = h->cert = NULL;
}

// --- start and stop

static enum err start_library(struct http *h, int fd, struct buf *message) {
  long cores = sysconf(_SC_NPROCESSORS_ONLN);
  unsigned int pool = cores < 2 ? 2 : cores > 4 ? 4 : (unsigned int)cores;
  unsigned int flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_SUSPEND_RESUME | (h->tls ? MHD_USE_TLS : 0);
  struct MHD_OptionItem tls[] = {
    {MHD_OPTION_HTTPS_MEM_CERT, 0, h->cert},
    {MHD_OPTION_HTTPS_MEM_KEY, 0, h->key},
    {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t) "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"},
    {MHD_OPTION_END, 0, NULL},
  };
  // 0.9.75 leaves the header block in place, where http_check reads its bytes; later versions are strict at level 1.
  h->raw_layout = strcmp(MHD_get_version(), "0.9.75") == 0;
  h->daemon = MHD_start_daemon(flags, 0, NULL, NULL, on_request, h, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_THREAD_POOL_SIZE,
                               pool, MHD_OPTION_CONNECTION_LIMIT, (unsigned int)h->peers_max, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                               (size_t)HTTP_CONNECTION_MEMORY, MHD_OPTION_STRICT_FOR_CLIENT, h->raw_layout ? 0 : 1,
                               MHD_OPTION_URI_LOG_CALLBACK, on_target, h, MHD_OPTION_UNESCAPE_CALLBACK, on_unescape, h,
                               MHD_OPTION_NOTIFY_COMPLETED, on_completed, h, MHD_OPTION_NOTIFY_CONNECTION, http_peer_notify, h,
                               MHD_OPTION_ARRAY, h->tls ? tls : tls + ARRAY_LEN(tls) - 1, MHD_OPTION_END);
  forget_tls(h);
  if (h->daemon) return ERR_OK;
  if (h->tls)
    buf_fmt(message, "TLS cannot start: %s must hold the certificate and %s its private key, both in PEM.", h->options.tls_cert,
            h->options.tls_key);
  else
    buf_putz(message, "The HTTP library cannot start: the system gave no threads or no epoll.");
  return ERR_IO;
}

// Sockets of clients are files: take all the system lets us have, keep some for the database and the rest of the program.
static int connections_max(void) {
  struct rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files)) return 512;
  rlim_t wanted = HTTP_CONNECTIONS + 1024;
  if (files.rlim_cur < wanted) {
    files.rlim_cur = files.rlim_max < wanted ? files.rlim_max : wanted;
    if (setrlimit(RLIMIT_NOFILE, &files)) (void)getrlimit(RLIMIT_NOFILE, &files);
  }
  if (files.rlim_cur >= wanted) return HTTP_CONNECTIONS;
  return files.rlim_cur > 512 ? (int)files.rlim_cur - 256 : (int)files.rlim_cur / 2;
}

static struct http *http_new(struct api *api, struct db *db, const struct http_options *o) {
  struct http *h = calloc(1, sizeof *h);
  if (!h) abort();
  h->api = api;
  h->db = db;
  h->options = *o;
  h->queue_tail = &h->queue_head;
  h->queue_max = o->queue > 0 ? o->queue : HTTP_QUEUE;
  h->header_seconds = o->header_seconds > 0 ? o->header_seconds : HTTP_HEADER_SECONDS;
  h->transfer_seconds = o->transfer_seconds > 0 ? o->transfer_seconds : HTTP_TRANSFER_SECONDS;
  h->peers_max = connections_max();
  h->started = clock_mono();
  pthread_mutex_init(&h->queue_lock, NULL);
  pthread_cond_init(&h->queue_cond, NULL);
  pthread_mutex_init(&h->peers_lock, NULL);
  pthread_condattr_t monotonic;  // the clock of clock_mono()
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  for (int i = 0; i < HTTP_STREAM_THREADS; i++) {
    h->shards[i].h = h;
    pthread_mutex_init(&h->shards[i].lock, NULL);
    pthread_cond_init(&h->shards[i].cond, &monotonic);
  }
  pthread_condattr_destroy(&monotonic);
  return h;
}

static enum err start_all(struct http *h, struct buf *message) {
  int fd = -1;
  TRY(load_tls(h, message));
  TRY(listen_on(h, h->options.listen ? h->options.listen : "127.0.0.1:8080", message, &fd));
  enum err e = http_workers_start(h, message);
  if (!e) e = http_streams_start(h, message);
  if (!e && (e = http_reaper_start(h))) buf_putz(message, "The system gave no thread: raise the limit of processes (ulimit -u).");
  if (e) {
    close(fd);
    return e;
  }
  return start_library(h, fd, message);
}

enum err http_start(struct api *api, struct db *db, const struct http_options *o, struct buf *message, struct http **ret) {
  hash_setup();
  struct http *h = http_new(api, db, o);
  // Signals are the main thread's: no thread of ours or of the library is interrupted by one.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  signal(SIGPIPE, SIG_IGN);  // a client that leaves is no reason to end
  enum err e = start_all(h, message);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (e)
    http_stop(h);
  else
    *ret = h;
  return e;
}

int http_port(const struct http *h) { return h->port; }

static void wait_for_answers(struct http *h) {
  int64_t end = clock_mono() + HTTP_STOP_SECONDS * UTIME_SECOND;
  struct timespec pause = {0, 5000000};
  while (atomic_load(&h->metrics.in_flight) > 0 && clock_mono() < end) (void)nanosleep(&pause, NULL);
}

void http_stop(struct http *h) {
  if (!h) return;
  atomic_store(&h->draining, true);
  if (h->daemon) {
    int fd = MHD_quiesce_daemon(h->daemon);
    if (fd >= 0) close(fd);
  }
  http_streams_end(h);
  if (h->daemon) wait_for_answers(h);
  http_workers_stop(h);  // a handler cannot be cut off; the queue behind it is answered 503
  http_streams_join(h);
  http_reaper_stop(h);
  if (h->daemon) MHD_stop_daemon(h->daemon);
  http_streams_free(h);
  forget_tls(h);
  pthread_mutex_destroy(&h->queue_lock);
  pthread_cond_destroy(&h->queue_cond);
  pthread_mutex_destroy(&h->peers_lock);
  for (int i = 0; i < HTTP_STREAM_THREADS; i++) {
    pthread_mutex_destroy(&h->shards[i].lock);
    pthread_cond_destroy(&h->shards[i].cond);
  }
  free(h);
}
