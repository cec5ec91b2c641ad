// SPDX-License-Identifier: Apache-2.0
// What the files of the import share. Reading order: import_file.c (a file taken apart) -> import_map.c (columns to fields) ->
// import_cells.c (rows to records) -> import_match.c (which record a row means) -> import_run.c (chunks, check, run) ->
// import_undo.c -> import_rows.c (what became of rows) -> import.c (the import as people see it).
#ifndef ENTENTE_FLOWS_IMPORT_INTERNAL_H
#define ENTENTE_FLOWS_IMPORT_INTERNAL_H
#include "base/csv.h"
#include "base/hash.h"
#include "flows/import.h"

enum { IMPORT_FIELDS_MAX = 96, IMPORT_COLUMN_CHARS = 120 };

// ---- import_map.c: what a column may fill

enum import_part { PART_MAIN, PART_CONTACT, PART_ACCOUNT, PART_PRODUCT, PART_CURRENCY };
struct import_field {
  char name[64];  // "city", "contact.name", "account.external_id", "currency"
  enum import_part part;
  const struct entity *e;  // NULL: currency
  int field;
  bool required;
};
struct import_kind {
  const char *path;  // "accounts"
  const struct entity *e;
  int nfields;
  struct import_field fields[IMPORT_FIELDS_MAX];
};
const struct import_kind *import_kind_find(str path, struct arena *a);  // NULL: nothing of ours
int import_field_find(const struct import_kind *k, str name);           // -1
str import_field_label(const struct import_kind *k, int f, enum lang l, struct arena *a);
// The field each column most probably means, each field once; -1: none.
void import_propose(const struct import_kind *k, const str *header, size_t n, int *ret_field);
str import_mapping_text(const struct import_kind *k, const str *header, size_t n, const int *field, struct arena *a);
// Reads {"column": "field"|null} over `field`. P_UNKNOWN_FIELD, P_DUPLICATE with pointers below /mapping.
MUST_USE enum err import_mapping_read(const struct import_kind *k, const str *header, size_t n, json_t *mapping,
                                      struct problem *pb, struct arena *a, int *field);
// P_IMPORT_HEADER: a required field has no column.
MUST_USE enum err import_mapping_complete(const struct import_kind *k, const int *field, size_t n, enum lang l,
                                          struct problem *pb, struct arena *a);

// ---- import_file.c

struct import_slice {
  int64_t first_row, rows;
  str body;
};
struct import_upload {
  const struct import_kind *kind;
  str filename;
  char delimiter;
  str *header;
  size_t ncolumns;
  int *field;
  char *dates;  // how "03/04/2026" is read in each column: '-' no such date, 'd' day first, 'm' month first, '?' unknown
  str preview[IMPORT_PREVIEW_ROWS][LIMIT_CSV_COLUMNS];
  size_t npreview;
  struct import_slice *slices;
  size_t nslices, capslices;
  int64_t rows;
  hash digest;
};

// ---- import_rows.c: the tables of an import

struct import_file {
  id64 import;
  const struct import_kind *kind;
  char delimiter;
  str *header;
  size_t ncolumns;
  int *field;
  str dates, preview, conflicts;
  int64_t rows, chunks, next_chunk, undo_chunk;
  struct import_counts counts;
};
MUST_USE enum err import_file_load(struct ctx *x, const struct rec *job, struct import_file *ret);
MUST_USE enum err import_chunk_load(struct db_conn *c, id64 import, int64_t chunk, struct arena *a, struct import_slice *ret);

// After the run only what errors.csv needs is kept of the file: the rest is personal data that nobody asks for again.
MUST_USE enum err import_chunks_trim(struct ctx *x, id64 import);

struct import_note {  // one row of import_row
  int64_t row;
  int part;
  const char *action;
  const struct entity *e;
  id64 record;
  str before;
  hash after;
  bool has_after;
  enum problem_code code;
  str column, args[2];
};
MUST_USE enum err import_notes_write(struct ctx *x, id64 import, const struct import_note *n, size_t count);
MUST_USE enum err import_notes_clear(struct ctx *x, id64 import);
str import_args_pack(struct arena *a, const str args[2]);
void import_args_unpack(str packed, struct arena *a, str ret[2]);

// ---- import_cells.c: rows of a chunk as records

enum import_action { ACT_NONE, ACT_CREATE, ACT_UPDATE, ACT_UNCHANGED };
struct import_item {  // what happens to one record
  enum import_action act;
  struct rec *given;  // values of the row
  uint64_t mask;      // which of them the row gives
  const struct rec *before;
  struct rec *after;
};
enum import_outcome { OUT_CREATED, OUT_UPDATED, OUT_UNCHANGED, OUT_SKIPPED, OUT_FAILED };
struct import_row {
  int64_t row;             // as a spreadsheet counts: the header is row 1
  enum problem_code code;  // failed, or why it was skipped
  str column, args[2];
  struct import_item main, contact;  // contact.given NULL: none
  str account_id, account_name, product_id, product_sku;
  bool ready;  // the cells are good: what follows is decided by import_plan, again each time
  enum import_outcome outcome;
};
struct import_reader {  // settings of the rows of one import, and what was found out so far
  const struct import_file *file;
  currency cur;
  id64 company, user;
  struct arena *arena;  // of the memo: as long as the import is at work
  struct memo *memo;    // by column: words and yes/no are folded and compared once
};
MUST_USE enum err import_rows_decode(struct import_reader *r, const struct import_slice *s, struct arena *a, struct problem *pb,
                                     struct import_row **ret, size_t *ret_n);
void import_row_fail(struct import_row *r, enum problem_code code, str column, const str args[2]);
char import_date_order(char known, str cell);  // what a cell tells of its column's dates; import_file.c gathers

// ---- import_match.c: which records the rows mean

struct smap {  // text to pointer, open addressing; grows in its arena
  struct arena *a;
  struct smap_slot *slots;
  size_t cap, n;
};
void *smap_get(const struct smap *m, str key);
void smap_put(struct smap *m, str key, void *value);  // the key is copied

// `keep`: a dry run, where records that earlier rows would make exist nowhere but here.
struct import_planner {
  struct ctx *x;
  const struct import_file *file;
  struct arena *arena;  // of keys: of the chunk, or as long as the dry run
  bool keep;
  struct smap stored, found, fresh, touched;
};
void import_planner_init(struct import_planner *p, struct ctx *x, const struct import_file *f, struct arena *a, bool keep);
// Decides about each row, in order. Memory of what it decides: x->arena.
MUST_USE enum err import_plan(struct import_planner *p, struct import_row *rows, size_t n);

// ---- import_run.c, import_undo.c

MUST_USE enum err import_reader_init(struct ctx *x, const struct import_file *f, struct import_reader *ret);
MUST_USE enum err import_undo_chunk(struct ctx *x, const struct rec *job, const struct import_file *f);
// The job's record, changed: counts from the tables, state and message. Every change is an event for those who watch.
MUST_USE enum err import_job_put(struct ctx *x, const struct rec *job, int state, const struct import_counts *c, str message);
MUST_USE enum err import_task_put(struct ctx *x, id64 import, const char *kind, int64_t held_for);
MUST_USE enum err import_task_hold(struct ctx *x, id64 import, int64_t held_for);
MUST_USE enum err import_task_drop(struct ctx *x, id64 import);
#endif
