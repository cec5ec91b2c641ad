// SPDX-License-Identifier: Apache-2.0
// Epochs of a log (src/trust/epoch.c): after a restore it goes on under another name, its first entry binds it to the signed head it
// goes on from, checkpoints of earlier epochs are still proven or told what became of them, and tampering with any of it is found.
// Planted faults that were seen to fail here: the origin of the first epoch kept for the next; the restore placed behind entries that
// waited; a restore whose checkpoint's root, size or signature is not compared; the table of epochs not audited; a head whose name is not
// that of its epoch; a proof whose salt, place, keys or path is not looked at; a kept checkpoint whose root or signature is not; a
// backup's note read without its signature or its name.
#include "trust/internal.h"
#include "trust_fixture.h"

struct scene {
  struct hub *h;
  struct rec *deal;
};

static enum err open_fn(struct ctx *x, void *arg) {
  size_t logs;
  TRY(audit_epoch_open(x, arg, &logs));
  assert_int_equal(logs, HUB_COMPANIES);
  return ERR_OK;
}

static enum err epoch_next(struct hub *h) {
  hub_tick(UTIME_SECOND);
  return hub_run(h, (struct viewer){0}, open_fn, &h->key);
}

static struct scene *scene_new(bool pg) {
  struct scene *s = calloc(1, sizeof *s);
  struct hub *h = s->h = hub_new(pg);
  make_account(h, 0, "Blauer See", "Mannheim");
  s->deal = make_deal(h, 0, "CT scanner", "48000.00");
  share(h, s->deal, 1, "member", OP_READ);
  return s;
}

static int setup_sqlite(void **state) {
  *state = scene_new(false);
  return 0;
}
static int setup_pg(void **state) {
  *state = scene_new(true);
  return 0;
}
static int teardown(void **state) {
  struct scene *s = *state;
  hub_free(s->h);
  free(s);
  return 0;
}

static int64_t verify(struct hub *h, struct buf *out) {
  struct audit_report rep = {0};
  hub_read_end(h);
  assert_int_equal(audit_verify(h->f->db, &h->key, out, &rep), ERR_OK);
  return rep.findings;
}

static void expect_clean(struct hub *h) {
  AUTO(buf_release) struct buf out = BUF(1024 * 1024);
  if (verify(h, &out)) fail_msg("a clean log raises an alarm:\n%s", buf_z(&out));
}

static int64_t size_of(struct hub *h, int company) {
  struct ctx x = hub_read(h, as(h, company, 0));
  int64_t size;
  assert_int_equal(audit_size(x.conn, h->company[company], &size), ERR_OK);
  return size;
}

static void checkpoint_of(struct hub *h, int company, struct buf *note, struct checkpoint *ret) {
  struct ctx x = hub_read(h, as(h, company, 0));
  assert_int_equal(audit_checkpoint(x.conn, h->company[company], note), ERR_OK);
  assert_true(checkpoint_parse(buf_str(note), ret));
}

static void proof_of(struct hub *h, int company, int64_t number, struct buf *file) {
  struct ctx x = hub_read(h, as(h, company, 0));
  assert_int_equal(audit_epoch_proof(x.conn, h->company[company], number, &h->key, file), ERR_OK);
}

static void consistency_of(struct hub *h, int company, int64_t from, struct buf *file) {
  struct ctx x = hub_read(h, as(h, company, 0));
  assert_int_equal(audit_consistency(x.conn, h->company[company], from, 0, &h->key, file), ERR_OK);
}

static void holds(const struct buf *file, const char *says) {
  AUTO(buf_release) struct buf why = BUF(4096);
  if (!audit_proof_check(buf_str(file), &why)) fail_msg("%s", buf_z(&why));
  if (!strstr(buf_z(&why), says)) fail_msg("\"%s\" expected: %s", says, buf_z(&why));
}

static void kept(const struct buf *file, const struct buf *note, bool want, const char *says) {
  AUTO(buf_release) struct buf why = BUF(8192);
  bool got = audit_kept_check(buf_str(file), buf_str(note), &why);
  if (got != want || !strstr(buf_z(&why), says)) fail_msg("\"%s\" expected: %d %s", says, got, buf_z(&why));
}

// ---- going on

static void test_another_name(void **state) {
  struct scene *s = *state;
  struct hub *h = s->h;
  AUTO(buf_release) struct buf first = BUF(4096), second = BUF(4096), third = BUF(4096);
  struct checkpoint a, b, c;
  int64_t size = size_of(h, 0);
  checkpoint_of(h, 0, &first, &a);
  assert_int_equal(epoch_next(h), ERR_OK);
  checkpoint_of(h, 0, &second, &b);
  assert_int_equal(b.size, size + 1);
  assert_true(str_starts(b.origin, a.origin) && str_starts(str_sub(b.origin, a.origin.n, SIZE_MAX), S("/2-")));
  assert_true(note_signed_by(buf_str(&second), b.origin, h->key.pub));
  set_text(h, 0, &s->deal, deal_f_need, "imaging");
  assert_int_equal(epoch_next(h), ERR_OK);
  checkpoint_of(h, 0, &third, &c);
  assert_int_equal(c.size, size + 3);
  assert_true(str_starts(str_sub(c.origin, a.origin.n, SIZE_MAX), S("/3-")));
  expect_clean(h);
}

static enum err change_then_open_fn(struct ctx *x, void *arg) {
  struct scene *s = arg;
  struct ctx writer = *x;
  struct rec *after = rec_copy(s->deal);
  size_t logs;
  writer.viewer = as(s->h, 0, user_role_rep);
  rec_set_text(after, deal_f_need, S("waits"));
  TRY(trust_update(&writer, s->deal, after));
  return audit_epoch_open(x, &s->h->key, &logs);
}

// A snapshot of a PostgreSQL hub may hold entries without a place: the restore comes first all the same.
static void test_restore_comes_first(void **state) {
  struct scene *s = *state;
  struct hub *h = s->h;
  AUTO(buf_release) struct buf file = BUF(65536);
  int64_t size = size_of(h, 0);
  hub_tick(UTIME_SECOND);
  assert_int_equal(hub_run(h, (struct viewer){0}, change_then_open_fn, s), ERR_OK);
  assert_int_equal(size_of(h, 0), size + 2);
  proof_of(h, 0, 2, &file);
  holds(&file, "goes on as");
  expect_clean(h);
}

// ---- proofs

static void test_proofs_across(void **state) {
  struct scene *s = *state;
  struct hub *h = s->h;
  AUTO(buf_release) struct buf file = BUF(65536);
  struct audit_epoch_end end;
  AUTO(buf_release) struct buf first = BUF(4096);
  struct checkpoint a;
  int64_t size = size_of(h, 1);
  checkpoint_of(h, 1, &first, &a);
  assert_int_equal(epoch_next(h), ERR_OK);
  set_text(h, 0, &s->deal, deal_f_need, "imaging");
  assert_int_equal(epoch_next(h), ERR_OK);
  set_text(h, 0, &s->deal, deal_f_need, "imaging and more");
  struct ctx x = hub_read(h, as(h, 1, 0));
  assert_int_equal(audit_epoch_end(x.conn, h->company[1], a.origin, &end), ERR_OK);
  assert_int_equal(end.size, size);
  assert_int_equal(end.number, 2);
  assert_int_equal(audit_epoch_end(x.conn, h->company[1], S("entente/other/company_1"), &end), ERR_NOT_FOUND);
  assert_int_equal(audit_epoch_proof(x.conn, h->company[1], 1, &h->key, &file), ERR_NOT_FOUND);
  assert_int_equal(audit_epoch_proof(x.conn, h->company[1], 4, &h->key, &file), ERR_NOT_FOUND);
  for (int64_t seq = 1; seq <= size_of(h, 1); seq++) {
    buf_clear(&file);
    x = hub_read(h, as(h, 1, 0));
    assert_int_equal(audit_proof(x.conn, h->company[1], seq, &h->key, &file), ERR_OK);
    holds(&file, "/3-");
    buf_clear(&file);
    consistency_of(h, 1, seq, &file);
    holds(&file, "extends");
  }
  for (int64_t n = 2; n <= 3; n++) {
    buf_clear(&file);
    proof_of(h, 1, n, &file);
    holds(&file, "The hub was restored from a backup at ");
  }
}

static void test_every_byte_of_a_proof_counts(void **state) {
  struct scene *s = *state;
  AUTO(buf_release) struct buf file = BUF(65536), copy = BUF(65536), why = BUF(8192);
  assert_int_equal(epoch_next(s->h), ERR_OK);
  proof_of(s->h, 0, 2, &file);
  for (size_t i = 0; i < file.n; i++) {
    buf_clear(&copy);
    buf_clear(&why);
    buf_put(&copy, buf_str(&file));
    copy.p[i] ^= 1;
    if (audit_proof_check(buf_str(&copy), &why)) fail_msg("byte %zu of the proof may be another: %s", i, buf_z(&copy));
    assert_true(why.n > 10);
  }
}

// Another log's restore, or an ordinary entry, in place of this one's.
static void test_proof_of_another(void **state) {
  struct scene *s = *state;
  AUTO(buf_release) struct buf mine = BUF(65536), theirs = BUF(65536), why = BUF(8192);
  assert_int_equal(epoch_next(s->h), ERR_OK);
  proof_of(s->h, 0, 2, &mine);
  proof_of(s->h, 1, 2, &theirs);
  static const char *const members[] = {"body", "salt", "from_checkpoint", "from_key", "from_path", "leaf", "checkpoint", "path"};
  for (size_t i = 0; i < ARRAY_LEN(members); i++) {
    AUTO(json_release) json_t *a = NULL, *b = NULL;
    assert_int_equal(json_read(buf_str(&mine), NULL, &a), ERR_OK);
    assert_int_equal(json_read(buf_str(&theirs), NULL, &b), ERR_OK);
    assert_int_equal(json_object_set(a, members[i], json_object_get(b, members[i])), 0);
    char *text = json_dumps(a, JSON_COMPACT);
    buf_clear(&why);
    if (audit_proof_check(str_of(text), &why)) fail_msg("%s may be another log's: %s", members[i], text);
    free(text);
  }
}

// ---- a checkpoint kept from earlier

static void forged_head(struct hub *h, str origin, int64_t size, struct buf *note) {
  hash root = hash_of(S("what the hub held before it was lost"));
  note_checkpoint(note, &h->key, origin, size, &root);
}

static void test_kept_checkpoints(void **state) {
  struct scene *s = *state;
  struct hub *h = s->h;
  AUTO(buf_release)
  struct buf early = BUF(4096), cut = BUF(4096), lost = BUF(4096), now = BUF(4096), file = BUF(65536), proof = BUF(65536);
  struct checkpoint a, b, c;
  checkpoint_of(h, 0, &early, &a);
  set_text(h, 0, &s->deal, deal_f_need, "imaging");
  checkpoint_of(h, 0, &cut, &b);
  forged_head(h, b.origin, b.size + 5, &lost);
  assert_int_equal(epoch_next(h), ERR_OK);
  set_text(h, 0, &s->deal, deal_f_need, "after");
  checkpoint_of(h, 0, &now, &c);
  consistency_of(h, 0, a.size, &file);
  kept(&file, &early, true, "It begins with all that the checkpoint kept");
  kept(&file, &cut, false, "ask for the consistency from there");
  proof_of(h, 0, 2, &proof);
  kept(&proof, &early, true, "all of them kept");
  kept(&proof, &cut, true, "all of them kept");
  kept(&proof, &lost, true, "were acknowledged after the backup and are lost");
  kept(&proof, &now, false, "this is the end of");
  buf_clear(&lost);
  forged_head(h, b.origin, b.size, &lost);  // another past of the same size
  kept(&proof, &lost, false, "has another root");
  buf_clear(&file);
  consistency_of(h, 0, b.size, &file);
  kept(&file, &lost, false, "has another root");
  early.p[early.n - 10] ^= 1;
  kept(&proof, &early, false, "not signed by the key");
}

// ---- behind its back

struct tampering {
  const char *name, *sql, *expect;
};
#define OF_FIRST " WHERE number = 2 AND company = (SELECT min(company) FROM log_epoch)"
static const struct tampering tamperings[] = {
  {"origin of an epoch", "UPDATE log_epoch SET origin = replace(origin, '/2-', '/3-')" OF_FIRST, "field origin"},
  {"kept entries of an epoch", "UPDATE log_epoch SET size = size - 1" OF_FIRST, "field size"},
  {"checkpoint of an epoch", "UPDATE log_epoch SET checkpoint = ''" OF_FIRST, "field checkpoint"},
  {"number of an epoch", "UPDATE log_epoch SET number = 3" OF_FIRST, "field number"},
  {"time of an epoch", "UPDATE log_epoch SET opened_at = opened_at + 1" OF_FIRST, "field opened_at"},
  {"epoch of another log", "UPDATE log_epoch SET company = company + 1" OF_FIRST, "field company"},
  {"epoch taken out", "DELETE FROM log_epoch" OF_FIRST, "the row is missing"},
  {"epoch slipped in",
   "INSERT INTO log_epoch SELECT id + 1, company, 3, origin, size, checkpoint, opened_at FROM log_epoch" OF_FIRST,
   "no entry says that this row exists"},
};

static void test_epoch_tampering(void **state) {
  struct scene *s = *state;
  struct hub *h = s->h;
  assert_int_equal(epoch_next(h), ERR_OK);
  expect_clean(h);
  assert_int_equal(run_sql(h->f->db, "CREATE TABLE saved AS SELECT * FROM log_epoch"), ERR_OK);
  for (size_t i = 0; i < ARRAY_LEN(tamperings); i++) {
    AUTO(buf_release) struct buf out = BUF(1024 * 1024);
    assert_int_equal(run_sql(h->f->db, tamperings[i].sql), ERR_OK);
    if (!verify(h, &out) || !strstr(buf_z(&out), tamperings[i].expect))
      fail_msg("%s: \"%s\" expected:\n%s", tamperings[i].name, tamperings[i].expect, buf_z(&out));
    assert_int_equal(run_sql(h->f->db, "DELETE FROM log_epoch"), ERR_OK);
    assert_int_equal(run_sql(h->f->db, "INSERT INTO log_epoch SELECT * FROM saved"), ERR_OK);
  }
  expect_clean(h);
}

// The head as it was before the restore, signed by the hub's own key, put back: the name tells.
static void test_head_under_the_old_name(void **state) {
  struct scene *s = *state;
  struct hub *h = s->h;
  AUTO(buf_release) struct buf note = BUF(4096), text = BUF(8192), old = BUF(4096), out = BUF(65536);
  struct checkpoint was, now;
  checkpoint_of(h, 0, &old, &was);
  assert_int_equal(epoch_next(h), ERR_OK);
  checkpoint_of(h, 0, &note, &now);
  AUTO(buf_release) struct buf forged = BUF(4096);
  note_checkpoint(&forged, &h->key, was.origin, now.size, &now.root);
  buf_fmt(&text, "UPDATE audit_head SET checkpoint = '%s' WHERE log = %lld", buf_z(&forged), (long long)h->company[0]);
  hub_read_end(h);
  assert_int_equal(run_sql(h->f->db, buf_z(&text)), ERR_OK);
  assert_true(verify(h, &out) > 0);
  assert_non_null(strstr(buf_z(&out), "its checkpoint names another log"));
}

struct lie {
  struct hub *h;
  const struct audit_key *key;  // signs what the restore goes on from; NULL: the hub's own
  int64_t less;                 // entries fewer than there are
  bool root;                    // another root
};

static enum err lie_fn(struct ctx *x, void *arg) {
  const struct lie *lie = arg;
  AUTO(buf_release) struct buf note = BUF(4096), origin = BUF(256), file = BUF(65536);
  AUTO(db_release) struct db_stmt *s = NULL;
  size_t logs;
  int64_t size;
  id64 log = lie->h->company[0];
  TRY(audit_size(x->conn, log, &size));
  TRY(audit_consistency(x->conn, log, size - lie->less, 0, &lie->h->key, &file));
  AUTO(json_release) json_t *o = NULL;
  AUTO(buf_release) struct buf raw = BUF(64);
  hash root;
  assert_int_equal(json_read(buf_str(&file), NULL, &o), ERR_OK);
  assert_true(base64_parse(json_str(json_object_get(o, "from_root")), &raw));
  memcpy(root.b, raw.p, HASH_LEN);
  if (lie->root) root.b[0] ^= 1;
  note_origin(&origin, &lie->h->key, log);
  note_checkpoint(&note, lie->key ? lie->key : &lie->h->key, buf_str(&origin), size - lie->less, &root);
  TRY(db_prepare(x->conn, SQL("UPDATE audit_head SET checkpoint = $1 WHERE log = $2"), &s));
  db_bind_text(s, 1, buf_str(&note));
  db_bind_int(s, 2, log);
  TRY(db_run(s));
  db_release(&s);
  return audit_epoch_open(x, &lie->h->key, &logs);
}

static void restore_from(struct hub *h, struct lie lie) {
  lie.h = h;
  hub_tick(UTIME_SECOND);
  assert_int_equal(hub_run(h, (struct viewer){0}, lie_fn, &lie), ERR_OK);
}

// A restore that goes on from something else than the entries before it: another root, fewer of them, a head of another hub.
static void test_restore_from_another_past(void **state) {
  struct scene *s = *state;
  struct audit_key other = {.name = "entente/test"};
  uint8_t seed[32] = {9};
  sign_seed_keypair(seed, other.pub, other.sec);
  const struct lie lies[] = {{.root = true}, {.less = 1}, {.key = &other}};
  for (size_t i = 0; i < ARRAY_LEN(lies); i++) {
    AUTO(buf_release) struct buf out = BUF(65536);
    restore_from(s->h, lies[i]);
    assert_int_equal(verify(s->h, &out), 1);
    assert_non_null(strstr(buf_z(&out), "goes on from another past than its entries"));
    (void)teardown(state);
    *state = s = scene_new(false);
  }
}

static char *with_member(const struct buf *file, const char *key, json_t *value) {
  AUTO(json_release) json_t *o = NULL;
  assert_int_equal(json_read(buf_str(file), NULL, &o), ERR_OK);
  assert_int_equal(json_object_set_new(o, key, value), 0);
  return json_dumps(o, JSON_COMPACT);
}

static void refused(char *text, const char *says) {
  AUTO(buf_release) struct buf why = BUF(8192);
  if (audit_proof_check(str_of(text), &why) || !strstr(buf_z(&why), says)) fail_msg("\"%s\" expected: %s", says, buf_z(&why));
  free(text);
}

// Everything in the file is right but that one entry stands between what was kept and the restore.
static void test_restore_must_follow(void **state) {
  struct scene *s = *state;
  AUTO(buf_release) struct buf file = BUF(65536), before = BUF(65536);
  int64_t size = size_of(s->h, 0);
  restore_from(s->h, (struct lie){.less = 1});
  proof_of(s->h, 0, 2, &file);
  consistency_of(s->h, 0, size - 1, &before);
  AUTO(json_release) json_t *o = NULL;
  assert_int_equal(json_read(buf_str(&before), NULL, &o), ERR_OK);
  refused(with_member(&file, "from_path", json_incref(json_object_get(o, "path"))), "does not stand directly behind");
}

// Everything in the file is right but that the epoch before was signed by somebody else.
static void test_restore_of_another_hub(void **state) {
  struct scene *s = *state;
  struct audit_key other = {.name = "entente/test"};
  uint8_t seed[32] = {9};
  AUTO(buf_release) struct buf file = BUF(65536), origin = BUF(256), vkey = BUF(512);
  sign_seed_keypair(seed, other.pub, other.sec);
  restore_from(s->h, (struct lie){.key = &other});
  proof_of(s->h, 0, 2, &file);
  note_origin(&origin, &s->h->key, s->h->company[0]);
  note_verifier(&vkey, buf_str(&origin), other.pub);
  refused(with_member(&file, "from_key", json_string(buf_z(&vkey))), "signed by different keys");
}

// ---- the note of a backup

static void test_backup_note(void **state) {
  struct scene *s = *state;
  AUTO(buf_release) struct buf note = BUF(4096), copy = BUF(4096);
  hash file = hash_of(S("file")), got;
  int64_t size;
  audit_backup_note(&note, &s->h->key, 1234567, &file);
  assert_true(audit_backup_note_read(buf_str(&note), &s->h->key, &size, &got));
  assert_int_equal(size, 1234567);
  assert_true(hash_eq(&file, &got));
  for (size_t i = 0; i < note.n; i++) {
    buf_clear(&copy);
    buf_put(&copy, buf_str(&note));
    copy.p[i] ^= 1;
    assert_false(audit_backup_note_read(buf_str(&copy), &s->h->key, &size, &got));
  }
  buf_clear(&copy);
  note_checkpoint(&copy, &s->h->key, S("entente/test/company_1"), 1234567, &file);  // a head of a log is no note of a backup
  assert_false(audit_backup_note_read(buf_str(&copy), &s->h->key, &size, &got));
}

#define EACH(f) cmocka_unit_test_setup_teardown(f, setup_sqlite, teardown)
#define COUNT(f) 1
#define EACH_PG(f) \
  { "pg_" #f, f, setup_pg, teardown, NULL }
#define BOTH(X)                                                                                      \
  X(test_another_name), X(test_restore_comes_first), X(test_proofs_across), X(test_epoch_tampering), \
    X(test_head_under_the_old_name)

int main(void) {
  const struct CMUnitTest tests[] = {BOTH(EACH),
                                     EACH(test_every_byte_of_a_proof_counts),
                                     EACH(test_proof_of_another),
                                     EACH(test_kept_checkpoints),
                                     EACH(test_restore_from_another_past),
                                     EACH(test_restore_must_follow),
                                     EACH(test_restore_of_another_hub),
                                     EACH(test_backup_note),
                                     BOTH(EACH_PG)};
  enum { ON_PG = ARRAY_LEN(((int[]){BOTH(COUNT)})) };
  bool pg = getenv("ENTENTE_TEST_PG") != NULL;
  if (!pg) print_message("# ENTENTE_TEST_PG is not set: PostgreSQL is not tested\n");
  return _cmocka_run_group_tests("epoch", tests, ARRAY_LEN(tests) - (pg ? 0 : ON_PG), NULL, NULL);
}
