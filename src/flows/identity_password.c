// SPDX-License-Identifier: Apache-2.0
// How easily is a password guessed? The cheapest way to write it as a row of pieces somebody would try first: words of the hub, the
// company and the person; words of many passwords in several languages; runs, walks over a keyboard, dates, repeats. Each piece costs
// the bits it takes to guess it, a character that belongs to none what a character costs; a cheap whole is refused.
// The planted faults of tests/unit/test_password.c: a kind of piece taken out lets a password of its own table through.
#include <stdlib.h>

#include "base/hash.h"
#include "base/utf8.h"
#include "flows/identity.h"

enum {
  CHARS_MAX = 1024,  // code points looked at: folding makes a few of one
  REPEAT_MAX = 64,   // a longer repeat is two pieces: bounds the work on a password of one letter
  WORDS_MAX = 64,    // words of the surroundings
  WIDE = 0x2e80,     // Han, Kana and what comes after
  BITS_NEEDED = 40,  // with the throttle, centuries of guessing over the network; days of a large machine against a stolen hash
  BITS_CONTEXT = 4,
  BITS_COMMON = 9,
  BITS_RUN = 6,  // run, walk
  BITS_DATE = 9,
  BITS_REPEAT = 2,
  BITS_DIGIT = 3,
  BITS_CHAR = 5,
};

// What people make passwords of, folded, in alphabets and in pinyin. A phrase known as a whole stands as a whole.
// clang-format off
static const char *const common[] = {
  "password", "passwort", "passwd", "passphrase", "motdepasse", "contrasena", "senha", "parola", "haslo", "kennwort", "pass",
  "admin", "administrator", "root", "user", "guest", "login", "logon", "letmein", "welcome", "willkommen", "bienvenue",
  "changeme", "default", "secret", "geheim", "access", "system", "server", "database", "computer", "internet", "master",
  "private", "temporary", "test", "testing", "demo", "example", "hello", "hallo", "bonjour", "hola", "iloveyou", "loveyou",
  "ilove", "love", "forever", "sunshine", "princess", "dragon", "monkey", "football", "baseball", "basketball", "soccer",
  "hockey", "superman", "batman", "spiderman", "starwars", "pokemon", "shadow", "flower", "butterfly", "summer", "winter",
  "spring", "autumn", "sommer", "herbst", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
  "january", "february", "march", "april", "june", "july", "august", "september", "october", "november", "december", "michael",
  "jennifer", "jessica", "charlie", "thomas", "alexander", "daniel", "andrew", "nicole", "trustno", "trustnoone", "whatever",
  "freedom", "mustang", "ferrari", "mercedes", "chocolate", "cookie", "coffee", "liverpool", "arsenal", "chelsea", "barcelona",
  "realmadrid", "juventus", "company", "business", "office", "sales", "vertrieb", "verkauf", "customer", "kunde", "manager",
  "director", "crm", "gmbh", "group", "qwerty", "qwertz", "azerty", "asdf", "qazwsx", "zxcv", "abc", "xyz", "google",
  "facebook", "apple", "microsoft", "windows", "samsung", "linkedin", "correcthorsebatterystaple", "itwasthebestoftimes",
  "tobeornottobe", "maytheforcebewithyou", "thequickbrownfox", "jumpsoverthelazydog", "loremipsum", "dolorsitamet",
  "openthedoor", "nopassword", "mypassword", "thisismypassword", "donttellanyone", "ihatepasswords",
  // pinyin and what is typed for a sound
  "woaini", "woaiwo", "wobuzhidao", "nihao", "mima", "wodemima", "aini", "laopo", "laogong", "baobao", "zhongguo", "beijing",
  "shanghai", "shenzhen", "guangzhou", "wangyi", "baidu", "taobao", "tengxun", "zhang", "wang", "chen", "liu", "5201314",
  "1314", "520", "521", "7758", "147258", "147852", "我爱你", "密码", "我的密码", "你好", "中国", "北京", "上海", "公司", "管理员", "用户", "生日快乐",
  "欢迎", "测试", "老婆", "老公", "宝贝",
  // Russian, in its letters, in Latin ones, and typed on the other keyboard
  "пароль", "мойпароль", "привет", "люблю", "ятебялюблю", "любовь", "россия", "москва", "админ", "администратор", "наташа",
  "марина", "сергей", "максим", "андрей", "солнышко", "спартак", "зенит", "компания", "продажи", "менеджер", "директор",
  "вход", "тест", "йцукен", "parol", "privet", "lubov", "lyublyu", "moskva", "rossiya", "natasha", "sergey", "gfhjkm",
  "ghbdtn", "k.,jdm", "vfhbyf", "yfnfif", "cthutq",
};
// clang-format on

struct keys {
  const char *row[4];
};
static const struct keys keyboards[] = {
  {{"`1234567890-=", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./"}},
  {{"^1234567890", "qwertzuiopu", "asdfghjkloa", "yxcvbnm,.-"}},
  {{"1234567890", "azertyuiop", "qsdfghjklm", "wxcvbn,;:"}},
  {{"1234567890-=", "йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю."}},
  {{"789", "456", "123", "0"}},
};

struct letters {
  uint32_t c[CHARS_MAX];
  size_t n;
};

static uint32_t next_char(str *s) {
  uint8_t b = (uint8_t)s->p[0];
  size_t len = b < 0x80 ? 1 : b < 0xe0 ? 2 : b < 0xf0 ? 3 : 4;
  uint32_t c = len == 1 ? b : b & (0xffu >> (len + 1));
  for (size_t i = 1; i < len && i < s->n; i++) c = c << 6 | ((uint8_t)s->p[i] & 0x3f);
  *s = str_sub(*s, len, SIZE_MAX);
  return c;
}

static void decode(struct letters *t, str folded) {
  for (t->n = 0; folded.n && t->n < CHARS_MAX;) t->c[t->n++] = next_char(&folded);
}

static bool is_digit(uint32_t c) { return c >= '0' && c <= '9'; }
static bool is_wordy(uint32_t c) { return c >= 0x80 || is_digit(c) || (c >= 'a' && c <= 'z'); }

// p@ssw0rd is password.
static bool same_letter(uint32_t typed, uint32_t meant) {
  static const char look[][2] = {{'0', 'o'}, {'1', 'l'}, {'1', 'i'}, {'!', 'i'}, {'3', 'e'}, {'4', 'a'}, {'@', 'a'},
                                 {'5', 's'}, {'$', 's'}, {'7', 't'}, {'+', 't'}, {'8', 'b'}, {'9', 'g'}};
  if (typed == meant) return true;
  for (size_t i = 0; i < ARRAY_LEN(look); i++)
    if (typed == (uint32_t)look[i][0] && meant == (uint32_t)look[i][1]) return true;
  return false;
}

// Letters of the word that stand at `from`; 0 when they do not.
static size_t word_at(const struct letters *t, size_t from, str word) {
  size_t i = from;
  while (word.n) {
    if (i == t->n || !same_letter(t->c[i], next_char(&word))) return 0;
    i++;
  }
  return i - from;
}

// ---- lengths of the pieces that begin at `from`; 0: none

static size_t run_at(const struct letters *t, size_t from) {
  size_t best = 0;
  for (int step = -1; step <= 1; step++) {
    size_t i = from + 1;
    while (i < t->n && (int64_t)t->c[i] - t->c[i - 1] == step) i++;
    if (i - from > best) best = i - from;
  }
  return best >= 3 ? best : 0;
}

static bool key_place(const struct keys *k, uint32_t c, int *ret_row, int *ret_column) {
  for (int row = 0; row < 4; row++) {
    str rest = str_of(k->row[row]);
    for (int column = 0; rest.n; column++)
      if (next_char(&rest) == c) {
        *ret_row = row;
        *ret_column = column;
        return true;
      }
  }
  return false;
}

struct step {
  int row, column;
};

static bool key_step(const struct keys *k, uint32_t a, uint32_t b, struct step *ret) {
  int ar = 0, ac = 0, br = 0, bc = 0;
  if (!key_place(k, a, &ar, &ac) || !key_place(k, b, &br, &bc)) return false;
  *ret = (struct step){br - ar, bc - ac};
  return (br != ar || bc != ac) && abs(br - ar) <= 1 && abs(bc - ac) <= 1;
}

// Straight over the keys (qwerty, 1qaz, ячс), or to and fro in one direction (1q2w3e, qawsed).
static size_t walk_at(const struct letters *t, size_t from) {
  size_t best = 0;
  for (size_t k = 0; k < ARRAY_LEN(keyboards); k++) {
    struct step s[3] = {{0}};
    size_t straight = 1, zigzag = 1;
    for (size_t i = from + 1; i < t->n && key_step(&keyboards[k], t->c[i - 1], t->c[i], &s[2]); i++) {
      size_t steps = i - from;
      bool as_before = steps < 2 || (s[2].row == s[1].row && s[2].column == s[1].column);
      bool as_the_one_before = steps < 3 || (s[2].row == s[0].row && s[2].column == s[0].column);
      if (as_before && straight == steps) straight++;
      if (as_the_one_before && zigzag == steps) zigzag++;
      if (straight <= steps && zigzag <= steps) break;
      s[0] = s[1];
      s[1] = s[2];
    }
    size_t n = zigzag >= 5 && zigzag > straight ? zigzag : straight >= 3 ? straight : 0;
    if (n > best) best = n;
  }
  return best;
}

// 1987, 2026; 31121987, 19871231, 311287 are all digits somebody's calendar holds.
static size_t date_at(const struct letters *t, size_t from) {
  size_t n = 0;
  while (from + n < t->n && n < 8 && is_digit(t->c[from + n])) n++;
  bool century = n >= 4 && ((t->c[from] == '1' && t->c[from + 1] == '9') || (t->c[from] == '2' && t->c[from + 1] == '0'));
  return n == 8 || n == 6 ? n : century ? 4 : 0;
}

// Two characters of Chinese are a word.
static size_t least_repeat(uint32_t c) { return c >= WIDE ? 2 : 3; }

static size_t repeat_at(const struct letters *t, size_t from) {
  size_t best = 0;
  for (size_t j = 0; j < from; j++) {
    size_t n = 0;
    while (n < REPEAT_MAX && from + n < t->n && t->c[j + n] == t->c[from + n]) n++;
    if (n > best) best = n;
  }
  return best >= least_repeat(t->c[from]) ? best : 0;
}

// ---- the cheapest row of pieces

struct words {
  str w[WORDS_MAX];
  size_t n;
};

static void offer(int *cost, size_t from, size_t n, int bits) {
  if (n && cost[from] + bits < cost[from + n]) cost[from + n] = cost[from] + bits;
}

// Any beginning of a piece is one too: the rest may be a better start of the next.
static void offer_all(int *cost, size_t from, size_t n, size_t least, int bits) {
  for (; n >= least; n--) offer(cost, from, n, bits);
}

static int guess_bits(const struct letters *t, const struct words *context) {
  int cost[CHARS_MAX + 1];
  cost[0] = 0;
  for (size_t i = 1; i <= t->n; i++) cost[i] = cost[i - 1] + (is_digit(t->c[i - 1]) ? BITS_DIGIT : BITS_CHAR);
  for (size_t i = 0; i < t->n; i++) {
    offer(cost, i, 1, is_digit(t->c[i]) ? BITS_DIGIT : BITS_CHAR);
    for (size_t w = 0; w < context->n; w++) offer(cost, i, word_at(t, i, context->w[w]), BITS_CONTEXT);
    for (size_t w = 0; w < ARRAY_LEN(common); w++) offer(cost, i, word_at(t, i, str_of(common[w])), BITS_COMMON);
    offer_all(cost, i, run_at(t, i), 3, BITS_RUN);
    offer_all(cost, i, walk_at(t, i), 3, BITS_RUN);
    offer(cost, i, date_at(t, i), BITS_DATE);
    offer_all(cost, i, repeat_at(t, i), least_repeat(t->c[i]), BITS_REPEAT);
  }
  return cost[t->n];
}

// ---- the words around the person

// Splits a folded text at everything that is no letter or digit. Two letters are a word of Chinese only.
static void add_words(struct words *w, str folded) {
  while (folded.n && w->n < WORDS_MAX) {
    str rest = folded, at = folded;
    size_t chars = 0;
    bool wide = false;
    while (rest.n) {
      at = rest;
      uint32_t c = next_char(&rest);
      if (!is_wordy(c)) break;
      wide = wide || c >= WIDE;
      chars++;
      at = rest;
    }
    str word = str_sub(folded, 0, (size_t)(at.p - folded.p));
    if (chars >= (wide ? 2 : 3)) w->w[w->n++] = word;
    folded = rest;
  }
}

// Without what only keeps words apart: one sign between two letters.
static void join(struct letters *out, const struct letters *t) {
  out->n = 0;
  for (size_t i = 0; i < t->n; i++) {
    bool between = i > 0 && i + 1 < t->n && is_wordy(t->c[i - 1]) && is_wordy(t->c[i + 1]);
    bool letter = is_wordy(t->c[i]) || t->c[i] == '@' || t->c[i] == '$' || t->c[i] == '!' || t->c[i] == '+';
    if (letter || !between) out->c[out->n++] = t->c[i];
  }
}

enum problem_code password_refusal(str password, const struct password_context *around) {
  if (!utf8_valid(password) || utf8_count(password) > LIMIT_PASSWORD_MAX) return P_TOO_LONG;
  if (utf8_count(password) < LIMIT_PASSWORD_MIN) return P_PASSWORD_SHORT;
  const str sources[] = {around->login, around->name, around->company, around->hub, S("entente crm hub")};
  struct buf folded[ARRAY_LEN(sources) + 1];
  struct words words = {.n = 0};
  struct letters t, joined;
  for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
    folded[i] = BUF(8192);
    utf8_fold(&folded[i], sources[i]);
    add_words(&words, buf_str(&folded[i]));
  }
  struct buf *f = &folded[ARRAY_LEN(sources)];
  *f = BUF(16384);
  utf8_fold(f, password);
  decode(&t, buf_str(f));
  join(&joined, &t);
  int bits = guess_bits(&t, &words), bare = guess_bits(&joined, &words);
  secret_wipe(f->p, f->n);
  secret_wipe(&t, sizeof t);
  secret_wipe(&joined, sizeof joined);
  for (size_t i = 0; i < ARRAY_LEN(folded); i++) buf_release(&folded[i]);
  return bits < BITS_NEEDED || bare < BITS_NEEDED ? P_PASSWORD_TRIVIAL : P_NONE;
}
