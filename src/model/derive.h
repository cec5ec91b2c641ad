// SPDX-License-Identifier: Apache-2.0
// What is derived from the model: dumps, expected schema, form metadata, OpenAPI schemas, self-check.
#ifndef ENTENTE_MODEL_DERIVE_H
#define ENTENTE_MODEL_DERIVE_H
#include "model/model.h"
void model_dump(struct buf *out);            // `entente model dump`: readable text, golden/model.txt
void model_schema(struct buf *out);          // `entente schema`: expected tables and columns, golden/schema.txt
void model_meta(struct jw *w, enum lang l);  // members of GET /meta: entities, fields, words with labels
void model_openapi_schemas(struct jw *w);    // members of components.schemas: NAME (read), NAME_create, NAME_patch, NAME_list
bool model_selfcheck(struct buf *out);       // rules of the model itself; false: problems written
// Compares the expected schema with the open database by introspection; differences written, false.
bool model_schema_check(struct db_conn *c, struct buf *out);
void model_migrate_draft(struct db_conn *c, struct buf *out);  // `entente migrate draft`: SQL for the difference
#endif
