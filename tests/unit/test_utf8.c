// SPDX-License-Identifier: Apache-2.0
#include "base/han.h"
#include "base/utf8.h"
#include "unit.h"

static void knows_valid_text(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int bad;  // offset of the first bad byte, -1: valid
  } cases[] = {
    {"", -1},
    {"abc", -1},
    {"\xc2\x80", -1},
    {"\xdf\xbf", -1},
    {"\xe0\xa0\x80", -1},
    {"\xed\x9f\xbf", -1},
    {"\xee\x80\x80", -1},
    {"\xef\xbf\xbf", -1},
    {"\xf0\x90\x80\x80", -1},
    {"\xf4\x8f\xbf\xbf", -1},
    {"ok\x80", 2},  // continuation alone
    {"\xbf", 0},
    {"\xc0\x80", 0},  // overlong
    {"\xc1\xbf", 0},
    {"\xe0\x9f\xbf", 0},
    {"\xf0\x8f\xbf\xbf", 0},
    {"\xed\xa0\x80", 0},  // surrogates
    {"\xed\xbf\xbf", 0},
    {"\xf4\x90\x80\x80", 0},  // past U+10FFFF
    {"\xf5\x80\x80\x80", 0},
    {"\xfe", 0},
    {"\xff", 0},
    {"a\xc3", 1},  // cut short
    {"a\xe4\xb8", 1},
    {"a\xf0\x9f\x98", 1},
    {"\xc3(", 0},
    {"\xe4\xb8(", 0},
    {"\xf0\x9f\x98(", 0},
    {"\xe4(\xad", 0},
  };
  for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
    if (utf8_bad_offset(str_of(cases[i].text)) != cases[i].bad) fail_msg("case %zu", i);
    assert_int_equal(utf8_valid(str_of(cases[i].text)), cases[i].bad < 0);
  }
  assert_true(utf8_valid(S("a\0b")));
  assert_true(utf8_valid(STR_NULL));
}

static size_t encode(uint32_t c, char out[4]) {
  if (c < 0x80) return out[0] = (char)c, 1;
  if (c < 0x800) return out[0] = (char)(0xc0 | c >> 6), out[1] = (char)(0x80 | (c & 63)), 2;
  if (c < 0x10000) {
    out[0] = (char)(0xe0 | c >> 12), out[1] = (char)(0x80 | (c >> 6 & 63)), out[2] = (char)(0x80 | (c & 63));
    return 3;
  }
  out[0] = (char)(0xf0 | c >> 18), out[1] = (char)(0x80 | (c >> 12 & 63)), out[2] = (char)(0x80 | (c >> 6 & 63));
  out[3] = (char)(0x80 | (c & 63));
  return 4;
}

// Every code point: valid unless a surrogate, one character, a control exactly where the list says so, and folding
// twice is folding once.
static void every_code_point(void **state) {
  (void)state;
  AUTO(buf_release) struct buf once = BUF(1000), twice = BUF(1000);
  for (uint32_t c = 0; c <= 0x110000; c++) {
    char bytes[4];
    str s = {bytes, encode(c, bytes)};
    bool surrogate = c >= 0xd800 && c<0xe000, beyond = c> 0x10ffff;
    if (utf8_valid(s) == (surrogate || beyond)) fail_msg("U+%04X", c);
    if (surrogate || beyond) continue;
    assert_int_equal(utf8_count(s), 1);
    bool control = c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x2028 || c == 0x2029 || (c >= 0x202a && c <= 0x202e) ||
                   (c >= 0x2066 && c <= 0x2069);
    if (utf8_has_control(s, false) != control) fail_msg("U+%04X", c);
    if (utf8_has_control(s, true) != (control && c != '\n' && c != '\t')) fail_msg("U+%04X", c);
    buf_clear(&once);
    buf_clear(&twice);
    utf8_fold(&once, s);
    utf8_fold(&twice, buf_str(&once));
    if (!str_eq(buf_str(&once), buf_str(&twice))) fail_msg("U+%04X folds to %s and then to %s", c, buf_z(&once), buf_z(&twice));
  }
}

typedef void change(struct buf *out, str s);

static void check(change *f, const char *in, const char *expected) {
  AUTO(buf_release) struct buf b = BUF(10000);
  f(&b, str_of(in));
  assert_buf(&b, expected);
  assert_false(b.full);
}

static void folds(void **state) {
  (void)state;
  check(utf8_fold, "", "");
  check(utf8_fold, "Hello, WORLD 7", "hello, world 7");
  check(utf8_fold, "Łódź Ærø Straße ÀÉÎÕÜ Đà", "lodz æro strasse aeiou da");
  check(utf8_fold, "İstanbul ISPARTA ılık", "istanbul isparta ilik");
  check(utf8_fold, "Артём ЁЖ Йод Київ", "артем еж йод киів");
  check(utf8_fold, "ΣΊΣΥΦΟΣ Σίσυφος", "σισυφοσ σισυφοσ");
  check(utf8_fold, "ＡＢＣ１２３　ﾊﾝｶｸｶﾞ", "abc123 ハンカクガ");
  check(utf8_fold, "臺灣積體電路製造", "台湾积体电路制造");
  check(utf8_fold, "台湾积体电路制造", "台湾积体电路制造");
  check(utf8_fold, "か が は ぱ", "か が は ぱ");
  check(utf8_fold, "한국", "한국");
  check(utf8_fold, "№ ½ ﬁ ㈱", "no 1⁄2 fi (株)");
  check(utf8_fold, "soft\u00adhyphen zero\u200bwidth", "softhyphen zerowidth");
  check(utf8_fold, "e\u0301 и\u0306 а\u0306", "e й а");
  check(utf8_fold, "bad \xff", "");  // callers refuse it first
}

static void cuts_tokens(void **state) {
  (void)state;
  check(utf8_tokens, "", "");
  check(utf8_tokens, " - ", "");
  check(utf8_tokens, "Halden Medical, Halden!", "halden medical");
  check(utf8_tokens, "CT扫描仪 A4", "ct 扫 扫描 描 描仪 仪 a4");
  check(utf8_tokens, "王小紅", "王 王小 小 小红 红");
  check(utf8_tokens, "王 红", "王 红");
  check(utf8_tokens, "王王王", "王 王王");
  check(utf8_tokens, "mara@halden.example +7 (495) 123-45", "mara halden example 7 495 123 45");
  check(utf8_tokens, "Тёплый лид: тёплый", "теплый лид");
  check(utf8_tokens, "カメラ・한국", "カ カメ メ メラ ラ 한 한국 국");
  AUTO(buf_release) struct buf b = BUF(100);
  utf8_tokens(&b, S("one"));
  utf8_tokens(&b, S(""));
  utf8_tokens(&b, S("two"));
  assert_buf(&b, "one two");
}

static void makes_queries(void **state) {
  (void)state;
  check(utf8_query, "", "");
  check(utf8_query, "?!", "");
  check(utf8_query, "hal", "hal*");
  check(utf8_query, "Halden med", "halden med*");
  check(utf8_query, "扫描", "扫描");
  check(utf8_query, "扫", "扫");
  check(utf8_query, "CT 扫描仪", "扫描 描仪 ct*");
  check(utf8_query, "med halden med", "med halden med*");
  check(utf8_query, "ab ab", "ab ab*");
}

// Whether a text answers a query, as the index decides it.
static bool finds(const char *text, const char *query) {
  AUTO(buf_release) struct buf t = BUF(100000), q = BUF(100000);
  utf8_tokens(&t, str_of(text));
  utf8_query(&q, str_of(query));
  str list = buf_str(&q), want;
  while (list.n && str_next(&list, ' ', &want)) {
    bool prefix = str_ends(want, S("*")), found = false;
    if (prefix) want.n--;
    str tokens = buf_str(&t), have;
    while (!found && str_next(&tokens, ' ', &have)) found = prefix ? str_starts(have, want) : str_eq(have, want);
    if (!found) return false;
  }
  return q.n > 0;
}

static void finds_what_people_type(void **state) {
  (void)state;
  assert_true(finds("上海瑞康医疗器械有限公司", "瑞康"));
  assert_true(finds("上海瑞康医疗器械有限公司", "医疗"));
  assert_true(finds("上海瑞康醫療器械有限公司", "医疗"));
  assert_true(finds("上海瑞康医疗器械有限公司", "醫療"));
  assert_true(finds("上海瑞康医疗器械有限公司", "海"));
  assert_false(finds("上海瑞康医疗器械有限公司", "康上"));
  assert_true(finds("ООО «Тёплый дом»", "теплый до"));
  assert_true(finds("Тепловые сети", "ТЁПЛ"));
  assert_true(finds("Müller Łódź", "muller lodz"));
  assert_false(finds("Mueller", "muller"));
  assert_false(finds("anything", ""));
}

// Any two neighbouring characters of a Chinese text find it.
static void any_two_characters_find(void **state) {
  (void)state;
  struct gen g = {11};
  for (int round = 0; round < 300; round++) {
    char text[64 * 4 + 1] = "", query[9] = "";
    size_t chars = 2 + gen_below(&g, 30), at = gen_below(&g, chars - 1), n = 0, from = 0;
    for (size_t i = 0; i < chars; i++) {
      if (i == at) from = n;
      n += encode((uint32_t)(0x4e00 + gen_below(&g, 0x5000)), text + n);
      if (i == at + 1)
        for (size_t k = from; k < n; k++) query[k - from] = text[k];
    }
    assert_true(finds(text, query));
    assert_true(finds(text, text));
  }
}

static void company_keys(void **state) {
  (void)state;
  static const struct {
    const char *name, *key;
  } cases[] = {
    {"ООО «Ромашка»", "ромашка"},
    {"Общество с ограниченной ответственностью \"Ромашка\"", "ромашка"},
    {"О.О.О. Ромашка", "ромашка"},
    {"Ромашка, ООО", "ромашка"},
    {"АО Артём-Строй", "артем строй"},
    {"ПАО «ТЕПЛОСЕТЬ»", "теплосеть"},
    {"ИП Иванов С. П.", "иванов сп"},
    {"OOO Romashka", "romashka"},
    {"Halden GmbH", "halden"},
    {"HALDEN G.m.b.H.", "halden"},
    {"Weber GmbH & Co. KG", "weber"},
    {"Weber und Co", "weber"},
    {"Foo, Inc.", "foo"},
    {"Foo Co., Ltd.", "foo"},
    {"Nord A/S", "nord"},
    {"Kowalski Sp. z o.o.", "kowalski"},
    {"Brandt S.p.A.", "brandt"},
    {"深圳市瑞康科技有限公司", "深圳市瑞康科技"},
    {"深圳市瑞康科技股份有限公司", "深圳市瑞康科技"},
    {"深圳市瑞康科技有限责任公司", "深圳市瑞康科技"},
    {"瑞康（上海）科技有限公司", "瑞康上海科技"},
    {"瑞康(上海)科技有限公司", "瑞康上海科技"},
    {"台灣瑞康股份有限公司", "台湾瑞康"},
    {"株式会社さくら", "さくら"},
    {"さくら株式会社", "さくら"},
    {"GmbH", "gmbh"},
    {"有限公司", "有限公司"},
    {"S.A.", "sa"},
    {"Company Company", "company"},
    {"", ""},
    {"  ", ""},
    {"AG Weser", "ag weser"},
    {"Coop", "coop"},
    {"株式会社Sigma", "sigma"},
  };
  for (size_t i = 0; i < ARRAY_LEN(cases); i++) check(utf8_company_key, cases[i].name, cases[i].key);
}

static void han_table_is_sound(void **state) {
  (void)state;
  uint32_t before = 0, from, to;
  assert_true(han_pair_count() > 1500);
  for (size_t i = 0; i < han_pair_count(); i++) {
    han_pair(i, &from, &to);
    if (from <= before) fail_msg("U+%04X is out of order", from);
    assert_in_range(from, 0x4e00, 0x9fff);
    assert_in_range(to, 0x4e00, 0x9fff);
    assert_true(han_simplified(from) == to);
    if (han_simplified(to) != to) fail_msg("U+%04X leads to another traditional character", from);
    before = from;
  }
  assert_true(han_simplified('a') == 'a');
  assert_true(han_simplified(0x4e2d) == 0x4e2d);  // 中
  assert_true(han_simplified(0x9999999) == 0x9999999);
}

// Any bytes: valid output or none, within bounds, the same twice.
static void survives_noise(void **state) {
  (void)state;
  struct gen g = {12};
  static change *const changes[] = {utf8_fold, utf8_tokens, utf8_query, utf8_company_key};
  for (int round = 0; round < 3000; round++) {
    char text[120];
    size_t n = 0;
    while (n < 100 && gen_below(&g, 30)) {
      static const uint32_t ranges[] = {0x80, 0x500, 0x3100, 0xa000, 0xffff, 0x10ffff};
      n += encode((uint32_t)gen_below(&g, ranges[gen_below(&g, ARRAY_LEN(ranges))]), text + n);
    }
    if (n && !gen_below(&g, 3)) text[gen_below(&g, n)] = (char)gen_u64(&g);
    str s = {text, n};
    for (size_t k = 0; k < ARRAY_LEN(changes); k++) {
      AUTO(buf_release) struct buf a = BUF(100000), b = BUF(100000), tiny = BUF(7);
      changes[k](&a, s);
      changes[k](&b, s);
      changes[k](&tiny, s);
      assert_true(utf8_valid(buf_str(&a)) && !a.full);
      assert_true(str_eq(buf_str(&a), buf_str(&b)));
      assert_true(tiny.n <= 7);
      if (!utf8_valid(s)) assert_int_equal(a.n, 0);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(knows_valid_text),
    cmocka_unit_test(every_code_point),
    cmocka_unit_test(folds),
    cmocka_unit_test(cuts_tokens),
    cmocka_unit_test(makes_queries),
    cmocka_unit_test(finds_what_people_type),
    cmocka_unit_test(any_two_characters_find),
    cmocka_unit_test(company_keys),
    cmocka_unit_test(han_table_is_sound),
    cmocka_unit_test(survives_noise),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
