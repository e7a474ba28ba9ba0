#!/usr/bin/env bash
# The versions that `sbx` locks packages to, held against what the tools install: pip from a
# `pypiserver` and from an index with withdrawn files, npm from a `verdaccio` with a private scope,
# all on loopback. Then the options of both tools, held against the table of `sbx`.
#
# usage: tests/packages/run.sh
#
# Installs the tools, each in its own version, where they are missing. Prints `N passed, M failed`, and
# fails if one did, or if a comparison does not notice a wrong expectation.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=tests/packages
venv="${SBX_PACKAGES_VENV:-target/packages-venv}"
modules="${SBX_PACKAGES_NODE:-target/packages-node}"
export PYTHONDONTWRITEBYTECODE=1

. tests/install.sh
python_packages "$venv" "$here/requirements.txt"
node_packages "$modules" "$here"
exec "$venv/bin/python" "$here/run.py" "$venv" "$modules/node_modules"
