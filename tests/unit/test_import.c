// SPDX-License-Identifier: Apache-2.0
// Import and what it reads from: CSV rows, headers of other programs, duplicates over chunks, failures of the store in the middle.
#include "base/csv.h"
#include "base/utf8.h"
#include "flows/import.h"
#include "trust_fixture.h"

enum { REP = 2 };  // role of as()

// ---- CSV

struct rows {
  struct arena a;
  str cell[64][8];
  size_t n[64], beyond[64], from[64], to[64];
  int64_t line[64];
  size_t count;
};

static enum err keep_row(const struct csv_row *row, void *arg) {
  struct rows *r = arg;
  assert_true(r->count < 64);
  for (size_t i = 0; i < row->n && i < 8; i++) r->cell[r->count][i] = arena_str(&r->a, row->cells[i]);
  r->n[r->count] = row->n;
  r->beyond[r->count] = row->beyond;
  r->from[r->count] = row->from;
  r->to[r->count] = row->to;
  r->line[r->count++] = row->line;
  return ERR_OK;
}

static enum problem_code read_rows(const char *text, size_t max, struct rows *ret) {
  struct problem pb = {.arena = &ret->a};
  ret->count = 0;
  enum err e = csv_read(str_of(text), csv_delimiter(str_of(text)), max, &pb, keep_row, ret);
  assert_int_equal(e, problem_err(pb.code));
  return pb.code;
}

static void test_csv_reads(void **state) {
  (void)state;
  struct rows r = {0};
  assert_int_equal(read_rows("a,b\r\n1,\"x, \"\"y\"\"\nz\"\r\n\r\n3 , 4", 8, &r), P_NONE);
  assert_int_equal(r.count, 3);
  assert_str(r.cell[0][1], "b");
  assert_str(r.cell[1][1], "x, \"y\"\nz");
  assert_int_equal(r.line[1], 2);
  assert_str(r.cell[2][0], "3");
  assert_str(r.cell[2][1], "4");
  assert_int_equal(r.line[2], 5);
  assert_int_equal(read_rows("a;b;\"c,d,e,f\"\r1;2;3", 8, &r), P_NONE);
  assert_int_equal(r.count, 2);
  assert_int_equal(r.n[0], 3);
  assert_str(r.cell[1][2], "3");
  assert_int_equal(read_rows("a\tb\n\t\n", 8, &r), P_NONE);
  assert_int_equal(r.n[1], 2);
  assert_int_equal(read_rows("", 8, &r), P_NONE);
  assert_int_equal(r.count, 0);
  arena_release(&r.a);
}

static void test_csv_slices(void **state) {
  (void)state;
  struct rows r = {0}, part = {0};
  const char *text = "a,b\n\"1\n2\",x\n\n3,y\n4,z";
  assert_int_equal(read_rows(text, 8, &r), P_NONE);
  assert_int_equal(r.count, 4);
  for (size_t i = 0; i < r.count; i++) {  // the bytes of a row, read alone, are that row
    char alone[64] = {0};
    memcpy(alone, text + r.from[i], r.to[i] - r.from[i]);
    assert_int_equal(read_rows(alone, 8, &part), P_NONE);
    assert_int_equal(part.count, 1);
    assert_int_equal(part.n[0], r.n[i]);
    for (size_t k = 0; k < part.n[0]; k++) check_str(part.cell[0][k], r.cell[i][k], __FILE__, __LINE__);
  }
  assert_int_equal(r.to[3], strlen(text));
  arena_release(&r.a);
  arena_release(&part.a);
}

// Chunks are cut at rows and read alone later: whatever a text is, its rows read alone are its rows.
static void test_csv_slices_random(void **state) {
  (void)state;
  static const char alphabet[] = "ab,,\"\"\n\n\r; \t\xC3\xA9";
  struct gen g = {20260711};
  int good = 0;
  for (int round = 0; round < 20000; round++) {
    char text[40] = {0};
    size_t n = gen_below(&g, sizeof text - 1);
    for (size_t i = 0; i < n; i++) text[i] = alphabet[gen_below(&g, sizeof alphabet - 1)];
    struct rows r = {0}, part = {0};
    if (read_rows(text, 8, &r) == P_NONE && r.count) {
      good++;
      char delimiter = csv_delimiter(str_of(text));
      for (size_t i = 0; i < r.count; i++) {
        struct problem pb = {.arena = &part.a};
        part.count = 0;
        enum err e = csv_read(str_sub(str_of(text), r.from[i], r.to[i] - r.from[i]), delimiter, 8, &pb, keep_row, &part);
        if (e || part.count != 1 || part.n[0] != r.n[i]) fail_msg("round %d, row %zu of \"%s\"", round, i, text);
        for (size_t k = 0; k < part.n[0] && k < 8; k++) check_str(part.cell[0][k], r.cell[i][k], __FILE__, __LINE__);
        if (i) assert_int_equal(r.from[i], r.to[i - 1]);
      }
    }
    arena_release(&r.a);
    arena_release(&part.a);
  }
  assert_true(good > 2000);
}

static void test_csv_refuses(void **state) {
  (void)state;
  static const char *const bad[] = {"a,b\n\"1,2\n3,4\n", "a,b\n1,\"x\"y\n", "a,b\n1,x\"y\n", "\"", "a,\"b\"\"\n"};
  struct rows r = {0};
  for (size_t i = 0; i < ARRAY_LEN(bad); i++) assert_int_equal(read_rows(bad[i], 8, &r), P_IMPORT_QUOTES);
  AUTO(buf_release) struct buf big = BUF(1024 * 1024);
  buf_put(&big, S("a\n\""));
  for (int i = 0; i < 70000; i++) buf_putc(&big, 'x');
  buf_put(&big, S("\"\n"));
  assert_int_equal(read_rows(buf_z(&big), 8, &r), P_IMPORT_QUOTES);
  arena_release(&r.a);
}

static void test_csv_wide(void **state) {
  (void)state;
  AUTO(buf_release) struct buf b = BUF(1024 * 1024);
  struct rows r = {0};
  for (int i = 0; i < 200000; i++) buf_put(&b, S("c,"));
  assert_int_equal(read_rows(buf_z(&b), 8, &r), P_NONE);
  assert_int_equal(r.n[0], 8);
  assert_int_equal(r.beyond[0], 200001 - 8);
  arena_release(&r.a);
}

static void test_csv_cell(void **state) {
  (void)state;
  static const struct {
    const char *cell, *written;
  } cases[] = {{"a", "\"a\","},         {"a \"b\"", "\"a \"\"b\"\"\","},
               {"=1+1", "\"'=1+1\","},  {"+cmd", "\"'+cmd\","},
               {"-5.00", "\"-5.00\","}, {"+49 30", "\"+49 30\","},
               {"@x", "\"'@x\","},      {"", "\"\","},
               {"\tx", "\"'\tx\","},    {"-", "\"-\","},
               {"-=1", "\"'-=1\","}};
  for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
    AUTO(buf_release) struct buf b = BUF(100);
    csv_cell(&b, str_of(cases[i].cell), false);
    assert_buf(&b, cases[i].written);
  }
}

// ---- files

static enum problem_code read_file(const char *kind, str text, struct arena *a, str ret_args[2]) {
  struct problem pb = {.arena = a};
  struct import_upload *u = NULL;
  enum err e = import_read(str_of(kind), S("a.csv"), text, a, &pb, &u);
  assert_true((e == ERR_OK) == (u != NULL));
  ret_args[0] = pb.args[0];
  return pb.code;
}

static void test_files_refused(void **state) {
  (void)state;
  AUTO(arena_release) struct arena a = {0};
  AUTO(buf_release) struct buf wide = BUF(1024 * 1024);
  AUTO(buf_release) struct buf rows = BUF(4 * 1024 * 1024);
  struct buf *w = &wide;
  str args[2];
  assert_int_equal(read_file("accounts", S("name\nCaf\xE9\n"), &a, args), P_IMPORT_ENCODING);
  assert_str(args[0], "2");
  assert_int_equal(read_file("accounts", S("\xFF\xFEn\0a\0\n\0"), &a, args), P_IMPORT_ENCODING);
  assert_str(args[0], "1");
  assert_int_equal(read_file("accounts", S("n\0a\0\n\0"), &a, args), P_IMPORT_ENCODING);
  assert_int_equal(read_file("accounts", S(""), &a, args), P_IMPORT_EMPTY);
  assert_int_equal(read_file("accounts", S("\xEF\xBB\xBF"), &a, args), P_IMPORT_EMPTY);
  assert_int_equal(read_file("accounts", S("name\n\n\n"), &a, args), P_IMPORT_EMPTY);
  assert_int_equal(read_file("people", S("name\nA\n"), &a, args), P_INVALID_FIELDS);
  for (int i = 0; i < 200000; i++) buf_fmt(w, "c%d,", i % 10);
  assert_int_equal(read_file("accounts", buf_str(w), &a, args), P_IMPORT_COLUMNS);
  assert_str(args[0], "512");
  buf_clear(w);
  for (int i = 0; i < LIMIT_CSV_COLUMNS; i++) buf_put(w, i ? S(",c") : S("c"));
  buf_put(w, S("\nx\n"));
  assert_int_equal(read_file("accounts", buf_str(w), &a, args), P_NONE);
  buf_put(&rows, S("name\n"));
  for (int i = 0; i < LIMIT_IMPORT_ROWS + 1; i++) buf_put(&rows, S("x\n"));
  assert_int_equal(read_file("accounts", buf_str(&rows), &a, args), P_IMPORT_ROWS);
  assert_int_equal(read_file("accounts", S("\xEF\xBB\xBFname\nA\n"), &a, args), P_NONE);
}

// ---- imports in a hub

struct upload {
  struct hub *h;
  const char *kind;
  str text;
  const char *mapping;
  id64 id;
};

static enum err upload_fn(struct ctx *x, void *arg) {
  struct upload *u = arg;
  struct import_upload *file = NULL;
  TRY(import_read(str_of(u->kind), S("a.csv"), u->text, x->arena, x->pb, &file));
  return import_create(x, file, &u->id);
}

static id64 put_file(struct hub *h, const char *kind, str text) {
  struct upload u = {.h = h, .kind = kind, .text = text};
  assert_int_equal(hub_run(h, as(h, 0, REP), upload_fn, &u), ERR_OK);
  return u.id;
}

static struct rec *job_of(struct ctx *x, id64 id) {
  struct rec *job = NULL;
  assert_int_equal(trust_load(x, &entity_import_job, id, OP_READ, &job, NULL), ERR_OK);
  return job;
}

static enum err start_fn(struct ctx *x, void *arg) { return import_start(x, job_of(x, *(id64 *)arg), 0); }
static enum err undo_fn(struct ctx *x, void *arg) { return import_undo_start(x, job_of(x, *(id64 *)arg), 0); }

static struct import_counts check(struct hub *h, id64 id) {
  struct ctx x = hub_read(h, as(h, 0, REP));
  struct import_verdict v;
  assert_int_equal(import_check(&x, job_of(&x, id), &v), ERR_OK);
  hub_read_end(h);
  return v.counts;
}

static struct import_counts counts(struct hub *h, id64 id) {
  struct ctx x = hub_read(h, as(h, 0, REP));
  struct import_counts c;
  int64_t total;
  assert_int_equal(import_counts_now(&x, job_of(&x, id), &c, &total), ERR_OK);
  hub_read_end(h);
  assert_int_equal(c.read, c.created + c.updated + c.unchanged + c.skipped + c.failed);
  return c;
}

static int state_of(struct hub *h, id64 id) {
  struct ctx x = hub_read(h, as(h, 0, REP));
  int s = rec_word(job_of(&x, id), import_job_f_state);
  hub_read_end(h);
  return s;
}

static void work(struct hub *h, id64 id) {
  struct import_work *w = NULL;
  bool more = true;
  hub_read_end(h);
  assert_int_equal(import_work_open(h->f->db, h->f->c, id, &w), ERR_OK);
  while (more) {
    assert_int_equal(import_work_step(w, &more), ERR_OK);
    hub_tick(UTIME_SECOND / 2);
  }
  import_work_close(w);
  sequence(h);
}

static struct import_counts run(struct hub *h, const char *kind, str text) {
  id64 id = put_file(h, kind, text);
  struct import_counts dry = check(h, id);
  assert_int_equal(hub_run(h, as(h, 0, REP), start_fn, &id), ERR_OK);
  work(h, id);
  assert_int_equal(state_of(h, id), import_state_done);
  struct import_counts c = counts(h, id);
  assert_memory_equal(&dry, &c, sizeof c);  // the dry run said so
  return c;
}

static void undo(struct hub *h, id64 id) {
  assert_int_equal(hub_run(h, as(h, 0, REP), undo_fn, &id), ERR_OK);
  work(h, id);
  assert_int_equal(state_of(h, id), import_state_undone);
}

static void verified(struct hub *h) {
  AUTO(buf_release) struct buf findings = BUF(100000);
  struct audit_report report;
  hub_read_end(h);
  assert_int_equal(audit_verify(h->f->db, &h->key, &findings, &report), ERR_OK);
  assert_buf(&findings, "");
}

// What columns are proposed to mean: "name,-,contact.name".
static void proposed(struct hub *h, const char *kind, const char *header, const char *expected) {
  AUTO(buf_release) struct buf text = BUF(10000), got = BUF(10000);
  buf_fmt(&text, "%s\nx\n", header);
  id64 id = put_file(h, kind, buf_str(&text));
  struct ctx x = hub_read(h, as(h, 0, REP));
  json_t *map AUTO(json_release) = NULL;
  assert_int_equal(json_read(rec_text(job_of(&x, id), import_job_f_mapping), NULL, &map), ERR_OK);
  const char *key;
  json_t *v;
  json_object_foreach(map, key, v) { buf_fmt(&got, "%s%s", got.n ? "," : "", json_is_string(v) ? json_string_value(v) : "-"); }
  hub_read_end(h);
  assert_buf(&got, expected);
}

static void test_headers(void **state) {
  struct hub *h = *state;
  proposed(h, "accounts", "Company name,Website URL,City,Phone Number,Number of Employees,Record ID,Colour",
           "name,-,city,phone,size,external_id,-");
  proposed(h, "accounts", "AccountName;BillingCity;Tax_ID;First Name;Last Name;Mobile Phone;E-Mail",
           "name,city,tax_number,contact.given_name,contact.family_name,contact.phone,contact.email");
  proposed(h, "accounts", "公司名称,联系人,城市,行业,税号,备注", "name,contact.name,city,industry,tax_number,notes");
  proposed(h, "accounts", "Наименование,Контактное лицо,Должность,ИНН,Индекс",
           "name,contact.name,contact.title,tax_number,postal_code");
  proposed(h, "accounts", "name,name,company", "name,-,-");  // a field is filled once
  proposed(h, "orders", "订单编号,客户名称,下单日期,产品名称,数量,单价,币种",
           "order_no,account.name,ordered_on,product_name,quantity,unit_price,currency");
  proposed(h, "products", "Артикул,Название,Цена,Группа,Валюта", "sku,name,unit_price,category,currency");
}

// Three chunks with repetitions near and far: by id, by name and city, with another contact.
static void many_accounts(struct buf *b) {
  buf_put(b, S("id,name,city,phone,contact name\n"));
  for (int i = 0; i < 900; i++) buf_fmt(b, "K%d,Kontor %d,Kiel,%d,Person %d\n", i, i, i, i);
  buf_put(
    b,
    S("K5,Something else,Kiel,1,\nK899,Kontor 899,Kiel,2,Person 899\n,Kontor 7 GmbH,KIEL,3,Another Person\nZ,Kontor 7,Kiel,4,\n"));
}

static void test_duplicates_over_chunks(void **state) {
  struct hub *h = *state;
  AUTO(buf_release) struct buf b = BUF(1024 * 1024);
  many_accounts(&b);
  struct import_counts c = run(h, "accounts", buf_str(&b));
  assert_int_equal(c.read, 904);
  assert_int_equal(c.created, 901);  // Z carries an id of its own
  assert_int_equal(c.updated, 1);    // Another Person
  assert_int_equal(c.skipped, 2);
  c = run(h, "accounts", buf_str(&b));
  assert_int_equal(c.unchanged, 902);
  assert_int_equal(c.skipped, 2);
  hub_read(h, as(h, 0, REP));
  assert_int_equal(count(h->f->c, "account"), 901);
  assert_int_equal(count(h->f->c, "contact"), 901);
  assert_int_equal(count(h->f->c, "import_chunk"), 0);  // the file is not kept
  verified(h);
}

static void test_orders_over_chunks(void **state) {
  struct hub *h = *state;
  AUTO(buf_release) struct buf b = BUF(1024 * 1024);
  run(h, "accounts", S("id,name\nA,Alpha\n"));
  buf_put(&b, S("order_no,customer id,date,product,quantity,price\n"));
  for (int i = 0; i < 500; i++) buf_fmt(&b, "%d,A,2026-01-0%d,Rope,%d,1.50\n", i / 3, i % 9 + 1, i % 7);
  buf_put(&b, S("0,A,2026-01-01,Rope,0,1.50\n0,A,2026-01-01,Rope,99,1.50\n"));
  struct import_counts c = run(h, "orders", buf_str(&b));
  assert_int_equal(c.created, 501);
  assert_int_equal(c.skipped, 1);
  c = run(h, "orders", buf_str(&b));
  assert_int_equal(c.unchanged, 501);
  assert_int_equal(c.skipped, 1);
  verified(h);
}

static void test_undo_restores(void **state) {
  struct hub *h = *state;
  AUTO(buf_release) struct buf b = BUF(1024 * 1024);
  struct rec *old = make_account(h, 0, "Kontor 3", "Kiel");
  struct rec *now = NULL;
  set_text(h, 0, &old, account_f_match_key, "kontor 3");
  many_accounts(&b);
  id64 id = put_file(h, "accounts", buf_str(&b));
  assert_int_equal(hub_run(h, as(h, 0, REP), start_fn, &id), ERR_OK);
  work(h, id);
  struct ctx x = hub_read(h, as(h, 0, REP));
  assert_int_equal(trust_load(&x, &entity_account, old->id, OP_READ, &now, NULL), ERR_OK);
  assert_str(rec_text(now, account_f_phone), "3");
  undo(h, id);
  x = hub_read(h, as(h, 0, REP));
  assert_int_equal(trust_load(&x, &entity_account, old->id, OP_READ, &now, NULL), ERR_OK);
  assert_false(rec_has(now, account_f_phone));
  assert_false(rec_has(now, account_f_external_id));
  assert_int_equal(count(h->f->c, "account"), 1);
  assert_int_equal(count(h->f->c, "contact"), 0);
  assert_int_equal(count(h->f->c, "account_seen"), 1);
  assert_int_equal(count(h->f->c, "task_queue"), 0);
  verified(h);
}

static struct import_conflict *conflicts(struct hub *h, id64 id, int64_t *ret_all) {
  struct import_conflict *list = NULL;
  size_t n = 0;
  struct ctx x = hub_read(h, as(h, 0, REP));
  assert_int_equal(import_conflicts(&x, job_of(&x, id), 10, &list, &n, ret_all), ERR_OK);
  hub_read_end(h);
  return list;
}

// What was built on a record counts as a change of it: a person added by hand, a deal.
static void test_undo_refused(void **state) {
  struct hub *h = *state;
  id64 id = put_file(h, "accounts", S("id,name,contact name\nA,Alpha,Ada\nB,Beta,Ben\nC,Gamma,\n"));
  int64_t all = -1;
  assert_int_equal(hub_run(h, as(h, 0, REP), start_fn, &id), ERR_OK);
  work(h, id);
  (void)conflicts(h, id, &all);
  assert_int_equal(all, 0);
  struct rec **found = NULL;
  size_t n = 0;
  struct ctx x = hub_read(h, as(h, 0, REP));
  struct val b = {.set = true, .s = S("B")};
  assert_int_equal(rec_db_where(x.conn, &entity_account, h->company[0], account_f_external_id, &b, 2, x.arena, &found, &n),
                   ERR_OK);
  assert_int_equal(n, 1);
  struct rec *beta = found[0];
  hub_read_end(h);
  (void)make_child(h, 0, &entity_contact, beta, contact_f_name, "Bea", false);
  struct import_conflict *list = conflicts(h, id, &all);
  assert_int_equal(all, 1);
  assert_true(list[0].e == &entity_account && list[0].id == beta->id);
  assert_str(list[0].name, "Beta");
  assert_int_equal(list[0].row, 3);
  // An undo that was on its way when it happened leaves this one alone and says so.
  undo(h, id);
  hub_read(h, as(h, 0, REP));
  assert_int_equal(count(h->f->c, "account"), 1);
  x = hub_read(h, as(h, 0, REP));
  assert_true(rec_text(job_of(&x, id), import_job_f_message).n > 0);
  verified(h);
}

// Failed rows leave as they came, and a spreadsheet takes none of their cells for a formula.
static void test_errors_file(void **state) {
  struct hub *h = *state;
  AUTO(buf_release) struct buf b = BUF(1024 * 1024), out = BUF(1024 * 1024);
  buf_put(&b, S("name;size;notes\n"));
  for (int i = 0; i < 850; i++) buf_fmt(&b, "Firm %d;%s;=x%d\n", i, i == 3 || i == 849 ? "many" : "5", i);
  id64 id = put_file(h, "accounts", buf_str(&b));
  assert_int_equal(hub_run(h, as(h, 0, REP), start_fn, &id), ERR_OK);
  work(h, id);
  assert_int_equal(counts(h, id).failed, 2);
  struct ctx x = hub_read(h, as(h, 0, REP));
  assert_int_equal(count(h->f->c, "import_chunk"), 2);  // but for the chunks of failed rows
  assert_int_equal(import_errors_csv(&x, job_of(&x, id), &out), ERR_OK);
  assert_buf(&out, "\xEF\xBB\xBF\"name\",\"size\",\"notes\",\"row\",\"column\",\"reason\"\r\n"
                   "\"Firm 3\",\"many\",\"'=x3\",\"5\",\"size\",\"Expected a whole number.\"\r\n"
                   "\"Firm 849\",\"many\",\"'=x849\",\"851\",\"size\",\"Expected a whole number.\"\r\n");
}

static void test_rights(void **state) {
  struct hub *h = *state;
  struct upload u = {.h = h, .kind = "accounts", .text = S("name\nAlpha\n")};
  id64 id = put_file(h, "accounts", S("name\nAlpha\n"));
  assert_int_equal(hub_run(h, as(h, 0, 3), upload_fn, &u), ERR_DENIED);
  assert_int_equal(hub_run(h, as(h, 0, 3), start_fn, &id), ERR_DENIED);
  struct ctx x = hub_read(h, as(h, 1, 0));
  struct rec *job = NULL;
  assert_int_equal(trust_load(&x, &entity_import_job, id, OP_READ, &job, NULL), ERR_NOT_FOUND);
}

// Whatever call to the database fails, a chunk is in whole or not at all, and the import goes on afterwards.
static void test_every_failure(void **state) {
  struct hub *h = *state;
  AUTO(buf_release) struct buf b = BUF(1024 * 1024);
  buf_put(&b, S("id,name,contact name\n"));
  for (int i = 0; i < 3; i++) buf_fmt(&b, "K%d,Kontor %d,Person %d\n", i, i, i);
  id64 id = put_file(h, "accounts", buf_str(&b));
  assert_int_equal(hub_run(h, as(h, 0, REP), start_fn, &id), ERR_OK);
  hub_read_end(h);
  int failures = 0;
  for (int64_t nth = 1; state_of(h, id) == import_state_running; nth++) {
    struct import_work *w = NULL;
    bool more = false;
    db_fault_set(nth);
    enum err e = import_work_open(h->f->db, h->f->c, id, &w);
    if (!e) e = import_work_step(w, &more);
    db_fault_set(0);
    import_work_close(w);
    if (e) failures++;
    (void)hub_read(h, as(h, 0, REP));
    int64_t accounts = count(h->f->c, "account");
    hub_read_end(h);
    struct import_counts c = counts(h, id);
    assert_int_equal(accounts, c.created);
    assert_true(accounts == 0 || accounts == 3);
    assert_true(nth < 2000);
  }
  assert_true(failures > 40);
  sequence(h);
  assert_int_equal(counts(h, id).created, 3);
  verified(h);
}

// The server's clock takes up what is queued.
static void test_tick(void **state) {
  struct hub *h = *state;
  AUTO(buf_release) struct buf b = BUF(1024 * 1024);
  many_accounts(&b);
  id64 id = put_file(h, "accounts", buf_str(&b));
  bool busy = true;
  assert_int_equal(import_tick(h->f->db, h->f->c, &busy), ERR_OK);
  assert_false(busy);
  assert_int_equal(hub_run(h, as(h, 0, REP), start_fn, &id), ERR_OK);
  for (int i = 0; i < 100 && state_of(h, id) == import_state_running; i++) {
    assert_int_equal(import_tick(h->f->db, h->f->c, &busy), ERR_OK);
    hub_tick(UTIME_SECOND / 10);
  }
  assert_int_equal(state_of(h, id), import_state_done);
  assert_int_equal(counts(h, id).created, 901);
  sequence(h);
}

static int setup_sqlite(void **state) {
  *state = hub_new(false);
  return 0;
}
static int setup_pg(void **state) {
  *state = hub_new(true);
  return 0;
}
static int teardown(void **state) {
  hub_free(*state);
  return 0;
}

#define EACH(f) cmocka_unit_test_setup_teardown(f, setup_sqlite, teardown)
#define EACH_PG(f) \
  { "pg_" #f, f, setup_pg, teardown, NULL }
#define TESTS(X)                                                                                                            \
  X(test_headers), X(test_duplicates_over_chunks), X(test_orders_over_chunks), X(test_undo_restores), X(test_undo_refused), \
    X(test_errors_file), X(test_rights), X(test_every_failure), X(test_tick)

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_csv_reads),
                                     cmocka_unit_test(test_csv_slices),
                                     cmocka_unit_test(test_csv_refuses),
                                     cmocka_unit_test(test_csv_slices_random),
                                     cmocka_unit_test(test_csv_wide),
                                     cmocka_unit_test(test_csv_cell),
                                     cmocka_unit_test(test_files_refused),
                                     TESTS(EACH),
                                     TESTS(EACH_PG)};
  enum { OF_AN_ENGINE = 9 };
  bool pg = getenv("ENTENTE_TEST_PG") != NULL;
  hash_setup();
  if (!pg) print_message("# ENTENTE_TEST_PG is not set: PostgreSQL is not tested\n");
  return _cmocka_run_group_tests("import", tests, pg ? ARRAY_LEN(tests) : ARRAY_LEN(tests) - OF_AN_ENGINE, NULL, NULL);
}
