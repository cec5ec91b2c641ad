// SPDX-License-Identifier: Apache-2.0
#include "disk.h"
#include "disk_internal.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct disk disk = {.lock = PTHREAD_MUTEX_INITIALIZER};

// One step of splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
uint64_t disk_random(void) {
  uint64_t z = disk.random += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

static bool chance(int permille) { return (int)(disk_random() % 1000) < permille; }

// ---- bytes

static void bytes_fit(struct bytes *b, int64_t n) {
  if (n <= b->room) return;
  int64_t room = b->room ? b->room : 65536;
  while (room < n) room *= 2;
  b->p = realloc(b->p, (size_t)room);
  if (!b->p) abort();
  b->room = room;
}

void bytes_resize(struct bytes *b, int64_t n) {
  bytes_fit(b, n);
  if (n > b->n) memset(b->p + b->n, 0, (size_t)(n - b->n));
  b->n = n;
}

void bytes_write(struct bytes *b, int64_t at, const void *p, int64_t n) {
  bytes_fit(b, at + n);
  if (at > b->n) bytes_resize(b, at);
  if (n) memcpy(b->p + at, p, (size_t)n);
  if (at + n > b->n) b->n = at + n;
}

static void bytes_copy(struct bytes *to, const struct bytes *from) {
  to->n = 0;
  bytes_write(to, 0, from->p, from->n);
}

// ---- inodes: contents, and what no sync has made safe yet

void pending_add(struct inode *f, enum change kind, int64_t at, const void *p, int64_t n) {
  if (f->npending == f->room) {
    f->room = f->room ? 2 * f->room : 256;
    f->pending = realloc(f->pending, (size_t)f->room * sizeof *f->pending);
    if (!f->pending) abort();
  }
  f->pending[f->npending++] = (struct pending){.kind = kind, .at = at, .n = n, .data = f->written.n};
  bytes_write(&f->written, f->written.n, p, n);
}

static void pending_drop(struct inode *f) { f->npending = 0, f->written.n = 0; }

static void change_apply(struct inode *f, const struct pending *c) {
  if (c->kind == CHANGE_WRITE)
    bytes_write(&f->safe, c->at, f->written.p + c->data, c->n);
  else
    bytes_resize(&f->safe, c->at);
}

void inode_sync(struct inode *f) {
  for (int i = 0; i < f->npending; i++) change_apply(f, &f->pending[i]);
  pending_drop(f);
}

struct inode *inode_new(void) {
  struct inode *f = disk.spare;
  if (f)
    disk.spare = f->next;
  else if (!(f = calloc(1, sizeof *f)))
    abort();
  pending_drop(f);
  f->now.n = f->safe.n = 0;
  f->next = disk.inodes;
  disk.inodes = f;
  return f;
}

static void inodes_free(struct inode *f) {
  for (struct inode *next; f; f = next) {
    next = f->next;
    free(f->pending);
    free(f->written.p);
    free(f->now.p);
    free(f->safe.p);
    free(f);
  }
}

// ---- names

struct name *name_find(const char *path) {
  for (int i = 0; i < disk.nnames; i++)
    if (!strcmp(disk.names[i].path, path)) return &disk.names[i];
  assert(disk.nnames < DISK_NAMES_MAX && strlen(path) < sizeof disk.names[0].path);
  struct name *n = &disk.names[disk.nnames++];
  *n = (struct name){0};
  (void)snprintf(n->path, sizeof n->path, "%s", path);
  return n;
}

void names_sync(void) {
  for (int i = 0; i < disk.nnames; i++) disk.names[i].safe = disk.names[i].now;
}

static const char *suffix_of(const char *path) {
  const char *slash = strrchr(path, '/'), *dash = strrchr(path, '-');
  return dash && slash && dash > slash ? dash : "";
}

// ---- the power goes

enum { SECTOR = 512 };

// One sector's part of a write: kept, forgotten, cut in the middle, or garbage.
static void sector_torn(struct bytes *b, int64_t at, const uint8_t *p, int64_t n, int keep) {
  if (chance(keep)) {
    bytes_write(b, at, p, n);
  } else if (chance(100)) {
    bytes_write(b, at, p, (int64_t)(disk_random() % (uint64_t)n));
  } else if (chance(50)) {
    uint8_t garbage[SECTOR];
    for (int64_t i = 0; i < n; i++) garbage[i] = (uint8_t)disk_random();
    bytes_write(b, at, garbage, n);
  }
}

static void write_torn(struct inode *f, const struct pending *c, int keep) {
  const uint8_t *data = f->written.p + c->data;
  for (int64_t at = c->at; at < c->at + c->n;) {
    int64_t end = (at / SECTOR + 1) * SECTOR;
    if (end > c->at + c->n) end = c->at + c->n;
    sector_torn(&f->safe, at, data + (at - c->at), end - at, keep);
    at = end;
  }
}

// How much of what waited reaches the disk differs from cut to cut: nothing, all, or any part.
static void inode_torn(struct inode *f) {
  static const int keeps[] = {0, 100, 500, 900, 1000};
  int keep = keeps[disk_random() % 5];
  for (const struct pending *c = f->pending; c < f->pending + f->npending; c++) {
    if (chance(200))
      change_apply(f, c);
    else if (c->kind == CHANGE_WRITE)
      write_torn(f, c, keep);
    else if (chance(keep))
      change_apply(f, c);
  }
  pending_drop(f);
}

static void cut(enum disk_op in) {
  disk.off = true;
  disk.cut_in = in;
  for (int i = 0; i < disk.nnames; i++) {
    struct name *n = &disk.names[i];
    if (n->now != n->safe && chance(500)) n->safe = n->now;
  }
  for (struct inode *f = disk.inodes; f; f = f->next) inode_torn(f);
}

// Counts a call. False: the power is off, or went at this one. The call's own change is among what waits, so part of it may stay.
bool disk_count(enum disk_op op) {
  if (disk.off) return false;
  if (disk.cut_ops & op && --disk.cut_left == 0) cut(op);
  return !disk.off;
}

bool disk_hit(enum disk_op op) {
  bool hit = disk.fail_ops & op && chance(disk.fail_permille);
  disk.failed += hit;
  return hit;
}

// The system marks the pages clean: what did not reach the disk by now never will, unless it is written again.
void disk_sync_failed(struct inode *f) { inode_torn(f); }

// ---- the test's side

static void no_files_open(void) {
  for (struct inode *f = disk.inodes; f; f = f->next) assert(!f->handles);
}

void disk_format(void) {
  pthread_mutex_lock(&disk.lock);
  no_files_open();
  for (struct inode *f; (f = disk.inodes) != NULL;) {
    disk.inodes = f->next;
    f->next = disk.spare;
    disk.spare = f;
  }
  disk.nnames = 0;
  disk.off = false;
  disk.cut_ops = disk.fail_ops = 0;
  disk.full_at = 0;
  pthread_mutex_unlock(&disk.lock);
}

void disk_release(void) {
  disk_format();
  inodes_free(disk.spare);
  disk.spare = NULL;
}

void disk_habits_set(struct disk_habits h) { disk.habits = h; }

struct disk_image {
  int n;
  struct {
    char path[DISK_PATH_MAX];
    struct bytes bytes;
  } file[DISK_NAMES_MAX];
};

struct disk_image *disk_save(void) {
  struct disk_image *image = calloc(1, sizeof *image);
  if (!image) abort();
  pthread_mutex_lock(&disk.lock);
  for (int i = 0; i < disk.nnames; i++) {
    if (!disk.names[i].now) continue;
    memcpy(image->file[image->n].path, disk.names[i].path, DISK_PATH_MAX);
    bytes_copy(&image->file[image->n++].bytes, &disk.names[i].now->now);
  }
  pthread_mutex_unlock(&disk.lock);
  return image;
}

void disk_load(const struct disk_image *image) {
  disk_format();
  pthread_mutex_lock(&disk.lock);
  for (int i = 0; i < image->n; i++) {
    struct name *n = name_find(image->file[i].path);
    n->now = n->safe = inode_new();
    bytes_copy(&n->now->now, &image->file[i].bytes);
    bytes_copy(&n->now->safe, &image->file[i].bytes);
  }
  pthread_mutex_unlock(&disk.lock);
}

void disk_image_free(struct disk_image *image) {
  for (int i = 0; i < image->n; i++) free(image->file[i].bytes.p);
  free(image);
}

int64_t disk_size(const char *suffix) {
  int64_t size = -1;
  pthread_mutex_lock(&disk.lock);
  for (int i = 0; i < disk.nnames; i++)
    if (disk.names[i].now && !strcmp(suffix_of(disk.names[i].path), suffix)) size = disk.names[i].now->now.n;
  pthread_mutex_unlock(&disk.lock);
  return size;
}

bool disk_dump(const char *folder, const char *prefix) {
  bool ok = true;
  for (int i = 0; i < disk.nnames; i++) {
    const struct name *n = &disk.names[i];
    char path[2 * DISK_PATH_MAX];
    if (!n->now) continue;
    (void)snprintf(path, sizeof path, "%s/%s.db%s", folder, prefix, suffix_of(n->path));
    FILE *f = fopen(path, "wb");
    ok = f && fwrite(n->now->now.p, 1, (size_t)n->now->now.n, f) == (size_t)n->now->now.n && ok;
    if (f) ok = fclose(f) == 0 && ok;
  }
  return ok;
}

void disk_cut_at(unsigned ops, int64_t nth, uint64_t seed) {
  pthread_mutex_lock(&disk.lock);
  disk.cut_ops = ops;
  disk.cut_left = nth;
  disk.random = seed;
  disk.cut_in = 0;
  pthread_mutex_unlock(&disk.lock);
}

void disk_cut_now(uint64_t seed) {
  pthread_mutex_lock(&disk.lock);
  disk.random = seed;
  if (!disk.off) cut(0);
  pthread_mutex_unlock(&disk.lock);
}

bool disk_is_off(void) {
  pthread_mutex_lock(&disk.lock);
  bool off = disk.off;
  pthread_mutex_unlock(&disk.lock);
  return off;
}

enum disk_op disk_cut_in(void) { return disk.cut_in; }

void disk_power_on(void) {
  pthread_mutex_lock(&disk.lock);
  no_files_open();
  for (int i = 0; i < disk.nnames; i++) disk.names[i].now = disk.names[i].safe;
  for (struct inode *f = disk.inodes; f; f = f->next) bytes_copy(&f->now, &f->safe);
  disk.off = false;
  disk.cut_ops = 0;
  pthread_mutex_unlock(&disk.lock);
}

void disk_fail(unsigned ops, int permille, uint64_t seed) {
  pthread_mutex_lock(&disk.lock);
  disk.fail_ops = ops;
  disk.fail_permille = permille;
  disk.failed = 0;
  disk.random = seed;
  pthread_mutex_unlock(&disk.lock);
}

void disk_full_at(int64_t bytes) {
  pthread_mutex_lock(&disk.lock);
  disk.full_at = bytes;
  pthread_mutex_unlock(&disk.lock);
}

int64_t disk_failed(void) {
  pthread_mutex_lock(&disk.lock);
  int64_t n = disk.failed;
  pthread_mutex_unlock(&disk.lock);
  return n;
}
