#!/usr/bin/env bash
# Prints the section of CHANGELOG.md about a version, or about `Unreleased`, without its heading.
set -euo pipefail
awk -v name="$1" '
    /^## / { inside = ($2 == name); next }
    inside && (started || NF) { started = 1; print }
' "$(dirname "${BASH_SOURCE[0]}")/../CHANGELOG.md"
