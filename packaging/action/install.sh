#!/usr/bin/env bash
# Installs sbx into a directory and adds it to the PATH of later steps, unless the cache has brought
# it already.
set -euo pipefail

installed=$("$SBX_INSTALL_DIR/sbx" --version 2>/dev/null || true)
if [ "$installed" != "sbx $SBX_VERSION" ]; then
    [ -n "${SBX_RELEASES:-}" ] || unset SBX_RELEASES
    "$GITHUB_ACTION_PATH/packaging/install.sh"
fi
echo "$SBX_INSTALL_DIR" >>"$GITHUB_PATH"
