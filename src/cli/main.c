// SPDX-License-Identifier: Apache-2.0
// Entry point: finds the command, reads its options, prints help. What a command does is in its own file.
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "cli/cli.h"
#include "cli/rules.h"
#include "model/model.h"

int cli_fail(int code, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  fputs("entente: ", stderr);
  vfprintf(stderr, fmt, ap);
  fputc('\n', stderr);
  va_end(ap);
  return code;
}

enum lang cli_lang(void) {
  const char *l = getenv("LC_ALL");
  if (!l || !*l) l = getenv("LANG");
  return lang_of(str_of(l ? l : "en"));
}

int cli_problem(const struct problem *pb, enum err e) {
  AUTO(buf_release) struct buf b = BUF(64 * 1024);
  problem_text(&b, pb->code ? pb->code : e == ERR_IO ? P_STORAGE : P_INTERNAL, pb->args, cli_lang());
  for (const struct problem_field_error *f = pb->fields; f; f = f->next) {
    buf_fmt(&b, "\n  %.*s: ", STR_ARG(f->pointer));
    problem_text(&b, f->code, f->args, cli_lang());
  }
  cli_fail(0, "%s", buf_z(&b));
  return e == ERR_INVALID || e == ERR_NOT_FOUND || e == ERR_CONFLICT || e == ERR_DENIED ? EXIT_USAGE : EXIT_FAILED;
}

bool cli_is_terminal(void) {
  const char *term = getenv("TERM");
  return isatty(STDERR_FILENO) && term && !str_eqz(str_of(term), "dumb");
}

bool cli_read(const char *path, size_t max, struct buf *out) {
  FILE *f = str_eqz(str_of(path), "-") ? stdin : fopen(path, "rb");
  if (!f) {
    cli_fail(0, "cannot read %s: %s", path, strerror(errno));
    return false;
  }
  char chunk[65536];
  size_t n;
  *out = BUF(max);
  while ((n = fread(chunk, 1, sizeof chunk, f)) > 0) buf_put(out, (str){chunk, n});
  bool ok = !ferror(f) && !out->full;
  if (!ok) cli_fail(0, out->full ? "%s is larger than %zu bytes" : "cannot read %s", path, max);
  if (f != stdin) fclose(f);
  return ok;
}

// ---- options

static int option_index(const struct command *c, str name) {
  for (int i = 0; c->options && c->options[i].name; i++)
    if (str_eqz(name, c->options[i].name)) return i;
  return -1;
}

const char *cli_value(const struct cli_args *a, const char *option) {
  int i = option_index(a->command, str_of(option));
  if (i < 0) return NULL;
  const struct cli_option *o = &a->command->options[i];
  if (a->value[i]) return a->value[i];
  const char *env = o->env ? getenv(o->env) : NULL;
  return env && *env ? env : o->dflt;
}

bool cli_switch(const struct cli_args *a, const char *option) { return cli_value(a, option) != NULL; }

static void print_command(const struct command *c, FILE *out) {
  fprintf(out, "entente %s%s%s: %s\n", c->name, c->words ? " " : "", c->words ? c->words : "", c->summary);
  if (c->options && c->options[0].name) fputs("\nOptions:\n", out);
  for (const struct cli_option *o = c->options; o && o->name; o++) {
    char left[80];
    snprintf(left, sizeof left, "%s%s%s", o->name, o->arg ? " " : "", o->arg ? o->arg : "");
    fprintf(out, "  %-24s %s", left, o->help);
    if (o->dflt) fprintf(out, " (default: %s)", o->dflt);
    if (o->env) fprintf(out, " [%s]", o->env);
    fputc('\n', out);
  }
  if (c->more) fprintf(out, "\n%s\n", c->more);
}

static void print_all(FILE *out) {
  fputs("Entente: the CRM for business-to-business sales that several companies win together.\n\nCommands:\n", out);
  for (const struct command *c = commands; c->name; c++) fprintf(out, "  %-18s %s\n", c->name, c->summary);
  fputs("\nentente COMMAND --help tells more. Without a database: entente demo, then entente serve.\n", out);
}

// The longest command whose words begin argv; *ret_used: how many words.
static const struct command *find_command(int argc, char **argv, int *ret_used) {
  const struct command *best = NULL;
  *ret_used = 0;
  for (const struct command *c = commands; c->name; c++) {
    str rest = str_of(c->name), word;
    int n = 0;
    bool same = true;
    while (same && str_next(&rest, ' ', &word)) {
      same = 1 + n < argc && str_eqz(word, argv[1 + n]);
      n++;
    }
    if (same && n > *ret_used) {
      best = c;
      *ret_used = n;
    }
  }
  return best;
}

static int take_option(struct cli_args *a, int argc, char **argv, int *i) {
  str name, value;
  bool joined = str_cut(str_of(argv[*i]), '=', &name, &value);
  int o = option_index(a->command, name);
  if (o < 0)
    return cli_fail(EXIT_USAGE, "%s has no option %.*s; see entente %s --help", a->command->name, STR_ARG(name),
                    a->command->name);
  bool wants = a->command->options[o].arg != NULL;
  if (!wants && joined) return cli_fail(EXIT_USAGE, "%.*s takes no value", STR_ARG(name));
  if (wants && !joined && *i + 1 >= argc)
    return cli_fail(EXIT_USAGE, "%.*s needs a value: %s", STR_ARG(name), a->command->options[o].arg);
  a->value[o] = !wants ? "1" : joined ? value.p : argv[++*i];
  return EXIT_OK;
}

static int parse(struct cli_args *a, int argc, char **argv, int from) {
  for (int i = from; i < argc; i++) {
    str s = str_of(argv[i]);
    if (str_eq(s, S("--help")) || str_eq(s, S("-h"))) {
      print_command(a->command, stdout);
      return -1;
    }
    if (str_starts(s, S("--"))) {
      int e = take_option(a, argc, argv, &i);
      if (e) return e;
    } else if (a->nwords == CLI_WORDS || !a->command->words) {
      return cli_fail(EXIT_USAGE, "%s does not take %s; see entente %s --help", a->command->name, argv[i], a->command->name);
    } else {
      a->word[a->nwords++] = argv[i];
    }
  }
  return EXIT_OK;
}

int main(int argc, char **argv) {
  hash_setup();
  model_setup();
  if (argc < 2 || !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
    print_all(argc < 2 ? stderr : stdout);
    return argc < 2 ? EXIT_USAGE : EXIT_OK;
  }
  if (!strcmp(argv[1], "--version")) {
    static char version[] = "version";
    argv[1] = version;
  }
  if (!strcmp(argv[1], "rules"))  // its words are rules and files: it reads its own arguments
    return cli_rules(argc - 1, argv + 1);
  int used = 0;
  const struct command *c = find_command(argc, argv, &used);
  if (!c) return cli_fail(EXIT_USAGE, "there is no command %s; entente --help lists them", argv[1]);
  struct cli_args a = {.command = c};
  if (c->run != cmd_serve) cli_test_clock();
  int e = parse(&a, argc, argv, 1 + used);
  return e == -1 ? EXIT_OK : e ? e : c->run(&a);
}
