#!/usr/bin/env bash
# Checks the files of all platforms before they are published, and lists their checksums:
#
#   packaging/assemble.sh DIST TAG
#
# It writes DIST/SHA256SUMS and DIST/NOTES.md, the section of CHANGELOG.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. tests/install.sh
dist=$1 tag=$2

fail() {
    echo "error: $*" >&2
    exit 1
}

version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
[ "$tag" = "v$version" ] || fail "the tag $tag is not the version of Cargo.toml, $version"
packaging/notes.sh "$version" >"$dist/NOTES.md"
grep -q '^- ' "$dist/NOTES.md" || fail "CHANGELOG.md has no section about $version"

for target in {x86_64,aarch64}-{unknown-linux-musl,apple-darwin}; do
    for file in "sbx-$target.tar.gz" "sbx-$target.cdx.json"; do
        [ -s "$dist/$file" ] || fail "there is no $file"
    done
    tar -tzf "$dist/sbx-$target.tar.gz" | grep /THIRD-PARTY-LICENSES >/dev/null ||
        fail "the archive for $target has no licences of libraries"
done
wheels=("$dist"/sandbox_toml-"$version"-*.whl)
packages=("$dist"/sandbox-toml-*"$version".tgz)
[ "${#wheels[@]}" -eq 4 ] || fail "there are ${#wheels[@]} wheels in place of 4"
[ "${#packages[@]}" -eq 5 ] || fail "there are ${#packages[@]} npm packages in place of 5"
python_packages target/packaging/twine packaging/pypi/twine.txt
target/packaging/twine/bin/twine check --strict "${wheels[@]}"

rm -f "$dist/SHA256SUMS"
(cd "$dist" && sha256sum -- *.* >SHA256SUMS.new && mv SHA256SUMS.new SHA256SUMS)
