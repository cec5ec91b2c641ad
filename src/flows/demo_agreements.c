// SPDX-License-Identifier: Apache-2.0
// What the firms of the demo agree: one agreement with a counter-proposal, one accepted at once, two that wait for an answer.
#include "flows/agreement.h"
#include "flows/demo_internal.h"

static void set(json_t *o, const char *key, const char *text) { json_object_set_new(o, key, json_string(text)); }

static void set_id(struct demo *d, json_t *o, const char *key, const struct entity *e, id64 id) {
  set(o, key, flow_id(d->x->arena, e, id).p);
}

// person -1: whoever holds the role in the deal.
static void add_share(struct demo *d, json_t *list, int firm, int person, const char *role, const char *label, const char *part) {
  json_t *s = json_object();
  set_id(d, s, "party", &entity_company, d->company[firm]);
  if (person >= 0) set_id(d, s, "person", &entity_user, d->user[firm][person]);
  set(s, "role", role);
  set(s, "label", label);
  set(s, "share", part);
  json_array_append_new(list, s);
}

static json_t *terms_of(const char *const pairs[][2], size_t n, int response_minutes, int protection_days) {
  json_t *t = json_object();
  for (size_t i = 0; i < n; i++) set(t, pairs[i][0], pairs[i][1]);
  json_object_set_new(t, "response_minutes", json_integer(response_minutes));
  json_object_set_new(t, "protection_days", json_integer(protection_days));
  return t;
}

static json_t *draft(struct demo *d, int other, const char *title, const char *kind, json_t *terms) {
  json_t *body = json_object();
  set_id(d, body, "other", &entity_company, d->company[other]);
  set(body, "title", title);
  set(body, "kind", kind);
  json_object_set_new(body, "terms", terms);
  json_object_set_new(body, "splits", json_array());
  return body;
}

static enum err propose(struct demo *d, int firm, int person, int ago, json_t *body, id64 *ret) {
  struct ctx x = demo_as(d, firm, person, demo_day(d, firm, ago));
  TRY(agreement_create(&x, body, ret));
  x.now += UTIME_HOUR < d->x->now - x.now ? UTIME_HOUR : 0;
  return agreement_propose(&x, *ret);
}

static enum err accept(struct demo *d, int firm, int person, int ago, id64 id) {
  struct ctx x = demo_as(d, firm, person, demo_day(d, firm, ago));
  struct rec *a = NULL, *v = NULL;
  TRY(trust_load_system(&x, &entity_agreement, id, &a));
  TRY(agreement_version_load(&x, id, rec_int(a, agreement_f_current_version), &v));
  return agreement_accept(&x, id, rec_int(v, agreement_version_f_version), rec_text(v, agreement_version_f_hash));
}

#define BRIBERY \
  "Nothing of value is given to people of the customer, to officials or to people of another party. People are paid by their own employer only."

// Proposed by Northwind with 5 percent and half a day; Lanchuan asks for 7 percent and a whole day, and names who shares at home.
static enum err food_and_cold(struct demo *d) {
  static const char *const words[][2] = {
    {"purpose", "Our customers buy food and the cold that keeps it. Each of us stands in rooms where the other is needed."},
    {"labour",
     "Who hears the need warms it and hands it over. Who receives it calls, visits, quotes and delivers. The sender opens the door and stays reachable."},
    {"silence", "next_partner"},
    {"reward_rate", "5/100"},
    {"reward_base", "revenue"},
    {"reward_trigger", "won"},
    {"contact_owner", "The receiver leads the deal; the sender keeps his own business with the customer."},
    {"problems",
     "Time difference: calls between 8 and 11 in Hamburg. Prices for the same customer are named to the customer only."},
    {"term", "Two years, three months' notice."},
    {"people", "Northwind: Jonas Keller. 澜川冷链: 林若晴. A call every first Tuesday."},
    {"anti_bribery", BRIBERY}};
  id64 id = 0;
  json_t *body AUTO(json_release) = draft(d, LAN, "Food and cold", "standing", terms_of(words, ARRAY_LEN(words), 240, 120));
  add_share(d, json_object_get(body, "splits"), NORTH, -1, "sourced", "Who warmed the lead", "3/5");
  add_share(d, json_object_get(body, "splits"), NORTH, MANAGER, "influenced", "Account team", "2/5");
  TRY(propose(d, NORTH, BOSS, 212, body, &id));

  json_t *counter AUTO(json_release) = json_object(), *terms = json_object(), *splits = json_array();
  set(terms, "reward_rate", "7/100");
  json_object_set_new(terms, "response_minutes", json_integer(480));
  json_object_set_new(terms, "protection_days", json_integer(180));
  set(terms, "problems",
      "Time difference: calls between 8 and 11 in Hamburg. Prices for the same customer are named to the customer only. "
      "国庆和春节假期不计入答复时间。");
  json_object_set_new(counter, "terms", terms);
  json_object_set_new(counter, "splits", splits);
  add_share(d, splits, NORTH, -1, "sourced", "Who warmed the lead", "3/5");
  add_share(d, splits, NORTH, MANAGER, "influenced", "Account team", "2/5");
  add_share(d, splits, LAN, -1, "sourced", "预热线索的人", "1/3");
  add_share(d, splits, LAN, MANAGER, "influenced", "销售总监", "1/3");
  add_share(d, splits, LAN, REP2, "delivered", "海外支持", "1/3");
  struct ctx x = demo_as(d, LAN, MANAGER, demo_day(d, LAN, 208));
  TRY(agreement_counter(&x, id, counter));
  return accept(d, NORTH, BOSS, 205, id);
}

static enum err food_and_fitting(struct demo *d) {
  static const char *const words[][2] = {
    {"purpose",
     "Kitchens and cold rooms that Northwind's customers need, fitted and served by Polyarny Kontur; food for those who build with it."},
    {"labour",
     "Northwind warms and introduces. Polyarny Kontur measures, quotes, fits and serves. Both tell the other before prices change."},
    {"scope_needs", "Refrigeration installation\nRefrigeration service\nKitchen fitting\nImported food\nHotel breakfast range"},
    {"silence", "next_partner"},
    {"reward_rate", "5/100"},
    {"reward_base", "revenue"},
    {"reward_trigger", "won"},
    {"contact_owner", "Whoever delivers leads the deal."},
    {"problems", "Customs papers take two weeks: say so to the customer at once."},
    {"term", "One year, renewed unless one side says no."},
    {"people", "Northwind: Jonas Keller. «Полярный контур»: Дмитрий Орлов."},
    {"anti_bribery", BRIBERY}};
  id64 id = 0;
  json_t *body AUTO(json_release) = draft(d, POLE, "Food and fitting", "standing", terms_of(words, ARRAY_LEN(words), 480, 150));
  json_t *splits = json_object_get(body, "splits");
  add_share(d, splits, NORTH, -1, "sourced", "Who warmed the lead", "1");
  add_share(d, splits, POLE, -1, "sourced", "Кто подогрел лид", "1/2");
  add_share(d, splits, POLE, MANAGER, "influenced", "Отдел продаж", "1/2");
  TRY(propose(d, NORTH, MANAGER, 198, body, &id));
  return accept(d, POLE, BOSS, 195, id);
}

// Waits for the answer of Polyarny Kontur.
static enum err cold_and_fitting(struct demo *d) {
  static const char *const words[][2] = {
    {"purpose", "澜川提供冷库和冷柜，«Полярный контур» 负责在俄罗斯西北地区安装和维护。"},
    {"labour", "澜川：供货与培训。Полярный контур: монтаж, сервис, запасные части на складе."},
    {"scope_regions", "Санкт-Петербург, Ленинградская область"},
    {"silence", "refuse"},
    {"reward_rate", "6/100"},
    {"reward_base", "revenue"},
    {"reward_trigger", "won"},
    {"term", "一年，提前两个月通知。"},
    {"people", "林若晴, Дмитрий Орлов"},
    {"anti_bribery", BRIBERY}};
  id64 id = 0;
  json_t *body AUTO(json_release) = draft(d, POLE, "Cold and fitting", "standing", terms_of(words, ARRAY_LEN(words), 480, 180));
  return propose(d, LAN, MANAGER, 5, body, &id);
}

// Waits for the answer of Northwind: an agreement for one deal.
static enum err one_market(struct demo *d) {
  static const char *const words[][2] = {
    {"purpose", "Сеть «Ладожский рынок»: полки с импортными продуктами в 18 магазинах, пока идёт монтаж холода."},
    {"labour", "Northwind: ассортимент и поставка. «Полярный контур»: витрины, монтаж, встреча с комиссией."},
    {"silence", "refuse"},
    {"reward_rate", "4/100"},
    {"reward_base", "revenue"},
    {"reward_trigger", "won"},
    {"contact_owner", "С комиссией говорит Ирина Соколова."},
    {"term", "До решения комиссии."},
    {"people", "Mara Lindqvist, Ирина Соколова"},
    {"anti_bribery", BRIBERY}};
  id64 id = 0;
  json_t *body AUTO(json_release) =
    draft(d, NORTH, "Ладожский рынок, 18 магазинов", "deal", terms_of(words, ARRAY_LEN(words), 480, 90));
  return propose(d, POLE, BOSS, 2, body, &id);
}

enum err demo_play_agreements(struct demo *d) {
  TRY(food_and_cold(d));
  TRY(food_and_fitting(d));
  TRY(cold_and_fitting(d));
  return one_market(d);
}
