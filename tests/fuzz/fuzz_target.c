// SPDX-License-Identifier: Apache-2.0
// The texts of a request that the HTTP layer reads itself: target, Host, media type, the raw header block. Input: the target up to the
// first line feed, then the Host, then the rest. Planted: a dot segment that is let through where an asterisk and a percent sign stand.
#include "base/utf8.h"
#include "fuzz.h"
#include "http/http_internal.h"

static void check_target(str target, str host, struct arena *a) {
  str path = S("untouched"), query = S("untouched");
  enum problem_code c = http_target_read(target, host, a, &path, &query);
  if (fuzz_planted() && !c && str_find(target, '%') >= 0 && str_find(path, '*') >= 0) path = S("/api/..");
  fuzz_feature(1, (unsigned)c * 2 + (target.n && target.p[0] == '/'));
  if (c) {
    HOLDS(str_eqz(path, "untouched") && str_eqz(query, "untouched"));
    return;
  }
  HOLDS(path.n > 0 && path.p[0] == '/' && utf8_valid(path) && !memchr(path.p, 0, path.n));
  HOLDS(!memchr(path.p, '\\', path.n) && !memchr(path.p, '\n', path.n));
  str left = str_sub(path, 1, path.n), segment;
  while (str_next(&left, '/', &segment)) HOLDS(!str_eqz(segment, ".") && !str_eqz(segment, ".."));
  HOLDS(path.n + query.n <= target.n + 1);
  for (size_t i = 0; i < query.n; i++) HOLDS(query.p[i] > 0x20 && query.p[i] < 0x7f && query.p[i] != '#');
}

static void check_headers(str block) {
  static char raw[8192];
  if (block.n + 4 > sizeof raw) return;
  // As the library leaves them: the end of a line and the first colon of each become NUL.
  size_t n = 0, lines = 0;
  bool colon = false;
  for (size_t i = 0; i < block.n && n + 4 < sizeof raw; i++) {
    char c = block.p[i];
    if (c == ':' && !colon) {
      raw[n++] = 0;
      colon = true;
    } else if (c == '\n') {
      raw[n++] = 0, raw[n++] = 0;
      colon = false;
      lines++;
    } else {
      raw[n++] = c;
    }
  }
  raw[n++] = 0, raw[n++] = 0;
  bool ok = http_raw_headers_valid(raw, raw + n, lines);
  fuzz_feature(2, (unsigned)(ok ? lines : 99));
  if (!ok) return;
  HOLDS(!http_raw_headers_valid(raw, raw + n, lines + 1) && (!lines || !http_raw_headers_valid(raw, raw + n, lines - 1)));
  HOLDS(!http_raw_headers_valid(raw, raw + n - 1, lines));
  for (size_t i = 0; i < n; i++) HOLDS(raw[i] != '\r' && (unsigned char)raw[i] != 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  AUTO(arena_release) struct arena a = {0};
  str rest = {(const char *)data, size}, target, host;
  (void)str_cut(rest, '\n', &target, &rest);
  (void)str_cut(rest, '\n', &host, &rest);
  bool valid = http_host_valid(host);
  fuzz_feature(3, valid);
  if (valid) HOLDS(host.n <= 255 && !memchr(host.p, '/', host.n) && !memchr(host.p, '@', host.n) && !memchr(host.p, ' ', host.n));
  check_target(target, host, &a);
  str type = http_media_type(rest, &a);
  HOLDS(str_eq(http_media_type(type, &a), type) && type.n <= 127);
  (void)http_method(host);
  (void)http_accepts_gzip(rest);
  HOLDS(!http_accepts_gzip(S("gzip;q=0")));
  check_headers(rest);
  return 0;
}
