#!/usr/bin/env bash
# Feeds the front end with texts that libFuzzer makes up, so many SECONDS for each target, as many
# targets at a time as there are cores: manifests, also to be formatted, Dockerfiles, what is imported,
# ignore files and build logs. What must hold of each is in fuzz/src/lib.rs or in its target. The corpora
# grow in target/fuzz/corpus from run to run; they begin with the repository's own examples and cases.
#
#   fuzz/run.sh [SECONDS] [TARGET…]
#
# A finding is left in target/fuzz/artifacts/TARGET; `fuzz/run.sh 0 TARGET FILE` runs that one again.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-45}
shift || true
work=$PWD/target/fuzz

# The stable toolchain builds for libFuzzer, too, if it may use what is not stable yet. Without
# sanitizers: the compiler has no unsafe code, and a build that needs no second standard library
# works everywhere. Overflows and debug assertions are caught all the same.
export RUSTC_BOOTSTRAP=1 RUST_BACKTRACE=0
tool=target/tools/bin/cargo-fuzz
[ -x "$tool" ] || cargo install --locked --quiet --root target/tools cargo-fuzz --version 0.13.2
cargo fmt --check --manifest-path fuzz/Cargo.toml
cargo metadata --locked --format-version 1 --manifest-path fuzz/Cargo.toml >/dev/null
"$tool" build --sanitizer none --codegen-units 16 --target-dir "$work" 2>"$work.log" || {
    cat "$work.log" >&2
    exit 1
}
built=$(echo "$work"/*/release/manifest)
built=${built%/*}

if [ "$seconds" = 0 ]; then
    exec "$built/$1" -timeout=10 -rss_limit_mb=1024 "$2"
fi

# Seeds: copies under names that say where they come from.
seed() {
    local target=$1
    shift
    mkdir -p "$work/seeds/$target"
    for file; do
        cp "$file" "$work/seeds/$target/$(echo "$file" | tr / -)"
    done
}
seed manifest examples/*/sandbox.toml tests/ui/*/*.toml tests/dockerfiles/*/sandbox.toml
seed format examples/*/sandbox.toml tests/format/cases/*.toml tests/ui/*/*.toml
seed dockerfile tests/dockerfiles/*/Dockerfile tests/ui/*/*.Dockerfile
seed import tests/import/*/{,*.}Dockerfile tests/import/*/*.toml tests/import/*/{template.json,.devcontainer/*.json}
mkdir -p "$work"/seeds/{ignore,log}
printf 'src/a/b.txt\n# x\n*.log\n!keep.log\n**/a\n/src/**/b\n[a-c]?\\*\n!src/a/\n' >"$work/seeds/ignore/rules"
{ echo node_modules/m/index.js; cat tests/ui/context/.dockerignore; } >"$work/seeds/ignore/context"
printf '\033[1;31mred\033[0m\r\n 1%%\r 2%%\n\033]8;;u\033\\link\033]8;;\033\\\ta\bb\302\2332J' >"$work/seeds/log/terminal"
seed log tests/ui/build-failed/*.snap

# The words of the language, from the schema, and those of Dockerfiles.
python3 - >"$work/words.dict" <<'PY'
import json

schema = json.load(open("schema/sandbox.schema.json"))
words = {'"""', "'''", "[[steps]]", "[steps]", "= true", "${", "$$", "\\u0000", "\r\n", "\ufeff"}
words |= {"FROM ", "RUN ", "COPY --chown=", "ADD ", "ENV ", "ARG ", "USER ", "WORKDIR ", "LABEL "}
words |= {"CMD [", "ENTRYPOINT [", "ONBUILD ", "SHELL ", "VOLUME ", "EXPOSE ", "HEALTHCHECK "}
words |= {"--mount=type=cache", "--chmod=755", "--from=", "<<EOF", "<<-'E'", "# escape=`", " AS "}
words |= {"${A:-", "${A:+", "${A:?", "**/", "[!a-z]", "[[:alpha:]]", "\x1b[", "\x1b]8;;", "\x9b"}


def walk(node):
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "properties":
                words.update(f"{name} = " for name in value)
                words.update(f"[{name}]" for name in value)
            if key in ("enum", "examples"):
                words.update(json.dumps(word) for word in value)
            walk(value)
    elif isinstance(node, list):
        for value in node:
            walk(value)


walk(schema)
for word in sorted(words):
    print('"' + "".join(f"\\x{byte:02x}" for byte in word.encode()) + '"')
PY

targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(manifest format dockerfile import ignore log)
fuzz() {
    local target=$1
    mkdir -p "$work/corpus/$target" "$work/artifacts/$target"
    # A text is answered in milliseconds; ten seconds for one is a hang, a gigabyte a leak.
    "$built/$target" "$work/corpus/$target" "$work/seeds/$target" -dict="$work/words.dict" \
        -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=4096 -use_value_profile=0 \
        -artifact_prefix="$work/artifacts/$target/" -print_final_stats=1 >"$work/$target.log" 2>&1
}
passed=0 failed=0
cores=$(nproc)
for ((at = 0; at < ${#targets[@]}; at += cores)); do
    batch=("${targets[@]:at:cores}")
    pids=()
    for target in "${batch[@]}"; do
        fuzz "$target" &
        pids+=($!)
    done
    for index in "${!batch[@]}"; do
        target=${batch[index]}
        outcome=ok
        if wait "${pids[index]}"; then
            passed=$((passed + 1))
        else
            failed=$((failed + 1))
            outcome=FAILED
            grep -v '^#' "$work/$target.log" | tail -n 40
        fi
        executed=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/$target.log")
        covered=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$work/$target.log" | tail -n 1)
        kept=$(find "$work/corpus/$target" -type f | wc -l)
        echo "$target: ${executed:-?} executions, ${covered:-?} edges, $kept texts kept: $outcome"
    done
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
