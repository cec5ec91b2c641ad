// SPDX-License-Identifier: Apache-2.0
#include "rules/parity.h"

#define SHAPE_FILE "rules/parity.def"
#include "base/shape_table.h"

enum { FEW = 5, TIMES = 3 };

static int64_t weight_of(const struct parity_side *s) { return s->warmed + s->reached + s->qualified + 2 * s->won; }

static enum err check(const struct parity_side *s, const char *side, struct arena *a, struct problem *pb) {
  const int64_t counts[] = {s->reached, s->qualified, s->won};
  static const char *const names[] = {"reached", "qualified", "won"};
  int64_t most = s->warmed;
  for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
    if (counts[i] > most)
      return problem_field(pb, arena_fmt(a, "/%s/%s", side, names[i]), P_OUT_OF_RANGE, S("0"), int_str(a, most));
    most = counts[i];
  }
  return ERR_OK;
}

// What the receiver could not handle; unknown capacity is no overload, and is asked for.
static int64_t overflow_of(const struct parity_side *from, const struct parity_side *to, const char *side, struct answer *an) {
  if (to->capacity == SHAPE_NO_INT) {
    unknown_add(an, S("overload"), "/%s/capacity", side);
    return 0;
  }
  return from->warmed > to->capacity ? from->warmed - to->capacity : 0;
}

enum err rule_parity(const struct parity_input *in, struct arena *a, struct problem *pb, struct parity_result *ret) {
  TRY(check(in->us, "us", a, pb));
  TRY(check(in->them, "them", a, pb));
  shape_init(&shape_parity_result, ret);
  struct answer *an = &ret->answer;
  an->arena = a;
  ret->weight_us = weight_of(in->us);
  ret->weight_them = weight_of(in->them);
  int64_t over_us = overflow_of(in->them, in->us, "us", an), over_them = overflow_of(in->us, in->them, "them", an);
  bool us_over = over_us >= over_them;
  ret->overflow = us_over ? over_us : over_them;
  bool few = in->us->warmed + in->them->warmed < FEW;
  int64_t more = ret->weight_us > ret->weight_them ? ret->weight_us : ret->weight_them;
  int64_t less = ret->weight_us > ret->weight_them ? ret->weight_them : ret->weight_us;
  if (ret->weight_us != ret->weight_them) ret->owes = ret->weight_us > ret->weight_them ? in->them->company : in->us->company;
  if (ret->overflow) {
    // Who drowns is not in debt for it: the rest goes on by rule, not by reproach.
    ret->state = parity_state_overload;
    ret->overloaded = us_over ? in->us->company : in->them->company;
    because(an, R_parity_overload, 1000, ret->overloaded, int_str(a, ret->overflow), STR_NULL);
  } else if (few) {
    ret->state = parity_state_too_few;
    because(an, R_parity_few, 1000, STR_NULL);
  } else if (more >= TIMES * (less ? less : 1)) {
    ret->state = parity_state_lopsided;
    because(an, R_parity_lopsided, 1000, ret->owes, STR_NULL);
  } else {
    ret->state = parity_state_balanced;
    because(an, R_parity_balanced, 1000, STR_NULL);
  }
  because(an, R_parity_weights, 300, int_str(a, in->us->warmed), int_str(a, ret->weight_us), int_str(a, in->them->warmed),
          int_str(a, ret->weight_them), STR_NULL);
  if (in->us->cold + in->them->cold > 0) because(an, R_parity_cold, 100, int_str(a, in->us->cold + in->them->cold), STR_NULL);
  return ERR_OK;
}

RULE_INFO(parity, 1, T_INIT("Do leads flow both ways?", "线索是否双向流动？", "Идут ли лиды в обе стороны?"), NULL, JSON({
            "us" : {"company" : "company_a", "warmed" : 100, "reached" : 40, "qualified" : 20, "won" : 8},
            "them" : {"company" : "company_b", "warmed" : 10, "reached" : 9, "qualified" : 6, "won" : 3, "capacity" : 30}
          }));
