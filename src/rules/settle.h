// SPDX-License-Identifier: Apache-2.0
// What is owed, to the cent (docs/rules/settle.md). Exact: integers and fractions of 128 bits, overflow is an error.
#ifndef ENTENTE_RULES_SETTLE_H
#define ENTENTE_RULES_SETTLE_H
#include "rules/rule.h"
#define SHAPE_FILE "rules/settle.def"
#include "base/shape_struct.h"
MUST_USE enum err rule_settle(const struct settle_input *in, struct arena *a, struct problem *pb, struct settle_result *ret);
enum { SETTLE_VERSION = 1 };
// The statement as a document that carries its own inputs: {"format","rule","version","input","input_sha256","result",
// "because","unknown"} in the canonical
// form (RFC 8785), the same bytes on every machine. ERR_LIMIT: larger than `out` may grow.
MUST_USE enum err settle_document(const struct settle_input *in, const struct settle_result *r, struct arena *a, struct buf *out);
// Recomputes a document from its own input. ERR_OK and ret_same false: it differs, ret_at is the offset of the first differing byte.
MUST_USE enum err settle_verify(str document, struct arena *a, struct problem *pb, bool *ret_same, size_t *ret_at);
#endif
