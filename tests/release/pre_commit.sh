#!/usr/bin/env bash
# The hooks in a fresh repository, without network: pre_commit.sh WORK DIRECTORY-OF-SBX DIST VERSION
# Then the way without an installed sbx: pre-commit installs the wheel.
set -euo pipefail
work=$1 installed=$2 dist=$3 version=$4
root=$PWD

fail() {
    echo "pre-commit: $*" >&2
    exit 1
}

export PRE_COMMIT_HOME=$work/pre-commit GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
export GIT_AUTHOR_NAME=test GIT_AUTHOR_EMAIL=test@example.com GIT_COMMITTER_NAME=test GIT_COMMITTER_EMAIL=test@example.com

hooks=$work/hooks
git init --quiet "$hooks"
cp "$root/.pre-commit-hooks.yaml" "$hooks/"
git -C "$hooks" add .
git -C "$hooks" commit --quiet --message hooks

project=$work/hooked
git init --quiet "$project"
cd "$project"
# snippet NUMBER: a configuration that docs/ci.md shows.
snippet() {
    awk '/^repos:/ { inside = 1; count++ } /^```/ { inside = 0 } inside && count == number' \
        "number=$1" "$root/docs/ci.md"
}
# The first one, with the hooks of this clone in place of those of a release.
snippet 1 | sed -e "s#repo: https://.*#repo: $hooks#" -e "s/rev: v.*/rev: $(git -C "$hooks" rev-parse HEAD)/" \
    >.pre-commit-config.yaml
grep -q "repo: $hooks" .pre-commit-config.yaml || fail "docs/ci.md has no snippet with the hooks"
printf 'name = "hooked"\n\n[from]\npython = "3.12"\n' >sandbox.toml
echo 'name = "unrelated"' >other.toml
git add .

# No proxy answers at this port: whatever would use the network fails.
offline() { env HTTPS_PROXY=http://127.0.0.1:9 HTTP_PROXY=http://127.0.0.1:9 "PATH=$installed:$PATH" "$@"; }
offline pre-commit install >/dev/null
offline git commit --quiet --message good >"$work/pre-commit.log" 2>&1 || fail "$(cat "$work/pre-commit.log")"
grep -q "sbx check.*Passed" "$work/pre-commit.log" || fail "sbx-check did not run: $(cat "$work/pre-commit.log")"

printf 'name = "Wrong Name"\n[from]\npython = "3.12"\n' >sandbox.toml
git add sandbox.toml
! offline git commit --quiet --message bad >"$work/pre-commit.log" 2>&1 || fail "a wrong manifest was committed"
grep -q invalid-name "$work/pre-commit.log" || fail "$(cat "$work/pre-commit.log")"

printf 'name="unformatted"\n[from]\npython="3.12"\n' >sandbox.toml
git add sandbox.toml
! offline git commit --quiet --message unformatted >"$work/pre-commit.log" 2>&1 || fail "sbx-fmt changed nothing"
grep -q '^name = "unformatted"$' sandbox.toml || fail "sbx-fmt did not format"
git add sandbox.toml
offline git commit --quiet --message formatted >"$work/pre-commit.log" 2>&1 || fail "$(cat "$work/pre-commit.log")"

# The second one, with the wheel from a directory in place of PyPI.
snippet 2 | sed "s/sandbox-toml==[0-9.]*/sandbox-toml==$version/" >.pre-commit-config.yaml
grep -q "sandbox-toml==$version" .pre-commit-config.yaml || fail "docs/ci.md has no snippet with the wheel"
git add .
PIP_FIND_LINKS=$dist pre-commit run --all-files >"$work/pre-commit.log" 2>&1 || fail "wheel: $(cat "$work/pre-commit.log")"
grep -q "sbx check.*Passed" "$work/pre-commit.log" || fail "wheel: $(cat "$work/pre-commit.log")"
