// SPDX-License-Identifier: Apache-2.0
#include "rules/action.h"

#define SHAPE_FILE "rules/action.def"
#include "base/shape_table.h"

struct row {
  int action;
  const char *cells[deal_position_COUNT];
};
static const struct row rows[] = {
#define ROW(action, ...) {seller_action_##action, {__VA_ARGS__}},
#include "rules/action_matrix.def"
#undef ROW
};
_Static_assert(ARRAY_LEN(rows) == seller_action_COUNT, "a row for every action");

static const char harm_letters[] = "ckpdrtlm";  // in the order of vocab action_harm
_Static_assert(sizeof harm_letters - 1 == action_harm_COUNT, "a letter for every harm");

struct cell {
  int verdict;
  bool article, first, option;
  int note;
  unsigned harms;
};

static struct cell read_cell(const char *text) {
  struct cell c = {.verdict = action_verdict_indifferent};
  for (const char *p = text; *p; p++) {
    const char *harm = strchr(harm_letters, *p);
    if (*p == 'R' || *p == 'O') c.verdict = action_verdict_right;
    if (*p == 'O') c.option = true;
    if (*p == 'E') c.verdict = action_verdict_early;
    if (*p == 'L') c.verdict = action_verdict_late;
    if (*p == 'H') c.verdict = action_verdict_harmful;
    if (*p == '*') c.article = true;
    if (*p == '!') c.first = true;
    if (*p >= '1' && *p <= '6') c.note = *p - '0';
    if (harm) c.harms |= 1u << (harm - harm_letters);
  }
  return c;
}

static const struct row *row_of(int action) {
  for (size_t i = 0; i < ARRAY_LEN(rows); i++)
    if (rows[i].action == action) return &rows[i];
  return NULL;
}

// The notes of the table: conditions that change a cell.
static void apply_note(struct cell *c, const struct action_input *in, int action) {
  switch (c->note) {
  case 1:  // right only as a small proof of a stated problem, with the people mapped
    if (in->problem_stated == TRI_YES && in->people_mapped == TRI_YES)
      *c = (struct cell){.verdict = action_verdict_right, .note = 1};
    break;
  case 2:  // only as one of the three options
    if (in->as_option == TRI_YES) c->verdict = action_verdict_right;
    break;
  case 4:  // if formally asked
    if (in->formally_asked == TRI_YES) c->verdict = action_verdict_right;
    break;
  case 6:  // after honest tries
    if (in->honest_tries == SHAPE_NO_INT || in->honest_tries < 1) c->verdict = action_verdict_early;
    break;
  default: break;
  }
  // An executive's visit without a reason spends what cannot be spent twice.
  if (action == seller_action_executives_visit && in->reason_given == TRI_NO && c->verdict == action_verdict_right)
    c->verdict = action_verdict_early;
}

// From the least favourable: what is not known is judged as if it were against us.
static int favour(int verdict) {
  static const int order[action_verdict_COUNT] = {[action_verdict_harmful] = 0,
                                                  [action_verdict_late] = 1,
                                                  [action_verdict_early] = 2,
                                                  [action_verdict_indifferent] = 3,
                                                  [action_verdict_right] = 4};
  return order[verdict];
}

static struct cell judged(const struct action_input *in, int action, int position) {
  struct cell c = read_cell(row_of(action)->cells[position]);
  apply_note(&c, in, action);
  return c;
}

// ---- position ----------------------------------------------------------------------------------------------------------

#define AT(p) (1u << deal_position_##p)

static unsigned evaluating(const struct action_input *in) {
  if (in->criteria_state == criteria_state_none || in->criteria_state == criteria_state_forming) return AT(criteria_open);
  unsigned rival = in->meeting_refused == TRI_YES  ? AT(shut_out)
                   : in->meeting_refused == TRI_NO ? AT(criteria_rival)
                                                   : AT(criteria_rival) | AT(shut_out);
  // First heard by the tender letter: a rival's criteria until shown otherwise. The buyer's own, set without us, are no better.
  bool against =
    in->leaning == leaning_rival || in->leaning == leaning_own || (in->leaning < 0 && in->first_heard_by_tender == TRI_YES);
  unsigned open = in->criteria_state < 0 && in->first_heard_by_tender != TRI_YES ? AT(criteria_open) : 0;
  if (in->leaning == leaning_us) return open | AT(criteria_ours);
  if (against) return open | rival;
  return open | AT(criteria_ours) | rival;
}

static unsigned positions(const struct action_input *in) {
  switch (in->stage) {
  case buyer_stage_confirm_need:
    return in->need_felt == TRI_YES  ? AT(need_felt)
           : in->need_felt == TRI_NO ? AT(need_not_felt)
                                     : AT(need_felt) | AT(need_not_felt);
  case buyer_stage_evaluate_options: return evaluating(in);
  case buyer_stage_resolve_concerns:
    return in->chosen == TRI_YES ? AT(chosen) : in->chosen == TRI_NO ? AT(not_chosen) : AT(chosen) | AT(not_chosen);
  case buyer_stage_implement:
    return in->health == delivery_health_well      ? AT(running_well)
           : in->health == delivery_health_trouble ? AT(in_trouble)
                                                   : AT(running_well) | AT(in_trouble);
  default: return in->health == delivery_health_trouble ? AT(in_trouble) : AT(running_well);
  }
}

static struct cell worst(const struct action_input *in, int action, unsigned set, int *ret_position) {
  struct cell best = {.verdict = -1};
  for (int p = 0; p < deal_position_COUNT; p++) {
    if (!(set & 1u << p)) continue;
    struct cell c = judged(in, action, p);
    if (best.verdict >= 0 && favour(c.verdict) >= favour(best.verdict)) continue;
    best = c;
    *ret_position = p;
  }
  return best;
}

// Inputs that would narrow the position, and the verdict they could lead to.
static void ask(const struct action_input *in, struct action_result *r, unsigned set, int verdict) {
  int could = verdict;
  for (int p = 0; p < deal_position_COUNT; p++)
    if (set & 1u << p && in->action >= 0 && judged(in, in->action, p).verdict != verdict)
      could = judged(in, in->action, p).verdict;
  if (!(set & (set - 1)) || (in->action >= 0 && could == verdict)) return;
  str to = in->action >= 0 ? word_str(&vocab_action_verdict, could) : S("position");
  if (in->stage == buyer_stage_confirm_need) unknown_add(&r->answer, to, "/need_felt");
  if (in->stage == buyer_stage_resolve_concerns) unknown_add(&r->answer, to, "/chosen");
  if (in->stage == buyer_stage_implement) unknown_add(&r->answer, to, "/health");
  if (in->stage != buyer_stage_evaluate_options) return;
  if (in->criteria_state < 0) unknown_add(&r->answer, to, "/criteria_state");
  if (in->leaning < 0) unknown_add(&r->answer, to, "/leaning");
  if (in->meeting_refused == TRI_UNKNOWN && set & AT(shut_out)) unknown_add(&r->answer, to, "/meeting_refused");
}

// ---- the result --------------------------------------------------------------------------------------------------------

static const int *harm_words(struct arena *a, unsigned harms, size_t *n) {
  int *out = NEW_ARRAY(a, action_harm_COUNT, int);
  *n = 0;
  for (int i = 0; i < action_harm_COUNT; i++)
    if (harms & 1u << i) out[(*n)++] = i;
  return out;
}

static int rank_of(const struct cell *c) { return c->first ? 0 : c->option ? 3 : c->article ? 1 : 2; }

static void list_all(const struct action_input *in, struct arena *a, unsigned set, struct action_result *r) {
  struct action_judged *lists[action_verdict_COUNT];
  size_t n[action_verdict_COUNT] = {0};
  int *instead = NEW_ARRAY(a, seller_action_COUNT, int);
  for (int v = 0; v < action_verdict_COUNT; v++) lists[v] = NEW_ARRAY(a, seller_action_COUNT, struct action_judged);
  for (int rank = 0; rank < 4; rank++)
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
      int position = 0;
      struct cell c = worst(in, rows[i].action, set, &position);
      if (rank_of(&c) != rank) continue;
      struct action_judged *j = &lists[c.verdict][n[c.verdict]++];
      j->action = rows[i].action;
      j->verdict = c.verdict;
      j->first = c.first;
      j->harms = harm_words(a, c.harms, &j->n_harms);
      if (c.verdict == action_verdict_right && rank < 2 && rows[i].action != in->action) instead[r->n_instead++] = rows[i].action;
    }
  r->right = lists[action_verdict_right];
  r->n_right = n[action_verdict_right];
  r->early = lists[action_verdict_early];
  r->n_early = n[action_verdict_early];
  r->late = lists[action_verdict_late];
  r->n_late = n[action_verdict_late];
  r->harmful = lists[action_verdict_harmful];
  r->n_harmful = n[action_verdict_harmful];
  r->instead = instead;
}

static void say_note(const struct cell *c, struct answer *an) {
  static const enum reason_code codes[] = {R_action_note_small_proof, R_action_note_option, R_action_note_teach,
                                           R_action_note_asked,       R_action_note_argue,  R_action_note_tries};
  if (c->note) because(an, codes[c->note - 1], 200, STR_NULL);
  if (c->option) because(an, R_action_option, 300, STR_NULL);
  if (c->first) because(an, R_action_first, 300, STR_NULL);
}

static void judge_one(const struct action_input *in, struct arena *a, unsigned set, struct action_result *r) {
  static const enum reason_code codes[action_verdict_COUNT] = {[action_verdict_right] = R_action_right,
                                                               [action_verdict_early] = R_action_early,
                                                               [action_verdict_late] = R_action_late,
                                                               [action_verdict_harmful] = R_action_harmful,
                                                               [action_verdict_indifferent] = R_action_indifferent};
  int position = 0;
  struct cell c = worst(in, in->action, set, &position);
  r->verdict = c.verdict;
  r->position = position;
  r->harms = harm_words(a, c.harms, &r->n_harms);
  because(&r->answer, codes[c.verdict], 1000, word_str(&vocab_seller_action, in->action),
          word_str(&vocab_deal_position, position), STR_NULL);
  for (size_t i = 0; i < r->n_harms; i++)
    because(&r->answer, R_action_harm, 300, word_str(&vocab_action_harm, r->harms[i]), STR_NULL);
  say_note(&c, &r->answer);
  if (in->action == seller_action_executives_visit && in->reason_given != TRI_YES) {
    because(&r->answer, R_action_executive_reason, 300, STR_NULL);
    if (in->reason_given == TRI_UNKNOWN) unknown_add(&r->answer, S("early"), "/reason_given");
  }
}

enum err rule_action(const struct action_input *in, struct arena *a, struct problem *pb, struct action_result *ret) {
  (void)pb;
  shape_init(&shape_action_result, ret);
  ret->answer.arena = a;
  unsigned set = positions(in);
  for (int p = deal_position_COUNT; p-- > 0;)
    if (set & 1u << p) ret->position = p;
  if (in->first_heard_by_tender == TRI_YES && in->leaning < 0 && in->stage == buyer_stage_evaluate_options)
    because(&ret->answer, R_action_tender_letter, 200, STR_NULL);
  if (in->action >= 0) judge_one(in, a, set, ret);
  list_all(in, a, set, ret);
  if (in->action < 0) because(&ret->answer, R_action_position, 1000, word_str(&vocab_deal_position, ret->position), STR_NULL);
  ask(in, ret, set, ret->verdict);
  return ERR_OK;
}

static void tables(struct buf *b) {
  buf_putz(b, "### Matrix\n\n| action |");
  for (int p = 0; p < deal_position_COUNT; p++) buf_fmt(b, " %s |", vocab_word(&vocab_deal_position, p));
  buf_putz(b, "\n|---|");
  for (int p = 0; p < deal_position_COUNT; p++) buf_putz(b, "---|");
  buf_putc(b, '\n');
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    buf_fmt(b, "| %s |", vocab_word(&vocab_seller_action, rows[i].action));
    for (int p = 0; p < deal_position_COUNT; p++) buf_fmt(b, " %s |", rows[i].cells[p]);
    buf_putc(b, '\n');
  }
}

RULE_INFO(action, 1, T_INIT("Right action, right moment", "合适的行动，合适的时机", "Верное действие в верное время"), tables,
          JSON({"stage" : "resolve_concerns", "chosen" : "yes", "action" : "pressure_close"}));
