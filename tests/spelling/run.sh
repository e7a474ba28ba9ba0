#!/usr/bin/env bash
# The spelling of sources, documentation and messages; `typos.toml` says what is left out. The
# first run installs the tool; what follows needs no network. `--write-changes` corrects.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
cd "$here/../.."
. tests/install.sh

venv="${SBX_SPELLING:-target/spelling}"
python_packages "$venv" "$here/requirements.txt"
exec "$venv/bin/typos" "$@"
