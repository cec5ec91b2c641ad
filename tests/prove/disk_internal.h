// SPDX-License-Identifier: Apache-2.0
// What disk.c (contents, names, cuts) and disk_vfs.c (SQLite's side) share. Everything is reached under disk.lock.
#ifndef ENTENTE_TESTS_DISK_INTERNAL_H
#define ENTENTE_TESTS_DISK_INTERNAL_H
#include "disk.h"
#include <pthread.h>
#include <stddef.h>

enum { DISK_PATH_MAX = 512, DISK_NAMES_MAX = 32, DISK_REGIONS_MAX = 64 };

struct bytes {
  uint8_t *p;
  int64_t n, room;
};
void bytes_resize(struct bytes *b, int64_t n);  // grows with zeros
void bytes_write(struct bytes *b, int64_t at, const void *p, int64_t n);

enum change { CHANGE_WRITE, CHANGE_SIZE };
struct pending {
  enum change kind;
  int64_t at, n;
  int64_t data;  // where its bytes begin in `written`
};

struct inode {
  struct inode *next;
  struct bytes now, safe;  // what readers see; what is on the disk for sure
  struct pending *pending;
  int npending, room;
  struct bytes written;
  struct handle *handles;  // open ones, for the locks
  int nmapped;             // handles that use the shared memory
  int nregions;
  void *region[DISK_REGIONS_MAX];
};
struct inode *inode_new(void);
void inode_sync(struct inode *f);
void pending_add(struct inode *f, enum change kind, int64_t at, const void *p, int64_t n);

struct name {
  char path[DISK_PATH_MAX];
  struct inode *now, *safe;  // NULL: there is no such file
};
struct name *name_find(const char *path);  // makes an empty place for it
void names_sync(void);

struct disk {
  pthread_mutex_t lock;
  struct inode *inodes, *spare;  // spare ones keep their memory
  struct name names[DISK_NAMES_MAX];
  int nnames;
  struct disk_habits habits;
  uint64_t random;
  bool off;
  enum disk_op cut_in;
  unsigned cut_ops, fail_ops;
  int64_t cut_left, failed, full_at;
  int fail_permille;
};
extern struct disk disk;
uint64_t disk_random(void);
bool disk_count(enum disk_op op);
bool disk_hit(enum disk_op op);
void disk_sync_failed(struct inode *f);
#endif
