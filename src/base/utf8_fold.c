// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <utf8proc.h>

#include "base/han.h"
#include "base/utf8.h"
#include "base/utf8_class.h"

// Accents of alphabets. Marks of other scripts carry the vowels or the voicing and stay (が is not か).
static bool is_accent(int32_t c) {
  return (c >= 0x300 && c <= 0x36f) || (c >= 0x1ab0 && c <= 0x1aff) || (c >= 0x1dc0 && c <= 0x1dff) ||
         (c >= 0x20d0 && c <= 0x20ff) || (c >= 0xfe20 && c <= 0xfe2f);
}

// Letters with a stroke have no decomposition, yet people type them without.
static int32_t plain_letter(int32_t c) {
  switch (c) {
  case 0x111: return 'd';  // đ
  case 0x127: return 'h';  // ħ
  case 0x131: return 'i';  // ı
  case 0x142: return 'l';  // ł
  case 0xf8: return 'o';   // ø
  default: return c >= 0x3400 ? (int32_t)han_simplified((uint32_t)c) : c;
  }
}

// In place: accents off, but not the breve of the Cyrillic й, which is a letter of its own; variants to one form.
static utf8proc_ssize_t strip(int32_t *c, utf8proc_ssize_t n) {
  utf8proc_ssize_t kept = 0;
  for (utf8proc_ssize_t i = 0; i < n; i++) {
    bool breve_of_short_i = c[i] == 0x306 && i > 0 && c[i - 1] == 0x438;
    if (is_accent(c[i]) && !breve_of_short_i) continue;
    c[kept++] = plain_letter(c[i]);
  }
  return kept;
}

static bool is_ascii(str s) {
  for (size_t i = 0; i < s.n; i++)
    if ((unsigned char)s.p[i] >= 0x80) return false;
  return true;
}

static void fold_ascii(struct buf *out, str s) {
  for (size_t i = 0; i < s.n; i++) buf_putc(out, s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] + 32) : s.p[i]);
}

void utf8_fold(struct buf *out, str s) {
  if (is_ascii(s)) {
    fold_ascii(out, s);
    return;
  }
  const utf8proc_option_t how = UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE;
  const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)s.p;
  utf8proc_ssize_t n = utf8proc_decompose(p, (utf8proc_ssize_t)s.n, NULL, 0, how);
  if (n < 0) return;
  int32_t *c = calloc((size_t)n + 1, sizeof *c);
  if (!c) abort();
  n = utf8proc_decompose(p, (utf8proc_ssize_t)s.n, c, n, how);
  if (n > 0) n = utf8proc_normalize_utf32(c, strip(c, n), UTF8PROC_STABLE | UTF8PROC_COMPOSE);
  for (utf8proc_ssize_t i = 0; i < n; i++) {
    char bytes[4];
    utf8proc_ssize_t len = utf8proc_encode_char(c[i], (utf8proc_uint8_t *)bytes);
    buf_put(out, (str){bytes, (size_t)len});
  }
  free(c);
}

struct span {
  size_t at, n;  // bytes of the folded text
};

struct spans {
  str text;
  struct span *p;
  size_t n, cap;
};

static void add(struct spans *s, size_t from, size_t to) {
  if (s->n == s->cap) {
    s->cap = s->cap ? 2 * s->cap : 32;
    s->p = realloc(s->p, s->cap * sizeof *s->p);
    if (!s->p) abort();
  }
  s->p[s->n++] = (struct span){from, to - from};
}

static str slice(const struct spans *s, struct span at) { return str_sub(s->text, at.at, at.n); }

// Cuts folded text into tokens. A word is one token. Of a run of Chinese, Japanese or Korean, which has no blanks, every two
// neighbours are one, so that any two characters are found; and every character alone when `singles` (the index) or when
// the run has no second one. Sets the position of the last word, or n.
static size_t cut(struct spans *s, bool singles) {
  size_t word_at = 0, before = 0, last_word = SIZE_MAX;
  int run = 0;  // characters of the present CJK run
  bool in_word = false;
  for (size_t i = 0, next; i <= s->text.n; i = next) {
    int32_t c = -1;
    utf8proc_ssize_t len = 1;
    if (i < s->text.n) len = utf8proc_iterate((const utf8proc_uint8_t *)s->text.p + i, (utf8proc_ssize_t)(s->text.n - i), &c);
    next = i + (size_t)(len > 0 ? len : 1);
    enum utf8_class k = c < 0 ? UTF8_OTHER : utf8_class_of(c);
    if (in_word && k != UTF8_LETTER) {
      last_word = s->n;
      add(s, word_at, i);
    }
    if (k == UTF8_LETTER && !in_word) word_at = i;
    in_word = k == UTF8_LETTER;
    if (run == 1 && !singles && k != UTF8_CJK) add(s, before, i);
    if (k != UTF8_CJK) {
      run = 0;
      continue;
    }
    if (run) add(s, before, next);
    if (singles) add(s, i, next);
    before = i;
    run++;
  }
  return last_word == SIZE_MAX ? s->n : last_word;
}

struct ranked {
  str token;
  size_t rank;
};

static int by_token(const void *left, const void *right) {
  const struct ranked *a = left, *b = right;
  int c = str_cmp(a->token, b->token);
  return c ? c : (a->rank > b->rank) - (a->rank < b->rank);
}

// Empties the spans of tokens seen earlier. By sorting: a hash could be made to collide by whoever writes the text.
static void drop_repeated(struct spans *s) {
  struct ranked *r = calloc(s->n + 1, sizeof *r);
  if (!r) abort();
  for (size_t i = 0; i < s->n; i++) r[i] = (struct ranked){slice(s, s->p[i]), i};
  qsort(r, s->n, sizeof *r, by_token);
  for (size_t i = 1; i < s->n; i++)
    if (str_eq(r[i].token, r[i - 1].token)) s->p[r[i].rank].n = 0;
  free(r);
}

static void put_token(struct buf *out, str token) {
  if (out->n && out->p[out->n - 1] != ' ') buf_putc(out, ' ');
  buf_put(out, token);
}

// NFKC makes at most 18 code points of one (U+FDFA); each takes at most 4 bytes.
static struct buf folded(str s) {
  struct buf b = BUF(72 * s.n);
  utf8_fold(&b, s);
  return b;
}

void utf8_tokens(struct buf *out, str s) {
  AUTO(buf_release) struct buf text = folded(s);
  struct spans spans = {.text = buf_str(&text)};
  cut(&spans, true);
  drop_repeated(&spans);
  for (size_t i = 0; i < spans.n; i++)
    if (spans.p[i].n) put_token(out, slice(&spans, spans.p[i]));
  free(spans.p);
}

void utf8_query(struct buf *out, str s) {
  AUTO(buf_release) struct buf text = folded(s);
  struct spans spans = {.text = buf_str(&text)};
  size_t last_word = cut(&spans, false);
  str prefix = last_word < spans.n ? slice(&spans, spans.p[last_word]) : STR_NULL;
  drop_repeated(&spans);
  for (size_t i = 0; i < spans.n; i++)
    if (spans.p[i].n && i != last_word) put_token(out, slice(&spans, spans.p[i]));
  if (prefix.n) {
    put_token(out, prefix);
    buf_putc(out, '*');
  }
  free(spans.p);
}
