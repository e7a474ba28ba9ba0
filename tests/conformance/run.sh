#!/usr/bin/env bash
# The conformance check with its own copies of the SDKs; builds nothing. The first argument
# may be an SDK, `e2b`, `novita` or `declaw`, for that one alone; the others go to run.py.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
cd "$here/../.."
. tests/install.sh

sdks=(e2b novita declaw)
case "${1:-}" in
e2b | novita | declaw)
    sdks=("$1")
    shift
    ;;
esac
export PYTHONDONTWRITEBYTECODE=1

sbx="${SBX:-target/debug/sbx}"
failed=0
for sdk in "${sdks[@]}"; do
    case "$sdk" in
    e2b)
        venv="${SBX_CONFORMANCE_VENV:-target/conformance-venv}"
        requirements="$here/requirements.txt"
        ;;
    novita)
        venv="${SBX_CONFORMANCE_NOVITA_VENV:-target/conformance-novita-venv}"
        requirements="$here/requirements-novita.txt"
        ;;
    declaw)
        venv="${SBX_CONFORMANCE_DECLAW_VENV:-target/conformance-declaw-venv}"
        requirements="$here/requirements-declaw.txt"
        ;;
    esac
    python_packages "$venv" "$requirements" --no-deps
    echo "== $sdk"
    case "$sdk" in
    declaw)
        "$venv/bin/python" "$here/declaw.py" "$sbx" || failed=1
        echo "== $sdk, sandboxes"
        "$venv/bin/python" "$here/declaw_sandboxes.py" "$sbx" || failed=1
        ;;
    *) "$venv/bin/python" "$here/run.py" --sdk "$sdk" --sbx "$sbx" "$@" || failed=1 ;;
    esac
    if [ "$sdk" = e2b ]; then
        echo "== $sdk, Dockerfiles"
        "$venv/bin/python" "$here/dockerfiles.py" "$sbx" || failed=1
    fi
done
exit "$failed"
