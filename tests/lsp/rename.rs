//! Renaming a variable.

use serde_json::{Value, json};

use super::client::{Abilities, Client, edited, uri};
use super::features::position;
use crate::support::Workspace;

const TEXT: &str = r#"name = "x"
from = "debian:12"
workdir = "/srv/$PORT"

[env]
PORT = "80"
URL = "http://localhost:${PORT}/$$PORTS" # PORT is mentioned here

[[steps]]
run = ["echo $PORT", 'test "${PORT:-1}" != "$PORTS"']

[[steps]]
mkdir = "/var/${PORT}"

[start]
cmd = """
serve --port "$PORT"
"""

[profiles.dev.env]
PORT = "81"
"#;

const EXPECTED: &str = r#"name = "x"
from = "debian:12"
workdir = "/srv/$HTTP_PORT"

[env]
HTTP_PORT = "80"
URL = "http://localhost:${HTTP_PORT}/$$PORTS" # PORT is mentioned here

[[steps]]
run = ["echo $HTTP_PORT", 'test "${HTTP_PORT:-1}" != "$PORTS"']

[[steps]]
mkdir = "/var/${HTTP_PORT}"

[start]
cmd = """
serve --port "$HTTP_PORT"
"""

[profiles.dev.env]
HTTP_PORT = "81"
"#;

struct Session {
    server: Client,
    manifest: String,
}

impl Session {
    fn open(workspace: &Workspace, text: &str) -> Self {
        let manifest = uri(&workspace.path().join("sandbox.toml"));
        let mut server = Client::start(workspace, Abilities { utf8: true, ..Abilities::default() });
        server.open(&manifest, "toml", text);
        Self { server, manifest }
    }

    /// The whole answer to a rename of what is at `place`.
    fn rename(&mut self, place: &Value, new: &str) -> Value {
        let document = json!({ "uri": self.manifest });
        let params = json!({ "textDocument": document, "position": place, "newName": new });
        let id = self.server.ask("textDocument/rename", params);
        self.server.answer(id)
    }

    fn prepare(&mut self, place: &Value) -> Value {
        let params = json!({ "textDocument": { "uri": self.manifest }, "position": place });
        let id = self.server.ask("textDocument/prepareRename", params);
        self.server.answer(id)
    }

    /// Why a rename of the first `PORT` is refused in a text.
    fn refusal(&mut self, text: &str) -> String {
        let manifest = self.manifest.clone();
        self.server.change(&manifest, text);
        let answer = self.rename(&position(text, "PORT", 1), "OTHER");
        answer["error"]["message"].as_str().unwrap_or_else(|| panic!("{text}: {answer}")).to_owned()
    }
}

#[test]
fn a_variable_is_renamed_with_all_that_refers_to_it() {
    let workspace = Workspace::empty();
    let mut session = Session::open(&workspace, TEXT);
    for place in [
        position(TEXT, "PORT =", 2),
        position(TEXT, "$PORT", 0),
        position(TEXT, "${PORT}", 4),
        position(TEXT, "\"$PORT\"", 3),
        position(TEXT, "PORT = \"81\"", 0),
    ] {
        let answer = session.rename(&place, "HTTP_PORT");
        let text = edited(TEXT, &answer["result"], &session.manifest.clone());
        assert_eq!(text, EXPECTED, "{place}: {answer}");
        let prepared = session.prepare(&place);
        assert_eq!(prepared["result"]["placeholder"], "PORT", "{place}: {prepared}");
    }
    for place in [position(TEXT, "name", 0), position(TEXT, "debian", 1), position(TEXT, "env]", 1)]
    {
        assert_eq!(session.prepare(&place)["result"], Value::Null, "{place}");
        assert_eq!(session.rename(&place, "A")["result"], Value::Null, "{place}");
    }
    assert!(session.server.end().success());
}

#[test]
fn what_is_not_certain_is_refused_with_its_place() {
    let workspace = Workspace::empty();
    let mut session = Session::open(&workspace, TEXT);
    let place = position(TEXT, "PORT =", 2);
    for (new, reason) in [("1A", "not the name"), ("", "not the name"), ("URL", "is used already")]
    {
        let answer = session.rename(&place, new);
        assert!(answer["error"]["message"].as_str().expect("text").contains(reason), "{answer}");
    }
    let head = "name = \"x\"\nfrom = \"debian:12\"\nenv.PORT = \"80\"\n";
    for rest in [
        "[[steps]]\nrun = \"export PORT=1; echo $PORT\"\n",
        "[[steps]]\nrun = \"echo '$PORT'\"\n",
        "[[steps]]\nrun = 'echo \\$PORT'\n",
        "[[steps]]\nrun = \"echo $$PORT\"\n",
        "[[steps]]\nrun = \"cat <<'E'\\n$PORT\\nE\"\n",
        "[[steps]]\nrun = \"python3 -c 'print(\\nPORT)'\"\n",
        "[[steps]]\nwrite = \"/a\"\ncontent = \"$PORT\"\n",
        "[[steps]]\ncopy = \"$PORT\"\nto = \"/a\"\n",
        "[[tests]]\nrun = \"env\"\nstdout = \"PORT=80\"\n",
        "[[tests]]\nrun = \"echo $PORT\"\nenv.PORT = \"1\"\n",
    ] {
        let text = format!("{head}{rest}");
        let refusal = session.refusal(&text);
        assert!(refusal.contains("may be another thing than the variable in"), "{text}: {refusal}");
        assert!(refusal.contains("sandbox.toml, line "), "{refusal}");
    }
    // One of the build is not in the sandbox, and one of a step not in the steps above.
    let text =
        "name = \"x\"\nfrom = \"debian:12\"\nstart = \"a $PORT\"\n[build_env]\nPORT = \"1\"\n";
    assert!(session.refusal(text).contains("line 3"));
    let text = "name = \"x\"\nfrom = \"debian:12\"\n[[steps]]\nrun = \"a $PORT\"\n[[steps]]\nenv = { PORT = \"1\" }\n";
    assert!(session.refusal(text).contains("line 4"));
    assert!(session.refusal("name = \"x\"\nstart = \"$PORT\"\n").contains("is not a variable"));
    assert!(session.refusal("env.PORT = 1\nname = \n").contains("syntax errors"));
    assert!(session.server.end().success());
}

#[test]
fn a_dockerfile_that_names_the_variable_refuses_its_rename() {
    let workspace = Workspace::empty();
    workspace.write("Dockerfile", "FROM debian:12\nENV PORT=1\n");
    let text = "name = \"x\"\nfrom = { dockerfile = \"Dockerfile\" }\nenv.PORT = \"80\"\n";
    let mut session = Session::open(&workspace, text);
    let refusal = session.refusal(text);
    assert!(refusal.ends_with("Dockerfile, line 2"), "{refusal}");
    assert!(session.server.end().success());
}
