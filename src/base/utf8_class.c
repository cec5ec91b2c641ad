// SPDX-License-Identifier: Apache-2.0
#include "base/utf8_class.h"

#include <stdbool.h>
#include <utf8proc.h>

static bool is_cjk(int32_t c) {
  if (c < 0x2e80) return false;
  return c == 0x3005 || c == 0x3007 || (c >= 0x3040 && c <= 0x30ff && c != 0x30fb) || (c >= 0x31f0 && c <= 0x31ff) ||
         (c >= 0x3400 && c <= 0x4dbf) || (c >= 0x4e00 && c <= 0x9fff) || (c >= 0xac00 && c <= 0xd7af) ||
         (c >= 0xf900 && c <= 0xfaff) || (c >= 0x20000 && c <= 0x3ffff);
}

enum utf8_class utf8_class_of(int32_t c) {
  if (is_cjk(c)) return UTF8_CJK;
  switch (utf8proc_category(c)) {
  case UTF8PROC_CATEGORY_LU:
  case UTF8PROC_CATEGORY_LL:
  case UTF8PROC_CATEGORY_LT:
  case UTF8PROC_CATEGORY_LM:
  case UTF8PROC_CATEGORY_LO:
  case UTF8PROC_CATEGORY_MN:
  case UTF8PROC_CATEGORY_MC:
  case UTF8PROC_CATEGORY_ND:
  case UTF8PROC_CATEGORY_NL:
  case UTF8PROC_CATEGORY_NO: return UTF8_LETTER;
  default: return UTF8_OTHER;
  }
}
