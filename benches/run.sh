#!/usr/bin/env bash
# What `sbx` does beside what people would use instead, and beside the limits: whole processes and
# parts of the work, side by side in one run. Prints ratios; absolute times say nothing about
# another machine. The arguments pick some of `manifests`, `context`, `edit` and `growth`; without
# any, all of them run. ROUNDS says how often each command runs. Wants a machine that does nothing else.
set -euo pipefail
cd "$(dirname "$0")/.."
. tests/install.sh
export PYTHONDONTWRITEBYTECODE=1

tools=$PWD/target/benches
node_packages "$tools" benches
python_packages "$tools/venv" benches/requirements.txt
debian_packages pigz
built=$(cargo build --release --locked --quiet --bin sbx --bench check --bench context --bench edit \
    --message-format=json-render-diagnostics)
bench() { # NAME: says where it is
    sed -n "s/.*\"executable\":\"\([^\"]*\/$1-[^\"]*\)\".*/\1/p" <<<"$built"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for part in ${@:-manifests context edit growth}; do
    case $part in
    manifests | context)
        mkdir "$work/$part"
        "$tools/venv/bin/python" "benches/$part.py" --sbx "$PWD/target/release/sbx" \
            --parts "$(bench "$([ "$part" = context ] && echo context || echo check)")" \
            --tools "$tools" --work "$work/$part"
        ;;
    edit) "$(bench edit)" ;;
    growth) "$(bench check)" ;;
    *)
        echo "there is no \`$part\` to measure" >&2
        exit 2
        ;;
    esac
done
