// SPDX-License-Identifier: Apache-2.0
#include "durable.h"
#include "base/words.h"
#include <assert.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// One step of splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
uint64_t durable_random(uint64_t *state) {
  uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

static struct viewer manager(const struct durable *d) {
  return (struct viewer){.company = d->company, .user = d->user, .role = user_role_manager, .ops = ~0u};
}

// ---- one write

struct write {
  struct durable *d;
  struct promise *p;
  enum { WRITE_INSERT, WRITE_UPDATE, WRITE_DELETE } what;
  int version;
};

static enum err insert(struct ctx *x, const struct write *w) {
  struct rec *deal = rec_new(x->arena, &entity_deal), *comment = rec_new(x->arena, &entity_comment);
  rec_set_text(deal, deal_f_name, str_of(w->p->name));
  rec_set_text(deal, deal_f_next_step, arena_fmt(x->arena, "%d", w->version));
  TRY(trust_insert(x, deal));
  comment->root = w->p->id = deal->id;
  comment->room = true;
  rec_set_text(comment, comment_f_text, str_of(w->p->name));
  return trust_insert(x, comment);
}

static enum err write_run(struct db_conn *c, void *arg) {
  const struct write *w = arg;
  AUTO(arena_release) struct arena a = {0};
  struct problem pb = {.arena = &a};
  struct ctx x = {.conn = c, .arena = &a, .pb = &pb, .viewer = manager(w->d), .now = clock_now()};
  struct rec *before = NULL;
  if (w->what == WRITE_INSERT) return insert(&x, w);
  TRY(trust_load(&x, &entity_deal, w->p->id, OP_READ, &before, NULL));
  if (w->what == WRITE_DELETE) return trust_delete(&x, before);
  struct rec *after = rec_copy(before);
  rec_set_text(after, deal_f_next_step, arena_fmt(&a, "%d", w->version));
  return trust_update(&x, before, after);
}

static bool write_one(struct write *w) {
  struct promise *p = w->p;
  w->version = (p->tried > p->told ? p->tried : p->told) + 1;
  if (db_tx_run(w->d->db, "durable", write_run, w)) {
    if (w->what == WRITE_DELETE)
      p->tried_delete = true;
    else
      p->tried = w->version;
    return false;
  }
  p->told = w->what == WRITE_DELETE ? 0 : w->version;
  p->tried = 0;
  p->tried_delete = false;
  return true;
}

// ---- the load

struct writer_thread {
  struct durable *d;
  struct durable_load *load;
  pthread_t id;
  uint64_t random;
  struct promise *mine[DURABLE_DEALS];
  int nmine, first, acknowledged, refused;
};

// A deal nobody was told about any more (deleted, or never made) is left alone: its name is not used again.
static struct promise *pick(struct writer_thread *t) {
  if (!t->nmine) return NULL;
  struct promise *p = t->mine[durable_random(&t->random) % (uint64_t)t->nmine];
  return p->told ? p : NULL;
}

static void *writer_main(void *arg) {
  struct writer_thread *t = arg;
  for (int i = 0; i < t->load->writes; i++) {
    uint64_t r = durable_random(&t->random) % 10;
    struct write w = {.d = t->d, .p = r < 5 ? NULL : pick(t), .what = r < 8 ? WRITE_UPDATE : WRITE_DELETE};
    if (!w.p) {
      w.what = WRITE_INSERT;
      w.p = t->mine[t->nmine++] = &t->d->deal[t->first + i];
    }
    if (write_one(&w)) {
      t->acknowledged++;
      continue;
    }
    t->refused++;
    if (!t->load->go_on || disk_is_off()) break;
  }
  return NULL;
}

// A reader beside the writers, as any worker of the server: it keeps snapshots open and so decides what checkpoints may do.
struct reader_thread {
  struct durable *d;
  pthread_t id;
  atomic_bool stop;
};

static void *reader_main(void *arg) {
  struct reader_thread *t = arg;
  struct db_conn *c = NULL;
  if (db_conn_open(t->d->db, &c)) return NULL;
  while (!atomic_load(&t->stop)) {
    bool found;
    int64_t n;
    if (db_read_begin(c)) break;
    enum err e = db_one_int(c, SQL("SELECT count(*) FROM deal"), NULL, 0, &found, &n);
    usleep(500);
    db_read_end(c);
    if (e && disk_is_off()) break;
  }
  db_conn_close(c);
  return NULL;
}

void durable_write(struct durable *d, struct durable_load *load) {
  static struct writer_thread t[DURABLE_THREADS];
  struct reader_thread reader = {.d = d};
  assert(load->threads <= DURABLE_THREADS && d->ndeals + load->threads * load->writes <= DURABLE_DEALS);
  bool reading = pthread_create(&reader.id, NULL, reader_main, &reader) == 0;
  for (int i = 0; i < load->threads; i++) {
    t[i] =
      (struct writer_thread){.d = d, .load = load, .random = load->seed + (uint64_t)i, .first = d->ndeals + i * load->writes};
    if (pthread_create(&t[i].id, NULL, writer_main, &t[i]) != 0) abort();
  }
  for (int i = 0; i < load->threads; i++) {
    (void)pthread_join(t[i].id, NULL);
    load->acknowledged += t[i].acknowledged;
    load->refused += t[i].refused;
  }
  d->ndeals += load->threads * load->writes;
  atomic_store(&reader.stop, true);
  if (reading) (void)pthread_join(reader.id, NULL);
}

// ---- the comparison

static void note(struct durable_report *r, int *counter, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static void note(struct durable_report *r, int *counter, const char *fmt, ...) {
  va_list ap;
  if (counter) ++*counter;
  if (r->why[0]) return;
  va_start(ap, fmt);
  (void)vsnprintf(r->why, sizeof r->why, fmt, ap);
  va_end(ap);
}

static int64_t number(struct db_conn *c, sql q, id64 id) {
  bool found = false;
  int64_t n = -1;
  return db_one_int(c, q, &id, 1, &found, &n) || !found ? -1 : n;
}

static void check_whole(struct db_conn *c, struct durable_report *r) {
  static const sql checks[] = {SQL_INIT("PRAGMA integrity_check"), SQL_INIT("PRAGMA foreign_key_check")};
  for (size_t i = 0; i < ARRAY_LEN(checks); i++) {
    AUTO(db_release) struct db_stmt *s = NULL;
    bool row = false;
    enum err e = db_prepare(c, checks[i], &s);
    if (!e) e = db_step(s, &row);
    bool clean = !e && (i ? !row : row && str_eq(db_text(s, 0), S("ok")));
    r->corrupt = r->corrupt || !clean;
    str says = e ? str_of(db_message(c)) : row ? db_text(s, 0) : S("nothing");
    if (!clean) note(r, NULL, "%s: %.*s", checks[i].text, STR_ARG(says));
  }
}

static bool may_be(const struct promise *p, int version, bool exactly) {
  if (version == p->told) return true;
  if (exactly) return false;
  return version == 0 ? p->tried_delete : version > p->told && version <= p->tried;
}

// The deal's own row, its comment, its row for lists and its row for searches come and go together.
static int check_deal(struct db_conn *c, const struct promise *p, bool exactly, struct arena *a, struct durable_report *r) {
  struct rec *deal = NULL;
  int64_t version = 0;
  enum err e = p->id ? rec_db_load(c, &entity_deal, p->id, a, &deal) : ERR_NOT_FOUND;
  if (e && e != ERR_NOT_FOUND) note(r, &r->lost, "%s does not load: %s", p->name, db_message(c));
  if (deal && (!str_to_int64(rec_text(deal, deal_f_next_step), &version) || !str_eqz(rec_text(deal, deal_f_name), p->name)))
    note(r, &r->torn, "%s holds something else", p->name);
  if (!may_be(p, (int)version, exactly))
    note(r, version < p->told ? &r->lost : &r->stranger, "%s: version %d is there, %d was acknowledged, %d tried", p->name,
         (int)version, p->told, p->tried);
  r->acknowledged += p->told > 0;
  if (!p->id) return 0;
  int64_t comments = number(c, SQL("SELECT count(*) FROM comment WHERE root = $1"), p->id);
  int64_t seen = number(c, SQL("SELECT count(*) FROM deal_seen WHERE record = $1"), p->id);
  int64_t found = number(c, SQL("SELECT count(*) FROM search_row WHERE record = $1"), p->id);
  if (comments != (deal != NULL) || seen != comments || found != comments)
    note(r, &r->torn, "%s: %d rows, %d comments, %d seen, %d search", p->name, deal != NULL, (int)comments, (int)seen,
         (int)found);
  return deal != NULL;
}

static void check_deals(struct durable *d, struct db_conn *c, bool exactly, struct durable_report *r) {
  AUTO(arena_release) struct arena a = {0};
  int there = 0;
  if (db_read_begin(c)) {
    note(r, &r->lost, "no snapshot: %s", db_message(c));
    return;
  }
  check_whole(c, r);
  for (int i = 0; i < d->ndeals; i++)
    if (d->deal[i].name[0]) there += check_deal(c, &d->deal[i], exactly, &a, r);
  int64_t all = number(c, SQL("SELECT count(*) FROM deal WHERE company = $1"), d->company);
  if (all != there) note(r, &r->stranger, "%d deals are there, %d of them known", (int)all, there);
  db_read_end(c);
}

static void check_log(struct durable *d, struct durable_report *r) {
  AUTO(buf_release) struct buf findings = BUF(256 * 1024);
  struct audit_report audit = {0};
  enum err e = audit_verify(d->db, &d->key, &findings, &audit);
  r->findings = (int)audit.findings + (e != ERR_OK);
  if (r->findings) note(r, NULL, "log: %.400s", e ? "cannot be read" : buf_z(&findings));
}

void durable_check(struct durable *d, bool exactly, struct durable_report *ret) {
  struct db_conn *c = NULL;
  if (!d->db || db_conn_open(d->db, &c)) {
    ret->shut = true;
    note(ret, NULL, "no connection: %s", d->db ? db_tx_message() : "closed");
    return;
  }
  check_deals(d, c, exactly, ret);
  db_conn_close(c);
  check_log(d, ret);
}

bool durable_ok(const struct durable_report *r) {
  return !r->lost && !r->stranger && !r->torn && !r->findings && !r->corrupt && !r->shut;
}

bool durable_file_is_whole(const struct durable *d) {
  sqlite3 *h = NULL;
  sqlite3_stmt *s = NULL;
  bool whole = !sqlite3_open_v2(d->path, &h, SQLITE_OPEN_READWRITE, NULL) &&
               !sqlite3_prepare_v2(h, "PRAGMA integrity_check", -1, &s, NULL) && sqlite3_step(s) == SQLITE_ROW &&
               !strcmp((const char *)sqlite3_column_text(s, 0), "ok");
  (void)sqlite3_finalize(s);
  (void)sqlite3_close(h);
  return whole;
}

// ---- the hub

void durable_forget(struct durable *d) {
  memset(d->deal, 0, sizeof d->deal);
  d->ndeals = 0;
  for (int i = 0; i < DURABLE_DEALS; i++) (void)snprintf(d->deal[i].name, sizeof d->deal[i].name, "Deal %d", i);
}

bool durable_open(struct durable *d, enum db_open_mode mode, char why[DURABLE_WHY]) {
  AUTO(buf_release) struct buf message = BUF(DURABLE_WHY);
  int applied = 0;
  bool ok = !db_open(str_of(d->path), mode, &message, &d->db);
  if (ok && db_migrate(d->db, &message, &applied)) {
    durable_close(d);
    ok = false;
  }
  (void)snprintf(why, DURABLE_WHY, "%s", message.n ? buf_z(&message) : "");
  if (ok) db_set_hooks(d->db, (struct db_hooks){.before_commit = audit_sequence, .arg = &d->key});
  return ok;
}

void durable_close(struct durable *d) {
  db_close(d->db);
  d->db = NULL;
}

static enum err people(struct db_conn *c, void *arg) {
  struct durable *d = arg;
  AUTO(arena_release) struct arena a = {0};
  struct problem pb = {.arena = &a};
  struct ctx x = {.conn = c, .arena = &a, .pb = &pb, .viewer = {.role = -1, .ops = ~0u}, .now = clock_now()};
  struct rec *company = rec_new(&a, &entity_company), *user = rec_new(&a, &entity_user);
  rec_set_text(company, company_f_name, S("Halden Trading"));
  rec_set_text(company, company_f_short, S("Halden"));
  TRY(trust_insert(&x, company));
  x.viewer.company = company->id;
  rec_set_text(user, user_f_name, S("Mara Lindqvist"));
  rec_set_text(user, user_f_email, S("mara@halden.example"));
  rec_set_word(user, user_f_role, user_role_manager);
  TRY(trust_insert(&x, user));
  d->company = company->id;
  d->user = user->id;
  return ERR_OK;
}

void durable_setup(struct durable *d, const char *folder) {
  char why[DURABLE_WHY];
  const uint8_t seed[32] = {7};
  (void)snprintf(d->path, sizeof d->path, "%s/hub.db", folder);
  sign_seed_keypair(seed, d->key.pub, d->key.sec);
  memcpy(d->key.name, "entente/test", 13);
  if (!durable_open(d, DB_CREATE, why) || db_tx_run(d->db, "people", people, d)) {
    (void)fprintf(stderr, "no hub: %s %s\n", why, db_tx_message());
    abort();
  }
  durable_forget(d);
}

// ---- hubs to start from

enum { PAGE = 4096, FRAME = PAGE + 24, LOG_FRAMES = 2000 };  // LOG_FRAMES: wal_autocheckpoint of the program

static enum err fill(struct db_conn *c, void *arg) {
  static char body[8 * PAGE];
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(c, SQL("INSERT INTO import_chunk (import, chunk, first_row, rows, body) VALUES (1, $1, 1, 1, $2)"), &s));
  db_bind_int(s, 1, *(const int64_t *)arg);
  db_bind_bytes(s, 2, (str){body, sizeof body});
  return db_run(s);
}

void durable_images(struct durable *d, const char *folder, struct disk_image **ret_closed, struct disk_image **ret_long_log) {
  char why[DURABLE_WHY];
  disk_format();
  durable_setup(d, folder);
  durable_close(d);
  *ret_closed = disk_save();
  if (!durable_open(d, DB_SERVE, why)) abort();
  for (int64_t chunk = 1; disk_size("-wal") < (LOG_FRAMES - 150) * FRAME; chunk++)
    if (db_tx_run(d->db, "fill", fill, &chunk)) abort();
  *ret_long_log = disk_save();
  durable_close(d);
}

int durable_serve(int argc, char **argv, struct durable *d, struct disk_image **closed, struct disk_image **long_log,
                  void (*unit)(const char *folder, const char *kind, uint64_t seed)) {
  char kind[16];
  unsigned long long seed;
  if (argc != 2) return 2;
  hash_setup();
  model_setup();
  disk_setup();
  durable_images(d, argv[1], closed, long_log);
  while (scanf("%15s %llu", kind, &seed) == 2) unit(argv[1], kind, seed);
  disk_release();
  disk_image_free(*closed);
  disk_image_free(*long_log);
  return 0;
}
