// SPDX-License-Identifier: Apache-2.0
// Who may see which field, and the record of who did what. The only way records are read for somebody and the only way they are
// written: row, audit entries, seen rows and search rows together, in the transaction of the ctx.
// Fails closed: hidden and missing are the same ERR_NOT_FOUND with P_NOT_FOUND.
// Threading: a ctx belongs to one thread at a time.
#ifndef ENTENTE_TRUST_TRUST_H
#define ENTENTE_TRUST_TRUST_H
#include "model/record.h"

enum op { OP_READ = 1, OP_COMMENT = 2, OP_WORK = 4, OP_WRITE = 8, OP_SHARE = 16, OP_DELETE = 32, OP_APPROVE = 64 };
// READ fields of the set; COMMENT add comments; WORK add activities, tasks, evidence, contributions; WRITE change root fields of the set;
// SHARE, DELETE, APPROVE: only within the owner company, by role.

struct viewer {
  id64 company, user;  // user 0: the system acting for `company`
  int role;            // index in vocab_user_role; -1 for the system (all rights of the company, no role check)
  unsigned ops;        // what the session or token scope allows: all ops, or OP_READ only
  enum lang lang;
};

struct grant {
  id64 id, owner, grantee;
  const struct entity *e;  // root entity
  id64 root;
  unsigned ops;
  str fieldset;       // expression, e.g. "member" or "teaser+region"
  utime from, until;  // until UTIME_MAX: open
  utime accepted_at;  // 0: not accepted yet: grants nothing
  utime revoked_at;   // 0: not revoked
  id64 created_by;
  utime created_at;
};

// What one viewer may do with one record. All zero: hidden.
struct access {
  uint64_t read, write;  // fields
  unsigned ops;
  bool owner;  // the viewer's company owns the record
};

// The facts mask() decides from: nothing else matters.
struct subject {
  const struct entity *e;
  id64 owner;     // company of the record (of the root's record: owner of the root for children)
  id64 author;    // children: company that wrote the row; roots: same as owner
  bool room;      // children: audience is room (children without audience: true)
  utime written;  // children: created_at. A grant opens the room from its `from`: earlier rows stay hidden (0: not asked)
  const struct grant *grants;  // grants on the root for the viewer's company
  size_t ngrants;
};
// Pure. Rows of a room are written by their author's company only; a company cut off reads its own rows and changes them no more.
// The union of all grants that hold at `now`; owner by role (viewer: read; rep: + work, write, comment; manager: + share, delete, approve; admin: all).
struct access mask(const struct viewer *v, const struct subject *s, utime now);

struct ctx {  // one request or job within one transaction or read snapshot
  struct db_conn *conn;
  struct arena *arena;
  struct problem *pb;
  struct viewer viewer;
  utime now;
  const char *verb;         // audit verb of the next write ("accept", "win"); NULL: create | update | delete
  struct list_item *named;  // shared records of others that project_names() named: whoever notes what was read notes them too
  size_t n_named, cap_named;
};

// r->updated_at is what this viewer is shown: it moves when something it sees changes.
MUST_USE enum err trust_load(struct ctx *x, const struct entity *e, id64 id, unsigned need_ops, struct rec **ret,
                             struct access *ret_access);
// The same with no viewer: for rules that decide by facts the viewer must not see (routing, clocks). Never written to a response.
MUST_USE enum err trust_load_system(struct ctx *x, const struct entity *e, id64 id, struct rec **ret);
MUST_USE enum err trust_access(struct ctx *x, const struct rec *r, struct access *ret);
// New children need OP_COMMENT (comment) or OP_WORK (others) on the root, or ownership. r->company is set to the viewer's company.
MUST_USE enum err trust_insert(struct ctx *x, struct rec *r);
// P_STALE when `before` is not what is stored: a change made meanwhile is never overwritten.
MUST_USE enum err trust_update(struct ctx *x, const struct rec *before, struct rec *after);
MUST_USE enum err trust_delete(struct ctx *x, const struct rec *r);  // a root with its children, grants, seen and search rows

MUST_USE enum err trust_grant_add(struct ctx *x,
                                  struct grant *g);  // fills id; writes seen rows, audit entry "share" in both logs
MUST_USE enum err trust_grant_revoke(struct ctx *x, const struct entity *e, id64 root, id64 grantee);  // all live grants; at once
MUST_USE enum err trust_grant_load(struct ctx *x, id64 id, struct grant *ret);  // owner or grantee company; else ERR_NOT_FOUND
MUST_USE enum err trust_grant_accept(struct ctx *x, id64 id);                   // by the grantee's company
MUST_USE enum err trust_grant_end(struct ctx *x, id64 id);                      // revokes one grant; by the owner's company
// Job, as soon as one is due: grants whose time came are opened in seen and search, those past `until` are revoked for good, so that a
// clock set back later, even before a restart, does not revive them. Runs as the system; x->viewer is not asked. At most `limit` grants a call.
// due: whether there is anything to do, by one look at two indexes.
MUST_USE enum err trust_grant_due(struct db_conn *c, utime now, bool *ret);
MUST_USE enum err trust_grant_tick(struct ctx *x, size_t limit, size_t *ret_done);
MUST_USE enum err trust_grants(struct ctx *x, const struct entity *e, id64 root, struct grant **ret,
                               size_t *ret_n);  // all, revoked too

// One page of roots the viewer may see, by one walk of NAME_seen. Other filters run on the projected record within LIMIT_CANDIDATES.
struct filter {
  int field;  // -1: created_at/updated_at by `meta`
  enum { FILTER_EQ, FILTER_NE, FILTER_LT, FILTER_LTE, FILTER_GT, FILTER_GTE, FILTER_NULL } cmp;
  struct val v;
  bool meta_updated;
};
struct list_query {
  const struct entity *e;
  int sort;  // field index, -1 updated_at, -2 created (id)
  bool descending;
  size_t limit;
  const struct filter *filters;
  size_t nfilters;
  str cursor;         // opaque, from a previous page; empty: start
  id64 only_company;  // 0; else: records owned by this company ("given")
  bool only_foreign;  // records owned by others ("received")
};
struct list_item {
  struct rec *r;
  struct access access;
  utime changed_at;                // what the viewer is shown as updated_at
  const struct root_facts *facts;  // trust's own: what it was judged by; NULL: to be looked up again
};
MUST_USE enum err trust_list(struct ctx *x, const struct list_query *q, struct list_item **ret, size_t *ret_n, str *ret_next);
MUST_USE enum err trust_children(struct ctx *x, const struct entity *e, const struct rec *root, id64 after, size_t limit,
                                 struct list_item **ret, size_t *ret_n, bool *ret_more);
// brief: of each record no more than title and subtitle need be there.
// Set-wise, for answers that show many roots: `roots` are of one type and come from trust_list.
// Children of one type the viewer may read, root by root as they lie in the parts of the list.
MUST_USE enum err trust_children_of(struct ctx *x, const struct entity *e, const struct list_item *roots, size_t n,
                                    struct list_item **ret, size_t *ret_n);
// All grants on those of the roots the viewer's company owns.
struct root_grants {
  struct grant *g;  // in order of root
  size_t n;
};
MUST_USE enum err trust_grants_of(struct ctx *x, const struct list_item *roots, size_t n, struct root_grants *ret);
void root_grants_of(const struct root_grants *all, id64 root, struct grant **ret, size_t *ret_n);
MUST_USE enum err trust_search(struct ctx *x, str query, const struct entity *e_or_null, bool brief, size_t limit,
                               struct list_item **ret, size_t *ret_n);
// What a viewer is shown as updated_at of the roots a search found, which itself leaves it out: most answers do not show it.
MUST_USE enum err trust_changed_at(struct ctx *x, struct list_item *items, size_t n);

// What another company read: once per person, root record, type, fieldset and day, noted before the answer leaves.
// `missing` on the read connection; when true, run `note` in a write transaction first. Own records and the directory are not noted.
MUST_USE enum err trust_reads_missing(struct ctx *x, const struct list_item *items, size_t n, bool *ret_missing);
MUST_USE enum err trust_reads_note(struct ctx *x, const struct list_item *items, size_t n);
struct read_note {
  id64 company, user;
  const struct entity *e;  // type read: the root or one of its children
  str fieldset;
  uday day;
  utime at;  // first reading of that day
};
MUST_USE enum err trust_reads(struct ctx *x, const struct rec *root, struct read_note **ret,
                              size_t *ret_n);  // owner's company only; newest first

// The only way out: the record's visible fields as members of an open object: "id","company","created_at","updated_at" and,
// of children, "root" and "audience"; then the fields. The caller opens and closes the object.
void project(struct jw *w, const struct rec *r, const struct access *a, utime changed_at);
void project_etag(struct buf *out, const struct rec *r,
                  const struct access *a);  // strong ETag with quotes: hash of the projected record
// Names of everything the items refer to (users, companies, refs): writes the member "names". Only names the viewer may know:
// companies and users of the hub directory, other records when visible (title field).
MUST_USE enum err project_names(struct ctx *x, struct jw *w, const struct list_item *items, size_t n);
#endif
