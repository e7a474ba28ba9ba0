#!/usr/bin/env bash
# Builds the examples of the pages and the templates of the corpus on a Docker daemon of its own, and
# writes `tests/corpus/pages.md` and `tests/corpus/outcomes.md`. Fails if a build ends in another way
# than is written down. Takes an hour and 20 GB below TMPDIR, or /tmp.
set -euo pipefail
cd "$(dirname "$0")/../../.."
. tests/install.sh
. tests/engine/daemon.sh

debian_packages debootstrap git
cargo build --locked --quiet
start_docker
run python3 tests/corpus/engine/selftest.py
part "templates whose outcome is certain"
run python3 tests/corpus/engine/pages.py
part "examples of the pages"
# The result of another day says nothing about this one.
run python3 tests/corpus/engine/run.py --results "$work/results"
run python3 tests/corpus/engine/run.py --results "$work/results" --platform novita \
    bare-path-variable bun-service golang-image-path java-jar next-app-owned-by-root node-own-user \
    rust-image-export
run python3 tests/corpus/engine/table.py "$work/results"
part "the corpus"
