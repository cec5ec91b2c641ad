// SPDX-License-Identifier: Apache-2.0
// What a character is to search and matching. Inside base only.
#ifndef ENTENTE_BASE_UTF8_CLASS_H
#define ENTENTE_BASE_UTF8_CLASS_H
#include <stdint.h>
enum utf8_class {
  UTF8_OTHER,   // blanks, punctuation, symbols: between words
  UTF8_LETTER,  // letters, digits and marks of scripts that part words by blanks
  UTF8_CJK,     // Han, Kana, Hangul: runs without blanks
};
enum utf8_class utf8_class_of(int32_t code_point);
#endif
