// SPDX-License-Identifier: Apache-2.0
#include "rules/fit.h"

#define SHAPE_FILE "rules/fit.def"
#include "base/shape_table.h"

enum { TIMES_UNLIKE = 10, POINTS_EACH = 50, POINTS_TRUST = 300 };
// Our choice: asked for by every tenth customer is a need of the process, not an anecdote.
enum { ASKED_PER_HUNDRED = 10, UNHAPPY_PER_HUNDRED = 20 };
static const ratio half = {1, 2};

static enum tristate willing(const struct fit_input *in) {
  const enum tristate signs[] = {in->met, in->answers, in->manager_named, in->gave_first};
  int no = 0;
  for (size_t i = 0; i < ARRAY_LEN(signs); i++) {
    if (signs[i] == TRI_YES) return TRI_YES;
    no += signs[i] == TRI_NO;
  }
  return no == ARRAY_LEN(signs) ? TRI_NO : TRI_UNKNOWN;
}

// What handed-over customers say outweighs what we expect.
static enum tristate treats(const struct fit_input *in) {
  bool asked = in->customers_asked != SHAPE_NO_INT && in->customers_asked > 0 && in->customers_unhappy != SHAPE_NO_INT;
  if (asked && in->customers_unhappy * 100 >= in->customers_asked * UNHAPPY_PER_HUNDRED) return TRI_NO;
  if (asked && in->treats_customer != TRI_NO) return TRI_YES;
  return in->treats_customer;
}

static enum tristate gains(const struct fit_input *in, int to, int64_t *ret_count) {
  bool seen[complement_COUNT] = {false};
  bool open = false, any = false;
  *ret_count = 0;
  for (size_t i = 0; i < in->n_contributions; i++) {
    const struct fit_contribution *c = &in->contributions[i];
    if (c->to != to) continue;
    any = true;
    open = open || c->valued == TRI_UNKNOWN;
    if (c->valued != TRI_YES || seen[c->what]) continue;
    seen[c->what] = true;
    (*ret_count)++;
  }
  return *ret_count ? TRI_YES : open || !any ? TRI_UNKNOWN : TRI_NO;
}

static enum tristate both(enum tristate a, enum tristate b) {
  return a == TRI_NO || b == TRI_NO ? TRI_NO : a == TRI_YES && b == TRI_YES ? TRI_YES : TRI_UNKNOWN;
}

static enum tristate is_agent(const struct fit_input *in) {
  if (in->sells_ours_mainly == TRI_YES) return TRI_YES;
  if (in->our_share_of_sales.den && ratio_cmp(in->our_share_of_sales, half) > 0) return TRI_YES;
  return in->sells_ours_mainly == TRI_NO && in->our_share_of_sales.den ? TRI_NO : TRI_UNKNOWN;
}

static enum tristate asked_for(const struct fit_input *in) {
  if (in->sales_examined == SHAPE_NO_INT || in->asked == SHAPE_NO_INT || in->lost == SHAPE_NO_INT || in->sales_examined <= 0)
    return TRI_UNKNOWN;
  return in->asked * 100 >= in->sales_examined * ASKED_PER_HUNDRED && in->lost > 0 ? TRI_YES : TRI_NO;
}

static bool unlike(int64_t a, int64_t b) {
  if (a == SHAPE_NO_INT || b == SHAPE_NO_INT || (a == 0 && b == 0)) return false;
  return a / TIMES_UNLIKE >= (b > 0 ? b : 1) || b / TIMES_UNLIKE >= (a > 0 ? a : 1);
}

// ---- class -------------------------------------------------------------------------------------------------------------

static int say(struct fit_result *r, int class, enum reason_code code) {
  because(&r->answer, code, 1000, STR_NULL);
  return class;
}

static int class_of(const struct fit_input *in, struct fit_result *r) {
  if (r->treats_customer == TRI_NO) return say(r, fit_class_no, R_fit_customer_treated_badly);
  if (r->willing == TRI_NO) return say(r, fit_class_no, R_fit_unwilling);
  if (r->both_gain == TRI_NO) return say(r, fit_class_no, R_fit_one_sided);
  if (is_agent(in) == TRI_YES) return say(r, fit_class_agent, R_fit_agent);
  if (r->willing != TRI_YES) return say(r, fit_class_able_unproven, R_fit_willingness_unseen);
  if (r->treats_customer != TRI_YES) return say(r, fit_class_able_unproven, R_fit_treatment_unknown);
  if (r->both_gain != TRI_YES) return say(r, fit_class_able_unproven, R_fit_value_unknown);
  bool neighbours = in->owners_next_door == TRI_YES;
  if (in->own_business == TRI_NO || in->own_product == TRI_NO || in->in_process == TRI_NO)
    return say(r, fit_class_referral, R_fit_referrer);
  if (in->same_audience_only == TRI_YES && !neighbours) return say(r, fit_class_referral, R_fit_same_audience);
  bool partner = in->own_business == TRI_YES && in->own_product == TRI_YES && in->in_process == TRI_YES;
  if (partner && r->asked_for == TRI_YES) return say(r, fit_class_lasting_programme, R_fit_helps_sell_ours);
  if (partner && neighbours) return say(r, fit_class_lasting_programme, R_fit_neighbours);
  return say(r, fit_class_deal_by_deal, r->asked_for == TRI_NO ? R_fit_not_asked_for : R_fit_demand_unknown);
}

static void ask(const struct fit_input *in, struct fit_result *r) {
  struct answer *an = &r->answer;
  if (r->class == fit_class_no || r->class == fit_class_agent) return;
  if (r->willing == TRI_UNKNOWN) unknown_add(an, S("lasting_programme"), "/met");
  if (r->treats_customer == TRI_UNKNOWN) unknown_add(an, S("no"), "/treats_customer");
  if (r->both_gain == TRI_UNKNOWN) unknown_add(an, S("lasting_programme"), "/contributions");
  if (in->sells_ours_mainly == TRI_UNKNOWN) unknown_add(an, S("agent"), "/sells_ours_mainly");
  if (!in->our_share_of_sales.den) unknown_add(an, S("agent"), "/our_share_of_sales");
  if (r->asked_for == TRI_UNKNOWN) unknown_add(an, S("lasting_programme"), "/asked");
  if (in->own_business == TRI_UNKNOWN) unknown_add(an, S("lasting_programme"), "/own_business");
  if (in->own_product == TRI_UNKNOWN) unknown_add(an, S("lasting_programme"), "/own_product");
  if (in->in_process == TRI_UNKNOWN) unknown_add(an, S("lasting_programme"), "/in_process");
}

static int64_t trust_points(ratio low) {
  for (int64_t p = POINTS_TRUST; p > 0; p--)
    if (ratio_cmp(low, (ratio){p, POINTS_TRUST}) >= 0) return p;
  return 0;
}

static enum err check(const struct fit_input *in, struct arena *a, struct problem *pb) {
  if (in->asked != SHAPE_NO_INT && in->sales_examined != SHAPE_NO_INT && in->asked > in->sales_examined)
    return problem_field(pb, S("/asked"), P_OUT_OF_RANGE, S("0"), int_str(a, in->sales_examined));
  if (in->lost != SHAPE_NO_INT && in->asked != SHAPE_NO_INT && in->lost > in->asked)
    return problem_field(pb, S("/lost"), P_OUT_OF_RANGE, S("0"), int_str(a, in->asked));
  if (in->customers_unhappy != SHAPE_NO_INT && in->customers_asked != SHAPE_NO_INT && in->customers_unhappy > in->customers_asked)
    return problem_field(pb, S("/customers_unhappy"), P_OUT_OF_RANGE, S("0"), int_str(a, in->customers_asked));
  if (in->our_sales.cur.code[0] && in->their_sales.cur.code[0] && !currency_eq(in->our_sales.cur, in->their_sales.cur))
    return problem_field(pb, S("/their_sales"), P_WRONG_TYPE, S("the currency of our sales"), STR_NULL);
  return ERR_OK;
}

static void parity(const struct fit_input *in, struct fit_result *r) {
  bool sales = in->our_sales.cur.code[0] && in->their_sales.cur.code[0];
  r->unlike_size = sales && unlike(in->our_sales.minor, in->their_sales.minor);
  r->unlike_volume = unlike(in->our_leads, in->their_leads);
  r->unlike_pace = unlike(in->our_answer_hours, in->their_answer_hours);
  if (r->unlike_size) because(&r->answer, R_fit_unlike_size, 200, STR_NULL);
  if (r->unlike_volume) because(&r->answer, R_fit_unlike_volume, 200, STR_NULL);
  if (r->unlike_pace) because(&r->answer, R_fit_unlike_pace, 200, STR_NULL);
}

enum err rule_fit(const struct fit_input *in, struct arena *a, struct problem *pb, struct fit_result *ret) {
  TRY(check(in, a, pb));
  shape_init(&shape_fit_result, ret);
  ret->answer.arena = a;
  ret->willing = willing(in);
  ret->treats_customer = treats(in);
  enum tristate us = gains(in, side_us, &ret->to_us), them = gains(in, side_them, &ret->to_them);
  ret->both_gain = both(us, them);
  ret->asked_for = asked_for(in);
  ret->class = class_of(in, ret);
  because(&ret->answer, R_fit_valued, 400, int_str(a, ret->to_us), int_str(a, ret->to_them), STR_NULL);
  int64_t trust = 0;
  if (in->trust_low.den) trust = trust_points(in->trust_low);
  ret->score = POINTS_EACH * (ret->to_us + ret->to_them) + trust;
  parity(in, ret);
  ask(in, ret);
  return ERR_OK;
}

RULE_INFO(
  fit, 1, T_INIT("What kind of partner?", "是哪一类伙伴？", "Какой это партнёр?"), NULL, JSON({
    "met" : "yes",
    "treats_customer" : "yes",
    "own_business" : "yes",
    "own_product" : "yes",
    "in_process" : "yes",
    "sells_ours_mainly" : "no",
    "our_share_of_sales" : "5/100",
    "sales_examined" : 200,
    "asked" : 120,
    "lost" : 14,
    "contributions" :
      [ {"what" : "customer_value", "to" : "us", "valued" : "yes"}, {"what" : "new_customers", "to" : "them", "valued" : "yes"} ]
  }));
