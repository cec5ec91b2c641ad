// SPDX-License-Identifier: Apache-2.0
#include "rules/rule.h"

#include <stdarg.h>

#define SHAPE_FILE "rules/common.def"
#include "base/shape_table.h"

const struct reason_def reason_defs[REASON_COUNT] = {
#define X(code, en, zh, ru) {#code, T_INIT(en, zh, ru)},
#include "rules/reasons.def"
#undef X
};

#define RULE(name) extern const struct rule rule_info_##name;
#include "rules/all.def"
#undef RULE
const struct rule *const rule_all[] = {
#define RULE(name) &rule_info_##name,
#include "rules/all.def"
#undef RULE
  NULL};

const struct rule *rule_find(str name) {
  for (size_t i = 0; rule_all[i]; i++)
    if (str_eqz(name, rule_all[i]->name)) return rule_all[i];
  return NULL;
}

// ---- answers -----------------------------------------------------------------------------------------------------------

static struct reason *reason_slot(struct answer *an) {
  if (an->n_because == an->cap_because) {
    size_t cap = an->cap_because ? an->cap_because * 2 : 8;
    struct reason *more = NEW_ARRAY(an->arena, cap, struct reason);
    if (an->n_because) memcpy(more, an->because, an->n_because * sizeof *more);
    an->because = more;
    an->cap_because = cap;
  }
  return &an->because[an->n_because++];
}

struct reason *because(struct answer *an, enum reason_code code, int weight, ...) {
  struct reason *r = reason_slot(an);
  *r = (struct reason){.def = &reason_defs[code], .weight = weight};
  va_list list;
  va_start(list, weight);
  for (str s = va_arg(list, str); s.p && r->n_args < REASON_ARGS; s = va_arg(list, str)) r->args[r->n_args++] = s;
  va_end(list);
  return r;
}

void because_ref(struct answer *an, struct reason *r, str ref) {
  if (!ref.p) return;
  str *more = NEW_ARRAY(an->arena, r->n_refs + 1, str);
  if (r->n_refs) memcpy(more, r->refs, r->n_refs * sizeof *more);
  more[r->n_refs] = ref;
  r->refs = more;
  r->n_refs++;
}

void unknown_add(struct answer *an, str could_change_to, const char *pointer_fmt, ...) {
  if (an->n_unknown == an->cap_unknown) {
    size_t cap = an->cap_unknown ? an->cap_unknown * 2 : 8;
    struct unknown *more = NEW_ARRAY(an->arena, cap, struct unknown);
    if (an->n_unknown) memcpy(more, an->unknown, an->n_unknown * sizeof *more);
    an->unknown = more;
    an->cap_unknown = cap;
  }
  AUTO(buf_release) struct buf b = BUF(1024);
  char text[256];
  va_list list;
  va_start(list, pointer_fmt);
  (void)vsnprintf(text, sizeof text, pointer_fmt, list);
  va_end(list);
  buf_putz(&b, text);
  an->unknown[an->n_unknown++] = (struct unknown){arena_str(an->arena, buf_str(&b)), could_change_to};
}

str word_str(const struct vocab *v, int word) { return str_of(vocab_word(v, word)); }

str int_str(struct arena *a, int64_t v) { return arena_fmt(a, "%lld", (long long)v); }

str money_str(struct arena *a, money m) {
  AUTO(buf_release) struct buf b = BUF(64);
  money_amount_put(&b, m);
  buf_putc(&b, ' ');
  buf_putz(&b, m.cur.code);
  return arena_str(a, buf_str(&b));
}

str ratio_str(struct arena *a, ratio r) {
  AUTO(buf_release) struct buf b = BUF(64);
  ratio_put(&b, r);
  return arena_str(a, buf_str(&b));
}

enum err rule_calendar(const struct calendar_in *in, const char *pointer, struct arena *a, struct problem *pb,
                       struct calendar *ret) {
  if (!in) {
    *ret = calendar_default;
    return ERR_OK;
  }
  struct calendar_hours *hours = NEW_ARRAY(a, in->n_hours, struct calendar_hours);
  struct calendar_exception *days = NEW_ARRAY(a, in->n_exceptions, struct calendar_exception);
  for (size_t i = 0; i < in->n_hours; i++)
    hours[i] = (struct calendar_hours){(int)in->hours[i].weekday, (int)in->hours[i].from, (int)in->hours[i].to};
  // Insertion keeps lines of one day in their order; the list is short and mostly sorted.
  for (size_t i = 0; i < in->n_exceptions; i++) {
    size_t k = i;
    for (; k > 0 && days[k - 1].on > in->exceptions[i].on; k--) days[k] = days[k - 1];
    days[k] = (struct calendar_exception){in->exceptions[i].on, (int)in->exceptions[i].from, (int)in->exceptions[i].to};
  }
  struct calendar c = {(int)in->utc_offset_minutes, hours, in->n_hours, days, in->n_exceptions};
  if (!calendar_valid(&c))
    return problem_field(pb, str_of(pointer), P_WRONG_TYPE, S("a calendar whose hours end after they begin"), STR_NULL);
  *ret = c;
  return ERR_OK;
}

// ---- the try-out -------------------------------------------------------------------------------------------------------

enum err rule_answer(const struct rule *r, str input, int texts, struct arena *a, struct problem *pb, struct buf *out) {
  void *in = arena_alloc(a, r->input->size), *result = arena_alloc(a, r->output->size);
  TRY(shape_read(r->input, input, a, pb, in));
  TRY(r->run(in, a, pb, result));
  const struct answer *an = result;
  struct jw w = JW(out);
  jw_object(&w);
  jw_key(&w, S("rule"));
  jw_string(&w, str_of(r->name));
  jw_key(&w, S("version"));
  jw_int(&w, r->version);
  jw_key(&w, S("result"));
  shape_write(r->output, result, &w, texts);
  jw_key(&w, S("because"));
  reasons_write(an->because, an->n_because, &w, texts);
  jw_key(&w, S("unknown"));
  jw_array(&w);
  for (size_t i = 0; i < an->n_unknown; i++) {
    jw_object(&w);
    jw_key(&w, S("pointer"));
    jw_string(&w, an->unknown[i].pointer);
    jw_key(&w, S("could_change_to"));
    jw_string(&w, an->unknown[i].could_change_to);
    jw_end_object(&w);
  }
  jw_end_array(&w);
  jw_end_object(&w);
  return out->full ? problem_set0(pb, P_OVERFLOW) : ERR_OK;
}

void rule_schema(const struct rule *r, struct buf *out) {
  struct jw w = JW(out);
  jw_object(&w);
  jw_key(&w, S("rule"));
  jw_string(&w, str_of(r->name));
  jw_key(&w, S("version"));
  jw_int(&w, r->version);
  jw_key(&w, S("input"));
  shape_schema(r->input, r->name, &w);
  jw_key(&w, S("output"));
  shape_schema(r->output, r->name, &w);
  jw_end_object(&w);
}

void rule_doc(const struct rule *r, struct buf *out) {
  if (r->tables) {
    r->tables(out);
    buf_putc(out, '\n');
  }
  buf_putz(out, "### Input\n");
  shape_doc(r->input, out);
  buf_putz(out, "\n### Result\n");
  shape_doc(r->output, out);
}
