#!/usr/bin/env bash
# The compiler of a release, for cargo's RUSTC_WRAPPER: rustc.sh RUSTC ARGUMENT…
#
# Functions that hardly run in a training run are built for size, whatever their crate is built for.
# $SBX_COLD lists them, as `CRATE NAME` or, where any crate may have the function, `- NAME`. Without a
# list it is rustc.
set -euo pipefail

crate='' target=''
arguments=("$@")
for ((at = 1; at < $#; at++)); do
    case "${arguments[at]}" in
    --crate-name) crate=${arguments[at + 1]} ;;
    --target) target=${arguments[at + 1]} ;;
    esac
done
# Build scripts and macros run on this machine alone.
if [ -z "${SBX_COLD:-}" ] || [ -z "$crate" ] || [ -z "$target" ]; then
    exec "$@"
fi

list=$(mktemp)
trap 'rm -f "$list"' EXIT
# What is generic is compiled in the crate that needs it, mostly ours.
awk -v "crate=$crate" \
    '$1 == crate || ($1 == "-" && (crate == "sandbox_toml" || index($2, crate))) { print $2 ",minsize"; print $2 ",optsize" }' \
    "$SBX_COLD" >"$list"
# LLVM reports each name that the crate does not have after all.
"$@" -C "llvm-args=-forceattrs-csv-path=$list" 2> >(grep --line-buffered -v '^Function in CSV file' >&2)
