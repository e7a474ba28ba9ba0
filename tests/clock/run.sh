#!/usr/bin/env bash
# Commands under clocks that are wrong: at the end of the year 9999 and the beginning of 1970, which
# few formats of dates can express, and beyond.
#
# Needs faketime and installs it with apt-get if it is missing.
set -euo pipefail
cd "$(dirname "$0")/../.."

. tests/install.sh
debian_packages faketime
cargo build --locked --quiet
sbx=$PWD/target/debug/sbx
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# run YEAR EXIT ARGUMENTS: the command ends with that code, and not by a panic.
run() {
    local when=$1 expected=$2 exit=0
    shift 2
    # Timers keep to the real clock.
    FAKETIME_DONT_FAKE_MONOTONIC=1 faketime -f "$when" "$sbx" "$@" > "$work/out" 2>&1 || exit=$?
    if [ "$exit" != "$expected" ] || grep -q "has a bug\|panicked" "$work/out"; then
        echo "sbx $* at $when: exit code $exit instead of $expected" >&2
        cat "$work/out" >&2
        return 1
    fi
    echo "ok: sbx $* at $when"
}

# The clock is the one that was asked for.
year=$(FAKETIME_DONT_FAKE_MONOTONIC=1 faketime -f "@9999-12-31 12:00:00" date +%Y)
[ "$year" = 9999 ] || { echo "faketime sets the year to $year" >&2; exit 1; }

mkdir "$work/project"
printf 'data\n' > "$work/project/data"
cat > "$work/project/sandbox.toml" <<'TOML'
name = "clock"
platform = "local"
from = "python:3.12"
steps = [{ copy = "data", to = "/data" }, { run = "true" }]
TOML
cd "$work/project"
export HOME=$work/home SBX_NO_IMAGE_CHECK=1
for when in "@9999-12-31 12:00:00" "@9999-12-31 23:59:59" "@1970-01-01 12:00:00"; do
    export SBX_DATA="$work/data $when" SBX_STATE="$work/state $when"
    run "$when" 0 check
    run "$when" 0 compile
    run "$when" 0 apply
    run "$when" 0 apply --format json
    run "$when" 0 status
    run "$when" 0 logs
    run "$when" 0 list
    run "$when" 0 show clock
    run "$when" 0 tag list clock
    run "$when" 0 tag add clock:default v2
    run "$when" 0 exists clock
    run "$when" 0 delete clock --yes
done

# A server sends the date with each answer. These dates have no form in HTTP.
for when in "@1969-12-31 12:00:00" "+8000y"; do
    export SBX_DATA="$work/data $when" SBX_STATE="$work/state $when"
    run "$when" 0 check
    run "$when" 3 apply
    grep -q "error: .*the system clock" "$work/out" || { cat "$work/out" >&2; exit 1; }
    run "$when" 3 serve --listen 127.0.0.1:0
done
