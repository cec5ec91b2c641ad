// SPDX-License-Identifier: Apache-2.0
// Clocks that run out: leads past their answer time, queued jobs. Called by one worker of the server; safe with several servers, since
// every step looks again inside its own transaction.
#ifndef ENTENTE_FLOWS_CLOCKS_H
#define ENTENTE_FLOWS_CLOCKS_H
#include "db/db.h"
int clocks_tick(struct db *db, struct db_conn *read);  // milliseconds until the next look
#endif
