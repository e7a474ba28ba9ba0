#!/usr/bin/env bash
# Runs what the pages show: `tests/site/pages.py` describes how. Pages that need a container engine
# use the one that the environment names.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/install.sh
export PYTHONDONTWRITEBYTECODE=1

python_packages target/site/venv tests/site/requirements.txt
cargo build --locked --quiet
exec target/site/venv/bin/python tests/site/pages.py "$@"
