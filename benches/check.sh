#!/usr/bin/env bash
# One check of manifests of all sizes: inside the process (benches/check.rs: ten thousand checks of
# a thousand lines, and how the time of many kinds of text grows with their size), and as a whole
# process beside `taplo check --schema`, which holds the same file against the schema alone. Fails
# if the time of one kind grows faster than its text. Ratios of one run; absolute times say nothing
# about another machine.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v hyperfine >/dev/null || { apt-get update -qq && apt-get install -y -qq hyperfine; }
taplo=target/taplo/node_modules/.bin/taplo
[ -x "$taplo" ] || npm install --silent --no-fund --no-audit --prefix target/taplo @taplo/cli@0.7.0
cargo build --release --locked --quiet

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sizes=(125 250 500 1000 2000 4000)
for size in "${sizes[@]}"; do
    cargo bench --locked --quiet --bench check -- manifest "$work/$size.toml" "$size"
done

sbx=$PWD/target/release/sbx
taplo=$PWD/$taplo
schema=file://$PWD/schema/sandbox.schema.json
# Both read it, and find nothing wrong.
"$sbx" check --quiet "$work/1000.toml"
"$taplo" check --schema "$schema" "$work/1000.toml" 2>/dev/null
for size in "${sizes[@]}"; do
    hyperfine --shell=none --warmup 3 --runs "${RUNS:-20}" --export-json "$work/$size.json" \
        -n sbx "$sbx check --quiet $work/$size.toml" \
        -n taplo "$taplo check --schema $schema $work/$size.toml" >/dev/null 2>&1
done
python3 - "$work" "${sizes[@]}" <<'PY'
import json
import sys

work, *sizes = sys.argv[1:]
print("whole processes: lines, `sbx check`, `taplo check --schema`, and how many times as long")
for size in sizes:
    runs = json.load(open(f"{work}/{size}.json"))["results"]
    times = {run["command"]: run["median"] * 1000 for run in runs}
    ratio = times["taplo"] / times["sbx"]
    print(f"{size:>6} {times['sbx']:>9.2f} ms {times['taplo']:>9.2f} ms {ratio:>7.1f}")
print()
PY
cargo bench --locked --quiet --bench check
