// SPDX-License-Identifier: Apache-2.0
// A disk for tests: a VFS of SQLite, made the default, that keeps everything in memory and knows of each byte whether a sync made it
// safe. When the power goes, what was not synced is forgotten, kept or torn, by chance: any subset of the writes in any order, each in
// sectors of 512 bytes of which one may be cut in the middle or hold garbage, and the same for truncated, created and deleted files.
// It can also fail calls, as a broken or full disk does: after a failed sync the system calls the written pages clean, though they
// may never have reached the disk, and the next sync succeeds (which is how Linux behaves).
// What it promises SQLite is what the real one promises on Linux: a write damages nothing beside it, the first sync of a log or
// journal makes its name safe too, names change whole. It maps no file into memory.
// Threading: everything under one lock. Files survive only while the process does; the path must be absolute.
#ifndef ENTENTE_TESTS_DISK_H
#define ENTENTE_TESTS_DISK_H
#include <stdbool.h>
#include <stdint.h>

// What a call did; used to choose the moment of a cut and to say in what it fell.
enum disk_op {
  DISK_WRITE_LOG = 1,
  DISK_SYNC_LOG = 2,
  DISK_WRITE_DB = 4,  // checkpoints
  DISK_SYNC_DB = 8,
  DISK_TRUNCATE = 16,
  DISK_NAMES = 32,  // a file made or deleted
  DISK_OTHER = 64,  // the rollback journal, while the database is new
  DISK_READ = 128,
  DISK_ANY = 127,  // what changes something
};

struct disk_habits {
  bool relaxed;       // connections run with synchronous=NORMAL, whatever the program asks for
  bool lying;         // a sync says yes and does nothing
  int64_t log_limit;  // journal_size_limit instead of the program's own; 0: the program's
};

void disk_setup(void);    // once, before any database is opened
void disk_format(void);   // an empty disk; nothing may be open
void disk_release(void);  // the same, and its memory is given back
void disk_habits_set(struct disk_habits h);

struct disk_image;
struct disk_image *disk_save(void);  // a copy of what is visible now, all of it counted as safe
void disk_load(const struct disk_image *image);
void disk_image_free(struct disk_image *image);
int64_t disk_size(const char *suffix);                   // of the file whose name ends so; -1: none
bool disk_dump(const char *folder, const char *prefix);  // writes the files out, for a look at a failure

// The power goes at the nth call from now that is one of `ops` (1-based); from then on every call fails.
void disk_cut_at(unsigned ops, int64_t nth, uint64_t seed);
void disk_cut_now(uint64_t seed);
bool disk_is_off(void);
enum disk_op disk_cut_in(void);  // the call it fell into; 0: none, the power went by disk_cut_now
void disk_power_on(void);        // with what the cut left; nothing may be open

// From now on each call of `ops` fails with chance permille/1000. Full: writes that make a file larger fail once it has `bytes`.
void disk_fail(unsigned ops, int permille, uint64_t seed);
void disk_full_at(int64_t bytes);  // 0: never
int64_t disk_failed(void);         // calls failed since disk_fail
#endif
