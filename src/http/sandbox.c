// SPDX-License-Identifier: Apache-2.0
#include "http/sandbox.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#ifdef ENTENTE_SECCOMP
#include <sched.h>
#include <seccomp.h>
#endif

// Rights the kernel may know and an older header does not.
#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif

enum { REPORT = 160 };

static const uint64_t read_rights = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
static const uint64_t file_rights =
  LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE | LANDLOCK_ACCESS_FS_EXECUTE;
static const uint64_t write_rights = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE | LANDLOCK_ACCESS_FS_MAKE_REG |
                                     LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                                     LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REFER;
// Never given: running a file, making devices, sockets, pipes and links.
static const uint64_t never_rights = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_SOCK |
                                     LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;

// What libraries read while running: name resolution, certificates, time zones, character tables, the processor count, entropy.
static const char *const system_readable[] = {
  "/etc",
  "/usr",
  "/lib",
  "/lib64",
  "/proc/self",
  "/proc/meminfo",
  "/proc/stat",
  "/proc/sys",
  "/sys/devices/system/cpu",
  "/sys/fs/cgroup",
  "/dev/urandom",
  "/dev/random",
  "/dev/null",
  "/run/systemd/resolve",
  "/run/resolvconf",
  "/var/lib/ca-certificates",
};
// What the PostgreSQL client library may be told to read.
static const char *const postgres_variables[] = {"PGPASSFILE", "PGSERVICEFILE", "PGSSLROOTCERT",
                                                 "PGSSLCERT",  "PGSSLKEY",      "PGSSLCRL"};

static void allow(int ruleset, const char *path, uint64_t rights, uint64_t known) {
  if (!path || !*path) return;
  int fd = open(path, O_PATH | O_CLOEXEC);
  if (fd < 0) return;
  struct stat st;
  if (fstat(fd, &st) == 0) {
    rights &= known;
    if (!S_ISDIR(st.st_mode)) rights &= file_rights;
    struct landlock_path_beneath_attr rule = {.allowed_access = rights, .parent_fd = fd};
    (void)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
  }
  close(fd);
}

static void allow_postgres(int ruleset, uint64_t known) {
  for (size_t i = 0; i < sizeof postgres_variables / sizeof postgres_variables[0]; i++)
    allow(ruleset, getenv(postgres_variables[i]), read_rights, known);
  const char *home = getenv("HOME");
  static const char *const names[] = {".pgpass", ".pg_service.conf", ".postgresql"};
  for (size_t i = 0; home && i < sizeof names / sizeof names[0]; i++) {
    char path[4096];
    int n = snprintf(path, sizeof path, "%s/%s", home, names[i]);
    if (n > 0 && (size_t)n < sizeof path) allow(ruleset, path, read_rights, known);
  }
}

static void enter_landlock(const struct http_sandbox *o, char report[REPORT]) {
  long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (abi < 1) {
    snprintf(report, REPORT, "not available: %s", errno == ENOSYS ? "the kernel has no Landlock" : "switched off in the kernel");
    return;
  }
  uint64_t known = read_rights | write_rights | never_rights;
  if (abi < 2) known &= ~LANDLOCK_ACCESS_FS_REFER;
  if (abi < 3) known &= ~LANDLOCK_ACCESS_FS_TRUNCATE;
  struct landlock_ruleset_attr attr = {.handled_access_fs = known};
  int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
  if (ruleset < 0) {
    snprintf(report, REPORT, "not available: %s", strerrordesc_np(errno));
    return;
  }
  for (size_t i = 0; i < sizeof system_readable / sizeof system_readable[0]; i++)
    allow(ruleset, system_readable[i], read_rights, known);
  allow(ruleset, "/dev/null", read_rights | LANDLOCK_ACCESS_FS_WRITE_FILE, known);
  allow_postgres(ruleset, known);
  for (int i = 0; i < HTTP_SANDBOX_PATHS; i++) {
    allow(ruleset, o->readable[i], read_rights, known);
    allow(ruleset, o->writable[i], read_rights | write_rights, known);
  }
  bool on = syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
  if (on)
    snprintf(report, REPORT, "on (version %ld)", abi);
  else
    snprintf(report, REPORT, "not available: %s", strerrordesc_np(errno));
  close(ruleset);
}

#ifdef ENTENTE_SECCOMP
// Answered EPERM, not killed: a library that tries one has a way without it.
static const char *const refused_calls[] = {
  // other programs and processes
  "execve",
  "execveat",
  "fork",
  "vfork",
  "ptrace",
  "process_vm_readv",
  "process_vm_writev",
  "process_madvise",
  "pidfd_getfd",
  "kcmp",
  // other identities, roots and name spaces
  "setuid",
  "setgid",
  "setreuid",
  "setregid",
  "setresuid",
  "setresgid",
  "setgroups",
  "setfsuid",
  "setfsgid",
  "capset",
  "chroot",
  "pivot_root",
  "unshare",
  "setns",
  "mount",
  "umount2",
  "move_mount",
  "open_tree",
  "fsopen",
  "fsmount",
  "fsconfig",
  "fspick",
  "mount_setattr",
  // the kernel and the machine
  "init_module",
  "finit_module",
  "delete_module",
  "kexec_load",
  "kexec_file_load",
  "bpf",
  "perf_event_open",
  "userfaultfd",
  "io_uring_setup",
  "io_uring_enter",
  "io_uring_register",
  "keyctl",
  "add_key",
  "request_key",
  "reboot",
  "swapon",
  "swapoff",
  "acct",
  "quotactl",
  "quotactl_fd",
  "syslog",
  "settimeofday",
  "clock_settime",
  "clock_adjtime",
  "adjtimex",
  "sethostname",
  "setdomainname",
  "iopl",
  "ioperm",
  "personality",
  "modify_ldt",
  "open_by_handle_at",
  "name_to_handle_at",
  "fanotify_init",
  "lookup_dcookie",
  "move_pages",
  "migrate_pages",
  "vhangup",
  "mknod",
  "mknodat",
  "uselib",
  "nfsservctl",
  "vmsplice",
};

static bool refuse_arguments(scmp_filter_ctx f) {
  bool ok = true;
  // A thread is a clone that shares its threads' group; anything else is a process. clone3 hides its flags behind a pointer:
  // with "no such call" the C library falls back to clone.
  ok &= seccomp_rule_add(f, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1, SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0)) == 0;
  ok &= seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0;
  // Only TCP, local sockets and the netlink questions of name resolution; no raw packets and none of the rare families.
  ok &= seccomp_rule_add(f, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_GT, AF_NETLINK, 0)) == 0;
  for (unsigned int family = AF_INET + 1; family < AF_NETLINK; family++)
    if (family != AF_INET6)
      ok &= seccomp_rule_add(f, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_EQ, family, 0)) == 0;
  // No memory that can be written and run.
  const uint64_t both = PROT_WRITE | PROT_EXEC;
  ok &= seccomp_rule_add(f, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(mmap), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, both, both)) == 0;
  ok &= seccomp_rule_add(f, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(mprotect), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, both, both)) == 0;
  return ok;
}

static void enter_seccomp(char report[REPORT]) {
  scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);
  bool ok = f && seccomp_attr_set(f, SCMP_FLTATR_CTL_TSYNC, 1) == 0;
  size_t refused = 0;
  for (size_t i = 0; ok && i < sizeof refused_calls / sizeof refused_calls[0]; i++) {
    int number = seccomp_syscall_resolve_name(refused_calls[i]);
    if (number == __NR_SCMP_ERROR) continue;  // newer than the library, or not of this processor
    refused += seccomp_rule_add(f, SCMP_ACT_ERRNO(EPERM), number, 0) == 0;
  }
  ok = ok && refuse_arguments(f);
  int failed = ok ? seccomp_load(f) : -EINVAL;
  if (f) seccomp_release(f);
  if (failed)
    snprintf(report, REPORT, "not available: %s", strerrordesc_np(-failed));
  else
    snprintf(report, REPORT, "on (%zu calls refused)", refused);
}
#else
static void enter_seccomp(char report[REPORT]) { snprintf(report, REPORT, "not available: built without libseccomp"); }
#endif

void http_sandbox(const struct http_sandbox *o) {
  char landlock[REPORT], seccomp[REPORT];
  struct rlimit none = {0, 0};
  (void)setrlimit(RLIMIT_CORE, &none);
  bool quiet = prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
  bool bound = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
  if (bound) {
    enter_landlock(o, landlock);
    enter_seccomp(seccomp);
  } else {
    snprintf(landlock, sizeof landlock, "not available: privileges cannot be given up");
    snprintf(seccomp, sizeof seccomp, "%s", landlock);
  }
  bool whole = quiet && strncmp(landlock, "on", 2) == 0 && strncmp(seccomp, "on", 2) == 0;
  log_event(whole ? LOG_INFO : LOG_WARN, "sandbox", "core_files", quiet ? "off" : "not switched off", "landlock", landlock,
            "seccomp", seccomp, NULL);
}
