// SPDX-License-Identifier: Apache-2.0
// Words of enumerations: src/base/vocab/NAME.def, each line WORD(name, "English", "中文", "Русский"). Model and rules use the same.
// The list of vocabularies is src/base/vocab/all.def: VOCAB(name). From it come `enum name { name_word, ... name_COUNT }`
// and a table of words and labels. Add a word at the end of its file; the database stores words, never numbers.
#ifndef ENTENTE_BASE_WORDS_H
#define ENTENTE_BASE_WORDS_H
#include "base/err.h"
struct word {
  const char *name;
  struct text label;
};
struct vocab {
  const char *name;
  const struct word *words;
  int n;
};
extern const struct vocab *const vocab_all[];  // NULL-terminated
const struct vocab *vocab_find(str name);
int vocab_index(const struct vocab *v, str word);  // -1: not a word of it
#define VOCAB(name) extern const struct vocab vocab_##name;
#include "base/vocab/all.def"
#undef VOCAB
#endif
