#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Includes point one way only, and each library is known to one folder. Prints every line that breaks this.
#   base <- db <- model <- trust <- flows <- api <- http <- cli        base <- rules <- flows
set -euo pipefail
cd "$(dirname "$0")/.."
declare -A may=(
  [base]='base' [db]='base|db' [model]='base|db|model' [trust]='base|db|model|trust' [rules]='base|rules'
  [flows]='base|db|model|trust|rules|flows' [api]='base|db|model|trust|rules|flows|api'
  [http]='base|db|model|trust|rules|flows|api|http' [cli]='base|db|model|trust|rules|flows|api|http|cli'
)
passed=0 failed=0
bad() { # reason, lines
  if [ -n "$2" ]; then
    printf 'not ok - %s\n%s\n' "$1" "$2"
    failed=$((failed + 1))
  else
    passed=$((passed + 1))
  fi
}
for folder in src/*/; do
  name=$(basename "$folder")
  bad "$name includes ${may[$name]-nothing}" "$(grep -rnE '^[ \t]*#[ \t]*include[ \t]+"' "$folder" --include='*.[ch]' --include='*.def' |
    grep -vE "\"(${may[$name]-})/" || true)"
done
only() { # header, folder
  bad "only $2 knows $1" "$(grep -rnE "^[ \t]*#[ \t]*include[ \t]+[<\"]$1" src --include='*.[ch]' | grep -vE "^$2" || true)"
}
only microhttpd.h src/http/
only sqlite3.h src/db/
only libpq src/db/
for library in csv.h curl/ sodium utf8proc xlsxwriter libical cairo; do
  folders=$(grep -rlE "^[ \t]*#[ \t]*include[ \t]+[<\"]$library" src --include='*.[ch]' | xargs -r -n1 dirname | sort -u || true)
  bad "one folder knows $library" "$([ "$(wc -l <<<"$folders")" -le 1 ] || echo "$folders")"
done
# Rules decide; they do not look anything up.
bad 'rules do no I/O and read no clock' "$(grep -rnE '<(unistd|fcntl|time|sys/[a-z]+|stdio)\.h>|\bclock_now\(' src/rules --include='*.[ch]' || true)"
echo "includes: $passed passed, $failed failed"
[ $failed = 0 ]
