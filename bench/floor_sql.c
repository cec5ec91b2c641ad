// SPDX-License-Identifier: Apache-2.0
// The statements of the floor: those the server runs, with the columns the answer needs.
#include "floor.h"
#include <stdio.h>

#define DEAL_COLUMNS                                                                                                                  \
  "t.id, t.company, t.created_at, t.updated_at, t.created_by, t.name, t.account, t.customer, t.need, t.amount_minor, t.amount_cur, "  \
  "t.stage, t.claimed_stage, t.claim_reason, t.outcome, t.won_amount_minor, t.won_amount_cur, t.closed_on, t.close_reason, t.owner, " \
  "t.next_step, t.next_step_on, t.expected_on, t.lead, t.agreement, t.agreement_version, t.agreement_hash, t.notes"

static const char *const text[Q_COUNT] = {
  [Q_TOKEN] =
    "SELECT t.user_id, u.company, t.scopes, t.expires_at, u.role, u.lang FROM api_token t JOIN \"user\" u ON u.id = t.user_id "
    "WHERE t.hash = ?1 AND t.expires_at > ?2 AND t.revoked_at = 0 AND u.active",
  [Q_BEGIN] = "BEGIN",
  [Q_END] = "ROLLBACK",
  [Q_DEALS] = "SELECT s.changed_at, " DEAL_COLUMNS " FROM deal_seen s JOIN deal t ON t.id = s.record WHERE s.viewer = ?1 "
              "ORDER BY s.changed_at DESC, s.record DESC LIMIT ?2",
  [Q_DEAL] = "SELECT t.updated_at, " DEAL_COLUMNS " FROM deal t WHERE t.id = ?1",
  [Q_GRANTS] =
    "SELECT id, owner, grantee, entity, root, ops, fieldset, valid_from, valid_until, accepted_at, revoked_at, created_by, "
    "created_at, updated_at FROM access_grant WHERE root = ?1 AND entity = ?2 AND grantee = ?3 ORDER BY id",
  [Q_READ_NOTED] =
    "SELECT id FROM access_read WHERE record = ?1 AND viewer_user = ?2 AND day = ?3 AND entity = ?4 AND viewer_company = ?5 "
    "AND fieldset = ?6",
  [Q_NAME_ACCOUNT] = "SELECT name, company FROM account WHERE id = ?1",
  [Q_NAME_USER] = "SELECT name, company FROM \"user\" WHERE id = ?1",
  [Q_NAME_COMPANY] = "SELECT name, company FROM company WHERE id = ?1",
  [Q_NAME_LEAD] = "SELECT need, company FROM lead WHERE id = ?1",
  [Q_NAME_AGREEMENT] = "SELECT title, company FROM agreement WHERE id = ?1",
  [Q_FIND] =
    "SELECT r.entity, r.record FROM search_index(?1) AS x JOIN search_row AS r ON r.id = x.rowid ORDER BY x.rowid DESC LIMIT ?2",
  [Q_HIT_ACCOUNT] = "SELECT id, company, name, city, 0 FROM account WHERE id = ?1",
  [Q_HIT_CONTACT] = "SELECT root, company, name, title, created_by FROM contact WHERE id = ?1",
  [Q_HIT_DEAL] = "SELECT id, company, name, customer, 0 FROM deal WHERE id = ?1",
  [Q_WRITE_BEGIN] = "BEGIN IMMEDIATE",
  [Q_COMMIT] = "COMMIT",
  [Q_IDEMPOTENCY] = "SELECT fingerprint, entity, record FROM idempotency WHERE user_id = ?1 AND key = ?2",
  [Q_ACCOUNT] = "SELECT name FROM account WHERE id = ?1",
  [Q_INSERT_DEAL] =
    "INSERT INTO deal (id, company, created_at, updated_at, created_by, name, account, customer, amount_minor, amount_cur, stage, "
    "outcome, owner, next_step, expected_on) "
    "VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7, ?8, 'EUR', 'confirm_need', 'open', ?4, ?9, ?10)",
  [Q_INSERT_BODY] =
    "INSERT INTO audit_body (id, salt, body, commitment, entity, record, erased) VALUES (?1, ?2, ?3, ?2, 'deal', ?4, 0)",
  [Q_INSERT_ENTRY] = "INSERT INTO audit_entry (body, log, seq, leaf, leaf_hash, entity, record, op, at) "
                     "VALUES (?1, ?2, NULL, ?3, ?4, 'deal', ?5, 'create', ?6)",
  [Q_INSERT_SEEN] = "INSERT INTO deal_seen (fieldset, valid_from, valid_until, changed_at, k1, k2, k3, viewer, record) "
                    "VALUES ('*', 0, 9223372036854775807, ?1, ?2, ?3, ?4, ?5, ?6)",
  [Q_SEARCH_OLD] = "SELECT id, tokens FROM search_row WHERE entity = 'deal' AND record = ?1 AND viewer = ?2",
  [Q_INSERT_SEARCH] = "INSERT INTO search_row (entity, record, viewer, tokens) VALUES ('deal', ?1, ?2, ?3)",
  [Q_INSERT_INDEX] = "INSERT INTO search_index (rowid, tokens) VALUES (?1, ?2)",
  [Q_KEEP_IDEMPOTENCY] = "INSERT INTO idempotency (user_id, key, fingerprint, status, entity, record, created_at) "
                         "VALUES (?1, ?2, ?3, 201, 'deal', ?4, ?5)",
  [Q_WAITING] = "SELECT body, log, leaf_hash FROM audit_entry WHERE seq IS NULL ORDER BY log, at, body LIMIT 512",
  [Q_HEAD] = "SELECT size, frontier, checkpoint FROM audit_head WHERE log = ?1",
  [Q_PLACE] = "UPDATE audit_entry SET seq = ?1 WHERE body = ?2 AND log = ?3",
  [Q_INSERT_NODE] = "INSERT INTO audit_node (log, level, pos, hash) VALUES (?1, ?2, ?3, ?4)",
  [Q_UPDATE_HEAD] = "UPDATE audit_head SET size = ?1, root = ?2 WHERE log = ?3",
};

void floor_conn_open(struct floor_conn *c, const char *path, bool write) {
  int flags = SQLITE_OPEN_NOMUTEX | (write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
  if (sqlite3_open_v2(path, &c->db, flags, NULL)) die(path, c->db);
  sqlite3_busy_timeout(c->db, 5000);
  const char *settings =
    write ? "PRAGMA mmap_size=2147418112; PRAGMA cache_size=-16384; PRAGMA temp_store=MEMORY; "
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=2000"
          : "PRAGMA mmap_size=2147418112; PRAGMA cache_size=-2048; PRAGMA temp_store=MEMORY; PRAGMA query_only=ON";
  if (sqlite3_exec(c->db, settings, NULL, NULL, NULL)) die("settings", c->db);
  int from = write ? Q_READS : 0, to = write ? Q_COUNT : Q_READS;
  for (int i = from; i < to; i++)
    if (sqlite3_prepare_v3(c->db, text[i], -1, SQLITE_PREPARE_PERSISTENT, &c->q[i], NULL)) die(text[i], c->db);
}
