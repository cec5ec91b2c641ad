// SPDX-License-Identifier: Apache-2.0
// Is this request well formed? The library forgives what two programs may read in two ways (duplicate lengths, unknown codings,
// folded lines, a blank before the colon); everything of that kind is refused here, before a byte of the body is taken.
#include "base/utf8.h"
#include "http/http_internal.h"

#include <arpa/inet.h>
#include <stdio.h>

static bool token_char(unsigned char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_token(str s) {
  for (size_t i = 0; i < s.n; i++)
    if (!token_char((unsigned char)s.p[i])) return false;
  return s.n > 0;
}

static bool is_field_value(str s) {
  for (size_t i = 0; i < s.n; i++) {
    unsigned char c = (unsigned char)s.p[i];
    if ((c < 0x20 && c != '\t') || c == 0x7f) return false;
  }
  return true;
}

static unsigned char lower(unsigned char c) { return c >= 'A' && c <= 'Z' ? (unsigned char)(c | 0x20) : c; }

static bool same_caseless(str a, const char *z) {
  size_t i = 0;
  for (; i < a.n && z[i]; i++)
    if (lower((unsigned char)a.p[i]) != lower((unsigned char)z[i])) return false;
  return i == a.n && !z[i];
}

static int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = (char)lower((unsigned char)c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

enum method http_method(str text) {
  static const char *const names[] = {[M_GET] = "GET",     [M_HEAD] = "HEAD",     [M_POST] = "POST",      [M_PUT] = "PUT",
                                      [M_PATCH] = "PATCH", [M_DELETE] = "DELETE", [M_OPTIONS] = "OPTIONS"};
  for (size_t m = 0; m < ARRAY_LEN(names); m++)
    if (str_eqz(text, names[m])) return (enum method)m;
  return M_OTHER;
}

// uri-host [":" port] of RFC 9110, 7.2: names, IPv4, or IPv6 in brackets. An empty host is lawful there and useless here.
bool http_host_valid(str host) {
  if (!host.n || host.n > 255) return false;
  size_t i = 0;
  if (host.p[0] == '[') {
    for (i = 1; i < host.n && host.p[i] != ']'; i++)
      if (hex_value(host.p[i]) < 0 && host.p[i] != ':' && host.p[i] != '.') return false;
    if (i < 3 || i++ == host.n) return false;
  } else {
    for (; i < host.n && host.p[i] != ':'; i++) {
      unsigned char c = (unsigned char)host.p[i];
      if (!((c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') || c == '-' || c == '.' || c == '_')) return false;
    }
    if (!i) return false;
  }
  if (i == host.n) return true;
  if (host.p[i] != ':' || host.n - i > 6) return false;
  for (i++; i < host.n; i++)
    if (host.p[i] < '0' || host.p[i] > '9') return false;
  return true;
}

str http_media_type(str header, struct arena *a) {
  str type, rest, major, minor;
  (void)str_cut(header, ';', &type, &rest);
  type = str_trim(type);
  if (type.n > 127 || !str_cut(type, '/', &major, &minor) || !is_token(major) || !is_token(minor)) return (str){"", 0};
  char *p = arena_z(a, type);
  for (size_t i = 0; i < type.n; i++) p[i] = (char)lower((unsigned char)p[i]);
  return (str){p, type.n};
}

// Decodes %XX. What a second reader could see as another path is refused: a coded slash or NUL, controls, dot segments.
static bool decode_path(str raw, struct arena *a, str *ret) {
  char *out = arena_alloc(a, raw.n + 1);
  size_t n = 0;
  for (size_t i = 0; i < raw.n; i++) {
    unsigned char c = (unsigned char)raw.p[i];
    if (c == '%') {
      int high = i + 2 < raw.n ? hex_value(raw.p[i + 1]) : -1, low = i + 2 < raw.n ? hex_value(raw.p[i + 2]) : -1;
      if (high < 0 || low < 0) return false;
      c = (unsigned char)(high * 16 + low);
      if (c == '/' || c == '\\') return false;
      i += 2;
    }
    if (c < 0x20 || c == 0x7f) return false;
    out[n++] = (char)c;
  }
  str path = {out, n}, left = {out + 1, n - 1}, segment;
  if (!utf8_valid(path)) return false;
  while (str_next(&left, '/', &segment))
    if (str_eqz(segment, ".") || str_eqz(segment, "..")) return false;
  *ret = path;
  return true;
}

enum problem_code http_target_read(str target, str host, struct arena *a, str *ret_path, str *ret_query) {
  if (target.n > LIMIT_URL) return P_TARGET_TOO_LONG;
  for (size_t i = 0; i < target.n; i++)
    if (target.p[i] <= 0x20 || target.p[i] >= 0x7f || target.p[i] == '#' || target.p[i] == '\\') return P_BAD_REQUEST;
  size_t scheme = same_caseless(str_sub(target, 0, 7), "http://") ? 7 : same_caseless(str_sub(target, 0, 8), "https://") ? 8 : 0;
  if (scheme) {
    // Absolute form: we are no proxy, so it must name the host of the Host header (RFC 9112, 3.2.2 prefers the target).
    str rest = str_sub(target, scheme, target.n), authority, tail;
    ptrdiff_t end = str_find(rest, '/');
    authority = end < 0 ? rest : str_sub(rest, 0, (size_t)end);
    tail = end < 0 ? S("/") : str_sub(rest, (size_t)end, rest.n);
    if (!host.n || !same_caseless(authority, arena_z(a, host))) return P_BAD_REQUEST;
    target = tail;
  }
  if (!target.n || target.p[0] != '/') return P_BAD_REQUEST;
  str path, query;
  if (!str_cut(target, '?', &path, &query)) query = (str){"", 0};
  if (!decode_path(path, a, &path)) return P_BAD_REQUEST;
  *ret_path = path;
  *ret_query = query;
  return P_NONE;
}

// The end of the text at p, or NULL if it does not end before `end`.
static const char *nul_after(const char *p, const char *end) { return p < end ? memchr(p, '\0', (size_t)(end - p)) : NULL; }

bool http_raw_headers_valid(const char *p, const char *end, size_t count) {
  while (p < end && *p) {
    const char *colon = nul_after(p, end);
    const char *stop = colon ? nul_after(colon + 1, end) : NULL;
    if (!stop || stop + 1 >= end || stop[1] || !count) return false;
    if (!is_token((str){p, (size_t)(colon - p)}) || !is_field_value((str){colon + 1, (size_t)(stop - colon - 1)})) return false;
    p = stop + 2;
    count--;
  }
  return p + 2 == end && !p[0] && !p[1] && !count;
}

// Headers that mean something to us: at most one of each, so that no two readers can choose differently.
enum known {
  H_HOST,
  H_LENGTH,
  H_CODING,
  H_TYPE,
  H_EXPECT,
  H_COOKIE,
  H_AUTHORIZATION,
  H_IF_MATCH,
  H_IF_NONE_MATCH,
  H_IDEMPOTENCY_KEY,
  H_ACCEPT_ENCODING,
  H_ACCEPT_LANGUAGE,
  H_CSRF,
  H_ORIGIN,
  H_FETCH_SITE,
  H_LAST_EVENT,
  H_FORWARDED_FOR,
  H_FORWARDED_PROTO,
  H_KNOWN,
};
static const char *const known_names[H_KNOWN] = {
  [H_HOST] = "Host",
  [H_LENGTH] = "Content-Length",
  [H_CODING] = "Transfer-Encoding",
  [H_TYPE] = "Content-Type",
  [H_EXPECT] = "Expect",
  [H_COOKIE] = "Cookie",
  [H_AUTHORIZATION] = "Authorization",
  [H_IF_MATCH] = "If-Match",
  [H_IF_NONE_MATCH] = "If-None-Match",
  [H_IDEMPOTENCY_KEY] = "Idempotency-Key",
  [H_ACCEPT_ENCODING] = "Accept-Encoding",
  [H_ACCEPT_LANGUAGE] = "Accept-Language",
  [H_CSRF] = "X-CSRF-Token",
  [H_ORIGIN] = "Origin",
  [H_FETCH_SITE] = "Sec-Fetch-Site",
  [H_LAST_EVENT] = "Last-Event-ID",
  [H_FORWARDED_FOR] = "X-Forwarded-For",
  [H_FORWARDED_PROTO] = "X-Forwarded-Proto",
};

struct headers {
  str value[H_KNOWN];
  size_t count;
  const char *wrong;  // name of the first header at fault
};

static enum MHD_Result collect(void *cls, enum MHD_ValueKind kind, const char *key, size_t key_n, const char *value,
                               size_t value_n) {
  (void)kind;
  struct headers *hs = cls;
  str name = {key, key_n}, text = {value ? value : "", value ? value_n : 0};
  hs->count++;
  if (!is_token(name) || !is_field_value(text)) hs->wrong = "header";
  for (int k = 0; k < H_KNOWN; k++) {
    if (!same_caseless(name, known_names[k])) continue;
    bool many = k == H_ACCEPT_ENCODING || k == H_ACCEPT_LANGUAGE || k == H_FORWARDED_FOR;
    if (hs->value[k].p && !many) hs->wrong = known_names[k];
    hs->value[k] = str_trim(text);
    if (!hs->value[k].p) hs->value[k] = (str){"", 0};
  }
  return MHD_YES;
}

static void refuse(struct exchange *x, enum problem_code c, const char *what) {
  if (x->refusal) return;
  x->refusal = c;
  x->refusal_arg = arena_str(&x->arena, str_of(what));
  x->close = true;
}

// Body framing: RFC 9112, 6. A chunked body is read, but its connection is not kept: what the library forgives inside a chunked
// body can then never become a second request.
static void check_framing(struct exchange *x, const struct headers *hs, const char *version) {
  str length = hs->value[H_LENGTH], coding = hs->value[H_CODING], expect = hs->value[H_EXPECT];
  if (coding.p) {
    if (length.p || !same_caseless(coding, "chunked") || strcmp(version, "HTTP/1.0") == 0)
      refuse(x, P_BAD_REQUEST, "Transfer-Encoding");
    x->chunked = x->close = true;
  } else if (length.p) {
    if (length.n > 18 || !str_to_uint64(length, &x->declared)) refuse(x, P_BAD_REQUEST, "Content-Length");
  }
  if (expect.p && !same_caseless(expect, "100-continue")) refuse(x, P_BAD_REQUEST, "Expect");
}

// The client's address: of the socket, or the last one the proxy wrote.
static str remote_address(struct exchange *x, str forwarded) {
  str own = str_of(x->peer->address), item, last = STR_NULL;
  if (!x->h->options.behind_proxy || !forwarded.n) return own;
  while (str_next(&forwarded, ',', &item)) last = str_trim(item);
  unsigned char binary[16];
  char *text = arena_z(&x->arena, last);
  return inet_pton(AF_INET, text, binary) == 1 || inet_pton(AF_INET6, text, binary) == 1 ? str_of(text) : own;
}

static void fill_request(struct exchange *x, const struct headers *hs) {
  struct request *r = &x->req;
  bool proxy = x->h->options.behind_proxy;
  r->host = hs->value[H_HOST];
  r->cookie = hs->value[H_COOKIE];
  r->authorization = hs->value[H_AUTHORIZATION];
  r->if_match = hs->value[H_IF_MATCH];
  r->if_none_match = hs->value[H_IF_NONE_MATCH];
  r->idempotency_key = hs->value[H_IDEMPOTENCY_KEY];
  x->accept_encoding = hs->value[H_ACCEPT_ENCODING];
  r->accept_language = hs->value[H_ACCEPT_LANGUAGE];
  r->csrf_token = hs->value[H_CSRF];
  r->origin = hs->value[H_ORIGIN];
  r->sec_fetch_site = hs->value[H_FETCH_SITE];
  r->last_event_id = hs->value[H_LAST_EVENT];
  if (hs->value[H_TYPE].p) r->content_type = http_media_type(hs->value[H_TYPE], &x->arena);
  r->remote = remote_address(x, hs->value[H_FORWARDED_FOR]);
  r->tls = x->h->tls || (proxy && same_caseless(hs->value[H_FORWARDED_PROTO], "https"));
}

// How much body this request may bring. An import needs a caller: without any credential the common limit holds.
static void check_body(struct exchange *x) {
  if (!x->declared && !x->chunked) return;
  x->body_limit = api_body_limit(x->req.method, x->req.path);
  if (!x->req.cookie.n && !x->req.authorization.n && x->body_limit > LIMIT_BODY) x->body_limit = LIMIT_BODY;
  if (!x->body_limit) {
    refuse(x, P_BAD_REQUEST, "this method takes no body");
  } else if (x->declared > x->body_limit) {
    char limit[24];
    snprintf(limit, sizeof limit, "%zu", x->body_limit);
    refuse(x, P_BODY_TOO_LARGE, limit);
  }
}

// Old libraries keep the header block in place: there every byte is checked. Newer ones are strict themselves and move it.
static bool raw_valid(const struct exchange *x, const char *method, const char *version, size_t header_bytes, size_t count) {
  if (!x->h->raw_layout) return true;
  const char *end = method + header_bytes;
  if (!x->raw_target || x->raw_target != method + strlen(method) + 1) return false;
  if (version != x->raw_target + x->target.n + 1 || version + 10 > end || version[8] || version[9]) return false;
  return http_raw_headers_valid(version + 10, end, count);
}

void http_check(struct exchange *x, const char *method, const char *version) {
  struct headers hs = {0};
  x->req.method_text = str_of(method);
  x->req.method = http_method(x->req.method_text);
  (void)MHD_get_connection_values_n(x->mc, MHD_HEADER_KIND, collect, &hs);
  const union MHD_ConnectionInfo *info = MHD_get_connection_info(x->mc, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
  size_t header_bytes = info ? info->header_size : 0;
  x->req.accept_language = hs.value[H_ACCEPT_LANGUAGE];  // a refusal speaks the caller's language too
  x->req.remote = str_of(x->peer->address);
  x->req.path = x->req.query = (str){"", 0};
  if (x->target.n > LIMIT_URL) refuse(x, P_TARGET_TOO_LONG, "8192");
  if (header_bytes > LIMIT_HEADER || hs.count > HTTP_HEADERS) refuse(x, P_HEADER_TOO_LARGE, "16384");
  if (!raw_valid(x, method, version, header_bytes, hs.count)) refuse(x, P_BAD_REQUEST, "header lines");
  if (hs.wrong) refuse(x, P_BAD_REQUEST, hs.wrong);
  if (!is_token(x->req.method_text)) refuse(x, P_BAD_REQUEST, "method");
  if (hs.value[H_HOST].p ? !http_host_valid(hs.value[H_HOST]) : strcmp(version, "HTTP/1.0") != 0)
    refuse(x, P_BAD_REQUEST, "Host");
  check_framing(x, &hs, version);
  if (x->refusal) return;
  enum problem_code c = http_target_read(x->target, hs.value[H_HOST], &x->arena, &x->req.path, &x->req.query);
  if (c) {
    refuse(x, c, "address");
    return;
  }
  fill_request(x, &hs);
  check_body(x);
}
