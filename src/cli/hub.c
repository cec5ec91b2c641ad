// SPDX-License-Identifier: Apache-2.0
// Opening a hub for a command: database, schema, signing key.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "flows/identity.h"

static bool is_url(const char *url) {
  return str_starts(str_of(url), S("postgres://")) || str_starts(str_of(url), S("postgresql://"));
}

// Beside a SQLite file: FILE.key. For PostgreSQL there is no "beside": a file of the user's data folder, named after the database's URL.
void hub_key_path(const char *url, char *out, size_t max) {
  if (!is_url(url)) {
    snprintf(out, max, "%s.key", url);
    return;
  }
  const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
  AUTO(buf_release) struct buf folder = BUF(max), hex = BUF(128);
  if (data && *data)
    buf_fmt(&folder, "%s/entente", data);
  else
    buf_fmt(&folder, "%s/.local/share/entente", home && *home ? home : ".");
  hash h = hash_of(str_of(url));
  hash_put_hex(&hex, &h);
  for (size_t i = 1; i <= folder.n; i++)
    if (i == folder.n || folder.p[i] == '/') {
      AUTO(buf_release) struct buf part = BUF(max);
      buf_put(&part, str_sub(buf_str(&folder), 0, i));
      mkdir(buf_z(&part), 0700);  // what cannot be made shows when the key is written
    }
  snprintf(out, max, "%s/hub-%.16s.key", buf_z(&folder), buf_z(&hex));
}

static int open_failed(const struct buf *message) {
  str m = buf_str(message);
  bool in_use = false;
  for (size_t i = 0; i + 6 <= m.n; i++)
    in_use |= !memcmp(m.p + i, "in use", 6) || (i + 15 <= m.n && !memcmp(m.p + i, "another process", 15));
  return cli_fail(in_use ? EXIT_IN_USE : EXIT_OPEN, "%.*s", STR_ARG(m));
}

static int load_key(struct hub *h, enum db_open_mode mode, bool fresh) {
  bool there = access(h->key_path, F_OK) == 0;
  if (!there && mode == DB_CREATE && fresh) {
    uint8_t raw[8];
    AUTO(buf_release) struct buf name = BUF(64);
    random_bytes(raw, sizeof raw);
    buf_hex(&name, raw, sizeof raw);
    if (audit_key_create(str_of(h->key_path), buf_str(&name), &h->key))
      return cli_fail(EXIT_FAILED, "cannot write the signing key %s: %s", h->key_path, strerror(errno));
    h->has_key = true;
    return EXIT_OK;
  }
  if (!there && mode == DB_READ_ONLY) return EXIT_OK;
  if (audit_key_load(str_of(h->key_path), &h->key))
    return cli_fail(EXIT_OPEN, "cannot read the signing key %s; say where it is with --key FILE", h->key_path);
  h->has_key = true;
  return EXIT_OK;
}

static enum err hub_is_fresh(struct hub *h, bool *ret) {
  struct db_conn *c = NULL;
  AUTO(arena_release) struct arena a = {0};
  str value;
  TRY(db_conn_open(h->db, &c));
  enum err e = db_read_begin(c);
  if (!e) {
    e = hub_get(c, S("id"), &a, &value);
    db_read_end(c);
  }
  db_conn_close(c);
  *ret = e == ERR_NOT_FOUND;
  return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static int open_any(const char *url, const char *key_path, enum db_open_mode mode, struct hub *ret) {
  AUTO(buf_release) struct buf message = BUF(4096);
  *ret = (struct hub){0};
  if (key_path)
    snprintf(ret->key_path, sizeof ret->key_path, "%s", key_path);
  else
    hub_key_path(url, ret->key_path, sizeof ret->key_path);
  if (db_open(str_of(url), mode, &message, &ret->db)) return open_failed(&message);
  int applied = 0;
  bool fresh = false;
  if (mode == DB_READ_ONLY ? db_schema_check(ret->db, &message, &ret->older) : db_migrate(ret->db, &message, &applied)) {
    int e = cli_fail(EXIT_OPEN, "%.*s", STR_ARG(buf_str(&message)));
    hub_close(ret);
    return e;
  }
  if (mode == DB_CREATE && hub_is_fresh(ret, &fresh)) {
    hub_close(ret);
    return cli_fail(EXIT_FAILED, "cannot read %s", url);
  }
  int e = load_key(ret, mode, fresh);
  if (e) {
    hub_close(ret);
    return e;
  }
  if (mode != DB_READ_ONLY && db_is_sqlite(ret->db))
    db_set_hooks(ret->db, (struct db_hooks){.before_commit = audit_sequence, .arg = &ret->key});
  return EXIT_OK;
}

int hub_open(const char *url, const char *key_path, enum db_open_mode mode, struct hub *ret) {
  int e = open_any(url, key_path, mode, ret);
  if (e || !ret->older) return e;
  hub_close(ret);
  return cli_fail(EXIT_OPEN, "%s is older than this program: entente migrate brings it up, or the server when it starts", url);
}

int hub_open_any_version(const char *url, const char *key_path, struct hub *ret) {
  return open_any(url, key_path, DB_READ_ONLY, ret);
}

int hub_settle(struct hub *h) {
  if (db_is_sqlite(h->db)) return EXIT_OK;
  db_set_hooks(h->db, (struct db_hooks){.before_commit = audit_sequence, .arg = &h->key});
  return db_sequence_now(h->db) ? cli_fail(EXIT_FAILED, "the log could not be ordered; the server will do it") : EXIT_OK;
}

void hub_close(struct hub *h) {
  db_close(h->db);
  secret_wipe(&h->key, sizeof h->key);
  h->db = NULL;
}
