// SPDX-License-Identifier: Apache-2.0
#include "rules/stage.h"

#define SHAPE_FILE "rules/stage.def"
#include "base/shape_table.h"

enum sign_role { sign_inside, sign_exit_all, sign_exit_any };
struct sign {
  int marker, stage;
  enum sign_role role;
  int reaches;
  bool fades;
};
static const struct sign signs[] = {
#define SIGN(marker, stage, role, reaches, fades) \
  {marker_##marker, buyer_stage_##stage, sign_##role, buyer_stage_##reaches, fades},
#include "rules/stage_markers.def"
#undef SIGN
};
struct step_back {
  int marker, to, undoes;
};
static const struct step_back steps_back[] = {
#define BACK(marker, to, undoes) {marker_##marker, buyer_stage_##to, buyer_stage_##undoes},
#include "rules/stage_markers.def"
#undef BACK
};
enum { SIGNS = ARRAY_LEN(signs), STAGES = buyer_stage_change_over_time };

// What is known of one sign, once all evidence is weighed.
struct finding {
  int state;                           // marker_state
  const struct stage_evidence *basis;  // evidence that decides
  bool one_voice;
};
struct weighing {
  const struct stage_input *in;
  struct stage_result *ret;
  struct arena *a;
  const struct stage_evidence *refuted[marker_COUNT];  // the latest counter-evidence of each sign, an undated one before all
  const struct stage_evidence *back[ARRAY_LEN(steps_back)];          // the latest dated proof of each step back
  const struct stage_evidence *undated_back[ARRAY_LEN(steps_back)];  // and an undated one
  int *states;                                                       // of each piece of evidence
  struct finding found[SIGNS];
};

// A seen or told fact from a named person at the customer, not merely assumed or asserted.
static bool proves(const struct stage_evidence *e) {
  bool known = e->basis == evidence_basis_seen || e->basis == evidence_basis_told;
  return known && e->source.n && !e->claimed && e->status == evidence_status_confirmed;
}

static bool refutes(const struct stage_evidence *e) {
  bool known = e->basis == evidence_basis_seen || e->basis == evidence_basis_told;
  return known && e->source.n && e->status == evidence_status_contradicted;
}

// Could the support have come before the counter-evidence? Undated counts as yes: we do not know better.
static bool not_after(const struct stage_evidence *support, const struct stage_evidence *against) {
  return support->on == SHAPE_NO_DATE || against->on == SHAPE_NO_DATE || support->on <= against->on;
}

// Latest first, then by bytes, so that the order of the input does not matter.
static bool better(const struct stage_evidence *a, const struct stage_evidence *b) {
  if (!b) return true;
  if (a->on != b->on) return a->on > b->on;
  int c = str_cmp(a->source, b->source);
  return c ? c < 0 : str_cmp(a->ref, b->ref) < 0;
}

static bool contradicted(const struct weighing *w, const struct stage_evidence *e) {
  const struct stage_evidence *against = w->refuted[e->marker];
  return against && not_after(e, against);
}

// The proven step back that undoes a sign reaching `reaches` with this evidence, or NULL.
static const struct stage_evidence *undone_by(const struct weighing *w, const struct stage_evidence *e, int reaches) {
  const struct stage_evidence *best = NULL;
  for (size_t k = 0; k < ARRAY_LEN(steps_back); k++) {
    if (reaches <= steps_back[k].to || reaches > steps_back[k].undoes) continue;
    const struct stage_evidence *back = w->back[k] && not_after(e, w->back[k]) ? w->back[k] : w->undated_back[k];
    if (back && better(back, best)) best = back;
  }
  return best;
}

// One pass over the evidence for what speaks against signs, a second one for the steps back that stand.
static void collect_against(struct weighing *w) {
  for (size_t i = 0; i < w->in->n_evidence; i++) {
    const struct stage_evidence *e = &w->in->evidence[i], **slot = &w->refuted[e->marker];
    if (!refutes(e)) continue;
    bool undated = e->on == SHAPE_NO_DATE, had_undated = *slot && (*slot)->on == SHAPE_NO_DATE;
    if (!*slot || (undated && !had_undated) || (undated == had_undated && better(e, *slot))) *slot = e;
  }
  for (size_t i = 0; i < w->in->n_evidence; i++) {
    const struct stage_evidence *e = &w->in->evidence[i];
    if (!proves(e) || contradicted(w, e)) continue;
    for (size_t k = 0; k < ARRAY_LEN(steps_back); k++) {
      const struct stage_evidence **slot = e->on == SHAPE_NO_DATE ? &w->undated_back[k] : &w->back[k];
      if (steps_back[k].marker == e->marker && better(e, *slot)) *slot = e;
    }
  }
}

static bool faded(const struct stage_input *in, const struct sign *s, const struct stage_evidence *e) {
  if (!s->fades || in->today == SHAPE_NO_DATE || e->on == SHAPE_NO_DATE || in->fade_days <= 0) return false;
  return (int64_t)in->today - e->on > in->fade_days;
}

// States from weakest to strongest; a sign takes the strongest one any of its evidence gives it.
static int rank_of(int state) {
  static const int ranks[marker_state_COUNT] = {
    [marker_state_open] = 0,  [marker_state_contradicted] = 1, [marker_state_withdrawn] = 2,
    [marker_state_faded] = 3, [marker_state_claimed] = 4,      [marker_state_proven] = 5,
  };
  return ranks[state];
}

static int state_of(const struct weighing *w, const struct sign *s, const struct stage_evidence *e) {
  if (e->status == evidence_status_contradicted || contradicted(w, e)) return marker_state_contradicted;
  if (s->reaches > buyer_stage_confirm_need && undone_by(w, e, s->reaches)) return marker_state_withdrawn;
  if (faded(w->in, s, e)) return marker_state_faded;
  return proves(e) ? marker_state_proven : marker_state_claimed;
}

static void find_all(struct weighing *w) {
  const struct sign *sign_of[marker_COUNT] = {NULL};
  w->states = NEW_ARRAY(w->a, w->in->n_evidence + 1, int);
  for (int i = 0; i < SIGNS; i++) {
    sign_of[signs[i].marker] = &signs[i];
    w->found[i] = (struct finding){marker_state_open, NULL, true};
  }
  for (size_t i = 0; i < w->in->n_evidence; i++) {
    const struct stage_evidence *e = &w->in->evidence[i];
    const struct sign *s = sign_of[e->marker];
    if (!s) continue;
    struct finding *f = &w->found[s - signs];
    int state = w->states[i] = state_of(w, s, e), now = rank_of(state), before = rank_of(f->state);
    if (now > before || (now == before && better(e, f->basis))) {
      f->state = state;
      f->basis = e;
    }
  }
  // One voice: every proof of the sign comes from the same friend.
  for (size_t i = 0; i < w->in->n_evidence; i++) {
    const struct stage_evidence *e = &w->in->evidence[i];
    if (!sign_of[e->marker] || w->states[i] != marker_state_proven) continue;
    struct finding *f = &w->found[sign_of[e->marker] - signs];
    if (!e->friendly || !str_eq(e->source, f->basis->source)) f->one_voice = false;
  }
  for (int i = 0; i < SIGNS; i++) w->found[i].one_voice = w->found[i].one_voice && w->found[i].state == marker_state_proven;
}

static const struct finding *finding_of(const struct weighing *w, int marker) {
  for (int i = 0; i < SIGNS; i++)
    if (signs[i].marker == marker) return &w->found[i];
  return NULL;
}

static bool holds(const struct finding *f, bool claims) {
  return f->state == marker_state_proven || (claims && f->state == marker_state_claimed);
}

// Money set aside and a purchase the buyer himself dates: the decision whether to buy has been taken.
static bool approved_by_timing(const struct weighing *w, bool claims) {
  return holds(finding_of(w, marker_timing_known), claims) && holds(finding_of(w, marker_budget_set), claims);
}

static bool ends(const struct weighing *w, int stage, bool claims) {
  bool all = true, any = false, needs_all = false;
  for (int i = 0; i < SIGNS; i++) {
    if (signs[i].stage != stage || signs[i].role == sign_inside) continue;
    bool ok = holds(&w->found[i], claims);
    needs_all = needs_all || signs[i].role == sign_exit_all;
    all = all && ok;
    any = any || ok;
  }
  if (!needs_all) return any;
  return all || approved_by_timing(w, claims);
}

static int reached(const struct weighing *w, bool claims) {
  int stage = buyer_stage_confirm_need;
  for (int s = 0; s < STAGES; s++)
    if (ends(w, s, claims)) stage = s + 1;
  for (int i = 0; i < SIGNS; i++)
    if (signs[i].role == sign_inside && signs[i].reaches > stage && holds(&w->found[i], claims)) stage = signs[i].reaches;
  return stage;
}

// ---- the result --------------------------------------------------------------------------------------------------------

static void list_signs(struct weighing *w) {
  struct stage_part *parts = NEW_ARRAY(w->a, STAGES, struct stage_part);
  for (int s = 0; s < STAGES; s++) {
    struct stage_marker_result *list = NEW_ARRAY(w->a, SIGNS, struct stage_marker_result);
    struct stage_part *p = &parts[s];
    *p = (struct stage_part){.stage = s, .passed = s < w->ret->proven, .markers = list};
    for (int i = 0; i < SIGNS; i++) {
      if (signs[i].stage != s) continue;
      const struct finding *f = &w->found[i];
      struct stage_marker_result *m = &list[p->n_markers++];
      shape_init(&shape_stage_marker_result, m);
      m->marker = signs[i].marker;
      m->state = f->state;
      m->exit = signs[i].role != sign_inside;
      m->one_friendly_voice = f->one_voice;
      if (f->basis) {
        m->basis = f->basis->basis;
        m->source = f->basis->source;
        m->on = f->basis->on;
        m->evidence = f->basis->ref;
      }
      p->total++;
      if (f->state == marker_state_proven) p->proven++;
      if (f->state == marker_state_claimed) p->claimed++;
    }
  }
  w->ret->stages = parts;
  w->ret->n_stages = STAGES;
}

static void list_gaps(struct weighing *w) {
  int *missing = NEW_ARRAY(w->a, SIGNS, int), *blind = NEW_ARRAY(w->a, SIGNS, int);
  struct stage_result *r = w->ret;
  for (int pass = 0; pass < 2; pass++)
    for (int i = 0; i < SIGNS; i++) {
      bool exit = signs[i].role != sign_inside;
      // A complaint is no step of progress: nobody should go and look for one.
      if (exit != (pass == 0) || w->found[i].state == marker_state_proven || signs[i].marker == marker_complaint) continue;
      if (signs[i].stage == r->proven)
        missing[r->n_missing++] = signs[i].marker;
      else if (signs[i].stage < r->proven)
        blind[r->n_blind_spots++] = signs[i].marker;
    }
  r->missing = missing;
  r->blind_spots = blind;
}

static str date_arg(struct arena *a, uday on) {
  AUTO(buf_release) struct buf b = BUF(16);
  if (on == SHAPE_NO_DATE) return S("?");
  date_put(&b, on);
  return arena_str(a, buf_str(&b));
}

static void say_proof(struct weighing *w, int i) {
  const struct finding *f = &w->found[i];
  struct answer *an = &w->ret->answer;
  str marker = word_str(&vocab_marker, signs[i].marker);
  if (f->state == marker_state_proven) {
    because_ref(an, because(an, R_stage_proven_by, 1000, marker, f->basis->source, date_arg(w->a, f->basis->on), STR_NULL),
                f->basis->ref);
    if (f->one_voice) because(an, R_stage_one_friendly_voice, 300, marker, f->basis->source, STR_NULL);
  } else if (f->state == marker_state_claimed && !f->basis->claimed && f->basis->basis == evidence_basis_inferred) {
    because_ref(an, because(an, R_stage_inferred, 200, marker, STR_NULL), f->basis->ref);
  } else if (f->state == marker_state_claimed && !f->basis->claimed && !f->basis->source.n) {
    because_ref(an, because(an, R_stage_nobody_named, 200, marker, STR_NULL), f->basis->ref);
  } else if (f->state == marker_state_claimed) {
    because_ref(an, because(an, R_stage_only_claimed, 200, marker, STR_NULL), f->basis->ref);
  } else if (f->state == marker_state_contradicted) {
    because_ref(an, because(an, R_stage_contradicted, 500, marker, STR_NULL), f->basis->ref);
  } else if (f->state == marker_state_withdrawn) {
    const struct stage_evidence *back = undone_by(w, f->basis, signs[i].reaches);
    w->ret->fell_back = true;
    because_ref(
      an, because(an, R_stage_fell_back, 1000, marker, word_str(&vocab_marker, back->marker), date_arg(w->a, back->on), STR_NULL),
      back->ref);
  }
}

static void explain(struct weighing *w) {
  struct stage_result *r = w->ret;
  struct answer *an = &r->answer;
  // Exit signs that decide come first, then the others that say something.
  for (int pass = 0; pass < 2; pass++)
    for (int i = 0; i < SIGNS; i++) {
      bool decides = signs[i].reaches > buyer_stage_confirm_need;
      if (decides == (pass == 0) && (decides || w->found[i].state != marker_state_proven)) say_proof(w, i);
    }
  if (r->proven > buyer_stage_confirm_need && finding_of(w, marker_project_approved)->state != marker_state_proven &&
      approved_by_timing(w, false))
    because(an, R_stage_approved_by_timing, 500, STR_NULL);
  if (r->proven == buyer_stage_confirm_need) because(an, R_stage_need_open, 500, STR_NULL);
  if (r->claimed > r->proven)
    because(an, R_stage_claim_ahead, 400, word_str(&vocab_buyer_stage, r->claimed), word_str(&vocab_buyer_stage, r->proven),
            STR_NULL);
  if (r->n_blind_spots) because(an, R_stage_blind_spots, 200, int_str(w->a, (int64_t)r->n_blind_spots), STR_NULL);
  if (r->proven == STAGES) return;
  str next = word_str(&vocab_buyer_stage, r->proven + 1);
  for (size_t i = 0; i < r->n_missing; i++)
    for (int k = 0; k < SIGNS; k++)
      if (signs[k].marker == r->missing[i] && signs[k].role != sign_inside) {
        str marker = word_str(&vocab_marker, signs[k].marker);
        because(an, R_stage_next_sign, 0, marker, next, STR_NULL);
        unknown_add(an, arena_fmt(w->a, "%.*s: %.*s", STR_ARG(marker), STR_ARG(next)), "/evidence/-");
      }
}

enum err rule_stage(const struct stage_input *in, struct arena *a, struct problem *pb, struct stage_result *ret) {
  (void)pb;
  struct weighing w = {.in = in, .ret = ret, .a = a};
  shape_init(&shape_stage_result, ret);
  ret->answer.arena = a;
  collect_against(&w);
  find_all(&w);
  ret->proven = reached(&w, false);
  ret->claimed = reached(&w, true);
  if (in->claimed > ret->claimed) ret->claimed = in->claimed;
  if (ret->claimed < ret->proven) ret->claimed = ret->proven;
  list_signs(&w);
  list_gaps(&w);
  explain(&w);
  return ERR_OK;
}

static void tables(struct buf *b) {
  buf_putz(b, "### Signs\n\n| sign | stage | role | its proof puts the buyer in | fades |\n|---|---|---|---|---|\n");
  for (int i = 0; i < SIGNS; i++)
    buf_fmt(b, "| %s | %s | %s | %s | %s |\n", vocab_word(&vocab_marker, signs[i].marker),
            vocab_word(&vocab_buyer_stage, signs[i].stage),
            signs[i].role == sign_inside     ? "inside"
            : signs[i].role == sign_exit_all ? "exit, all needed"
                                             : "exit, one is enough",
            signs[i].reaches > buyer_stage_confirm_need ? vocab_word(&vocab_buyer_stage, signs[i].reaches) : "-",
            signs[i].fades ? "yes" : "no");
  buf_putz(b, "\n### Steps back\n\n| sign | back to | undoes proofs up to |\n|---|---|---|\n");
  for (size_t i = 0; i < ARRAY_LEN(steps_back); i++)
    buf_fmt(b, "| %s | %s | %s |\n", vocab_word(&vocab_marker, steps_back[i].marker),
            vocab_word(&vocab_buyer_stage, steps_back[i].to), vocab_word(&vocab_buyer_stage, steps_back[i].undoes));
}

RULE_INFO(stage, 1, T_INIT("The buyer's stage, from evidence", "依据证据判断买方阶段", "Этап покупателя по доказательствам"),
          tables, JSON({
            "evidence" : [
              {"marker" : "budget_set", "basis" : "told", "source" : "Director Sokolova", "on" : "2026-09-02"},
              {"marker" : "timing_known", "basis" : "told", "source" : "Director Sokolova", "on" : "2026-09-02"},
              {"marker" : "criteria_discussed", "basis" : "inferred", "on" : "2026-10-01"}
            ],
            "claimed" : "resolve_concerns",
            "today" : "2026-11-22"
          }));
