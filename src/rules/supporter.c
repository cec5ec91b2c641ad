// SPDX-License-Identifier: Apache-2.0
#include "rules/supporter.h"

#define SHAPE_FILE "rules/supporter.def"
#include "base/shape_table.h"

// What a fact says for this deal. Inference, contradiction and age take its word away; they never turn it round.
static enum tristate holds(const struct supporter_input *in, const struct fact *f, int which, struct answer *an) {
  str name = word_str(&vocab_supporter_fact, which);
  if (f->value == TRI_UNKNOWN) return TRI_UNKNOWN;
  if (f->status == evidence_status_contradicted) {
    because(an, R_supporter_contradicted, 300, name, STR_NULL);
    return TRI_UNKNOWN;
  }
  if (in->deal_since != SHAPE_NO_DATE && f->on != SHAPE_NO_DATE && f->on < in->deal_since) {
    because(an, R_supporter_other_deal, 400, name, STR_NULL);
    return TRI_UNKNOWN;
  }
  if (f->basis == evidence_basis_inferred || f->status == evidence_status_assumed) {
    because(an, R_supporter_inferred, 300, name, STR_NULL);
    return TRI_UNKNOWN;
  }
  return f->value;
}

static enum tristate both(enum tristate a, enum tristate b) {
  if (a == TRI_NO || b == TRI_NO) return TRI_NO;
  return a == TRI_YES && b == TRI_YES ? TRI_YES : TRI_UNKNOWN;
}

struct known {
  enum tristate sees, shares, not_public, power, wants, ability, trusted, verifies, reports, plans, own;
};

static struct known weigh(const struct supporter_input *in, struct answer *an) {
  struct known k = {
    .sees = holds(in, &in->sees, supporter_fact_sees, an),
    .shares = holds(in, &in->shares, supporter_fact_shares, an),
    .not_public = holds(in, &in->not_public, supporter_fact_not_public, an),
    .power = holds(in, &in->power, supporter_fact_power, an),
    .wants = holds(in, &in->wants_us, supporter_fact_wants_us, an),
    .ability = holds(in, &in->ability, supporter_fact_ability, an),
    .trusted = holds(in, &in->trusted, supporter_fact_trusted, an),
    .verifies = holds(in, &in->verifies, supporter_fact_verifies, an),
    .reports = holds(in, &in->reports, supporter_fact_reports, an),
    .plans = holds(in, &in->plans, supporter_fact_plans, an),
    .own = holds(in, &in->own_success, supporter_fact_own_success, an),
  };
  // Who sells for himself inside turns when his gain does, unless he has shown more.
  if (k.wants == TRI_YES && k.own == TRI_YES && in->beyond_own_gain != TRI_YES) {
    because(an, R_supporter_inside_seller, 500, STR_NULL);
    k.wants = TRI_UNKNOWN;
    if (in->beyond_own_gain == TRI_UNKNOWN) unknown_add(an, S("coach"), "/beyond_own_gain");
  }
  return k;
}

// The table of the three conditions A, T, W.
static int coach_state_of(enum tristate a, enum tristate t, enum tristate w, bool at_work) {
  static const int table[8] = {
    coach_state_none,         // ---
    coach_state_friend,       // --W
    coach_state_unmoved,      // -T-
    coach_state_candidate,    // -TW
    coach_state_admirer,      // A--
    coach_state_well_wisher,  // A-W
    coach_state_expert,       // AT-
    coach_state_ready,        // ATW
  };
  if (a == TRI_UNKNOWN || t == TRI_UNKNOWN || w == TRI_UNKNOWN) return coach_state_undetermined;
  int state = table[(a == TRI_YES) * 4 + (t == TRI_YES) * 2 + (w == TRI_YES)];
  return state == coach_state_ready && at_work ? coach_state_at_work : state;
}

static void say_development(int state, struct answer *an) {
  static const enum reason_code codes[coach_state_COUNT] = {[coach_state_at_work] = R_supporter_at_work,
                                                            [coach_state_ready] = R_supporter_ready,
                                                            [coach_state_candidate] = R_supporter_prove_ability,
                                                            [coach_state_well_wisher] = R_supporter_no_standing,
                                                            [coach_state_expert] = R_supporter_personal_gain,
                                                            [coach_state_friend] = R_supporter_friend,
                                                            [coach_state_unmoved] = R_supporter_personal_need,
                                                            [coach_state_admirer] = R_supporter_admirer,
                                                            [coach_state_none] = R_supporter_none,
                                                            [coach_state_undetermined] = R_supporter_ask,
                                                            [coach_state_ruled_out] = R_supporter_public};
  because(an, codes[state], 600, STR_NULL);
}

// Unknown conditions, the one closest to a coach first: when the others hold, its answer decides; else will, standing, ability.
static void ask(const struct known *k, struct supporter_result *r) {
  static const int order[] = {supporter_fact_wants_us, supporter_fact_trusted, supporter_fact_ability};
  const enum tristate values[] = {k->wants, k->trusted, k->ability};
  int open = 0;
  for (int i = 0; i < 3; i++) {
    if (values[i] != TRI_UNKNOWN) continue;
    if (!open++) r->question = order[i];
    unknown_add(&r->answer, S("coach"), "/%s", vocab_word(&vocab_supporter_fact, order[i]));
  }
  if (k->power == TRI_UNKNOWN && k->wants != TRI_NO) unknown_add(&r->answer, S("sponsor"), "/power");
  if (k->sees == TRI_UNKNOWN && k->shares != TRI_NO) unknown_add(&r->answer, S("insider"), "/sees");
  if (k->shares == TRI_UNKNOWN && k->sees != TRI_NO) unknown_add(&r->answer, S("insider"), "/shares");
}

static void insider_steps(const struct known *k, struct supporter_result *r) {
  struct answer *an = &r->answer;
  if (r->insider == TRI_YES)
    because(an, k->not_public == TRI_NO ? R_supporter_insider_public : R_supporter_insider, 500, STR_NULL);
  else if (k->sees == TRI_YES)
    because(an, R_supporter_earn_sharing, 300, STR_NULL);
  else if (k->sees == TRI_NO && k->shares == TRI_YES)
    because(an, R_supporter_hearsay, 300, STR_NULL);
}

static void sponsor_steps(const struct supporter_input *in, const struct known *k, struct supporter_result *r) {
  struct answer *an = &r->answer;
  if (r->sponsor == TRI_YES)
    because(an, R_supporter_sponsor, 600, STR_NULL);
  else if (k->power == TRI_YES)
    because(an, R_supporter_worth_winning, 400, STR_NULL);
  else if (k->power == TRI_NO && k->wants == TRI_YES)
    because(an, R_supporter_well_wisher, 300, STR_NULL);
  if (r->sponsor == TRI_YES && in->political_status == political_status_no_political_weight)
    because(an, R_supporter_no_weight, 500, STR_NULL);
}

// What is no evidence of a coach; the three conditions may still be met.
static void warn(const struct supporter_input *in, const struct known *k, struct supporter_result *r) {
  struct answer *an = &r->answer;
  if (in->past_coach == TRI_YES && r->coach != TRI_YES) because(an, R_supporter_past_coach, 300, STR_NULL);
  if ((in->friend == TRI_YES || in->relative == TRI_YES) && r->coach != TRI_YES)
    because(an, R_supporter_not_by_friendship, 300, STR_NULL);
  if (r->insider == TRI_YES && r->coach != TRI_YES) because(an, R_supporter_only_tells, 200, STR_NULL);
  if (in->relative == TRI_YES && in->conflict_declared != TRI_YES) {
    r->conflict = true;
    because(an, R_supporter_conflict, 500, STR_NULL);
  }
  if (in->leaving == TRI_YES) because(an, R_supporter_leaving, 500, STR_NULL);
  if (k->trusted == TRI_YES && in->trusted_by_our_word == TRI_YES) because(an, R_supporter_our_word, 500, STR_NULL);
}

static void list_results(struct arena *a, const struct known *k, struct supporter_result *r) {
  int *roles = NEW_ARRAY(a, supporter_COUNT, int), *missing = NEW_ARRAY(a, 3, int);
  if (r->insider == TRI_YES) roles[r->n_roles++] = supporter_insider;
  if (r->sponsor == TRI_YES) roles[r->n_roles++] = supporter_sponsor;
  if (r->coach == TRI_YES) roles[r->n_roles++] = supporter_coach;
  if (k->ability != TRI_YES) missing[r->n_missing++] = supporter_fact_ability;
  if (k->trusted != TRI_YES) missing[r->n_missing++] = supporter_fact_trusted;
  if (k->wants != TRI_YES) missing[r->n_missing++] = supporter_fact_wants_us;
  r->roles = roles;
  r->missing = missing;
  if (r->coach != TRI_YES) return;
  r->ask_service = k->verifies != TRI_YES  ? supporter_fact_verifies
                   : k->reports != TRI_YES ? supporter_fact_reports
                   : k->plans != TRI_YES   ? supporter_fact_plans
                                           : -1;
}

enum err rule_supporter(const struct supporter_input *in, struct arena *a, struct problem *pb, struct supporter_result *ret) {
  (void)pb;
  shape_init(&shape_supporter_result, ret);
  ret->answer.arena = a;
  struct known k = weigh(in, &ret->answer);
  ret->insider = both(k.sees, k.shares);
  ret->insider_worth = both(ret->insider, k.not_public);
  ret->sponsor = both(k.power, k.wants);
  ret->coach = both(both(k.ability, k.trusted), k.wants);
  ret->coach_state =
    coach_state_of(k.ability, k.trusted, k.wants, k.verifies == TRI_YES || k.reports == TRI_YES || k.plans == TRI_YES);
  // Who tells everybody the same helps nobody in particular.
  if (in->public_source == TRI_YES && k.not_public != TRI_YES) {
    ret->coach = TRI_NO;
    ret->coach_state = coach_state_ruled_out;
  }
  insider_steps(&k, ret);
  sponsor_steps(in, &k, ret);
  say_development(ret->coach_state, &ret->answer);
  warn(in, &k, ret);
  list_results(a, &k, ret);
  ask(&k, ret);
  return ERR_OK;
}

RULE_INFO(supporter, 1, T_INIT("Insider, sponsor, coach", "内线、赞助者、教练", "Информатор, спонсор, коуч"), NULL, JSON({
            "power" : {"value" : "yes", "basis" : "seen"},
            "wants_us" : {"value" : "yes", "basis" : "told", "source" : "herself", "on" : "2026-10-02"},
            "trusted" : {"value" : "yes", "basis" : "seen"},
            "ability" : {"value" : "no", "basis" : "told", "on" : "2026-11-03"},
            "deal_since" : "2026-09-01",
            "relative" : "yes"
          }));
