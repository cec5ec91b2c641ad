// SPDX-License-Identifier: Apache-2.0
#include "flows/erase_text.h"
#include "base/utf8.h"

enum { MARK_MIN = 2, MARK_WHOLE = 6, HAN_FIRST = 0xE3 };

static const str gone = {"\xE2\x80\xA6", 3};  // an ellipsis: the same in every language

// ---- marks

static str json_inside(struct arena *a, str text) {
  AUTO(buf_release) struct buf b = BUF(64 * 1024);
  struct jw w = JW(&b);
  jw_string(&w, text);
  return arena_str(a, str_sub(buf_str(&b), 1, b.n - 2));
}

void erase_mark_add(struct erase *e, str text, bool identity) {
  text = str_trim(text);
  if (utf8_count(text) < MARK_MIN || e->nmarks == ERASE_MARKS) return;
  for (size_t i = 0; i < e->nmarks; i++) {
    if (!str_eq(e->marks[i].text, text)) continue;
    e->marks[i].identity |= identity;
    return;
  }
  bool han = (unsigned char)text.p[0] >= HAN_FIRST;
  e->marks[e->nmarks++] = (struct str_mark){.text = arena_str(e->arena, text),
                                            .json = json_inside(e->arena, text),
                                            .identity = identity,
                                            .whole = !han && utf8_count(text) < MARK_WHOLE};
}

static bool letter(unsigned char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= 0x80 && c < HAN_FIRST);
}

static bool mark_at(const struct str_mark *m, str what, str text, size_t at) {
  if (text.n - at < what.n || memcmp(text.p + at, what.p, what.n) != 0) return false;
  if (!m->whole) return true;
  size_t end = at + what.n;
  return !(at && letter((unsigned char)text.p[at - 1])) && !(end < text.n && letter((unsigned char)text.p[end]));
}

// Bytes of the longest mark that begins here; 0: none.
static size_t longest_at(const struct erase *e, str text, size_t at, bool json) {
  size_t best = 0;
  for (size_t i = 0; i < e->nmarks; i++) {
    str what = json ? e->marks[i].json : e->marks[i].text;
    if (what.n > best && mark_at(&e->marks[i], what, text, at)) best = what.n;
  }
  return best;
}

bool erase_names(const struct erase *e, str text, bool json) {
  for (size_t at = 0; at < text.n; at++)
    if (longest_at(e, text, at, json)) return true;
  return false;
}

bool erase_is(const struct erase *e, str text) {
  for (size_t i = 0; i < e->nmarks; i++)
    if (e->marks[i].identity && str_eq(str_trim(text), e->marks[i].text)) return true;
  return false;
}

str erase_without(const struct erase *e, str text, bool json, struct arena *a) {
  AUTO(buf_release) struct buf out = BUF(2 * text.n + 64);
  bool any = false;
  for (size_t at = 0; at < text.n;) {
    size_t n = longest_at(e, text, at, json);
    any |= n > 0;
    if (n)
      buf_put(&out, gone);
    else
      buf_putc(&out, text.p[at]);
    at += n ? n : 1;
  }
  return any ? arena_str(a, buf_str(&out)) : text;
}

// ---- CSV

// Bytes of the record that begins here, with its line end. Line ends within quotes belong to a cell.
static size_t record_length(str body, size_t from) {
  bool quoted = false;
  for (size_t at = from; at < body.n; at++) {
    if (body.p[at] == '"') quoted = !quoted;
    if (body.p[at] == '\n' && !quoted) return at + 1 - from;
  }
  return body.n - from;
}

static void empty_cells(struct buf *out, str record, char delimiter) {
  bool quoted = false;
  for (size_t i = 0; i < record.n; i++) {
    char c = record.p[i];
    if (c == '"') quoted = !quoted;
    if (!quoted && (c == delimiter || c == '\n' || c == '\r')) buf_putc(out, c);
  }
}

str erase_csv(const struct erase *e, str body, char delimiter, struct arena *a) {
  if (!erase_names(e, body, false)) return body;
  AUTO(buf_release) struct buf out = BUF(body.n + 1);
  for (size_t at = 0; at < body.n;) {
    str record = str_sub(body, at, record_length(body, at));
    if (erase_names(e, record, false))
      empty_cells(&out, record, delimiter);
    else
      buf_put(&out, record);
    at += record.n;
  }
  return arena_str(a, buf_str(&out));
}
