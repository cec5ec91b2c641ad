// SPDX-License-Identifier: Apache-2.0
// The rules of selling: pure functions over plain structs. No I/O, no SQL, no clock, no globals; time and seed are arguments; same input,
// same output. Each rule has a page in docs/rules/, an input and a result shape (NAME.def), and an entry in rule_all.
//
// Every rule_NAME(in, a, pb, ret): `in` is borrowed, `a` owns whatever the result points to, `pb` (may be NULL) gets field errors with
// pointers into the input when the input contradicts itself (ERR_INVALID) or a computation leaves its exact range (ERR_LIMIT).
// Example:
//   struct stage_input in; shape_init(&shape_stage_input, &in); in.evidence = ...; in.n_evidence = 3;
//   struct stage_result r; TRY(rule_stage(&in, arena, pb, &r));
//   if (r.proven == buyer_stage_evaluate_options) ...; reason_text(&buf, &r.answer.because[0], LANG_EN);
#ifndef ENTENTE_RULES_RULE_H
#define ENTENTE_RULES_RULE_H
#include "base/calendar.h"
#include "base/shape.h"

typedef enum err rule_fn(const void *in, struct arena *a, struct problem *pb, void *ret);
struct rule {
  const char *name;
  int version;  // rises when the same input may answer differently
  struct text title;
  const struct shape *input, *output;
  rule_fn *run;
  const char *example;            // JSON of an input that works
  const char *docs;               // path of its page
  void (*tables)(struct buf *b);  // Markdown drawn from the rule's own tables, or NULL
};
extern const struct rule *const rule_all[];  // NULL-terminated, by name
// Defines rule_info_NAME in the rule's own file: RULE_INFO(stage, 1, T_INIT(...), "stage", tables, JSON({...})).
#define RULE_INFO(name_, version_, title_, tables_, example_)                                   \
  static enum err run_##name_(const void *in, struct arena *a, struct problem *pb, void *ret) { \
    return rule_##name_(in, a, pb, ret);                                                        \
  }                                                                                             \
  extern const struct rule rule_info_##name_;                                                   \
  const struct rule rule_info_##name_ = {#name_,                                                \
                                         version_,                                              \
                                         title_,                                                \
                                         &shape_##name_##_input,                                \
                                         &shape_##name_##_result,                               \
                                         run_##name_,                                           \
                                         example_,                                              \
                                         "docs/rules/" #name_ ".md",                            \
                                         tables_}
#define JSON(...) #__VA_ARGS__
const struct rule *rule_find(str name);

// Decodes the input, runs the rule and writes {"rule","version","result","because","unknown"}. texts: language of reason texts, -1 none.
MUST_USE enum err rule_answer(const struct rule *r, str input, int texts, struct arena *a, struct problem *pb, struct buf *out);
// One JSON document with "input" and "output" schemas.
void rule_schema(const struct rule *r, struct buf *out);
void rule_doc(const struct rule *r, struct buf *out);

// Reasons: rules/reasons.def, X(code, "en", "zh", "ru").
enum reason_code {
#define X(code, en, zh, ru) R_##code,
#include "rules/reasons.def"
#undef X
  REASON_COUNT
};
extern const struct reason_def reason_defs[REASON_COUNT];

// Adds a reason with up to REASON_ARGS arguments, the last one STR_NULL: because(&ret->answer, R_x, 500, S("a"), STR_NULL). Returns it, for refs.
struct reason *because(struct answer *an, enum reason_code code, int weight, ...);
void because_ref(struct answer *an, struct reason *r, str ref);
void unknown_add(struct answer *an, str could_change_to, const char *pointer_fmt, ...) __attribute__((format(printf, 3, 4)));
str word_str(const struct vocab *v, int word);  // STR_NULL for -1
str int_str(struct arena *a, int64_t v);
str money_str(struct arena *a, money m);  // "1234.50 EUR"
str ratio_str(struct arena *a, ratio r);

// The calendar of an input; NULL gives the default. ERR_INVALID when it contradicts itself (pointer names it).
struct calendar_in;
MUST_USE enum err rule_calendar(const struct calendar_in *in, const char *pointer, struct arena *a, struct problem *pb,
                                struct calendar *ret);
#define SHAPE_FILE "rules/common.def"
#include "base/shape_struct.h"
#endif
