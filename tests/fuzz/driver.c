// SPDX-License-Identifier: Apache-2.0
// Runs a fuzz target without libFuzzer, with any compiler.
//   fuzz_NAME CORPUS...                                   replays files and folders of files: one case each, TAP
//   fuzz_NAME --tries N [--seed S] [--dict FILE] [--last FILE] CORPUS...   then N mutated inputs
// Try n depends on the seed and the corpus only. --last FILE always holds the input being tried, whatever way the program dies.
#include "fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { INPUT_MAX = 64 * 1024, POOL_MAX = 4096, WORDS_MAX = 512 };
struct input {
  uint8_t *p;
  size_t n;
  char *name;
};
static struct input pool[POOL_MAX], words[WORDS_MAX];
static size_t n_pool, n_words;
static uint64_t state = 1;

static uint64_t chance(void) {  // splitmix64
  uint64_t z = (state += UINT64_C(0x9e3779b97f4a7c15));
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}
static size_t below(size_t n) { return n ? (size_t)(chance() % n) : 0; }

static void keep(struct input *list, size_t *n, size_t max, const uint8_t *p, size_t len, const char *name) {
  if (*n == max) return;
  struct input *in = &list[(*n)++];
  in->p = malloc(len + 1);
  in->n = len;
  in->name = name ? strdup(name) : NULL;
  if (!in->p) abort();
  memcpy(in->p, p, len);
}

// ---- reading corpus and dictionary

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void read_one(const char *path) {
  static uint8_t bytes[INPUT_MAX];
  FILE *f = fopen(path, "re");
  if (!f) return;
  size_t n = fread(bytes, 1, sizeof bytes, f);
  fclose(f);
  keep(pool, &n_pool, POOL_MAX, bytes, n, path);
}

static void read_corpus(const char *path) {
  DIR *d = opendir(path);
  if (!d) {
    read_one(path);
    return;
  }
  char *names[POOL_MAX];
  size_t n = 0;
  for (struct dirent *e; n < POOL_MAX && (e = readdir(d));) {
    char full[4096];
    if (e->d_name[0] == '.' || snprintf(full, sizeof full, "%s/%s", path, e->d_name) >= (int)sizeof full) continue;
    names[n++] = strdup(e->d_name);
  }
  closedir(d);
  qsort(names, n, sizeof *names, by_name);  // the order of a folder is the file system's: tries must not depend on it
  for (size_t i = 0; i < n; i++) {
    char full[4096];
    snprintf(full, sizeof full, "%s/%s", path, names[i]);
    read_one(full);
    free(names[i]);
  }
}

// libFuzzer's format: one "word" a line, with \xHH, \\ and \".
static void read_words(const char *path) {
  FILE *f = fopen(path, "re");
  char line[1024];
  while (f && fgets(line, sizeof line, f)) {
    uint8_t word[1024];
    size_t n = 0;
    char *p = strchr(line, '"');
    if (line[0] == '#' || !p) continue;
    for (p++; *p && *p != '"'; p++) {
      unsigned code = 0;
      if (*p == '\\' && p[1] == 'x' && sscanf(p + 2, "%2x", &code) == 1) {
        word[n++] = (uint8_t)code;
        p += 3;
      } else {
        if (*p == '\\' && p[1]) p++;
        word[n++] = (uint8_t)*p;
      }
    }
    keep(words, &n_words, WORDS_MAX, word, n, NULL);
  }
  if (f) fclose(f);
}

// ---- mutations

static uint8_t work[INPUT_MAX];
static size_t n_work;

static void replace(size_t at, size_t drop, const uint8_t *p, size_t n) {
  if (n_work - drop + n > INPUT_MAX) return;
  memmove(work + at + n, work + at + drop, n_work - at - drop);
  if (n) memmove(work + at, p, n);
  n_work = n_work - drop + n;
}

static void change_number(void) {
  static const char *const numbers[] = {
    "0",  "-1",         "1",          "9",  "00",   "1.5",   "1e9", "9223372036854775807", "9223372036854775808",
    "32", "2147483648", "4294967296", "-0", "0.10", "99999", "255", "-9223372036854775808"};
  size_t from = below(n_work), to;
  while (from < n_work && (work[from] < '0' || work[from] > '9')) from++;
  for (to = from; to < n_work && work[to] >= '0' && work[to] <= '9';) to++;
  const char *z = numbers[below(sizeof numbers / sizeof numbers[0])];
  if (to > from) replace(from, to - from, (const uint8_t *)z, strlen(z));
}

static void mutate_once(void) {
  static const uint8_t odd[] = {0,  1,  9,  10,  13,  32,  34,  39,   44,   47,   58,   59,  61,
                                91, 92, 93, 123, 125, 127, 128, 0xc3, 0xe4, 0xed, 0xf0, 0xff};
  uint8_t piece[64];
  size_t at = below(n_work + 1), n = n_work ? 1 + below(n_work - (at < n_work ? at : n_work - 1)) : 0;
  if (n > n_work - at) n = n_work - at;
  if (n > 32 && below(4)) n = 1 + below(32);
  switch (below(11)) {
  case 0:
    if (n_work) work[below(n_work)] ^= (uint8_t)(1u << below(8));
    break;
  case 1:
    if (n_work) work[below(n_work)] = odd[below(sizeof odd)];
    break;
  case 2: piece[0] = odd[below(sizeof odd)], replace(at, 0, piece, 1); break;
  case 3: replace(at, n, NULL, 0); break;
  case 4:
    n = n > sizeof piece ? sizeof piece : n;
    memcpy(piece, work + at, n);
    replace(below(n_work + 1), 0, piece, n);
    break;
  case 5: change_number(); break;
  case 6:
    for (n = 0; n < 1 + below(8); n++) piece[n] = (uint8_t)chance();
    replace(at, 0, piece, n);
    break;
  case 7: n_work = at; break;
  case 8: {
    const struct input *other = &pool[below(n_pool)];
    size_t from = below(other->n), take = other->n ? 1 + below(other->n - from) : 0;
    replace(at, n, other->p + from, take);
    break;
  }
  default:
    if (n_words) {
      const struct input *w = &words[below(n_words)];
      replace(at, below(2) ? (w->n < n_work - at ? w->n : n_work - at) : 0, w->p, w->n);
    }
  }
}

// ---- trying

static uint8_t *last;  // shared with the file, so that it survives any end

static void open_last(const char *path) {
  int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0 || ftruncate(fd, 8 + INPUT_MAX)) {
    fprintf(stderr, "%s: %s\n", path, strerror(errno));
    abort();
  }
  void *p = mmap(NULL, 8 + INPUT_MAX, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (p == MAP_FAILED) abort();
  last = p;
}

static void try_input(const uint8_t *p, size_t n) {
  if (last) {
    uint64_t size = n;
    memcpy(last, &size, sizeof size);
    memcpy(last + 8, p, n);
  }
  // A copy of exactly its size: a read one byte behind it is seen.
  uint8_t *copy = malloc(n ? n : 1);
  if (!copy) abort();
  memcpy(copy, p, n);
  (void)LLVMFuzzerTestOneInput(copy, n);
  free(copy);
}

int main(int argc, char **argv) {
  long tries = 0;
  for (int i = 1; i < argc; i++) {
    bool more = i + 1 < argc;
    if (more && strcmp(argv[i], "--tries") == 0)
      tries = strtol(argv[++i], NULL, 10);
    else if (more && strcmp(argv[i], "--seed") == 0)
      state = strtoull(argv[++i], NULL, 10);
    else if (more && strcmp(argv[i], "--dict") == 0)
      read_words(argv[++i]);
    else if (more && strcmp(argv[i], "--last") == 0)
      open_last(argv[++i]);
    else
      read_corpus(argv[i]);
  }
  const size_t given = n_pool;
  for (size_t i = 0; i < given; i++) {
    const char *slash = strrchr(pool[i].name, '/');
    try_input(pool[i].p, pool[i].n);
    if (!tries) printf("ok %zu - %s\n", i + 1, slash ? slash + 1 : pool[i].name);
  }
  if (!given) keep(pool, &n_pool, POOL_MAX, (const uint8_t *)"", 0, NULL);
  (void)fuzz_feature_new();
  for (long t = 0; t < tries; t++) {
    // The later half of the pool, what was found in this run, is tried as often as what was given.
    const struct input *from = &pool[below(2) || n_pool == given ? below(given ? given : 1) : given + below(n_pool - given)];
    memcpy(work, from->p, from->n);
    n_work = from->n;
    for (size_t k = 1 + below(6); k > 0; k--) mutate_once();
    try_input(work, n_work);
    if (fuzz_feature_new()) keep(pool, &n_pool, POOL_MAX, work, n_work, NULL);
  }
  if (!tries) printf("1..%zu\n", given);
  for (size_t i = 0; i < n_pool; i++) free(pool[i].p), free(pool[i].name);
  for (size_t i = 0; i < n_words; i++) free(words[i].p);
  return given || tries ? 0 : 1;
}
