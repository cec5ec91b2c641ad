// SPDX-License-Identifier: Apache-2.0
// What verify.c (logs) and verify_rows.c (rows against their last bodies) share. Everything is read in pages, each in a read
// transaction of its own, so that a live database may be checked from another process with little memory and without holding it up.
#ifndef ENTENTE_TRUST_VERIFY_INTERNAL_H
#define ENTENTE_TRUST_VERIFY_INTERNAL_H
#include "trust/internal.h"

enum { VERIFY_PAGE = 200 };
struct verify {
  struct db_conn *conn;
  const struct audit_key *key;  // NULL: signatures are not checked
  bool sqlite;                  // it has no type for a truth: any number could stand there
  bool ordered;                 // every commit orders its entries, none may wait: SQLite, unless it is a copy of a PostgreSQL hub
  struct buf *out;
  struct audit_report rep;
  struct arena arena;  // of the page at hand
};
void verify_finding(struct verify *v, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
// Begins a page: empty arena, new snapshot. End it with verify_page_end, also after a failure.
MUST_USE enum err verify_page(struct verify *v);
void verify_page_end(struct verify *v);
str verify_id(struct verify *v, const char *prefix, id64 id);
extern const struct audited_table verify_tables[];  // rights and readings; ends with entity NULL
MUST_USE enum err verify_rows(struct verify *v);
#endif
