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
  git -C "$tree" ls-files -z -co --exclude-standard -- meson.build meson_options.txt src migrations tests web scripts |
    (cd "$tree" && xargs -0 ls -d 2>/dev/null) | tar -C "$tree" -cf - -T - | tar -C "$work/tree" -xf - &&
    { [ ! -d "$tree/tests/node_modules" ] || ln -s "$tree/tests/node_modules" "$work/tree/tests/node_modules"; }
}

program=$work/build/entente db=$work/hub.db

take() { block "$1" >"$work/tree/${2:-$1}" && [ -s "$work/tree/${2:-$1}" ]; }

hub() {
  printf 'a long enough pass phrase' |
    "$program" init --db "$db" --company Halden --admin mara@halden.example --name 'Mara Lindqvist'
}

# A database without the migration: the difference is named, and the draft is the SQL of the page, comments aside.
named() {
  local said
  said=$("$program" selfcheck --db "$db") && return 1
  [ "$said" = 'table rival is missing' ]
}
draft() { "$program" migrate draft --db "$db" | diff -u <(block migrations/NNNN_rival.sql | grep -v '^--') -; }

# Under the next free number.
add_migration() {
  local last
  last=$(basename -a "$work/tree"/migrations/*.sql | sort | tail -1)
  take migrations/NNNN_rival.sql "migrations/$(printf %04d $((10#${last%%_*} + 1)))_rival.sql"
}
build() { ninja -C "$work/build" entente tests/unit/test_model tests/unit/test_model_rows; }
dump() { "$program" model dump | grep '^rival /rivals rival_ child room of deal '; }
scenario() { cd "$work/tree" && ENTENTE=$program node tests/api/run.mjs tests/api/rival.http; }

check 'the tree is copied' copy
check 'the page declares the entity' take src/model/entities/rival.def
check 'it configures' meson setup "$work/build" "$work/tree" -Dweb=false -Doptimization=0
check 'it builds' ninja -C "$work/build" entente
check 'entente selfcheck' "$program" selfcheck --db "$db"
check 'a hub is made' hub
check 'entente selfcheck names the missing table' named
check 'entente migrate draft prints the migration of the page' draft
check 'the page holds the migration' add_migration
check 'it builds again' build
check 'entente migrate' "$program" migrate --db "$db"
check 'entente selfcheck agrees' "$program" selfcheck --db "$db"
check 'entente model dump shows it' dump
check 'the model is sound' "$work/build/tests/unit/test_model"
check 'records are written and read, the migrations make the tables' "$work/build/tests/unit/test_model_rows"
check 'the page holds a scenario' take tests/api/rival.http
check 'it has its routes' scenario
echo "howto: $passed passed, $failed failed"
[ $failed = 0 ]
