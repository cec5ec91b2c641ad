// SPDX-License-Identifier: Apache-2.0
// The SQL builder: puts statements together from literals and identifiers that the model owns. Values are never written, only bound.
// The text is interned for the life of the process (same text, same address), so that built statements are kept prepared too.
// Example: struct sqlb q; sqlb_init(&q); sqlb_add(&q, "SELECT id FROM "); sqlb_name(&q, e->table); ... sql s = sqlb_done(&q);
#ifndef ENTENTE_DB_SQLB_H
#define ENTENTE_DB_SQLB_H
#include "db/db.h"
struct sqlb {
  struct buf b;
  int nparams;
};
void sqlb_init(struct sqlb *q);
#define sqlb_add(q, lit) sqlb_add_lit_((q), "" lit "")  // literals only
void sqlb_add_lit_(struct sqlb *q, const char *lit);
void sqlb_name(struct sqlb *q, const char *identifier);  // asserts [a-z][a-z0-9_]*, writes it quoted
int sqlb_param(struct sqlb *q);                          // writes the next $n, returns n
sql sqlb_done(struct sqlb *q);                           // interns and releases
#endif
