#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Serves entente.db, made with the demo alliance when there is none, and says who may log in.
set -euo pipefail
cd "$(dirname "$0")/.."
db=entente.db logins=entente.db-logins.txt
if [ ! -f $db ]; then
  # Made under another name first: a demo stopped half-way is not taken for a whole one next time.
  rm -f $db.new $db.new-* $db.new.*
  ./build/entente demo --db $db.new | sed "s/entente\.db\.new/$db/" >$logins
  mv $db.new.key $db.key
  rm -f $db.new.lock
  mv $db.new $db
fi
[ ! -f $logins ] || cat $logins
exec ./build/entente serve --db $db --listen "${LISTEN:-127.0.0.1:8080}"
