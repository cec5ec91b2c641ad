// SPDX-License-Identifier: Apache-2.0
// Power cuts: a hub on the test disk, writers, and the power going at a moment drawn from a seed: in the middle of a write to the log,
// of a sync, of a checkpoint, while the log begins anew or is cut short, while it closes, while it recovers from an earlier cut.
// Reads lines "KIND SEED" and answers each with a line of JSON. KIND: full (the program as it is), relaxed (synchronous=NORMAL: must lose
// acknowledged writes, or this program is blind), lying (syncs do nothing: must break the database or lose, or it is blind).
// Usage: power_cut FOLDER      FOLDER: for the lock file, and for what a failed cut left
// The moment depends on the seed; which writes stood before it depends on the threads, too.
#include "base/hash.h"
#include "base/json.h"
#include "durable.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Where a cut begins: a hub that was closed; one whose log is nearly long enough for a checkpoint; an empty disk, for the schema.
enum start { START_CLOSED, START_LONG_LOG, START_EMPTY };

struct unit {
  uint64_t seed, random;
  bool relaxed, lying;
  enum start start;
  int acknowledged, cuts;
  enum disk_op in;  // what the first cut fell into
  bool closing, again;
  struct durable_report report;
};

static struct durable hub;
static struct disk_image *closed_hub, *long_log_hub;

static int below(struct unit *u, int n) { return (int)(durable_random(&u->random) % (uint64_t)n); }

// ---- one cut

// Moments up to `most`, near the last of such calls a unit makes; a unit that ends before its moment is a cut at rest. A relaxed hub
// loses what was written since its last sync, so the power goes while it writes.
static void arm(struct unit *u) {
  static const struct {
    unsigned ops;
    int most;
  } moments[] = {{DISK_WRITE_LOG, 400},
                 {DISK_ANY, 600},
                 {DISK_ANY, 1500},
                 {DISK_SYNC_LOG, 8},
                 {DISK_WRITE_DB, 200},
                 {DISK_SYNC_DB, 1},
                 {DISK_TRUNCATE | DISK_NAMES, 2}};
  int i = u->relaxed ? 0 : below(u, ARRAY_LEN(moments));
  disk_cut_at(moments[i].ops, 1 + below(u, moments[i].most), durable_random(&u->random));
}

// The hub is opened, written to and closed until the power goes; at the latest when all is done.
static void run_until_cut(struct unit *u) {
  char why[DURABLE_WHY];
  struct durable_load load = {
    .threads = 1 + below(u, DURABLE_THREADS), .writes = 2 + below(u, 10), .seed = durable_random(&u->random)};
  if (durable_open(&hub, u->start == START_EMPTY ? DB_CREATE : DB_SERVE, why)) {
    if (u->start != START_EMPTY) durable_write(&hub, &load);
    u->closing = !disk_is_off();
    durable_close(&hub);
  }
  u->acknowledged = load.acknowledged;
  disk_cut_now(durable_random(&u->random));
  u->in = disk_cut_in();
  u->closing = u->closing && u->in;
  u->cuts = 1;
  disk_power_on();
}

// Recovering from a cut may meet the next one.
static void cut_again(struct unit *u) {
  char why[DURABLE_WHY];
  disk_cut_at(DISK_ANY, 1 + below(u, 40), durable_random(&u->random));
  if (durable_open(&hub, u->start == START_EMPTY ? DB_CREATE : DB_SERVE, why)) durable_close(&hub);
  u->again = disk_is_off();
  disk_cut_now(durable_random(&u->random));
  u->cuts += u->again;
  disk_power_on();
}

static void compare(struct unit *u) {
  struct durable_report *r = &u->report;
  if (u->lying && !durable_file_is_whole(&hub)) {
    r->corrupt = true;
    return;
  }
  if (!durable_open(&hub, u->start == START_EMPTY ? DB_CREATE : DB_SERVE, r->why)) {
    r->shut = true;
    return;
  }
  durable_check(&hub, false, r);
  struct durable_load next = {.threads = 1, .writes = 1, .seed = u->seed};
  if (u->start != START_EMPTY) durable_write(&hub, &next);
  if (u->start != START_EMPTY && next.acknowledged != 1 && !r->why[0]) {
    r->shut = true;
    (void)snprintf(r->why, sizeof r->why, "the next write fails: %.400s", db_tx_message());
  }
  durable_close(&hub);
}

static void unit_run(struct unit *u) {
  u->random = u->seed;
  int start = below(u, 40);
  u->start = start == 0 && !u->relaxed && !u->lying ? START_EMPTY : start < 20 ? START_CLOSED : START_LONG_LOG;
  if (u->start == START_EMPTY)
    disk_format();
  else
    disk_load(u->start == START_CLOSED ? closed_hub : long_log_hub);
  durable_forget(&hub);
  disk_habits_set(
    (struct disk_habits){.relaxed = u->relaxed, .lying = u->lying, .log_limit = below(u, 4) == 0 ? INT64_C(512) * 1024 : 0});
  arm(u);
  run_until_cut(u);
  if (below(u, 3) == 0) cut_again(u);
  compare(u);
}

// ---- answers

static const char *place(const struct unit *u) {
  switch (u->in) {
  case DISK_WRITE_LOG: return "writing the log";
  case DISK_SYNC_LOG: return "syncing the log";
  case DISK_WRITE_DB: return "checkpoint";
  case DISK_SYNC_DB: return "syncing a checkpoint";
  case DISK_TRUNCATE: return "cutting a file short";
  case DISK_NAMES: return "making or deleting a file";
  case DISK_OTHER: return "the journal of a new file";
  default: return "at rest";
  }
}

static void answer(const struct unit *u) {
  const struct durable_report *r = &u->report;
  AUTO(buf_release) struct buf b = BUF(8192);
  struct jw w = JW(&b);
  const struct {
    const char *name;
    int64_t n;
  } numbers[] = {{"acknowledged", u->acknowledged}, {"cuts", u->cuts}, {"lost", r->lost},
                 {"stranger", r->stranger},         {"torn", r->torn}, {"findings", r->findings}};
  const struct {
    const char *name;
    bool is;
  } flags[] = {
    {"ok", durable_ok(r)}, {"corrupt", r->corrupt}, {"shut", r->shut}, {"closing", u->closing}, {"recovering", u->again}};
  jw_object(&w);
  for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
    jw_key(&w, str_of(numbers[i].name));
    jw_int(&w, numbers[i].n);
  }
  for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
    jw_key(&w, str_of(flags[i].name));
    jw_bool(&w, flags[i].is);
  }
  jw_key(&w, S("place"));
  jw_string(&w, str_of(place(u)));
  jw_key(&w, S("why"));
  jw_string(&w, str_of(r->why));
  jw_end_object(&w);
  (void)printf("%s\n", buf_z(&b));
  (void)fflush(stdout);
}

static void tell(const char *folder, const char *kind, uint64_t seed) {
  struct unit u = {.seed = seed, .relaxed = !strcmp(kind, "relaxed"), .lying = !strcmp(kind, "lying")};
  char name[32];
  unit_run(&u);
  (void)snprintf(name, sizeof name, "cut-%llu", (unsigned long long)seed);
  if (!durable_ok(&u.report) && !u.relaxed && !u.lying) (void)disk_dump(folder, name);
  answer(&u);
}

int main(int argc, char **argv) { return durable_serve(argc, argv, &hub, &closed_hub, &long_log_hub, tell); }
