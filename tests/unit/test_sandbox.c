// SPDX-License-Identifier: Apache-2.0
// The sandbox, in a child process each: what a server needs still works, what an attacker wants does not.
// Shown to fail: with enter_landlock() or enter_seccomp() left out, the rows "write elsewhere" or "start a program" succeed.
#include "base/log.h"
#include "http/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef ENTENTE_SECCOMP
#include <seccomp.h>
#endif

#include <cmocka.h>

static char inside[64], outside[64];
static int listener = -1;

static bool make_file(const char *folder) {
  char path[128];
  snprintf(path, sizeof path, "%s/made", folder);
  int fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0) return false;
  bool ok = write(fd, "x", 1) == 1 && ftruncate(fd, 0) == 0;
  close(fd);
  return ok && unlink(path) == 0;
}

static bool write_inside(void) { return make_file(inside); }

static bool rename_inside(void) {
  char from[128], to[128];
  snprintf(from, sizeof from, "%s/kept", inside);
  snprintf(to, sizeof to, "%s/moved", inside);
  return rename(from, to) == 0 && rename(to, from) == 0;
}

static bool read_etc(void) {
  int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
  if (fd >= 0) close(fd);
  return fd >= 0;
}

static bool read_own_memory_use(void) {
  FILE *f = fopen("/proc/self/statm", "re");
  if (f) fclose(f);
  return f != NULL;
}

static void *nothing(void *arg) { return arg; }

static bool start_thread(void) {
  pthread_t t;
  return pthread_create(&t, NULL, nothing, NULL) == 0 && pthread_join(t, NULL) == 0;
}

static bool open_family(int family, int type) {
  int fd = socket(family, type | SOCK_CLOEXEC, 0);
  if (fd >= 0) close(fd);
  return fd >= 0;
}

static bool use_tcp(void) { return open_family(AF_INET, SOCK_STREAM) && open_family(AF_INET6, SOCK_STREAM); }
static bool use_netlink(void) { return open_family(AF_NETLINK, SOCK_RAW); }

// As a PostgreSQL on the same machine is reached: a local socket outside the data folder.
static bool use_local_socket(void) {
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  snprintf(to.sun_path, sizeof to.sun_path, "%s/socket", outside);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  bool ok = fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0;
  if (fd >= 0) close(fd);
  return ok;
}

static bool write_elsewhere(void) { return make_file(outside); }

static bool read_elsewhere(void) {
  char path[128];
  snprintf(path, sizeof path, "%s/kept", outside);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd >= 0) close(fd);
  return fd >= 0;
}

static bool move_out(void) {
  char from[128], to[128];
  snprintf(from, sizeof from, "%s/kept", inside);
  snprintf(to, sizeof to, "%s/stolen", outside);
  return rename(from, to) == 0;
}

static bool start_process(void) {
  pid_t p = fork();
  if (p == 0) _exit(0);
  return p > 0 && waitpid(p, NULL, 0) == p;
}

// Succeeds only by not coming back: the new program's exit status tells.
static bool start_program(void) {
  char *argv[] = {(char[]){"true"}, NULL};
  execv("/bin/true", argv);
  return false;
}

static bool trace(void) { return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0; }
static bool use_packets(void) {
  return open_family(AF_PACKET, SOCK_RAW) || open_family(AF_VSOCK, SOCK_STREAM) || open_family(AF_X25, SOCK_SEQPACKET);
}
static bool leave_name_space(void) { return unshare(CLONE_NEWUSER) == 0; }
static bool change_user(void) { return setuid(getuid()) == 0; }

static bool run_written_memory(void) {
  void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return p != MAP_FAILED;
}

static bool dump_core(void) {
  struct rlimit core;
  return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 1 || getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_max != 0;
}

static bool gain_privileges(void) { return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1; }

enum part { PROCESS, LANDLOCK, SECCOMP };
static const struct {
  const char *what;
  bool (*attempt)(void);
  bool works;
  enum part part;  // who refuses it
} rows[] = {
  {"write in the data folder", write_inside, true, PROCESS},
  {"rename in the data folder", rename_inside, true, PROCESS},
  {"read /etc", read_etc, true, PROCESS},
  {"read own memory use", read_own_memory_use, true, PROCESS},
  {"start a thread", start_thread, true, PROCESS},
  {"TCP", use_tcp, true, PROCESS},
  {"netlink for name resolution", use_netlink, true, PROCESS},
  {"local socket", use_local_socket, true, PROCESS},
  {"dump core", dump_core, false, PROCESS},
  {"gain privileges", gain_privileges, false, PROCESS},
  {"write elsewhere", write_elsewhere, false, LANDLOCK},
  {"read elsewhere", read_elsewhere, false, LANDLOCK},
  {"move a file out", move_out, false, LANDLOCK},
  {"start a process", start_process, false, SECCOMP},
  {"start a program", start_program, false, SECCOMP},
  {"trace", trace, false, SECCOMP},
  {"rare socket families", use_packets, false, SECCOMP},
  {"leave the name space", leave_name_space, false, SECCOMP},
  {"change user", change_user, false, SECCOMP},
  {"write and run memory", run_written_memory, false, SECCOMP},
};

static bool available(enum part p) {
  if (p == LANDLOCK) return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) >= 1;
#ifdef ENTENTE_SECCOMP
  return true;
#else
  return p != SECCOMP;
#endif
}

// 0: worked (also for a program that replaced the child).
static int in_child(bool (*attempt)(void), bool sandboxed) {
  pid_t p = fork();
  assert_true(p >= 0);
  if (p == 0) {
    if (sandboxed) http_sandbox(&(struct http_sandbox){.writable = {inside}, .readable = {"/nowhere/at/all"}});
    _exit(attempt() ? 0 : 1);
  }
  int status;
  assert_int_equal(waitpid(p, &status, 0), p);
  assert_true(WIFEXITED(status));
  return WEXITSTATUS(status);
}

static void touch(const char *folder, const char *name) {
  char path[128];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  assert_true(fd >= 0);
  close(fd);
}

static int make_folders(void **state) {
  (void)state;
  snprintf(inside, sizeof inside, "/tmp/entente-inside-XXXXXX");
  snprintf(outside, sizeof outside, "/tmp/entente-outside-XXXXXX");
  if (!mkdtemp(inside) || !mkdtemp(outside)) return -1;
  touch(inside, "kept");
  touch(outside, "kept");
  struct sockaddr_un at = {.sun_family = AF_UNIX};
  snprintf(at.sun_path, sizeof at.sun_path, "%s/socket", outside);
  listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  return bind(listener, (struct sockaddr *)&at, sizeof at) || listen(listener, 16);
}

static void drop(const char *folder, const char *name) {
  char path[128];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  unlink(path);
}

static int drop_folders(void **state) {
  (void)state;
  close(listener);
  drop(inside, "kept");
  drop(outside, "kept");
  drop(outside, "stolen");
  drop(outside, "socket");
  rmdir(inside);
  rmdir(outside);
  return 0;
}

static void test_sandbox(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    if (!available(rows[i].part)) {
      print_message("skipped here: %s\n", rows[i].what);
      continue;
    }
    bool worked = in_child(rows[i].attempt, true) == 0;
    if (worked != rows[i].works) fail_msg("%s: %s", rows[i].what, worked ? "possible" : "impossible");
  }
}

// What the kernel does not have is said as a warning, with the reason, and the server runs on. Such a kernel is made by a filter that
// answers the calls of Landlock and seccomp as an old kernel does.
#ifdef ENTENTE_SECCOMP
static void pretend_old_kernel(void) {
  scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);
  bool ok = f && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
  ok = ok && seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(landlock_create_ruleset), 0) == 0;
  ok = ok && seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(seccomp), 0) == 0;
  if (!ok || seccomp_load(f)) _exit(9);
  seccomp_release(f);
}

// The line http_sandbox() writes into the log.
static void sandbox_line(bool old_kernel, char line[1024]) {
  int out[2];
  assert_int_equal(pipe2(out, O_CLOEXEC), 0);
  pid_t p = fork();
  assert_true(p >= 0);
  if (p == 0) {
    (void)dup2(out[1], STDERR_FILENO);
    log_set_level(LOG_INFO);
    if (old_kernel) pretend_old_kernel();
    http_sandbox(&(struct http_sandbox){.writable = {inside}});
    _exit(write_inside() ? 0 : 1);
  }
  close(out[1]);
  size_t n = 0;
  for (ssize_t got; n < 1023 && (got = read(out[0], line + n, 1023 - n)) > 0;) n += (size_t)got;
  line[n] = '\0';
  close(out[0]);
  int status;
  assert_int_equal(waitpid(p, &status, 0), p);
  assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void test_log_says_what_the_kernel_lacks(void **state) {
  (void)state;
  char line[1024];
  sandbox_line(true, line);
  assert_non_null(strstr(line, "\"level\":\"warn\",\"event\":\"sandbox\""));
  assert_non_null(strstr(line, "\"core_files\":\"off\""));
  assert_non_null(strstr(line, "\"landlock\":\"not available: the kernel has no Landlock\""));
  assert_non_null(strstr(line, "\"seccomp\":\"not available: "));
  sandbox_line(false, line);
  assert_non_null(strstr(line, "\"core_files\":\"off\""));
  if (available(LANDLOCK)) {
    assert_non_null(strstr(line, "\"level\":\"info\",\"event\":\"sandbox\""));
    assert_non_null(strstr(line, "\"landlock\":\"on (version "));
    assert_non_null(strstr(line, "\"seccomp\":\"on ("));
  }
}
#else
static void test_log_says_what_the_kernel_lacks(void **state) {
  (void)state;
  skip();
}
#endif

// Without the sandbox the attempts that need no privilege succeed: the rows above measure it, not the machine.
static void test_rows_can_fail(void **state) {
  (void)state;
  bool (*const plain[])(void) = {write_elsewhere, read_elsewhere,     start_process, start_program,
                                 trace,           run_written_memory, change_user,   gain_privileges};
  for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) assert_int_equal(in_child(plain[i], false), 0);
}

int main(void) {
  log_set_level(LOG_ERROR + 1);
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_sandbox),
    cmocka_unit_test(test_log_says_what_the_kernel_lacks),
    cmocka_unit_test(test_rows_can_fail),
  };
  return cmocka_run_group_tests(tests, make_folders, drop_folders);
}
