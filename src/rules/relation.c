// SPDX-License-Identifier: Apache-2.0
#include "rules/relation.h"

#include <stdlib.h>

#define SHAPE_FILE "rules/relation.def"
#include "base/shape_table.h"

enum { STRAINED = 5, WATCH = 2, MEET_DAYS = 5, OLD_INCIDENT = 30, ENOUGH = 5, ONE_SIDED = 10, SLOW_SHARE = 7 };

struct work {
  const struct relation_input *in;
  struct arena *a;
  struct relation_result *ret;
  struct relation_line *lines;
  int known;  // figures that are there
};

static void sign(struct work *w, int which, int weight, str figure) {
  w->lines[w->ret->n_signs++] = (struct relation_line){which, weight, figure};
  w->ret->points += weight;
}

static bool have(struct work *w, int64_t v, const char *field) {
  if (v != SHAPE_NO_INT)
    w->known++;
  else
    unknown_add(&w->ret->answer, S("health"), "/%s", field);
  return v != SHAPE_NO_INT;
}

static str of(struct work *w, int64_t part, int64_t whole) {
  return arena_fmt(w->a, "%lld / %lld", (long long)part, (long long)whole);
}

// The table: figure, threshold, weight. Shares need a few cases before they say anything.
static void read_signs(struct work *w) {
  const struct relation_input *in = w->in;
  if (have(w, in->customers_mistreated, "customers_mistreated") && in->customers_mistreated)
    sign(w, relation_sign_customer_mistreated, 3, int_str(w->a, in->customers_mistreated));
  if (have(w, in->promises, "promises") && have(w, in->promises_broken, "promises_broken") &&
      in->promises_broken * 5 > in->promises)
    sign(w, relation_sign_promises_broken, 3, of(w, in->promises_broken, in->promises));
  if (have(w, in->disputed_payments, "disputed_payments") && in->disputed_payments)
    sign(w, relation_sign_money_disputed, 2, int_str(w->a, in->disputed_payments));
  if (have(w, in->overdue_payments, "overdue_payments") && in->overdue_payments)
    sign(w, relation_sign_money_overdue, 2, int_str(w->a, in->overdue_payments));
  if (have(w, in->oldest_incident_days, "oldest_incident_days") && in->oldest_incident_days > OLD_INCIDENT)
    sign(w, relation_sign_incident_old, 2, int_str(w->a, in->oldest_incident_days));
  if (have(w, in->answers, "answers") && have(w, in->answers_late, "answers_late") && in->answers >= ENOUGH &&
      in->answers_late * 4 > in->answers)
    sign(w, relation_sign_answers_late, 1, of(w, in->answers_late, in->answers));
  if (have(w, in->leads_given, "leads_given") && have(w, in->leads_got, "leads_got")) {
    int64_t more = in->leads_given > in->leads_got ? in->leads_given : in->leads_got,
            less = in->leads_given + in->leads_got - more;
    if (more >= ONE_SIDED && less * 5 < more) sign(w, relation_sign_one_sided, 1, of(w, in->leads_given, in->leads_got));
  }
  if (have(w, in->share_lag_days, "share_lag_days") && in->share_lag_days > SLOW_SHARE)
    sign(w, relation_sign_hoarding, 1, int_str(w->a, in->share_lag_days));
}

static uday latest(uday x, uday y) { return x > y ? x : y; }

// Contact kept or missed, and the title-only alarm. Without any date the beginning of the agreement counts.
static bool quiet(struct work *w) {
  const struct relation_input *in = w->in;
  if (in->last_contact != SHAPE_NO_DATE) {
    int64_t days = in->today - in->last_contact;
    because(&w->ret->answer, R_relation_last, 100, int_str(w->a, days), int_str(w->a, in->rhythm_days), STR_NULL);
    if (days > in->rhythm_days) sign(w, relation_sign_rhythm_missed, days > 2 * in->rhythm_days ? 2 : 1, int_str(w->a, days));
    w->known++;
  } else {
    unknown_add(&w->ret->answer, S("health"), "/last_contact");
  }
  uday last = latest(latest(in->last_contact, in->last_step), latest(in->last_lead, in->began));
  if (last == SHAPE_NO_DATE) return false;
  w->ret->quiet_days = in->today - last;
  if (w->ret->quiet_days <= in->life_days) return false;
  sign(w, relation_sign_no_life, 3, int_str(w->a, w->ret->quiet_days));
  because(&w->ret->answer, R_relation_title_only, 900, int_str(w->a, w->ret->quiet_days), int_str(w->a, in->life_days), STR_NULL);
  return true;
}

static int by_weight(const void *p, const void *q) {
  const struct relation_line *x = p, *y = q;
  return x->weight != y->weight ? (x->weight > y->weight ? -1 : 1) : x->sign - y->sign;
}

static enum err check(const struct relation_input *in, struct problem *pb) {
  if (in->answers != SHAPE_NO_INT && in->answers_late > in->answers)
    return problem_field(pb, S("/answers_late"), P_WRONG_TYPE, S("no more than the answers asked"), STR_NULL);
  if (in->promises != SHAPE_NO_INT && in->promises_broken > in->promises)
    return problem_field(pb, S("/promises_broken"), P_WRONG_TYPE, S("no more than the promises due"), STR_NULL);
  if (in->last_contact > in->today)
    return problem_field(pb, S("/last_contact"), P_WRONG_TYPE, S("a day that has come"), STR_NULL);
  if (in->last_step > in->today) return problem_field(pb, S("/last_step"), P_WRONG_TYPE, S("a day that has come"), STR_NULL);
  if (in->last_lead > in->today) return problem_field(pb, S("/last_lead"), P_WRONG_TYPE, S("a day that has come"), STR_NULL);
  return ERR_OK;
}

enum err rule_relation(const struct relation_input *in, struct arena *a, struct problem *pb, struct relation_result *ret) {
  TRY(check(in, pb));
  shape_init(&shape_relation_result, ret);
  ret->answer.arena = a;
  ret->points = 0;
  struct work w = {in, a, ret, NEW_ARRAY(a, relation_sign_COUNT, struct relation_line), 0};
  bool title_only = quiet(&w);
  read_signs(&w);
  qsort(w.lines, ret->n_signs, sizeof *w.lines, by_weight);
  ret->signs = w.lines;
  // Nothing bad known is healthy only when enough is known to have seen something bad.
  ret->health = title_only                ? relation_health_title_only
                : ret->points >= STRAINED ? relation_health_strained
                : ret->points >= WATCH    ? relation_health_watch
                : w.known < 6             ? relation_health_unproven
                : ret->points             ? relation_health_watch
                                          : relation_health_healthy;
  because(&ret->answer, R_relation_health, 700, word_str(&vocab_relation_health, ret->health), STR_NULL);
  if (ret->health == relation_health_unproven) because(&ret->answer, R_relation_not_enough, 300, STR_NULL);
  for (size_t i = 0; i < ret->n_signs; i++)
    because(&ret->answer, R_relation_sign, (int)w.lines[i].weight * 100, word_str(&vocab_relation_sign, w.lines[i].sign),
            w.lines[i].figure, STR_NULL);
  if (ret->health == relation_health_strained || title_only)
    because(&ret->answer, R_relation_meet, 600, int_str(a, MEET_DAYS), STR_NULL);
  return ERR_OK;
}

RULE_INFO(relation, 1, T_INIT("How does the partnership do?", "合作关系如何？", "Как идут дела с партнёром?"), NULL, JSON({
            "today" : "2026-11-20",
            "last_contact" : "2026-10-01",
            "last_step" : "2026-11-02",
            "leads_given" : 24,
            "leads_got" : 3,
            "answers" : 20,
            "answers_late" : 7,
            "promises" : 9,
            "promises_broken" : 1,
            "overdue_payments" : 1,
            "disputed_payments" : 0,
            "oldest_incident_days" : 0,
            "customers_mistreated" : 0,
            "share_lag_days" : 2
          }));
