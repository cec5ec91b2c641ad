// SPDX-License-Identifier: Apache-2.0
// Columns to fields: what may be filled, what a header probably means, what a person says it means.
#include <stdio.h>

#include "base/utf8.h"
#include "flows/import_internal.h"

// ---- fields

static void add_field(struct import_kind *k, const char *prefix, enum import_part part, const struct entity *e, int field,
                      bool required) {
  if (k->nfields == IMPORT_FIELDS_MAX) return;
  struct import_field *f = &k->fields[k->nfields++];
  *f = (struct import_field){.part = part, .e = e, .field = field, .required = required};
  (void)snprintf(f->name, sizeof f->name, "%s%s", prefix, e ? e->fields[field].name : "currency");
}

static void add_entity(struct import_kind *k, const char *prefix, enum import_part part, const struct entity *e) {
  for (int f = 0; f < e->nfields; f++)
    if (e->fields[f].flags & F_IMPORT)
      add_field(k, prefix, part, e, f, part == PART_MAIN && (e->fields[f].flags & F_REQUIRED) != 0);
}

const struct import_kind *import_kind_find(str path, struct arena *a) {
  static const struct entity *const kinds[] = {&entity_account, &entity_product, &entity_order_line};
  for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
    if (!str_eqz(path, kinds[i]->path)) continue;
    struct import_kind *k = NEW(a, struct import_kind);
    k->path = kinds[i]->path;
    k->e = kinds[i];
    add_entity(k, "", PART_MAIN, k->e);
    if (k->e == &entity_account) add_entity(k, "contact.", PART_CONTACT, &entity_contact);
    if (k->e == &entity_order_line) {
      add_field(k, "account.", PART_ACCOUNT, &entity_account, account_f_external_id, false);
      add_field(k, "account.", PART_ACCOUNT, &entity_account, account_f_name, false);
      add_field(k, "product.", PART_PRODUCT, &entity_product, product_f_external_id, false);
      add_field(k, "product.", PART_PRODUCT, &entity_product, product_f_sku, false);
    }
    if (k->e != &entity_account) add_field(k, "", PART_CURRENCY, NULL, 0, false);
    return k;
  }
  return NULL;
}

int import_field_find(const struct import_kind *k, str name) {
  for (int i = 0; i < k->nfields; i++)
    if (str_eqz(name, k->fields[i].name)) return i;
  return -1;
}

str import_field_label(const struct import_kind *k, int f, enum lang l, struct arena *a) {
  static const struct text currency_label = T_INIT("Currency", "货币", "Валюта");
  const struct import_field *d = &k->fields[f];
  if (!d->e) return str_of(currency_label.in[l]);
  const char *label = d->e->fields[d->field].label.in[l];
  return d->part == PART_MAIN ? str_of(label) : arena_fmt(a, "%s: %s", d->e->label.in[l], label);
}

// ---- what a header means

// What people and other programs call these columns, beside our own names and labels; compared without blanks and punctuation.
// clang-format off: one field a line
static const struct {
  const char *kind, *field, *names;
} synonyms[] = {
  {"accounts", "name",
   "company name|company|customer name|customer|account name|account|client|client name|organization|organization name|organisation|firm|business name|"
   "公司名称|公司|客户名称|客户|单位名称|企业名称|компания|название компании|организация|наименование|клиент|контрагент|фирма"},
  {"accounts", "external_id",
   "id|customer id|account id|client id|company id|record id|customer number|customer no|account number|crm id|"
   "客户编号|客户id|编号|公司编号|код|код клиента|id клиента|номер клиента|код контрагента"},
  {"accounts", "full_name",
   "legal name|registered name|full company name|法定名称|公司全称|全称|полное наименование|полное название"},
  {"accounts", "domain",
   "website|web site|web|url|homepage|company domain name|company domain|domain name|网站|官网|网址|域名|сайт|веб сайт"},
  {"accounts", "country", "country region|billing country|国家地区|страна регистрации"},
  {"accounts", "region", "state|state region|state province|province|county|billing state|省|省份|州|область|край"},
  {"accounts", "city", "town|billing city|市|所在城市|населенный пункт"},
  {"accounts", "address", "street|street address|billing street|address line 1|address1|addr|地址|详细地址|街道地址|адрес|улица"},
  {"accounts", "postal_code", "zip|zip code|postcode|post code|billing postal code|邮编|почтовый индекс"},
  {"accounts", "phone", "phone number|telephone|tel|company phone|main phone|电话号码|公司电话|联系电话|номер телефона|тел"},
  {"accounts", "fax", "fax number|传真号码"},
  {"accounts", "tax_number", "vat|vat id|vat number|tax id|tax no|vatin|inn|纳税人识别号|统一社会信用代码|инн кпп"},
  {"accounts", "register_number", "registration number|company number|registration no|注册号|工商注册号|огрн|рег номер"},
  {"accounts", "size",
   "number of employees|employees|employee count|headcount|company size|人数|员工人数|число сотрудников|численность"},
  {"accounts", "industry", "sector|branch|所属行业|сфера деятельности"},
  {"accounts", "notes", "note|description|comment|comments|remarks|说明|备注信息|примечание|комментарий|описание"},
  {"accounts", "contact.name",
   "contact|contact name|contact person|primary contact|person|full contact name|联系人|联系人姓名|контакт|контактное лицо|фио|имя контакта"},
  {"accounts", "contact.title", "title|contact title|job title|position|role|职位|职务|联系人职务|должность|должность контакта"},
  {"accounts", "contact.given_name", "first name|given name|contact first name|名字|имя"},
  {"accounts", "contact.family_name", "last name|surname|family name|contact last name|姓氏|фамилия"},
  {"accounts", "contact.email",
   "email|e mail|mail|email address|contact email|邮箱|电子邮箱|联系人邮箱|почта|электронная почта|email контакта"},
  {"accounts", "contact.phone",
   "contact phone|mobile|mobile phone|mobile phone number|cell|手机|联系人电话|手机号|мобильный|мобильный телефон|телефон контакта"},
  {"accounts", "contact.chat", "wechat|telegram|whatsapp|微信|微信号|мессенджер|телеграм"},
  {"accounts", "contact.external_id", "contact id|联系人编号|код контакта"},
  {"products", "name",
   "product name|product|item|item name|title|产品名称|产品|商品名称|品名|товар|наименование|наименование товара|название"},
  {"products", "external_id", "id|product id|item id|record id|产品编号|产品id|商品编号|код|код товара|id товара"},
  {"products", "sku",
   "article|article number|article no|item number|product code|part number|product number|型号|商品编码|артикул товара"},
  {"products", "category", "group|product group|product category|family|类别|分类|产品分类|категория|товарная группа"},
  {"products", "unit_price", "price|list price|unit price|sales price|价格|标价|售价|стоимость|цена за единицу|прайс"},
  {"products", "unit", "quantity per unit|unit of measure|uom|packaging|规格|包装|计量单位|ед изм|единица измерения|упаковка"},
  {"products", "discontinued", "inactive|obsolete|archived|停产|下架|снят с производства|архив"},
  {"orders", "order_no",
   "order|order id|order no|order number|invoice|invoice no|invoice number|订单|订单编号|订单号码|номер заказа|заказ|счет|номер счета"},
  {"orders", "line_key", "line|line no|line number|line id|item no|position|pos|行|序号|строка|номер строки|позиция"},
  {"orders", "ordered_on", "order date|date|invoice date|下单日期|订单日期|日期|дата заказа|дата"},
  {"orders", "product_name",
   "product|product name|item|item name|description|产品|产品名称|品名|商品名称|товар|наименование|наименование товара"},
  {"orders", "quantity", "qty|amount ordered|units|pieces|数量|件数|кол во|количество шт"},
  {"orders", "unit_price", "price|unit price|单价|价格|цена за единицу|стоимость"},
  {"orders", "discount", "rebate|discount rate|折扣率|скидка %|размер скидки"},
  {"orders", "account.external_id",
   "customer id|account id|client id|customer number|customer no|company id|客户编号|客户id|код клиента|id клиента|код контрагента"},
  {"orders", "account.name",
   "customer|customer name|company|company name|account|account name|client|客户|客户名称|公司名称|клиент|контрагент|покупатель"},
  {"orders", "product.external_id", "product id|item id|产品编号|产品id|商品编号|код товара|id товара"},
  {"orders", "product.sku", "sku|article|article number|article no|item number|product code|part number|货号|型号|артикул"},
  {"*", "currency", "currency code|cur|币种|货币代码|код валюты"},
};
// clang-format on

// Letters and digits of the folded text: "Company_Name", "company name" and "CompanyName" are one.
static str header_key(struct arena *a, str text) {
  AUTO(buf_release) struct buf folded = BUF(64 * 1024), out = BUF(64 * 1024);
  utf8_fold(&folded, text);
  for (size_t i = 0; i < folded.n; i++) {
    unsigned char c = (unsigned char)folded.p[i];
    if (c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) buf_putc(&out, (char)c);
  }
  return arena_str(a, buf_str(&out));
}

// Names of fields by rank: our own name, then labels, then what others say. Smaller ranks are taken first over the whole header.
enum { RANKS = 3, NAMES_MAX = 2048 };
struct names {
  struct arena *a;
  str *key;
  int *field, *rank;
  size_t n;
};

static void name_add(struct names *t, str text, int field, int rank) {
  str key = header_key(t->a, text);
  if (!key.n || t->n == NAMES_MAX) return;
  t->key[t->n] = key;
  t->field[t->n] = field;
  t->rank[t->n++] = rank;
}

static void names_collect(const struct import_kind *k, struct names *t) {
  for (int f = 0; f < k->nfields; f++) {
    const struct import_field *d = &k->fields[f];
    name_add(t, str_of(d->name), f, 0);
    for (int l = 0; l < LANG_COUNT; l++) name_add(t, import_field_label(k, f, (enum lang)l, t->a), f, 1);
  }
  for (size_t i = 0; i < ARRAY_LEN(synonyms); i++) {
    bool ours = strcmp(synonyms[i].kind, k->path) == 0 || strcmp(synonyms[i].kind, "*") == 0;
    int f = ours ? import_field_find(k, str_of(synonyms[i].field)) : -1;
    str list = str_of(synonyms[i].names), one;
    while (f >= 0 && str_next(&list, '|', &one)) name_add(t, one, f, 2);
  }
}

void import_propose(const struct import_kind *k, const str *header, size_t n, int *ret_field) {
  AUTO(arena_release) struct arena a = {0};
  struct names t = {
    .a = &a, .key = NEW_ARRAY(&a, NAMES_MAX, str), .field = NEW_ARRAY(&a, NAMES_MAX, int), .rank = NEW_ARRAY(&a, NAMES_MAX, int)};
  bool taken[IMPORT_FIELDS_MAX] = {false};
  str *keys = NEW_ARRAY(&a, n + 1, str);
  names_collect(k, &t);
  for (size_t c = 0; c < n; c++) {
    keys[c] = header_key(&a, header[c]);
    ret_field[c] = -1;
  }
  for (int rank = 0; rank < RANKS; rank++)
    for (size_t c = 0; c < n; c++)
      for (size_t i = 0; i < t.n && ret_field[c] < 0; i++) {
        if (t.rank[i] != rank || taken[t.field[i]] || !str_eq(t.key[i], keys[c])) continue;
        ret_field[c] = t.field[i];
        taken[t.field[i]] = true;
      }
}

// ---- the mapping as JSON

str import_mapping_text(const struct import_kind *k, const str *header, size_t n, const int *field, struct arena *a) {
  AUTO(buf_release) struct buf b = BUF(1024 * 1024);
  struct jw w = JW(&b);
  jw_object(&w);
  for (size_t c = 0; c < n; c++) {
    jw_key(&w, header[c]);
    if (field[c] < 0)
      jw_null(&w);
    else
      jw_string(&w, str_of(k->fields[field[c]].name));
  }
  jw_end_object(&w);
  return arena_str(a, buf_str(&b));
}

static int column_find(const str *header, size_t n, str name) {
  for (size_t c = 0; c < n; c++)
    if (str_eq(header[c], name)) return (int)c;
  return -1;
}

// At most `max` bytes, cut between characters.
static str shown(str s, size_t max) {
  if (s.n <= max) return s;
  while (max > 0 && ((unsigned char)s.p[max] & 0xC0) == 0x80) max--;
  return str_sub(s, 0, max);
}

static str mapping_pointer(struct arena *a, str column) {
  AUTO(buf_release) struct buf b = BUF(4096);
  buf_put(&b, S("/mapping/"));
  for (size_t i = 0; i < column.n; i++) {
    if (column.p[i] == '~')
      buf_put(&b, S("~0"));
    else if (column.p[i] == '/')
      buf_put(&b, S("~1"));
    else
      buf_putc(&b, column.p[i]);
  }
  return arena_str(a, buf_str(&b));
}

static enum err mapping_member(const struct import_kind *k, const str *header, size_t n, str column, const json_t *v,
                               struct problem *pb, struct arena *a, int *field) {
  str pointer = mapping_pointer(a, shown(column, IMPORT_COLUMN_CHARS * 4));
  int c = column_find(header, n, column);
  if (c < 0) return problem_field(pb, pointer, P_UNKNOWN_FIELD, shown(column, IMPORT_COLUMN_CHARS), STR_NULL);
  if (json_is_null(v)) {
    field[c] = -1;
    return ERR_OK;
  }
  if (!json_is_string(v)) return problem_field(pb, pointer, P_WRONG_TYPE, S("text"), STR_NULL);
  int f = import_field_find(k, json_str(v));
  if (f < 0) return problem_field(pb, pointer, P_UNKNOWN_FIELD, shown(json_str(v), 80), STR_NULL);
  field[c] = f;
  return ERR_OK;
}

enum err import_mapping_read(const struct import_kind *k, const str *header, size_t n, json_t *mapping, struct problem *pb,
                             struct arena *a, int *field) {
  const char *key;
  json_t *v;
  enum err e = ERR_OK;
  if (!json_is_object(mapping)) return problem_field(pb, S("/mapping"), P_WRONG_TYPE, S("an object"), STR_NULL);
  json_object_foreach(mapping, key, v) {
    enum err one = mapping_member(k, header, n, str_of(key), v, pb, a, field);
    e = e ? e : one;
  }
  for (size_t c = 0; c < n && !e; c++)
    for (size_t o = 0; o < c; o++)
      if (field[c] >= 0 && field[c] == field[o])
        e = problem_field(pb, mapping_pointer(a, header[c]), P_DUPLICATE, str_of(k->fields[field[c]].name), STR_NULL);
  return e;
}

static bool mapped(const int *field, size_t n, int f) {
  for (size_t c = 0; c < n; c++)
    if (field[c] == f) return true;
  return false;
}

static enum err missing(struct problem *pb, str label) {
  (void)problem_field(pb, S("/mapping"), P_IMPORT_HEADER, label, STR_NULL);
  return ERR_INVALID;
}

enum err import_mapping_complete(const struct import_kind *k, const int *field, size_t n, enum lang l, struct problem *pb,
                                 struct arena *a) {
  enum err e = ERR_OK;
  bool account = false;
  int first_account = -1;
  for (int f = 0; f < k->nfields; f++) {
    bool has = mapped(field, n, f);
    if (k->fields[f].part == PART_ACCOUNT) {
      account = account || has;
      first_account = first_account < 0 ? f : first_account;
    }
    if (k->fields[f].required && !has) e = missing(pb, import_field_label(k, f, l, a));
  }
  if (first_account >= 0 && !account) e = missing(pb, import_field_label(k, first_account, l, a));
  return e;
}
