//! Examples for the sections of the language reference. A test checks each as a manifest.

/// The manifest that the reference begins with.
pub(super) const COMPLETE: &str = include_str!("../../../examples/fastapi/sandbox.toml");

/// The example of a section: the keys that it is about, without those that every manifest needs.
pub(super) fn example(definition: &str) -> Option<&'static str> {
    Some(match definition {
        "From" => FROM,
        "Auth" => AUTH,
        "Resources" => RESOURCES,
        "Variables" => VARIABLES,
        "Step" => STEPS,
        "Start" => START,
        "Ready" => READY,
        "Test" => TESTS,
        "Profiles" => PROFILES,
        "Novita" => NOVITA,
        "Lints" => LINTS,
        _ => return None,
    })
}

const FROM: &str = r#"[from]
image   = "ghcr.io/acme/api-base:1.4.0"
inherit = ["env", "workdir"]
"#;

const AUTH: &str = r#"[from]
image = "registry.example.com/team/api-base:1.4.0"

[from.auth]
type     = "basic"
username = "ci"
password = { env = "REGISTRY_PASSWORD" }
"#;

const RESOURCES: &str = r#"[resources]
cpu    = 2
memory = "2GiB"
"#;

const VARIABLES: &str = r#"[env]
APP_HOME = "/home/user/app"
DATA_DIR = "$APP_HOME/data"
PORT     = 8000

[build_env]
PIP_NO_CACHE_DIR = 1
"#;

const STEPS: &str = r#"[[steps]]
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
"#;

const START: &str = r#"[start]
cmd = "python -m http.server 8000"

[ready]
port = 8000
"#;

const READY: &str = r#"[start]
cmd = "python -m http.server 8000"

[ready]
url    = "http://localhost:8000/"
status = 200
"#;

const TESTS: &str = r#"[[tests]]
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
"#;

const PROFILES: &str = r#"name = "agent-runtime"
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
"#;

const NOVITA: &str = r#"[novita]
pre_boot = "update-ca-certificates"
"#;

const LINTS: &str = r#"[lints]
warnings      = "deny"
large-context = "allow"
"#;
