#!/usr/bin/env bash
# What editors' validators say about a manifest, held against `sbx check`; builds nothing. The
# first run installs them, each in its own version; what follows needs no network.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
cd "$here/../.."
. tests/install.sh
export PYTHONDONTWRITEBYTECODE=1

tools="${SBX_EDITORS:-target/editors}"
# The virtual environment is within what the first line makes anew.
node_packages "$tools" "$here"
python_packages "$tools/venv" "$here/requirements.txt" --no-deps
case " $* " in
*" --self-test "*) ;;
*) node "$here/schemastore.mjs" "$(realpath "$tools")" ;;
esac
exec "$tools/venv/bin/python" "$here/run.py" --tools "$tools" --sbx "${SBX:-target/debug/sbx}" "$@"
