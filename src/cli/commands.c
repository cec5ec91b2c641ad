// SPDX-License-Identifier: Apache-2.0
// The table of commands; help, errors, man page and completion come from it.
#include "cli/cli.h"

#define DB_OPTION \
  { "--db", "URL", "SQLite file or postgres://HOST/NAME?schema=HUB", "ENTENTE_DB", "entente.db" }
#define KEY_OPTION \
  { "--key", "FILE", "signing key of the log (default: beside the database)", "ENTENTE_KEY", NULL }
#define JSON_OPTION \
  { "--json", NULL, "print JSON", NULL, NULL }
#define BREACHED_OPTION \
  { "--breached", "FILE", "refuse passwords in this list: lines SHA1:COUNT in order", "ENTENTE_BREACHED", NULL }
#define END_OPTION \
  { 0 }
#define OPTIONS(...) \
  (const struct cli_option[]) { __VA_ARGS__, END_OPTION }

const struct command commands[] = {
  {"serve", NULL, "run the server",
   OPTIONS(DB_OPTION, KEY_OPTION, {"--listen", "HOST:PORT", "address to listen on", "ENTENTE_LISTEN", "127.0.0.1:8080"},
           {"--behind-proxy", NULL, "a reverse proxy ends TLS: trust X-Forwarded-For and -Proto, set secure cookies", NULL, NULL},
           {"--tls-cert", "FILE", "certificate chain (PEM)", NULL, NULL}, {"--tls-key", "FILE", "private key (PEM)", NULL, NULL},
           {"--workers", "N", "request workers (default: 4 a core, at least 8)", NULL, NULL}, BREACHED_OPTION,
           {"--no-sandbox", NULL, "do not narrow the process's own rights", NULL, NULL}),
   cmd_serve, "Without a database there is nothing to serve: entente init or entente demo makes one."},
  {"init", NULL, "make a hub with its first company and administrator",
   OPTIONS(
     DB_OPTION, KEY_OPTION, {"--company", "NAME", "first company", NULL, NULL},
     {"--admin", "EMAIL", "login of its administrator", NULL, NULL}, {"--name", "NAME", "name of the administrator", NULL, NULL},
     {"--password-file", "FILE", "file with the password, - for standard input", NULL, "-"}, BREACHED_OPTION,
     {"--hub", "NAME", "name of the hub", NULL, "Entente"}, {"--lang", "en|zh|ru", "language of the administrator", NULL, "en"}),
   cmd_init,
   "printf '%s' 'a long pass phrase' | entente init --company Halden --admin mara@halden.example --name 'Mara Lindqvist'"},
  {"demo", NULL, "make a hub with a small fictional alliance to try everything with",
   OPTIONS(DB_OPTION, KEY_OPTION,
           {"--scale", "N", "add N accounts with contacts, 3 N deals and activities, for benchmarks", NULL, NULL},
           {"--partners", "N", "of that: N further partner companies, one or two on each deal, and 10 N activities", NULL, NULL},
           {"--seed", "S", "another seed gives other content", NULL, "1"}, JSON_OPTION),
   cmd_demo, "Prints one login per company. A hub that exists is left alone: exit 2."},
  {"user add", NULL, "add a company and its administrator, or a person to a company",
   OPTIONS(DB_OPTION, KEY_OPTION, {"--company", "NAME", "company; made when there is none of that name", NULL, NULL},
           {"--email", "EMAIL", "login", NULL, NULL}, {"--name", "NAME", "name", NULL, NULL},
           {"--role", "ROLE", "admin, manager, rep or viewer", NULL, "rep"}, {"--lang", "en|zh|ru", "language", NULL, "en"},
           {"--password-file", "FILE", "file with the password, - for standard input", NULL, "-"}, BREACHED_OPTION),
   cmd_user_add, NULL},
  {"import", "accounts|products|orders FILE", "import customers, products or orders from a CSV file",
   OPTIONS(DB_OPTION, KEY_OPTION, {"--as", "LOGIN", "whose import it is", NULL, NULL},
           {"--map", "FILE", "JSON: {\"Column\": \"field\" or null}, instead of what the header suggests", NULL, NULL},
           {"--dry-run", NULL, "say what would happen, write nothing", NULL, NULL},
           {"--undo", "ID", "take an import back, unless something was changed since", NULL, NULL}, JSON_OPTION),
   cmd_import,
   "Exit 0: every row is in. 1: some rows failed (they are listed), or an undo was refused. Running a file again changes nothing."},
  {"export", "accounts|products|deals|leads|agreements|statements", "write everything of one kind that a person may see as CSV",
   OPTIONS(DB_OPTION, KEY_OPTION, {"--as", "LOGIN", "whose view", NULL, NULL}), cmd_export, NULL},
  {"erase", "CONTACT", "erase a person: the contact and what is said of him, in the past too",
   OPTIONS(DB_OPTION, KEY_OPTION, {"--as", "LOGIN", "a manager of the company whose contact it is", NULL, NULL},
           {"--dry-run", NULL, "say how much would go, write nothing", NULL, NULL}),
   cmd_erase,
   "It cannot be taken back. With the server running use its API or the client. docs/operator-guide.md says what stays."},
  {"scrub", NULL, "make what was deleted leave the files too",
   OPTIONS(DB_OPTION, KEY_OPTION, {"--files", NULL, "write all tables anew, which locks them: for a quiet hour", NULL, NULL}),
   cmd_scrub, "Every erasing does it without --files. On PostgreSQL dead rows leave the files only with --files."},
  {"statement verify", "FILE", "recompute a statement from its own document, byte for byte", OPTIONS(JSON_OPTION),
   cmd_statement_verify, "Exit 0: the same bytes. 1: it differs. The file is what GET /statements/ID/document answers."},
  {"audit verify", NULL, "recompute every log, compare every audited row, check signatures",
   OPTIONS(DB_OPTION, KEY_OPTION, JSON_OPTION), cmd_audit_verify,
   "Exit 0: clean. 1: something was changed behind the log; every finding names its row. Reads a live database."},
  {"audit proof", NULL, "write the proof that an entry is in a company's log",
   OPTIONS(DB_OPTION, KEY_OPTION, {"--company", "ID", "whose log", NULL, NULL}, {"--seq", "N", "entry", NULL, NULL},
           {"--from", "N", "instead: consistency from this size", NULL, NULL},
           {"--to", "N", "to this size (default: now)", NULL, NULL},
           {"--epoch", "N", "instead: how epoch N goes on from the one before", NULL, NULL}),
   cmd_audit_proof, NULL},
  {"audit check", "FILE", "check a proof file offline, without a database",
   OPTIONS(JSON_OPTION, {"--kept", "FILE", "a checkpoint kept from earlier: what the proof means for it", NULL, NULL}),
   cmd_audit_check, "Exit 0: it holds. 1: it does not."},
  {"backup", "FILE", "copy a running hub into a new file", OPTIONS(DB_OPTION, KEY_OPTION), cmd_backup,
   "The signing key is copied to FILE.key; FILE.note holds the signed size and SHA-256 of FILE. FILE appears last, whole or not at all."},
  {"restore", "FILE", "put a backup where there is no hub yet, in a new epoch of its logs, and verify it",
   OPTIONS(DB_OPTION, KEY_OPTION,
           {"--drill", NULL, "restore into a scratch folder, compare with the backup, remove it", NULL, NULL},
           {"--against", "URL", "with --drill: compare with this hub at work too", NULL, NULL},
           {"--scratch", "DIR", "for the scratch folder (default: TMPDIR or /var/tmp)", NULL, NULL}),
   cmd_restore,
   "The drill writes nothing but its scratch folder: run it after each backup. Exit 0: it can be restored. 1: it is damaged or differs."},
  {"migrate", NULL, "bring the schema up to this version", OPTIONS(DB_OPTION, KEY_OPTION), cmd_migrate, NULL},
  {"migrate draft", NULL, "print the SQL that the model wants and the database lacks", OPTIONS(DB_OPTION), cmd_migrate_draft,
   NULL},
  {"openapi", NULL, "print the OpenAPI document", OPTIONS(END_OPTION), cmd_openapi, NULL},
  {"model dump", NULL, "print the record types as text", OPTIONS(END_OPTION), cmd_model_dump, NULL},
  {"schema", NULL, "print the expected tables and columns", OPTIONS(END_OPTION), cmd_schema, NULL},
  {"problems", NULL, "print the table of problem codes (docs/problems.md)", OPTIONS(END_OPTION), cmd_problems, NULL},
  {"selfcheck", NULL, "check the program's own tables, and a database against them", OPTIONS(DB_OPTION), cmd_selfcheck, NULL},
  {"rules", "NAME", "try a rule of selling: JSON in, verdict with reasons out", OPTIONS(END_OPTION), NULL, NULL},
  {"version", NULL, "print the version", OPTIONS(END_OPTION), cmd_version, NULL},
  {0},
};
