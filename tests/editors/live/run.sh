#!/usr/bin/env bash
# Neovim and Helix in a terminal: problems, hover, completion, fixes, formatting on save, with the
# configuration of `editors`. The first run installs both; what follows needs no network.
#
# usage: run.sh [--update], which writes the screens
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
cd "$here/../../.."
. tests/install.sh
export PYTHONDONTWRITEBYTECODE=1

tools="${SBX_EDITORS_LIVE:-target/editors-live}"
mkdir -p "$tools"
tools=$(realpath "$tools")
sbx="${SBX:-target/debug/sbx}"
debian_packages tmux
python_packages "$tools/neovim" "$here/requirements.txt" --require-hashes
# Debian 12 has no Helix. The one of Debian 13 needs its C library, and nothing else.
unpacked_packages "$tools/helix" trixie hx libc6 libgcc-s1
libraries="$tools/helix/usr/lib/x86_64-linux-gnu"

run() { python3 "$here/run.py" "$1" "$sbx" "${options[@]}" -- "${@:2}" sandbox.toml; }

options=("$@")
run neovim "$tools/neovim/bin/nvim"
run helix "$libraries/ld-linux-x86-64.so.2" --library-path "$libraries" "$tools/helix/usr/bin/hx"
