// SPDX-License-Identifier: Apache-2.0
// The embedded web client. Everything outside /api/ belongs to it: a file of the bundle, or the one page for the paths the client
// routes itself (/deals/deal_01h8...). Answered on the HTTP thread: the bytes are in the program, nothing waits.
#include "http/assets.h"
#include "http/http_internal.h"

#include <stdio.h>
#include <stdlib.h>

bool http_static_path(str path) { return !str_eqz(path, "/api") && !str_starts(path, S("/api/")); }

static int by_path(const void *key, const void *member) {
  const str *path = key;
  return str_cmp(*path, str_of(((const struct asset *)member)->path));
}

static const struct asset *find(str path) {
  return assets_count ? bsearch(&path, assets, assets_count, sizeof assets[0], by_path) : NULL;
}

// A path whose last part has no dot is a place in the client, not a file.
static bool is_place(str path) {
  for (size_t i = path.n; i > 0 && path.p[i - 1] != '/'; i--)
    if (path.p[i - 1] == '.') return false;
  return true;
}

// RFC 9110, 12.5.3, as far as it matters here: gzip is named and not refused by q=0.
bool http_accepts_gzip(str header) {
  str item;
  while (str_next(&header, ',', &item)) {
    str coding, weight;
    bool weighted = str_cut(item, ';', &coding, &weight);
    if (!str_eqz(str_trim(coding), "gzip")) continue;
    weight = str_trim(weight);
    if (!weighted || !str_starts(weight, S("q="))) return true;
    for (size_t i = 2; i < weight.n; i++)
      if (weight.p[i] >= '1' && weight.p[i] <= '9') return true;
    return false;
  }
  return false;
}

// If-None-Match compares weakly (RFC 9110, 13.1.2): a list of tags, or "*".
static bool etag_known(str header, str etag) {
  str item;
  while (str_next(&header, ',', &item)) {
    item = str_trim(item);
    if (str_starts(item, S("W/"))) item = (str){item.p + 2, item.n - 2};
    if (str_eqz(item, "*") || str_eq(item, etag)) return true;
  }
  return false;
}

void http_static(struct exchange *x) {
  struct response *r = &x->resp;
  if (x->req.method != M_GET && x->req.method != M_HEAD) {
    snprintf(r->allow, sizeof r->allow, "GET, HEAD");
    http_problem(x, P_METHOD, x->req.method_text);
    return;
  }
  const struct asset *a = find(x->req.path);
  if (!a && is_place(x->req.path)) a = find(S("/index.html"));
  if (!a) {
    http_problem(x, P_NOT_FOUND, STR_NULL);
    return;
  }
  bool packed = a->gzip && http_accepts_gzip(x->accept_encoding);
  // The packed bytes are another representation, so they carry another tag: same digest, one letter more.
  size_t n = strlen(a->etag);
  snprintf(r->etag, sizeof r->etag, "%.*s%s\"", (int)(n - 1), a->etag, packed ? "z" : "");
  r->cache_control = a->immutable ? "public, max-age=31536000, immutable" : "no-cache";
  x->vary = a->gzip ? "Accept-Encoding" : NULL;
  r->status = etag_known(x->req.if_none_match, str_of(r->etag)) ? 304 : 200;
  if (r->status == 304) return;
  r->content_type = a->type;
  x->content_encoding = packed ? "gzip" : NULL;
  r->asset = packed ? (str){(const char *)a->gzip, a->gzip_len} : (str){(const char *)a->data, a->len};
}
