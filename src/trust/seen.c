// SPDX-License-Identifier: Apache-2.0
// Index rows that belong to one viewer: NAME_seen (a root, for each company that may see it, with its projected sort keys) and search
// tokens. They never decide a right: every reader asks mask() again. Keys and tokens hold what the company sees at the time of
// writing, so that neither order nor search tells it anything else.
#include "base/utf8.h"
#include "trust/internal.h"
#include <assert.h>
#include <stdio.h>

const char *const seen_keys[3] = {"k1", "k2", "k3"};

enum { KEY_BYTES = 160 };  // a text key: enough to order by, small enough for any index

int seen_key_of(const struct entity *e, int field) {
  if (field < 0 || field >= e->nfields || !(e->fields[field].flags & F_SORT)) return -1;
  int n = 0;
  for (int f = 0; f < field; f++) n += (e->fields[f].flags & F_SORT) != 0;
  return n < 3 ? n : -1;
}

bool seen_key_is_int(enum kind k) { return k == K_INT || k == K_DATE || k == K_TIME || k == K_REF; }

// The text cut to at most `max` bytes between characters.
static str cut_utf8(str s, size_t max) {
  if (s.n <= max) return s;
  while (max > 0 && ((unsigned char)s.p[max] & 0xC0) == 0x80) max--;
  return str_sub(s, 0, max);
}

struct seen_key seen_key_make(struct arena *a, const struct rec *r, int field, uint64_t visible) {
  const struct field *f = &r->e->fields[field];
  bool known = (visible & FIELD_BIT(field)) && rec_has(r, field);
  if (seen_key_is_int(f->kind)) return (struct seen_key){.is_int = true, .i = known ? r->v[field].i : INT64_MIN};
  assert(f->kind != K_BOOL && f->kind != K_RATE);  // no type sorts by them
  if (!known) return (struct seen_key){.s = S("")};
  if (f->kind == K_MONEY) {  // within a currency, negative before positive
    money m = rec_money(r, field);
    return (struct seen_key){
      .s = arena_fmt(a, "%s%020llu", m.cur.code, (unsigned long long)((uint64_t)m.minor ^ (UINT64_C(1) << 63)))};
  }
  if (f->kind == K_WORD)  // the order of the vocabulary, not of the alphabet
    return (struct seen_key){.s = arena_fmt(a, "%03d%.*s", rec_word(r, field), STR_ARG(rec_text(r, field)))};
  AUTO(buf_release) struct buf b = BUF(64 * 1024);
  utf8_fold(&b, cut_utf8(rec_text(r, field), KEY_BYTES));
  return (struct seen_key){.s = arena_str(a, cut_utf8(buf_str(&b), KEY_BYTES))};
}

void seen_table(struct sqlb *q, const struct entity *e) {
  char name[64];
  int n = snprintf(name, sizeof name, "%s_seen", e->name);
  assert(n > 0 && (size_t)n < sizeof name);
  sqlb_name(q, name);
}

// ---- NAME_seen

static int sort_fields(const struct entity *e, int ret[3]) {
  int n = 0;
  for (int f = 0; f < e->nfields && n < 3; f++)
    if (e->fields[f].flags & F_SORT) ret[n++] = f;
  return n;
}

static void bind_key(struct db_stmt *s, int i, const struct seen_key *k) {
  if (k->is_int)
    db_bind_int(s, i, k->i);
  else
    db_bind_text(s, i, k->s);
}

// Both statements take: fieldset, from, until, changed_at, keys ..., viewer, record.
static sql update_sql(const struct entity *e, int nkeys) {
  struct sqlb q;
  sqlb_init(&q);
  sqlb_add(&q, "UPDATE ");
  seen_table(&q, e);
  sqlb_add(&q, " SET fieldset = ");
  sqlb_param(&q);
  sqlb_add(&q, ", valid_from = ");
  sqlb_param(&q);
  sqlb_add(&q, ", valid_until = ");
  sqlb_param(&q);
  sqlb_add(&q, ", changed_at = ");
  sqlb_param(&q);
  for (int i = 0; i < nkeys; i++) {
    sqlb_add(&q, ", ");
    sqlb_name(&q, seen_keys[i]);
    sqlb_add(&q, " = ");
    sqlb_param(&q);
  }
  sqlb_add(&q, " WHERE viewer = ");
  sqlb_param(&q);
  sqlb_add(&q, " AND record = ");
  sqlb_param(&q);
  return sqlb_done(&q);
}

static sql insert_sql(const struct entity *e, int nkeys) {
  struct sqlb q;
  sqlb_init(&q);
  sqlb_add(&q, "INSERT INTO ");
  seen_table(&q, e);
  sqlb_add(&q, " (fieldset, valid_from, valid_until, changed_at");
  for (int i = 0; i < nkeys; i++) {
    sqlb_add(&q, ", ");
    sqlb_name(&q, seen_keys[i]);
  }
  sqlb_add(&q, ", viewer, record) VALUES (");
  for (int i = 0; i < nkeys + 6; i++) {
    if (i) sqlb_add(&q, ", ");
    sqlb_param(&q);
  }
  sqlb_add(&q, ")");
  return sqlb_done(&q);
}

struct seen_row {
  str fieldset;
  utime from, until;
  bool any;
};

// What the company's grants amount to: still to come or holding, by the clock of the ctx.
static struct seen_row row_of(struct ctx *x, const struct root_facts *f, id64 company) {
  if (company == f->owner) return (struct seen_row){S("*"), 0, UTIME_MAX, true};
  struct seen_row row = {.from = UTIME_MAX};
  for (size_t i = 0; i < f->ngrants; i++) {
    const struct grant *g = &f->grants[i];
    if (g->grantee != company || g->revoked_at || !g->accepted_at || g->until <= x->now) continue;
    row.fieldset = row.any ? arena_fmt(x->arena, "%.*s | %.*s", STR_ARG(row.fieldset), STR_ARG(g->fieldset)) : g->fieldset;
    row.from = g->from < row.from ? g->from : row.from;
    row.until = g->until > row.until ? g->until : row.until;
    row.any = true;
  }
  return row;
}

static enum err seen_write(struct ctx *x, sql q, const struct rec *r, const struct seen_row *row, uint64_t visible, id64 company,
                           int64_t *ret_n) {
  AUTO(db_release) struct db_stmt *s = NULL;
  int fields[3], n = sort_fields(r->e, fields), i = 5;
  TRY(db_prepare(x->conn, q, &s));
  db_bind_text(s, 1, row->fieldset);
  db_bind_int(s, 2, row->from);
  db_bind_int(s, 3, row->until);
  db_bind_int(s, 4, r->updated_at > x->now ? r->updated_at : x->now);
  for (int k = 0; k < n; k++) {
    struct seen_key key = seen_key_make(x->arena, r, fields[k], visible);
    bind_key(s, i++, &key);
  }
  db_bind_int(s, i++, company);
  db_bind_int(s, i, r->id);
  TRY(db_run(s));
  *ret_n = db_changes(s);
  return ERR_OK;
}

enum err seen_put(struct ctx *x, const struct rec *r, const struct root_facts *f, id64 company, bool fresh) {
  struct seen_row row = row_of(x, f, company);
  if (!row.any) return seen_drop(x, r->e, r->id, company);
  uint64_t visible = company_access(x, r, f, company).read;
  int fields[3], n = sort_fields(r->e, fields);
  int64_t changed = 0;
  if (!fresh) TRY(seen_write(x, update_sql(r->e, n), r, &row, visible, company, &changed));
  return changed ? ERR_OK : seen_write(x, insert_sql(r->e, n), r, &row, visible, company, &changed);
}

enum err seen_drop(struct ctx *x, const struct entity *e, id64 root, id64 company) {
  AUTO(db_release) struct db_stmt *s = NULL;
  struct sqlb q;
  sqlb_init(&q);
  sqlb_add(&q, "DELETE FROM ");
  seen_table(&q, e);
  sqlb_add(&q, " WHERE viewer = ");
  sqlb_param(&q);
  sqlb_add(&q, " AND record = ");
  sqlb_param(&q);
  TRY(db_prepare(x->conn, sqlb_done(&q), &s));
  db_bind_int(s, 1, company);
  db_bind_int(s, 2, root);
  return db_run(s);
}

enum err seen_changed_at(struct ctx *x, const struct rec *root, utime *ret) {
  struct sqlb q;
  id64 args[2] = {x->viewer.company, root->id};
  bool found;
  sqlb_init(&q);
  sqlb_add(&q, "SELECT changed_at FROM ");
  seen_table(&q, root->e);
  sqlb_add(&q, " WHERE viewer = ");
  sqlb_param(&q);
  sqlb_add(&q, " AND record = ");
  sqlb_param(&q);
  return db_one_int(x->conn, sqlb_done(&q), args, 2, &found, ret);
}

// ---- search

uint64_t search_fields(const struct entity *e) {
  uint64_t m = 0;
  for (int f = 0; f < e->nfields; f++)
    if (e->fields[f].flags & F_SEARCH) m |= FIELD_BIT(f);
  return m;
}

void search_tokens(struct buf *out, const struct rec *r, uint64_t visible) {
  AUTO(buf_release) struct buf text = BUF(1024 * 1024);
  uint64_t m = search_fields(r->e) & visible;
  for (int f = 0; f < r->e->nfields; f++) {
    if (!(m & FIELD_BIT(f)) || !rec_has(r, f)) continue;
    rec_cell(&text, r, f);
    buf_putc(&text, '\n');
  }
  utf8_tokens(out, buf_str(&text));
}

enum err search_put(struct ctx *x, const struct rec *r, const struct access *a, id64 company) {
  if (!search_fields(r->e)) return ERR_OK;
  AUTO(buf_release) struct buf tokens = BUF(4 * 1024 * 1024);
  search_tokens(&tokens, r, a->read);
  return db_search_put(x->conn, str_of(r->e->name), r->id, company, buf_str(&tokens));
}

enum err search_put_children(struct ctx *x, const struct rec *root, const struct root_facts *f, id64 company) {
  for (int i = 0; i < entity_count; i++) {
    const struct entity *e = entity_all[i];
    if (!(e->flags & E_CHILD) || entity_root(e) != root->e || !search_fields(e)) continue;
    id64 after = 0;
    for (;;) {
      struct rec **kids;
      size_t n;
      TRY(rec_db_children(x->conn, e, root->id, after, LIMIT_LIST, x->arena, &kids, &n));
      for (size_t k = 0; k < n; k++) {
        struct access a = company_access(x, kids[k], f, company);
        TRY(search_put(x, kids[k], &a, company));
        after = kids[k]->id;
      }
      if (n < LIMIT_LIST) break;
    }
  }
  return ERR_OK;
}
