// SPDX-License-Identifier: Apache-2.0
// The floor under the figures of `make bench`: the statements the server runs for a request, bound by hand, and the same JSON, written
// by hand, behind the same HTTP library with the same threads. What it leaves out is what the server is for: rights, validation,
// hashing and signing, the model. It uses no code of src/, so that nothing slow can hide in both.
// Threading: a floor_conn belongs to one thread. Any failure ends the program: a floor that errs is no measure.
#ifndef ENTENTE_BENCH_FLOOR_H
#define ENTENTE_BENCH_FLOOR_H
#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// ---- text

struct out {
  char *p;
  size_t n, cap;
};
void out_put(struct out *o, const void *bytes, size_t n);
void out_z(struct out *o, const char *z);
#define out_lit(o, literal) out_put(o, literal, sizeof(literal) - 1)
void out_int(struct out *o, int64_t v);
void out_json(struct out *o, const char *text, size_t n);    // quoted and escaped
void out_id(struct out *o, const char *prefix, int64_t id);  // quoted; 0: null
void out_time(struct out *o, int64_t micros);                // quoted RFC 3339
void out_date(struct out *o, int64_t days);
int64_t id_read(const char *text);  // behind the prefix
int64_t micros_now(void);
int64_t id_make(void);
_Noreturn void die(const char *what, sqlite3 *db);

// ---- statements

enum floor_stmt {
  Q_TOKEN,
  Q_BEGIN,
  Q_END,
  Q_DEALS,
  Q_DEAL,
  Q_GRANTS,
  Q_READ_NOTED,
  Q_NAME_ACCOUNT,
  Q_NAME_USER,
  Q_NAME_COMPANY,
  Q_NAME_LEAD,
  Q_NAME_AGREEMENT,
  Q_FIND,
  Q_HIT_ACCOUNT,
  Q_HIT_CONTACT,
  Q_HIT_DEAL,
  Q_READS,  // up to here: readers
  Q_WRITE_BEGIN = Q_READS,
  Q_COMMIT,
  Q_IDEMPOTENCY,
  Q_ACCOUNT,
  Q_INSERT_DEAL,
  Q_INSERT_BODY,
  Q_INSERT_ENTRY,
  Q_INSERT_SEEN,
  Q_SEARCH_OLD,
  Q_INSERT_SEARCH,
  Q_INSERT_INDEX,
  Q_KEEP_IDEMPOTENCY,
  Q_WAITING,
  Q_HEAD,
  Q_PLACE,
  Q_INSERT_NODE,
  Q_UPDATE_HEAD,
  Q_COUNT
};
struct floor_conn {
  sqlite3 *db;
  sqlite3_stmt *q[Q_COUNT];
};
void floor_conn_open(struct floor_conn *c, const char *path, bool write);
bool row(struct floor_conn *c, enum floor_stmt q);   // one step; false: done
void done(struct floor_conn *c, enum floor_stmt q);  // reset
void run(struct floor_conn *c, enum floor_stmt q);   // to the end, and reset
void bind_int(struct floor_conn *c, enum floor_stmt q, int i, int64_t v);
void bind_text(struct floor_conn *c, enum floor_stmt q, int i, const char *text, size_t n);

// ---- requests

struct caller {
  int64_t user, company;
};
struct created {  // what a create needs, and made
  struct caller who;
  const char *body, *key;
  size_t body_n;
  int64_t id;
};
bool floor_caller(struct floor_conn *c, const char *authorization, struct caller *ret);
void floor_deals(struct floor_conn *c, const struct caller *who, int limit, struct out *o);
void floor_deal(struct floor_conn *c, const struct caller *who, int64_t id, struct out *o);
void floor_search(struct floor_conn *c, const struct caller *who, const char *term, int limit, struct out *o);
void floor_create(struct floor_conn *c, struct created *w);  // within a batch
void floor_batch_end(struct floor_conn *c, struct created **w, size_t n);
int floor_import(const char *target, const char *source);  // prints the seconds it took
#endif
