// SPDX-License-Identifier: Apache-2.0
#include "base/csv.h"

#include <csv.h>
#include <stdlib.h>

#include "base/limits.h"

void csv_cell(struct buf *b, str s, bool last) {
  bool sign = s.n > 1 && (s.p[0] == '+' || s.p[0] == '-') && (s.p[1] < '0' || s.p[1] > '9');
  bool formula = s.n && (s.p[0] == '=' || s.p[0] == '@' || s.p[0] == '\t' || s.p[0] == '\r' || sign);
  buf_putc(b, '"');
  if (formula) buf_putc(b, '\'');
  for (size_t i = 0; i < s.n; i++) {
    if (s.p[i] == '"') buf_putc(b, '"');
    buf_putc(b, s.p[i]);
  }
  buf_put(b, last ? S("\"\r\n") : S("\","));
}

char csv_delimiter(str text) {
  static const char candidates[] = {',', ';', '\t'};
  size_t count[sizeof candidates] = {0}, best = 0;
  bool quoted = false, any = false;
  for (size_t i = 0; i < text.n; i++) {
    char c = text.p[i];
    if (c == '"') quoted = !quoted;
    if (!quoted && (c == '\n' || c == '\r') && any) break;
    any = any || (c != '\n' && c != '\r');
    for (size_t k = 0; k < sizeof candidates && !quoted; k++) count[k] += c == candidates[k];
  }
  for (size_t k = 1; k < sizeof candidates; k++)
    if (count[k] > count[best]) best = k;
  return candidates[best];
}

struct reading {
  csv_row_fn fn;
  void *arg;
  size_t max_cells;
  struct buf text;  // the row's cells, one behind the other
  size_t *ends;     // where each ends in it
  str *cells;
  struct csv_row row;
  bool too_long, row_done;
  enum err err;
};

static void on_cell(void *p, size_t n, void *arg) {
  struct reading *r = arg;
  struct csv_row *row = &r->row;
  if (n > LIMIT_CSV_CELL) r->too_long = true;
  if (row->n == r->max_cells) {
    row->beyond++;
    row->beyond_set = row->beyond_set || n > 0;
    return;
  }
  buf_put(&r->text, (str){p, n});
  r->ends[row->n++] = r->text.n;
}

static void on_row(int terminator, void *arg) {
  (void)terminator;
  struct reading *r = arg;
  r->row_done = true;
}

// Hands the row that just ended to the callback; the next one starts behind it.
static void row_end(struct reading *r, size_t to, int64_t next_line) {
  size_t from = 0;
  for (size_t i = 0; i < r->row.n; i++) {
    r->cells[i] = (str){r->text.p ? r->text.p + from : "", r->ends[i] - from};
    from = r->ends[i];
  }
  r->row.cells = r->cells;
  r->row.to = to;
  r->err = r->fn(&r->row, r->arg);
  r->row = (struct csv_row){.line = next_line, .from = to};
  r->row_done = false;
  buf_clear(&r->text);
}

// The library is fed a line at a time: so the bytes of each row are known.
static enum err feed(struct csv_parser *p, str text, struct reading *r, struct problem *pb) {
  int64_t line = 1;
  for (size_t i = 0, end; i < text.n && !r->err; i = end) {
    end = i;
    while (end < text.n && text.p[end] != '\n' && text.p[end] != '\r') end++;
    if (end < text.n) end += text.p[end] == '\r' && end + 1 < text.n && text.p[end + 1] == '\n' ? 2 : 1;
    bool bad = csv_parse(p, text.p + i, end - i, on_cell, on_row, r) != end - i;
    bad = bad || r->too_long || p->entry_pos > LIMIT_CSV_CELL;
    line++;
    if (bad) break;
    if (r->row_done) row_end(r, end, line);
    // An empty line before a row: the row starts behind it.
    else if (!r->row.n && !p->entry_pos && !p->quoted)
      r->row.line = line;
  }
  if (r->err) return r->err;
  bool bad = r->too_long || p->entry_pos > LIMIT_CSV_CELL || csv_error(p) || csv_fini(p, on_cell, on_row, r) || r->too_long;
  char at[24];
  if (bad) {
    (void)snprintf(at, sizeof at, "%lld", (long long)r->row.line);
    return problem_set1(pb, P_IMPORT_QUOTES, str_of(at));
  }
  if (r->row_done) row_end(r, text.n, line);
  return r->err;
}

enum err csv_read(str text, char delimiter, size_t max_cells, struct problem *pb, csv_row_fn fn, void *arg) {
  struct csv_parser p;
  if (csv_init(&p, CSV_STRICT | CSV_STRICT_FINI)) abort();
  csv_set_delim(&p, (unsigned char)delimiter);
  struct reading r = {.fn = fn, .arg = arg, .max_cells = max_cells, .text = BUF(max_cells * LIMIT_CSV_CELL), .row.line = 1};
  r.ends = calloc(max_cells, sizeof *r.ends);
  r.cells = calloc(max_cells, sizeof *r.cells);
  if (!r.ends || !r.cells) abort();
  enum err e = feed(&p, text, &r, pb);
  csv_free(&p);
  buf_release(&r.text);
  free(r.ends);
  free(r.cells);
  return e;
}
