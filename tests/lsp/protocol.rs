//! The edges of the protocol: the beginning and the end, broken messages, requests that cannot be
//! answered, documents of all kinds.

use serde_json::{Value, json};

use super::client::{Abilities, Client, codes, uri};
use crate::support::Workspace;

const NOT_INITIALIZED: i32 = -32002;
const INVALID_REQUEST: i32 = -32600;
const METHOD_NOT_FOUND: i32 = -32601;
const INVALID_PARAMS: i32 = -32602;
const PARSE_ERROR: i32 = -32700;

/// A manifest with one mistake.
const WRONG: &str = "name = \"x\"\nimage = \"debian\"\n[from]\nimage = \"debian:12\"\n";

fn error_of(client: &mut Client, method: &str, params: Value) -> Value {
    let id = client.ask(method, params);
    client.answer(id)["error"]["code"].clone()
}

#[test]
fn a_session_ends_with_the_code_of_its_end() {
    let workspace = Workspace::empty();
    let server = Client::start(&workspace, Abilities::default());
    assert_eq!(server.end().code(), Some(0));

    let mut server = Client::start(&workspace, Abilities::default());
    server.notify("exit", Value::Null);
    assert_eq!(server.ended().code(), Some(1), "the shutdown was not asked for");

    let mut server = Client::start(&workspace, Abilities::default());
    server.hang_up();
    assert_eq!(server.ended().code(), Some(1), "the client has gone");

    let mut server = Client::spawn(&workspace);
    server.notify("exit", Value::Null);
    assert_eq!(server.ended().code(), Some(1), "nothing had begun");

    let mut server = Client::start(&workspace, Abilities::default());
    server.request("shutdown", Value::Null);
    assert_eq!(error_of(&mut server, "textDocument/hover", json!({})), INVALID_REQUEST);
    assert_eq!(error_of(&mut server, "shutdown", Value::Null), INVALID_REQUEST);
    server.hang_up();
    assert_eq!(server.ended().code(), Some(0));
}

#[test]
fn a_client_that_goes_in_the_middle_of_work_leaves_no_server_behind() {
    let workspace = Workspace::fixture();
    let mut server = Client::start(&workspace, Abilities::default());
    for at in 0..200 {
        server.open(&uri(&workspace.path().join(format!("{at}/sandbox.toml"))), "toml", WRONG);
    }
    server.hang_up();
    assert_eq!(server.ended().code(), Some(1));
}

#[test]
fn nothing_is_answered_before_the_beginning() {
    let workspace = Workspace::empty();
    let mut server = Client::spawn(&workspace);
    server.open("file:///sandbox.toml", "toml", WRONG);
    assert_eq!(error_of(&mut server, "shutdown", Value::Null), NOT_INITIALIZED);
    assert_eq!(error_of(&mut server, "textDocument/diagnostic", json!({})), NOT_INITIALIZED);
    // A client that says nothing of itself.
    let result = server.request("initialize", json!({}));
    assert_eq!(result["capabilities"]["positionEncoding"], "utf-16");
    assert_eq!(result["serverInfo"]["name"], "sbx");
    assert_eq!(result["serverInfo"]["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(error_of(&mut server, "initialize", json!({})), INVALID_REQUEST);
    assert!(server.published.is_empty(), "what came before is ignored");
}

#[test]
fn every_request_is_answered_whatever_its_id_is() {
    let workspace = Workspace::empty();
    let mut server = Client::start(&workspace, Abilities::default());
    let long = "i".repeat(5000);
    for id in [json!(long), json!("é\"\u{0}"), json!(""), json!(-1), json!(i32::MAX)] {
        server.send(&json!({ "jsonrpc": "2.0", "id": id, "method": "x/y" }));
        let answer = server.next();
        assert_eq!(answer["id"], id, "{answer}");
        assert_eq!(answer["error"]["code"], METHOD_NOT_FOUND, "{answer}");
    }
    // The protocol has no such IDs, but a client that waits must not wait forever.
    for id in [json!(i64::MAX), json!(1.5), json!([1]), json!({}), json!(true)] {
        server.send(&json!({ "jsonrpc": "2.0", "id": id, "method": "x/y", "params": {} }));
        let answer = server.next();
        assert_eq!(answer["id"], id, "{answer}");
        assert_eq!(answer["error"]["code"], INVALID_REQUEST, "{answer}");
    }
    assert!(server.end().success());
}

#[test]
fn broken_messages_and_odd_requests_do_not_end_the_session() {
    let workspace = Workspace::fixture();
    let manifest = uri(&workspace.path().join("sandbox.toml"));
    let mut server = Client::start(&workspace, Abilities::default());
    for body in
        ["", "{", "[]", "null", "{\"jsonrpc\": \"2.0\"}", "\u{0}", "{\"id\": {}, \"method\": 1}"]
    {
        server.send_raw(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
        let answer = server.next();
        let answer = if answer.get("method").is_some() { server.next() } else { answer };
        assert_eq!(answer["error"]["code"], PARSE_ERROR, "{body:?}: {answer}");
        assert_eq!(answer["id"], Value::Null);
    }
    server.send_raw(b"Content-Length: 3\r\n\r\n\xff\xfe\xfd");
    assert_eq!(error_of(&mut server, "workspace/unknown", json!({})), METHOD_NOT_FOUND);
    assert_eq!(error_of(&mut server, "$/unknown", json!({})), METHOD_NOT_FOUND);
    assert_eq!(error_of(&mut server, "textDocument/diagnostic", json!([1])), INVALID_PARAMS);
    for params in [json!(null), json!({}), json!({ "textDocument": 1 })] {
        for method in ["didOpen", "didChange", "didSave", "didClose", "unknown"] {
            server.notify(&format!("textDocument/{method}"), params.clone());
        }
    }
    server.notify("workspace/didChangeWatchedFiles", json!({ "changes": [{}] }));
    server.notify("$/cancelRequest", json!({ "id": 77 }));
    server.notify("$/cancelRequest", json!({}));
    server.send(&json!({ "jsonrpc": "2.0", "id": 9, "result": null }));
    server.send(&json!({ "jsonrpc": "2.0", "id": "nine", "error": { "code": 1, "message": "" } }));
    // What is not open cannot be changed, and a change has to be a whole text.
    server.change("file:///nowhere/sandbox.toml", "x");
    server.open(&manifest, "toml", WRONG);
    let range =
        json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 9, "character": 9 } });
    let change = json!({ "range": range, "text": "" });
    server.notify(
        "textDocument/didChange",
        json!({ "textDocument": { "uri": manifest, "version": 2 }, "contentChanges": [change] }),
    );
    let diagnostics = server.settled(&manifest);
    assert_eq!(codes(&diagnostics), ["unknown-key"]);
    server.change(&manifest, "\u{feff}\u{0}= [[\r'''");
    assert!(codes(&server.settled(&manifest)).contains(&"toml-syntax".to_owned()));
    assert!(!server.log.is_empty());
    assert!(server.end().success());
}

#[test]
fn of_changes_out_of_order_the_newest_counts() {
    let workspace = Workspace::fixture();
    let manifest = uri(&workspace.path().join("sandbox.toml"));
    let mut server = Client::start(&workspace, Abilities::default());
    server.open(&manifest, "toml", "name = \"x\"\n");
    for (version, text) in [(3, WRONG), (2, "name = "), (3, WRONG)] {
        let document = json!({ "uri": manifest, "version": version });
        let params = json!({ "textDocument": document, "contentChanges": [{ "text": text }] });
        server.notify("textDocument/didChange", params);
        assert_eq!(codes(&server.settled(&manifest)), ["unknown-key"], "after {version}");
    }
    let (version, _) = &server.published[&manifest];
    assert_eq!(*version, 3);
    assert!(server.end().success());
}

#[test]
fn a_request_is_cancelled_or_answered_once() {
    let workspace = Workspace::fixture();
    let manifest = uri(&workspace.path().join("sandbox.toml"));
    let mut server = Client::start(&workspace, Abilities::default());
    server.open(&manifest, "toml", WRONG);
    let params = json!({ "textDocument": { "uri": manifest } });
    let first = server.ask("textDocument/diagnostic", params.clone());
    server.notify("$/cancelRequest", json!({ "id": first }));
    let second = server.ask("textDocument/diagnostic", params);
    let mut answers = Vec::new();
    while !answers.contains(&json!(second)) {
        let message = server.next();
        if message.get("method").is_none() {
            answers.push(message["id"].clone());
        }
    }
    assert_eq!(answers.iter().filter(|id| **id == json!(first)).count(), 1, "{answers:?}");
    assert!(server.end().success());
}

#[test]
fn a_client_that_pulls_is_pushed_no_manifest() {
    let workspace = Workspace::fixture();
    let path = workspace.write("sandbox.toml", WRONG);
    let manifest = uri(&path);
    let abilities = Abilities { pulls: true, watches: true, ..Abilities::default() };
    let mut server = Client::start(&workspace, abilities);
    assert_eq!(server.capabilities["diagnosticProvider"]["interFileDependencies"], true);
    server.open(&manifest, "toml", WRONG);
    assert_eq!(codes(&server.settled(&manifest)), ["unknown-key"]);
    // Without an analysis between them, both answers are those of the last text.
    server.change(
        &manifest,
        "name = \"x\"\n[from]\nimage = \"debian:12\"\n[[steps]]\ncopy = \"new\"\nto = \"/\"\n",
    );
    assert_eq!(codes(&server.settled(&manifest)), ["source-not-found"]);
    assert!(!server.published.contains_key(&manifest));
    // A file that comes into being asks for another pull.
    workspace.write("new", "");
    let new = uri(&workspace.path().join("new"));
    server.notify(
        "workspace/didChangeWatchedFiles",
        json!({ "changes": [{ "uri": new, "type": 1 }] }),
    );
    let is_refresh = |request: &Value| request["method"] == "workspace/diagnostic/refresh";
    server.wait_until(|server| server.requests.iter().any(is_refresh));
    assert_eq!(server.settled(&manifest), Vec::<Value>::new());
    let watchers = &server.requests[0];
    assert_eq!(watchers["method"], "client/registerCapability");
    assert!(server.end().success());
}

#[test]
fn documents_of_other_schemes_are_checked_without_files() {
    let workspace = Workspace::fixture();
    let mut server = Client::start(&workspace, Abilities::default());
    let text = "name = \"x\"\nimage = \"y\"\n[from]\ndockerfile = \"Dockerfile\"\n[[steps]]\ncopy = \"nowhere\"\nto = \"/\"\n";
    for manifest in [
        "untitled:Untitled-1",
        "vscode-vfs://github/a/b/sandbox.toml",
        "file://elsewhere/share/sandbox.toml",
        "git:/a/sandbox.toml?ref=x",
        "sandbox.toml",
        "",
    ] {
        server.open(manifest, "sandbox-toml", text);
        assert_eq!(codes(&server.settled(manifest)), ["unknown-key"], "{manifest}");
        assert_eq!(server.codes(manifest), ["unknown-key"], "{manifest}");
        server.close(manifest);
    }
    // Other languages and other TOML files have no diagnostics.
    server.open("file:///a/Cargo.toml", "toml", text);
    assert_eq!(server.settled("file:///a/Cargo.toml"), Vec::<Value>::new());
    // A file that is nowhere, as on another system.
    let windows = "file:///c%3A/Users/me/sandbox.toml";
    server.open(windows, "toml", WRONG);
    assert_eq!(codes(&server.settled(windows)), ["unknown-key"]);
    assert!(server.end().success());
}

#[test]
fn odd_paths_and_other_spellings_of_a_uri_are_kept() {
    let workspace = Workspace::empty();
    for (at, name) in ["a b", "ü€😀", "100%41", "#?&;=+@", "[x]{y}|^", "c:"].iter().enumerate()
    {
        let directory = format!("{at}/{name}");
        workspace.write(&format!("{directory}/there"), "");
        let path = workspace.write(
            &format!("{directory}/sandbox.toml"),
            "name = \"x\"\n[from]\nimage = \"debian:12\"\n[[steps]]\ncopy = \"there\"\nto = \"/\"\n",
        );
        let mut server = Client::start(&workspace, Abilities::default());
        let text = std::fs::read_to_string(&path).expect("it was written");
        // As VS Code spells it: everything but letters and slashes is escaped.
        let escaped = path.to_str().expect("text").bytes().map(|byte| match byte {
            b'/' | b'.' | b'-' | b'_' => char::from(byte).to_string(),
            _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            _ => format!("%{byte:02x}"),
        });
        let escaped = format!("file://{}", escaped.collect::<String>());
        for manifest in [uri(&path), escaped] {
            server.open(&manifest, "toml", &text);
            assert_eq!(server.settled(&manifest), Vec::<Value>::new(), "{manifest}");
            assert!(server.published.contains_key(&manifest), "{manifest}");
        }
        assert!(server.end().success());
    }
}
