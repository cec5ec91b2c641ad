// SPDX-License-Identifier: Apache-2.0
// Records: an entity and its values, indexed by the entity's enum; accessors assert the kind.
// All memory is the arena's. Raw database functions here write no audit and check no right: only trust/ calls rec_db_*.
// Example: struct rec *d = rec_new(a, &entity_deal); rec_set_text(d, deal_f_name, S("CT scanner"));
#ifndef ENTENTE_MODEL_RECORD_H
#define ENTENTE_MODEL_RECORD_H
#include "model/model.h"

struct val {
  bool set;  // false: null
  union {
    str s;      // TEXT LONGTEXT WORD
    int64_t i;  // INT BOOL DATE TIME REF
    money m;
    ratio r;
  };
};
struct rec {
  const struct entity *e;
  struct arena *arena;
  id64 id, company;  // company: the owner; of a room child, the company that wrote it
  id64 root;         // children: id of the root record; roots: their own id
  bool room;         // E_ROOM: audience is room
  utime created_at, updated_at;
  id64 created_by;  // user, 0 for the system
  struct val *v;    // e->nfields values
};
struct rec *rec_new(struct arena *a, const struct entity *e);  // defaults applied, id = id_new()
struct rec *rec_copy(const struct rec *r);
bool rec_has(const struct rec *r, int f);
str rec_text(const struct rec *r, int f);        // TEXT LONGTEXT WORD; null: STR_NULL
int64_t rec_int(const struct rec *r, int f);     // INT BOOL DATE TIME; null: 0
id64 rec_ref(const struct rec *r, int f);        // null: 0
money rec_money(const struct rec *r, int f);     // null: {0, ""}
ratio rec_rate(const struct rec *r, int f);      // null: 0/1
int rec_word(const struct rec *r, int f);        // index in the vocabulary; null: -1
void rec_set_text(struct rec *r, int f, str s);  // copies into the arena; STR_NULL sets null
void rec_set_int(struct rec *r, int f, int64_t v);
void rec_set_ref(struct rec *r, int f, id64 v);  // 0 sets null
void rec_set_money(struct rec *r, int f, money m);
void rec_set_rate(struct rec *r, int f, ratio x);
void rec_set_word(struct rec *r, int f, int word);
void rec_set_null(struct rec *r, int f);
bool val_eq(enum kind k, const struct val *a, const struct val *b);
uint64_t rec_diff(const struct rec *a, const struct rec *b);  // mask of fields that differ

MUST_USE enum err rec_db_load(struct db_conn *c, const struct entity *e, id64 id, struct arena *a,
                              struct rec **ret);  // ERR_NOT_FOUND
// The same with no field but its title: the name beside a reference, read a hundred times a page.
MUST_USE enum err rec_db_load_title(struct db_conn *c, const struct entity *e, id64 id, struct arena *a, struct rec **ret);
// With title and subtitle: a hit of a search.
MUST_USE enum err rec_db_load_hit(struct db_conn *c, const struct entity *e, id64 id, struct arena *a, struct rec **ret);
// A condition on one of many ids: a fixed number of parameters, the last id repeated, so that few texts are prepared.
enum { REC_IN_FEW = 8, REC_IN_MANY = 64 };
size_t rec_in_room(size_t n);  // parameters for n ids (1 .. REC_IN_MANY)
#define rec_in(q, column, room) rec_in_((q), "" column, (room))
void rec_in_(struct sqlb *q, const char *column, size_t room);  // column IN ($, $ ...)
void rec_in_bind(struct db_stmt *s, int first, const id64 *ids, size_t n);
// Children of several roots (at most REC_IN_MANY), root by root, in order of id.
MUST_USE enum err rec_db_children_of(struct db_conn *c, const struct entity *e, const id64 *roots, size_t n, struct arena *a,
                                     struct rec ***ret, size_t *ret_n);
MUST_USE enum err rec_db_insert(struct db_conn *c, const struct rec *r);
MUST_USE enum err rec_db_update(struct db_conn *c, const struct rec *r);
MUST_USE enum err rec_db_delete(struct db_conn *c, const struct entity *e, id64 id);
// Children of a root in order of id, after `after` (0: from the start), at most `limit`.
MUST_USE enum err rec_db_children(struct db_conn *c, const struct entity *e, id64 root, id64 after, size_t limit, struct arena *a,
                                  struct rec ***ret, size_t *ret_n);
// Records of an entity whose field equals a value (needs an index on it in a migration), at most `limit`, by id.
MUST_USE enum err rec_db_where(struct db_conn *c, const struct entity *e, id64 company_or_0, int field, const struct val *v,
                               size_t limit, struct arena *a, struct rec ***ret, size_t *ret_n);
// SELECT list of the columns in order ("id, company, ...") and reading one row of it: for typed hot queries and seen walks.
void rec_columns(struct sqlb *q, const struct entity *e, const char *alias);
struct rec *rec_read(struct db_stmt *s, int first_col, const struct entity *e, struct arena *a);

// Canonical form of the whole record (RFC 8785 object: all fields that hold a value, so that a field added later changes no old body, plus
// "entity","id","company","root","room","created_at","created_by"; not updated_at): audit bodies and commitments.
void rec_canon(struct buf *out, const struct rec *r);
// One field as a JSON value / the record's fields in `mask` as members of an open object. Only trust/project.c calls it with people watching.
void rec_write_value(struct jw *w, const struct rec *r, int f);
void rec_write_fields(struct jw *w, const struct rec *r, uint64_t mask);
// One field as CSV cell text / sort key text for cursors.
void rec_cell(struct buf *b, const struct rec *r, int f);

enum decode_mode { DECODE_CREATE, DECODE_PATCH };
// Validates a JSON object against the entity and writes into `r` (DECODE_PATCH: merge patch, RFC 7396; null empties). Adds every error with
// its pointer (`prefix` + "/field") to pb. `allowed`: fields the caller may write; READONLY, IMMUTABLE (on patch) and others give
// P_READ_ONLY_FIELD; unknown keys P_UNKNOWN_FIELD. Members named in `extra` (blank-separated) are left to the caller.
// ret_given: mask of the fields present in the object.
MUST_USE enum err rec_decode(struct rec *r, json_t *object, enum decode_mode mode, uint64_t allowed, const char *extra,
                             str prefix, struct problem *pb, uint64_t *ret_given);
// Same checks from CSV text cells. Currency of money cells without one: `cur`.
enum problem_code rec_decode_cell(struct rec *r, int f, str cell, currency cur, str ret_args[2]);
// The same for a value that is only compared with (filters): whether the caller may write the field is not asked.
enum problem_code rec_decode_text(struct rec *r, int f, str cell, currency cur, str ret_args[2]);
#endif
