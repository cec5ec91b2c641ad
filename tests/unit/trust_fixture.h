// SPDX-License-Identifier: Apache-2.0
// A hub with four companies and a person of each role in each, for the tests of src/trust. Changes run in write transactions with the
// sequencer as hook, as in the server; reads in a snapshot that hub_read begins anew. The clock is frozen; time goes by hub_tick.
#ifndef ENTENTE_TESTS_TRUST_FIXTURE_H
#define ENTENTE_TESTS_TRUST_FIXTURE_H
#include "db_fixture.h"
#include "trust/audit.h"
#include "unit.h"

enum { HUB_COMPANIES = 4, HUB_ROLES = 4 };
struct hub {
  struct fixture *f;
  struct audit_key key;
  struct arena arena;
  struct problem pb;
  id64 company[HUB_COMPANIES];
  id64 user[HUB_COMPANIES][HUB_ROLES];
};
struct hub *hub_new(bool pg);
void hub_free(struct hub *h);
void hub_tick(int64_t micros);

struct viewer as(const struct hub *h, int company, int role);  // role: index in user_role
struct viewer as_system(const struct hub *h, int company);

// A context on the read connection; the snapshot before is left.
struct ctx hub_read(struct hub *h, struct viewer v);
void hub_read_end(struct hub *h);

// The calls of trust.h, each in a transaction of its own.
enum err hub_insert(struct hub *h, struct viewer v, struct rec *r);
enum err hub_update(struct hub *h, struct viewer v, const struct rec *before, struct rec *after, const char *verb);
enum err hub_delete(struct hub *h, struct viewer v, const struct rec *r);
enum err hub_grant(struct hub *h, struct viewer v, struct grant *g);
enum err hub_revoke(struct hub *h, struct viewer v, const struct rec *root, id64 grantee);
enum err hub_run(struct hub *h, struct viewer v, enum err (*fn)(struct ctx *x, void *arg), void *arg);

// Shorter still, for setting the scene; they fail the test by themselves.
struct rec *make_account(struct hub *h, int company, const char *name, const char *city);
struct rec *make_deal(struct hub *h, int company, const char *name, const char *amount);
struct rec *make_child(struct hub *h, int company, const struct entity *e, const struct rec *root, int field, const char *text,
                       bool room);
void set_text(struct hub *h, int company, struct rec **r, int field, const char *text);  // loads and updates
id64 share(struct hub *h, const struct rec *root, int grantee, const char *fieldset, unsigned ops);
void sequence(struct hub *h);  // PostgreSQL: the process that orders
#endif
