#!/usr/bin/env bash
# Sizes and start times of the packages of a release: figures.sh DIST BINARY WORK
#
# Fails if the program is larger than 14 MB or starts slower than 1.2 times the dynamic one, which
# `cargo build --release` makes.
set -euo pipefail
dist=$1 binary=$2 work=$3
. tests/install.sh
debian_packages hyperfine

fail() {
    echo "figures: $*" >&2
    exit 1
}

size=$(stat --format %s "$binary")
echo "program: $size bytes"
for file in "$dist"/*.tar.gz "$dist"/*.whl "$dist"/*.tgz; do
    echo "$(basename "$file"): $(stat --format %s "$file") bytes"
done
[ "$size" -le 14000000 ] || fail "the program is larger than 14 MB"

cargo build --release --locked --bin sbx
# The least of many runs says what the program takes, however busy the machine is.
least() {
    hyperfine --warmup 5 --shell none --export-json "$work/times.json" --runs "$1" "$2" >/dev/null 2>&1
    python3 -c 'import json, sys; print(round(min(json.load(open(sys.argv[1]))["results"][0]["times"]) * 1e6))' \
        "$work/times.json"
}
manifest=examples/agent-runtime/sandbox.toml
static=$(least 300 "$binary check -q $manifest")
dynamic=$(least 300 "target/release/sbx check -q $manifest")
echo "sbx check: static $static µs, dynamic $dynamic µs"
[ $((static * 10)) -le $((dynamic * 12)) ] || fail "the static program starts slower than 1.2 times the dynamic one"
echo "the wheel's script: $(least 100 "$work/venv/bin/sbx check -q $manifest") µs"
echo "uvx: $(least 20 "uvx --offline --no-index --quiet --from $(echo "$dist"/*.whl) sbx check -q $manifest") µs"
echo "the launcher of npm: $(least 50 "$work/npm/node_modules/.bin/sbx check -q $manifest") µs"
echo "npx: $(least 10 "npx --prefix $work/npm --offline sandbox-toml check -q $manifest") µs"
