// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "unit.h"

static char caught[40000];
static int pipe_ends[2], real_stderr;

static void catch_stderr(void) {
  assert_int_equal(pipe(pipe_ends), 0);
  real_stderr = dup(STDERR_FILENO);
  dup2(pipe_ends[1], STDERR_FILENO);
}

// What was logged since catch_stderr, as C string.
static str release_stderr(void) {
  dup2(real_stderr, STDERR_FILENO);
  close(real_stderr);
  close(pipe_ends[1]);
  size_t n = 0;
  for (ssize_t got; (got = read(pipe_ends[0], caught + n, sizeof caught - n)) > 0;) n += (size_t)got;
  close(pipe_ends[0]);
  return (str){caught, n};
}

static void writes_one_object_a_line(void **state) {
  (void)state;
  utime t;
  assert_true(time_parse(S("2026-11-22T09:30:00Z"), &t));
  clock_set(t);
  catch_stderr();
  log_event(LOG_INFO, "request", "method", "GET", "path", "/a\"\n\xff\x01 王", "none", NULL, NULL);
  log_event(LOG_DEBUG, "quiet", NULL);
  log_set_level(LOG_DEBUG);
  log_event(LOG_DEBUG, "loud", NULL);
  log_set_level(LOG_INFO);
  str out = release_stderr();
  clock_set(0);
  assert_str(out, "{\"time\":\"2026-11-22T09:30:00Z\",\"level\":\"info\",\"event\":\"request\",\"method\":\"GET\","
                  "\"path\":\"/a\\\"\\n?\\u0001 王\",\"none\":\"null\"}\n"
                  "{\"time\":\"2026-11-22T09:30:00Z\",\"level\":\"debug\",\"event\":\"loud\"}\n");
}

// However long the values are, a line is whole and bounded.
static void bounds_a_line(void **state) {
  (void)state;
  static char big[3001];
  for (size_t i = 0; i < sizeof big - 1; i++) big[i] = i % 2 ? '\x01' : 'x';
  catch_stderr();
  log_event(LOG_ERROR, big, "a", big, "b", big, "c", big, "d", big, "e", big, "f", big, "last", "small", NULL);
  str out = release_stderr(), line;
  assert_true(out.n > 4000 && out.n <= 8192);
  assert_true(str_next(&out, '\n', &line));
  assert_str(out, "");
  AUTO(json_release) json_t *t = NULL;
  assert_int_equal(json_read(line, NULL, &t), ERR_OK);
  assert_int_equal(json_string_length(json_object_get(t, "a")), 1000);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(writes_one_object_a_line),
    cmocka_unit_test(bounds_a_line),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
