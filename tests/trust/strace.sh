#!/usr/bin/env bash
# No command connects to anything for a manifest that has no consent, as the kernel sees it: every
# subcommand runs under `strace`, with a terminal and without one.
#
# usage: [SBX=path/to/sbx] tests/trust/strace.sh
#
# Installs `strace` with apt-get where it is missing, and fails without it.
set -euo pipefail
cd "$(dirname "$0")"
. ../install.sh
debian_packages strace python3
SBX=$(realpath "${SBX:-../../target/debug/sbx}") exec python3 strace.py
