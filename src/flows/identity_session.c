// SPDX-License-Identifier: Apache-2.0
// What a person sees of his own sessions, and how one of them ends. A session is named by a part of the hash of its secret: the name
// opens nothing.
#include <stdio.h>

#include "base/hash.h"
#include "flows/identity.h"

enum { NAME_DIGITS = 15 };  // of hexadecimal: 60 bits

static id64 name_of(str hashed) {
  id64 id = 0;
  for (size_t i = 0; i < NAME_DIGITS && i < hashed.n; i++)
    id = id << 4 | (hashed.p[i] <= '9' ? hashed.p[i] - '0' : hashed.p[i] - 'a' + 10);
  return id;
}

enum err identity_session_touch(struct ctx *x, str secret) {
  char hashed[SECRET_TEXT_MAX * 2];
  secret_hash(secret, hashed);
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(x->conn, SQL("UPDATE session SET last_at = $2 WHERE hash = $1 AND last_at < $2"), &s));
  db_bind_text(s, 1, str_of(hashed));
  db_bind_int(s, 2, x->now);
  return db_run(s);
}

static enum err own_sessions(struct ctx *x, struct db_stmt **ret) {
  TRY(db_prepare(x->conn,
                 SQL("SELECT hash, created_at, last_at, expires_at FROM session WHERE user_id = $1 AND expires_at > $2 AND "
                     "last_at > $3 ORDER BY created_at, hash"),
                 ret));
  db_bind_int(*ret, 1, x->viewer.user);
  db_bind_int(*ret, 2, x->now);
  db_bind_int(*ret, 3, x->now - SESSION_IDLE);
  return ERR_OK;
}

static void member_time(struct jw *w, str key, utime t) {
  AUTO(buf_release) struct buf b = BUF(64);
  time_put(&b, t);
  jw_key(w, key);
  jw_string(w, buf_str(&b));
}

enum err identity_sessions_write(struct ctx *x, struct jw *w, str secret) {
  char hashed[SECRET_TEXT_MAX * 2], z[ID_TEXT_MAX];
  secret_hash(secret, hashed);
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(own_sessions(x, &s));
  for (bool row = true;;) {
    TRY(db_step(s, &row));
    if (!row) return ERR_OK;
    jw_object(w);
    jw_key(w, S("id"));
    jw_string(w, str_of(id_z(z, "session", name_of(db_text(s, 0)))));
    member_time(w, S("created_at"), db_int(s, 1));
    member_time(w, S("last_at"), db_int(s, 2));
    member_time(w, S("expires_at"), db_int(s, 3));
    jw_key(w, S("current"));
    jw_bool(w, str_eqz(db_text(s, 0), hashed));
    jw_end_object(w);
  }
}

enum err identity_session_end_named(struct ctx *x, id64 name) {
  AUTO(db_release) struct db_stmt *s = NULL, *end = NULL;
  TRY(own_sessions(x, &s));
  for (bool row = true;;) {
    TRY(db_step(s, &row));
    if (!row) return problem_set0(x->pb, P_NOT_FOUND);
    if (name_of(db_text(s, 0)) == name) break;
  }
  str hashed = arena_str(x->arena, db_text(s, 0));
  db_release(&s);
  TRY(db_prepare(x->conn, SQL("DELETE FROM session WHERE hash = $1"), &end));
  db_bind_text(end, 1, hashed);
  return db_run(end);
}
