// SPDX-License-Identifier: Apache-2.0
#include "rules/qualify.h"

#define SHAPE_FILE "rules/qualify.def"
#include "base/shape_table.h"

// The questions the verdict follows from; knock-outs come before them.
struct question {
  const char *field;
  size_t offset;
};
#define Q(f) \
  { #f, offsetof(struct qualify_input, f) }
static const struct question questions[] = {Q(real),        Q(denied_for_now), Q(revenue),         Q(reference),    Q(influence),
                                            Q(effort_fair), Q(hours_free),     Q(unique_value),    Q(criteria_fit), Q(supporter),
                                            Q(ahead),       Q(strong_on_part), Q(something_after), Q(nearly_free)};
#undef Q
enum { QUESTIONS = ARRAY_LEN(questions) };
// Our choice: what holding and form may cost.
enum { HOURS_TO_ASK = 4, HOURS_FOR_FORM = 8, HOURS_TO_RECHECK = 1 };

static enum tristate get(const struct qualify_input *in, int q) {
  enum tristate t;
  memcpy(&t, (const char *)in + questions[q].offset, sizeof t);
  return t;
}

static void set(struct qualify_input *in, int q, enum tristate t) { memcpy((char *)in + questions[q].offset, &t, sizeof t); }

// Some value, at a fair price.
static enum tristate worth_of(const struct qualify_input *in) {
  bool value = in->revenue == TRI_YES || in->reference == TRI_YES || in->influence == TRI_YES;
  bool none = in->revenue == TRI_NO && in->reference == TRI_NO && in->influence == TRI_NO;
  bool dear = in->effort_fair == TRI_NO || in->hours_free == TRI_NO,
       fair = in->effort_fair == TRI_YES && in->hours_free == TRI_YES;
  if (none || dear) return TRI_NO;
  return value && fair ? TRI_YES : TRI_UNKNOWN;
}

// Three of the four signs for strong, two against for weak.
static int chance_of(const struct qualify_input *in) {
  const enum tristate signs[] = {in->unique_value, in->criteria_fit, in->supporter, in->ahead};
  int yes = 0, no = 0;
  for (size_t i = 0; i < ARRAY_LEN(signs); i++) {
    yes += signs[i] == TRI_YES;
    no += signs[i] == TRI_NO;
  }
  if (yes >= 3) return win_chance_strong;
  if (no >= 2)
    return in->strong_on_part == TRI_YES ? win_chance_part : in->strong_on_part == TRI_NO ? win_chance_weak : win_chance_unknown;
  return win_chance_unknown;
}

// The decision table, for complete answers.
static int complete_verdict(const struct qualify_input *in) {
  if (in->real == TRI_NO) return in->denied_for_now == TRI_YES ? verdict_wait : verdict_drop;
  int chance = chance_of(in);
  bool free = in->nearly_free == TRI_YES;
  if (worth_of(in) == TRI_YES) {
    if (chance == win_chance_strong) return verdict_pursue;
    if (chance == win_chance_part) return verdict_pursue_part;
    return in->something_after == TRI_YES ? verdict_limited : verdict_drop;
  }
  return chance == win_chance_weak || !free ? verdict_drop : verdict_limited;
}

// ---- knock-outs --------------------------------------------------------------------------------------------------------

static bool knocked_out(const struct qualify_input *in, struct answer *an) {
  bool out = false;
  if (in->unlawful == TRI_YES) out = because(an, R_qualify_unlawful, 1000, STR_NULL) != NULL;
  if (in->below_cost == TRI_YES && in->below_cost_reason != TRI_YES)
    out = because(an, R_qualify_below_cost, 1000, STR_NULL) != NULL;
  if (in->must_have_unmet == TRI_YES) out = because(an, R_qualify_must_have, 1000, STR_NULL) != NULL;
  if (in->core_rejected == TRI_YES && in->core_curable == TRI_NO)
    out = because(an, R_qualify_core_rejected, 1000, STR_NULL) != NULL;
  if (in->core_rejected == TRI_YES && in->core_curable == TRI_UNKNOWN) {
    because(an, R_qualify_core_doubted, 300, STR_NULL);
    unknown_add(an, S("drop"), "/core_curable");
  }
  return out;
}

static void open_knock_outs(const struct qualify_input *in, struct answer *an) {
  if (in->unlawful == TRI_UNKNOWN) unknown_add(an, S("drop"), "/unlawful");
  if (in->below_cost == TRI_UNKNOWN) unknown_add(an, S("drop"), "/below_cost");
  if (in->must_have_unmet == TRI_UNKNOWN) unknown_add(an, S("drop"), "/must_have_unmet");
  if (in->core_rejected == TRI_UNKNOWN) unknown_add(an, S("drop"), "/core_rejected");
}

// ---- open questions ----------------------------------------------------------------------------------------------------

struct survey {
  int open[QUESTIONS];  // indexes of unanswered questions
  int n;
  uint32_t swings[QUESTIONS];    // completions in which the answer decides the verdict
  unsigned leads_to[QUESTIONS];  // verdicts such a swing reaches, as bits
  unsigned possible;
};

// Every way the open questions may be answered; how often each one decides is its Banzhaf index.
static void run_survey(const struct qualify_input *in, struct survey *s) {
  uint8_t verdicts[1 << QUESTIONS];
  struct qualify_input full = *in;
  for (int q = 0; q < QUESTIONS; q++)
    if (get(in, q) == TRI_UNKNOWN) s->open[s->n++] = q;
  for (uint32_t mask = 0; mask < 1u << s->n; mask++) {
    for (int k = 0; k < s->n; k++) set(&full, s->open[k], mask & 1u << k ? TRI_YES : TRI_NO);
    verdicts[mask] = (uint8_t)complete_verdict(&full);
    s->possible |= 1u << verdicts[mask];
  }
  for (uint32_t mask = 0; mask < 1u << s->n; mask++)
    for (int k = 0; k < s->n; k++) {
      uint32_t other = mask ^ 1u << k;
      if (other < mask || verdicts[mask] == verdicts[other]) continue;
      s->swings[k]++;
      s->leads_to[k] |= 1u << verdicts[mask] | 1u << verdicts[other];
    }
}

static int one_of(unsigned bits) {
  for (int v = 0; v < verdict_COUNT; v++)
    if (bits & 1u << v) return v;
  return verdict_drop;
}

static void ask(const struct survey *s, struct arena *a, int verdict, struct qualify_result *r) {
  int best = -1;
  for (int k = 0; k < s->n; k++) {
    if (!s->swings[k]) continue;
    unknown_add(&r->answer, word_str(&vocab_verdict, one_of(s->leads_to[k] & ~(1u << verdict))), "/%s",
                questions[s->open[k]].field);
    if (best < 0 || s->swings[k] > s->swings[best]) best = k;
  }
  if (best < 0) return;
  r->question = str_of(questions[s->open[best]].field);
  int64_t percent = (int64_t)s->swings[best] * 100 / (INT64_C(1) << (s->n - 1));
  because(&r->answer, R_qualify_ask, 500, r->question, int_str(a, percent), STR_NULL);
}

// ---- the result --------------------------------------------------------------------------------------------------------

static void resources(const struct qualify_input *in, struct qualify_result *r) {
  static const struct {
    int extent, effort;
    int64_t hours;
    bool presales;
  } rows[verdict_COUNT] = {
    [verdict_pursue] = {aim_extent_whole, aim_effort_must_win, SHAPE_NO_INT, true},
    [verdict_pursue_part] = {aim_extent_slice, aim_effort_must_win, SHAPE_NO_INT, true},
    [verdict_limited] = {aim_extent_whole, aim_effort_for_form, HOURS_FOR_FORM, false},
    [verdict_hold] = {aim_extent_nothing, aim_effort_none, HOURS_TO_ASK, false},
    [verdict_wait] = {aim_extent_nothing, aim_effort_none, HOURS_TO_RECHECK, false},
    [verdict_drop] = {aim_extent_nothing, aim_effort_none, 0, false},
  };
  r->extent = rows[r->verdict].extent;
  r->effort = rows[r->verdict].effort;
  r->hours = rows[r->verdict].hours;
  r->presales = rows[r->verdict].presales;
  // A part is worth the part's effort: half, until somebody plans it.
  if (r->verdict == verdict_pursue_part && in->planned_hours != SHAPE_NO_INT) r->hours = in->planned_hours / 2;
}

static void explain(const struct qualify_input *in, struct qualify_result *r) {
  struct answer *an = &r->answer;
  if (in->real == TRI_NO)
    because(an, in->denied_for_now == TRI_YES ? R_qualify_denied_for_now : R_qualify_not_real, 900, STR_NULL);
  if (in->real == TRI_UNKNOWN) because(an, R_qualify_real_unknown, 600, STR_NULL);
  because(an,
          r->worth == TRI_YES  ? R_qualify_worth
          : r->worth == TRI_NO ? R_qualify_not_worth
                               : R_qualify_worth_unknown,
          400, STR_NULL);
  because(an, R_qualify_chance, 400, word_str(&vocab_win_chance, r->chance), STR_NULL);
  if (r->chance == win_chance_weak && in->something_after == TRI_YES) because(an, R_qualify_after, 200, STR_NULL);
}

enum err rule_qualify(const struct qualify_input *in, struct arena *a, struct problem *pb, struct qualify_result *ret) {
  (void)pb;
  shape_init(&shape_qualify_result, ret);
  ret->answer.arena = a;
  ret->worth = worth_of(in);
  ret->chance = chance_of(in);
  struct survey s = {.n = 0};
  bool out = knocked_out(in, &ret->answer);
  if (!out)
    run_survey(in, &s);
  else
    s.possible = 1u << verdict_drop;
  unsigned idle = 1u << verdict_drop | 1u << verdict_wait;
  bool one = !(s.possible & (s.possible - 1));
  ret->verdict = one ? one_of(s.possible) : s.possible & ~idle ? verdict_hold : verdict_drop;
  int *possible = NEW_ARRAY(a, verdict_COUNT, int);
  for (int v = 0; v < verdict_COUNT; v++)
    if (s.possible & 1u << v) possible[ret->n_possible++] = v;
  ret->possible = possible;
  because(&ret->answer, R_qualify_verdict, 1000, word_str(&vocab_verdict, ret->verdict), STR_NULL);
  if (!out) {
    explain(in, ret);
    ask(&s, a, ret->verdict, ret);
    open_knock_outs(in, &ret->answer);
  }
  resources(in, ret);
  return ERR_OK;
}

RULE_INFO(qualify, 1, T_INIT("Is it real, worth it, winnable?", "真实吗？值得吗？能赢吗？", "Реально ли, стоит ли, выиграем ли?"),
          NULL, JSON({
            "real" : "yes",
            "revenue" : "yes",
            "effort_fair" : "yes",
            "hours_free" : "yes",
            "unique_value" : "yes",
            "criteria_fit" : "yes",
            "ahead" : "no",
            "something_after" : "no",
            "strong_on_part" : "no"
          }));
