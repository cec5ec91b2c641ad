// SPDX-License-Identifier: Apache-2.0
// The tables of an import: the file in chunks, what became of each row, the queue.
#include "flows/import_internal.h"

// ---- the file

static str json_texts(struct arena *a, const str *list, size_t n) {
  AUTO(buf_release) struct buf b = BUF(4 * 1024 * 1024);
  struct jw w = JW(&b);
  jw_array(&w);
  for (size_t i = 0; i < n; i++) jw_string(&w, list[i]);
  jw_end_array(&w);
  return arena_str(a, buf_str(&b));
}

static str preview_text(struct arena *a, const struct import_upload *u) {
  AUTO(buf_release) struct buf b = BUF(4 * 1024 * 1024);
  struct jw w = JW(&b);
  jw_array(&w);
  for (size_t i = 0; i < u->npreview; i++) {
    jw_array(&w);
    for (size_t c = 0; c < u->ncolumns; c++) jw_string(&w, u->preview[i][c]);
    jw_end_array(&w);
  }
  jw_end_array(&w);
  return arena_str(a, buf_str(&b));
}

static enum err file_insert(struct ctx *x, id64 import, const struct import_upload *u) {
  char delimiter[2] = {u->delimiter, 0};
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(
    x->conn,
    SQL(
      "INSERT INTO import_file (import, delimiter, header, preview, dates, rows, chunks, next_chunk, undo_chunk, created, updated, "
      "unchanged, skipped, failed) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, 0, 0, 0, 0, 0)"),
    &s));
  db_bind_int(s, 1, import);
  db_bind_text(s, 2, str_of(delimiter));
  db_bind_text(s, 3, json_texts(x->arena, u->header, u->ncolumns));
  db_bind_text(s, 4, preview_text(x->arena, u));
  db_bind_text(s, 5, str_of(u->dates));
  db_bind_int(s, 6, u->rows);
  db_bind_int(s, 7, (int64_t)u->nslices);
  return db_run(s);
}

static enum err chunk_insert(struct ctx *x, id64 import, size_t chunk, const struct import_slice *slice) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(
    db_prepare(x->conn, SQL("INSERT INTO import_chunk (import, chunk, first_row, rows, body) VALUES ($1, $2, $3, $4, $5)"), &s));
  db_bind_int(s, 1, import);
  db_bind_int(s, 2, (int64_t)chunk);
  db_bind_int(s, 3, slice->first_row);
  db_bind_int(s, 4, slice->rows);
  db_bind_bytes(s, 5, slice->body);
  return db_run(s);
}

enum err import_create(struct ctx *x, const struct import_upload *u, id64 *ret) {
  struct rec *job = rec_new(x->arena, &entity_import_job);
  AUTO(buf_release) struct buf hex = BUF(HASH_LEN * 2 + 1);
  TRY(flow_need_role(x, user_role_rep));
  hash_put_hex(&hex, &u->digest);
  rec_set_text(job, import_job_f_target, str_of(u->kind->path));
  rec_set_text(job, import_job_f_filename, u->filename.n ? u->filename : S("-"));
  rec_set_word(job, import_job_f_state, import_state_uploaded);
  rec_set_text(job, import_job_f_mapping, import_mapping_text(u->kind, u->header, u->ncolumns, u->field, x->arena));
  rec_set_text(job, import_job_f_file_hash, buf_str(&hex));
  rec_set_int(job, import_job_f_rows, u->rows);
  TRY(trust_insert(x, job));
  TRY(file_insert(x, job->id, u));
  for (size_t i = 0; i < u->nslices; i++) TRY(chunk_insert(x, job->id, i, &u->slices[i]));
  *ret = job->id;
  return ERR_OK;
}

static enum err read_header(struct ctx *x, const struct rec *job, str header, struct import_file *f) {
  json_t *list AUTO(json_release) = NULL;
  json_t *mapping AUTO(json_release) = NULL;
  if (json_read(header, NULL, &list) || !json_is_array(list)) return ERR_CORRUPT;
  f->ncolumns = json_array_size(list);
  f->header = NEW_ARRAY(x->arena, f->ncolumns + 1, str);
  f->field = NEW_ARRAY(x->arena, f->ncolumns + 1, int);
  for (size_t c = 0; c < f->ncolumns; c++) {
    f->header[c] = arena_str(x->arena, json_str(json_array_get(list, c)));
    f->field[c] = -1;
  }
  if (json_read(rec_text(job, import_job_f_mapping), NULL, &mapping)) return ERR_CORRUPT;
  return import_mapping_read(f->kind, f->header, f->ncolumns, mapping, NULL, x->arena, f->field) ? ERR_CORRUPT : ERR_OK;
}

enum err import_file_load(struct ctx *x, const struct rec *job, struct import_file *ret) {
  struct import_file f = {.import = job->id, .kind = import_kind_find(rec_text(job, import_job_f_target), x->arena)};
  if (!f.kind) return ERR_CORRUPT;
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(
    x->conn,
    SQL(
      "SELECT delimiter, header, preview, dates, rows, chunks, next_chunk, undo_chunk, created, updated, unchanged, skipped, failed, "
      "conflicts FROM import_file WHERE import = $1"),
    &s));
  db_bind_int(s, 1, job->id);
  bool row;
  TRY(db_step(s, &row));
  if (!row) return problem_set0(x->pb, P_NOT_FOUND);
  f.delimiter = db_text(s, 0).n ? db_text(s, 0).p[0] : ',';
  str header = arena_str(x->arena, db_text(s, 1));
  f.preview = arena_str(x->arena, db_text(s, 2));
  f.dates = arena_str(x->arena, db_text(s, 3));
  f.rows = db_int(s, 4);
  f.chunks = db_int(s, 5);
  f.next_chunk = db_int(s, 6);
  f.undo_chunk = db_int(s, 7);
  f.counts = (struct import_counts){.created = db_int(s, 8),
                                    .updated = db_int(s, 9),
                                    .unchanged = db_int(s, 10),
                                    .skipped = db_int(s, 11),
                                    .failed = db_int(s, 12)};
  f.counts.read = f.counts.created + f.counts.updated + f.counts.unchanged + f.counts.skipped + f.counts.failed;
  f.conflicts = db_is_null(s, 13) ? STR_NULL : arena_str(x->arena, db_text(s, 13));
  db_release(&s);
  TRY(read_header(x, job, header, &f));
  if (f.dates.n != f.ncolumns) return ERR_CORRUPT;
  *ret = f;
  return ERR_OK;
}

enum err import_chunk_load(struct db_conn *c, id64 import, int64_t chunk, struct arena *a, struct import_slice *ret) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(c, SQL("SELECT first_row, rows, body FROM import_chunk WHERE import = $1 AND chunk = $2"), &s));
  db_bind_int(s, 1, import);
  db_bind_int(s, 2, chunk);
  bool row;
  TRY(db_step(s, &row));
  if (!row) return ERR_CORRUPT;
  *ret = (struct import_slice){db_int(s, 0), db_int(s, 1), arena_str(a, db_bytes(s, 2))};
  return ERR_OK;
}

enum err import_chunks_trim(struct ctx *x, id64 import) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(
    x->conn,
    SQL("DELETE FROM import_chunk WHERE import = $1 AND NOT EXISTS (SELECT 1 FROM import_row r WHERE r.import = $1 AND "
        "r.action = 'failed' AND r.row >= import_chunk.first_row AND r.row < import_chunk.first_row + import_chunk.rows)"),
    &s));
  db_bind_int(s, 1, import);
  TRY(db_run(s));
  db_release(&s);
  TRY(db_prepare(x->conn, SQL("UPDATE import_file SET preview = '[]' WHERE import = $1"), &s));
  db_bind_int(s, 1, import);
  return db_run(s);
}

// ---- what became of rows

// Two texts in one: the second behind a line feed, which neither holds.
str import_args_pack(struct arena *a, const str args[2]) {
  if (!args[0].p && !args[1].p) return STR_NULL;
  return args[1].p ? arena_fmt(a, "%.*s\n%.*s", STR_ARG(args[0]), STR_ARG(args[1])) : args[0];
}

void import_args_unpack(str packed, struct arena *a, str ret[2]) {
  str first, second;
  ret[0] = ret[1] = STR_NULL;
  if (!packed.p) return;
  bool both = str_cut(packed, '\n', &first, &second);
  ret[0] = arena_str(a, first);
  if (both) ret[1] = arena_str(a, second);
}

enum { NOTE_COLUMNS = 11, NOTES_A_STATEMENT = 32 };

static sql notes_sql(size_t n) {
  struct sqlb q;
  sqlb_init(&q);
  sqlb_add(
    &q,
    "INSERT INTO import_row (import, row, part, action, entity, record, before, after_hash, column_name, code, args) VALUES ");
  for (size_t i = 0; i < n; i++) {
    if (i) sqlb_add(&q, ", ");
    for (int k = 0; k < NOTE_COLUMNS; k++) {
      if (k)
        sqlb_add(&q, ", ");
      else
        sqlb_add(&q, "(");
      sqlb_param(&q);
    }
    sqlb_add(&q, ")");
  }
  return sqlb_done(&q);
}

static enum err notes_insert(struct ctx *x, id64 import, const struct import_note *n, size_t count) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(x->conn, notes_sql(count), &s));
  int p = 1;
  for (size_t i = 0; i < count; i++) {
    db_bind_int(s, p++, import);
    db_bind_int(s, p++, n[i].row);
    db_bind_int(s, p++, n[i].part);
    db_bind_text(s, p++, str_of(n[i].action));
    db_bind_text(s, p++, n[i].e ? str_of(n[i].e->name) : STR_NULL);
    db_bind_int(s, p++, n[i].record);
    db_bind_text(s, p++, n[i].before);
    if (n[i].has_after)
      db_bind_bytes(s, p++, hash_str(&n[i].after));
    else
      db_bind_null(s, p++);
    db_bind_text(s, p++, n[i].column);
    db_bind_text(s, p++, n[i].code ? str_of(problem_name(n[i].code)) : STR_NULL);
    db_bind_text(s, p++, import_args_pack(x->arena, n[i].args));
  }
  return db_run(s);
}

enum err import_notes_write(struct ctx *x, id64 import, const struct import_note *n, size_t count) {
  size_t i = 0;
  for (; i + NOTES_A_STATEMENT <= count; i += NOTES_A_STATEMENT) TRY(notes_insert(x, import, n + i, NOTES_A_STATEMENT));
  for (; i < count; i++) TRY(notes_insert(x, import, n + i, 1));
  return ERR_OK;
}

enum err import_notes_clear(struct ctx *x, id64 import) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(x->conn, SQL("DELETE FROM import_row WHERE import = $1"), &s));
  db_bind_int(s, 1, import);
  return db_run(s);
}

// ---- the queue

enum err import_task_put(struct ctx *x, id64 import, const char *kind, int64_t held_for) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(x->conn,
                 SQL("INSERT INTO task_queue (id, kind, record, company, user_id, run_at, attempts, claimed_until) "
                     "VALUES ($1, $2, $3, $4, $5, $6, 0, $7)"),
                 &s));
  db_bind_int(s, 1, id_new());
  db_bind_text(s, 2, str_of(kind));
  db_bind_int(s, 3, import);
  db_bind_int(s, 4, x->viewer.company);
  db_bind_int(s, 5, x->viewer.user);
  db_bind_int(s, 6, x->now);
  db_bind_int(s, 7, held_for ? x->now + held_for : 0);
  return db_run(s);
}

enum err import_task_hold(struct ctx *x, id64 import, int64_t held_for) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(x->conn, SQL("UPDATE task_queue SET claimed_until = $2 WHERE record = $1"), &s));
  db_bind_int(s, 1, import);
  db_bind_int(s, 2, held_for ? x->now + held_for : 0);
  return db_run(s);
}

enum err import_task_drop(struct ctx *x, id64 import) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(x->conn, SQL("DELETE FROM task_queue WHERE record = $1"), &s));
  db_bind_int(s, 1, import);
  return db_run(s);
}

// ---- the record

static void put_counts(struct rec *job, const struct import_counts *c) {
  rec_set_int(job, import_job_f_read, c->read);
  rec_set_int(job, import_job_f_created, c->created);
  rec_set_int(job, import_job_f_updated, c->updated);
  rec_set_int(job, import_job_f_unchanged, c->unchanged);
  rec_set_int(job, import_job_f_skipped, c->skipped);
  rec_set_int(job, import_job_f_failed, c->failed);
}

enum err import_job_put(struct ctx *x, const struct rec *job, int state, const struct import_counts *c, str message) {
  static const char *const verbs[import_state_COUNT] = {[import_state_checked] = "check",
                                                        [import_state_running] = "run",
                                                        [import_state_done] = "finish",
                                                        [import_state_failed] = "fail",
                                                        [import_state_undone] = "undo"};
  struct rec *after = rec_copy(job);
  rec_set_word(after, import_job_f_state, state);
  if (c) put_counts(after, c);
  rec_set_text(after, import_job_f_message, message);
  struct ctx y = flow_verb(x, state == rec_word(job, import_job_f_state) ? NULL : verbs[state]);
  return trust_update(&y, job, after);
}
