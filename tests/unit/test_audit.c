// SPDX-License-Identifier: Apache-2.0
// The log: entries in the right logs, proofs that strangers can check, and verification that finds what was done behind its back.
// Each tampering below is one test by name: the scene is built once, its file copied, the tampering done to the copy with SQLite's own
// library, and verification must name the row or the log. Random changes of single bits of any value of any audited table follow
// (ENTENTE_TAMPER=n: how many). Clean scenes must raise no alarm. Planted faults that were seen to fail here: verification without the
// order of entries, without subtrees, without updated_at; a sequencer that orders backwards; salts that begin alike; bodies that stay
// when erased; proofs whose size or shown entry is not compared.
#include "trust/internal.h"
#include "trust_fixture.h"
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

enum { REP = user_role_rep, MANAGER = user_role_manager, RW = OP_READ | OP_COMMENT | OP_WORK | OP_WRITE };

// ---- the scene: something of everything that is audited

struct scene {
  struct hub *h;
  struct rec *account, *second, *gone, *deal, *other_deal, *comment, *private_note, *lead;
  id64 grant;
  char file[128];  // SQLite: a copy of the database, which tamperings start from
};

static enum err note_fn(struct ctx *x, void *arg) { return trust_reads_note(x, arg, 1); }
static enum err erase_fn(struct ctx *x, void *arg) {
  const struct rec *r = arg;
  return audit_erase(x, r->e, r->id);
}

static void make_lead(struct scene *s) {
  struct hub *h = s->h;
  ratio seven;
  assert_true(ratio_make(7, 100, &seven));
  s->lead = rec_new(&h->arena, &entity_lead);
  rec_set_text(s->lead, lead_f_need, S("Ultrasound"));
  rec_set_rate(s->lead, lead_f_reward_rate, seven);
  rec_set_int(s->lead, lead_f_protected_until, 20500);
  assert_int_equal(hub_insert(h, as(h, 0, REP), s->lead), ERR_OK);
}

static struct scene *scene_new(bool pg) {
  struct scene *s = calloc(1, sizeof *s);
  struct hub *h = s->h = hub_new(pg);
  struct list_item it = {0};
  s->account = make_account(h, 0, "Blauer See", "Mannheim");
  s->second = make_account(h, 0, "Roter Berg", "Ulm");
  s->gone = make_account(h, 0, "Gone", "Ulm");
  s->deal = make_deal(h, 0, "CT scanner", "48000.00");
  s->other_deal = make_deal(h, 1, "Cart", "99.00");
  make_lead(s);
  s->grant = share(h, s->deal, 1, "member", RW);
  share(h, s->account, 2, "directory", OP_READ);
  hub_tick(UTIME_SECOND);
  set_text(h, 0, &s->account, account_f_city, "Heidelberg");
  set_text(h, 0, &s->deal, deal_f_need, "imaging");
  s->comment = make_child(h, 1, &entity_comment, s->deal, comment_f_text, "They measured the room", true);
  s->private_note = make_child(h, 1, &entity_comment, s->deal, comment_f_text, "Margin is thin", false);
  assert_int_equal(hub_delete(h, as(h, 0, MANAGER), s->gone), ERR_OK);
  assert_int_equal(hub_revoke(h, as(h, 0, REP), s->account, h->company[2]), ERR_OK);
  struct ctx x = hub_read(h, as(h, 1, REP));
  assert_int_equal(trust_load(&x, &entity_deal, s->deal->id, OP_READ, &it.r, &it.access), ERR_OK);
  assert_int_equal(hub_run(h, as(h, 1, REP), note_fn, &it), ERR_OK);
  hub_tick(UTIME_SECOND);
  assert_int_equal(hub_run(h, as_system(h, 0), erase_fn, s->second), ERR_OK);
  hub_read_end(h);
  return s;
}

static void scene_free(struct scene *s) {
  hub_free(s->h);
  free(s);
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
  scene_free(*state);
  return 0;
}

static int64_t verify(struct hub *h, const struct audit_key *k, struct buf *out) {
  struct audit_report rep = {0};
  hub_read_end(h);
  assert_int_equal(audit_verify(h->f->db, k, out, &rep), ERR_OK);
  return rep.findings;
}

static void expect_clean(struct hub *h) {
  AUTO(buf_release) struct buf out = BUF(1024 * 1024);
  if (verify(h, &h->key, &out)) fail_msg("a clean log raises an alarm:\n%s", buf_z(&out));
}

// ---- clean

static void test_clean(void **state) {
  struct scene *s = *state;
  struct audit_report rep;
  AUTO(buf_release) struct buf out = BUF(1024 * 1024);
  expect_clean(s->h);
  assert_int_equal(audit_verify(s->h->f->db, NULL, &out, &rep), ERR_OK);
  assert_int_equal(rep.findings, 0);
  assert_int_equal(rep.logs, HUB_COMPANIES);
  // companies, users, two accounts, two deals, lead, two comments, two grants, one reading
  assert_int_equal(rep.rows, HUB_COMPANIES * (1 + HUB_ROLES) + 2 + 2 + 1 + 2 + 2 + 1);
  assert_true(rep.entries > rep.rows);
}

static void test_logs_of_both(void **state) {
  struct scene *s = *state;
  struct db_conn *c = s->h->f->c;
  char text[256];
  (void)snprintf(text, sizeof text, "SELECT count(*) FROM audit_entry WHERE entity = 'deal' AND record = %lld",
                 (long long)s->deal->id);
  assert_int_equal(one(c, text), 3);  // created in one log, changed in both
  (void)snprintf(text, sizeof text, "SELECT count(DISTINCT body) FROM audit_entry WHERE entity = 'deal' AND record = %lld",
                 (long long)s->deal->id);
  assert_int_equal(one(c, text), 2);  // the same commitment in both
  (void)snprintf(text, sizeof text, "SELECT count(*) FROM audit_entry WHERE record = %lld AND log <> %lld",
                 (long long)s->private_note->id, (long long)s->h->company[1]);
  assert_int_equal(one(c, text), 0);
}

static void test_many_changes_at_one_instant(void **state) {
  struct scene *s = *state;
  struct hub *h = s->h;
  for (int i = 0; i < 20; i++) {  // all at the same instant: order is by id
    AUTO(buf_release) struct buf t = BUF(64);
    buf_fmt(&t, "step %d", i);
    set_text(h, 0, &s->deal, deal_f_next_step, buf_z(&t));
  }
  expect_clean(h);
}

static enum err thrice_fn(struct ctx *x, void *arg) {
  struct rec *r = arg;
  for (int i = 0; i < 3; i++) {
    struct rec *after = rec_copy(r);
    rec_set_text(after, deal_f_next_step, arena_fmt(x->arena, "step %d", i));
    TRY(trust_update(x, r, after));
    r = after;
  }
  return ERR_OK;
}

static void test_one_record_thrice_in_one_transaction(void **state) {
  struct scene *s = *state;
  assert_int_equal(hub_run(s->h, as(s->h, 0, REP), thrice_fn, s->deal), ERR_OK);
  expect_clean(s->h);
}

// What is committed to cannot be guessed from the commitment: each body has a salt of its own.
static void test_salts(void **state) {
  struct scene *s = *state;
  hub_read_end(s->h);
  if (s->h->f->pg) return;
  int64_t bodies = one(s->h->f->c, "SELECT count(*) FROM audit_body WHERE NOT erased");
  assert_int_equal(
    one(s->h->f->c, "SELECT count(DISTINCT substr(salt, 1, 8)) FROM audit_body WHERE NOT erased AND length(salt) = 32"), bodies);
}

// ---- proofs

static void check_all_flips(const struct buf *file) {
  AUTO(buf_release) struct buf copy = BUF(256 * 1024), why = BUF(4096);
  for (size_t i = 0; i < file->n; i++) {
    buf_clear(&copy);
    buf_clear(&why);
    buf_put(&copy, buf_str(file));
    copy.p[i] ^= 1;
    if (audit_proof_check(buf_str(&copy), &why)) fail_msg("byte %zu of the proof may be another: %s", i, buf_z(&copy));
    assert_true(why.n > 10);
  }
}

static void test_inclusion_proofs(void **state) {
  struct scene *s = *state;
  struct hub *h = s->h;
  AUTO(buf_release) struct buf file = BUF(256 * 1024), why = BUF(4096);
  struct ctx x = hub_read(h, as(h, 0, REP));
  for (int c = 0; c < 2; c++) {
    int64_t size;
    assert_int_equal(audit_size(x.conn, h->company[c], &size), ERR_OK);
    assert_true(size > 5);
    for (int64_t seq = 1; seq <= size; seq++) {
      buf_clear(&file);
      buf_clear(&why);
      assert_int_equal(audit_proof(x.conn, h->company[c], seq, &h->key, &file), ERR_OK);
      if (!audit_proof_check(buf_str(&file), &why)) fail_msg("%s", buf_z(&why));
      assert_true(str_starts(buf_str(&why), S("Entry ")));
    }
    assert_int_equal(audit_proof(x.conn, h->company[c], size + 1, &h->key, &file), ERR_NOT_FOUND);
    assert_int_equal(audit_proof(x.conn, h->company[c], 0, &h->key, &file), ERR_NOT_FOUND);
  }
  check_all_flips(&file);
}

// The shape of a path fits trees of several sizes: the size must be that of the checkpoint.
static void test_size_of_another_tree(void **state) {
  struct scene *s = *state;
  struct hub *h = s->h;
  AUTO(buf_release) struct buf file = BUF(256 * 1024), other = BUF(256 * 1024), mark = BUF(64), why = BUF(65536);
  struct ctx x = hub_read(h, as(h, 0, REP));
  int64_t size;
  assert_int_equal(audit_size(x.conn, h->company[0], &size), ERR_OK);
  assert_int_equal(audit_proof(x.conn, h->company[0], 1, &h->key, &file), ERR_OK);
  buf_fmt(&mark, "\"tree_size\":%lld}", (long long)size);
  const char *at = strstr(buf_z(&file), buf_z(&mark));
  assert_non_null(at);
  for (int64_t n = 1; n <= 2 * size; n++) {
    buf_clear(&other);
    buf_put(&other, (str){file.p, (size_t)(at - file.p)});
    buf_fmt(&other, "\"tree_size\":%lld}", (long long)n);
    assert_int_equal(audit_proof_check(buf_str(&other), &why), n == size);
  }
}

static void test_consistency_proofs(void **state) {
  struct scene *s = *state;
  struct hub *h = s->h;
  AUTO(buf_release) struct buf file = BUF(256 * 1024), why = BUF(4096);
  struct ctx x = hub_read(h, as(h, 0, REP));
  int64_t size;
  assert_int_equal(audit_size(x.conn, h->company[0], &size), ERR_OK);
  for (int64_t to = 1; to <= size; to++)
    for (int64_t from = 1; from <= to; from++) {
      buf_clear(&file);
      assert_int_equal(audit_consistency(x.conn, h->company[0], from, to, &h->key, &file), ERR_OK);
      if (!audit_proof_check(buf_str(&file), &why)) fail_msg("%s", buf_z(&why));
    }
  assert_int_equal(audit_consistency(x.conn, h->company[0], 0, size, &h->key, &file), ERR_NOT_FOUND);
  assert_int_equal(audit_consistency(x.conn, h->company[0], 1, size + 1, &h->key, &file), ERR_NOT_FOUND);
  buf_clear(&file);
  assert_int_equal(audit_consistency(x.conn, h->company[0], 3, size - 1, &h->key, &file), ERR_OK);
  check_all_flips(&file);
}

static void test_bad_proof_files(void **state) {
  (void)state;
  static const char *const bad[] = {"",
                                    "x",
                                    "[]",
                                    "{}",
                                    "{\"kind\":1}",
                                    "{\"kind\":\"inclusion\"}",
                                    "{\"kind\":\"consistency\"}",
                                    "{\"kind\":\"other\"}",
                                    "{\"kind\":\"inclusion\",\"checkpoint\":\"a\",\"public_key\":\"b\"}"};
  for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
    AUTO(buf_release) struct buf why = BUF(4096);
    assert_false(audit_proof_check(str_of(bad[i]), &why));
    assert_true(why.n > 10);
  }
}

static void test_checkpoint_of_log(void **state) {
  struct scene *s = *state;
  struct hub *h = s->h;
  struct checkpoint cp;
  AUTO(buf_release) struct buf note = BUF(4096);
  struct ctx x = hub_read(h, as(h, 0, REP));
  int64_t size;
  assert_int_equal(audit_checkpoint(x.conn, h->company[0], &note), ERR_OK);
  assert_int_equal(audit_size(x.conn, h->company[0], &size), ERR_OK);
  assert_true(checkpoint_parse(buf_str(&note), &cp));
  assert_int_equal(cp.size, size);
  assert_true(note_signed_by(buf_str(&note), cp.origin, h->key.pub));
  assert_int_equal(audit_checkpoint(x.conn, 12345, &note), ERR_NOT_FOUND);
}

// ---- the key file

static void test_key_file(void **state) {
  struct scene *s = *state;
  struct audit_key a, b;
  struct stat st;
  char path[128];
  path_in(s->h->f, "key", path);
  assert_int_equal(audit_key_load(str_of(path), &a), ERR_NOT_FOUND);
  assert_int_equal(audit_key_create(str_of(path), S("hub one/two"), &a), ERR_OK);
  assert_int_equal(audit_key_create(str_of(path), S("hub"), &b), ERR_CONFLICT);
  assert_int_equal(audit_key_load(str_of(path), &b), ERR_OK);
  assert_memory_equal(&a, &b, sizeof a);
  assert_string_equal(a.name, "entente/hub-one-two");
  assert_int_equal(stat(path, &st), 0);
  assert_int_equal(st.st_mode & 0777, 0600);
  int fd = open(path, O_WRONLY);
  assert_true(fd >= 0 && pwrite(fd, "A", 1, st.st_size - 6) == 1);
  close(fd);
  assert_int_equal(audit_key_load(str_of(path), &b), ERR_CORRUPT);
}

// ---- erasing

static void test_erase(void **state) {
  struct scene *s = *state;
  struct hub *h = s->h;
  char text[256];
  (void)snprintf(text, sizeof text,
                 "SELECT count(*) FROM audit_body WHERE body LIKE '%%Heidelberg%%' OR body LIKE '%%Mannheim%%'");
  assert_true(one(h->f->c, text) > 1);
  set_text(h, 0, &s->account, account_f_city, "-");
  assert_int_equal(hub_run(h, as_system(h, 0), erase_fn, s->account), ERR_OK);
  assert_int_equal(one(h->f->c, text), 0);
  expect_clean(h);
  assert_int_equal(hub_run(h, as_system(h, 0), erase_fn, s->gone), ERR_OK);  // what was deleted long ago
  expect_clean(h);
}

// ---- the sequencer

static void test_unsigned_without_key(void **state) {
  struct scene *s = *state;
  struct hub *h = s->h;
  AUTO(buf_release) struct buf out = BUF(65536);
  db_set_hooks(h->f->db, (struct db_hooks){.before_commit = audit_sequence});
  make_account(h, 3, "Solo", "Ulm");
  assert_int_equal(verify(h, NULL, &out), 0);
  assert_true(verify(h, &h->key, &out) > 0);
}

static void test_waiting_entries_are_found(void **state) {
  struct scene *s = *state;
  struct hub *h = s->h;
  AUTO(buf_release) struct buf out = BUF(65536);
  db_set_hooks(h->f->db, (struct db_hooks){0});
  make_account(h, 3, "Solo", "Ulm");
  if (h->f->pg) hub_tick(11 * UTIME_SECOND);  // there the sequencer has a moment
  assert_true(verify(h, &h->key, &out) > 0);
  assert_non_null(strstr(buf_z(&out), "never given their place"));
  db_set_hooks(h->f->db, (struct db_hooks){.before_commit = audit_sequence, .arg = &h->key});
  make_account(h, 3, "Solo 2", "Ulm");
  expect_clean(h);
}

// ---- tamperings, as SQL. {ID} words stand for ids of the scene; more than one statement may follow another

struct tampering {
  const char *name, *sql, *expect;  // expect: part of what verification must say
};

static const struct tampering tamperings[] = {
  {"name of an account", "UPDATE account SET name = 'Blauer Se' WHERE id = {account}",
   "account {account_id}: differs from its last audited body: field name"},
  {"field emptied", "UPDATE account SET city = NULL WHERE id = {account}",
   "{account_id}: differs from its last audited body: field city"},
  {"empty field filled", "UPDATE account SET notes = '' WHERE id = {account}",
   "{account_id}: differs from its last audited body: field notes"},
  {"amount of a deal", "UPDATE deal SET amount_minor = amount_minor + 1 WHERE id = {deal}",
   "deal {deal_id}: differs from its last audited body: field amount"},
  {"currency of a deal", "UPDATE deal SET amount_cur = 'USD' WHERE id = {deal}",
   "{deal_id}: differs from its last audited body: field amount"},
  {"currency without amount", "UPDATE deal SET won_amount_cur = 'USD' WHERE id = {deal}",
   "{deal_id}: differs from its last audited body: field won_amount"},
  {"word", "UPDATE deal SET outcome = 'won' WHERE id = {deal}", "{deal_id}: differs from its last audited body: field outcome"},
  {"no such word", "UPDATE deal SET outcome = 'wonn' WHERE id = {deal}",
   "{deal_id}: differs from its last audited body: field outcome"},
  {"owning company", "UPDATE deal SET company = {company2} WHERE id = {deal}",
   "{deal_id}: differs from its last audited body: field company"},
  {"author", "UPDATE account SET created_by = created_by + 1 WHERE id = {account}",
   "{account_id}: differs from its last audited body: field created_by"},
  {"time of creation", "UPDATE account SET created_at = created_at + 1 WHERE id = {account}",
   "{account_id}: differs from its last audited body: field created_at"},
  {"time of change", "UPDATE account SET updated_at = updated_at + 1 WHERE id = {account}",
   "{account_id}: differs from its last audited body: field updated_at"},
  {"id of a row", "UPDATE deal SET id = id + 1 WHERE id = {deal}", "deal {deal_id}: the row is missing"},
  {"words of a partner", "UPDATE comment SET text = 'They measured nothing' WHERE id = {comment}",
   "comment {comment_id}: differs from its last audited body: field text"},
  {"private row opened", "UPDATE comment SET room = true WHERE id = {private}",
   "{private_id}: differs from its last audited body: field room"},
  {"row moved to another root", "UPDATE comment SET root = {other_deal} WHERE id = {comment}",
   "{comment_id}: differs from its last audited body: field root"},
  {"role of a user", "UPDATE \"user\" SET role = 'admin' WHERE id = {user}",
   "user {user_id}: differs from its last audited body: field role"},
  {"user switched off", "UPDATE \"user\" SET active = false WHERE id = {user}",
   "{user_id}: differs from its last audited body: field active"},
  {"truth in another form", "UPDATE \"user\" SET active = 3 WHERE id = {user}",
   "{user_id}: differs from its last audited body: field active"},
  {"name of a company", "UPDATE company SET name = 'Halden' WHERE id = {company1}",
   "company {company1_id}: differs from its last audited body: field name"},
  {"reward rate", "UPDATE lead SET reward_rate = '8/100' WHERE id = {lead}",
   "lead {lead_id}: differs from its last audited body: field reward_rate"},
  {"rate in another form", "UPDATE lead SET reward_rate = '14/200' WHERE id = {lead}",
   "{lead_id}: differs from its last audited body: field reward_rate"},
  {"rate that is none", "UPDATE lead SET reward_rate = 'x' WHERE id = {lead}",
   "{lead_id}: differs from its last audited body: field reward_rate"},
  {"date", "UPDATE lead SET protected_until = protected_until + 1 WHERE id = {lead}",
   "{lead_id}: differs from its last audited body: field protected_until"},
  {"date beyond its range", "UPDATE lead SET protected_until = protected_until + 4294967296 WHERE id = {lead}",
   "{lead_id}: differs from its last audited body: field protected_until"},
  {"row deleted", "DELETE FROM account WHERE id = {account}",
   "account {account_id}: the row is missing, and no entry says that it was deleted"},
  {"child deleted", "DELETE FROM comment WHERE id = {comment}", "comment {comment_id}: the row is missing"},
  {"user deleted", "DELETE FROM \"user\" WHERE id = {user}", "user {user_id}: the row is missing"},
  {"row slipped in",
   "INSERT INTO comment (id, company, root, room, created_at, updated_at, created_by, text) VALUES (77, {company2}, {deal}, 1, 1, 1, 0, 'We agree')",
   "no entry says that this row exists"},
  {"deleted row brought back",
   "INSERT INTO account (id, company, created_at, updated_at, created_by, name) VALUES ({gone}, {company1}, 1, 1, 0, 'Gone')",
   "account {gone_id}: differs from its last audited body"},
  {"two rows exchanged",
   "UPDATE account SET id = 5 WHERE id = {account}; UPDATE account SET id = {account} WHERE id = {second}; UPDATE account SET id = {second} WHERE id = 5",
   "{account_id}: differs"},
  {"names exchanged", "UPDATE account SET name = CASE id WHEN {account} THEN 'Roter Berg' ELSE 'Blauer See' END",
   "{account_id}: differs from its last audited body: field name"},
  {"revoked grant revived", "UPDATE access_grant SET revoked_at = 0 WHERE root = {account}",
   "differs from its last audited body: field revoked_at"},
  {"grant widened", "UPDATE access_grant SET fieldset = 'member+notes' WHERE id = {grant}",
   "grant {grant_id}: differs from its last audited body: field fieldset"},
  {"grant lengthened", "UPDATE access_grant SET valid_until = 0 WHERE id = {grant}",
   "{grant_id}: differs from its last audited body: field until"},
  {"grant of more", "UPDATE access_grant SET ops = ops + 16 WHERE id = {grant}",
   "{grant_id}: differs from its last audited body: field ops"},
  {"grant to another", "UPDATE access_grant SET grantee = {company4} WHERE id = {grant}",
   "{grant_id}: differs from its last audited body: field grantee"},
  {"grant on another root", "UPDATE access_grant SET root = {other_deal} WHERE id = {grant}",
   "{grant_id}: differs from its last audited body: field root"},
  {"grant on another type", "UPDATE access_grant SET entity = 'account' WHERE id = {grant}",
   "{grant_id}: differs from its last audited body"},
  {"grant on nothing", "UPDATE access_grant SET entity = 'dael' WHERE id = {grant}",
   "{grant_id}: differs from its last audited body"},
  {"grant by another", "UPDATE access_grant SET owner = {company2} WHERE id = {grant}",
   "{grant_id}: differs from its last audited body: field owner"},
  {"grant deleted", "DELETE FROM access_grant WHERE id = {grant}", "grant {grant_id}: the row is missing"},
  {"grant slipped in",
   "INSERT INTO access_grant (id, owner, grantee, entity, root, ops, fieldset, valid_from, valid_until, accepted_at, revoked_at, created_by, created_at, updated_at) VALUES (78, {company1}, {company4}, 'deal', {deal}, 1, 'member', 1, 9223372036854775807, 1, 0, 0, 1, 1)",
   "no entry says that this row exists"},
  {"reading taken away", "DELETE FROM access_read", "the row is missing"},
  {"reading by another", "UPDATE access_read SET viewer_user = viewer_user + 1",
   "differs from its last audited body: field user"},
  {"reading on another day", "UPDATE access_read SET day = day + 1", "differs from its last audited body: field day"},
  {"body changed", "UPDATE audit_body SET body = replace(body, 'imaging', 'Imaging') WHERE record = {deal}",
   "deal {deal_id}: body or salt"},
  {"row and body changed",
   "UPDATE audit_body SET body = replace(body, 'imaging', 'Imaging') WHERE record = {deal}; UPDATE deal SET need = 'Imaging' WHERE id = {deal}",
   "deal {deal_id}: body or salt"},
  {"salt changed", "UPDATE audit_body SET salt = zeroblob(32) WHERE record = {deal}", "deal {deal_id}: body or salt"},
  {"commitment changed", "UPDATE audit_body SET commitment = zeroblob(32) WHERE record = {deal}", "deal {deal_id}: body"},
  {"body deleted", "DELETE FROM audit_body WHERE record = {comment}", "comment {comment_id}: the body of entry"},
  {"bodies exchanged",
   "UPDATE audit_body SET id = 5 WHERE record = {comment}; UPDATE audit_body SET id = (SELECT body FROM audit_entry WHERE record = {comment} LIMIT 1) WHERE record = {private}; UPDATE audit_body SET id = (SELECT body FROM audit_entry WHERE record = {private} LIMIT 1) WHERE id = 5",
   "comment {comment_id}: body"},
  {"body of nothing",
   "INSERT INTO audit_body SELECT 79, salt, body, commitment, entity, record, erased FROM audit_body WHERE record = {comment}",
   "comment {comment_id}: body 79 has no entry in any log"},
  {"body erased in silence", "UPDATE audit_body SET body = '', salt = zeroblob(0), erased = 1 WHERE record = {comment}",
   "comment {comment_id}: body"},
  {"erased in another form", "UPDATE audit_body SET erased = 3 WHERE record = {second}", "account {second_id}: body"},
  {"body marked erased", "UPDATE audit_body SET erased = 1 WHERE record = {comment}", "comment {comment_id}: body"},
  {"body filed elsewhere", "UPDATE audit_body SET record = {private} WHERE record = {comment}", "is filed under another record"},
  {"leaf changed",
   "UPDATE audit_entry SET leaf = replace(leaf, '\"op\":\"create\"', '\"op\":\"update\"') WHERE record = {comment}",
   "comment {comment_id}: entry"},
  {"leaf hash changed", "UPDATE audit_entry SET leaf_hash = zeroblob(32) WHERE record = {comment}",
   "comment {comment_id}: entry"},
  {"leaf that cannot be read", "UPDATE audit_entry SET leaf = '{' WHERE record = {comment}", "cannot be read"},
  {"entry taken out", "DELETE FROM audit_entry WHERE record = {comment}", "is missing"},
  {"last entry taken off",
   "DELETE FROM audit_entry WHERE log = {company1} AND seq = (SELECT max(seq) FROM audit_entry WHERE log = {company1})",
   "log of {company1_id}: it ends at entry"},
  {"log and head cut",
   "DELETE FROM audit_entry WHERE log = {company1} AND seq > 12; UPDATE audit_head SET size = 12 WHERE log = {company1}; DELETE FROM audit_node WHERE log = {company1} AND pos >= 12 >> level",
   "log of {company1_id}: its root is not what its entries give"},
  {"log deleted",
   "DELETE FROM audit_entry WHERE log = {company2}; DELETE FROM audit_node WHERE log = {company2}; DELETE FROM audit_head WHERE log = {company2}",
   "deal {other_deal_id}: no entry says that this row exists"},
  {"entries exchanged",
   "UPDATE audit_entry SET seq = -1 WHERE log = {company1} AND seq = 3; UPDATE audit_entry SET seq = 3 WHERE log = {company1} AND seq = 4; UPDATE audit_entry SET seq = 4 WHERE log = {company1} AND seq = -1",
   "log of {company1_id}: its root is not what its entries give"},
  {"entry slipped in",
   "INSERT INTO audit_entry SELECT 80, log, 500, leaf, leaf_hash, entity, record, op, at FROM audit_entry WHERE record = {comment} AND log = {company1}",
   "lie beyond its head"},
  {"entry waiting",
   "INSERT INTO audit_entry SELECT body, {company4}, NULL, leaf, leaf_hash, entity, record, op, at FROM audit_entry WHERE record = {comment} AND log = {company1}",
   "never given their place"},
  {"entry before the first",
   "INSERT INTO audit_entry SELECT 80, log, 0, leaf, leaf_hash, entity, record, op, at FROM audit_entry WHERE record = {comment} AND log = {company1}",
   "log of {company1_id}: 1 entries lie before its first"},
  {"time of an entry", "UPDATE audit_entry SET at = at - 1 WHERE record = {comment}", "comment {comment_id}: entry"},
  {"verb of an entry", "UPDATE audit_entry SET op = 'win' WHERE record = {deal}", "deal {deal_id}: entry"},
  {"type of an entry", "UPDATE audit_entry SET entity = 'activity' WHERE record = {comment}", "comment {comment_id}: entry"},
  {"record of an entry", "UPDATE audit_entry SET record = {private} WHERE record = {comment}", "comment {comment_id}: entry"},
  {"entry moved to another log",
   "UPDATE audit_entry SET log = {company4}, seq = 500 WHERE record = {comment} AND log = {company1}", "is missing"},
  {"body of an entry",
   "UPDATE audit_entry SET body = (SELECT body FROM audit_entry WHERE record = {lead}) + 1 WHERE record = {comment} AND log = {company1}",
   "comment {comment_id}: the body of entry"},
  {"subtree changed", "UPDATE audit_node SET hash = zeroblob(32) WHERE log = {company1} AND level = 1 AND pos = 1",
   "log of {company1_id}: subtree 1 of level 1 is not what its entries give"},
  {"subtree taken out", "DELETE FROM audit_node WHERE log = {company1} AND level = 2 AND pos = 0",
   "log of {company1_id}: subtree 0 of level 2 is missing"},
  {"subtree added", "INSERT INTO audit_node (log, level, pos, hash) VALUES ({company1}, 40, 7, zeroblob(32))", "subtrees where"},
  {"subtree of no log", "INSERT INTO audit_node (log, level, pos, hash) VALUES (81, 1, 0, zeroblob(32))", "its head is missing"},
  {"size of a head", "UPDATE audit_head SET size = size + 1 WHERE log = {company1}", "log of {company1_id}: it ends at entry"},
  {"root of a head", "UPDATE audit_head SET root = zeroblob(32) WHERE log = {company1}", "log of {company1_id}: its root is not"},
  {"frontier of a head", "UPDATE audit_head SET frontier = zeroblob(length(frontier)) WHERE log = {company1}",
   "log of {company1_id}: the frontier"},
  {"head deleted", "DELETE FROM audit_head WHERE log = {company1}", "log of {company1_id}: its head is missing"},
  {"head of no log", "INSERT INTO audit_head SELECT 82, size, root, frontier, checkpoint FROM audit_head WHERE log = {company1}",
   "it ends at entry 0"},
  {"checkpoint emptied", "UPDATE audit_head SET checkpoint = '' WHERE log = {company1}",
   "log of {company1_id}: its checkpoint is not written"},
  {"checkpoint of another log",
   "UPDATE audit_head SET checkpoint = (SELECT checkpoint FROM audit_head WHERE log = {company2}) WHERE log = {company1}",
   "log of {company1_id}: its checkpoint"},
  {"checkpoint edited",
   "UPDATE audit_head SET checkpoint = replace(checkpoint, char(10) || size || char(10), char(10) || (size + 1) || char(10)) WHERE log = {company1}",
   "log of {company1_id}: its checkpoint is of another tree"},
  {"signature cut off",
   "UPDATE audit_head SET checkpoint = substr(checkpoint, 1, instr(checkpoint, char(10) || char(10)) + 1) WHERE log = {company1}",
   "log of {company1_id}: "},
};

static void put_word(struct scene *s, struct buf *out, str word) {
  struct hub *h = s->h;
  struct {
    const char *name, *prefix;
    id64 id;
  } words[] = {{"account", "account", s->account->id},
               {"second", "account", s->second->id},
               {"gone", "account", s->gone->id},
               {"deal", "deal", s->deal->id},
               {"other_deal", "deal", s->other_deal->id},
               {"comment", "comment", s->comment->id},
               {"private", "comment", s->private_note->id},
               {"lead", "lead", s->lead->id},
               {"grant", "grant", s->grant},
               {"user", "user", h->user[0][REP]},
               {"company1", "company", h->company[0]},
               {"company2", "company", h->company[1]},
               {"company4", "company", h->company[3]}};
  bool text = str_ends(word, S("_id"));
  if (text) word.n -= 3;
  for (size_t i = 0; i < ARRAY_LEN(words); i++)
    if (str_eqz(word, words[i].name)) {
      if (text)
        id_put(out, words[i].prefix, words[i].id);
      else
        buf_int(out, words[i].id);
      return;
    }
  fail_msg("no such word: %.*s", STR_ARG(word));
}

static void expand(struct scene *s, const char *text, struct buf *out) {
  buf_clear(out);
  for (const char *p = text; *p; p++) {
    const char *end = *p == '{' ? strchr(p, '}') : NULL;
    if (!end || p[1] < 'a' || p[1] > 'z') {
      buf_putc(out, *p);
      continue;
    }
    put_word(s, out, (str){p + 1, (size_t)(end - p - 1)});
    p = end;
  }
}

// ---- SQLite: the file behind the program's back

static void copy_file(const char *from, const char *to) {
  char buf[65536];
  int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  assert_true(in >= 0 && out >= 0);
  for (ssize_t n; (n = read(in, buf, sizeof buf)) > 0;) assert_int_equal(write(out, buf, (size_t)n), n);
  close(in);
  close(out);
}

// The scene's file alone, checkpointed, with nobody writing; h->f->db is closed.
static void freeze(struct scene *s) {
  path_in(s->h->f, "frozen.db", s->file);
  hub_read_end(s->h);
  fixture_close(s->h->f);
  sqlite3 *raw;
  assert_int_equal(sqlite3_open(s->h->f->url, &raw), SQLITE_OK);
  assert_int_equal(sqlite3_exec(raw, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_close(raw), SQLITE_OK);
  copy_file(s->h->f->url, s->file);
}

static void thaw(struct scene *s) {
  char path[1100];
  static const char *const more[] = {"-wal", "-shm"};
  for (size_t i = 0; i < ARRAY_LEN(more); i++) {
    (void)snprintf(path, sizeof path, "%s%s", s->h->f->url, more[i]);
    (void)unlink(path);
  }
  copy_file(s->file, s->h->f->url);
}

static void run_raw(const char *file, const char *text) {
  sqlite3 *raw;
  char *message = NULL;
  assert_int_equal(sqlite3_open(file, &raw), SQLITE_OK);
  if (sqlite3_exec(raw, text, NULL, NULL, &message) != SQLITE_OK) fail_msg("%s\n%s", text, message);
  assert_int_equal(sqlite3_close(raw), SQLITE_OK);
}

static int64_t verify_file(struct scene *s, struct buf *out) {
  struct audit_report rep = {0};
  struct db *db;
  AUTO(buf_release) struct buf message = BUF(1024);
  if (db_open(str_of(s->h->f->url), DB_READ_ONLY, &message, &db)) fail_msg("%s", buf_z(&message));
  enum err err = audit_verify(db, &s->h->key, out, &rep);
  if (err) fail_msg("verification failed with %d: %s", (int)err, db_tx_message());
  db_close(db);
  return rep.findings;
}

static void test_tamperings(void **state) {
  struct scene *s = *state;
  AUTO(buf_release) struct buf text = BUF(65536), expect = BUF(4096), out = BUF(1024 * 1024);
  freeze(s);
  assert_int_equal(verify_file(s, &out), 0);
  size_t missed = 0;
  for (size_t i = 0; i < ARRAY_LEN(tamperings); i++) {
    const struct tampering *t = &tamperings[i];
    thaw(s);
    expand(s, t->sql, &text);
    expand(s, t->expect, &expect);
    run_raw(s->h->f->url, buf_z(&text));
    buf_clear(&out);
    int64_t n = verify_file(s, &out);
    if (n > 0 && strstr(buf_z(&out), buf_z(&expect))) continue;
    print_error("%s: \"%s\" expected, found %lld:\n%s\n", t->name, buf_z(&expect), (long long)n, buf_z(&out));
    missed++;
  }
  print_message("# %zu named tamperings\n", ARRAY_LEN(tamperings));
  assert_int_equal(missed, 0);
  thaw(s);
  buf_clear(&out);
  assert_int_equal(verify_file(s, &out), 0);
  fixture_open(s->h->f, DB_SERVE);
}

// Someone with the file but not the key rewrites history from the leaf up, leaving everything consistent but the signature.
static void test_history_rewritten_with_another_key(void **state) {
  struct scene *s = *state;
  struct hub *h = s->h;
  struct audit_key other = {.name = "entente/test"};
  uint8_t seed[32] = {9};
  AUTO(buf_release) struct buf out = BUF(65536);
  sign_seed_keypair(seed, other.pub, other.sec);
  db_set_hooks(h->f->db, (struct db_hooks){0});
  assert_int_equal(run_sql(h->f->db, "UPDATE audit_entry SET seq = NULL"), ERR_OK);
  assert_int_equal(run_sql(h->f->db, "DELETE FROM audit_node"), ERR_OK);
  assert_int_equal(run_sql(h->f->db, "DELETE FROM audit_head"), ERR_OK);
  db_set_hooks(h->f->db, (struct db_hooks){.before_commit = audit_sequence, .arg = &other});
  if (h->f->pg)
    sequence(h);
  else
    assert_int_equal(run_sql(h->f->db, "UPDATE hub SET value = value"), ERR_OK);
  assert_int_equal(verify(h, &other, &out), 0);  // all of it fits together
  assert_int_equal(verify(h, &h->key, &out), HUB_COMPANIES);
  assert_non_null(strstr(buf_z(&out), "is not by the key of this hub"));
}

// An old checkpoint, once signed, put back beside the longer log.
static void test_old_checkpoint_replayed(void **state) {
  struct scene *s = *state;
  struct hub *h = s->h;
  AUTO(buf_release) struct buf note = BUF(4096), text = BUF(8192), out = BUF(65536);
  struct ctx x = hub_read(h, as(h, 0, REP));
  assert_int_equal(audit_checkpoint(x.conn, h->company[0], &note), ERR_OK);
  make_account(h, 0, "Newer", "Ulm");
  hub_read_end(h);
  buf_fmt(&text, "UPDATE audit_head SET checkpoint = '%s' WHERE log = %lld", buf_z(&note), (long long)h->company[0]);
  db_set_hooks(h->f->db, (struct db_hooks){0});
  assert_int_equal(run_sql(h->f->db, buf_z(&text)), ERR_OK);
  assert_true(verify(h, &h->key, &out) > 0);
  assert_non_null(strstr(buf_z(&out), "its checkpoint is of another tree"));
}

// ---- random bits

struct cell_ref {
  char table[40], column[72];
  int64_t rowid;
};

static sqlite3_stmt *prepare(sqlite3 *raw, const char *text) {
  sqlite3_stmt *st;
  if (sqlite3_prepare_v2(raw, text, -1, &st, NULL) != SQLITE_OK) fail_msg("%s: %s", text, sqlite3_errmsg(raw));
  return st;
}

static int64_t value_of(sqlite3 *raw, const char *text) {
  sqlite3_stmt *st = prepare(raw, text);
  assert_int_equal(sqlite3_step(st), SQLITE_ROW);
  int64_t v = sqlite3_column_int64(st, 0);
  sqlite3_finalize(st);
  return v;
}

// Any value of any row of any audited table, each table as likely as the other.
static struct cell_ref pick(sqlite3 *raw, struct gen *g) {
  static const char *const logs[] = {"access_grant", "access_read", "audit_body", "audit_entry", "audit_node", "audit_head"};
  struct cell_ref c = {.rowid = 0};
  char text[512];
  for (;;) {
    size_t t = gen_below(g, (size_t)entity_count + ARRAY_LEN(logs));
    (void)snprintf(c.table, sizeof c.table, "%s", t < ARRAY_LEN(logs) ? logs[t] : entity_all[t - ARRAY_LEN(logs)]->name);
    (void)snprintf(text, sizeof text, "SELECT count(*) FROM \"%s\"", c.table);
    int64_t n = value_of(raw, text);
    if (n == 0) continue;
    (void)snprintf(text, sizeof text, "SELECT rowid FROM \"%s\" LIMIT 1 OFFSET %llu", c.table,
                   (unsigned long long)gen_below(g, (uint64_t)n));
    c.rowid = value_of(raw, text);
    (void)snprintf(text, sizeof text, "SELECT * FROM \"%s\" WHERE rowid = %lld", c.table, (long long)c.rowid);
    sqlite3_stmt *st = prepare(raw, text);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    int col = (int)gen_below(g, (uint64_t)sqlite3_column_count(st));
    (void)snprintf(c.column, sizeof c.column, "%s", sqlite3_column_name(st, col));
    int type = sqlite3_column_type(st, col), bytes = sqlite3_column_bytes(st, col);
    sqlite3_finalize(st);
    if (type == SQLITE_INTEGER || (type != SQLITE_NULL && bytes > 0)) return c;
  }
}

// Flips one bit of the value in place; false: the engine refused (a key that exists already).
static bool flip(sqlite3 *raw, const struct cell_ref *c, struct gen *g) {
  char text[256], copy[65536];
  (void)snprintf(text, sizeof text, "SELECT \"%s\" FROM \"%s\" WHERE rowid = %lld", c->column, c->table, (long long)c->rowid);
  sqlite3_stmt *st = prepare(raw, text);
  assert_int_equal(sqlite3_step(st), SQLITE_ROW);
  int type = sqlite3_column_type(st, 0), n = sqlite3_column_bytes(st, 0);
  int64_t v = sqlite3_column_int64(st, 0);
  if (type != SQLITE_INTEGER) memcpy(copy, sqlite3_column_blob(st, 0), (size_t)n);
  sqlite3_finalize(st);
  (void)snprintf(text, sizeof text, "UPDATE \"%s\" SET \"%s\" = ?1 WHERE rowid = %lld", c->table, c->column, (long long)c->rowid);
  st = prepare(raw, text);
  if (type == SQLITE_INTEGER) {
    (void)sqlite3_bind_int64(st, 1, v ^ (int64_t)(UINT64_C(1) << gen_below(g, 64)));
  } else {
    copy[gen_below(g, (uint64_t)n)] ^= (char)(1 << gen_below(g, 7));  // the eighth bit would only make text invalid
    if (type == SQLITE_TEXT)
      (void)sqlite3_bind_text(st, 1, copy, n, SQLITE_TRANSIENT);
    else
      (void)sqlite3_bind_blob(st, 1, copy, n, SQLITE_TRANSIENT);
  }
  bool done = sqlite3_step(st) == SQLITE_DONE;
  sqlite3_finalize(st);
  return done;
}

static void test_random_bits(void **state) {
  struct scene *s = *state;
  struct gen g = {42};
  const char *more = getenv("ENTENTE_TAMPER");
  int64_t rounds = 300, done = 0;
  AUTO(buf_release) struct buf out = BUF(1024 * 1024);
  if (more) assert_true(str_to_int64(str_of(more), &rounds));
  freeze(s);
  for (int64_t i = 0; i < rounds; i++) {
    sqlite3 *raw;
    thaw(s);
    assert_int_equal(sqlite3_open(s->h->f->url, &raw), SQLITE_OK);
    (void)sqlite3_exec(raw, "PRAGMA synchronous = OFF", NULL, NULL, NULL);
    struct cell_ref c = pick(raw, &g);
    bool changed = flip(raw, &c, &g);
    assert_int_equal(sqlite3_close(raw), SQLITE_OK);
    if (!changed) continue;
    buf_clear(&out);
    if (verify_file(s, &out) == 0)
      fail_msg("round %lld: a bit of %s.%s was changed and not found", (long long)i, c.table, c.column);
    done++;
  }
  print_message("# %lld random changes\n", (long long)done);
  assert_true(done > rounds / 2);
  thaw(s);
  fixture_open(s->h->f, DB_SERVE);
}

// ---- PostgreSQL: what its own types and order of rows could change

static void test_pg_tamperings(void **state) {
  struct scene *s = *state;
  static const char *const chosen[] = {"name of an account",    "amount of a deal", "private row opened", "row deleted",
                                       "revoked grant revived", "body changed",     "leaf changed",       "entries exchanged",
                                       "size of a head",        "user switched off"};
  AUTO(buf_release) struct buf text = BUF(65536), expect = BUF(4096), out = BUF(1024 * 1024);
  db_set_hooks(s->h->f->db, (struct db_hooks){0});
  for (size_t k = 0; k < ARRAY_LEN(chosen); k++)
    for (size_t i = 0; i < ARRAY_LEN(tamperings); i++) {
      if (strcmp(tamperings[i].name, chosen[k]) != 0) continue;
      expand(s, tamperings[i].expect, &expect);
      expand(s, tamperings[i].sql, &text);
      for (str rest = buf_str(&text), one_sql; str_next(&rest, ';', &one_sql);)
        assert_int_equal(run_sql(s->h->f->db, arena_z(&s->h->arena, one_sql)), ERR_OK);
      buf_clear(&out);
      (void)verify(s->h, &s->h->key, &out);
      if (!strstr(buf_z(&out), buf_z(&expect))) fail_msg("%s: \"%s\" expected:\n%s", chosen[k], buf_z(&expect), buf_z(&out));
    }
}

#define EACH(f) cmocka_unit_test_setup_teardown(f, setup_sqlite, teardown)
#define COUNT(f) 1
#define EACH_PG(f) \
  { "pg_" #f, f, setup_pg, teardown, NULL }
#define BOTH(X)                                                                                                           \
  X(test_clean), X(test_logs_of_both), X(test_many_changes_at_one_instant), X(test_one_record_thrice_in_one_transaction), \
    X(test_salts), X(test_size_of_another_tree), X(test_inclusion_proofs), X(test_consistency_proofs),                    \
    X(test_checkpoint_of_log), X(test_erase), X(test_unsigned_without_key), X(test_waiting_entries_are_found),            \
    X(test_history_rewritten_with_another_key), X(test_old_checkpoint_replayed)

int main(void) {
  const struct CMUnitTest tests[] = {
    BOTH(EACH),    EACH(test_key_file),        EACH(test_bad_proof_files), EACH(test_tamperings), EACH(test_random_bits),
    BOTH(EACH_PG), EACH_PG(test_pg_tamperings)};
  enum { ON_PG = ARRAY_LEN(((int[]){BOTH(COUNT)})) + 1 };
  bool pg = getenv("ENTENTE_TEST_PG") != NULL;
  if (!pg) print_message("# ENTENTE_TEST_PG is not set: PostgreSQL is not tested\n");
  return _cmocka_run_group_tests("audit", tests, ARRAY_LEN(tests) - (pg ? 0 : ON_PG), NULL, NULL);
}
