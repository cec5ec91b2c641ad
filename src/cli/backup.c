// SPDX-License-Identifier: Apache-2.0
// backup, restore and the restore drill. A backup is three files: FILE, a SQLite database marked as a backup; FILE.key, the hub's
// signing key; FILE.note, a signed note with the size and the SHA-256 of FILE, by which a damaged or exchanged backup is refused before
// anything is done with it. Each is made whole under another name and then given its own, FILE last: whoever finds FILE finds a whole
// backup, also when the program was killed. A restore works the same way; it opens a new epoch in every log (trust/epoch.c), because
// what was acknowledged after the backup is gone and the log must not go on under the name that counted it.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "flows/identity.h"
#include "rules/settle.h"

enum { PATH_LEN = 4300, KEY_FILE_MAX = 4096, NOTE_FILE_MAX = 4096 };

struct place {  // a file on its way to its name
  char name[PATH_LEN], part[PATH_LEN], lock[PATH_LEN];
  int fd;
};

static void path_put(char out[PATH_LEN], const char *name, const char *ending) {
  snprintf(out, PATH_LEN, "%.4200s%.60s", name, ending);
}

// ---- whole or not at all

static bool sync_folder_of(const char *name) {
  char folder[PATH_LEN];
  path_put(folder, name, "");
  char *slash = strrchr(folder, '/');
  if (slash) slash[slash == folder] = '\0';
  int fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  bool ok = fd >= 0 && fsync(fd) == 0;
  if (fd >= 0) close(fd);
  return ok;
}

static void remove_database(const char *name) {
  static const char *const endings[] = {"", "-wal", "-shm", "-journal", ".lock"};
  char path[PATH_LEN];
  for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
    path_put(path, name, endings[i]);
    (void)unlink(path);
  }
}

// Takes the place of NAME: one process at a time, what an interrupted one left is removed.
static int place_begin(struct place *p, const char *name) {
  path_put(p->name, name, "");
  path_put(p->part, name, ".part");
  path_put(p->lock, name, ".part.held");
  p->fd = open(p->lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (p->fd < 0) return cli_fail(EXIT_FAILED, "cannot write %s: %s", p->lock, strerror(errno));
  if (flock(p->fd, LOCK_EX | LOCK_NB) != 0) {
    close(p->fd);
    p->fd = -1;
    return cli_fail(EXIT_IN_USE, "another process is writing %s", name);
  }
  remove_database(p->part);
  return EXIT_OK;
}

// A link fails where a rename would overwrite what came meanwhile.
static int place_finish(struct place *p) {
  if (link(p->part, p->name) != 0) return cli_fail(EXIT_FAILED, "cannot write %s: %s", p->name, strerror(errno));
  (void)unlink(p->part);
  return sync_folder_of(p->name) ? EXIT_OK : cli_fail(EXIT_FAILED, "cannot write %s: %s", p->name, strerror(errno));
}

static void place_end(struct place *p) {
  if (p->fd < 0) return;
  remove_database(p->part);
  (void)unlink(p->lock);
  close(p->fd);
  p->fd = -1;
}

static int small_write(const char *name, str bytes) {
  char part[PATH_LEN];
  path_put(part, name, ".part");
  int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  bool ok = fd >= 0 && write(fd, bytes.p, bytes.n) == (ssize_t)bytes.n && fsync(fd) == 0;
  if (fd >= 0) ok = close(fd) == 0 && ok;
  ok = ok && rename(part, name) == 0 && sync_folder_of(name);
  return ok ? EXIT_OK : cli_fail(EXIT_FAILED, "cannot write %s: %s", name, strerror(errno));
}

// Puts the key beside what it belongs to. Another key there is another hub's: it is left alone.
static int key_copy(const char *from, const char *to) {
  AUTO(buf_release) struct buf key = BUF(KEY_FILE_MAX), there = BUF(KEY_FILE_MAX);
  if (!cli_read(from, KEY_FILE_MAX, &key)) return EXIT_FAILED;
  if (access(to, F_OK) == 0) {
    if (!cli_read(to, KEY_FILE_MAX, &there)) return EXIT_FAILED;
    return str_eq(buf_str(&there), buf_str(&key))
             ? EXIT_OK
             : cli_fail(EXIT_USAGE, "%s is another key; move it away, or name another place", to);
  }
  int e = small_write(to, buf_str(&key));
  secret_wipe(key.p, key.n);
  return e;
}

// ---- the note: size and hash of the file, signed in the form of a checkpoint

static bool file_hash(const char *path, int64_t *ret_size, hash *ret) {
  struct stat st;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  bool ok = fd >= 0 && fstat(fd, &st) == 0;
  void *p = ok && st.st_size > 0 ? mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0) : NULL;
  if (fd >= 0) close(fd);
  if (!ok || p == MAP_FAILED) return false;
  *ret = hash_of((str){p, p ? (size_t)st.st_size : 0});
  *ret_size = st.st_size;
  if (p) (void)munmap(p, (size_t)st.st_size);
  return true;
}

static int note_write(const char *file, const char *part, const struct audit_key *k) {
  AUTO(buf_release) struct buf note = BUF(NOTE_FILE_MAX);
  char name[PATH_LEN];
  int64_t size;
  hash h;
  if (!file_hash(part, &size, &h)) return cli_fail(EXIT_FAILED, "cannot read %s: %s", part, strerror(errno));
  audit_backup_note(&note, k, size, &h);
  path_put(name, file, ".note");
  return small_write(name, buf_str(&note));
}

// What the note says of the backup's file.
static int note_read(const char *file, const struct audit_key *k, int64_t *ret_size, hash *ret) {
  AUTO(buf_release) struct buf note = {0};
  char name[PATH_LEN];
  path_put(name, file, ".note");
  if (access(name, F_OK) != 0)
    return cli_fail(EXIT_OPEN, "%s is missing: without it nobody can tell whether the backup is whole", name);
  if (!cli_read(name, NOTE_FILE_MAX, &note)) return EXIT_OPEN;
  if (!audit_backup_note_read(buf_str(&note), k, ret_size, ret))
    return cli_fail(EXIT_NO, "%s is damaged, or was not signed by %s.key", name, file);
  return EXIT_OK;
}

// ---- backup

static int backup_write(struct hub *h, struct place *p) {
  AUTO(buf_release) struct buf message = BUF(4096);
  char key[PATH_LEN];
  if (access(p->name, F_OK) == 0)
    return cli_fail(EXIT_FAILED, "%s exists; a backup never overwrites. Name another file, or move it away", p->name);
  path_put(key, p->name, ".key");
  int e = key_copy(h->key_path, key);
  if (e) return e;
  if (db_backup(h->db, str_of(p->part), &message)) return cli_fail(EXIT_FAILED, "%.*s", STR_ARG(buf_str(&message)));
  e = note_write(p->name, p->part, &h->key);
  return e ? e : place_finish(p);
}

int cmd_backup(struct cli_args *a) {
  struct hub h;
  struct place p = {.fd = -1};
  if (a->nwords != 1 || strlen(a->word[0]) > PATH_LEN - 64) return cli_fail(EXIT_USAGE, "backup needs the FILE to write");
  int e =
    hub_open_any_version(cli_value(a, "--db"), cli_value(a, "--key"), &h);  // before an update, with the new program at hand
  if (e) return e;
  umask(077);
  if (!h.has_key)
    e =
      cli_fail(EXIT_OPEN, "cannot read the signing key %s, and a backup without it cannot go on; say where it is with --key FILE",
               h.key_path);
  else
    e = place_begin(&p, a->word[0]);
  if (!e) e = backup_write(&h, &p);
  place_end(&p);
  hub_close(&h);
  if (!e)
    printf("%s holds the hub, %s.key its signing key, %s.note proves both whole: keep the key apart and safe.\n", a->word[0],
           a->word[0], a->word[0]);
  return e;
}

// ---- restore

struct restore {
  const char *file, *target;
  char file_key[PATH_LEN], target_key[PATH_LEN];
  bool to_url;  // PostgreSQL: the copy is a scratch file
  char scratch[PATH_LEN];
  struct place place;
  size_t logs;
  struct audit_report report;
  struct arena arena;
  struct problem problem;
};

static bool is_url(const char *name) {
  return str_starts(str_of(name), S("postgres://")) || str_starts(str_of(name), S("postgresql://"));
}

static bool copy_bytes(int from, int to) {
  static char chunk[1 << 20];
  for (;;) {
    ssize_t n = read(from, chunk, sizeof chunk);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return n == 0 && fsync(to) == 0;
    for (ssize_t done = 0; done < n;) {
      ssize_t w = write(to, chunk + done, (size_t)(n - done));
      if (w < 0 && errno == EINTR) continue;
      if (w <= 0) return false;
      done += w;
    }
  }
}

// The copy is what is checked: nobody can exchange the file between the check and the use.
static int copy_checked(const struct restore *r, const struct audit_key *k) {
  int64_t size, want_size;
  hash h, want;
  int e = note_read(r->file, k, &want_size, &want);
  if (e) return e;
  int from = open(r->file, O_RDONLY | O_CLOEXEC);
  int to = from < 0 ? -1 : open(r->place.part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  bool ok = from >= 0 && to >= 0 && copy_bytes(from, to);
  if (!ok) e = cli_fail(EXIT_FAILED, "cannot copy %s to %s: %s", r->file, r->place.part, strerror(errno));
  if (from >= 0) close(from);
  if (to >= 0) close(to);
  if (e) return e;
  if (!file_hash(r->place.part, &size, &h)) return cli_fail(EXIT_FAILED, "cannot read %s", r->place.part);
  if (size != want_size)
    return cli_fail(EXIT_NO, "%s is damaged: it has %lld bytes, and had %lld when it was written", r->file, (long long)size,
                    (long long)want_size);
  if (!hash_eq(&h, &want)) return cli_fail(EXIT_NO, "%s is damaged: its bytes are not those that were written", r->file);
  return EXIT_OK;
}

struct opening {
  struct restore *r;
  const struct audit_key *key;
};

// Sessions are as they were then, also those that were ended since: everybody signs in anew.
static enum err open_epochs(struct db_conn *c, void *arg) {
  struct opening *o = arg;
  o->r->problem = (struct problem){.arena = &o->r->arena};
  struct ctx x = {.conn = c, .arena = &o->r->arena, .pb = &o->r->problem, .now = clock_now()};
  TRY(db_exec(c, SQL("DELETE FROM session")));
  return audit_epoch_open(&x, o->key, &o->r->logs);
}

static int verify_copy(struct restore *r, struct hub *h) {
  AUTO(buf_release) struct buf findings = BUF(1024 * 1024);
  struct opening o = {r, &h->key};
  if (db_tx_run(h->db, "restore", open_epochs, &o))
    return cli_fail(EXIT_FAILED, "%s: the log cannot go on: %s", r->file, db_tx_message());
  if (audit_verify(h->db, &h->key, &findings, &r->report))
    return cli_fail(EXIT_FAILED, "%s could not be read to its end", r->file);
  if (r->report.findings) return cli_fail(EXIT_NO, "%s does not verify:\n%.*s", r->file, STR_ARG(buf_str(&findings)));
  return EXIT_OK;
}

static int load_into_url(struct restore *r, struct hub *h) {
  AUTO(buf_release) struct buf message = BUF(4096);
  struct db *to = NULL;
  int applied;
  if (db_open(str_of(r->target), DB_CREATE, &message, &to)) return cli_fail(EXIT_OPEN, "%.*s", STR_ARG(buf_str(&message)));
  enum err failed = db_migrate(to, &message, &applied);
  if (!failed) failed = db_load(h->db, to, &message);
  db_close(to);
  if (failed == ERR_CONFLICT)
    return cli_fail(EXIT_USAGE, "%s holds a hub; restore never overwrites one. Name another --db", r->target);
  return failed ? cli_fail(EXIT_FAILED, "%.*s", STR_ARG(buf_str(&message))) : EXIT_OK;
}

static int restore_run(struct restore *r) {
  AUTO(buf_release) struct buf message = BUF(4096);
  struct audit_key k;
  struct hub h;
  if (access(r->file, F_OK) != 0) return cli_fail(EXIT_OPEN, "%s: %s", r->file, strerror(errno));
  if (audit_key_load(str_of(r->file_key), &k))
    return cli_fail(EXIT_OPEN, "%s is missing or damaged: without the signing key the log cannot go on", r->file_key);
  int e = copy_checked(r, &k);
  secret_wipe(&k, sizeof k);
  if (!e) e = hub_open(r->place.part, r->file_key, DB_RESTORE, &h);
  if (e) return e;
  e = verify_copy(r, &h);
  if (!e) e = key_copy(r->file_key, r->target_key);
  if (!e && r->to_url) e = load_into_url(r, &h);
  hub_close(&h);
  if (e || r->to_url) return e;
  if (db_backup_place(str_of(r->place.part), &message)) return cli_fail(EXIT_FAILED, "%.*s", STR_ARG(buf_str(&message)));
  return place_finish(&r->place);
}

// A scratch folder holds one copy of a hub, while its process lives; the lock beside the copy tells.
static void scratch_remove(const char *folder) {
  static const char *const files[] = {"hub.db", "hub.db.part"};
  char path[PATH_LEN];
  for (size_t i = 0; i < ARRAY_LEN(files); i++) {
    snprintf(path, sizeof path, "%.4000s/%s", folder, files[i]);
    remove_database(path);
  }
  snprintf(path, sizeof path, "%.4000s/hub.db.key", folder);
  (void)unlink(path);
  snprintf(path, sizeof path, "%.4000s/hub.db.part.held", folder);
  (void)unlink(path);
  (void)rmdir(folder);
}

// A process that was killed left a copy of a whole hub, and its key: whoever comes next removes it.
static void scratch_sweep(const char *where) {
  DIR *d = opendir(where);
  for (const struct dirent *e; d && (e = readdir(d));) {
    char folder[PATH_LEN], held[PATH_LEN];
    struct stat st;
    if (!str_starts(str_of(e->d_name), S("entente-"))) continue;
    snprintf(folder, sizeof folder, "%.4000s/%.200s", where, e->d_name);
    if (lstat(folder, &st) != 0 || !S_ISDIR(st.st_mode) || st.st_uid != geteuid())
      continue;  // somebody's trap in a shared folder
    snprintf(held, sizeof held, "%.4250s/hub.db.part.held", folder);
    int fd = open(held, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) continue;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) scratch_remove(folder);
    close(fd);
  }
  if (d) closedir(d);
}

static bool scratch_make(char out[PATH_LEN], const char *scratch_or_null) {
  const char *tmp = getenv("TMPDIR"), *where = scratch_or_null ? scratch_or_null : tmp && *tmp ? tmp : "/var/tmp";
  scratch_sweep(where);
  snprintf(out, PATH_LEN, "%.4000s/entente-XXXXXX", where);
  if (mkdtemp(out)) return true;
  cli_fail(0, "cannot make %s: %s", out, strerror(errno));
  return false;
}

static int restore_begin(struct restore *r, const char *file, const char *target, const char *key_or_null,
                         const char *scratch_or_null) {
  r->file = file;
  r->target = target;
  r->place.fd = -1;
  r->to_url = is_url(target);
  path_put(r->file_key, file, ".key");
  if (key_or_null)
    path_put(r->target_key, key_or_null, "");
  else
    hub_key_path(target, r->target_key, sizeof r->target_key);
  umask(077);
  if (!r->to_url) return place_begin(&r->place, target);
  if (!scratch_make(r->scratch, scratch_or_null)) return EXIT_FAILED;
  char name[PATH_LEN];
  snprintf(name, sizeof name, "%.4000s/hub.db", r->scratch);
  return place_begin(&r->place, name);
}

static void restore_end(struct restore *r) {
  place_end(&r->place);
  if (r->scratch[0]) scratch_remove(r->scratch);
  arena_release(&r->arena);
}

static int restore_here(struct cli_args *a) {
  struct restore r = {0};
  const char *target = cli_value(a, "--db");
  if (!is_url(target) && access(target, F_OK) == 0)
    return cli_fail(EXIT_USAGE, "%s exists; restore never overwrites a hub. Name another --db, or move it away", target);
  int e = restore_begin(&r, a->word[0], target, cli_value(a, "--key"), cli_value(a, "--scratch"));
  if (!e) e = restore_run(&r);
  if (!e)
    printf("%s is restored and verified: %lld logs, %lld entries, %lld rows. What was written after the backup is gone: each log "
           "goes on in a new epoch that says so, and everybody signs in anew.\n",
           target, (long long)r.report.logs, (long long)r.report.entries, (long long)r.report.rows);
  restore_end(&r);
  return e;
}

// ---- the drill: restored beside the hub, compared, removed

struct drill {
  struct audit_comparison same, live;
  bool against;
  int64_t statements;
};

static enum err statement_check(struct db_stmt *s, struct db_conn *now, struct arena *a, bool *ret_same) {
  AUTO(db_release) struct db_stmt *t = NULL;
  struct problem pb = {.arena = a};
  size_t at;
  bool row, same = false;
  id64 id = db_int(s, 0);
  TRY(db_prepare(now, SQL("SELECT document, document_hash FROM statement WHERE id = $1"), &t));
  db_bind_int(t, 1, id);
  TRY(db_step(t, &row));
  if (row && str_eq(db_text(t, 0), db_text(s, 1)) && str_eq(db_text(t, 1), db_text(s, 2)))
    TRY(settle_verify(db_text(t, 0), a, &pb, &same, &at));
  *ret_same = same;
  return ERR_OK;
}

// Every statement of the backup: the same bytes, and what its own input gives. Returns how many, or the first that differs.
static enum err statements_compare(struct db_conn *was, struct db_conn *now, int64_t *ret_n, id64 *ret_differs) {
  AUTO(db_release) struct db_stmt *s = NULL;
  *ret_n = 0;
  *ret_differs = 0;
  TRY(db_prepare(was, SQL("SELECT id, document, document_hash FROM statement WHERE document IS NOT NULL ORDER BY id"), &s));
  for (bool row;; ++*ret_n) {
    AUTO(arena_release) struct arena a = {0};
    bool same;
    TRY(db_step(s, &row));
    if (!row) return ERR_OK;
    TRY(statement_check(s, now, &a, &same));
    if (!same) {
      *ret_differs = db_int(s, 0);
      return ERR_OK;
    }
  }
}

static int drill_compare(struct drill *d, struct hub *was, struct hub *now, const char *against) {
  AUTO(buf_release) struct buf why = BUF(64 * 1024);
  struct db_conn *c = NULL, *n = NULL;
  id64 differs = 0;
  int e = EXIT_OK;
  if (db_conn_open(was->db, &c) || db_conn_open(now->db, &n) || db_read_begin(c) || db_read_begin(n))
    e = cli_fail(EXIT_OPEN, "%s", db_tx_message());
  else if (audit_compare(c, n, against ? NULL : &was->key, against ? &d->live : &d->same, &why))
    e = cli_fail(EXIT_FAILED, "the logs cannot be compared");
  else if (why.n)
    e = cli_fail(EXIT_NO, "%.*s", STR_ARG(buf_str(&why)));
  else if (!against && statements_compare(c, n, &d->statements, &differs))
    e = cli_fail(EXIT_FAILED, "the statements cannot be compared");
  else if (differs) {
    char id[ID_TEXT_MAX];
    e = cli_fail(EXIT_NO, "%s came back with other bytes", id_z(id, "statement", differs));
  }
  db_conn_close(c);
  db_conn_close(n);
  return e;
}

static int drill_against(struct drill *d, const struct restore *r, const char *url, const char *key, bool live) {
  struct hub was, now;
  int e = hub_open_any_version(r->file, r->file_key, &was);
  if (e) return e;
  e = hub_open_any_version(url, key, &now);
  if (!e) {
    e = drill_compare(d, &was, &now, live ? url : NULL);
    hub_close(&now);
  }
  hub_close(&was);
  return e;
}

static double seconds_since(const struct timespec *began) {
  struct timespec now;
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)(now.tv_sec - began->tv_sec) + (double)(now.tv_nsec - began->tv_nsec) / 1e9;
}

static void drill_print(const struct drill *d, const struct restore *r, double seconds) {
  struct stat st = {0};
  (void)stat(r->file, &st);
  printf("%s can be restored: it was, in %.1f s, verified, compared and removed again.\n", r->file, seconds);
  printf("%lld logs with %lld entries have the same roots, %lld rows are what the log says of them, %lld statements are the same "
         "byte for byte; %lld bytes.\n",
         (long long)d->same.logs, (long long)d->same.entries, (long long)r->report.rows, (long long)d->statements,
         (long long)st.st_size);
  if (d->against)
    printf("The hub at work goes on from it: the same roots, and %lld entries that came after the backup.\n",
           (long long)d->live.later);
}

static int restore_drill(struct cli_args *a) {
  struct restore r = {0};
  struct drill d = {0};
  struct timespec began;
  char folder[PATH_LEN], target[PATH_LEN];
  const char *against = cli_value(a, "--against");
  (void)clock_gettime(CLOCK_MONOTONIC, &began);
  if (!scratch_make(folder, cli_value(a, "--scratch"))) return EXIT_FAILED;
  snprintf(target, sizeof target, "%.4000s/hub.db", folder);
  int e = restore_begin(&r, a->word[0], target, NULL, NULL);
  if (!e) e = restore_run(&r);
  if (!e) e = drill_against(&d, &r, target, NULL, false);
  d.against = against != NULL;
  if (!e && against) e = drill_against(&d, &r, against, cli_value(a, "--key"), true);
  double seconds = seconds_since(&began);
  restore_end(&r);
  scratch_remove(folder);
  if (access(folder, F_OK) == 0 && !e) e = cli_fail(EXIT_FAILED, "cannot remove %s: %s", folder, strerror(errno));
  if (!e) drill_print(&d, &r, seconds);
  return e;
}

int cmd_restore(struct cli_args *a) {
  if (a->nwords != 1 || strlen(a->word[0]) > PATH_LEN - 64 || strlen(cli_value(a, "--db")) > PATH_LEN - 64)
    return cli_fail(EXIT_USAGE, "restore needs the backup FILE");
  if (cli_switch(a, "--drill")) return restore_drill(a);
  if (cli_value(a, "--against")) return cli_fail(EXIT_USAGE, "--against belongs to --drill");
  return restore_here(a);
}
