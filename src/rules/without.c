// SPDX-License-Identifier: Apache-2.0
#include "rules/without.h"

#include <stdlib.h>

#include "rules/coverage_work.h"

#define SHAPE_FILE "rules/without.def"
#include "base/shape_table.h"

// The worst loss first; equal ones by id.
static int by_loss(const void *p, const void *q) {
  const struct without_loss *x = p, *y = q;
  if (x->level != y->level) return x->level < y->level ? -1 : 1;
  if (x->n_lost != y->n_lost) return x->n_lost > y->n_lost ? -1 : 1;
  return str_cmp(x->person, y->person);
}

enum err rule_without(const struct without_input *in, struct arena *a, struct problem *pb, struct without_result *ret) {
  (void)pb;
  shape_init(&shape_without_result, ret);
  ret->answer.arena = a;
  struct covered now = coverage_of(in->people, in->n_people, -1);
  struct without_loss *list = NEW_ARRAY(a, in->n_people + 1, struct without_loss);
  ret->level = now.level;
  for (size_t i = 0; i < in->n_people; i++) {
    const struct coverage_person *p = &in->people[i];
    if (!coverage_met(p) && !p->n_supports) continue;
    struct covered after = coverage_of(in->people, in->n_people, (ptrdiff_t)i);
    struct without_loss *l = &list[ret->n_leavers++];
    int *lost = NEW_ARRAY(a, coverage_condition_COUNT, int);
    *l = (struct without_loss){.person = p->person, .level = after.level, .worse = after.level < now.level, .lost = lost};
    for (int c = 0; c < coverage_condition_COUNT; c++)
      if (now.met & ~after.met & 1u << c) lost[l->n_lost++] = c;
  }
  if (ret->n_leavers) qsort(list, ret->n_leavers, sizeof *list, by_loss);
  ret->leavers = list;
  for (size_t i = 0; i < ret->n_leavers; i++)
    if (list[i].worse)
      because(&ret->answer, R_without_falls, 800, list[i].person, word_str(&vocab_coverage_level, list[i].level), STR_NULL);
  if (!ret->answer.n_because) because(&ret->answer, R_without_nobody, 500, word_str(&vocab_coverage_level, now.level), STR_NULL);
  return ERR_OK;
}

RULE_INFO(without, 1, T_INIT("Who must not leave?", "谁不能离开？", "Кто не должен уйти?"), NULL, JSON({
            "people" : [
              {"person" : "contact_1", "authority" : "final_yes", "influence" : 4, "contact" : "several"},
              {"person" : "contact_2", "authority" : "can_veto", "contact" : "several", "supports" : [ "sponsor", "coach" ]},
              {"person" : "contact_3", "contact" : "deep", "supports" : ["insider"]}
            ]
          }));
