// SPDX-License-Identifier: Apache-2.0
// Fields that follow from other fields, however a record is written: through the API or from a file.
// Pure but for memory of the record's arena. Failure: a problem code and the field it belongs to; the record is then to be dropped.
#ifndef ENTENTE_FLOWS_DERIVE_H
#define ENTENTE_FLOWS_DERIVE_H
#include "model/record.h"

// example.com from "https://www.Example.com/about": what duplicates are compared by.
str derive_domain(struct arena *a, str s);
// The matching key of the name, the domain in its short form; a new account without a manager gets `user` (0: nobody).
void derive_account(struct rec *after, bool fresh, id64 user);
// total = quantity * price * (1 - discount), rounded once. P_NONE or the fault of *ret_field.
enum problem_code derive_order_line(struct rec *after, int *ret_field);
#endif
