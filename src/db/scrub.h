// SPDX-License-Identifier: Apache-2.0
// Making deleted content leave the files too, after personal data was erased.
// db_scrub: SQLite rewrites the search index, whose old segments keep words, and empties the write-ahead log; what was deleted in the
// database itself was overwritten then (secure_delete). PostgreSQL: VACUUM, so that no SQL finds it any more. The hub stays at work.
// files: all tables are written anew as well (VACUUM, VACUUM FULL), which locks them while it lasts: for a quiet hour.
// ERR_BUSY: a reader held the log open all the time; try again. Not inside a transaction.
#ifndef ENTENTE_DB_SCRUB_H
#define ENTENTE_DB_SCRUB_H
#include "db/db.h"
MUST_USE enum err db_scrub(struct db *db, bool files);

MUST_USE enum err sqlite_scrub(struct db *db, bool files);  // inside src/db
MUST_USE enum err postgres_scrub(struct db *db, bool files);
#endif
