// SPDX-License-Identifier: Apache-2.0
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool fuzz_planted(void) {
  static int known = -1;
  if (known < 0) {
    const char *v = getenv("ENTENTE_FUZZ_PLANT");
    known = v && strcmp(v, "1") == 0;
  }
  return known;
}

static unsigned char seen[8192];
static bool fresh;

void fuzz_feature(unsigned kind, unsigned value) {
  unsigned h = (kind * 2654435761u) ^ (value * 2246822519u);
  h = (h ^ (h >> 15)) & 0xffff;
  if (seen[h >> 3] & (1u << (h & 7))) return;
  seen[h >> 3] |= (unsigned char)(1u << (h & 7));
  fresh = true;
}

bool fuzz_feature_new(void) {
  bool was = fresh;
  fresh = false;
  return was;
}

void fuzz_broken(const char *file, int line, const char *what) {
  fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
  abort();
}
