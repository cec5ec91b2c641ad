// SPDX-License-Identifier: Apache-2.0
#include "base/utf8.h"

// Length of the well-formed sequence at the start of s (1 to 4), or 0. Table 3-7 of the Unicode standard: the second byte is
// restricted after E0 (overlong), ED (surrogates), F0 (overlong) and F4 (past U+10FFFF).
static size_t sequence(str s) {
  const unsigned char *p = (const unsigned char *)s.p;
  unsigned char c = p[0];
  if (c < 0x80) return 1;
  size_t n = c >= 0xc2 && c <= 0xdf ? 2 : c >= 0xe0 && c <= 0xef ? 3 : c >= 0xf0 && c <= 0xf4 ? 4 : 0;
  if (!n || s.n < n) return 0;
  unsigned char low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
  unsigned char high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
  if (p[1] < low || p[1] > high) return 0;
  for (size_t i = 2; i < n; i++)
    if (p[i] < 0x80 || p[i] > 0xbf) return 0;
  return n;
}

ptrdiff_t utf8_bad_offset(str s) {
  for (size_t i = 0; i < s.n;) {
    size_t n = sequence((str){s.p + i, s.n - i});
    if (!n) return (ptrdiff_t)i;
    i += n;
  }
  return -1;
}

bool utf8_valid(str s) { return utf8_bad_offset(s) < 0; }

size_t utf8_count(str s) {
  size_t n = 0;
  for (size_t i = 0; i < s.n; i++) n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
  return n;
}

// The code point of a well-formed sequence of n bytes.
static uint32_t decode(const char *bytes, size_t n) {
  const unsigned char *p = (const unsigned char *)bytes;
  uint32_t c = n == 1 ? p[0] : p[0] & (0x7fu >> n);
  for (size_t i = 1; i < n; i++) c = c << 6 | (p[i] & 0x3fu);
  return c;
}

static bool is_control(uint32_t c, bool multiline) {
  if (c < 0x20) return !(multiline && (c == '\n' || c == '\t'));
  bool line_end = c == 0x2028 || c == 0x2029;
  bool bidi = (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
  return (c >= 0x7f && c < 0xa0) || line_end || bidi;
}

bool utf8_has_control(str s, bool multiline) {
  for (size_t i = 0; i < s.n;) {
    size_t n = sequence((str){s.p + i, s.n - i});
    // Callers check validity first; broken text is nothing to let through.
    if (!n || is_control(decode(s.p + i, n), multiline)) return true;
    i += n;
  }
  return false;
}
