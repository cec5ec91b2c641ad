// SPDX-License-Identifier: Apache-2.0
// Works for tamper.check.mjs: `tamper URL KEY [BASE]` answers each line "UNIT SEED CHANGES" on standard input with one line
//   "UNIT changes refused missed ops alarms"
// A unit plays a random history through the product's own writes and verifies: alarms must be 0. Then it changes CHANGES random values
// of audited tables behind the log's back, each of another record, verifies once, and counts as missed every change whose row or log no
// finding names. BASE: the SQLite file every unit begins with. Without one (PostgreSQL) the values are put back.
// CHANGES 0 plants the fault that makes the check itself fail: a change made by the product's own way with the hub's key, which no
// verification can find, reported as missed.
#include "db/db_internal.h"
#include "trust/internal.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { CHANGES_MAX = 64, VALUE_MAX = 1 << 16, TRIES = 600 };

struct gen {
  uint64_t s;
};

// splitmix64 (Steele, Lea, Flood 2014).
static uint64_t gen_next(struct gen *g) {
  uint64_t z = g->s += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}
static uint64_t below(struct gen *g, uint64_t n) { return n ? gen_next(g) % n : 0; }

struct run {
  struct db *db;
  struct db_conn *c;
  struct audit_key key;
  struct gen g;
  struct arena arena;
  struct problem pb;
};

__attribute__((noreturn)) static void die(const char *what, const char *why) {
  fprintf(stderr, "tamper: %s: %s\n", what, why);
  exit(1);
}

// ---- what can be changed

static const char *const log_tables[] = {"access_grant", "access_read", "log_epoch", "audit_body",
                                         "audit_entry",  "audit_node",  "audit_head"};

struct value {
  enum { V_NULL, V_INT, V_TEXT, V_BYTES, V_BOOL } type;
  int64_t i;
  str s;
};

struct change {
  const char *table;
  char column[64], key[32];  // key: rowid or ctid, as it is after the change
  struct value before, after;
  char name[ID_TEXT_MAX + 16];  // must be in the findings: the row's id, or "log of company_...:"
};

static bool is_number(const struct run *r) { return db_is_sqlite(r->db); }

static enum err one_row(struct run *r, struct db_conn *c, struct buf *q, struct db_stmt **ret, bool *ret_row) {
  (void)r;
  TRY(db_prepare(c, sql_dynamic(buf_z(q)), ret));
  return db_step(*ret, ret_row);
}

static const char *table_at(uint64_t i) {
  return i < (uint64_t)entity_count ? entity_all[i]->name : log_tables[i - (uint64_t)entity_count];
}

static const char *prefix_of_entity(str name) {
  const struct entity *e = entity_find(name);
  static char text[64];
  if (e) return e->prefix;
  snprintf(text, sizeof text, "%.*s", STR_ARG(name));  // grant, read, epoch: the prefix is the name
  return text;
}

// ---- picking a value

static bool pick_column(struct run *r, const char *table, char out[64], char *ret_type) {
  AUTO(buf_release) struct buf b = BUF(64 * 1024);
  char names[64][64], types[64];
  size_t n = 0;
  if (db_describe(r->c, str_of(table), &b)) die("describe", table);
  str lines = buf_str(&b), line;
  while (n < 64 && str_next(&lines, '\n', &line)) {
    str name, rest;
    if (!line.n || !str_cut(line, ' ', &name, &rest)) continue;
    snprintf(names[n], sizeof names[n], "%.*s", STR_ARG(name));
    types[n++] = str_starts(rest, S("bytes")) ? 'y' : rest.p[0];
  }
  if (!n) return false;
  size_t i = below(&r->g, n);
  memcpy(out, names[i], 64);
  *ret_type = types[i];
  return true;
}

static struct value value_read(struct run *r, struct db_stmt *s, int col, char type) {
  if (db_is_null(s, col)) return (struct value){.type = V_NULL};
  if (type == 'i') return (struct value){.type = V_INT, .i = db_int(s, col)};
  if (type == 'b') return (struct value){.type = V_BOOL, .i = db_is_sqlite(r->db) ? db_int(s, col) : db_bool(s, col)};
  str text = type == 'y' ? db_bytes(s, col) : db_text(s, col);
  return (struct value){.type = type == 'y' ? V_BYTES : V_TEXT, .s = arena_str(&r->arena, text)};
}

// A finding must name the row, or the record that an entry or a body is about; of a tree, the log. Findings of one log could stand for
// each other, so that a batch changes one place of a log's order or tree at most, and then no entry of it.
enum part { PART_ROWS, PART_ENTRIES, PART_LOG };

static enum part part_of(const char *table, const char *column) {
  if (str_eqz(S("audit_node"), table) || str_eqz(S("audit_head"), table)) return PART_LOG;
  if (!str_eqz(S("audit_entry"), table)) return PART_ROWS;
  return str_eqz(S("seq"), column) || str_eqz(S("log"), column) ? PART_LOG : PART_ENTRIES;
}

static void name_of(struct db_stmt *s, struct change *ch) {
  char id[ID_TEXT_MAX];
  const struct entity *e = entity_find(str_of(ch->table));
  if (part_of(ch->table, ch->column) == PART_LOG) {
    snprintf(ch->name, sizeof ch->name, "log of %s:", id_z(id, "company", db_int(s, 5)));
    return;
  }
  const char *prefix = e                                             ? e->prefix
                       : str_eqz(S("log_epoch"), ch->table)          ? "epoch"
                       : str_starts(str_of(ch->table), S("access_")) ? ch->table + strlen("access_")
                                                                     : prefix_of_entity(db_text(s, 4));
  snprintf(ch->name, sizeof ch->name, "%s", id_z(id, prefix, db_int(s, 3)));
}

static const char *about_columns(const char *table) {
  if (str_eqz(S("audit_body"), table)) return "record, entity, 0";
  if (str_eqz(S("audit_entry"), table)) return "record, entity, log";
  if (str_eqz(S("audit_node"), table) || str_eqz(S("audit_head"), table)) return "0, '', log";
  return "id, '', 0";
}

static bool pick(struct run *r, struct change *ch) {
  AUTO(buf_release) struct buf q = BUF(4096);
  AUTO(db_release) struct db_stmt *s = NULL;
  char type;
  bool found;
  int64_t n = 0;
  memset(ch, 0, sizeof *ch);
  ch->table = table_at(below(&r->g, (uint64_t)entity_count + ARRAY_LEN(log_tables)));
  buf_fmt(&q, "SELECT count(*) FROM \"%s\"", ch->table);
  if (db_one_int(r->c, sql_dynamic(buf_z(&q)), NULL, 0, &found, &n) || n == 0) return false;
  if (!pick_column(r, ch->table, ch->column, &type)) return false;
  buf_clear(&q);
  bool sqlite = db_is_sqlite(r->db);
  buf_fmt(&q,
          "SELECT %s, \"%s\", (SELECT \"%s\" FROM \"%s\" ORDER BY %s LIMIT 1 OFFSET %" PRIu64
          "), %s FROM \"%s\" ORDER BY %s LIMIT 1 OFFSET %" PRIu64,
          sqlite ? "CAST(rowid AS TEXT)" : "ctid::text", ch->column, ch->column, ch->table, sqlite ? "rowid" : "ctid",
          below(&r->g, (uint64_t)n), about_columns(ch->table), ch->table, sqlite ? "rowid" : "ctid", below(&r->g, (uint64_t)n));
  bool row = false;
  enum err e = one_row(r, r->c, &q, &s, &row);
  if (e || !row) die(buf_z(&q), db_message(r->c));
  snprintf(ch->key, sizeof ch->key, "%.*s", STR_ARG(db_text(s, 0)));
  ch->before = value_read(r, s, 1, type);
  ch->after = value_read(r, s, 2, type);  // another row's value, to begin with
  name_of(s, ch);
  if (ch->before.type == V_NULL && ch->after.type == V_NULL)
    ch->after = type == 'i'   ? (struct value){.type = V_INT, .i = (int64_t)below(&r->g, 3)}
                : type == 'b' ? (struct value){.type = V_BOOL, .i = (int64_t)below(&r->g, 2)}
                              : (struct value){.type = type == 'y' ? V_BYTES : V_TEXT, .s = below(&r->g, 2) ? S("") : S("x")};
  return true;
}

// ---- another value

static int64_t other_int(struct run *r, int64_t v) {
  switch (below(&r->g, 6)) {
  case 0: return v + 1;
  case 1: return v - 1;
  case 2: return 0;
  case 3: return INT64_MAX;
  default: return v ^ (int64_t)(UINT64_C(1) << below(&r->g, 64));
  }
}

static str other_bytes(struct run *r, str v) {
  AUTO(buf_release) struct buf b = BUF(VALUE_MAX * 4);
  size_t at = below(&r->g, v.n);
  str head = str_sub(v, 0, at), tail = str_sub(v, at + (v.n > 0), v.n);
  buf_put(&b, head);
  switch (v.n ? below(&r->g, 8) : 7) {
  case 0: break;                                                // one byte less
  case 1: buf_putc(&b, (char)below(&r->g, 256)); break;         // another byte, whatever it is
  case 2: buf_putc(&b, v.p[at]), buf_putc(&b, v.p[at]); break;  // one byte twice
  case 3: return arena_str(&r->arena, head);                    // cut off
  case 4: buf_putc(&b, (char)(v.p[at] ^ ' ')); break;           // A for a
  case 5: buf_putc(&b, v.p[at]), buf_putc(&b, (char)(below(&r->g, 2) ? ' ' : 0)); break;
  default: buf_putc(&b, (char)(v.n ? v.p[at] ^ (1 << below(&r->g, 8)) : 'x'));
  }
  buf_put(&b, tail);
  return b.full ? v : arena_str(&r->arena, buf_str(&b));
}

static bool same_value(const struct value *a, const struct value *b) {
  return a->type == b->type && a->i == b->i && str_eq(a->s, b->s);
}

static void choose(struct run *r, struct change *ch) {
  struct value *v = &ch->after;
  if (below(&r->g, 8) == 0 && !same_value(v, &ch->before)) return;  // another row's
  if (ch->before.type == V_NULL) return;
  *v = ch->before;
  if (below(&r->g, 16) == 0)
    *v = (struct value){.type = V_NULL};
  else if (v->type == V_INT)
    v->i = other_int(r, v->i);
  else if (v->type == V_BOOL)
    v->i = is_number(r) && below(&r->g, 2) ? v->i + 2 : !v->i;
  else
    v->s = other_bytes(r, v->s);
}

// ---- changing it behind the log's back

struct write_arg {
  struct run *r;
  struct change *ch;
  const struct value *v;
};

static void value_bind(const struct run *r, struct db_stmt *s, const struct value *v) {
  switch (v->type) {
  case V_NULL: db_bind_null(s, 1); break;
  case V_INT: db_bind_int(s, 1, v->i); break;
  case V_BOOL: is_number(r) ? db_bind_int(s, 1, v->i) : db_bind_bool(s, 1, v->i != 0); break;
  case V_TEXT: db_bind_text(s, 1, v->s); break;
  case V_BYTES: db_bind_bytes(s, 1, v->s); break;
  }
}

static enum err write_fn(struct db_conn *c, void *arg) {
  struct write_arg *w = arg;
  AUTO(buf_release) struct buf q = BUF(1024);
  AUTO(db_release) struct db_stmt *s = NULL;
  bool row, sqlite = db_is_sqlite(w->r->db);
  buf_fmt(&q, "UPDATE \"%s\" SET \"%s\" = $1 WHERE %s = %s%s%s RETURNING %s", w->ch->table, w->ch->column,
          sqlite ? "rowid" : "ctid", sqlite ? "" : "'", w->ch->key, sqlite ? "" : "'::tid",
          sqlite ? "CAST(rowid AS TEXT)" : "ctid::text");
  TRY(db_prepare(c, sql_dynamic(buf_z(&q)), &s));
  value_bind(w->r, s, w->v);
  TRY(db_step(s, &row));
  if (!row) return ERR_NOT_FOUND;
  snprintf(w->ch->key, sizeof w->ch->key, "%.*s", STR_ARG(db_text(s, 0)));
  return db_run(s);
}

static bool change_write(struct run *r, struct change *ch, const struct value *v) {
  char kept[32];
  memcpy(kept, ch->key, sizeof kept);
  struct write_arg w = {r, ch, v};
  if (db_tx_run(r->db, "tamper", write_fn, &w) == ERR_OK) return true;
  memcpy(ch->key, kept, sizeof kept);
  return false;
}

// Whether the change may stand beside the others of its batch.
static bool fits(const struct change *list, size_t n, const struct change *ch, bool logs) {
  enum part part = part_of(ch->table, ch->column);
  bool moved = str_eqz(S("log"), ch->column);  // to another log, which will complain too
  if (part == PART_ENTRIES && logs) return false;
  if (part == PART_LOG && (!logs || (moved && n))) return false;
  if (logs && (str_eqz(S("audit_body"), ch->table) || str_eqz(S("log_epoch"), ch->table))) return false;
  for (size_t i = 0; i < n; i++) {
    if (!strcmp(list[i].name, ch->name) || (!strcmp(list[i].table, ch->table) && !strcmp(list[i].key, ch->key))) return false;
    if (part == PART_LOG && str_eqz(S("log"), list[i].column)) return false;
  }
  return true;
}

static size_t change_some(struct run *r, struct change *list, size_t want, int64_t *refused) {
  size_t n = 0;
  bool logs = below(&r->g, 3) == 0;
  db_set_hooks(r->db, (struct db_hooks){0});
  for (int tries = 0; n < want && tries < TRIES; tries++) {
    struct change *ch = &list[n];
    if (!pick(r, ch) || !fits(list, n, ch, logs)) continue;
    choose(r, ch);
    if (same_value(&ch->before, &ch->after)) continue;
    if (change_write(r, ch, &ch->after))
      n++;
    else
      ++*refused;
  }
  return n;
}

// ---- a history by the product's own writes

typedef enum err (*act_fn)(struct ctx *x, struct run *r);

static void random_field(struct run *r, struct rec *rec, int f) {
  const struct field *d = &rec->e->fields[f];
  int64_t n = (int64_t)below(&r->g, 1000);
  AUTO(buf_release) struct buf t = BUF(128);
  switch (d->kind) {
  case K_TEXT:
  case K_LONGTEXT:
    buf_fmt(&t, "%s %" PRId64, n % 3 ? "Werk" : n % 2 ? "工厂" : "Ёлка", n);
    rec_set_text(rec, f, buf_str(&t));
    break;
  case K_INT: rec_set_int(rec, f, d->max ? d->min + n % (d->max - d->min + 1) : n); break;
  case K_BOOL: rec_set_int(rec, f, n % 2); break;
  case K_DATE: rec_set_int(rec, f, 20000 + n); break;
  case K_TIME: rec_set_int(rec, f, clock_now() - n * UTIME_SECOND); break;
  case K_WORD: rec_set_word(rec, f, (int)(n % d->vocab->n)); break;
  default: break;  // money, rates and references stay
  }
}

static enum err random_rec(struct ctx *x, struct run *r, const struct entity *e, struct rec **ret) {
  AUTO(buf_release) struct buf q = BUF(512);
  int64_t n = 0, id = 0;
  bool found;
  buf_fmt(&q, "SELECT count(*) FROM \"%s\"", e->name);
  TRY(db_one_int(x->conn, sql_dynamic(buf_z(&q)), NULL, 0, &found, &n));
  if (!n) return ERR_NOT_FOUND;
  buf_clear(&q);
  buf_fmt(&q, "SELECT id FROM \"%s\" ORDER BY id LIMIT 1 OFFSET %" PRIu64, e->name, below(&r->g, (uint64_t)n));
  TRY(db_one_int(x->conn, sql_dynamic(buf_z(&q)), NULL, 0, &found, &id));
  TRY(trust_load_system(x, e, id, ret));
  x->viewer = (struct viewer){.company = (*ret)->company, .role = -1, .ops = ~0u};
  return ERR_OK;
}

static enum err act_update(struct ctx *x, struct run *r) {
  struct rec *before;
  TRY(random_rec(x, r, entity_all[below(&r->g, (uint64_t)entity_count)], &before));
  struct rec *after = rec_copy(before);
  random_field(r, after, (int)below(&r->g, (uint64_t)before->e->nfields));
  return trust_update(x, before, after);
}

static enum err act_insert(struct ctx *x, struct run *r) {
  struct rec *like;
  TRY(random_rec(x, r, entity_all[below(&r->g, (uint64_t)entity_count)], &like));
  struct rec *fresh = rec_copy(like);
  fresh->id = id_new();
  if (!(like->e->flags & E_CHILD)) fresh->root = fresh->id;
  random_field(r, fresh, (int)below(&r->g, (uint64_t)like->e->nfields));
  return trust_insert(x, fresh);
}

static enum err act_delete(struct ctx *x, struct run *r) {
  static const struct entity *const some[] = {&entity_contact, &entity_account, &entity_comment, &entity_deal, &entity_product};
  struct rec *rec;
  TRY(random_rec(x, r, some[below(&r->g, ARRAY_LEN(some))], &rec));
  return trust_delete(x, rec);
}

static enum err act_share(struct ctx *x, struct run *r) {
  struct rec *rec, *company;
  TRY(random_rec(x, r, &entity_company, &company));
  TRY(random_rec(x, r, below(&r->g, 2) ? &entity_deal : &entity_account, &rec));
  if (rec->company == company->id) return ERR_INVALID;
  struct grant g = {.owner = rec->company,
                    .grantee = company->id,
                    .e = rec->e,
                    .root = rec->id,
                    .ops = OP_READ | OP_COMMENT,
                    .fieldset = S("member"),
                    .from = x->now,
                    .until = UTIME_MAX,
                    .accepted_at = x->now};
  return below(&r->g, 3) ? trust_grant_add(x, &g) : trust_grant_revoke(x, rec->e, rec->id, company->id);
}

static enum err act_erase(struct ctx *x, struct run *r) {
  struct rec *rec;
  TRY(random_rec(x, r, &entity_contact, &rec));
  return audit_erase(x, rec->e, rec->id);
}

static enum err act_restore(struct ctx *x, struct run *r) {
  size_t logs;
  x->viewer = (struct viewer){0};
  return below(&r->g, 8) ? ERR_INVALID : audit_epoch_open(x, &r->key, &logs);
}

static const act_fn acts[] = {act_update, act_update, act_update, act_insert, act_insert,
                              act_delete, act_share,  act_share,  act_erase,  act_restore};

struct act_arg {
  struct run *r;
  struct arena arena;
  int n;
  bool forget;  // rolls back what it did
};

static enum err act_run(struct db_conn *c, void *arg) {
  struct act_arg *a = arg;
  for (int i = 0; i < a->n; i++) {
    struct problem pb = {.arena = &a->arena};
    struct ctx x = {.conn = c, .arena = &a->arena, .pb = &pb, .now = clock_now()};
    TRY(acts[below(&a->r->g, ARRAY_LEN(acts))](&x, a->r));
  }
  return a->forget ? ERR_CONFLICT : ERR_OK;
}

// How many transactions were kept. What the product refuses is no history.
static int64_t history(struct run *r, size_t transactions) {
  int64_t kept = 0;
  db_set_hooks(r->db, (struct db_hooks){.before_commit = audit_sequence, .arg = &r->key});
  for (size_t i = 0; i < transactions; i++) {
    struct act_arg a = {.r = r, .n = 1 + (int)below(&r->g, 3), .forget = below(&r->g, 6) == 0};
    enum err e = db_tx_run(r->db, "history", act_run, &a);
    if (e == ERR_IO || e == ERR_CORRUPT) die("history", db_tx_message());
    kept += e == ERR_OK;
    arena_release(&a.arena);
  }
  if (!db_is_sqlite(r->db) && db_sequence_now(r->db)) die("sequence", db_tx_message());
  return kept;
}

// ---- a unit

static int64_t verify(struct run *r, struct buf *out) {
  struct audit_report rep = {0};
  buf_clear(out);
  // That a log cannot be read to its end is no finding: it names nothing.
  enum err e = audit_verify(r->db, &r->key, out, &rep);
  if (e) printf("# verification ended with error %d\n", (int)e);
  if (e) return 0;
  return rep.findings;
}

static void value_print(const struct value *v) {
  if (v->type == V_NULL)
    printf("null");
  else if (v->type == V_INT || v->type == V_BOOL)
    printf("%" PRId64, v->i);
  else
    printf("'%.*s'", (int)(v->s.n > 80 ? 80 : v->s.n), v->s.p);
}

static int64_t count_missed(const struct change *list, size_t n, int64_t findings, const char *text) {
  int64_t missed = 0;
  for (size_t i = 0; i < n; i++) {
    if (findings && strstr(text, list[i].name)) continue;
    missed++;
    printf("# missed: %s.%s of %s (%s)\n", list[i].table, list[i].column, list[i].name,
           findings ? "not named" : "no finding at all");
    printf("#   from ");
    value_print(&list[i].before);
    printf(" to ");
    value_print(&list[i].after);
    printf("\n#   %zu bytes of findings: %.300s\n", strlen(text), text);
  }
  return missed;
}

// A change with the key in hand, by the product's own way: every verification must call it clean.
static enum err planted_fn(struct db_conn *c, void *arg) {
  struct act_arg *a = arg;
  struct problem pb = {.arena = &a->arena};
  struct ctx x = {.conn = c, .arena = &a->arena, .pb = &pb, .now = clock_now()};
  struct rec *before;
  TRY(random_rec(&x, a->r, &entity_deal, &before));
  struct rec *after = rec_copy(before);
  rec_set_text(after, deal_f_name, S("Changed by whoever holds the key"));
  return trust_update(&x, before, after);
}

static size_t plant(struct run *r, struct change *list) {
  struct act_arg a = {.r = r};
  db_set_hooks(r->db, (struct db_hooks){.before_commit = audit_sequence, .arg = &r->key});
  if (db_tx_run(r->db, "plant", planted_fn, &a)) die("plant", db_tx_message());
  if (!db_is_sqlite(r->db) && db_sequence_now(r->db)) die("sequence", db_tx_message());
  arena_release(&a.arena);
  list[0] = (struct change){.table = "deal", .column = "name", .name = "deal_"};
  return 1;
}

static void unit(struct run *r, int64_t number, uint64_t seed, size_t want) {
  static struct change list[CHANGES_MAX];
  AUTO(buf_release) struct buf out = BUF(4 * 1024 * 1024);
  int64_t refused = 0;
  r->g.s = seed;
  int64_t ops = history(r, want ? 1 + below(&r->g, 6) : 0);
  int64_t alarms = verify(r, &out);
  if (alarms) printf("# alarm: %.*s\n", (int)(out.n > 300 ? 300 : out.n), out.p);
  size_t n = want ? change_some(r, list, want, &refused) : plant(r, list);
  int64_t findings = verify(r, &out);
  int64_t missed = count_missed(list, n, findings, buf_z(&out));
  if (!db_is_sqlite(r->db))
    for (size_t i = want ? n : 0; i-- > 0;)
      if (!change_write(r, &list[i], &list[i].before)) die("put back", db_tx_message());
  printf("%" PRId64 " %zu %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 "\n", number, n, refused, missed, ops, alarms);
  fflush(stdout);
  arena_release(&r->arena);
  r->arena = (struct arena){0};
}

// ---- the hub

static void copy_base(const char *from, const char *to) {
  static char chunk[1 << 20];
  static const char *const more[] = {"-wal", "-shm"};
  for (size_t i = 0; i < ARRAY_LEN(more); i++) {
    char name[4200];
    snprintf(name, sizeof name, "%s%s", to, more[i]);
    (void)unlink(name);
  }
  FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
  size_t n;
  if (!in || !out) die(from, "cannot be copied");
  while ((n = fread(chunk, 1, sizeof chunk, in)) > 0)
    if (fwrite(chunk, 1, n, out) != n) die(to, "cannot be written");
  fclose(in);
  if (fclose(out) != 0) die(to, "cannot be written");
}

static void hub_begin(struct run *r, const char *url, const char *base) {
  AUTO(buf_release) struct buf message = BUF(4096);
  if (base) copy_base(base, url);
  if (db_open(str_of(url), DB_SERVE, &message, &r->db)) die(url, buf_z(&message));
  if (db_conn_open(r->db, &r->c)) die(url, db_tx_message());
}

static void hub_end(struct run *r) {
  db_conn_close(r->c);
  db_close(r->db);
}

int main(int argc, char **argv) {
  struct run r = {0};
  int64_t number, changes;
  uint64_t seed;
  if (argc < 3) die("usage", "tamper URL KEY [BASE]");
  hash_setup();
  model_setup();
  if (audit_key_load(str_of(argv[2]), &r.key)) die(argv[2], "no signing key");
  const char *base = argc > 3 ? argv[3] : NULL;
  if (!base) hub_begin(&r, argv[1], NULL);
  while (scanf("%" SCNd64 " %" SCNu64 " %" SCNd64, &number, &seed, &changes) == 3) {
    if (base) hub_begin(&r, argv[1], base);
    unit(&r, number, seed, changes < 0 ? 0 : changes > CHANGES_MAX ? CHANGES_MAX : (size_t)changes);
    if (base) hub_end(&r);
  }
  if (!base) hub_end(&r);
  return 0;
}
