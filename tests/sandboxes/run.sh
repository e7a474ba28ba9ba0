#!/usr/bin/env bash
# The official SDKs use sandboxes of `sbx serve`, on the container engine that the environment leads
# to, which has the image `python:3.12`. `tests/engine/run.sh` runs it with its own daemon.
#
# usage: tests/sandboxes/run.sh [--short|--all]
#
# Without an option: both Python SDKs, a short list for those of npm, hostile content, the examples of
# docs/agent.md, the documents' other samples, 100 sandboxes, `sbx run`, and `sbx shell` in tmux. With `--short`: E2B's SDK for
# Python, hostile content, and 40 sandboxes. With `--all`: everything, 100 MB of output, files of 200 MB, and 200 sandboxes.
set -euo pipefail
cd "$(dirname "$0")/../.."
export SBX="${SBX:-target/debug/sbx}" PYTHONDONTWRITEBYTECODE=1
here=tests/sandboxes
venv="${SBX_CLIENTS_VENV:-target/clients-venv}"
modules="${SBX_CLIENTS_NODE:-target/clients-node}"
python=(e2b novita_sandbox) node=(e2b novita-sandbox) more=() large=() count=100
case ${1-} in
'') ;;
--short) python=(e2b) node=() count=40 ;;
--all) more=(--all) large=(--large) count=200 ;;
*)
    sed -n 's/^# usage: /usage: /p' "$0" >&2
    exit 2
    ;;
esac

. tests/install.sh
python_packages "$venv" tests/clients/requirements.txt
node_packages "$modules" tests/clients
debian_packages docker-registry perl tmux

work=$(mktemp -d)
server=
finish() {
    [[ -z $server ]] || kill "$server" 2>/dev/null || true
    wait
    SBX_DATA="$work/data" "$SBX" delete matrix --platform local --yes >/dev/null 2>&1 || true
    rm -rf "$work"
}
trap finish EXIT
"$SBX" apply "$here/template" --platform local --data "$work/data" --quiet >/dev/null
: >"$work/log"
"$SBX" serve --listen 127.0.0.1:0 --data "$work/data" 2>>"$work/log" &
server=$!
url=
for _ in $(seq 100); do
    url=$(sed -n 's/.*listens on \(http:.*\)$/\1/p' "$work/log")
    [[ -n $url ]] && break
    sleep 0.1
done
[[ -n $url ]] || { cat "$work/log" >&2; exit 1; }

failed=0
for sdk in "${python[@]}"; do
    "$venv/bin/python" "$here/python_matrix.py" "$sdk" "$url" matrix "${large[@]}" || failed=1
done
for sdk in "${node[@]}"; do
    node "$here/js_matrix.js" "$sdk" "$url" matrix "$modules" "${more[@]}" "${large[@]}" || failed=1
done
python3 "$here/hostile.py" "$url" matrix "$server" || failed=1
if [[ ${1-} != --short ]]; then
    python3 "$here/guide.py" "$SBX" "$work/data" "$url" "$venv/bin/python" "$modules" \
        "${more[@]}" || failed=1
    python3 "$here/samples.py" "$url" "$venv/bin/python" "$modules" "${more[@]}" || failed=1
fi
kill "$server"
wait "$server" || failed=1
server=
# A call that the server dies of ends its connection, which some SDKs repeat.
if grep -A 3 panicked "$work/log"; then
    failed=1
fi
python3 "$here/many.py" "$SBX" "$work/data" matrix "$count" || failed=1
if [[ ${1-} != --short ]]; then
    python3 "$here/commands.py" "$SBX" "$work/data" matrix || failed=1
fi
exit "$failed"
