//! A Declaw on which sandboxes run: it keeps to the protocol, refuses what its own client would not
//! send, and answers a few commands with what a test wrote down.

mod process;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::{Json, Router};
use sandbox_toml::wire::declaw::sandboxes::{CreateSandbox, SetTimeout};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use process::Process;

/// The key of every call.
pub const KEY: &str = "dcl_key-of-the-test";

/// Words that try to control a terminal.
const HOSTILE: &str = "\u{1b}]0;owned\u{7}\u{9b}2J\r";

/// What goes wrong with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is refused with this status.
    Refused(u16),
    /// It is done, and answered with 502.
    Heard,
    /// It is done, and answered with 409: it is still under way.
    InProgress,
    /// The stream that it opens ends after this many events.
    Cut(usize),
    /// It is done, and answered after this many seconds.
    Late(u64),
}

/// A running platform.
pub struct Sandboxes {
    pub url: String,
    shared: Arc<Mutex<Shared>>,
    _runtime: tokio::runtime::Runtime,
}

#[derive(Default)]
pub(super) struct Shared {
    /// The living sandboxes, with their metadata.
    living: BTreeMap<String, Value>,
    created: usize,
    /// What was created with each key, and from what.
    keys: BTreeMap<String, (Value, String)>,
    story: Vec<String>,
    faults: VecDeque<(&'static str, Fault)>,
    processes: BTreeMap<String, Process>,
    /// How many keystrokes and pieces of input were taken.
    inputs: usize,
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

    /// How many pieces of input were taken.
    pub fn inputs(&self) -> usize {
        self.lock().inputs
    }

    /// A workspace whose commands talk to this platform.
    pub fn workspace(&self) -> super::Workspace {
        let mut workspace = super::Workspace::empty();
        workspace.set("DECLAW_API_URL", &self.url);
        workspace.set("DECLAW_API_KEY", KEY);
        workspace.set("SBX_PLATFORM", "declaw");
        workspace
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().expect("not poisoned")
    }
}

async fn answer(State(shared): State<Arc<Mutex<Shared>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.expect("the body arrives");
    let (response, fault) = shared.lock().expect("not poisoned").take(&parts, &body);
    if let Some(Fault::Late(seconds)) = fault {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }
    response
}

impl Shared {
    /// The answer to a call, and what goes wrong with it.
    fn take(&mut self, parts: &Parts, body: &[u8]) -> (Response, Option<Fault>) {
        let line = format!("{} {}", parts.method, parts.uri);
        self.story.push(line.clone());
        check(&line, &parts.headers, body);
        let fault = self.faults.front().filter(|(prefix, _)| line.starts_with(prefix)).copied();
        if fault.is_some() {
            self.faults.pop_front();
        }
        let fault = fault.map(|(_, fault)| fault);
        (self.answer(parts, body, fault), fault)
    }

    fn answer(&mut self, parts: &Parts, body: &[u8], fault: Option<Fault>) -> Response {
        if let Some(Fault::Refused(status)) = fault {
            return refused(status, "a fault of the test");
        }
        let cut = match fault {
            Some(Fault::Cut(events)) => Some(events),
            _ => None,
        };
        let response = self.respond(parts, body, cut);
        match fault {
            Some(Fault::Heard) => refused(502, "a fault of the test"),
            Some(Fault::InProgress) => {
                let error = json!({ "error": "try again", "code": "idempotency_in_progress" });
                (StatusCode::CONFLICT, [("retry-after", "1")], Json(error)).into_response()
            }
            _ => response,
        }
    }
}

/// The headers of the platform's own client, and no other secret.
fn check(line: &str, headers: &HeaderMap, body: &[u8]) {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    assert_eq!(header("authorization"), Some(format!("Bearer {KEY}").as_str()), "{line}");
    for name in ["x-api-key", "x-access-token", "e2b-sandbox-id"] {
        assert_eq!(header(name), None, "{line}");
    }
    if !body.is_empty() {
        assert_eq!(header("content-type"), Some("application/json"), "{line}");
    }
    let is_create = line == "POST /sandboxes";
    assert_eq!(header("idempotency-key").is_some(), is_create, "{line}");
}

fn refused(status: u16, message: &str) -> Response {
    let code = StatusCode::from_u16(status).expect("a status");
    (code, Json(json!({ "message": message }))).into_response()
}

/// A body of the protocol, without a field that it does not have.
fn parsed<T: DeserializeOwned + Serialize>(body: &[u8]) -> T {
    let value: Value = serde_json::from_slice(body).expect("the body is JSON");
    let parsed: T = serde_json::from_value(value.clone()).expect("a body of the protocol");
    assert_eq!(serde_json::to_value(&parsed).expect("JSON"), value, "another field");
    parsed
}

impl Shared {
    fn respond(&mut self, parts: &Parts, body: &[u8], cut: Option<usize>) -> Response {
        let (method, uri, headers) = (parts.method.as_str(), &parts.uri, &parts.headers);
        let words: Vec<_> = uri.path().trim_start_matches('/').split('/').collect();
        match (method, words.as_slice()) {
            ("POST", ["sandboxes"]) => self.create(headers, body),
            ("GET", ["sandboxes"]) => self.list(uri.query().unwrap_or_default()),
            ("DELETE", ["sandboxes", id]) => match self.living.remove(*id) {
                Some(_) => Json(json!({ "killed": true })).into_response(),
                None => refused(404, "sandbox not found"),
            },
            (_, ["sandboxes", id, ..]) if !self.living.contains_key(*id) => {
                refused(404, "sandbox not found")
            }
            ("PATCH", ["sandboxes", _, "timeout"]) => {
                let _: SetTimeout = parsed(body);
                Json(json!({})).into_response()
            }
            ("POST", ["sandboxes", _, kind @ ("stdio" | "pty")]) => self.start(kind, body),
            (method, ["sandboxes", _, "stdio" | "pty", id, rest @ ..]) => {
                let query = uri.query().unwrap_or_default();
                self.process(method, id, rest, query, body, cut)
            }
            _ => panic!("no such call: {method} {uri}"),
        }
    }

    fn create(&mut self, headers: &HeaderMap, body: &[u8]) -> Response {
        let request: CreateSandbox = parsed(body);
        assert!(request.timeout <= 120 && request.secure, "{request:?}");
        match request.template.as_str() {
            "missing" => return refused(404, "template 'missing' not found"),
            "hostile-words" => return refused(400, HOSTILE),
            "unready" => {
                let error = json!({ "error": "it needs a rebuild", "code": "template_not_ready" });
                return (StatusCode::CONFLICT, Json(error)).into_response();
            }
            _ => {}
        }
        let key = headers["idempotency-key"].to_str().expect("text").to_owned();
        assert_eq!(key.len(), 36, "a UUID");
        let body: Value = serde_json::from_slice(body).expect("JSON");
        let id = match self.keys.get(&key) {
            Some((known, _)) if *known != body => return refused(422, "the key was used"),
            Some((_, id)) => id.clone(),
            None => {
                self.created += 1;
                let id = format!("sbx-{}", self.created);
                self.living.insert(id.clone(), body["metadata"].clone());
                self.keys.insert(key, (body, id.clone()));
                id
            }
        };
        if request.template == "hostile-name" {
            let metadata = self.living.remove(&id).expect("it was created");
            self.living.insert("a/b".to_owned(), metadata);
            return Json(json!({ "sandbox_id": HOSTILE })).into_response();
        }
        let created = json!({ "sandbox_id": id, "template_id": "tpl-1", "state": "running" });
        (StatusCode::CREATED, Json(created)).into_response()
    }

    /// One sandbox a page: those of other clients, then the living ones.
    fn list(&self, query: &str) -> Response {
        let value = |name| {
            let found = query.split('&').filter_map(|pair| pair.split_once('='));
            found.into_iter().find(|(key, _)| *key == name).map(|(_, value)| value)
        };
        assert_eq!(value("limit"), Some("100"));
        let page: usize = value("next_token").map_or(0, |token| token.parse().expect("ours"));
        let others = [("sbx-other", json!({ "sbx": "another" })), ("sbx-none", Value::Null)];
        let living = self.living.iter().map(|(id, metadata)| (id.as_str(), metadata.clone()));
        let all: Vec<_> = others.into_iter().chain(living).collect();
        let listed = all.get(page).map(|(id, metadata)| {
            json!({
                "sandbox_id": id, "template_id": "tpl-1", "name": "", "metadata": metadata,
                "state": "running",
            })
        });
        let next = (page + 1 < all.len()).then(|| (page + 1).to_string());
        Json(json!({ "sandboxes": [listed], "next_token": next })).into_response()
    }
}
