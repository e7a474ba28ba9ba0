//! A platform of the E2B family on which sandboxes run: it keeps to the protocol, and answers a few
//! commands with what a test wrote down.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// The key that the calls of the platform carry, and those of sandboxes do not.
const KEY: &str = "key-of-the-test";

/// The token of the sandboxes.
const TOKEN: &str = "token-of-the-test";

/// Words that try to control a terminal.
const HOSTILE: &str = "\u{1b}]0;owned\u{7}\u{9b}2J\r";

/// What goes wrong with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is refused with this status.
    Refused(u16),
    /// It is done, and answered with 502.
    Heard,
}

/// A running platform.
pub struct Sandboxes {
    pub url: String,
    shared: Arc<Mutex<Shared>>,
    _runtime: tokio::runtime::Runtime,
}

#[derive(Default)]
struct Shared {
    /// The living sandboxes, with their metadata.
    living: BTreeMap<String, Value>,
    created: usize,
    story: Vec<String>,
    faults: VecDeque<(&'static str, Fault)>,
    /// What was written to processes, and where those wait for the end of it.
    input: BTreeMap<u64, (Vec<u8>, UnboundedSender<Bytes>)>,
}

impl Sandboxes {
    pub fn start(faults: &[(&'static str, Fault)]) -> Self {
        let shared = Shared { faults: faults.iter().copied().collect(), ..Shared::default() };
        let shared = Arc::new(Mutex::new(shared));
        let router = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        let (address, runtime) = super::serve(router);
        Self { url: format!("http://{address}"), shared, _runtime: runtime }
    }

    /// The calls so far.
    pub fn story(&self) -> Vec<String> {
        self.lock().story.clone()
    }

    /// The sandboxes that live, and how many were created.
    pub fn count(&self) -> (usize, usize) {
        let shared = self.lock();
        (shared.living.len(), shared.created)
    }

    /// A workspace whose commands talk to this platform.
    pub fn workspace(&self) -> super::Workspace {
        let mut workspace = super::Workspace::empty();
        workspace.set("E2B_API_URL", &self.url);
        workspace.set("E2B_API_KEY", KEY);
        workspace.set("SBX_PLATFORM", "e2b");
        workspace
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().expect("not poisoned")
    }
}

async fn answer(State(shared): State<Arc<Mutex<Shared>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.expect("the body arrives");
    let line = format!("{} {}", parts.method, parts.uri.path());
    let mut shared = shared.lock().expect("not poisoned");
    shared.story.push(line.clone());
    check(&line, &parts.headers);
    let fault = shared.faults.front().filter(|(prefix, _)| line.starts_with(prefix)).copied();
    if fault.is_some() {
        shared.faults.pop_front();
    }
    if let Some((_, Fault::Refused(status))) = fault {
        return refused(status, "a fault of the test");
    }
    let response = match line.split_once(' ').expect("a method") {
        ("POST", path) if path.starts_with("/process.") => {
            process(&mut shared, path, &parts.headers, &body)
        }
        (method, path) => control(&mut shared, method, path, &body),
    };
    match fault {
        Some((_, Fault::Heard)) => refused(502, "a fault of the test"),
        _ => response,
    }
}

/// Which secret a call carries, and which not.
fn check(line: &str, headers: &HeaderMap) {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if line.contains("/process.") {
        assert_eq!(header("x-access-token"), Some(TOKEN), "{line}");
        assert_eq!(header("x-api-key"), None, "{line}");
        assert_eq!(header("connect-protocol-version"), Some("1"), "{line}");
        assert_eq!(header("e2b-sandbox-port"), Some("49983"), "{line}");
    } else {
        assert_eq!(header("x-api-key"), Some(KEY), "{line}");
    }
}

fn refused(status: u16, message: &str) -> Response {
    let code = StatusCode::from_u16(status).expect("a status");
    (code, Json(json!({ "code": status, "message": message }))).into_response()
}

/// The calls of the platform.
fn control(shared: &mut Shared, method: &str, path: &str, body: &[u8]) -> Response {
    let json: Value = serde_json::from_slice(body).unwrap_or_default();
    let words: Vec<_> = path.trim_start_matches('/').split('/').collect();
    match (method, words.as_slice()) {
        ("POST", ["v2", "sandboxes"]) => {
            match json["templateID"].as_str() {
                Some("missing") => return refused(404, "template 'missing' not found"),
                Some("hostile-words") => return refused(400, HOSTILE),
                _ => {}
            }
            assert!(json["timeout"].as_u64().is_some_and(|seconds| seconds <= 120), "{json}");
            shared.created += 1;
            let id = format!("s{}", shared.created);
            shared.living.insert(id.clone(), json["metadata"].clone());
            if json["templateID"] == "hostile-name" {
                let created = json!({ "sandboxID": HOSTILE, "envdAccessToken": TOKEN });
                shared.living.clear();
                return (StatusCode::CREATED, Json(created)).into_response();
            }
            let created = json!({
                "sandboxID": id, "templateID": "t1", "clientID": "", "envdVersion": "0.6.13",
                "envdAccessToken": TOKEN, "domain": "nowhere.invalid",
            });
            (StatusCode::CREATED, Json(created)).into_response()
        }
        ("GET", ["v2", "sandboxes"]) => {
            let listed = shared.living.iter().map(|(id, metadata)| {
                json!({
                    "sandboxID": id, "templateID": "t1", "state": "running", "metadata": metadata,
                    "startedAt": "2026-11-21T00:00:00Z", "endAt": "2026-11-21T00:02:00Z",
                })
            });
            Json(listed.collect::<Vec<_>>()).into_response()
        }
        ("POST", ["sandboxes", id, "timeout"]) if shared.living.contains_key(*id) => {
            StatusCode::NO_CONTENT.into_response()
        }
        ("DELETE", ["sandboxes", id]) => match shared.living.remove(*id) {
            Some(_) => StatusCode::NO_CONTENT.into_response(),
            None => refused(404, "not found"),
        },
        _ => refused(404, "not found"),
    }
}

/// The calls of `envd`.
fn process(shared: &mut Shared, path: &str, headers: &HeaderMap, body: &[u8]) -> Response {
    let id = headers.get("e2b-sandbox-id").and_then(|value| value.to_str().ok());
    if !id.is_some_and(|id| shared.living.contains_key(id)) {
        return refused(502, "The sandbox was not found");
    }
    let method = path.rsplit('/').next().expect("a method");
    if method == "Start" {
        let message: Value = serde_json::from_slice(&body[5..]).expect("an envelope");
        return start(shared, headers, &message);
    }
    let message: Value = serde_json::from_slice(body).expect("JSON");
    let pid = message["process"]["pid"].as_u64().expect("a process");
    match method {
        "SendInput" => {
            if let Some(text) = message["input"]["pty"].as_str() {
                keys(shared, &STANDARD.decode(text).expect("Base64"));
                return Json(json!({})).into_response();
            }
            let text = message["input"]["stdin"].as_str().expect("input");
            let bytes = STANDARD.decode(text).expect("Base64");
            shared.input.entry(pid).and_modify(|(input, _)| input.extend(bytes));
        }
        "Update" => say(shared, &format!("[{}]", size(&message["pty"]["size"]))),
        "CloseStdin" => {
            if let Some((input, sender)) = shared.input.remove(&pid) {
                let _ = sender.send(data("stdout", &input));
                let _ = sender.send(end(0, "exit status 0"));
            }
        }
        _ => {}
    }
    Json(json!({})).into_response()
}

fn envelope(flags: u8, message: &Value) -> Bytes {
    let text = message.to_string();
    let length = u32::try_from(text.len()).expect("a short message").to_be_bytes();
    [&[flags][..], &length, text.as_bytes()].concat().into()
}

fn data(stream: &str, bytes: &[u8]) -> Bytes {
    envelope(0, &json!({ "event": { "data": { stream: STANDARD.encode(bytes) } } }))
}

fn end(code: i32, status: &str) -> Bytes {
    let mut event = json!({ "status": status });
    if code > 0 {
        event["exitCode"] = code.into();
    }
    if code >= 0 {
        event["exited"] = true.into();
    } else {
        event["exitCode"] = (-1).into();
    }
    envelope(0, &json!({ "event": { "end": event } }))
}

/// Starts a command: its first word says what it does.
fn start(shared: &mut Shared, headers: &HeaderMap, message: &Value) -> Response {
    let process = &message["process"];
    assert_eq!(process["cmd"], "/bin/bash");
    if !message["pty"].is_null() {
        return shell(shared, &message["pty"]["size"], process);
    }
    assert_eq!((&process["args"][0], &process["args"][1]), (&json!("-l"), &json!("-c")));
    let line = process["args"][2].as_str().expect("a command");
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    let (sender, receiver) = unbounded_channel();
    let send = |bytes| sender.send(bytes).expect("the stream is open");
    if word != "refused" && word != "hostile" {
        send(envelope(0, &json!({ "event": { "start": { "pid": 7 } } })));
        send(envelope(0, &json!({ "event": { "keepalive": {} } })));
    }
    match word {
        "exit" => {
            let code = rest.parse().expect("a code");
            send(end(code, &format!("exit status {code}")));
        }
        "signal" => send(end(-1, &format!("signal: {rest}"))),
        "both" => {
            send(data("stdout", b"out \xff\n"));
            send(data("stderr", b"err\n"));
            send(end(0, "exit status 0"));
        }
        "show" => {
            let user = headers.get("authorization").map(|value| value.to_str().expect("text"));
            let shown = json!({ "line": line, "user": user, "process": process });
            send(data("stdout", shown.to_string().as_bytes()));
            send(end(0, "exit status 0"));
        }
        "say" => {
            send(data("stdout", rest.as_bytes()));
            send(end(0, "exit status 0"));
        }
        "fail" => {
            send(data("stdout", b"line 1\nline 2\n"));
            send(data("stderr", rest.as_bytes()));
            send(end(3, "exit status 3"));
        }
        "cat" => {
            shared.input.insert(7, (Vec::new(), sender.clone()));
        }
        "slow" => {
            let error =
                json!({ "code": "deadline_exceeded", "message": "context deadline exceeded" });
            send(envelope(2, &json!({ "error": error })));
        }
        "refused" => {
            let error = json!({ "code": "unauthenticated", "message": "invalid username: 'x'" });
            send(envelope(2, &json!({ "error": error })));
        }
        "hostile" => {
            let message = format!("{HOSTILE} {TOKEN} {}", "long ".repeat(10_000));
            let error = json!({ "code": "invalid_argument", "message": message });
            send(envelope(2, &json!({ "error": error })));
        }
        "forever" => shared.input.extend([(8, (Vec::new(), sender.clone()))]),
        // The stream just ends.
        _ => {}
    }
    drop(sender);
    stream_of(receiver)
}

/// A shell at a terminal, which shows its size and its variables.
fn shell(shared: &mut Shared, size_of: &Value, process: &Value) -> Response {
    let (sender, receiver) = unbounded_channel();
    let _ = sender.send(envelope(0, &json!({ "event": { "start": { "pid": 7 } } })));
    shared.input.insert(7, (Vec::new(), sender));
    say(
        shared,
        &format!("{} {} {}\r\n$ ", size(size_of), process["args"], process["envs"]["TERM"]),
    );
    stream_of(receiver)
}

/// Keys of a terminal: they are shown, and a line `exit CODE` is obeyed.
fn keys(shared: &mut Shared, bytes: &[u8]) {
    let shown = String::from_utf8_lossy(bytes).replace('\u{3}', "^C").replace('\u{4}', "^D");
    say(shared, &shown);
    let Some((input, sender)) = shared.input.get_mut(&7) else { return };
    input.extend(bytes);
    let text = String::from_utf8_lossy(input).into_owned();
    let line = text.rsplit(['\u{3}', '\r']).nth(1).unwrap_or_default();
    if let Some(code) = line.strip_prefix("exit ") {
        let code = code.parse().expect("a code");
        let _ = sender.send(end(code, &format!("exit status {code}")));
        shared.input.remove(&7);
    }
}

fn say(shared: &Shared, text: &str) {
    if let Some((_, sender)) = shared.input.get(&7) {
        let _ = sender.send(data("pty", text.as_bytes()));
    }
}

fn size(size: &Value) -> String {
    format!("{}x{}", size["cols"], size["rows"])
}

fn stream_of(receiver: UnboundedReceiver<Bytes>) -> Response {
    let stream = futures_util::stream::unfold(receiver, |mut receiver| async {
        let bytes = receiver.recv().await?;
        Some((Ok::<_, std::convert::Infallible>(bytes), receiver))
    });
    let headers = [("content-type", "application/connect+json")];
    (headers, Body::from_stream(stream)).into_response()
}
