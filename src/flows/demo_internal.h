// SPDX-License-Identifier: Apache-2.0
// What the files of the demo share: the story as tables (demo_firms.def, demo_customers.def, demo_deals.def, demo_leads.def) and who plays it (demo.c,
// demo_play.c). Firms and people are named by position; days are counted back from now.
#ifndef ENTENTE_FLOWS_DEMO_INTERNAL_H
#define ENTENTE_FLOWS_DEMO_INTERNAL_H
#include "flows/demo.h"

enum { NORTH, LAN, POLE };                  // the three firms
enum { BOSS, MANAGER, REP, REP2, READER };  // their people
enum { DEMO_CUSTOMERS = 16, DEMO_PRODUCTS = 8 };

struct demo_person {
  const char *name, *login, *title, *role;
};
struct demo_customer {
  const char *name, *full_name, *domain, *industry, *country, *region, *city, *street, *postal_code;
  int size;
  const char *who[2], *job[2], *mail[2];
};
struct demo_product {
  const char *sku, *name, *category, *unit;
  int64_t price;  // whole units of the firm's currency
};
struct demo_firm {
  struct new_company_text {
    const char *name, *short_name, *full_name, *country, *currency, *work_week, *holidays, *needs, *regions, *about;
    int offset;  // minutes ahead of UTC
  } is;
  const char *lang, *phone;
  struct demo_person people[DEMO_PEOPLE];
  struct demo_product products[DEMO_PRODUCTS];
};
extern const struct demo_firm demo_firms[DEMO_FIRMS];
extern const struct demo_customer demo_customers[DEMO_FIRMS][DEMO_CUSTOMERS];

// What happens in the room of a deal, oldest first.
enum demo_what {
  EV_END,
  EV_PROOF,    // a marker, b basis, c who said it, d what
  EV_CLAIMED,  // the same, only assumed
  EV_ACT,      // a kind, b summary, c with whom, d result, n minutes
  EV_TASK,     // a kind, b title, c state, n due in days
  EV_SAY,      // a comment
  EV_SHARE,    // firm sees the deal from now on with fieldset a
  EV_CLAIM,    // stage a, because b
  EV_WON,      // a amount
  EV_LOST,     // a outcome, b reason
  EV_SETTLE,   // statement prepared by the person
  EV_APPROVE,  // approved by the person
  EV_PAID,     // a payment reference
};
struct demo_event {
  enum demo_what what;
  int ago;       // days
  int firm, by;  // who
  const char *a, *b, *c, *d;
  int n;
};
enum { DEMO_EVENTS = 20, NO_DATE = -9999 };
struct demo_deal {
  int firm, owner, customer, age;
  const char *name, *need, *amount, *currency, *next_step;
  int next_in, expected_in;  // days from now, NO_DATE: none
  struct demo_event events[DEMO_EVENTS];
};
extern const struct demo_deal demo_deals[];  // ends with name NULL

struct demo_lead {
  int from, by, customer, to, taker;  // firm and person who hands over; firm and person who answers
  int ago;                            // days; 0: now, by `used` percent of the answer time
  int used;
  const char *need, *text, *low, *high, *currency, *interest, *warmth, *script, *words;
  const char *steps;  // what the receiver did: "receive accept reach qualify quote"; "decline no_capacity"; "expire"
  int also;           // the consent names this firm too; -1: nobody
  const char *next_step;
  int next_in;
  struct demo_event events[DEMO_EVENTS];
};
extern const struct demo_lead demo_leads[];  // ends with need NULL

// While it plays.
struct demo {
  struct ctx *x;  // the transaction; its clock is now
  uint64_t random;
  id64 company[DEMO_FIRMS], user[DEMO_FIRMS][DEMO_PEOPLE];
  id64 account[DEMO_FIRMS][DEMO_CUSTOMERS], contact[DEMO_FIRMS][DEMO_CUSTOMERS];
  id64 product[DEMO_FIRMS][DEMO_PRODUCTS];
  struct calendar calendar[DEMO_FIRMS];
};
uint64_t demo_random(struct demo *d);                             // splitmix64
int64_t demo_between(struct demo *d, int64_t low, int64_t high);  // both included
struct ctx demo_as(const struct demo *d, int firm, int person, utime at);
// A working moment of the firm about so many days ago, never later than now.
utime demo_day(struct demo *d, int firm, int ago);
money demo_money(const char *amount, const char *currency);

MUST_USE enum err demo_play_customers(struct demo *d);
MUST_USE enum err demo_play_agreements(struct demo *d);
MUST_USE enum err demo_play_deals(struct demo *d);
MUST_USE enum err demo_play_leads(struct demo *d);
#endif
