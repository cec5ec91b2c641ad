#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The whole suite. Every step ends with a line "... N passed, N failed"; the closing line is their sum. A step that exits with
# a failure it did not count, or counts nothing at all, is a failure of its own.
# Usage: test.sh [--all] [STEP...]    --all adds clang and the thread sanitizer; steps are named below, without them: all of them
set -uo pipefail
cd "$(dirname "$0")/.."
all=no
[ "${1:-}" = --all ] && all=yes && shift
wanted=" $* "
logs=$(mktemp -d)
trap 'scripts/pg.sh stop; rm -rf "$logs"' EXIT
total_passed=0 total_failed=0
export ENTENTE_ROOT=$PWD
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0:strict_string_checks=1
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
export LSAN_OPTIONS=suppressions=$PWD/tests/lsan.supp:print_suppressions=0
export TSAN_OPTIONS=halt_on_error=1

step() { # name, command...
  local name=$1 began=$SECONDS code line passed failed
  shift
  [ "$wanted" = '  ' ] || [[ $wanted == *" $name "* ]] || return 0
  printf '\n== %s\n' "$name"
  "$@" 2>&1 | tee "$logs/$name"
  code=${PIPESTATUS[0]}
  line=$(grep -aE '[0-9]+ passed, [0-9]+ failed' "$logs/$name" | tail -1)
  passed=$(sed -nE 's/.*\b([0-9]+) passed, ([0-9]+) failed.*/\1/p' <<<"$line")
  failed=$(sed -nE 's/.*\b([0-9]+) passed, ([0-9]+) failed.*/\2/p' <<<"$line")
  passed=${passed:-0} failed=${failed:-0}
  if [ "$failed" = 0 ] && { [ "$code" != 0 ] || [ "$passed" = 0 ]; }; then
    echo "$name: failed (exit code $code)"
    failed=1
  fi
  total_passed=$((total_passed + passed)) total_failed=$((total_failed + failed))
  summary+=$(printf '%-16s %6d passed %4d failed %5d s' "$name" "$passed" "$failed" $((SECONDS - began)))$'\n'
}

build() { # folder, meson options...
  local dir=$1
  shift
  [ -f "$dir/build.ninja" ] || meson setup "$dir" "$@" || return
  ninja -C "$dir" && echo "build: 1 passed, 0 failed"
}
build_clang() { CC=clang build build-clang -Dweb=false; }
# Named alone, a step still tests the sources as they are now.
current() { [ ! -f "$1/build.ninja" ] || ninja -C "$1" >/dev/null || { echo "$1 does not build"; return 1; }; }
unit() { # folder
  current "$1" || return
  export ENTENTE_TEST_PG
  ENTENTE_TEST_PG=$(scripts/pg.sh fresh unit) || return
  meson test -C "$1" --no-rebuild --suite unit --print-errorlogs
  node scripts/count-tests.mjs "$1/meson-logs/testlog.json"
}
api() { # folder, engine
  current "$1" || return
  ENTENTE=$1/entente node tests/api/run.mjs --db "$2"
}
prove() { current build-asan && current build && node tests/prove/run.mjs ${PROVE_MINUTES:+--minutes $PROVE_MINUTES}; }
# The sanitizer must see a planted race before its silence counts.
load_tsan() {
  current build-tsan || return
  if build-tsan/tests/prove/race >/dev/null 2>&1; then echo 'build-tsan sees no races' && return 1; fi
  node tests/prove/run.mjs --build build-tsan --fast build-tsan --units 20 openapi && node tests/prove/run.mjs --build build-tsan --fast build-tsan load
}
browser() { # engine, files (none: all)
  local engine=$1
  shift
  ENTENTE=build/entente ENTENTE_ENGINE=$engine node tests/browser/run.mjs "$@"
}
openapi() { build/entente openapi >"$logs/openapi.json" && node tests/openapi-lint.mjs "$logs/openapi.json"; }

summary=
step style scripts/check-style.sh
step includes scripts/check-includes.sh
step security scripts/check-security.sh
step build build build -Db_lto=true
step build-asan build build-asan -Db_sanitize=address,undefined -Db_lundef=false -Doptimization=1 -Dweb=false
step golden scripts/golden.sh
step openapi openapi
step unit unit build-asan
step api-sqlite api build-asan sqlite
step api-postgres api build-asan postgres
step prove prove
step browser browser sqlite
# Looks are the same on every engine; what is written and read is not.
step browser-postgres browser postgres tests/browser/{story,import,always}.test.mjs
if [ $all = yes ]; then
  step build-clang build_clang
  step unit-clang unit build-clang
  step build-tsan build build-tsan -Db_sanitize=thread -Db_lundef=false -Dweb=false
  step unit-tsan unit build-tsan
  step api-tsan api build-tsan sqlite
  step load-tsan load_tsan
fi
printf '\n%s\n%d passed, %d failed\n' "$summary" $total_passed $total_failed
[ $total_failed = 0 ]
