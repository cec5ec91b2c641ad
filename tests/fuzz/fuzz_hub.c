// SPDX-License-Identifier: Apache-2.0
#include "fuzz_hub.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "db/db_internal.h"
#include "flows/demo.h"
#include "flows/identity.h"
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

char fuzz_session[64], fuzz_csrf[64], fuzz_user_path[64];
static struct api_worker worker;
static struct audit_key key;
static struct demo_result alliance;
static struct arena arena;
static struct db *db;
static char folder[] = "/tmp/entente-fuzz-XXXXXX";

static enum err make(struct db_conn *c, void *arg) {
  (void)arg;
  struct problem pb = {.arena = &arena};
  struct ctx x = {.conn = c, .arena = &arena, .pb = &pb, .now = clock_now()};
  return demo_alliance(&x, 1, S("$argon2id$none"), &alliance);
}

static enum err log_in(struct db_conn *c, void *arg) {
  (void)arg;
  struct problem pb = {.arena = &arena};
  struct ctx x = {.conn = c, .arena = &arena, .pb = &pb, .now = clock_now()};
  struct identity who;
  TRY(identity_session_create(&x, alliance.people[0].user_id, fuzz_session, &who));
  snprintf(fuzz_csrf, sizeof fuzz_csrf, "%s", who.csrf);
  return ERR_OK;
}

static void leave(void) {
  static const char *const ends[] = {"", "-wal", "-shm", "-lock"};
  db_conn_close(worker.conn);
  db_close(db);
  api_close(worker.api);
  arena_release(&arena);
  for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
    char path[100];
    snprintf(path, sizeof path, "%s/hub.db%s", folder, ends[i]);
    unlink(path);
  }
  rmdir(folder);
}

void fuzz_hub_open(void) {
  if (worker.conn) return;
  AUTO(buf_release) struct buf message = BUF(4096);
  uint8_t seed[32] = {7};
  int applied;
  char path[100];
  hash_setup();
  model_setup();
  log_set_level(LOG_ERROR + 1);
  clock_set(INT64_C(1795428000) * UTIME_SECOND);
  id_seed(1);
  sign_seed_keypair(seed, key.pub, key.sec);
  memcpy(key.name, "entente/fuzz", 13);
  HOLDS(mkdtemp(folder));
  snprintf(path, sizeof path, "%s/hub.db", folder);
  HOLDS(db_open(str_of(path), DB_CREATE, &message, &db) == ERR_OK && db_migrate(db, &message, &applied) == ERR_OK);
  db_set_hooks(db, (struct db_hooks){.before_commit = audit_sequence, .arg = &key});
  HOLDS(db_tx_run(db, "demo", make, NULL) == ERR_OK && db_tx_run(db, "log_in", log_in, NULL) == ERR_OK);
  char id[ID_TEXT_MAX];
  snprintf(fuzz_user_path, sizeof fuzz_user_path, "/api/v1/users/%s", id_z(id, "user", alliance.people[0].user_id));
  HOLDS(api_open(&(struct api_options){.db = db, .key = &key}, &worker.api) == ERR_OK);
  HOLDS(db_conn_open(db, &worker.conn) == ERR_OK);
  (void)atexit(leave);
}

struct request fuzz_hub_get(str path, str query, char cookie[100]) {
  snprintf(cookie, 100, "entente=%s", fuzz_session);
  return (struct request){.method = M_GET,
                          .method_text = S("GET"),
                          .path = path,
                          .query = query,
                          .cookie = str_of(cookie),
                          .host = S("hub.example"),
                          .remote = S("192.0.2.1"),
                          .request_id = "fuzz-1"};
}

void fuzz_hub_ask(const struct request *q, struct response *ret) {
  *ret = (struct response){.body = BUF(32 << 20)};
  api_handle(&worker, q, ret);
  // No input is the server's fault, and every refusal is a problem document that says so itself.
  HOLDS(ret->status >= 200 && ret->status < 500);
  HOLDS(!ret->body.full);
  fuzz_feature(90, (unsigned)ret->status);
  if (ret->status < 400) return;
  json_t *t = json_loadb(ret->body.p, ret->body.n, JSON_REJECT_DUPLICATES, NULL);
  HOLDS(t && json_integer_value(json_object_get(t, "status")) == ret->status);
  const char *code = json_string_value(json_object_get(t, "code"));
  HOLDS(code);
  for (unsigned h = 0; *code; code++) fuzz_feature(91, h = h * 31 + (unsigned char)*code);
  json_decref(t);
}
