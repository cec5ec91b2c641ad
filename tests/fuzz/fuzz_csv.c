// SPDX-License-Identifier: Apache-2.0
// CSV in and out: rows cover the text in order, the bytes of a row read alone are that row, what csv_cell writes is read back.
// Planted: a reader that drops the last character of cells that end in an apostrophe.
#include "base/csv.h"
#include "base/limits.h"
#include "fuzz.h"

enum { CELLS = 24 };
struct rows {
  struct arena a;
  str text;
  size_t max, count, to;
  int64_t line;
  bool alone;  // only the first row is looked at
  str cell[CELLS];
  size_t n, beyond;
};

static str plant(str cell) {
  bool hit = fuzz_planted() && cell.n > 1 && cell.p[cell.n - 1] == '\'';
  return hit ? str_sub(cell, 0, cell.n - 1) : cell;
}

static enum err on_row(const struct csv_row *row, void *arg) {
  struct rows *r = arg;
  HOLDS(row->n <= r->max && (row->n > 0));
  HOLDS(row->from >= r->to && row->from < row->to && row->to <= r->text.n);
  HOLDS(row->line > r->line);
  HOLDS(!row->beyond_set || row->beyond > 0);
  r->to = row->to;
  r->line = row->line;
  r->n = row->n < CELLS ? row->n : CELLS;
  r->beyond = row->beyond;
  for (size_t i = 0; i < r->n; i++) r->cell[i] = arena_str(&r->a, plant(row->cells[i]));
  r->count++;
  return ERR_OK;
}

struct outer {
  struct rows r;
  char delimiter;
};

// Each row again from its own bytes.
static enum err on_outer(const struct csv_row *row, void *arg) {
  struct outer *o = arg;
  struct rows one = {.text = str_sub(o->r.text, row->from, row->to - row->from), .max = o->r.max};
  TRY(on_row(row, &o->r));
  if (o->r.count <= 8) {
    HOLDS(csv_read(one.text, o->delimiter, one.max, NULL, on_row, &one) == ERR_OK);
    HOLDS(one.count == 1 && one.n == o->r.n && one.beyond == row->beyond);
    for (size_t i = 0; i < one.n; i++) HOLDS(str_eq(one.cell[i], o->r.cell[i]));
  }
  arena_release(&one.a);
  return ERR_OK;
}

static void check_read(str text, char delimiter, size_t max) {
  struct outer o = {.r = {.text = text, .max = max}, .delimiter = delimiter};
  struct problem pb = {.arena = &o.r.a};
  enum err e = csv_read(text, delimiter, max, &pb, on_outer, &o);
  fuzz_feature(1, (unsigned)pb.code * 64 + (unsigned)(o.r.count < 8 ? o.r.count : 8) * 8 + (unsigned)(o.r.n < 8 ? o.r.n : 7));
  HOLDS((e == ERR_OK) == (pb.code == P_NONE));
  arena_release(&o.r.a);
}

// The text cut at 0x1f into cells, written as one row and read back. A formula gets its apostrophe, nothing else changes.
static void check_round_trip(str text) {
  AUTO(buf_release) struct buf b = BUF(4 << 20);
  str cells[CELLS], rest = text;
  size_t n = 0;
  while (n < CELLS && str_next(&rest, '\x1f', &cells[n])) {
    if (cells[n].n > LIMIT_CSV_CELL / 4 || memchr(cells[n].p, 0, cells[n].n)) return;
    n++;
  }
  if (!n) return;
  for (size_t i = 0; i < n; i++) csv_cell(&b, cells[i], i + 1 == n);
  struct rows r = {.text = buf_str(&b), .max = CELLS};
  HOLDS(csv_read(buf_str(&b), ',', CELLS, NULL, on_row, &r) == ERR_OK);
  HOLDS(r.count == 1 && r.n == n);
  for (size_t i = 0; i < n; i++) {
    bool quoted = r.cell[i].n == cells[i].n + 1 && r.cell[i].p[0] == '\'';
    fuzz_feature(2, quoted);
    HOLDS(str_eq(quoted ? str_sub(r.cell[i], 1, cells[i].n) : r.cell[i], cells[i]));
    HOLDS(!r.cell[i].n || !strchr("=@\t\r", r.cell[i].p[0]));
  }
  arena_release(&r.a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  str text = {(const char *)data, size};
  char d = csv_delimiter(text);
  HOLDS(d == ',' || d == ';' || d == '\t');
  check_read(text, d, LIMIT_CSV_COLUMNS);
  check_read(text, ',', 3);
  check_round_trip(text);
  return 0;
}
