// SPDX-License-Identifier: Apache-2.0
// The three fictional firms of the demo: who they are, when they work, what they sell. Holidays are those of 2026 and the turn of the
// year, with the make-up days of China and the transferred days of Russia.
#include "flows/demo_internal.h"

#define GERMAN_HOLIDAYS \
  "2026-01-01 closed\n2026-04-03 closed\n2026-04-06 closed\n2026-05-01 closed\n2026-05-14 closed\n2026-05-25 closed\n" \
  "2026-10-31 closed\n2026-12-24 closed\n2026-12-25 closed\n2026-12-31 closed\n2027-01-01 closed\n2027-03-26 closed\n2027-03-29 closed"
#define CHINESE_HOLIDAYS \
  "2026-01-01 closed\n2026-01-02 closed\n2026-02-14 09:00-18:00\n2026-02-16 closed\n2026-02-17 closed\n2026-02-18 closed\n" \
  "2026-02-19 closed\n2026-02-20 closed\n2026-02-23 closed\n2026-02-28 09:00-18:00\n2026-04-06 closed\n2026-05-01 closed\n" \
  "2026-05-04 closed\n2026-05-05 closed\n2026-05-09 09:00-18:00\n2026-06-19 closed\n2026-09-20 09:00-18:00\n2026-09-25 closed\n" \
  "2026-10-01 closed\n2026-10-02 closed\n2026-10-05 closed\n2026-10-06 closed\n2026-10-07 closed\n2026-10-10 09:00-18:00\n" \
  "2027-01-01 closed"
#define RUSSIAN_HOLIDAYS \
  "2026-01-01 closed\n2026-01-02 closed\n2026-01-05 closed\n2026-01-06 closed\n2026-01-07 closed\n2026-01-08 closed\n" \
  "2026-01-09 closed\n2026-02-23 closed\n2026-03-09 closed\n2026-05-01 closed\n2026-05-11 closed\n2026-06-12 closed\n" \
  "2026-11-04 closed\n2026-12-31 closed\n2027-01-01 closed\n2027-01-04 closed\n2027-01-05 closed\n2027-01-06 closed\n" \
  "2027-01-07 closed\n2027-01-08 closed"

const struct demo_firm demo_firms[DEMO_FIRMS] = {
  {.is = {"Northwind Traders", "NT", "Northwind Traders GmbH", "DE", "EUR", "1-5 09:00-17:30", GERMAN_HOLIDAYS,
          "Imported food\nHotel breakfast range\nSeafood", "Hamburg, Schleswig-Holstein, Niedersachsen, Berlin, Brandenburg",
          "Importer of fine food for hotels, restaurants, canteens and delicatessen shops. Its people stand in kitchens and cold rooms every week.",
          60},
   .lang = "en",
   .phone = "+49 40 66969",
   .people = {{"Mara Lindqvist", "mara@northwind.example", "Managing director", "admin"},
              {"Jonas Keller", "jonas@northwind.example", "Head of sales", "manager"},
              {"Aisha Grant", "aisha@northwind.example", "Key accounts", "rep"},
              {"Paul Sommer", "paul@northwind.example", "Field sales", "rep"},
              {"Greta Holm", "greta@northwind.example", "Accounting", "viewer"}},
   .products = {{"NT-100", "Breakfast range, 40 items", "Assortments", "week and house", 420},
                {"NT-120", "Smoked salmon, side", "Seafood", "1.2 kg", 34},
                {"NT-125", "Cod fillet, frozen", "Seafood", "carton of 5 kg", 61},
                {"NT-210", "Olive oil, first pressing", "Oils", "canister of 5 l", 48},
                {"NT-240", "Balsamic vinegar, 12 years", "Oils", "bottle", 22},
                {"NT-310", "Mountain cheese, wheel", "Dairy", "7 kg", 118},
                {"NT-410", "Spice box for kitchens", "Spices", "24 tins", 96},
                {"NT-520", "Green tea, loose", "Beverages", "2 kg", 57}}},
  {.is = {"澜川冷链", "澜川", "澜川冷链设备有限公司", "CN", "CNY", "1-5 09:00-12:00; 1-5 13:00-18:00", CHINESE_HOLIDAYS,
          "Cold rooms\nShop refrigeration\nTemperature monitoring\nRefrigeration service", "上海, 浙江, 江苏, Hamburg, Niedersachsen, Bayern",
          "冷库、超市冷柜与温度监测系统的制造商，为酒店、餐饮和食品零售供货，并向欧洲出口。", 480},
   .lang = "zh",
   .phone = "+86 21 0000",
   .people = {{"陈思远", "siyuan@lanchuan.example", "总经理", "admin"},
              {"林若晴", "ruoqing@lanchuan.example", "销售总监", "manager"},
              {"赵一鸣", "yiming@lanchuan.example", "大客户经理", "rep"},
              {"孙佳怡", "jiayi@lanchuan.example", "海外销售", "rep"},
              {"周文", "wen@lanchuan.example", "财务", "viewer"}},
   .products = {{"LC-2010", "组合式冷库 20 立方米", "冷库", "套", 68000},
                {"LC-2050", "组合式冷库 50 立方米", "冷库", "套", 148000},
                {"LC-3010", "立式风幕柜 2.5 米", "超市冷柜", "台", 23800},
                {"LC-3040", "岛式冷冻柜", "超市冷柜", "台", 17600},
                {"LC-5001", "温度监测终端", "监测系统", "个", 890},
                {"LC-5100", "监测平台年费", "监测系统", "年", 12000},
                {"LC-7010", "年度保养", "服务", "次", 5600},
                {"LC-7020", "压缩机组更换", "服务", "套", 31500}}},
  {.is = {"Полярный контур", "ПК", "ООО «Полярный контур»", "RU", "RUB", "1-4 09:00-18:00; 5 09:00-16:45", RUSSIAN_HOLIDAYS,
          "Refrigeration installation\nRefrigeration service\nKitchen fitting",
          "Санкт-Петербург, Ленинградская область, Hamburg, Schleswig-Holstein",
          "Проектируем, монтируем и обслуживаем холодильные установки и профессиональные кухни для гостиниц, клиник и торговых сетей.", 180},
   .lang = "ru",
   .phone = "+7 812 000-00",
   .people = {{"Ирина Соколова", "irina@kontur.example", "Генеральный директор", "admin"},
              {"Дмитрий Орлов", "dmitry@kontur.example", "Коммерческий директор", "manager"},
              {"Алексей Белов", "alexey@kontur.example", "Менеджер проектов", "rep"},
              {"Наталья Громова", "natalia@kontur.example", "Менеджер по сервису", "rep"},
              {"Павел Зимин", "pavel@kontur.example", "Бухгалтерия", "viewer"}},
   .products = {{"ПК-10", "Проект холодильной камеры", "Проектирование", "проект", 185000},
                {"ПК-20", "Монтаж холодильной камеры", "Монтаж", "камера", 640000},
                {"ПК-25", "Монтаж линии витрин", "Монтаж", "линия", 410000},
                {"ПК-30", "Кухня под ключ", "Кухни", "проект", 2900000},
                {"ПК-35", "Вытяжная система", "Кухни", "комплект", 520000},
                {"ПК-40", "Сервисный договор, год", "Сервис", "год", 240000},
                {"ПК-41", "Аварийный выезд", "Сервис", "выезд", 18500},
                {"ПК-45", "Заправка хладагентом", "Сервис", "контур", 32000}}},
};
