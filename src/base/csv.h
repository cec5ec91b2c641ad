// SPDX-License-Identifier: Apache-2.0
// CSV (RFC 4180) in and out: reading behind strict bounds (libcsv), writing cells that no spreadsheet takes for a formula.
// Reading: quoted cells may hold line ends and separators; blanks around unquoted cells go; empty lines are no rows; line ends
// are CR LF, LF or CR. A row borrows its cells until the callback returns.
// Threading: no state of its own. Failure: enum err with the problem set; the callback's error ends the reading.
// Example: TRY(csv_read(text, ',', LIMIT_CSV_COLUMNS, &problem, on_row, &mine));
#ifndef ENTENTE_BASE_CSV_H
#define ENTENTE_BASE_CSV_H
#include "base/err.h"

// Writes one quoted cell and what follows it: a comma, or the line end after the last one. A cell that a spreadsheet would take for
// a formula gets a leading apostrophe (OWASP, CSV injection); a signed number is none.
void csv_cell(struct buf *b, str s, bool last);

struct csv_row {
  const str *cells;
  size_t n;         // cells kept: at most the maximum asked for
  size_t beyond;    // cells that were more
  bool beyond_set;  // one of them held something
  int64_t line;     // where the row starts, from 1
  size_t from, to;  // its bytes in the text, with the line end and empty lines in front
};
typedef enum err (*csv_row_fn)(const struct csv_row *row, void *arg);

// Calls `fn` for each row. P_IMPORT_QUOTES {line}: a quotation mark is out of place or not closed, or a cell is longer than
// LIMIT_CSV_CELL (what an unclosed quotation mark makes of the rest of a file).
MUST_USE enum err csv_read(str text, char delimiter, size_t max_cells, struct problem *pb, csv_row_fn fn, void *arg);
// The separator of a text by its first row: comma, semicolon or tab, whichever is there most; comma when none is.
char csv_delimiter(str text);
#endif
