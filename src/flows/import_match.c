// SPDX-License-Identifier: Apache-2.0
// Which records the rows mean, and what is to be done with each. Lookups go by the chunk: a statement asks for LOOKUP_KEYS keys at once.
#include "base/utf8.h"
#include "flows/derive.h"
#include "flows/import_internal.h"

enum { LOOKUP_KEYS = 40 };

// ---- text to pointer

struct smap_slot {
  uint64_t h;
  str key;
  void *value;
};

static uint64_t key_hash(str key) {
  uint64_t h = UINT64_C(14695981039346656037);  // FNV-1a
  for (size_t i = 0; i < key.n; i++) h = (h ^ (unsigned char)key.p[i]) * UINT64_C(1099511628211);
  return h ^ (h >> 32);
}

static struct smap_slot *smap_slot(const struct smap *m, str key, uint64_t h) {
  size_t i = (size_t)h & (m->cap - 1);
  while (m->slots[i].value && (m->slots[i].h != h || !str_eq(m->slots[i].key, key))) i = (i + 1) & (m->cap - 1);
  return &m->slots[i];
}

void *smap_get(const struct smap *m, str key) { return m->cap ? smap_slot(m, key, key_hash(key))->value : NULL; }

static void smap_grow(struct smap *m) {
  struct smap bigger = {.a = m->a, .cap = m->cap ? m->cap * 2 : 256, .n = m->n};
  bigger.slots = NEW_ARRAY(m->a, bigger.cap, struct smap_slot);
  for (size_t i = 0; i < m->cap; i++)
    if (m->slots[i].value) *smap_slot(&bigger, m->slots[i].key, m->slots[i].h) = m->slots[i];
  *m = bigger;
}

void smap_put(struct smap *m, str key, void *value) {
  if (2 * (m->n + 1) > m->cap) smap_grow(m);
  uint64_t h = key_hash(key);
  struct smap_slot *s = smap_slot(m, key, h);
  if (!s->value) {
    s->key = arena_str(m->a, key);
    s->h = h;
    m->n++;
  }
  s->value = value;
}

static str id_key(const id64 *id) { return (str){(const char *)id, sizeof *id}; }

// ---- what is known

struct known {
  id64 id;
  str external_id;
  const struct rec *rec;  // NULL: an earlier row of the file makes it
  struct known *next;
};
struct touch {  // a record that an earlier row of this import means
  int64_t row;
  str value;  // order lines: what that row said
};

// external_id lives as long as the map.
static void know(struct smap *m, str key, id64 id, str external_id, const struct rec *rec) {
  if (!key.n) return;
  struct known *k = NEW(m->a, struct known);
  *k = (struct known){.id = id, .external_id = external_id, .rec = rec, .next = smap_get(m, key)};
  smap_put(m, key, k);
}

// A copy for the map, unless its memory is the record's anyway.
static str kept(const struct smap *m, const struct rec *r, str text) {
  return m->a == r->arena || !text.n ? text : arena_str(m->a, text);
}

static struct touch *touched(const struct import_planner *p, id64 id) { return smap_get(&p->touched, id_key(&id)); }

static void touch(struct import_planner *p, id64 id, int64_t row, str value) {
  struct touch *t = NEW(p->touched.a, struct touch);
  *t = (struct touch){row, value.p ? arena_str(p->touched.a, value) : STR_NULL};
  smap_put(&p->touched, id_key(&id), t);
}

// The record a key means, the oldest first. Two different ids of the other system are two records, however alike they are.
static struct known *best(const struct import_planner *p, str key, str external_id) {
  const struct smap *maps[] = {&p->found, &p->fresh};
  struct known *winner = NULL;
  for (size_t m = 0; m < ARRAY_LEN(maps) && key.n && !winner; m++)
    for (struct known *k = smap_get(maps[m], key); k; k = k->next) {
      bool other = k->external_id.n && external_id.n && !str_eq(k->external_id, external_id);
      if (!other && (!winner || k->id < winner->id)) winner = k;
    }
  return winner;
}

// ---- lookups

struct keys {  // what to ask for: each once
  struct arena *a;
  struct smap once;
  str *text;
  id64 *id;
  size_t n, cap;
};

static void keys_grow(struct keys *k) {
  if (k->n < k->cap) return;
  size_t cap = k->cap ? 2 * k->cap : 64;
  str *text = NEW_ARRAY(k->a, cap, str);
  id64 *id = NEW_ARRAY(k->a, cap, id64);
  if (k->n) {
    memcpy(text, k->text, k->n * sizeof *text);
    memcpy(id, k->id, k->n * sizeof *id);
  }
  k->text = text;
  k->id = id;
  k->cap = cap;
}

static void ask(struct keys *k, str text) {
  if (!text.n || smap_get(&k->once, text)) return;
  smap_put(&k->once, text, k);
  keys_grow(k);
  k->text[k->n++] = text;
}

static void ask_id(struct keys *k, id64 id) {
  if (smap_get(&k->once, id_key(&id))) return;
  smap_put(&k->once, id_key(&id), k);
  keys_grow(k);
  k->id[k->n++] = id;
}

static struct keys keys_new(struct arena *a) { return (struct keys){.a = a, .once.a = a}; }

// Point lookups in one statement: SELECT ... WHERE company = $1 AND column = $2 UNION ALL SELECT ... $3. With a list (IN) the planner is
// free to walk all rows of the company instead, and does so as long as it has no statistics, as in a first import. Children are found by
// their root alone for the same reason.
static sql lookup_sql(const struct entity *e, const char *column, bool by_root) {
  struct sqlb q;
  sqlb_init(&q);
  q.nparams = by_root ? 0 : 1;
  for (int i = 0; i < LOOKUP_KEYS; i++) {
    if (i) sqlb_add(&q, " UNION ALL ");
    sqlb_add(&q, "SELECT ");
    rec_columns(&q, e, NULL);
    sqlb_add(&q, " FROM ");
    sqlb_name(&q, e->name);
    sqlb_add(&q, " WHERE ");
    if (!by_root) sqlb_add(&q, "company = $1 AND ");
    sqlb_name(&q, column);
    sqlb_add(&q, " = ");
    sqlb_param(&q);
  }
  return sqlb_done(&q);
}

typedef void (*learn_fn)(struct import_planner *p, const struct rec *r);

static enum err lookup_batch(struct import_planner *p, const struct entity *e, sql q, const struct keys *k, size_t from,
                             bool by_root, learn_fn learn) {
  AUTO(db_release) struct db_stmt *s = NULL;
  int param = 1;
  TRY(db_prepare(p->x->conn, q, &s));
  if (!by_root) db_bind_int(s, param++, p->x->viewer.company);
  for (size_t i = 0; i < LOOKUP_KEYS; i++) {
    size_t at = from + i < k->n ? from + i : k->n - 1;  // the last one again and again: one text of the statement serves all
    if (by_root)
      db_bind_int(s, param++, k->id[at]);
    else
      db_bind_text(s, param++, k->text[at]);
  }
  for (bool row = true;;) {
    TRY(db_step(s, &row));
    if (!row) return ERR_OK;
    id64 id = db_int(s, 0);
    if (smap_get(&p->stored, id_key(&id)) || db_int(s, 1) != p->x->viewer.company) continue;
    struct rec *r = rec_read(s, 0, e, p->x->arena);
    smap_put(&p->stored, id_key(&id), r);
    learn(p, r);
  }
}

static enum err lookup(struct import_planner *p, const struct entity *e, const char *column, const struct keys *k,
                       learn_fn learn) {
  bool by_root = strcmp(column, "root") == 0;
  for (size_t i = 0; i < k->n; i += LOOKUP_KEYS) TRY(lookup_batch(p, e, lookup_sql(e, column, by_root), k, i, by_root, learn));
  return ERR_OK;
}

static enum err lookup_field(struct import_planner *p, const struct entity *e, int field, const struct keys *k, learn_fn learn) {
  return lookup(p, e, e->fields[field].name, k, learn);
}

static sql touched_sql(void) {
  struct sqlb q;
  sqlb_init(&q);
  q.nparams = 1;
  for (int i = 0; i < LOOKUP_KEYS; i++) {
    if (i) sqlb_add(&q, " UNION ALL ");
    sqlb_add(&q, "SELECT record, row FROM import_row WHERE import = $1 AND record = ");
    sqlb_param(&q);
  }
  return sqlb_done(&q);
}

// Of the records found: which did an earlier chunk of this import mean? The first such row counts.
static enum err load_touched(struct import_planner *p, const struct keys *ids) {
  for (size_t from = 0; from < ids->n && p->file->next_chunk > 0 && !p->keep; from += LOOKUP_KEYS) {
    AUTO(db_release) struct db_stmt *s = NULL;
    TRY(db_prepare(p->x->conn, touched_sql(), &s));
    db_bind_int(s, 1, p->file->import);
    for (size_t i = 0; i < LOOKUP_KEYS; i++) db_bind_int(s, (int)i + 2, ids->id[from + i < ids->n ? from + i : ids->n - 1]);
    for (bool row = true;;) {
      TRY(db_step(s, &row));
      if (!row) break;
      struct touch *t = touched(p, db_int(s, 0));
      if (!t || t->row > db_int(s, 1)) touch(p, db_int(s, 0), db_int(s, 1), STR_NULL);
    }
  }
  return ERR_OK;
}

// ---- deciding

static void merge(struct import_item *item, const struct rec *before, const struct rec *given, uint64_t mask) {
  struct rec *after = rec_copy(before);
  for (int f = 0; f < before->e->nfields; f++)
    if (mask & FIELD_BIT(f)) after->v[f] = given->v[f];
  int field;
  if (after->e == &entity_account) derive_account(after, false, 0);
  if (after->e == &entity_order_line && derive_order_line(after, &field)) *after = *before;  // refused before, with its reason
  item->before = before;
  item->after = after;
  item->act = rec_diff(before, after) ? ACT_UPDATE : ACT_UNCHANGED;
}

static void create(struct import_item *item, struct rec *given) {
  item->before = NULL;
  item->after = given;
  item->act = ACT_CREATE;
}

static void row_duplicate(struct import_planner *p, struct import_row *r, int64_t of) {
  r->outcome = OUT_SKIPPED;
  r->code = P_IMPORT_DUPLICATE;
  r->args[0] = arena_fmt(p->x->arena, "%lld", (long long)of);
}

// Of a row whose main record and contact are decided. dup_of: the earlier row that means the same main record.
static void settle_outcome(struct import_planner *p, struct import_row *r, int64_t dup_of) {
  if (r->main.act == ACT_CREATE)
    r->outcome = OUT_CREATED;
  else if (r->main.act == ACT_UPDATE || r->contact.act == ACT_CREATE || r->contact.act == ACT_UPDATE)
    r->outcome = OUT_UPDATED;
  else if (dup_of && r->contact.act == ACT_NONE)
    row_duplicate(p, r, dup_of);
  else
    r->outcome = OUT_UNCHANGED;
}

// ---- accounts

static str tagged(struct arena *a, char tag, str text) { return text.n ? arena_fmt(a, "%c%.*s", tag, STR_ARG(text)) : STR_NULL; }

static str name_city_key(struct arena *a, const struct rec *r) {
  AUTO(buf_release) struct buf b = BUF(64 * 1024);
  str key = rec_text(r, account_f_match_key);
  if (!key.n) return STR_NULL;
  buf_putc(&b, 'n');
  buf_put(&b, key);
  buf_putc(&b, '\n');
  utf8_fold(&b, rec_text(r, account_f_city));
  return arena_str(a, buf_str(&b));
}

enum { ACCOUNT_KEYS = 4 };
static void account_keys(struct arena *a, const struct rec *r, str ret[ACCOUNT_KEYS]) {
  ret[0] = tagged(a, 'e', rec_text(r, account_f_external_id));
  ret[1] = tagged(a, 'd', rec_text(r, account_f_domain));
  ret[2] = tagged(a, 't', rec_text(r, account_f_tax_number));
  ret[3] = name_city_key(a, r);
}

static void know_account(struct import_planner *p, struct smap *m, const struct rec *r, const struct rec *rec) {
  str keys[ACCOUNT_KEYS], ext = kept(m, r, rec_text(r, account_f_external_id));
  account_keys(p->x->arena, r, keys);
  for (int i = 0; i < ACCOUNT_KEYS; i++) know(m, keys[i], r->id, ext, rec);
}

static void learn_account(struct import_planner *p, const struct rec *r) { know_account(p, &p->found, r, r); }

static struct known *account_of(struct import_planner *p, const struct rec *r) {
  str keys[ACCOUNT_KEYS], ext = rec_text(r, account_f_external_id);
  struct known *k = NULL;
  account_keys(p->x->arena, r, keys);
  for (int i = 0; i < ACCOUNT_KEYS && !k; i++) k = best(p, keys[i], ext);
  return k;
}

// First by their ids; the other ways only for rows that no id has found.
static enum err lookup_accounts(struct import_planner *p, struct import_row *rows, size_t n) {
  static const int others[] = {account_f_domain, account_f_tax_number, account_f_match_key};
  struct keys ids = keys_new(p->x->arena);
  for (size_t i = 0; i < n; i++)
    if (rows[i].ready) ask(&ids, rec_text(rows[i].main.given, account_f_external_id));
  TRY(lookup_field(p, &entity_account, account_f_external_id, &ids, learn_account));
  for (size_t f = 0; f < ARRAY_LEN(others); f++) {
    struct keys more = keys_new(p->x->arena);
    for (size_t i = 0; i < n; i++)
      if (rows[i].ready && !smap_get(&p->found, tagged(p->x->arena, 'e', rec_text(rows[i].main.given, account_f_external_id))))
        ask(&more, rec_text(rows[i].main.given, others[f]));
    TRY(lookup_field(p, &entity_account, others[f], &more, learn_account));
  }
  return ERR_OK;
}

// Keys of a contact within its account: id in the other system, else e-mail, else name.
static str contact_key(struct arena *a, const struct rec *r, id64 account, int way) {
  static const int fields[] = {contact_f_external_id, contact_f_email, contact_f_name};
  str text = rec_text(r, fields[way]);
  if (!text.n) return STR_NULL;
  AUTO(buf_release) struct buf b = BUF(64 * 1024);
  buf_fmt(&b, "c%d %lld ", way, (long long)account);
  if (way == 0)
    buf_put(&b, text);
  else
    utf8_fold(&b, text);
  return arena_str(a, buf_str(&b));
}

static void know_contact(struct import_planner *p, struct smap *m, const struct rec *r, id64 account, const struct rec *rec) {
  str ext = kept(m, r, rec_text(r, contact_f_external_id));
  for (int way = 0; way < 3; way++) know(m, contact_key(p->x->arena, r, account, way), r->id, ext, rec);
}

static void learn_contact(struct import_planner *p, const struct rec *r) { know_contact(p, &p->found, r, r->root, r); }

static void plan_contact(struct import_planner *p, struct import_row *r, id64 account) {
  struct import_item *item = &r->contact;
  struct known *k = NULL;
  for (int way = 0; way < 3 && !k; way++)
    k = best(p, contact_key(p->x->arena, item->given, account, way), rec_text(item->given, contact_f_external_id));
  item->given->root = account;
  if (k && touched(p, k->id)) return;  // an earlier row of the file means this person
  if (k && k->rec)
    merge(item, k->rec, item->given, item->mask);
  else
    create(item, item->given);
  if (!k) know_contact(p, &p->fresh, item->given, account, NULL);
  touch(p, item->after->id, r->row, STR_NULL);
}

struct meant {  // the account each row means
  id64 account;
  int64_t dup_of;
};

static void plan_account(struct import_planner *p, struct import_row *r, struct meant *ret) {
  struct known *k = account_of(p, r->main.given);
  struct touch *t = k ? touched(p, k->id) : NULL;
  if (t) {
    *ret = (struct meant){k->id, t->row};
    return;
  }
  if (k)
    merge(&r->main, k->rec, r->main.given, r->main.mask);
  else {
    create(&r->main, r->main.given);
    know_account(p, &p->fresh, r->main.given, NULL);
  }
  *ret = (struct meant){r->main.after->id, 0};
  touch(p, ret->account, r->row, STR_NULL);
}

static enum err touched_of(struct import_planner *p, const struct entity *e, struct keys *ids) {
  for (size_t i = 0; i < p->stored.cap; i++) {
    const struct rec *r = p->stored.slots[i].value;
    if (r && r->e == e) ask_id(ids, r->id);
  }
  return load_touched(p, ids);
}

static enum err plan_accounts(struct import_planner *p, struct import_row *rows, size_t n) {
  struct keys found = keys_new(p->x->arena), roots = keys_new(p->x->arena), people = keys_new(p->x->arena);
  struct meant *meant = NEW_ARRAY(p->x->arena, n + 1, struct meant);
  TRY(lookup_accounts(p, rows, n));
  TRY(touched_of(p, &entity_account, &found));
  for (size_t i = 0; i < n; i++) {
    if (!rows[i].ready) continue;
    plan_account(p, &rows[i], &meant[i]);
    if (rows[i].contact.given && smap_get(&p->stored, id_key(&meant[i].account))) ask_id(&roots, meant[i].account);
  }
  TRY(lookup(p, &entity_contact, "root", &roots, learn_contact));
  TRY(touched_of(p, &entity_contact, &people));
  for (size_t i = 0; i < n; i++) {
    if (!rows[i].ready) continue;
    if (rows[i].contact.given) plan_contact(p, &rows[i], meant[i].account);
    settle_outcome(p, &rows[i], meant[i].dup_of);
  }
  return ERR_OK;
}

// ---- products

static void know_product(struct import_planner *p, struct smap *m, const struct rec *r, const struct rec *rec) {
  struct arena *a = p->x->arena;
  str ext = kept(m, r, rec_text(r, product_f_external_id));
  know(m, tagged(a, 'e', ext), r->id, ext, rec);
  know(m, tagged(a, 's', rec_text(r, product_f_sku)), r->id, ext, rec);
  know(m, tagged(a, 'p', rec_text(r, product_f_name)), r->id, ext, rec);
}

static void learn_product(struct import_planner *p, const struct rec *r) { know_product(p, &p->found, r, r); }

static struct known *product_of(struct import_planner *p, str ext, str sku, str name) {
  struct known *k = best(p, tagged(p->x->arena, 'e', ext), ext);
  if (!k) k = best(p, tagged(p->x->arena, 's', sku), ext);
  return k ? k : best(p, tagged(p->x->arena, 'p', name), ext);
}

static enum err plan_products(struct import_planner *p, struct import_row *rows, size_t n) {
  static const int ways[] = {product_f_external_id, product_f_sku, product_f_name};
  struct keys found = keys_new(p->x->arena);
  for (size_t f = 0; f < ARRAY_LEN(ways); f++) {
    struct keys keys = keys_new(p->x->arena);
    for (size_t i = 0; i < n; i++)
      if (rows[i].ready) ask(&keys, rec_text(rows[i].main.given, ways[f]));
    TRY(lookup_field(p, &entity_product, ways[f], &keys, learn_product));
  }
  TRY(touched_of(p, &entity_product, &found));
  for (size_t i = 0; i < n; i++) {
    struct import_row *r = &rows[i];
    if (!r->ready) continue;
    struct rec *g = r->main.given;
    struct known *k = product_of(p, rec_text(g, product_f_external_id), rec_text(g, product_f_sku), rec_text(g, product_f_name));
    struct touch *t = k ? touched(p, k->id) : NULL;
    if (!t && k) merge(&r->main, k->rec, g, r->main.mask);
    if (!k) {
      create(&r->main, g);
      know_product(p, &p->fresh, g, NULL);
    }
    if (!t) touch(p, r->main.after->id, r->row, STR_NULL);
    settle_outcome(p, r, t ? t->row : 0);
  }
  return ERR_OK;
}

// ---- orders

static str line_map_key(struct arena *a, id64 account, str order_no, str line_key) {
  return arena_fmt(a, "l%lld\n%.*s\n%.*s", (long long)account, STR_ARG(order_no), STR_ARG(line_key));
}

static void learn_line(struct import_planner *p, const struct rec *r) {
  know(&p->found, line_map_key(p->found.a, r->root, rec_text(r, order_line_f_order_no), rec_text(r, order_line_f_line_key)),
       r->id, STR_NULL, r);
}

static void learn_account_named(struct import_planner *p, const struct rec *r) {
  str ext = rec_text(r, account_f_external_id);
  know(&p->found, tagged(p->found.a, 'E', ext), r->id, ext, r);
  know(&p->found, tagged(p->found.a, 'N', rec_text(r, account_f_match_key)), r->id, STR_NULL, r);
}

static str match_key(struct arena *a, str name) {
  AUTO(buf_release) struct buf b = BUF(64 * 1024);
  utf8_company_key(&b, name);
  return arena_str(a, buf_str(&b));
}

static enum err lookup_orders(struct import_planner *p, struct import_row *rows, size_t n) {
  struct arena *a = p->x->arena;
  struct keys ids = keys_new(a), names = keys_new(a), pids = keys_new(a), skus = keys_new(a), pnames = keys_new(a),
              nos = keys_new(a), found = keys_new(a);
  for (size_t i = 0; i < n; i++) {
    struct import_row *r = &rows[i];
    if (!r->ready) continue;
    if (r->account_id.n)
      ask(&ids, r->account_id);
    else
      ask(&names, match_key(a, r->account_name));
    ask(&pids, r->product_id);
    ask(&skus, r->product_sku);
    if (!r->product_id.n && !r->product_sku.n) ask(&pnames, rec_text(r->main.given, order_line_f_product_name));
    ask(&nos, rec_text(r->main.given, order_line_f_order_no));
  }
  TRY(lookup_field(p, &entity_account, account_f_external_id, &ids, learn_account_named));
  TRY(lookup_field(p, &entity_account, account_f_match_key, &names, learn_account_named));
  TRY(lookup_field(p, &entity_product, product_f_external_id, &pids, learn_product));
  TRY(lookup_field(p, &entity_product, product_f_sku, &skus, learn_product));
  TRY(lookup_field(p, &entity_product, product_f_name, &pnames, learn_product));
  TRY(lookup_field(p, &entity_order_line, order_line_f_order_no, &nos, learn_line));
  return touched_of(p, &entity_order_line, &found);
}

static str column_filling(const struct import_planner *p, enum import_part part) {
  for (size_t c = 0; c < p->file->ncolumns; c++)
    if (p->file->field[c] >= 0 && p->file->kind->fields[p->file->field[c]].part == part) return p->file->header[c];
  return STR_NULL;
}

// 0: the row failed, with its reason.
static id64 order_account(struct import_planner *p, struct import_row *r) {
  str key =
    r->account_id.n ? tagged(p->x->arena, 'E', r->account_id) : tagged(p->x->arena, 'N', match_key(p->x->arena, r->account_name));
  struct known *k = best(p, key, STR_NULL);
  struct known *all = k ? smap_get(&p->found, key) : NULL;
  if (!k)
    import_row_fail(r, P_NO_SUCH_RECORD, column_filling(p, PART_ACCOUNT), NULL);
  else if (!r->account_id.n && all && all->next)
    import_row_fail(r, P_IMPORT_SEVERAL, column_filling(p, PART_ACCOUNT), (str[]){r->account_name, STR_NULL});
  return r->outcome == OUT_FAILED ? 0 : k->id;
}

// The product's record and name. A name alone may be of something no longer sold: it stays a name.
static void order_product(struct import_planner *p, struct import_row *r, struct rec *g, uint64_t *mask) {
  str name = rec_text(g, order_line_f_product_name);
  bool by_id = r->product_id.n || r->product_sku.n;
  struct known *k = product_of(p, r->product_id, r->product_sku, by_id ? STR_NULL : name);
  if (!k && by_id) {
    import_row_fail(r, P_NO_SUCH_RECORD, column_filling(p, PART_PRODUCT), NULL);
    return;
  }
  if (!k) return;
  rec_set_ref(g, order_line_f_product, k->id);
  *mask |= FIELD_BIT(order_line_f_product);
  if (name.n) return;
  rec_set_text(g, order_line_f_product_name, rec_text(k->rec, product_f_name));
  *mask |= FIELD_BIT(order_line_f_product_name);
}

// What makes two lines of one product in one order the same: without a line number nothing else tells them apart.
static str line_value(struct arena *a, const struct rec *r) {
  money m = rec_money(r, order_line_f_unit_price);
  ratio d = rec_rate(r, order_line_f_discount);
  return arena_fmt(a, "%lld %lld %lld %s %lld/%lld", (long long)rec_int(r, order_line_f_ordered_on),
                   (long long)rec_int(r, order_line_f_quantity), (long long)m.minor, m.cur.code, (long long)d.num,
                   (long long)d.den);
}

static str standard_line_key(const struct import_row *r, const struct rec *g) {
  return r->product_id.n ? r->product_id : r->product_sku.n ? r->product_sku : rec_text(g, order_line_f_product_name);
}

// The line of the order the row means: by its line key; without one by the product, counted up where a product is there again.
static void plan_line(struct import_planner *p, struct import_row *r, struct rec *g, uint64_t mask, id64 account) {
  struct arena *a = p->x->arena;
  str base = rec_text(g, order_line_f_line_key), key = base, value = line_value(a, g);
  bool named = base.n > 0;
  if (!named) base = key = standard_line_key(r, g);
  for (int again = 2;; again++) {
    str at = line_map_key(a, account, rec_text(g, order_line_f_order_no), key);
    struct known *k = best(p, at, STR_NULL);
    struct touch *t = k ? touched(p, k->id) : NULL;
    if (t && (named || str_eq(t->value.p ? t->value : line_value(a, k->rec), value))) {
      row_duplicate(p, r, t->row);
      return;
    }
    if (!t) {
      rec_set_text(g, order_line_f_line_key, key);
      g->root = account;
      if (k)
        merge(&r->main, k->rec, g, mask);
      else {
        create(&r->main, g);
        know(&p->fresh, at, g->id, STR_NULL, NULL);
      }
      touch(p, r->main.after->id, r->row, value);
      settle_outcome(p, r, 0);
      return;
    }
    key = arena_fmt(a, "%.*s#%d", STR_ARG(base), again);
  }
}

static void plan_order(struct import_planner *p, struct import_row *r) {
  struct rec *g = rec_copy(r->main.given);  // a transaction that runs again starts from the row as it was
  uint64_t mask = r->main.mask;
  int field = 0;
  id64 account = order_account(p, r);
  if (!account) return;
  order_product(p, r, g, &mask);
  enum problem_code bad = r->outcome == OUT_FAILED ? P_NONE : derive_order_line(g, &field);
  if (bad) import_row_fail(r, bad, str_of(g->e->fields[field].name), NULL);
  if (r->outcome != OUT_FAILED) plan_line(p, r, g, mask, account);
}

static enum err plan_orders(struct import_planner *p, struct import_row *rows, size_t n) {
  TRY(lookup_orders(p, rows, n));
  for (size_t i = 0; i < n; i++)
    if (rows[i].ready) plan_order(p, &rows[i]);
  return ERR_OK;
}

// ---- all

void import_planner_init(struct import_planner *p, struct ctx *x, const struct import_file *f, struct arena *a, bool keep) {
  *p = (struct import_planner){.x = x, .file = f, .arena = a, .keep = keep, .fresh.a = a, .touched.a = a};
}

enum err import_plan(struct import_planner *p, struct import_row *rows, size_t n) {
  p->stored = p->found = (struct smap){.a = p->x->arena};
  if (!p->keep) p->fresh = p->touched = (struct smap){.a = p->x->arena};
  for (size_t i = 0; i < n; i++) {
    if (!rows[i].ready) continue;
    rows[i].outcome = OUT_CREATED;
    rows[i].code = P_NONE;
    rows[i].main.act = rows[i].contact.act = ACT_NONE;
  }
  if (p->file->kind->e == &entity_account) return plan_accounts(p, rows, n);
  return p->file->kind->e == &entity_product ? plan_products(p, rows, n) : plan_orders(p, rows, n);
}
