#!/bin/sh
# Installs sbx for the current user, without root:
#
#   curl -fsSL https://github.com/sbx-dev/sbx/releases/latest/download/install.sh | sh
#
# It downloads the archive of this machine's platform and the checksums of the release, compares
# them, and moves the program to its directory. It changes no profile of a shell. These variables
# change what it does:
#
#   SBX_VERSION      the version to install, such as 0.1.0; the latest release unless set
#   SBX_INSTALL_DIR  the directory of the program; ~/.local/bin unless set
#   SBX_RELEASES     where releases are, for a mirror; GitHub unless set
set -eu

say() { printf '%s\n' "$*" >&2; }
fail() {
    say "error: $*"
    exit 1
}

# The name that Rust has for this machine: the archives are called by it.
target() {
    case "$(uname -s)" in
    Linux) system=unknown-linux-musl ;;
    Darwin) system=apple-darwin ;;
    *) fail "there is no release for $(uname -s); \`cargo install sandbox-toml\` builds sbx from source" ;;
    esac
    case "$(uname -m)" in
    x86_64 | amd64) machine=x86_64 ;;
    aarch64 | arm64) machine=aarch64 ;;
    *) fail "there is no release for $(uname -m); \`cargo install sandbox-toml\` builds sbx from source" ;;
    esac
    printf '%s-%s\n' "$machine" "$system"
}

# download URL FILE: over HTTPS only, after redirects too, except from this machine itself.
download() {
    case "$1" in
    https://*) protocols='=https' ;;
    http://127.0.0.1:* | http://localhost:*) protocols='=http,https' ;;
    *) fail "\`$1\` is not an HTTPS URL" ;;
    esac
    if command -v curl >/dev/null 2>&1; then
        curl --fail --silent --show-error --location --proto "$protocols" --retry 2 \
            --output "$2" "$1" || fail "cannot download $1"
    elif command -v wget >/dev/null 2>&1; then
        wget -q -O "$2" "$1" || fail "cannot download $1"
    else
        fail "downloading needs curl or wget"
    fi
}

sha256() {
    if command -v sha256sum >/dev/null 2>&1; then
        sha256sum "$1"
    elif command -v shasum >/dev/null 2>&1; then
        shasum -a 256 "$1"
    else
        fail "the checksum cannot be verified: there is neither sha256sum nor shasum"
    fi | cut -d ' ' -f 1
}

# The whole script is read before anything happens, so an interrupted download of it does nothing.
main() {
    releases=${SBX_RELEASES:-https://github.com/sbx-dev/sbx/releases}
    directory=${SBX_INSTALL_DIR:-${HOME:?is not set, and neither is SBX_INSTALL_DIR}/.local/bin}
    version=${SBX_VERSION:-}
    version=${version#v}
    case "$version" in
    '') from=$releases/latest/download ;;
    *[!0-9A-Za-z.+-]*) fail "\`SBX_VERSION\` is not a version, such as 0.1.0" ;;
    *) from=$releases/download/v$version ;;
    esac
    name=sbx-$(target)
    archive=$name.tar.gz

    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM

    say "downloading $from/$archive"
    download "$from/SHA256SUMS" "$work/SHA256SUMS"
    download "$from/$archive" "$work/$archive"
    expected=$(awk -v name="$archive" '$2 == name || $2 == "*" name { print $1 }' "$work/SHA256SUMS")
    [ -n "$expected" ] || fail "SHA256SUMS of the release does not list $archive"
    actual=$(sha256 "$work/$archive")
    [ "$expected" = "$actual" ] ||
        fail "the checksum of $archive is $actual, but the release lists $expected: nothing was installed"
    say "verified its SHA-256: $actual"

    tar -xzf "$work/$archive" -C "$work" "$name/sbx"
    installed=$("$work/$name/sbx" --version) || fail "the program does not run on this machine"
    case "$version" in
    '' | "${installed#sbx }") ;;
    *) fail "the archive of version $version contains $installed" ;;
    esac

    mkdir -p "$directory"
    # A rename in the same directory: a running sbx keeps its file, and there is always a whole one.
    cp "$work/$name/sbx" "$directory/.sbx.$$"
    chmod 755 "$directory/.sbx.$$"
    mv -f "$directory/.sbx.$$" "$directory/sbx"
    say "installed $installed as $directory/sbx"

    found=$(command -v sbx || true)
    if [ -z "$found" ]; then
        say "$directory is not on your PATH; add it with: export PATH=\"$directory:\$PATH\""
    elif [ "$found" != "$directory/sbx" ]; then
        say "note: your shell finds another sbx first: $found"
    fi
}

main "$@"
