// SPDX-License-Identifier: Apache-2.0
// The import as people see it: header, mapping, counts and progress of the moment, errors with their reasons.
#include "flows/import.h"

#include "flows/import_internal.h"

enum err import_counts_now(struct ctx *x, const struct rec *job, struct import_counts *ret, int64_t *ret_total) {
  struct import_file f;
  int state = rec_word(job, import_job_f_state);
  TRY(import_file_load(x, job, &f));
  *ret = f.counts;
  *ret_total = f.rows;
  if (state != import_state_checked) return ERR_OK;
  *ret = (struct import_counts){rec_int(job, import_job_f_read),    rec_int(job, import_job_f_created),
                                rec_int(job, import_job_f_updated), rec_int(job, import_job_f_unchanged),
                                rec_int(job, import_job_f_skipped), rec_int(job, import_job_f_failed)};
  return ERR_OK;
}

static void put_int(struct jw *w, const char *key, int64_t v) {
  jw_key(w, str_of(key));
  jw_int(w, v);
}

static void put_text(struct jw *w, const char *key, str v) {
  jw_key(w, str_of(key));
  jw_string(w, v);
}

static void write_fields(struct ctx *x, const struct import_file *f, struct jw *w) {
  jw_key(w, S("fields"));
  jw_array(w);
  for (int i = 0; i < f->kind->nfields; i++) {
    jw_object(w);
    put_text(w, "name", str_of(f->kind->fields[i].name));
    put_text(w, "label", import_field_label(f->kind, i, x->viewer.lang, x->arena));
    jw_key(w, S("required"));
    jw_bool(w, f->kind->fields[i].required);
    jw_end_object(w);
  }
  jw_end_array(w);
}

static void write_columns(struct ctx *x, const struct import_file *f, struct jw *w) {
  jw_key(w, S("header"));
  jw_array(w);
  for (size_t c = 0; c < f->ncolumns; c++) jw_string(w, f->header[c]);
  jw_end_array(w);
  jw_key(w, S("mapping"));
  jw_raw(w, import_mapping_text(f->kind, f->header, f->ncolumns, f->field, x->arena));
  jw_key(w, S("preview"));
  jw_raw(w, f->preview);
}

static void write_counts(const struct import_counts *c, struct jw *w) {
  put_int(w, "read", c->read);
  put_int(w, "created", c->created);
  put_int(w, "updated", c->updated);
  put_int(w, "unchanged", c->unchanged);
  put_int(w, "skipped", c->skipped);
  put_int(w, "failed", c->failed);
}

static void write_progress(const struct rec *job, const struct import_file *f, struct jw *w) {
  bool undoing = f->undo_chunk > 0;
  int64_t done = undoing ? (f->next_chunk - f->undo_chunk) * IMPORT_CHUNK_ROWS : f->counts.read;
  if (rec_word(job, import_job_f_state) == import_state_undone) done = f->rows;
  jw_key(w, S("progress"));
  jw_object(w);
  put_int(w, "done", done < f->rows ? done : f->rows);
  put_int(w, "total", undoing && f->counts.read < f->rows ? f->counts.read : f->rows);
  jw_key(w, S("undo"));
  jw_bool(w, undoing);
  jw_end_object(w);
}

// ---- errors

static enum problem_code code_named(str name) {
  for (int c = P_NONE + 1; c < P_COUNT; c++)
    if (str_eqz(name, problem_name((enum problem_code)c))) return (enum problem_code)c;
  return P_NONE;
}

struct failed_row {
  int64_t row;
  str column, reason, code;
};

// Failed rows after `after`, in order.
static enum err failed_rows(struct ctx *x, id64 import, int64_t after, size_t limit, struct failed_row **ret, size_t *ret_n) {
  struct failed_row *list = NEW_ARRAY(x->arena, limit + 1, struct failed_row);
  size_t n = 0;
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(
    x->conn,
    SQL(
      "SELECT row, column_name, code, args FROM import_row WHERE import = $1 AND action = 'failed' AND row > $2 ORDER BY row LIMIT $3"),
    &s));
  db_bind_int(s, 1, import);
  db_bind_int(s, 2, after);
  db_bind_int(s, 3, (int64_t)limit);
  for (bool row = true; n < limit;) {
    TRY(db_step(s, &row));
    if (!row) break;
    AUTO(buf_release) struct buf text = BUF(64 * 1024);
    str args[2];
    import_args_unpack(db_text(s, 3), x->arena, args);
    problem_text(&text, code_named(db_text(s, 2)), args, x->viewer.lang);
    list[n++] = (struct failed_row){db_int(s, 0), arena_str(x->arena, db_text(s, 1)), arena_str(x->arena, buf_str(&text)),
                                    arena_str(x->arena, db_text(s, 2))};
  }
  *ret = list;
  *ret_n = n;
  return ERR_OK;
}

static enum err write_sample(struct ctx *x, id64 import, struct jw *w) {
  struct failed_row *rows;
  size_t n;
  TRY(failed_rows(x, import, 0, IMPORT_SAMPLE, &rows, &n));
  jw_key(w, S("errors_sample"));
  jw_array(w);
  for (size_t i = 0; i < n; i++) {
    jw_object(w);
    put_int(w, "row", rows[i].row);
    put_text(w, "column", rows[i].column.n ? rows[i].column : STR_NULL);
    put_text(w, "code", rows[i].code);
    put_text(w, "reason", rows[i].reason);
    jw_end_object(w);
  }
  jw_end_array(w);
  return ERR_OK;
}

enum err import_write(struct ctx *x, const struct rec *job, struct jw *w) {
  struct import_file f;
  struct import_counts c;
  int64_t total;
  TRY(import_file_load(x, job, &f));
  TRY(import_counts_now(x, job, &c, &total));
  put_text(w, "entity", str_of(f.kind->path));
  write_columns(x, &f, w);
  write_fields(x, &f, w);
  write_counts(&c, w);
  write_progress(job, &f, w);
  TRY(write_sample(x, job->id, w));
  jw_key(w, S("conflicts"));
  jw_raw(w, f.conflicts.n ? f.conflicts : S("[]"));
  return ERR_OK;
}

// ---- errors.csv

struct error_file {
  const struct import_file *file;
  const struct failed_row *rows;  // of the chunk at hand
  size_t n, next;
  int64_t row;
  struct buf *out;
};

static enum err error_line(const struct csv_row *csv, void *arg) {
  struct error_file *e = arg;
  int64_t row = e->row++;
  if (e->next == e->n || e->rows[e->next].row != row) return ERR_OK;
  const struct failed_row *f = &e->rows[e->next++];
  AUTO(buf_release) struct buf n = BUF(24);
  for (size_t c = 0; c < e->file->ncolumns; c++) csv_cell(e->out, c < csv->n ? csv->cells[c] : S(""), false);
  buf_int(&n, f->row);
  csv_cell(e->out, buf_str(&n), false);
  csv_cell(e->out, f->column, false);
  csv_cell(e->out, f->reason, true);
  return ERR_OK;
}

static enum err chunk_errors(struct ctx *x, struct error_file *e, int64_t chunk, int64_t *ret_last, bool *ret_more) {
  AUTO(arena_release) struct arena a = {0};
  struct ctx y = *x;
  struct import_slice slice;
  struct failed_row *rows;
  size_t n;
  y.arena = &a;
  TRY(failed_rows(&y, e->file->import, *ret_last, IMPORT_CHUNK_ROWS, &rows, &n));
  *ret_more = n > 0;
  if (!n) return ERR_OK;
  int64_t at = (rows[0].row - 2) / IMPORT_CHUNK_ROWS;  // chunks without a failed row are not read at all
  chunk = at > chunk ? at : chunk;
  TRY(import_chunk_load(x->conn, e->file->import, chunk, &a, &slice));
  e->rows = rows;
  e->n = n;
  e->next = 0;
  e->row = slice.first_row;
  TRY(csv_read(slice.body, e->file->delimiter, LIMIT_CSV_COLUMNS, x->pb, error_line, e));
  *ret_last = slice.first_row + slice.rows - 1;
  return ERR_OK;
}

enum err import_errors_csv(struct ctx *x, const struct rec *job, struct buf *out) {
  static const struct text row_head = T_INIT("row", "行号", "строка"), column_head = T_INIT("column", "列", "столбец"),
                           reason_head = T_INIT("reason", "原因", "причина");
  struct import_file f;
  TRY(import_file_load(x, job, &f));
  buf_put(out, S("\xEF\xBB\xBF"));  // spreadsheets take a text without it for the local code page
  for (size_t c = 0; c < f.ncolumns; c++) csv_cell(out, f.header[c], false);
  csv_cell(out, str_of(row_head.in[x->viewer.lang]), false);
  csv_cell(out, str_of(column_head.in[x->viewer.lang]), false);
  csv_cell(out, str_of(reason_head.in[x->viewer.lang]), true);
  struct error_file e = {.file = &f, .out = out};
  int64_t last = 0;
  bool more = true;
  for (int64_t chunk = 0; more && chunk < f.chunks; chunk++) TRY(chunk_errors(x, &e, chunk, &last, &more));
  return ERR_OK;
}
