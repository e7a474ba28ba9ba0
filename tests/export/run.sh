#!/usr/bin/env bash
# Exported code, run with the real SDKs: what they send is what `sbx compile` says. Builds nothing.
# The first argument may be a number of generated manifests for each SDK.
#
# The packages are those of tests/conformance and tests/clients, in their places.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
cd "$here/../.."
. tests/install.sh
export PYTHONDONTWRITEBYTECODE=1

count="${1:-60}"
sbx="${SBX:-target/debug/sbx}"
modules="${SBX_CLIENTS_NODE:-target/clients-node}"
node_packages "$modules" tests/clients
failed=0
for sdk in e2b novita; do
    if [ "$sdk" = e2b ]; then
        venv="${SBX_CONFORMANCE_VENV:-target/conformance-venv}"
        requirements=tests/conformance/requirements.txt
    else
        venv="${SBX_CONFORMANCE_NOVITA_VENV:-target/conformance-novita-venv}"
        requirements=tests/conformance/requirements-novita.txt
    fi
    python_packages "$venv" "$requirements" --no-deps
    echo "== $sdk"
    "$venv/bin/python" "$here/sdks.py" --sdk "$sdk" --sbx "$sbx" --modules "$modules" \
        --count "$count" || failed=1
done
venv="${SBX_CONFORMANCE_DECLAW_VENV:-target/conformance-declaw-venv}"
python_packages "$venv" tests/conformance/requirements-declaw.txt --no-deps
echo "== declaw"
"$venv/bin/python" "$here/declaw_sdk.py" "$sbx" || failed=1
exit "$failed"
