// SPDX-License-Identifier: Apache-2.0
// The life of a thing as a table: in a state an event leads to the next state, for those who may and when its needs are met.
// The table is the rule: what it does not list is refused. Rules `lead` and `registration` each have one. Threading: pure.
#ifndef ENTENTE_RULES_STEPS_H
#define ENTENTE_RULES_STEPS_H
#include "rules/rule.h"
struct step {
  int state, event;  // state -1: before the first
  unsigned actors;   // bit k: actor k may
  int to;            // beyond the vocabulary of states: the rule decides
  unsigned needs;    // bit k: need k must be met
};
struct steps {
  const struct step *step;
  size_t n;
  const struct vocab *state, *event, *actor, *need;
  const char *before, *decided;  // what the page says for state -1, and for a state the rule decides
};
const struct step *step_find(const struct steps *s, int state, int event);  // NULL: no such step
const int *step_words(struct arena *a, unsigned set, const struct vocab *v, size_t *ret_n);
const str *step_fields(struct arena *a, const char *names, size_t *ret_n);  // names with a blank between, at most 32
void steps_table(const struct steps *s, struct buf *b);                     // the table as the rule's page shows it
#endif
