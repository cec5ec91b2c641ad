// SPDX-License-Identifier: Apache-2.0
// Queries, filters, sort orders and cursors of lists: never a failure of the server, at most `limit` items, the same answer twice, and a
// cursor that no list gave is refused. Input: path below /api/v1 and query as on a request line; \x01 stands for a cursor that the list
// of deals gave. Planted: a cursor is taken although two characters follow it.
#include "base/json.h"
#include "base/limits.h"
#include "fuzz.h"
#include "fuzz_hub.h"

#include <stdio.h>
#include <stdlib.h>

static char given[2048];  // next of /deals?limit=2

static json_t *ask(str path, str query, int *ret_status) {
  char cookie[100];
  struct response r, twice;
  struct request q = fuzz_hub_get(path, query, cookie);
  fuzz_hub_ask(&q, &r);
  fuzz_hub_ask(&q, &twice);
  HOLDS(r.status == twice.status && str_eq(buf_str(&r.body), buf_str(&twice.body)));
  *ret_status = r.status;
  json_t *t = r.status == 200 && r.content_type && strcmp(r.content_type, "application/json") == 0
                ? json_loadb(r.body.p, r.body.n, JSON_REJECT_DUPLICATES, NULL)
                : NULL;
  if (r.status == 200 && strcmp(r.content_type, "application/json") == 0) HOLDS(t);
  buf_release(&r.body);
  buf_release(&twice.body);
  return t;
}

static void setup(void) {
  if (given[0]) return;
  fuzz_hub_open();
  int status;
  json_t *t = ask(S("/api/v1/deals"), S("limit=2"), &status);
  HOLDS(json_is_string(json_object_get(t, "next")));
  snprintf(given, sizeof given, "%s", json_string_value(json_object_get(t, "next")));
  json_decref(t);
}

// The plain text of the first member of this name, or STR_NULL where anything of the query is written in another way.
static str plain_member(str query, const char *name) {
  str pair, key, value;
  while (str_next(&query, '&', &pair)) {
    (void)str_cut(pair, '=', &key, &value);
    if (str_find(key, '%') >= 0 || str_find(key, '+') >= 0) return STR_NULL;
    if (!str_eqz(key, name)) continue;
    return str_find(value, '%') < 0 && str_find(value, '+') < 0 ? value : STR_NULL;
  }
  return STR_NULL;
}

static void check(str path, str query) {
  int status;
  json_t *t = ask(path, query, &status);
  const json_t *items = json_object_get(t, "items");
  fuzz_feature(1, (unsigned)(json_array_size(items) < 8 ? json_array_size(items) : 8));
  str limit = plain_member(query, "limit"), cursor = plain_member(query, "cursor");
  int64_t n = LIMIT_LIST;
  if (limit.n && str_to_int64(limit, &n)) HOLDS(!items || (int64_t)json_array_size(items) <= n);
  bool root = str_eqz(path, "/api/v1/deals");
  if (fuzz_planted() && root && cursor.n > 20 && cursor.n == strlen(given) + 2 && memcmp(cursor.p, given, 20) == 0) status = 200;
  // Sorted as when it was given, and not a search: only that list's own cursor opens its next page.
  if (root && status == 200 && cursor.n && !plain_member(query, "sort").p && str_find(query, '%') < 0 &&
      !plain_member(query, "q").n)
    HOLDS(str_eqz(cursor, given));
  json_decref(t);
}

// Only collections and records are asked: exports and events are other formats.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  setup();
  if (size > 4096) return 0;
  AUTO(buf_release) struct buf b = BUF(LIMIT_URL);
  buf_putz(&b, "/api/v1/");
  for (size_t i = 0; i < size; i++) {
    char c = (char)data[i];
    if (c == 1)
      buf_putz(&b, given);
    else
      buf_putc(&b, c > 0x20 && c < 0x7f && c != '#' && c != '\\' ? c : '.');
  }
  if (b.full) return 0;
  str path, query;
  (void)str_cut(buf_str(&b), '?', &path, &query);
  if (memmem(path.p, path.n, "events", 6)) return 0;
  check(path, query);
  return 0;
}
