// SPDX-License-Identifier: Apache-2.0
// Import of customers, products and orders from CSV (X1): a mapping proposed from the header, a dry run, the run in chunks, undo.
// A file becomes an `import_job` record and chunks of whole rows. Each chunk is one transaction that writes the records through trust,
// notes what became of each row, and advances the import: what was interrupted goes on where it stopped, on any server of the hub.
// read = created + updated + unchanged + skipped + failed, always. A record is changed at most once by an import, so that undo can compare.
// Duplicates: by the id in the other system; else domain, tax number, or name (legal form off) and city, unless both sides carry
// different ids. A later row of the file that means the same record leaves it alone and is skipped.
// Threading: an import_work belongs to one thread. Failure: enum err with the problem set; nothing of the chunk is kept.
// Example: import_read(...), db_tx_run(import_create), db_tx_run(import_start), then import_tick() by the server or import_work_step().
#ifndef ENTENTE_FLOWS_IMPORT_H
#define ENTENTE_FLOWS_IMPORT_H
#include "flows/flow.h"

enum {
  IMPORT_CHUNK_ROWS = 400,  // rows a transaction: some 20 ms of the writer on SQLite
  IMPORT_PREVIEW_ROWS = 5,
  IMPORT_SAMPLE = 20,           // errors shown with the import; all are in errors.csv
  IMPORT_CONFLICTS = 50,        // changed records listed with a refused undo
  IMPORT_CHECK_ERRORS = 10000,  // errors of a dry run that are kept
};

// ---- the file

struct import_upload;  // a file taken apart, in the arena
// kind: "accounts", "products" or "orders". The text may start with a byte order mark.
MUST_USE enum err import_read(str kind, str filename, str text, struct arena *a, struct problem *pb, struct import_upload **ret);
MUST_USE enum err import_create(struct ctx *x, const struct import_upload *u, id64 *ret);

// ---- the import

struct import_counts {
  int64_t read, created, updated, unchanged, skipped, failed;
};
// {"Column": "field" | null}; columns left out keep theirs. While uploaded or checked.
MUST_USE enum err import_map(struct ctx *x, const struct rec *job, json_t *mapping);
// Dry run: reads only. The result is stored by import_check_store in a transaction of its own.
struct import_failure {
  int64_t row;
  enum problem_code code;
  str column, args[2];
};
struct import_verdict {
  struct import_counts counts;
  struct import_failure *failures;  // the first IMPORT_CHECK_ERRORS
  size_t n_failures;
};
MUST_USE enum err import_check(struct ctx *x, const struct rec *job, struct import_verdict *ret);
MUST_USE enum err import_check_store(struct ctx *x, const struct rec *job, const struct import_verdict *v);
// Queues the run. held_for: microseconds for which others leave the job to the caller (0: a server takes it up at once).
MUST_USE enum err import_start(struct ctx *x, const struct rec *job, int64_t held_for);

struct import_conflict {
  const struct entity *e;
  id64 id;
  int64_t row;
  str name;
};
// Records that the import made or changed and somebody changed (or built upon) since; at most `limit` are listed, *ret_all is their number.
MUST_USE enum err import_conflicts(struct ctx *x, const struct rec *job, size_t limit, struct import_conflict **ret,
                                   size_t *ret_n, int64_t *ret_all);
// Keeps the list of a refused undo with the import, for whoever looks at it next.
MUST_USE enum err import_conflicts_store(struct ctx *x, const struct rec *job, const struct import_conflict *c, size_t n);
// Queues the undo. By the person who started the import, or a manager. The caller looked for conflicts; those that appear
// meanwhile keep their record, and the import's message says how many.
MUST_USE enum err import_undo_start(struct ctx *x, const struct rec *job, int64_t held_for);

// ---- at work

struct import_work;
MUST_USE enum err import_work_open(struct db *db, struct db_conn *read, id64 import, struct import_work **ret);
void import_work_close(struct import_work *w);
// The next chunk of the run or undo. ERR_OK with *ret_more false: the import is done (or somebody else does it).
MUST_USE enum err import_work_step(struct import_work *w, bool *ret_more);
// What is due, for about a fifth of a second. *ret_busy: there is more. For the clocks of the server.
MUST_USE enum err import_tick(struct db *db, struct db_conn *read, bool *ret_busy);

// ---- looking

// Members of an open object: header, mapping, preview, fields, counts, progress, errors_sample, conflicts.
MUST_USE enum err import_write(struct ctx *x, const struct rec *job, struct jw *w);
MUST_USE enum err import_counts_now(struct ctx *x, const struct rec *job, struct import_counts *ret, int64_t *ret_total);
// The header, "row" and "reason", then the failed rows with their cells as they were.
MUST_USE enum err import_errors_csv(struct ctx *x, const struct rec *job, struct buf *out);
#endif
