#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing: Debian packages (apt-get, through sudo unless root) and the npm packages of the lock files.
# Usage: setup.sh run|test. A second run finds nothing to do and returns at once; only files changed since are looked at.
set -euo pipefail
cd "$(dirname "$0")/.."
what=${1:-run}
lists=(scripts/packages.txt) npm=(web)
[ "$what" = test ] && lists+=(scripts/packages-test.txt) npm+=(tests)

stamp=.stamp/setup-$what
locks=()
for d in "${npm[@]}"; do [ ! -f "$d/package-lock.json" ] || locks+=("$d/package-lock.json"); done
sum=$(cat "${lists[@]}" scripts/setup.sh "${locks[@]}" | sha256sum)
if [ "$(cat "$stamp" 2>/dev/null)" = "$sum" ]; then
  whole=yes
  for d in "${npm[@]}"; do [ ! -f "$d/package-lock.json" ] || [ -d "$d/node_modules" ] || whole=no; done
  [ $whole = yes ] && exit 0
fi

installed() {
  case $1 in
  nodejs) command -v node >/dev/null ;;
  npm) command -v npm >/dev/null ;;
  *) [ "$(dpkg-query -W -f '${Status}' "$1" 2>/dev/null)" = 'install ok installed' ] ;;
  esac
}
missing=()
for p in $(grep -hv '^#' "${lists[@]}"); do installed "$p" || missing+=("$p"); done

if [ ${#missing[@]} -gt 0 ]; then
  command -v apt-get >/dev/null || { echo "setup: not a Debian system; please install: ${missing[*]}" >&2; exit 1; }
  root=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || { echo "setup: as root, please run: apt-get install ${missing[*]}" >&2; exit 1; }
    root=(sudo)
  fi
  echo "setup: installing ${missing[*]}"
  apt=(env DEBIAN_FRONTEND=noninteractive apt-get -y -q -o Dpkg::Use-Pty=0 -o APT::Install-Recommends=false -o Acquire::Retries=3)
  "${root[@]}" "${apt[@]}" update
  "${root[@]}" "${apt[@]}" install "${missing[@]}"
fi

scripts/npm.sh "${npm[@]}"
mkdir -p .stamp
echo "$sum" >"$stamp"
