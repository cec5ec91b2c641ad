// SPDX-License-Identifier: Apache-2.0
#include "flows/identity.h"

#include <stdio.h>

#include "base/hash.h"
#include "base/utf8.h"

enum {
  SESSION_DAYS = 7,
  INVITATION_DAYS = 14,
  PASSWORD_LINK_DAYS = 1,
  THROTTLE_FREE = 5,        // failures before waiting starts, of a login from one address, and of a password asked for again
  THROTTLE_FREE_MANY = 50,  // and of an address, which an office shares; and of a login, which a stranger must not lock easily
  THROTTLE_MAX_WAIT = 900,  // seconds
};

void secret_new(char out[SECRET_TEXT_MAX]) {
  uint8_t raw[32];
  random_bytes(raw, sizeof raw);
  AUTO(buf_release) struct buf b = BUF(SECRET_TEXT_MAX);
  base64url_put(&b, (str){(const char *)raw, sizeof raw});
  snprintf(out, SECRET_TEXT_MAX, "%s", buf_z(&b));
  secret_wipe(raw, sizeof raw);
}

void secret_hash(str secret, char out[SECRET_TEXT_MAX * 2]) {
  hash h = hash_of(secret);
  AUTO(buf_release) struct buf b = BUF(SECRET_TEXT_MAX * 2);
  hash_put_hex(&b, &h);
  snprintf(out, SECRET_TEXT_MAX * 2, "%s", buf_z(&b));
}

static void set_or_default(struct rec *r, int f, str v) {
  if (v.p) rec_set_text(r, f, v);
}

enum err identity_company_create(struct ctx *x, const struct new_company *n, id64 *ret_company) {
  struct rec *r = rec_new(x->arena, &entity_company);
  r->company = r->id;
  rec_set_text(r, company_f_name, n->name);
  rec_set_text(r, company_f_short, n->short_name.p ? n->short_name : str_sub(n->name, 0, 2));
  set_or_default(r, company_f_full_name, n->full_name);
  set_or_default(r, company_f_country, n->country);
  set_or_default(r, company_f_currency, n->currency);
  set_or_default(r, company_f_work_week, n->work_week);
  set_or_default(r, company_f_work_exceptions, n->work_exceptions);
  set_or_default(r, company_f_needs, n->needs);
  set_or_default(r, company_f_regions, n->regions);
  set_or_default(r, company_f_about, n->about);
  if (n->has_offset) rec_set_int(r, company_f_utc_offset_minutes, n->utc_offset_minutes);
  struct ctx s = *x;
  s.viewer = (struct viewer){.company = r->id, .role = -1, .ops = ~0u};
  TRY(trust_insert(&s, r));
  *ret_company = r->id;
  return ERR_OK;
}

// The login is the folded e-mail: what people type differs in case only.
// Folded until nothing changes: two spellings of one login are one subject for the throttle too.
str identity_login(struct arena *a, str email) {
  str now = str_trim(email), before = STR_NULL;
  for (int i = 0; i < 4 && !str_eq(now, before); i++) {
    AUTO(buf_release) struct buf b = BUF(4096);
    utf8_fold(&b, now);
    before = now;
    now = arena_str(a, str_trim(buf_str(&b)));
  }
  return now;
}

static enum err credential_insert(struct ctx *x, id64 user, str login, str password_hash) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(x->conn,
                 SQL("INSERT INTO credential (user_id, login, password, changed_at) VALUES ($1, $2, $3, $4) "
                     "ON CONFLICT (login) DO NOTHING"),
                 &s));
  db_bind_int(s, 1, user);
  db_bind_text(s, 2, login);
  db_bind_text(s, 3, password_hash);
  db_bind_int(s, 4, x->now);
  TRY(db_run(s));
  return db_changes(s) == 1 ? ERR_OK : problem_field(x->pb, S("/email"), P_DUPLICATE, login, STR_NULL);
}

enum err identity_user_create(struct ctx *x, const struct new_user *n, id64 *ret_user) {
  struct rec *r = rec_new(x->arena, &entity_user);
  r->company = n->company;
  rec_set_text(r, user_f_name, n->name);
  rec_set_text(r, user_f_email, str_trim(n->email));
  set_or_default(r, user_f_title, n->title);
  rec_set_word(r, user_f_role, vocab_index(&vocab_user_role, str_of(n->role)));
  rec_set_word(r, user_f_lang, vocab_index(&vocab_lang, str_of(n->lang)));
  TRY(credential_insert(x, r->id, identity_login(x->arena, n->email), n->password_hash));
  struct ctx s = *x;
  s.viewer = (struct viewer){.company = n->company, .role = -1, .ops = ~0u};
  TRY(trust_insert(&s, r));
  *ret_user = r->id;
  return ERR_OK;
}

// argon2id of a random text: verifying against it takes as long as against a real one and always fails.
static const char dummy_hash[] =
  "$argon2id$v=19$m=19456,t=2,p=1$T8QmQyvBrXlHcXjgqxE3JA$2Xc1pRrKqvNNwhoeSX3PTvfWtZJ0qkN4PaW8h3e0Oc0";

enum err identity_credential(struct db_conn *c, str login, struct arena *a, id64 *ret_user, str *ret_hash) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(c, SQL("SELECT user_id, password FROM credential WHERE login = $1"), &s));
  db_bind_text(s, 1, identity_login(a, login));
  bool row = false;
  TRY(db_step(s, &row));
  *ret_user = row ? db_int(s, 0) : 0;
  *ret_hash = row ? arena_str(a, db_text(s, 1)) : str_of(dummy_hash);
  return ERR_OK;
}

enum err identity_user_hash(struct db_conn *c, id64 user, struct arena *a, str *ret_hash) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(c, SQL("SELECT password FROM credential WHERE user_id = $1"), &s));
  db_bind_int(s, 1, user);
  bool row = false;
  TRY(db_step(s, &row));
  if (!row) return ERR_NOT_FOUND;
  *ret_hash = arena_str(a, db_text(s, 0));
  return ERR_OK;
}

enum err identity_password_set(struct ctx *x, id64 user, str password_hash) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(x->conn, SQL("UPDATE credential SET password = $2, changed_at = $3 WHERE user_id = $1"), &s));
  db_bind_int(s, 1, user);
  db_bind_text(s, 2, password_hash);
  db_bind_int(s, 3, x->now);
  TRY(db_run(s));
  return identity_sessions_end_all(x, user);
}

enum err identity_password_rehash(struct ctx *x, id64 user, str former, str password_hash) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(x->conn, SQL("UPDATE credential SET password = $3 WHERE user_id = $1 AND password = $2"), &s));
  db_bind_int(s, 1, user);
  db_bind_text(s, 2, former);
  db_bind_text(s, 3, password_hash);
  return db_run(s);
}

enum err identity_throttle_wait(struct db_conn *c, str subject, utime now, int *ret_seconds) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(c, SQL("SELECT blocked_until FROM throttle WHERE subject = $1"), &s));
  db_bind_text(s, 1, subject);
  bool row = false;
  TRY(db_step(s, &row));
  int64_t left = row ? db_int(s, 0) - now : 0;
  *ret_seconds = left > 0 ? (int)((left + UTIME_SECOND - 1) / UTIME_SECOND) : 0;
  return ERR_OK;
}

enum err identity_throttle_note(struct ctx *x, str subject, bool failed) {
  AUTO(db_release) struct db_stmt *s = NULL;
  if (!failed) {
    TRY(db_prepare(x->conn, SQL("DELETE FROM throttle WHERE subject = $1"), &s));
    db_bind_text(s, 1, subject);
    return db_run(s);
  }
  TRY(db_prepare(x->conn, SQL("SELECT failures, last_at FROM throttle WHERE subject = $1"), &s));
  db_bind_text(s, 1, subject);
  bool row = false;
  TRY(db_step(s, &row));
  int64_t failures = row && x->now - db_int(s, 1) < UTIME_DAY ? db_int(s, 0) + 1 : 1;
  db_release(&s);
  // Doubling from two seconds: guessing stays slow, an honest typist is not locked out.
  bool many = str_starts(subject, S("addr:")) || str_starts(subject, S("login:"));
  int64_t over = failures - (many ? THROTTLE_FREE_MANY : THROTTLE_FREE);
  int64_t wait = over <= 0 ? 0 : over > 9 ? THROTTLE_MAX_WAIT : INT64_C(1) << over;
  TRY(db_prepare(
    x->conn,
    SQL("INSERT INTO throttle (subject, failures, blocked_until, last_at) VALUES ($1, $2, $3, $4) ON CONFLICT (subject) "
        "DO UPDATE SET failures = excluded.failures, blocked_until = excluded.blocked_until, last_at = excluded.last_at"),
    &s));
  db_bind_text(s, 1, subject);
  db_bind_int(s, 2, failures);
  db_bind_int(s, 3, x->now + wait * UTIME_SECOND);
  db_bind_int(s, 4, x->now);
  return db_run(s);
}

enum err identity_tidy(struct ctx *x) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(x->conn, SQL("DELETE FROM throttle WHERE last_at < $1 AND blocked_until < $2"), &s));
  db_bind_int(s, 1, x->now - UTIME_DAY);
  db_bind_int(s, 2, x->now);
  TRY(db_run(s));
  db_release(&s);
  TRY(db_prepare(x->conn, SQL("DELETE FROM session WHERE expires_at < $1 OR last_at < $2"), &s));
  db_bind_int(s, 1, x->now);
  db_bind_int(s, 2, x->now - SESSION_IDLE);
  return db_run(s);
}

enum err identity_session_create(struct ctx *x, id64 user, char ret_secret[SECRET_TEXT_MAX], struct identity *ret) {
  struct rec *u = NULL;
  TRY(trust_load_system(x, &entity_user, user, &u));
  if (!rec_int(u, user_f_active)) return problem_set0(x->pb, P_LOGIN_FAILED);
  char secret[SECRET_TEXT_MAX], hashed[SECRET_TEXT_MAX * 2], csrf[SECRET_TEXT_MAX];
  secret_new(secret);
  secret_new(csrf);
  secret_hash(str_of(secret), hashed);
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(x->conn,
                 SQL("INSERT INTO session (hash, user_id, company, csrf, created_at, last_at, expires_at) "
                     "VALUES ($1, $2, $3, $4, $5, $5, $6)"),
                 &s));
  db_bind_text(s, 1, str_of(hashed));
  db_bind_int(s, 2, user);
  db_bind_int(s, 3, u->company);
  db_bind_text(s, 4, str_of(csrf));
  db_bind_int(s, 5, x->now);
  utime expires = x->now + SESSION_DAYS * UTIME_DAY;
  db_bind_int(s, 6, expires);
  TRY(db_run(s));
  db_release(&s);
  TRY(db_prepare(x->conn, SQL("DELETE FROM session WHERE user_id = $1 AND expires_at < $2"), &s));
  db_bind_int(s, 1, user);
  db_bind_int(s, 2, x->now);
  TRY(db_run(s));
  *ret = (struct identity){.viewer = {u->company, user, rec_word(u, user_f_role), ~0u, (enum lang)rec_word(u, user_f_lang)},
                           .expires_at = expires};
  snprintf(ret->csrf, sizeof ret->csrf, "%s", csrf);
  snprintf(ret_secret, SECRET_TEXT_MAX, "%s", secret);
  return ERR_OK;
}

static enum err identity_read(struct db_stmt *s, struct identity *ret) {
  bool row = false;
  TRY(db_step(s, &row));
  if (!row) return ERR_NOT_FOUND;
  *ret = (struct identity){.viewer = {.user = db_int(s, 0),
                                      .company = db_int(s, 1),
                                      .role = vocab_index(&vocab_user_role, db_text(s, 4)),
                                      .ops = ~0u,
                                      .lang = lang_of(db_text(s, 5))},
                           .expires_at = db_int(s, 3)};
  snprintf(ret->csrf, sizeof ret->csrf, "%.*s", STR_ARG(db_text(s, 2)));
  return ERR_OK;
}

enum err identity_by_session(struct db_conn *c, str secret, utime now, struct identity *ret) {
  char hashed[SECRET_TEXT_MAX * 2];
  secret_hash(secret, hashed);
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(
    db_prepare(c,
               SQL("SELECT s.user_id, u.company, s.csrf, s.expires_at, u.role, u.lang, s.last_at FROM session s JOIN \"user\" u "
                   "ON u.id = s.user_id WHERE s.hash = $1 AND s.expires_at > $2 AND s.last_at > $3 AND u.active"),
               &s));
  db_bind_text(s, 1, str_of(hashed));
  db_bind_int(s, 2, now);
  db_bind_int(s, 3, now - SESSION_IDLE);
  TRY(identity_read(s, ret));
  ret->last_at = db_int(s, 6);
  return ERR_OK;
}

enum err identity_by_token(struct db_conn *c, str token, utime now, struct identity *ret) {
  char hashed[SECRET_TEXT_MAX * 2];
  secret_hash(token, hashed);
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(
    c,
    SQL(
      "SELECT t.user_id, u.company, t.scopes, t.expires_at, u.role, u.lang FROM api_token t JOIN \"user\" u ON u.id = t.user_id "
      "WHERE t.hash = $1 AND t.expires_at > $2 AND t.revoked_at = 0 AND u.active"),
    &s));
  db_bind_text(s, 1, str_of(hashed));
  db_bind_int(s, 2, now);
  TRY(identity_read(s, ret));
  ret->token = true;
  if (!strstr(ret->csrf, "write")) ret->viewer.ops = OP_READ;
  ret->csrf[0] = 0;
  return ERR_OK;
}

enum err identity_session_live(struct db_conn *c, str session_hash, utime now, bool *ret_live) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(c,
                 SQL("SELECT 1 FROM session s JOIN \"user\" u ON u.id = s.user_id WHERE s.hash = $1 AND s.expires_at > $2 AND "
                     "s.last_at > $3 AND u.active UNION ALL SELECT 1 FROM api_token t JOIN \"user\" u ON u.id = t.user_id "
                     "WHERE t.hash = $1 AND t.expires_at > $2 AND t.revoked_at = 0 AND u.active"),
                 &s));
  db_bind_text(s, 1, session_hash);
  db_bind_int(s, 2, now);
  db_bind_int(s, 3, now - SESSION_IDLE);
  return db_step(s, ret_live);
}

enum err identity_session_end(struct ctx *x, str secret) {
  char hashed[SECRET_TEXT_MAX * 2];
  secret_hash(secret, hashed);
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(x->conn, SQL("DELETE FROM session WHERE hash = $1"), &s));
  db_bind_text(s, 1, str_of(hashed));
  return db_run(s);
}

enum err identity_sessions_end_all(struct ctx *x, id64 user) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(x->conn, SQL("DELETE FROM session WHERE user_id = $1"), &s));
  db_bind_int(s, 1, user);
  TRY(db_run(s));
  db_release(&s);
  TRY(db_prepare(x->conn, SQL("UPDATE api_token SET revoked_at = $2 WHERE user_id = $1 AND revoked_at = 0"), &s));
  db_bind_int(s, 1, user);
  db_bind_int(s, 2, x->now);
  return db_run(s);
}

enum err identity_token_create(struct ctx *x, const struct new_token *n, char ret_token[SECRET_TEXT_MAX], id64 *ret_id) {
  char secret[SECRET_TEXT_MAX], hashed[SECRET_TEXT_MAX * 2];
  secret_new(secret);
  snprintf(ret_token, SECRET_TEXT_MAX, "ent_%.59s", secret);
  secret_hash(str_of(ret_token), hashed);
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(x->conn,
                 SQL("INSERT INTO api_token (id, hash, user_id, company, name, scopes, created_at, expires_at, revoked_at) "
                     "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)"),
                 &s));
  id64 id = id_new();
  db_bind_int(s, 1, id);
  db_bind_text(s, 2, str_of(hashed));
  db_bind_int(s, 3, x->viewer.user);
  db_bind_int(s, 4, x->viewer.company);
  db_bind_text(s, 5, n->name);
  db_bind_text(s, 6, n->write ? S("read write") : S("read"));
  db_bind_int(s, 7, x->now);
  db_bind_int(s, 8, n->expires_at);
  TRY(db_run(s));
  *ret_id = id;
  return ERR_OK;
}

enum err identity_token_revoke(struct ctx *x, id64 id) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(x->conn, SQL("UPDATE api_token SET revoked_at = $3 WHERE id = $1 AND user_id = $2 AND revoked_at = 0"), &s));
  db_bind_int(s, 1, id);
  db_bind_int(s, 2, x->viewer.user);
  db_bind_int(s, 3, x->now);
  TRY(db_run(s));
  return db_changes(s) ? ERR_OK : problem_set0(x->pb, P_NOT_FOUND);
}

static void member_text(struct jw *w, str key, str v) {
  jw_key(w, key);
  jw_string(w, v);
}
static void member_id(struct jw *w, str key, const char *prefix, id64 id) {
  char z[ID_TEXT_MAX];
  member_text(w, key, str_of(id_z(z, prefix, id)));
}
static void member_time(struct jw *w, str key, utime t) {
  AUTO(buf_release) struct buf b = BUF(64);
  time_put(&b, t);
  member_text(w, key, buf_str(&b));
}

enum err identity_tokens_write(struct ctx *x, struct jw *w) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(
    x->conn,
    SQL("SELECT id, name, scopes, created_at, expires_at FROM api_token WHERE user_id = $1 AND revoked_at = 0 ORDER BY id"), &s));
  db_bind_int(s, 1, x->viewer.user);
  for (bool row = true;;) {
    TRY(db_step(s, &row));
    if (!row) return ERR_OK;
    jw_object(w);
    member_id(w, S("id"), "token", db_int(s, 0));
    member_text(w, S("name"), db_text(s, 1));
    jw_key(w, S("scopes"));
    jw_array(w);
    str scopes = db_text(s, 2), one;
    while (str_next(&scopes, ' ', &one)) jw_string(w, one);
    jw_end_array(w);
    member_time(w, S("created_at"), db_int(s, 3));
    member_time(w, S("expires_at"), db_int(s, 4));
    jw_end_object(w);
  }
}

static enum err invitation_insert(struct ctx *x, const struct new_invitation *n, int days, char ret_secret[SECRET_TEXT_MAX],
                                  id64 *ret_id) {
  char hashed[SECRET_TEXT_MAX * 2];
  secret_new(ret_secret);
  secret_hash(str_of(ret_secret), hashed);
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(
    x->conn,
    SQL("INSERT INTO invitation (id, hash, company, email, name, role, lang, created_by, created_at, expires_at, used_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0)"),
    &s));
  id64 id = id_new();
  db_bind_int(s, 1, id);
  db_bind_text(s, 2, str_of(hashed));
  db_bind_int(s, 3, x->viewer.company);
  db_bind_text(s, 4, n->email);
  db_bind_text(s, 5, n->name);
  db_bind_text(s, 6, n->role);
  db_bind_text(s, 7, n->lang);
  db_bind_int(s, 8, x->viewer.user);
  db_bind_int(s, 9, x->now);
  db_bind_int(s, 10, x->now + days * UTIME_DAY);
  TRY(db_run(s));
  *ret_id = id;
  return ERR_OK;
}

// That an address is a login of another company is not told: the link of such an invitation opens nothing.
enum err identity_invite(struct ctx *x, const struct new_invitation *n, char ret_secret[SECRET_TEXT_MAX], id64 *ret_id) {
  id64 known = 0;
  str unused;
  struct rec *u = NULL;
  TRY(identity_credential(x->conn, n->email, x->arena, &known, &unused));
  if (known) TRY(trust_load_system(x, &entity_user, known, &u));
  if (u && u->company == x->viewer.company) return problem_field(x->pb, S("/email"), P_DUPLICATE, n->email, STR_NULL);
  return invitation_insert(x, n, INVITATION_DAYS, ret_secret, ret_id);
}

static enum err active_colleague(struct ctx *x, id64 user, id64 company, struct rec **ret) {
  enum err e = trust_load_system(x, &entity_user, user, ret);
  if (e && e != ERR_NOT_FOUND) return e;
  if (e || (*ret)->company != company || !rec_int(*ret, user_f_active)) return problem_set0(x->pb, P_FORBIDDEN);
  return ERR_OK;
}

// A row of invitation without a role: the person is there already.
enum err identity_password_link(struct ctx *x, id64 user, char ret_secret[SECRET_TEXT_MAX], id64 *ret_id) {
  struct rec *u = NULL;
  TRY(active_colleague(x, user, x->viewer.company, &u));
  struct new_invitation n = {.email = identity_login(x->arena, rec_text(u, user_f_email)),
                             .name = rec_text(u, user_f_name),
                             .role = S(""),
                             .lang = rec_text(u, user_f_lang)};
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(x->conn, SQL("DELETE FROM invitation WHERE company = $1 AND email = $2 AND role = '' AND used_at = 0"), &s));
  db_bind_int(s, 1, x->viewer.company);
  db_bind_text(s, 2, n.email);
  TRY(db_run(s));
  return invitation_insert(x, &n, PASSWORD_LINK_DAYS, ret_secret, ret_id);
}

static enum err password_link_accept(struct ctx *x, str login, id64 company, str password_hash, id64 *ret_user) {
  struct rec *u = NULL;
  str former;
  TRY(identity_credential(x->conn, login, x->arena, ret_user, &former));
  TRY(active_colleague(x, *ret_user, company, &u));
  return identity_password_set(x, *ret_user, password_hash);
}

struct invitation {
  id64 id, company;
  str email, name, role, lang;
};

static enum err invitation_find(struct db_conn *c, str secret, utime now, struct arena *a, struct invitation *ret) {
  char hashed[SECRET_TEXT_MAX * 2];
  secret_hash(secret, hashed);
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(
    c, SQL("SELECT id, company, email, name, role, lang FROM invitation WHERE hash = $1 AND expires_at > $2 AND used_at = 0"),
    &s));
  db_bind_text(s, 1, str_of(hashed));
  db_bind_int(s, 2, now);
  bool row = false;
  TRY(db_step(s, &row));
  if (!row) return ERR_NOT_FOUND;
  *ret = (struct invitation){db_int(s, 0),
                             db_int(s, 1),
                             arena_str(a, db_text(s, 2)),
                             arena_str(a, db_text(s, 3)),
                             arena_str(a, db_text(s, 4)),
                             arena_str(a, db_text(s, 5))};
  return ERR_OK;
}

enum err identity_invitation_peek(struct db_conn *c, str secret, utime now, struct arena *a, struct invited *ret) {
  struct invitation i;
  TRY(invitation_find(c, secret, now, a, &i));
  *ret = (struct invited){.company = i.company, .email = i.email, .name = i.name};
  return ERR_OK;
}

enum err identity_invitation_accept(struct ctx *x, str secret, str password_hash, id64 *ret_user) {
  struct invitation i;
  TRY(invitation_find(x->conn, secret, x->now, x->arena, &i));
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(x->conn, SQL("UPDATE invitation SET used_at = $2 WHERE id = $1 AND used_at = 0"), &s));
  db_bind_int(s, 1, i.id);
  db_bind_int(s, 2, x->now);
  TRY(db_run(s));
  if (!db_changes(s)) return problem_set0(x->pb, P_NOT_FOUND);
  if (!i.role.n) return password_link_accept(x, i.email, i.company, password_hash, ret_user);
  id64 known = 0;
  str unused;
  TRY(identity_credential(x->conn, i.email, x->arena, &known, &unused));
  if (known) return problem_set0(x->pb, P_NOT_FOUND);
  struct new_user n = {.company = i.company,
                       .name = i.name,
                       .email = i.email,
                       .password_hash = password_hash,
                       .role = arena_z(x->arena, i.role),
                       .lang = arena_z(x->arena, i.lang)};
  return identity_user_create(x, &n, ret_user);
}

enum err identity_invitation_withdraw(struct ctx *x, id64 id) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(x->conn, SQL("DELETE FROM invitation WHERE id = $1 AND company = $2 AND used_at = 0"), &s));
  db_bind_int(s, 1, id);
  db_bind_int(s, 2, x->viewer.company);
  TRY(db_run(s));
  return db_changes(s) ? ERR_OK : problem_set0(x->pb, P_NOT_FOUND);
}

enum err identity_invitations_write(struct ctx *x, struct jw *w) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(
    x->conn,
    SQL(
      "SELECT id, email, name, role, created_at, expires_at FROM invitation WHERE company = $1 AND used_at = 0 AND role <> '' ORDER BY id"),
    &s));
  db_bind_int(s, 1, x->viewer.company);
  for (bool row = true;;) {
    TRY(db_step(s, &row));
    if (!row) return ERR_OK;
    jw_object(w);
    member_id(w, S("id"), "invite", db_int(s, 0));
    member_text(w, S("email"), db_text(s, 1));
    member_text(w, S("name"), db_text(s, 2));
    member_text(w, S("role"), db_text(s, 3));
    member_time(w, S("created_at"), db_int(s, 4));
    member_time(w, S("expires_at"), db_int(s, 5));
    jw_end_object(w);
  }
}

enum err hub_get(struct db_conn *c, str key, struct arena *a, str *ret_value) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(c, SQL("SELECT value FROM hub WHERE key = $1"), &s));
  db_bind_text(s, 1, key);
  bool row = false;
  TRY(db_step(s, &row));
  if (!row) return ERR_NOT_FOUND;
  *ret_value = arena_str(a, db_text(s, 0));
  return ERR_OK;
}

enum err hub_put(struct db_conn *c, str key, str value) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(c, SQL("INSERT INTO hub (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value"),
                 &s));
  db_bind_text(s, 1, key);
  db_bind_text(s, 2, value);
  return db_run(s);
}
