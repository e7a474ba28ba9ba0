//! A Declaw that checks every request it gets, and tells the story of them.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::{Json, Router};
use sandbox_toml::wire::declaw::{BuildRequest, TRUNCATED};
use serde_json::{Value, json};

/// The IDs that the server gives out.
pub const TEMPLATE_ID: &str = "tpl-new";
pub const OLD_ID: &str = "tpl-old";
pub const BUILD_ID: &str = "bld-0001";

/// What the server does with a request instead of answering it.
#[derive(Clone, Copy)]
pub enum Fault {
    /// Answers with this status, and does nothing.
    Status(u16),
    /// Does what it is asked for, and answers with this status.
    Lost(u16),
    /// Does what it is asked for, and does not answer in time.
    Late,
}

/// How the server behaves.
#[derive(Clone, Default)]
pub struct Script {
    /// The key that every call must carry.
    pub api_key: String,
    /// Whether the alias has a template already.
    pub taken: bool,
    /// The log at each question; the last one stands when the build has ended.
    pub logs: Vec<Vec<String>>,
    /// Whether the build fails.
    pub fails: bool,
    /// Whether the build never ends.
    pub endless: bool,
    /// What goes wrong, once for each request of that `METHOD /path` prefix.
    pub faults: Vec<(&'static str, Fault)>,
}

/// A running server.
pub struct Server {
    address: SocketAddr,
    state: Arc<Mutex<Shared>>,
    _runtime: tokio::runtime::Runtime,
}

struct Shared {
    script: Script,
    story: Vec<String>,
    /// The templates: IDs and aliases.
    templates: Vec<(String, String)>,
    questions: usize,
}

impl Server {
    pub fn start(script: Script) -> Self {
        let mut templates = vec![("tpl-other".to_owned(), "another".to_owned())];
        if script.taken {
            templates.push((OLD_ID.to_owned(), "over-the-wire".to_owned()));
        }
        let shared = Shared { script, story: Vec::new(), templates, questions: 0 };
        let state = Arc::new(Mutex::new(shared));
        let router = Router::new().fallback(answer).with_state(Arc::clone(&state));
        let (address, runtime) = super::serve(router);
        Self { address, state, _runtime: runtime }
    }

    /// The domain as `DECLAW_DOMAIN` has it: a port that is not 443 means plain HTTP.
    pub fn domain(&self) -> String {
        self.address.to_string()
    }

    /// What happened, a line a request and a line a fault.
    pub fn story(&self) -> String {
        self.state.lock().expect("not poisoned").story.join("\n") + "\n"
    }
}

async fn answer(State(state): State<Arc<Mutex<Shared>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.expect("the body arrives");
    let (answer, late) = state.lock().expect("not poisoned").take(&parts, &body);
    if late {
        tokio::time::sleep(Duration::from_mins(1)).await;
    }
    answer
}

impl Shared {
    /// The answer to a request, and whether it comes too late.
    fn take(&mut self, parts: &Parts, body: &[u8]) -> (Response, bool) {
        let line = format!("{} {}", parts.method, parts.uri);
        self.story.push(line.clone());
        self.check_headers(&parts.method, &parts.headers);
        let fault = self.script.faults.iter().position(|(prefix, _)| line.starts_with(prefix));
        match fault.map(|at| self.script.faults.remove(at).1) {
            Some(Fault::Status(status)) => (self.refuse(status), false),
            Some(Fault::Lost(status)) => {
                self.respond(&parts.method, parts.uri.path(), body);
                (self.refuse(status), false)
            }
            late => (self.respond(&parts.method, parts.uri.path(), body), late.is_some()),
        }
    }

    fn refuse(&mut self, status: u16) -> Response {
        self.story.push(format!("  answered {status}"));
        let status = StatusCode::from_u16(status).expect("a status");
        // One of the two forms of errors; the other one is that of a conflict.
        let body = Json(json!({ "error": "as the test asked for", "code": "test" }));
        (status, [(header::RETRY_AFTER, "1")], body).into_response()
    }

    fn fault(&mut self, condition: bool, words: &str) {
        if condition {
            self.story.push(format!("  FAULT: {words}"));
        }
    }

    fn check_headers(&mut self, method: &Method, headers: &HeaderMap) {
        let text = |name: header::HeaderName| headers.get(name)?.to_str().ok();
        let key = format!("Bearer {}", self.script.api_key);
        self.fault(text(header::AUTHORIZATION) != Some(&key), "the API key");
        self.fault(headers.contains_key("x-api-key"), "another platform's header");
        let agent = text(header::USER_AGENT).unwrap_or_default();
        self.fault(agent != concat!("sbx/", env!("CARGO_PKG_VERSION")), "the user agent");
        let json = text(header::CONTENT_TYPE) == Some("application/json");
        self.fault(method == Method::POST && !json, "the body is not JSON");
    }

    fn respond(&mut self, method: &Method, path: &str, body: &[u8]) -> Response {
        let path: Vec<_> = path.split('/').skip(1).collect();
        match (method.as_str(), path.as_slice()) {
            ("GET", ["templates"]) => {
                let templates = self.templates.iter().map(|(id, alias)| {
                    json!({
                        "template_id": id, "alias": alias,
                        "created_at": "2026-11-21T00:00:00Z", "unknown": 1,
                    })
                });
                Json(json!({ "templates": templates.collect::<Vec<_>>() })).into_response()
            }
            ("GET", ["templates", id]) => {
                let found = self.templates.iter().find(|(known, _)| known == id);
                let Some((id, alias)) = found else { return refusal(404, "no such template") };
                Json(json!({
                    "template_id": id, "alias": alias, "created_at": "2026-11-21T00:00:00Z",
                }))
                .into_response()
            }
            ("DELETE", ["templates", id]) => {
                let before = self.templates.len();
                self.templates.retain(|(known, _)| known != id);
                if self.templates.len() == before {
                    return refusal(404, "no such template");
                }
                StatusCode::NO_CONTENT.into_response()
            }
            ("POST", ["templates", "build"]) => self.build(body),
            ("GET", ["templates", "builds", BUILD_ID]) => Json(self.status()).into_response(),
            _ => {
                self.fault(true, "no such call");
                refusal(404, "no such call")
            }
        }
    }

    fn build(&mut self, body: &[u8]) -> Response {
        let value: Value = serde_json::from_slice(body).expect("the body is JSON");
        let text = serde_json::to_string_pretty(&value).expect("a value is text");
        let lines: Vec<_> = text.lines().map(|line| format!("  {line}")).collect();
        self.story.push(lines.join("\n"));
        let request: BuildRequest = serde_json::from_slice(body).expect("a build request");
        let same = serde_json::to_value(&request).expect("a request is JSON") == value;
        self.fault(!same, "a field that the protocol does not have");
        if self.templates.iter().any(|(_, alias)| *alias == request.alias) {
            return refusal(409, "alias is taken");
        }
        self.templates.push((TEMPLATE_ID.to_owned(), request.alias));
        let answer = json!({
            "build_id": BUILD_ID, "status": "building", "template_id": TEMPLATE_ID, "unknown": 1,
        });
        (StatusCode::CREATED, Json(answer)).into_response()
    }

    fn status(&mut self) -> Value {
        let last = self.script.logs.len().saturating_sub(1);
        let log = self.script.logs.get(self.questions.min(last)).filter(|log| !log.is_empty());
        let ended = self.questions >= last && !self.script.endless;
        self.questions += 1;
        let status = match (ended, self.script.fails) {
            (false, _) => "building",
            (true, false) => "completed",
            (true, true) => "failed",
        };
        json!({
            "build_id": BUILD_ID, "template_id": TEMPLATE_ID, "status": status, "logs": log,
        })
    }
}

fn refusal(status: u16, message: &str) -> Response {
    let status = StatusCode::from_u16(status).expect("a status");
    (status, Json(json!({ "message": message }))).into_response()
}

/// The lines that a server keeps of a log, of which it keeps `most`.
pub fn window(log: &[String], most: usize) -> Vec<String> {
    if log.len() <= most {
        return log.to_vec();
    }
    let kept = log[log.len() - (most - 1)..].iter().cloned();
    std::iter::once(TRUNCATED.to_owned()).chain(kept).collect()
}
