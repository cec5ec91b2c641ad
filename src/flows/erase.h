// SPDX-License-Identifier: Apache-2.0
// Erasing a person (S10): the contact goes; what own records say of him is emptied; so are leads that carried him, with their consents;
// the log keeps its commitments and an entry "erase" for each record (docs/proofs.md). What signed documents say stays (agreements,
// statements), and so does what a partner holds as its own contact: it finds a task in the room of the deal that came of the lead.
// Use: erase_plan in a read snapshot (it walks all that could name him), erase_run in one write transaction, erase_plan again with the
// same struct until it finds nothing; then db_scrub. Memory: the arena given first.
#ifndef ENTENTE_FLOWS_ERASE_H
#define ENTENTE_FLOWS_ERASE_H
#include "trust/trust.h"

enum { ERASE_MARKS = 12 };
struct erase_target {
  const struct entity *e;
  id64 id;
};
struct erase {
  struct arena *arena;
  id64 contact, account;
  struct str_mark {
    str text, json;  // as people write it, and as it stands inside JSON
    bool identity;   // name or address: who has it in a field of its own is the same person
    bool whole;      // short: counts only as a word of its own
  } marks[ERASE_MARKS];
  size_t nmarks;
  struct erase_target *found;
  size_t nfound, cap;
  int64_t records, bodies, imports;  // what was emptied: records changed, bodies of the log, rows and chunks of imports
  id64 told[LIMIT_PARTIES];          // partners that hold him as a contact of their own
  size_t ntold;
};
// P_NOT_FOUND: no such contact of the caller's company. P_FORBIDDEN: below manager. Fills marks and found.
MUST_USE enum err erase_plan(struct ctx *x, id64 contact, struct erase *e);
MUST_USE enum err erase_run(struct ctx *x, struct erase *e);
#endif
