// SPDX-License-Identifier: Apache-2.0
// Input against the model: JSON objects (creation and merge patch, RFC 7396) and CSV cells. Every error is found in one pass, each
// with its pointer. An empty text is the same as null: forms send it for a field the user has cleared.
#include "base/utf8.h"
#include "model/model_internal.h"
#include <assert.h>

enum { KEY_SHOWN_MAX = 80 };  // bytes of an unknown key that an answer repeats

static const struct fault good;

static struct fault fault0(enum problem_code code) { return (struct fault){.code = code}; }

static struct fault fault1(enum problem_code code, str arg) { return (struct fault){.code = code, .args = {arg, STR_NULL}}; }

static struct fault below(struct fault f, str pointer) {
  f.below = pointer;
  return f;
}

static str int_text(struct arena *a, int64_t v) { return arena_fmt(a, "%lld", (long long)v); }

// ---- values from text, the same for JSON strings and CSV cells

// One '@' with something before it and a domain of at least two labels behind it (RFC 5321 sizes); the rest only a mail can prove.
static bool email_ok(str s) {
  enum { LOCAL_MAX = 64, ADDRESS_MAX = 254 };
  str local, domain;
  if (s.n > ADDRESS_MAX || !str_cut(s, '@', &local, &domain) || !local.n || local.n > LOCAL_MAX) return false;
  for (size_t i = 0; i < s.n; i++)
    if (strchr(" ,;:<>()[]\\\"", s.p[i])) return false;
  if (str_find(domain, '@') >= 0 || str_find(domain, '.') < 0) return false;
  str label;
  while (str_next(&domain, '.', &label))
    if (!label.n) return false;
  return s.p[s.n - 1] != '.';
}

// Nothing a reader could see: blanks of any script, zero-width characters.
static bool blank(str s) {
  static const char *const unseen[] = {" ",      "\t",     "\n",     "\r",     "\u00a0", "\u00ad", "\u1680",
                                       "\u180e", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005",
                                       "\u2006", "\u2007", "\u2008", "\u2009", "\u200a", "\u200b", "\u200c",
                                       "\u200d", "\u202f", "\u205f", "\u2060", "\u3000", "\u3164", "\ufeff"};
  while (s.n) {
    size_t i = 0;
    while (i < ARRAY_LEN(unseen) && !str_starts(s, str_of(unseen[i]))) i++;
    if (i == ARRAY_LEN(unseen)) return false;
    s = str_sub(s, strlen(unseen[i]), s.n);
  }
  return true;
}

static struct fault text_from(struct arena *a, const struct field *field, str s, struct val *ret) {
  if (!utf8_valid(s)) return fault0(P_BAD_UTF8);
  bool lines = field->kind == K_LONGTEXT;
  if (!lines) s = str_trim(s);
  if (utf8_has_control(s, lines)) return fault0(P_CONTROL_CHARACTER);
  if (blank(s)) {
    *ret = (struct val){.set = false};
    return good;
  }
  size_t max = field_max_chars(field);
  if (utf8_count(s) > max) return fault1(P_TOO_LONG, int_text(a, (int64_t)max));
  if ((field->flags & F_EMAIL) && !email_ok(s)) return fault0(P_BAD_EMAIL);
  *ret = (struct val){.set = true, .s = arena_str(a, s)};
  return good;
}

static struct fault int_from(struct arena *a, const struct field *field, int64_t v, struct val *ret) {
  int64_t min, max;
  field_int_range(field, &min, &max);
  if (v < min || v > max) return (struct fault){.code = P_OUT_OF_RANGE, .args = {int_text(a, min), int_text(a, max)}};
  *ret = (struct val){.set = true, .i = v};
  return good;
}

static struct fault rate_from(str s, struct val *ret) {
  ratio r;
  if (!ratio_parse(s, &r) || ratio_cmp(r, (ratio){1, 1}) > 0) return fault0(P_BAD_RATE);
  *ret = (struct val){.set = true, .r = r};
  return good;
}

static struct fault date_from(str s, struct val *ret) {
  uday d;
  if (!date_parse(s, &d)) return fault0(P_BAD_DATE);
  *ret = (struct val){.set = true, .i = d};
  return good;
}

static struct fault time_from(str s, struct val *ret) {
  utime t;
  if (!time_parse(s, &t)) return fault0(P_BAD_TIME);
  *ret = (struct val){.set = true, .i = t};
  return good;
}

static struct fault bad_word(struct arena *a, const struct vocab *vocab) {
  AUTO(buf_release) struct buf b = BUF(4096);
  for (int i = 0; i < vocab->n; i++) {
    buf_put(&b, i ? S(", ") : S(""));
    buf_putz(&b, vocab->words[i].name);
  }
  return fault1(P_BAD_WORD, arena_str(a, buf_str(&b)));
}

static struct fault word_from(struct arena *a, const struct vocab *vocab, str s, struct val *ret) {
  int i = vocab_index(vocab, s);
  if (i < 0) return bad_word(a, vocab);
  *ret = (struct val){.set = true, .s = str_of(vocab->words[i].name)};
  return good;
}

static struct fault ref_from(const struct field *field, str s, struct val *ret) {
  const struct entity *target = entity_find(str_of(field->ref));
  id64 id;
  if (!id_parse(s, target->prefix, &id)) return fault1(P_BAD_ID, str_of(target->prefix));
  *ret = (struct val){.set = true, .i = id};
  return good;
}

static struct fault money_from(struct arena *a, str amount, str code, struct val *ret) {
  currency cur;
  if (!currency_parse(code, &cur))
    return below(fault1(P_BAD_CURRENCY, utf8_has_control(code, false) || code.n > KEY_SHOWN_MAX ? S("?") : code), S("/currency"));
  money m;
  enum problem_code bad = money_parse(amount, cur, &m);
  struct fault f = fault0(bad);
  if (bad == P_MONEY_DECIMALS) f = (struct fault){.code = bad, .args = {arena_str(a, code), int_text(a, currency_digits(cur))}};
  if (bad) return below(f, S("/amount"));
  *ret = (struct val){.set = true, .m = m};
  return good;
}

// ---- JSON

// A member of a money object; a merge patch that leaves it out keeps the old one.
static struct fault money_member(const json_t *json, const char *name, str old, str *ret) {
  const json_t *member = json_object_get(json, name);
  if (!member && old.p) {
    *ret = old;
    return good;
  }
  if (!member || json_is_null(member)) return fault0(P_REQUIRED);
  if (!json_is_string(member)) return fault1(P_WRONG_TYPE, S("text"));
  *ret = json_str(member);
  return good;
}

static str key_shown(str key) {
  size_t n = key.n < KEY_SHOWN_MAX ? key.n : KEY_SHOWN_MAX;
  while (n < key.n && n > 0 && ((unsigned char)key.p[n] & 0xc0) == 0x80) n--;
  return str_sub(key, 0, n);
}

// "/" + key as a pointer token (RFC 6901: ~ is ~0, / is ~1).
static str pointer_token(struct arena *a, str key) {
  AUTO(buf_release) struct buf b = BUF(4 * KEY_SHOWN_MAX);
  key = key_shown(key);
  buf_putc(&b, '/');
  for (size_t i = 0; i < key.n; i++) {
    if (key.p[i] == '~')
      buf_putz(&b, "~0");
    else if (key.p[i] == '/')
      buf_putz(&b, "~1");
    else
      buf_putc(&b, key.p[i]);
  }
  return arena_str(a, buf_str(&b));
}

static struct fault money_decode(struct arena *a, const json_t *json, const struct val *old, struct val *ret) {
  if (!json_is_object(json)) return fault1(P_WRONG_TYPE, S("{\"amount\", \"currency\"}"));
  const char *key;
  json_t *ignored;
  json_object_foreach((json_t *)(uintptr_t)json, key, ignored) {  // the library's macro wants a non-const object
    if (strcmp(key, "amount") != 0 && strcmp(key, "currency") != 0)
      return below(fault1(P_UNKNOWN_FIELD, arena_str(a, key_shown(str_of(key)))), pointer_token(a, str_of(key)));
  }
  AUTO(buf_release) struct buf old_amount = BUF(64);
  bool merge = old && old->set;
  if (merge) money_amount_put(&old_amount, old->m);
  str amount, code;
  struct fault f = money_member(json, "amount", merge ? buf_str(&old_amount) : STR_NULL, &amount);
  if (f.code) return below(f, S("/amount"));
  f = money_member(json, "currency", merge ? str_of(old->m.cur.code) : STR_NULL, &code);
  if (f.code) return below(f, S("/currency"));
  return money_from(a, amount, code, ret);
}

static struct fault string_decode(struct arena *a, const struct field *field, str s, struct val *ret) {
  switch (field->kind) {
  case K_TEXT:
  case K_LONGTEXT: return text_from(a, field, s, ret);
  case K_RATE: return rate_from(s, ret);
  case K_DATE: return date_from(s, ret);
  case K_TIME: return time_from(s, ret);
  case K_WORD: return word_from(a, field->vocab, s, ret);
  case K_REF: return ref_from(field, s, ret);
  default: assert(false && "kind"); return good;
  }
}

static struct fault set_decode(struct arena *a, const struct field *field, const json_t *json, const struct val *old,
                               struct val *ret) {
  switch (field->kind) {
  case K_INT:
    if (!json_is_integer(json)) return fault1(P_WRONG_TYPE, S("a whole number"));
    return int_from(a, field, json_integer_value(json), ret);
  case K_BOOL:
    if (!json_is_boolean(json)) return fault1(P_WRONG_TYPE, S("true or false"));
    *ret = (struct val){.set = true, .i = json_is_true(json)};
    return good;
  case K_MONEY: return money_decode(a, json, old, ret);
  default:
    if (!json_is_string(json)) return fault1(P_WRONG_TYPE, S("text"));
    return string_decode(a, field, json_str(json), ret);
  }
}

struct fault value_decode(struct arena *a, const struct entity *e, int f, const json_t *json, const struct val *old,
                          struct val *ret) {
  const struct field *field = &e->fields[f];
  struct val v = {.set = false};
  if (!json_is_null(json)) {
    struct fault fault = set_decode(a, field, json, old, &v);
    if (fault.code) return fault;
  }
  if (!v.set && (field->flags & F_REQUIRED)) return fault0(P_REQUIRED);
  *ret = v;
  return good;
}

struct decoding {
  struct rec *r;
  struct val *v;  // the new values, taken over when all are good
  enum decode_mode mode;
  uint64_t allowed, given;
  const char *extra;
  str prefix;
  struct problem *pb;
  bool failed;
};

static void report(struct decoding *d, str pointer, struct fault f) {
  d->failed = true;
  str at = arena_fmt(d->r->arena, "%.*s%.*s%.*s", STR_ARG(d->prefix), STR_ARG(pointer), STR_ARG(f.below));
  (void)problem_field(d->pb, at, f.code, f.args[0], f.args[1]);
}

static bool is_listed(const char *list, str name) {
  str rest = str_of(list), item;
  while (str_next(&rest, ' ', &item))
    if (item.n && str_eq(item, name)) return true;
  return false;
}

// What every record has beside its fields: set at creation by other means, never by writing the member. `audience` of a room child is
// left to the caller when it may be chosen (`extra`); later it would be a share, or pretend that nobody has read it.
static void decode_other(struct decoding *d, str key) {
  bool audience = (d->r->e->flags & E_ROOM) && str_eq(key, S("audience"));
  if (audience || is_listed("id company root created_at updated_at created_by names", key))
    report(d, pointer_token(d->r->arena, key), fault0(P_READ_ONLY_FIELD));
  else
    report(d, pointer_token(d->r->arena, key), fault1(P_UNKNOWN_FIELD, key_shown(key)));
}

static void decode_member(struct decoding *d, str key, const json_t *json) {
  const struct entity *e = d->r->e;
  int f = field_find(e, key);
  if (f < 0 || (e->fields[f].flags & F_SECRET)) {
    decode_other(d, key);
    return;
  }
  str pointer = pointer_token(d->r->arena, key);
  unsigned fixed = d->mode == DECODE_PATCH ? F_READONLY | F_IMMUTABLE : F_READONLY;
  d->given |= FIELD_BIT(f);
  if ((e->fields[f].flags & fixed) || !(d->allowed & FIELD_BIT(f))) {
    report(d, pointer, fault0(P_READ_ONLY_FIELD));
    return;
  }
  const struct val *old = d->mode == DECODE_PATCH ? &d->r->v[f] : NULL;
  struct fault fault = value_decode(d->r->arena, e, f, json, old, &d->v[f]);
  if (fault.code) report(d, pointer, fault);
}

// Required fields that the caller should have given; those he may not write are filled by the flow.
static void check_missing(struct decoding *d) {
  const struct entity *e = d->r->e;
  for (int f = 0; f < e->nfields; f++) {
    bool expected =
      (e->fields[f].flags & F_REQUIRED) && !(e->fields[f].flags & (F_READONLY | F_SECRET)) && (d->allowed & FIELD_BIT(f));
    if (expected && !(d->given & FIELD_BIT(f)) && !d->v[f].set)
      report(d, pointer_token(d->r->arena, str_of(e->fields[f].name)), fault0(P_REQUIRED));
  }
}

enum err rec_decode(struct rec *r, json_t *object, enum decode_mode mode, uint64_t allowed, const char *extra, str prefix,
                    struct problem *pb, uint64_t *ret_given) {
  if (!json_is_object(object)) return problem_field(pb, prefix, P_WRONG_TYPE, S("an object"), STR_NULL);
  struct decoding d = {.r = r, .mode = mode, .allowed = allowed, .extra = extra, .prefix = prefix, .pb = pb};
  d.v = rec_copy(r)->v;
  const char *key;
  json_t *value;
  json_object_foreach(object, key, value) {
    if (!is_listed(extra, str_of(key))) decode_member(&d, str_of(key), value);
  }
  if (mode == DECODE_CREATE) check_missing(&d);
  if (d.failed) return ERR_INVALID;
  memcpy(r->v, d.v, (size_t)r->e->nfields * sizeof *r->v);
  if (ret_given) *ret_given = d.given;
  return ERR_OK;
}

// ---- CSV cells

static bool fold_eq(str a, str b) {
  AUTO(buf_release) struct buf x = BUF(4096);
  AUTO(buf_release) struct buf y = BUF(4096);
  utf8_fold(&x, a);
  utf8_fold(&y, b);
  return !x.full && !y.full && str_eq(buf_str(&x), buf_str(&y));
}

// A word, or its label in any of the languages: people export what they see.
static struct fault word_cell(struct arena *a, const struct vocab *vocab, str cell, struct val *ret) {
  for (int i = 0; i < vocab->n; i++) {
    const struct word *w = &vocab->words[i];
    bool same = fold_eq(cell, str_of(w->name));
    for (int l = 0; l < LANG_COUNT && !same; l++) same = fold_eq(cell, str_of(w->label.in[l]));
    if (same) {
      *ret = (struct val){.set = true, .s = str_of(w->name)};
      return good;
    }
  }
  return bad_word(a, vocab);
}

static struct fault bool_cell(str cell, struct val *ret) {
  static const char *const yes[] = {"1", "true", "yes", "y", "是", "да"}, *const no[] = {"0", "false", "no", "n", "否", "нет"};
  _Static_assert(ARRAY_LEN(yes) == ARRAY_LEN(no), "a no for each yes");
  for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
    bool is_yes = fold_eq(cell, str_of(yes[i]));
    if (is_yes || fold_eq(cell, str_of(no[i]))) {
      *ret = (struct val){.set = true, .i = is_yes};
      return good;
    }
  }
  return fault1(P_WRONG_TYPE, S("true or false"));
}

// "1234.50", "1234.50 EUR" or "EUR 1234.50"; without a currency, the one of the import.
static struct fault money_cell(struct arena *a, str cell, currency cur, struct val *ret) {
  str first, rest;
  if (!str_cut(cell, ' ', &first, &rest)) return money_from(a, cell, str_of(cur.code), ret);
  rest = str_trim(rest);
  currency leading;
  if (currency_parse(first, &leading)) return money_from(a, rest, first, ret);
  return money_from(a, first, rest, ret);
}

// "0.15" or "15": digits and at most one point, as a fraction of `scale`.
static bool decimal_ratio(str s, int64_t scale, ratio *ret) {
  enum { DIGITS_MAX = 12 };
  int64_t num = 0, den = scale;
  bool point = false, digit = false;
  if (!s.n || s.n > DIGITS_MAX) return false;
  for (size_t i = 0; i < s.n; i++) {
    if (s.p[i] == '.' && !point) {
      point = true;
      continue;
    }
    if (s.p[i] < '0' || s.p[i] > '9') return false;
    digit = true;
    num = num * 10 + (s.p[i] - '0');
    den *= point ? 10 : 1;
  }
  return digit && ratio_make(num, den, ret);
}

// "7/100", "0.07" or "7%".
static struct fault rate_cell(str cell, struct val *ret) {
  ratio r;
  bool ok = str_ends(cell, S("%")) ? decimal_ratio(str_trim(str_sub(cell, 0, cell.n - 1)), 100, &r)
                                   : ratio_parse(cell, &r) || decimal_ratio(cell, 1, &r);
  if (!ok || ratio_cmp(r, (ratio){1, 1}) > 0) return fault0(P_BAD_RATE);
  *ret = (struct val){.set = true, .r = r};
  return good;
}

static struct fault cell_decode(struct arena *a, const struct field *field, str cell, currency cur, struct val *ret) {
  int64_t i;
  switch (field->kind) {
  case K_INT: return str_to_int64(cell, &i) ? int_from(a, field, i, ret) : fault1(P_WRONG_TYPE, S("a whole number"));
  case K_BOOL: return bool_cell(cell, ret);
  case K_MONEY: return money_cell(a, cell, cur, ret);
  case K_RATE: return rate_cell(cell, ret);
  case K_WORD: return word_cell(a, field->vocab, cell, ret);
  default: return string_decode(a, field, cell, ret);
  }
}

enum problem_code rec_decode_cell(struct rec *r, int f, str cell, currency cur, str ret_args[2]) {
  assert(f >= 0 && f < r->e->nfields);
  if (r->e->fields[f].flags & (F_READONLY | F_SECRET)) return P_READ_ONLY_FIELD;
  return rec_decode_text(r, f, cell, cur, ret_args);
}

enum problem_code rec_decode_text(struct rec *r, int f, str cell, currency cur, str ret_args[2]) {
  assert(f >= 0 && f < r->e->nfields);
  const struct field *field = &r->e->fields[f];
  if (!utf8_valid(cell)) return P_BAD_UTF8;
  struct val v = model_derived(r->e)->defaults[f];  // an empty cell says nothing
  struct fault fault = good;
  str trimmed = str_trim(cell);
  if (trimmed.n) fault = cell_decode(r->arena, field, field->kind == K_LONGTEXT ? cell : trimmed, cur, &v);
  if (!fault.code && !v.set && (field->flags & F_REQUIRED)) fault = fault0(P_REQUIRED);
  if (fault.code) {
    ret_args[0] = fault.args[0];
    ret_args[1] = fault.args[1];
    return fault.code;
  }
  r->v[f] = v;
  return P_NONE;
}
