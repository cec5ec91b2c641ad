// SPDX-License-Identifier: Apache-2.0
#include "rules/implement.h"

#define SHAPE_FILE "rules/implement.def"
#include "base/shape_table.h"

struct work {
  const struct implement_input *in;
  struct arena *a;
  struct implement_result *ret;
  int *tasks;
};

static void task(struct work *w, int t) {
  for (size_t i = 0; i < w->ret->n_tasks; i++)
    if (w->tasks[i] == t) return;
  w->tasks[w->ret->n_tasks++] = t;
}

static void ask(struct work *w, enum tristate v, const char *field) {
  if (v == TRI_UNKNOWN) unknown_add(&w->ret->answer, S("step"), "/%s", field);
}

// Step 1 is clean when all four were agreed or shown. Unknown is not clean.
static bool expectations(struct work *w) {
  const struct implement_input *in = w->in;
  if (in->visible_agreed != TRI_YES) task(w, implement_task_agree_visible);
  if (in->dip_announced != TRI_YES) task(w, implement_task_announce_dip);
  if (in->learners_named != TRI_YES) task(w, implement_task_name_learners);
  if (in->first_result != TRI_YES && in->started == TRI_YES) task(w, implement_task_first_result);
  ask(w, in->visible_agreed, "visible_agreed");
  ask(w, in->dip_announced, "dip_announced");
  ask(w, in->learners_named, "learners_named");
  ask(w, in->first_result, "first_result");
  return in->visible_agreed == TRI_YES && in->dip_announced == TRI_YES && in->learners_named == TRI_YES &&
         in->first_result == TRI_YES;
}

// Attacks on our supporter come first, then the problems themselves.
static bool problems(struct work *w, bool *ret_severe) {
  bool clean = true;
  *ret_severe = false;
  for (size_t i = 0; i < w->in->n_problems; i++) {
    const struct implement_problem *p = &w->in->problems[i];
    if (p->blamed.p && p->standing_restored != TRI_YES) {
      clean = false;
      task(w, implement_task_restore_standing);
      because(&w->ret->answer, R_implement_standing, 800, p->blamed, p->problem, STR_NULL);
    }
  }
  for (size_t i = 0; i < w->in->n_problems; i++) {
    const struct implement_problem *p = &w->in->problems[i];
    if (p->solved) continue;
    clean = false;
    task(w, implement_task_mend);
    if (p->severe) {
      *ret_severe = true;
      because(&w->ret->answer, R_implement_severe, 900, p->problem, STR_NULL);
    }
    if (!p->owner.p || p->due == SHAPE_NO_DATE || !p->cause.p)
      because(&w->ret->answer, R_implement_problem, 600, p->problem, STR_NULL);
  }
  if (w->in->reported != TRI_YES) task(w, implement_task_report);
  ask(w, w->in->reported, "reported");
  return clean && w->in->reported == TRI_YES;
}

static void harvest(struct work *w) {
  const struct implement_input *in = w->in;
  bool recorded = true;
  for (size_t i = 0; i < in->n_needs; i++) recorded = recorded && in->needs[i].value_recorded;
  if (in->reviewed != TRI_YES) task(w, implement_task_review);
  if (!recorded) task(w, implement_task_record_value);
  if (in->next_company_need != TRI_YES || in->next_personal_aim != TRI_YES) task(w, implement_task_next_need);
  ask(w, in->reviewed, "reviewed");
}

// What the buyer has not confirmed, need by need; also when he denies it.
static bool unproven(struct work *w) {
  str *list = NEW_ARRAY(w->a, w->in->n_needs + 1, str);
  for (size_t i = 0; i < w->in->n_needs; i++) {
    const struct implement_need *n = &w->in->needs[i];
    if (n->met == TRI_YES) continue;
    list[w->ret->n_unproven++] = n->need;
    because(&w->ret->answer, R_implement_need_unproven, 200, n->need, STR_NULL);
    if (n->met == TRI_UNKNOWN) unknown_add(&w->ret->answer, S("reference"), "/needs/%zu/met", i);
  }
  w->ret->unproven = list;
  return w->ret->n_unproven > 0;
}

static enum err check(const struct implement_input *in, struct arena *a, struct problem *pb) {
  for (size_t i = 0; i < in->n_problems; i++)
    for (size_t k = 0; k < i; k++)
      if (str_eq(in->problems[i].problem, in->problems[k].problem))
        return problem_field(pb, arena_fmt(a, "/problems/%zu/problem", i), P_DUPLICATE, in->problems[i].problem, STR_NULL);
  for (size_t i = 0; i < in->n_needs; i++)
    for (size_t k = 0; k < i; k++)
      if (str_eq(in->needs[i].need, in->needs[k].need))
        return problem_field(pb, arena_fmt(a, "/needs/%zu/need", i), P_DUPLICATE, in->needs[i].need, STR_NULL);
  return ERR_OK;
}

enum err rule_implement(const struct implement_input *in, struct arena *a, struct problem *pb, struct implement_result *ret) {
  TRY(check(in, a, pb));
  shape_init(&shape_implement_result, ret);
  ret->answer.arena = a;
  struct work w = {in, a, ret, NEW_ARRAY(a, implement_task_COUNT, int)};
  ret->tasks = w.tasks;
  bool severe, solved = problems(&w, &severe);
  // A problem that is open is worked on before the expectations are put right; the list keeps that order.
  bool expected = expectations(&w), open = unproven(&w);
  ret->step = !expected ? implement_step_manage_expectations : !solved ? implement_step_solve_and_show : implement_step_harvest;
  if (expected && solved) harvest(&w);
  ret->pitch = severe ? action_verdict_harmful : expected && solved ? action_verdict_right : action_verdict_early;
  ret->reference = expected && solved && in->reviewed == TRI_YES && !open;
  if (ret->reference) task(&w, implement_task_ask_reference);
  ret->friendship_only = expected && solved && in->next_company_need == TRI_NO && in->next_personal_aim == TRI_NO;
  because(&ret->answer, R_implement_step, 700, int_str(a, ret->step + 1), word_str(&vocab_implement_step, ret->step), STR_NULL);
  because(&ret->answer, R_implement_pitch, 500, word_str(&vocab_action_verdict, ret->pitch), STR_NULL);
  if (ret->friendship_only) because(&ret->answer, R_implement_friendship, 500, STR_NULL);
  for (size_t i = 0; i < ret->n_tasks; i++)
    because(&ret->answer, R_implement_task, 100, word_str(&vocab_implement_task, w.tasks[i]), STR_NULL);
  return ERR_OK;
}

RULE_INFO(implement, 1, T_INIT("Is the solution at work?", "方案是否见效？", "Работает ли решение?"), NULL, JSON({
            "started" : "yes",
            "visible_agreed" : "yes",
            "dip_announced" : "yes",
            "learners_named" : "yes",
            "first_result" : "yes",
            "reported" : "no",
            "problems" : [ {"problem" : "task_1", "severe" : true, "blamed" : "contact_2"} ],
            "needs" : [ {"need" : "heat", "met" : "unknown"} ]
          }));
