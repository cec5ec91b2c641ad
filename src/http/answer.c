// SPDX-License-Identifier: Apache-2.0
// From a filled response to the bytes of an answer: the headers every answer carries, the headers this one asks for, the body.
#include "base/json.h"
#include "http/http_internal.h"

#include <stdio.h>

// The page loads nothing from elsewhere, runs no inline script, and nobody frames it. Referrer-Policy is same-origin and not
// no-referrer because the latter turns the Origin header of plain POSTs into "null", which the CSRF check must refuse.
static const char *const always[][2] = {
  {"Content-Security-Policy",
   "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"},
  {"X-Content-Type-Options", "nosniff"},
  {"Referrer-Policy", "same-origin"},
  {"Cross-Origin-Opener-Policy", "same-origin"},
  {"Cross-Origin-Resource-Policy", "same-origin"},
  {"Permissions-Policy",
   "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), "
   "midi=(), payment=(), usb=()"},
};

void http_plain(struct exchange *x, int status, const char *content_type, str body) {
  x->resp.status = status;
  x->resp.content_type = content_type;
  buf_clear(&x->resp.body);
  buf_put(&x->resp.body, body);
}

// The first language of Accept-Language is enough to choose among three.
static enum lang caller_language(str header) {
  str first, rest;
  (void)str_cut(header, ',', &first, &rest);
  return lang_of(str_trim(first));
}

void http_problem(struct exchange *x, enum problem_code c, str arg) {
  struct response *r = &x->resp;
  const str args[2] = {arg, STR_NULL};
  enum lang lang = caller_language(x->req.accept_language);
  AUTO(buf_release) struct buf text = BUF(1000), type = BUF(200);
  problem_text(&text, c, args, lang);
  buf_fmt(&type, "/docs/problems#%s", problem_name(c));
  r->status = problem_status(c);
  r->code = problem_name(c);
  r->content_type = "application/problem+json";
  buf_clear(&r->body);
  struct jw w = JW(&r->body);
  jw_object(&w);
  jw_key(&w, S("type")), jw_string(&w, buf_str(&type));
  jw_key(&w, S("title")), jw_string(&w, buf_str(&text));
  jw_key(&w, S("status")), jw_int(&w, r->status);
  jw_key(&w, S("detail")), jw_string(&w, buf_str(&text));
  jw_key(&w, S("code")), jw_string(&w, str_of(problem_name(c)));
  jw_key(&w, S("request_id")), jw_string(&w, str_of(x->req.request_id));
  jw_key(&w, S("errors")), jw_array(&w), jw_end_array(&w);
  jw_end_object(&w);
  if (r->status == 503) snprintf(r->retry_after, sizeof r->retry_after, "1");
}

// The library refuses values with line breaks; an answer without one of its headers would be half an answer.
static bool add(struct MHD_Response *m, const char *name, const char *value) {
  return !value || !*value || MHD_add_response_header(m, name, value) == MHD_YES;
}

// RFC 6266: the plain name for old readers, the coded one (RFC 8187) when it is not ASCII.
static void disposition(struct buf *b, const char *filename) {
  bool ascii = true;
  buf_putz(b, "attachment; filename=\"");
  for (const char *p = filename; *p; p++) {
    unsigned char c = (unsigned char)*p;
    if (c >= 0x80) ascii = false;
    buf_putc(b, c < 0x20 || c >= 0x7f || strchr("\"\\/%", c) ? '_' : (char)c);
  }
  buf_putc(b, '"');
  if (ascii) return;
  buf_putz(b, "; filename*=UTF-8''");
  for (const char *p = filename; *p; p++) {
    unsigned char c = (unsigned char)*p;
    if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '.' || c == '_')
      buf_putc(b, (char)c);
    else
      buf_fmt(b, "%%%02X", c);
  }
}

static bool add_headers(struct exchange *x, struct MHD_Response *m) {
  const struct response *r = &x->resp;
  bool ok = true;
  for (size_t i = 0; i < ARRAY_LEN(always); i++) ok &= add(m, always[i][0], always[i][1]);
  ok &= add(m, "Cache-Control", r->cache_control ? r->cache_control : "no-store");
  ok &= add(m, "X-Request-Id", x->req.request_id);
  if (x->req.tls || x->h->tls) ok &= add(m, "Strict-Transport-Security", "max-age=31536000; includeSubDomains");
  ok &= add(m, "Content-Type", r->content_type);
  ok &= add(m, "Content-Encoding", x->content_encoding);
  ok &= add(m, "Vary", x->vary);
  ok &= add(m, "ETag", r->etag);
  ok &= add(m, "Set-Cookie", r->set_cookie);
  ok &= add(m, "Location", r->location);
  ok &= add(m, "Retry-After", r->retry_after);
  ok &= add(m, "Allow", r->allow);
  if (r->status == 401) ok &= add(m, "WWW-Authenticate", "Bearer");  // RFC 9110, 15.5.2; browsers show no dialog for it
  if (r->filename[0]) {
    AUTO(buf_release) struct buf b = BUF(1000);
    disposition(&b, r->filename);
    ok &= add(m, "Content-Disposition", buf_z(&b));
  }
  if (x->close || atomic_load(&x->h->draining)) ok &= add(m, "Connection", "close");
  return ok;
}

// The body changes hands: the library frees it when it is sent.
static struct MHD_Response *with_body(struct exchange *x) {
  struct response *r = &x->resp;
  if (r->asset.n) {
    x->bytes_out = r->asset.n;
    // The library takes a pointer to non-const for all three ways to hold memory; a persistent one is only read.
    union {
      const char *in;
      void *out;
    } bytes = {.in = r->asset.p};
    return MHD_create_response_from_buffer(r->asset.n, bytes.out, MHD_RESPMEM_PERSISTENT);
  }
  x->bytes_out = r->body.n;
  if (!r->body.n) return MHD_create_response_from_buffer(0, (void *)0, MHD_RESPMEM_PERSISTENT);
  struct MHD_Response *m = MHD_create_response_from_buffer(r->body.n, r->body.p, MHD_RESPMEM_MUST_FREE);
  if (m) r->body = BUF(LIMIT_RESPONSE);
  return m;
}

static struct MHD_Response *make(struct exchange *x) {
  struct response *r = &x->resp;
  if (r->body.full || r->status < 200 || r->status > 599) http_problem(x, P_INTERNAL, STR_NULL);
  if (r->stream && r->status == 200 && x->req.method == M_GET) {
    struct MHD_Response *m = http_stream_open(x);
    if (m) return m;
    http_problem(x, P_BUSY, STR_NULL);
  }
  r->stream = false;
  if (r->status == 204 || r->status == 304) {
    buf_clear(&r->body);
    r->asset = STR_NULL;
  }
  return with_body(x);
}

// The request's body has served: a slow reader of the answer must not hold 64 MiB of it.
static void release_body(struct exchange *x) {
  atomic_fetch_sub(&x->h->bodies, x->body.n);
  buf_release(&x->body);
}

enum MHD_Result http_answer(struct exchange *x) {
  release_body(x);
  struct MHD_Response *m = make(x);
  if (!m) return MHD_NO;
  x->phase = X_SENT;
  enum MHD_Result ok = add_headers(x, m) ? MHD_YES : MHD_NO;
  if (x->resp.stream)
    http_peer_state(x->peer, PEER_STREAM, http_transfer_deadline(x->h, 0));
  else
    http_peer_state(x->peer, PEER_SEND, http_transfer_deadline(x->h, x->bytes_out));
  if (ok == MHD_YES) ok = MHD_queue_response(x->mc, (unsigned int)x->resp.status, m);
  MHD_destroy_response(m);
  return ok;
}
