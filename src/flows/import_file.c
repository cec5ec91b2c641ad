// SPDX-License-Identifier: Apache-2.0
// A file taken apart, before anything is stored: encoding, separator, header, slices of whole rows.
#include <stdio.h>

#include "base/utf8.h"
#include "flows/import_internal.h"

struct taking {
  struct import_upload *u;
  struct arena *a;
  struct problem *pb;
  str text;
  size_t slice_from;
};

static str number(struct arena *a, int64_t n) { return arena_fmt(a, "%lld", (long long)n); }

// ---- dates whose order only the whole column tells

static bool slash_date(str s, int part[3]) {
  int n = 0, digits = 0;
  part[0] = part[1] = part[2] = 0;
  for (size_t i = 0; i < s.n; i++) {
    if (s.p[i] == '/' && n < 2 && digits >= 1 && digits <= 2) {
      n++;
      digits = 0;
    } else if (s.p[i] >= '0' && s.p[i] <= '9' && digits < 4) {
      part[n] = part[n] * 10 + (s.p[i] - '0');
      digits++;
    } else {
      return false;
    }
  }
  return n == 2 && digits == 4;
}

char import_date_order(char known, str cell) {
  int part[3];
  if (!slash_date(str_trim(cell), part)) return known;
  char says = part[0] > 12 ? 'd' : part[1] > 12 ? 'm' : '?';
  if (known == '-' || known == '?') return says;
  return says == '?' || says == known ? known : 'x';
}

// ---- the header

// One line of text without control characters, at most IMPORT_COLUMN_CHARS characters.
static str column_name(struct arena *a, str cell) {
  AUTO(buf_release) struct buf b = BUF(LIMIT_CSV_CELL + 1);
  cell = str_trim(cell);
  size_t chars = 0;
  for (size_t i = 0; i < cell.n; i++) {
    bool begins = ((unsigned char)cell.p[i] & 0xC0) != 0x80;
    if (begins && chars++ == IMPORT_COLUMN_CHARS) break;
    buf_putc(&b, (unsigned char)cell.p[i] < 0x20 || cell.p[i] == 0x7f ? ' ' : cell.p[i]);
  }
  if (utf8_has_control(buf_str(&b), false)) return S("");
  return arena_str(a, str_trim(buf_str(&b)));
}

static bool has_name(const struct import_upload *u, size_t n, str name) {
  for (size_t c = 0; c < n; c++)
    if (str_eq(u->header[c], name)) return true;
  return false;
}

// Names are unique afterwards, for the mapping goes by name: "Phone", "Phone (2)"; a column without one is "#7".
static void take_header(struct taking *t, const struct csv_row *row) {
  struct import_upload *u = t->u;
  u->ncolumns = row->n;
  u->header = NEW_ARRAY(t->a, row->n, str);
  u->field = NEW_ARRAY(t->a, row->n, int);
  u->dates = arena_alloc(t->a, row->n + 1);
  for (size_t c = 0; c < row->n; c++) {
    str base = column_name(t->a, row->cells[c]);
    if (!base.n) base = arena_fmt(t->a, "#%zu", c + 1);
    u->header[c] = base;
    for (int k = 2; has_name(u, c, u->header[c]); k++) u->header[c] = arena_fmt(t->a, "%.*s (%d)", STR_ARG(base), k);
    u->dates[c] = '-';
  }
  import_propose(u->kind, u->header, u->ncolumns, u->field);
}

// ---- rows

static struct import_slice *slice_for_row(struct taking *t, const struct csv_row *row) {
  struct import_upload *u = t->u;
  if (u->nslices && u->slices[u->nslices - 1].rows < IMPORT_CHUNK_ROWS) return &u->slices[u->nslices - 1];
  if (u->nslices == u->capslices) {
    size_t cap = u->capslices ? u->capslices * 2 : 16;
    struct import_slice *grown = NEW_ARRAY(t->a, cap, struct import_slice);
    if (u->nslices) memcpy(grown, u->slices, u->nslices * sizeof *grown);
    u->slices = grown;
    u->capslices = cap;
  }
  t->slice_from = row->from;
  u->slices[u->nslices] =
    (struct import_slice){.first_row = u->rows + 1};  // the header is row 1; u->rows counts this one already
  return &u->slices[u->nslices++];
}

static void take_preview(struct taking *t, const struct csv_row *row) {
  struct import_upload *u = t->u;
  for (size_t c = 0; c < u->ncolumns; c++) {
    str cell = c < row->n ? row->cells[c] : S("");
    while (cell.n > LIMIT_TEXT || (cell.n && cell.n < row->cells[c].n && ((unsigned char)row->cells[c].p[cell.n] & 0xC0) == 0x80))
      cell.n--;
    u->preview[u->npreview][c] = arena_str(t->a, cell);
  }
  u->npreview++;
}

static enum err take_row(const struct csv_row *row, void *arg) {
  struct taking *t = arg;
  struct import_upload *u = t->u;
  if (!u->header) {
    if (row->beyond) return problem_set1(t->pb, P_IMPORT_COLUMNS, number(t->a, LIMIT_CSV_COLUMNS));
    take_header(t, row);
    return ERR_OK;
  }
  if (++u->rows > LIMIT_IMPORT_ROWS) return problem_set1(t->pb, P_IMPORT_ROWS, number(t->a, LIMIT_IMPORT_ROWS));
  struct import_slice *s = slice_for_row(t, row);
  s->rows++;
  s->body = str_sub(t->text, t->slice_from, row->to - t->slice_from);
  for (size_t c = 0; c < row->n && c < u->ncolumns; c++) u->dates[c] = import_date_order(u->dates[c], row->cells[c]);
  if (u->npreview < IMPORT_PREVIEW_ROWS) take_preview(t, row);
  return ERR_OK;
}

static int64_t line_at(str text, size_t offset) {
  int64_t line = 1;
  for (size_t i = 0; i < offset && i < text.n; i++) line += text.p[i] == '\n';
  return line;
}

// A text that is no UTF-8, or one with NUL bytes (UTF-16 that happens to be valid), names the line of its first bad byte.
static enum err check_encoding(str text, struct arena *a, struct problem *pb) {
  ptrdiff_t bad = utf8_bad_offset(text), nul = str_find(text, 0);
  if (bad < 0 || (nul >= 0 && nul < bad)) bad = nul;
  return bad < 0 ? ERR_OK : problem_set1(pb, P_IMPORT_ENCODING, number(a, line_at(text, (size_t)bad)));
}

static str base_name(str path) {
  for (ptrdiff_t i; (i = str_find(path, '/')) >= 0 || (i = str_find(path, '\\')) >= 0;)
    path = str_sub(path, (size_t)i + 1, path.n);
  return path;
}

enum err import_read(str kind, str filename, str text, struct arena *a, struct problem *pb, struct import_upload **ret) {
  struct import_upload *u = NEW(a, struct import_upload);
  u->kind = import_kind_find(kind, a);
  if (!u->kind) return problem_field(pb, S("?entity"), P_IMPORT_TARGET, S("accounts, products, orders"), STR_NULL);
  u->filename = base_name(filename);
  if (utf8_count(u->filename) > 255) return problem_field(pb, S("?filename"), P_TOO_LONG, S("255"), STR_NULL);
  u->digest = hash_of(text);
  if (str_starts(text, S("\xEF\xBB\xBF"))) text = str_sub(text, 3, text.n);
  TRY(check_encoding(text, a, pb));
  u->delimiter = csv_delimiter(text);
  struct taking t = {.u = u, .a = a, .pb = pb, .text = text};
  TRY(csv_read(text, u->delimiter, LIMIT_CSV_COLUMNS, pb, take_row, &t));
  if (!u->rows) return problem_set0(pb, P_IMPORT_EMPTY);
  *ret = u;
  return ERR_OK;
}
