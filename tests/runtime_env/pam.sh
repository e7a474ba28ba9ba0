#!/usr/bin/env bash
# Runs the step that carries `env` into the sandbox, and reads the variables back as a sandbox
# does: in a login shell, and in a plain process that PAM gave its variables. Needs root; touches
# /etc in a mount namespace of its own only.
set -euo pipefail
cd "$(dirname "$0")/../.."
sbx=${SBX:-target/debug/sbx}

if [ "${1:-}" != inside ]; then
    exec unshare --mount bash "$0" inside
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/sandbox.toml" <<'TOML'
name = "pam"
from = "python:3.12"
user = "nobody"

[env]
SBX_PLAIN   = "abc"
SBX_SPACES  = "  two  words  "
SBX_QUOTES  = "it's a \"quote\""
SBX_DOLLAR  = "costs $$5 and $$HOME"
SBX_PERCENT = "100% `sure` \\ really\\"
SBX_UNICODE = "äß漢🙂"
SBX_EMPTY   = ""
SBX_EQUALS  = "a=b=c"
SBX_HASH    = "a#b"
SBX_LINES   = "one\ntwo"
PATH        = "/opt/sbx-test/bin:$PATH"
TOML
mkdir "$work/profile.d"
cp -r /etc/profile.d/. "$work/profile.d"
printf '# kept\nSBX_KEPT=1' >"$work/environment"
[ -e /etc/environment ] || touch /etc/environment
mount --bind "$work/profile.d" /etc/profile.d
mount --bind "$work/environment" /etc/environment

command=$("$sbx" compile "$work/sandbox.toml" --platform e2b |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["steps"][-1]["args"][0])')
bash -l -c "$command"

passed=0 failed=0
expect() { # how, name, value
    local got
    case $1 in
    login) got=$(su - nobody -s /bin/bash -c "printenv $2; echo x" 2>/dev/null) ;;
    login-sh) got=$(su - nobody -s /bin/sh -c "printenv $2; echo x" 2>/dev/null) ;;
    plain) got=$(env -u "$2" su nobody -s /bin/sh -c "printenv $2; echo x") ;;
    esac
    if [ "$got" = "$3"$'\nx' ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf '%s %s: expected %q, got %q\n' "$1" "$2" "$3"$'\nx' "$got"
    fi
}
for how in login login-sh plain; do
    expect $how SBX_PLAIN 'abc'
    expect $how SBX_SPACES '  two  words  '
    expect $how SBX_QUOTES "it's a \"quote\""
    expect $how SBX_DOLLAR 'costs $5 and $HOME'
    expect $how SBX_PERCENT '100% `sure` \ really\'
    expect $how SBX_UNICODE 'äß漢🙂'
    expect $how SBX_EMPTY ''
    expect $how SBX_EQUALS 'a=b=c'
    expect $how SBX_KEPT 1
done
for how in login login-sh; do
    expect $how SBX_HASH 'a#b'
    expect $how SBX_LINES $'one\ntwo'
done
path=$(su - nobody -s /bin/bash -c 'echo "$PATH"' 2>/dev/null)
case $path in
/opt/sbx-test/bin:/*) passed=$((passed + 1)) ;;
*) failed=$((failed + 1)) && echo "login PATH: $path" ;;
esac
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
