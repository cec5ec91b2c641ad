// SPDX-License-Identifier: Apache-2.0
#include <utf8proc.h>

#include "base/utf8.h"
#include "base/utf8_class.h"

// Legal forms in folded spelling; at the end of a name, some also in front.
static const char *const forms_behind[] = {
  "gmbh",    "mbh",  "kg",           "ohg",  "ag",          "ug",  "kgaa",    "ev",   "eg",   "gbr", "ltd", "limited",
  "llc",     "inc",  "incorporated", "corp", "corporation", "co",  "company", "plc",  "llp",  "lp",  "sa",  "sas",
  "sasu",    "sarl", "eurl",         "scrl", "srl",         "spa", "sapa",    "bv",   "nv",   "ab",  "as",  "asa",
  "aps",     "oy",   "oyj",          "sro",  "doo",         "dd",  "ood",     "eood", "ad",   "kft", "zrt", "nyrt",
  "rt",      "sl",   "slu",          "pty",  "pte",         "pvt", "kk",      "se",   "ltda", "uab", "sia", "ou",
  "sp z oo", "sp k", "co ltd",       "ooo",  "oao",         "zao", "pao",     "ao",   "ip",   "ооо", "оао", "зао",
  "пао",     "нао",  "ао",           "ип",   "тоо",         "одо", "чуп",     "тов",
};
static const char *const forms_in_front[] = {
  "ooo",
  "oao",
  "zao",
  "pao",
  "ip",
  "pt",
  "uab",
  "sia",
  "ооо",
  "оао",
  "зао",
  "пао",
  "нао",
  "ао",
  "ип",
  "тоо",
  "одо",
  "чуп",
  "тов",
  "гуп",
  "муп",
  "фгуп",
  "общество с ограниченной ответственностью",
  "публичное акционерное общество",
  "закрытое акционерное общество",
  "открытое акционерное общество",
  "непубличное акционерное общество",
  "акционерное общество",
  "индивидуальный предприниматель",
};
static const char *const forms_cjk[] = {
  "股份有限公司", "有限责任公司", "有限公司", "股份公司", "公司", "有限合伙", "株式会社", "有限会社", "주식회사", "유한회사",
};
static const char *const joints[] = {"and", "und", "et", "y", "и"};

// Takes `form` off the end (whole words only unless `glued`); never leaves nothing.
static bool strip_end(str *s, str form, bool glued) {
  if (s->n <= form.n || !str_ends(*s, form)) return false;
  size_t left = s->n - form.n;
  if (!glued) {
    if (s->p[left - 1] != ' ') return false;
    left--;
  }
  *s = str_trim(str_sub(*s, 0, left));
  return true;
}

static bool strip_front(str *s, str form) {
  if (s->n <= form.n + 1 || !str_starts(*s, form) || s->p[form.n] != ' ') return false;
  *s = str_sub(*s, form.n + 1, s->n);
  return true;
}

static bool strip_any_end(str *s, const char *const *forms, size_t n, bool glued) {
  for (size_t i = 0; i < n; i++)
    if (str_eqz(*s, forms[i])) return false;  // nothing but a form: not a part of it either
  for (size_t i = 0; i < n; i++)
    if (strip_end(s, str_of(forms[i]), glued)) return true;
  return false;
}

static str strip_forms(str s) {
  for (bool again = true; again;) {
    again = strip_any_end(&s, forms_behind, ARRAY_LEN(forms_behind), false);
    if (again) strip_any_end(&s, joints, ARRAY_LEN(joints), false);  // "Weber & Co" and "Weber und Co"
    again |= strip_any_end(&s, forms_cjk, ARRAY_LEN(forms_cjk), true);
    for (size_t i = 0; i < ARRAY_LEN(forms_in_front); i++) again |= strip_front(&s, str_of(forms_in_front[i]));
    if (str_starts(s, S("株式会社")) && s.n > sizeof "株式会社" - 1) s = str_trim(str_sub(s, sizeof "株式会社" - 1, s.n));
  }
  return s;
}

// What lies between two words: nothing, only the dots of an abbreviation ("о.о.о.", "S. A.", "A/S"), or more.
enum gap { NO_GAP, DOTS, WIDE };

static enum gap widen(enum gap g, int32_t c) {
  if (c == '.' || c == '/') return g == WIDE ? WIDE : DOTS;
  return c == ' ' && g == DOTS ? DOTS : WIDE;
}

static enum utf8_class take(str text, size_t at, int32_t *ret_char, size_t *ret_next) {
  if (at >= text.n) return UTF8_OTHER;
  utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)text.p + at, (utf8proc_ssize_t)(text.n - at), ret_char);
  *ret_next = at + (size_t)(n > 0 ? n : 1);
  return n > 0 ? utf8_class_of(*ret_char) : UTF8_OTHER;
}

// The words of folded text with one blank between them; none between CJK runs, nor between the letters of an abbreviation.
static void put_words(struct buf *out, str text) {
  enum utf8_class before = UTF8_OTHER;
  enum gap gap = NO_GAP;
  size_t letters = 0;  // of the present word
  for (size_t i = 0, next = 0, beyond; i < text.n; i = next) {
    int32_t c = 0, follower = 0;
    enum utf8_class k = take(text, i, &c, &next);
    if (k == UTF8_OTHER) {
      gap = widen(gap, c);
      continue;
    }
    if (k == UTF8_LETTER && (gap || before != UTF8_LETTER)) {
      bool single = take(text, next, &follower, &beyond) != UTF8_LETTER;
      bool glued = before == UTF8_LETTER && gap == DOTS && letters == 1 && single;
      if (out->n && !glued) buf_putc(out, ' ');
      letters = 0;
    }
    if (k == UTF8_CJK && before == UTF8_LETTER) buf_putc(out, ' ');
    buf_put(out, str_sub(text, i, next - i));
    letters++;
    before = k;
    gap = NO_GAP;
  }
}

void utf8_company_key(struct buf *out, str name) {
  AUTO(buf_release) struct buf text = BUF(72 * name.n);  // folding makes at most 18 code points of one
  AUTO(buf_release) struct buf words = BUF(144 * name.n);
  utf8_fold(&text, name);
  put_words(&words, buf_str(&text));
  buf_put(out, strip_forms(buf_str(&words)));
}
