// SPDX-License-Identifier: Apache-2.0
// Shapes: a rule's input or result, declared once as a field list, from which come the C struct, the strict JSON decoder, the JSON
// encoder, the JSON Schema (2020-12) and the table in docs. Nobody writes a decoder by hand.
//
// A shape file (rules/NAME.def) holds blocks, sub-shapes first:
//   #define SELF stage_evidence
//   SHAPE("One recorded fact about one marker")
//   WORD(marker, marker, .help = "which marker", .flags = SHAPE_REQ, .from = "evidence.marker")
//   TEXT(source, .max = 200, .help = "the person at the customer who said it")
//   END
//   #undef SELF
// Structs:  #define SHAPE_FILE "rules/stage.def"   then  #include "base/shape_struct.h"   (in the rule's header)
// Tables:   #define SHAPE_FILE "rules/stage.def"   then  #include "base/shape_table.h"    (in exactly one .c file)
//
// Absent = unknown. In C: text .p NULL, integer SHAPE_NO_INT, word -1, tri TRI_UNKNOWN, money without currency, ratio den 0, date
// SHAPE_NO_DATE, time SHAPE_NO_TIME, real NaN, fact value TRI_UNKNOWN, list n_NAME 0, object NULL, bool false. Who fills a struct in C calls
// shape_init first, which also sets the declared defaults.
// Ownership: decoded text points into memory of the arena; the parsed tree may be released. Threading: const tables, plain values.
// Failure: field errors with JSON pointers in the problem, ERR_INVALID, the output untouched beyond shape_init.
#ifndef ENTENTE_BASE_SHAPE_H
#define ENTENTE_BASE_SHAPE_H
#include "base/clock.h"
#include "base/json.h"
#include "base/money.h"
#include "base/words.h"

#define SHAPE_NO_INT INT64_MIN
#define SHAPE_NO_DATE INT32_MIN
#define SHAPE_NO_TIME INT64_MIN
#define SHAPE_INT_MAX INT64_C(9007199254740991)  // 2^53 - 1: what every JSON reader keeps exactly
enum {
  SHAPE_TEXT_MAX = 500,                 // characters of a text whose field names no .max
  SHAPE_ID_MAX = 64,                    // bytes of an opaque id
  SHAPE_LIST_MAX = 1000,                // elements of a list whose field names no .max
  SHAPE_JSON_BYTES = 64 * 1024 * 1024,  // one document: about 500,000 small records
  SHAPE_JSON_VALUES = 4 * 1000 * 1000,
};

#define SHAPE_NAME_(x) #x
#define SHAPE_NAME(x) SHAPE_NAME_(x)

enum tristate { TRI_UNKNOWN, TRI_YES, TRI_NO };
const char *tristate_name(enum tristate t);  // "yes" "no" "unknown"

// A statement about the world. `source` names the person it comes from.
struct fact {
  enum tristate value;
  int basis;   // word of vocab basis: seen, told, inferred; -1 unknown
  int status;  // word of vocab fact_status: assumed, confirmed, contradicted; -1 unknown
  str source;
  uday on;
};

// A reason: which sentence, with which values. The sentence lives in one table per layer (rules/reasons.def).
enum { REASON_ARGS = 5 };
struct reason_def {
  const char *code;
  struct text text;  // {1} .. {5}: arguments; {1:vocab}: the argument is a word, shown by its label
};
struct reason {
  const struct reason_def *def;
  str args[REASON_ARGS];
  int n_args;
  int weight;  // permille of the verdict this reason carries; 0: explains without deciding
  const str *refs;
  size_t n_refs;
};
void reason_text(struct buf *b, const struct reason *r, enum lang l);

// A missing input that could change the verdict.
struct unknown {
  str pointer;          // JSON pointer into the input
  str could_change_to;  // the verdict it could lead to, as text
};
// What comes beside a result. First member of every result struct (ANSWER in its shape). Grows in its arena.
struct answer {
  struct arena *arena;
  struct reason *because;
  size_t n_because, cap_because;
  struct unknown *unknown;
  size_t n_unknown, cap_unknown;
};

enum shape_kind {
  SHAPE_TEXT,  // one or more lines; .max characters
  SHAPE_ID,    // opaque, printable ASCII without blanks
  SHAPE_INT,   // .min .. .max
  SHAPE_BOOL,
  SHAPE_TRI,    // "yes" "no" "unknown"
  SHAPE_WORD,   // word of .vocab
  SHAPE_MONEY,  // {"amount":"12.34","currency":"EUR"}
  SHAPE_RATIO,  // "7/100"
  SHAPE_REAL,   // JSON number, .min .. .max; printed with four decimals
  SHAPE_DATE,
  SHAPE_TIME,
  SHAPE_FACT,
  SHAPE_OBJECT,   // of .sub
  SHAPE_LIST,     // of .sub; .max elements
  SHAPE_TEXTS,    // list of text
  SHAPE_WORDS,    // list of words of .vocab
  SHAPE_REASONS,  // results only
};

enum shape_flag {
  SHAPE_REQ = 1 << 0,       // must be given
  SHAPE_SIGNED = 1 << 1,    // money: may be negative
  SHAPE_NONEMPTY = 1 << 2,  // list: at least one element
  SHAPE_ROWS = 1 << 3,      // list of at most a million elements: data, not judgement
};

struct shape;
struct shape_field {
  const char *name;
  enum shape_kind kind;
  unsigned flags;
  size_t offset, count_offset;
  const struct vocab *vocab;
  const struct shape *sub;
  int64_t min, max;
  const char *dflt;  // JSON text of the value an absent field takes: "365", "\"won\""
  const char *from;  // "entity.field" it is filled from, "judged" by a person, "derived" by a flow; NULL: judged
  const char *help;
};
struct shape {
  const char *name, *help;
  size_t size;
  const struct shape_field *fields;
  int n;
};

void shape_init(const struct shape *s, void *ret);
// Parses text within the bounds of a document (see above); shape_read decodes it too. pb->arena holds error texts.
MUST_USE enum err shape_read_tree(str text, struct problem *pb, json_t **ret);
MUST_USE enum err shape_read(const struct shape *s, str text, struct arena *a, struct problem *pb, void *ret);
MUST_USE enum err shape_decode(const struct shape *s, const json_t *t, struct arena *a, struct problem *pb, void *ret);
// Writes the struct as an object, absent fields left out. texts: reasons carry "text" in this language; -1: codes only.
void shape_write(const struct shape *s, const void *v, struct jw *w, int texts);
void reasons_write(const struct reason *r, size_t n, struct jw *w, int texts);
// A JSON Schema document; sub-shapes under $defs. `title` is the rule's name.
void shape_schema(const struct shape *s, const char *title, struct jw *w);
// Markdown: one table per shape, sub-shapes after it.
void shape_doc(const struct shape *s, struct buf *b);
#endif
