#!/usr/bin/env bash
# packaging/install.sh against releases on loopback: installer.sh DIST WORK VERSION COMMAND
# COMMAND is the one of docs/install.md.
set -euo pipefail
dist=$1 work=$2 version=$3 command=$4
archive=sbx-x86_64-unknown-linux-musl.tar.gz

fail() {
    echo "installer: $*" >&2
    exit 1
}

served=$work/served
for kind in good bad unlisted; do
    for directory in "$served/$kind/download/v$version" "$served/$kind/latest/download"; do
        mkdir -p "$directory"
        ln -s "$dist/$archive" "$directory/"
    done
    case $kind in
    good) cp "$dist/SHA256SUMS" "$served/$kind/latest/download/" ;;
    bad) sed "/ $archive$/s/^......../00000000/" "$dist/SHA256SUMS" >"$served/$kind/latest/download/SHA256SUMS" ;;
    unlisted) sed "/ $archive$/d" "$dist/SHA256SUMS" >"$served/$kind/latest/download/SHA256SUMS" ;;
    esac
    cp "$served/$kind/latest/download/SHA256SUMS" "$served/$kind/download/v$version/"
done
# A release whose name promises another version than its archive has.
cp -r "$served/good/download/v$version" "$served/good/download/v9.9.9"

coproc python3 -u -m http.server --bind 127.0.0.1 --directory "$served" 0 2>/dev/null
server=$COPROC_PID
trap 'kill "$server" 2>/dev/null || true' EXIT
read -r announced <&"${COPROC[0]}"
port=$(sed -E 's/.* port ([0-9]+) .*/\1/' <<<"$announced")

# install KIND DIRECTORY [NAME=VALUE…]
install() {
    local kind=$1 directory=$2
    shift 2
    env "SBX_RELEASES=http://127.0.0.1:$port/$kind" "SBX_INSTALL_DIR=$directory" "$@" \
        sh "$dist/install.sh" >"$work/installer.out" 2>"$work/installer.log"
}
refused() {
    local reason=$1
    shift
    ! install "$@" || fail "$1 was installed"
    grep -q -- "$reason" "$work/installer.log" || fail "$1: $(cat "$work/installer.log")"
    [ ! -e "$2" ] || fail "$1 has left $(ls -A "$2")"
}

install good "$work/installed" "SBX_VERSION=$version" || fail "$(cat "$work/installer.log")"
[ ! -s "$work/installer.out" ] || fail "it writes to standard output"
for words in "downloading http" "verified its SHA-256" "installed sbx $version as" "export PATH"; do
    grep -q "$words" "$work/installer.log" || fail "it does not say: $words"
done
# The latest release, over an installed program, with the `v` of tags, and with wget alone.
install good "$work/installed" || fail "latest: $(cat "$work/installer.log")"
install good "$work/installed" "SBX_VERSION=v$version" || fail "v$version: $(cat "$work/installer.log")"
[ "$(ls -A "$work/installed")" = sbx ] || fail "it left more than the program"
if command -v wget >/dev/null; then
    mkdir "$work/wget"
    for tool in sh uname mktemp rm wget awk cut sha256sum tar gzip mkdir cp chmod mv; do
        ln -s "$(command -v $tool)" "$work/wget/"
    done
    install good "$work/by-wget" "PATH=$work/wget" || fail "wget: $(cat "$work/installer.log")"
fi

# As a reader of docs/install.md does it, with this server in place of GitHub.
cp "$dist/install.sh" "$served/good/latest/download/"
releases=http://127.0.0.1:$port/good
command=${command//https:\/\/github.com\/sbx-dev\/sbx\/releases/$releases}
[[ $command = *"$releases"* ]] || fail "docs/install.md downloads from elsewhere: $command"
mkdir "$work/reader"
env "HOME=$work/reader" "SBX_RELEASES=$releases" bash -euo pipefail -c "$command" >"$work/installer.log" 2>&1 ||
    fail "$(cat "$work/installer.log")"
[ -x "$work/reader/.local/bin/sbx" ] || fail "docs/install.md installs no program"

refused "nothing was installed" bad "$work/from-bad"
refused "does not list" unlisted "$work/from-unlisted"
refused "contains sbx" good "$work/from-other" SBX_VERSION=9.9.9
refused "cannot download" good "$work/from-missing" SBX_VERSION=8.8.8
refused "is not a version" good "$work/from-hostile" 'SBX_VERSION=1;touch pwned'
refused "is not an HTTPS URL" good "$work/from-plain" SBX_RELEASES=http://example.invalid/releases

# A download of the script that ends early does nothing.
size=$(wc -c <"$dist/install.sh")
for part in 200 $((size / 2)) $((size - 12)); do
    head -c "$part" "$dist/install.sh" |
        env "SBX_RELEASES=http://127.0.0.1:$port/good" "SBX_INSTALL_DIR=$work/from-part" sh >/dev/null 2>&1 || true
    [ ! -e "$work/from-part" ] || fail "the first $part bytes of the script install something"
done
