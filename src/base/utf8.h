// SPDX-License-Identifier: Apache-2.0
// Unicode at the edge (utf8proc): validation, counting, folding for search, normalised names for matching.
// Pure functions; any bytes may be given. The folding ones write nothing for text that is not valid UTF-8, and append to `out`.
// Example: utf8_tokens(&b, S("CT扫描仪")) writes "ct 扫 扫描 描 描仪 仪"; utf8_query(&b, S("描仪 ct")) writes "描仪 ct*".
#ifndef ENTENTE_BASE_UTF8_H
#define ENTENTE_BASE_UTF8_H
#include "base/buf.h"
bool utf8_valid(str s);    // RFC 3629: no surrogates, no overlong, at most U+10FFFF
size_t utf8_count(str s);  // code points (of valid text)
// C0/C1 controls, U+2028/9, bidi overrides and isolates, or invalid text; multiline allows \n \t.
bool utf8_has_control(str s, bool multiline);
ptrdiff_t utf8_bad_offset(str s);  // first bad byte, -1 if valid
// Folded text: NFKC, case fold, accents of alphabets off (ё = е, ł = l, but й stays й and が stays が), traditional = simplified
// Han (the common characters, han.h), full width = half, ignorable characters (soft hyphen, zero-width space) gone.
void utf8_fold(struct buf *out, str s);
// Search tokens of a text, folded, each once, in order of appearance, a blank between (and in front, when `out` holds
// something that does not end in one): words of alphabets with their digits (the index matches their prefixes), and of runs of
// Han, Kana or Hangul each character and each two neighbours, so that any two characters of it are found.
void utf8_tokens(struct buf *out, str s);
// Tokens a text must contain to answer a query; the last alphabetic word comes last, marked as a prefix by a trailing '*'. Of a
// CJK run its neighbours, or the character if it is alone. Nothing to look for writes nothing.
void utf8_query(struct buf *out, str s);
// Company name for duplicate matching: folded, legal form off (ooo, ао, ип, 有限公司, gmbh & co kg, sp. z o.o. ...), punctuation
// off, abbreviations joined ("A/S" as, "J. S." js), one blank between words and none inside Chinese. A name that is nothing but
// a legal form stays.
void utf8_company_key(struct buf *out, str name);
#endif
