// SPDX-License-Identifier: Apache-2.0
#include "rules/key_account.h"

#define SHAPE_FILE "rules/key_account.def"
#include "base/shape_table.h"

__extension__ typedef __int128 wide;
enum { MET_FOR_KEY = 4, MET_FOR_A = 6, GROUPS_FOR_KEY = 3 };
static const ratio protect_share = {70, 100};
// Groups of the combination: money now, future, conduct, relation.
static const int group_of[key_criterion_COUNT] = {
  [key_criterion_revenue] = 0, [key_criterion_margin] = 0, [key_criterion_growth] = 1,  [key_criterion_potential] = 1,
  [key_criterion_credit] = 2,  [key_criterion_goals] = 3,  [key_criterion_openness] = 3};

struct judging {
  const struct key_account_input *in;
  struct arena *a;
  struct key_account_result *ret;
  struct key_check *checks;
};

// a / b compared with r, for b > 0: exact in 128 bits.
static int compare(int64_t a, int64_t b, ratio r) {
  wide left = (wide)a * r.den, right = (wide)b * r.num;
  return (left > right) - (left < right);
}

// "12.3 %", rounded down: only shown.
static str percent(struct arena *a, int64_t part, int64_t whole) {
  wide tenths = whole ? (wide)part * 1000 / whole : 0;
  int64_t t = tenths > 1000000 ? 1000000 : tenths < -1000000 ? -1000000 : (int64_t)tenths;
  return arena_fmt(a, "%s%lld.%lld %%", t < 0 ? "-" : "", (long long)(t < 0 ? -t : t) / 10, (long long)(t < 0 ? -t : t) % 10);
}

static struct key_check *put(struct judging *j, int criterion, enum tristate met, str figure) {
  struct key_check *c = &j->checks[criterion];
  *c = (struct key_check){criterion, met, false, figure};
  enum reason_code code = met == TRI_YES ? R_key_for : met == TRI_NO ? R_key_against : R_key_unknown;
  because(&j->ret->answer, code, met == TRI_UNKNOWN ? 0 : 140, word_str(&vocab_key_criterion, criterion),
          figure.n ? figure : S("-"), STR_NULL);
  return c;
}

static void missing(struct judging *j, const char *field) { unknown_add(&j->ret->answer, S("key"), "/%s", field); }

static enum err sums(struct judging *j, struct problem *pb, int64_t *revenue, int64_t *cost, bool *costs_known) {
  const struct key_account_input *in = j->in;
  *revenue = *cost = 0;
  *costs_known = in->n_periods > 0;
  const currency cur = in->n_periods ? in->periods[0].revenue.cur : (currency){""};
  for (size_t i = 0; i < in->n_periods; i++) {
    const struct key_period *p = &in->periods[i];
    bool has = p->cost.cur.code[0] != 0;
    if (!currency_eq(p->revenue.cur, cur) || (has && !currency_eq(p->cost.cur, cur)))
      return problem_field(pb, arena_fmt(j->a, "/periods/%zu", i), P_WRONG_TYPE, S("one currency in all periods"), STR_NULL);
    *costs_known = *costs_known && has;
    if (__builtin_add_overflow(*revenue, p->revenue.minor, revenue) ||
        (has && __builtin_add_overflow(*cost, p->cost.minor, cost))) {
      (void)problem_set0(pb, P_OVERFLOW);
      return ERR_LIMIT;
    }
  }
  const money *figures[] = {&in->revenue_floor, &in->total_potential};
  static const char *const names[] = {"/revenue_floor", "/total_potential"};
  for (size_t i = 0; i < ARRAY_LEN(figures); i++)
    if (figures[i]->cur.code[0] && cur.code[0] && !currency_eq(figures[i]->cur, cur))
      return problem_field(pb, str_of(names[i]), P_WRONG_TYPE, S("the currency of the periods"), STR_NULL);
  return ERR_OK;
}

// At or above the floor in every period: one good quarter is no steady customer.
static void judge_revenue(struct judging *j) {
  const struct key_account_input *in = j->in;
  bool floor = in->revenue_floor.cur.code[0] != 0;
  if (!floor) missing(j, "revenue_floor");
  if (!in->n_periods) missing(j, "periods");
  if (!floor || !in->n_periods) {
    (void)put(j, key_criterion_revenue, TRI_UNKNOWN, STR_NULL);
    return;
  }
  size_t good = 0;
  for (size_t i = 0; i < in->n_periods; i++) good += in->periods[i].revenue.minor >= in->revenue_floor.minor;
  (void)put(j, key_criterion_revenue, good == in->n_periods ? TRI_YES : TRI_NO, arena_fmt(j->a, "%zu/%zu", good, in->n_periods));
}

static void judge_margin(struct judging *j, int64_t revenue, int64_t cost, bool known) {
  if (!known || revenue <= 0) {
    (void)put(j, key_criterion_margin, TRI_UNKNOWN, STR_NULL);
    for (size_t i = 0; i < j->in->n_periods; i++)
      if (!j->in->periods[i].cost.cur.code[0]) unknown_add(&j->ret->answer, S("key"), "/periods/%zu/cost", i);
    return;
  }
  int64_t margin = revenue - cost;
  bool good = compare(margin, revenue, j->in->margin_floor) >= 0;
  struct key_check *c = put(j, key_criterion_margin, good ? TRI_YES : TRI_NO, percent(j->a, margin, revenue));
  c->knock_out = margin < 0;
  if (c->knock_out) because(&j->ret->answer, R_key_below_cost, 1000, c->figure, STR_NULL);
}

// Rising: the later half of the periods sells more than the earlier half; an odd one in the middle is left out.
static void judge_growth(struct judging *j) {
  const struct key_account_input *in = j->in;
  if (in->n_periods < 2) {
    (void)put(j, key_criterion_growth, TRI_UNKNOWN, STR_NULL);
    missing(j, "periods");
    return;
  }
  wide early = 0, late = 0;
  size_t half = in->n_periods / 2;
  for (size_t i = 0; i < half; i++) {
    early += in->periods[i].revenue.minor;
    late += in->periods[in->n_periods - 1 - i].revenue.minor;
  }
  (void)put(j, key_criterion_growth, late > early ? TRI_YES : TRI_NO,
            percent(j->a, (int64_t)(late - early), early > 0 ? (int64_t)early : 0));
}

// Headroom is theirs minus ours: a high share of the wallet speaks for protecting, not for growing.
static void judge_potential(struct judging *j, int64_t revenue) {
  const struct key_account_input *in = j->in;
  if (!in->total_potential.cur.code[0] || !in->n_periods || in->total_potential.minor <= 0) {
    (void)put(j, key_criterion_potential, TRI_UNKNOWN, STR_NULL);
    missing(j, "total_potential");
    return;
  }
  int64_t total = in->total_potential.minor, ours = revenue / (int64_t)in->n_periods;
  if (ours < 0) ours = 0;
  if (ours > total) ours = total;
  (void)ratio_make(ours, total, &j->ret->share_of_wallet);
  bool large = compare(total - ours, total, in->headroom_floor) >= 0;
  (void)put(j, key_criterion_potential, large ? TRI_YES : TRI_NO, percent(j->a, total - ours, total));
  j->ret->purpose = ratio_cmp(j->ret->share_of_wallet, protect_share) > 0 ? key_purpose_protect : key_purpose_grow;
}

static bool paid(const struct key_account_input *in) {
  return in->payments != SHAPE_NO_INT && in->payments > 0 && in->payments_late != SHAPE_NO_INT;
}

static enum err judge_credit(struct judging *j, struct problem *pb) {
  const struct key_account_input *in = j->in;
  bool known = paid(in);
  if (known && in->payments_late > in->payments)
    return problem_field(pb, S("/payments_late"), P_OUT_OF_RANGE, S("0"), int_str(j->a, in->payments));
  bool late = known && compare(in->payments_late, in->payments, in->late_floor) >= 0;
  enum tristate met = late || in->credit_sound == TRI_NO ? TRI_NO : known && in->credit_sound == TRI_YES ? TRI_YES : TRI_UNKNOWN;
  str figure = known ? arena_fmt(j->a, "%lld/%lld", (long long)in->payments_late, (long long)in->payments) : STR_NULL;
  struct key_check *c = put(j, key_criterion_credit, met, figure);
  c->knock_out = late;
  if (late) because(&j->ret->answer, R_key_pays_late, 1000, figure, STR_NULL);
  if (!known) missing(j, "payments");
  if (in->credit_sound == TRI_UNKNOWN) missing(j, "credit_sound");
  return ERR_OK;
}

// ---- the combination ---------------------------------------------------------------------------------------------------

static int groups_of(const struct key_check *checks, bool with_unknown) {
  bool seen[4] = {false};
  int n = 0;
  for (int c = 0; c < key_criterion_COUNT; c++)
    if (checks[c].met == TRI_YES || (with_unknown && checks[c].met == TRI_UNKNOWN)) seen[group_of[c]] = true;
  for (int g = 0; g < 4; g++) n += seen[g];
  return n;
}

static void decide(struct judging *j) {
  struct key_account_result *r = j->ret;
  int met = 0, open = 0;
  bool out = false;
  for (int c = 0; c < key_criterion_COUNT; c++) {
    met += j->checks[c].met == TRI_YES;
    open += j->checks[c].met == TRI_UNKNOWN;
    out = out || j->checks[c].knock_out;
  }
  r->met = met;
  r->groups = groups_of(j->checks, false);
  bool enough = met >= MET_FOR_KEY && r->groups >= GROUPS_FOR_KEY;
  bool could = met + open >= MET_FOR_KEY && groups_of(j->checks, true) >= GROUPS_FOR_KEY;
  // Without a cost or a payment the two knock-outs cannot be seen: nobody is key in the dark.
  bool dark =
    j->checks[key_criterion_margin].met == TRI_UNKNOWN || j->checks[key_criterion_credit].met == TRI_UNKNOWN || !paid(j->in);
  if (out)
    r->verdict = key_verdict_not_key;
  else if (enough && !dark)
    r->verdict = key_verdict_key;
  else
    r->verdict = enough || could ? key_verdict_unknown : key_verdict_not_key;
  bool below = j->checks[key_criterion_revenue].met != TRI_YES;
  r->tier = r->verdict != key_verdict_key ? account_tier_c : met >= MET_FOR_A && !below ? account_tier_a : account_tier_b;
  if (r->verdict != key_verdict_key) r->purpose = -1;
  because(&r->answer, R_key_verdict, 1000, word_str(&vocab_key_verdict, r->verdict), int_str(j->a, met), int_str(j->a, r->groups),
          STR_NULL);
  if (r->verdict == key_verdict_unknown && dark) because(&r->answer, R_key_in_the_dark, 500, STR_NULL);
  if (r->purpose >= 0) because(&r->answer, R_key_purpose, 300, word_str(&vocab_key_purpose, r->purpose), STR_NULL);
}

enum err rule_key_account(const struct key_account_input *in, struct arena *a, struct problem *pb,
                          struct key_account_result *ret) {
  shape_init(&shape_key_account_result, ret);
  ret->answer.arena = a;
  struct judging j = {in, a, ret, NEW_ARRAY(a, key_criterion_COUNT, struct key_check)};
  int64_t revenue, cost;
  bool costs_known;
  TRY(sums(&j, pb, &revenue, &cost, &costs_known));
  judge_revenue(&j);
  judge_margin(&j, revenue, cost, costs_known);
  judge_growth(&j);
  judge_potential(&j, revenue);
  TRY(judge_credit(&j, pb));
  (void)put(&j, key_criterion_goals, in->tells_goals, STR_NULL);
  (void)put(&j, key_criterion_openness, in->takes_ideas, STR_NULL);
  if (in->tells_goals == TRI_UNKNOWN) missing(&j, "tells_goals");
  if (in->takes_ideas == TRI_UNKNOWN) missing(&j, "takes_ideas");
  ret->checks = j.checks;
  ret->n_checks = key_criterion_COUNT;
  decide(&j);
  return ERR_OK;
}

RULE_INFO(key_account, 1, T_INIT("Which accounts are key?", "哪些是大客户？", "Кто ключевой клиент?"), NULL, JSON({
            "periods" : [
              {"revenue" : {"amount" : "90000.00", "currency" : "EUR"}, "cost" : {"amount" : "70000.00", "currency" : "EUR"}},
              {"revenue" : {"amount" : "120000.00", "currency" : "EUR"}, "cost" : {"amount" : "91000.00", "currency" : "EUR"}}
            ],
            "revenue_floor" : {"amount" : "50000.00", "currency" : "EUR"},
            "total_potential" : {"amount" : "300000.00", "currency" : "EUR"},
            "credit_sound" : "yes",
            "payments" : 24,
            "payments_late" : 2,
            "tells_goals" : "yes",
            "takes_ideas" : "unknown"
          }));
