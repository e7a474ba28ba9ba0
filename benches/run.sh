#!/usr/bin/env bash
# What `sbx` does beside what people would use instead, and beside the limits: whole processes and
# parts of the work, side by side in one run. Prints ratios; absolute times say nothing about
# another machine. The arguments pick some of `manifests`, `context`, `plan`, `edit`, `lsp`,
# `format` and `growth`; without any, all of them run. ROUNDS says how often each command runs. Wants a machine that does nothing else.
# `engine [WORD...]` builds the cases with one of these words on Docker; without one, all of them.
# `sandbox` compares `sbx run` with `docker run` on Docker.
# `since COMMIT [KIND...]` compares one check with that of another commit, and installs nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
. tests/install.sh
export PYTHONDONTWRITEBYTECODE=1

bench() { # NAME < MESSAGES: the program of a benchmark that cargo has built
    sed -n "s/.*\"executable\":\"\([^\"]*\/$1-[^\"]*\)\".*/\1/p"
}
build_check() { # DIRECTORY: builds the benchmark of a check there, and says where it is
    (cd "$1" && cargo build --release --locked --quiet --bench check \
        --message-format=json-render-diagnostics) | bench check
}
if [ "${1-}" = since ]; then
    [ $# -ge 2 ] || { echo "usage: benches/run.sh since COMMIT [KIND...]" >&2; exit 2; }
    other=$PWD/target/benches/since
    # The checkout stays, so that its second build is a small one.
    if [ -d "$other/.git" ]; then git -C "$other" fetch --quiet; else git clone --quiet . "$other"; fi
    git -C "$other" checkout --quiet --detach "$(git rev-parse --verify "$2^{commit}")"
    before=$(build_check "$other")
    now=$(build_check .)
    shift 2
    exec python3 benches/since.py --before "$before" --now "$now" --rounds "${ROUNDS:-3}" "$@"
fi
if [ "${1-}" = engine ]; then
    shift
    cargo build --release --locked --quiet --bin sbx
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    # Not `exec`, which would leave the directory.
    python3 benches/engine.py --sbx target/release/sbx --docker "${DOCKER:-docker}" --work "$work" "$@"
    exit
fi

if [ "${1-}" = sandbox ]; then
    cargo build --release --locked --quiet --bin sbx
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    python3 benches/sandbox.py --sbx target/release/sbx --work "$work"
    exit
fi

tools=$PWD/target/benches
node_packages "$tools" benches
python_packages "$tools/venv" benches/requirements.txt
debian_packages pigz
built=$(cargo build --release --locked --quiet --bin sbx --bench check --bench context --bench edit \
    --bench format \
    --message-format=json-render-diagnostics)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for part in ${@:-manifests context plan edit lsp format growth}; do
    case $part in
    manifests | context | plan)
        mkdir "$work/$part"
        "$tools/venv/bin/python" "benches/$part.py" --sbx "$PWD/target/release/sbx" \
            --parts "$(bench "$([ "$part" = manifests ] && echo check || echo context)" <<<"$built")" \
            --tools "$tools" --work "$work/$part"
        ;;
    format)
        mkdir "$work/$part"
        "$tools/venv/bin/python" benches/format.py --sbx "$PWD/target/release/sbx" \
            --parts "$(bench format <<<"$built")" --tools "$tools" --work "$work/$part"
        ;;
    lsp)
        mkdir "$work/$part"
        "$tools/venv/bin/python" benches/lsp.py --sbx "$PWD/target/release/sbx" \
            --parts "$(bench edit <<<"$built")" --tools "$tools" --work "$work/$part"
        ;;
    edit) "$(bench edit <<<"$built")" ;;
    growth) "$(bench check <<<"$built")" ;;
    *)
        echo "there is no \`$part\` to measure" >&2
        exit 2
        ;;
    esac
done
