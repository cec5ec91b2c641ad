// SPDX-License-Identifier: Apache-2.0
// Tests own the clock: ENTENTE_TEST_CLOCK names a file with an RFC 3339 time; the program's clock stands there and follows the file.
// The server says so in its log at every start, since deadlines and signatures of such a hub mean nothing.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "cli/cli.h"

static const char *clock_file;

static bool follow(void) {
  char line[64];
  utime t;
  FILE *f = fopen(clock_file, "r");
  if (!f) return false;
  bool ok = fgets(line, sizeof line, f) != NULL && time_parse(str_trim(str_of(line)), &t);
  fclose(f);
  if (ok && clock_now() != t) clock_set(t);
  return ok;
}

static void *follow_main(void *arg) {
  (void)arg;
  for (;;) {
    struct timespec pause = {0, 5 * 1000 * 1000};
    nanosleep(&pause, NULL);
    follow();
  }
  return NULL;
}

bool cli_test_clock(void) {
  pthread_t t;
  clock_file = getenv("ENTENTE_TEST_CLOCK");
  if (!clock_file || !*clock_file || !follow()) return false;
  if (pthread_create(&t, NULL, follow_main, NULL) == 0) pthread_detach(t);
  return true;
}
