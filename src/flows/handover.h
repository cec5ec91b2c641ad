// SPDX-License-Identifier: Apache-2.0
// Warm leads handed from company to company (L1-L4, L7): propose the partner, seal, clock, accept into a shared deal, pass on by rule.
// What may happen when is decided by the rule `lead`, who gets it by the rule `route`.
#ifndef ENTENTE_FLOWS_HANDOVER_H
#define ENTENTE_FLOWS_HANDOVER_H
#include "flows/flow.h"
#include "rules/lead.h"
#include "rules/route.h"

// Who could take this need of the account's customer, best first, and who not and why. tried: companies already asked.
MUST_USE enum err handover_route(struct ctx *x, const struct rec *account, str need, const id64 *tried, size_t ntried,
                                 struct route_result *ret);
// Body: {"account","contact"?,"need","need_text"?,"receiver"?,"industry"?,"region"?,"size"?,"value_low"?,"value_high"?,"interest"?,"warmth"?,
// "script"?,"consent":{given_by,given_at,channel,basis?,recipient,also?:[company],purpose,data,words?,lang?,proof?}}. Without receiver: the first proposal.
MUST_USE enum err handover_send(struct ctx *x, json_t *body, id64 *ret_lead);

struct lead_step {
  int event;   // lead_event_*
  int reason;  // decline_reason_*, -1
  str comment;
  id64 agreement;  // accept: what is accepted
  int64_t version;
  str hash;
  utime proof_at;  // duplicate: time of the receiver's own older record; SHAPE_NO_TIME
};
MUST_USE enum err handover_step(struct ctx *x, id64 lead, const struct lead_step *s);
// The customer took his consent back, as told to the sender, or to the receiver once he knows the customer. recipient 0: to all. A lead that
// waits for the answer of that recipient is withdrawn with it; an opened one stays, and both see since when it may not be used.
// P_WRONG_STATE: nothing to take back.
MUST_USE enum err handover_withdraw_consent(struct ctx *x, id64 lead, id64 recipient, str words);
// The deal of a lead was won or lost: the sender sees it on the lead.
MUST_USE enum err handover_close(struct ctx *x, id64 lead, bool won, money amount);
// The deal was opened again: so is its lead.
MUST_USE enum err handover_reopen(struct ctx *x, id64 lead);
// Clock: expires what is past its deadline and passes it on. *ret_did: how many.
MUST_USE enum err handover_expire(struct ctx *x, id64 lead);
MUST_USE enum err handover_due(struct db_conn *c, utime now, size_t limit, struct arena *a, id64 **ret_leads, size_t *ret_n);
#endif
