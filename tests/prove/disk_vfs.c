// SPDX-License-Identifier: Apache-2.0
// The methods SQLite calls. Locks and shared memory follow the rules of its own VFS for Unix, between the handles of this process.
#include "disk_internal.h"
#include <assert.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum file_kind { FILE_DB, FILE_LOG, FILE_JOURNAL, FILE_TEMP };

struct handle {
  sqlite3_file base;
  enum file_kind kind;
  struct inode *inode;
  struct handle *next;
  int lock;
  bool mapped, name_safe;
  unsigned shared, exclusive;  // slots of the shared memory
};

static sqlite3_vfs *real;

static struct handle *of(sqlite3_file *f) { return (struct handle *)f; }

static void enter(void) { pthread_mutex_lock(&disk.lock); }

static int leave(int rc) {
  pthread_mutex_unlock(&disk.lock);
  return rc;
}

static enum disk_op write_op(const struct handle *h) {
  return h->kind == FILE_DB ? DISK_WRITE_DB : h->kind == FILE_LOG ? DISK_WRITE_LOG : DISK_OTHER;
}

static enum disk_op sync_op(const struct handle *h) {
  return h->kind == FILE_DB ? DISK_SYNC_DB : h->kind == FILE_LOG ? DISK_SYNC_LOG : DISK_OTHER;
}

// ---- contents

static int x_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at) {
  const struct inode *i = of(f)->inode;
  enter();
  if (of(f)->kind != FILE_TEMP && (disk.off || disk_hit(DISK_READ))) return leave(SQLITE_IOERR_READ);
  int64_t have = at < i->now.n ? i->now.n - at : 0;
  if (have > n) have = n;
  if (have) memcpy(p, i->now.p + at, (size_t)have);
  memset((char *)p + have, 0, (size_t)(n - have));
  return leave(have < n ? SQLITE_IOERR_SHORT_READ : SQLITE_OK);
}

static int x_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at) {
  struct handle *h = of(f);
  struct inode *i = h->inode;
  enter();
  if (h->kind != FILE_TEMP) {
    if (disk.off || disk_hit(write_op(h))) return leave(SQLITE_IOERR_WRITE);
    if (disk.full_at && at + n > i->now.n && at + n > disk.full_at) {
      disk.failed++;
      return leave(SQLITE_FULL);
    }
    pending_add(i, CHANGE_WRITE, at, p, n);
    if (!disk_count(write_op(h))) return leave(SQLITE_IOERR_WRITE);
  }
  bytes_write(&i->now, at, p, n);
  return leave(SQLITE_OK);
}

static int x_truncate(sqlite3_file *f, sqlite3_int64 size) {
  struct handle *h = of(f);
  enter();
  if (h->kind != FILE_TEMP) {
    if (disk.off || disk_hit(DISK_TRUNCATE)) return leave(SQLITE_IOERR_TRUNCATE);
    pending_add(h->inode, CHANGE_SIZE, size, NULL, 0);
    if (!disk_count(DISK_TRUNCATE)) return leave(SQLITE_IOERR_TRUNCATE);
  }
  bytes_resize(&h->inode->now, size);
  return leave(SQLITE_OK);
}

static int x_sync(sqlite3_file *f, int flags) {
  struct handle *h = of(f);
  (void)flags;
  enter();
  if (h->kind == FILE_TEMP) return leave(SQLITE_OK);
  if (disk.off) return leave(SQLITE_IOERR_FSYNC);
  if (disk_hit(sync_op(h))) {
    disk_sync_failed(h->inode);
    return leave(SQLITE_IOERR_FSYNC);
  }
  if (!disk_count(sync_op(h))) return leave(SQLITE_IOERR_FSYNC);
  if (disk.habits.lying) return leave(SQLITE_OK);
  inode_sync(h->inode);
  if (!h->name_safe && h->kind != FILE_DB) {
    names_sync();
    h->name_safe = true;
  }
  return leave(SQLITE_OK);
}

static int x_size(sqlite3_file *f, sqlite3_int64 *ret) {
  enter();
  if (disk.off) return leave(SQLITE_IOERR_FSTAT);
  *ret = of(f)->inode->now.n;
  return leave(SQLITE_OK);
}

// ---- locks

static int others_hold(const struct handle *h) {
  int most = SQLITE_LOCK_NONE;
  for (const struct handle *o = h->inode->handles; o; o = o->next)
    if (o != h && o->lock > most) most = o->lock;
  return most;
}

static int x_lock(sqlite3_file *f, int level) {
  struct handle *h = of(f);
  enter();
  if (disk.off) return leave(SQLITE_IOERR_LOCK);
  if (h->lock >= level) return leave(SQLITE_OK);
  int others = others_hold(h);
  if (level == SQLITE_LOCK_SHARED && others >= SQLITE_LOCK_PENDING) return leave(SQLITE_BUSY);
  if (level == SQLITE_LOCK_RESERVED && others >= SQLITE_LOCK_RESERVED) return leave(SQLITE_BUSY);
  if (level == SQLITE_LOCK_EXCLUSIVE && others >= SQLITE_LOCK_SHARED) {
    if (others < SQLITE_LOCK_RESERVED) h->lock = SQLITE_LOCK_PENDING;
    return leave(SQLITE_BUSY);
  }
  h->lock = level;
  return leave(SQLITE_OK);
}

static int x_unlock(sqlite3_file *f, int level) {
  enter();
  if (of(f)->lock > level) of(f)->lock = level;
  return leave(SQLITE_OK);
}

static int x_reserved(sqlite3_file *f, int *ret) {
  enter();
  *ret = of(f)->lock >= SQLITE_LOCK_RESERVED || others_hold(of(f)) >= SQLITE_LOCK_RESERVED;
  return leave(SQLITE_OK);
}

// ---- shared memory: the index of the write-ahead log, gone with the last who uses it

static int x_shm_map(sqlite3_file *f, int region, int size, int extend, void volatile **ret) {
  struct handle *h = of(f);
  struct inode *i = h->inode;
  enter();
  *ret = NULL;
  if (disk.off) return leave(SQLITE_IOERR_SHMMAP);
  i->nmapped += !h->mapped;
  h->mapped = true;
  assert(region < DISK_REGIONS_MAX);
  for (; extend && i->nregions <= region; i->nregions++)
    if (!(i->region[i->nregions] = calloc(1, (size_t)size))) abort();
  if (region < i->nregions) *ret = i->region[region];
  return leave(SQLITE_OK);
}

static int x_shm_lock(sqlite3_file *f, int slot, int n, int flags) {
  struct handle *h = of(f);
  unsigned mask = ((1u << n) - 1) << slot, shared = 0, exclusive = 0;
  enter();
  if (flags & SQLITE_SHM_UNLOCK) {
    h->shared &= ~mask;
    h->exclusive &= ~mask;
    return leave(SQLITE_OK);
  }
  if (disk.off) return leave(SQLITE_IOERR_SHMLOCK);
  for (const struct handle *o = h->inode->handles; o; o = o->next) {
    shared |= o == h ? 0 : o->shared;
    exclusive |= o == h ? 0 : o->exclusive;
  }
  if ((exclusive | (flags & SQLITE_SHM_EXCLUSIVE ? shared : 0)) & mask) return leave(SQLITE_BUSY);
  if (flags & SQLITE_SHM_EXCLUSIVE)
    h->exclusive |= mask;
  else
    h->shared |= mask;
  return leave(SQLITE_OK);
}

static void x_shm_barrier(sqlite3_file *f) {
  (void)f;
  enter();
  (void)leave(0);
}

static int x_shm_unmap(sqlite3_file *f, int delete_file) {
  struct handle *h = of(f);
  struct inode *i = h->inode;
  (void)delete_file;
  enter();
  i->nmapped -= h->mapped;
  h->mapped = false;
  h->shared = h->exclusive = 0;
  while (!i->nmapped && i->nregions) free(i->region[--i->nregions]);
  return leave(SQLITE_OK);
}

// ---- files

static int x_close(sqlite3_file *f) {
  struct handle *h = of(f);
  if (h->mapped) (void)x_shm_unmap(f, 0);
  enter();
  struct handle **at = &h->inode->handles;
  while (*at != h) at = &(*at)->next;
  *at = h->next;
  return leave(SQLITE_OK);  // contents stay: a deleted file may come back at a cut; a new disk frees them
}

// The habits: what the program asks for is heard, and not done.
static int x_control(sqlite3_file *f, int op, void *arg) {
  (void)f;
  if (op != SQLITE_FCNTL_PRAGMA) return SQLITE_NOTFOUND;
  char **a = arg;
  if (disk.habits.relaxed && !strcmp(a[1], "synchronous") && a[2] && !strcmp(a[2], "FULL")) return SQLITE_OK;
  if (disk.habits.log_limit && !strcmp(a[1], "journal_size_limit") && a[2] && !strcmp(a[2], "67108864")) return SQLITE_OK;
  return SQLITE_NOTFOUND;
}

static int x_sector(sqlite3_file *f) {
  (void)f;
  return 4096;
}

static int x_traits(sqlite3_file *f) {
  (void)f;
  return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static int x_fetch(sqlite3_file *f, sqlite3_int64 at, int n, void **ret) {
  (void)f, (void)at, (void)n;
  *ret = NULL;
  return SQLITE_OK;
}

static int x_unfetch(sqlite3_file *f, sqlite3_int64 at, void *p) {
  (void)f, (void)at, (void)p;
  return SQLITE_OK;
}

static const sqlite3_io_methods methods = {3,          x_close,       x_read,      x_write,   x_truncate, x_sync,   x_size,
                                           x_lock,     x_unlock,      x_reserved,  x_control, x_sector,   x_traits, x_shm_map,
                                           x_shm_lock, x_shm_barrier, x_shm_unmap, x_fetch,   x_unfetch};

static int open_named(const char *path, struct handle *h, int flags) {
  struct name *n = name_find(path);
  bool make = flags & SQLITE_OPEN_CREATE || (h->kind == FILE_DB && flags & SQLITE_OPEN_READWRITE);
  if (!n->now && !make) return SQLITE_CANTOPEN;
  if (!n->now) {
    n->now = inode_new();
    if (!disk_count(DISK_NAMES)) return SQLITE_CANTOPEN;
  }
  h->inode = n->now;
  return SQLITE_OK;
}

static int x_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *f, int flags, int *ret_flags) {
  struct handle *h = of(f);
  (void)vfs;
  memset(h, 0, sizeof *h);
  h->kind = flags & SQLITE_OPEN_MAIN_DB        ? FILE_DB
            : flags & SQLITE_OPEN_WAL          ? FILE_LOG
            : flags & SQLITE_OPEN_MAIN_JOURNAL ? FILE_JOURNAL
                                               : FILE_TEMP;
  enter();
  if (disk.off) return leave(SQLITE_CANTOPEN);
  int rc = SQLITE_OK;
  if (path && h->kind != FILE_TEMP)
    rc = open_named(path, h, flags);
  else
    h->inode = inode_new();
  if (rc) return leave(rc);
  h->base.pMethods = &methods;
  h->next = h->inode->handles;
  h->inode->handles = h;
  if (ret_flags) *ret_flags = flags;
  return leave(SQLITE_OK);
}

static int x_delete(sqlite3_vfs *vfs, const char *path, int sync_folder) {
  (void)vfs;
  enter();
  if (disk.off) return leave(SQLITE_IOERR_DELETE);
  struct name *n = name_find(path);
  if (!n->now) return leave(SQLITE_IOERR_DELETE_NOENT);
  n->now = NULL;
  if (!disk_count(DISK_NAMES)) return leave(SQLITE_IOERR_DELETE);
  if (sync_folder && !disk.habits.lying) names_sync();
  return leave(SQLITE_OK);
}

static int x_access(sqlite3_vfs *vfs, const char *path, int flags, int *ret) {
  (void)vfs, (void)flags;
  enter();
  if (disk.off) return leave(SQLITE_IOERR_ACCESS);
  const struct inode *f = name_find(path)->now;
  *ret = f && (flags != SQLITE_ACCESS_EXISTS || f->now.n > 0 || f->handles);
  return leave(SQLITE_OK);
}

static int x_full_path(sqlite3_vfs *vfs, const char *path, int n, char *out) {
  (void)vfs;
  assert(path[0] == '/');
  return snprintf(out, (size_t)n, "%s", path) < n ? SQLITE_OK : SQLITE_CANTOPEN;
}

static int x_randomness(sqlite3_vfs *vfs, int n, char *out) {
  (void)vfs;
  return real->xRandomness(real, n, out);
}

static int x_sleep(sqlite3_vfs *vfs, int us) {
  (void)vfs;
  return real->xSleep(real, us);
}

static int x_time(sqlite3_vfs *vfs, double *ret) {
  (void)vfs;
  return real->xCurrentTime(real, ret);
}

static int x_time64(sqlite3_vfs *vfs, sqlite3_int64 *ret) {
  (void)vfs;
  return real->xCurrentTimeInt64(real, ret);
}

static int x_last_error(sqlite3_vfs *vfs, int n, char *out) {
  (void)vfs, (void)n, (void)out;
  return 0;
}

// Runs for every new connection, before the program's own settings.
static int habits_apply(sqlite3 *h, char **message, const struct sqlite3_api_routines *api) {
  (void)message, (void)api;
  int rc = disk.habits.relaxed ? sqlite3_exec(h, "PRAGMA synchronous=NORMAL", NULL, NULL, NULL) : SQLITE_OK;
  if (rc || !disk.habits.log_limit) return rc;
  char text[64];
  (void)snprintf(text, sizeof text, "PRAGMA journal_size_limit=%lld", (long long)disk.habits.log_limit);
  return sqlite3_exec(h, text, NULL, NULL, NULL);
}

void disk_setup(void) {
  static sqlite3_vfs vfs = {.iVersion = 2,
                            .szOsFile = sizeof(struct handle),
                            .mxPathname = DISK_PATH_MAX - 1,
                            .zName = "disk",
                            .xOpen = x_open,
                            .xDelete = x_delete,
                            .xAccess = x_access,
                            .xFullPathname = x_full_path,
                            .xRandomness = x_randomness,
                            .xSleep = x_sleep,
                            .xCurrentTime = x_time,
                            .xGetLastError = x_last_error,
                            .xCurrentTimeInt64 = x_time64};
  real = sqlite3_vfs_find(NULL);
  int rc = sqlite3_vfs_register(&vfs, 1);
  if (!rc) rc = sqlite3_auto_extension((void (*)(void))habits_apply);
  if (rc) abort();
}
