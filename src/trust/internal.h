// SPDX-License-Identifier: Apache-2.0
// What the files of src/trust share. Reading order: mask.c (who may), grant.c, seen.c (index and search rows), store.c (one write),
// list.c, read.c, project.c; then merkle.c, note.c, audit.c, sequencer.c, epoch.c, proof.c, proof_check.c, verify.c.
#ifndef ENTENTE_TRUST_INTERNAL_H
#define ENTENTE_TRUST_INTERNAL_H
#include "trust/audit.h"
#include "trust/trust.h"

enum { OPS_EVERY = OP_READ | OP_COMMENT | OP_WORK | OP_WRITE | OP_SHARE | OP_DELETE | OP_APPROVE };

// grant.c: the facts about a root that decide who sees it and what is below it. Memory: the ctx's arena.
struct root_facts {
  const struct entity *e;  // NULL for what is neither root nor child
  id64 id, owner;
  struct grant *grants;  // all of the grantee asked for (0: of everybody), revoked ones too
  size_t ngrants;
};
MUST_USE enum err root_facts_load(struct ctx *x, const struct rec *r, id64 grantee_or_0, struct root_facts *ret);
MUST_USE enum err item_judge(struct ctx *x, struct list_item *it);  // access and facts of it->r
struct subject subject_of(const struct rec *r, const struct root_facts *f);
// What the company as a whole sees of the record: the viewer without a person.
struct access company_access(struct ctx *x, const struct rec *r, const struct root_facts *f, id64 company);
// Companies that may see anything of the record now, each once: owner of the root, author, grantees with a grant that holds.
void facts_companies(struct ctx *x, const struct rec *r, const struct root_facts *f, id64 **ret, size_t *ret_n);
// Rows of a bound statement over GRANT_COLUMNS, at most `max`; updated_at beside each when asked for.
#define GRANT_COLUMNS \
  "id, owner, grantee, entity, root, ops, fieldset, valid_from, valid_until, accepted_at, revoked_at, created_by, created_at, updated_at"
enum { GRANTS_OF_A_ROOT = 10000 };  // companies times grants, revoked ones too: past it the root is misused
MUST_USE enum err grants_collect(struct db_stmt *s, struct arena *a, size_t max, struct grant **ret, utime **ret_updated,
                                 size_t *ret_n);
// many.c: grants of many roots of one type (0: of everybody). ids are put in order.
MUST_USE enum err grants_of_many(struct ctx *x, const struct entity *e, id64 grantee_or_0, id64 *ids, size_t n,
                                 struct root_grants *ret);
MUST_USE enum err items_judge(struct ctx *x, struct list_item *items, size_t n);  // item_judge for roots of one type
bool grant_live(const struct grant *g, utime now);                                // accepted, not revoked, within its time
void grant_canon(struct buf *out, const struct grant *g, utime updated_at);
MUST_USE enum err grants_drop_root(struct ctx *x, const struct entity *e, id64 root);  // with tombstones in the log

// seen.c
extern const char *const seen_keys[3];               // k1 k2 k3
int seen_key_of(const struct entity *e, int field);  // 0 .. 2, -1: the field does not sort
bool seen_key_is_int(enum kind k);
struct seen_key {
  bool is_int;
  int64_t i;
  str s;
};
struct seen_key seen_key_make(struct arena *a, const struct rec *r, int field,
                              uint64_t visible);  // hidden and null: the sentinel
// Writes (or takes away) the company's row of a root, changed now. fresh: there is none yet.
MUST_USE enum err seen_put(struct ctx *x, const struct rec *root, const struct root_facts *f, id64 company, bool fresh);
MUST_USE enum err seen_drop(struct ctx *x, const struct entity *e, id64 root, id64 company);
MUST_USE enum err search_put(struct ctx *x, const struct rec *r, const struct access *a, id64 company);
MUST_USE enum err search_put_children(struct ctx *x, const struct rec *root, const struct root_facts *f, id64 company);
// What the viewer's company is shown as updated_at of a root; unchanged where it has no row.
MUST_USE enum err seen_changed_at(struct ctx *x, const struct rec *root, utime *ret);
// store.c: the updated_at a viewer is shown: what it cannot see changing does not move it.
MUST_USE enum err shown_updated_at(struct ctx *x, const struct rec *r, const struct access *a, utime *ret);
uint64_t search_fields(const struct entity *e);  // mask of F_SEARCH
void search_tokens(struct buf *out, const struct rec *r, uint64_t visible);
void seen_table(struct sqlb *q, const struct entity *e);  // writes NAME_seen

// audit.c: what an entry says, whatever the table.
struct audit_fact {
  const char *entity, *prefix;
  id64 record;
  const char *root_prefix;  // of the root, or of the record itself
  id64 root;
  str body;  // canonical JSON
  const char *op;
  utime at;
};
MUST_USE enum err audit_put(struct ctx *x, const struct audit_fact *f, const id64 *logs, size_t nlogs);
void audit_tombstone(struct buf *out, const char *entity, const char *prefix, id64 id, id64 company);
enum { AUDIT_BODY_MAX = 24 * 1024 * 1024 };  // a statement's document at its limit, escaped
hash audit_commit(str salt, str body);
// Decoded leaf; strings live in the arena.
struct audit_leaf {
  const struct entity *root_e;  // NULL: not a type of ours
  str entity, op, at, by, by_company, id, root, commitment;
  id64 record, root_id, by_id;
  utime time;
};
MUST_USE enum err audit_leaf_read(str leaf, struct arena *a, struct audit_leaf *ret);  // ERR_CORRUPT: not a leaf

// Tables that are audited though no record type: rights and readings. Rows by id, after `after`.
struct audited_row {
  id64 id, company;  // company: whose log has every entry of it
  utime updated_at;
  str canon;
};
struct audited_table {
  const char *entity, *prefix;
  const char *table;
  enum err (*page)(struct db_conn *c, id64 after, size_t limit, struct arena *a, struct audited_row **ret, size_t *ret_n);
};
MUST_USE enum err grants_page(struct db_conn *c, id64 after, size_t limit, struct arena *a, struct audited_row **ret,
                              size_t *ret_n);
MUST_USE enum err reads_page(struct db_conn *c, id64 after, size_t limit, struct arena *a, struct audited_row **ret,
                             size_t *ret_n);

MUST_USE enum err epochs_page(struct db_conn *c, id64 after, size_t limit, struct arena *a, struct audited_row **ret,
                              size_t *ret_n);

// epoch.c: an epoch of a log after its first, and how it began.
struct epoch {
  id64 id, log;
  int64_t number;  // 2, 3 ...
  str origin;      // its checkpoints' first line
  int64_t size;    // entries of the epoch before that are part of this one; its own first entry follows
  str checkpoint;  // their signed head, under the name of that epoch
  utime at;
};
MUST_USE enum err epochs_of(struct db_conn *c, id64 log, struct arena *a, struct epoch **ret, size_t *ret_n);  // in order
bool epoch_body_read(str body, struct arena *a, struct epoch *ret);  // what the entry "restore" commits to; no ids, no number
// sequencer.c: gives the waiting entry about a record the next place in its log, before all others that wait.
MUST_USE enum err sequence_next(struct db_conn *c, const struct audit_key *k, id64 log, id64 record);

// merkle.c: complete subtrees met while leaves are appended. stack[i] is the root of the ith largest complete subtree.
struct merkle_stack {
  hash h[64];
  int n;
  int64_t size;
};
typedef enum err (*merkle_emit)(void *arg, int level, int64_t pos, const hash *h);  // a complete subtree of level >= 1
MUST_USE enum err merkle_append(struct merkle_stack *s, const hash *leaf, merkle_emit emit, void *arg);
hash merkle_stack_root(const struct merkle_stack *s);                          // of the empty tree: SHA-256 of nothing
typedef enum err (*merkle_get)(void *arg, int level, int64_t pos, hash *ret);  // a complete subtree, level 0: a leaf
MUST_USE enum err merkle_root_at(int64_t size, merkle_get get, void *arg, hash *ret);
enum { MERKLE_PATH_MAX = 128 };
MUST_USE enum err merkle_inclusion_path(int64_t index, int64_t size, merkle_get get, void *arg, hash path[MERKLE_PATH_MAX],
                                        size_t *ret_n);
MUST_USE enum err merkle_consistency_path(int64_t from, int64_t to, merkle_get get, void *arg, hash path[MERKLE_PATH_MAX],
                                          size_t *ret_n);

// note.c: C2SP signed notes and tree checkpoints (https://c2sp.org/signed-note, https://c2sp.org/tlog-checkpoint).
struct checkpoint {
  str origin;
  int64_t size;
  hash root;
};
void note_origin(struct buf *out, const struct audit_key *k, id64 log);  // key name "/" company id: origin of the first epoch
void note_checkpoint(struct buf *out, const struct audit_key *k, str origin, int64_t size, const hash *root);  // signed
void note_verifier(struct buf *out, str name, const uint8_t pub[SIGN_PUBLIC_LEN]);  // "name+hhhhhhhh+base64"
bool note_verifier_parse(str vkey, str *ret_name, uint8_t ret_pub[SIGN_PUBLIC_LEN]);
bool checkpoint_parse(str note, struct checkpoint *ret);                      // text part only
bool note_signed_by(str note, str name, const uint8_t pub[SIGN_PUBLIC_LEN]);  // a good signature of this key
#endif
