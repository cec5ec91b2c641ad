// SPDX-License-Identifier: Apache-2.0
#include "rules/steps.h"

enum { FIELDS_MAX = 32 };

const struct step *step_find(const struct steps *s, int state, int event) {
  for (size_t i = 0; i < s->n; i++)
    if (s->step[i].state == state && s->step[i].event == event) return &s->step[i];
  return NULL;
}

const int *step_words(struct arena *a, unsigned set, const struct vocab *v, size_t *ret_n) {
  int *out = NEW_ARRAY(a, v->n, int);
  *ret_n = 0;
  for (int i = 0; i < v->n; i++)
    if (set & 1u << i) out[(*ret_n)++] = i;
  return out;
}

const str *step_fields(struct arena *a, const char *names, size_t *ret_n) {
  str rest = str_of(names), one;
  str *out = NEW_ARRAY(a, FIELDS_MAX, str);
  *ret_n = 0;
  while (rest.n && *ret_n < FIELDS_MAX && str_next(&rest, ' ', &one)) out[(*ret_n)++] = one;
  return out;
}

static void put_words(struct buf *b, unsigned set, const struct vocab *v) {
  const char *sep = "";
  for (int k = 0; k < v->n; k++)
    if (set & 1u << k) {
      buf_fmt(b, "%s%s", sep, v->words[k].name);
      sep = ", ";
    }
}

void steps_table(const struct steps *s, struct buf *b) {
  buf_putz(b, "### Steps\n\n| in state | event | who may | needs | then |\n|---|---|---|---|---|\n");
  for (const struct step *t = s->step; t < s->step + s->n; t++) {
    buf_fmt(b, "| %s | %s | ", t->state < 0 ? s->before : vocab_word(s->state, t->state), vocab_word(s->event, t->event));
    put_words(b, t->actors, s->actor);
    buf_putz(b, " | ");
    put_words(b, t->needs, s->need);
    buf_fmt(b, " | %s |\n", t->to >= s->state->n ? s->decided : vocab_word(s->state, t->to));
  }
}
