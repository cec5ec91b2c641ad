// SPDX-License-Identifier: Apache-2.0
// What exists: one entities/NAME.def per record type, expanded into enums and const tables that are interpreted everywhere
// (validation, SQL, JSON, OpenAPI, CSV, forms, grantable fields, expected schema). No code generator; no second description.
//
// entities/NAME.def:
//   ENTITY_BEGIN(.prefix = "deal", .path = "deals", .label = T(...), .plural = T(...), .flags = E_ROOT)
//   FIELD(name,   TEXT,  .label = T("Name","名称","Название"), .flags = F_REQUIRED | F_SORT | F_SEARCH | F_TITLE | F_IMPORT)
//   FIELD(amount, MONEY, .label = T(...), .flags = F_SORT)
//   FIELDSET(member, "name amount stage")        // what a grant with this fieldset shows of a record of this type
//   ENTITY_END
// A child names its root: .root = "deal"; its FIELDSETs say what grants on the root show of it. The build collects entities/*.def
// into entities_list.inc (one "#define ENTITY name / #include" block a file), so that a new entity is one file and a migration.
// Enumerators: deal_f_name, deal_f_amount ... deal_f_COUNT; descriptor: entity_deal.
// Threading: const tables, built before threads start (model_setup).
#ifndef ENTENTE_MODEL_MODEL_H
#define ENTENTE_MODEL_MODEL_H
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/money.h"
#include "base/words.h"
#include "db/db.h"
#include "db/sqlb.h"

enum kind {
  K_TEXT,      // one line, .max characters (LIMIT_TEXT)
  K_LONGTEXT,  // lines, .max characters (LIMIT_LONGTEXT)
  K_INT,       // int64 within .min .. .max (both 0: any)
  K_BOOL,
  K_MONEY,  // two columns NAME_minor int64, NAME_cur text; null: both NULL
  K_RATE,   // exact fraction "7/100" stored as text
  K_DATE,   // days since 1970, int64 column
  K_TIME,   // microseconds UTC
  K_WORD,   // word of .vocab, stored as text
  K_REF,    // id of a record of entity .ref
  K_COUNT
};

enum field_flag {
  F_REQUIRED = 1 << 0,   // must be given at creation and never be null
  F_SORT = 1 << 1,       // lists may sort by it: at most three a root; a column in NAME_seen
  F_SEARCH = 1 << 2,     // its text is searchable by whoever sees it
  F_TITLE = 1 << 3,      // what names the record (one a type)
  F_IMPORT = 1 << 4,     // a CSV column may fill it
  F_READONLY = 1 << 5,   // only flows write it
  F_IMMUTABLE = 1 << 6,  // written at creation only
  F_PERSONAL = 1 << 7,   // data on a natural person: erasable
  F_FILTER = 1 << 8,     // lists may filter by it (sortable, word and ref fields always may)
  F_EMAIL = 1 << 9,      // checked as an e-mail address
  F_SECRET = 1 << 10,    // never leaves, never in audit bodies of others; no fieldset may name it
  F_SUBTITLE = 1 << 11,  // second line of a search hit (at most one a type)
};

struct field {
  const char *name;
  enum kind kind;
  struct text label;
  unsigned flags;
  const struct vocab *vocab;  // K_WORD
  const char *ref;            // K_REF: entity name
  int64_t min, max;           // K_INT range; text: max characters (0: the kind's limit)
  const char *dflt;           // default as JSON text ("\"open\"", "0", "true"); NULL: null
  struct text help;           // optional hint for forms
};

struct fieldset {
  const char *name;    // teaser, member, ...
  const char *fields;  // names separated by blanks; "*" all but F_SECRET
};

enum entity_flag {
  E_ROOT = 1 << 0,       // can be shared; has NAME_seen
  E_CHILD = 1 << 1,      // stores root; .root names it
  E_ROOM = 1 << 2,       // child with an audience column: company | room (default room)
  E_SYSTEM = 1 << 3,     // no generic create/update/delete through the API: flows only
  E_IMPORT = 1 << 4,     // importable from CSV
  E_DIRECTORY = 1 << 5,  // company, user: names are visible to all companies of the hub through fieldset "directory"
};

struct entity {
  const char *name;    // "deal": table name and audit type
  const char *prefix;  // id prefix, usually the name
  const char *path;    // "deals"
  struct text label, plural;
  unsigned flags;
  const char *root;  // E_CHILD: name of the root entity
  int order;         // position in menus and dumps (0: by name)
  // filled by the expansion:
  const struct field *fields;
  int nfields;
  const struct fieldset *fieldsets;
  int nfieldsets;
  int index;  // position in entity_all
};

extern const struct entity *const entity_all[];  // NULL-terminated, by name
extern const int entity_count;
// `extern const struct entity entity_NAME;` and `enum NAME_field` for each:
#include "model/entities.h"

void model_setup(void);  // derived tables (sorted keys, masks, SQL); asserts the model's own rules (selfcheck says them kindly)
const struct entity *entity_find(str name);
const struct entity *entity_by_path(str path);
const struct entity *entity_by_prefix(str prefix);
const struct entity *entity_root(const struct entity *e);          // itself for a root, NULL for neither
int field_find(const struct entity *e, str name);                  // index or -1
const struct entity *field_target(const struct entity *e, int f);  // K_REF: the type it names; others: NULL
int entity_title(const struct entity *e);                          // its F_TITLE field, -1: none
int entity_subtitle(const struct entity *e);                       // its F_SUBTITLE field, -1: none
#define FIELD_BIT(i) (UINT64_C(1) << (i))
uint64_t entity_mask_all(const struct entity *e);       // every field but F_SECRET
uint64_t entity_mask_writable(const struct entity *e);  // what a caller may give at creation: neither READONLY nor SECRET
// Mask of a fieldset expression: NAME then any of "+field" "-field" ("member-amount"). false: unknown set or field.
bool entity_fieldset_mask(const struct entity *e, str expr, uint64_t *ret_mask);
#endif
