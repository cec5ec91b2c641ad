// SPDX-License-Identifier: Apache-2.0
#include "rules/next.h"

#include <stdlib.h>

#define SHAPE_FILE "rules/next.def"
#include "base/shape_table.h"

enum { URGENT = 200, WORTH = 200, SOON_DAYS = 7, UNKNOWN_WORTH = 0 };

// The table: how much each kind weighs by itself, and the reason it always carries. What hurts a customer or breaks a word comes first.
static const struct row {
  int64_t base;
  enum reason_code why;
} rows[next_kind_COUNT] = {
  [next_kind_severe_problem] = {600, R_next_severe_problem}, [next_kind_promise_due] = {500, R_next_promise_due},
  [next_kind_lead_waiting] = {480, R_next_lead_waiting},     [next_kind_concern_open] = {460, R_next_concern_open},
  [next_kind_help_waiting] = {440, R_next_help_waiting},     [next_kind_question] = {300, R_next_question},
  [next_kind_right_action] = {360, R_next_right_action},     [next_kind_executive_visit] = {320, R_next_executive_visit},
  [next_kind_person_to_know] = {280, R_next_person_to_know}, [next_kind_develop_supporter] = {260, R_next_develop_supporter},
  [next_kind_contact_due] = {220, R_next_contact_due},       [next_kind_next_year] = {200, R_next_next_year},
};

// Grows over the last week before the day and is full from the day on. Without a day nothing is added.
static int64_t urgency(const struct next_input *in, const struct next_item *x) {
  if (x->due == SHAPE_NO_DATE) return 0;
  int64_t left = x->due - in->today;
  return left <= 0 ? URGENT : left >= SOON_DAYS ? 0 : URGENT * (SOON_DAYS - left) / SOON_DAYS;
}

static int64_t score_of(const struct next_input *in, const struct next_item *x) {
  int64_t worth = x->worth == SHAPE_NO_INT ? UNKNOWN_WORTH : x->worth;
  int64_t changes = x->kind == next_kind_question && x->changes != SHAPE_NO_INT ? x->changes * URGENT / 1000 : 0;
  int64_t score = rows[x->kind].base + urgency(in, x) + worth * WORTH / 1000 + changes;
  return score > 1000 ? 1000 : score;
}

static bool wrong_now(const struct next_item *x) {
  return x->verdict == action_verdict_early || x->verdict == action_verdict_late || x->verdict == action_verdict_harmful;
}

struct scored {
  const struct next_item *item;
  int64_t score;
};
static int by_score(const void *p, const void *q) {
  const struct scored *x = p, *y = q;
  if (x->score != y->score) return x->score > y->score ? -1 : 1;
  if (x->item->due != y->item->due) {
    if (x->item->due == SHAPE_NO_DATE || y->item->due == SHAPE_NO_DATE) return x->item->due == SHAPE_NO_DATE ? 1 : -1;
    return x->item->due < y->item->due ? -1 : 1;
  }
  return str_cmp(x->item->item, y->item->item);
}

static void put(const struct next_input *in, const struct scored *s, struct arena *a, struct next_line *l, struct answer *an) {
  const struct next_item *x = s->item;
  struct answer own = {.arena = a};
  shape_init(&shape_next_line, l);
  l->item = x->item;
  l->kind = x->kind;
  l->about = x->about;
  l->score = s->score;
  str what = x->about.p ? x->about : x->item;
  because(&own, rows[x->kind].why, 1000, what, STR_NULL);
  because(an, rows[x->kind].why, (int)s->score, what, STR_NULL);
  if (x->due != SHAPE_NO_DATE && x->due < in->today) {
    l->overdue = in->today - x->due;
    because(&own, R_next_overdue, 500, what, int_str(a, l->overdue), STR_NULL);
  }
  l->why = own.because;
  l->n_why = own.n_because;
}

// The question whose answer changes most, whether or not there is time for it today.
static void pick_question(const struct next_input *in, struct next_result *ret) {
  const struct next_item *best = NULL;
  for (size_t i = 0; i < in->n_items; i++) {
    const struct next_item *x = &in->items[i];
    if (x->kind != next_kind_question) continue;
    if (x->changes == SHAPE_NO_INT) {
      unknown_add(&ret->answer, S("question"), "/items/%zu/changes", i);
      continue;
    }
    if (!best || x->changes > best->changes || (x->changes == best->changes && str_cmp(x->item, best->item) < 0)) best = x;
  }
  if (best) ret->question = best->item;
}

enum err rule_next(const struct next_input *in, struct arena *a, struct problem *pb, struct next_result *ret) {
  const str **ids = NEW_ARRAY(a, in->n_items + 1, const str *);
  struct scored *list = NEW_ARRAY(a, in->n_items + 1, struct scored);
  size_t n = 0;
  for (size_t i = 0; i < in->n_items; i++) {
    ids[i] = &in->items[i].item;
    for (size_t k = 0; k < i; k++)
      if (str_eq(*ids[i], *ids[k])) return problem_field(pb, arena_fmt(a, "/items/%zu/item", i), P_DUPLICATE, *ids[i], STR_NULL);
  }
  shape_init(&shape_next_result, ret);
  ret->answer.arena = a;
  ret->left_out = ret->minutes = 0;
  for (size_t i = 0; i < in->n_items; i++) {
    const struct next_item *x = &in->items[i];
    if (x->worth == SHAPE_NO_INT) unknown_add(&ret->answer, S("order"), "/items/%zu/worth", i);
    if (!wrong_now(x)) {
      list[n++] = (struct scored){x, score_of(in, x)};
      continue;
    }
    ret->left_out++;
    because(&ret->answer, R_next_left_out, 20, x->about.p ? x->about : x->item, word_str(&vocab_action_verdict, x->verdict),
            STR_NULL);
  }
  if (n) qsort(list, n, sizeof *list, by_score);
  struct next_line *lines = NEW_ARRAY(a, n + 1, struct next_line);
  // In order, as long as the time lasts; a shorter thing further down may still fit.
  for (size_t i = 0; i < n && (int64_t)ret->n_items < in->show; i++) {
    int64_t takes = list[i].item->minutes == SHAPE_NO_INT ? 0 : list[i].item->minutes;
    if (in->minutes != SHAPE_NO_INT && ret->minutes + takes > in->minutes) continue;
    ret->minutes += takes;
    put(in, &list[i], a, &lines[ret->n_items++], &ret->answer);
  }
  ret->items = lines;
  pick_question(in, ret);
  if (!ret->n_items) because(&ret->answer, R_next_nothing, 300, STR_NULL);
  return ERR_OK;
}

static void tables(struct buf *b) {
  buf_putz(b, "| kind | weight by itself | why |\n|---|---|---|\n");
  for (int k = 0; k < next_kind_COUNT; k++)
    buf_fmt(b, "| %s | %lld | %s |\n", vocab_label(&vocab_next_kind, k, LANG_EN), (long long)rows[k].base,
            reason_defs[rows[k].why].text.in[LANG_EN]);
}

RULE_INFO(
  next, 1, T_INIT("What to do today", "今天做什么", "Что делать сегодня"), tables, JSON({
    "today" : "2026-11-20",
    "minutes" : 240,
    "items" : [
      {"item" : "task_1", "kind" : "severe_problem", "about" : "deal_1", "worth" : 600, "minutes" : 60},
      {"item" : "promise_1", "kind" : "promise_due", "about" : "partner_1", "due" : "2026-11-18", "worth" : 300, "minutes" : 30},
      {"item" : "act_1", "kind" : "right_action", "about" : "deal_2", "verdict" : "early", "worth" : 900},
      {"item" : "ask_1", "kind" : "question", "about" : "deal_2", "changes" : 700, "worth" : 900, "minutes" : 20},
      {"item" : "contact_7", "kind" : "person_to_know", "about" : "deal_3", "worth" : 200, "minutes" : 90}
    ]
  }));
