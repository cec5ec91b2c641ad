// SPDX-License-Identifier: Apache-2.0
#include "rules/budget.h"

#include <stdlib.h>

#define SHAPE_FILE "rules/budget.def"
#include "base/shape_table.h"

enum { SOON = 30, LAST_YEAR = 9990 };  // dates of the answer stay within the calendar

// The first day of month `month` after `today`, `more` years on.
static uday year_start(uday today, int month, int more) {
  int y, m, d;
  date_civil(today, &y, &m, &d);
  return date_from_civil(m < month ? y + more : y + 1 + more, month, 1);
}

static void one_deal(const struct budget_input *in, const struct budget_deal *d, struct budget_line *l) {
  shape_init(&shape_budget_line, l);
  l->deal = d->deal;
  if (d->year_starts == SHAPE_NO_INT) {
    l->state = d->budget_set ? budget_state_set : budget_state_unknown;
    return;
  }
  int64_t work = d->work_days == SHAPE_NO_INT ? 0 : d->work_days;
  bool later = false;
  for (int more = 0;; more++) {
    l->year_from = year_start(in->today, (int)d->year_starts, more);
    l->closes_on = l->year_from - (uday)d->closes_before;
    l->days_left = l->closes_on - in->today;
    // A set budget is met; one that is decided, or cannot be reached with the work still to do, leaves the year after it.
    if (d->budget_set || (l->days_left >= 0 && l->days_left >= work) || more >= 12) break;
    later = true;
  }
  l->state = d->budget_set                                             ? budget_state_set
             : later                                                   ? budget_state_next_year
             : l->days_left <= SOON || l->days_left - work <= SOON / 2 ? budget_state_closing
                                                                       : budget_state_in_time;
}

static int by_close(const void *p, const void *q) {
  const struct budget_line *x = p, *y = q;
  bool unknown_x = x->closes_on == SHAPE_NO_DATE, unknown_y = y->closes_on == SHAPE_NO_DATE;
  if (unknown_x != unknown_y) return unknown_x ? 1 : -1;
  if (x->closes_on != y->closes_on) return x->closes_on < y->closes_on ? -1 : 1;
  return str_cmp(x->deal, y->deal);
}

static void say(const struct budget_deal *d, const struct budget_line *l, size_t at, struct arena *a, struct answer *an) {
  if (d->year_starts == SHAPE_NO_INT) {
    because(an, R_budget_unknown_year, 300, d->deal, STR_NULL);
    unknown_add(an, S("state"), "/deals/%zu/year_starts", at);
    return;
  }
  AUTO(buf_release) struct buf date = BUF(32);
  date_put(&date, l->closes_on);
  because(an, R_budget_line, 300, d->deal, word_str(&vocab_budget_state, l->state), arena_str(a, buf_str(&date)), STR_NULL);
  if (l->state == budget_state_closing && d->work_days != SHAPE_NO_INT)
    because(an, R_budget_approve_by, 600, d->deal, int_str(a, d->work_days), int_str(a, l->days_left), STR_NULL);
  if (d->work_days == SHAPE_NO_INT && l->state != budget_state_set) unknown_add(an, S("next_year"), "/deals/%zu/work_days", at);
  if (d->rival_projects != SHAPE_NO_INT && d->rival_projects > 0)
    because(an, R_budget_rivals, 200, d->deal, int_str(a, d->rival_projects), STR_NULL);
}

enum err rule_budget(const struct budget_input *in, struct arena *a, struct problem *pb, struct budget_result *ret) {
  int y, m, d;
  date_civil(in->today, &y, &m, &d);
  if (y > LAST_YEAR) return problem_field(pb, S("/today"), P_WRONG_TYPE, S("a date before the year 9991"), STR_NULL);
  for (size_t i = 0; i < in->n_deals; i++)
    for (size_t k = 0; k < i; k++)
      if (str_eq(in->deals[i].deal, in->deals[k].deal))
        return problem_field(pb, arena_fmt(a, "/deals/%zu/deal", i), P_DUPLICATE, in->deals[i].deal, STR_NULL);
  shape_init(&shape_budget_result, ret);
  ret->answer.arena = a;
  ret->hours = ret->hours_next_year = 0;
  struct budget_line *lines = NEW_ARRAY(a, in->n_deals + 1, struct budget_line);
  for (size_t i = 0; i < in->n_deals; i++) {
    one_deal(in, &in->deals[i], &lines[i]);
    say(&in->deals[i], &lines[i], i, a, &ret->answer);
    ret->hours += in->deals[i].hours_this_quarter;
    if (lines[i].state != budget_state_set && lines[i].state != budget_state_unknown)
      ret->hours_next_year += in->deals[i].hours_this_quarter;
  }
  if (in->n_deals) qsort(lines, in->n_deals, sizeof *lines, by_close);
  ret->lines = lines;
  ret->n_lines = in->n_deals;
  because(&ret->answer, R_budget_share, 200, int_str(a, ret->hours_next_year), int_str(a, ret->hours), STR_NULL);
  if (ret->hours && !ret->hours_next_year) because(&ret->answer, R_budget_no_next, 500, STR_NULL);
  return ERR_OK;
}

RULE_INFO(budget, 1, T_INIT("Which budget closes when?", "哪笔预算何时截止？", "Какой бюджет когда закрывается?"), NULL, JSON({
            "today" : "2026-11-20",
            "deals" : [
              {
                "deal" : "deal_1",
                "year_starts" : 1,
                "closes_before" : 20,
                "work_days" : 10,
                "rival_projects" : 2,
                "hours_this_quarter" : 30
              },
              {"deal" : "deal_2", "year_starts" : 4, "hours_this_quarter" : 10},
              {"deal" : "deal_3", "year_starts" : 1, "budget_set" : true, "hours_this_quarter" : 60}, {"deal" : "deal_4"}
            ]
          }));
