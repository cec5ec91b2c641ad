// SPDX-License-Identifier: Apache-2.0
// What the files of src/http share. Reading order: server.c (listening, the library's callbacks) -> check.c (is this request well
// formed) -> work.c (queue and workers) -> answer.c (headers, problems) -> static.c (the web client) -> stream.c (server-sent events) -> reaper.c (deadlines)
// -> metrics.c (counters, log line).
// Ownership: a peer lives as long as its socket, an exchange as long as its request; both are made and freed on the HTTP thread of
// the connection. While an exchange is suspended a worker alone touches it. Slices of request headers point into the library's memory
// of the connection, which stays put until the answer is sent.
#ifndef ENTENTE_HTTP_INTERNAL_H
#define ENTENTE_HTTP_INTERNAL_H
#include "base/arena.h"
#include "base/clock.h"
#include "base/limits.h"
#include "http/http.h"
#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

enum {
  HTTP_QUEUE = 2048,         // requests that may wait for a worker: half a second of work; more answer 503
  HTTP_CONNECTIONS = 16384,  // sockets held at once, if the file limit allows
  HTTP_CONNECTION_MEMORY =
    36864,                     // of the library for one connection: headers in (LIMIT_HEADER) and out, parsed arguments. Above
                               // 32 KiB it maps them: untouched pages of idle listeners cost nothing, closed ones return
  HTTP_HEADERS = 100,          // header fields of one request
  HTTP_HEADER_SECONDS = 10,    // from accept, or from the request line on a kept connection, to the end of the headers (default)
  HTTP_IDLE_SECONDS = 75,      // a kept connection without a request; above the 60 s of common proxies, so that they close first
  HTTP_PRESSED_SECONDS = 3,    // both of the above when most sockets are taken
  HTTP_TRANSFER_SECONDS = 30,  // body in, or answer out (default), plus:
  HTTP_TRANSFER_RATE = 65536,  // bytes a second, the slowest reader or writer we wait for
  HTTP_STOP_SECONDS = 10,      // how long a stop waits for accepted requests
  HTTP_REFUSED_DRAIN = 8 << 20,  // bytes of a refused body read and thrown away, so that the client sees the answer, not a reset
  HTTP_STREAM_THREADS = 2,
  HTTP_STREAM_PENDING = 256 * 1024,  // bytes a listener may leave unread before it is dropped
  HTTP_PING_SECONDS = 15,
  HTTP_STREAM_GAP_MS = 50,  // shortest time between two looks for news: a storm of commits is one look
};
#define HTTP_BODIES_MAX ((size_t)256 * 1024 * 1024)  // bytes of all bodies held at once: four imports of the largest size
#define HTTP_NEVER INT64_MAX

enum peer_state { PEER_IDLE, PEER_HEADER, PEER_BODY, PEER_WORK, PEER_SEND, PEER_STREAM };

// One socket. `deadline` is read by the reaper; the rest belongs to the HTTP thread.
struct peer {
  int fd;
  char address[64];
  _Atomic int64_t deadline;  // clock_mono; HTTP_NEVER: none
  _Atomic int state;         // enum peer_state
  bool reaped;               // reaper only
  struct peer *prev, *next;
};

enum exchange_phase {
  X_NEW,     // headers not seen yet
  X_BODY,    // gathering the body
  X_DRAIN,   // refused; the rest of the body is thrown away first
  X_WORK,    // suspended, a worker has it
  X_ANSWER,  // resp is filled
  X_SENT,    // handed to the library
};

// One request and its answer.
struct exchange {
  struct http *h;
  struct peer *peer;
  struct MHD_Connection *mc;
  const char *raw_target;  // in the library's memory, before it was cut up
  str target;              // our copy: path and query as sent
  struct arena arena;
  struct request req;
  struct response resp;
  enum exchange_phase phase;
  enum problem_code refusal;
  str refusal_arg;
  struct buf body;
  size_t body_limit;
  uint64_t declared;  // Content-Length; 0 when chunked
  bool chunked, readiness, close, accepted;
  str accept_encoding;
  const char *content_encoding, *vary;  // NULL: no such header
  size_t drained;
  size_t bytes_out;
  int64_t started;                      // clock_mono
  char kept_path[64], kept_remote[64];  // what a stream still needs when its arena is gone
  struct exchange *next;                // in the queue
};

enum { METRIC_BUCKETS = 12 };
struct metrics {
  _Atomic uint64_t by_class[6];  // 1 ... 5; 0: closed without an answer
  _Atomic uint64_t buckets[METRIC_BUCKETS + 1];
  _Atomic uint64_t micros, count, bytes_in, bytes_out, refused_busy, reaped, malformed, events;
  _Atomic int64_t in_flight, streams, connections;
};

struct stream;
struct shard {  // streams are spread over a few threads, each with its own connection to the database
  struct http *h;
  pthread_t thread;
  bool running;
  pthread_mutex_t lock;
  pthread_cond_t cond;
  bool woken, stop;
  struct stream *streams;
  struct api_worker worker;
};

struct http {
  struct api *api;
  struct db *db;
  struct http_options options;
  struct MHD_Daemon *daemon;
  int port;
  bool tls;
  bool raw_layout;  // the library leaves the header block where we can check its bytes
  char *cert, *key;

  pthread_mutex_t queue_lock;
  pthread_cond_t queue_cond;
  struct exchange *queue_head, **queue_tail;
  int queued, queue_max;
  atomic_bool queue_closed;
  pthread_t *threads;
  struct api_worker *workers;
  int nthreads;
  atomic_int next_worker;

  pthread_mutex_t peers_lock;
  struct peer *peers;
  int npeers, peers_max;
  pthread_t reaper;
  bool reaper_running;
  atomic_bool reaper_stop;

  struct shard shards[HTTP_STREAM_THREADS];
  atomic_uint next_shard;

  atomic_bool draining;
  _Atomic size_t bodies;  // bytes of bodies held
  int64_t started;
  int64_t header_seconds, transfer_seconds;
  struct metrics metrics;
};

// check.c
// Reads the request target (RFC 9112, 3.2) and fills path (decoded, in the arena) and query. `host` is the Host header: a target in
// absolute form must name it. P_NONE, or why not.
enum problem_code http_target_read(str target, str host, struct arena *a, str *ret_path, str *ret_query);
str http_media_type(str header, struct arena *a);  // lower case, without parameters; empty if it is none
bool http_host_valid(str host);
enum method http_method(str text);
// The bytes behind the request line as the library left them: each line end became two NUL, each first colon one. True only if
// every line is `token: value CRLF` with neither control characters nor folding, and there are `count` of them.
bool http_raw_headers_valid(const char *p, const char *end, size_t count);
// Looks at all headers of the request; sets refusal, or fills req and the size of the body.
void http_check(struct exchange *x, const char *method, const char *version);

// work.c
MUST_USE enum err http_workers_start(struct http *h, struct buf *message);
bool http_enqueue(struct exchange *x);  // false: full
void http_workers_stop(struct http *h);

// answer.c
void http_problem(struct exchange *x, enum problem_code c, str arg);  // fills resp
enum MHD_Result http_answer(struct exchange *x);                      // hands resp to the library
void http_plain(struct exchange *x, int status, const char *content_type, str body);

// static.c
bool http_static_path(str path);       // belongs to the web client
void http_static(struct exchange *x);  // fills resp
bool http_accepts_gzip(str header);

// stream.c
MUST_USE enum err http_streams_start(struct http *h, struct buf *message);
struct MHD_Response *http_stream_open(struct exchange *x);  // NULL: too many
void http_streams_end(struct http *h);                      // every stream ends as soon as its reader takes the rest
void http_streams_join(struct http *h);                     // the threads are gone
void http_streams_free(struct http *h);                     // after the library let go of all connections

// reaper.c
void http_peer_state(struct peer *p, enum peer_state s, int64_t deadline);
int64_t http_deadline(int64_t seconds);
int64_t http_transfer_deadline(const struct http *h, uint64_t bytes);
void http_peer_notify(void *cls, struct MHD_Connection *mc, void **socket_context, enum MHD_ConnectionNotificationCode code);
MUST_USE enum err http_reaper_start(struct http *h);
void http_reaper_stop(struct http *h);

// metrics.c
void http_metrics_write(struct http *h, struct buf *out);
void http_exchange_done(struct exchange *x, bool sent);  // counts it and writes its log line
#endif
