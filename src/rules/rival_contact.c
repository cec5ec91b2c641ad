// SPDX-License-Identifier: Apache-2.0
#include "rules/rival_contact.h"

#include <stdlib.h>

#define SHAPE_FILE "rules/rival_contact.def"
#include "base/shape_table.h"

static bool lawful(int obtained) {
  return obtained == claim_source_told_freely || obtained == claim_source_public || obtained == claim_source_observed;
}

static const struct rival_contact_person *person_of(const struct rival_contact_input *in, str id) {
  for (size_t i = 0; i < in->n_people; i++)
    if (str_eq(in->people[i].person, id)) return &in->people[i];
  return NULL;
}

static int by_rival(const void *p, const void *q) {
  const struct rival_contact_entry *x = *(const struct rival_contact_entry *const *)p,
                                   *y = *(const struct rival_contact_entry *const *)q;
  int c = str_cmp(x->rival, y->rival);
  if (!c) c = str_cmp(x->met, y->met);
  return c ? c : (x->on > y->on) - (x->on < y->on);
}

static void add_once(const str **list, size_t *n, str s) {
  if (*n && str_eq((*list)[*n - 1], s)) return;
  ((str *)(uintptr_t)*list)[(*n)++] = s;
}

// Entries of one rival, by person met.
static void one_rival(const struct rival_contact_input *in, const struct rival_contact_entry *const *e, size_t n, struct arena *a,
                      struct rival_contact_line *l) {
  *l = (struct rival_contact_line){.rival = e[0]->rival, .meetings = (int64_t)n, .last = e[0]->on};
  l->not_met_by_us = NEW_ARRAY(a, n, str);
  l->well = NEW_ARRAY(a, n, str);
  l->cold = NEW_ARRAY(a, n, str);
  l->single_teller = e[0]->told_by;
  for (size_t i = 0; i < n; i++) {
    const struct rival_contact_person *p = person_of(in, e[i]->met);
    if (e[i]->on > l->last) l->last = e[i]->on;
    l->with_power += p && p->power;
    if (!p || !p->our_meetings) add_once(&l->not_met_by_us, &l->n_not_met_by_us, e[i]->met);
    if (e[i]->received == reception_well) add_once(&l->well, &l->n_well, e[i]->met);
    if (e[i]->received == reception_coolly || e[i]->received == reception_refused) add_once(&l->cold, &l->n_cold, e[i]->met);
    if (!e[i]->told_by.p || !l->single_teller.p || !str_eq(e[i]->told_by, l->single_teller)) l->single_teller = STR_NULL;
  }
  int64_t ours = 0;
  for (size_t i = 0; i < in->n_people; i++) ours += in->people[i].power ? in->people[i].our_meetings : 0;
  l->ahead = l->with_power > ours;
}

static void say(const struct rival_contact_input *in, const struct rival_contact_line *l, struct arena *a, struct answer *an) {
  int64_t ours = 0;
  for (size_t i = 0; i < in->n_people; i++) ours += in->people[i].power ? in->people[i].our_meetings : 0;
  if (l->ahead)
    because(an, R_rival_ahead, 600, l->rival, int_str(a, (int64_t)l->n_not_met_by_us), int_str(a, l->with_power),
            int_str(a, in->days), int_str(a, ours), STR_NULL);
  for (size_t i = 0; i < l->n_not_met_by_us; i++) because(an, R_rival_reaches, 300, l->rival, l->not_met_by_us[i], STR_NULL);
  for (size_t i = 0; i < l->n_well; i++) because(an, R_rival_welcome, 200, l->rival, l->well[i], STR_NULL);
  for (size_t i = 0; i < l->n_cold; i++) because(an, R_rival_cold, 200, l->rival, l->cold[i], STR_NULL);
  if (l->single_teller.p) because(an, R_rival_single_teller, 200, l->rival, l->single_teller, STR_NULL);
}

static int by_power(const void *p, const void *q) {
  const struct rival_contact_line *x = p, *y = q;
  if (x->with_power != y->with_power) return x->with_power > y->with_power ? -1 : 1;
  if (x->meetings != y->meetings) return x->meetings > y->meetings ? -1 : 1;
  return str_cmp(x->rival, y->rival);
}

static enum err check(const struct rival_contact_input *in, struct arena *a, struct problem *pb) {
  for (size_t i = 0; i < in->n_people; i++)
    for (size_t k = 0; k < i; k++)
      if (str_eq(in->people[i].person, in->people[k].person))
        return problem_field(pb, arena_fmt(a, "/people/%zu/person", i), P_DUPLICATE, in->people[i].person, STR_NULL);
  for (size_t i = 0; i < in->n_entries; i++)
    if (in->entries[i].on > in->today)
      return problem_field(pb, arena_fmt(a, "/entries/%zu/on", i), P_WRONG_TYPE, S("a day that has come"), STR_NULL);
  return ERR_OK;
}

enum err rule_rival_contact(const struct rival_contact_input *in, struct arena *a, struct problem *pb,
                            struct rival_contact_result *ret) {
  TRY(check(in, a, pb));
  shape_init(&shape_rival_contact_result, ret);
  ret->answer.arena = a;
  const struct rival_contact_entry **good = NEW_ARRAY(a, in->n_entries + 1, const struct rival_contact_entry *);
  struct rival_contact_refused *refused = NEW_ARRAY(a, in->n_entries + 1, struct rival_contact_refused);
  struct rival_contact_line *lines = NEW_ARRAY(a, in->n_entries + 1, struct rival_contact_line);
  size_t n = 0;
  for (size_t i = 0; i < in->n_entries; i++) {
    const struct rival_contact_entry *e = &in->entries[i];
    if (lawful(e->obtained)) {
      if (e->on > in->today - (uday)in->days) good[n++] = e;
      continue;
    }
    refused[ret->n_refused++] = (struct rival_contact_refused){(int64_t)i, e->rival, e->obtained};
    if (e->obtained >= 0) {
      because(&ret->answer, R_rival_refused, 900, e->rival, word_str(&vocab_claim_source, e->obtained), STR_NULL);
      continue;
    }
    because(&ret->answer, R_rival_obtained_unknown, 300, e->rival, STR_NULL);
    unknown_add(&ret->answer, S("rivals"), "/entries/%zu/obtained", i);
  }
  if (n) qsort(good, n, sizeof *good, by_rival);
  for (size_t from = 0, to; from < n; from = to) {
    for (to = from; to < n && str_eq(good[to]->rival, good[from]->rival); to++) {}
    one_rival(in, good + from, to - from, a, &lines[ret->n_rivals++]);
  }
  if (ret->n_rivals) qsort(lines, ret->n_rivals, sizeof *lines, by_power);
  for (size_t i = 0; i < ret->n_rivals; i++) say(in, &lines[i], a, &ret->answer);
  if (!ret->n_rivals) because(&ret->answer, R_rival_quiet, 200, int_str(a, in->days), STR_NULL);
  ret->rivals = lines;
  ret->refused = refused;
  return ERR_OK;
}

RULE_INFO(rival_contact, 1, T_INIT("Where are the rivals?", "对手在哪里活动？", "Где конкуренты?"), NULL, JSON({
            "today" : "2026-11-20",
            "entries" : [
              {
                "rival" : "rival_1",
                "met" : "contact_1",
                "received" : "well",
                "told_by" : "contact_3",
                "obtained" : "told_freely",
                "on" : "2026-11-02"
              },
              {
                "rival" : "rival_1",
                "met" : "contact_2",
                "received" : "coolly",
                "told_by" : "contact_3",
                "obtained" : "told_freely",
                "on" : "2026-11-12"
              },
              {"rival" : "rival_2", "met" : "contact_1", "obtained" : "confidential", "on" : "2026-11-15"}
            ],
            "people" : [ {"person" : "contact_1", "power" : true}, {"person" : "contact_2", "power" : true, "our_meetings" : 1} ]
          }));
