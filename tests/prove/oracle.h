// SPDX-License-Identifier: Apache-2.0
// What the parts of the oracle share: oracle_world.c makes a random world, the same in both engines; oracle_query.c asks random
// questions, of the program and of the views of oracle.sql; oracle.c compares and drops conditions.
#ifndef ENTENTE_TESTS_PROVE_ORACLE_H
#define ENTENTE_TESTS_PROVE_ORACLE_H
#include "trust/internal.h"

enum { WORLD_COMPANIES = 4, WORLD_ROLES = 4, WORLD_RECORDS = 400, ENGINES = 2 };

struct made_grant {
  id64 id[ENGINES];  // made by each engine for itself; nothing shows them
  id64 owner, grantee;
};
struct pool {
  struct rec *list[WORLD_RECORDS];
  size_t n;
};
struct world {
  uint64_t rng;
  struct arena arena;
  struct db_conn *c[ENGINES];  // of the write transaction that builds it, later of the snapshots that are read
  id64 company[WORLD_COMPANIES], user[WORLD_COMPANIES][WORLD_ROLES];
  struct pool *pools;  // by entity index: what exists, as last written
  id64 deleted[64];
  size_t ndeleted;
  struct made_grant grants[4000];
  size_t ngrants;
  struct buf history;  // rows of oracle.history
};

uint64_t draw(struct world *w, uint64_t n);  // 0 .. n-1
bool chance(struct world *w, unsigned percent);
struct rec *some_record(struct world *w, const struct entity *e);  // NULL: there is none
struct viewer some_viewer(struct world *w);
str some_words(struct world *w);
str some_word(struct world *w, bool han);
void fill_field(struct world *w, struct rec *r, int f);
void oracle_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

// Everything within the one write transaction each engine has open on w->c.
void world_build(struct world *w);
void world_release(struct world *w);

// A question somebody asks.
enum question_kind { ASK_LIST, ASK_GET, ASK_CHILDREN, ASK_SEARCH };
struct question {
  enum question_kind kind;
  struct viewer viewer;
  const struct entity *e;  // ASK_SEARCH: NULL is all
  id64 id;                 // ASK_GET: the record; ASK_CHILDREN: the root
  id64 after;
  size_t limit;
  int page;  // ASK_LIST: 0 first; got to by cursors
  struct list_query list;
  struct filter filters[3];
  str exact, prefix, han;  // ASK_SEARCH
  int64_t eyes;            // which rows of oracle.*_view hold what the viewer sees
};
struct question question_make(struct world *w, bool late);  // late: grants began and ended, no clock has ticked
// One row of JSON a line, then "+" when there is more. Memory: the arena's.
str question_ask(const struct world *w, int engine, const struct question *q, utime now, struct arena *a);
enum { PARAMS_MAX = 16 };
struct statement {
  struct buf text;
  const char *params[PARAMS_MAX];
  int n;
};
void question_sql(const struct question *q, struct statement *s, struct arena *a);
bool question_about(const struct question *q, const struct entity *e);  // whether its SQL reads what is seen of `e`
void question_print(const struct question *q, struct buf *out);
#endif
