// SPDX-License-Identifier: Apache-2.0
#include "rules/route.h"

#include <stdlib.h>

#define SHAPE_FILE "rules/route.def"
#include "base/shape_table.h"

// The points of a proposal, 1000 together. Our choice: what the agreement names and how somebody answers weigh more than how free he is,
// and balance is a nudge, never a reason to send a customer to the wrong hands.
enum { POINTS_SCOPE = 300, POINTS_ANSWERS = 300, POINTS_ROOM = 200, POINTS_BALANCE = 200 };
enum { NAMED_NEED = 120, NAMED_PRODUCT = 60, NAMED_REGION = 60, NAMED_INDUSTRY = 60 };

struct judging {
  const struct route_input *in;
  const struct route_candidate *c;
  size_t index;
  struct arena *a;
  struct answer line;  // reasons of this candidate alone
  struct answer *whole;
};

// ---- scope -------------------------------------------------------------------------------------------------------------

// Equal but for ASCII case and blanks at the ends; texts beyond ASCII compare as they are written.
static bool same_text(str x, str y) {
  x = str_trim(x);
  y = str_trim(y);
  if (x.n != y.n) return false;
  for (size_t i = 0; i < x.n; i++) {
    char p = x.p[i], q = y.p[i];
    if (p >= 'A' && p <= 'Z') p = (char)(p + 32);
    if (q >= 'A' && q <= 'Z') q = (char)(q + 32);
    if (p != q) return false;
  }
  return true;
}

static bool lists(const str *list, size_t n, str what) {
  for (size_t i = 0; i < n; i++)
    if (same_text(list[i], what)) return true;
  return false;
}

// One dimension of scope. An empty list covers everything; a customer's unknown region or industry does not exclude.
static bool covers(struct judging *j, const str *list, size_t n, str what, const char *field, int points, int *sum) {
  if (!n) return true;
  if (!what.n) {
    unknown_add(j->whole, j->c->company, "/%s", field);
    return true;
  }
  if (!lists(list, n, what)) return false;
  *sum += points;
  return true;
}

static bool in_scope(struct judging *j, int *points) {
  const struct route_candidate *c = j->c;
  struct answer *an = &j->line;
  bool ok = true;
  if (!covers(j, c->needs, c->n_needs, j->in->need, "need", NAMED_NEED, points)) {
    because(an, R_route_need_outside, 1000, j->in->need, STR_NULL);
    ok = false;
  }
  if (!covers(j, c->products, c->n_products, j->in->product, "product", NAMED_PRODUCT, points)) {
    because(an, R_route_product_outside, 1000, j->in->product, STR_NULL);
    ok = false;
  }
  if (!covers(j, c->regions, c->n_regions, j->in->region, "region", NAMED_REGION, points)) {
    because(an, R_route_region_outside, 1000, j->in->region, STR_NULL);
    ok = false;
  }
  if (!covers(j, c->industries, c->n_industries, j->in->industry, "industry", NAMED_INDUSTRY, points)) {
    because(an, R_route_industry_outside, 1000, j->in->industry, STR_NULL);
    ok = false;
  }
  return ok;
}

// ---- gates -------------------------------------------------------------------------------------------------------------

static void refuse(struct judging *j, enum reason_code code, bool *ok) {
  because(&j->line, code, 1000, STR_NULL);
  *ok = false;
}

static bool in_force(struct judging *j) {
  const struct route_candidate *c = j->c;
  uday today = utime_day(j->in->at);
  bool ok = true;
  if (c->active == TRI_NO) refuse(j, R_route_not_active, &ok);
  if (c->active == TRI_UNKNOWN) {
    refuse(j, R_route_not_known_active, &ok);
    unknown_add(j->whole, S("proposal"), "/candidates/%zu/active", j->index);
  }
  if (c->active_from != SHAPE_NO_DATE && today < c->active_from) refuse(j, R_route_not_yet, &ok);
  if (c->active_until != SHAPE_NO_DATE && today > c->active_until) refuse(j, R_route_ended, &ok);
  return ok;
}

static bool allowed(struct judging *j) {
  const struct route_candidate *c = j->c;
  bool ok = in_force(j);
  if (c->customer_blocked == TRI_YES) refuse(j, R_route_customer_blocked, &ok);
  if (c->rival_here == TRI_YES) refuse(j, R_route_rival_here, &ok);
  if (lists(j->in->tried, j->in->n_tried, c->company)) refuse(j, R_route_tried, &ok);
  if (c->capacity != SHAPE_NO_INT && c->open_leads != SHAPE_NO_INT && c->open_leads >= c->capacity) {
    because(&j->line, R_route_full, 1000, int_str(j->a, c->open_leads), int_str(j->a, c->capacity), STR_NULL);
    ok = false;
  }
  bool shown = c->met == TRI_YES || c->answers == TRI_YES || c->manager_named == TRI_YES || c->gave_first == TRI_YES;
  bool denied = c->met == TRI_NO && c->answers == TRI_NO && c->manager_named == TRI_NO && c->gave_first == TRI_NO;
  if (denied && !shown) refuse(j, R_route_unwilling, &ok);
  return ok;
}

// ---- points ------------------------------------------------------------------------------------------------------------

static int answer_points(struct judging *j) {
  const struct route_candidate *c = j->c;
  // (n + 1) / (m + 2): the mean of a uniform prior (Laplace), so that one good answer is not 100 %.
  int64_t in_time = c->answered_in_time < c->answer_chances ? c->answered_in_time : c->answer_chances;
  int points = (int)(POINTS_ANSWERS * (in_time + 1) / (c->answer_chances + 2));
  if (!c->answer_chances)
    because(&j->line, R_route_no_record, points, STR_NULL);
  else
    because(&j->line, R_route_answers, points, int_str(j->a, in_time), int_str(j->a, c->answer_chances), STR_NULL);
  if (c->median_answer_minutes != SHAPE_NO_INT) {
    int64_t tenths = (c->median_answer_minutes * 10 + 30) / 60;
    because(&j->line, R_route_median_answer, 0, arena_fmt(j->a, "%lld.%lld", (long long)(tenths / 10), (long long)(tenths % 10)),
            STR_NULL);
  }
  return points;
}

static int room_points(struct judging *j) {
  const struct route_candidate *c = j->c;
  if (c->capacity == SHAPE_NO_INT || c->open_leads == SHAPE_NO_INT) {
    because(&j->line, R_route_room_unknown, 0, STR_NULL);
    unknown_add(j->whole, c->company, "/candidates/%zu/%s", j->index, c->capacity == SHAPE_NO_INT ? "capacity" : "open_leads");
    return 0;
  }
  int64_t room = c->capacity - c->open_leads;
  int points = (int)(POINTS_ROOM * room / c->capacity);
  because(&j->line, R_route_room, points, int_str(j->a, room), STR_NULL);
  return points;
}

// Who gave more than he received comes first; nothing exchanged yet is the middle.
static int balance_points(struct judging *j) {
  const struct route_candidate *c = j->c;
  int points = (int)(POINTS_BALANCE * (c->given + 1) / (c->given + c->received + 2));
  enum reason_code code = c->given > c->received ? R_route_we_owe : c->given < c->received ? R_route_they_owe : R_route_even;
  because(&j->line, code, points, int_str(j->a, c->given), int_str(j->a, c->received), STR_NULL);
  return points;
}

static enum err propose(struct judging *j, int scope, struct problem *pb, struct route_proposal *ret) {
  const struct route_candidate *c = j->c;
  struct calendar cal;
  shape_init(&shape_route_proposal, ret);
  ret->company = c->company;
  ret->agreement = c->agreement;
  ret->version = c->version;
  str version = c->version == SHAPE_NO_INT ? S("?") : int_str(j->a, c->version);
  because_ref(&j->line, because(&j->line, R_route_covers, scope, j->in->need, version, STR_NULL), c->agreement);
  ret->score = scope + answer_points(j) + room_points(j) + balance_points(j);
  bool shown = c->met == TRI_YES || c->answers == TRI_YES || c->manager_named == TRI_YES || c->gave_first == TRI_YES;
  ret->class = shown ? partner_class_fit : partner_class_unproven;
  if (!shown) {
    because(&j->line, R_route_unproven, 0, STR_NULL);
    unknown_add(j->whole, S("fit"), "/candidates/%zu/answers", j->index);
  }
  char pointer[64];
  (void)snprintf(pointer, sizeof pointer, "/candidates/%zu/calendar", j->index);
  TRY(rule_calendar(c->calendar, pointer, j->a, pb, &cal));
  if (c->response_minutes != SHAPE_NO_INT) {
    if (calendar_add(&cal, j->in->at, c->response_minutes, &ret->answer_by))
      return problem_field(pb, str_of(pointer), P_WRONG_TYPE, S("a calendar that ever works that long"), STR_NULL);
    int64_t hours = c->response_minutes / 60, rest = c->response_minutes % 60;
    because(&j->line, R_route_must_answer, 0, arena_fmt(j->a, "%lld:%02lld", (long long)hours, (long long)rest), STR_NULL);
  }
  ret->because = j->line.because;
  ret->n_because = j->line.n_because;
  return ERR_OK;
}

// Proven partners first, then points; the same points are broken by id, so that everybody computes the same order.
static int by_rank(const void *p, const void *q) {
  const struct route_proposal *x = p, *y = q;
  if (x->class != y->class) return x->class == partner_class_fit ? -1 : 1;
  if (x->score != y->score) return x->score > y->score ? -1 : 1;
  int c = str_cmp(x->company, y->company);
  return c ? c : str_cmp(x->agreement, y->agreement);
}

static int by_company(const void *p, const void *q) {
  const struct route_refusal *x = p, *y = q;
  int c = str_cmp(x->company, y->company);
  return c ? c : str_cmp(x->agreement, y->agreement);
}

// A company appears once, with its best agreement; agreements of a proposed company that do not fit are not worth a line.
static void tidy(struct route_proposal *ok, size_t *n_ok, struct route_refusal *no, size_t *n_no) {
  size_t n = 0, m = 0;
  for (size_t i = 0; i < *n_ok; i++) {
    bool seen = false;
    for (size_t k = 0; k < n && !seen; k++) seen = str_eq(ok[k].company, ok[i].company);
    if (!seen) ok[n++] = ok[i];
  }
  for (size_t i = 0; i < *n_no; i++) {
    bool seen = false;
    for (size_t k = 0; k < n && !seen; k++) seen = str_eq(ok[k].company, no[i].company);
    if (!seen) no[m++] = no[i];
  }
  *n_ok = n;
  *n_no = m;
}

enum err rule_route(const struct route_input *in, struct arena *a, struct problem *pb, struct route_result *ret) {
  shape_init(&shape_route_result, ret);
  ret->answer.arena = a;
  struct route_proposal *ok = NEW_ARRAY(a, in->n_candidates + 1, struct route_proposal);
  struct route_refusal *no = NEW_ARRAY(a, in->n_candidates + 1, struct route_refusal);
  size_t n_ok = 0, n_no = 0;
  for (size_t i = 0; i < in->n_candidates; i++) {
    struct judging j = {.in = in, .c = &in->candidates[i], .index = i, .a = a, .line = {.arena = a}, .whole = &ret->answer};
    int scope = POINTS_SCOPE - NAMED_NEED - NAMED_PRODUCT - NAMED_REGION - NAMED_INDUSTRY;
    bool may = allowed(&j), covered = in_scope(&j, &scope);
    if (may && covered)
      TRY(propose(&j, scope, pb, &ok[n_ok++]));
    else
      no[n_no++] = (struct route_refusal){j.c->company, j.c->agreement, j.line.because, j.line.n_because};
  }
  if (n_ok) qsort(ok, n_ok, sizeof *ok, by_rank);
  if (n_no) qsort(no, n_no, sizeof *no, by_company);
  tidy(ok, &n_ok, no, &n_no);
  ret->proposals = ok;
  ret->n_proposals = n_ok;
  ret->why_not = no;
  ret->n_why_not = n_no;
  if (!n_ok) {
    because(&ret->answer, R_route_nobody, 1000, int_str(a, (int64_t)n_no), STR_NULL);
    return ERR_OK;
  }
  ret->next = ok[0].company;
  because_ref(&ret->answer,
              because(&ret->answer, R_route_first, 1000, int_str(a, ok[0].score), int_str(a, (int64_t)n_ok), STR_NULL),
              ok[0].company);
  if (n_ok > 1 && ok[1].class == ok[0].class && ok[1].score == ok[0].score) because(&ret->answer, R_route_tie, 0, STR_NULL);
  if (in->n_tried) because(&ret->answer, R_route_next_after, 0, int_str(a, (int64_t)in->n_tried), STR_NULL);
  return ERR_OK;
}

RULE_INFO(route, 1, T_INIT("Which partner a lead goes to", "线索分配给哪个伙伴", "Какому партнёру передать лид"), NULL, JSON({
            "need" : "installation",
            "region" : "Lombardy",
            "at" : "2026-11-23T09:00:00Z",
            "candidates" : [
              {
                "company" : "company_b",
                "agreement" : "agr_1",
                "version" : 3,
                "active" : "yes",
                "needs" : ["installation"],
                "regions" : [ "Lombardy", "Piedmont" ],
                "answers" : "yes",
                "open_leads" : 4,
                "capacity" : 10,
                "answered_in_time" : 18,
                "answer_chances" : 20,
                "median_answer_minutes" : 95,
                "response_minutes" : 240,
                "given" : 6,
                "received" : 4
              },
              {
                "company" : "company_c",
                "agreement" : "agr_2",
                "version" : 1,
                "active" : "yes",
                "open_leads" : 0,
                "capacity" : 3,
                "response_minutes" : 480
              },
              {"company" : "company_d", "agreement" : "agr_3", "version" : 1, "active" : "yes", "customer_blocked" : "yes"}
            ]
          }));
