// SPDX-License-Identifier: Apache-2.0
// What the fuzz targets share. Each target, fuzz_NAME.c, gives LLVMFuzzerTestOneInput and asserts properties, not only that nothing
// crashes. It is built twice over: with driver.c, which any compiler builds, and with clang's libFuzzer (-Dfuzzer=true).
// Planted fault: under ENTENTE_FUZZ_PLANT=1 a target spoils one rare answer of the product; a run that does not notice is blind.
// Example: HOLDS(str_eq(again, once)); fuzz_feature(1, pb.code);
#ifndef ENTENTE_TESTS_FUZZ_H
#define ENTENTE_TESTS_FUZZ_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

bool fuzz_planted(void);
// Something about this input worth coming back to: inputs that show a new one are mutated further. libFuzzer sees branches instead.
void fuzz_feature(unsigned kind, unsigned value);
_Noreturn void fuzz_broken(const char *file, int line, const char *what);
#define HOLDS(condition) ((condition) ? (void)0 : fuzz_broken(__FILE__, __LINE__, #condition))

// The driver's side: 64 Ki features, true once for each.
bool fuzz_feature_new(void);  // did the last input show one? Forgets it.
#endif
