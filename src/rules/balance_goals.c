// SPDX-License-Identifier: Apache-2.0
#include "rules/balance_goals.h"

#include <stdlib.h>

#define SHAPE_FILE "rules/balance_goals.def"
#include "base/shape_table.h"

enum { SHORT_MONTHS = 12, SIGNS_ENOUGH = 2, SIGNS = 5 };

struct served {
  int64_t known, served;
  bool unknown;  // whether one of them is served
};

// A goal counts when they have it; what was contradicted does not. Inference counts as a goal to be asked about, not as one known.
static bool real(const struct balance_goals_goal *g) {
  return g->real.value == TRI_YES && g->real.status != evidence_status_contradicted && g->real.basis != evidence_basis_inferred;
}

static int by_goal(const void *p, const void *q) {
  return str_cmp((*(const struct balance_goals_goal *const *)p)->goal, (*(const struct balance_goals_goal *const *)q)->goal);
}

static int64_t count_signs(const struct balance_goals_input *in, struct answer *an) {
  const struct {
    enum tristate v;
    const char *field;
  } signs[SIGNS] = {{in->invests_in_brand, "invests_in_brand"},
                    {in->invests_in_design, "invests_in_design"},
                    {in->new_market, "new_market"},
                    {in->hires, "hires"},
                    {in->departments_differ, "departments_differ"}};
  int64_t n = 0;
  for (int i = 0; i < SIGNS; i++) {
    n += signs[i].v == TRI_YES;
    if (signs[i].v == TRI_YES) because(an, R_balance_sign, 300, str_of(signs[i].field), STR_NULL);
    if (signs[i].v == TRI_UNKNOWN) unknown_add(an, S("hidden_long"), "/%s", signs[i].field);
  }
  return n;
}

// The table. A hidden long goal: price pressure or a short goal, no long goal known, and two signs.
static int judge(const struct balance_goals_input *in, const struct served *near, const struct served *far, int64_t signs) {
  bool pressed = near->known > 0 || in->price_pressure == TRI_YES;
  if (!far->known && pressed && signs >= SIGNS_ENOUGH) return goal_balance_hidden_long;
  if (!near->known && !far->known) return goal_balance_unknown;
  bool near_served = near->served > 0, far_served = far->served > 0;
  if (near_served && far_served) return goal_balance_balanced;
  if ((near->unknown && !near_served) || (far->unknown && !far_served)) return goal_balance_unknown;
  return near_served ? goal_balance_short_only : far_served ? goal_balance_long_only : goal_balance_unserved;
}

static void one_goal(const struct balance_goals_input *in, const struct balance_goals_goal *g, str *keep,
                     struct balance_goals_front *fronts, struct served *near, struct served *far,
                     struct balance_goals_result *ret) {
  struct answer *an = &ret->answer;
  size_t at = (size_t)(g - in->goals);
  if (!real(g)) {
    if (g->real.status != evidence_status_contradicted && g->real.value != TRI_NO)
      unknown_add(an, S("balance"), "/goals/%zu/real", at);
    return;
  }
  struct served *s = g->months <= SHORT_MONTHS ? near : far;
  s->known++;
  s->served += g->served == TRI_YES;
  s->unknown = s->unknown || g->served == TRI_UNKNOWN;
  if (g->served == TRI_UNKNOWN) unknown_add(an, S("balance"), "/goals/%zu/served", at);
  if (!g->owner.p) {
    because(an, R_balance_unowned, 300, g->goal, STR_NULL);
    unknown_add(an, S("second front"), "/goals/%zu/owner", at);
  }
  if (s == near) {
    keep[ret->n_keep++] = g->goal;
    because(an, R_balance_keep_short, 300, g->goal, g->owner.p ? g->owner : S("?"), STR_NULL);
  } else if (g->served != TRI_YES && g->owner.p && !g->owner_is_purchasing) {
    fronts[ret->n_fronts++] = (struct balance_goals_front){g->goal, g->owner};
    because(an, R_balance_second_front, 600, g->goal, g->owner, STR_NULL);
  }
}

static void history(const struct balance_goals_input *in, struct arena *a, struct balance_goals_result *ret) {
  ret->swings = (int64_t)in->n_swings;
  uday last = SHAPE_NO_DATE;
  for (size_t i = 0; i < in->n_swings; i++)
    if (in->swings[i].on > last) last = in->swings[i].on;
  if (last == SHAPE_NO_DATE) return;
  AUTO(buf_release) struct buf b = BUF(32);
  date_put(&b, last);
  because(&ret->answer, R_balance_swing, 100, int_str(a, ret->swings), arena_str(a, buf_str(&b)), STR_NULL);
}

enum err rule_balance_goals(const struct balance_goals_input *in, struct arena *a, struct problem *pb,
                            struct balance_goals_result *ret) {
  const struct balance_goals_goal **order = NEW_ARRAY(a, in->n_goals + 1, const struct balance_goals_goal *);
  for (size_t i = 0; i < in->n_goals; i++) {
    order[i] = &in->goals[i];
    for (size_t k = 0; k < i; k++)
      if (str_eq(in->goals[i].goal, in->goals[k].goal))
        return problem_field(pb, arena_fmt(a, "/goals/%zu/goal", i), P_DUPLICATE, in->goals[i].goal, STR_NULL);
  }
  if (in->n_goals) qsort(order, in->n_goals, sizeof *order, by_goal);
  shape_init(&shape_balance_goals_result, ret);
  ret->answer.arena = a;
  str *keep = NEW_ARRAY(a, in->n_goals + 1, str);
  struct balance_goals_front *fronts = NEW_ARRAY(a, in->n_goals + 1, struct balance_goals_front);
  struct served near = {0}, far = {0};
  ret->keep = keep;
  ret->fronts = fronts;
  for (size_t i = 0; i < in->n_goals; i++) one_goal(in, order[i], keep, fronts, &near, &far, ret);
  ret->signs = count_signs(in, &ret->answer);
  ret->balance = judge(in, &near, &far, ret->signs);
  because(&ret->answer, R_balance_state, 800, word_str(&vocab_goal_balance, ret->balance), STR_NULL);
  if (ret->balance == goal_balance_hidden_long) because(&ret->answer, R_balance_find_owner, 600, STR_NULL);
  history(in, a, ret);
  return ERR_OK;
}

RULE_INFO(balance_goals, 1, T_INIT("Short goals and long ones", "短期与长期目标", "Короткие и долгие цели"), NULL, JSON({
            "price_pressure" : "yes",
            "invests_in_brand" : "yes",
            "hires" : "yes",
            "goals" : [ {
              "goal" : "lower_price",
              "months" : 3,
              "owner" : "purchasing",
              "owner_is_purchasing" : true,
              "real" : {"value" : "yes", "basis" : "told"},
              "served" : "yes"
            } ],
            "swings" : [ {"on" : "2026-03-01", "to_long" : false} ]
          }));
