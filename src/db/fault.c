// SPDX-License-Identifier: Apache-2.0
// Fault injection: every call that can reach the database counts, and the chosen one fails as a broken disk or a lost server would.
// Always compiled in: one relaxed atomic read per call when off, and what is tested is what runs.
#include "db/db_internal.h"

static atomic_int_fast64_t fault_at, fault_calls;

void db_fault_set(int64_t nth) {
  atomic_store(&fault_calls, 0);
  atomic_store(&fault_at, nth);
}

int64_t db_fault_count(void) { return atomic_load(&fault_calls); }

bool db_fault_hit(void) {
  int64_t n = atomic_fetch_add_explicit(&fault_calls, 1, memory_order_relaxed) + 1;
  return n == atomic_load_explicit(&fault_at, memory_order_relaxed);
}
