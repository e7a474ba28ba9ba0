#!/usr/bin/env bash
# What editors' validators say about a manifest, held against `sbx check`; builds nothing. The
# first run installs them, each in its own version; what follows needs no network.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
cd "$here/../.."
export PYTHONDONTWRITEBYTECODE=1

tools="${SBX_EDITORS:-target/editors}"
mkdir -p "$tools"
# Installed whole or not at all: the copy of the requirements is written last.
if ! cmp -s "$here/requirements.txt" "$tools/requirements.txt"; then
    rm -rf "$tools/venv"
    python3 -m venv "$tools/venv"
    "$tools/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps \
        --requirement "$here/requirements.txt"
    cp "$here/requirements.txt" "$tools/requirements.txt"
fi
if ! cmp -s "$here/package-lock.json" "$tools/installed-lock.json"; then
    cp "$here/package.json" "$here/package-lock.json" "$tools/"
    npm --prefix "$tools" ci --silent --ignore-scripts --no-audit --no-fund
    cp "$here/package-lock.json" "$tools/installed-lock.json"
fi
exec "$tools/venv/bin/python" "$here/run.py" --tools "$tools" --sbx "${SBX:-target/debug/sbx}" "$@"
