//! Examples for the sections of the language reference. Tests check each as a manifest, and that
//! they use every key.

/// The manifest that the reference begins with.
pub(super) const COMPLETE: &str = include_str!("../../../examples/fastapi/sandbox.toml");

/// The examples of a section: the keys that it is about, without those that every manifest needs.
pub(super) fn examples(definition: &str) -> &'static [&'static str] {
    match definition {
        "" => TOP_LEVEL,
        "From" => FROM,
        "Auth" => AUTH,
        "Resources" => RESOURCES,
        "Variables" => VARIABLES,
        "Step" => STEPS,
        "Start" => START,
        "Ready" => READY,
        "Test" => TESTS,
        "Profiles" => PROFILES,
        "Profile" => PROFILE,
        "Novita" => NOVITA,
        "Lints" => LINTS,
        _ => &[],
    }
}

const TOP_LEVEL: &[&str] =
    &[r#"# `from` is a table below, and could be a string: from = "python:3.12".
edition  = 1
name     = "my-team/agent-runtime"
tags     = ["v1.0.0", "latest", "default"]
public   = false
platform = "e2b"
context  = "."
ignore   = ["**/__pycache__", "*.log", "!keep.log"]
user     = "agent"
sudo     = true
workdir  = "/home/agent"

[from]
python = "3.12"
"#];

const FROM: &[&str] = &[
    r#"[from]
image   = "ghcr.io/acme/api-base:1.4.0"
inherit = ["env", "workdir"]
"#,
    r#"# The image python:3.12-slim of Docker Hub.
[from]
python = "3.12-slim"
"#,
    r#"[from]
node = "22-slim"
"#,
    r#"[from]
bun = "1.2"
"#,
    r#"[from]
ubuntu = "24.04"
"#,
    r#"[from]
debian = "bookworm-slim"
"#,
    r#"# Novita provisions Debian and Ubuntu alone; E2B takes this one, too.
platform = "e2b"

[from]
fedora = "42"
"#,
    r#"platform = "e2b"

[from]
alpine = "3.22"
"#,
    r#"platform = "e2b"

[from]
arch = "base-devel"
"#,
    r"# The base image of the platform, whichever that is.
[from]
base = true
",
    r#"# A template of yours, on the same platform.
[from]
template = "agent-runtime:v1.0.0"
"#,
    r#"# The stage `runtime` of a Dockerfile, translated to steps.
[from]
dockerfile = "Dockerfile"
target     = "runtime"
"#,
    r#"# The same, built with a container engine, and pushed.
[from]
dockerfile = "Dockerfile"
target     = "runtime"
build      = "ghcr.io/team/agent-base"

[from.secrets]
npm = { env = "NPM_TOKEN" }
pip = { file = "pip-token" }
"#,
];

const AUTH: &[&str] = &[
    r#"[from]
image = "registry.example.com/team/api-base:1.4.0"

[from.auth]
type     = "basic"
username = "ci"
password = { env = "REGISTRY_PASSWORD" }
"#,
    r#"[from]
image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/api-base:1.4.0"

[from.auth]
type              = "aws"
access_key_id     = { env = "AWS_ACCESS_KEY_ID" }
secret_access_key = { env = "AWS_SECRET_ACCESS_KEY" }
region            = "us-east-1"
"#,
    r#"[from]
image = "us-docker.pkg.dev/acme/images/api-base:1.4.0"

[from.auth]
type            = "gcp"
service_account = { file = "service-account.json" }
"#,
    r#"platform = "novita"

[from]
image = "fra.ocir.io/acme/api-base:1.4.0"

[from.auth]
type        = "oci"
region      = "eu-frankfurt-1"
tenancy     = "ocid1.tenancy.oc1..aaaa"
user        = "ocid1.user.oc1..bbbb"
fingerprint = "12:34:56:78:9a:bc:de:f0:12:34:56:78:9a:bc:de:f0"
private_key = { file = "oci.pem" }
"#,
    r#"platform = "novita"

[from]
image = "swr.eu-west-101.myhuaweicloud.eu/acme/api-base:1.4.0"

[from.auth]
type              = "huawei"
access_key_id     = { env = "HUAWEI_ACCESS_KEY" }
secret_access_key = { env = "HUAWEI_SECRET_KEY" }
region            = "eu-west-101"
"#,
];

const RESOURCES: &[&str] = &[r#"platform = "e2b"

[resources]
cpu    = 2
memory = "2GiB"
disk   = "10GiB"
"#];

const VARIABLES: &[&str] = &[r#"[env]
APP_HOME = "/home/user/app"
DATA_DIR = "$APP_HOME/data"
PORT     = 8000

[build_env]
PIP_NO_CACHE_DIR = 1
"#];

const STEPS: &[&str] = &[
    r#"[[steps]]
apt = ["git", "build-essential"]

[[steps]]
workdir = "/home/user/app"

[[steps]]
copy = ["app.py", "requirements.txt"]
to   = "/home/user/app/"

[[steps]]
write   = "/etc/pip.conf"
content = """
[global]
no-cache-dir = true
"""

[[steps]]
pip = ["-r", "requirements.txt"]

[[steps]]
label = "clone the models"
git   = "https://github.com/acme/models.git"
to    = "/home/user/models"
depth = 1

[[steps]]
run  = ["echo 'UTC' > /etc/timezone", "ldconfig"]
user = "root"

[[steps]]
mkdir = "data"
mode  = 0o700

[[steps]]
symlink = "latest"
target  = "data"

[[steps]]
remove = "requirements.txt"
"#,
    r#"# Packages, and how they are installed.
[[steps]]
apt         = ["curl", "ffmpeg"]
recommends  = false
fix_missing = true

[[steps]]
pip    = ["ruff==0.6.4"]
global = false

[[steps]]
apt = "npm"

[[steps]]
npm    = ["typescript@5.5.4"]
global = true

[[steps]]
npm = ["vitest@2.0.5"]
dev = true
"#,
    r#"# What package.json lists, with Bun.
[from]
bun = "1.2"

[[steps]]
workdir = "/home/user/app"

[[steps]]
copy = "package.json"
to   = "."

[[steps]]
bun = true
"#,
    r#"# Files, and paths that exist already.
[[steps]]
copy            = "src"
to              = "/srv/app"
owner           = "user:user"
mode            = 0o755
follow_symlinks = true
force_upload    = true

[[steps]]
rename = "/srv/app/main.py"
to     = "/srv/app/app.py"
force  = true
user   = "root"

[[steps]]
remove    = "/srv/app/tests"
recursive = true
force     = true
user      = "root"
"#,
    r#"# What holds for all steps below.
platform = "e2b"

[[steps]]
env = { STAGE = "assets", OUT = "/srv/$STAGE" }

[[steps]]
user = "agent"
sudo = true

[[steps]]
workdir = "/home/agent"

[[steps]]
git    = "https://github.com/acme/models.git"
branch = "v2"

[[steps]]
label    = "fetch today's index"
run      = "curl -fsSLO https://example.com/index.json"
no_cache = true
"#,
    r#"# Servers of the Model Context Protocol, in E2B's template for them.
[from]
template = "mcp-gateway"

[[steps]]
mcp = ["exa", "airtable"]
"#,
];

const START: &[&str] = &[
    r#"[start]
cmd = "python -m http.server 8000"

[ready]
port = 8000
"#,
    r#"# A dev container: a step builds it, and it is started at the end.
[from]
template = "devcontainer"

[[steps]]
git = "https://github.com/acme/web.git"
to  = "/home/user/web"

[[steps]]
devcontainer = "/home/user/web"

[start]
devcontainer = "/home/user/web"
"#,
];

const READY: &[&str] = &[
    r#"[start]
cmd = "python -m http.server 8000"

[ready]
url    = "http://localhost:8000/"
status = 200
"#,
    r#"# Other probes, each instead of the others: a command,
[start]
cmd = "python -m http.server 8000"

[ready]
cmd = "curl -fsS http://localhost:8000/ | grep -q Directory"
"#,
    r#"# a process,
[start]
cmd = "python -m http.server 8000"

[ready]
process = "python"
"#,
    r#"# a file,
[start]
cmd = "python -m http.server 8000 2>/tmp/server.log"

[ready]
file = "/tmp/server.log"
"#,
    r#"# or a fixed time.
[start]
cmd = "python -m http.server 8000"

[ready]
wait = "5s"
"#,
];

const TESTS: &[&str] = &[r#"[[tests]]
name   = "the server answers"
url    = "http://localhost:8000/health"
status = 200

[[tests]]
run    = "python --version"
stdout = { matches = '^Python 3\.12\.' }

[[tests]]
run     = "cat /etc/shadow"
stderr  = "Permission denied"
status  = 1
user    = "user"
timeout = "5s"

[[tests]]
port = 8000

[[tests]]
process = "uvicorn"

[[tests]]
file = "/home/user/app/app.py"

[[tests]]
name    = "the agent signs in"
run     = "python sign_in.py"
workdir = "/home/user/app"
env     = { REGION = "eu", API_TOKEN = { env = "SERVICE_TOKEN" } }
"#];

const PROFILES: &[&str] = &[r#"name = "agent-runtime"
tags = ["latest", "default"]

[from]
python = "3.12"

[env]
APP_ENV = "production"

[profiles.staging]
name = "agent-runtime-staging"
tags = ["staging", "default"]
resources.memory = "1GiB"
env.APP_ENV = "staging"
"#];

const PROFILE: &[&str] = &[r#"# Every key that a profile can change.
name = "agent-runtime"
tags = ["latest", "default"]

[from]
python = "3.12"

[profiles.node]
name = "agent-runtime-node"
tags = ["node", "default"]
public = true
platform = "e2b"
ignore = ["*.pyc"]
from.node = "22"
resources.memory = "1GiB"
env.APP_ENV = "staging"
build_env.NPM_CONFIG_LOGLEVEL = "verbose"
user = "agent"
workdir = "/home/agent"
start.cmd = "node server.js"
ready.port = 3000
lints.large-context = "deny"
"#];

const NOVITA: &[&str] = &[r#"[novita]
pre_boot = "update-ca-certificates"
"#];

const LINTS: &[&str] = &[r#"[lints]
warnings      = "deny"
large-context = "allow"
"#];
