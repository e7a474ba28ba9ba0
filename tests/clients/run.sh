#!/usr/bin/env bash
# The official clients against `sbx serve`: E2B's and Novita's SDKs for Python and JavaScript, and
# E2B's command line build, follow, tag, list and delete, and meet each kind of refusal. What an SDK
# builds, `sbx` lists and tags, and the SDK sees that. Then what may go wrong around the server, and
# a loop of kills under load, whose length is the first argument.
set -euo pipefail
cd "$(dirname "$0")/../.."
export SBX="${SBX:-target/debug/sbx}"
here=tests/clients
venv="${SBX_CLIENTS_VENV:-target/clients-venv}"
modules="${SBX_CLIENTS_NODE:-target/clients-node}"
export PYTHONDONTWRITEBYTECODE=1

. tests/install.sh
python_packages "$venv" "$here/requirements.txt"
node_packages "$modules" "$here"

work=$(mktemp -d)
server=
trap 'kill $server 2>/dev/null || true; rm -rf "$work"' EXIT
SBX_CLIENTS_KEY="e2b_$(printf '0%.0s' $(seq 40))"
export SBX_CLIENTS_KEY SBX_CLIENTS_REPORT="$work/report"
# It is looked into before the server may have opened it.
: >"$work/log"
"$SBX" serve --listen 127.0.0.1:0 --data "$work/data" --api-key-env SBX_CLIENTS_KEY 2>>"$work/log" &
server=$!
url=
for _ in $(seq 100); do
    url=$(sed -n 's/.*listens on \(http:.*\)$/\1/p' "$work/log")
    [ -n "$url" ] && break
    sleep 0.1
done
[ -n "$url" ] || { cat "$work/log" >&2; exit 1; }

mkdir "$work/context" "$work/js"
python3 "$here/tree.py" "$work/context"
# npm's `tar`, which packs for all that is JavaScript, breaks on gzipped hard links (7.5.23).
python3 "$here/tree.py" "$work/js" --no-hard-links
failed=0
"$venv/bin/python" "$here/python_sdks.py" "$url" "$work/context" || failed=1
node "$here/js_sdks.js" "$url" "$work/js" "$modules" || failed=1
python3 "$here/e2b_cli.py" "$url" "$work/js" "$modules/node_modules/.bin/e2b" || failed=1
"$venv/bin/python" "$here/sbx_peer.py" "$url" || failed=1
python3 "$here/report.py" "$work/report" || failed=1
python3 "$here/faults.py" || failed=1
python3 "$here/kill.py" "${1:-100}" || failed=1
exit "$failed"
