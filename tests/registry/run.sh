#!/usr/bin/env bash
# sbx against a real image registry on loopback: Debian's `docker-registry`, with images that
# `skopeo` pushes: open to everybody, with a password, and with tokens as Docker Hub gives them.
#
# usage: [SBX=path/to/sbx] tests/registry/run.sh
#
# Installs what it needs with apt-get where it is missing. Prints `N passed, M failed`, and fails
# if one did.
set -euo pipefail
cd "$(dirname "$0")"
SBX=$(realpath "${SBX:-../../target/debug/sbx}")

. ../install.sh
debian_packages docker-registry skopeo python3 perl openssl

work=$(mktemp -d)
started=()
finish() {
    for process in "${started[@]}"; do
        kill "$process" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap finish EXIT

passed=0
failed=0
# expect NAME EXIT PATTERN: how the last run ended, and what it printed (a basic expression).
expect() {
    if [[ $code == "$2" ]] && grep -q -- "$3" "$work/output"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED: %s: exit %s instead of %s, or no `%s` in\n' "$1" "$code" "$2" "$3"
        cat "$work/output"
    fi
}

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# listens PORT: waits until something does.
listens() {
    for _ in $(seq 100); do
        if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then
            return 0
        fi
        sleep 0.1
    done
    return 1
}

# start NAME [AUTH]: starts a registry, and puts its address into the variable NAME.
start() {
    local port config="$work/$1.yml"
    port=$(free_port)
    {
        printf 'version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\n'
        printf 'storage: {filesystem: {rootdirectory: %s}}\n' "$work/$1"
        printf 'http: {addr: "127.0.0.1:%s"}\n' "$port"
        if [[ -n ${2:-} ]]; then
            printf 'auth: %s\n' "$2"
        fi
    } >"$config"
    docker-registry serve "$config" >"$work/$1.log" 2>&1 &
    started+=("$!")
    if listens "$port"; then
        printf -v "$1" '127.0.0.1:%s' "$port"
        return
    fi
    echo "the registry does not start:"
    cat "$work/$1.log"
    exit 1
}

# push LAYOUT TARGET [OPTION…]
push() {
    local layout=$1 target=$2
    shift 2
    skopeo --insecure-policy copy -q --all --dest-tls-verify=false "$@" \
        "oci:$work/images/$layout:latest" "docker://$target"
}

# sbx ARGUMENT…: runs it in a directory of its own, knowing nothing of this machine.
sbx() {
    code=0
    # A platform on this machine reaches its registries; nothing listens at this address. No build
    # is run: its images have no files.
    (cd "$work" && env -i PATH="$PATH" HOME="$work/home" NOVITA_API_URL=http://127.0.0.1:9 \
        SBX_ENGINE=none "${variables[@]}" "$SBX" "$@") >"$work/output" 2>&1 || code=$?
}
variables=(A=1)
# offline ARGUMENT…: the same in a network namespace without interfaces, not even loopback.
offline() {
    code=0
    (cd "$work" && env -i PATH="$PATH" HOME="$work/home" SBX_ENGINE=none "${variables[@]}" \
        unshare --net --map-root-user "$SBX" "$@") >"$work/output" 2>&1 || code=$?
}

# manifest FROM [LINE…]: writes the manifest that is checked.
manifest() {
    local from=$1
    shift
    printf '%s\n' 'name = "x"' "$@" '[from]' "$from" >"$work/sandbox.toml"
}

python3 images.py "$work/images"
password='pa55word-of-the-test'
perl -e 'print "robot:", crypt($ARGV[0], q($2b$05$) . "abcdefghijklmnopqrstuu"), "\n"' "$password" \
    >"$work/htpasswd"
start open
start closed "{htpasswd: {realm: test, path: $work/htpasswd}}"
tokens=$(free_port)
PASSWORD=$password ./tokens.py "$work" "$tokens" &
started+=("$!")
listens "$tokens"
start hub "{token: {realm: http://127.0.0.1:$tokens/token, service: hub, issuer: test, rootcertbundle: $work/certificate.pem}}"
for name in both one arm shell bare; do
    push "$name" "$open/team/$name:1"
done
push one "$open/team/docker:1" --format v2s2
push one "$closed/team/one:1" --dest-creds "robot:$password"
push both "$hub/public/both:1" --dest-creds "robot:$password"
push one "$hub/team/one:1" --dest-creds "robot:$password"

for name in both one docker; do
    manifest "image = \"$open/team/$name:1\""
    sbx check --online
    expect "$name: what is lost" 0 'not kept: its variables `PATH`, `LANG`, `PRICE`, its working directory `/srv/app` and its command'
    manifest "image = \"$open/team/$name:1\"
inherit = [\"env\", \"workdir\", \"command\"]" 'ready = "true"'
    sbx check --online --deny warnings
    expect "$name: nothing is lost" 0 '^sandbox.toml: no problems'
    sbx compile
    expect "$name: compiled" 0 '"startCmd": "tini -- serve --greeting '
    cp "$work/output" "$work/compiled.json"
    skopeo --insecure-policy --override-arch amd64 inspect --config --tls-verify=false \
        "docker://$open/team/$name:1" >"$work/config.json"
    code=0
    python3 - "$work/compiled.json" "$work/config.json" >"$work/output" 2>&1 <<'PYTHON' || code=$?
import json, shlex, sys

compiled, config = (json.load(open(path)) for path in sys.argv[1:])
config = config["config"]
args = compiled["steps"][0]["args"]
variables = dict(zip(args[::2], args[1::2]))
declared = dict(entry.split("=", 1) for entry in config["Env"])
del declared["HOME"]
literal = {name: value.replace("${SBX_UNSET:-$}", "$") for name, value in variables.items()}
assert literal == declared, (literal, declared)
assert compiled["steps"][1]["args"] == [config["WorkingDir"]], compiled
assert shlex.split(compiled["startCmd"]) == config["Entrypoint"] + config["Cmd"], compiled
print("alike")
PYTHON
    expect "$name: compiled as skopeo reads it" 0 alike
done

digest=$(skopeo --insecure-policy inspect --tls-verify=false --format '{{.Digest}}' "docker://$open/team/both:1")
manifest "image = \"$open/team/both:1@$digest\"
inherit = [\"workdir\"]"
sbx compile
expect "by digest" 0 '/srv/app'
manifest "image = \"$open/team/both@sha256:$(printf '0%.0s' {1..64})\""
sbx check --online
expect "by a digest that is not there" 1 '^image-not-found$'

manifest "image = \"$open/team/shell:1\"
inherit = [\"env\", \"workdir\", \"command\"]" 'ready = "true"'
sbx compile
expect "a shell form" 0 "\"startCmd\": \"/bin/sh -c 'exec serve --port \$PORT'\""
expect "no variables, no working directory" 0 '"steps": \[\]'

manifest "image = \"$open/team/bare:1\"
inherit = [\"env\", \"workdir\", \"command\"]"
sbx compile
expect "an image that declares nothing" 0 '"steps": \[\]'
sbx check --online --deny warnings
expect "nothing to lose" 0 '^sandbox.toml: no problems'

manifest "image = \"$open/team/arm:1\""
sbx check --online
expect "another platform" 1 '^unsupported-architecture$'
for image in "$open/team/one:2" "$open/team/none:1"; do
    manifest "image = \"$image\""
    sbx check
    expect "$image without asking" 0 '^sandbox.toml: no problems'
    sbx check --online
    expect "$image" 1 '^image-not-found$'
done

# An apply asks before it is anybody's cost: the API behind this URL would be exit code 3.
variables=(NOVITA_API_KEY=key)
sbx apply
expect "an apply asks first" 1 '^image-not-found$'
manifest "image = \"$open/team/one:1\"
inherit = [\"env\", \"workdir\", \"command\"]" 'ready = "true"'
sbx apply --platform local
expect "the local platform builds what is inherited" 0 '^recorded '

auth='auth = { type = "basic", username = "robot", password = { env = "PASSWORD" } }'
# A secret goes to the registry with consent alone, and from `apply` alone.
allow() {
    local host
    allowed=()
    for host in "$@"; do
        allowed+=(--allow-secret "PASSWORD@$host")
    done
}
apply() { sbx apply --platform local "${allowed[@]}"; }
manifest "image = \"$closed/team/one:1\"
inherit = [\"workdir\"]
$auth"
variables=(PASSWORD="$password")
sbx compile
expect "compiled with a password" 1 '^secret-needs-consent$'
sbx check --online
expect "a check says what would be sent" 0 "would send .PASSWORD. to .$closed."
allow "$open"
apply
expect "without consent" 1 '^secret-needs-consent$'
allow "$closed"
apply
expect "with the password" 0 '^recorded '
expect "what the image declares is inherited" 0 'WORKDIR /srv/app'
code=0
grep -q -- "$password" "$work/output" || code=$?
expect "the password is not printed" 1 '^recorded '
variables=(PASSWORD=wrong-of-the-test)
apply
expect "with a wrong password" 1 '^registry-auth-refused$'
variables=(A=1)
apply
expect "with no password" 1 '^unset-secret$'
variables=(PASSWORD="$password")
manifest "image = \"$closed/team/none:1\"
inherit = [\"workdir\"]
$auth"
apply
expect "what is not there, with the password" 1 '^image-not-found$'
manifest "image = \"$closed/team/one:1\""
sbx check --online
expect "without a sign-in" 1 '^image-not-found$'

manifest "image = \"$hub/public/both:1\"
inherit = [\"workdir\"]"
sbx compile
expect "with everybody's token" 0 '/srv/app'
for image in public/both:2 public/none:1 team/one:1; do
    manifest "image = \"$hub/$image\""
    sbx check --online
    expect "$image with everybody's token" 1 '^image-not-found$'
done
manifest "image = \"$hub/team/one:1\"
inherit = [\"workdir\"]
$auth"
allow "$hub"
apply
expect "a token server on another host" 3 "NAME@127.0.0.1:$tokens"
allow "$hub" "127.0.0.1:$tokens"
apply
expect "with a user's token" 0 '^recorded '
variables=(PASSWORD=wrong-of-the-test)
apply
expect "without a token for a wrong password" 1 '^registry-auth-refused$'

# A lock keeps the image that its tag named, with what it declares.
variables=(A=1)
digest_of() {
    skopeo --insecure-policy inspect --tls-verify=false --format '{{.Digest}}' "docker://$1"
}
push both "$open/team/moved:1"
before=$(digest_of "$open/team/moved:1")
manifest "image = \"$open/team/moved:1\"
inherit = [\"env\", \"workdir\", \"command\"]" 'platform = "local"' 'ready = "true"'
sbx check --locked
expect "there is no lock" 1 '^stale-lock$'
sbx lock
expect "locked" 0 'moved:1: sha256:'
sbx lock --check
expect "up to date" 0 'is up to date'
cp "$work/sandbox.lock" "$work/first.lock"
offline compile --locked
expect "compiled without a network" 0 "moved@$before\""
offline compile --locked
expect "inherited without a network" 0 '"startCmd": "tini -- serve --greeting '
push shell "$open/team/moved:1"
after=$(digest_of "$open/team/moved:1")
sbx lock --check
expect "a moved tag" 1 '^moved: image .*moved:1'
sbx lock
expect "what is locked is kept" 0 'is up to date'
sbx compile
expect "what is sent is kept" 0 "moved@$before\""
sbx apply --platform local --dry-run --format json
expect "what would be applied is kept" 0 "moved@$before\""
sbx lock --update
expect "an update says what changed" 0 'moved:1: .*another command, sha256:.* → sha256:'
sbx compile --locked
expect "what is sent is another one" 0 "moved@$after\""
cp "$work/first.lock" "$work/sandbox.lock"
manifest "image = \"$closed/team/one:1\"
$auth" 'platform = "local"'
variables=(PASSWORD="$password")
sbx lock
expect "a lock without consent" 1 '^secret-needs-consent$'
code=0
cmp -s "$work/first.lock" "$work/sandbox.lock" || code=$?
expect "nothing was written" 0 ''
sbx lock --allow-secret "PASSWORD@$closed"
expect "a lock with the password" 0 'team/one:1: sha256:'
code=0
grep -q -- "$password" "$work/output" "$work/sandbox.lock" || code=$?
expect "the password is in no lock" 1 ''
variables=(A=1)
cp "$work/first.lock" "$work/sandbox.lock"
manifest "image = \"$open/team/moved:1\"" 'platform = "local"'

kill "${started[0]}"
wait "${started[0]}" 2>/dev/null || true
sbx lock --update
expect "no lock without the registry" 3 'cannot look up'
code=0
cmp -s "$work/first.lock" "$work/sandbox.lock" || code=$?
expect "the lock is as it was" 0 ''
rm "$work/sandbox.lock"
manifest "image = \"$open/team/one:1\"
inherit = [\"env\"]"
sbx check --online
expect "a registry that is gone" 0 '^registry-unreachable$'
sbx compile
expect "nothing is compiled without it" 3 'cannot read the configuration of the image'
sbx apply --platform local
expect "nothing is applied without it" 3 'cannot read the configuration of the image'

echo "$passed passed, $failed failed"
((failed == 0))
