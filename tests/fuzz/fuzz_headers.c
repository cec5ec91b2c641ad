// SPDX-License-Identifier: Apache-2.0
// Cookies and headers the API reads: whatever is sent, only the true session opens a session, and only its own CSRF token lets a cookie
// write. Input: one header a line, first character chooses which; \x01 stands for the true session, \x02 for the true CSRF token.
// Planted: any long bearer token is let in.
#include "fuzz.h"
#include "fuzz_hub.h"

#include <stdio.h>

enum { HEADERS = 12, VALUE = 4096 };
static char value[HEADERS][VALUE];

static str expand(char out[VALUE], str raw) {
  size_t n = 0;
  for (size_t i = 0; i < raw.n; i++) {
    unsigned char c = (unsigned char)raw.p[i];
    const char *z = c == 1 ? fuzz_session : c == 2 ? fuzz_csrf : NULL;
    if (!z && ((c < 0x20 && c != '\t') || c == 0x7f)) continue;  // the HTTP layer lets none of them through
    char one[2] = {(char)c, 0};
    for (z = z ? z : one; *z && n < VALUE; z++) out[n++] = *z;
  }
  return str_trim((str){out, n});
}

static bool holds_secret(str s, const char *secret) { return memmem(s.p ? s.p : "", s.n, secret, strlen(secret)); }

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_hub_open();
  if (size > 8192) return 0;
  char cookie[100];
  struct request q = fuzz_hub_get(S("/api/v1/session"), S(""), cookie);
  q.cookie = STR_NULL;
  q.if_match = S("*");
  q.host = S("hub.example");
  str rest = {(const char *)data, size},
      line, *const fields[HEADERS] = {&q.cookie,          &q.authorization, &q.if_match, &q.if_none_match,  &q.idempotency_key,
                                      &q.accept_language, &q.csrf_token,    &q.origin,   &q.sec_fetch_site, &q.host,
                                      &q.last_event_id,   &q.remote};
  bool write = false;
  while (str_next(&rest, '\n', &line)) {
    if (!line.n) continue;
    unsigned which = (unsigned char)line.p[0] - 'a';
    if (which < HEADERS) *fields[which] = expand(value[which], str_sub(line, 1, line.n));
    if (line.p[0] == 'W') write = true;
    if (line.p[0] == 'G') q.path = S("/api/v1/deals");
  }
  if (write) {
    q.method = M_PATCH;
    q.method_text = S("PATCH");
    q.path = str_of(fuzz_user_path);
    q.content_type = S("application/json");
    q.body = S("{\"lang\":\"en\"}");
  }
  struct response r;
  fuzz_hub_ask(&q, &r);
  if (fuzz_planted() && q.authorization.n > 12 && str_starts(q.authorization, S("Bearer ")) && !write) r.status = 200;
  fuzz_feature(1, (unsigned)r.status * 4 + (unsigned)write * 2 + (q.cookie.n > 0));
  if (r.status < 400) {
    HOLDS(holds_secret(q.cookie, fuzz_session) || holds_secret(q.authorization, fuzz_session));
    HOLDS(!write || holds_secret(q.csrf_token, fuzz_csrf));
    HOLDS(!write || !q.origin.p || str_ends(q.origin, q.host));
  }
  buf_release(&r.body);
  return 0;
}
