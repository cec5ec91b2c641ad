// SPDX-License-Identifier: Apache-2.0
// Agreements over HTTP: the steps, the versions with their signatures, the canonical document, the difference term by term.
#include <stdio.h>

#include "api/handlers.h"
#include "flows/agreement.h"

static enum err create_write(struct ctx *x, struct call *c, void *arg, struct outcome *out) {
  (void)arg;
  out->e = &entity_agreement;
  return agreement_create(x, c->body, &out->id);
}

enum err agreement_post(struct call *c) { return call_write(c, "agreement_create", create_write, NULL); }

struct acceptance {
  int64_t version;
  str hash;
};

static enum err do_patch(struct ctx *x, struct call *c, id64 id, void *arg, struct outcome *out) {
  (void)arg, (void)out;
  return agreement_change_draft(x, id, c->body);
}
static enum err do_propose(struct ctx *x, struct call *c, id64 id, void *arg, struct outcome *out) {
  (void)c, (void)arg, (void)out;
  return agreement_propose(x, id);
}
static enum err do_counter(struct ctx *x, struct call *c, id64 id, void *arg, struct outcome *out) {
  (void)arg, (void)out;
  return agreement_counter(x, id, c->body);
}
static enum err do_accept(struct ctx *x, struct call *c, id64 id, void *arg, struct outcome *out) {
  const struct acceptance *a = arg;
  (void)c, (void)out;
  return agreement_accept(x, id, a->version, a->hash);
}
static enum err do_reject(struct ctx *x, struct call *c, id64 id, void *arg, struct outcome *out) {
  (void)c, (void)out;
  return agreement_reject(x, id, *(const str *)arg);
}
static enum err do_suspend(struct ctx *x, struct call *c, id64 id, void *arg, struct outcome *out) {
  (void)c, (void)out;
  return agreement_suspend(x, id, *(const str *)arg, true);
}
static enum err do_resume(struct ctx *x, struct call *c, id64 id, void *arg, struct outcome *out) {
  (void)c, (void)out;
  return agreement_suspend(x, id, *(const str *)arg, false);
}
static enum err do_end(struct ctx *x, struct call *c, id64 id, void *arg, struct outcome *out) {
  (void)c, (void)out;
  return agreement_end(x, id, *(const str *)arg);
}

enum err agreement_patch(struct call *c) { return call_step(c, &entity_agreement, "agreement_patch", do_patch, NULL); }
enum err agreement_post_propose(struct call *c) {
  TRY(call_only(c, ""));
  return call_step(c, &entity_agreement, "agreement_propose", do_propose, NULL);
}
enum err agreement_post_counter(struct call *c) { return call_step(c, &entity_agreement, "agreement_counter", do_counter, NULL); }
enum err agreement_post_accept(struct call *c) {
  struct acceptance a = {0};
  TRY(call_only(c, "version hash"));
  enum err e1 = call_int(c, "version", true, 1, 100000, &a.version), e2 = call_text(c, "hash", true, 64, &a.hash);
  TRY(e1);
  TRY(e2);
  return call_step(c, &entity_agreement, "agreement_accept", do_accept, &a);
}

static enum err with_reason(struct call *c, const char *name, step_fn fn, bool required) {
  str reason;
  TRY(call_only(c, "reason"));
  TRY(call_text(c, "reason", required, 500, &reason));
  return call_step(c, &entity_agreement, name, fn, &reason);
}
enum err agreement_post_reject(struct call *c) { return with_reason(c, "agreement_reject", do_reject, true); }
enum err agreement_post_suspend(struct call *c) { return with_reason(c, "agreement_suspend", do_suspend, true); }
enum err agreement_post_resume(struct call *c) { return with_reason(c, "agreement_resume", do_resume, false); }
enum err agreement_post_end(struct call *c) { return with_reason(c, "agreement_end", do_end, true); }

// ---- reading

struct versions {
  struct rec *agreement, **v;
  size_t n;
};

static enum err load_versions(struct call *c, struct ctx *x, struct versions *r) {
  id64 id = 0;
  struct access a = {0};
  TRY(call_id(c, 0, &entity_agreement, &id));
  TRY(trust_load(x, &entity_agreement, id, OP_READ, &r->agreement, &a));
  struct list_item agreement = {.r = r->agreement, .access = a};
  static const struct entity *const told[] = {&entity_agreement_version, &entity_split_line, &entity_acceptance};
  for (size_t i = 0; i < ARRAY_LEN(told); i++) TRY(call_note_rows(c, x, told[i], &agreement));
  TRY(call_note_reads(c, x, &agreement, 1));
  return agreement_versions(x, r->agreement, &r->v, &r->n);
}

static enum err write_acceptances(struct ctx *x, struct jw *w, id64 agreement, int64_t version, struct list_item *seen,
                                  size_t *nseen) {
  struct rec **s = NULL;
  size_t n = 0;
  TRY(rec_db_children(x->conn, &entity_acceptance, agreement, 0, LIMIT_CHILDREN, x->arena, &s, &n));
  jw_key(w, S("acceptances"));
  jw_array(w);
  for (size_t i = 0; i < n; i++) {
    if (rec_int(s[i], acceptance_f_version) != version) continue;
    jw_object(w);
    write_id(w, "company", "company", rec_ref(s[i], acceptance_f_party));
    write_id(w, "user", "user", rec_ref(s[i], acceptance_f_person));
    write_time(w, "at", rec_int(s[i], acceptance_f_at));
    write_text(w, "hash", rec_text(s[i], acceptance_f_hash));
    jw_end_object(w);
    if (*nseen < LIMIT_CHILDREN) {
      seen[*nseen] = (struct list_item){.r = s[i], .changed_at = s[i]->updated_at};
      TRY(trust_access(x, s[i], &seen[*nseen].access));
      ++*nseen;
    }
  }
  jw_end_array(w);
  return ERR_OK;
}

// A draft is its author's: the partner sees versions from the proposal on (it has no access before), all of them afterwards.
static enum err versions_reply(struct call *c, struct ctx *x) {
  struct versions r;
  TRY(load_versions(c, x, &r));
  struct list_item *seen = NEW_ARRAY(&c->arena, LIMIT_CHILDREN, struct list_item);
  size_t nseen = 0;
  struct jw w = reply_json(c);
  jw_object(&w);
  jw_key(&w, S("items"));
  jw_array(&w);
  for (size_t i = 0; i < r.n; i++) {
    jw_object(&w);
    write_int(&w, "version", rec_int(r.v[i], agreement_version_f_version));
    write_id(&w, "by_company", "company", rec_ref(r.v[i], agreement_version_f_by_company));
    write_id(&w, "by_user", "user", r.v[i]->created_by);
    write_time(&w, "at", rec_int(r.v[i], agreement_version_f_proposed_at));
    write_text(&w, "hash", rec_text(r.v[i], agreement_version_f_hash));
    jw_key(&w, S("document"));
    jw_raw(&w, rec_text(r.v[i], agreement_version_f_document));
    TRY(write_acceptances(x, &w, r.agreement->id, rec_int(r.v[i], agreement_version_f_version), seen, &nseen));
    jw_end_object(&w);
  }
  jw_end_array(&w);
  TRY(project_names(x, &w, seen, nseen));
  jw_end_object(&w);
  return ERR_OK;
}

enum err agreement_get_versions(struct call *c) { return call_reading(c, versions_reply); }

static struct rec *version_numbered(const struct versions *r, str text) {
  int64_t want = 0;
  if (!str_to_int64(text, &want)) return NULL;
  for (size_t i = 0; i < r->n; i++)
    if (rec_int(r->v[i], agreement_version_f_version) == want) return r->v[i];
  return NULL;
}

static enum err document_reply(struct call *c, struct ctx *x) {
  struct versions r;
  TRY(load_versions(c, x, &r));
  struct rec *v = version_numbered(&r, c->capture[1]);
  if (!v) return problem_set0(x->pb, P_NOT_FOUND);
  c->resp->status = 200;
  c->resp->content_type = "application/json";
  buf_put(&c->resp->body, rec_text(v, agreement_version_f_document));
  snprintf(c->resp->etag, sizeof c->resp->etag, "\"%.*s\"", STR_ARG(rec_text(v, agreement_version_f_hash)));
  return ERR_OK;
}

enum err agreement_get_document(struct call *c) { return call_reading(c, document_reply); }

// Which company asked for a change of the term since version `from`: the author of the last version that changed it.
static id64 asked_by(const struct versions *r, int f, int64_t from, int64_t to) {
  id64 who = 0;
  for (size_t i = 1; i < r->n; i++) {
    int64_t n = rec_int(r->v[i], agreement_version_f_version);
    if (n > from && n <= to && !val_eq(entity_agreement_version.fields[f].kind, &r->v[i - 1]->v[f], &r->v[i]->v[f]))
      who = rec_ref(r->v[i], agreement_version_f_by_company);
  }
  return who;
}

static void diff_term(struct call *c, struct jw *w, const struct versions *r, int f, const struct rec *a, const struct rec *b) {
  const struct field *d = &entity_agreement_version.fields[f];
  bool changed = !val_eq(d->kind, &a->v[f], &b->v[f]);
  jw_object(w);
  write_text(w, "term", str_of(d->name));
  write_text(w, "label", str_of(d->label.in[c->lang]));
  write_text(w, "kind",
             str_of(d->kind == K_MONEY  ? "money"
                    : d->kind == K_RATE ? "rate"
                    : d->kind == K_WORD ? "word"
                    : d->kind == K_INT  ? "int"
                                        : "text"));
  jw_key(w, S("before"));
  rec_write_value(w, a, f);
  jw_key(w, S("after"));
  rec_write_value(w, b, f);
  write_bool(w, "changed", changed);
  write_id(w, "asked_by", "company",
           changed ? asked_by(r, f, rec_int(a, agreement_version_f_version), rec_int(b, agreement_version_f_version)) : 0);
  jw_end_object(w);
}

static enum err diff_splits(struct ctx *x, struct jw *w, const char *key, const struct versions *r, const struct rec *v) {
  struct rec **s = NULL;
  size_t n = 0;
  TRY(agreement_splits(x, r->agreement->id, rec_int(v, agreement_version_f_version), &s, &n));
  jw_key(w, str_of(key));
  jw_array(w);
  for (size_t i = 0; i < n; i++) {
    jw_object(w);
    for (int f = 0; f < s[i]->e->nfields; f++)
      if (f != split_line_f_version) {
        jw_key(w, str_of(s[i]->e->fields[f].name));
        rec_write_value(w, s[i], f);
      }
    jw_end_object(w);
  }
  jw_end_array(w);
  return ERR_OK;
}

static enum err diff_reply(struct call *c, struct ctx *x) {
  static const int hidden[] = {agreement_version_f_version, agreement_version_f_by_company, agreement_version_f_proposed_at,
                               agreement_version_f_document, agreement_version_f_hash};
  struct versions r;
  str from = S(""), to = S("");
  TRY(load_versions(c, x, &r));
  call_query(c, "from", &from);
  call_query(c, "to", &to);
  const struct rec *a = version_numbered(&r, from), *b = version_numbered(&r, to);
  if (!a || !b) return problem_field(x->pb, a ? S("?to") : S("?from"), P_NO_SUCH_RECORD, STR_NULL, STR_NULL);
  struct jw w = reply_json(c);
  jw_object(&w);
  jw_key(&w, S("terms"));
  jw_array(&w);
  for (int f = 0; f < entity_agreement_version.nfields; f++) {
    bool skip = false;
    for (size_t i = 0; i < ARRAY_LEN(hidden); i++) skip |= hidden[i] == f;
    if (!skip) diff_term(c, &w, &r, f, a, b);
  }
  jw_end_array(&w);
  TRY(diff_splits(x, &w, "splits_before", &r, a));
  TRY(diff_splits(x, &w, "splits_after", &r, b));
  jw_end_object(&w);
  return ERR_OK;
}

enum err agreement_get_diff(struct call *c) { return call_reading(c, diff_reply); }
