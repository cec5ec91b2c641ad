// SPDX-License-Identifier: Apache-2.0
// Words of enumerations: src/base/vocab/NAME.def, each line WORD(name, "English", "中文", "Русский"). Model and rules use the same.
// The list of vocabularies is src/base/vocab/all.def. From it come `enum NAME { NAME_word, ... NAME_COUNT }` and the table
// `vocab_NAME` of words and labels, in the same order. (`lang` has no enum of that name: err.h has LANG_EN ..., same order.)
// Add a word at the end of its file; the database stores words, never numbers. Threading: constants.
// Example: int i = vocab_index(&vocab_lead_state, word); if (i == lead_state_pending) ... vocab_word(&vocab_lead_state, i)
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
extern const struct vocab *const vocab_all[];                            // by name, NULL-terminated
const struct vocab *vocab_find(str name);                                // NULL: no such vocabulary
int vocab_index(const struct vocab *v, str word);                        // -1: not a word of it
const char *vocab_word(const struct vocab *v, int index);                // NULL: out of range
const char *vocab_label(const struct vocab *v, int index, enum lang l);  // NULL: out of range
// The promises the files make: names and words lower_snake, at most 31 bytes and unique, every label there, vocabularies in
// order. Problems go to `out`, one a line; true: none.
bool vocab_selfcheck(struct buf *out);
bool vocab_check(const struct vocab *v, struct buf *out);  // the same of one vocabulary

#define VOCAB_NAME2(a, b) VOCAB_NAME2_(a, b)
#define VOCAB_NAME2_(a, b) a##_##b
#define VOCAB_QUOTE(x) VOCAB_QUOTE_(x)
#define VOCAB_QUOTE_(x) #x
// The path is text, blanks would be part of it. (The formatter knows its guard only without a reason beside it.)
// clang-format off
#define VOCAB_FILE VOCAB_QUOTE(base/vocab/VOCAB.def)
// clang-format on
#define VOCAB_STEP "base/vocab/declare.inc"
#include "base/vocab/all.def"
#undef VOCAB_STEP
#endif
