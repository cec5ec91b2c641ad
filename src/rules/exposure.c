// SPDX-License-Identifier: Apache-2.0
#include "rules/exposure.h"

#define SHAPE_FILE "rules/exposure.def"
#include "base/shape_table.h"

// The ladder: from which lower bound of trust and how many deals done together, how much. Value in parts of an ordinary deal.
static const struct rung {
  int64_t trust, deals;
  ratio value;
  int64_t customers, fields;
  int step;
} ladder[] = {
  {0, 0, {1, 4}, 1, 4, exposure_step_first_deals}, {300, 1, {1, 2}, 2, 8, exposure_step_first_deals},
  {500, 2, {1, 1}, 5, 16, exposure_step_growing},  {650, 4, {2, 1}, 10, 24, exposure_step_growing},
  {800, 8, {5, 1}, 25, 40, exposure_step_open},    {900, 16, {10, 1}, 100, 64, exposure_step_open},
};
enum { BROKEN = 150, FREE_PROMISES = 3 };  // below this lower bound, known: trust is broken

static size_t rung_of(const struct exposure_input *in) {
  size_t at = 0;
  for (size_t i = 1; i < ARRAY_LEN(ladder); i++)
    if (in->trust_low != SHAPE_NO_INT && in->trust_low >= ladder[i].trust && in->deals_done >= ladder[i].deals) at = i;
  return at;
}

static void warn(const struct exposure_input *in, struct arena *a, struct exposure_result *r) {
  struct answer *an = &r->answer;
  // Three promises are free; beyond them no more may be open than were kept.
  r->overpromised = in->open > FREE_PROMISES && in->open > in->kept;
  if (r->overpromised) because(an, R_exposure_overpromised, 500, int_str(a, in->open), int_str(a, in->kept), STR_NULL);
  bool value = in->shared_value.cur.code[0] && in->shared_value.minor > r->value.minor;
  r->beyond = value || in->shared_customers > r->customers || in->shared_fields > r->fields;
  if (value) because(an, R_exposure_beyond, 400, money_str(a, in->shared_value), STR_NULL);
  if (in->shared_customers > r->customers) because(an, R_exposure_beyond, 300, int_str(a, in->shared_customers), STR_NULL);
  if (in->shared_fields > r->fields) because(an, R_exposure_beyond, 200, int_str(a, in->shared_fields), STR_NULL);
  if (in->trust_low == SHAPE_NO_INT) {
    because(an, R_exposure_unknown, 300, STR_NULL);
    unknown_add(an, S("rung"), "/trust_low");
  }
  if (!in->shared_value.cur.code[0]) unknown_add(an, S("beyond"), "/shared_value");
  if (in->customer_treated_badly == TRI_UNKNOWN) unknown_add(an, S("stop"), "/customer_treated_badly");
}

enum err rule_exposure(const struct exposure_input *in, struct arena *a, struct problem *pb, struct exposure_result *ret) {
  if (in->shared_value.cur.code[0] && !currency_eq(in->shared_value.cur, in->usual_deal.cur))
    return problem_field(pb, S("/shared_value/currency"), P_WRONG_TYPE, str_of(in->usual_deal.cur.code), STR_NULL);
  size_t at = rung_of(in);
  money value;
  if (money_times(in->usual_deal, ladder[at].value, &value))
    return problem_field(pb, S("/usual_deal"), P_MONEY_RANGE, STR_NULL, STR_NULL);
  shape_init(&shape_exposure_result, ret);
  ret->answer.arena = a;
  ret->rung = (int64_t)at;
  ret->step = ladder[at].step;
  ret->value = value;
  ret->customers = ladder[at].customers;
  ret->fields = ladder[at].fields;
  bool stop =
    in->customer_treated_badly == TRI_YES || (in->trust_low != SHAPE_NO_INT && in->trust_low < BROKEN && in->deals_done > 0);
  if (stop) {
    ret->step = exposure_step_stop;
    ret->rung = ret->customers = ret->fields = 0;
    ret->value.minor = 0;
    because(&ret->answer, R_exposure_stop, 900, STR_NULL);
  }
  because(&ret->answer, R_exposure_step, 600, word_str(&vocab_exposure_step, ret->step), STR_NULL);
  because(&ret->answer, R_exposure_limit, 400, money_str(a, ret->value), int_str(a, ret->customers), int_str(a, ret->fields),
          in->trust_low == SHAPE_NO_INT ? S("?") : int_str(a, in->trust_low), STR_NULL);
  warn(in, a, ret);
  return ERR_OK;
}

static void tables(struct buf *b) {
  buf_putz(
    b,
    "| rung | lower bound of trust from | deals together from | value, in ordinary deals | customers | fields | step |\n|---|---|---|---|---|---|---|\n");
  for (size_t i = 0; i < ARRAY_LEN(ladder); i++) {
    buf_fmt(b, "| %zu | %lld | %lld | ", i, (long long)ladder[i].trust, (long long)ladder[i].deals);
    ratio_put(b, ladder[i].value);
    buf_fmt(b, " | %lld | %lld | %s |\n", (long long)ladder[i].customers, (long long)ladder[i].fields,
            vocab_word(&vocab_exposure_step, ladder[i].step));
  }
}

RULE_INFO(exposure, 1, T_INIT("How far to go with a partner?", "与伙伴合作可以放多开？", "Как далеко идти с партнёром?"), tables,
          JSON({
            "trust_low" : 540,
            "kept" : 6,
            "open" : 2,
            "deals_done" : 3,
            "customer_treated_badly" : "no",
            "usual_deal" : {"amount" : "40000.00", "currency" : "EUR"},
            "shared_value" : {"amount" : "55000.00", "currency" : "EUR"},
            "shared_customers" : 2,
            "shared_fields" : 12
          }));
