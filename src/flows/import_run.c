// SPDX-License-Identifier: Apache-2.0
// The dry run, and the run: a chunk is read and decoded outside, planned and written in one transaction that also advances the import.
#include <stdlib.h>

#include "flows/import_internal.h"

enum {
  SLICE_MICROS = 200 * 1000,  // of work for one call of import_tick: clocks and other imports come in between
  HOLD_MICROS =
    5 * 1000 * 1000,  // how long a chunk may take before another process takes the job for left behind; safe if it errs
  ATTEMPTS = 5,       // of a chunk that fails for reasons of the store, each later than the one before
};
#define EVENT_EVERY UTIME_SECOND

static void count_row(struct import_counts *c, const struct import_row *r) {
  c->read++;
  switch (r->outcome) {
  case OUT_CREATED: c->created++; break;
  case OUT_UPDATED: c->updated++; break;
  case OUT_UNCHANGED: c->unchanged++; break;
  case OUT_SKIPPED: c->skipped++; break;
  case OUT_FAILED: c->failed++; break;
  }
}

// ---- dry run

static void keep_failure(struct import_verdict *v, const struct import_row *r, struct arena *a) {
  if (r->outcome != OUT_FAILED || v->n_failures == IMPORT_CHECK_ERRORS) return;
  struct import_failure *f = &v->failures[v->n_failures++];
  *f = (struct import_failure){.row = r->row, .code = r->code, .column = arena_str(a, r->column)};
  for (int i = 0; i < 2; i++) f->args[i] = r->args[i].p ? arena_str(a, r->args[i]) : STR_NULL;
}

static enum err check_chunk(struct ctx *x, struct import_planner *p, struct import_reader *reader, int64_t chunk,
                            struct import_verdict *v) {
  AUTO(arena_release) struct arena a = {0};
  struct ctx y = *x;
  struct import_slice slice;
  struct import_row *rows;
  size_t n;
  y.arena = &a;
  p->x = &y;
  TRY(import_chunk_load(x->conn, p->file->import, chunk, &a, &slice));
  TRY(import_rows_decode(reader, &slice, &a, x->pb, &rows, &n));
  TRY(import_plan(p, rows, n));
  for (size_t i = 0; i < n; i++) {
    count_row(&v->counts, &rows[i]);
    keep_failure(v, &rows[i], x->arena);
  }
  return ERR_OK;
}

static enum err need_state(struct ctx *x, const struct rec *job, unsigned states) {
  int state = rec_word(job, import_job_f_state);
  return state >= 0 && (states & (1u << state)) ? ERR_OK : problem_set1(x->pb, P_WRONG_STATE, rec_text(job, import_job_f_state));
}

enum err import_check(struct ctx *x, const struct rec *job, struct import_verdict *ret) {
  struct import_file *f = NEW(x->arena, struct import_file);
  struct import_reader reader;
  struct import_planner p;
  TRY(flow_need_role(x, user_role_rep));
  TRY(need_state(x, job, 1u << import_state_uploaded | 1u << import_state_checked));
  TRY(import_file_load(x, job, f));
  TRY(import_mapping_complete(f->kind, f->field, f->ncolumns, x->viewer.lang, x->pb, x->arena));
  TRY(import_reader_init(x, f, &reader));
  *ret = (struct import_verdict){.failures = NEW_ARRAY(x->arena, IMPORT_CHECK_ERRORS, struct import_failure)};
  import_planner_init(&p, x, f, x->arena, true);
  for (int64_t c = 0; c < f->chunks; c++) TRY(check_chunk(x, &p, &reader, c, ret));
  return ERR_OK;
}

enum err import_check_store(struct ctx *x, const struct rec *job, const struct import_verdict *v) {
  TRY(need_state(x, job, 1u << import_state_uploaded | 1u << import_state_checked));
  TRY(import_notes_clear(x, job->id));
  struct import_note *notes = NEW_ARRAY(x->arena, v->n_failures + 1, struct import_note);
  for (size_t i = 0; i < v->n_failures; i++) {
    const struct import_failure *f = &v->failures[i];
    notes[i] = (struct import_note){
      .row = f->row, .action = "failed", .code = f->code, .column = f->column, .args = {f->args[0], f->args[1]}};
  }
  TRY(import_notes_write(x, job->id, notes, v->n_failures));
  return import_job_put(x, job, import_state_checked, &v->counts, STR_NULL);
}

// ---- start

enum err import_map(struct ctx *x, const struct rec *job, json_t *mapping) {
  struct import_file f;
  TRY(flow_need_role(x, user_role_rep));
  TRY(need_state(x, job, 1u << import_state_uploaded | 1u << import_state_checked));
  TRY(import_file_load(x, job, &f));
  TRY(import_mapping_read(f.kind, f.header, f.ncolumns, mapping, x->pb, x->arena, f.field));
  struct rec *after = rec_copy(job);
  rec_set_text(after, import_job_f_mapping, import_mapping_text(f.kind, f.header, f.ncolumns, f.field, x->arena));
  rec_set_word(after, import_job_f_state, import_state_uploaded);  // what was checked was checked with the former mapping
  return trust_update(x, job, after);
}

enum err import_start(struct ctx *x, const struct rec *job, int64_t held_for) {
  struct import_file f;
  TRY(flow_need_role(x, user_role_rep));
  TRY(need_state(x, job, 1u << import_state_uploaded | 1u << import_state_checked | 1u << import_state_failed));
  TRY(import_file_load(x, job, &f));
  TRY(import_mapping_complete(f.kind, f.field, f.ncolumns, x->viewer.lang, x->pb, x->arena));
  if (f.undo_chunk)
    return problem_set1(x->pb, P_WRONG_STATE, rec_text(job, import_job_f_state));  // an undo that failed goes on by undo
  if (!f.next_chunk) TRY(import_notes_clear(x, job->id));
  TRY(import_task_drop(x, job->id));
  TRY(import_task_put(x, job->id, "import", held_for));
  return import_job_put(x, job, import_state_running, &f.counts, STR_NULL);
}

// ---- one chunk

struct chunk_run {
  struct import_work *work;
  struct import_row *rows;
  size_t n;
  int64_t chunk;
  bool taken;  // by somebody else
  struct problem pb;
};

static enum err write_item(struct ctx *x, const struct import_item *item) {
  if (item->act == ACT_CREATE) return trust_insert(x, item->after);
  return item->act == ACT_UPDATE ? trust_update(x, item->before, item->after) : ERR_OK;
}

// The fields as they were, as a merge patch that takes the change back. What follows from others is computed again then.
static str former(struct ctx *x, const struct import_item *item) {
  AUTO(buf_release) struct buf b = BUF(4 * 1024 * 1024);
  struct jw w = JW(&b);
  uint64_t diff = rec_diff(item->before, item->after), kept = 0;
  for (int f = 0; f < item->before->e->nfields; f++)
    if (!(item->before->e->fields[f].flags & (F_READONLY | F_SECRET | F_IMMUTABLE))) kept |= FIELD_BIT(f);
  jw_object(&w);
  rec_write_fields(&w, item->before, diff & kept);
  jw_end_object(&w);
  return arena_str(x->arena, buf_str(&b));
}

static struct import_note note_of(struct ctx *x, const struct import_row *r, const struct import_item *item, int part) {
  static const char *const actions[] = {
    [ACT_NONE] = "skipped", [ACT_CREATE] = "created", [ACT_UPDATE] = "updated", [ACT_UNCHANGED] = "unchanged"};
  struct import_note n = {.row = r->row, .part = part, .action = actions[item->act]};
  if (item->act == ACT_NONE) return n;
  n.e = item->after->e;
  n.record = item->after->id;
  if (item->act == ACT_UNCHANGED) return n;
  AUTO(buf_release) struct buf canon = BUF(4 * 1024 * 1024);
  rec_canon(&canon, item->after);
  n.after = hash_of(buf_str(&canon));
  n.has_after = true;
  if (item->act == ACT_UPDATE) n.before = former(x, item);
  return n;
}

static enum err write_rows(struct ctx *x, id64 import, struct import_row *rows, size_t n, struct import_counts *counts) {
  struct import_note *notes = NEW_ARRAY(x->arena, 2 * n + 1, struct import_note);
  size_t kept = 0;
  for (size_t i = 0; i < n; i++) {
    struct import_row *r = &rows[i];
    bool good = r->ready && r->outcome != OUT_FAILED;
    count_row(counts, r);
    if (good) {
      TRY(write_item(x, &r->main));
      TRY(write_item(x, &r->contact));
    }
    struct import_note *note = &notes[kept++];
    *note = good ? note_of(x, r, &r->main, 0)
                 : (struct import_note){.row = r->row, .action = r->outcome == OUT_FAILED ? "failed" : "skipped"};
    note->code = r->code;
    note->column = r->column;
    note->args[0] = r->args[0];
    note->args[1] = r->args[1];
    if (good && r->contact.act != ACT_NONE) notes[kept++] = note_of(x, r, &r->contact, 1);
  }
  return import_notes_write(x, import, notes, kept);
}

// Takes the chunk: the one who moves the mark writes it.
static enum err advance(struct ctx *x, id64 import, int64_t chunk, bool *ret_taken) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(x->conn, SQL("UPDATE import_file SET next_chunk = $2 + 1 WHERE import = $1 AND next_chunk = $2"), &s));
  db_bind_int(s, 1, import);
  db_bind_int(s, 2, chunk);
  TRY(db_run(s));
  *ret_taken = db_changes(s) == 0;
  return ERR_OK;
}

static enum err add_counts(struct ctx *x, id64 import, const struct import_counts *c) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(
    x->conn,
    SQL(
      "UPDATE import_file SET created = created + $2, updated = updated + $3, unchanged = unchanged + $4, skipped = skipped + $5, "
      "failed = failed + $6 WHERE import = $1"),
    &s));
  db_bind_int(s, 1, import);
  db_bind_int(s, 2, c->created);
  db_bind_int(s, 3, c->updated);
  db_bind_int(s, 4, c->unchanged);
  db_bind_int(s, 5, c->skipped);
  db_bind_int(s, 6, c->failed);
  return db_run(s);
}

static void sum(struct import_counts *a, const struct import_counts *b) {
  a->read += b->read;
  a->created += b->created;
  a->updated += b->updated;
  a->unchanged += b->unchanged;
  a->skipped += b->skipped;
  a->failed += b->failed;
}

struct import_work {
  struct db *db;
  struct db_conn *read;
  id64 import;
  struct viewer viewer;
  struct arena arena;
  struct problem pb;
  struct import_file file;
  struct import_reader reader;
  bool undo;
};

static struct ctx work_ctx(struct import_work *w, struct db_conn *c, struct arena *a, struct problem *pb) {
  *pb = (struct problem){.arena = a};
  return (struct ctx){.conn = c, .arena = a, .pb = pb, .viewer = w->viewer, .now = clock_now()};
}

// The record changes at the end, and at most once a second on the way: each change is an event for everybody who watches.
static enum err tell(struct ctx *x, id64 import, const struct import_file *f, const struct import_counts *done, bool last) {
  struct rec *job = NULL;
  struct import_counts c = f->counts;
  TRY(trust_load_system(x, &entity_import_job, import, &job));
  if (!last && x->now - job->updated_at < EVENT_EVERY) return ERR_OK;
  sum(&c, done);
  if (last) TRY(import_task_drop(x, import));
  if (last) TRY(import_chunks_trim(x, import));
  return import_job_put(x, job, last ? import_state_done : import_state_running, &c, STR_NULL);
}

static enum err run_chunk(struct db_conn *c, void *arg) {
  struct chunk_run *run = arg;
  struct import_work *w = run->work;
  AUTO(arena_release) struct arena a = {0};
  struct problem pb;
  struct ctx x = work_ctx(w, c, &a, &pb);
  struct import_counts counts = {0};
  struct import_planner p;
  run->taken = false;
  TRY(advance(&x, w->import, run->chunk, &run->taken));
  if (run->taken) return ERR_OK;
  import_planner_init(&p, &x, &w->file, &a, false);
  TRY(import_plan(&p, run->rows, run->n));
  TRY(write_rows(&x, w->import, run->rows, run->n, &counts));
  TRY(add_counts(&x, w->import, &counts));
  TRY(import_task_hold(&x, w->import, HOLD_MICROS));
  return tell(&x, w->import, &w->file, &counts, run->chunk + 1 == w->file.chunks);
}

static enum err undo_chunk(struct db_conn *c, void *arg) {
  struct chunk_run *run = arg;
  struct import_work *w = run->work;
  AUTO(arena_release) struct arena a = {0};
  struct problem pb;
  struct ctx x = work_ctx(w, c, &a, &pb);
  struct rec *job = NULL;
  x.viewer.role = user_role_manager;  // it was allowed when it was asked for; deleting what one's own import made is part of it
  TRY(import_task_hold(&x, w->import, HOLD_MICROS));
  TRY(trust_load_system(&x, &entity_import_job, w->import, &job));
  return import_undo_chunk(&x, job, &w->file);
}

// ---- the import at work

// Who the rows are written as: the person who started it, as long as he may.
static enum err load_viewer(struct ctx *x, id64 user, id64 company, struct viewer *ret) {
  struct rec *u = NULL;
  *ret = (struct viewer){.company = company, .user = user, .role = -1, .ops = ~0u, .lang = LANG_EN};
  if (!user) return ERR_OK;
  TRY(trust_load_system(x, &entity_user, user, &u));
  if (!rec_int(u, user_f_active) || u->company != company) return problem_set0(x->pb, P_FORBIDDEN);
  ret->role = rec_word(u, user_f_role);
  ret->lang = lang_of(rec_text(u, user_f_lang));
  return ERR_OK;
}

static enum err load_task(struct ctx *x, id64 import, bool *ret_found, bool *ret_undo, id64 *ret_user) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(x->conn, SQL("SELECT kind, user_id FROM task_queue WHERE record = $1"), &s));
  db_bind_int(s, 1, import);
  TRY(db_step(s, ret_found));
  if (!*ret_found) return ERR_OK;
  *ret_undo = str_eqz(db_text(s, 0), "import_undo");
  *ret_user = db_int(s, 1);
  return ERR_OK;
}

static enum err work_load(struct import_work *w) {
  struct ctx x = work_ctx(w, w->read, &w->arena, &w->pb);
  struct rec *job = NULL;
  bool found = false;
  id64 user = 0;
  TRY(load_task(&x, w->import, &found, &w->undo, &user));
  if (!found) return problem_set0(x.pb, P_NOT_FOUND);
  TRY(trust_load_system(&x, &entity_import_job, w->import, &job));
  TRY(load_viewer(&x, user, job->company, &w->viewer));
  x.viewer = w->viewer;
  TRY(import_file_load(&x, job, &w->file));
  return import_reader_init(&x, &w->file, &w->reader);
}

enum err import_work_open(struct db *db, struct db_conn *read, id64 import, struct import_work **ret) {
  struct import_work *w = calloc(1, sizeof *w);
  if (!w) abort();
  w->db = db;
  w->read = read;
  w->import = import;
  w->viewer.role = -1;
  enum err e = db_read_begin(read);
  if (!e) {
    e = work_load(w);
    db_read_end(read);
  }
  if (e)
    import_work_close(w);
  else
    *ret = w;
  return e;
}

void import_work_close(struct import_work *w) {
  if (!w) return;
  arena_release(&w->arena);
  free(w);
}

// Progress and counts as they are now; the header and mapping stay.
static enum err reload(struct import_work *w, struct arena *a, struct problem *pb, bool *ret_running) {
  struct ctx x = work_ctx(w, w->read, a, pb);
  struct rec *job = NULL;
  struct import_file now;
  TRY(trust_load_system(&x, &entity_import_job, w->import, &job));
  TRY(import_file_load(&x, job, &now));
  w->file.next_chunk = now.next_chunk;
  w->file.undo_chunk = now.undo_chunk;
  w->file.counts = now.counts;
  *ret_running = rec_word(job, import_job_f_state) == import_state_running;
  return ERR_OK;
}

static enum err read_chunk(struct import_work *w, struct arena *a, struct problem *pb, struct chunk_run *run, bool *ret_running) {
  struct import_slice slice;
  TRY(reload(w, a, pb, ret_running));
  if (!*ret_running || w->undo || w->file.next_chunk >= w->file.chunks) return ERR_OK;
  run->chunk = w->file.next_chunk;
  return import_chunk_load(w->read, w->import, run->chunk, a, &slice)
           ? ERR_CORRUPT
           : import_rows_decode(&w->reader, &slice, a, pb, &run->rows, &run->n);
}

enum err import_work_step(struct import_work *w, bool *ret_more) {
  AUTO(arena_release) struct arena a = {0};
  struct problem pb = {.arena = &a};
  struct chunk_run run = {.work = w};
  bool running = false;
  *ret_more = false;
  TRY(db_read_begin(w->read));
  enum err e = read_chunk(w, &a, &pb, &run, &running);
  db_read_end(w->read);
  TRY(e);
  if (!running) return ERR_OK;
  if (w->undo) {
    TRY(db_tx_run(w->db, "import_undo", undo_chunk, &run));
    *ret_more = true;  // the record's state says when it is over
    return ERR_OK;
  }
  if (w->file.next_chunk >= w->file.chunks) return ERR_OK;
  TRY(db_tx_run(w->db, "import_chunk", run_chunk, &run));
  *ret_more = run.taken || run.chunk + 1 < w->file.chunks;
  return ERR_OK;
}

// ---- the queue

struct claim {
  id64 task, import;
  int64_t attempts;
  bool won;
  enum err err;
};

static enum err due_task(struct db_conn *c, utime now, struct claim *ret) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(
    c,
    SQL(
      "SELECT id, record, attempts FROM task_queue WHERE run_at <= $1 AND claimed_until <= $1 AND kind IN ('import', 'import_undo') "
      "ORDER BY run_at LIMIT 1"),
    &s));
  db_bind_int(s, 1, now);
  bool row;
  TRY(db_step(s, &row));
  *ret = (struct claim){0};
  if (row) *ret = (struct claim){.task = db_int(s, 0), .import = db_int(s, 1), .attempts = db_int(s, 2)};
  return ERR_OK;
}

static enum err take_task(struct db_conn *c, void *arg) {
  struct claim *t = arg;
  utime now = clock_now();
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(c, SQL("UPDATE task_queue SET claimed_until = $3 WHERE id = $1 AND claimed_until <= $2"), &s));
  db_bind_int(s, 1, t->task);
  db_bind_int(s, 2, now);
  db_bind_int(s, 3, now + HOLD_MICROS);
  TRY(db_run(s));
  t->won = db_changes(s) == 1;
  return ERR_OK;
}

// After a slice: back to the queue behind the others; after a failure later and later, in the end the import fails.
static enum err return_task(struct db_conn *c, void *arg) {
  struct claim *t = arg;
  AUTO(arena_release) struct arena a = {0};
  struct problem pb = {.arena = &a};
  struct ctx x = {.conn = c, .arena = &a, .pb = &pb, .now = clock_now(), .viewer = {.role = -1, .ops = ~0u}};
  bool lasting = t->err && t->err != ERR_IO && t->err != ERR_BUSY && t->err != ERR_RETRY;
  if (t->err && (lasting || t->attempts + 1 >= ATTEMPTS)) {
    struct rec *job = NULL;
    AUTO(buf_release) struct buf text = BUF(4096);
    TRY(import_task_drop(&x, t->import));
    TRY(trust_load_system(&x, &entity_import_job, t->import, &job));
    x = flow_as_system(&x, job->company);
    problem_text(&text,
                 t->err == ERR_DENIED ? P_FORBIDDEN
                 : lasting            ? P_INTERNAL
                                      : P_STORAGE,
                 (str[2]){STR_NULL, STR_NULL}, LANG_EN);
    return import_job_put(&x, job, import_state_failed, NULL, str_sub(buf_str(&text), 0, LIMIT_TEXT));
  }
  AUTO(db_release) struct db_stmt *s = NULL;
  int64_t attempts = t->err ? t->attempts + 1 : 0;
  TRY(db_prepare(c, SQL("UPDATE task_queue SET claimed_until = 0, attempts = $2, run_at = $3 WHERE id = $1"), &s));
  db_bind_int(s, 1, t->task);
  db_bind_int(s, 2, attempts);
  db_bind_int(s, 3, x.now + attempts * attempts * UTIME_SECOND);
  return db_run(s);
}

static enum err work_slice(struct db *db, struct db_conn *read, id64 import) {
  struct import_work *w = NULL;
  int64_t until = clock_mono() + SLICE_MICROS;
  bool more = true;
  TRY(import_work_open(db, read, import, &w));
  enum err e = ERR_OK;
  while (!e && more && clock_mono() < until) e = import_work_step(w, &more);
  import_work_close(w);
  return e;
}

enum err import_tick(struct db *db, struct db_conn *read, bool *ret_busy) {
  struct claim t;
  *ret_busy = false;
  TRY(db_read_begin(read));
  enum err e = due_task(read, clock_now(), &t);
  db_read_end(read);
  TRY(e);
  if (!t.task) return ERR_OK;
  TRY(db_tx_run(db, "import_take", take_task, &t));
  if (!t.won) return ERR_OK;
  t.err = work_slice(db, read, t.import);
  if (t.err == ERR_NOT_FOUND) t.err = ERR_OK;  // another one finished it between two looks
  *ret_busy = !t.err;
  return db_tx_run(db, "import_return", return_task, &t);
}
