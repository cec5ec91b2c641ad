// SPDX-License-Identifier: Apache-2.0
// What may happen to a lead: states, events, who may, clocks, writable fields (docs/rules/lead.md).
#ifndef ENTENTE_RULES_LEAD_H
#define ENTENTE_RULES_LEAD_H
#include "rules/rule.h"
#define SHAPE_FILE "rules/lead.def"
#include "base/shape_struct.h"
MUST_USE enum err rule_lead(const struct lead_input *in, struct arena *a, struct problem *pb, struct lead_result *ret);
// Start of the answer clock to its deadline in the receiver's working calendar.
MUST_USE enum err lead_deadline(const struct calendar *cal, utime start, int64_t minutes, utime *ret);
int64_t lead_minutes_left(const struct calendar *cal, utime now, utime deadline);  // working minutes; negative when over
bool lead_closed(int state);
// May this side write this field in this state? actor: lead_actor_sender or lead_actor_receiver.
bool lead_may_write(int state, int actor, str field);
#endif
