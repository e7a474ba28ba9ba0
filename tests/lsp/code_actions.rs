//! Code actions: fixes as `sbx check --fix` makes them, and edits that silence a warning.

use std::fs;

use serde_json::{Value, json};

use super::client::{Abilities, Client, codes, edited, uri};
use crate::support::{Workspace, files};

/// The actions at a range of a file, of one kind or of all.
fn actions(server: &mut Client, file: &str, range: &Value, only: &Value) -> Vec<Value> {
    let mut context = json!({ "diagnostics": [], "triggerKind": 2 });
    if !only.is_null() {
        context["only"] = json!([only]);
    }
    let params = json!({ "textDocument": { "uri": file }, "range": range, "context": context });
    let actions = server.request("textDocument/codeAction", params);
    actions.as_array().expect("a list").clone()
}

fn whole() -> Value {
    json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 99_999, "character": 0 } })
}

#[test]
fn fix_all_is_what_the_command_line_does() {
    let directory = Workspace::empty();
    let mut server = Client::start(&directory, Abilities { utf8: true, ..Abilities::default() });
    let mut fixed = 0;
    for case in files("tests/ui", ".toml") {
        let Ok(text) = fs::read_to_string(&case) else { continue };
        let workspace = Workspace::fixture();
        let path = workspace.write("sandbox.toml", &text);
        let dockerfile = case.with_extension("Dockerfile");
        if dockerfile.exists() {
            workspace.write("Dockerfile", fs::read(dockerfile).expect("the case is read"));
        }
        let manifest = uri(&path);
        server.open(&manifest, "toml", &text);
        server.settled(&manifest);
        let actions = actions(&mut server, &manifest, &whole(), &json!("source.fixAll"));
        let by_editor = match actions.as_slice() {
            [] => text.clone(),
            [action] => edited(&text, &action["edit"], &manifest),
            more => panic!("{more:?}"),
        };
        server.close(&manifest);
        workspace.run(&["check", "--fix"]);
        let by_command = fs::read_to_string(&path).expect("it is text");
        assert_eq!(by_editor, by_command, "{}", case.display());
        fixed += usize::from(by_editor != text);
    }
    assert!(fixed > 15, "{fixed} cases were fixed");
    assert!(server.end().success());
}

#[test]
fn every_warning_can_be_silenced_where_it_is() {
    let directory = Workspace::empty();
    let mut server = Client::start(&directory, Abilities::default());
    let mut silenced = [0, 0];
    for case in files("tests/ui", ".toml") {
        let Ok(text) = fs::read_to_string(&case) else { continue };
        let workspace = Workspace::fixture();
        let manifest = uri(&workspace.write("sandbox.toml", &text));
        server.open(&manifest, "toml", &text);
        for warning in server.settled(&manifest) {
            let code = warning["code"].as_str().expect("a code");
            let is_about = |action: &Value| {
                let title = action["title"].as_str().expect("a title");
                title.starts_with(&format!("silence `{code}`"))
                    && action["diagnostics"][0] == warning
            };
            let actions = actions(&mut server, &manifest, &warning["range"], &Value::Null);
            for action in actions.iter().filter(|action| is_about(action)) {
                server.change(&manifest, &edited(&text, &action["edit"], &manifest));
                let left = codes(&server.settled(&manifest));
                let before = codes(std::slice::from_ref(&warning));
                let is_everywhere = action["title"].as_str().expect("text").ends_with("manifest");
                silenced[usize::from(is_everywhere)] += 1;
                let count = |codes: &[String]| codes.iter().filter(|it| **it == before[0]).count();
                server.change(&manifest, &text);
                let all = codes(&server.settled(&manifest));
                assert!(count(&left) < count(&all), "{}: {action} {left:?}", case.display());
                assert!(!is_everywhere || count(&left) == 0, "{}: {left:?}", case.display());
                assert_eq!(
                    left.contains(&"unused-allow".to_owned()),
                    all.contains(&"unused-allow".to_owned()),
                    "{}: {action}",
                    case.display()
                );
            }
        }
        server.close(&manifest);
    }
    assert!(silenced[0] > 60 && silenced[1] > 60, "{silenced:?}");
    assert!(server.end().success());
}

#[test]
fn the_problem_of_a_profile_has_its_fix_and_its_comment() {
    let workspace = Workspace::empty();
    let text = "name = \"x\"\nfrom = \"debian:12\"\n\n[profiles.dev.start]\ncmd = \"a\"\n";
    let manifest = uri(&workspace.write("sandbox.toml", text));
    let mut server = Client::start(&workspace, Abilities { utf8: true, ..Abilities::default() });
    server.open(&manifest, "toml", text);
    let problems = server.settled(&manifest);
    assert_eq!(codes(&problems), ["start-without-ready"]);
    assert_eq!(problems[0]["data"]["profiles"], json!(["dev"]));
    let offered = actions(&mut server, &manifest, &problems[0]["range"], &json!("quickfix"));
    assert!(offered.iter().all(|action| action["diagnostics"][0] == problems[0]), "{offered:?}");
    let here = offered.iter().find(|it| it["title"].as_str().expect("text").ends_with(" here"));
    let changed = edited(text, &here.expect("it is offered")["edit"], &manifest);
    server.change(&manifest, &changed);
    assert_eq!(server.settled(&manifest), Vec::<Value>::new(), "{changed}");
    assert!(server.end().success());
}

#[test]
fn a_comment_never_changes_a_here_document() {
    let workspace = Workspace::empty();
    let text = "name = \"x\"\nfrom = { dockerfile = \"Dockerfile\" }\n";
    let manifest = uri(&workspace.write("sandbox.toml", text));
    let written = "FROM debian:12\nRUN <<EOF\napt-get update\napt-get install git\nEOF\n";
    let dockerfile = uri(&workspace.write("Dockerfile", written));
    let mut server = Client::start(&workspace, Abilities { utf8: true, ..Abilities::default() });
    server.open(&manifest, "toml", text);
    server.open(&dockerfile, "dockerfile", written);
    server.settled(&manifest);
    let problems = server.shown(&dockerfile).to_vec();
    assert_eq!(codes(&problems), ["apt-without-yes"]);
    let offered = actions(&mut server, &dockerfile, &problems[0]["range"], &json!("quickfix"));
    let here = offered.iter().find(|it| it["title"].as_str().expect("text").ends_with(" here"));
    let changed = edited(written, &here.expect("it is offered")["edit"], &dockerfile);
    assert!(
        changed.starts_with("FROM debian:12\n# sbx: allow(apt-without-yes)\nRUN <<EOF\n"),
        "{changed}"
    );
    server.change(&dockerfile, &changed);
    server.settled(&manifest);
    assert_eq!(server.codes(&dockerfile), [""; 0]);
    assert!(server.end().success());
}

#[test]
fn a_fix_and_a_comment_are_offered_in_the_file_of_the_problem() {
    let workspace = Workspace::empty();
    let text =
        "name = \"x\"\nimagee = \"é\" \ntags = [\"😀\", 1]\n[from]\ndockerfile = \"Dockerfile\"\n";
    let manifest = uri(&workspace.write("sandbox.toml", text));
    let written = "FROM debian:12\nHEALTHCHECK CMD true\n";
    let dockerfile = uri(&workspace.write("Dockerfile", written));
    let mut server = Client::start(&workspace, Abilities::default());
    server.open(&manifest, "toml", text);
    server.open(&dockerfile, "dockerfile", written);
    server.settled(&manifest);
    assert_eq!(server.codes(&dockerfile), ["dockerfile-ignored"]);
    let range = server.shown(&dockerfile)[0]["range"].clone();
    let offered = actions(&mut server, &dockerfile, &range, &json!("quickfix"));
    let titles: Vec<_> = offered.iter().map(|action| action["title"].clone()).collect();
    assert_eq!(
        titles,
        ["silence `dockerfile-ignored` here", "silence `dockerfile-ignored` in the manifest"]
    );
    let expected = "FROM debian:12\n# sbx: allow(dockerfile-ignored)\nHEALTHCHECK CMD true\n";
    assert_eq!(edited(written, &offered[0]["edit"], &dockerfile), expected);
    assert!(edited(text, &offered[1]["edit"], &manifest).contains("[lints]"));
    assert_eq!(offered[0]["edit"]["documentChanges"][0]["textDocument"]["version"], 1);
    // Where there is no problem, and in a kind that the server does not have, there is nothing.
    let elsewhere =
        json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 0, "character": 1 } });
    assert_eq!(actions(&mut server, &dockerfile, &elsewhere, &Value::Null), Vec::<Value>::new());
    assert_eq!(actions(&mut server, &dockerfile, &range, &json!("refactor")), Vec::<Value>::new());
    assert!(server.end().success());
}
