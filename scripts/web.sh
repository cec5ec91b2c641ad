#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Bundles the web client and writes what the program embeds. Usage: web.sh SOURCE OUT true|false
# The bundle goes to OUT/dist, so that builds side by side do not meet.
set -euo pipefail
src=$1 out=$2 want=$3
here=$(cd "$(dirname "$0")" && pwd)
rm -rf "$out/dist" && mkdir -p "$out/dist"
if [ "$want" = true ] && [ -f "$src/build.mjs" ]; then
  "$here/npm.sh" "$src" >&2
  (cd "$src" && node build.mjs "$out/dist")
fi
exec node "$here/assets.mjs" "$src" "$out"
