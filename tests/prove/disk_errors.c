// SPDX-License-Identifier: Apache-2.0
// A disk that fails while the program runs: reads, writes, syncs and checkpoints fail at random moments, or the disk is full. What was
// refused is not there, what was acknowledged is; with the disk well again the next write succeeds; and after a power cut right then
// (what a failed sync wrote is lost for good, as on Linux) the acknowledged writes are still there.
// Reads lines "KIND SEED" and answers each with a line of JSON. KIND: errors (the program as it is), lying (a disk whose syncs fail
// and say yes: after the cut acknowledged writes must be missing, or this program is blind).
// Usage: disk_errors FOLDER
#include "base/hash.h"
#include "base/json.h"
#include "durable.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct unit {
  uint64_t random;
  bool lying, full, cut;
  int acknowledged, refused;
  int64_t failed;  // calls of the disk
  const char *when;
  struct durable_report report;
};

static struct durable hub;
static struct disk_image *closed_hub, *long_log_hub;

static int below(struct unit *u, int n) { return (int)(durable_random(&u->random) % (uint64_t)n); }

static void break_disk(struct unit *u) {
  static const unsigned ops[] = {DISK_WRITE_LOG, DISK_SYNC_LOG, DISK_WRITE_DB | DISK_SYNC_DB | DISK_TRUNCATE,
                                 DISK_READ,      DISK_ANY,      DISK_ANY | DISK_READ};
  static const int permilles[] = {2, 10, 50, 300, 1000};
  u->full = below(u, 4) == 0;
  if (u->full)
    disk_full_at(1 + disk_size("-wal") + below(u, 300) * 4096);
  else
    disk_fail(ops[below(u, ARRAY_LEN(ops))], permilles[below(u, ARRAY_LEN(permilles))], durable_random(&u->random));
}

static void mend_disk(struct unit *u) {
  u->failed = disk_failed();
  disk_fail(0, 0, 0);
  disk_full_at(0);
}

// Keeps the first thing wrong, and in what moment it was.
static bool holds(struct unit *u, bool exactly, const char *when) {
  struct durable_report r = {0};
  durable_check(&hub, exactly, &r);
  if (durable_ok(&r)) return true;
  u->report = r;
  u->when = when;
  return false;
}

static bool next_write(struct unit *u) {
  struct durable_load next = {.threads = 1, .writes = 1, .seed = durable_random(&u->random)};
  durable_write(&hub, &next);
  if (next.acknowledged == 1) return true;
  u->report.shut = true;
  u->when = "the next write";
  (void)snprintf(u->report.why, sizeof u->report.why, "%.400s", db_tx_message());
  return false;
}

static bool open_again(struct unit *u) {
  if (durable_open(&hub, DB_SERVE, u->report.why)) return true;
  u->report.shut = true;
  u->when = "opening again";
  return false;
}

static void unit_run(struct unit *u) {
  struct durable_load load = {
    .threads = 1 + below(u, DURABLE_THREADS), .writes = 2 + below(u, 10), .go_on = true, .seed = durable_random(&u->random)};
  disk_load(below(u, 2) ? closed_hub : long_log_hub);
  disk_habits_set((struct disk_habits){.lying = u->lying});
  durable_forget(&hub);
  if (!open_again(u)) return;
  if (!u->lying) break_disk(u);
  durable_write(&hub, &load);
  mend_disk(u);
  u->acknowledged = load.acknowledged;
  u->refused = load.refused;
  u->cut = u->lying || below(u, 2);
  bool well = holds(u, true, "while it runs");
  if (well && !u->cut) well = next_write(u);
  if (u->cut) disk_cut_now(durable_random(&u->random));
  durable_close(&hub);
  if (u->cut) disk_power_on();
  if (!well) return;
  if (u->lying && !durable_file_is_whole(&hub)) {
    u->report.corrupt = true;
    return;
  }
  if (!open_again(u)) return;
  well = holds(u, false, u->cut ? "after a power cut" : "after a restart") && next_write(u);
  durable_close(&hub);
}

static void answer(const struct unit *u) {
  AUTO(buf_release) struct buf b = BUF(8192);
  struct jw w = JW(&b);
  const struct {
    const char *name;
    int64_t n;
  } numbers[] = {{"acknowledged", u->acknowledged}, {"refused", u->refused}, {"failed", u->failed}};
  jw_object(&w);
  for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
    jw_key(&w, str_of(numbers[i].name));
    jw_int(&w, numbers[i].n);
  }
  jw_key(&w, S("ok"));
  jw_bool(&w, durable_ok(&u->report));
  jw_key(&w, S("full"));
  jw_bool(&w, u->full);
  jw_key(&w, S("why"));
  jw_string(&w, str_of(u->report.why));
  jw_key(&w, S("when"));
  jw_string(&w, str_of(u->when ? u->when : ""));
  jw_end_object(&w);
  (void)printf("%s\n", buf_z(&b));
  (void)fflush(stdout);
}

static void tell(const char *folder, const char *kind, uint64_t seed) {
  (void)folder;
  struct unit u = {.random = seed, .lying = !strcmp(kind, "lying")};
  unit_run(&u);
  answer(&u);
}

int main(int argc, char **argv) { return durable_serve(argc, argv, &hub, &closed_hub, &long_log_hub, tell); }
