#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# docs/security.md against the tree: see check-security.mjs.
exec node "$(dirname "$0")/check-security.mjs" "$@"
