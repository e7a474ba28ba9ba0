#!/usr/bin/env bash
# The JSON outputs of `sbx`, held against the schemas in `schema/output`, and these against
# `docs/json.md`. Builds no template. The first run installs a validator; what follows needs no network.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
cd "$here/../.."
. tests/install.sh
export PYTHONDONTWRITEBYTECODE=1

tools="${SBX_OUTPUT:-target/output}"
python_packages "$tools/venv" "$here/requirements.txt"
exec "$tools/venv/bin/python" "$here/run.py" --sbx "${SBX:-target/debug/sbx}" "$@"
