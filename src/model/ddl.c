// SPDX-License-Identifier: Apache-2.0
// The tables the model expects: as text for the golden dump, compared with an open database, and the SQL for the difference.
#include "model/model_internal.h"
#include <assert.h>
#include <stdlib.h>

enum { DESCRIBE_MAX = 64 * 1024 };

// ---- tables

struct table {
  const struct entity *e;
  bool seen;  // NAME_seen
  char name[64];
  struct column cols[MODEL_COLUMNS_MAX];
  int ncols;
};

static void table_init(struct table *t, const struct entity *e, bool seen) {
  static const char suffix[] = "_seen";
  size_t n = strlen(e->name);
  assert(n + sizeof suffix <= sizeof t->name);
  t->e = e;
  t->seen = seen;
  memcpy(t->name, e->name, n + 1);
  if (seen) memcpy(t->name + n, suffix, sizeof suffix);
  t->ncols = seen ? seen_columns(e, t->cols) : entity_columns(e, t->cols);
}

static int by_order(const void *left, const void *right) {
  const struct entity *a = *(const struct entity *const *)left, *b = *(const struct entity *const *)right;
  bool a_child = a->flags & E_CHILD, b_child = b->flags & E_CHILD;
  if (a_child != b_child) return a_child ? 1 : -1;
  if (a->order != b->order) return a->order < b->order ? -1 : 1;
  return strcmp(a->name, b->name);
}

// Calls fn for each table: what others refer to first.
static void each_table(void (*fn)(struct table *t, void *arg), void *arg) {
  const struct entity *sorted[MODEL_ENTITIES_MAX];
  const struct entity *const *all = model_entities();
  size_t n = 0;
  for (; all[n]; n++) sorted[n] = all[n];
  qsort(sorted, n, sizeof *sorted, by_order);
  struct table *t = malloc(sizeof *t);
  if (!t) abort();
  for (size_t i = 0; i < n; i++) {
    table_init(t, sorted[i], false);
    fn(t, arg);
    if (!(sorted[i]->flags & E_ROOT)) continue;
    table_init(t, sorted[i], true);
    fn(t, arg);
  }
  free(t);
}

// ---- SQL text

bool ident_reserved(const char *name) {
  static const char *const words[] = {
    "all",       "alter",   "analyze",    "and",     "any",        "array",     "as",        "asc",         "between",
    "both",      "case",    "cast",       "check",   "collate",    "column",    "commit",    "constraint",  "create",
    "cross",     "default", "deferrable", "delete",  "desc",       "distinct",  "do",        "drop",        "else",
    "end",       "escape",  "except",     "exists",  "false",      "fetch",     "for",       "foreign",     "from",
    "full",      "grant",   "group",      "having",  "in",         "index",     "initially", "inner",       "insert",
    "intersect", "into",    "is",         "isnull",  "join",       "lateral",   "leading",   "left",        "like",
    "limit",     "natural", "not",        "notnull", "null",       "offset",    "on",        "only",        "or",
    "order",     "outer",   "placing",    "primary", "references", "returning", "right",     "select",      "set",
    "similar",   "some",    "symmetric",  "table",   "then",       "to",        "trailing",  "transaction", "true",
    "union",     "unique",  "update",     "user",    "using",      "values",    "variadic",  "verbose",     "when",
    "where",     "window",  "with",
  };
  for (size_t i = 0; i < ARRAY_LEN(words); i++)
    if (strcmp(words[i], name) == 0) return true;
  return false;
}

void ident_put(struct buf *b, const char *name) {
  bool quote = ident_reserved(name);
  if (quote) buf_putc(b, '"');
  buf_putz(b, name);
  if (quote) buf_putc(b, '"');
}

static void column_put(struct buf *b, const struct column *c) {
  ident_put(b, c->name);
  buf_fmt(b, " %s%s", c->type, c->not_null ? " NOT NULL" : "");
}

static void index_put(struct buf *b, const struct table *t, const char *suffix, const char *columns, const char *where) {
  buf_fmt(b, "CREATE INDEX %s_%s ON ", t->name, suffix);
  ident_put(b, t->name);
  buf_fmt(b, " (%s)%s%s;\n", columns, where ? " WHERE " : "", where ? where : "");
}

static void field_index_put(struct buf *out, const struct table *t, const struct field *field) {
  AUTO(buf_release) struct buf columns = BUF(256);
  AUTO(buf_release) struct buf where = BUF(128);
  if (field->kind != K_REF) buf_putz(&columns, "company, ");
  ident_put(&columns, field->name);
  buf_putz(&columns, ", id");
  ident_put(&where, field->name);
  buf_putz(&where, " IS NOT NULL");
  index_put(out, t, field->name, buf_z(&columns), field->flags & F_REQUIRED ? NULL : buf_z(&where));
}

static void record_indexes_put(struct buf *out, const struct table *t) {
  if (t->e->flags & E_CHILD) index_put(out, t, "root", "root, id", NULL);
  if (t->e->flags & E_DIRECTORY) index_put(out, t, "company", "company, id", NULL);
  for (int f = 0; f < t->e->nfields; f++)
    if ((t->e->fields[f].flags & F_FILTER) && t->e->fields[f].kind != K_MONEY) field_index_put(out, t, &t->e->fields[f]);
}

static void seen_indexes_put(struct buf *out, const struct table *t) {
  index_put(out, t, "changed", "viewer, changed_at, record", NULL);
  for (int i = 0; i < t->ncols; i++) {
    const char *name = t->cols[i].name;
    AUTO(buf_release) struct buf columns = BUF(64);
    buf_fmt(&columns, "viewer, %s, record", name);
    if (t->cols[i].field >= 0) index_put(out, t, name, buf_z(&columns), NULL);
  }
}

static void create_put(struct buf *out, const struct table *t) {
  buf_putz(out, "CREATE TABLE ");
  ident_put(out, t->name);
  buf_putz(out, " (\n");
  for (int i = 0; i < t->ncols; i++) {
    const struct column *c = &t->cols[i];
    buf_putz(out, "  ");
    column_put(out, c);
    if (!t->seen && strcmp(c->name, "id") == 0) buf_putz(out, " PRIMARY KEY");
    if (!t->seen && c->field < 0 && strcmp(c->name, "root") == 0) {
      buf_putz(out, " REFERENCES ");
      ident_put(out, entity_root(t->e)->name);
      buf_putz(out, " (id) DEFERRABLE INITIALLY DEFERRED");
    }
    if (t->seen || i + 1 < t->ncols) buf_putz(out, ",");
    buf_putz(out, "\n");
  }
  if (t->seen) buf_putz(out, "  PRIMARY KEY (viewer, record)\n");
  buf_putz(out, ");\n");
}

// ---- comparison with a database

// What db_describe says of a column: "name type null\n" lines.
static bool described(str lines, const char *name, str *ret_type, bool *ret_not_null) {
  str line;
  while (str_next(&lines, '\n', &line)) {
    str column, rest, type, null;
    if (!str_cut(line, ' ', &column, &rest) || !str_eqz(column, name)) continue;
    (void)str_cut(rest, ' ', &type, &null);
    *ret_type = type;
    *ret_not_null = str_eq(null, S("notnull"));
    return true;
  }
  return false;
}

static const struct column *expected_column(const struct table *t, str name) {
  for (int i = 0; i < t->ncols; i++)
    if (str_eqz(name, t->cols[i].name)) return &t->cols[i];
  return NULL;
}

enum difference { MISSING_TABLE, MISSING_COLUMN, OTHER_TYPE, EXTRA_COLUMN };
struct comparison {
  struct db_conn *c;
  struct buf *out;
  void (*found)(struct buf *out, enum difference d, const struct table *t, const struct column *col, str has);
  bool same;
};

static void report(struct comparison *x, enum difference d, const struct table *t, const struct column *col, str has) {
  x->same = false;
  x->found(x->out, d, t, col, has);
}

static void compare_column(struct comparison *x, const struct table *t, const struct column *col, str lines) {
  str type;
  bool not_null;
  if (!described(lines, col->name, &type, &not_null)) {
    report(x, MISSING_COLUMN, t, col, STR_NULL);
    return;
  }
  if (str_eqz(type, col->type) && not_null == col->not_null) return;
  AUTO(buf_release) struct buf has = BUF(128);
  buf_put(&has, type);
  buf_putz(&has, not_null ? " NOT NULL" : "");
  report(x, OTHER_TYPE, t, col, buf_str(&has));
}

static void compare_table(struct table *t, void *arg) {
  struct comparison *x = arg;
  AUTO(buf_release) struct buf b = BUF(DESCRIBE_MAX);
  if (db_describe(x->c, str_of(t->name), &b)) {
    x->same = false;
    buf_fmt(x->out, "-- %s cannot be read: %s\n", t->name, db_message(x->c));
    return;
  }
  if (!b.n) {
    report(x, MISSING_TABLE, t, NULL, STR_NULL);
    return;
  }
  for (int i = 0; i < t->ncols; i++) compare_column(x, t, &t->cols[i], buf_str(&b));
  str lines = buf_str(&b), line;
  while (str_next(&lines, '\n', &line)) {
    str name, rest;
    if (str_cut(line, ' ', &name, &rest) && !expected_column(t, name)) report(x, EXTRA_COLUMN, t, NULL, name);
  }
}

static void say(struct buf *out, enum difference d, const struct table *t, const struct column *col, str has) {
  buf_fmt(out, "table %s", t->name);
  switch (d) {
  case MISSING_TABLE: buf_putz(out, " is missing\n"); return;
  case MISSING_COLUMN:
    buf_fmt(out, ": column %s (%s%s) is missing\n", col->name, col->type, col->not_null ? " NOT NULL" : "");
    return;
  case OTHER_TYPE:
    buf_fmt(out, ": column %s is %.*s, the model says %s%s\n", col->name, STR_ARG(has), col->type,
            col->not_null ? " NOT NULL" : "");
    return;
  case EXTRA_COLUMN: buf_fmt(out, ": column %.*s is not in the model\n", STR_ARG(has)); return;
  }
}

bool model_schema_check(struct db_conn *c, struct buf *out) {
  struct comparison x = {.c = c, .out = out, .found = say, .same = true};
  each_table(compare_table, &x);
  return x.same;
}

// Rows that exist already need a value in a new NOT NULL column: the field's default if it is plain, else the zero of the type.
static void add_column_put(struct buf *out, const struct table *t, const struct column *col) {
  buf_putz(out, "ALTER TABLE ");
  ident_put(out, t->name);
  buf_putz(out, " ADD COLUMN ");
  column_put(out, col);
  const char *dflt = col->field >= 0 && !t->seen ? t->e->fields[col->field].dflt : NULL;
  if (col->not_null && dflt && dflt[0] == '"')
    buf_fmt(out, " DEFAULT '%.*s'", (int)strlen(dflt) - 2, dflt + 1);
  else if (col->not_null && dflt && dflt[0] != '{')
    buf_fmt(out, " DEFAULT %s", dflt);
  else if (col->not_null)
    buf_fmt(out, " DEFAULT %s", strcmp(col->type, "text") == 0 ? "''" : strcmp(col->type, "bool") == 0 ? "false" : "0");
  buf_putz(out, ";\n");
}

static void draft(struct buf *out, enum difference d, const struct table *t, const struct column *col, str has) {
  switch (d) {
  case MISSING_TABLE:
    create_put(out, t);
    (t->seen ? seen_indexes_put : record_indexes_put)(out, t);
    return;
  case MISSING_COLUMN: add_column_put(out, t, col); return;
  case OTHER_TYPE:
    buf_fmt(out, "-- %s.%s is %.*s, the model says %s%s: write the conversion by hand.\n", t->name, col->name, STR_ARG(has),
            col->type, col->not_null ? " NOT NULL" : "");
    return;
  case EXTRA_COLUMN:
    buf_fmt(out, "-- %s.%.*s is not in the model. To lose its data: ALTER TABLE %s DROP COLUMN %.*s;\n", t->name, STR_ARG(has),
            t->name, STR_ARG(has));
    return;
  }
}

void model_migrate_draft(struct db_conn *c, struct buf *out) {
  struct comparison x = {.c = c, .out = out, .found = draft, .same = true};
  each_table(compare_table, &x);
}

// ---- the expected schema as text

static void dump_table(struct table *t, void *arg) { create_put(arg, t); }

void model_schema(struct buf *out) { each_table(dump_table, out); }
