// SPDX-License-Identifier: Apache-2.0
// All rules together: order, examples, texts in three languages, and pages that say what the code says.
#include "rules_testing.h"

#include <stdlib.h>

static void in_order_with_examples(void **state) {
  (void)state;
  for (size_t i = 0; rule_all[i]; i++) {
    if (i) assert_true(strcmp(rule_all[i - 1]->name, rule_all[i]->name) < 0);
    json_t *t = run_rule(rule_all[i]->name, rule_all[i]->example);
    assert_string_equal(text_at(t, "rule"), rule_all[i]->name);
    assert_int_equal(json_integer_value(at_path(t, "version")), rule_all[i]->version);
    // A verdict without a reason is not a verdict.
    assert_true(json_array_size(at_path(t, "because")) > 0);
    json_decref(t);
  }
}

// The same placeholders in all languages, each naming a vocabulary that exists.
static void placeholders(const char *text, unsigned *ret_args, const char *code) {
  *ret_args = 0;
  for (const char *p = text; (p = strchr(p, '{')) != NULL; p++) {
    const char *end = strchr(p, '}');
    if (!end || p[1] < '1' || p[1] > '0' + REASON_ARGS) fail_msg("%s: %s", code, text);
    *ret_args |= 1u << (p[1] - '0');
    if (p[2] == ':')
      assert_non_null(vocab_find((str){p + 3, (size_t)(end - p - 3)}));
    else
      assert_true(p[2] == '}');
  }
}

static void sentences(void **state) {
  (void)state;
  for (int i = 0; i < REASON_COUNT; i++) {
    unsigned first, other;
    placeholders(reason_defs[i].text.in[LANG_EN], &first, reason_defs[i].code);
    for (int l = 0; l < LANG_COUNT; l++) {
      placeholders(reason_defs[i].text.in[l], &other, reason_defs[i].code);
      if (first != other) fail_msg("%s has other arguments in %s", reason_defs[i].code, lang_tag((enum lang)l));
    }
    for (int k = 0; k < i; k++) assert_string_not_equal(reason_defs[k].code, reason_defs[i].code);
  }
}

// Every page holds the tables drawn from the code. To renew one: entente rules NAME --doc.
static void pages(void **state) {
  (void)state;
  const char *root = getenv("ENTENTE_SOURCE_ROOT");
  if (!root) fail_msg("ENTENTE_SOURCE_ROOT names the folder of the sources");
  for (size_t i = 0; rule_all[i]; i++) {
    AUTO(buf_release) struct buf path = BUF(4096), page = BUF(4 * 1024 * 1024), part = BUF(4 * 1024 * 1024);
    buf_fmt(&path, "%s/%s", root, rule_all[i]->docs);
    FILE *f = fopen(buf_z(&path), "r");
    if (!f) fail_msg("%s is missing", rule_all[i]->docs);
    char chunk[4096];
    for (size_t n; (n = fread(chunk, 1, sizeof chunk, f)) > 0;) buf_put(&page, (str){chunk, n});
    fclose(f);
    rule_doc(rule_all[i], &part);
    if (!strstr(buf_z(&page), buf_z(&part)))
      fail_msg("%s does not hold what `entente rules %s --doc` prints", rule_all[i]->docs, rule_all[i]->name);
  }
}

// The answers to the examples, byte by byte: whoever changes one sees it, and floating point keeps to its four decimals.
// To renew: ENTENTE_GOLDEN_WRITE=1 ENTENTE_SOURCE_ROOT=. build/tests/unit/test_rules
static void goldens(void **state) {
  (void)state;
  const char *root = getenv("ENTENTE_SOURCE_ROOT");
  bool write = getenv("ENTENTE_GOLDEN_WRITE") != NULL;
  if (!root) fail_msg("ENTENTE_SOURCE_ROOT names the folder of the sources");
  for (size_t i = 0; rule_all[i]; i++) {
    AUTO(arena_release) struct arena a = {0};
    AUTO(buf_release) struct buf path = BUF(4096), want = BUF(1024 * 1024), got = BUF(1024 * 1024);
    struct problem pb = {.arena = &a};
    buf_fmt(&path, "%s/tests/rules/golden/%s.json", root, rule_all[i]->name);
    assert_int_equal(rule_answer(rule_all[i], str_of(rule_all[i]->example), -1, &a, &pb, &got), ERR_OK);
    buf_putc(&got, '\n');
    FILE *f = fopen(buf_z(&path), write ? "w" : "r");
    if (!f) continue;  // a rule without one is left to its own tests
    if (write) {
      assert_int_equal(fwrite(got.p, 1, got.n, f), got.n);
      fclose(f);
      continue;
    }
    char chunk[4096];
    for (size_t n; (n = fread(chunk, 1, sizeof chunk, f)) > 0;) buf_put(&want, (str){chunk, n});
    fclose(f);
    if (!str_eq(buf_str(&want), buf_str(&got))) fail_msg("the answer of %s has changed: %s", rule_all[i]->name, buf_z(&got));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(in_order_with_examples),
    cmocka_unit_test(sentences),
    cmocka_unit_test(pages),
    cmocka_unit_test(goldens),
  };
  return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
