// SPDX-License-Identifier: Apache-2.0
// What is printed and kept: tables in Markdown.
#include "bench.h"
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static void thousands(struct buf *out, double v) {
  char digits[32];
  int n = snprintf(digits, sizeof digits, "%.0f", v);
  for (int i = 0; i < n; i++) {
    if (i && (n - i) % 3 == 0) buf_putc(out, ',');
    buf_putc(out, digits[i]);
  }
}

double rate_of(const struct side *s) { return s->seconds > 0 ? (double)s->answered / s->seconds : 0; }

static double cpu_us(const struct side *s) { return s->answered ? s->cpu / (double)s->answered * 1e6 : 0; }

static void head(struct buf *t, const char *engine) {
  char date[16];
  time_t now = time(NULL);
  struct tm tm;
  strftime(date, sizeof date, "%Y-%m-%d", gmtime_r(&now, &tm));
  buf_fmt(t, "Measured on %s with %s, %ld cores shared by server, floor and load; ", date, engine, sysconf(_SC_NPROCESSORS_ONLN));
}

static void hub_words(struct buf *t, int64_t scale) {
  thousands(t, (double)scale);
  buf_putz(t, " accounts with contacts, ");
  thousands(t, 3 * (double)scale);
  buf_putz(t, " deals, ");
  thousands(t, 10 * (double)scale);
  buf_putz(t, " activities, 102 partner companies whose grants overlap");
}

static void ratio_put(struct buf *out, double ratio, double aim) {
  if (aim > 0)
    buf_fmt(out, " %.0f %% | %.0f %%%s |", ratio * 100, aim * 100, ratio < aim ? ", missed" : "");
  else
    buf_putz(out, " | |");
}

static void side_put(struct buf *t, const struct side *s) {
  if (!s->answered) {
    buf_putz(t, " | | | |");
    return;
  }
  buf_putc(t, ' ');
  thousands(t, rate_of(s));
  buf_fmt(t, " | %.2f | %.2f | %.0f |", s->half.p50_ms, s->half.p99_ms, cpu_us(s));
}

static void import_row(struct buf *t, const struct size_figures *f) {
  if (!f->import_rows) return;
  double server = (double)f->import_rows / f->import_server_s, floor = (double)f->import_rows / f->import_floor_s;
  buf_putz(t, "| import ");
  thousands(t, (double)f->import_rows);
  buf_putz(t, " rows (rows/s) | ");
  thousands(t, server);
  buf_putz(t, " | | | | ");
  thousands(t, floor);
  buf_putz(t, " | | | |");
  ratio_put(t, server / floor, 0.5);
  buf_putc(t, '\n');
}

void table_one(struct buf *t, const struct size_figures *f) {
  head(t, "SQLite");
  hub_words(t, f->scale);
  buf_putz(
    t,
    ". Requests a second at saturation; latency at half of it, in ms; CPU a request, in us. Ratio: median of seven rounds in turns.\n\n"
    "| | server /s | p50 | p99 | CPU | floor /s | p50 | p99 | CPU | ratio | aim |\n"
    "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n");
  for (size_t i = 0; i < request_count; i++) {
    buf_fmt(t, "| %s, %s |", request_kinds[i].name, request_kinds[i].who);
    side_put(t, &f->kind[i].server);
    side_put(t, &f->kind[i].floor);
    ratio_put(t, f->kind[i].ratio, request_kinds[i].aim);
    buf_putc(t, '\n');
  }
  import_row(t, f);
  buf_fmt(t, "\n| | | aim |\n|---|--:|--:|\n| start to first answer, median (quickest) of nine | %.0f (%.0f) ms | 50 ms |\n",
          f->first_answer_ms, f->quickest_ms);
  buf_fmt(t, "| anonymous memory, started | %.1f MB | 40 MB |\n| anonymous memory, at rest after the load | %.1f MB | 40 MB |\n",
          (double)f->at_start_kb / 1024, (double)f->after_load_kb / 1024);
  buf_putz(t, "| database | ");
  thousands(t, f->database_mb);
  buf_fmt(t, " MB | |\n| hand-over, then settlement: median of %zu, one client | %.1f, %.1f ms | |\n", f->chain.n,
          f->chain.handover_p50, f->chain.settle_p50);
}

// ---- two sizes

double growth_of_work(const struct figures *small, const struct figures *large) {
  return small->work > 0 ? large->work / small->work : 0;
}

static void growth_row(struct buf *t, const struct request_kind *k, const struct figures *a, const struct figures *b) {
  double small = rate_of(&a->server), large = rate_of(&b->server), slower = large > 0 ? small / large : 0;
  buf_fmt(t, "| %s, %s | ", k->name, k->who);
  thousands(t, small);
  buf_fmt(t, " | %.2f | %.2f | ", a->server.half.p50_ms, a->server.half.p99_ms);
  thousands(t, large);
  buf_fmt(t, " | %.2f | %.2f | %.2f%s | %.2f%s |", b->server.half.p50_ms, b->server.half.p99_ms, slower,
          slower > 1.3 ? ", missed" : "", growth_of_work(a, b), growth_of_work(a, b) > 1.3 ? ", missed" : "");
  if (b->floor.answered) {
    double p99 = b->floor.half.p99_ms > 0 ? b->server.half.p99_ms / b->floor.half.p99_ms : 0;
    buf_fmt(t, " %.0f %%%s | %.1f%s |\n", b->ratio * 100, b->ratio < k->aim ? ", missed" : "", p99, p99 > 2 ? ", missed" : "");
  } else {
    buf_putz(t, " | |\n");
  }
}

static void chain_rows(struct buf *t, const struct chain_figures *a, const struct chain_figures *b) {
  double h = b->handover_p50 / a->handover_p50, s = b->settle_p50 / a->settle_p50;
  buf_fmt(t, "| hand over a lead, one client | | %.2f | %.2f | | %.2f | %.2f | %.2f%s | %.2f%s | | |\n", a->handover_p50,
          a->handover_p99, b->handover_p50, b->handover_p99, h, h > 1.3 ? ", missed" : "", b->handover_work / a->handover_work,
          b->handover_work / a->handover_work > 1.3 ? ", missed" : "");
  buf_fmt(t, "| settle a deal, one client | | %.2f | %.2f | | %.2f | %.2f | %.2f%s | %.2f%s | | |\n", a->settle_p50,
          a->settle_p99, b->settle_p50, b->settle_p99, s, s > 1.3 ? ", missed" : "", b->settle_work / a->settle_work,
          b->settle_work / a->settle_work > 1.3 ? ", missed" : "");
}

void table_growth(struct buf *t, const struct size_figures *a, const struct size_figures *b) {
  head(t, "SQLite");
  hub_words(t, b->scale);
  buf_putz(t, ", beside a hub of ");
  thousands(t, (double)a->scale);
  buf_fmt(
    t,
    ". Requests a second at saturation; p50 and p99 at half of it, in ms; growth of the time a request takes at saturation (of the "
    "median, where one client asks) and of the work of the database (aim: at most 1.3); ratio to the floor at saturation (aim: 60 %%, "
    "create 50 %%) and of the p99 (aim: at most 2), both in the large hub.\n\n| | ");
  thousands(t, (double)a->scale);
  buf_putz(t, ": /s | p50 | p99 | ");
  thousands(t, (double)b->scale);
  buf_putz(t, ": /s | p50 | p99 | time | work | floor | p99 to floor's |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n");
  for (size_t i = 0; i < request_count; i++) growth_row(t, &request_kinds[i], &a->kind[i], &b->kind[i]);
  chain_rows(t, &a->chain, &b->chain);
  buf_fmt(t, "\n| | | | aim |\n|---|--:|--:|--:|\n| start to first answer, median | %.0f ms | %.0f ms | 50 ms |\n",
          a->first_answer_ms, b->first_answer_ms);
  buf_fmt(t, "| anonymous memory, at rest after the load | %.1f MB | %.1f MB | 100 MB |\n| database | ",
          (double)a->after_load_kb / 1024, (double)b->after_load_kb / 1024);
  thousands(t, a->database_mb);
  buf_putz(t, " MB | ");
  thousands(t, b->database_mb);
  buf_fmt(t, " MB | |\n| made in | %.0f s | %.0f s | |\n", a->made_s, b->made_s);
}

// ---- one server and two

static void servers_row(struct buf *t, const struct request_kind *k, const struct figures *one, const struct figures *two) {
  buf_fmt(t, "| %s, %s | ", k->name, k->who);
  thousands(t, rate_of(&one->server));
  buf_fmt(t, " | %.2f | %.2f | ", one->server.half.p50_ms, one->server.half.p99_ms);
  thousands(t, rate_of(&two->server));
  buf_fmt(t, " | %.2f | %.2f |", two->server.half.p50_ms, two->server.half.p99_ms);
}

void table_servers(struct buf *t, const struct size_figures *one, const struct size_figures *two, size_t sizes) {
  for (size_t s = 0; s < sizes; s++) {
    bool large = s > 0;
    if (!s)
      head(t, "PostgreSQL");
    else
      buf_putc(t, '\n');
    hub_words(t, one[s].scale);
    buf_fmt(
      t,
      "; the database shares the cores too. One server process and two on the same database: requests a second at saturation, p50 "
      "and p99 at half of it, in ms%s.\n\n| | one: /s | p50 | p99 | two: /s | p50 | p99 |%s\n|---|--:|--:|--:|--:|--:|--:|%s\n",
      large ? "; growth of the work (pages) since the smaller hub, aim at most 1.3" : "", large ? " work |" : "",
      large ? "--:|" : "");
    for (size_t i = 0; i < request_count; i++) {
      servers_row(t, &request_kinds[i], &one[s].kind[i], &two[s].kind[i]);
      double g = large ? growth_of_work(&one[0].kind[i], &one[s].kind[i]) : 0;
      if (large) buf_fmt(t, " %.2f%s |", g, g > 1.3 ? ", missed" : "");
      buf_putc(t, '\n');
    }
    const struct chain_figures *a = &one[s].chain, *b = &two[s].chain;
    buf_fmt(t, "| hand over a lead, one client | | %.2f | %.2f | | %.2f | %.2f |", a->handover_p50, a->handover_p99,
            b->handover_p50, b->handover_p99);
    if (large) buf_fmt(t, " %.2f |", a->handover_work / one[0].chain.handover_work);
    buf_fmt(t, "\n| settle a deal, one client | | %.2f | %.2f | | %.2f | %.2f |", a->settle_p50, a->settle_p99, b->settle_p50,
            b->settle_p99);
    if (large) buf_fmt(t, " %.2f |", a->settle_work / one[0].chain.settle_work);
    buf_fmt(t, "\n\nAnonymous memory of a server at rest after the load: %.1f MB; database ",
            (double)one[s].after_load_kb / 1024);
    thousands(t, one[s].database_mb);
    buf_fmt(t, " MB, made in %.0f s.\n", one[s].made_s);
  }
}

void table_work(struct buf *t, const char *unit, const struct size_figures *a, const struct size_figures *b) {
  for (size_t i = 0; i < request_count; i++)
    buf_fmt(t, "work | %s, %s | %.0f | %.0f | %.3f\n", request_kinds[i].name, request_kinds[i].who, a->kind[i].work,
            b->kind[i].work, growth_of_work(&a->kind[i], &b->kind[i]));
  buf_fmt(t, "work | hand over a lead | %.0f | %.0f | %.3f\nwork | settle a deal | %.0f | %.0f | %.3f\nunit | %s\n",
          a->chain.handover_work, b->chain.handover_work, b->chain.handover_work / a->chain.handover_work, a->chain.settle_work,
          b->chain.settle_work, b->chain.settle_work / a->chain.settle_work, unit);
}
