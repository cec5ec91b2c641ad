// SPDX-License-Identifier: Apache-2.0
// Deals led by the buyer's process (B1): the stage follows from the evidence in the room; what the seller asserts is "claimed". Members see
// exactly the fields granted and can be cut off at once. Contributions are the record that settlements pay from (M2).
#ifndef ENTENTE_FLOWS_DEAL_H
#define ENTENTE_FLOWS_DEAL_H
#include "flows/flow.h"
#include "rules/stage.h"

// The stage rule over the evidence the ctx's viewer sees. Private evidence of one company moves nobody's shared card.
MUST_USE enum err deal_stage(struct ctx *x, const struct rec *deal, struct stage_result *ret);
// The same where the evidence was read already, that of many deals at once. deal and evidence as the viewer sees them.
MUST_USE enum err deal_stage_of(struct ctx *x, const struct list_item *deal, const struct list_item *evidence, size_t n,
                                struct stage_result *ret);
MUST_USE enum err deal_restage(struct ctx *x, id64 deal);                    // after evidence changed: stores the proven stage
MUST_USE enum err deal_claim(struct ctx *x, id64 deal, int stage, str why);  // stage -1 withdraws the claim
MUST_USE enum err deal_win(struct ctx *x, id64 deal, money amount, uday on);
MUST_USE enum err deal_lose(struct ctx *x, id64 deal, int outcome, str reason, uday on);
MUST_USE enum err deal_reopen(struct ctx *x, id64 deal, str reason);
MUST_USE enum err deal_share(struct ctx *x, const struct rec *deal, id64 company, str fieldset, utime until);
MUST_USE enum err deal_contribution(struct ctx *x, const struct rec *deal, id64 party, id64 person, int role, str note, str fact,
                                    bool cosigned);
MUST_USE enum err deal_cosign(struct ctx *x, id64 contribution);
MUST_USE enum err deal_contributions(struct ctx *x, id64 deal, struct rec ***ret, size_t *ret_n);  // for rules: no viewer
#endif
