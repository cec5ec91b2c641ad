// SPDX-License-Identifier: Apache-2.0
#include "flows/flow.h"

#include <stdlib.h>

struct ctx flow_as_system(const struct ctx *x, id64 company) {
  struct ctx s = *x;
  s.viewer = (struct viewer){.company = company, .user = 0, .role = -1, .ops = ~0u, .lang = x->viewer.lang};
  s.verb = NULL;
  return s;
}

struct ctx flow_verb(const struct ctx *x, const char *verb) {
  struct ctx s = *x;
  s.verb = verb;
  return s;
}

str flow_id(struct arena *a, const struct entity *e, id64 id) {
  char z[ID_TEXT_MAX];
  return id ? arena_str(a, str_of(id_z(z, e->prefix, id))) : STR_NULL;
}

id64 flow_id_of(const struct entity *e, str text) {
  id64 id = 0;
  return id_parse(text, e->prefix, &id) ? id : 0;
}

enum err flow_need_role(struct ctx *x, int least) {
  bool ok = x->viewer.role == -1 ? x->viewer.user == 0 : x->viewer.role <= least;
  return ok ? ERR_OK : problem_set0(x->pb, P_FORBIDDEN);
}

enum err flow_company(struct ctx *x, id64 id, struct rec **ret) { return trust_load_system(x, &entity_company, id, ret); }

str flow_company_name(struct ctx *x, id64 id) {
  struct rec *r = NULL;
  return flow_company(x, id, &r) ? S("") : rec_text(r, company_f_name);
}

str flow_reasons(struct arena *a, const struct reason *r, size_t n) {
  AUTO(buf_release) struct buf b = BUF(1024 * 1024);
  struct jw w = JW(&b);
  reasons_write(r, n, &w, -1);
  return arena_str(a, buf_str(&b));
}

static const struct reason_def *reason_find(str code) {
  for (size_t i = 0; i < REASON_COUNT; i++)
    if (str_eqz(code, reason_defs[i].code)) return &reason_defs[i];
  return NULL;
}

// One stored reason back into its struct.
static bool reason_restore(json_t *o, struct arena *a, struct reason *ret) {
  json_t *code = json_object_get(o, "code"), *args = json_object_get(o, "args"), *weight = json_object_get(o, "weight"),
         *refs = json_object_get(o, "refs");
  if (!json_is_string(code)) return false;
  *ret = (struct reason){.def = reason_find(json_str(code)), .weight = (int)json_integer_value(weight)};
  for (size_t i = 0; i < json_array_size(args) && i < REASON_ARGS; i++)
    ret->args[ret->n_args++] = json_is_string(json_array_get(args, i)) ? json_str(json_array_get(args, i)) : S("");
  str *list = NEW_ARRAY(a, json_array_size(refs) + 1, str);
  for (size_t i = 0; i < json_array_size(refs); i++)
    list[ret->n_refs++] = json_is_string(json_array_get(refs, i)) ? json_str(json_array_get(refs, i)) : S("");
  ret->refs = list;
  return ret->def != NULL;
}

void reasons_relabel(str stored, struct jw *w, enum lang l) {
  json_t *list AUTO(json_release) = NULL;
  if (!stored.n || json_read(stored, NULL, &list)) list = json_array();
  size_t n = json_array_size(list), kept = 0;
  AUTO(arena_release) struct arena a = {0};
  struct reason *r = NEW_ARRAY(&a, n + 1, struct reason);
  for (size_t i = 0; i < n; i++) kept += reason_restore(json_array_get(list, i), &a, &r[kept]);
  reasons_write(r, kept, w, (int)l);
}

// ---- working hours

static bool clock_time(str s, int *ret_minutes) {
  str h, m;
  int64_t hh, mm;
  if (!str_cut(s, ':', &h, &m) || !str_to_int64(h, &hh) || !str_to_int64(m, &mm) || m.n != 2) return false;
  if (hh < 0 || hh > 24 || mm < 0 || mm > 59 || hh * 60 + mm > 1440) return false;
  *ret_minutes = (int)(hh * 60 + mm);
  return true;
}

static bool clock_span(str s, int *ret_from, int *ret_to) {
  str from, to;
  return str_cut(str_trim(s), '-', &from, &to) && clock_time(str_trim(from), ret_from) && clock_time(str_trim(to), ret_to) &&
         *ret_from < *ret_to;
}

static bool weekdays(str s, int64_t *ret_first, int64_t *ret_last) {
  str a, b;
  bool range = str_cut(s, '-', &a, &b);
  if (!str_to_int64(a, ret_first) || (range && !str_to_int64(b, ret_last))) return false;
  if (!range) *ret_last = *ret_first;
  return *ret_first >= 1 && *ret_first <= *ret_last && *ret_last <= 7;
}

bool hours_parse(str week, struct arena *a, struct calendar_hours **ret, size_t *ret_n, str *ret_bad) {
  struct calendar_hours *h = NEW_ARRAY(a, CALENDAR_HOURS, struct calendar_hours);
  size_t n = 0;
  str part;
  while (str_next(&week, ';', &part)) {
    str days, span;
    int64_t first, last;
    int from, to;
    part = str_trim(part);
    *ret_bad = part;
    if (!part.n) continue;
    if (!str_cut(part, ' ', &days, &span) || !weekdays(days, &first, &last) || !clock_span(span, &from, &to)) return false;
    for (int64_t d = first; d <= last; d++) {
      if (n == CALENDAR_HOURS) return false;
      h[n++] = (struct calendar_hours){(int)d, from, to};
    }
  }
  *ret = h;
  *ret_n = n;
  return n > 0;
}

static int by_day(const void *a, const void *b) {
  const struct calendar_exception *x = a, *y = b;
  return (x->on > y->on) - (x->on < y->on);
}

bool exceptions_parse(str lines, struct arena *a, struct calendar_exception **ret, size_t *ret_n, str *ret_bad) {
  struct calendar_exception *out = NEW_ARRAY(a, CALENDAR_EXCEPTIONS, struct calendar_exception);
  size_t n = 0;
  str line;
  while (str_next(&lines, '\n', &line)) {
    str day, span;
    line = str_trim(line);
    *ret_bad = line;
    if (!line.n) continue;
    struct calendar_exception e = {0};
    if (n == CALENDAR_EXCEPTIONS || !str_cut(line, ' ', &day, &span) || !date_parse(day, &e.on)) return false;
    if (!str_eq(str_trim(span), S("closed")) && !clock_span(span, &e.from, &e.to)) return false;
    out[n++] = e;
  }
  if (n) qsort(out, n, sizeof *out, by_day);
  *ret = out;
  *ret_n = n;
  return true;
}

enum err flow_calendar(struct ctx *x, const struct rec *company, struct calendar *ret) {
  struct calendar_hours *hours = NULL;
  struct calendar_exception *exceptions = NULL;
  size_t nh = 0, ne = 0;
  str bad;
  if (!hours_parse(rec_text(company, company_f_work_week), x->arena, &hours, &nh, &bad) ||
      !exceptions_parse(rec_text(company, company_f_work_exceptions), x->arena, &exceptions, &ne, &bad))
    return ERR_CORRUPT;  // what is stored was checked when it was written
  *ret = (struct calendar){(int)rec_int(company, company_f_utc_offset_minutes), hours, nh, exceptions, ne};
  return ERR_OK;
}

const struct calendar_in *flow_calendar_in(struct arena *a, const struct calendar *c) {
  struct calendar_in *in = NEW(a, struct calendar_in);
  struct calendar_hours_in *h = NEW_ARRAY(a, c->n_hours, struct calendar_hours_in);
  struct calendar_exception_in *e = NEW_ARRAY(a, c->n_exceptions, struct calendar_exception_in);
  for (size_t i = 0; i < c->n_hours; i++)
    h[i] = (struct calendar_hours_in){c->hours[i].weekday, c->hours[i].from, c->hours[i].to};
  for (size_t i = 0; i < c->n_exceptions; i++)
    e[i] = (struct calendar_exception_in){c->exceptions[i].on, c->exceptions[i].from, c->exceptions[i].to};
  *in = (struct calendar_in){c->utc_offset_minutes, h, c->n_hours, e, c->n_exceptions};
  return in;
}
