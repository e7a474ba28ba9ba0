#!/usr/bin/env bash
# The official SDKs of E2B and Novita, for Python and JavaScript, build templates through `sbx serve`
# on the engine of the environment, which must have the base image `debian:12`.
set -euo pipefail
cd "$(dirname "$0")/../../.."
venv="${SBX_CLIENTS_VENV:-target/clients-venv}"
modules="${SBX_CLIENTS_NODE:-target/clients-node}"
export PYTHONDONTWRITEBYTECODE=1

. tests/install.sh
python_packages "$venv" tests/clients/requirements.txt
node_packages "$modules" tests/clients
exec "$venv/bin/python" tests/engine/sdks/run.py "$venv/bin/python" "$modules"
