// SPDX-License-Identifier: Apache-2.0
// The command line: one table of commands (noun, verb), options after them, help and errors from the same table (clig.dev).
// Exit codes: 0 done, 1 the answer is no (tampered, differs), 2 wrong use or input, 3 store cannot be opened, 4 in use by another process, 5 failed.
// Flags win over environment (ENTENTE_DB ...). Secrets come from a file or from standard input ("-"), never from a flag.
#ifndef ENTENTE_CLI_CLI_H
#define ENTENTE_CLI_CLI_H
#include "db/db.h"
#include "trust/audit.h"

enum exit_code { EXIT_OK = 0, EXIT_NO = 1, EXIT_USAGE = 2, EXIT_OPEN = 3, EXIT_IN_USE = 4, EXIT_FAILED = 5 };

struct cli_option {
  const char *name;  // "--db"
  const char *arg;   // "URL", NULL: a switch
  const char *help;
  const char *env;   // environment variable behind it, or NULL
  const char *dflt;  // shown and used when not given, or NULL
};
enum { CLI_OPTIONS = 16, CLI_WORDS = 8 };
struct cli_args {
  const struct command *command;
  const char *value[CLI_OPTIONS];  // by position in command->options; switches: "1"
  const char *word[CLI_WORDS];     // positional
  int nwords;
};
struct command {
  const char *name;   // "audit verify"
  const char *words;  // positional arguments as shown: "FILE"
  const char *summary;
  const struct cli_option *options;  // ends with name NULL
  int (*run)(struct cli_args *a);
  const char *more;  // paragraph with examples for --help
};
extern const struct command commands[];                               // ends with name NULL
const char *cli_value(const struct cli_args *a, const char *option);  // NULL when not given and without default
bool cli_switch(const struct cli_args *a, const char *option);
int cli_fail(int code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));  // "entente: ..." on stderr, returns code
// Prints the problem with its fields in the language of LANG; returns EXIT_USAGE for bad input, EXIT_FAILED else.
int cli_problem(const struct problem *pb, enum err e);
enum lang cli_lang(void);
bool cli_is_terminal(void);  // progress bars: stderr is a terminal and NO_COLOR/TERM allow it
// Reads a file, "-" is standard input; at most max bytes. false: a sentence was printed.
bool cli_read(const char *path, size_t max, struct buf *out);

struct breached;
// The list named by --breached; *ret NULL when none is. An exit code; prints why when it cannot be used.
int cli_breached(const struct cli_args *a, struct breached **ret);

bool cli_test_clock(void);  // ENTENTE_TEST_CLOCK: tests own the clock; true when they do

// A hub opened for a command: database (migrated when written) and its signing key.
struct hub {
  struct db *db;
  struct audit_key key;
  bool has_key;
  bool older;  // opened for reading: its schema lacks something
  char key_path[4096];
};
// mode DB_CREATE makes a new hub (key file beside it); DB_SERVE takes the owner's lock; DB_READ_ONLY reads a live one. Prints why when it fails.
int hub_open(const char *url, const char *key_path, enum db_open_mode mode, struct hub *ret);
int hub_open_any_version(const char *url, const char *key_path, struct hub *ret);  // for reading, an older schema too
void hub_close(struct hub *h);
// Where the key of this hub lies when nobody says otherwise.
void hub_key_path(const char *url, char *out, size_t max);
// Orders what the command wrote; on SQLite the hook did. Call before hub_close.
int hub_settle(struct hub *h);

int cmd_serve(struct cli_args *a);
int cmd_init(struct cli_args *a);
int cmd_user_add(struct cli_args *a);
int cmd_demo(struct cli_args *a);
int cmd_import(struct cli_args *a);
int cmd_export(struct cli_args *a);
int cmd_erase(struct cli_args *a);
int cmd_scrub(struct cli_args *a);
int cmd_audit_verify(struct cli_args *a);
int cmd_audit_proof(struct cli_args *a);
int cmd_audit_check(struct cli_args *a);
int cmd_statement_verify(struct cli_args *a);
int cmd_backup(struct cli_args *a);
int cmd_restore(struct cli_args *a);
int cmd_migrate(struct cli_args *a);
int cmd_migrate_draft(struct cli_args *a);
int cmd_openapi(struct cli_args *a);
int cmd_model_dump(struct cli_args *a);
int cmd_schema(struct cli_args *a);
int cmd_selfcheck(struct cli_args *a);
int cmd_rules(struct cli_args *a);
int cmd_problems(struct cli_args *a);
int cmd_version(struct cli_args *a);
#endif
