// SPDX-License-Identifier: Apache-2.0
// Texts without a person: pure functions of src/flows/erase.c.
#ifndef ENTENTE_FLOWS_ERASE_TEXT_H
#define ENTENTE_FLOWS_ERASE_TEXT_H
#include "flows/erase.h"

void erase_mark_add(struct erase *e, str text, bool identity);  // trimmed; too short, twice or too many: left out
bool erase_names(const struct erase *e, str text, bool json);   // a mark occurs
bool erase_is(const struct erase *e, str text);                 // it is a mark that tells who he is
// The text with each mark replaced. json: marks as they stand inside JSON. The same text when there is none.
str erase_without(const struct erase *e, str text, bool json, struct arena *a);
// A slice of a CSV file with the cells of each record that has a mark emptied; separators and line ends stay.
str erase_csv(const struct erase *e, str body, char delimiter, struct arena *a);
#endif
