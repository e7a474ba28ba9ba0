#!/usr/bin/env bash
# The extension for VS Code: its types, its tests, and its package, which is not published. The first
# run installs what it is built with; what follows needs no network.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
cd "$here/../../.."
. tests/install.sh
SBX=$(realpath "${SBX:-target/debug/sbx}")
export SBX
node_project editors/vscode
cd editors/vscode
npm test
npm run --silent package
