//! The manifests that `sbx init` writes: each is valid, and can be built in an empty directory.

use crate::commands::new_manifest::string;
use crate::schema;
use crate::settings::InitKind;

/// What a template is built from, and what it does.
const PYTHON: &str = r#"[from]
python = "3.12"

[env]
APP_ENV = "production"

[[steps]]
apt = ["git", "curl"]

[[steps]]
run = "mkdir -p /home/user/app && echo 'Hello from a sandbox.' > /home/user/app/index.html"

[start]
cmd = "python -m http.server 8000 --directory /home/user/app"

[ready]
url = "http://localhost:8000/"
"#;

const NODE: &str = r#"[from]
node = "22"

[env]
NODE_ENV = "production"

[[steps]]
write   = "/home/user/app/server.js"
content = '''
const http = require("node:http");
http.createServer((_, response) => response.end("Hello from a sandbox.")).listen(8000);
'''

[start]
cmd = "node /home/user/app/server.js"

[ready]
url = "http://localhost:8000/"
"#;

const UBUNTU: &str = r#"[from]
ubuntu = "24.04"

[[steps]]
apt = ["git", "curl"]

[[steps]]
write   = "/home/user/README"
content = "Hello from a sandbox.\n"
"#;

/// The text of a new manifest.
pub(super) fn of_kind(name: &str, kind: InitKind) -> String {
    let rest = match kind {
        InitKind::Python => PYTHON,
        InitKind::Node => NODE,
        InitKind::Ubuntu => UBUNTU,
    };
    format!("{}{rest}", head(name))
}

/// The text of a new manifest for a Dockerfile, given by its path relative to the manifest.
pub(super) fn of_dockerfile(name: &str, dockerfile: &str) -> String {
    format!(
        "{}# The keys of this file are applied after the Dockerfile, and override it.\n\
         [from]\n\
         dockerfile = {}\n",
        head(name),
        string(dockerfile)
    )
}

fn head(name: &str) -> String {
    format!(
        "#:schema {}\n\
         # A template for agent sandboxes. `sbx check` validates it, `sbx apply` builds it.\n\
         name = {}\n\
         \n",
        schema::ID,
        string(name)
    )
}
