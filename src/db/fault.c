// SPDX-License-Identifier: Apache-2.0
// Fault injection: every call that can reach the database counts, and the chosen one fails as a broken disk or a lost server would.
// From inside the process (db_fault_set) always compiled in: one relaxed atomic per call when off, and what is tested is what runs.
// From outside only in builds with sanitizers, which nobody serves with: ENTENTE_TEST_FAULTS names a file of 256 bytes that the tests
// write while the server runs. There only calls made for requests count, on whichever thread, so that clocks and jobs do not take
// the failure meant for a request.
#include "db/db_internal.h"
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#define FAULTS_FROM_OUTSIDE 1
#else
#define FAULTS_FROM_OUTSIDE 0
#endif

static atomic_int_fast64_t fault_at, fault_calls;
static _Thread_local bool for_request;

void db_fault_set(int64_t nth) {
  atomic_store(&fault_calls, 0);
  atomic_store(&fault_at, nth);
}

int64_t db_fault_count(void) { return atomic_load(&fault_calls); }

bool db_fault_mark(bool on) {
  bool before = for_request;
  for_request = on;
  return before;
}

bool db_fault_marked(void) { return for_request; }

#if FAULTS_FROM_OUTSIDE
enum { FAULT_FILE = 256, FAULT_WHAT = 216 };
struct fault_file {
  atomic_int_fast64_t at;       // written by the test: the call to fail, 0 none
  atomic_int_fast64_t calls;    // since the test wrote 0
  atomic_int_fast64_t fired;    // how often
  atomic_int_fast64_t commits;  // since the test wrote 0
  atomic_int_fast64_t after;    // commits before the call that failed
  char what[FAULT_WHAT];        // the call that failed: its SQL, or a name
};
_Static_assert(sizeof(struct fault_file) == FAULT_FILE, "the tests read it by position");
static struct fault_file *outside;

static void outside_open(void) {
  const char *name = getenv("ENTENTE_TEST_FAULTS");
  int fd = name && *name ? open(name, O_RDWR | O_CLOEXEC) : -1;
  if (fd < 0) return;
  void *p = mmap(NULL, FAULT_FILE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (p != MAP_FAILED) outside = p;
}

static bool outside_hit(const char *what) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  (void)pthread_once(&once, outside_open);
  if (!outside || !for_request) return false;
  if (atomic_fetch_add(&outside->calls, 1) + 1 != atomic_load(&outside->at)) {
    if (!strcmp(what, "commit")) atomic_fetch_add(&outside->commits, 1);
    return false;
  }
  atomic_store(&outside->after, atomic_load(&outside->commits));
  size_t n = strlen(what);
  memset(outside->what, 0, FAULT_WHAT);
  memcpy(outside->what, what, n < FAULT_WHAT ? n : FAULT_WHAT - 1);
  atomic_fetch_add(&outside->fired, 1);
  return true;
}
#else
static bool outside_hit(const char *what) { return (void)what, false; }
#endif

bool db_fault_hit(const char *what) {
  if (outside_hit(what)) return true;
  int64_t n = atomic_fetch_add_explicit(&fault_calls, 1, memory_order_relaxed) + 1;
  return n == atomic_load_explicit(&fault_at, memory_order_relaxed);
}
