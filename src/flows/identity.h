// SPDX-License-Identifier: Apache-2.0
// Companies, people, sessions, invitations, API tokens: who somebody is. Secrets are stored as SHA-256 of 32 random bytes, passwords
// as argon2id; the plain secret is returned once. Hashing is the caller's (api/password.c has the bounded queue); nothing here blocks.
#ifndef ENTENTE_FLOWS_IDENTITY_H
#define ENTENTE_FLOWS_IDENTITY_H
#include "trust/trust.h"

enum { SECRET_TEXT_MAX = 64 };
#define SESSION_IDLE (48 * UTIME_HOUR)  // a session nobody used for so long is over
#define SESSION_TOUCH UTIME_HOUR        // how exactly it is kept when it was used: reading writes once in this time

void secret_new(char out[SECRET_TEXT_MAX]);                   // 32 random bytes, base64url
void secret_hash(str secret, char out[SECRET_TEXT_MAX * 2]);  // hex SHA-256, what is stored

struct identity {  // who a session or token speaks for
  struct viewer viewer;
  char csrf[SECRET_TEXT_MAX];
  utime expires_at, last_at;  // last_at: of a session, when it was used, to SESSION_TOUCH
  bool token;                 // came with a bearer token, not a cookie
};

// What somebody who knows the person would try first. Any of them may be STR_NULL.
struct password_context {
  str login, name, company, hub;
};
// Refused: short, too long, or guessed in fewer than 2^40 tries from words of the context, common words, runs, walks over a keyboard,
// dates and repeats. Pure.
enum problem_code password_refusal(str password, const struct password_context *around);

// A file of stolen passwords (identity_breached.c), open as long as the program runs; threads may share it.
struct breached;
MUST_USE enum err breached_open(const char *path, struct buf *message, struct breached **ret);
void breached_close(struct breached *b);  // NULL is fine
// *ret_reads: how many places of the file were read. ERR_IO, ERR_CORRUPT: it cannot be told.
MUST_USE enum err breached_has(const struct breached *b, str password, bool *ret_found, int *ret_reads);

struct new_company {
  str name, short_name, full_name, country, currency, work_week, work_exceptions, needs, regions, about;
  int64_t utc_offset_minutes;
  bool has_offset;
};
MUST_USE enum err identity_company_create(struct ctx *x, const struct new_company *n, id64 *ret_company);
struct new_user {
  id64 company;
  str name, email, title, password_hash;
  const char *role, *lang;
};
// P_DUPLICATE at /email when the login exists anywhere in the hub.
MUST_USE enum err identity_user_create(struct ctx *x, const struct new_user *n, id64 *ret_user);

// The stored hash of a login (lower-cased e-mail); *ret_hash is a dummy hash when unknown, so that both take the same time. user 0: unknown.
str identity_login(struct arena *a, str email);  // the login an address stands for, however it is typed
MUST_USE enum err identity_credential(struct db_conn *c, str login, struct arena *a, id64 *ret_user, str *ret_hash);
MUST_USE enum err identity_user_hash(struct db_conn *c, id64 user, struct arena *a, str *ret_hash);
MUST_USE enum err identity_password_set(struct ctx *x, id64 user,
                                        str password_hash);  // ends every session and token but none is kept
// The same password hashed anew at the cost of today; nothing else changes, and nothing when it is not `former` any more.
MUST_USE enum err identity_password_rehash(struct ctx *x, id64 user, str former, str password_hash);
// Seconds a subject ("pair:LOGIN ADDRESS", "login:..", "addr:..", "user:..") must wait; 0 none.
MUST_USE enum err identity_throttle_wait(struct db_conn *c, str subject, utime now, int *ret_seconds);
// Job, now and then: sessions that ended and counts of failures nobody waits for any more go. Anybody can make such rows.
MUST_USE enum err identity_tidy(struct ctx *x);
MUST_USE enum err identity_throttle_note(struct ctx *x, str subject, bool failed);

MUST_USE enum err identity_session_create(struct ctx *x, id64 user, char ret_secret[SECRET_TEXT_MAX], struct identity *ret);
MUST_USE enum err identity_by_session(struct db_conn *c, str secret, utime now,
                                      struct identity *ret);  // ERR_NOT_FOUND: none, expired, disabled
MUST_USE enum err identity_by_token(struct db_conn *c, str token, utime now, struct identity *ret);
MUST_USE enum err identity_session_live(struct db_conn *c, str session_hash, utime now, bool *ret_live);
MUST_USE enum err identity_session_end(struct ctx *x, str secret);
MUST_USE enum err identity_session_touch(struct ctx *x, str secret);
MUST_USE enum err identity_sessions_write(struct ctx *x, struct jw *w,
                                          str secret);                   // members of {"items":[..]}; whose is `secret`
MUST_USE enum err identity_session_end_named(struct ctx *x, id64 name);  // one of the viewer's own; P_NOT_FOUND
MUST_USE enum err identity_sessions_end_all(struct ctx *x, id64 user);

struct new_token {
  str name;
  bool write;
  utime expires_at;
};
MUST_USE enum err identity_token_create(struct ctx *x, const struct new_token *n, char ret_token[SECRET_TEXT_MAX], id64 *ret_id);
MUST_USE enum err identity_token_revoke(struct ctx *x, id64 id);
MUST_USE enum err identity_tokens_write(struct ctx *x, struct jw *w);  // members of {"items":[..]}

struct new_invitation {
  str email, name, role, lang;
};
MUST_USE enum err identity_invite(struct ctx *x, const struct new_invitation *n, char ret_secret[SECRET_TEXT_MAX], id64 *ret_id);
// A link, good for a day and once, with which a person of the viewer's company who forgot his password sets one; accepted as an
// invitation is, it ends his sessions and tokens. A later one replaces it. P_FORBIDDEN: nobody, not active, of another company.
MUST_USE enum err identity_password_link(struct ctx *x, id64 user, char ret_secret[SECRET_TEXT_MAX], id64 *ret_id);
MUST_USE enum err identity_invitation_accept(struct ctx *x, str secret, str password_hash, id64 *ret_user);
struct invited {
  id64 company;
  str email, name;
};
MUST_USE enum err identity_invitation_peek(struct db_conn *c, str secret, utime now, struct arena *a, struct invited *ret);
MUST_USE enum err identity_invitation_withdraw(struct ctx *x, id64 id);
MUST_USE enum err identity_invitations_write(struct ctx *x, struct jw *w);

// The hub's own facts: name, id, country, schema of records.
MUST_USE enum err hub_get(struct db_conn *c, str key, struct arena *a, str *ret_value);  // ERR_NOT_FOUND
MUST_USE enum err hub_put(struct db_conn *c, str key, str value);
#endif
