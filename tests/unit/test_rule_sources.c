// SPDX-License-Identifier: Apache-2.0
// Where a rule's field says it comes from exists: an entity of the model and a field of it, once that entity is there.
#include "rules_testing.h"

#include "model/model.h"

static bool common_field(str name) {
  static const char *const names[] = {"id", "company", "created_at", "updated_at"};
  for (size_t i = 0; i < ARRAY_LEN(names); i++)
    if (str_eqz(name, names[i])) return true;
  return false;
}

static void check_shape(const struct shape *s, const char *rule, int depth) {
  assert_true(depth < 8);
  for (int i = 0; i < s->n; i++) {
    const struct shape_field *f = &s->fields[i];
    str entity, field;
    if (f->sub) check_shape(f->sub, rule, depth + 1);
    if (!f->from) fail_msg("%s: %s.%s does not say where it comes from", rule, s->name, f->name);
    if (strcmp(f->from, "judged") == 0 || strcmp(f->from, "derived") == 0) continue;
    if (!str_cut(str_of(f->from), '.', &entity, &field)) fail_msg("%s: %s.%s comes from %s", rule, s->name, f->name, f->from);
    const struct entity *e = entity_find(entity);
    if (e && !common_field(field) && field_find(e, field) < 0)
      fail_msg("%s: %s.%s comes from %s, which does not exist", rule, s->name, f->name, f->from);
  }
}

static void every_source_exists(void **state) {
  (void)state;
  model_setup();
  for (size_t i = 0; rule_all[i]; i++) check_shape(rule_all[i]->input, rule_all[i]->name, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_source_exists)};
  return cmocka_run_group_tests_name("rule_sources", tests, NULL, NULL);
}
