#!/usr/bin/env bash
# The conformance check with its own copy of the SDK; builds nothing. Arguments go to run.py.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
cd "$here/../.."

venv="${SBX_CONFORMANCE_VENV:-target/conformance-venv}"
requirements="$here/requirements.txt"
# Installed whole or not at all: the copy is written last.
if ! cmp -s "$requirements" "$venv/requirements.txt"; then
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps \
        --requirement "$requirements"
    cp "$requirements" "$venv/requirements.txt"
fi

export PYTHONDONTWRITEBYTECODE=1
exec "$venv/bin/python" "$here/run.py" --sbx "${SBX:-target/debug/sbx}" "$@"
