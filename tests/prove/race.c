// SPDX-License-Identifier: Apache-2.0
// Two threads, one counter, no lock: under the thread sanitizer this program must not end well, else that build sees no races and the
// steps unit-tsan, api-tsan and load-tsan of `make check` prove nothing.
#include <pthread.h>
#include <stdio.h>

static int counter;

static void *count(void *arg) {
  (void)arg;
  for (int i = 0; i < 100000; i++) counter++;
  return NULL;
}

int main(void) {
  pthread_t one, two;
  if (pthread_create(&one, NULL, count, NULL) || pthread_create(&two, NULL, count, NULL)) return 2;
  pthread_join(one, NULL);
  pthread_join(two, NULL);
  printf("%d\n", counter);
  return 0;
}
