// SPDX-License-Identifier: Apache-2.0
// Many accounts and deals for benchmarks: written through trust like everything else, drawn from the seed and the position of the
// account, so that the parts may be cut as one likes.
#include "flows/demo_internal.h"

#include "flows/derive.h"
#include "flows/identity.h"

enum { DEALS_EACH = 3, FEW = 200, MOST_OF_TEN = 9, SINCE_DAYS = 300 };

static const char *const heads[][12] = {
  {"Alder", "Birch", "Cedar", "Drake", "Elm", "Fjord", "Granite", "Harbour", "Island", "Juniper", "Kestrel", "Linden"},
  {"云海", "青禾", "锦澜", "瑞丰", "星洲", "远麓", "白鹭", "金穗", "东湖", "海棠", "松泽", "北辰"},
  {"Северный", "Ладожский", "Невский", "Затонский", "Луговой", "Онежский", "Полярный", "Портовый", "Сосновый", "Тихий", "Усть",
   "Волжский"}};
static const char *const tails[][12] = {
  {"Hotels", "Markets", "Clinics", "Bakery", "Canteens", "Foods", "Logistics", "Schools", "Catering", "Dairy", "Fisheries",
   "Stores"},
  {"酒店", "超市", "医院", "烘焙", "食堂", "食品", "物流", "学校", "餐饮", "乳业", "水产", "商贸"},
  {"отель", "рынок", "клиника", "пекарня", "столовая", "комбинат", "терминал", "лицей", "ресторан", "молокозавод", "рыбзавод",
   "склад"}};
static const char *const needs[][6] = {
  {"Cold rooms", "Breakfast range", "Shop refrigeration", "Seafood", "Kitchen fitting", "Yearly service"},
  {"冷库", "西式早餐", "超市冷柜", "海鲜", "厨房改造", "年度保养"},
  {"Холодильная камера", "Завтраки", "Витрины", "Рыба", "Кухня под ключ", "Сервис"}};
static const char *const given[][8] = {{"Anna", "Bruno", "Clara", "David", "Edith", "Felix", "Greta", "Hugo"},
                                       {"晓岚", "志强", "雨桐", "文博", "静怡", "建国", "思远", "佳宁"},
                                       {"Анна", "Борис", "Вера", "Денис", "Елена", "Игорь", "Ольга", "Пётр"}};
static const char *const family[][8] = {{"Ahlers", "Brandt", "Claasen", "Dorn", "Esser", "Falk", "Gerber", "Holm"},
                                        {"沈", "顾", "陆", "许", "黄", "宋", "陈", "钱"},
                                        {"Маркова", "Савин", "Ветрова", "Лисин", "Ершова", "Котов", "Рогова", "Аникин"}};

struct scaling {
  struct ctx x;   // acts for the first firm
  struct demo d;  // draws only
  const struct demo_part *p;
  int64_t i;   // the account
  int tongue;  // 0 Latin, 1 Chinese, 2 Cyrillic
};

static const char *pick(struct scaling *s, const char *const *list, int n) { return list[demo_between(&s->d, 0, n - 1)]; }

static str account_name(struct scaling *s) {
  const char *head = pick(s, heads[s->tongue], 12), *tail = pick(s, tails[s->tongue], 12);
  return s->tongue == 1 ? arena_fmt(s->x.arena, "%s%s%lld店", head, tail, (long long)s->i)
                        : arena_fmt(s->x.arena, "%s %s %lld", head, tail, (long long)s->i);
}

static enum err add_account(struct scaling *s, id64 *ret, str *ret_name) {
  static const char *const cities[][3] = {
    {"Hamburg", "Kiel", "Bremen"}, {"上海", "杭州", "苏州"}, {"Санкт-Петербург", "Псков", "Тверь"}};
  static const char *const countries[] = {"Germany", "中国", "Россия"};
  struct rec *r = rec_new(s->x.arena, &entity_account);
  *ret_name = account_name(s);
  rec_set_text(r, account_f_name, *ret_name);
  rec_set_text(r, account_f_domain, arena_fmt(s->x.arena, "c%lld.example", (long long)s->i));
  rec_set_text(r, account_f_country, str_of(countries[s->tongue]));
  rec_set_text(r, account_f_city, str_of(pick(s, cities[s->tongue], 3)));
  rec_set_word(r, account_f_industry, (int)demo_between(&s->d, 0, vocab_industry.n - 1));
  rec_set_int(r, account_f_size, demo_between(&s->d, 5, 4000));
  derive_account(r, true, s->x.viewer.user);
  *ret = r->id;
  return trust_insert(&s->x, r);
}

static enum err add_contact(struct scaling *s, id64 account) {
  struct rec *r = rec_new(s->x.arena, &entity_contact);
  const char *first = pick(s, given[s->tongue], 8), *last = pick(s, family[s->tongue], 8);
  r->root = account;
  rec_set_text(r, contact_f_name,
               s->tongue == 1 ? arena_fmt(s->x.arena, "%s%s", last, first) : arena_fmt(s->x.arena, "%s %s", first, last));
  rec_set_text(r, contact_f_email, arena_fmt(s->x.arena, "p%lld@c%lld.example", (long long)s->i, (long long)s->i));
  return trust_insert(&s->x, r);
}

static enum err add_activity(struct scaling *s, id64 deal, bool room) {
  static const int kinds[] = {activity_kind_call, activity_kind_meeting, activity_kind_visit, activity_kind_email};
  struct rec *r = rec_new(s->x.arena, &entity_activity);
  r->root = deal;
  r->room = room;
  rec_set_word(r, activity_f_kind, kinds[demo_between(&s->d, 0, ARRAY_LEN(kinds) - 1)]);
  rec_set_text(r, activity_f_summary, str_of(pick(s, needs[s->tongue], 6)));
  rec_set_int(r, activity_f_at, s->x.now);
  rec_set_ref(r, activity_f_actor, s->x.viewer.user);
  rec_set_int(r, activity_f_minutes, demo_between(&s->d, 5, 120));
  return trust_insert(&s->x, r);
}

static enum err add_sign(struct scaling *s, id64 deal) {
  struct rec *r = rec_new(s->x.arena, &entity_evidence);
  r->root = deal;
  r->room = true;
  rec_set_word(r, evidence_f_marker, marker_budget_set);
  rec_set_word(r, evidence_f_basis, evidence_basis_told);
  rec_set_word(r, evidence_f_status, evidence_status_confirmed);
  rec_set_text(r, evidence_f_source, str_of(pick(s, family[s->tongue], 8)));
  rec_set_int(r, evidence_f_seen_on, utime_day(s->x.now));
  return trust_insert(&s->x, r);
}

static enum err grant(struct scaling *s, id64 deal, id64 company) {
  struct grant g = {.owner = s->x.viewer.company,
                    .grantee = company,
                    .e = &entity_deal,
                    .root = deal,
                    .ops = OP_READ | OP_COMMENT | OP_WORK,
                    .fieldset = S("member"),
                    .from = s->x.now,
                    .until = UTIME_MAX,
                    .accepted_at = s->x.now};
  return trust_grant_add(&s->x, &g);
}

// Some of the further partners, whose views overlap.
static enum err share(struct scaling *s, id64 deal) {
  int n = s->p->n_partners;
  if (!n) return ERR_OK;
  int first = (int)demo_between(&s->d, 0, n - 1), away = (int)demo_between(&s->d, 1, n > 1 ? n - 1 : 1);
  TRY(grant(s, deal, s->p->partner[first]));
  return n > 1 && demo_between(&s->d, 0, 1) ? grant(s, deal, s->p->partner[(first + away) % n]) : ERR_OK;
}

static id64 firm_id(const struct scaling *s, int firm) { return s->p->alliance->people[firm * DEMO_PEOPLE].company_id; }

static enum err add_room(struct scaling *s, id64 deal, int k) {
  int private = s->p->n_partners ? (k ? 2 : 3) : 0;
  TRY(add_activity(s, deal, true));
  for (int i = 0; i < private; i++) TRY(add_activity(s, deal, false));
  return s->p->n_partners && (s->i + k) % 2 ? add_sign(s, deal) : ERR_OK;
}

static enum err add_deal(struct scaling *s, id64 account, str customer, int k) {
  static const int stages[] = {buyer_stage_confirm_need, buyer_stage_confirm_need, buyer_stage_evaluate_options,
                               buyer_stage_resolve_concerns, buyer_stage_implement};
  int64_t number = s->i * DEALS_EACH + k, every = s->p->total * DEALS_EACH / FEW;
  const char *need = pick(s, needs[s->tongue], 6);
  struct rec *r = rec_new(s->x.arena, &entity_deal);
  rec_set_text(r, deal_f_name, arena_fmt(s->x.arena, "%s %lld", need, (long long)number));
  rec_set_text(r, deal_f_need, str_of(need));
  rec_set_ref(r, deal_f_account, account);
  rec_set_text(r, deal_f_customer, customer);
  rec_set_money(r, deal_f_amount, (money){demo_between(&s->d, 2000, 900000) * 100, {"EUR"}});
  rec_set_word(r, deal_f_stage, stages[demo_between(&s->d, 0, ARRAY_LEN(stages) - 1)]);
  rec_set_ref(r, deal_f_owner, s->x.viewer.user);
  rec_set_int(r, deal_f_expected_on, utime_day(s->x.now) + (uday)demo_between(&s->d, 30, 400));
  TRY(trust_insert(&s->x, r));
  TRY(add_room(s, r->id, k));
  if (number % (every ? every : 1) == 0) TRY(grant(s, r->id, firm_id(s, LAN)));
  if (demo_between(&s->d, 0, 9) < MOST_OF_TEN) TRY(grant(s, r->id, firm_id(s, POLE)));
  return share(s, r->id);
}

static enum err add_one(struct scaling *s) {
  id64 account = 0;
  str name = STR_NULL;
  TRY(add_account(s, &account, &name));
  TRY(add_contact(s, account));
  for (int k = 0; k < DEALS_EACH; k++) TRY(add_deal(s, account, name, k));
  return ERR_OK;
}

enum err demo_partners(struct ctx *x, int n, str password_hash, struct demo_part *ret) {
  for (int i = 0; i < n; i++) {
    struct ctx y = *x;
    y.viewer = (struct viewer){0};
    struct new_company c = {.name = arena_fmt(x->arena, "Partner %03d", i + 1), .country = S("DE"), .currency = S("EUR")};
    struct new_user u = {.name = arena_fmt(x->arena, "Robin %03d", i + 1),
                         .email = arena_fmt(x->arena, "p%03d@partners.example", i + 1),
                         .password_hash = password_hash,
                         .role = "manager",
                         .lang = "en"};
    id64 user = 0;
    TRY(identity_company_create(&y, &c, &ret->partner[i]));
    u.company = ret->partner[i];
    y.viewer.user = 0;
    TRY(identity_user_create(&y, &u, &user));
  }
  ret->n_partners = n;
  return ERR_OK;
}

enum err demo_scale(struct ctx *x, const struct demo_part *p) {
  for (int64_t i = p->from; i < p->to; i++) {
    AUTO(arena_release) struct arena a = {0};
    const struct demo_login *who = &p->alliance->people[1 + i % 3];
    struct scaling s = {.x = *x, .p = p, .i = i, .tongue = (int)(i % 3)};
    s.d.random = p->seed * UINT64_C(0x9e3779b97f4a7c15) ^ (uint64_t)i << 20;
    s.x.arena = &a;
    s.x.now = x->now - SINCE_DAYS * UTIME_DAY + SINCE_DAYS * UTIME_DAY / p->total * i;
    s.x.viewer = (struct viewer){.company = who->company_id, .user = who->user_id, .role = user_role_manager, .ops = ~0u};
    TRY(add_one(&s));
  }
  return ERR_OK;
}
