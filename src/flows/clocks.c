// SPDX-License-Identifier: Apache-2.0
#include "flows/clocks.h"

#include "flows/handover.h"
#include "flows/identity.h"
#include "flows/import.h"

enum { TICK_MS = 500, LEADS_A_TICK = 100, GRANTS_A_TICK = 500, KEYS_A_TICK = 2000 };
#define TIDY_EVERY UTIME_HOUR

static enum err expire(struct db_conn *c, void *arg) {
  const id64 *lead = arg;
  AUTO(arena_release) struct arena a = {0};
  struct problem pb = {.arena = &a};
  struct ctx x = {.conn = c, .arena = &a, .pb = &pb, .now = clock_now()};
  return handover_expire(&x, *lead);
}

// Grants whose time came open, those past their end are ended for good: a clock set back later does not revive them.
static enum err grants(struct db_conn *c, void *arg) {
  size_t *done = arg;
  AUTO(arena_release) struct arena a = {0};
  struct problem pb = {.arena = &a};
  struct ctx x = {.conn = c, .arena = &a, .pb = &pb, .now = clock_now()};
  return trust_grant_tick(&x, GRANTS_A_TICK, done);
}

static enum err grants_tick(struct db *db, bool due) {
  size_t done = 0;
  return due ? db_tx_run(db, "grant_tick", grants, &done) : ERR_OK;
}

// Keys of requests are kept for a day, those that moved money for ever. A part at a time: other writes wait for this one.
static enum err forget_keys(struct ctx *x, int64_t *ret_gone) {
  AUTO(db_release) struct db_stmt *s = NULL;
  TRY(db_prepare(x->conn,
                 SQL("DELETE FROM idempotency WHERE (user_id, key) IN (SELECT user_id, key FROM idempotency "
                     "WHERE created_at < $1 AND entity <> 'statement' ORDER BY created_at LIMIT $2)"),
                 &s));
  db_bind_int(s, 1, x->now - UTIME_DAY);
  db_bind_int(s, 2, KEYS_A_TICK);
  TRY(db_run(s));
  *ret_gone = db_changes(s);
  return ERR_OK;
}

static enum err tidy(struct db_conn *c, void *arg) {
  int64_t *keys = arg;
  AUTO(arena_release) struct arena a = {0};
  struct problem pb = {.arena = &a};
  struct ctx x = {.conn = c, .arena = &a, .pb = &pb, .now = clock_now()};
  TRY(forget_keys(&x, keys));
  return identity_tidy(&x);
}

// Every hour, also where the clock is set: what is tidied is old by that clock.
static enum err tidy_tick(struct db *db) {
  static utime last = INT64_MIN / 2;  // one ticker thread calls this
  utime now = clock_now();
  int64_t keys = 0;
  if (now >= last && now - last < TIDY_EVERY) return ERR_OK;
  enum err e = db_tx_run(db, "tidy", tidy, &keys);
  if (e || keys < KEYS_A_TICK) last = now;
  return e;
}

int clocks_tick(struct db *db, struct db_conn *read) {
  AUTO(arena_release) struct arena a = {0};
  id64 *due = NULL;
  size_t n = 0;
  if (db_read_begin(read)) return TICK_MS;
  bool grants_due = false;
  enum err e = handover_due(read, clock_now(), LEADS_A_TICK, &a, &due, &n);
  enum err looked = trust_grant_due(read, clock_now(), &grants_due);
  db_read_end(read);
  e = e ? e : looked;
  // One lead that cannot be expired keeps neither the others nor the grants from their time.
  for (size_t i = 0; i < n; i++) {
    enum err one = db_tx_run(db, "lead_expire", expire, &due[i]);
    e = e ? e : one;
  }
  bool busy = false;
  enum err g = grants_tick(db, grants_due);
  e = e ? e : g;
  enum err t = tidy_tick(db);
  e = e ? e : t;
  e = import_tick(db, read, &busy);
  return !e && busy ? 0 : TICK_MS;
}
