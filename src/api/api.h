// SPDX-License-Identifier: Apache-2.0
// The API behind a small door: http gives a checked request, api fills a response. api knows no HTTP library, http knows no record.
// Threading: api_handle runs on a worker with its own read connection; it may wait for the writer.
#ifndef ENTENTE_API_API_H
#define ENTENTE_API_API_H
#include "base/err.h"
#include "db/db.h"
#include "trust/audit.h"

enum method { M_GET, M_HEAD, M_POST, M_PUT, M_PATCH, M_DELETE, M_OPTIONS, M_OTHER };

struct request {
  enum method method;
  str method_text;
  str path;          // decoded once, starts with '/', no query
  str query;         // raw, without '?'
  str body;          // whole body, at most LIMIT_BODY (imports: LIMIT_IMPORT_BODY)
  str content_type;  // media type, lower case, without parameters
  // headers the API looks at; STR_NULL when missing
  str cookie, authorization, if_match, if_none_match, idempotency_key, accept_language, csrf_token, origin, sec_fetch_site, host,
    last_event_id;
  str remote;  // client address as text, from the socket, or from X-Forwarded-For behind a proxy
  bool tls;    // arrived over TLS (or the proxy said so)
  char request_id[32];
};

struct response {
  int status;
  struct buf body;  // max LIMIT_RESPONSE
  const char *content_type;
  char etag[80];         // with quotes, or ""
  char set_cookie[512];  // or ""
  char location[160];
  char retry_after[16];
  char filename[160];         // Content-Disposition: attachment when not ""
  const char *cache_control;  // NULL: "no-store"
  char allow[64];             // 405: the methods of the path, or ""
  str asset;                  // static bytes (embedded), sent instead of body when n > 0
  bool stream;                // server-sent events: http keeps the connection, see api_stream_*
  id64 stream_company, stream_user;
  int64_t stream_after;   // last entry of the log the client has
  int64_t stream_epoch;   // of the log: stands in the ids of events after the first restore
  char session_hash[72];  // the stream ends when this session ends
  // For the log: who asked (who was guessed at, when signing in), and the problem that was answered.
  id64 user;
  const char *code;
};

struct breached;
struct api;          // the running application: hub, keys, clocks, password queue
struct api_worker {  // one per worker thread
  struct api *api;
  struct db_conn *conn;
};
struct api_options {
  struct db *db;
  const struct audit_key *key;
  bool behind_proxy;          // trust X-Forwarded-*, cookies Secure
  struct breached *breached;  // list of stolen passwords, or NULL; the caller closes it after api_close
};
MUST_USE enum err api_open(const struct api_options *o, struct api **ret);
void api_close(struct api *a);
void api_handle(struct api_worker *w, const struct request *req, struct response *resp);
// Body limit before the body is read: imports may be larger. 0: this method takes no body.
size_t api_body_limit(enum method m, str path);
// Fills `out` with the events ("id: ..\nevent: ..\ndata: ..\n\n") of the company after *after, advances it. false: end the stream
// (session ended, user disabled). Called when on_commit fired or every 15 s.
bool api_stream_next(struct api_worker *w, const struct response *opened, int64_t *after, struct buf *out);
// Can this process serve? The database answers and no audit entry has waited longer than 10 s for its order. false: `why` says it in a
// few words for the operator, without names or data. /readyz.
bool api_ready(struct api_worker *w, struct buf *why);
// Everything of one kind ("accounts") that the person with this login may see, as CSV: the command line's way to GET /export.
MUST_USE enum err api_export(struct db_conn *c, str login, str path, struct arena *a, struct problem *pb, struct buf *out);
// Clocks that expire, mail, bulk jobs: does what is due, returns milliseconds until the next look (at most 1000).
int api_tick(struct api_worker *w);
#endif
