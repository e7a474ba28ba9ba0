//! A client of the language server: a process, its pipes, and messages.

use std::collections::BTreeMap;
use std::io::{BufReader, Write as _};
use std::path::Path;
use std::process::{ChildStdin, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::Workspace;
use crate::support::process::{Program, end_of};

/// How long a client waits for a message before it gives up: far longer than any takes.
const PATIENCE: Duration = Duration::from_mins(2);

/// What a client can do.
#[derive(Debug, Clone, Copy, Default)]
pub struct Abilities {
    pub utf8: bool,
    pub pulls: bool,
    pub watches: bool,
}

/// A running server with its client.
pub struct Client {
    child: Program,
    input: Option<ChildStdin>,
    messages: Receiver<Value>,
    /// The last diagnostics that were published for each file, with their version.
    pub published: BTreeMap<String, (Value, Vec<Value>)>,
    /// The requests of the server.
    pub requests: Vec<Value>,
    /// The lines of the server's log.
    pub log: Vec<String>,
    /// The answer to `initialize`.
    pub capabilities: Value,
    /// The ID of the last request.
    last: i32,
    versions: BTreeMap<String, i32>,
}

impl Client {
    /// Starts a server in a directory that has nothing to do with the manifests.
    pub fn start(workspace: &Workspace, abilities: Abilities) -> Self {
        let mut client = Self::spawn(workspace);
        let encodings: &[&str] = if abilities.utf8 { &["utf-16", "utf-8"] } else { &["utf-16"] };
        let mut capabilities = json!({
            "general": { "positionEncodings": encodings },
            "workspace": {
                "didChangeWatchedFiles": { "dynamicRegistration": abilities.watches },
                "diagnostics": { "refreshSupport": abilities.pulls },
                "workspaceEdit": { "documentChanges": true },
            },
            "textDocument": { "completion": { "completionItem": { "snippetSupport": true } } },
        });
        if abilities.pulls {
            capabilities["textDocument"]["diagnostic"] = json!({});
        }
        let params = json!({ "processId": null, "rootUri": null, "capabilities": capabilities });
        client.capabilities = client.request("initialize", params)["capabilities"].clone();
        client.notify("initialized", json!({}));
        client
    }

    /// Starts a server and says nothing yet.
    pub fn spawn(workspace: &Workspace) -> Self {
        let mut child = workspace
            .command(&["lsp", "--stdio"])
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server starts");
        let input = child.stdin.take();
        let mut output = BufReader::new(child.stdout.take().expect("it is piped"));
        let (sender, messages) = mpsc::channel();
        thread::spawn(move || {
            while let Some(message) = read(&mut output) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        Self {
            child: Program(child),
            input,
            messages,
            published: BTreeMap::new(),
            requests: Vec::new(),
            log: Vec::new(),
            capabilities: Value::Null,
            last: 0,
            versions: BTreeMap::new(),
        }
    }

    /// The process of the server.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends bytes as they are.
    pub fn send_raw(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().expect("the input is open");
        input.write_all(bytes).and_then(|()| input.flush()).expect("the server reads");
    }

    pub fn send(&mut self, message: &Value) {
        let body = message.to_string();
        self.send_raw(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
    }

    pub fn notify(&mut self, method: &str, params: impl Into<Value>) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params.into() }));
    }

    /// Sends a request, and returns its ID.
    pub fn ask(&mut self, method: &str, params: impl Into<Value>) -> i32 {
        self.last += 1;
        self.send(
            &json!({ "jsonrpc": "2.0", "id": self.last, "method": method, "params": params.into() }),
        );
        self.last
    }

    /// The whole answer to a request.
    pub fn answer(&mut self, id: i32) -> Value {
        loop {
            let message = self.next();
            if message["id"] == id && message.get("method").is_none() {
                return message;
            }
        }
    }

    /// Sends a request, and returns its result.
    pub fn request(&mut self, method: &str, params: impl Into<Value>) -> Value {
        let id = self.ask(method, params);
        let answer = self.answer(id);
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].clone()
    }

    /// Waits for a message, and notes what the server publishes.
    pub fn next(&mut self) -> Value {
        let message = self.messages.recv_timeout(PATIENCE).expect("the server says something");
        let params = &message["params"];
        match message["method"].as_str() {
            Some("textDocument/publishDiagnostics") => {
                let uri = params["uri"].as_str().expect("a file").to_owned();
                let list = params["diagnostics"].as_array().expect("a list").clone();
                self.published.insert(uri, (params["version"].clone(), list));
            }
            Some("window/logMessage") => {
                self.log.push(params["message"].as_str().expect("text").to_owned());
            }
            Some(_) if message.get("id").is_some() => self.requests.push(message.clone()),
            _ => {}
        }
        message
    }

    /// Reads what the server has sent until `is_it` holds.
    pub fn wait_until(&mut self, is_it: impl Fn(&Self) -> bool) {
        while !is_it(self) {
            self.next();
        }
    }

    pub fn open(&mut self, uri: &str, language: &str, text: &str) {
        self.versions.insert(uri.to_owned(), 1);
        let document = json!({ "uri": uri, "languageId": language, "version": 1, "text": text });
        self.notify("textDocument/didOpen", json!({ "textDocument": document }));
    }

    pub fn change(&mut self, uri: &str, text: &str) {
        let version = self.versions.entry(uri.to_owned()).or_insert(1);
        *version += 1;
        let document = json!({ "uri": uri, "version": *version });
        let changes = [json!({ "text": text })];
        let params = json!({ "textDocument": document, "contentChanges": changes });
        self.notify("textDocument/didChange", params);
    }

    pub fn close(&mut self, uri: &str) {
        self.notify("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
    }

    pub fn save(&mut self, uri: &str) {
        self.notify("textDocument/didSave", json!({ "textDocument": { "uri": uri } }));
    }

    /// The diagnostics of a manifest's current text, by a request that is answered when all is
    /// known. What was published before the answer has been read then.
    pub fn settled(&mut self, uri: &str) -> Vec<Value> {
        let report =
            self.request("textDocument/diagnostic", json!({ "textDocument": { "uri": uri } }));
        assert_eq!(report["kind"], "full");
        report["items"].as_array().expect("a list").clone()
    }

    /// The diagnostics that are shown for a file.
    pub fn shown(&self, uri: &str) -> &[Value] {
        self.published.get(uri).map_or(&[], |(_, list)| list)
    }

    /// Their codes.
    pub fn codes(&self, uri: &str) -> Vec<String> {
        codes(self.shown(uri))
    }

    /// Ends the session as the protocol wants it.
    pub fn end(mut self) -> ExitStatus {
        self.request("shutdown", Value::Null);
        self.notify("exit", Value::Null);
        self.ended()
    }

    /// Closes the input and waits for the end.
    pub fn ended(&mut self) -> ExitStatus {
        let status = end_of(&mut self.child);
        self.input = None;
        status
    }

    /// Closes the input.
    pub fn hang_up(&mut self) {
        self.input = None;
    }
}

/// The codes of diagnostics.
pub fn codes(diagnostics: &[Value]) -> Vec<String> {
    let code = |diagnostic: &Value| diagnostic["code"].as_str().expect("a code").to_owned();
    diagnostics.iter().map(code).collect()
}

/// The URI of a path.
pub fn uri(path: &Path) -> String {
    url::Url::from_file_path(path).expect("an absolute path").to_string()
}

fn read(output: &mut impl std::io::BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end().strip_prefix("Content-Length: ") {
            Some(value) => length = value.parse().expect("a number"),
            None if line == "\r\n" => break,
            None => panic!("a header: {line:?}"),
        }
    }
    let mut body = vec![0; length];
    output.read_exact(&mut body).ok()?;
    Some(serde_json::from_slice(&body).expect("JSON"))
}

/// A text after the edits of a file in a workspace edit, in UTF-8 or in UTF-16 without characters
/// that take two units.
pub fn edited(text: &str, edit: &Value, file: &str) -> String {
    let of_file = |change: &Value| change["textDocument"]["uri"] == file;
    let changes = edit["documentChanges"].as_array().expect("edits with versions");
    let Some(change) = changes.iter().find(|change| of_file(change)) else {
        return text.to_owned();
    };
    applied(text, &change["edits"])
}

/// A text after a list of edits.
pub fn applied(text: &str, edits: &Value) -> String {
    let offset = |position: &Value| {
        let number =
            |key: &str| usize::try_from(position[key].as_u64().expect("a number")).expect("small");
        let lines = text.split_inclusive('\n').take(number("line"));
        lines.map(str::len).sum::<usize>() + number("character")
    };
    let mut edits: Vec<_> = edits.as_array().expect("a list").iter().collect();
    edits.sort_by_key(|edit| offset(&edit["range"]["start"]));
    let mut text = text.to_owned();
    for edit in edits.iter().rev() {
        let range = &edit["range"];
        let (start, end) = (offset(&range["start"]), offset(&range["end"]));
        text.replace_range(start..end, edit["newText"].as_str().expect("text"));
    }
    text
}
