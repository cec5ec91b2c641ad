// SPDX-License-Identifier: Apache-2.0
// Dumps of what the program derives from its tables, and export.
#include <stdio.h>

#include "api/api.h"
#include "api/openapi.h"
#include "cli/cli.h"
#include "model/derive.h"

static int print(struct buf *b) {
  fwrite(b->p, 1, b->n, stdout);
  return ferror(stdout) ? EXIT_FAILED : EXIT_OK;
}

int cmd_openapi(struct cli_args *a) {
  (void)a;
  AUTO(buf_release) struct buf b = BUF(8 * 1024 * 1024);
  openapi_write(&b);
  // Indented, so that a reviewer sees the effect of one line.
  json_error_t err;
  json_t *tree = json_loadb(b.p, b.n, 0, &err);
  if (!tree) return cli_fail(EXIT_FAILED, "the document is not JSON: %s", err.text);
  json_dumpf(tree, stdout, JSON_INDENT(1));
  fputc('\n', stdout);
  json_decref(tree);
  return EXIT_OK;
}

int cmd_model_dump(struct cli_args *a) {
  (void)a;
  AUTO(buf_release) struct buf b = BUF(8 * 1024 * 1024);
  model_dump(&b);
  return print(&b);
}

int cmd_schema(struct cli_args *a) {
  (void)a;
  AUTO(buf_release) struct buf b = BUF(8 * 1024 * 1024);
  model_schema(&b);
  return print(&b);
}

// The table of problem codes as the page clients are pointed to (docs/problems.md).
int cmd_problems(struct cli_args *a) {
  (void)a;
  puts(
    "# Problems\n\nEvery refusal is `application/problem+json` (RFC 9457); `code` is one of these, `errors` name the fields by JSON pointer.\n"
    "Texts are in the caller's language; {1} and {2} are filled in.\n\n| code | HTTP | English | 中文 | Русский |\n|---|---|---|---|---|");
  for (int c = P_NONE + 1; c < P_COUNT; c++) {
    static const str args[2] = {{"{1}", 3}, {"{2}", 3}};
    const char *name = problem_name((enum problem_code)c);
    printf("| <a id=\"%s\"></a>`%s` | %d", name, name, problem_status((enum problem_code)c));
    for (int l = 0; l < LANG_COUNT; l++) {
      struct buf b = BUF(4096);
      problem_text(&b, (enum problem_code)c, args, (enum lang)l);
      printf(" | %s", buf_z(&b));
      buf_release(&b);
    }
    puts(" |");
  }
  return EXIT_OK;
}

int cmd_version(struct cli_args *a) {
  (void)a;
  puts("entente " ENTENTE_VERSION);
  return EXIT_OK;
}

// Export asks the API's own route, so that the file holds what the person may see and nothing else.
int cmd_export(struct cli_args *a) {
  struct hub h;
  struct api *api = NULL;
  struct db_conn *c = NULL;
  if (a->nwords != 1 || !cli_value(a, "--as"))
    return cli_fail(EXIT_USAGE, "export needs what to export and --as LOGIN; see entente export --help");
  int e = hub_open(cli_value(a, "--db"), cli_value(a, "--key"), DB_READ_ONLY, &h);
  if (e) return e;
  AUTO(buf_release) struct buf out = BUF(LIMIT_RESPONSE);
  AUTO(arena_release) struct arena arena = {0};
  struct problem pb = {.arena = &arena};
  enum err failed = api_open(&(struct api_options){.db = h.db, .key = &h.key}, &api);
  if (!failed) failed = db_conn_open(h.db, &c);
  if (!failed) failed = api_export(c, str_of(cli_value(a, "--as")), str_of(a->word[0]), &arena, &pb, &out);
  e = failed ? cli_problem(&pb, failed) : print(&out);
  db_conn_close(c);
  api_close(api);
  hub_close(&h);
  return e;
}
