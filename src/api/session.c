// SPDX-License-Identifier: Apache-2.0
// Signing in and out. An unknown name and a wrong password take the same time and get the same answer.
#include <stdio.h>

#include "api/handlers.h"

static void write_session(struct call *c, const struct identity *who, const struct rec *user, const struct rec *company,
                          str hub) {
  struct jw w = reply_json(c);
  jw_object(&w);
  jw_key(&w, S("user"));
  jw_object(&w);
  write_id(&w, "id", "user", user->id);
  write_text(&w, "name", rec_text(user, user_f_name));
  write_text(&w, "email", rec_text(user, user_f_email));
  write_text(&w, "role", rec_text(user, user_f_role));
  write_text(&w, "lang", rec_text(user, user_f_lang));
  write_text(&w, "theme", rec_text(user, user_f_theme));
  jw_end_object(&w);
  jw_key(&w, S("company"));
  jw_object(&w);
  write_id(&w, "id", "company", company->id);
  write_text(&w, "name", rec_text(company, company_f_name));
  write_text(&w, "short", rec_text(company, company_f_short));
  write_text(&w, "currency", rec_text(company, company_f_currency));
  jw_end_object(&w);
  write_text(&w, "csrf", who->csrf[0] ? str_of(who->csrf) : STR_NULL);
  write_time(&w, "expires_at", who->expires_at);
  jw_key(&w, S("hub"));
  jw_object(&w);
  write_text(&w, "name", hub);
  jw_end_object(&w);
  jw_end_object(&w);
}

static enum err session_once(struct call *c, const struct identity *who) {
  TRY(db_read_begin(c->w->conn));
  struct ctx x = call_ctx(c);
  struct rec *user = NULL, *company = NULL;
  str hub = S("Entente");
  enum err e = trust_load_system(&x, &entity_user, who->viewer.user, &user);
  if (!e) e = trust_load_system(&x, &entity_company, who->viewer.company, &company);
  if (!e && hub_get(c->w->conn, S("name"), &c->arena, &hub)) hub = S("Entente");
  if (!e) write_session(c, who, user, company, hub);
  return call_read_end(c, e);
}

static enum err reply_session(struct call *c, const struct identity *who) {
  enum err e;
  do e = session_once(c, who);
  while (call_again(c, e));
  return e;
}

struct login {
  str subjects[3];  // this login from this address, this login, this address
  id64 user;
  bool failed;
  str hashed;          // as stored
  char rehashed[128];  // at the cost of today, or ""
  char secret[SECRET_TEXT_MAX];
  struct identity who;
};

static enum err login_write(struct ctx *x, struct call *c, void *arg, struct outcome *out) {
  struct login *l = arg;
  str former = session_secret(c);
  (void)out;
  for (size_t i = 0; i < ARRAY_LEN(l->subjects); i++)
    if (l->failed || i < 2)  // success forgives the login, not the address
      TRY(identity_throttle_note(x, l->subjects[i], l->failed));
  if (l->failed) return ERR_OK;
  if (former.n) TRY(identity_session_end(x, former));  // who signs in anew leaves no second session behind in the same browser
  if (l->rehashed[0]) TRY(identity_password_rehash(x, l->user, l->hashed, str_of(l->rehashed)));
  return identity_session_create(x, l->user, l->secret, &l->who);
}

static enum err throttled(struct call *c, const struct login *l) {
  for (size_t i = 0; i < ARRAY_LEN(l->subjects); i++) {
    int seconds = 0;
    TRY(identity_throttle_wait(c->w->conn, l->subjects[i], c->now, &seconds));
    if (seconds) return problem_set1(&c->problem, P_THROTTLED, arena_fmt(&c->arena, "%d", seconds));
  }
  return ERR_OK;
}

static void set_cookie(struct call *c, const char *secret, int64_t max_age) {
  const char *name = session_cookie_name(c);
  snprintf(c->resp->set_cookie, sizeof c->resp->set_cookie, "%s=%s; Path=/; HttpOnly; SameSite=Lax; Max-Age=%lld%s", name, secret,
           (long long)max_age, str_starts(str_of(name), S("__Host-")) ? "; Secure" : "");
}

enum err session_login(struct call *c) {
  str login, password;
  struct login l = {0};
  struct outcome none;
  enum err e1 = call_text(c, "login", true, 254, &login), e2 = call_text(c, "password", true, LIMIT_PASSWORD_MAX, &password);
  enum err e3 = call_only(c, "login password");
  TRY(e1);
  TRY(e2);
  TRY(e3);
  login = identity_login(&c->arena, login);
  l.subjects[0] = arena_fmt(&c->arena, "pair:%.*s %.*s", STR_ARG(login), STR_ARG(c->req->remote));
  l.subjects[1] = arena_fmt(&c->arena, "login:%.*s", STR_ARG(login));
  l.subjects[2] = arena_fmt(&c->arena, "addr:%.*s", STR_ARG(c->req->remote));
  TRY(throttled(c, &l));
  TRY(identity_credential(c->w->conn, login, &c->arena, &l.user, &l.hashed));
  c->resp->user = l.user;  // for the log: a guess is a guess at somebody
  bool ok = false;
  // The password as typed: trimming is for names.
  password = json_str(json_object_get(c->body, "password"));
  TRY(call_password_verify(c, password, l.hashed, &ok));
  l.failed = !ok || !l.user;
  if (!l.failed && password_weak(arena_z(&c->arena, l.hashed))) TRY(call_password_hash(c, password, l.rehashed));
  TRY(call_write_quiet(c, "login", login_write, &l, &none));
  if (l.failed) return problem_set0(&c->problem, P_LOGIN_FAILED);
  set_cookie(c, l.secret, (l.who.expires_at - c->now) / UTIME_SECOND);
  return reply_session(c, &l.who);
}

enum err session_read(struct call *c) { return reply_session(c, &c->who); }

static enum err logout_write(struct ctx *x, struct call *c, void *arg, struct outcome *out) {
  (void)c;
  (void)out;
  return identity_session_end(x, *(const str *)arg);
}

enum err session_logout(struct call *c) {
  str secret = session_secret(c);
  TRY(call_write(c, "logout", logout_write, &secret));
  set_cookie(c, "", 0);  // only now: a session that could not be ended keeps its cookie
  return ERR_OK;
}

static enum err revoke_write(struct ctx *x, struct call *c, void *arg, struct outcome *out) {
  (void)c;
  (void)arg;
  (void)out;
  return identity_sessions_end_all(x, x->viewer.user);
}

enum err session_revoke_all(struct call *c) {
  TRY(call_write(c, "revoke_all", revoke_write, NULL));
  set_cookie(c, "", 0);
  return ERR_OK;
}
