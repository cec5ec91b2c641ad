// SPDX-License-Identifier: Apache-2.0
#include "flows/demo_internal.h"

#include "base/hash.h"
#include "flows/derive.h"
#include "flows/identity.h"

enum { MONTHS_OF_ORDERS = 24, ACCOUNTS_SINCE = 260 };  // days

// One step of splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
uint64_t demo_random(struct demo *d) {
  uint64_t z = d->random += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

int64_t demo_between(struct demo *d, int64_t low, int64_t high) {
  return low + (int64_t)(demo_random(d) % (uint64_t)(high - low + 1));
}

struct ctx demo_as(const struct demo *d, int firm, int person, utime at) {
  static const int roles[DEMO_PEOPLE] = {user_role_admin, user_role_manager, user_role_rep, user_role_rep, user_role_viewer};
  struct ctx x = *d->x;
  x.viewer = (struct viewer){.company = d->company[firm],
                             .user = d->user[firm][person],
                             .role = roles[person],
                             .ops = ~0u,
                             .lang = lang_of(str_of(demo_firms[firm].lang))};
  x.now = at;
  x.verb = NULL;
  return x;
}

utime demo_day(struct demo *d, int firm, int ago) {
  utime at = d->x->now - ago * UTIME_DAY - demo_between(d, 10, 200) * 60 * UTIME_SECOND, working = at;
  if (calendar_add(&d->calendar[firm], at, 1, &working) || working > d->x->now) working = at;
  return working;
}

money demo_money(const char *amount, const char *currency_code) {
  currency c = {""};
  money m = {0};
  if (currency_parse(str_of(currency_code), &c) && money_parse(str_of(amount), c, &m) != P_NONE) m = (money){0};
  return m;
}

// ---- companies and people

static enum err make_hub(struct ctx *x) {
  uint8_t raw[8];
  AUTO(buf_release) struct buf id = BUF(64);
  str there;
  enum err e = hub_get(x->conn, S("id"), x->arena, &there);
  if (e == ERR_OK) return problem_set1(x->pb, P_DUPLICATE, S("hub"));
  if (e != ERR_NOT_FOUND) return e;
  random_bytes(raw, sizeof raw);
  buf_hex(&id, raw, sizeof raw);
  TRY(hub_put(x->conn, S("id"), buf_str(&id)));
  return hub_put(x->conn, S("name"), S("Cold Chain Alliance"));
}

static enum err make_firm(struct demo *d, int i, utime at, str password_hash, struct demo_result *ret) {
  const struct demo_firm *f = &demo_firms[i];
  struct new_company n = {.name = str_of(f->is.name),
                          .short_name = str_of(f->is.short_name),
                          .full_name = str_of(f->is.full_name),
                          .country = str_of(f->is.country),
                          .currency = str_of(f->is.currency),
                          .work_week = str_of(f->is.work_week),
                          .work_exceptions = str_of(f->is.holidays),
                          .needs = str_of(f->is.needs),
                          .regions = str_of(f->is.regions),
                          .about = str_of(f->is.about),
                          .utc_offset_minutes = f->is.offset,
                          .has_offset = true};
  struct ctx x = *d->x;
  x.now = at;
  x.viewer = (struct viewer){0};
  TRY(identity_company_create(&x, &n, &d->company[i]));
  for (int p = 0; p < DEMO_PEOPLE; p++) {
    const struct demo_person *who = &f->people[p];
    struct new_user u = {.company = d->company[i],
                         .name = str_of(who->name),
                         .email = str_of(who->login),
                         .title = str_of(who->title),
                         .password_hash = password_hash,
                         .role = who->role,
                         .lang = f->lang};
    x.viewer.user = 0;
    TRY(identity_user_create(&x, &u, &d->user[i][p]));
    ret->people[i * DEMO_PEOPLE + p] =
      (struct demo_login){f->is.name, who->login, who->name, who->role, f->lang, d->company[i], d->user[i][p]};
  }
  struct rec *r = NULL;
  TRY(flow_company(d->x, d->company[i], &r));
  return flow_calendar(d->x, r, &d->calendar[i]);
}

// ---- customers, products, orders

static void text(struct rec *r, int f, const char *z) {
  if (z && *z) rec_set_text(r, f, str_of(z));
}

static enum err make_contact(struct demo *d, struct ctx *x, int firm, int customer, int person) {
  const struct demo_customer *c = &demo_customers[firm][customer];
  struct rec *p = rec_new(x->arena, &entity_contact);
  p->root = d->account[firm][customer];
  text(p, contact_f_name, c->who[person]);
  text(p, contact_f_title, c->job[person]);
  rec_set_text(p, contact_f_email, arena_fmt(x->arena, "%s@%s", c->mail[person], c->domain));
  rec_set_text(p, contact_f_phone, arena_fmt(x->arena, "%s %03d", demo_firms[firm].phone, customer * 10 + person));
  int lang = str_eqz(str_of(c->country), "中国") ? LANG_ZH : str_eqz(str_of(c->country), "Россия") ? LANG_RU : LANG_EN;
  rec_set_word(p, contact_f_lang, lang);
  TRY(trust_insert(x, p));
  if (!person) d->contact[firm][customer] = p->id;
  return ERR_OK;
}

static enum err make_account(struct demo *d, int firm, int customer) {
  const struct demo_customer *c = &demo_customers[firm][customer];
  int owner = (int[]){REP, REP2, BOSS, REP}[customer % 4];
  struct ctx x = demo_as(d, firm, owner, demo_day(d, firm, ACCOUNTS_SINCE - customer));
  struct rec *r = rec_new(x.arena, &entity_account);
  text(r, account_f_name, c->name);
  text(r, account_f_full_name, c->full_name);
  text(r, account_f_domain, c->domain);
  text(r, account_f_industry, c->industry);
  text(r, account_f_country, c->country);
  text(r, account_f_region, c->region);
  text(r, account_f_city, c->city);
  text(r, account_f_address, c->street);
  text(r, account_f_postal_code, c->postal_code);
  rec_set_text(r, account_f_phone, arena_fmt(x.arena, "%s %03d", demo_firms[firm].phone, customer * 10));
  rec_set_int(r, account_f_size, c->size);
  if (customer % 3 == 1) rec_set_int(r, account_f_budget_closes, utime_day(d->x->now) + 20 + customer * 5);
  derive_account(r, true, x.viewer.user);
  TRY(trust_insert(&x, r));
  d->account[firm][customer] = r->id;
  TRY(make_contact(d, &x, firm, customer, 0));
  return make_contact(d, &x, firm, customer, 1);
}

static enum err make_product(struct demo *d, int firm, int product) {
  const struct demo_firm *f = &demo_firms[firm];
  const struct demo_product *p = &f->products[product];
  struct ctx x = demo_as(d, firm, MANAGER, demo_day(d, firm, ACCOUNTS_SINCE));
  struct rec *r = rec_new(x.arena, &entity_product);
  text(r, product_f_name, p->name);
  text(r, product_f_sku, p->sku);
  text(r, product_f_category, p->category);
  text(r, product_f_unit, p->unit);
  money price = demo_money("0.00", f->is.currency);
  price.minor = p->price * 100;
  rec_set_money(r, product_f_unit_price, price);
  TRY(trust_insert(&x, r));
  d->product[firm][product] = r->id;
  return ERR_OK;
}

static enum err make_order_line(struct demo *d, struct ctx *x, int firm, int customer, uday on, str order_no, int line) {
  static const ratio discounts[] = {{0, 1}, {0, 1}, {0, 1}, {1, 20}, {1, 10}};
  const struct demo_firm *f = &demo_firms[firm];
  int product = (int)demo_between(d, 0, DEMO_PRODUCTS - 1), fault_field = 0;
  struct rec *r = rec_new(x->arena, &entity_order_line);
  r->root = d->account[firm][customer];
  rec_set_text(r, order_line_f_order_no, order_no);
  rec_set_text(r, order_line_f_line_key, arena_fmt(x->arena, "%d", line));
  rec_set_int(r, order_line_f_ordered_on, on);
  rec_set_ref(r, order_line_f_product, d->product[firm][product]);
  text(r, order_line_f_product_name, f->products[product].name);
  rec_set_int(r, order_line_f_quantity, demo_between(d, 1, firm == NORTH ? 40 : 4));
  money price = demo_money("0.00", f->is.currency);
  price.minor = f->products[product].price * 100;
  rec_set_money(r, order_line_f_unit_price, price);
  rec_set_rate(r, order_line_f_discount, discounts[demo_between(d, 0, ARRAY_LEN(discounts) - 1)]);
  enum problem_code p = derive_order_line(r, &fault_field);
  return p ? problem_set0(x->pb, p) : trust_insert(x, r);
}

// Two years of orders: some customers buy every month, some twice a year, a few have stopped.
static enum err make_orders(struct demo *d, int firm, int customer) {
  uday today = utime_day(d->x->now);
  int every = (int[]){2, 3, 5, 8}[demo_between(d, 0, 3)], stopped = customer % 7 == 6 ? 9 : 0, number = 0;
  for (int month = MONTHS_OF_ORDERS; month > stopped; month -= every) {
    uday on = today - month * 30 + (uday)demo_between(d, 0, 25);
    struct ctx x = demo_as(d, firm, REP2, demo_day(d, firm, 200));
    str order_no = arena_fmt(x.arena, "%s-%02d%02d", demo_firms[firm].is.short_name, customer + 11, ++number);
    for (int line = 1, n = (int)demo_between(d, 1, 3); line <= n; line++)
      TRY(make_order_line(d, &x, firm, customer, on > today ? today : on, order_no, line));
  }
  return ERR_OK;
}

enum err demo_play_customers(struct demo *d) {
  for (int f = 0; f < DEMO_FIRMS; f++) {
    for (int p = 0; p < DEMO_PRODUCTS; p++) TRY(make_product(d, f, p));
    for (int c = 0; c < DEMO_CUSTOMERS; c++) {
      TRY(make_account(d, f, c));
      TRY(make_orders(d, f, c));
    }
  }
  return ERR_OK;
}

// ---- all of it

static enum err play(struct demo *d, str password_hash, struct demo_result *ret) {
  utime founded = d->x->now - (ACCOUNTS_SINCE + 20) * UTIME_DAY;
  TRY(make_hub(d->x));
  for (int i = 0; i < DEMO_FIRMS; i++) TRY(make_firm(d, i, founded, password_hash, ret));
  TRY(demo_play_customers(d));
  TRY(demo_play_agreements(d));
  TRY(demo_play_deals(d));
  return demo_play_leads(d);
}

enum err demo_alliance(struct ctx *x, uint64_t seed, str password_hash, struct demo_result *ret) {
  struct demo d = {.x = x, .random = seed};
  return play(&d, password_hash, ret);
}
