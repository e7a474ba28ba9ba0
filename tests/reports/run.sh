#!/usr/bin/env bash
# The reports of `sbx check` in every form, held against each other and against what reads them:
# SARIF against its official schema, annotations against what a GitHub runner decodes. Builds
# nothing. The first run installs a validator; what follows needs no network.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
cd "$here/../.."
. tests/install.sh
export PYTHONDONTWRITEBYTECODE=1

tools="${SBX_REPORTS:-target/reports}"
python_packages "$tools/venv" "$here/requirements.txt"
exec "$tools/venv/bin/python" "$here/run.py" --sbx "${SBX:-target/debug/sbx}" "$@"
