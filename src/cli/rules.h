// SPDX-License-Identifier: Apache-2.0
// The command `entente rules`. argv[0] is "rules". Returns the exit code.
#ifndef ENTENTE_CLI_RULES_H
#define ENTENTE_CLI_RULES_H
int cli_rules(int argc, char **argv);
#endif
