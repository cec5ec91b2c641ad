// SPDX-License-Identifier: Apache-2.0
// The demo alliance in a SQLite file of this process, behind the API without HTTP: for targets whose input is a request.
// The clock stands still, so that the same request has the same answer. Threading: one thread.
#ifndef ENTENTE_TESTS_FUZZ_HUB_H
#define ENTENTE_TESTS_FUZZ_HUB_H
#include "api/api.h"

extern char fuzz_session[64], fuzz_csrf[64], fuzz_user_path[64];  // of the first firm's administrator; "/api/v1/users/ID"
void fuzz_hub_open(void);                                         // once; later calls do nothing
// A GET with that person's cookie, whose text goes to `cookie`.
struct request fuzz_hub_get(str path, str query, char cookie[100]);
// Answers it; the caller releases the body. No failure of the server, and a refusal is a problem document: asserted here.
void fuzz_hub_ask(const struct request *q, struct response *ret);
#endif
