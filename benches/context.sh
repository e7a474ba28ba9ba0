#!/usr/bin/env bash
# Work on build contexts: hashing, what is remembered, packing, and the whole of `sbx apply`,
# beside the SDKs and the tools that are the limit. Prints ratios of one run; absolute times say
# nothing about another machine. ROUNDS says how often each command runs.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=${SBX_CONFORMANCE_VENV:-target/conformance-venv}
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check 'e2b==2.63.0'
npm=target/bench-npm
[ -d "$npm/node_modules/e2b" ] || npm install --silent --no-fund --no-audit --prefix "$npm" e2b@2.51.0
command -v pigz >/dev/null || { apt-get update -qq && apt-get install -y -qq pigz; }

cargo build --release --locked --quiet --bin sbx
parts=$(cargo build --release --locked --quiet --bench context --message-format=json |
    sed -n 's/.*"executable":"\([^"]*context[^"]*\)".*/\1/p')

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
PYTHONDONTWRITEBYTECODE=1 "$venv/bin/python" benches/context.py \
    --sbx "$PWD/target/release/sbx" --parts "$parts" --node "$PWD/$npm" --work "$work" "$@"
