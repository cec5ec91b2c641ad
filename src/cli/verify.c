// SPDX-License-Identifier: Apache-2.0
// Commands that prove: audit verify, audit proof, audit check, statement verify.
#include <stdio.h>

#include "base/hash.h"
#include "cli/cli.h"
#include "rules/settle.h"

static void print_report(const struct audit_report *r, str findings, bool json) {
  if (!json) {
    if (findings.n) fwrite(findings.p, 1, findings.n, stdout);
    printf("%lld logs, %lld entries, %lld rows: %s\n", (long long)r->logs, (long long)r->entries, (long long)r->rows,
           r->findings ? "TAMPERED" : "nothing found");
    return;
  }
  AUTO(buf_release) struct buf b = BUF(8 * 1024 * 1024);
  struct jw w = JW(&b);
  jw_object(&w);
  jw_key(&w, S("clean"));
  jw_bool(&w, r->findings == 0);
  jw_key(&w, S("logs"));
  jw_int(&w, r->logs);
  jw_key(&w, S("entries"));
  jw_int(&w, r->entries);
  jw_key(&w, S("rows"));
  jw_int(&w, r->rows);
  jw_key(&w, S("findings"));
  jw_array(&w);
  str line;
  while (str_next(&findings, '\n', &line))
    if (line.n) jw_string(&w, line);
  jw_end_array(&w);
  jw_end_object(&w);
  printf("%.*s\n", STR_ARG(buf_str(&b)));
}

int cmd_audit_verify(struct cli_args *a) {
  AUTO(buf_release) struct buf findings = BUF(4 * 1024 * 1024);
  struct audit_report r = {0};
  struct hub h;
  int e = hub_open(cli_value(a, "--db"), cli_value(a, "--key"), DB_READ_ONLY, &h);
  if (e) return e;
  enum err failed = audit_verify(h.db, h.has_key ? &h.key : NULL, &findings, &r);
  hub_close(&h);
  if (failed) return cli_fail(EXIT_FAILED, "the log could not be read to its end");
  if (!h.has_key) cli_fail(0, "no signing key at hand: signatures are checked against the key the database names");
  print_report(&r, buf_str(&findings), cli_switch(a, "--json"));
  return r.findings ? EXIT_NO : EXIT_OK;
}

static int number(const char *text, int64_t dflt, int64_t *ret) {
  *ret = dflt;
  return !text || (str_to_int64(str_of(text), ret) && *ret >= 0) ? EXIT_OK
                                                                 : cli_fail(EXIT_USAGE, "%s is not a whole number", text);
}

static int write_proof(struct cli_args *a, struct hub *h, struct db_conn *c, id64 log) {
  AUTO(buf_release) struct buf out = BUF(4 * 1024 * 1024);
  int64_t seq = 0, from = 0, to = 0, size = 0, epoch = 0;
  const char *from_text = cli_value(a, "--from"), *epoch_text = cli_value(a, "--epoch");
  if (audit_size(c, log, &size)) return cli_fail(EXIT_FAILED, "the log cannot be read");
  int e = number(cli_value(a, "--seq"), size, &seq);
  e = e ? e : number(from_text, 0, &from);
  e = e ? e : number(cli_value(a, "--to"), size, &to);
  e = e ? e : number(epoch_text, 0, &epoch);
  if (e) return e;
  enum err failed = epoch_text  ? audit_epoch_proof(c, log, epoch, &h->key, &out)
                    : from_text ? audit_consistency(c, log, from, to, &h->key, &out)
                                : audit_proof(c, log, seq, &h->key, &out);
  if (failed && epoch_text)
    return cli_fail(failed == ERR_NOT_FOUND ? EXIT_USAGE : EXIT_FAILED, "this log has no epoch %lld that goes on from another",
                    (long long)epoch);
  if (failed)
    return cli_fail(failed == ERR_NOT_FOUND || failed == ERR_INVALID ? EXIT_USAGE : EXIT_FAILED,
                    "there is no such entry in this log of %lld entries", (long long)size);
  fwrite(out.p, 1, out.n, stdout);
  fputc('\n', stdout);
  return EXIT_OK;
}

int cmd_audit_proof(struct cli_args *a) {
  id64 log = 0;
  struct hub h;
  struct db_conn *c = NULL;
  const char *company = cli_value(a, "--company");
  if (!company || !id_parse(str_of(company), "company", &log))
    return cli_fail(EXIT_USAGE, "audit proof needs --company company_...");
  int e = hub_open(cli_value(a, "--db"), cli_value(a, "--key"), DB_READ_ONLY, &h);
  if (e) return e;
  if (!h.has_key)
    e = cli_fail(EXIT_OPEN, "cannot read the signing key %s; say where it is with --key FILE", h.key_path);
  else if (db_conn_open(h.db, &c) || db_read_begin(c))
    e = cli_fail(EXIT_OPEN, "the database does not answer");
  else {
    e = write_proof(a, &h, c, log);
    db_read_end(c);
  }
  db_conn_close(c);
  hub_close(&h);
  return e;
}

int cmd_audit_check(struct cli_args *a) {
  AUTO(buf_release) struct buf file = {0}, kept = {0}, why = BUF(65536);
  const char *kept_file = cli_value(a, "--kept");
  if (a->nwords != 1) return cli_fail(EXIT_USAGE, "audit check needs the proof FILE");
  if (!cli_read(a->word[0], 16 * 1024 * 1024, &file)) return EXIT_USAGE;
  if (kept_file && !cli_read(kept_file, 65536, &kept)) return EXIT_USAGE;
  bool ok = kept_file ? audit_kept_check(buf_str(&file), buf_str(&kept), &why) : audit_proof_check(buf_str(&file), &why);
  if (cli_switch(a, "--json")) {
    AUTO(buf_release) struct buf b = BUF(256 * 1024);
    struct jw w = JW(&b);
    jw_object(&w);
    jw_key(&w, S("holds"));
    jw_bool(&w, ok);
    jw_key(&w, S("why"));
    jw_string(&w, buf_str(&why));
    jw_end_object(&w);
    printf("%.*s\n", STR_ARG(buf_str(&b)));
  } else {
    printf("%s: %.*s\n", ok ? "holds" : "DOES NOT HOLD", STR_ARG(buf_str(&why)));
  }
  return ok ? EXIT_OK : EXIT_NO;
}

int cmd_statement_verify(struct cli_args *a) {
  AUTO(buf_release) struct buf file = {0}, hex = BUF(128);
  AUTO(arena_release) struct arena arena = {0};
  struct problem pb = {.arena = &arena};
  bool same = false;
  size_t at = 0;
  if (a->nwords != 1) return cli_fail(EXIT_USAGE, "statement verify needs the FILE of the document");
  if (!cli_read(a->word[0], 64 * 1024 * 1024, &file)) return EXIT_USAGE;
  enum err e = settle_verify(buf_str(&file), &arena, &pb, &same, &at);
  if (e) return cli_problem(&pb, e);
  hash h = hash_of(buf_str(&file));
  hash_put_hex(&hex, &h);
  if (cli_switch(a, "--json"))
    printf("{\"same\":%s,\"bytes\":%zu,\"sha256\":\"%s\"}\n", same ? "true" : "false", file.n, buf_z(&hex));
  else if (same)
    printf("The same %zu bytes, recomputed from the document's own input.\nsha256 %s\n", file.n, buf_z(&hex));
  else
    printf("DIFFERS from what its input gives, first at byte %zu.\n", at);
  return same ? EXIT_OK : EXIT_NO;
}
