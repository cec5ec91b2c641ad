// SPDX-License-Identifier: Apache-2.0
// Which passwords are refused. Each row of the table names the kind of piece that gives it away; without that kind (the planted
// fault: its line in guess_bits taken out) its row passes, and the test fails. The list of stolen passwords: every line is found and
// nothing else, whatever ends the lines, in a bounded number of reads.
#include <stdlib.h>
#include <unistd.h>

#include "base/hash.h"
#include "flows/identity.h"
#include "unit.h"

static const struct password_context around = {
  {"mara.lindqvist@halden.example", 29}, {"Mara Lindqvist", 14}, {"Halden Türen GmbH", 18}, {"Nordring", 8}};

static const struct {
  const char *kind, *password;
} guessed[] = {
  {"repeat of one", "aaaaaaaaaaaaaaaaaaaa"},
  {"repeat of few", "xk7xk7xk7xk7xk7xk7"},
  {"repeat of a word", "passwordpassword"},
  {"run", "abcdefghijklmnop"},
  {"run back", "zyxwvutsrqponmlk"},
  {"run of digits", "password12345678"},
  {"run, Cyrillic", "абвгдежзиклмноп"},
  {"common words", "Welcome Princess Sunshine"},
  {"common words, disguised", "P@$$w0rd-4dmin1str4t0r!"},
  {"common words, full width", "ｐａｓｓｗｏｒｄｐａｓｓｗｏｒｄ"},
  {"walk", "qwertyuiopasdfgh"},
  {"walk down the columns", "1qaz2wsx3edc4rfv"},
  {"walk to and fro", "1q2w3e4r5t6y7u8i9o"},
  {"walk, German", "qwertzuioplkjhgfdsa"},
  {"walk, French", "azertyuiopqsdfgh"},
  {"walk, Cyrillic", "йцукенгшщзфывапр"},
  {"walk down, Cyrillic", "йфяцычувскам123"},
  {"walk, number pad", "789456123789456123"},
  {"date", "19871231-20260101"},
  {"digits alone", "8315702946183507"},
  {"pinyin", "woaini1314woaini1314"},
  {"pinyin", "zhongguo5201314mima"},
  {"Chinese", "我爱你我爱你我的密码密码你好你好"},
  {"Russian", "мойпарольпривет2026"},
  {"Russian on the other keyboard", "gfhjkmghbdtn123456"},
  {"Russian in Latin letters", "privetmoskva123456"},
  {"login", "mara.lindqvist@halden.example"},
  {"name", "LindqvistMara2026"},
  {"company", "HaldenTuren-2026!!"},
  {"company as written", "halden türen gmbh 1"},
  {"hub", "nordringNORDRING2026"},
  {"product", "EntenteEntenteCRM1"},
  {"a known phrase", "correct horse battery staple"},
  {"separators", "p-a-s-s-w-o-r-d-1-2-3-4-5"},
};

static const char *const accepted[] = {
  "seven-lakes-behind-a-hill", "cold rooms keep warm promises", "harbour mara lantern 4711 quill",
  "kJ8#vQz!tR2@mW9p",          "волна уносит старый бубен",     "七个湖在山后面静静睡着等春天来",
};

static void test_guessed(void **state) {
  (void)state;
  for (size_t i = 0; i < ARRAY_LEN(guessed); i++)
    if (password_refusal(str_of(guessed[i].password), &around) != P_PASSWORD_TRIVIAL)
      fail_msg("%s: %s is not refused", guessed[i].kind, guessed[i].password);
  for (size_t i = 0; i < ARRAY_LEN(accepted); i++)
    if (password_refusal(str_of(accepted[i]), &around) != P_NONE) fail_msg("%s is refused", accepted[i]);
}

// The same password is good where nothing around the person is in it.
static void test_context_is_what_refuses(void **state) {
  (void)state;
  const struct password_context elsewhere = {S("o@b.example"), S("Olga"), S("Ortolan"), STR_NULL};
  static const char *const own[] = {"lindqvist-halden-nordring", "Nordring+Halden+Mara+9x"};
  for (size_t i = 0; i < ARRAY_LEN(own); i++) {
    assert_int_equal(password_refusal(str_of(own[i]), &around), P_PASSWORD_TRIVIAL);
    assert_int_equal(password_refusal(str_of(own[i]), &elsewhere), P_NONE);
  }
}

static void test_length(void **state) {
  (void)state;
  char longest[LIMIT_PASSWORD_MAX + 2];
  struct gen g = {7};
  for (size_t i = 0; i < sizeof longest; i++) longest[i] = (char)('!' + gen_below(&g, 90));
  assert_int_equal(password_refusal(S("kJ8#vQz!tR2@mW"), &around), P_PASSWORD_SHORT);
  assert_int_equal(password_refusal((str){longest, LIMIT_PASSWORD_MAX}, &around), P_NONE);
  assert_int_equal(password_refusal((str){longest, LIMIT_PASSWORD_MAX + 1}, &around), P_TOO_LONG);
  assert_int_equal(password_refusal(S("\xff\xfe not UTF-8 at all"), &around), P_TOO_LONG);
}

// No rules of composition: of random passwords of one kind of character none is refused.
static void test_any_composition(void **state) {
  (void)state;
  static const char *const kinds[] = {"abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "!#%&()*/:;<=>?[]^{|}~ "};
  struct gen g = {11};
  for (size_t k = 0; k < ARRAY_LEN(kinds); k++)
    for (int round = 0; round < 2000; round++) {
      char z[20];
      for (size_t i = 0; i < sizeof z; i++) z[i] = kinds[k][gen_below(&g, strlen(kinds[k]))];
      if (password_refusal((str){z, sizeof z}, &around)) fail_msg("round %d: %.20s is refused", round, z);
    }
}

// ---- the list

static const char *file(void) {
  static char path[256];
  const char *folder = getenv("TMPDIR");
  snprintf(path, sizeof path, "%s/entente-breached-%d", folder ? folder : "/tmp", (int)getpid());
  return path;
}

static void put_file(str bytes) {
  FILE *f = fopen(file(), "wb");
  assert_non_null(f);
  assert_int_equal(fwrite(bytes.p, 1, bytes.n, f), bytes.n);
  assert_int_equal(fclose(f), 0);
}

static struct breached *opened(void) {
  AUTO(buf_release) struct buf message = BUF(4096);
  struct breached *b = NULL;
  if (breached_open(file(), &message, &b)) fail_msg("%s", buf_z(&message));
  return b;
}

static bool has(const struct breached *b, const char *password) {
  bool found = false;
  int reads = 0;
  assert_int_equal(breached_has(b, str_of(password), &found, &reads), ERR_OK);
  assert_true(reads <= 24);
  return found;
}

// SHA-1 of "abc" and of the two-block message of FIPS 180, of 55, 56 and 64 letters a: the edges of the padding.
static const char few[] = "0098BA824B5C16427BD7A1122A5A442A25EC644D:3\r\n84983E441C3BD26EBAAE4AA1F95129E5E54670F1:1\r\n"
                          "A9993E364706816ABA3E25717850C26C9CD0D89D:42\r\nC1C8BBDC22796E28C0E15163D20899B65621D65A:1\r\n"
                          "C2DB330F6083854C99D4B5BFB6E8F29F201BE699:9\r\n";
static const char letters[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

static void test_list_vectors(void **state) {
  (void)state;
  put_file(str_of(few));
  struct breached *b = opened();
  assert_true(has(b, "abc"));
  assert_true(has(b, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"));
  assert_true(has(b, letters));
  assert_true(has(b, letters + 8));
  assert_true(has(b, letters + 9));
  assert_false(has(b, letters + 1));
  assert_false(has(b, "abd"));
  assert_false(has(b, ""));
  breached_close(b);
  unlink(file());
}

// Lines as long as those of a real list, of three lengths; made up but for one in the middle.
static void lines_put(struct buf *out, int n, const char *end) {
  bool placed = false;
  for (int i = 0; i < n; i++) {
    uint32_t head = (uint32_t)(((uint64_t)i << 32) / (uint64_t)n);
    if (!placed && head > 0xa9993e36u) {
      buf_fmt(out, "A9993E364706816ABA3E25717850C26C9CD0D89D:42%s", end);
      placed = true;
    }
    buf_fmt(out, "%08X%032X:%d%s", head, 77u, i % 3 ? i : 7, end);
  }
}

static void test_list_search(void **state) {
  (void)state;
  static const char *const ends[] = {"\r\n", "\n"};
  for (size_t e = 0; e < ARRAY_LEN(ends); e++)
    for (int n = 2; n <= 200000; n = n * 10 - 7) {
      AUTO(buf_release) struct buf b = BUF(16 * 1024 * 1024);
      lines_put(&b, n, ends[e]);
      put_file(buf_str(&b));
      struct breached *list = opened();
      assert_int_equal(has(list, "abc"), n > 2);
      for (int i = 0; i < 200; i++) {
        char z[32];
        snprintf(z, sizeof z, "nobody's password %d", i);
        assert_false(has(list, z));
      }
      breached_close(list);
    }
  unlink(file());
}

// A list that would find nothing is refused at the start.
static void test_list_refused(void **state) {
  (void)state;
  static const char *const bad[] = {
    "",
    "password\n123456\n",
    "a9993e364706816aba3e25717850c26c9cd0d89d:1\n",
    "C2DB330F6083854C99D4B5BFB6E8F29F201BE699:9\n84983E441C3BD26EBAAE4AA1F95129E5E54670F1:1\n",
    "84983E441C3BD26EBAAE4AA1F95129E5E54670F1;1\n",
    "84983E441C3BD26EBAAE4AA1F95129E5E546\n",
  };
  for (size_t i = 0; i <= ARRAY_LEN(bad); i++) {
    AUTO(buf_release) struct buf message = BUF(4096);
    struct breached *b = NULL;
    if (i < ARRAY_LEN(bad)) put_file(str_of(bad[i]));
    if (breached_open(i < ARRAY_LEN(bad) ? file() : "/nowhere/at/all", &message, &b) == ERR_OK) fail_msg("%s is taken", bad[i]);
    assert_true(message.n > 0);
    assert_null(b);
  }
  unlink(file());
}

// A list damaged later lets nothing through: it says that it cannot tell.
static void test_list_damaged(void **state) {
  (void)state;
  put_file(str_of(few));
  struct breached *b = opened();
  bool found = false;
  int reads = 0;
  FILE *f = fopen(file(), "r+b");
  assert_non_null(f);
  for (size_t i = 0; i < sizeof few - 1; i++) fputc('x', f);
  fclose(f);
  assert_int_equal(breached_has(b, S("abc"), &found, &reads), ERR_CORRUPT);
  breached_close(b);
  unlink(file());
}

int main(void) {
  hash_setup();
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_guessed),      cmocka_unit_test(test_context_is_what_refuses),
    cmocka_unit_test(test_length),       cmocka_unit_test(test_any_composition),
    cmocka_unit_test(test_list_vectors), cmocka_unit_test(test_list_search),
    cmocka_unit_test(test_list_refused), cmocka_unit_test(test_list_damaged),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
