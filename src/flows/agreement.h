// SPDX-License-Identifier: Apache-2.0
// Agreements (P3): draft -> proposed -> accepted by every party -> active -> suspended -> ended. Every change is a new version; a version
// is one canonical document (RFC 8785), and a signature is a person of a company accepting its SHA-256.
#ifndef ENTENTE_FLOWS_AGREEMENT_H
#define ENTENTE_FLOWS_AGREEMENT_H
#include "flows/flow.h"

// Body of create, change and counter: {"other":id,"title","kind","terms":{..},"splits":[{party,role,label,person,share}]}.
MUST_USE enum err agreement_create(struct ctx *x, json_t *body, id64 *ret_id);
MUST_USE enum err agreement_change_draft(struct ctx *x, id64 id, json_t *body);
MUST_USE enum err agreement_propose(struct ctx *x, id64 id);  // signs for the proposer; the partner sees it from now on
MUST_USE enum err agreement_counter(struct ctx *x, id64 id, json_t *body);  // a new version, signed by who counters
MUST_USE enum err agreement_accept(struct ctx *x, id64 id, int64_t version, str hash_hex);
MUST_USE enum err agreement_reject(struct ctx *x, id64 id, str reason);
MUST_USE enum err agreement_suspend(struct ctx *x, id64 id, str reason, bool suspend);  // false: resume, by the side that paused
MUST_USE enum err agreement_end(struct ctx *x, id64 id, str reason);

MUST_USE enum err agreement_versions(struct ctx *x, const struct rec *agreement, struct rec ***ret, size_t *ret_n);
MUST_USE enum err agreement_version_load(struct ctx *x, id64 agreement, int64_t version,
                                         struct rec **ret);  // for rules: no viewer
MUST_USE enum err agreement_splits(struct ctx *x, id64 agreement, int64_t version, struct rec ***ret, size_t *ret_n);
// Active agreements between two companies, for routing and settlement.
MUST_USE enum err agreements_active(struct ctx *x, id64 company, struct rec ***ret, size_t *ret_n);
id64 agreement_partner(const struct rec *agreement, id64 company);  // the other party; 0: not a party
#endif
