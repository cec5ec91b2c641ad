// SPDX-License-Identifier: Apache-2.0
#include "rules/habit.h"

#include <stdlib.h>

#define SHAPE_FILE "rules/habit.def"
#include "base/shape_table.h"

enum { ENOUGH = 4, CHANGE = 25 };  // purchases before a trend is said; points of a hundred that make one
static const int check_days[trend_COUNT] = {
  [trend_fading] = 90, [trend_growing] = 90, [trend_steady] = 180, [trend_unknown] = 30};

static const enum reason_code follows[habit_kind_COUNT] = {[habit_kind_same_industry] = R_habit_same_industry,
                                                           [habit_kind_tender_only] = R_habit_tender_only,
                                                           [habit_kind_tries_first] = R_habit_tries_first,
                                                           [habit_kind_trains_first] = R_habit_trains_first,
                                                           [habit_kind_committee] = R_habit_committee,
                                                           [habit_kind_price_first] = R_habit_price_first,
                                                           [habit_kind_stays] = R_habit_stays,
                                                           [habit_kind_one_person] = R_habit_one_person};

static int by_day(const void *p, const void *q) {
  const struct habit_seen *x = *(const struct habit_seen *const *)p, *y = *(const struct habit_seen *const *)q;
  if (x->on != y->on) return x->on < y->on ? -1 : 1;
  return (int)y->shown - (int)x->shown;
}

// Later half against earlier half; an odd one in the middle belongs to the later.
static int trend_of(size_t n, int64_t later, int64_t all) {
  if (n < ENOUGH) return trend_unknown;
  int64_t half = (int64_t)(n / 2), rest = (int64_t)n - half, change = later * 100 / rest - (all - later) * 100 / half;
  return change >= CHANGE ? trend_growing : change <= -CHANGE ? trend_fading : trend_steady;
}

static void one_habit(const struct habit_input *in, const struct habit_seen *const *s, size_t n, int habit,
                      struct habit_line *l) {
  int64_t all = 0, later = 0;
  for (size_t i = 0; i < n; i++) {
    all += s[i]->shown == TRI_YES;
    later += i >= n / 2 && s[i]->shown == TRI_YES;
  }
  *l = (struct habit_line){.habit = habit, .shown = all, .of = (int64_t)n, .trend = trend_of(n, later, all)};
  l->holds = later * 2 > (int64_t)(n - n / 2);
  l->check_on = in->today + check_days[l->trend];
}

static int by_holds(const void *p, const void *q) {
  const struct habit_line *x = p, *y = q;
  return x->holds != y->holds ? (x->holds ? -1 : 1) : x->habit - y->habit;
}

static void say(const struct habit_line *l, struct arena *a, struct answer *an) {
  str name = word_str(&vocab_habit_kind, l->habit);
  because(an, R_habit_trend, l->holds ? 500 : 100, name, word_str(&vocab_trend, l->trend), int_str(a, l->shown),
          int_str(a, l->of), STR_NULL);
  if (l->holds) because(an, follows[l->habit], 400, STR_NULL);
  AUTO(buf_release) struct buf b = BUF(32);
  date_put(&b, l->check_on);
  because(an, R_habit_check, 50, name, arena_str(a, buf_str(&b)), STR_NULL);
}

enum err rule_habit(const struct habit_input *in, struct arena *a, struct problem *pb, struct habit_result *ret) {
  shape_init(&shape_habit_result, ret);
  ret->answer.arena = a;
  struct habit_line *lines = NEW_ARRAY(a, habit_kind_COUNT, struct habit_line);
  const struct habit_seen **s = NEW_ARRAY(a, in->n_seen + 1, const struct habit_seen *);
  for (size_t i = 0; i < in->n_seen; i++)
    if (in->seen[i].on > in->today)
      return problem_field(pb, arena_fmt(a, "/seen/%zu/on", i), P_WRONG_TYPE, S("a day that has come"), STR_NULL);
  for (int habit = 0; habit < habit_kind_COUNT; habit++) {
    size_t n = 0;
    for (size_t i = 0; i < in->n_seen; i++)
      if (in->seen[i].habit == habit && in->seen[i].shown != TRI_UNKNOWN) s[n++] = &in->seen[i];
    if (!n) continue;
    qsort(s, n, sizeof *s, by_day);
    one_habit(in, s, n, habit, &lines[ret->n_habits++]);
  }
  for (size_t i = 0; i < in->n_seen; i++)
    if (in->seen[i].shown == TRI_UNKNOWN) unknown_add(&ret->answer, S("trend"), "/seen/%zu/shown", i);
  qsort(lines, ret->n_habits, sizeof *lines, by_holds);
  for (size_t i = 0; i < ret->n_habits; i++) say(&lines[i], a, &ret->answer);
  ret->habits = lines;
  if (!ret->n_habits) because(&ret->answer, R_habit_none, 300, STR_NULL);
  return ERR_OK;
}

RULE_INFO(habit, 1, T_INIT("How does the account like to buy?", "客户习惯怎样采购？", "Как заказчик привык покупать?"), NULL,
          JSON({
            "today" : "2026-11-20",
            "seen" : [
              {"on" : "2023-05-01", "habit" : "same_industry", "shown" : "yes"},
              {"on" : "2024-05-01", "habit" : "same_industry", "shown" : "yes"},
              {"on" : "2025-05-01", "habit" : "same_industry", "shown" : "yes"},
              {"on" : "2026-05-01", "habit" : "same_industry", "shown" : "yes"},
              {"on" : "2026-05-01", "habit" : "tender_only", "shown" : "no"}
            ]
          }));
