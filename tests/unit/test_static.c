// SPDX-License-Identifier: Apache-2.0
// The embedded client: which path gets which file, how it is cached and packed. The table here takes the place of the built one.
#include "unit.h"

#include "http/assets.h"
#include "http/http_internal.h"

static const unsigned char script[] = "console.log(1)", packed[] = "\x1f\x8b packed", page[] = "<!doctype html>";
const struct asset assets[] = {
  {"/assets/app.0123ABCD.js", "text/javascript; charset=utf-8", "\"aa\"", script, 14, packed, 9, true},
  {"/icon.svg", "image/svg+xml", "\"bb\"", page, 4, NULL, 0, false},
  {"/index.html", "text/html; charset=utf-8", "\"cc\"", page, 15, NULL, 0, false},
};
const size_t assets_count = 3;

static struct exchange get(const char *path) {
  struct exchange x = {0};
  x.req.method = M_GET;
  x.req.method_text = S("GET");
  x.req.path = str_of(path);
  x.resp.body = BUF(4000);
  http_static(&x);
  return x;
}

static void gives_the_file(void **state) {
  (void)state;
  struct exchange x = get("/assets/app.0123ABCD.js");
  assert_int_equal(x.resp.status, 200);
  assert_str(x.resp.asset, "console.log(1)");
  assert_string_equal(x.resp.content_type, "text/javascript; charset=utf-8");
  assert_string_equal(x.resp.cache_control, "public, max-age=31536000, immutable");
  assert_string_equal(x.resp.etag, "\"aa\"");
  assert_string_equal(x.vary, "Accept-Encoding");
  assert_null(x.content_encoding);
}

static void a_place_in_the_client_is_the_page(void **state) {
  (void)state;
  static const char *const places[] = {"/", "/deals", "/deals/deal_01h8", "/index.html", "/v1.2/deals"};
  for (size_t i = 0; i < ARRAY_LEN(places); i++) {
    struct exchange x = get(places[i]);
    assert_int_equal(x.resp.status, 200);
    assert_str(x.resp.asset, "<!doctype html>");
    assert_string_equal(x.resp.cache_control, "no-cache");
  }
}

static void a_missing_file_is_missing(void **state) {
  (void)state;
  static const char *const paths[] = {"/assets/app.js", "/favicon.ico", "/icon.svgz", "/deals/x.y"};
  for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
    struct exchange x = get(paths[i]);
    assert_int_equal(x.resp.status, 404);
    assert_int_equal(x.resp.asset.n, 0);
    buf_release(&x.resp.body);
  }
}

static void the_api_is_not_the_client(void **state) {
  (void)state;
  assert_false(http_static_path(S("/api/v1/deals")));
  assert_false(http_static_path(S("/api")));
  assert_true(http_static_path(S("/apis")));
  assert_true(http_static_path(S("/")));
}

static void packs_for_who_accepts_it(void **state) {
  (void)state;
  struct exchange x = {.accept_encoding = S("br, gzip;q=0.5")};
  x.req.method = M_GET;
  x.req.path = S("/assets/app.0123ABCD.js");
  http_static(&x);
  assert_string_equal(x.content_encoding, "gzip");
  assert_string_equal(x.resp.etag, "\"aaz\"");
  assert_int_equal(x.resp.asset.n, 9);
  assert_true(http_accepts_gzip(S("deflate,gzip")));
  assert_false(http_accepts_gzip(S("gzip;q=0")));
  assert_false(http_accepts_gzip(S("gzip; q=0.000")));
  assert_false(http_accepts_gzip(S("br, xgzip")));
  assert_false(http_accepts_gzip(S("")));
}

static void says_not_modified(void **state) {
  (void)state;
  static const char *const known[] = {"\"cc\"", "\"x\", \"cc\"", "W/\"cc\"", "*"};
  for (size_t i = 0; i < ARRAY_LEN(known); i++) {
    struct exchange x = {0};
    x.req.method = M_GET;
    x.req.path = S("/");
    x.req.if_none_match = str_of(known[i]);
    http_static(&x);
    assert_int_equal(x.resp.status, 304);
    assert_string_equal(x.resp.etag, "\"cc\"");
  }
}

static void reads_only(void **state) {
  (void)state;
  struct exchange x = {0};
  x.req.method = M_POST;
  x.req.method_text = S("POST");
  x.req.path = S("/");
  x.resp.body = BUF(4000);
  http_static(&x);
  assert_int_equal(x.resp.status, 405);
  assert_string_equal(x.resp.allow, "GET, HEAD");
  buf_release(&x.resp.body);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(gives_the_file),
    cmocka_unit_test(a_place_in_the_client_is_the_page),
    cmocka_unit_test(a_missing_file_is_missing),
    cmocka_unit_test(the_api_is_not_the_client),
    cmocka_unit_test(packs_for_who_accepts_it),
    cmocka_unit_test(says_not_modified),
    cmocka_unit_test(reads_only),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
