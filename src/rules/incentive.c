// SPDX-License-Identifier: Apache-2.0
#include "rules/incentive.h"

#include "rules/exact.h"

#define SHAPE_FILE "rules/incentive.def"
#include "base/shape_table.h"

// Our choice: below a fifth of the own pay per hour nobody moves, above it he stops selling our goods.
static const ratio too_low = {1, 5}, too_high = {1, 1};

static bool missing(const struct incentive_input *in, struct answer *an) {
  size_t before = an->n_unknown;
  if (!in->reward.cur.code[0]) unknown_add(an, S("level"), "/reward");
  if (!in->success.den) unknown_add(an, S("level"), "/success");
  if (in->minutes == SHAPE_NO_INT) unknown_add(an, S("level"), "/minutes");
  if (!in->own_pay.cur.code[0]) unknown_add(an, S("level"), "/own_pay");
  if (!in->own_success.den) unknown_add(an, S("level"), "/own_success");
  if (in->own_minutes == SHAPE_NO_INT) unknown_add(an, S("level"), "/own_minutes");
  return an->n_unknown > before;
}

// Expected pay per minute.
static bool per_minute(money pay, ratio success, int64_t minutes, exact *ret) {
  return exact_times(exact_of(pay.minor), exact_ratio(success), ret) && exact_over(*ret, exact_of(minutes), ret);
}

// The reward at which the relation is `r`, rounded up (or down) to a minor unit so that it lies inside.
static bool reward_at(const struct incentive_input *in, exact own, ratio r, bool up, money *ret) {
  exact v;
  if (!exact_times(own, exact_ratio(r), &v) || !exact_times(v, exact_of(in->minutes), &v) ||
      !exact_over(v, exact_ratio(in->success), &v))
    return false;
  i128 whole = v.n / v.d + (up && v.n % v.d ? 1 : 0);
  if (whole > INT64_MAX) return false;
  *ret = (money){(int64_t)whole, in->reward.cur};
  return true;
}

enum err rule_incentive(const struct incentive_input *in, struct arena *a, struct problem *pb, struct incentive_result *ret) {
  shape_init(&shape_incentive_result, ret);
  struct answer *an = &ret->answer;
  an->arena = a;
  ret->level = incentive_level_unknown;
  if (in->reward.cur.code[0] && in->own_pay.cur.code[0] && !currency_eq(in->reward.cur, in->own_pay.cur))
    return problem_field(pb, S("/own_pay"), P_WRONG_TYPE, S("the currency of the reward"), STR_NULL);
  if (missing(in, an)) {
    because(an, R_incentive_unknown, 1000, STR_NULL);
    return ERR_OK;
  }
  exact reward, own, relation;
  if (!per_minute(in->reward, in->success, in->minutes, &reward) ||
      !per_minute(in->own_pay, in->own_success, in->own_minutes, &own)) {
    (void)problem_set0(pb, P_OVERFLOW);
    return ERR_LIMIT;
  }
  if (!own.n || !in->success.num) {
    because(an, R_incentive_nothing_to_compare, 1000, STR_NULL);
    return ERR_OK;
  }
  if (!exact_over(reward, own, &relation)) {
    (void)problem_set0(pb, P_OVERFLOW);
    return ERR_LIMIT;
  }
  ret->relation = (double)relation.n / (double)relation.d;
  ret->level = exact_cmp(relation, exact_ratio(too_low)) < 0    ? incentive_level_will_not_move
               : exact_cmp(relation, exact_ratio(too_high)) > 0 ? incentive_level_will_drain
                                                                : incentive_level_fine;
  because(an, R_incentive_level, 1000, word_str(&vocab_incentive_level, ret->level), arena_fmt(a, "%.2f", ret->relation),
          STR_NULL);
  if (reward_at(in, own, too_low, true, &ret->fine_from) && reward_at(in, own, too_high, false, &ret->fine_to))
    because(an, R_incentive_range, 300, money_str(a, ret->fine_from), money_str(a, ret->fine_to), STR_NULL);
  return ERR_OK;
}

RULE_INFO(incentive, 1, T_INIT("Does the reward move anybody?", "奖励能驱动人吗？", "Сдвинет ли вознаграждение?"), NULL, JSON({
            "reward" : {"amount" : "40.00", "currency" : "EUR"},
            "success" : "1/5",
            "minutes" : 15,
            "own_pay" : {"amount" : "300.00", "currency" : "EUR"},
            "own_success" : "1/4",
            "own_minutes" : 180
          }));
