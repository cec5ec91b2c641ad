// SPDX-License-Identifier: Apache-2.0
#include "base/err.h"

#include "base/words.h"

#include <pthread.h>

enum { MAX_FIELD_ERRORS = 50 };  // past this a form is not being corrected but generated

static const struct {
  const char *name;
  int status;
  enum err err;
  struct text text;
} problems[P_COUNT] = {
  [P_NONE] = {"NONE", 200, ERR_OK, T_INIT("", "", "")},
#define X(NAME, http, e, en, zh, ru) [P_##NAME] = {#NAME, http, e, T_INIT(en, zh, ru)},
#include "base/problems.def"
#undef X
};

static char lower_names[P_COUNT][32];

#define X(NAME, http, e, en, zh, ru) _Static_assert(sizeof #NAME <= sizeof lower_names[0], "name too long: " #NAME);
#include "base/problems.def"
#undef X

static void fill_lower_names(void) {
  for (int c = 0; c < P_COUNT; c++)
    for (int i = 0; problems[c].name[i]; i++) {
      char u = problems[c].name[i];
      lower_names[c][i] = u >= 'A' && u <= 'Z' ? (char)(u - 'A' + 'a') : u;
    }
}

enum lang lang_of(str tag) {
  if (tag.n >= 2 && (tag.n == 2 || tag.p[2] == '-' || tag.p[2] == '_')) {
    char a = (char)(tag.p[0] | 0x20), b = (char)(tag.p[1] | 0x20);
    if (a == 'z' && b == 'h') return LANG_ZH;
    if (a == 'r' && b == 'u') return LANG_RU;
  }
  return LANG_EN;
}

const char *lang_tag(enum lang l) {
  static const char *const tags[LANG_COUNT] = {"en", "zh", "ru"};
  return (unsigned)l < LANG_COUNT ? tags[l] : tags[LANG_EN];
}

static enum problem_code known(enum problem_code c) { return (unsigned)c < P_COUNT ? c : P_INTERNAL; }

const char *problem_name(enum problem_code c) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, fill_lower_names);
  return lower_names[known(c)];
}

int problem_status(enum problem_code c) { return problems[known(c)].status; }

enum err problem_err(enum problem_code c) { return problems[known(c)].err; }

static const struct text phrases[] = {
#define X(en, zh, ru) T_INIT(en, zh, ru),
#include "base/phrases.def"
#undef X
};
static const struct vocab *const states[] = {&vocab_agreement_state, &vocab_deal_outcome, &vocab_import_state, &vocab_lead_state,
                                             &vocab_statement_state};

// A word of ours in the reader's language; any other text as it is.
static str translated(str word, enum lang l) {
  for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++)
    if (str_eq(word, str_of(phrases[i].in[LANG_EN]))) return str_of(phrases[i].in[l]);
  for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
    int w = vocab_index(states[i], word);
    if (w >= 0) return str_of(vocab_label(states[i], w, l));
  }
  return word;
}

void problem_text(struct buf *b, enum problem_code c, const str args[2], enum lang l) {
  if ((unsigned)l >= LANG_COUNT) l = LANG_EN;
  for (const char *p = problems[known(c)].text.in[l]; *p; p++) {
    bool ours = p[0] == '{' && p[1] == '=';
    const char *digit = p + 1 + ours;
    if (p[0] == '{' && (*digit == '1' || *digit == '2') && digit[1] == '}') {
      str arg = args ? args[*digit - '1'] : STR_NULL;
      buf_put(b, ours ? translated(arg, l) : arg);
      p = digit + 1;
    } else {
      buf_putc(b, *p);
    }
  }
}

// Without an arena an argument cannot outlive the caller: it is dropped rather than left dangling.
static str keep(const struct problem *pb, str arg) { return pb->arena ? arena_str(pb->arena, arg) : STR_NULL; }

enum err problem_set(struct problem *pb, enum problem_code c, str a1, str a2) {
  if (pb && pb->code == P_NONE) {
    pb->code = c;
    pb->args[0] = keep(pb, a1);
    pb->args[1] = keep(pb, a2);
  }
  return problem_err(c);
}

enum err problem_field(struct problem *pb, str pointer, enum problem_code c, str a1, str a2) {
  if (!pb) return ERR_INVALID;
  if (pb->code == P_NONE) pb->code = P_INVALID_FIELDS;
  if (!pb->arena || pb->nfields >= MAX_FIELD_ERRORS) return ERR_INVALID;
  struct problem_field_error *e = NEW(pb->arena, struct problem_field_error);
  e->pointer = keep(pb, pointer);
  e->code = c;
  e->args[0] = keep(pb, a1);
  e->args[1] = keep(pb, a2);
  if (!pb->tail) pb->tail = &pb->fields;
  *pb->tail = e;
  pb->tail = &e->next;
  pb->nfields++;
  return ERR_INVALID;
}
