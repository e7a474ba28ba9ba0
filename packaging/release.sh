#!/usr/bin/env bash
# Makes a version: one commit and its tag. Pushing the tag starts .github/workflows/release.yml, which
# builds and publishes; this script pushes nothing.
#
#   packaging/release.sh VERSION
#
# The version is in Cargo.toml. It is copied to the lock files, the extension for VS Code and the examples;
# the wheel, the npm packages and the action read it from Cargo.toml. What CHANGELOG.md lists under
# "Unreleased" becomes the section of the version.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

fail() {
    echo "error: $*" >&2
    exit 1
}

[ $# -eq 1 ] || fail "usage: packaging/release.sh VERSION"
version=$1
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || fail "\`$version\` is not a version, such as 0.2.0"
[ -z "$(git status --porcelain)" ] || fail "the work tree has changes: commit or remove them first"
! git rev-parse --quiet --verify "refs/tags/v$version" >/dev/null || fail "the tag v$version exists"
packaging/notes.sh Unreleased | grep '^- ' >/dev/null ||
    fail "CHANGELOG.md lists nothing under \`## Unreleased\`"
current=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
[ "$(printf '%s\n' "$current" "$version" | sort -V | tail -n 1)" = "$version" ] ||
    fail "version $version is lower than $current"

# edit FILE AWK-PROGRAM: a failure in the middle leaves the file as it was.
edit() {
    awk -v version="$version" -v today="$(date -u +%Y-%m-%d)" "$2" "$1" >"$1.new"
    # The file keeps its mode.
    cat "$1.new" >"$1"
    rm "$1.new"
}

# shellcheck disable=SC2016 # A program of awk.
edit Cargo.toml '!done && /^version = "/ { $0 = "version = \"" version "\""; done = 1 } { print }'
# The paragraph about the time before the first release ends with it.
edit CHANGELOG.md '
    /^## Unreleased$/ { print; print ""; print "## " version " - " today; next }
    /^Nothing has been released yet\./ { skipping = 1 }
    skipping { if (!NF) skipping = 0; next }
    { print }
'
for file in examples/ci/*.yml docs/ci.md; do
    edit "$file" '
        { gsub(/sbx-dev\/sbx@v[0-9]+\.[0-9]+\.[0-9]+/, "sbx-dev/sbx@v" version) }
        /SBX_VERSION: "/ { sub(/"[0-9.]+"/, "\"" version "\"") }
        /sandbox-toml==/ { sub(/==[0-9]+\.[0-9]+\.[0-9]+/, "==" version) }
        /rev: v[0-9]/ { sub(/v[0-9]+\.[0-9]+\.[0-9]+/, "v" version) }
        { print }
    '
done
# Before its dependencies, npm's lock names the package itself twice.
edit editors/vscode/package.json '!done && /"version": / { sub(/"[0-9.]+"/, "\"" version "\""); done = 1 } { print }'
edit editors/vscode/package-lock.json '
    count < 2 && /"version": / { sub(/"[0-9.]+"/, "\"" version "\""); count++ }
    { print }
'
for manifest in Cargo.toml fuzz/Cargo.toml; do
    cargo metadata --format-version 1 --manifest-path "$manifest" >/dev/null
done

git add --update
git commit --quiet --message "Release $version"
git tag --annotate "v$version" --message "sbx $version"
echo "made the commit and the tag v$version; publish them with: git push --atomic origin HEAD v$version"
