// SPDX-License-Identifier: Apache-2.0
// Rows of a chunk as records: each cell by the field its column fills. Nothing is looked up here.
#include "base/utf8.h"
#include "flows/derive.h"
#include "flows/import_internal.h"

void import_row_fail(struct import_row *r, enum problem_code code, str column, const str args[2]) {
  if (r->outcome == OUT_FAILED) return;  // the first reason stays
  r->outcome = OUT_FAILED;
  r->code = code;
  r->column = column;
  r->args[0] = args ? args[0] : STR_NULL;
  r->args[1] = args ? args[1] : STR_NULL;
}

// ---- cells that repeat

enum { MEMO_SLOTS = 64, MEMO_CELL = 80 };
struct memo {
  struct {
    bool set;
    str cell;
    struct val v;
    enum problem_code code;
    str args[2];
  } slot[MEMO_SLOTS];
};

static size_t memo_slot(str cell) {
  uint32_t h = 2166136261u;
  for (size_t i = 0; i < cell.n; i++) h = (h ^ (unsigned char)cell.p[i]) * 16777619u;
  return (h ^ (h >> 16)) % MEMO_SLOTS;
}

// Words and yes/no compare a folded cell with dozens of labels; a column holds few different ones.
static enum problem_code decode_memo(struct import_reader *r, struct rec *rec, int field, str cell, size_t column, str args[2]) {
  size_t i = memo_slot(cell);
  struct memo *m = &r->memo[column];
  if (!m->slot[i].set || !str_eq(m->slot[i].cell, cell)) {
    if (cell.n > MEMO_CELL) return rec_decode_cell(rec, field, cell, r->cur, args);
    enum problem_code p = rec_decode_cell(rec, field, cell, r->cur, args);
    struct val v = rec->v[field];
    if (!p && rec->e->fields[field].kind == K_WORD && v.set) v.s = arena_str(r->arena, v.s);
    m->slot[i].set = true;
    m->slot[i].cell = arena_str(r->arena, cell);
    m->slot[i].v = v;
    m->slot[i].code = p;
    for (int k = 0; k < 2; k++) m->slot[i].args[k] = p && args[k].p ? arena_str(r->arena, args[k]) : STR_NULL;
  }
  args[0] = m->slot[i].args[0];
  args[1] = m->slot[i].args[1];
  if (!m->slot[i].code) rec->v[field] = m->slot[i].v;
  return m->slot[i].code;
}

// ---- dates

static bool all_digits(str s, size_t min, size_t max) {
  if (s.n < min || s.n > max) return false;
  for (size_t i = 0; i < s.n; i++)
    if (s.p[i] < '0' || s.p[i] > '9') return false;
  return true;
}

static bool three_parts(str s, char sep, str part[3]) {
  str rest;
  return str_cut(s, sep, &part[0], &rest) && str_cut(rest, sep, &part[1], &part[2]) && all_digits(part[0], 1, 2) &&
         all_digits(part[1], 1, 2) && all_digits(part[2], 4, 4);
}

// The date as YYYY-MM-DD; what is none of the known forms stays, for the field's own check to refuse. A midnight behind it goes.
static enum problem_code iso_date(struct arena *a, str cell, char order, str *ret) {
  str part[3], day, month, date, time;
  if (cell.n > 10 && (cell.p[10] == ' ' || cell.p[10] == 'T')) {
    date = str_sub(cell, 0, 10);
    time = str_sub(cell, 11, cell.n);
    if (str_starts(time, S("00:00:00"))) cell = date;
  }
  *ret = cell;
  if (three_parts(cell, '.', part)) {
    day = part[0];
    month = part[1];
  } else if (three_parts(cell, '/', part)) {
    if (order != 'd' && order != 'm') return P_IMPORT_DATE;
    day = part[order == 'd' ? 0 : 1];
    month = part[order == 'd' ? 1 : 0];
  } else {
    return P_NONE;
  }
  *ret = arena_fmt(a, "%.*s-%s%.*s-%s%.*s", STR_ARG(part[2]), month.n < 2 ? "0" : "", STR_ARG(month), day.n < 2 ? "0" : "",
                   STR_ARG(day));
  return P_NONE;
}

// ---- one row

struct decoding {
  struct import_reader *r;
  struct arena *a;
  struct problem *pb;
  struct import_row *rows;
  size_t n, max;
  int64_t first_row;
};

static enum problem_code decode_cell(struct decoding *d, struct rec *rec, int field, str cell, size_t column, str args[2]) {
  enum kind kind = rec->e->fields[field].kind;
  if (kind == K_WORD || kind == K_BOOL) return decode_memo(d->r, rec, field, cell, column, args);
  if (kind == K_DATE) {
    enum problem_code p = iso_date(d->a, cell, d->r->file->dates.p[column], &cell);
    if (p) return p;
  }
  return rec_decode_cell(rec, field, cell, d->r->cur, args);
}

static void take_value(struct decoding *d, struct import_row *row, struct import_item *item, const struct entity *e, int field,
                       str cell, size_t c) {
  str args[2] = {STR_NULL, STR_NULL};
  if (!item->given) item->given = rec_new(d->a, e);
  enum problem_code p = decode_cell(d, item->given, field, cell, c, args);
  if (p)
    import_row_fail(row, p, d->r->file->header[c], args);
  else if (rec_has(item->given, field))
    item->mask |= FIELD_BIT(field);
}

// A text by which another record is looked up: the same checks as the field it is compared with.
static void take_key(struct decoding *d, struct import_row *row, const struct import_field *f, str cell, size_t c) {
  struct rec *scratch = rec_new(d->a, f->e);
  str args[2] = {STR_NULL, STR_NULL};
  enum problem_code p = rec_decode_cell(scratch, f->field, cell, d->r->cur, args);
  if (p) {
    import_row_fail(row, p, d->r->file->header[c], args);
    return;
  }
  str text = rec_text(scratch, f->field);
  if (f->e == &entity_account && f->field == account_f_external_id)
    row->account_id = text;
  else if (f->e == &entity_account)
    row->account_name = text;
  else if (f->field == product_f_external_id)
    row->product_id = text;
  else
    row->product_sku = text;
}

static void take_cell(struct decoding *d, struct import_row *row, size_t c, str cell) {
  const struct import_file *file = d->r->file;
  const struct import_field *f = &file->kind->fields[file->field[c]];
  switch (f->part) {
  case PART_MAIN: take_value(d, row, &row->main, f->e, f->field, cell, c); break;
  case PART_CONTACT: take_value(d, row, &row->contact, f->e, f->field, cell, c); break;
  case PART_ACCOUNT:
  case PART_PRODUCT: take_key(d, row, f, cell, c); break;
  case PART_CURRENCY: break;
  }
}

// The row's own currency, before any amount is read.
static bool take_currency(struct decoding *d, struct import_row *row, const struct csv_row *csv, currency standard) {
  const struct import_file *file = d->r->file;
  d->r->cur = standard;
  for (size_t c = 0; c < csv->n && c < file->ncolumns; c++) {
    if (file->field[c] < 0 || file->kind->fields[file->field[c]].part != PART_CURRENCY) continue;
    str code = str_trim(csv->cells[c]), args[2] = {S("?"), STR_NULL};
    if (!code.n || currency_parse(code, &d->r->cur)) continue;
    if (code.n <= 20 && !utf8_has_control(code, false)) args[0] = arena_str(d->a, code);
    import_row_fail(row, P_BAD_CURRENCY, file->header[c], args);
    return false;
  }
  return true;
}

static str column_of(const struct import_file *file, enum import_part part, int field) {
  for (size_t c = 0; c < file->ncolumns; c++) {
    const struct import_field *f = file->field[c] < 0 ? NULL : &file->kind->fields[file->field[c]];
    if (f && f->part == part && (field < 0 || f->field == field)) return file->header[c];
  }
  return STR_NULL;
}

static void require(struct import_row *row, const struct import_file *file) {
  const struct entity *e = file->kind->e;
  for (int f = 0; f < e->nfields; f++)
    if ((e->fields[f].flags & F_REQUIRED) && (e->fields[f].flags & F_IMPORT) && !(row->main.mask & FIELD_BIT(f)))
      import_row_fail(row, P_REQUIRED, column_of(file, PART_MAIN, f), NULL);
  if (e == &entity_order_line && !row->account_id.n && !row->account_name.n)
    import_row_fail(row, P_REQUIRED, column_of(file, PART_ACCOUNT, -1), NULL);
}

// A contact without a name in one piece is named by its parts.
static void name_contact(struct import_row *row, const struct import_file *file, struct arena *a) {
  struct rec *c = row->contact.given;
  if (!c || !row->contact.mask || rec_has(c, contact_f_name)) return;
  str given = rec_text(c, contact_f_given_name), family = rec_text(c, contact_f_family_name);
  if (!given.n && !family.n) {
    import_row_fail(row, P_REQUIRED, column_of(file, PART_CONTACT, -1), NULL);
    return;
  }
  rec_set_text(c, contact_f_name, arena_fmt(a, "%.*s%s%.*s", STR_ARG(given), given.n && family.n ? " " : "", STR_ARG(family)));
  row->contact.mask |= FIELD_BIT(contact_f_name);
}

static enum err take_row(const struct csv_row *csv, void *arg) {
  struct decoding *d = arg;
  const struct import_file *file = d->r->file;
  const currency standard = d->r->cur;
  bool blank = true;
  if (d->n == d->max) return ERR_CORRUPT;  // the chunk was counted when it was cut
  struct import_row *row = &d->rows[d->n];
  row->row = d->first_row + (int64_t)d->n++;
  for (size_t c = 0; c < csv->n && blank; c++) blank = !str_trim(csv->cells[c]).n;
  if (blank && !csv->beyond_set) {
    row->outcome = OUT_SKIPPED;
    row->code = P_IMPORT_BLANK;
    return ERR_OK;
  }
  for (size_t c = file->ncolumns; c < csv->n; c++)
    if (str_trim(csv->cells[c]).n) import_row_fail(row, P_IMPORT_CELLS, STR_NULL, NULL);
  if (csv->beyond_set) import_row_fail(row, P_IMPORT_CELLS, STR_NULL, NULL);
  row->main.given = rec_new(d->a, file->kind->e);
  bool known = take_currency(d, row, csv, standard);
  for (size_t c = 0; known && c < csv->n && c < file->ncolumns; c++)
    if (file->field[c] >= 0 && str_trim(csv->cells[c]).n) take_cell(d, row, c, csv->cells[c]);
  d->r->cur = standard;
  if (row->outcome == OUT_FAILED) return ERR_OK;
  require(row, file);
  name_contact(row, file, d->a);
  if (row->contact.given && !row->contact.mask) row->contact.given = NULL;
  if (file->kind->e == &entity_account) derive_account(row->main.given, true, d->r->user);
  row->ready = row->outcome != OUT_FAILED;
  return ERR_OK;
}

enum err import_rows_decode(struct import_reader *r, const struct import_slice *s, struct arena *a, struct problem *pb,
                            struct import_row **ret, size_t *ret_n) {
  struct decoding d = {.r = r, .a = a, .pb = pb, .max = (size_t)s->rows, .first_row = s->first_row};
  d.rows = NEW_ARRAY(a, d.max + 1, struct import_row);
  if (!r->memo) r->memo = NEW_ARRAY(r->arena, r->file->ncolumns + 1, struct memo);
  TRY(csv_read(s->body, r->file->delimiter, LIMIT_CSV_COLUMNS, pb, take_row, &d));
  if (d.n != d.max) return ERR_CORRUPT;
  *ret = d.rows;
  *ret_n = d.n;
  return ERR_OK;
}

enum err import_reader_init(struct ctx *x, const struct import_file *f, struct import_reader *ret) {
  struct rec *company = NULL;
  *ret = (struct import_reader){.file = f, .company = x->viewer.company, .user = x->viewer.user, .arena = x->arena};
  TRY(flow_company(x, x->viewer.company, &company));
  if (!currency_parse(rec_text(company, company_f_currency), &ret->cur)) ret->cur = (currency){"EUR"};
  return ERR_OK;
}
