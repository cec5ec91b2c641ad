#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Does what docs/howto-add-an-entity.md says, in a copy of the tree: takes the files out of the page, builds, runs the checks.
# Usage: add_entity.sh    ENTENTE_TEST_PG set: the records of the new entity are written to PostgreSQL too.
set -uo pipefail
tree=$(cd "$(dirname "$0")/../.." && pwd -P)
page=$tree/docs/howto-add-an-entity.md
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

check() { # what, command...
  local what=$1
  shift
  if "$@" >"$work/log" 2>&1; then
    passed=$((passed + 1))
    echo "ok - $what"
  else
    failed=$((failed + 1))
    echo "not ok - $what"
    tail -n 40 "$work/log"
  fi
}

# The fenced block whose first line names the file.
block() { awk -v head="$1" '$0 ~ "^```[a-z]+ " && $2 == head { on = 1; next } on && $0 == "```" { exit } on' "$page"; }

copy() {
  mkdir "$work/tree"
  git -C "$tree" ls-files -z -- meson.build meson_options.txt src migrations tests web scripts |
    (cd "$tree" && xargs -0 ls -d 2>/dev/null) | tar -C "$tree" -cf - -T - | tar -C "$work/tree" -xf -
}

# The page's files, the migration under the next free number.
add() {
  local last number
  last=$(basename -a "$work/tree"/migrations/*.sql | sort | tail -1)
  number=$(printf %04d $((10#${last%%_*} + 1)))
  block src/model/entities/rival.def >"$work/tree/src/model/entities/rival.def"
  block migrations/NNNN_rival.sql >"$work/tree/migrations/${number}_rival.sql"
  [ -s "$work/tree/src/model/entities/rival.def" ] && [ -s "$work/tree/migrations/${number}_rival.sql" ]
}

# What `migrate draft` says of a database without the migration is what the page says, comments aside.
draft() {
  local program=$work/build/entente number
  number=$(basename "$work/tree"/migrations/*_rival.sql)
  mv "$work/tree/migrations/$number" "$work/$number"
  ninja -C "$work/build" entente && "$program" migrate --db "$work/draft.db" && "$program" migrate draft --db "$work/draft.db" >"$work/draft.sql"
  local code=$?
  mv "$work/$number" "$work/tree/migrations/$number"
  [ $code = 0 ] && diff -u <(block migrations/NNNN_rival.sql | grep -v '^--') "$work/draft.sql" && ninja -C "$work/build" entente
}

check 'the tree is copied' copy
check 'the page holds both files' add
check 'it configures' meson setup "$work/build" "$work/tree" -Dweb=false -Doptimization=0
check 'it builds' ninja -C "$work/build" entente tests/unit/test_model tests/unit/test_model_rows
check 'entente selfcheck' "$work/build/entente" selfcheck
check 'entente migrate draft prints the migration of the page' draft
check 'entente model dump shows it' grep -q '^rival /rivals rival_ child room of deal ' <("$work/build/entente" model dump)
check 'the model is sound' "$work/build/tests/unit/test_model"
check 'records are written and read, the migrations make the tables' "$work/build/tests/unit/test_model_rows"
echo "howto: $passed passed, $failed failed"
[ $failed = 0 ]
