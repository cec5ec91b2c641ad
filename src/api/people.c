// SPDX-License-Identifier: Apache-2.0
// The people of the caller's company: users, invitations, API tokens.
#include <stdio.h>

#include "api/handlers.h"

enum { USERS_MAX = 1000, TOKEN_DAYS_MAX = 366 };

enum err users_list(struct call *c) {
  TRY(db_read_begin(c->w->conn));
  struct ctx x = call_ctx(c);
  struct rec **r[2] = {NULL, NULL};  // who is active, then who was switched off: somebody has to find him to switch him on again
  size_t n[2] = {0, 0}, shown = 0;
  enum err e = ERR_OK;
  for (int off = 0; !e && off < 2; off++)
    e = rec_db_where(c->w->conn, &entity_user, c->who.viewer.company, user_f_active, &(struct val){.set = true, .i = !off},
                     USERS_MAX, &c->arena, &r[off], &n[off]);
  struct list_item *items = NEW_ARRAY(&c->arena, n[0] + n[1] + 1, struct list_item);
  for (int off = 0; off < 2; off++)
    for (size_t i = 0; !e && i < n[off]; i++) {
      struct rec *u = r[off][i];
      items[shown] = (struct list_item){.r = u, .changed_at = u->updated_at};
      e = trust_access(&x, u, &items[shown++].access);
    }
  if (!e) e = reply_list(c, &x, items, shown, STR_NULL);
  db_read_end(c->w->conn);
  return e;
}

// Everybody sets his own name, language and theme; role and activity are the administrator's.
static uint64_t user_writable(const struct ctx *x, const struct rec *u) {
  uint64_t own = FIELD_BIT(user_f_name) | FIELD_BIT(user_f_lang) | FIELD_BIT(user_f_theme) | FIELD_BIT(user_f_title);
  uint64_t m = x->viewer.user == u->id ? own : 0;
  if (x->viewer.role == user_role_admin) m |= own | FIELD_BIT(user_f_role) | FIELD_BIT(user_f_active);
  return m;
}

static enum err user_patch_write(struct ctx *x, struct call *c, void *arg, struct outcome *out) {
  const id64 *id = arg;
  struct rec *before = NULL;
  struct access a = {0};
  uint64_t given = 0;
  TRY(trust_load(x, &entity_user, *id, OP_READ, &before, &a));
  uint64_t allowed = user_writable(x, before);
  if (!a.owner || !allowed) return problem_set0(x->pb, P_FORBIDDEN);
  TRY(call_check_match(x, c, before, &a));
  struct rec *after = rec_copy(before);
  TRY(rec_decode(after, c->body, DECODE_PATCH, allowed, "", S(""), x->pb, &given));
  bool self = x->viewer.user == before->id;
  if (self && (rec_word(after, user_f_role) != rec_word(before, user_f_role) || !rec_int(after, user_f_active)))
    return problem_set0(x->pb, P_FORBIDDEN);  // nobody locks himself out or promotes himself
  struct ctx s = *x;
  s.viewer.role = user_role_admin;
  TRY(trust_update(&s, before, after));
  if (!rec_int(after, user_f_active)) TRY(identity_sessions_end_all(x, before->id));
  *out = (struct outcome){&entity_user, before->id};
  return ERR_OK;
}

enum err user_patch(struct call *c) {
  id64 id = 0;
  TRY(call_id(c, 0, &entity_user, &id));
  return call_write(c, "user_patch", user_patch_write, &id);
}

struct password_change {
  id64 user;
  char hashed[128];
};

static enum err password_write(struct ctx *x, struct call *c, void *arg, struct outcome *out) {
  const struct password_change *p = arg;
  (void)c;
  (void)out;
  return identity_password_set(x, p->user, str_of(p->hashed));
}

static str raw_text(struct call *c, const char *key) { return json_str(json_object_get(c->body, key)); }

// Refused when easily guessed by somebody who knows the person, the company and the hub, or stolen elsewhere.
static enum err check_password(struct call *c, str password, id64 company, struct password_context *around,
                               enum problem_code *ret) {
  struct ctx x = call_ctx(c);
  struct rec *r = NULL;
  bool stolen = false;
  int reads = 0;
  if (hub_get(c->w->conn, S("name"), &c->arena, &around->hub)) around->hub = STR_NULL;
  TRY(trust_load_system(&x, &entity_company, company, &r));
  around->company = rec_text(r, company_f_name);
  *ret = password_refusal(password, around);
  if (*ret || !c->api->breached) return ERR_OK;
  // A list that cannot be read lets nothing through.
  if (breached_has(c->api->breached, password, &stolen, &reads)) return problem_set0(&c->problem, P_STORAGE);
  if (stolen) *ret = P_PASSWORD_BREACHED;
  return ERR_OK;
}

static enum err new_password(struct call *c, id64 company, struct password_context *around, char out[128]) {
  str trimmed, password = raw_text(c, "password");
  enum problem_code p = P_NONE;
  TRY(call_text(c, "password", true, LIMIT_PASSWORD_MAX, &trimmed));
  TRY(check_password(c, password, company, around, &p));
  if (p) return problem_field(&c->problem, S("/password"), p, p == P_PASSWORD_SHORT ? S("15") : S("256"), STR_NULL);
  return call_password_hash(c, password, out);
}

struct guess {
  struct call *c;
  str subject;
  bool failed;
};

// Beside the request's idempotency key: a guess counts each time.
static enum err guess_run(struct db_conn *conn, void *arg) {
  const struct guess *g = arg;
  struct ctx x = call_ctx(g->c);
  x.conn = conn;
  return identity_throttle_note(&x, g->subject, g->failed);
}

// A session found open on a desk must not be a way to guess the password behind it.
static enum err check_current(struct call *c, str hashed, bool *ret_ok) {
  struct guess g = {.c = c, .subject = arena_fmt(&c->arena, "user:%lld", (long long)c->who.viewer.user)};
  int seconds = 0;
  TRY(identity_throttle_wait(c->w->conn, g.subject, c->now, &seconds));
  if (seconds) return problem_set1(&c->problem, P_THROTTLED, arena_fmt(&c->arena, "%d", seconds));
  TRY(call_password_verify(c, raw_text(c, "current"), hashed, ret_ok));
  g.failed = !*ret_ok;
  return db_tx_run(c->api->db, "password_check", guess_run, &g);
}

enum err user_password(struct call *c) {
  struct password_change p = {0};
  str current, hashed;
  bool ok = false;
  TRY(call_id(c, 0, &entity_user, &p.user));
  if (p.user != c->who.viewer.user || c->who.token) return problem_set0(&c->problem, P_FORBIDDEN);
  TRY(call_text(c, "current", true, LIMIT_PASSWORD_MAX, &current));
  TRY(identity_user_hash(c->w->conn, p.user, &c->arena, &hashed));
  TRY(check_current(c, hashed, &ok));
  if (!ok) return problem_field(&c->problem, S("/current"), P_LOGIN_FAILED, STR_NULL, STR_NULL);
  struct ctx x = call_ctx(c);
  struct rec *u = NULL;
  TRY(trust_load_system(&x, &entity_user, p.user, &u));
  struct password_context around = {.login = rec_text(u, user_f_email), .name = rec_text(u, user_f_name)};
  TRY(new_password(c, u->company, &around, p.hashed));
  return call_write(c, "password", password_write, &p);
}

// ---- sessions

static enum err write_items(struct call *c, enum err (*fn)(struct ctx *, struct call *, struct jw *)) {
  TRY(db_read_begin(c->w->conn));
  struct ctx x = call_ctx(c);
  struct jw w = reply_json(c);
  jw_object(&w);
  jw_key(&w, S("items"));
  jw_array(&w);
  enum err e = fn(&x, c, &w);
  jw_end_array(&w);
  jw_end_object(&w);
  db_read_end(c->w->conn);
  return e;
}

static enum err sessions_items(struct ctx *x, struct call *c, struct jw *w) {
  return identity_sessions_write(x, w, session_secret(c));
}

enum err sessions_list(struct call *c) {
  if (c->who.token) return problem_set0(&c->problem, P_FORBIDDEN);
  return write_items(c, sessions_items);
}

static enum err session_end_write(struct ctx *x, struct call *c, void *arg, struct outcome *out) {
  (void)c;
  (void)out;
  return identity_session_end_named(x, *(const id64 *)arg);
}

// The password again: who found one session open must not be able to shut the owner out of the others.
enum err session_end(struct call *c) {
  str current, hashed;
  id64 name = 0;
  bool ok = false;
  if (c->who.token) return problem_set0(&c->problem, P_FORBIDDEN);
  TRY(call_only(c, "current"));
  TRY(call_text(c, "current", true, LIMIT_PASSWORD_MAX, &current));
  if (!id_parse(c->capture[0], "session", &name)) return problem_set0(&c->problem, P_NOT_FOUND);
  TRY(identity_user_hash(c->w->conn, c->who.viewer.user, &c->arena, &hashed));
  TRY(check_current(c, hashed, &ok));
  if (!ok) return problem_field(&c->problem, S("/current"), P_LOGIN_FAILED, STR_NULL, STR_NULL);
  return call_write(c, "session_end", session_end_write, &name);
}

// ---- tokens

static enum err tokens_items(struct ctx *x, struct call *c, struct jw *w) {
  (void)c;
  return identity_tokens_write(x, w);
}

enum err tokens_list(struct call *c) { return write_items(c, tokens_items); }

struct token_new {
  struct new_token n;
  char token[SECRET_TEXT_MAX];
  id64 id;
};

static enum err token_write(struct ctx *x, struct call *c, void *arg, struct outcome *out) {
  struct token_new *t = arg;
  (void)c;
  (void)out;
  return identity_token_create(x, &t->n, t->token, &t->id);
}

static enum err read_scopes(struct call *c, bool *ret_write) {
  json_t *scopes = json_object_get(c->body, "scopes");
  *ret_write = false;
  if (scopes && !json_is_array(scopes)) return problem_field(&c->problem, S("/scopes"), P_WRONG_TYPE, S("a list"), STR_NULL);
  for (size_t i = 0; i < json_array_size(scopes); i++) {
    str s = json_is_string(json_array_get(scopes, i)) ? json_str(json_array_get(scopes, i)) : S("");
    if (str_eq(s, S("write")))
      *ret_write = true;
    else if (!str_eq(s, S("read")))
      return problem_field(&c->problem, arena_fmt(&c->arena, "/scopes/%zu", i), P_BAD_WORD, S("read, write"), STR_NULL);
  }
  return ERR_OK;
}

enum err token_create(struct call *c) {
  struct token_new t = {.n.expires_at = c->now + 90 * UTIME_DAY};
  struct outcome none;
  if (c->who.token) return problem_set0(&c->problem, P_FORBIDDEN);  // a token that makes tokens never expires
  TRY(call_only(c, "name scopes expires_at"));
  TRY(call_text(c, "name", true, 120, &t.n.name));
  TRY(read_scopes(c, &t.n.write));
  TRY(call_time(c, "expires_at", false, &t.n.expires_at));
  if (t.n.expires_at <= c->now || t.n.expires_at > c->now + TOKEN_DAYS_MAX * UTIME_DAY)
    return problem_field(&c->problem, S("/expires_at"), P_OUT_OF_RANGE, S("now"), S("366 days"));
  TRY(call_write_quiet(c, "token_create", token_write, &t, &none));
  if (!t.id) return problem_set0(&c->problem, P_IDEMPOTENCY_REUSED);  // the secret was shown once, by the first answer
  struct jw w = reply_json(c);
  jw_object(&w);
  write_id(&w, "id", "token", t.id);
  write_text(&w, "name", t.n.name);
  write_text(&w, "token", str_of(t.token));
  write_time(&w, "expires_at", t.n.expires_at);
  jw_end_object(&w);
  return ERR_OK;
}

static enum err token_revoke_write(struct ctx *x, struct call *c, void *arg, struct outcome *out) {
  (void)c;
  (void)out;
  return identity_token_revoke(x, *(const id64 *)arg);
}

enum err token_revoke(struct call *c) {
  id64 id = 0;
  if (!id_parse(c->capture[0], "token", &id)) return problem_set0(&c->problem, P_NOT_FOUND);
  return call_write(c, "token_revoke", token_revoke_write, &id);
}

// ---- invitations

static enum err invitations_items(struct ctx *x, struct call *c, struct jw *w) {
  (void)c;
  return identity_invitations_write(x, w);
}

enum err invitations_list(struct call *c) {
  TRY(call_need_role(c, user_role_admin));
  return write_items(c, invitations_items);
}

struct invitation_new {
  struct new_invitation n;
  char secret[SECRET_TEXT_MAX];
  id64 id;
};

static enum err invitation_write(struct ctx *x, struct call *c, void *arg, struct outcome *out) {
  struct invitation_new *i = arg;
  (void)c;
  (void)out;
  return identity_invite(x, &i->n, i->secret, &i->id);
}

enum err invitation_create(struct call *c) {
  struct invitation_new i = {0};
  struct outcome none;
  int role = -1, lang = -1;
  TRY(call_need_role(c, user_role_admin));
  TRY(call_only(c, "email name role lang"));
  enum err e1 = call_text(c, "email", true, 254, &i.n.email), e2 = call_text(c, "name", true, 120, &i.n.name);
  enum err e3 = call_word(c, "role", &vocab_user_role, true, &role), e4 = call_word(c, "lang", &vocab_lang, false, &lang);
  TRY(e1);
  TRY(e2);
  TRY(e3);
  TRY(e4);
  if (str_find(i.n.email, '@') < 1) return problem_field(&c->problem, S("/email"), P_BAD_EMAIL, STR_NULL, STR_NULL);
  i.n.role = str_of(vocab_word(&vocab_user_role, role));
  i.n.lang = str_of(lang_tag(lang < 0 ? c->lang : (enum lang)lang));
  TRY(call_write_quiet(c, "invite", invitation_write, &i, &none));
  if (!i.id) return problem_set0(&c->problem, P_IDEMPOTENCY_REUSED);
  struct jw w = reply_json(c);
  jw_object(&w);
  write_id(&w, "id", "invite", i.id);
  write_text(&w, "email", i.n.email);
  write_text(&w, "link_token", str_of(i.secret));
  jw_end_object(&w);
  return ERR_OK;
}

struct link_new {
  id64 user, id;
  char secret[SECRET_TEXT_MAX];
};

static enum err link_write(struct ctx *x, struct call *c, void *arg, struct outcome *out) {
  struct link_new *l = arg;
  (void)c;
  (void)out;
  return identity_password_link(x, l->user, l->secret, &l->id);
}

// By the administrator, who knows the person; not for himself, and not by a token: it would take over whoever it likes.
enum err user_password_link(struct call *c) {
  struct link_new l = {0};
  struct outcome none;
  TRY(call_id(c, 0, &entity_user, &l.user));
  TRY(call_need_role(c, user_role_admin));
  if (c->who.token || l.user == c->who.viewer.user) return problem_set0(&c->problem, P_FORBIDDEN);
  TRY(call_write_quiet(c, "password_link", link_write, &l, &none));
  if (!l.id) return problem_set0(&c->problem, P_IDEMPOTENCY_REUSED);
  struct jw w = reply_json(c);
  jw_object(&w);
  write_id(&w, "id", "invite", l.id);
  write_text(&w, "link_token", str_of(l.secret));
  jw_end_object(&w);
  return ERR_OK;
}

static enum err withdraw_write(struct ctx *x, struct call *c, void *arg, struct outcome *out) {
  (void)c;
  (void)out;
  return identity_invitation_withdraw(x, *(const id64 *)arg);
}

enum err invitation_withdraw(struct call *c) {
  id64 id = 0;
  TRY(call_need_role(c, user_role_admin));
  if (!id_parse(c->capture[0], "invite", &id)) return problem_set0(&c->problem, P_NOT_FOUND);
  return call_write(c, "invite_withdraw", withdraw_write, &id);
}

struct accepting {
  str token;
  char hashed[128];
};

static enum err accept_write(struct ctx *x, struct call *c, void *arg, struct outcome *out) {
  struct accepting *a = arg;
  id64 user = 0;
  (void)c;
  (void)out;
  return identity_invitation_accept(x, a->token, str_of(a->hashed), &user);
}

enum err invitation_accept(struct call *c) {
  struct accepting a = {0};
  struct invited i;
  TRY(call_only(c, "token password"));
  TRY(call_text(c, "token", true, SECRET_TEXT_MAX, &a.token));
  TRY(identity_invitation_peek(c->w->conn, a.token, c->now, &c->arena, &i));
  struct password_context around = {.login = i.email, .name = i.name};
  TRY(new_password(c, i.company, &around, a.hashed));
  return call_write(c, "invite_accept", accept_write, &a);
}
