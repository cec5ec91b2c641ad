// SPDX-License-Identifier: Apache-2.0
#include "rules/readiness.h"

#include <stdlib.h>

#define SHAPE_FILE "rules/readiness.def"
#include "base/shape_table.h"

enum { SLOW_SHARE = 7, ENOUGH_DEALS = 3 };

static enum err check(const struct readiness_input *in, struct arena *a, struct problem *pb) {
  bool company = false;
  for (size_t i = 0; i < in->n_voices; i++) {
    const struct readiness_voice *v = &in->voices[i];
    for (size_t k = 0; k < i; k++)
      if (str_eq(v->who, in->voices[k].who))
        return problem_field(pb, arena_fmt(a, "/voices/%zu/who", i), P_DUPLICATE, v->who, STR_NULL);
    if (v->company && company)
      return problem_field(pb, arena_fmt(a, "/voices/%zu/company", i), P_WRONG_TYPE, S("one company only"), STR_NULL);
    company = company || v->company;
    for (size_t m = 0; m < v->n_answers; m++)
      for (size_t k = 0; k < m; k++)
        if (v->answers[m].question == v->answers[k].question)
          return problem_field(pb, arena_fmt(a, "/voices/%zu/answers/%zu/question", i, m), P_DUPLICATE,
                               word_str(&vocab_readiness_question, v->answers[m].question), STR_NULL);
  }
  return ERR_OK;
}

static enum tristate answer_of(const struct readiness_input *in, const struct readiness_voice *v, int question) {
  for (size_t i = 0; i < v->n_answers; i++) {
    const struct readiness_answer *x = &v->answers[i];
    if (x->question == question) return x->on != SHAPE_NO_DATE && in->today - x->on > in->stale_days ? TRI_UNKNOWN : x->yes;
  }
  return TRI_UNKNOWN;
}

// All five yes and behaviour that does not speak against it: ready. Would not share customer or knowledge: not ready, whatever the rest.
static int level_of(const struct readiness_input *in, const struct readiness_voice *v, const struct readiness_line *l) {
  if (!l->yes && !l->no) return readiness_level_unknown;
  bool shares = answer_of(in, v, readiness_question_share_customer) != TRI_NO &&
                answer_of(in, v, readiness_question_share_knowledge) != TRI_NO;
  if (!shares || l->no >= 3) return readiness_level_not_ready;
  return l->yes == readiness_question_COUNT && !l->contradicted ? readiness_level_ready : readiness_level_partly;
}

static void one_voice(const struct readiness_input *in, const struct readiness_voice *v, struct arena *a,
                      struct readiness_line *l, struct answer *an) {
  int *missing = NEW_ARRAY(a, readiness_question_COUNT, int);
  size_t at = (size_t)(v - in->voices);
  int64_t oldest = 0;
  *l = (struct readiness_line){.who = v->who, .missing = missing};
  for (int q = 0; q < readiness_question_COUNT; q++) {
    enum tristate yes = answer_of(in, v, q);
    l->yes += yes == TRI_YES;
    l->no += yes == TRI_NO;
    if (yes == TRI_NO) because(an, R_readiness_no, 300, v->who, word_str(&vocab_readiness_question, q), STR_NULL);
    if (yes == TRI_UNKNOWN) missing[l->n_missing++] = q;
  }
  for (size_t i = 0; i < v->n_answers; i++)
    if (v->answers[i].on != SHAPE_NO_DATE && in->today - v->answers[i].on > oldest) oldest = in->today - v->answers[i].on;
  if (oldest > in->stale_days) because(an, R_readiness_stale, 200, v->who, int_str(a, oldest), STR_NULL);
  bool slow = v->share_lag_days != SHAPE_NO_INT && v->share_lag_days > SLOW_SHARE && v->joint_deals >= ENOUGH_DEALS;
  l->contradicted = slow && answer_of(in, v, readiness_question_share_knowledge) == TRI_YES;
  if (l->contradicted) because(an, R_readiness_says_and_does, 600, v->who, int_str(a, v->share_lag_days), STR_NULL);
  l->level = level_of(in, v, l);
  because(an, R_readiness_level, v->company ? 700 : 300, v->who, word_str(&vocab_readiness_level, l->level), STR_NULL);
  if (l->n_missing) unknown_add(an, S("level"), "/voices/%zu/answers", at);
}

static void compare(const struct readiness_input *in, const struct readiness_voice *company, struct arena *a,
                    struct readiness_result *ret) {
  int *list = NEW_ARRAY(a, readiness_question_COUNT, int);
  for (int q = 0; company && q < readiness_question_COUNT; q++) {
    enum tristate own = answer_of(in, company, q);
    bool differs = false;
    for (size_t i = 0; i < in->n_voices && own != TRI_UNKNOWN; i++) {
      enum tristate other = answer_of(in, &in->voices[i], q);
      if (&in->voices[i] == company || other == TRI_UNKNOWN || other == own) continue;
      differs = true;
      because(&ret->answer, R_readiness_differ, 200, in->voices[i].who, word_str(&vocab_readiness_question, q), STR_NULL);
    }
    if (differs) list[ret->n_differ++] = q;
  }
  ret->differ = list;
}

static int by_who(const void *p, const void *q) {
  return str_cmp((*(const struct readiness_voice *const *)p)->who, (*(const struct readiness_voice *const *)q)->who);
}

enum err rule_readiness(const struct readiness_input *in, struct arena *a, struct problem *pb, struct readiness_result *ret) {
  TRY(check(in, a, pb));
  shape_init(&shape_readiness_result, ret);
  ret->answer.arena = a;
  ret->level = readiness_level_unknown;
  const struct readiness_voice **order = NEW_ARRAY(a, in->n_voices + 1, const struct readiness_voice *), *company = NULL;
  struct readiness_line *lines = NEW_ARRAY(a, in->n_voices + 1, struct readiness_line);
  for (size_t i = 0; i < in->n_voices; i++) order[i] = &in->voices[i];
  if (in->n_voices) qsort(order, in->n_voices, sizeof *order, by_who);
  for (size_t i = 0; i < in->n_voices; i++) {
    one_voice(in, order[i], a, &lines[i], &ret->answer);
    if (!order[i]->company) continue;
    company = order[i];
    ret->level = lines[i].level;
  }
  ret->lines = lines;
  ret->n_lines = in->n_voices;
  compare(in, company, a, ret);
  if (company) return ERR_OK;
  because(&ret->answer, R_readiness_level, 700, S("-"), word_str(&vocab_readiness_level, ret->level), STR_NULL);
  unknown_add(&ret->answer, S("level"), "/voices");
  return ERR_OK;
}

RULE_INFO(readiness, 1, T_INIT("Ready to sell with others?", "准备好与他人合作销售了吗？", "Готовы продавать вместе?"), NULL,
          JSON({
            "today" : "2026-11-20",
            "voices" : [
              {
                "who" : "company_1",
                "company" : true,
                "share_lag_days" : 12,
                "joint_deals" : 5,
                "answers" : [
                  {"question" : "share_customer", "yes" : "yes"}, {"question" : "share_knowledge", "yes" : "yes"},
                  {"question" : "second_place", "yes" : "yes"}, {"question" : "work_with_rival", "yes" : "no"}
                ]
              },
              {"who" : "user_1", "answers" : [ {"question" : "share_customer", "yes" : "no", "on" : "2026-09-01"} ]}
            ]
          }));
