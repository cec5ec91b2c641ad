// SPDX-License-Identifier: Apache-2.0
// What the files of src/model share: the tables derived from the entities once, at model_setup.
// Reading order: model.c (expansion, lookups) -> record.c (values) -> record_db.c, record_json.c -> validate.c (input)
// -> ddl.c (tables) -> dump.c, meta.c, openapi.c -> selfcheck.c.
#ifndef ENTENTE_MODEL_INTERNAL_H
#define ENTENTE_MODEL_INTERNAL_H
#include "model/derive.h"
#include "model/record.h"

enum {
  MODEL_ENTITIES_MAX = 256,
  MODEL_SORT_MAX = 3,  // F_SORT fields of a root: columns k1 k2 k3 of NAME_seen
  MODEL_FIELDSETS_MAX = 16,
};

// Members of the canonical form: fields by index, the rest by these.
enum canon_member { CANON_COMPANY = -7, CANON_CREATED_AT, CANON_CREATED_BY, CANON_ENTITY, CANON_ID, CANON_ROOM, CANON_ROOT };

struct derived {
  const struct entity *root;  // itself for a root, NULL for neither
  const struct entity *refs[LIMIT_FIELDS];
  struct val defaults[LIMIT_FIELDS];
  str keys[LIMIT_FIELDS];  // "name": as it stands in JSON
  char key_text[LIMIT_FIELDS][64];
  uint64_t secret, required, all;  // masks of fields
  uint64_t sets[MODEL_FIELDSETS_MAX];
  int canon[LIMIT_FIELDS + 7], ncanon;  // members in the order of their names
  int title, subtitle;                  // the F_TITLE and F_SUBTITLE fields, -1: none
  sql load, load_title, load_hit, insert, update, remove, children;
  sql children_of[2];          // of few roots and of many
  sql where[LIMIT_FIELDS][2];  // [1]: of one company
};
const struct derived *model_derived(const struct entity *e);

// Works on any list, so that tests bring their own entities. `all` and its entities stay as long as the program.
void model_setup_list(const struct entity *const *all);
const struct entity *const *model_entities(void);  // NULL-terminated
bool model_check_list(const struct entity *const *all, struct buf *out);
const struct entity *entity_in(const struct entity *const *all, str name);

// F_SORT fields in order: the nth is column k(n+1) of NAME_seen.
int entity_sort_fields(const struct entity *e, int ret_fields[MODEL_SORT_MAX]);

const char *kind_name(enum kind k);
const char *field_flag_name(unsigned flag);
const char *entity_flag_name(unsigned flag);
size_t field_max_chars(const struct field *f);
// Range of an INT; without one of its own, what every JSON reader holds exactly (2^53 - 1).
void field_int_range(const struct field *f, int64_t *ret_min, int64_t *ret_max);

// record_db.c: statements of an entity, and its columns in order with type words.
void record_build_sql(const struct entity *e, struct derived *d);
struct column {
  char name[72];
  const char *type;  // type word of migrations
  bool not_null;
  int field;  // -1: one that every table has
};
enum { MODEL_COLUMNS_MAX = 2 * LIMIT_FIELDS + 8 };
int entity_columns(const struct entity *e, struct column ret[MODEL_COLUMNS_MAX]);
int seen_columns(const struct entity *e, struct column ret[MODEL_COLUMNS_MAX]);
bool ident_reserved(const char *name);            // one of the engines keeps the word for itself
void ident_put(struct buf *b, const char *name);  // quoted when reserved: an entity may be called `user`

// validate.c: the value of a field from its JSON form. `below`: pointer below the field ("/currency") or "".
struct fault {
  enum problem_code code;  // P_NONE: good
  str args[2];
  str below;
};
// `old`: the value a merge patch changes, NULL at creation.
struct fault value_decode(struct arena *a, const struct entity *e, int f, const json_t *json, const struct val *old,
                          struct val *ret);
#endif
