// SPDX-License-Identifier: Apache-2.0
// Counters for /metrics (OpenMetrics 1.0) and the one log line of each request.
#include "base/log.h"
#include "db/db.h"
#include "http/http_internal.h"

#include <stdio.h>
#include <unistd.h>

static const struct {
  int64_t micros;
  const char *seconds;
} bounds[METRIC_BUCKETS] = {
  {1000, "0.001"}, {2500, "0.0025"}, {5000, "0.005"}, {10000, "0.01"},  {25000, "0.025"}, {50000, "0.05"},
  {100000, "0.1"}, {250000, "0.25"}, {500000, "0.5"}, {1000000, "1.0"}, {2500000, "2.5"}, {10000000, "10.0"},
};

static void put_head(struct buf *b, const char *name, const char *type, const char *help) {
  buf_fmt(b, "# TYPE %s %s\n# HELP %s %s\n", name, type, name, help);
}

static void put_gauge(struct buf *b, const char *name, const char *help, int64_t v) {
  put_head(b, name, "gauge", help);
  buf_fmt(b, "%s %lld\n", name, (long long)v);
}

static void put_counter(struct buf *b, const char *name, const char *help, uint64_t v) {
  put_head(b, name, "counter", help);
  buf_fmt(b, "%s_total %llu\n", name, (unsigned long long)v);
}

static void put_seconds(struct buf *b, const char *name, uint64_t micros) {
  buf_fmt(b, "%s %llu.%06llu\n", name, (unsigned long long)(micros / 1000000), (unsigned long long)(micros % 1000000));
}

// Resident memory: second number of /proc/self/statm, in pages. 0 where it cannot be read (sandbox, other systems).
static int64_t resident_bytes(void) {
  FILE *f = fopen("/proc/self/statm", "re");
  if (!f) return 0;
  long long pages = 0;
  if (fscanf(f, "%*s %lld", &pages) != 1) pages = 0;
  fclose(f);
  return pages * sysconf(_SC_PAGESIZE);
}

static void put_latency(struct buf *b, struct metrics *m) {
  put_head(b, "entente_request_duration_seconds", "histogram", "From the request line to the last byte of the answer.");
  uint64_t sum = 0;
  for (int i = 0; i < METRIC_BUCKETS; i++) {
    sum += atomic_load(&m->buckets[i]);
    buf_fmt(b, "entente_request_duration_seconds_bucket{le=\"%s\"} %llu\n", bounds[i].seconds, (unsigned long long)sum);
  }
  sum += atomic_load(&m->buckets[METRIC_BUCKETS]);
  buf_fmt(b, "entente_request_duration_seconds_bucket{le=\"+Inf\"} %llu\n", (unsigned long long)sum);
  buf_fmt(b, "entente_request_duration_seconds_count %llu\n", (unsigned long long)sum);
  put_seconds(b, "entente_request_duration_seconds_sum", atomic_load(&m->micros));
}

void http_metrics_write(struct http *h, struct buf *out) {
  struct metrics *m = &h->metrics;
  put_head(out, "entente_build", "info", "Version of the program.");
  buf_fmt(out, "entente_build_info{version=\"%s\"} 1\n", ENTENTE_VERSION);
  put_head(out, "entente_requests", "counter", "Requests by class of status; none: the connection ended before an answer.");
  static const char *const class_names[] = {"none", "1xx", "2xx", "3xx", "4xx", "5xx"};
  for (size_t i = 0; i < ARRAY_LEN(class_names); i++)
    buf_fmt(out, "entente_requests_total{class=\"%s\"} %llu\n", class_names[i], (unsigned long long)atomic_load(&m->by_class[i]));
  put_latency(out, m);
  put_gauge(out, "entente_requests_in_flight", "Requests accepted and not yet answered, event streams included.",
            atomic_load(&m->in_flight));
  pthread_mutex_lock(&h->queue_lock);
  int queued = h->queued;
  pthread_mutex_unlock(&h->queue_lock);
  put_gauge(out, "entente_queue_length", "Requests that wait for a worker.", queued);
  put_gauge(out, "entente_queue_limit", "Above this, requests are answered 503.", h->queue_max);
  put_gauge(out, "entente_workers", "Worker threads.", h->nthreads);
  put_gauge(out, "entente_streams", "Open event streams.", atomic_load(&m->streams));
  put_gauge(out, "entente_connections", "Open sockets of clients.", atomic_load(&m->connections));
  put_gauge(out, "entente_body_bytes", "Bytes of request bodies held in memory.", (int64_t)atomic_load(&h->bodies));
  put_counter(out, "entente_refused_busy", "Requests answered 503 because the queue or the memory for bodies was full.",
              atomic_load(&m->refused_busy));
  put_counter(out, "entente_malformed", "Requests refused by the strict header check.", atomic_load(&m->malformed));
  put_counter(out, "entente_deadline_closes", "Sockets shut because they passed a deadline.", atomic_load(&m->reaped));
  put_counter(out, "entente_stream_writes", "Deliveries to event streams.", atomic_load(&m->events));
  put_counter(out, "entente_received_bytes", "Bytes of request bodies.", atomic_load(&m->bytes_in));
  put_counter(out, "entente_sent_bytes", "Bytes of answer bodies.", atomic_load(&m->bytes_out));
  put_counter(out, "entente_database_steps", "Steps of SQLite's virtual machine: the work of all statements.", db_steps());
  put_gauge(out, "process_resident_memory_bytes", "Resident memory.", resident_bytes());
  put_head(out, "entente_uptime_seconds", "gauge", "Since the server began to listen.");
  put_seconds(out, "entente_uptime_seconds", (uint64_t)(clock_mono() - h->started));
  buf_putz(out, "# EOF\n");
}

// At most `max` - 1 bytes, never half a character.
static void cut_text(char *out, size_t max, str s) {
  size_t n = s.n < max - 1 ? s.n : max - 1;
  if (n < s.n)
    while (n && ((unsigned char)s.p[n] & 0xc0) == 0x80) n--;
  if (n) memcpy(out, s.p, n);
  out[n] = '\0';
}

// Neither the query (search words are data) nor any header is logged.
static void log_request(const struct exchange *x, int status, int64_t micros) {
  char method[17], path[257], code[8], duration[24], bytes[24], user[ID_TEXT_MAX] = "";
  cut_text(method, sizeof method, x->req.method_text);
  cut_text(path, sizeof path, x->refusal == P_BAD_REQUEST ? S("-") : x->req.path);
  snprintf(code, sizeof code, "%d", status);
  snprintf(duration, sizeof duration, "%lld", (long long)micros);
  snprintf(bytes, sizeof bytes, "%zu", x->bytes_out);
  bool probe =
    status == 200 && (str_eqz(x->req.path, "/healthz") || str_eqz(x->req.path, "/readyz") || str_eqz(x->req.path, "/metrics"));
  enum log_level level = status >= 500 && status != 503 ? LOG_ERROR : status == 503 ? LOG_WARN : probe ? LOG_DEBUG : LOG_INFO;
  if (x->resp.user) id_z(user, "user", x->resp.user);
  log_event(level, "request", "method", method, "path", path, "status", code, "micros", duration, "bytes", bytes, "remote",
            x->req.remote.p ? x->req.remote.p : "", "request_id", x->req.request_id, "user", user, x->resp.code ? "code" : NULL,
            x->resp.code, NULL);
}

void http_exchange_done(struct exchange *x, bool sent) {
  struct metrics *m = &x->h->metrics;
  int64_t micros = clock_mono() - x->started;
  int status = x->phase == X_SENT && (sent || x->resp.stream) ? x->resp.status : 0;
  atomic_fetch_add(&m->by_class[status >= 100 && status < 600 ? status / 100 : 0], 1);
  atomic_fetch_add(&m->bytes_out, status ? x->bytes_out : 0);
  if (status && !x->resp.stream) {
    int i = 0;
    while (i < METRIC_BUCKETS && micros > bounds[i].micros) i++;
    atomic_fetch_add(&m->buckets[i], 1);
    atomic_fetch_add(&m->micros, (uint64_t)micros);
  }
  if (x->phase != X_NEW || x->target.n) log_request(x, status, micros);
}
