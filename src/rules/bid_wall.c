// SPDX-License-Identifier: Apache-2.0
#include "rules/bid_wall.h"

#include <stdlib.h>

#define SHAPE_FILE "rules/bid_wall.def"
#include "base/shape_table.h"

static const int everything[wall_field_COUNT] = {wall_field_amounts, wall_field_quotes, wall_field_scores, wall_field_strategy};

struct work {
  const struct bid_wall_input *in;
  struct arena *a;
  struct bid_wall_result *ret;
};

static int by_company(const void *p, const void *q) {
  return str_cmp((*(const struct bid_wall_party *const *)p)->company, (*(const struct bid_wall_party *const *)q)->company);
}

static bool listed(const struct bid_wall_input *in, str company) {
  for (size_t i = 0; i < in->n_parties; i++)
    if (str_eq(in->parties[i].company, company)) return true;
  return false;
}

static enum err check(const struct bid_wall_input *in, struct arena *a, struct problem *pb) {
  for (size_t i = 0; i < in->n_parties; i++)
    for (size_t k = 0; k < i; k++)
      if (str_eq(in->parties[i].company, in->parties[k].company))
        return problem_field(pb, arena_fmt(a, "/parties/%zu/company", i), P_DUPLICATE, in->parties[i].company, STR_NULL);
  for (size_t i = 0; i < in->n_seen; i++) {
    if (!listed(in, in->seen[i].by))
      return problem_field(pb, arena_fmt(a, "/seen/%zu/by", i), P_NO_SUCH_RECORD, STR_NULL, STR_NULL);
    if (!listed(in, in->seen[i].of))
      return problem_field(pb, arena_fmt(a, "/seen/%zu/of", i), P_NO_SUCH_RECORD, STR_NULL, STR_NULL);
  }
  return ERR_OK;
}

// One person may not prepare two bids that compete.
static void same_people(struct work *w, const struct bid_wall_party *x, const struct bid_wall_party *y, struct bid_wall_pair *p) {
  str *list = NEW_ARRAY(w->a, x->n_preparers + 1, str);
  for (size_t i = 0; i < x->n_preparers; i++)
    for (size_t k = 0; k < y->n_preparers; k++) {
      if (!str_eq(x->preparers[i], y->preparers[k])) continue;
      list[p->n_same_people++] = x->preparers[i];
      because(&w->ret->answer, R_wall_same_person, 900, x->preparers[i], x->company, y->company, STR_NULL);
      break;
    }
  p->same_people = list;
  if (p->n_same_people) w->ret->counsel = true;
}

// What was seen after the parting breaches the wall; what was seen before it is no fault, yet counsel has to know.
static void look_at_log(struct work *w, struct bid_wall_pair *p) {
  for (size_t i = 0; i < w->in->n_seen; i++) {
    const struct bid_wall_seen *s = &w->in->seen[i];
    bool here = (str_eq(s->by, p->first) && str_eq(s->of, p->second)) || (str_eq(s->by, p->second) && str_eq(s->of, p->first));
    if (!here) continue;
    AUTO(buf_release) struct buf when = BUF(64);
    time_put(&when, s->at);
    bool after = w->in->parted_at != SHAPE_NO_TIME && s->at >= w->in->parted_at;
    str field = word_str(&vocab_wall_field, s->field);
    w->ret->counsel = true;
    if (after) p->state = wall_state_breached;
    if (after)
      because(&w->ret->answer, R_wall_breach, 1000, s->by, s->of, field, arena_str(w->a, buf_str(&when)), STR_NULL);
    else
      because(&w->ret->answer, R_wall_seen_before, 600, s->by, s->of, field, STR_NULL);
  }
}

static void one_pair(struct work *w, const struct bid_wall_party *x, const struct bid_wall_party *y, struct bid_wall_pair *p) {
  struct answer *an = &w->ret->answer;
  *p = (struct bid_wall_pair){.first = x->company, .second = y->company, .state = wall_state_open};
  if (x->bid.p && y->bid.p && str_eq(x->bid, y->bid)) {
    because(an, R_wall_together, 100, STR_NULL);
    return;
  }
  bool decided = x->bid.p && y->bid.p;
  p->state = decided ? wall_state_walled : wall_state_undecided;
  p->cut = everything;
  p->n_cut = wall_field_COUNT;
  because(an, decided ? R_wall_separate : R_wall_undecided, decided ? 800 : 500, x->company, y->company, STR_NULL);
  if (!decided) return;
  same_people(w, x, y, p);
  look_at_log(w, p);
}

enum err rule_bid_wall(const struct bid_wall_input *in, struct arena *a, struct problem *pb, struct bid_wall_result *ret) {
  TRY(check(in, a, pb));
  shape_init(&shape_bid_wall_result, ret);
  ret->answer.arena = a;
  const struct bid_wall_party **order = NEW_ARRAY(a, in->n_parties, const struct bid_wall_party *);
  for (size_t i = 0; i < in->n_parties; i++) {
    order[i] = &in->parties[i];
    if (!in->parties[i].bid.p) unknown_add(&ret->answer, S("open or walled"), "/parties/%zu/bid", i);
  }
  qsort(order, in->n_parties, sizeof *order, by_company);
  struct bid_wall_pair *pairs = NEW_ARRAY(a, in->n_parties * in->n_parties, struct bid_wall_pair);
  struct work w = {in, a, ret};
  for (size_t i = 0; i < in->n_parties; i++)
    for (size_t k = i + 1; k < in->n_parties; k++) one_pair(&w, order[i], order[k], &pairs[ret->n_pairs++]);
  ret->pairs = pairs;
  if (in->parted_at == SHAPE_NO_TIME && in->n_seen) unknown_add(&ret->answer, S("breached"), "/parted_at");
  if (in->public_tender == TRI_YES) because(&ret->answer, R_wall_public, 200, STR_NULL);
  if (!ret->answer.n_because) because(&ret->answer, R_wall_together, 100, STR_NULL);
  return ERR_OK;
}

RULE_INFO(bid_wall, 1, T_INIT("Who may see what in a tender?", "投标中谁可看什么？", "Кому что видно в тендере?"), NULL, JSON({
            "parted_at" : "2026-11-10T08:00:00Z",
            "public_tender" : "yes",
            "parties" : [
              {"company" : "company_1", "bid" : "bid_1", "preparers" : ["user_1"]},
              {"company" : "company_2", "bid" : "bid_2", "preparers" : ["user_2"]}, {"company" : "company_3", "bid" : "bid_1"}
            ],
            "seen" : [ {"by" : "company_2", "of" : "company_1", "field" : "quotes", "at" : "2026-11-12T08:00:00Z"} ]
          }));
