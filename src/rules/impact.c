// SPDX-License-Identifier: Apache-2.0
#include "rules/impact.h"

#include <stdlib.h>

#define SHAPE_FILE "rules/impact.def"
#include "base/shape_table.h"

// A contradicted statement says nothing. Inference is allowed here: what somebody will lose is seldom said aloud.
static enum tristate says(const struct fact *f) { return f->status == evidence_status_contradicted ? TRI_UNKNOWN : f->value; }

static enum tristate either(enum tristate a, enum tristate b) {
  return a == TRI_YES || b == TRI_YES ? TRI_YES : a == TRI_NO && b == TRI_NO ? TRI_NO : TRI_UNKNOWN;
}

// A known loss outweighs an unknown gain, but nobody gains for sure while his losses are unknown.
static int side_of(enum tristate gains, enum tristate loses) {
  static const int table[3][3] = {
    // loses: unknown, yes, no
    [TRI_UNKNOWN] = {impact_side_unknown, impact_side_loses, impact_side_unknown},
    [TRI_YES] = {impact_side_unknown, impact_side_mixed, impact_side_gains},
    [TRI_NO] = {impact_side_unknown, impact_side_loses, impact_side_indifferent},
  };
  return table[gains][loses];
}

static void one_person(const struct impact_input *in, const struct impact_person *p, struct arena *a, struct impact_line *l,
                       struct answer *an) {
  enum tristate gains = p->n_effects ? TRI_NO : TRI_UNKNOWN, loses = gains, sale_loses = TRI_NO;
  size_t at = (size_t)(p - in->people);
  str *advice = NEW_ARRAY(a, p->n_effects + 1, str);
  *l = (struct impact_line){.person = p->person, .by_advice = advice};
  for (size_t i = 0; i < p->n_effects; i++) {
    const struct impact_effect *e = &p->effects[i];
    enum tristate g = says(&e->gains), n = says(&e->loses);
    gains = either(gains, g);
    loses = either(loses, n);
    if (n == TRI_YES && e->advice) advice[l->n_by_advice++] = e->of;
    if (n == TRI_YES && !e->advice) sale_loses = TRI_YES;
    if (g == TRI_UNKNOWN) unknown_add(an, S("side"), "/people/%zu/effects/%zu/gains", at, i);
    if (n == TRI_UNKNOWN) unknown_add(an, S("side"), "/people/%zu/effects/%zu/loses", at, i);
  }
  if (!p->n_effects) unknown_add(an, S("side"), "/people/%zu/effects", at);
  l->side = side_of(gains, loses);
  l->sponsor_candidate = l->side == impact_side_gains && p->power == TRI_YES;
  l->see_to = (l->side == impact_side_loses || l->side == impact_side_mixed) && p->veto == TRI_YES;
  if (l->side == impact_side_unknown)
    because(an, R_impact_unknown, 100, p->person, STR_NULL);
  else
    because(an, R_impact_person, 200, p->person, word_str(&vocab_impact_side, l->side), STR_NULL);
  if (l->sponsor_candidate) because(an, R_impact_sponsor, 500, p->person, STR_NULL);
  if (l->see_to) because(an, R_impact_loser, 700, p->person, STR_NULL);
  for (size_t i = 0; i < l->n_by_advice && sale_loses != TRI_YES; i++)
    because(an, R_impact_advice, 400, p->person, advice[i], STR_NULL);
}

static int by_person(const void *p, const void *q) {
  return str_cmp((*(const struct impact_person *const *)p)->person, (*(const struct impact_person *const *)q)->person);
}

enum err rule_impact(const struct impact_input *in, struct arena *a, struct problem *pb, struct impact_result *ret) {
  const struct impact_person **order = NEW_ARRAY(a, in->n_people + 1, const struct impact_person *);
  for (size_t i = 0; i < in->n_people; i++) {
    order[i] = &in->people[i];
    for (size_t k = 0; k < i; k++)
      if (str_eq(in->people[i].person, in->people[k].person))
        return problem_field(pb, arena_fmt(a, "/people/%zu/person", i), P_DUPLICATE, in->people[i].person, STR_NULL);
  }
  if (in->n_people) qsort(order, in->n_people, sizeof *order, by_person);
  shape_init(&shape_impact_result, ret);
  ret->answer.arena = a;
  struct impact_line *lines = NEW_ARRAY(a, in->n_people + 1, struct impact_line);
  str *candidates = NEW_ARRAY(a, in->n_people + 1, str), *blockers = NEW_ARRAY(a, in->n_people + 1, str);
  int64_t count[impact_side_COUNT] = {0};
  for (size_t i = 0; i < in->n_people; i++) {
    one_person(in, order[i], a, &lines[i], &ret->answer);
    count[lines[i].side]++;
    if (lines[i].sponsor_candidate) candidates[ret->n_candidates++] = order[i]->person;
    if (lines[i].see_to) blockers[ret->n_blockers++] = order[i]->person;
  }
  because(&ret->answer, R_impact_sum, 300, int_str(a, count[impact_side_gains]),
          int_str(a, count[impact_side_loses] + count[impact_side_mixed]), int_str(a, count[impact_side_indifferent]),
          int_str(a, count[impact_side_unknown]), STR_NULL);
  ret->lines = lines;
  ret->n_lines = in->n_people;
  ret->candidates = candidates;
  ret->blockers = blockers;
  return ERR_OK;
}

RULE_INFO(
  impact, 1, T_INIT("Who gains, who loses?", "谁得谁失？", "Кто выигрывает, кто теряет?"), NULL, JSON({
    "people" : [
      {
        "person" : "contact_1",
        "power" : "yes",
        "effects" : [
          {"of" : "the system", "gains" : {"value" : "yes", "basis" : "told"}, "loses" : {"value" : "no", "basis" : "inferred"}}
        ]
      },
      {
        "person" : "contact_2",
        "veto" : "yes",
        "effects" : [ {
          "of" : "outsource the night shift",
          "advice" : true,
          "gains" : {"value" : "no"},
          "loses" : {"value" : "yes", "basis" : "inferred"}
        } ]
      },
      {"person" : "contact_3"}
    ]
  }));
