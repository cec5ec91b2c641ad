// SPDX-License-Identifier: Apache-2.0
// The board: open deals by the buyer's stage, each with the signs of that stage and who takes part. One walk of the deals' index;
// evidence and grants are read for all cards at once.
#include "api/handlers.h"
#include "flows/deal.h"

enum { BOARD_CARDS = 200 };

static bool sees(const struct list_item *d, int field) { return d->access.read & FIELD_BIT(field); }

// What all cards show.
struct board {
  const struct list_item *deals;
  struct list_item *evidence;
  struct root_grants grants;
  size_t n, n_evidence;
};

static enum err board_load(struct ctx *x, struct board *b) {
  TRY(trust_children_of(x, &entity_evidence, b->deals, b->n, &b->evidence, &b->n_evidence));
  return trust_grants_of(x, b->deals, b->n, &b->grants);
}

// Evidence of one deal lies together.
static const struct list_item *evidence_of(const struct board *b, const struct list_item *d, size_t *ret_n) {
  size_t from = 0, n = 0;
  while (from < b->n_evidence && b->evidence[from].r->root != d->r->id) from++;
  while (from + n < b->n_evidence && b->evidence[from + n].r->root == d->r->id) n++;
  *ret_n = n;
  return b->evidence + from;
}

// The signs of the stage the card stands in: where it is claimed to be, else where it is proven to be.
static enum err write_markers(struct ctx *x, struct jw *w, const struct board *b, const struct list_item *d, int stage) {
  struct stage_result r;
  size_t n = 0;
  const struct list_item *evidence = evidence_of(b, d, &n);
  TRY(deal_stage_of(x, d, evidence, n, &r));
  jw_key(w, S("markers"));
  jw_array(w);
  for (size_t i = 0; i < r.n_stages; i++)
    for (size_t k = 0; r.stages[i].stage == stage && k < r.stages[i].n_markers; k++) {
      const struct stage_marker_result *m = &r.stages[i].markers[k];
      jw_object(w);
      write_text(w, "marker", word_str(&vocab_marker, m->marker));
      write_text(w, "state", word_str(&vocab_marker_state, m->state));
      write_bool(w, "exit", m->exit);
      jw_end_object(w);
    }
  jw_end_array(w);
  jw_key(w, S("stages"));
  jw_array(w);
  for (size_t i = 0; i < r.n_stages; i++) {
    jw_object(w);
    write_text(w, "stage", word_str(&vocab_buyer_stage, r.stages[i].stage));
    write_int(w, "proven", r.stages[i].proven);
    write_int(w, "claimed", r.stages[i].claimed);
    write_int(w, "total", r.stages[i].total);
    jw_end_object(w);
  }
  jw_end_array(w);
  return ERR_OK;
}

// Companies that take part: told by the owner; a member knows of itself and the owner.
static void write_companies(struct ctx *x, struct jw *w, const struct board *b, const struct list_item *d) {
  struct grant *g = NULL;
  size_t n = 0;
  jw_key(w, S("companies"));
  jw_array(w);
  if (d->access.owner) root_grants_of(&b->grants, d->r->id, &g, &n);
  for (size_t i = 0; i < n; i++)
    if (!g[i].revoked_at && g[i].until > x->now && g[i].accepted_at) {
      char z[ID_TEXT_MAX];
      jw_string(w, str_of(id_z(z, "company", g[i].grantee)));
    }
  jw_end_array(w);
}

static enum err write_card(struct ctx *x, struct jw *w, const struct board *b, const struct list_item *d, int stage) {
  jw_object(w);
  project(w, d->r, &d->access, d->changed_at);
  TRY(write_markers(x, w, b, d, stage));
  write_companies(x, w, b, d);
  jw_end_object(w);
  return ERR_OK;
}

static int column_of(const struct list_item *d) {
  int claimed = sees(d, deal_f_claimed_stage) ? rec_word(d->r, deal_f_claimed_stage) : -1;
  int proven = sees(d, deal_f_stage) ? rec_word(d->r, deal_f_stage) : buyer_stage_confirm_need;
  return claimed > proven ? claimed : proven;
}

static enum err board_reply(struct call *c, struct ctx *x) {
  struct filter open = {.field = deal_f_outcome, .cmp = FILTER_EQ, .v = {.set = true, .s = {"open", 4}}};
  struct list_query q = {
    .e = &entity_deal, .sort = -1, .descending = true, .limit = BOARD_CARDS, .filters = &open, .nfilters = 1};
  struct list_item *items = NULL;
  size_t n = 0;
  str next = STR_NULL;
  TRY(trust_list(x, &q, &items, &n, &next));
  struct board b = {.deals = items, .n = n};
  TRY(board_load(x, &b));
  struct jw w = reply_json(c);
  jw_object(&w);
  jw_key(&w, S("columns"));
  jw_array(&w);
  for (int stage = buyer_stage_confirm_need; stage <= buyer_stage_implement; stage++) {
    jw_object(&w);
    write_text(&w, "stage", word_str(&vocab_buyer_stage, stage));
    jw_key(&w, S("items"));
    jw_array(&w);
    for (size_t i = 0; i < n; i++)
      if (column_of(&items[i]) == stage || (stage == buyer_stage_implement && column_of(&items[i]) > stage))
        TRY(write_card(x, &w, &b, &items[i], stage));
    jw_end_array(&w);
    jw_end_object(&w);
  }
  jw_end_array(&w);
  write_text(&w, "next", next.n ? next : STR_NULL);
  TRY(project_names(x, &w, items, n));
  jw_end_object(&w);
  TRY(call_note_reads(c, x, b.evidence, b.n_evidence));
  return call_note_reads(c, x, items, n);
}

enum err board_read(struct call *c) { return call_reading(c, board_reply); }
