#!/usr/bin/env bash
# The official SDKs as clients of `sbx serve`: builds, follows, tags and deletes with each.
set -euo pipefail
cd "$(dirname "$0")/../.."
sbx=${SBX:-target/debug/sbx}
venv=${SBX_CLIENTS_VENV:-target/clients-venv}
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check 'novita-sandbox==2.1.1' 'e2b==2.63.0'

work=$(mktemp -d)
"$sbx" serve --listen 127.0.0.1:0 --data "$work/data" 2>"$work/log" &
server=$!
trap 'kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
for _ in $(seq 100); do
    url=$(sed -n 's/.*listens on \(http:.*\)$/\1/p' "$work/log")
    [ -n "$url" ] && break
    sleep 0.1
done
"$venv/bin/python" tests/clients/python_sdks.py "$url"
