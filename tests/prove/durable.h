// SPDX-License-Identifier: Apache-2.0
// A hub on the test disk, writers that remember what they were told, and the comparison of both: every acknowledged write is there
// exactly once, of an unanswered one all or nothing, nothing else; the database is whole and the log verifies.
// The writers go the program's own way: several threads, db_tx_run with group commit, trust_insert, trust_update, trust_delete, and
// the sequencer at the end of each batch. A write is a deal and a comment on it, their search and seen rows and their log entries.
#ifndef ENTENTE_TESTS_DURABLE_H
#define ENTENTE_TESTS_DURABLE_H
#include "disk.h"
#include "trust/audit.h"

enum { DURABLE_THREADS = 6, DURABLE_DEALS = 256, DURABLE_WHY = 512 };

// Version 0: the deal is not there. Told: by the last acknowledged write. Tried: by writes after it that failed or were not answered.
struct promise {
  id64 id;
  char name[40];
  int told, tried;
  bool tried_delete;
};

struct durable {
  char path[256];
  struct audit_key key;
  id64 company, user;
  struct db *db;
  struct promise deal[DURABLE_DEALS];
  int ndeals;
};

struct durable_report {
  int acknowledged;                    // deals with a told version
  int lost, stranger, torn, findings;  // torn: rows that belong together are not together
  bool corrupt;                        // the database's own check complains
  bool shut;                           // it does not open
  char why[DURABLE_WHY];               // the first thing wrong
};

void durable_setup(struct durable *d, const char *folder);                            // a new hub on an empty disk
bool durable_open(struct durable *d, enum db_open_mode mode, char why[DURABLE_WHY]);  // as the server does it, migrations too
void durable_close(struct durable *d);
void durable_forget(struct durable *d);  // promises of an earlier disk

// Hubs to start from: one that was closed, one whose log is nearly long enough for a checkpoint.
void durable_images(struct durable *d, const char *folder, struct disk_image **ret_closed, struct disk_image **ret_long_log);

// The life of a program of units: each line "KIND SEED" of standard input is one unit, told by `unit`, from the hubs made at the start.
// argv: the scratch folder. Returns what main returns.
int durable_serve(int argc, char **argv, struct durable *d, struct disk_image **closed, struct disk_image **long_log,
                  void (*unit)(const char *folder, const char *kind, uint64_t seed));

struct durable_load {
  int threads, writes;  // writes of each thread at most
  bool go_on;           // after a failed write, unless the power is off
  uint64_t seed;
  int acknowledged, refused;  // result
};
void durable_write(struct durable *d, struct durable_load *load);
// exactly: nothing may be there that was tried and not acknowledged: while the program that refused it still runs.
void durable_check(struct durable *d, bool exactly, struct durable_report *ret);
bool durable_ok(const struct durable_report *r);
bool durable_file_is_whole(const struct durable *d);  // by SQLite alone: for disks that are broken on purpose
uint64_t durable_random(uint64_t *state);
#endif
