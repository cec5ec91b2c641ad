// SPDX-License-Identifier: Apache-2.0
// The only folder that knows the HTTP library. Accepts, bounds, checks and suspends requests, hands them to workers, writes answers;
// keeps event streams; serves /healthz, /readyz, /metrics; stops gracefully: finishes what it accepted.
#ifndef ENTENTE_HTTP_HTTP_H
#define ENTENTE_HTTP_HTTP_H
#include "api/api.h"
struct http_options {
  const char *listen;              // HOST:PORT; port 0 picks a free one
  bool behind_proxy;               // a proxy in front does TLS and writes X-Forwarded-For and -Proto
  int workers;                     // 0: 4 * cores, at least 8
  int queue;                       // requests that may wait for a worker; 0: 2048. More are answered 503
  int header_seconds;              // 0: 10; from accept to the end of the headers, however slowly they drip
  int transfer_seconds;            // 0: 30; body in or answer out, plus a second for every 64 KiB
  const char *tls_cert, *tls_key;  // PEM files or NULL; listening elsewhere than loopback needs them or behind_proxy
};
struct http;
MUST_USE enum err http_start(struct api *api, struct db *db, const struct http_options *o, struct buf *message,
                             struct http **ret);
int http_port(const struct http *h);
void http_wake(struct http *h);  // on_commit: event streams look for news
void http_stop(struct http *h);  // stops accepting, finishes, frees
#endif
