#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Layout (clang-format), licence line, size of files, nothing left open. Looks at the files git knows.
set -euo pipefail
cd "$(dirname "$0")/.."
passed=0 failed=0
bad() { # reason, lines
  if [ -n "$2" ]; then
    printf 'not ok - %s\n%s\n' "$1" "$2"
    failed=$((failed + 1))
  else
    passed=$((passed + 1))
  fi
}
mapfile -t c < <(git ls-files 'src/*.[ch]' 'tests/*.[ch]' 'bench/*.[ch]')
mapfile -t sources < <(git ls-files 'src/*' 'tests/*' 'bench/*' 'web/*' 'scripts/*' 'migrations/*' Makefile meson.build |
  grep -E '(\.(c|h|def|ts|tsx|mjs|js|css|sh|sql)|meson\.build|Makefile)$')
layout=$(printf '%s\n' "${c[@]}" | xargs -r clang-format --dry-run -Werror 2>&1 | grep -oE '^[^:]+:[0-9]+' | awk -F: '!n[$1]++' | head -50 || true)
bad 'clang-format (make format mends it)' "$layout"
bad 'SPDX line at the top' "$(for f in "${sources[@]}"; do
  head -2 "$f" | grep -q 'SPDX-License-Identifier: Apache-2.0' || echo "$f"
done)"
# A file is read in a sitting; a list of test cases may be a little longer.
bad 'at most 800 lines, tests 1000' "$(printf '%s\n' "${sources[@]}" | grep -v "^web/src/i18n/" | grep -E '\.(c|h|ts|tsx|mjs)$' | xargs wc -l |
  awk '$2 != "total" && $1 > ($2 ~ /^tests\// ? 1000 : 800)')"
open='TO''DO|FIX''ME|HA''CK|[Nn]ot (yet )?implemented'
bad 'nothing left open' "$(printf '%s\n' "${sources[@]}" | xargs grep -nIE "\b($open)\b" || true)"
bad 'no test is switched off' "$(git ls-files 'tests/*' | grep -E '\.(c|mjs|ts|http)$' | xargs -r grep -nE '\b(test|it|describe)\.(skip|only|todo)\(|\bxit\(' || true)"
# What a problem expected is said in three languages (examples of a format, which begin with { or a digit, in none).
mapfile -t said < <(grep -rhoE '(P_(WRONG_TYPE|NOT_READY)( : P_REQUIRED)?, *S\(|wrong_type\(d, p, |, JSON_[A-Z]+, )"([^"\]|\\.)*"' src |
  grep -oE '"([^"\]|\\.)*"$' | grep -vE '^"(\{|[0-9]+-)' | sort -u)
bad 'phrases of problems are in src/base/phrases.def' "$(for phrase in "${said[@]}"; do
  grep -qF "X($phrase, " src/base/phrases.def || echo "$phrase"
done)"
echo "style: $passed passed, $failed failed"
[ $failed = 0 ]
