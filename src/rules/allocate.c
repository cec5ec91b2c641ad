// SPDX-License-Identifier: Apache-2.0
#include "rules/allocate.h"

#include <stdlib.h>

#include "rules/allocate_work.h"

#define SHAPE_FILE "rules/allocate.def"
#include "base/shape_table.h"

enum { SATURATED = 6 };  // halves of the reference hours at which "unlimited" is reached

static const int64_t horizons[HORIZONS] = {3, 6, 12};

// Positions in halves of the reference hours keep everything whole: 0, 1, 2, 3, 6 halves.
int64_t allocate_value(const struct allocate_candidate *c, int64_t hours) {
  const int64_t at[] = {0, 1, 2, 3, SATURATED}, v[] = {c->at_none, c->at_half, c->at_reference, c->at_more, c->at_unlimited};
  int64_t x = hours * 2, unit = c->reference_hours;
  for (int i = 0; i < 4; i++) {
    int64_t from = at[i] * unit, to = at[i + 1] * unit;
    if (x <= to) return v[i] + (v[i + 1] - v[i]) * (x - from) / (to - from);
  }
  return c->at_unlimited;
}

// ---- input -------------------------------------------------------------------------------------------------------------

static int horizon_of(int64_t months) {
  for (int h = 0; h < HORIZONS; h++)
    if (horizons[h] == months) return h;
  return -1;
}

static enum err check_candidate(const struct allocate_input *in, size_t i, struct arena *a, struct problem *pb) {
  const struct allocate_candidate *c = &in->candidates[i];
  bool known = false;
  for (size_t k = 0; k < in->n_people; k++) known = known || str_eq(in->people[k].person, c->person);
  if (!known) return problem_field(pb, arena_fmt(a, "/candidates/%zu/person", i), P_NO_SUCH_RECORD, STR_NULL, STR_NULL);
  if (horizon_of(c->horizon) < 0)
    return problem_field(pb, arena_fmt(a, "/candidates/%zu/horizon", i), P_WRONG_TYPE, S("3, 6 or 12"), STR_NULL);
  const int64_t v[] = {c->at_none, c->at_half, c->at_reference, c->at_more, c->at_unlimited};
  static const char *const names[] = {"at_none", "at_half", "at_reference", "at_more", "at_unlimited"};
  for (int k = 1; k < 5; k++)
    if (v[k] < v[k - 1])
      return problem_field(pb, arena_fmt(a, "/candidates/%zu/%s", i, names[k]), P_WRONG_TYPE,
                           S("no less than the point before: more hours do not earn less"), STR_NULL);
  for (size_t k = 0; k < i; k++)
    if (str_eq(in->candidates[k].candidate, c->candidate))
      return problem_field(pb, arena_fmt(a, "/candidates/%zu/candidate", i), P_DUPLICATE, c->candidate, STR_NULL);
  return ERR_OK;
}

static enum err check(const struct allocate_input *in, struct arena *a, struct problem *pb) {
  for (size_t i = 0; i < in->n_people; i++)
    for (size_t k = 0; k < i; k++)
      if (str_eq(in->people[k].person, in->people[i].person))
        return problem_field(pb, arena_fmt(a, "/people/%zu/person", i), P_DUPLICATE, in->people[i].person, STR_NULL);
  for (size_t i = 0; i < in->n_candidates; i++) TRY(check_candidate(in, i, a, pb));
  return ERR_OK;
}

// The cheapest adequate way; -1: none named.
static int cheapest_way(const struct allocate_candidate *c) {
  int best = -1;
  for (size_t i = 0; i < c->n_ways; i++)
    if (c->ways[i].adequate == TRI_YES && (best < 0 || c->ways[i].hours < c->ways[best].hours)) best = (int)i;
  return best;
}

static int64_t minimum_of(const struct allocate_candidate *c) {
  int way = cheapest_way(c);
  return way >= 0 ? c->ways[way].hours : c->minimum_hours;
}

static int by_candidate(const void *p, const void *q) {
  return str_cmp((*(const struct allocate_candidate *const *)p)->candidate,
                 (*(const struct allocate_candidate *const *)q)->candidate);
}
static int by_person(const void *p, const void *q) {
  return str_cmp((*(const struct allocate_person *const *)p)->person, (*(const struct allocate_person *const *)q)->person);
}

static void plan_of(const struct allocate_input *in, const struct allocate_person *who, struct plan *p) {
  *p = (struct plan){.hours = who->hours};
  for (size_t i = 0; i < in->n_candidates; i++)
    if (str_eq(in->candidates[i].person, who->person)) p->mine[p->n++] = &in->candidates[i];
  qsort(p->mine, (size_t)p->n, sizeof p->mine[0], by_candidate);
  bool any[HORIZONS] = {false};
  for (int i = 0; i < p->n; i++) {
    p->group[i] = horizon_of(p->mine[i]->horizon);
    p->minimum[i] = minimum_of(p->mine[i]);
    any[p->group[i]] = true;
  }
  if (any[1]) p->floor[1] = who->hours * who->floor_6 / 1000;
  if (any[2]) p->floor[2] = who->hours * who->floor_12 / 1000;
}

// Hours that minimums and floors ask for together: within a horizon the larger of the two.
static int64_t demand_of(const struct plan *p) {
  int64_t sum[HORIZONS] = {0}, all = 0;
  for (int i = 0; i < p->n; i++) sum[p->group[i]] += p->minimum[i];
  for (int h = 0; h < HORIZONS; h++) all += sum[h] > p->floor[h] ? sum[h] : p->floor[h];
  return all;
}

// ---- the answer --------------------------------------------------------------------------------------------------------

struct work {
  const struct allocate_input *in;
  struct arena *a;
  struct allocate_result *ret;
  const struct allocate_person **people;
  int64_t *room;  // hours beyond the demand, by person; shrinks as relief is handed over
  struct allocate_line *lines;
};

static void put_lines(struct work *w, const struct allocate_person *who, const struct plan *p, const struct planned *best,
                      struct allocate_person_result *r) {
  bool logged = true;
  r->logged_value = 0;
  for (int i = 0; i < p->n; i++) {
    const struct allocate_candidate *c = p->mine[i];
    int64_t planned = c->planned_hours == SHAPE_NO_INT ? c->reference_hours : c->planned_hours;
    int way = cheapest_way(c);
    w->lines[w->ret->n_lines++] = (struct allocate_line){c->candidate,
                                                         who->person,
                                                         best->hours[i],
                                                         best->hours[i] - planned,
                                                         allocate_value(c, best->hours[i]),
                                                         c->horizon,
                                                         way < 0 ? -1 : c->ways[way].mode};
    *(c->kind == candidate_kind_partner ? &w->ret->partner_hours : &w->ret->account_hours) += best->hours[i];
    r->planned_hours += planned;
    r->planned_value += allocate_value(c, planned);
    logged = logged && c->logged_hours != SHAPE_NO_INT;
    if (logged) r->logged_value += allocate_value(c, c->logged_hours);
  }
  r->regret = r->value - r->planned_value;
  r->logged_regret = logged && p->n ? r->value - r->logged_value : SHAPE_NO_INT;
  if (!logged || !p->n) r->logged_value = SHAPE_NO_INT;
}

// A colleague with the most room for it; the lower id among equals.
static str colleague(struct work *w, const struct allocate_person *who, int64_t hours) {
  int best = -1;
  for (size_t i = 0; i < w->in->n_people; i++)
    if (w->people[i] != who && w->room[i] >= hours && (best < 0 || w->room[i] > w->room[best])) best = (int)i;
  if (best < 0) return STR_NULL;
  w->room[best] -= hours;
  return w->people[best]->person;
}

static void put_relief(struct work *w, const struct allocate_person *who, const struct plan *p, const struct planned *best,
                       struct allocate_person_result *r) {
  struct answer *an = &w->ret->answer;
  int64_t demand = demand_of(p);
  r->overloaded = true;
  r->short_by = demand - p->hours;
  because(an, R_allocate_overload, 800, who->person, int_str(w->a, demand), int_str(w->a, p->hours), STR_NULL);
  struct allocate_relief *list = NEW_ARRAY(w->a, (size_t)p->n, struct allocate_relief);
  for (int i = 0; i < p->n; i++) {
    if (best->hours[i] || !p->minimum[i]) continue;
    const struct allocate_candidate *c = p->mine[i];
    int64_t costs = allocate_value(c, p->minimum[i]) - allocate_value(c, 0);
    list[r->n_relief++] = (struct allocate_relief){c->candidate, p->minimum[i], costs, colleague(w, who, p->minimum[i])};
    because(an, R_allocate_relief, 500, c->candidate, int_str(w->a, p->minimum[i]), int_str(w->a, costs), STR_NULL);
    if (list[r->n_relief - 1].move_to.p) because(an, R_allocate_move, 200, list[r->n_relief - 1].move_to, STR_NULL);
  }
  r->relief = list;
}

static void put_floors(struct work *w, const struct allocate_person *who, const struct plan *p, const struct planned *best,
                       struct allocate_person_result *r) {
  struct allocate_floor *list = NEW_ARRAY(w->a, HORIZONS, struct allocate_floor);
  for (int h = 1; h < HORIZONS; h++) {
    int64_t asked = h == 1 ? who->floor_6 : who->floor_12, price = best->without_floor[h] - best->value;
    str months = int_str(w->a, horizons[h]);
    if (asked && !p->floor[h] && who->hours) because(&w->ret->answer, R_allocate_floor_nobody, 50, who->person, months, STR_NULL);
    if (!p->floor[h]) continue;
    list[r->n_floors++] = (struct allocate_floor){horizons[h], p->floor[h], price};
    because(&w->ret->answer, R_allocate_floor, 100, who->person, months, int_str(w->a, price), STR_NULL);
  }
  r->floors = list;
}

static void one_person(struct work *w, const struct allocate_person *who, struct allocate_person_result *r) {
  struct plan *p = NEW(w->a, struct plan);
  struct planned *best = NEW(w->a, struct planned);
  struct answer *an = &w->ret->answer;
  plan_of(w->in, who, p);
  allocate_solve(p, false, best);
  bool overloaded = !best->feasible;
  if (overloaded) allocate_solve(p, true, best);
  shape_init(&shape_allocate_person_result, r);
  r->person = who->person;
  r->hours = who->hours;
  r->used = best->used;
  r->value = best->value;
  r->next_hour = best->next_hour;
  r->planned_hours = r->planned_value = r->short_by = 0;
  w->ret->value += best->value;
  put_lines(w, who, p, best, r);
  because(an, R_allocate_best, 600, who->person, int_str(w->a, who->hours), int_str(w->a, best->value), STR_NULL);
  if (r->regret > 0)
    because(an, R_allocate_regret, 400, who->person, int_str(w->a, r->planned_value), int_str(w->a, r->regret), STR_NULL);
  if (r->logged_regret != SHAPE_NO_INT && r->logged_regret > 0)
    because(an, R_allocate_logged, 300, who->person, int_str(w->a, r->logged_value), int_str(w->a, r->logged_regret), STR_NULL);
  if (overloaded) put_relief(w, who, p, best, r);
  put_floors(w, who, p, best, r);
  because(an, R_allocate_next_hour, 200, who->person, int_str(w->a, r->next_hour), STR_NULL);
}

enum err rule_allocate(const struct allocate_input *in, struct arena *a, struct problem *pb, struct allocate_result *ret) {
  TRY(check(in, a, pb));
  shape_init(&shape_allocate_result, ret);
  ret->answer.arena = a;
  ret->value = ret->partner_hours = ret->account_hours = 0;
  struct work w = {in,
                   a,
                   ret,
                   NEW_ARRAY(a, in->n_people, const struct allocate_person *),
                   NEW_ARRAY(a, in->n_people, int64_t),
                   NEW_ARRAY(a, in->n_candidates, struct allocate_line)};
  for (size_t i = 0; i < in->n_people; i++) w.people[i] = &in->people[i];
  qsort(w.people, in->n_people, sizeof w.people[0], by_person);
  struct plan *p = NEW(a, struct plan);
  for (size_t i = 0; i < in->n_people; i++) {
    plan_of(in, w.people[i], p);
    w.room[i] = w.people[i]->hours - demand_of(p);
  }
  struct allocate_person_result *people = NEW_ARRAY(a, in->n_people, struct allocate_person_result);
  ret->people = people;
  ret->lines = w.lines;
  for (size_t i = 0; i < in->n_people; i++) one_person(&w, w.people[i], &people[ret->n_people++]);
  because(&ret->answer, R_allocate_partners, 50, int_str(a, ret->partner_hours),
          int_str(a, ret->partner_hours + ret->account_hours), STR_NULL);
  for (size_t i = 0; i < in->n_candidates; i++)
    for (size_t k = 0; k < in->candidates[i].n_ways; k++)
      if (in->candidates[i].ways[k].adequate == TRI_UNKNOWN)
        unknown_add(&ret->answer, S("fewer minimum hours"), "/candidates/%zu/ways/%zu/adequate", i, k);
  return ERR_OK;
}

RULE_INFO(allocate, 1, T_INIT("Who gets how many hours?", "时间如何分配？", "Кому сколько часов?"), NULL, JSON({
            "people" : [ {"person" : "user_1", "hours" : 40} ],
            "candidates" : [
              {
                "candidate" : "account_1",
                "person" : "user_1",
                "horizon" : 3,
                "reference_hours" : 20,
                "at_none" : 0,
                "at_half" : 30000,
                "at_reference" : 50000,
                "at_more" : 55000,
                "at_unlimited" : 60000
              },
              {
                "candidate" : "account_2",
                "person" : "user_1",
                "horizon" : 12,
                "reference_hours" : 4,
                "at_none" : 0,
                "at_half" : 4000,
                "at_reference" : 9000,
                "at_more" : 12000,
                "at_unlimited" : 20000
              },
              {
                "candidate" : "partner_1",
                "kind" : "partner",
                "person" : "user_1",
                "horizon" : 6,
                "reference_hours" : 10,
                "minimum_hours" : 4,
                "at_none" : 0,
                "at_half" : 8000,
                "at_reference" : 15000,
                "at_more" : 20000,
                "at_unlimited" : 24000
              }
            ]
          }));
