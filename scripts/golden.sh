#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the program derives from its tables is committed under golden/, so that a review shows the effect of one line.
# Usage: golden.sh [--write]   without it: compares, prints the differences, fails when there are any.
set -euo pipefail
cd "$(dirname "$0")/.."
program=${ENTENTE:-build/entente}
dumps=('model.txt model dump' 'schema.sql schema' 'openapi.json openapi' 'problems.md problems')
passed=0 failed=0
new=$(mktemp -d)
trap 'rm -rf "$new"' EXIT
for dump in "${dumps[@]}"; do
  read -r file command <<<"$dump"
  if ! $program $command >"$new/$file"; then
    echo "not ok - entente $command"
    failed=$((failed + 1))
    continue
  fi
  if [ "${1:-}" = --write ]; then
    mkdir -p golden
    cp "$new/$file" "golden/$file"
    passed=$((passed + 1))
  elif diff -u "golden/$file" "$new/$file" | head -60 | tee "$new/diff" && [ ! -s "$new/diff" ]; then
    passed=$((passed + 1))
  else
    echo "not ok - golden/$file is stale (make golden, and commit it with the change)"
    failed=$((failed + 1))
  fi
done
echo "golden: $passed passed, $failed failed"
[ $failed = 0 ]
