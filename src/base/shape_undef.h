// SPDX-License-Identifier: Apache-2.0
// Ends an expansion begun by shape_struct.h or shape_table.h. Included many times on purpose: no guard.
#undef SHAPE
#undef END
#undef ANSWER
#undef TEXT
#undef ID
#undef INT
#undef BOOL
#undef TRI
#undef WORD
#undef MONEY
#undef RATIO
#undef REAL
#undef DATE
#undef TIME
#undef FACT
#undef OBJECT
#undef LIST
#undef TEXTS
#undef WORDS
#undef REASONS
#undef SHAPE_CAT
#undef SHAPE_CAT_
#undef SHAPE_AT
#undef SHAPE_MANY
#undef SHAPE_FILE
