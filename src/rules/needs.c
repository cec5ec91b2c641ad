// SPDX-License-Identifier: Apache-2.0
#include "rules/needs.h"

#include <stdlib.h>

#define SHAPE_FILE "rules/needs.def"
#include "base/shape_table.h"

enum { STRONG_INFLUENCE = 3, TALKS = 20, GAPS = need_gap_COUNT };
enum { FROM_PERSONAL = 60, FROM_FEELING = 40 };

// Inference is no knowledge of somebody's need, and neither is what was contradicted.
static enum tristate known(const struct fact *f) {
  if (f->basis == evidence_basis_inferred || f->status == evidence_status_assumed || f->status == evidence_status_contradicted)
    return TRI_UNKNOWN;
  return f->value;
}

static const struct needs_person *person_of(const struct needs_input *in, str id) {
  for (size_t i = 0; i < in->n_people; i++)
    if (str_eq(in->people[i].person, id)) return &in->people[i];
  return NULL;
}

static bool powerful(const struct needs_person *p) {
  return p->authority == authority_final_yes || p->authority == authority_can_veto ||
         (p->influence != SHAPE_NO_INT && p->influence >= STRONG_INFLUENCE);
}

static enum err check(const struct needs_input *in, struct arena *a, struct problem *pb) {
  for (size_t i = 0; i < in->n_people; i++)
    for (size_t k = 0; k < i; k++)
      if (str_eq(in->people[i].person, in->people[k].person))
        return problem_field(pb, arena_fmt(a, "/people/%zu/person", i), P_DUPLICATE, in->people[i].person, STR_NULL);
  for (size_t i = 0; i < in->n_problems; i++) {
    for (size_t k = 0; k < i; k++)
      if (str_eq(in->problems[i].problem, in->problems[k].problem))
        return problem_field(pb, arena_fmt(a, "/problems/%zu/problem", i), P_DUPLICATE, in->problems[i].problem, STR_NULL);
    const struct needs_problem *p = &in->problems[i];
    for (size_t m = 0; m < p->n_people; m++) {
      if (!person_of(in, p->people[m].person))
        return problem_field(pb, arena_fmt(a, "/problems/%zu/people/%zu/person", i, m), P_NO_SUCH_RECORD, STR_NULL, STR_NULL);
      for (size_t k = 0; k < m; k++)
        if (str_eq(p->people[m].person, p->people[k].person))
          return problem_field(pb, arena_fmt(a, "/problems/%zu/people/%zu/person", i, m), P_DUPLICATE, p->people[m].person,
                               STR_NULL);
    }
  }
  return ERR_OK;
}

// ---- one problem -----------------------------------------------------------------------------------------------------------

struct seen {
  bool felt, personal, carried;
};

static struct seen look(const struct needs_input *in, const struct needs_problem *p) {
  struct seen s = {false, false, false};
  for (size_t m = 0; m < p->n_people; m++) {
    bool personal = known(&p->people[m].personal) == TRI_YES;
    s.felt = s.felt || known(&p->people[m].feels) == TRI_YES;
    s.personal = s.personal || personal;
    s.carried = s.carried || (personal && powerful(person_of(in, p->people[m].person)));
  }
  return s;
}

// The personal need decides: the company's alone never makes a need strong. A known personal need stands in for the buyer's words.
static int strength_of(const struct needs_problem *p, struct seen s) {
  if (known(&p->stated) == TRI_NO) return need_strength_denied;
  if (s.carried) return need_strength_strong;
  if (s.personal) return need_strength_personal;
  if (known(&p->stated) != TRI_YES) return need_strength_implicit;
  return p->company_need == TRI_YES || s.felt ? need_strength_company_only : need_strength_implicit;
}

// For the order only: strength first, then what is known. Nothing unknown adds.
static int64_t score_of(const struct needs_problem *p, int strength, struct seen s) {
  static const int64_t base[need_strength_COUNT] = {[need_strength_strong] = 60,
                                                    [need_strength_personal] = 40,
                                                    [need_strength_company_only] = 20,
                                                    [need_strength_implicit] = 0,
                                                    [need_strength_denied] = 0};
  if (strength == need_strength_denied) return 0;
  int64_t score = base[strength];
  score += known(&p->stated) == TRI_YES ? 8 : 0;
  score += p->cost.cur.code[0] && p->cost.minor > 0 ? 10 : 0;
  score += s.felt ? 6 : 0;
  score += p->needed_by != SHAPE_NO_DATE ? 6 : 0;
  score += p->company_need == TRI_YES ? 6 : 0;
  score += p->rank != SHAPE_NO_INT && p->rank <= 3 ? 4 : 0;
  return score;
}

static void one_problem(const struct needs_input *in, const struct needs_problem *p, struct arena *a,
                        struct needs_problem_result *r, struct answer *an) {
  struct seen s = look(in, p);
  int *missing = NEW_ARRAY(a, GAPS, int);
  str *carried = NEW_ARRAY(a, p->n_people + 1, str);
  size_t at = (size_t)(p - in->problems);
  *r = (struct needs_problem_result){
    .problem = p->problem, .strength = strength_of(p, s), .missing = missing, .carried_by = carried};
  r->score = score_of(p, r->strength, s);
  for (size_t m = 0; m < p->n_people; m++)
    if (known(&p->people[m].personal) == TRI_YES && powerful(person_of(in, p->people[m].person)))
      carried[r->n_carried_by++] = p->people[m].person;
  if (!s.carried) missing[r->n_missing++] = need_gap_power_personal;
  if (!s.felt) missing[r->n_missing++] = need_gap_nobody_feels;
  if (known(&p->stated) == TRI_UNKNOWN)
    missing[r->n_missing++] = p->stated.value == TRI_YES ? need_gap_evidence : need_gap_stated;
  if (!p->cost.cur.code[0]) missing[r->n_missing++] = need_gap_cost;
  if (p->needed_by == SHAPE_NO_DATE) missing[r->n_missing++] = need_gap_timing;
  because(an, R_needs_strength, 400, p->problem, word_str(&vocab_need_strength, r->strength), STR_NULL);
  if (r->strength == need_strength_company_only) because(an, R_needs_company_only, 500, p->problem, STR_NULL);
  if (p->date_serves.p) because(an, R_needs_whose_date, 100, p->problem, p->date_serves, STR_NULL);
  if (p->rival_projects != SHAPE_NO_INT && p->rival_projects > 0)
    because(an, R_needs_rival_projects, 200, p->problem, int_str(a, p->rival_projects),
            p->rank == SHAPE_NO_INT ? S("?") : int_str(a, p->rank), STR_NULL);
  if (known(&p->stated) == TRI_UNKNOWN) unknown_add(an, S("strength"), "/problems/%zu/stated", at);
  if (!s.carried) unknown_add(an, S("strong"), "/problems/%zu/people", at);
}

static int by_score(const void *p, const void *q) {
  const struct needs_problem_result *x = p, *y = q;
  if (x->score != y->score) return x->score > y->score ? -1 : 1;
  return str_cmp(x->problem, y->problem);
}

// ---- gaps and talks --------------------------------------------------------------------------------------------------------

static bool has_personal(const struct needs_input *in, str person) {
  for (size_t i = 0; i < in->n_problems; i++)
    for (size_t m = 0; m < in->problems[i].n_people; m++)
      if (str_eq(in->problems[i].people[m].person, person) && known(&in->problems[i].people[m].personal) == TRI_YES) return true;
  return false;
}

static int by_gap(const void *p, const void *q) {
  const struct needs_gap_line *x = p, *y = q;
  if (x->gap != y->gap) return x->gap - y->gap;
  int c = str_cmp(x->person, y->person);
  return c ? c : str_cmp(x->problem, y->problem);
}

// Approvers first, then others with power, then what the strongest problems lack, in the order of the vocabulary.
static void list_gaps(const struct needs_input *in, struct arena *a, struct needs_result *ret) {
  struct needs_gap_line *list = NEW_ARRAY(a, in->n_people + in->n_problems * GAPS + 1, struct needs_gap_line);
  size_t n = 0;
  for (size_t i = 0; i < in->n_people; i++) {
    const struct needs_person *p = &in->people[i];
    if (!powerful(p) || has_personal(in, p->person)) continue;
    list[n++] = (struct needs_gap_line){
      p->authority == authority_final_yes ? need_gap_approver_personal : need_gap_power_personal, p->person, STR_NULL};
  }
  for (size_t i = 0; i < ret->n_problems; i++)
    for (size_t m = 0; m < ret->problems[i].n_missing; m++)
      if (ret->problems[i].missing[m] != need_gap_power_personal && ret->problems[i].strength != need_strength_denied)
        list[n++] = (struct needs_gap_line){ret->problems[i].missing[m], STR_NULL, ret->problems[i].problem};
  if (n) qsort(list, n, sizeof *list, by_gap);
  ret->gaps = list;
  ret->n_gaps = n;
  for (size_t i = 0; i < n; i++) {
    if (list[i].gap == need_gap_approver_personal)
      because(&ret->answer, R_needs_approver_first, 900, list[i].person, STR_NULL);
    else
      because(&ret->answer, R_needs_gap_person, 100, word_str(&vocab_need_gap, list[i].gap),
              list[i].person.p ? list[i].person : list[i].problem, STR_NULL);
  }
}

static int64_t power_of(const struct needs_person *p) {
  int64_t v = p->authority == authority_final_yes    ? 60
              : p->authority == authority_can_veto   ? 40
              : p->authority == authority_recommends ? 20
                                                     : 0;
  return v + (p->influence == SHAPE_NO_INT ? 0 : p->influence * 10);
}

static int by_talk(const void *p, const void *q) {
  const struct needs_talk *x = p, *y = q;
  if (x->score != y->score) return x->score > y->score ? -1 : 1;
  int c = str_cmp(x->problem, y->problem);
  return c ? c : str_cmp(x->person, y->person);
}

static void list_talks(const struct needs_input *in, struct arena *a, struct needs_result *ret) {
  size_t n = 0, room = 0;
  for (size_t i = 0; i < in->n_problems; i++) room += in->problems[i].n_people;
  struct needs_talk *list = NEW_ARRAY(a, room + 1, struct needs_talk);
  for (size_t i = 0; i < in->n_problems; i++) {
    const struct needs_problem *p = &in->problems[i];
    for (size_t m = 0; m < p->n_people && known(&p->stated) != TRI_NO; m++) {
      int64_t to = (known(&p->people[m].personal) == TRI_YES ? FROM_PERSONAL : 0) +
                   (known(&p->people[m].feels) == TRI_YES ? FROM_FEELING : 0);
      int64_t back = power_of(person_of(in, p->people[m].person)), low = to < back ? to : back, high = to < back ? back : to;
      if (to) list[n++] = (struct needs_talk){p->problem, p->people[m].person, to, back, low + (high - low) / 2};
    }
  }
  if (n) qsort(list, n, sizeof *list, by_talk);
  ret->talks = list;
  ret->n_talks = n < TALKS ? n : TALKS;
  if (n) because(&ret->answer, R_needs_talk, 300, list[0].problem, list[0].person, int_str(a, list[0].score), STR_NULL);
}

enum err rule_needs(const struct needs_input *in, struct arena *a, struct problem *pb, struct needs_result *ret) {
  TRY(check(in, a, pb));
  shape_init(&shape_needs_result, ret);
  ret->answer.arena = a;
  struct needs_problem_result *list = NEW_ARRAY(a, in->n_problems + 1, struct needs_problem_result);
  for (size_t i = 0; i < in->n_problems; i++) one_problem(in, &in->problems[i], a, &list[i], &ret->answer);
  if (in->n_problems)
    qsort(list, in->n_problems, sizeof *list, by_score);
  else
    because(&ret->answer, R_needs_none, 500, STR_NULL);
  ret->problems = list;
  ret->n_problems = in->n_problems;
  list_gaps(in, a, ret);
  list_talks(in, a, ret);
  return ERR_OK;
}

RULE_INFO(needs, 1, T_INIT("Which needs are strong?", "哪些需求是真需求？", "Какие потребности сильны?"), NULL, JSON({
            "people" : [
              {"person" : "contact_1", "authority" : "final_yes"},
              {"person" : "contact_2", "authority" : "recommends", "influence" : 3}
            ],
            "problems" : [
              {
                "problem" : "heat",
                "stated" : {"value" : "yes", "basis" : "told"},
                "company_need" : "yes",
                "cost" : {"amount" : "40000.00", "currency" : "EUR"},
                "people" : [ {
                  "person" : "contact_2",
                  "feels" : {"value" : "yes", "basis" : "told"},
                  "personal" : {"value" : "yes", "basis" : "told"}
                } ]
              },
              {"problem" : "lost_customers", "company_need" : "yes"}
            ]
          }));
