// SPDX-License-Identifier: Apache-2.0
#include "rules/chain.h"

#include "rules/exact.h"

#define SHAPE_FILE "rules/chain.def"
#include "base/shape_table.h"

// Alarm floors of the table; the one of buying is the receiver's own rate.
static const ratio floors[lead_link_COUNT] = {
  [lead_link_went] = {95, 100},      [lead_link_arrived] = {70, 100},    [lead_link_bought] = {0, 0},
  [lead_link_company_paid] = {1, 1}, [lead_link_person_got_it] = {1, 1}, [lead_link_worth_it] = {20, 100}};

struct counted {
  const char *part_name, *whole_name;
  int64_t part, whole;
};

static enum err rate_of(const struct counted *c, struct arena *a, struct problem *pb, struct answer *an, ratio *ret) {
  if (c->part == SHAPE_NO_INT) unknown_add(an, S("alarm"), "/%s", c->part_name);
  if (c->whole == SHAPE_NO_INT && c->part != SHAPE_NO_INT) unknown_add(an, S("alarm"), "/%s", c->whole_name);
  if (c->part == SHAPE_NO_INT || c->whole == SHAPE_NO_INT || c->whole == 0) return ERR_OK;
  if (c->part > c->whole)
    return problem_field(pb, arena_fmt(a, "/%s", c->part_name), P_OUT_OF_RANGE, S("0"), int_str(a, c->whole));
  (void)ratio_make(c->part, c->whole, ret);
  return ERR_OK;
}

// How far a rate falls short of its floor: the smaller rate / floor is the weaker link.
static bool weaker(const struct chain_link *a, const struct chain_link *b) {
  exact x, y;
  if (!exact_over(exact_ratio(a->rate), exact_ratio(a->floor), &x) ||
      !exact_over(exact_ratio(b->rate), exact_ratio(b->floor), &y))
    return false;
  return exact_cmp(x, y) < 0;
}

static str rate_text(struct arena *a, ratio r) {
  i128 tenths = (i128)r.num * 1000 / r.den;
  int64_t t = tenths > INT32_MAX ? INT32_MAX : (int64_t)tenths;
  return arena_fmt(a, "%lld.%lld %%", (long long)(t / 10), (long long)(t % 10));
}

// A link with a rate: its alarm, and whether it is the weakest so far.
static void judge_link(const struct chain_input *in, struct arena *a, struct chain_link *links, int l, struct chain_result *r) {
  struct chain_link *link = &links[l];
  bool overdue = l == lead_link_company_paid && in->overdue != SHAPE_NO_INT;
  if (!link->floor.den) {
    unknown_add(&r->answer, S("alarm"), "/own_rate");
    return;
  }
  bool low = overdue ? in->overdue > 0 : ratio_cmp(link->rate, link->floor) < 0;
  link->alarm = low ? TRI_YES : TRI_NO;
  if (low) because(&r->answer, R_chain_alarm, 500, word_str(&vocab_lead_link, l), rate_text(a, link->rate), STR_NULL);
  r->alarms += low;
  if (link->floor.num && (r->weakest < 0 || weaker(link, &links[r->weakest]))) r->weakest = l;
}

enum err rule_chain(const struct chain_input *in, struct arena *a, struct problem *pb, struct chain_result *ret) {
  shape_init(&shape_chain_result, ret);
  struct answer *an = &ret->answer;
  an->arena = a;
  const struct counted counts[] = {
    [lead_link_went] = {"opened", "sent", in->opened, in->sent},
    [lead_link_arrived] = {"reached", "opened", in->reached, in->opened},
    [lead_link_bought] = {"bought", "reached", in->bought, in->reached},
    [lead_link_company_paid] = {"paid", "due", in->paid, in->due},
    [lead_link_person_got_it] = {"person_paid", "person_due", in->person_paid, in->person_due},
  };
  struct chain_link *links = NEW_ARRAY(a, lead_link_COUNT, struct chain_link);
  double reach = 1;
  bool any = false;
  ret->alarms = 0;
  for (int l = 0; l < lead_link_COUNT; l++) {
    links[l] = (struct chain_link){.link = l, .floor = l == lead_link_bought ? in->own_rate : floors[l]};
    if (l == lead_link_worth_it)
      links[l].rate = in->worth;
    else
      TRY(rate_of(&counts[l], a, pb, an, &links[l].rate));
    if (!links[l].rate.den) continue;
    judge_link(in, a, links, l, ret);
    if (l == lead_link_worth_it) continue;
    any = true;
    reach *= (double)links[l].rate.num / (double)links[l].rate.den;
  }
  if (any) ret->reach = reach;
  ret->links = links;
  ret->n_links = lead_link_COUNT;
  if (ret->weakest >= 0)
    because(an, R_chain_weakest, 1000, word_str(&vocab_lead_link, ret->weakest), rate_text(a, links[ret->weakest].rate),
            STR_NULL);
  else
    because(an, R_chain_nothing, 1000, STR_NULL);
  if (any) because(an, R_chain_reach, 300, arena_fmt(a, "%.1f %%", reach * 100), STR_NULL);
  return ERR_OK;
}

RULE_INFO(chain, 1, T_INIT("Where are leads lost?", "线索在哪里流失？", "Где теряются лиды?"), NULL, JSON({
            "sent" : 40,
            "opened" : 39,
            "reached" : 22,
            "bought" : 8,
            "own_rate" : "30/100",
            "due" : 8,
            "paid" : 8,
            "overdue" : 0,
            "person_due" : 8,
            "person_paid" : 5
          }));
