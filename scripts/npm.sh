#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs the npm packages of the given folders as their lock files say, once per content of the lock file.
set -euo pipefail
for dir in "$@"; do
  [ -f "$dir/package-lock.json" ] || continue
  (
    flock 9
    sum=$(cat "$dir/package.json" "$dir/package-lock.json" | sha256sum | cut -d' ' -f1)
    [ "$(cat "$dir/node_modules/.installed" 2>/dev/null)" = "$sum" ] && exit 0
    # A build started by ninja has no terminal; npm's own summary is all there is to see.
    (cd "$dir" && npm ci --no-audit --no-fund --loglevel=error)
    echo "$sum" >"$dir/node_modules/.installed"
  ) 9<"$dir/package-lock.json"
done
