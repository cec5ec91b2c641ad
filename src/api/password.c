// SPDX-License-Identifier: Apache-2.0
// Hashing of passwords beside everything else: argon2id fills a core for a twentieth of a second, and anybody may ask for it. At most
// half of the cores do it at a time, in threads that give way to all others; a few workers may wait for their turn, the next caller is
// told to come back. So a storm of logins takes neither the workers nor the processor from those who read.
#include <pthread.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "api/call.h"
#include "base/hash.h"

enum {
  PASSWORD_RUNNING_MAX = 4,
  PASSWORD_WAITING = 4,  // workers that may wait: half of them, where there are eight
  PASSWORD_NICE = 5,
};

static int running_max(void) {
  long half = sysconf(_SC_NPROCESSORS_ONLN) / 2;
  return half < 1 ? 1 : half > PASSWORD_RUNNING_MAX ? PASSWORD_RUNNING_MAX : (int)half;
}

static enum err enter(struct call *c) {
  struct api *a = c->api;
  const int max = running_max();
  pthread_mutex_lock(&a->password_lock);
  if (a->password_running >= max && a->password_waiting >= PASSWORD_WAITING) {
    pthread_mutex_unlock(&a->password_lock);
    snprintf(c->resp->retry_after, sizeof c->resp->retry_after, "1");
    return problem_set0(&c->problem, P_BUSY);
  }
  a->password_waiting++;
  while (a->password_running >= max) pthread_cond_wait(&a->password_free, &a->password_lock);
  a->password_waiting--;
  a->password_running++;
  pthread_mutex_unlock(&a->password_lock);
  return ERR_OK;
}

static void leave(struct call *c) {
  pthread_mutex_lock(&c->api->password_lock);
  c->api->password_running--;
  pthread_cond_signal(&c->api->password_free);
  pthread_mutex_unlock(&c->api->password_lock);
}

struct job {
  str password;
  const char *hashed;  // NULL: make one
  char *out;
  bool ok;
};

static void hash_or_verify(struct job *j) {
  j->ok = j->hashed ? password_verify(j->password, j->hashed) : password_hash(j->password, j->out);
}

// Linux keeps a priority for each thread. One that was lowered cannot be raised again without rights: hence a thread of its own.
static void *job_main(void *arg) {
  (void)setpriority(PRIO_PROCESS, 0, PASSWORD_NICE);
  hash_or_verify(arg);
  return NULL;
}

static enum err run(struct call *c, struct job *j) {
  pthread_t thread;
  TRY(enter(c));
  if (pthread_create(&thread, NULL, job_main, j) == 0)
    pthread_join(thread, NULL);
  else
    hash_or_verify(j);
  leave(c);
  return ERR_OK;
}

enum err call_password_hash(struct call *c, str password, char out[128]) {
  struct job j = {.password = password, .out = out};
  TRY(run(c, &j));
  return j.ok ? ERR_OK : problem_set0(&c->problem, P_BUSY);
}

enum err call_password_verify(struct call *c, str password, str hashed, bool *ret_ok) {
  struct job j = {.password = password, .hashed = arena_z(&c->arena, hashed)};
  TRY(run(c, &j));
  *ret_ok = j.ok;
  return ERR_OK;
}
