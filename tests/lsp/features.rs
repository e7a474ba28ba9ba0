//! Features beside diagnostics: symbols, folding, links, definitions, hover and completion.

use serde_json::{Value, json};

use super::client::{Abilities, Client, applied, uri};
use crate::support::{Workspace, files};

const TEXT: &str = r#"name = "x"

[from]
dockerfile = "Dockerfile"

[env]
PORT = "80"
URL = "http://localhost:$PORT"

# The application.
[[steps]]
copy = "app.py"
to = "/srv/"
mode = 0o755
"#;

/// The line and the column of the first occurrence of a text, and so many characters more.
pub fn position(text: &str, at: &str, more: usize) -> Value {
    let offset = text.find(at).expect("it is in the text") + more;
    let line = text[..offset].matches('\n').count();
    let column = offset - text[..offset].rfind('\n').map_or(0, |at| at + 1);
    json!({ "line": line, "character": column })
}

/// The answer of a feature at a position.
pub fn at(server: &mut Client, method: &str, file: &str, position: &Value) -> Value {
    let document = json!({ "uri": file });
    let params = json!({ "textDocument": document, "position": position });
    server.request(&format!("textDocument/{method}"), params)
}

fn of(server: &mut Client, method: &str, file: &str) -> Value {
    server.request(&format!("textDocument/{method}"), json!({ "textDocument": { "uri": file } }))
}

fn open(workspace: &Workspace, text: &str) -> (Client, String) {
    workspace.write("app.py", "");
    workspace.write("data/one", "");
    workspace.write("Dockerfile", "FROM debian:12\n");
    let manifest = uri(&workspace.write("sandbox.toml", text));
    let mut server = Client::start(workspace, Abilities { utf8: true, ..Abilities::default() });
    server.open(&manifest, "toml", text);
    (server, manifest)
}

#[test]
fn the_structure_is_shown_and_files_are_linked() {
    let workspace = Workspace::empty();
    let (mut server, manifest) = open(&workspace, TEXT);
    let symbols = of(&mut server, "documentSymbol", &manifest);
    let names: Vec<_> = symbols.as_array().expect("a list").iter().map(|it| &it["name"]).collect();
    assert_eq!(names, ["name", "from", "env", "steps"]);
    assert_eq!(symbols[3]["detail"], "copy = \"app.py\"");
    assert_eq!(symbols[2]["children"][1]["name"], "URL");
    let folds = of(&mut server, "foldingRange", &manifest);
    let extent = |fold: &Value| (fold["startLine"].as_u64(), fold["endLine"].as_u64());
    assert!(folds.as_array().expect("a list").iter().any(|it| extent(it) == (Some(10), Some(13))));
    let links = of(&mut server, "documentLink", &manifest);
    let targets: Vec<_> =
        links.as_array().expect("a list").iter().map(|it| &it["target"]).collect();
    let file = |name: &str| json!(uri(&workspace.path().join(name)));
    assert_eq!(targets, [&file("Dockerfile"), &file("app.py")]);
    let on_copy = position(TEXT, "app.py", 2);
    assert_eq!(at(&mut server, "definition", &manifest, &on_copy)["uri"], file("app.py"));
    let on_variable = position(TEXT, "$PORT", 2);
    let defined = at(&mut server, "definition", &manifest, &on_variable);
    assert_eq!(defined["range"]["start"], position(TEXT, "PORT", 0));
    let nowhere = position(TEXT, "name", 1);
    assert_eq!(at(&mut server, "definition", &manifest, &nowhere), Value::Null);
    assert!(server.end().success());
}

#[test]
fn a_key_an_image_and_a_step_are_explained() {
    let text = "name = \"x\"\nsudo = true\nuser = \"me\"\n[from]\npython = \"3.12\"\n[[steps]]\nuser = \"bob\"\n";
    let workspace = Workspace::empty();
    let (mut server, manifest) = open(&workspace, text);
    let mut hover = |place: &str| {
        let hover = at(&mut server, "hover", &manifest, &position(text, place, 1));
        hover["contents"]["value"].as_str().unwrap_or_default().to_owned()
    };
    assert!(hover("sudo").contains("without a password"), "{}", hover("sudo"));
    assert!(hover("3.12").contains("is built on Debian"), "{}", hover("3.12"));
    let step = hover("bob");
    assert!(step.contains("- `e2b`: works") && step.contains("- `declaw`: no: "), "{step}");
    assert!(server.end().success());
}

#[test]
fn what_fits_is_completed_in_half_typed_texts() {
    let workspace = Workspace::empty();
    let (mut server, manifest) = open(&workspace, TEXT);
    let mut complete = |typed: &str| {
        let text = typed.replacen('|', "", 1);
        server.change(&manifest, &text);
        let place = position(typed, "|", 0);
        let items = at(&mut server, "completion", &manifest, &place);
        let items = items.as_array().expect("a list").clone();
        let edited = items.iter().map(|item| {
            let label = item["label"].as_str().expect("a label").to_owned();
            (label, applied(&text, &json!([item["textEdit"]])))
        });
        edited.collect::<Vec<_>>()
    };
    let labels =
        |items: &[(String, String)]| items.iter().map(|item| item.0.clone()).collect::<Vec<_>>();
    let keys = complete("name = \"x\"\n|");
    assert!(
        labels(&keys).contains(&"from".to_owned()) && !labels(&keys).contains(&"name".to_owned())
    );
    let keys = complete("[[steps]]\ncopy = \"a\"\n|\n");
    assert!(labels(&keys).contains(&"to".to_owned()), "{keys:?}");
    assert!(!labels(&keys).iter().any(|key| key == "run" || key == "branch"), "{keys:?}");
    let keys = complete("[from]\npy|");
    let python = keys.iter().find(|item| item.0 == "python").expect("it is a key");
    assert_eq!(python.1, "[from]\npython = \"$0\"");
    for (typed, label, expected) in [
        ("platform = |", "e2b", "platform = \"e2b\""),
        ("platform = \"e|", "e2b", "platform = \"e2b"),
        ("sudo = |", "true", "sudo = true"),
        ("[[steps]]\ncopy = \"ap|", "app.py", "[[steps]]\ncopy = \"app.py"),
        ("[[steps]]\ncopy = [\"data/|", "data/one", "[[steps]]\ncopy = [\"data/one"),
        ("from = { dockerfile = \"|", "Dockerfile", "from = { dockerfile = \"Dockerfile"),
        ("env.A = \"b\"\nenv.C = \"x$|\"", "A", "env.A = \"b\"\nenv.C = \"x$A\""),
        ("env.A = \"b\"\nenv.C = \"${A|}\"", "A", "env.A = \"b\"\nenv.C = \"${A}\""),
        ("a = 1 # sbx: allow(miss|", "missing-tool", "a = 1 # sbx: allow(missing-tool"),
        ("[lints]\nmissing-tool = \"|", "deny", "[lints]\nmissing-tool = \"deny"),
        ("[res|]", "resources", "[resources]"),
        ("tags = [\"pr-|\"]", "{env:NAME}", "tags = [\"pr-{env:${1:NAME}}\"]"),
        ("tags = [\"pr-{en|\"]", "{env:NAME}", "tags = [\"pr-{env:${1:NAME}}\"]"),
        (
            "[profiles.a]\ntags = [\"{env:|}\"]",
            "{env:NAME}",
            "[profiles.a]\ntags = [\"{env:${1:NAME}}\"]",
        ),
        ("[profiles.pr]\n[profiles.p|]", "pr", "[profiles.pr]\n[profiles.pr]"),
    ] {
        let items = complete(typed);
        let found = items.iter().find(|item| item.0 == label);
        assert_eq!(found.map(|item| item.1.as_str()), Some(expected), "{typed}: {items:?}");
    }
    assert!(server.end().success());
}

#[test]
fn no_feature_fails_at_any_place_of_a_broken_text() {
    let workspace = Workspace::fixture();
    let manifest = uri(&workspace.path().join("sandbox.toml"));
    let mut server = Client::start(&workspace, Abilities::default());
    server.open(&manifest, "toml", "");
    for case in files("tests/ui", ".toml").iter().step_by(7) {
        let Ok(text) = std::fs::read_to_string(case) else { continue };
        let cut = text.floor_char_boundary(text.len() * 2 / 3);
        server.change(&manifest, &text[..cut]);
        for method in ["documentSymbol", "foldingRange", "documentLink"] {
            of(&mut server, method, &manifest);
        }
        let last = text[..cut].lines().count();
        for line in 0..last {
            for character in [0, 3, 9, 1000] {
                let place = json!({ "line": line, "character": character });
                for method in ["hover", "completion", "definition"] {
                    at(&mut server, method, &manifest, &place);
                }
            }
        }
    }
    assert!(server.log.is_empty(), "{:?}", server.log);
    assert!(server.end().success());
}

#[test]
fn a_document_is_formatted_as_the_command_does() {
    let workspace = Workspace::empty();
    let untidy = "# Ä\nfrom=\"debian:12\"\nname=\"x\"\n\n\n[env]\nA = \"😀\" #  last";
    let (mut server, manifest) = open(&workspace, untidy);
    let edits = formatting(&mut server, &manifest);
    let formatted = applied(untidy, &edits);
    workspace.run(&["fmt"]).ends(0);
    assert_eq!(
        formatted,
        std::fs::read_to_string(workspace.path().join("sandbox.toml")).expect("it is there")
    );
    assert_ne!(formatted, untidy);
    server.change(&manifest, &formatted);
    assert_eq!(formatting(&mut server, &manifest), json!([]));
    server.change(&manifest, "name = \n");
    assert_eq!(formatting(&mut server, &manifest), json!([]));
    assert!(server.end().success());
}

fn formatting(server: &mut Client, file: &str) -> Value {
    let options = json!({ "tabSize": 4, "insertSpaces": true });
    let params = json!({ "textDocument": { "uri": file }, "options": options });
    server.request("textDocument/formatting", params)
}
