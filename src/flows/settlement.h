// SPDX-License-Identifier: Apache-2.0
// From a closed deal to a statement both sides can recompute (M2-M5): facts and contributions from the record, terms from the accepted
// agreement version, arithmetic by the rule `settle`. Approved by a second person, locked, never edited; a reversal is a new statement.
#ifndef ENTENTE_FLOWS_SETTLEMENT_H
#define ENTENTE_FLOWS_SETTLEMENT_H
#include "flows/flow.h"
#include "rules/settle.h"

// What would be owed now; changes nothing. ret->state says due, nothing_due, refused or unknown.
// agreement 0: the one the lead was accepted under; else another active one between the leading company and a company with a signed contribution.
MUST_USE enum err settlement_estimate(struct ctx *x, id64 deal, id64 agreement, struct settle_input *ret_in,
                                      struct settle_result *ret);
MUST_USE enum err settlement_prepare(struct ctx *x, id64 deal, id64 agreement, id64 *ret_statement);
MUST_USE enum err settlement_approve(struct ctx *x, id64 statement);
MUST_USE enum err settlement_dispute(struct ctx *x, id64 statement, str reason);
// Takes back what nobody approved yet: the preparer, or a manager of the company that prepared it. Its lines stay readable and count no
// more. P_IN_USE: a later statement was computed on top of it and goes first.
MUST_USE enum err settlement_withdraw(struct ctx *x, id64 statement, str reason);
MUST_USE enum err settlement_pay(struct ctx *x, id64 statement, str reference, uday on);
MUST_USE enum err settlement_reverse(struct ctx *x, id64 statement, str reason, id64 *ret_statement);
#endif
