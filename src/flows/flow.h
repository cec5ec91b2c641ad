// SPDX-License-Identifier: Apache-2.0
// What flows share: acting for a company without a person, ids as text for rules, working calendars of companies.
// A flow is one business step inside one transaction: it loads through trust, lets a rule decide, writes through trust.
#ifndef ENTENTE_FLOWS_FLOW_H
#define ENTENTE_FLOWS_FLOW_H
#include "base/calendar.h"
#include "rules/rule.h"
#include "trust/trust.h"

// The same transaction, acting as the hub for `company` with no person: clocks, grants that follow from a flow.
struct ctx flow_as_system(const struct ctx *x, id64 company);
struct ctx flow_verb(const struct ctx *x, const char *verb);
str flow_id(struct arena *a, const struct entity *e, id64 id);             // "deal_00h..."
id64 flow_id_of(const struct entity *e, str text);                         // 0: not an id of it
MUST_USE enum err flow_need_role(struct ctx *x, int least);                // P_FORBIDDEN; the system may everything
MUST_USE enum err flow_company(struct ctx *x, id64 id, struct rec **ret);  // any company of the hub, for rules
str flow_company_name(struct ctx *x, id64 id);                             // "" when unknown
// The reasons of a rule as the JSON array that is stored and shown: [{code,args,weight,refs,text?}]; texts stay out, the reader's language adds them.
str flow_reasons(struct arena *a, const struct reason *r, size_t n);
// Stored reasons again, each with its "text" in language l. Anything else than such an array writes [].
void reasons_relabel(str stored, struct jw *w, enum lang l);

// Working hours as people write them: "1-5 09:00-17:00; 6 10:00-14:00", exceptions one a line "2026-10-01 closed", "2026-10-10 09:00-17:00".
// false: *ret_bad is the part that cannot be read.
bool hours_parse(str week, struct arena *a, struct calendar_hours **ret, size_t *ret_n, str *ret_bad);
bool exceptions_parse(str lines, struct arena *a, struct calendar_exception **ret, size_t *ret_n, str *ret_bad);
MUST_USE enum err flow_calendar(struct ctx *x, const struct rec *company, struct calendar *ret);
const struct calendar_in *flow_calendar_in(struct arena *a, const struct calendar *c);  // the same for a rule's input
#endif
