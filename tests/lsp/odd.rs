//! Clients that do what no editor should: odd documents, places, orders and sizes.

use std::fs;

use serde_json::{Value, json};

use super::client::{Abilities, Client, codes, uri};
use super::features::at;
use crate::support::Workspace;

const TEXT: &str = "name = \"x\"\nfrom = \"debian:12\"\ntypo = 1\n\n[env]\nA = \"😀\"\nB = \"😀 $A\" # é\n\n[[steps]]\nrun = \"echo $A\"\ncopy = \"a\"\n";

/// The features that are asked with a position.
const AT: [&str; 4] = ["hover", "completion", "definition", "prepareRename"];

/// Asks every feature about a document at a place. An answer may be an error, but none of the server's
/// own.
fn ask_all(server: &mut Client, file: &str, place: &Value) {
    let document = json!({ "uri": file });
    let mut requests: Vec<_> = AT
        .iter()
        .map(|method| (*method, json!({ "textDocument": document, "position": place })))
        .collect();
    let range = json!({ "start": place, "end": place });
    let context = json!({ "diagnostics": [] });
    let options = json!({ "tabSize": 4, "insertSpaces": true });
    let whole = || json!({ "textDocument": document });
    requests.extend([
        ("rename", json!({ "textDocument": document, "position": place, "newName": "Z" })),
        ("codeAction", json!({ "textDocument": document, "range": range, "context": context })),
        ("formatting", json!({ "textDocument": document, "options": options })),
        ("documentSymbol", whole()),
        ("documentLink", whole()),
        ("foldingRange", whole()),
        ("diagnostic", whole()),
    ]);
    for (method, params) in requests {
        let id = server.ask(&format!("textDocument/{method}"), params);
        let answer = server.answer(id);
        assert_ne!(answer["error"]["code"], json!(-32603), "{method} {file} {place}: {answer}");
    }
}

#[test]
fn every_place_of_a_text_and_beyond_is_answered() {
    let workspace = Workspace::empty();
    let manifest = uri(&workspace.path().join("sandbox.toml"));
    for utf8 in [true, false] {
        let mut server = Client::start(&workspace, Abilities { utf8, ..Abilities::default() });
        for text in [TEXT.to_owned(), TEXT.replace('\n', "\r\n"), String::new(), "\r".to_owned()] {
            server.open(&manifest, "toml", &text);
            // Also between the bytes of a character, between the halves of a pair, and behind the end.
            for line in [0, 4, 5, 6, 9, 10, 11, 12, 1_000_000, u32::MAX] {
                for character in [0, 3, 5, 6, 7, 8, 9, 13, 1_000_000, u32::MAX] {
                    let place = json!({ "line": line, "character": character });
                    ask_all(&mut server, &manifest, &place);
                }
            }
            server.close(&manifest);
        }
        assert!(server.log.is_empty(), "{:?}", server.log);
        assert!(server.end().success());
    }
}

#[test]
fn columns_count_pairs_of_surrogates_as_the_client_does() {
    let workspace = Workspace::empty();
    let manifest = uri(&workspace.path().join("sandbox.toml"));
    for (utf8, column) in [(true, 11), (false, 9)] {
        let mut server = Client::start(&workspace, Abilities { utf8, ..Abilities::default() });
        server.open(&manifest, "toml", &TEXT.replace("copy = \"a\"\n", ""));
        let document = json!({ "uri": manifest });
        let place = json!({ "line": 5, "character": 0 });
        let params = json!({ "textDocument": document, "position": place, "newName": "LONG" });
        let edits = server.request("textDocument/rename", params);
        let edits = edits["documentChanges"][0]["edits"].as_array().expect("edits").clone();
        let starts: Vec<_> = edits
            .iter()
            .map(|edit| edit["range"]["start"].clone())
            .map(|start| (start["line"].as_u64(), start["character"].as_u64()))
            .collect();
        let at = |line, column| (Some(line), Some(column));
        assert_eq!(starts, [at(5, 0), at(6, column), at(9, 13)], "{utf8}");
        assert!(server.end().success());
    }
}

#[test]
fn documents_with_odd_addresses_are_served() {
    let workspace = Workspace::empty();
    let mut server = Client::start(&workspace, Abilities::default());
    let long = format!("file:///{}", "a/".repeat(1000));
    for file in [
        "untitled:Untitled-1",
        "",
        ":",
        "file:",
        "file:///",
        "file://host/share/sandbox.toml",
        "file:///%00%ff/sandbox.toml",
        "file:///a/../../b/./sandbox.toml",
        "git:/a/sandbox.toml?%7B%22ref%22%3A%22HEAD%22%7D",
        "http://example.com/sandbox.toml",
        "vscode-notebook-cell:/a#X",
        "\u{0}\u{feff}é😀",
        long.as_str(),
    ] {
        server.open(file, "sandbox-toml", TEXT);
        let found = codes(&server.settled(file));
        assert!(found.contains(&"unknown-key".to_owned()), "{file:?}: {found:?}");
        ask_all(&mut server, file, &json!({ "line": 6, "character": 9 }));
        server.close(file);
        server.settled(file);
        assert_eq!(server.codes(file), [""; 0], "{file:?}");
        // It is not open any more.
        ask_all(&mut server, file, &json!({ "line": 0, "character": 0 }));
        server.close(file);
    }
    assert!(server.end().success());
}

#[test]
fn a_text_that_is_too_large_is_reported_as_by_the_command() {
    let workspace = Workspace::empty();
    let text = format!("name = \"x\"\nfrom = \"debian:12\"\n{}", "# a comment\n".repeat(200_000));
    let manifest = uri(&workspace.write("sandbox.toml", &text));
    let mut server = Client::start(&workspace, Abilities { utf8: true, ..Abilities::default() });
    server.open(&manifest, "toml", &text);
    assert_eq!(codes(&server.settled(&manifest)), ["manifest-too-large"]);
    let (report, _) = workspace.check_json(&[]);
    assert_eq!(report["diagnostics"][0]["code"], "manifest-too-large");
    ask_all(&mut server, &manifest, &json!({ "line": 5000, "character": 3 }));
    server.open("untitled:large", "sandbox-toml", &text);
    assert_eq!(codes(&server.settled("untitled:large")), ["manifest-too-large"]);
    server.change(&manifest, "name = \"x\"\nfrom = \"debian:12\"\n");
    assert_eq!(server.settled(&manifest), Vec::<Value>::new());
    assert!(server.end().success());
}

#[test]
fn thousands_of_open_documents_are_kept_apart() {
    const COUNT: usize = 1000;
    let workspace = Workspace::empty();
    let mut server = Client::start(&workspace, Abilities { watches: true, ..Abilities::default() });
    let file = |at: usize| uri(&workspace.path().join(format!("{at}/sandbox.toml")));
    let text = |at: usize| format!("name = \"n{at}\"\nfrom = \"debian:12\"\nkey{at} = 1\n");
    for at in 0..COUNT {
        server.open(&file(at), "toml", &text(at));
    }
    for at in [0, 1, COUNT / 2, COUNT - 1] {
        let found = server.settled(&file(at));
        assert_eq!(codes(&found), ["unknown-key"]);
        assert!(found[0]["message"].as_str().expect("text").contains(&format!("key{at}")));
    }
    for at in 0..COUNT {
        server.close(&file(at));
    }
    server.open(&file(COUNT), "toml", "name = \"x\"\n");
    server.settled(&file(COUNT));
    assert!((0..COUNT).all(|at| server.shown(&file(at)).is_empty()));
    assert!(server.end().success());
}

#[test]
fn documents_in_any_order_of_messages_end_as_they_should() {
    let workspace = Workspace::empty();
    let manifest = uri(&workspace.path().join("sandbox.toml"));
    let mut server = Client::start(&workspace, Abilities { utf8: true, ..Abilities::default() });
    server.change(&manifest, TEXT);
    server.close(&manifest);
    server.save(&manifest);
    server.open(&manifest, "toml", TEXT);
    server.open(&manifest, "toml", "name = \"x\"\nfrom = \"debian:12\"\n");
    assert_eq!(server.settled(&manifest), Vec::<Value>::new());
    // Requests that are cancelled before, while and after they are answered.
    for round in 0..200 {
        server.change(&manifest, &format!("{TEXT}# {round}\n"));
        let params = json!({ "textDocument": { "uri": manifest } });
        let id = server.ask("textDocument/diagnostic", params);
        server.notify("$/cancelRequest", json!({ "id": id }));
        server.notify("$/cancelRequest", json!({ "id": id + 1 }));
        let answer = server.answer(id);
        let is_cancelled = answer["error"]["code"] == json!(-32800);
        assert!(is_cancelled || answer["result"]["kind"] == "full", "{answer}");
        server.notify("$/cancelRequest", json!({ "id": id }));
    }
    assert!(codes(&server.settled(&manifest)).contains(&"unknown-key".to_owned()));
    assert!(server.end().success());
}

#[test]
fn a_directory_that_vanishes_takes_no_session_with_it() {
    let workspace = Workspace::empty();
    let text = "name = \"x\"\nfrom = \"debian:12\"\n[[steps]]\ncopy = \"a\"\nto = \"/b\"\n";
    let path = workspace.write("project/sandbox.toml", text);
    workspace.write("project/a", "");
    let manifest = uri(&path);
    let mut server = Client::start(&workspace, Abilities { utf8: true, ..Abilities::default() });
    server.open(&manifest, "toml", text);
    assert_eq!(server.settled(&manifest), Vec::<Value>::new());
    fs::remove_dir_all(workspace.path().join("project")).expect("it is removed");
    server.save(&manifest);
    assert!(!server.settled(&manifest).is_empty());
    for line in 0..5 {
        ask_all(&mut server, &manifest, &json!({ "line": line, "character": 8 }));
    }
    workspace.write("project/a", "");
    server.save(&manifest);
    assert_eq!(server.settled(&manifest), Vec::<Value>::new());
    assert_ne!(
        at(&mut server, "hover", &manifest, &json!({ "line": 0, "character": 1 })),
        Value::Null
    );
    assert!(server.end().success());
}
