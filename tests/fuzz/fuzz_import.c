// SPDX-License-Identifier: Apache-2.0
// Files of an import and their mapping: slices cover every row once, each slice is read again to as many rows, a proposed mapping names
// each field once and reads back as itself, every row is ready or says why not. Input: kind and mapping on the first line, then the
// file. Planted: in tables of eight columns, one that is proposed for a field already taken.
#include "flows/import_internal.h"
#include "fuzz.h"

static void check_mapping(const struct import_upload *u, struct arena *a) {
  int field[LIMIT_CSV_COLUMNS];
  AUTO(json_release) json_t *t = NULL;
  if (fuzz_planted() && u->ncolumns == 8 && u->field[0] >= 0) u->field[2] = u->field[0];
  for (size_t c = 0; c < u->ncolumns; c++) {
    HOLDS(u->field[c] >= -1 && u->field[c] < u->kind->nfields);
    for (size_t o = 0; o < c; o++) {
      HOLDS(u->field[c] < 0 || u->field[c] != u->field[o]);
      HOLDS(!str_eq(u->header[c], u->header[o]));
    }
    field[c] = -1;
  }
  str text = import_mapping_text(u->kind, u->header, u->ncolumns, u->field, a);
  HOLDS(json_read(text, NULL, &t) == ERR_OK);
  HOLDS(import_mapping_read(u->kind, u->header, u->ncolumns, t, NULL, a, field) == ERR_OK);
  HOLDS(u->ncolumns == 0 || memcmp(field, u->field, u->ncolumns * sizeof *field) == 0);
}

static void check_given_mapping(struct import_upload *u, str mapping, struct arena *a) {
  AUTO(json_release) json_t *t = NULL;
  struct problem pb = {.arena = a};
  int *field = NEW_ARRAY(a, u->ncolumns + 1, int);
  memcpy(field, u->field, u->ncolumns * sizeof *field);
  if (!mapping.n || json_read(mapping, NULL, &t)) return;
  enum err e = import_mapping_read(u->kind, u->header, u->ncolumns, t, &pb, a, field);
  fuzz_feature(2, (unsigned)pb.code * 8 + (unsigned)e);
  HOLDS((e == ERR_OK) == (pb.code == P_NONE));
  if (e) return;
  memcpy(u->field, field, u->ncolumns * sizeof *field);
}

static void check_rows(const struct import_upload *u, struct arena *a) {
  struct import_file file = {
    .kind = u->kind, .delimiter = u->delimiter, .header = u->header, .ncolumns = u->ncolumns, .field = u->field};
  file.dates = (str){u->dates, u->ncolumns};
  struct import_reader reader = {.file = &file, .cur = {"EUR"}, .company = 1, .user = 1, .arena = a};
  int64_t total = 0;
  for (size_t i = 0; i < u->nslices; i++) {
    struct problem pb = {.arena = a};
    struct import_row *rows = NULL;
    size_t n = 0;
    HOLDS(u->slices[i].first_row == total + 2);
    HOLDS(import_rows_decode(&reader, &u->slices[i], a, &pb, &rows, &n) == ERR_OK && (int64_t)n == u->slices[i].rows);
    for (size_t k = 0; k < n; k++) {
      HOLDS(rows[k].row == u->slices[i].first_row + (int64_t)k);
      HOLDS(rows[k].ready != (rows[k].outcome == OUT_FAILED || rows[k].outcome == OUT_SKIPPED));
      HOLDS(rows[k].ready == (rows[k].code == P_NONE));
      fuzz_feature(3, (unsigned)rows[k].code);
    }
    total += (int64_t)n;
  }
  HOLDS(total == u->rows);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static bool ready;
  if (!ready) {
    hash_setup();
    model_setup();
  }
  ready = true;
  AUTO(arena_release) struct arena a = {0};
  struct problem pb = {.arena = &a};
  str first, kind, mapping, text, all = {(const char *)data, size};
  if (size > 16 * 1024 || !str_cut(all, '\n', &first, &text)) return 0;
  (void)str_cut(first, ' ', &kind, &mapping);
  struct import_upload *u = NULL;
  enum err e = import_read(kind, S("a/b\\file.csv"), text, &a, &pb, &u);
  fuzz_feature(1, (unsigned)pb.code);
  HOLDS((e == ERR_OK) == (u != NULL) && (e == ERR_OK) == (pb.code == P_NONE));
  if (e) return 0;
  HOLDS(u->rows > 0 && str_eqz(u->filename, "file.csv"));
  check_mapping(u, &a);
  check_given_mapping(u, mapping, &a);
  check_rows(u, &a);
  return 0;
}
