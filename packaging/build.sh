#!/usr/bin/env bash
# Makes everything of a release for one platform, in dist/: the archive with completions, manual
# pages and licences, the wheel, the npm packages, the image, the SBOM and the checksums.
#
#   packaging/build.sh [--target TRIPLE] [--out DIR] [--profile FILE] [--binary FILE]
#
# --target  the platform, x86_64-unknown-linux-musl unless given
# --profile optimize for what this file says, in place of a training run: it is the one that another
#           build of the same sources left in target/profiles
# --binary  package this program instead of building one, without licences of libraries and SBOM.
#           For tests: the result is no release.
#
# Needs rustup, Python 3.11, npm and, for musl, `apt-get install musl-tools`. The program of every package
# is the same file: what is attested for one holds for all.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. tests/install.sh

target=x86_64-unknown-linux-musl
out=dist
profile=
binary=
while [ $# -gt 0 ]; do
    case "$1" in
    --target) target=$2 ;;
    --out) out=$2 ;;
    --profile) profile=$(realpath "$2") ;;
    --binary) binary=$2 ;;
    *)
        echo "unknown argument: $1" >&2
        exit 2
        ;;
    esac
    shift 2
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
name=sbx-$target
mkdir -p "$out"
rm -rf "${out:?}"/*
mkdir -p "$work/$name/completions" "$work/$name/man"

tool() {
    local installed=target/tools/bin/$1 version=$2
    shift 2
    [ -x "$installed" ] && [ "$(cat "$installed.version" 2>/dev/null)" = "$version" ] && return
    # Optimized: an unoptimized cargo-about compares licences for many minutes.
    cargo install --locked --quiet --root target/tools --version "$version" \
        "$(basename "$installed")" "$@"
    echo "$version" >"$installed.version"
}

if [ -z "$binary" ]; then
    # musl reads /etc/hosts and asks the servers of /etc/resolv.conf by itself. A static program with
    # glibc would load the modules of nsswitch.conf, which belong to the glibc of each machine.
    rustup target list --installed | grep -x "$target" >/dev/null || rustup target add "$target"
    # The registry's sources are there before their directory is named.
    cargo fetch --locked --quiet
    # No path of this machine is in the program.
    flags=
    for sources in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*; do
        flags+=" --remap-path-prefix=$sources="
    done
    # Half a megabyte of relocations becomes 20 kB. musl reads both forms.
    case "$target" in *-musl) flags+=" -C link-arg=-Wl,-z,pack-relative-relocs" ;; esac
    # Nothing is inlined before it is counted, and a function that cannot unwind has no table for that:
    # rustc asks for one in case a signal handler walks the stack.
    flags+=" -C llvm-args=-disable-preinline -C llvm-args=-force-remove-attribute=uwtable"
    # build DIRECTORY FLAGS: the program, made with more flags.
    variable=$(echo "CARGO_TARGET_${target}_RUSTFLAGS" | tr 'a-z-' 'A-Z_')
    build() {
        env "$variable=$flags $2" RUSTC_WRAPPER="$PWD/packaging/rustc.sh" cargo build --release \
            --locked --bin sbx --target "$target" --target-dir "$1"
    }
    rustup component add llvm-tools
    tools=$(rustc --print target-libdir)/../bin
    if [ -z "$profile" ]; then
        # A first program counts what is done in a training run, and the second is optimized for that.
        # Functions are found by their names, which depend on Cargo's profile and on the libraries:
        # both have to be the same.
        profile=$PWD/target/profiles/$target.profdata
        mkdir -p "$(dirname "$profile")"
        build target/instrumented "-C profile-generate=$work/counts"
        python3 packaging/training.py "target/instrumented/$target/release/sbx"
        "$tools/llvm-profdata" merge --output "$profile" "$work/counts"
    fi
    # Functions of which no part ran five thousand times, with their crate where it is known.
    "$tools/llvm-profdata" show --list-below-cutoff --value-cutoff=5000 "$profile" |
        sed -nE 's/^  (([A-Za-z0-9_]+)\.[^;]*;)?([^;]*): \(Max .*/\2 \3/p' | sed 's/^ /- /' >"$work/cold"
    export SBX_COLD=$work/cold
    # Less is inlined, also where code runs often, and no loops are vectorized, where that saved no time
    # that could be measured. Libraries that read much text have vectors of their own. What is called from
    # code that did not run is hardly ever inlined, and such code is built for size within a function
    # that runs. What occurs more than once becomes a function if that saves more than its unwind table.
    optimizations=" -C no-vectorize-loops -C no-vectorize-slp"
    # From a frame pointer, an unwind table needs no entry for each register that a function saves.
    optimizations+=" -C force-frame-pointers=yes"
    for option in inline-threshold=50 hot-callsite-threshold=800 inline-cold-callsite-threshold=25 \
        inlinecold-threshold=25 pgso-lwss-only=false pgso-cutoff-instr-prof=999000 \
        enable-machine-outliner=optimistic-pgo outliner-benefit-threshold=40; do
        optimizations+=" -C llvm-args=-$option"
    done
    build target "-C profile-use=$profile$optimizations"
    unset SBX_COLD
    binary=target/$target/release/sbx

    tool cargo-about 0.9.3 --features cli
    # The texts in the packages themselves, also those of other platforms' packages: no service is asked.
    target/tools/bin/cargo-about generate --frozen --fail --config packaging/notices/about.toml \
        packaging/notices/about.hbs >"$work/$name/THIRD-PARTY-LICENSES"
    cat packaging/notices/toolchain.txt >>"$work/$name/THIRD-PARTY-LICENSES"
    tool cargo-sbom 0.10.0
    target/tools/bin/cargo-sbom --output-format cyclone_dx_json_1_6 >"$out/$name.cdx.json"
fi

# The archive. Its files have the time of the last commit, so that the same sources and tools make
# the same bytes.
cp "$binary" "$work/$name/sbx"
chmod 755 "$work/$name/sbx"
cp README.md CHANGELOG.md LICENSE-APACHE LICENSE-MIT "$work/$name/"
cargo run --locked --quiet --example man -- "$work/$name/man"
for shell in bash zsh fish elvish powershell; do
    "$binary" completions "$shell" >"$work/$name/completions/sbx.$shell"
done
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
# pack TAR-FILE DIRECTORY ENTRY…: bsdtar of macOS has no such options, and needs them less.
pack() {
    local file=$1 directory=$2
    shift 2
    if tar --version | grep GNU >/dev/null; then
        tar --sort=name --format=ustar --owner=0 --group=0 --numeric-owner \
            --mtime="@$SOURCE_DATE_EPOCH" -C "$directory" -cf "$file" "$@"
    else
        tar --format=ustar -C "$directory" -cf "$file" "$@"
    fi
}
pack "$work/archive.tar" "$work" "$name"
gzip -9 -n -c "$work/archive.tar" >"$out/$name.tar.gz"

python_packages target/packaging/venv packaging/pypi/requirements.txt
target/packaging/venv/bin/python packaging/pypi/build.py "$binary" "$target" "$out"

python3 packaging/npm/build.py "$binary" "$target" "$out"
python3 packaging/npm/build.py main "$out"

cp packaging/install.sh "$out/install.sh"

# The image's context: Mozilla's certificates, but none that this machine trusts beside them.
case "$target" in
*-linux-musl)
    root=$work/root
    mkdir -p "$root"/{usr/bin,etc/ssl/certs,home/sbx,tmp,work}
    cp "$work/$name/sbx" "$root/usr/bin/sbx"
    cat /usr/share/ca-certificates/mozilla/*.crt >"$root/etc/ssl/certs/ca-certificates.crt"
    chmod 1777 "$root"/{home/sbx,tmp,work}
    mkdir -p "$out/image-${target%%-*}"
    pack "$out/image-${target%%-*}/rootfs.tar" "$root" etc home tmp usr work
    cp packaging/container/Dockerfile "$out/image-${target%%-*}/"
    ;;
esac

sums() { if command -v sha256sum >/dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi; }
(cd "$out" && sums -- *.* >SHA256SUMS.new && mv SHA256SUMS.new SHA256SUMS)
ls -l "$out"
