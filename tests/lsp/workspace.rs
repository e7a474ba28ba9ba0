//! What the server knows of other manifests and of images: definitions, completion and hover.

use std::fs;

use serde_json::{Value, json};

use super::client::{Abilities, Client, uri};
use super::features::{at, position};
use crate::support::Workspace;

const TEXT: &str = "name = \"app\"\n[from]\ntemplate = \"Base:v1\"\n";

/// A server with the workspace as its folder.
fn start(workspace: &Workspace) -> Client {
    let mut server = Client::spawn(workspace);
    let folder = json!({ "uri": uri(workspace.path()), "name": "x" });
    let encodings = json!({ "general": { "positionEncodings": ["utf-8"] } });
    let params = json!({ "workspaceFolders": [folder], "capabilities": encodings });
    server.request("initialize", params);
    server.notify("initialized", json!({}));
    server
}

fn labels(
    server: &mut Client,
    manifest: &str,
    text: &str,
    place: &str,
    more: usize,
) -> Vec<String> {
    server.change(manifest, text);
    let items = at(server, "completion", manifest, &position(text, place, more));
    let label = |item: &Value| item["label"].as_str().expect("a label").to_owned();
    items.as_array().expect("a list").iter().map(label).collect()
}

#[test]
fn a_template_leads_to_its_manifest_which_need_not_be_open() {
    let workspace = Workspace::empty();
    let base = workspace.write("base/sandbox.toml", "# é\nname = \"base\"\nfrom = \"debian:12\"\n");
    workspace.write("node_modules/x/sandbox.toml", "name = \"foreign\"\n");
    workspace.write("other.sandbox.toml", "name = \"other\"\n");
    let manifest = uri(&workspace.write("app/sandbox.toml", TEXT));
    let mut server = start(&workspace);
    server.open(&manifest, "toml", TEXT);
    let place = position(TEXT, "Base", 2);
    let found = at(&mut server, "definition", &manifest, &place);
    assert_eq!(found["uri"], uri(&base));
    let start = json!({ "line": 1, "character": 7 });
    let end = json!({ "line": 1, "character": 13 });
    assert_eq!(found["range"], json!({ "start": start, "end": end }));
    assert_eq!(labels(&mut server, &manifest, TEXT, "Base", 0), ["base", "other"]);
    // What is open counts, and not what is saved.
    server.open(&uri(&base), "toml", "name = \"renamed\"\n");
    server.change(&manifest, TEXT);
    assert_eq!(at(&mut server, "definition", &manifest, &place), Value::Null);
    assert_eq!(labels(&mut server, &manifest, TEXT, "Base", 0), ["other", "renamed"]);
    // A folder that goes, by itself and for the client.
    fs::remove_dir_all(workspace.path().join("base")).expect("it is removed");
    fs::remove_file(workspace.path().join("other.sandbox.toml")).expect("it is removed");
    assert_eq!(labels(&mut server, &manifest, TEXT, "Base", 0), ["renamed"]);
    let folder = json!({ "uri": uri(workspace.path()), "name": "x" });
    let event = json!({ "added": [], "removed": [folder] });
    server.notify("workspace/didChangeWorkspaceFolders", json!({ "event": event }));
    assert_eq!(labels(&mut server, &manifest, TEXT, "Base", 0), ["renamed"]);
    fs::remove_dir_all(workspace.path().join("app")).expect("it is removed");
    assert_eq!(labels(&mut server, &manifest, TEXT, "Base", 0), ["renamed"]);
    assert!(server.end().success());
}

#[test]
fn images_are_completed_from_what_is_known_here() {
    let workspace = Workspace::empty();
    let digest = "a".repeat(64);
    let other = "name = \"o\"\n[from]\nimage = \"python:3.12.4-slim\"\n";
    workspace.write("other/sandbox.toml", other);
    let text = "name = \"x\"\n[from]\nimage = \"\"\n";
    let manifest = uri(&workspace.write("sandbox.toml", text));
    let mut server = start(&workspace);
    server.open(&manifest, "toml", text);
    let images = labels(&mut server, &manifest, text, "image = \"", 9);
    for image in ["debian", "node", "python", "python:3.12.4-slim"] {
        assert!(images.iter().any(|known| known == image), "{image}: {images:?}");
    }
    let text = "name = \"x\"\n[from]\npython = \"\"\n";
    let tags = labels(&mut server, &manifest, text, "python = \"", 10);
    assert!(
        ["3.12", "3.12-slim", "3.12.4-slim"].iter().all(|tag| tags.contains(&(*tag).to_owned()))
    );
    assert!(!tags.iter().any(|tag| tag.contains(&digest)));
    assert!(server.end().success());
}

#[test]
fn a_step_shows_what_is_sent_for_it_and_as_whom_it_runs() {
    let text = "name = \"x\"\nfrom = \"debian:12\"\nuser = \"app\"\nworkdir = \"/srv\"\n\n[env]\nA = \"b c\"\n\n[[steps]]\nrun = \"echo hello\"\n";
    let workspace = Workspace::empty();
    let manifest = uri(&workspace.write("sandbox.toml", text));
    let mut server = start(&workspace);
    server.open(&manifest, "toml", text);
    let mut hover = |place: &str| {
        let hover = at(&mut server, "hover", &manifest, &position(text, place, 1));
        hover["contents"]["value"].as_str().unwrap_or_default().to_owned()
    };
    let step = hover("echo");
    assert!(step.contains("Runs as `app` in `/srv`."), "{step}");
    assert!(step.contains("Sent to `novita`, `e2b`, `local`:"), "{step}");
    assert!(step.contains("\"echo hello\""), "{step}");
    let variable = hover("b c");
    assert!(variable.contains("\"b c\""), "{variable}");
    let compiled = workspace.run(&["compile", "--platform", "e2b"]).ends(0);
    let compiled: Value = serde_json::from_str(&compiled.stdout).expect("JSON");
    let steps = compiled["steps"].as_array().expect("steps");
    let echo =
        steps.iter().find(|step| step.to_string().contains("echo hello")).expect("it is there");
    assert!(step.contains(&echo.to_string()), "{step}\n{echo}");
    assert!(server.end().success());
}

#[test]
fn a_secret_is_in_no_hover() {
    let secret = "hunter2-hunter2-hunter2";
    let text = format!(
        "name = \"x\"\n[from]\nimage = \"registry.test/a:1\"\nauth = {{ type = \"registry\", username = \"a\", password = \"{secret}\" }}\n[env]\nTOKEN = \"{secret}\"\n[[steps]]\nrun = \"echo {secret}\"\n"
    );
    let workspace = Workspace::empty();
    let manifest = uri(&workspace.write("sandbox.toml", &text));
    let mut server = Client::start(&workspace, Abilities { utf8: true, ..Abilities::default() });
    server.open(&manifest, "toml", &text);
    for line in 0..9 {
        for character in [0, 4, 12] {
            let place = json!({ "line": line, "character": character });
            let hover = at(&mut server, "hover", &manifest, &place);
            assert!(!hover.to_string().contains(secret), "{hover}");
        }
    }
    assert!(server.end().success());
}
