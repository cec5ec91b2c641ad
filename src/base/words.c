// SPDX-License-Identifier: Apache-2.0
#include "base/words.h"

#define VOCAB_STEP "base/vocab/define.inc"
#include "base/vocab/all.def"
#undef VOCAB_STEP

const struct vocab *const vocab_all[] = {
#define VOCAB_STEP "base/vocab/refer.inc"
#include "base/vocab/all.def"
#undef VOCAB_STEP
  NULL,
};

const struct vocab *vocab_find(str name) {
  for (const struct vocab *const *v = vocab_all; *v; v++)
    if (str_eqz(name, (*v)->name)) return *v;
  return NULL;
}

int vocab_index(const struct vocab *v, str word) {
  for (int i = 0; i < v->n; i++)
    if (str_eqz(word, v->words[i].name)) return i;
  return -1;
}

const char *vocab_word(const struct vocab *v, int index) { return index >= 0 && index < v->n ? v->words[index].name : NULL; }

const char *vocab_label(const struct vocab *v, int index, enum lang l) {
  if (index < 0 || index >= v->n) return NULL;
  return v->words[index].label.in[(unsigned)l < LANG_COUNT ? l : LANG_EN];
}

enum { MAX_WORD = 31 };  // columns and URLs stay readable

// Lower case, digits and single underscores inside, a letter first.
static bool lower_snake(const char *z) {
  if (strlen(z) > MAX_WORD || z[0] < 'a' || z[0] > 'z') return false;
  for (const char *p = z; *p; p++) {
    bool letter = (*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9');
    if (!letter && !(*p == '_' && p[1] && p[1] != '_')) return false;
  }
  return true;
}

bool vocab_check(const struct vocab *v, struct buf *out) {
  bool good = lower_snake(v->name) && v->n > 0;
  if (!good) buf_fmt(out, "vocabulary %s: the name is not lower_snake or it has no words\n", v->name);
  for (int i = 0; i < v->n; i++) {
    const struct word *w = &v->words[i];
    if (!lower_snake(w->name)) {
      buf_fmt(out, "%s.%s: not lower_snake\n", v->name, w->name);
      good = false;
    }
    if (vocab_index(v, str_of(w->name)) != i) {
      buf_fmt(out, "%s.%s: twice\n", v->name, w->name);
      good = false;
    }
    for (int l = 0; l < LANG_COUNT; l++) {
      if (w->label.in[l][0]) continue;
      buf_fmt(out, "%s.%s: no label in %s\n", v->name, w->name, lang_tag((enum lang)l));
      good = false;
    }
  }
  return good;
}

bool vocab_selfcheck(struct buf *out) {
  bool good = true;
  for (const struct vocab *const *v = vocab_all; *v; v++) {
    good &= vocab_check(*v, out);
    if (v[1] && strcmp((*v)->name, v[1]->name) >= 0) {
      buf_fmt(out, "vocabulary %s: out of order or twice\n", v[1]->name);
      good = false;
    }
  }
  return good;
}
