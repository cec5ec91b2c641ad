// SPDX-License-Identifier: Apache-2.0
// Unicode at the edge (utf8proc): validation, counting, folding for search, normalised names for matching.
#ifndef ENTENTE_BASE_UTF8_H
#define ENTENTE_BASE_UTF8_H
#include "base/buf.h"
bool utf8_valid(str s);                    // RFC 3629: no surrogates, no overlong, at most U+10FFFF
size_t utf8_count(str s);                  // code points (of valid text)
bool utf8_has_control(str s, bool multiline);  // C0/C1 controls, U+2028/9, bidi overrides; multiline allows \n \t
ptrdiff_t utf8_bad_offset(str s);          // first bad byte, -1 if valid
// Folded text (NFKC, case fold, accents off, io = ie in Russian, traditional = simplified Han, full width = half).
void utf8_fold(struct buf *out, str s);
// Search tokens of a text, separated by one blank, each once: words of alphabets (and their prefixes are matched by the index),
// overlapping bigrams of Han/Kana/Hangul runs, single Han characters. The same function serves indexing and asking.
void utf8_tokens(struct buf *out, str s);
// Tokens a query must contain, separated by blanks; the last alphabetic word is marked as prefix by a trailing '*'.
void utf8_query(struct buf *out, str s);
// Company name for duplicate matching: folded, legal form stripped (ooo, ao, ip, 有限公司, gmbh, ltd ...), punctuation off.
void utf8_company_key(struct buf *out, str name);
#endif
