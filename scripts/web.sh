#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Bundles the web client and writes what the program embeds. Usage: web.sh SOURCE OUT true|false
# The bundle is copied to OUT/dist under a lock, so that builds side by side do not see each other's half.
set -euo pipefail
src=$1 out=$2 want=$3
here=$(cd "$(dirname "$0")" && pwd)
rm -rf "$out/dist" && mkdir -p "$out/dist"
if [ "$want" = true ] && [ -f "$src/src/main.tsx" ]; then
  "$here/npm.sh" "$src" >&2
  exec 9<"$src/package.json"
  flock 9
  (cd "$src" && npm run --silent build >&2) || { echo 'web: the client does not build (meson configure -Dweb=false leaves it out)' >&2; exit 1; }
  cp -r "$src/dist/." "$out/dist/"
  flock -u 9
fi
exec node "$here/assets.mjs" "$src" "$out"
