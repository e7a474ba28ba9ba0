"""Manifests written for this check: each rule of the schema is broken once, and kept once.

The self-test deletes every rule of the schema in turn, and fails where nothing here notices.
"""

from __future__ import annotations

import re
from pathlib import Path

HEAD = 'name = "x"\nfrom = "ubuntu"\n'


def top(text: str) -> str:
    """A manifest with keys or tables of its own."""
    return HEAD + text + "\n"


def base(text: str) -> str:
    """A manifest with keys in `from`."""
    return f'name = "x"\n\n[from]\n{text}\n'


def auth(text: str) -> str:
    """A manifest that signs in to a registry."""
    return f'name = "x"\n\n[from]\nimage = "r.io/x"\n\n[from.auth]\n{text}\n'


def step(text: str) -> str:
    """A manifest with one step."""
    return f"{HEAD}\n[[steps]]\n{text}\n"


def test(text: str) -> str:
    """A manifest with one test."""
    return f"{HEAD}\n[[tests]]\n{text}\n"


# The keys of a profile that have rules of their own; the others share those of the top level.
OF_PROFILES = ("name", "tags", "public", "platform", "ignore", "user", "workdir")


def in_profile(text: str) -> str | None:
    """The same key in a profile, if it is one that profiles have."""
    if text.startswith(HEAD):
        rest = text.removeprefix(HEAD)
    elif text.endswith('from = "ubuntu"\n'):
        rest = text.removesuffix('from = "ubuntu"\n')
    else:
        return None
    key = rest.split(" ", 1)[0]
    alone = rest.count("\n") == 1
    return f"{HEAD}\n[profiles.x]\n{rest}" if key in OF_PROFILES and alone else None


def with_profiles(cases: dict[str, str]) -> dict[str, str]:
    """The cases, and those that a profile can have as well."""
    in_profiles = {f"profile-{name}": in_profile(text) for name, text in cases.items()}
    return cases | {name: text for name, text in in_profiles.items() if text is not None}


STRINGS = ("git", "write", "rename", "symlink", "user", "workdir", "devcontainer")
MODIFIERS = {
    "to": 'copy = "a"',
    "owner": 'copy = "a"\nto = "b"',
    "branch": 'git = "u"',
    "target": 'symlink = "a"',
    "label": 'run = "a"',
}
FLAGS = {
    "follow_symlinks": 'copy = "a"\nto = "b"',
    "force_upload": 'copy = "a"\nto = "b"',
    "recommends": 'apt = "a"',
    "fix_missing": 'apt = "a"',
    "global": 'pip = "a"',
    "dev": 'npm = "a"',
    "recursive": 'remove = "a"',
    "sudo": 'user = "a"',
    "force": 'remove = "a"',
    "no_cache": 'run = "a"',
}
LISTS = ("run", "copy", "apt", "pip", "mkdir", "remove", "mcp", "npm", "bun")
DISTRIBUTIONS = ("python", "node", "bun", "ubuntu", "debian", "fedora", "alpine", "arch")
NEEDS = {"copy": 'to = "b"\n', "write": 'content = "b"\n', "rename": 'to = "b"\n', "symlink": 'target = "b"\n'}
GATEWAY = 'name = "x"\nfrom = { template = "mcp-gateway" }\n\n[[steps]]\nmcp = "a"\n'
# The warnings as the table of codes has them, and the word for all of them.
CODES = Path(__file__).parents[2] / "src/diagnostic/code.rs"
WARNINGS = ("warnings", *re.findall(r'"([a-z0-9-]+)" Warning', CODES.read_text()))
KEYS = {
    "basic": ("username", "password"),
    "aws": ("access_key_id", "secret_access_key", "region"),
    "gcp": ("service_account",),
    "oci": ("tenancy", "user", "fingerprint", "private_key", "region"),
    "huawei": ("access_key_id", "secret_access_key", "region"),
}
PLAIN = ("region", "tenancy", "user", "fingerprint")
UUID = "01234567-89ab-cdef-0123-456789abcdef"
DIGEST = "sha256:" + "0123456789abcdef" * 4


def _sign_in(kind: str, leave_out: str = "") -> str:
    lines = [f'type = "{kind}"']
    for key in KEYS[kind]:
        if key != leave_out:
            value = '"a"' if key in PLAIN else '{ env = "A" }'
            lines.append(f"{key} = {value}")
    return "\n".join(lines)


def _good() -> dict[str, str]:
    good = {
        "least": HEAD,
        "namespace": 'name = "a-b/c_d"\nfrom = "ubuntu"\n',
        "longest-name": f'name = "{"a" * 128}"\nfrom = "ubuntu"\n',
        "edition": top("edition = 1"),
        "tags": top('tags = ["v1.0.0", "latest", "default"]'),
        "tags-none": top("tags = []"),
        "public": top("public = true"),
        "private": top("public = false"),
        "tag-nearly-reserved": top('tags = ["default", "sbx", "v1-sbx-2"]'),
        "tag-nearly-a-uuid": top(f'tags = ["default", "{UUID[:-1]}"]'),
        "longest-tag": top(f'tags = ["default", "{"a" * 128}"]'),
        "ignore": top('ignore = ["*.log", "!keep.log"]'),
        "paths": top('context = "../.."\nuser = "a b"\nworkdir = "/a\\\\b"'),
        "resources": top('[resources]\ncpu = 2\nmemory = "2GiB"'),
        "resources-in-mib": top("[resources]\nmemory = 512"),
        "variables": top('[env]\nA = "$B ${C} $$ $5 $"\nB = 1\nC = true\n_1 = ""'),
        "build-variables": top('[build_env]\nA = "b"'),
        "start-as-a-string": top('start = "a"\nready = "b"'),
        "start-as-a-table": top('[start]\ncmd = "a"\n\n[ready]\nport = 80'),
        "pre-boot": top('[novita]\npre_boot = "a"'),
        "no-profiles": top("[profiles]"),
        "profile-empty": top("[profiles.a-1]"),
        "profile": top(
            'start = "a"\n\n[profiles.x]\nname = "y"\nplatform = "e2b"\nfrom.python = "3.12"\n'
            'resources.cpu = 4\nenv.A = "b"\nbuild_env.C = 1\nstart = "c"\nready.port = 80\n'
            'lints.unpinned-image = "allow"'
        ),
        "no-steps": top("steps = []"),
        "no-tests": top("tests = []"),
        "test-run": test(
            'name = "a"\nrun = "b"\nstdout = "c"\nstderr = { matches = "^d" }\nstatus = 255\n'
            'user = "e"\nworkdir = "f"\ntimeout = "1m"\n'
            'env = { A = "$", B = 1, C = true, D = { env = "E" }, F = { file = "g" } }'
        ),
        "test-url": test('name = "a"\nurl = "http://b"\nstatus = 599\nuser = "c"\ntimeout = "1s"'),
        "test-port": test('name = "a"\nport = 65535\nuser = "c"\ntimeout = "1s"'),
        "test-process": test('process = "a"'),
        "test-file": test('file = "a"'),
        "toml-1-1": 'name = "x"\nfrom = {\n    image = "ubuntu",\n}\n',
        "image-with-everything": f'name = "x"\nfrom = "localhost:5000/a/b__c:T.1@{DIGEST}"\n',
        "image-of-an-address": base('image = "[::1]:5000/x"'),
        "platform-base": base("base = true"),
        "template": base('template = "a:b"'),
        "dockerfile": base('dockerfile = "Dockerfile"'),
        "dockerfile-target": base('dockerfile = "Dockerfile"\ntarget = "app"'),
        "dockerfile-build": base('dockerfile = "Dockerfile"\nbuild = "ghcr.io/team/base"'),
        "dockerfile-secrets": base(
            'dockerfile = "Dockerfile"\nbuild = "r.io/x"\nsecrets = { npm = { env = "A" } }'
        ),
        "inherit": base('image = "x"\ninherit = ["env", "workdir", "command"]'),
        "inherit-nothing": base('image = "x"\ninherit = []'),
        "inherit-twice": base('image = "x"\ninherit = ["env", "env"]'),
        "plain-secret": auth('type = "basic"\nusername = "a"\npassword = "b"'),
        "secret-file": auth('type = "basic"\nusername = "a"\npassword = { file = "b" }'),
        "secret-odd-variable": auth('type = "basic"\nusername = "a"\npassword = { env = "a.b" }'),
        "mcp": GATEWAY,
        "devcontainer": GATEWAY.replace("mcp-gateway", "devcontainer").replace(
            "mcp =", "devcontainer ="
        ),
        "npm-project": step("npm = true\nglobal = true"),
        "bun-project": step("bun = true\ndev = true"),
        "step-env": step('env = { A = "b" }'),
        "user-alone": step('user = "a"'),
        "user-with-sudo": step('user = "a"\nsudo = true'),
        "sudo": top('user = "a"\nsudo = false'),
        "workdir-alone": step('workdir = "a"'),
        "shell-expands": step('rename = "a$$b"\nto = "c$$d$"'),
        "references": top(
            'env = { A = "a" }\nuser = "$A"\nworkdir = "/${A}"\n\n[[steps]]\n'
            'copy = "a"\nto = "/$A/"\nowner = "$A:${A}"\n\n[[steps]]\n'
            'apt = ["$A=1.*", "${A}"]'
        ),
        "write": step('write = "/$$a"\ncontent = "${A:-b} $ \\u0000"\nmode = "600"\nowner = "1:2"'),
        "write-nothing": step('write = "a"\ncontent = ""'),
        "git": step('git = "u"\nto = "a"\nbranch = "b"\ndepth = 1\nuser = "c"'),
        "symlink": step('symlink = "a"\ntarget = "b"\nforce = true'),
        "copy-many": step('copy = ["a", "*.py", "\\\\[b]"]\nto = "/c/"\nowner = "1:2"'),
        "copy-from-within": step('copy = "a/../b"\nto = "c"'),
        "label": step('run = "a"\nlabel = "b"\nno_cache = true'),
    }
    for kind in KEYS:
        good[f"auth-{kind}"] = auth(_sign_in(kind))
    for at, mode in enumerate(('"755"', '"0644"', '"1777"', "0o755", "0o7777", "0o0")):
        good[f"mode-{at}"] = step(f'mkdir = "a"\nmode = {mode}')
    for at, wait in enumerate(("20s", "05m", "1h", "2000ms")):
        good[f"wait-{at}"] = top(f'ready = {{ wait = "{wait}" }}')
    for at, probe in enumerate(('cmd = "a"', "port = 65535", 'process = "a"', 'file = "a"')):
        good[f"probe-{at}"] = top(f"[ready]\n{probe}")
    for at, url in enumerate(("http://x", "HTTPS://x:1/y?z", "http:x")):
        good[f"url-{at}"] = top(f'[ready]\nurl = "{url}"\nstatus = 204')
    for key in DISTRIBUTIONS:
        good[f"from-{key}"] = base(f'{key} = "1.2-slim"')
    for key in ("run", "git", "mkdir", "remove", "rename", "symlink"):
        good[f"user-beside-{key}"] = step(f'{key} = "a"\nuser = "u"\n{NEEDS.get(key, "")}')
    return with_profiles(good)


def _bad() -> dict[str, str]:
    bad = {
        # The top level.
        "empty": "",
        "no-name": 'from = "ubuntu"\n',
        "no-from": 'name = "x"\n',
        "unknown-key": top("taggs = []"),
        "name-empty": 'name = ""\nfrom = "ubuntu"\n',
        "name-upper-case": 'name = "My Template"\nfrom = "ubuntu"\n',
        "name-with-tag": 'name = "x:v1"\nfrom = "ubuntu"\n',
        "name-two-slashes": 'name = "a/b/c"\nfrom = "ubuntu"\n',
        "name-too-long": f'name = "{"a" * 129}"\nfrom = "ubuntu"\n',
        "edition-later": top("edition = 2"),
        "edition-negative": top("edition = -1"),
        "platform-unknown": top('platform = "docker"'),
        "tags-string": top('tags = "latest"'),
        "tag-upper-case": top('tags = ["V1", "default"]'),
        "tag-empty": top('tags = ["", "default"]'),
        "tag-too-long": top(f'tags = ["{"a" * 129}", "default"]'),
        "tag-reserved": top('tags = ["sbx-0123456789abcdef", "default"]'),
        "tag-uuid": top(f'tags = ["{UUID}", "default"]'),
        "tag-bare-uuid": top(f'tags = ["{UUID.replace("-", "")}", "default"]'),
        "tag-twice": top('tags = ["default", "default"]'),
        "tag-number": top('tags = [1, "default"]'),
        "ignore-empty": top('ignore = [""]'),
        "ignore-number": top("ignore = [1]"),
        "sudo-without-user": top("sudo = true"),
        "public-string": top('public = "yes"'),
        "public-number": top("public = 1"),
        "sudo-number": top('user = "a"\nsudo = 1'),
        "user-unsafe": top('user = "a$$b"'),
        "workdir-unsafe": top('workdir = "/a`b`"'),
        "workdir-backslash": top('workdir = "/a\\\\"'),
        "workdir-control": top('workdir = "/a\\u0085b"'),
        # Tables with few keys.
        "resources-unknown": top("[resources]\ngpu = 1"),
        "cpu-none": top("[resources]\ncpu = 0"),
        "cpu-string": top('[resources]\ncpu = "2"'),
        "cpu-float": top("[resources]\ncpu = 1.5"),
        "cpu-whole-float": top("[resources]\ncpu = 2.0"),
        "memory-none": top("[resources]\nmemory = 0"),
        "memory-no-mib": top('[resources]\nmemory = "0MiB"'),
        "memory-decimal": top('[resources]\nmemory = "2GB"'),
        "memory-boolean": top("[resources]\nmemory = true"),
        "disk-negative": top("[resources]\ndisk = -1"),
        "memory-beyond-counting": top(f'[resources]\nmemory = "{"9" * 30}MiB"'),
        "novita-unknown": top("[novita]\nboot = 1"),
        "profiles-string": top('profiles = "a"'),
        "profile-string": top('[profiles]\nx = "a"'),
        "profile-base": top("[profiles.base]"),
        "profile-upper-case": top("[profiles.X]"),
        "profile-underscore": top("[profiles.a_b]"),
        "profile-unknown-key": top("[profiles.x]\ntaggs = []"),
        "profile-with-steps": top("[profiles.x]\nsteps = []"),
        "profile-with-context": top('[profiles.x]\ncontext = "a"'),
        "profile-from-number": top("[profiles.x]\nfrom = 1"),
        "profile-start-number": top("[profiles.x]\nstart = 1"),
        "profile-ready-number": top("[profiles.x]\nready = 1"),
        "profile-lints-string": top('[profiles.x]\nlints = "a"'),
        "profile-resources-string": top('[profiles.x]\nresources = "a"'),
        "profile-env-string": top('[profiles.x]\nenv = "a"'),
        "profile-build-env-string": top('[profiles.x]\nbuild_env = "a"'),
        "profile-name-wrong-type": top("[profiles.x]\nname = {}"),
        "pre-boot-empty": top('[novita]\npre_boot = ""'),
        "pre-boot-number": top("[novita]\npre_boot = 1"),
        "env-name": top('[env]\n"1A" = "b"'),
        "env-dash": top('[env]\nA-B = "b"'),
        "env-float": top("[env]\nA = 1.5"),
        "env-whole-float": top("[env]\nA = 2.0"),
        "env-date": top("[env]\nA = 2020-01-01"),
        "env-array": top('[env]\nA = ["b"]'),
        "env-default": top('[env]\nA = "${B:-c}"'),
        "env-open-brace": top('[env]\nA = "$$${B"'),
        "env-nul": top('[env]\nA = "a\\u0000b"'),
        "env-is-a-date": top("env = 2020-01-01"),
        "build-env-name": top('[build_env]\n"a b" = "c"'),
        # Where it starts.
        "from-empty": 'name = "x"\nfrom = ""\n',
        "from-number": 'name = "x"\nfrom = 1\n',
        "from-no-source": base(""),
        "from-unknown": base('pyhton = "3.12"'),
        "from-unknown-beside": base('image = "x"\ntag = "1"'),
        "from-image-number": base("image = 1"),
        "from-two-sources": base('python = "3.12"\nnode = "22"'),
        "from-image-upper-case": 'name = "x"\nfrom = "Ubuntu"\n',
        "from-image-url": base('image = "https://ghcr.io/a/b"'),
        "from-image-short-digest": base('image = "a@sha256:12"'),
        "from-image-empty": base('image = ""'),
        "from-base-false": base("base = false"),
        "from-base-string": base('base = "true"'),
        "from-template-empty": base('template = ""'),
        "from-template-number": base("template = 1"),
        "from-dockerfile-empty": base('dockerfile = ""'),
        "from-dockerfile-true": base("dockerfile = true"),
        "target-alone": base('target = "app"'),
        "from-target-empty": base('dockerfile = "Dockerfile"\ntarget = ""'),
        "from-target-number": base('dockerfile = "Dockerfile"\ntarget = 1'),
        "from-build-number": base('dockerfile = "Dockerfile"\nbuild = 1'),
        "from-build-tag": base('dockerfile = "Dockerfile"\nbuild = "r.io/x:1"'),
        "from-build-alone": base('build = "r.io/x"\nimage = "r.io/y"'),
        "from-secrets-alone": base('dockerfile = "Dockerfile"\nsecrets = { npm = { env = "A" } }'),
        "from-secrets-text": base('dockerfile = "Dockerfile"\nbuild = "r.io/x"\nsecrets = "A"'),
        "from-secrets-id": base(
            'dockerfile = "Dockerfile"\nbuild = "r.io/x"\nsecrets = { "-n" = { env = "A" } }'
        ),
        "from-secrets-value": base(
            'dockerfile = "Dockerfile"\nbuild = "r.io/x"\nsecrets = { npm = 1 }'
        ),
        "target-of-an-image": base('image = "x"\ntarget = "app"'),
        "target-of-a-template": base('template = "x"\ntarget = "app"'),
        "inherit-alone": base('inherit = ["env"]'),
        "auth-alone": base("[from.auth]\n" + _sign_in("basic")),
        "inherit-unknown": base('image = "x"\ninherit = ["user"]'),
        "inherit-number": base('image = "x"\ninherit = [1]'),
        "inherit-string": base('image = "x"\ninherit = "env"'),
        "inherit-from-template": base('template = "x"\ninherit = ["env"]'),
        "auth-beside-python": base(
            'python = "3.12"\n[from.auth]\n' + _sign_in("basic")
        ),
        "auth-string": base('image = "x"\nauth = "basic"'),
        "auth-no-type": auth('username = "a"\npassword = { env = "A" }'),
        "auth-unknown-type": auth('type = "azure"'),
        "auth-number-type": auth("type = 1"),
        "auth-unknown-key-alone": auth("type = \"azure\"\nfoo = 1"),
        "auth-unknown-key": auth(_sign_in("gcp") + '\nfoo = "a"'),
        "secret-number": auth('type = "gcp"\nservice_account = 1'),
        "secret-empty": auth('type = "gcp"\nservice_account = ""'),
        "secret-nothing": auth('type = "gcp"\nservice_account = {}'),
        "secret-twice": auth('type = "gcp"\nservice_account = { env = "A", file = "b" }'),
        "secret-unknown": auth('type = "gcp"\nservice_account = { path = "b" }'),
        "secret-env-empty": auth('type = "gcp"\nservice_account = { env = "" }'),
        "secret-env-number": auth('type = "gcp"\nservice_account = { env = 1 }'),
        "secret-file-empty": auth('type = "gcp"\nservice_account = { file = "" }'),
        "secret-file-number": auth('type = "gcp"\nservice_account = { file = 1 }'),
        # What runs.
        "start-empty": top('start = ""'),
        "start-number": top("start = 1"),
        "start-nothing": top("start = {}"),
        "start-twice": top('start = { cmd = "a", devcontainer = "b" }'),
        "start-unknown": top('start = { command = "a" }'),
        "start-unknown-beside": top('start = { cmd = "a", args = "b" }'),
        "start-cmd-empty": top('start = { cmd = "" }'),
        "start-cmd-number": top("start = { cmd = 1 }"),
        "start-devcontainer-empty": top('start = { devcontainer = "" }'),
        "start-devcontainer-number": top("start = { devcontainer = 1 }"),
        "ready-empty": top('ready = ""'),
        "ready-number": top("ready = 80"),
        "ready-nothing": top("ready = {}"),
        "ready-two-probes": top('[ready]\nport = 80\nurl = "http://x"'),
        "ready-unknown": top("[ready]\nprot = 80"),
        "ready-unknown-beside": top('[ready]\nport = 80\ntimeout = 1'),
        "port-none": top("[ready]\nport = 0"),
        "port-too-large": top("[ready]\nport = 65536"),
        "port-string": top('[ready]\nport = "80"'),
        "url-without-scheme": top('[ready]\nurl = "localhost:80/x"'),
        "url-of-ftp": top('[ready]\nurl = "ftp://x"'),
        "url-without-host": top('[ready]\nurl = "http://"'),
        "url-bad-host": top('[ready]\nurl = "http://a b"'),
        "status-too-small": top('[ready]\nurl = "http://x"\nstatus = 99'),
        "status-too-large": top('[ready]\nurl = "http://x"\nstatus = 600'),
        "status-string": top('[ready]\nurl = "http://x"\nstatus = "ok"'),
        "status-without-url": top("[ready]\nport = 80\nstatus = 200"),
        "wait-number": top("[ready]\nwait = 20"),
        "wait-no-unit": top('[ready]\nwait = "20"'),
        "wait-nothing": top('[ready]\nwait = "0s"'),
        "wait-half-a-second": top('[ready]\nwait = "500ms"'),
        "wait-beyond-counting": top(f'[ready]\nwait = "{"9" * 30}s"'),
        # Steps.
        "steps-table": top('[steps]\nrun = "a"'),
        "steps-string": top('steps = "a"'),
        "steps-of-strings": top('steps = ["a"]'),
        "step-empty": step(""),
        "step-unknown": step('shell = "a"'),
        "step-only-label": step('label = "a"'),
        "step-two-actions": step('run = "a"\napt = "b"'),
        "step-three-actions": step('run = "a"\napt = "b"\npip = "c"'),
        "sudo-beside-a-command": step('run = "a"\nuser = "b"\nsudo = true'),
        "step-user-and-env": step('user = "a"\nenv = { A = "b" }'),
        "step-user-and-workdir": step('user = "a"\nworkdir = "b"'),
        "write-without-content": step('write = "a"'),
        "write-default": step('write = "${A:-b}"\ncontent = ""'),
        "write-owner-unsafe": step('write = "a"\ncontent = ""\nowner = "a$$b"'),
        "only-content": step('content = "a"'),
        "content-number": step('write = "a"\ncontent = 1'),
        "copy-without-to": step('copy = "a"'),
        "rename-without-to": step('rename = "a"'),
        "symlink-without-target": step('symlink = "a"'),
        "npm-false": step("npm = false"),
        "bun-false": step("bun = false"),
        "npm-table": step("npm = {}"),
        "step-env-name": step('env = { "a b" = "c" }'),
        "step-env-string": step('env = "A=b"'),
        "copy-absolute": step('copy = "/etc/passwd"\nto = "a"'),
        "copy-absolute-among": step('copy = ["a", "/etc/passwd"]\nto = "a"'),
        "copy-parent": step('copy = "./../a"\nto = "a"'),
        "copy-climbs-later": step('copy = "a/../../b"\nto = "a"'),
        "copy-climbs-escaped": step('copy = "\\\\.\\\\./b"\nto = "a"'),
        "copy-brace": step('copy = "{a,b}"\nto = "a"'),
        "copy-unsafe-among": step('copy = ["a", "b$c"]\nto = "a"'),
        "copy-to-unsafe": step('copy = "a"\nto = "b$$c"'),
        "owner-malformed": step('copy = "a"\nto = "b"\nowner = "a:b:c"'),
        "owner-option": step('copy = "a"\nto = "b"\nowner = "a:-1"'),
        "owner-unsafe": step('copy = "a"\nto = "b"\nowner = "a$$b"'),
        "mode-decimal": step('mkdir = "a"\nmode = 755'),
        "mode-too-large": step('mkdir = "a"\nmode = 0o10000'),
        "mode-negative": step('mkdir = "a"\nmode = -1'),
        "mode-two-digits": step('mkdir = "a"\nmode = "75"'),
        "mode-with-prefix": step('mkdir = "a"\nmode = "0o755"'),
        "mode-boolean": step('mkdir = "a"\nmode = true'),
        "depth-none": step('git = "u"\ndepth = 0'),
        "depth-string": step('git = "u"\ndepth = "1"'),
        # Tests.
        "tests-table": top('[tests]\nrun = "a"'),
        "tests-string": top('tests = "a"'),
        "tests-of-strings": top('tests = ["a"]'),
        "test-empty": test(""),
        "test-only-name": test('name = "a"'),
        "test-only-status": test("status = 0"),
        "test-unknown": test('run = "a"\nretries = 1'),
        "test-unknown-alone": test('cmd = "a"'),
        "test-two-actions": test('run = "a"\nport = 80'),
        "test-run-array": test('run = ["a"]'),
        "test-port-none": test("port = 0"),
        "test-port-too-large": test("port = 65536"),
        "test-port-string": test('port = "80"'),
        "test-url-of-ftp": test('url = "ftp://a"'),
        "test-exit-code": test('run = "a"\nstatus = 256'),
        "test-status-negative": test('run = "a"\nstatus = -1'),
        "test-status-string": test('run = "a"\nstatus = "0"'),
        "test-status-too-small": test('url = "http://a"\nstatus = 99'),
        "test-status-too-large": test('url = "http://a"\nstatus = 600'),
        "test-timeout-number": test('run = "a"\ntimeout = 60'),
        "test-timeout-none": test('run = "a"\ntimeout = "0s"'),
        "test-stdout-number": test('run = "a"\nstdout = 1'),
        "test-stdout-empty": test('run = "a"\nstdout = ""'),
        "test-stdout-nothing": test('run = "a"\nstdout = {}'),
        "test-stdout-unknown": test('run = "a"\nstdout = { regex = "b" }'),
        "test-stdout-unknown-beside": test('run = "a"\nstdout = { matches = "b", is = "c" }'),
        "test-stdout-matches-empty": test('run = "a"\nstdout = { matches = "" }'),
        "test-stdout-matches-number": test('run = "a"\nstdout = { matches = 1 }'),
        "test-stderr-number": test('run = "a"\nstderr = 1'),
        "test-env-string": test('run = "a"\nenv = "A=b"'),
        "test-env-name": test('run = "a"\nenv = { "a b" = "c" }'),
        "test-env-float": test('run = "a"\nenv = { A = 1.5 }'),
        "test-env-array": test('run = "a"\nenv = { A = ["b"] }'),
        "test-env-nul": test('run = "a"\nenv = { A = "b\\u0000" }'),
        "test-env-secret-empty": test('run = "a"\nenv = { A = {} }'),
        "test-env-secret-twice": test('run = "a"\nenv = { A = { env = "B", file = "c" } }'),
        "test-env-secret-unknown": test('run = "a"\nenv = { A = { variable = "B" } }'),
        "test-env-secret-no-name": test('run = "a"\nenv = { A = { env = "" } }'),
        "test-env-secret-no-path": test('run = "a"\nenv = { A = { file = "" } }'),
        "test-env-secret-name-number": test('run = "a"\nenv = { A = { env = 1 } }'),
        "test-env-secret-path-number": test('run = "a"\nenv = { A = { file = 1 } }'),
        # Files that are no TOML.
        "syntax-no-quotes": "name = x\n",
        "syntax-twice": 'name = "a"\nname = "b"\nfrom = "ubuntu"\n',
        "syntax-open": 'name = "x"\nfrom = { image = "ubuntu"\n',
        "syntax-table-twice": top("[env]\n[env]"),
    }
    for key in ("context", "user", "workdir"):
        bad[f"{key}-empty"] = top(f'{key} = ""')
    for key in ("name", "edition", "tags", "platform", "context", "ignore", "user", "workdir"):
        bad[f"{key}-wrong-type"] = HEAD.replace(f'{key} = "x"\n', "") + f"{key} = {{}}\n"
    for key in ("env", "build_env", "resources", "novita"):
        bad[f"{key}-wrong-type"] = top(f'{key} = "a"')
    for key in DISTRIBUTIONS:
        bad[f"from-{key}-number"] = base(f"{key} = 3.12")
        bad[f"from-{key}-with-name"] = base(f'{key} = "a:1"')
    for first, second in zip(DISTRIBUTIONS, ("image", "template", "dockerfile", *DISTRIBUTIONS)):
        bad[f"from-{first}-and-{second}"] = base(f'{first} = "1"\n{second} = "2"')
    for kind, keys in KEYS.items():
        foreign = "username" if kind == "oci" else "tenancy"
        bad[f"auth-{kind}-foreign"] = auth(f'{_sign_in(kind)}\n{foreign} = "a"')
        for key in keys:
            bad[f"auth-{kind}-without-{key}"] = auth(_sign_in(kind, leave_out=key))
            if key in PLAIN:
                written = f'{key} = "a"'
                for what, value in (("empty", '""'), ("number", "1")):
                    text = _sign_in(kind).replace(written, f"{key} = {value}")
                    bad[f"auth-{kind}-{key}-{what}"] = auth(text)
            else:
                text = _sign_in(kind).replace(f'{key} = {{ env = "A" }}', f"{key} = 1")
                bad[f"auth-{kind}-{key}-number"] = auth(text)
    for key in ("cmd", "url", "process", "file"):
        bad[f"ready-{key}-empty"] = top(f'[ready]\n{key} = ""')
        bad[f"ready-{key}-number"] = top(f"[ready]\n{key} = 1")
        bad[f"ready-{key}-and-port"] = top(f'[ready]\nport = 80\n{key} = "http://a"')
    bad["ready-wait-and-port"] = top('[ready]\nport = 80\nwait = "1s"')
    for key in LISTS:
        needs = NEEDS.get(key, "")
        for what, value in (
            ("number", "1"),
            ("empty", '""'),
            ("no-items", "[]"),
            ("empty-item", '["a", ""]'),
            ("number-among", '["a", 1]'),
        ):
            bad[f"{key}-{what}"] = step(f"{key} = {value}\n{needs}")
        if key != "run":
            bad[f"run-and-{key}"] = step(f'run = "a"\n{key} = "b"\n{needs}')
    for key in STRINGS:
        needs = NEEDS.get(key, "")
        bad[f"step-{key}-number"] = step(f"{key} = 1\n{needs}")
        bad[f"step-{key}-empty"] = step(f'{key} = ""\n{needs}')
        bad[f"pip-and-{key}"] = step(f'pip = "a"\n{key} = "b"\n{needs}')
    bad["pip-and-env"] = step('pip = "a"\nenv = { A = "b" }')
    for key in ("apt", "pip", "npm", "bun", "mkdir", "remove"):
        bad[f"{key}-default"] = step(f'{key} = "${{A:-b}}"')
        bad[f"{key}-default-among"] = step(f'{key} = ["a", "${{A:-b}}"]')
    for key in ("rename", "symlink"):
        bad[f"{key}-default"] = step(f'{key} = "${{A:-b}}"\n{NEEDS[key]}')
    for key, action in (
        ("to", 'git = "a"'),
        ("branch", 'git = "a"'),
        ("target", 'symlink = "a"'),
    ):
        bad[f"{key}-default"] = step(f'{action}\n{key} = "${{A:-b}}"')
    for key in ("user", "workdir"):
        bad[f"step-{key}-unsafe"] = step(f'{key} = "a$$b"')
    for key, action in MODIFIERS.items():
        action = action.replace(f'\n{key} = "b"', "")
        bad[f"{key}-number"] = step(f"{action}\n{key} = 1")
        bad[f"{key}-empty"] = step(f'{action}\n{key} = ""')
    for key, action in FLAGS.items():
        bad[f"{key}-string"] = step(f'{action}\n{key} = "yes"')
    for key, value in (
        ("to", '"b"'),
        ("owner", '"b"'),
        ("mode", "0o755"),
        ("content", '"b"'),
        ("follow_symlinks", "true"),
        ("force_upload", "true"),
        ("recommends", "true"),
        ("fix_missing", "true"),
        ("global", "true"),
        ("dev", "true"),
        ("branch", '"b"'),
        ("depth", "1"),
        ("target", '"b"'),
        ("recursive", "true"),
        ("sudo", "true"),
        ("force", "true"),
    ):
        bad[f"run-with-{key}"] = step(f'run = "a"\n{key} = {value}')
    for key in MODIFIERS:
        bad[f"only-{key}"] = step(f'{key} = "b"')
    for key in FLAGS:
        bad[f"only-{key}"] = step(f"{key} = true")
    for key, others in (
        ("mkdir", ("to", "target")),
        ("git", ("target", "owner")),
        ("user", ("owner", "to", "branch", "target")),
    ):
        for other in others:
            bad[f"{key}-with-{other}"] = step(f'{key} = "a"\n{other} = "b"')
    for key in ("run", "url", "process", "file"):
        bad[f"test-{key}-empty"] = test(f'{key} = ""')
        bad[f"test-{key}-number"] = test(f"{key} = 1")
    for key in ("name", "user", "workdir"):
        bad[f"test-with-{key}-empty"] = test(f'run = "a"\n{key} = ""')
        bad[f"test-with-{key}-number"] = test(f'run = "a"\n{key} = 1')
    for action in ("port = 80", 'url = "http://a"', 'process = "a"', 'file = "a"'):
        for key, value in (
            ("stdout", '"b"'),
            ("stderr", '"b"'),
            ("workdir", '"b"'),
            ("env", '{ A = "b" }'),
            ("status", "0"),
            ("run", '"b"'),
        ):
            if key != "status" or "url" not in action:
                bad[f"test-{action.split()[0]}-with-{key}"] = test(f"{action}\n{key} = {value}")
    for code in WARNINGS:
        bad[f"lints-{code}-number"] = top(f"[lints]\n{code} = 1")
        bad[f"lints-{code}-word"] = top(f'[lints]\n{code} = "forbid"')
    bad["lints-array"] = top("lints = []")
    bad["lints-unknown"] = top('[lints]\ntags-without-defalt = "allow"')
    bad["lints-error"] = top('[lints]\ninvalid-mode = "allow"')
    for key in ("copy", "write", "apt", "pip", "npm", "bun", "mcp"):
        bad[f"user-beside-{key}"] = step(f'{key} = "a"\nuser = "u"\n{NEEDS.get(key, "")}')
    return with_profiles(bad)


GOOD = _good()
BAD = _bad()
