// SPDX-License-Identifier: Apache-2.0
// The writing requests: a durable create, and an import into the same tables.
#include "floor.h"
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- create

static const char filler[64] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde";

static const char *member(json_t *o, const char *key) {
  const char *s = json_string_value(json_object_get(o, key));
  return s ? s : "";
}

static void bind_z(struct floor_conn *c, enum floor_stmt q, int i, const char *z) { bind_text(c, q, i, z, strlen(z)); }

static void bind_blob(struct floor_conn *c, enum floor_stmt q, int i, const void *p, size_t n) {
  if (sqlite3_bind_blob64(c->q[q], i, p, n, SQLITE_STATIC)) die("bind", c->db);
}

static void search_insert(struct floor_conn *c, const struct created *w, const char *name, const char *customer) {
  char tokens[512], terms[2048], *save = NULL;
  bind_int(c, Q_SEARCH_OLD, 1, w->id);
  bind_int(c, Q_SEARCH_OLD, 2, w->who.company);
  run(c, Q_SEARCH_OLD);
  int n = snprintf(tokens, sizeof tokens, "%s %s", name, customer);
  bind_int(c, Q_INSERT_SEARCH, 1, w->id);
  bind_int(c, Q_INSERT_SEARCH, 2, w->who.company);
  bind_text(c, Q_INSERT_SEARCH, 3, tokens, (size_t)n < sizeof tokens ? (size_t)n : sizeof tokens - 1);
  run(c, Q_INSERT_SEARCH);
  int at = snprintf(terms, sizeof terms, "%lld:/deal", (long long)w->who.company);
  for (char *t = strtok_r(tokens, " ", &save); t && at < (int)sizeof terms - 200; t = strtok_r(NULL, " ", &save))
    at += snprintf(terms + at, sizeof terms - (size_t)at, " %lld:%.120s", (long long)w->who.company, t);
  bind_int(c, Q_INSERT_INDEX, 1, sqlite3_last_insert_rowid(c->db));
  bind_text(c, Q_INSERT_INDEX, 2, terms, (size_t)at);
  run(c, Q_INSERT_INDEX);
}

// Body and entry of the log, with the sizes they have; their hashes are not computed here.
static void audit_insert(struct floor_conn *c, const struct created *w, int64_t now) {
  char body[2048], leaf[512];
  int64_t id = id_make();
  int n = snprintf(body, sizeof body, "%-1100.*s", (int)w->body_n, w->body);
  int m = snprintf(leaf, sizeof leaf, "%-430s", filler);
  bind_int(c, Q_INSERT_BODY, 1, id);
  bind_blob(c, Q_INSERT_BODY, 2, filler, 32);
  bind_text(c, Q_INSERT_BODY, 3, body, (size_t)n);
  bind_int(c, Q_INSERT_BODY, 4, w->id);
  run(c, Q_INSERT_BODY);
  bind_int(c, Q_INSERT_ENTRY, 1, id);
  bind_int(c, Q_INSERT_ENTRY, 2, w->who.company);
  bind_text(c, Q_INSERT_ENTRY, 3, leaf, (size_t)m);
  bind_blob(c, Q_INSERT_ENTRY, 4, filler, 32);
  bind_int(c, Q_INSERT_ENTRY, 5, w->id);
  bind_int(c, Q_INSERT_ENTRY, 6, now);
  run(c, Q_INSERT_ENTRY);
}

static void deal_insert(struct floor_conn *c, const struct created *w, json_t *body, const char *customer, int64_t now) {
  const char *name = member(body, "name");
  int64_t minor = strtoll(member(json_object_get(body, "amount"), "amount"), NULL, 10) * 100;
  char k2[64];
  snprintf(k2, sizeof k2, "EUR%020llu", (unsigned long long)minor);
  bind_int(c, Q_INSERT_DEAL, 1, w->id);
  bind_int(c, Q_INSERT_DEAL, 2, w->who.company);
  bind_int(c, Q_INSERT_DEAL, 3, now);
  bind_int(c, Q_INSERT_DEAL, 4, w->who.user);
  bind_z(c, Q_INSERT_DEAL, 5, name);
  bind_int(c, Q_INSERT_DEAL, 6, id_read(member(body, "account")));
  bind_z(c, Q_INSERT_DEAL, 7, customer);
  bind_int(c, Q_INSERT_DEAL, 8, minor);
  bind_z(c, Q_INSERT_DEAL, 9, member(body, "next_step"));
  bind_int(c, Q_INSERT_DEAL, 10, 20800);
  run(c, Q_INSERT_DEAL);
  bind_int(c, Q_INSERT_SEEN, 1, now);
  bind_z(c, Q_INSERT_SEEN, 2, name);
  bind_z(c, Q_INSERT_SEEN, 3, k2);
  bind_int(c, Q_INSERT_SEEN, 4, 20800);
  bind_int(c, Q_INSERT_SEEN, 5, w->who.company);
  bind_int(c, Q_INSERT_SEEN, 6, w->id);
  run(c, Q_INSERT_SEEN);
}

void floor_create(struct floor_conn *c, struct created *w) {
  int64_t now = micros_now();
  json_t *body = json_loadb(w->body, w->body_n, JSON_REJECT_DUPLICATES, NULL);
  if (!body) die("body", NULL);
  char customer[256] = "";
  bind_int(c, Q_IDEMPOTENCY, 1, w->who.user);
  bind_z(c, Q_IDEMPOTENCY, 2, w->key);
  run(c, Q_IDEMPOTENCY);
  bind_int(c, Q_ACCOUNT, 1, id_read(member(body, "account")));
  if (row(c, Q_ACCOUNT)) snprintf(customer, sizeof customer, "%s", (const char *)sqlite3_column_text(c->q[Q_ACCOUNT], 0));
  done(c, Q_ACCOUNT);
  w->id = id_make();
  deal_insert(c, w, body, customer, now);
  audit_insert(c, w, now);
  search_insert(c, w, member(body, "name"), customer);
  bind_int(c, Q_KEEP_IDEMPOTENCY, 1, w->who.user);
  bind_z(c, Q_KEEP_IDEMPOTENCY, 2, w->key);
  bind_text(c, Q_KEEP_IDEMPOTENCY, 3, filler, 64);
  bind_int(c, Q_KEEP_IDEMPOTENCY, 4, w->id);
  bind_int(c, Q_KEEP_IDEMPOTENCY, 5, now);
  run(c, Q_KEEP_IDEMPOTENCY);
  json_decref(body);
}

struct waiting {
  int64_t body, log;
};

// What the sequencer writes: a place for each entry, one tree node for each pair, the head once.
void floor_batch_end(struct floor_conn *c, struct created **w, size_t n) {
  struct waiting list[512];
  size_t m = 0;
  while (m < 512 && row(c, Q_WAITING)) {
    list[m].body = sqlite3_column_int64(c->q[Q_WAITING], 0);
    list[m++].log = sqlite3_column_int64(c->q[Q_WAITING], 1);
  }
  done(c, Q_WAITING);
  if (!m || !n) return;
  int64_t log = w[0]->who.company, size = 0;
  bind_int(c, Q_HEAD, 1, log);
  if (row(c, Q_HEAD)) size = sqlite3_column_int64(c->q[Q_HEAD], 0);
  done(c, Q_HEAD);
  for (size_t i = 0; i < m; i++) {
    bind_int(c, Q_PLACE, 1, ++size);
    bind_int(c, Q_PLACE, 2, list[i].body);
    bind_int(c, Q_PLACE, 3, list[i].log);
    run(c, Q_PLACE);
    for (int level = 1; (size & ((INT64_C(1) << level) - 1)) == 0; level++) {
      bind_int(c, Q_INSERT_NODE, 1, log);
      bind_int(c, Q_INSERT_NODE, 2, level);
      bind_int(c, Q_INSERT_NODE, 3, (size >> level) - 1);
      bind_blob(c, Q_INSERT_NODE, 4, filler, 32);
      run(c, Q_INSERT_NODE);
    }
  }
  bind_int(c, Q_UPDATE_HEAD, 1, size);
  bind_blob(c, Q_UPDATE_HEAD, 2, filler, 32);
  bind_int(c, Q_UPDATE_HEAD, 3, log);
  run(c, Q_UPDATE_HEAD);
}
