#!/usr/bin/env bash
# Runs what the pages show, and tests that what is wrong with a page is found: `tests/site/pages.py`
# describes how. Pages that need a container engine use the one that the environment names.
#
#   tests/site/pages.sh [--recorded | --engine | --builds] [PAGE…]
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/install.sh
export PYTHONDONTWRITEBYTECODE=1

python_packages target/site/venv tests/site/requirements.txt
cargo build --locked --quiet
python=target/site/venv/bin/python
if [[ "$*" != --engine && "$*" != --builds ]]; then
    "$python" site/picture.py target/debug/sbx docs/assets/check.svg --check
    "$python" tests/site/selftest.py
    for check in keys commands; do
        "$python" "tests/site/$check.py" --self-test
        "$python" "tests/site/$check.py"
    done
fi
exec "$python" tests/site/pages.py "$@"
