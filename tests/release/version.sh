#!/usr/bin/env bash
# packaging/release.sh in a clone, with what is not committed yet: version.sh WORK
set -euo pipefail
work=$1

fail() {
    echo "release: $*" >&2
    exit 1
}

export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
export GIT_AUTHOR_NAME=test GIT_AUTHOR_EMAIL=test@example.com GIT_COMMITTER_NAME=test GIT_COMMITTER_EMAIL=test@example.com
clone=$work/clone
mkdir "$clone"
git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$clone" 2>/dev/null || true
cd "$clone"
git init --quiet
git add .
git commit --quiet --message base

refused() {
    local reason=$1
    shift
    ! packaging/release.sh "$@" >"$work/release.log" 2>&1 || fail "it accepted $*"
    grep -q "$reason" "$work/release.log" || fail "$*: $(cat "$work/release.log")"
    [ "$(git rev-list --count HEAD)" = "${commits:-1}" ] || fail "$*: it has made a commit"
}

refused "is not a version" 1.2
refused "is not a version" 'v9.8.7'
refused "usage" 9.8.7 extra
refused "is lower than" 0.0.1
touch stray
refused "the work tree has changes" 9.8.7
rm stray

packaging/release.sh 9.8.7 >"$work/release.log" 2>&1 || fail "$(cat "$work/release.log")"
[ "$(git log -1 --format=%s)" = "Release 9.8.7" ] || fail "the commit: $(git log -1 --format=%s)"
[ "$(git rev-parse 'v9.8.7^{commit}')" = "$(git rev-parse HEAD)" ] || fail "the tag is not of the commit"
[ -z "$(git status --porcelain)" ] || fail "it leaves changes: $(git status --porcelain)"
expected=$(printf '%s\n' CHANGELOG.md Cargo.lock Cargo.toml docs/ci.md \
    editors/vscode/package{,-lock}.json \
    examples/ci/{apply,check,gitlab-ci,nightly,plan}.yml fuzz/Cargo.lock | sort)
changed=$(git diff --name-only HEAD~ | sort)
diff <(echo "$expected") <(echo "$changed") || fail "it changed other files"
! git grep -nE "sbx@v0\.|sandbox-toml==0\.|rev: v0\." -- examples/ci docs/ci.md ||
    fail "an example has another version"
[ "$(grep -c '^+version = "9.8.7"$' <(git diff HEAD~ -- Cargo.toml Cargo.lock fuzz/Cargo.lock))" = 3 ] ||
    fail "a version number is another one"
[ "$(grep -c '^+ *"version": "9.8.7",$' <(git diff HEAD~ -- editors/vscode))" = 3 ] ||
    fail "the extension has another version"
packaging/notes.sh 9.8.7 | grep '^### Added' >/dev/null || fail "the changelog has no section of the version"
[ -z "$(packaging/notes.sh Unreleased)" ] || fail "the changelog still has something unreleased"

commits=2
refused "the tag v9.8.7 exists" 9.8.7
refused "lists nothing" 9.9.0
