// SPDX-License-Identifier: Apache-2.0
#include "rules/coverage.h"

#include <stdlib.h>

#include "rules/coverage_work.h"

#define SHAPE_FILE "rules/coverage.def"
#include "base/shape_table.h"

enum { RIGHT_FLOOR = 3, FRIENDS_WITHOUT_POWER = 5, STRONG_INFLUENCE = 3 };
#define BIT(c) (1u << coverage_condition_##c)

bool coverage_has_role(const struct coverage_person *p, int role) {
  for (size_t i = 0; i < p->n_supports; i++)
    if (p->supports[i] == role) return true;
  return false;
}

bool coverage_met(const struct coverage_person *p) {
  return p->contact == contact_coverage_brief || p->contact == contact_coverage_several || p->contact == contact_coverage_deep;
}

// Power known, not assumed: by office, by influence, or by standing among those who count.
static bool powerful(const struct coverage_person *p) {
  return p->authority == authority_final_yes || p->authority == authority_can_veto ||
         (p->influence != SHAPE_NO_INT && p->influence >= STRONG_INFLUENCE) ||
         p->political_status == political_status_inner_circle || p->political_status == political_status_political_structure;
}

static bool right(const struct coverage_person *p) { return powerful(p) || p->n_supports > 0; }

static bool approver(const struct coverage_person *p) {
  return p->authority == authority_final_yes || p->role == role_final_approver;
}

static bool can_stop(const struct coverage_person *p) {
  bool against = p->stance == stance_opponent || p->stance == stance_non_supporter;
  return against && (p->authority == authority_final_yes || p->authority == authority_can_veto) && p->handled != TRI_YES;
}

static int64_t entrenchment(const struct coverage_person *p) {
  int64_t v = p->influence == SHAPE_NO_INT ? 0 : p->influence * 2;
  return v + (p->political_status == political_status_inner_circle          ? 3
              : p->political_status == political_status_political_structure ? 1
                                                                            : 0);
}

// A successor sits in the same chair: its office and weight stay, what we had with the person is gone.
static struct coverage_person successor(const struct coverage_person *p) {
  struct coverage_person s = *p;
  s.contact = contact_coverage_none;
  s.stance = -1;
  s.n_supports = 0;
  s.coach_plan = false;
  s.handled = TRI_UNKNOWN;
  return s;
}

struct covered coverage_of(const struct coverage_person *people, size_t n, ptrdiff_t leaver) {
  struct covered c = {.met = BIT(veto_handled) | BIT(entrenched_met)};
  int64_t deepest = 1;
  for (size_t i = 0; i < n; i++)
    if (entrenchment(&people[i]) > deepest) deepest = entrenchment(&people[i]);
  bool anybody_deep = false;
  for (size_t i = 0; i < n; i++) {
    struct coverage_person p = (ptrdiff_t)i == leaver ? successor(&people[i]) : people[i];
    bool met = coverage_met(&p);
    c.right_met += met && right(&p);
    if (met && powerful(&p)) c.met |= BIT(power_met);
    if (met && approver(&p)) c.met |= BIT(approver_met);
    if (entrenchment(&p) == deepest) {
      anybody_deep = true;
      if (!met) c.met &= ~BIT(entrenched_met);
    }
    if (can_stop(&p)) c.met &= ~BIT(veto_handled);
    if (coverage_has_role(&p, supporter_insider)) c.met |= BIT(insider);
    if (coverage_has_role(&p, supporter_sponsor)) c.met |= BIT(sponsor);
    if (coverage_has_role(&p, supporter_coach) || p.coach_plan) c.met |= BIT(coach_or_plan);
  }
  if (!anybody_deep) c.met &= ~BIT(entrenched_met);
  if (c.right_met >= RIGHT_FLOOR) c.met |= BIT(enough_right);
  // An insider is a step of the ladder, not a demand: a sponsor and a coach need none.
  unsigned needed = BIT(enough_right) | BIT(power_met) | BIT(approver_met) | BIT(entrenched_met) | BIT(veto_handled) |
                    BIT(sponsor) | BIT(coach_or_plan);
  bool red = !(c.met & BIT(enough_right)) || !(c.met & BIT(power_met));
  c.level = red ? coverage_level_red : (c.met & needed) == needed ? coverage_level_green : coverage_level_amber;
  return c;
}

// ---- the result --------------------------------------------------------------------------------------------------------

static bool concerns(const struct coverage_person *p, int condition) {
  switch (condition) {
  case coverage_condition_enough_right: return coverage_met(p) && right(p);
  case coverage_condition_power_met: return powerful(p);
  case coverage_condition_approver_met: return approver(p);
  case coverage_condition_veto_handled: return can_stop(p);
  case coverage_condition_insider: return coverage_has_role(p, supporter_insider);
  case coverage_condition_sponsor: return coverage_has_role(p, supporter_sponsor);
  case coverage_condition_coach_or_plan: return coverage_has_role(p, supporter_coach) || p->coach_plan;
  default: return false;
  }
}

static int by_bytes(const void *p, const void *q) { return str_cmp(*(const str *)p, *(const str *)q); }

static void list_checks(const struct coverage_input *in, struct arena *a, unsigned met, struct coverage_result *r) {
  struct coverage_check *checks = NEW_ARRAY(a, coverage_condition_COUNT, struct coverage_check);
  int64_t deepest = 1;
  for (size_t i = 0; i < in->n_people; i++)
    if (entrenchment(&in->people[i]) > deepest) deepest = entrenchment(&in->people[i]);
  for (int c = 0; c < coverage_condition_COUNT; c++) {
    str *who = NEW_ARRAY(a, in->n_people + 1, str);
    checks[c] = (struct coverage_check){.condition = c, .met = met & 1u << c, .people = who};
    for (size_t i = 0; i < in->n_people; i++) {
      const struct coverage_person *p = &in->people[i];
      if (c == coverage_condition_entrenched_met ? entrenchment(p) == deepest : concerns(p, c))
        who[checks[c].n_people++] = p->person;
    }
    if (c == coverage_condition_no_single_point) {
      checks[c].people = r->single_points;
      checks[c].n_people = r->n_single_points;
    } else if (checks[c].n_people) {
      qsort(who, checks[c].n_people, sizeof *who, by_bytes);
    }
    because(&r->answer, checks[c].met ? R_coverage_met : R_coverage_missing, checks[c].met ? 100 : 500,
            word_str(&vocab_coverage_condition, c), STR_NULL);
  }
  r->checks = checks;
  r->n_checks = coverage_condition_COUNT;
}

static void find_single_points(const struct coverage_input *in, struct arena *a, const struct covered *now,
                               struct coverage_result *r) {
  str *list = NEW_ARRAY(a, in->n_people + 1, str);
  for (size_t i = 0; i < in->n_people; i++) {
    struct covered after = coverage_of(in->people, in->n_people, (ptrdiff_t)i);
    if (now->level != coverage_level_red && after.level == coverage_level_red) list[r->n_single_points++] = in->people[i].person;
  }
  if (r->n_single_points) qsort(list, r->n_single_points, sizeof *list, by_bytes);
  r->single_points = list;
}

static void ask(const struct coverage_input *in, struct coverage_result *r) {
  for (size_t i = 0; i < in->n_people; i++) {
    const struct coverage_person *p = &in->people[i];
    if (!coverage_met(p) || right(p)) continue;
    if (p->authority < 0) unknown_add(&r->answer, S("right person"), "/people/%zu/authority", i);
    if (p->influence == SHAPE_NO_INT) unknown_add(&r->answer, S("right person"), "/people/%zu/influence", i);
  }
}

enum err rule_coverage(const struct coverage_input *in, struct arena *a, struct problem *pb, struct coverage_result *ret) {
  shape_init(&shape_coverage_result, ret);
  ret->answer.arena = a;
  for (size_t i = 0; i < in->n_people; i++)
    for (size_t k = 0; k < i; k++)
      if (str_eq(in->people[i].person, in->people[k].person))
        return problem_field(pb, arena_fmt(a, "/people/%zu/person", i), P_DUPLICATE, in->people[i].person, STR_NULL);
  struct covered now = coverage_of(in->people, in->n_people, -1);
  find_single_points(in, a, &now, ret);
  if (now.level != coverage_level_red && !ret->n_single_points) now.met |= BIT(no_single_point);
  ret->level = now.level == coverage_level_green && ret->n_single_points ? coverage_level_amber : now.level;
  ret->right_met = now.right_met;
  size_t met = 0;
  for (size_t i = 0; i < in->n_people; i++) met += coverage_met(&in->people[i]);
  because(&ret->answer, R_coverage_level, 1000, word_str(&vocab_coverage_level, ret->level), int_str(a, now.right_met),
          int_str(a, (int64_t)met), STR_NULL);
  if (met >= FRIENDS_WITHOUT_POWER && !(now.met & BIT(power_met)))
    because(&ret->answer, R_coverage_friends, 900, int_str(a, (int64_t)met), STR_NULL);
  list_checks(in, a, now.met, ret);
  ret->next = !(now.met & (BIT(insider) | BIT(sponsor) | BIT(coach_or_plan))) ? supporter_step_find_insider
              : !(now.met & BIT(sponsor))                                     ? supporter_step_win_sponsor
              : !(now.met & BIT(coach_or_plan))                               ? supporter_step_grow_coach
                                                                              : supporter_step_keep;
  because(&ret->answer, R_coverage_next, 400, word_str(&vocab_supporter_step, ret->next), STR_NULL);
  ask(in, ret);
  return ERR_OK;
}

RULE_INFO(
  coverage, 1, T_INIT("Do we know the right people?", "认识对的人了吗？", "Тех ли людей мы знаем?"), NULL, JSON({
    "people" : [
      {"person" : "contact_1", "role" : "final_approver", "authority" : "final_yes", "influence" : 4, "contact" : "brief"}, {
        "person" : "contact_2",
        "authority" : "can_veto",
        "stance" : "supporter",
        "influence" : 3,
        "contact" : "several",
        "supports" : ["sponsor"]
      },
      {"person" : "contact_3", "contact" : "deep", "supports" : ["insider"]}
    ]
  }));
