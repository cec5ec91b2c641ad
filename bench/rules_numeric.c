// SPDX-License-Identifier: Apache-2.0
// How the cost of the numeric rules grows: JSON in, JSON out, seeded inputs up to their bounds. Printed as a table: rule, size, milliseconds.
#include <stdio.h>

#include "base/clock.h"
#include "rules/cross_sell.h"

static uint64_t state = 1;
static int below(int n) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (int)((state >> 33) % (uint64_t)n);
}

static void run(const char *rule, const char *what, int n, struct buf *input) {
  AUTO(arena_release) struct arena a = {0};
  AUTO(buf_release) struct buf out = BUF((size_t)64 * 1024 * 1024);
  struct problem pb = {.arena = &a};
  int64_t start = clock_mono();
  enum err e = rule_answer(rule_find(str_of(rule)), buf_str(input), -1, &a, &pb, &out);
  printf("| %-10s | %-34s | %8d | %10.1f |%s\n", rule, what, n, (double)(clock_mono() - start) / 1000, e ? " refused" : "");
}

static void bench_allocate(int candidates) {
  AUTO(buf_release) struct buf b = BUF((size_t)1024 * 1024);
  static const int months[] = {3, 6, 12};
  buf_putz(&b, "{\"people\":[{\"person\":\"p\",\"hours\":400}],\"candidates\":[");
  for (int i = 0; i < candidates; i++) {
    int v = below(100);
    buf_fmt(&b, "%s{\"candidate\":\"c%d\",\"person\":\"p\",\"horizon\":%d,\"reference_hours\":%d,\"at_none\":%d", i ? "," : "", i,
            months[i % 3], 4 + below(8), v);
    static const char *const points[] = {"at_half", "at_reference", "at_more", "at_unlimited"};
    for (int k = 0; k < 4; k++) buf_fmt(&b, ",\"%s\":%d", points[k], v += below(1000));
    buf_putz(&b, "}");
  }
  buf_putz(&b, "]}");
  run("allocate", "candidates, 400 hours", candidates, &b);
}

static void bench_forecast(int deals) {
  AUTO(buf_release) struct buf b = BUF((size_t)64 * 1024 * 1024);
  buf_putz(&b, "{\"closed\":[");
  for (int i = 0; i < deals; i++) {
    buf_fmt(&b, "%s{\"deal\":\"d%d\",\"outcome\":\"%s\",\"attributes\":[", i ? "," : "", i, below(2) ? "won" : "lost_rival");
    for (int k = 0; k < 20; k++) buf_fmt(&b, "%s{\"name\":\"a%d\",\"value\":\"w%d\"}", k ? "," : "", k, below(4));
    buf_putz(&b, "]}");
  }
  buf_putz(&b, "]}");
  run("forecast", "closed deals, 20 attributes", deals, &b);
}

static void bench_paths(int people) {
  AUTO(buf_release) struct buf b = BUF((size_t)16 * 1024 * 1024);
  buf_fmt(&b, "{\"ours\":[\"p0\"],\"show\":20,\"target\":\"p%d\",\"links\":[", people - 1);
  for (int i = 0; i < people * 20; i++) {
    int x = below(people);
    buf_fmt(&b, "%s{\"from\":\"p%d\",\"to\":\"p%d\",\"reliability\":%d}", i ? "," : "", x, (x + 1 + below(people - 1)) % people,
            1 + below(1000));
  }
  buf_putz(&b, "]}");
  run("paths", "people, 20 links each, 20 ways", people, &b);
}

static void bench_influence(int people) {
  AUTO(buf_release) struct buf b = BUF((size_t)16 * 1024 * 1024);
  buf_putz(&b, "{\"people\":[");
  for (int i = 0; i < people; i++) buf_fmt(&b, "%s{\"person\":\"p%d\",\"stance\":%d}", i ? "," : "", i, below(11) - 5);
  buf_putz(&b, "],\"ties\":[");
  for (int i = 0; i < people; i++)
    for (int k = 1; k <= 5; k++)
      buf_fmt(&b, "%s{\"from\":\"p%d\",\"to\":\"p%d\"}", i || k > 1 ? "," : "", i, (i + k * k) % people);
  buf_putz(&b, "]}");
  run("influence", "people, 5 ties each, 200 samples", people, &b);
}

static void bench_cross_sell(int lines) {
  AUTO(buf_release) struct buf b = BUF((size_t)64 * 1024 * 1024);
  buf_putz(&b, "{\"owned\":[\"p1\"],\"lines\":[");
  for (int i = 0; i < lines; i++) buf_fmt(&b, "%s{\"o\":\"o%d\",\"p\":\"p%d\"}", i ? "," : "", i / 8, below(500));
  buf_putz(&b, "]}");
  run("cross_sell", "order lines as JSON", lines, &b);
  struct cross_counts *c = cross_counts_new();
  int64_t start = clock_mono();
  for (int i = 0; i < lines; i++) {
    char order[24], product[24];
    int no = snprintf(order, sizeof order, "o%d", i / 8), np = snprintf(product, sizeof product, "p%d", below(500));
    if (cross_counts_add(c, (str){order, (size_t)no}, (str){product, (size_t)np})) break;
  }
  cross_counts_end(c);
  printf("| %-10s | %-34s | %8d | %10.1f |\n", "cross_sell", "order lines streamed", lines,
         (double)(clock_mono() - start) / 1000);
  cross_counts_free(c);
}

int main(void) {
  printf("| rule       | input                              |        n | millisec.  |\n|---|---|---|---|\n");
  for (int n = 25; n <= 200; n *= 2) bench_allocate(n);
  for (int n = 500; n <= 4000; n *= 2) bench_forecast(n);
  for (int n = 125; n <= 1000; n *= 2) bench_paths(n);
  for (int n = 35; n <= 140; n *= 2) bench_influence(n);
  for (int n = 10000; n <= 1000000; n *= 10) bench_cross_sell(n);
  return 0;
}
