// SPDX-License-Identifier: Apache-2.0
#include "flows/deal.h"

#include "flows/handover.h"

enum { EVIDENCE_MAX = 1000 };

static enum err load_own(struct ctx *x, id64 id, struct rec **ret) {
  struct access a = {0};
  TRY(trust_load(x, &entity_deal, id, OP_READ, ret, &a));
  TRY(flow_need_role(x, user_role_rep));
  return a.owner ? ERR_OK : problem_set0(x->pb, P_FORBIDDEN);  // only the lead company moves the deal itself (P4)
}

static bool open_deal(const struct rec *d) { return rec_word(d, deal_f_outcome) == deal_outcome_open; }

static void evidence_fill(struct arena *a, const struct rec *r, struct stage_evidence *out) {
  shape_init(&shape_stage_evidence, out);
  out->marker = rec_word(r, evidence_f_marker);
  out->basis = rec_word(r, evidence_f_basis);
  out->status = rec_word(r, evidence_f_status);
  out->source = rec_text(r, evidence_f_source);
  out->on = rec_has(r, evidence_f_seen_on) ? (uday)rec_int(r, evidence_f_seen_on) : utime_day(r->created_at);
  out->ref = flow_id(a, r->e, r->id);
}

static enum err stage_of(struct ctx *x, int claimed, struct rec **rows, size_t n, struct stage_result *ret) {
  struct stage_evidence *e = NEW_ARRAY(x->arena, n + 1, struct stage_evidence);
  size_t used = 0;
  for (size_t i = 0; i < n; i++)
    if (rows[i]->room) evidence_fill(x->arena, rows[i], &e[used++]);
  struct stage_input in;
  shape_init(&shape_stage_input, &in);
  in.evidence = e;
  in.n_evidence = used;
  in.claimed = claimed;
  in.today = utime_day(x->now);
  return rule_stage(&in, x->arena, x->pb, ret);
}

enum err deal_stage_of(struct ctx *x, const struct list_item *deal, const struct list_item *evidence, size_t n,
                       struct stage_result *ret) {
  struct rec **rows = NEW_ARRAY(x->arena, n + 1, struct rec *);
  for (size_t i = 0; i < n; i++) {
    rows[i] = rec_copy(evidence[i].r);
    for (int f = 0; f < rows[i]->e->nfields; f++)
      if (!(evidence[i].access.read & FIELD_BIT(f))) rec_set_null(rows[i], f);
  }
  // What is only claimed is shown to whom the claim is shown.
  bool claim = deal->access.read & FIELD_BIT(deal_f_claimed_stage);
  return stage_of(x, claim ? rec_word(deal->r, deal_f_claimed_stage) : -1, rows, n, ret);
}

enum err deal_stage(struct ctx *x, const struct rec *deal, struct stage_result *ret) {
  struct list_item *items = NULL, self = {.r = rec_copy(deal)};
  size_t n = 0;
  bool more = false;
  TRY(trust_children(x, &entity_evidence, deal, 0, EVIDENCE_MAX, &items, &n, &more));
  TRY(trust_access(x, deal, &self.access));
  return deal_stage_of(x, &self, items, n, ret);
}

// Rows of the room, oldest first. What companies keep to themselves below the same deal does not count against `most`.
static enum err room_rows(struct ctx *x, const struct entity *e, id64 deal, size_t most, struct rec ***ret, size_t *ret_n) {
  struct rec **out = NEW_ARRAY(x->arena, most, struct rec *), **page = NULL;
  size_t n = 0, got = 0;
  id64 after = 0;
  do {
    TRY(rec_db_children(x->conn, e, deal, after, LIMIT_LIST, x->arena, &page, &got));
    for (size_t i = 0; i < got && n < most; i++) {
      after = page[i]->id;
      if (page[i]->room) out[n++] = page[i];
    }
  } while (got == LIMIT_LIST && n < most);
  *ret = out;
  *ret_n = n;
  return ERR_OK;
}

enum err deal_restage(struct ctx *x, id64 id) {
  struct rec *d = NULL, **rows = NULL;
  size_t n = 0;
  struct stage_result r;
  TRY(trust_load_system(x, &entity_deal, id, &d));
  TRY(room_rows(x, &entity_evidence, id, EVIDENCE_MAX, &rows, &n));
  TRY(stage_of(x, rec_word(d, deal_f_claimed_stage), rows, n, &r));
  struct rec *after = rec_copy(d);
  rec_set_word(after, deal_f_stage, r.proven);
  if (rec_word(d, deal_f_claimed_stage) >= 0 && rec_word(d, deal_f_claimed_stage) <= r.proven) {
    rec_set_null(after, deal_f_claimed_stage);  // proven now: nothing is merely claimed
    rec_set_null(after, deal_f_claim_reason);
  }
  struct ctx s = flow_as_system(x, d->company), y = flow_verb(&s, "stage");
  return trust_update(&y, d, after);
}

enum err deal_claim(struct ctx *x, id64 id, int stage, str why) {
  struct rec *d = NULL;
  TRY(load_own(x, id, &d));
  if (!open_deal(d)) return problem_set1(x->pb, P_WRONG_STATE, rec_text(d, deal_f_outcome));
  struct rec *after = rec_copy(d);
  if (stage > rec_word(d, deal_f_stage)) {
    rec_set_word(after, deal_f_claimed_stage, stage);
    rec_set_text(after, deal_f_claim_reason, why);
  } else {
    rec_set_null(after, deal_f_claimed_stage);
    rec_set_null(after, deal_f_claim_reason);
  }
  struct ctx y = flow_verb(x, "claim");
  return trust_update(&y, d, after);
}

static enum err close_lead(struct ctx *x, const struct rec *d, bool won, money amount) {
  return rec_has(d, deal_f_lead) ? handover_close(x, rec_ref(d, deal_f_lead), won, amount) : ERR_OK;
}

enum err deal_win(struct ctx *x, id64 id, money amount, uday on) {
  struct rec *d = NULL;
  TRY(load_own(x, id, &d));
  if (!open_deal(d)) return problem_set1(x->pb, P_WRONG_STATE, rec_text(d, deal_f_outcome));
  struct rec *after = rec_copy(d);
  rec_set_word(after, deal_f_outcome, deal_outcome_won);
  rec_set_money(after, deal_f_won_amount, amount);
  rec_set_int(after, deal_f_closed_on, on);
  struct ctx y = flow_verb(x, "win");
  TRY(trust_update(&y, d, after));
  TRY(deal_contribution(x, d, x->viewer.company, x->viewer.user, contribution_role_closed, rec_text(d, deal_f_name),
                        flow_id(x->arena, d->e, id), false));
  return close_lead(x, d, true, amount);
}

enum err deal_lose(struct ctx *x, id64 id, int outcome, str reason, uday on) {
  struct rec *d = NULL;
  TRY(load_own(x, id, &d));
  if (!open_deal(d)) return problem_set1(x->pb, P_WRONG_STATE, rec_text(d, deal_f_outcome));
  struct rec *after = rec_copy(d);
  rec_set_word(after, deal_f_outcome, outcome);
  rec_set_text(after, deal_f_close_reason, reason);
  rec_set_int(after, deal_f_closed_on, on);
  struct ctx y = flow_verb(x, "lose");
  TRY(trust_update(&y, d, after));
  return close_lead(x, d, false, (money){0});
}

enum err deal_reopen(struct ctx *x, id64 id, str reason) {
  struct rec *d = NULL, **statements = NULL;
  size_t n = 0;
  TRY(load_own(x, id, &d));
  TRY(flow_need_role(x, user_role_manager));
  if (open_deal(d)) return problem_set1(x->pb, P_WRONG_STATE, rec_text(d, deal_f_outcome));
  // Money that was stated is taken back by a reversal, never by editing the deal behind it.
  TRY(rec_db_where(x->conn, &entity_statement, 0, statement_f_deal, &(struct val){.set = true, .i = id}, 1, x->arena, &statements,
                   &n));
  if (n) return problem_set1(x->pb, P_WRONG_STATE, rec_text(d, deal_f_outcome));
  struct rec *after = rec_copy(d);
  rec_set_word(after, deal_f_outcome, deal_outcome_open);
  rec_set_null(after, deal_f_won_amount);
  rec_set_null(after, deal_f_closed_on);
  rec_set_text(after, deal_f_close_reason, reason);
  struct ctx y = flow_verb(x, "reopen");
  TRY(trust_update(&y, d, after));
  return rec_has(d, deal_f_lead) ? handover_reopen(x, rec_ref(d, deal_f_lead)) : ERR_OK;
}

enum err deal_share(struct ctx *x, const struct rec *deal, id64 company, str fieldset, utime until) {
  struct grant g = {.owner = deal->company,
                    .grantee = company,
                    .e = deal->e,
                    .root = deal->id,
                    .ops = OP_READ | OP_COMMENT | OP_WORK,
                    .fieldset = fieldset,
                    .from = x->now,
                    .until = until,
                    .accepted_at = x->now,
                    .created_by = x->viewer.user,
                    .created_at = x->now};
  // A rep may take part in sharing through a flow (accepting a lead) though not by hand: the hub grants.
  struct ctx s = flow_as_system(x, deal->company);
  return trust_grant_add(&s, &g);
}

enum err deal_contribution(struct ctx *x, const struct rec *deal, id64 party, id64 person, int role, str note, str fact,
                           bool cosigned) {
  struct rec *c = rec_new(x->arena, &entity_contribution);
  c->company = x->viewer.company;
  c->root = deal->id;
  c->room = true;
  c->created_by = x->viewer.user;
  rec_set_ref(c, contribution_f_party, party);
  rec_set_ref(c, contribution_f_person, person);
  rec_set_word(c, contribution_f_role, role);
  rec_set_text(c, contribution_f_note, note);
  rec_set_text(c, contribution_f_fact, fact);
  if (cosigned) {
    rec_set_ref(c, contribution_f_cosigned_by, x->viewer.user);
    rec_set_int(c, contribution_f_cosigned_at, x->now);
  }
  return trust_insert(x, c);
}

enum err deal_contributions(struct ctx *x, id64 deal, struct rec ***ret, size_t *ret_n) {
  return room_rows(x, &entity_contribution, deal, LIMIT_CHILDREN, ret, ret_n);
}

enum err deal_cosign(struct ctx *x, id64 id) {
  struct rec *c = NULL, *d = NULL;
  struct access a = {0};
  TRY(trust_load(x, &entity_contribution, id, OP_READ, &c, &a));
  TRY(flow_need_role(x, user_role_rep));
  if (rec_has(c, contribution_f_cosigned_by)) return problem_set1(x->pb, P_WRONG_STATE, S("cosigned"));
  // The other side signs: never the company it speaks for, and for a partner only the lead company, which pays.
  TRY(trust_load_system(x, &entity_deal, c->root, &d));
  id64 party = rec_ref(c, contribution_f_party);
  if (party == x->viewer.company || (party != d->company && x->viewer.company != d->company))
    return problem_set0(x->pb, P_OWN_APPROVAL);
  struct rec *after = rec_copy(c);
  rec_set_ref(after, contribution_f_cosigned_by, x->viewer.user);
  rec_set_int(after, contribution_f_cosigned_at, x->now);
  struct ctx s = flow_as_system(x, c->company), y = flow_verb(&s, "cosign");
  return trust_update(&y, c, after);
}
