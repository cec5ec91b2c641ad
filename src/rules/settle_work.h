// SPDX-License-Identifier: Apache-2.0
// Inside of the rule `settle`: what its files pass to one another. Nobody else includes this.
#ifndef ENTENTE_RULES_SETTLE_WORK_H
#define ENTENTE_RULES_SETTLE_WORK_H
#include "rules/exact.h"
#include "rules/settle.h"

// A fact in net minor units of the settlement currency.
struct settled_fact {
  const struct settle_fact *fact;
  size_t index;  // in the input
  int64_t net, cost, first_year;
  bool has_cost, has_first_year;
};
struct settling {
  const struct settle_input *in;
  struct arena *a;
  struct problem *pb;
  struct settle_result *ret;
  currency cur;
  struct settled_fact *facts;  // by date, then id
  size_t n_facts;
  const struct settle_posted **posted;  // by clause, company, person
  bool unknown;                         // something is missing: no lines
  struct settle_line *lines;
  size_t n_lines, cap_lines;
};
// What one clause has earned so far, and how.
struct earning {
  bool known;  // false: a needed figure is missing
  bool bought_out;
  money base;  // rounded, for the line
  ratio rate;
  int64_t earned;       // cumulative target, minor units, all companies of the clause together
  struct answer trace;  // the steps up to `earned`
};

MUST_USE enum err settle_check(struct settling *s);          // contradictions in the input
void settle_guard(struct settling *s);                       // fills ret->refused
MUST_USE enum err settle_prepare_facts(struct settling *s);  // net, converted, sorted
MUST_USE enum err settle_earn(struct settling *s, const struct settle_clause *c, struct earning *ret);
MUST_USE enum err settle_overflow(struct settling *s);  // sets the problem, returns ERR_LIMIT
const struct settle_party *settle_party_of(const struct settle_input *in, str company);
str settle_amount(struct settling *s, int64_t minor);  // "7000.00 EUR"
#endif
