#!/usr/bin/env bash
# What the official SDKs make of a template is imported, and compiles to what they would send. Programs
# are run with `--run`. Builds nothing.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
cd "$here/../.."
. tests/install.sh

export PYTHONDONTWRITEBYTECODE=1
e2b="${SBX_CONFORMANCE_VENV:-target/conformance-venv}"
novita="${SBX_CONFORMANCE_NOVITA_VENV:-target/conformance-novita-venv}"
python_packages "$e2b" tests/conformance/requirements.txt --no-deps
python_packages "$novita" tests/conformance/requirements-novita.txt --no-deps
modules="${SBX_CLIENTS_NODE:-target/clients-node}"
node_packages "$modules" tests/clients

failed=0
export SBX="${SBX:-$PWD/target/debug/sbx}"
for sdk in e2b novita_sandbox.core; do
    venv="$e2b"
    [ "$sdk" = e2b ] || venv="$novita"
    echo "== $sdk"
    "$venv/bin/python" "$here/sdk.py" "$sdk" "$modules/node_modules" || failed=1
done
exit "$failed"
