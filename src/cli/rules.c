// SPDX-License-Identifier: Apache-2.0
// `entente rules`: lists the rules, shows their schemas and examples, and answers inputs from standard input.
// Exit codes: 0 answered, 2 bad input or bad use (the JSON pointer and what is wrong on standard error), 1 output failed.
#include "cli/rules.h"

#include <stdio.h>

#include "rules/rule.h"

enum { EXIT_GOOD = 0, EXIT_OUTPUT = 1, EXIT_BAD = 2 };
#define ANSWER_MAX ((size_t)512 * 1024 * 1024)

static int usage(void) {
  fputs("usage: entente rules                                   list the rules\n"
        "       entente rules NAME [--lang en|zh|ru] < in.json   answer one input (at most 64 MiB)\n"
        "       entente rules NAME --lines < in.ndjson           answer one input a line\n"
        "       entente rules NAME --schema | --example | --doc  schemas, a working input, the tables\n"
        "       entente rules --all-schemas                      check every rule against its own example\n",
        stderr);
  return EXIT_BAD;
}

static int put(const struct buf *b) {
  bool good = !b->full && fwrite(b->p ? b->p : "", 1, b->n, stdout) == b->n && fputc('\n', stdout) != EOF;
  return good ? EXIT_GOOD : EXIT_OUTPUT;
}

static void say_problem(const struct problem *pb, enum lang l) {
  AUTO(buf_release) struct buf b = BUF(1024 * 1024);
  for (const struct problem_field_error *f = pb->fields; f; f = f->next) {
    buf_put(&b, f->pointer.n ? f->pointer : S("(whole input)"));
    buf_putz(&b, ": ");
    problem_text(&b, f->code, f->args, l);
    buf_putc(&b, '\n');
  }
  if (!pb->fields) {
    problem_text(&b, pb->code, pb->args, l);
    buf_putc(&b, '\n');
  }
  (void)fwrite(b.p, 1, b.n, stderr);
}

static int list(enum lang l) {
  for (size_t i = 0; rule_all[i]; i++)
    printf("%-14s %d  %s\n", rule_all[i]->name, rule_all[i]->version, rule_all[i]->title.in[l]);
  return EXIT_GOOD;
}

static enum err answer(const struct rule *r, str input, int texts, struct problem *pb, struct buf *out) {
  return rule_answer(r, input, texts, pb->arena, pb, out);
}

static int answer_one(const struct rule *r, enum lang l) {
  AUTO(buf_release) struct buf in = BUF(SHAPE_JSON_BYTES + 1), out = BUF(ANSWER_MAX);
  char chunk[65536];
  for (size_t n; (n = fread(chunk, 1, sizeof chunk, stdin)) > 0;) buf_put(&in, (str){chunk, n});
  AUTO(arena_release) struct arena a = {0};
  struct problem pb = {.arena = &a};
  if (in.full) (void)problem_set1(&pb, P_BODY_TOO_LARGE, S("67108864"));
  if (in.full || answer(r, buf_str(&in), (int)l, &pb, &out) != ERR_OK) {
    say_problem(&pb, l);
    return EXIT_BAD;
  }
  return put(&out);
}

// A bad line is answered by its errors, in its place, so that the reader can go on.
static void put_line_problem(struct buf *out, const struct problem *pb, size_t line) {
  AUTO(buf_release) struct buf text = BUF(64 * 1024);
  struct jw w = JW(out);
  jw_object(&w);
  jw_key(&w, S("line"));
  jw_int(&w, (int64_t)line);
  jw_key(&w, S("code"));
  jw_string(&w, str_of(problem_name(pb->code)));
  jw_key(&w, S("errors"));
  jw_array(&w);
  for (const struct problem_field_error *f = pb->fields; f; f = f->next) {
    jw_object(&w);
    jw_key(&w, S("pointer"));
    jw_string(&w, f->pointer);
    jw_key(&w, S("code"));
    jw_string(&w, str_of(problem_name(f->code)));
    buf_clear(&text);
    problem_text(&text, f->code, f->args, LANG_EN);
    jw_key(&w, S("message"));
    jw_string(&w, buf_str(&text));
    jw_end_object(&w);
  }
  jw_end_array(&w);
  jw_end_object(&w);
}

static int answer_lines(const struct rule *r) {
  char *line = NULL;
  size_t cap = 0, number = 0;
  int result = EXIT_GOOD;
  AUTO(buf_release) struct buf out = BUF(ANSWER_MAX);
  for (ssize_t n; (n = getline(&line, &cap, stdin)) > 0;) {
    number++;
    AUTO(arena_release) struct arena a = {0};
    struct problem pb = {.arena = &a};
    str input = str_trim((str){line, (size_t)n});
    buf_clear(&out);
    if (!input.n) continue;
    if (answer(r, input, -1, &pb, &out) != ERR_OK) {
      buf_clear(&out);
      put_line_problem(&out, &pb, number);
      result = EXIT_BAD;
    }
    if (put(&out) != EXIT_GOOD) {
      result = EXIT_OUTPUT;
      break;
    }
  }
  free(line);
  return result;
}

// Every schema is JSON, every example is an input that works and its answer is JSON.
static int all_schemas(void) {
  int bad = 0;
  for (size_t i = 0; rule_all[i]; i++) {
    const struct rule *r = rule_all[i];
    AUTO(arena_release) struct arena a = {0};
    AUTO(buf_release) struct buf schema = BUF(ANSWER_MAX), out = BUF(ANSWER_MAX);
    AUTO(json_release) json_t *t = NULL, *u = NULL;
    struct problem pb = {.arena = &a};
    rule_schema(r, &schema);
    enum err e = json_read(buf_str(&schema), &pb, &t);
    if (!e) e = answer(r, str_of(r->example), LANG_EN, &pb, &out);
    if (!e) e = json_read(buf_str(&out), &pb, &u);
    printf("%-14s %s\n", r->name, e ? "BAD" : "good");
    if (!e) continue;
    say_problem(&pb, LANG_EN);
    bad++;
  }
  return bad ? EXIT_BAD : EXIT_GOOD;
}

static int show(const struct rule *r, const char *what) {
  AUTO(buf_release) struct buf out = BUF(ANSWER_MAX);
  if (strcmp(what, "--schema") == 0)
    rule_schema(r, &out);
  else if (strcmp(what, "--example") == 0)
    buf_putz(&out, r->example);
  else
    rule_doc(r, &out);
  return put(&out);
}

int cli_rules(int argc, char **argv) {
  const struct rule *r = NULL;
  enum lang l = LANG_EN;
  bool lines = false;
  const char *what = NULL;
  for (int i = 1; i < argc; i++) {
    const char *arg = argv[i];
    if (strcmp(arg, "--all-schemas") == 0) return all_schemas();
    if (strcmp(arg, "--lines") == 0)
      lines = true;
    else if (strcmp(arg, "--lang") == 0 && i + 1 < argc)
      l = lang_of(str_of(argv[++i]));
    else if (strcmp(arg, "--schema") == 0 || strcmp(arg, "--example") == 0 || strcmp(arg, "--doc") == 0)
      what = arg;
    else if (arg[0] == '-' || r)
      return usage();
    else if (!(r = rule_find(str_of(arg)))) {
      fprintf(stderr, "There is no rule \"%s\". `entente rules` lists them.\n", arg);
      return EXIT_BAD;
    }
  }
  if (!r) return what || lines ? usage() : list(l);
  if (what) return show(r, what);
  return lines ? answer_lines(r) : answer_one(r, l);
}
