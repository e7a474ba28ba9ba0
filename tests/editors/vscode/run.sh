#!/usr/bin/env bash
# The extension for VS Code: its types, its tests, and its package, which is not published. The first
# run installs what it is built with; what follows needs no network.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
cd "$here/../../.."
SBX=$(realpath "${SBX:-target/debug/sbx}")
export SBX
cd editors/vscode
if ! cmp -s package-lock.json node_modules/installed.json; then
    npm ci --silent --ignore-scripts --no-audit --no-fund
    cp package-lock.json node_modules/installed.json
fi
npm test
npm run --silent package
