// SPDX-License-Identifier: Apache-2.0
#include "rules/interest.h"

#include <stdlib.h>

#define SHAPE_FILE "rules/interest.def"
#include "base/shape_table.h"

enum { TACTICS = 5, NEVER = 3, END_OF_ROW = -1 };
#define TACTIC(t) interest_tactic_##t

// The table: tactics in order for each threatened interest. Which of them stand depends on the conditions (allowed).
static const int tactics[threatened_interest_COUNT][TACTICS] = {
  [threatened_interest_job] = {TACTIC(time), TACTIC(expert_role), TACTIC(ally), END_OF_ROW},
  [threatened_interest_budget] = {TACTIC(phased_budget), TACTIC(visible_role), TACTIC(ally), END_OF_ROW},
  [threatened_interest_status] = {TACTIC(visible_role), TACTIC(expert_role), TACTIC(ally), END_OF_ROW},
  [threatened_interest_workload] = {TACTIC(relief_plan), TACTIC(time), TACTIC(ally), END_OF_ROW},
  [threatened_interest_control] = {TACTIC(present_through_him), TACTIC(nobodys_way), TACTIC(executive_visit), END_OF_ROW},
  [threatened_interest_past_decision] = {TACTIC(credit_earlier_step), TACTIC(visible_role), TACTIC(ally), END_OF_ROW},
  [threatened_interest_benefit_from_present_supplier] = {TACTIC(open_criteria), TACTIC(work_with_gainers), END_OF_ROW},
  [threatened_interest_ally] = {TACTIC(nobodys_way), TACTIC(ally), TACTIC(time), END_OF_ROW},
};
static const int never[threatened_interest_COUNT][NEVER] = {
  [threatened_interest_job] = {interest_never_prove_superfluous, END_OF_ROW},
  [threatened_interest_budget] = {END_OF_ROW},
  [threatened_interest_status] = {interest_never_outshine, interest_never_prove_superfluous, END_OF_ROW},
  [threatened_interest_workload] = {END_OF_ROW},
  [threatened_interest_control] = {interest_never_outshine, END_OF_ROW},
  [threatened_interest_past_decision] = {interest_never_outshine, END_OF_ROW},
  [threatened_interest_benefit_from_present_supplier] = {interest_never_match_benefit, interest_never_write_as_fact,
                                                         interest_never_share_it},
  [threatened_interest_ally] = {END_OF_ROW},
};

// A tactic whose condition is known not to hold falls out; one that is only unknown stays, to be asked about.
static bool allowed(const struct interest_holder *h, int tactic) {
  switch (tactic) {
  case TACTIC(time):
  case TACTIC(expert_role):
  case TACTIC(relief_plan):
  case TACTIC(phased_budget):
  case TACTIC(visible_role):
  case TACTIC(credit_earlier_step): return h->can_be_eased != TRI_NO && h->time_left != TRI_NO;
  case TACTIC(ally):
  case TACTIC(nobodys_way): return h->ally != TRI_NO;
  default: return true;
  }
}

// In this order: ease him while there is time, let an ally speak, go round who has no veto, wait. What is unknown before the first that
// holds is asked first.
static int choose(const struct interest_holder *h) {
  if (h->can_be_eased == TRI_YES && h->time_left == TRI_YES) return interest_choice_time;
  if (h->ally == TRI_YES) return interest_choice_ally;
  if (h->veto == TRI_NO && h->other_path == TRI_YES) return interest_choice_round;
  bool eased_open = h->can_be_eased != TRI_NO && h->time_left != TRI_NO;
  bool round_open = h->veto != TRI_YES && h->other_path != TRI_NO;
  return eased_open || h->ally != TRI_NO || round_open ? interest_choice_ask : interest_choice_wait;
}

static void put_tactics(const struct interest_holder *h, struct arena *a, struct interest_line *l) {
  int *list = NEW_ARRAY(a, TACTICS + 3, int), *no = NEW_ARRAY(a, NEVER, int);
  bool through = h->advice_threatens == TRI_YES && h->interest != threatened_interest_control;
  if (through) list[l->n_tactics++] = TACTIC(present_through_him);
  for (int i = 0; i < TACTICS && tactics[h->interest][i] != END_OF_ROW; i++)
    if (allowed(h, tactics[h->interest][i])) list[l->n_tactics++] = tactics[h->interest][i];
  if (h->veto == TRI_NO && h->other_path != TRI_NO) list[l->n_tactics++] = TACTIC(go_round);
  list[l->n_tactics++] = TACTIC(wait);
  for (int i = 0; i < NEVER && never[h->interest][i] != END_OF_ROW; i++) no[l->n_never++] = never[h->interest][i];
  l->tactics = list;
  l->never = no;
}

static void ask(const struct interest_input *in, const struct interest_holder *h, struct answer *an) {
  size_t i = (size_t)(h - in->holders);
  if (h->can_be_eased == TRI_UNKNOWN) unknown_add(an, S("time"), "/holders/%zu/can_be_eased", i);
  if (h->can_be_eased != TRI_NO && h->time_left == TRI_UNKNOWN) unknown_add(an, S("time"), "/holders/%zu/time_left", i);
  if (h->ally == TRI_UNKNOWN) unknown_add(an, S("ally"), "/holders/%zu/ally", i);
  if (h->veto == TRI_UNKNOWN) unknown_add(an, S("round"), "/holders/%zu/veto", i);
  if (h->veto != TRI_YES && h->other_path == TRI_UNKNOWN) unknown_add(an, S("round"), "/holders/%zu/other_path", i);
}

static void say(const struct interest_holder *h, const struct interest_line *l, struct answer *an) {
  because(an, R_interest_threat, 300, h->person, word_str(&vocab_threatened_interest, h->interest), STR_NULL);
  because(an, R_interest_way, 500, h->person, word_str(&vocab_interest_choice, l->choice), STR_NULL);
  if (l->choice == interest_choice_ask) because(an, R_interest_ask, 400, h->person, STR_NULL);
  if (h->advice_threatens == TRI_YES) because(an, R_interest_advice, 400, h->person, STR_NULL);
  if (l->alarm) because(an, R_interest_alarm, 700, h->person, STR_NULL);
  if (l->private) because(an, R_interest_private, 600, STR_NULL);
  for (size_t i = 0; i < l->n_never; i++)
    because(an, R_interest_never, 300, word_str(&vocab_interest_never, l->never[i]), STR_NULL);
}

static int by_weight(const void *p, const void *q) {
  const struct interest_holder *x = *(const struct interest_holder *const *)p, *y = *(const struct interest_holder *const *)q;
  int first =
    (choose(x) == interest_choice_wait && x->veto == TRI_YES) - (choose(y) == interest_choice_wait && y->veto == TRI_YES);
  if (first) return -first;
  int c = str_cmp(x->person, y->person);
  return c ? c : x->interest - y->interest;
}

enum err rule_interest(const struct interest_input *in, struct arena *a, struct problem *pb, struct interest_result *ret) {
  const struct interest_holder **order = NEW_ARRAY(a, in->n_holders + 1, const struct interest_holder *);
  for (size_t i = 0; i < in->n_holders; i++) {
    order[i] = &in->holders[i];
    for (size_t k = 0; k < i; k++)
      if (str_eq(in->holders[i].person, in->holders[k].person) && in->holders[i].interest == in->holders[k].interest)
        return problem_field(pb, arena_fmt(a, "/holders/%zu/interest", i), P_DUPLICATE,
                             word_str(&vocab_threatened_interest, in->holders[i].interest), STR_NULL);
  }
  shape_init(&shape_interest_result, ret);
  ret->answer.arena = a;
  if (!in->n_holders) {
    because(&ret->answer, R_interest_none, 200, STR_NULL);
    unknown_add(&ret->answer, S("lines"), "/holders");
    return ERR_OK;
  }
  qsort(order, in->n_holders, sizeof *order, by_weight);
  struct interest_line *lines = NEW_ARRAY(a, in->n_holders, struct interest_line);
  for (size_t i = 0; i < in->n_holders; i++) {
    const struct interest_holder *h = order[i];
    lines[i] = (struct interest_line){.person = h->person, .interest = h->interest, .choice = choose(h)};
    lines[i].private = h->interest == threatened_interest_benefit_from_present_supplier;
    lines[i].alarm = lines[i].choice == interest_choice_wait && h->veto == TRI_YES;
    put_tactics(h, a, &lines[i]);
    say(h, &lines[i], &ret->answer);
    ask(in, h, &ret->answer);
  }
  ret->lines = lines;
  ret->n_lines = in->n_holders;
  return ERR_OK;
}

// The two tables as they stand in the code.
static void tables(struct buf *b) {
  buf_putz(b, "| threatened interest | tactics in order | never |\n|---|---|---|\n");
  for (int k = 0; k < threatened_interest_COUNT; k++) {
    buf_fmt(b, "| %s | ", vocab_label(&vocab_threatened_interest, k, LANG_EN));
    for (int i = 0; i < TACTICS && tactics[k][i] != END_OF_ROW; i++)
      buf_fmt(b, "%s; ", vocab_label(&vocab_interest_tactic, tactics[k][i], LANG_EN));
    buf_putz(b, "go round (no veto); wait | ");
    for (int i = 0; i < NEVER && never[k][i] != END_OF_ROW; i++)
      buf_fmt(b, "%s%s", i ? "; " : "", vocab_label(&vocab_interest_never, never[k][i], LANG_EN));
    buf_putz(b, " |\n");
  }
}

RULE_INFO(interest, 1, T_INIT("Who loses by our winning?", "谁会因我方中选而受损？", "Кто теряет от нашей победы?"), tables,
          JSON({
            "holders" : [
              {
                "person" : "contact_1",
                "interest" : "benefit_from_present_supplier",
                "can_be_eased" : "no",
                "ally" : "no",
                "veto" : "no",
                "other_path" : "yes"
              },
              {"person" : "contact_2", "interest" : "job", "can_be_eased" : "yes", "time_left" : "yes"},
              {"person" : "contact_3", "interest" : "control", "advice_threatens" : "yes"}
            ]
          }));
