//! A platform of the E2B family that checks every request it gets, and tells the story of them.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::{Json, Router};
use serde_json::{Value, json};

/// The IDs that the server gives out.
pub const TEMPLATE_ID: &str = "tmpl0000000000000000";
pub const BUILD_ID: &str = "5a6f0d1e-3b0c-4f7e-9d52-0c9d6c2f7a11";

/// How the build on the server goes.
#[derive(Clone, Default)]
pub struct Script {
    /// The key that every call must carry, but no upload.
    pub api_key: String,
    /// Whether every archive is there already.
    pub present: bool,
    /// How many log entries the build writes.
    pub log_entries: usize,
    /// What the step that fails writes instead.
    pub log: Vec<&'static str>,
    /// The step that fails, and why.
    pub failure: Option<(String, String)>,
    /// Whether the build never ends.
    pub endless: bool,
    /// Statuses that are answered instead, one for each request of that `METHOD /path` prefix.
    pub faults: Vec<(&'static str, u16)>,
}

/// A running server.
pub struct Server {
    pub address: SocketAddr,
    state: Arc<Shared>,
    _runtime: tokio::runtime::Runtime,
}

struct Shared {
    script: Mutex<Script>,
    story: Mutex<Vec<String>>,
    started: Mutex<bool>,
    url: Mutex<String>,
    /// The tags of the build.
    tags: Mutex<Vec<String>>,
}

impl Server {
    pub fn start(script: Script) -> Self {
        let state = Arc::new(Shared {
            script: Mutex::new(script),
            story: Mutex::default(),
            started: Mutex::default(),
            url: Mutex::default(),
            tags: Mutex::default(),
        });
        let router = Router::new().fallback(answer).with_state(Arc::clone(&state));
        let (address, runtime) = super::serve(router);
        *state.url.lock().expect("not poisoned") = format!("http://{address}");
        Self { address, state, _runtime: runtime }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Lets the build go on otherwise.
    pub fn change(&self, change: impl FnOnce(&mut Script)) {
        change(&mut self.state.script.lock().expect("not poisoned"));
    }

    /// What happened, a line a request and a line a fault.
    pub fn story(&self) -> String {
        self.state.story.lock().expect("not poisoned").join("\n") + "\n"
    }
}

fn refusal(status: u16, message: &str) -> Response {
    let code = StatusCode::from_u16(status).expect("a status");
    (code, Json(json!({ "code": status, "message": message }))).into_response()
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.expect("the body arrives");
    let target = parts.uri.to_string();
    let line = format!("{} {target}", parts.method);
    let mut story = vec![line.clone()];
    check_headers(&shared, &parts.method, &target, &parts.headers, body.len(), &mut story);
    let response = respond(&shared, &line, &parts.method, &target, &body, &mut story);
    shared.story.lock().expect("not poisoned").append(&mut story);
    response
}

/// What every request must carry, and what an upload must not.
fn check_headers(
    shared: &Shared,
    method: &Method,
    target: &str,
    headers: &HeaderMap,
    length: usize,
    story: &mut Vec<String>,
) {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let key = shared.script.lock().expect("not poisoned").api_key.clone();
    let upload = target.starts_with("/store/");
    let agent = text("user-agent").unwrap_or_default();
    let mut fault = |condition: bool, words: &str| {
        if condition {
            story.push(format!("  FAULT: {words}"));
        }
    };
    fault(agent != concat!("sbx/", env!("CARGO_PKG_VERSION")), "the user agent");
    if upload {
        fault(text("x-api-key").is_some(), "the store got the API key");
        fault(headers.contains_key(header::CONTENT_TYPE), "a content type of ours");
        fault(headers.contains_key(header::TRANSFER_ENCODING), "chunks");
        fault(text("content-length") != Some(&length.to_string()), "the length is not exact");
        fault(text("x-store-header") != Some("as given"), "a header of the link is missing");
    } else {
        fault(text("x-api-key") != Some(&key), "the API key");
        let json = text("content-type") == Some("application/json");
        fault(*method == Method::POST && !json, "the body is not JSON");
    }
}

fn respond(
    shared: &Shared,
    line: &str,
    method: &Method,
    target: &str,
    body: &Bytes,
    story: &mut Vec<String>,
) -> Response {
    let mut script = shared.script.lock().expect("not poisoned");
    if let Some(at) = script.faults.iter().position(|(prefix, _)| line.starts_with(prefix)) {
        let (_, status) = script.faults.remove(at);
        story.push(format!("  answered {status}"));
        return refusal(status, "as the test asked for");
    }
    let path: Vec<_> = target.split('?').next().unwrap_or_default().split('/').skip(1).collect();
    match (method.as_str(), path.as_slice()) {
        ("POST", ["v3", "templates"]) => {
            story.push(pretty(body));
            *shared.tags.lock().expect("not poisoned") = tags_of(body);
            let answer = json!({
                "templateID": TEMPLATE_ID, "buildID": BUILD_ID, "public": false,
                "names": ["team/x"], "tags": ["default"], "aliases": ["x"], "unknown": 1,
            });
            (StatusCode::ACCEPTED, Json(answer)).into_response()
        }
        ("GET", ["templates", _, "tags"]) => {
            let tags = shared.tags.lock().expect("not poisoned");
            if tags.is_empty() {
                return refusal(404, "no such template");
            }
            let tags = tags.iter().map(|tag| {
                json!({ "tag": tag, "buildID": BUILD_ID, "createdAt": "2026-11-21T00:00:00Z" })
            });
            Json(tags.collect::<Vec<_>>()).into_response()
        }
        ("GET", ["templates", "aliases", _]) => {
            Json(json!({ "templateID": TEMPLATE_ID, "public": false })).into_response()
        }
        ("POST", ["templates", "tags"]) => {
            story.push(pretty(body));
            let tags = tags_of(body);
            shared.tags.lock().expect("not poisoned").extend(tags.clone());
            let answer = json!({ "buildID": BUILD_ID, "tags": tags });
            (StatusCode::CREATED, Json(answer)).into_response()
        }
        ("GET", ["templates", TEMPLATE_ID, "files", hash]) => {
            let url = shared.url.lock().expect("not poisoned").clone();
            let answer = if script.present {
                json!({ "present": true })
            } else {
                json!({
                    "present": false, "url": format!("{url}/store/{hash}?signature=abc"),
                    "headers": { "X-Store-Header": "as given" },
                })
            };
            (StatusCode::CREATED, Json(answer)).into_response()
        }
        ("PUT", ["store", _]) => {
            story.extend(archive(body));
            StatusCode::OK.into_response()
        }
        ("POST", ["v2", "templates", TEMPLATE_ID, "builds", BUILD_ID]) => {
            let mut started = shared.started.lock().expect("not poisoned");
            if *started {
                return refusal(400, "build is not in waiting state");
            }
            *started = true;
            story.push(pretty(body));
            StatusCode::ACCEPTED.into_response()
        }
        ("GET", ["templates", TEMPLATE_ID, "builds", BUILD_ID, "status"]) => {
            let offset = target.split("logsOffset=").nth(1).and_then(|it| it.parse().ok());
            let started = *shared.started.lock().expect("not poisoned");
            Json(status(&script, started, offset.unwrap_or(0))).into_response()
        }
        _ => {
            story.push("  FAULT: no such call".to_owned());
            refusal(404, "no such call")
        }
    }
}

fn status(script: &Script, started: bool, offset: usize) -> Value {
    let step = script.failure.as_ref().map_or("1", |(step, _)| step);
    let message = |at: usize| match script.log.get(at) {
        Some(line) => (*line).to_owned(),
        None => format!("line {at} \u{1b}[31mof the log\u{1b}[0m"),
    };
    let entries: Vec<_> = (offset..script.log_entries.max(script.log.len()))
        .take(100)
        .map(|at| {
            json!({
                "timestamp": "2026-11-21T00:00:00Z", "level": "info",
                "message": message(at), "step": step,
            })
        })
        .collect();
    let state = match (started, script.endless, &script.failure) {
        (false, ..) => "waiting",
        (true, true, _) => "building",
        (true, false, None) => "ready",
        (true, false, Some(_)) => "error",
    };
    let mut answer = json!({
        "templateID": TEMPLATE_ID, "buildID": BUILD_ID, "status": state,
        "logEntries": if started { entries } else { Vec::new() }, "logs": [],
    });
    if let (true, Some((step, message))) = (started, &script.failure) {
        answer["reason"] = json!({ "message": message, "step": step });
    }
    answer
}

/// The tags of a request, or the default one.
fn tags_of(body: &Bytes) -> Vec<String> {
    let body: Value = serde_json::from_slice(body).expect("the body is JSON");
    let tags = body["tags"].as_array().into_iter().flatten();
    let tags: Vec<_> = tags.filter_map(|tag| tag.as_str().map(str::to_owned)).collect();
    if tags.is_empty() { vec!["default".to_owned()] } else { tags }
}

fn pretty(body: &Bytes) -> String {
    let value: Value = serde_json::from_slice(body).expect("the body is JSON");
    let text = serde_json::to_string_pretty(&value).expect("a value is text");
    text.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

/// What an archive holds, a line an entry.
fn archive(body: &Bytes) -> Vec<String> {
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(body.as_ref()));
    let mut lines = BTreeMap::new();
    for entry in archive.entries().expect("the archive is read") {
        let mut entry = entry.expect("the archive is read");
        let path = entry.path().expect("an entry has a path").display().to_string();
        let header = entry.header().clone();
        let mut content = String::new();
        entry.read_to_string(&mut content).expect("the content is text");
        let link = entry.link_name().expect("a link's target is read");
        let link = link.map(|link| format!(" -> {}", link.display())).unwrap_or_default();
        let told = format!(
            "  {:?} {:04o} {}:{} mtime={} {path}{link} {content:?}",
            header.entry_type(),
            header.mode().expect("a mode"),
            header.uid().expect("a user"),
            header.gid().expect("a group"),
            header.mtime().expect("a time"),
        );
        lines.insert(path, told);
    }
    lines.into_values().collect()
}
