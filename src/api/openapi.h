// SPDX-License-Identifier: Apache-2.0
// The OpenAPI 3.1 document, written from the tables that route and validate.
#ifndef ENTENTE_API_OPENAPI_H
#define ENTENTE_API_OPENAPI_H
#include "base/buf.h"
void openapi_write(struct buf *out);  // model_setup ran
#endif
