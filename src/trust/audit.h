// SPDX-License-Identifier: Apache-2.0
// The append-only log: one Merkle tree per company (RFC 6962 hashing), checkpoints signed with Ed25519 (C2SP tlog-checkpoint in a
// C2SP signed note). A change writes one entry, with the same commitment, for each company that sees a changed field.
// entry: leaf = canonical JSON {"at","by","by_company","commitment","entity","id","op","root","v":1}; leaf hash = SHA-256(0x00 || leaf).
// commitment = SHA-256(salt(32) || rec_canon(whole record after the change)); a deletion commits to the canonical tombstone.
// Order is assigned after the fact by the sequencer inside before_commit; only it touches heads, nodes and checkpoints.
// Tables (migrations/0002_trust.sql): audit_body(id, salt, body, commitment, entity, record, erased), audit_entry(body, log, seq, leaf,
// leaf_hash, entity, record, op, at), audit_node(log, level, pos, hash): complete subtrees, audit_head(log, size, root, frontier, checkpoint).
#ifndef ENTENTE_TRUST_AUDIT_H
#define ENTENTE_TRUST_AUDIT_H
#include "base/hash.h"
#include "trust/trust.h"

struct audit_key {  // the hub's signing key: a file beside the database, 0600; never in the database
  char name[80];    // note key name: "entente/<hub id>"
  uint8_t pub[SIGN_PUBLIC_LEN], sec[SIGN_SECRET_LEN];
};
MUST_USE enum err audit_key_create(str path, str hub_name, struct audit_key *ret);  // refuses to overwrite
MUST_USE enum err audit_key_load(str path, struct audit_key *ret);

// Writes body and entries (unsequenced) for `after` (NULL: deletion of `before`) into `logs`. Called by trust/store.c and grants only.
MUST_USE enum err audit_write(struct ctx *x, const struct rec *before, const struct rec *after, const char *op, const id64 *logs,
                              size_t nlogs);
// The sequencer: orders what has no seq, extends trees, signs heads. arg: const struct audit_key *. Returns ERR_OK when nothing waits.
enum err audit_sequence(struct db_conn *c, void *key);
// Entries of a log after `after_seq`, at most limit: for live updates.
struct audit_event {
  int64_t seq;
  const struct entity *e;
  id64 record, root, by;
  char op[24];
  utime at;
};
MUST_USE enum err audit_events(struct db_conn *c, id64 log, int64_t after_seq, size_t limit, struct arena *a,
                               struct audit_event **ret, size_t *ret_n);
MUST_USE enum err audit_size(struct db_conn *c, id64 log, int64_t *ret_size);

// Proofs, as files a partner checks offline (JSON; docs/proofs.md): inclusion of entry seq under the current checkpoint; consistency.
MUST_USE enum err audit_checkpoint(struct db_conn *c, id64 log, struct buf *out);  // the signed note
MUST_USE enum err audit_proof(struct db_conn *c, id64 log, int64_t seq, const struct audit_key *k, struct buf *out);
MUST_USE enum err audit_consistency(struct db_conn *c, id64 log, int64_t from, int64_t to, const struct audit_key *k,
                                    struct buf *out);
// Epochs (epoch.c, docs/proofs.md): after a restore each log goes on under another name. Opens the next one in every log, in the caller's
// transaction: the entry "restore" comes first, then what still waited. x: no viewer, the time of the restore.
MUST_USE enum err audit_epoch_open(struct ctx *x, const struct audit_key *k, size_t *ret_logs);
MUST_USE enum err audit_origin(struct db_conn *c, id64 log, const struct audit_key *k, struct buf *out);  // of the present epoch
// What became of an epoch: size = its entries that are part of the present log. ERR_NOT_FOUND: this log has no ended epoch of that name.
struct audit_epoch_end {
  int64_t number, size;  // number of the epoch that followed
  utime at;
};
MUST_USE enum err audit_epoch_end(struct db_conn *c, id64 log, str origin, struct audit_epoch_end *ret);
// Where somebody goes on who has read up to entry `seq` of epoch `number`: what a restore cut off is read again. ret_now: present epoch.
MUST_USE enum err audit_epoch_resume(struct db_conn *c, id64 log, int64_t number, int64_t seq, int64_t *ret_seq,
                                     int64_t *ret_now);
// Proof that epoch `number` (2 ...) goes on from the one before: its first entry, what that commits to, consistency of both trees.
MUST_USE enum err audit_epoch_proof(struct db_conn *c, id64 log, int64_t number, const struct audit_key *k, struct buf *out);
// A backup's note: size and SHA-256 of its file, signed in the form of a checkpoint under the name "NAME/backup".
void audit_backup_note(struct buf *out, const struct audit_key *k, int64_t size, const hash *file);
bool audit_backup_note_read(str note, const struct audit_key *k, int64_t *ret_size,
                            hash *ret_file);  // false: not signed by the key
// Whether every log of `was` is a beginning of the same log in `now`. With a key, each must go on in an epoch proven from its head in
// `was`. What does not fit is a sentence in `why`; nothing there: all is well.
struct audit_comparison {
  int64_t logs, entries, later;  // later: entries of these logs in `now` that `was` has not
};
MUST_USE enum err audit_compare(struct db_conn *was, struct db_conn *now, const struct audit_key *restored_or_null,
                                struct audit_comparison *ret, struct buf *why);
// Offline: no database. A sentence in `why` says what is proven, or, with false, what does not fit.
bool audit_proof_check(str file, struct buf *why);
// The same, and what it means for a checkpoint that was kept from earlier.
bool audit_kept_check(str file, str kept, struct buf *why);

// Recomputes everything: leaves, trees, heads, signatures; each audited row against its last body; rows without entry; entries without
// row. Writes one line per finding ("deal deal_00h... differs from its last audited body: field amount"), returns their number.
struct audit_report {
  int64_t logs, entries, rows, findings;
};
MUST_USE enum err audit_verify(struct db *db, const struct audit_key *key_or_null, struct buf *findings,
                               struct audit_report *ret);
// Erases what the log remembers of a record: every body and salt of it is emptied; the log keeps the commitments and still verifies.
// An entry "erase" with the present state (or the tombstone) follows in every log that knows the record.
MUST_USE enum err audit_erase(struct ctx *x, const struct entity *e, id64 id);

// Merkle arithmetic (pure): merkle.c
hash merkle_leaf(str leaf);
hash merkle_node(const hash *l, const hash *r);
bool merkle_inclusion_check(hash leaf, int64_t index, int64_t size, const hash *path, size_t n, hash root);
bool merkle_consistency_check(int64_t from, hash from_root, int64_t to, hash to_root, const hash *path, size_t n);
#endif
