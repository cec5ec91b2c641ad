// SPDX-License-Identifier: Apache-2.0
// Every bound on what a user can make us hold, each with its reason. Tests name these constants.
#ifndef ENTENTE_BASE_LIMITS_H
#define ENTENTE_BASE_LIMITS_H
enum {
  LIMIT_BODY = 1024 * 1024,              // request body, bytes: a large record is 20 kB
  LIMIT_IMPORT_BODY = 64 * 1024 * 1024,  // import file, bytes: about 500,000 rows
  LIMIT_IMPORT_ROWS = 500 * 1000,
  LIMIT_CSV_COLUMNS = 512,  // a header wider than this is not a table of ours
  LIMIT_CSV_CELL = 64 * 1024,
  LIMIT_JSON_DEPTH = 32,
  LIMIT_JSON_VALUES = 10000,
  LIMIT_HEADER = 16 * 1024,  // request line and headers together, bytes
  LIMIT_URL = 8 * 1024,
  LIMIT_TEXT = 500,        // one-line text field, characters (overridable per field by .max)
  LIMIT_LONGTEXT = 20000,  // multi-line text field, characters
  LIMIT_LIST = 200,        // records a page
  LIMIT_LIST_DEFAULT = 50,
  LIMIT_CANDIDATES = 5000,            // records a filtered page may examine
  LIMIT_FIELDS = 64,                  // fields of an entity: a mask is one 64-bit word
  LIMIT_PARTIES = 16,                 // companies in one agreement
  LIMIT_SPLITS = 64,                  // split lines in one agreement
  LIMIT_RESPONSE = 32 * 1024 * 1024,  // response body, bytes
  LIMIT_CHILDREN = 1000,              // children of one kind shown under a root without paging
  LIMIT_PASSWORD_MIN = 15,            // characters (NIST SP 800-63B-4 for single factor)
  LIMIT_PASSWORD_MAX = 256,
  LIMIT_SSE_CLIENTS = 4096,
};
#endif
