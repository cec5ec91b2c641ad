// SPDX-License-Identifier: Apache-2.0
// A small believable alliance to try the program with: three fictional companies, their people, customers, agreements, leads, deals and
// money, in English, Chinese and Russian. Everything is written through the flows, step by step as the people would have done it over
// the last months, so that log, grants and lists are real. Then, for benchmarks, as many accounts and deals as asked for.
// The same seed at the same time writes the same content. Ids and salts are the hub's own.
// Example: struct demo_result r; TRY(demo_alliance(&x, 1, hashed, &r)); puts(r.people[0].login)
#ifndef ENTENTE_FLOWS_DEMO_H
#define ENTENTE_FLOWS_DEMO_H
#include "flows/flow.h"

enum { DEMO_FIRMS = 3, DEMO_PEOPLE = 5 };  // people of each firm
struct demo_login {
  const char *company, *login, *name, *role, *lang;
  id64 company_id, user_id;
};
struct demo_result {
  struct demo_login people[DEMO_FIRMS * DEMO_PEOPLE];  // firm by firm; the first of each firm is its administrator
};
// Within one write transaction on a hub that has no company yet. password_hash: of the password all of them share.
MUST_USE enum err demo_alliance(struct ctx *x, uint64_t seed, str password_hash, struct demo_result *ret);

// One part of a large hub: accounts `from` to `to` of `total` of the first firm, each with a contact, three deals, an activity a deal, and
// grants: the third firm sees most of the deals, the second about two hundred in all. In a write transaction of its own.
// With further partners each deal is granted to one or two of them as well, has three to four activities of which one is in the room,
// and every second deal has a sign of its stage.
enum { DEMO_PARTNERS_MAX = 100 };
struct demo_part {
  uint64_t seed;
  int64_t from, to, total;
  const struct demo_result *alliance;
  id64 partner[DEMO_PARTNERS_MAX];
  int n_partners;
};
MUST_USE enum err demo_scale(struct ctx *x, const struct demo_part *p);
// Companies that take part, each with one person (p001@partners.example ...), into ret->partner. Once, before the parts.
MUST_USE enum err demo_partners(struct ctx *x, int n, str password_hash, struct demo_part *ret);
#endif
