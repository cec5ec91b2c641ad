// SPDX-License-Identifier: Apache-2.0
#include "flows/agreement.h"

#include <stdlib.h>

#include "base/hash.h"

enum {
  VERSIONS_MAX = 200,  // versions of one agreement
  ACTIVE_MAX = 1000,   // agreements of a company in force at a time: drafts of others, which it cannot see, do not count
  OPS_PARTY = OP_READ | OP_COMMENT | OP_WORK | OP_WRITE,
};

id64 agreement_partner(const struct rec *a, id64 company) {
  id64 other = rec_ref(a, agreement_f_other);
  return company == a->company ? other : company == other ? a->company : 0;
}

static bool in_state(const struct rec *a, int state) { return rec_word(a, agreement_f_state) == state; }

static enum err wrong_state(struct ctx *x, const struct rec *a) {
  return problem_set1(x->pb, P_WRONG_STATE, rec_text(a, agreement_f_state));
}

static enum err load_party(struct ctx *x, id64 id, struct rec **ret) {
  struct access a = {0};
  TRY(flow_need_role(x, user_role_manager));
  return trust_load(x, &entity_agreement, id, OP_READ | OP_WRITE, ret, &a);
}

// ---- the document both sides accept

static void document_term(struct jw *w, const struct rec *v, int f) {
  static const int hidden[] = {agreement_version_f_by_company, agreement_version_f_proposed_at, agreement_version_f_document,
                               agreement_version_f_hash};
  for (size_t i = 0; i < ARRAY_LEN(hidden); i++)
    if (f == hidden[i]) return;
  jw_key(w, str_of(v->e->fields[f].name));
  rec_write_value(w, v, f);
}

static void document_split(struct jw *w, const struct rec *s) {
  jw_object(w);
  for (int f = 0; f < s->e->nfields; f++)
    if (f != split_line_f_version) {
      jw_key(w, str_of(s->e->fields[f].name));
      rec_write_value(w, s, f);
    }
  jw_end_object(w);
}

static void document_party(struct ctx *x, struct jw *w, id64 company) {
  jw_object(w);
  jw_key(w, S("id"));
  jw_string(w, flow_id(x->arena, &entity_company, company));
  jw_key(w, S("name"));
  jw_string(w, flow_company_name(x, company));
  jw_end_object(w);
}

static enum err document_make(struct ctx *x, const struct rec *a, struct rec *v, struct rec **splits, size_t n) {
  AUTO(buf_release) struct buf plain = BUF(LIMIT_BODY), canon = BUF(LIMIT_BODY), hex = BUF(128);
  struct jw w = JW(&plain);
  jw_object(&w);
  jw_key(&w, S("format"));
  jw_string(&w, S("entente-agreement/1"));
  jw_key(&w, S("agreement"));
  jw_string(&w, flow_id(x->arena, &entity_agreement, a->id));
  jw_key(&w, S("title"));
  jw_string(&w, rec_text(a, agreement_f_title));
  jw_key(&w, S("kind"));
  jw_string(&w, rec_text(a, agreement_f_kind));
  jw_key(&w, S("parties"));
  jw_array(&w);
  document_party(x, &w, a->company);
  document_party(x, &w, rec_ref(a, agreement_f_other));
  jw_end_array(&w);
  jw_key(&w, S("terms"));
  jw_object(&w);
  for (int f = 0; f < v->e->nfields; f++) document_term(&w, v, f);
  jw_end_object(&w);
  jw_key(&w, S("splits"));
  jw_array(&w);
  for (size_t i = 0; i < n; i++) document_split(&w, splits[i]);
  jw_end_array(&w);
  jw_end_object(&w);
  if (plain.full) return problem_set1(x->pb, P_BODY_TOO_LARGE, S("1048576"));
  json_t *tree AUTO(json_release) = NULL;
  TRY(json_read(buf_str(&plain), x->pb, &tree));
  TRY(json_canon(&canon, tree));
  hash h = hash_of(buf_str(&canon));
  hash_put_hex(&hex, &h);
  rec_set_text(v, agreement_version_f_document, buf_str(&canon));
  rec_set_text(v, agreement_version_f_hash, buf_str(&hex));
  return ERR_OK;
}

// ---- reading what was sent

// The shares of each company must sum to exactly 1 (M1).
static enum err check_shares(struct ctx *x, const struct rec *a, struct rec **splits, size_t n) {
  enum err result = ERR_OK;
  id64 parties[] = {a->company, rec_ref(a, agreement_f_other)};
  for (size_t p = 0; p < ARRAY_LEN(parties); p++) {
    ratio sum = {0, 1};
    bool any = false, exact = true;
    for (size_t i = 0; i < n; i++)
      if (rec_ref(splits[i], split_line_f_party) == parties[p]) {
        any = true;
        exact &= ratio_add(sum, rec_rate(splits[i], split_line_f_share), &sum);
      }
    if (!any || (exact && ratio_cmp(sum, (ratio){1, 1}) == 0)) continue;
    AUTO(buf_release) struct buf text = BUF(64);
    ratio_put(&text, sum);
    result = problem_field(x->pb, S("/splits"), P_SHARES_SUM, flow_company_name(x, parties[p]), exact ? buf_str(&text) : S("?"));
  }
  return result;
}

// A share belongs to a party, a person to the company that pays him: nobody is paid by another's employer (payee guard F1).
static enum err check_split(struct ctx *x, const struct rec *a, const struct rec *s, str pointer) {
  id64 party = rec_ref(s, split_line_f_party), person = rec_ref(s, split_line_f_person);
  if (!agreement_partner(a, party))
    return problem_field(x->pb, arena_fmt(x->arena, "%.*s/party", STR_ARG(pointer)), P_PAYEE_REFUSED, flow_company_name(x, party),
                         S("not a party of the agreement"));
  struct rec *u = NULL;
  if (!person) return ERR_OK;
  enum err e = trust_load_system(x, &entity_user, person, &u);
  if (e == ERR_NOT_FOUND)
    return problem_field(x->pb, arena_fmt(x->arena, "%.*s/person", STR_ARG(pointer)), P_NO_SUCH_RECORD, STR_NULL, STR_NULL);
  TRY(e);
  if (u->company != party)
    return problem_field(x->pb, arena_fmt(x->arena, "%.*s/person", STR_ARG(pointer)), P_PAYEE_REFUSED, rec_text(u, user_f_name),
                         S("works for another company"));
  return ERR_OK;
}

static enum err read_splits(struct ctx *x, const struct rec *a, int64_t version, json_t *list, struct rec ***ret, size_t *ret_n) {
  if (list && !json_is_array(list)) return problem_field(x->pb, S("/splits"), P_WRONG_TYPE, S("a list"), STR_NULL);
  size_t n = list ? json_array_size(list) : 0;
  if (n > LIMIT_SPLITS) return problem_field(x->pb, S("/splits"), P_OUT_OF_RANGE, S("0"), S("64"));
  struct rec **splits = NEW_ARRAY(x->arena, n + 1, struct rec *);
  enum err result = ERR_OK;
  for (size_t i = 0; i < n; i++) {
    str pointer = arena_fmt(x->arena, "/splits/%zu", i);
    struct rec *s = rec_new(x->arena, &entity_split_line);
    s->company = x->viewer.company;
    s->root = a->id;
    s->created_by = x->viewer.user;
    uint64_t given = 0;
    if (!json_is_object(json_array_get(list, i))) {
      result = problem_field(x->pb, pointer, P_WRONG_TYPE, S("an object"), STR_NULL);
      continue;
    }
    enum err e = rec_decode(s, json_array_get(list, i), DECODE_CREATE, entity_mask_writable(s->e), "", pointer, x->pb, &given);
    if (!e) e = check_split(x, a, s, pointer);
    result = e ? e : result;
    rec_set_int(s, split_line_f_version, version);
    splits[i] = s;
  }
  TRY(result);
  *ret = splits;
  *ret_n = n;
  return check_shares(x, a, splits, n);
}

// Writes one version with its splits as children; terms and splits not sent are taken from `base` (NULL: first version).
static enum err write_version(struct ctx *x, const struct rec *a, json_t *body, const struct rec *base, int64_t version,
                              struct rec **ret) {
  struct rec *v = rec_new(x->arena, &entity_agreement_version);
  if (base)
    for (int f = 0; f < v->e->nfields; f++) v->v[f] = base->v[f];
  v->company = x->viewer.company;
  v->root = a->id;
  v->created_by = x->viewer.user;
  json_t *terms = json_object_get(body, "terms");
  if (!terms ? !base : !json_is_object(terms))
    return problem_field(x->pb, S("/terms"), terms ? P_WRONG_TYPE : P_REQUIRED, S("an object"), STR_NULL);
  uint64_t given = 0;
  enum err e1 =
    terms ? rec_decode(v, terms, base ? DECODE_PATCH : DECODE_CREATE, entity_mask_writable(v->e), "", S("/terms"), x->pb, &given)
          : ERR_OK;
  struct rec **splits = NULL;
  size_t n = 0;
  json_t *list = json_object_get(body, "splits");
  enum err e2 = ERR_OK;
  if (list || !base) {
    e2 = read_splits(x, a, version, list, &splits, &n);
  } else {
    struct rec **old = NULL;
    TRY(agreement_splits(x, a->id, rec_int(base, agreement_version_f_version), &old, &n));
    splits = NEW_ARRAY(x->arena, n + 1, struct rec *);
    for (size_t i = 0; i < n; i++) {
      splits[i] = rec_copy(old[i]);
      splits[i]->id = id_new();
      splits[i]->company = x->viewer.company;
      rec_set_int(splits[i], split_line_f_version, version);
    }
  }
  TRY(e1);
  TRY(e2);
  rec_set_int(v, agreement_version_f_version, version);
  rec_set_ref(v, agreement_version_f_by_company, x->viewer.company);
  rec_set_int(v, agreement_version_f_proposed_at, x->now);
  TRY(document_make(x, a, v, splits, n));
  TRY(trust_insert(x, v));
  for (size_t i = 0; i < n; i++) TRY(trust_insert(x, splits[i]));
  *ret = v;
  return ERR_OK;
}

// ---- steps

static enum err only_members(struct ctx *x, json_t *body, const char *allowed) {
  const char *key;
  json_t *unused;
  enum err e = ERR_OK;
  json_object_foreach(body, key, unused) {
    str list = str_of(allowed), one;
    bool found = false;
    while (!found && str_next(&list, ' ', &one)) found = str_eqz(one, key);
    if (!found) e = problem_field(x->pb, arena_fmt(x->arena, "/%s", key), P_UNKNOWN_FIELD, str_of(key), STR_NULL);
  }
  return e;
}

enum err agreement_create(struct ctx *x, json_t *body, id64 *ret_id) {
  TRY(flow_need_role(x, user_role_manager));
  TRY(only_members(x, body, "other title kind terms splits"));
  struct rec *a = rec_new(x->arena, &entity_agreement);
  a->company = x->viewer.company;
  a->created_by = x->viewer.user;
  uint64_t given = 0;
  TRY(rec_decode(a, body, DECODE_CREATE, entity_mask_writable(a->e), "terms splits", S(""), x->pb, &given));
  struct rec *other = NULL;
  enum err e = flow_company(x, rec_ref(a, agreement_f_other), &other);
  if (e == ERR_NOT_FOUND || (!e && other->id == a->company))
    return problem_field(x->pb, S("/other"), P_NO_SUCH_RECORD, STR_NULL, STR_NULL);
  TRY(e);
  rec_set_int(a, agreement_f_current_version, 1);
  TRY(trust_insert(x, a));
  struct rec *v = NULL;
  TRY(write_version(x, a, body, NULL, 1, &v));
  *ret_id = a->id;
  return ERR_OK;
}

static enum err bump(struct ctx *x, struct rec *a, json_t *body, struct rec **ret_version) {
  int64_t latest = rec_int(a, agreement_f_current_version);
  if (latest >= VERSIONS_MAX) return problem_set1(x->pb, P_TOO_MANY_VALUES, S("200"));
  struct rec *base = NULL;
  TRY(agreement_version_load(x, a->id, latest, &base));
  return write_version(x, a, body, base, latest + 1, ret_version);
}

// A draft stays one version: what was written before it was proposed is its author's alone, so the former text and shares go.
static enum err redraft(struct ctx *x, const struct rec *a, json_t *body) {
  struct rec *old = NULL, *v = NULL, **splits = NULL;
  size_t n = 0;
  int64_t version = rec_int(a, agreement_f_current_version);
  TRY(agreement_version_load(x, a->id, version, &old));
  TRY(agreement_splits(x, a->id, version, &splits, &n));
  TRY(write_version(x, a, body, old, version, &v));
  for (size_t i = 0; i < n; i++) TRY(trust_delete(x, splits[i]));
  return trust_delete(x, old);
}

enum err agreement_change_draft(struct ctx *x, id64 id, json_t *body) {
  struct rec *a = NULL;
  TRY(only_members(x, body, "title kind terms splits"));
  TRY(load_party(x, id, &a));
  if (!in_state(a, agreement_state_draft)) return wrong_state(x, a);
  struct rec *after = rec_copy(a);
  uint64_t given = 0;
  TRY(rec_decode(after, body, DECODE_PATCH, entity_mask_writable(a->e), "terms splits", S(""), x->pb, &given));
  TRY(redraft(x, after, body));
  return trust_update(x, a, after);
}

static enum err sign(struct ctx *x, const struct rec *a, const struct rec *v) {
  struct rec *s = rec_new(x->arena, &entity_acceptance);
  s->company = x->viewer.company;
  s->root = a->id;
  s->created_by = x->viewer.user;
  rec_set_int(s, acceptance_f_version, rec_int(v, agreement_version_f_version));
  rec_set_text(s, acceptance_f_hash, rec_text(v, agreement_version_f_hash));
  rec_set_ref(s, acceptance_f_party, x->viewer.company);
  rec_set_ref(s, acceptance_f_person, x->viewer.user);
  rec_set_int(s, acceptance_f_at, x->now);
  struct ctx y = flow_verb(x, "accept");
  return trust_insert(&y, s);
}

enum err agreement_propose(struct ctx *x, id64 id) {
  struct rec *a = NULL, *v = NULL;
  TRY(load_party(x, id, &a));
  if (!in_state(a, agreement_state_draft) || a->company != x->viewer.company) return wrong_state(x, a);
  TRY(agreement_version_load(x, id, rec_int(a, agreement_f_current_version), &v));
  struct grant g = {.owner = a->company,
                    .grantee = rec_ref(a, agreement_f_other),
                    .e = a->e,
                    .root = a->id,
                    .ops = OPS_PARTY,
                    .fieldset = S("party"),
                    .from = 0,
                    .until = UTIME_MAX,
                    .accepted_at = x->now,
                    .created_by = x->viewer.user,
                    .created_at = x->now};
  TRY(trust_grant_add(x, &g));
  TRY(sign(x, a, v));
  struct rec *after = rec_copy(a);
  rec_set_word(after, agreement_f_state, agreement_state_proposed);
  struct ctx y = flow_verb(x, "propose");
  return trust_update(&y, a, after);
}

enum err agreement_counter(struct ctx *x, id64 id, json_t *body) {
  struct rec *a = NULL, *v = NULL;
  TRY(only_members(x, body, "terms splits"));
  TRY(load_party(x, id, &a));
  if (!in_state(a, agreement_state_proposed) && !in_state(a, agreement_state_active) && !in_state(a, agreement_state_suspended))
    return wrong_state(x, a);
  TRY(bump(x, a, body, &v));
  TRY(sign(x, a, v));
  struct rec *after = rec_copy(a);
  rec_set_int(after, agreement_f_current_version, rec_int(v, agreement_version_f_version));
  struct ctx y = flow_verb(x, "counter");
  return trust_update(&y, a, after);
}

static enum err signatures(struct ctx *x, id64 agreement, int64_t version, struct rec ***ret, size_t *ret_n) {
  struct rec **all = NULL;
  size_t n = 0, kept = 0;
  TRY(rec_db_children(x->conn, &entity_acceptance, agreement, 0, LIMIT_CHILDREN, x->arena, &all, &n));
  for (size_t i = 0; i < n; i++)
    if (rec_int(all[i], acceptance_f_version) == version) all[kept++] = all[i];
  *ret = all;
  *ret_n = kept;
  return ERR_OK;
}

static bool signed_by(struct rec **s, size_t n, id64 company) {
  for (size_t i = 0; i < n; i++)
    if (rec_ref(s[i], acceptance_f_party) == company) return true;
  return false;
}

enum err agreement_accept(struct ctx *x, id64 id, int64_t version, str hash_hex) {
  struct rec *a = NULL, *v = NULL, **s = NULL;
  size_t n = 0;
  TRY(load_party(x, id, &a));
  if (in_state(a, agreement_state_draft) || in_state(a, agreement_state_ended) || in_state(a, agreement_state_rejected))
    return wrong_state(x, a);
  if (version != rec_int(a, agreement_f_current_version)) return problem_set0(x->pb, P_OLD_VERSION);
  TRY(agreement_version_load(x, id, version, &v));
  if (!str_eq(hash_hex, rec_text(v, agreement_version_f_hash))) return problem_set0(x->pb, P_HASH_DIFFERS);
  TRY(signatures(x, id, version, &s, &n));
  if (signed_by(s, n, x->viewer.company)) return problem_set1(x->pb, P_DUPLICATE, flow_company_name(x, x->viewer.company));
  TRY(sign(x, a, v));
  if (!signed_by(s, n, agreement_partner(a, x->viewer.company))) return ERR_OK;
  struct rec *after = rec_copy(a);
  // New terms do not end a pause: the side that paused does.
  if (!in_state(a, agreement_state_suspended)) rec_set_word(after, agreement_f_state, agreement_state_active);
  rec_set_int(after, agreement_f_active_version, version);
  rec_set_text(after, agreement_f_active_hash, hash_hex);
  rec_set_int(after, agreement_f_active_from, x->now);
  struct ctx y = flow_verb(x, "accept");
  return trust_update(&y, a, after);
}

static enum err move(struct ctx *x, id64 id, const int *from, size_t nfrom, int to, const char *verb, str reason) {
  struct rec *a = NULL;
  TRY(load_party(x, id, &a));
  bool allowed = false;
  for (size_t i = 0; i < nfrom; i++) allowed |= in_state(a, from[i]);
  if (!allowed) return wrong_state(x, a);
  bool resumes = in_state(a, agreement_state_suspended) && to == agreement_state_active;
  if (resumes && rec_has(a, agreement_f_suspended_by) && rec_ref(a, agreement_f_suspended_by) != x->viewer.company)
    return problem_set0(x->pb, P_FORBIDDEN);
  struct rec *after = rec_copy(a);
  rec_set_word(after, agreement_f_state, to);
  rec_set_text(after, agreement_f_end_reason, reason);
  rec_set_ref(after, agreement_f_suspended_by, to == agreement_state_suspended ? x->viewer.company : 0);
  if (to == agreement_state_ended || to == agreement_state_rejected) rec_set_int(after, agreement_f_ended_at, x->now);
  struct ctx y = flow_verb(x, verb);
  return trust_update(&y, a, after);
}

enum err agreement_reject(struct ctx *x, id64 id, str reason) {
  return move(x, id, (const int[]){agreement_state_proposed}, 1, agreement_state_rejected, "reject", reason);
}

enum err agreement_suspend(struct ctx *x, id64 id, str reason, bool suspend) {
  return suspend ? move(x, id, (const int[]){agreement_state_active}, 1, agreement_state_suspended, "suspend", reason)
                 : move(x, id, (const int[]){agreement_state_suspended}, 1, agreement_state_active, "resume", reason);
}

enum err agreement_end(struct ctx *x, id64 id, str reason) {
  return move(x, id, (const int[]){agreement_state_active, agreement_state_suspended, agreement_state_draft}, 3,
              agreement_state_ended, "end", reason);
}

// ---- reading

static int by_version(const void *a, const void *b) {
  int64_t v = rec_int(*(const struct rec *const *)a, agreement_version_f_version),
          w = rec_int(*(const struct rec *const *)b, agreement_version_f_version);
  return v < w ? -1 : v > w;
}

// By number: ids that two servers made in the same millisecond are in no order.
enum err agreement_versions(struct ctx *x, const struct rec *agreement, struct rec ***ret, size_t *ret_n) {
  TRY(rec_db_children(x->conn, &entity_agreement_version, agreement->id, 0, VERSIONS_MAX, x->arena, ret, ret_n));
  if (*ret_n) qsort(*ret, *ret_n, sizeof **ret, by_version);
  return ERR_OK;
}

enum err agreement_version_load(struct ctx *x, id64 agreement, int64_t version, struct rec **ret) {
  struct rec **all = NULL;
  size_t n = 0;
  TRY(rec_db_children(x->conn, &entity_agreement_version, agreement, 0, VERSIONS_MAX, x->arena, &all, &n));
  for (size_t i = 0; i < n; i++)
    if (rec_int(all[i], agreement_version_f_version) == version) {
      *ret = all[i];
      return ERR_OK;
    }
  return ERR_NOT_FOUND;
}

enum err agreement_splits(struct ctx *x, id64 agreement, int64_t version, struct rec ***ret, size_t *ret_n) {
  struct rec **all = NULL;
  size_t n = 0, kept = 0;
  TRY(rec_db_children(x->conn, &entity_split_line, agreement, 0, VERSIONS_MAX * LIMIT_SPLITS, x->arena, &all, &n));
  for (size_t i = 0; i < n; i++)
    if (rec_int(all[i], split_line_f_version) == version) all[kept++] = all[i];
  *ret = all;
  *ret_n = kept;
  return ERR_OK;
}

enum err agreements_active(struct ctx *x, id64 company, struct rec ***ret, size_t *ret_n) {
  struct rec **all = NEW_ARRAY(x->arena, ACTIVE_MAX, struct rec *);
  size_t n = 0;
  AUTO(db_release) struct db_stmt *s = NULL;
  struct sqlb b;
  sqlb_init(&b);
  sqlb_add(&b, "SELECT ");
  rec_columns(&b, &entity_agreement, NULL);
  sqlb_add(&b, " FROM agreement WHERE (company = $1 OR other = $1) AND state = 'active' ORDER BY id LIMIT $2");
  TRY(db_prepare(x->conn, sqlb_done(&b), &s));
  db_bind_int(s, 1, company);
  db_bind_int(s, 2, ACTIVE_MAX);
  for (bool row = true;;) {
    TRY(db_step(s, &row));
    if (!row || n == ACTIVE_MAX) break;
    all[n++] = rec_read(s, 0, &entity_agreement, x->arena);
  }
  *ret = all;
  *ret_n = n;
  return ERR_OK;
}
