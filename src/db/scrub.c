// SPDX-License-Identifier: Apache-2.0
#include "db/scrub.h"

enum err db_scrub(struct db *db, bool files) { return db_is_sqlite(db) ? sqlite_scrub(db, files) : postgres_scrub(db, files); }
