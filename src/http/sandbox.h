// SPDX-License-Identifier: Apache-2.0
// Takes from the process what a server of ours never needs, so that a hole in it is worth little: no core file (it would hold
// passwords and keys), no new privileges, no program started, no process traced, no file written outside the data folder
// (Landlock), none of the system calls an attacker wants next (seccomp).
// Threading: call it in the main thread before http_start. seccomp covers every thread of the process; Landlock the caller and the
// threads started later, so a database opened before keeps its writer thread's files and all that face the network lose them.
// There is no way back.
// Failure: never. What the kernel or the build does not have is said in the log, and the server runs without it.
// Example: http_sandbox(&(struct http_sandbox){.writable = {"/var/lib/entente"}, .readable = {cert, key}});
#ifndef ENTENTE_HTTP_SANDBOX_H
#define ENTENTE_HTTP_SANDBOX_H

enum { HTTP_SANDBOX_PATHS = 8 };
struct http_sandbox {
  const char *writable[HTTP_SANDBOX_PATHS];  // folders: files below them may be made, written, renamed, deleted
  const char
    *readable[HTTP_SANDBOX_PATHS];  // files or folders, beyond the system's own; NULL entries and missing files are skipped
};
void http_sandbox(const struct http_sandbox *o);
#endif
