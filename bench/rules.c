// SPDX-License-Identifier: Apache-2.0
// What the rules cost, and how the cost grows: one example through decoder, rule and encoder, then the rule alone on larger inputs.
// Inputs are seeded; time is the best of three runs. Built and run by hand or with `make bench`: bench_rules
#include <stdio.h>

#include "base/clock.h"
#include "rules/coverage.h"
#include "rules/criteria.h"
#include "rules/route.h"
#include "rules/settle.h"
#include "rules/stage.h"
#include "rules/trust.h"

static uint64_t state = 1;
static int64_t below(int64_t n) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (int64_t)((state >> 33) % (uint64_t)n);
}

typedef bool work_fn(void *arg, struct arena *a);
// Microseconds of one call, best of three rounds of at least 50 ms.
static double measure(work_fn *work, void *arg) {
  double best = 1e18;
  for (int round = 0; round < 3; round++) {
    int64_t start = clock_mono(), calls = 0;
    do {
      AUTO(arena_release) struct arena a = {0};
      if (!work(arg, &a)) return -1;
      calls++;
    } while (clock_mono() - start < 50000);
    double each = (double)(clock_mono() - start) / (double)calls;
    if (each < best) best = each;
  }
  return best;
}

static void row(const char *rule, const char *what, size_t n, double micros) {
  printf("| %-12s | %-34s | %8zu | %12.1f | %10.3f |\n", rule, what, n, micros, n ? micros / (double)n : micros);
}

static bool answer(void *arg, struct arena *a) {
  const struct rule *r = arg;
  AUTO(buf_release) struct buf out = BUF((size_t)64 * 1024 * 1024);
  return rule_answer(r, str_of(r->example), LANG_EN, a, NULL, &out) == ERR_OK;
}

static bool run_stage(void *arg, struct arena *a) {
  struct stage_result r;
  return rule_stage(arg, a, NULL, &r) == ERR_OK;
}
static void bench_stage(size_t n, struct arena *a) {
  struct stage_evidence *list = NEW_ARRAY(a, n, struct stage_evidence);
  struct stage_input in;
  shape_init(&shape_stage_input, &in);
  for (size_t i = 0; i < n; i++) {
    shape_init(&shape_stage_evidence, &list[i]);
    list[i].marker = (int)below(marker_COUNT);
    list[i].basis = evidence_basis_told;
    list[i].source = S("Dr. Weiss");
    list[i].on = 20000 + (uday)below(500);
  }
  in.evidence = list;
  in.n_evidence = n;
  row("stage", "pieces of evidence", n, measure(run_stage, &in));
}

static bool run_route(void *arg, struct arena *a) {
  struct route_result r;
  return rule_route(arg, a, NULL, &r) == ERR_OK;
}
static void bench_route(size_t n, struct arena *a) {
  struct route_candidate *list = NEW_ARRAY(a, n, struct route_candidate);
  struct route_input in;
  shape_init(&shape_route_input, &in);
  for (size_t i = 0; i < n; i++) {
    shape_init(&shape_route_candidate, &list[i]);
    list[i].company = arena_fmt(a, "company_%zu", i);
    list[i].agreement = S("agr");
    list[i].active = list[i].met = TRI_YES;
    list[i].capacity = 1 + below(20);
    list[i].open_leads = below(20);
    list[i].response_minutes = 240;
  }
  in.need = S("fitting");
  in.at = 1800000000 * UTIME_SECOND;
  in.candidates = list;
  in.n_candidates = n;
  row("route", "candidates", n, measure(run_route, &in));
}

static bool run_coverage(void *arg, struct arena *a) {
  struct coverage_result r;
  return rule_coverage(arg, a, NULL, &r) == ERR_OK;
}
static void bench_coverage(size_t n, struct arena *a) {
  struct coverage_person *list = NEW_ARRAY(a, n, struct coverage_person);
  struct coverage_input in = {.people = list, .n_people = n};
  for (size_t i = 0; i < n; i++) {
    shape_init(&shape_coverage_person, &list[i]);
    list[i].person = arena_fmt(a, "contact_%zu", i);
    list[i].influence = below(5);
    list[i].contact = (int)below(contact_coverage_COUNT);
  }
  row("coverage", "people (each leaver tried)", n, measure(run_coverage, &in));
}

static bool run_trust(void *arg, struct arena *a) {
  struct trust_result r;
  return rule_trust(arg, a, NULL, &r) == ERR_OK;
}
static void bench_trust(size_t n, struct arena *a) {
  struct trust_promise *list = NEW_ARRAY(a, n, struct trust_promise);
  struct trust_input in;
  shape_init(&shape_trust_input, &in);
  for (size_t i = 0; i < n; i++) {
    shape_init(&shape_trust_promise, &list[i]);
    list[i].promise = arena_fmt(a, "p%zu", i);
    list[i].giver = S("b");
    list[i].receiver = S("a");
    list[i].state = below(4) ? promise_state_kept : promise_state_late;
    list[i].given_on = 19000 + (uday)below(1000);
  }
  in.company = S("b");
  in.today = 20000;
  in.promises = list;
  in.n_promises = n;
  row("trust", "promises", n, measure(run_trust, &in));
}

static bool run_criteria(void *arg, struct arena *a) {
  struct criteria_result r;
  return rule_criteria(arg, a, NULL, &r) == ERR_OK;
}
static void bench_criteria(size_t samples, struct arena *a) {
  enum { CRITERIA = 10, VENDORS = 5 };
  struct criteria_item *items = NEW_ARRAY(a, CRITERIA, struct criteria_item);
  struct criteria_vendor *vendors = NEW_ARRAY(a, VENDORS, struct criteria_vendor);
  struct criteria_input in;
  shape_init(&shape_criteria_input, &in);
  for (size_t i = 0; i < CRITERIA; i++) {
    shape_init(&shape_criteria_item, &items[i]);
    items[i].criterion = arena_fmt(a, "c%zu", i);
    items[i].weight_low = below(50);
    items[i].weight_high = 50 + below(50);
  }
  for (size_t v = 0; v < VENDORS; v++) {
    struct criteria_score *scores = NEW_ARRAY(a, CRITERIA, struct criteria_score);
    for (size_t i = 0; i < CRITERIA; i++) scores[i] = (struct criteria_score){items[i].criterion, below(500), 500 + below(500)};
    vendors[v] =
      (struct criteria_vendor){.vendor = arena_fmt(a, "v%zu", v), .ours = v == 0, .scores = scores, .n_scores = CRITERIA};
  }
  in.criteria = items;
  in.n_criteria = CRITERIA;
  in.vendors = vendors;
  in.n_vendors = VENDORS;
  in.samples = (int64_t)samples;
  row("criteria", "samples of 10 criteria, 5 vendors", samples, measure(run_criteria, &in));
}

// Statements of four lines each, as many as it takes.
static void bench_settle(size_t wanted) {
  AUTO(arena_release) struct arena a = {0};
  struct settle_input in;
  if (shape_read(&shape_settle_input, str_of(rule_find(S("settle"))->example), &a, NULL, &in)) return;
  int64_t start = clock_mono();
  size_t lines = 0;
  while (lines < wanted) {
    AUTO(arena_release) struct arena b = {0};
    struct settle_result r;
    if (rule_settle(&in, &b, NULL, &r)) return;
    lines += r.n_lines;
  }
  row("settle", "lines, in statements of four", lines, (double)(clock_mono() - start));
}

int main(void) {
  printf("| rule         | input                              |        n |  microseconds |      each |\n|---|---|---|---|---|\n");
  for (size_t i = 0; rule_all[i]; i++)
    row(rule_all[i]->name, "its example, JSON to JSON", 1, measure(answer, (void *)(uintptr_t)rule_all[i]));
  AUTO(arena_release) struct arena a = {0};
  for (size_t n = 10; n <= 1000; n *= 10) bench_stage(n, &a);
  for (size_t n = 10; n <= 1000; n *= 10) bench_route(n, &a);
  for (size_t n = 5; n <= 500; n *= 10) bench_coverage(n, &a);
  for (size_t n = 10; n <= 10000; n *= 10) bench_trust(n, &a);
  for (size_t n = 1000; n <= 100000; n *= 10) bench_criteria(n, &a);
  bench_settle(1000 * 1000);
  return 0;
}
