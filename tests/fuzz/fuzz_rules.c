// SPDX-License-Identifier: Apache-2.0
// Fuzz target of every JSON entrance of the rules: the first byte chooses the rule, the rest is its input.
//   clang -fsanitize=fuzzer,address,undefined -Isrc -D_GNU_SOURCE -include src/banned.h tests/fuzz/fuzz_rules.c src/base/*.c src/rules/*.c \
//     -lcsv -ljansson -lsodium -lutf8proc -lm -o fuzz_rules && ./fuzz_rules
// The examples of all rules, torn and bent, run as a plain test in tests/unit/test_shape.c.
#include "rules/rule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  size_t rules = 0;
  while (rule_all[rules]) rules++;
  if (size < 2 || size > 64 * 1024) return 0;
  AUTO(arena_release) struct arena a = {0};
  AUTO(buf_release) struct buf out = BUF(16 * 1024 * 1024);
  struct problem pb = {.arena = &a};
  enum err e =
    rule_answer(rule_all[data[0] % rules], (str){(const char *)data + 1, size - 1}, (int)(data[0] % LANG_COUNT), &a, &pb, &out);
  // Whatever is refused says why.
  if (e && pb.code == P_NONE) __builtin_trap();
  return 0;
}
