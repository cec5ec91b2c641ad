// SPDX-License-Identifier: Apache-2.0
#include "rules/wired.h"

#define SHAPE_FILE "rules/wired.def"
#include "base/shape_table.h"

// Signals in the order they are asked for: strong ones first, because one of them changes more.
struct signal {
  const char *field;
  size_t offset;
  bool strong, counter;
};
#define SIGNAL(f, strong, counter) \
  { #f, offsetof(struct wired_input, f), strong, counter }
static const struct signal signals[] = {
  SIGNAL(meeting_refused, true, false),    SIGNAL(criteria_peculiar, true, false),  SIGNAL(heard_by_invitation, true, false),
  SIGNAL(answer_in_days, true, false),     SIGNAL(narrow_questions, false, false),  SIGNAL(agenda_fixed, false, false),
  SIGNAL(paper_only, false, false),        SIGNAL(price_before_talk, false, false), SIGNAL(decider_gives_time, false, true),
  SIGNAL(our_people_invited, false, true), SIGNAL(open_talk, false, true),          SIGNAL(vague_idea, false, true)};

static enum tristate get(const struct wired_input *in, const struct signal *s) {
  enum tristate t;
  memcpy(&t, (const char *)in + s->offset, sizeof t);
  return t;
}

struct counts {
  int strong, any, counter;
};

static int level_of(struct counts c) {
  if (c.strong >= 2 || c.any >= 4) return wired_level_likely;
  if (c.strong == 1 || c.any >= 2) return wired_level_possible;
  return c.counter >= 2 ? wired_level_open : wired_level_unknown;
}

static struct counts counts_of(const struct wired_input *in) {
  struct counts c = {0, 0, 0};
  for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
    if (get(in, &signals[i]) != TRI_YES) continue;
    c.counter += signals[i].counter;
    c.any += !signals[i].counter;
    c.strong += signals[i].strong;
  }
  return c;
}

static struct counts with(struct counts c, const struct signal *s) {
  c.counter += s->counter;
  c.any += !s->counter;
  c.strong += s->strong;
  return c;
}

// Suspicion as a number, to see how far an answer would carry.
static int suspicion(int level) {
  static const int order[wired_level_COUNT] = {
    [wired_level_open] = 0, [wired_level_unknown] = 1, [wired_level_possible] = 2, [wired_level_likely] = 3};
  return order[level];
}

static void ask(const struct wired_input *in, struct counts now, int level, struct wired_result *r) {
  int farthest = -1;
  for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
    if (get(in, &signals[i]) != TRI_UNKNOWN) continue;
    int then = level_of(with(now, &signals[i])), step = suspicion(then) - suspicion(level);
    if (step < 0) step = -step;
    if (step) unknown_add(&r->answer, word_str(&vocab_wired_level, then), "/%s", signals[i].field);
    if (step > farthest) {
      farthest = step;
      r->question = str_of(signals[i].field);
    }
  }
  if (r->question.p) because(&r->answer, R_wired_ask, 300, r->question, STR_NULL);
}

// To whom it leans: who wrote the criteria, or whose peculiarity they are. Good relations say nothing.
static int leaning_of(const struct wired_input *in) {
  if (in->criteria_peculiar == TRI_YES && in->peculiar_to >= 0) return in->peculiar_to;
  if (in->criteria_author == criteria_author_with_us) return leaning_us;
  if (in->criteria_author == criteria_author_with_rival) return leaning_rival;
  return in->criteria_author == criteria_author_themselves ? leaning_own : -1;
}

static void advise(const struct wired_input *in, struct arena *a, struct wired_result *r) {
  int *list = NEW_ARRAY(a, 5, int);
  struct answer *an = &r->answer;
  bool shut = in->public_tender == TRI_YES && in->published == TRI_YES;
  if (r->leans_to == leaning_us) {
    list[r->n_advice++] = seller_action_arm_supporter;
    because(an, R_wired_ours, 500, STR_NULL);
  } else if (in->meeting_refused != TRI_YES) {
    list[r->n_advice++] = seller_action_ask_meeting;
    if (!shut) list[r->n_advice++] = seller_action_argue_criteria;
    because(an, R_wired_meeting_first, 600, STR_NULL);
  } else {
    list[r->n_advice++] = seller_action_disrupt_scheme;
    if (in->below_cost_needed != TRI_YES) list[r->n_advice++] = seller_action_disrupt_price;
    list[r->n_advice++] = seller_action_withdraw;
    list[r->n_advice++] = seller_action_take_part;
    because(an, R_wired_three_options, 600, STR_NULL);
  }
  r->advice = list;
}

static void legal(const struct wired_input *in, struct wired_result *r) {
  struct answer *an = &r->answer;
  if (in->public_tender == TRI_YES) because(an, in->published == TRI_YES ? R_wired_published : R_wired_public, 400, STR_NULL);
  if (in->public_tender == TRI_YES && in->published == TRI_UNKNOWN) unknown_add(an, S("advice"), "/published");
  if (in->below_cost_needed == TRI_YES) because(an, R_wired_below_cost, 400, STR_NULL);
  if (in->meeting_refused == TRI_YES && in->below_cost_needed == TRI_UNKNOWN) unknown_add(an, S("advice"), "/below_cost_needed");
  if (in->rival_is_partner == TRI_YES) because(an, R_wired_rival_is_partner, 400, STR_NULL);
}

enum err rule_wired(const struct wired_input *in, struct arena *a, struct problem *pb, struct wired_result *ret) {
  (void)pb;
  shape_init(&shape_wired_result, ret);
  ret->answer.arena = a;
  struct counts c = counts_of(in);
  ret->level = level_of(c);
  ret->strong = c.strong;
  ret->signals = c.any;
  ret->counter = c.counter;
  ret->leans_to = leaning_of(in);
  because(&ret->answer, R_wired_level, 1000, word_str(&vocab_wired_level, ret->level), int_str(a, c.any), int_str(a, c.strong),
          int_str(a, c.counter), STR_NULL);
  if (ret->leans_to < 0)
    unknown_add(&ret->answer, S("leans_to"), "/criteria_author");
  else
    because(&ret->answer, R_wired_leans, 500, word_str(&vocab_leaning, ret->leans_to), STR_NULL);
  if (in->good_relations == TRI_YES) because(&ret->answer, R_wired_relations, 0, STR_NULL);
  advise(in, a, ret);
  legal(in, ret);
  ask(in, c, ret->level, ret);
  return ERR_OK;
}

RULE_INFO(wired, 1, T_INIT("Is it decided already?", "是否内定？", "Решено ли уже?"), NULL,
          JSON({"heard_by_invitation" : "yes", "answer_in_days" : "yes", "narrow_questions" : "yes", "good_relations" : "yes"}));
